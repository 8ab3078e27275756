"""The programs of a run: a broker, a producer, a subscriber, each around the real loop of the product."""

from __future__ import annotations

import math
import struct
from collections.abc import Iterable, Sequence
from functools import partial
from pathlib import Path
from random import Random

from nxcast.broker.log.commit_log import CommitLog
from nxcast.broker.log.interface import Log
from nxcast.broker.log.opening import open_log
from nxcast.broker.service import Broker
from nxcast.broker.settings import NO_LOG, Settings
from nxcast.consumers import Connected, Gap, Invalid, Replayed, Restart, Subscriber
from nxcast.consumers.client.cursor import Cursor
from nxcast.consumers.client.events import Batch, Event, UnknownLoss
from nxcast.process.stop import Stop, Stopped
from nxcast.process.system_clock import Clock
from nxcast.producers.pusher import Pusher
from nxcast.schemas.curve import ClientKey
from nxcast.schemas.frames import Frame, make_frame
from nxcast.schemas.names import name_wire
from nxcast.schemas.topics import DNS_ERRORS, MALFORMED, NXDOMAIN, channel_of
from nxcast.transport.ends import Endpoints
from nxcast.transport.simulated.network import Network, Sizes
from nxcast.transport.simulated.simulated_clients import SimulatedProducer, SimulatedSubscriber
from testbed.simulation.model import Epoch, Model, Reading, names_of
from testbed.simulation.processes import MachineClock, Process
from testbed.simulation.schedule import ProducerPlan, SubscriberPlan
from testbed.simulation.watched import WatchedBroker, WatchedLog

__all__ = ["AT", "BrokerProgram", "ProducerProgram", "SubscriberProgram", "expected_of", "make_frames"]

AT = Endpoints("tcp://10.0.0.1:5555", "tcp://10.0.0.1:5556", "tcp://10.0.0.1:5557")
LIVE_BLOCK_MS = 50.0
CONNECT_S = 120.0  # seconds that a file waits for a broker, which may be away for long here
LOOK_S = 1.0  # seconds after which a subscriber looks whether it is to end
KINDS = ("nxdomain", "nxdomain", "servfail", "noerror", "query")
EXPECTED = {
    "nxdomain": (DNS_ERRORS, NXDOMAIN),
    "servfail": (DNS_ERRORS,),
    "noerror": (),
    "query": (MALFORMED,),
}
FLAGS = {"nxdomain": 0x8003, "servfail": 0x8002, "noerror": 0x8000, "query": 0x0000}
TYPES = (1, 15, 28)


class BrokerProgram:
    """One life of a broker. What goes over its wire is shown to the model."""

    def __init__(self, network: Network, sizes: Sizes, settings: Settings, clock: Clock, model: Model):
        self.epoch = Epoch(0)
        self.log: WatchedLog | None = None
        self.slow_until = 0.0  # the log is not synced before
        self.asked_to_end: float | None = None
        self._network = network
        self._sizes = sizes
        self._settings = settings
        self._clock = clock
        self._model = model
        self._broker: Broker | None = None

    def main(self, process: Process) -> None:
        def transport(
            endpoints: Endpoints, *, high_water_mark: int, memory_max: int, secret: str | None
        ) -> WatchedBroker:
            end = WatchedBroker(
                self._network,
                process,
                self._sizes,
                endpoints,
                high_water_mark=high_water_mark,
                memory_max=memory_max,
                secret=secret,
            )
            end.watch(self._model, self.epoch, process)
            process.on_death.append(end.died)
            return end

        def log(settings: Settings, now_ns: int, now_s: float) -> Log:
            if settings.log == NO_LOG:
                return open_log(settings, now_ns, now_s)
            opened = WatchedLog(
                Path(settings.log),
                octets_max=settings.log_bytes,
                age_s=settings.log_seconds,
                now_ns=now_ns,
                now_s=now_s,
            )
            process.on_death.append(opened.let_go)
            sync_soon = partial(self._sync_soon, process, settings.log_sync_ms / 1000)
            opened.watch(self._model, self.epoch, self._clock.monotonic, sync_soon)
            self.log = opened
            return opened

        self.epoch.status_at = self._network.timeline.now
        broker = Broker(self._settings, transport, clock=self._clock, log=log)
        self._broker = broker
        if self.asked_to_end is not None:
            broker.stop()
        broker.run()
        broker.close()

    def _sync_soon(self, process: Process, pause_s: float, log: CommitLog) -> None:
        """What its thread does, while the process lives and is not stopped."""
        self._network.timeline.after(
            pause_s * self._network.timeline.random.random(), partial(self._sync, process, pause_s, log)
        )

    def _sync(self, process: Process, pause_s: float, log: CommitLog) -> None:
        if process.over or process.died_at < math.inf:
            return
        if process.resting or self._network.timeline.now < self.slow_until:
            self._sync_soon(process, pause_s, log)
        elif log.unsynced:
            log.sync()

    def trouble_log(self, what: str, until: float) -> None:
        """Let the log be `full` or `slow` until then, or neither any more."""
        if self.log is not None:
            self.log.full_until = until if what != "slow" else 0.0
        self.slow_until = until if what != "full" else 0.0

    def end(self) -> None:
        """SIGTERM."""
        if self.asked_to_end is None:
            self.asked_to_end = self._network.timeline.now
            if self._broker is not None:
                self._broker.stop()


class _Stop(Stop):
    """A stop without signals and descriptors, which wakes who waits."""

    def __init__(self, clock: MachineClock, process: Process) -> None:
        self.requested = False
        self._clock = clock
        self._since = math.inf
        self._process = process

    def request(self) -> None:
        self._mark()
        self._process.wake()


class ProducerProgram:
    """One life of a producer."""

    def __init__(
        self,
        network: Network,
        sizes: Sizes,
        plan: ProducerPlan,
        frames: Sequence[tuple[str, Frame]],
        clock: MachineClock,
        pushed: set[str],
        key: ClientKey | None = None,
    ) -> None:
        self._key = key
        self.pusher: Pusher | None = None
        self.pushed = 0  # frames
        self.closed = False
        self._names = pushed
        self._network = network
        self._sizes = sizes
        self._plan = plan
        self._frames = frames
        self._clock = clock
        self._stop: _Stop | None = None

    def main(self, process: Process) -> None:
        plan = self._plan

        def transport(endpoint: str, stop: Stop, key: ClientKey | None) -> SimulatedProducer:
            end = SimulatedProducer(self._network, process, self._sizes, endpoint, stop, key)
            process.on_death.append(end.died)
            return end

        self._stop = stop = _Stop(self._clock, process)
        pusher = self.pusher = Pusher(
            AT.ingress,
            plan.name,
            stop,
            replay=None if plan.kind == "unacknowledged" else AT.replay,
            block_ms=LIVE_BLOCK_MS if plan.kind == "live" else None,
            key=self._key,
            transport=transport,
            clock=self._clock,
        )
        try:
            pusher.wait_connected(CONNECT_S)
            self._push(pusher, process)
        except Stopped:
            pass
        finally:
            if process.died_at == math.inf:
                pusher.close()
                self.closed = True

    def end(self) -> None:
        """SIGTERM."""
        if self._stop is not None:
            self._stop.request()

    def judge(self, model: Model) -> None:
        """Hold its counts against what was published, of all that it was given."""
        pusher, name = self.pusher, self._plan.name
        if pusher is None:
            return
        pushed = [name for name, _ in self._frames[: self.pushed]]
        absent = sum(not all(map(model.ever, model.gives(each))) for each in pushed)
        let_go = pusher.dropped + pusher.unsent + pusher.unsure
        if pusher.acknowledging and pusher.acknowledged > self.pushed - absent:
            model.violate(
                f"{name}: {pusher.acknowledged} acknowledged of {self.pushed}, {absent} never published"
            )
        if not self.closed:
            return
        waits = self._plan.kind == "file" and self._stop is not None and not self._stop.requested
        # A broker that has not answered for five seconds is taken for one that does not acknowledge: a file
        # that one has answered since counts what it did not keep meanwhile.
        if waits and pusher.acknowledging and pusher.acknowledged + pusher._delivery.let_go < self.pushed:
            model.violate(f"{name}: ended with {pusher.acknowledged} of {self.pushed} acknowledged")
        if pusher.acknowledging and absent > let_go:
            model.violate(f"{name}: {absent} frames never published, {let_go} told")
        if pusher.acknowledging and self.pushed != pusher.acknowledged + let_go:
            model.violate(f"{name}: {self.pushed} pushed, {pusher.acknowledged} acknowledged, {let_go} told")

    def _push(self, pusher: Pusher, process: Process) -> None:
        stop = self._stop
        assert stop is not None
        for number, (name, frame) in enumerate(self._frames):
            until = self._clock.monotonic() + (self._plan.pause_s if number % self._plan.burst == 0 else 0)
            while not stop.requested and (left := until - self._clock.monotonic()) > 0:
                process.wait(min(left, pusher.due_in()))
                process.step()
                pusher.flush_due()
            if stop.requested:
                raise Stopped
            self.pushed += 1
            self._names.add(name)
            pusher.push(frame)


class SubscriberProgram:
    """One life of a subscriber."""

    def __init__(
        self,
        network: Network,
        sizes: Sizes,
        plan: SubscriberPlan,
        cursor: Path | None,
        clock: MachineClock,
        reading: Reading,
        key: Path | None = None,
    ) -> None:
        self._key = key
        self._network = network
        self._sizes = sizes
        self._plan = plan
        self._cursor = cursor
        self._clock = clock
        self._reading = reading
        self._ending = False
        self._subscriber: Subscriber | None = None
        self._process: Process | None = None

    def main(self, process: Process) -> None:
        self._process = process

        def transport(broker: str, topics: Sequence[str], key: ClientKey | None) -> SimulatedSubscriber:
            end = SimulatedSubscriber(self._network, process, self._sizes, broker, topics, key)
            process.on_death.append(end.died)
            return end

        position = None if self._cursor is None else _position(self._cursor, self._plan.topics)
        self._reading.begin(position, since=self._plan.since_s is not None)
        subscriber = self._subscriber = Subscriber(
            *self._plan.topics,
            broker=AT.egress,
            on_event=self._tell,
            since=self._plan.since_s,
            cursor=self._cursor,
            key=self._key,
            transport=transport,
            clock=self._clock,
        )
        try:
            while not self._ending:
                try:
                    batch = subscriber.receive(LOOK_S)
                except TimeoutError:
                    continue
                until = self._clock.monotonic() + self._plan.slow_s
                while not self._ending and (left := until - self._clock.monotonic()) > 0:
                    process.wait(left)
                process.step()
                if not self._ending:  # else it is not done with it, and has it again
                    self._take(batch)
        finally:
            if process.died_at == math.inf:
                subscriber.close()
            else:
                _let_go(subscriber)
            self._subscriber = None

    @property
    def connected(self) -> bool:
        """Whether it has had a status in this life."""
        return self._subscriber is not None and self._subscriber.status is not None

    @property
    def unsettled(self) -> bool:
        """Whether it says that what is lost is not known yet."""
        return self._subscriber is not None and self._subscriber.counts.unsettled

    def end(self) -> None:
        """SIGTERM."""
        self._ending = True
        if self._process is not None:
            self._process.wake()

    def _take(self, batch: Batch) -> None:
        names = names_of(channel_of(batch.topic) or "", batch.records)
        self._reading.batch(batch.topic, batch.epoch, batch.sequence, names)

    def _tell(self, event: Event) -> None:
        match event:
            case Connected():
                assert self._subscriber is not None
                status = self._subscriber.status
                assert status is not None
                topics = {topic: each["sequence"] for topic, each in status["topics"].items()}
                self._reading.connected(event.epoch, topics)
            case Replayed():
                self._reading.replayed()
            case Gap():
                self._reading.gap(event.topic, event.epoch, event.first, event.last)
            case Restart():
                self._reading.restart(event.old_epoch, event.new_epoch)
            case UnknownLoss():
                self._reading.unknown_loss(event.epoch, event.next_epoch)
            case Invalid():
                self._reading.invalid(str(event))


def make_frames(random: Random, sensor: str, life: int, count: int) -> list[tuple[str, Frame]]:
    """So many frames, each with a name of its own, which says what it has to give."""
    made = []
    for number in range(count):
        kind = random.choice(KINDS)
        name = f"{kind}-{number}-{life}-{sensor}"
        qname = name_wire(f"{name}.{'x' * random.choice((1, 20, 60))}.example.")
        message = struct.pack("!6H", number, FLAGS[kind], 1, 0, 0, 0) + qname
        message += struct.pack("!2H", random.choice(TYPES), 1)
        made.append(
            (
                name,
                make_frame(
                    1_700_000_000_000_000_000 + number, 1, bytes(4), 53, 17, None, None, None, message
                ),
            )
        )
    return made


def expected_of(frames: Iterable[tuple[str, Frame]]) -> dict[str, tuple[str, ...]]:
    """By name, the channels where a record of the frame belongs."""
    return {name: EXPECTED[name.partition("-")[0]] for name, _ in frames}


def _position(path: Path, topics: Sequence[str]) -> tuple[int, dict[str, int]] | None:
    """Where a cursor is; nobody else has it now."""
    cursor = Cursor(path, topics)
    position = cursor.position
    cursor.close()
    return None if position is None else (position.epoch, position.topics)


def _let_go(subscriber: Subscriber) -> None:
    """What the kernel does for a killed process: its locks end."""
    if subscriber._cursor is not None:
        subscriber._cursor.close()
