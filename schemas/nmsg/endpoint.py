"""ZeroMQ endpoints as nmsgtool writes them: tcp://HOST:PORT,accept,pubsub. Pure."""

from __future__ import annotations

from typing import NamedTuple

__all__ = ["NmsgEndpoint", "parse_endpoint"]

_KINDS = {"connect": 0, "accept": 0, "pubsub": 1, "pushpull": 1}


class NmsgEndpoint(NamedTuple):
    """Where containers go to or come from: whether to bind there (else: connect), and by which pattern."""

    address: str
    accept: bool
    pubsub: bool  # else: push and pull


def parse_endpoint(text: str, *, accept: bool) -> NmsgEndpoint:
    """An endpoint with its words in any order and case; raises ValueError.

    `accept` where no word tells: nmsgtool's inputs accept, its outputs connect. Both are pubsub then.
    """
    address, *words = text.lower().split(",")
    chosen = [_KINDS.get(word) for word in words]
    if not address.startswith(("tcp://", "ipc://")) or None in chosen or len(set(chosen)) < len(chosen):
        raise ValueError(f"{text}: write it as tcp://HOST:PORT,connect|accept,pubsub|pushpull")
    if 0 in chosen:
        accept = "accept" in words
    return NmsgEndpoint(text.split(",")[0], accept, "pushpull" not in words)
