"""Where mutations begin: for each target some octets that it can read, or nearly.

They come from the project's own samples and generators, and from the public captures where those are there.
"""

from __future__ import annotations

import bz2
import gzip
import lzma
from collections.abc import Iterator
from functools import lru_cache, partial
from itertools import islice

import msgpack

from nxcast.broker.derivation.derive import derive
from nxcast.consumers.show.json_lines import record_json
from nxcast.producers.dnstap.frame_streams import Reader
from nxcast.producers.pcap.links import UNDERSTOOD
from nxcast.producers.synthetic.dnstap_writing import dnstap_file
from nxcast.producers.synthetic.pcap_writing import pcap_file
from nxcast.producers.synthetic.stream import generate
from nxcast.schemas import dnstap
from nxcast.schemas.frames import FRAMES_2, Frame, encode_batch, make_frame
from nxcast.schemas.nmsg.container import encode_container
from nxcast.schemas.nmsg.dnsqr import encode_dnsqr
from nxcast.schemas.nmsg.payloads import DNSNX, DNSQR, DNSTAP, encode_dnsnx, make_payload
from nxcast.schemas.nmsg.reassembly import split
from nxcast.schemas.question_frame import make_question
from nxcast.schemas.records import DnsError, Nxdomain
from nxcast.schemas.topics import CHANNELS
from tests import packets
from tests.fuzz.targets import PART, TARGETS
from tests.messages import CNAME, TIME_NS, frame, message, opt, question, record, soa
from tests.shared_data import DATA, ROOT

__all__ = ["ROOT", "SEED_MAX", "examples", "seeds"]

SEED_MAX = 16 << 10  # octets; mutations of more are slow, and find nothing else
FRAMES = 24  # of each source


def seeds(target: str, *, shared: bool = False) -> list[bytes]:
    """The seeds of a target, the same each time; `shared` adds the public captures."""
    found = list(_OWN[target]())
    if shared:
        found += _public(target)
    assert target in TARGETS
    return [octets[:SEED_MAX] for octets in found]


@lru_cache(1)
def examples() -> list[Frame]:
    """Frames of invented and of recorded traffic, and some of odd messages."""
    invented = [each.frame for each in islice(generate("sie", 1), FRAMES)]
    asked = message(response=False)
    odd = [make_frame(*frame(octets, query=asked)) for octets in _odd_messages()]
    return invented + _recorded() + odd


def _recorded() -> list[Frame]:
    payloads = Reader().receive_data((ROOT / "testbed" / "sample.dnstap").read_bytes())
    found = (dnstap.frame_of(payload, TIME_NS) for payload in payloads)
    return list(islice((each for each in found if not isinstance(each, str) and each[8][3] & 0xF), FRAMES))


def _odd_messages() -> list[bytes]:
    loop = message(authorities=[record(b"\x01a\0", 16, b"\xc0\x2a"), soa(b"\xc0\x28")])
    chain = message(answers=[record(b"\xc0\x0c", CNAME, b"\1a\xc0\x12")], authorities=[soa(b"\xc0\x12")])
    return [
        loop,
        chain,
        message(0, additionals=[opt(1)]),
        message(7, additionals=[opt(1, options=b"\0\x0a\0\x08abcdefgh")]),
        message(questions=[question(b"\x03a.b\x02\\\x20\x01\xff\0")], authorities=[soa(b"\xc0\x10")]),
        message(questions=[question((b"\x3f" + b"a" * 63) * 3 + b"\x3d" + b"a" * 61 + b"\0")]),
        message(5, questions=[]),
        message(counts=(0xFFFF, 0xFFFF, 0xFFFF, 0xFFFF), authorities=[b"\xc0\x0c" * 200]),
    ]


def _records() -> tuple[list[DnsError], list[Nxdomain]]:
    found = derive(examples(), "ns1")
    return found.errors, found.nxdomains


ZONES = (b"\0", b"\x03com\0", b"\x07example\0", b"\x01\xff\0")


def _batches() -> Iterator[bytes]:
    frames = examples()
    for count in (0, 1, 2, 16):
        header = {"sensor": "ns1", "epoch": 7, "sequence": 1, "count": count}
        yield PART.join(encode_batch(header, frames[-count:] if count else []))  # type: ignore[arg-type]
        zoned = [make_frame(*each[:9], zone, 3) for each, zone in zip(frames[:count], ZONES, strict=False)]
        asked = [
            make_question(TIME_NS, b"\x03nx1" + zone, 15, 1, each[2], zone, zone, "authority")
            for each, zone in zip(frames[:count], ZONES, strict=False)
        ]
        mixed = {**header, "count": len(zoned) + len(asked), "questions": count > 1}
        yield PART.join(encode_batch(mixed, [*zoned, *asked], FRAMES_2))  # type: ignore[arg-type]
    yield from _containers()


def _payloads() -> Iterator[bytes]:
    yield from (msgpack.packb(examples()[at : at + 3]) for at in range(0, 30, 3))
    yield b"\x91" * 900 + b"\xc0"
    yield b"\xdd\0\0\x01\0" + b"\xdc\x00\x3c" * 256
    yield msgpack.packb([[{"a": {}}, -1, 1.5, "text", None, True, b"", [[]], 2**64 - 1]])


def _messages() -> Iterator[bytes]:
    for each in examples():
        yield each[8] if each[7] is None else each[8] + PART + each[7]


def _containers() -> Iterator[bytes]:
    _, nxdomains = _records()
    made = [make_payload(DNSQR, TIME_NS, each, 0xA1BA02CF) for each in islice(_dnsqrs(), 4)]
    made += [make_payload(DNSTAP, TIME_NS, each) for each in islice(_dnstaps(), 4)]
    made += [make_payload(DNSNX, TIME_NS, encode_dnsnx(each)) for each in nxdomains[:2]]
    plain = encode_container(made, sequence=3, sequence_id=9)
    yield plain
    yield encode_container(made, compress=True)
    yield encode_container([])
    yield PART.join(split(plain, 512, 77))
    yield PART.join(split(encode_container(made, compress=True), 512, 78))


def _dnsqrs() -> Iterator[bytes]:
    for each in examples():
        yield encode_dnsqr(each)
        yield encode_dnsqr((*each[:5], bytes(len(each[2])), 4000, *each[7:]), (b"\1a\0", 1, 1))


def _dnstaps() -> Iterator[bytes]:
    yield from Reader().receive_data(b"".join(dnstap_file(examples())))


def _dnsnxs() -> Iterator[bytes]:
    _, nxdomains = _records()
    yield from map(encode_dnsnx, nxdomains)


def _frame_streams() -> Iterator[bytes]:
    yield b"".join(dnstap_file(examples()))
    yield b"".join(dnstap_file(examples()[:3]))
    yield b"\0\0\0\0\0\0\0\x22\0\0\0\4\0\0\0\1\0\0\0\x16protobuf:dnstap.Dnstap" + b"".join(
        dnstap_file(examples()[:2])
    )


def _captures() -> Iterator[bytes]:
    yield b"".join(pcap_file(examples()))
    yield b"".join(pcap_file(examples()[-3:]))
    found = list(islice(_ethernet(), 12))
    for order in "<>":
        blocks = [packets.enhanced(each, at, order=order) for at, each in enumerate(found)]
        yield packets.section(order) + packets.interface(order=order) + b"".join(blocks)
        yield packets.pcap([(TIME_NS, each) for each in found], order=order, nanoseconds=order == ">")


def _frames_of_links() -> Iterator[bytes]:
    four, six = (each[14:] for each in islice(_ethernet(), 2))
    kinds = sorted(UNDERSTOOD)
    for four_or_six in (four, six):
        for kind, octets in (
            (1, packets.ethernet(four_or_six)),
            (9, packets.ppp(four_or_six)),
            (51, packets.pppoe(four_or_six)),
            (100, packets.snap(four_or_six)),
            (101, four_or_six),
            (127, bytes.fromhex("00000800") + bytes(4) + b"\x08" + bytes(23) + packets.snap(four_or_six)),
            (239, packets.nflog(four_or_six)),
        ):
            yield bytes([kinds.index(kind)]) + octets


def _folded() -> Iterator[bytes]:
    plain = b"".join(pcap_file(examples()[:3]))
    yield plain
    for pack in (bz2.compress, lzma.compress, partial(gzip.compress, mtime=0)):
        yield pack(plain)
        yield pack(plain[:100]) + pack(plain[100:])


def _tunnelled() -> Iterator[bytes]:
    for inner in islice(_ethernet(), 6):
        packet = inner[14:]
        for proto, octets in (
            (4, packet),
            (41, packet),
            (47, packets.gre(0x6558, inner, key=True)),
            (47, packets.gre(0x88BE, bytes(8) + inner, number=True)),
            (17, packets.udp(packets.vxlan(inner), 4789, 4789)),
            (17, packets.udp(packets.geneve(0x6558, inner), 4789, 6081)),
            (17, packets.udp(packets.gtp_u(packet), 2152, 2152)),
        ):
            yield packets.ethernet(packets.ip4(octets, proto=proto))
        yield packets.frame(0x8864, packets.pppoe(packet))
        yield packets.frame(0x8847, bytes.fromhex("00010140") + packet)


def _ethernet() -> Iterator[bytes]:
    for each in examples():
        yield packets.ethernet(packets.ip4(packets.udp(each[8], 53, 4000)))
        yield packets.ethernet(packets.ip6(packets.udp(each[8], 53, 4000)))


def _packet_runs() -> Iterator[bytes]:
    found = list(_ethernet())
    yield from (PART.join(found[at : at + 3]) for at in range(0, 24, 3))
    yield from (PART.join(packets.ethernet(part) for part in parts) for parts in _fragments())
    yield from _tunnelled()


def _datagrams() -> Iterator[bytes]:
    yield from (each[14:] for each in islice(_ethernet(), 12))
    yield from map(PART.join, _fragments())


def _fragments() -> Iterator[list[bytes]]:
    whole = packets.udp(examples()[0][8], 53, 4000) + bytes(64)
    yield [packets.ip4(whole[:64], offset=0, more=True), packets.ip4(whole[64:], offset=64)]
    last = packets.fragment_header(17, 64, False) + whole[64:]
    yield [
        packets.ip6(packets.fragment_header(17, 0, True) + whole[:64], proto=44),
        packets.ip6(last, proto=44),
    ]
    yield [packets.ip6(packets.extension(60) + packets.extension(17) + whole, proto=0)]


def _segments() -> Iterator[bytes]:
    told = b"".join(len(each[8]).to_bytes(2, "big") + each[8] for each in examples()[:4])
    for size in (7, 100, 1000):
        parts = [(1 + at, 0x18, told[at : at + size]) for at in range(0, len(told), size)]
        parts = [(0, 0x02, b""), *parts[1::2], *parts[::2]]
        yield PART.join(number.to_bytes(4, "big") + bytes([flags]) + data for number, flags, data in parts)


def _published() -> Iterator[bytes]:
    for at, channel in enumerate(CHANNELS):
        for body in _bodies(channel):
            header = {"version": 1, "epoch": 7, "sequence": 1 + at, "count": 1, "time_ns": TIME_NS}
            yield PART.join([channel.encode(), msgpack.packb(header), body])


def _bodies(channel: str) -> list[bytes]:
    errors, nxdomains = _records()
    answers = [{key: each[key] for key in each if key != "rcode"} for each in errors]
    malformed = {"time_ns": TIME_NS, "sensor": None, "reason": "frame_shape", "data": b"\xc0"}
    found = (errors, nxdomains, answers, [malformed], [_server()], [_status()])
    return [msgpack.packb([each]) for each in found[CHANNELS.index(channel)]]


def _server() -> dict[str, object]:
    return {
        "time_ns": TIME_NS,
        "span_ms": 60_000,
        "response_ip": "192.0.2.1",
        "query_zone": "example.",
        "noerror": 2,
        "nxdomain": 1,
    }


def _status() -> dict[str, object]:
    numbers = (
        "messages_received frames_received noerror errors questions unsolicited mismatched forwarder nxdomain"
    )
    maps = "messages_malformed malformed skipped requests_malformed refused"
    more = "requests_received messages_replayed"
    sensor = "epoch sequence time_ns batches frames lost_batches repeated_batches restarts"
    return {
        "time_ns": TIME_NS,
        "epoch": 7,
        "replay": 5558,
        "software": "nxcast",
        "counters": {
            **dict.fromkeys(f"{numbers} {more}".split(), 3),
            **{each: {"frame_shape": 1} for each in maps.split()},
        },
        "sensors": {"ns1": dict.fromkeys(sensor.split(), 1)},
        "sensors_forgotten": 0,
        "topics": {"nxdomain/MX/": {"sequence": 1, "records": 1}},
    }


def _payloads_of_records() -> Iterator[bytes]:
    for at, channel in enumerate(CHANNELS):
        yield from (bytes([at]) + body for body in _bodies(channel))


def _lines() -> Iterator[bytes]:
    errors, nxdomains = _records()
    yield from (record_json(each).encode() for each in [*errors, *nxdomains])


def _requests() -> Iterator[bytes]:
    asked = {"version": 1, "id": 1}
    yield msgpack.packb({**asked, "ask": "status"})
    yield msgpack.packb({**asked, "ask": "since", "topics": ["nxdomain/"], "time_ns": TIME_NS})
    yield msgpack.packb({**asked, "ask": "arrived", "sensor": "ns1", "epoch": 7})
    span = {"topic": "nxdomain/MX/", "epoch": 7, "first": 1, "last": 2}
    yield msgpack.packb({**asked, "ask": "range", **span})
    answer = {**asked, "epoch": 7, "answer": "range", "error": None, "topic": "nxdomain/MX/"}
    header = msgpack.packb({**answer, "first": 1, "count": 1, "oldest": 1})
    yield PART.join([header, b"header", b"payload"])


def _names() -> Iterator[bytes]:
    yield from (b"gdsrr.com.", b".", b"a\\.b.\\\\\\032.\\255.", b"a" * 63 + b"." + b"b" * 63 + b".")


_OWN = {
    "batch": _batches,
    "payload": _payloads,
    "message": _messages,
    "container": _containers,
    "dnsqr": _dnsqrs,
    "dnstap": _dnstaps,
    "dnsnx": _dnsnxs,
    "frame_stream": _frame_streams,
    "capture": _captures,
    "packets": _packet_runs,
    "frames_of_links": _frames_of_links,
    "unfolding": _folded,
    "ip_datagram": _datagrams,
    "segments": _segments,
    "published": _published,
    "records": _payloads_of_records,
    "line": _lines,
    "request": _requests,
    "name": _names,
}

_PUBLIC = {
    "capture": "captures/*.pcap*",
    "frame_stream": "captures/*.dnstap",
    "container": "farsight/nmsg_tests/**/*.nmsg",
}


def _public(target: str) -> list[bytes]:
    pattern = _PUBLIC.get(target)
    return [path.read_bytes() for path in sorted(DATA.glob(pattern))] if pattern else []
