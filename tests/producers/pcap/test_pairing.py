"""Pairs of query and response, the position where they are taken, and the bounds on what is kept."""

from __future__ import annotations

from ipaddress import ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nxcast.producers.pcap import pairing
from nxcast.producers.pcap.pairing import AGE_NS, REASONS, SAME_KEY_MAX, Pairing
from nxcast.schemas.frames import Frame
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

    def query(self, octets: bytes = QUERY, port: int = 4000, time_ns: int = 0, proto: int = 17) -> None:
        assert self.pairing.take((TIME_NS + time_ns, proto, CLIENT, port, SERVER, 53, octets)) == "query"

    def response(
        self, octets: bytes = RESPONSE, port: int = 4000, time_ns: int = 0, proto: int = 17
    ) -> Frame | str:
        return self.pairing.take((TIME_NS + time_ns, proto, SERVER, 53, CLIENT, port, octets))

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
            TIME_NS + 5, 1, SERVER, 53, 17, query_ip, query_port, QUERY, RESPONSE,
        )  # fmt: skip


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
    assert feed.kind(about(names[0])) == (3, None)  # the oldest has gone


def test_sends_a_response_once() -> None:
    """The same again is a duplicate, another one unsolicited, and a repeated query has a response again."""
    feed = Feed()
    feed.query()
    assert feed.kind() == (1, QUERY)
    assert feed.kind() == "duplicate"
    assert feed.kind(about("gdsrr.com.", A)) == (3, None)
    feed.query()
    assert feed.kind() == (1, QUERY)


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
    assert feed.kind() == "duplicate"
    assert not feed.pairing.one_sided


def test_knows_a_capture_of_one_side() -> None:
    feed = Feed()
    assert feed.kind() == (3, None)
    assert feed.pairing.one_sided
    feed.query()
    assert not feed.pairing.one_sided


def test_tcp_is_tcp() -> None:
    """With its query where it was seen, and nothing in it is a duplicate."""
    feed = Feed()
    feed.query(proto=6)
    assert [feed.kind(proto=6), feed.kind(proto=6)] == [(4, QUERY), (4, None)]
    feed.query(proto=17)
    assert feed.kind(proto=6) == (4, None)


@pytest.mark.parametrize(
    ("octets", "sport", "reason"), [(RESPONSE[:11], 53, "message_size"), (RESPONSE, 4000, "to_server")]
)
def test_counts_what_is_no_response_of_a_server(octets: bytes, sport: int, reason: str) -> None:
    assert Pairing((53,)).take((TIME_NS, 17, SERVER, sport, CLIENT, 53, octets)) == reason
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


def test_keeps_a_bounded_number(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of queries, and of responses without any."""
    monkeypatch.setattr(pairing, "GENERATION", 100)
    for feed in (Feed(), Feed(responses_only=True)):
        for port in range(1000):
            feed.query(port=port)
            feed.kind(port=port + 5000)
            kept = [feed.pairing._young, feed.pairing._old]
            assert all(len(each.open) + len(each.answered) <= 100 for each in kept)


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
            taken = feed.pairing.take((TIME_NS, 17, CLIENT, 4000, SERVER, 53, start + octets))
        else:
            taken = feed.response(start + octets)
        assert isinstance(taken, tuple) or taken in REASONS
