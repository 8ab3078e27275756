"""RDATA as text, and back: what goes out of one store goes into another."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nxcast.consumers.store.presentation import rdata_from, rdata_text
from nxcast.consumers.store.sections import canonical

A, TXT, KEY, CERT, OPT, APL, DS, HTTPS = 1, 16, 25, 37, 41, 42, 43, 65


@pytest.mark.parametrize(
    ("rrtype", "rdata", "text"),
    [
        (A, "c0000201", "192.0.2.1"),
        (DS, "1a9eba", r"\# 3 1a9eba"),  # cut
        (HTTPS, "97ae", r"\# 2 97ae"),
        (65400, "01ff", r"\# 2 01ff"),
        (65400, "", r"\# 0"),
        (CERT, "0dec131af5", r"\# 5 0dec131af5"),  # of no octets
        (APL, "", r"\# 0"),
    ],
)
def test_rdata_is_written_as_its_type_has_it_or_by_its_octets(rrtype, rdata, text):
    assert rdata_text(rrtype, bytes.fromhex(rdata)) == text
    assert rdata_from(rrtype, text) == bytes.fromhex(rdata)


def test_octets_may_stand_apart():
    assert rdata_from(DS, r"\#  3  1A 9eb a") == bytes.fromhex("1a9eba")


@pytest.mark.parametrize(
    ("rrtype", "text"),
    [
        (DS, r"\# 4 1a9eba"),
        (DS, r"\# 3 1a9ebx"),
        (DS, r"\#"),
        (DS, r"\# "),
        (DS, r"\# 0 00"),
        (A, r"\# 3 c00002"),
        (DS, rf"\# 65536 {'00' * 65536}"),
        (TXT, '"0123456789" ' * 6000),
        (TXT, "x" * 400_001),
    ],
)
def test_octets_that_are_not_what_they_say_are_refused(rrtype, text):
    with pytest.raises(ValueError, match="RDATA"):
        rdata_from(rrtype, text)


@given(st.integers(1, 262).filter(lambda each: each not in (KEY, OPT)), st.binary(max_size=40))
def test_whatever_was_kept_can_be_read_again(rrtype, octets):
    """Not to the octet: dnspython writes some types without what means nothing (WKS' last zeros).

    A KEY whose flags say that there is none, and which has one, it writes and can't read; OPT is never kept.
    """
    rdata = canonical(octets, rrtype, 0, len(octets))
    if rdata is not None:
        text = rdata_text(rrtype, rdata)
        assert rdata_text(rrtype, rdata_from(rrtype, text)) == text
