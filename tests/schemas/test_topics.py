"""Topics: a bounded set of paths that end in '/'."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nxcast.schemas.topics import (
    CHANNELS,
    MALFORMED,
    SERVERS,
    STATUS,
    TOPICS,
    answers_topic,
    channel_of,
    dns_errors_topic,
    nxdomain_topic,
    topic_of,
)

ALL = {
    MALFORMED,
    SERVERS,
    STATUS,
    *map(dns_errors_topic, range(1, 4096)),
    *map(nxdomain_topic, range(0x10000)),
    *map(answers_topic, range(0x10000)),
}


@pytest.mark.parametrize(
    ("rcode", "topic"),
    [
        (1, "dns-errors/FORMERR/"),
        (2, "dns-errors/SERVFAIL/"),
        (3, "dns-errors/NXDOMAIN/"),
        (16, "dns-errors/BADVERS/"),
        (12, "dns-errors/OTHER/"),
        (4095, "dns-errors/OTHER/"),
    ],
)
def test_an_error_goes_by_its_rcode(rcode: int, topic: str) -> None:
    assert dns_errors_topic(rcode) == topic


@pytest.mark.parametrize(
    ("qtype", "topic"),
    [
        (1, "nxdomain/A/"),
        (15, "nxdomain/MX/"),
        (255, "nxdomain/ANY/"),
        (0, "nxdomain/OTHER/"),
        (54, "nxdomain/OTHER/"),
        (65400, "nxdomain/OTHER/"),
    ],
)
def test_an_nxdomain_goes_by_its_type(qtype: int, topic: str) -> None:
    assert nxdomain_topic(qtype) == topic


@pytest.mark.parametrize(
    ("qtype", "topic"),
    [(1, "answers/A/"), (65, "answers/HTTPS/"), (0, "answers/OTHER/"), (65400, "answers/OTHER/")],
)
def test_an_answer_goes_by_its_type(qtype: int, topic: str) -> None:
    assert answers_topic(qtype) == topic


def test_an_answer_without_a_question_has_a_topic_too() -> None:
    assert answers_topic(None) == "answers/OTHER/"


@pytest.mark.parametrize(
    ("channel", "record", "topic"),
    [
        ("dns-errors/", {"rcode": 2}, "dns-errors/SERVFAIL/"),
        ("nxdomain/", {"qtype": 15}, "nxdomain/MX/"),
        ("answers/", {"qtype": 15}, "answers/MX/"),
        ("malformed/", {}, "malformed/"),
        ("servers/", {}, "servers/"),
    ],
)
def test_a_record_of_a_channel_has_one_topic(channel: str, record: dict[str, int], topic: str) -> None:
    assert topic_of(channel, record) == topic


def test_all_codes_there_are_share_a_bounded_number_of_topics() -> None:
    assert 210 <= len(ALL) <= 225
    assert set(TOPICS) == ALL


def test_a_topic_is_a_channel_or_one_word_below_it() -> None:
    for topic in ALL:
        assert topic.endswith("/")
        assert topic.count("/") == (1 if topic in CHANNELS else 2)
        assert topic.isascii()
        assert channel_of(topic) in CHANNELS


def test_no_topic_is_a_prefix_of_another_but_a_channel() -> None:
    assert not [(one, other) for one in ALL for other in ALL if one != other and other.startswith(one)]


@pytest.mark.parametrize(
    ("topic", "channel"),
    [
        ("nxdomain/", "nxdomain/"),
        ("nxdomain/MX/", "nxdomain/"),
        ("nxdomain/M", "nxdomain/"),
        ("status/", "status/"),
        ("nxdomain", None),
        ("", None),
        ("/", None),
        ("/nxdomain/", None),
        ("NXDOMAIN/", None),
        ("weather/", None),
    ],
)
def test_the_channel_is_the_first_word(topic: str, channel: str | None) -> None:
    assert channel_of(topic) == channel


@given(st.text())
def test_any_text_belongs_to_a_channel_or_to_none(topic: str) -> None:
    channel = channel_of(topic)
    assert channel is None or (channel in CHANNELS and topic.startswith(channel))
