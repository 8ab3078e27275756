"""Registrable domains, suffixes, and what is within what."""

from pathlib import Path

import pytest
from publicsuffixlist import PSLFILE, PublicSuffixList

from nxcast.consumers.names.domains import (
    is_open,
    is_private,
    known_suffix,
    registrable,
    registrable_end,
    within,
)


@pytest.mark.parametrize(
    ("name", "domain"),
    [
        ("www.example.co.uk.", "example.co.uk."),
        ("example.com.", "example.com."),
        ("com.", None),
        ("co.uk.", None),
        (".", None),
        ("a.user.github.io.", "user.github.io."),  # the private section
        ("a.b.c.ck.", "b.c.ck."),  # *.ck
        ("www.ck.", "www.ck."),  # !www.ck
        ("host.corp.", "host.corp."),  # no such top-level domain
        (r"dot\.inside.com.", r"dot\.inside.com."),  # one label, and not of inside.com.
        (r"back\\.slash.com.", "slash.com."),  # two labels, the first ends in a backslash
    ],
)
def test_registrable_domain(name, domain):
    assert registrable(name) == domain


def test_a_registrable_domain_is_the_packages_with_every_rule():
    listed = PublicSuffixList(accept_unknown=True)
    for line in Path(PSLFILE).read_text("utf-8").lower().splitlines():
        rule = line.strip().lstrip("!").replace("*", "x")
        if not rule or rule.startswith("//"):
            continue
        for name in (rule, f"a.{rule}", f"b.a.{rule}"):
            found = listed.privatesuffix(name)
            assert registrable(f"{name}.") == (found and f"{found}."), name


def test_the_end_of_a_name_has_the_names_domain_or_its_own_with_every_rule():
    for line in Path(PSLFILE).read_text("utf-8").lower().splitlines()[::5]:
        rule = line.strip().lstrip("!").replace("*", "x")
        if not rule or rule.startswith("//"):
            continue
        labels = f"_ldap._tcp.wpad.{rule}.".split(".")
        domain = registrable(".".join(labels))
        for at in range(1, len(labels) - 1):
            end = ".".join(labels[at:])
            assert registrable_end(end, domain) == registrable(end), end


@pytest.mark.parametrize(
    ("name", "end"),
    [
        (r"wpad.dot\.inside.com.", r"dot\.inside.com."),
        (r"_a\.b.inside.com.", "b.inside.com."),  # from inside of a label
        (r"_x.back\\.slash.com.", "slash.com."),
        ("_x..example.com.", "example.com."),
        ("wpad.co.uk.", "co.uk."),
        ("wpad.www.ck.", "www.ck."),
        ("wpad.é.com.", "é.com."),
        ("_x.corp.", "corp."),
    ],
)
def test_the_end_of_an_odd_name_has_its_domain_too(name, end):
    assert registrable_end(end, registrable(name)) == registrable(end)


@pytest.mark.parametrize(
    ("name", "private"),
    [
        ("user.github.io.", True),
        ("github.io.", True),
        ("x.herokuapp.com.", True),
        ("ec2-192-0-2-1.compute-1.amazonaws.com.", True),
        ("example.com.", False),
        ("example.co.uk.", False),
        ("b.c.ck.", False),
        ("www.ck.", False),
        ("city.kawasaki.jp.", False),
        ("kawasaki.jp.", False),
        ("host.corp.", False),
        (".", False),
        ("", False),
    ],
)
def test_a_name_is_private_if_a_provider_and_no_registry_gives_it(name, private):
    assert is_private(name) is private


@pytest.mark.parametrize(
    "domain", ["example.com.", "example.co.uk.", "example.ac.", "edu.com.", "b.c.ck.", "xn--bcher-kva.de."]
)
def test_a_domain_is_open_where_about_anybody_may_register_it(domain):
    assert is_open(domain)


@pytest.mark.parametrize(
    "domain",
    [
        *("example.gov.", "example.edu.", "army.mil.", "example.int.", "example.arpa."),
        *("foo.gov.uk.", "foo.ac.uk.", "foo.edu.au.", "foo.nsw.edu.au.", "foo.gouv.fr.", "foo.go.jp."),
        *("foo.gob.mx.", "foo.govt.nz.", "foo.gv.at.", "foo.mil.br.", "foo.k12.ca.us."),
        *("x.herokuapp.com.", "ec2-192-0-2-1.compute-1.amazonaws.com."),
        *("kawasaki.jp.", "co.uk.", "com.", "www.example.com.", "example.corp.", ".", "", "..", "a..b."),
    ],
)
def test_a_domain_is_not_open_where_few_or_nobody_may(domain):
    assert not is_open(domain)


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
