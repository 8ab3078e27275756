"""docs/states.md, made from the tables: `python -m tests.docs.states > docs/states.md`."""

from __future__ import annotations

import inspect
import textwrap
from collections.abc import Mapping
from enum import Enum
from typing import Any, NamedTuple

from nxcast.consumers.client import session_states as session
from nxcast.consumers.client.session_states import Admission, Exchange, Hearing, Joining, Rights, Telling
from nxcast.producers import delivery_states as delivery
from nxcast.producers.delivery_states import Acknowledgement, Presence, Room, Source

__all__ = ["TABLES", "Table", "page"]

WIDTH = 110  # characters of a line

HEAD = """\
# States

Made from the tables in the code (`python -m tests.docs.states` prints this page): what each program waits
for or knows at a time, and what changes it. An event that a state has no arrow for can't happen in it; one
that does is a bug of ours, and ends the program.
"""


class Table(NamedTuple):
    """The transitions of one kind of state, and where it begins."""

    module: str
    transitions: Mapping[Any, Any]
    starts: tuple[Any, ...]

    @property
    def start(self) -> Enum:
        """A state."""
        state: Enum = self.starts[0]
        return state


_DELIVERY = "producers/delivery_states.py"
_SESSION = "consumers/client/session_states.py"

TABLES = {
    "A producer's source": Table(_DELIVERY, delivery.SOURCE, (Source.CREATED,)),
    "Whether a broker is there": Table(_DELIVERY, delivery.PRESENCE, (Presence.NOT_YET,)),
    "Whether it tells what has arrived": Table(
        _DELIVERY, delivery.ACKNOWLEDGEMENT, (Acknowledgement.OFF, Acknowledgement.ASKING)
    ),
    "Room for a live source": Table(_DELIVERY, delivery.ROOM, (Room.FREE,)),
    "A subscriber joins the stream": Table(
        _SESSION, session.JOINING, (Joining.LIVE, Joining.SINCE, Joining.PLACED)
    ),
    "What our key allows": Table(_SESSION, session.RIGHTS, (Rights.KEYLESS, Rights.DUE)),
    "Whether the broker is heard": Table(_SESSION, session.HEARING, (Hearing.HEARD,)),
    "Whether what it published is told": Table(_SESSION, session.TELLING, (Telling.COUNTED,)),
    "Whether the broker lets us in": Table(_SESSION, session.ADMISSION, (Admission.AWAITED,)),
    "Requests to the broker's store": Table(_SESSION, session.EXCHANGE, (Exchange.READY,)),
}


def page() -> str:
    """The page."""
    return "\n".join([HEAD, *(_section(title, table) for title, table in TABLES.items())])


def _section(title: str, table: Table) -> str:
    states, events = type(table.start), type(next(iter(table.transitions))[1])
    return "\n".join(
        [
            f"## {title}",
            "",
            _wrapped(f"`{table.module}`. {inspect.getdoc(states)}"),
            "",
            _diagram(table),
            "",
            *_meanings("state", states),
            *_meanings("event", events),
        ]
    )


def _diagram(table: Table) -> str:
    arrows: dict[tuple[str, str], list[str]] = {}
    for (state, event), after in table.transitions.items():
        arrows.setdefault((state.name, after.name), []).append(event.name)
    return "\n".join(
        [
            "```mermaid",
            "stateDiagram-v2",
            *(f"    [*] --> {start.name}" for start in table.starts),
            *(f"    {state} --> {after}: {', '.join(names)}" for (state, after), names in arrows.items()),
            "```",
        ]
    )


def _meanings(what: str, members: type[Enum]) -> list[str]:
    rows = (f"| {member.name} | {member.value} |" for member in members)
    return [f"| {what} | |", "|---|---|", *rows, ""]


def _wrapped(text: str) -> str:
    return textwrap.fill(" ".join(text.split()), WIDTH)


if __name__ == "__main__":
    print(page(), end="")
