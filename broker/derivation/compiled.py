"""Derivation by the compiled kernel, where it is installed: a batch in, packed records out.

The models stay the one definition: keys, topics, numbers and limits reach the kernel from here. It takes what
is clean and plainly written, octet for octet as `derive` and the outbox would have it. Frames that are wrong
or oddly written go through Python, which says what is wrong with them, or writes them plainly for the kernel;
a batch of many of them, or that can't be read to its end, is Python's as a whole (None). One message a topic
and second is held against its model before it goes out; a breach ends the kernel's part for good, is told,
and Python goes on.
"""

from __future__ import annotations

import logging
import secrets
from array import array
from collections.abc import Iterable, Sequence
from functools import cache
from typing import Any, NamedTuple, get_args

import msgpack
from pydantic import TypeAdapter

from nxcast.broker.derivation.derive import Malformation, derive
from nxcast.broker.derivation.outbox import Packed
from nxcast.schemas.batch_decoding import HEADER_MAX, NESTED_MAX, MessageError, decode_in_pieces
from nxcast.schemas.codes import UDP_UNSOLICITED_RESPONSE
from nxcast.schemas.field_shapes import fields_of
from nxcast.schemas.fields import DNS_MESSAGE_MAX, DNS_MESSAGE_MIN, SENSOR_MAX, By, Kind, Protocol
from nxcast.schemas.frames import FORMS, FORWARDER, FRAMES_1, INGRESS_MESSAGE_MAX, MINIMISED, BatchHeader
from nxcast.schemas.names import LABEL_MAX, NAME_MAX
from nxcast.schemas.question_frame import QUESTION
from nxcast.schemas.records import RECORDS, DnsError, Nxdomain
from nxcast.schemas.topics import channel_of, dns_errors_topic, nxdomain_topic
from nxcast.schemas.units import SECOND_NS
from nxcast.transport.ends import Octets

try:
    from nxcast import kernel

    INSTALLED = True
except ImportError:  # no compiler where it was installed
    INSTALLED = False

__all__ = ["INSTALLED", "PAYLOAD_MAX", "SENSORS_MAX", "Compiled", "Served", "Taken"]

# Octets of a payload, some 5,000 frames, 2 ms: others wait so long. A longer one is Python's, by the slice.
PAYLOAD_MAX = 1 << 20
CHECK_NS = SECOND_NS  # nanoseconds from one check of a topic's records to the next
ODD_MAX = 256  # frames of a batch that go through Python beside the kernel, at up to 8 µs: 2 ms
ODD_SIZE_MAX = 64 << 10  # octets of such a frame; nearly all have some hundred
SENSORS_MAX = 4096  # names remembered as valid, of 64 characters: 0.5 MiB
SECRET_OCTETS = 272  # one for each of the longest pair
RCODES, TYPES, NUMBERS = 4096, 65_536, 256  # how many there can be
# Bits of options, as the kernel has them.
_UNSOLICITED, _FORWARDERS, _ASKS, _OLDER, _SERVED = 1, 2, 4, 8, 16

_log = logging.getLogger("nxcast.broker")


class Taken(NamedTuple):
    """What a batch gave: frames by where they ended, as in `Derived`, and records by topic."""

    noerror: int
    errors: int
    questions: int
    unsolicited: int
    mismatched: int
    forwarder: int
    nxdomain: int
    top_denials: int
    top_denials_cut: int
    packed: list[Packed]
    malformed: Sequence[Malformation] = ()
    odd: int = 0  # frames that went through Python


class _Run(NamedTuple):
    """What the kernel made of a payload, and the places of some things in it, of 4 octets each."""

    taken: Taken
    payload: Octets
    odd: bytes  # from where to where frames are that Python has to look at
    good: bytes  # servers that answered with RCODE 0, and zones ...
    denied: bytes  # ... and with RCODE 3


class Served(NamedTuple):
    """A server and a zone, as frames have them, and how often it answered with RCODE 0 and 3."""

    address: bytes
    zone: bytes
    noerror: int
    nxdomain: int


class Compiled:
    """The kernel with what the models say. Only where INSTALLED.

    `room`: for how many servers and zones that answered well, and octets of these; 0: they are not wanted.
    """

    def __init__(
        self, *, accept_unsolicited: bool, accept_forwarders: bool, room: tuple[int, int] = (0, 0)
    ) -> None:
        self._derive = kernel.derive
        self._accept = {"accept_unsolicited": accept_unsolicited, "accept_forwarders": accept_forwarders}
        self._options = _UNSOLICITED * accept_unsolicited | _FORWARDERS * accept_forwarders
        self._options |= _SERVED * (room[0] > 0)
        self._served = kernel.served(*room, secrets.token_bytes(SECRET_OCTETS))
        self._tables, self._topics = _tables()
        self._header = _header()
        self._sensors: set[str] = set()
        self._checked_ns = dict.fromkeys(self._topics, -CHECK_NS)
        self.breaches = 0  # checks that failed: the first ends the kernel's part

    def header(self, parts: Sequence[Octets]) -> BatchHeader | None:
        """The header of a batch; None where that is for Python to find out.

        Python has to have held the sensor's name against the model before: see `knows`.
        """
        if len(parts) != 3 or parts[0] not in FORMS or len(parts[1]) > HEADER_MAX:
            return None
        if len(parts[1]) + len(parts[2]) > INGRESS_MESSAGE_MAX - len(FRAMES_1):
            return None
        header: BatchHeader | None = kernel.record(self._header, bytes(parts[1]))
        return header if header is not None and header["sensor"] in self._sensors else None

    def knows(self, sensor: str) -> None:
        """This is a valid name of a sensor."""
        if len(self._sensors) >= SENSORS_MAX:
            self._sensors.clear()
        self._sensors.add(sensor)

    def take(self, parts: Sequence[Octets], header: BatchHeader, now_ns: int) -> Taken | None:
        """What the three parts of a native batch give; None where that is for Python to find out."""
        if self.breaches or len(parts[2]) > PAYLOAD_MAX:
            return None
        found: _Run | None = self._run(parts[0], parts[2], header)
        if found is not None and found.odd:
            found = self._sort_out(found, parts, header)
        if found is None or not self._holds(found.taken.packed, now_ns):
            return None
        if found.good or found.denied:
            kernel.served_count(self._served, found.payload, found.good, found.denied)
        return found.taken

    def count(self, good: Iterable[tuple[bytes, bytes]], denied: Iterable[tuple[bytes, bytes]]) -> None:
        """Count servers and zones that Python took, of responses with RCODE 0 and with 3."""
        octets = bytearray()
        places = [_put(octets, pairs) for pairs in (good, denied)]
        kernel.served_count(self._served, bytes(octets), *places)

    def turn(self) -> int:
        """What answered well is told from now on, and another count begins; answers there was no room for."""
        return kernel.served_turn(self._served)

    def told(self, most: int) -> list[Served]:
        """The next so many of what is told; none where all were given."""
        return [Served(*pair) for pair in kernel.served_told(self._served, most)]

    def _run(self, form: Octets, payload: Octets, header: BatchHeader) -> _Run | None:
        """What the kernel gives."""
        options = self._options | _OLDER * (form == FRAMES_1) | _ASKS * header.get("questions", False)
        found = self._derive(self._tables, payload, header["count"], header["sensor"].encode(), options)
        if found is None:
            return None
        counts, topics, *places = found
        taken = Taken(*counts, [Packed(self._topics[number], *rest) for number, rest in topics])
        return _Run(taken, payload, *places)

    def _sort_out(self, found: _Run, parts: Sequence[Octets], header: BatchHeader) -> _Run | None:
        """What is wrong with odd frames; where some are right, the kernel runs again with those put plainly.

        Whatever Python would refuse the whole batch for, it refuses a batch of the odd ones for: the frames
        that the kernel took are no shorter than a valid one.
        """
        form, payload = bytes(parts[0]), bytes(parts[2])
        spans = sorted(zip(*[iter(array("I", found.odd))] * 2, strict=True))
        odd = [payload[start:end] for start, end in spans]
        try:
            of_odd: BatchHeader = {**header, "count": len(odd)}
            *_, batch = decode_in_pieces([form, b"", _array(odd, len(odd))], of_odd)
        except MessageError:
            return None
        assert batch is not None  # noqa: S101
        asks = header.get("questions", False)
        derived = derive(batch.frames, header["sensor"], batch.questions, **self._accept, asks=asks)
        malformed = [*((each.reason, each.data) for each in batch.bad), *derived.malformed]
        if len(malformed) < len(odd):
            bad = {each.data for each in batch.bad}
            if b"" in bad:  # more than are told
                return None
            start = _HEADER_OCTETS.get(payload[0], 1)
            pieces = []
            for (place, end), frame in zip(spans, odd, strict=True):
                pieces += [payload[start:place], b"" if frame in bad else _plain(frame)]
                start = end
            count = header["count"] - len(batch.bad)
            again = self._run(form, _array([*pieces, payload[start:]], count), {**header, "count": count})
            if again is None:
                return None
            found = again
        return found._replace(taken=found.taken._replace(malformed=malformed, odd=len(odd)))

    def _holds(self, packed: Iterable[Packed], now_ns: int) -> bool:
        """Whether records are as their models have it, of the topics whose turn it is."""
        for each in packed:
            if abs(now_ns - self._checked_ns[each.topic]) < CHECK_NS:
                continue
            self._checked_ns[each.topic] = now_ns
            try:
                unpacker = msgpack.Unpacker(use_list=False, max_buffer_size=0)
                unpacker.feed(each.octets)
                records = list(unpacker)
                RECORDS[channel_of(each.topic) or ""].validate_python(records)
                if [record["time_ns"] for record in records] != array("Q", each.times).tolist():
                    raise ValueError("records, and times of others")
            except ValueError as error:
                self.breaches += 1
                _log.error(
                    "the compiled kernel made a record of %s that breaks the schema, so Python does its work "
                    "from here on (please report this): %s", each.topic, error,
                )  # fmt: skip
                return False
        return True


@cache
def _tables() -> tuple[object, list[str]]:
    """What the kernel has of the models, which it only reads, and the topics by their numbers there."""
    topics: dict[str, int] = {}
    tables = kernel.tables(
        _keys(DnsError),
        _keys(Nxdomain),
        tuple(map(msgpack.packb, _literals(By))),
        bytes([topics.setdefault(dns_errors_topic(rcode), len(topics)) for rcode in range(RCODES)]),
        bytes([topics.setdefault(nxdomain_topic(qtype), len(topics)) for qtype in range(TYPES)]),
        _which(_literals(Kind)),
        _which(_literals(Protocol)),
        (
            DNS_MESSAGE_MIN, DNS_MESSAGE_MAX, NAME_MAX, LABEL_MAX,
            UDP_UNSOLICITED_RESPONSE, QUESTION, MINIMISED, FORWARDER,
            ODD_MAX, ODD_SIZE_MAX, NESTED_MAX,
        ),
    )  # fmt: skip
    return tables, list(topics)


@cache
def _header() -> object:
    """What the kernel has of the model of a header; a sensor's name is any text there."""
    fields: dict[str, Any] = TypeAdapter(BatchHeader).core_schema["fields"]
    sensor = {**fields["sensor"], "schema": {"type": "str", "max_length": SENSOR_MAX}}
    return kernel.shape(*fields_of({**fields, "sensor": sensor}))


# Octets of an array's header by its first; others have one.
_HEADER_OCTETS = {0xDC: 3, 0xDD: 5}


def _put(octets: bytearray, pairs: Iterable[tuple[bytes, bytes]]) -> bytes:
    """Put them behind one another as they stand in a payload, sizes in front; their places, 4 octets each."""
    places = array("I")
    for pair in pairs:
        for each in pair:
            octets.append(len(each))
            places.append(len(octets))
            octets += each
    return places.tobytes()


def _array(items: Iterable[bytes], count: int) -> bytes:
    return b"".join([msgpack.Packer().pack_array_header(count), *items])


def _plain(frame: bytes) -> bytes:
    """A valid frame as msgpack writes it itself."""
    return bytes(msgpack.packb(msgpack.unpackb(frame)))


def _keys(model: Any) -> tuple[bytes, ...]:
    return tuple(map(msgpack.packb, model.__annotations__))


def _literals(kind: Any) -> tuple[Any, ...]:
    return get_args(get_args(kind)[0])


def _which(numbers: Iterable[int]) -> bytes:
    chosen = set(numbers)
    return bytes([number in chosen for number in range(NUMBERS)])
