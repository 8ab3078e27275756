"""Every question, end to end: three invented days through a broker, and what was planted is what is found.

The stream is the synthetic producer's, with a spike of blocklist look-ups added, which it makes at higher
rates only. Each question is a process of its own, as a user starts it; then again without its own causes.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterable, Iterator
from itertools import groupby, islice
from random import Random
from typing import Any

import pytest

from nxcast.producers.synthetic.causes import dnsbl_spike
from nxcast.producers.synthetic.exchange import exchange
from nxcast.producers.synthetic.stream import START_NS, Response, frames, generate
from nxcast.producers.synthetic.world import World, dga_names
from nxcast.schemas.frames import Frame
from tests.conftest import Bench, RunningBroker, await_connected
from tests.messages import MX, A, frame, message, question

SEED = 7
RATE = 0.5  # responses a second of the stream's time
SERVFAIL, NXDOMAIN = 2, 3
DAY_NS = 86_400_000_000_000
DAYS = 3
COUNT = int(DAYS * 86_400 * RATE)
# Of a batch, in the stream's time: records come topic by topic, and what is five minutes late still counts.
SPAN_NS = 240_000_000_000
# A report is due when the time of a record has passed this, so at the frames that `_end` pushes.
WHOLE_S = DAYS * 86_400 + 3600

CAUSES = {
    "spamtrap": ("dead-mail",),
    "dnsbl": ("dnsbl",),
    "dga": ("dga",),
    "dead": ("beacon",),
    "discovery": ("service", "autoconfig", "leaked", "browser"),
    "authorities": ("lame", "broken", "formerr", "notimp", "update", "extended"),
}
"""The questions, and the families of causes that each is about."""

WORLD = World(SEED)
Found = list[dict[str, Any]]


@pytest.fixture(scope="module")
def stream() -> list[Response]:
    """Three days, in order."""
    responses = [*islice(generate("sie", SEED, rate=RATE), COUNT), *_spike()]
    return sorted(responses, key=lambda response: response.frame[0])


def _spike() -> Iterator[Response]:
    """On the third morning: 120 look-ups within a minute of a domain that never sends mail."""
    random = Random(SEED)
    times = [START_NS + 2 * DAY_NS + number * 500_000_000 for number in range(120)]
    case = dnsbl_spike(WORLD)
    draws = [(random.randbytes(2), exchange("dnsbl-spike", case, WORLD, random, 0)) for _ in times]
    return (Response("dnsbl-spike", made) for made in frames(draws, times))


@pytest.fixture
def broker() -> Iterator[RunningBroker]:
    """One that keeps all for readers that are behind, and nothing back: three days pass here in seconds.

    A record that is lost and repaired, or waits for others of its topic, comes hours of the stream's time
    after those of other topics: how many depends on the machine.
    """
    free = "tcp://127.0.0.1:*"
    options = ("--ingress", free, "--egress", free, "--high-water-mark", "100000", "--linger-ms", "0")
    with RunningBroker(*options) as running:
        yield running


def test_each_question_finds_what_was_planted(bench: Bench, stream: list[Response]) -> None:
    found = _ask(bench, list(CAUSES), (response.frame for response in stream))

    mail = {row["domain"] for row in _of(found["spamtrap"], "candidates")}
    assert mail == {f"{domain}." for domain in WORLD.dead}

    zones = {row["zone"] for row in _of(found["dnsbl"], "zones")}
    assert {"zen.spamhaus.org.", "multi.surbl.org.", "zen.dq.spamhaus.net."} <= zones
    unknown = {row["zone"] for row in _of(found["dnsbl"], "unknown_zones")}
    assert unknown == {"bl.mailwarden.example.", "dbl.mailwarden.example."}
    spiked = {row["subject"] for row in _of(found["dnsbl"], "spikes")}
    assert spiked == {f"{WORLD.spiked}."}
    assert not any(key in json.dumps(found) for key in WORLD.keys)

    groups = _of(found["dga"], "groups")
    generated = {f"{name}." for kind in ("letters", "hex") for name in _generated(kind)}
    assert {row["alphabet"] for row in groups} == {"letters", "hex"}
    assert {name for row in groups for name in row["examples"]} <= generated

    beacons = {row["name"] for row in _of(found["dead"], "regular")}
    assert beacons == {f"update.{domain}." for domain in WORLD.defunct[2:]}  # others come at higher rates

    services = {row["service"] for row in _of(found["discovery"], "services")}
    assert {"_ldap._tcp", "_kerberos._udp", "wpad", "isatap"} <= services
    leaks = {row["suffix"] for row in _of(found["discovery"], "leaks")}
    assert {"corp.", "local.", "lan.", "home."} <= leaks

    failing = {row["zone"]: row["rcode"] for row in _of(found["authorities"], "zones")}
    assert failing[f"{WORLD.lame[0]}."] == "REFUSED"
    assert {failing.get(f"{domain}.", "SERVFAIL") for domain in WORLD.broken} == {"SERVFAIL"}


@pytest.mark.parametrize("name", CAUSES)
def test_a_question_finds_nothing_in_the_same_days_without_its_causes(
    bench: Bench, stream: list[Response], name: str
) -> None:
    own = CAUSES[name]
    others = (each.frame for each in stream if not {each.cause, each.cause.partition("-")[0]} & {*own})
    found = _ask(bench, [name], others)[name]
    # Where there was nothing else, the first frame of `_end` counts.
    assert [row for row in found if row.get("failures") != 1] == []


def _ask(bench: Bench, names: list[str], pushed: Iterable[Frame]) -> dict[str, Found]:
    """What each question says about the frames, its summary left out."""
    running = {name: _started(bench.running, name) for name in names}
    try:
        count = 0
        for _, batch in groupby(pushed, lambda each: each[0] // SPAN_NS):
            made = list(batch)
            bench.push(*made)
            count += len(made)
            _await_frames(bench, count)
        bench.push(*_end())
        return {name: _report(process) for name, process in running.items()}
    finally:
        for process in running.values():
            process.kill()
            process.communicate()


def _end() -> Iterator[Frame]:
    """For a topic of each question, what comes after all others; twice, if there were no others."""
    for times in (1, 2):
        late = START_NS + times * (WHOLE_S + 1) * 10**9
        for rcode, qtype in ((NXDOMAIN, MX), (NXDOMAIN, A), (SERVFAIL, A)):
            asked = message(rcode, questions=[question(qtype=qtype)])
            yield (late, *frame(asked)[1:])


def _started(broker: RunningBroker, name: str) -> subprocess.Popen[str]:
    """A question that has said that it is connected."""
    options = ("--broker", broker.egress, "--format", "json", "--every", str(WHOLE_S))
    process = subprocess.Popen(
        [sys.executable, "-m", "nxcast.consumers", name, *options],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    await_connected(process)
    return process


def _await_frames(bench: Bench, count: int) -> None:
    """Until the broker has published what so many frames gave: what it takes together goes out by topic."""
    while bench.ask(ask="status")[0]["status"]["counters"]["frames_received"] < count:
        pass


def _report(process: subprocess.Popen[str]) -> Found:
    assert process.stdout is not None
    found = []
    for line in process.stdout:
        told = json.loads(line)
        if told.get("section") == "summary":
            assert told["lost_messages_in_all"] == 0
            return found
        found.append(told)
    raise AssertionError(f"ended without a report, after {found[-3:]}")


def _of(found: Found, section: str) -> Found:
    return [row for row in found if row.get("section") == section]


def _generated(kind: str) -> Iterator[str]:
    first = START_NS // DAY_NS
    for day in range(first, first + DAYS + 1):
        yield from dga_names(SEED, kind, day)
