"""What a subscriber is made of, by where its broker publishes: on a socket, or to a stream of NATS."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Literal, NamedTuple

from typing_extensions import TypedDict

from nxcast.consumers.client.position import Position
from nxcast.consumers.client.reception import Reception
from nxcast.consumers.client.session import Intake
from nxcast.schemas.curve import ClientKey
from nxcast.transport.ends import MakeSubscriberEnd, SubscriberEnd

__all__ = ["Beginning", "Engine", "over_sockets", "over_stream"]


class Beginning(TypedDict):
    """What the account of a subscriber begins with."""

    since: float | datetime | None
    position: Position | None
    validate: bool
    canaries: bool


class Engine(NamedTuple):
    """The account, what is done next, and the connection."""

    intake: Intake
    reception: Reception
    connection: SubscriberEnd


def over_sockets(
    broker: str,
    topics: Sequence[str],
    begin: Beginning,
    *,
    transport: MakeSubscriberEnd,
    key: ClientKey | None,
    replay: str | Literal[False] | None,
    now: float,
) -> Engine:
    """Over ZeroMQ, or another transport of its form. ValueError for endpoints that can't be used."""
    intake = Intake(
        topics,
        **begin,
        now=now,
        keyed=key is not None,
        told_egress=None if key is None else key.egress,
    )
    reception = Reception(intake, broker, replay=replay, key=key, now=now)
    connection = transport(broker, topics, key)
    if isinstance(replay, str):
        try:
            connection.open_requests(replay)
        except ValueError:
            connection.close()
            raise
    return Engine(intake, reception, connection)


def over_stream(
    broker: str,
    topics: Sequence[str],
    begin: Beginning,
    *,
    key: ClientKey | None,
    now: float,
    now_ns: int,
) -> Engine:
    """From a stream; `now_ns` is the time. ProgramError without nats-py."""
    # Here: only who wants it needs nats-py.
    from nxcast.consumers.client.stream_session import StreamIntake, StreamReception
    from nxcast.transport.nats.stream_reader import StreamReader

    intake = StreamIntake(topics, **begin, now=now, now_ns=now_ns)
    reader = StreamReader(broker, topics, key, start=intake.start)
    return Engine(intake, StreamReception(intake, broker, lambda: reader.unknown, now=now), reader)
