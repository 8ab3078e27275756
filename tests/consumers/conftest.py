"""A broker made by hand: an XPUB socket that waits for subscriptions instead of sleeping, and a store."""

import threading
import time
from collections import Counter

import msgpack
import pytest
import zmq

from testbed.ports import free_port

LIMIT_MS = 60_000  # a hard time-out for anything that a test waits for


def nxdomain(**changed):
    return {
        "qname": "gdsrr.com.",
        "qclass": 1,
        "qtype": 15,
        "response_ip": "192.33.14.30",
        "soa_rrname": "com.",
        "time_ns": 1_454_000_000_000_000_000,
        "sensor": "lab",
        **changed,
    }


def dns_error(**changed):
    return {
        "time_ns": 1_689_270_069_408_162_000,
        "sensor": "lab",
        "type": 1,
        "response_ip": "192.5.5.241",
        "response_port": 53,
        "proto": 17,
        "query_ip": None,
        "query_port": 54924,
        "id": 4660,
        "opcode": 0,
        "qname": "a.example.",
        "qclass": 1,
        "qtype": 1,
        "rcode": 2,
        # ID 0x1234; RD in the query, QR RD and RCODE 2 in the response; one question: a.example. A IN
        "query": bytes.fromhex("1234 0100 0001000000000000 0161 07 6578616d706c65 00 0001 0001"),
        "response": bytes.fromhex("1234 8102 0001000000000000 0161 07 6578616d706c65 00 0001 0001"),
        **changed,
    }


def answer(**changed):
    """A record of answers/: NODATA, with the SOA of example."""
    asked = "1234 8100 0001000000010000 0161 07 6578616d706c65 00 0001 0001"
    soa = "c00e 0006 0001 0000003c 0018 c00e c00e" + "00000000" * 5
    record = {**dns_error(response=bytes.fromhex(asked + soa)), **changed}
    del record["rcode"]
    return record


def server_answers(**changed):
    """A record of servers/."""
    return {
        "time_ns": 1_700_000_060_000_000_000,
        "span_ms": 60_001,
        "response_ip": "192.0.2.53",
        "query_zone": "example.",
        "noerror": 1200,
        "nxdomain": 300,
        **changed,
    }


def status(epoch=1, topics=None, **changed):
    return {
        "time_ns": 1_700_000_000_000_000_000,
        "epoch": epoch,
        "replay": None,
        "software": "handmade 1",
        "counters": {
            "messages_received": 2,
            "messages_malformed": {},
            "frames_received": 8,
            "noerror": 4,
            "errors": 3,
            "unsolicited": 0,
            "malformed": {"frame_type": 1},
            "nxdomain": 2,
            "skipped": {},
            "requests_received": 0,
            "requests_malformed": {},
            "messages_replayed": 0,
            "refused": {},
        },
        "sensors": {
            "lab": {
                "epoch": 7,
                "sequence": 3,
                "time_ns": 1_700_000_000_000_000_000,
                "batches": 2,
                "frames": 8,
                "lost_batches": 1,
                "repeated_batches": 0,
                "restarts": 0,
            }
        },
        "sensors_forgotten": 0,
        "topics": {
            topic: {"sequence": sequence, "records": 10 * sequence}
            for topic, sequence in (topics or {}).items()
        },
        **changed,
    }


def message(topic, sequence, records, epoch=1, **changed):
    header = {
        "version": 1,
        "epoch": epoch,
        "sequence": sequence,
        "count": len(records),
        "time_ns": 5,
        **changed,
    }
    return [topic.encode(), msgpack.packb(header), msgpack.packb(records)]


def bind(socket, endpoint):
    """The port of a broker just closed may still be held for a moment."""
    until = time.monotonic() + LIMIT_MS / 1000
    while True:
        try:
            socket.bind(endpoint)
        except zmq.ZMQError:
            assert time.monotonic() < until
        else:
            return


class FakeBroker:
    """Publishes what it is told to, and numbers it as a broker does."""

    def __init__(self, endpoint=None, epoch=1):
        self.epoch = epoch
        self.sequences = Counter()
        self.replay = None
        self.oldest = 1  # sequence of each topic that is kept
        self.at_once = 1024  # messages in an answer
        self._kept = {}
        self._context = zmq.Context()
        self._socket = self._context.socket(zmq.XPUB)
        self._socket.setsockopt(zmq.XPUB_VERBOSER, 1)
        self._socket.setsockopt(zmq.LINGER, 0)
        self.endpoint = endpoint or f"tcp://127.0.0.1:{free_port()}"  # another may be there later
        bind(self._socket, self.endpoint)

    def await_subscription(self, topic="status/"):
        """Subscriptions that came, up to and with that of `topic`; from then on it is in force."""
        came = []
        while topic not in came:
            assert self._socket.poll(LIMIT_MS), f"no subscription to {topic}, only {came}"
            octets = self._socket.recv()
            if octets[:1] == b"\1":
                came.append(octets[1:].decode())
        return came

    def send(self, parts):
        self._socket.send_multipart(parts)

    def publish(self, topic, *records, skip=0, time_ns=5):
        """Publish records as one message, after `skip` that are lost."""
        for _ in range(skip):
            self.lose(topic, *records, time_ns=time_ns)
        self.send(self.lose(topic, *records, time_ns=time_ns))

    def lose(self, topic, *records, time_ns=5):
        """A message that is published as far as the broker knows, and kept."""
        self.sequences[topic] += 1
        made = message(topic, self.sequences[topic], records, self.epoch, time_ns=time_ns)
        self._kept.setdefault(topic, []).append((self.sequences[topic], (*made, time_ns)))
        return made

    def kept(self):
        """By topic, its messages with their sequences and times."""
        return [(topic, list(messages)) for topic, messages in self._kept.items() if topic != "status/"]

    def keep(self, kept):
        """Have what another one kept."""
        self._kept = dict(kept)

    def restart(self):
        """Be another one from now on."""
        self.epoch += 1
        self.sequences.clear()
        self._kept.clear()

    def publish_status(self, **changed):
        told = status(
            self.epoch,
            {topic: number for topic, number in self.sequences.items() if topic != "status/"},
            replay=self.replay.port if self.replay else None,
        )
        self.publish("status/", {**told, **changed})

    def answer_requests(self, endpoint=None):
        """Open the third socket."""
        self.replay = Replay(self, endpoint)
        return self.replay

    def close(self):
        if self.replay:
            self.replay.close()
            self.replay = None
        self._context.destroy(linger=0)


class Replay:
    """A hand-made third socket: answers from what `FakeBroker.publish` was told, in a thread of its own.

    `requests` are those that came. `answer` may be replaced: it makes the parts of an answer from a request.
    """

    def __init__(self, broker, endpoint):
        self.requests = []
        self.broker = broker
        self.answer = self.honest
        self._context = zmq.Context()
        self._socket = self._context.socket(zmq.ROUTER)
        self._socket.setsockopt(zmq.LINGER, 0)
        self.endpoint = endpoint or f"tcp://127.0.0.1:{free_port()}"
        bind(self._socket, self.endpoint)
        self.port = int(self.endpoint.rpartition(":")[2])
        self._thread = threading.Thread(target=self._serve)
        self._ending = False
        self._thread.start()

    def _serve(self):
        while not self._ending:
            if self._socket.poll(20):
                client, octets = self._socket.recv_multipart()
                request = msgpack.unpackb(octets)
                self.requests.append(request)
                answer = self.answer(request)
                if answer is not None:
                    self._socket.send_multipart([client, *answer])

    def honest(self, request, **changed):
        """The answer of a broker that keeps all that it published, from `broker.oldest` on."""
        header = {"version": 1, "id": request["id"], "epoch": self.broker.epoch, "error": None}
        if request["ask"] == "since":
            topics = {
                topic: next((n for n, parts in kept if parts[3] >= request["time_ns"]), len(kept) + 1)
                for topic, kept in self.broker.kept()
            }
            header |= {"answer": "since", "topics": topics, "complete": self.broker.oldest == 1}
            return [msgpack.packb({**header, **changed})]
        if request["ask"] == "epochs":  # as a broker without a log
            header |= {"answer": "epochs", "epochs": [], "more": False, "begins": self.broker.epoch}
            return [msgpack.packb({**header, **changed})]
        kept = dict(dict(self.broker.kept()).get(request["topic"], []))
        first = max(request["first"], self.broker.oldest)
        found = [kept[n] for n in range(first, request["last"] + 1) if n in kept][: self.broker.at_once]
        if request["epoch"] != self.broker.epoch:
            header["error"], found = "epoch", []
        header |= {
            "answer": "range",
            "topic": request["topic"],
            "first": first,
            "count": len(found),
            "oldest": self.broker.oldest,
        }
        return [msgpack.packb({**header, **changed}), *(part for parts in found for part in parts[1:3])]

    def close(self):
        self._ending = True
        self._thread.join()
        self._context.destroy(linger=0)


class Make:
    """Records and messages of the contract, made by hand; keywords change fields."""

    nxdomain = staticmethod(nxdomain)
    dns_error = staticmethod(dns_error)
    answer = staticmethod(answer)
    server_answers = staticmethod(server_answers)
    status = staticmethod(status)
    message = staticmethod(message)


@pytest.fixture(scope="session")
def make():
    return Make


@pytest.fixture
def start_broker():
    """Starts brokers that are closed at the end of the test."""
    brokers = []

    def start(*args, **keywords):
        brokers.append(FakeBroker(*args, **keywords))
        return brokers[-1]

    yield start
    for broker in brokers:
        broker.close()


@pytest.fixture
def broker(start_broker):
    return start_broker()
