import pytest
from hypothesis import given
from hypothesis import strategies as st

from nxcast.consumers.names.domains import known_suffix
from nxcast.consumers.names.internal import INTERNAL, internal, is_reverse


@pytest.mark.parametrize(
    ("name", "suffix"),
    [
        ("printer.local.", "local."),
        ("local.", "local."),
        ("dc1.office.corp.", "corp."),
        ("nas.internal.", "internal."),
        ("x.alt.", "alt."),
        ("abc.onion.", "onion."),
        ("a.b.test.", "test."),
        ("mx.example.", "example."),
        ("tv.home.arpa.", "home.arpa."),
        ("home.arpa.", "home.arpa."),
        ("_dns.resolver.arpa.", "resolver.arpa."),
    ],
)
def test_a_name_for_a_network_of_ones_own_has_an_internal_suffix(name, suffix):
    assert internal(name) == suffix


@pytest.mark.parametrize(
    "name",
    [
        "example.com.",
        "local.com.",
        "mylocal.",
        "corp.de.",
        "nothome.arpa.",
        "arpa.",
        "1.in-addr.arpa.",
        "com.",
        ".",
    ],
)
def test_a_public_name_has_no_internal_suffix(name):
    assert internal(name) is None


def test_no_internal_suffix_is_a_top_level_domain():
    # onion is on the Public Suffix List, since nothing below it belongs together, and not in the root zone.
    assert {label for label in INTERNAL if known_suffix(f"{label}.")} == {"onion"}


@pytest.mark.parametrize("name", ["1.2.0.192.in-addr.arpa.", "in-addr.arpa.", "8.b.d.0.1.0.0.2.ip6.arpa."])
def test_a_zone_of_addresses_is_reverse(name):
    assert is_reverse(name)


@pytest.mark.parametrize("name", ["arpa.", "home.arpa.", "xin-addr.arpa.", "in-addr.arpa.example.com.", "."])
def test_other_zones_are_not_reverse(name):
    assert not is_reverse(name)


@given(st.text(max_size=1004))
def test_any_text_may_be_asked_about(name):
    assert internal(name) is None or internal(name).endswith(".")
    assert is_reverse(name) in (True, False)
