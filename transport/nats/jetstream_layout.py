"""Where what is published stands in JetStream: the stream, its subjects, its messages' bodies. Pure.

A topic is a subject: `dns-errors/SERVFAIL/` is `nxcast.dns-errors.SERVFAIL`, a channel `nxcast.dns-errors.>`.
A body is the second and the third part of the ZeroMQ message, octet for octet, one after the other. Each
message has a Nats-Msg-Id, `EPOCH:TOPIC:SEQUENCE`, so that one that is sent again is stored once. A Status is
of use until the next one comes, and so it has an end (Nats-TTL).

What producers send stands in another stream, a work queue: a batch is taken out when all that it gave is
stored. Its subject is its sensor's, `nxcast.in.ns1`, and its Nats-Msg-Id `SENSOR:EPOCH:SEQUENCE`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

import msgpack

from nxcast.schemas.records import EGRESS_HEADER_MAX
from nxcast.schemas.topics import CHANNELS, SERVERS, STATUS, TOPICS
from nxcast.schemas.units import SECOND_NS

__all__ = [
    "DUPLICATE_WINDOW_S",
    "MESSAGE_MAX",
    "SERVERS_SUBJECT",
    "SERVER_MIN",
    "STATUS_TTL_S",
    "STREAM",
    "TAKEN_MAX",
    "TAKEN_S",
    "TAKERS",
    "WORK",
    "StreamSize",
    "body_of",
    "channel_stream",
    "differences",
    "has_servers",
    "headers_of",
    "sensor_of_subject",
    "size_of",
    "split_body",
    "subject_of",
    "subjects_below",
    "time_ns_of",
    "topic_of_subject",
    "work_consumer",
    "work_stream",
    "work_subject",
]

STREAM = ROOT = "nxcast"
WORK = "nxcast-in"  # the stream of what producers send
TAKERS = "brokers"  # its consumer, which all brokers share
# Seconds until a batch that a broker took goes to another one, unless that one says that it is at it. A new
# leader takes up to 8.
TAKEN_S = 30
TAKEN_MAX = 4096  # batches that are with brokers at a time, all of them together
SERVER_MIN = (2, 12)  # the first nats-server that has atomic batches (ADR-50)
MESSAGE_MAX = 1 << 20  # octets of a message, headers too: the server's max_payload unless set
# Seconds: longer than whoever sends again is away. The server's own default is 120.
DUPLICATE_WINDOW_S = 3600
STATUS_TTL_S = 60  # seconds that a Status is kept; there is one a second
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_SIZES = (
    "num_replicas",
    "max_age",
    "max_bytes",
    "ack_wait",
    "max_ack_pending",
)  # what an operator may choose


SERVERS_SUBJECT = f"{ROOT}.{SERVERS.removesuffix('/')}"
"""What a stream is without that was made before there was this channel."""


class StreamSize(NamedTuple):
    """What the stream holds; `oldest_ns`: when its oldest message was stored, None where there is none."""

    octets: int
    octets_max: int
    messages: int
    oldest_ns: int | None


def subject_of(topic: str) -> str:
    """The subject of a topic."""
    return f"{ROOT}.{topic.removesuffix('/').replace('/', '.')}"


def has_servers(config: Mapping[str, Any]) -> bool:
    """Whether a stream takes servers/, or is a part of one: not where it is older than that channel."""
    return SERVERS_SUBJECT in config.get("subjects", (SERVERS_SUBJECT,))


def subjects_below(prefix: str) -> str:
    """The subject, with a wildcard where there are topics below, of a channel or a topic."""
    below = any(topic.startswith(prefix) and topic != prefix for topic in TOPICS)
    return subject_of(prefix) + (".>" if below else "")


def topic_of_subject(subject: str) -> str:
    """The topic of a subject of ours."""
    return subject.removeprefix(f"{ROOT}.").replace(".", "/") + "/"


def work_subject(sensor: str) -> str:
    """Where a sensor's batches go: one token, so that rights are by sensor (no sensor's name has a slash)."""
    return f"{ROOT}.in.{sensor.replace('.', '/')}"


def sensor_of_subject(subject: str) -> str:
    """Whose batches go there."""
    return subject.removeprefix(f"{ROOT}.in.").replace("/", ".")


def headers_of(topic: str, message_id: str) -> dict[str, str]:
    """The headers of a message."""
    ends = {"Nats-TTL": f"{STATUS_TTL_S}s"} if topic == STATUS else {}
    return {"Nats-Msg-Id": message_id, **ends}


def body_of(header: bytes, payload: bytes) -> bytes:
    """Header and payload as one."""
    return header + payload


def split_body(body: bytes) -> tuple[bytes, bytes]:
    """Header and payload; ValueError where there is no header at its beginning."""
    unpacker = msgpack.Unpacker(max_buffer_size=EGRESS_HEADER_MAX)
    unpacker.feed(body[:EGRESS_HEADER_MAX])
    try:
        unpacker.skip()
    except (ValueError, msgpack.OutOfData) as error:
        raise ValueError("a body without a header") from error
    return body[: unpacker.tell()], body[unpacker.tell() :]


def time_ns_of(text: str) -> int:
    """A time as the server writes it (RFC 3339), in nanoseconds since 1970-01-01 UTC, to the microsecond."""
    return (datetime.fromisoformat(text) - _EPOCH) // timedelta(microseconds=1) * 1000


def size_of(info: Mapping[str, Any]) -> StreamSize:
    """What a stream holds, from what the server tells of it."""
    state, octets_max = info["state"], info["config"]["max_bytes"]
    oldest_ns = time_ns_of(state["first_ts"]) if state["messages"] else None
    return StreamSize(state["bytes"], max(octets_max, 0), state["messages"], oldest_ns)


def channel_stream(*, replicas: int, octets_max: int, age_s: int) -> dict[str, Any]:
    """The stream of all channels, as the server's API has it. Beyond its sizes the oldest messages go first.

    Discarding old messages would lose one that is larger than all of `max_bytes`, and say that it is stored;
    `octets_max` has to be much more than MESSAGE_MAX.
    """
    return {
        "name": STREAM,
        "subjects": sorted(map(subjects_below, CHANNELS)),
        "retention": "limits",
        "storage": "file",
        "discard": "old",
        "num_replicas": replicas,
        "max_age": age_s * SECOND_NS,
        "max_bytes": octets_max,
        "max_msgs": -1,
        "max_msgs_per_subject": -1,
        "max_msg_size": -1,
        "max_consumers": -1,
        "duplicate_window": min(DUPLICATE_WINDOW_S, age_s) * SECOND_NS,
        "no_ack": False,
        "allow_atomic": True,
        "allow_msg_ttl": True,
    }


def work_stream(*, replicas: int, octets_max: int) -> dict[str, Any]:
    """The stream of what producers send. Nothing goes before it was taken: where it is full they wait.

    No message is larger than MESSAGE_MAX, whatever the server takes: what one gives has to fit into an atomic
    batch, of 1,000 messages at most, and no broker could store more, and so would be at it for ever.
    """
    return {
        "name": WORK,
        "subjects": [work_subject("*")],
        "retention": "workqueue",
        "storage": "file",
        "discard": "new",
        "num_replicas": replicas,
        "max_age": 0,
        "max_bytes": octets_max,
        "max_msgs": -1,
        "max_msgs_per_subject": -1,
        "max_msg_size": MESSAGE_MAX,
        "max_consumers": -1,
        "duplicate_window": DUPLICATE_WINDOW_S * SECOND_NS,
        "no_ack": False,
    }


def work_consumer() -> dict[str, Any]:
    """What brokers take batches by. One is given out for as long as it is there, however often."""
    return {
        "name": TAKERS,
        "durable_name": TAKERS,
        "ack_policy": "explicit",
        "ack_wait": TAKEN_S * SECOND_NS,
        "max_deliver": -1,
        "max_ack_pending": TAKEN_MAX,
        "deliver_policy": "all",
        "replay_policy": "instant",
    }


def differences(found: Mapping[str, Any], wanted: Mapping[str, Any], *, sizes: bool = True) -> list[str]:
    """In what a stream is not as wanted, a line each; without `sizes` what operators choose is let be."""
    unlike = []
    for key, value in wanted.items():
        there = found.get(key, False if isinstance(value, bool) else None)
        if key == "mirror" and there is not None:  # when it was made does not matter
            there = {each: there[each] for each in there if each != "opt_start_time"}
        there = sorted(there) if isinstance(there, list) else there
        if there != value and (sizes or key not in _SIZES):
            unlike.append(f"{key} is {json.dumps(there)}, not {json.dumps(value)}")
    return unlike
