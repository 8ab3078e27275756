"""nxcast-consume channels: list what the broker publishes, how fast, and who is connected."""

from __future__ import annotations

import argparse
from dataclasses import asdict, dataclass
from time import monotonic

from nxcast.consumers.client.subscriber import Subscriber
from nxcast.consumers.show.console import (
    CommandError,
    add_broker,
    add_format,
    add_replay_endpoint,
    await_broker,
    connect,
    say,
)
from nxcast.consumers.show.json_lines import json_line
from nxcast.consumers.show.who_is_connected import (
    UnknownError,
    connections_json,
    connections_text,
    who_is_connected,
)
from nxcast.process.standard_streams import show
from nxcast.schemas.records import Status
from nxcast.schemas.topics import (
    ANSWERS,
    CHANNELS,
    DNS_ERRORS,
    MALFORMED,
    NXDOMAIN,
    SERVERS,
    STATUS,
    channel_of,
)
from nxcast.schemas.units import SECOND_NS
from nxcast.telemetry.printable import printable

__all__ = ["Row", "add_parser", "rows", "run", "two_statuses"]

SPAN_NS = 900_000_000  # nanoseconds between two statuses that a rate is taken from; they come each second
SECOND_STATUS_S = 5.0  # seconds to wait for the later one

_SCHEMAS = {
    DNS_ERRORS: "DnsError",
    NXDOMAIN: "Nxdomain",
    ANSWERS: "Answer",
    MALFORMED: "Malformed",
    SERVERS: "ServerAnswers",
    STATUS: "Status",
}

_EXAMPLES = """\
examples:
  nxcast-consume channels                channels, and the topics that have had a message
  nxcast-consume channels --format json  one object a line

columns: topic; schema of its records; records a second, over the last second; records and last sequence
since the broker started. Takes one to two seconds.

Then who is connected, those first that are furthest behind: to which socket, name of the key and address,
how many connections, since when, and
  waiting  octets that the broker's kernel has for it and its machine has not taken; at the ingress, that
           came of it and the broker has not read. A consumer that stands still shows here once what its own
           machine has for it is full, some MB; of more than that the broker holds --high-water-mark messages
  stalled  for how long it has taken less than a message, though some wait; after 30 s it is cut off
Where the broker has keys, you see the connections of your own key, and all if its rights say so.
"""


def add_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command to nxcast-consume."""
    parser = commands.add_parser(
        "channels",
        help="list channels and topics with their rates, and who is connected",
        description="List channels and topics: schema, records a second, records, last sequence, "
        "and who is connected.",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add_format(parser)
    add_broker(parser)
    add_replay_endpoint(parser)
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """List them; the exit status."""
    with connect([STATUS], args) as subscriber:
        earlier, later = two_statuses(subscriber, await_broker(subscriber))
    listed = rows(earlier, later)
    json = args.format == "json"
    lines = [json_line(asdict(row)) for row in listed] if json else [_HEADING, *map(_line, listed)]
    try:
        found = who_is_connected(args.broker, later, args.replay, args.key)
    except UnknownError as error:
        say(f"who is connected is not known: {error}")
    else:
        lines += connections_json(found) if json else connections_text(found, later["time_ns"])
    show("".join(f"{printable(line)}\n" for line in lines))
    return 0


@dataclass(frozen=True, slots=True)
class Row:
    """A channel, summed over its topics, or a topic below one."""

    topic: str
    record: str  # name of the schema
    records_per_second: float
    records: int  # since the broker started
    sequence: int | None  # of the last message; None for a channel that has topics


def rows(earlier: Status, later: Status) -> list[Row]:
    """Channels in the order of the contract, each followed by its topics; statuses are of one epoch."""
    listed = []
    for channel in CHANNELS:
        topics = sorted(topic for topic in later["topics"] if channel_of(topic) == channel)
        listed.append(_row(channel, topics, earlier, later))
        listed += [_row(topic, [topic], earlier, later) for topic in topics if topic != channel]
    return listed


def _row(topic: str, summed: list[str], earlier: Status, later: Status) -> Row:
    records = sum(later["topics"][each]["records"] for each in summed)
    before = sum(earlier["topics"][each]["records"] for each in summed if each in earlier["topics"])
    span_s = (later["time_ns"] - earlier["time_ns"]) / SECOND_NS
    own = later["topics"].get(topic)
    return Row(
        topic=topic,
        record=_SCHEMAS[channel_of(topic) or ""],
        records_per_second=round((records - before) / span_s, 1),
        records=records,
        sequence=own["sequence"] if own else None,
    )


def two_statuses(subscriber: Subscriber, first: Status) -> tuple[Status, Status]:
    """Two statuses of one epoch, a second apart; others' subscriptions may bring more in between.

    CommandError where none comes in time, or their clock stands still.
    """
    earlier = later = first
    until = monotonic() + SECOND_STATUS_S
    while later["time_ns"] - earlier["time_ns"] < SPAN_NS:
        try:
            later = subscriber.receive(until - monotonic()).records[-1]
        except TimeoutError as error:
            raise CommandError(f"{subscriber.broker} sends no second status") from error
        if monotonic() > until:
            raise CommandError(f"the statuses of {subscriber.broker} have a clock that stands still")
        if later["epoch"] != earlier["epoch"]:
            earlier = later
    return earlier, later


_HEADING = f"{'topic':24} {'record':13} {'records/s':>12} {'records':>15} {'sequence':>12}"


def _line(row: Row) -> str:
    sequence = "-" if row.sequence is None else row.sequence
    indented = row.topic if row.topic in CHANNELS else f"  {row.topic}"
    return f"{indented:24} {row.record:13} {row.records_per_second:12,.1f} {row.records:15,} {sequence:>12}"
