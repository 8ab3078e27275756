"""The first week with it: what a newcomer types, at a terminal of 80x24, shows what it should."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from testbed.walk.screen import Screen
from testbed.walk.steps import WALK, Part
from testbed.walk.terminal import set_size, started
from testbed.walk.walking import World, walk
from tests import forked

COMMANDS = {
    "nxcast": "nxcast",
    "nxcast-broker": "nxcast.broker",
    "nxcast-produce": "nxcast.producers",
    "nxcast-consume": "nxcast.consumers",
}
"""What is installed, and the module that it runs."""


def _forked(words: Sequence[str], environment: Mapping[str, str], folder: Path) -> tuple[int, int]:
    """As `started`, but that a command of ours is forked where it can be."""
    if words[0] not in COMMANDS:
        return started(words, environment, folder)
    ours, theirs = os.openpty()
    set_size(theirs)
    module = [sys.executable, "-m", COMMANDS[words[0]], *words[1:]]
    pid = forked.at_a_terminal(module, environment, folder, theirs)
    os.close(theirs)
    if pid is None:
        os.close(ours)
        return started(words, environment, folder)
    return pid, ours


@pytest.mark.parametrize("part", WALK, ids=lambda part: part.name)
def test_the_walk(part: Part, tmp_path: Path) -> None:
    """Every command of a part: its exit status, how much it says, and what the screen shows."""
    # The first part starts what is installed; the others ask what the programs say.
    start = started if part is WALK[0] else _forked
    seen = list(walk(part, World(tmp_path, start)))
    assert len(seen) == len(part.steps)
    faults = [f"{each.step.command}: {', '.join(each.faults)}\n{each.screen}" for each in seen if each.faults]
    assert not faults, "\n\n".join(faults)


@pytest.mark.parametrize(
    ("output", "shown"),
    [
        ("a\r\nb", ["a", "b"]),
        ("abcd\re", ["ebcd"]),
        ("abcde", ["abcd", "e"]),
        ("abcd\r\ne", ["abcd", "e"]),  # the last column alone begins no line
        ("a\tb", ["a  b"]),
        ("ab\bc", ["ac"]),
        ("\x1b[1;31mab\x1b[0m", ["ab"]),
        ("\x1b]0;title\x07ab\x1b]8;;x\x1b\\c", ["abc"]),
        ("\x1b[?25lab\x1b[?25h\x1b(B", ["ab"]),
        ("ab\r\ncd\x1b[1A\x1b[2Kx", ["  x", "cd"]),
        ("abc\x1b[2D\x1b[Kx", ["ax"]),
        ("abc\x1b[2D\x1b[1K", ["  c"]),
        ("ab\r\ncd\x1b[Hx\x1b[J", ["x"]),
        ("ab\r\ncd\r\nef\x1b[2;2H\x1b[1J", ["", "", "ef"]),
        ("ab\x1b[2J\x1b[3;4Hx\x1b[2Gy", ["", "", " y x"]),
        ("a\r\nb\r\nc\r\nd", ["b", "c", "d"]),
        ("\x1b[9A\x1b[9Ba\x1b[9Cb", ["", "", "a  b"]),
    ],
)
@pytest.mark.parametrize("size", [1, 2, 100])
def test_a_screen_shows_what_a_terminal_would(output: str, shown: list[str], size: int) -> None:
    """However the output is cut into pieces; four columns, three lines."""
    screen = Screen(4, 3)
    for start in range(0, len(output), size):
        screen.take(output[start : start + size])
    assert screen.lines == shown + [""] * (3 - len(shown))


def test_what_left_at_the_top_is_kept() -> None:
    screen = Screen(4, 2)
    screen.take("a\r\nb\r\nc\r\nd")
    assert (screen.scrolled, screen.text) == (["a", "b"], "c\nd")
