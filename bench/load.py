"""The load: real responses of the sample, mixed as a resolver sees them, in ready batches."""

from __future__ import annotations

import itertools
import random
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import msgpack

from nxcast.producers.dnstap.frame_streams import Reader
from nxcast.producers.linger import BATCH_FRAMES
from nxcast.schemas.dnstap import frame_of
from nxcast.schemas.frames import FRAMES_1, FRAMES_2, RESPONSE, Frame, Frame1
from nxcast.schemas.names import NAME_MAX

__all__ = ["FRAMES_A_BATCH", "MIXES", "Load"]

SAMPLE = Path(__file__).resolve().parent.parent / "testbed" / "sample.dnstap"
FRAMES_A_BATCH = BATCH_FRAMES
FRAMES = 16_384  # different ones, used in turn

HEADER_OCTETS = 12  # RFC 1035 section 4.1.1
NOERROR, FORMERR, SERVFAIL, NXDOMAIN, NOTIMP, REFUSED = 0, 1, 2, 3, 4, 5
MIXES = {
    "resolver": {NOERROR: 75.0, NXDOMAIN: 20.0, REFUSED: 4.0, SERVFAIL: 1.0},
    # SIE channel 220: 10 million records of January 2016
    "channel 220": {NXDOMAIN: 49.0, REFUSED: 39.6, SERVFAIL: 10.9, FORMERR: 0.3, NOTIMP: 0.2},
}
"""Per cent of each RCODE (by the header's bits)."""


# Servers by how often they are asked, as Zipf has it.
SERVERS = range(1, FRAMES + 1), [1 / rank for rank in range(1, FRAMES + 1)]


class Load:
    """Batches of one mix, made before the clock starts; only their headers are made while it runs."""

    def __init__(
        self, mix: str, frames: int = FRAMES_A_BATCH, topics: int | None = None, *, zones: bool = False
    ) -> None:
        """With `topics` the questions are of so many types, in turn, and each type has a topic.

        With `zones` the sensor tells the zone of each, that of the name without its first label.
        """
        rng = random.Random(220)
        self.frames = frames  # a batch
        types = itertools.cycle(range(1, topics + 1)) if topics else None
        weights = MIXES[mix]
        by_rcode = _responses()
        payloads = []
        self.errors = 0
        for _ in range(FRAMES // frames):
            rcodes = rng.choices(list(weights), list(weights.values()), k=frames)
            self.errors += sum(rcode != NOERROR for rcode in rcodes)
            batch = [_varied(rng.choice(by_rcode[rcode]), rng) for rcode in rcodes]
            if types is not None:
                batch = [_asking(frame, next(types)) for frame in batch]
            if zones:
                servers = rng.choices(*SERVERS, k=frames)
                payloads.append(msgpack.packb(list(map(_zoned, batch, servers))))
            else:
                payloads.append(msgpack.packb(batch))
        self._form = FRAMES_2 if zones else FRAMES_1
        self._payloads = itertools.cycle(payloads)

    def batches(self, count: int) -> Iterator[list[bytes]]:
        """So many batches, numbered from 1."""
        for sequence in range(1, count + 1):
            header = {"sensor": "bench", "epoch": 1, "sequence": sequence, "count": self.frames}
            yield [self._form, msgpack.packb(header), next(self._payloads)]


def _responses() -> dict[int, list[Frame]]:
    by_rcode: dict[int, list[Frame]] = defaultdict(list)
    for payload in Reader().receive_data(SAMPLE.read_bytes()):
        frame = frame_of(payload, 0)
        if not isinstance(frame, str) and frame[RESPONSE][5] == 1:
            by_rcode[frame[RESPONSE][3] & 0x0F].append(frame)
    return by_rcode


def _varied(frame: Frame, rng: random.Random) -> Frame1:
    """The same response from another server, with other letters in its first label."""
    response = bytearray(frame[RESPONSE])
    first = min(response[12], NAME_MAX)
    for place in range(13, 13 + first):
        if chr(response[place]).isalpha():
            response[place] = rng.choice(b"abcdefghijklmnopqrstuvwxyz")
    address = bytes([198, 51, 100, rng.randrange(256)])
    return (*frame[:2], address, *frame[3:8], bytes(response))


def _asking(frame: Frame1, qtype: int) -> Frame1:
    """The same response to a question of another type."""
    response = bytearray(frame[RESPONSE])
    place = HEADER_OCTETS
    while response[place]:
        place += 1 + response[place]
    response[place + 1 : place + 3] = qtype.to_bytes(2)
    return (*frame[:RESPONSE], bytes(response))


def _zoned(frame: Frame1, server: int) -> Frame:
    """The same of a server, by its number, from a sensor that tells of zones."""
    name = frame[RESPONSE][HEADER_OCTETS:]
    end = 0
    while name[end]:
        end += 1 + name[end]
    first = 1 + name[0] if name[0] else 0
    return (*frame[:2], server.to_bytes(4), *frame[3:9], name[first : end + 1], 0)
