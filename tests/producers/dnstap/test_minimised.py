"""Questions that a resolver had cut short, told by what it asks next."""

from __future__ import annotations

import csv
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nxcast.producers.dnstap import minimised as module
from nxcast.producers.dnstap.frame_streams import Reader
from nxcast.producers.dnstap.minimised import PATIENCE_NS, WITHIN_NS, MinimisedQuestions, is_ns_question
from nxcast.schemas import dnstap_pb2
from nxcast.schemas.codes import TYPES
from nxcast.schemas.message import question as question_of
from tests.messages import NS, A, message, question

ONE, TWO = bytes([192, 0, 2, 1]), bytes([192, 0, 2, 2])


def nxdomain(name: str, qtype: int = A) -> bytes:
    return message(3, questions=[question(name, qtype)])


@pytest.mark.parametrize(
    ("octets", "expected"),
    [
        (nxdomain("gone.com.", NS), True),
        (nxdomain("gone.com."), False),
        (message(0, questions=[question("com.", NS)]), False),
        (message(3, counts=(0, 0, 0, 0)), False),
        (b"", False),
    ],
)
def test_type_ns_of_a_missing_name(octets: bytes, expected: bool) -> None:
    assert is_ns_question(octets) is expected
    questions: MinimisedQuestions[int] = MinimisedQuestions()
    assert questions.take(0, ONE, octets, 1) + questions.finish() == [(1, True if expected else None)]


@pytest.mark.parametrize(
    ("after_ns", "server", "octets", "expected"),
    [
        (0, ONE, nxdomain("www.gone.com."), True),
        (WITHIN_NS, ONE, nxdomain("a.b.GONE.com."), True),
        (WITHIN_NS, ONE, message(0, questions=[question("a.gone.com.")]), True),
        (WITHIN_NS + 1, ONE, nxdomain("www.gone.com."), None),
        (-1, ONE, nxdomain("www.gone.com."), None),
        (0, TWO, nxdomain("www.gone.com."), None),
        (0, ONE, nxdomain("gone.com."), None),
        (0, ONE, nxdomain("xgone.com."), None),
        (0, ONE, nxdomain("com."), None),
    ],
)
def test_a_longer_question_to_the_same_server_soon_after(
    after_ns: int, server: bytes, octets: bytes, expected: bool | None
) -> None:
    questions: MinimisedQuestions[str] = MinimisedQuestions()
    assert questions.take(10**9, ONE, nxdomain("Gone.com."), "short") == []
    questions.take(10**9 + after_ns, server, octets, "next")
    assert questions.finish()[0] == ("short", expected)


def test_it_waits_for_the_time_of_messages_or_of_the_clock() -> None:
    questions: MinimisedQuestions[str] = MinimisedQuestions()
    questions.take(10**9, ONE, nxdomain("a.com."), "a", 5)
    assert questions.take(10**9 + WITHIN_NS, ONE, message(0), "b", 5) == [("b", None)]
    assert questions.due(PATIENCE_NS + 4) == []
    assert questions.due(PATIENCE_NS + 5) == [("a", None)]
    questions.take(2 * 10**9, ONE, nxdomain("a.com."), "a", 5)
    questions.take(2 * 10**9 + WITHIN_NS + 1, ONE, message(0), "b", 5)
    assert questions.due() == [("a", None)]


@given(st.lists(st.tuples(st.integers(0, 10**9), st.binary(max_size=40), st.booleans()), max_size=60))
def test_every_item_comes_back_once_and_the_bounds_hold(steps: list[tuple[int, bytes, bool]]) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "HELD_MAX", 8)
        patch.setattr(module, "OCTETS_MAX", 300)
        questions: MinimisedQuestions[int] = MinimisedQuestions()
        given_: list[tuple[int, bool | None]] = []
        for number, (time_ns, octets, real) in enumerate(steps):
            octets = nxdomain(f"n{number % 7}.com.") if real else octets
            given_ += questions.take(time_ns, ONE, octets, number)
            assert len(questions) <= 8
            assert len(questions._latest) <= len(questions)
            assert questions._octets <= 300
        given_ += questions.finish()
    assert sorted(item for item, _ in given_) == list(range(len(steps)))
    assert not questions._latest
    assert questions._octets == 0


# Of each recording: how many NXDOMAINs of questions that nobody asked, how many of those are told, and how
# many are told that a client did ask (a domain, and soon after a name below it).
RECORDINGS = {
    "bind-9.18.49-default": (51, 51, 1),
    "pdns-recursor-4.8.8-default": (39, 36, 1),
    "unbound-1.17.1-default": (100, 27, 1),
}


@pytest.mark.parametrize("name", RECORDINGS)
def test_recordings_of_real_resolvers(shared: Path, name: str) -> None:
    folder = shared / "resolvers"
    with (folder / f"{name}.truth.tsv").open() as file:
        asked = {(row["qname"].lower(), row["qtype"]) for row in csv.DictReader(file, delimiter="\t")}
    questions: MinimisedQuestions[bytes] = MinimisedQuestions()
    found = []
    for payload in Reader().receive_data((folder / f"{name}.dnstap").read_bytes()):
        said = dnstap_pb2.Dnstap.FromString(payload).message
        if said.type == dnstap_pb2.Message.RESOLVER_RESPONSE:
            time_ns = said.response_time_sec * 10**9 + said.response_time_nsec
            octets = said.response_message
            found += questions.take(time_ns, said.response_address, octets, octets)
            found += questions.due()
    found += questions.finish()
    told: Counter[tuple[bool, bool | None]] = Counter()
    for octets, minimised in found:
        (qname, qtype, _), _ = question_of(octets)  # type: ignore[misc]
        if octets[3] & 0x0F == 3:
            told[(qname.lower(), TYPES[qtype]) in asked, minimised] += 1
    unasked, right, wrong = RECORDINGS[name]
    print(f"{name}: {told[False, True]} of {told[False, True] + told[False, None]}, wrong {told[True, True]}")
    assert (told[False, True] + told[False, None], told[False, True], told[True, True]) == (
        unasked,
        right,
        wrong,
    )
