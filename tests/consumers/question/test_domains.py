"""Registrable domains, suffixes, and what is within what."""

import pytest

from nxcast.consumers.question.domains import known_suffix, public_suffix, registrable, within


@pytest.mark.parametrize(
    ("name", "domain", "suffix"),
    [
        ("www.example.co.uk.", "example.co.uk.", "co.uk."),
        ("example.com.", "example.com.", "com."),
        ("com.", None, "com."),
        ("co.uk.", None, "co.uk."),
        (".", None, None),
        ("a.user.github.io.", "user.github.io.", "github.io."),  # the private section
        ("a.b.c.ck.", "b.c.ck.", "c.ck."),  # *.ck
        ("www.ck.", "www.ck.", "ck."),  # !www.ck
        ("host.corp.", "host.corp.", "corp."),  # no such top-level domain
        (r"dot\.inside.com.", r"dot\.inside.com.", "com."),  # one label, and not of inside.com.
        (r"back\\.slash.com.", "slash.com.", "com."),  # two labels, the first ends in a backslash
    ],
)
def test_registrable_domain_and_suffix(name, domain, suffix):
    assert (registrable(name), public_suffix(name)) == (domain, suffix)


@pytest.mark.parametrize(
    ("name", "known"), [("a.example.com.", True), ("com.", True), ("host.corp.", False), (".", False)]
)
def test_a_suffix_is_known_if_its_top_level_domain_is_listed(name, known):
    assert known_suffix(name) is known


@pytest.mark.parametrize(
    ("name", "domain", "inside"),
    [
        ("a.example.", "example.", True),
        ("example.", "example.", True),
        ("notexample.", "example.", False),
        ("example.", "a.example.", False),
        ("a.", ".", True),
        (".", ".", True),
        (r"a\.example.", "example.", False),
        (r"a\\.example.", "example.", True),
    ],
)
def test_within(name, domain, inside):
    assert within(name, domain) is inside
