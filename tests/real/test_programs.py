"""What each question says of real programs of which nothing resolves, at real resolvers.

A program runs once; what the channels had of it is repeated on four days at two sensors, as habits are. Each
runs behind a resolver that tells what its clients ask, and behind ones that tell what they ask authorities.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from hashlib import sha1
from time import monotonic
from typing import Any, Protocol

import pytest

from nxcast.consumers import Subscriber
from nxcast.consumers.questions.causes.causes_question import Causes
from nxcast.consumers.questions.dead.dead_question import Dead
from nxcast.consumers.questions.dga.dga_question import Dga
from nxcast.consumers.questions.discovery.discovery_question import Discovery
from nxcast.consumers.questions.dnsbl.dnsbl_question import Dnsbl
from nxcast.consumers.questions.spamtrap.spamtrap_question import Spamtrap
from nxcast.schemas.topics import FAILURES, NXDOMAIN
from nxcast.schemas.units import SECOND_NS
from testbed.defaults import programs
from testbed.defaults.lab import DefaultsLab, Resolver
from testbed.defaults.questions import unique
from testbed.defaults.world import FILTERS_LISTS
from tests.conftest import RunningBroker
from tests.real.conftest import Producer

QUIET_SECONDS = 6.0  # the slowest message comes 2.0 s after its answer, and then the join waits 2.5 s
CONNECT_SECONDS = 60.0
LAST_SECONDS = 120.0
LAST = unique("last-of-all-", 1)  # asked when the program has ended, so what it asked comes before
DAYS = 4
DAY_NS = 86_400 * SECOND_NS

CLIENTS = [f"203.0.113.{last}" for last in range(5, 17)]
RECIPIENTS = ["old@gonercpt.com", "old@host.gonercpt2.com"]

PROGRAMS: dict[str, Callable[[Resolver], None]] = {
    "postfix": lambda resolver: programs.postfix(resolver, CLIENTS, RECIPIENTS),
    "spamassassin": lambda resolver: programs.spamassassin(resolver, programs.MESSAGE),
    "rspamd": lambda resolver: programs.rspamd(resolver, programs.MESSAGE),
    "chromium": lambda resolver: programs.chromium(
        resolver, "http://portal.gonesite.com/", "http://intranet/"
    ),
}
# How the resolver is heard: which, and what its sensor is told.
VIEWS = {
    "unbound, clients": ("unbound", "client"),
    "bind, clients": ("bind", "client"),
    "powerdns": ("powerdns", "resolver"),
    "unbound": ("unbound", "resolver"),
}
MINIMISED = "unbound"  # the view in which a domain that nobody has is asked for by type A alone
SENSORS = ("north", "south")

# Domains that mail was meant for or came from, and those of which only a host was.
MAILED = {
    "postfix": (
        {"gonercpt.com.", *(f"gonesender{at}.com." for at in range(len(CLIENTS)))},
        {"gonercpt2.com."},
    ),
    "spamassassin": ({"gonefrom.com."}, set()),
    "rspamd": ({"gonefrom.com."}, set()),
    "chromium": (set(), set()),
}
_FILTERS = {f"{zone}." for zone in FILTERS_LISTS} | {"multi.surbl.org."}
_RSPAMD = {zone for zone in _FILTERS if zone.endswith(".rspamd.com.")}
# Lists of the lab that are asked; those whose domain nobody has here, which a resolver may not get to.
ASKED = {
    "postfix": ({"ip4.dnsbl.example.", "bl.postmasters.net.", "multi.surbl.org."}, set()),
    "spamassassin": (
        _FILTERS - _RSPAMD - {f"{zone}." for zone in
                              ("dwl.dnswl.org", "ebl.msbl.org", "ix.dnsbl.manitu.net", "rep.mailspike.net")},
        {"dob.sibl.support-intelligence.net.", "fresh.fmb.la.", "sa-accredit.habeas.com.",
         "sa-trusted.bondedsender.org."},
    ),
    "rspamd": (
        _RSPAMD - {"asn.rspamd.com."} | {"list.dnswl.org.", "rep.mailspike.net.", "ebl.msbl.org.",
            "bl.score.senderscore.com.", "zen.spamhaus.org.", "ix.dnsbl.manitu.net."},
        {"uribl.spameatingmonkey.net.", "fresh15.spameatingmonkey.net.", "bl.spameatingmonkey.net.",
         "bip.virusfree.cz.", "bl.blocklist.de."},
    ),
    "chromium": (set(), set()),
}  # fmt: skip
SUBJECTS = {
    "postfix": {*CLIENTS, *(f"gonesender{at}.com." for at in range(len(CLIENTS)))},
    "spamassassin": {"203.0.113.9", "gonefrom.com.", "goneshop.com.", "goneassets.org."},
    "rspamd": {
        *("203.0.113.9", "goneshop.com.", "goneassets.org.", "gonereply.net."),
        sha1(b"answers@gonereply.net", usedforsecurity=False).hexdigest(),
    },
    "chromium": set(),
}
LOOKED_FOR = {
    "postfix": set(),
    "spamassassin": {"_adsp", "_domainkey"},
    "rspamd": {"_dmarc"},
    "chromium": set(),
}
# Least share of a cause, of all that clients are denied.
LEAST: dict[str, dict[str, float]] = {
    "postfix": {"blocklist": 0.45, "mail": 0.35},
    "spamassassin": {"blocklist": 0.6, "mail": 0.1},
    "rspamd": {"blocklist": 0.55, "mail": 0.1, "search-list": 0.1},
    "chromium": {"search-list": 0.2, "leaked": 0.2},
}


class Question(Protocol):
    """What all questions have in common."""

    def take(self, records: Sequence[Any], /) -> list[Any]: ...

    def sections(self) -> Sequence[Any]: ...


@dataclass(frozen=True)
class Heard:
    """What the channels had of one program at one resolver."""

    program: str
    view: str
    records: list[tuple[bool, dict[str, Any]]]  # whether of nxdomain/, and the record

    @property
    def tells_clients(self) -> bool:
        """Whether all is there that it was denied; what authorities are asked is partly by chance."""
        return VIEWS[self.view][1] == "client"

    def said(self, question: Question) -> dict[str, list[dict[str, Any]]]:
        """What it finds in the same on four days at two sensors, by section, and its alerts."""
        taken = [each for denied, each in self.records if denied or isinstance(question, Causes)]
        alerts: list[Any] = []
        for day in range(DAYS):
            for sensor in SENSORS:
                alerts += question.take(
                    [{**each, "time_ns": each["time_ns"] + day * DAY_NS, "sensor": sensor} for each in taken]
                )
        return {"alerts": alerts} | {each.name: list(each.rows) for each in question.sections()}


HEARD: dict[tuple[str, str], Heard] = {}


@pytest.fixture(
    scope="module", params=[(program, view) for program in PROGRAMS for view in VIEWS], ids=": ".join
)
def heard(request: pytest.FixtureRequest, lab: DefaultsLab) -> Heard:
    program, view = request.param
    if request.param not in HEARD:
        HEARD[program, view] = _heard(program, view, lab)
    return HEARD[program, view]


def _heard(program: str, view: str, lab: DefaultsLab) -> Heard:
    name, questions = VIEWS[view]
    listen = lab.directory / f"{program}-{name}-{questions}.sock"
    with (
        RunningBroker("--ingress", "tcp://127.0.0.1:*", "--egress", "tcp://127.0.0.1:*") as broker,
        Subscriber(
            NXDOMAIN, *FAILURES, broker=broker.egress, replay=broker.replay, timeout=QUIET_SECONDS
        ) as subscriber,
        Producer(f"unix:{listen}", broker, "--questions", questions),
        lab.resolver(name, listen, clients=questions == "client") as resolver,
    ):
        subscriber.wait_connected(CONNECT_SECONDS)
        PROGRAMS[program](resolver)
        resolver.ask(LAST)
        records = _until_last(subscriber)
    return Heard(program, view, records)


def _until_last(subscriber: Subscriber) -> list[tuple[bool, dict[str, Any]]]:
    """All until the last question's record has come, and for some quiet seconds after."""
    records: list[tuple[bool, dict[str, Any]]] = []
    deadline = monotonic() + LAST_SECONDS
    last = LAST[0].key[0]
    while all(record["qname"] != last for _, record in records):
        assert monotonic() < deadline, "the resolver's messages don't come"
        records += [
            (batch.topic.startswith(NXDOMAIN), dict(record))
            for batch in subscriber
            for record in batch.records
        ]
    return [each for each in records if each[1]["qname"] != last]


def test_mail_is_found_as_far_as_the_sensor_can_tell(heard: Heard) -> None:
    """Both who is written to and who writes; of a host's domain that it was asked for as a host only."""
    sections = heard.said(Spamtrap())
    domains, hosts = MAILED[heard.program]
    found = {row["domain"]: row["hosts_only"] for row in sections["candidates"]}
    assert found.items() <= {**dict.fromkeys(domains, False), **dict.fromkeys(hosts, True)}.items()
    assert sections["near"] == []
    if heard.tells_clients:
        assert found.keys() == {*domains, *hosts}
        assert sections["deaf"] == []
    elif heard.view == MINIMISED and heard.program == "postfix":
        assert found == {}
        assert [row["sensor"] for row in sections["deaf"]] == list(SENSORS)


def test_the_blocklists_that_are_asked_are_named_and_nobody_is_accused(heard: Heard) -> None:
    sections = heard.said(Dnsbl())
    lists, gone = ASKED[heard.program]
    zones = {row["zone"] for row in sections["zones"]}
    assert lists <= zones <= lists | gone
    if heard.tells_clients:
        assert zones == lists | gone
    unknown = {row["zone"] for row in sections["unknown_zones"]}
    assert unknown == {"ip4.dnsbl.example.", "bl.postmasters.net."} & lists
    ended = {row["zone"] for row in sections["ended"]}
    assert ended == (gone | {"ix.dnsbl.manitu.net."}) & zones
    assert sections["spikes"] == sections["alerts"] == []


def test_what_mail_is_about_is_told(heard: Heard) -> None:
    """Addresses, hashes, and domains as they can be registered; steps of the resolver are none of these."""
    subjects = {row["subject"] for row in heard.said(Dnsbl())["subjects"]}
    assert subjects <= SUBJECTS[heard.program]
    if heard.tells_clients:
        assert subjects == SUBJECTS[heard.program]


def test_what_a_program_looks_for_is_told_and_nothing_is_open(heard: Heard) -> None:
    sections = heard.said(Discovery())
    assert {row["service"] for row in sections["services"]} <= LOOKED_FOR[heard.program]
    assert all(row["kind"] == "mail policy" for row in sections["services"])
    leaks = {row["label"] for row in sections["labels"]} | {row["suffix"] for row in sections["leaks"]}
    assert ("intranet." in leaks) == (heard.program == "chromium")
    assert sections["open"] == sections["alerts"] == sections["mistyped"] == sections["noise"] == []


def test_no_name_is_taken_for_a_generated_one_or_a_beacon(heard: Heard) -> None:
    """Hashes and labels of probes were drawn, and the same names come at the same time of four days."""
    assert heard.said(Dga())["groups"] == []
    assert heard.said(Dead())["regular"] == []


def test_each_look_up_has_its_cause_as_far_as_it_can_be_told(heard: Heard, figures: list[str]) -> None:
    rows = {row["cause"]: row for row in heard.said(Causes())["causes"]}
    shares = {cause: row["share"] for cause, row in rows.items()}
    told = ", ".join(f"{cause} {share:.2f}" for cause, share in shares.items())
    figures.append(f"{heard.program} at {heard.view}: {told}")
    assert shares.keys().isdisjoint({"machine-made", "beacon", "broken-zone"})
    for cause, least in LEAST[heard.program].items() if heard.tells_clients else ():
        assert shares.get(cause, 0.0) >= least, cause
