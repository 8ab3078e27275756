"""What ends a producer for a reason that its user can mend."""

from __future__ import annotations

from nxcast.process.ending import ProgramError as ProducerError
from nxcast.transport.endpoints import is_nats, shown

__all__ = ["ProducerError", "no_broker"]

_STRANGE_TO_KEY = "lets in without keys only, has another key than the file of ours says"


def no_broker(endpoint: str, unknown: str | None, *, strange: bool, keyed: bool) -> str:
    """Why no broker is there, and what to do about it.

    `strange`: something there lets us in as far as to talk, and is none to us, who have a key if `keyed`;
    `unknown` says why the name in the endpoint leads nowhere, if so.
    """
    if strange:
        why = _STRANGE_TO_KEY if keyed else "lets in keys only (--key)"
        return f"what answers at {shown(endpoint)} {why}, or is no ingress of a broker"
    why = f"{unknown}; " if unknown else ""
    who, program = ("server", "nats-server") if is_nats(endpoint) else ("broker", "nxcast-broker")
    return f"no {who} answers at {shown(endpoint)}: {why}start {program}, or name another with --broker"
