"""What a producer read and what became of it, for the line at its end."""

from __future__ import annotations

from collections import Counter

__all__ = ["Tally", "summary"]


class Tally:
    """Frames made from what was read, and by reason what gave none."""

    def __init__(self) -> None:
        self.frames = 0
        self.skipped: Counter[str] = Counter()

    @property
    def read(self) -> int:
        """Payloads read: each gave a frame or was skipped for a reason."""
        return self.frames + self.skipped.total()

    def skip(self, reason: str) -> None:
        """Count a payload that gives no frame."""
        self.skipped[reason] += 1


def summary(tally: Tally, *, sent: int, dropped: int, unsent: int, unsure: int, times_away: int = 0) -> str:
    """One line. read = sent + dropped + not sent + skipped; what is zero and says nothing is left out.

    `sent` is what ZeroMQ has taken; the last two say where it is known that some of it may be lost.
    """
    parts = [f"read {tally.read:,}", f"sent {sent:,}", f"dropped {dropped:,}"]
    if unsent:
        parts.append(f"not sent {unsent:,}")
    if unsure:
        parts.append(f"{unsure:,} or more of those sent may be lost (they had not all left this process)")
    if tally.skipped:
        reasons = ", ".join(f"{reason} {count:,}" for reason, count in tally.skipped.most_common())
        parts.append(f"skipped {tally.skipped.total():,} ({reasons})")
    line = ", ".join(parts)
    if times_away:
        times = "once" if times_away == 1 else f"{times_away} times"
        line += f"; the broker went away {times} meanwhile: what was under way then may be lost"
    return line
