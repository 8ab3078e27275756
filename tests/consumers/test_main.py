"""The command line, run as users run it: a process of its own, stdout and stderr apart."""

import json
import os
import pty
import signal
import subprocess
import sys
import threading

import pytest

from nxcast.consumers.__main__ import main
from nxcast.consumers.show import channels, pulse
from nxcast.consumers.show import console as command
from nxcast.version import version_text

LIMIT_S = 60  # a hard time-out for any process
PROGRAM = (sys.executable, "-m", "nxcast.consumers")
MX, SERVFAIL = "nxdomain/MX/", "dns-errors/SERVFAIL/"
CONNECTED_UNKNOWN = (
    "nxcast-consume: who is connected is not known: --replay names where the broker answers requests"
)
"""Said by `channels` where a status does not tell where requests go."""


@pytest.fixture
def consume(broker):
    """Starts nxcast-consume against the broker of the test, and waits for its subscription."""
    processes = []

    def start(*arguments, redirected="", egress=broker.endpoint, fds=()):
        process = subprocess.Popen(
            (*(("sh", "-c", f'exec "$@" {redirected}', "sh") if redirected else ()), *PROGRAM, *arguments),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env={**os.environ, "NXCAST_EGRESS": egress},
            pass_fds=fds,
        )
        processes.append(process)
        broker.await_subscription()
        return process

    yield start
    for process in processes:
        process.kill()
        process.communicate()


def ended(process):
    out, err = process.communicate(timeout=LIMIT_S)
    return process.returncode, out, err.splitlines()


def test_tail_shows_text_and_stops_at_the_count(broker, consume, make):
    process = consume("tail", "nxdomain", "--count", "2", "--format", "full")
    broker.publish_status()
    broker.publish(MX, *[make.nxdomain(qname=f"{n}.") for n in range(3)])
    status, out, err = ended(process)
    assert status == 0
    record = "qname: {}.\nqclass: IN (1)\nqtype: MX (15)\nresponse_ip: 192.33.14.30\nsoa_rrname: com.\n"
    assert out == record.format(0) + "\n" + record.format(1)
    assert err == [
        f"nxcast-consume: connected to {broker.endpoint}, subscribed to nxdomain/",
        "nxcast-consume: 1 message, 2 records, 0 messages lost, 0 restarts",
    ]


def test_tail_shows_a_line_a_record(broker, consume, make):
    process = consume("tail", "--count", "2")
    broker.publish_status()
    broker.publish(MX, make.nxdomain())
    broker.publish(SERVFAIL, make.dns_error())
    status, out, _ = ended(process)
    assert status == 0
    assert out.splitlines() == [
        "2016-01-28 16:53:20.000 NXDOMAIN MX gdsrr.com. from 192.33.14.30 soa com. lab",
        "2023-07-13 17:41:09.408 SERVFAIL A a.example. from 192.5.5.241 27 octets lab",
    ]


@pytest.mark.parametrize(
    ("changed", "coloured"),
    [({}, True), ({"NO_COLOR": "1"}, False), ({"TERM": "dumb"}, False)],
)
def test_lines_have_colours_where_a_terminal_has(broker, consume, make, monkeypatch, changed, coloured):
    for name, value in {"TERM": "xterm", "NO_COLOR": "", **changed}.items():
        monkeypatch.setenv(name, value)
    master, slave = pty.openpty()
    process = consume("tail", MX, "--count", "1", redirected=f">/dev/fd/{slave}", fds=(slave,))
    broker.publish_status()
    broker.publish(MX, make.nxdomain())
    assert ended(process)[0] == 0
    os.close(slave)
    shown = os.read(master, 4096)
    os.close(master)
    assert (b"\x1b[33mNXDOMAIN\x1b[0m MX gdsrr.com." in shown) is coloured


def test_tail_shows_both_channels_as_json_lines(broker, consume, make):
    process = consume("tail", "--format", "json", "--count", "2")
    broker.publish_status()
    broker.publish(MX, make.nxdomain())
    broker.publish(SERVFAIL, make.dns_error())
    status, out, _ = ended(process)
    assert status == 0
    assert [json.loads(line)["qtype"] for line in out.splitlines()] == ["MX", "A"]


def test_tail_tells_what_it_lost_and_passed_over(broker, consume, make):
    process = consume("tail", "nxdomain/MX", "--count", "1")
    broker.publish_status()
    broker.publish(MX, {"qname": None})
    broker.epoch = 2
    broker.publish(MX, make.nxdomain())
    status, _, err = ended(process)
    assert status == 0
    assert err[1].startswith("nxcast-consume: invalid message of nxdomain/MX/: ")
    assert err[2:] == [
        "nxcast-consume: lost an unknown number of messages, after the last one of epoch 1 and before epoch "
        "2: the broker has no endpoint for requests",
        "nxcast-consume: the broker was restarted: epoch 1 is now 2",
        "nxcast-consume: lost message 1 of nxdomain/MX/",
        "nxcast-consume: 1 message, 1 record, 1 message and an unknown number more lost, 1 restart, "
        "1 invalid message",
    ]


@pytest.mark.parametrize("how", [{}, {"NXCAST_LOG_FORMAT": "auto"}, {"NXCAST_LOG_FORMAT": "json"}])
def test_off_a_terminal_what_is_said_is_json_and_stdout_has_records_only(
    broker, consume, make, monkeypatch, how
):
    monkeypatch.delenv("NXCAST_LOG_FORMAT")
    for name, value in how.items():
        monkeypatch.setenv(name, value)
    process = consume("tail", "nxdomain/MX", "--format", "json", "--count", "2")
    broker.publish_status()
    broker.publish(MX, make.nxdomain())
    broker.publish(MX, make.nxdomain(), skip=2)
    status, out, err = ended(process)
    assert status == 0
    assert [json.loads(line)["qname"] for line in out.splitlines()] == ["gdsrr.com."] * 2
    told = [json.loads(line) for line in err]
    assert [(line["level"], line["program"]) for line in told] == [
        (level, "nxcast-consume") for level in ("info", "warning", "info")
    ]
    assert (told[0]["broker"], told[0]["topics"]) == (broker.endpoint, ["nxdomain/MX/"])
    gap = {"topic": MX, "epoch": "1", "first": 2, "last": 3, "lost": 2}
    assert gap.items() <= told[1].items()
    assert {"messages": 2, "records": 2, "lost": 2, "restarts": 0}.items() <= told[2].items()


def test_an_option_says_how_to_say_it(start_broker, monkeypatch, capsys):
    monkeypatch.setattr(command, "ABSENT_S", 0.05)
    monkeypatch.setattr(command, "CONNECT_S", 0.1)
    assert main(["tail", "--broker", start_broker().endpoint, "--log-format", "json"]) == 1
    first, last = map(json.loads, capsys.readouterr().err.splitlines())
    assert (first["level"], last["level"]) == ("warning", "error")
    assert first["message"].startswith("no broker answers at tcp://127.0.0.1:")


def test_tail_without_validation_shows_what_it_can(broker, consume, make):
    process = consume("tail", "nxdomain/", "--no-validate", "--count", "1", "--format", "text")
    broker.publish_status()
    broker.publish(MX, 5, {"qname": "\x1b"}, make.nxdomain(qname="\x1b[2J."))
    status, out, err = ended(process)
    assert (status, out.splitlines()[0]) == (0, r"qname: \027[2J.")
    assert len([line for line in err if "can't be shown" in line]) == 2


def test_tail_ends_after_the_timeout(broker, consume, make):
    process = consume("tail", "nxdomain/", "--timeout", "0.3")
    broker.publish(MX, make.nxdomain())
    broker.publish_status()  # it waits for that first
    assert ended(process)[0] == 0


def test_tail_fails_if_the_timeout_brought_nothing(broker, consume):
    process = consume("tail", MX, SERVFAIL, "--timeout", "0.2")
    broker.publish_status()
    status, out, err = ended(process)
    assert (status, out) == (1, "")
    assert err[-1] == f"nxcast-consume: nothing came on {MX}, {SERVFAIL} for 0.2 s"


def test_tail_says_why_nothing_comes(broker, monkeypatch, capsys):
    monkeypatch.setattr(pulse, "NOTICES_S", (0.01, 1000.0))

    def tell():
        broker.await_subscription()
        broker.publish_status()

    teller = threading.Thread(target=tell)
    teller.start()
    assert main(["tail", MX, "--timeout", "2", "--broker", broker.endpoint]) == 1
    teller.join()
    told = [line for line in capsys.readouterr().err.splitlines() if ": nothing on " in line]
    assert len(told) == 1
    assert told[0].startswith("nxcast-consume: nothing on nxdomain/MX/ for ")
    assert "; the broker gets " in told[0]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_tail_with_its_summary(broker, consume, make, number):
    process = consume("tail", "nxdomain/")
    broker.publish_status()
    broker.publish(MX, make.nxdomain())
    assert "NXDOMAIN MX gdsrr.com." in process.stdout.readline()
    process.send_signal(number)
    status, _, err = ended(process)
    assert (status, err[-1]) == (0, "nxcast-consume: 1 message, 1 record, 0 messages lost, 0 restarts")


def test_a_closed_pipe_ends_tail_without_a_word(broker, consume, make):
    process = consume("tail", "nxdomain/")
    broker.publish_status()
    assert process.stderr.readline().startswith("nxcast-consume: connected")
    process.stdout.close()
    broker.publish(MX, make.nxdomain())
    assert process.wait(LIMIT_S) == 0
    assert process.stderr.read() == ""
    process.stderr.close()
    process.stdout = process.stderr = None


def test_tail_ends_with_one_line_where_stdout_is_full(broker, consume, make):
    process = consume("tail", "nxdomain/", redirected=">/dev/full")
    broker.publish_status()
    broker.publish(MX, make.nxdomain())
    status, _, err = ended(process)
    assert status == 1
    assert err[1:] == ["nxcast-consume: can't write to stdout: no space left on device"]


def test_channels_ends_with_one_line_where_stdout_is_full(broker, consume, make):
    process = consume("channels", redirected=">/dev/full")
    broker.publish_status()
    broker.publish_status(time_ns=make.status()["time_ns"] + 10**9)
    full = "nxcast-consume: can't write to stdout: no space left on device"
    assert ended(process)[::2] == (1, [CONNECTED_UNKNOWN, full])


@pytest.mark.parametrize("command", ["tail", "channels"])
def test_a_closed_stdout_is_one_line(command):
    process = subprocess.run(
        ("sh", "-c", 'exec "$@" >&-', "sh", *PROGRAM, command),
        stderr=subprocess.PIPE,
        text=True,
        timeout=LIMIT_S,
        check=False,
    )
    assert (process.returncode, process.stderr) == (1, "nxcast-consume: stdout is closed\n")


@pytest.mark.parametrize("redirected", ["2>&-", "2>/dev/full"])
def test_a_stderr_that_takes_nothing_does_not_stop_tail(broker, consume, make, redirected):
    process = consume("tail", "nxdomain/", "--count", "1", redirected=redirected)
    broker.publish_status()
    broker.publish(MX, make.nxdomain())
    status, out, _ = ended(process)
    assert (status, out.split()[4]) == (0, "gdsrr.com.")


def test_ctrl_c_during_the_imports_is_quiet(tmp_path):
    (tmp_path / "zmq.py").write_text("import os, signal\nos.kill(os.getpid(), signal.SIGINT)\n")
    process = subprocess.run(
        (*PROGRAM, "tail"),
        env={**os.environ, "PYTHONPATH": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=LIMIT_S,
        check=False,
    )
    assert (process.returncode, process.stdout, process.stderr) == (130, "", "")


@pytest.mark.parametrize("layout", ["line", "full", "json"])
def test_tail_hides_the_keys_of_blocklist_customers(broker, consume, make, layout):
    key = "c0ffee00c0ffee00c0ffee00ca"
    record = make.nxdomain(qname=f"2.0.0.127.{key}.zen.dq.spamhaus.net.")
    for options, shown in ((), "<key>"), (("--show-keys",), key):
        process = consume("tail", "nxdomain/", "--count", "1", "--format", layout, *options)
        broker.publish_status()
        broker.publish(MX, record)
        assert f"2.0.0.127.{shown}.zen.dq.spamhaus.net." in ended(process)[1]


def test_tail_hides_keys_in_csv_too(broker, consume, make):
    process = consume("tail", "nxdomain/", "--count", "1", "--format", "csv")
    broker.publish_status()
    broker.publish(MX, make.nxdomain(qname="2.0.0.127.c0ffee00c0ffee00c0ffee00ca.zen.dq.spamhaus.net."))
    assert ",2.0.0.127.<key>.zen.dq.spamhaus.net.," in ended(process)[1]


def test_tail_shows_csv_below_its_columns(broker, consume, make):
    process = consume("tail", "nxdomain/", "--format", "csv", "--count", "2")
    broker.publish_status()
    broker.publish(MX, *[make.nxdomain(qname=name) for name in ("a,b.example.", "=1.example.", "c.")])
    status, out, _ = ended(process)
    assert status == 0
    assert out == (  # reading as text has made LF of CR LF
        "time,qname,qclass,qtype,response_ip,soa_rrname,sensor,query_zone,minimised,forwarder,denied,by\n"
        '2016-01-28T16:53:20.000000000Z,"a,b.example.",IN,MX,192.33.14.30,com.,lab,,,,,\n'
        "2016-01-28T16:53:20.000000000Z,'=1.example.,IN,MX,192.33.14.30,com.,lab,,,,,\n"
    )


def test_tail_shows_what_where_asks_for_and_counts_the_rest(broker, consume, make):
    process = consume("tail", "--where", "qname=example", "--where", "qtype=A,MX", "--count", "2")
    broker.publish_status()
    broker.publish(MX, make.nxdomain(qname="a.example."), make.nxdomain(), make.nxdomain(qname="b.test."))
    broker.publish(SERVFAIL, make.dns_error(qtype=28), make.dns_error(qname="A.Example."))
    status, out, err = ended(process)
    assert status == 0
    assert [line.split()[4] for line in out.splitlines()] == ["a.example.", "A.Example."]
    assert err[-1] == (
        "nxcast-consume: 2 messages, 2 records, 3 records passed over by --where, 0 messages lost, 0 restarts"
    )


def test_tail_fails_if_the_timeout_brought_nothing_that_where_asks_for(broker, consume, make):
    process = consume("tail", MX, "--timeout", "0.2", "--where", "qname=example")
    broker.publish(MX, make.nxdomain())
    broker.publish_status()  # it waits for that first
    status, out, err = ended(process)
    assert (status, out) == (1, "")
    assert err[-1] == (
        f"nxcast-consume: 1 record passed over by --where, then nothing came on {MX} for 0.2 s"
    )


def test_tail_without_validation_tells_what_where_cannot_look_at(broker, consume, make):
    process = consume("tail", MX, "--no-validate", "--where", "qname=com", "--count", "1")
    broker.publish_status()
    broker.publish(MX, 5, {"qname": 7}, make.nxdomain())
    status, _, err = ended(process)
    assert status == 0
    assert len([line for line in err if "can't be shown" in line]) == 2


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (
            ["--format", "csv"],
            "--format csv: one table has one channel's columns, not those of dns-errors/ and",
        ),
        (
            ["--format", "csv", "status"],
            "the records of status/ have maps in them and fit no table: take JSON",
        ),
        (
            ["--where", "rcode=SERVFAIL", "nxdomain"],
            "--where can match nothing here: the rcode of nxdomain/ is",
        ),
        (["--where", "qtype"], "argument --where: what is 'qtype'? Say qname=example.com"),
    ],
)
def test_what_tail_can_never_show_is_told_before_it_connects(arguments, told, capsys):
    with pytest.raises(SystemExit) as caught:
        main(["tail", *arguments])
    assert caught.value.code == 2
    assert told in capsys.readouterr().err


@pytest.mark.parametrize("address", ["*", "0.0.0.0"])  # noqa: S104  nothing is bound
def test_the_address_that_a_broker_binds_will_do(broker, consume, address):
    process = consume("tail", "--timeout", "0.1", egress=broker.endpoint.replace("127.0.0.1", address))
    broker.publish_status()
    assert ended(process)[2][0].startswith(f"nxcast-consume: connected to {broker.endpoint}, ")


def test_channels_lists_topics_with_rates(broker, consume, make):
    process = consume("channels")
    start = make.status()["time_ns"]
    broker.publish_status(topics={MX: {"sequence": 3, "records": 1000}})
    broker.publish_status(time_ns=start + 5, topics={})  # another subscriber's, too soon to tell a rate
    broker.publish_status(
        time_ns=start + 2 * 10**9,
        topics={MX: {"sequence": 5, "records": 2001}, SERVFAIL: {"sequence": 1, "records": 7}},
    )
    status, out, err = ended(process)
    assert (status, err) == (0, [CONNECTED_UNKNOWN])
    assert [line.split() for line in out.splitlines()] == [
        ["topic", "record", "records/s", "records", "sequence"],
        ["dns-errors/", "DnsError", "3.5", "7", "-"],
        [SERVFAIL, "DnsError", "3.5", "7", "1"],
        ["nxdomain/", "Nxdomain", "500.5", "2,001", "-"],
        [MX, "Nxdomain", "500.5", "2,001", "5"],
        ["answers/", "Answer", "0.0", "0", "-"],
        ["malformed/", "Malformed", "0.0", "0", "-"],
        ["servers/", "ServerAnswers", "0.0", "0", "-"],
        ["status/", "Status", "0.0", "0", "-"],
    ]


def test_channels_as_json_and_after_a_restart(broker, consume, make):
    process = consume("channels", "--format", "json")
    start = make.status()["time_ns"]
    broker.publish_status(topics={MX: {"sequence": 9, "records": 9000}})
    broker.epoch = 2
    broker.sequences.clear()
    broker.publish_status(time_ns=start + 10**9)
    broker.publish_status(time_ns=start + 2 * 10**9, topics={MX: {"sequence": 1, "records": 7}})
    status, out, err = ended(process)
    assert status == 0
    assert err == ["nxcast-consume: the broker was restarted: epoch 1 is now 2", CONNECTED_UNKNOWN]
    assert json.loads(out.splitlines()[2]) == {
        "topic": MX,
        "record": "Nxdomain",
        "records_per_second": 7.0,
        "records": 7,
        "sequence": 1,
    }


@pytest.mark.parametrize("arguments", [["tail"], ["channels"]])
def test_no_broker_is_said_with_the_mend_while_it_is_waited_for(start_broker, monkeypatch, capsys, arguments):
    monkeypatch.setattr(command, "ABSENT_S", 0.05)
    monkeypatch.setattr(command, "CONNECT_S", 0.1)
    gone = start_broker()
    gone.close()
    assert main([*arguments, "--broker", gone.endpoint]) == 1
    assert capsys.readouterr().err == (
        f"nxcast-consume: no broker answers at {gone.endpoint}: start nxcast-broker, "
        "or name another with --broker; it is waited for\n"
        "nxcast-consume: no broker answered in 0.1 s\n"
    )


def test_a_broker_that_stops_after_one_status_is_one_line(broker, monkeypatch, capsys):
    monkeypatch.setattr(channels, "SECOND_STATUS_S", 0.1)

    def answer():
        broker.await_subscription()
        broker.publish_status()

    thread = threading.Thread(target=answer)
    thread.start()
    assert main(["channels", "--broker", broker.endpoint]) == 1
    thread.join(LIMIT_S)
    assert capsys.readouterr().err == f"nxcast-consume: {broker.endpoint} sends no second status\n"


def test_a_wrong_endpoint_is_one_line(capsys):
    with pytest.raises(SystemExit) as caught:
        main(["tail", "--broker", "localhost"])
    assert caught.value.code == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert "argument --broker: localhost: no address of a broker; write it as tcp://HOST:PORT" in line


@pytest.mark.parametrize(
    "arguments",
    [[], ["tail", "nxdomain/mx"], ["tail", "--count", "0"], ["tail", "--timeout", "nan"], ["channels", "x"]],
)
def test_wrong_arguments_are_status_2(arguments, capsys):
    with pytest.raises(SystemExit) as caught:
        main(arguments)
    assert caught.value.code == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("nxcast-consume")
    assert line.endswith(" --help tells more)")


@pytest.mark.parametrize("arguments", [["--help"], ["tail", "--help"], ["channels", "--help"]])
def test_help_teaches_by_examples(arguments, capsys):
    with pytest.raises(SystemExit) as caught:
        main(arguments)
    assert caught.value.code == 0
    assert "examples:\n  nxcast-consume " in capsys.readouterr().out


def test_the_version_is_that_of_the_project(capsys):
    assert main(["--version"]) == 0
    assert capsys.readouterr().out == f"{version_text()}\n"
