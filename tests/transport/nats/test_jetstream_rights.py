"""What clients of a key file may do over NATS, as the server's configuration has it."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from nxcast.schemas.client_rights import Client, Keys, parse_keys, render_keys
from nxcast.schemas.topics import CHANNELS
from nxcast.transport.nats.jetstream_layout import STREAM, channel_stream, differences
from nxcast.transport.nats.jetstream_rights import (
    authorization,
    part_for,
    part_of,
    part_stream,
    reads,
    rights_told,
    unsayable,
)

KEY = "JTKVSB%%)wK0E.X)V>+}o?pNmC{O&4W4b!Ni{Lh6"
NKEY = "U" + "A" * 55
WHOLE = channel_stream(replicas=3, octets_max=1 << 30, age_s=3600)


def _client(**rights: Any) -> Client:
    return Client(key=KEY, nkey=NKEY, **rights)


def _permissions(client: Client) -> dict[str, list[str]]:
    told = authorization("UBROKER", {"web": client})
    (line,) = re.findall(r"^    (\{\"nkey.*)$", told, re.MULTILINE)
    user = json.loads(line)
    assert user["nkey"] == NKEY
    permissions: dict[str, list[str]] = user["permissions"]
    return permissions


def test_who_may_push_may_publish_below_its_sensors_and_nowhere_else() -> None:
    permissions = _permissions(_client(push=("ns1.example", "*", "edge-*")))
    assert permissions["publish"] == ["$SYS.REQ.USER.INFO", "nxcast.in.ns1/example", "nxcast.in.*"]
    assert permissions["subscribe"] == [f"_INBOX.{NKEY}.>"]
    assert unsayable(_client(push=("ns1", "*", "edge-*", "*1"))) == ["edge-*", "*1"]


def test_who_may_subscribe_may_ask_of_the_stream_of_its_set_alone() -> None:
    clients = [
        _client(subscribe=channels, replay=replay)
        for channels in (("nxdomain/",), CHANNELS)
        for replay in (False, True)
    ]
    streams = [reads(part_for(client)) for client in clients]
    assert len(set(streams)) == 4
    assert streams[3] == STREAM
    assert None not in streams
    for client, name in zip(clients, streams, strict=True):
        asked = [each for each in _permissions(client)["publish"] if each.startswith("$JS.API.")]
        assert asked
        assert not [each for each in asked if name not in each.split(".")]
    assert reads(part_for(_client(push=("ns1",)))) is None


def test_a_part_has_what_may_be_subscribed_to_and_is_kept_as_long_as_the_whole() -> None:
    client = _client(subscribe=("nxdomain/MX/", "dns-errors/"), replay=True)
    part = part_stream(part_for(client), WHOLE)
    (source,) = part["sources"]
    assert source["name"] == STREAM
    assert [each["src"] for each in source["subject_transforms"]] == [
        "nxcast.dns-errors.>",
        "nxcast.nxdomain.MX",
        "nxcast.status",
    ]
    assert "subjects" not in part
    kept = ("num_replicas", "max_age", "max_bytes")
    assert [part[key] for key in kept] == [WHOLE[key] for key in kept]
    live = part_stream(part_for(client)._replace(replay=False), WHOLE)
    assert (live["mirror"], live["max_age"]) == (source, 60 * 10**9)
    begun = {**live, "mirror": {**source, "opt_start_time": "2026-11-30T00:00:00Z"}}
    assert differences(begun, live) == []
    assert len(differences({**begun, "mirror": {"name": STREAM}}, live)) == 1


@pytest.mark.parametrize(
    ("asked", "given"),
    [
        (["nxdomain/"], ["nxdomain/MX/"]),
        (["nxdomain/MX/"], ["nxdomain/MX/"]),
        (["nxdomain/A/"], []),
        (["dns-errors/SERVFAIL/", "status/"], ["dns-errors/SERVFAIL/", "status/"]),
    ],
)
def test_of_what_is_asked_for_a_part_gives_what_it_has(asked: list[str], given: list[str]) -> None:
    client = _client(subscribe=("nxdomain/MX/", "dns-errors/"))
    for replay in (False, True):
        part = part_stream(part_for(client)._replace(replay=replay), WHOLE)
        assert part_of(part, asked) == given
    assert part_of(WHOLE, asked) == asked


def test_what_a_server_tells_of_rights_is_read() -> None:
    mine = {"publish": {"allow": ["nxcast.in.ns1", "$JS.API.STREAM.INFO.nxcast-1"]}}
    assert rights_told(json.dumps({"data": {"permissions": mine}}).encode()).stream == "nxcast-1"
    assert rights_told(b'{"data": {"permissions": {"publish": {"allow": []}}}}').stream is None
    assert rights_told(b'{"data": {}}').stream == STREAM


@pytest.mark.parametrize("answer", [b"", b"{}", b"[]", b'{"data": 3}', b'{"data": {"permissions": {}}}'])
def test_what_is_no_answer_of_a_server_is_a_value_error(answer: bytes) -> None:
    with pytest.raises(ValueError, match=r"answer|Expecting"):
        rights_told(answer)


def test_a_key_file_keeps_what_nats_knows_a_client_by() -> None:
    keys = Keys({"web": _client(subscribe=("nxdomain/",)), "old": Client(key=KEY[::-1])})
    assert parse_keys(render_keys(keys)).clients == keys.clients
