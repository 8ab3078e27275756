"""All that a broker counts, at one moment: what its metrics are made from.

The loop takes it each second, between two messages, so the numbers agree with one another. Nothing of it
changes afterwards, so any thread may read it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from nxcast.broker.ledger import SensorTotals
from nxcast.broker.log.interface import Log
from nxcast.schemas.records import Counters, LogStatus, TopicStatus
from nxcast.telemetry.histogram import Snapshot

__all__ = ["Account", "Stored", "log_status"]


class Stored(NamedTuple):
    """What the log holds, and whether it takes no more."""

    octets: int
    octets_max: int
    messages: int
    oldest_ns: int | None  # about when its oldest message was published, None: it is empty
    stuck: bool


class Account(NamedTuple):
    """Times are nanoseconds since 1970-01-01 UTC."""

    time_ns: int
    counters: Counters
    sensors: Mapping[str, SensorTotals]  # by name, or OTHERS
    sensors_kept: int
    sensors_forgotten: int
    topics: Mapping[str, TopicStatus]
    batch_frames: Snapshot
    message_records: Snapshot
    publication_delay_s: Snapshot
    subscriptions: Mapping[str, int]  # by prefix
    connections: Mapping[str, int]  # by socket
    connections_cut: Mapping[str, int]  # by socket and why
    stored: Stored


def log_status(log: Log, stuck: str | None) -> LogStatus:
    """What a Status tells of the log; `stuck`: why it takes nothing."""
    return {
        "kept": log.kept,
        "octets": log.octets,
        "octets_max": log.octets_max,
        "oldest_ns": log.oldest_ns,
        "epochs": len(log.past) + 1,
        "stuck": stuck,
    }
