"""Record what the lab's Unbound says over dnstap into a Frame Streams file.

    python testbed/record.py testbed/sample.dnstap

The receiver is fstrm_capture, so the file is what a foreign program makes of the stream, not what ours would.
Messages of all types are in it, so that a reader has something to leave out.
"""

import argparse
import random
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # so that it runs as a script from anywhere

from testbed.lab import FLUSH_SECONDS, Lab, LabError, missing
from testbed.questions import FAILURES, SUCCESSES, Question, answerable
from testbed.servers import START_SECONDS, STOP_SECONDS

ROUNDS = 5
"""How often the successes are asked, so that most responses are NOERROR, as in the world."""

STOP_FRAME = bytes.fromhex("00000000 00000004 00000003")
"""Escape, length 4, control type STOP: the end of every complete Frame Streams file."""


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="Record the lab's dnstap into a Frame Streams file.")
    parser.add_argument("out", type=Path, help="the file to write; an older one is replaced")
    out: Path = parser.parse_args(argv).out
    try:
        asked = record(out)
    except LabError as error:
        print(f"record: {error}", file=sys.stderr)
        return 1
    print(f"{out}: {asked} questions, {out.stat().st_size} octets")
    return 0


def record(out: Path) -> int:
    """Ask everything there is, write the dnstap of it to `out`, and return how many questions were asked."""
    if packages := missing(["unbound", "nsd", "dnsdist", "fstrm_capture"]):
        raise LabError(f"not installed: Debian package {', '.join(packages)}")
    with tempfile.TemporaryDirectory() as name:
        socket_path, file = Path(name, "dnstap.sock"), Path(name, "out.dnstap")
        with _capture(socket_path, file), Lab(Path(name), f"unix:{socket_path}", every_message=True) as lab:
            if lab.lacks:
                raise LabError(f"a recording needs all of the lab, without {', '.join(lab.lacks)} it is not")
            questions = _mixed()
            for question in questions:
                lab.ask(question.qname, question.qtype)
            time.sleep(FLUSH_SECONDS)
        data = file.read_bytes()
    if not data.endswith(STOP_FRAME):
        raise LabError("fstrm_capture left an incomplete file")
    out.write_bytes(data)
    return len(questions)


def _mixed() -> list[Question]:
    """All questions in an order that is the same each time, with failures among successes."""
    questions = answerable([*FAILURES, *SUCCESSES * ROUNDS], frozenset())
    random.Random(221).shuffle(questions)  # any constant
    return questions


@contextmanager
def _capture(socket_path: Path, file: Path) -> Iterator[None]:
    """fstrm_capture: it listens before the block begins, and its file is complete after the block."""
    command = ["fstrm_capture", "-t", "protobuf:dnstap.Dnstap", "-u", str(socket_path), "-w", str(file)]
    with subprocess.Popen(command, stderr=subprocess.DEVNULL) as process:
        try:
            deadline = time.monotonic() + START_SECONDS
            while not _listens(socket_path):
                if process.poll() is not None or time.monotonic() > deadline:
                    raise LabError("fstrm_capture does not listen")
                time.sleep(0.01)
            yield
            process.terminate()
            process.wait(STOP_SECONDS)
        finally:
            process.kill()


def _listens(path: Path) -> bool:
    with suppress(OSError), socket.socket(socket.AF_UNIX) as sock:
        sock.connect(str(path))
        return True
    return False


if __name__ == "__main__":
    sys.exit(main())
