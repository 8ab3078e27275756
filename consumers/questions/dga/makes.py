"""Names that are made alike, of one sensor within minutes: words joined, tails, syllables, letters. Pure.

A generator has a make: the words of its list, the letters that it draws, the lengths. So its names tell of
each other what names that people choose don't. That is measured as a code would measure it, in nats: how much
likelier a name is by the others of its time than by names that people choose, or that came here before; by a
part of the others that it is not in, so that a name tells nothing of itself (cross-validation;
`label_codes`). A mixture of two parts, with suffix, length and time, then says which names are the burst's
(`mixture`); of names with its suffixes, lengths and times nearly all must be, or it is a list that somebody
works through: of dropped names, say, some are alike, and most are not.
"""

from __future__ import annotations

import math
import re
from collections import Counter, deque
from collections.abc import Container, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from statistics import median

from nxcast.consumers.questions.dga.drawn_finding import Family, Finding
from nxcast.consumers.questions.dga.label_codes import Code
from nxcast.consumers.questions.dga.lexical import LABEL_MAX, LENGTH_MIN, kind_of, score
from nxcast.consumers.questions.dga.mixture import Cell, Plain, certainties
from nxcast.consumers.questions.dga.rare import without_rare
from nxcast.consumers.questions.dga.window import CERTAIN, LEAST_CERTAIN, SMALL, TIMES
from nxcast.schemas.units import SECOND_NS

__all__ = ["ALIKE", "PINYIN", "Makes"]

ALIKE = "alike"

# Kept of a part; what is beyond is only counted. A bot asks for one to some hundreds in three minutes.
NAMES_MAX = 1_000  # of a sensor
ALL_MAX = 16_000  # of all sensors, some 300 octets each: 5 MB
MAILED_MAX = 20_000  # domains that mail is sent to
MAILED_NS = 3600 * SECOND_NS  # whose addresses are asked for by then; one that goes later is not missed

SAMPLE = 240  # names that tell of the others
SPLITS = 4  # of the sample; a name is judged by the three that it is not in
LEFT = 0.1  # of the names, so many must not be told as drawn, or there is little to be found
PROMISING = (
    0.1  # of the sample, so many are likelier by the others; of lists of real names two in ten are at most
)
USUAL = 30  # names of parts without a finding, whose suffixes and lengths are the others' here; of `SAMPLE`
USUAL_MAX = 60  # of a sensor and part, so that a burst that nobody found is not what is usual next
LIKELIER = 3.0  # nats that letters count for at most: names are like others by chance too
UNLIKELIER = 8.0
TYPICAL = 2.0  # nats, of a name in the middle; lists of names in one language reach 0
# A name that reaches less than a fifth of what is typical beyond that, and 1.5 nats, has but suffix and time
# in common with the others.
FAR, UNLIKE = 0.2, 1.5
COVERED = 0.77  # of the names with such suffixes, lengths and times; of lists of words 0.73 at most
# Of a make's names so many may be a slip from another, or Chinese; of lists of either nearly all are.
VARIANTS = 0.4

# Chinese in Latin letters (Hanyu Pinyin: an initial, or none, and a final): few syllables make all words.
PINYIN = re.compile(
    r"(?:(?:[bpmfdtnlgkhjqxrzcsyw]|[zcs]h)?(?:a(?:i|ng?|o)?|e(?:i|ng?|r)?|i(?:a(?:ng?|o)?|e|ng?|u|ong)?"
    r"|o(?:u|ng)?|u(?:a(?:i|ng?)?|e|i|n|o)?|ve?))+"
)

_NUMBERS = str.maketrans("123456789", "0" * 9)

Name = tuple[str, str]  # label and suffix
Features = tuple[str, int, int]  # of a name: suffix, length, time


@dataclass(slots=True)
class _Asked:
    first_ns: int
    last_ns: int
    queries: int = 1


class Makes:
    """Takes the names of a part of a window in, sensor by sensor, and tells those that are made alike."""

    def __init__(self) -> None:
        self._sensors: dict[str, dict[Name, _Asked]] = {}
        self._before: dict[str, dict[Name, _Asked]] = {}  # of the part before, which are judged with these
        self._made: dict[str, set[str]] = {}  # domains that the part before had, by sensor
        self._told: set[str] = set()  # domains of that part that were told as drawn
        self._count = 0
        self._mailed: dict[Name, int] = {}  # when last; in that order
        self._usual: deque[Name] = deque(maxlen=SAMPLE)

    def add(self, name: Name, time_ns: int, sensor: str) -> bool:
        """One query for a name; whether there was room for it."""
        names = self._sensors.get(sensor)
        asked = names.get(name) if names is not None else None
        if asked is not None:
            asked.first_ns = min(asked.first_ns, time_ns)
            asked.last_ns = max(asked.last_ns, time_ns)
            asked.queries += 1
            return True
        if self._count >= ALL_MAX or (names is not None and len(names) >= NAMES_MAX):
            return False
        if names is None:
            names = self._sensors[sensor] = {}
        names[name] = _Asked(time_ns, time_ns)
        self._count += 1
        return True

    def mail(self, name: Name, time_ns: int) -> bool:
        """One query by MX: mail servers ask for the domains of senders, and for their addresses next.

        Whether there was room for it: no domain of the last hour had to go.
        """
        self._mailed.pop(name, None)
        self._mailed[name] = time_ns
        if len(self._mailed) <= MAILED_MAX:
            return True
        oldest = next(iter(self._mailed))
        return time_ns - self._mailed.pop(oldest) >= MAILED_NS

    def findings(self, told: Container[str]) -> list[Finding]:
        """What of the part is made alike, by sensor, where `told` domains are not all; changes nothing.

        It is judged with the part before, as bursts don't begin and end with parts; what was found then is
        left out.
        """
        if len(self._usual) < SMALL:
            return []  # nobody knows yet what is ordinary here
        enough = []
        for sensor, asked in self._sensors.items():
            if len(asked) < SMALL and sensor not in self._made:
                continue  # a burst's first names are judged with the next part
            both = {**self._before.get(sensor, {}), **asked}
            names = self._names(both)
            left = [name for name in names if ".".join(name) not in told]
            if len(names) >= SMALL and len(left) >= LEFT * len(names):
                enough.append((sensor, both, names, left))
        if not enough:
            return []
        usual, others = Code(label for label, _ in self._usual), Plain()
        for label, suffix in list(self._usual)[-USUAL:]:
            others.add((suffix, len(label), 0))
        found = []
        for sensor, both, names, left in enough:
            made = _made(_features(names, both), usual, others, left)
            before = self._made.get(sensor, ())
            new = {name: certainty for name, certainty in made.items() if ".".join(name) not in before}
            if new:
                found.append(_finding(new, both, sensor))
        return found

    def next_part(self, found: Iterable[Finding], told: Container[str], *, follows: bool) -> None:
        """Begin a part anew, whether it follows at once or not.

        What nobody found of the part before this one is usual, but for `told` domains.
        """
        made = {sensor: set(finding.domains) for finding in found for sensor in finding.sensors}
        self._shift(made, told)
        if not follows:
            self._shift({}, told)

    def _shift(self, made: dict[str, set[str]], told: Container[str]) -> None:
        for sensor, asked in self._before.items():
            if sensor not in self._made and sensor not in made:
                ordinary = [name for name in self._names(asked) if ".".join(name) not in self._told]
                self._usual.extend(ordinary[:: -(-len(ordinary) // USUAL_MAX) or 1])
        domains = (".".join(name) for asked in self._sensors.values() for name in asked)
        self._before, self._made = self._sensors, made
        self._told = {domain for domain in domains if domain in told}
        self._sensors = {}
        self._count = 0

    def _names(self, asked: Iterable[Name]) -> list[Name]:
        return [name for name in asked if name not in self._mailed and _may_be_made(name[0])]


def _may_be_made(label: str) -> bool:
    """Whether a label is of letters, digits and hyphens, with a letter, and none of IDNA."""
    if not LENGTH_MIN <= len(label) <= LABEL_MAX or label.startswith("xn--") or not label.isascii():
        return False
    plain = label.replace("-", "")
    return plain.isalnum() and not plain.isdigit()


def _features(names: Sequence[Name], asked: Mapping[Name, _Asked]) -> dict[Name, Features]:
    """Suffix, length, and when the name came first, in `TIMES` steps from the first to the last."""
    times = [asked[name].first_ns for name in names]
    first, span = min(times), max(times) - min(times) + 1
    return {
        name: (name[1], len(name[0]), (time_ns - first) * TIMES // span)
        for name, time_ns in zip(names, times, strict=True)
    }


def _made(of: Mapping[Name, Features], usual: Code, others: Plain, left: Sequence[Name]) -> dict[Name, float]:
    """Those of the names `left` that are made alike, with their certainties; none where that isn't sure."""
    labels = list(dict.fromkeys(label for label, _ in of))
    variants = _variants(labels) | {label for label in labels if PINYIN.fullmatch(label.replace("-", ""))}
    plain = [label for label in labels if label not in variants]
    if len(plain) < SMALL:
        return {}
    sample = plain[:: -(-len(plain) // SAMPLE)]
    splits = [sample[split::SPLITS] for split in range(SPLITS)]
    codes = [Code(chain(*splits[:split], *splits[split + 1 :])) for split in range(SPLITS)]
    likelier = {label: _likelier(label, codes[at % SPLITS]) for at, label in enumerate(sample)}
    # What is usual takes half the time, and tells nothing of those that aren't likelier by the others.
    promising = sum(gain > _usually(label, usual) for label, gain in likelier.items() if gain > 0)
    if promising < PROMISING * len(sample):
        return {}
    likelier.update((label, _likelier(label, codes[0])) for label in labels if label not in likelier)
    gains = {label: gain - _usually(label, usual) for label, gain in likelier.items()}
    made = _certain(of, gains, others)
    if len(made) < SMALL or sum(label in variants for label, _ in made) > VARIANTS * len(made):
        return {}
    typical = median(gains[label] for label, _ in made)
    if typical < TYPICAL or not _covers([of[name] for name in made], of, gains):
        return {}
    if len(left) < len(of):  # what is left is not as likely the make's as all are
        made = _certain({name: of[name] for name in left}, gains, others)
    least = FAR * (typical - TYPICAL) - UNLIKE
    return {name: certainty for name, certainty in made.items() if gains[name[0]] >= least}


def _variants(labels: Sequence[str]) -> set[str]:
    """Labels that are a slip from another, or have but another number.

    Both have a rest in common once a character is lost (SymSpell).
    """
    plain = {label: label.translate(_NUMBERS) for label in labels}
    rests = {
        label: {one, *(one[:at] + one[at + 1 :] for at in range(len(one)))} for label, one in plain.items()
    }
    count = Counter(rest for each in rests.values() for rest in each)
    return {label for label, each in rests.items() if any(count[rest] > 1 for rest in each)}


def _likelier(label: str, others: Code) -> float:
    """How much likelier a label is by the others, or drawn evenly, than chosen; in nats."""
    made = others.gain(label)
    kind = kind_of(label)
    return made if kind is None else max(made, score(label, kind))


def _usually(label: str, usual: Code) -> float:
    """How much likelier a label is by what is usual here than chosen; in nats, not below 0."""
    return max(usual.gain(label), 0.0)


def _certain(of: Mapping[Name, Features], gains: Mapping[str, float], others: Plain) -> dict[Name, float]:
    """Names that are certain enough to be the make's, together and one by one."""
    drawn = {label: math.exp(min(max(gain, -UNLIKELIER), LIKELIER)) for label, gain in gains.items()}
    cells = [Cell(features, chosen=1.0, drawn=drawn[label], names=1) for (label, _), features in of.items()]
    evenly: dict[Hashable, int] = dict.fromkeys(range(TIMES), 1)
    judged = sorted(zip(certainties(cells, others, evenly), of, strict=True), reverse=True)
    made: list[tuple[Name, float]] = []
    expected = 0.0
    for certainty, name in judged:
        expected += certainty
        if certainty < LEAST_CERTAIN or expected < CERTAIN * (len(made) + 1):
            break
        made.append((name, certainty))
    return dict(without_rare(made, lambda pair: of[pair[0]], lambda _: 1))


def _covers(made: Sequence[Features], of: Mapping[Name, Features], gains: Mapping[str, float]) -> bool:
    """Whether nearly all names with the suffixes, lengths and times of these are likelier by the others."""
    suffixes = {suffix for suffix, _, _ in made}
    shortest, longest = min(length for _, length, _ in made), max(length for _, length, _ in made)
    first, last = min(time for _, _, time in made), max(time for _, _, time in made)
    like = [
        gains[label] > 0
        for (label, _), (suffix, length, time) in of.items()
        if suffix in suffixes and shortest <= length <= longest and first <= time <= last
    ]
    return sum(like) >= COVERED * len(like)


def _finding(made: dict[Name, float], asked: dict[Name, _Asked], sensor: str) -> Finding:
    times = [asked[name] for name in made]
    in_order = sorted(made, key=lambda name: (asked[name].first_ns, name))
    return Finding(
        Family(ALIKE, short=False),
        names=len(made),
        queries=sum(each.queries for each in times),
        first_ns=min(each.first_ns for each in times),
        last_ns=max(each.last_ns for each in times),
        expected=sum(made.values()),
        suffixes=Counter(suffix for _, suffix in made),
        lengths=Counter(len(label) for label, _ in made),
        sensors={sensor},
        domains=[".".join(name) for name in in_order],
    )
