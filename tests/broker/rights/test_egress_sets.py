"""Sets of rights: each keeps its number, whoever else comes and goes, and the file says so."""

from __future__ import annotations

from pathlib import Path

import pytest

from nxcast.broker.rights.egress_sets import (
    SETS_MAX,
    keep_numbers,
    number_sets,
    read_sets,
    set_endpoint,
    sets_path,
)
from nxcast.broker.rights.key_files import KeyFileError
from nxcast.schemas.client_rights import Client
from nxcast.schemas.topics import TOPICS

MANY = sorted(topic for topic in TOPICS if topic.startswith("dns-errors/"))


def _client(*topics: str) -> Client:
    return Client(key="a" * 40, subscribe=topics)


def test_equal_rights_are_one_set_and_none_is_none() -> None:
    numbers = number_sets([_client("nxdomain/", "status/"), _client("nxdomain/"), _client()], {})
    assert numbers == {("nxdomain/", "status/"): 1}


def test_a_set_keeps_its_number_when_others_come_and_go(tmp_path: Path) -> None:
    keys = tmp_path / "keys.toml"
    first = keep_numbers(keys, [_client("nxdomain/"), _client("dns-errors/")], {})
    assert sorted(first.values()) == [1, 2]
    number = first["nxdomain/", "status/"]
    later = keep_numbers(keys, [_client("malformed/"), _client("nxdomain/")], {})
    assert later["nxdomain/", "status/"] == number
    assert later["malformed/", "status/"] == 3
    back = keep_numbers(keys, [_client("dns-errors/")], {})
    assert back["dns-errors/", "status/"] == first["dns-errors/", "status/"]
    assert read_sets(keys) == back


def test_where_none_is_free_a_new_set_gets_the_number_of_one_that_nobody_has() -> None:
    before = number_sets([_client(topic) for topic in MANY[:SETS_MAX]], {})
    assert sorted(before.values()) == list(range(1, SETS_MAX + 1))
    clients = [_client(topic) for topic in MANY[1 : SETS_MAX + 1]]
    after = number_sets(clients, before)
    assert after[MANY[SETS_MAX], "status/"] == before[MANY[0], "status/"]
    assert number_sets([*clients, _client("malformed/")], after) == after


@pytest.mark.parametrize(
    ("egress", "number", "endpoint"),
    [
        ("tcp://192.0.2.1:5556", 1, "tcp://192.0.2.1:5560"),
        ("tcp://[::1]:5556", 16, "tcp://[::1]:5575"),
        ("tcp://*:5556", 2, "tcp://*:5561"),
        ("tcp://127.0.0.1:*", 2, "tcp://127.0.0.1:*"),
        ("tcp://127.0.0.1:0", 2, "tcp://127.0.0.1:*"),
        ("ipc:///run/nxcast/egress", 3, "ipc:///run/nxcast/egress.3"),
    ],
)
def test_a_number_says_where_the_socket_is(egress: str, number: int, endpoint: str) -> None:
    assert set_endpoint(egress, 5560, number) == endpoint


@pytest.mark.parametrize(
    "text", ["[sets]\n17 = ['a']\n", "[sets]\n0 = []\n", "[sets]\n1 = 2\n", "sets", "[other]\n", "\xff"]
)
def test_a_file_that_is_none_is_one_line_with_the_mend(tmp_path: Path, text: str) -> None:
    keys = tmp_path / "keys.toml"
    sets_path(keys).write_bytes(text.encode("latin-1"))
    with pytest.raises(KeyFileError, match="not the numbers of sets of rights; remove it"):
        read_sets(keys)
