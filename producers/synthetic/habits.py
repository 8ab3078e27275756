"""What a resolver makes of one question of a client on the way to the authorities: its habits. Pure.

Each resolver at its own defaults, as seen in November 2026 on Debian bookworm (Unbound 1.17.1, BIND 9.18.49,
PowerDNS Recursor 4.8.8), between it and servers of signed and unsigned zones:

- query name minimisation (RFC 9156): names are asked for label by label, by type A (BIND: NS). Unbound asks
  for the whole name by A too, and then by its type. A missing name in a signed zone ends it there behind
  Unbound (RFC 8020); in an unsigned one it goes on with the whole question, and asks the step once more.
- retries and look-ups of its own, where the servers of a zone fail: 30 responses behind Unbound, 6 behind
  BIND, 2 behind PowerDNS Recursor, for one question and two servers.
- one query of its trust anchors a start (RFC 8145), by type A, behind Unbound; server cookies behind BIND.

The root and top-level domains are signed, no other zone is. What a cache would have saved is not left out.
"""

from __future__ import annotations

from typing import NamedTuple

from nxcast.producers.synthetic.causes import NOERROR, NXDOMAIN, REFUSED, SERVFAIL, Case
from nxcast.producers.synthetic.messages import AAAA, NS, A

__all__ = ["HABITS", "TRUST_ANCHOR", "Habits", "asked", "zone_asked"]

STEPS_MAX = 10  # of one name, RFC 9156 section 2.3: MAX_MINIMISE_COUNT
# RFC 8145 section 5.1, with the root's keys 20326 and 38696, as published in November 2026.
TRUST_ANCHOR = Case("_ta-4f66-9728", A, NXDOMAIN, "", soa="", capitals=0.0)


class Habits(NamedTuple):
    """What differs; counts are responses for one question to a zone whose two servers fail."""

    step_type: int  # what a shortened name is asked for by
    whole_by_step: bool  # the whole name is asked for so too, before its type
    proof_ends: bool  # a missing name in a signed zone is the end, and else the step is asked once more
    tries: int  # for the name itself
    address_tries: int  # for each address of each server
    address_types: tuple[int, ...]
    tells_anchors: bool
    sends_cookies: bool


HABITS: dict[str, Habits | None] = {
    "none": None,
    "unbound": Habits(A, True, True, 10, 5, (A, AAAA), True, False),
    "bind": Habits(NS, False, False, 2, 2, (AAAA,), False, True),
    "powerdns": Habits(A, False, False, 2, 0, (), False, False),
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
        return _missing(habits, case, steps[0])
    if not case.authoritative:  # a referral, which the first step has brought
        return (case._replace(qname=steps[0], qtype=habits.step_type),)
    return (*(_empty(case, name, habits.step_type) for name in steps), case)


def zone_asked(case: Case) -> str:
    """The zone whose servers are asked, as a resolver tells it; of a lame one or an alias the name's own."""
    return case.zone if _is_within(case.qname, case.zone) else ".".join(case.qname.split(".")[-2:])


def _steps(habits: Habits, case: Case) -> list[str]:
    """The names that are asked for by `step_type` before the question itself, the shortest first."""
    below = _labels_below(case.qname, case.zone)
    steps = [_shortened(case.qname, len(below) - count) for count in range(1, len(below))]
    if habits.whole_by_step and below and case.qtype != habits.step_type:
        steps.append(case.qname)
    return steps[:STEPS_MAX]


def _missing(habits: Habits, case: Case, first: str) -> tuple[Case, ...]:
    """Nothing is below the zone: the first step is denied."""
    step = case._replace(qname=first, qtype=habits.step_type)
    if not habits.proof_ends:
        return (step, case)
    if "." not in case.zone:
        return (step,)
    return (step, case) if case.qtype == habits.step_type else (step, case, step)


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


def _labels_below(name: str, zone: str) -> list[str]:
    """None of them where the name is not of this zone, as behind an alias."""
    if name == zone or not _is_within(name, zone):
        return []
    return name[: len(name) - len(zone)].rstrip(".").split(".")


def _shortened(name: str, labels: int) -> str:
    return name.split(".", labels)[labels]
