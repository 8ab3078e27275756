"""Scenarios of what zones are asked about a minute: which make a zone's own spike, and which must not."""

import pytest

from nxcast.consumers.questions.dnsbl.spikes import WARM_UP
from nxcast.consumers.questions.dnsbl.tracks import LookUp
from nxcast.consumers.questions.dnsbl.zones import Zones

START_NS = 1_767_225_600_000_000_000
MINUTE_NS = 60_000_000_000
NIGHT = {"zen.": 3, "bl.": 3, "multi.": 3}
DAY = {"zen.": 60, "bl.": 60, "multi.": 60}


def begun(counts, zones=None, about=None):
    """The (minute, zone) of each spike; each look-up is about another subject unless `about` is given."""
    zones = Zones(100, 100) if zones is None else zones
    found = []
    number = 0
    for window, asked in enumerate(counts):
        left = dict(asked)
        while any(left.values()):  # a message is looked up in all of them
            for zone in [zone for zone, count in left.items() if count]:
                left[zone] -= 1
                number += 1
                subject = about(left[zone]) if about and window == len(counts) - 1 else f"name{number}.com."
                look_up = LookUp(START_NS + window * MINUTE_NS, window, zone, "192.0.2.1", "lab")
                if zones.see_asked(look_up, subject) is not None:
                    found.append((window, zone))
    return found


def ramp(minutes, low=NIGHT, high=DAY):
    """What is asked in each minute of a rise."""
    return [
        {zone: low[zone] + round((high[zone] - low[zone]) * minute / minutes) for zone in low}
        for minute in range(1, minutes + 1)
    ]


@pytest.mark.parametrize(
    "last",
    [
        {**NIGHT, "bl.": 60},
        {"zen.": 6, "multi.": 6, "bl.": 120},  # all rise, and one far more
    ],
)
def test_a_zone_that_is_asked_far_more_than_usual_while_others_are_not_spikes(last):
    assert begun([NIGHT] * 20 + [last]) == [(20, "bl.")]


@pytest.mark.parametrize("minutes", [1, 15, 60])
@pytest.mark.parametrize("zones", [["zen."], ["zen.", "bl."], ["zen.", "bl.", "multi."]])
def test_a_morning_is_no_spike(minutes, zones):
    days = [NIGHT] * 100 + ramp(minutes) + [DAY] * 100 + ramp(minutes, DAY, NIGHT) + [NIGHT] * 100
    counts = [{zone: asked[zone] for zone in zones} for asked in (days + ramp(minutes) + [DAY] * 20)]
    assert begun(counts) == []


@pytest.mark.parametrize(
    "counts",
    [
        [NIGHT] * 20 + [{**NIGHT, "new.": 60}] * 5,  # somebody uses one more list
        [NIGHT] * 20 + [{**NIGHT, "new.": 2}] * (WARM_UP - 1) + [{**NIGHT, "new.": 60}],
        [{**NIGHT, "rare.": 1}, NIGHT, NIGHT] * 20 + [{**NIGHT, "rare.": 60}],  # once in three minutes
        [{"zen.": 3}] * 20 + [{"zen.": 60}],  # nothing to compare it with
        [{"zen.": 3}, {"zen.": 3, "rare.": 1}] * 20 + [{"zen.": 60}],
        [NIGHT] * 20 + [{**NIGHT, "bl.": 29}],
    ],
)
def test_what_is_new_or_rare_or_all_there_is_has_no_usual_to_spike_against(counts):
    assert begun(counts) == []


@pytest.mark.parametrize(
    ("about", "found"),
    [
        (lambda _left: "new.com.", []),
        (lambda left: "new.com." if left % 5 else f"name{left}.com.", []),
        (lambda left: f"name{left % 2}.com.", [(20, "bl.")]),
        (lambda left: "new.com." if left < 60 else f"name{left}.com.", [(20, "bl.")]),
    ],
)
def test_what_one_subject_explains_is_no_spike_of_the_zone(about, found):
    assert begun([NIGHT] * 20 + [{**NIGHT, "bl.": 120}], about=about) == found


def test_one_subject_of_the_minute_before_explains_nothing():
    zones = Zones(100, 100)
    begun([NIGHT] * 20, zones)
    one = LookUp(START_NS + 20 * MINUTE_NS, 20, "bl.", "192.0.2.1", "lab")
    assert not any(zones.see_asked(one, "new.com.") for _ in range(200))
    found = [zones.see_asked(one._replace(window=21), f"name{number}.com.") for number in range(60)]
    assert any(found)


def test_what_is_asked_about_no_subject_counts_apart():
    zones = Zones(100, 100)
    look_up = LookUp(START_NS, 1, "bl.", "192.0.2.1", "lab")
    for subject in ("a.com.", "a.com.", "b.com."):
        zones.see_asked(look_up, subject)
    for part in ("2.0.0.127", "test", "192", "0.192", "com", "co.uk", ""):
        zones.see_apart(look_up, part)
    track = zones.get("bl.")
    assert (track.total, track.subjects.estimate, track.probes, track.steps) == (3, 2, 2, 5)


def ended(zone, parts, soa, subject=None):
    """What speaks for a list having closed, after these were asked in it."""
    zones = Zones(100, 100)
    for number, part in enumerate(parts):
        look_up = LookUp(START_NS + number * 60 * MINUTE_NS, number, zone, "192.0.2.1", "lab")
        if subject is None:
            zones.see_apart(look_up, part)
        else:
            zones.see_asked(look_up, subject)
        zones.denied(zone, soa)
    return zones.get(zone).ended(zone)


@pytest.mark.parametrize(
    ("zone", "parts", "soa", "said"),
    [
        ("ix.dnsbl.manitu.net.", ["1.0.0.127"], "ix.dnsbl.manitu.net.", "closed in 2025-01"),
        ("dul.dnsbl.sorbs.net.", [""], "net.", "closed in 2024-06"),
        ("bl.spamcop.net.", ["192"], "net.", "nobody has its domain"),
        ("bl.spamcop.net.", ["192"], ".", "nobody has its domain"),
        ("bl.spamcop.net.", ["2.0.0.127"], "spamcop.net.", "not even its test entry 127.0.0.2 is listed"),
        ("bl.spamcop.net.", ["1.0.0.127"], "spamcop.net.", ""),  # RFC 5782: this one never is
        ("bl.spamcop.net.", ["2.0.0.127", *["192"] * 24], "spamcop.net.", ""),  # a day before the last
        ("bl.spamcop.net.", ["192"], "bl.spamcop.net.", ""),
        ("bl.spamcop.net.", ["192"], "spamcop.net.", ""),
        ("bl.spamcop.net.", ["192"], None, ""),
        ("bl.spamcop.net.", ["192"], "a.example.", ""),  # an alias led there
        ("dbl.spamhaus.org.", ["2.0.0.127"], "dbl.spamhaus.org.", ""),  # which has no address
    ],
)
def test_a_list_that_has_closed_is_told(zone, parts, soa, said):
    assert ended(zone, parts, soa) == said


def test_a_list_is_asked_again_when_its_domain_is_back():
    zones = Zones(100, 100)
    zones.see_asked(LookUp(START_NS, 1, "bl.spamcop.net.", "192.0.2.1", "lab"), "192.0.2.1")
    for soa, said in (("net.", "nobody has its domain"), ("bl.spamcop.net.", "")):
        zones.denied("bl.spamcop.net.", soa)
        assert zones.get("bl.spamcop.net.").ended("bl.spamcop.net.") == said


def test_zones_outlive_the_process():
    before, after = Zones(100, 100), Zones(100, 100)
    begun([NIGHT] * 20, before)
    for key, value in before.dump():
        after.load(key, value)
    after.loaded(19)
    assert list(after.dump()) == list(before.dump())


@pytest.mark.parametrize(
    "value", [[], [[], "", 0, 0, b"", [0, 0, False, 0]], 7, [None, "a", 0, 0, bytes(1024)]]
)
def test_what_no_zone_gave_is_refused(value):
    with pytest.raises(ValueError, match="validation error"):
        Zones(100, 100).load("bl.", value)
