"""Whether a loop still turns, as its health tells. One thread beats, any may ask."""

from __future__ import annotations

import time

__all__ = ["STALLED_S", "Heartbeat"]

STALLED_S = 10.0  # seconds; a loop turns once a second at least, and the worst message takes two


class Heartbeat:
    """Says whether a loop still turns: it beats at each turn, once a second at least."""

    def __init__(self) -> None:
        self._last = time.monotonic()

    def beat(self) -> None:
        """The loop has come round."""
        self._last = time.monotonic()

    def stalled(self) -> str | None:
        """What is wrong if it has not for `STALLED_S` seconds."""
        age_s = time.monotonic() - self._last
        return None if age_s < STALLED_S else f"the loop has not turned for {age_s:.0f} s"
