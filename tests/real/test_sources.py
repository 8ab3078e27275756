"""What docs/sources.md says beside the lines that the lab runs with: dnstap over TCP, and a silent source."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from pathlib import Path
from subprocess import Popen

import pytest

from nxcast.consumers import Subscriber
from testbed.defaults.lab import DefaultsLab
from testbed.defaults.questions import unique
from testbed.defaults.resolvers import KINDS, Kind, Places
from tests.conftest import RunningBroker
from tests.real.conftest import Producer

PORT = 6000
CONNECT_SECONDS = 15.0

OVER_TCP = {
    "unbound": ('dnstap-socket-path: "{}"', f"dnstap-ip: 127.0.0.1@{PORT}\n    dnstap-tls: no"),
    "powerdns": ('{{"{}"}}', f'{{"127.0.0.1:{PORT}"}}'),
}
"""What stands in place of a unix socket's path."""


def _over_tcp(name: str) -> Kind:
    kind = KINDS[name]
    path_line, port_line = OVER_TCP[name]

    def files(at: Places) -> dict[str, str]:
        made = kind.files(at)
        changed = {file: text.replace(path_line.format(at.dnstap), port_line) for file, text in made.items()}
        assert changed != made
        return changed

    return dataclasses.replace(kind, files=files)


@pytest.fixture
def reached(tmp_path: Path) -> Iterator[RunningBroker]:
    """A broker that is reached from a resolver's host too, by paths."""
    running = RunningBroker(
        "--ingress",
        f"ipc://{tmp_path}/in",
        "--egress",
        f"ipc://{tmp_path}/out",
        "--replay",
        f"ipc://{tmp_path}/replay",
    )
    yield running
    running.stop()


@pytest.mark.parametrize("name", OVER_TCP)
def test_dnstap_over_tcp(
    lab: DefaultsLab, reached: RunningBroker, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """Each is there before its producer, and tries until it gets in: what it was asked then comes."""
    monkeypatch.setitem(KINDS, name, _over_tcp(name))
    with (
        Subscriber("nxdomain/A/", broker=reached.egress, replay=reached.replay, timeout=1.0) as subscriber,
        lab.resolver(name, lab.directory / "unused.sock") as resolver,
        Producer(f"tcp:127.0.0.1:{PORT}", reached, sensor=name, popen=resolver.namespace.popen),
    ):
        subscriber.wait_connected(CONNECT_SECONDS)
        came: set[str] = set()
        asked: set[str] = set()
        for number in range(int(CONNECT_SECONDS)):
            questions = unique(f"{name}-{number}-", 1)
            resolver.ask(questions)
            asked |= {question.key[0] for question in questions}
            came |= {record["qname"].lower() for record in subscriber.records()}
            if came & asked:
                break
        assert came & asked


def test_knot_resolvers_dnstap_is_told_to_have_clients_messages_only(
    lab: DefaultsLab, broker: RunningBroker
) -> None:
    listen = lab.directory / "clients-only.sock"
    with Producer(f"unix:{listen}", broker) as producer, lab.resolver("knot", listen) as resolver:
        resolver.ask(unique("clients-only", 3))
        said = _line(producer.process, "nothing sent in 30 seconds: ")
    assert "only CLIENT_QUERY, CLIENT_RESPONSE: " in said


def _line(process: Popen[str], wanted: str) -> str:
    """The line on standard error that has it, which comes by itself."""
    assert process.stderr is not None
    return next(line for line in process.stderr if wanted in line)
