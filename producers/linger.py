"""How long a frame waits for others to share its batch: longer, in live mode, while few come. Pure.

A batch costs the broker the same whatever it holds. A wait that found fewer than `FEW` frames is followed by
one of twice its length, up to `LONGEST_MS`; one that found twice as many by one of half. A full batch, or
nothing for `LONGEST_MS`, starts over: there is no need to wait, or nobody to wait for. So a source that
always sends something soon makes `1000 / LONGEST_MS` batches a second at most, until each has `FEW` frames.

Times are seconds of a clock that nobody can set.
"""

from __future__ import annotations

__all__ = ["BATCH_BOUNDS", "BATCH_FRAMES", "BATCH_OCTETS", "FEW", "LINGER_MS", "LONGEST_MS", "Linger"]

# Frames. With 256 a frame costs the broker a fifth more, and with 1,024 a seventh less; but it may hold four
# batches of each producer, of 50 KB now, and where Python derives it takes so many at a time.
BATCH_FRAMES = 512
BATCH_BOUNDS = (1, 2, 4, 8, 16, 32, 64, 128, 256, 511, 512)  # frames; from 511 to 512 are the full ones
BATCH_OCTETS = 256 << 10  # octets of packed frames; one frame more may go over it
LINGER_MS = 20
LONGEST_MS = 160  # milliseconds; a subscriber sees a frame so much later, and the broker's linger, at most
FEW = 16  # frames; they cost the broker half of what the batch does that they are in


class Linger:
    """Of one producer; where it does not grow it is always `LINGER_MS`."""

    def __init__(self, *, grows: bool) -> None:
        self._grows = grows
        self._ms = LINGER_MS
        self._left_s = 0.0  # when the last batch left ...
        self._due_s = 0.0  # ... and until when the next one waits

    def begin(self, now_s: float) -> float:
        """The first frame of a batch comes now; until when it waits for others."""
        if now_s - self._left_s >= LONGEST_MS / 1000:
            self._ms = LINGER_MS
        self._due_s = now_s + self._ms / 1000
        return self._due_s

    def left(self, frames: int, now_s: float) -> None:
        """The batch, of so many frames, leaves now: it is full if that is before the wait is over."""
        self._left_s = now_s
        if not self._grows or now_s < self._due_s:
            self._ms = LINGER_MS
        elif frames < FEW:
            self._ms = min(2 * self._ms, LONGEST_MS)
        elif frames >= 2 * FEW:
            self._ms = max(self._ms // 2, LINGER_MS)
