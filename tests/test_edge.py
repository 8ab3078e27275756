"""Hard cases, one client port each, from a packet to the records of the broker: one expected outcome a case.

The capture is not part of the project; beside it is what Farsight's nmsgtool makes of it, which is wrong on
several (BADVERS, bad names, TCP).
"""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import NamedTuple

import pytest

from nxcast.broker.derivation.derive import derive
from nxcast.producers.pcap.capture_files import Reader
from nxcast.producers.pcap.packets import Dissector
from nxcast.producers.pcap.pairing import Pairing
from nxcast.schemas.codes import rcode_text
from nxcast.schemas.frames import Frame

NO_ZONE = "(no Nxdomain)"


class Case(NamedTuple):
    """What becomes of a case: its record, or `counted`, where a producer or the broker counts it."""

    label: str
    rcode: str = ""
    qname: str | None = None
    soa: str | None = NO_ZONE  # soa_rrname of the Nxdomain record
    qtype: int | None = 1
    qclass: int | None = 1
    opcode: int = 0
    counted: str = ""


def nx(label: str, qname: str, soa: str | None, qtype: int = 1, qclass: int = 1) -> Case:
    """On both channels."""
    return Case(label, "NXDOMAIN", qname, soa, qtype, qclass)


def nameless(label: str) -> Case:
    """A bad question: on the raw channel without one, never on NXDOMAIN."""
    return Case(label, "NXDOMAIN", None, NO_ZONE, None, None)


def counted(label: str, where: str) -> Case:
    return Case(label, counted=where)


LONGEST = 3 * ("a" * 63 + ".") + "b" * 61 + "."

CASES = {
    20001: nx("plain nxdomain+soa", "nx.example.com.", "example.com."),
    20002: nx("0x20 preserved", "nX.eXaMpLe.CoM.", "Example.COM."),
    20003: nx("0x20 response lowercased", "nx.example.com.", "example.com."),
    20004: nx("nxdomain no soa", "nosoa.example.com.", None),
    20005: nx("nxdomain two soa", "two.example.com.", "example.com."),
    20006: nx("nxdomain soa in answer", "ans.example.com.", None),
    20007: nx("nxdomain no question", "noq.example.com.", "example.com."),
    20008: Case("refused no question", "REFUSED", "refnoq.example.com."),
    20009: Case("formerr header only", "FORMERR", "ferr.example.com."),
    20010: nx("cname+nxdomain", "alias.example.com.", "example.net."),
    20011: nx("dname+cname+nxdomain", "x.d.example.com.", "example.org."),
    20012: Case("badvers", "BADVERS", "bv.example.com."),
    20013: Case("badcookie (23)", "BADCOOKIE", "bc.example.com."),
    20014: nx("tc=1 nxdomain", "tc.example.com.", None),
    20015: counted("id mismatch", "unsolicited"),
    20016: counted("qname mismatch", "unsolicited"),
    20017: counted("qtype mismatch servfail", "unsolicited"),
    20018: counted("unsolicited nxdomain", "unsolicited"),
    20019: counted("unanswered query", "query"),
    20020: nx("duplicate response 1st", "dup.example.com.", "example.com."),
    20021: Case("root qname", "REFUSED", "."),
    20022: nx("binary label", "a\\.b\\\\\\032\\255.com.", "com."),
    20023: nx("255-octet qname", LONGEST, "."),
    20024: nameless("257-octet qname"),
    20025: nameless("compressed qname ptr to self"),
    20026: nameless("label type 0x41"),
    20027: Case("class CH", "REFUSED", "version.bind.", qtype=16, qclass=3),
    20028: nx("class 0 type 0", "t0.example.com.", None, 0, 0),
    20029: nx("type 65400 class 65279", "tu.example.com.", None, 65400, 65279),
    20030: nameless("qdcount=2"),
    20031: nx("counts lie (ns=5)", "lie.example.com.", "example.com."),
    20032: nx("trailing garbage", "tg.example.com.", "example.com."),
    20033: nx("soa rdata cut", "cut.example.com.", None),
    20034: nx("two OPT", "oo.example.com.", "example.com."),
    20035: nx("compression loop in soa", "loop.example.com.", None),
    20036: Case("notify notauth", "NOTAUTH", "n.example.com.", qtype=6, opcode=4),
    20037: Case("update yxdomain", "YXDOMAIN", "u.example.com.", qtype=6, opcode=5),
    20038: nx("ipv6 nxdomain", "six.example.com.", "example.com."),
    20039: counted("mdns port 5353", "other_port"),
    20040: counted("port 5300", "other_port"),
    20041: nx("idn punycode", "xn--bcher-kva.example.", "example."),
    20042: nx("raw utf8 label", "b\\195\\188cher.example.", "example."),
    20043: counted("11-byte msg", "message_size"),
    20044: Case("rcode 11 (DSOTYPENI)", "DSOTYPENI", "r11.example.com."),
    20045: counted("aa=0 ra=1 nxdomain (recursive)", "client_side"),
    20046: nx("soa at unrelated zone", "unrel.example.com.", "attacker.test."),
    20047: counted("nodata noerror+soa", "noerror"),
    20048: counted("snaplen-truncated response", "ip_cut"),
    20049: nx("ipv4 fragmented nxdomain", "frag.example.com.", "example.com."),
}
PORTLESS = {"other_port", "ip_cut"}  # counted before the client's port is known
# The second response of the case is another packet, and nobody has asked for it: the broker sets it aside.
UNSOLICITED = {20020: 1}


class Outcome:
    """What became of the capture, by client port."""

    def __init__(self, path: Path) -> None:
        self.frames: dict[int, list[Frame]] = {}
        self.reasons: dict[int, list[str]] = {}
        self.skipped: Counter[str] = Counter()
        reader, dissector = Reader(), Dissector((53,), self.skipped)
        pairing = Pairing((53,), keep_resolver_address=True)
        for packet in reader.receive_data(path.read_bytes()):
            for message in dissector.take(packet):
                port = message[5] if message[3] == 53 else message[3]
                taken = pairing.take(message)
                if isinstance(taken, str):
                    self.reasons.setdefault(port, []).append(taken)
                else:
                    self.frames.setdefault(port, []).append(taken)


@pytest.fixture(scope="module")
def folder(shared: Path) -> Path:
    return shared / "farsight" / "derived"


@pytest.fixture(scope="module")
def outcome(folder: Path) -> Outcome:
    return Outcome(folder / "edge.pcap")


def test_the_table_has_each_case(folder: Path) -> None:
    labels = json.loads((folder / "edge_labels.json").read_text())
    assert {int(port): label for port, label in labels.items()} == {
        port: case.label for port, case in CASES.items()
    }


@pytest.mark.parametrize("port", [port for port, case in CASES.items() if not case.counted])
def test_case_on_the_channels(outcome: Outcome, port: int) -> None:
    """One DnsError with these fields, and one Nxdomain or none."""
    case = CASES[port]
    derived = derive(outcome.frames[port], "edge")
    (error,) = derived.errors
    fields = error["qname"], error["qtype"], error["qclass"], error["opcode"]
    assert (rcode_text(error["rcode"]), *fields) == (*case[1:3], case.qtype, case.qclass, case.opcode)
    assert error["query"] is not None
    assert [each["soa_rrname"] for each in derived.nxdomains] == ([] if case.soa == NO_ZONE else [case.soa])
    assert [(each["qname"], each["qtype"]) for each in derived.nxdomains] in ([], [(case.qname, case.qtype)])
    assert derived.unsolicited == UNSOLICITED.get(port, 0)
    assert outcome.reasons[port] == ["query"]


@pytest.mark.parametrize(
    "port", [port for port, case in CASES.items() if case.counted and case.counted not in PORTLESS]
)
def test_case_that_is_counted(outcome: Outcome, port: int) -> None:
    """By the producer, or by the broker as unsolicited or noerror; on no channel."""
    derived = derive(outcome.frames.get(port, []), "edge")
    assert not derived.errors
    assert not derived.nxdomains
    reasons = Counter(outcome.reasons.get(port, []))
    reasons += Counter({"unsolicited": derived.unsolicited, "noerror": derived.noerror})
    reasons -= Counter({"query": 1}) if CASES[port].counted != "query" else Counter()
    assert reasons == {CASES[port].counted: 1}


def test_cases_that_are_counted_without_their_port(outcome: Outcome) -> None:
    """Query and response of two cases on other ports, a response cut by the snap length, two ICMP errors."""
    assert outcome.skipped == {"other_port": 4, "ip_cut": 1, "no_transport": 2}


def test_tcp_has_all_that_udp_has(outcome: Outcome) -> None:
    """A case more than are labelled: nmsgtool's TCP records have neither RCODE nor name nor addresses."""
    (frame,) = outcome.frames[23456]
    (nxdomain,) = derive([frame], "edge").nxdomains
    assert (frame[1], frame[4], nxdomain["qname"], nxdomain["soa_rrname"]) == (
        4, 6, "tcp.example.com.", "example.com.",
    )  # fmt: skip
    assert sum(map(len, outcome.frames.values())) == 45
