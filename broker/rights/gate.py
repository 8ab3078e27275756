"""The gate of a broker with keys: who comes in, what each may do, what was refused. Pure but for the file.

Each connection gets a User-Id of its own when it comes in, a number and its public key, which every message
of it carries. Rights are looked up by key at each message, so a change is in force at once; what may be
subscribed to is a matter of where a client is let in: each set of rights has a socket of its own, and gets
what that set allows, whatever it says. Refusals are counted by reason, and told, but not by the thousand.
Times are arguments, nanoseconds since 1970-01-01 UTC.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping
from datetime import UTC, date, datetime
from itertools import count
from pathlib import Path
from typing import NamedTuple

from nxcast.broker.rights import zap
from nxcast.broker.rights.egress_sets import SETS_MAX, RightsSet, keep_numbers, number_sets
from nxcast.broker.rights.key_files import KeyFile, KeyFileError
from nxcast.schemas.client_rights import Client
from nxcast.schemas.requests import Request
from nxcast.schemas.topics import STATUS
from nxcast.schemas.units import SECOND_NS
from nxcast.transport.endpoints import EGRESS, Place

__all__ = [
    "KEPT_OUT_NS",
    "NOT_ALLOWED",
    "REFUSALS",
    "Asker",
    "Gate",
    "Refusal",
    "Renewal",
    "set_number",
    "set_socket",
]

NOT_ALLOWED = "not_allowed"  # reason of a message dropped whole

UNKNOWN_KEY = "unknown_key"
NOT_ALLOWED_PUSH = "not_allowed_push"
NOT_ALLOWED_SUBSCRIBE = "not_allowed_subscribe"
NOT_ALLOWED_REPLAY = "not_allowed_replay"
REFUSALS = (UNKNOWN_KEY, NOT_ALLOWED_PUSH, NOT_ALLOWED_SUBSCRIBE, NOT_ALLOWED_REPLAY)
"""Reasons of a refusal."""

PREFIX_MAX = 64  # octets; the longest topic has 24
BEYOND = f"has no egress: there are {SETS_MAX} sets of rights already, give it another's (keys list)"
TOLD_A_MINUTE = 30  # refusals told one by one, each kind of each client once a minute
MINUTE_NS = 60_000_000_000
KEPT_OUT_NS = MINUTE_NS  # nanoseconds for which who floods pushes nothing


class Renewal(NamedTuple):
    """What a new version of the key file means: what to tell, and whose connections have to end."""

    text: str
    gone: tuple[str, ...] = ()  # whose key is no longer known: nobody may stay connected by it
    narrowed: tuple[str, ...] = ()  # who may subscribe to less
    regrouped: frozenset[str] = frozenset()  # keys whose connections to the egress have to end
    taken_over: bool = True  # else the file can't be used, and what was in force stays so


class Refusal(NamedTuple):
    """Something that was not allowed: `reason` is one of REFUSALS, `client` its name or where it is."""

    reason: str
    client: str
    what: str

    def __str__(self) -> str:
        return f"refused {self.client}: it may not {self.what}"


class Asker:
    """The sender of a request, as the answers see it."""

    def __init__(self, gate: Gate, name: str, client: Client, now_ns: int) -> None:
        self.name = name
        self.client = client
        self.egress = gate.place(client)
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
        self.notes: list[str] = []  # the same, of what went wrong here
        self._numbers_of_sets: dict[RightsSet, int] = {}
        self.places: Mapping[str, Place | None] = {}  # where the sets' sockets are, from whoever bound them
        self._number_sets()
        self._kept_out: dict[tuple[str, str], int] = {}  # by socket and key, until when
        self._minute_ns = 0
        self._said: set[tuple[str, str]] = set()

    def __str__(self) -> str:
        return f"the {len(self._keys.clients)} keys in {self._file.path}"

    def knock(self, parts: list[bytes], now_ns: int) -> list[bytes]:
        """The reply to a ZAP request."""
        return zap.answer(parts, lambda knock: self._user_id(knock, now_ns))

    def keep_out(self, key: str, socket: str, now_ns: int) -> None:
        """Let who has this key not come in there for a while: it sends more than there is time for."""
        self._kept_out = {each: until for each, until in self._kept_out.items() if until > now_ns}
        self._kept_out[socket, key] = now_ns + KEPT_OUT_NS

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

    @property
    def sets(self) -> dict[str, RightsSet]:
        """By the name of its socket, each set of rights that a client has."""
        wanted = {client.topics for client in self._keys.clients.values()}
        return {
            set_socket(number): topics for topics, number in self._numbers_of_sets.items() if topics in wanted
        }

    def place(self, client: Client) -> Place | None:
        """Where its socket of the egress is; None where it has none."""
        return self.places.get(self._socket(client) or "")

    def subscribed(self, user_id: str | None, octets: bytes, now_ns: int) -> None:
        """Count a subscription that gives nothing, as a plain socket gives its connection by itself.

        `user_id` is None for what libzmq itself says of a connection that has ended.
        """
        if user_id is None or octets[:1] == b"\0":
            return
        client = self.client(user_id)
        text = octets[1:].decode(errors="replace")
        if octets[:1] != b"\1":
            what = "send anything but subscriptions"
        elif client is not None and client.may_have_some(text):
            return
        else:
            what = f"subscribe to {text[:PREFIX_MAX]!r}"
        self.refuse(NOT_ALLOWED_SUBSCRIBE, self._name(user_id), what, now_ns)

    def stays(self, user_id: str, now_ns: int) -> None:
        """Count a client that wants more than Status where nothing else comes."""
        client = self.client(user_id)
        if client is not None:
            what = (
                f"subscribe to more than {STATUS} where it is, and gets nothing else: its own egress is at "
                f"{self.place(client)}, for --broker, unless it is new enough to ask"
            )
            self.refuse(NOT_ALLOWED_SUBSCRIBE, self._name(user_id), what, now_ns)

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

        None where nothing has changed. `always`: read the file though it looks as before.
        """
        last, self._day = self._day, _day(now_ns)
        read, failure = self._file.changed() or always, None
        if not read and self._day == last:
            return None
        if read:
            try:
                self._file.renew()
            except KeyFileError as error:
                failure = f"{error}; the keys before stay in force"
        earlier, self._keys = self._keys, self._file.keys.good_on(self._day)
        keys = self._keys
        gone, narrowed = keys.gone(earlier), keys.narrowed(earlier)
        self._number_sets()
        ended = [name for name in gone if name in self._file.keys.clients]
        revoked = [name for name in gone if name not in ended]
        beyond = [name for name, each in keys.clients.items() if each.topics and not self._socket(each)]
        lost = (
            (revoked, "revoked"),
            (ended, "ended: its day is over"),
            (narrowed, "narrowed"),
            (beyond, BEYOND),
        )
        what = "".join(f"; {', '.join(names)} {word}" for names, word in lost if names)
        if not read and not gone:
            return None
        text = failure or ("read " if read else "") + str(self)
        return Renewal(
            text + what, tuple(gone), tuple(narrowed), frozenset(keys.regrouped(earlier)), failure is None
        )

    def refuse(self, reason: str, who: str, what: str, now_ns: int) -> None:
        """Count a refusal, and tell it unless that was just done."""
        self.refused[reason] += 1
        if not 0 <= now_ns - self._minute_ns < MINUTE_NS:
            self._minute_ns = now_ns
            self._said.clear()
        if len(self._said) < TOLD_A_MINUTE and (reason, who) not in self._said:
            self._said.add((reason, who))
            self.told.append(Refusal(reason, who, what))

    def _number_sets(self) -> None:
        clients, before = self._keys.clients.values(), self._numbers_of_sets
        try:
            self._numbers_of_sets = keep_numbers(self._file.path, clients, before)
        except KeyFileError as error:
            self._numbers_of_sets = number_sets(clients, before)
            self.notes.append(f"{error}; where sets of rights are is not kept")

    def _socket(self, client: Client) -> str | None:
        """The name of its set's socket; None where it may not subscribe, or its set is beyond the last."""
        number = self._numbers_of_sets.get(client.topics)
        return None if number is None else set_socket(number)

    def _user_id(self, knock: zap.Knock, now_ns: int) -> str | None:
        client = self._keys.client(knock.key)
        if client is None:
            who = f"{knock.address} ({knock.domain})"
            self.refuse(UNKNOWN_KEY, who, f"come in with {knock.key}", now_ns)
            return None
        socket = knock.domain.partition("-")[0]  # egress of a set, too
        if 0 < self._kept_out.get((socket, knock.key), 0) - now_ns <= KEPT_OUT_NS:
            raise zap.KeptOutError
        if knock.domain.startswith(EGRESS) and knock.domain not in (EGRESS, self._socket(client)):
            what = f"come in at {self.places.get(knock.domain)}: its own egress is at {self.place(client)}"
            self.refuse(NOT_ALLOWED_SUBSCRIBE, self._keys.name(knock.key) or "", what, now_ns)
            return None
        if knock.domain == EGRESS and self._socket(client) is None:
            self.refuse(NOT_ALLOWED_SUBSCRIBE, self._keys.name(knock.key) or "", "subscribe", now_ns)
            return None
        return f"{next(self._numbers)} {knock.key}"

    def _name(self, user_id: str | None) -> str:
        return self.name((user_id or "").partition(" ")[2])


def set_socket(number: int) -> str:
    """The name of a set's socket."""
    return f"{EGRESS}-{number}"


def set_number(socket: str) -> int:
    """The number of a set, by the name of its socket."""
    return int(socket.rpartition("-")[2])


def _day(now_ns: int) -> date:
    return datetime.fromtimestamp(now_ns // SECOND_NS, UTC).date()
