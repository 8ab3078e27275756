"""What can be subscribed to, and how much of it a key allows, in words. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence

from nxcast.schemas.codes import RCODES, TYPES
from nxcast.schemas.request_answers import RightsAnswer
from nxcast.schemas.topics import (
    CHANNELS,
    STATUS,
    answers_topic,
    channel_of,
    dns_errors_topic,
    nxdomain_topic,
)

__all__ = ["TOPICS", "checked_topic", "is_topic", "lacking", "overlaps", "read_topic"]

NAMED_MAX = 3  # topics named in one line
_NO_CODE = -1  # has no mnemonic, so its topic is OTHER

TOPICS: frozenset[str] = frozenset(
    [
        *CHANNELS,
        *map(dns_errors_topic, (*RCODES.keys() - {0}, _NO_CODE)),
        *map(nxdomain_topic, (*TYPES, _NO_CODE)),
        *map(answers_topic, (*TYPES, _NO_CODE)),
    ]
)
"""What can be subscribed to: the channels and each topic below them."""

# Any mnemonic, since a later broker may know more than TOPICS.
_TOPIC = re.compile(r"(?:dns-errors|nxdomain|answers)/[A-Z0-9-]{1,32}/|malformed/|servers/|status/")


def checked_topic(topic: str) -> str:
    """The topic, if it can be subscribed to; else ValueError, with what was probably meant."""
    if topic in TOPICS:
        return topic
    meant = {known.upper(): known for known in TOPICS}.get(topic.rstrip("/").upper() + "/")
    hint = f" (did you mean {meant}?)" if meant else ""
    raise ValueError(
        f"no such topic: {topic!r}{hint}; a topic is a channel ({', '.join(CHANNELS)}) or one below it, "
        "such as nxdomain/MX/ or dns-errors/SERVFAIL/, and ends in '/'"
    )


def is_topic(text: str) -> bool:
    """Whether it has the form of a topic that messages are published on, now or by a later broker."""
    return _TOPIC.fullmatch(text) is not None


def read_topic(octets: bytes) -> tuple[str, str]:
    """A topic of the contract and its channel; ValueError for others."""
    topic = octets.decode("ascii")
    channel = channel_of(topic)
    if channel is None or not is_topic(topic):
        raise ValueError("no topic of the contract")
    return topic, channel


def lacking(topics: Sequence[str], rights: RightsAnswer) -> str:
    """What of the topics a key does not allow, and what it does; empty if it allows all."""
    allowed = rights["subscribe"]
    missing = [
        topic
        for topic in topics
        if not topic.startswith(tuple(allowed)) and not (topic == STATUS and allowed)
    ]
    if not missing:
        return ""
    named = [f"all of {topic}" if overlaps(allowed, topic) else topic for topic in missing]
    return (
        f"the key {rights['name']} may not subscribe to {_few(named)}; it may: {_few(allowed) or 'nothing'}"
    )


def overlaps(allowed: Sequence[str], topic: str) -> bool:
    """Whether a part of a topic is allowed."""
    return topic.startswith(tuple(allowed)) or any(each.startswith(topic) for each in allowed)


def _few(names: Sequence[str]) -> str:
    more = len(names) - NAMED_MAX
    return ", ".join(names[:NAMED_MAX]) + (f" and {more} more" if more > 0 else "")
