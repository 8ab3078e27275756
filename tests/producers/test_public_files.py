"""Public dnstap files that nobody here wrote, through the whole command."""

from __future__ import annotations

import base64
import ipaddress
import json
import re
from collections import Counter
from pathlib import Path
from typing import Any

import dns.name
import pytest


@pytest.mark.usefixtures("ingress")
@pytest.mark.parametrize(
    ("name", "skipped"),
    [
        ("DNS-OARC+dsc__test.dnstap", {"TOOL_QUERY": 1, "TOOL_RESPONSE": 1}),
        ("DNS-OARC+dsc__dotdoh.dnstap", {"CLIENT_QUERY": 4, "CLIENT_RESPONSE": 3}),
        ("dmachard+DNS-collector__dnstap__dnstap.fstrm", {"CLIENT_QUERY": 1, "CLIENT_RESPONSE": 1}),
    ],
)
def test_counts_what_is_seen_at_the_wrong_place(
    produce: Any, shared: Path, name: str, skipped: dict[str, int]
) -> None:
    """Files of client-side messages: read to the end, nothing sent, all named, and a failure."""
    status, (why, *lines) = produce(shared / "captures" / name).end()
    assert status == 1
    assert f"nothing sent: only {', '.join(skipped)}" in why
    assert _skipped(lines) == skipped


def test_agrees_with_nmsgtool(ingress: Any, produce: Any, shared: Path) -> None:
    """A real BIND's file: the same counts by type, and the same fields of each RESOLVER_RESPONSE."""
    folder = shared / "farsight" / "nmsg_dnstap"
    lines = (folder / "nmsgtool.dnstap.json").read_text().splitlines()
    messages = [json.loads(line)["message"] for line in lines]
    expected = [message for message in messages if message["message_type"] == "RESOLVER_RESPONSE"]
    process = produce("--keep-resolver-address", folder / "dnstap-input-data")
    assert ingress.frames(len(expected)) == [_frame(message) for message in expected]
    status, output = process.end()
    counts = Counter(message["message_type"] for message in messages)
    del counts["RESOLVER_RESPONSE"]
    assert (status, _skipped(output)) == (0, counts)


@pytest.mark.usefixtures("ingress")
def test_refuses_another_content_type(produce: Any, shared: Path) -> None:
    """Frame Streams of something else."""
    path = shared / "farsight" / "fstrm" / "test.fstrm"
    assert produce(path).end() == (
        1,
        [f"nxcast-produce: {path}: content type test:hello is not protobuf:dnstap.Dnstap"],
    )


def _skipped(lines: list[str]) -> dict[str, int]:
    assert len(lines) == 1
    return {name: int(count) for name, count in re.findall(r"([A-Z_]+) (\d+)", lines[0])}


def _frame(message: dict[str, Any]) -> tuple[Any, ...]:
    over_tcp = message["socket_protocol"] == "TCP"
    query = message.get("query_message")
    return (
        message["response_time_sec"] * 1_000_000_000 + message["response_time_nsec"],
        4 if over_tcp else 1,
        ipaddress.ip_address(message["response_address"]).packed,
        message["response_port"],
        6 if over_tcp else 17,
        ipaddress.ip_address(message["query_address"]).packed,
        message["query_port"],
        None if query is None else base64.b64decode(query),
        base64.b64decode(message["response_message"]),
        dns.name.from_text(message["query_zone"]).to_wire(),
        0,
    )
