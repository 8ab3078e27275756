"""Events as log lines, to 'nxcast.consumers': what went well as INFO, the rest as WARNING.

The text is the event's own, and its fields are the values of a JSON line. Log lines that repeat may be held
back (`telemetry.logs`), but no loss: from the event on that may be, the text of a gap tells all lost so far.
"""

from __future__ import annotations

import logging
from dataclasses import fields

from nxcast.consumers.client.events import (
    Event,
    Gap,
    Invalid,
    Refused,
    Restart,
    Silent,
    Unanswered,
    UnknownLoss,
    Unreplayed,
)
from nxcast.telemetry.logs import REPEATS
from nxcast.telemetry.printable import printable

__all__ = ["EventLog"]

_log = logging.getLogger("nxcast.consumers")


class EventLog:
    """Logs the events of one subscriber."""

    def __init__(self) -> None:
        self._gaps = 0
        self._lost = 0

    def __call__(self, event: Event) -> None:
        """Log one."""
        values = {"event": type(event).__name__.lower(), **_values(event)}
        # A call each, since it is by their place in the code that lines which repeat are held back.
        match event:
            case Gap():
                self._gaps += 1
                self._lost += event.lost
                in_all = f", {self._lost} in all" if self._gaps > REPEATS else ""
                values |= {"lost": event.lost, "lost_in_all": self._lost}
                _log.warning("%s%s", event, in_all, extra=values)
            case Invalid():
                _log.warning("%s", event, extra=values)
            case UnknownLoss():
                _log.warning("%s", event, extra={**values, "lost": None})
            case Refused():
                _log.warning("%s", event, extra=values)
            case Silent() | Restart() | Unreplayed() | Unanswered():
                _log.warning("%s", event, extra=values)
            case _:
                _log.info("%s", event, extra=values)


def _values(event: Event) -> dict[str, object]:
    given = {field.name: getattr(event, field.name) for field in fields(event)}
    return {name: printable(value) if isinstance(value, str) else value for name, value in given.items()}
