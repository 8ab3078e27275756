"""Who serves which zone in the lab and in the containers, and the configurations that follow. Pure.

`templates/` holds the settings, `zones/` the zone files; this module fills the former in. Names and addresses
are those reserved for examples (RFC 2606, RFC 6761, RFC 5737, RFC 3849), but for the invented world of
`nxcast.producers.synthetic`, which says itself what its names are.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from string import Template

from nxcast.producers.synthetic.world import (
    DNSBL_DOMAIN_ZONES,
    DNSBL_IP_ZONES,
    DNSBL_KEY_ZONES,
    World,
    dga_names,
)

__all__ = [
    "UDP_OCTETS",
    "ZONES",
    "ZONE_FILES",
    "Zone",
    "dnsdist",
    "nsd",
    "resolver",
    "unbound",
    "world_zones",
]

HERE = Path(__file__).resolve().parent
ZONE_FILES = HERE / "zones"

UDP_OCTETS = {"steady": 1232, "small": 512}
"""The NSD servers, and how large their UDP answers may get. What is larger comes truncated, then over TCP."""
_UDP_OCTETS = 1232  # of the servers that the containers have besides, as most servers' default is

EMPTY, ALIVE = "empty.zone", "domain.zone"  # zone files that many zones share


@dataclass(frozen=True)
class Zone:
    """One zone: its name, who is asked about it, and what that server has of it."""

    name: str  # text, fully qualified
    server: str = "steady"  # "steady" and "small" are NSD, "fixed" is dnsdist, at "nobody" no one listens
    ipv6: bool = False  # reached over IPv6 (in the lab; the containers have IPv4 only)
    served: bool = True  # False: the server has never heard of it (a lame delegation), and says REFUSED
    shared: str | None = None  # the zone file, where it is not one of its own
    stub: bool = True  # False: the resolver finds its server by the zone above

    @property
    def file(self) -> str:
        """Zone "x." is in x.zone, "." in root.zone."""
        return self.shared or f"{self.name.rstrip('.') or 'root'}.zone"


ZONES = (
    Zone("."),
    Zone("example."),
    Zone("test.", ipv6=True),
    Zone("example.com."),
    Zone("example.net.", ipv6=True),
    Zone("hosting.example."),
    Zone("dnsbl.example."),
    Zone("keyed.dnsbl.example."),
    Zone("multi.surbl.example.", ipv6=True),
    Zone("2.0.192.in-addr.arpa."),
    Zone("8.b.d.0.1.0.0.2.ip6.arpa.", ipv6=True),
    Zone("long.example.", "small"),
    Zone("long.test.", "small", ipv6=True),
    Zone("broken.example.", "small"),  # has no zone file, hence SERVFAIL
    Zone("broken.test.", "small", ipv6=True),
    Zone("lame.example.", "small", served=False),
    Zone("lame.test.", "small", ipv6=True, served=False),
    Zone("formerr.example.", "fixed"),
    Zone("notimp.example.", "fixed"),
    Zone("notauth.example.", "fixed"),
    Zone("nxrrset.example.", "fixed"),
    Zone("nosoa.example.", "fixed"),
    Zone("badvers.example.", "fixed"),
    Zone("silent.example.", "nobody"),
)
"""The resolver's whole world, unless `world_zones` are added."""


def world_zones(world: World) -> list[Zone]:
    """The zones of an invented world: top-level domains, blocklists, domains alive, lame and broken."""
    own = {zone.name for zone in ZONES}
    apexes = {f"{domain.rpartition('.')[2]}." for domain in world.domains}
    apexes |= {f"{name.rpartition('.')[2]}." for kind in ("letters", "hex", "words")
               for name in dga_names(world.seed, kind, 0)}  # fmt: skip
    apexes |= {f"{zone}." for zone in DNSBL_IP_ZONES + DNSBL_DOMAIN_ZONES + DNSBL_KEY_ZONES}
    apexes |= {f"{block}.in-addr.arpa." for block in ("2.0.192", "100.51.198", "113.0.203")}
    apexes |= {f"avts.{world.domains[0]}."}
    return [
        *(Zone(name, shared=EMPTY, stub=False) for name in sorted(apexes - own)),
        *(Zone(f"{domain}.", shared=ALIVE, stub=False) for domain in world.domains),
        *(Zone(f"{domain}.", "small", served=False) for domain in world.lame),
        *(Zone(f"{domain}.", "small") for domain in world.broken),  # no such files either
    ]


def nsd(zones: Iterable[Zone], server: str, addresses: Sequence[str], **values: object) -> str:
    """nsd.conf of a server, for those of the zones that it holds. `addresses` are ADDRESS@PORT."""
    held = [zone for zone in zones if zone.server == server and zone.served]
    return _filled(
        "nsd.conf",
        name=server,
        udp_octets=UDP_OCTETS.get(server, _UDP_OCTETS),
        addresses="\n".join(f"    ip-address: {address}" for address in addresses),
        entries="\n".join(f'zone:\n    name: "{zone.name}"\n    zonefile: "{zone.file}"' for zone in held),
        **values,
    )


def dnsdist(address: str) -> str:
    """dnsdist.conf, for ADDRESS:PORT."""
    return _filled("dnsdist.conf", address=address)


def resolver(**values: object) -> str:
    """unbound.conf of a resolver at its own defaults, that begins at a root of ours."""
    return _filled("resolver.conf", **values)


def unbound(
    zones: Iterable[Zone], servers: Mapping[str, str], servers6: Mapping[str, str] | None, **values: object
) -> str:
    """unbound.conf. `servers` are the servers' ADDRESS@PORT by name, and those over IPv6, if there is any."""
    stubs = [
        _stub(zone.name, (servers6 if zone.ipv6 and servers6 else servers)[zone.server])
        for zone in zones
        if zone.stub
    ]
    return _filled("unbound.conf", ipv6="no" if servers6 is None else "yes", stubs="\n".join(stubs), **values)


def _stub(name: str, address: str) -> str:
    """The Unbound clause that sends questions about a zone to its server."""
    return f'stub-zone:\n    name: "{name}"\n    stub-addr: {address}\n    stub-no-cache: yes'


def _filled(template: str, **values: object) -> str:
    return Template((HERE / "templates" / template).read_text()).substitute(values)
