"""The invented world that a synthetic stream is about: domains, zones, their servers, blocklists, DGAs. Pure.

All of it follows from a seed. Second-level names are made up from words and never resolved; the only real
names are top-level domains, special-use names and the apexes of well-known DNS blocklists, without which a
look-up could not be told as one. All addresses are for documentation: RFC 5737 and RFC 3849.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from functools import lru_cache
from random import Random

__all__ = [
    "BEACONS",
    "CLIENT",
    "DNSBL_DOMAIN_ZONES",
    "DNSBL_IP_ZONES",
    "DNSBL_KEY_ZONES",
    "RESOLVERS",
    "World",
]
__all__ += ["ROUND_TRIP_MAX_NS", "dga_names", "query_port", "round_trip_ns"]

_TLDS = ("com", "com", "com", "com", "net", "net", "org", "org", "info", "biz", "de", "nl", "fr", "ru")
_DGA_TLDS = ("com", "net", "org", "info", "biz", "ru", "top", "xyz")
DGA_NAMES_A_DAY = 500  # of each kind; known families make 50 to 50,000

# Apexes of lists in wide use; the last of each kind is made up.
DNSBL_IP_ZONES = ("zen.spamhaus.org", "bl.spamcop.net", "b.barracudacentral.org", "bl.mailwarden.example")
DNSBL_DOMAIN_ZONES = ("multi.surbl.org", "dbl.spamhaus.org", "multi.uribl.com", "dbl.mailwarden.example")
# Here the label before the apex is the customer's key.
DNSBL_KEY_ZONES = ("zen.dq.spamhaus.net", "dbl.dq.spamhaus.net", "combined.mail.abusix.zone")
_KEY_LENGTH = 26  # characters, as Spamhaus's keys have

_WORDS = (  # noqa: SIM905  (a list would take a line a word)
    "acorn amber anchor apple autumn bakery basket beacon birch blanket bramble brook button candle "
    "canvas carpet castle cedar cherry cinder clover cobalt copper coral cotton cricket crystal daisy "
    "dapper drift ember falcon feather fern fiddle flint forest garden ginger granite gravel hammer "
    "harbor harvest hazel heather hollow indigo island ivory jasmine juniper kettle ladder lantern "
    "laurel lemon lilac linen lobster maple marble meadow mellow midnight mitten morning mossy nettle "
    "nimble oatmeal ocean olive orchard otter paddle paper pebble pepper pigeon pillow pine plum "
    "pocket poplar prairie pumpkin quarry quiet quill rabbit raven ribbon river rocket rusty saddle "
    "saffron sandal shadow silver sparrow spruce stone summer sunny tangle teapot thistle timber "
    "topaz tulip tundra turnip umber valley velvet violet walnut whistle willow window winter wooden "
    "yarrow yellow zephyr zinnia"
).split(" ")
_TRADES = ("", "", "", "works", "tools", "travel", "books", "shop", "media", "labs", "music", "foods")

_V4_RANGES = (b"\xc0\x00\x02", b"\xc6\x33\x64", b"\xcb\x00\x71")  # the three /24 of RFC 5737
_V4_FIRST, _V4_COUNT = 64, 191  # last octets of servers; those below are left to resolvers
_V6_PREFIX = b"\x20\x01\x0d\xb8"  # RFC 3849
RESOLVERS = {4: b"\xc0\x00\x02\x05", 16: b"\x20\x01\x0d\xb8" + bytes(11) + b"\x05"}
"""The resolver that asks, by the length of its address."""
CLIENT = b"\xc0\x00\x02\x06"
"""Who asks the resolver."""
_PORT_FIRST, _PORTS = 1024, 64_512  # ports that a resolver asks from
_PORT_STEP = 40_503  # shares no factor with _PORTS, so each port comes once in a round
ROUND_TRIP_MIN_NS, ROUND_TRIP_MAX_NS = 2_000_000, 48_000_000
_V6_SHARE = 4  # every fourth server is heard over IPv6

DOMAINS, DEAD, LAME, BROKEN, BEACONS = 3000, 60, 1500, 300, 8  # how many there are of each


class World:
    """Everything that stays the same for a seed, however long the stream."""

    def __init__(self, seed: int) -> None:
        self.seed = seed
        rng = Random(f"{seed}/world")  # noqa: S311  (invented data needs no cryptography)
        names = _distinct(rng, DOMAINS + DEAD + LAME + BROKEN + BEACONS + 1)
        self.domains = [next(names) for _ in range(DOMAINS)]  # alive, the popular ones first
        self.dead = [next(names) for _ in range(DEAD)]  # gone, and still written to
        self.lame = [next(names) for _ in range(LAME)]  # delegated to servers that refuse them
        self.broken = [next(names) for _ in range(BROKEN)]  # expired or bogus at their own servers
        self.defunct = [next(names) for _ in range(BEACONS)]  # providers that software still asks
        self.spiked = next(names)  # never sends mail, and then is looked up in blocklists all at once
        self.delegated = frozenset(self.domains + self.lame + self.broken)
        alphabet = "abcdefghijklmnopqrstuvwxyz234567"
        self.keys = ["".join(rng.choices(alphabet, k=_KEY_LENGTH)) for _ in range(3)]
        self._servers: dict[str, tuple[bytes, ...]] = {}

    def popular(self, rng: Random) -> str:
        """A living domain; the first of the list come most often."""
        return self.domains[int(DOMAINS * rng.random() ** 3)]

    def server(self, zone: str, rng: Random) -> bytes:
        """Address of one of a zone's servers: 8 for the root, a TLD or a blocklist, 2 to 4 for others."""
        servers = self._servers.get(zone)
        if servers is None:  # bounded: there are some 8,000 zones
            many = "." not in zone or zone in _BLOCKLISTS
            count = 8 if many else 2 + zlib.crc32(zone.encode()) % 3
            servers = tuple(self._address(zone, number) for number in range(count))
            self._servers[zone] = servers
        return rng.choice(servers)

    def _address(self, zone: str, number: int) -> bytes:
        spread = zlib.crc32(f"{self.seed}/{zone}/{number}".encode())
        if number % _V6_SHARE == 1:
            return _V6_PREFIX + spread.to_bytes(4, "big") + bytes(7) + b"\x53"
        return _V4_RANGES[spread % 3] + bytes([_V4_FIRST + spread // 3 % _V4_COUNT])


_BLOCKLISTS = frozenset(DNSBL_IP_ZONES + DNSBL_DOMAIN_ZONES + DNSBL_KEY_ZONES)


def _distinct(rng: Random, count: int) -> Iterator[str]:
    names: dict[str, None] = {}
    while len(names) < count:
        names[_made_up(rng)] = None
    return iter(names)


def _made_up(rng: Random) -> str:
    """A second-level domain that reads as people's ones do."""
    name = rng.choice(_WORDS) + rng.choice(("", "-")) + rng.choice(_WORDS) + rng.choice(_TRADES)
    return f"{name}.{rng.choice(_TLDS)}"


def query_port(number: int) -> int:
    """The port that the resolver asks question `number` from: none again within 64,512 questions."""
    return _PORT_FIRST + number * _PORT_STEP % _PORTS


def round_trip_ns(ident: bytes) -> int:
    """How long a response took, by its ID in two octets, which is as good as random."""
    spread = ROUND_TRIP_MAX_NS - ROUND_TRIP_MIN_NS
    return ROUND_TRIP_MIN_NS + (ident[0] << 8 | ident[1]) * spread // 0xFFFF


@lru_cache(32)  # a year's worth would be 1,095; a stream is about one day at a time
def dga_names(seed: int, kind: str, day: int) -> tuple[str, ...]:
    """The domains that a botnet tries on a day (days since the epoch, UTC): `kind` letters, hex or words."""
    rng = Random(f"{seed}/{kind}/{day}")  # noqa: S311
    label = {"letters": _letters, "hex": _hex, "words": _words}[kind]
    return tuple(f"{label(rng)}.{rng.choice(_DGA_TLDS)}" for _ in range(DGA_NAMES_A_DAY))


def _letters(rng: Random) -> str:
    return "".join(rng.choices("abcdefghijklmnopqrstuvwxyz", k=rng.randint(12, 20)))


def _hex(rng: Random) -> str:
    return rng.randbytes(rng.randint(8, 16)).hex()


def _words(rng: Random) -> str:
    return "".join(rng.choices(_WORDS, k=rng.randint(2, 3)))
