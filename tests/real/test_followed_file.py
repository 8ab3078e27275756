"""BIND writes dnstap into a file and rolls it by itself, and the producer goes on with the next one."""

from __future__ import annotations

import dataclasses
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from nxcast.consumers import Subscriber
from testbed.defaults.lab import DefaultsLab
from testbed.defaults.questions import unique
from testbed.defaults.resolvers import KINDS, Places
from tests.conftest import ROOT, RunningBroker
from tests.real.conftest import STOP_SECONDS

ASKED = 300
RATE = 50.0  # questions a second, so that some files' worth come in seconds
ROLLED_OCTETS = 16 << 10  # 70 messages of 250 octets
QUIET_SECONDS = 5.0
CONNECT_SECONDS = 15.0


def test_a_file_that_bind_rolls_is_followed(
    lab: DefaultsLab, broker: RunningBroker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All questions come, once each. BIND writes blocks of 4 KiB, and the rest as it ends.

    An older file is there, by which it is seen that the producer reads; BIND cuts it.
    """
    file = tmp_path / "dnstap.log"
    shutil.copy(ROOT / "testbed" / "sample.dnstap", file)
    usual = KINDS["bind"].files

    def files(at: Places) -> dict[str, str]:
        output = f'dnstap-output file "{file}" size {ROLLED_OCTETS} versions 9 suffix increment;'
        return {"named.conf": re.sub(r"dnstap-output .*", output, usual(at)["named.conf"])}

    monkeypatch.setitem(KINDS, "bind", dataclasses.replace(KINDS["bind"], files=files))
    command = [str(Path(sys.executable).with_name("nxcast-produce")), "dnstap", "--follow", str(file)]
    places = ["--broker", broker.ingress, "--replay", broker.replay]
    questions = unique("followed", ASKED)
    with (
        Subscriber("nxdomain/A/", broker=broker.egress, replay=broker.replay, timeout=QUIET_SECONDS)
        as subscriber,
        subprocess.Popen([*command, *places], stderr=subprocess.PIPE, text=True) as producer,
    ):  # fmt: skip
        try:
            subscriber.wait_connected(CONNECT_SECONDS)
            subscriber.receive(CONNECT_SECONDS)
            with lab.resolver("bind", lab.directory / "nobody.sock") as resolver:
                resolver.ask(questions, rate=RATE)
            names = [record["qname"].lower() for record in subscriber.records()]
        finally:
            producer.terminate()
        _, said = producer.communicate(timeout=STOP_SECONDS)
    assert len(list(tmp_path.glob("dnstap.log.*"))) > 1
    asked = {question.key[0] for question in questions}
    assert sorted(name for name in names if name in asked) == sorted(asked)
    assert [line for line in said.splitlines() if ": read " not in line] == [], said
