"""Records and headers: the examples pass, and nothing that is of another type does."""

from __future__ import annotations

import tracemalloc
from typing import Any

import msgpack
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter

from nxcast.schemas.names import NAME_TEXT_MAX
from nxcast.schemas.records import (
    EGRESS_HEADER_MAX,
    EGRESS_PAYLOAD_MAX,
    MALFORMED_DATA_MAX,
    NESTED_MAX,
    RECORDS,
    Answer,
    Counters,
    DnsError,
    Header,
    LogStatus,
    Malformed,
    Nxdomain,
    SensorStatus,
    ServerAnswers,
    Status,
    decode_header,
    decode_records,
)
from nxcast.schemas.request_answers import (
    ArrivedAnswer,
    ConnectionsAnswer,
    ConnectionStatus,
    DescribeAnswer,
    EpochsAnswer,
    RangeAnswer,
    RightsAnswer,
    SinceAnswer,
    StatusAnswer,
)
from nxcast.schemas.topics import ANSWERS, CHANNELS, DNS_ERRORS, MALFORMED, NXDOMAIN, SERVERS, STATUS
from tests.schemas import examples
from tests.schemas.examples import EXAMPLES, OPTIONAL

U64_MAX = 2**64 - 1
BY_CHANNEL = [
    (DNS_ERRORS, examples.DNS_ERROR),
    (NXDOMAIN, examples.NXDOMAIN),
    (ANSWERS, examples.ANSWER),
    (MALFORMED, examples.MALFORMED),
    (SERVERS, examples.SERVER_ANSWERS),
    (STATUS, examples.STATUS),
]
NULLABLE = {"query_ip", "query_port", "qname", "qclass", "qtype", "query"}
NIL_ALLOWED = {
    Answer: NULLABLE,
    DnsError: NULLABLE,
    Nxdomain: {"soa_rrname"},
    Malformed: {"sensor"},
    Status: {"replay"},
    LogStatus: {"oldest_ns", "stuck"},
    **{
        key: {"error"}
        for key in (RangeAnswer, EpochsAnswer, StatusAnswer, DescribeAnswer, ArrivedAnswer, ConnectionsAnswer)
    },
    ConnectionStatus: {"waiting"},
    SinceAnswer: {"error", "earlier"},
    RightsAnswer: {"error", "egress", "until"},
}
ANOTHER_TYPE = {(RightsAnswer, "egress"): "text"}
"""Keys that take one more than that of their example: a port, or an endpoint."""
STRANGERS: list[Any] = [1.5, False, 7, "text", b"octets", [], {"a": "b"}]
"""One value of each type; none is of another's."""

FIELDS = [(model, key) for model, example in EXAMPLES.items() for key in example]


def _accepts(model: Any, value: Any) -> bool:
    try:
        TypeAdapter(model).validate_python(value)
    except ValueError:
        return False
    return True


def _refuses(channel: str, octets: bytes, text: str) -> None:
    for validate in (True, False):
        with pytest.raises(ValueError, match=text):
            decode_records(channel, octets, validate=validate)


@pytest.mark.parametrize("model", EXAMPLES)
def test_the_hand_made_examples_are_valid(model: Any) -> None:
    assert TypeAdapter(model).validate_python(EXAMPLES[model]) == EXAMPLES[model]


@pytest.mark.parametrize(("channel", "record"), BY_CHANNEL)
def test_records_come_back_as_they_were(channel: str, record: Any) -> None:
    octets = msgpack.packb([record, record])
    assert decode_records(channel, octets) == [record, record]
    assert decode_records(channel, octets, validate=False) == [record, record]


@pytest.mark.parametrize(("model", "key"), FIELDS)
def test_every_key_takes_its_own_type_only(model: Any, key: str) -> None:
    example = EXAMPLES[model]
    for value in STRANGERS:
        if type(value) is not type(example[key]) and ANOTHER_TYPE.get((model, key)) != value:
            assert not _accepts(model, {**example, key: value}), value


@pytest.mark.parametrize(("model", "key"), FIELDS)
def test_what_is_equal_to_an_integer_is_none(model: Any, key: str) -> None:
    """True and 1.0 pass for a Literal of 1 unless they are refused."""
    example = EXAMPLES[model]
    if type(example[key]) is int:
        for value in (True, float(example[key])):
            assert not _accepts(model, {**example, key: value}), value


@pytest.mark.parametrize(("model", "key"), FIELDS)
def test_every_key_must_be_there_and_few_may_be_nil(model: Any, key: str) -> None:
    example = EXAMPLES[model]
    without = {name: value for name, value in example.items() if name != key}
    assert _accepts(model, without) == (key in OPTIONAL.get(model, set()))
    assert _accepts(model, {**example, key: None}) == (key in NIL_ALLOWED.get(model, set()))


@pytest.mark.parametrize("model", EXAMPLES)
def test_keys_that_a_later_broker_adds_are_ignored(model: Any) -> None:
    more = {**EXAMPLES[model], "colour": ["blue"] * 99}
    assert TypeAdapter(model).validate_python(more) == EXAMPLES[model]


@pytest.mark.parametrize(
    ("model", "key", "inside", "outside"),
    [
        (Header, "version", [1], [0, 2]),
        (Header, "epoch", [0, U64_MAX], [-1, U64_MAX + 1]),
        (Header, "sequence", [1, U64_MAX], [0, U64_MAX + 1]),
        (Header, "count", [0], [-1]),
        (DnsError, "time_ns", [0, U64_MAX], [-1, U64_MAX + 1]),
        (DnsError, "sensor", ["a", "aZ09._-", "a" * 64], ["", "a" * 65, "a/b", "a\n"]),
        (DnsError, "type", [1, 3, 4, 7], [0, 2, 5, 6, 8]),
        (DnsError, "proto", [6, 17], [0, 1, 16]),
        (DnsError, "response_ip", ["::", "f" * 39], [":", "f" * 40]),
        (DnsError, "response_port", [0, 65_535], [-1, 65_536]),
        (DnsError, "query_port", [0, 65_535], [-1, 65_536]),
        (DnsError, "id", [0, 65_535], [-1, 65_536]),
        (DnsError, "opcode", [0, 15], [-1, 16]),
        (DnsError, "qname", [".", "a" * NAME_TEXT_MAX], ["a" * (NAME_TEXT_MAX + 1)]),
        (DnsError, "qtype", [0, 65_535], [-1, 65_536]),
        (DnsError, "qclass", [0, 65_535], [-1, 65_536]),
        (DnsError, "rcode", [1, 4095], [0, 4096]),
        (DnsError, "query", [b"", bytes(65_535)], [bytes(65_536)]),
        (DnsError, "response", [bytes(12), bytes(65_535)], [bytes(11), bytes(65_536)]),
        (Nxdomain, "soa_rrname", [".", "a" * NAME_TEXT_MAX], ["a" * (NAME_TEXT_MAX + 1)]),
        (Malformed, "reason", ["a", "a" * 64], ["", "a" * 65]),
        (Malformed, "data", [b"", bytes(MALFORMED_DATA_MAX)], [bytes(MALFORMED_DATA_MAX + 1)]),
        (ServerAnswers, "span_ms", [0, U64_MAX], [-1, U64_MAX + 1, 0.5]),
        (ServerAnswers, "query_zone", [".", "com."], ["a" * 1005, None]),
        (Counters, "malformed", [{}, {"frame_proto": U64_MAX}], [{"frame_proto": -1}, {"frame_proto": "1"}]),
        (SensorStatus, "lost_batches", [0, U64_MAX], [-1, U64_MAX + 1]),
        (Status, "replay", [0, 65_535], [-1, 65_536]),
        (Status, "sensors", [{}], [{"a b": examples.SENSOR_STATUS}, {"ns1": {}}]),
        (Status, "topics", [{}], [{"nxdomain/MX/": {}}, {"nxdomain/MX/": 1}]),
        (Status, "software", ["", "a" * 64], ["a" * 65]),
    ],
)
def test_values_have_their_bounds(model: Any, key: str, inside: list[Any], outside: list[Any]) -> None:
    for value in inside:
        assert _accepts(model, {**EXAMPLES[model], key: value}), value
    for value in outside:
        assert not _accepts(model, {**EXAMPLES[model], key: value}), value


def test_each_channel_has_its_records() -> None:
    assert tuple(RECORDS) == CHANNELS
    for channel, _ in BY_CHANNEL:
        for other, record in BY_CHANNEL:
            if other != channel and (channel, other) != (ANSWERS, DNS_ERRORS):  # which has one key more
                with pytest.raises(ValueError, match="validation error"):
                    decode_records(channel, msgpack.packb([record]))


@pytest.mark.parametrize(
    ("octets", "text"),
    [
        (b"", "^payload is not an array$"),
        (b"\xc1", "^payload is not an array$"),
        (b"\xc0", "^payload is not an array$"),
        (b"\x80", "^payload is not an array$"),
        (b"\x07", "^payload is not an array$"),
        (b"\xdd\0\0", "^payload is not an array$"),
        (msgpack.packb("records"), "^payload is not an array$"),
        (b"\x91", "^payload is not an array of 1 and nothing more$"),
        (b"\x90\xc0", "^payload is not an array of 0 and nothing more$"),
        (b"\x91\xc0\xc0", "^payload is not an array of 1 and nothing more$"),
        (b"\xdd\xff\xff\xff\xff", "^payload is not an array of 4294967295 and nothing more$"),
        (b"\x91\xc1", "^$"),
        (msgpack.packb([[0] * (NESTED_MAX + 1)]), f"exceeds max_array_len\\({NESTED_MAX}\\)$"),
    ],
)
def test_a_payload_that_is_no_array_is_refused_also_unvalidated(octets: bytes, text: str) -> None:
    _refuses(NXDOMAIN, octets, text)


def test_a_payload_may_have_1_mib() -> None:
    for size in (EGRESS_PAYLOAD_MAX - 6, EGRESS_PAYLOAD_MAX - 5 - 1):
        octets = msgpack.packb([bytes(size)])
        assert len(octets) <= EGRESS_PAYLOAD_MAX
        assert decode_records(MALFORMED, octets, validate=False) == [bytes(size)]
    over = msgpack.packb([bytes(EGRESS_PAYLOAD_MAX - 5)])
    assert len(over) == EGRESS_PAYLOAD_MAX + 1
    _refuses(MALFORMED, over, f"^payload of {EGRESS_PAYLOAD_MAX + 1} octets, over {EGRESS_PAYLOAD_MAX}$")


def test_the_largest_status_fits_a_payload() -> None:
    most = {**dict.fromkeys(examples.SENSOR_STATUS, U64_MAX), "minimises": 100}
    status = {
        **examples.STATUS,
        "sensors": {f"{number:064}": most for number in range(4096)},
        "topics": {
            f"nxdomain/{number:023}/": {"sequence": U64_MAX, "records": U64_MAX} for number in range(225)
        },
    }
    octets = msgpack.packb([status])
    assert decode_records(STATUS, octets) == [status]


def test_a_header_comes_back_as_it_was() -> None:
    assert decode_header(msgpack.packb(examples.HEADER)) == examples.HEADER
    longest = {**dict.fromkeys(examples.HEADER, U64_MAX), "version": 1}
    assert len(msgpack.packb(longest)) == 75
    assert decode_header(msgpack.packb(longest)) == longest


def test_a_header_may_have_512_octets() -> None:
    bare = len(msgpack.packb({**examples.HEADER, "more": bytes(256)}))
    for size in (EGRESS_HEADER_MAX - 1, EGRESS_HEADER_MAX):
        octets = msgpack.packb({**examples.HEADER, "more": bytes(256 + size - bare)})
        assert len(octets) == size
        assert decode_header(octets) == examples.HEADER
    over = msgpack.packb({**examples.HEADER, "more": bytes(257 + EGRESS_HEADER_MAX - bare)})
    with pytest.raises(ValueError, match=r"^header of 513 octets, over 512$"):
        decode_header(over)


@given(st.binary(max_size=80))
def test_random_octets_only_raise_value_errors(octets: bytes) -> None:
    with pytest.raises(ValueError):  # noqa: PT011  any text
        decode_header(octets)
    for channel in CHANNELS:
        try:
            records = decode_records(channel, octets)
        except ValueError:
            continue
        assert records == []


@pytest.mark.parametrize(
    ("octets", "limit"),
    [
        pytest.param(b"\x91" + b"\xdd\0\x0f\xff\xff" * 1000, 2 << 20, id="arrays that claim a million items"),
        pytest.param(b"\x91" + b"\xdc\x10\x00" * 1000, 36 << 20, id="arrays that claim 4,096, 1,000 deep"),
        pytest.param(b"\xdd\xff\xff\xff\xff", 2 << 20, id="an outer array that claims 4 G"),
        pytest.param(b"\x91" * 100_000, 2 << 20, id="nested without end"),
        pytest.param(b"\x91\xc6\xff\xff\xff\xff", 2 << 20, id="octets that claim 4 GiB"),
    ],
)
def test_a_hostile_payload_takes_a_bounded_amount_of_memory(octets: bytes, limit: int) -> None:
    tracemalloc.start()
    try:
        with pytest.raises(ValueError):  # noqa: PT011  any text
            decode_records(DNS_ERRORS, octets)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak <= limit
