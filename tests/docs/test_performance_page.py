"""docs/performance.md is the one place of how much the compiled kernel gains; others say what it says."""

from __future__ import annotations

import math
import re
from pathlib import Path

import pytest

from nxcast.consumers.doctor.status_change import KERNEL_GAIN

ROOT = Path(__file__).parent.parent.parent
WORDS = ("", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")


def test_doctor_tells_the_gain_of_a_whole_broker_with_full_batches() -> None:
    page = (ROOT / "docs" / "performance.md").read_text()
    full = r"broker, \S+(?: 220)? mix, log on .*\n"
    python = r" +Python in the kernel's place .* ours +([\d.]+) x"
    low, high = (WORDS[math.floor(float(gain))] for gain in re.findall(full + python, page))
    assert f"{low} to {high} times" == KERNEL_GAIN


@pytest.mark.parametrize("name", ["README.md", "CHANGELOG.md", "docs/protocol.md", "docs/testbed.md"])
def test_others_say_the_same(name: str) -> None:
    assert KERNEL_GAIN in " ".join((ROOT / name).read_text().split())
