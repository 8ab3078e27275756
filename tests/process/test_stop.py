"""A stop as programs see it: by signal or by request, looked for or waited for."""

from __future__ import annotations

import contextlib
import os
import select
import signal
import threading
from collections.abc import Iterator

import pytest

from nxcast.process import stop as module
from nxcast.process.stop import Stop, Stopped
from tests.conftest import TIMEOUT_MS


@pytest.fixture
def hangups() -> Iterator[None]:
    """SIGHUP as a terminal's programs have it, also where the tests run under nohup."""
    before = signal.signal(signal.SIGHUP, signal.SIG_DFL)
    yield
    signal.signal(signal.SIGHUP, before)


@pytest.mark.usefixtures("hangups")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_is_marked_and_wakes_who_waits(number: signal.Signals) -> None:
    with Stop(hangup=True) as stop:
        assert not stop.requested
        os.kill(os.getpid(), number)
        assert stop.requested
        assert select.select([stop], [], [], 0)[0] == [stop]
        stop.wait(TIMEOUT_MS)  # seconds: it would show


@pytest.mark.usefixtures("hangups")
def test_a_closed_terminal_is_no_stop_under_nohup_or_where_nobody_wants_it() -> None:
    with Stop():
        assert signal.getsignal(signal.SIGHUP) is signal.SIG_DFL
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    with Stop(hangup=True) as stop:
        os.kill(os.getpid(), signal.SIGHUP)
        assert not stop.requested


def test_signals_after_the_first_change_nothing_where_the_end_is_near() -> None:
    with Stop() as stop:
        for _ in range(3):
            os.kill(os.getpid(), signal.SIGTERM)
        assert stop.requested


def test_a_second_signal_ends_the_program_where_the_end_may_be_far() -> None:
    with Stop(second_ends=True) as stop:
        os.kill(os.getpid(), signal.SIGTERM)
        assert stop.requested
        with pytest.raises(KeyboardInterrupt):
            os.kill(os.getpid(), signal.SIGINT)


def test_a_call_that_waits_for_ever_ends_with_the_stop() -> None:
    """Reading a pipe into which nobody writes, as a stdin may be."""
    reader, writer = os.pipe()
    try:
        with Stop() as stop:
            end = threading.Timer(0.05, os.kill, (os.getpid(), signal.SIGINT))
            end.start()
            with pytest.raises(Stopped):
                stop.unless_stopped(lambda: os.read(reader, 1))
            assert stop.requested
            with pytest.raises(Stopped):
                stop.unless_stopped(lambda: 1)
            end.join()
    finally:
        os.close(reader)
        os.close(writer)


def test_a_call_gives_what_it_gives_while_no_stop_is_asked_for() -> None:
    def interrupted() -> None:
        raise KeyboardInterrupt

    with Stop() as stop:
        assert stop.unless_stopped(lambda: 7) == 7
        with pytest.raises(KeyboardInterrupt):  # not ours
            stop.unless_stopped(interrupted)
        stop.request()
        with pytest.raises(Stopped):
            stop.unless_stopped(lambda: 7)


def test_a_pipe_that_nobody_reads_is_waited_for_until_the_grace_is_over(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "GRACE_S", 0.05)
    reader, writer = os.pipe()
    try:
        with Stop() as stop:
            assert stop.until_writable(writer)
            os.set_blocking(writer, False)
            with contextlib.suppress(BlockingIOError):
                while True:
                    os.write(writer, bytes(select.PIPE_BUF))
            end = threading.Timer(0.05, os.kill, (os.getpid(), signal.SIGINT))
            end.start()
            assert not stop.until_writable(writer)
            end.join()
            os.read(reader, 1 << 20)
            assert stop.until_writable(writer)
    finally:
        os.close(reader)
        os.close(writer)
