"""A thread with an event loop: how it ends."""

from __future__ import annotations

import asyncio
import threading

import pytest

from nxcast.transport.nats import side_thread
from nxcast.transport.nats.side_thread import SideThread

TIMEOUT_S = 60.0
"""Seconds for what a healthy machine does in a few."""


def test_it_ends_though_its_work_loses_a_cancel_and_what_is_last_is_not_cancelled(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """As asyncio.wait_for does until Python 3.12, where what it waits for is done in the same turn."""
    monkeypatch.setattr(side_thread, "CANCEL_S", 0.0)
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
        for _ in range(10):  # turns, in each of which there is a cancel if there still are any
            await asyncio.sleep(0)
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
