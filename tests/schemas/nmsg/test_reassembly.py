"""nmsg_fragments: containers cut and put together again, and that what waits is bounded."""

from __future__ import annotations

import contextlib
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nxcast.schemas.nmsg import reassembly as module
from nxcast.schemas.nmsg.container import Container, Fragment, NmsgError, decode_container, encode_container
from nxcast.schemas.nmsg.payloads import make_payload
from nxcast.schemas.nmsg.reassembly import AGE_MAX_NS, FRAGMENTS_MAX, INCOMPLETE_MAX, Reassembly, split

PAYLOAD = make_payload((1, 6), 0, bytes(range(256)) * 10)
CONTAINER = encode_container([PAYLOAD], sequence=3, sequence_id=4)


def parts(octets: bytes, size: int, fragment_id: int = 1) -> list[Fragment]:
    decoded = [decode_container(each) for each in split(octets, size, fragment_id)]
    assert all(isinstance(each, Fragment) for each in decoded)
    return decoded  # type: ignore[return-value]


def fragment(fragment_id: int, current: int = 0, last: int = 1, octets: bytes = b"x") -> Fragment:
    return Fragment((fragment_id, 0, last, 0), 0, current, last, octets)


@given(st.integers(43, 3000), st.booleans(), st.integers(0, 9))
def test_fragments_in_any_order_make_the_container(size: int, compress: bool, seed: int) -> None:
    """Also some of them twice; and each is of the size that was asked for."""
    octets = encode_container([PAYLOAD], compress=compress)
    cut = split(octets, size, 7)
    assert max(map(len, cut)) <= size
    if len(cut) == 1:
        assert cut == [octets]
        return
    pieces = parts(octets, size, 7)
    random.Random(seed).shuffle(pieces)
    reassembly = Reassembly()
    for piece in pieces[:-1]:
        assert reassembly.add(piece, 0) is None
        assert reassembly.add(piece, 0) is None
    assert reassembly.add(pieces[-1], 0) == decode_container(octets)
    reassembly.expire(None)
    assert reassembly.lost == []


def test_containers_mixed_with_one_another_are_told_apart() -> None:
    """By their id, and by CRC where two senders drew the same one."""
    other = encode_container([make_payload((1, 6), 0, bytes(3000))])
    reassembly = Reassembly()
    mixed = [*parts(CONTAINER, 1000), *parts(other, 1000)]
    mixed.sort(key=lambda piece: piece.current)
    whole = [made for piece in mixed if (made := reassembly.add(piece, 0))]
    expected = [decode_container(CONTAINER), decode_container(other)]
    assert sorted(map(repr, whole)) == sorted(map(repr, expected))


def test_fragments_of_different_senders_never_go_together() -> None:
    reassembly = Reassembly()
    first, *others = parts(CONTAINER, 1000)
    assert reassembly.add(first, 0, "1 ns1") is None
    assert [reassembly.add(piece, 0, "2 ns2") for piece in others] == [None] * len(others)
    assert reassembly.add(others[-1], 0, "1 ns1") is None or len(others) == 1
    assert reassembly.add(first, 0, "2 ns2") == decode_container(CONTAINER)


def test_what_waits_too_long_is_given_up() -> None:
    """It is told how many fragments had come, and the first of them."""
    reassembly = Reassembly()
    reassembly.add(fragment(1, last=2, octets=b"first"), 1000)
    reassembly.add(fragment(1, current=1, last=2), 1000)
    reassembly.add(fragment(2), 2000)
    reassembly.expire(1000 + AGE_MAX_NS)
    assert reassembly.lost == []
    reassembly.expire(1001 + AGE_MAX_NS)
    assert reassembly.lost == [(2, b"first")]
    reassembly.expire(1999)  # the clock was set back
    assert reassembly.lost[1:] == [(1, b"x")]


def test_containers_in_the_making_are_bounded() -> None:
    """The oldest goes first."""
    reassembly = Reassembly()
    for number in range(INCOMPLETE_MAX + 2):
        reassembly.add(fragment(number, octets=b"%d" % number), 0)
    assert reassembly.lost == [(1, b"0"), (1, b"1")]


def test_octets_that_wait_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """Overhead included, so that many empty fragments count too."""
    monkeypatch.setattr(module, "WAITING_MAX", 10_000)
    reassembly = Reassembly()
    for number in range(20):
        reassembly.add(fragment(number, octets=bytes(1000)), 0)
    assert len(reassembly.lost) == 20 - 10_000 // 1256
    for current in range(100):
        reassembly.add(fragment(99, current=current, last=200, octets=b""), 0)
    assert sum(lost.fragments for lost in reassembly.lost) >= 20 + 100 - 10_000 // 256


@pytest.mark.parametrize(("size", "count"), [(0, 2 * INCOMPLETE_MAX), (1 << 20, 40)])
def test_who_has_the_most_waiting_makes_room(size: int, count: int) -> None:
    """In containers or in octets: a sender pushes out its own, and nobody else's."""
    reassembly = Reassembly()
    reassembly.add(fragment(0, octets=bytes(100_000)), 0, "honest")
    for number in range(1, count):
        reassembly.add(fragment(number, octets=bytes(size)), 0, "other")
    assert len(reassembly.lost) > 1
    assert {len(lost.octets) for lost in reassembly.lost} == {size}
    with pytest.raises(NmsgError, match="protobuf"):  # it is still there, and completes
        reassembly.add(fragment(0, current=1, octets=b"\xff"), 0, "honest")


def test_containers_of_strangers_are_put_together_as_such() -> None:
    packed = encode_container([make_payload((1, 6), 0, b"")] * 500, compress=True)
    cut = parts(packed, 60)
    believing, wary = Reassembly(), Reassembly(strangers=True)
    whole = [made for piece in cut if (made := believing.add(piece, 0))]
    assert [len(made.payloads) for made in whole] == [500]
    with pytest.raises(NmsgError, match="64 octets"):
        [wary.add(piece, 0) for piece in cut]


def test_too_many_fragments_are_refused() -> None:
    with pytest.raises(NmsgError) as caught:
        Reassembly().add(fragment(1, last=FRAGMENTS_MAX), 0)
    assert caught.value.reason == "container_fragments_lost"


def test_fragments_of_no_container_are_its_fault() -> None:
    """The whole is checked as any body, zlib included, and then forgotten."""
    reassembly = Reassembly()
    reassembly.add(fragment(1, octets=b"\xff"), 0)
    with pytest.raises(NmsgError) as caught:
        reassembly.add(fragment(1, current=1, octets=b"\xff"), 0)
    assert caught.value.reason == "container_protobuf"
    assert reassembly.add(fragment(1, octets=b"\x0a"), 0) is None
    assert reassembly.add(fragment(1, current=1, octets=b"\x00"), 0) == Container([b""], [], None, None)


def test_a_size_without_room_is_refused() -> None:
    with pytest.raises(ValueError, match="43 at least"):
        split(CONTAINER, 42, 1)


@given(st.lists(st.tuples(st.integers(0, 2), st.integers(0, 3), st.integers(0, 3), st.binary(max_size=9))))
def test_random_fragments_raise_only_our_error(sent: list[tuple[int, int, int, bytes]]) -> None:
    reassembly = Reassembly()
    for number, current, last, octets in sent:
        with contextlib.suppress(NmsgError):
            reassembly.add(fragment(number, min(current, last), last, octets), 0)
