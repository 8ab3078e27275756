"""The turns of those who send: messages are read into a queue by sender, and worked off a slice at a time.

What reading a message and refusing it costs is charged to its sender, as is all that comes of it. A message
refused is counted and dropped, and nothing of it is acknowledged: a producer that keeps its batches sends it
again. No socket and no clock of its own: where messages and CPU seconds come from is given.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence

from nxcast.broker.derivation.outbox import Packed
from nxcast.broker.fair_queue import WAITING_MAX, FairQueue
from nxcast.broker.floods import Floods
from nxcast.broker.intake import PAUSE, Intake, Records
from nxcast.broker.ledger import OTHERS
from nxcast.transport.ends import Received

__all__ = ["NAMED_MAX", "READ_MESSAGES", "READ_OCTETS", "WORK_MESSAGES", "WORK_S", "Turns"]

NAMED_MAX = 64  # senders that are told by name, the first that are refused; at most 6 KiB of a Status
READ_MESSAGES = 32  # messages read between two slices; of what a producer of ours sends, 30 ms of work
# Seconds of CPU, and messages, that are worked off between two looks at what came, one slice at least: a look
# that finds nothing costs as much as a tenth of a small batch.
WORK_S, WORK_MESSAGES = 0.001, 16
READ_OCTETS = 8 << 20  # octets read between two slices, and one message: the largest one


class Turns:
    """`refused` counts messages refused, by sender as `name` tells them; those beyond NAMED_MAX as OTHERS.

    `floods` says who is refused again and again, by sender as they come.
    """

    def __init__(
        self,
        receive: Callable[[], Received | None],
        intake: Intake,
        *,
        name: Callable[[str], str],
        cpu_s: Callable[[], float],
        octets_max: int = WAITING_MAX,
    ) -> None:
        self.refused: Counter[str] = Counter()
        self.floods = Floods()
        self._receive = receive
        self._intake = intake
        self._name = name
        self._cpu_s = cpu_s
        self._queue = FairQueue[Received](octets_max)
        self._heard = 0  # messages since `begin` ...
        self._senders: set[str] = set()  # ... and of whom
        self._under_way: dict[str, Iterator[Records | Packed]] = {}

    @property
    def one_by_one(self) -> bool:
        """Whether nothing waits, and some had one message each since `begin`, and nobody had more."""
        return self._heard > 0 and self._heard == len(self._senders) and not self.waiting

    def begin(self) -> None:
        """Begin a look at what came."""
        self._heard = 0
        self._senders.clear()

    @property
    def waiting(self) -> bool:
        """Whether there is work."""
        return self._queue.octets > 0

    def read(self, now_s: float, *, short: bool = False) -> None:
        """Read what is there, as far as it is wanted: see FairQueue.enough. Seconds of a clock of waits.

        Where memory is short, whatever is there: what is refused takes none.
        """
        if not short and self._queue.enough(now_s):
            return
        octets = 0
        started = self._cpu_s()
        for _ in range(READ_MESSAGES):
            received = self._receive()
            if received is None:
                break
            self._heard += 1
            self._senders.add(received.sender)
            size = sum(map(len, received.parts))
            if self._intake.admits(received.parts, received.user_id):
                refused = self._queue.put(received.sender, received, size, now_s)
            else:
                refused = [(received.sender, received)]
            for sender, message in refused:
                self._refuse(sender, message)
            ended = self._cpu_s()
            self._queue.charge(received.sender, ended - started)
            started = ended
            octets += size
            if octets >= READ_OCTETS and not short:
                break

    def work(self, now_ns: int, publish: Callable[[Sequence[Records | Packed]], None]) -> bool:
        """Work off a slice of whoever's turn it is, and of those after it while all of them are short.

        What each gives is published; false where nothing waits.
        """
        started = self._cpu_s()
        until = started + WORK_S
        for number in range(WORK_MESSAGES):
            turn = self._queue.next()
            if turn is None:
                return number > 0
            sender, received = turn
            publish(self._slice(sender, received, now_ns))
            ended = self._cpu_s()
            self._queue.charge(sender, ended - started)
            if sender not in self._under_way:
                self._queue.done(sender)
            if ended >= until:
                break
            started = ended
        return True

    def _slice(self, sender: str, received: Received, now_ns: int) -> list[Records | Packed]:
        work = self._under_way.pop(sender, None) or self._intake.take(
            received.parts, received.user_id, now_ns, sender
        )
        records: list[Records | Packed] = []
        for each in work:
            if each is PAUSE:
                self._under_way[sender] = work
                break
            records.append(each)
        return records

    def _refuse(self, sender: str, message: Received) -> None:
        self._intake.refuse(message.parts, message.user_id)
        self.floods.refused(sender, sum(map(len, message.parts)))
        name = self._name(sender)
        self.refused[name if name in self.refused or len(self.refused) < NAMED_MAX else OTHERS] += 1
