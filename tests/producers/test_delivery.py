"""Scripts of a producer: what happens to its batches and its broker, and what it does, without a socket."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nxcast.producers import send_window
from nxcast.producers.arrival_inquiry import ANSWER_S, ASK_S, SILENCE_S
from nxcast.producers.batch_form import FORM_S
from nxcast.producers.delivery import REFUSED, Delivery
from nxcast.producers.delivery_commands import (
    Ask,
    CloseAsker,
    Fail,
    OpenAsker,
    Reopen,
    SendBatch,
    Warn,
)
from nxcast.producers.delivery_states import SourceEvent
from nxcast.schemas.batch_decoding import decode_batch
from nxcast.schemas.frames import FRAMES_1, FRAMES_2, BatchHeader, batch_parts, encode_frames, in_older_form
from nxcast.schemas.question_frame import make_question
from nxcast.schemas.request_answers import encode_answer
from nxcast.schemas.requests import decode_request
from tests.messages import frame, message
from tests.playbook import Playbook

BROKER, REPLAY = "tcp://192.0.2.1:5555", "tcp://192.0.2.1:5557"
NAMED = f"the broker at {BROKER}"
AWAY = Warn(f"{NAMED} went away: waiting for it to come back")
BACK = Warn(f"{NAMED} is back")
BEHIND = Warn(f"{NAMED} is behind or away: dropping, and counting")
MUTE = Warn(f"{NAMED} has not answered for 5 seconds: waiting")
MAY_NOT_PUSH = f"{NAMED} takes nothing: this key may not push as here"
NOBODY_ACKNOWLEDGES = Warn(
    f"nobody at {REPLAY} acknowledges what is sent, so what is under way is lost if the broker ends; name "
    "its third socket with --replay, or none"
)
GIVEN_UP = Warn("giving up what was sent twice and not acknowledged: 10 frames")
QUESTION = make_question(1, b"\1a\0", 15, 1, None, b"\0", None, "proof")
PAYLOAD = encode_frames([frame(message())] * 10, FRAMES_2)
ASKING = encode_frames([*[frame(message())] * 9, QUESTION], FRAMES_2)
FRAMES = 10  # of each batch
OCTETS = len(PAYLOAD)


class On(Enum):
    """What happens to the connection and the source."""

    BEGIN = "the first connection begins"
    UP = "up"
    DOWN = "down"
    REFUSED = "refused"
    MOVED = "moved"
    NOBODY = "nobody came in time"
    NO_ROOM = "there was no room in time"
    ROOM = "a batch found room"
    END = "the source ended, and all was waited for"


@dataclass(frozen=True)
class Batch:
    """A batch is made, and there is room in the connection for so many sendings."""

    room: int = 99


@dataclass(frozen=True)
class At:
    """So many seconds since the start."""

    seconds: float
    room: int = 99


@dataclass(frozen=True)
class Arrived:
    """The answer to the latest request: up to which number, which ranges not; or a refusal."""

    sequence: int = 0
    missing: tuple[tuple[int, int], ...] = ()
    epoch: int = 7
    refused: bool = False


@dataclass(frozen=True)
class Sent:
    """A batch goes out."""

    sequence: int
    held: int | None


ASKS = "a request"


class Script:
    """Carries commands out as the connection would, as far as it has room."""

    def __init__(
        self,
        *,
        replay: str | None = REPLAY,
        live: bool = False,
        octets_max: int = 1 << 20,
        forms: tuple[str, ...] = ("frames/1", "frames/2"),
        form_known: bool = True,
        asks: bool = False,
    ) -> None:
        self.delivery = Delivery(
            BROKER, "here", 5, replay=replay, live=live, octets_max=octets_max, recent_max=16, asks=asks
        )
        self._payload = ASKING if asks else PAYLOAD
        self._forms = forms  # that the broker says it takes
        self._form_known = form_known and replay is not None
        self.forms: list[bytes] = []  # of what was sent
        self.headers: list[BatchHeader] = []
        self._now = 0.0
        self._room = 99
        self._asked = 0

    def __call__(self, event: Any) -> list[Any]:
        """The commands, requests as ASKS."""
        due = list(self._told(event))
        if self._form_known:
            self.delivery.choice.form = FRAMES_2
        done: list[Any] = []
        while due:
            command = due.pop(0)
            match command:
                case SendBatch() if self._room == 0:
                    pass
                case SendBatch(header, _, form):
                    self._room -= 1
                    self.forms.append(form)
                    self.headers.append(header)
                    done.append(Sent(header["sequence"], header.get("held")))
                    due += self.delivery.taken()
                case Ask(request):
                    self._asked = decode_request([request])["id"]
                    done.append(ASKS)
                case _:
                    done.append(command)
        return done

    def _told(self, event: Any) -> Iterable[Any]:  # noqa: C901  one line for each event
        delivery = self.delivery
        match event:
            case Batch(room):
                self._room = room
                delivery.batch(FRAMES, self._payload, FRAMES_2)
                return delivery.tick(self._now)
            case At(seconds, room):
                self._now, self._room = seconds, room
                return delivery.tick(seconds)
            case Arrived():
                return delivery.answered(self._answer(event))
            case On.BEGIN:
                return delivery.begin()
            case On.UP:
                delivery.source.on(SourceEvent.OPEN)
                return delivery.up()
            case On.DOWN:
                return delivery.down()
            case On.REFUSED:
                return delivery.refused()
            case On.MOVED:
                return delivery.moved()
            case On.NOBODY:
                return delivery.nobody("nobody is there")
            case On.NO_ROOM:
                return delivery.no_room()
            case On.ROOM:
                return delivery.found_room()
            case On.END:
                delivery.end()
        return []

    def _answer(self, event: Arrived) -> list[bytes]:
        if event.refused:
            return encode_answer(
                {"version": 1, "id": self._asked, "epoch": 7, "answer": "error", "error": "refused"}
            )
        return encode_answer(
            {
                "version": 1,
                "id": self._asked,
                "epoch": event.epoch,
                "answer": "arrived",
                "error": None,
                "sequence": event.sequence,
                "missing": [list(each) for each in event.missing],
                **({"forms": list(self._forms)} if self._forms else {}),
            }
        )

    def older(self) -> None:
        """From now on the broker is one that says nothing of forms."""
        self._forms = ()

    def counts(self) -> dict[str, int]:
        """The counts that are not 0."""
        names = ("sent", "acknowledged", "sent_again", "dropped", "unsent", "unsure", "given_up")
        return {name: value for name in names if (value := getattr(self.delivery, name))}


def begun(**keywords: Any) -> tuple[Script, Playbook]:
    """A script whose broker is there, and its playbook."""
    script = Script(**keywords)
    playbook = Playbook(script) >> On.BEGIN
    if keywords.get("replay", REPLAY) is not None:
        playbook = playbook << OpenAsker(REPLAY)
    return script, playbook >> On.UP


def test_acknowledgement() -> None:
    """Each batch tells the lowest that is kept; the broker is asked now and then until all has arrived."""
    script, playbook = begun()
    assert (
        playbook
        >> Batch()
        << ASKS
        << Sent(1, held=1)
        >> Batch()
        << Sent(2, held=1)
        >> Arrived(1)
        >> Batch()
        << Sent(3, held=2)
        >> At(ASK_S)
        << ASKS
        >> Arrived(3)
        >> At(9)
    )
    assert script.counts() == {"sent": 30, "acknowledged": 30}
    assert script.delivery.acknowledging
    assert not script.delivery.in_doubt


def test_what_is_missing_is_sent_again_once_and_first() -> None:
    script, playbook = begun()
    assert (
        playbook
        >> Batch()
        << ASKS
        << Sent(1, held=1)
        >> Batch()
        << Sent(2, held=1)
        >> Batch(room=0)
        >> Arrived(2, missing=((1, 1),))
        >> At(ASK_S)
        << ASKS
        << Sent(1, held=1)
        << Sent(3, held=1)
        >> Arrived(2, missing=((1, 1),))
        >> At(2 * ASK_S)
        << ASKS
        >> Arrived(3)
    )
    assert script.counts() == {"sent": 30, "acknowledged": 30, "sent_again": 10}


def test_reconnect() -> None:
    """All that is kept goes out again on the next connection, from the lowest on, before what is new."""
    script, playbook = begun()
    assert (
        playbook
        >> Batch()
        << ASKS
        << Sent(1, held=1)
        >> Arrived(0)
        >> Batch()
        << Sent(2, held=1)
        >> On.DOWN
        << AWAY
        << Reopen()
        << OpenAsker(REPLAY)
        >> Batch(room=0)
        >> On.UP
        << BACK
        >> At(1)
        << ASKS
        << Sent(1, held=1)
        << Sent(2, held=1)
        << Sent(3, held=1)
        >> Arrived(3, epoch=8)
    )
    assert script.counts() == {"sent": 30, "acknowledged": 30, "sent_again": 20}
    assert (script.delivery.times_away, script.delivery.in_doubt) == (1, False)


def test_another_broker_on_the_same_connection() -> None:
    """Its epoch tells, as behind a proxy."""
    _, playbook = begun()
    assert (
        playbook
        >> Batch()
        << ASKS
        << Sent(1, held=1)
        >> Arrived(0)
        >> At(ASK_S)
        << ASKS
        >> Arrived(0, epoch=8)
        >> At(2 * ASK_S)
        << ASKS
        << Sent(1, held=1)
    )


def test_a_broker_that_falls_mute_is_waited_for() -> None:
    """It is told once, and once that it answers again."""
    script, playbook = begun()
    assert playbook >> Batch() << ASKS << Sent(1, held=1) >> Arrived(0) >> At(1) << ASKS
    assert playbook >> At(1 + SILENCE_S) << MUTE << ASKS
    assert script.delivery.trouble == f"{NAMED} has not answered for 5 seconds"
    assert (
        playbook >> At(1 + SILENCE_S + ANSWER_S) << ASKS >> On.DOWN << AWAY << Reopen() << OpenAsker(REPLAY)
    )
    assert script.delivery.trouble == f"no broker answers at {BROKER}"
    assert playbook >> On.UP << BACK >> At(9) << ASKS << Sent(1, held=1)
    assert playbook >> Arrived(1) << Warn(f"{NAMED} answers again")
    assert script.delivery.trouble is None


def test_nobody_acknowledges() -> None:
    """It is told once; then nothing is kept until somebody answers, as on the next connection but one."""
    script, playbook = begun()
    assert (
        playbook
        >> Batch()
        << ASKS
        << Sent(1, held=1)
        >> At(SILENCE_S)
        << NOBODY_ACKNOWLEDGES
        << ASKS
        >> Batch()
        << Sent(2, held=None)
        >> On.DOWN
        << AWAY
        >> On.UP
        << BACK
        << OpenAsker(REPLAY)
        >> Batch()
        << ASKS
        << Sent(3, held=3)
        >> At(2 * SILENCE_S)
        << ASKS
        >> On.DOWN
        << AWAY
        >> On.UP
        << BACK
        << OpenAsker(REPLAY)
        >> Batch()
        << ASKS
        << Sent(4, held=4)
        >> Arrived(4)
    )
    # What was let go of meanwhile is told once somebody does acknowledge.
    assert script.counts() == {"sent": 40, "acknowledged": 10, "unsure": 30}
    assert script.delivery.in_doubt


@pytest.mark.parametrize("again", [0.0, ANSWER_S])
def test_a_broker_that_answers_late_acknowledges_what_is_sent_from_then_on(again: float) -> None:
    """As one that was opening its log: it is asked on, and what went out meanwhile is in doubt."""
    script, playbook = begun(form_known=False, asks=True)
    playbook = playbook >> Batch() << ASKS >> At(FORM_S) << ASKS << Sent(1, held=1)
    playbook = playbook >> At(SILENCE_S) << NOBODY_ACKNOWLEDGES << ASKS >> Batch() << Sent(2, held=None)
    if again:
        playbook = playbook >> At(SILENCE_S + again) << ASKS
    assert playbook >> Arrived(2) << Warn(f"{NAMED} acknowledges what is sent from now on")
    assert playbook >> At(9) >> Batch() << ASKS << Sent(3, held=3) >> Arrived(3)
    assert script.forms == [FRAMES_1, FRAMES_1, FRAMES_2]
    assert script.counts() == {"sent": 28, "acknowledged": 10, "unsure": 18, "dropped": 2}
    assert script.delivery.acknowledging
    assert script.delivery.in_doubt


def test_an_answer_of_a_broker_that_has_gone_does_not_count() -> None:
    script, playbook = begun()
    assert playbook >> Batch() << ASKS << Sent(1, held=1) >> At(SILENCE_S) << NOBODY_ACKNOWLEDGES << ASKS
    assert playbook >> On.DOWN << AWAY >> Arrived(1) >> On.UP << BACK << OpenAsker(REPLAY)
    assert script.counts() == {"sent": 10}


def test_a_late_answer_may_be_that_we_may_not_push() -> None:
    script, playbook = begun(live=True)
    assert playbook >> Batch() << ASKS << Sent(1, held=1) >> At(SILENCE_S) << NOBODY_ACKNOWLEDGES << ASKS
    assert playbook >> Arrived(refused=True) << Warn(MAY_NOT_PUSH, error=True)
    assert script.counts() == {"sent": 10, "unsure": 10}


def test_without_a_third_socket_nothing_is_asked_or_kept() -> None:
    """A connection that ends is not made anew, since ZeroMQ holds what waits; what it held is in doubt."""
    script, playbook = begun(replay=None)
    assert (
        playbook
        >> Batch()
        << Sent(1, held=None)
        >> On.DOWN
        << AWAY
        >> Batch()
        << Sent(2, held=None)
        >> On.UP
        << BACK
        >> At(9)
    )
    assert script.counts() == {"sent": 20}
    assert script.delivery.in_doubt
    script.delivery.not_all_left()
    assert script.counts() == {"sent": 20, "unsure": 20}


@pytest.mark.parametrize("live", [False, True])
def test_a_sensor_that_may_not_push(*, live: bool) -> None:
    """A file ends with that; a live source tells it once and doesn't wait at its end."""
    script, playbook = begun(live=live)
    told = Warn(MAY_NOT_PUSH, error=True) if live else Fail(MAY_NOT_PUSH)
    assert playbook >> Batch() << ASKS << Sent(1, held=1) >> Arrived(refused=True) << told
    assert not script.delivery.awaited
    assert playbook >> At(ANSWER_S) << ASKS >> Arrived(refused=True) >> At(SILENCE_S) << ASKS
    assert playbook >> At(2 * SILENCE_S) << ASKS >> On.DOWN << AWAY << Reopen() << OpenAsker(REPLAY)
    assert playbook >> On.UP << BACK >> At(2 * SILENCE_S + 1) << ASKS << Sent(1, held=1)
    assert playbook >> Arrived(refused=True)
    assert script.delivery.trouble == MAY_NOT_PUSH
    assert playbook >> At(2 * SILENCE_S + 2) << ASKS >> Arrived(1)
    assert script.delivery.trouble is None


def test_a_sensor_that_may_not_push_has_lost_what_it_sent() -> None:
    script, playbook = begun(live=True)
    assert playbook >> Batch() << ASKS << Sent(1, held=1)
    assert playbook >> Arrived(refused=True) << Warn(MAY_NOT_PUSH, error=True) >> On.END
    assert script.counts() == {"sent": 10, "unsure": 10}


def test_a_key_that_is_not_known() -> None:
    """Who waits for the connection tells; after that it is told once."""
    script, playbook = begun()
    assert Playbook(Script()) >> On.REFUSED
    assert playbook >> Batch() << ASKS << Sent(1, held=1) >> On.DOWN << AWAY << Reopen() << OpenAsker(REPLAY)
    assert playbook >> On.REFUSED << Warn(f"{NAMED} refuses: {REFUSED}", error=True) >> On.REFUSED
    assert script.delivery.refusal == f"{NAMED} refused: {REFUSED}"
    assert script.delivery.trouble == f"{NAMED} refuses: {REFUSED}"
    assert playbook >> On.MOVED
    assert script.delivery.trouble == f"no broker answers at {BROKER}"
    assert playbook >> On.UP << BACK
    assert script.delivery.trouble is None


@pytest.mark.parametrize(("replay", "unsure"), [(None, 10), (REPLAY, 0)])
def test_a_broker_that_moves_takes_what_waited_along(replay: str | None, unsure: int) -> None:
    """Unless it is kept."""
    script, playbook = begun(replay=replay)
    held = None if replay is None else 1
    anew = (Reopen(), OpenAsker(REPLAY)) if replay else ()
    playbook = playbook >> Batch()
    for command in (*((ASKS,) if replay else ()), Sent(1, held=held)):
        playbook = playbook << command
    playbook = playbook >> On.DOWN << AWAY
    for command in anew:
        playbook = playbook << command
    assert playbook >> On.MOVED
    assert script.delivery.unsure == unsure


def test_a_source_without_a_broker() -> None:
    """A file ends, a live source goes on and says when one comes."""
    assert Playbook(Script(replay=None)) >> On.NOBODY << Fail("nobody is there")
    going_on = Warn("nobody is there; going on, and what finds no room meanwhile is dropped and counted")
    assert Playbook(Script(replay=None, live=True)) >> On.NOBODY << going_on >> On.UP << BACK


def test_room() -> None:
    """The oldest goes first: unsure if it was sent, else dropped; its beginning and end are told."""
    script, playbook = begun(live=True, octets_max=2 * (OCTETS + send_window.BATCH_OVERHEAD))
    assert (
        playbook
        >> Batch()
        << ASKS
        << Sent(1, held=1)
        >> Batch(room=0)
        >> Batch(room=0)
        >> On.NO_ROOM
        << BEHIND
        >> Batch(room=0)
        >> On.NO_ROOM
        >> At(0.05)
        << Sent(3, held=3)
        << Sent(4, held=3)
        >> On.ROOM
        << Warn(f"{NAMED} takes batches again, 10 frames dropped")
        >> On.ROOM
    )
    assert script.counts() == {"sent": 30, "unsure": 10, "dropped": 10}


def test_what_a_broker_never_takes_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is sent a second time first, and the producer is in doubt."""
    monkeypatch.setattr(send_window, "STALL_ANSWERS", 2)
    script, playbook = begun()
    assert playbook >> Batch() << ASKS << Sent(1, held=1) >> Arrived(1) >> Batch() << Sent(2, held=2)
    assert playbook >> At(1) << ASKS >> Arrived(1) >> At(2) << ASKS >> Arrived(1)
    assert (
        playbook >> At(3) << ASKS << Sent(2, held=2) >> Arrived(1) >> At(4) << ASKS >> Arrived(1) << GIVEN_UP
    )
    assert script.counts() == {"sent": 20, "acknowledged": 10, "sent_again": 10, "unsure": 10, "given_up": 10}
    assert script.delivery.in_doubt


def test_answers_that_are_about_others(monkeypatch: pytest.MonkeyPatch) -> None:
    """As of another broker's third socket: nothing was ever acknowledged, so nothing is kept from then on."""
    monkeypatch.setattr(send_window, "STALL_ANSWERS", 1)
    script, playbook = begun()
    assert (
        playbook
        >> Batch()
        << ASKS
        << Sent(1, held=1)
        >> Arrived(0)
        >> At(1)
        << ASKS
        << Sent(1, held=1)
        >> Arrived(0)
        << GIVEN_UP
        << NOBODY_ACKNOWLEDGES
        << CloseAsker()
        >> Batch()
        << Sent(2, held=None)
    )
    assert not script.delivery.acknowledging


def test_a_stop_leaves_the_rest_counted() -> None:
    """What was sent and not acknowledged is unsure, what was not sent is told apart."""
    script, playbook = begun()
    assert playbook >> Batch() << ASKS << Sent(1, held=1) >> Arrived(1) >> Batch(room=1) << Sent(2, held=2)
    assert playbook >> Batch(room=0)
    assert script.delivery.awaited
    script.delivery.source.on(SourceEvent.END)
    assert playbook >> On.END
    assert script.counts() == {"sent": 20, "acknowledged": 10, "unsent": 10, "unsure": 10}
    assert script.delivery.trouble == "the source has ended"
    assert not script.delivery.in_doubt


def test_how_soon_it_wants_to_be_looked_after() -> None:
    """At once while something finds no room, each time it may ask, and not at all while nothing waits."""
    script, playbook = begun()
    assert script.delivery.rest_s == float("inf")
    assert playbook >> Batch(room=0) << ASKS
    assert script.delivery.rest_s < ASK_S
    assert playbook >> At(0.01) << Sent(1, held=1)
    assert script.delivery.rest_s == ASK_S


EVENTS = st.one_of(
    st.builds(Batch, room=st.integers(0, 3)),
    st.builds(At, seconds=st.sampled_from([0.01, ASK_S, ANSWER_S, SILENCE_S]), room=st.integers(0, 3)),
    st.builds(
        Arrived,
        sequence=st.integers(0, 9),
        missing=st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), max_size=2).map(tuple),
        epoch=st.sampled_from([7, 8]),
        refused=st.booleans(),
    ),
    st.sampled_from([On.UP, On.DOWN, On.REFUSED, On.MOVED, On.NOBODY, On.NO_ROOM, On.ROOM]),
)


class Outside(Script):
    """Has happen only what a connection can tell, and lets time go on."""

    def __init__(self, **keywords: Any) -> None:
        super().__init__(live=True, octets_max=2 * (OCTETS + send_window.BATCH_OVERHEAD), **keywords)
        self._connected = False

    def __call__(self, event: Any) -> list[Any]:
        """The commands; none where the event can't be."""
        delivery = self.delivery
        match event:
            case On.DOWN if not self._connected:
                return []
            case On.MOVED if self._connected:
                return []
            case On.NOBODY if delivery.connected or delivery.refusal:
                return []
            case On.UP | On.DOWN:
                self._connected = event is On.UP
            case At(seconds, room):
                event = At(self._now + seconds, room)
        return super().__call__(event)


@pytest.mark.parametrize("replay", [None, REPLAY])
@given(events=st.lists(EVENTS, max_size=60))
def test_whatever_comes_each_frame_is_in_one_place(replay: str | None, events: list[Any]) -> None:
    """Each made is sent, dropped or waits; what arrived and what is unsure are of those sent."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(send_window, "STALL_ANSWERS", 2)
        script = Outside(replay=replay)
        delivery = script.delivery
        script(On.BEGIN)
        made = 0
        for event in events:
            made += FRAMES * isinstance(event, Batch)
            script(event)
            assert delivery.sent + delivery.dropped + delivery.window.unsent == made
            assert delivery.acknowledged + delivery.unsure <= delivery.sent
            assert (delivery.window.keep or not delivery.window.lowest) or delivery.window.unsent
            if delivery.acknowledging:
                kept = delivery.window.sent_frames
                assert delivery.acknowledged + delivery.unsure + kept == delivery.sent
        script(On.END)
        assert delivery.sent + delivery.dropped + delivery.unsent == made
        assert delivery.acknowledged + delivery.unsure <= delivery.sent
        assert not delivery.acknowledging or delivery.acknowledged + delivery.unsure == delivery.sent


OLDER = Warn(
    f"the broker at {BROKER} is an older one and takes frames/1 only: "
    "zones, marks and clients' questions are left out"
)


def test_nothing_is_sent_before_the_broker_has_said_what_it_takes() -> None:
    script, playbook = begun(form_known=False, asks=True)
    assert playbook >> Batch() << ASKS >> Batch() >> Arrived(0) << Sent(1, held=1) << Sent(2, held=1)
    assert script.forms == [FRAMES_2, FRAMES_2]
    assert [header["questions"] for header in script.headers] == [True, True]


def test_an_older_broker_gets_the_older_form_and_it_is_told_once() -> None:
    script, playbook = begun(form_known=False, forms=(), asks=True)
    assert (
        playbook
        >> Batch()
        << ASKS
        >> Arrived(0)
        << OLDER
        << Sent(1, held=1)
        >> On.DOWN
        << AWAY
        << Reopen()
        << OpenAsker(REPLAY)
        >> On.UP
        << BACK
        >> At(1)
        << ASKS
        << Sent(1, held=1)
        >> Arrived(1)
    )
    assert script.forms == [FRAMES_1, FRAMES_1]
    assert [header["count"] for header in script.headers] == [9, 9]
    assert script.counts() == {"sent": 9, "sent_again": 9, "acknowledged": 9, "dropped": 1}


def test_a_batch_in_the_older_form_is_one_of_that_form() -> None:
    count, payload = in_older_form(ASKING)
    batch = decode_batch(batch_parts({"sensor": "a", "epoch": 1, "sequence": 1, "count": count}, payload))
    assert (len(batch.frames), batch.bad, list(batch.questions)) == (9, [], [])


def test_a_broker_that_says_nothing_is_not_waited_for_long() -> None:
    script, playbook = begun(form_known=False)
    assert playbook >> Batch() << ASKS >> At(FORM_S / 2) << ASKS >> At(FORM_S) << ASKS << Sent(1, held=1)
    assert script.forms == [FRAMES_1]
    assert playbook >> Batch() << Sent(2, held=1) >> Arrived(2) >> Batch() << Sent(3, held=3)
    assert script.forms[-1] == FRAMES_2


def test_where_nobody_acknowledges_the_older_form_is_sent() -> None:
    script, playbook = begun(replay=None)
    assert playbook >> Batch() << Sent(1, held=None)
    assert script.forms == [FRAMES_1]


def test_an_older_broker_after_a_newer_one_gets_all_again_in_its_form() -> None:
    script, playbook = begun(form_known=False, asks=True)
    assert (
        playbook
        >> Batch()
        << ASKS
        >> Arrived(0)
        << Sent(1, held=1)
        >> On.DOWN
        << AWAY
        << Reopen()
        << (OpenAsker(REPLAY))
    )
    script.older()
    assert (
        playbook
        >> On.UP
        << BACK
        >> At(1)
        << ASKS
        << Sent(1, held=1)
        >> Arrived(0)
        << OLDER
        >> At(1.1)
        << ASKS
        << Sent(1, held=1)
        >> Arrived(1)
    )
    assert script.forms == [FRAMES_2, FRAMES_2, FRAMES_1]
    # The question that it can't take had gone out to the newer one, which may have it.
    assert script.counts() == {"sent": 10, "sent_again": 19, "acknowledged": 9, "unsure": 1}
