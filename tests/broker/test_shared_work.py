"""What a broker that shares a work queue makes of a batch: one result, its ids from the batch alone."""

from __future__ import annotations

from collections import deque
from typing import Any

import msgpack
import pytest

pytest.importorskip("nats")

from nxcast.broker.derivation.outbox import Outbox
from nxcast.broker.intake import Intake, Records
from nxcast.broker.ledger import Ledger
from nxcast.broker.log.memory_log import MemoryLog
from nxcast.broker.shared_work import Draft, WorkNumbers, WorkPublication, WorkTurns
from nxcast.broker.work_arrivals import WorkArrivals
from nxcast.schemas.frames import FRAMES_2, BatchHeader, encode_batch
from nxcast.transport.nats.jetstream_layout import split_body
from nxcast.transport.nats.work_end import Result
from nxcast.transport.nats.work_pull import Work
from tests.messages import frame, message, question

NOW_NS = 1_800_000_000_000_000_000


class End:
    """A queue without a server: `come` puts a batch in, `results` is what was to be stored."""

    stalled: str | None = None

    def __init__(self) -> None:
        self.results: list[Result] = []
        self._work: deque[Work] = deque()

    @property
    def work_waits(self) -> bool:
        return bool(self._work)

    def take(self) -> Work | None:
        return self._work.popleft() if self._work else None

    def finish(self, result: Result) -> None:
        self.results.append(result)

    def come(self, body: bytes, *, sensor: str = "ns1", deliveries: int = 1, number: int = 7) -> None:
        self._work.append(Work(sensor, body, number, deliveries, f"ticket {len(self._work)}"))


class Broker:
    """One of several, with its account."""

    def __init__(self) -> None:
        self.end: Any = End()
        self.ledger, self.numbers = Ledger(), WorkNumbers()
        arrivals = WorkArrivals()
        intake = Intake(self.ledger, arrivals, None, accept_unsolicited=False, accept_forwarders=False)
        log = MemoryLog(octets_max=1 << 20, age_s=60, now_ns=NOW_NS)
        outbox = Outbox(NOW_NS, batch_records=512)
        self.publication = WorkPublication(self.end, self.numbers, outbox, log, arrivals)
        self._turns = WorkTurns(self.end, intake, self.publication)

    def work(self, body: bytes, **settings: Any) -> Result:
        self.end.come(body, **settings)
        assert self._turns.waiting
        assert self._turns.work(NOW_NS, lambda records: self.publication.put(records, NOW_NS, 0.0))
        assert not self._turns.waiting
        return self.end.results[-1]

    def store(self, *results: Result) -> list[tuple[str, int]]:
        """As the end does; subject and number of what is stored."""
        numbered = self.numbers.number(results)
        self.numbers.keep()
        return [(each.subject, msgpack.unpackb(split_body(each.body)[0])["sequence"]) for each in numbered]


def _batch(sequence: int, *names: str, sensor: str = "ns1", after: int | None = None) -> bytes:
    header: BatchHeader = {"sensor": sensor, "epoch": 5, "sequence": sequence, "count": len(names)}
    if after is not None:
        header["after"] = after
    frames: Any = [(*frame(message(3, questions=[question(name)])), None, 0) for name in names]
    return b"".join(encode_batch(header, frames, FRAMES_2)[1:])


def _ids(result: Result) -> list[str]:
    return [draft.message_id for draft in result.messages]


@pytest.fixture
def broker() -> Broker:
    return Broker()


def test_what_came_of_no_batch_goes_by_itself_with_an_id_of_its_own() -> None:
    broker = Broker()
    record = {
        "time_ns": NOW_NS,
        "span_ms": 60_000,
        "response_ip": "192.0.2.53",
        "query_zone": "com.",
        "noerror": 1,
        "nxdomain": 0,
    }
    for _ in range(2):
        broker.publication.put_apart(Records("servers/", [record], ["servers/"]), NOW_NS, 0.0)
    first, second = broker.end.results
    assert first.ticket is second.ticket is None
    assert broker.store(first, second) == [("nxcast.servers", 1), ("nxcast.servers", 2)]
    assert [draft.message_id for result in (first, second) for draft in result.messages] == [
        f"{NOW_NS}:{number}:servers/" for number in (1, 2)
    ]


def test_what_a_batch_gives_has_ids_that_follow_from_it_alone(broker: Broker) -> None:
    broker.work(_batch(1, "other.example."))
    here, there = (each.work(_batch(2, "a.example.", "b.example.")) for each in (broker, Broker()))
    assert _ids(here) == _ids(there) == ["ns1:5:2:dns-errors/NXDOMAIN/", "ns1:5:2:nxdomain/MX/"]
    assert [msgpack.unpackb(draft.message.payload) for draft in here.messages] == [
        msgpack.unpackb(draft.message.payload) for draft in there.messages
    ]


def test_messages_of_one_topic_have_ids_of_their_own(broker: Broker) -> None:
    ids = _ids(broker.work(_batch(1, *(f"{number}.example." for number in range(1500)))))
    assert ids[:1] == ["ns1:5:1:dns-errors/NXDOMAIN/"]
    assert "ns1:5:1:nxdomain/MX/:2" in ids
    assert len(set(ids)) == len(ids)


def test_a_batch_of_which_nothing_comes_has_a_result_all_the_same(broker: Broker) -> None:
    assert broker.work(_batch(1)) == Result([], "ticket 0")


def test_only_what_is_stored_uses_a_number(broker: Broker) -> None:
    """As where another broker has stored a batch: the next one takes the number."""
    first, second = broker.work(_batch(1, "a.example.")), broker.work(_batch(2, "b.example."))
    subjects = "nxcast.dns-errors.NXDOMAIN", "nxcast.nxdomain.MX"
    broker.numbers.number([first])
    assert broker.store(second) == [(subject, 1) for subject in subjects]
    assert broker.store(first) == [(subject, 2) for subject in subjects]
    assert broker.publication.topics()["nxdomain/MX/"] == {"sequence": 2, "records": 2}


def test_a_status_tells_the_numbers_of_what_is_stored_before_it(broker: Broker) -> None:
    result = broker.work(_batch(1, "a.example."))
    outbox = Outbox(NOW_NS, batch_records=1)
    status: Any = {"epoch": NOW_NS, "topics": {}}
    draft = Draft(outbox.single("status/", status, NOW_NS), "id", status)
    *_, stored = broker.numbers.number([result, Result([draft], None)])
    ((told,),) = (msgpack.unpackb(split_body(stored.body)[1]),)
    assert told["topics"]["nxdomain/MX/"] == {"sequence": 1, "records": 1}


@pytest.mark.parametrize(("after", "lost"), [(None, 0), (8, 0), (5, 3), (0, 8), (9, 0), (2**64 - 1, 0)])
def test_what_is_missing_is_what_a_batch_says(broker: Broker, after: int | None, lost: int) -> None:
    """Its neighbours are with other brokers."""
    broker.work(_batch(3, "a.example.", after=2))
    broker.work(_batch(9, "b.example.", after=after))
    assert broker.ledger.sensors()["ns1"]["lost_batches"] == lost


def test_who_speaks_for_another_sensor_than_its_subject_says_nothing(broker: Broker) -> None:
    """Rights are by subject."""
    result = broker.work(_batch(1, "a.example.", sensor="ns2"), sensor="ns1")
    assert result == Result([], "ticket 0")
    assert broker.ledger.messages_malformed == {"not_allowed": 1}
    assert broker.ledger.sensors() == {}


@pytest.mark.parametrize("body", [b"", b"\xc1", b"\x80", b"x" * 4096, msgpack.packb({"sensor": "ns1"})])
def test_what_is_no_batch_is_told_and_done_with(broker: Broker, body: bytes) -> None:
    result = broker.work(body)
    assert _ids(result) == ["nxcast-in:7:malformed/"]
    assert broker.ledger.messages_malformed == {"message_header": 1}


def test_a_batch_that_ends_who_takes_it_is_set_aside(broker: Broker) -> None:
    body = _batch(1, "a.example.")
    assert len(broker.work(body, deliveries=20).messages) == 2
    result = broker.work(body, deliveries=21)
    assert _ids(result) == ["ns1:5:1:malformed/"]
    assert broker.ledger.messages_malformed == {"message_deliveries": 1}
