"""Common Output Format of passive DNS at /pdns/query/, as CIRCL's clients ask it.

draft-dulaunoy-dnsop-passive-dns-cof; pages as pypdns asks for them.

A name gives its RRsets and the RDATA that leads to it, an address the RDATA that has it; a line each. Lines
have no end of their own, so an answer is made whole, a page of it, before its headers say whether there is
more: `x-dribble-cursor` to who asked for pages, else `x-dribble-errors`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import ip_address
from itertools import chain
from typing import Any

from nxcast.consumers.serve.asked import LIMIT, OFFSET_MAX, Asked, AskedError, name_first
from nxcast.consumers.serve.dnsdb import Found, looked_up
from nxcast.consumers.serve.framing import picked
from nxcast.consumers.serve.objects import ends_of, json_line, rdata_object, rrset_object
from nxcast.consumers.serve.streaming import Limited, Lines, Work
from nxcast.consumers.store.lookups import RdataRow, Reader
from nxcast.consumers.store.rows import RRsetRow

__all__ = ["Page", "page_asked"]

PAGE_OCTETS = 1 << 20  # of the lines of a page, and one line on top
COUNT, CURSOR, RRTYPE = "dribble-paginate-count", "dribble-paginate-cursor", "dribble-filter-rrtype"


@dataclass(slots=True)
class Page:
    """Some of an answer: `count` rows from `cursor` on; made, `more` says why it is not the rest."""

    word: str
    rrtype: str
    count: int
    cursor: int
    paged: bool
    given: int = 0
    more: str | None = None

    def lines(self, reader: Reader, work: Work) -> Lines:
        """Its lines; AskedError where it can't be had."""
        rows: list[Found] = [
            looked_up(kind, how, self.word, [self.rrtype], reader)[0] for kind, how in _kinds(self.word)
        ]
        return self._lines(chain(*rows), work)

    def headers(self) -> dict[str, str]:
        """What tells the client that there is more, and how to have it."""
        if self.more is None:
            return {}
        if self.paged and self.given:
            return {"x-dribble-cursor": str(self.cursor + self.given)}
        return {"x-dribble-errors": json.dumps({"limited": self.more})}

    def _lines(self, rows: Found, work: Work) -> Lines:
        octets = 0
        try:
            found: Found = picked(rows, Asked(self.count, self.cursor), work, lambda _: True)
            for row in found:
                if row is None:
                    yield None
                    continue
                line = json_line(_object(row))
                octets += len(line)
                self.given += 1
                yield line
                if octets >= PAGE_OCTETS:
                    raise Limited(f"over {PAGE_OCTETS} octets")
        except Limited as limited:
            self.more = str(limited)


def page_asked(words: list[str], headers: Mapping[str, str]) -> Page:
    """What a request for /pdns/query/WORD asks."""
    word, *more = name_first(words)
    if more:
        raise AskedError("/pdns/query/ has a name or an address behind it", 404)
    return Page(
        word=word,
        rrtype=headers.get(RRTYPE, "ANY"),
        count=min(_number(headers, COUNT, LIMIT) or LIMIT, LIMIT),
        cursor=_number(headers, CURSOR, 0),
        paged=COUNT in headers,
    )


def _kinds(word: str) -> tuple[tuple[str, str], ...]:
    try:
        ip_address(word)
    except ValueError:
        return ("rrset", "name"), ("rdata", "name")
    return (("rdata", "ip"),)


def _number(headers: Mapping[str, str], name: str, usual: int) -> int:
    text = headers.get(name)
    if text is None:
        return usual
    if not (text.isascii() and text.isdigit() and len(text) < 10 and int(text) <= OFFSET_MAX):
        raise AskedError(f"{name} is a whole number up to {OFFSET_MAX}")
    return int(text)


def _object(row: RRsetRow | RdataRow) -> dict[str, Any]:
    """A row with both times, which clients want of each; of a zone file where it was never seen."""
    first, last = ends_of(row)
    if isinstance(row, RRsetRow):
        told = rrset_object(row, human=False)
        rdata = told["rdata"]
        told["rdata"] = rdata[0] if len(rdata) == 1 else rdata
    else:
        told = rdata_object(row, human=False)
    return {"time_first": row.first or first, "time_last": row.last or last, **told}
