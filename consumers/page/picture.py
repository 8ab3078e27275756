"""The picture: all parts fed with what a subscriber hears, and drawn as one object. Pure.

A record of dns-errors/NXDOMAIN/ is the same failure as one of nxdomain/, so it is passed over, as is what a
resolver asked on its way (`minimised`) in counts of zones. Each record is counted where it is its own time's.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from nxcast.consumers.client.events import Batch, Event, Gap, Losses, UnknownLoss
from nxcast.consumers.doctor.status_change import SENSORS_SHOWN
from nxcast.consumers.names.fold import fold
from nxcast.consumers.page.busiest import Busiest
from nxcast.consumers.page.counts_by_time import CountsByTime, last_hour, span_of
from nxcast.consumers.page.failure_rates import SCALES, FailureRates
from nxcast.consumers.page.findings_board import FindingsBoard
from nxcast.consumers.page.known_findings import NOTHING_KNOWN, KnownFindings
from nxcast.consumers.page.recent_records import Looked, RecentRecords, Seen
from nxcast.consumers.page.sensor_table import SensorTable
from nxcast.consumers.page.state_words import StateWords
from nxcast.consumers.questions.causes.cause import CAUSES
from nxcast.consumers.questions.loop.look_ups import server_of
from nxcast.consumers.show.redact import redacted_text
from nxcast.schemas.codes import RCODE_NXDOMAIN, rcode_text
from nxcast.schemas.ip_addresses import UNKNOWN
from nxcast.schemas.records import Status
from nxcast.schemas.topics import DNS_ERRORS, NXDOMAIN, channel_of, dns_errors_topic
from nxcast.schemas.units import SECOND_NS
from nxcast.telemetry.printable import printable

__all__ = ["Picture", "is_counted"]

SAMPLE = 25  # records
TOP = 20  # zones, and servers
RATE_S = 10  # whole seconds that a rate is of
DAY_NS = 86_400 * SECOND_NS
PASSED_OVER = dns_errors_topic(RCODE_NXDOMAIN)


def is_counted(topic: str) -> bool:
    """Whether the picture counts the records of a topic."""
    return channel_of(topic) in (NXDOMAIN, DNS_ERRORS) and topic != PASSED_OVER


class _Kind(NamedTuple):
    """What a failure counts as but for its name; those of a message are few."""

    second: int  # that it counts at
    rcode: int
    sensor: str
    cause: str | None


class Picture:
    """What is shown of one broker."""

    def __init__(
        self,
        broker: str,
        began_ns: int,
        *,
        store: bool = False,
        known: KnownFindings = NOTHING_KNOWN,
        rates: FailureRates | None = None,
    ) -> None:
        self._broker = broker
        self._store = store  # whether there is one to look names up in
        self._state = StateWords(broker, began_ns)
        self._rates = rates or FailureRates(began_ns // SECOND_NS)
        self._zones = Busiest()
        self._servers = Busiest()
        self._causes = {cause: CountsByTime() for cause in CAUSES}
        self._board = FindingsBoard(known)
        self._sensors = SensorTable()
        self._recent = RecentRecords()
        self._losses = Losses()
        self._heard_ns = 0  # when the latest message was published
        self._uncounted = 0

    def take(self, batch: Batch[Any], now_ns: int) -> None:
        """Take a message of nxdomain/ or dns-errors/."""
        if not is_counted(batch.topic):
            return
        self._state.published(batch.time_ns, now_ns)
        self._heard_ns = max(self._heard_ns, batch.time_ns)
        kinds = Counter([self._kind(batch, record) for record in batch.records])
        self._count(kinds, batch.time_ns // SECOND_NS)
        self._board.take(batch.records, nxdomain=channel_of(batch.topic) == NXDOMAIN)

    def event(self, event: Event, now_ns: int) -> None:
        """Take what happened to the stream."""
        self._state.event(event)
        if isinstance(event, Gap):
            self._losses = Losses(self._losses.at_least + event.lost, self._losses.unknown)
        elif isinstance(event, UnknownLoss):
            self._losses = Losses(self._losses.at_least, self._losses.unknown + 1)
        else:
            return
        until_ns = self._state.broker_now(now_ns)
        self._rates.lost(min(self._heard_ns or until_ns, until_ns), until_ns)

    def status(self, status: Status, now_ns: int) -> None:
        """Take the broker's account."""
        self._state.status(status, now_ns)
        self._sensors.take(status)
        self._board.hear(status)

    def uncounted(self, records: int) -> None:
        """So many records came faster than this could take them: they are told, and nothing more."""
        self._uncounted += records

    def drawn(self, now_ns: int) -> dict[str, Any]:
        """All of it; each time the report of another question is renewed."""
        self._board.turn()
        there_ns = self._state.broker_now(now_ns)
        words = self._state.words(now_ns)
        frames = self._sensors.frames_per_second
        return {
            "time": there_ns // SECOND_NS,
            "broker": printable(self._broker),
            "store": self._store,
            "state": {"word": words.word, "text": words.text, "mend": words.mend},
            "frames_per_second": None if frames is None else round(frames, 1),
            "failures_per_second": round(self._rates.recent(there_ns, RATE_S), 1),
            "failures": self._rates.failures,
            "elsewhen": self._rates.elsewhen,
            "uncounted": self._uncounted,
            "lost": {
                "messages": self._losses.at_least,
                "text": str(self._losses) if any(self._losses) else "",
            },
            "clock_ahead_ms": self._state.clock_ahead_ms,
            "rates": self.rates("5m", now_ns),
            "findings": self._board.findings(),
            "muted": self._board.muted,
            "questions": self._board.told(),
            "causes": _causes_told(self._board.causes.look_ups()),
            "zones": self._top(self._zones, "zone", there_ns),
            "servers": self._top(self._servers, "server", there_ns),
            "sensors": self._sensors.sensors(),
            "health": self._sensors.health(now_ns),
            "records": self._recent.latest(SAMPLE),
        }

    def rates(self, scale: str, now_ns: int) -> dict[str, Any]:
        """Failures by RCODE on one of `SCALES`."""
        assert scale in SCALES  # noqa: S101
        return self._rates.drawn(scale, self._state.broker_now(now_ns), rcode_text)

    def span(self, begin_s: int, end_s: int, now_ns: int) -> dict[str, Any]:
        """What stands out, and causes, zones, servers and sensors of failures, of a span in whole periods."""
        span = span_of(begin_s, end_s, self._state.broker_now(now_ns) // SECOND_NS)
        return {
            "from": span.begin_s,
            "until": span.end_s,
            "step": span.step,
            "causes": _causes_told({cause: times.within(span) for cause, times in self._causes.items()}),
            "zones": _failed("zone", self._zones.top(TOP, span)),
            "servers": _failed("server", self._servers.top(TOP, span)),
            "sensors": _failed("sensor", self._sensors.most(SENSORS_SHOWN, span)),
            "findings": self._board.findings_within(span.begin_s * SECOND_NS, span.end_s * SECOND_NS),
        }

    def report(self, question: str) -> dict[str, Any] | None:
        """The latest report of a question; None where there is none of that name."""
        return self._board.report(question)

    def records(self, looked: Looked, count: int) -> dict[str, Any]:
        """The latest records that are looked for."""
        return self._recent.found(looked, count)

    def record(self, number: int) -> dict[str, Any] | None:
        """One record with all that is known of it; None where it is gone."""
        return self._recent.one(number)

    def _kind(self, batch: Batch[Any], record: Any) -> _Kind:
        """Take one record where its name counts, and say what else it counts as."""
        time_ns, now_s = record["time_ns"], batch.time_ns // SECOND_NS
        rcode = record.get("rcode", RCODE_NXDOMAIN)
        second = self._rates.second(time_ns, batch.time_ns)
        if 0 <= batch.time_ns - time_ns < DAY_NS:
            self._sensors.delayed(record["sensor"], batch.time_ns - time_ns)
        cause, name, zone = self._board.causes.see(record) or (None, "", _zone_told(record))
        text = rcode_text(rcode)
        if zone and not record.get("minimised"):
            self._zones.add(zone, second, now_s, name, text, cause)
        server = server_of(record)
        if server != UNKNOWN:
            self._servers.add(server, second, now_s, zone, text, cause)
        self._recent.add(Seen(batch.topic, batch.epoch, batch.sequence, second), record, zone, cause)
        return _Kind(second, rcode, record["sensor"], cause)

    def _count(self, kinds: Mapping[_Kind, int], now_s: int) -> None:
        for (second, rcode, sensor, cause), count in kinds.items():
            self._rates.add(second, rcode, now_s, count)
            self._sensors.failed(sensor, second, now_s, count)
            if cause is not None:
                self._causes[cause].add(second, now_s, count)

    def _top(self, busiest: Busiest, key: str, there_ns: int) -> list[dict[str, Any]]:
        now_s = there_ns // SECOND_NS
        readings = self._board.readings(f"{key}s", key)
        return [
            {
                key: printable(redacted_text(name)),
                "failed": count,
                "cause": tally.causes.most_common(1)[0][0] if tally.causes else None,
                "distinct": tally.names.estimate,
                "minutes": tally.times.minutes(now_s),
                "rcodes": dict(tally.rcodes.most_common()),
                "reading": readings.get(name, ""),
            }
            for name, count, tally in busiest.top(TOP, last_hour(now_s))
        ]


def _failed(key: str, found: Iterable[tuple[str, int, *tuple[Any, ...]]]) -> list[dict[str, Any]]:
    return [{key: printable(redacted_text(name)), "failed": count} for name, count, *_ in found]


def _causes_told(counts: Mapping[str, int]) -> list[dict[str, Any]]:
    total = sum(counts.values())
    ordered = sorted(counts.items(), key=lambda each: -each[1])
    return [
        {"cause": cause, "what": CAUSES[cause], "look_ups": count, "share": round(count / total, 4)}
        for cause, count in ordered
        if count
    ]


def _zone_told(record: Any) -> str:
    """The zone that denied or was asked, of a record without a name; '' where there is none."""
    return fold(record.get("soa_rrname") or record.get("query_zone") or "")
