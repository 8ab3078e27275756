"""`nxcast-produce dnstap`: files that are joined, that grow, that are rolled, and those that give nothing."""

from __future__ import annotations

import argparse
import os
import signal
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from nxcast.process.stop import Stopped
from nxcast.producers.dnstap import dnstap_command, mute_source
from nxcast.producers.dnstap.dnstap_command import DnstapSource, add_dnstap
from nxcast.producers.dnstap.mute_source import nothing_to_send
from nxcast.producers.pusher import Pusher
from nxcast.producers.tally import Tally
from nxcast.schemas.names import name_wire
from tests.messages import MX, NS, A, message, question, soa


def test_streams_one_after_another_are_all_read(ingress: Any, produce: Any, wire: Any) -> None:
    """As `cat` joins files; each has a START and a STOP of its own."""
    process = produce("-")
    process.popen.stdin.write(wire.stream(wire.dnstap()) + wire.stream(wire.dnstap(), wire.dnstap()))
    process.popen.stdin.close()
    assert len(ingress.frames(3)) == 3
    assert process.end() == (0, ["nxcast-produce: read 3, sent 3, acknowledged 3, dropped 0"])


def test_a_file_is_followed_and_the_next_of_its_name(
    ingress: Any, produce: Any, wire: Any, tmp_path: Path
) -> None:
    """What is added comes, what was added before it was rolled too, and then the new file."""
    path = tmp_path / "dnstap.log"
    octets = wire.stream(wire.dnstap(response_time_sec=1), wire.dnstap(response_time_sec=2))
    path.write_bytes(octets[: len(wire.stream(wire.dnstap(response_time_sec=1))) - 12])
    process = produce("--follow", path)
    assert [frame[0] for frame in ingress.frames(1)] == [1_000_000_000]
    with path.open("ab") as file:
        file.write(octets[path.stat().st_size :])
    assert [frame[0] for frame in ingress.frames(1)] == [2_000_000_000]
    path.rename(tmp_path / "dnstap.log.0")
    path.write_bytes(wire.stream(wire.dnstap(response_time_sec=3)))
    assert [frame[0] for frame in ingress.frames(1)] == [3_000_000_000]
    process.popen.send_signal(signal.SIGTERM)
    assert process.end() == (0, ["nxcast-produce: read 3, sent 3, acknowledged 3, dropped 0"])


def test_a_followed_file_that_is_broken_is_told_once_and_the_next_is_read(
    ingress: Any, produce: Any, wire: Any, tmp_path: Path
) -> None:
    """Nothing of it comes twice."""
    path = tmp_path / "dnstap.log"
    path.write_bytes(wire.stream(wire.dnstap(response_time_sec=1)) + b"GET / HTTP/1.1\r\n")
    process = produce("--follow", path)
    assert [frame[0] for frame in ingress.frames(1)] == [1_000_000_000]
    process.wait_for("dnstap.log: not Frame Streams: no START frame\n")
    path.rename(tmp_path / "dnstap.log.0")
    path.write_bytes(wire.stream(wire.dnstap(response_time_sec=2)))
    assert [frame[0] for frame in ingress.frames(1)] == [2_000_000_000]
    process.popen.send_signal(signal.SIGTERM)
    assert process.end() == (0, ["nxcast-produce: read 2, sent 2, acknowledged 2, dropped 0"])


def test_a_followed_file_may_be_empty_at_first_and_be_cut(
    ingress: Any, produce: Any, wire: Any, tmp_path: Path
) -> None:
    path = tmp_path / "dnstap.log"
    path.touch()
    process = produce("--follow", path)
    for seconds in (2, 1):  # the second is shorter, so that it is seen to have been cut
        path.write_bytes(wire.stream(*[wire.dnstap(response_time_sec=seconds)] * seconds))
        assert [frame[0] for frame in ingress.frames(seconds)] == [seconds * 1_000_000_000] * seconds
    process.popen.send_signal(signal.SIGTERM)
    assert process.end() == (0, ["nxcast-produce: read 3, sent 3, acknowledged 3, dropped 0"])


@pytest.mark.usefixtures("ingress")
def test_only_a_regular_file_is_followed(produce: Any, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    status, lines = produce("--follow", tmp_path / "pipe").end()
    mend = "only a regular file can grow: leave out --follow"
    assert (status, lines) == (1, [f"nxcast-produce: {tmp_path}/pipe: {mend}"])


@pytest.mark.usefixtures("ingress")
def test_a_pipe_that_never_ends_says_why_it_gives_nothing(
    stop: Any, ingress: Any, wire: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: Any
) -> None:
    """As fstrm_capture before it."""
    monkeypatch.setattr(mute_source, "MUTE_S", 0.0)
    told = threading.Event()
    monkeypatch.setattr(
        dnstap_command, "nothing_to_send", lambda *of, **how: (told.set(), nothing_to_send(*of, **how))[1]
    )
    os.mkfifo(tmp_path / "pipe")
    arguments = _parsed(str(tmp_path / "pipe"))
    pusher = Pusher(ingress.endpoint, "here", stop)
    with ThreadPoolExecutor(1) as pool, (tmp_path / "pipe").open("r+b", buffering=0) as pipe:
        done = pool.submit(DnstapSource(arguments).run, pusher, stop, Tally(), 20.0)
        pipe.write(wire.stream(wire.dnstap(type=6)))
        assert told.wait(20)
        stop.request()
        with pytest.raises(Stopped):
            done.result(20)
    pusher.close()
    assert caplog.messages[0].startswith("nothing sent in 0 seconds: ")


def _parsed(*arguments: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    add_dnstap(parser.add_subparsers(), argparse.ArgumentParser(add_help=False))
    return parser.parse_args(["dnstap", *arguments])


@pytest.mark.usefixtures("ingress")
def test_a_file_that_gives_nothing_says_why(produce: Any, wire: Any, tmp_path: Path) -> None:
    """And it ends with 1."""
    path = tmp_path / "x"
    path.write_bytes(wire.stream(wire.dnstap(type=6), wire.dnstap(type=5)))
    status, lines = produce(path).end()
    assert status == 1
    assert lines[0].startswith("nxcast-produce: nothing sent: only CLIENT_QUERY, CLIENT_RESPONSE: ")
    assert "--questions client, or nxcast-produce pcap" in lines[0]


def test_what_can_not_be_followed_is_told(produce: Any, tmp_path: Path) -> None:
    for arguments in (("--follow", "-"), ("--follow", "a", "b"), ("--follow", f"unix:{tmp_path}/x")):
        status, lines = produce(*arguments).end()
        assert (status, lines) == (
            2,
            ["nxcast-produce: --follow is for one file, and without --loop: run one command for each"],
        )


def test_an_option_that_says_nothing_about_the_sources_is_told(produce: Any, tmp_path: Path) -> None:
    """Else somebody believes that a port is closed, or a socket open."""
    (tmp_path / "x").write_bytes(b"")
    for arguments, told in (
        (("--socket-group", "nogroup", "tcp:127.0.0.1:0"), "are for unix:PATH"),
        (("--socket-mode", "660", "systemd:"), "are for unix:PATH"),
        (("--allow", "192.0.2.0/24", f"unix:{tmp_path}/s"), "are for tcp:HOST:PORT"),
        (("--insecure", str(tmp_path / "x")), "are for tcp:HOST:PORT"),
    ):
        status, lines = produce(*arguments).end()
        assert status == 2
        assert told in lines[0]


def test_bad_modes_and_networks_are_told(produce: Any) -> None:
    for option, text in (("--socket-mode", "9"), ("--socket-mode", "1777"), ("--allow", "192.0.2.1/24")):
        status, lines = produce(option, text, "unix:/nonexistent/x").end()
        assert status == 2
        assert f"argument {option}: invalid " in lines[-1]


GONE = message(3, questions=[question("gdsrr.com.", A)], authorities=[soa("com.")])
ASKED = message(3, questions=[question("gdsrr.com.", MX)], authorities=[soa("com.")])
CLIENT_RESPONSE = 6
COM, NAME = name_wire("com."), name_wire("gdsrr.com.")


def _told(wire: Any) -> bytes:
    """An authority denies a name for type A, and a client is told so of MX a millisecond later."""
    denial = wire.dnstap(response_time_sec=9, response_message=GONE, query_zone=COM)
    answer = wire.dnstap(
        type=CLIENT_RESPONSE,
        response_time_sec=9,
        response_time_nsec=1_000_000,
        response_message=ASKED,
        query_address=bytes([192, 0, 2, 50]),
        query_port=4242,
    )
    return bytes(
        wire.stream(denial, answer, wire.dnstap(type=CLIENT_RESPONSE, response_message=wire.response))
    )


def test_clients_questions_are_joined_to_denials(
    ingress: Any, produce: Any, wire: Any, tmp_path: Path
) -> None:
    """The question has the type that was asked, and nothing of who asked it."""
    path = tmp_path / "x"
    path.write_bytes(_told(wire))
    process = produce("--questions", "client", path)
    batch = ingress.batch()
    assert batch.header["questions"]
    (asked,) = batch.questions
    assert asked == (
        9_001_000_000, 64, NAME, MX, 1, b"\xc0\0\2\1", COM, NAME, "authority",
    )  # fmt: skip
    (denial,) = batch.frames
    assert (denial[8], denial[9]) == (GONE, COM)
    status, lines = process.end()
    assert (status, lines) == (
        0,
        ["nxcast-produce: read 3, sent 2, acknowledged 2, dropped 0, skipped 1 (CLIENT_RESPONSE 1)"],
    )


def test_questions_wanted_where_no_client_is_told_of_are_told(
    ingress: Any, produce: Any, wire: Any, tmp_path: Path
) -> None:
    """As of PowerDNS Recursor with no dnsdist in front: all is sent, and nxdomain/ has nothing."""
    path = tmp_path / "x"
    path.write_bytes(wire.stream(wire.dnstap(response_time_sec=9, response_message=GONE)))
    process = produce("--questions", "client", path)
    assert len(ingress.frames(1)) == 1
    status, lines = process.end()
    assert (status, len(lines)) == (0, 2)
    assert lines[0].startswith("nxcast-produce: no question of a client: ")
    assert "put dnsdist in front" in lines[0]


@pytest.mark.usefixtures("ingress")
def test_clients_questions_without_any_denial_say_what_to_take(
    produce: Any, wire: Any, tmp_path: Path
) -> None:
    """As of Knot Resolver, whose dnstap has clients' messages only."""
    path = tmp_path / "x"
    path.write_bytes(
        wire.stream(wire.dnstap(type=CLIENT_RESPONSE, response_time_sec=9, response_message=ASKED))
    )
    status, lines = produce("--questions", "client", path).end()
    assert (status, lines[0].partition(": ")[2].startswith("nothing sent: only client_local: ")) == (1, True)
    assert "--questions client-only" in lines[0]


def test_clients_questions_are_left_alone_unless_asked_for(
    ingress: Any, produce: Any, wire: Any, tmp_path: Path
) -> None:
    path = tmp_path / "x"
    path.write_bytes(_told(wire))
    process = produce(path)
    batch = ingress.batch()
    assert ("questions" in batch.header, len(batch.frames), list(batch.questions)) == (False, 1, [])
    assert process.end()[1][-1].endswith("skipped 2 (CLIENT_RESPONSE 2)")


def test_an_older_broker_gets_no_questions_and_it_is_told(
    ingress: Any, produce: Any, wire: Any, tmp_path: Path
) -> None:
    ingress.forms = []
    path = tmp_path / "x"
    path.write_bytes(_told(wire))
    process = produce("--questions", "client", path)
    batch = ingress.batch()
    assert ("questions" in batch.header, len(batch.frames), list(batch.questions)) == (False, 1, [])
    assert "takes frames/1 only: zones, marks and clients' questions are left out" in process.end()[1][0]


@pytest.mark.parametrize(
    ("options", "mend"),
    [
        (("--questions", "client", "--replay", "none"), "name its third socket with --replay"),
        (("--questions", "client", "--sensor-from", "identity"), "run one command for each resolver"),
    ],
)
def test_questions_that_can_not_be_sent_are_refused(
    produce: Any, wire: Any, tmp_path: Path, options: tuple[str, ...], mend: str
) -> None:
    path = tmp_path / "x"
    path.write_bytes(_told(wire))
    status, lines = produce(*options, path).end()
    assert status == 2
    assert lines[0].endswith(mend)


def test_a_step_on_the_way_to_a_longer_name_is_marked(
    ingress: Any, produce: Any, wire: Any, tmp_path: Path
) -> None:
    """BIND asks for type NS of a shorter name, and nobody else does of one that is missing."""
    step = message(3, questions=[question("gdsrr.com.", NS)], authorities=[soa("com.")])
    path = tmp_path / "x"
    path.write_bytes(
        wire.stream(
            wire.dnstap(response_time_sec=9, response_message=step),
            wire.dnstap(response_time_sec=9, response_time_nsec=5_000_000, response_message=GONE),
        )
    )
    produce(path)
    assert [(frame[0], frame[10]) for frame in ingress.frames(2)] == [
        (9_000_000_000, 1),
        (9_005_000_000, 0),
    ]
