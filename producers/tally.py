"""What a producer read and what became of it, for the line at its end."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from nxcast.producers.pusher import Pusher

__all__ = ["Pushed", "Tally", "figures", "summary", "together"]


class Tally:
    """Frames made from what was read, and by reason what gave none.

    `others` are the pushers of further sensors, whose counts are told together with the program's own.
    """

    def __init__(self) -> None:
        self.frames = 0
        self.skipped: Counter[str] = Counter()
        self.others: tuple[Pusher, ...] = ()

    @property
    def read(self) -> int:
        """Payloads read: each gave a frame or was skipped for a reason."""
        return self.frames + self.skipped.total()

    def skip(self, reason: str) -> None:
        """Count a payload that gives no frame."""
        self.skipped[reason] += 1


class Pushed(Protocol):
    """What became of the frames that were pushed; Pusher tells what each count means."""

    @property
    def sent(self) -> int: ...

    @property
    def acknowledging(self) -> bool: ...

    @property
    def acknowledged(self) -> int: ...

    @property
    def sent_again(self) -> int: ...

    @property
    def dropped(self) -> int: ...

    @property
    def unsent(self) -> int: ...

    @property
    def unsure(self) -> int: ...

    @property
    def times_away(self) -> int: ...


@dataclass
class _Sum:
    """The counts of some pushers."""

    acknowledging: bool
    acknowledged: int
    sent_again: int
    dropped: int
    unsent: int
    unsure: int
    times_away: int
    sent: int


def together(pushers: Sequence[Pusher]) -> Pushed:
    """The counts of some pushers as one; acknowledging if all are that have sent something."""
    sending = [each for each in pushers if each.sent]
    return _Sum(  # what can't be above `sent` is read before it, as another thread may ask
        acknowledging=bool(sending) and all(each.acknowledging for each in sending),
        acknowledged=sum(each.acknowledged for each in pushers),
        sent_again=sum(each.sent_again for each in pushers),
        dropped=sum(each.dropped for each in pushers),
        unsent=sum(each.unsent for each in pushers),
        unsure=sum(each.unsure for each in pushers),
        times_away=max(each.times_away for each in pushers),
        sent=sum(each.sent for each in pushers),
    )


def figures(tally: Tally, pushed: Pushed) -> dict[str, int]:
    """The same numbers as in the summary, by name, for a log line that a machine reads; zeros too."""
    return {
        "read": tally.read,
        "sent": pushed.sent,
        "acknowledged": pushed.acknowledged,
        "dropped": pushed.dropped,
        "sent_again": pushed.sent_again,
        "not_sent": pushed.unsent,
        "unsure": pushed.unsure,
        "times_away": pushed.times_away,
        "skipped": tally.skipped.total(),
        **{f"skipped_{reason}": count for reason, count in tally.skipped.items()},
    }


def summary(tally: Tally, pushed: Pushed) -> str:
    """One line. read = sent + dropped + not sent + skipped; what is zero and says nothing is left out."""
    parts = [f"read {tally.read:,}", f"sent {pushed.sent:,}"]
    if pushed.acknowledging:
        parts.append(f"acknowledged {pushed.acknowledged:,}")
    parts.append(f"dropped {pushed.dropped:,}")
    if pushed.sent_again:
        parts.append(f"sent again {pushed.sent_again:,}")
    if pushed.unsent:
        parts.append(f"not sent {pushed.unsent:,}")
    if pushed.unsure:
        parts.append(_unsure(pushed))
    if tally.skipped:
        reasons = ", ".join(f"{reason} {count:,}" for reason, count in tally.skipped.most_common())
        parts.append(f"skipped {tally.skipped.total():,} ({reasons})")
    line = ", ".join(parts)
    if pushed.times_away:
        times = "once" if pushed.times_away == 1 else f"{pushed.times_away} times"
        line += f"; the broker went away {times} meanwhile"
        if not pushed.acknowledging:
            line += ": what was under way then may be lost"
    return line


def _unsure(pushed: Pushed) -> str:
    if pushed.acknowledging:
        return f"not acknowledged {pushed.unsure:,}, which may be lost"
    return f"{pushed.unsure:,} or more of those sent may be lost (they had not all left this process)"
