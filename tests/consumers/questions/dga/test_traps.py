import pytest

from nxcast.consumers.questions.dga.traps import DYNAMIC_DNS, candidate

STAYS = [
    ("qxkzjvwp.com.", "com.", ("qxkzjvwp", "com.")),
    ("QxKzJvwP.CoM.", "cOm.", ("qxkzjvwp", "com.")),
    ("www.qxkzjvwp.com.", "com.", ("qxkzjvwp", "com.")),
    ("a.b.qxkzjvwp.co.uk.", "co.uk.", ("qxkzjvwp", "co.uk.")),
    ("qxkzjvwp.co.uk.", "uk.", ("qxkzjvwp", "co.uk.")),
    ("qxkzjvwp.city.kawasaki.jp.", "jp.", ("city", "kawasaki.jp.")),
    ("qxkzjvwp.arpa.", "arpa.", ("qxkzjvwp", "arpa.")),
    ("qxkzjvwp.com.", None, ("qxkzjvwp", "com.")),
    ("qxkzjvwp.ddns.net.", "ddns.net.", ("qxkzjvwp", "ddns.net.")),
    ("qxkzjvwp.mooo.com.", "mooo.com.", ("qxkzjvwp", "mooo.com.")),
    ("ddns.net.", "net.", ("ddns", "net.")),
    ("qxkzjvwp.bazar.", ".", ("qxkzjvwp", "bazar.")),
    ("www.qxkzjvwp.LIB.", ".", ("qxkzjvwp", "lib.")),
]
OUT = {
    "a blocklist look-up": ("2.0.0.127.zen.spamhaus.org.", "zen.spamhaus.org."),
    "a blocklist look-up of a domain": ("qxkzjvwp.com.multi.surbl.org.", "multi.surbl.org."),
    "a reverse name": ("1.2.0.192.in-addr.arpa.", "2.0.192.in-addr.arpa."),
    "a service": ("_ldap._tcp.qxkzjvwp.com.", "com."),
    "a virus scanner's hash": ("d41d8cd98f00b204e9800998ecf8427e.avqs.mailwarden.com.", "mailwarden.com."),
    "a dead host of a cloud": ("d111111abcdef8.cloudfront.net.", "cloudfront.net."),
    "a site of a host of sites": ("qxkzjvwp.github.io.", "github.io."),
    "a mistyped host": ("wwww.mailwarden.com.", "mailwarden.com."),
    "a browser's probe": ("qxkzjvwplmtr.", "."),
    "an internal name": ("qxkzjvwp.local.", "."),
    "an internal name below one": ("qxkzjvwp.office.lan.", "."),
    "an unknown top-level domain": ("qxkzjvwp.nosuchtop.", "."),
    "a top-level domain alone": ("com.", "."),
    "a top-level domain of another root alone": ("bazar.", "."),
    "a suffix alone": ("co.uk.", "uk."),
    "a dynamic DNS zone itself": ("ddns.net.", "ddns.net."),
    "a host without an SOA, whose domain may exist": ("www.qxkzjvwp.com.", None),
    "an SOA of elsewhere, after a CNAME": ("qxkzjvwp.com.", "net."),
    "an SOA below the name": ("qxkzjvwp.com.", "x.qxkzjvwp.com."),
    "escaped characters": ("q\\.xkzjvwp.com.", "com."),
    "a domain of an organisation under a wildcard": ("qxkzjvwp.kawasaki.jp.", "jp."),
    "an end without its dot": ("qxkzjvwpcom.", "com."),
    "an empty label": ("qxkzjvwp..com.", "com."),
    "an empty label before the domain": ("a..qxkzjvwp.com.", "com."),
    "an empty label at first": (".qxkzjvwp.com.", "com."),
    "nothing but an empty label": (".com.", "com."),
    "a character that is a letter of ASCII in lower case": ("q\u212axzjvwp.com.", "com."),
    "the root": (".", "."),
    "nothing": ("", None),
    "no last dot": ("qxkzjvwp.com", "com."),
    "dots only": ("....", "."),
    "an empty SOA": ("qxkzjvwp.com.", ""),
}


@pytest.mark.parametrize(("qname", "soa", "expected"), STAYS)
def test_a_domain_that_nobody_registered_stays(qname, soa, expected):
    assert candidate(qname, soa) == expected


@pytest.mark.parametrize(("qname", "soa"), OUT.values(), ids=OUT)
def test_what_is_no_unregistered_domain_is_out(qname, soa):
    assert candidate(qname, soa) is None


def test_dynamic_dns_zones_are_folded_and_end_in_a_dot():
    assert all(zone == zone.lower() and zone.endswith(".") and zone.count(".") == 2 for zone in DYNAMIC_DNS)
