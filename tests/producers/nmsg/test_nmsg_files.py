"""The nmsg command with files, standard input and ZeroMQ: what arrives, what it says, and its exit status."""

from __future__ import annotations

import json
import signal
import struct
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import zmq
from hypothesis import given
from hypothesis import strategies as st

from nxcast.producers.__main__ import main
from nxcast.producers.failure import ProducerError
from nxcast.producers.nmsg.nmsg_command import parse_zmq
from nxcast.producers.nmsg.nmsg_files import Reader
from nxcast.schemas.frames import Frame
from nxcast.schemas.nmsg import nmsg_pb2
from nxcast.schemas.nmsg.container import FLAG_FRAGMENT, FLAG_ZLIB, encode_container, with_header
from nxcast.schemas.nmsg.dnsqr import encode_dnsqr
from nxcast.schemas.nmsg.payloads import DNSQR, make_payload
from nxcast.schemas.nmsg.reassembly import split
from nxcast.transport.zeromq.nmsg_bridges import ZmqInput
from tests.producers.conftest import RESPONSE, SECONDS, Process

TIME_NS = 1_700_000_000_000_000_000
RESOLVER = bytes([203, 0, 113, 7])


def dnsqr(number: int = 0) -> nmsg_pb2.NmsgPayload:
    frame: Frame = (TIME_NS + number, 1, bytes([192, 0, 2, 1]), 53, 17, RESOLVER, 4000, None, RESPONSE)
    return make_payload(DNSQR, TIME_NS, encode_dnsqr(frame))


def container(*numbers: int, **options: Any) -> bytes:
    return encode_container([dnsqr(number) for number in numbers], **options)


def wrong_crc() -> bytes:
    octets = dnsqr().SerializeToString()
    body = nmsg_pb2.Nmsg(payloads=[octets, octets], payload_crcs=[1]).SerializeToString()
    return with_header(0, body)


# Each is one container, or one message, and what is counted of it.
BAD: dict[str, tuple[bytes, str]] = {
    "wrong CRC": (wrong_crc(), "payload_crc"),
    "broken UTF-8": (encode_container([make_payload((1, 6), 0, b"\x12\x02\xc1\x80")]), "base:logline"),
    "broken zlib": (with_header(FLAG_ZLIB, b"\0\0\0\5 no zlib"), "container_zlib"),
    "zlib bomb": (
        with_header(FLAG_ZLIB, struct.pack("!I", 9) + zlib.compress(bytes(9 << 20))),
        "container_inflated_size",
    ),
    "broken protobuf": (with_header(0, b"\xff\xff"), "container_protobuf"),
    "broken payload": (encode_container([make_payload(DNSQR, 0, b"\xff")]), "bad_protobuf"),
    "broken fragment": (with_header(FLAG_FRAGMENT, b"\xff"), "container_fragment"),
    "lone fragment": (split(container(0), 100, 1)[0], "container_fragments_lost"),
}
# Of these the wrong CRC's second payload, which has no CRC, is a frame.
COUNTED = {reason: 1 for _, reason in BAD.values()}
ALL_BAD = b"".join(octets for octets, _ in BAD.values())


@pytest.fixture
def produce(idle_ingress: Any) -> Iterator[Any]:
    """Start `nxcast-produce nmsg` towards the ingress."""
    running: list[Process] = []

    def start(*arguments: object) -> Process:
        options = (*idle_ingress.options, "--sensor", "test")
        running.append(Process(("nmsg", *options, *map(str, arguments)), {}))
        return running[-1]

    yield start
    for process in running:
        process.close()


@pytest.fixture
def sender() -> Iterator[Any]:
    """Make sockets that send containers, as nmsgtool does."""
    context = zmq.Context()
    sockets: list[zmq.Socket[bytes]] = []

    def make(kind: int, endpoint: str | None = None) -> zmq.Socket[bytes]:
        made: zmq.Socket[bytes] = context.socket(kind)
        sockets.append(made)
        made.sndtimeo = int(SECONDS * 1000)
        made.linger = 0  # before it is bound, or it may never end
        if endpoint is None:
            made.bind("tcp://127.0.0.1:*")
        else:
            made.connect(endpoint)
        return made

    yield make
    context.destroy(linger=0)


def reasons(line: str) -> dict[str, int]:
    """The skipped ones in a summary."""
    inside = line.partition(" (")[2].rstrip(")")
    return {name: int(count) for name, count in (each.split(" ") for each in inside.split(", "))}


def test_sends_a_file(ingress: Any, produce: Any, tmp_path: Path) -> None:
    """Containers of each kind one after another; the resolver's address only on demand."""
    path = tmp_path / "capture.nmsg"
    path.write_bytes(
        container(1, 2) + container() + container(3, compress=True) + b"".join(split(container(4), 100, 1))
    )
    process = produce(path)
    frames = ingress.frames(4)
    assert [frame[0] - TIME_NS for frame in frames] == [1, 2, 3, 4]
    assert {frame[5] for frame in frames} == {None}
    assert process.end() == (0, ["nxcast-produce: read 4, sent 4, acknowledged 4, dropped 0"])
    produce("--keep-resolver-address", path)
    assert {frame[5:7] for frame in ingress.frames(4)} == {(RESOLVER, 4000)}


def test_reads_standard_input(ingress: Any, produce: Any) -> None:
    """What has come is sent when it is due, not at the end."""
    process = produce("-")
    octets = container(1) + container(2)
    process.popen.stdin.write(octets[:-5])
    process.popen.stdin.flush()
    assert len(ingress.batch().frames) == 1
    process.popen.stdin.write(octets[-5:])
    process.popen.stdin.flush()
    assert len(ingress.batch().frames) == 1
    assert process.end() == (0, ["nxcast-produce: read 2, sent 2, acknowledged 2, dropped 0"])


def test_goes_on_after_whatever_a_container_holds(ingress: Any, produce: Any, tmp_path: Path) -> None:
    """Each fault is counted by its reason, and the containers after it are sent."""
    path = tmp_path / "hostile.nmsg"
    path.write_bytes(ALL_BAD + container(7))
    process = produce(path)
    assert [frame[0] - TIME_NS for frame in ingress.frames(2)] == [0, 7]
    status, (line,) = process.end()
    assert status == 0
    assert line.startswith(
        f"nxcast-produce: read {2 + len(BAD)}, sent 2, acknowledged 2, dropped 0, skipped {len(BAD)} ("
    )
    assert reasons(line) == COUNTED


@pytest.mark.parametrize(
    ("tail", "text"),
    [
        (container(2)[:-1], "cut in the middle of a container at octet {end}"),
        (b"NMSG\0", "cut in the middle of a container at octet {end}"),
        (b"GSMN" + bytes(20), "no container at octet {start}"),
        (b"NMSG\0\1" + bytes(20), "NMSG of version 1, not 2, at octet {start}"),
        (b"NMSG\x80\2" + bytes(20), "container with unknown flags 0x80 at octet {start}"),
        (
            b"NMSG\0\2\xff\xff\xff\xff",
            "container of 4294967295 octets, over the limit of 8388598 octets, at octet {start}",
        ),
    ],
)
def test_sends_what_is_good_of_a_bad_file(
    ingress: Any, produce: Any, tmp_path: Path, tail: bytes, text: str
) -> None:
    """The good part arrives, and one line says what is wrong and where."""
    path = tmp_path / "cut.nmsg"
    path.write_bytes(container(1) + tail)
    process = produce(path)
    assert len(ingress.frames(1)) == 1
    start = len(container(1))
    what = text.format(start=start, end=start + len(tail))
    assert process.end() == (
        1,
        [f"nxcast-produce: {path}: {what}", "nxcast-produce: read 1, sent 1, acknowledged 1, dropped 0"],
    )


@pytest.mark.usefixtures("ingress")
def test_names_what_is_no_nmsg(produce: Any, tmp_path: Path) -> None:
    path = tmp_path / "other"
    for octets, text in [
        (b"\xd4\xc3\xb2\xa1 this is a pcap file", "does not begin with NMSG"),
        (b"GSM", "does not begin with NMSG"),
        (b"", "nothing in it"),
    ]:
        path.write_bytes(octets)
        assert produce(path).end() == (1, [f"nxcast-produce: {path}: not NMSG: {text}"])


def test_paces_and_loops(ingress: Any, produce: Any, tmp_path: Path) -> None:
    path = tmp_path / "capture.nmsg"
    path.write_bytes(container(1))
    process = produce("--loop", "--rate", "200", path)
    ingress.batch()
    ingress.batch()
    process.popen.send_signal(signal.SIGTERM)
    status, lines = process.end()
    assert status == 0
    assert "dropped 0" in lines[-1]


def _feed(process: Process, ingress: Any, socket: zmq.Socket[bytes]) -> str:
    """Send good and bad until both ends have met; the summary after a stop."""
    number = 1
    while True:  # a publisher's first messages go nowhere
        socket.send(container(number, sequence=number, sequence_id=5))
        try:
            ingress.batch(0.2)
            break
        except AssertionError:
            number += 1
    for octets, _ in BAD.values():
        socket.send(octets)
    socket.send_multipart([b"NMSG", b"two parts"])
    socket.send(container(900, sequence=number + 4, sequence_id=5))
    seen: list[Frame] = []
    while not seen or seen[-1][0] != TIME_NS + 900:
        seen += ingress.batch().frames
    process.popen.send_signal(signal.SIGINT)
    status, lines = process.end()
    assert status == 0
    assert "3 containers were lost before they came here" in lines[-2]
    return lines[-1]


@pytest.mark.parametrize(("kind", "pattern"), [(zmq.PUSH, "pushpull"), (zmq.PUB, "pubsub")])
def test_listens_for_containers(ingress: Any, produce: Any, sender: Any, kind: int, pattern: str) -> None:
    """As `nmsgtool -S tcp://HOST:PORT,connect,...` sends them; nothing in them ends it, gaps are told."""
    process = produce("--zmq", f"tcp://127.0.0.1:*,accept,{pattern}")
    endpoint = process.wait_for(r"listening at (tcp://\S+)\n")[1]
    counted = reasons(_feed(process, ingress, sender(kind, endpoint)))
    assert counted == {**COUNTED, "container_magic": 1}


@pytest.mark.parametrize(("kind", "pattern"), [(zmq.PUSH, "pushpull"), (zmq.PUB, "pubsub")])
def test_connects_for_containers(ingress: Any, produce: Any, sender: Any, kind: int, pattern: str) -> None:
    """As `nmsgtool -S tcp://HOST:PORT,accept,...` offers them."""
    socket = sender(kind)
    endpoint = socket.last_endpoint.rstrip(b"\0").decode()
    process = produce("--zmq", f"{endpoint},connect,{pattern}")
    process.wait_for(r"reading from")
    assert reasons(_feed(process, ingress, socket))["payload_crc"] == 1


def test_tells_once_a_while_how_it_goes(
    ingress: Any, sender: Any, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A live source has a line a minute; here sooner."""
    from nxcast.producers.nmsg import nmsg_command

    del sender
    monkeypatch.setattr(nmsg_command, "REPORT_S", 0.01)
    report = nmsg_command._report
    told: list[int] = []

    def once(*arguments: Any) -> None:
        report(*arguments)
        if not told:
            signal.raise_signal(signal.SIGINT)
        told.append(1)

    monkeypatch.setattr(nmsg_command, "_report", once)
    assert main(["nmsg", *ingress.options, "--zmq", "tcp://127.0.0.1:*,accept,pubsub"]) == 0
    assert capsys.readouterr().err.splitlines()[1:] == ["nxcast-produce: read 0, sent 0, dropped 0"] * 2


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("tcp://h:1", ZmqInput("tcp://h:1", True, True)),
        ("tcp://h:1,connect", ZmqInput("tcp://h:1", False, True)),
        ("tcp://h:1,connect,pushpull", ZmqInput("tcp://h:1", False, False)),
        ("ipc:///run/x,PUSHPULL,Accept", ZmqInput("ipc:///run/x", True, False)),
        ("tcp://h:1,pubsub,connect", ZmqInput("tcp://h:1", False, True)),
        *[(wrong, None) for wrong in ("h:1", "", "tcp://h:1,", "tcp://h:1,bind", "tcp://h:1,connect,accept")],
        ("tcp://h:1,pubsub,pubsub", None),
    ],
)
def test_reads_endpoints_as_nmsgtool_writes_them(text: str, expected: ZmqInput | None) -> None:
    if expected is not None:
        assert parse_zmq(text) == expected
    else:
        with pytest.raises(ProducerError, match="write it as tcp://HOST:PORT,connect"):
            parse_zmq(text)


def test_names_wrong_options(capsys: pytest.CaptureFixture[str], tmp_path: Path, sender: Any) -> None:
    """One line, and status 2 where other words would help."""
    path = tmp_path / "capture.nmsg"
    path.touch()
    taken = sender(zmq.PUSH).last_endpoint.rstrip(b"\0").decode()
    for arguments, status, text in [
        ([], 2, "name files to read, or - for standard input, or a socket with"),
        (
            [path, "--zmq", "tcp://h:1"],
            2,
            "name files to read, or - for standard input, or a socket with --zmq",
        ),
        (["--zmq", "tcp://h:1", "--loop"], 2, "--rate and --loop are for files: leave them out"),
        (["-", "-"], 2, "standard input can be read once only: name - once, and not with --loop"),
        ([path / "x"], 1, f"{path}/x: "),
        (["--zmq", f"{taken},accept"], 1, f"{taken}: address already in use; name another port"),
        (
            ["--zmq", "tcp://nowhere,connect"],
            1,
            "tcp://nowhere: invalid argument; write it as tcp://HOST:PORT",
        ),
    ]:
        assert main(["nmsg", *map(str, arguments)]) == status
        lines = capsys.readouterr().err.splitlines()
        assert lines[0].startswith(f"nxcast-produce: {text}")
        assert len(lines) == 1


@given(st.lists(st.binary(max_size=30), max_size=4), st.integers(1, 50), st.binary(max_size=12))
def test_pieces_make_no_difference(bodies: list[bytes], size: int, tail: bytes) -> None:
    """Whole or octet by octet, the same containers come out and the same error."""
    whole = [with_header(0, body) for body in bodies]
    octets = b"".join(whole) + tail
    outcomes = []
    for step in (size, len(octets) + 1):
        reader = Reader()
        taken: list[bytes] = []
        for start in range(0, len(octets), step):
            taken += reader.receive_data(octets[start : start + step])
        reader.receive_eof()
        outcomes.append((taken, str(reader.error)))
    assert outcomes[0] == outcomes[1]
    assert outcomes[0][0][: len(whole)] == whole


def test_sends_all_that_nmsgtool_reads(ingress: Any, produce: Any, shared: Path) -> None:
    """The public files through the whole command: what nmsgtool shows a response for arrives."""
    folder = shared / "farsight"
    lines = (folder / "derived" / "edge.json").read_text().splitlines()
    messages = [json.loads(line)["message"] for line in lines]
    responses = [message for message in messages if "response" in message or "tcp" in message]
    process = produce(folder / "derived" / "edge.nmsg", folder / "nmsg_tests" / "test_crc32c_incorrect.nmsg")
    assert len(ingress.frames(len(responses))) == len(responses)
    status, (line,) = process.end()
    assert status == 0
    assert reasons(line) == {"UDP_UNANSWERED_QUERY": len(messages) - len(responses), "payload_crc": 1}
