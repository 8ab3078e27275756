"""`make testbed`: looks whether the containers can be started here, starts them, and tells what to do next.

What is wrong is one line on standard error and exit status 1, before anything is built or started. Either
Compose will do: `docker compose` or docker-compose. Only the standard library is used, so that it needs no
virtual environment.

    python testbed/containers.py up [--full]
    python testbed/containers.py down
"""

from __future__ import annotations

import argparse
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Sequence
from contextlib import suppress
from ipaddress import IPv4Address, IPv4Network
from pathlib import Path

__all__ = ["KEY", "PORTS", "SETS", "ContainersError", "Testbed", "main"]

ROOT = Path(__file__).resolve().parents[1]
KEY = ROOT / "build" / "testbed" / "host.key"
PORTS = {
    "NXCAST_PORT_INGRESS": 5555,
    "NXCAST_PORT_EGRESS": 5556,
    "NXCAST_PORT_REPLAY": 5557,
    "NXCAST_PORT_SETS": 5560,
    "NXCAST_PORT_METRICS": 9153,
    "NXCAST_PORT_PROMETHEUS": 9090,
    "NXCAST_PORT_SERVE": 8053,
}
"""The ports on 127.0.0.1 and the variables that choose others, as in docker-compose.yml."""

SETS = 4
"""Sets of rights that have a port on this machine, one behind the other from NXCAST_PORT_SETS on."""

FULL_ONLY = ("NXCAST_PORT_PROMETHEUS", "NXCAST_PORT_SERVE")
NET = "198.51.100"
FIRST_FAILURE_S = 60.0
ROUTES = Path("/proc/net/route")


class ContainersError(Exception):
    """The containers can't be started here; one line that says why, and what to do about it."""


class Testbed:
    """The containers of one Compose project; `environment` has its variables."""

    __test__ = False  # pytest would take it for tests

    def __init__(self, environment: dict[str, str], *, full: bool = False) -> None:
        self._environment = environment
        self._full = full
        self._started = 0.0  # on the monotonic clock, once all was built
        self._command = _compose(environment)
        _check_engine(environment)
        last = self._ports("NXCAST_PORT_SETS")[-1]
        self._environment = {**environment, "NXCAST_PORT_SETS_LAST": str(last)}

    @property
    def compose(self) -> str:
        """The command, as one would type it."""
        return " ".join(self._command)

    def port(self, variable: str) -> int:
        """Where something is to be had on 127.0.0.1; raises ContainersError for what is no port."""
        return self._ports(variable)[0]

    def _ports(self, variable: str) -> range:
        count = SETS if variable == "NXCAST_PORT_SETS" else 1
        text = self._environment.get(variable) or str(PORTS[variable])
        if not (text.isascii() and text.isdecimal() and 0 < int(text) <= (1 << 16) - count):
            raise ContainersError(f"{variable} is {text!r}: give a port, 1 to {(1 << 16) - count}")
        return range(int(text), int(text) + count)

    def check(self) -> None:
        """Raise ContainersError where a port or the network is taken by others than this very testbed."""
        if self.container("broker", running=True):
            return
        for variable in PORTS:
            ports = self._ports(variable) if self._full or variable not in FULL_ONLY else ()
            for port in ports:
                if not _is_free(port):
                    first = self.port(variable)
                    another = first + 10_000 if first < 50_000 else first - 10_000
                    raise ContainersError(
                        f"port {port} of 127.0.0.1 is in use: stop who listens there, or choose another: "
                        f"{variable}={another} make testbed"
                    )
        prefix = self._environment.get("NXCAST_DNS_NET") or NET
        if not self.container("broker"):
            _check_network(prefix)

    def up(self) -> None:
        """Build what has changed, and start what does not run; raises ContainersError if that fails."""
        self._do("build", "--quiet")
        self._started = time.monotonic()
        self._do("up", "--detach")

    def down(self) -> None:
        """Stop all, and remove containers, networks and volumes."""
        self._do("down", "--volumes", "--remove-orphans", "--timeout=10")

    def run(self, *words: str, capture: bool = False) -> subprocess.CompletedProcess[str]:
        """Compose with these words; with `capture` its output is returned and not shown."""
        profiles = ["--profile=full"] if self._full else []
        return subprocess.run(
            (*self._command, *profiles, *words),
            cwd=ROOT,
            env=self._environment,
            capture_output=capture,
            text=True,
            check=False,
        )

    def _do(self, *words: str) -> None:
        if self.run(*words).returncode:
            raise ContainersError(f"'{self.compose} {words[0]}' failed: the lines above say why")

    def container(self, service: str, *, running: bool = False) -> str:
        """ID of a service's container, '' where there is none."""
        found = self.run("ps", "-q", *([] if running else ["-a"]), service, capture=True).stdout.split()
        if not running or not found:
            return found[0] if found else ""
        state = self.docker("inspect", "--format={{.State.Running}}", found[0])
        return found[0] if state.strip() == "true" else ""

    def docker(self, *words: str) -> str:
        """What docker says to these words; raises ContainersError where it fails."""
        done = subprocess.run(
            ("docker", *words), env=self._environment, capture_output=True, text=True, check=False
        )
        if done.returncode:
            raise ContainersError(f"docker {words[0]}: {done.stderr.strip()}")
        return done.stdout

    def save_key(self, path: Path) -> None:
        """Put the key for this machine's user into a file that nobody else may read."""
        path.parent.mkdir(parents=True, exist_ok=True)
        path.unlink(missing_ok=True)
        self.docker("cp", f"{self.container('prepare')}:/keys/host/client.key", str(path))
        path.chmod(0o600)

    def published(self) -> float:
        """Records that the broker has published so far; 0 while it does not answer."""
        with suppress(OSError, ValueError):
            url = f"http://127.0.0.1:{self.port('NXCAST_PORT_METRICS')}/metrics"
            with urllib.request.urlopen(url, timeout=3) as page:
                lines = page.read().decode().splitlines()
            return sum(float(line.split()[-1]) for line in lines if line.startswith(_PUBLISHED))
        return 0.0

    def wait_for_failures(self) -> float:
        """Wait for the first failure to be published; seconds from the start. Raises ContainersError."""
        while not self.published():
            if time.monotonic() - self._started > FIRST_FAILURE_S:
                raise ContainersError(
                    f"no failure in {FIRST_FAILURE_S:.0f} s: '{self.compose} ps' and "
                    f"'{self.compose} logs traffic resolver' tell more, 'make testbed-down' takes it down"
                )
            time.sleep(0.2)
        return time.monotonic() - self._started


_PUBLISHED = 'nxcast_broker_published_records_total{topic="nxdomain/'


def main(argv: Sequence[str] | None = None) -> int:
    """Start or stop the testbed; 0, or 1 with one line that says why not."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("command", choices=("up", "down"))
    parser.add_argument("--full", action="store_true", help="with Prometheus and the sensor of packets")
    args = parser.parse_args(argv)
    try:
        testbed = Testbed(dict(os.environ), full=args.full or args.command == "down")
        if args.command == "down":
            testbed.down()
            KEY.unlink(missing_ok=True)
        else:
            _start(testbed, full=args.full)
    except ContainersError as error:
        print(f"testbed: {error}", file=sys.stderr)
        return 1
    return 0


def _start(testbed: Testbed, *, full: bool) -> None:
    testbed.check()
    print("building the images, which takes a minute or two the first time", flush=True)
    testbed.up()
    testbed.save_key(KEY)
    seconds = testbed.wait_for_failures()
    print(f"the testbed runs; the first failure came {seconds:.1f} s after its start. Now:\n")
    egress, replay = testbed.port("NXCAST_PORT_EGRESS"), testbed.port("NXCAST_PORT_REPLAY")
    there = f"--broker tcp://127.0.0.1:{egress} --replay tcp://127.0.0.1:{replay}"
    consume = ".venv/bin/nxcast-consume"
    lines = {
        f"{testbed.compose} logs --follow --tail=50 tail": "both channels, as they come",
        f"{testbed.compose} logs --follow spamtrap dnsbl": "what the failures say, each minute",
        f"{testbed.compose} exec tail nxcast-consume channels": "what flows, and how much",
        f"{testbed.compose} run --rm doctor": "is it working?",
        f"{consume} tail --key {KEY.relative_to(ROOT)} {there}": (
            "the same from this machine"
            + ("" if (ROOT / consume).exists() else "; 'make .venv/run.stamp' installs it there")
        ),
        f"curl http://127.0.0.1:{testbed.port('NXCAST_PORT_METRICS')}/metrics": "the broker's metrics",
    }
    if full:
        lines[f"http://127.0.0.1:{testbed.port('NXCAST_PORT_PROMETHEUS')}"] = "Prometheus"
    lines["make testbed-down"] = "ends it, and leaves nothing but the images"
    for command, what in lines.items():
        print(f"  {command}\n      {what}")


def _compose(environment: dict[str, str]) -> list[str]:
    path = environment.get("PATH")
    if shutil.which("docker", path=path) is None:
        raise ContainersError("docker is not installed: install Docker Engine and Compose")
    for command in (["docker", "compose"], ["docker-compose"]):
        if shutil.which(command[0], path=path) is None:
            continue
        words = (*command, "version")
        if subprocess.run(words, env=environment, capture_output=True, check=False).returncode == 0:
            return command
    raise ContainersError("Docker Compose is not installed: install docker-compose, or the compose plugin")


def _check_engine(environment: dict[str, str]) -> None:
    """Raise ContainersError unless the engine answers."""
    done = subprocess.run(("docker", "info"), env=environment, capture_output=True, text=True, check=False)
    said = f"{done.stdout}\n{done.stderr}".strip()
    if "permission denied" in said.lower():
        raise ContainersError("no right to use the Docker engine: run this as root or in the group docker")
    if done.returncode or "cannot connect to the docker daemon" in said.lower():
        last = said.splitlines()[-1] if said else "docker info failed"
        raise ContainersError(f"the Docker engine is not running: start it ({last})")


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def _check_network(prefix: str) -> None:
    """Raise ContainersError if this machine reaches somebody at the DNS network's addresses already."""
    try:
        wanted = IPv4Network(f"{prefix}.0/24")
    except ValueError:
        raise ContainersError(f"NXCAST_DNS_NET is {prefix!r}: give three octets, such as {NET}") from None
    if wanted.is_loopback or wanted.is_multicast:
        raise ContainersError(f"NXCAST_DNS_NET is {prefix!r}: no network can be there; take {NET}")
    for network in _routes():
        if network.prefixlen and network.overlaps(wanted):
            raise ContainersError(
                f"this machine has a route to {network}, where the testbed's DNS servers would be: "
                "take another testbed down, or choose another network: NXCAST_DNS_NET=203.0.113 make testbed"
            )


def _routes() -> list[IPv4Network]:
    """The networks of Linux' routing table (proc(5)); elsewhere the engine is in a machine of its own."""
    if not ROUTES.exists():
        return []
    rows = [line.split() for line in ROUTES.read_text().splitlines()[1:]]
    return [IPv4Network((_address(row[1]), str(IPv4Address(_address(row[7]))))) for row in rows]


def _address(text: str) -> int:
    """An address as the table has it: hexadecimal, the octets in the machine's order."""
    return int.from_bytes(bytes.fromhex(text), sys.byteorder)


if __name__ == "__main__":
    sys.exit(main())
