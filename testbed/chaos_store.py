"""`make chaos-store`: a store counts each observation once, whenever its process is killed.

Frames go through a broker to `nxcast-consume store`, which is killed with SIGKILL in mid-stream again and
again: while it starts, reads, writes. Each frame gives an observation of an RRset or a failure. At the end
the sums of what is kept must be what was pushed, exactly.

A life costs little: one process, the zygote, has imported all, and forks for each.
"""

from __future__ import annotations

import argparse
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from random import Random
from typing import NamedTuple

import msgpack
import zmq
from dnslib import QTYPE, RCODE, RR, A, DNSRecord

from nxcast.consumers.command_line import parser as parser_of
from nxcast.consumers.command_line import run
from nxcast.consumers.store.database import Store
from nxcast.consumers.store.engine import Follower
from nxcast.consumers.store.rows import ACCOUNT
from nxcast.schemas.frames import FRAMES_2, Frame, encode_batch, make_frame
from nxcast.schemas.names import name_wire
from testbed.chaos import end, start
from testbed.ports import free_ports

__all__ = ["ChaosStore", "Sums", "main"]

KILLS = 1000
NAMES = 50  # distinct ones, so that rows are merged into those that are there
BATCH = 20  # frames, half of them answers
RECORDS = 3  # of an answer and a denial: one each of answers/, dns-errors/ and nxdomain/
LIVES_S = 0.1  # seconds at most that a life has once it is connected, or from its start
EARLY = 0.2  # share of lives that are killed while they start
PUSH_S = 0.002  # seconds between two batches
WRITE_S = 0.01  # seconds between two writes: many times a life
READY_S = 60.0  # seconds that a program has to be there
SETTLE_S = 300.0  # and that the last life has to read the rest
PROGRESS = 100  # kills between two lines


class Sums(NamedTuple):
    """What was pushed, and what the store has: observations, and the counts of its rows."""

    answers: int
    denials: int
    received: int
    rrsets: int
    failures: int
    killed_early: int
    writes: int  # lives that had written before they were killed

    @property
    def true(self) -> bool:
        """Whether each counts once."""
        every = RECORDS * self.answers
        return (self.received, self.rrsets, self.failures) == (every, self.answers, self.denials)


class ChaosStore:
    """A broker, a store that is killed, and frames meanwhile."""

    def __init__(self, folder: Path, seed: int) -> None:
        self.folder = folder
        self._random = Random(seed)
        self._ports = dict(zip(("ingress", "egress", "replay"), free_ports(3), strict=True))
        self._pushed = 0  # batches
        self._early = self._writes = 0
        self._stack = ExitStack()
        self._wires = [_wires(number) for number in range(NAMES)]

    def __enter__(self) -> ChaosStore:
        with self._stack:
            options = [f"--{name}=tcp://127.0.0.1:{port}" for name, port in self._ports.items()]
            options += ["--answers", f"--log={self.folder / 'log'}"]
            broker = start("nxcast.broker", *options, stderr=subprocess.PIPE)
            self._stack.callback(_close, broker)
            assert broker.stderr is not None
            broker.stderr.readline()
            context = zmq.Context()
            self._stack.callback(context.destroy, linger=0)
            self._producer = context.socket(zmq.PUSH)
            self._producer.connect(f"tcp://127.0.0.1:{self._ports['ingress']}")
            self._zygote = subprocess.Popen(
                [sys.executable, "-m", "testbed.chaos_store", "--zygote", *self._words()],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
            )
            self._stack.callback(_close, self._zygote)
            self._stack = self._stack.pop_all()
        self._begin()
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def kill(self, times: int, *, told: bool = False) -> None:
        """Live and be killed so often, while frames are pushed."""
        now = self._received()
        for number in range(1, times + 1):
            pid = self._live(until_connected=self._random.random() >= EARLY)
            until = time.monotonic() + self._random.uniform(0, LIVES_S)
            while time.monotonic() < until:
                self._push()
                time.sleep(PUSH_S)
            self._push()  # killed with something on its way
            os.kill(pid, signal.SIGKILL)
            self._reap()
            had, now = now, self._received()
            self._writes += now > had
            if told and number % PROGRESS == 0:
                print(f"  {number:,} kills, {self._pushed * BATCH:,} frames", flush=True)

    def sums(self) -> Sums:
        """Let a last life read the rest; what the store has then."""
        pid = self._live(until_connected=True)
        every = self._pushed * BATCH // 2
        deadline = time.monotonic() + SETTLE_S
        while self._received() < RECORDS * every and time.monotonic() < deadline:
            time.sleep(0.05)
        os.kill(pid, signal.SIGINT)
        self._reap()
        with Store(str(self._store)) as store:
            rrsets = sum(row.count for row in store.rrsets())
            failures = sum(row.count for row in store.failures())
            received = store.account["received"]
        return Sums(every, every, received, rrsets, failures, self._early, self._writes)

    @property
    def _store(self) -> Path:
        return self.folder / "store"

    @property
    def _said(self) -> Path:
        return self.folder / "store.err"

    def _words(self) -> list[str]:
        words = [
            "store",
            "--store",
            str(self._store),
            "--write-seconds",
            str(WRITE_S),
            "--log-format",
            "text",
        ]
        words += ["--broker", f"tcp://127.0.0.1:{self._ports['egress']}"]
        return [str(self._said), *words]

    def _begin(self) -> None:
        """A first life that ends in order: from then on its place is in the store."""
        pid = self._live(until_connected=True)
        os.kill(pid, signal.SIGINT)
        self._reap()

    def _live(self, *, until_connected: bool) -> int:
        """A life of the store; its process."""
        self._said.write_text("")
        self._tell("live")
        pid = int(self._hear())
        self._early += not until_connected
        deadline = time.monotonic() + READY_S
        while until_connected and "connected" not in self._said.read_text():
            if time.monotonic() > deadline:
                raise TimeoutError(f"the store does not start: {self._said.read_text()}")
            time.sleep(0.002)
        return pid

    def _reap(self) -> None:
        self._tell("reap")
        self._hear()

    def _tell(self, word: str) -> None:
        assert self._zygote.stdin is not None
        self._zygote.stdin.write(f"{word}\n")
        self._zygote.stdin.flush()

    def _hear(self) -> str:
        assert self._zygote.stdout is not None
        return self._zygote.stdout.readline()

    def _received(self) -> int:
        """Records that the store has counted, as its last write says."""
        rows = Follower(self._store)
        account = rows.get(ACCOUNT)
        rows.close()
        return 0 if account is None else int(msgpack.unpackb(account).get("received", 0))

    def _push(self) -> None:
        wires = [wire for _ in range(BATCH // 2) for wire in self._random.choice(self._wires)]
        header = {
            "version": 1,
            "sensor": "chaos",
            "epoch": 1,
            "sequence": self._pushed + 1,
            "count": len(wires),
        }
        frames = [_frame(wire) for wire in wires]
        self._pushed += 1
        self._producer.send_multipart(encode_batch(header, frames, FRAMES_2))  # type: ignore[arg-type]


def _frame(wire: bytes) -> Frame:
    """One that a server of com. sent just now."""
    server, zone = bytes([192, 0, 2, 53]), name_wire("com.")
    return make_frame(time.time_ns(), 1, server, 53, 17, None, None, None, wire, zone)


def _wires(number: int) -> tuple[bytes, bytes]:
    """An authority's answer about a name, and its denial of another."""
    answer = DNSRecord.question(f"a{number}.example.com").reply()
    answer.add_answer(RR(f"a{number}.example.com", QTYPE.A, ttl=60, rdata=A(f"192.0.2.{number}")))
    denial = DNSRecord.question(f"n{number}.example.com").reply()
    denial.header.rcode = RCODE.NXDOMAIN
    for each in (answer, denial):
        each.header.rd = each.header.ra = 0
    return bytes(answer.pack()), bytes(denial.pack())


def _close(process: subprocess.Popen[str] | subprocess.Popen[bytes]) -> None:
    end(process)  # type: ignore[arg-type]
    for pipe in (process.stdin, process.stdout, process.stderr):
        if pipe is not None:
            pipe.close()


def _zygote_of(said: str, words: Sequence[str]) -> int:
    """Fork a life of nxcast-consume for each 'live' on stdin, wait for its end for each 'reap'."""
    args = parser_of(words).parse_args(words)
    pid = 0
    for line in sys.stdin:
        if line == "live\n":
            pid = os.fork()
            if not pid:
                os.dup2(os.open(said, os.O_WRONLY | os.O_APPEND), 2)
                os._exit(run(args))
        else:
            os.waitpid(pid, 0)
        print(pid, flush=True)
    return 0


def main(argv: Sequence[str] | None = None) -> int:
    """Kill so often, print the sums; 0 if they are true."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--kills", type=int, default=KILLS)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--zygote", nargs=argparse.REMAINDER, help=argparse.SUPPRESS)
    args = parser.parse_args(argv)
    if args.zygote:
        return _zygote_of(args.zygote[0], args.zygote[1:])
    folder = Path(tempfile.mkdtemp(prefix="nxcast-chaos-store-"))
    begun = time.monotonic()
    with ChaosStore(folder, args.seed) as chaos:
        chaos.kill(args.kills, told=True)
        sums = chaos.sums()
    print(f"{args.kills:,} kills, seed {args.seed}, {time.monotonic() - begun:.0f} s")
    for field, value in sums._asdict().items():
        print(f"  {field:<14}{value:>12,}")
    print("  the sums are true" if sums.true else f"  the sums are NOT true; see {folder}", flush=True)
    if sums.true:
        shutil.rmtree(folder)
    return 0 if sums.true else 1


if __name__ == "__main__":
    sys.exit(main())
