"""The log on disk: what was committed is there after any death, in order, and once."""

from __future__ import annotations

import errno
import os
import shutil
import stat
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from nxcast.broker.arrivals import Taken
from nxcast.broker.derivation.outbox import Message
from nxcast.broker.log import commit_log as module
from nxcast.broker.log import segment_file as segment_file_module
from nxcast.broker.log import segments as segments_module
from nxcast.broker.log.blocks import FOOTER, MAGIC, TRAILER, encode, map_content
from nxcast.broker.log.commit_log import CommitLog
from nxcast.broker.log.folder import LogError
from nxcast.broker.log.segment_file import SegmentFile

NOW = 1_700_000_000_000_000_000
SECOND = 1_000_000_000
MX, A, ODD = "nxdomain/MX/", "nxdomain/A/", "malformed/"


class Broker:
    """What a broker does with its log: a message a call, its batches numbered."""

    def __init__(
        self, folder: Path, *, octets_max: int = 64 << 20, age_s: float = 10**6, now: int = NOW
    ) -> None:
        self.log = CommitLog(folder, octets_max=octets_max, age_s=age_s, now_ns=now, now_s=0.0)
        self.taken: Taken = [each for some in self.log.restored or () for each in some]
        self.log.begin(lambda: list(self.taken), now)
        self.now = now
        self.sequences: dict[str, int] = {}

    def publish(self, topic: str, *payloads: bytes, served_ms: int = 0, **others: bytes) -> int:
        self.now += SECOND
        self.log.sync()  # what was before
        batch = ("ns1", 5, len(self.taken) + 1, [])
        published = []
        for of, payload in [*((topic, each) for each in payloads), *others.items()]:
            name = of if "/" in of else f"{of}/"
            self.sequences[name] = self.sequences.get(name, 0) + 1
            published.append(Message(name.encode(), b"head", payload))
        self.taken.append(batch)  # before: a segment that begins with this commit tells all that was taken
        return self.log.commit(published, [batch], self.now, served_ms / 1000)

    def read(self, topic: str, epoch: int | None = None, first: int = 1, last: int = 10**9) -> list[bytes]:
        found: list[bytes] = []
        while True:
            stretch = self.log.stretch(topic, epoch or self.log.epoch, first, last)
            if not stretch.messages:
                return found
            found += [payload for _, payload in stretch.messages]
            first = stretch.first + len(stretch.messages)

    @property
    def batches(self) -> list[int]:
        """The numbers of all that were taken."""
        return [number for _, _, number, _ in self.taken]

    def kill(self) -> None:
        """As SIGKILL does: nothing is written any more, and the lock is gone."""
        self.log.let_go()

    def close(self) -> None:
        self.log.close(self.now)


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[..., Broker]]:
    started: list[Broker] = []

    def make(folder: Path = tmp_path / "log", **options: Any) -> Broker:
        started.append(Broker(folder, **options))
        return started[-1]

    yield make
    for broker in started:
        with suppress(OSError):
            broker.close()


Start = Callable[..., Broker]


def test_what_was_committed_is_read_back(start: Start) -> None:
    broker = start()
    broker.publish(MX, b"one", b"two")
    broker.publish(A, b"three")
    broker.publish(MX, b"four")
    assert broker.read(MX) == [b"one", b"two", b"four"]
    assert broker.read(MX, first=2, last=2) == [b"two"]
    assert broker.read(A) == [b"three"]
    assert broker.read(A, first=2) == []
    epoch = broker.log.epoch
    assert [broker.log.stretch(of, epoch, 1, 9).oldest for of in (MX, A, ODD)] == [1, 1, 1]


@pytest.mark.parametrize(("end", "ended"), [("kill", "killed"), ("close", "clean")])
def test_the_next_one_knows_all_of_it(start: Start, end: str, ended: str) -> None:
    first = start()
    first.publish(MX, b"one", b"two", malformed=b"odd")
    first.publish(MX, b"three")
    getattr(first, end)()
    second = start()
    assert second.log.past == [(first.log.epoch, ended, {MX: 3, ODD: 1})]
    assert second.batches == [1, 2]
    assert second.read(MX, first.log.epoch) == [b"one", b"two", b"three"]
    assert second.read(ODD, first.log.epoch) == [b"odd"]
    assert second.read(MX) == []
    second.publish(MX, b"four")
    assert second.read(MX) == [b"four"]


def test_a_restart_of_the_machine_is_told_from_a_kill(start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    first = start()
    first.publish(MX, b"one")
    first.kill()
    monkeypatch.setattr(module, "_boot", lambda: "another")
    assert [each.ended for each in start().log.past] == ["power"]


def test_epochs_rise_whatever_the_clock_does(start: Start) -> None:
    epochs = []
    for now in (NOW, NOW - 3600 * SECOND, NOW + SECOND):
        broker = start(now=now)
        epochs.append(broker.log.epoch)
        broker.close()
    assert epochs == [NOW, NOW + 1, NOW + SECOND]


def test_many_epochs_are_all_there_in_order(start: Start) -> None:
    epochs = []
    for number in range(8):
        broker = start()
        broker.publish(MX, b"%d" % number)
        epochs.append(broker.log.epoch)
        broker.kill()
    last = start()
    assert [each.epoch for each in last.log.past] == epochs
    assert [last.read(MX, epoch) for epoch in epochs] == [[b"%d" % number] for number in range(8)]
    assert last.batches == list(range(1, 9))


def test_a_cut_at_any_octet_leaves_whole_commits(
    start: Start, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for call in ("fsync", "fdatasync"):  # a thousand of them
        monkeypatch.setattr(os, call, lambda _: None)
    broker = start()
    sizes = []
    (path,) = (tmp_path / "log" / "records").glob("*.segment")
    for number in range(4):
        broker.publish(MX, b"%d" % number * 9)
        sizes.append(path.stat().st_size)
    began = sizes[0] - (sizes[1] - sizes[0])
    broker.kill()
    whole = path.read_bytes()
    for size in range(began, len(whole) + 1):
        copy = tmp_path / f"cut-{size}"
        shutil.copytree(tmp_path / "log", copy)
        (copy / "records" / path.name).write_bytes(whole[:size])
        again = start(copy)
        there = sum(size >= end for end in sizes)
        assert again.read(MX, broker.log.epoch) == [b"%d" % number * 9 for number in range(there)]
        assert again.batches == list(range(1, there + 1))
        again.close()
        shutil.rmtree(copy)


def test_a_wrong_octet_hides_its_commit_and_what_follows(start: Start, tmp_path: Path) -> None:
    broker = start()
    (path,) = (tmp_path / "log" / "records").glob("*.segment")
    broker.publish(MX, b"one")
    size = path.stat().st_size
    broker.publish(MX, b"two")
    broker.kill()
    octets = bytearray(path.read_bytes())
    octets[size + 20] ^= 1
    path.write_bytes(octets)
    assert start().read(MX, broker.log.epoch) == [b"one"]


def test_malformed_of_a_commit_that_is_not_there_is_taken_out(start: Start, tmp_path: Path) -> None:
    broker = start()
    broker.publish(MX, b"one", malformed=b"odd")
    (path,) = (tmp_path / "log" / "records").glob("*.segment")
    size = path.stat().st_size
    broker.publish(MX, b"two", malformed=b"odder")
    broker.kill()
    os.truncate(path, size + 3)
    again = start()
    assert again.read(ODD, broker.log.epoch) == [b"odd"]
    assert again.log.past[-1].last == {MX: 1, ODD: 1}


def test_it_stays_in_its_bound_and_the_oldest_goes(start: Start) -> None:
    broker = start(octets_max=1 << 20)
    for number in range(600):
        broker.publish(MX, b"%06d" % number * 1000, malformed=b"x" * 500)
        assert broker.log.octets <= (1 << 20) * 1.15
    kept = broker.read(MX)
    assert kept == [b"%06d" % number * 1000 for number in range(600 - len(kept), 600)]
    assert broker.log.stretch(MX, broker.log.epoch, 1, 1).oldest == 600 - len(kept) + 1
    assert len(kept) > 100
    broker.kill()
    again = start(octets_max=1 << 20)
    assert again.read(MX, broker.log.epoch) == kept
    assert again.batches == list(range(1, 601))


def test_a_flood_of_malformed_drives_out_nothing_else(start: Start) -> None:
    broker = start(octets_max=1 << 20)
    broker.publish(MX, b"one")
    for _ in range(300):
        broker.publish(ODD, b"x" * 10_000)
    assert broker.read(MX) == [b"one"]
    assert 1 < len(broker.read(ODD)) < 50


def test_malformed_messages_that_are_all_gone_are_known_after_a_kill(start: Start) -> None:
    """Its last segment has just begun when those before it are dropped: a little room, or a full disk."""
    broker = start(octets_max=100_000)
    broker.publish(MX, b"one")
    for _ in range(20):
        broker.publish(ODD, b"x" * 1000)
        broker.publish(MX, b"more")
        if not broker.read(ODD):
            break
    assert broker.read(ODD) == []
    broker.kill()
    again = start(octets_max=100_000)
    gone = broker.sequences[ODD]
    assert again.log.past[-1].last == {MX: gone + 1, ODD: gone}
    assert again.log.stretch(ODD, broker.log.epoch, 1, gone).first == gone + 1


def test_age_is_what_was_served_not_the_clock(start: Start) -> None:
    broker = start(octets_max=1 << 20, age_s=60)
    for number in range(100):
        broker.publish(MX, b"%06d" % number * 1000, served_ms=0)
    broker.now += 10**6 * SECOND  # the clock jumps by days
    broker.publish(MX, b"more", served_ms=50_000)
    assert broker.read(MX)[0] == b"000000" * 1000
    broker.publish(MX, b"last", served_ms=61_000)
    assert broker.read(MX)[0] != b"000000" * 1000


def test_since_finds_the_place_across_epochs(start: Start) -> None:
    first = start()
    first.publish(MX, b"one")  # at NOW + 1 s
    first.publish(A, b"two")
    first.publish(MX, b"three")
    first.close()
    second = start(now=NOW + 10 * SECOND)
    second.publish(MX, b"four")
    before = first.log.epoch
    all_of_it = (second.log.epoch, {MX: 1, A: 1}, False)
    for time_ns, topics in (
        (NOW, {MX: 1, A: 1}),
        (NOW + 2 * SECOND, {MX: 2, A: 1}),
        (NOW + 3 * SECOND, {MX: 2, A: 2}),
    ):
        assert second.log.since(time_ns, [MX, A]) == (all_of_it, (before, topics, True))
    assert second.log.since(NOW - 1, [MX]).earlier == (before, {MX: 1}, False)
    for seconds, topics in ((4, {MX: 1, A: 1}), (11, {MX: 1, A: 1}), (12, {MX: 2, A: 1})):
        complete = seconds >= 10
        assert second.log.since(NOW + seconds * SECOND, [MX, A]) == (
            (second.log.epoch, topics, complete),
            None,
        )


def test_since_tells_that_something_is_gone(start: Start) -> None:
    broker = start(octets_max=1 << 20)
    for number in range(400):
        broker.publish(MX, b"%06d" % number * 1000)
    assert not broker.log.since(NOW, [MX]).present.complete
    assert broker.log.since(broker.now, [MX]).present.complete
    broker.kill()
    earlier = start(octets_max=1 << 20).log.since(NOW, [MX]).earlier
    assert earlier is not None
    assert not earlier.complete
    assert earlier.topics[MX] > 1


def test_a_full_disk_costs_the_oldest_then_it_waits(start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    broker = start(octets_max=1 << 20)
    for number in range(200):
        broker.publish(MX, b"%06d" % number * 1000)
    before = broker.log.octets
    room = [0]

    def write(descriptor: int, pieces: Sequence[bytes]) -> None:
        octets = b"".join(pieces)
        if broker.log.octets > room[0]:
            os.write(descriptor, octets[:7])
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        os.write(descriptor, octets)

    monkeypatch.setattr(segments_module, "write_all", write)
    room[0] = before - 200_000
    broker.publish(MX, b"fits")
    assert broker.read(MX)[-1] == b"fits"
    assert broker.log.octets < before
    room[0] = 0
    with pytest.raises(OSError, match="No space left"):
        broker.publish(MX, b"no room")
    broker.sequences[MX] -= 1
    broker.taken.pop()
    room[0] = 1 << 30
    broker.publish(MX, b"again")
    assert broker.read(MX)[-2:] == [b"fits", b"again"]


def test_a_second_broker_is_told_who_is_the_first(start: Start, tmp_path: Path) -> None:
    start()
    with pytest.raises(LogError, match=rf"is the log of another broker \(process {os.getpid()}\)"):
        start()
    assert stat.S_IMODE((tmp_path / "log").stat().st_mode) == 0o700
    for path in (tmp_path / "log").rglob("*"):
        assert stat.S_IMODE(path.stat().st_mode) == (0o700 if path.is_dir() else 0o600), path


def test_what_is_synced_is_told(start: Start) -> None:
    broker = start()
    number = broker.publish(MX, b"one")
    assert (broker.log.settled(0.0) < number, broker.log.unsynced) == (True, True)
    broker.log.sync()
    assert (broker.log.settled(0.0), broker.log.unsynced) == (number, False)


def test_a_topic_that_is_rare_is_found_without_reading_all(start: Start) -> None:
    broker = start()
    broker.publish(A, b"first")
    for _ in range(300):
        broker.publish(MX, bytes(60_000))
    broker.publish(A, b"second")
    assert broker.read(A) == [b"first", b"second"]


def test_a_start_reads_little_of_what_was_closed(
    start: Start, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    reading, read = os.pread, 0

    def counted(descriptor: int, octets: int, at: int) -> bytes:
        nonlocal read
        read += octets
        return reading(descriptor, octets, at)

    monkeypatch.setattr(segment_file_module, "MARK_OCTETS", 4096)
    topics = [f"nxdomain/TYPE{number}/" for number in range(100)]
    broker = start(octets_max=8 << 20)
    for _ in range(10):
        for topic in topics:
            broker.publish(topic, bytes(5000))
    segments = sorted((tmp_path / "log" / "records").iterdir())[:-1]
    whole = sum(path.stat().st_size for path in segments)
    assert len(segments) > 5
    broker.kill()
    monkeypatch.setattr(os, "pread", counted)
    again = start()
    first = 2 * segment_file_module.READ_OCTETS  # of records, and of malformed
    assert read < len(segments) * segment_file_module.TAIL_OCTETS + first
    assert read < whole / 10
    assert len(again.read(topics[0], again.log.past[0].epoch)) == 10


def test_it_tells_when_its_oldest_message_was_published(start: Start) -> None:
    """Of the first message of the oldest segment: with one segment too, and after a start."""
    broker = start(octets_max=1 << 20)
    assert broker.log.oldest_ns is None
    broker.publish(MX, b"first")
    first = broker.now
    broker.publish(MX, b"second")
    assert broker.log.oldest_ns == first
    for number in range(20):
        broker.publish(MX, bytes([number]) * 10_000)
    broker.kill()
    again = start(octets_max=1 << 20)
    assert again.log.oldest_ns == first
    for number in range(200):
        again.publish(MX, bytes([number]) * 10_000)
        assert again.log.oldest_ns is not None
        assert again.log.oldest_ns <= again.now
    kept = again.log.oldest_ns
    assert kept > first
    again.close()
    assert start(octets_max=1 << 20).log.oldest_ns == kept


def test_marks_in_the_footer_of_an_earlier_version_are_read(
    start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    def before(self: SegmentFile, number: int) -> bytes:
        content = {
            "epoch": self.epoch,
            "latest_ns": self.latest_ns,
            "served_ms": self.served_ms,
            "spans": self.spans,
            "marks": self.marks,
        }
        block = encode(FOOTER, number, self.epoch, (self.latest_ns, self.served_ms), map_content(content))
        return b"".join((*block, TRAILER.pack(self.octets, MAGIC)))

    broker = start(octets_max=1 << 20)
    with monkeypatch.context() as patched:
        patched.setattr(SegmentFile, "footer", before)
        for number in range(30):
            broker.publish(MX, bytes([number]) * 10_000)
    broker.kill()
    again = start(octets_max=1 << 20)
    epoch = again.log.past[0].epoch
    assert again.read(MX, epoch) == [bytes([number]) * 10_000 for number in range(30)]
    found = again.log.since(NOW + 20 * SECOND, [MX]).earlier
    assert found is not None
    assert found.topics == {MX: 20}


def test_a_state_that_is_not_synced_replaces_none(start: Start, tmp_path: Path) -> None:
    broker = start(octets_max=1)
    broker.publish(MX, bytes(20_000))
    folder = tmp_path / "log" / "records"
    assert len(list(folder.iterdir())) == 2
    broker.log.sync()
    broker.log.expire(0, 0.0)
    assert len(list(folder.iterdir())) == 1
    assert broker.read(MX) == []


@pytest.mark.parametrize("powerless", [True, False])
def test_after_lost_power_a_segment_that_follows_on_a_hole_is_as_if_it_had_never_been(
    start: Start, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, powerless: bool
) -> None:
    """Of files that were not synced a machine that loses its power keeps what it likes."""
    boot = tmp_path / "boot_id"
    boot.write_text("first")
    monkeypatch.setattr(module, "BOOT", boot)
    broker = start(octets_max=1 << 20)
    folder = tmp_path / "log" / "records"
    while len(list(folder.iterdir())) < 2:
        broker.publish(MX, bytes(5_000))
    before = len(broker.taken)
    broker.publish(MX, b"in the last one")
    broker.kill()
    if powerless:
        boot.write_text("second")
    first = min(folder.iterdir())
    os.truncate(first, first.stat().st_size - 8_000)  # footer, marks, and a part of the last commit or two
    again = start(octets_max=1 << 20)
    kept = again.read(MX, again.log.past[0].epoch)
    assert again.log.past[0].ended == ("power" if powerless else "killed")
    assert again.batches == list(range(1, (len(kept) if powerless else before + 1) + 1))
    if powerless:
        assert before - 2 <= len(kept) < before
        assert again.publish(MX, b"goes on") > 0


def three_segments(broker: Broker, folder: Path) -> list[Path]:
    """Two that were closed since the last sync, and the last one; in the order in which they were begun."""
    broker.log.sync()
    with pytest.MonkeyPatch.context() as slow:
        slow.setattr(broker.log, "sync", lambda: None)
        while len(list(folder.iterdir())) < 3:
            broker.publish(MX, bytes(5_000))
        broker.publish(MX, b"in the last one")
    return sorted(folder.iterdir())


def test_what_a_killed_process_had_not_synced_the_next_one_syncs(
    start: Start, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also of segments that were closed: their batches are acknowledged as if all of them were there."""
    broker = start(octets_max=1 << 20)
    closed = three_segments(broker, tmp_path / "log" / "records")
    broker.kill()
    synced: list[str] = []
    monkeypatch.setattr(
        segments_module.os, "fdatasync", lambda each: synced.append(os.readlink(f"/proc/self/fd/{each}"))
    )
    again = start(octets_max=1 << 20)
    assert {str(path) for path in closed} <= set(synced)
    assert again.log.settled(0.0) > 0
    synced.clear()
    again.publish(MX, b"goes on")
    assert len(synced) == 2, "once: the last segment of each part"


def test_after_lost_power_all_that_follows_on_a_hole_is_as_if_it_had_never_been(
    start: Start, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first of three that were not synced is cut, and the others are whole."""
    boot = tmp_path / "boot_id"
    boot.write_text("first")
    monkeypatch.setattr(module, "BOOT", boot)
    broker = start(octets_max=1 << 20)
    closed = three_segments(broker, tmp_path / "log" / "records")
    broker.kill()
    boot.write_text("second")
    os.truncate(closed[0], closed[0].stat().st_size - 8_000)
    again = start(octets_max=1 << 20)
    kept = again.read(MX, again.log.past[0].epoch)
    assert 0 < len(kept) < len(broker.taken) // 2
    assert again.batches == list(range(1, len(kept) + 1))
    assert again.publish(MX, b"goes on") > 0


def _lose_power(boot: Path) -> None:
    boot.write_text(f"{boot.read_text()} and another")


@pytest.fixture
def boot(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """What tells one start of the machine from another."""
    path = tmp_path / "boot_id"
    path.write_text("first")
    monkeypatch.setattr(module, "BOOT", path)
    return path


def test_a_segment_that_knows_of_malformed_messages_that_are_gone_goes_too(
    start: Start, tmp_path: Path, boot: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Their batches were never acknowledged; if the next broker knew them, what they gave would be lost."""
    broker = start(octets_max=1 << 20)
    broker.publish(ODD, b"synced")
    broker.log.sync()
    monkeypatch.setattr(broker.log, "sync", lambda: None)
    malformed = max((tmp_path / "log" / "malformed").iterdir())
    octets = malformed.stat().st_size
    broker.publish(ODD, b"not synced")
    folder = tmp_path / "log" / "records"
    while len(list(folder.iterdir())) < 2:
        broker.publish(MX, bytes(5_000))
    broker.publish(MX, b"in the last one")
    broker.kill()
    _lose_power(boot)
    os.truncate(malformed, octets)
    again = start(octets_max=1 << 20)
    assert again.batches == [1]
    assert again.read(ODD, again.log.past[0].epoch) == [b"synced"]
    assert again.publish(MX, b"goes on") > 0


def test_what_is_committed_while_a_sync_is_under_way_waits_for_the_next(
    start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its part in malformed/ may have come after that was synced, and its other part before that was."""
    broker = start()
    first = broker.publish(ODD, b"one")
    synced: list[int] = []
    meanwhile: list[int] = []

    def fdatasync(descriptor: int) -> None:
        synced.append(descriptor)
        if len(synced) == 1:
            meanwhile.append(broker.log.commit([Message(ODD.encode(), b"head", b"two")], [], NOW, 1.0))

    monkeypatch.setattr(segments_module.os, "fdatasync", fdatasync)
    broker.log.sync()
    assert (broker.log.settled(1.0), broker.log.unsynced) == (first, True)
    broker.log.sync()
    assert (broker.log.settled(1.0), broker.log.unsynced) == (meanwhile[0], False)


def test_only_the_last_segments_stay_in_memory(
    start: Start, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The system is told of each one once it is on the device, and of none that it is yet to keep."""
    monkeypatch.setattr(segments_module, "WARM_OCTETS", 128 << 10)  # two segments, where 1 MiB is for all
    told: list[tuple[str, str]] = []
    for call in ("fdatasync", "posix_fadvise"):
        monkeypatch.setattr(
            segments_module.os,
            call,
            lambda each, *_, call=call: told.append((call, Path(f"/proc/self/fd/{each}").readlink().stem)),
        )
    broker = start(octets_max=1 << 20)
    while len(segments := sorted((tmp_path / "log" / "records").iterdir())) < 6:
        broker.publish(MX, bytes(5_000))
    broker.log.sync()
    gone = [stem for call, stem in told if call == "posix_fadvise"]
    assert gone == [path.stem for path in segments[:3]]
    assert all(told.index(("fdatasync", stem)) < told.index(("posix_fadvise", stem)) for stem in gone)
    broker.close()


def test_a_segment_may_be_dropped_before_the_system_is_told_of_it(
    start: Start, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By its age, while a sync takes long."""
    monkeypatch.setattr(segments_module, "WARM_OCTETS", 0)
    broker = start(octets_max=1 << 20, age_s=1000)
    folder = tmp_path / "log" / "records"

    def fill(segments: int) -> None:
        while len(list(folder.iterdir())) < segments:
            broker.publish(MX, bytes(5_000))

    fill(5)
    broker.log.sync()
    with pytest.MonkeyPatch.context() as slow:
        slow.setattr(broker.log, "sync", lambda: None)
        fill(6)
        broker.publish(MX, b"much later", served_ms=10**9)
    assert len(list(folder.iterdir())) < 3
    broker.log.sync()
    assert broker.read(MX)[-1] == b"much later"
