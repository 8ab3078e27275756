"""EDNS options and Extended DNS Errors: walked by their lengths, named as IANA names them."""

import struct

import dns.edns
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nxcast.schemas.edns import (
    EDE_NAMES,
    ERRORS_MAX,
    EXTRA_MAX,
    OPTION_NAMES,
    OPTIONS_MAX,
    ExtendedError,
    extended_errors,
    info_code,
    options_of,
)
from tests.messages import message, opt


def option(code, data):
    return struct.pack("!2H", code, len(data)) + data


def errors(*data):
    return extended_errors(message(2, additionals=[opt(options=b"".join(option(15, each) for each in data))]))


def test_errors_have_a_code_a_name_and_a_text():
    found = errors(b"\0\x16at delegation a.example.", b"\0\x09")
    assert found == [(22, "at delegation a.example."), (9, "")]
    assert [error.name for error in found] == ["No Reachable Authority", "DNSKEY Missing"]
    assert found[0].text == "22 (No Reachable Authority): at delegation a.example."
    assert found[1].text == "9 (DNSKEY Missing)"


@pytest.mark.parametrize(
    ("data", "extra"),
    [
        pytest.param(b"\0\0caf\xc3\xa9", "caf\u00e9", id="UTF-8"),
        pytest.param(b"\0\0caf\xe9", r"caf\233", id="not UTF-8"),
        pytest.param(b"\0\0ended\0", "ended", id="with a last zero"),
        pytest.param(b"\0\0\0", "", id="only that"),
    ],
)
def test_the_text_is_utf_8_with_or_without_a_last_zero(data, extra):
    assert errors(data) == [(0, extra)]


def test_what_is_too_short_for_a_code_is_left_out():
    assert errors(b"", b"\1", b"\0\1") == [(1, "")]
    assert extended_errors(message(2)) == []


def test_what_a_response_may_make_us_tell_is_bounded():
    found = errors(*[b"\0\0" + b"\x01" * 2000] * 20)
    assert [len(error.extra) for error in found] == [EXTRA_MAX] * ERRORS_MAX


def test_a_code_that_nobody_assigned_is_said_to_be_so():
    assert ExtendedError(49152, "").text == "49152 (unassigned)"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("22", 22),
        ("022", 22),
        ("No Reachable Authority", 22),
        ("no-reachable_authority", 22),
        ("65535", 65535),
        ("65536", None),
        ("9" * 5000, None),
        ("\u0662", None),
        ("No", None),
        ("", None),
    ],
)
def test_a_code_is_told_by_number_or_name(text, code):
    assert info_code(text) == code


def test_all_names_are_told_back():
    assert {info_code(name): name for name in EDE_NAMES.values()} == EDE_NAMES


def test_dnspython_knows_no_code_that_has_no_name_here():
    assert {int(code) for code in dns.edns.EDECode} <= EDE_NAMES.keys()
    assert {int(code) for code in dns.edns.OptionType if code < 20} <= OPTION_NAMES.keys()


def test_options_end_where_their_lengths_lead_past_the_end():
    whole = option(3, b"ab") + option(10, b"")
    assert list(options_of(whole)) == [(3, b"ab"), (10, b"")]
    for cut in (whole + b"\0", whole + b"\0\x0f\0\1", whole + b"\0\x0f\xff\xffabc"):
        assert list(options_of(cut)) == [(3, b"ab"), (10, b"")]
    assert len(list(options_of(option(3, b"") * 2 * OPTIONS_MAX))) == OPTIONS_MAX


@given(st.binary(max_size=80))
def test_any_octets_have_options_or_none(octets):
    found = list(options_of(octets))
    assert octets.startswith(b"".join(option(code, data) for code, data in found))
