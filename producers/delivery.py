"""What a producer does about its batches and its broker: what happened goes in, commands come out. Pure.

Times are seconds of a clock that only goes forward. Each command is carried out at once, and one batch is
sent at a time: `taken` is told when there was room for it. The states are those of `delivery_states`,
the commands those of `delivery_commands`.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Sequence

from nxcast.process.state_machine import Machine
from nxcast.producers.arrival_inquiry import ASK_S, SILENCE_S, Inquiry
from nxcast.producers.batch_form import FormChoice
from nxcast.producers.delivery_commands import (
    Ask,
    CloseAsker,
    Command,
    Fail,
    OpenAsker,
    Reopen,
    SendBatch,
    Warn,
)
from nxcast.producers.delivery_states import (
    ACKNOWLEDGEMENT,
    PRESENCE,
    ROOM,
    SOURCE,
    Acknowledgement,
    AcknowledgementEvent,
    Presence,
    PresenceEvent,
    Room,
    RoomEvent,
    Source,
)
from nxcast.producers.send_window import Batch, Window
from nxcast.schemas.frames import FRAMES_1, FRAMES_2, BatchHeader, in_older_form
from nxcast.schemas.request_answers import ArrivedAnswer

__all__ = ["REFUSED", "Delivery"]

REFUSED = "it does not know this key, or no longer (nxcast-broker keys list tells)"
ROOM_S = 0.01  # until it looks again whether there is room for what waits


class Delivery:
    """What one producer has sent and what of it arrived. The counts are in frames; `Pusher` says what of.

    `replay` is where the broker tells what has arrived, None for one that doesn't. `live`: a source that
    can't wait. At most `octets_max` are kept, and one batch more. `recent_max`: batches that the connection
    may hold. `asks`: the frames have questions among them. `shared`: brokers share what is sent, so each
    batch says what is missing before it. Nothing is sent while the form that the broker takes is unknown.
    """

    def __init__(
        self,
        endpoint: str,
        sensor: str,
        epoch: int,
        *,
        replay: str | None,
        live: bool,
        octets_max: int,
        recent_max: int,
        asks: bool = False,
        shared: bool = False,
    ) -> None:
        self.sent = self.acknowledged = self.sent_again = self.dropped = self.unsent = self.unsure = 0
        self.given_up = 0  # by a broker that is there and does not take it
        self.let_go = 0  # sent on without keeping it, while nobody answered; told once somebody does
        self.times_away = 0
        self.window = Window(octets_max, keep=replay is not None)
        self.source = Machine(SOURCE, Source.CREATED)
        self.presence = Machine(PRESENCE, Presence.NOT_YET)
        asking = Acknowledgement.OFF if replay is None else Acknowledgement.ASKING
        self.acknowledgement = Machine(ACKNOWLEDGEMENT, asking)
        self.room = Machine(ROOM, Room.FREE)
        self.choice = FormChoice()
        self._endpoint = endpoint
        self._sensor = sensor
        self._epoch = epoch
        self._replay = replay
        self._live = live
        self._broker = f"the broker at {endpoint}"  # as people are told
        self._inquiry = Inquiry(sensor, epoch)
        self._recent: deque[int] = deque(maxlen=recent_max)  # frames of the batches that may still wait
        self._sequence = 0
        self._asks = asks
        self._shared = shared
        self._after = 0  # the sequence of the last batch that was sent for the first time
        self._told_older = False

    @property
    def form(self) -> bytes | None:
        """The form of batches that the broker takes, None while it is waited for."""
        return self.choice.form

    @property
    def connected(self) -> bool:
        """Whether a broker is there, as far as is known."""
        return self.presence.state is Presence.UP

    @property
    def acknowledging(self) -> bool:
        """Whether the broker tells what has arrived, if only that nothing may."""
        state = self.acknowledgement.state
        return state in (Acknowledgement.ANSWERING, Acknowledgement.MUTE, Acknowledgement.DENIED)

    @property
    def refusal(self) -> str | None:
        """That the broker does not know our key, in words, if that is so."""
        return f"{self._broker} refused: {REFUSED}" if self.presence.state is Presence.REFUSED else None

    @property
    def trouble(self) -> str | None:
        """What keeps frames from arriving now, in words; None while nothing is known to."""
        match self.source.state:
            case Source.ENDED:
                return "the source has ended"
            case Source.CREATED:
                return "the source is not open yet"
        match self.presence.state:
            case Presence.REFUSED:
                return f"{self._broker} refuses: {REFUSED}"
            case Presence.NOT_YET | Presence.AWAY:
                return f"no broker answers at {self._endpoint}"
        match self.acknowledgement.state:
            case Acknowledgement.DENIED:
                return self._may_not_push
            case Acknowledgement.MUTE:
                return f"{self._broker} has not answered for {SILENCE_S:g} seconds"
        return None

    @property
    def in_doubt(self) -> bool:
        """Whether something sent may be lost by the broker or the way to it, and not only for a stop."""
        away = self.times_away > 0 and self.acknowledged < self.sent
        return self.given_up > 0 or self.let_go > 0 or away

    @property
    def rest_s(self) -> float:
        """Seconds until `tick` is due; infinite where nothing waits."""
        if not self.window:
            return math.inf
        return ROOM_S if self.connected and self.sendable else ASK_S

    @property
    def sendable(self) -> bool:
        """Whether a batch waits only for room."""
        return self.form is not None and self.window.next() is not None

    @property
    def awaited(self) -> bool:
        """Whether something is kept that may still be acknowledged."""
        denied = self.acknowledgement.state is Acknowledgement.DENIED
        return self.window.keep and bool(self.window) and not denied

    def begin(self) -> list[Command]:
        """A connection begins, the first one too."""
        self.acknowledgement.on(AcknowledgementEvent.CONNECTION)
        if self._replay is None:
            return []
        self._inquiry.start()
        self.window.keep = True
        self.choice.begin()
        return [OpenAsker(self._replay)]

    def up(self) -> list[Command]:
        """A broker let us in."""
        before = self.presence.state
        self.presence.on(PresenceEvent.UP)
        commands: list[Command] = [Warn(f"{self._broker} is back")] if before is Presence.AWAY else []
        if self.acknowledgement.state is Acknowledgement.UNANSWERED:
            commands += self.begin()  # perhaps another broker than before
        return commands

    def down(self) -> list[Command]:
        """The connection ended: what was under way may be lost."""
        self.presence.on(PresenceEvent.DOWN)
        self.times_away += self.sent > 0
        self._inquiry.start()
        commands: list[Command] = [Warn(f"{self._broker} went away: waiting for it to come back")]
        if self.window.keep:
            self.window.again()
            commands += [Reopen(), *self.begin()]
        return commands

    def refused(self) -> list[Command]:
        """The broker does not know our key."""
        before = self.presence.state
        self.presence.on(PresenceEvent.REFUSAL)
        if before is Presence.REFUSED or not self.sent:  # else who waits for the connection tells
            return []
        return [Warn(f"{self._broker} refuses: {REFUSED}", error=True)]

    def moved(self) -> list[Command]:
        """The broker's name leads elsewhere: what waited for the old address is lost, unless it is kept."""
        self.presence.on(PresenceEvent.MOVED)
        if not self.window.keep:
            self.unsure += min(sum(self._recent), self.sent - self.acknowledged - self.unsure)
        self._recent.clear()
        return []

    def nobody(self, why: str) -> list[Command]:
        """No broker came in time."""
        if not self._live:
            return [Fail(why)]
        self.presence.on(PresenceEvent.NOBODY)
        return [Warn(f"{why}; going on, and what finds no room meanwhile is dropped and counted")]

    def batch(self, count: int, payload: bytes, form: bytes) -> None:
        """A batch of so many frames was made; `tick` sends it."""
        self._sequence += 1
        self.window.add(self._sequence, count, payload, form)

    def tick(self, now: float) -> list[Command]:
        """Time has passed: ask what has arrived, and send what waits."""
        commands: list[Command] = []
        if self.acknowledgement.state is Acknowledgement.UNANSWERED:
            commands += [] if self.given_up else self._ask(now)  # it may have been busy
        elif not self.window:
            self._inquiry.start()
        elif self.connected and self.window.keep:
            self.choice.tick(now)
            if self._inquiry.is_silent(now):
                commands += self._silence()
            commands += self._ask(now)
        return commands + self._next()

    def taken(self) -> list[Command]:
        """There was room for the batch: the next one."""
        batch = self.window.next()
        assert batch is not None  # noqa: S101  it was given out by SendBatch
        self._recent.append(batch.count)
        if batch.sent:
            self.sent_again += batch.count
        else:
            self.sent += batch.count
            batch.after, self._after = self._after, batch.sequence
        self.window.sent()
        return self._next()

    def answered(self, parts: Sequence[bytes]) -> list[Command]:
        """An answer came, or what is none."""
        answer = self._inquiry.take(parts)
        if answer is not None:
            return self._settle(answer)
        return self._denied() if self._inquiry.refused else []

    def no_room(self) -> list[Command]:
        """A live source has waited long enough: forget the oldest until there is room."""
        before = self.room.state
        self.room.on(RoomEvent.NONE_IN_TIME)
        while self.window.full and (batch := self.window.forget()) is not None:
            if batch.sent:
                self.unsure += batch.count
            else:
                self.dropped += batch.count
        if before is Room.BEHIND:
            return []
        return [Warn(f"{self._broker} is behind or away: dropping, and counting")]

    def found_room(self) -> list[Command]:
        """A batch of a live source found room."""
        before = self.room.state
        self.room.on(RoomEvent.FOUND)
        if before is Room.FREE:
            return []
        return [Warn(f"{self._broker} takes batches again, {self.dropped} frames dropped")]

    def end(self) -> None:
        """The source has ended, and what is kept was waited for: count what is left of it."""
        self.unsent = self.window.unsent
        if self.acknowledging:
            self.unsure += self.window.release()

    def not_all_left(self) -> None:
        """Where nobody acknowledges: the connection ended before all that waited there had left."""
        self.unsure = max(self.unsure, min(sum(self._recent), self.sent - self.acknowledged))

    @property
    def _may_not_push(self) -> str:
        return f"{self._broker} takes nothing: this key may not push as {self._sensor}"

    def _ask(self, now: float) -> list[Command]:
        request = self._inquiry.request(now) if self.connected else None
        return [] if request is None else [Ask(request)]

    def _next(self) -> list[Command]:
        batch = self.window.next()
        if batch is None or self.form is None:
            return []
        if self.form == FRAMES_1 != batch.form:
            before = batch.count
            self.window.rewrite(batch, *in_older_form(batch.payload), FRAMES_1)
            if batch.sent:  # a broker before this one may have them
                self.unsure += before - batch.count
            else:
                self.dropped += before - batch.count
        return [SendBatch(self._header(batch), batch.payload, batch.form)]

    def _header(self, batch: Batch) -> BatchHeader:
        header: BatchHeader = {
            "sensor": self._sensor,
            "epoch": self._epoch,
            "sequence": batch.sequence,
            "count": batch.count,
        }
        if self.window.keep:
            header["held"] = self.window.lowest or batch.sequence
        if self._shared:
            header["after"] = batch.after if batch.sent else self._after
        if self._asks and batch.form != FRAMES_1:
            header["questions"] = True
        return header

    def _know(self, forms: Sequence[str]) -> list[Command]:
        """A broker has said what it takes."""
        if self.choice.told(forms):
            self.window.again()
        if self.form == FRAMES_2 or self._told_older:
            return []
        self._told_older = True
        lost = "zones, marks and clients' questions" if self._asks else "zones and marks"
        text = f"{self._broker} is an older one and takes {FRAMES_1.decode()} only: {lost} are left out"
        return [Warn(text)]

    def _settle(self, answer: ArrivedAnswer) -> list[Command]:
        before = self.acknowledgement.state
        self.acknowledgement.on(AcknowledgementEvent.ANSWER)
        commands: list[Command] = []
        self._keep_again(before)
        if before is Acknowledgement.MUTE:
            commands.append(Warn(f"{self._broker} answers again"))
        elif before is Acknowledgement.UNANSWERED:
            commands.append(Warn(f"{self._broker} acknowledges what is sent from now on"))
        waited = self.form is None
        if self.choice.open:
            commands += self._know(answer.get("forms", ()))
        if self._inquiry.is_another(answer["epoch"]):
            self.window.again()
        settled = self.window.settle(answer["sequence"], answer["missing"])
        self.acknowledged += settled.acknowledged
        if settled.given_up:
            commands += self._give_up(settled.given_up)
        return commands + self._next() if waited else commands

    def _denied(self) -> list[Command]:
        before = self.acknowledgement.state
        self.choice.form = self.form or FRAMES_1
        self.acknowledgement.on(AcknowledgementEvent.REFUSAL)
        self._keep_again(before)
        if before is Acknowledgement.DENIED:
            return []
        return [Warn(self._may_not_push, error=True)] if self._live else [Fail(self._may_not_push)]

    def _keep_again(self, before: Acknowledgement) -> None:
        """What went out while nobody answered was not kept, so it is acknowledged no more."""
        if before in (Acknowledgement.UNANSWERED, Acknowledgement.ASKING_AGAIN):
            self.window.keep = True
            counted = self.unsure
            self.unsure = self.sent - self.acknowledged - self.window.sent_frames
            self.let_go += self.unsure - counted

    def _silence(self) -> list[Command]:
        before = self.acknowledgement.state
        self.acknowledgement.on(AcknowledgementEvent.SILENCE)
        match self.acknowledgement.state:
            case Acknowledgement.UNANSWERED:
                return self._keep_no_more(told=before is Acknowledgement.ASKING_AGAIN)
            case Acknowledgement.MUTE if before is not Acknowledgement.MUTE:
                return [Warn(f"{self._broker} has not answered for {SILENCE_S:g} seconds: waiting")]
        return []

    def _give_up(self, frames: int) -> list[Command]:
        self.given_up += frames
        self.unsure += frames
        text = f"giving up what was sent twice and not acknowledged: {frames} frames"
        commands: list[Command] = [Warn(text)]
        if not self.acknowledged:  # it is not about us that it answers
            self.acknowledgement.on(AcknowledgementEvent.ABOUT_OTHERS)
            commands += [*self._keep_no_more(told=False), CloseAsker()]
        return commands

    def _keep_no_more(self, *, told: bool) -> list[Command]:
        self.window.keep = False
        self.choice.form = FRAMES_1
        self.window.release()
        warning = Warn(
            f"nobody at {self._replay} acknowledges what is sent, so what is under way is lost if the broker "
            "ends; name its third socket with --replay, or none"
        )
        return [] if told else [warning]
