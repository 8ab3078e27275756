"""Ordinary failing look-ups for the evaluation: what resolvers ask for in vain without any bot. Invented.

About half are out before scoring if all is well (blocklists, hashes, hosts of domains that exist, internal
names, probes), the others are domains that nobody registered: typing errors, expired shops and clubs,
acronyms, numbers, transliterations, and a share that looks drawn at random and isn't. Words are those of
`dga_words`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from random import Random
from typing import NamedTuple

from bench.dga_words import ACRONYM_LETTERS, PINYIN, WORDS

__all__ = ["LookUp", "ordinary"]

A, AAAA, MX, PTR, HTTPS = 1, 28, 15, 12, 65
_TLDS = (
    *("com",) * 48, *("net",) * 8, *("org",) * 8, *("de",) * 7, *("ru",) * 5, *("info",) * 4, *("nl",) * 3,
    *("co.uk",) * 4, *("fr",) * 2, *("pl",) * 2, *("it",) * 2, *("com.br",) * 2, *("cn",) * 3, *("biz",) * 2,
    *("eu", "fi", "cz", "hu", "es", "se", "at", "ch", "us", "in", "tk", "xyz", "top", "club", "online", "cc"),
    *("ws", "su", "pw", "io", "me", "tv", "com.tr", "co.jp", "com.au", "ne.jp"),
)  # fmt: skip
_ROWS = ("1234567890", "qwertyuiop", "asdfghjkl", "zxcvbnm")
_LETTERS = "abcdefghijklmnopqrstuvwxyz"
_LANGUAGES = tuple(WORDS.values())
_SHARES = [
    {"English": 12.0, "German": 3.0, "French": 2.0, "Spanish": 2.0, "Russian": 2.0, "Welsh": 0.3}.get(
        name, 1.0
    )
    for name in WORDS
]
_EXISTING = 4000  # domains that exist and are mistyped, or whose hosts are
_EXPIRED = 6000  # domains that don't any more and are still asked for


class LookUp(NamedTuple):
    """What was asked, and whose zone said no."""

    qname: str  # with the last dot
    qtype: int
    soa: str | None


class _World:
    def __init__(self, rng: Random, domains: Sequence[str]) -> None:
        taken = rng.sample(domains, _EXISTING + _EXPIRED) if domains else []
        self.existing = taken[:_EXISTING] or [_domain(rng) for _ in range(_EXISTING)]
        self.expired = taken[_EXISTING:] or [_domain(rng) for _ in range(_EXPIRED)]


def ordinary(seed: int, domains: Sequence[str] = ()) -> Iterator[LookUp]:
    """Look-ups without end, the same for the same seed; of these domains, if given, else of invented ones."""
    rng = Random(f"ordinary/{seed}")
    world = _World(rng, domains)
    makers, weights = zip(*_KINDS, strict=True)
    while True:
        for maker in rng.choices(makers, weights, k=1000):
            yield maker(world, rng)


def _words(rng: Random) -> tuple[str, ...]:
    """Those of a language, the frequent ones more often."""
    return rng.choices(_LANGUAGES, _SHARES)[0]


def _word(rng: Random) -> str:
    return rng.choice(_words(rng))


def _two_words(rng: Random) -> str:
    words = _words(rng)
    return rng.choice(words) + rng.choice(("", "", "-")) + rng.choice(words)


def _three_words(rng: Random) -> str:
    words = _words(rng)
    return rng.choice(("", "-")).join(rng.choice(words) for _ in range(3))


def _brand(rng: Random) -> str:
    """Coined: the head of one word and the tail of another, or a word with an ending of the trade."""
    head, tail = _word(rng), _word(rng)
    ending = rng.choice(
        ("ly", "ify", "io", "ex", "ora", "tech", "soft", "net", "lab", "hub", "zy", "qo", "ix", "vio")
    )
    return rng.choice(
        (head[: rng.randint(2, 5)] + tail[rng.randint(1, 3) :], head[: rng.randint(3, 6)] + ending)
    )


def _acronym(rng: Random) -> str:
    label = "".join(rng.choices(ACRONYM_LETTERS, k=rng.choice((3, 3, 4, 4, 4, 5, 5, 6))))
    return label + rng.choice(
        ("", "", "", "", "group", "club", "ev", "inc", "online", "usa", "tv", "24", "fc")
    )


def _without_vowels(rng: Random) -> str:
    word = _two_words(rng).replace("-", "")
    return word[0] + "".join(letter for letter in word[1:10] if letter not in "aeiou")


def _numbered(rng: Random) -> str:
    number = rng.choice(
        (str(rng.randint(1, 99)), str(rng.randint(1960, 2026)), "4you", "24", "365", "2go", "163", "360")
    )
    return rng.choice(
        (_word(rng) + number, number + _word(rng), _acronym(rng) + number, _word(rng) + number + _word(rng))
    )


def _lucky(rng: Random) -> str:
    """Numbers of betting sites, with a letter or two."""
    digits = "".join(rng.choices("0123456888999", k=rng.randint(3, 7)))
    return rng.choice(
        (digits, rng.choice(_LETTERS) * rng.randint(1, 2) + digits, digits + rng.choice(("bet", "vip", "cc")))
    )


def _pinyin(rng: Random) -> str:
    return "".join(rng.choice(PINYIN) for _ in range(rng.randint(2, 5)))


def _person(rng: Random) -> str:
    first, last = _word(rng), _word(rng)
    return rng.choice(
        (first[0] + last, first[:1] + rng.choice(_LETTERS) + last, first + last[0], f"{first}-{last}")
    )


def _code(rng: Random) -> str:
    """Looks drawn, and is: names of campaigns and of private links, kept for years."""
    alphabet = rng.choice((_LETTERS, _LETTERS + "0123456789"))
    return "".join(rng.choices(alphabet, k=rng.choice((4, 5, 5, 6, 6, 7, 8))))


_LABELS: tuple[tuple[Callable[[Random], str], float], ...] = (
    (_word, 6), (_two_words, 30), (_three_words, 9), (_brand, 18), (_acronym, 6), (_without_vowels, 1),
    (_numbered, 9), (_lucky, 3), (_pinyin, 6), (_person, 7), (_code, 0.5),
)  # fmt: skip


def _domain(rng: Random) -> str:
    makers, weights = zip(*_LABELS, strict=True)
    return f"{rng.choices(makers, weights)[0](rng)}.{rng.choice(_TLDS)}"


def _zone(domain: str) -> str:
    return f"{domain.partition('.')[2]}."


def _address(rng: Random) -> int:
    return rng.choice((A, A, AAAA, HTTPS))


def _mistyped(label: str, rng: Random) -> str:
    at = rng.randrange(len(label))
    kind = rng.randrange(5)
    row = next((row for row in _ROWS if label[at] in row), "")
    if kind <= 1 and row:
        beside = row[max(row.index(label[at]) - 1, 0) : row.index(label[at]) + 2].replace(label[at], "")
        replaced = rng.choice(beside)
        return label[:at] + replaced + label[at + kind :]
    if kind == 2:
        return label[:at] + label[at + 1 :] or label
    if kind == 3:
        return label[: at + 1] + label[at:]
    return label[:at] + label[at + 1 : at + 2] + label[at] + label[at + 2 :]


def _typing_error(world: _World, rng: Random) -> LookUp:
    label, _, suffix = world.existing[int(_EXISTING * rng.random() ** 2)].partition(".")
    wrong = _mistyped(label, rng)
    if rng.random() < 0.1:
        wrong = _mistyped(wrong, rng) or label
    domain = f"{wrong}.{suffix}"
    host = rng.choice(("", "", "www.", "www.", "mail."))
    return LookUp(f"{host}{domain}.", _address(rng), None if rng.random() < 0.01 else _zone(domain))


def _expired(world: _World, rng: Random) -> LookUp:
    domain = world.expired[int(_EXPIRED * rng.random() ** 3)]
    host = rng.choice(("", "www.", "mail.", "static.", "ns1."))
    return LookUp(f"{host}{domain}.", rng.choice((A, A, AAAA, MX)), _zone(domain))


def _new(_world: _World, rng: Random) -> LookUp:
    domain = _domain(rng)
    return LookUp(f"{domain}.", _address(rng), _zone(domain))


def _idn(_world: _World, rng: Random) -> LookUp:
    label = "xn--" + "".join(rng.choices(_LETTERS + "0123456789", k=rng.randint(6, 18)))
    return LookUp(f"{label}.com.", A, "com.")


def _blocklist(world: _World, rng: Random) -> LookUp:
    zone = rng.choice(("zen.mailwarden.com.", "dbl.mailwarden.com.", "list.dnswarden.net."))
    what = rng.choice((f"{rng.randint(1, 254)}.2.0.192", rng.choice(world.existing), rng.randbytes(20).hex()))
    return LookUp(f"{what}.{zone}", A, zone)


def _hash(world: _World, rng: Random) -> LookUp:
    zone = f"{world.existing[rng.randrange(3)]}."
    return LookUp(f"{rng.randbytes(16).hex()}.{rng.choice(('avqs', 'cdn', 'telemetry'))}.{zone}", A, zone)


def _cloud(_world: _World, rng: Random) -> LookUp:
    """A dead host of a cloud, under a suffix of the Public Suffix List's private section."""
    label = "d" + "".join(rng.choices(_LETTERS + "0123456789", k=13))
    zone = rng.choice(
        ("cloudfront.net.", "azurewebsites.net.", "herokuapp.com.", "github.io.", "s3.amazonaws.com.")
    )
    return LookUp(f"{label}.{zone}", rng.choice((A, AAAA)), zone)


def _dynamic(_world: _World, rng: Random) -> LookUp:
    zone = rng.choice(("ddns.net.", "duckdns.org.", "dyndns.org.", "hopto.org."))
    label = rng.choice((_word, _two_words, _person, _numbered))(rng)
    return LookUp(f"{label}.{zone}", rng.choice((A, AAAA)), zone)


def _host(world: _World, rng: Random) -> LookUp:
    domain = rng.choice(world.existing)
    host = rng.choice(
        ("wwww", "ftp", "old", "_dmarc", "autodiscover", "wpad", "vpn2", "".join(rng.choices(_LETTERS, k=12)))
    )
    return LookUp(f"{host}.{domain}.", _address(rng), f"{domain}.")


def _probe(_world: _World, rng: Random) -> LookUp:
    return LookUp("".join(rng.choices(_LETTERS, k=rng.randint(7, 15))) + ".", A, ".")


def _internal(_world: _World, rng: Random) -> LookUp:
    host = rng.choice(
        (_word(rng), "".join(rng.choices(_LETTERS + "0123456789", k=15)), f"desktop-{rng.randbytes(4).hex()}")
    )
    return LookUp(f"{host}.{rng.choice(('local', 'lan', 'corp', 'home', 'internal'))}.", _address(rng), ".")


def _reverse(_world: _World, rng: Random) -> LookUp:
    return LookUp(f"{rng.randint(1, 254)}.2.0.192.in-addr.arpa.", PTR, "2.0.192.in-addr.arpa.")


_KINDS: tuple[tuple[Callable[[_World, Random], LookUp], float], ...] = (
    (_typing_error, 26), (_expired, 14), (_new, 5), (_idn, 1),
    (_blocklist, 16), (_hash, 4), (_cloud, 4), (_dynamic, 1), (_host, 10), (_probe, 6), (_internal, 8),
    (_reverse, 5),
)  # fmt: skip
