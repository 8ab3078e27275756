"""A thread with an event loop: how it ends."""

from __future__ import annotations

import asyncio
import threading

import pytest

from nxcast.transport.nats.side_thread import SideThread

TIMEOUT_S = 60.0
"""Seconds for what a healthy machine does in a few."""


def test_it_ends_though_its_work_loses_a_cancel_and_what_is_last_is_not_cancelled() -> None:
    """As asyncio.wait_for does until Python 3.12, where what it waits for is done in the same turn."""
    begun = threading.Event()
    heard: list[str] = []

    async def work() -> None:
        begun.set()
        for what in ("lost", "heeded"):
            try:
                await asyncio.get_running_loop().create_future()
            except asyncio.CancelledError:
                heard.append(what)
        raise asyncio.CancelledError

    async def last() -> None:
        await asyncio.sleep(0.3)  # three times as long as from one cancel to the next
        heard.append("last")

    thread = SideThread("some", "does something")
    thread.start(work(), last)
    assert begun.wait(TIMEOUT_S)
    thread.end()
    thread.check()
    thread.end()
    assert heard == ["lost", "heeded", "last"]


def test_a_bug_is_raised_where_somebody_looks_and_what_is_last_is_done() -> None:
    told = threading.Event()
    heard: list[str] = []

    async def work() -> None:
        raise ZeroDivisionError

    async def last() -> None:
        heard.append("last")

    thread = SideThread("some", "does something", told.set)
    thread.start(work(), last)
    assert told.wait(TIMEOUT_S)
    with pytest.raises(RuntimeError, match="the thread that does something has ended"):
        thread.check()
    thread.join()
    assert heard == ["last"]
