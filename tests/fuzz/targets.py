"""What takes octets from outside, each as a function of octets alone.

A target returns whatever the octets are, or raises: then it has found a bug. Errors that a module documents
for bad input are caught here, and what the octets were read as must be valid. Several parts (of a message, of
a capture) come in one run of octets, with `PART` between them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from typing import Any

import dnslib
import msgpack

from nxcast.broker.derivation.derive import derive
from nxcast.broker.nmsg_intake import ContainerIntake
from nxcast.consumers.client.session import Intake
from nxcast.consumers.show.json_lines import record_json
from nxcast.consumers.show.recorded import record_of
from nxcast.consumers.show.text import record_text
from nxcast.producers.dnstap import frame_streams
from nxcast.producers.pcap import capture_files as reader
from nxcast.producers.pcap.compressed import PIECE, Unfolding, UnfoldingError
from nxcast.producers.pcap.links import ETHERNET, UNDERSTOOD
from nxcast.producers.pcap.packets import Dissector
from nxcast.producers.pcap.pairing import Pairing
from nxcast.producers.pcap.tcp_streams import Streams
from nxcast.schemas import dnstap
from nxcast.schemas import message as wire
from nxcast.schemas.batch_decoding import FRAME_REASONS, MessageError, decode_batch, validate_frames
from nxcast.schemas.datagram import DATAGRAM_MAX, DatagramError, parse_datagram
from nxcast.schemas.fields import DNS_MESSAGE_MIN
from nxcast.schemas.frames import FRAMES_1, Frame, Frame1
from nxcast.schemas.names import labels_of, name_text
from nxcast.schemas.nmsg import nmsg_pb2
from nxcast.schemas.nmsg import payloads as nmsg_payloads
from nxcast.schemas.nmsg.container import NmsgError
from nxcast.schemas.nmsg.dnsqr import frame_of_dnsqr
from nxcast.schemas.question_frame import QuestionFrame
from nxcast.schemas.records import RECORDS, decode_header, decode_records
from nxcast.schemas.request_answers import decode_answer
from nxcast.schemas.requests import RequestError, decode_request
from nxcast.schemas.topics import ANSWERS, CHANNELS, DNS_ERRORS, MALFORMED, NXDOMAIN
from tests.messages import TIME_NS, frame

__all__ = ["PART", "TARGETS", "batch_of"]

PART = b"\xffPART\xff"
"""Stands between parts."""

PORTS = (53,)
FORMS = ("qname", "soa_rrname", "query_zone", "denied", "response_ip", "query_ip")
PRINTABLE = frozenset(map(chr, range(0x20, 0x7F)))


def batch(octets: bytes) -> None:
    """The parts of an ingress message."""
    _take_batch(octets.split(PART))


def payload(octets: bytes) -> None:
    """The payload of a batch whose header is right, so that counts are not what stops it."""
    _take_batch(batch_of(octets))


def message(octets: bytes) -> None:
    """A DNS response, and the query where there is a second part."""
    response, _, query = octets.partition(PART)
    if len(response) >= DNS_MESSAGE_MIN and len(octets) < DATAGRAM_MAX:
        _derive([frame(response, query=query or None)])
        _agrees_with_dnslib(response)


def container(octets: bytes) -> None:
    """NMSG containers, one after another: fragments find one another."""
    intake = ContainerIntake()
    for each in octets.split(PART):
        try:
            taken = intake.take(each, TIME_NS)
        except NmsgError:
            continue
        if taken is not None:
            for frames in taken.frames.values():
                _derive(frames)
            _malformed((bad.sensor, bad.reason, bad.data) for bad in taken.bad)
    assert all(lost.fragments for lost in intake.lost(None))


def dnsqr(octets: bytes) -> None:
    """The payload of a base:dnsqr."""
    for keep in (False, True):
        _frame(frame_of_dnsqr(octets, TIME_NS, keep_resolver_address=keep))


def dnstap_payload(octets: bytes) -> None:
    """A Dnstap protobuf."""
    for keep in (False, True):
        _frame(dnstap.frame_of(octets, TIME_NS, keep_resolver_address=keep))


def dnsnx(octets: bytes) -> None:
    """The payload of a SIE:dnsnx; what is read can be written and read again."""
    found = nmsg_payloads.decode_dnsnx(nmsg_pb2.NmsgPayload(payload=octets, source=7))
    if isinstance(found, str):
        assert found in nmsg_payloads.FAULTS
        return
    RECORDS[NXDOMAIN].validate_python([found])
    again = nmsg_pb2.NmsgPayload(payload=nmsg_payloads.encode_dnsnx(found), source=7)
    assert nmsg_payloads.decode_dnsnx(again) == found


def frame_stream(octets: bytes) -> None:
    """Frame Streams, at once and in pieces."""
    whole, pieces = frame_streams.Reader(), frame_streams.Reader()
    taken = whole.receive_data(octets)
    assert taken == [each for piece in _pieces(octets) for each in pieces.receive_data(piece)]
    for each in (whole, pieces):
        each.receive_eof()
        assert len(each.data_to_send()) <= 100  # ACCEPT and FINISH
    assert (str(whole.error), whole.finished) == (str(pieces.error), pieces.finished)
    for found in taken:
        dnstap_payload(found)


def capture(octets: bytes) -> None:
    """A capture file, at once and in pieces, down to frames."""
    whole, pieces = reader.Reader(), reader.Reader()
    packets = whole.receive_data(octets)
    assert packets == [each for piece in _pieces(octets) for each in pieces.receive_data(piece)]
    for each in (whole, pieces):
        each.receive_eof()
    assert str(whole.error) == str(pieces.error)
    _dissect(packets)


def packets(octets: bytes) -> None:
    """Packets of Ethernet, one after another."""
    _dissect([(TIME_NS + at, ETHERNET, each, len(each)) for at, each in enumerate(octets.split(PART))])


def ip_datagram(octets: bytes) -> None:
    """A datagram's packets, each from its IP header on."""
    try:
        found = parse_datagram(octets.split(PART), verify=True)
    except DatagramError:
        return
    assert len(found.src) == len(found.dst)
    assert len(found.src) in (4, 16)
    assert len(found.payload) <= DATAGRAM_MAX


def segments(octets: bytes) -> None:
    """Segments of a stream: four octets of sequence number, one of flags, and data."""
    skipped: Counter[str] = Counter()
    streams = Streams(skipped)
    key = (bytes(4), 53, bytes(4), 4000)
    for at, segment in enumerate(octets.split(PART)):
        if len(segment) >= 5:
            sequence = int.from_bytes(segment[:4], "big")
            for _, _, found in streams.take(TIME_NS + at, key, sequence, segment[4], segment[5:]):
                assert len(found) >= DNS_MESSAGE_MIN
    streams.finish()
    assert streams.held == 0


def frames_of_links(octets: bytes) -> None:
    """Packets of any link type, whose place in the list of those understood is in the first octet."""
    kinds = sorted(UNDERSTOOD)
    parts = [part for part in octets.split(PART) if part]
    _dissect([(TIME_NS, kinds[part[0] % len(kinds)], part[1:], len(part)) for part in parts])


def unfolding(octets: bytes) -> None:
    """A file, compressed or not: the same at once and in pieces, as far as it is good."""
    (whole, good), (pieces, as_good) = _unfolded([octets]), _unfolded(_pieces(octets))
    assert good == as_good
    assert whole == pieces if good else pieces.startswith(whole) or whole.startswith(pieces)


def _unfolded(pieces: Iterable[bytes]) -> tuple[bytes, bool]:
    """What came out, and whether it was all."""
    opened, found = Unfolding(), bytearray()
    try:
        for piece in pieces:
            for each in opened.receive_data(piece):
                assert len(each) <= PIECE or each == piece
                found += each
        for each in opened.receive_eof():
            found += each
    except UnfoldingError:
        return bytes(found), False
    return bytes(found), True


def published(octets: bytes) -> None:
    """Messages as a subscriber gets them, three parts each."""
    parts = octets.split(PART)
    intake = Intake(CHANNELS, validate=True, now=0.0)
    for at in range(0, len(parts), 3):
        _, found = intake.take(parts[at : at + 3], float(at))
        if found is not None:
            _show(found.topic, found.records)


def records(octets: bytes) -> None:
    """A payload as subscribers get it, of the channel that its first octet picks, and its header."""
    with suppress(ValueError):
        decode_header(octets)
    channel = CHANNELS[octets[0] % len(CHANNELS)] if octets else MALFORMED
    try:
        found = decode_records(channel, octets[1:])
    except ValueError:
        return
    _show(channel, found)


def line(octets: bytes) -> None:
    """A line of JSON; a record that is read can be written and read again."""
    try:
        found = record_of(octets)
    except ValueError:
        return
    if found is not None:
        channel, record = found
        assert record_of(record_json(record).encode()) == found
        _show(channel, [record])


def request(octets: bytes) -> None:
    """What a client asks the broker, and what a broker answers."""
    parts = octets.split(PART)
    with suppress(RequestError):
        decode_request(parts)
    with suppress(ValueError):
        decode_answer(parts)


def name(octets: bytes) -> None:
    """A domain name as text."""
    try:
        labels = labels_of(octets[:2000].decode("latin-1"))  # a name's text has up to 1,004 characters
    except ValueError:
        return
    assert labels_of(name_text(labels)) == labels


TARGETS: dict[str, Callable[[bytes], None]] = {
    "batch": batch,
    "payload": payload,
    "message": message,
    "container": container,
    "dnsqr": dnsqr,
    "dnstap": dnstap_payload,
    "dnsnx": dnsnx,
    "frame_stream": frame_stream,
    "capture": capture,
    "frames_of_links": frames_of_links,
    "unfolding": unfolding,
    "packets": packets,
    "ip_datagram": ip_datagram,
    "segments": segments,
    "published": published,
    "records": records,
    "line": line,
    "request": request,
    "name": name,
}
"""By name, as findings and corpora are filed."""


def batch_of(octets: bytes) -> list[bytes]:
    """The parts of a batch with this payload, its header as the payload has it."""
    try:
        unpacker = msgpack.Unpacker()
        unpacker.feed(octets[:5])
        count = unpacker.read_array_header()
    except (ValueError, msgpack.OutOfData):
        count = 0
    return [FRAMES_1, msgpack.packb({"sensor": "ns1", "epoch": 1, "sequence": 1, "count": count}), octets]


def _take_batch(parts: list[bytes]) -> None:
    try:
        found = decode_batch(parts)
    except MessageError:
        return
    assert len(found.frames) + len(found.questions) + len(found.bad) == found.header["count"]
    assert {bad.reason for bad in found.bad} <= set(FRAME_REASONS)
    _malformed((found.header["sensor"], bad.reason, bad.data) for bad in found.bad)
    _derive(found.frames, found.questions)


def _derive(frames: Sequence[Frame1 | Frame], questions: Sequence[QuestionFrame] = ()) -> None:
    """As the broker does it: records of ours that break the schema would stop it."""
    for accept in (False, True):
        found = derive(
            frames,
            "ns1",
            questions,
            accept_unsolicited=accept,
            accept_forwarders=accept,
            asks=not accept,
            answers=accept,
        )
        dropped = found.noerror + found.unsolicited + found.mismatched + found.forwarder
        ends = len(found.errors) + found.questions + len(found.malformed) + dropped
        assert ends == len(frames) + len(questions)
        _malformed(("ns1", *wrong) for wrong in found.malformed)
        _show(DNS_ERRORS, found.errors)
        _show(NXDOMAIN, found.nxdomains)
        _show(ANSWERS, found.answers)


def _frame(found: Frame | str) -> None:
    if not isinstance(found, str):
        validate_frames([found])


def _malformed(found: Iterable[tuple[str, str, bytes]]) -> None:
    _show(
        MALFORMED,
        [
            {"time_ns": TIME_NS, "sensor": sensor, "reason": reason, "data": octets[:4096]}
            for sensor, reason, octets in found
        ],
    )


def _show(topic: str, found: list[Any]) -> None:
    """Valid records, whose text and JSON are safe on a terminal and come back."""
    channel = topic[: topic.index("/") + 1]
    RECORDS[channel].validate_python(found)
    for record in found[:8]:
        assert PRINTABLE.issuperset(record_text(topic, record).replace("\n", ""))
        shown = record_json(record)
        assert PRINTABLE.issuperset(shown)
        if channel in (DNS_ERRORS, NXDOMAIN):
            assert record_of(shown.encode()) == (channel, _one_form(record))


def _one_form(record: Any) -> Any:
    """The record with its names and addresses as they are read, where a broker gave them in another form."""
    read: dict[str, Any] = dict((record_of(record_json(record).encode()) or ("", {}))[1])
    return {**record, **{field: read[field] for field in FORMS if isinstance(record.get(field), str)}}


def _dissect(packets: list[reader.Captured]) -> None:
    skipped: Counter[str] = Counter()
    dissector, pairing = Dissector(PORTS, skipped, checksums=True), Pairing(PORTS, everything=True)
    frames = []
    for packet in packets:
        found = [pairing.take(each) for each in dissector.take(packet)]
        frames += [each for each in found if not isinstance(each, str)]
    found = [pairing.take(each) for each in dissector.finish()]
    frames += [each for each in found if not isinstance(each, str)]
    pairing.finish()
    validate_frames(frames)


def _pieces(octets: bytes) -> Iterable[bytes]:
    """The octets in pieces of 1, 2, 3 ... of them."""
    start, size = 0, 1
    while start < len(octets):
        yield octets[start : start + size]
        start, size = start + size, size + 1


def _agrees_with_dnslib(octets: bytes) -> None:
    """Question and first SOA are those that dnslib sees, where it can read the message."""
    try:
        questions, authorities = _decode(octets)
    except Exception:  # whatever dnslib raises on what it can't decode
        return
    owners = [found for rrtype, found in authorities if rrtype == dnslib.QTYPE.SOA]
    assert wire.soa_rrname(octets) == (name_text(owners[0].label) if owners else None)
    asked, answers = wire.question(octets)
    if asked is not None:
        assert asked == (name_text(questions[0].qname.label), questions[0].qtype, questions[0].qclass)
        assert wire.soa_rrname(octets) == wire.soa_rrname(octets, asked[0], answers)


def _decode(octets: bytes) -> tuple[list[dnslib.DNSQuestion], list[tuple[int, dnslib.DNSLabel]]]:
    """Questions, and type and owner of the records in the authority section; RDATA is stepped over."""
    buffer = dnslib.DNSBuffer(octets)
    header = dnslib.DNSHeader.parse(buffer)
    questions, records = [], []
    for _ in range(header.q):
        _refuse_odd_name(octets, buffer.offset)
        questions.append(dnslib.DNSQuestion.parse(buffer))
    for _ in range(header.a + header.auth):
        _refuse_odd_name(octets, buffer.offset)
        owner = buffer.decode_name()
        rrtype, _, _, rdlength = buffer.unpack("!HHIH")
        buffer.get(rdlength)
        records.append((rrtype, owner))
    return questions, records[header.a :]


def _refuse_odd_name(octets: bytes, start: int) -> None:
    """Raise where dnslib is laxer than RFC 1035: label types, 255 octets, pointers into the same name."""
    position, size = start, 1
    while length := octets[position]:
        if length >= 0xC0:
            position = (length & 0x3F) << 8 | octets[position + 1]
            if position >= start:
                raise ValueError
            start = position
        else:
            position, size = position + 1 + length, size + 1 + length
            if length > 63 or size > 255:
                raise ValueError
