"""Topics: paths that end in '/', so that a prefix that ends in '/' never matches a longer word.

Every mnemonic of RCODEs and types has its topic, the codes without one share OTHER, so the number of
topics is bounded: about 215.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from nxcast.schemas.codes import RCODES, TYPES

__all__ = [
    "ANSWERS",
    "CHANNELS",
    "DNS_ERRORS",
    "FAILURES",
    "MALFORMED",
    "NXDOMAIN",
    "SERVERS",
    "STATUS",
    "TOPICS",
    "answers_topic",
    "channel_of",
    "dns_errors_topic",
    "nxdomain_topic",
    "topic_of",
]

DNS_ERRORS = "dns-errors/"
NXDOMAIN = "nxdomain/"
ANSWERS = "answers/"
MALFORMED = "malformed/"
SERVERS = "servers/"
STATUS = "status/"
CHANNELS = (DNS_ERRORS, NXDOMAIN, ANSWERS, MALFORMED, SERVERS, STATUS)

_BY_RCODE = {rcode: f"{DNS_ERRORS}{mnemonic}/" for rcode, mnemonic in RCODES.items()}
_BY_QTYPE = {qtype: f"{NXDOMAIN}{mnemonic}/" for qtype, mnemonic in TYPES.items()}
_ANSWERS_BY_QTYPE = {qtype: f"{ANSWERS}{mnemonic}/" for qtype, mnemonic in TYPES.items()}
_DNS_ERRORS_OTHER = f"{DNS_ERRORS}OTHER/"
_NXDOMAIN_OTHER = f"{NXDOMAIN}OTHER/"
_ANSWERS_OTHER = f"{ANSWERS}OTHER/"
TOPICS = (
    *(topic for rcode, topic in _BY_RCODE.items() if rcode),  # RCODE 0 is no error
    _DNS_ERRORS_OTHER,
    *_BY_QTYPE.values(),
    _NXDOMAIN_OTHER,
    *_ANSWERS_BY_QTYPE.values(),
    _ANSWERS_OTHER,
    MALFORMED,
    SERVERS,
    STATUS,
)
"""All topics that there can be."""

FAILURES = (*(topic for rcode, topic in _BY_RCODE.items() if rcode not in (0, 3)), _DNS_ERRORS_OTHER)
"""Those of DnsErrors but NXDOMAIN, which is an answer and has a channel of its own."""


def dns_errors_topic(rcode: int) -> str:
    """Topic of a DnsError: dns-errors/SERVFAIL/, or dns-errors/OTHER/."""
    return _BY_RCODE.get(rcode, _DNS_ERRORS_OTHER)


def nxdomain_topic(qtype: int) -> str:
    """Topic of an Nxdomain: nxdomain/MX/, or nxdomain/OTHER/."""
    return _BY_QTYPE.get(qtype, _NXDOMAIN_OTHER)


def answers_topic(qtype: int | None) -> str:
    """Topic of an Answer: answers/MX/, or answers/OTHER/, also for one without a question."""
    return _ANSWERS_OTHER if qtype is None else _ANSWERS_BY_QTYPE.get(qtype, _ANSWERS_OTHER)


def channel_of(topic: str) -> str | None:
    """The channel that a topic or a longer prefix belongs to, or None for a stranger's."""
    channel = topic[: topic.find("/") + 1]
    return channel if channel in CHANNELS else None


def topic_of(channel: str, record: Mapping[str, Any]) -> str:
    """Topic of a record of a channel; its channel, where that is the one topic of it."""
    if channel == DNS_ERRORS:
        return dns_errors_topic(record["rcode"])
    if channel == NXDOMAIN:
        return nxdomain_topic(record["qtype"])
    return answers_topic(record["qtype"]) if channel == ANSWERS else channel
