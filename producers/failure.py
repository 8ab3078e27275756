"""What ends a producer for a reason that its user can mend."""

from __future__ import annotations

from nxcast.process.ending import ProgramError as ProducerError
from nxcast.transport.endpoints import is_nats, shown

__all__ = ["ProducerError", "no_broker"]


def no_broker(endpoint: str, strange: str | None, unknown: str | None) -> str:
    """Why no broker is there, and what to do about it.

    `strange` says what is odd about one that lets us in as far as to talk, None where nothing answers;
    `unknown` why the name in the endpoint leads nowhere, if so.
    """
    if strange is not None:
        return f"what answers at {shown(endpoint)} {strange}, or is no ingress of a broker"
    why = f"{unknown}; " if unknown else ""
    who, program = ("server", "nats-server") if is_nats(endpoint) else ("broker", "nxcast-broker")
    return f"no {who} answers at {shown(endpoint)}: {why}start {program}, or name another with --broker"
