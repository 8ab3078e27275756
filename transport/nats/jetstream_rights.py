"""What clients may do, as users of a nats-server have it: a subject a sensor, a stream a set of rights. Pure.

NATS has rights by subject, and who makes a consumer names in its request what that gives, not in its subject.
So clients that may subscribe to a part of the channels have a stream with that part, which the server fills
from that of all channels; it is as `egress_sets` has it for sockets. Who may not ask again for what was
published has one that holds the last minute alone. Who it is asks the server what it may.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from hashlib import blake2b
from typing import Any, NamedTuple

from nxcast.schemas.client_rights import Client
from nxcast.schemas.topics import CHANNELS
from nxcast.schemas.units import SECOND_NS
from nxcast.transport.nats.jetstream_layout import STREAM, subjects_below, topic_of_subject, work_subject

__all__ = [
    "RIGHTS",
    "Part",
    "Rights",
    "authorization",
    "inbox_of",
    "part_for",
    "part_of",
    "part_stream",
    "reads",
    "rights_told",
    "unsayable",
]

RIGHTS = "$SYS.REQ.USER.INFO"  # where a user of NATS asks what it may
LIVE_S = 60  # seconds that a message is kept for who may not ask again; a new leader takes up to 16
_INFO = "$JS.API.STREAM.INFO."
_HEAD = """\
# Users of an nxcast broker. `nxcast-broker nats users` has written this: no secrets in here. Name it in the
# configuration of each nats-server (include "FILE"), and have them read it again: nats-server --signal reload
"""


class Part(NamedTuple):
    """What a stream has for clients with the same rights: `topics` as `Client.topics` has them."""

    topics: tuple[str, ...]
    replay: bool


class Rights(NamedTuple):
    """What a server says: which stream may be read, None where it is none."""

    stream: str | None


def inbox_of(nkey: str) -> str:
    """Where answers to who has this nkey come: no other client may listen there."""
    return f"_INBOX.{nkey}"


def part_for(client: Client) -> Part:
    """What it reads."""
    return Part(client.topics, client.replay)


def reads(part: Part) -> str | None:
    """The stream that has it."""
    if not part.topics:
        return None
    if part.replay and set(CHANNELS) <= set(part.topics):
        return STREAM
    digest = blake2b(" ".join(part.topics).encode(), digest_size=6).hexdigest()
    return f"{STREAM}-{digest}" if part.replay else f"{STREAM}-live-{digest}"


def part_stream(part: Part, whole: Mapping[str, Any]) -> dict[str, Any]:
    """That stream, where it is not `whole`, which is configured so; as the server's API has it.

    One of the last minute is a mirror: its messages keep their times, so that none is younger there.
    """
    kept = ("retention", "storage", "discard", "num_replicas", "max_age", "max_bytes")
    transforms = [{"src": subject, "dest": subject} for subject in map(subjects_below, part.topics)]
    origin = {"name": STREAM, "subject_transforms": transforms}
    made = {"name": reads(part), **{key: whole[key] for key in kept}, "allow_msg_ttl": True}
    if part.replay:
        return {**made, "duplicate_window": whole["duplicate_window"], "sources": [origin]}
    return {**made, "max_age": LIVE_S * SECOND_NS, "mirror": origin}


def part_of(config: Mapping[str, Any], topics: Sequence[str]) -> list[str]:
    """What of these topics the stream with this configuration may have, as topics and channels."""
    origins = [config["mirror"]] if config.get("mirror") else config.get("sources")
    if not origins:
        return list(topics)
    subjects = [transform["src"] for transform in origins[0].get("subject_transforms", ())]
    there = [topic_of_subject(subject.removesuffix(".>")) for subject in subjects]
    narrower = {each for each in there for topic in topics if each.startswith(topic)}
    return sorted(narrower | {topic for topic in topics if topic.startswith(tuple(there))})


def unsayable(client: Client) -> list[str]:
    """Patterns of sensors that no subject of NATS stands for: it has * for all of a name only."""
    return [pattern for pattern in client.push if "*" in pattern and pattern != "*"]


def authorization(broker: str, clients: Mapping[str, Client]) -> str:
    """The server's configuration: the user with the nkey `broker`, which may everything, and the clients."""
    users = [f"    # the brokers, and who sets up\n    {{ nkey: {json.dumps(broker)} }}"]
    for name, client in sorted(clients.items()):
        if client.nkey is not None:
            user = {"nkey": client.nkey, "permissions": _permissions(client, client.nkey)}
            users.append(f"    # {name}\n    {json.dumps(user)}")
    return "\n".join([_HEAD + "authorization {", "  users: [", *users, "  ]", "}"]) + "\n"


def rights_told(answer: bytes) -> Rights:
    """What the server says of our rights; ValueError where it does not. Without any all is allowed."""
    told = json.loads(answer)
    try:
        permissions = told["data"].get("permissions")
        if permissions is None:
            return Rights(STREAM)
        allowed = permissions["publish"]["allow"]
    except (AttributeError, KeyError, TypeError) as error:
        raise ValueError("no answer of a nats-server") from error
    streams = [each.removeprefix(_INFO) for each in allowed if each.startswith(_INFO)]
    return Rights(streams[0] if streams else None)


def _permissions(client: Client, nkey: str) -> dict[str, list[str]]:
    sensors = [sensor for sensor in client.push if sensor not in unsayable(client)]
    publish = [RIGHTS, *map(work_subject, sensors)]
    if (stream := reads(part_for(client))) is not None:
        api = "$JS.API."
        publish += [
            f"{_INFO}{stream}",
            f"{api}STREAM.MSG.GET.{stream}",
            f"{api}CONSUMER.CREATE.{stream}",
            f"{api}CONSUMER.CREATE.{stream}.>",
            f"{api}CONSUMER.INFO.{stream}.*",
            f"{api}CONSUMER.MSG.NEXT.{stream}.*",
        ]
    return {"publish": publish, "subscribe": [f"{inbox_of(nkey)}.>"]}
