"""Compressed files unfolded: each format, in any pieces, several streams, and what can't be."""

from __future__ import annotations

import bz2
import gzip
import importlib
import lzma
import tracemalloc
from collections.abc import Callable
from contextlib import suppress

import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st
from lz4 import frame

from nxcast.producers.pcap.compressed import PIECE, WINDOW_MAX, Unfolding, UnfoldingError

PLAIN = b"".join(number.to_bytes(4, "big") + b"some octets that come again" for number in range(5000))


def zstd(octets: bytes) -> bytes:
    return bytes(zstandard.ZstdCompressor(write_checksum=True).compress(octets))


def lz4(octets: bytes) -> bytes:
    return bytes(frame.compress(octets))


FORMATS = {"gzip": gzip.compress, "bzip2": bz2.compress, "xz": lzma.compress, "zstd": zstd, "lz4": lz4}
Pack = Callable[[bytes], bytes]


def unfold(octets: bytes, size: int = 1 << 20) -> bytes:
    unfolding = Unfolding()
    pieces = []
    for at in range(0, len(octets), size):
        pieces += unfolding.receive_data(octets[at : at + size])
    pieces += unfolding.receive_eof()
    assert all(0 < len(piece) <= PIECE for piece in pieces) or octets == PLAIN
    return b"".join(pieces)


@pytest.mark.parametrize("size", [1, 7, 1 << 20])
@pytest.mark.parametrize("pack", FORMATS.values(), ids=FORMATS)
def test_unfolds(pack: Pack, size: int) -> None:
    """Several streams too, as parallel packers make them, with the padding that some have behind them."""
    assert unfold(pack(PLAIN), size) == PLAIN
    assert unfold(pack(PLAIN[:1000]) + pack(PLAIN[1000:]), size) == PLAIN
    assert unfold(pack(PLAIN) + bytes(512), size) == PLAIN
    assert unfold(pack(b""), size) == b""


@pytest.mark.parametrize("size", [1, 7, 1 << 20])
def test_passes_on_what_is_not_compressed(size: int) -> None:
    assert unfold(PLAIN, size) == PLAIN
    assert unfold(PLAIN[:3], size) == PLAIN[:3]
    assert unfold(b"") == b""


@pytest.mark.parametrize("size", [1, 1 << 20])
def test_steps_over_skippable_frames(size: int) -> None:
    """As pzstd puts them in front of each frame (RFC 8878 section 3.1.2)."""
    skippable = b"\x50\x2a\x4d\x18" + (5).to_bytes(4, "little") + b"12345"
    assert unfold(skippable + zstd(PLAIN) + skippable + zstd(PLAIN), size) == PLAIN * 2


@pytest.mark.parametrize(("name", "pack"), FORMATS.items(), ids=FORMATS)
def test_says_what_is_wrong(name: str, pack: Pack) -> None:
    """Cut, damaged, or with something else behind it; what came before that has been given on."""
    packed = pack(PLAIN)
    with pytest.raises(UnfoldingError, match=f"cut in the middle of its {name} data"):
        unfold(packed[: len(packed) // 2])
    with pytest.raises(UnfoldingError, match=f"something else follows its {name} data"):
        unfold(packed + b"text behind it")
    with pytest.raises(UnfoldingError, match=f"damaged {name} data"):
        unfold(packed[:24] + bytes([octet ^ 0xFF for octet in packed[24:60]]) + packed[60:])


@pytest.mark.parametrize("pack", FORMATS.values(), ids=FORMATS)
def test_a_small_file_of_much_takes_little_memory(pack: Pack) -> None:
    """32 MiB of zeros: at no time are there more than 12 of them."""
    packed = pack(bytes(32 << 20))
    total = 0
    tracemalloc.start()
    try:
        for piece in Unfolding().receive_data(packed):
            assert len(piece) <= PIECE
            total += len(piece)
        assert tracemalloc.get_traced_memory()[1] < 12 << 20
    finally:
        tracemalloc.stop()
    assert total == 32 << 20


def test_refuses_a_window_beyond_the_bound() -> None:
    """With the command that unfolds it outside."""
    assert WINDOW_MAX == 128 << 20
    large = [{"id": lzma.FILTER_LZMA2, "preset": 0, "dict_size": 192 << 20}]
    with pytest.raises(UnfoldingError, match=r"over 128 MiB of memory to unfold; .*: xz -dc FILE \| nxcast"):
        unfold(lzma.compress(PLAIN, filters=large))
    parameters = zstandard.ZstdCompressionParameters(window_log=28, enable_ldm=True)
    packer = zstandard.ZstdCompressor(compression_params=parameters).compressobj()
    with pytest.raises(UnfoldingError, match=r"zstd -dc --long=31 FILE \| nxcast"):
        unfold(packer.compress(bytes(1 << 20)) + packer.flush())


@pytest.mark.parametrize(
    ("octets", "text"),
    [
        (
            b"\x28\xb5\x2f\xfd\x04\0",
            r"compressed with zstd: pip install 'zstandard>=0.25,<0.26'; or zstd -dc",
        ),
        (b"\x04\x22\x4d\x18\x64\0", r"compressed with lz4: pip install 'lz4>=4.4.5,<5'; or lz4 -dc"),
    ],
)
def test_names_the_missing_library(monkeypatch: pytest.MonkeyPatch, octets: bytes, text: str) -> None:
    def absent(name: str) -> None:
        raise ImportError(name)

    monkeypatch.setattr(importlib, "import_module", absent)
    with pytest.raises(UnfoldingError, match=text):
        unfold(octets)


@given(
    st.sampled_from([pack(PLAIN[:300]) for name, pack in FORMATS.items() if name not in ("zstd", "lz4")]),
    st.integers(0, 30),
    st.binary(max_size=50),
    st.integers(1, 20),
)
def test_random_octets_raise_nothing_else(packed: bytes, kept: int, octets: bytes, size: int) -> None:
    with suppress(UnfoldingError):
        unfold(packed[:kept] + octets, size)
