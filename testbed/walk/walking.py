"""Takes the steps of the walk at terminals, and holds what is seen against what should be."""

from __future__ import annotations

import os
import re
import shlex
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from testbed.walk.screen import Screen
from testbed.walk.steps import LONG_S, Part, Step
from testbed.walk.terminal import Start, Terminal, started

__all__ = ["Seen", "World", "walk"]

LISTS = ("ours.txt", "known.txt", "zones.txt")  # files that the README has at hand
STOP_S = 20.0  # seconds that a program has to end after Ctrl-C


class World:
    """Where the walk takes place: an empty folder, addresses of its own, and no settings of the walker's."""

    def __init__(self, folder: Path, start: Start = started) -> None:
        self.folder = folder
        self._start = start
        for name in LISTS:
            (folder / name).write_text("gone.example\n")
        kept = {name: os.environ[name] for name in ("PATH", "LANG", "LC_ALL") if name in os.environ}
        ends = {name: f"ipc://{folder}/{name}" for name in ("ingress", "egress", "replay")}
        self.environment = {
            **kept,
            "PATH": f"{Path(sys.executable).parent}:{kept.get('PATH', os.defpath)}",
            "HOME": str(folder),
            "TERM": "xterm-256color",
            **{f"NXCAST_{name.upper()}": endpoint for name, endpoint in ends.items()},
        }

    def begin(self, step: Step) -> Terminal:
        """A step's program, running."""
        words = ["sh", "-c", step.command] if "|" in step.command else shlex.split(step.command)
        return Terminal(words, self.environment, self.folder, self._start)


@dataclass(frozen=True, slots=True)
class Seen:
    """What came of a step."""

    step: Step
    status: int | None  # None: it did not end
    seconds: float
    cpu_s: float
    screen: str  # when it showed all that it should, or ended, or its time was over
    faults: tuple[str, ...]


def walk(part: Part, world: World) -> Iterator[Seen]:
    """Take the steps of a part, side by side; what was seen of each, in their order."""
    with ExitStack() as stack:
        for step in part.beside:
            stack.enter_context(_running(step, world))
        with ThreadPoolExecutor(len(part.steps)) as pool:
            yield from pool.map(lambda step: _take(step, world), part.steps)


@contextmanager
def _running(step: Step, world: World) -> Iterator[None]:
    with world.begin(step) as terminal:
        if not terminal.watch(lambda: not _missing(step, terminal.screen), LONG_S):
            raise RuntimeError(f"{step.command} shows:\n{terminal.screen.text}")
        yield
        terminal.interrupt()
        terminal.wait(terminal.seconds + STOP_S)


def _take(step: Step, world: World) -> Seen:
    with world.begin(step) as terminal:
        screen = terminal.screen
        if step.ends:
            terminal.wait(LONG_S)
        else:
            terminal.watch(lambda: not _missing(step, screen), LONG_S)
            terminal.settle()
        shown, lines = screen.text, len(screen.whole.splitlines())
        faults = [f"it does not show {each}" for each in _missing(step, screen)]
        if "Traceback" in screen.whole:
            faults.append("it shows a traceback")
        terminal.interrupt()
        terminal.wait(terminal.seconds + STOP_S)
        if terminal.status != step.status:
            faults.append(f"exit status {terminal.status}, not {step.status}")
        if step.lines is not None and lines > step.lines:
            faults.append(f"it says {lines} lines, not {step.lines}")
        return Seen(step, terminal.status, terminal.seconds, terminal.cpu_s, shown, tuple(faults))


def _missing(step: Step, screen: Screen) -> list[str]:
    """What is not there of what should be."""
    return [each for each in step.shows if not _found(each, screen.text)] + [
        each for each in step.says if not _found(each, screen.whole)
    ]


def _found(pattern: str, text: str) -> bool:
    """Whether it is there, wherever the terminal broke the lines."""
    unbroken = text.replace("\n", "")
    return bool(re.search(pattern, text, re.MULTILINE) or re.search(pattern, unbroken))
