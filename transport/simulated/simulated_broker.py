"""The broker's end of `transport.ends` over a simulated network.

Each call is a step of its process, where that may be killed or stopped. With keys it asks for each client by
ZAP, as libzmq does.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from functools import partial

from nxcast.transport.endpoints import EGRESS, INGRESS, REPLAY
from nxcast.transport.ends import (
    BindError,
    Cuts,
    Endpoints,
    Peer,
    Ready,
    Received,
    Said,
)
from nxcast.transport.simulated.network import Connection, Dialler, Listener, Network, Sizes
from nxcast.transport.simulated.timeline import Host

__all__ = ["SimulatedBroker"]

LINGER_S = 2.0  # seconds that a broker's end gives subscribers that are behind


class SimulatedBroker:
    """A BrokerEnd. Raises BindError where somebody listens already."""

    def __init__(
        self,
        network: Network,
        host: Host,
        sizes: Sizes,
        endpoints: Endpoints,
        *,
        high_water_mark: int,
        memory_max: int,  # the queues of a simulation are short  # noqa: ARG002
        secret: str | None,
    ) -> None:
        self.endpoints = endpoints
        self.short = False
        self.waits = 0
        self._network = network
        self._host = host
        self._sizes = sizes
        self._high_water_mark = high_water_mark
        self._keyed = secret is not None
        self._stopped = False
        self._said: deque[Said] = deque()
        self._knocks: deque[tuple[str, Dialler]] = deque()
        self._names: dict[bytes, Connection] = {}
        self._bound: dict[str, Listener] = {}
        for name, endpoint in zip((INGRESS, EGRESS, REPLAY), endpoints, strict=True):
            self._bind(name, endpoint)

    def wait(self, timeout_ms: int, *, messages: bool = True) -> set[Ready]:
        self._host.step()
        ready = self._ready(messages=messages)
        if not ready:
            self._host.wait(timeout_ms / 1000)
            ready = self._ready(messages=messages)
        return ready

    def stop(self) -> None:
        self._stopped = True
        self._host.wake()

    def message(self) -> Received | None:
        self._host.step()
        found = self._bound[INGRESS].read()
        if found is None:
            return None
        connection, parts = found
        user_id = connection.user_id
        sender = connection.name if user_id is None else user_id.partition(" ")[2]
        return Received(list(parts), user_id, sender)

    def message_waits(self, timeout_ms: int) -> bool:
        self._host.step()
        until = self._network.timeline.now + timeout_ms / 1000
        while not self._bound[INGRESS].unread and (left := until - self._network.timeline.now) > 0:
            self._host.wait(left)
        return bool(self._bound[INGRESS].unread)

    def subscription(self) -> Said | None:
        self._host.step()
        return self._said.popleft() if self._said else None

    def open_egress(self, name: str, endpoint: str) -> str:
        self._bind(name, endpoint)
        return endpoint

    def close_egress(self, name: str) -> None:
        self._bound.pop(name).close()

    def publish(self, message: Sequence[bytes], sockets: Sequence[str] = (EGRESS,)) -> None:
        self._host.step()
        topic = message[0]
        for connection in [each for name in sockets for each in self._bound[name].connections]:
            lane = connection.down
            if any(map(topic.startswith, connection.prefixes)) and len(lane.waiting) < self._high_water_mark:
                lane.waiting.append(list(message))
                lane.pump()

    def request(self) -> Received | None:
        self._host.step()
        found = self._bound[REPLAY].read()
        if found is None:
            return None
        connection, octets = found
        name = id(connection).to_bytes(8, "big")
        self._names[name] = connection
        return Received([name, octets], connection.user_id)

    def answer(self, parts: Sequence[bytes]) -> None:
        self._host.step()
        connection = self._names.pop(parts[0])
        if connection.open and len(connection.down.waiting) < self._sizes.answers_waiting:
            connection.down.waiting.append(list(parts[1:]))
            connection.down.pump()

    def knock(self) -> list[bytes] | None:
        for name, listener in self._bound.items():
            if listener.knocking:
                dialler = listener.knocking.popleft()
                self._knocks.append((name, dialler))
                key = dialler.key or b""
                return [b"1.0", b"1", name.encode(), dialler.host.name.encode(), b"", b"CURVE", key]
        return None

    def admit(self, reply: Sequence[bytes]) -> None:
        self._host.step()
        name, dialler = self._knocks.popleft()
        if reply[2] == b"200":
            dialler.established(self._bound[name], reply[4].decode())
        else:
            dialler.refused(self._bound[name])

    def cut(self, name: str, whose: Callable[[str], bool]) -> None:
        self._host.step()
        for connection in list(self._bound[name].connections):
            if connection.user_id is None or whose(connection.user_id):
                connection.close(by_client=False)

    def cut_sender(self, sender: str) -> None:
        self._host.step()
        for connection in list(self._bound[INGRESS].connections):
            if connection.dialler.host.name == sender:
                connection.close(by_client=False)

    def heard(self, name: str) -> set[str]:
        return {each.user_id for each in self._bound[name].connections if each.user_id and each.asked}

    def cuts(self, other_octets: int = 0) -> Cuts:  # noqa: ARG002  none are
        return Cuts()

    def connections(self) -> dict[str, int]:
        counts = dict.fromkeys((INGRESS, EGRESS, REPLAY), 0)
        for name, listener in self._bound.items():
            counts[name.partition("-")[0]] += len(listener.connections)
        return counts

    def peers(self) -> list[Peer]:
        return [
            Peer(name.partition("-")[0], each.user_id, each.dialler.host.name, 0.0, None, 0.0)
            for name, listener in self._bound.items()
            for each in listener.connections
        ]

    def close(self) -> None:
        until = self._network.timeline.now + LINGER_S
        for name in (INGRESS, REPLAY):
            self._bound.pop(name).close()
        while self._network.timeline.now < until and any(
            each.down.waiting for listener in self._bound.values() for each in listener.connections
        ):
            self._host.wait(0.1)
        for listener in self._bound.values():
            listener.close()

    def died(self) -> None:
        """The process was killed: the kernel closes what it had."""
        for listener in self._bound.values():
            listener.close()

    def _ready(self, *, messages: bool) -> set[Ready]:
        ready = set()
        if self._stopped:
            ready.add(Ready.STOP)
        if self._keyed and any(listener.knocking for listener in self._bound.values()):
            ready.add(Ready.KNOCK)
        if self._said:
            ready.add(Ready.SUBSCRIPTION)
        if messages and self._bound[INGRESS].unread:
            ready.add(Ready.MESSAGE)
        if self._bound[REPLAY].unread:
            ready.add(Ready.REQUEST)
        return ready

    def _bind(self, name: str, endpoint: str) -> None:
        if endpoint in self._network.listeners:
            raise BindError(f"can't bind {endpoint}: address already in use")
        window = {INGRESS: self._sizes.ingress, EGRESS: 1 << 20, REPLAY: self._sizes.requests}[
            name.partition("-")[0]
        ]
        listener = Listener(self._network, self._host, endpoint, window=window, keyed=self._keyed)
        if name.startswith(EGRESS):
            listener.on_message = partial(self._subscribed, name)
            listener.on_lost = partial(self._unsubscribed, name)
            listener.unread = deque(maxlen=0)  # what subscribers say is read from `_said`
        self._bound[name] = listener

    def _subscribed(self, name: str, connection: Connection, octets: bytes) -> None:
        connection.asked.append(octets[1:])
        connection.prefixes[octets[1:]] = 1
        self._said.append(Said(octets, connection.user_id, name))

    def _unsubscribed(self, name: str, connection: Connection) -> None:
        self._said += [Said(b"\0" + prefix, None, name) for prefix in connection.asked]
