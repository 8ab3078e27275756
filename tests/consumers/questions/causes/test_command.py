"""`nxcast-consume causes` of what real programs asked, and of both channels in one file."""

import json
import subprocess
import sys

import pytest


def causes(*arguments, text=None):
    run = subprocess.run(
        (sys.executable, "-m", "nxcast.consumers", "causes", "--format", "json", *arguments),
        input=text,
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    told = map(json.loads, run.stdout.splitlines())
    return {row["cause"]: row["look_ups"] for row in told if row["section"] == "causes"}


def test_both_channels_of_a_file_are_counted_and_nxdomain_once():
    time = {"time": "2026-01-01T00:00:00.000000000Z", "sensor": "lab", "response_ip": "192.0.2.53"}
    name = {"qname": "kettlemeadow.com.", "qclass": "IN", "qtype": "MX"}
    raw = {"type": "UDP_QUERY_RESPONSE", "response_port": 53, "proto": "UDP", "query_ip": None} | {
        "query_port": None,
        "id": 1,
        "opcode": "QUERY",
        "query": None,
        "response": "AAAAAAAAAAAAAAAA",
    }
    lines = [
        {**time, **name, "soa_rrname": "com."},
        {**time, **name, **raw, "rcode": "NXDOMAIN"},
        {**time, **name, **raw, "rcode": "SERVFAIL"},
    ]
    assert causes("--from", "-", text="".join(f"{json.dumps(line)}\n" for line in lines)) == {
        "mail": 1,
        "broken-zone": 1,
    }


@pytest.mark.parametrize(
    ("program", "found"),
    [
        ("exim", {"mail": 3, "blocklist": 3, "reverse": 1}),
        ("postfix-out", {"mail": 6}),
        ("policydspf", {"mail": 2}),
        ("opendmarc", {"mail": 1}),
        ("mtasts", {"mail": 1}),
        ("rblcheck", {"blocklist": 6}),
        ("adcli", {"discovery": 2}),
        ("netads", {"discovery": 1}),
        ("pymongo", {"discovery": 1}),
        ("baresip", {"discovery": 6, "other": 4}),
        ("curl-k8s", {"leaked": 6, "search-list": 2, "other": 2}),
        ("smbclient", {"leaked": 4}),
        ("puppet", {"leaked": 2}),
    ],
)
def test_what_real_programs_ask_has_its_cause(program, found, shared):
    assert causes("--from", str(shared / f"programs/{program}.jsonl")) == found


@pytest.mark.parametrize("program", ["rspamd", "spamassassin"])
def test_filters_of_mail_ask_blocklists_and_about_mail(program, shared):
    found = causes("--from", str(shared / f"programs/{program}.jsonl"))
    assert found["blocklist"] > sum(found.values()) / 2
    assert not found.keys() & {"machine-made", "beacon", "leaked"}
