import pytest
from hypothesis import given
from hypothesis import strategies as st

from nxcast.telemetry.printable import HEX_MAX, hex_text, printable, time_text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("plain text, 0x20 to 0x7e ~", "plain text, 0x20 to 0x7e ~"),
        ("\x1b[2Jgone", r"\027[2Jgone"),
        ("two\nlines\r", r"two\010lines\013"),
        ("\x7f\x80", r"\127\194\128"),
        ("caf\u00e9 \u202e", r"caf\195\169 \226\128\174"),
        ("\ud800", r"\ud800"),
    ],
)
def test_only_printable_ascii_is_left(text, expected):
    assert printable(text) == expected


@given(st.text())
def test_any_text_becomes_printable(text):
    assert printable(text).isascii()
    assert printable(text).isprintable()


@pytest.mark.parametrize(
    ("time_ns", "expected"),
    [
        (0, "1970-01-01T00:00:00.000000000Z"),
        (1_689_270_069_408_162_000, "2023-07-13T17:41:09.408162000Z"),
        (2**64 - 1, "2554-07-21T23:34:33.709551615Z"),
    ],
)
def test_times_are_utc_with_nine_digits(time_ns, expected):
    assert time_text(time_ns) == expected


def test_long_octets_are_cut():
    assert hex_text(b"\x00\xff") == "00 ff"
    assert hex_text(bytes(HEX_MAX + 1)).endswith("00 00 ...")
