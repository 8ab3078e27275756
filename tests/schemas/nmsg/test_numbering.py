"""nmsg_streams: what the numbers of containers tell, and what they don't."""

from __future__ import annotations

import pytest

from nxcast.schemas.nmsg.numbering import STREAMS_MAX, Streams

TOP = (1 << 32) - 1


@pytest.mark.parametrize(
    ("heard", "missing", "repeated", "new"),
    [
        ([(1, 0), (1, 1), (1, 2)], 0, 0, 1),
        ([(1, 7), (1, 8)], 0, 0, 1),  # the first heard is the baseline
        ([(1, 0), (1, 3)], 2, 0, 1),
        ([(1, TOP), (1, 0), (1, 1)], 0, 0, 1),  # counted modulo 2^32
        ([(1, TOP - 1), (1, 1)], 2, 0, 1),
        ([(1, 5), (1, 5), (1, 3), (1, 6)], 0, 2, 1),
        ([(9, 5), (3, 0), (3, 1)], 0, 0, 2),  # ids have no order
        ([(1, 5), (2, 8), (1, 6), (2, 9), (1, 8)], 1, 0, 2),  # two outputs at once
    ],
)
def test_gaps_are_losses(heard: list[tuple[int, int]], missing: int, repeated: int, new: int) -> None:
    streams = Streams()
    places = [streams.place(*each) for each in heard]
    assert sum(place.missing for place in places) == missing
    assert sum(place.repeated for place in places) == repeated
    assert sum(place.new for place in places) == new


def test_the_output_silent_longest_is_forgotten_first() -> None:
    streams = Streams()
    for number in range(STREAMS_MAX):
        streams.place(number, 0)
    streams.place(0, 1)
    streams.place(STREAMS_MAX, 0)
    assert not streams.place(0, 2).new
    assert streams.place(1, 1).new
