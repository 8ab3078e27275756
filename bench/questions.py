"""What the questions of nxcast-consume cost: records a second, and memory at a million names an hour.

`python -m bench.questions NAME` feeds one question with an hour of the names that it is about, a million
distinct ones, a quarter of which come again, as octets that are decoded and validated like the bus's; it
prints records a second of CPU time, the peak memory of the whole process in MB, and its findings. Without a
name all questions are measured and held against their bars; exit status 1 if one missed.
"""

from __future__ import annotations

import subprocess
import sys
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from random import Random
from typing import Any

import msgpack

from nxcast.consumers.questions.authorities.authorities_question import Authorities
from nxcast.consumers.questions.causes.causes_question import Causes
from nxcast.consumers.questions.causes.in_time_order import InTimeOrder
from nxcast.consumers.questions.dead.dead_question import Dead
from nxcast.consumers.questions.dga.dga_question import Dga
from nxcast.consumers.questions.discovery.discovery_question import Discovery
from nxcast.consumers.questions.dnsbl.dnsbl_question import Dnsbl
from nxcast.consumers.questions.loop.findings import Alert, Question, Section
from nxcast.consumers.questions.loop.inquiry import Inquiry
from nxcast.consumers.questions.loop.report import Summary
from nxcast.consumers.questions.spamtrap.spamtrap_question import Spamtrap
from nxcast.process.garbage import collect_seldom
from nxcast.schemas.records import decode_records
from nxcast.schemas.topics import DNS_ERRORS, NXDOMAIN

__all__ = ["MEMORY_MB", "NAMES", "QUESTIONS", "RATE", "feed", "main", "measure"]

NAMES = 1_000_000  # distinct, in an hour of the records' time
AGAIN = 4  # every so many-th record is of a name asked for before
KEPT = 2000  # of those before, from which a name that comes again is taken
RATE = 50_000  # records to reach, a second of CPU time: what else runs here makes no difference
MEMORY_MB = 200  # to stay under
RECORDS = 512  # a message
START_NS = 1_767_225_600_000_000_000
HOUR_NS = 3_600_000_000_000
A, MX, SRV, IN, SERVFAIL, REFUSED = 1, 15, 33, 1, 2, 5
LETTERS = "abcdefghijklmnopqrstuvwxyz"

Named = tuple[str, int, str]  # qname, qtype, owner of the SOA


def _mail(number: int, _random: Random) -> Named:
    return f"mail.company{number}.com.", MX, "com."


def _blocklist(number: int, _random: Random) -> Named:
    if number % 4:
        reverse = ".".join(str(octet) for octet in reversed(number.to_bytes(4, "big")))
        return f"{reverse}.zen.spamhaus.org.", A, "zen.spamhaus.org."
    return f"shop{number}.net.dbl.spamhaus.org.", A, "dbl.spamhaus.org."


def _generated(_number: int, random: Random) -> Named:
    tld = random.choice(("com", "net", "org", "info", "biz", "ru", "top", "xyz"))
    return f"{''.join(random.choices(LETTERS, k=16))}.{tld}.", A, f"{tld}."


def _configuration(number: int, _random: Random) -> Named:
    if number % 2:
        return f"_ldap._tcp.site{number % 100}.office{number}.com.", SRV, f"office{number}.com."
    return f"wpad.office{number}.com.", A, "com."


def _any(number: int, _random: Random) -> Named:
    return f"update{number}.provider{number % 50_000}.com.", A, "com."


QUESTIONS: dict[str, tuple[Callable[[], Question], Callable[[int, Random], Named]]] = {
    "spamtrap": (Spamtrap, _mail),
    "dnsbl": (Dnsbl, _blocklist),
    "dga": (Dga, _generated),
    "dead": (Dead, _any),
    "discovery": (Discovery, _configuration),
    "authorities": (Authorities, _any),
    "causes": (lambda: InTimeOrder(Causes()), _any),
}
"""The questions, as they are by default, and the names that are fed to each."""


class _Nowhere:
    """Takes findings and shows nothing."""

    in_place = False

    def __init__(self) -> None:
        self.found = 0

    def alert(self, _alert: Alert) -> None:
        self.found += 1

    def report(self, sections: Sequence[Section], _summary: Summary) -> None:
        self.found += sum(len(section.rows) for section in sections)

    def close(self) -> None:
        pass


def main() -> int:
    """Measure all, print as it comes; the exit status."""
    print(f"questions, {NAMES:,} distinct names in an hour, decoding and validation included, CPU time")
    missed = []
    for name in QUESTIONS:
        rate, memory, found = measure(name)
        line = f"{rate:,.0f} records/s, {memory:.0f} MB"
        print(
            f"  {name:<28}{line:>24}   to reach {RATE:,}, under {MEMORY_MB}; {found:,} findings", flush=True
        )
        if rate < RATE or memory >= MEMORY_MB:
            missed.append(name)
    if missed:
        print(f"  missed: {', '.join(missed)}")
    return 1 if missed else 0


def measure(name: str) -> tuple[float, float, int]:
    """Records a second, peak memory in MB and findings, of a process of its own."""
    run = subprocess.run(
        [sys.executable, "-m", "bench.questions", name], check=True, capture_output=True, text=True
    )
    rate, memory, found = run.stdout.split()
    return float(rate), float(memory), int(found)


def feed(name: str) -> None:
    """Feed a question, and print what it cost; for a process of its own."""
    shown = _Nowhere()
    inquiry = Inquiry(name, QUESTIONS[name][0](), shown)
    collect_seldom()  # as the command does
    channel = DNS_ERRORS if name == "authorities" else NXDOMAIN
    records = 0
    spent = 0.0
    for payload, count in _payloads(name):
        start = time.process_time()
        inquiry.take(decode_records(channel, payload))
        spent += time.process_time() - start
        records += count
    start = time.process_time()
    inquiry.end()
    spent += time.process_time() - start
    # Not getrusage's figure, which begins with that of the process that started this one.
    status = Path("/proc/self/status").read_text()
    peak_kb = int(status.split("VmHWM:")[1].split()[0])
    print(records / spent, peak_kb / 1024, shown.found)


def _payloads(name: str) -> Iterator[tuple[bytes, int]]:
    random = Random(name)
    kept: deque[dict[str, Any]] = deque(maxlen=KEPT)
    count = NAMES + NAMES // (AGAIN - 1)
    make = QUESTIONS[name][1]
    record = _error if name == "authorities" else _nxdomain
    fresh = 0
    for first in range(0, count, RECORDS):
        records = []
        for index in range(first, min(first + RECORDS, count)):
            if index % AGAIN == AGAIN - 1:
                records.append(dict(random.choice(kept)))
            else:
                records.append(record(make(fresh, random), random))
                kept.append(records[-1])
                fresh += 1
            records[-1]["time_ns"] = START_NS + index * HOUR_NS // count
        yield msgpack.packb(records), len(records)


def _nxdomain(named: Named, random: Random) -> dict[str, Any]:
    qname, qtype, owner = named
    return {
        "qname": qname,
        "qclass": IN,
        "qtype": qtype,
        "response_ip": f"192.0.2.{random.randrange(256)}",
        "soa_rrname": owner,
        "time_ns": 0,
        "sensor": random.choice(("east", "west")),
    }


def _error(named: Named, random: Random) -> dict[str, Any]:
    qname, qtype, _ = named
    question = b"".join(bytes([len(label)]) + label.encode() for label in qname.split(".")) + b"\0\1\0\1"
    rcode = random.choice((SERVFAIL, REFUSED))
    return {
        "time_ns": 0,
        "sensor": random.choice(("east", "west")),
        "type": 1,
        "response_ip": f"198.{18 + random.randrange(2)}.{random.randrange(256)}.{random.randrange(256)}",
        "response_port": 53,
        "proto": 17,
        "query_ip": None,
        "query_port": None,
        "id": 1,
        "opcode": 0,
        "qname": qname,
        "qclass": IN,
        "qtype": qtype,
        "rcode": rcode,
        "query": None,
        "response": bytes([0, 1, 0x80, rcode, 0, 1, 0, 0, 0, 0, 0, 0]) + question,
    }


if __name__ == "__main__":
    if len(sys.argv) > 1:
        feed(sys.argv[1])
    else:
        sys.exit(main())
