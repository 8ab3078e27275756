"""Names: wire form and text, both ways."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nxcast.schemas.names import (
    LABEL_MAX,
    NAME_MAX,
    NAME_TEXT_MAX,
    is_within,
    labels_of,
    name_text,
    name_wire,
)

# (labels, text, wire)
NAMES = [
    ((), ".", b"\0"),
    ((b"com",), "com.", b"\3com\0"),
    ((b"gdsrr", b"com"), "gdsrr.com.", b"\5gdsrr\3com\0"),
    ((b"netATLANTic", b"COM"), "netATLANTic.COM.", b"\x0bnetATLANTic\3COM\0"),
    ((b"a.b", b"c\\d"), r"a\.b.c\\d.", b"\3a.b\3c\\d\0"),
    ((b".",), r"\..", b"\1.\0"),
    ((b"a b", b"\xff"), r"a\032b.\255.", b"\3a b\1\xff\0"),
    ((b"\0\x1f\x7f",), r"\000\031\127.", b"\3\0\x1f\x7f\0"),
    ((b"!~-_@\"'()$;*",), "!~-_@\"'()$;*.", b"\x0c!~-_@\"'()$;*\0"),
]

_labels = st.lists(st.binary(min_size=1, max_size=LABEL_MAX), max_size=127).filter(
    lambda labels: sum(map(len, labels)) + len(labels) < NAME_MAX
)


@pytest.mark.parametrize(("labels", "text", "wire"), NAMES)
def test_each_name_has_its_text_and_its_wire_form(labels: tuple[bytes, ...], text: str, wire: bytes) -> None:
    assert name_text(labels) == text
    assert labels_of(text) == labels
    assert name_wire(text) == wire


@given(_labels)
def test_any_labels_come_back_from_their_text(labels: list[bytes]) -> None:
    text = name_text(labels)
    assert text.isascii()
    assert text.isprintable()
    assert " " not in text
    assert len(text) <= NAME_TEXT_MAX
    assert labels_of(text) == tuple(labels)


@given(_labels, _labels)
def test_two_names_never_share_a_text(one: list[bytes], other: list[bytes]) -> None:
    assert (name_text(one) == name_text(other)) == (one == other)


@pytest.mark.parametrize("octet", range(256))
def test_each_octet_has_one_form_in_text(octet: int) -> None:
    text = name_text([bytes([octet])])
    plain = 0x21 <= octet <= 0x7E and octet not in b".\\"
    assert text == (
        f"{chr(octet)}." if plain else f"\\{chr(octet)}." if octet in b".\\" else f"\\{octet:03d}."
    )
    assert labels_of(text) == (bytes([octet]),)


@pytest.mark.parametrize(
    ("text", "same"), [("gdsrr.com", "gdsrr.com."), ("", "."), (r"a\.", r"a\.."), ("a", "a.")]
)
def test_a_missing_trailing_dot_is_forgiven(text: str, same: str) -> None:
    assert labels_of(text) == labels_of(same)


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("a b.", 2),
        ("\t", 1),
        ("exämple.", 3),
        ("a.\x7f", 3),
        ("a\\", 2),
        (r"a\x.", 2),
        (r"ab\25.", 3),
        (r"\256.", 1),
        (r"\999.", 1),
        ("\\\u0660\u0661\u0662.", 1),  # digits, but Arabic ones
        ("com.\n", 5),
    ],
)
def test_a_bad_character_is_refused_with_its_place(text: str, place: int) -> None:
    with pytest.raises(ValueError, match=rf"^not a domain name: .* \(at character {place}\)$"):
        labels_of(text)


@pytest.mark.parametrize(
    ("text", "size"), [("a..b.", 0), (".a.", 0), ("..", 0), ("a" * 64 + ".b.", 64), (r"\000" * 64, 64)]
)
def test_a_label_of_no_or_too_many_octets_is_refused(text: str, size: int) -> None:
    with pytest.raises(ValueError, match=f"^label of {size} octets, not 1 to 63, in domain name "):
        labels_of(text)


@pytest.mark.parametrize("octet", [b"a", b"\0"])
def test_a_name_may_have_255_octets_and_no_more(octet: bytes) -> None:
    longest = [octet * 63] * 3 + [octet * 61]
    assert len(name_wire(name_text(longest))) == NAME_MAX
    with pytest.raises(ValueError, match=r"^domain name over 255 octets: "):
        name_wire(name_text([*longest[:3], octet * 62]))


def test_the_longest_text_is_of_octets_to_escape() -> None:
    assert len(name_text([b"\0" * 63] * 3 + [b"\0" * 61])) == NAME_TEXT_MAX


@given(st.text(max_size=40) | st.text(alphabet="ab.\\0129 ", max_size=40))
def test_any_text_is_a_name_or_a_value_error(text: str) -> None:
    try:
        labels = labels_of(text)
    except ValueError:
        return
    assert labels_of(name_text(labels)) == labels


@pytest.mark.parametrize("dot", ["", "."])
@pytest.mark.parametrize(("size", "fits"), [(59, True), (60, True), (61, True), (62, False), (63, False)])
def test_the_longest_names_without_escapes(size: int, fits: bool, dot: str) -> None:
    """Three labels of 63 octets and one of `size`: 255 octets where it has 61."""
    labels = [b"a" * 63] * 3 + [b"b" * size]
    text = b".".join(labels).decode() + dot
    if fits:
        assert labels_of(text) == tuple(labels)
    else:
        with pytest.raises(ValueError, match="over 255 octets"):
            labels_of(text)


@given(_labels, _labels, st.booleans())
def test_a_name_is_within_a_zone_if_its_labels_end_with_the_zones(
    above: list[bytes], zone: list[bytes], joined: bool
) -> None:
    name = [*above, *zone] if joined else above
    folded = [label.lower() for label in name]
    expected = folded[len(folded) - len(zone) :] == [label.lower() for label in zone] and len(name) >= len(
        zone
    )
    assert is_within(name_text(name), name_text(zone)) == expected


@pytest.mark.parametrize(
    ("name", "zone", "within"),
    [
        (r"a\.com.", "com.", False),  # a dot inside a label
        (r"a\\.com.", "com.", True),
        (r"a\\\.com.", "com.", False),
        ("COM.", "com.", True),
        ("xcom.", "com.", False),
        (".", ".", True),
        (".", "com.", False),
    ],
)
def test_an_escaped_dot_parts_no_labels(name: str, zone: str, within: bool) -> None:
    assert is_within(name, zone) == within
