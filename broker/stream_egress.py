"""What goes out where the egress is a stream: all of it by the log, and Status beside it.

It has the form of `egress`, and no socket: who may read what is said by the server that has the stream.
"""

from __future__ import annotations

from collections.abc import Callable

from nxcast.broker.derivation.outbox import Message
from nxcast.schemas.records import Status
from nxcast.transport.ends import BindError

__all__ = ["StreamEgress"]


class StreamEgress:
    """`publish_status` of the log is called with each Status."""

    def __init__(self, publish_status: Callable[[Message, Status], None]) -> None:
        self._publish_status = publish_status

    def renew(self) -> list[BindError]:
        """Nothing: there are no sockets for rights."""
        return []

    def publish(self, message: Message) -> None:
        """Nothing: what is in the log is published."""

    def publish_status(self, message: Message, status: Status) -> None:
        """Publish a Status."""
        self._publish_status(message, status)

    def take(self, _now_ns: int) -> bool:
        """Nothing: who subscribes says so to the server."""
        return False

    def look(self, _now_ns: int) -> None:
        """Nothing: there is no entrance."""

    def cut(self, _keys: frozenset[str], *_others: str) -> None:
        """Nothing of the egress is ours to cut."""

    def subscriptions(self) -> dict[str, int]:
        """None that we know of."""
        return {}
