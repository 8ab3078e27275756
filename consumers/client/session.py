"""From message parts to batches and events: decoding, validation, accounting, silence.

Pure: time is an argument (seconds of a clock that only goes forward), and what a publisher sends can't
raise. A message that breaks the contract becomes an `Invalid` event and is passed over; where its header
could be read, its sequence still counts as received. What a message shows to be missing goes through
`repairs` first, and the message with it: then nothing is taken in until `repaired` has given all of it. So
does the rest of an epoch that has ended, before the message that shows it.
One that begins at an earlier time or position passes over what comes before the first status, since the
broker's store has that as well. Any other sets aside what comes once something is missing by then, as
a status says where to ask, and passes over what there is no room for. A message that has no records, or
none but canaries', is accounted for and gives no batch. What a key allows is asked before a status is
accounted for: it tells of all topics. The states are those of `session_states`.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any, Literal

from nxcast.consumers.client.ended_epochs import Ends, finish, place
from nxcast.consumers.client.events import (
    Back,
    Batch,
    Connected,
    Counts,
    Event,
    Gap,
    Invalid,
    Refused,
    Restart,
    Silent,
    Unreplayed,
)
from nxcast.consumers.client.faults import BAD, excerpt, reason_of
from nxcast.consumers.client.gap_detection import EpochEnd, Ledger
from nxcast.consumers.client.packed import packed
from nxcast.consumers.client.position import Position
from nxcast.consumers.client.repair import Repairs
from nxcast.consumers.client.session_states import (
    ADMISSION,
    HEARING,
    JOINING,
    RIGHTS,
    TELLING,
    Admission,
    AdmissionEvent,
    Hearing,
    HearingEvent,
    Joining,
    JoiningEvent,
    Rights,
    RightsEvent,
    Telling,
    TellingEvent,
)
from nxcast.consumers.client.subscription import is_topic, lacking, overlaps, read_topic
from nxcast.consumers.client.waiting import AskEpochs, AskRange, AskRights, AskSince, Given
from nxcast.process.state_machine import Machine
from nxcast.schemas.canary import without_canaries
from nxcast.schemas.records import Header, Status, decode_header, decode_records
from nxcast.schemas.request_answers import RightsAnswer
from nxcast.schemas.requests import PREFIXES_MAX
from nxcast.schemas.topics import CHANNELS, STATUS, channel_of
from nxcast.telemetry.printable import second_text
from nxcast.transport.endpoints import Place

__all__ = ["Intake", "since_ns", "worth_giving"]

SILENT_S = 5.0  # seconds; a status comes each second, so five in a row are missing
U64_MAX = 2**64 - 1
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_UNHEARD = (Telling.AWAITED, Telling.AWAY)
# Asked for each message, and in Python 3.11 a member of an Enum costs ten times a global.
_LIVE, _PLACED, _JOINED, _SILENT = Joining.LIVE, Joining.PLACED, Joining.JOINED, Hearing.SILENT


class Intake:
    """Takes message parts as they come and keeps the account of one subscriber.

    It begins where it joins, or `since` so many seconds before the first status or a time, or after a
    `position`. `refusal` says why the broker refuses, as far as it does. `keyed`: we come with a key.
    `told_egress`: where the key's file says that our own egress is. `canaries`: their records are wanted too.
    """

    def __init__(
        self,
        topics: Sequence[str],
        *,
        validate: bool,
        now: float,
        since: float | datetime | None = None,
        position: Position | None = None,
        keyed: bool = False,
        told_egress: Place | None = None,
        canaries: bool = False,
    ) -> None:
        begin = Joining.SINCE if since is not None else Joining.LIVE if position is None else Joining.PLACED
        self._joining = Machine(JOINING, begin)
        self._rights = Machine(RIGHTS, Rights.DUE if keyed else Rights.KEYLESS)
        self._hearing = Machine(HEARING, Hearing.HEARD)
        self._telling = Machine(TELLING, Telling.COUNTED)
        self._admission = Machine(ADMISSION, Admission.AWAITED)
        self._topics = topics
        self._ledger = Ledger(topics)
        self._validate = validate
        self._canaries = canaries
        self._status_wanted = STATUS in topics
        self._heard_at = now
        self._since = since
        self._lacking = ""  # what of the topics the key does not allow
        self._first: Sequence[bytes] = ()  # a status, set aside until rights and the beginning are known
        self._entrance = False  # that status comes from where nothing else does
        self._told_egress = told_egress
        self.own_egress: Place | None = None  # where our own egress is, to be connected to
        self.refusal: str | None = None
        self._counts = Counts()
        self.status: Status | None = None
        self.replay_port: int | Literal[False] | None = False  # as the latest status tells; False: none came
        self.repairs = Repairs(self._batch)
        self._ends = Ends()
        if position is not None:
            self._ledger.begin(position, complete=True)

    def take(self, parts: Sequence[bytes], now: float) -> tuple[list[Event], Batch[Any] | None]:
        """Take in one message: what it tells, and the batch if it is one of the caller's topics."""
        found: list[Event | EpochEnd] = []
        if self._hearing.state is _SILENT:
            self._hearing.on(HearingEvent.MESSAGE)
            found.append(Back(now - self._heard_at))
        self._heard_at = now
        batch = None
        begun = self._joining.state
        try:
            batch = self._decode(parts, found)
        except BAD as error:
            found.append(Invalid(excerpt(parts[0]) if parts else "", reason_of(error)))
        replay = begun is _PLACED and self._joining.state is Joining.JOINED
        events = [each for each in found if not (isinstance(each, EpochEnd) or _repairable(each))]
        if replay or len(events) < len(found) or self.repairs:
            self._set_aside(found, batch, replay=replay)
            return [], None
        self._count(events, batch)
        return events, worth_giving(batch)

    def repaired(self, now: float) -> tuple[list[Event], Batch[Any] | None] | None:
        """The next of what `repairs` holds, as `take` gives it; None where a request or its answer is due."""
        found = self.repairs.pull()
        if found is None:
            return None
        if found.kind == "since":
            return self._place(found, now)
        if found.kind == "rights":
            return self._apply(found.answer, now)
        if found.kind == "epochs":
            things, ends = finish(found, self._ledger.misses)
            self.repairs.insert(things)
            self._ends.told(ends)
            return [], None
        self._count(found.events, found.batch)
        return found.events, worth_giving(found.batch)

    def idle(self, now: float) -> list[Event]:
        """Tell that no message is waiting; a silence that has lasted long enough."""
        if now < self.silent_at:
            return []
        self._hearing.on(HearingEvent.QUIET)
        self._telling.on(TellingEvent.QUIET)
        events: list[Event] = [Silent(now - self._heard_at, self._telling.state is Telling.ENDED)]
        self._count(events, None)
        if self._keyed and self._admission.state is Admission.ADMITTED and self.status is None:
            events += self.refused(
                "the broker knows this key but sends nothing: it may not subscribe, it seems"
            )
        return events

    def accepted(self, now: float) -> None:
        """Tell that the broker let us in, the first time or again."""
        self._admission.on(AdmissionEvent.HANDSHAKE)
        self._rights.on(RightsEvent.HANDSHAKE)
        self._telling.on(TellingEvent.HANDSHAKE)
        self.repairs.forget_rights()
        self.refusal = None
        if self._keyed and self.status is None:
            self._hearing.on(HearingEvent.HANDSHAKE)
            self._heard_at = now

    def ended(self) -> None:
        """Tell that the connection ended."""
        self._telling.on(TellingEvent.GONE)

    def refused(self, reason: str) -> list[Event]:
        """Tell that the broker refuses; what is new in that."""
        self._admission.on(AdmissionEvent.REFUSAL)
        if reason == self.refusal:
            return []
        self.refusal = reason
        events: list[Event] = [Refused(reason)]
        self._count(events, None)
        return events

    @property
    def silent(self) -> bool:
        """Whether a silence was told, and nothing has come since."""
        return self._hearing.state is _SILENT

    @property
    def silent_at(self) -> float:
        """When `idle` would tell of a silence; infinite if it has."""
        return math.inf if self.silent else self._heard_at + SILENT_S

    def position(self, held: Iterable[Batch[Any]]) -> Position | None:
        """Up to where all has come and is done with, but for batches `held`; None where that can't be said.

        It can't before the first status.
        """
        position = self._ledger.position()
        if position is None or self._joining.state is not Joining.JOINED:
            return None
        undelivered = [(batch.topic, batch.epoch, batch.sequence) for batch in held]
        return self._ends.position([*undelivered, *self.repairs.undelivered()], position)

    @property
    def counts(self) -> Counts:
        """The account so far."""
        telling, asked = self._telling.state, self.repairs
        unheard = telling in _UNHEARD or (asked.missing and (asked.unanswered or telling is Telling.ENDED))
        self._counts.unsettled = unheard and self.status is not None
        return self._counts

    @property
    def _keyed(self) -> bool:
        return self._rights.state is not Rights.KEYLESS

    def _decode(self, parts: Sequence[bytes], found: list[Event | EpochEnd]) -> Batch[Any] | None:
        if len(parts) != 3:
            raise ValueError(f"3 parts expected, not {len(parts)}")
        topic, channel = read_topic(parts[0])
        joining = self._joining.state
        if channel != STATUS and joining is not _JOINED and (joining is not _LIVE or self.repairs.full):
            return None
        header = decode_header(parts[1])
        if channel == STATUS and (joining is Joining.SINCE or self._rights.state is Rights.DUE):
            self._ask_first(header, parts)
            return None
        if channel != STATUS and self.status is not None and header["epoch"] != self.status["epoch"]:
            self._telling.on(TellingEvent.OTHER_EPOCH)
        wanted = channel != STATUS or self._status_wanted
        if wanted and joining is not _PLACED:
            found += self._ledger.message(topic, header["epoch"], header["sequence"])
        batch = self._batch(topic, header, parts[2])
        if channel == STATUS:
            self._account(header["epoch"], batch.records, found)
        if wanted and joining is _PLACED:
            self._ledger.join(topic, header["sequence"])
        return batch if wanted else None

    def _batch(self, topic: str, header: Header, payload: bytes) -> Batch[Any]:
        channel = channel_of(topic) or ""
        quick = packed(channel, payload, canaries=self._canaries)
        if quick is not None and quick.count == header["count"]:
            return Batch(topic, header["epoch"], header["sequence"], header["time_ns"], quick)
        records = decode_records(channel, payload, validate=self._validate or channel == STATUS)
        if len(records) != header["count"]:
            raise ValueError(f"{len(records)} records where the header says {header['count']}")
        if not self._canaries:
            records = without_canaries(records)
            self._counts.canaries += header["count"] - len(records)
        return Batch(topic, header["epoch"], header["sequence"], header["time_ns"], records)

    def _account(self, epoch: int, statuses: list[Status], found: list[Event | EpochEnd]) -> None:
        for status in statuses:
            if status["epoch"] != epoch:
                raise ValueError(f"status of epoch {status['epoch']} in a message of epoch {epoch}")
            if self.status is None:
                found.append(Connected(epoch, status["software"]))
            found += self._ledger.status(status)
            self.status = status
            self.replay_port = status["replay"]
            self._joining.on(JoiningEvent.STATUS)
            self._telling.on(TellingEvent.LAST_STATUS if status.get("ended") else TellingEvent.STATUS)

    def _set_aside(self, found: list[Event | EpochEnd], batch: Batch[Any] | None, *, replay: bool) -> None:
        """Until what is missing has come."""
        if any(isinstance(each, Back | EpochEnd) for each in found):
            self.repairs.resume()
        for each in found:
            if isinstance(each, EpochEnd):
                self.repairs.add([self._end(each, replay=replay)])
            else:
                self.repairs.add([_range(each, replay=replay) if _repairable(each) else Given([each])])
        if replay:
            self.repairs.end_replay()
        if batch is not None:
            self.repairs.add([Given(batch=batch)])

    def _end(self, end: EpochEnd, *, replay: bool) -> AskEpochs | Given:
        """What finishes an epoch."""
        if all(map(STATUS.startswith, self._topics)):
            return Given([Restart(end.position.epoch, end.next_epoch)])
        self._ends.begun(end)
        return AskEpochs(end.position, end.whole, end.next_epoch, replay, first=end.position.epoch)

    def _ask_first(self, header: Header, parts: Sequence[bytes]) -> None:
        """Ask what we may and where `since` is, before a status is accounted for."""
        for status in self._batch(STATUS, header, parts[2]).records:
            self._first = parts
            self.replay_port = status["replay"]
            self._entrance = status.get("entrance", False) and self._rights.state is Rights.DUE
            if self._rights.state is Rights.DUE:
                self._rights.on(RightsEvent.REQUEST)
                self.repairs.resume()
                self.repairs.add([AskRights()])
            if self._joining.state is Joining.SINCE and not self._entrance:
                topics = self._topics if len(self._topics) <= PREFIXES_MAX else CHANNELS
                time_ns = since_ns(self._since, status["time_ns"])
                self.repairs.add([AskSince(list(topics), time_ns, status)])
            return

    def _apply(self, rights: RightsAnswer | None, now: float) -> tuple[list[Event], Batch[Any] | None]:
        """Go by our rights, and on with the status that was set aside for them."""
        events: list[Event] = []
        self._rights.on(RightsEvent.NO_ANSWER if rights is None else RightsEvent.ANSWER)
        if rights is not None:
            allowed = self._ledger.allowed = (
                *rights["subscribe"],
                *([STATUS] if rights["subscribe"] else []),
            )
            refused = lacking(self._topics, rights)
            if not any(map(partial(overlaps, allowed), self._topics)):
                events += self.refused(refused)
            elif refused and refused != self._lacking:
                events.append(Refused(refused, partly=True))
                self._count(events, None)
            self._lacking = refused
        if self._entrance and self.refusal is None:
            self._entrance = False
            self.own_egress = self._told_egress if rights is None else rights.get("egress")
            if self.own_egress is not None:
                self._first = ()
                return events, None
        batch = None
        if self._first and self._joining.state is not Joining.SINCE:
            parts, self._first = self._first, ()
            taken, batch = self.take(parts, now)
            events += taken
        return events, batch

    def _place(self, ask: AskSince, now: float) -> tuple[list[Event], Batch[Any] | None]:
        """Begin where `since` is, as the status that asked for it allows; else as the next one."""
        answer = ask.answer
        events: list[Event] = []
        if answer is not None:
            if answer["epoch"] != ask.status["epoch"]:
                self._joining.on(JoiningEvent.OTHER_EPOCH)
                return [], None
            position, complete = place(answer, ask.status)
            self._ledger.begin(position, complete=False)
            if not complete:
                events.append(
                    Unreplayed(f"not all since {second_text(ask.time_ns)} UTC is kept by the broker")
                )
        self._joining.on(JoiningEvent.PLACE)
        taken, batch = self.take(self._first, now)
        self._first = ()
        return events + taken, batch

    def _count(self, events: list[Event], batch: Batch[Any] | None) -> None:
        for event in events:
            self._counts.add(event)
        self._counts.repeated = self._ledger.repeated
        self._counts.repaired, self._counts.replayed = self.repairs.repaired, self.repairs.replayed
        if batch is not None:
            self._counts.messages += 1
            self._counts.records += batch.count


def worth_giving(batch: Batch[Any] | None) -> Batch[Any] | None:
    """The batch, unless it has no records."""
    return batch if batch is not None and batch.count else None


def _repairable(event: Event) -> bool:
    """Whether something is missing that a store may have."""
    return isinstance(event, Gap) and event.topic != STATUS and is_topic(event.topic)


def _range(gap: Event, *, replay: bool) -> AskRange:
    assert isinstance(gap, Gap)  # noqa: S101  nothing else is repairable
    return AskRange(gap.topic, gap.epoch, gap.first, gap.last, replay)


def since_ns(since: float | datetime | None, now_ns: int) -> int:
    """The time that many seconds before now, or given; nanoseconds since 1970-01-01 UTC."""
    if isinstance(since, datetime):
        time_ns = (since - EPOCH) // timedelta(microseconds=1) * 1000
    else:
        # In seconds first: as nanoseconds a time ago may be beyond what a float holds.
        time_ns = now_ns - int(min(since or 0, now_ns / 1e9) * 1e9)
    return max(0, min(time_ns, U64_MAX))
