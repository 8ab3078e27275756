"""The names of one window of time: what each looks like, counted, until the window is judged. Pure.

Each domain counts once, however often and by whatever host below it is asked for; repeats count as queries.
Domains that look drawn are kept by name, up to a bound; of the others only counts are. The bound grows part
by part, so that a flood hides the rest of its part and not of the window; beyond it a new name is only
counted, by `forgotten`. Judging changes nothing, so it may be done while the window lasts.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from nxcast.consumers.names.slips import deletions
from nxcast.consumers.questions.dga.bloom import Filter
from nxcast.consumers.questions.dga.drawn_finding import Family, Finding
from nxcast.consumers.questions.dga.lexical import KINDS, ODD, SYMBOLS, Look, look, tables
from nxcast.consumers.questions.dga.mixture import Cell, Plain, certainties
from nxcast.consumers.questions.dga.rare import RARE_EVEN, without_rare

__all__ = [
    "CERTAIN",
    "LEAST_CERTAIN",
    "SENSORS_MAX",
    "SHORT",
    "SMALL",
    "TIMES",
    "Window",
]

TIMES = 20  # parts of a window, so three minutes of an hour: a bot goes through its list in that time or two
SHORT = 12  # characters; families with names below it, and those with names from it on, are taken for two
CERTAIN = 0.987  # of the names reported at once so many are to be drawn ones
LEAST_CERTAIN = 0.5  # of any single name reported
LEAST_RATIO = (
    0.12  # drawn names that look as it does, to chosen ones: a name is never reported for its company only
)

# A small group must come together: of the names in an hour of any network a few look drawn, under suffixes
# that others seldom have, and chance brings ten of them. Their times tell, which are those of all names.
# Twice the logarithm of the likelihood ratio of their own times is chi-squared then (Wilks, 1938), with 19
# degrees of freedom here, and 36 or more once in a hundred such groups.
SMALL = 20  # names
TOGETHER = 18.0  # nats

PAIR = 2  # of a small group, so many at a time and sensor

# Characters in a row, at either end, that a name and another one of it with a typing error share: half of it,
# but at least three, since nearly every name shares two with some other (26**3 is 17,576), and at most five.
KIN_MIN, KIN_MAX = 3, 5

WORD = 6  # letters in a row that drawn names seldom have in common

# Domains kept in a window, some 250 octets each: 25 MB. So 5,000 a part and what those before it left; a bot
# walks some hundreds in a part, and of the names that ten thousand people cause, fewer look drawn.
NAMES_MAX = 100_000
CELLS_MAX = 30_000  # counts kept in a window, some 500 octets each: 15 MB; judging them takes half a second
SUFFIXES_MAX = 2_000  # suffixes told apart, there being some 1,400 top-level domains
SENSORS_MAX = 16  # told of a finding, and apart by their times
_OTHER = "(others)"
_FAMILIES = {(kind, short): Family(kind, short) for kind in KINDS for short in (False, True)}


@dataclass(slots=True, eq=False)
class Alike:
    """Names of one family with the same suffix, length, time, level and sensor that saw them first."""

    family: Family
    features: tuple[str, int, int]
    level: int
    sensor: str
    names: int = 0
    queries: int = 0
    first_ns: int = 0
    last_ns: int = 0
    sensors: tuple[str, ...] = ()

    def ask(self, time_ns: int, sensor: str) -> None:
        """One more query for one of them."""
        if self.queries:
            self.first_ns = min(self.first_ns, time_ns)
            self.last_ns = max(self.last_ns, time_ns)
        else:
            self.first_ns = self.last_ns = time_ns
        self.queries += 1
        if sensor not in self.sensors and len(self.sensors) < SENSORS_MAX:
            self.sensors += (sensor,)


class Window:
    """Takes names in, and judges those that it has.

    Of the bound on names it may use one part in `share`. Names from `level` on are kept; of those that people
    choose `odd` look drawn (`lexical.tables`), and of those reported together `certain` are to be drawn.
    `slips`: names that look drawn and are a slip from another, in whatever character, are one name with
    typing errors, and none of them counts; nor do letters that have a word of another.
    """

    def __init__(
        self,
        share: int = 1,
        level: int = 1,
        odd: float = ODD,
        certain: float = CERTAIN,
        *,
        slips: bool = False,
    ) -> None:
        self._parts = TIMES * share  # of the bound
        self._level = level
        self._odd = odd
        self._certain_share = certain
        self.forgotten = 0  # queries passed over to stay within the bounds
        self._drawn = 0  # domains that look drawn
        self._plain: dict[Family, Plain] = {}
        self._times: Counter[int] = Counter()  # of plain names of all families
        self._sensors: dict[str, int] = {}  # numbered
        self._alike: dict[tuple[Family, tuple[str, int, int], int, str], Alike] = {}
        self._domains: dict[str, Alike] = {}
        self._suffixes: set[str] = set()
        self._others = Filter()
        self._rests = Filter() if slips else None
        self._slips = Alike(Family("", short=False), ("", 0, 0), 0, "")  # names that are a slip from another

    def __contains__(self, domain: str) -> bool:
        """Whether it is here as one that looks drawn."""
        return domain in self._domains

    def add(self, label: str, suffix: str, part: int, time_ns: int, sensor: str) -> Look | None:
        """One query for a name in this part (0 to TIMES - 1) of the window; how it looks if it is new."""
        domain = f"{label}.{suffix}"
        if self._has(domain, part, time_ns, sensor) or domain in self._others:
            return None
        looked = look(label)
        if looked is None:
            return None
        came = self._came(part, sensor)
        if not self._put(domain, label, suffix, looked, came, time_ns, sensor):
            return None
        return looked

    def put(
        self, label: str, suffix: str, looked: Look, part: int, span: int, time_ns: int, sensor: str
    ) -> None:
        """The same of a name whose look is known; `span` counts as its time in place of the part."""
        domain = f"{label}.{suffix}"
        if not self._has(domain, part, time_ns, sensor):
            self._put(domain, label, suffix, looked, self._came(span, sensor), time_ns, sensor)

    def _has(self, domain: str, part: int, time_ns: int, sensor: str) -> bool:
        """Whether no more is to be done: it is here, or there is no room for it."""
        alike = self._domains.get(domain)
        if alike is not None:
            alike.ask(time_ns, sensor)
            return True
        if self._drawn >= (part + 1) * NAMES_MAX // self._parts:
            self.forgotten += 1
            return True
        return False

    def has_room(self, part: int) -> bool:
        """Whether it takes names that are new in this part."""
        return self._drawn < (part + 1) * NAMES_MAX // self._parts

    def _put(
        self, domain: str, label: str, suffix: str, looked: Look, came: int, time_ns: int, sensor: str
    ) -> bool:
        """Take a name in; whether it is new."""
        family = _FAMILIES[looked.kind, looked.length < SHORT]
        features = (self._bounded(suffix), looked.length, came)
        if looked.level >= self._level and not self._is_kin(domain, label, suffix):
            added = self._add_drawn(domain, family, features, looked.level, time_ns, sensor)
            if added and self._rests is not None:
                self._part_slips(label, suffix, self._rests)
            return added
        if not self._others.add(domain):
            return False
        plain = self._plain.get(family)
        if plain is None:
            plain = self._plain[family] = Plain()
        plain.add(features)
        self._times[came] += 1
        return True

    def mail(self, label: str, suffix: str) -> None:
        """One query by MX: mail servers ask for the domains of senders, and for their addresses next."""
        looked = look(label)
        if looked is None or looked.level < self._level:
            return
        domain = f"{label}.{suffix}"
        alike = self._domains.pop(domain, None)
        if alike is not None:
            self._drawn -= 1
            self._lose(alike)
        self._others.add(domain)

    def _lose(self, alike: Alike) -> None:
        """One of these names is no drawn one."""
        alike.names -= 1
        if not alike.names and alike is not self._slips:
            del self._alike[alike.family, alike.features, alike.level, alike.sensor]

    def _part_slips(self, label: str, suffix: str, seen: Filter) -> None:
        """Set a name apart that is a slip from others, and these, or has words of others."""
        shared = [rest for rest in deletions(label, 1) if not seen.add(f"{rest}.{suffix}")]
        near = {domain for rest in shared for domain in self._with_rest(rest, suffix)}
        domain = f"{label}.{suffix}"
        has_words = self._domains[domain].family.kind == "letters" and _has_words(label, seen)
        if not has_words and len(near | {domain}) < PAIR:  # of a rest a filter may err
            return
        for each in near | {domain}:
            self._lose(self._domains[each])
            self._domains[each] = self._slips
            self._slips.names += 1

    def _with_rest(self, rest: str, suffix: str) -> Iterator[str]:
        """Names here that have a rest in common."""
        labels = {rest[:at] + char + rest[at:] for at in range(len(rest) + 1) for char in SYMBOLS}
        return (domain for label in (rest, *labels) if (domain := f"{label}.{suffix}") in self._domains)

    def made(self, part: int, sensor: str, names: int) -> None:
        """So many plain names of a part and sensor are a bot's, and tell nothing of when others come."""
        came = self._came(part, sensor)
        self._times[came] = max(self._times[came] - names, 0)

    def _came(self, time: int, sensor: str) -> int:
        """A number for a time at a sensor, since there a bot's names come; beyond the bound all are one."""
        number = self._sensors.get(sensor, len(self._sensors))
        if number < SENSORS_MAX:
            self._sensors[sensor] = number
        return time * (SENSORS_MAX + 1) + number

    def _add_drawn(
        self,
        domain: str,
        family: Family,
        features: tuple[str, int, int],
        level: int,
        time_ns: int,
        sensor: str,
    ) -> bool:
        self._drawn += 1
        key = (family, features, level, sensor)
        alike = self._alike.get(key)
        if alike is None:
            if len(self._alike) == CELLS_MAX:
                self.forgotten += 1
                return False
            alike = self._alike[key] = Alike(*key)
        self._domains[domain] = alike
        alike.names += 1
        alike.ask(time_ns, sensor)
        return True

    def _is_kin(self, domain: str, label: str, suffix: str) -> bool:
        """Whether the name begins or ends as another one of the window: one name with different errors."""
        if domain in self._others:
            return True
        size = max(KIN_MIN, min(len(label) // 2, KIN_MAX))
        begins = self._others.add(f"{label[:size]}*{suffix}")
        ends = self._others.add(f"*{label[-size:]}.{suffix}")
        return not (begins and ends)

    def _bounded(self, suffix: str) -> str:
        if suffix not in self._suffixes:
            if len(self._suffixes) == SUFFIXES_MAX:
                return _OTHER
            self._suffixes.add(suffix)
        return suffix

    def findings(self, least: int, each: float = LEAST_CERTAIN) -> list[Finding]:
        """The families of which at least so many names were drawn, each as certain as this."""
        found = []
        drawn: dict[Alike, Finding] = {}
        by_family = sorted(self._alike.values(), key=lambda alike: alike.family)
        for family, group in groupby(by_family, key=lambda alike: alike.family):
            alikes = list(group)
            if sum(alike.names for alike in alikes) < least:
                continue
            finding = Finding(family)
            chosen = without_rare(
                list(self._certain(alikes, self._plain.get(family, Plain()), each)),
                lambda pair: pair[0].features,
                lambda pair: pair[0].names,
            )
            chosen = _without_lone(chosen)
            for alike, certainty in chosen:
                _take(finding, alike, certainty)
            if finding.names >= least and (finding.names >= SMALL or self._together(chosen) >= TOGETHER):
                found.append(finding)
                drawn.update((alike, finding) for alike, _ in chosen)
        for domain, alike in self._domains.items():
            if alike in drawn:
                drawn[alike].domains.append(domain)
        return found

    def _together(self, chosen: Sequence[tuple[Alike, float]]) -> float:
        """How much likelier these came at times of their own than with all others, in nats."""
        counts: Counter[int] = Counter()
        for alike, _ in chosen:
            counts[alike.features[2] // (SENSORS_MAX + 1)] += alike.names
        times: Counter[int] = Counter()
        for came, plain in self._times.items():
            times[came // (SENSORS_MAX + 1)] += plain
        names, others = counts.total(), times.total() + TIMES
        return sum(
            count * math.log(count * others / (names * (times[time] + 1))) for time, count in counts.items()
        )

    def _certain(self, alikes: list[Alike], plain: Plain, least: float) -> Iterator[tuple[Alike, float]]:
        """Those that are certain enough, together and one by one, the most certain first."""
        odd = self._odd
        cells = [_cell(alike, odd) for alike in alikes]
        judged = sorted(
            zip(alikes, certainties(cells, plain, self._times), strict=True),
            key=lambda pair: (-pair[1], pair[0].features),
        )
        names, expected = 0, 0.0
        for alike, certainty in judged:
            table = tables(alike.family.kind, alike.features[1], odd)
            if table.drawn[alike.level] < LEAST_RATIO * table.chosen[alike.level]:
                continue
            names += alike.names
            expected += certainty * alike.names
            if certainty < least or expected < self._certain_share * names:
                return
            yield alike, certainty


def _without_lone(chosen: Sequence[tuple[Alike, float]]) -> Sequence[tuple[Alike, float]]:
    """Without those that came at a time and sensor of next to none, where the others came in bursts."""
    counts: Counter[tuple[str, int]] = Counter()
    for alike, _ in chosen:
        counts[alike.sensor, alike.features[2]] += alike.names
    names = counts.total()
    least = max(RARE_EVEN * names / max(len(counts), 1), PAIR if names < SMALL else 0)
    return [pair for pair in chosen if counts[pair[0].sensor, pair[0].features[2]] >= least]


def _has_words(label: str, seen: Filter) -> bool:
    """Whether a label has as many letters in a row in common with another as chance seldom gives (26**6)."""
    if not seen.add(f"{label}="):  # the same under another suffix
        return False
    new = [seen.add(label[at : at + WORD]) for at in range(len(label) - WORD + 1)]
    return not all(new)


def _cell(alike: Alike, odd: float) -> Cell:
    table = tables(alike.family.kind, alike.features[1], odd)
    return Cell(alike.features, table.chosen[alike.level], table.drawn[alike.level], alike.names)


def _take(finding: Finding, alike: Alike, certainty: float) -> None:
    suffix, length, _ = alike.features
    finding.first_ns = min(finding.first_ns, alike.first_ns) if finding.names else alike.first_ns
    finding.last_ns = max(finding.last_ns, alike.last_ns)
    finding.names += alike.names
    finding.queries += alike.queries
    finding.expected += certainty * alike.names
    finding.suffixes[suffix] += alike.names
    finding.lengths[length] += alike.names
    finding.sensors.update(alike.sensors)
