"""Findings that somebody has looked at, so that nobody is shown them again. Reads a file.

A line is the fingerprint of a finding, as the page and `--format json` of a question tell it, or a family of
generated names as `dga --known` has it; `#` begins a comment.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from nxcast.consumers.questions.dga.known import Known, known_of
from nxcast.consumers.questions.loop.forms import HASH_OCTETS
from nxcast.consumers.questions.loop.lists import lines
from nxcast.consumers.show.console import CommandError

__all__ = ["NOTHING_KNOWN", "KnownFindings", "read_known_findings"]

_FINGERPRINT = re.compile(rf"[0-9a-f]{{{2 * HASH_OCTETS}}}")


class KnownFindings(NamedTuple):
    """What is known: findings one by one, and families."""

    fingerprints: frozenset[str]
    families: tuple[Known, ...]


NOTHING_KNOWN = KnownFindings(frozenset(), ())


def read_known_findings(path: str) -> KnownFindings:
    """Those of a file; CommandError for what can't be read, with its line."""
    fingerprints, families = set(), []
    for number, line in enumerate(lines(path), 1):
        words = line.partition("#")[0].split()
        if len(words) == 1 and _FINGERPRINT.fullmatch(words[0]):
            fingerprints.add(words[0])
        elif len(words) == 1:
            raise CommandError(
                f"{path}:{number}: {words[0]!r} is no fingerprint: {2 * HASH_OCTETS} digits of 0-9a-f"
            )
        elif words:
            try:
                families.append(known_of(words))
            except ValueError as error:
                raise CommandError(f"{path}:{number}: {error}") from error
    return KnownFindings(frozenset(fingerprints), tuple(families))
