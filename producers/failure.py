"""What ends a producer for a reason that its user can mend."""

from __future__ import annotations

from nxcast.process.ending import ProgramError as ProducerError
from nxcast.transport.endpoints import is_nats, shown
from nxcast.transport.ends import ProducerEnd

__all__ = ["ProducerError", "no_broker"]


def no_broker(endpoint: str, connection: ProducerEnd, *, keyed: bool) -> str:
    """Why no broker is there, and what to do about it; `keyed`: the connection is one with a key."""
    if connection.accepted:
        to_key = "lets in without keys only, has another key than the file of ours says"
        strange = to_key if keyed else "lets in keys only (--key)"
        return f"what answers at {shown(endpoint)} {strange}, or is no ingress of a broker"
    why = f"{connection.unknown}; " if connection.unknown else ""
    who, program = ("server", "nats-server") if is_nats(endpoint) else ("broker", "nxcast-broker")
    return f"no {who} answers at {shown(endpoint)}: {why}start {program}, or name another with --broker"
