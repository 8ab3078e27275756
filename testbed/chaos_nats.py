"""`make chaos-nats`: brokers that share a work queue of NATS are killed, and servers that lead its streams.

A producer sends invented responses over nats://, three brokers take them, and SIGKILL ends one of the
brokers, or the leader of a stream of three servers, again and again. After each round the records in the
stream must be those that the responses give, each once, and each broker's topics be numbered without a gap.
"""

from __future__ import annotations

import argparse
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import suppress
from itertools import islice
from math import inf
from pathlib import Path
from random import Random

import msgpack

from nxcast.broker.derivation.derive import derive
from nxcast.producers.synthetic.stream import RATE as CLOCK
from nxcast.producers.synthetic.stream import START_NS, generate
from nxcast.schemas.topics import dns_errors_topic, nxdomain_topic
from nxcast.transport.nats.jetstream_layout import split_body, subject_of
from testbed.nats_server import NatsServer, cluster_of_three, set_up_at
from testbed.ports import free_port

__all__ = ["ChaosNats", "main"]

KILLS = 100  # of brokers, and as many of leaders
ROUND = 10  # kills between two looks at what is stored
RATE = 2000  # responses a second, so that there is load all the time
START = "2026-01-01"  # START_NS
SENSOR = "chaos"
LIVES_S = 2.0  # seconds at most from one kill to the next
TAKEN_S = 5  # seconds until what a broker that was killed had goes to another one; 30 as set up
WAIT_S = 120.0  # seconds for what takes a few
STALL_S = 10.0  # seconds until what is sent after a kill of a leader is acknowledged, in 95 of 100
ASK_S = 2.0  # seconds for an answer; without a leader there is none

Records = Counter[tuple[str, bytes]]
"""By subject and octets."""


class ChaosNats:
    """Servers, `brokers` and what was found; to be closed."""

    def __init__(self, folder: Path, seed: int, *, replicas: int, brokers: int = 3) -> None:
        self.stalls: list[float] = []
        """Seconds from a kill of a leader until what is sent later is acknowledged, so the producer says."""
        self._random = Random(seed)
        self._folder = folder
        self._last: dict[tuple[int, str], int] = {}  # sequence by epoch and subject
        self._running: list[subprocess.Popen[bytes]] = []
        self.servers = [NatsServer(folder)] if replicas == 1 else cluster_of_three(folder)
        self.endpoint = "nats://" + ",".join(f"127.0.0.1:{server.port}" for server in self.servers)
        made = set_up_at(self.endpoint, "--replicas", str(replicas))
        assert made.returncode == 0, made.stderr
        self._take_over_soon()
        self._brokers = [self._start() for _ in range(brokers)]

    def close(self) -> None:
        """End all of it."""
        for process in self._running:
            if process.poll() is None:
                process.kill()
            process.wait()
        for server in self.servers:
            with suppress(ProcessLookupError):
                server.kill()

    def round(self, seed: int, count: int, kill: Callable[[], None], kills: int, *, rate: int = RATE) -> int:
        """So many responses and kills; then all of it has to be there. Kills that there was load for."""
        words = ("--count", str(count), "--rate", str(rate), "--seed", str(seed), "--start", START)
        self._metrics = f"127.0.0.1:{free_port()}"
        places = ("--mix", "sie", "--broker", self.endpoint, "--sensor", SENSOR, "--metrics", self._metrics)
        with (self._folder / "producer").open("ab") as said:
            self._producer = self._process("nxcast.producers", "synthetic", *words, *places, stderr=said)
        self._until(lambda: self._told("acknowledged") > 0 or self._is_done())
        done = 0
        while done < kills and not self._is_done():  # a busy machine kills more slowly than it sends
            time.sleep(self._random.uniform(0, LIVES_S))
            kill()
            done += 1
        status = self._producer.wait(WAIT_S + count / (rate or RATE))
        assert status == 0, (self._folder / "producer").read_text()
        self.await_drained()
        self.check(expected(seed, count, rate))
        return done

    def _is_done(self) -> bool:
        return self._producer.poll() is not None

    def kill_broker(self) -> None:
        """One of them, and start another in its place."""
        at = self._random.randrange(len(self._brokers))
        self._brokers[at].kill()
        self._brokers[at].wait()
        self._brokers[at] = self._start()

    def kill_leader(self) -> None:
        """That of the queue or of the channels; it comes back once another one leads, if there is one."""
        name = self._random.choice(("nxcast-in", "nxcast"))
        leader = self._leader(name)
        others = [server for server in self.servers if server is not leader]
        leader.kill()
        killed_s = time.monotonic()
        try:
            sent = self._told("sent")
        except OSError:  # it has ended, and shows no metrics
            sent = inf
        if not others:
            leader.start()
        self._until(lambda: self._is_done() or self._told("acknowledged") > sent)
        if not self._is_done():
            self.stalls.append(time.monotonic() - killed_s)
        if others:
            leader.start()

    def await_drained(self) -> None:
        """Until the queue is empty, and so all that was in it is stored."""

        def empty() -> bool:
            state = self.servers[0].ask("STREAM.INFO.nxcast-in", timeout_s=ASK_S)["state"]
            return bool(state["messages"] == 0)

        self._until(empty)

    def check(self, expected: Records) -> None:
        """That the records are these, each once, and no number is missing; they are let go of then."""
        found: Records = Counter()
        for subject, body in self.servers[0].stored():
            if subject == "nxcast.status":
                continue
            head, payload = split_body(body)
            header = msgpack.unpackb(head)
            place = header["epoch"], subject
            assert header["sequence"] == self._last.get(place, 0) + 1, (place, header, self._last.get(place))
            self._last[place] = header["sequence"]
            found.update((subject, msgpack.packb(record)) for record in msgpack.unpackb(payload))
        missing, more = expected - found, found - expected
        assert not missing, f"{missing.total()} of {expected.total()} records are missing"
        assert not more, f"{more.total()} records too many"
        self.servers[0].ask("STREAM.PURGE.nxcast")

    def _start(self) -> subprocess.Popen[bytes]:
        places = ("--ingress", self.endpoint, "--egress", self.endpoint)
        with (self._folder / "brokers").open("ab") as said:
            return self._process("nxcast.broker", *places, stderr=said)

    def _process(self, *words: str, stderr: object) -> subprocess.Popen[bytes]:
        process = subprocess.Popen((sys.executable, "-m", *words), stderr=stderr)  # type: ignore[call-overload]
        self._running = [each for each in self._running if each.poll() is None] + [process]
        return process  # type: ignore[no-any-return]

    def _take_over_soon(self) -> None:
        info = self.servers[0].ask("CONSUMER.INFO.nxcast-in.brokers")["config"]
        config = {**info, "ack_wait": TAKEN_S * 10**9}
        body = {"stream_name": "nxcast-in", "config": config, "action": "update"}
        assert "error" not in self.servers[0].ask("CONSUMER.CREATE.nxcast-in.brokers", body)

    def _leader(self, name: str) -> NatsServer:
        leaders: list[NatsServer] = []

        def found() -> bool:
            leader = self.servers[0].ask(f"STREAM.INFO.{name}", timeout_s=ASK_S)["cluster"]["leader"]
            leaders[:] = [server for server in self.servers if server.name == leader]
            return bool(leaders)

        self._until(found)
        return leaders[0]

    def _told(self, what: str) -> float:
        """How many frames the producer says that it has sent so far, or had acknowledged."""
        with urllib.request.urlopen(f"http://{self._metrics}/metrics", timeout=ASK_S) as answer:
            told = answer.read().decode().splitlines()
        lines = dict(line.rsplit(" ", 1) for line in told if not line.startswith("#"))
        return float(lines[f"nxcast_producer_frames_{what}_total"])

    def _until(self, true: Callable[[], bool]) -> None:
        until_s = time.monotonic() + WAIT_S
        while True:
            with suppress(Exception):  # no answer, without a leader
                if true():
                    return
            assert time.monotonic() < until_s, "it took too long"
            time.sleep(0.05)


def expected(seed: int, count: int, rate: int) -> Records:
    """What so many responses give."""
    responses = generate("sie", seed, start_ns=START_NS, rate=rate or CLOCK)
    derived = derive([response.frame for response in islice(responses, count)], SENSOR)
    records: Records = Counter()
    for error in derived.errors:
        records[subject_of(dns_errors_topic(error["rcode"])), msgpack.packb(error)] += 1
    for nxdomain in derived.nxdomains:
        records[subject_of(nxdomain_topic(nxdomain["qtype"])), msgpack.packb(nxdomain)] += 1
    return records


def main(argv: Sequence[str] | None = None) -> int:
    """Kill until all kills are done; 1 where anything is missing or there twice, or a stall is too long."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--kills", type=int, default=KILLS, help="of brokers, and as many of leaders")
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args(argv)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    began_s = time.monotonic()
    folder = Path(tempfile.mkdtemp(prefix="nxcast-chaos-nats-"))
    chaos = ChaosNats(folder, args.seed, replicas=3)
    try:
        seconds = {chaos.kill_broker: LIVES_S, chaos.kill_leader: LIVES_S + STALL_S}
        for kill, kill_s in seconds.items():
            done = 0
            while done < args.kills:
                kills = min(ROUND, args.kills - done)
                done += chaos.round(args.seed + done, int(kills * kill_s * RATE), kill, kills)
                print(f"  {done:>4} of {kill.__name__}: each record once", flush=True)
    finally:
        chaos.close()
    stalls = sorted(chaos.stalls)
    p50_s, p95_s = (stalls[int(len(stalls) * share)] for share in (0.5, 0.95))
    print(
        f"{args.kills} kills of a broker and of a leader in {time.monotonic() - began_s:.0f} s; nothing was "
        f"acknowledged for {p50_s:.1f} s at p50, {p95_s:.1f} at p95, {stalls[-1]:.1f} at most"
    )
    if p95_s > STALL_S:
        return 1
    shutil.rmtree(folder)
    return 0


if __name__ == "__main__":
    sys.exit(main())
