"""Names that are made alike, of one sensor within minutes: words joined, tails, syllables, letters. Pure.

A generator has a make: the words of its list, the letters that it draws, the lengths. So its names tell of
each other what names that people choose don't. That is measured as a code would measure it, in nats: how much
likelier a name is by the others of its time than by names that people choose, or that came here before; by a
part of the others that it is not in, so that a name tells nothing of itself (cross-validation). A mixture of
two parts, with suffix and length, then says which names are the burst's (`mixture`); of names with its
suffixes and lengths nearly all must be, or it is a list that somebody works through: of dropped names, say,
some are alike, and most are not.
"""

from __future__ import annotations

import math
import re
from collections import Counter, deque
from collections.abc import Collection, Container, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from statistics import median

from nxcast.consumers.questions.dga.lexical import LABEL_MAX, LENGTH_MIN, kind_of, likelihoods, score
from nxcast.consumers.questions.dga.mixture import Cell, Plain, certainties
from nxcast.consumers.questions.dga.rare import without_rare
from nxcast.consumers.questions.dga.window import CERTAIN, LEAST_CERTAIN, SMALL, Family, Finding
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
PROMISING = 0.1  # of the sample, so many are likelier by the others; of lists of real names 2 in 100 are
USUAL = 30  # names of parts without a finding, whose suffixes and lengths are the others' here; of `SAMPLE`
LIKELIER = 3.0  # nats that letters count for at most: names are like others by chance too
UNLIKELIER = 8.0
TYPICAL = 3.0  # nats, of a name in the middle; lists of names in one language reach 0
COVERED = 0.75  # of the names with such suffixes and lengths
VARIANTS = 0.25  # of a make's names, so many may be a slip from another; typing errors are, nearly all

CONTEXT = 4  # characters before one, at most, that tell of it
_WEIGHTS = (0.0, 8.0, 4.0, 1.0, 1.0)  # of what is known with a character less, in sightings
_EDGE = "^^"  # stands before a label, as in lexical
_UNKNOWN = math.exp(-6.0)

# Chinese in Latin letters (Hanyu Pinyin: an initial, or none, and a final): few syllables make all words.
PINYIN = re.compile(
    r"(?:(?:[bpmfdtnlgkhjqxrzcsyw]|[zcs]h)?(?:a(?:i|ng?|o)?|e(?:i|ng?|r)?|i(?:a(?:ng?|o)?|e|ng?|u|ong)?"
    r"|o(?:u|ng)?|u(?:a(?:i|ng?)?|e|i|n|o)?|ve?))+"
)

Name = tuple[str, str]  # label and suffix


@dataclass(slots=True)
class _Asked:
    first_ns: int
    last_ns: int
    queries: int = 1


class Makes:
    """Takes the names of a part of a window in, sensor by sensor, and tells those that are made alike."""

    def __init__(self) -> None:
        self._sensors: dict[str, dict[Name, _Asked]] = {}
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
        """What of the part is made alike, by sensor, where `told` domains are not all; changes nothing."""
        if len(self._usual) < SMALL:
            return []  # nobody knows yet what is ordinary here
        enough = {}
        for sensor, asked in self._sensors.items():
            names = self._names(asked)
            if sum(".".join(name) not in told for name in names) >= SMALL:
                enough[sensor] = names
        if not enough:
            return []
        usual = _Code(label for label, _ in self._usual)
        features = [_features(name) for name in self._usual][-USUAL:]
        made = {sensor: _made(names, usual, features) for sensor, names in enough.items()}
        return [_finding(names, self._sensors[sensor], sensor) for sensor, names in made.items() if names]

    def next_part(self, found: Iterable[Finding]) -> None:
        """Begin a part anew; sensors without a finding show what is usual."""
        sensors = set[str]().union(*(finding.sensors for finding in found))
        for sensor, asked in self._sensors.items():
            if sensor not in sensors:
                self._usual.extend(self._names(asked))
        self._sensors = {}
        self._count = 0

    def _names(self, asked: Iterable[Name]) -> list[Name]:
        return [name for name in asked if name not in self._mailed and _may_be_made(name[0])]


def _may_be_made(label: str) -> bool:
    """Whether a label is of letters, digits and hyphens, with a letter, and no word of Chinese or IDNA."""
    if not LENGTH_MIN <= len(label) <= LABEL_MAX or label.startswith("xn--") or not label.isascii():
        return False
    plain = label.replace("-", "")
    return plain.isalnum() and not plain.isdigit() and not PINYIN.fullmatch(plain)


def _made(names: Sequence[Name], usual: _Code, features: Iterable[tuple[str, int, int]]) -> dict[Name, float]:
    """Those of the names that are made alike, with their certainties; none where that isn't sure."""
    labels = list(dict.fromkeys(label for label, _ in names))
    variants = _variants(labels)
    plain = [label for label in labels if label not in variants]
    if len(plain) < SMALL:
        return {}
    sample = plain[:: -(-len(plain) // SAMPLE)]
    splits = [sample[split::SPLITS] for split in range(SPLITS)]
    codes = [_Code(chain(*splits[:split], *splits[split + 1 :])) for split in range(SPLITS)]
    gains = {label: _gain(label, codes[at % SPLITS], usual) for at, label in enumerate(sample)}
    if sum(gain > 0 for gain in gains.values()) < PROMISING * len(gains):
        return {}
    for label in labels:
        if label not in gains:
            gains[label] = _gain(label, codes[0], usual)
    made = _certain(names, gains, features)
    if len(made) < SMALL or sum(label in variants for label, _ in made) > VARIANTS * len(made):
        return {}
    typical = median(gains[label] for label, _ in made)
    return made if typical >= TYPICAL and _covers(made, names) else {}


def _variants(labels: Sequence[str]) -> set[str]:
    """Labels that are a slip from another: both have a rest in common once a character is lost (SymSpell)."""
    rests = {label: {label, *(label[:at] + label[at + 1 :] for at in range(len(label)))} for label in labels}
    count = Counter(rest for each in rests.values() for rest in each)
    return {label for label, each in rests.items() if any(count[rest] > 1 for rest in each)}


def _gain(label: str, others: _Code, usual: _Code) -> float:
    """How much likelier a label is by the others, or drawn evenly, than chosen or usual here; in nats."""
    made = others.gain(label)
    kind = kind_of(label)
    if kind is not None:
        made = max(made, score(label, kind))
    return made - max(usual.gain(label), 0.0)


def _certain(
    names: Sequence[Name], gains: dict[str, float], usual: Iterable[tuple[str, int, int]]
) -> dict[Name, float]:
    """Names that are certain enough to be the make's, together and one by one."""
    drawn = {label: math.exp(min(max(gain, -UNLIKELIER), LIKELIER)) for label, gain in gains.items()}
    cells = [Cell(_features(name), chosen=1.0, drawn=drawn[name[0]], names=1) for name in names]
    others = Plain()
    for each in usual:
        others.add(each)
    judged = sorted(zip(certainties(cells, others, {}), names, strict=True), reverse=True)
    made: list[tuple[Name, float]] = []
    expected = 0.0
    for certainty, name in judged:
        expected += certainty
        if certainty < LEAST_CERTAIN or expected < CERTAIN * (len(made) + 1):
            break
        made.append((name, certainty))
    return dict(without_rare(made, lambda pair: _features(pair[0]), lambda _: 1))


def _features(name: Name) -> tuple[str, int, int]:
    return name[1], len(name[0]), 0


def _covers(made: Collection[Name], names: Sequence[Name]) -> bool:
    """Whether nearly all names with the suffixes and lengths of these are among them."""
    suffixes = {suffix for _, suffix in made}
    lengths = [len(label) for label, _ in made]
    first, last = min(lengths), max(lengths)
    like = sum(suffix in suffixes and first <= len(label) <= last for label, suffix in names)
    return len(made) >= COVERED * like


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


class _Code:
    """Some labels, by which characters follow which: prediction by partial matching (Cleary, Witten, 1984).

    What a label's characters cost is mixed of contexts of up to `CONTEXT` characters, the longest first, and
    at last of what is known of names that people choose.
    """

    def __init__(self, labels: Iterable[str]) -> None:
        followed = [
            text[start : at + 1]
            for label in labels
            for text, at in _places(label)
            for start in range(max(at - CONTEXT, 0), at)
        ]
        self._followed = Counter(followed)  # contexts with the character after
        self._seen = Counter([each[:-1] for each in followed])  # contexts

    def gain(self, label: str) -> float:
        """How much likelier a label is with these known, in nats."""
        chosen_by = likelihoods()
        gain = 0.0
        for text, at in _places(label):
            chosen = likely = chosen_by.get(text[at - 2 : at + 1], _UNKNOWN)
            for length in range(1, min(CONTEXT, at) + 1):
                seen = self._seen.get(text[at - length : at])
                if seen is None:
                    break
                weight = _WEIGHTS[length]
                followed = self._followed.get(text[at - length : at + 1], 0)
                likely = (followed + weight * likely) / (seen + weight)
            gain += math.log(likely / chosen)
        return gain


def _places(label: str) -> Iterator[tuple[str, int]]:
    text = _EDGE + label.replace("-", "")
    return ((text, at) for at in range(len(_EDGE), len(text)))
