"""What spamtrap says of recordings of real programs when nothing resolves, on four days at two sensors.

The recordings are no part of this project: without them these tests skip. NAME.qmin is the same behind a
resolver that minimises query names.
"""

import os
from pathlib import Path

import pytest

from nxcast.consumers.questions.spamtrap.spamtrap_question import Spamtrap
from nxcast.consumers.show.recorded import record_of
from nxcast.schemas.topics import NXDOMAIN
from tests.conftest import ROOT

PROGRAMS = Path(os.environ.get("NXCAST_SHARED", ROOT.parent / "shared")) / "data" / "programs"
DAYS = 4
DAY_NS = 86_400_000_000_000

# Candidates by recording, hosts in front where only those were asked for; all others have none.
MAILED = {
    "postfix-out": "gonesender-lab.com. gonercpt-lab.com. host:gonercpt2-lab.com.",
    "exim": "gonercpt3-lab.com. gonefrom3-lab.org. host:gonercpt4-lab.com.",
    "spamassassin": "gonefrom-lab.com.",
    "spamassassin.qmin": "gonefrom-lab.com.",
    "cases/helo-mx": "host:kettlemeadow.net.",
}
# Where mail was under way and can't be seen, and that is said.
DEAF = ("postfix-out.qmin", "exim.qmin")


def names():
    found = sorted(PROGRAMS.rglob("*.jsonl"))
    return [str(path.relative_to(PROGRAMS))[: -len(".jsonl")] for path in found]


def said(name):
    path = PROGRAMS / f"{name}.jsonl"
    if not path.exists():
        pytest.skip("the recorded programs are not here (NXCAST_SHARED names the folder that holds data/)")
    found = [record_of(line) for line in path.read_bytes().splitlines()]
    records = [each[1] for each in found if each is not None and each[0] == NXDOMAIN]
    question = Spamtrap()
    for day in range(DAYS):
        for sensor in ("north", "south"):
            later = [
                {**each, "time_ns": each["time_ns"] + day * DAY_NS, "sensor": sensor} for each in records
            ]
            assert question.take(later) == []
    return {section.name: list(section.rows) for section in question.sections()}


@pytest.mark.parametrize("name", names() or [pytest.param("", marks=pytest.mark.skip("no recordings"))])
def test_exactly_the_domains_that_mail_was_meant_for_are_candidates(name):
    rows = said(name)["candidates"]
    found = [f"host:{row['domain']}" if row["hosts_only"] else row["domain"] for row in rows]
    assert sorted(found) == sorted(MAILED.get(name, "").split())
    assert found == sorted(found, key=lambda each: each.startswith("host:"))  # those come last


@pytest.mark.parametrize("name", DEAF)
def test_a_sensor_that_cannot_tell_is_named(name):
    sections = said(name)
    assert sections["candidates"] == []
    assert [row["sensor"] for row in sections["deaf"]] == ["north", "south"]


@pytest.mark.parametrize("name", ["postfix-out", "exim", "spamassassin", "rspamd"])
def test_a_sensor_that_can_is_not(name):
    assert said(name)["deaf"] == []
