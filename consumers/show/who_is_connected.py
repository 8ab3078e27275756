"""Who is connected to the broker and what waits for whom, as `channels` shows it.

The broker is asked on its third socket. Where it can't tell, the reason is said and nothing is shown.
"""

from __future__ import annotations

from nxcast.consumers.client.faults import BAD, reason_of
from nxcast.consumers.client.single_request import ask_once
from nxcast.consumers.client.subscriber import read_key
from nxcast.consumers.show.console import duration
from nxcast.consumers.show.json_lines import json_line
from nxcast.schemas.records import Status
from nxcast.schemas.request_answers import ConnectionsAnswer, ConnectionStatus
from nxcast.telemetry.printable import time_text
from nxcast.transport.endpoints import replay_endpoint

__all__ = ["UnknownError", "connections_json", "connections_text", "who_is_connected"]

LINES_MAX = 12  # of 24 that a screen has; --format json has all that the broker tells
CLIENT_WIDTH = 33


class UnknownError(Exception):
    """Who is connected is not known; the text says why."""


def who_is_connected(
    broker: str, status: Status, replay: str | bool | None, key_file: str | None
) -> ConnectionsAnswer:
    """What the broker tells; UnknownError where it tells nothing. `replay` is as `--replay` has it."""
    endpoint = replay if isinstance(replay, str) else replay_endpoint(broker, status["replay"])
    if replay is False or endpoint is None:
        raise UnknownError("--replay names where the broker answers requests")
    try:
        key = None if key_file is None else read_key(key_file)
        answer = ask_once(endpoint, key, {"version": 1, "id": 1, "ask": "connections"})
    except BAD as error:
        raise UnknownError(f"{endpoint}: {reason_of(error)}") from error
    if answer["answer"] != "connections":
        raise UnknownError(f"the broker, {status['software']}, does not tell ({answer['error']})")
    return answer


def connections_json(answer: ConnectionsAnswer) -> list[str]:
    """A line each, its time as text; none of a channel has `socket`."""
    return [json_line(_timed(**each)) for each in answer["connections"]]


def connections_text(answer: ConnectionsAnswer, now_ns: int) -> list[str]:
    """A table, at most 80 columns wide, and what is not in it. `now_ns` is by the broker's clock."""
    shown, more = answer["connections"][:LINES_MAX], answer["connections"][LINES_MAX:]
    others = answer["others"] + sum(each["connections"] for each in more)
    lines = ["", _HEADING, *(_line(each, now_ns) for each in shown)]
    if others:
        lines.append(f"and {others:,} more; --format json shows up to 256 lines")
    if not answer["everyone"]:
        lines.append("of your own key alone: 'nxcast-broker keys add NAME --connections' lets one see all")
    return lines


_HEADING = (
    f"{'connected to':12} {'client':{CLIENT_WIDTH}} {'n':>4} {'since':>8} {'waiting':>11} {'stalled':>7}"
)


def _line(each: ConnectionStatus, now_ns: int) -> str:
    client = _client(each)
    if len(client) > CLIENT_WIDTH:
        client = f"{client[: CLIENT_WIDTH - 3]}..."
    waiting = "-" if each["waiting"] is None else f"{each['waiting']:,}"
    since = duration(max(0, now_ns - each["since_ns"]))
    stalled = f"{each['stalled_s']} s" if each["stalled_s"] else "-"
    return (
        f"{each['socket']:12} {client:{CLIENT_WIDTH}} {each['connections']:4} {since:>8} {waiting:>11} "
        f"{stalled:>7}"
    )


def _timed(since_ns: int, **others: object) -> dict[str, object]:
    return {**others, "since": time_text(since_ns)}


def _client(each: ConnectionStatus) -> str:
    address = each["address"] or "this machine"
    return f"{each['name']} ({address})" if each["name"] else address
