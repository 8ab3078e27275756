"""Faults that the product does not have, or no longer, each put back by itself: what the model is worth shows
in whether it finds them. docs/reliability.md has the table of the seeds that do.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any, NamedTuple
from unittest.mock import patch

from nxcast.broker.arrivals import Arrival, Arrivals
from nxcast.broker.derivation.outbox import Message
from nxcast.broker.egress import Egress
from nxcast.broker.log.commit_log import CommitLog
from nxcast.broker.log.interface import KILLED, POWER
from nxcast.broker.rights.gate import Gate
from nxcast.broker.service import Broker
from nxcast.consumers.client.events import Counts, Gap
from nxcast.consumers.client.gap_detection import Ledger
from nxcast.consumers.client.position import Position
from nxcast.consumers.client.reception import Reception
from nxcast.consumers.client.repair import TRIES, Repairs
from nxcast.consumers.client.session import Intake
from nxcast.consumers.client.waiting import AskRange
from nxcast.producers.delivery import Delivery
from nxcast.producers.delivery_states import Acknowledgement
from nxcast.producers.pusher import Pusher
from nxcast.producers.send_window import Window
from nxcast.schemas.client_rights import Client
from nxcast.schemas.frames import BatchHeader
from nxcast.schemas.records import Status
from nxcast.transport.endpoints import EGRESS

__all__ = ["FAULTS", "Fault"]


class Fault(NamedTuple):
    """What is wrong, and how to make it so: what a method of a class does instead."""

    text: str
    owner: type
    name: str
    wrong: Any
    too: tuple[type, str, Callable[..., Any]] | None = None

    @contextmanager
    def put_back(self) -> Iterator[None]:
        """Have it while entered."""
        with ExitStack() as stack:
            for each in (self[1:4], self.too):
                if each is not None:
                    stack.enter_context(patch.object(*each))
            yield


_take, _part = Arrivals.take, Arrivals.part
_recover = CommitLog._recover
_overdue = Repairs.overdue
_publish_status = Broker._publish_status
_message, _status, _enter = Ledger.message, Ledger.status, Ledger._enter


def _publish_again(self: Arrivals, *args: Any) -> Arrival:
    return _take(self, *args)._replace(wanted=True)


def _taken_is_arrived(self: Arrivals, producer: tuple[str, int]) -> tuple[int, list[list[int]]]:
    numbering = self._numberings.get(producer)
    return (0, []) if numbering is None else (numbering.highest, [list(each) for each in numbering.missing])


def _all_commits(self: CommitLog, _: float) -> int:
    return self._number


def _forget(*_: Any) -> None:
    """Nothing of what was taken before."""


def _keep_uncounted(self: Delivery, _: Acknowledgement) -> None:
    self.window.keep = True


def _as_killed(self: CommitLog) -> int:
    epoch = _recover(self)
    self.past = [each._replace(ended=KILLED) if each.ended == POWER else each for each in self.past]
    return epoch


def _beyond_the_end(self: Arrivals, header: BatchHeader) -> int:
    return header["count"] if _part(self, header) else 0


def _want(*_: Any) -> bool:
    return True


def _to_all(self: Egress, message: Message) -> None:
    self._sockets.publish(message, (*self._open,) or (EGRESS,))


def _no_gap(self: Ledger, topic: str, epoch: int, sequence: int) -> list[Any]:
    return [each for each in _message(self, topic, epoch, sequence) if not isinstance(each, Gap)]


def _no_tail(self: Ledger, status: Status) -> list[Any]:
    return [each for each in _status(self, status) if not isinstance(each, Gap)]


def _joined_anew(self: Ledger, epoch: int) -> list[Any]:
    found = _enter(self, epoch)
    self._from_one = self._from_one and not found
    return found


def _lost_in_silence(_: Repairs, ask: AskRange, last: int) -> None:
    ask.first = max(ask.first, min(last, ask.last) + 1)


def _give_up_soon(self: Repairs, now: float, endpoint: str, *, away: bool) -> bool:
    self._tries = TRIES
    return _overdue(self, now, endpoint, away=away)


def _await_no_status(self: Reception, _now: float) -> None:
    self._unaddressed = False
    self._repairs.refuse("no status said where to ask")


def _as_any_other(self: Broker, **_: bool) -> None:
    _publish_status(self)


def _sure_of_the_end(self: Intake) -> Counts:
    return self._counts


def _all_is_done_with(self: Intake, held: Iterable[Any]) -> Position | None:  # noqa: ARG001
    return self._ledger.position()


FAULTS = {
    "published-again": Fault(
        "a batch that its producer sent again is published again",
        Arrivals,
        "take",
        _publish_again,
        (Arrivals, "wants", _want),
    ),
    "part-published-again": Fault(
        "of a batch that a broker was killed in the midst of, the next one publishes all",
        Arrivals,
        "part",
        lambda *_: 0,
    ),
    "part-skipped": Fault(
        "a batch that a broker was killed in the midst of is taken for published",
        Arrivals,
        "part",
        _beyond_the_end,
    ),
    "under-way-unknown": Fault(
        "a batch that comes again while it is worked off is worked off twice",
        Arrivals,
        "under_way",
        lambda *_: False,
    ),
    "taken-is-arrived": Fault(
        "a batch is acknowledged when it is taken, not when it is published",
        Arrivals,
        "settled",
        _taken_is_arrived,
    ),
    "not-synced": Fault(
        "a batch is acknowledged before the log is synced", CommitLog, "settled", _all_commits
    ),
    "not-restored": Fault(
        "a broker does not know the batches of the one before it", Arrivals, "restore", _forget
    ),
    "power-is-kill": Fault(
        "after lost power the end of what was published is taken for known",
        CommitLog,
        "_recover",
        _as_killed,
    ),
    "not-sent-again": Fault(
        "what was under way when a connection ended is not sent again", Window, "again", lambda _: None
    ),
    "not-awaited": Fault(
        "a producer ends before all is acknowledged", Pusher, "_await_acknowledgement", lambda *_: None
    ),
    "not-counted": Fault(
        "what a producer did not keep while nobody answered is not counted",
        Delivery,
        "_keep_again",
        _keep_uncounted,
    ),
    "no-gap": Fault("a gap before a message is not seen", Ledger, "message", _no_gap),
    "no-tail": Fault(
        "a loss at the tail, which only a status shows, is not seen", Ledger, "status", _no_tail
    ),
    "joined-anew": Fault(
        "after a restart topics begin where joined, not at 1", Ledger, "_enter", _joined_anew
    ),
    "lost-in-silence": Fault(
        "what the store has no more is not told as lost", Repairs, "_lose", _lost_in_silence
    ),
    "given-up": Fault(
        "what is not answered in five seconds is taken for lost, though the log has it",
        Repairs,
        "overdue",
        _give_up_soon,
    ),
    "unaddressed": Fault(
        "what is missing before a status has said where to ask is taken for lost",
        Reception,
        "_await_status",
        _await_no_status,
    ),
    "any-sensor": Fault(
        "who has a key may push as any sensor, and ask what of it has arrived",
        Client,
        "may_push",
        lambda *_: True,
    ),
    "any-topic-replayed": Fault(
        "who may ask again may ask for any topic", Client, "may_replay", lambda *_: True
    ),
    "one-egress": Fault("all is sent to all sets of rights", Egress, "publish", _to_all),
    "keys-read-once": Fault(
        "a broker reads its keys when it starts, and not again", Gate, "renew", lambda *_, **__: None
    ),
    "connections-kept": Fault(
        "who has lost rights keeps the connections that they gave", Egress, "cut", _forget
    ),
    "end-untold": Fault("a broker does not say that it ends", Broker, "_publish_status", _as_any_other),
    "end-unsaid": Fault(
        "of a broker that is away nothing is taken for lost", Intake, "counts", property(_sure_of_the_end)
    ),
    "cursor-ahead": Fault(
        "a cursor passes batches that nobody is done with", Intake, "position", _all_is_done_with
    ),
}
