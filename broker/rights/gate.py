"""The gate of a broker with keys: who comes in, what each may do, what was refused. Pure but for the file.

Each connection gets a User-Id of its own when it comes in, a number and its public key, which every message
of it carries. Rights are looked up by key at each message, so a change is in force at once; only
subscriptions stand in the socket, which is why it is bound anew where somebody lost one. Refusals are
counted by reason, and told, but not by the thousand. Times are arguments, nanoseconds since 1970-01-01 UTC.

The egress applies a subscription to the connection whose message was read last, and libzmq 4.3.5 can take
another for that: after any message that is no subscription (it skips a connection too many), and after the
end of a connection whose subscription had not been read (its place may be taken by a new one). Either is seen
before harm is done or at once after it, and the answer is the same: the socket has to be bound anew. Whenever
that is the answer, all that was known of the egress' connections is forgotten with it.
"""

from __future__ import annotations

from collections import Counter, OrderedDict
from collections.abc import Collection, Sequence
from datetime import UTC, date, datetime
from itertools import count
from pathlib import Path
from typing import NamedTuple

from nxcast.broker.rights import zap
from nxcast.broker.rights.key_files import KeyFile, KeyFileError
from nxcast.broker.rights.keys import Client
from nxcast.schemas.requests import Request
from nxcast.schemas.units import SECOND_NS
from nxcast.transport.endpoints import EGRESS

__all__ = [
    "NOT_ALLOWED",
    "REFUSALS",
    "Asker",
    "Gate",
    "Refusal",
    "Renewal",
    "SubscriptionChange",
]

NOT_ALLOWED = "not_allowed"  # reason of a message dropped whole

UNKNOWN_KEY = "unknown_key"
NOT_ALLOWED_PUSH = "not_allowed_push"
NOT_ALLOWED_SUBSCRIBE = "not_allowed_subscribe"
NOT_ALLOWED_REPLAY = "not_allowed_replay"
REFUSALS = (UNKNOWN_KEY, NOT_ALLOWED_PUSH, NOT_ALLOWED_SUBSCRIBE, NOT_ALLOWED_REPLAY)
"""Reasons of a refusal."""

# Subscriptions remembered over all connections, those of the oldest go first; at about 300 octets each,
# 19 MiB. One forgotten can't be ended but with its connection: its client, which looks at topics itself,
# gets more than it wants, never more than it may.
ASKED_MAX = 65_536
ASKED_A_CONNECTION = 256  # there are 120 topics
# Prefixes asked for while the egress always has more to read; of 1 KiB each 8 MiB. Beyond it nothing that
# libzmq itself says of ended connections is believed, and the socket is bound anew.
FRESH_MAX = 8192
PREFIX_MAX = 64  # octets; the longest topic has 24
TOLD_A_MINUTE = 30  # refusals told one by one, each kind of each client once a minute
MINUTE_NS = 60_000_000_000


class Renewal(NamedTuple):
    """What a new version of the key file means: what to tell, and whose connections have to end."""

    text: str
    gone: tuple[str, ...] = ()  # whose key is no longer known: nobody may stay connected by it
    narrowed: tuple[str, ...] = ()  # who may subscribe to less
    taken_over: bool = True  # else the file can't be used, and what was in force stays so


class Refusal(NamedTuple):
    """Something that was not allowed: `reason` is one of REFUSALS, `client` its name or where it is."""

    reason: str
    client: str
    what: str

    def __str__(self) -> str:
        return f"refused {self.client}: it may not {self.what}"


class SubscriptionChange(NamedTuple):
    """What to subscribe the connection to whose message was read last, and what to unsubscribe it from."""

    add: Sequence[bytes] = ()
    remove: Sequence[bytes] = ()


class Asker:
    """The sender of a request, as the answers see it."""

    def __init__(self, gate: Gate, name: str, client: Client, now_ns: int) -> None:
        self.name = name
        self.client = client
        self._gate = gate
        self._now_ns = now_ns

    def may(self, request: Request) -> bool:
        """Whether it may have an answer; counted where not. `since` may still be for a part of its topics."""
        match request["ask"]:
            case "range":
                allowed = self.client.may_replay(request["topic"])
            case "since" | "epochs":
                allowed = self.client.replay
            case "arrived":
                allowed = self.client.may_push(request["sensor"])
            case _:
                allowed = True
        if not allowed:
            self._gate.refuse(NOT_ALLOWED_REPLAY, self.name, f"ask '{request['ask']}'", self._now_ns)
        return allowed


class Gate:
    """Lets clients in by a key file. Raises KeyFileError when made, if that can't be read."""

    def __init__(self, path: Path, refused: Counter[str], now_ns: int) -> None:
        self.refused = refused
        self.told: list[Refusal] = []  # what to tell the operator, until the caller takes it
        self._file = KeyFile(path)
        self._day = _day(now_ns)
        self._keys = self._file.keys.good_on(self._day)
        self._numbers = count(1)
        self._asked: OrderedDict[str, dict[bytes, list[bytes]]] = OrderedDict()
        self._asked_size = 0
        self._fresh: set[bytes] = set()  # asked for since the egress had nothing to read
        self._put_out: set[str] = set()  # keys that the egress is closed to until the file is renewed
        self._minute_ns = 0
        self._said: set[tuple[str, str]] = set()

    def __str__(self) -> str:
        return f"the {len(self._keys.clients)} keys in {self._file.path}"

    def knock(self, parts: list[bytes], now_ns: int) -> list[bytes]:
        """The reply to a ZAP request."""
        return zap.answer(parts, lambda knock: self._user_id(knock, now_ns))

    def name(self, key: str) -> str:
        """The name of who has this public key."""
        return self._keys.name(key) or "a client revoked"

    def client(self, user_id: str | None) -> Client | None:
        """The client that a message of this User-Id is from, or None: its key is no longer known."""
        return None if user_id is None else self._keys.client(user_id.partition(" ")[2])

    def asker(self, user_id: str | None, now_ns: int) -> Asker | None:
        """The sender of a request, or None: its key is no longer known."""
        client = self.client(user_id)
        return None if client is None else Asker(self, self._name(user_id), client, now_ns)

    def subscription(self, user_id: str | None, octets: bytes, now_ns: int) -> SubscriptionChange | None:
        """What a message on the egress changes; None: the socket can't be trusted, bind it anew.

        `user_id` is None for what libzmq itself says of a connection that has ended.
        """
        prefix = octets[1:]
        if user_id is None:
            if prefix not in self._fresh and len(self._fresh) < FRESH_MAX:
                return SubscriptionChange()
            self._forget_connections()
            return None
        if octets[:1] == b"\1":
            if len(self._fresh) < FRESH_MAX:
                self._fresh.add(prefix)
            return SubscriptionChange(add=self._subscribe(user_id, prefix, now_ns))
        if octets[:1] == b"\0":
            return SubscriptionChange(remove=self._unsubscribe(user_id, prefix))
        self._put_out.add(user_id.partition(" ")[2])
        self.refuse(NOT_ALLOWED_SUBSCRIBE, self._name(user_id), "send anything but subscriptions", now_ns)
        self._forget_connections()
        return None

    def egress_read(self) -> None:
        """Nothing is left to read on the egress."""
        self._fresh.clear()

    def may_push(self, user_id: str | None, sensors: Collection[str], now_ns: int) -> bool:
        """Whether the sender may push as all these sensors (none: as any at all); counted where not."""
        client = self.client(user_id)
        if client is not None and client.push and all(client.may_push(sensor) for sensor in sensors):
            return True
        self.refuse(
            NOT_ALLOWED_PUSH, self._name(user_id), f"push as {', '.join(sensors) or 'any sensor'}", now_ns
        )
        return False

    def may_push_containers(self, user_id: str | None, now_ns: int) -> bool:
        """Whether the sender may push as any sensor that NMSG can name; counted where not."""
        client = self.client(user_id)
        if client is not None and client.may_push_containers:
            return True
        self.refuse(NOT_ALLOWED_PUSH, self._name(user_id), "push NMSG containers", now_ns)
        return False

    def renew(self, now_ns: int, *, always: bool = False) -> Renewal | None:
        """Take over a new version of the file, if there is one, and end the keys whose day is over.

        What can't be used changes nothing, but that keys end. Where somebody lost a right, the egress has to
        be bound anew before it is read again.
        """
        last, self._day = self._day, _day(now_ns)
        read, failure = self._file.changed() or always, None
        if not read and self._day == last:
            return None
        if read:
            self._put_out.clear()
            try:
                self._file.renew()
            except KeyFileError as error:
                failure = f"{error}; the keys before stay in force"
        earlier, self._keys = self._keys, self._file.keys.good_on(self._day)
        keys = self._keys
        gone, narrowed = keys.gone(earlier), keys.narrowed(earlier)
        if gone or narrowed:
            self._forget_connections()
        ended = [name for name in gone if name in self._file.keys.clients]
        revoked = [name for name in gone if name not in ended]
        lost = ((revoked, "revoked"), (ended, "ended: its day is over"), (narrowed, "narrowed"))
        what = "".join(f"; {', '.join(names)} {word}" for names, word in lost if names)
        if not read and not gone:
            return None
        text = failure or ("read " if read else "") + str(self)
        return Renewal(text + what, tuple(gone), tuple(narrowed), failure is None)

    def refuse(self, reason: str, who: str, what: str, now_ns: int) -> None:
        """Count a refusal, and tell it unless that was just done."""
        self.refused[reason] += 1
        if not 0 <= now_ns - self._minute_ns < MINUTE_NS:
            self._minute_ns = now_ns
            self._said.clear()
        if len(self._said) < TOLD_A_MINUTE and (reason, who) not in self._said:
            self._said.add((reason, who))
            self.told.append(Refusal(reason, who, what))

    def _forget_connections(self) -> None:
        """All connections to the egress end."""
        self._asked.clear()
        self._asked_size = 0
        self._fresh.clear()

    def _user_id(self, knock: zap.Knock, now_ns: int) -> str | None:
        if self._keys.client(knock.key) is not None:
            if knock.domain == EGRESS and knock.key in self._put_out:
                return None
            return f"{next(self._numbers)} {knock.key}"
        self.refuse(UNKNOWN_KEY, f"{knock.address} ({knock.domain})", f"come in with {knock.key}", now_ns)
        return None

    def _subscribe(self, user_id: str, prefix: bytes, now_ns: int) -> list[bytes]:
        client = self.client(user_id)
        text = prefix.decode(errors="replace")
        asked = self._asked.get(user_id, {})
        fits = len(prefix) <= PREFIX_MAX and len(asked) < ASKED_A_CONNECTION
        granted = [each.encode() for each in client.allowed(text)] if client is not None and fits else []
        if not granted:
            self.refuse(
                NOT_ALLOWED_SUBSCRIBE, self._name(user_id), f"subscribe to {text[:PREFIX_MAX]!r}", now_ns
            )
            return []
        self._asked[user_id] = asked
        self._asked_size += prefix not in asked
        asked[prefix] = granted
        while self._asked_size > ASKED_MAX:
            self._asked_size -= len(self._asked.popitem(last=False)[1])
        return granted

    def _unsubscribe(self, user_id: str, prefix: bytes) -> list[bytes]:
        """What nothing else that the connection asked for gives it."""
        asked = self._asked.get(user_id, {})
        granted = asked.pop(prefix, None)
        if granted is None:
            return []
        self._asked_size -= 1
        if not asked:
            del self._asked[user_id]
        kept = {each for others in asked.values() for each in others}
        return [each for each in granted if each not in kept]

    def _name(self, user_id: str | None) -> str:
        return self.name((user_id or "").partition(" ")[2])


def _day(now_ns: int) -> date:
    return datetime.fromtimestamp(now_ns // SECOND_NS, UTC).date()
