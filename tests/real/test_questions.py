"""What clients were denied, with `--questions client`, and what the questions about mail find in it.

Held against what the clients were told, and against the same resolver with minimisation and synthesis off,
which asks authorities what its clients ask it.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest
from dnslib import QTYPE

from nxcast.consumers import Subscriber
from nxcast.consumers.show.json_lines import record_json
from testbed.defaults.clients import Answer, denied
from testbed.defaults.lab import DefaultsLab
from testbed.defaults.questions import EXAMPLES, EXISTING, QUESTIONS
from testbed.defaults.world import BLOCKLISTS, ZONES, addresses
from tests.conftest import RunningBroker
from tests.real.conftest import TABLES, Producer

QUIET_SECONDS = 6.0  # the slowest message comes 2.0 s after its answer, and then the join waits 2.5 s
CONNECT_SECONDS = 15.0
NAMES = ("unbound", "bind", "powerdns")
RECALL, PRECISION = 0.99, 0.85
SERVERS = {zone.name: {ip_address(at).packed for at in addresses(zone.process)} for zone in ZONES}
"""Addresses of each zone's servers."""

Key = tuple[str, str]


@dataclass(frozen=True)
class Heard:
    """What one resolver's clients were told, and the records that came of it."""

    answers: list[Answer]
    records: list[dict[str, Any]]  # of nxdomain/
    lines: Path  # the same, as `tail --format json` writes them

    def shown(self) -> set[Key]:
        """Name and type of each record, as `Question.key`."""
        return {(record["qname"].lower(), QTYPE[record["qtype"]]) for record in self.records}


@dataclass(frozen=True)
class Pair:
    """One resolver at its defaults with its clients' questions, and asking all that it is asked without."""

    name: str
    asked: Heard
    whole: Heard


PAIRS: dict[str, Pair] = {}


@pytest.fixture(scope="module", params=NAMES)
def pair(request: pytest.FixtureRequest, lab: DefaultsLab) -> Pair:
    """One of each resolver, for all tests of this module."""
    name = request.param
    if name not in PAIRS:
        asked = _heard(name, lab, "client", whole=False)
        PAIRS[name] = Pair(name, asked, _heard(name, lab, "resolver", whole=True))
    return PAIRS[name]


def _heard(name: str, lab: DefaultsLab, questions: str, *, whole: bool) -> Heard:
    listen = lab.directory / f"{name}-{questions}.sock"
    with (
        RunningBroker("--ingress", "tcp://127.0.0.1:*", "--egress", "tcp://127.0.0.1:*") as broker,
        Subscriber(
            "nxdomain/", broker=broker.egress, replay=broker.replay, timeout=QUIET_SECONDS
        ) as subscriber,
        Producer(f"unix:{listen}", broker, "--questions", questions) as producer,
        lab.resolver(name, listen, clients=questions == "client", whole=whole) as resolver,
    ):
        subscriber.wait_connected(CONNECT_SECONDS)
        answers = [*resolver.ask(EXISTING), *resolver.ask(QUESTIONS)]
        batches = list(subscriber)
        resolver.stop()
        producer.stop()
    records: list[dict[str, Any]] = [dict(record) for batch in batches for record in batch.records]
    lines = listen.with_suffix(".jsonl")
    lines.write_text(
        "".join(f"{record_json(record, batch)}\n" for batch in batches for record in batch.records)
    )
    return Heard(answers, records, lines)


def _found(question: str, heard: Heard, *options: str) -> list[dict[str, Any]]:
    """What `nxcast-consume QUESTION` finds in it."""
    program = str(Path(sys.executable).with_name("nxcast-consume"))
    command = [program, question, "--from", str(heard.lines), "--format", "json", *options]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
    return [json.loads(line) for line in done.stdout.splitlines()]


def _candidates(heard: Heard) -> set[str]:
    """Domains that spamtrap would have, if a day's mail and one server were enough."""
    enough = ("--days", "1", "--queries", "1", "--sources", "1")
    found = _found("spamtrap", heard, *enough)
    return {row["domain"].lower() for row in found if row.get("section") == "candidates"}


def _blocklists(heard: Heard) -> set[str]:
    found = _found("dnsbl", heard)
    return {row["zone"].rstrip(".") for row in found if row.get("section") in ("zones", "unknown")}


@pytest.fixture(autouse=True, scope="module")
def table(request: pytest.FixtureRequest) -> Iterator[None]:
    """The figures of all resolvers, printed at the end of the run."""
    yield
    lines = request.config.stash.setdefault(TABLES, [])
    for name, one in PAIRS.items():
        told, shown, whole = denied(one.asked.answers), one.asked.shown(), one.whole.shown()
        lines.append(
            f"{name}, --questions client: {len(told & shown)} of {len(told)} questions, "
            f"{len(shown - told)} that nobody asked, missing {sorted(told - shown) or 'none'}; "
            f"{len(shown & whole)} of these {len(shown)} asked of authorities with minimisation off; "
            f"spamtrap {len(_candidates(one.asked))} (off: {len(_candidates(one.whole))}), "
            f"blocklists {len(_blocklists(one.asked))} (off: {len(_blocklists(one.whole))})"
        )


def test_what_clients_were_denied_is_shown_and_nothing_else(pair: Pair) -> None:
    told, shown = denied(pair.asked.answers), pair.asked.shown()
    assert len(told & shown) >= RECALL * len(told), sorted(told - shown)
    assert shown <= told


def test_most_of_it_is_what_authorities_are_asked_with_minimisation_off(pair: Pair) -> None:
    """The rest are questions that such a resolver answers from an earlier denial above the name."""
    shown = pair.asked.shown()
    assert len(shown & pair.whole.shown()) >= PRECISION * len(shown)


def test_no_other_server_is_named_than_one_of_the_zone(pair: Pair) -> None:
    named = [record for record in pair.asked.records if record["response_ip"] != "::"]
    assert len(named) > len(pair.asked.records) / 2
    for record in named:
        zone = record["soa_rrname"].lower().rstrip(".") or "."
        assert ip_address(record["response_ip"]).packed in SERVERS[zone], record


def test_the_examples_appear_as_they_were_asked(pair: Pair) -> None:
    shown = pair.asked.shown()
    assert [one for one in EXAMPLES if one.cause != "lame delegation" and one.key not in shown] == []


def test_every_dead_domain_is_found_as_with_minimisation_off(pair: Pair) -> None:
    """But for those under .example, which no registry has (RFC 6761), so that none can be a trap."""
    dead = {
        f"{one.qname.lower()}."
        for one in QUESTIONS
        if one.cause == "mail to a dead domain" and one.qtype == "MX" and one.qname.count(".") == 1
    }
    found = _candidates(pair.asked)
    assert found == _candidates(pair.whole)
    assert {domain for domain in dead if not domain.endswith(".example.")} <= found


def test_every_blocklist_is_found_as_with_minimisation_off(pair: Pair) -> None:
    """The one that is on no list of lists too."""
    assert _blocklists(pair.asked) == _blocklists(pair.whole) == set(BLOCKLISTS)
