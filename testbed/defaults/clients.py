"""Clients of a resolver, and the truth: what each was told, when.

Rules of this module:
- A client asks by UDP and waits for the answer, as a stub resolver does, but asks once only.
- What it writes down does not come from dnstap or from nxcast, so that both can be held against it.
"""

from __future__ import annotations

import json
import random
import socket
import time
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path

from dnslib import QTYPE, RCODE, DNSHeader, DNSQuestion, DNSRecord

from testbed.defaults.questions import Question
from testbed.servers import NewSocket

__all__ = ["Answer", "Share", "ask", "denied", "read", "shares", "write"]

ANSWER_OCTETS = 65535


@dataclass(frozen=True)
class Answer:
    """What a client was told. Times are nanoseconds since the epoch, on the clock that dnstap uses too."""

    cause: str
    qname: str  # as asked
    qtype: str
    rcode: str | None  # mnemonic; None: no answer came in time
    soa: str | None  # owner of the first SOA in the authority section
    id: int
    asked_ns: int
    answered_ns: int

    @property
    def key(self) -> tuple[str, str]:
        """As `Question.key`."""
        return f"{self.qname.lower()}.", self.qtype


def ask(
    address: tuple[str, int],
    questions: Iterable[Question],
    *,
    new_socket: NewSocket = socket.socket,
    rate: float | None = None,
    seconds: float = 10.0,
) -> Iterator[Answer]:
    """Ask one question after the other, at most `rate` a second, waiting `seconds` for each answer."""
    dice = random.Random(53)  # ids: any constant
    due = time.monotonic()
    with new_socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.connect(address)
        for question in questions:
            time.sleep(max(0.0, due - time.monotonic()))
            due = max(due, time.monotonic() - 1) + (1 / rate if rate else 0)
            yield _ask_one(sock, question, dice.getrandbits(16), seconds)


def _ask_one(sock: socket.socket, question: Question, number: int, seconds: float) -> Answer:
    query = DNSRecord(
        DNSHeader(id=number, rd=1), q=DNSQuestion(question.qname, getattr(QTYPE, question.qtype))
    )
    asked = time.time_ns()
    sock.send(query.pack())
    rcode = soa = None
    deadline = time.monotonic() + seconds
    with suppress(TimeoutError):
        while (left := deadline - time.monotonic()) > 0:
            sock.settimeout(left)
            answer = DNSRecord.parse(sock.recv(ANSWER_OCTETS))
            if answer.header.id == number and answer.q.qtype == query.q.qtype:
                rcode = RCODE[answer.header.rcode]
                soa = next((str(record.rname) for record in answer.auth if record.rtype == QTYPE.SOA), None)
                break
    return Answer(question.cause, question.qname, question.qtype, rcode, soa, number, asked, time.time_ns())


def write(path: Path, answers: Iterable[Answer]) -> None:
    """One JSON object a line."""
    path.write_text("".join(f"{json.dumps(asdict(answer))}\n" for answer in answers))


def read(path: Path) -> list[Answer]:
    """What `write` wrote."""
    return [Answer(**json.loads(line)) for line in path.read_text().splitlines()]


def denied(answers: Iterable[Answer]) -> set[tuple[str, str]]:
    """The questions to which a client was told NXDOMAIN, each once (`Question.key`)."""
    return {answer.key for answer in answers if answer.rcode == "NXDOMAIN"}


@dataclass(frozen=True)
class Share:
    """Of the questions that were denied, how many are shown."""

    shown: int
    asked: int

    def __str__(self) -> str:
        return f"{self.shown} of {self.asked}" if self.asked else "-"


def shares(answers: Iterable[Answer], shown: Collection[tuple[str, str]]) -> dict[str, Share]:
    """By cause, and over all under "all": of the distinct denied questions, how many are among those
    shown."""
    causes: dict[str, set[tuple[str, str]]] = defaultdict(set)
    for answer in answers:
        if answer.rcode == "NXDOMAIN":
            causes[answer.cause].add(answer.key)
            causes["all"].add(answer.key)
    hits = Counter({cause: len(keys & set(shown)) for cause, keys in causes.items()})
    return {cause: Share(hits[cause], len(keys)) for cause, keys in sorted(causes.items())}
