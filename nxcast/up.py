"""`nxcast up [FILE]`: the programs of one machine, started as they are, and stopped together.

FILE is TOML with one key, `run`: a list of commands, each a list of the words that `nxcast` takes. The first
that ends ends them all, the last one first, each as SIGTERM ends it. Nothing is started again, kept or
watched: systemd (systemd/) and compose do that.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tomllib
from collections.abc import Callable, Sequence
from contextlib import suppress
from hashlib import sha256
from pathlib import Path
from typing import NoReturn

from nxcast.process.arguments import ArgumentParser
from nxcast.process.client_settings import client_settings
from nxcast.process.ending import DONE, FAILED, MISUSED, EarlyInterrupt, reason
from nxcast.process.state_home import state_home
from nxcast.process.stop import Stop
from nxcast.schemas.topics import CHANNELS

__all__ = ["USUAL", "main", "parser"]

LOOK_S = 0.2  # seconds between two looks at what runs
STOP_S = 15.0  # seconds that a program has to end by itself
FILE_MAX = 1 << 20  # octets
USUAL = (("broker",), ("serve",), ("dnstap", "tcp:127.0.0.1:6000"))

_DESCRIPTION = """\
Start the programs of one machine together, and stop them together. Without FILE: a broker, the page at
http://127.0.0.1:8053/, and a producer that takes dnstap at 127.0.0.1, port 6000.
"""
_EXAMPLES = """\
FILE is TOML, each command as nxcast takes it:

  run = [
    ["broker", "--log-bytes", "4000000000"],
    ["store", "--store", "/var/lib/nxcast/store"],
    ["serve", "--store", "/var/lib/nxcast/store"],
    ["dnstap", "unix:/run/nxcast/dnstap.sock", "--sensor", "resolver-1"],
    ["dga", "--format", "json"],
  ]

serve is given a --state file in the state folder of the service or user, unless its command names one, so
the page's picture of 24 hours outlives a restart.

They are started in this order and stopped in the other, so the broker comes first and producers last. What
one says goes where nxcast up's own goes. The first that ends ends all, with its status, 1 where a signal
killed it; so does Ctrl-C, SIGTERM or a closed terminal, with 0.
"""


def parser() -> ArgumentParser:
    """Of the command."""
    made = ArgumentParser(
        prog="nxcast up",
        description=_DESCRIPTION,
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,  # a file that is wrapped is another file
    )
    made.add_argument("file", nargs="?", metavar="FILE", help="what to run (default: the three above)")
    return made


def main(argv: Sequence[str] | None = None) -> int:
    """Run them until the first ends or a stop is asked for; the exit status."""
    try:
        with EarlyInterrupt():
            made = parser()
            name = made.parse_args(argv).file
            told = USUAL if name is None else _read(Path(name))  # it may be a pipe
            commands = [_remembering(words, made.error) for words in told]
    except (OSError, ValueError) as error:
        problem = reason(error) if isinstance(error, OSError) else str(error)
        _say(f"{name}: {problem}")
        return FAILED if isinstance(error, OSError) else MISUSED
    running: list[tuple[str, subprocess.Popen[bytes]]] = []
    status = DONE
    with Stop(hangup=True) as stop:
        try:
            for words in commands:
                running.append((words[0], _started(words)))  # known if the next can't be
            while not stop.requested and all(process.poll() is None for _, process in running):
                stop.wait(LOOK_S)
            ended = [
                (word, process.returncode) for word, process in running if process.returncode is not None
            ]
            for word, code in ended:
                _say(f"{word} has ended with status {code}, and so all others are stopped")
                status = status or (FAILED if code < 0 else code)
        except OSError as error:
            _say(f"{words[0]} can't be started: {reason(error)}")
            status = FAILED
        finally:
            _stop(running)
    return status


def _read(path: Path) -> list[list[str]]:
    with path.open("rb") as file:
        octets = file.read(FILE_MAX + 1)
    if len(octets) > FILE_MAX:
        raise ValueError(f"over {FILE_MAX:,} octets")
    try:
        told = tomllib.loads(octets.decode())
    except (ValueError, RecursionError) as error:
        raise ValueError(f"no TOML: {error}") from error
    commands = told.pop("run", None)
    if told or not isinstance(commands, list) or not commands:
        raise ValueError('one key, run: a list of commands, such as [["broker"], ["serve"]]')
    for words in commands:
        if not isinstance(words, list) or not words or not all(map(_is_word, words)):
            raise ValueError(f"{words!r} is no command, which is a list of words: {list(USUAL[-1])}")
        if words[0] == "up":
            raise ValueError("up can't run up")
    return commands


def _remembering(words: Sequence[str], fail: Callable[[str], NoReturn]) -> Sequence[str]:
    """With a file where `serve` keeps what the page shows, where it is not told of one or has no page."""
    options = {word.partition("=")[0] for word in words}
    if words[0] != "serve" or options & {"--state", "--no-live", "--no-page"}:
        return words
    # Such a file is of one broker and its topics, and of one server.
    of = [*words, client_settings(fail).get("egress"), *CHANNELS]
    name = f"serve-{sha256(json.dumps(of).encode()).hexdigest()[:16]}.json"
    try:
        folder = state_home(os.environ)
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except (OSError, RuntimeError) as error:
        why = reason(error) if isinstance(error, OSError) else "there is no home"
        _say(f"the page begins anew at each start, as there is no folder for its state: {why}")
        return words
    return [*words, "--state", str(folder / name)]


def _is_word(told: object) -> bool:
    return isinstance(told, str) and "\0" not in told  # which no program can be given


def _started(words: Sequence[str]) -> subprocess.Popen[bytes]:
    """In a session of its own, so that Ctrl-C reaches this program only, which stops them in order."""
    command = [sys.executable, "-m", "nxcast", *words]
    return subprocess.Popen(command, stdin=subprocess.DEVNULL, start_new_session=True)


def _stop(running: Sequence[tuple[str, subprocess.Popen[bytes]]]) -> None:
    for word, process in reversed(running):
        process.terminate()
        try:
            process.wait(STOP_S)
        except subprocess.TimeoutExpired:
            _say(f"{word} does not end, and is killed")
            process.kill()
            process.wait()


def _say(text: str) -> None:
    with suppress(OSError):  # the terminal may be closed, and others are to be stopped still
        print(f"nxcast up: {text}", file=sys.stderr, flush=True)
