"""The compiled kernel against Python: the same octets, counts and refusals, whatever comes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from itertools import product
from random import Random
from typing import Any

import msgpack
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nxcast.broker.derivation import compiled as module
from nxcast.broker.derivation.compiled import INSTALLED, PAYLOAD_MAX, SENSORS_MAX, Compiled, Taken
from nxcast.broker.derivation.derive import derive
from nxcast.broker.derivation.outbox import Message, Outbox
from nxcast.producers.synthetic.stream import Stream
from nxcast.producers.synthetic.stream import frames as timed
from nxcast.schemas.batch_decoding import MessageError, decode_batch, decode_batch_header
from nxcast.schemas.fields import SENSOR_MAX
from nxcast.schemas.frames import (
    FORWARDER,
    FRAMES_1,
    FRAMES_2,
    INGRESS_MESSAGE_MAX,
    MINIMISED,
    RESPONSE_IP,
    encode_batch,
    make_frame,
)
from nxcast.schemas.names import name_wire
from nxcast.schemas.question_frame import make_question
from nxcast.schemas.records import RECORDS, DnsError, Nxdomain
from nxcast.schemas.topics import DNS_ERRORS, NXDOMAIN, dns_errors_topic, nxdomain_topic
from tests.broker.derivation.test_derive import FRAMES, QUESTIONS
from tests.broker.derivation.test_derive import FRAMES_2 as ZONED
from tests.messages import A, frame, message, opt, question, soa

pytestmark = pytest.mark.skipif(not INSTALLED, reason="no C compiler where nxcast was installed")

NOW_NS = 10**18
COM = name_wire("com.")
OPTIONS = list(product((False, True), repeat=2))
BUILT = (
    {each: Compiled(accept_unsolicited=each[0], accept_forwarders=each[1]) for each in OPTIONS}
    if INSTALLED
    else {}
)


def batch(frames: Sequence[Any], form: bytes, *, asks: bool = False, sensor: str = "ns1") -> list[bytes]:
    header: Any = {"sensor": sensor, "epoch": 1, "sequence": 1, "count": len(frames)}
    if asks:
        header["questions"] = True
    return encode_batch(header, frames, form)


def by_python(
    parts: list[bytes], accept: tuple[bool, bool], outbox: Outbox
) -> tuple[Any, list[Message]] | None:
    """Counts, with what is malformed, and messages of a batch; None where it is refused as a whole."""
    try:
        found = decode_batch(parts)
    except MessageError:
        return None
    derived = derive(
        found.frames,
        found.header["sensor"],
        found.questions,
        accept_unsolicited=accept[0],
        accept_forwarders=accept[1],
        asks=found.header.get("questions", False),
    )
    messages = outbox.put(((dns_errors_topic(each["rcode"]), each) for each in derived.errors), NOW_NS)
    messages += outbox.put(((nxdomain_topic(each["qtype"]), each) for each in derived.nxdomains), NOW_NS)
    counts = Taken(
        derived.noerror, len(derived.errors), derived.questions, derived.unsolicited, derived.mismatched,
        derived.forwarder, len(derived.nxdomains), derived.top_denials, derived.top_denials_cut, [],
        [*((each.reason, each.data) for each in found.bad), *derived.malformed],
    )  # fmt: skip
    return counts, messages


def by_kernel(
    parts: list[bytes], accept: tuple[bool, bool], outbox: Outbox
) -> tuple[Any, list[Message]] | None:
    try:
        header = decode_batch_header(parts)
    except MessageError:
        return None
    taken = BUILT[accept].take([*parts[:2], memoryview(parts[2])], header, NOW_NS)  # as large ones come
    if taken is None:
        return None
    messages = [message for packed in taken.packed for message in outbox.put_packed(packed, NOW_NS)]
    return taken._replace(packed=[], malformed=list(taken.malformed), odd=0), messages


def agree(parts: list[bytes], accept: tuple[bool, bool] = (False, False), records: int = 256) -> bool:
    """Hold both against each other; whether the kernel took it."""
    one, other = Outbox(1, batch_records=records), Outbox(1, batch_records=records)
    quick = by_kernel(parts, accept, one)
    if quick is None:
        return False
    slow = by_python(parts, accept, other)
    assert slow is not None
    assert quick[0] == slow[0]
    assert sorted([*quick[1], *one.flush(NOW_NS)]) == sorted([*slow[1], *other.flush(NOW_NS)])
    return True


@pytest.mark.parametrize("mix", ["realistic", "sie"])
@pytest.mark.parametrize("form", [FRAMES_1, FRAMES_2])
@pytest.mark.parametrize("records", [1, 7, 4096])
def test_takes_all_that_resolvers_send_and_gives_the_same_octets(mix: str, form: bytes, records: int) -> None:
    stream = Stream(mix, 5, resolver="unbound", questions=form == FRAMES_2)
    made = timed(stream.draw(3000), stream.times(3000))
    assert agree(batch(made, form, asks=form == FRAMES_2), records=records)


@given(st.lists(FRAMES, max_size=8), st.sampled_from(OPTIONS), st.sampled_from([1, 3, 256]))
def test_agrees_on_whatever_comes_in_the_older_form(
    frames: list[Any], accept: tuple[bool, bool], records: int
) -> None:
    agree(batch(frames, FRAMES_1), accept, records)


@given(st.lists(ZONED | QUESTIONS, max_size=8), st.sampled_from(OPTIONS), st.booleans())
def test_agrees_on_whatever_comes(frames: list[Any], accept: tuple[bool, bool], asks: bool) -> None:
    agree(batch(frames, FRAMES_2, asks=asks), accept)


LABEL = st.binary(min_size=1, max_size=63) | st.sampled_from([b"a.b", b"c\\d", b"\x00", b"~", b"!", b"\x7f"])
WIRE = st.lists(LABEL, max_size=5).map(lambda labels: b"".join(bytes([len(x)]) + x for x in labels) + b"\0")


@given(WIRE, WIRE | st.none(), st.integers(0, 3), st.binary(min_size=16, max_size=16), st.booleans())
def test_agrees_on_names_and_addresses_of_any_octets(
    name: bytes, zone: bytes | None, marks: int, address: bytes, below: bool
) -> None:
    if below and zone is not None:
        name = name[:-1] + zone
    response = message(questions=[question(name)], authorities=[soa(zone or name)])
    seen = list(frame(response))
    seen[RESPONSE_IP] = address
    agree(batch([make_frame(*seen, zone, marks)], FRAMES_2))


def longest(sensor: int = SENSOR_MAX) -> list[bytes]:
    """Names of 255 octets that are all escaped, the longest address and numbers, a sensor of so many octets.

    A hundred, so that some end where memory does.
    """
    name = b"".join(bytes([size]) + bytes(size) for size in (63, 63, 63, 61)) + b"\0"
    address, most, port = b"\x20\x01\x0d\xb8" + b"\x11" * 12, 2**64 - 1, 65_535
    response = message(questions=[question(name, port, port)], authorities=[soa(name)])
    seen = make_frame(most, 1, address, port, 17, address, port, response, response, name, 3)
    asked = make_question(most, name, port, port, address, name, name, "authority")
    return batch([seen, asked] * 100, FRAMES_2, sensor="s" * sensor)


def test_agrees_on_the_longest_records() -> None:
    assert agree(longest(), (True, True))


# What is no frame, as msgpack has it: types that no field has, keys that are none, items that are too many.
NO_FRAMES: list[Any] = [
    None, True, 7, -7, -200, 1.5, "x", b"y", "z" * 300, b"z" * 70_000, [], [1, 2, 3], {},
    {"k": [1, {b"l": 2}]}, {"m": "n"}, [[[[1]]]], "\udcff",
    *(frame(message(), kind=kind) for kind in (0, 2, 64)),
    frame(message())[:8], frame(message(3, response=False)),
    make_question(1, b"\3com", A, 1, None, COM, None, "cache"),
    make_question(1, COM, A, 1, None, COM, b"\0\0", "proof"), make_frame(*frame(message()), b"\1", 0),
]  # fmt: skip


def _oddly(octets: bytes) -> bytes:
    """A frame of frames/2 with its type signed and its array's header long: as good as before."""
    assert octets[:2] == b"\x9b\xcf"
    return b"\xdd\0\0\0\x0b" + octets[1:10] + b"\xd0" + octets[10:]


def put(items: Sequence[bytes], count: int | None = None) -> list[bytes]:
    header = {"sensor": "ns1", "epoch": 1, "sequence": 1, "count": len(items) if count is None else count}
    array = b"\xdc" + len(items).to_bytes(2, "big")
    return [FRAMES_2, msgpack.packb(header), array + b"".join(items)]


def _zoned(rcode: int, number: int) -> bytes:
    zoned = make_frame(*frame(message(rcode, authorities=[soa("com.")])), name_wire("."), 0)
    return bytes(msgpack.packb((2**60 + number, *zoned[1:])))


def packed(item: Any) -> bytes:
    return bytes(msgpack.packb(item, unicode_errors="surrogateescape"))


ASKED = packed(make_question(7, name_wire("a.com."), A, 1, None, COM, None, "cache"))
ZONED_FRAMES = st.builds(_zoned, st.integers(0, 5), st.integers(0, 1000))
SMALL = st.sampled_from([octets for octets in map(packed, NO_FRAMES) if len(octets) < 1000])
RIGHT = ZONED_FRAMES | ZONED_FRAMES.map(_oddly) | st.just(ASKED)


@given(st.lists(RIGHT, max_size=20), st.lists(SMALL, max_size=24), st.randoms())
def test_takes_what_is_clean_and_has_python_say_what_is_wrong(
    right: list[bytes], wrong: list[bytes], rng: Random
) -> None:
    """The order of records is that of frames, oddly written ones too; reasons are Python's, one by one."""
    items = [*right, *wrong]
    rng.shuffle(items)
    assert agree(put(items)) or len(wrong) > 16


@pytest.mark.parametrize("bad", NO_FRAMES)
def test_one_odd_frame_leaves_the_others_to_the_kernel(bad: Any) -> None:
    octets = packed(bad)
    good = msgpack.packb(make_frame(*frame(message()), None, 0))
    assert agree(put([good] * 99 + [octets] + [good] * 412)) == (len(octets) <= module.ODD_SIZE_MAX)


NOT_TO_BE_READ = [
    b"\xc1", b"\xc7\0\x05", b"\xd4\0\0", b"\x81\x01\x02", b"\xdc\0\x41" + b"\x01" * 65, b"\x91" * 9 + b"\0",
    b"\xdd\xff\xff\xff\xff", b"\xc6\xff\xff\xff\xff", b"\xdb\0\0\1\0", b"\xdf\x80\0\0\0",
]  # fmt: skip


@pytest.mark.parametrize("octets", NOT_TO_BE_READ)
def test_what_can_not_be_stepped_over_is_left_to_python(octets: bytes) -> None:
    good = msgpack.packb(make_frame(*frame(message()), None, 0))
    assert not agree(put([good, octets, good]))


@pytest.mark.parametrize(
    "octets", [b"\x01", b"\x93\x01\x02\x03", msgpack.packb(frame(message(3, response=False)))]
)
def test_a_batch_of_many_odd_frames_is_left_to_python(octets: bytes) -> None:
    good = msgpack.packb(make_frame(*frame(message()), None, 0))
    for count in (1, 15, 16, 17, 40, module.ODD_MAX):
        agree(put([good] * 300 + [octets] * count))
        agree(put([octets] * count))
    assert not agree(put([good] + [octets] * (module.ODD_MAX + 1)))


@given(st.binary(max_size=80), st.integers(0, 300), st.integers(0, 255))
def test_agrees_where_octets_are_changed(octets: bytes, place: int, value: int) -> None:
    """A valid payload with one octet of it changed and something behind it."""
    made = [
        make_frame(
            *frame(message(questions=[question("a.com.", A)], authorities=[soa("com.")])), COM, MINIMISED
        ),
        make_question(7, name_wire("b.com."), A, 1, bytes(4), COM, None, "cache"),
    ]
    parts = batch(made, FRAMES_2)
    changed = bytearray(parts[2])
    changed[place % len(changed)] = value
    agree([*parts[:2], bytes(changed) + octets])
    agree([*parts[:2], bytes(changed)])


EDGES = {
    0: [0, 127, 128, 255, 256, 65_535, 65_536, 2**32 - 1, 2**32, 2**64 - 1, -1, None, 1.0, True, "1"],
    1: [0, 1, 2, 3, 4, 5, 6, 7, 8, 63, 64, 65, 255, 256, True, None],
    2: [b"", bytes(3), bytes(4), bytes(5), bytes(16), bytes(17), bytes(10) + b"\xff\xff\1\2\3\4", None],
    3: [0, 53, 65_535, 65_536, None, -1, True],
    4: [0, 6, 17, 18, 256, 17.0, None],
    5: [None, bytes(4), bytes(16), bytes(5), b"\x01\x02\x03\x04"],
    6: [None, 0, 1, 65_535, 65_536],
    7: [None, b"", bytes(11), message(0, response=False), bytes(65_535), bytes(65_536), "x"],
    8: [bytes(11), message(3), message(0), *(b"\0\0\x80\3" + bytes(size) for size in (65_531, 65_532)), None],
    9: [None, b"", b"\0", COM, b"\3com", bytes(255), bytes(256), "com"],
    10: [0, 1, 2, 3, 4, 0xFFFF, 0x10000, None],
}  # fmt: skip


@pytest.mark.parametrize("place", EDGES)
def test_takes_no_more_than_the_models_do_at_each_edge(place: int) -> None:
    """Each value just in and just out of its field, and of another type."""
    usual = list(make_frame(*frame(message(authorities=[soa("com.")])), COM, FORWARDER))
    taken = []
    for value in EDGES[place]:
        changed = [*usual[:place], value, *usual[place + 1 :]]
        for parts in (batch([changed], FRAMES_2), batch([changed[:9]], FRAMES_1)):
            if parts[2] == b"\x90":
                continue  # a question, which the older form has not
            assert agree(parts) or len(parts[2]) > module.ODD_SIZE_MAX
            found = BUILT[False, False].take(parts, decode_batch_header(parts), NOW_NS)
            taken.append(found is not None and not found.odd)
    assert any(taken)
    assert not all(taken)


@pytest.mark.parametrize(
    "sections", [{"additionals": [opt(1)]}, {"additionals": [opt(0)]}, {"answers": [soa()]}]
)
@pytest.mark.parametrize("cut", [0, 1, 5, 12, 20])
def test_agrees_on_extended_rcodes_and_messages_that_are_cut(sections: Any, cut: int) -> None:
    for rcode in (0, 3):
        octets = message(rcode, **sections)
        agree(batch([frame(octets[: len(octets) - cut])], FRAMES_1))


@pytest.mark.parametrize("count", [0, 1, 3])
def test_a_count_that_is_not_that_of_the_payload_is_left_to_python(count: int) -> None:
    form, _, payload = batch([frame(message())] * 2, FRAMES_1)
    header = {"sensor": "ns1", "epoch": 1, "sequence": 1, "count": count}
    assert not agree([form, msgpack.packb(header), payload])


def test_a_long_payload_is_left_to_python() -> None:
    one = frame(message(authorities=[soa()]), query=bytes(60_000))
    assert agree(batch([one] * 17, FRAMES_1))
    parts = batch([one] * 18, FRAMES_1)
    assert len(parts[2]) > PAYLOAD_MAX
    assert not agree(parts)


def test_the_keys_are_in_the_order_that_the_kernel_writes_values_in() -> None:
    assert list(DnsError.__annotations__) == [
        "time_ns", "sensor", "type", "response_ip", "response_port", "proto", "query_ip", "query_port", "id",
        "opcode", "qname", "qclass", "qtype", "rcode", "query", "response", "query_zone", "minimised",
        "forwarder",
    ]  # fmt: skip
    assert list(Nxdomain.__annotations__) == [
        "qname", "qclass", "qtype", "response_ip", "soa_rrname", "time_ns", "sensor", "query_zone",
        "minimised", "forwarder", "denied", "by",
    ]  # fmt: skip


def test_a_record_that_breaks_its_schema_ends_the_kernels_part(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    built = Compiled(accept_unsolicited=False, accept_forwarders=False)
    parts = batch([frame(message())], FRAMES_1)
    header = decode_batch_header(parts)
    assert built.take(parts, header, NOW_NS) is not None
    monkeypatch.setitem(RECORDS, DNS_ERRORS, RECORDS[NXDOMAIN])
    assert built.take(parts, header, NOW_NS + 1) is not None  # not its turn
    assert built.take(parts, header, NOW_NS + module.CHECK_NS) is None
    assert "breaks the schema, so Python does its work" in caplog.text
    assert built.breaches == 1
    monkeypatch.undo()
    assert built.take(parts, header, NOW_NS + 2 * module.CHECK_NS) is None


def test_each_topic_is_checked_once_a_second() -> None:
    looked: Counter[str] = Counter()

    class Looking(dict[str, Any]):
        def __getitem__(self, channel: str) -> Any:
            looked[channel] += 1
            return RECORDS[channel]

    with pytest.MonkeyPatch.context() as patcher:
        patcher.setattr(module, "RECORDS", Looking())
        built = Compiled(accept_unsolicited=False, accept_forwarders=False)
        parts = batch([frame(message())], FRAMES_1)
        for step in range(4):
            built.take(parts, decode_batch_header(parts), NOW_NS + step * module.CHECK_NS // 2)
    assert looked == {DNS_ERRORS: 2, NXDOMAIN: 2}


def test_nothing_of_a_batch_is_in_the_next_one_also_of_one_that_was_given_up() -> None:
    errors = [
        frame(message(rcode, questions=[question(qtype=qtype)]))
        for rcode in (2, 3, 5)
        for qtype in range(1, 60)
    ]
    many, few = batch(errors, FRAMES_1), batch(errors[:2], FRAMES_1)
    cut = [*many[:2], many[2][:-1]]
    for parts in (many, few, cut, few, many):
        assert agree(parts) == (parts is not cut)


HEADER: Any = {"sensor": "ns1", "epoch": 7, "sequence": 9, "count": 3, "held": 5, "questions": True}
NUMBERS = (-1, 0, 1, 127, 128, 65_535, 65_536, 65_537, 2**32, 2**64 - 1)
HEADER_VALUES = (*NUMBERS, True, False, 1.0, None, b"ns1", "", "ns2", "-ns1", "..", "a" * 64, "a" * 65, [])


def headers_agree(octets: bytes, form: bytes = FRAMES_2, payload: bytes = b"\x90") -> bool:
    """Hold both against each other, of a name known as soon as it may be; whether the kernel took it."""
    compiled = Compiled(accept_unsolicited=False, accept_forwarders=False)
    compiled.knows("ns1")
    parts = [form, octets, payload]
    try:
        slow = decode_batch_header(parts)
    except MessageError:
        assert compiled.header(parts) is None
        return False
    compiled.knows(slow["sensor"])
    quick = compiled.header(parts)
    assert quick is None or repr(quick) == repr(slow)  # True is no 1 here, and keys have an order
    return quick is not None


@pytest.mark.parametrize("left_out", [(), ("held",), ("questions",), ("held", "questions")])
def test_takes_each_header_that_a_producer_writes(left_out: tuple[str, ...]) -> None:
    header = {key: value for key, value in HEADER.items() if key not in left_out}
    assert headers_agree(msgpack.packb(header))
    assert headers_agree(msgpack.packb({**header, "sequence": 2**64 - 1, "sensor": "a" * 64}), FRAMES_1)


@pytest.mark.parametrize("field", HEADER)
def test_takes_of_a_header_what_its_model_takes(field: str) -> None:
    took = [headers_agree(msgpack.packb({**HEADER, field: value})) for value in HEADER_VALUES]
    assert any(took)


@given(st.dictionaries(st.sampled_from([*HEADER, "later"]), st.sampled_from(HEADER_VALUES)))
def test_agrees_on_headers_with_any_keys(changed: dict[str, Any]) -> None:
    headers_agree(msgpack.packb({**HEADER, **changed}))
    headers_agree(msgpack.packb({**changed, **HEADER}))


@given(st.integers(0, 200), st.integers(0, 255), st.integers(0, 200))
def test_agrees_on_headers_of_changed_and_missing_octets(place: int, value: int, cut: int) -> None:
    octets = bytearray(msgpack.packb(HEADER))
    octets[place % len(octets)] = value
    headers_agree(bytes(octets[:cut]))


def test_a_header_of_what_is_no_batch_is_left_to_python() -> None:
    octets = msgpack.packb(HEADER)
    assert headers_agree(octets)
    assert not headers_agree(octets, b"frames/3")
    assert not headers_agree(octets + b"\x90")
    assert not headers_agree(octets, payload=bytes(INGRESS_MESSAGE_MAX))
    compiled = Compiled(accept_unsolicited=False, accept_forwarders=False)
    compiled.knows("ns1")
    assert compiled.header([FRAMES_2, octets]) is None
    assert compiled.header([]) is None


def test_a_sensors_name_is_held_against_the_model_before_the_kernel_takes_it() -> None:
    compiled = Compiled(accept_unsolicited=False, accept_forwarders=False)
    parts = [FRAMES_2, msgpack.packb(HEADER), b"\x90"]
    assert compiled.header(parts) is None
    compiled.knows("ns1")
    assert compiled.header(parts) == HEADER
    for number in range(SENSORS_MAX):  # of so many it may forget some, and takes the next one anyway
        compiled.knows(f"other{number}")
    compiled.knows("ns1")
    assert compiled.header(parts) == HEADER
