"""Producer, broker and subscriber over a transport without sockets, in one thread."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence

import pytest

from nxcast.broker.service import Broker
from nxcast.broker.settings import Settings
from nxcast.consumers import Subscriber
from nxcast.process.stop import Stop
from nxcast.producers.pusher import Pusher
from nxcast.schemas.curve import ClientKey
from nxcast.transport.ends import (
    ConnectionEvent,
    Cuts,
    Endpoints,
    HandshakeEvent,
    Peer,
    Ready,
    Received,
    Said,
)
from tests.messages import frame, message, soa

SECONDS = 60.0


class Memory:
    """What lies between the ends: batches on their way in, messages on their way out."""

    def __init__(self) -> None:
        self.batches: deque[list[bytes]] = deque()
        self.messages: deque[list[bytes]] = deque()

    def broker(
        self, endpoints: Endpoints, *, high_water_mark: int, memory_max: int, secret: str | None
    ) -> MemoryBroker:
        assert high_water_mark
        assert memory_max
        assert secret is None
        return MemoryBroker(self, endpoints)

    def producer(self, endpoint: str, stop: Stop, key: ClientKey | None) -> MemoryProducer:
        assert endpoint
        assert not stop.requested
        assert key is None
        return MemoryProducer(self)

    def subscriber(self, broker: str, topics: Sequence[str], key: ClientKey | None) -> MemorySubscriber:
        assert broker
        assert key is None
        return MemorySubscriber(self, topics)


class MemoryBroker:
    """Stops once there is nothing more."""

    short = False
    waits = 0

    def __init__(self, memory: Memory, endpoints: Endpoints) -> None:
        self._memory = memory
        self.endpoints = endpoints

    def wait(self, timeout_ms: int, *, messages: bool = True) -> set[Ready]:  # noqa: ARG002
        return {Ready.MESSAGE} if self._memory.batches else {Ready.STOP}

    def stop(self) -> None: ...

    def message(self) -> Received | None:
        return Received(self._memory.batches.popleft(), None) if self._memory.batches else None

    def message_waits(self, timeout_ms: int) -> bool:  # noqa: ARG002
        return False

    def subscription(self) -> Said | None:
        return None

    def subscribe(self, prefixes: Iterable[bytes]) -> None: ...

    def unsubscribe(self, prefixes: Iterable[bytes]) -> None: ...

    def publish(self, message: Sequence[bytes]) -> None:
        self._memory.messages.append(list(message))

    def request(self) -> Received | None:
        return None

    def answer(self, parts: Sequence[bytes]) -> None: ...

    def knock(self) -> list[bytes] | None:
        return None

    def admit(self, reply: Sequence[bytes]) -> None: ...

    def cut_off(self, name: str) -> None: ...

    def cuts(self, other_octets: int = 0) -> Cuts:
        assert not other_octets
        return Cuts()

    def connections(self) -> dict[str, int]:
        return {}

    def peers(self) -> list[Peer]:
        return []

    def close(self) -> None: ...


class MemoryProducer:
    """Connected from the beginning; nobody acknowledges."""

    accepted = True
    unknown = None

    def __init__(self, memory: Memory) -> None:
        self._memory = memory
        self._events = [ConnectionEvent.UP]

    def open_asker(self, endpoint: str) -> None: ...

    def close_asker(self) -> None: ...

    def reopen(self) -> None: ...

    def send(self, parts: Sequence[bytes]) -> bool:
        self._memory.batches.append(list(parts))
        return True

    def ask(self, request: bytes) -> None: ...

    def answers(self) -> Iterator[list[bytes]]:
        return iter(())

    def events(self) -> Iterator[ConnectionEvent]:
        events, self._events = self._events, []
        return iter(events)

    def wait(self, timeout_ms: float, *, writable: bool) -> None: ...

    def see_out(self, *, patient: bool, linger_ms: int, beat: Callable[[], object]) -> bool:  # noqa: ARG002
        return True

    def close(self) -> None: ...


class MemorySubscriber:
    """Reads what was published so far, of its topics and status/."""

    unknown = None

    def __init__(self, memory: Memory, topics: Sequence[str]) -> None:
        self._memory = memory
        self._topics = tuple(topic.encode() for topic in (*topics, "status/"))
        self.closed = False

    def receive(self) -> list[bytes] | None:
        while self._memory.messages:
            message = self._memory.messages.popleft()
            if message[0].startswith(self._topics):
                return message
        return None

    def events(self) -> Iterator[HandshakeEvent]:
        return iter(())

    def renew(self, own_egress: str | None = None) -> None: ...

    def open_requests(self, endpoint: str) -> None: ...

    def close_requests(self) -> None: ...

    def request(self, endpoint: str, octets: bytes) -> None: ...

    def answer(self) -> list[bytes] | None:
        return None

    def wait(self, seconds: float, *, answer: bool) -> None: ...

    async def wait_async(self, seconds: float, *, answer: bool) -> None: ...

    def close(self) -> None:
        self.closed = True


@pytest.fixture
def stop() -> Iterator[Stop]:
    with Stop() as made:
        yield made


def test_a_frame_becomes_a_record_without_any_socket(stop: Stop) -> None:
    memory = Memory()
    with Pusher("memory", "ns1", stop, transport=memory.producer) as pusher:
        pusher.push(frame(message(authorities=[soa("com.")])))
    broker = Broker(Settings(), memory.broker)
    broker.run()
    broker.close()
    with Subscriber("nxdomain/", transport=memory.subscriber, replay=False) as subscriber:
        (record,) = subscriber.receive(SECONDS).records
    assert (record["qname"], record["soa_rrname"], record["sensor"]) == ("gdsrr.com.", "com.", "ns1")
    assert pusher.sent == 1
