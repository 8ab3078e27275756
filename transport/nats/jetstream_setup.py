"""Streams made where there are none, and checked where there are: nothing that is there is ever changed."""

from __future__ import annotations

import asyncio
import json
import urllib.error
import urllib.request
from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from nxcast.process.ending import reason
from nxcast.schemas.units import SECOND_NS
from nxcast.transport.endpoints import shown
from nxcast.transport.nats.jetstream_layout import (
    MESSAGE_MAX,
    SERVERS_SUBJECT,
    STREAM,
    TAKERS,
    WORK,
    channel_stream,
    differences,
    has_servers,
    work_consumer,
    work_stream,
)
from nxcast.transport.nats.jetstream_rights import Part, part_stream
from nxcast.transport.nats.nats_connection import ApiError, Client, StreamError, ask, connect, disconnect

__all__ = ["check_stream", "check_work", "make_parts", "set_up", "synced_always", "take_part"]

NO_SUCH_STREAM = 10059
NO_SUCH_CONSUMER = 10014
MONITOR_S = 10.0  # seconds for an answer of a server's monitoring port
MONITOR_MAX = 1 << 20  # octets of it that are read


def set_up(endpoint: str, *streams: Mapping[str, Any], secret: str | None = None) -> list[str]:
    """Make each stream, unless there is one that is as wanted; what was done. Raises StreamError.

    `secret`: as `connect` has it.
    """
    return asyncio.run(_set_up(endpoint, streams, secret))


async def _set_up(endpoint: str, streams: Sequence[Mapping[str, Any]], secret: str | None) -> list[str]:
    client = await connect(endpoint, "nxcast-broker nats setup", secret=secret, patient=False)
    try:
        _check_payload(client, endpoint)
        done = [await _made(client, wanted) for wanted in streams]
        if WORK in (wanted["name"] for wanted in streams):
            await take_part(client)
        return done
    finally:
        await disconnect(client)


def make_parts(endpoint: str, parts: Collection[Part], secret: str | None) -> list[str]:
    """Make the stream of each, as `set_up` does."""
    return asyncio.run(_make_parts(endpoint, parts, secret))


async def _make_parts(endpoint: str, parts: Collection[Part], secret: str | None) -> list[str]:
    client = await connect(endpoint, "nxcast-broker nats users", secret=secret, patient=False)
    try:
        whole = (await _info(client, endpoint, STREAM))["config"]
        return [await _made(client, part_stream(part, whole), sizes=False) for part in parts]
    finally:
        await disconnect(client)


async def _made(client: Client, wanted: Mapping[str, Any], *, sizes: bool = True) -> str:
    name = wanted["name"]
    try:
        found = (await ask(client, f"STREAM.INFO.{name}"))["config"]
    except ApiError as error:
        if error.code != NO_SUCH_STREAM:
            raise StreamError(f"can't look at the stream {name}: {error}") from error
        try:
            found = (await ask(client, f"STREAM.CREATE.{name}", _beginning_now(wanted)))["config"]
        except ApiError as refusal:
            raise StreamError(f"can't make the stream {name}: {refusal}") from refusal
        _refuse(name, differences(found, wanted, sizes=sizes))
        return f"stream {name} made"
    _refuse(name, differences(found, wanted, sizes=sizes))
    return f"stream {name} is there, and as it should be"


def _beginning_now(wanted: Mapping[str, Any]) -> Mapping[str, Any]:
    """A mirror begins with what comes now: it would be filled with all that there is before that goes."""
    if "mirror" not in wanted:
        return wanted
    return {**wanted, "mirror": {**wanted["mirror"], "opt_start_time": datetime.now(UTC).isoformat()}}


async def check_stream(client: Client, endpoint: str, *, servers: bool) -> dict[str, Any]:
    """What the server tells of our stream, once it is one that a broker can use; raises StreamError.

    Without `servers` it may be one that was made before there was that channel.
    """
    _check_payload(client, endpoint)
    info = await _info(client, endpoint, STREAM)
    age_s = info["config"]["max_age"] // 1_000_000_000
    wanted = channel_stream(replicas=1, octets_max=0, age_s=age_s)
    if not servers and not has_servers(info["config"]):
        wanted["subjects"].remove(SERVERS_SUBJECT)
    _refuse(STREAM, differences(info["config"], wanted, sizes=False))
    return info


async def check_work(client: Client, endpoint: str) -> float:
    """Look whether the work queue is one that brokers can share; raises StreamError.

    Seconds after which a batch goes to another broker, unless the one that has it says that it is at it.
    """
    info = await _info(client, endpoint, WORK)
    _refuse(WORK, differences(info["config"], work_stream(replicas=1, octets_max=0), sizes=False))
    return float((await take_part(client))["ack_wait"]) / SECOND_NS


async def take_part(client: Client) -> dict[str, Any]:
    """The consumer that all brokers share, made unless it is there; raises StreamError where it differs."""
    wanted = work_consumer()
    try:
        found = (await ask(client, f"CONSUMER.INFO.{WORK}.{TAKERS}"))["config"]
    except ApiError as error:
        if error.code != NO_SUCH_CONSUMER:
            raise StreamError(f"can't look at the consumer {TAKERS} of {WORK}: {error}") from error
        body = {"stream_name": WORK, "config": wanted, "action": "create"}
        try:
            found = (await ask(client, f"CONSUMER.CREATE.{WORK}.{TAKERS}", body))["config"]
        except ApiError as refusal:
            raise StreamError(f"can't make the consumer {TAKERS} of {WORK}: {refusal}") from refusal
    _refuse(f"{WORK}, or its consumer {TAKERS},", differences(found, wanted, sizes=False))
    return dict(found)


async def _info(client: Client, endpoint: str, name: str) -> dict[str, Any]:
    try:
        return await ask(client, f"STREAM.INFO.{name}")
    except ApiError as error:
        raise StreamError(
            f"{shown(endpoint)} has no stream {name} ({error}): `nxcast-broker nats setup "
            f"{shown(endpoint)}` makes it"
        ) from error


def synced_always(monitor: str) -> bool:
    """Whether a server stores to the device before it says so, by its monitoring port; raises StreamError."""
    url = f"{monitor.rstrip('/')}/jsz"
    if not url.startswith(("http://", "https://")):
        raise StreamError(f"{monitor} is no address of a monitoring port, such as http://127.0.0.1:8222")
    try:
        with urllib.request.urlopen(url, timeout=MONITOR_S) as answer:  # noqa: S310  its scheme was looked at
            told = json.loads(answer.read(MONITOR_MAX))
    except (OSError, ValueError) as error:
        why = error.reason if isinstance(error, urllib.error.URLError) else error
        text = reason(why) if isinstance(why, Exception) else str(why)
        raise StreamError(f"can't ask {url}: {text}; --monitor names the server's http_port") from error
    config = told.get("config") if isinstance(told, dict) else None
    return isinstance(config, dict) and config.get("sync_always") is True


def _check_payload(client: Client, endpoint: str) -> None:
    if client.max_payload < MESSAGE_MAX:
        raise StreamError(
            f"{shown(endpoint)} takes messages of {client.max_payload} octets at most: "
            f"set max_payload to {MESSAGE_MAX}, its default"
        )


def _refuse(name: str, unlike: list[str]) -> None:
    if unlike:
        raise StreamError(
            f"the stream {name} differs: {'; '.join(unlike)}. Nothing was changed: `nats stream edit {name}` "
            "changes what can be changed, or give the sizes that it has"
        )
