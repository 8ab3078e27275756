"""Subjects, bodies and the form of the stream: a topic has one subject, and a body one way to be read."""

from __future__ import annotations

import msgpack
import pytest

from nxcast.schemas.topics import CHANNELS, TOPICS
from nxcast.transport.nats.jetstream_layout import (
    body_of,
    channel_stream,
    differences,
    has_servers,
    headers_of,
    sensor_of_subject,
    split_body,
    subject_of,
    subjects_below,
    topic_of_subject,
    work_stream,
    work_subject,
)

HEADER = msgpack.packb({"version": 1, "epoch": 2**63, "sequence": 7, "count": 0, "time_ns": 2**63})


@pytest.mark.parametrize(
    ("topic", "subject"),
    [
        ("dns-errors/SERVFAIL/", "nxcast.dns-errors.SERVFAIL"),
        ("nxdomain/NSAP-PTR/", "nxcast.nxdomain.NSAP-PTR"),
        ("malformed/", "nxcast.malformed"),
        ("status/", "nxcast.status"),
    ],
)
def test_a_topic_is_a_subject(topic: str, subject: str) -> None:
    assert subject_of(topic) == subjects_below(topic) == subject
    assert topic_of_subject(subject) == topic


def test_all_topics_have_subjects_of_their_own_that_a_server_takes() -> None:
    subjects = [subject_of(topic) for topic in TOPICS]
    assert len(set(subjects)) == len(TOPICS)
    assert [topic_of_subject(subject) for subject in subjects] == list(TOPICS)
    assert not any(set(" *>\t\r\n") & set(subject) for subject in subjects)


def test_a_channel_is_what_is_below_it() -> None:
    assert {channel: subjects_below(channel) for channel in CHANNELS} == {
        **{channel: f"nxcast.{channel[:-1]}.>" for channel in CHANNELS},
        "malformed/": "nxcast.malformed",
        "servers/": "nxcast.servers",
        "status/": "nxcast.status",
    }


@pytest.mark.parametrize("payload", [b"\x90", b"\x91\x80", b"", b"\xc1" * 2000])
def test_a_body_is_header_and_payload(payload: bytes) -> None:
    assert split_body(body_of(HEADER, payload)) == (HEADER, payload)


@pytest.mark.parametrize("body", [b"", HEADER[:-1], b"\xc1", b"\xdb\xff\xff\xff\xff", b"\x81" * 3000])
def test_what_has_no_header_is_refused(body: bytes) -> None:
    with pytest.raises(ValueError, match="a body without a header"):
        split_body(body)


def test_only_a_status_has_an_end() -> None:
    assert headers_of("malformed/", "1:malformed/:1") == {"Nats-Msg-Id": "1:malformed/:1"}
    assert headers_of("status/", "1:status/:1") == {"Nats-Msg-Id": "1:status/:1", "Nats-TTL": "60s"}


def test_what_a_stream_lacks_is_told_by_its_name_there() -> None:
    wanted = channel_stream(replicas=3, octets_max=1 << 30, age_s=7200)
    assert differences(wanted, wanted) == []
    shuffled = {**wanted, "subjects": wanted["subjects"][::-1], "first_seq": 1}
    assert differences(shuffled, wanted) == []
    other = {**wanted, "max_bytes": -1, "num_replicas": 1}
    assert differences(other, wanted) == [
        "num_replicas is 1, not 3",
        "max_bytes is -1, not 1073741824",
    ]
    assert differences(other, wanted, sizes=False) == []
    del other["allow_atomic"]
    assert differences(other, wanted, sizes=False) == ["allow_atomic is false, not true"]


def test_a_stream_remembers_ids_no_longer_than_messages() -> None:
    assert channel_stream(replicas=1, octets_max=1, age_s=3600)["duplicate_window"] == 3600 * 10**9
    assert channel_stream(replicas=1, octets_max=1, age_s=604800)["duplicate_window"] == 3600 * 10**9


@pytest.mark.parametrize(("sensor", "subject"), [("ns1", "nxcast.in.ns1"), ("..a.b_-", "nxcast.in.//a/b_-")])
def test_a_sensor_has_one_subject_of_one_token(sensor: str, subject: str) -> None:
    assert work_subject(sensor) == subject
    assert sensor_of_subject(subject) == sensor
    assert work_stream(replicas=1, octets_max=1)["subjects"] == ["nxcast.in.*"]


def test_a_stream_that_is_older_than_servers_is_known_by_its_subjects() -> None:
    wanted = channel_stream(replicas=1, octets_max=1 << 30, age_s=3600)
    assert has_servers(wanted)
    older = {**wanted, "subjects": [each for each in wanted["subjects"] if each != "nxcast.servers"]}
    assert not has_servers(older)
    assert has_servers({"sources": [{"name": "nxcast"}]})
