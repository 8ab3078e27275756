import re

import pytest

from nxcast.consumers.names.blocklists import ADDRESS, DOMAIN, HASH, ZONES, is_no_blocklist, listed
from nxcast.consumers.names.customer_keys import KEY_FIRST_ZONES, KEYED_ZONES, PLACEHOLDER
from nxcast.consumers.show.redact import redacted

KEY = "c0ffee00c0ffee00c0ffee00ca"


@pytest.mark.parametrize(
    ("qname", "soa_rrname", "zone", "part"),
    [
        ("2.0.0.127.zen.spamhaus.org.", "zen.spamhaus.org.", "zen.spamhaus.org.", "2.0.0.127"),
        ("2.0.0.127.zen.spamhaus.org.", None, "zen.spamhaus.org.", "2.0.0.127"),
        ("2.0.0.127.zen.spamhaus.org.", "spamhaus.org.", "zen.spamhaus.org.", "2.0.0.127"),
        ("a.example.com.multi.surbl.org.", "elsewhere.example.", "multi.surbl.org.", "a.example.com"),
        ("1.2.bl.ipv6.spameatingmonkey.net.", None, "bl.ipv6.spameatingmonkey.net.", "1.2"),
        ("zen.spamhaus.org.", "zen.spamhaus.org.", "zen.spamhaus.org.", ""),
    ],
)
def test_a_zone_of_the_list_is_found_by_the_soa_or_the_name(qname, soa_rrname, zone, part):
    found = listed(qname, soa_rrname)
    assert found is not None
    assert (found[0].name, found[1]) == (zone, part)


@pytest.mark.parametrize(
    ("qname", "soa_rrname", "zone", "part"),
    [
        (
            f"2.0.0.127.{KEY}.zen.dq.spamhaus.net.",
            "zen.dq.spamhaus.net.",
            "zen.dq.spamhaus.net.",
            "2.0.0.127",
        ),
        (f"2.0.0.127.{KEY}.zen.dq.spamhaus.net.", "dq.spamhaus.net.", "zen.dq.spamhaus.net.", "2.0.0.127"),
        (
            f"2.0.0.127.{KEY}.zen.dq.spamhaus.net.",
            f"{KEY}.zen.dq.spamhaus.net.",
            "zen.dq.spamhaus.net.",
            "2.0.0.127",
        ),
        (
            "2.0.0.127.zen.dq.spamhaus.net.",
            None,
            "zen.dq.spamhaus.net.",
            "2.0.0.127",
        ),  # the key was forgotten
        (f"{KEY}.zen.dq.spamhaus.net.", None, "zen.dq.spamhaus.net.", ""),
        (f"h._email.{KEY}.hbl.dq.spamhaus.net.", None, "hbl.dq.spamhaus.net.", "h._email"),
        (f"example.com.{KEY}.new.dq.spamhaus.net.", None, "dq.spamhaus.net.", "example.com"),
        (f"example.com.{KEY}.dblack.mail.abusix.zone.", None, "dblack.mail.abusix.zone.", "example.com"),
        (f"{KEY}.2.0.0.127.dnsbl.httpbl.org.", "httpbl.org.", "dnsbl.httpbl.org.", "2.0.0.127"),
        ("2.0.0.127.dnsbl.httpbl.org.", None, "dnsbl.httpbl.org.", "2.0.0.127"),
        (f"{KEY}.dnsbl.httpbl.org.", None, "dnsbl.httpbl.org.", ""),
    ],
)
def test_a_customers_key_is_no_part_of_what_is_asked_about(qname, soa_rrname, zone, part):
    found = listed(qname, soa_rrname)
    assert found is not None
    assert (found[0].name, found[1]) == (zone, part)
    assert found[0].keyed


@pytest.mark.parametrize("zone", [name for name, zone in ZONES.items() if zone.keyed])
@pytest.mark.parametrize("asked", ["2.0.0.127", "example.com", "www.a.example.com", "h._email", ""])
def test_a_name_with_its_key_taken_out_is_asked_about_the_same(zone, asked):
    if zone.removesuffix(".") in KEY_FIRST_ZONES:
        labels = [KEY, *(["2.0.0.127"] if asked else []), zone]
    else:
        labels = [*([asked] if asked else []), KEY, *(["new"] if zone[:-1] in KEYED_ZONES else []), zone]
    qname = ".".join(labels)
    for soa_rrname in (zone, None, qname):
        record = {"qname": qname, "soa_rrname": soa_rrname}
        shown = redacted(record)
        assert PLACEHOLDER in shown["qname"]
        assert listed(**shown) == listed(**record)
        assert KEY not in listed(**record)[1]


@pytest.mark.parametrize(
    ("qname", "soa_rrname"),
    [
        ("www.example.com.", "com."),
        ("2.0.0.127.bl.mailwarden.example.", "bl.mailwarden.example."),
        ("spamhaus.org.", "org."),
        ("www.spamhaus.org.", "spamhaus.org."),
        ("notzen.spamhaus.org.", "spamhaus.org."),
        ("2.0.0.127.zen.spamhaus.org.corp.example.", "corp.example."),
        ("com.", "."),
        (".", None),
        ("", None),
        ("zen.spamhaus.org", None),
        ("......", "."),
    ],
)
def test_no_other_zone_is_on_the_list(qname, soa_rrname):
    assert listed(qname, soa_rrname) is None


@pytest.mark.parametrize(
    ("qname", "soa_rrname", "zone"),
    [
        ("2.0.0.127.dnsbl.sorbs.net.", "dnsbl.sorbs.net.", "dnsbl.sorbs.net."),
        ("9.100.51.198.dul.dnsbl.sorbs.net.", "net.", "dul.dnsbl.sorbs.net."),
        ("9.100.51.198.ix.dnsbl.manitu.net.", "ix.dnsbl.manitu.net.", "ix.dnsbl.manitu.net."),
    ],
)
def test_a_list_that_has_closed_is_known_with_its_month(qname, soa_rrname, zone):
    found = listed(qname, soa_rrname)
    assert found is not None
    assert found[0].name == zone
    assert re.fullmatch(r"20\d\d-(?:0[1-9]|1[0-2])", found[0].closed)


def test_each_zone_says_what_it_lists_and_where_its_operator_says_so():
    assert len(ZONES) > 80
    for name, zone in ZONES.items():
        assert name == zone.name == name.lower()
        assert name.endswith(".")
        assert zone.source
    assert ZONES["bl.spamcop.net."].kind == ADDRESS
    assert ZONES["dbl.spamhaus.org."].kind == DOMAIN
    assert ZONES["ebl.msbl.org."].kind == HASH


def test_exactly_the_zones_whose_names_are_redacted_are_keyed():
    parents = tuple(f".{zone}." for zone in KEYED_ZONES + KEY_FIRST_ZONES)
    for name, zone in ZONES.items():
        assert zone.keyed == f".{name}".endswith(parents), name


@pytest.mark.parametrize(
    ("zone", "known"),
    [
        ("origin.asn.cymru.com.", True),
        ("asn.cymru.com.", True),
        ("2.0.192.in-addr.arpa.", True),
        ("masn.cymru.com.", False),
        ("bl.mailwarden.example.", False),
    ],
)
def test_what_is_asked_about_addresses_for_another_reason_is_known(zone, known):
    assert is_no_blocklist(zone) == known
