r"""EDNS options: what a message's OPT holds, and Extended DNS Errors (RFC 8914) as names and text. Pure.

Which record is the OPT, `message` tells. Options are walked by their lengths and never past the end; no
octets raise. Names are those of IANA's 'Domain Name System (DNS) Parameters', as of November 2026.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from nxcast.schemas.message import opt_options

__all__ = [
    "EDE_NAMES",
    "EDE_OPTION",
    "ERRORS_MAX",
    "EXTRA_MAX",
    "OPTIONS_MAX",
    "OPTION_NAMES",
    "ExtendedError",
    "extended_error",
    "extended_errors",
    "info_code",
    "options_of",
]

OPTIONS_MAX = 64  # of one OPT that are looked at; servers send one to five
# Told of one response: 8 x 1,024 octets, which JSON writes with six characters each at most, 48 KiB.
ERRORS_MAX = 8  # servers give one or two
EXTRA_MAX = 1024  # octets of an EXTRA-TEXT; the response has all of it
EDE_OPTION = 15  # RFC 8914 section 2
INFO_CODE_MAX = 0xFFFF  # 16 bits, RFC 8914 section 2

OPTION_NAMES: dict[int, str] = {
    1: "LLQ",  # RFC 8764
    2: "UPDATE-LEASE",  # RFC 9664
    3: "NSID",  # RFC 5001
    5: "DAU",  # RFC 6975
    6: "DHU",
    7: "N3U",
    8: "CLIENT-SUBNET",  # RFC 7871
    9: "EXPIRE",  # RFC 7314
    10: "COOKIE",  # RFC 7873
    11: "TCP-KEEPALIVE",  # RFC 7828
    12: "PADDING",  # RFC 7830
    13: "CHAIN",  # RFC 7901
    14: "KEY-TAG",  # RFC 8145
    15: "EDE",  # RFC 8914
    16: "CLIENT-TAG",
    17: "SERVER-TAG",
    18: "REPORT-CHANNEL",  # RFC 9567
    19: "ZONEVERSION",  # RFC 9660
}
"""Names of EDNS0 option codes."""

EDE_NAMES: dict[int, str] = {
    0: "Other Error",
    1: "Unsupported DNSKEY Algorithm",
    2: "Unsupported DS Digest Type",
    3: "Stale Answer",
    4: "Forged Answer",
    5: "DNSSEC Indeterminate",
    6: "DNSSEC Bogus",
    7: "Signature Expired",
    8: "Signature Not Yet Valid",
    9: "DNSKEY Missing",
    10: "RRSIGs Missing",
    11: "No Zone Key Bit Set",
    12: "NSEC Missing",
    13: "Cached Error",
    14: "Not Ready",
    15: "Blocked",
    16: "Censored",
    17: "Filtered",
    18: "Prohibited",
    19: "Stale NXDOMAIN Answer",
    20: "Not Authoritative",
    21: "Not Supported",
    22: "No Reachable Authority",
    23: "Network Error",
    24: "Invalid Data",
    25: "Signature Expired before Valid",
    26: "Too Early",  # RFC 9250
    27: "Unsupported NSEC3 Iterations Value",  # RFC 9276
    28: "Unable to conform to policy",
    29: "Synthesized",
    30: "Invalid Query Type",  # RFC 9824
    31: "Rate Limited",
    32: "Over Quota",
}
"""Names of INFO-CODEs, of RFC 8914 section 5.2 if no other is named."""

_EDE_CODE = EDE_OPTION.to_bytes(2)
_FOLDED = {name.lower(): code for code, name in EDE_NAMES.items()}
_PARTING = re.compile(r"[\s_-]+")


class ExtendedError(NamedTuple):
    """One Extended DNS Error."""

    code: int  # INFO-CODE, 0 to 65535
    extra: str  # EXTRA-TEXT, empty without; octets that are no UTF-8 as \DDD

    @property
    def name(self) -> str:
        """The INFO-CODE's name; 'unassigned' where IANA lists none."""
        return EDE_NAMES.get(self.code, "unassigned")

    @property
    def text(self) -> str:
        """Of one line for people, not yet made printable: 22 (No Reachable Authority): at delegation a."""
        return f"{self.code} ({self.name})" + (f": {self.extra}" if self.extra else "")


def extended_errors(message: bytes) -> list[ExtendedError]:
    """Those of a DNS message (at least 12 octets), in its order; one that can't be read is left out.

    `ERRORS_MAX` of them, with `EXTRA_MAX` octets of text each.
    """
    if _EDE_CODE not in message:  # nearly all: a walk over the records costs a hundred times as much
        return []
    found = [data for code, data in options_of(opt_options(message) or b"") if code == EDE_OPTION]
    errors = [extended_error(data[: 2 + EXTRA_MAX]) for data in found[:ERRORS_MAX]]
    return [error for error in errors if error is not None]


def extended_error(data: bytes) -> ExtendedError | None:
    """That of an option's data; None where it is too short for an INFO-CODE."""
    if len(data) < 2:
        return None
    extra = data[2:].removesuffix(b"\0")  # it may end in one (RFC 8914 section 2)
    try:
        text = extra.decode()
    except UnicodeDecodeError:
        text = "".join([chr(octet) if octet < 0x80 else f"\\{octet:03d}" for octet in extra])
    return ExtendedError(int.from_bytes(data[:2]), text)


def info_code(text: str) -> int | None:
    """INFO-CODE of a number, or of a name in any case with blanks, - or _ between words; None if neither."""
    if text.isascii() and text.isdigit():
        code = int(text[:9])
        return code if code <= INFO_CODE_MAX else None
    return _FOLDED.get(_PARTING.sub(" ", text.strip()).lower())


def options_of(octets: bytes) -> Iterator[tuple[int, bytes]]:
    """Code and data of each whole option in an OPT's RDATA (RFC 6891 section 6.1.2), up to `OPTIONS_MAX`."""
    at = 0
    for _ in range(OPTIONS_MAX):
        end = at + 4 + int.from_bytes(octets[at + 2 : at + 4])
        if at + 4 > len(octets) or end > len(octets):
            return
        yield int.from_bytes(octets[at : at + 2]), octets[at + 4 : end]
        at = end
