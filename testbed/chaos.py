"""`make chaos`: what is promised about losses, held against what happens when everything goes wrong.

A file of invented frames goes through a real broker to real subscribers, over proxies that cut and delay the
connections, while broker, producer and subscriber are killed with SIGKILL and started again, the broker is
ended with SIGTERM, and the subscriber is stopped with SIGSTOP, at random moments (the same for the same seed,
but for the machine's own timing). At the end an account: each record that the frames give was received, or
stands among the reported losses; what is reported as lost and what is really missing are the same.
"""

from __future__ import annotations

import argparse
import json
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, suppress
from itertools import islice
from pathlib import Path
from random import Random
from typing import Any, NamedTuple

from nxcast.broker.derivation.derive import derive
from nxcast.producers.synthetic.dnstap_writing import dnstap_file
from nxcast.producers.synthetic.stream import generate
from testbed.proxy import Proxy

__all__ = ["Account", "Chaos", "end", "free_ports", "main", "start"]

FRAMES = 500_000
RATE = 1_000_000.0  # frames a second of the stream's time, so that no two have the same time
PACE = 10_000  # frames a second that the producer sends: slow enough for many blows
TOPICS = ("dns-errors/", "nxdomain/")
SETTLE_S = 20.0  # seconds without news after which nothing more comes
DEADLINE_S = 900.0
CALM_S = (0.3, 1.5)  # seconds between two blows


class Account(NamedTuple):
    """Records by what became of them, each counted once for dns-errors/ and once for nxdomain/."""

    expected: int
    received: int
    doubled: int  # received more often than once: at least once is the promise
    lost: int  # really missing
    reported: int  # in messages that were reported as lost, and not received in another one
    unreported: int  # missing without a word
    gaps: int  # messages reported as lost
    unknown: int  # losses reported without a number: the log had not got what was between two brokers

    @property
    def true(self) -> bool:
        """Whether what is reported and what is missing are the same."""
        return self.unreported == 0 and self.reported == self.lost


class Log(NamedTuple):
    """What a witness wrote down."""

    messages: dict[tuple[str, int, int], list[int]]  # by topic, epoch and sequence, the times of its records
    gaps: set[tuple[str, int, int]]
    repeated: int
    unknown: list[tuple[int, int]]  # epochs after whose last message, and before which, any number is lost


class Chaos:
    """The processes, the proxies between them, and what can be done to them."""

    def __init__(self, folder: Path, seed: int, frames: int, *options: str) -> None:
        self._folder = folder
        self._random = Random(seed)
        self._options = options
        self.ports = dict(zip(("ingress", "egress", "replay"), free_ports(3), strict=True))
        self.proxies = {name: Proxy(port) for name, port in self.ports.items()}
        made = [response.frame for response in islice(generate("sie", seed, rate=RATE), frames)]
        self._file = folder / "frames.dnstap"
        with self._file.open("wb") as file:
            file.writelines(dnstap_file(made))
        derived = derive(made, "chaos")
        self.expected = {
            TOPICS[0]: {record["time_ns"] for record in derived.errors},
            TOPICS[1]: {record["time_ns"] for record in derived.nxdomains},
        }
        self.blows = 0

    def run(self) -> None:
        """Start all, strike until the producer has ended, then let all come to rest."""
        with ExitStack() as stack:
            for proxy in self.proxies.values():
                stack.callback(proxy.close)
            self.broker = self._start_broker()
            stack.callback(lambda: end(self.broker))
            self.observer = self._start_witness("observer", self.ports)
            stack.callback(lambda: end(self.observer))
            self.witness = self._start_witness("witness", self._proxied())
            stack.callback(lambda: end(self.witness))
            self.producer = self._start_producer()
            stack.callback(lambda: end(self.producer))
            self._strike_until_done()
            self._rest()

    def log(self, name: str) -> Log:
        """What a witness has written down."""
        messages: dict[tuple[str, int, int], list[int]] = {}
        gaps: set[tuple[str, int, int]] = set()
        repeated = 0
        unknown: list[tuple[int, int]] = []
        for told in self._lines(name):
            if "message" in told:
                place = tuple(told["message"])
                repeated += place in messages
                messages[place] = told["times"]
            elif "gap" in told:
                topic, epoch, first, last = told["gap"]
                gaps |= {(str(topic), int(epoch), number) for number in range(int(first), int(last) + 1)}
            elif "unknown" in told:
                before, after = told["unknown"]
                unknown.append((int(before), int(after)))
        return Log(messages, gaps, repeated, unknown)

    def account(self) -> Account:
        """Hold what the witness got against what was to be had, and its reports against the observer."""
        witness, observer = self.log("witness"), self.log("observer")
        known = {**observer.messages, **witness.messages}
        received, doubled = self._records(witness.messages)
        wanted = {(topic, time_ns) for topic, times in self.expected.items() for time_ns in times}
        between = [range(*epochs) for epochs in witness.unknown]
        missed = {place for place in known if any(place[1] in epochs for epochs in between)}
        gaps = (witness.gaps | missed) - witness.messages.keys()
        reported, _ = self._records({place: known[place] for place in gaps if place in known})
        lost = wanted - received
        reported = (reported & wanted) - received
        return Account(
            expected=len(wanted),
            received=len(wanted & received),
            doubled=doubled,
            lost=len(lost),
            reported=len(reported),
            unreported=len(lost - reported),
            gaps=len(gaps),
            unknown=len(witness.unknown),
        )

    def _records(self, messages: dict[tuple[str, int, int], list[int]]) -> tuple[set[tuple[str, int]], int]:
        """Records by channel and time, and how many came again."""
        found: set[tuple[str, int]] = set()
        again = 0
        for (topic, _, _), times in messages.items():
            channel = topic[: topic.index("/") + 1]
            for time_ns in times:
                again += (channel, time_ns) in found
                found.add((channel, time_ns))
        return found, again

    def _strike_until_done(self) -> None:
        blows: list[Callable[[], None]] = [
            self._kill_broker,
            self._stop_broker,
            self._kill_witness,
            self._stop_witness,
            self._cut,
            self._delay,
            self._kill_producer,
        ]
        until = time.monotonic() + DEADLINE_S
        while self.producer.poll() is None:
            if time.monotonic() > until:
                raise TimeoutError("the producer never came to its end")
            time.sleep(self._random.uniform(*CALM_S))
            self._random.choice(blows)()
            self.blows += 1
        assert self.producer.returncode == 0, self.producer.returncode
        for proxy in self.proxies.values():
            proxy.delay(0)

    def _kill_broker(self) -> None:
        _kill(self.broker)
        time.sleep(self._random.uniform(0, 1))
        self.broker = self._start_broker()

    def _stop_broker(self) -> None:
        end(self.broker)
        self.broker = self._start_broker()

    def _kill_witness(self) -> None:
        _kill(self.witness)
        time.sleep(self._random.uniform(0, 1))
        self.witness = self._start_witness("witness", self._proxied())

    def _stop_witness(self) -> None:
        self.witness.send_signal(signal.SIGSTOP)
        time.sleep(self._random.uniform(1, 3))
        self.witness.send_signal(signal.SIGCONT)

    def _cut(self) -> None:
        self.proxies[self._random.choice(list(self.proxies))].cut()

    def _delay(self) -> None:
        proxy = self.proxies[self._random.choice(list(self.proxies))]
        proxy.delay(self._random.uniform(0.01, 0.1))
        time.sleep(self._random.uniform(0.5, 2))
        proxy.delay(0)

    def _kill_producer(self) -> None:
        # It begins its file anew, so more than once or twice would only take long.
        if self._random.random() < 0.2:
            _kill(self.producer)
            self.producer = self._start_producer()

    def _rest(self) -> None:
        """Until neither witness has written anything for a while."""
        size, still_since = -1, time.monotonic()
        until = still_since + DEADLINE_S
        while time.monotonic() < min(still_since + SETTLE_S, until):
            now = sum(path.stat().st_size for path in self._folder.glob("*.log"))
            if now != size:
                size, still_since = now, time.monotonic()
            elif self._complete():
                return
            time.sleep(0.5)

    def _complete(self) -> bool:
        account = self.account()
        return account.received == account.expected

    def _start_broker(self) -> subprocess.Popen[bytes]:
        options = [f"--{name}=tcp://127.0.0.1:{port}" for name, port in self.ports.items()]
        options.append(f"--log={self._folder / 'log'}")
        process = start("nxcast.broker", *options, *self._options, stderr=subprocess.PIPE)
        assert process.stderr is not None
        line = process.stderr.readline()
        assert b"publishing" in line, line
        return process

    def _start_producer(self) -> subprocess.Popen[bytes]:
        ports = self._proxied()
        return start(
            "nxcast.producers",
            "dnstap",
            str(self._file),
            "--sensor=chaos",
            f"--rate={PACE}",
            f"--broker=tcp://127.0.0.1:{ports['ingress']}",
            f"--replay=tcp://127.0.0.1:{ports['replay']}",
        )

    def _start_witness(self, name: str, ports: dict[str, int]) -> subprocess.Popen[bytes]:
        return start(
            "testbed.witness",
            f"--broker=tcp://127.0.0.1:{ports['egress']}",
            f"--replay=tcp://127.0.0.1:{ports['replay']}",
            f"--cursor={self._folder / name}.cursor",
            f"--log={self._folder / name}.log",
            *TOPICS,
        )

    def _proxied(self) -> dict[str, int]:
        return {name: proxy.port for name, proxy in self.proxies.items()}

    def _lines(self, name: str) -> Iterator[dict[str, list[Any]]]:
        path = self._folder / f"{name}.log"
        if path.exists():
            for line in path.read_text().splitlines():
                try:
                    told = json.loads(line)
                except ValueError:  # cut off by a kill, or the empty line after that
                    continue
                yield told


def main(argv: Sequence[str] | None = None) -> int:
    """Run it, print the account; 0 if it is true."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--frames", type=int, default=FRAMES)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--seeds", type=int, default=1, help="so many, from --seed on")
    parser.add_argument("--broker-option", action="append", default=[], help="such as --log-bytes=1000000")
    args = parser.parse_args(argv)
    accounts = [
        _told(seed, args.frames, args.broker_option) for seed in range(args.seed, args.seed + args.seeds)
    ]
    return 0 if all(account.true for account in accounts) else 1


def _told(seed: int, frames: int, options: Sequence[str]) -> Account:
    """Run one seed and print its account."""
    with tempfile.TemporaryDirectory() as folder:
        chaos = Chaos(Path(folder), seed, frames, *options)
        begun = time.monotonic()
        chaos.run()
        account = chaos.account()
    print(f"{frames:,} frames, seed {seed}, {chaos.blows} blows, {time.monotonic() - begun:.0f} s")
    for what, number in account._asdict().items():
        print(f"  {what:<12}{number:>12,}")
    print("the account is true" if account.true else "the account is NOT true", flush=True)
    return account


def start(module: str, *options: str, stderr: int | None = subprocess.DEVNULL) -> subprocess.Popen[bytes]:
    """A program of ours, in a process of its own."""
    return subprocess.Popen([sys.executable, "-m", module, *options], stderr=stderr)


def _kill(process: subprocess.Popen[bytes]) -> None:
    process.kill()
    process.wait()
    if process.stderr is not None:
        process.stderr.close()


def end(process: subprocess.Popen[bytes]) -> None:
    """Ask it to end, and see to it."""
    process.send_signal(signal.SIGCONT)
    process.terminate()
    with suppress(subprocess.TimeoutExpired):
        process.wait(10)
    _kill(process)


def free_ports(count: int) -> list[int]:
    """Ports of loopback that nobody listens on."""
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports: list[int] = [each.getsockname()[1] for each in sockets]
    for each in sockets:
        each.close()
    return ports


if __name__ == "__main__":
    sys.exit(main())
