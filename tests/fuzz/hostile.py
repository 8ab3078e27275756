"""Hostile messages for the broker's ingress, and the account that its counters must agree with.

One in three is good, so that there is something to lose. The others are random, mutated, cut, nested,
numbered wrong, bombs, fragments without the rest; each ten-thousandth is as large as may be, and made to take
what it can. The same seed makes the same messages.
"""

from __future__ import annotations

import zlib
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from random import Random

import msgpack

from nxcast.broker.derivation.derive import derive
from nxcast.broker.nmsg_intake import LOST_FRAGMENTS, ContainerIntake, is_container
from nxcast.schemas.batch_decoding import MessageError, decode_batch
from nxcast.schemas.frames import FRAMES_1, INGRESS_MESSAGE_MAX, Frame, Frame1, encode_batch
from nxcast.schemas.nmsg.container import FLAG_FRAGMENT, FLAG_ZLIB, INFLATED_MAX, with_header
from nxcast.schemas.nmsg.nmsg_pb2 import DnsQR, Nmsg, NmsgFragment
from nxcast.schemas.nmsg.payloads import DNSQR, make_payload
from nxcast.schemas.question_frame import QuestionFrame
from tests.fuzz.corpus import seeds
from tests.fuzz.mutation import Mutator
from tests.fuzz.targets import PART, batch_of
from tests.messages import TIME_NS, frame, message, question, soa

__all__ = ["GOOD_SENSOR", "Account", "Message", "hostile"]

GOOD_SENSOR = "good"
LARGE_EVERY = 10_000  # messages; a large one takes up to some seconds of the broker's time
BOMB_EVERY = 2500  # messages; a bomb takes up to 0.2 s of it

Message = list[bytes]
"""The parts of an ingress message."""


def hostile(count: int, seed: int) -> Iterator[tuple[Message, int]]:
    """So many messages, each with its number of good frames, whose qnames count them: 0.example. ..."""
    rng = Random(seed)
    makers = _makers(rng, seed)
    bombs, large = list(_bombs()), list(_large())
    good = 0
    for at in range(1, count + 1):
        if not at % LARGE_EVERY:
            yield large[at // LARGE_EVERY % len(large)], 0
        elif not at % BOMB_EVERY:
            yield bombs[at // BOMB_EVERY % len(bombs)], 0
        elif at % 3:
            yield rng.choice(makers)(), 0
        else:
            size = rng.randint(1, 4)
            yield _good(at, range(good, good + size)), size
            good += size


class Account:
    """What the counters of a broker are after these messages, by the functions that it is made of."""

    def __init__(self) -> None:
        self._containers = ContainerIntake()
        self._counts = dict.fromkeys(
            [
                "messages_received",
                "frames_received",
                "noerror",
                "errors",
                "questions",
                "unsolicited",
                "mismatched",
                "forwarder",
                "nxdomain",
            ],
            0,
        )
        self._maps: dict[str, Counter[str]] = {
            each: Counter() for each in ("messages_malformed", "malformed", "skipped")
        }

    def take(self, parts: Message) -> None:
        """Count one more."""
        self._counts["messages_received"] += 1
        try:
            if is_container(parts):
                self._take_container(parts[0])
            else:
                batch = decode_batch(parts)
                reasons = [bad.reason for bad in batch.bad]
                asks = batch.header.get("questions", False)
                self._take_frames(batch.frames, reasons, batch.questions, asks=asks)
        except MessageError as error:
            self._maps["messages_malformed"][error.reason] += 1

    def counters(self) -> dict[str, object]:
        """The counters once the broker has stopped."""
        for lost in self._containers.lost(None):
            self._maps["messages_malformed"][LOST_FRAGMENTS] += lost.fragments
        return {**self._counts, **{name: dict(counts) for name, counts in self._maps.items()}}

    def _take_container(self, octets: bytes) -> None:
        # At one time for all, so that what waits is given up by number and at the end. The broker gives some
        # up sooner, by age, and counts the same as long as no fragment comes twice.
        taken = self._containers.take(octets, TIME_NS)
        if taken is not None:
            self._maps["skipped"].update(taken.skipped)
            reasons = [bad.reason for bad in taken.bad]
            for frames in taken.frames.values():
                self._take_frames(frames, reasons)
                reasons = []

    def _take_frames(
        self,
        frames: Sequence[Frame1 | Frame],
        reasons: list[str],
        questions: Sequence[QuestionFrame] = (),
        *,
        asks: bool = False,
    ) -> None:
        found = derive(frames, "ns1", questions, asks=asks)
        self._maps["malformed"].update(reasons)
        self._maps["malformed"].update(reason for reason, _ in found.malformed)
        self._counts["frames_received"] += len(frames) + len(questions) + len(reasons)
        for each in ("noerror", "questions", "unsolicited", "mismatched", "forwarder"):
            self._counts[each] += getattr(found, each)
        self._counts["errors"] += len(found.errors)
        self._counts["nxdomain"] += len(found.nxdomains)


def _good(sequence: int, numbers: range) -> Message:
    asked = [question(f"{number}.example.") for number in numbers]
    frames = [frame(message(questions=[each], authorities=[soa()])) for each in asked]
    header = {"sensor": GOOD_SENSOR, "epoch": 1, "sequence": sequence, "count": len(frames)}
    return encode_batch(header, frames)  # type: ignore[arg-type]


def _makers(rng: Random, seed: int) -> list[Callable[[], Message]]:
    """Each makes small messages of one kind."""
    honest = [each for each in seeds("batch") if each.startswith(FRAMES_1)]
    batches = Mutator(honest, seed)
    payloads = Mutator(seeds("payload"), seed + 1)
    containers = Mutator([each for each in seeds("container") if PART not in each], seed + 2)

    def cut() -> Message:
        parts = rng.choice(honest).split(PART)
        at = rng.randrange(len(parts))
        parts[at] = parts[at][: rng.randrange(len(parts[at]) + 1)]
        return parts[: rng.randint(1, len(parts))]

    def nested() -> Message:
        opening = rng.choice((b"\x91", b"\x81\xa0", b"\xdc\x00\x40", b"\x9f", b"\xdd\0\0\0\x09"))
        return batch_of(b"\xdc\0\x08" + (opening * rng.randrange(2000) + b"\xc0") * 8)

    def claims() -> Message:
        octets = rng.choice((b"\xdd", b"\xdf", b"\xc6", b"\xdb", b"\xc9", b"\xdc\xff", b"\x99\xc6"))
        parts = batch_of(b"\x91" + octets + rng.choice((b"\xff" * 4, b"\0\0\xff\xff")) + rng.randbytes(20))
        if rng.random() < 0.5:
            parts[1] = msgpack.packb({"sensor": "ns1", "epoch": 1, "sequence": 1, "count": 65_536})
        return parts

    def dropped() -> Message:
        """Good frames that no channel shows: RCODE 0, no query, QR=0."""
        frames = [frame(message(0)), frame(message(), kind=3), frame(message(response=False))]
        return batch_of(msgpack.packb(rng.choices(frames, k=3)))

    def fragment() -> Message:
        last = rng.choice((1, 1, 2, 255, 16_383, 16_384, 0xFFFF_FFFF))
        part = NmsgFragment(
            id=rng.getrandbits(32),
            crc=rng.getrandbits(32),
            current=rng.randint(0, min(last, 9)),
            last=last,
            fragment=rng.randbytes(rng.randrange(300)),
        )
        return [with_header(FLAG_FRAGMENT | rng.choice((0, FLAG_ZLIB)), part.SerializeToString())]

    makers: dict[Callable[[], Message], int] = {
        lambda: [rng.randbytes(rng.randrange(300)) for _ in range(rng.randint(1, 4))]: 3,
        lambda: [FRAMES_1, *(rng.randbytes(rng.randrange(300)) for _ in range(2))]: 1,
        lambda: [b""] * rng.randint(1, 100): 1,
        lambda: batches.next().split(PART): 8,
        lambda: batch_of(payloads.next()): 6,
        lambda: [containers.next()]: 4,
        lambda: [b"NMSG" + rng.randbytes(rng.randrange(60))]: 1,
        cut: 2,
        nested: 1,
        claims: 2,
        dropped: 1,
        fragment: 1,
    }
    return [maker for maker, share in makers.items() for _ in range(share)]


def _bombs() -> Iterator[Message]:
    """Containers of some KiB that inflate to 8 MiB, or say that they do; and batches of many bad frames."""
    half = INFLATED_MAX // 2
    many = Nmsg(payloads=[b""] * 65_536).SerializeToString()
    datagrams = DnsQR(type=1, query_ip=b"", response_ip=b"", proto=17, query_port=0, response_port=0, id=0)
    datagrams.response_packet.extend([b""] * (half - 100))
    payload = make_payload(DNSQR, 1, datagrams.SerializeToString())
    bodies = [
        bytes(INFLATED_MAX),
        b"\x0a\0" * half,  # four million payloads
        many,
        b"\x10\1" * half,  # CRCs
        b"\x0b" * INFLATED_MAX,  # groups in groups
        Nmsg(payloads=[payload.SerializeToString()]).SerializeToString(),
    ]
    for body in bodies:
        yield [_deflated(body, len(body))]
    for size in (0, 1, INFLATED_MAX, INFLATED_MAX + 1, 0xFFFF_FFFF):
        yield [_deflated(bytes(INFLATED_MAX), size)]
    for item in (b"\xc0", b"\xc4\x11" + bytes(17), b"\x99" + b"\xc4\0" * 9):
        yield batch_of(b"\xdd" + (65_536).to_bytes(4, "big") + item * 65_536)


def _deflated(body: bytes, claimed: int) -> bytes:
    return with_header(FLAG_ZLIB, claimed.to_bytes(4, "big") + zlib.compress(body, 1))


def _large() -> Iterator[Message]:
    """Messages of 8 MiB, and some more in parts that are each within the limit."""
    room = INGRESS_MESSAGE_MAX - 1000
    for item in (b"\x91" * 1000 + b"\xc0", b"\xdc\x00\x3c" + b"\xa1\xff" * 60, b"\x81\xa0" * 500 + b"\xc0"):
        count = min(room // len(item), 65_536)
        yield batch_of(b"\xdd" + count.to_bytes(4, "big") + item * count)
    yield batch_of(b"\x91" + b"\x91" * (room // 2))
    yield batch_of(b"\x91" + (b"\x98" + b"\x91" * 7 + b"\xc0") * (room // 9))
    full = frame(bytes(65_535), query=bytes(65_535))
    yield batch_of(msgpack.packb([full] * 63))
    yield batch_of(msgpack.packb([frame(message())] * 65_536))
    yield [Random(0).randbytes(room)]
    yield [with_header(0, b"\x0a\0" * (room // 2))]
    yield [FRAMES_1, *[bytes(room // 2)] * 8]
