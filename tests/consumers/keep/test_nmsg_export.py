"""The nmsg command: what its files and messages hold, read back; how it ends."""

from __future__ import annotations

import io
import os
import pty
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import pytest
import zmq

from nxcast.broker.derivation.derive import derive
from nxcast.consumers.__main__ import main
from nxcast.consumers.keep import nmsg_output
from nxcast.consumers.keep.nmsg_encoding import CONTAINER_MAX, Containers, Payloads, in_fragments
from nxcast.consumers.show.json_lines import record_json
from nxcast.producers.nmsg.nmsg_files import Reader
from nxcast.producers.synthetic.stream import generate
from nxcast.schemas.nmsg import nmsg_pb2
from nxcast.schemas.nmsg.container import Container, Fragment, decode_container, parse_header, payload_crc
from nxcast.schemas.nmsg.payloads import (
    DNSNX,
    DNSQR,
    decode_dnsnx,
    make_payload,
    read_container,
    sensor_of,
    source_of,
)
from nxcast.schemas.nmsg.reassembly import Reassembly
from nxcast.transport.zeromq import nmsg_bridges as sockets
from tests.conftest import Bench, RunningBroker, receive

DOCS = Path(__file__).parents[3] / "docs" / "consumers.md"
LIMIT_S = 60  # a hard time-out for anything that a test waits for
PROGRAM = (sys.executable, "-m", "nxcast.consumers", "nmsg")
MX, SERVFAIL = "nxdomain/MX/", "dns-errors/SERVFAIL/"
LAB = sensor_of(source_of("lab"))


@pytest.fixture(scope="module")
def stream() -> Any:
    """Records of both channels, of a stream that has every cause of failure."""
    return derive([each.frame for each in islice(generate(seed=7), 3000)], "lab")


@pytest.fixture
def recorded(tmp_path: Path) -> Callable[[list[Any]], str]:
    """Writes records as `tail --format json` does; the file's name."""

    def record(records: list[Any]) -> str:
        path = tmp_path / "recorded.json"
        path.write_text("".join(f"{record_json(each)}\n" for each in records))
        return str(path)

    return record


@pytest.fixture
def reader() -> Iterator[Callable[..., tuple[Any, str]]]:
    """Makes sockets as `nmsgtool -L` has them, each with its address."""
    context: zmq.Context[zmq.Socket[bytes]] = zmq.Context()
    sockets = []

    def make(kind: int, *, bind: bool, address: str = "tcp://127.0.0.1:*") -> tuple[Any, str]:
        socket = context.socket(kind)
        sockets.append(socket)
        socket.rcvtimeo = LIMIT_S * 1000
        socket.linger = 0  # before it is bound, or it may never end
        if kind == zmq.SUB:
            socket.subscribe(b"NMSG")
        (socket.bind if bind else socket.connect)(address)
        return socket, socket.last_endpoint.rstrip(b"\0").decode()

    yield make
    context.destroy(linger=0)


@pytest.fixture
def consume(broker: Any) -> Iterator[Any]:
    """Starts the command against the broker of the test, and waits for its subscription."""
    processes = []

    def start(*arguments: object, redirected: str = "") -> subprocess.Popen[bytes]:
        process = subprocess.Popen(
            ("sh", "-c", f'exec "$@" {redirected}', "sh", *PROGRAM, *map(str, arguments)),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env={**os.environ, "NXCAST_EGRESS": broker.endpoint},
        )
        processes.append(process)
        broker.await_subscription()
        broker.publish_status()
        return process

    yield start
    for process in processes:
        process.kill()
        process.communicate()


def containers(octets: bytes) -> list[Container]:
    """The containers of a file, from their fragments where they are cut."""
    reader, reassembly, found = Reader(), Reassembly(), []
    for each in reader.receive_data(octets):
        assert len(each) <= CONTAINER_MAX
        decoded = decode_container(each)
        whole = reassembly.add(decoded, 0) if isinstance(decoded, Fragment) else decoded
        if whole is not None:
            found.append(whole)
    reader.receive_eof()
    assert reader.error is None
    return found


def payloads_in(octets: bytes) -> list[nmsg_pb2.NmsgPayload]:
    return [nmsg_pb2.NmsgPayload.FromString(each) for found in containers(octets) for each in found.payloads]


def nxdomains_in(octets: bytes) -> list[Any]:
    return [decode_dnsnx(payload) for payload in payloads_in(octets)]


def errors_in(octets: bytes, sensor: str = LAB) -> list[Any]:
    """What a broker makes of base:dnsqr, the resolver kept."""
    frames = []
    for container in containers(octets):
        reading = read_container(container, keep_resolver_address=True)
        assert (reading.bad, reading.skipped) == ([], {})
        frames += reading.frames
    errors = derive(frames, sensor, accept_unsolicited=True, accept_forwarders=True).errors
    # NMSG has no place for it, but the RD bit of the message tells.
    return [{key: value for key, value in error.items() if key != "forwarder"} for error in errors]


def carried(error: Any) -> Any:
    """What NMSG can carry of a DnsError."""
    seen = {"sensor": LAB}
    if error["proto"] == 6:
        seen["query"] = None
    if error["query_ip"] is None:
        seen["query_port"] = None
    return {**error, **seen}


def written(folder: Path) -> list[Path]:
    return sorted(folder.glob("*.nmsg"))


def ended(process: subprocess.Popen[bytes]) -> tuple[int, bytes, list[str]]:
    out, err = process.communicate(timeout=LIMIT_S)
    return process.returncode, out, err.decode().splitlines()


@pytest.mark.parametrize("options", [[], ["--zlib"]])
def test_nxdomain_comes_back_from_its_files(stream, recorded, tmp_path, capsys, options):
    count = len(stream.nxdomains)
    name = recorded(stream.nxdomains)
    assert main(["nmsg", "--write", str(tmp_path / "nx"), "--from", name, *options]) == 0
    (path,) = written(tmp_path)
    assert path.name.startswith("nx-nxdomain-20")
    octets = path.read_bytes()
    assert octets[4] == len(options)  # the flag for zlib
    assert nxdomains_in(octets) == [{**record, "sensor": LAB} for record in stream.nxdomains]
    assert capsys.readouterr().err.splitlines() == [
        f"nxcast-consume: sensor lab is source {source_of('lab'):08x}",
        f"nxcast-consume: {count} records, {count} payloads in {len(containers(octets))} containers, "
        "0 messages lost, 1 file",
    ]


@pytest.mark.parametrize("options", [[], ["--zlib"]])
def test_dns_errors_come_back_from_their_files(stream, recorded, tmp_path, options):
    name = recorded(stream.errors)
    assert main(["nmsg", "dns-errors", "--write", str(tmp_path), "--from", name, *options]) == 0
    (path,) = written(tmp_path)
    assert errors_in(path.read_bytes()) == list(map(carried, stream.errors))
    assert {error["proto"] for error in stream.errors} == {6, 17}
    assert max(error["rcode"] for error in stream.errors) > 15  # also one that only the datagram has whole


def test_the_commands_that_the_docs_begin_with_write_what_they_show(
    recorded: Callable[[list[Any]], str], stream: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    section = DOCS.read_text().partition("## nmsg\n")[2]
    make, write = section.partition("\n    mkdir ")[2].splitlines()[:2]
    monkeypatch.chdir(tmp_path)
    Path(make).mkdir()
    assert write.startswith("    nxcast-consume nmsg ")
    assert main([*write.split()[1:], "--from", recorded(stream.errors)]) == 0
    names = sorted(path.name for path in Path(make).iterdir())
    assert names
    assert all(name.startswith("dns-errors-2") for name in names)


def test_the_resolver_is_kept_where_the_record_has_it(recorded, tmp_path, make):
    """And is zeros, so marked, where it has not."""
    records = [make.dns_error(), make.dns_error(query_ip="203.0.113.7"), make.dns_error(query_ip="::1")]
    assert main(["nmsg", "dns-errors", "--write", str(tmp_path), "--from", recorded(records)]) == 0
    octets = written(tmp_path)[0].read_bytes()
    found = [nmsg_pb2.DnsQR.FromString(payload.payload) for payload in payloads_in(octets)]
    zeroed = [(each.query_ip, each.resolver_address_zeroed) for each in found]
    assert zeroed == [(bytes(4), True), (bytes([203, 0, 113, 7]), False), (bytes(4), True)]
    assert errors_in(octets)[1] == carried(records[1])


def test_fields_are_those_of_the_protobuf_definitions(recorded, tmp_path, make):
    """Field by field, as any program reads them that has nmsg.proto."""
    record = make.dns_error()
    assert main(["nmsg", "dns-errors", "--write", str(tmp_path), "--from", recorded([record])]) == 0
    octets = written(tmp_path)[0].read_bytes()
    flags, length = parse_header(octets[:10])
    assert (flags, length) == (0, len(octets) - 10)
    body = nmsg_pb2.Nmsg.FromString(octets[10:])
    assert (len(body.payloads), body.HasField("sequence")) == (1, False)
    payload = nmsg_pb2.NmsgPayload.FromString(body.payloads[0])
    assert (payload.vid, payload.msgtype, payload.source) == (*DNSQR, source_of("lab"))
    assert (payload.time_sec, payload.time_nsec) == divmod(record["time_ns"], 10**9)
    assert list(body.payload_crcs) == [payload_crc(payload.payload)]
    dnsqr = nmsg_pb2.DnsQR.FromString(payload.payload)
    assert (dnsqr.type, dnsqr.proto, dnsqr.response_port) == (nmsg_pb2.DnsQR.UDP_QUERY_RESPONSE, 17, 53)
    assert (dnsqr.response_ip, dnsqr.id, dnsqr.rcode) == (bytes([192, 5, 5, 241]), 4660, 2)
    assert (dnsqr.qname, dnsqr.qtype, dnsqr.qclass) == (b"\1a\7example\0", 1, 1)
    assert dnsqr.response_packet[0].endswith(record["response"])
    assert dnsqr.query_packet[0].endswith(record["query"])
    assert (dnsqr.response_time_sec[0], dnsqr.response_time_nsec[0]) == divmod(record["time_ns"], 10**9)


def test_payloads_are_those_of_nmsgtool(shared):
    """The records of its file of SIE:dnsnx make its payloads again, octet for octet, source and all."""
    theirs = [
        payload
        for payload in payloads_in((shared / "farsight" / "derived" / "nx.nmsg").read_bytes())
        if nmsg_pb2.DnsNX.FromString(payload.payload).HasField("response_time_sec")
    ]
    assert theirs
    ours = Payloads("nxdomain/").of([decode_dnsnx(payload) for payload in theirs])
    for mine, other in zip(ours, theirs, strict=True):
        assert (mine.payload, mine.vid, mine.msgtype) == (other.payload, other.vid, other.msgtype)
        assert mine.source == other.source


def test_a_broker_takes_the_files_back(stream, recorded, tmp_path):
    """nxcast-produce nmsg sends what was written, and the broker publishes the same records again."""
    some = [error for error in stream.errors if error["rcode"] == 2 and error["proto"] == 17][:50]
    name = recorded(some)
    assert main(["nmsg", "dns-errors/SERVFAIL", "--write", str(tmp_path), "--from", name]) == 0
    running = RunningBroker("--ingress", "tcp://127.0.0.1:*", "--egress", "tcp://127.0.0.1:*")
    bench = Bench(running)
    try:
        reader = bench.subscribe(SERVFAIL)
        produce = (
            sys.executable,
            "-m",
            "nxcast.producers",
            "nmsg",
            "--broker",
            running.ingress,
            "--replay",
            running.replay,
        )
        options = ("--sensor", "lab", "--keep-resolver-address", str(written(tmp_path)[0]))
        subprocess.run((*produce, *options), check=True, capture_output=True, timeout=LIMIT_S)
        records: list[Any] = []
        while len(records) < len(some):
            records += receive(reader)[2]
    finally:
        bench.close()
        running.stop()
        running.process.stderr.close()
    assert records == [{**carried(error), "sensor": "lab"} for error in some]


def test_a_recording_of_nothing_that_has_a_form_makes_no_file(recorded, tmp_path, capsys, make):
    records = [make.dns_error(type=4)] * 2
    assert main(["nmsg", "dns-errors", "--write", str(tmp_path), "--from", recorded(records)]) == 0
    assert written(tmp_path) == []
    assert capsys.readouterr().err == (
        "nxcast-consume: 2 records, 0 payloads in 0 containers, 0 messages lost, "
        "2 records without a form in NMSG (type_and_proto 2), 0 files\n"
    )


def test_a_payload_over_the_size_of_a_container_goes_into_a_file_in_fragments(recorded, tmp_path, make):
    """As libnmsg writes it: its readers have no room for a larger container."""
    small = make.dns_error()
    large = {"response": small["response"] + bytes(65_400), "query": small["query"] + bytes(60_000)}
    records = [small, make.dns_error(**large), small]
    assert main(["nmsg", "dns-errors", "--write", str(tmp_path), "--from", recorded(records)]) == 0
    octets = written(tmp_path)[0].read_bytes()
    assert [len(found.payloads) for found in containers(octets)] == [1, 1, 1]
    assert errors_in(octets) == list(map(carried, records))
    one = Containers(compress=False, numbered=False)
    one.add(make_payload(DNSNX, 0, b"x"))
    whole = one.flush()
    assert in_fragments(whole) == whole


def test_files_are_rotated_by_count(stream, recorded, tmp_path, capsys):
    records = stream.nxdomains[:25]
    name = recorded(records)
    assert main(["nmsg", "--write", str(tmp_path), "--rotate-count", "10", "--from", name]) == 0
    found = [nxdomains_in(path.read_bytes()) for path in written(tmp_path)]
    assert list(map(len, found)) == [10, 10, 5]
    assert [each for some in found for each in some] == [{**record, "sensor": LAB} for record in records]
    assert capsys.readouterr().err.endswith("3 containers, 0 messages lost, 3 files\n")


def test_what_came_before_a_bad_line_is_whole(stream, recorded, tmp_path, capsys):
    name = recorded(stream.nxdomains[:600])
    with open(name, "a") as file:
        file.write("no record\n")
    assert main(["nmsg", "--write", str(tmp_path), "--from", name]) == 1
    found = nxdomains_in(written(tmp_path)[0].read_bytes())
    assert [each["qname"] for each in found] == [each["qname"] for each in stream.nxdomains[: len(found)]]
    assert len(found) == 600
    assert capsys.readouterr().err.splitlines()[-1].startswith(f"nxcast-consume: {name}:601: ")


def test_a_part_that_another_run_left_is_told_and_stays(stream, recorded, tmp_path, capsys):
    left = tmp_path / "nxdomain-20200101T000000Z-0001.nmsg.part"
    left.write_bytes(b"NMSG")
    assert main(["nmsg", "--write", str(tmp_path), "--from", recorded(stream.nxdomains[:1])]) == 0
    assert left.read_bytes() == b"NMSG"
    assert capsys.readouterr().err.splitlines()[0] == (
        f"nxcast-consume: {left} is unfinished: its run was killed, or writes it still; left alone"
    )


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_completes_the_file_and_tells_what_was_lost(broker, consume, make, tmp_path, number):
    process = consume("--write", tmp_path)
    broker.publish(MX, make.nxdomain())
    broker.publish(MX, make.nxdomain(qname="b."), skip=2)
    assert process.stderr.readline().startswith(b"nxcast-consume: connected to")
    assert process.stderr.readline().endswith(b" is source %08x\n" % source_of("lab"))
    assert process.stderr.readline() == b"nxcast-consume: lost messages 2 to 3 of nxdomain/MX/\n"
    process.send_signal(number)
    status, _, err = ended(process)
    assert (status, err) == (
        0, ["nxcast-consume: 2 records, 2 payloads in 1 container, 2 messages lost, 1 file"])  # fmt: skip
    assert [record["qname"] for record in nxdomains_in(written(tmp_path)[0].read_bytes())] == [
        "gdsrr.com.",
        "b.",
    ]


def test_standard_output_has_the_containers_as_they_come(broker, consume, make):
    process = consume("--write", "-")
    broker.publish(MX, make.nxdomain())
    octets = process.stdout.read(10)  # nothing more came, and it is there
    octets += process.stdout.read(parse_header(octets)[1])
    assert nxdomains_in(octets) == [make.nxdomain(sensor=LAB)]
    process.send_signal(signal.SIGINT)
    status, out, err = ended(process)
    assert (status, out) == (0, b"")
    assert err[-1] == "nxcast-consume: 1 record, 1 payload in 1 container, 0 messages lost"


def test_a_reader_that_closes_its_pipe_ends_it_without_a_word(broker, consume, make):
    process = consume("--write", "-")
    assert process.stderr.readline().startswith(b"nxcast-consume: connected to")
    process.stdout.close()
    broker.publish(MX, make.nxdomain())
    assert process.wait(LIMIT_S) == 0
    assert len(process.stderr.read().splitlines()) <= 1  # the sensor's source at most
    process.stderr.close()
    process.stdout = process.stderr = None


def test_a_full_standard_output_is_one_line(broker, consume, make):
    process = consume("--write", "-", redirected=">/dev/full")
    broker.publish(MX, make.nxdomain())
    status, _, err = ended(process)
    assert (status, err[-1]) == (1, "nxcast-consume: can't write to stdout: no space left on device")


def test_a_terminal_gets_no_nmsg(capsys, monkeypatch):
    ends = pty.openpty()
    with io.TextIOWrapper(os.fdopen(ends[1], "wb", buffering=0)) as terminal:
        monkeypatch.setattr(sys, "stdout", terminal)
        assert main(["nmsg", "--write", "-"]) == 1
    os.close(ends[0])
    assert capsys.readouterr().err == (
        "nxcast-consume: NMSG is nothing for a terminal: --write - is for a pipe or a file\n"
    )


def messages(socket: Any, payloads: int) -> list[bytes]:
    """Messages, each of one part, until so many payloads have come."""
    found: list[bytes] = []
    while sum(len(decode_container(each).payloads) for each in found) < payloads:
        parts = socket.recv_multipart()
        assert len(parts) == 1
        found += parts
    return found


@pytest.mark.parametrize("accept", [True, False])
@pytest.mark.parametrize(("kind", "pattern"), [(zmq.SUB, "pubsub"), (zmq.PULL, "pushpull")])
def test_a_recording_reaches_a_reader_over_zeromq(
    stream, recorded, reader, tmp_path, capsys, kind, pattern, accept
):
    """Each container is one message of one part; no file's first container goes before there is a reader."""
    address = f"ipc://{tmp_path}/nmsg" if accept else "tcp://127.0.0.1:*"
    socket, address = reader(kind, bind=not accept, address=address)
    word = "accept" if accept else "connect"
    name = recorded(stream.nxdomains)
    polling = threading.Thread(target=socket.poll, args=(LIMIT_S * 1000,))  # else it subscribes to nothing
    polling.start()
    assert main(["nmsg", "--from", name, "--zlib", "--zmq", f"{address},{word},{pattern}"]) == 0
    polling.join()
    found = messages(socket, len(stream.nxdomains))
    assert nxdomains_in(b"".join(found)) == [{**record, "sensor": LAB} for record in stream.nxdomains]
    assert [decode_container(each).sequence for each in found] == list(range(len(found)))
    assert {each[4] for each in found} == {1}
    err = capsys.readouterr().err.splitlines()
    assert err[0] == f"nxcast-consume: {'listening at' if accept else 'sending to'} {address}"
    assert err[-1].endswith(f"payloads in {len(found)} containers, 0 messages lost")


def test_over_zeromq_a_large_container_goes_whole(recorded, reader, make):
    """nmsgtool takes no fragments there, and has room for any."""
    socket, address = reader(zmq.PULL, bind=True)
    record = make.dns_error(response=make.dns_error()["response"] + bytes(65_400))
    options = ["--from", recorded([record]), "--zmq", f"{address},pushpull"]
    assert main(["nmsg", "dns-errors", *options]) == 0
    (octets,) = messages(socket, 1)
    assert len(octets) > CONTAINER_MAX
    assert decode_container(octets).payloads


def test_a_live_channel_is_published_as_it_comes(broker, consume, make, reader):
    process = consume("--zmq", "tcp://127.0.0.1:*,accept")
    process.stderr.readline()  # connected
    address = process.stderr.readline().split()[-1].decode()
    socket, _ = reader(zmq.SUB, bind=False, address=address)
    for _ in range(LIMIT_S * 10):  # when it has subscribed, nobody tells
        broker.publish(MX, make.nxdomain())
        if socket.poll(100):
            break
    (message,) = socket.recv_multipart()
    assert nxdomains_in(message)[0] == make.nxdomain(sensor=LAB)
    process.send_signal(signal.SIGTERM)
    assert ended(process)[0] == 0


def test_containers_that_nobody_subscribed_to_are_told(broker, consume, make):
    process = consume("--zmq", "tcp://127.0.0.1:*,accept,pubsub")
    broker.publish(MX, make.nxdomain())
    lines = [process.stderr.readline() for _ in range(3)]  # connected, listening at
    assert b" is source " in lines[2]
    process.send_signal(signal.SIGTERM)
    status, _, err = ended(process)
    assert (status, err) == (
        0,
        ["nxcast-consume: 1 record, 1 payload in 1 container, 0 messages lost, 1 container without a reader"],
    )


def test_a_stop_ends_the_wait_for_a_reader_and_tells_what_was_not_sent(broker, consume, make):
    process = consume("--zmq", "tcp://127.0.0.1:*,accept,pushpull")
    broker.publish(MX, make.nxdomain())
    lines = [process.stderr.readline() for _ in range(3)]  # connected, listening at
    assert b" is source " in lines[2]
    process.send_signal(signal.SIGINT)
    status, _, err = ended(process)
    assert status == 0
    assert err[-1].endswith("1 payload in 1 container, 0 messages lost, 1 container not sent")


def test_a_wait_without_room_is_told_and_its_end_too(stream, recorded, reader, monkeypatch, capsys):
    monkeypatch.setattr(nmsg_output, "BEHIND_S", 0.0)
    monkeypatch.setattr(nmsg_output, "WAIT_S", 0.01)
    waits = []

    def send(self, message, timeout):
        if len(waits) < 3:
            waits.append(timeout)
            return False
        return send_at_last(self, message, LIMIT_S)

    send_at_last = sockets.Publisher.send
    monkeypatch.setattr(sockets.Publisher, "send", send)
    socket, address = reader(zmq.PULL, bind=True)
    options = ["--from", recorded(stream.nxdomains[:3]), "--zmq", f"{address},pushpull"]
    assert main(["nmsg", *options]) == 0
    assert len(messages(socket, 3)) == 1
    told = capsys.readouterr().err.splitlines()
    assert told.count("nxcast-consume: no reader takes anything: waiting") == 1
    assert told.count("nxcast-consume: a reader takes containers again") == 1


def test_a_recording_that_nobody_reads_ends_with_a_signal(recorded, make, tmp_path):
    """What may be lost then is told."""
    address = f"ipc://{tmp_path}/nobody"
    process = subprocess.Popen(
        (*PROGRAM, "--from", recorded([make.nxdomain()]), "--zmq", f"{address},connect,pushpull"),
        stderr=subprocess.PIPE,
    )
    try:
        assert b"sending to" in process.stderr.readline()
        assert b"is source" in process.stderr.readline()
        process.send_signal(signal.SIGINT)
        status, _, err = ended(process)
        assert status == 0
        assert err[-1].endswith("the last of those sent may be lost: no reader took them all")
    finally:
        process.kill()
        process.communicate()


@pytest.mark.parametrize(
    ("arguments", "status", "text"),
    [
        (
            ["--zmq", "localhost:1"],
            2,
            "localhost:1: write it as tcp://HOST:PORT,connect|accept,pubsub|pushpull",
        ),
        (
            ["--zmq", "tcp://nowhere,accept"],
            1,
            "tcp://nowhere: invalid argument; write it as tcp://HOST:PORT",
        ),
        (["--zmq", "tcp://127.0.0.1:1,pub"], 2, "tcp://127.0.0.1:1,pub: write it as "),
        (["--write", "/nowhere/at/all"], 1, "can't write /nowhere/at: no such file or directory"),
    ],
)
def test_an_output_that_cannot_be_used_is_one_line(arguments, status, text, capsys):
    """Before a broker is looked for."""
    assert main(["nmsg", *arguments]) == status
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith(f"nxcast-consume: {text}")


def test_an_address_in_use_is_one_line(reader, capsys):
    _, address = reader(zmq.PULL, bind=True)
    assert main(["nmsg", "--zmq", f"{address},accept"]) == 1
    said = "address already in use; name another port"
    assert capsys.readouterr().err == f"nxcast-consume: {address}: {said}\n"


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["--write", "x", "--zmq", "tcp://h:1"],
        ["status/", "--write", "x"],
        ["nxdomain/mx", "--write", "x"],
    ],
)
def test_wrong_arguments_are_status_2(arguments, capsys):
    with pytest.raises(SystemExit) as caught:
        main(["nmsg", *arguments])
    assert caught.value.code == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("nxcast-consume nmsg: ")
