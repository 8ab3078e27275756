"""Bad neighbours of an honest producer, each by its name: part of `make hostile`.

A broker with keys, an honest producer at a fixed rate and a subscriber; beside them one client after another
that misbehaves in a way of its own, as a producer, as fifty (tests/fuzz/bad_crowds.py) or as one who reads
(tests/fuzz/bad_readers.py), within a process of its own, and at last all of them at once. Printed for each:
what of the honest frames was sent in time, what arrived, how late, what was refused, and the broker's memory.
Below a floor it fails. All input is harmless by itself: it is its amount that hurts.

It is the broker that is measured: neighbours take no CPU that it or the honest want (nice 19), where it is
permitted all of it has more of a core than what else the machine does, and the log is where no disk is waited
for.

    python -m tests.fuzz.neighbours --for 10            each for ten seconds
    python -m tests.fuzz.neighbours --only all --for 600
    python -m tests.fuzz.neighbours --only large-crowd --no-keys --stalls      and the disk stands still
"""

from __future__ import annotations

import argparse
import io
import os
import re
import subprocess
import sys
import tempfile
import threading
import time
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, redirect_stdout, suppress
from pathlib import Path
from typing import Any, NamedTuple

import msgpack
import zmq

from nxcast.broker.rights.keys_command import main as keys_command
from nxcast.producers.linger import LINGER_MS
from nxcast.schemas.curve import ClientKey, parse_client_key
from nxcast.schemas.frames import FRAMES_1, batch_parts, encode_frames
from nxcast.schemas.nmsg.container import FLAG_ZLIB, with_header
from nxcast.schemas.request_answers import decode_answer
from nxcast.schemas.requests import encode_request
from nxcast.transport.zeromq.broker_end import key_pair
from nxcast.transport.zeromq.socket_options import set_client_key
from tests.conftest import RunningBroker
from tests.forked import STARTED
from tests.fuzz.bad_crowds import CROWDS
from tests.fuzz.bad_readers import PARTS, READERS, Broker
from tests.messages import frame, message, question, soa

__all__ = ["FLOOR", "LATER_MAX_MS", "MEMORY_MAX", "NAMES", "NEIGHBOURS", "Outcome", "Street"]

RATE = 20_000  # honest frames a second ...
BATCH_FRAMES = RATE * LINGER_MS // 1000  # ... in batches as a live producer of ours fills them
FLOOR = 0.98  # of the honest frames are sent in time
LATER_MAX_MS = 100  # that the slowest in a hundred may be later than without a neighbour
MEMORY_MAX = 512 + 64  # MiB of the broker at its peak: `memory_max`, and what comes until it is looked at
MARK = ".mark.example."  # end of the name that a batch is known by
CALM_S = 60.0  # at most, without neighbours
WAIT_S = 20.0  # for what is under way at the end
NO_DISK = Path("/dev/shm")  # noqa: S108  a file system in memory (shm_overview(7))
AUTOGROUP = Path("/proc/self/autogroup")  # the session's nice value among sessions (sched(7)) ...
# ... three times the weight of others. The kernel's threads are among those: with -20, 87 times, one that
# looks through memory (DAMON) waited so long for its turn that the broker waited 15 to 30 s for its lock.
GROUP_NICE = -5

Parts = Sequence[bytes]


class Outcome(NamedTuple):
    """How it went for the honest; batches carry a mark each, by which they are known."""

    sent: int  # batches
    due: int  # batches that should have been sent in that time
    arrived: int
    p99_ms: float
    peak_mib: int
    refused: dict[str, int]

    @property
    def share(self) -> float:
        """Of what was due, what was sent and arrived."""
        return min(self.sent, self.arrived) / self.due


def _bombs() -> Iterator[tuple[Parts, float]]:
    """Small containers that claim much, of a kind that this key may not push; 20 kB a second."""
    body = b"\x0a\0" * 50_000
    small = [with_header(FLAG_ZLIB, len(body).to_bytes(4, "big") + zlib.compress(body, 9))]
    while True:
        yield small, 100.0


def _no_frames() -> Iterator[tuple[Parts, float]]:
    """Batches of 65,536 items that are no frames, and others of as many as fit."""
    for sequence in _numbers():
        yield _batch(sequence, b"\xdd" + (65_536).to_bytes(4, "big") + b"\xc0" * 65_536, 65_536), 20.0
        yield _batch(sequence, b"\xdd" + (3400).to_bytes(4, "big") + b"\xc4\x11" * 3400 + b"", 3400), 20.0
        items = (b"\xc4\x11" + bytes(17)) * 3400
        yield _batch(sequence, b"\xdd" + (3400).to_bytes(4, "big") + items, 3400), 20.0


def _large() -> Iterator[tuple[Parts, float]]:
    """Messages of 3 MB, each with as many good frames as may be."""
    payload = encode_frames([frame(message(0))] * 65_536)
    for sequence in _numbers():
        yield _batch(sequence, payload, 65_536), 1000.0


def _flood() -> Iterator[tuple[Parts, float]]:
    """Batches of one frame, as many as go out."""
    payload = encode_frames([frame(message())])
    for sequence in _numbers():
        yield _batch(sequence, payload, 1), 1e9


def _malformed() -> Iterator[tuple[Parts, float]]:
    """Messages that are none, as many as go out, each good for a record of 4 KiB."""
    while True:
        yield [bytes(4096)], 1e9


def _strange() -> Iterator[tuple[Parts, float]]:
    """Batches of a sensor that this key may not push as, as many as go out."""
    payload = encode_frames([frame(message())] * BATCH_FRAMES)
    header = {"sensor": "honest", "epoch": 1 << 60, "sequence": 1 << 60, "count": BATCH_FRAMES}
    while True:
        yield batch_parts(header, payload), 1e9  # type: ignore[arg-type]


def _many_parts() -> Iterator[tuple[Parts, float]]:
    """Messages of twenty thousand parts."""
    while True:
        yield [b""] * PARTS, 1e9


NEIGHBOURS: dict[str, Callable[[], Iterator[tuple[Parts, float]]]] = {
    "bombs": _bombs,
    "no-frames": _no_frames,
    "large": _large,
    "flood": _flood,
    "malformed": _malformed,
    "strange": _strange,
    "many-parts": _many_parts,
}
"""By name: messages, and how many of each are sent a second."""
NAMES = (*NEIGHBOURS, *CROWDS, *READERS)
ALL = "all"


def _numbers() -> Iterator[int]:
    yield from range(1, 1 << 60)


def _batch(sequence: int, payload: bytes, count: int) -> list[bytes]:
    header: Any = {"sensor": "neighbour", "epoch": 1, "sequence": sequence, "count": count}
    return batch_parts(header, payload, FRAMES_1)


class Street:
    """A broker with keys, and who lives at it."""

    def __init__(self, folder: Path, *, rate: int = RATE, stalls: bool = False, keyed: bool = True) -> None:
        self.folder = folder
        self.rate = rate
        keys = str(folder / "keys.toml")
        options = ["--keys", keys] if keyed else []
        bad = {name: ["--push", "neighbour"] for name in (*NEIGHBOURS, *CROWDS)}
        bad |= {name: ["--subscribe", "all", "--replay"] for name in READERS}
        clients = {"honest": ["--push", "honest", "--subscribe", "all"], **bad} if keyed else {}
        for name, rights in clients.items():
            words = ["add", name, *rights, "--keys", keys, "--to", str(folder / f"{name}.key")]
            with redirect_stdout(io.StringIO()):
                assert keys_command(words, key_pair) == 0
        free = [word for each in ("ingress", "egress") for word in (f"--{each}", "tcp://127.0.0.1:*")]
        self.running = RunningBroker(
            *(*options, *free, "--log-bytes", str(64 << 20), "--metrics", "127.0.0.1:0"),
            module="tests.fuzz.stalling_disk" if stalls else "nxcast.broker",
            **{**STARTED, "XDG_STATE_HOME": str(folder)},
        )
        found = re.search(r"metrics on http://127\.0\.0\.1:(\d+)/", self.running.start_line)
        assert found is not None
        self._context: zmq.Context[zmq.Socket[bytes]] = zmq.Context()
        self._push = _connected(self._context, zmq.PUSH, self.running.ingress, folder / "honest.key")
        own = self._own_egress() if keyed else self.running.egress
        self._broker = Broker(self.running.ingress, own, self.running.replay, int(found[1]))
        self._watch = _connected(self._context, zmq.SUB, own, folder / "honest.key")
        for topic in ("nxdomain/", "status/"):
            self._watch.subscribe(topic)
        while self._watch.recv_multipart()[0] != b"status/":
            pass
        asked = [question(f"{number}.example.") for number in range(BATCH_FRAMES - 1)]
        self._rest = encode_frames([frame(message(0, questions=[each])) for each in asked])[3:]
        self._sequence = 0
        self._status: dict[str, Any] = {}

    def _own_egress(self) -> str:
        """Where a client with the honest's rights subscribes."""
        asking = _connected(self._context, zmq.DEALER, self.running.replay, self.folder / "honest.key")
        asking.send(encode_request({"version": 1, "id": 1, "ask": "rights"}))
        rights: Any = decode_answer(asking.recv_multipart())[0]
        asking.close()
        return f"tcp://127.0.0.1:{rights['egress']}"

    def close(self) -> tuple[int, str]:
        """The broker's exit status, and what it said."""
        self._context.destroy(linger=0)
        return self.running.stop()

    def live(self, seconds: float, *names: str) -> Outcome:
        """Have the honest do its work for a while, beside these neighbours."""
        command = [sys.executable, "-m", "tests.fuzz.neighbours", "--folder", str(self.folder)]
        away = [
            subprocess.Popen([*command, "--misbehave", name, "--at", *map(str, self._broker)])
            for name in names
        ]
        before = dict(self._status.get("senders_refused", {}))
        first = self._sequence + 1
        arrived: dict[int, float] = {}
        over = threading.Event()
        watch = threading.Thread(target=self._take, args=(arrived, over))
        watch.start()
        try:
            due = self._send(seconds)
            for each in away:
                each.kill()
            sent = self._sequence + 1 - first
            deadline = time.monotonic() + WAIT_S
            while len(arrived) < sent and time.monotonic() < deadline:
                over.wait(0.05)
        finally:
            over.set()
            watch.join()
            for each in away:
                each.kill()
                each.wait()
        late = sorted(arrived.values())
        now = self._status.get("senders_refused", {})
        return Outcome(
            sent,
            due,
            len(arrived),
            1000 * late[int(len(late) * 0.99)] if late else float("inf"),
            _peak_mib(self.running.process.pid),
            {name: count - before.get(name, 0) for name, count in now.items() if count > before.get(name, 0)},
        )

    def _send(self, seconds: float) -> int:
        """Batches at the rate, each with a mark that says when it was due; how many were due in all."""
        every = BATCH_FRAMES / self.rate
        due = int(seconds / every)
        started = time.monotonic()
        for number in range(due):
            wait = started + number * every - time.monotonic()
            if wait > 0:
                time.sleep(wait)
            elif wait < -1.0:  # hopelessly late: what is not sent now counts as missing
                break
            self._sequence += 1
            asked = question(f"{self._sequence}{MARK}")
            mark = frame(message(questions=[asked], authorities=[soa()]))
            first = encode_frames([(time.time_ns(), *mark[1:])])[1:]
            payload = msgpack.Packer().pack_array_header(BATCH_FRAMES) + first + self._rest
            header: Any = {"sensor": "honest", "epoch": 1, "sequence": self._sequence, "count": BATCH_FRAMES}
            self._push.send_multipart(batch_parts(header, payload))
        return due

    def _take(self, arrived: dict[int, float], over: threading.Event) -> None:
        self._watch.rcvtimeo = 100
        while not over.is_set():
            with suppress(zmq.Again):
                topic, _, payload = self._watch.recv_multipart()
                now_ns = time.time_ns()
                for record in msgpack.unpackb(payload):
                    if topic == b"status/":
                        self._status = record
                    elif record["qname"].endswith(MARK):  # without keys others may push as the honest sensor
                        number = int(record["qname"].removesuffix(MARK))
                        arrived[number] = (now_ns - record["time_ns"]) / 1e9


def _connected(context: zmq.Context[Any], kind: int, endpoint: str, path: Path) -> zmq.Socket[bytes]:
    made: zmq.Socket[bytes] = context.socket(kind)
    made.setsockopt(zmq.SNDTIMEO, 15_000)
    made.setsockopt(zmq.RCVTIMEO, 15_000)
    made.setsockopt(zmq.RCVHWM, 0)
    set_client_key(made, _key(path))
    made.connect(endpoint)
    return made


def _key(path: Path) -> ClientKey | None:
    """The key in a file, None where there are no keys."""
    return parse_client_key(path.read_text()) if path.exists() else None


def _misbehave(name: str, broker: Broker, folder: Path) -> None:
    """Until it is killed."""
    os.nice(19)
    path = folder / f"{name}.key"
    if name in READERS or name in CROWDS:
        {**READERS, **CROWDS}[name](broker, _key(path))
        return
    push = _connected(zmq.Context(), zmq.PUSH, broker.ingress, path)
    push.setsockopt(zmq.SNDTIMEO, -1)
    for parts, rate in NEIGHBOURS[name]():
        push.send_multipart(parts)
        if rate < 1e6:
            time.sleep(1 / rate)


def _peak_mib(pid: int) -> int:
    status = Path(f"/proc/{pid}/status").read_text()
    (peak,) = [line.split()[1] for line in status.splitlines() if line.startswith("VmHWM")]
    return int(peak) >> 10


def _line(name: str, outcome: Outcome, calm: Outcome) -> tuple[str, list[str]]:
    """How it went, and what is below a floor."""
    wrong = []
    if outcome.share < FLOOR:
        wrong.append(f"{outcome.share:.1%} of the honest frames")
    if outcome.arrived < outcome.sent:
        wrong.append(f"{outcome.sent - outcome.arrived} batches lost")
    if outcome.p99_ms > calm.p99_ms + LATER_MAX_MS:
        wrong.append(f"p99 {outcome.p99_ms:.0f} ms")
    if outcome.peak_mib > MEMORY_MAX:
        wrong.append(f"{outcome.peak_mib} MiB")
    if "honest" in outcome.refused:
        wrong.append("the honest refused")
    text = (
        f"{name:>12}: {outcome.share:6.1%} of {outcome.due * BATCH_FRAMES:,} frames, "
        f"p99 {outcome.p99_ms:5.0f} ms, {outcome.sent - outcome.arrived} batches lost, "
        f"refused {sum(outcome.refused.values()):,}, peak {outcome.peak_mib} MiB"
    )
    return text, wrong


def main() -> int:
    """Live beside each, and beside all; 1 where a floor did not hold."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz.neighbours")
    parser.add_argument("--for", dest="seconds", type=float, default=10.0, help="seconds each; default: 10")
    parser.add_argument("--rate", type=int, default=RATE, help=f"honest frames a second; default: {RATE}")
    parser.add_argument(
        "--only", choices=(*NAMES, ALL), action="append", help="this one; default: each, and all of them"
    )
    parser.add_argument("--stalls", action="store_true", help="the disk stands still a second in two")
    parser.add_argument("--no-keys", action="store_true", help="whoever gets there may come in")
    parser.add_argument("--misbehave", help=argparse.SUPPRESS)
    parser.add_argument("--at", nargs=4, help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.misbehave:
        _misbehave(args.misbehave, Broker(*args.at[:3], int(args.at[3])), args.folder)
    with _before_others() as first:
        print(
            f"{os.cpu_count()} cores, a load of {os.getloadavg()[0]:.1f}; before others: {first}", flush=True
        )
        return 1 if _fails(args) else 0


def _fails(args: argparse.Namespace) -> bool:
    """Whether a floor did not hold."""
    failed = False
    how = {"stalls": args.stalls, "keyed": not args.no_keys}
    with _street(args.rate, **how) as street:
        calm = street.live(min(args.seconds, CALM_S))
    print(_line("nobody", calm, calm)[0], flush=True)
    for names in [NAMES if name == ALL else (name,) for name in args.only or (*NAMES, ALL)]:
        with _street(args.rate, **how) as street:
            outcome = street.live(args.seconds, *names)
        text, wrong = _line(names[0] if len(names) == 1 else ALL, outcome, calm)
        print(text + "".join(f"\n       BELOW: {each}" for each in wrong), flush=True)
        failed = failed or bool(wrong)
    return failed


@contextmanager
def _before_others() -> Iterator[bool]:
    """Have this session's processes have more than those of others, where it is permitted; whether it is."""
    try:
        before = AUTOGROUP.read_text().rpartition(" ")[2]
        AUTOGROUP.write_text(str(GROUP_NICE))
    except OSError:
        yield False
        return
    try:
        yield True
    finally:
        AUTOGROUP.write_text(before)


@contextmanager
def _street(rate: int, *, stalls: bool, keyed: bool = True) -> Iterator[Street]:
    """A street of its own for each, with nothing left of others; a broker that ends badly raises."""
    with tempfile.TemporaryDirectory(dir=NO_DISK if NO_DISK.is_dir() else None) as folder:
        street = Street(Path(folder), rate=rate, stalls=stalls, keyed=keyed)
        try:
            street.live(1.0)  # connections are up, and caches warm
            yield street
        finally:
            exit_status, said = street.close()
        assert exit_status == 0, said


if __name__ == "__main__":
    sys.exit(main())
