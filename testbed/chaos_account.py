"""Whether each record came or was told as lost: what was published, held against what witnesses wrote down.

What was published is read from the broker's own log, since nothing is sent that is not in it. Its segments
are linked while they are there, so that they can be read when the broker has dropped them. No process is
started here, and nothing struck.
"""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

from nxcast.broker.log.blocks import COMMIT, entries, numbers
from nxcast.broker.log.segment_file import scan_file
from nxcast.broker.log.segments import SUFFIX
from nxcast.schemas.records import decode_records
from nxcast.schemas.topics import channel_of

__all__ = ["Account", "Keeper", "Place", "Witnessed", "account_of", "twice", "witnessed"]

Place = tuple[str, int, int]
"""Topic, epoch and sequence of a message."""

LOOK_S = 0.02  # seconds between two looks for new segments, each of which is there for longer than that


class Account(NamedTuple):
    """What became of the records that a witness wanted, and of the messages that they were published in."""

    expected: int
    received: int
    doubled: int  # received more often than once: at least once is the promise
    lost: int  # really missing
    reported: int  # of those lost, in messages that were reported as lost
    unreported: int  # missing without a word
    gaps: int  # messages reported as lost
    unknown: int  # losses reported without a number: the log had not got what was between two brokers
    silent: int  # messages published, and neither received nor reported
    invented: int  # messages received or reported as lost that nobody published
    again: int  # messages that came twice in one life of a witness

    @property
    def true(self) -> bool:
        """Whether what is reported and what is missing are the same."""
        return self.unreported == self.silent == self.invented == self.again == 0


class Witnessed(NamedTuple):
    """What a witness wrote down."""

    messages: set[Place]
    gaps: set[Place]
    again: int
    unknown: list[tuple[int, int]]  # epochs after whose last message, and before which, any number is lost


class Keeper:
    """Keeps each segment that a log has, until `close`, in a folder of the same file system."""

    def __init__(self, log: Path, kept: Path) -> None:
        self._log, self._kept = log / "records", kept
        kept.mkdir()
        self._files: set[tuple[str, int]] = set()  # name and inode: one that was being made is made anew
        self._looking = threading.Lock()
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def close(self) -> None:
        """End it."""
        self._ending.set()
        self._thread.join()

    def published(self, topics: Iterable[str]) -> dict[Place, list[int]]:
        """Of each message there was on these channels the times of its records."""
        self.look()
        found: dict[Place, list[int]] = {}
        wanted = {topic.encode() for topic in topics}
        for path in sorted(self._kept.iterdir()):
            for block in scan_file(path):
                for topic in {each for each, _ in numbers(block)} if block.kind == COMMIT else ():
                    if topic[: topic.index(b"/") + 1] in wanted:
                        name = topic.decode()
                        channel = channel_of(name) or ""
                        for entry in entries(block, topic, 1, 1 << 63):
                            records = decode_records(channel, entry.payload, validate=False)
                            times = [record["time_ns"] for record in records]
                            found[name, block.epoch, entry.sequence] = times
        return found

    def _run(self) -> None:
        while not self._ending.wait(LOOK_S):
            self.look()

    def look(self) -> None:
        """Keep what is new."""
        with self._looking, suppress(FileNotFoundError), os.scandir(self._log) as found:  # no log yet
            for entry in found:
                place = (entry.name, entry.inode())
                if entry.name.endswith(SUFFIX) and place not in self._files:
                    with suppress(FileNotFoundError):  # dropped between the two
                        os.link(entry.path, self._kept / f"{entry.name}.{entry.inode()}")
                        self._files.add(place)


def witnessed(path: Path) -> Witnessed:
    """What a witness has written down so far."""
    found = Witnessed(set(), set(), 0, [])
    life: set[Place] = set()
    again = 0
    for told in _lines(path):
        if "message" in told:
            topic, epoch, sequence = told["message"]
            again += (topic, epoch, sequence) in life
            life.add((topic, epoch, sequence))
            found.messages.add((topic, epoch, sequence))
        elif "gap" in told:
            topic, epoch, first, last = told["gap"]
            found.gaps.update((topic, epoch, number) for number in range(first, last + 1))
        elif "unknown" in told:
            before, after = told["unknown"]
            found.unknown.append((before, after))
        elif "life" in told:
            life = set()
    return found._replace(again=again)


def account_of(
    seen: Witnessed,
    topics: tuple[str, ...],
    expected: Mapping[str, set[int]],
    published: Mapping[Place, list[int]],
) -> Account:
    """The account of a witness of these channels; `expected` has the times of a channel's records."""
    wanted = {(topic, time_ns) for topic in topics for time_ns in expected[topic]}
    there = {place for place in published if place[0].startswith(topics)}
    between = [range(*epochs) for epochs in seen.unknown]
    told = seen.gaps | {place for place in there if any(place[1] in epochs for epochs in between)}
    told -= seen.messages
    received, doubled = _records(seen.messages, published)
    missing = _records(told & there, published)[0] & wanted - received
    lost = wanted - received
    return Account(
        expected=len(wanted),
        received=len(wanted & received),
        doubled=doubled,
        lost=len(lost),
        reported=len(missing),
        unreported=len(lost - missing),
        gaps=len(told),
        unknown=len(seen.unknown),
        silent=len(there - seen.messages - told),
        invented=len((seen.gaps | seen.messages) - there),
        again=seen.again,
    )


def twice(published: Mapping[Place, list[int]], times: set[int]) -> int:
    """How many of the records of these times are published again."""
    found = sorted(
        (place[0][: place[0].index("/")], time_ns)
        for place, each in published.items()
        for time_ns in each
        if time_ns in times
    )
    return sum(one == other for one, other in pairwise(found))


def _records(
    places: Iterable[Place], published: Mapping[Place, list[int]]
) -> tuple[set[tuple[str, int]], int]:
    """Records by channel and time, and how many came again."""
    found: set[tuple[str, int]] = set()
    again = 0
    for place in places:
        channel = place[0][: place[0].index("/") + 1]
        for time_ns in published.get(place, ()):
            again += (channel, time_ns) in found
            found.add((channel, time_ns))
    return found, again


def _lines(path: Path) -> Iterator[dict[str, list[Any]]]:
    if path.exists():
        for line in path.read_text().splitlines():
            try:
                told = json.loads(line)
            except ValueError:  # cut off by a kill, or the empty line after that
                continue
            yield told
