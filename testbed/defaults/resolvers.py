"""The resolvers' configurations: what Debian ships, and as little more as can be. Pure.

Rules of this module:
- No setting that a resolver decides by itself is touched: minimisation, aggressive use of NSEC, caches,
  validation, threads; only `whole` turns the first two off, to compare with. What is added points at the
  lab's root (hints and trust anchor), keeps files in a folder of its own, and sends dnstap.
- Each runs in a namespace of its own, so it listens where it does by itself and takes clients from loopback.
- Versions: Debian 12's. What the packages ship was read in November 2026.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

__all__ = ["FRONT_PORT", "KINDS", "Kind", "Places", "dnsdist"]

FRONT_PORT = 5300
"""Where dnsdist answers clients in front of a resolver that is at port 53."""

SUFFIXES = "/usr/share/publicsuffix/public_suffix_list.dat"  # read by PowerDNS, as Debian configures it


@dataclass(frozen=True)
class Places:
    """What a configuration refers to. `key` and `hints` are files that may be written to."""

    directory: Path
    key: Path  # the trust anchor, as a DNSKEY record
    hints: Path
    dnstap: Path  # the unix socket of the receiver
    clients: bool  # whether answers to clients are sent too
    whole: bool = False  # whether authorities are asked what clients ask: nothing minimised or synthesised


@dataclass(frozen=True)
class Kind:
    """A resolver program: how it is configured, and what it says of itself."""

    name: str
    files: Callable[[Places], dict[str, str]]  # name of each file, and what it has
    command: Callable[[Path], list[str]]  # in that directory
    sends_authority: bool = True  # RESOLVER_RESPONSE messages
    sends_clients: bool = True  # CLIENT_RESPONSE messages, by itself
    loses_after_restart: bool = True  # dnstap by libfstrm, which keeps nothing for a receiver that is away


def _yes(value: bool) -> str:
    return "yes" if value else "no"


def _unbound(at: Places) -> dict[str, str]:
    text = f"""server:
    directory: "{at.directory}"
    chroot: ""
    username: ""
    pidfile: ""
    use-syslog: no
    logfile: ""
    root-hints: "{at.hints}"
    auto-trust-anchor-file: "{at.key}"
{"    qname-minimisation: no" if at.whole else ""}
{"    aggressive-nsec: no" if at.whole else ""}
dnstap:
    dnstap-enable: yes
    dnstap-socket-path: "{at.dnstap}"
    dnstap-log-resolver-response-messages: yes
    dnstap-log-client-response-messages: {_yes(at.clients)}
"""
    return {"unbound.conf": text}


def _bind(at: Places) -> dict[str, str]:
    flags, protocol, algorithm, key = at.key.read_text().split("DNSKEY")[1].split(None, 3)
    text = f"""options {{
    directory "{at.directory}";
    dnssec-validation yes;            // auto is this with the real root's key
    listen-on-v6 {{ any; }};
    pid-file none;
    session-keyfile none;
    dnstap {{ resolver response;{" client response;" if at.clients else ""} }};
    dnstap-output unix "{at.dnstap}";
    {"qname-minimization off; synth-from-dnssec no;" if at.whole else ""}
}};
controls {{ }};
trust-anchors {{ "." initial-key {flags} {protocol} {algorithm} "{"".join(key.split())}"; }};
zone "." {{ type hint; file "{at.hints}"; }};
"""
    return {"named.conf": text}


def _powerdns(at: Places) -> dict[str, str]:
    text = f"""hint-file={at.hints}
local-address=127.0.0.1
lua-config-file={at.directory}/recursor.lua
public-suffix-list-file={SUFFIXES}
quiet=yes
security-poll-suffix=
# Else it asks no server that has an address for documentation.
dont-query=
daemon=no
write-pid=no
disable-syslog=yes
socket-dir={at.directory}
{"qname-minimization=no" if at.whole else ""}
{"aggressive-nsec-cache-size=0" if at.whole else ""}
"""
    lua = f"""clearDS(".")
readTrustAnchorsFromFile("{at.key}")
dnstapFrameStreamServer({{"{at.dnstap}"}}, {{logQueries=false}})
"""
    return {"recursor.conf": text, "recursor.lua": lua}


def _knot(at: Places) -> dict[str, str]:
    """What it says of its clients can't be chosen: 5.6.0 sends their queries and answers whatever is set."""
    text = f"""log_target('stderr')
net.listen('127.0.0.1', 53, {{ kind = 'dns' }})
net.listen('::1', 53, {{ kind = 'dns', freebind = true }})
modules = {{ 'hints > iterate', 'stats', 'predict' }}
cache.size = 100 * MB
hints.root_file('{at.hints}')
trust_anchors.remove('.')
trust_anchors.add_file('{at.key}', true)
modules.load('dnstap')
dnstap.config({{
    socket_path = '{at.dnstap}',
    client = {{ log_responses = true }},
}})
"""
    return {"kresd.conf": text}


def dnsdist(dnstap: Path) -> str:
    """dnsdist.conf: in front of a resolver on this host, it sends what clients are told."""
    return f"""setLocal("127.0.0.1:{FRONT_PORT}")
newServer("127.0.0.1:53")
setSecurityPollSuffix("")
addResponseAction(AllRule(), DnstapLogResponseAction("dnsdist", newFrameStreamUnixLogger("{dnstap}")))
"""


KINDS = {
    kind.name: kind
    for kind in (
        Kind("unbound", _unbound, lambda at: ["unbound", "-d", "-p", "-c", f"{at}/unbound.conf"],
             loses_after_restart=False),
        Kind("bind", _bind, lambda at: ["named", "-g", "-c", f"{at}/named.conf"]),
        Kind("powerdns", _powerdns, lambda at: ["pdns_recursor", f"--config-dir={at}"], sends_clients=False),
        Kind("knot", _knot, lambda at: ["kresd", "-n", "-c", f"{at}/kresd.conf", str(at)],
             sends_authority=False),
    )
}  # fmt: skip
"""By the name that `DefaultsLab.resolver` takes. In front of PowerDNS, dnsdist sends what clients are
told."""
