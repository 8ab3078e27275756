"""Failures as tables: rows, columns, and what the failures seen point to. Pure.

dns-errors/ has failures only, so where nobody tells what servers answer well, a reading is about the servers
and zones that were seen to fail: other servers of a zone may answer, and what share of all queries fails
can't be told. Where servers/ tells it, a server that answers for the zones it fails for was not given up. The
latest response of a row is decoded only here, so at most once for each row that is shown.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache
from heapq import nsmallest
from typing import Any, TypeVar

from nxcast.consumers.names.blocklists import ZONES
from nxcast.consumers.questions.authorities.failures import DISTINCT_MAX, OTHER_RCODE, Failures, Latest
from nxcast.consumers.questions.authorities.repeats import AGAIN_NS
from nxcast.consumers.questions.loop.findings import SEEN, Column, Section, number
from nxcast.consumers.show.message_text import message_lines
from nxcast.consumers.show.redact import redacted
from nxcast.schemas.codes import rcode_text, type_text
from nxcast.schemas.edns import EDE_NAMES
from nxcast.schemas.units import SECOND_NS
from nxcast.telemetry.printable import time_text

__all__ = [
    "RESOLVING",
    "ROWS_MAX",
    "evidence",
    "rcode_name",
    "rcodes_section",
    "response_lines",
    "responses_section",
    "servers_section",
    "watched_section",
    "worst",
    "zones_section",
]

ROWS_MAX = 1000  # of a table, also in JSON; making one takes 30 us, and a terminal's report comes each second
# Failures of one day below which nothing is read from them: a single one may be a packet gone wrong, and who
# answers thousands a day fails a few times a week.
FEW = 3
# Shares that fail of what was asked: a server of a large zone fails at times, one that was given up always.
SELDOM, MOSTLY = 0.05, 0.9
MANY_ZONES = 10  # refused by one server; two or three are a customer's who left, ten are no accident
DECODED_CACHED = 128  # responses of 512 octets and their text, 4 KB each: 0.5 MB
CODES_SHOWN = 2  # reasons in a cell

FORMERR, SERVFAIL, NOTIMP, REFUSED, NOTAUTH, BADVERS = 1, 2, 4, 5, 9, 16
RESOLVING = "QUERY"
"""The kind of a resolver's look-up, the only one that is counted by server and by zone."""

Found = tuple[str, Failures]
F = TypeVar("F", bound=Failures)


def worst(found: Iterable[tuple[str, F]], rows: int = ROWS_MAX) -> list[tuple[str, F]]:
    """Those with the most failures, at most so many."""
    return nsmallest(rows, found, key=lambda each: (-each[1].count, each[0]))


def rcodes_section(found: Mapping[tuple[str, int], Failures], repeats: int, now_ns: int) -> Section:
    """All failures by what was asked and RCODE."""
    rows = [
        {"asked": kind, **evidence(failures, now_ns), "servers": failures.about()}
        for (kind, _), failures in sorted(found.items(), key=lambda each: -each[1].count)
    ]
    return Section(
        "rcodes",
        "How they fail",
        (
            Column("asked", "asked"),
            Column("rcode", "RCODE"),
            _FAILURES,
            Column("servers", "servers", _about, right=True),
            *_TIMES,
        ),
        rows,
        f"Below, only {RESOLVING} counts: the others are no look-ups at a name server. BADCOOKIE is no "
        f"failure. {repeats:,} more were a server's for the same name and type within "
        f"{AGAIN_NS // SECOND_NS} s.",
    )


def servers_section(found: Sequence[Found], in_all: int, now_ns: int, *, told: bool = False) -> Section:
    """Servers that fail, the worst of `in_all`; `told`: whether what is answered well is told."""
    rows = [
        {
            "server": address,
            **evidence(failures, now_ns),
            "zones": failures.about(),
            "zones_named": _named(failures),
            **_answers(failures, told=told),
            "reading": _server_reading(failures),
        }
        for address, failures in found
    ]
    zones = Column("zones", "zones", _about, right=True)
    return Section(
        "servers",
        "Servers that fail",
        (Column("server", "server"), _FAILURES, *[_ANSWERED] * told, _RCODES, zones, *_TIMES, *_READING),
        rows,
        ("Zones are those it failed for. " + _SINCE if told else _FOR_OTHERS) + _cut(found, in_all),
    )


def zones_section(
    found: Sequence[Found],
    in_all: int,
    server: Callable[[str], Failures | None],
    now_ns: int,
    *,
    told: bool = False,
) -> Section:
    """Zones that fail, the worst of `in_all`; `server` gives what is known of one by its address."""
    rows = [
        {
            "zone": zone,
            **evidence(failures, now_ns),
            "servers": len(failures.others()),
            "servers_named": _named(failures),
            "all_servers_named": failures.all_named,
            "names": failures.about(),
            **_answers(failures, told=told),
            "reading": _zone_reading(zone, failures, server, told=told),
        }
        for zone, failures in found
    ]
    servers = Column("servers", "servers", right=True)
    names = Column("names", "names", _about, right=True)
    return Section(
        "zones",
        "Zones that fail",
        (Column("zone", "zone"), _FAILURES, *[_ANSWERED] * told, _RCODES, servers, names, *_TIMES, *_READING),
        rows,
        ("Servers are those that failed. " + _SINCE if told else _BY_OTHERS)
        + " A zone is what the resolver asked for where the sensor tells, else the registrable domain."
        + _cut(found, in_all),
    )


def watched_section(found: Sequence[Found], watched: int, now_ns: int) -> Section:
    """Entries of the list that fail."""
    rows = [
        {"watched": entry, **evidence(failures, now_ns), "failed_with": _named(failures)}
        for entry, failures in found
    ]
    few = Column("failed_with", "with", lambda named: ", ".join(each.split(" ")[0] for each in named[:3]))
    return Section(
        "watched",
        "Watched, and failing",
        (Column("watched", "watched"), _FAILURES, _RCODES, *_TIMES, few),
        rows,
        f"{watched - len(found):,} of {watched:,} watched had no failure. "
        "'with' names servers of a zone, and zones of a server.",
    )


def responses_section(latest: Iterable[Latest | None]) -> Section:
    """Latest responses, each once."""
    distinct = {id(each): each for each in latest if each is not None}.values()
    rows = [
        {
            "time": time_text(each.time_ns),
            "server": each.server,
            "zone": each.zone,
            "qname": each.qname,
            "qtype": None if each.qtype is None else type_text(each.qtype),
            "rcode": rcode_name(each.rcode),
            "response": response_lines(each),
        }
        for each in distinct
    ]
    return Section(
        "responses",
        "Latest responses",
        (Column("server", "server"), Column("zone", "zone"), Column("response", "response", "\n".join)),
        rows,
        "Of the worst rows above.",
    )


def response_lines(latest: Latest) -> list[str]:
    """The response decoded, without keys; one line where it was too long to be kept."""
    if not latest.response:
        return [f"[{latest.octets} octets, too long to be kept]"]
    return list(_decoded(latest.qname, latest.response))


@lru_cache(DECODED_CACHED)
def _decoded(qname: str | None, response: bytes) -> tuple[str, ...]:
    return tuple(message_lines(redacted({"qname": qname, "response": response})["response"]))


def rcode_name(rcode: int) -> str:
    """Mnemonic of an RCODE, OTHER for all without one."""
    return "OTHER" if rcode == OTHER_RCODE else rcode_text(rcode)


def evidence(failures: Failures, now_ns: int) -> dict[str, Any]:
    """What each row has: counts by RCODE, times, reasons."""
    rcodes = failures.rcodes()
    counts = dict(rcodes)
    named = {each: counts.pop(each, 0) for each in (SERVFAIL, REFUSED, FORMERR, NOTIMP)}
    recent = failures.recent(now_ns)
    return {
        "failures": failures.count,
        "rcode": rcode_name(rcodes[0][0]),
        "rcodes": [f"{rcode_name(rcode)} {count:,}" for rcode, count in rcodes],
        **{rcode_text(rcode).lower(): count for rcode, count in named.items()},
        "other": sum(counts.values()),
        "last_hour": sum(recent),
        "usual_hour": failures.usual(now_ns),
        "ten_minutes": recent,
        "first_seen": time_text(failures.first_ns),
        "last_seen": time_text(failures.last_ns),
        "reasons": _reasons(failures),
    }


def _reasons(failures: Failures) -> list[str]:
    """Extended DNS Errors, the most frequent first."""
    codes = sorted((failures.codes or {}).items(), key=lambda each: (-each[1], each[0]))
    return [f"{code} {EDE_NAMES.get(code, 'unassigned')} ({count:,})" for code, count in codes]


def _named(failures: Failures) -> list[str]:
    return [
        f"{other} {', '.join(f'{rcode_name(rcode)} {count:,}' for rcode, count in counts.most_common())}"
        for other, counts in failures.others().items()
    ]


def _server_reading(failures: Failures) -> str:
    if failures.most_a_day < FEW:
        return "too few to tell"
    rcode = failures.rcodes()[0][0]
    if rcode == REFUSED:
        return _refusing(failures)
    if answers := _share_reading(failures.share, rcode):
        return answers
    if rcode == SERVFAIL:
        many = failures.about() >= MANY_ZONES
        return "fails for many zones: the server itself" if many else "fails for a few zones: see these"
    if rcode == FORMERR:
        return "can't read queries" if failures.with_opt else "can't read queries: knows no EDNS?"
    return _COMMON.get(rcode, "-")


def _refusing(failures: Failures) -> str:
    """How a server is read that refuses."""
    if failures.all_named and failures.others(REFUSED).keys() <= ZONES.keys():
        return "a blocklist's, that refuses this resolver"
    if _why(failures) in _POLICY:
        return "refuses this resolver by policy, as it says"
    if failures.in_spells:
        return "refuses in spells: a limit of rates, or of who may ask"
    if answers := _share_reading(failures.share, REFUSED):
        return answers
    zones = failures.about()
    if zones >= MANY_ZONES:
        others = failures.answered > sum((failures.answered_by or {}).values())
        return "refuses many zones: " + ("answers others" if others else "none its own, or no longer")
    return "refuses a few zones: lame for them" if zones > 1 else "refuses a zone: lame for it"


def _zone_reading(
    zone: str, failures: Failures, server: Callable[[str], Failures | None], *, told: bool
) -> str:
    if failures.most_a_day < FEW:
        return "too few to tell"
    rcode = failures.rcodes()[0][0]
    with_it, seen = failures.others(rcode), failures.others()
    of = f"{rcode_name(rcode)} by {len(with_it)} of {len(seen)} servers that fail"
    if not failures.all_named:
        of = f"{rcode_name(rcode)} by {len(with_it)} servers and more"
    elif len(seen) == 1:
        of = f"{rcode_name(rcode)} by one server"
    at = "at it" if len(with_it) == 1 and failures.all_named else "at these"
    if rcode == REFUSED:
        known = [found for each in with_it if (found := server(each)) is not None]
        return f"{of}: {_refused(zone, failures, known, at, told=told)}"
    if answers := _share_reading(failures.share, rcode):
        return f"{of}: {answers}"
    if rcode == SERVFAIL:
        why = _BROKEN.get(_why(failures), "expired, not loaded, its source away")
        return f"{of}: broken {at} ({why}), {_others(failures, told=told)}"
    return f"{of}: {_COMMON[rcode]}" if rcode in _COMMON else of


def _refused(zone: str, failures: Failures, servers: Sequence[Failures], at: str, *, told: bool) -> str:
    """How a zone is read that is refused, by these servers as far as they are known."""
    if zone in ZONES:
        return "a blocklist that refuses this resolver"
    if _why(failures) in _POLICY:
        return "this resolver may not ask, as it says"
    if servers and all(each.in_spells for each in servers):
        return "refused in spells, a limit of rates"
    if answers := _share_reading(failures.share, REFUSED):
        return answers
    gone = servers and all(each.about() >= MANY_ZONES for each in servers)
    many = " (refused with many zones)" if gone else ""
    return f"lame {at}{many}, {_others(failures, told=told)}"


def _share_reading(share: float | None, rcode: int) -> str:
    """What is read of the share that fails; empty where it is not known, or is most."""
    if share is None or share > MOSTLY:
        return ""
    if share <= SELDOM:
        return f"answers as a rule, {share:.2%} fail"
    if rcode == REFUSED:
        return f"answers too, {share:.0%} refused: a limit of rates, or of who may ask"
    return f"answers too, {share:.0%} fail"


def _others(failures: Failures, *, told: bool) -> str:
    """Whether servers of a zone answer that are not among those that fail."""
    if not told:
        return "others may answer"
    named = sum((failures.answered_by or {}).values())
    return "others answer" if failures.answered > named else "no other was seen to answer"


def _answers(failures: Failures, *, told: bool) -> dict[str, Any]:
    """What was answered well since the first failure; nothing is known where nobody tells."""
    share = failures.share
    return {
        "answered": failures.answered if told else None,
        "share_failed": None if share is None else round(share, 4),
    }


def _why(failures: Failures) -> int | None:
    """The INFO-CODE that half of the failures or more give as their reason."""
    codes = failures.codes or {}
    most = max(codes, key=lambda code: (codes[code], -code), default=None)
    return most if most is not None and codes[most] * 2 >= failures.count else None


# INFO-CODEs (RFC 8914 section 4): Blocked, Censored, Filtered, Prohibited; and what is wrong with a zone.
_POLICY = frozenset((15, 16, 17, 18))
_BROKEN: dict[int | None, str] = {
    14: "not ready, as it says: starting, or not loaded",
    22: "can't reach its own source, as it says",
    23: "can't reach its own source, as it says",
    24: "its data is invalid or expired, as it says",
}

_SINCE = "'Answered' is what was told since the first failure."
_FOR_OTHERS = "Zones are those it failed for; those that it answers for, the channel does not have."
_BY_OTHERS = "Servers are those that failed; others of the zone may answer, which the channel does not have."

# By RCODE, what the server does, whatever the zone. FORMERR and NOTIMP are what servers without EDNS say
# (RFC 6891 section 7), and NOTIMP those that know no HTTPS, ANY ...
_COMMON = {
    FORMERR: "can't read queries",
    NOTIMP: "doesn't know what is asked: EDNS, or a type",
    NOTAUTH: "not its zone, or not its key (TSIG)",
    BADVERS: "takes no EDNS of this version",
}


def _cut(found: Sequence[Found], in_all: int) -> str:
    return f" These are the worst {len(found):,} of {in_all:,}." if in_all > len(found) else ""


def _about(number: int) -> str:
    return f"{DISTINCT_MAX:,}+" if number == DISTINCT_MAX else f"{number:,}"


_FAILURES = Column("failures", "failures", number, right=True)
_RCODES = Column("rcodes", "how", ", ".join)
_ANSWERED = Column("answered", "answered", number, right=True)
_TIMES = (
    Column("last_hour", "last hour", number, right=True),
    Column("usual_hour", "usual", lambda mean: f"{mean:,.1f}", right=True),
    *SEEN,
)
_READING = (
    Column("reading", "reading"),
    Column("reasons", "reasons", lambda all_: ", ".join(all_[:CODES_SHOWN])),
)
