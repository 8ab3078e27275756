"""ZeroMQ endpoints as nmsgtool writes them."""

from __future__ import annotations

import pytest

from nxcast.schemas.nmsg.endpoint import NmsgEndpoint, parse_endpoint


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("tcp://h:1,accept", ("tcp://h:1", True, True)),
        ("tcp://h:1,connect", ("tcp://h:1", False, True)),
        ("tcp://h:1,connect,pushpull", ("tcp://h:1", False, False)),
        ("ipc:///run/X,PUSHPULL,Accept", ("ipc:///run/X", True, False)),
        ("tcp://h:1,pubsub,connect", ("tcp://h:1", False, True)),
    ],
)
def test_words_come_in_any_order_and_case(text: str, expected: tuple[str, bool, bool]) -> None:
    assert parse_endpoint(text, accept=True) == parse_endpoint(text, accept=False) == NmsgEndpoint(*expected)


@pytest.mark.parametrize("accept", [True, False])
def test_the_side_that_nobody_names_is_the_callers(accept: bool) -> None:
    assert parse_endpoint("tcp://h:1", accept=accept) == NmsgEndpoint("tcp://h:1", accept, True)
    assert parse_endpoint("tcp://h:1,pushpull", accept=accept) == NmsgEndpoint("tcp://h:1", accept, False)


@pytest.mark.parametrize(
    "text", ["h:1", "", "tcp://h:1,", "tcp://h:1,bind", "tcp://h:1,connect,accept", "tcp://h:1,pubsub,pubsub"]
)
def test_anything_else_is_refused_with_the_right_form(text: str) -> None:
    with pytest.raises(ValueError, match=r"write it as tcp://HOST:PORT,connect\|accept,pubsub\|pushpull"):
        parse_endpoint(text, accept=True)
