"""What the containers need before they start: keys, a token, and the DNS servers' configurations.

Run by the compose file, each time: keys and the token are made once and kept, configurations are written
anew. Each client's key has a folder of its own, which is a volume that only this client mounts.
"""

from __future__ import annotations

import argparse
import os
import secrets
import subprocess
import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from nxcast.producers.synthetic.world import World
from testbed import configs, delegations
from testbed.defaults.signing import write_zones

__all__ = ["CLIENTS", "HOSTS", "host_of", "main"]

CLIENTS = {
    "dnstap": ("--push", "resolver-dnstap"),
    "packets": ("--push", "resolver-packets"),
    "consumers": ("--subscribe", "all", "--replay"),
    "host": ("--subscribe", "all", "--replay", "--push", "nxcast-canary"),
    "doctor": ("--subscribe", "all", "--replay", "--push", "nxcast-canary"),
}
"""Who comes in at the broker, and what for."""

HOSTS = {
    "root": 8,
    "registry": 9,
    "steady": 10,
    "small": 11,
    "fixed": 12,
    "nobody": 13,
    "second": 14,
    "resolver": 53,
    "dnstap": 60,
}
"""Last octets of the addresses in the DNS network, as in docker-compose.yml."""

_PORT, _DNSTAP_PORT = 53, 6000
_NSD = ("root", "registry", "steady", "small")
_SCRATCH = "/tmp"  # noqa: S108  of the container alone, in memory


def main(argv: Sequence[str] | None = None) -> int:
    """Make what is missing; 0, or 1 if a key could not be made."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--keys", type=Path, required=True, metavar="FOLDER")
    parser.add_argument("--tokens", type=Path, required=True, metavar="FILE", help="of who may ask the store")
    parser.add_argument("--configs", type=Path, required=True, metavar="FOLDER")
    parser.add_argument("--pipe", type=Path, required=True, help="where captured packets go")
    parser.add_argument("--net", required=True, help="first three octets of the DNS network, as 198.51.100")
    parser.add_argument("--seed", type=int, required=True, help="of the world that the servers know")
    args = parser.parse_args(argv)
    _write_configs(args.configs, args.net, args.seed)
    if not args.tokens.exists():
        args.tokens.touch(mode=0o600)
        args.tokens.write_text(f"{secrets.token_hex()}\n")
    with suppress(FileExistsError):
        os.mkfifo(args.pipe)
    return 0 if _add_keys(args.keys) else 1


def host_of(server: str) -> str:
    """The container of a server that zones are delegated to, by its first label."""
    return "steady" if server == "ns" else server


def _add_keys(folder: Path) -> bool:
    """See to it that each client has a key that the broker knows; one without the other is made anew."""
    keys = ("--keys", str(folder / "broker" / "keys.toml"))
    known = {line.split()[0] for line in _keys("list", *keys).stdout.splitlines() if line.strip()}
    for name, rights in CLIENTS.items():
        client = folder / name / "client.key"
        if name in known and client.exists():
            continue
        client.unlink(missing_ok=True)
        if name in known:
            _keys("revoke", *keys, name)
        added = _keys("add", *keys, name, *rights, "--to", str(client))
        print(added.stdout or added.stderr, end="")
        if added.returncode:
            return False
    return True


def _keys(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(("nxcast-broker", "keys", *words), capture_output=True, text=True, check=False)


def _write_configs(folder: Path, net: str, seed: int) -> None:
    """One file a server, the zone files, and what the resolver begins with: root hints and trust anchor."""
    zone_files = folder / "zones"
    zone_files.mkdir(exist_ok=True)
    zones = delegations.placed([*configs.ZONES, *configs.world_zones(World(seed))])
    addresses = {
        name: f"{net}.{HOSTS[host_of(name)]}" for names in delegations.SERVERS.values() for name in names
    }
    made = delegations.zone_files(zones, addresses)
    anchor = write_zones(made, zone_files)
    _write(folder / "root.key", f"{anchor}\n")
    _write(folder / "root.hints", delegations.hints(addresses))
    zones = [delegations.with_file(zone, made) for zone in zones]
    for server in _NSD:
        config = configs.nsd(
            zones,
            server,
            [f"0.0.0.0@{_PORT}"],
            zone_files=zone_files,
            log="/dev/stderr",
            directory=_SCRATCH,
        )
        _write(folder / f"{server}.conf", config)
    _write(folder / "fixed.conf", configs.dnsdist(f"0.0.0.0:{_PORT}"))
    resolver = configs.resolver(
        directory=_SCRATCH,
        hints=folder / "root.hints",
        anchor=folder / "root.key",
        interface=f"0.0.0.0@{_PORT}",
        clients=f"{net}.0/24",
        dnstap=f"{net}.{HOSTS['dnstap']}@{_DNSTAP_PORT}",
    )
    _write(folder / "resolver.conf", resolver)


def _write(path: Path, text: str) -> None:
    """Beside its place, then renamed: a server that starts meanwhile reads the old one or the new one."""
    made = path.with_suffix(".new")
    made.write_text(text)
    made.replace(path)


if __name__ == "__main__":
    sys.exit(main())
