"""What the questions find: alerts as they come, and what of their reports somebody should look at. Pure.

The questions are asked as their commands ask them (`inquiry`), one after another for a report, so that a turn
costs that of one. A finding stands until its report has it no more, an alert until others push it out.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import cycle
from typing import Any

from nxcast.consumers.client.events import Losses
from nxcast.consumers.page.known_findings import NOTHING_KNOWN, KnownFindings
from nxcast.consumers.questions.authorities.authorities_question import Authorities
from nxcast.consumers.questions.causes.causes_question import Causes
from nxcast.consumers.questions.dead.dead_question import HOURS, Dead
from nxcast.consumers.questions.dga.dga_question import WINDOW_S, Dga
from nxcast.consumers.questions.dga.known import Known
from nxcast.consumers.questions.dga.window import TIMES
from nxcast.consumers.questions.discovery.discovery_question import Discovery
from nxcast.consumers.questions.dnsbl.dnsbl_question import Dnsbl
from nxcast.consumers.questions.dnsbl.spikes import WARM_UP
from nxcast.consumers.questions.dnsbl.tracks import WINDOW_S as SPIKE_S
from nxcast.consumers.questions.loop.findings import SEEN, Alert, First, Question, Section, Summary
from nxcast.consumers.questions.loop.forms import SEVERITIES, alert_object, report_objects
from nxcast.consumers.questions.loop.inquiry import Inquiry
from nxcast.consumers.questions.spamtrap.spamtrap_question import DAYS, Spamtrap
from nxcast.consumers.show.redact import redacted_text
from nxcast.schemas.records import Status
from nxcast.schemas.units import SECOND_NS
from nxcast.telemetry.printable import printable, time_text

__all__ = ["QUESTIONS", "FindingsBoard"]

ALERTS_MAX = 128  # kept, 2 KB each
ITEMS_MAX = 20  # of a list in a finding, as an example; nxcast-consume QUESTION has all
ROWS_MAX = 30  # of a section
CELL_MAX = 300  # characters of a cell
FINDINGS_SHOWN = 40
MUTED_MAX = 10_000  # counted, 100 octets each
DAY_NS = 86_400 * SECOND_NS
INFO = SEVERITIES[0]


@dataclass
class _Asked:
    """A question, and what it said last."""

    question: Question
    about: str  # for people
    first: First | None = None
    failures_only: bool = False  # of dns-errors/, without NXDOMAIN
    sections: Sequence[Section] = ()
    waiting: str = ""
    records: int = 0
    findings: Sequence[dict[str, Any]] = ()


def _questions(families: Sequence[Known] = ()) -> dict[str, _Asked]:
    part_ns = round(WINDOW_S / TIMES * SECOND_NS)
    return {
        "dga": _Asked(
            Dga(known=families),
            "names that a domain generation algorithm made",
            First("3 min", lambda first_ns: (first_ns // part_ns + 1) * part_ns, "alert"),
        ),
        "discovery": _Asked(
            Discovery(), "software that looks for its configuration, internal names that leak"
        ),
        "authorities": _Asked(
            Authorities(rows=ROWS_MAX), "name servers and zones that fail, and how", failures_only=True
        ),
        "dnsbl": _Asked(
            Dnsbl([]),
            "what mail servers ask blocklists",
            First(f"{WARM_UP} min", lambda first_ns: first_ns + WARM_UP * SPIKE_S * SECOND_NS, "spike"),
        ),
        "dead": _Asked(
            Dead(),
            "names that machines keep asking for",
            First(f"{HOURS:g} h", lambda first_ns: first_ns + round(HOURS * 3600 * SECOND_NS)),
        ),
        "spamtrap": _Asked(
            Spamtrap(),
            "domains that don't exist and get mail all the same",
            First(f"{DAYS} days", lambda first_ns: (first_ns // DAY_NS + DAYS - 1) * DAY_NS),
        ),
    }


QUESTIONS = (*_questions(), "causes")


class _Shown:
    """Where an inquiry shows what it finds: on the board."""

    in_place = True

    def __init__(self, name: str, asked: _Asked, board: FindingsBoard) -> None:
        self._name = name
        self._asked = asked
        self._board = board

    def alert(self, alert: Alert) -> None:
        self._board.alerted(alert_object(self._name, alert))

    def report(self, sections: Sequence[Section], summary: Summary) -> None:
        asked = self._asked
        asked.sections = [
            Section(each.name, each.title, each.columns, list(each.rows[:ROWS_MAX]), each.note)
            for each in sections
        ]
        asked.waiting, asked.records = summary.waiting, summary.records
        *objects, _ = report_objects(self._name, asked.sections, summary, ROWS_MAX)
        asked.findings = [
            {**_brief(each), "text": _row_text(asked.sections, each)}
            for each in objects
            if each["severity"] != INFO and not self._board.mutes(self._name, each)
        ]

    def close(self) -> None: ...


class FindingsBoard:
    """Asks all questions; what is `known` is no finding any more, but stays in their reports."""

    def __init__(self, known: KnownFindings = NOTHING_KNOWN) -> None:
        self._known = known
        self._muted: set[str] = set()  # fingerprints that have been found
        self.causes = Causes(rows=ROWS_MAX)
        self._asked = {"causes": _Asked(self.causes, "why look-ups fail"), **_questions(known.families)}
        self._inquiries = {
            name: Inquiry(name, asked.question, _Shown(name, asked, self), first=asked.first)
            for name, asked in self._asked.items()
        }
        self._turns = cycle(self._asked)
        self._alerts: OrderedDict[str, dict[str, Any]] = OrderedDict()

    def take(self, records: Sequence[Any], *, nxdomain: bool) -> None:
        """Take the records of a message; `causes` has its own, from `causes.see`."""
        for name, asked in self._asked.items():
            if name != "causes" and asked.failures_only is not nxdomain:
                self._inquiries[name].take(records)

    def hear(self, status: Status) -> None:
        """What the broker says of its sensors."""
        for asked in self._asked.values():
            hear: Callable[[Status], None] | None = getattr(asked.question, "hear", None)
            if hear is not None:
                hear(status)

    def turn(self) -> None:
        """Renew the report of the next question."""
        self._inquiries[next(self._turns)].picture(Losses())

    def alerted(self, found: dict[str, Any]) -> None:
        """Keep an alert; the same again counts."""
        if self.mutes(found["question"], found):
            return
        before = self._alerts.pop(found["fingerprint"], None)
        times, first = (1, found["time"]) if before is None else (before["times"] + 1, before["first_time"])
        self._alerts[found["fingerprint"]] = {**_brief(found), "times": times, "first_time": first}
        if len(self._alerts) > ALERTS_MAX:
            self._alerts.popitem(last=False)

    def mutes(self, question: str, found: Mapping[str, Any]) -> bool:
        """Whether somebody has looked at a finding, which is counted then."""
        fingerprint = found["fingerprint"]
        family = question == "dga" and bool(self._known.families) and found.get("known") is not None
        known = family or fingerprint in self._known.fingerprints
        if known and len(self._muted) < MUTED_MAX:
            self._muted.add(fingerprint)
        return known

    @property
    def muted(self) -> int:
        """Findings that were there and that somebody had looked at."""
        return len(self._muted)

    def findings(self) -> list[dict[str, Any]]:
        """Alerts, the latest first, then rows of reports; of each, those that matter most first."""
        return self._found()[:FINDINGS_SHOWN]

    def findings_within(self, begin_ns: int, end_ns: int) -> list[dict[str, Any]]:
        """Those whose times, first to last, touch a span; a row that tells none is in no span."""
        begin, end = time_text(begin_ns), time_text(end_ns)
        return [each for each in self._found() if _touches(each, begin, end)][:FINDINGS_SHOWN]

    def _found(self) -> list[dict[str, Any]]:
        alerts = list(reversed(self._alerts.values()))
        rows = [row for asked in self._asked.values() for row in asked.findings]
        found = [*alerts, *rows]
        found.sort(key=lambda each: -SEVERITIES.index(each["severity"]))
        return found

    def told(self) -> list[dict[str, Any]]:
        """Each question, and why it has found nothing yet where it can't have."""
        return [
            {
                "question": name,
                "about": asked.about,
                "waiting": asked.waiting,
                "rows": sum(len(section.rows) for section in asked.sections),
            }
            for name, asked in self._asked.items()
        ]

    def report(self, name: str) -> dict[str, Any] | None:
        """The latest report of a question, as tables of text; None where there is no such question."""
        asked = self._asked.get(name)
        if asked is None:
            return None
        sections = [_section(section) for section in asked.sections if section.rows]
        return {"question": name, "about": asked.about, "waiting": asked.waiting, "sections": sections}

    def readings(self, section: str, key: str) -> dict[str, str]:
        """What `authorities` reads from failures, by server or zone."""
        found = [each for each in self._asked["authorities"].sections if each.name == section]
        return {row[key]: row["reading"] for each in found for row in each.rows}


def _touches(found: Mapping[str, Any], begin: str, end: str) -> bool:
    """Whether it was seen from `begin` to before `end`; times are text of one width, so they compare."""
    times = [
        found[key] for key in ("first_seen", "first_time", "began", "time", "last_seen") if found.get(key)
    ]
    return bool(times) and min(times) < end and max(times) >= begin


def _brief(found: dict[str, Any]) -> dict[str, Any]:
    return {key: _cut(value) for key, value in found.items()}


def _cut(value: Any) -> Any:
    if isinstance(value, str):
        return value[:CELL_MAX]
    if isinstance(value, list | tuple):
        return [_cut(each) for each in value[:ITEMS_MAX]]
    if isinstance(value, dict):
        return {key: _cut(value[key]) for key in list(value)[:ITEMS_MAX]}
    return value


def _section(section: Section) -> dict[str, Any]:
    return {
        "name": section.name,
        "title": section.title,
        "note": section.note,
        "columns": [{"heading": column.heading, "right": column.right} for column in section.columns],
        "rows": [[_cell(column, row) for column in section.columns] for row in section.rows],
    }


def _cell(column: Any, row: Any) -> str:
    value = row[column.key]
    return "-" if value is None else printable(redacted_text(column.text(value)))[:CELL_MAX]


def _row_text(sections: Sequence[Section], found: dict[str, Any]) -> str:
    """One line for people: the section, and its first cells."""
    section = next(each for each in sections if each.name == found["section"])
    cells = [_cell(column, found) for column in section.columns if not (column.right or column in SEEN)]
    return f"{section.title}: {', '.join(each for each in cells[:3] if each != '-')}"
