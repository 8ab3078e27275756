"""docs/memory.md, made from the constants: `python -m tests.docs.memory_page > docs/memory.md` renews it."""

from __future__ import annotations

import importlib
from typing import NamedTuple

MIB = 1 << 20


class Bound(NamedTuple):
    """A store; `worst` is an expression over its module's constants, in octets."""

    store: str
    module: str
    constants: tuple[str, ...]
    unit: str
    worst: str
    why: str


PROGRAMS: dict[str, list[Bound]] = {
    "`nxcast-produce pcap`": [
        Bound(
            "fragments of IP datagrams",
            "producers.pcap.fragments",
            ("OCTETS_MAX", "DATAGRAM_COST", "FRAGMENT_COST"),
            "octets, with the cost of each datagram and fragment",
            "OCTETS_MAX",
            "1,024 datagrams of 16 KiB; the oldest goes",
        ),
        Bound(
            "queries and answered ones",
            "producers.pcap.pairing",
            ("GENERATION_MAX", "ENTRY_COST"),
            "octets a generation, of two",
            "2 * GENERATION_MAX",
            "65,536 queries of 112 octets each; the older generation goes",
        ),
        Bound(
            "addresses looked up in `--resolver`",
            "producers.pcap.pairing",
            ("ADDRESSES_KEPT",),
            "addresses, 150 octets each",
            "150 * ADDRESSES_KEPT",
            "the one unused for longest goes",
        ),
        Bound(
            "TCP streams",
            "producers.pcap.tcp_streams",
            ("OCTETS_MAX", "AHEAD_MAX", "STREAM_COST", "SEGMENT_COST"),
            "octets of all, and behind the holes of one",
            "OCTETS_MAX",
            "65,536 idle streams; the one idle for longest goes",
        ),
        Bound(
            "a block of a capture file",
            "producers.pcap.capture_files",
            ("BLOCK_MAX", "PACKET_MAX"),
            "octets",
            "2 * BLOCK_MAX",
            "once as it comes, once in one piece; a larger one ends the file",
        ),
        Bound(
            "the window of a compressed file",
            "producers.pcap.compressed",
            ("WINDOW_MAX", "PIECE"),
            "octets",
            "WINDOW_MAX + PIECE",
            "xz -9 takes 65 MiB, others a tenth; what wants more is refused",
        ),
        Bound(
            "addresses that were not taken",
            "producers.pcap.traffic",
            ("ADDRESSES_MAX",),
            "addresses, 150 octets each",
            "150 * ADDRESSES_MAX",
            "the first are counted; told at the end",
        ),
    ],
    "`nxcast-produce dnstap`": [
        Bound(
            "frames in the making",
            "producers.dnstap.listener",
            ("UNFINISHED_MAX", "CONNECTIONS_MAX"),
            "octets of all connections",
            "UNFINISHED_MAX",
            "the connection that goes over it is closed",
        ),
        Bound(
            "denials (`--questions`)",
            "producers.dnstap.denials",
            ("DENIALS_MAX",),
            "names, at worst 2.5 KiB each",
            "2560 * DENIALS_MAX",
            "the older half goes",
        ),
        Bound(
            "answers that wait (`--questions`)",
            "producers.dnstap.question_join",
            ("HELD_MAX",),
            "answers, at worst 1.3 KiB each",
            "1331 * HELD_MAX",
            "the oldest goes on early",
        ),
        Bound(
            "the negative cache (`--questions`)",
            "producers.dnstap.question_join",
            ("ASKED_MAX",),
            "questions, at worst 510 octets each",
            "510 * ASKED_MAX",
            "the older half goes",
        ),
        Bound(
            "zones (`--questions`)",
            "producers.dnstap.question_join",
            ("ZONES_MAX",),
            "zones, at worst 400 octets each",
            "400 * ZONES_MAX",
            "the older half goes",
        ),
    ],
    "`nxcast-produce nmsg`": [
        Bound(
            "containers in fragments",
            "schemas.nmsg.reassembly",
            ("WAITING_MAX", "INCOMPLETE_MAX"),
            "octets, and containers",
            "WAITING_MAX",
            "four of the largest containers; the oldest goes, of the sender with the most",
        ),
        Bound(
            "a container once inflated",
            "schemas.nmsg.container",
            ("INFLATED_MAX",),
            "octets",
            "INFLATED_MAX",
            "as much as a broker takes in one message",
        ),
        Bound(
            "outputs heard of",
            "schemas.nmsg.numbering",
            ("STREAMS_MAX",),
            "outputs, 300 octets each",
            "300 * STREAMS_MAX",
            "the one silent longest goes",
        ),
    ],
    "every producer, on the way to the broker": [
        Bound(
            "batches not acknowledged, of files",
            "producers.pusher",
            ("HELD_OCTETS",),
            "octets",
            "HELD_OCTETS",
            "reading waits",
        ),
        Bound(
            "with a work queue of NATS: copies of those of which it is not known whether they are stored",
            "transport.nats.work_producer",
            ("UNDER_WAY_OCTETS",),
            "octets, and one batch more",
            "UNDER_WAY_OCTETS",
            "they wait",
        ),
    ],
    "`nxcast-broker`": [
        Bound(
            "messages that wait for their sender's turn",
            "broker.fair_queue",
            ("WAITING_MAX",),
            "octets",
            "WAITING_MAX",
            "who has the most waiting is refused; two of our producers' windows, and more; a message over "
            "1 MiB counts a quarter of it more while it is under way, one at a time",
        ),
        Bound(
            "senders remembered",
            "broker.fair_queue",
            ("SENDERS_MAX",),
            "senders, 1 KiB each",
            "1024 * SENDERS_MAX",
            "the one silent longest goes",
        ),
        Bound(
            "with an egress of NATS: messages that are not stored yet",
            "transport.nats.stream_publisher",
            ("QUEUE_OCTETS_MAX",),
            "octets, and one commit more",
            "QUEUE_OCTETS_MAX",
            "producers wait",
        ),
        Bound(
            "with `servers`: servers and zones that answered well, of a minute",
            "broker.served_minutes",
            ("PAIRS_MAX", "OCTETS_MAX"),
            "pairs, 140 octets each besides those of address and zone, without the kernel; of this minute, "
            "and of the one that is being told",
            "2 * (140 * PAIRS_MAX + OCTETS_MAX)",
            "answers of others are counted, and not told",
        ),
        Bound(
            "numbers of producers' batches",
            "broker.arrivals",
            ("NUMBERINGS_MAX",),
            "producers, at worst 64 ranges of 150 octets each",
            "(500 + 64 * 150) * NUMBERINGS_MAX",
            "the one silent longest goes",
        ),
        Bound(
            "producers of whose batches some were refused",
            "broker.arrivals",
            ("REFUSED_MAX",),
            "producers, 300 octets each",
            "300 * REFUSED_MAX",
            "the one refused first goes, and sends again later",
        ),
        Bound(
            "accounts of sensors",
            "broker.ledger",
            ("SENSORS_MAX",),
            "sensors, 1 KiB each",
            "1024 * SENSORS_MAX",
            "the one silent longest goes, and is counted",
        ),
        Bound(
            "containers in fragments",
            "schemas.nmsg.reassembly",
            ("WAITING_MAX",),
            "octets",
            "WAITING_MAX",
            "the oldest goes",
        ),
        Bound(
            "texts of addresses",
            "broker.derivation.derive",
            ("ADDRESSES_KEPT",),
            "addresses, 200 octets each",
            "200 * ADDRESSES_KEPT",
            "the one unused for longest goes",
        ),
        Bound(
            "keys",
            "schemas.client_rights",
            ("CLIENTS_MAX",),
            "clients, 2 KiB each",
            "2048 * CLIENTS_MAX",
            "a longer file is refused",
        ),
    ],
    "`nxcast-consume serve`": [
        Bound(
            "connections",
            "consumers.serve.http_connections",
            ("CONNECTIONS_MAX", "OUTGOING_MAX"),
            "connections, with a request and an answer",
            "CONNECTIONS_MAX * ((64 << 10) + OUTGOING_MAX)",
            "for one more the one silent longest is closed; who is slow is closed too",
        ),
        Bound(
            "pieces of answers in the making",
            "consumers.serve.streaming",
            ("QUERIES_MAX", "SLICE_OCTETS"),
            "queries, with a piece and an RRset of 64 KiB as text",
            "QUERIES_MAX * (SLICE_OCTETS + (400 << 10))",
            "503",
        ),
        Bound(
            "results of a search that are told apart",
            "consumers.serve.flexible",
            ("SEEN_MAX",),
            "results, 80 octets each, of 32 queries",
            "32 * 80 * SEEN_MAX",
            "`limited`",
        ),
        Bound(
            "RDATA merged over RRsets",
            "consumers.store.lookups",
            ("MERGED_MAX", "ROW_COST"),
            "octets, with the cost of each, of 32 queries",
            "32 * MERGED_MAX",
            "given in two parts",
        ),
        Bound(
            "compiled patterns",
            "consumers.serve.matching",
            ("PROGRAM_MAX",),
            "octets, two of each of 32 queries",
            "32 * 2 * PROGRAM_MAX",
            "400",
        ),
        Bound(
            "pages in Common Output Format",
            "consumers.serve.cof",
            ("PAGE_OCTETS",),
            "octets, twice while they are put together, of 32 queries",
            "32 * 2 * PAGE_OCTETS",
            "the rest is the next page",
        ),
        Bound(
            "a name's history",
            "consumers.serve.history",
            ("ROWS_MAX", "OCTETS_MAX"),
            "rows, 500 octets each, and octets of RDATA, of 32 queries",
            "32 * (500 * ROWS_MAX + OCTETS_MAX)",
            "`limited`",
        ),
    ],
    "the streams of `nxcast-consume serve`": [
        Bound(
            "what comes, on its way to the loop",
            "consumers.serve.live_hub",
            ("HANDED_MAX", "HAND_OCTETS"),
            "lists under way and one gathered, octets each with their JSON",
            "(HANDED_MAX + 1) * HAND_OCTETS",
            "the subscriber waits; what overflows is fetched from the broker's log",
        ),
        Bound(
            "what waits for a status",
            "consumers.serve.event_streams",
            ("HELD_MAX",),
            "octets with their JSON",
            "HELD_MAX",
            "given without ids",
        ),
        Bound(
            "what readers have before them",
            "consumers.serve.event_streams",
            ("SELECTIONS_MAX", "BEHIND_MAX", "READERS_MAX"),
            "selections, octets of each for all its readers",
            "SELECTIONS_MAX * BEHIND_MAX",
            "the reader is closed and told",
        ),
        Bound(
            "what was before",
            "consumers.serve.event_streams",
            ("PAST_MAX",),
            "readers that are given it, 16 messages of 100 topics of 5 KB each",
            "PAST_MAX * (8 << 20)",
            "others wait",
        ),
        Bound(
            "texts of values that come again",
            "consumers.show.json_lines",
            ("VALUES_KEPT",),
            "of each of nine fields, at worst 400 octets",
            "9 * 400 * VALUES_KEPT",
            "the one unused for longest goes",
        ),
    ],
    "the page of `nxcast-consume serve`, besides its questions": [
        Bound(
            "records that wait for the next picture",
            "consumers.serve.page_feed",
            ("WAITING_MAX",),
            "octets with their JSON",
            "WAITING_MAX",
            "not counted, and told",
        ),
        Bound(
            "failures by RCODE and time",
            "consumers.page.failure_rates",
            ("RCODES_MAX",),
            "RCODEs in each of 2,040 buckets, 100 octets each",
            "100 * 2040 * (RCODES_MAX + 1)",
            "later RCODEs count as one",
        ),
        Bound(
            "zones, and servers",
            "consumers.page.busiest",
            ("KEPT",),
            "of each, seen once and as many seen again, at worst 6 KiB each",
            "2 * 2 * 6144 * KEPT",
            "what failed once gives way first",
        ),
        Bound(
            "the latest records",
            "consumers.page.recent_records",
            ("RECORDS_MAX", "OCTETS_MAX"),
            "records, at worst 4 KiB each, and octets of their messages",
            "4096 * RECORDS_MAX + OCTETS_MAX",
            "the oldest go",
        ),
        Bound(
            "alerts",
            "consumers.page.findings_board",
            ("ALERTS_MAX",),
            "alerts, at worst 32 KiB each",
            "(32 << 10) * ALERTS_MAX",
            "the oldest goes",
        ),
        Bound(
            "the same for clients that may read less",
            "consumers.serve.page_feeds",
            ("LESS_MAX",),
            "pictures, 79 MiB each besides what waits, which is the same",
            "(79 << 20) * LESS_MAX",
            "the one without readers for a minute gives way, else 503",
        ),
    ],
    "what questions know of names, in one process": [
        Bound(
            "names with their registrable domains",
            "consumers.names.domains",
            ("CACHED", "CACHED_SUFFIXES"),
            "names of 254 characters at most, and suffixes, at worst 830 and 1,024 octets each",
            "830 * CACHED + 1024 * CACHED_SUFFIXES",
            "the one unused for longest goes",
        ),
        Bound(
            "what a blocklist was asked about",
            "consumers.questions.dnsbl.subjects",
            ("CACHED",),
            "parts of names, at worst 1,000 octets each",
            "1000 * CACHED",
            "the same",
        ),
        Bound(
            "zones as they came, and folded",
            "consumers.questions.causes.causes_question",
            ("ZONES_CACHED",),
            "zones, at worst 2.5 KiB each",
            "2560 * ZONES_CACHED",
            "the same",
        ),
        Bound(
            "the one server, sensor or zone that most names have",
            "consumers.questions.loop.look_ups",
            ("CACHED",),
            "texts, at worst 1,000 octets each",
            "1024 * CACHED",
            "the same",
        ),
        Bound(
            "texts that are counted once, with their hashes",
            "consumers.questions.loop.distinct",
            ("CACHED",),
            "texts, at worst 1.3 KiB each",
            "1331 * CACHED",
            "the same",
        ),
        Bound(
            "labels, and how random they look",
            "consumers.questions.dga.lexical",
            ("CACHED",),
            "labels, at worst 700 octets each",
            "700 * CACHED",
            "the same",
        ),
        Bound(
            "what stands before a zone, and its form",
            "consumers.questions.dnsbl.unknown",
            ("CACHED",),
            "parts of names, at worst 2.5 KiB each",
            "2560 * CACHED",
            "the same",
        ),
    ],
    "`nxcast-consume store`": [
        Bound(
            "rows to be written",
            "consumers.store.gathering",
            ("ROWS_MAX", "OCTETS_MAX"),
            "rows, 600 octets each, and octets of their keys",
            "600 * ROWS_MAX + OCTETS_MAX",
            "written early",
        ),
        Bound(
            "names and addresses remembered",
            "consumers.store.observation",
            ("CACHED",),
            "of each, at worst 1.5 KiB",
            "2 * 1536 * CACHED",
            "the one unused for longest goes",
        ),
        Bound(
            "names as keys have them, and what keys begin with",
            "consumers.store.rows",
            ("CACHED",),
            "of each, at worst 700 octets and 1.2 KB",
            "(700 + 1200) * CACHED",
            "the one unused for longest goes",
        ),
        Bound(
            "RocksDB",
            "consumers.store.engine",
            ("MEMTABLE_OCTETS", "CACHE_OCTETS"),
            "octets of two tables in memory, and of blocks read",
            "2 * MEMTABLE_OCTETS + CACHE_OCTETS",
            "written to files; the block unused for longest goes",
        ),
        Bound(
            "rows to be deleted",
            "consumers.store.database",
            ("DELETE_ROWS", "DELETE_OCTETS"),
            "rows, 500 octets each, and octets, some five times with their index rows",
            "500 * DELETE_ROWS + 5 * DELETE_OCTETS",
            "deleted so many at a time",
        ),
    ],
    "`nxcast-consume ask`": [
        Bound(
            "one's own domains (`lookalikes`)",
            "consumers.ask.lookalike_domains",
            ("MINE_MAX",),
            "domains, at worst 20 KiB each",
            "20480 * MINE_MAX",
            "refused; of ordinary length they take a fifth",
        ),
        Bound(
            "servers that fail (`lame`)",
            "consumers.ask.own_zones",
            ("PAIRS_MAX",),
            "servers by zone, 600 octets each",
            "600 * PAIRS_MAX",
            "refused",
        ),
        Bound(
            "names that records lead to (`dangling`)",
            "consumers.ask.own_zones",
            ("TARGETS_CACHED",),
            "names, at worst 1 KiB each",
            "1024 * TARGETS_CACHED",
            "the one unused for longest goes",
        ),
    ],
    "a subscriber": [
        Bound(
            "messages in its socket",
            "transport.zeromq.subscriber_end",
            ("RECEIVE_MAX",),
            "messages, at most 64 KiB each",
            "(64 << 10) * RECEIVE_MAX",
            "then the broker's queue fills, and what is lost is told",
        ),
        Bound(
            "batches before the first status",
            "consumers.client.subscriber",
            ("READY_MAX",),
            "batches, at most 64 KiB each",
            "(64 << 10) * READY_MAX",
            "20 ms' worth",
        ),
        Bound(
            "what waits for the first status, where something is missing by then",
            "consumers.client.repair",
            ("HELD_MAX",),
            "batches, at most 64 KiB each",
            "(64 << 10) * HELD_MAX",
            "passed over, and asked for with what else is missing",
        ),
        Bound(
            "topics accounted for",
            "consumers.client.gap_detection",
            ("TOPICS_MAX",),
            "topics, 200 octets each",
            "200 * TOPICS_MAX",
            "one too many is not accounted for",
        ),
    ],
}

# What an ingress of ZeroMQ has, and a work queue not.
_SOCKETS = "broker.fair_queue", "schemas.nmsg.reassembly"
PROGRAMS["`nxcast-broker --ingress nats://HOST:4222`, with others at a work queue"] = [
    Bound(
        "batches held, and those on their way",
        "transport.nats.work_pull",
        ("HELD_OCTETS", "PULL_OCTETS"),
        "octets; what they give is there beside them, until it is stored",
        "HELD_OCTETS + PULL_OCTETS",
        "no more are asked for",
    ),
    *[bound for bound in PROGRAMS["`nxcast-broker`"] if bound.module not in _SOCKETS],
]

HEAD = """\
# Memory

What strangers can make grow is bounded, and each bound counts what an entry takes besides its octets. Here
are the stores of each program with the constants that bound them, as `MODULE.CONSTANT` of `nxcast`;
`tests/test_bounds.py` holds them to it with random input. The worst is what a hostile network could reach, in
all stores at once. A program by itself takes 30 to 50 MB, and ordinary traffic fills little of this: 'Sizing'
in [operations.md](operations.md#sizing). What the broker published is on its disk, in memory only where
`log = none` (`log_bytes`); what waits for subscribers is part of `memory_max`. Questions
(`nxcast-consume spamtrap` and its like) keep to 200 MB each, see [consumers.md](consumers.md).

<a id="memory_max"></a>**`memory_max`** of the broker, 512 MiB, is for all that is on its way, and is shared
out by fixed parts of sixteen: 5 for messages that wait for their sender's turn (the first line of its
table), 3 for what libzmq has of producers' messages, 5 for messages to subscribers, 3 for answers that
askers have not taken. The number of connections has a limit by that: 1,024 producers, 512 subscribers and
1,536 askers. Who comes beyond is cut off, who has said nothing for five seconds first. Who takes less than
64 KiB in 30 s, though something waits, is cut off too. The kernel tells both, by connection: octets that
the other end has acknowledged, and octets that came and libzmq has read. One connection may have more
waiting than its part, up to `high_water_mark`, until the process has much of `memory_max` (what a log in
memory has is not counted), which is looked at 50 times a second, also while the disk stands still:

- from a quarter on, producers of large messages wait for room. The kernel takes no more of them, so nothing
  is lost, and those go on, one second each and in their order, whose messages fit below three quarters once
  they are whole. Who has 64 KiB or less in libzmq never waits (900 KiB, where fifty producers are there).
  Where nobody could go on though all that is whole was read, the one with the most is cut off.
- from three quarters on, who has taken less than 64 KiB in two seconds is cut off, and producers that connect
  wait at the door: their kernel tries again each second or more.
- from seven eighths on, which should not be, producers are cut off that have the most in libzmq.

The kernel's own memory is beside that: of each subscriber and asker what is on its way, and 128 KiB that the
other end has no room for yet (without that limit 2 MB of each of 300 subscribers that read nothing, 603 MB).

libzmq's thread reads up to 1.5 GB/s here, so 30 MB may come from one look to the next. A message of 1 MiB or
more has pages of its own, which go back to the system when it is done with; of what else is free up to 16 MiB
at the heap's end stay with the process. Over `ipc://` the kernel tells none of this: there the number of
connections is limited, and nothing else.

This page is made by `python -m tests.docs.memory_page`; a test holds it to the constants.
"""
TABLE = "| store | bound | unit | worst | beyond it, and why so many |\n|---|---|---|---|---|\n"


def octets(bound: Bound) -> int:
    """The worst of a store."""
    module = importlib.import_module(f"nxcast.{bound.module}")
    return int(eval(bound.worst, vars(module)))  # noqa: S307  an expression of this file


def page() -> str:
    """The whole text."""
    parts = [HEAD]
    for program, bounds in PROGRAMS.items():
        rows = [_row(bound) for bound in bounds]
        total = sum(octets(bound) for bound in bounds) / MIB
        title = f"{program[0].upper()}{program[1:]}"
        parts.append(f"\n## {title}\n\n{TABLE}{''.join(rows)}\nAll at once: {total:,.0f} MiB.\n")
    return "".join(parts)


def _row(bound: Bound) -> str:
    module = importlib.import_module(f"nxcast.{bound.module}")
    constants = "<br>".join(
        f"`{bound.module}.{name}` = {getattr(module, name):,}" for name in bound.constants
    )
    worst = octets(bound) / MIB
    text = f"{worst:,.0f} MiB" if worst >= 1 else f"{worst:.1f} MiB"
    return f"| {bound.store} | {constants} | {bound.unit} | {text} | {bound.why} |\n"


if __name__ == "__main__":
    print(page(), end="")
