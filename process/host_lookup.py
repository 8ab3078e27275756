"""Addresses of hosts by name, without ever waiting longer than allowed for a name server that is silent.

The system's own look-up can neither be limited nor interrupted (each silent server of resolv.conf costs up to
10 s, glibc's default, and more with search domains), so it runs in a thread that may outlive whoever asked.
"""

from __future__ import annotations

import math
import socket
import threading

__all__ = ["LOOK_UP_S", "addresses", "look_up", "numeric"]

LOOK_UP_S = 5.0  # seconds that a program waits for a name where it can't go on without


def numeric(host: str) -> str | None:
    """The address that a host is written as, None for a name; no name server is asked."""
    try:
        return _found(host, socket.AI_NUMERICHOST)[0]
    except OSError:
        return None


def addresses(host: str) -> tuple[str, ...]:
    """All addresses of a host, IPv4 first, as long as it may take. Raises OSError; never returns none."""
    return _found(host, 0)


def look_up(host: str, seconds: float = LOOK_UP_S) -> tuple[str, ...]:
    """The same within a time; raises TimeoutError, an OSError, when it is over. Signals are seen to."""
    written = numeric(host)
    if written is not None:
        return (written,)
    answers: list[tuple[str, ...] | OSError] = []
    thread = threading.Thread(target=_look_up, args=(host, answers), daemon=True)
    thread.start()
    thread.join(seconds)
    if not answers:
        raise TimeoutError(f"no name server answers within {math.ceil(seconds)} s")
    if isinstance(answers[0], OSError):
        raise answers[0]
    return answers[0]


def _look_up(host: str, answers: list[tuple[str, ...] | OSError]) -> None:
    try:
        answers.append(addresses(host))
    except OSError as error:
        answers.append(error)


def _found(host: str, flags: int) -> tuple[str, ...]:
    if not host:
        raise OSError("no host")
    try:
        found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM, flags=flags)
    except UnicodeError:  # an empty label, or one over 63 octets (RFC 1035 section 2.3.4)
        raise OSError("no name of a host") from None
    ordered = sorted(found, key=lambda one: one[0] != socket.AF_INET)  # stable
    return tuple(dict.fromkeys(str(address[0]) for *_, address in ordered))
