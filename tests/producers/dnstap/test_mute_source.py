"""Why a source gives nothing: the biggest reason, and its mend."""

from __future__ import annotations

import pytest

from nxcast.producers.dnstap import mute_source
from nxcast.producers.dnstap.mute_source import MuteWatch, all_gone, nobody_connects, nothing_to_send


@pytest.mark.parametrize(
    ("skipped", "listening", "begin", "mend"),
    [
        (
            {"CLIENT_QUERY": 2, "CLIENT_RESPONSE": 2},
            True,
            "only CLIENT_QUERY, CLIENT_RESPONSE: ",
            "--questions",
        ),
        (
            {"CLIENT_RESPONSE": 9, "RESOLVER_QUERY": 10, "CLIENT_QUERY": 9},
            True,
            "mostly CLIENT_QUERY, CLIENT_RESPONSE: ",
            "nxcast-produce pcap",
        ),
        ({"client_local": 3, "CLIENT_QUERY": 9}, False, "mostly client_local: ", "client-only"),
        ({"AUTH_RESPONSE": 1}, False, "only AUTH_RESPONSE: ", "name the resolver's"),
        ({"FORWARDER_RESPONSE": 1}, False, "only FORWARDER_RESPONSE: ", "--forwarders"),
        ({"forwarder": 3}, False, "only forwarder: ", "--forwarders"),
        ({"RESOLVER_QUERY": 1}, False, "only RESOLVER_QUERY: ", "queries without their responses"),
        ({"bad_protobuf": 1}, False, "only bad_protobuf: ", "no dnstap"),
        ({"no_message": 1}, False, "only no_message: ", "what a resolver heard"),
        ({}, False, "no message is in there: ", "docs/sources.md"),
        ({}, True, "resolvers are connected and send nothing: ", "docs/sources.md"),
    ],
)
def test_the_biggest_reason_is_told_with_its_mend(
    skipped: dict[str, int], listening: bool, begin: str, mend: str
) -> None:
    told = nothing_to_send(skipped, listening=listening)
    assert told.startswith(begin)
    assert mend in told


def test_who_may_connect_is_told() -> None:
    told = nobody_connects("unix:/run/x", "the user root (mode 755)")
    assert told.startswith("no resolver has connected to unix:/run/x yet; who may: the user root (mode 755).")


def test_who_was_refused_and_who_went_again_is_told() -> None:
    assert all_gone(3, 3) == "all 3 connections were refused: --allow names who may connect by TCP"
    assert all_gone(3, 2).startswith("3 connections ended before a message came: ")
    assert "dnstap-tls: no" in all_gone(1, 0)


def test_it_is_told_once_and_only_where_nothing_was_sent(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    early = MuteWatch(lambda: 0, lambda: "too early")
    assert mute_source.MUTE_S - 10 < early.due_in() <= mute_source.MUTE_S
    monkeypatch.setattr(mute_source, "MUTE_S", 0)
    for watch in (
        early,
        MuteWatch(lambda: 1, lambda: "it sends"),
        MuteWatch(lambda: 0, lambda: "a reason"),
    ):
        watch.look()
        watch.look()
    assert caplog.messages == ["nothing sent in 0 seconds: a reason"]


def test_at_the_end_it_is_told_at_once_and_not_again(caplog: pytest.LogCaptureFixture) -> None:
    for watch in (
        MuteWatch(lambda: 1, lambda: "it sends"),
        MuteWatch(lambda: 0, lambda: "a reason", "no such thing"),
    ):
        watch.finish()
        watch.finish()
    assert caplog.messages == ["no such thing: a reason"]
