"""Scenarios of names below one SOA's owner: which make it look like a blocklist, and which must not."""

import pytest

from nxcast.consumers.questions.dnsbl.unknown import ADDRESSES_MIN, DOMAINS_MIN, ONCE, Unknown
from nxcast.consumers.questions.loop.distinct import Distinct

A, PTR, TXT, AAAA, NAPTR, HTTPS = 1, 12, 16, 28, 35, 65
ZONE = "list.mailwarden.example."


def domains(number):
    return [f"name{index}.com" for index in range(number)]


def addresses(number):
    return [f"{index}.2.0.192" for index in range(number)]


def nibbles(number):
    return [f"{index:x}." + ".".join("0" * 23) + ".8.b.d.0.1.0.0.2" for index in range(number)]


def likely(parts, zone=ZONE, qtype=A):
    """The zones that look like blocklists after these were asked for; a part may have a type of its own."""
    unknown = Unknown()
    for number, part in enumerate(parts):
        name, asked = part if isinstance(part, tuple) else (part, qtype)
        unknown.see(f"{name}.{zone}", asked, zone, number)
    return {name: candidate.kind for name, candidate in unknown.likely()}


@pytest.mark.parametrize(
    ("parts", "kind"),
    [
        (addresses(ADDRESSES_MIN), "addresses"),
        (nibbles(ADDRESSES_MIN), "addresses"),
        (addresses(20) * 5, "addresses"),
        (domains(DOMAINS_MIN), "domains"),
        ([f"name{index}.co.uk" for index in range(30)], "domains"),
        ([*domains(30), *addresses(10)], "domains, addresses"),
        ([*domains(100), "www.example.com", "com"], "domains"),  # one slip of the software
        ([(name, TXT) for name in addresses(9)], "addresses"),
    ],
)
def test_a_zone_asked_about_addresses_or_domains_only_looks_like_a_blocklist(parts, kind):
    assert likely(parts) == {ZONE: kind}


SEARCHED = [
    (name, qtype) for domain in domains(50) for name in (domain, f"www.{domain}") for qtype in (A, AAAA)
]


@pytest.mark.parametrize(
    ("parts", "zone"),
    [
        (addresses(ADDRESSES_MIN - 1) * 50, ZONE),  # one's own few addresses over and over
        (domains(DOMAINS_MIN - 1) * 50, ZONE),
        (SEARCHED, "corp.example."),  # a search list
        ([*domains(50), *["wpad", "isatap", "printer"] * 20], "corp.example."),
        ([*domains(50), *["_ldap._tcp.dc._msdcs"] * 20], "corp.example."),
        ([(name, qtype) for name in domains(50) for qtype in (A, HTTPS)], "edge.example."),  # customers
        ([f"{index}.2.0.192.dynamic" for index in range(50)], "isp.example."),
        ([f"www.name{index}.com" for index in range(50)], ZONE),
        ([f"name{index}.notatld" for index in range(50)], ZONE),
        ([f"{index:032x}" for index in range(50)], "avts.example."),  # hashes of an antivirus
        (addresses(50), "origin.asn.cymru.com."),
        ([(f"{index}.2.0.192", PTR) for index in range(50)], "in-addr.arpa."),
        (addresses(50), "in-addr.arpa."),
        (nibbles(50), "ip6.arpa."),
        ([(name, NAPTR) for name in addresses(50)], ZONE),
        (domains(50), "com."),
        (domains(50), "co.uk."),
        (domains(50), "."),
        (addresses(50), f"{'b' * 50}.{'l' * 50}.example."),  # no list has such a name
    ],
)
def test_what_else_is_asked_below_a_zone_makes_it_none(parts, zone):
    assert likely(parts, zone) == {}


def test_a_name_that_is_not_below_the_soas_owner_says_nothing_of_it():
    unknown = Unknown()
    for number in range(50):
        assert unknown.see(f"{number}.2.0.192.bl.example.", A, "bl.other.example.", 0) is None
        assert unknown.see(f"{number}.2.0.192xbl.example.", A, "bl.example.", 0) is None
    assert unknown.likely() == []


def test_what_was_asked_is_told_from_when_its_zone_looks_like_a_blocklist():
    unknown = Unknown()
    told = [unknown.see(f"{part}.{ZONE}", A, ZONE, 0) for part in addresses(ADDRESSES_MIN + 2)]
    assert told == [None] * (ADDRESSES_MIN - 1) + addresses(ADDRESSES_MIN + 2)[ADDRESSES_MIN - 1 :]


def test_a_zone_that_turns_out_to_be_a_search_list_is_none_any_more():
    unknown = Unknown()
    for part in domains(50):
        unknown.see(f"{part}.{ZONE}", A, ZONE, 0)
    assert unknown.likely()
    for _ in range(5):
        unknown.see(f"wpad.{ZONE}", A, ZONE, 0)
    assert not unknown.likely()


def test_a_flood_of_zones_is_bounded_and_leaves_those_seen_again():
    unknown = Unknown()
    for part in addresses(20):
        unknown.see(f"{part}.{ZONE}", A, ZONE, 0)
    for number in range(3000):
        unknown.see(f"2.0.0.127.name{number}.com.", A, f"name{number}.com.", 0)
    assert [zone for zone, _ in unknown.likely()] == [ZONE]
    assert len(list(unknown.dump())) == ONCE + 1


def test_candidates_outlive_the_process():
    before = Unknown()
    for part in addresses(20):
        before.see(f"{part}.{ZONE}", A, ZONE, 7)
    before.see(f"2.0.0.127.{ZONE[1:]}", A, ZONE[1:], 8)
    after = Unknown()
    for zone, value in before.dump():
        after.load(zone, value)
    assert list(after.dump()) == list(before.dump())
    ((zone, candidate),) = after.likely()
    assert (zone, candidate.addresses, candidate.distinct.estimate) == (ZONE, 20, 20)
    assert (candidate.first_ns, candidate.last_ns) == (7, 7)


@pytest.mark.parametrize(
    "value",
    [
        *([], [1, 2, 3, 4, 5], [5, 1, 0, 0, 0, "x"], 7),
        [1, 5, 0, 0, 0, Distinct().dump()],
        [5, -1, 0, 0, 0, Distinct().dump()],
        [5, 0, 0, 0, 0, Distinct().dump()],
        [5, 1.0, 0, 0, 0, Distinct().dump()],
    ],
)
def test_what_no_candidate_gave_is_refused(value):
    with pytest.raises(ValueError):  # noqa: PT011  (the text is Python's own for some)
        Unknown().load(ZONE, value)
