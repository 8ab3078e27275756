"""The server as a process: what hostile queries and clients cost, and that it stops."""

from __future__ import annotations

import asyncio
import signal
import socket
from contextlib import ExitStack, suppress

import pytest

from nxcast.consumers.__main__ import main
from nxcast.consumers.serve import flexible, http_connections, streaming
from nxcast.consumers.serve.asked import Asked
from nxcast.consumers.serve.dnsdb import answer
from nxcast.consumers.serve.http_gate import Gate
from nxcast.consumers.serve.routes import application
from nxcast.consumers.serve.streaming import OVER, Answers, Work
from nxcast.consumers.store.lookups import Reader
from tests.consumers.serve.conftest import ZONE, fill, serving
from tests.consumers.store.conftest import TXT, Seen, rr

LARGE_ROWS = 3000
HUNG_S = 60.0


@pytest.fixture(scope="module")
def large(tmp_path_factory):
    """30 MB of answers to one wildcard."""

    def told():
        for number in range(LARGE_ROWS):
            name = f"n{number}.{ZONE}"
            texts = [b"\xff" + bytes([65 + part]) * 255 for part in range(40)]
            yield Seen.answer(name, TXT, ZONE, answers=[rr(name, TXT, each) for each in texts])

    return fill(tmp_path_factory.mktemp("large") / "store", told())


@pytest.fixture
def running(large):
    with serving(large) as made:
        yield made


def ask(port, path, *, octets=4096):
    """A client that has got the beginning of an answer, and reads no more."""
    client = socket.socket()
    client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    client.settimeout(HUNG_S)
    client.connect(("127.0.0.1", port))
    client.sendall(f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode())
    assert client.recv(octets).startswith(b"HTTP/1.1 200")
    return client


def resident_kb(process):
    with open(f"/proc/{process.pid}/status") as status:
        return next(int(line.split()[1]) for line in status if line.startswith("VmRSS"))


def test_readers_that_do_not_read_hold_little_and_do_not_keep_others_waiting_or_the_server_up(running):
    running.lines("/dnsdb/v2/lookup/rrset/name/n1.example.com")
    before_kb = resident_kb(running.process)
    clients = [ask(running.port, "/dnsdb/v2/lookup/rrset/name/*") for _ in range(16)]
    assert running.lines("/dnsdb/v2/lookup/rrset/name/n1.example.com")[1] == {"cond": "succeeded"}
    assert resident_kb(running.process) - before_kb < 128 << 10
    running.process.send_signal(signal.SIGTERM)
    assert running.process.wait(HUNG_S) == 0
    for client in clients:
        client.close()


@pytest.mark.parametrize("path", ["/dnsdb/v2/lookup/rrset/name/example.com", "/pdns/query/example.com"])
def test_as_many_queries_as_there_can_be_are_told_to_the_next(planted, path):
    answers, sent = Answers(), []

    async def send(message):
        sent.append(message)

    async def receive():
        await asyncio.Event().wait()

    def ask_once():
        scope = {
            "type": "http", "method": "GET", "path": path, "raw_path": path.encode(),
            "query_string": b"", "headers": [(b"host", b"localhost")],
        }  # fmt: skip
        sent.clear()
        with Reader(str(planted)) as reader:
            asyncio.run(application(reader, Gate(()), answers)(scope, receive, send))
        return sent[0]["status"], dict(sent[0]["headers"]).get(b"retry-after")

    with ExitStack() as places:
        for _ in range(streaming.QUERIES_MAX):
            places.enter_context(answers.place())
        assert ask_once() == (503, b"5")
        assert b"try again" in sent[1]["body"]
    for _ in range(2 * streaming.QUERIES_MAX):  # who has had an answer gives the place back
        assert ask_once() == (200, None)


def test_strangers_who_connect_and_are_silent_lock_nobody_out(running):
    silent = [
        socket.create_connection(("127.0.0.1", running.port)) for _ in range(http_connections.CONNECTIONS_MAX)
    ]
    more = socket.create_connection(("127.0.0.1", running.port))
    more.settimeout(HUNG_S)
    more.sendall(b"GET /dnsdb/v2/ping HTTP/1.1\r\nHost: localhost\r\n\r\n")
    assert more.recv(12).startswith(b"HTTP/1.1 ")
    silent[0].settimeout(HUNG_S)
    with suppress(ConnectionResetError):
        assert silent[0].recv(1) == b""
    for client in (*silent, more):
        client.close()


def lines(folder, words, work=None):
    """An answer as it is made, without a server."""
    with Reader(str(folder)) as reader:
        work = work or Work(Answers())
        made = answer(words, Asked(), reader, work)
        ended, body = False, b""
        while not ended:
            part, ended = streaming._slice(made, work)
            body += part
    return body.splitlines()


EVERYTHING = [
    ["lookup", "rrset", "name", "*"],
    ["summarize", "rrset", "name", "*"],
    ["lookup", "rdata", "name", "*"],
    ["lookup", "rdata", "ip", "::-ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"],
    ["regex", "rrnames", "(x+x+)+y"],
    ["regex", "rdata", "(x*)*$"],
    ["glob", "rdata", "*x*x*x*x*"],
]
SHORT = (["rdata", "name"], ["rdata", "ip"])  # of a store that has neither names nor addresses in RDATA


@pytest.mark.parametrize("words", EVERYTHING, ids=" ".join)
def test_a_query_that_has_cost_what_it_may_says_so_and_ends(planted, words, monkeypatch):
    monkeypatch.setattr(streaming, "WORK_S", 0.0)
    told = lines(planted, words)
    assert told[0] == b'{"cond":"begin"}'
    if words[2] != "ip":  # where nothing is found there is nothing to stop at
        assert told[-1].decode() == f'{{"cond":"limited","msg":"{OVER}"}}'


@pytest.mark.parametrize("words", [words for words in EVERYTHING if words[1:3] not in SHORT], ids=" ".join)
def test_a_slice_ends_though_nothing_is_found(large, words, monkeypatch):
    """So others have their turn, and a stop is heard, whatever a query reads."""
    monkeypatch.setattr(streaming, "SLICE_S", 0.0)
    with Reader(str(large)) as reader:
        made = answer(words, Asked(offset=1_000_000), reader, Work(Answers()))
        steps = 0
        for _ in range(3):
            part, ended = streaming._slice(made, Work(Answers()))
            steps += not ended
            assert len(part) <= streaming.SLICE_OCTETS + (4 << 20)
    assert steps == 3 or (words[2] in ("name", "ip") and words[1] == "rdata")


def test_an_answer_fails_where_the_server_stops(planted):
    answers = Answers()
    answers.stopping = True
    told = lines(planted, ["lookup", "rrset", "name", "*"], work=Work(answers))
    assert told[1:] == [b'{"cond":"failed","msg":"the server was stopped"}']


def test_an_answer_that_lasts_too_long_ends(planted, monkeypatch):
    monkeypatch.setattr(streaming, "LAST_S", 0.0)
    assert OVER.encode() in lines(planted, ["lookup", "rrset", "name", "*"])[-1]


def test_searched_rdata_is_remembered_up_to_a_bound(planted, monkeypatch):
    monkeypatch.setattr(flexible, "SEEN_MAX", 3)
    told = lines(planted, ["glob", "rdata", "*"])
    assert len(told) == 5
    assert b"over 3 results" in told[-1]


def test_a_store_that_is_not_there_or_an_address_in_use_is_one_line(tmp_path, planted, capsys):
    assert main(["serve", "--store", str(tmp_path), "--listen", "0"]) == 1
    assert "has no store" in capsys.readouterr().err
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        assert main(["serve", "--store", str(planted), "--listen", str(port)]) == 1
    assert f"can't listen at 127.0.0.1:{port}" in capsys.readouterr().err
