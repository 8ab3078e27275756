"""`nxcast-produce dnstap`: files that are joined, that grow, that are rolled, and those that give nothing."""

from __future__ import annotations

import signal
from pathlib import Path
from typing import Any

import pytest


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
            1,
            ["nxcast-produce: --follow is for one file, and without --loop: run one command for each"],
        )


def test_bad_modes_and_networks_are_told(produce: Any) -> None:
    for option, text in (("--socket-mode", "9"), ("--socket-mode", "1777"), ("--allow", "192.0.2.1/24")):
        status, lines = produce(option, text, "unix:/nonexistent/x").end()
        assert status == 2
        assert f"argument {option}: invalid " in lines[-1]
