"""The habits that the synthetic producer has of each resolver, against that resolver at its defaults."""

from __future__ import annotations

from collections import Counter

import pytest
from dnslib import QTYPE

from nxcast.consumers import Subscriber
from nxcast.producers.synthetic.causes import NXDOMAIN, Case
from nxcast.producers.synthetic.habits import HABITS, asked
from testbed.defaults.lab import DefaultsLab
from testbed.defaults.questions import EXISTING, Question
from tests.conftest import RunningBroker
from tests.real.conftest import Producer

QUIET_SECONDS = 6.0  # the slowest message comes 2.0 s after its answer
CONNECT_SECONDS = 15.0
A, MX, TXT, SRV, NAPTR, TLSA = 1, 15, 16, 33, 35, 52


def missing(qname: str, qtype: int, zone: str, encloser: str | None = None) -> Case:
    return Case(qname, qtype, NXDOMAIN, zone, soa=zone, encloser=encloser)


CASES = (
    missing("pavilion.com", MX, "com"),
    missing("sip.gallery.com", NAPTR, "com"),
    missing("www.rotunda.com", A, "com"),
    missing("_dmarc.atrium.com", TXT, "com"),
    missing("_ldap._tcp.dc._msdcs.foyer.com", SRV, "com"),
    missing("absent.libretto.com", MX, "libretto.com"),
    missing("_sip._tls.libretto.org", SRV, "libretto.org"),
    missing("_25._tcp.mail.libretto.net", TLSA, "libretto.net", "mail.libretto.net"),
    missing("9.100.51.198.ip4.dnsbl.example", A, "ip4.dnsbl.example"),
    missing("wpad.annexe", A, ""),
)
"""One name below each that is missing: no cache and no proof answers for another."""


@pytest.mark.parametrize("name", ["unbound", "bind", "powerdns"])
def test_each_resolver_is_denied_what_its_habits_ask(name: str, lab: DefaultsLab) -> None:
    listen = lab.directory / f"{name}-habits.sock"
    with (
        RunningBroker("--ingress", "tcp://127.0.0.1:*", "--egress", "tcp://127.0.0.1:*") as broker,
        Subscriber(
            "dns-errors/", broker=broker.egress, replay=broker.replay, timeout=QUIET_SECONDS
        ) as subscriber,
        Producer(f"unix:{listen}", broker) as producer,
        lab.resolver(name, listen) as resolver,
    ):
        subscriber.wait_connected(CONNECT_SECONDS)
        resolver.ask(EXISTING)
        resolver.ask(Question("habits", case.qname, QTYPE[case.qtype]) for case in CASES)
        records = [record for batch in subscriber for record in batch.records]
        resolver.stop()
        producer.stop()
    habits = HABITS[name]
    assert habits is not None
    made = [step for case in CASES for step in asked(habits, case) if step.rcode == NXDOMAIN]
    denied = [
        (record["qname"].lower().rstrip("."), record["qtype"])
        for record in records
        if record["rcode"] == NXDOMAIN and not record["qname"].startswith("_ta-")
    ]
    assert Counter(denied) == Counter((step.qname, step.qtype) for step in made)
