"""Public suffixes in one step, for the names that have nothing special about them: nearly all. Pure.

Most names end in two labels that no longer rule of the Public Suffix List begins with, so their suffix is the
top-level domain, and a look into one set tells it. Of the others `domains`, or the package publicsuffixlist,
knows more. Names are folded text with the last dot.
"""

from __future__ import annotations

from collections.abc import Iterator

from publicsuffixlist import PSLFILE, encode_idn

__all__ = ["Suffixes"]

_ICANN_ENDS = "// ===END ICANN DOMAINS==="


class Suffixes:
    """Top-level domains of the list and the second levels below them that rules go on from; 2 MB."""

    def __init__(self, *, only_icann: bool) -> None:
        rules = [rule.split(".") for rule in _rules(only_icann=only_icann)]
        self.tops = frozenset(f"{rule[0]}." for rule in rules if len(rule) == 1)
        self.longer = frozenset(f"{rule[-2]}.{rule[-1]}." for rule in rules if len(rule) > 1)
        self.wild = frozenset(f"{rule[1]}." for rule in rules if len(rule) == 2 and rule[0] == "*")

    def domain(self, name: str) -> str | None:
        """A name's registrable domain, right below its top-level domain, which the list may not have.

        None for a name of which that is not sure: without a second level, with an escape or an empty label,
        or one that longer rules may be about.
        """
        before_top = name.rfind(".", 0, -1)
        before = name.rfind(".", 0, before_top) if before_top > 0 else -1
        domain = name[before + 1 :]
        if before_top - before < 2 or domain in self.longer or "\\" in name or ".." in name:
            return None
        top = name[before_top + 1 :]
        if top in self.wild or name[0] == "." or top[-1] != "." or not name.isascii():
            return None
        return domain


def _rules(*, only_icann: bool) -> Iterator[str]:
    """The rules of the list that the package ships, IDNA encoded (RFC 5890)."""
    with open(PSLFILE, encoding="utf-8") as lines:
        for line in lines:
            if only_icann and line.startswith(_ICANN_ENDS):
                return
            rule = line.split(maxsplit=1)[0] if line.strip() else "//"
            if not rule.startswith("//"):
                rule = rule.lstrip("!").lower()
                yield rule if rule.isascii() else encode_idn(rule)
