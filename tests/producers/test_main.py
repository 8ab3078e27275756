"""The command with files and standard input: what arrives, what it says, and its exit status."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from nxcast.producers.__main__ import main
from nxcast.version import version_text

SECONDS = 60.0


@pytest.fixture
def capture(tmp_path: Path) -> Path:
    return tmp_path / "capture.dnstap"


def test_sends_a_file(ingress: Any, produce: Any, wire: Any, capture: Path) -> None:
    """The resolver's responses arrive, the rest is counted by name."""
    capture.write_bytes(wire.stream(wire.dnstap(), wire.dnstap(type=3), b"\xff", wire.dnstap(type=3)))
    process = produce(capture)
    batch = ingress.batch()
    assert (batch.header["sensor"], batch.frames[0][8]) == ("test", wire.response)
    assert process.end() == (
        0,
        [
            "nxcast-produce: read 4, sent 1, acknowledged 1, dropped 0, "
            "skipped 3 (RESOLVER_QUERY 2, bad_protobuf 1)"
        ],
    )


def test_reads_standard_input(ingress: Any, produce: Any, wire: Any) -> None:
    """A pipe that pauses has its frames sent when they are due, not at its end."""
    process = produce("-")
    octets = wire.stream(wire.dnstap())
    process.popen.stdin.write(octets[:-12])
    process.popen.stdin.flush()
    assert len(ingress.batch().frames) == 1
    process.popen.stdin.write(octets[-12:])
    assert process.end() == (0, ["nxcast-produce: read 1, sent 1, acknowledged 1, dropped 0"])


def test_keeps_the_resolver_address_on_demand(ingress: Any, produce: Any, wire: Any, capture: Path) -> None:
    """It is withheld by default."""
    capture.write_bytes(wire.stream(wire.dnstap(query_address=b"\x0a\0\0\1", query_port=4000)))
    produce(capture)
    assert ingress.batch().frames[0][5:7] == (None, None)
    produce("--keep-resolver-address", capture)
    assert ingress.batch().frames[0][5:7] == (b"\x0a\0\0\1", 4000)


def test_sends_what_is_good_of_a_cut_file(ingress: Any, produce: Any, wire: Any, capture: Path) -> None:
    """The good part arrives, one line says what is wrong and where, and the other files still go."""
    capture.write_bytes(wire.stream(wire.dnstap(), wire.dnstap())[:-20])
    whole = capture.with_name("whole")
    whole.write_bytes(wire.stream(wire.dnstap()))
    process = produce(capture, whole)
    assert len(ingress.frames(2)) == 2
    status, lines = process.end()
    assert status == 1
    assert lines == [
        f"nxcast-produce: {capture}: cut in the middle of a frame at octet {capture.stat().st_size}",
        "nxcast-produce: read 2, sent 2, acknowledged 2, dropped 0",
    ]


@pytest.mark.usefixtures("ingress")
def test_names_what_is_wrong_with_a_source(produce: Any, capture: Path) -> None:
    """One line each, with the thing and the mend."""
    capture.write_bytes(b"\xd4\xc3\xb2\xa1 this is a pcap file")
    for source, text in (
        (capture, f"{capture}: not Frame Streams: no START frame"),
        ("absent", "absent: no such file; name a file, or - for standard input"),
        (capture.parent, f"{capture.parent}: is a directory; name the files in it"),
    ):
        assert produce(source).end() == (1, [f"nxcast-produce: {text}"])
    text = "tcp:1: bad address; write it as tcp:HOST:PORT or tcp:[::1]:PORT"
    assert produce("tcp:1").end() == (2, [f"nxcast-produce: {text}"])


def test_names_wrong_options(capsys: pytest.CaptureFixture[str], wire: Any, capture: Path) -> None:
    """Each is one line and status 2."""
    capture.write_bytes(wire.stream())
    assert main(["dnstap", str(capture), "--sensor", "a b"]) == 2
    assert capsys.readouterr().err == (
        "nxcast-produce: bad sensor name 'a b': give --sensor 1 to 64 of A-Z a-z 0-9 . _ -, not only "
        "dots nor with - first\n"
    )
    assert main(["dnstap", str(capture), "--sensor", "nxcast-canary"]) == 2
    assert "is of nxcast-consume doctor" in capsys.readouterr().err
    assert main(["dnstap", str(capture), "unix:/x"]) == 2
    assert capsys.readouterr().err.count("\n") == 1
    for wrong in (
        ["--rate", "0", "x"],
        ["--rate", "many", "x"],
        ["--rate", "nan", "x"],
        ["--rate", "1e-12", "x"],
        ["--connect-timeout", "1e300", "x"],
        ["--block-ms", "-1", "x"],
        ["--block-ms", "1e20", "x"],
        [],
    ):
        with pytest.raises(SystemExit) as caught:
            main(["dnstap", *wrong])
        assert caught.value.code == 2
        assert not wrong or f"argument {wrong[0]}: {wrong[1]} is no number from" in capsys.readouterr().err
    capsys.readouterr()


@pytest.mark.parametrize("option", ["--broker", "--replay"])
def test_what_is_no_endpoint_is_told_before_a_file_is_looked_for(
    option: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as caught:
        main(["dnstap", "absent", option, "nowhere"])
    assert caught.value.code == 2
    assert f"argument {option}: nowhere: no address of a broker; write it as" in capsys.readouterr().err


def test_tells_its_version(capsys: pytest.CaptureFixture[str]) -> None:
    """As the broker does."""
    assert (main(["--version"]), capsys.readouterr().out) == (0, f"{version_text()}\n")


def test_names_a_closed_standard_input(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """As after <&- in a shell."""
    monkeypatch.setattr(sys, "stdin", None)
    assert main(["dnstap", "-"]) == 1
    assert capsys.readouterr().err == (
        "nxcast-produce: standard input is closed; name a file, or give it one with <\n"
    )


def test_escapes_what_is_not_printable(capsys: pytest.CaptureFixture[str]) -> None:
    """No name can forge a line or steer a terminal."""
    assert main(["dnstap", "b\xe4d\x1b[2J\nforged\u202e\udcff"]) == 1
    assert capsys.readouterr().err == (
        "nxcast-produce: b\xe4d\\x1b[2J\\nforged\\u202e\\udcff: "
        "no such file; name a file, or - for standard input\n"
    )


@pytest.mark.parametrize("content", [b"", b"\xd4\xc3\xb2\xa1 this is a pcap file"])
def test_names_a_bad_file_before_it_waits_for_a_broker(produce: Any, capture: Path, content: bytes) -> None:
    """No broker is there."""
    capture.write_bytes(content)
    assert produce(capture).end() == (
        1,
        [f"nxcast-produce: {capture}: not Frame Streams: no START frame"],
    )


def test_an_early_interrupt_ends_it_quietly(produce: Any, tmp_path: Path) -> None:
    """Ctrl-C while the modules are being read; one of them waits here until it has come."""
    (tmp_path / "msgpack.py").write_text("import sys; print('reading', file=sys.stderr); sys.stdin.read()")
    process = produce("-", PYTHONPATH=str(tmp_path))
    process.wait_for("reading\n")
    process.popen.send_signal(signal.SIGINT)
    assert process.end() == (130, [])


@pytest.mark.parametrize("descriptor", ["closed", "full"])
def test_works_without_standard_error(ingress: Any, wire: Any, capture: Path, descriptor: str) -> None:
    """Nobody can be told, and the work is done, with its status."""
    capture.write_bytes(wire.stream(wire.dnstap()))
    where = {"closed": "2>&-", "full": "2>/dev/full"}[descriptor]
    command = (sys.executable, "-m", "nxcast.producers", "dnstap", *ingress.options, str(capture))
    with subprocess.Popen(("sh", "-c", f'exec "$@" {where}', "sh", *command)) as process:
        assert len(ingress.batch().frames) == 1
        assert process.wait(SECONDS) == 0


def test_names_the_broker_that_is_not_there(
    idle_ingress: Any, produce: Any, wire: Any, capture: Path
) -> None:
    """A file without a broker is an error, after the time-out."""
    capture.write_bytes(wire.stream(wire.dnstap()))
    endpoint = idle_ingress.endpoint
    assert produce("--connect-timeout", "0.05", capture).end() == (
        1,
        [
            f"nxcast-produce: no broker answers at {endpoint}: "
            "start nxcast-broker, or name another with --broker"
        ],
    )


def test_says_once_that_a_broker_is_waited_for_and_goes_on_once_it_is_there(
    idle_ingress: Any, produce: Any, wire: Any, capture: Path
) -> None:
    """What to do is told while somebody looks, not at the end of the wait."""
    capture.write_bytes(wire.stream(wire.dnstap()))
    process = produce("--connect-timeout", "600", capture)
    process.wait_for(
        f"^nxcast-produce: no broker answers at {idle_ingress.endpoint}: "
        "start nxcast-broker, or name another with --broker; it is waited for\n"
    )
    idle_ingress.start()
    assert len(idle_ingress.batch().frames) == 1
    status, said = process.end()
    assert status == 0
    assert not any("no broker" in line for line in said)


def test_names_the_server_of_nats_that_is_not_there(produce: Any, wire: Any, capture: Path) -> None:
    """A producer needs no broker over NATS, so none is to be started."""
    pytest.importorskip("nats")
    capture.write_bytes(wire.stream(wire.dnstap()))
    status, said = produce("--broker", "nats://127.0.0.1:1", "--connect-timeout", "0.05", capture).end()
    assert status == 1
    assert re.fullmatch(
        r"nxcast-produce: no server answers at nats://127\.0\.0\.1:1: (.*; )?"
        r"start nats-server, or name another with --broker",
        said[-1],
    )


def test_stops_a_loop(ingress: Any, produce: Any, wire: Any, capture: Path) -> None:
    """--loop goes on until SIGTERM, --rate holds it back, and the end is clean."""
    capture.write_bytes(wire.stream(wire.dnstap()))
    process = produce("--loop", "--rate", "200", capture)
    ingress.batch()
    ingress.batch()
    process.popen.send_signal(signal.SIGTERM)
    status, lines = process.end()
    assert status == 0
    assert len(lines) == 1
    assert "dropped 0" in lines[0]


def test_stops_while_the_broker_is_behind(ingress: Any, produce: Any, wire: Any, capture: Path) -> None:
    """A stop while it waits says what is left."""
    payload = wire.dnstap(response_message=wire.response + bytes(2000))
    capture.write_bytes(wire.stream(*[payload] * 20_000))
    process = produce(capture)
    ingress.batch()
    assert ingress.heard.wait(SECONDS)
    ingress.stop()
    process.wait_for("went away: waiting for it to come back")
    process.popen.send_signal(signal.SIGINT)
    status, lines = process.end()
    assert status == 1  # for the broker, not for the stop
    assert re.search(
        r", sent [\d,]+, acknowledged [\d,]+, dropped 0, .*not acknowledged [\d,]+, which may be lost; "
        "the broker went away once meanwhile$",
        lines[-1],
    )


def test_loses_nothing_with_a_broker_that_restarts(
    ingress: Any, produce: Any, wire: Any, capture: Path
) -> None:
    """What was under way is sent again to the new one, in order, and that is said."""
    count = 20_000
    payload = wire.dnstap(response_message=wire.response + bytes(2131))
    capture.write_bytes(wire.stream(*[payload] * count))
    process = produce(capture)
    before = [ingress.batch() for _ in range(5)]
    frames = {batch.header["sequence"]: len(batch.frames) for batch in before}
    ingress.stop()
    process.wait_for("the broker at .* went away: waiting for it to come back\n")
    ingress.start()
    after = []
    while sum(frames.values()) < count:
        batch = ingress.batch()
        after.append(batch.header)
        frames[batch.header["sequence"]] = len(batch.frames)
    status, lines = process.end()
    first = after[0]["sequence"]
    assert [batch.header["sequence"] for batch in before] == [1, 2, 3, 4, 5]
    assert first <= 6
    assert [header["sequence"] for header in after] == list(range(first, len(frames) + 1))
    assert after[0]["held"] == first
    assert status == 0
    again = re.fullmatch(
        rf"nxcast-produce: read {count:,}, sent {count:,}, acknowledged {count:,}, dropped 0, "
        r"sent again ([\d,]+); the broker went away once meanwhile",
        lines[-1],
    )
    assert again is not None
    assert int(again[1].replace(",", "")) >= sum(frames[sequence] for sequence in range(first, 6))


def test_loses_what_is_under_way_where_nothing_is_acknowledged(
    ingress: Any, produce: Any, wire: Any, capture: Path
) -> None:
    """With --replay none: all that was not under way arrives; that the rest may be lost is said."""
    count, per_batch = 20_000, 121  # 256 KiB / 2,180 octets, the last over it
    payload = wire.dnstap(response_message=wire.response + bytes(2131))
    capture.write_bytes(wire.stream(*[payload] * count))
    process = produce("--replay", "none", capture)
    before = [ingress.batch() for _ in range(5)]
    ingress.stop()
    process.wait_for("the broker at .* went away: waiting for it to come back\n")
    ingress.start()
    rest = ingress.rest(process)
    after, frames = [batch.header["sequence"] for batch in rest], sum(len(batch.frames) for batch in rest)
    status, lines = process.end()
    assert (status, lines[-1]) == (
        1,
        f"nxcast-produce: read {count:,}, sent {count:,}, dropped 0; "
        "the broker went away once meanwhile: what was under way then may be lost",
    )
    assert [batch.header["sequence"] for batch in before] == [1, 2, 3, 4, 5]
    # A reader that is held up makes some go out before they are full, and so a few more.
    assert after == list(range(after[0], after[-1] + 1))
    assert after[-1] >= -(-count // per_batch)
    lost = count - sum(len(batch.frames) for batch in before) - frames
    assert 0 <= lost <= 8 * per_batch  # what the kernel's two buffers and ZeroMQ's reader had
