"""Real clients of passive DNS against one's own store: Debian's dnsdbq, PyPI's dnsdb2 and pypdns.

Each option that they have is asked once, and gives what was put into the store. dnsdbq ends with 0 whatever
happens, so what it says is looked at, never its status.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from time import monotonic
from typing import Any

import dns.flags
import dns.message
import dns.name
import dns.rrset
import dnsdb2
import pypdns
import pypdns.errors
import pytest

from nxcast.producers.dnstap.frame_streams import Reader
from nxcast.schemas import dnstap_pb2
from tests.conftest import ROOT, RunningBroker
from tests.consumers.serve.conftest import DAY_S, Server, fill, serving
from tests.consumers.store.conftest import TIME_S, wire

TOKEN = "0123456789abcdef"  # noqa: S105
WAIT_S = 60.0
SAMPLE = ROOT / "testbed" / "sample.dnstap"

Dnsdbq = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server with a token, on records of a week."""
    folder: Path = tmp_path_factory.mktemp("passive")
    tokens = folder / "tokens"
    tokens.write_text(TOKEN + "\n")
    tokens.chmod(0o600)
    with serving(fill(folder / "store"), "--tokens", str(tokens)) as running:
        yield running


@pytest.fixture
def dnsdbq(guarded: Server) -> Dnsdbq:
    def run(*options: str, token: str = TOKEN) -> subprocess.CompletedProcess[str]:
        environment = {"DNSDB_SERVER": f"http://127.0.0.1:{guarded.port}", "DNSDB_API_KEY": token}
        return subprocess.run(
            ("dnsdbq", *options),
            env={**os.environ, **environment},
            capture_output=True,
            text=True,
            timeout=WAIT_S,
            check=False,
        )

    return run


@contextmanager
def recorded(folder: Path) -> Iterator[Server]:
    """A server on a store that is filled, meanwhile, from a recording of a resolver by way of a broker."""
    program = str(Path(sys.executable).with_name("nxcast-"))
    local = "tcp://127.0.0.1:*"
    with RunningBroker("--answers", "--ingress", local, "--egress", local) as broker:
        places = ("--replay", broker.replay, "--broker")
        sending = [f"{program}produce", "dnstap", str(SAMPLE), *places, broker.ingress]
        subprocess.run(sending, check=True, capture_output=True, timeout=WAIT_S)
        keeping = [f"{program}consume", "store", "--store", str(folder), "--since", "1h", "--write-seconds"]
        words = [*keeping, "0.1", "--keep-days", "36500", *places, broker.egress]
        with subprocess.Popen(words, stderr=subprocess.PIPE, text=True) as process:
            try:
                assert process.stderr is not None
                assert any("connected" in line for line in process.stderr)  # it has made the store
                with serving(folder) as running:
                    yield running
            finally:
                process.terminate()
                process.communicate(timeout=WAIT_S)


RRset = tuple[str, str, str, tuple[str, ...]]


def answers_of(path: Path) -> Counter[RRset]:
    """Owner, type, zone and RDATA of each RRset in an answer section, as dnspython reads the recording."""
    found: Counter[RRset] = Counter()
    for payload in Reader().receive_data(path.read_bytes()):
        said = dnstap_pb2.Dnstap.FromString(payload).message
        if said.type != dnstap_pb2.Message.RESOLVER_RESPONSE:
            continue
        message = dns.message.from_wire(said.response_message)
        zone, _ = dns.name.from_wire(said.query_zone, 0)
        if message.flags & dns.flags.TC:
            continue
        for rrset in message.answer:
            if rrset.name.is_subdomain(zone):
                texts = (each.to_digestable().hex() for each in rrset)
                owner = str(rrset.name).lower()
                found[owner, rrset.rdtype.name, str(zone).lower(), tuple(sorted(texts))] += 1
    return found


def shown_of(row: dict[str, Any]) -> RRset:
    """The same of what dnsdbq shows."""
    read = dns.rrset.from_text_list(row["rrname"], 0, "IN", row["rrtype"], row["rdata"])
    texts = tuple(sorted(each.to_digestable().hex() for each in read))
    return row["rrname"], row["rrtype"], row["bailiwick"], texts


def test_dnsdbq_shows_all_that_a_recording_has_answered(tmp_path: Path) -> None:
    """All by a wildcard, some by name; an RRset that stood elsewhere too may have a higher count."""
    expected = answers_of(SAMPLE)
    assert len(expected) > 20
    with recorded(tmp_path / "store") as running:
        environment = {
            **os.environ,
            "DNSDB_SERVER": f"http://127.0.0.1:{running.port}",
            "DNSDB_API_KEY": "none",
        }

        def asked(*options: str) -> Counter[RRset]:
            done = subprocess.run(
                ("dnsdbq", "-j", *options),
                env=environment,
                capture_output=True,
                text=True,
                timeout=WAIT_S,
                check=False,
            )
            told = map(json.loads, done.stdout.splitlines())
            return Counter({shown_of(row): row["count"] for row in told})

        deadline = monotonic() + WAIT_S
        while expected - asked("-r", "*.", "-l", "0") and monotonic() < deadline:
            pass
        assert not expected - asked("-r", "*.", "-l", "0")
        for owner, rrtype, zone, texts in list(expected)[:20]:
            assert (owner, rrtype, zone, texts) in asked("-r", f"{owner}/{rrtype}/{zone}", "-l", "0")


def rows(done: subprocess.CompletedProcess[str]) -> list[dict[str, Any]]:
    assert done.stderr == ""
    return [json.loads(line) for line in done.stdout.splitlines()]


def day(number: int) -> str:
    return str(TIME_S + number * DAY_S)


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        (["-r", "www.example.com"], 3),
        (["-r", "*.example.com"], 9),
        (["-r", "*.example.com", "-l", "2"], 2),
        (["-r", "*.example.com", "-l", "0"], 9),
        (["-r", "*.example.com", "-O", "5"], 4),
        (["-r", "www.*/A", "-l", "0"], 3),
        (["-r", "www.example.com/A/com"], 1),
        (["-r", "www.example.com", "-t", "A", "-b", "com"], 1),
        (["-r", "www.example.com", "-A", day(2)], 1),
        (["-r", "www.example.com", "-B", day(1)], 1),
        (["-r", "www.example.com", "-c", "-A", day(2)], 1),
        (["-r", "www.example.com", "-c", "-B", day(2)], 1),
        (["-r", "www.example.com", "-g"], 3),
        (["-n", "www.example.com"], 1),
        (["-n", "*.example.org"], 2),
        (["-n", "mail.*/MX"], 1),
        (["-i", "192.0.2.0/24"], 2),
        (["-i", "198.51.100.0,24"], 2),
        (["-i", "192.0.2.77"], 1),
        (["-i", "2001:db8::/32"], 1),
        (["-R", wire("v6.example.com.").hex()], 1),
        (["-N", "c000024d/A"], 1),
        (["-N", "0102"], 1),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_dnsdbq_gets_what_it_asks_for(dnsdbq: Dnsdbq, options: list[str], expected: int) -> None:
    assert len(rows(dnsdbq("-j", *options))) == expected


def test_dnsdbq_shows_people_what_dig_would_have_shown(dnsdbq: Dnsdbq) -> None:
    shown = dnsdbq("-r", "www.example.com/A/example.com").stdout
    assert "www.example.com.  A  198.51.100.7\n" in shown
    assert "count: 2; bailiwick: example.com." in shown
    assert "2023-11-14 22:13:20 .. 2023-11-16 22:13:20" in shown


def test_dnsdbq_summarizes_and_tells_the_limits(dnsdbq: Dnsdbq) -> None:
    assert "count: 4; num_results: 3" in dnsdbq("-V", "summarize", "-r", "www.example.com").stdout
    assert "results_max: 1000000" in dnsdbq("-I").stdout


def test_dnsdbq_says_what_was_wrong(dnsdbq: Dnsdbq) -> None:
    assert "libcurl 403" in dnsdbq("-r", "www.example.com", token="another").stderr  # noqa: S106
    assert "not a name" in dnsdbq("-r", "a..b").stderr
    assert "offset is" in dnsdbq("-r", "a", "-O", "1000000000").stderr
    assert "no results found" in dnsdbq("-r", "nothing.example.com").stderr


def test_dnsdb2_gets_what_it_asks_for(guarded: Server) -> None:
    client = dnsdb2.Client(TOKEN, server=f"http://127.0.0.1:{guarded.port}")
    try:
        assert client.ping()
        assert client.rate_limit()["rate"]["limit"] == "unlimited"
        name = "www.example.com"
        assert len(list(client.lookup_rrset(name, rrtype="A", bailiwick="example.com"))) == 2
        assert len(list(client.lookup_rrset("*.example.com", time_last_after=-60))) == 0
        assert [row["rrname"] for row in client.lookup_rdata_name(name)] == ["www.example.net."]
        assert len(list(client.lookup_rdata_ip("192.0.2.0/24"))) == 2
        assert len(list(client.lookup_rdata_raw("c000024d", rrtype="A"))) == 1
        assert next(client.summarize_rrset(name))["num_results"] == 3
        (row,) = client.lookup_rrset(name, bailiwick="com", humantime=True)
        assert row["time_first"] == "2023-11-15T22:13:20Z"
        for search, pattern in ((client.flex_rrnames_regex, r"^v6\."), (client.flex_rrnames_glob, "v6.*")):
            (row,) = search(pattern, verbose=False)
            assert (row["rrname"], "count" in row) == ("v6.example.com.", False)
        for search, pattern in ((client.flex_rdata_regex, "mail"), (client.flex_rdata_glob, "10 mail*")):
            (row,) = search(pattern, rrtype="MX", exclude="www*")
            assert row["rdata"] == "10 mail.example.org."
        with pytest.raises(dnsdb2.QueryLimited):
            list(client.lookup_rrset("*.example.com", limit=1))
        with pytest.raises(dnsdb2.OffsetError):
            list(client.lookup_rrset(name, offset=10**9))
    finally:
        client.close()


def test_dnsdb2_is_told_that_a_key_is_wrong(guarded: Server) -> None:
    client = dnsdb2.Client("another", server=f"http://127.0.0.1:{guarded.port}")
    with pytest.raises(dnsdb2.AccessDenied):
        client.ping()
    client.close()


def test_pypdns_gets_what_it_asks_for(guarded: Server) -> None:
    url = f"http://127.0.0.1:{guarded.port}/pdns/query"
    client = pypdns.PyPDNS(url=url, basic_auth=("anybody", TOKEN))
    found = client.rfc_query("www.example.com")
    assert {record.rrtype for record in found} == {"A", "CNAME"}
    assert {record.bailiwick for record in found} == {"com.", "example.com.", None}
    assert min(record.time_first for record in found) == TIME_S
    assert len(list(client.iter_query("www.example.com"))) == len(found) == 4
    assert [record.rrtype for record in client.iter_query("www.example.com", filter_rrtype="CNAME")] == [
        "CNAME"
    ]
    assert [record.rrname for record in client.rfc_query("192.0.2.77")] == ["a\\.b.example.com."]
    client.session.close()
    client = pypdns.PyPDNS(url=url, basic_auth=("anybody", "another"))
    with pytest.raises(pypdns.errors.UnauthorizedError):
        client.rfc_query("www.example.com")
    client.session.close()
