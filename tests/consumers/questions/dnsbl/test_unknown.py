"""Scenarios of names below one SOA's owner: which make it look like a blocklist, and which must not."""

import base64
import hashlib

import pytest

from nxcast.consumers.questions.dnsbl.unknown import ADDRESSES_MIN, DOMAINS_MIN, HOSTS_MIN, ONCE, Unknown
from nxcast.consumers.questions.loop.distinct import Distinct
from nxcast.schemas.units import SECOND_NS

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


def hosts(number):
    kinds = ("www", "mail", "img.cdn", "click")
    return [f"{kinds[index % 4]}.name{index}.com" for index in range(number)]


def hashes(number, length=32):
    return [hashlib.sha256(str(index).encode()).hexdigest()[:length] for index in range(number)]


def base32(number, octets=20):
    digests = [hashlib.sha256(str(index).encode()).digest()[:octets] for index in range(number)]
    return [base64.b32encode(digest).decode().lower().rstrip("=") for digest in digests]


KEYS = ("k7d92mfa03xq", "0a1b2c3d4e5f60718293a4b5c6d7e8f9x")


@pytest.mark.parametrize(
    ("parts", "zone", "kind"),
    [
        (hosts(HOSTS_MIN + 5), ZONE, "host names"),
        (
            hosts(DOMAINS_MIN + 1),
            "dbl.mailwarden.example.",
            "host names",
        ),  # called one
        ([*hosts(30), *domains(30)], ZONE, "host names"),
        ([*hosts(30), *addresses(30), *domains(10)], "bl.warden.net.", "host names, addresses"),
        (hashes(DOMAINS_MIN), ZONE, "hashes"),
        (hashes(40, 40), ZONE, "hashes"),
        (base32(40), ZONE, "hashes"),
        (base32(40, 32), ZONE, "hashes"),
        ([f"{name}._email" for name in hashes(40, 40)], ZONE, "hashes"),
        ([f"{name}.{KEYS[0]}" for name in addresses(10)], ZONE, "addresses"),
        ([f"{KEYS[1]}.{name}" for name in addresses(10)], ZONE, "addresses"),
        ([f"{name}.{KEYS[index % 2]}" for index, name in enumerate(domains(40))], ZONE, "domains"),
        ([f"{name}.{KEYS[0]}" for name in hashes(40)], ZONE, "hashes"),
    ],
)
def test_lists_of_host_names_of_hashes_and_with_keys_are_told(parts, zone, kind):
    assert likely(parts, zone) == {zone: kind}


def test_what_is_asked_about_is_told_without_the_customers_key():
    unknown = Unknown()
    told = [unknown.see(f"{part}.{KEYS[0]}.{ZONE}", A, ZONE, 0) for part in addresses(ADDRESSES_MIN)]
    assert told[-1] == addresses(ADDRESSES_MIN)[-1]
    assert KEYS[0] not in repr(list(unknown.dump()))


def test_steps_of_a_resolver_that_minimises_make_it_no_less_a_list():
    steps = ["192", "0.192", "2.0.192"]
    assert likely([each for name in addresses(20) for each in (*steps, name)]) == {ZONE: "addresses"}
    assert likely([each for name in domains(40) for each in ("com", "uk", "co.uk", name)]) == {
        ZONE: "domains"
    }


def before(parts, alone, zone, sensor="lab", late_ns=0):
    """What looks like a blocklist where each part was asked by itself, as `alone` says, and then below it."""
    unknown = Unknown()
    for number, part in enumerate(parts):
        time_ns = number * 100 * SECOND_NS
        unknown.see(*alone(part), time_ns, sensor)
        unknown.see(f"{part}.{zone}", A, zone, time_ns + SECOND_NS + late_ns, "lab")
    return [name for name, _ in unknown.likely()]


def as_ptr(part):
    return f"{part}.in-addr.arpa.", PTR, "in-addr.arpa."


def as_name(part):
    return f"{part}.", A, "com."


@pytest.mark.parametrize(
    ("parts", "alone", "zone"),
    [
        (addresses(50), as_ptr, "dial.isp.example."),  # a mail server confirms a name
        (domains(50), as_name, "corp.example."),  # a search list
        (hosts(50), as_name, "corp.example."),
    ],
)
def test_what_was_denied_by_itself_just_before_is_asked_in_no_list(parts, alone, zone):
    assert before(parts, alone, zone) == []
    assert before(parts, alone, zone, sensor="other") == [zone]
    assert before(parts, alone, zone, late_ns=10 * SECOND_NS) == [zone]
    assert before(parts, alone, f"dnsbl.{zone}") == [f"dnsbl.{zone}"]  # Exim asks for the name too


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
        ([f"{index:032x}" for index in range(50)], "avts.example."),  # numbers of an antivirus
        ([f"{name}.img" for name in hashes(50)], ZONE),
        ([(name, qtype) for name in hashes(50) for qtype in (A, AAAA)], ZONE),  # hosts called by hashes
        ([*hosts(HOSTS_MIN - 1)] * 3, ZONE),
        ([f"www.name{index}.com" for index in range(50)], "dbl.mailwarden.example."),
        ([f"{name}.{digest}" for name, digest in zip(addresses(50), base32(50, 8), strict=True)], ZONE),
        ([f"x{name}.example.com" for name in hashes(50, 20)], "isp.example."),
        (hosts(50), "edgekey.net."),  # names of customers who have gone
        (addresses(50), "asn.routeviews.org."),
        (addresses(50), "aspath.routeviews.org."),
        (addresses(50), "origin.asn.shadowserver.org."),
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


NONE = [0] * 7


def test_what_a_candidate_gave_is_taken():
    Unknown().load(ZONE, [5, 1, *NONE, [1, 2], Distinct().dump()])


@pytest.mark.parametrize(
    "value",
    [
        *([], [1, 2, 3, 4, 5], [5, 1, *NONE, [], "x"], 7),
        [1, 5, *NONE, [], Distinct().dump()],
        [5, -1, *NONE, [], Distinct().dump()],
        [5, 0, *NONE, [], Distinct().dump()],
        [5, 1.0, *NONE, [], Distinct().dump()],
        [5, 1, *NONE, [1, 2, 3, 4, 5], Distinct().dump()],
        [5, 1, *NONE, [1 << 32], Distinct().dump()],
    ],
)
def test_what_no_candidate_gave_is_refused(value):
    with pytest.raises(ValueError):  # noqa: PT011  (the text is Python's own for some)
        Unknown().load(ZONE, value)
