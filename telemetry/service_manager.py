"""What a service manager wants to know of a program: that it has started, still works, and ends.

The protocol of sd_notify(3): datagrams to the unix socket that $NOTIFY_SOCKET names, as systemd sets it for
units with Type=notify, and $WATCHDOG_USEC for those with WatchdogSec=. Without the variables nothing is done.
"""

from __future__ import annotations

import os
import socket
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress

__all__ = ["notified"]

BEATS = 2  # for each time that the manager waits for one (sd_watchdog_enabled(3) advises half of it)


@contextmanager
def notified(healthy: Callable[[], str | None]) -> Iterator[None]:
    """Tell that it has started, and while entered, as often as is asked, that nothing is wrong with it.

    `healthy` is called from a thread of its own; while it says what is wrong nothing is told, so that the
    manager starts the program anew.
    """
    where = os.environ.get("NOTIFY_SOCKET", "")
    if not where.startswith(("/", "@")):
        yield
        return
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as to:
        to.setblocking(False)  # a manager that takes nothing holds nobody up
        address = "\0" + where[1:] if where.startswith("@") else where

        def tell(text: str) -> None:
            with suppress(OSError):
                to.sendto(text.encode(), address)

        ended = threading.Event()
        watched = threading.Thread(
            target=_beat, args=(_period_s(os.environ), healthy, tell, ended), daemon=True
        )
        tell("READY=1")
        watched.start()
        try:
            yield
        finally:
            tell("STOPPING=1")
            ended.set()
            watched.join()


def _period_s(environment: Mapping[str, str]) -> float | None:
    """Seconds between two beats; None where none is asked of this process."""
    given, of = environment.get("WATCHDOG_USEC", ""), environment.get("WATCHDOG_PID", str(os.getpid()))
    if not (given.isascii() and given.isdigit()) or not int(given) or of != str(os.getpid()):
        return None
    return min(int(given) / 1_000_000 / BEATS, threading.TIMEOUT_MAX)


def _beat(
    period_s: float | None,
    healthy: Callable[[], str | None],
    tell: Callable[[str], None],
    ended: threading.Event,
) -> None:
    if period_s is None:
        return
    while not ended.wait(period_s):
        if healthy() is None:
            tell("WATCHDOG=1")
