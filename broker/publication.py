"""From records to what is published: gathered by topic, committed to the log, and only then sent.

A commit is all that came of the batches taken since the one before it, and of one worked off in slices what
came so far, and how far that is. So after a death of the process it is known what was published of each
batch. It is due when a message is full, `linger_s` after the first record, or `QUIET_S` after batches of
which nothing came. Where the log takes no more, the commit waits and is tried again, nothing of it is sent,
and no further message may be taken meanwhile: `stuck` says why. Waits go by a clock that nobody can set
(`now_s`); what is told goes by the time (`now_ns`).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable

import msgpack

from nxcast.broker.arrivals import Arrivals, Taken
from nxcast.broker.derivation.outbox import Message, Outbox, Packed
from nxcast.broker.intake import Records
from nxcast.broker.log.interface import Log
from nxcast.process.ending import reason
from nxcast.schemas.records import RECORDS, TopicStatus

__all__ = ["AGAIN_S", "QUIET_S", "Publication"]

# Seconds until batches of which nothing came are committed too. Of 100 octets each, 4 commits a second are
# 35 MB a day at most.
QUIET_S = 0.25
AGAIN_S = 1.0  # seconds until a log that took nothing is tried again


class Publication:
    """What waits to be published; `send` is called with each message, in order."""

    def __init__(
        self,
        outbox: Outbox,
        log: Log,
        arrivals: Arrivals,
        send: Callable[[Message], None],
        *,
        linger_s: float,
    ) -> None:
        self._outbox = outbox
        self._log = log
        self._arrivals = arrivals
        self._send = send
        self._linger_s = linger_s
        self._messages: list[Message] = []  # of the next commit
        self._taken: Taken = []
        self._full: str | None = None
        self._publish_s = math.inf  # when what waits is due
        self._quiet_s = math.inf  # when batches of which nothing waits are

    @property
    def stuck(self) -> str | None:
        """Why the log takes nothing, None while it does."""
        return self._full or self._log.failed

    @property
    def waiting(self) -> int:
        """How many messages the log has not taken."""
        return len(self._messages)

    def put(self, records: Iterable[Records | Packed], now_ns: int, now_s: float) -> None:
        """Check records, but for those that came packed and are checked, and gather them."""
        gathered = False
        for each in records:
            if isinstance(each, Packed):
                self._messages += self._outbox.put_packed(each, now_ns)
            elif each.records:
                RECORDS[each.channel].validate_python(each.records)
                self._messages += self._outbox.put(zip(each.topics, each.records, strict=True), now_ns)
            else:
                continue
            gathered = True
        if gathered:
            self._publish_s = min(self._publish_s, now_s + (0 if self._messages else self._linger_s))
        if self._arrivals.uncommitted:
            self._quiet_s = min(self._quiet_s, now_s + QUIET_S)

    def put_apart(self, records: Records, now_ns: int, now_s: float) -> None:
        """Put records that came of no batch."""
        self.put([records], now_ns, now_s)

    def due_in(self, now_s: float) -> float:
        """Seconds until `publish_due` has something to do; infinite where nothing waits."""
        return max(self._due_s - now_s, 0)

    def publish_due(self, now_ns: int, now_s: float) -> None:
        """Commit and send, if that is due, and settle what can be relied on."""
        if now_s >= self._due_s:
            self.publish(now_ns, now_s)
        self._arrivals.settle(self._log.settled(now_s))

    def publish(self, now_ns: int, now_s: float) -> None:
        """Commit and send all that waits."""
        if self.stuck is None:
            self._messages += self._outbox.flush(now_ns)
            self._taken = self._arrivals.taken()
        self._publish_s = self._quiet_s = math.inf
        if self._log.failed is not None or not (self._messages or self._taken):
            return
        try:
            number = self._log.commit(self._messages, self._taken, now_ns, now_s)
        except OSError as error:
            self._full = reason(error)
            self._publish_s = now_s + AGAIN_S
            return
        self._full = None
        messages, self._messages, self._taken = self._messages, [], []
        for message in messages:
            self._send(message)
        self._arrivals.committed(number)

    @property
    def _due_s(self) -> float:
        return self._quiet_s if self._publish_s == math.inf else self._publish_s

    def topics(self) -> dict[str, TopicStatus]:
        """Account of the topics that have had a message: what has gone out."""
        topics = self._outbox.topics()
        for message in self._messages:
            account = topics[message.topic.decode()]
            account["sequence"] -= 1
            account["records"] -= msgpack.unpackb(message.header)["count"]
        return {topic: account for topic, account in topics.items() if account["sequence"]}
