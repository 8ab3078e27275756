"""Recordings of real programs when nothing resolves, for the tests of each question.

They are no part of this project: without them a test that asks for one skips. NAME.qmin is the same behind a
resolver that minimises query names.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from nxcast.consumers.show.recorded import record_of
from nxcast.schemas.topics import NXDOMAIN
from tests.shared_data import DATA

DAYS = 4
DAY_NS = 86_400_000_000_000
_PROGRAMS = DATA / "programs"

_PATHS = sorted(_PROGRAMS.rglob("*.jsonl"))

# Where there are none, one test skips and says why.
NAMES = [str(path.relative_to(_PROGRAMS).with_suffix("")) for path in _PATHS] or ["any"]
"""All recordings, without the end .jsonl."""


def nxdomains(name: str) -> list[dict[str, Any]]:
    """The records of nxdomain/ in a recording."""
    path = _PROGRAMS / f"{name}.jsonl"
    if not path.exists():
        pytest.skip("the recorded programs are not here (NXCAST_SHARED names the folder that holds data/)")
    found = [record_of(line) for line in path.read_bytes().splitlines()]
    return [each[1] for each in found if each is not None and each[0] == NXDOMAIN]


def daily(name: str) -> Iterator[list[dict[str, Any]]]:
    """The same on DAYS days, a list a day."""
    records = nxdomains(name)
    for day in range(DAYS):
        yield [{**each, "time_ns": each["time_ns"] + day * DAY_NS} for each in records]
