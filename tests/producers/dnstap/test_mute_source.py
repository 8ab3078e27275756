"""Why a source gives nothing: the biggest reason, and its mend."""

from __future__ import annotations

import pytest

from nxcast.producers.dnstap.mute_source import nobody_connects, nothing_to_send


@pytest.mark.parametrize(
    ("skipped", "connections", "begin", "mend"),
    [
        ({"CLIENT_QUERY": 2, "CLIENT_RESPONSE": 2}, 1, "only CLIENT_QUERY, CLIENT_RESPONSE: ", "--questions"),
        (
            {"CLIENT_RESPONSE": 9, "RESOLVER_QUERY": 10, "CLIENT_QUERY": 9},
            1,
            "only CLIENT_",
            "nxcast-produce pcap",
        ),
        ({"AUTH_RESPONSE": 1}, None, "only AUTH_RESPONSE: ", "name the resolver's"),
        ({"FORWARDER_RESPONSE": 1}, None, "only FORWARDER_RESPONSE: ", "--forwarders"),
        ({"forwarder": 3}, None, "only forwarder: ", "--forwarders"),
        ({"RESOLVER_QUERY": 1}, None, "only RESOLVER_QUERY: ", "queries without their responses"),
        ({"bad_protobuf": 1}, None, "only bad_protobuf: ", "no dnstap"),
        ({"no_message": 1}, None, "only no_message: ", "what a resolver heard"),
        ({}, None, "the file holds no message: ", "README, 'Sources'"),
        ({}, 2, "resolvers are connected and send nothing: ", "README, 'Sources'"),
    ],
)
def test_the_biggest_reason_is_told_with_its_mend(
    skipped: dict[str, int], connections: int | None, begin: str, mend: str
) -> None:
    told = nothing_to_send(skipped, connections)
    assert told.startswith(begin)
    assert mend in told


def test_who_may_connect_is_told() -> None:
    told = nobody_connects("unix:/run/x", "the user root (mode 755)")
    assert told.startswith("no resolver has connected to unix:/run/x yet; who may: the user root (mode 755).")
