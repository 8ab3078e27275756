"""Compressed captures, unfolded as they are read: gzip, bzip2, xz; with a package each zstd and lz4.

What comes out is given on in pieces of `PIECE` octets at most, however small what they were made from, and a
stream that wants more than `WINDOW_MAX` octets of memory is refused: memory is bounded whatever a file
claims. Several streams one behind another, as parallel packers and `cat` make them, are one file. Octets that
are not compressed go through as they are. Nothing raises but UnfoldingError.
"""

from __future__ import annotations

import bz2
import importlib
import lzma
import zlib
from collections.abc import Callable, Iterator
from typing import Any, Protocol

__all__ = ["PIECE", "WINDOW_MAX", "Unfolding", "UnfoldingError"]

PIECE = 256 << 10  # octets given on at a time, as a read of a file
WINDOW_MAX = 128 << 20  # octets of what came before; xz -9 takes 65 MiB, zstd 8 without --long
# Octets of zstd taken at a time, since its library bounds no output: 32 blocks of 128 KiB, 4 MiB unfolded.
ZSTD_STEP = 128
_MAGIC_SIZE = 6  # octets of the longest magic number
_SKIPPABLE = b"\x2a\x4d\x18"  # behind an octet 0x50 to 0x5F, of zstd and lz4 (RFC 8878 section 3.1.2)


class UnfoldingError(Exception):
    """What a compressed file has wrong, or what is needed to read it."""


class _Stream(Protocol):
    """One compressed stream. Once its end was seen it has `eof`, and in `unused_data` what came behind it."""

    @property
    def eof(self) -> bool: ...

    @property
    def unused_data(self) -> bytes: ...

    def feed(self, data: bytes) -> bytes:
        """Take octets; some come out, and more with more feeding, if need be of none, until none does."""


class Unfolding:
    """The octets of one file, unfolded if they need to be."""

    def __init__(self) -> None:
        self._name = ""  # of the format, once it is known
        self._plain = False
        self._pending = b""  # too few octets to tell
        self._stream: _Stream | None = None
        self._errors: tuple[type[Exception], ...] = ()

    def receive_data(self, data: bytes) -> Iterator[bytes]:
        """Take octets as they came; raises UnfoldingError, which some of what was good before it may miss."""
        data, self._pending = self._pending + data, b""
        while data and not self._plain:
            if self._stream is None:
                if self._name:
                    data = data.lstrip(b"\0")  # padding behind a stream
                if len(data) < _MAGIC_SIZE:
                    self._pending = data
                    return
                self._begin(data)
                continue
            yield from self._pieces(data)
            if not self._stream.eof:
                return
            data, self._stream = self._stream.unused_data, None
        if data:
            yield data

    def receive_eof(self) -> Iterator[bytes]:
        """The file has ended; raises UnfoldingError if a stream in it has not."""
        if self._stream is not None:
            raise UnfoldingError(f"cut in the middle of its {self._name} data")
        if self._pending:
            yield self._pending

    def _begin(self, data: bytes) -> None:
        for name, magic, make in _FORMATS:
            if data.startswith(magic):
                self._name = name
                self._stream, self._errors = make()
                return
        if data[1:4] == _SKIPPABLE and 0x50 <= data[0] <= 0x5F:
            self._name, self._stream = self._name or "zstd or lz4", _Skipped()
        elif self._name:
            raise UnfoldingError(f"something else follows its {self._name} data")
        self._plain = self._stream is None

    def _pieces(self, data: bytes) -> Iterator[bytes]:
        stream = self._stream
        while stream is not None:
            try:
                unfolded = stream.feed(data)
            except self._errors as error:
                raise UnfoldingError(_damage(self._name, str(error))) from None
            data = b""
            for start in range(0, len(unfolded), PIECE):
                yield unfolded[start : start + PIECE]
            if not unfolded or stream.eof:
                return


def _damage(name: str, text: str) -> str:
    if "memory" in text.lower():
        return (
            f"{name} data that takes over {WINDOW_MAX >> 20} MiB of memory to unfold; "
            f"unfold it outside: {_UNPACKERS[name]} FILE | nxcast-produce pcap -"
        )
    return f"damaged {name} data ({text})"


class _Gzip:
    """zlib's object for RFC 1952; what it did not take waits in `unconsumed_tail`."""

    def __init__(self) -> None:
        self._made = zlib.decompressobj(wbits=zlib.MAX_WBITS | 16)

    @property
    def eof(self) -> bool:
        return self._made.eof

    @property
    def unused_data(self) -> bytes:
        return self._made.unused_data

    def feed(self, data: bytes) -> bytes:
        return self._made.decompress(self._made.unconsumed_tail + data, PIECE)


class _Bounded:
    """What bz2, lzma and lz4 have alike."""

    def __init__(self, made: Any) -> None:
        self._made = made

    @property
    def eof(self) -> bool:
        return bool(self._made.eof)

    @property
    def unused_data(self) -> bytes:
        return self._made.unused_data or b""

    def feed(self, data: bytes) -> bytes:
        return bytes(self._made.decompress(data, PIECE))


class _Zstd:
    """zstandard's object, given little at a time."""

    def __init__(self, made: Any) -> None:
        self._made = made
        self._waiting = b""

    @property
    def eof(self) -> bool:
        return bool(self._made.eof)

    @property
    def unused_data(self) -> bytes:
        return (self._made.unused_data or b"") + self._waiting

    def feed(self, data: bytes) -> bytes:
        self._waiting += data
        unfolded: list[bytes] = []
        size = position = 0
        while position < len(self._waiting) and size < PIECE and not self.eof:
            unfolded.append(self._made.decompress(self._waiting[position : position + ZSTD_STEP]))
            size += len(unfolded[-1])
            position += ZSTD_STEP
        self._waiting = self._waiting[position:]
        return b"".join(unfolded)


class _Skipped:
    """A frame of zstd or lz4 that carries nothing for us: magic number, size, so many octets."""

    def __init__(self) -> None:
        self._head = b""
        self._left: int | None = None  # octets, None until the size is known
        self.unused_data = b""

    @property
    def eof(self) -> bool:
        return self._left == 0

    def feed(self, data: bytes) -> bytes:
        if self._left is None:
            self._head += data
            if len(self._head) < 8:
                return b""
            self._left, data = int.from_bytes(self._head[4:8], "little"), self._head[8:]
        skipped = min(self._left, len(data))
        self._left -= skipped
        self.unused_data = data[skipped:]
        return b""


_Made = tuple[_Stream, tuple[type[Exception], ...]]
"""A stream, and what its library raises."""


def _gzip() -> _Made:
    return _Gzip(), (zlib.error,)


def _bzip2() -> _Made:
    return _Bounded(bz2.BZ2Decompressor()), (OSError, ValueError)


def _xz() -> _Made:
    return _Bounded(lzma.LZMADecompressor(lzma.FORMAT_XZ, memlimit=WINDOW_MAX)), (lzma.LZMAError,)


def _zstd() -> _Made:
    library = _library("zstandard", "zstd")
    made = library.ZstdDecompressor(max_window_size=WINDOW_MAX).decompressobj()
    return _Zstd(made), (library.ZstdError,)


def _lz4() -> _Made:
    library = _library("lz4.frame", "lz4")
    return _Bounded(library.LZ4FrameDecompressor()), (RuntimeError,)


def _library(module: str, name: str) -> Any:
    try:
        return importlib.import_module(module)
    except ImportError:
        raise UnfoldingError(
            f"compressed with {name}: {_PACKAGES[name]}; or {_UNPACKERS[name]} FILE | nxcast-produce pcap -"
        ) from None


_FORMATS: tuple[tuple[str, bytes, Callable[[], _Made]], ...] = (
    ("gzip", b"\x1f\x8b", _gzip),  # RFC 1952
    ("bzip2", b"BZh", _bzip2),
    ("xz", b"\xfd7zXZ\0", _xz),
    ("zstd", b"\x28\xb5\x2f\xfd", _zstd),  # RFC 8878
    ("lz4", b"\x04\x22\x4d\x18", _lz4),
)
_PACKAGES = {"zstd": "pip install 'zstandard>=0.25,<0.26'", "lz4": "pip install 'lz4>=4.4.5,<5'"}
_UNPACKERS = {
    "gzip": "gzip -dc",
    "bzip2": "bzip2 -dc",
    "xz": "xz -dc",
    "zstd": "zstd -dc --long=31",
    "lz4": "lz4 -dc",
}
