"""The question: which groups of failing names were made by a domain generation algorithm? Pure.

Records of nxdomain/ in, groups out. What can't be a generated domain is out first (`traps`), and so is what
mail is sent to, and sensors that see names only, whatever was asked for. The rest is judged window by window
(`window`), part by part as it goes on, so that an alert need not wait for the hour to end; by sensor and part
names that look chosen, but are made alike (`makes`); and once more by the week, for names that come one by
one (`week`). A single name is never a finding.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from nxcast.consumers.questions.dga.drawn_finding import Family, Finding
from nxcast.consumers.questions.dga.groups import Group, Groups
from nxcast.consumers.questions.dga.known import Known, name_of
from nxcast.consumers.questions.dga.makes import ALIKE, Makes
from nxcast.consumers.questions.dga.traps import candidate
from nxcast.consumers.questions.dga.week import Week
from nxcast.consumers.questions.dga.window import SMALL, TIMES, Window
from nxcast.consumers.questions.loop.findings import SEEN, Alert, Column, Section, deaf_section, number
from nxcast.consumers.questions.loop.look_ups import is_look_up
from nxcast.schemas.records import Status
from nxcast.schemas.units import SECOND_NS

__all__ = ["NAMES", "WINDOW_S", "Dga"]

NAMES = 10  # different ones in a window; of ordinary names as many that look drawn come together by chance
WINDOW_S = 3600.0  # seconds
LATE = 24  # windows; a record later than so many is no late one, but of a clock that was set back
MINIMISES = 70  # percent of what top-level domains deny that looks like a step; spamtrap's bound too
MX = 15
# Findings of names made alike that a window keeps, of a thousand names each: one a part and sensor. 6 MB.
MADE_MAX = 64
SHOWN = 3  # examples and suffixes in a line for people


class Dga:
    """Takes records of names, and finds the groups that were generated; `known` ones give no alert."""

    def __init__(self, names: int = NAMES, window_s: float = WINDOW_S, known: Iterable[Known] = ()) -> None:
        self._least = names
        self._known = tuple(known)
        self._deaf: dict[str, int] = {}  # sensors that see names only, and percent of what looks minimised
        self._hearing: set[str] = set()  # those of them that are told what clients ask
        self._part_ns = max(int(window_s * SECOND_NS / TIMES), 1)
        self._part = -1  # the present one, counted from the epoch; -1 before the first record
        self._window = Window()
        self._week = Week()
        self._makes = Makes()
        self._made: list[Finding] = []  # of the present window, and what its parts before had
        self._groups = Groups()
        self._told: set[Family] = set()  # of the present window
        self._forgotten = 0

    def take(self, records: Sequence[Any]) -> list[Alert]:
        """Take records in; an alert for each group that is new."""
        alerts: list[Alert] = []
        for record in records:
            if not is_look_up(record):
                continue
            found = candidate(record["qname"], record["soa_rrname"])
            if found is None:
                continue
            if self._deaf and self._is_deaf(record):
                continue
            time_ns = record["time_ns"]
            part = time_ns // self._part_ns
            if part != self._part:
                alerts += self._turn(part, time_ns)
            if record["qtype"] == MX:
                self._window.mail(*found)
                self._week.mail(found)
                self._forgotten += not self._makes.mail(found, time_ns)
                continue
            sensor, passed_over = record["sensor"], self._window.forgotten
            looked = self._window.add(*found, self._part % TIMES, time_ns, sensor)
            if not self._makes.add(found, time_ns, sensor) and self._window.forgotten == passed_over:
                self._forgotten += 1  # once, where neither has room for it
            if looked is not None:
                self._week.put(found, looked, self._part, time_ns, sensor)
        return alerts

    def hear(self, status: Status) -> None:
        """What the broker says of its sensors: where names are minimised, mail looks as a bot does."""
        self._hearing &= status["sensors"].keys()  # so no more than those of a status are remembered
        self._deaf = {
            name: sensor["minimises"]
            for name, sensor in status["sensors"].items()
            if sensor.get("minimises", 0) >= MINIMISES and name not in self._hearing
        }

    def _is_deaf(self, record: Any) -> bool:
        """Whether its sensor can't tell; one that is told what clients ask can."""
        sensor = record["sensor"]
        if "by" in record and sensor in self._deaf:
            self._hearing.add(sensor)
            del self._deaf[sensor]
        return sensor in self._deaf

    def _turn(self, part: int, time_ns: int) -> list[Alert]:
        """Go on to another part of the window, or to another window."""
        before = self._part
        if before < 0:
            self._part = part
            return []
        # What comes late counts with what comes now.
        if before - LATE * TIMES <= part < before:
            return []
        self._part = part
        findings = self._turn_makes(before % TIMES, follows=part == before + 1)
        alerts = [self._alert(finding, time_ns) for finding in findings if self._is_news(finding, self._told)]
        if part // TIMES != before // TIMES:
            for finding in findings:
                self._groups.take(finding)
            self._week.tell(findings)
            self._forgotten += self._window.forgotten
            self._window = Window()
            self._told = set()
            self._made = []
        if self._week.is_due(part, before):
            alerts += self._turn_week(_domains(findings), time_ns, ends=self._week.ends(part, before))
        return alerts

    def _turn_week(self, told_names: set[str], time_ns: int, *, ends: bool) -> list[Alert]:
        findings = self._week_findings(told_names, self._groups)
        told = self._week.told
        alerts = [self._alert(finding, time_ns) for finding in findings if self._is_news(finding, told)]
        if ends:
            for finding in findings:
                self._groups.take(finding)
            self._week.begin()
        return alerts

    def _window_findings(self) -> list[Finding]:
        """Drawn names of the present window, but for those that only sensors saw which can't tell."""
        found = self._window.findings(self._least)
        return [finding for finding in found if not finding.sensors <= self._deaf.keys()]

    def _turn_makes(self, part: int, *, follows: bool) -> list[Finding]:
        """All findings of the window, those made alike of the part that ends among them."""
        drawn = self._window_findings()
        told = _domains(drawn)
        made = self._makes.findings(told)
        self._makes.next_part(made, told, follows=follows)
        room = MADE_MAX - len(self._made)
        self._made += made[:room]
        self._forgotten += len(made[room:])
        for finding in made:
            for sensor in finding.sensors:
                self._window.made(part, sensor, finding.without(told).names)
        return self._with_made(self._window_findings() if made else drawn, self._made)

    def _with_made(self, drawn: list[Finding], made: list[Finding]) -> list[Finding]:
        """With what is made alike and isn't told as drawn; where that is little, as a part of what is."""
        told = _domains(drawn)
        left = [finding.without(told) for finding in made if not finding.sensors <= self._deaf.keys()]
        alone = []
        for finding in left:
            of = next((each for each in drawn if finding.goes_with(each)), None)
            if of is None or finding.names >= SMALL:
                alone.append(finding)
            else:
                of.add(finding)
        are_many = len(_domains(alone)) >= max(self._least, SMALL)
        return drawn + [each for each in alone if each.names and (are_many or self._groups.known(each))]

    def _findings(self) -> list[Finding]:
        """Of the present window, and of its part that goes on."""
        drawn = self._window_findings()
        return self._with_made(drawn, self._made + self._makes.findings(_domains(drawn)))

    def _week_findings(self, told_names: set[str], groups: Groups) -> list[Finding]:
        """The same of the week, without what hours have told, these of the present one among it."""
        found = self._week.findings(self._least, told_names, groups)
        return [finding for finding in found if not finding.sensors <= self._deaf.keys()]

    def _is_news(self, finding: Finding, told: set[Family]) -> bool:
        if finding.family in told or self._groups.known(finding):
            return False
        if name_of(self._known, finding.family.kind, finding.lengths, finding.suffixes) is not None:
            return False
        told.add(finding.family)
        return True

    def _alert(self, finding: Finding, time_ns: int) -> Alert:
        (group,) = Groups().with_findings([finding])
        row = self._row(group)
        make = "characters, made alike," if row["alphabet"] == ALIKE else row["alphabet"]
        text = (
            f"{finding.names} generated names of {lengths_text(row['lengths'])} {make} "
            f"under {few_text(row['suffixes'])}, such as {few_text(row['examples'])}"
        )
        return Alert(time_ns, "dga", text, row)

    def _row(self, group: Group) -> dict[str, Any]:
        known = name_of(self._known, group.family.kind, group.lengths, group.suffixes)
        return {**group.row(), "known": known}

    def sections(self) -> list[Section]:
        """The groups, those with most names first and known ones last, and the sensors that can't tell."""
        present = self._findings()
        groups = self._groups.with_findings(present)
        for finding in self._week_findings(_domains(present), groups):
            groups.take(finding)
        rows = sorted(map(self._row, groups), key=_rank)
        columns = (*COLUMNS, KNOWN_COLUMN) if self._known else COLUMNS
        passed_over = self._week.passed_over
        note = f"{NOTE} The week had no room for {passed_over:,} queries." if passed_over else NOTE
        sections = [Section("groups", "Generated names", columns, rows, note)]
        if self._deaf:
            deaf = [{"sensor": name, "minimises": percent} for name, percent in sorted(self._deaf.items())]
            sections.append(deaf_section(deaf, DEAF_NOTE))
        return sections

    @property
    def forgotten(self) -> int:
        """Queries passed over, domains of mail and groups dropped to stay within the bounds."""
        return self._forgotten + self._window.forgotten + self._groups.forgotten


def _domains(findings: Iterable[Finding]) -> set[str]:
    return {domain for finding in findings for domain in finding.domains}


def _rank(row: dict[str, Any]) -> tuple[bool, int, str]:
    return row["known"] is not None, -row["names"], row["first_seen"]


def lengths_text(lengths: Sequence[int]) -> str:
    """12 to 20, or 32."""
    first, last = lengths
    return str(first) if first == last else f"{first} to {last}"


def few_text(texts: Sequence[str]) -> str:
    """The first few, and how many more."""
    more = len(texts) - SHOWN
    return ", ".join(texts[:SHOWN]) + (f" and {more} more" if more > 0 else "")


COLUMNS = (
    Column("names", "names", number, right=True),
    Column("queries", "queries", number, right=True),
    Column("alphabet", "alphabet"),
    Column("lengths", "length", lengths_text),
    Column("suffixes", "under", few_text),
    Column("windows", "windows", number, right=True),
    *SEEN,
    Column("certainty", "certainty", right=True),
    Column("examples", "for example", few_text),
)
KNOWN_COLUMN = Column("known", "known as", lambda name: name or "-")
DEAF_NOTE = (
    "their resolvers minimise query names (RFC 9156), so mail to random domains would look as a bot does. "
    "Nobody is accused there: have the producer hear what clients ask, --questions client"
)
NOTE = (
    "Domains that nobody registered and that look drawn at random, many together; certainty is the share of "
    "them that were, by estimate. Which machine asked, the resolver knows."
)
