"""The ends of producers and subscribers of `transport.ends` over a simulated network.

Each call is a step of its process, where that may be killed or stopped.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from functools import partial

from nxcast.process.stop import Stop
from nxcast.schemas.curve import ClientKey, z85_decode
from nxcast.schemas.topics import STATUS
from nxcast.transport.endpoints import EGRESS, INGRESS, REPLAY
from nxcast.transport.ends import ConnectionEvent, HandshakeEvent
from nxcast.transport.simulated.network import Dialler, Network, Sizes
from nxcast.transport.simulated.timeline import Host

__all__ = ["SimulatedProducer", "SimulatedSubscriber"]

TURN_S = 1.0  # seconds that a producer's end waits at a time


class SimulatedProducer:
    """A ProducerEnd."""

    accepted = True
    unknown = None

    def __init__(
        self, network: Network, host: Host, sizes: Sizes, endpoint: str, stop: Stop, key: ClientKey | None
    ) -> None:
        self.connected = False
        self._network = network
        self._host = host
        self._sizes = sizes
        self._endpoint = endpoint
        self._stop = stop
        self._key = key
        self._happened: deque[ConnectionEvent] = deque()
        self._asker: Dialler | None = None
        self._ingress = self._opened()

    def open_asker(self, endpoint: str) -> None:
        self.close_asker()
        link = self._network.link(f"{self._host.name} {REPLAY}")
        self._asker = Dialler(
            self._network, self._host, link, endpoint, out_max=self._sizes.answers_waiting, window=4
        )
        self._asker.key = _octets(self._key)

    def close_asker(self) -> None:
        if self._asker is not None:
            self._asker.close()
            self._asker = None

    def reopen(self) -> None:
        self._ingress.close()
        self.connected = False
        self._ingress = self._opened()

    def send(self, parts: Sequence[bytes]) -> bool:
        self._host.step()
        return self._ingress.send(list(parts))

    def ask(self, request: bytes) -> None:
        self._host.step()
        if self._asker is not None:
            self._asker.send(request)

    def answers(self) -> Iterator[list[bytes]]:
        while self._asker is not None and (parts := self._asker.read()) is not None:
            yield parts

    def events(self) -> Iterator[ConnectionEvent]:
        while self._happened:
            yield self._happened.popleft()

    def wait(self, timeout_ms: float, *, writable: bool) -> None:
        self._host.step()
        ready = self._happened or (self._asker is not None and self._asker.unread)
        if not ready and not (writable and self._ingress.room):
            self._host.wait((timeout_ms + 1) / 1000)

    def see_out(self, *, patient: bool, linger_ms: int, beat: Callable[[], object]) -> bool:
        self.close_asker()
        until = math.inf if patient else self._network.timeline.now + linger_ms / 1000
        while self._ingress.out:
            beat()
            if self._stop.requested and until == math.inf:
                until = self._network.timeline.now + linger_ms / 1000
            left = until - self._network.timeline.now
            if left <= 0:
                break
            self._host.wait(min(left, TURN_S))
        gone = not self._ingress.out
        self._ingress.close()
        return gone

    def close(self) -> None:
        self.close_asker()
        self._ingress.close()

    def died(self) -> None:
        """The process was killed: the kernel closes what it had."""
        self.close()

    def _opened(self) -> Dialler:
        link = self._network.link(f"{self._host.name} {INGRESS}")
        sizes = self._sizes
        dialler = Dialler(self._network, self._host, link, self._endpoint, out_max=sizes.out, window=1)
        dialler.key = _octets(self._key)
        dialler.on_up = partial(self._became, ConnectionEvent.UP, connected=True)
        dialler.on_down = partial(self._became, ConnectionEvent.DOWN, connected=False)
        dialler.on_refused = partial(self._became, ConnectionEvent.REFUSED, connected=False)
        return dialler

    def _became(self, event: ConnectionEvent, *, connected: bool) -> None:
        self.connected = connected
        self._happened.append(event)


class SimulatedSubscriber:
    """A SubscriberEnd."""

    unknown = None

    def __init__(
        self,
        network: Network,
        host: Host,
        sizes: Sizes,
        broker: str,
        topics: Sequence[str],
        key: ClientKey | None,
    ) -> None:
        self.closed = False
        self._network = network
        self._host = host
        self._sizes = sizes
        self._broker = self._at = broker
        self._topics = (*sorted(topic for topic in topics if topic != STATUS), STATUS)
        self._key = key
        self._happened: deque[HandshakeEvent] = deque()
        self._requests: Dialler | None = None
        self._requests_at = ""
        self._egress = self._opened()

    def receive(self) -> list[bytes] | None:
        self._host.step()
        found: list[bytes] | None = self._egress.read()
        return found

    def events(self) -> Iterator[HandshakeEvent]:
        while self._happened:
            yield self._happened.popleft()

    def renew(self, own_egress: str | None = None) -> None:
        self._at = own_egress or self._broker
        self._egress.close()
        self.close_requests()
        self._egress = self._opened()

    def open_requests(self, endpoint: str) -> None:
        if self._requests is None or self._requests_at != endpoint:
            self.close_requests()
            self._requests_at = endpoint
            link = self._network.link(f"{self._host.name} {REPLAY}")
            self._requests = Dialler(
                self._network, self._host, link, endpoint, out_max=1000, window=self._sizes.answers
            )
            self._requests.key = _octets(self._key)

    def close_requests(self) -> None:
        if self._requests is not None:
            self._requests.close()
            self._requests = None

    def request(self, endpoint: str, octets: bytes) -> None:
        self._host.step()
        self.open_requests(endpoint)
        assert self._requests is not None  # noqa: S101  it has just been opened
        self._requests.send(octets)

    def answer(self) -> list[bytes] | None:
        self._host.step()
        found: list[bytes] | None = None if self._requests is None else self._requests.read()
        return found

    def wait(self, seconds: float, *, answer: bool) -> None:
        self._host.step()
        socket = self._requests if answer and self._requests is not None else self._egress
        if not socket.unread and not self._happened:
            self._host.wait(seconds)

    async def wait_async(self, seconds: float, *, answer: bool) -> None:
        self.wait(seconds, answer=answer)

    def close(self) -> None:
        self.closed = True
        self._egress.close()
        self.close_requests()

    def died(self) -> None:
        """The process was killed: the kernel closes what it had."""
        self.close()

    def _opened(self) -> Dialler:
        link = self._network.link(f"{self._host.name} {EGRESS}")
        dialler = Dialler(
            self._network, self._host, link, self._at, out_max=1 << 20, window=self._sizes.egress
        )
        dialler.key = _octets(self._key)
        dialler.on_up = partial(self._joined, dialler)
        dialler.on_down = partial(self._happened.append, HandshakeEvent.ENDED)
        dialler.on_refused = partial(self._happened.append, HandshakeEvent.UNKNOWN_KEY)
        return dialler

    def _joined(self, dialler: Dialler) -> None:
        self._happened.append(HandshakeEvent.ACCEPTED)
        dialler.out.clear()
        dialler.out.extend(b"\1" + topic.encode() for topic in self._topics)


def _octets(key: ClientKey | None) -> bytes | None:
    return None if key is None else z85_decode(key.public)
