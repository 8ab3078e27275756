"""The big mailbox providers, and which domains are a typing error away from one. Pure.

Mail to gmial.com was meant for a person at gmail.com: it is private, and no business of a trap. Near are a
label of another suffix or a mistyped one, a dot lost or moved, and a mistyped label. How far a label may be
off depends on its length: a letter more or less makes another word of a short one, and gmx of qmx is chance.
"""

from __future__ import annotations

from functools import cache, lru_cache
from itertools import combinations

from nxcast.consumers.names.domains import known_suffix

__all__ = ["LABELS", "mailbox_provider"]

# Providers by label, with the suffixes that they are best known under. As of November 2026: the wiki of
# github.com/mailcheck/mailcheck, 'List of Popular Domains', and what their own sign-up pages offer.
_COUNTRIES = (
    "com at be ca ch cl cn co.id co.in co.jp co.kr co.nz co.uk co.za com.ar com.au com.br com.hk com.mx "
    "com.my com.ph com.sg com.tr com.tw com.ve com.vn cz de dk es fi fr gr hu ie in it nl no pl pt ro ru "
    "se sk"
)
# Names of nothing else: under any suffix whatever, somebody meant the provider.
_WORLDWIDE = {
    "gmail": "com",
    "gmx": "de at ch co.uk com es fr net us",
    "googlemail": "com",
    "hotmail": _COUNTRIES,
    "icloud": "com",
    "outlook": _COUNTRIES,
    "protonmail": "com ch",
    "yahoo": _COUNTRIES,
    "yandex": "ru by com kz ua",
}
_OTHERS = {
    "126": "com",
    "163": "com",
    "aim": "com",
    "alice": "it",
    "aliyun": "com",
    "aol": "com co.uk de fr",
    "arcor": "de",
    "att": "net",
    "bellsouth": "net",
    "bigpond": "com com.au net.au",
    "bk": "ru",
    "bluewin": "ch",
    "blueyonder": "co.uk",
    "bol": "com.br",
    "btinternet": "com",
    "centrum": "cz sk",
    "charter": "net",
    "club-internet": "fr",
    "comcast": "net",
    "cox": "net",
    "daum": "net",
    "earthlink": "net",
    "fastmail": "com fm",
    "foxmail": "com",
    "free": "fr",
    "freenet": "de",
    "hanmail": "net",
    "hetnet": "nl",
    "home": "nl",
    "ig": "com.br",
    "inbox": "lv ru",
    "inwind": "it",
    "interia": "eu pl",
    "juno": "com",
    "kpnmail": "nl",
    "laposte": "net",
    "libero": "it",
    "list": "ru",
    "live": "com be ca cl cn co.uk co.za com.ar com.au com.mx com.pt de dk fr ie it nl no ru se",
    "mac": "com",
    "mail": "com ru",
    "me": "com",
    "msn": "com",
    "nate": "com",
    "naver": "com",
    "neuf": "fr",
    "ntlworld": "com",
    "o2": "pl co.uk",
    "onet": "eu pl",
    "op": "pl",
    "optonline": "net",
    "optusnet": "com.au",
    "orange": "fr",
    "poczta": "fm",
    "proton": "me",
    "qq": "com",
    "rambler": "ru",
    "rediffmail": "com",
    "roadrunner": "com",
    "rocketmail": "com",
    "rogers": "com",
    "sbcglobal": "net",
    "seznam": "cz",
    "sfr": "fr",
    "shaw": "ca",
    "sina": "com cn",
    "skynet": "be",
    "sky": "com",
    "sohu": "com",
    "sympatico": "ca",
    "t-online": "de",
    "talktalk": "net",
    "telenet": "be",
    "telus": "net",
    "terra": "com.br",
    "tin": "it",
    "tiscali": "co.uk it",
    "tuta": "com io",
    "tutanota": "com de",
    "ukr": "net",
    "uol": "com.br",
    "verizon": "net",
    "virgilio": "it",
    "virginmedia": "com",
    "wanadoo": "fr",
    "web": "de",
    "windowslive": "com",
    "wp": "pl",
    "xs4all": "nl",
    "ya": "ru",
    "ymail": "com",
    "ziggo": "nl",
    "zoho": "com",
    "zohomail": "com",
}
LABELS: dict[str, tuple[str, ...]] = {
    label: tuple(suffixes.split()) for label, suffixes in (_WORLDWIDE | _OTHERS).items()
}
"""Suffixes by label, without outer dots."""

SLIP_MIN = 5  # characters from which a label may be one slip off: each label of 4 is a slip off from others
SLIPS_MIN = 8  # and from which it may be two off
FIRST_MIN = 7  # and the first may be the one that is off, which is rare and makes words: email, mail, range
LABEL_MAX = max(map(len, LABELS)) + 2
CACHED = 65_536  # domains, some 150 octets each beside their text: 10 MB


@lru_cache(CACHED)
def mailbox_provider(domain: str) -> str | None:
    """The provider that somebody who wrote to a registrable domain meant: gmail.com. for gmial.com.

    A provider's own domain is its own answer; None for a domain that is near to none. The domain is folded
    text with the last dot; one that is a mere label may be a provider's without its dot.
    """
    label, _, suffix = domain.removesuffix(".").partition(".")
    meant = _undotted().get(label + suffix.replace(".", "")) or _undotted().get(label)
    if meant is None and label in LABELS:
        meant = _with_suffix(label, suffix)
    if meant is None and SLIP_MIN - 1 <= len(label) <= LABEL_MAX:
        near = (_with_suffix(other, suffix, mistyped=True) for other in _mistyped(label))
        meant = next(filter(None, near), None)
    return meant and f"{meant}."


def _with_suffix(label: str, suffix: str, *, mistyped: bool = False) -> str | None:
    """The provider of a label's that a suffix stands for."""
    suffixes = LABELS[label]
    if suffix in suffixes:
        return f"{label}.{suffix}"
    near = next((other for other in suffixes if _suffix_slip(suffix, other)), None)
    if near is None and label in _WORLDWIDE and not mistyped:
        near = suffixes[0]
    return near and f"{label}.{near}"


def _suffix_slip(suffix: str, meant: str) -> bool:
    # One letter turns a country into another one: fr, or, de, dk. So if it exists, it was meant.
    return _distance(suffix, meant) == 1 and not (len(meant) == 2 and known_suffix(f"{suffix}."))


def _mistyped(label: str) -> list[str]:
    """Labels of providers that one is a slip or two off, the nearest first."""
    deleted = _deletions(label, 2 if len(label) >= SLIPS_MIN - 2 else 1)
    near = []
    for other in {other for text in deleted for other in _neighbours().get(text, ())}:
        distance = _distance(label, other)
        swapped = len(label) == len(other) and label[:2] == other[1::-1]
        first_kept = label[0] == other[0] or swapped
        if distance <= _slips(other) and (first_kept or (distance == 1 and len(other) >= FIRST_MIN)):
            near.append((distance, other))
    return [other for _, other in sorted(near)]


def _slips(label: str) -> int:
    return 0 if len(label) < SLIP_MIN else 1 if len(label) < SLIPS_MIN else 2


@cache
def _undotted() -> dict[str, str]:
    """Providers by how they look where a dot was lost or put elsewhere, or www stuck: gmailcom, wwwgmail."""
    found = {}
    for label, suffixes in LABELS.items():
        if len(label) >= SLIP_MIN:
            found[f"www{label}"] = f"{label}.{suffixes[0]}"
            for suffix in suffixes:
                found[label + suffix.replace(".", "")] = f"{label}.{suffix}"
    return found


@cache
def _neighbours() -> dict[str, list[str]]:
    """Labels by what is left of them with as many characters lost as they may be slips off.

    Two words that are that near have such a rest in common (the idea of SymSpell), so nothing else need be
    compared: 1,400 keys.
    """
    neighbours: dict[str, list[str]] = {}
    for label in LABELS:
        if slips := _slips(label):
            for rest in _deletions(label, slips):
                neighbours.setdefault(rest, []).append(label)
    return neighbours


def _deletions(label: str, count: int) -> set[str]:
    """The label with up to `count` of its characters lost."""
    found = {label}
    for lost in range(1, count + 1):
        for kept in combinations(label, len(label) - lost):
            found.add("".join(kept))
    return found


def _distance(one: str, other: str) -> int:
    """Optimal string alignment: characters lost, added, exchanged, or swapped with the next."""
    before: list[int] = []
    row = list(range(len(other) + 1))
    for i, char in enumerate(one, 1):
        before, last, row = row, before, [i]
        for j, wanted in enumerate(other, 1):
            cost = min(before[j] + 1, row[-1] + 1, before[j - 1] + (char != wanted))
            if i > 1 < j and char == other[j - 2] and one[i - 2] == wanted:
                cost = min(cost, last[j - 2] + 1)
            row.append(cost)
    return row[-1]
