"""Which records are look-ups that a question counts, and who answered: the same for all questions. Pure.

A look-up is a query (RFC 1035 section 4.1.1) of the Internet's class for the records of one type. UPDATE and
NOTIFY, the classes CH, HS and ANY, and types that stand for several others are none.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from sys import intern
from typing import Any

from nxcast.schemas.ip_addresses import UNKNOWN

__all__ = ["META", "is_look_up", "look_ups", "only", "server_of"]

CACHED = 4096  # texts, at worst 1,000 octets each
QUERY = 0  # opcode; a record of nxdomain/ has none, since the broker lets no other one there
IN = 1  # class (RFC 1035 section 3.2.4)
_CLASSES = (IN, None)  # nil where neither message of an error told
# Types that ask for more than one set of records, and that servers refuse strangers by policy: IXFR, AXFR,
# MAILB, MAILA, ANY (RFC 5936 section 5, RFC 8482).
META = frozenset(range(251, 256))


def is_look_up(record: Any) -> bool:
    """Whether a record of nxdomain/ or dns-errors/ is of a look-up."""
    return (
        record["qclass"] in _CLASSES and record["qtype"] not in META and record.get("opcode", QUERY) == QUERY
    )


def look_ups(records: Iterable[Any]) -> list[Any]:
    """The records that are look-ups: as `is_look_up` one by one, in half of the time."""
    return [
        record
        for record in records
        if record["qclass"] in _CLASSES
        and record["qtype"] not in META
        and record.get("opcode", QUERY) == QUERY
    ]


def server_of(record: Any) -> str:
    """The address of the server that answered, `UNKNOWN` where none was told."""
    return record["response_ip"] or UNKNOWN


@lru_cache(CACHED)
def only(text: str) -> tuple[str, ...]:
    """A tuple of one text, shared by all that have the same: most names have one server, sensor and zone."""
    return (intern(text),)
