"""What the traffic asks fails as it says: with a real Unbound, real authoritative servers, our programs."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from itertools import islice, pairwise
from pathlib import Path
from typing import Any

import pytest
import zmq

from nxcast.producers.synthetic.world import World
from testbed.configs import world_zones
from testbed.lab import Lab, missing
from testbed.traffic import SHARES, Lookup, lookups
from tests.conftest import ROOT, TIMEOUT_MS, Bench, RunningBroker, receive

needs_servers = pytest.mark.skipif(bool(missing()), reason=f"needs the Debian packages {missing()}")

COUNT = 800  # questions, in which each cause comes at least once
RATE = 200.0  # a second: what is asked late comes at once, a second's worth, and a socket holds some 270
SEED = 1


@pytest.fixture
def dnstap(broker: RunningBroker) -> Iterator[str]:
    """Where a producer takes dnstap."""
    command = ["dnstap", "tcp:127.0.0.1:0", "--broker", broker.ingress, "--replay", broker.replay]
    producer = subprocess.Popen(
        [sys.executable, "-m", "nxcast.producers", *command, "--sensor", "lab"],
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert producer.stderr is not None
        words = producer.stderr.readline().replace(",", " ").split()
        yield next(word for word in words if word.startswith("tcp:"))
    finally:
        producer.terminate()
        producer.communicate(timeout=60)


@needs_servers
def test_each_question_fails_as_it_says_and_nothing_else_does(
    bench: Bench, dnstap: str, tmp_path: Path
) -> None:
    subscriber = bench.subscribe("dns-errors/", "nxdomain/")
    with Lab(tmp_path, dnstap, more=world_zones(World(SEED))) as lab:
        asked = [lookup for _, lookup in islice(lookups(SEED, RATE), COUNT)]
        wanted = {_key(lookup) for lookup in asked if lookup.rcode and _possible(lookup, lab.lacks)}
        traffic = _start(lab.address[1])
        try:
            seen = _collect(subscriber, wanted)
            _, said = traffic.communicate(timeout=TIMEOUT_MS / 1000)
        finally:
            traffic.kill()
    assert traffic.returncode == 0
    assert f"asked {COUNT}, not sent 0" in said
    meant_to_work = {(lookup.qname, lookup.qtype) for lookup in asked if lookup.rcode == 0}
    assert not meant_to_work & {(qname, qtype) for qname, qtype, *_ in seen}
    assert wanted <= seen


def test_the_same_seed_asks_the_same_and_another_one_something_else() -> None:
    first = list(islice(lookups(SEED), COUNT))
    assert first == list(islice(lookups(SEED), COUNT))
    assert first != list(islice(lookups(SEED + 1), COUNT))


def test_each_cause_comes_and_beacons_keep_their_interval() -> None:
    asked = list(islice(lookups(SEED), 40 * COUNT))
    assert {lookup.cause for _, lookup in asked[:COUNT]} >= SHARES.keys() - {"lab"} | {"beacon"}
    beats = [at for at, lookup in asked if lookup.qname == asked[0][1].qname]
    assert asked[0][1].cause == "beacon"
    assert {later - earlier for earlier, later in pairwise(beats)} == {30.0}
    assert [at for at, _ in asked] == sorted(at for at, _ in asked)


def test_traffic_goes_on_while_nobody_answers() -> None:
    traffic = _start(1, "--rate=1000")  # nobody listens at port 1
    _, said = traffic.communicate(timeout=TIMEOUT_MS / 1000)
    assert traffic.returncode == 0
    assert "answered: nothing" in said


def _start(port: int, *options: str) -> subprocess.Popen[str]:
    rest = [f"--rate={RATE}", f"--seed={SEED}", f"--count={COUNT}", *options]
    return subprocess.Popen(
        [sys.executable, "-m", "testbed.traffic", f"--resolver=127.0.0.1:{port}", *rest],
        cwd=ROOT,
        stderr=subprocess.PIPE,
        text=True,
    )


def _collect(subscriber: Any, wanted: set[tuple[Any, ...]]) -> set[tuple[Any, ...]]:
    """What has come once all that is wanted is there: qname, qtype, RCODE, SOA."""
    seen: set[tuple[Any, ...]] = set()
    while not wanted <= seen:
        try:
            topic, _, records = receive(subscriber)
        except zmq.Again:
            raise AssertionError(f"nothing more comes; missing: {wanted - seen}") from None
        for record in records:
            where = record["qname"].lower(), record["qtype"]
            if topic.startswith("nxdomain/"):
                soa = record["soa_rrname"]
                seen.add((*where, 3, soa and soa.lower()))
            elif record["rcode"] != 3:
                seen.add((*where, record["rcode"], None))
    return seen


def _key(lookup: Lookup) -> tuple[Any, ...]:
    return lookup.qname, lookup.qtype, lookup.rcode, lookup.soa


def _possible(lookup: Lookup, lacks: frozenset[str]) -> bool:
    """Whether a lab that lacks this can answer so; reverse look-ups of IPv6 need a server there."""
    ipv6 = lookup.ipv6 or lookup.qname.endswith(".ip6.arpa.")
    return lookup.needs not in lacks and not (ipv6 and "ipv6" in lacks)
