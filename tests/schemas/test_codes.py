"""Mnemonics: what IANA lists, and how the rest reads."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nxcast.schemas.codes import (
    CLASSES,
    OBSERVATIONS,
    OPCODES,
    PROTOCOLS,
    RCODES,
    TYPES,
    class_text,
    observation_text,
    opcode_text,
    proto_text,
    rcode_number,
    rcode_text,
    type_number,
    type_text,
)

TABLES = [RCODES, TYPES, CLASSES, OPCODES]


@pytest.mark.parametrize(
    ("text_of", "code", "text"),
    [
        (rcode_text, 0, "NOERROR"),
        (rcode_text, 3, "NXDOMAIN"),
        (rcode_text, 10, "NOTZONE"),
        (rcode_text, 11, "DSOTYPENI"),
        (rcode_text, 12, "RCODE12"),
        (rcode_text, 15, "RCODE15"),
        (rcode_text, 16, "BADVERS"),
        (rcode_text, 23, "BADCOOKIE"),
        (rcode_text, 24, "RCODE24"),
        (rcode_text, 4095, "RCODE4095"),
        (type_text, 0, "TYPE0"),
        (type_text, 1, "A"),
        (type_text, 15, "MX"),
        (type_text, 28, "AAAA"),
        (type_text, 33, "SRV"),
        (type_text, 53, "SMIMEA"),
        (type_text, 54, "TYPE54"),
        (type_text, 55, "HIP"),
        (type_text, 65, "HTTPS"),
        (type_text, 108, "EUI48"),
        (type_text, 255, "ANY"),
        (type_text, 257, "CAA"),
        (type_text, 32769, "DLV"),
        (type_text, 65400, "TYPE65400"),
        (class_text, 1, "IN"),
        (class_text, 3, "CH"),
        (class_text, 4, "HS"),
        (class_text, 254, "NONE"),
        (class_text, 255, "ANY"),
        (class_text, 65279, "CLASS65279"),
        (opcode_text, 0, "QUERY"),
        (opcode_text, 3, "OPCODE3"),
        (opcode_text, 4, "NOTIFY"),
        (opcode_text, 5, "UPDATE"),
        (opcode_text, 6, "DSO"),
        (observation_text, 7, "UDP_RESPONSE_ONLY"),
        (proto_text, 6, "TCP"),
        (proto_text, 17, "UDP"),
    ],
)
def test_codes_read_as_iana_and_rfc_3597_write_them(
    text_of: Callable[[int], str], code: int, text: str
) -> None:
    assert text_of(code) == text


def test_the_rcodes_are_all_that_iana_lists() -> None:
    assert sorted(RCODES) == [*range(12), *range(16, 24)]


def test_the_types_leave_out_only_what_iana_has_not_assigned() -> None:
    assigned = [*range(1, 54), *range(55, 69), *range(99, 110), 128, *range(249, 265), 32768, 32769]
    assert sorted(TYPES) == assigned


def test_observations_and_protocols_are_what_frames_may_carry() -> None:
    assert sorted(OBSERVATIONS) == [1, 3, 4, 7]
    assert sorted(PROTOCOLS) == [6, 17]


@pytest.mark.parametrize("table", TABLES)
def test_mnemonics_are_unique_words_that_fit_a_topic(table: dict[int, str]) -> None:
    assert len(set(table.values())) == len(table)
    assert all(re.fullmatch("[A-Z][A-Z0-9-]*", mnemonic) for mnemonic in table.values())
    assert "OTHER" not in table.values()
    assert not any(re.fullmatch("(TYPE|RCODE|CLASS|OPCODE)[0-9]+", mnemonic) for mnemonic in table.values())


def test_each_type_comes_back_from_its_text() -> None:
    assert [type_number(type_text(qtype)) for qtype in range(0x10000)] == list(range(0x10000))
    assert [type_number(f"type{qtype}") for qtype in range(0x10000)] == list(range(0x10000))


@pytest.mark.parametrize(
    ("text", "number"),
    [("mx", 15), ("nsap-ptr", 23), ("Type00015", 15), ("TYPE65535", 65535)],
)
def test_a_type_is_known_in_any_case(text: str, number: int) -> None:
    assert type_number(text) == number


@pytest.mark.parametrize(
    "text",
    [
        "",
        "TYPE",
        "TYPE65536",
        "TYPE-1",
        "TYPE 1",
        "TYPE" + "1" * 5000,
        "TYPE\u0661",  # a digit, but an Arabic one
        "TYPE\u00b2",
        "N\u017f",  # a long s, whose upper case is S
        "MX.",
        "OTHER",
        "15",
    ],
)
def test_what_is_no_type_has_no_number(text: str) -> None:
    assert type_number(text) is None


@given(st.text())
def test_any_text_is_a_type_or_none(text: str) -> None:
    number = type_number(text)
    assert number is None or 0 <= number <= 0xFFFF


def test_each_rcode_comes_back_from_its_text() -> None:
    assert [rcode_number(rcode_text(rcode)) for rcode in range(0x1000)] == list(range(0x1000))
    assert [rcode_number(f"rcode{rcode}") for rcode in range(0x1000)] == list(range(0x1000))


@pytest.mark.parametrize(("text", "number"), [("servfail", 2), ("BadVers", 16), ("RCODE0003", 3)])
def test_an_rcode_is_known_in_any_case(text: str, number: int) -> None:
    assert rcode_number(text) == number


@pytest.mark.parametrize("text", ["", "RCODE", "RCODE4096", "RCODE-1", "RCODE00003", "SERVFAIL.", "2", "MX"])
def test_what_is_no_rcode_has_no_number(text: str) -> None:
    assert rcode_number(text) is None
