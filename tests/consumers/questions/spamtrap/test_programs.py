"""What spamtrap says of recordings of real programs when nothing resolves, on four days at two sensors."""

import pytest

from nxcast.consumers.questions.spamtrap.spamtrap_question import Spamtrap
from tests.consumers.questions.recordings import NAMES, daily

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


def said(name):
    """Sections by name."""
    question = Spamtrap()
    for records in daily(name):
        for sensor in ("north", "south"):
            assert question.take([{**each, "sensor": sensor} for each in records]) == []
    return {section.name: list(section.rows) for section in question.sections()}


@pytest.mark.parametrize("name", NAMES)
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
