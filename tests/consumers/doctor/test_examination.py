"""What doctor makes of the rights that a broker tells."""

from datetime import date, timedelta

import pytest

from nxcast.consumers.doctor.examination import judged
from nxcast.consumers.doctor.finding import Verdict
from nxcast.schemas.curve import END_NEAR_DAYS

TODAY = date(2026, 11, 28)


def rights(**changed):
    return {"name": "web", "subscribe": ["dns-errors/", "nxdomain/"], "push": [], "replay": True, **changed}


@pytest.mark.parametrize(
    ("days", "verdict", "left"),
    [
        (END_NEAR_DAYS + 1, Verdict.OK, None),
        (END_NEAR_DAYS, Verdict.WARNING, END_NEAR_DAYS),
        (0, Verdict.WARNING, 0),
        (-1, Verdict.WARNING, 0),
    ],
)
def test_a_key_that_ends_soon_is_a_warning(days, verdict, left):
    until = (TODAY + timedelta(days)).isoformat()
    finding = judged(rights(until=until), TODAY)
    assert (finding.verdict, finding.values.get("days")) == (verdict, left)
    assert f", until the end of {until}" in finding.text


def test_a_day_that_can_not_be_is_told_and_harms_nobody():
    assert judged(rights(until="2027-13-40"), TODAY).verdict is Verdict.WARNING


@pytest.mark.parametrize("answer", [rights(), rights(until=None)])
def test_a_key_without_an_end_is_fine(answer):
    assert judged(answer, TODAY).verdict is Verdict.OK
