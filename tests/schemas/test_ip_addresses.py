"""One host is one text, however it was written."""

import pytest

from nxcast.schemas.ip_addresses import address_text, host, network


@pytest.mark.parametrize(
    ("octets", "text"),
    [
        ("c0000201", "192.0.2.1"),
        ("20010db8000000000000000000000053", "2001:db8::53"),
        ("00000000000000000000ffffc0000201", "192.0.2.1"),
        ("0000000000000000000000000000ffff", "::ffff"),
        ("00000000000000000000000000000000", "::"),
    ],
)
def test_octets_have_one_text(octets, text):
    assert address_text(bytes.fromhex(octets)) == text


@pytest.mark.parametrize("text", ["192.0.2.1", "::ffff:192.0.2.1", "::FFFF:C000:0201", "0:0::ffff:192.0.2.1"])
def test_an_ipv4_host_is_one_address(text):
    assert str(host(text)) == "192.0.2.1"
    assert str(network(text)) == "192.0.2.1/32"


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("::ffff:192.0.2.0/120", "192.0.2.0/24"),
        ("::ffff:0:0/96", "0.0.0.0/0"),
        ("::/0", "::/0"),
        ("2001:DB8:0::/32", "2001:db8::/32"),
    ],
)
def test_networks_of_ipv4_hosts_are_networks_of_ipv4(text, read):
    assert str(network(text)) == read


def test_bits_of_a_host_are_an_error_or_left_out():
    assert str(network("192.0.2.1/24", strict=False)) == "192.0.2.0/24"
    with pytest.raises(ValueError, match="host bits"):
        network("192.0.2.1/24")


@pytest.mark.parametrize("text", ["", "192.0.2.01", "192.0.2", "a.example"])
def test_what_is_no_address_is_told(text):
    with pytest.raises(ValueError):  # noqa: PT011 - the text is Python's
        host(text)
