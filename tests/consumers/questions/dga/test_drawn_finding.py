"""Findings of one family, put together."""

from collections import Counter

import pytest

from nxcast.consumers.questions.dga.drawn_finding import Family, Finding


def finding(domains, **changed):
    return Finding(
        **{
            "family": Family("letters", short=True),
            "names": len(domains),
            "queries": 2 * len(domains),
            "first_ns": 100,
            "last_ns": 200,
            "expected": 0.9 * len(domains),
            "suffixes": Counter(domain.partition(".")[2] for domain in domains),
            "lengths": Counter(domain.find(".") for domain in domains),
            "sensors": {"north"},
            "domains": list(domains),
            **changed,
        }
    )


def test_what_is_added_counts_once_by_name_and_all_by_query():
    group = finding(["qxkz.com.", "zzkqx.net."])
    group.add(finding(["zzkqx.net.", "bavo.net."], first_ns=150, last_ns=300, sensors={"south"}))
    assert group.domains == ["qxkz.com.", "zzkqx.net.", "bavo.net."]
    assert (group.names, group.queries, group.first_ns, group.last_ns) == (3, 8, 100, 300)
    assert group.expected == pytest.approx(2.7)
    assert group.suffixes == {"com.": 1, "net.": 2}
    assert group.lengths == {4: 2, 5: 1}
    assert group.sensors == {"north", "south"}


@pytest.mark.parametrize(
    ("changed", "goes"),
    [
        ({}, True),
        ({"sensors": {"south"}}, False),
        ({"first_ns": 201, "last_ns": 300}, False),
        ({"first_ns": 0, "last_ns": 99}, False),
        ({"first_ns": 0, "last_ns": 100}, True),
        ({"suffixes": Counter({"com.": 1, "ru.": 1})}, True),
        ({"suffixes": Counter({"de.": 1, "ru.": 1})}, False),
    ],
)
def test_what_goes_with_another_has_its_time_sensor_and_suffixes(changed, goes):
    group = finding(["qxkz.com.", "zzkqx.net."])
    assert finding(["bavo.com.", "vabo.net."], **changed).goes_with(group) is goes
