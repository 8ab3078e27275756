"""The command: from a file or a broker into a folder, and what can be done with that."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import duckdb
import pytest

from nxcast.consumers.__main__ import main
from nxcast.consumers.show.json_lines import record_json
from nxcast.consumers.store.database import Store
from nxcast.consumers.store.presentation import rdata_text
from tests.consumers.store.conftest import MX, TIME_S, TXT, A, rr, wire

ZONE_FILE = """\
$ORIGIN example.com.
$TTL 60
@ IN SOA ns host 1 2 3 4 5
@ IN NS NS.example.com.
www IN A 192.0.2.1
www IN A 192.0.2.2
odd IN TYPE65400 \\# 2 01ff
none IN TYPE65400 \\# 0
a\\.b IN TXT "two words" "\\255"
loc IN LOC 52 22 23.000 N 4 53 32.000 E -2.00m 0.00m 10000m 10m
https IN HTTPS 1 . alpn=h2
naptr IN NAPTR 100 50 "s" "http+I2L+I2C+I2R" "" _http._tcp.example.com.
"""


LONG = ("--keep-days", "36500")  # the records are of 2023 and before


@pytest.fixture
def folder(tmp_path):
    return str(tmp_path / "store")


@pytest.fixture
def recorded(tmp_path, seen, make):
    """A file as 'tail --format json' writes it."""
    records = [
        seen.answer(
            "www.example.com.", A, "example.com.", answers=[rr("www.example.com.", A, bytes([192, 0, 2, 1]))]
        ),
        seen.answer(
            "www.example.com.", A, "example.com.", answers=[rr("WWW.example.com.", A, bytes([192, 0, 2, 1]))]
        ),
        seen.answer("mail.example.com.", MX, "example.com.", rcode=2),
        make.nxdomain(qname="no.example.com.", soa_rrname="example.com."),
    ]
    path = tmp_path / "tail.jsonl"
    path.write_text("".join(record_json(each) + "\n" for each in records))
    return str(path)


def test_records_of_a_file_are_kept_and_added_to(folder, recorded, capsys):
    assert main(["store", "--store", folder, "--from", recorded, *LONG]) == 0
    assert (
        "4 records taken in all, 2 observations of RRsets and 2 of failures in all" in capsys.readouterr().err
    )
    assert main(["store", "--store", folder, "--from", recorded, *LONG]) == 0
    with Store(folder) as store:
        assert [(row.owner, row.count) for row in store.rrsets()] == [(wire("www.example.com."), 4)]
        assert [(row.rcode, row.count) for row in store.failures()] == [(3, 2), (2, 2)]


INTERRUPTED_AT_ONCE = """
import os, signal
from nxcast.consumers.__main__ import main
from nxcast.consumers.show import feed
feed.say = lambda *_, **__: os.kill(os.getpid(), signal.SIGINT)
raise SystemExit(main())
"""


def test_ctrl_c_as_soon_as_it_says_that_it_is_connected_ends_it_in_order(folder, broker):
    words = ("store", "--store", folder, "--broker", broker.endpoint)
    with subprocess.Popen([sys.executable, "-c", INTERRUPTED_AT_ONCE, *words]) as process:
        broker.await_subscription()
        broker.publish_status()
        assert process.wait(60) == 0
    with Store(folder) as store:
        assert store.position() is not None


def test_customer_keys_are_not_kept_unless_asked_for(folder, tmp_path, make):
    name = "2.0.0.127.abcdefghijklmnopqrstuvwxyz.zen.dq.spamhaus.net."
    path = tmp_path / "tail.jsonl"
    path.write_text(record_json(make.nxdomain(qname=name, soa_rrname="dq.spamhaus.net.")) + "\n")
    for options, shown in (([], False), (["--show-keys"], True)):
        assert main(["store", "--store", folder + str(shown), "--from", str(path), *options, *LONG]) == 0
        with Store(folder + str(shown)) as store:
            (row,) = store.failures()
            assert (b"abcdefghijklmnopqrstuvwxyz" in row.qname) == shown


def test_an_export_has_a_row_a_key_that_duckdb_reads(folder, recorded, tmp_path):
    main(["store", "--store", folder, "--from", recorded, *LONG])
    assert main(["store", "--store", folder, "--export", str(tmp_path / "out")]) == 0
    with duckdb.connect() as connection:
        found = connection.read_parquet(f"{tmp_path}/out-rrsets.parquet")
        columns = "rrname, rrtype, bailiwick, verified, rdata, epoch(time_first), count"
        assert found.select(*map(duckdb.SQLExpression, columns.split(", "))).fetchall() == [
            ("www.example.com.", "A", "example.com.", True, ["192.0.2.1"], TIME_S, 2)
        ]
        failures = connection.read_parquet(f"{tmp_path}/out-failures.parquet").order("qname")
        assert failures.select("qname", "qtype", "rcode", "zone", "count", "servers").fetchall() == [
            ("mail.example.com.", "MX", "SERVFAIL", "example.com.", 1, ["192.0.2.53"]),
            ("no.example.com.", "MX", "NXDOMAIN", "example.com.", 1, ["192.33.14.30"]),
        ]


def test_an_export_that_fails_leaves_nothing_and_the_next_takes_away_what_a_kill_left(
    folder, recorded, tmp_path
):
    main(["store", "--store", folder, "--from", recorded, *LONG])
    out = tmp_path / "exports"
    in_the_way = out / "out-rrsets.parquet" / "file"
    in_the_way.parent.mkdir(parents=True)
    in_the_way.touch()
    (out / ".out-rrsets.parquet.0123abcd.part").touch()
    assert main(["store", "--store", folder, "--export", str(out / "out")]) == 1
    assert list(out.rglob("*")) == [in_the_way.parent, in_the_way]


def test_a_zone_file_says_what_was_published_and_counts_nothing(folder, tmp_path):
    path = tmp_path / "example.zone"
    path.write_text(ZONE_FILE)
    for _ in range(2):
        assert main(["store", "--store", folder, "--import", str(path)]) == 0
    at = int(path.stat().st_mtime)
    with Store(folder) as store:
        rows = list(store.rrsets())
    assert {(row.first, row.last, row.count, row.zone_first, row.zone_last) for row in rows} == {
        (0, 0, 0, at, at)
    }
    told = {(row.owner, row.rrtype): [rdata_text(row.rrtype, each) for each in row.rdata] for row in rows}
    assert told[wire("www.example.com."), A] == ["192.0.2.1", "192.0.2.2"]
    assert told[wire("example.com."), 2] == ["ns.example.com."]
    assert told[wire("odd.example.com."), 65400] == [r"\# 2 01ff"]
    assert told[wire("none.example.com."), 65400] == [r"\# 0"]
    assert told[wire(r"a\.b.example.com."), TXT] == [r'"two words" "\255"']
    assert told[wire("loc.example.com."), 29] == [
        "52 22 23.000 N 4 53 32.000 E -2.00m 0.00m 10000.00m 10.00m"
    ]
    assert told[wire("https.example.com."), 65] == ['1 . alpn="h2"']
    assert told[wire("naptr.example.com."), 35] == [
        '100 50 "s" "http+I2L+I2C+I2R" "" _http._tcp.example.com.'
    ]


def test_lines_of_the_common_output_format_add_up(folder, tmp_path):
    line = {
        "rrname": "www.example.com",
        "rrtype": "A",
        "rdata": ["192.0.2.1"],
        "time_first": 5,
        "time_last": 9,
    }
    lines = [
        {**line, "count": 3, "bailiwick": "example.com."},
        {**line, "count": 2, "bailiwick": "example.com.", "time_first": 4},
        {**line, "rdata": "192.0.2.2"},
        {
            "rrname": "example.com.",
            "rrtype": "MX",
            "rdata": "10 MX.example.com.",
            "zone_time_first": 1,
            "zone_time_last": 2,
        },
    ]
    path = tmp_path / "others.jsonl"
    path.write_text("\n".join(map(json.dumps, lines)) + "\n\n")
    assert main(["store", "--store", folder, "--import", str(path)]) == 0
    with Store(folder) as store:
        told = [
            (row.zone, row.rdata, row.first, row.last, row.count, row.zone_last) for row in store.rrsets()
        ]
        assert store.account["imported.rrsets"] == 6
    address = bytes([192, 0, 2, 1])
    assert told == [
        (wire("example.com."), (address,), 4, 9, 5, 0),
        (None, (b"\0\x0a" + wire("mx.example.com."),), 0, 0, 0, 2),
        (None, (bytes([192, 0, 2, 2]),), 5, 9, 1, 0),
    ]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('{"rrname": 1}', ":1: rrtype can't be None"),
        ('{"rrname": 1, "rrtype": "A"}', ":1: rrname is no text"),
        ('{"rrname": "a.", "rrtype": "A", "rdata": "nonsense"}', ":1: RDATA 'nonsense': "),
        ('{"rrname": "a.", "rrtype": "A", "rdata": []}', ":1: rdata is neither text nor an array of texts"),
        (
            '{"rrname": "a.", "rrtype": "A", "rdata": "192.0.2.1", "bailiwick": "b."}',
            ":1: rrname is not within",
        ),
        ('{"rrname": "a.", "rrtype": "A", "rdata": "192.0.2.1", "count": -1}', ":1: count can't be -1"),
        ('{"rrname": "a.", "rrtype": "A", "rdata": "192.0.2.1", "count": 1}', ":1: time_last is missing"),
        ("{nonsense", ":1: "),
        ("{" * 200_000, ":1: "),
        ("nonsense", "is neither a zone file nor lines of COF"),
        ("www.example. 60 IN A 192.0.2.1\n", "--origin"),
        (b"\xff".decode("latin-1") * 3, "is neither a zone file nor lines of COF"),
    ],
)
def test_what_can_not_be_imported_is_one_line(folder, tmp_path, capsys, text, told):
    path = tmp_path / "import"
    path.write_text(text)
    assert main(["store", "--store", folder, "--import", str(path)]) == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert told in line


def test_the_zone_of_a_file_can_be_told(folder, tmp_path):
    path = tmp_path / "example.zone"
    path.write_text("www 60 IN A 192.0.2.1\n")
    assert main(["store", "--store", folder, "--import", str(path), "--origin", "example.org."]) == 0
    with Store(folder) as store:
        assert [row.owner for row in store.rrsets()] == [wire("www.example.org.")]


def test_a_name_is_forgotten_and_the_store_compacted(folder, recorded, capsys):
    main(["store", "--store", folder, "--from", recorded, *LONG])
    capsys.readouterr()
    assert main(["store", "--store", folder, "--delete", "www.EXAMPLE.com"]) == 0
    assert "1 row forgotten" in capsys.readouterr().err
    assert main(["store", "--store", folder, "--compact"]) == 0
    with Store(folder) as store:
        assert list(store.rrsets()) == []


@pytest.mark.parametrize("options", [["--delete", "example.com"], ["--compact"], ["--export", "x"]])
def test_what_is_done_with_a_store_makes_none(folder, capsys, options):
    assert main(["store", "--store", folder, *options]) == 1
    assert capsys.readouterr().err.endswith(f"{folder} has no store; nxcast-consume store makes one\n")
    assert not os.path.exists(folder)


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (["--delete", ""], "a name is missing; the root, and with it all, is '.'"),
        (["--delete", "a..b"], "label of 0 octets, not 1 to 63, in domain name"),
        (["--origin", "example.com."], "--origin goes with --import"),
        (["--export", "x", "--compact"], "not allowed with argument"),
        (["--export", ""], "a prefix is missing"),
        (["--store", ""], "a folder is missing"),
        (["--compact", "--since", "5m"], "--compact goes without --since"),
        (["--delete", "x.", "--from", "y"], "--delete goes without --from"),
        (["--from", "y", "--import", "x"], "--import goes without --from"),
        (["--import", "x", "--keep-days=3"], "--import goes without --keep-days"),
        (["--export", "x", "--broker", "tcp://127.0.0.1:1"], "--export goes without --broker"),
        (["--from", "y", "--replay", "off"], "--from goes without --replay"),
        (["--from", "y", "--since", "5m"], "--from goes without --since"),
        (["--keep-days", "0"], "invalid whole number from 1 value: '0'"),
    ],
)
def test_wrong_arguments_are_status_2(folder, capsys, options, told):
    with pytest.raises(SystemExit) as caught:
        main(["store", "--store", folder, *options])
    assert caught.value.code == 2
    assert told in capsys.readouterr().err
    assert not os.path.exists(folder)


@pytest.mark.parametrize("option", ["--from", "--import"])
@pytest.mark.parametrize("there", [None, "", "nonsense"])
def test_a_file_that_gives_nothing_makes_no_store(folder, tmp_path, option, there):
    path = tmp_path / "file"
    if there is not None:
        path.write_text(there)
    ended = main(["store", "--store", folder, option, str(path)])
    made = option == "--from" and there is not None  # records that are none are passed over, and told
    assert (ended, os.path.exists(folder)) == (0 if made else 1, made)


def test_lines_of_the_common_output_format_come_through_a_pipe_whole(folder):
    told = {"rrname": "a.", "rrtype": "A", "rdata": "192.0.2.1", "time_first": 1, "time_last": 2, "count": 1}
    command = [sys.executable, "-m", "nxcast.consumers", "store", "--store", folder, "--import", "/dev/stdin"]
    lines = "".join(f"{json.dumps(told)}\n" for _ in range(1000))
    subprocess.run(command, input=lines, text=True, check=True)
    with Store(folder) as store:
        assert [row.count for row in store.rrsets()] == [1000]


@pytest.mark.parametrize(
    ("module", "options"), [("rocksdict", ["--compact"]), ("pyarrow", ["--export", "x"])]
)
def test_without_a_package_one_line_says_how_to_get_it(folder, monkeypatch, capsys, module, options):
    with Store(folder):
        pass
    monkeypatch.setitem(sys.modules, module, None)
    assert main(["store", "--store", folder, *options]) == 1
    assert f"pip install '{module}" in capsys.readouterr().err


def test_what_is_too_old_to_be_kept_is_told(folder, recorded, capsys):
    assert main(["store", "--store", folder, "--from", recorded, "--keep-days", "30"]) == 0
    assert "3 rows forgotten, last seen over 30 days ago or beyond --keep-octets" in capsys.readouterr().err
    with Store(folder) as store:
        assert [*store.rrsets(), *store.failures()] == []
