"""Which domains look like one's own, and which don't."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nxcast.consumers.names.lookalike import HOMOGLYPH, SUFFIX, SWAP, TYPO, Lookalikes, skeleton

MINE = ("example.com.", "example.org.", "paypal.com.", "microsoft.co.uk.", "abc.com.")


@pytest.mark.parametrize(
    ("domain", "mine", "how"),
    [
        ("example.net.", "example.com.", SUFFIX),
        ("example.cmo.", "example.com.", SUFFIX),
        ("abc.net.", "abc.com.", SUFFIX),
        ("exampel.com.", "example.com.", SWAP),
        ("mircosoft.co.uk.", "microsoft.co.uk.", SWAP),
        ("examples.org.", "example.org.", TYPO),
        ("exmple.com.", "example.com.", TYPO),
        ("exampke.com.", "example.com.", TYPO),
        ("examp1e.com.", "example.com.", HOMOGLYPH),
        ("exarnple.com.", "example.com.", HOMOGLYPH),
        ("rnicr0soft.co.uk.", "microsoft.co.uk.", HOMOGLYPH),
        ("xn--exmple-cua.com.", "example.com.", HOMOGLYPH),  # a with a diaeresis
        ("xn--pypl-53dc.com.", "paypal.com.", HOMOGLYPH),  # Cyrillic a, twice
    ],
)
def test_a_lookalike_is_told_with_how_it_looks_alike(domain, mine, how):
    assert Lookalikes(MINE).of(domain) == (mine, how)


@pytest.mark.parametrize(
    "domain",
    [
        *MINE,
        "abd.com.",  # short labels have too many words beside them
        "sample.com.",
        "exampel.net.",  # two differences
        "exampels.com.",
        "paypal-login.com.",
        "xn--exmple-cua.net.",
        "xn--99999999999999.com.",
        "xn--.com.",
        "\\255" * 63 + ".com.",
    ],
)
def test_others_look_like_none(domain):
    assert Lookalikes(MINE).of(domain) is None


@given(st.text("abcdefghijklmnopqrstuvwxyz0123456789-", max_size=59))
def test_any_label_has_a_skeleton(rest):
    assert isinstance(skeleton(f"xn--{rest}"), str)
