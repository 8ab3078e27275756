"""Rows as the objects of JSON lines that clients read: DNSDB's forms. Pure.

Times of zone files stand beside those of what was seen, under their own names, as clients tell them apart.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

from nxcast.consumers.store.lookups import RdataRow
from nxcast.consumers.store.presentation import rdata_text
from nxcast.consumers.store.rows import RRsetRow, Seen, seen_of
from nxcast.schemas.codes import type_text
from nxcast.schemas.message import name_of

__all__ = ["ends_of", "json_line", "moment", "rdata_object", "rrset_object", "seen_object"]

TIME_MAX = 253_402_300_799  # seconds, the end of the year 9999, as far as datetime goes

_dumps = json.JSONEncoder(ensure_ascii=True, separators=(",", ":")).encode


def json_line(told: dict[str, Any]) -> bytes:
    """One object as a line."""
    return _dumps(told).encode() + b"\n"


def rrset_object(row: RRsetRow, *, human: bool) -> dict[str, Any]:
    """An RRset; without a bailiwick where it is not known."""
    told = {
        **seen_object(seen_of(row), human=human),
        "rrname": name_of(row.owner),
        "rrtype": type_text(row.rrtype),
    }
    if row.zone is not None:
        told["bailiwick"] = name_of(row.zone)
    told["rdata"] = [rdata_text(row.rrtype, each) for each in row.rdata]
    return told


def rdata_object(row: RdataRow, *, human: bool) -> dict[str, Any]:
    """RDATA, of all RRsets of an owner and type that have it."""
    return {
        **seen_object(seen_of(row), human=human),
        "rrname": name_of(row.owner),
        "rrtype": type_text(row.rrtype),
        "rdata": rdata_text(row.rrtype, row.rdata),
    }


def ends_of(row: RRsetRow | RdataRow) -> tuple[int, int]:
    """When a row was first and last seen, in a zone file or in an answer; in seconds."""
    first = min(row.first, row.zone_first) if row.first and row.zone_first else row.first or row.zone_first
    return first, max(row.last, row.zone_last)


def seen_object(seen: Seen, *, human: bool) -> dict[str, Any]:
    """The count of what `seen_of` gives of a row or of many, and those of its times that there are."""
    first, last, count, zone_first, zone_last = seen
    times = {
        "time_first": first,
        "time_last": last,
        "zone_time_first": zone_first,
        "zone_time_last": zone_last,
    }
    return {"count": count, **{name: moment(at, human=human) for name, at in times.items() if at}}


def moment(time_s: int, *, human: bool) -> int | str:
    """A time in seconds since 1970-01-01 UTC, or as RFC 3339 has it."""
    if not human:
        return time_s
    return datetime.fromtimestamp(min(time_s, TIME_MAX), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
