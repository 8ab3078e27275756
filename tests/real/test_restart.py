"""What a restart of the receiver costs: questions whose answers never reach a channel.

Each name is asked once and below an unsigned zone, so no cache and no proof answers in an authority's stead:
what is missing was lost between the resolver and the producer.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from time import sleep

import pytest

from nxcast.consumers import Subscriber
from testbed.defaults.held import HeldSocket
from testbed.defaults.lab import DefaultsLab, Resolver
from testbed.defaults.questions import EXISTING, unique
from testbed.defaults.resolvers import KINDS
from tests.conftest import RunningBroker
from tests.real.conftest import Producer

NAMES = [name for name, kind in KINDS.items() if kind.sends_authority]

RATE = 25.0  # questions a second
BEFORE_SECONDS = 4.0  # until the producer is stopped: more than any resolver takes to send
ASKED = 400  # 16 s of them, 12 after the restart
QUIET_SECONDS = 5.0
CONNECT_SECONDS = 15.0

LOST_SECONDS_MAX = 9.0
"""libfstrm throws away what it wrote last, tries again at once and then after 5 s: 6 s were seen."""

HELD_LOST_SECONDS_MAX = 2.0
"""What it wrote last, and what came until it saw the connection end: 1.0 s was seen."""


def test_a_restart_of_the_producer_loses_nothing_of_unbound_and_seconds_of_the_others(
    lab: DefaultsLab, broker: RunningBroker, figures: list[str]
) -> None:
    def start(name: str, listen: Path) -> Producer:
        return Producer(f"unix:{listen}", broker, sensor=name)

    lost = _lost_by_a_restart(lab, broker, "own", start)
    told = ", ".join(f"{name} {count} ({count / RATE:.1f} s)" for name, count in lost.items())
    figures.append(f"Lost by one restart of the producer, of {ASKED} questions at {RATE:g}/s: {told}")
    for name, count in lost.items():
        if KINDS[name].loses_after_restart:
            assert count <= LOST_SECONDS_MAX * RATE, name
        else:
            assert count == 0, name


def test_a_restart_behind_a_held_socket_loses_a_second_at_most(
    lab: DefaultsLab, broker: RunningBroker, figures: list[str]
) -> None:
    """As systemd holds it: connections are taken all the time, and served a moment later."""
    with ExitStack() as sockets:
        held: dict[str, HeldSocket] = {}

        def start(name: str, listen: Path) -> Producer:
            if name not in held:
                held[name] = sockets.enter_context(HeldSocket(listen))
            return Producer("systemd:", broker, sensor=name, popen=held[name].start)

        lost = _lost_by_a_restart(lab, broker, "held", start)
    told = ", ".join(f"{name} {count} ({count / RATE:.1f} s)" for name, count in lost.items())
    figures.append(f"The same behind a socket that is held: {told}")
    for name, count in lost.items():
        assert count <= (HELD_LOST_SECONDS_MAX * RATE if KINDS[name].loses_after_restart else 0), name


def _lost_by_a_restart(
    lab: DefaultsLab, broker: RunningBroker, kind: str, start: Callable[[str, Path], Producer]
) -> dict[str, int]:
    """Questions of each resolver that never came, of `ASKED`, all resolvers at the same time.

    `start` starts the producer of a resolver, which listens on that unix socket: twice, one after the other.
    `kind` begins the sockets' names.
    """
    listen = {name: lab.directory / f"{kind}-{name}.sock" for name in NAMES}
    with ExitStack() as stack:
        subscriber = stack.enter_context(
            Subscriber("nxdomain/A/", broker=broker.egress, replay=broker.replay, timeout=QUIET_SECONDS)
        )
        subscriber.wait_connected(CONNECT_SECONDS)
        producers = {name: stack.enter_context(start(name, listen[name])) for name in NAMES}
        resolvers = {name: stack.enter_context(lab.resolver(name, listen[name])) for name in NAMES}
        with ThreadPoolExecutor(len(NAMES)) as pool:
            asking = [pool.submit(_ask, name, resolver) for name, resolver in resolvers.items()]
            sleep(BEFORE_SECONDS)
            for name in NAMES:
                producers[name].stop()
                stack.enter_context(start(name, listen[name]))
            for each in asking:
                each.result()
        came = {record["qname"].lower() for record in subscriber.records()}
    return {name: ASKED - len(came & {each.key[0] for each in unique(name, ASKED)}) for name in NAMES}


def _ask(name: str, resolver: Resolver) -> None:
    resolver.ask(EXISTING)
    answers = resolver.ask(unique(name, ASKED), rate=RATE)
    assert {answer.rcode for answer in answers} == {"NXDOMAIN"}


@pytest.mark.parametrize("name", NAMES)
def test_a_restart_of_the_resolver_is_followed(lab: DefaultsLab, broker: RunningBroker, name: str) -> None:
    listen = lab.directory / f"again-{name}.sock"
    first, second = unique(f"first-{name}-", 20), unique(f"second-{name}-", 20)
    with (
        Subscriber("nxdomain/A/", broker=broker.egress, replay=broker.replay, timeout=QUIET_SECONDS)
        as subscriber,
        Producer(f"unix:{listen}", broker),
        lab.resolver(name, listen) as resolver,
    ):  # fmt: skip
        subscriber.wait_connected(CONNECT_SECONDS)
        for questions in (first, second):
            resolver.ask(questions)
            wanted = {question.key[0] for question in questions}
            while wanted:  # PowerDNS loses what it holds when it stops, so it is not stopped before
                wanted -= {record["qname"].lower() for record in subscriber.receive(QUIET_SECONDS).records}
            if questions is first:
                resolver.restart()
