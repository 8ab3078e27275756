"""Lists that users write: domains and networks, one a line, with marks. Reads files; the rest is pure.

A line is a domain (it stands for all below it) or an address or network, then marks that the list may have,
parted by blanks; `#` begins a comment. What can't be read is a CommandError with file and line number.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass

from nxcast.consumers.names.domains import ends
from nxcast.consumers.names.fold import fold
from nxcast.consumers.show.console import CommandError
from nxcast.process.ending import reason
from nxcast.schemas.ip_addresses import Address, Network, network
from nxcast.schemas.names import labels_of, name_text

__all__ = ["Entry", "Watched", "lines", "read_list"]

LINES_MAX = 1_000_000  # of one list; if all are entries, about 300 MB of memory
LINE_MAX = 4096  # octets; an entry and a comment, and nothing that isn't written by line
DOMAIN_MAX = 1024  # characters; a domain's text has 255 as a rule and 1,004 at most

# Letters, digits, hyphens and underscores (RFC 2782), and \DDD and \. as in names' text.
_LABEL = r"(?:[a-z0-9_-]|\\[0-9]{3}|\\[.\\]){1,63}"
_DOMAIN = re.compile(rf"{_LABEL}(?:\.{_LABEL})*\.?", re.IGNORECASE)
_NUMERIC = re.compile(r"[0-9.:/]+|[0-9a-f:.]*:[0-9a-f:./]*", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Entry:
    """One line."""

    text: str  # the domain folded and with its last dot, or the network (of one address, that address)
    marks: frozenset[str]
    line: int
    network: Network | None = None


class Watched:
    """Entries, found by a name at or below a domain, or by an address in a network; the narrowest wins."""

    def __init__(self, entries: Iterable[Entry]) -> None:
        self._domains: dict[str, Entry] = {}
        self._networks: dict[tuple[int, int], dict[int, Entry]] = {}  # by version and host bits, then prefix
        for entry in entries:
            network = entry.network
            if network is None:
                self._domains[entry.text] = entry
            else:
                host_bits = network.max_prefixlen - network.prefixlen
                prefixes = self._networks.setdefault((network.version, host_bits), {})
                prefixes[int(network.network_address) >> host_bits] = entry
        self._networks = dict(sorted(self._networks.items()))
        # No end of a name that has more labels or characters than each entry can be one.
        self._labels = max((sum(1 for _ in ends(text)) for text in self._domains), default=0)
        self._length = max(map(len, self._domains), default=0)

    def __len__(self) -> int:
        return len(self._domains) + sum(map(len, self._networks.values()))

    def name(self, folded: str) -> Entry | None:
        """The entry for a folded name with its last dot."""
        found = None
        labels, at = self._labels, len(folded) - 1
        first = max(at - self._length, 0)
        while labels and at >= 0:
            at = folded.rfind(".", first, at)
            if at > 0 and folded[at - 1] == "\\" and _is_escaped(folded[:at]):
                continue
            found = self._domains.get(folded[at + 1 :], found)
            labels -= 1
        return found

    def address(self, address: Address) -> Entry | None:
        """The entry for an address."""
        number, version = int(address), address.version
        for (of_version, host_bits), prefixes in self._networks.items():
            if of_version == version and (entry := prefixes.get(number >> host_bits)) is not None:
                return entry
        return None


def read_list(path: str, *, networks: bool = True, marks: Collection[str] = ()) -> list[Entry]:
    """The entries of a file; CommandError for what can't be read, with its line."""
    entries = []
    for number, line in enumerate(lines(path), 1):
        words = line.partition("#")[0].split()
        if words:
            try:
                entries.append(_entry(words, number, networks, marks))
            except ValueError as error:
                raise CommandError(f"{path}:{number}: {error}") from error
    return entries


def lines(path: str) -> Iterator[str]:
    """The lines of a file, which may be without end; CommandError."""
    octets = 0
    try:
        with open(path, "rb") as file:
            for number in range(1, LINES_MAX + 2):
                line = file.readline(LINE_MAX + 1)
                if not line:
                    return
                if len(line) > LINE_MAX:
                    raise CommandError(f"{path}:{number}: a line over {LINE_MAX:,} octets")
                # Editors on Windows begin a file with a byte order mark.
                yield line.decode("utf-8-sig" if number == 1 else "utf-8")
                octets += len(line)
    except OSError as error:
        raise CommandError(f"can't read {path}: {reason(error)}") from error
    except UnicodeDecodeError as error:
        raise CommandError(f"{path} is no text in UTF-8: octet {octets + error.start + 1}") from error
    raise CommandError(f"{path} has over {LINES_MAX:,} lines")


def _is_escaped(before: str) -> bool:
    """Whether a dot after this text is a part of its label."""
    return (len(before) - len(before.rstrip("\\"))) % 2 == 1


def _entry(words: list[str], line: int, networks: bool, marks: Collection[str]) -> Entry:
    text, *given = words
    if len(text) > DOMAIN_MAX:
        raise ValueError(f"{len(text):,} characters are no domain")
    for mark in given:
        if mark not in marks:
            known = f"the marks are {', '.join(sorted(marks))}" if marks else "one entry a line"
            raise ValueError(f"what is {mark!r}? ({known})")
    if _NUMERIC.fullmatch(text):
        if not networks:
            raise ValueError(f"a domain expected, not the address {text!r}")
        found = network(text)
        one = found.prefixlen == found.max_prefixlen
        return Entry(str(found.network_address if one else found), frozenset(given), line, found)
    if not text.isascii():
        raise ValueError(
            f"{text!r} is not in ASCII: write a domain of other letters by its A-labels (xn--...)"
        )
    if not _DOMAIN.fullmatch(text):
        expected = "a domain or a network" if networks else "a domain"
        raise ValueError(f"{expected} expected, not {text!r}")
    return Entry(fold(name_text(labels_of(text))), frozenset(given), line)
