"""Frames and batches: the way there and back, and every way to get them wrong."""

from __future__ import annotations

import random
import tracemalloc
from typing import Any

import msgpack
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nxcast.schemas.batch_decoding import (
    BAD_FRAMES_TOLD,
    FRAME_OCTETS_MIN,
    FRAME_REASONS,
    HEADER_MAX,
    NESTED_MAX,
    PIECE,
    BadFrame,
    MessageError,
    decode_batch,
    decode_batch_header,
    decode_in_pieces,
)
from nxcast.schemas.fields import DNS_MESSAGE_MAX, DNS_MESSAGE_MIN
from nxcast.schemas.frames import (
    BATCH_FRAMES_MAX,
    FORMS,
    FORWARDER,
    FRAME_FIELDS,
    FRAMES_1,
    FRAMES_2,
    INGRESS_MESSAGE_MAX,
    MINIMISED,
    BatchHeader,
    Frame,
    encode_batch,
)
from nxcast.schemas.question_frame import QUESTION, QUESTION_FIELDS, QuestionFrame
from tests.messages import AUTHORITY, frame, message

U64_MAX = 2**64 - 1
GOOD = frame(message())
OTHER = (0, 7, bytes(16), 0, 6, AUTHORITY, 0xFFFF, b"", bytes(DNS_MESSAGE_MIN))

ZONE = b"\x03com\0"
GOOD_2: Frame = (*GOOD, ZONE, MINIMISED | FORWARDER)
OTHER_2: Frame = (*OTHER, None, 0xFFFF)
ASKED: QuestionFrame = (5, QUESTION, b"\x05gdsrr" + ZONE, 15, 1, AUTHORITY, ZONE, None, "proof")

_addresses = st.binary(min_size=4, max_size=4) | st.binary(min_size=16, max_size=16)
_u16 = st.integers(0, 0xFFFF)
_u64 = st.integers(0, U64_MAX)
_frames: st.SearchStrategy[Frame] = st.tuples(
    _u64,
    st.sampled_from([1, 3, 4, 7]),
    _addresses,
    _u16,
    st.sampled_from([6, 17]),
    st.none() | _addresses,
    st.none() | _u16,
    st.none() | st.binary(max_size=60),
    st.binary(min_size=DNS_MESSAGE_MIN, max_size=60),
)
_names = st.binary(min_size=1, max_size=255)
_frames_2 = st.tuples(_frames, st.none() | _names, _u16).map(lambda parts: (*parts[0], *parts[1:]))
_questions: st.SearchStrategy[QuestionFrame] = st.tuples(
    _u64,
    st.just(QUESTION),
    _names,
    _u16,
    _u16,
    st.none() | _addresses,
    _names,
    st.none() | _names,
    st.sampled_from(["authority", "cache", "proof"]),
)
_anything = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), U64_MAX)
    | st.floats()
    | st.text(max_size=9)
    | st.binary(max_size=20),
    lambda inner: st.lists(inner, max_size=9) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=12,
)


def _header(count: int, **changed: Any) -> BatchHeader:
    header: BatchHeader = {"sensor": "ns1", "epoch": 7, "sequence": 1, "count": count}
    return {**header, **changed}  # type: ignore[typeddict-item]


def _batch(*frames: Any) -> list[bytes]:
    """In the older form, whatever the frames are."""
    return _with_payload(msgpack.packb(frames), len(frames))


def _with_payload(payload: bytes, count: int = 1, form: bytes = FRAMES_1) -> list[bytes]:
    return [form, msgpack.packb(_header(count)), payload]


def _with_header(head: bytes) -> list[bytes]:
    return [FRAMES_1, head, _batch(GOOD)[2]]


def _reason(parts: list[bytes]) -> str:
    with pytest.raises(MessageError) as caught:
        decode_batch(parts)
    assert caught.value.reason in MessageError.REASONS
    return caught.value.reason


def _outcome(parts: list[bytes]) -> str | int:
    """The number of frames, or the reason why there are none."""
    try:
        batch = decode_batch(parts)
    except MessageError as error:
        return error.reason
    assert {bad.reason for bad in batch.bad} <= set(FRAME_REASONS)
    return len(batch.frames) + len(batch.questions) + len(batch.bad)


@given(
    st.from_regex("[A-Za-z0-9_][A-Za-z0-9._-]{0,63}", fullmatch=True),
    _u64,
    st.integers(1, U64_MAX),
    st.lists(_frames, max_size=5),
)
def test_a_batch_comes_back_as_it_was(sensor: str, epoch: int, sequence: int, frames: list[Frame]) -> None:
    header: BatchHeader = {"sensor": sensor, "epoch": epoch, "sequence": sequence, "count": len(frames)}
    assert decode_batch(encode_batch(header, frames)) == (header, frames, [], [])


@given(st.lists(_frames_2, max_size=5), st.lists(_questions, max_size=5), st.randoms(use_true_random=False))
def test_a_batch_of_responses_and_questions_comes_back_as_it_was(
    frames: list[Frame], questions: list[QuestionFrame], rng: random.Random
) -> None:
    mixed = [*frames, *questions]
    rng.shuffle(mixed)
    batch = decode_batch(encode_batch(_header(len(mixed), questions=True), mixed, FRAMES_2))
    assert batch.header == _header(len(mixed), questions=True)
    assert batch.frames == [each for each in mixed if each[1] != QUESTION]
    assert list(batch.questions) == [each for each in mixed if each[1] == QUESTION]
    assert batch.bad == []


def test_in_the_older_form_a_frame_is_its_first_nine_fields_and_questions_have_no_place() -> None:
    batch = decode_batch(encode_batch(_header(2), [GOOD_2, ASKED, OTHER], FRAMES_1))
    assert batch == (_header(2), [GOOD, OTHER], [], [])


def test_the_forms_differ_in_nothing_else() -> None:
    assert decode_batch(encode_batch(_header(0), [], FRAMES_2)) == decode_batch(encode_batch(_header(0), []))
    assert FORMS == (b"frames/1", b"frames/2")


def test_keys_that_a_later_producer_adds_to_the_header_are_ignored() -> None:
    parts = encode_batch(_header(1, colour="blue"), [GOOD])
    assert decode_batch(parts).header == _header(1)


_SENSORLESS = {"epoch": 7, "sequence": 1, "count": 1}
_PAYLOAD = _batch(GOOD)[2]


@pytest.mark.parametrize(
    ("reason", "parts", "wrong", "sensor"),
    [
        ("message_kind", [], None, None),
        ("message_kind", [b""], 0, None),
        ("message_kind", [b"frames/0", b"", b""], 0, None),
        ("message_kind", [b"frames/3", b"", b""], 0, None),
        ("message_kind", [b"frames/1 ", b"", b""], 0, None),
        ("message_kind", [b"NMSG\0\2"], 0, None),
        ("message_parts", [FRAMES_1], 0, None),
        ("message_parts", _batch(GOOD)[:2], 1, None),
        ("message_parts", [*_batch(GOOD), b"more"], 3, None),
        ("message_payload", _with_payload(b""), 2, "ns1"),
        ("message_payload", _with_payload(b"\xc1"), 2, "ns1"),
        ("message_payload", _with_payload(b"\x80"), 2, "ns1"),
        ("message_payload", _with_payload(msgpack.packb("frames")), 2, "ns1"),
        ("message_payload", _with_payload(b"\xdd\0\0"), 2, "ns1"),
        ("message_payload", _with_payload(b"\x91\xc1"), 2, "ns1"),
        ("message_payload", _with_payload(b"\x91\xd4\1\0"), 2, "ns1"),  # an extension type
        ("message_payload", _with_payload(b"\x91\xd6\xff\0\0\0\0"), 2, "ns1"),  # a timestamp
        ("message_payload", _with_payload(b"\x91\x81\1\1"), 2, "ns1"),  # a key that is a number
        ("message_payload", _with_payload(b"\x91" * 2000 + b"\xc0"), 2, "ns1"),  # nested too deep
        ("message_payload", _with_payload(msgpack.packb([[0] * (NESTED_MAX + 1)])), 2, "ns1"),
        ("message_count", _with_payload(_PAYLOAD, 0), 2, "ns1"),
        ("message_count", _with_payload(_PAYLOAD, 2), 2, "ns1"),
        ("message_count", _with_payload(_PAYLOAD[:-1]), 2, "ns1"),
        ("message_count", _with_payload(_PAYLOAD + b"\xc0"), 2, "ns1"),
        ("message_count", _with_payload(b"\x92" + _PAYLOAD[1:], 2), 2, "ns1"),
        ("message_count", _with_payload(b"\xdd\xff\xff\xff\xff"), 2, "ns1"),
    ],
)
def test_a_message_that_is_no_batch_is_refused_with_its_reason_and_the_wrong_part(
    reason: str, parts: list[bytes], wrong: int | None, sensor: str | None
) -> None:
    with pytest.raises(MessageError, match=f"^{reason}$") as caught:
        decode_batch(parts)
    error = caught.value
    assert (error.reason, error.sensor) == (reason, sensor)
    assert error.data == (b"" if wrong is None else parts[wrong])


@pytest.mark.parametrize(
    "header",
    [
        _SENSORLESS,
        _header(1, sensor=""),
        _header(1, sensor="a" * 65),
        _header(1, sensor="-ns1"),
        _header(1, sensor="."),
        _header(1, sensor=".."),
        _header(1, sensor="ns 1"),
        _header(1, sensor="ns1\n"),
        _header(1, sensor="n\u00e41"),
        _header(1, sensor=b"ns1"),
        _header(1, sensor=None),
        _header(1, epoch=-1),
        _header(1, epoch=1.0),
        _header(1, epoch="7"),
        _header(1, epoch=None),
        _header(1, sequence=0),
        _header(1, sequence=True),
        _header(1, questions=1),
        _header(1, questions=None),
        _header(-1),
        _header(BATCH_FRAMES_MAX + 1),
        [],
        None,
        "ns1",
        list(_header(1).values()),
    ],
)
def test_a_header_that_breaks_the_schema_is_refused(header: Any) -> None:
    assert _reason(_with_header(msgpack.packb(header))) == "message_header"


@pytest.mark.parametrize(
    "octets",
    [b"", b"\xc1", b"\x84", msgpack.packb(_header(1)) + b"\xc0", b"\x81\xa1\xff\1", b"\xdd\xff\xff\xff\xff"],
)
def test_a_header_that_is_not_one_msgpack_value_is_refused(octets: bytes) -> None:
    assert _reason(_with_header(octets)) == "message_header"


@pytest.mark.parametrize(
    ("field", "values"),
    [
        ("time_ns", [-1, 1.5, True, None, "0", b"0"]),
        ("type", [0, 2, 5, 6, 8, 64, 1.0, 1.5, True, False, None, "UDP_QUERY_RESPONSE"]),
        ("response_ip", [b"", bytes(3), bytes(5), bytes(15), bytes(17), "192.33.14.30", None, 0]),
        ("response_port", [-1, 65_536, 53.0, True, None, "53"]),
        ("proto", [0, 1, 1.5, 6.0, 17.0, True, None, "UDP"]),
        ("query_ip", [b"", bytes(5), bytes(17), "::1", False]),
        ("query_port", [-1, 65_536, 53.0, True, "53"]),
        ("query", [bytes(DNS_MESSAGE_MAX + 1), "query", 0, [], {}, {"a": 1}]),
        (
            "response",
            [b"", bytes(DNS_MESSAGE_MIN - 1), bytes(DNS_MESSAGE_MAX + 1), "a" * 12, None, 0, [], {}],
        ),
    ],
)
def test_a_frame_with_a_wrong_field_is_set_aside_and_its_neighbours_go_on(
    field: str, values: list[Any]
) -> None:
    place = FRAME_FIELDS.index(field)
    for value in values:
        spoilt = (*GOOD[:place], value, *GOOD[place + 1 :])
        batch = decode_batch(_batch(GOOD, spoilt, OTHER))
        assert batch.frames == [GOOD, OTHER]
        assert batch.bad == [BadFrame(f"frame_{field}", msgpack.packb(spoilt))]

    good, other = GOOD_2, OTHER_2
    for value in values:
        spoilt = (*good[:place], value, *good[place + 1 :])
        batch = decode_batch(encode_batch(_header(4), [good, spoilt, ASKED, other], FRAMES_2))
        assert (batch.frames, batch.questions) == ([good, other], [ASKED])
        reason = "frame_shape" if value == QUESTION else f"frame_{field}"  # then it is no question either
        assert batch.bad == [BadFrame(reason, msgpack.packb(spoilt))]


@pytest.mark.parametrize(
    ("field", "values"),
    [
        ("query_zone", [b"", bytes(256), ".", 0, False]),
        ("marks", [-1, 65_536, 1.0, True, None, "1"]),
    ],
)
def test_a_frame_with_a_wrong_later_field_is_set_aside(field: str, values: list[Any]) -> None:
    place = FRAME_FIELDS.index(field)
    for value in values:
        spoilt = (*GOOD_2[:place], value, *GOOD_2[place + 1 :])
        batch = decode_batch(encode_batch(_header(2), [spoilt, OTHER_2], FRAMES_2))
        assert (batch.frames, batch.bad) == ([OTHER_2], [BadFrame(f"frame_{field}", msgpack.packb(spoilt))])


@pytest.mark.parametrize(
    ("field", "values"),
    [
        ("time_ns", [-1, 1.5, True, None, "0"]),
        ("type", [64.0]),  # another number is no question's
        ("qname", [b"", bytes(256), "gdsrr.com.", None, 0]),
        ("qtype", [-1, 65_536, 15.0, True, None]),
        ("qclass", [-1, 65_536, 1.0, True, None]),
        ("response_ip", [b"", bytes(5), bytes(17), "::1", False]),
        ("query_zone", [b"", bytes(256), "com.", None, 0]),
        ("denied", [b"", bytes(256), "com.", 0]),
        ("by", [b"proof", "AUTHORITY", "", None, 0]),
    ],
)
def test_a_question_with_a_wrong_field_is_set_aside(field: str, values: list[Any]) -> None:
    place = QUESTION_FIELDS.index(field)
    for value in values:
        spoilt = (*ASKED[:place], value, *ASKED[place + 1 :])
        batch = decode_batch(encode_batch(_header(3), [GOOD_2, spoilt, ASKED], FRAMES_2))
        assert (batch.frames, batch.questions) == ([GOOD_2], [ASKED])
        assert batch.bad == [BadFrame(f"question_{field}", msgpack.packb(spoilt))]


@pytest.mark.parametrize(
    "shape", [None, b"frame", (), GOOD, GOOD_2[:10], (*GOOD_2, 0), ASKED[:8], (*ASKED, None), (0, 64), {}]
)
def test_a_frame_of_another_shape_is_set_aside(shape: Any) -> None:
    batch = decode_batch([FRAMES_2, msgpack.packb(_header(2)), msgpack.packb([GOOD_2, shape])])
    assert (batch.frames, batch.bad) == ([GOOD_2], [BadFrame("frame_shape", msgpack.packb(shape))])


@pytest.mark.parametrize(
    "shape",
    [
        None,
        0,
        "frame",
        b"frame",
        (),
        GOOD[:8],
        (*GOOD, None),
        dict(zip(FRAME_FIELDS, GOOD, strict=False)),
        GOOD_2,
        {},
        (GOOD,),
    ],
)
def test_a_frame_that_is_no_array_of_nine_is_set_aside(shape: Any) -> None:
    batch = decode_batch(_batch(GOOD, shape, OTHER))
    assert batch.frames == [GOOD, OTHER]
    assert batch.bad == [BadFrame("frame_shape", msgpack.packb(shape))]


def test_a_frame_is_named_by_its_first_wrong_field() -> None:
    assert [bad.reason for bad in decode_batch(_batch((*GOOD[:3], -1, 0, 0, 0, 0, 0))).bad] == [
        "frame_response_port"
    ]


def test_broken_utf_8_spoils_its_own_frame_only() -> None:
    broken = msgpack.packb(GOOD[:8]).replace(b"\x98", b"\x99", 1) + b"\xa2\xff\xfe"
    payload = b"\x93" + msgpack.packb(GOOD) + broken + msgpack.packb(OTHER)
    batch = decode_batch(_with_payload(payload, 3))
    assert batch.frames == [GOOD, OTHER]
    assert batch.bad == [BadFrame("frame_response", broken)]


@given(st.lists(_frames | _anything, max_size=8))
def test_good_and_bad_frames_keep_their_order(items: list[Any]) -> None:
    batch = decode_batch(_batch(*items))
    packed = [*map(msgpack.packb, items)]
    assert len(batch.frames) + len(batch.bad) == len(items)
    assert {bad.reason for bad in batch.bad} <= set(FRAME_REASONS)
    good = [msgpack.packb(item) for item in batch.frames]
    bad = [spoilt.data for spoilt in batch.bad]
    for one in packed:
        (good if good and good[0] == one else bad).remove(one)
    assert good == bad == []


@pytest.mark.parametrize("size", [DNS_MESSAGE_MIN, DNS_MESSAGE_MAX])
def test_a_response_may_have_12_to_65535_octets(size: int) -> None:
    assert decode_batch(_batch(frame(bytes(size)))).bad == []


@pytest.mark.parametrize("size", [0, DNS_MESSAGE_MAX])
def test_a_query_may_have_up_to_65535_octets(size: int) -> None:
    assert decode_batch(_batch(frame(bytes(12), query=bytes(size)))).bad == []


def test_a_header_may_have_512_octets() -> None:
    bare = len(msgpack.packb(_header(1, more=bytes(256))))
    for size, fits in ((HEADER_MAX - 1, True), (HEADER_MAX, True), (HEADER_MAX + 1, False)):
        head = msgpack.packb(_header(1, more=bytes(256 + size - bare)))
        assert len(head) == size
        if fits:
            assert decode_batch(_with_header(head)).header == _header(1)
        else:
            assert _reason(_with_header(head)) == "message_header"


def test_a_batch_may_have_65536_frames() -> None:
    packed = msgpack.packb(OTHER)

    def payload(count: int) -> bytes:
        return b"".join([b"\xdd", count.to_bytes(4, "big"), packed * count])

    for count in (BATCH_FRAMES_MAX - 1, BATCH_FRAMES_MAX):
        assert len(decode_batch(_with_payload(payload(count), count)).frames) == count
    more = BATCH_FRAMES_MAX + 1
    assert _reason(_with_payload(payload(more), more)) == "message_header"
    assert _reason(_with_payload(payload(more), BATCH_FRAMES_MAX)) == "message_count"


def test_a_message_may_have_8_mib() -> None:
    full = frame(bytes(DNS_MESSAGE_MAX))

    def parts(last: int) -> list[bytes]:
        return _batch(*[full] * 127, frame(bytes(last)))

    spare = INGRESS_MESSAGE_MAX - sum(map(len, parts(1000)))
    for size in (999 + spare, 1000 + spare):
        assert len(decode_batch(parts(size)).frames) == 128
    over = parts(1001 + spare)
    assert sum(map(len, over)) == INGRESS_MESSAGE_MAX + 1
    assert _reason(over) == "message_size"
    assert _reason([FRAMES_1, b"", bytes(INGRESS_MESSAGE_MAX)]) == "message_size"


def _repeated(octets: bytes, size: int = 1 << 18) -> bytes:
    count = size // len(octets)
    return b"\xdd" + count.to_bytes(4, "big") + octets * count


@pytest.mark.parametrize(
    ("payload", "factor"),
    [
        pytest.param(b"\x91" + b"\xdd\xff\xff\xff\xff" * 1000, 0, id="arrays that claim 4 G items"),
        pytest.param(b"\x91" + b"\xdc\x00\x40" * 1000, 200, id="arrays that claim 64 items, 1,000 deep"),
        pytest.param(b"\x91" + b"\xdf\xff\xff\xff\xff" * 1000, 0, id="maps that claim 4 G entries"),
        pytest.param(b"\x91\x99" + b"\xc6\xff\xff\xff\xff", 0, id="octets that claim 4 GiB"),
        pytest.param(b"\x91\x99" + b"\xc9\xff\xff\xff\xff\1", 0, id="an extension that claims 4 GiB"),
        pytest.param(b"\x91" * (1 << 18), 1, id="nested without end"),
        pytest.param(b"\x91" + b"\x80" * (1 << 18), 1, id="more than it claims"),
        pytest.param(_repeated(b"\x91" * 1000 + b"\xc0"), 64, id="arrays of arrays"),
        pytest.param(_repeated(b"\x81\xa0" * 500 + b"\xc0"), 8, id="maps of maps"),
        pytest.param(_repeated(b"\x9f" + b"\x80" * 15), 32, id="many maps"),
        pytest.param(_repeated(b"\xdc\x00\x3c" + b"\xa1\xff" * 60), 64, id="broken text"),
    ],
)
@pytest.mark.parametrize("form", FORMS)
def test_a_hostile_payload_takes_a_bounded_amount_of_memory(payload: bytes, factor: int, form: bytes) -> None:
    """At most `factor` octets for each octet of the payload, and what msgpack takes for any: about 1 MiB."""
    count = int.from_bytes(payload[1:5], "big") if payload[0] == 0xDD else 1
    parts = _with_payload(payload, count, form)
    tracemalloc.start()
    try:
        decode_batch(parts)
    except MessageError:
        pass
    finally:
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    assert peak <= factor * len(payload) + (5 << 18)


@pytest.mark.parametrize(
    "frame_octets",
    [
        pytest.param(b"\x91" * 1000 + b"\xc0", id="arrays of arrays"),
        pytest.param(b"\xdc\x00\x3c" + b"\xa1\xff" * 60, id="broken text"),
    ],
)
@pytest.mark.parametrize("form", FORMS)
def test_a_larger_hostile_payload_takes_no_more_memory(frame_octets: bytes, form: bytes) -> None:
    """Beside the frames set aside, which take their octets and what Python adds to them."""
    payload = _repeated(frame_octets, 4 * PIECE)
    parts = _with_payload(payload, int.from_bytes(payload[1:5], "big"), form)
    tracemalloc.start()
    try:
        bad = decode_batch(parts).bad
    finally:
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    assert peak <= 64 * PIECE + len(payload) + 300 * len(bad)


def test_bad_frames_beyond_sixteen_are_counted_and_not_looked_at() -> None:
    """The good ones among them go on."""
    wrong = (*GOOD[:3], -1, *GOOD[4:])
    batch = decode_batch(_batch(*[wrong] * BAD_FRAMES_TOLD, GOOD, *[wrong] * 5, OTHER, "no frame"))
    assert batch.frames == [GOOD, OTHER]
    assert (
        batch.bad
        == [BadFrame("frame_response_port", msgpack.packb(wrong))] * BAD_FRAMES_TOLD
        + [BadFrame("frame_more", b"")] * 6
    )


@pytest.mark.parametrize("form", FORMS)
def test_a_payload_has_no_more_frames_than_fit(form: bytes) -> None:
    """But for a few, whose faults are told by their own reasons."""
    for count, reason in ((BAD_FRAMES_TOLD + 1, None), (BAD_FRAMES_TOLD + 2, "message_count")):
        parts = _with_payload(b"\xdc" + count.to_bytes(2, "big") + b"\xc0" * count, count, form)
        if reason is None:
            assert {bad.reason for bad in decode_batch(parts).bad} == {"frame_shape", "frame_more"}
        else:
            assert _reason(parts) == reason


def test_the_shortest_frames_fit() -> None:
    response = (0, 1, bytes(4), 0, 17, None, None, None, bytes(12))
    asked = (0, ASKED[1], b"\0", 0, 0, None, b"\0", None, "proof")
    assert min(len(msgpack.packb(each)) for each in (response, asked)) == FRAME_OCTETS_MIN
    batch = decode_batch(encode_batch(_header(1000), [asked] * 1000, FRAMES_2))  # type: ignore[list-item]
    assert (len(batch.questions), batch.bad) == (1000, [])


def test_the_header_is_read_without_the_frames() -> None:
    assert decode_batch_header([FRAMES_1, msgpack.packb(_header(7)), b"\xff"]) == _header(7)


def test_a_long_payload_is_decoded_with_a_pause_after_each_piece() -> None:
    parts = _batch(*[frame(bytes(DNS_MESSAGE_MAX))] * 9)
    *pauses, batch = decode_in_pieces(parts, decode_batch_header(parts))
    assert pauses == [None] * ((len(parts[2]) - 1) // PIECE) != []
    assert batch == decode_batch(parts)


def test_a_payload_is_read_the_same_wherever_its_pieces_end() -> None:
    large = frame(bytes(DNS_MESSAGE_MAX), query=bytes(DNS_MESSAGE_MAX))  # two of them are more than a piece
    for shift in (0, 1, 5, 9, 40, 41, 42, 1000):
        items = [
            frame(bytes(12 + shift)),
            large,
            "no frame",
            large,
            OTHER,
            large,
            GOOD[:8],
            large,
            large,
            GOOD,
        ]
        batch = decode_batch(_batch(*items))
        assert batch.frames == [item for item in items if item not in ("no frame", GOOD[:8])]
        assert batch.bad == [BadFrame("frame_shape", msgpack.packb(item)) for item in ("no frame", GOOD[:8])]


def test_a_frame_that_takes_a_whole_piece_spoils_its_message() -> None:
    giant = (*GOOD[:7], bytes(2 * PIECE), GOOD[8])
    for items in ([giant], [giant, GOOD], [GOOD, giant]):
        assert _reason(_batch(*items)) == "message_payload"


@given(st.lists(st.binary(max_size=60) | st.just(FRAMES_1), max_size=4))
def test_random_parts_only_raise_our_error(parts: list[bytes]) -> None:
    assert _outcome(parts) in MessageError.REASONS


@given(st.binary(max_size=60) | _anything.map(msgpack.packb))
def test_a_random_header_only_raises_our_error(head: bytes) -> None:
    assert _reason(_with_header(head)) == "message_header"


@given(st.integers(0, 3), st.binary(max_size=90) | _anything.map(msgpack.packb))
def test_a_random_payload_only_raises_our_error(count: int, payload: bytes) -> None:
    for octets in (payload, bytes([0x90 + count]) + payload):
        for form in FORMS:
            assert _outcome(_with_payload(octets, count, form)) in ("message_payload", "message_count", count)


@given(st.data())
def test_a_batch_with_one_octet_changed_only_raises_our_error(data: st.DataObject) -> None:
    parts = data.draw(
        st.sampled_from(
            [_batch(GOOD, OTHER), encode_batch(_header(2, questions=True), [GOOD_2, ASKED], FRAMES_2)]
        )
    )
    part = data.draw(st.integers(0, 2))
    octets = bytearray(parts[part])
    octets[data.draw(st.integers(0, len(octets) - 1))] = data.draw(st.integers(0, 255))
    parts[part] = bytes(octets)
    assert _outcome(parts) in (*MessageError.REASONS, 2)
