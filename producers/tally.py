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


def summary(tally: Tally, *, sent: int, dropped: int, unsent: int, unsure: int) -> str:
    """One line. read = sent + dropped + not sent + skipped; what is zero and says nothing is left out."""
    parts = [f"read {tally.read:,}", f"sent {sent:,}", f"dropped {dropped:,}"]
    if unsent:
        parts.append(f"not sent {unsent:,}")
    if unsure:
        parts.append(f"up to {unsure:,} of those sent may not have reached the broker")
    if tally.skipped:
        reasons = ", ".join(f"{reason} {count:,}" for reason, count in tally.skipped.most_common())
        parts.append(f"skipped {tally.skipped.total():,} ({reasons})")
    return ", ".join(parts)
