"""How many subscriptions there are, by prefix, as subscribers and libzmq tell them. Pure.

Prefixes are counted by name only where they are a channel or a topic, so the names are bounded. What
subscribers say is believed: one that is made to can subscribe twice, or end what it never had.
"""

from __future__ import annotations

from collections import Counter

from nxcast.schemas.topics import CHANNELS, TOPICS

__all__ = ["ALL", "OTHER", "Subscriptions"]

ALL, OTHER = "(all)", "(other)"  # no prefix at all, and one that is neither channel nor topic
SUBSCRIBE, UNSUBSCRIBE = b"\1", b"\0"  # ZMTP 3.1 (ZeroMQ RFC 37), as XPUB hands them on: octet, prefix

_NAMES = {b"": ALL, **{prefix.encode(): prefix for prefix in (*CHANNELS, *TOPICS)}}


class Subscriptions:
    """The subscriptions of all connections to a socket; those with keys as asked for, granted or not."""

    def __init__(self) -> None:
        self._counts: Counter[str] = Counter()

    def take(self, octets: bytes) -> None:
        """Count what came on the egress: one more, one less, or nothing of the kind."""
        name = _NAMES.get(octets[1:], OTHER)
        if octets[:1] == SUBSCRIBE:
            self._counts[name] += 1
        elif octets[:1] == UNSUBSCRIBE:
            self._counts[name] = max(self._counts[name] - 1, 0)

    def counts(self) -> dict[str, int]:
        """By name; one that all have left stands at 0."""
        return dict(self._counts)
