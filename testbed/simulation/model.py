"""What docs/protocol.md promises, as a small model that sees all that is said on the wire of a broker and all
that a subscriber is given, and writes down what breaks a promise.

Each frame has a name of its own, and its records bear it. Of one epoch the model knows what was taken and
published; of a subscriber what must come next. Whether a message is as its schema has it is for who gets it
to find: here it is read without that.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import msgpack

from nxcast.broker.malformed_records import RECORDS_A_MESSAGE
from nxcast.schemas.request_answers import ArrivedAnswer
from nxcast.schemas.topics import CHANNELS, MALFORMED, STATUS, channel_of
from testbed.simulation.rights import Rights

__all__ = ["Epoch", "Model", "Reading", "names_of"]

BatchPlace = tuple[str, int, int]
"""Sensor, epoch and sequence of a batch."""


@dataclass
class Epoch:
    """One life of a broker."""

    number: int
    published: dict[str, list[list[str]]] = field(default_factory=lambda: defaultdict(list))
    """By topic, of each message the names that its records bear; a message's sequence is its place + 1."""
    names: set[tuple[str, str]] = field(default_factory=set)
    """Channels and names of all that was published."""
    taken: dict[BatchPlace, list[tuple[str, str]]] = field(default_factory=dict)
    """Batches taken, and the channels and names of the records that each has to give."""
    withheld: int = 0
    """Malformed frames of batches acknowledged that need not become a record, and have to be counted."""
    held: dict[tuple[str, int], int] = field(default_factory=dict)
    """By producer, the lowest number that its first batch here said it could still send."""
    holds: dict[tuple[str, int], int] = field(default_factory=dict)
    """The highest that one said: what is below is given up, be it under way; no answer tells of it."""
    arrived: set[BatchPlace] = field(default_factory=set)
    """Batches acknowledged and looked at."""
    commits: dict[tuple[str, str], int] = field(default_factory=dict)
    """By channel and name, the number of the commit to the log that it is in."""
    synced: Callable[[], int] = lambda: 0
    """Number of the last commit that is on the device."""
    power_lost: bool = False
    """Its machine went down with it, and the log may lack what was published last."""
    batches: int = 0
    status_at: float = 0.0

    def last(self, topic: str) -> int:
        """The sequence of the last message of a topic."""
        return len(self.published.get(topic, ()))


class Model:
    """All brokers there have been. `now`: seconds of the run. `expects`: what a frame's name has to give."""

    def __init__(self, now: Callable[[], float], expects: dict[str, tuple[str, ...]]) -> None:
        self.epochs: dict[int, Epoch] = {}
        self.violations: list[str] = []
        self.powerless: list[Epoch] = []
        """Those whose machine lost power, and of which it is not known yet what is left."""
        self.keeps = False
        """Whether the log outlives a broker."""
        self.roomy = False
        """Whether it does, and has room for all that a run publishes."""
        self.now = now
        self.expects = expects
        self.recordless: set[tuple[str, str]] = set()
        """Names of malformed frames beyond those of their message that become a record."""
        self.rights = Rights()

    def gives(self, name: str) -> list[tuple[str, str]]:
        """Channels and names of the records that a frame has to give."""
        places = [(channel, name) for channel in self.expects[name]]
        return [place for place in places if place not in self.recordless]

    def ever(self, place: tuple[str, str]) -> bool:
        """Whether this name was ever published on this channel."""
        return any(place in epoch.names for epoch in self.epochs.values())

    def violate(self, text: str) -> None:
        """Write down that a promise is broken."""
        self.violations.append(f"{self.now():.3f} s: {text}")

    def took(self, epoch: Epoch, parts: Sequence[bytes]) -> None:
        """The broker took a batch."""
        epoch.batches += 1
        header = msgpack.unpackb(parts[1])
        producer = (header["sensor"], header["epoch"])
        held = header.get("held", header["sequence"])
        epoch.held.setdefault(producer, held)
        epoch.holds[producer] = max(held, epoch.holds.get(producer, 0))
        names = [_name(frame[8]) for frame in msgpack.unpackb(parts[2])]
        places = [(channel, name) for name in names for channel in self.expects[name]]
        malformed = [place for place in places if place[0] == MALFORMED]
        self.recordless.update(malformed[RECORDS_A_MESSAGE:])
        epoch.taken.setdefault((*producer, header["sequence"]), places)

    def published(self, epoch: Epoch, message: Sequence[bytes]) -> list[tuple[str, str]]:
        """The broker published a message; channel and name of each of its records."""
        topic, header = message[0].decode(), msgpack.unpackb(message[1])
        channel = channel_of(topic) or ""
        records = msgpack.unpackb(message[2])
        if not epoch.number:
            epoch.number = header["epoch"]
            if epoch.number in self.epochs:
                self.violate(f"epoch {epoch.number} comes twice")
            self.epochs[epoch.number] = epoch
        if channel == STATUS:
            self._status(epoch, records[0])
            epoch.published[STATUS].append([])
            return []
        if header["sequence"] != epoch.last(topic) + 1 or header["epoch"] != epoch.number:
            self.violate(f"{topic} {header['sequence']} of {header['epoch']} published out of order")
        names = names_of(channel, records)
        epoch.published[topic].append(names)
        for name in names:
            if self.keeps and self.ever((channel, name)):
                self.violate(f"{name} published twice on {channel}, from one log")
            elif (channel, name) in epoch.names:
                self.violate(f"{name} published twice on {channel} in one life of a broker")
            elif channel not in self.expects.get(name, ()):
                self.violate(f"{name} published on {channel}, where nothing of it belongs")
            epoch.names.add((channel, name))
        return [(channel, name) for name in names]

    def kept(self, commits: set[tuple[int, int]]) -> None:
        """What the log has after its machine lost power, by epoch and number.

        What else was not synced is gone, and may be published again.
        """
        for epoch in self.powerless:
            synced = epoch.synced()
            gone = {
                place
                for place, commit in epoch.commits.items()
                if commit > synced and (epoch.number, commit) not in commits
            }
            epoch.names -= gone
        self.powerless = []

    def acknowledged(self, epoch: Epoch, producer: tuple[str, int], answer: ArrivedAnswer) -> None:
        """The broker told a producer what has arrived."""
        missing = {
            number for first, last in answer["missing"] for number in range(first, min(last, 1 << 16) + 1)
        }
        for sequence in range(epoch.held.get(producer, 1), answer["sequence"] + 1):
            place = (*producer, sequence)
            if sequence in missing or place in epoch.arrived:
                continue
            epoch.arrived.add(place)
            if sequence < epoch.holds.get(producer, 1):
                continue
            places = epoch.taken.get(place)
            if places is None and self.keeps:
                places = self._had(place)
            if places is None:
                self.violate(f"batch {sequence} of {producer[0]} acknowledged and never taken")
                continue
            for channel, name in places:
                published = self.ever if self.keeps else epoch.names.__contains__
                if (channel, name) in self.recordless:
                    epoch.withheld += 1
                elif not published((channel, name)):
                    self.violate(f"{name} acknowledged and not published on {channel}")
                elif epoch.commits.get((channel, name), 0) > epoch.synced():
                    self.violate(f"{name} acknowledged and not synced")

    def gave(self, key: str, topics: Iterable[str], rested_at: float) -> None:
        """The broker gives the owner of a key messages of these topics; it was stopped until then last."""
        for topic in topics:
            if not self.rights.may_have(key, topic, self.now(), rested_at):
                self.violate(f"who has the key {key} was given {topic}")

    def told_arrived(self, key: str, sensor: str, rested_at: float) -> None:
        """It tells the owner of a key what has arrived of a sensor."""
        if not self.rights.may_push(key, sensor, self.now(), rested_at):
            self.violate(f"who has the key {key} was told what of {sensor} has arrived")

    def _had(self, place: BatchPlace) -> list[tuple[str, str]] | None:
        """What a batch has to give that an earlier broker took."""
        return next((epoch.taken[place] for epoch in self.epochs.values() if place in epoch.taken), None)

    def _status(self, epoch: Epoch, status: dict[str, Any]) -> None:
        epoch.status_at = self.now()
        counters = status["counters"]
        ends = ("noerror", "errors", "questions", "unsolicited", "mismatched", "forwarder")
        ended = sum(counters[each] for each in ends) + sum(counters["malformed"].values())
        if counters["frames_received"] != ended:
            self.violate(f"{counters['frames_received']} frames received, {ended} in the counters")
        # With a log a batch may be one that an earlier broker took, and counted.
        if not self.keeps and counters.get("malformed_withheld", 0) < epoch.withheld:
            self.violate(f"{epoch.withheld} malformed frames are no record, and a status tells of fewer")
        if counters["messages_received"] > epoch.batches:
            self.violate(f"{counters['messages_received']} messages counted of {epoch.batches}")
        told = {topic: each["sequence"] for topic, each in status["topics"].items() if topic != STATUS}
        known = {topic: len(each) for topic, each in epoch.published.items() if topic != STATUS}
        if told != known:
            self.violate(f"a status tells {told} where {known} was published")


class Reading:
    """What one subscriber has been given and told, over its lives where it has a cursor."""

    def __init__(self, model: Model, name: str, topics: Sequence[str]) -> None:
        self.name = name
        self.topics = tuple(topics)
        self.lost = 0
        self._model = model
        self._epoch: int | None = None
        self._next: dict[str, int] = {}  # the sequence that comes next
        self._from_one = False  # topics not heard of begin at 1
        self._replaying = False  # what is wanted of the past has not come
        self._connected: int | None = None  # the epoch of the first status
        self._published: dict[str, int] = {}  # by topic, the last when it came
        self._owed: list[tuple[int, str]] = []  # what is lost of an epoch, and has to be told by now
        self._unknown: list[tuple[int, int]] = []  # unknown losses told

    def begin(self, position: tuple[int, dict[str, int]] | None, *, since: bool) -> None:
        """A life begins, after a position of a cursor, or where it joins or some time before."""
        epoch, topics = position or (None, {})
        if epoch == self._epoch:
            for topic, last in topics.items():
                done = self._next.get(topic, 1 if self._from_one else last + 1) - 1
                if last > done:
                    self._violate(f"its cursor has {topic} up to {last}, and it was done with {done}")
        self._epoch = epoch
        self._from_one = position is not None
        self._next = {topic: last + 1 for topic, last in topics.items()}
        self._connected, self._published, self._owed = None, {}, []
        self._replaying = since or position is not None

    def connected(self, epoch: int, published: dict[str, int]) -> None:
        """The first status came, with the last sequences: what follows is received or told as lost."""
        self._connected, self._published = epoch, published

    def replayed(self) -> None:
        """All that is wanted of the past was given, or told as lost."""
        self._replaying = False

    def batch(self, topic: str, epoch: int, sequence: int, names: list[str]) -> None:
        """A batch came."""
        if self._expect(topic, epoch, sequence, "given"):
            self._next[topic] = sequence + 1
        known = self._model.epochs[epoch].published[topic]
        if not 0 < sequence <= len(known) or known[sequence - 1] != names:
            self._violate(f"{topic} {sequence} is not what was published: {names}")

    def gap(self, topic: str, epoch: int, first: int, last: int) -> None:
        """Messages were told as lost."""
        self.lost += last - first + 1
        if self._expect(topic, epoch, first, "told as lost"):
            self._next[topic] = last + 1
        if last > self._model.epochs[epoch].last(topic):
            self._violate(f"{topic} {first} to {last} told as lost and never published")
        elif self._model.roomy and self._wants(topic) and not self._model.epochs[epoch].power_lost:
            self._violate(f"{topic} {first} to {last} told as lost, and the log has it")

    def restart(self, old: int, new: int) -> None:
        """It was told that the broker is another."""
        if self._epoch not in (None, old):
            self._violate(f"a restart from {old} where {self._epoch} was")
        # One that the model knows nothing of ended before it had said a word; the log of the next has it.
        self._owed += [(old, text) for text in self._behind(self._model.epochs.get(old, Epoch(old)))]
        for each in self._model.epochs.values():
            if old < each.number < new and any(map(self._wants, each.published)):
                self._owed.append((each.number, f"{self.name} knows nothing of epoch {each.number}"))
        self._epoch, self._next, self._from_one = new, {}, True

    def unknown_loss(self, epoch: int, following: int) -> None:
        """It was told that any number of messages is lost, from one epoch on and before another."""
        self._unknown.append((epoch, following))
        ended = [each for each in self._model.epochs.values() if epoch <= each.number < following]
        if self._model.roomy and ended and not any(each.power_lost for each in ended):
            self._violate(f"an unknown loss told from epoch {epoch} on, and the log knows how it ended")

    def _silent(self) -> list[str]:
        """Losses across restarts of which nothing was told."""
        return [
            text
            for number, text in self._owed
            # Without a log an epoch may be lower than the one before it, where the clock was set back.
            if not any(number == epoch or epoch < number < following for epoch, following in self._unknown)
        ]

    def invalid(self, text: str) -> None:
        """It found a message that breaks the contract."""
        self._violate(text)

    def missing(self, epoch: Epoch) -> list[str]:
        """What a subscriber that is there, and has had time, has neither got nor been told of."""
        if (self._epoch or self._connected) != epoch.number:
            return [f"{self.name} knows epoch {self._epoch}, not {epoch.number}"]
        if self._replaying:
            return [f"{self.name} has not got what it wants of the past"]
        return self._behind(epoch) + self._silent()

    def lacks(self) -> list[str]:
        """The same of the broker that it knows: of one that came and went since it knows nothing."""
        epoch = self._model.epochs.get(self._epoch or self._connected or 0)
        return [] if epoch is None else self._behind(epoch) + self._silent()

    def _wants(self, topic: str) -> bool:
        return topic.startswith(self.topics) and topic != STATUS

    def _behind(self, epoch: Epoch) -> list[str]:
        """What of an epoch it has neither got nor been told of."""
        found = []
        for topic in epoch.published:
            if self._wants(topic):
                joined = (
                    self._published.get(topic, 0) if epoch.number == self._connected else epoch.last(topic)
                )
                nothing = 1 if self._from_one else joined + 1
                following = self._next.get(topic, nothing)
                if following <= epoch.last(topic):
                    found.append(
                        f"{self.name} has {topic} up to {following - 1} of {epoch.last(topic)}, in silence"
                    )
        return found

    def _expect(self, topic: str, epoch: int, sequence: int, how: str) -> bool:
        """Whether this comes next, or later: what was passed over is a violation, and so is a repetition."""
        for text in self._silent():
            self._violate(f"a restart, and not a word of this: {text}")
        self._owed = []
        if self._epoch is None:
            self._epoch = epoch
        if epoch != self._epoch:
            self._violate(f"{topic} {sequence} of epoch {epoch} in epoch {self._epoch}")
            return False
        expected = self._next.get(topic)
        if expected is None:
            # Joined here, it is at the latest what was published after the first status.
            before = self._published if epoch == self._connected else {}
            joined = min(sequence, before.get(topic, sequence - 1) + 1)
            expected = 1 if self._from_one else joined
        if sequence > expected:
            self._violate(f"{topic} {expected} to {sequence - 1} lost in silence, {sequence} {how}")
        elif sequence < expected:
            self._violate(f"{topic} {sequence} {how} again")
        return sequence >= expected

    def _violate(self, text: str) -> None:
        self._model.violate(f"{self.name}: {text}")


def names_of(channel: str, records: Sequence[dict[str, Any]]) -> list[str]:
    """The names that records of a channel bear."""
    if channel not in CHANNELS:
        return []
    return [_name(each["data"]) if "data" in each else each["qname"].partition(".")[0] for each in records]


def _name(message: bytes) -> str:
    """The first label of the question of a DNS message."""
    return message[13 : 13 + message[12]].decode()
