"""Fragments put together as they come, and the bounds on what waits."""

from __future__ import annotations

from collections import Counter

import pytest

from nxcast.producers.pcap import fragments
from nxcast.producers.pcap.fragments import AGE_NS, DATAGRAM_COST, FRAGMENT_COST, Fragments
from nxcast.schemas.datagram import FRAGMENTS_MAX, DatagramError, Packet


def piece(at: int, size: int = 8, more: bool = True, identification: int = 1) -> Packet:
    return Packet(b"\1" * 4, b"\2" * 4, 17, bytes([at % 256]) * size, identification, at, more)


@pytest.fixture
def skipped() -> Counter[str]:
    return Counter()


def test_gives_the_datagram_with_its_last_missing_fragment(skipped: Counter[str]) -> None:
    """In any order, one of them twice, two datagrams at a time."""
    kept = Fragments(skipped)
    assert kept.take(0, piece(8, more=False)) is None
    assert kept.take(1, piece(0, identification=2)) is None
    assert kept.take(2, piece(8, more=False)) is None
    whole = kept.take(3, piece(0))
    assert whole is not None
    assert (whole.payload, whole.is_fragment) == (b"\0" * 8 + b"\x08" * 8, False)
    kept.finish()
    assert skipped == {"fragments_missing": 1}


def test_forgets_the_old(skipped: Counter[str]) -> None:
    """After AGE_NS a late fragment finds nothing to complete."""
    kept = Fragments(skipped)
    kept.take(0, piece(0))
    assert kept.take(AGE_NS + 1, piece(8, more=False)) is None
    assert skipped == {"fragments_missing": 1}


@pytest.mark.parametrize("size", [0, 96])
def test_keeps_bounded_octets(skipped: Counter[str], monkeypatch: pytest.MonkeyPatch, size: int) -> None:
    """Counting what a fragment takes besides its payload: short ones are no way around it."""
    monkeypatch.setattr(fragments, "OCTETS_MAX", 10 * (DATAGRAM_COST + FRAGMENT_COST + size))
    kept = Fragments(skipped)
    for identification in range(100):
        kept.take(0, piece(0, size, identification=identification))
    assert skipped == {"fragments_missing": 90}


def test_keeps_a_piece_once(skipped: Counter[str]) -> None:
    """However often it comes."""
    kept = Fragments(skipped)
    kept.take(0, piece(0))
    held = kept.held
    for _ in range(FRAGMENTS_MAX + 1):
        assert kept.take(0, piece(0)) is None
    assert kept.held == held


def test_gives_up_on_what_cannot_be(skipped: Counter[str]) -> None:
    """A contradiction or a flood of different fragments ends the datagram, not only the attempt."""
    kept = Fragments(skipped)
    kept.take(0, piece(0))
    kept.take(0, Packet(b"\1" * 4, b"\2" * 4, 17, b"x" * 8, 1, 0, True))
    with pytest.raises(DatagramError, match="overlap"):
        kept.take(0, piece(8, more=False))
    for at in range(FRAGMENTS_MAX):
        kept.take(0, piece(8 * at, 0))
    with pytest.raises(DatagramError, match="more fragments"):
        kept.take(0, piece(0, 8))
    kept.finish()
    assert not skipped
