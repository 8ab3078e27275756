"""`nxcast-produce pcap` as a process: files, standard input, what it says and its exit status."""

from __future__ import annotations

import gzip
import re
import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from nxcast.producers.__main__ import main
from tests.messages import message
from tests.packets import (
    CLIENT,
    ETHERNET,
    RAW,
    SERVER,
    SYN,
    TIME_NS,
    enhanced,
    ethernet,
    interface,
    ip4,
    pcap,
    section,
    tcp,
    udp,
)
from tests.producers.conftest import Process

QUERY, RESPONSE = message(0, response=False), message()
ASKED = (TIME_NS, ethernet(ip4(udp(QUERY))))
ANSWERED = (TIME_NS + 1000, ethernet(ip4(udp(RESPONSE, 53, 4000), SERVER, CLIENT)))

Run = Callable[..., Process]


@pytest.fixture
def run(idle_ingress: Any) -> Iterator[Run]:
    """Start `nxcast-produce pcap` towards the ingress."""
    running: list[Process] = []

    def start(*arguments: object) -> Process:
        options = ("pcap", *idle_ingress.options, "--sensor", "tap")
        running.append(Process((*options, *map(str, arguments)), {}))
        return running[-1]

    yield start
    for process in running:
        process.close()


@pytest.fixture
def capture(tmp_path: Path) -> Path:
    path = tmp_path / "capture.pcap"
    path.write_bytes(pcap([ASKED, ANSWERED]))
    return path


def line(text: str) -> str:
    return f"nxcast-produce: {text}"


def test_sends_a_file(ingress: Any, run: Run, capture: Path) -> None:
    """The pair arrives as one frame, and the end tells what was read."""
    process = run(capture)
    assert ingress.frames(1) == [(TIME_NS + 1000, 1, SERVER, 53, 17, None, None, QUERY, RESPONSE, None, 0)]
    assert process.end() == (
        0,
        [
            line("2 packets, 1 queries, 0 of them without a response"),
            line("read 2, sent 1, acknowledged 1, dropped 0, skipped 1 (query 1)"),
        ],
    )


def test_reads_files_as_one_capture(ingress: Any, run: Run, tmp_path: Path) -> None:
    """A query and its response may be in two of them, as a rotated capture has it."""
    first, second = tmp_path / "1", tmp_path / "2"
    first.write_bytes(pcap([ASKED]))
    second.write_bytes(pcap([ANSWERED], order=">", nanoseconds=True))
    run("--keep-resolver-address", first, second)
    assert ingress.frames(1)[0][1:8] == (1, SERVER, 53, 17, CLIENT, 4000, QUERY)


def test_reads_standard_input_as_it_comes(ingress: Any, run: Run) -> None:
    """A pipe that pauses has its frames sent when they are due, and a stop ends the wait."""
    process = run("-")
    process.popen.stdin.write(pcap([ASKED, ANSWERED]))
    process.popen.stdin.flush()
    assert ingress.frames(1)[0][7:9] == (QUERY, RESPONSE)
    process.popen.send_signal(signal.SIGINT)
    status, lines = process.end()
    assert (status, lines[-1]) == (0, line("read 2, sent 1, acknowledged 1, dropped 0, skipped 1 (query 1)"))


def test_sends_what_is_good_of_a_cut_file(ingress: Any, run: Run, capture: Path) -> None:
    """One line says what is wrong and where, and the other files still go."""
    octets = capture.read_bytes()
    capture.write_bytes(octets + octets[24:-1])
    other = capture.with_name("other.pcap")
    again = ip4(udp(QUERY), identification=8), ip4(udp(RESPONSE, 53, 4000), SERVER, CLIENT, identification=8)
    other.write_bytes(pcap([(TIME_NS, ethernet(packet)) for packet in again]))
    process = run(capture, other)
    assert len(ingress.frames(2)) == 2
    status, lines = process.end()
    assert status == 1
    assert lines[0] == line(f"{capture}: cut in the middle of a packet, at octet {2 * len(octets) - 25}")
    assert lines[-1] == line("read 5, sent 2, acknowledged 2, dropped 0, skipped 3 (query 2, duplicate 1)")


@pytest.mark.usefixtures("ingress")
@pytest.mark.parametrize(
    ("octets", "text"),
    [
        (b"GET / HTTP/1.1", "not a capture file, neither pcap nor pcapng"),
        (gzip.compress(pcap([ASKED]), mtime=0)[:-9], "cut in the middle of its gzip data"),
        (gzip.compress(b"GET / HTTP/1.1", mtime=0), "not a capture file, neither pcap nor pcapng"),
    ],
)
def test_names_what_is_wrong_with_a_file(run: Run, capture: Path, octets: bytes, text: str) -> None:
    capture.write_bytes(octets)
    status, lines = run(capture).end()
    assert (status, lines[0]) == (1, line(f"{capture}: {text}"))


def test_names_wrong_options(capsys: pytest.CaptureFixture[str], capture: Path) -> None:
    """One line, and status 2 where other words would help."""
    for arguments, text in (
        ([], "name capture files, or - for standard input, or --interface"),
        ([str(capture), "--interface", "lo"], "name capture files, or - for standard input"),
        (["--interface", "lo", "--loop"], "--rate and --loop are for files"),
        ([str(capture), "--filter", "tcp"], "--filter is for --interface"),
        (["-", "-"], "standard input can be read once only"),
        (["absent"], "absent: no such file"),
    ):
        assert main(["pcap", *arguments]) == (1 if arguments == ["absent"] else 2)
        said = capsys.readouterr().err
        assert said.startswith(line(text))
        assert said.count("\n") == 1
    for wrong in (
        ["--port", "0"],
        ["--port", "65536"],
        ["--resolver", "here"],
        ["--any", "--resolver", "::1"],
    ):
        with pytest.raises(SystemExit) as raised:
            main(["pcap", str(capture), *wrong])
        assert raised.value.code == 2


def test_says_what_a_broker_will_set_aside(ingress: Any, run: Run, capture: Path) -> None:
    """Responses without their query: some, or all, and none where none are expected."""
    other = TIME_NS, ethernet(ip4(udp(RESPONSE, 53, 4001), SERVER, CLIENT))
    aside = "have no query in the capture, and a broker sets them aside as unsolicited;"
    for packets, options, kinds, said in (
        (
            [ASKED, ANSWERED, other],
            [],
            [1, 3],
            f"of those sent 1 {aside} it takes them with accept_unsolicited",
        ),
        ([ANSWERED], [], [3], f"of those sent 1 {aside} no queries at all: if only one direction"),
        ([ANSWERED], ["--responses-only"], [7], None),
    ):
        capture.write_bytes(pcap(packets))
        process = run(*options, capture)
        assert [frame[1] for frame in ingress.frames(len(kinds))] == kinds
        lines = process.end()[1]
        assert [each for each in lines if "unsolicited" in each and said and said in each] or said is None
        assert said is not None or not any("unsolicited" in each for each in lines)


def test_says_that_a_forwarder_s_answers_are_set_aside(ingress: Any, run: Run, capture: Path) -> None:
    """Those to an address that was named go on, and --forwarders marks them as wanted."""
    answer = RESPONSE[:2] + b"\x81" + RESPONSE[3:]
    capture.write_bytes(pcap([(TIME_NS, ethernet(ip4(udp(answer, 53, 4000), SERVER, CLIENT)))]))
    for options, told in (([], True), (["--forwarders"], False)):
        process = run("--responses-only", "--resolver", "192.0.2.1", *options, capture)
        ingress.frames(1)
        lines = process.end()[1]
        assert any("of those sent 1 are answers of resolvers (RD=1)" in each for each in lines) is told


def test_selects_by_position_and_port(ingress: Any, run: Run, capture: Path) -> None:
    """Of a stub's response and one on another port, what the options say."""
    to_stub = RESPONSE[:2] + b"\x81" + RESPONSE[3:]
    packets = [ip4(udp(to_stub, 53, 4000), SERVER, CLIENT), ip4(udp(RESPONSE, 5300, 4000), SERVER, CLIENT)]
    capture.write_bytes(pcap([(TIME_NS, packet) for packet in packets], RAW))
    for options, responses in (
        (["--any"], [to_stub]),
        (["--port", "5300"], [RESPONSE]),
        (["--port", "5300", "--port", "53", "--resolver", "192.0.2.0/24"], [to_stub, RESPONSE]),
    ):
        run(*options, capture)
        assert [frame[8] for frame in ingress.frames(len(responses))] == responses


def test_says_why_nothing_was_sent(ingress: Any, run: Run, capture: Path) -> None:
    """With the option for it, and status 1; with the option it is sent."""
    to_stub = RESPONSE[:2] + b"\x81" + RESPONSE[3:]
    capture.write_bytes(pcap([(TIME_NS, ip4(udp(to_stub, 53, 4000), SERVER, CLIENT))], RAW))
    status, lines = run(capture).end()
    assert (status, lines[-1]) == (1, line("read 1, sent 0, dropped 0, skipped 1 (client_side 1)"))
    assert lines[-2].startswith(line("nothing to send: 1 responses are to queries with RD=1"))
    assert "--resolver 192.0.2.1 --forwarders, or all with --any" in lines[-2]
    status, lines = run("--resolver", "10.0.0.0/8", capture).end()
    assert (status, lines[-1]) == (1, line("read 1, sent 0, dropped 0, skipped 1 (other_address 1)"))
    process = run("--resolver", "192.0.2.1", "--forwarders", capture)
    assert len(ingress.frames(1)) == 1
    assert process.end()[0] == 0


@pytest.mark.usefixtures("ingress")
def test_a_capture_without_packets_is_good(run: Run, capture: Path) -> None:
    capture.write_bytes(pcap([]))
    assert run(capture).end()[0] == 0


@pytest.mark.usefixtures("ingress")
def test_names_a_link_type_that_is_not_understood(run: Run, capture: Path) -> None:
    capture.write_bytes(pcap([ASKED], 189))
    status, lines = run(capture).end()
    assert status == 1
    assert any(
        "1 frames: link type 189 (USB) is none of those understood: Ethernet," in each for each in lines
    )


def test_goes_on_beside_an_interface_of_another_kind(ingress: Any, run: Run, capture: Path) -> None:
    """Of a pcapng with USB first and Ethernet second; what was passed over is counted."""
    file = section() + interface(189) + interface(ETHERNET) + enhanced(b"usb", 1)
    for time_ns, octets in (ASKED, ANSWERED):
        file += enhanced(octets, time_ns // 1000, 1)
    capture.write_bytes(file)
    process = run(capture)
    assert ingress.frames(1)[0][7:] == (QUERY, RESPONSE, None, 0)
    status, lines = process.end()
    assert (status, lines[-1]) == (
        0, line("read 3, sent 1, acknowledged 1, dropped 0, skipped 2 (link_type 1, query 1)"),
    )  # fmt: skip


def test_reads_compressed_files_and_several_on_standard_input(ingress: Any, run: Run, capture: Path) -> None:
    """Of gzip, and captures that cat put together."""
    capture.write_bytes(gzip.compress(pcap([ASKED])) + gzip.compress(pcap([ANSWERED])[24:]))
    run(capture)
    assert ingress.frames(1)[0][7:] == (QUERY, RESPONSE, None, 0)
    process = run("-")
    process.popen.stdin.write(pcap([ASKED]) + pcap([ANSWERED], order=">"))
    process.popen.stdin.close()
    assert ingress.frames(1)[0][7:] == (QUERY, RESPONSE, None, 0)


def test_sends_what_is_behind_a_hole_at_the_end(ingress: Any, run: Run, capture: Path) -> None:
    """Of a TCP stream; what was passed over is told."""
    stream = len(RESPONSE).to_bytes(2, "big") + RESPONSE
    segments = [
        (tcp(b"", 53, 4000, sequence=0, flags=SYN)),
        (tcp(stream, 53, 4000, sequence=1)),
        (tcp(stream, 53, 4000, sequence=1 + 2 * len(stream))),
    ]
    capture.write_bytes(pcap([(TIME_NS, ip4(each, SERVER, CLIENT, proto=6)) for each in segments], RAW))
    process = run(capture)
    assert [frame[8] for frame in ingress.frames(2)] == [RESPONSE] * 2
    status, lines = process.end()
    assert status == 0
    assert line(f"TCP streams: {len(stream)} octets passed over") in lines
    assert "skipped 1 (stream_hole 1)" in lines[-1]


def test_leaves_tunnels_alone_when_told_to(ingress: Any, run: Run, capture: Path) -> None:
    inner = ip4(udp(RESPONSE, 53, 4000), SERVER, CLIENT)
    capture.write_bytes(pcap([(TIME_NS, ip4(inner, proto=4))], RAW))
    run("--responses-only", capture)
    assert ingress.frames(1)[0][2] == SERVER
    status, lines = run("--responses-only", "--no-tunnels", capture).end()
    assert status == 1
    assert "leave out --no-tunnels" in lines[-2]


def test_counts_checksums_on_demand(ingress: Any, run: Run, capture: Path) -> None:
    process = run("--checksums", capture)
    ingress.frames(1)
    assert line("UDP checksums: absent 2") in process.end()[1]


def test_repeats_a_file_without_duplicates(ingress: Any, run: Run, capture: Path) -> None:
    """Each time round is a capture of its own."""
    process = run("--loop", "--rate", "2000", capture)
    frames: list[Any] = []
    while len(frames) < 20:
        frames += ingress.batch().frames
    process.popen.send_signal(signal.SIGTERM)
    status, lines = process.end()
    assert status == 0
    assert not re.search("duplicate", lines[-1])
