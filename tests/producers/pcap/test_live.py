"""Live capture on loopback: a real resolver's traffic, and what is said where it can't be."""

from __future__ import annotations

import importlib
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from nxcast.broker.derivation.derive import derive
from nxcast.producers.failure import ProducerError
from nxcast.producers.pcap.capture_files import Captured
from nxcast.producers.pcap.links import ETHERNET
from nxcast.producers.pcap.live import Capture, port_filter
from nxcast.schemas.codes import rcode_text
from testbed.lab import Lab, missing
from testbed.questions import FAILURES, answerable
from tests.messages import message
from tests.packets import ethernet, fragment_header, ip4, ip6, tcp, udp
from tests.producers.conftest import SECONDS, Process

pytest.importorskip("cypcap", reason="live capture needs cypcap")


@pytest.fixture
def loopback() -> None:
    """Skip without the right to capture."""
    try:
        Capture("lo", [53], None).close()
    except ProducerError as error:
        pytest.skip(str(error))


@pytest.mark.usefixtures("loopback")
def test_captures_what_is_sent(stop: Any) -> None:
    """Both directions, with times of now to the microsecond, and nothing is lost."""
    with (
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server,
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client,
    ):
        server.bind(("127.0.0.1", 0))
        port = server.getsockname()[1]
        with Capture("lo", [port], None) as capture:
            client.sendto(message(0, response=False), ("127.0.0.1", port))
            server.sendto(message(), server.recvfrom(1000)[1])
            packets: list[Captured] = []
            for _ in range(100):
                packets += capture.read()
                if len(packets) == 2:
                    break
                stop.wait(SECONDS / 100)
            assert [packet[2][-len(message()) :] for packet in packets] == [
                message(0, response=False),
                message(),
            ]
            assert all(packet[0] % 1000 == 0 and packet[1] == ETHERNET for packet in packets)
            assert sum(capture.drops()) == 0


@pytest.mark.usefixtures("loopback")
def test_names_what_is_wrong_with_a_filter() -> None:
    with pytest.raises(ProducerError, match=r"bad filter 'prot 53': .*syntax error.*; see pcap-filter\(7\)"):
        Capture("lo", [53], "prot 53")


@pytest.mark.usefixtures("loopback")
def test_names_what_is_wrong_with_an_interface() -> None:
    with pytest.raises(ProducerError, match=r"nowhere0: no such interface; there are: .*\blo\b"):
        Capture("nowhere0", [53], None)


class _Refusing:
    """A library that may not capture."""

    def __init__(self, library: Any) -> None:
        self._library = library

    def __getattr__(self, name: str) -> Any:
        return getattr(self._library, name)

    def create(self, _name: str) -> Any:
        refusal = self._library.Error(self._library.ErrorCode.PERM_DENIED, "You don't have permission")

        class Refused:
            def __getattr__(self, _name: str) -> Any:
                return lambda *_: None

            def activate(self) -> None:
                raise refusal

        return Refused()


def test_names_the_missing_right(monkeypatch: pytest.MonkeyPatch) -> None:
    refusing = _Refusing(importlib.import_module("cypcap"))
    monkeypatch.setattr(importlib, "import_module", lambda _name: refusing)
    with pytest.raises(ProducerError, match="lo: no right to capture; run it as root, or give"):
        Capture("lo", [53], None)


def test_names_the_missing_library(monkeypatch: pytest.MonkeyPatch) -> None:
    def absent(name: str) -> None:
        raise ImportError(name)

    monkeypatch.setattr(importlib, "import_module", absent)
    with pytest.raises(ProducerError, match=r"live capture needs cypcap: pip install 'cypcap>=0.6.3,<0.7'"):
        Capture("lo", [53], None)


DNS, OTHER = udp(b"x" * 20, 53, 4000), udp(b"x" * 20, 123, 123)


@pytest.mark.parametrize(
    ("frame", "wanted"),
    [
        (ethernet(ip4(DNS)), True),
        (ethernet(ip6(DNS)), True),
        (ethernet(ip4(tcp(b"", 4000, 53), proto=6)), True),
        (ethernet(ip4(b"x" * 20, offset=80)), True),
        (ethernet(ip6(fragment_header(17, 80, False) + b"x" * 20, proto=44)), True),
        (ethernet(ip4(DNS), 0x8100), True),
        (ethernet(ip4(DNS), 0x88A8, 0x8100), True),
        (ethernet(ip4(b"x" * 20, offset=80), 0x8100), True),
        (ethernet(ip4(OTHER)), False),
        (ethernet(ip6(OTHER)), False),
        (ethernet(ip4(OTHER), 0x8100), False),
        (b"\x02" * 12 + b"\x08\x06" + bytes(28), False),
    ],
)
def test_the_filter_lets_dns_through(frame: bytes, wanted: bool) -> None:
    """With and without VLAN tags, and fragments, of which only the first has ports."""
    library = importlib.import_module("cypcap")
    with library.open_dead(library.DatalinkType.EN10MB, 65535) as nothing:
        program = nothing.compile(port_filter([53, 5300], vlan=True))
    assert program.offline_filter(library.Pkthdr(0.0, len(frame), len(frame)), frame) is wanted


@pytest.fixture
def tap(ingress: Any, tmp_path: Path) -> Iterator[tuple[Lab, Process]]:
    """A resolver with its authorities, and a producer that listens between them."""
    if missing():
        pytest.skip(f"needs the Debian packages {missing()}")
    with Lab(tmp_path, "tcp:127.0.0.1:1") as lab:
        ports = [option for port in lab.ports() for option in ("--port", str(port))]
        process = Process(("pcap", *ingress.options, "--sensor", "tap", "--interface", "lo", *ports), {})
        try:
            process.wait_for("listening on lo\n")
            yield lab, process
        finally:
            process.close()


@pytest.mark.usefixtures("loopback")
def test_hears_a_real_resolver(ingress: Any, tap: tuple[Lab, Process]) -> None:
    """Each kind of failure over UDP and TCP, paired with its query, and nothing of the clients' side."""
    lab, process = tap
    failures = [each for each in answerable(FAILURES, lab.lacks) if each.rcode is not None]
    for question in failures:
        lab.ask(question.qname, question.qtype)
    wanted = {(question.qname, question.rcode, question.tcp) for question in failures}
    while wanted:
        frames = ingress.batch().frames
        for error in derive(frames, "tap").errors:
            name = (error["qname"] or "").lower()
            wanted.discard((name, rcode_text(error["rcode"]), error["proto"] == 6))
            assert error["query"] is not None
            assert error["query_ip"] is None
        assert {frame[1] for frame in frames} <= {1, 4}
    process.popen.terminate()
    status, lines = process.end()
    assert status == 0
    assert "dropped 0" in lines[-1]
