"""The lab itself: that it is what it claims, and that nothing of it stays behind."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest
from dnslib import EDNS0, QTYPE, RCODE, DNSRecord

from testbed.defaults import recording
from testbed.defaults.clients import read, shares, write
from testbed.defaults.held import HeldSocket
from testbed.defaults.lab import DefaultsLab, LabError
from testbed.defaults.questions import EXAMPLES, EXISTING
from testbed.defaults.resolvers import KINDS
from testbed.servers import exchange
from tests.conftest import ROOT

GONE_SECONDS = 10.0

DIES = """
import os, signal, sys
from pathlib import Path
from testbed.defaults.lab import DefaultsLab
with DefaultsLab(Path(sys.argv[1])) as lab:
    lab.resolver("unbound", Path(sys.argv[1]) / "dnstap.sock")
    os.kill(os.getpid(), signal.SIGKILL)
"""


def _running(directory: Path) -> list[str]:
    """Command lines that name the directory."""
    lines = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            lines.append(path.read_bytes().replace(b"\\0", b" ").decode(errors="replace"))
        except OSError:
            continue  # it has ended meanwhile
    return [line for line in lines if str(directory) in line]


def test_nothing_is_left_of_it_even_when_its_process_is_killed(tmp_path: Path) -> None:
    done = subprocess.run([sys.executable, "-c", DIES, str(tmp_path)], cwd=ROOT, timeout=60, check=False)
    assert done.returncode == -signal.SIGKILL
    assert (tmp_path / "unbound-1" / "unbound.conf").exists()
    deadline = time.monotonic() + GONE_SECONDS
    while _running(tmp_path) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not _running(tmp_path)


def test_nothing_is_left_when_it_ends(tmp_path: Path) -> None:
    with DefaultsLab(tmp_path) as lab:
        lab.resolver("unbound", tmp_path / "dnstap.sock")
        assert _running(tmp_path)
    assert not _running(tmp_path)


def test_a_missing_program_is_named_with_its_package(
    lab: DefaultsLab, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("testbed.servers.find", lambda program: None if program == "kresd" else program)
    with pytest.raises(LabError, match="not installed: Debian package knot-resolver"):
        lab.resolver("knot", lab.directory / "dnstap.sock")


@pytest.mark.parametrize("name", KINDS)
def test_it_validates_and_is_recorded_with_its_clients(lab: DefaultsLab, tmp_path: Path, name: str) -> None:
    listen, file = lab.directory / f"lab-{name}.sock", tmp_path / f"{name}.dnstap"
    with (
        recording.Recorder(listen, file, tmp_path),
        lab.resolver(name, listen, clients=True) as resolver,
    ):
        for qname, rcode, secure in (
            ("www.museum.com", "NOERROR", True),
            ("gone.museum.com", "NXDOMAIN", True),
            ("gone.org", "NXDOMAIN", True),
            ("gone.com", "NXDOMAIN", False),  # opt-out proves no more (RFC 5155, section 9.2)
            ("www.libretto.com", "NOERROR", False),
        ):
            query = DNSRecord.question(qname)
            query.add_ar(EDNS0(flags="do", udp_len=1232))
            answer = exchange(resolver.address, query, False, 10.0, resolver.namespace.socket)
            assert (RCODE[answer.header.rcode], bool(answer.header.ad)) == (rcode, secure), qname
        answers = resolver.ask([*EXISTING, *EXAMPLES])
        time.sleep(3)  # PowerDNS loses what it holds when it stops
    write(tmp_path / "answers", answers)
    assert read(tmp_path / "answers") == answers

    messages = list(recording.read(file))
    told = {}
    for message in messages:
        if message.type == recording.CLIENT_RESPONSE:
            response = DNSRecord.parse(message.wire)
            told[str(response.q.qname).lower(), QTYPE[response.q.qtype]] = response.header.rcode
    assert all(RCODE[told[answer.key]] == answer.rcode for answer in answers)
    authority = [message for message in messages if message.type == recording.RESOLVER_RESPONSE]
    assert bool(authority) == KINDS[name].sends_authority
    assert all(message.response_address and message.zone for message in authority)
    assert shares(answers, set(told))["all"].shown == 4  # of the examples, the lame one is not denied


def test_a_held_socket_outlives_the_programs_that_it_is_handed_to(tmp_path: Path) -> None:
    program = (
        "import os, socket; assert os.environ['LISTEN_FDS'] == '1';"
        "assert os.environ['LISTEN_PID'] == str(os.getpid());"
        "socket.socket(fileno=3).accept()[0].sendall(b'served')"
    )
    with HeldSocket(tmp_path / "held.sock") as held:
        for _ in range(2):
            with socket.socket(socket.AF_UNIX) as client:
                client.settimeout(10)
                client.connect(str(held.path))  # before the program is there
                process = held.start([sys.executable, "-c", program])
                assert client.recv(100) == b"served"
                assert process.wait(10) == 0
    assert not held.path.exists()
