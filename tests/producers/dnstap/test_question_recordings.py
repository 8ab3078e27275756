"""Recordings of real resolvers joined: what clients were denied, held against the packets they came from.

The rules of the join, one by one, are in test_question_join.py.
"""

from __future__ import annotations

import csv
import random
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import pytest

from nxcast.producers.dnstap.frame_streams import Reader
from nxcast.producers.dnstap.question_join import LOCALLY_SERVED, Question, QuestionJoin
from nxcast.schemas import dnstap_pb2
from nxcast.schemas.codes import TYPES
from nxcast.schemas.message import name_of
from tests.producers.dnstap.test_question_join import MS, SECOND, denied


class Recorded(NamedTuple):
    """One message of a recording."""

    time_ns: int
    resolver: bool
    server: bytes
    zone: bytes
    octets: bytes


def _recording(path: Path) -> list[Recorded]:
    messages = []
    for payload in Reader().receive_data(path.read_bytes()):
        said = dnstap_pb2.Dnstap.FromString(payload).message
        if said.type in (dnstap_pb2.Message.RESOLVER_RESPONSE, dnstap_pb2.Message.CLIENT_RESPONSE):
            messages.append(
                Recorded(
                    said.response_time_sec * SECOND + said.response_time_nsec,
                    said.type == dnstap_pb2.Message.RESOLVER_RESPONSE,
                    said.response_address,
                    said.query_zone,
                    said.response_message,
                )
            )
    return messages


def _joined(messages: Sequence[Recorded], join: QuestionJoin) -> list[Question]:
    found: list[Question] = []
    for each in messages:
        if each.resolver:
            join.resolver_response(each.time_ns, each.server, each.zone, each.octets)
        else:
            found += join.client_response(each.time_ns, each.octets)
        found += join.due()
    return found + join.finish()


def _truth(path: Path) -> dict[tuple[str, str], dict[str, str]]:
    """First row of each denied question that was asked, by folded name and type."""
    with path.open() as file:
        rows = [row for row in csv.DictReader(file, delimiter="\t") if row["rcode"] == "3"]
    return {(row["qname"].lower(), row["qtype"]): row for row in reversed(rows)}


def _lab_server(zone: str) -> bytes:
    """Whose zone it is: the root at .1, top-level domains at .2, the rest at .3 (the recordings' README)."""
    return bytes([192, 0, 2, 1 if zone == "." else 2 if zone.count(".") == 1 else 3])


# Private reverse names, which the resolver answers itself: its own, so not given. All else is.
LOCAL = {("3.2.1.10.in-addr.arpa.", "PTR"), ("7.1.168.192.in-addr.arpa.", "PTR")}
RECORDINGS = [
    "unbound-1.17.1-default",
    "unbound-1.17.1-noqmin-noaggressive",
    "bind-9.18.49-default",
    "bind-9.18.49-noqmin-nosynth",
]


def _check_recording(
    name: str, found: Sequence[Question], asked: dict[tuple[str, str], dict[str, str]]
) -> None:
    given_ = Counter((name_of(each.qname).lower(), TYPES[each.qtype]) for each in found)
    right = set(given_) & set(asked)
    by = dict(Counter(each.by for each in found))
    print(f"{name}: recall {len(right)}/{len(asked)}, precision {len(right)}/{len(given_)}, {by}")
    assert set(asked) - set(given_) == LOCAL
    assert set(given_) <= set(asked)
    assert set(given_.values()) == {1}
    for each in found:
        row = asked[name_of(each.qname).lower(), TYPES[each.qtype]]
        assert name_of(each.zone).lower() == row["soa_rrname"].lower()
        denials = {denial.rpartition("/")[0].lower() for denial in row["authority_nxdomains"].split()}
        if denials:  # what the packets show
            assert each.by == "authority"
            assert each.denied is not None
            assert name_of(each.denied).lower() in denials


@pytest.mark.parametrize("name", RECORDINGS)
def test_recordings_give_what_was_asked_and_nothing_else(shared: Path, name: str) -> None:
    folder = shared / "resolvers"
    join = QuestionJoin()
    found = _joined(_recording(folder / f"{name}.dnstap"), join)
    _check_recording(name, found, _truth(folder / f"{name}.truth.tsv"))
    assert join.counts["local"] == len(LOCAL)
    for each in found:
        assert each.server == _lab_server(name_of(each.zone).lower())


@pytest.mark.parametrize("name", RECORDINGS)
@pytest.mark.parametrize("order", ["resolver first", "late by up to two seconds", "shuffled"])
def test_the_order_of_arrival_changes_nothing(shared: Path, name: str, order: str) -> None:
    messages = _recording(shared / "resolvers" / f"{name}.dnstap")
    expected = _joined(messages, QuestionJoin())
    rng = random.Random(5)
    if order == "resolver first":  # two files, one after the other
        messages.sort(key=lambda each: not each.resolver)
    elif order == "shuffled":
        rng.shuffle(messages)
        messages.sort(key=lambda each: each.time_ns // (2 * SECOND))
    else:  # four connections, each of which hands on what it has now and then
        due = {}
        for number, each in enumerate(messages):
            connection = rng.randrange(4)
            period = (2 * SECOND, 1_400 * MS, 600 * MS, 900 * MS)[connection]
            due[number] = (each.time_ns // period + 1) * period
        messages = [messages[number] for number in sorted(due, key=lambda number: (due[number], number))]
    found = _joined(messages, QuestionJoin())
    assert Counter(_fact(each) for each in found) == Counter(_fact(each) for each in expected)


def _fact(each: Question) -> tuple[bytes, int, str, bytes | None, bytes | None]:
    return each.qname.lower(), each.qtype, each.by, each.denied and each.denied.lower(), each.server


@pytest.mark.parametrize("name", ["pdns-recursor-4.8.8-default", "pdns-recursor-4.8.8-noqmin-noaggressive"])
def test_a_load_balancer_before_a_resolver_tells_of_its_clients(shared: Path, name: str) -> None:
    """dnsdist before PowerDNS Recursor: the resolver's recording, and the answers that its client got."""
    folder = shared / "resolvers"
    path = folder / f"{name}.truth.tsv"
    numbers = {text: number for number, text in TYPES.items()}
    with path.open() as file:
        answers = [
            Recorded(
                int(float(row["answered"]) * 1e6) * 1_000, False, b"", b"",
                denied(row["qname"], numbers[row["qtype"]], row["soa_rrname"]),
            )
            for row in csv.DictReader(file, delimiter="\t") if row["rcode"] == "3"
        ]  # fmt: skip
    heard = _recording(folder / f"{name}.dnstap")
    for behind_ns in (0, 1_400 * MS, -1_400 * MS):
        arrival = [(each.time_ns, each) for each in heard]
        arrival += [(each.time_ns + behind_ns, each) for each in answers]
        messages = [each for _, each in sorted(arrival, key=lambda pair: pair[0])]
        _check_recording(f"{name}, {behind_ns / SECOND} s", _joined(messages, QuestionJoin()), _truth(path))


def test_a_recording_of_client_messages_alone(shared: Path) -> None:
    folder = shared / "resolvers"
    messages = _recording(folder / "kresd-5.6.0-default.dnstap")
    found = _joined(messages, QuestionJoin(LOCALLY_SERVED))
    asked = _truth(folder / "kresd-5.6.0-default.truth.tsv")
    assert {(name_of(each.qname).lower(), TYPES[each.qtype]) for each in found} == set(asked) - LOCAL
    assert {(each.by, each.server, each.denied) for each in found} == {("proof", None, None)}
    join = QuestionJoin()
    assert _joined(messages, join) == []
    assert join.counts["local"] == len(messages) - join.counts["other"]


def test_dnsdist_alone(shared: Path) -> None:
    messages = _recording(shared / "resolvers" / "dnsdist-1.7.3-nxdomain-only.dnstap")
    join = QuestionJoin(LOCALLY_SERVED)
    found = _joined(messages, join)
    assert len({(each.qname.lower(), each.qtype) for each in found}) == len(found) == 2
    assert join.counts == {"questions": 2, "repeated": 1}


def test_the_client_of_the_recordings_occurs_nowhere(shared: Path) -> None:
    client = bytes([192, 0, 2, 50])
    for name in RECORDINGS:
        found = _joined(_recording(shared / "resolvers" / f"{name}.dnstap"), QuestionJoin())
        assert all(client not in (each.server, each.qname, each.zone, each.denied) for each in found)
