"""Why a source gives nothing, in one line with the mend, once it has given nothing for `MUTE_S`.

A resolver that can't connect, or sends the wrong kind of messages, says nothing of it in most cases: BIND,
PowerDNS, Knot Resolver and NSD log no failure to connect. So who waits for their messages has to say it.
The texts are pure.
"""

from __future__ import annotations

import logging
import math
import time
from collections.abc import Callable, Mapping

__all__ = ["MUTE_S", "NO_CLIENTS", "MuteWatch", "all_gone", "nobody_connects", "nothing_to_send"]

MUTE_S = 30.0  # seconds without a frame until it is told why; a resolver flushes its dnstap within two

NO_CLIENTS = (
    "--questions tells what clients are answered (CLIENT_RESPONSE), and none of that comes, so nxdomain/ "
    "stays empty: switch on the resolver's client responses, or put dnsdist in front (docs/sources.md)"
)
"""Why there is no question of a client."""

LOCAL = "client_local"  # the join has these, of zones that no authority has shown

RESOLVER_ONLY = "switch on the resolver's responses (docs/sources.md)"

_log = logging.getLogger(__name__)


class MuteWatch:
    """Warns once, `MUTE_S` after its making, if nothing was `given` by then; `why` gives the reason."""

    def __init__(self, given: Callable[[], int], why: Callable[[], str], what: str = "nothing sent") -> None:
        self._given = given
        self._why = why
        self._what = what
        self._at = time.monotonic() + MUTE_S  # infinite once there is nothing more to tell

    def due_in(self) -> float:
        """Seconds until `look` is to be called."""
        return max(self._at - time.monotonic(), 0)

    def look(self) -> None:
        """Warn if it is time to."""
        if self._given():
            self._at = math.inf
        if self.due_in() <= 0:
            self._tell(f"{self._what} in {MUTE_S:g} seconds")

    def finish(self) -> None:
        """There is no more to come: warn at once, unless something was given or it has been told."""
        if self._at != math.inf and not self._given():
            self._tell(self._what)

    def _tell(self, what: str) -> None:
        self._at = math.inf
        why = self._why()
        _log.warning("%s: %s", what, why, extra={"reason": why})


def nobody_connects(places: str, who_may: str) -> str:
    """What to look at where no resolver has connected."""
    return (
        f"no resolver has connected to {places} yet; who may: {who_may}. Look at --socket-mode and "
        "--socket-group, at AppArmor (aa-status), and at the resolver's dnstap lines: most resolvers log "
        "nothing when they can't connect"
    )


def all_gone(connections: int, refused: int) -> str:
    """What to look at where all who connected are gone, and no message came."""
    if refused == connections:
        return f"all {connections:,} connections were refused: --allow names who may connect by TCP"
    return (
        f"{connections:,} connections ended before a message came: the lines above say why; over TCP Unbound "
        "speaks TLS unless it is told dnstap-tls: no"
    )


def nothing_to_send(skipped: Mapping[str, int], *, listening: bool) -> str:
    """The biggest reason why what was read gave no frame."""
    if not skipped:
        who = "resolvers are connected and send nothing" if listening else "no message is in there"
        return f"{who}: no question has been asked, or {RESOLVER_ONLY}"
    by_kind: dict[str, int] = {}
    for reason, count in skipped.items():
        by_kind[_kind(reason)] = by_kind.get(_kind(reason), 0) + count
    # Where answers to clients are read, there are as many queries beside them as a rule.
    biggest = LOCAL if LOCAL in by_kind else max(by_kind, key=lambda kind: by_kind[kind])
    names = ", ".join(sorted(reason for reason in skipped if _kind(reason) == biggest))
    return f"{'only' if len(by_kind) == 1 else 'mostly'} {names}: {_MENDS.get(biggest, _OTHER)}"


def _kind(reason: str) -> str:
    """Who told it, of a type of message (CLIENT of CLIENT_RESPONSE); else the reason itself."""
    return reason.partition("_")[0] if reason.isupper() else reason


_OTHER = "nothing of it is what a resolver heard from an authority"
_MENDS = {
    "CLIENT": "that is between clients and resolver. Knot Resolver's and dnsdist's dnstap has no others: "
    f"take --questions client, or nxcast-produce pcap; else {RESOLVER_ONLY}",
    LOCAL: "no authority's denial was seen of these, and without one they may be a network's "
    "own names: take the resolver's responses too, or --questions client-only where it tells of clients only",
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
