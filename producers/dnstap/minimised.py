"""Whether an NXDOMAIN that a resolver heard was of a question that it had cut short (RFC 9156). Pure.

The sign is type NS: BIND asks so of each name on the way, and hardly anybody else asks NS of a missing name.
Unbound and PowerDNS Recursor ask type A, and a validated denial ends their search: nothing tells then.
"""

from __future__ import annotations

from nxcast.producers.dnstap.denials import asked_in, is_nxdomain
from nxcast.schemas.codes import TYPE_NS

__all__ = ["is_ns_question"]


def is_ns_question(response: bytes) -> bool:
    """Whether a DNS message is an NXDOMAIN for a question of type NS."""
    if not is_nxdomain(response):
        return False
    asked = asked_in(response)
    return asked is not None and asked[1] == TYPE_NS
