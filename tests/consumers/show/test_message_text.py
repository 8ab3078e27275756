"""DNS messages as text: read back they are the same messages, and what can't be read costs nothing else."""

import re
import struct
from collections import Counter

import dns.edns
import dns.exception
import dns.message
import dns.rdata
import dns.rdataclass
import dns.rdatatype
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nxcast.consumers.show.message_text import RECORDS_MAX, message_lines
from nxcast.producers.pcap.capture_files import Reader
from nxcast.producers.pcap.links import LinkTypeError
from nxcast.producers.pcap.packets import Dissector
from nxcast.schemas.codes import CLASSES, TYPES
from nxcast.schemas.message import question as question_of
from nxcast.schemas.message import soa_rrname
from nxcast.schemas.names import labels_of, name_wire
from tests.messages import MX, TXT, message, opt, question, record, soa

CAA, CNAME, HTTPS = 257, 5, 65
HEADER = ";; ->>HEADER<<- "


def rdata_of(octets):
    """The RDATA shown of the one record of a message's answer section."""
    lines = message_lines(octets)
    return lines[lines.index(";; ANSWER SECTION:") + 1].split(maxsplit=4)[4]


def answered(rrtype, rdata, *, rrclass=1):
    return message(0, answers=[record("a.example.", rrtype, rdata, ttl=60, rrclass=rrclass)])


def test_it_is_laid_out_as_dig_does():
    octets = message(3, authorities=[soa()], additionals=[opt()])
    assert message_lines(octets) == [
        ";; ->>HEADER<<- opcode: QUERY, status: NXDOMAIN, id: 4660",
        ";; flags: qr; QUERY: 1, ANSWER: 0, AUTHORITY: 1, ADDITIONAL: 1",
        ";; QUESTION SECTION:",
        ";gdsrr.com.                     IN      MX",
        ";; AUTHORITY SECTION:",
        "com.                    0       IN      SOA     a.example. b.example. 1 2 3 4 5",
        ";; ADDITIONAL SECTION:",
        ";; OPT PSEUDOSECTION",
        "; EDNS: version: 0, flags:; udp: 1232",
    ]


@pytest.mark.parametrize(
    ("extended", "rcode", "status"),
    [(1, 0, "BADVERS"), (1, 7, "BADCOOKIE"), (0, 0, "NOERROR"), (2, 1, "RCODE33")],
)
def test_the_status_is_the_full_rcode(extended, rcode, status):
    assert f"status: {status}," in message_lines(message(rcode, additionals=[opt(extended)]))[0]


@pytest.mark.parametrize(
    ("flags", "shown"),
    [
        (0x8400, "qr aa"),
        (0x03B0, "tc rd ra ad cd"),
        (0x0040, "z"),
        (0xFFFF, "qr aa tc rd ra ad cd z"),
        (0, ""),
    ],
)
def test_all_flags_are_told(flags, shown):
    assert f";; flags: {shown}; " in message_lines(struct.pack("!6H", 1, flags, 0, 0, 0, 0))[1]


def test_an_update_has_the_sections_of_rfc_2136():
    deleted = record("a.example.", 1, b"", rrclass=255)
    octets = message(5, opcode=5, questions=[question("example.", 6)], authorities=[deleted])
    assert message_lines(octets) == [
        ";; ->>HEADER<<- opcode: UPDATE, status: REFUSED, id: 4660",
        ";; flags: qr; ZONE: 1, PREREQUISITE: 0, UPDATE: 1, ADDITIONAL: 0",
        ";; ZONE SECTION:",
        ";example.                       IN      SOA",
        ";; UPDATE SECTION:",
        r"a.example.              0       ANY     A       \# 0",
    ]


@pytest.mark.parametrize(
    ("rrtype", "rdata", "shown"),
    [
        pytest.param(TXT, b'\x07a"\\\x00\xff;b', r'"a\"\\\000\255;b"', id="octets of a TXT"),
        pytest.param(TXT, b"\x00\x01a", '"" "a"', id="strings of a TXT"),
        pytest.param(CAA, b'\x00\x05issue"\xc3\xbc\n', r'0 issue "\"\195\188\010"', id="octets of a CAA"),
        pytest.param(CNAME, name_wire(r"a\.b\032c(d;e.example."), r"a\.b\032c(d;e.example.", id="a name"),
        pytest.param(MX, b"\0\x0a" + name_wire("m.example."), "10 m.example.", id="MX"),
        pytest.param(1, b"\xc0\x00\x02", r"\# 3 c00002", id="an address of three octets"),
        pytest.param(1, b"", r"\# 0", id="no address"),
        pytest.param(HTTPS, b"\0\1\0\0\1\0\3\2h2", r'1 . alpn="h2"', id="HTTPS"),
        pytest.param(65400, b"\xde\xad", r"\# 2 dead", id="a type without a name"),
        pytest.param(20, b"\x01a\x00", r"\# 3 016100", id="what the text would leave out"),
        pytest.param(43, b"\1\2\3\4", r"\# 4 01020304", id="a digest that is empty"),
    ],
)
def test_rdata_is_exact_or_in_the_form_of_rfc_3597(rrtype, rdata, shown):
    assert rdata_of(answered(rrtype, rdata)) == shown


def test_a_class_says_nothing_of_the_others():
    """Asked for a type of class ANY that only IN has, dnspython forgets the type in IN."""
    for rrclass, shown in (
        (255, r"\# 16 20010db8000000000000000000000001"),
        (1, "2001:db8::1"),
        (254, "2001:db8::1"),
    ):
        octets = answered(28, bytes.fromhex("20010db8000000000000000000000001"), rrclass=rrclass)
        assert rdata_of(octets) == shown


def test_a_name_is_one_text_wherever_it_stands():
    name = r"sp\032ace.a\.b;(\"é\".example.".replace(r"\"é\"", r'"\195\169"')
    wire = name_wire(name)
    alias = record(wire, CNAME, wire)
    octets = message(3, questions=[wire + struct.pack("!2H", 1, 1)], answers=[alias], authorities=[soa(wire)])
    lines = message_lines(octets)
    assert question_of(octets)[0][0] == soa_rrname(octets) == name
    assert sum(line.count(name) for line in lines) == 4
    assert lines[3] == f";{name:<30} IN      A"


def test_one_bad_rdata_costs_itself_only():
    bad = record("b.example.", MX, b"\0\x0a\xff\xff")
    lines = message_lines(message(0, answers=[bad, record("c.example.", 1, b"\xc0\0\2\1")]))
    assert lines[5].endswith(r"MX      \# 4 000affff")
    assert lines[6].endswith("A       192.0.2.1")


def test_a_bad_owner_costs_itself_only():
    bad = record(b"\xc0\xff", 1, b"\xc0\0\2\1")
    lines = message_lines(message(0, answers=[bad, record("c.example.", 1, b"\xc0\0\2\2")]))
    assert lines[5].split(maxsplit=2)[:2] == [r"\#", "2"]
    assert lines[5].endswith("A       192.0.2.1")
    assert lines[6].startswith("c.example. ")


def test_where_the_walk_ends_the_rest_is_hexadecimal():
    octets = message(2, answers=[record("c.example.", 1, b"\xc0\0\2\1")], counts=(1, 2, 0, 0)) + b"\x03ab"
    assert message_lines(octets)[-2:] == [
        f";; can't be read from octet {len(octets) - 3} on (ANSWER 2 of 2): 3 octets",
        "03 61 62",
    ]


def test_what_follows_a_message_is_told():
    assert message_lines(message(2) + b"\x1b[2J")[-2:] == [";; after its end: 4 octets", "1b 5b 32 4a"]


@pytest.mark.parametrize("octets", [b"", b"\x1b[2J"])
def test_less_than_a_header_is_hexadecimal(octets):
    assert message_lines(octets) == [octets.hex(" ")] * bool(octets)


def test_as_many_records_are_shown_as_stand_in_a_screenful_of_reason():
    many = [record(b"\0", 1, b"\xc0\0\2\1")] * 300
    lines = message_lines(message(0, answers=many))
    assert len([line for line in lines if line.endswith("192.0.2.1")]) == RECORDS_MAX - 1
    assert lines[-1] == f";; {RECORDS_MAX} records shown, the other {45 * 15} octets are not"


def option(code, data):
    return struct.pack("!2H", code, len(data)) + data


@pytest.mark.parametrize(
    ("code", "data", "shown"),
    [
        (15, b"\0\x16at delegation a.example.", "EDE: 22 (No Reachable Authority): at delegation a.example."),
        (15, b"\0\x09", "EDE: 9 (DNSKEY Missing)"),
        (15, b"\xff\xff\xff\n\0", r"EDE: 65535 (unassigned): \255\010"),
        (15, b"\1", r"EDE: \# 1 01"),
        (3, b"ns1", 'NSID: 6e7331 ("ns1")'),
        (3, b"\x1b", "NSID: 1b"),
        (10, bytes(range(24)), f"COOKIE: {bytes(range(24)).hex()}"),
        (10, b"\1\2", r"COOKIE: \# 2 0102"),
        (8, b"\0\1\x18\0\xc6\x33\x64", "CLIENT-SUBNET: 198.51.100.0/24/0"),
        (8, b"\0\2\x20\x30\x20\1\x0d\xb8", "CLIENT-SUBNET: 2001:db8::/32/48"),
        (8, b"\0\1\x18\0\xc6", r"CLIENT-SUBNET: \# 5 00011800c6"),
        (8, b"\0\1\x17\0\xc6\x33\x65", r"CLIENT-SUBNET: \# 7 00011700c63365"),
        (18, name_wire("agent.example."), "REPORT-CHANNEL: agent.example."),
        (18, b"\x05ag", r"REPORT-CHANNEL: \# 3 056167"),
        (9, b"\0\0\x0e\x10", "EXPIRE: 3600 s"),
        (11, b"\0\x64", "TCP-KEEPALIVE: 10.0 s"),
        (12, bytes(40), "PADDING: 40 octets"),
        (12, b"\1", r"PADDING: \# 1 01"),
        (26946, b"\1\2", r"OPTION26946: \# 2 0102"),
    ],
)
def test_edns_options_have_names(code, data, shown):
    octets = message(2, additionals=[opt(options=option(code, data) + option(3, b"x"))])
    assert message_lines(octets)[-2:] == [f"; {shown}", '; NSID: 78 ("x")']


def test_options_that_are_cut_are_told():
    octets = message(2, additionals=[opt(options=option(3, b"x") + b"\0\x0f\0\x09ab")])
    assert message_lines(octets)[-2:] == ['; NSID: 78 ("x")', r"; can't be read: \# 6 000f00096162"]


def test_an_opt_that_is_none_is_a_record():
    octets = message(2, additionals=[record("a.example.", 41, b"ab", ttl=1, rrclass=1232)])
    assert message_lines(octets)[-1] == r"a.example.              1       CLASS1232 OPT     \# 2 6162"


def test_rdata_forges_no_line():
    lines = message_lines(answered(CAA, b"\0\5issuex\nqname: forged.\x1b[2J"))
    assert any("forged" in line for line in lines)
    assert not any(line.startswith("qname: forged.") for line in lines)


def read_back(lines):
    """Per section, the records that lines show: owner, type, class, TTL, RDATA without compression."""
    sections = {}
    for line in lines[2:]:
        if line.startswith(";; after its end"):
            break
        if line.endswith(" SECTION:"):
            records = sections.setdefault(line.split()[1], [])
        elif line.startswith(";; OPT PSEUDOSECTION"):
            records.append("OPT")
        elif line.startswith(";") and not line.startswith((";;", "; ")):
            owner, rrclass, rrtype = line[1:].split()
            records.append((labels_of(owner), code(rrtype, TYPES), code(rrclass, CLASSES)))
        elif not line.startswith(";"):
            owner, ttl, rrclass, rrtype, rdata = line.split(maxsplit=4)
            rrclass, rrtype = code(rrclass, CLASSES), code(rrtype, TYPES)
            ttl = int(ttl) if int(ttl) < 1 << 31 else 0  # as dnspython reads it (RFC 2181 section 8)
            records.append((labels_of(owner), rrtype, rrclass, ttl, wire_of(rrclass, rrtype, rdata)))
    return sections


def wire_of(rrclass, rrtype, shown):
    if shown.startswith(r"\# "):
        length, _, digits = shown[3:].partition(" ")
        assert len(digits) == 2 * int(length)
        return bytes.fromhex(digits)
    return dns.rdata.from_text(rrclass, rrtype, shown).to_wire()


def code(text, mnemonics):
    return {name: number for number, name in mnemonics.items()}.get(text) or int(re.sub("^[A-Z]*", "", text))


def as_dnspython_reads(octets):
    """The same of dnspython's whole decoder, which knows nothing of ours."""
    read = dns.message.from_wire(octets, keyring=False, one_rr_per_rrset=True, ignore_trailing=True)
    names = ("ZONE", "PREREQUISITE", "UPDATE") if read.opcode() == 5 else ("QUESTION", "ANSWER", "AUTHORITY")
    sections = {}
    for name, rrsets in zip((*names, "ADDITIONAL"), read.sections, strict=True):
        for rrset in rrsets:
            rrclass = getattr(rrset, "deleting", None) or rrset.rdclass
            asked = name == names[0]
            rest = () if asked else (rrset.ttl, rrset[0].to_wire() if len(rrset) else b"")
            sections.setdefault(name, []).append((rrset.name.labels[:-1], rrset.rdtype, rrclass, *rest))
    if read.tsig:
        signature = (read.tsig.name.labels[:-1], 250, 255, read.tsig.ttl, read.tsig[0].to_wire())
        sections.setdefault("ADDITIONAL", []).append(signature)
    return sections


def messages_of(path):
    reader, dissector = Reader(), Dissector((53, 5353), Counter())
    try:
        return [
            found[6]
            for packet in reader.receive_data(path.read_bytes())
            for found in dissector.take(packet)
            if len(found[6]) >= 12
        ]
    except LinkTypeError:
        return []


def test_dnspython_agrees_with_every_message_of_the_public_captures(shared):
    compared = unreadable = 0
    for path in sorted(shared.rglob("*.pcap*")):
        for octets in messages_of(path):
            lines = message_lines(octets)
            assert all(line.isascii() and line.isprintable() for line in lines)
            try:
                expected = as_dnspython_reads(octets)
            except (dns.exception.DNSException, ValueError):
                unreadable += 1
                continue
            shown = {
                name: [each for each in records if each != "OPT"]
                for name, records in read_back(lines).items()
            }
            if lines[-1].startswith(f";; {RECORDS_MAX} records shown"):
                expected = {
                    name: records[: len(shown[name])] for name, records in expected.items() if name in shown
                }
            assert {name: records for name, records in shown.items() if records} == expected, path.name
            compared += 1
    print(f"\n{compared} messages compared, {unreadable} that dnspython can't read")
    assert compared > 3000


rdatas = st.binary(max_size=40) | st.lists(
    st.sampled_from([b"\0", b"\1", b"\2ab", b"\0\1", b"\1a\0", b"\xc0\x0c", b"\xc0\0\2\1", bytes(16)]),
    max_size=8,
).map(b"".join)


@given(rrtype=st.sampled_from(sorted(TYPES)) | st.integers(1, 65535), rdata=rdatas)
def test_rdata_of_any_type_reads_back(rrtype, rdata):
    if rrtype == 41:
        return
    shown = rdata_of(answered(rrtype, rdata))
    assert wire_of(1, rrtype, shown) == rdata or b"\xc0" in rdata


dns_like = st.builds(
    lambda flags, counts, rest: struct.pack("!HHHHHH", 1, flags, *counts) + rest,
    st.integers(0, 0xFFFF),
    st.tuples(*[st.integers(0, 3)] * 4),
    st.binary(max_size=200)
    | st.lists(st.sampled_from([soa(b"\xc0\x0c"), opt(), question("a.b.")])).map(b"".join),
)


@given(st.binary(max_size=200) | dns_like)
def test_whatever_the_octets_every_line_is_printable(octets):
    for line in message_lines(octets):
        assert line.isascii()
        assert line.isprintable()
