"""The bar on a terminal, where it goes and what it leaves; a screen of 80x24 tells."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from testbed.walk.terminal import Terminal

BAR = """
import signal, sys
signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGINT])
from nxcast.process import progress
progress.DRAW_S = 0
with progress.Bar({name!r}, 2_000_000) as bar:
    bar.say(1000)
    bar.update(1_000_000)
    print("a line", file=sys.stderr)
    bar.update(0)
    {then}
print("done", file=sys.stderr)
"""


@pytest.mark.parametrize("name", ["a.pcap", "[bold]" + "n" * 200])
def test_a_bar_shows_how_far_it_is_below_what_is_said_and_goes(name: str, tmp_path: Path) -> None:
    environment = {**os.environ, "TERM": "xterm"}
    with Terminal(
        (sys.executable, "-c", BAR.format(name=name, then="signal.sigwait([signal.SIGINT])")),
        environment,
        tmp_path,
    ) as terminal:
        screen = terminal.screen
        assert terminal.watch(lambda: screen.text.startswith("a line") and "1,000" in screen.text, 20)
        lines = screen.text.splitlines()
        assert lines[0] == "a line"
        (bar,) = (line for line in lines if "1,000 responses" in line)
        assert "1.0/2.0 MB" in bar
        assert bar.startswith(name[:10])
        terminal.interrupt()
        terminal.wait(20)
        assert terminal.status == 0
        assert "responses" not in screen.text
        assert screen.text.endswith("done")


def test_nothing_is_drawn_where_nobody_sees_it(tmp_path: Path) -> None:
    done = subprocess.run(
        (sys.executable, "-c", BAR.format(name="x", then="print('a record')")),
        capture_output=True,
        text=True,
        cwd=tmp_path,
    )
    assert (done.stdout, done.stderr) == ("a record\n", "a line\ndone\n")
