"""Whatever comes, each store holds no more than its bound, measured in the bound's unit.

What is held is measured on what the store keeps, not by the store's own counter. The bounds are made small
here, so that random input reaches them; docs/memory.md has the real ones.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from contextlib import suppress
from types import ModuleType

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from nxcast.broker import arrivals, fair_queue, ledger
from nxcast.broker.log import memory_log
from nxcast.consumers.client import ended_epochs, gap_detection
from nxcast.consumers.client.position import Position
from nxcast.consumers.page import busiest, findings_board, recent_records
from nxcast.consumers.questions.authorities import spells
from nxcast.consumers.questions.authorities.failures import Latest
from nxcast.consumers.questions.dga import window
from nxcast.consumers.questions.loop.sightings import Sightings
from nxcast.consumers.questions.spamtrap.evidence import Memory
from nxcast.consumers.store import gathering, rows
from nxcast.producers.dnstap import frame_streams, question_join
from nxcast.producers.dnstap.recent import Recent
from nxcast.producers.pcap import fragments, pairing, tcp_streams, traffic
from nxcast.producers.send_window import BATCH_OVERHEAD, Window
from nxcast.schemas.datagram import DatagramError, Packet
from nxcast.schemas.frames import BatchHeader
from nxcast.schemas.nmsg import numbering, reassembly
from nxcast.schemas.nmsg.container import Fragment, NmsgError
from tests.messages import message, question, soa
from tests.packets import ACK, CLIENT, SERVER, SYN

SECOND = 1_000_000_000
Step = tuple[int, int, int, bool]
STEPS = st.lists(
    st.tuples(st.integers(0, 40), st.integers(0, 12), st.integers(0, 300), st.booleans()), max_size=150
)
Take = Callable[[Step], object]
Held = Callable[[], Iterable[tuple[int, int]]]
"""What is held of each bound, and the bound."""

Patch = Callable[[ModuleType, str, int], None]
STORES: dict[str, Callable[[Patch], tuple[Take, Held]]] = {}


def store(make: Callable[[Patch], tuple[Take, Held]]) -> Callable[[Patch], tuple[Take, Held]]:
    STORES[make.__name__] = make
    return make


def batch_of(sensor: str, epoch: int, sequence: int) -> BatchHeader:
    return {"version": 1, "sensor": sensor, "epoch": epoch, "sequence": sequence, "count": 1}


@store
def fragments_of_datagrams(patch: Patch) -> tuple[Take, Held]:
    patch(fragments, "OCTETS_MAX", 6000)
    kept = fragments.Fragments(Counter())

    def take(step: Step) -> None:
        number, at, size, more = step
        packet = Packet(SERVER, CLIENT, 17, bytes([size % 256]) * size, number, at * 8, more)
        with suppress(DatagramError):
            kept.take(number * SECOND, packet)

    def held() -> Iterable[tuple[int, int]]:
        octets = sum(
            fragments.DATAGRAM_COST
            + sum(fragments.FRAGMENT_COST + len(packet.payload) for packet in pile.packets)
            for pile in kept._piles.values()
        )
        yield octets, fragments.OCTETS_MAX
        yield abs(octets - kept.held), 0

    return take, held


@store
def pairs(patch: Patch) -> tuple[Take, Held]:
    patch(pairing, "GENERATION_MAX", 6000)
    kept = pairing.Pairing((53,))

    def take(step: Step) -> None:
        number, port, size, asks = step
        octets = bytes([0, number % 3, 0 if asks else 0x84, 0]) + bytes(8) + bytes(size)
        ends = (CLIENT, 4000 + port, SERVER, 53) if asks else (SERVER, 53, CLIENT, 4000 + port)
        kept.take((number * SECOND, 17 if size % 5 else 6, *ends, octets, number))

    def held() -> Iterable[tuple[int, int]]:
        for generation in (kept._young, kept._old):
            octets = 0
            for chain in (*generation.open.values(), *generation.answered.values()):
                while chain is not None:
                    octets += pairing.ENTRY_COST + (len(chain[0]) if isinstance(chain[0], bytes) else 0)
                    chain = chain[-1]
            yield octets, pairing.GENERATION_MAX
            yield abs(octets - generation.held), 0

    return take, held


@store
def streams(patch: Patch) -> tuple[Take, Held]:
    patch(tcp_streams, "OCTETS_MAX", 9000)
    patch(tcp_streams, "AHEAD_MAX", 2000)
    kept = tcp_streams.Streams(Counter())

    def take(step: Step) -> None:
        number, port, size, opens = step
        key = (SERVER, 53, CLIENT, 4000 + port)
        kept.take(number * SECOND, key, number * 50, SYN if opens else ACK, b"\1" * size)

    def held() -> Iterable[tuple[int, int]]:
        octets = 0
        for stream in kept._streams.values():
            ahead = sum(tcp_streams.SEGMENT_COST + len(each) for _, each in stream.ahead.values())
            yield ahead, tcp_streams.AHEAD_MAX
            octets += tcp_streams.STREAM_COST + len(stream.buffer) + ahead
        yield octets, tcp_streams.OCTETS_MAX
        yield abs(octets - kept.held), 0
        yield len(kept._holes), len(kept._streams)

    return take, held


@store
def nmsg_fragments(patch: Patch) -> tuple[Take, Held]:
    patch(reassembly, "INCOMPLETE_MAX", 4)
    patch(reassembly, "WAITING_MAX", 4000)
    kept = reassembly.Reassembly()

    def take(step: Step) -> None:
        number, current, size, _ = step
        fragment = Fragment((number, number, 0, 0), 0, min(current, number), number, bytes(size))
        with suppress(NmsgError):
            kept.add(fragment, number * SECOND)
        kept.lost.clear()

    def held() -> Iterable[tuple[int, int]]:
        waiting = [piece for each in kept._incomplete.values() for piece in each.pieces.values()]
        octets = sum(reassembly.FRAGMENT_OVERHEAD + len(piece) for piece in waiting)
        yield len(kept._incomplete), reassembly.INCOMPLETE_MAX
        yield octets, reassembly.WAITING_MAX

    return take, held


@store
def nmsg_outputs(patch: Patch) -> tuple[Take, Held]:
    patch(numbering, "STREAMS_MAX", 5)
    kept = numbering.Streams()

    def held() -> Iterable[tuple[int, int]]:
        yield len(kept._next), numbering.STREAMS_MAX

    return lambda step: kept.place(step[0], step[2]), held


@store
def batch_numbers(patch: Patch) -> tuple[Take, Held]:
    patch(arrivals, "NUMBERINGS_MAX", 5)
    patch(arrivals, "UNSETTLED_MAX", 3)
    patch(arrivals, "MISSING_MAX", 4)
    patch(arrivals, "NAMES_MAX", 6)
    patch(arrivals, "REFUSED_MAX", 2)
    kept = arrivals.Arrivals()

    def take(step: Step) -> None:
        number, sensor, sequence, holds = step
        header = batch_of(f"s{sensor}", number % 2, sequence + 1)
        if holds:
            header["held"] = sequence // 2
        if kept.has_room(header) and number % 3:
            kept.take(header)
        else:
            kept.refuse(header)
        if holds:
            kept.committed(number)
            kept.settle(number - sensor)

    def held() -> Iterable[tuple[int, int]]:
        yield len(kept._epochs), arrivals.NAMES_MAX
        yield len(kept._numberings), arrivals.NUMBERINGS_MAX
        yield len(kept._unsettled), arrivals.UNSETTLED_MAX
        yield len(kept._refused), arrivals.REFUSED_MAX
        for each in kept._numberings.values():
            yield len(each.missing), arrivals.MISSING_MAX
        for lowest in kept._waiting():
            yield len(lowest), arrivals.NUMBERINGS_MAX

    return take, held


@store
def sensors(patch: Patch) -> tuple[Take, Held]:
    patch(ledger, "SENSORS_MAX", 5)
    patch(ledger, "NAMED_MAX", 3)
    kept, numbers = ledger.Ledger(), arrivals.Arrivals()

    def take(step: Step) -> None:
        number, sensor, sequence, container = step
        if container:
            kept.container({f"s{number}": 1, f"s{sensor}": 2}, (number, sequence), number)
        else:
            header = batch_of(f"s{sensor}", number, sequence)
            kept.batch(header, numbers.take(header), number)

    def held() -> Iterable[tuple[int, int]]:
        yield len(kept.sensors()), ledger.SENSORS_MAX
        yield len(kept.totals()), ledger.NAMED_MAX + 1

    return take, held


@store
def published(_patch: Patch) -> tuple[Take, Held]:
    kept = memory_log.Store(octets_max=3000, age_ns=10 * SECOND)

    def take(step: Step) -> None:
        number, topic, size, expires = step
        kept.add(b"t%d/" % (topic % 3), (b"header", bytes(size)), number * SECOND)
        if expires:
            kept.expire(number * SECOND)

    def held() -> Iterable[tuple[int, int]]:
        octets = places = 0
        for topic in kept._topics.values():
            messages = [each for each in topic.messages if each is not None]
            octets += sum(len(a) + len(b) + memory_log.OVERHEAD for a, b in messages)
            places = max(places, len(topic.messages) - 2 * len(messages))
        yield octets, kept.octets_max
        yield places, 1

    return take, held


@store
def batches_to_send(_patch: Patch) -> tuple[Take, Held]:
    """As its user does it: while it is full, the lowest goes."""
    kept = Window(4000, keep=True)
    sequences = iter(range(1, 1000))

    def take(step: Step) -> None:
        number, what, size, sends = step
        kept.add(next(sequences), 1, bytes(size))
        while kept.full:
            kept.forget()
        if what == 0:
            kept.again()
        elif what == 1:
            kept.settle(number, [[number // 2, number // 2 + 1]])
        elif sends and kept.next() is not None:
            kept.sent()

    def held() -> Iterable[tuple[int, int]]:
        queued = {id(batch): batch for batch in (*kept._batches.values(), *kept._queue.values())}
        yield sum(BATCH_OVERHEAD + len(batch.payload) for batch in queued.values()), kept.octets_max

    return take, held


@store
def topics_accounted_for(patch: Patch) -> tuple[Take, Held]:
    patch(gap_detection, "TOPICS_MAX", 5)
    kept = gap_detection.Ledger([""])

    def take(step: Step) -> None:
        number, epoch, sequence, joins = step
        if joins:
            kept.join(f"t{number}/", sequence)
        else:
            kept.message(f"t{number}/", epoch // 8, sequence)

    def held() -> Iterable[tuple[int, int]]:
        position = kept.position()
        yield 0 if position is None else len(position.topics), gap_detection.TOPICS_MAX

    return take, held


@store
def keys_seen(_patch: Patch) -> tuple[Take, Held]:
    kept: Sightings[int, list[int]] = Sightings(4, 3, list)

    def take(step: Step) -> None:
        number, _, _, again = step
        if again:
            kept.keep(number, [number])
        else:
            kept.see(number).append(number)

    def held() -> Iterable[tuple[int, int]]:
        yield len(kept), 7

    return take, held


@store
def domains_asked_for(_patch: Patch) -> tuple[Take, Held]:
    kept = Memory(4, 3, 2)

    def take(step: Step) -> None:
        number, day, host, below = step
        record = {
            "time_ns": day * 86_400 * SECOND,
            "response_ip": f"192.0.2.{host % 40}",
            "sensor": f"s{host % 30}",
            "qname": f"{host}.{number}.example.",
        }
        kept.add(f"{number}.example", record, None, record["qname"] if below else None)

    def held() -> Iterable[tuple[int, int]]:
        yield len(list(kept.items())), 9

    return take, held


@store
def used_lately(_patch: Patch) -> tuple[Take, Held]:
    kept: Recent[int, int] = Recent(6)

    def take(step: Step) -> None:
        number, _, size, puts = step
        if puts or kept.get(number) is None:
            kept.put(number, size)

    def held() -> Iterable[tuple[int, int]]:
        yield len(kept), 6

    return take, held


@store
def answers_that_wait(patch: Patch) -> tuple[Take, Held]:
    patch(question_join, "HELD_MAX", 4)
    kept = question_join.QuestionJoin()

    def take(step: Step) -> None:
        number, zone, host, _ = step
        asked, zones = question(f"{host}.{zone}.example."), soa(f"{zone}.example.")
        kept.client_response(number * SECOND, message(3, questions=[asked], authorities=[zones]))

    def held() -> Iterable[tuple[int, int]]:
        yield len(kept), question_join.HELD_MAX

    return take, held


@store
def addresses_not_taken(patch: Patch) -> tuple[Take, Held]:
    patch(traffic, "ADDRESSES_MAX", 5)
    kept = traffic.Traffic()

    def held() -> Iterable[tuple[int, int]]:
        yield len(kept.addresses), traffic.ADDRESSES_MAX

    return lambda step: kept.not_taken(bytes([step[0]]) * 4), held


@store
def drawn_names(patch: Patch) -> tuple[Take, Held]:
    patch(window, "NAMES_MAX", 2 * window.TIMES)
    patch(window, "CELLS_MAX", 5)
    patch(window, "SUFFIXES_MAX", 3)
    kept = window.Window()

    def take(step: Step) -> None:
        number, part, size, _ = step
        label = "".join(
            "bcdfghjklmnpqrstvwxz"[(size * 7 + at * (number + 3)) % 20] for at in range(8 + number % 9)
        )
        kept.add(label, f"t{number % 6}", part % window.TIMES, number * SECOND, "sensor")

    def held() -> Iterable[tuple[int, int]]:
        yield len(kept._domains), window.NAMES_MAX
        yield len(kept._alike), window.CELLS_MAX
        yield len(kept._suffixes), window.SUFFIXES_MAX

    return take, held


@store
def messages_by_sender(patch: Patch) -> tuple[Take, Held]:
    """At most the bound and the one message that is under way."""
    patch(fair_queue, "SENDERS_MAX", 5)
    kept: fair_queue.FairQueue[bytes] = fair_queue.FairQueue(8 * fair_queue.MESSAGE_OVERHEAD)

    def take(step: Step) -> None:
        number, sender, size, serves = step
        kept.put(f"s{sender}", bytes(size), size, float(number))
        turn = kept.next() if serves else None
        if turn is not None:
            kept.charge(turn[0], size / 1000)
            kept.done(turn[0])

    def held() -> Iterable[tuple[int, int]]:
        waiting = [each for sender in kept._senders.values() for each in sender.waiting]
        running = [sender.running for sender in kept._senders.values() if sender.running]
        octets = sum(fair_queue.MESSAGE_OVERHEAD + len(item) for item, _ in (*waiting, *running))
        yield octets, 8 * fair_queue.MESSAGE_OVERHEAD
        yield abs(octets - kept.octets), 0
        yield len(kept._senders), fair_queue.SENDERS_MAX

    return take, held


@store
def rows_gathered_for_a_store(patch: Patch) -> tuple[Take, Held]:
    """At most the bounds and the row that is under way; then they are written."""
    patch(gathering, "ROWS_MAX", 6)
    patch(gathering, "OCTETS_MAX", 600)
    kept = gathering.Gathered()

    def take(step: Step) -> None:
        nonlocal kept
        number, owner, size, fails = step
        if kept.full:
            kept = gathering.Gathered()
        if fails:
            asked = {"qname": f"a{owner}.b{number}.", "qclass": 1, "qtype": 1, "time_ns": number * SECOND}
            kept.take([{**asked, "response_ip": f"192.0.2.{size % 9}"}], number)
        else:
            kept.add_rrset(bytes([owner]) * (1 + size // 3), (number, number, 1))

    def held() -> Iterable[tuple[int, int]]:
        keys = [*kept.rrsets, *kept.failures]
        yield len(keys), gathering.ROWS_MAX
        yield sum(map(len, keys)), gathering.OCTETS_MAX + 101
        yield max((len(value[4]) for _, value in kept.failures.values()), default=0), rows.SERVERS_MAX

    return take, held


@store
def servers_of_a_failure(patch: Patch) -> tuple[Take, Held]:
    patch(rows, "SERVERS_MAX", 3)
    kept: list[object] = [0, 0, 0, None, []]

    def take(step: Step) -> None:
        nonlocal kept
        number, server, size, _ = step
        kept = rows.merged_failure(kept, [number, number, 1, None, [bytes([server]), bytes([size % 256])]])

    def held() -> Iterable[tuple[int, int]]:
        yield len(kept[4]), rows.SERVERS_MAX  # type: ignore[arg-type]

    return take, held


@store
def ends_of_epochs(patch: Patch) -> tuple[Take, Held]:
    patch(ended_epochs, "ENDS_MAX", 4)
    kept = ended_epochs.Ends()

    def take(step: Step) -> None:
        number, topic, size, _ = step
        kept.told([Position(number, {f"t{topic}/": size})])

    def held() -> Iterable[tuple[int, int]]:
        yield len(kept._topics), ended_epochs.ENDS_MAX

    return take, held


@store
def watched_that_fail(patch: Patch) -> tuple[Take, Held]:
    patch(spells, "ENTRIES_MAX", 4)
    kept = spells.Spells(show=False)

    def take(step: Step) -> None:
        number, zone, host, _ = step
        latest = Latest(number * SECOND, f"192.0.2.{host % 9}", f"z{zone}.", "n.", 1, 2, 0, b"")
        kept.fail(f"z{zone}.", latest, "192.0.2.1", host % 8, None)

    def held() -> Iterable[tuple[int, int]]:
        yield len(list(kept.items())), 2 * spells.ENTRIES_MAX

    return take, held


@store
def zones_of_the_page(patch: Patch) -> tuple[Take, Held]:
    patch(busiest, "KEPT", 6)
    kept = busiest.Busiest()

    def take(step: Step) -> None:
        number, zone, minute, _ = step
        second = minute * 60
        kept.add(f"z{zone}-{number % 3}.", second, second, f"n{number}.", "NXDOMAIN", None)

    def held() -> Iterable[tuple[int, int]]:
        yield len(kept), 2 * busiest.KEPT

    return take, held


@store
def records_of_the_page(patch: Patch) -> tuple[Take, Held]:
    patch(recent_records, "RECORDS_MAX", 20)
    patch(recent_records, "OCTETS_MAX", 3000)
    kept = recent_records.RecentRecords()

    def take(step: Step) -> None:
        number, _, size, has_query = step
        record = {"response": b"x" * size, "query": b"x" * number if has_query else None}
        kept.add(recent_records.Seen("dns-errors/SERVFAIL/", 1, 1, 0), record, "z.", None)

    def held() -> Iterable[tuple[int, int]]:
        records = [entry.record for entry in kept._entries]
        octets = sum(len(each["response"]) + len(each["query"] or b"") for each in records)
        yield len(kept), recent_records.RECORDS_MAX
        yield octets, recent_records.OCTETS_MAX
        yield abs(octets - kept.octets), 0

    return take, held


@store
def alerts_of_the_page(patch: Patch) -> tuple[Take, Held]:
    patch(findings_board, "ALERTS_MAX", 8)
    patch(findings_board, "ITEMS_MAX", 3)
    kept = findings_board.FindingsBoard()

    def take(step: Step) -> None:
        number, zone, _, _ = step
        alert = {"question": "dead", "fingerprint": f"{number}-{zone}", "severity": "low", "time": "2023"}
        kept.alerted({**alert, "domains": ["d."] * number})

    def held() -> Iterable[tuple[int, int]]:
        yield len(kept.findings()), findings_board.ALERTS_MAX
        yield max([len(each["domains"]) for each in kept.findings()] or [0]), findings_board.ITEMS_MAX

    return take, held


@store
def a_frame_in_the_making(patch: Patch) -> tuple[Take, Held]:
    patch(frame_streams, "DATA_FRAME_MAX", 3000)
    field = b"\0\0\0\1" + len(frame_streams.CONTENT_TYPE).to_bytes(4, "big") + frame_streams.CONTENT_TYPE
    start = bytes(4) + (4 + len(field)).to_bytes(4, "big") + b"\0\0\0\2" + field
    readers = [frame_streams.Reader()]
    readers[0].receive_data(start)

    def take(step: Step) -> None:
        number, _, size, begins = step
        piece = (size * 10).to_bytes(4, "big") if begins and not readers[0].unfinished else bytes([number])
        readers[0].receive_data(piece + b"x" * size)
        if readers[0].error is not None:
            readers[0] = frame_streams.Reader()
            readers[0].receive_data(start)

    def held() -> Iterable[tuple[int, int]]:
        yield readers[0].unfinished, 4 + frame_streams.DATA_FRAME_MAX

    return take, held


@pytest.mark.parametrize("make", STORES.values(), ids=STORES.keys())
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40, deadline=None)
@given(steps=STEPS)
def test_never_holds_more_than_its_bound(
    make: Callable[[Patch], tuple[Take, Held]], steps: list[Step]
) -> None:
    with pytest.MonkeyPatch.context() as patcher:
        take, held = make(patcher.setattr)
        for step in steps:
            take(step)
            for octets, bound in held():
                assert octets <= bound


@pytest.mark.parametrize("make", STORES.values(), ids=STORES.keys())
def test_reaches_its_bound(make: Callable[[Patch], tuple[Take, Held]]) -> None:
    """Else the property above would show nothing: plenty of input fills at least 0.4 of a bound."""
    most = 0.0
    with pytest.MonkeyPatch.context() as patcher:
        take, held = make(patcher.setattr)
        for step in range(600):
            take((step % 41, step // 3 % 13, step * 7 % 301, step % 4 == 0))
            most = max(most, *(amount / bound for amount, bound in held() if bound))
    assert most >= 0.4
