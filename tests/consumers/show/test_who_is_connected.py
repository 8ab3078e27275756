"""Who is connected, as lines for people and for programs."""

from __future__ import annotations

import json

from nxcast.consumers.show.who_is_connected import connections_json, connections_text
from nxcast.schemas.request_answers import ConnectionsAnswer, ConnectionStatus
from tests.schemas.examples import CONNECTION_STATUS, CONNECTIONS_ANSWER, TIME_NS


def _answer(*connections: ConnectionStatus, everyone: bool = True, others: int = 0) -> ConnectionsAnswer:
    return {
        **CONNECTIONS_ANSWER,
        "connections": list(connections),
        "everyone": everyone,
        "others": others,
    }


def test_each_client_is_a_line() -> None:
    plain: ConnectionStatus = {
        **CONNECTION_STATUS,
        "name": "",
        "address": "",
        "waiting": None,
        "stalled_s": 0,
    }
    lines = connections_text(_answer(CONNECTION_STATUS, plain), TIME_NS + 300 * 10**9)
    assert [line.split() for line in lines] == [
        [],
        ["connected", "to", "client", "n", "since", "waiting", "stalled"],
        ["egress", "web", "(192.0.2.1)", "2", "5", "min", "2,563,072", "12", "s"],
        ["egress", "this", "machine", "2", "5", "min", "-", "-"],
    ]


def test_a_screen_of_80_columns_holds_the_longest_and_12_lines_of_many() -> None:
    longest: ConnectionStatus = {
        "socket": "ingress",
        "name": "n" * 64,
        "address": "2001:db8:1111:2222:3333:4444:5555:6666",
        "connections": 4096,
        "since_ns": TIME_NS - 999 * 86_400 * 10**9,
        "waiting": 999_999_999,
        "stalled_s": 30,
    }
    lines = connections_text(_answer(*[longest] * 20, others=3), TIME_NS)
    assert max(map(len, lines)) <= 80
    assert len(lines) == 15
    assert lines[-1].startswith(f"and {8 * 4096 + 3:,} more; ")


def test_who_sees_its_own_key_alone_is_told_what_lets_it_see_all() -> None:
    assert "keys add NAME --connections" in connections_text(_answer(everyone=False), TIME_NS)[-1]


def test_json_has_all_that_was_told() -> None:
    (line,) = connections_json(_answer(CONNECTION_STATUS))
    assert json.loads(line) == {
        **{key: value for key, value in CONNECTION_STATUS.items() if key != "since_ns"},
        "since": "2023-11-14T22:13:20.123456789Z",
    }
