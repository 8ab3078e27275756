"""nxcast-consume doctor against brokers that run, with and without keys, and against what is none."""

import json
import os
import pty
import socket
import subprocess
import sys
import threading

import pytest
import zmq

from nxcast.broker.rights.keys_command import main as keys_command
from nxcast.consumers import Subscriber
from nxcast.consumers.__main__ import main
from nxcast.consumers.client import single_request
from nxcast.consumers.doctor import canary_trip as canary_check
from nxcast.consumers.doctor import examination, greeting
from nxcast.consumers.doctor import status_change as account
from nxcast.consumers.show.feed import add_from, open_feed
from nxcast.process.arguments import ArgumentParser
from nxcast.schemas.batch_decoding import decode_batch
from nxcast.schemas.canary import CANARY_ERRORS, CANARY_NXDOMAINS, CANARY_SENSOR, canary
from nxcast.schemas.curve import parse_client_key, render_client_key
from nxcast.transport.zeromq.broker_end import key_pair
from tests.conftest import Bench, RunningBroker
from tests.messages import frame, message

LIMIT_S = 60
ADDRESSES = ("--ingress", "tcp://127.0.0.1:*", "--egress", "tcp://127.0.0.1:*")
CHECKS = [
    "address",
    "broker",
    "descriptors",
    "connections",
    "log",
    "kernel",
    "replay",
    "rights",
    "frames",
    "sensor",
    "malformed",
    "refusals",
    "channels",
]
CLIENTS = {
    "all": ["--push", CANARY_SENSOR, "--subscribe", "all", "--replay"],
    "mx": ["--subscribe", "nxdomain/"],
    "half": ["--push", "*", "--subscribe", "nxdomain/", "--replay"],
    "ns1": ["--push", "ns1"],
}


@pytest.fixture
def start():
    started = []

    def run(*options):
        started.append(RunningBroker(*options, *ADDRESSES))
        return started[-1]

    yield run
    for each in started:
        each.stop()
        each.process.stderr.close()


@pytest.fixture
def running(start):
    return start()


@pytest.fixture
def bench(running):
    around = Bench(running)
    yield around
    around.close()


@pytest.fixture(scope="module")
def keyed(tmp_path_factory):
    """A broker with keys, and the folder that has those of its clients."""
    folder = tmp_path_factory.mktemp("keys")
    for name, rights in CLIENTS.items():
        options = ("--to", str(folder / f"{name}.key"), "--keys", str(folder / "keys.toml"))
        assert keys_command(["add", name, *rights, *options], key_pair) == 0
    with RunningBroker("--keys", str(folder / "keys.toml"), *ADDRESSES) as broker:
        yield broker, folder


@pytest.fixture
def examine(capsys):
    """What doctor finds at an address: exit status, findings by check; those of sensors are one list."""

    def run(egress, *options):
        status = main(["doctor", "--format", "json", "--broker", egress, *options])
        out, err = capsys.readouterr()
        assert err == "", err
        findings = [json.loads(line) for line in out.splitlines()]
        by_check = {each["check"]: each for each in findings if each["check"] != "sensor"}
        by_check["sensors"] = [each for each in findings if each["check"] == "sensor"]
        by_check["order"] = list(dict.fromkeys(each["check"] for each in findings))
        return status, by_check

    return run


def verdicts(found):
    return {check: found[check]["verdict"] for check in found["order"] if check != "sensor"}


def push(bench, **header):
    """Have a frame of ns1 published."""
    witness = bench.subscribe("nxdomain/")
    bench.push(frame(message()), **header)
    witness.recv_multipart()


def test_all_is_well_where_a_producer_sends(bench, examine):
    push(bench)
    status, found = examine(bench.running.egress, "--ingress", bench.running.ingress)
    assert status == 0
    assert found["order"] == [*CHECKS, "canary"]
    assert set(verdicts(found).values()) == {"ok"}
    assert [(each["sensor"], each["verdict"], each["lost_batches"]) for each in found["sensors"]] == [
        ("ns1", "ok", 0)
    ]
    assert found["replay"]["text"] == f"{bench.running.replay} answers"
    assert found["channels"]["nxdomain_records"] == 1
    assert found["canary"]["topics"] == [CANARY_ERRORS, CANARY_NXDOMAINS]
    assert 0 < found["canary"]["delay_ms"] < 10_000


def test_text_is_words_off_a_terminal_and_ends_with_a_summary(bench, capsys):
    push(bench)
    options = ["--broker", bench.running.egress, "--ingress", bench.running.ingress]
    assert main(["doctor", *options]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[:2] for line in lines[:-1]] == [["ok", check] for check in [*CHECKS, "canary"]]
    assert lines[-1] == "all is well"


def test_a_broker_that_nothing_was_sent_to_is_a_warning(running, examine):
    for _ in range(2):  # the second time a canary has been there
        status, found = examine(running.egress, "--ingress", running.ingress)
        assert status == 0
        assert {check for check, verdict in verdicts(found).items() if verdict != "ok"} == {"frames"}
        assert found["frames"]["verdict"] == "warning"
        assert "start nxcast-produce" in found["frames"]["mend"]


def test_losses_and_silence_of_a_sensor_are_warnings(bench, examine, monkeypatch):
    push(bench)
    push(bench, sequence=5)
    arguments = (bench.running.egress, "--ingress", bench.running.ingress)
    status, found = examine(*arguments)
    assert status == 0
    assert [(each["verdict"], each["lost_batches"]) for each in found["sensors"]] == [("warning", 3)]
    assert found["sensors"][0]["text"].endswith(", 3 of 5 batches lost")
    monkeypatch.setattr(account, "SILENT_NS", 0)
    assert "ns1: silent for " in examine(*arguments)[1]["sensors"][0]["text"]


def test_what_is_malformed_is_a_warning(bench, examine):
    witness = bench.subscribe("malformed/")
    bench.send(b"nonsense")
    witness.recv_multipart()
    status, found = examine(bench.running.egress, "--no-canary")
    assert (status, found["malformed"]["verdict"]) == (0, "warning")
    assert found["malformed"]["text"].endswith(": message_kind 1")


def test_without_the_canary_nothing_is_pushed(bench, examine):
    status, found = examine(bench.running.egress, "--no-canary")
    assert (status, found["order"]) == (0, [check for check in CHECKS if check != "sensor"])
    answer, _ = bench.ask(ask="status")
    assert answer["status"]["counters"]["messages_received"] == 0


def test_a_wrong_ingress_is_told(running, examine, monkeypatch):
    monkeypatch.setattr(canary_check, "CANARY_S", 1.0)
    status, found = examine(running.egress, "--ingress", running.replay)
    assert (status, found["canary"]["verdict"]) == (1, "wrong")
    assert found["canary"]["text"] == f"nobody takes frames at {running.replay}"


@pytest.mark.parametrize("option", ["--broker", "--ingress", "--replay"])
def test_what_is_no_endpoint_is_told_before_anything_is_checked(option, capsys):
    with pytest.raises(SystemExit) as caught:
        main(["doctor", option, "nonsense"])
    assert caught.value.code == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert f"argument {option}: nonsense: no address of a broker; write it as tcp://HOST:PORT" in line


def test_the_ingress_is_one_port_below_unless_told(running, monkeypatch):
    asked = []
    monkeypatch.setattr(
        examination,
        "sent_and_seen",
        lambda *given: asked.append(given[1]) or examination.Finding("canary", examination.Verdict.OK, ""),
    )
    assert main(["doctor", "--broker", running.egress]) == 0
    port = int(running.egress.rpartition(":")[2])
    assert asked == [f"tcp://127.0.0.1:{port - 1}"]


def test_a_replay_port_that_answers_nothing_is_told(running, examine, monkeypatch):
    monkeypatch.setattr(single_request, "ANSWER_S", 0.5)
    for wrong in (running.ingress, "tcp://127.0.0.1:1"):
        status, found = examine(running.egress, "--no-canary", "--replay", wrong)
        assert (status, found["replay"]["verdict"], found["rights"]["verdict"]) == (1, "wrong", "not checked")
        assert found["channels"]["verdict"] == "ok"
    status, found = examine(running.egress, "--no-canary", "--replay", "off")
    assert (status, found["replay"]["verdict"]) == (0, "not checked")


def test_a_replay_port_of_another_broker_is_told(running, start, examine):
    status, found = examine(running.egress, "--no-canary", "--replay", start().replay)
    assert (status, found["replay"]["verdict"], found["rights"]["verdict"]) == (1, "wrong", "not checked")
    assert "answers for another broker" in found["replay"]["text"]


def test_no_broker_is_told_and_what_needs_one_is_not_checked(examine):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        endpoint = f"tcp://127.0.0.1:{free.getsockname()[1]}"
        status, found = examine(endpoint)
    assert status == 1
    assert found["order"] == [
        *(check for check in CHECKS if check not in ("descriptors", "connections", "log", "kernel")),
        "canary",
    ]
    assert found["address"]["text"] == f"nobody listens at {endpoint}"
    assert "start nxcast-broker" in found["address"]["mend"]
    rest = verdicts(found)
    assert (rest.pop("address"), set(rest.values())) == ("wrong", {"not checked"})


@pytest.mark.parametrize(
    ("says", "told", "reach_s"),
    [(b"", "says nothing", 0.3), (b"HTTP/1.1 400 Bad Request\r\n\r\n", "it says 'HTTP/1.1 400", LIMIT_S)],
)
def test_something_else_at_that_port_is_told(examine, monkeypatch, says, told, reach_s):
    monkeypatch.setattr(greeting, "REACH_S", reach_s)
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def serve():
            connection, _ = listening.accept()
            with connection:
                connection.recv(1024)
                connection.sendall(says)
                while not says and connection.recv(1024):
                    pass

        serving = threading.Thread(target=serve)
        serving.start()
        status, found = examine(f"tcp://127.0.0.1:{listening.getsockname()[1]}")
        serving.join()
    assert (status, found["address"]["verdict"]) == (1, "wrong")
    assert told in found["address"]["text"]


def test_another_socket_of_the_broker_is_told(running, examine, monkeypatch):
    monkeypatch.setattr(examination, "STATUS_S", 3.0)
    for other in (running.ingress, running.replay):
        status, found = examine(other)
        assert (status, found["address"]["verdict"], found["broker"]["verdict"]) == (1, "ok", "wrong")
        assert found["broker"]["text"] == f"{other} speaks ZeroMQ, but sends no status"


def test_a_key_that_may_everything(keyed, examine):
    broker, folder = keyed
    status, found = examine(broker.egress, "--ingress", broker.ingress, "--key", str(folder / "all.key"))
    assert status == 0
    assert found["order"][:2] == ["key", "address"]
    assert found["key"]["text"].endswith("all.key is the key of all")
    assert {found[check]["verdict"] for check in ("key", "address", "rights", "canary")} == {"ok"}
    assert found["rights"]["text"] == (
        "all may subscribe to dns-errors/, nxdomain/, answers/, malformed/, servers/, status/, "
        "push as nxcast-canary, have replay"
    )


def test_a_key_of_one_channel_that_may_not_push(keyed, examine):
    broker, folder = keyed
    status, found = examine(broker.egress, "--ingress", broker.ingress, "--key", str(folder / "mx.key"))
    assert status == 0
    assert found["rights"]["verdict"] == "warning"
    assert found["rights"]["text"].endswith("; it lacks dns-errors/ and replay")
    assert found["canary"]["verdict"] == "not checked"
    assert found["canary"]["text"] == "the key may not push as nxcast-canary"
    assert (
        "nxcast-broker keys add doctor --push nxcast-canary --subscribe all --replay"
        in found["canary"]["mend"]
    )


def test_a_key_of_one_channel_sees_the_canary_there(keyed, examine):
    broker, folder = keyed
    status, found = examine(broker.egress, "--ingress", broker.ingress, "--key", str(folder / "half.key"))
    assert status == 0
    assert (found["canary"]["verdict"], found["canary"]["topics"]) == ("warning", [CANARY_NXDOMAINS])
    assert found["canary"]["text"].endswith(f"; the key may not see {CANARY_ERRORS}")


def test_a_broker_with_keys_and_none_given(keyed, examine):
    broker, _ = keyed
    status, found = examine(broker.egress)
    assert (status, found["address"]["verdict"]) == (1, "wrong")
    assert found["address"]["text"] == f"{broker.egress} lets in keys only, and none was given"


def test_a_key_given_to_a_broker_without(keyed, running, examine):
    status, found = examine(running.egress, "--key", str(keyed[1] / "all.key"))
    assert (status, found["address"]["text"]) == (1, f"{running.egress} has no keys, and a key was given")


def test_a_key_that_may_only_push(keyed, examine):
    broker, folder = keyed
    status, found = examine(broker.egress, "--key", str(folder / "ns1.key"))
    assert (status, found["broker"]["verdict"]) == (1, "wrong")
    assert "or it may not subscribe" in found["broker"]["text"]


@pytest.mark.parametrize("changed", ["client", "broker"])
def test_a_key_that_the_broker_does_not_know_or_that_does_not_know_the_broker(
    keyed, examine, tmp_path, changed
):
    broker, folder = keyed
    key = parse_client_key((folder / "all.key").read_text())
    public, secret = key_pair()
    other = {"client": {"public": public, "secret": secret}, "broker": {"broker": public}}[changed]
    file = tmp_path / "other.key"
    file.write_text(render_client_key(key.model_copy(update=other)))
    status, found = examine(broker.egress, "--key", str(file))
    told = {"client": "does not know this key", "broker": "has another key than the file of ours says"}[
        changed
    ]
    assert (status, found["broker"]["verdict"]) == (1, "wrong")
    assert told in found["broker"]["text"]


@pytest.mark.parametrize(("content", "told"), [(None, "can't read "), ("x", "not the key file of a client")])
def test_a_key_file_that_is_none(examine, tmp_path, content, told):
    file = tmp_path / "a.key"
    if content:
        file.write_text(content)
    status, found = examine("tcp://127.0.0.1:1", "--key", str(file))
    assert (status, found["key"]["verdict"], found["address"]["verdict"]) == (1, "wrong", "not checked")
    assert told in found["key"]["text"]


class Impostor:
    """A broker made by hand without a third socket; in a thread, it does what `act` says."""

    def __init__(self, broker, act):
        self._context = zmq.Context()
        self.pull = self._context.socket(zmq.PULL)
        self.pull.setsockopt(zmq.RCVTIMEO, LIMIT_S * 1000)
        self.port = self.pull.bind_to_random_port("tcp://127.0.0.1")
        self._thread = threading.Thread(target=act, args=(broker, self))
        self._thread.start()

    @property
    def ingress(self):
        return f"tcp://127.0.0.1:{self.port}"

    def pushed(self):
        """The canary that was pushed."""
        (sent,) = decode_batch(self.pull.recv_multipart()).frames
        response = sent[8]
        return canary(response[13 : 13 + response[12]].decode(), sent[0])

    def close(self):
        self._thread.join()
        self._context.destroy(linger=0)


@pytest.fixture
def impostor(broker):
    made = []

    def start(act):
        made.append(Impostor(broker, act))
        return broker.endpoint, "--ingress", made[-1].ingress

    yield start
    for each in made:
        each.close()


def let_in(broker, make, **changed):
    """Two statuses for the first subscription, and one for the second."""
    broker.await_subscription()
    for second in range(2):
        broker.publish_status(time_ns=make.status()["time_ns"] + second * 10**9, **changed)
    broker.await_subscription(CANARY_ERRORS)
    broker.await_subscription()
    broker.publish_status()


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"rcode": 5}, "with another rcode"),
        ({"sensor": "ns1", "proto": 6}, "with another sensor, proto"),
        ({"response": b"\0" * 12}, "with another response"),
    ],
)
def test_a_canary_that_comes_out_changed_is_told(impostor, make, examine, changed, told):
    def act(broker, other):
        let_in(broker, make)
        sent = other.pushed()
        broker.publish(CANARY_ERRORS, {**sent.error, **changed})
        broker.publish(CANARY_NXDOMAINS, sent.nxdomain)

    status, found = examine(*impostor(act))
    assert (status, found["canary"]["verdict"]) == (1, "wrong")
    assert told in found["canary"]["text"]


def test_a_canary_that_does_not_come_out_is_told(impostor, make, examine, monkeypatch):
    monkeypatch.setattr(canary_check, "CANARY_S", 1.0)

    def act(broker, other):
        let_in(broker, make)
        sent = other.pushed()
        broker.publish(CANARY_NXDOMAINS, sent.nxdomain)
        broker.publish("nxdomain/MX/", sent.nxdomain)  # where nobody asked for it

    status, found = examine(*impostor(act))
    assert (status, found["canary"]["verdict"]) == (1, "wrong")
    assert f"did not come out on {CANARY_ERRORS}" in found["canary"]["text"]
    assert "linger" in found["canary"]["mend"]  # which may be up to a minute


def test_statuses_that_break_the_protocol_are_told(impostor, make, examine, monkeypatch):
    monkeypatch.setattr(examination, "STATUS_S", 3.0)

    def act(broker, _):
        broker.await_subscription()
        broker.publish("status/", {**make.status(), "software": 7})

    status, found = examine(*impostor(act))
    assert (status, found["broker"]["verdict"]) == (1, "wrong")
    assert "breaks the protocol: invalid message of status/: " in found["broker"]["text"]


def test_a_clock_that_stands_still_is_told(impostor, examine, monkeypatch):
    monkeypatch.setattr("nxcast.consumers.show.channels.SECOND_STATUS_S", 0.5)

    def act(broker, _):
        broker.await_subscription()
        broker.publish_status()

    status, found = examine(*impostor(act), "--no-canary")
    assert (status, found["frames"]["verdict"], found["broker"]["verdict"]) == (1, "wrong", "warning")
    assert found["frames"]["text"].endswith("sends no second status")


@pytest.mark.parametrize("answer", [[b""], [b"\xff"], [b"\x80", b""], [b"x"] * 9])
def test_answers_that_break_the_protocol_are_told(broker, make, examine, answer):
    broker.answer_requests().answer = lambda _: answer
    threading.Thread(target=let_in_twice, args=(broker, make)).start()
    status, found = examine(broker.endpoint, "--no-canary")
    assert (status, found["replay"]["verdict"], found["channels"]["verdict"]) == (1, "wrong", "ok")


def let_in_twice(broker, make):
    broker.await_subscription()
    for second in range(2):
        broker.publish_status(time_ns=make.status()["time_ns"] + second * 10**9)


def test_no_other_consumer_sees_the_canary(bench, examine, tmp_path):
    running = bench.running
    cursor = tmp_path / "cursor.json"
    with Subscriber("nxdomain/", "dns-errors/", broker=running.egress, cursor=cursor) as subscriber:
        subscriber.wait_connected(LIMIT_S)
        assert examine(running.egress, "--ingress", running.ingress)[1]["canary"]["verdict"] == "ok"
        push(bench)
        came = [subscriber.receive(LIMIT_S) for _ in range(2)]
        assert {record["sensor"] for batch in came for record in batch.records} == {"ns1"}
        assert (subscriber.counts.canaries, subscriber.counts.messages, subscriber.counts.lost) == (2, 4, 0)
    kept = json.loads(cursor.read_text())["topics"]
    assert kept[CANARY_ERRORS] == 2
    assert kept[CANARY_NXDOMAINS] == 1
    command = ["tail", "--since", "1h", "--count", "2", "--format", "json", "--broker", running.egress]
    tail = subprocess.run(
        [sys.executable, "-m", "nxcast.consumers", *command],
        capture_output=True,
        text=True,
        timeout=LIMIT_S,
        check=True,
    )
    assert [json.loads(line)["sensor"] for line in tail.stdout.splitlines()] == ["ns1"] * 2
    assert "2 canary records left out" in tail.stderr.splitlines()[-1]


@pytest.mark.parametrize("topic", ["nxdomain/", "dns-errors/"])
def test_what_questions_record_and_nmsg_read_has_no_canary(bench, examine, topic):
    running = bench.running
    assert examine(running.egress, "--ingress", running.ingress)[1]["canary"]["verdict"] == "ok"
    push(bench)
    parser = ArgumentParser()
    add_from(parser)
    with open_feed(parser.parse_args(["--broker", running.egress, "--since", "1h"]), [topic]) as feed:
        records = next(filter(None, feed))
    assert [record["sensor"] for record in records] == ["ns1"]


@pytest.mark.parametrize(("encoding", "mark"), [("utf-8", "✗"), ("ascii", "wrong")])
def test_a_terminal_gets_marks_if_it_can_show_them(encoding, mark):
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "nxcast.consumers", "doctor", "--broker", "tcp://127.0.0.1:1"],
        stdout=theirs,
        env={**os.environ, "PYTHONIOENCODING": encoding},
    )
    os.close(theirs)
    with open(ours, encoding="utf-8", newline="") as terminal:
        assert terminal.readline().startswith(f"{mark} ")
        assert process.wait(LIMIT_S) == 1


def test_ctrl_c_is_no_good_result(monkeypatch):
    def interrupted(_):
        raise KeyboardInterrupt

    monkeypatch.setattr(examination, "greeting", interrupted)
    assert main(["doctor"]) == 1


def test_help_says_what_exit_status_means(capsys):
    with pytest.raises(SystemExit) as caught:
        main(["doctor", "--help"])
    assert caught.value.code == 0
    assert "exit status: 0 when nothing is wrong" in capsys.readouterr().out


def test_a_file_that_is_no_key_is_told_before_anybody_is_asked(tmp_path, capsys):
    (tmp_path / "some.key").write_text("no key")
    assert main(["doctor", "--broker", "nats://127.0.0.1:1", "--key", str(tmp_path / "some.key")]) == 1
    assert "some.key: not the key file of a client" in capsys.readouterr().out
