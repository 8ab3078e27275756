"""What two statuses of a broker say about what flows through it. Pure; hostile numbers are only numbers.

Silence and loss of a sensor are warnings: a resolver may be idle and a file at its end, and what was lost
stays in the count until the broker is restarted. Canaries are left out.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from heapq import nlargest
from typing import Literal

from nxcast.consumers.doctor.finding import Finding, Verdict
from nxcast.consumers.show.console import duration, plural
from nxcast.schemas.canary import CANARY_SENSOR
from nxcast.schemas.records import SensorStatus, Status
from nxcast.schemas.topics import DNS_ERRORS, NXDOMAIN, channel_of
from nxcast.schemas.units import SECOND_NS

__all__ = [
    "CLOCK_NS",
    "DESCRIPTORS_SHARE",
    "KERNEL_GAIN",
    "SENSORS_SHOWN",
    "SILENT_NS",
    "account",
    "broker",
    "connections",
    "descriptors",
    "kernel",
    "log",
]

CLOCK_NS = 5_000_000_000  # nanoseconds between two clocks; a status may be a second old
CUT_MAX = 10  # reasons told, more than there are
DESCRIPTORS_SHARE = 0.8  # of the descriptors in use, from which on it is a warning; as of the alert
SILENT_NS = 300_000_000_000  # nanoseconds; a resolver that anybody uses asks within five minutes
SENSORS_SHOWN = 32  # of 4,096 at most, those with trouble first
ASIDE_SHARE = 0.5  # of the frames that are set aside, from which on the sensor stands in the wrong place
# Percent of what top-level domains deny that looks like a step of minimisation: 86 behind an Unbound at its
# defaults; 43 without, since clients ask for longer names too, and for AAAA, MX and HTTPS. BIND and PowerDNS
# ask the whole question as well (61 and 52) and lose little.
MINIMISES = 70
MISMATCHED_SHARE = 0.01  # of the frames, from which on it is more than a server's odd answer; as of the alert
KERNEL_GAIN = "six to seven times"  # of a whole broker and full batches: docs/performance.md, 'One run'
REASONS_SHOWN = 5  # those that count most
REASON_MAX = 64  # characters shown of each; the longest of ours has 22


def broker(status: Status, now_ns: int) -> Finding:
    """Who answers, since when, and what its clock says where ours says `now_ns`."""
    up = duration(max(status["time_ns"] - status["epoch"], 0))
    text = f"{status['software']}, up for {up}"
    ahead_ns = status["time_ns"] - now_ns
    values = {
        "software": status["software"],
        "epoch": status["epoch"],
        "clock_ahead_ms": ahead_ns // 1_000_000,
    }
    if abs(ahead_ns) <= CLOCK_NS:
        return Finding("broker", Verdict.OK, text, values=values)
    return Finding(
        "broker",
        Verdict.WARNING,
        f"{text}; its clock is {duration(abs(ahead_ns))} {'ahead of' if ahead_ns > 0 else 'behind'} ours",
        "have NTP set both clocks: times in records and --since go by them",
        values,
    )


def descriptors(status: Status) -> Finding | None:
    """How many more connections there can be; None: the broker does not tell."""
    told = status.get("descriptors")
    if told is None:
        return None
    text = f"{told['open']:,} of {told['limit']:,} file descriptors are in use, one a connection"
    values: dict[str, object] = {**told}
    if told["open"] <= told["limit"] * DESCRIPTORS_SHARE:
        return Finding("descriptors", Verdict.OK, text, values=values)
    return Finding(
        "descriptors",
        Verdict.WARNING,
        text,
        "at the limit nobody else gets in: raise LimitNOFILE= (ulimit -n), or find who opens so many",
        values,
    )


def connections(status: Status) -> Finding | None:
    """Who was cut off; None: the broker does not tell."""
    told = status.get("connections_cut")
    if told is None:
        return None
    values: dict[str, object] = {**told}
    if not told:
        return Finding("connections", Verdict.OK, "the broker has cut none off", values=values)
    counts = ", ".join(f"{reason} {count:,}" for reason, count in sorted(told.items())[:CUT_MAX])
    return Finding(
        "connections",
        Verdict.WARNING,
        f"the broker has cut some off: {counts}",
        "its log names them; beyond: raise memory_max; stalled: they don't read; memory and flooded: they "
        "send or ask for too much",
        values,
    )


def log(status: Status) -> Finding | None:
    """How far back one can go, and whether more is taken; None: the broker does not tell."""
    told = status.get("log")
    if told is None:
        return None
    values: dict[str, object] = {**told}
    where = {"disk": "on disk", "stream": "in the stream"}.get(
        told["kept"], "in memory, and gone with the broker"
    )
    since = told["oldest_ns"]
    back = "nothing" if since is None else f"the last {duration(max(status['time_ns'] - since, 0))}"
    text = f"{back} can be had again, {told['octets']:,} of {told['octets_max']:,} octets {where}"
    if told["stuck"] is None:
        return Finding("log", Verdict.OK, text, values=values)
    return Finding(
        "log",
        Verdict.WRONG,
        f"the broker's log takes nothing ({told['stuck'][:REASON_MAX]}), and producers wait; {text}",
        "make room on its disk, or lower log_bytes and restart it; where the disk failed, replace that",
        values,
    )


def kernel(status: Status) -> Finding | None:
    """What derives; None: the broker does not tell."""
    frames, compiled = status["counters"]["frames_received"], status["counters"].get("compiled")
    if compiled is None:
        return None
    values: dict[str, object] = {"compiled": compiled, "frames": frames}
    if status["counters"].get("kernel_breaches"):
        return Finding(
            "kernel",
            Verdict.WARNING,
            "the compiled kernel made a record that breaks its schema: it was kept back, and Python derives; "
            f"with the kernel a broker takes {KERNEL_GAIN} as many frames",
            "report what the broker's log says of it; a restart of the broker has the kernel try again",
            values,
        )
    if not frames:
        return Finding("kernel", Verdict.OK, "no frames yet, so nothing was derived", values=values)
    if compiled:
        text = f"the compiled kernel took {compiled:,} of {frames:,} frames, Python the others"
        return Finding("kernel", Verdict.OK, text, values=values)
    return Finding(
        "kernel",
        Verdict.OK,
        f"Python derives; with the compiled kernel a broker takes {KERNEL_GAIN} as many frames, but there is "
        "none, or compiled is off",
        "where that matters install nxcast where there is a C compiler",
        values,
    )


def account(earlier: Status, later: Status) -> Iterator[Finding]:
    """What flows, from two statuses of one epoch, at least a part of a second apart."""
    span_s = max(later["time_ns"] - earlier["time_ns"], 1) / SECOND_NS
    sensors = {name: told for name, told in later["sensors"].items() if name != CANARY_SENSOR}
    yield _frames(earlier, later, span_s, heard=bool(sensors))
    yield from _sensors(sensors, later["time_ns"])
    yield _malformed(later)
    yield _refusals(later)
    yield _channels(earlier, later, span_s)


def _frames(earlier: Status, later: Status, span_s: float, *, heard: bool) -> Finding:
    if not heard:
        return Finding(
            "frames",
            Verdict.WARNING,
            "no producer has sent anything yet",
            "start nxcast-produce, as in nxcast-produce dnstap tcp:127.0.0.1:6000, for a resolver to send "
            "to; one that runs and has nothing to send says why after half a minute, on its standard error",
        )
    frames = _own_frames(later)
    rate = max(frames - _own_frames(earlier), 0) / span_s
    text = f"{_rate(rate)} a second come in, {frames:,} since the broker started"
    values: dict[str, object] = {"frames": frames, "frames_per_second": round(rate, 1)}
    for counter, (share, what, mend) in _SET_ASIDE.items():
        if (count := later["counters"].get(counter, 0)) > frames * share:
            text = f"{text}; {count:,} of them are set aside: {what}"
            return Finding("frames", Verdict.WARNING, text, mend, {**values, counter: count})
    return Finding("frames", Verdict.OK, text, values=values)


_SET_ASIDE: dict[Literal["unsolicited", "forwarder", "mismatched"], tuple[float, str, str]] = {
    "unsolicited": (
        ASIDE_SHARE,
        "responses that no query was seen for",
        "let nxcast-produce pcap see the queries too: both directions of the traffic, from before the first "
        "of them; or have the broker take them (accept_unsolicited), though they may be forged",
    ),
    "forwarder": (
        ASIDE_SHARE,
        "answers of other resolvers, which it forwards to",
        "take the dnstap of the resolver that asks the authorities; or have the producer take these "
        "(--forwarders), which are then marked",
    ),
    "mismatched": (
        MISMATCHED_SHARE,
        "answers to something else than was asked, or about names outside of the zone that was asked",
        "an authority, or who forges one, answers what nobody asked; the resolver rejects it too, and "
        "nothing of it is published. A capture (nxcast-produce pcap) shows whose they are",
    ),
}
"""Counters of frames that are not published, the share that is many, what they are, and the mend."""


def _own_frames(status: Status) -> int:
    """Frames that came in, but for canaries."""
    canaries = status["sensors"].get(CANARY_SENSOR)
    return max(status["counters"]["frames_received"] - (canaries["frames"] if canaries else 0), 0)


def _sensors(sensors: Mapping[str, SensorStatus], now_ns: int) -> Iterator[Finding]:
    found = [_sensor(name, told, now_ns) for name, told in sorted(sensors.items())]
    found.sort(key=lambda finding: finding.verdict is Verdict.OK)
    yield from found[:SENSORS_SHOWN]
    rest = found[SENSORS_SHOWN:]
    if rest:
        troubled = sum(finding.verdict is not Verdict.OK for finding in rest)
        yield Finding(
            "sensor",
            Verdict.WARNING if troubled else Verdict.OK,
            f"and {plural(len(rest), 'more sensor')}, {troubled} of them silent or with losses",
            "nxcast-consume tail status/ --count 1 shows them all" if troubled else "",
            {"more": len(rest), "troubled": troubled},
        )


def _sensor(name: str, told: SensorStatus, now_ns: int) -> Finding:
    silent_ns = max(now_ns - told["time_ns"], 0)
    silent = silent_ns > SILENT_NS
    lost, came = told["lost_batches"], told["batches"]
    heard = f"silent for {duration(silent_ns)}" if silent else f"last heard {duration(silent_ns)} ago"
    account = f"{lost:,} of {lost + came:,} batches lost" if lost else "nothing lost"
    mends = []
    if silent:
        mends.append("is its producer running, and does its resolver send (docs/sources.md)?")
    if lost:
        mends.append("its producer's log tells whether it dropped them; what never came was lost on the way")
    if told.get("minimises", 0) >= MINIMISES:
        account += (
            f"; its resolver minimises query names ({told['minimises']} % of what top-level domains deny is "
            "one label of type A or NS), so mail to missing domains and blocklists are hardly seen"
        )
        mends.append("have its producer hear what clients ask: --questions client (docs/sources.md)")
    values: dict[str, object] = {
        "sensor": name,
        "silent_seconds": round(silent_ns / SECOND_NS, 1),
        "lost_batches": lost,
        "batches": came,
    }
    verdict = Verdict.WARNING if mends else Verdict.OK
    return Finding("sensor", verdict, f"{name}: {heard}, {account}", "; ".join(mends), values)


def _malformed(status: Status) -> Finding:
    counters = status["counters"]
    reasons = {**counters["messages_malformed"], **counters["malformed"]}
    if not sum(reasons.values()):
        return Finding("malformed", Verdict.OK, "nothing malformed since the broker started")
    return Finding(
        "malformed",
        Verdict.WARNING,
        f"malformed since the broker started: {_most(reasons)}",
        "nxcast-consume tail malformed/ shows what comes and which sensor sends it",
        {"malformed": sum(reasons.values())},
    )


def _refusals(status: Status) -> Finding:
    refused = status["counters"]["refused"]
    if not sum(refused.values()):
        return Finding("refusals", Verdict.OK, "nobody refused since the broker started")
    return Finding(
        "refusals",
        Verdict.WARNING,
        f"refused since the broker started: {_most(refused)}",
        "the broker's log says whom; nxcast-broker keys list tells what each may do",
        {"refused": sum(refused.values())},
    )


def _channels(earlier: Status, later: Status, span_s: float) -> Finding:
    texts = []
    values: dict[str, object] = {}
    for channel in (DNS_ERRORS, NXDOMAIN):
        records = _records(later, channel)
        rate = max(records - _records(earlier, channel), 0) / span_s
        texts.append(f"{channel} {records:,} records, {_rate(rate)} a second")
        values[f"{channel.rstrip('/').replace('-', '_')}_records"] = records
    return Finding("channels", Verdict.OK, "; ".join(texts), values=values)


def _records(status: Status, channel: str) -> int:
    return sum(told["records"] for topic, told in status["topics"].items() if channel_of(topic) == channel)


def _most(reasons: Mapping[str, int]) -> str:
    named = nlargest(REASONS_SHOWN, reasons.items(), key=lambda reason: reason[1])
    more = len(reasons) - len(named)
    shown = ", ".join(f"{reason[:REASON_MAX]} {count:,}" for reason, count in named)
    return shown + (f" and {plural(more, 'more reason')}" if more else "")


def _rate(rate: float) -> str:
    return f"{rate:,.0f}" if rate >= 10 or not rate else f"{rate:.1f}"
