import pytest
from hypothesis import given
from hypothesis import strategies as st

from nxcast.consumers.questions.dnsbl.subjects import reversed_address, subject_of
from nxcast.schemas.ip_addresses import host

NIBBLES = (
    "1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2"  # 2001:db8::1, RFC 5782 section 2.4
)
SHA1 = "3395856ce81f2b7382dee72602f798b642f14140"


@pytest.mark.parametrize(
    ("part", "kind", "text"),
    [
        ("2.2.0.192", "address", "192.0.2.2"),
        ("255.113.0.203", "address", "203.0.113.255"),
        (NIBBLES, "address", "2001:db8::1"),
        ("example.com", "domain", "example.com."),
        ("www.a.example.co.uk", "domain", "example.co.uk."),
        ("user.github.io", "domain", "user.github.io."),
        ("example.notatld", "domain", "example.notatld."),
        ("example.com._vouch", "domain", "example.com."),
        (SHA1, "hash", SHA1),
        (f"{SHA1}._email", "hash", SHA1),
        (f"{'a2' * 26}._cw", "hash", "a2" * 26),
        ("d41d8cd98f00b204e9800998ecf8427e", "hash", "d41d8cd98f00b204e9800998ecf8427e"),
    ],
)
def test_what_is_asked_about_is_decoded(part, kind, text):
    subject = subject_of(part)
    assert subject is not None
    assert (subject.kind, subject.text) == (kind, text)


@pytest.mark.parametrize(
    "part",
    [
        "",
        "0.127",  # half an address, of a resolver that minimises its queries
        "256.0.0.127",
        "2.0.0.0127",
        "02.0.0.127",
        "1.2.0.0.127",
        NIBBLES[2:],
        NIBBLES.replace("b", "g"),
        NIBBLES.replace("8.b", "8b."),
        "test",  # RFC 5782 section 5's test point of a list of domains
        "com",
        "co.uk",
        "_email",
        r"\000a.com",
        "é.com",
        "²2.0.0.127",
    ],
)
def test_what_is_no_address_domain_or_hash_is_no_subject(part):
    assert subject_of(part) is None


@given(st.ip_addresses())
def test_every_address_comes_back_from_its_reversed_labels(address):
    part = address.reverse_pointer.removesuffix(".in-addr.arpa").removesuffix(".ip6.arpa")
    assert reversed_address(part) == str(host(str(address)))  # an IPv4 host is one text


@given(st.text(max_size=80) | st.from_regex(r"([0-9a-f]{0,3}\.){3,32}[0-9a-f]?", fullmatch=True))
def test_any_text_can_be_asked_about(part):
    subject = subject_of(part)
    assert subject is None or subject.text
