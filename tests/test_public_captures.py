"""Every public capture against an independent decoder: the same responses with the same fields.

The decoder is tshark, whose results were checked against a second one. What it says and we do not is listed
here with its reason. Run with -s to see recall and precision.
"""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterable
from ipaddress import ip_address
from pathlib import Path
from typing import NamedTuple

import pytest

from nxcast.producers.pcap.capture_files import Reader
from nxcast.producers.pcap.packets import Dissector
from nxcast.producers.pcap.pairing import Pairing
from nxcast.schemas import message as wire
from nxcast.schemas.names import NAME_MAX, name_text

GOAL = 0.995  # of recall and precision both

LINK = "a link type that is not understood"
CUT = "cut by the snap length, or a fuzzer's nonsense: counted as such, as a part of a message tells no RCODE"
TO_SERVER = "sent to port 53 from another: no server's response"
COPY = "a second copy of a response within a millisecond: counted as duplicate, not sent"
LATER = "two segments of the same ports, fifty years apart: tshark takes the second for the first come again"

MISSED = {
    "seladb+PcapPlusPlus__Fuzzers__RegressionTests__regression_samples__"
    "clusterfuzz-testcase-FuzzTarget-5188876846235648.pcap": (1, CUT),
    "seladb+PcapPlusPlus__Fuzzers__RegressionTests__regression_samples__"
    "clusterfuzz-testcase-minimized-FuzzTarget-5654053026791424.pcap": (1, CUT),
    "the-tcpdump-group+tcpdump__dns_udp_2.pcap": (1, CUT),
    "zeek+zeek__dns-edns-ecs-bad.pcap": (1, CUT),
    "zeek+zeek__tunnels__geneve-vxlan-dns-truncated.pcap": (1, CUT),
    "the-tcpdump-group+tcpdump__arcnet-rfc1051-arp-icmp-http.pcap": (2, LINK),
    "the-tcpdump-group+tcpdump__arcnet-rfc1201-arp-icmp-http.pcap": (2, LINK),
    "zeek+zeek__dns__max-compression-depth.pcap": (1, TO_SERVER),
    "zeek+zeek__dns-two-responses.pcap": (1, COPY),
}
"""By capture, how many responses the decoder has and we have not, and why."""

ADDED = {"seladb+PcapPlusPlus__Packet++Test__PacketExamples__dns_over_tcp.pcapng": (1, LATER)}
"""By capture, how many we have and the decoder has not, and why."""


class Seen(NamedTuple):
    """A response as both decoders see it."""

    time_ns: int
    src: str
    dst: str
    sport: int
    dport: int
    proto: str
    id: int
    rcode: int
    question: tuple[str, int, int] | None
    soa_rrname: str | None


@pytest.mark.parametrize("responses_only", [True, False])
def test_finds_what_the_independent_decoder_finds(shared: Path, responses_only: bool) -> None:
    """In 214 captures, but for the exceptions above; those are as many as they say, no more and no less."""
    total: Counter[str] = Counter()
    missed: dict[str, int] = {}
    added: dict[str, int] = {}
    for table in sorted((shared / "expected").glob("*.tsv")):
        name = table.name.removesuffix(".tsv")
        expected, found = _expected(table), _found(shared / "captures" / name, responses_only=responses_only)
        total.update(expected=expected.total(), found=found.total(), both=(expected & found).total())
        for difference, where in ((expected - found, missed), (found - expected, added)):
            if difference:
                where[name] = difference.total()
    excused = sum(count for count, _ in MISSED.values()), sum(count for count, _ in ADDED.values())
    recall = total["both"] / (total["expected"] - excused[0])
    precision = total["both"] / (total["found"] - excused[1])
    print(
        f"\n{total['both']} of {total['expected']} responses ({excused[0]} excused), {total['found']} found "
        f"({excused[1]} excused): recall {recall:.2%}, precision {precision:.2%}; "
        f"with nothing excused {total['both'] / total['expected']:.2%}, {total['both'] / total['found']:.2%}"
    )
    assert total["expected"] > 2400
    assert min(recall, precision) >= GOAL
    assert min(total["both"] / total["expected"], total["both"] / total["found"]) >= GOAL  # nothing excused
    assert missed == {name: count for name, (count, _) in MISSED.items()}
    assert added == {name: count for name, (count, _) in ADDED.items()}


@pytest.mark.parametrize(
    "name", ["DNS-OARC+dnscap__frags.pcap", "DNS-OARC+dnscap__vlan11.pcap", "DNS-OARC+dnscap__dnso1tcp.pcap"]
)
def test_pairs_what_is_between_a_client_and_a_resolver(shared: Path, name: str) -> None:
    """Every response of fragments, VLANs and TCP has its query, and by default none is taken here."""
    kinds = Counter(frame[1] for frame in _frames(shared / "captures" / name, everything=True))
    assert kinds.keys() <= {1, 4}
    assert kinds.total() == 41
    assert _frames(shared / "captures" / name) == []


def _frames(path: Path, **options: bool) -> list[tuple]:  # type: ignore[type-arg]
    reader, dissector, pairing = Reader(), Dissector((53,), Counter()), Pairing((53,), **options)
    messages = [
        message for packet in reader.receive_data(path.read_bytes()) for message in dissector.take(packet)
    ]
    messages += dissector.finish()
    taken = [pairing.take(message) for message in messages]
    return [frame for frame in taken if not isinstance(frame, str)]


def _found(path: Path, *, responses_only: bool) -> Counter[Seen]:
    frames = _frames(path, everything=True, responses_only=responses_only, keep_resolver_address=True)
    return Counter(
        Seen(
            time_ns, _text(src), _text(dst), sport, dport, {6: "tcp", 17: "udp"}[proto],
            int.from_bytes(response[:2], "big"), wire.rcode(response), *_question_and_soa(response),
        )
        for time_ns, _, src, sport, proto, dst, dport, _, response, *_ in frames
    )  # fmt: skip


def _question_and_soa(response: bytes) -> tuple[tuple[str, int, int] | None, str | None]:
    question, _ = wire.question(response)
    soa = wire.soa_rrname(response)
    return question, None if soa is None else soa.lower()


def _expected(table: Path) -> Counter[Seen]:
    """The rows of a table, each response once: those quoted in an ICMP error are no traffic."""
    csv.field_size_limit(1 << 24)
    with table.open(errors="surrogateescape", newline="") as lines:
        rows = list(csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE))
    return Counter(_seen(row) for row in rows if row["in_icmp"] != "1")


def _seen(row: dict[str, str]) -> Seen:
    seconds, nanoseconds = row["time_epoch"].split(".")
    return Seen(
        int(seconds + nanoseconds.ljust(9, "0")),
        str(ip_address(row["src"])),
        str(ip_address(row["dst"])),
        int(row["sport"]),
        int(row["dport"]),
        row["proto"],
        int(row["dns_id"], 16),
        int(row["ext_rcode"] or row["rcode"]),
        _expected_question(row),
        _expected_soa(row["soa_owner"]),
    )


def _expected_question(row: dict[str, str]) -> tuple[str, int, int] | None:
    """None where there is none, or its name is not valid."""
    octets = bytes.fromhex(row["qname_wire_hex"].partition("|")[0])
    labels = list(_labels(octets))
    if row["qd"] != "1" or not octets or None in labels or len(octets) > NAME_MAX:
        return None
    qtype, qclass = row["qtype"].partition("|")[0], row["qclass"].partition("|")[0]
    return name_text([label for label in labels if label]), int(qtype), int(qclass, 0)


def _labels(octets: bytes) -> Iterable[bytes | None]:
    position = 0
    while octets[position : position + 1] not in (b"", b"\0"):
        length = octets[position]
        yield octets[position + 1 : position + 1 + length] if length < 64 else None
        position += 1 + length
    yield b""


def _expected_soa(owners: str) -> str | None:
    owner = owners.partition("|")[0]
    if owner in ("", "<Root>"):
        return "." if owner else None
    return owner.lower() + "."


def _text(address: bytes) -> str:
    return str(ip_address(address))
