"""A store with one of each, and the server on it as a process, as users start it."""

from __future__ import annotations

import http.client
import json
import re
import subprocess
import sys
from contextlib import contextmanager

import pytest

from nxcast.consumers.store.database import Store
from nxcast.consumers.store.gathering import Gathered
from nxcast.consumers.store.importing import import_rows, rows_of
from tests.consumers.store.conftest import CNAME, MX, TIME_NS, TIME_S, TXT, A, Seen, rr, soa, wire

ZONE = "example.com."
DAY_S = 86_400
WAIT_S = 60.0


def records():
    """Some of a week: `www` moved on the third day, and answers came of two zones."""

    def answer(name, rrtype, *rdata, zone=ZONE, days=0):
        answers = [rr(name, rrtype, each) for each in rdata]
        return Seen.answer(name, rrtype, zone, answers=answers, time_ns=TIME_NS + days * DAY_S * 10**9)

    yield answer("www.example.com.", A, bytes([192, 0, 2, 1]))
    yield answer("www.example.com.", A, bytes([192, 0, 2, 1]), days=2)
    yield answer("www.example.com.", A, bytes([198, 51, 100, 7]), bytes([198, 51, 100, 8]), days=3)
    yield answer("www.example.com.", A, bytes([192, 0, 2, 1]), zone="com.", days=1)
    yield answer("www.example.com.", A, bytes([203, 0, 113, 9]), zone=None)
    yield answer("www.example.net.", CNAME, wire("www.example.com."), zone="example.net.", days=1)
    yield answer(ZONE, MX, b"\0\x0a" + wire("mail.example.org."), b"\0\x14" + wire("www.example.org."))
    yield answer(ZONE, TXT, b"\x04a\\b\xff")
    yield answer("v6.example.com.", 28, bytes.fromhex("20010db8000000000000000000000001"))
    yield answer(ZONE, 43, b"\0\1\x0d\2" + bytes(32))
    yield answer("odd.example.com.", 65400, b"\1\2")
    yield answer("a\\.b.example.com.", A, bytes([192, 0, 2, 77]))
    yield answer(
        "1.0/25.2.0.192.in-addr.arpa.", 12, wire("host.example.com."), zone="0/25.2.0.192.in-addr.arpa."
    )
    yield Seen.answer("none.example.com.", A, ZONE, authorities=[soa(ZONE)])


def fill(folder, told=None):
    """Write records into a store."""
    with Store(str(folder)) as store:
        gathered = Gathered()
        gathered.take(list(records() if told is None else told), TIME_S + 10 * DAY_S)
        store.write(gathered)
    return folder


@pytest.fixture(scope="session")
def planted(tmp_path_factory):
    """The folder of a store; with a zone file too."""
    folder = fill(tmp_path_factory.mktemp("planted") / "store")
    zone = folder.parent / "zone"
    zone.write_text("$ORIGIN published.example.\n$TTL 60\n@ SOA ns a 1 2 3 4 5\n@ NS ns\nns A 192.0.2.99\n")
    with Store(str(folder)) as store:
        import_rows(store, rows_of(str(zone), None))
    return folder


class Server:
    """One that runs, and what it says."""

    def __init__(self, process, port):
        self.process = process
        self.port = port

    def get(self, path, headers=None, method="GET", host=None):
        """Status, headers and body of a request."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=WAIT_S)
        connection.request(
            method, path, headers={"Host": host or f"127.0.0.1:{self.port}", **(headers or {})}
        )
        response = connection.getresponse()
        body = response.read().decode()
        connection.close()
        return response.status, response.headers, body

    def lines(self, path, headers=None):
        """The objects of an answer in SAF, and how it ends."""
        status, _, body = self.get(path, headers)
        assert status == 200, body
        told = [json.loads(line) for line in body.splitlines()]
        assert told[0] == {"cond": "begin"}
        return [each["obj"] for each in told[1:-1]], told[-1]


@contextmanager
def serving(folder, *options, env=None):
    """The command, until the block ends: on a store, and live where a broker is named."""
    alone = [] if "--broker" in options else ["--no-live"]
    store = [*alone, "--store", str(folder)] if folder is not None else []
    words = [sys.executable, "-m", "nxcast.consumers", "serve", *store, "--listen", "0", *options]
    with subprocess.Popen(words, stderr=subprocess.PIPE, text=True, env=env) as process:
        try:
            line = process.stderr.readline()
            found = re.search(r"http://127\.0\.0\.1:([0-9]+)/", line)
            assert found, line + process.stderr.read()
            yield Server(process, int(found[1]))
        finally:
            process.kill()
            process.stderr.read()


@pytest.fixture(scope="session")
def server(planted):
    """One server for all tests that only ask."""
    with serving(planted) as running:
        yield running
