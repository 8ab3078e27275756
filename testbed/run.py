"""`make run`: a broker on its default ports, the sample replayed into it, both channels here, and a page.

Runs until Ctrl-C, a closed terminal, or for so many seconds, and stops all that it started.
"""

import argparse
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from types import FrameType

SAMPLE = Path(__file__).resolve().parent / "sample.dnstap"
FRAMES_A_SECOND = 8  # slow enough to read along: about three failures a second
PAGE_PORT = 8053
STOP_S = 10  # seconds that a program has to end by itself
STOPPING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def main(argv: Sequence[str] | None = None) -> int:
    """Show the whole path alive; 0 after Ctrl-C or the time given, else the status of what failed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--for", dest="seconds", type=float, default=0, help="0 (the default): until Ctrl-C")
    seconds = parser.parse_args(argv).seconds
    os.environ.setdefault("NXCAST_LOG_FORMAT", "text")  # though the broker's lines pass through here
    for number in STOPPING:
        if signal.getsignal(number) is not signal.SIG_IGN:  # as under nohup
            signal.signal(number, _stop)
    try:
        with ExitStack() as stack:
            # Its log is nobody's: not that of a broker which this user may have.
            os.environ["XDG_STATE_HOME"] = stack.enter_context(TemporaryDirectory(prefix="nxcast-run-"))
            broker = stack.enter_context(_program("broker", stderr=subprocess.PIPE))
            assert broker.stderr is not None
            print(broker.stderr.readline().rstrip(), file=sys.stderr)
            if broker.poll() is None:
                # It says its address; where it can't be had, all else goes on.
                stack.enter_context(_program("consumers", "serve", "--listen", str(_page_port())))
                consumer = stack.enter_context(_program("consumers", "tail"))
                replay = (
                    "dnstap",
                    str(SAMPLE),
                    "--sensor",
                    "sample",
                    "--rate",
                    str(FRAMES_A_SECOND),
                    "--loop",
                )
                producer = stack.enter_context(_program("producers", *replay))
                return _watch([broker, consumer, producer], seconds)
            return broker.wait()
    except KeyboardInterrupt:
        return 0


def _page_port() -> int:
    """The port that is usual, or 0 (any that is free) where somebody has it."""
    with socket.socket() as tried:
        tried.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            tried.bind(("127.0.0.1", PAGE_PORT))
        except OSError:
            return 0
    return PAGE_PORT


def _watch(running: list[subprocess.Popen[str]], seconds: float) -> int:
    """Wait for the time to be over (0: none is set), or for the first of them to end."""
    end = time.monotonic() + seconds if seconds else float("inf")
    while time.monotonic() < end:
        for process in running:
            if process.poll() is not None:
                return process.returncode
        time.sleep(0.1)
    return 0


def _stop(_signal: int, _frame: FrameType | None) -> None:
    _deaf()
    raise KeyboardInterrupt


def _deaf() -> None:
    """From here on nothing but `STOP_S` cuts the stopping short, lest a program is left behind."""
    for number in STOPPING:
        signal.signal(number, signal.SIG_IGN)


@contextmanager
def _program(name: str, *options: str, stderr: int | None = None) -> Iterator[subprocess.Popen[str]]:
    # A session of its own, so that Ctrl-C reaches only us and we stop them in order.
    command = [sys.executable, "-m", f"nxcast.{name}", *options]
    process = subprocess.Popen(command, stderr=stderr, text=True, start_new_session=True)
    try:
        yield process
    finally:
        _deaf()
        process.terminate()
        try:
            _, rest = process.communicate(timeout=STOP_S)
            with suppress(OSError):  # the terminal may be closed
                print(rest or "", end="", file=sys.stderr, flush=True)
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()


if __name__ == "__main__":
    sys.exit(main())
