"""What clients ask and what they get, as octets in and octets out."""

from __future__ import annotations

import json
from typing import Any

import msgpack
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nxcast.broker.answers import Answers
from nxcast.broker.arrivals import Arrivals
from nxcast.broker.derivation.outbox import Message
from nxcast.broker.ledger import Ledger
from nxcast.broker.log.memory_log import OVERHEAD, MemoryLog
from nxcast.schemas.request_answers import decode_answer
from nxcast.schemas.requests import PREFIXES_MAX, REQUEST_MAX, REQUEST_REASONS, TOPIC_MAX, encode_request
from nxcast.schemas.topics import CHANNELS, MALFORMED, TOPICS
from tests.schemas.examples import STATUS

EPOCH = 1000
ENVELOPE = {"version": 1, "id": 7, "epoch": EPOCH, "error": None}
RANGE = {"ask": "range", "topic": "nxdomain/MX/", "epoch": EPOCH, "first": 1, "last": 9}


class _Broker:
    """Answers about three messages on nxdomain/MX/ (the first is gone) and one on malformed/."""

    def __init__(self) -> None:
        self.ledger = Ledger()
        self.arrivals = Arrivals()
        log = MemoryLog(octets_max=3 * (OVERHEAD + 4), age_s=10, now_ns=EPOCH)
        for number, topic in enumerate([b"nxdomain/MX/", b"malformed/", b"nxdomain/MX/", b"nxdomain/MX/"]):
            log.commit([Message(topic, b"h%d" % number, b"p%d" % number)], [], EPOCH + number, 0.0)
        self.answers = Answers(
            "nxcast 0.1.0", log, self.arrivals, self.ledger, lambda: STATUS, lambda _: (True, [], 3)
        )

    def ask(self, *parts: bytes) -> tuple[Any, list[tuple[bytes, bytes]]]:
        return decode_answer(self.answers.answer(list(parts)))

    def request(self, **keys: Any) -> tuple[Any, list[tuple[bytes, bytes]]]:
        return self.ask(encode_request({"version": 1, "id": 7, **keys}))  # type: ignore[arg-type]

    def error(self, *parts: bytes) -> tuple[str, int]:
        """The reason and the id of a request that can't be read, after it was counted."""
        received = self.ledger.requests_received
        answer, _ = self.ask(*parts)
        assert answer["answer"] == "error"
        assert self.ledger.requests_received == received + 1
        assert self.ledger.requests_malformed[answer["error"]]
        return answer["error"], answer["id"]


@pytest.fixture
def broker() -> _Broker:
    return _Broker()


@pytest.mark.parametrize(
    ("asked", "told", "messages"),
    [
        ({}, {"first": 2, "count": 2, "oldest": 2}, [(b"h2", b"p2"), (b"h3", b"p3")]),
        ({"first": 3}, {"first": 3, "count": 1, "oldest": 2}, [(b"h3", b"p3")]),
        ({"first": 2, "last": 2}, {"first": 2, "count": 1, "oldest": 2}, [(b"h2", b"p2")]),
        ({"last": 1}, {"first": 2, "count": 0, "oldest": 2}, []),
        ({"first": 4}, {"first": 4, "count": 0, "oldest": 2}, []),
        ({"topic": MALFORMED}, {"first": 1, "count": 1, "oldest": 1}, [(b"h1", b"p1")]),
        ({"topic": "nxdomain/A/"}, {"first": 1, "count": 0, "oldest": 1}, []),
        ({"epoch": 1}, {"error": "epoch", "first": 1, "count": 0, "oldest": 1}, []),
        ({"topic": "nxdomain/"}, {"error": "topic", "first": 1, "count": 0, "oldest": 1}, []),
        ({"topic": "status/"}, {"error": "topic", "first": 1, "count": 0, "oldest": 1}, []),
        ({"topic": "x/"}, {"error": "topic", "first": 1, "count": 0, "oldest": 1}, []),
    ],
)
def test_a_range_is_what_was_published(
    broker: _Broker, asked: dict[str, Any], told: dict[str, Any], messages: list[tuple[bytes, bytes]]
) -> None:
    header, got = broker.request(**{**RANGE, **asked})
    assert got == messages
    topic = asked.get("topic", "nxdomain/MX/")
    assert header == {**ENVELOPE, "answer": "range", "topic": topic, **told}
    assert broker.ledger.messages_replayed == len(messages)
    assert broker.ledger.requests_malformed == {}


@pytest.mark.parametrize(
    ("prefixes", "time_ns", "topics", "complete"),
    [
        (["nxdomain/MX/"], EPOCH + 2, {"nxdomain/MX/": 2}, True),
        (["nxdomain/MX/"], EPOCH + 3, {"nxdomain/MX/": 3}, True),
        (["nxdomain/MX/"], EPOCH + 9, {"nxdomain/MX/": 4}, True),
        (["nxdomain/MX/"], EPOCH, {"nxdomain/MX/": 2}, False),  # its first is gone
        (["malformed/"], EPOCH, {"malformed/": 1}, True),
        (["malformed/"], EPOCH - 1, {"malformed/": 1}, False),  # before this broker began
        (["malformed/", "nxdomain/M"], EPOCH, None, None),
        (["status/"], EPOCH, {}, True),
        (["strange/"], EPOCH, {}, True),
        ([], EPOCH, {}, True),
    ],
)
def test_since_tells_where_a_moment_is(
    broker: _Broker, prefixes: list[str], time_ns: int, topics: dict[str, int] | None, complete: bool
) -> None:
    header, _ = broker.request(ask="since", topics=prefixes, time_ns=time_ns)
    if topics is None:
        assert (header["answer"], header["error"]) == ("error", "request_topics")  # no '/' at its end
    else:
        assert header == {
            **ENVELOPE,
            "answer": "since",
            "topics": topics,
            "complete": complete,
            "earlier": None,
        }


def test_since_tells_all_topics_of_a_channel(broker: _Broker) -> None:
    header, _ = broker.request(ask="since", topics=list(CHANNELS), time_ns=EPOCH + 2)
    assert header["topics"].keys() == set(TOPICS) - {"status/"}
    assert {topic: number for topic, number in header["topics"].items() if number > 1} == {
        "nxdomain/MX/": 2,
        "malformed/": 2,
    }


def test_status_is_that_of_the_broker(broker: _Broker) -> None:
    assert broker.request(ask="status")[0] == {**ENVELOPE, "answer": "status", "status": STATUS}


def test_describe_tells_all_that_there_is(broker: _Broker) -> None:
    header, _ = broker.request(ask="describe")
    assert (header["channels"], header["topics"]) == (list(CHANNELS), list(TOPICS))
    assert {"RangeRequest", "Nxdomain", "Frame"} <= json.loads(header["schemas"])["$defs"].keys()
    assert header["software"] == "nxcast 0.1.0"


def test_arrived_tells_what_is_settled_and_what_is_missing(broker: _Broker) -> None:
    for sequence in (1, 2, 5):
        broker.arrivals.take({"sensor": "ns1", "epoch": 5, "sequence": sequence, "count": 1, "held": 1})
    arrived = {"ask": "arrived", "sensor": "ns1", "epoch": 5}
    forms = ["frames/1", "frames/2"]
    assert broker.request(**arrived)[0] == {
        **ENVELOPE,
        "answer": "arrived",
        "sequence": 0,
        "missing": [],
        "forms": forms,
    }
    broker.arrivals.committed(1)
    broker.arrivals.settle(1)
    told = {"sequence": 5, "missing": [[3, 4]], "forms": forms}
    assert broker.request(**arrived)[0] == {**ENVELOPE, "answer": "arrived", **told}
    for stranger in ({"sensor": "ns2"}, {"epoch": 6}):
        header, _ = broker.request(**{**arrived, **stranger})
        assert (header["sequence"], header["missing"]) == (0, [])


def test_a_delimiter_is_repeated(broker: _Broker) -> None:
    octets = encode_request({"version": 1, "id": 7, "ask": "status"})
    assert broker.answers.answer([b"", octets]) == [b"", *broker.answers.answer([octets])]


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"version": 2}, "request_version"),
        ({"id": -1}, "request_id"),
        ({"id": None}, "request_id"),
        ({"ask": "everything"}, "request_ask"),
        ({"ask": None}, "request_ask"),
        ({"ask": ["range"]}, "request_ask"),
        ({"ask": "error"}, "request_ask"),
        ({"topic": "nxdomain"}, "request_topic"),
        ({"topic": b"nxdomain/"}, "request_topic"),
        ({"topic": "x" * TOPIC_MAX + "/"}, "request_topic"),
        ({"epoch": "1"}, "request_epoch"),
        ({"first": 0}, "request_first"),
        ({"first": 1.0}, "request_first"),
        ({"last": -1}, "request_last"),
        ({"first": 5, "last": 4}, "request_last"),
        ({"ask": "since", "topics": "nxdomain/", "time_ns": 1}, "request_topics"),
        ({"ask": "since", "topics": ["nxdomain"], "time_ns": 1}, "request_topics"),
        ({"ask": "since", "topics": ["a/"] * PREFIXES_MAX}, "request_time_ns"),
        ({"ask": "since", "topics": ["a/"] * (PREFIXES_MAX + 1), "time_ns": 1}, "request_topics"),
        ({"ask": "since", "topics": [], "time_ns": 1.5}, "request_time_ns"),
        ({"ask": "arrived", "sensor": "no spaces"}, "request_sensor"),
        ({"ask": "arrived", "sensor": "ns1", "epoch": -1}, "request_epoch"),
    ],
)
def test_the_first_wrong_key_of_a_request_is_named(
    broker: _Broker, change: dict[str, Any], reason: str
) -> None:
    packed = msgpack.packb({"version": 1, "id": 7, **RANGE, **change})
    assert broker.error(packed) == (reason, 0 if reason == "request_id" else 7)


@pytest.mark.parametrize(
    ("parts", "reason"),
    [
        ([b""], "request_shape"),
        ([b"\xc1"], "request_shape"),
        ([b"\x80\x80"], "request_shape"),
        ([b"\x90"], "request_shape"),
        ([b"\x81\x01\x02"], "request_shape"),
        ([b"\x81\xa2id\xd4\x01\x01"], "request_shape"),
        ([b"\x91" * 1100], "request_shape"),
        ([b"\xdd\xff\xff\xff\xff"], "request_shape"),
        ([b"\x80"], "request_version"),
        ([b"\x80", b"\x80"], "request_parts"),
    ],
)
def test_what_is_no_request_is_answered_all_the_same(
    broker: _Broker, parts: list[bytes], reason: str
) -> None:
    assert broker.error(*parts) == (reason, 0)


@pytest.mark.parametrize(("octets", "fine"), [(REQUEST_MAX - 1, 1), (REQUEST_MAX, 1), (REQUEST_MAX + 1, 0)])
def test_a_request_may_be_so_large(broker: _Broker, octets: int, fine: bool) -> None:
    request = {"version": 1, "id": 7, "ask": "describe", "more": b""}
    request["more"] = b"x" * (octets - len(msgpack.packb(request)) - 1)
    packed = msgpack.packb(request)
    packed = packed if len(packed) == octets else msgpack.packb({**request, "more": request["more"][:-1]})
    assert len(packed) == octets
    answer, _ = broker.ask(packed)
    assert answer["answer"] == ("describe" if fine else "error")
    assert answer["error"] == (None if fine else "request_size")


def test_64_of_the_longest_topics_can_be_asked_for(broker: _Broker) -> None:
    longest = sorted(TOPICS, key=len)[-PREFIXES_MAX:]
    assert broker.request(ask="since", topics=longest, time_ns=2**64 - 1)[0]["answer"] == "since"


values: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**64 - 1) | st.floats() | st.binary() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text() | st.binary(), inner),
    max_leaves=8,
)
keys = st.sampled_from(
    ["version", "id", "ask", "topic", "epoch", "first", "last", "topics", "time_ns", "sensor"]
)
asks = st.sampled_from(["range", "since", "status", "describe", "arrived"])
requests = st.builds(
    lambda ask, some, more: {
        "version": 1,
        "id": 7,
        **RANGE,
        "ask": ask,
        "topics": ["nxdomain/"],
        "time_ns": 1,
        "sensor": "ns1",
        **more,
        **some,
    },
    asks,
    st.dictionaries(keys, values, max_size=2),
    st.dictionaries(st.text(), values, max_size=2),
)


@given(st.lists(st.binary(), min_size=1, max_size=4) | requests.map(lambda each: [msgpack.packb(each)]))
def test_whatever_is_asked_is_answered_and_counted_once(parts: list[bytes]) -> None:
    broker = _Broker()
    answer = broker.answers.answer(parts)
    delimiter = len(parts) > 1 and parts[0] == b""
    header, _ = decode_answer(answer[delimiter:])
    assert broker.ledger.requests_received == 1
    assert sum(broker.ledger.requests_malformed.values()) == (header["answer"] == "error")
    assert broker.ledger.requests_malformed.keys() <= set(REQUEST_REASONS)
