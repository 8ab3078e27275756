"""A week: a bot that asks for a name now and then shows in no hour, and its names of a week add up. Pure.

Names come from the hour's window, once each. Over so long a time people choose too many short names, so only
long ones count, and of those that look drawn fewer are taken for chosen ones than of an hour's.
"""

from __future__ import annotations

import re
from collections.abc import Container, Iterable

from nxcast.consumers.names.slips import deletions
from nxcast.consumers.questions.dga.drawn_finding import Family, Finding
from nxcast.consumers.questions.dga.groups import Groups
from nxcast.consumers.questions.dga.lexical import Look
from nxcast.consumers.questions.dga.makes import PINYIN
from nxcast.consumers.questions.dga.window import SHORT, TIMES, Window

__all__ = ["Week"]

HOURS = 7 * 24  # windows
JUDGED = 24  # parts of an hour's window from one judgement to the next: 72 minutes
LEVEL = 4  # of lexical.EDGES: likelier drawn than chosen
ODD = 0.0001  # of the names that people choose; of 32,000 long ones of letters none reaches e**18
CERTAIN = 0.98  # of the names reported at once so many are to be drawn ones ...
SURE = 0.99  # ... and of fewer than are a group by themselves, each
NAMES = 50  # at least; one an hour is 24 a day, which chance may bring
SPAN = 4  # of the 20 parts of a week count as one time: 34 hours
_TWICE = re.compile(r"(.{4}).*\1")  # words doubled; of drawn names of 16 letters one in 10,000 has that
SHARE = 2  # one part in so many of an hour's bound on names


class Week:
    """Names of a week, Thursday to Wednesday (UTC, as the epoch began), and the families that it told."""

    def __init__(self) -> None:
        self.begin()

    def begin(self) -> None:
        """A week anew."""
        self._window = Window(SHARE, LEVEL, ODD, CERTAIN, slips=True)
        self._told_names: set[str] = set()
        self.told: set[Family] = set()

    def put(self, name: tuple[str, str], looked: Look, part: int, time_ns: int, sensor: str) -> None:
        """A name that is new in an hour; `part` counts the hour's parts from the epoch."""
        if looked.length < SHORT:
            return
        part = part // HOURS % TIMES
        if looked.level >= LEVEL and self._window.has_room(part) and _is_of_words(name[0]):
            return
        self._window.put(*name, looked, part, part // SPAN, time_ns, sensor)

    def mail(self, name: tuple[str, str]) -> None:
        """One query by MX."""
        self._window.mail(*name)

    def is_due(self, part: int, before: int) -> bool:
        """Whether it is time to judge, between these parts."""
        return part // JUDGED != before // JUDGED

    def ends(self, part: int, before: int) -> bool:
        """Whether the week ends between these parts."""
        return part // (TIMES * HOURS) != before // (TIMES * HOURS)

    def tell(self, findings: Iterable[Finding]) -> None:
        """An hour has told these."""
        names = (domain for finding in findings for domain in finding.domains)
        self._told_names.update(domain for domain in names if domain in self._window)

    def findings(self, least: int, told: Container[str], groups: Groups) -> list[Finding]:
        """Names that no hour told, nor the present one (`told`): enough for a group, or of one there is.

        Of a group there is, each by itself has to be certain: the many that an hour told would take along
        others.
        """
        enough = max(least, NAMES)
        found = self._left(self._window.findings(enough), told)
        new = [each for each in found if each.names >= enough]
        families = {each.family for each in new}
        if len(new) < len(found):
            found = self._left(self._window.findings(enough, SURE), told)
            new += [each for each in found if each.family not in families and groups.known(each)]
        return new

    def _left(self, found: list[Finding], told: Container[str]) -> list[Finding]:
        left = (each.without(self._told_names).without(told) for each in found)
        return [each for each in left if each.names]

    @property
    def passed_over(self) -> int:
        """Queries for names that this week had no room for, though their hour had."""
        return self._window.forgotten


def _is_of_words(label: str) -> bool:
    """Whether a label that looks drawn is of words doubled, or of Chinese ones with a typing error."""
    return bool(_TWICE.search(label)) or any(map(PINYIN.fullmatch, deletions(label, 1)))
