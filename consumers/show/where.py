r"""--where FIELD=VALUE: which records of a channel are wanted. Pure.

Values parted by commas, and the same field again, mean any of them; different fields mean all of them. Names
stand for all below them too. A record without the field is not wanted; the RCODE of an Nxdomain is NXDOMAIN
and that of an Answer NOERROR, though they have no such field. A comma in a name is written \044.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache
from ipaddress import ip_interface
from typing import Any, NamedTuple, TypeAlias

from nxcast.consumers.names.fold import fold
from nxcast.schemas.codes import (
    RCODE_MAX,
    RCODE_NOERROR,
    RCODE_NXDOMAIN,
    rcode_number,
    rcode_text,
    type_number,
)
from nxcast.schemas.edns import extended_errors, info_code
from nxcast.schemas.ip_addresses import host, network
from nxcast.schemas.names import labels_of, name_text
from nxcast.schemas.topics import (
    ANSWERS,
    DNS_ERRORS,
    NXDOMAIN,
    SERVERS,
    answers_topic,
    channel_of,
    dns_errors_topic,
    nxdomain_topic,
)

__all__ = ["Term", "Where", "add_where", "term"]

ADDRESSES_MAX = 16_384  # answers about addresses kept, of 200 octets each: 3 MB
QTYPE_MAX = 0xFFFF  # 16 bits, RFC 1035 section 3.2.3
_ANY = -1  # stands for every INFO-CODE
# Channels whose records have one RCODE, and a topic by their type.
_BY_QTYPE: dict[str, tuple[int, Callable[[int], str]]] = {
    NXDOMAIN: (RCODE_NXDOMAIN, nxdomain_topic),
    ANSWERS: (RCODE_NOERROR, answers_topic),
}

_SAYABLE = (
    "qname=example.com (that name and all below it), qtype=MX (or TYPE65400, or a number), "
    "rcode=SERVFAIL (or a number), response=192.0.2.0/24 (the server's address, or its network), "
    "ede=22 (or no-reachable-authority, or any: an Extended DNS Error of the response)"
)

Test: TypeAlias = Callable[[Mapping[str, Any]], bool]


class Term(NamedTuple):
    """One FIELD=VALUE,VALUE, read: names folded and fully qualified, codes as numbers, networks."""

    field: str
    values: tuple[Any, ...]


class Where:
    """Terms made into one test. Called with a validated record of any channel it never raises."""

    def __init__(self, terms: Iterable[Term]) -> None:
        self._wanted: dict[str, list[Any]] = {}
        for field, values in terms:
            self._wanted.setdefault(field, []).extend(values)
        # The cheap ones first, whatever the order in which they were given.
        self._tests = [make(self._wanted[field]) for field, make in _TESTS.items() if field in self._wanted]

    def __bool__(self) -> bool:
        return bool(self._tests)

    def __call__(self, record: Mapping[str, Any]) -> bool:
        return all(test(record) for test in self._tests)

    def objection(self, topics: Sequence[str]) -> str | None:
        """Why no record of these topics can ever be wanted; None if one may be."""
        reasons = [self._reason(topic) for topic in topics]
        if not self or "" in reasons:
            return None
        return f"--where can match nothing here: {', '.join(dict.fromkeys(reasons))}"

    def _reason(self, topic: str) -> str:
        qtypes, rcodes = self._wanted.get("qtype"), self._wanted.get("rcode")
        channel = channel_of(topic)
        if channel in _BY_QTYPE:
            rcode, topic_of = _BY_QTYPE[channel]
            if rcodes and rcode not in rcodes:
                return f"the rcode of {channel} is always {rcode_text(rcode)}"
            if channel == NXDOMAIN and "ede" in self._wanted:
                return "records of nxdomain/ have no response to hold an Extended DNS Error"
            if qtypes and topic not in (channel, *map(topic_of, qtypes)):
                return f"{topic} has no such qtype"
        elif channel == DNS_ERRORS:
            if rcodes and (not any(rcodes) or topic not in (channel, *map(dns_errors_topic, rcodes))):
                return f"{topic} has no such rcode"
        elif lacking := [field for field in self._wanted if (channel, field) != (SERVERS, "response")]:
            return f"{channel} has no {' and no '.join(lacking)}"
        return ""


def add_where(parser: argparse.ArgumentParser) -> None:
    """The option --where."""
    parser.add_argument(
        "--where",
        action="append",
        default=[],
        type=term,
        metavar="FIELD=VALUE",
        help=f"only records that match: {_SAYABLE}. A comma list, or the same field again, means any of "
        "them, different fields all of them",
    )


def term(text: str) -> Term:
    """Read an argument; ArgumentTypeError says what can be said instead."""
    name, equals, told = text.partition("=")
    field = _ALIASES.get(name.strip().lower(), name.strip().lower())
    if not equals or field not in _READ:
        raise argparse.ArgumentTypeError(f"what is {text!r}? Say {_SAYABLE}")
    try:
        return Term(field, tuple([_READ[field](value.strip()) for value in told.split(",")]))
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{field}: {error}") from error


def _qname(text: str) -> str:
    if not text:
        raise ValueError("a name is missing; the root is '.'")
    if text.startswith("*."):
        raise ValueError(r"leave out '*.': a name stands for all below it (\042 is a label that is a star)")
    return fold(name_text(labels_of(text)))


def _qtype(text: str) -> int:
    number = type_number(text)
    if number is None:
        number = _number(text, QTYPE_MAX)
    if number is None:
        raise ValueError(f"{text!r} is no type: a mnemonic (MX), TYPE65400 or a number to {QTYPE_MAX}")
    return number


def _rcode(text: str) -> int:
    number = rcode_number(text)
    if number is None:
        number = _number(text, RCODE_MAX)
    if number is None:
        raise ValueError(f"{text!r} is no RCODE: a mnemonic (SERVFAIL), RCODE12 or a number to {RCODE_MAX}")
    return number


def _number(text: str, largest: int) -> int | None:
    if not (text.isascii() and text.isdigit()):
        return None
    digits = text.lstrip("0") or "0"
    return int(digits) if len(digits) <= len(str(largest)) and int(digits) <= largest else None


def _ede(text: str) -> int:
    if text.lower() == "any":
        return _ANY
    code = info_code(text)
    if code is None:
        raise ValueError(
            f"{text!r} is no Extended DNS Error: a number to 65535, a name (no-reachable-authority), or any"
        )
    return code


def _network(text: str) -> Any:
    try:
        return network(text)
    except ValueError:
        try:
            meant = f" (did you mean {ip_interface(text).network}?)"
        except ValueError:
            meant = ": one is 192.0.2.1, 192.0.2.0/24 or 2001:db8::/32"
        raise ValueError(f"{text!r} is no address or network{meant}") from None


_READ: dict[str, Callable[[str], Any]] = {
    "qname": _qname,
    "qtype": _qtype,
    "rcode": _rcode,
    "response": _network,
    "ede": _ede,
}
_ALIASES = {"response_ip": "response"}  # as the field is called in records


def _test_qtype(wanted: Sequence[int]) -> Test:
    qtypes = frozenset(wanted)
    return lambda record: record.get("qtype") in qtypes


def _test_rcode(wanted: Sequence[int]) -> Test:
    rcodes = frozenset(wanted)
    nxdomain, noerror = RCODE_NXDOMAIN in rcodes, RCODE_NOERROR in rcodes
    return lambda record: (
        record["rcode"] in rcodes
        if "rcode" in record
        else (nxdomain and "soa_rrname" in record) or (noerror and "response" in record)
    )


def _test_response(wanted: Sequence[Any]) -> Test:
    @lru_cache(ADDRESSES_MAX)
    def inside(text: str) -> bool:
        try:
            address = host(text)
        except ValueError:
            return False
        return any(address in each for each in wanted)

    return lambda record: "response_ip" in record and inside(record["response_ip"])


def _test_ede(wanted: Sequence[int]) -> Test:
    codes = frozenset(wanted)

    def test(record: Mapping[str, Any]) -> bool:
        response = record.get("response")
        found = extended_errors(response) if response else []
        return any(error.code in codes for error in found) or (_ANY in codes and bool(found))

    return test


def _test_qname(wanted: Sequence[str]) -> Test:
    ends = tuple([name if name == "." else f".{name}" for name in dict.fromkeys(wanted)])

    def test(record: Mapping[str, Any]) -> bool:
        qname = record.get("qname")
        if qname is None:
            return False
        dotted = f".{fold(qname)}"
        return dotted.endswith(ends) and any(_ends_in(dotted, end) for end in ends)

    return test


def _ends_in(dotted: str, end: str) -> bool:
    r"""Whether labels end in labels: `a\.example.` is one label below the root and not below `example.`."""
    if not dotted.endswith(end):
        return False
    before = dotted[: -len(end)]
    return (len(before) - len(before.rstrip("\\"))) % 2 == 0


_TESTS: dict[str, Callable[[Sequence[Any]], Test]] = {
    "qtype": _test_qtype,
    "rcode": _test_rcode,
    "response": _test_response,
    "qname": _test_qname,
    "ede": _test_ede,
}
