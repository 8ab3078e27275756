"""Zone files on disk, signed from the leaves up, and the trust anchor that a resolver needs for them.

Keys are made where there are none yet: ECDSA P-256 (algorithm 13, RFC 6605), one that signs keys and one that
signs records. NSEC3 is as RFC 9276 recommends it, and as the large zones have it: no salt, no extra
iterations.
"""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from pathlib import Path

from testbed.defaults.world import Signing, Zone
from testbed.servers import PACKAGES, LabError, find

__all__ = ["write_zones"]

VALID = "+31536000"  # seconds, a year: who leaves a testbed alone signs nothing again meanwhile
NSEC3 = ("-3", "-", "-H", "0")
MODES = {Signing.NSEC: (), Signing.NSEC3: NSEC3, Signing.OPT_OUT: (*NSEC3, "-A")}


def write_zones(zones: Sequence[Zone], directory: Path) -> str:
    """Write each zone to `{name}.zone` in the directory; the root's key, as a DNSKEY record in one line."""
    keys = directory / "keys"
    keys.mkdir(exist_ok=True)
    above: dict[str, str] = {}  # zone -> the DS records of the zones below it
    names = {zone.name for zone in zones}
    for zone in sorted(zones, key=lambda zone: (zone.name != ".", zone.name.count(".")), reverse=True):
        if zone.records is None:
            continue
        path = directory / f"{zone.name}.zone"
        text = zone.records + above.get(zone.name, "")
        if zone.signing is Signing.NONE:
            path.write_text(text)
            continue
        plain = directory / f"{zone.name}.unsigned"
        plain.write_text(text)
        had = any(keys.glob(f"K{zone.name.rstrip('.')}.+013+*.key"))
        for flags in () if had else ((), ("-f", "KSK")):
            _run("dnssec-keygen", "-K", str(keys), "-a", "13", *flags, zone.name)
        _run("dnssec-signzone", "-S", "-e", VALID, "-K", str(keys), "-d", str(keys), "-o", zone.name,
             *MODES[zone.signing], "-f", str(path), str(plain))  # fmt: skip
        parent = _parent(zone.name, names)
        if parent is not None:
            above[parent] = above.get(parent, "") + (keys / f"dsset-{zone.name}.").read_text()
    return _root_key(keys)


def _parent(name: str, names: set[str]) -> str | None:
    """The nearest zone above."""
    while name != ".":
        name = name.partition(".")[2] or "."
        if name in names:
            return name
    return None


def _root_key(keys: Path) -> str:
    for path in keys.glob("K.+013+*.key"):
        for line in path.read_text().splitlines():
            if " DNSKEY 257 " in line:
                return line
    raise LabError("dnssec-keygen made no key for the root")


def _run(program: str, *arguments: str) -> None:
    found = find(program)
    if found is None:
        raise LabError(f"not installed: Debian package {PACKAGES[program]}")
    done = subprocess.run([found, *arguments], capture_output=True, text=True, check=False)
    if done.returncode:
        raise LabError(f"{program} {arguments[-1]}: {done.stderr.strip()}")
