"""What fails, in the same frame and with the same parameters: /v1/failures/name/NAME[/TYPE].

NAME may be open left, as `*.example.com`. A question that failed is an object with `qname`; what a zone had
beyond its rows, a flood of random names, is one with `names`, about how many there were.
"""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import ip_address
from itertools import chain
from typing import Any

from nxcast.consumers.serve.asked import Asked, AskedError, name_first
from nxcast.consumers.serve.framing import framed, picked
from nxcast.consumers.serve.matching import names_asked, types_asked
from nxcast.consumers.serve.objects import moment
from nxcast.consumers.serve.reader_rights import Rights
from nxcast.consumers.serve.streaming import Lines, Work
from nxcast.consumers.store.database import Flood
from nxcast.consumers.store.lookups import Reader, Side
from nxcast.consumers.store.parquet_export import NODATA
from nxcast.consumers.store.rows import FailureRow
from nxcast.schemas.codes import RCODE_NOERROR, RCODE_NXDOMAIN, rcode_text, type_text
from nxcast.schemas.message import name_of
from nxcast.schemas.topics import (
    ANSWERS,
    DNS_ERRORS,
    NXDOMAIN,
    answers_topic,
    dns_errors_topic,
    nxdomain_topic,
)

__all__ = ["failure_object", "failures_answer"]

Found = Iterator[FailureRow | Flood | None]


def failures_answer(words: list[str], asked: Asked, reader: Reader, work: Work) -> Lines:
    """The lines for the words of a path; AskedError where there is no such path."""

    def given(row: Any) -> bool:
        return asked.in_time(row.first, row.last) and _may(asked.rights, row)

    if not asked.rights.replay:
        raise AskedError("the key that this token is for may not ask for what was before", 403)

    match words[:1], name_first(words[1:]):
        case ["name"], [word, *more] if len(more) <= 1:
            names = names_asked(word)
            if names.side is Side.RIGHT:
                raise AskedError("failures are looked up by a name, or by *. and a name")
            wants = types_asked(*more) if more else lambda _: True
            rows: Found = chain(reader.failures(names, wants), () if more else reader.floods(names))
            found: Found = picked(rows, asked, work, given)
            return framed(None if row is None else failure_object(row, human=asked.human) for row in found)
    raise AskedError("failures are looked up by name", 404)


def _may(rights: Rights, row: FailureRow | Flood) -> bool:
    """Whether who asks may read the topic that it was on; what a zone had beyond its rows may be of any."""
    if isinstance(row, Flood):
        return all(map(rights.may, (NXDOMAIN, DNS_ERRORS, ANSWERS)))
    if row.rcode == RCODE_NOERROR:
        return rights.may(answers_topic(row.qtype))
    # A name that is missing is told by nxdomain/, with the question that was really asked.
    return rights.may(
        nxdomain_topic(row.qtype) if row.rcode == RCODE_NXDOMAIN else dns_errors_topic(row.rcode)
    )


def failure_object(row: FailureRow | Flood, *, human: bool) -> dict[str, Any]:
    """A question that failed, or what a zone had beyond its rows."""
    told: dict[str, Any] = {
        "count": row.count,
        "time_first": moment(row.first, human=human),
        "time_last": moment(row.last, human=human),
    }
    if isinstance(row, Flood):
        return {**told, "zone": name_of(row.zone), "names": row.names}
    told["qname"] = name_of(row.qname)
    told["qtype"] = type_text(row.qtype)
    told["rcode"] = NODATA if row.rcode == 0 else rcode_text(row.rcode)
    told["zone"] = name_of(row.zone)
    if row.soa is not None:
        told["soa"] = name_of(row.soa)
    told["servers"] = [str(ip_address(each)) for each in row.servers]
    return told
