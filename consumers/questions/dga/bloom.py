"""Whether a text was seen before, in bounded memory. Pure."""

from __future__ import annotations

from zlib import crc32

__all__ = ["Filter"]

FILTER_BITS = 1 << 25  # 4 MiB; of a million domains in a window one in 250 is taken for one seen before


class Filter:
    """Whether a text was seen before, in bits only (Bloom, 1970): two of each text's."""

    def __init__(self) -> None:
        self._bits = bytearray(FILTER_BITS // 8)

    def add(self, text: str) -> bool:
        """Remember a text; whether it is new. Now and then a new one is taken for one seen before."""
        one, two = _places(text)
        bits = self._bits
        old_one, old_two = bits[one >> 3], bits[two >> 3]
        bit_one, bit_two = _BITS[one & 7], _BITS[two & 7]
        if old_one & bit_one and old_two & bit_two:
            return False
        bits[one >> 3] = old_one | bit_one
        bits[two >> 3] |= bit_two
        return True

    def __contains__(self, text: str) -> bool:
        one, two = _places(text)
        return bool(self._bits[one >> 3] & _BITS[one & 7] and self._bits[two >> 3] & _BITS[two & 7])


_BITS = tuple(1 << bit for bit in range(8))


def _places(text: str) -> tuple[int, int]:
    # The second is of all 32 bits of the first, spread by the golden ratio (Knuth, volume 3, section 6.4).
    checksum = crc32(text.encode())
    return checksum & FILTER_BITS - 1, checksum * 2_654_435_761 >> 7 & FILTER_BITS - 1
