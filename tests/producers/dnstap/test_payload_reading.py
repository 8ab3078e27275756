"""Payloads read by the compiled kernel against Python: the same frames, questions and counts."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from itertools import product
from pathlib import Path
from random import Random
from types import SimpleNamespace
from typing import Any, cast
from unittest.mock import patch

import msgpack
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nxcast.producers.dnstap import denials, payload_reading, question_join
from nxcast.producers.dnstap import dnstap_intake as module
from nxcast.producers.dnstap.denials import RECORDS_MAX, Denials, is_within
from nxcast.producers.dnstap.dnstap_intake import CLIENT, CLIENT_ONLY, RESOLVER, Choices, DnstapIntake
from nxcast.producers.dnstap.frame_streams import Reader, cut_payloads
from nxcast.producers.dnstap.payload_reading import INSTALLED, CompiledJoin, read_payloads
from nxcast.producers.dnstap.question_join import LOCALLY_SERVED, QuestionJoin
from nxcast.producers.pusher import Pusher
from nxcast.producers.tally import Tally
from nxcast.schemas import dnstap_pb2
from nxcast.schemas.frames import pack_frame
from nxcast.schemas.names import name_wire
from nxcast.schemas.question_frame import QUESTION
from tests.messages import AAAA, CNAME, MX, NS, SOA, A, message, opt, question, record, soa

pytestmark = pytest.mark.skipif(not INSTALLED, reason="no C compiler where nxcast was installed")

CHOICES = [
    Choices(forwarders=forwarders, questions=questions)
    for forwarders, questions in product((False, True), (RESOLVER, CLIENT, CLIENT_ONLY))
]
TYPES = dnstap_pb2.Message.Type
RECORDINGS = [
    "unbound-1.17.1-default", "bind-9.18.49-default", "pdns-recursor-4.8.8-default", "kresd-5.6.0-default",
]  # fmt: skip


# What has no time of its own is of when it was read, which is the same in both forms.
CLOCK = SimpleNamespace(time_ns=lambda: 10**18, monotonic_ns=lambda: 0)


def outcome(
    payloads: list[bytes], choices: Choices, *, compiled: bool
) -> tuple[list[Any], dict[str, int], int]:
    """All that is sent, packed; by reason what is not; how many questions hurried. 50 payloads a turn."""
    sent: list[Any] = []
    tally = Tally()
    pusher = cast(
        Pusher,
        SimpleNamespace(
            push=lambda frame: sent.append(pack_frame(frame)),
            push_packed=sent.extend,
        ),
    )
    intake = DnstapIntake(pusher, None, tally, choices, live=False, compiled=compiled)
    with patch.object(module, "time", CLOCK):
        for start in range(0, len(payloads), 50):
            intake.take(payloads[start : start + 50])
        intake.finish()
    assert tally.frames == len(sent)
    assert tally.read == len(sent) + tally.skipped.total()
    return sent, dict(tally.skipped), intake.hurried


def agree(payloads: list[bytes], choices: Choices) -> None:
    assert outcome(payloads, choices, compiled=True) == outcome(payloads, choices, compiled=False)


def odd(payloads: list[bytes]) -> int:
    """How many the kernel leaves to Python, where clients' questions are wanted."""
    join, start, left = CompiledJoin(), 0, -1
    while start <= len(payloads):
        start = read_payloads(payloads, start, join, 0, forwarders=False).stop + 1
        left += 1
    return left


def _denied(name: str, qtype: int, owner: str, **given_: Any) -> bytes:
    rdata = b"\0\0" + bytes(19) + b"\x3c"
    return message(3, questions=[question(name, qtype)], authorities=[record(owner, SOA, rdata)], **given_)


MESSAGES = [
    message(0),
    _denied("a.Example.com.", A, "Example.com."),
    _denied("b.a.example.com.", MX, "example.com."),
    _denied("b.a.example.com.", NS, "com.", additionals=[opt()]),
    _denied("a.example.com.", AAAA, "other.org."),
    _denied("a.example.com.", A, "."),
    _denied("a.example.com.", A, "com.", additionals=[opt(1)]),  # no NXDOMAIN but YXRRSET and more
    _denied("al.example.com.", A, "com.", answers=[record("al.example.com.", CNAME, b"\1x\3com\0")]),
    message(3, questions=[question("n.example.com.")]),
    message(3, questions=[question("n.example.com.")], authorities=[soa()]),
    message(3),
    message(2, questions=[question("n.example.com.")]),
    b"\0" * 12,
    b"",
]
ZONES = [None, b"", b"\0", b"\3com\0", b"\3COM\0", b"\7example\3com\0", b"\3org\0", b"com", bytes(256)]
FIELDS = {
    "type": [*TYPES.values(), 4, 4, 4, 6, 6, 6, 6],
    "response_message": MESSAGES,
    "query_message": [None, None, b"", b"q" * 12],
    "query_zone": ZONES,
    "response_address": [b"\xc0\0\2\1", bytes(16), b"", b"\1", None],
    "response_port": [None, 53, 65_535, 65_536],
    "query_address": [None, b"\x0a\0\0\1"],
    "query_port": [None, 4000],
    "socket_family": [None, 1, 2],
    "socket_protocol": [None, *dnstap_pb2.SocketProtocol.values()],
    "http_protocol": [None, dnstap_pb2.HTTP1],
    "response_time_sec": [None, 0, 1_700_000_000, 1_700_000_000, 1_700_000_001, 2**34, 2**64 - 1],
    "response_time_nsec": [None, 0, 5, 10**9 - 1, 2**32 - 1],
    "query_time_sec": [None, 1_699_999_999],
    "query_time_nsec": [None, 7],
    "policy": [None, None, None, dnstap_pb2.Policy(rule=b"x")],
}


def _payload(chosen: dict[str, Any], identity: bytes) -> bytes:
    said = dnstap_pb2.Message(**{name: value for name, value in chosen.items() if value is not None})
    around = dnstap_pb2.Dnstap(type=dnstap_pb2.Dnstap.MESSAGE, message=said)
    if identity:
        around.identity, around.version, around.extra = identity, b"v", b"x"
    return around.SerializeToString()


PAYLOADS = st.lists(
    st.builds(
        _payload,
        st.fixed_dictionaries({name: st.sampled_from(values) for name, values in FIELDS.items()}),
        st.sampled_from([b"", b"ns1"]),
    ),
    max_size=30,
)


@given(PAYLOADS, st.sampled_from(CHOICES))
def test_agrees_on_what_messages_may_say(payloads: list[bytes], choices: Choices) -> None:
    agree(payloads, choices)


def common(rng: Random, count: int) -> list[bytes]:
    """What a resolver sends, with most of the above at times, in rising time."""
    made = []
    for number in range(count):
        chosen = {name: rng.choice(values) for name, values in FIELDS.items() if rng.random() < 0.02} | {
            "type": rng.choice([4, 4, 6]),
            "response_message": rng.choice(MESSAGES[: 12 if rng.random() < 0.1 else 6]),
            "query_zone": rng.choice(ZONES[3:7]),
            "response_address": bytes([192, 0, 2, rng.randrange(3)]),
            "response_time_sec": 1_700_000_000 + number // 100,
            "response_time_nsec": number % 100 * 10_000_000,
        }
        made.append(_payload(chosen, b"ns1"))
    return made


@pytest.mark.parametrize("choices", CHOICES)
def test_agrees_on_a_stream_and_takes_nearly_all_of_it(choices: Choices) -> None:
    payloads = common(Random(3), 600)
    agree(payloads, choices)
    assert odd(payloads) < len(payloads) / 5
    if choices.questions == CLIENT:
        sent = map(msgpack.unpackb, outcome(payloads, choices, compiled=True)[0])
        assert {each[-1] for each in sent if each[1] == QUESTION} >= {"authority", "proof"}


def mutated(payload: bytes, rng: Random) -> bytes:
    octets = bytearray(payload)
    for _ in range(rng.randrange(1, 4)):
        octets[rng.randrange(len(octets))] = rng.choice((rng.randrange(256), 0, 0x80, 0xFF))
    return bytes(octets[: rng.randrange(len(octets) + 1) if rng.random() < 0.2 else None])


@pytest.mark.parametrize("choices", CHOICES)
def test_agrees_on_octets_that_were_changed_and_cut(choices: Choices) -> None:
    rng = Random(CHOICES.index(choices))
    for payload in common(rng, 60):
        agree([payload, *(mutated(payload, rng) for _ in range(20))], choices)


@pytest.mark.parametrize("before", [0, RECORDS_MAX - 1, RECORDS_MAX, RECORDS_MAX + 1])
def test_agrees_on_how_many_records_may_stand_before_the_soa(before: int) -> None:
    authorities = [record("com.", NS, b"\0")] * before + [record("com.", SOA, bytes(21) + b"\x3c")]
    response = message(3, questions=[question("a.com.", A)], authorities=authorities)
    chosen = {"response_message": response, "response_address": bytes(4), "response_time_sec": 1_700_000_000}
    payloads = [_payload({**chosen, "type": type_, "query_zone": b"\3com\0"}, b"") for type_ in (4, 6)]
    for choices in CHOICES:
        agree(payloads, choices)
    assert (odd(payloads) == 0) == (before < RECORDS_MAX)


@given(st.lists(st.binary(max_size=40), max_size=5), st.sampled_from(CHOICES))
def test_agrees_on_any_octets(payloads: list[bytes], choices: Choices) -> None:
    agree(payloads, choices)


NAMES = [
    name_wire(name)
    for name in (
        "com.",
        "a.com.",
        "b.a.com.",
        "c.b.a.com.",
        "org.",
        "a.org.",
        "x.test.",
        "10.in-addr.arpa.",
        ".",
    )
]
NAME = st.sampled_from(NAMES) | st.sampled_from(NAMES).map(bytes.upper)
SERVER = st.sampled_from([None, b"\xc0\0\2\1", b"\xc0\0\2\2", bytes(16)])
# Milliseconds: about the delays and lifetimes that count, beside each other and far away.
TIME = st.integers(0, 700) | st.sampled_from([2_500, 3_000, 6_000, 60_000, 61_000, 120_000, 2**41])
DENIED = st.builds(
    lambda name, soa, ttl_s: (name.lower(), soa.lower(), soa, ttl_s), NAME, NAME, st.sampled_from([0, 1, 60])
)
STEP = (
    st.tuples(st.just("heard"), TIME, SERVER, NAME | st.sampled_from([None, b"", b"com", bytes(256)]))
    | st.tuples(st.just("denied"), TIME, SERVER, NAME, DENIED)
    | st.tuples(st.just("answered"), TIME, NAME, st.sampled_from([1, 15]), DENIED, st.booleans(), TIME)
    | st.tuples(st.just("due"), TIME)
)


def _play(join: QuestionJoin, steps: list[Any]) -> list[Any]:
    """All that is given, by step, with the counts and how many wait after it."""
    played: list[Any] = []
    for kind, at_ms, *more in steps:
        time_ns = 1_700_000_000 * 10**9 + at_ms * 10**6
        given_: Any = None
        if kind == "heard":
            join.heard(time_ns, *more)
        elif kind == "denied":
            server, qname, denial = more
            join.denied(time_ns, server, qname, denial, covers=is_within(denial[0], denial[1]))
        elif kind == "answered":
            qname, qtype, denial, alias, now_ms = more
            name = denial[0] if alias else qname.lower()
            key = (qname.lower(), qtype, 1)
            given_ = list(join.answered(time_ns, qname, key, (name, *denial[1:]), now_ms * 10**6))
            given_.append(join.is_repeated(time_ns, key))
        else:
            given_ = join.due(at_ms * 10**6)
        played.append((given_, len(join), +join.counts))
    played.append((join.finish(), len(join), +join.counts))
    return played


@given(st.lists(STEP, max_size=40), st.sampled_from([None, LOCALLY_SERVED]), st.sampled_from([1, 3, 100]))
def test_joins_as_python_does(steps: list[Any], local: frozenset[bytes] | None, held_max: int) -> None:
    with patch.object(question_join, "HELD_MAX", held_max):
        assert _play(CompiledJoin(local), steps) == _play(QuestionJoin(local), steps)


@pytest.mark.parametrize("times_max", [2, 3, 4])
def test_keeps_as_many_denials_of_a_name_as_the_models_say(times_max: int) -> None:
    """Five, a second apart, each by another server; then a client's answer at the time of each."""
    name, zone = name_wire("a.com."), name_wire("com.")
    denial = (name, zone, zone, 60)
    steps: list[Any] = [("denied", 1_000 * each, bytes([192, 0, 2, each]), name, denial) for each in range(5)]
    steps += [("answered", 1_000 * each, name, 1 + each, denial, False, 0) for each in range(5)]
    with patch.object(denials, "TIMES_MAX", times_max), patch.object(payload_reading, "TIMES_MAX", times_max):
        played = _play(CompiledJoin(), steps)
        assert played == _play(QuestionJoin(), steps)
    given_ = [each for step in played for each in step[0] or () if isinstance(each, tuple)]
    assert sum(each[-1] == "authority" for each in given_) == times_max


def test_more_denials_of_a_name_than_there_is_room_for_are_refused() -> None:
    with patch.object(payload_reading, "TIMES_MAX", 5), pytest.raises(ValueError, match="room"):
        CompiledJoin()


@contextmanager
def _stores_of(most: int) -> Iterator[None]:
    bounds = {
        question_join: ("ZONES_MAX", "ASKED_MAX"), payload_reading: ("ZONES_MAX", "ASKED_MAX", "DENIALS_MAX"),
    }  # fmt: skip
    with ExitStack() as stack:
        for where, names in bounds.items():
            for each in names:
                stack.enter_context(patch.object(where, each, most))
        stack.enter_context(patch.object(Denials.__init__, "__defaults__", (most,)))
        yield


def test_forgets_as_python_does() -> None:
    """Names by thousands with stores of a thousand, some asked for again soon, late, and out of order."""
    rng = Random(7)
    steps: list[Any] = []
    for number in range(12_000):
        zone = name_wire(f"z{rng.randrange(700)}.com.")
        made = max(0, number - int(rng.expovariate(0.01))) if rng.random() < 0.5 else number
        name = name_wire(f"n{made}.z{made % 700}.com.")
        zone = name_wire(f"z{made % 700}.com.")
        denial = (name, zone, zone, 3600)
        steps.append(
            rng.choice(
                [
                    ("denied", number, bytes([192, 0, 2, made % 5]), name, denial),
                    ("answered", number, b"\1x" + name, 1, (b"\1x" + name, *denial[1:]), False, 0),
                    ("heard", number, bytes([192, 0, 2, made % 7]), zone),
                    ("due", number),
                ]
            )
        )
    with _stores_of(1_100):
        one, other = _play(CompiledJoin(), steps), _play(QuestionJoin(), steps)
    assert one == other
    by = {each[-1] for given_, *_ in one for each in given_ or () if isinstance(each, tuple)}
    assert by == {"authority", "cache", "proof"}
    assert {"repeated", "local"} <= set(one[-1][2])


@pytest.mark.parametrize("before", [548, 549, 550])
def test_a_denial_that_is_told_again_as_a_generation_fills_stays_as_in_python(before: int) -> None:
    zone = name_wire("com.")
    names = [name_wire(f"n{number}.com.") for number in range(2_000)]
    told = [names[0], *names[1:550], *names[550 : 550 + before], names[0], *names[1_200:1_760]]
    steps: list[Any] = [("denied", 0, None, name, (name, zone, zone, 3600)) for name in told]
    steps.append(("answered", 5_000, names[0], 1, (names[0], zone, zone, 3600), False, 0))
    with _stores_of(1_100):
        assert _play(CompiledJoin(), steps) == _play(QuestionJoin(), steps)


@pytest.mark.parametrize("before", [548, 549, 550])
def test_a_zone_that_a_denial_shows_as_a_generation_fills_stays_as_in_python(before: int) -> None:
    def shown(number: int, **more: Any) -> bytes:
        chosen = {"type": TYPES.RESOLVER_RESPONSE, "response_message": message(0), "response_time_sec": 1}
        zone = name_wire(f"z{number}.com.")
        return _payload({**chosen, "response_address": bytes(4), "query_zone": zone, **more}, b"")

    denial = _denied("a.z0.com.", A, "z0.com.")
    payloads = [shown(1 + number) for number in range(before)]
    payloads += [shown(0, response_message=denial), *(shown(1_000 + number) for number in range(555))]
    payloads.append(shown(0, type=TYPES.CLIENT_RESPONSE, response_message=denial, response_time_sec=9))
    with _stores_of(1_100):
        agree(payloads, Choices(questions=CLIENT))


def _by_after(lengthening: bool) -> set[str]:
    """How a denial covers an answer after 200 names with 125 denials each, in the room of 1,100 names."""
    zone, kept = name_wire("com."), name_wire("kept.com.")
    with patch.object(payload_reading, "DENIALS_MAX", 1_100):
        join = CompiledJoin()
    join.denied(0, bytes(4), kept, (kept, zone, zone, 3600), covers=True)
    for number in range(200):
        name = b"\3%03d" % number + b"\1a" * 124 + b"\0"
        for size in range(125):
            soa = name[-1 - 2 * (size if lengthening else 1) :]
            server = (number * 125 + size).to_bytes(4, "big")
            join.denied(0, server, name, (name, soa, soa, 3600), covers=True)
    join.answered(10**9, kept, (kept, 1, 1), (kept, zone, zone, 3600))
    return {question.by for question in join.finish()}


def test_what_longer_denials_leave_behind_counts_as_kept() -> None:
    """A name is denied at four times at most; what those leave that longer ones replace has its bound too."""
    assert _by_after(lengthening=False) == {"cache"}
    assert _by_after(lengthening=True) == {"proof"}


def test_a_name_that_is_none_is_refused() -> None:
    join = CompiledJoin()
    with pytest.raises(ValueError, match="name"):
        join.is_repeated(0, (b"\3com", 1, 1))
    with pytest.raises(ValueError, match="address"):
        join.heard(0, b"\1", None)


def _spelt(number: int, octets: int) -> bytes:
    """A varint of a number below 128 in more octets than it needs."""
    return bytes([number | 0x80, *[0x80] * (octets - 2), 0])


@pytest.mark.parametrize(
    "octets",
    [
        pytest.param(lambda one: one + one[-2:], id="a type twice"),
        pytest.param(lambda one: one + b"\x0a\x01a\x0a\x01b", id="an identity twice"),
        pytest.param(lambda one: one + one, id="two messages, which are merged"),
        pytest.param(lambda one: one + b"\x80\x01\x01", id="a field that is not known"),
        pytest.param(lambda one: one.replace(b"\x78\x01", b"\x78\x81\x00"), id="a number with more octets"),
        *[
            pytest.param(lambda one, tag=tag, size=size: one + tag + size + b"a", id=f"{spelt}, {last}")
            for last in range(3, 11)
            for spelt, tag, size in (
                ("a tag of more octets", _spelt(0x0A, last), b"\1"),
                ("a length of more octets", b"\x0a", _spelt(1, last)),
            )
        ],
        pytest.param(lambda one: one.replace(b"\x78\x01", b"\x78\x02"), id="another kind of payload"),
        pytest.param(lambda one: one.replace(b"\x78\x01", b""), id="no kind of payload"),
        pytest.param(lambda _: b"\x78\x01\x72\x00", id="an empty message"),
        pytest.param(lambda _: b"\x78\x01", id="no message"),
    ],
)
@pytest.mark.parametrize("choices", CHOICES)
def test_agrees_on_other_spellings(octets: Any, choices: Choices) -> None:
    one = _payload({"type": 4, "response_message": MESSAGES[1], "response_address": bytes(4)}, b"")
    agree([octets(one)], choices)


@pytest.mark.parametrize("choices", CHOICES)
@pytest.mark.parametrize("name", RECORDINGS)
def test_agrees_on_recordings_and_takes_nearly_all_of_them(shared: Path, name: str, choices: Choices) -> None:
    octets = (shared / "resolvers" / f"{name}.dnstap").read_bytes()
    payloads = Reader().receive_data(octets)
    assert payloads
    agree(payloads, choices)
    assert odd(payloads) <= len(payloads) / 20


FRAME_STREAM = st.lists(
    st.binary(max_size=12).map(lambda octets: len(octets).to_bytes(4, "big") + octets)
    | st.sampled_from([b"", b"\0", b"\0\0\0\5", b"\xff\xff\xff\xff", bytes(4), b"\0\0\0\x0b" + bytes(11)]),
    max_size=12,
).map(b"".join)


@given(FRAME_STREAM, st.integers(0, 40), st.sampled_from([0, 1, 10, 12]))
def test_cuts_as_python_does(octets: bytes, position: int, longest: int) -> None:
    position = min(position, len(octets))
    cut = payload_reading.cut_payloads(octets, position, longest)
    assert cut == cut_payloads(octets, position, longest)


@pytest.mark.parametrize("position", [-1, 1])
def test_a_place_beyond_the_octets_is_refused(position: int) -> None:
    with pytest.raises(ValueError, match="beyond"):
        payload_reading.cut_payloads(b"", position, 10)
