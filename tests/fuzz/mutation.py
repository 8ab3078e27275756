"""Changes to octets that decoders trip over: counts, lengths, pointers, cuts, repetitions, parts of others.

The same seed makes the same mutations.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from random import Random

from tests.fuzz.targets import PART

__all__ = ["MUTATED_MAX", "Mutator"]

MUTATED_MAX = 64 << 10  # octets of what comes out
CHANGES_MAX = 6  # changes of one octet string
RUN_MAX = 4096  # repetitions

_BOUNDS = [0, 1, 2, 0x3F, 0x40, 0x7F, 0x80, 0xC0, 0xFF, 0x100, 0x7FFF, 0x8000, 0xFFFF, 0x10000]
_BOUNDS += [0x7FFF_FFFF, 0x8000_0000, 0xFFFF_FFFF]
_TOKENS = [
    PART,
    b"\xc0\x0c",  # a pointer to the question
    b"\xc0\x00",
    b"\x00\x29\x10\x00\xff\x00",  # OPT with an extended RCODE
    b"\x91",  # arrays, maps, text and octets of msgpack, with what they claim
    b"\x81\xa0",
    b"\xdc\x00\x40",
    b"\xdd\xff\xff\xff\xff",
    b"\xdf\xff\xff\xff\xff",
    b"\xa1\xff",
    b"\xc6\xff\xff\xff\xff",
    b"\xc7\x01\x01\x00",
    b"\xcf" + b"\xff" * 8,
    b"NMSG\x03\x02",
    b"\x78\x9c",
    b"\xff\xff\xff\xff\x0f",  # the largest number of 32 bits in protobuf
    b"\x0b" * 40,  # groups in groups
    b'{"a":',
    b"[" * 60,
    b"\\255",
    b"\xed\xa0\x80",  # a surrogate
]


class Mutator:
    """Makes mutations of seeds."""

    def __init__(self, seeds: Sequence[bytes], seed: int) -> None:
        self._rng = Random(seed)
        self._seeds = [each for each in seeds if each] or [b"\0"]

    def next(self) -> bytes:
        """The next mutation; one in sixteen is random octets, one in sixteen a seed as it is."""
        rng = self._rng
        kind = rng.randrange(16)
        if not kind:
            return rng.randbytes(rng.randrange(200))
        octets = bytearray(rng.choice(self._seeds))
        if kind > 1:
            for _ in range(rng.randint(1, CHANGES_MAX)):
                rng.choice(_CHANGES)(self, octets)
        return bytes(octets[:MUTATED_MAX])

    def _place(self, octets: bytearray) -> int:
        return self._rng.randrange(len(octets) + 1)

    def _octet(self, octets: bytearray) -> None:
        if octets:
            octets[self._rng.randrange(len(octets))] = self._rng.randrange(256)

    def _bit(self, octets: bytearray) -> None:
        if octets:
            octets[self._rng.randrange(len(octets))] ^= 1 << self._rng.randrange(8)

    def _number(self, octets: bytearray) -> None:
        width = self._rng.choice((1, 2, 4))
        number = self._rng.choice(_BOUNDS) % (1 << 8 * width)
        at = self._place(octets)
        octets[at : at + width] = number.to_bytes(width, self._rng.choice(("big", "little")))

    def _token(self, octets: bytearray) -> None:
        at = self._place(octets)
        token = self._rng.choice(_TOKENS)
        octets[at : at + self._rng.choice((0, len(token)))] = token

    def _cut(self, octets: bytearray) -> None:
        del octets[self._place(octets) :]

    def _hole(self, octets: bytearray) -> None:
        at = self._place(octets)
        del octets[at : at + self._rng.randint(1, 40)]

    def _again(self, octets: bytearray) -> None:
        """Some of it more than once, now and then very often."""
        at = self._place(octets)
        some = octets[at : at + self._rng.randint(1, 40)]
        times = self._rng.randint(1, self._rng.choice((2, 2, 2, RUN_MAX)))
        octets[at:at] = some * times

    def _other(self, octets: bytearray) -> None:
        """Some of another seed."""
        other = self._rng.choice(self._seeds)
        start = self._rng.randrange(len(other))
        at = self._place(octets)
        octets[at : at + self._rng.choice((0, 40))] = other[start : start + self._rng.randint(1, 400)]


_CHANGES: list[Callable[[Mutator, bytearray], None]] = [
    Mutator._octet,
    Mutator._bit,
    Mutator._number,
    Mutator._token,
    Mutator._cut,
    Mutator._hole,
    Mutator._again,
    Mutator._other,
]
