"""Recorded channels: what DuckDB finds in the files, which files there are, and what is told."""

import re
import resource
import signal
import subprocess
import sys
from io import BytesIO

import pytest

from nxcast.consumers.__main__ import main
from nxcast.consumers.keep import record
from nxcast.consumers.show.json_lines import record_json
from tests.messages import message, opt

pq = pytest.importorskip("pyarrow.parquet")

LIMIT_S = 60  # a hard time-out for any process
KEY = "c0ffee00c0ffee00c0ffee00ca"
KEYED = f"2.0.0.127.{KEY}.zen.dq.spamhaus.net."

# As in README.md.
QUERY = """
select lower(soa_rrname) as zone, qtype, count(*) as failed,
       count(distinct lower(qname)) as names, count(distinct response_ip) as servers
from 'nxdomain-*.parquet'
group by all
order by failed desc, zone
limit 5
"""


@pytest.fixture
def written(tmp_path):
    """Writes records to a file as `tail --format json` does, and runs `record` on it; files by name."""

    def write(records, topic, *options, status=0):
        source = tmp_path / "source.jsonl"
        source.write_text("".join(f"{record_json(record)}\n" for record in records))
        folder = tmp_path / "out"
        folder.mkdir(exist_ok=True)
        assert main(["record", topic, str(folder), "--from", str(source), *options]) == status
        return sorted(folder.iterdir())

    return write


def rows(files):
    return [row for file in files for row in pq.read_table(file).to_pylist()]


def test_an_nxdomain_is_a_row_with_the_columns_of_csv(written, make):
    told = {"query_zone": "com.", "minimised": True}
    (file,) = written([make.nxdomain(time_ns=1_454_000_000_123_456_789, **told)], "nxdomain/")
    assert re.fullmatch(r"nxdomain-\d{8}T\d{6}Z-0001\.parquet", file.name)
    table = pq.read_table(file)
    assert {field.name: str(field.type) for field in table.schema} == {
        "time": "timestamp[ns, tz=UTC]",
        "qname": "string",
        "qclass": "string",
        "qtype": "string",
        "response_ip": "string",
        "soa_rrname": "string",
        "sensor": "string",
        "query_zone": "string",
        "minimised": "bool",
        "forwarder": "bool",
        "denied": "string",
        "by": "string",
    }
    assert table["time"].cast("int64").to_pylist() == [1_454_000_000_123_456_789]
    assert table.drop_columns("time").to_pylist() == [
        {
            "qname": "gdsrr.com.",
            "qclass": "IN",
            "qtype": "MX",
            "response_ip": "192.33.14.30",
            "soa_rrname": "com.",
            "sensor": "lab",
            **told,
            **dict.fromkeys(("forwarder", "denied", "by")),
        }
    ]
    assert pq.ParquetFile(file).metadata.row_group(0).column(0).compression == "ZSTD"


def test_a_dns_error_has_its_messages_as_octets_and_its_ports_as_numbers(written, make):
    sent = make.dns_error(rcode=23, qtype=65400, opcode=4)
    (row,) = rows(written([sent], "dns-errors/"))
    told = ("query_zone", "minimised", "forwarder", "ede")
    assert list(row) == ["time", *list(sent)[1:], *told]
    assert {key: value for key, value in row.items() if key != "time"} == {
        **{key: value for key, value in sent.items() if key != "time_ns"},
        "type": "UDP_QUERY_RESPONSE",
        "proto": "UDP",
        "opcode": "NOTIFY",
        "qclass": "IN",
        "qtype": "TYPE65400",
        "rcode": "BADCOOKIE",
        **dict.fromkeys(told),
    }


def test_the_reasons_of_a_response_are_a_column(written, make):
    response = message(2, additionals=[opt(options=b"\0\x0f\0\x06\0\x16gone")])
    (row,) = rows(written([make.dns_error(response=response, response_port=0)], "dns-errors/"))
    assert (row["ede"], row["response_port"]) == ("22 (No Reachable Authority): gone", None)


def test_what_is_not_known_is_null(written, make):
    nothing = dict.fromkeys(["query_ip", "query_port", "qname", "qclass", "qtype", "query"])
    (row,) = rows(written([make.dns_error(**nothing)], "dns-errors/"))
    assert {key: row[key] for key in nothing} == nothing


def test_only_records_of_the_topic_are_written(written, make):
    records = [make.nxdomain(), make.nxdomain(qtype=1), make.dns_error()]
    (file,) = written(records, "nxdomain/MX")
    assert file.name.startswith("nxdomain-MX-2")
    assert [row["qtype"] for row in rows([file])] == ["MX"]


def test_records_that_where_passes_over_are_counted(written, make, capsys):
    records = [make.nxdomain(qname=name) for name in ("a.example.", "b.test.", "C.Example.")]
    files = written(records, "nxdomain/", "--where", "qname=example")
    assert [row["qname"] for row in rows(files)] == ["a.example.", "C.Example."]
    prefix = files[0].parent / "nxdomain"
    assert capsys.readouterr().err == (
        f"nxcast-consume: 2 records in 1 file {prefix}-*.parquet, 1 record passed over by --where, "
        "0 messages lost\n"
    )


def test_a_time_that_parquet_cannot_hold_is_passed_over_and_counted(written, make, capsys):
    records = [make.nxdomain(time_ns=time_ns) for time_ns in (2**63 - 1, 2**63, 2**64 - 1, 0)]
    files = written(records, "nxdomain/")
    assert pq.read_table(files[0])["time"].cast("int64").to_pylist() == [2**63 - 1, 0]
    assert ", 2 records of after 2262 passed over, 0 messages lost" in capsys.readouterr().err


def test_without_records_there_is_no_file(written, make, capsys):
    assert written([make.dns_error()], "nxdomain/") == []
    assert capsys.readouterr().err == "nxcast-consume: 0 records in 0 files, 0 messages lost\n"


@pytest.mark.parametrize(("options", "shown"), [((), "<key>"), (("--show-keys",), KEY)])
def test_the_keys_of_blocklist_customers_are_hidden_unless_asked_for(written, make, options, shown):
    octets = KEYED.replace(".", "\x03").encode() + b"\x03zen\x02dq\x08spamhaus\x03net\0"
    asked = make.dns_error(qname=KEYED, response=octets.replace(b"\x03zen\x03dq\x03spamhaus\x03net\x03", b""))
    (row,) = rows(written([asked], "dns-errors/", *options))
    assert row["qname"] == KEYED.replace(KEY, shown)
    assert (KEY.encode() in row["response"]) is bool(options)


def test_files_are_begun_anew_after_so_many_records(written, make, capsys):
    sent = [make.nxdomain(qname=f"{number}.example.") for number in range(25)]
    files = written(sent, "nxdomain/", "--rotate-count", "10")
    assert [pq.read_metadata(file).num_rows for file in files] == [10, 10, 5]
    assert [row["qname"] for row in rows(files)] == [record["qname"] for record in sent]
    assert "nxcast-consume: 25 records in 3 files " in capsys.readouterr().err


def row_groups(file):
    metadata = pq.read_metadata(file)
    return [metadata.row_group(number).num_rows for number in range(metadata.num_row_groups)]


def test_row_groups_are_bounded_by_rows(written, make, monkeypatch):
    monkeypatch.setattr(record, "BATCH_ROWS", 4)
    monkeypatch.setattr(record, "GROUP_ROWS", 8)
    (file,) = written([make.nxdomain()] * 21, "nxdomain/")
    assert row_groups(file) == [8, 8, 5]


def test_row_groups_are_bounded_by_octets_too(written, make, monkeypatch):
    monkeypatch.setattr(record, "BATCH_OCTETS", 50_000)
    monkeypatch.setattr(record, "GROUP_OCTETS", 100_000)
    (file,) = written([make.dns_error(response=bytes(30_000))] * 9, "dns-errors/")
    assert row_groups(file) == [4, 4, 1]


def test_batches_are_bounded_by_the_octets_of_their_messages(written, make, monkeypatch):
    monkeypatch.setattr(record, "BATCH_OCTETS", 50_000)
    monkeypatch.setattr(record, "GROUP_OCTETS", 1)  # so that each batch is a row group
    small, large = make.dns_error(query=None, response=bytes(12)), bytes(50_000)
    half = make.dns_error(query=bytes(15_000), response=bytes(10_000))
    records = [half] * 5 + [small] * 9 + [make.dns_error(response=large)] * 2 + [small]
    (file,) = written(records, "dns-errors/")
    assert row_groups(file) == [2, 2, 11, 1, 1]


def test_what_waits_in_memory_is_bounded_as_it_comes(make):
    file = BytesIO()
    rows = record.Rows("dns-errors/", file)
    rows.write([make.dns_error(query=None, response=bytes(60_000))] * 1000)
    rows.finish()
    assert row_groups(file) == [560, 440]  # four batches of 8 MiB and a bit, and what is left


def test_nothing_is_overwritten_and_an_unfinished_file_is_told(written, make, capsys):
    (first,) = written([make.nxdomain()], "nxdomain/")
    left = first.with_name(first.name.replace("0001", "0009") + ".part")
    left.write_bytes(b"PAR1")
    files = written([make.nxdomain()], "nxdomain/")
    assert len(files) == 3
    assert left.read_bytes() == b"PAR1"
    assert len(rows(set(files) - {left})) == 2
    assert f"nxcast-consume: {left} is unfinished: its run was killed" in capsys.readouterr().err


def test_a_line_that_is_no_record_completes_what_was_written_before(tmp_path, make, capsys):
    source = tmp_path / "source.jsonl"
    good = record_json(make.nxdomain()) + "\n"
    source.write_text(good * 600 + "nonsense\n")
    assert main(["record", "nxdomain/", str(tmp_path), "--from", str(source)]) == 1
    (file,) = tmp_path.glob("*.parquet")
    assert pq.read_metadata(file).num_rows == 600
    assert capsys.readouterr().err.startswith(f"nxcast-consume: {source}:601: no JSON")


def test_without_pyarrow_one_line_says_how_to_get_it(written, make, monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, "pyarrow.parquet", None)
    assert written([make.nxdomain()], "nxdomain/", status=1) == []
    assert capsys.readouterr().err == "nxcast-consume: record needs pyarrow: pip install 'pyarrow>=26,<27'\n"


def test_a_folder_that_is_not_there_is_one_line(tmp_path, capsys):
    assert main(["record", "nxdomain/", f"{tmp_path}/missing/", "--from", "-"]) == 1
    assert (
        capsys.readouterr().err
        == f"nxcast-consume: can't write {tmp_path}/missing: no such file or directory\n"
    )


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["status/", "."], "nxdomain/, dns-errors/, answers/ or a topic of them, not status/"),
        (["malformed/", "."], "nxdomain/, dns-errors/, answers/ or a topic of them, not malformed/"),
        (["nxdomain/mx", "."], "did you mean nxdomain/MX/?"),
        (["nxdomain/"], "required: FOLDER|PREFIX"),
        (["nxdomain/", ".", "--where", "rcode=SERVFAIL"], "the rcode of nxdomain/ is always NXDOMAIN"),
        (["nxdomain/", ".", "--where", "qtype=MXX"], "argument --where: qtype: 'MXX' is no type"),
        (["nxdomain/", ".", "--rotate-count", "0"], "invalid whole number from 1 value: '0'"),
    ],
)
def test_wrong_arguments_are_status_2(arguments, told, capsys):
    with pytest.raises(SystemExit) as caught:
        main(["record", *arguments])
    assert caught.value.code == 2
    assert told in capsys.readouterr().err


def test_a_full_disk_is_one_line_and_leaves_an_unfinished_file(tmp_path, make):
    source = tmp_path / "source.jsonl"
    source.write_text(record_json(make.nxdomain()) + "\n")
    ended = subprocess.run(
        [sys.executable, "-m", "nxcast.consumers", "record", "nxdomain/", tmp_path, "--from", source],
        capture_output=True,
        text=True,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000)),
        timeout=LIMIT_S,
        check=False,
    )
    (left,) = tmp_path.glob("*.part")
    assert (ended.returncode, ended.stdout) == (1, "")
    assert ended.stderr == f"nxcast-consume: can't write {left}: file too large\n"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_completes_the_file_of_a_live_channel(broker, make, tmp_path, number):
    process = subprocess.Popen(
        (
            sys.executable,
            "-m",
            "nxcast.consumers",
            "record",
            "nxdomain/MX",
            tmp_path / "ns1",
            "--broker",
            broker.endpoint,
            "--rotate-count",
            "2",
        ),
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        broker.await_subscription()
        broker.publish_status()
        broker.publish("nxdomain/MX/", make.nxdomain(), make.nxdomain())
        broker.publish("nxdomain/MX/", make.nxdomain(), skip=1)
        assert process.stderr.readline().startswith("nxcast-consume: connected to ")
        assert process.stderr.readline() == "nxcast-consume: lost message 2 of nxdomain/MX/\n"
        process.send_signal(number)
        _, err = process.communicate(timeout=LIMIT_S)
    finally:
        process.kill()
        process.communicate()
    assert process.returncode == 0
    prefix = tmp_path / "ns1-nxdomain-MX"
    assert err == f"nxcast-consume: 3 records in 2 files {prefix}-*.parquet, 1 message lost\n"
    assert [pq.read_metadata(file).num_rows for file in sorted(tmp_path.iterdir())] == [2, 1]


@pytest.fixture
def ask(monkeypatch):
    """Asks DuckDB in a folder."""
    duckdb = pytest.importorskip("duckdb")

    def answer(folder, query):
        monkeypatch.chdir(folder)
        return duckdb.sql(query).fetchall()

    return answer


def test_the_query_of_the_readme_finds_the_zones_that_fail_most(written, make, ask):
    records = [
        *[
            make.nxdomain(qname=name, response_ip=address)
            for name in ("a.com.", "A.com.", "b.com.")
            for address in ("192.0.2.1", "192.0.2.2")
        ],
        make.nxdomain(qname="x.example.", qtype=1, soa_rrname="eXample."),
        make.nxdomain(soa_rrname=None),
    ]
    files = written(records, "nxdomain/", "--rotate-count", "3")
    assert len(files) == 3
    assert ask(files[0].parent, QUERY) == [
        ("com.", "MX", 6, 2, 2),
        ("example.", "A", 1, 1, 1),
        (None, "MX", 1, 1, 1),
    ]


def test_the_query_of_the_help_is_one_that_runs(written, make, ask):
    (query,) = re.findall(r'duckdb -c "(.*)"', record._EXAMPLES)
    files = written([make.nxdomain()] * 2, "nxdomain/")
    assert ask(files[0].parent, query) == [("com.", 2)]


def test_duckdb_reads_times_as_utc_and_octets_as_they_are(written, make, ask):
    (file,) = written([make.dns_error()], "dns-errors/")
    query = (
        "select strftime(date_trunc('minute', time at time zone 'UTC'), '%Y-%m-%d %H:%M:%S'), "
        "response, response_port + 1 "
        "from 'dns-errors-*.parquet' where time < '2024-01-01'"
    )
    assert ask(file.parent, query) == [("2023-07-13 17:41:00", make.dns_error()["response"], 54)]
