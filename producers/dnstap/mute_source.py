"""Why a source gives nothing, in one line with the mend. Pure.

A resolver that can't connect, or sends the wrong kind of messages, says nothing of it in most cases: BIND,
PowerDNS, Knot Resolver and NSD log no failure to connect. So who waits for their messages has to say it.
"""

from __future__ import annotations

from collections.abc import Mapping

__all__ = ["MUTE_S", "nobody_connects", "nothing_to_send"]

MUTE_S = 30.0  # seconds without a frame until it is told why; a resolver flushes its dnstap within two

RESOLVER_ONLY = "switch on the resolver's responses (README, 'Sources')"


def nobody_connects(places: str, who_may: str) -> str:
    """What to look at where no resolver has connected."""
    return (
        f"no resolver has connected to {places} yet; who may: {who_may}. Look at --socket-mode and "
        "--socket-group, at the folder's rights, at AppArmor (aa-status), and at the resolver's dnstap "
        "lines: most resolvers log nothing when they can't connect"
    )


def nothing_to_send(skipped: Mapping[str, int], connections: int | None) -> str:
    """The biggest reason why what was read gave no frame; `connections` of a listener, None of a file."""
    if not skipped:
        who = (
            "the file holds no message" if connections is None else "resolvers are connected and send nothing"
        )
        return f"{who}: no question has been asked, or {RESOLVER_ONLY}"
    by_kind: dict[str, int] = {}
    for reason, count in skipped.items():
        kind = reason.partition("_")[0] if reason.isupper() else reason
        by_kind[kind] = by_kind.get(kind, 0) + count
    biggest = max(by_kind, key=lambda kind: by_kind[kind])
    names = ", ".join(sorted(reason for reason in skipped if reason.startswith(biggest)))
    return f"only {names}: {_MENDS.get(biggest, _OTHER)}"


_OTHER = "nothing of it is what a resolver heard from an authority"
_MENDS = {
    "CLIENT": "that is between clients and resolver. Knot Resolver's and dnsdist's dnstap has no others: "
    f"take --questions client, or nxcast-produce pcap; else {RESOLVER_ONLY}",
    "AUTH": "that is an authoritative server's dnstap, and the channels are of what resolvers hear: name "
    "the resolver's",
    "FORWARDER": "this resolver asks another one: take --forwarders, or the dnstap of that one",
    "forwarder": "this resolver asks another one: take --forwarders, or the dnstap of that one",
    "RESOLVER": f"queries without their responses: {RESOLVER_ONLY}",
    "STUB": "that is a stub's: name the resolver's dnstap",
    "TOOL": "that is a tool's: name a resolver's dnstap",
    "UPDATE": "those are dynamic updates: " + RESOLVER_ONLY,
    "bad_protobuf": "the payloads are no dnstap",
}
