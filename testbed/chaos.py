"""`make chaos`: what is promised about losses, held against what happens when everything goes wrong.

Invented frames go from files of several producers through a real broker to real subscribers, over proxies
that cut and delay the connections. Meanwhile all of them are killed with SIGKILL, ended with SIGTERM, stopped
with SIGSTOP and started again, and the clock is set back and forth, at random moments (the same for the same
seed, but for the machine's own timing); of two runs one has a log that is small. At the end an account of
each subscriber: each record that the frames give was received, or, where the log is small, stands among the
reported losses.

The clock is set by libfaketime (Debian's package of that name); where it is missing a line says so.
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
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import ExitStack, suppress
from itertools import islice
from pathlib import Path
from random import Random

from nxcast.broker.derivation.derive import derive
from nxcast.producers.synthetic.dnstap_writing import dnstap_file
from nxcast.producers.synthetic.stream import generate
from nxcast.schemas.frames import Frame
from testbed.chaos_account import Account, Keeper, account_of, twice, witnessed
from testbed.ports import free_ports
from testbed.proxy import Proxy

__all__ = ["Chaos", "end", "libfaketime", "main", "start"]

FRAMES = 500_000
RATE = 1_000_000.0  # frames a second of the stream's time, so that no two have the same time
PACE = 10_000  # frames a second that all producers send: slow enough for many blows
PRODUCERS = 3
DNS_ERRORS, NXDOMAIN = "dns-errors/", "nxdomain/"
WITNESSES: dict[str, tuple[str, ...]] = {
    "both": (DNS_ERRORS, NXDOMAIN),
    "errors": (DNS_ERRORS,),
    "nxdomains": (NXDOMAIN,),
}
# Octets of a small log: a few seconds of what is published, so that who is away for longer loses some.
SMALL_LOG = 16_000_000
SETTLE_S = 20.0  # seconds without news after which nothing more comes
DEADLINE_S = 900.0
READY_S = 60.0  # seconds that a program has to be there
CALM_S = (0.3, 1.5)  # seconds between two blows
AWAY_S = (0.0, 0.0, 1.0, 8.0)  # seconds at most until what was killed or stopped goes on
STEPS_S = (90, 90, 7200)  # seconds at most that the clock is set by


class Chaos:
    """The processes, the proxies between them, and what can be done to them."""

    def __init__(
        self, folder: Path, seed: int, frames: int, *options: str, clock: Path | None = None
    ) -> None:
        self.folder = folder
        self._random = Random(seed)
        self.small = self._random.random() < 0.5
        self._options = (*([f"--log-bytes={SMALL_LOG}"] if self.small else []), *options)
        self.ports = dict(zip(("ingress", "egress", "replay"), free_ports(3), strict=True))
        self.proxies = {name: Proxy(port) for name, port in self.ports.items()}
        made = [response.frame for response in islice(generate("sie", seed, rate=RATE), frames)]
        self._times: dict[str, set[int]] = {}
        self.expected: dict[str, set[int]] = {DNS_ERRORS: set(), NXDOMAIN: set()}
        for number in range(PRODUCERS):
            self._write(f"chaos{number}", made[number::PRODUCERS])
        self._environment = dict(os.environ)
        self._clock, self._offset_s = folder / "clock", 0
        if clock is not None:
            self._environment |= self._stepped(clock)
        self._steps_clock = clock is not None
        self._killed: set[str] = set()  # producers, which begin their files anew
        self.blows = 0
        self._keeper = Keeper(folder / "log", folder / "kept")

    def run(self) -> None:
        """Start all, strike until the producers have ended, then let all come to rest."""
        with ExitStack() as stack:
            stack.callback(self._keeper.close)
            for proxy in self.proxies.values():
                stack.callback(proxy.close)
            self.broker = self._start_broker()
            stack.callback(lambda: end(self.broker))
            self.witnesses = {name: self._start_witness(name) for name in WITNESSES}
            stack.callback(lambda: _end_all(self.witnesses.values()))
            for name in WITNESSES:
                self._await_file(self.folder / f"{name}.cursor", self.witnesses[name])
            self.producers = {name: self._start_producer(name) for name in self._times}
            stack.callback(lambda: _end_all(self.producers.values()))
            self._strike_until_done()
            self._rest()

    def accounts(self) -> dict[str, Account]:
        """Of each witness what it got and was told, held against what was to be had."""
        published = self._keeper.published(self.expected)
        return {
            name: account_of(witnessed(self.folder / f"{name}.log"), topics, self.expected, published)
            for name, topics in WITNESSES.items()
        }

    def published_twice(self) -> int:
        """Records published again though their producer was never ended."""
        times = {time_ns for name in self._times.keys() - self._killed for time_ns in self._times[name]}
        return twice(self._keeper.published(self.expected), times)

    def _strike_until_done(self) -> None:
        blows: list[Callable[[], None]] = [
            self._kill_broker,
            self._kill_broker,
            self._end_broker,
            self._kill_witness,
            self._kill_witness,
            self._stop_witness,
            self._cut,
            self._delay,
            self._strike_producer,
        ]
        if self._steps_clock:
            blows.append(self._set_clock)
        until = time.monotonic() + DEADLINE_S
        while any(producer.poll() is None for producer in self.producers.values()):
            if time.monotonic() > until:
                raise TimeoutError(f"the producers never came to their end; see {self.folder}")
            time.sleep(self._random.uniform(*CALM_S))
            self._random.choice(blows)()
            self.blows += 1
        for name, producer in self.producers.items():
            assert producer.returncode == 0, f"{name} ended with {producer.returncode}; see {self.folder}"
        for proxy in self.proxies.values():
            proxy.delay(0)

    def _kill_broker(self) -> None:
        self._stop(self.broker, self._random.choice((0.0, 0.0, 1.0)))
        _kill(self.broker)
        if self._random.random() < 0.2:
            self._kill_witness()
        time.sleep(self._random.uniform(0, 1))
        self.broker = self._start_broker()

    def _end_broker(self) -> None:
        end(self.broker)
        self.broker = self._start_broker()

    def _kill_witness(self) -> None:
        name = self._random.choice(list(WITNESSES))
        self._random.choice((_kill, end))(self.witnesses[name])
        time.sleep(self._random.uniform(0, self._random.choice(AWAY_S)))
        self.witnesses[name] = self._start_witness(name)

    def _stop_witness(self) -> None:
        self._stop(self.witnesses[self._random.choice(list(WITNESSES))], 1 + self._random.choice(AWAY_S))

    def _stop(self, process: subprocess.Popen[bytes], seconds_max: float) -> None:
        if seconds_max:
            process.send_signal(signal.SIGSTOP)
            time.sleep(self._random.uniform(0, seconds_max))
            process.send_signal(signal.SIGCONT)

    def _cut(self) -> None:
        self.proxies[self._random.choice(list(self.proxies))].cut()

    def _delay(self) -> None:
        proxy = self.proxies[self._random.choice(list(self.proxies))]
        proxy.delay(self._random.uniform(0.01, 0.1))
        time.sleep(self._random.uniform(0.5, 2))
        proxy.delay(0)

    def _strike_producer(self) -> None:
        name = self._random.choice(list(self.producers))
        if self._random.random() < 0.7:
            self._stop(self.producers[name], 1.0)
        else:  # it begins its file anew, so more than once or twice would only take long
            self._random.choice((_kill, end))(self.producers[name])
            self._killed.add(name)
            self.producers[name] = self._start_producer(name)

    def _set_clock(self) -> None:
        step_s = self._random.choice(STEPS_S)
        self._offset_s += self._random.randint(-step_s, step_s)
        self._write_clock()

    def _rest(self) -> None:
        """Until no witness has written anything for a while, or all know of all."""
        size, still_since = -1, time.monotonic()
        until = still_since + DEADLINE_S
        while time.monotonic() < min(still_since + SETTLE_S, until):
            now = sum(path.stat().st_size for path in self.folder.glob("*.log"))
            if now != size:
                size, still_since = now, time.monotonic()
            elif not any(account.silent for account in self.accounts().values()):
                return
            time.sleep(1)

    def _write(self, name: str, frames: Sequence[Frame]) -> None:
        """A producer's file, and what it gives."""
        with self._file(name).open("wb") as file:
            file.writelines(dnstap_file(frames))
        derived = derive(frames, name)
        errors = {record["time_ns"] for record in derived.errors}
        nxdomains = {record["time_ns"] for record in derived.nxdomains}
        self.expected[DNS_ERRORS] |= errors
        self.expected[NXDOMAIN] |= nxdomains
        self._times[name] = errors | nxdomains

    def _file(self, name: str) -> Path:
        return self.folder / f"{name}.dnstap"

    def _stepped(self, library: Path) -> dict[str, str]:
        """What makes the programs take the time of day from a file, and leave the monotonic clock alone."""
        self._write_clock()
        return {
            "LD_PRELOAD": str(library),
            "FAKETIME_TIMESTAMP_FILE": str(self._clock),
            "FAKETIME_CACHE_DURATION": "1",
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",
            "NO_FAKE_STAT": "1",
        }

    def _write_clock(self) -> None:
        fresh = self._clock.with_suffix(".new")
        fresh.write_text(f"{self._offset_s:+d}\n")
        fresh.replace(self._clock)

    def _start_broker(self) -> subprocess.Popen[bytes]:
        errors = self.folder / "broker.err"
        before = errors.stat().st_size if errors.exists() else 0
        options = [f"--{name}=tcp://127.0.0.1:{port}" for name, port in self.ports.items()]
        options.append(f"--log={self.folder / 'log'}")
        process = self._started("broker", "nxcast.broker", *options, *self._options)
        until = time.monotonic() + READY_S
        while b"publishing" not in errors.read_bytes()[before:]:
            if process.poll() is not None or time.monotonic() > until:
                raise TimeoutError(f"the broker does not start: {errors.read_bytes()[before:]!r}")
            time.sleep(0.02)
        return process

    def _start_producer(self, name: str) -> subprocess.Popen[bytes]:
        ports = self._proxied()
        return self._started(
            name,
            "nxcast.producers",
            "dnstap",
            str(self._file(name)),
            f"--sensor={name}",
            f"--rate={PACE / PRODUCERS}",
            f"--broker=tcp://localhost:{ports['ingress']}",
            f"--replay=tcp://localhost:{ports['replay']}",
        )

    def _start_witness(self, name: str) -> subprocess.Popen[bytes]:
        ports = self._proxied()
        return self._started(
            name,
            "testbed.witness",
            f"--broker=tcp://localhost:{ports['egress']}",
            f"--replay=tcp://localhost:{ports['replay']}",
            f"--cursor={self.folder / name}.cursor",
            f"--log={self.folder / name}.log",
            *WITNESSES[name],
        )

    def _started(self, name: str, module: str, *options: str) -> subprocess.Popen[bytes]:
        with (self.folder / f"{name}.err").open("ab") as errors:
            return start(module, *options, stderr=errors.fileno(), environment=self._environment)

    def _await_file(self, path: Path, process: subprocess.Popen[bytes]) -> None:
        """From the beginning on it goes on where it was, however early it is killed."""
        until = time.monotonic() + READY_S
        while not path.exists():
            if process.poll() is not None or time.monotonic() > until:
                raise TimeoutError(f"there is no {path.name}; see {self.folder}")
            time.sleep(0.05)

    def _proxied(self) -> dict[str, int]:
        return {name: proxy.port for name, proxy in self.proxies.items()}


def main(argv: Sequence[str] | None = None) -> int:
    """Run it, print the accounts; 0 if all are true."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--frames", type=int, default=FRAMES)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--seeds", type=int, default=1, help="so many, from --seed on")
    parser.add_argument("--broker-option", action="append", default=[], help="such as --log-bytes=1000000")
    parser.add_argument("--libfaketime", type=Path, help="where it is, if not where Debian puts it")
    args = parser.parse_args(argv)
    clock = args.libfaketime or libfaketime()
    if clock is None:
        print("libfaketime is missing: the clock is not set (Debian: apt install libfaketime)")
    seeds = range(args.seed, args.seed + args.seeds)
    false = [seed for seed in seeds if not _run(seed, args.frames, args.broker_option, clock)]
    print(f"seeds {seeds[0]} to {seeds[-1]}: {f'NOT true: {false}' if false else 'all accounts are true'}")
    return 1 if false else 0


def _run(seed: int, frames: int, options: Sequence[str], clock: Path | None) -> bool:
    """Run one seed and print its accounts; whether they are true. If not, what was written down stays."""
    folder = Path(tempfile.mkdtemp(prefix=f"nxcast-chaos-{seed}-"))
    chaos = Chaos(folder, seed, frames, *options, clock=clock)
    begun = time.monotonic()
    chaos.run()
    accounts, again = chaos.accounts(), chaos.published_twice()
    log = f"log of {SMALL_LOG / 1e6:.0f} MB" if chaos.small else "log as it comes"
    print(f"{frames:,} frames, seed {seed}, {log}, {chaos.blows} blows, {time.monotonic() - begun:.0f} s")
    print(f"  {'':<12}{''.join(f'{name:>12}' for name in accounts)}")
    for field in Account._fields:
        print(f"  {field:<12}{''.join(f'{getattr(each, field):>12,}' for each in accounts.values())}")
    print(f"  published twice, of producers that were never ended: {again:,}")
    true = not again and all(each.true and (chaos.small or not each.lost) for each in accounts.values())
    print("  the accounts are true" if true else f"  the accounts are NOT true; see {folder}", flush=True)
    if true:
        shutil.rmtree(folder)
    return true


def libfaketime() -> Path | None:
    """Where Debian puts it, None where it is not installed."""
    return next(iter(sorted(Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1"))), None)


def start(
    module: str,
    *options: str,
    stderr: int | None = subprocess.DEVNULL,
    environment: Mapping[str, str] | None = None,
) -> subprocess.Popen[bytes]:
    """A program of ours, in a process of its own."""
    return subprocess.Popen([sys.executable, "-m", module, *options], stderr=stderr, env=environment)


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


def _end_all(processes: Iterable[subprocess.Popen[bytes]]) -> None:
    for each in processes:
        end(each)


if __name__ == "__main__":
    sys.exit(main())
