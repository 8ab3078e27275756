"""What a resolver makes of one question of a client on the way to the authorities: its habits. Pure.

Each resolver at its own defaults, as seen in November 2026 on Debian bookworm (Unbound 1.17.1, BIND 9.18.49,
PowerDNS Recursor 4.8.8), between it and servers of signed and unsigned zones:

- query name minimisation (RFC 9156): names are asked for label by label, by type A (BIND: NS), and long ones
  several labels at a time (BIND: at once). Unbound asks for the whole name by A too, and then by its type.
  PowerDNS Recursor takes labels that begin with an underscore along. A missing name in a signed zone ends it
  there behind Unbound (RFC 8020), one in the root behind PowerDNS Recursor too; in an unsigned one Unbound
  goes on with the whole question, and asks the step once more.
- retries and look-ups of its own, where the servers of a zone fail: 30 responses behind Unbound, 6 behind
  BIND, 2 behind PowerDNS Recursor, for one question and two servers.
- a delegation that is new to BIND makes it ask for its DS record, and from the root down for the AAAA records
  of its servers, of which only the IPv4 addresses came along.
- one query of its trust anchors a start (RFC 8145), by type A, behind Unbound; server cookies behind BIND.

The root and top-level domains are signed, no other zone is. What a cache would have saved is not left out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

from nxcast.producers.synthetic.causes import NOERROR, NXDOMAIN, REFUSED, SERVFAIL, Case
from nxcast.producers.synthetic.messages import AAAA, DS, NS, A, Record

__all__ = ["HABITS", "TRUST_ANCHOR", "Habits", "asked", "zone_asked"]

STEPS_MAX, STEPS_SINGLE = 10, 4  # RFC 9156 section 2.3: MAX_MINIMISE_COUNT, MINIMISE_ONE_LAB
BIND_LABELS_MAX = 6  # of a name that BIND makes a step
# RFC 8145 section 5.1, with the root's keys 20326 and 38696, as published in November 2026.
TRUST_ANCHOR = Case("_ta-4f66-9728", A, NXDOMAIN, "", soa="", capitals=0.0)

Lengths = Callable[[list[str], int], Iterator[int]]
"""From a name's labels and how many of them its zone has: how many each step has."""


class Habits(NamedTuple):
    """What differs; counts are responses for one question to a zone whose two servers fail."""

    step_type: int  # what a shortened name is asked for by
    lengths: Lengths
    whole_by_step: bool  # the whole name is asked for so too, before its type
    ends: Callable[[str], bool]  # whether a step that is missing in this zone is the end
    step_again: bool  # else the step is asked once more
    tries: int  # for the name itself
    address_tries: int  # for each address of each server
    address_types: tuple[int, ...]
    looks_into_delegations: bool
    tells_anchors: bool
    sends_cookies: bool


def _unbound_lengths(labels: list[str], above: int) -> Iterator[int]:
    """Those of long names in as many steps as there may be, all but the first of about the same length."""
    size, more = divmod(len(labels) - STEPS_SINGLE, STEPS_MAX - STEPS_SINGLE)
    for number in range(1, STEPS_MAX):
        one_by_one = number <= STEPS_SINGLE or len(labels) < STEPS_MAX
        above += 1 if one_by_one else size + (STEPS_MAX - number < more)
        if above >= len(labels):
            return
        yield above


def _bind_lengths(labels: list[str], above: int) -> Iterator[int]:
    yield from range(above + 1, min(len(labels), BIND_LABELS_MAX + 1))


def _powerdns_lengths(labels: list[str], above: int) -> Iterator[int]:
    for number in range(STEPS_MAX):
        left = len(labels) - above
        above += 1 if number < STEPS_SINGLE else max(1, left // (STEPS_MAX - number))
        while above < len(labels) and labels[-above - 1].startswith("_"):
            above += 1
        if above >= len(labels):
            return
        yield above


def _is_signed(zone: str) -> bool:
    return "." not in zone


def _is_root(zone: str) -> bool:
    return not zone


def _never(_zone: str) -> bool:
    return False


HABITS: dict[str, Habits | None] = {
    "none": None,
    "unbound": Habits(A, _unbound_lengths, True, _is_signed, True, 10, 5, (A, AAAA), False, True, False),
    "bind": Habits(NS, _bind_lengths, False, _never, False, 2, 2, (AAAA,), True, False, True),
    "powerdns": Habits(A, _powerdns_lengths, False, _is_root, False, 2, 0, (), False, False, False),
}
"""By the names that the command line has for them; None: the question alone goes out."""


def asked(habits: Habits, case: Case) -> tuple[Case, ...]:
    """What authorities are asked, and say, on the way to a case, which is the end of it unless a step is."""
    if case.opcode:
        return (case,)
    if case.rcode in (REFUSED, SERVFAIL):
        return _failing(habits, case)
    steps = _steps(habits, case)
    if not steps:
        return (case,)
    if case.rcode == NXDOMAIN:
        return _missing(habits, case, steps)
    if not case.authoritative:
        return _referred(habits, case, steps[0])
    return (*(_empty(case, name, habits.step_type) for name in steps), case)


def zone_asked(case: Case) -> str:
    """The zone whose servers are asked, as a resolver tells it; of a lame one or an alias the name's own."""
    return case.zone if _is_within(case.qname, case.zone) else ".".join(case.qname.split(".")[-2:])


def _steps(habits: Habits, case: Case) -> list[str]:
    """The names that are asked for by `step_type` before the question itself, the shortest first."""
    labels = case.qname.split(".")
    above = case.zone.count(".") + 1 if case.zone else 0
    if above == len(labels) or not _is_within(case.qname, case.zone):  # the latter behind an alias
        return []
    steps = [".".join(labels[-length:]) for length in habits.lengths(labels, above)]
    if habits.whole_by_step and case.qtype != habits.step_type:
        steps.append(case.qname)
    return steps


def _missing(habits: Habits, case: Case, steps: list[str]) -> tuple[Case, ...]:
    """The first step that is not there is denied, and those after it are not taken."""
    there = [name for name in steps if case.encloser is not None and _is_within(case.encloser, name)]
    walked = tuple(_empty(case, name, habits.step_type) for name in there)
    if len(there) == len(steps):
        return (*walked, case)
    step = case._replace(qname=steps[len(there)], qtype=habits.step_type)
    if habits.ends(case.zone):
        return (*walked, step)
    again = (step,) if habits.step_again and case.qtype != habits.step_type else ()
    return (*walked, step, case, *again)


def _referred(habits: Habits, case: Case, step: str) -> tuple[Case, ...]:
    """A delegation, which the first step has brought."""
    referral = case._replace(qname=step, qtype=habits.step_type)
    if not habits.looks_into_delegations:
        return (referral,)
    child = case.authorities[0].owner
    from_root = (Record(case.zone, NS, 172_800, (f"a.nic.{case.zone}",)),)
    made = [referral, _empty(case, child, DS)]
    for record in case.additionals:
        made += [
            case._replace(qname=record.owner, qtype=AAAA, zone="", authorities=from_root, additionals=()),
            case._replace(qname=record.owner, qtype=AAAA),
            Case(record.owner, AAAA, NOERROR, child, soa=child, capitals=case.capitals),
        ]
    return tuple(made)


def _empty(case: Case, name: str, qtype: int) -> Case:
    """NODATA for a name on the way."""
    return Case(name, qtype, NOERROR, case.zone, soa=case.zone, capitals=case.capitals)


def _failing(habits: Habits, case: Case) -> tuple[Case, ...]:
    """Servers that answer for the zone of their own names fail for these too."""
    addresses = [
        case._replace(qname=f"ns{server}.{case.zone}", qtype=qtype)
        for server in (1, 2)
        for qtype in habits.address_types
        if _is_within(case.qname, case.zone)
    ]
    return (case,) * habits.tries + tuple(addresses) * habits.address_tries


def _is_within(name: str, zone: str) -> bool:
    return not zone or f".{name}".endswith(f".{zone}")
