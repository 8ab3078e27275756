"""The containers' zones as a tree: delegated, on several servers, with a signed root and TLDs. Pure.

Rules of this module:
- Root and top-level domains have servers of their own, so that a resolver goes from one to the next as it
  does outside, and asks each for as much of a name as its minimisation (RFC 9156) lets it.
- The root is signed with NSEC, top-level domains with NSEC3 and opt-out (RFC 5155 section 6), as com is;
  those of the lab alone (`example`, `test`) and all below are unsigned, as most domains are.
- What stands in a zone is what `testbed.configs` says; delegations, name servers and addresses are added.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import replace

from testbed.configs import ZONE_FILES, Zone
from testbed.defaults import world

__all__ = ["SERVERS", "hints", "placed", "with_file", "zone_files"]

SERVERS = {
    "root": ("root",),
    "registry": ("registry",),
    "steady": ("ns", "second"),
    "small": ("small",),
    "fixed": ("fixed",),
    "nobody": ("nobody",),
}
"""A zone's server as `configs.Zone` has it -> the names, in `example`, of those it is delegated to."""

_UNSIGNED = ("example.", "test.")


def placed(zones: Iterable[Zone]) -> list[Zone]:
    """The same zones, the root and top-level domains on servers of their own; none is reached over IPv6."""
    return [replace(zone, server=_server(zone), ipv6=False) for zone in zones]


def hints(addresses: Mapping[str, str]) -> str:
    """The root hints; `addresses` are the servers' by their first label."""
    return f". 300 IN NS root.example.\nroot.example. 300 IN A {addresses['root']}\n"


def zone_files(zones: Iterable[Zone], addresses: Mapping[str, str]) -> list[world.Zone]:
    """What the zones hold; those that share a file and have nothing below them are one, named as it is."""
    placed_zones = list(zones)
    below: dict[str, list[Zone]] = defaultdict(list)
    names = {zone.name for zone in placed_zones}
    for zone in placed_zones:
        if zone.name != ".":
            below[_above(zone.name, names)].append(zone)
    made = {}
    for zone in placed_zones:
        if (ZONE_FILES / zone.file).exists() and zone.served:
            file = _file(zone, bool(below[zone.name]))
            made[file] = _held(zone, file, below[zone.name], addresses)
    return list(made.values())


def with_file(zone: Zone, made: Iterable[world.Zone]) -> Zone:
    """The zone with the file that `zone_files` made of it."""
    own = any(each.name == _name(zone) for each in made)
    return replace(zone, shared=f"{_file(zone, own)}.zone")


def _held(zone: Zone, file: str, below: Iterable[Zone], addresses: Mapping[str, str]) -> world.Zone:
    signing = world.Signing.NONE
    if zone.server == "root":
        signing = world.Signing.NSEC
    elif zone.server == "registry" and zone.name not in _UNSIGNED:
        signing = world.Signing.OPT_OUT
    text = (ZONE_FILES / zone.file).read_text()
    text = re.sub(r"^(@?) +NS +ns\S*\n|^ns +A .*\n", "", text, flags=re.MULTILINE)
    lines = [text, *(f"@ NS {server}.example.\n" for server in SERVERS[zone.server])]
    for child in below:
        lines += [f"{child.name} NS {server}.example.\n" for server in SERVERS[child.server]]
    if zone.name in (".", "example."):
        lines += [f"{server}.example. A {address}\n" for server, address in addresses.items()]
    return world.Zone(file, zone.server, signing, "".join(lines))


def _file(zone: Zone, own: bool) -> str:
    return _name(zone) if own or zone.shared is None else zone.shared.removesuffix(".zone")


def _server(zone: Zone) -> str:
    if zone.name == ".":
        return "root"
    return "registry" if zone.name.count(".") == 1 else zone.server


def _above(name: str, names: set[str]) -> str:
    """The nearest zone above one that is not the root."""
    while True:
        name = name.partition(".")[2] or "."
        if name in names or name == ".":
            return name


def _name(zone: Zone) -> str:
    """Without its last dot, but for the root."""
    return zone.name.rstrip(".") or "."
