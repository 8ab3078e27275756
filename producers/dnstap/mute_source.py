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

from nxcast.producers.tally import Tally

__all__ = ["MUTE_S", "MuteWatch", "all_gone", "nobody_connects", "nothing_to_send"]

MUTE_S = 30.0  # seconds without a frame until it is told why; a resolver flushes its dnstap within two

RESOLVER_ONLY = "switch on the resolver's responses (docs/sources.md)"

_log = logging.getLogger(__name__)


class MuteWatch:
    """Warns once, `MUTE_S` after its making, if the tally has no frame then; `why` gives the reason."""

    def __init__(self, tally: Tally, why: Callable[[], str]) -> None:
        self._tally = tally
        self._why = why
        self._at = time.monotonic() + MUTE_S  # infinite once there is nothing more to tell

    def due_in(self) -> float:
        """Seconds until `look` is to be called."""
        return max(self._at - time.monotonic(), 0)

    def look(self) -> None:
        """Warn if it is time to."""
        if self._tally.frames:
            self._at = math.inf
        if self.due_in() > 0:
            return
        self._at = math.inf
        why = self._why()
        _log.warning("nothing sent in %g seconds: %s", MUTE_S, why, extra={"reason": why})


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
    biggest = max(by_kind, key=lambda kind: by_kind[kind])
    names = ", ".join(sorted(reason for reason in skipped if _kind(reason) == biggest))
    return f"{'only' if len(by_kind) == 1 else 'mostly'} {names}: {_MENDS.get(biggest, _OTHER)}"


def _kind(reason: str) -> str:
    """Who told it, of a type of message (CLIENT of CLIENT_RESPONSE); else the reason itself."""
    return reason.partition("_")[0] if reason.isupper() else reason


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
