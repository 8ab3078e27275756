"""What the channels show of the questions that clients ask a resolver which is at its own defaults.

Held against what the clients were told, which neither dnstap nor nxcast had a hand in.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Any

import pytest
from dnslib import QTYPE, RCODE

from nxcast.consumers import Subscriber
from testbed.defaults.clients import Answer, denied, shares
from testbed.defaults.lab import DefaultsLab
from testbed.defaults.questions import EXAMPLES, EXISTING, QUESTIONS
from testbed.defaults.resolvers import KINDS, Kind
from tests.conftest import RunningBroker
from tests.real.conftest import TABLES, Producer

QUIET_SECONDS = 5.0  # the slowest resolver's dnstap comes 2.0 s after the answer
CONNECT_SECONDS = 15.0

SHARES = {"unbound": (0.68, 0.84), "bind": (0.75, 0.91), "powerdns": (0.85, 0.97), "knot": (0.0, 0.0)}
"""Lowest and highest share of the denied questions that nxdomain/ shows: 0.76, 0.83, 0.91 and 0 were seen,
and which server of a zone is asked is by chance. More than the highest is no fault: it wants a new entry
here."""

LOST = {("unbound", ("gdsrr.com.", "MX"))}
"""Examples that don't appear: Unbound asks for the whole name with type A first, and leaves it at that."""

Records = dict[str, list[dict[str, Any]]]  # by channel


@dataclass(frozen=True)
class Run:
    """What one resolver's clients were told, and what came of it."""

    name: str
    answers: list[Answer]
    records: Records
    said: str  # by the producer, at its end
    sources: tuple[str, str]  # the resolver's own addresses

    @property
    def kind(self) -> Kind:
        """What the resolver can send."""
        return KINDS[self.name]

    def shown(self) -> set[tuple[str, str]]:
        """Name and type of the records on nxdomain/, as `Question.key`."""
        return {_key(record) for record in self.records["nxdomain"]}


RUNS: dict[str, Run] = {}


@pytest.fixture(scope="module", params=list(KINDS))
def run(request: pytest.FixtureRequest, lab: DefaultsLab) -> Run:
    """One run of each resolver, for all tests of this module."""
    with RunningBroker("--ingress", "tcp://127.0.0.1:*", "--egress", "tcp://127.0.0.1:*") as broker:
        return RUNS.setdefault(request.param, _run(request.param, lab, broker))


def _run(name: str, lab: DefaultsLab, broker: RunningBroker) -> Run:
    listen = lab.directory / f"{name}.sock"
    with (
        Subscriber(
            "dns-errors/", "nxdomain/", broker=broker.egress, replay=broker.replay, timeout=QUIET_SECONDS
        ) as subscriber,
        Producer(f"unix:{listen}", broker) as producer,
        lab.resolver(name, listen) as resolver,
    ):
        subscriber.wait_connected(CONNECT_SECONDS)
        answers = [*resolver.ask(EXISTING), *resolver.ask(QUESTIONS)]
        records: Records = defaultdict(list)
        for batch in subscriber:
            records[batch.topic.partition("/")[0]] += batch.records
        resolver.stop()
        return Run(name, answers, records, producer.stop(), resolver.sources)


@pytest.fixture(autouse=True, scope="module")
def table(request: pytest.FixtureRequest) -> Iterator[None]:
    """The shares of all resolvers, printed at the end of the run."""
    yield
    request.config.stash.setdefault(TABLES, []).extend(_table())


def _table() -> list[str]:
    columns = {name: shares(run.answers, run.shown()) for name, run in RUNS.items()}
    causes = sorted({cause for column in columns.values() for cause in column}, key=lambda c: (c == "all", c))
    lines = ["Of the distinct questions that clients were denied, those that nxdomain/ shows:"]
    lines.append(f"{'':34}" + "".join(f"{name:>14}" for name in columns))
    for cause in causes:
        cells = (column.get(cause) for column in columns.values())
        lines.append(f"{cause:34}" + "".join(f"{cell or '-'!s:>14}" for cell in cells))
    unasked = (
        sum(_key(record) not in denied(run.answers) for record in run.records["nxdomain"])
        for run in RUNS.values()
    )
    lines.append(f"{'records of what nobody asked':34}" + "".join(f"{count:>14}" for count in unasked))
    return lines


def _key(record: dict[str, Any]) -> tuple[str, str]:
    """As `Question.key`."""
    return record["qname"].lower(), QTYPE[record["qtype"]]


def test_the_channel_shows_the_share_of_questions_that_it_does_today(run: Run) -> None:
    share = shares(run.answers, run.shown())["all"]
    lowest, highest = SHARES[run.name]
    assert lowest <= share.shown / share.asked <= highest
    assert run.records["nxdomain"] or not run.kind.sends_authority


def test_the_five_examples_appear_but_for_those_that_are_lost_today(run: Run) -> None:
    for example in EXAMPLES:
        if example.cause == "lame delegation":
            continue
        asked = next(answer for answer in run.answers if answer.key == example.key)
        found = [record for record in run.records["nxdomain"] if _key(record) == example.key]
        assert asked.rcode == "NXDOMAIN"
        assert bool(found) == (run.kind.sends_authority and (run.name, example.key) not in LOST), example
        assert all(record["soa_rrname"] == asked.soa for record in found)
        assert all(record["qname"] == f"{example.qname}." for record in found)  # its capitals too


def test_mail_to_a_dead_domain_is_seen_even_where_its_type_is_lost(run: Run) -> None:
    names = {record["qname"].lower() for record in run.records["nxdomain"]}
    assert ("gdsrr.com." in names) == run.kind.sends_authority


def test_lame_delegations_and_servers_without_data_are_on_dns_errors_for_every_zone(run: Run) -> None:
    wanted = {(f"{host}{tld}.", rcode) for tld in ("com", "net", "org", "example")
              for host, rcode in (("www.lame.", "REFUSED"), ("www.broken.", "SERVFAIL"))}  # fmt: skip
    found = {(record["qname"].lower(), RCODE[record["rcode"]]) for record in run.records["dns-errors"]}
    assert wanted <= found if run.kind.sends_authority else not found
    told = {answer.rcode for answer in run.answers if answer.cause == "server without data"}
    assert told == {"SERVFAIL"}  # whatever the server said


def test_what_exists_is_on_no_channel(run: Run) -> None:
    asked = {question.key for question in EXISTING}
    assert {answer.rcode for answer in run.answers if answer.key in asked} == {"NOERROR"}
    assert not asked & {_key(record) for records in run.records.values() for record in records}


def test_the_resolvers_own_address_is_withheld(run: Run) -> None:
    assert all(record["query_ip"] is None for record in run.records["dns-errors"])
    hidden = {ip_address(source).packed for source in run.sources}
    assert not any(source in record["response"] for record in run.records["dns-errors"] for source in hidden)


def test_every_message_between_resolver_and_authority_is_taken_and_acknowledged(run: Run) -> None:
    last = run.said.strip().splitlines()[-1]
    sent, acknowledged = (re.search(rf"\b{word} (\d+)", last) for word in ("sent", "acknowledged"))
    if run.kind.sends_authority:
        assert sent
        assert acknowledged
        assert int(sent[1]) == int(acknowledged[1]) > len(run.records["dns-errors"])
        assert "dropped 0" in last
    else:
        assert "sent 0" in last
        assert "CLIENT_RESPONSE" in last
