"""Live capture on loopback: a real resolver's traffic, and what is said where it can't be."""

from __future__ import annotations

import importlib
import os
import socket
import subprocess
from collections.abc import Callable, Iterator
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
from tests.messages import question as asked
from tests.packets import CLIENT, SERVER, ethernet, fragment_header, ip4, ip6, tcp, udp
from tests.producers.conftest import SECONDS, Process
from tests.producers.pcap.test_tunnels import LINKS, TUNNELS

pytest.importorskip("cypcap", reason="live capture needs cypcap")


@pytest.fixture
def loopback() -> None:
    """Skip without the right to capture."""
    try:
        Capture("lo", [53], None).close()
    except ProducerError as error:
        pytest.skip(f"no right to capture: {error}")


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


class _Fake:
    """A library whose captures do what a test says."""

    def __init__(self, library: Any, **does: Any) -> None:
        self._library = library
        self._does = does

    def __getattr__(self, name: str) -> Any:
        return getattr(self._library, name)

    def create(self, _name: str) -> Any:
        does = {
            "datalink": lambda: 1,
            "get_selectable_fd": lambda: 0,
            "compile": lambda *_, **__: None,
            **self._does,
        }

        class Made:
            def __getattr__(self, name: str) -> Any:
                return does.get(name, lambda *_: None)

            def __next__(self) -> Any:
                return does["next"]()

        return Made()


Fake = Callable[..., None]


@pytest.fixture
def fake(monkeypatch: pytest.MonkeyPatch) -> Fake:
    library = importlib.import_module("cypcap")

    def put(**does: Any) -> None:
        monkeypatch.setattr(importlib, "import_module", lambda _name: _Fake(library, **does))

    return put


def failing(code: str, text: str) -> Callable[..., Any]:
    library = importlib.import_module("cypcap")

    def fail(*_: Any, **__: Any) -> Any:
        raise library.Error(getattr(library.ErrorCode, code), text)

    return fail


@pytest.mark.parametrize(
    ("does", "text"),
    [
        (
            {"activate": failing("PERM_DENIED", "You don't")},
            "lo: no right to capture; run it as root, or give",
        ),
        ({"activate": failing("IFACE_NOT_UP", "down")}, "lo: the interface is down; ip link set it up"),
        ({"activate": failing("ERROR", "all broken")}, "lo: all broken"),
        ({"setnonblock": failing("ERROR", "can't")}, "lo: can't"),
        ({"datalink": lambda: 220}, r"lo: link type 220 \(USB, Linux\) is none of those understood"),
        (
            {"get_selectable_fd": failing("ERROR", "none")},
            "lo: can't be waited for .*; pipe from tcpdump -i lo",
        ),
        ({"get_selectable_fd": lambda: None}, "lo: can't be waited for"),
    ],
)
def test_names_what_is_wrong(fake: Fake, does: dict[str, Any], text: str) -> None:
    """The cause and the mend, and never what a library raises."""
    fake(**does)
    with pytest.raises(ProducerError, match=text):
        Capture("lo", [53], None)


def test_takes_a_link_type_that_the_library_has_no_name_for(fake: Fake) -> None:
    """cypcap gives a plain number then: 276, Linux cooked version 2."""
    fake(datalink=lambda: 276)
    assert Capture("any", [53], None).link_type == 276


def test_reads_all_where_the_kernel_cannot_choose(fake: Fake) -> None:
    """As from nflog; a filter that was asked for is an error."""
    fake(compile=failing("ERROR", "not implemented"), datalink=lambda: 239)
    Capture("nflog", [53], None)
    with pytest.raises(ProducerError, match="nflog: bad filter 'udp': not implemented"):
        Capture("nflog", [53], "udp")


def test_an_empty_socket_is_no_error(fake: Fake) -> None:
    """libpcap says so of nflog; an interface that went away is one, and its drops are the last known."""
    fake(next=failing("ERROR", "Can't receive packet: Resource temporarily unavailable"))
    assert Capture("nflog", [53], None).read() == []
    gone = failing("ERROR", "The interface disappeared")
    fake(next=gone, stats=gone)
    capture = Capture("lo", [53], None)
    with pytest.raises(ProducerError, match="lo: The interface disappeared; the interface went away or down"):
        capture.read()
    assert capture.drops() == (0, 0)


def test_names_the_missing_library(monkeypatch: pytest.MonkeyPatch) -> None:
    def absent(name: str) -> None:
        raise ImportError(name)

    monkeypatch.setattr(importlib, "import_module", absent)
    with pytest.raises(ProducerError, match=r"live capture needs cypcap: pip install 'cypcap>=0.6.3,<0.7'"):
        Capture("lo", [53], None)


TUNNELLED = [octets for octets, _ in TUNNELS.values()]


@pytest.mark.parametrize(("octets", "_expected"), (LINKS | TUNNELS).values(), ids=LINKS | TUNNELS)
def test_the_filter_lets_tunnels_through(octets: bytes, _expected: object) -> None:
    """All that is looked into, unless it is not wanted."""
    library = importlib.import_module("cypcap")
    header = library.Pkthdr(0.0, len(octets), len(octets))
    with library.open_dead(library.DatalinkType.EN10MB, 65535) as nothing:
        for tunnels in (True, False):
            program = nothing.compile(port_filter([53], vlan=True, tunnels=tunnels))
            assert program.offline_filter(header, octets) is (tunnels or octets not in TUNNELLED)


DNS, OTHER = udp(b"x" * 20, 53, 4000), udp(b"x" * 20, 123, 123)


@pytest.mark.parametrize("tunnels", [True, False])
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
def test_the_filter_lets_dns_through(frame: bytes, wanted: bool, tunnels: bool) -> None:
    """With and without VLAN tags, and fragments, of which only the first has ports."""
    library = importlib.import_module("cypcap")
    with library.open_dead(library.DatalinkType.EN10MB, 65535) as nothing:
        program = nothing.compile(port_filter([53, 5300], vlan=True, tunnels=tunnels))
    assert program.offline_filter(library.Pkthdr(0.0, len(frame), len(frame)), frame) is wanted


@pytest.fixture
def mirror() -> Iterator[tuple[str, socket.socket]]:
    """An interface without any address, as a mirror port has none, and a socket to send frames into it."""
    end, name = f"nxm{os.getpid()}", f"nxt{os.getpid()}"
    made = subprocess.run(("ip", "link", "add", end, "type", "veth", "peer", name), capture_output=True)
    if made.returncode:
        pytest.skip(f"no right to make an interface: {made.stderr.decode().strip()}")
    try:
        for each in (end, name):
            # Without IPv6 it has no address at all, and nothing is sent on it.
            Path(f"/proc/sys/net/ipv6/conf/{each}/disable_ipv6").write_text("1")
            subprocess.run(("ip", "link", "set", each, "up"), check=True)
        with socket.socket(socket.AF_PACKET, socket.SOCK_RAW) as sender:
            sender.bind((end, 0))
            yield name, sender
    finally:
        subprocess.run(("ip", "link", "del", end), check=True)


@pytest.mark.usefixtures("loopback")
def test_listens_on_a_mirror_port_and_another_interface(
    ingress: Any, mirror: tuple[str, socket.socket]
) -> None:
    """Of frames for others, tagged and in a tunnel too; both interfaces at once."""
    name, sender = mirror
    options = ("pcap", *ingress.options, "--sensor", "tap", "--responses-only")
    process = Process((*options, "--interface", name, "--interface", "lo"), {})
    try:
        process.wait_for(f"listening on {name}, lo\n")
        responses = [message(3, questions=[asked(f"{number}.example.")]) for number in range(3)]
        plain = [ip4(udp(each, 53, 4000), SERVER, CLIENT) for each in responses]
        sender.send(ethernet(plain[0]))
        sender.send(ethernet(plain[1], 0x8100))
        sender.send(ethernet(ip4(plain[2], proto=4)))
        assert sorted(frame[8] for frame in ingress.frames(3)) == sorted(responses)
        process.popen.terminate()
        status, lines = process.end()
        assert status == 0
        assert "sent 3" in lines[-1]
    finally:
        process.close()


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
