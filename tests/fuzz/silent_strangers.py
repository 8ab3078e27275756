"""Strangers at a dnstap listener who begin a stream and fall silent, more than it has places for.

Part of `make hostile`: a resolver beside them comes twice a second with a stream of its own, and must get in
each time, with all that it sends. Their process takes no CPU that others want (nice 19).

    python -m tests.fuzz.silent_strangers --for 10
"""

from __future__ import annotations

import argparse
import os
import re
import resource
import socket
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from pathlib import Path

from nxcast.producers.dnstap.frame_streams import Reader
from nxcast.producers.dnstap.listener import CONNECTIONS_MAX
from tests.conftest import RunningBroker

__all__ = ["EVERY_S", "STRANGERS", "live"]

STRANGERS = CONNECTIONS_MAX + 200
EVERY_S = 0.5  # seconds from one of the resolver's streams to the next
STREAM = (Path(__file__).parents[2] / "testbed/sample.dnstap").read_bytes()
START = STREAM[: 8 + int.from_bytes(STREAM[4:8], "big")]  # its first frame, after which data follow
SUMMARY = re.compile(r"read ([\d,]+), sent ([\d,]+), acknowledged ([\d,]+), dropped 0")


def live(seconds: float, strangers: int = STRANGERS) -> tuple[int, int, str]:
    """Frames that the resolver sent, those that were read, and what the listener said.

    None were if any that it passed on was not acknowledged.
    """
    with tempfile.TemporaryDirectory() as folder:
        path = f"{folder}/dnstap.sock"
        broker = RunningBroker(*(word for name in ("ingress", "egress") for word in _free(name)))
        words = ["dnstap", f"unix:{path}", "--broker", broker.ingress, "--replay", broker.replay]
        log = Path(folder, "said")  # a pipe that nobody reads would fill, and hold it up
        with log.open("w") as file:
            command = [sys.executable, "-m", "nxcast.producers", *words, "--sensor", "here"]
            listener = subprocess.Popen(command, stderr=file)
        while "listening at" not in log.read_text():
            assert listener.poll() is None
            time.sleep(0.05)
        ours = [sys.executable, "-m", "tests.fuzz.silent_strangers", "--at", path, "--many", str(strangers)]
        crowd = subprocess.Popen(ours, stdout=subprocess.PIPE)
        assert crowd.stdout is not None
        crowd.stdout.readline()  # all have come
        streams = 0
        until = time.monotonic() + seconds
        while not streams or time.monotonic() < until:
            with socket.socket(socket.AF_UNIX) as resolver:
                resolver.connect(path)
                resolver.settimeout(60.0)
                resolver.sendall(STREAM)
                assert resolver.recv(1) == b""  # all of it was read, and it ended with a STOP
            streams += 1
            time.sleep(EVERY_S)
        listener.terminate()
        listener.wait(60)
        said = log.read_text()
        crowd.kill()
        crowd.communicate()
        broker.stop()
    sent = streams * len(Reader().receive_data(STREAM))
    found = SUMMARY.search(said)
    arrived = found is not None and found[2] == found[3]
    return sent, int(found[1].replace(",", "")) if found is not None and arrived else 0, said


def _free(name: str) -> tuple[str, str]:
    return f"--{name}", "tcp://127.0.0.1:*"


def _fall_silent(path: str, many: int) -> None:
    """Until it is killed; who is put out comes back."""
    os.nice(19)
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(max(2 * many, 1024), hard), hard))
    kept = [_begun(path) for _ in range(many)]
    print("there", flush=True)
    while True:
        for at, each in enumerate(kept):
            with suppress(BlockingIOError):
                with suppress(ConnectionError):
                    each.recv(1, socket.MSG_DONTWAIT)  # nothing ever comes: it was put out
                each.close()
                kept[at] = _begun(path)
        time.sleep(0.1)


def _begun(path: str) -> socket.socket:
    made = socket.socket(socket.AF_UNIX)
    with suppress(OSError):  # put out already, or there is no listener any more
        made.connect(path)
        made.sendall(START)
    return made


def main() -> int:
    """Print how it went; 1 where something of the resolver's did not arrive."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz.silent_strangers")
    parser.add_argument("--for", dest="seconds", type=float, default=10.0, help="seconds; default: 10")
    parser.add_argument("--many", type=int, default=STRANGERS, help=argparse.SUPPRESS)
    parser.add_argument("--at", help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.at:
        _fall_silent(args.at, args.many)
    sent, arrived, said = live(args.seconds, args.many)
    print(f"silent strangers: {args.many:,} beside one resolver, {arrived:,} of its {sent:,} frames arrived")
    if arrived < sent:
        print(f"       BELOW: {sent - arrived:,} frames lost; the listener said:\n{said[-2000:]}")
    return 1 if arrived < sent else 0


if __name__ == "__main__":
    sys.exit(main())
