"""Public suffixes in one step are those of the package, or none."""

from pathlib import Path

import pytest
from publicsuffixlist import PSLFILE, PublicSuffixList

from nxcast.consumers.names.suffixes import Suffixes


@pytest.fixture(scope="module", params=[False, True], ids=["all", "icann"])
def both(request):
    listed = PublicSuffixList(accept_unknown=True, only_icann=request.param)
    return Suffixes(only_icann=request.param), listed


def test_a_plain_name_is_told_as_the_package_tells_it_with_every_rule(both):
    suffixes, listed = both
    lines = Path(PSLFILE).read_text("utf-8").lower().splitlines()
    rules = [line.split()[0] for line in lines if line.strip()]
    told = 0
    for rule in rules[::4]:
        for before in ("", "a.", "b.a.", "c.b.a."):
            name = f"{before}{rule.lstrip('!').replace('*', 'x')}."
            found = suffixes.domain(name)
            if found is not None:
                told += 1
                assert found == f"{listed.privatesuffix(name)}."
                assert found.partition(".")[2] == f"{listed.publicsuffix(name)}."
    assert told > 1000


@pytest.mark.parametrize("name", ["example.com.", "www.example.com.", "a.b.c.example.net.", "a.nosuchtop."])
def test_usual_names_are_plain(both, name):
    assert both[0].domain(name) is not None


@pytest.mark.parametrize(
    "name",
    ["", ".", "com.", "..", "....", ".com.", "a..com.", ".a.com.", "a.com", "com", "é.com.", "a\\.b.com.",
     "co.uk.", "a.co.uk.", "x.ck.", "www.ck.", "a.xn--55qx5d.cn."],
)  # fmt: skip
def test_others_are_not(both, name):
    assert both[0].domain(name) is None


def test_only_names_of_the_list_are_among_its_top_level_domains(both):
    assert {"com.", "uk.", "xn--p1ai."} < both[0].tops
    assert not {"nosuchtop.", "co.uk.", "local."} & both[0].tops
