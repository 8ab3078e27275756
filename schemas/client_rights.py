"""Who may do what: the clients of a key file, each with its public key and its rights. Pure.

The file is TOML, a table [clients.NAME] each, and its last line is END, so that a file cut short is never
taken for one with fewer clients. A right is given by name: channels or topics to subscribe to, sensors (or
patterns with *) to push as, and whether what was published may be asked for again. Nothing is allowed that is
not said. A key may have an end, the last day (UTC) on which it is good.
"""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from fnmatch import fnmatchcase
from functools import cached_property
from typing import Annotated

from annotated_types import MaxLen
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from nxcast.schemas.curve import ClientName, KeyText
from nxcast.schemas.topics import CHANNELS, STATUS, TOPICS

__all__ = ["CLIENTS_MAX", "END", "KEY_FILE_MAX", "Client", "Keys", "KeysError", "parse_keys", "render_keys"]

KEY_FILE_MAX = 4 << 20  # octets; 4,096 clients with a few rights each take 1 MiB
CLIENTS_MAX = 4096  # at about 200 octets each a file of 1 MiB, and 8 MiB in memory
RIGHTS_MAX = 128  # channels, topics or sensors a client; there are about 215 topics
END = "# end: nothing may stand below this line"

_HEAD = """\
# Clients of an nxcast broker: the public key of each, and what it may do. No secrets in here.
# `nxcast-broker keys add` and `revoke` write this file anew, so a comment of yours would be lost. A running
# broker takes a change over within a second. The last line has to stay: a file without it counts as cut.\
"""
# The sensors of `schemas.nmsg.payloads.sensor_of`, by place: nmsg, and nmsg- with eight hexadecimal digits.
_NMSG_SENSORS = (list("nmsg"), [*"nmsg-", *["0123456789abcdef"] * 8])
_sensor_pattern = re.compile(r"[A-Za-z0-9._*-]{1,64}").fullmatch


def _sensor(text: str) -> str:
    if not _sensor_pattern(text):
        raise ValueError(f"{text!r} is no name of a sensor, nor a pattern such as ns*")
    return text


def _topic(text: str) -> str:
    if text not in TOPICS and text not in CHANNELS:
        raise ValueError(f"{text!r} is no channel or topic; they are {', '.join(CHANNELS)}, nxdomain/MX/ ...")
    return text


def _could_match(pattern: str, places: Sequence[str]) -> bool:
    """Whether a pattern matches any text that has, at each place, one of these characters."""
    reached = {0}
    for each in pattern:
        if each == "*":
            reached = set(range(min(reached), len(places) + 1)) if reached else reached
        else:
            reached = {at + 1 for at in reached if at < len(places) and each in places[at]}
    return len(places) in reached


class KeysError(ValueError):
    """A key file that can't be used; the text says what is wrong, in one line."""


class Client(BaseModel):
    """One client: its key and its rights."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    key: Annotated[KeyText, Field(description="public key in Z85")]
    subscribe: Annotated[
        tuple[Annotated[str, AfterValidator(_topic)], ...],
        MaxLen(RIGHTS_MAX),
        Field(description="channels or topics it may subscribe to; status/ comes with any"),
    ] = ()
    push: Annotated[
        tuple[Annotated[str, AfterValidator(_sensor)], ...],
        MaxLen(RIGHTS_MAX),
        Field(description="sensors it may push as, * for any characters"),
    ] = ()
    replay: Annotated[
        bool, Field(strict=True, description="whether it may ask again for what it may subscribe to")
    ] = False
    connections: Annotated[
        bool, Field(strict=True, description="whether it may see who else is connected")
    ] = False

    until: Annotated[date | None, Field(description="the last day, UTC, on which the key is good")] = None
    nkey: Annotated[
        str | None, Field(pattern=r"^U[A-Z2-7]{55}$", description="what NATS knows it by, where it does")
    ] = None

    def good_on(self, day: date) -> bool:
        """Whether the key is good on a day, UTC."""
        return self.until is None or day <= self.until

    def may_push(self, sensor: str) -> bool:
        """Whether it may push as a sensor, and ask which of that sensor's batches arrived."""
        return any(fnmatchcase(sensor, pattern) for pattern in self.push)

    @cached_property
    def may_push_containers(self) -> bool:
        """Whether it may push as any of the sensors that an NMSG container can name."""
        return any(_could_match(pattern, places) for pattern in self.push for places in _NMSG_SENSORS)

    def may_have_some(self, prefix: str) -> bool:
        """Whether a subscription gives it anything."""
        return prefix.startswith(self.topics) or any(each.startswith(prefix) for each in self.topics)

    def may_subscribe(self, topic: str) -> bool:
        """Whether it may have the messages of a topic."""
        return topic.startswith(self.topics)

    def may_replay(self, topic: str) -> bool:
        """Whether it may ask again for messages of a topic."""
        return self.replay and self.may_subscribe(topic)

    @cached_property
    def topics(self) -> tuple[str, ...]:
        """What it may subscribe to, without what another entry covers."""
        given = {*self.subscribe, STATUS} if self.subscribe else set()
        return tuple(
            sorted(each for each in given if not any(each != a and each.startswith(a) for a in given))
        )


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid")

    clients: Annotated[dict[ClientName, Client], MaxLen(CLIENTS_MAX)]


class Keys:
    """All clients, found by name or by public key."""

    def __init__(self, clients: Mapping[str, Client]) -> None:
        self.clients = dict(clients)
        self._names = {client.key: name for name, client in self.clients.items()}

    def name(self, key: str) -> str | None:
        """The name of the client with a key, or None: nobody has it."""
        return self._names.get(key)

    def client(self, key: str) -> Client | None:
        """The client with a key, or None."""
        name = self._names.get(key)
        return None if name is None else self.clients[name]

    def good_on(self, day: date) -> Keys:
        """The clients whose keys are good on a day, UTC."""
        return Keys({name: client for name, client in self.clients.items() if client.good_on(day)})

    def gone(self, earlier: Keys) -> list[str]:
        """Names of the clients that an earlier version let in by a key that is not known now."""
        return [name for name, client in earlier.clients.items() if client.key not in self._names]

    def narrowed(self, earlier: Keys) -> list[str]:
        """Names of the clients that may subscribe to less than in an earlier version."""
        return [
            name
            for name, before, after in self._both(earlier)
            if not all(after.may_subscribe(topic) for topic in TOPICS if before.may_subscribe(topic))
        ]

    def regrouped(self, earlier: Keys) -> set[str]:
        """Keys that an earlier version let in, and that may subscribe to something else now, or are gone."""
        changed = {after.key for _, before, after in self._both(earlier) if after.topics != before.topics}
        return changed | {client.key for client in earlier.clients.values() if client.key not in self._names}

    def _both(self, earlier: Keys) -> Iterator[tuple[str, Client, Client]]:
        """Earlier name, and the client then and now."""
        for name, before in earlier.clients.items():
            after = self.client(before.key)
            if after is not None:
                yield name, before, after


def parse_keys(text: str) -> Keys:
    """Read the text of a key file; raises KeysError."""
    if not text.rstrip("\r\n").endswith(f"\n{END}"):
        raise KeysError(f"cut short: its last line is not {END!r}")
    try:
        clients = _File.model_validate(tomllib.loads(text)).clients
    except tomllib.TOMLDecodeError as error:
        raise KeysError(f"not TOML: {error}") from None
    except ValidationError as error:
        raise KeysError(_explain(error)) from None
    keys = Keys(clients)
    for name, client in clients.items():
        if keys.name(client.key) != name:
            raise KeysError(f"{name} and {keys.name(client.key)} have the same key")
    return keys


def render_keys(keys: Keys) -> str:
    """The text of a key file."""
    tables = [_HEAD, "[clients]"]
    for name, client in sorted(keys.clients.items()):
        tables.append(
            f'[clients."{name}"]\n'
            f'key = "{client.key}"\n'
            f"subscribe = {json.dumps(client.subscribe)}\n"
            f"push = {json.dumps(client.push)}\n"
            f"replay = {json.dumps(client.replay)}"
            + ("\nconnections = true" if client.connections else "")
            + ("" if client.until is None else f"\nuntil = {client.until.isoformat()}")
            + ("" if client.nkey is None else f'\nnkey = "{client.nkey}"')
        )
    return "\n\n".join([*tables, END]) + "\n"


def _explain(error: ValidationError) -> str:
    first = error.errors(include_url=False, include_context=False)[0]
    place = [str(each) for each in first["loc"]]
    if first["type"] == "missing" and place == ["clients"]:
        return "no table [clients]"
    name = f"{place[1]}: " if len(place) > 1 else ""
    what = place[2] if len(place) > 2 and place[2] != "[key]" else "its name" if len(place) > 2 else place[0]
    if first["type"] == "extra_forbidden":
        return f"{name}unknown key {what}"
    return f"{name}{what}: {first['msg'].removeprefix('Value error, ')}"
