"""What goes out, and to whom: one socket without keys, with keys one more for each set of rights.

With keys the socket whose endpoint is the egress is the entrance: whoever may subscribe at all comes in, and
gets Status alone, which says that it comes from there; `rights` tells where the client's own socket is. It
reads what subscribers say only to count it, and to answer a subscription to status/ with a Status soon.
"""

from __future__ import annotations

from collections import Counter, defaultdict

import msgpack

from nxcast.broker.derivation.outbox import Message
from nxcast.broker.rights.egress_sets import set_endpoint
from nxcast.broker.rights.gate import Gate, set_number
from nxcast.broker.subscriptions import SUBSCRIBE, Subscriptions
from nxcast.schemas.records import Status
from nxcast.schemas.topics import STATUS
from nxcast.transport.endpoints import EGRESS, place_of
from nxcast.transport.ends import BindError, BrokerEnd

__all__ = ["Egress"]

SUBSCRIPTIONS_A_TURN = 256  # subscription messages taken before the loop looks at its other duties
# Nanoseconds at the entrance after which a client does not know that there is a socket of its own: one that
# does is gone within a second.
STAY_NS = 10_000_000_000
STATUS_TOPIC = STATUS.encode()

_pack = msgpack.Packer().pack


class Egress:
    """All sockets that messages leave by; `gate` is None without keys. Raises BindError when made.

    `endpoint` is that of the egress as set, `first_port` that of the first set of rights.
    """

    def __init__(self, sockets: BrokerEnd, gate: Gate | None, endpoint: str, first_port: int) -> None:
        self._sockets = sockets
        self._gate = gate
        self._endpoint = endpoint
        self._first_port = first_port
        self._open: dict[str, tuple[str, ...]] = {}  # by the name of a set's socket, the prefixes it has
        self._ways: dict[bytes, tuple[str, ...]] = {}  # by topic, the sockets it goes to
        self._entered: dict[str, int] = {}  # who wants more than the entrance has, since when; 0: told
        self._subscriptions: defaultdict[str, Subscriptions] = defaultdict(Subscriptions)
        for error in self.renew():
            raise error

    def renew(self) -> list[BindError]:
        """Give each set of rights its socket, and only those; what could not be bound is tried next time."""
        if self._gate is None or self._open == self._gate.sets:
            return []
        errors, sets = [], self._gate.sets
        for name in [name for name, prefixes in self._open.items() if sets.get(name) != prefixes]:
            self._sockets.close_egress(name)
            self._subscriptions.pop(name, None)
            del self._open[name]
        places = {name: place for name, place in self._gate.places.items() if name in self._open}
        for name in [name for name in sets if name not in self._open]:
            try:
                bound = self._sockets.open_egress(
                    name, set_endpoint(self._endpoint, self._first_port, set_number(name))
                )
            except BindError as error:
                errors.append(error)
            else:
                self._open[name], places[name] = sets[name], place_of(bound)
        self._gate.places = places
        self._ways.clear()
        return errors

    def publish(self, message: Message) -> None:
        """Send a message to where it is open."""
        if self._gate is None:
            self._sockets.publish(message)
            return
        ways = self._ways.get(message.topic)
        if ways is None:
            topic = message.topic.decode()
            ways = tuple(name for name, prefixes in self._open.items() if topic.startswith(prefixes))
            self._ways[message.topic] = ways
        if ways:
            self._sockets.publish(message, ways)

    def publish_status(self, message: Message, status: Status) -> None:
        """The same with a Status, which the entrance has in a form of its own."""
        self.publish(message)
        if self._gate is not None:
            there: Status = {**status, "entrance": True}
            self._sockets.publish(message._replace(payload=_pack([there])))

    def take(self, now_ns: int) -> bool:
        """Take what subscribers said; whether somebody waits for a Status."""
        awaited = False
        for _ in range(SUBSCRIPTIONS_A_TURN):
            said = self._sockets.subscription()
            if said is None:
                break
            self._subscriptions[said.socket].take(said.octets)
            if self._gate is not None:
                self._gate.subscribed(said.user_id, said.octets, now_ns)
                if said.socket == EGRESS and said.user_id and said.octets[1:] != STATUS_TOPIC:
                    self._entered.setdefault(said.user_id, now_ns)
            awaited |= said.octets == SUBSCRIBE + STATUS_TOPIC
        return awaited

    def look(self, now_ns: int) -> None:
        """Tell who stays at the entrance, and gets nothing but Status there."""
        if self._gate is None or not self._entered:
            return
        there = self._sockets.heard(EGRESS)
        self._entered = {user_id: since for user_id, since in self._entered.items() if user_id in there}
        for user_id, since in self._entered.items():
            if since and now_ns - since >= STAY_NS:
                self._entered[user_id] = 0
                self._gate.stays(user_id, now_ns)

    def cut(self, keys: frozenset[str], *others: str) -> None:
        """End the connections that came in by these keys: those to the egress, or to `others` instead."""
        for name in others or (EGRESS, *self._open):
            self._sockets.cut(name, lambda user_id: user_id.partition(" ")[2] in keys)

    def subscriptions(self) -> dict[str, int]:
        """How many there are, by prefix."""
        counts: Counter[str] = Counter()
        for each in self._subscriptions.values():
            counts.update(each.counts())
        return dict(counts)
