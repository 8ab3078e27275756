"""Pairs of query and response, the position where they are taken, and the bounds on what is kept."""

from __future__ import annotations

from ipaddress import ip_address, ip_network
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nxcast.producers.pcap import pairing
from nxcast.producers.pcap.pairing import AGE_NS, COPY_NS, ENTRY_COST, REASONS, SAME_KEY_MAX, Pairing
from nxcast.schemas.codes import UDP
from nxcast.schemas.frames import FORWARDER, MARKS, Frame
from tests.messages import AAAA, A, message, question
from tests.packets import CLIENT, SERVER, TIME_NS

QUERY, RESPONSE = message(0, response=False), message()
RD = 1  # in the third octet of the header


def recursive(octets: bytes) -> bytes:
    return octets[:2] + bytes([octets[2] | RD]) + octets[3:]


def about(qname: str, qtype: int = A, *, response: bool = True) -> bytes:
    return message(3 if response else 0, questions=[question(qname, qtype)], response=response)


class Feed:
    """Messages between one resolver and one server."""

    def __init__(self, **options: object) -> None:
        self.pairing = Pairing((53,), **options)  # type: ignore[arg-type]

    def query(
        self, octets: bytes = QUERY, port: int = 4000, time_ns: int = 0, proto: int = 17, ident: int = 0
    ) -> str:
        taken = self.pairing.take((TIME_NS + time_ns, proto, CLIENT, port, SERVER, 53, octets, ident))
        assert isinstance(taken, str)
        return taken

    def response(
        self, octets: bytes = RESPONSE, port: int = 4000, time_ns: int = 0, proto: int = 17, ident: int = 0
    ) -> Frame | str:
        return self.pairing.take((TIME_NS + time_ns, proto, SERVER, 53, CLIENT, port, octets, ident))

    def kind(self, octets: bytes = RESPONSE, **where: int) -> tuple[int, bytes | None] | str:
        """Type and query of the frame, or the reason why there is none."""
        frame = self.response(octets, **where)
        return frame if isinstance(frame, str) else (frame[1], frame[7])


def test_makes_a_frame_of_a_pair() -> None:
    """Its time is the response's, and the resolver is left out unless asked for."""
    for keep, query_ip, query_port in ((False, None, None), (True, CLIENT, 4000)):
        feed = Feed(keep_resolver_address=keep)
        feed.query()
        assert feed.response(time_ns=5) == (
            TIME_NS + 5, 1, SERVER, 53, 17, query_ip, query_port, QUERY, RESPONSE, None, 0,
        )  # fmt: skip


@pytest.mark.parametrize(
    "wanted",
    [{"everything": True}, {"forwarders": True}, {"resolvers": (ip_network(ip_address(CLIENT)),)}, {}],
)
def test_answers_of_resolvers_are_marked_where_they_are_wanted(wanted: Any) -> None:
    """RD=1; those to a named resolver go on unmarked, and the broker counts them as a forwarder's."""
    asked, answered = bytearray(QUERY), bytearray(RESPONSE)
    asked[2] |= 1
    answered[2] |= 1
    pairs = Pairing((53,), **wanted)
    pairs.take((TIME_NS, UDP, CLIENT, 4000, SERVER, 53, bytes(asked), 1))
    frame = pairs.take((TIME_NS + 1, UDP, SERVER, 53, CLIENT, 4000, bytes(answered), 2))
    if not wanted:
        assert frame == "client_side"
    else:
        assert frame[MARKS] == (0 if "resolvers" in wanted else FORWARDER)


@pytest.mark.parametrize(
    ("query", "response"),
    [
        (QUERY, RESPONSE),
        (about("nX.eXaMpLe.", response=False), about("nx.example.")),  # a server that lowers the case
        (QUERY, message(1, questions=[])),  # FORMERR of a header only
        (message(0, questions=[], response=False), message(1, questions=[])),
        (
            message(0, questions=[b"\xc0\x0c\0\1\0\1"], response=False),
            message(3, questions=[b"\xc0\x0c\0\1\0\1"]),
        ),
        (message(0, questions=[b"\x41abc"], response=False), message(3, questions=[b"\x41abc"])),
    ],
)
def test_pairs(query: bytes, response: bytes) -> None:
    feed = Feed()
    feed.query(query)
    assert feed.kind(response) == (1, query)


@pytest.mark.parametrize(
    ("response", "port"),
    [
        (RESPONSE, 4001),
        (b"\x43\x21" + RESPONSE[2:], 4000),  # another ID
        (about("gdsrr.org."), 4000),
        (about("gdsrr.com.", AAAA), 4000),
        (about("gdsrr.com.", ord("a") << 8), 4000),
    ],
)
def test_pairs_nothing_else(response: bytes, port: int) -> None:
    """And the query still gets its own response."""
    feed = Feed()
    feed.query()
    assert feed.kind(response, port=port) == (3, None)
    assert feed.kind() == (1, QUERY)


def test_letters_in_type_and_class_are_no_letters() -> None:
    """65 and 97 are types, although their octets are A and a."""
    feed = Feed()
    feed.query(about("x.example.", 65, response=False))
    assert feed.kind(about("x.example.", 97)) == (3, None)


def test_keeps_apart_what_differs_in_the_question_only() -> None:
    feed = Feed()
    names = [f"{number}.example." for number in range(4)]
    for name in names:
        feed.query(about(name, response=False))
    for name in (names[1], names[3], names[0], names[2]):
        assert feed.kind(about(name)) == (1, about(name, response=False))
    for number in range(SAME_KEY_MAX + 2):
        feed.query(about(f"{number}.example.", response=False))
    assert feed.kind(about(names[0]), time_ns=COPY_NS) == (3, None)  # the oldest has gone


MS = 1_000_000  # nanoseconds


def records(moments: list[tuple[str, int, int]], **options: object) -> list[int]:
    """Types of the frames of (query or response, milliseconds, identification), all of them alike."""
    feed = Feed(**options)
    taken = [
        feed.query(time_ns=ms * MS, ident=ident)
        if kind == "q"
        else feed.response(time_ns=ms * MS, ident=ident)
        for kind, ms, ident in moments
    ]
    return [frame[1] for frame in taken if not isinstance(frame, str)]


@pytest.mark.parametrize(
    ("moments", "answers"),
    [
        # asked again and answered again, 1 s and 4 s later
        ([("q", 0, 1), ("r", 9, 1), ("q", 1000, 2), ("r", 1009, 2), ("q", 5000, 3), ("r", 5009, 3)], 3),
        # the same over IPv6, where no packet has an identification
        ([("q", 0, 0), ("r", 9, 0), ("q", 1000, 0), ("r", 1009, 0), ("q", 5000, 0), ("r", 5009, 0)], 3),
        # a burst
        ([("q", 0, 1), ("q", 0, 2), ("q", 0, 3), ("r", 8, 1), ("r", 8, 2), ("r", 8, 3)], 3),
        ([("q", 0, 0), ("q", 2, 0), ("q", 4, 0), ("r", 6, 0), ("r", 8, 0), ("r", 10, 0)], 3),
        # asked twice while the server is slow, answered twice
        ([("q", 0, 1), ("q", 900, 2), ("r", 1500, 7), ("r", 1502, 8)], 2),
        # two interfaces, in whatever order
        ([("q", 0, 1), ("q", 0, 1), ("r", 9, 5), ("r", 9, 5)], 1),
        ([("q", 0, 1), ("r", 9, 5), ("q", 0, 1), ("r", 9, 5)], 1),
        ([("q", 0, 0), ("q", 0, 0), ("r", 9, 0), ("r", 9, 0)], 1),
        (2 * [("q", 0, 1)] + 2 * [("q", 0, 2)] + 2 * [("r", 9, 5)] + 2 * [("r", 9, 6)], 2),
        ([("q", 0, 1), ("q", 0, 2), ("r", 9, 5), ("r", 9, 6), ("r", 9, 5), ("r", 9, 6)], 2),
    ],
)  # fmt: skip
def test_each_answer_is_a_record_and_a_copy_is_none(
    moments: list[tuple[str, int, int]], answers: int
) -> None:
    """Paired where there are queries, and alone where they are not wanted."""
    assert records(moments) == [1] * answers
    assert records(moments, responses_only=True) == [7] * answers


def test_says_what_a_copy_is() -> None:
    """Of queries too, which do not count twice; a second answer to one query is unsolicited."""
    feed = Feed()
    assert feed.query(ident=1) == "query"
    assert feed.query(ident=1) == "duplicate"
    assert feed.pairing.queries == 1
    assert feed.kind(ident=3) == (1, QUERY)
    assert feed.kind(ident=3) == "duplicate"
    assert feed.kind(time_ns=COPY_NS, ident=4) == (3, None)
    feed.pairing.finish()
    assert feed.pairing.unanswered == 0


def test_takes_what_resolvers_ask_by_default() -> None:
    """The query's RD bit decides, and without a query the response's."""
    feed = Feed()
    feed.query(recursive(QUERY))
    assert feed.kind() == "client_side"
    assert feed.kind(recursive(RESPONSE), port=1) == "client_side"
    feed.query(port=2)
    assert feed.kind(recursive(RESPONSE), port=2) == (1, QUERY)


def test_takes_what_it_is_told_to() -> None:
    """By the address that the response goes to, or everything."""
    here, elsewhere = ip_network("192.0.2.0/30"), ip_network("2001:db8::/32")
    for options, expected in (
        ({"resolvers": [elsewhere, here]}, (1, recursive(QUERY))),
        ({"resolvers": [elsewhere]}, "other_address"),
        ({"everything": True}, (1, recursive(QUERY))),
    ):
        feed = Feed(**options)
        feed.query(recursive(QUERY))
        assert feed.kind(recursive(RESPONSE)) == expected


def test_takes_responses_alone() -> None:
    """Nothing is paired, and a second copy is still known for one."""
    feed = Feed(responses_only=True)
    feed.query()
    assert feed.kind() == (7, None)
    assert feed.kind(time_ns=COPY_NS - 1) == "duplicate"
    assert feed.kind(time_ns=COPY_NS) == (7, None)
    assert not feed.pairing.one_sided


def test_knows_a_capture_of_one_side() -> None:
    feed = Feed()
    assert feed.kind() == (3, None)
    assert feed.pairing.one_sided
    feed.query()
    assert not feed.pairing.one_sided


def test_tcp_is_tcp() -> None:
    """With its query where it was seen on the same connection, and nothing in it is a duplicate."""
    feed = Feed()
    feed.query(proto=6)
    assert [feed.kind(proto=6), feed.kind(proto=6)] == [(4, QUERY), (4, None)]
    feed.query(proto=17)
    assert feed.kind(proto=6) == (4, None)
    names = [f"{number}.example." for number in range(3)]
    for name in names:
        feed.query(about(name, response=False), proto=6)
    feed.query(about(names[0], response=False), port=4001, proto=6)
    for name in reversed(names):  # in another order than asked, as RFC 7766 section 7 lets servers
        assert feed.kind(about(name), proto=6) == (4, about(name, response=False))
    assert feed.kind(about(names[0]), proto=6) == (4, None)


@pytest.mark.parametrize(
    ("octets", "sport", "reason"), [(RESPONSE[:11], 53, "message_size"), (RESPONSE, 4000, "to_server")]
)
def test_counts_what_is_no_response_of_a_server(octets: bytes, sport: int, reason: str) -> None:
    assert Pairing((53,)).take((TIME_NS, 17, SERVER, sport, CLIENT, 53, octets, 0)) == reason
    assert reason in REASONS


def test_forgets_the_old() -> None:
    """A query waits AGE_NS at least, and twice that at most."""
    feed = Feed()
    feed.query()
    feed.query(port=1, time_ns=AGE_NS + 1)  # the young generation becomes the old one
    assert feed.kind(time_ns=AGE_NS + 2) == (1, QUERY)
    feed.query(port=2)
    feed.query(port=3, time_ns=2 * AGE_NS + 3)
    feed.query(port=4, time_ns=3 * AGE_NS + 5)
    assert feed.kind(port=2) == (3, None)
    feed.pairing.finish()
    assert feed.pairing.unanswered == 4


@pytest.mark.parametrize("options", [{}, {"responses_only": True}])
def test_keeps_bounded_octets(monkeypatch: pytest.MonkeyPatch, options: dict[str, object]) -> None:
    """Of queries, answered or not, of the same key or not, and of responses without any."""
    limit = 100 * (ENTRY_COST + len(QUERY))
    monkeypatch.setattr(pairing, "GENERATION_MAX", limit)
    feed = Feed(**options)
    for port in range(1000):
        feed.query(port=port)
        feed.query(about(f"{port}.example.", response=False), port=port // 50)
        feed.kind(port=port + port % 2 * 5000)
        assert 0 < feed.pairing.held <= 2 * limit


def test_a_query_that_made_room_is_unanswered() -> None:
    """Nothing is let go of without being counted."""
    feed = Feed()
    for number in range(SAME_KEY_MAX + 3):
        feed.query(about(f"{number}.example.", response=False))
    assert feed.pairing.unanswered == 3
    assert feed.kind(about("5.example.")) == (1, about("5.example.", response=False))
    feed.pairing.finish()
    assert feed.pairing.unanswered == SAME_KEY_MAX + 2


@given(
    st.lists(
        st.tuples(st.booleans(), st.binary(max_size=40), st.sampled_from([b"", RESPONSE[:20], QUERY[:20]])),
        max_size=8,
    )
)
def test_random_octets_never_raise(messages: list[tuple[bool, bytes, bytes]]) -> None:
    """Each ends as a frame or as a reason of the list."""
    feed = Feed(everything=True)
    for up, octets, start in messages:
        if up:
            taken = feed.pairing.take((TIME_NS, 17, CLIENT, 4000, SERVER, 53, start + octets, 0))
        else:
            taken = feed.response(start + octets)
        assert isinstance(taken, tuple) or taken in REASONS
