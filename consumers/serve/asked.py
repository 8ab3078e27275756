"""What a request asks, read once and checked: the words of its path, and the parameters of DNSDB's API. Pure.

Whatever is wrong with it is an AskedError, with the status and a line for whoever asked. Parameters that are
not known are passed over where it is DNSDB's API, as its server does: `swclient`, `version`, `id`, `aggr`
(rows are aggregated). On paths of our own they are refused (`check_known`).
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from urllib.parse import unquote_to_bytes

from nxcast.consumers.serve.reader_rights import ALL, Rights
from nxcast.telemetry.printable import printable

__all__ = ["Asked", "AskedError", "asked_from", "check_known", "name_first", "words_of"]

LIMIT = 10_000  # results where the client names no limit
RESULTS_MAX = 1_000_000  # results; some 200 octets each, 200 MB to send
OFFSET_MAX = 1_000_000  # results passed over first, each found like any other
PATH_MAX = 4096  # octets; a name takes 255 x 4 escaped as \\DDD, each octet of that at most 3
MORE_MAX = 1 << 53  # of other numbers
SHOWN_MAX = 40  # characters of a name that is shown again

_NUMBER = re.compile(r"-?[0-9]{1,16}")
_TRUE, _FALSE = ("1", "t", "true", "y", "yes"), ("0", "f", "false", "n", "no")


class AskedError(Exception):
    """A request that can't be answered, and why."""

    def __init__(self, why: str, status: int = 400) -> None:
        super().__init__(why)
        self.status = status


@dataclass(frozen=True, slots=True)
class Asked:
    """The parameters; times in seconds since 1970-01-01 UTC, exclusive, None: not fenced."""

    limit: int = LIMIT
    offset: int = 0
    first_after: int | None = None
    first_before: int | None = None
    last_after: int | None = None
    last_before: int | None = None
    max_count: int | None = None  # of a summary
    human: bool = False  # times as RFC 3339 has them
    verbose: bool = True  # of flexible search: with times and counts
    exclude: str | None = None
    rights: Rights = ALL

    def in_time(self, first: int, last: int) -> bool:
        """Whether what was first and last seen at these times is asked for."""
        return (
            (self.first_after is None or first > self.first_after)
            and (self.first_before is None or first < self.first_before)
            and (self.last_after is None or last > self.last_after)
            and (self.last_before is None or last < self.last_before)
        )


def asked_from(parameters: Mapping[str, str], now_s: float) -> Asked:
    """The parameters of a request; a negative time is so many seconds ago."""

    def moment(name: str) -> int | None:
        value = _number(parameters, name, -MORE_MAX)
        return int(now_s) + value if value is not None and value < 0 else value

    limit = _number(parameters, "limit")
    offset = _number(parameters, "offset") or 0
    if offset > OFFSET_MAX:
        raise AskedError(f"offset is {OFFSET_MAX} at most", 416)
    max_count = _number(parameters, "max_count")
    return Asked(
        limit=LIMIT if limit is None else min(limit or RESULTS_MAX, RESULTS_MAX),
        offset=offset,
        first_after=moment("time_first_after"),
        first_before=moment("time_first_before"),
        last_after=moment("time_last_after"),
        last_before=moment("time_last_before"),
        max_count=max_count or None,
        human=_truth(parameters, "humantime", usual=False),
        verbose=_truth(parameters, "verbose", usual=True),
        exclude=parameters.get("exclude"),
    )


def check_known(names: Iterable[str], known: Collection[str]) -> None:
    """AskedError where a parameter is not known: a filter that is misspelt would let all through."""
    for name in names:
        if name not in known:
            there = f"there are {', '.join(known)}" if known else "this path has none"
            raise AskedError(f"no parameter {printable(name)[:SHOWN_MAX]!r}: {there}")


def words_of(raw_path: bytes, prefix: str) -> list[str]:
    """What stands between slashes after a prefix of the path, each unquoted; one may have %2F in it."""
    if len(raw_path) > PATH_MAX:
        raise AskedError(f"the path is over {PATH_MAX} octets", 414)
    rest = raw_path[len(prefix) :].split(b"/")
    try:
        words = [unquote_to_bytes(word).decode("ascii") for word in rest]
    except UnicodeDecodeError as error:
        raise AskedError("write names that are not ASCII as xn-- (IDNA), other octets as \\DDD") from error
    if not all(words):
        raise AskedError("a word of the path is missing")
    return words


def name_first(words: list[str]) -> list[str]:
    """Name, type and bailiwick, as far as they are there, where words begin with a name.

    A name may have slashes in it (0/25.2.0.192.in-addr.arpa, RFC 2317), which dnsdbq sends as they are.
    """
    if not words:
        return []
    name, rest = _whole(words)
    if len(rest) < 2:
        return [name, *rest]
    bailiwick, more = _whole(rest[1:])
    return [name, rest[0], bailiwick, *more]


def _whole(words: list[str]) -> tuple[str, list[str]]:
    """A name with its slashes, and the words after it: one with a dot is no type, so it is of the name."""
    end = next((place for place, word in enumerate(words[1:], 1) if "." not in word), len(words))
    return "/".join(words[:end]), words[end:]


def _number(parameters: Mapping[str, str], name: str, least: int = 0) -> int | None:
    text = parameters.get(name)
    if text is None:
        return None
    if not _NUMBER.fullmatch(text) or not least <= int(text) <= MORE_MAX:
        raise AskedError(f"{name} is a whole number" + ("" if least else " from 0"))
    return int(text)


def _truth(parameters: Mapping[str, str], name: str, *, usual: bool) -> bool:
    text = parameters.get(name)
    if text is None:
        return usual
    if text.lower() not in (*_TRUE, *_FALSE):
        raise AskedError(f"{name} is t or f")
    return text.lower() in _TRUE
