"""How many alerts a question may give: no more than a person can read. Pure.

Time is the records' own. What is beyond the limit is for the question to tell later, or in its report.
"""

from __future__ import annotations

__all__ = ["ALERTS_MAX", "AlertLimit"]

ALERTS_MAX = 20  # a minute: a flood of made-up names, or of zones on a dead server, is no thousand alerts
MINUTE_NS = 60_000_000_000
SET_BACK_NS = 24 * 60 * MINUTE_NS  # a time so far behind the latest comes from a clock that was set back


class AlertLimit:
    """At most `ALERTS_MAX` alerts for each minute of the records' time."""

    def __init__(self) -> None:
        self._minute = 0
        self._alerts = 0  # of that minute

    def allows(self, time_ns: int) -> bool:
        """Whether a record of this time (nanoseconds since the epoch) may be an alert; asking counts."""
        minute = time_ns // MINUTE_NS
        if minute > self._minute or self._minute - minute > SET_BACK_NS // MINUTE_NS:
            self._minute, self._alerts = minute, 0
        self._alerts += 1
        return self._alerts <= ALERTS_MAX
