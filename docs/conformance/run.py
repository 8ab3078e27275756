"""Publishes the vectors of subscriber.json to a subscriber, in any language, and says which it passes.

    python docs/conformance/run.py COMMAND ... {topic} {broker}

Needs pyzmq and nothing of nxcast. README.md beside this file says what the subscriber has to print.
"""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import zmq

HERE = Path(__file__).parent
CAME_MS = 30_000  # until the subscriber has subscribed
QUIET_S = 20.0  # until what is expected of it has been printed
SUMMARY = re.compile(
    r"messages (\d+), records (\d+), lost (\d+)(?: and an unknown number)?, "
    r"restarts (\d+), malformed (\d+)\s*$"
)
COUNTS = ("messages", "records", "lost", "restarts", "malformed")


def main(argv: Sequence[str]) -> int:
    """0: all passed; 1: some did not; 2: wrong use, or the subscriber never came."""
    if not argv or argv[0] in ("-h", "--help"):
        print(__doc__)
        return 0 if argv else 2
    suite = json.loads((HERE / "subscriber.json").read_text())
    with zmq.Context() as context, context.socket(zmq.XPUB) as publisher:
        publisher.linger = 0
        port = publisher.bind_to_random_port("tcp://127.0.0.1")
        command = _filled(argv, suite["subscribe"], f"tcp://127.0.0.1:{port}")
        with tempfile.TemporaryFile() as errors:
            try:
                client = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=errors)
            except OSError as error:
                print(f"can't run {command[0]}: {error.strerror}", file=sys.stderr)
                return 2
            try:
                lines = _run(client, publisher, suite)
            finally:
                client.kill()
                client.wait()
            errors.seek(0)
            said = errors.read().decode(errors="replace")
    if lines is None:
        print(f"the subscriber did not subscribe to {suite['subscribe']}; it said:\n{said}", file=sys.stderr)
        return 2
    return _judge(suite["vectors"], lines, said)


def _filled(argv: Sequence[str], topic: str, broker: str) -> list[str]:
    words = [word.replace("{topic}", topic).replace("{broker}", broker) for word in argv]
    return words if words != list(argv) else [*words, topic, broker]


def _run(
    client: subprocess.Popen[bytes], publisher: zmq.Socket[bytes], suite: dict[str, Any]
) -> list[str] | None:
    """What it printed; None where it never subscribed."""
    wanted = b"\x01" + suite["subscribe"].encode()
    while publisher.poll(CAME_MS):
        if publisher.recv() == wanted:
            break
    else:
        return None
    expected = sum(len(vector["lines"]) for vector in suite["vectors"])
    for vector in suite["vectors"]:
        publisher.send_multipart([bytes.fromhex(part) for part in vector["parts"]])
    lines: list[str] = []
    assert client.stdout is not None  # noqa: S101  it is a pipe
    reader = threading.Thread(target=_read, args=(client.stdout, lines, expected), daemon=True)
    reader.start()
    reader.join(QUIET_S)
    client.send_signal(signal.SIGTERM)
    rest, _ = client.communicate(timeout=QUIET_S)
    reader.join()
    return lines + rest.decode(errors="replace").splitlines()


def _read(pipe: Any, lines: list[str], expected: int) -> None:
    while len(lines) < expected and (line := pipe.readline()):
        lines.append(line.decode(errors="replace").rstrip("\n"))


def _judge(vectors: Sequence[dict[str, Any]], lines: list[str], said: str) -> int:
    failed = 0
    for vector in vectors:
        got, lines = lines[: len(vector["lines"])], lines[len(vector["lines"]) :]
        for part in vector.get("optional", ()):  # of a line, that a subscriber may leave out
            got = [line if part in line else line + part for line in got]
        good = got == vector["lines"]
        failed += not good
        print(f"{'ok  ' if good else 'FAIL'} {vector['name']}: {vector['why']}")
        for expected, instead in zip(
            vector["lines"], [*got, *["nothing"] * len(vector["lines"])], strict=False
        ):
            if expected != instead:
                print(f"     expected {expected}\n     got      {instead}")
    for line in lines:
        failed += 1
        print(f"FAIL a line too many: {line}")
    totals = [sum(vector["adds"][name] for vector in vectors) for name in COUNTS]
    summary = SUMMARY.search(said)
    counted = None if summary is None else [int(text) for text in summary.groups()]
    if counted != totals:
        failed += 1
        wanted = ", ".join(f"{name} {total}" for name, total in zip(COUNTS, totals, strict=True))
        print(f"FAIL the account: expected {wanted}; it said: {said.strip().splitlines()[-1:] or 'nothing'}")
    print(f"{len(vectors)} vectors and the account: {failed or 'none'} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
