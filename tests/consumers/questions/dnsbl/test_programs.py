"""What dnsbl says of recordings of real programs when nothing resolves, each repeated on four days."""

import pytest

from nxcast.consumers.questions.dnsbl.dnsbl_question import Dnsbl
from tests.consumers.questions.recordings import DAYS, NAMES, daily

ADDRESSES = (
    "iadb.isipp.com. bl.score.senderscore.com. psbl.surriel.com. zen.spamhaus.org. wl.mailspike.net. "
    "bl.mailspike.net. list.dnswl.org. bl.spamcop.net."
)
DOMAINS = "multi.uribl.com. multi.surbl.org. dbl.spamhaus.org. fresh.fmb.la."
GONE = "dob.sibl.support-intelligence.net. sa-trusted.bondedsender.org. sa-accredit.habeas.com."
RSPAMD = (
    "email.rspamd.com. uribl.rspamd.com. ebl.msbl.org. dbl.spamhaus.org. dwl.dnswl.org. multi.uribl.com. "
    "multi.surbl.org. rep.mailspike.net. list.dnswl.org. bl.blocklist.de. zen.spamhaus.org. "
    "ix.dnsbl.manitu.net. bl.score.senderscore.com. uribl.spameatingmonkey.net. bl.spameatingmonkey.net."
)
RSPAMD_WHOLE = f"{RSPAMD} fresh15.spameatingmonkey.net. bl.ipv6.spameatingmonkey.net. bip.virusfree.cz."
RBLCHECK = "sbl.spamhaus.org. xbl.spamhaus.org. pbl.spamhaus.org. bl.spamcop.net. psbl.surriel.com."

# Zones by recording; all others ask no blocklist. Where names are minimised, the host of a list that does
# not exist can't be seen, since what is above it is denied first.
ASKED = {
    "exim": "zen.spamhaus.org. bl.spamcop.net. dbl.spamhaus.org.",
    "exim.qmin": "zen.spamhaus.org. bl.spamcop.net. dbl.spamhaus.org.",
    "spamassassin": f"{ADDRESSES} {DOMAINS} {GONE}",
    "spamassassin.qmin": f"{ADDRESSES} {DOMAINS} dob.sibl.support-intelligence.net.",
    "rspamd": RSPAMD_WHOLE,
    "rspamd.qmin": RSPAMD,
    "rblcheck": f"{RBLCHECK} dul.dnsbl.sorbs.net.",
    "rblcheck.qmin": RBLCHECK,
    "cases/closed-lists": "ix.dnsbl.manitu.net. dul.dnsbl.sorbs.net.",
    "cases/rspamd-hashes": "email.rspamd.com. uribl.rspamd.com.",
    "cases/sa-lists": f"{GONE} fresh.fmb.la.",
}
SUBJECTS = {
    "exim": {"198.51.100.23": 8, "gonefrom3-lab.org.": 4},
    "rblcheck": {"198.51.100.23": 24},
    "rspamd": {},
    "spamassassin": {
        "198.51.100.23": 40,  # of ten lists
        "203.0.113.9": 12,
        "goneassets-lab.co.uk.": 16,
        "goneshop-lab.com.": 16,
        "gonefrom-lab.com.": 20,
    },
}


def said(name):
    """Sections by name, and alerts, after four days like the recorded one."""
    question = Dnsbl()
    alerts = [alert for records in daily(name) for alert in question.take(records)]
    return {section.name: list(section.rows) for section in question.sections()}, alerts


@pytest.mark.parametrize("name", NAMES)
def test_exactly_the_lists_that_a_program_asks_are_named(name):
    sections, alerts = said(name)
    assert {row["zone"] for row in sections["zones"]} == set(ASKED.get(name, "").split())
    assert all(row["known"] for row in sections["zones"])
    assert not alerts
    assert not sections["spikes"]
    assert not sections["unknown_zones"]


@pytest.mark.parametrize("minimised", ["", ".qmin"])
@pytest.mark.parametrize("name", SUBJECTS)
def test_what_the_mail_is_about_is_told_and_probes_and_steps_are_not(name, minimised):
    sections, _ = said(f"{name}{minimised}")
    found = {row["subject"]: row["look_ups"] for row in sections["subjects"]}
    if not minimised:
        assert found == SUBJECTS[name]
    assert found.keys() == SUBJECTS[name].keys()


@pytest.mark.parametrize("name", ["rspamd", "rspamd.qmin"])
def test_a_filters_probes_are_counted_as_such(name):
    sections, _ = said(name)
    assert all(row["look_ups"] == 0 for row in sections["zones"])
    assert sum(row["probes"] for row in sections["zones"]) >= DAYS * 13


@pytest.mark.parametrize(
    ("name", "zone"),
    [
        ("rspamd", "ix.dnsbl.manitu.net."),
        ("rspamd.qmin", "ix.dnsbl.manitu.net."),
        ("rblcheck", "dul.dnsbl.sorbs.net."),
        ("cases/closed-lists", "ix.dnsbl.manitu.net."),
        ("cases/closed-lists", "dul.dnsbl.sorbs.net."),
    ],
)
def test_a_closed_list_is_told_as_closed(name, zone):
    sections, _ = said(name)
    assert {row["zone"]: row["ended"] for row in sections["ended"]}[zone].startswith("closed in 20")
