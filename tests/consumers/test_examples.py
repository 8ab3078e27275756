"""The example subscribers in other languages, against a broker of real sockets: both must do the same."""

import json
import re
import shutil
import signal
import subprocess
import sys
import threading
from collections import Counter

import msgpack
import pytest
import zmq

from nxcast.schemas.canary import canary
from nxcast.schemas.records import EGRESS_HEADER_MAX, EGRESS_PAYLOAD_MAX
from tests.conftest import ROOT, Bench, RunningBroker
from tests.messages import frame, message, soa

EXAMPLES = ROOT / "consumers" / "examples"
LIMIT_S = 60  # a hard time-out for anything that a test waits for
BUILD_LIMIT_S = 300
A, MX = "nxdomain/A/", "nxdomain/MX/"
U64_MAX = 2**64 - 1
LINE = (
    "nxdomain/MX/ qname={} qclass=1 qtype=15 response_ip=192.33.14.30 soa_rrname=com. "
    "time_ns=1454000000000000000 sensor=lab"
)
OUT_OF_REACH = "ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|EHOSTUNREACH|ENOTCACHED"


@pytest.fixture(scope="session")
def node(tmp_path_factory):
    """The command of the Node.js example, its packages installed as its lock file says."""
    if not (shutil.which("node") and shutil.which("npm")):
        pytest.skip("Node.js and npm are not here")
    folder = tmp_path_factory.mktemp("node")
    for file in (EXAMPLES / "node").glob("*.js*"):
        shutil.copy(file, folder)
    install = ("npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--fetch-retries=1")
    installed = subprocess.run(install, cwd=folder, capture_output=True, text=True, timeout=BUILD_LIMIT_S)
    if installed.returncode and re.search(OUT_OF_REACH, installed.stderr):
        pytest.skip("the npm registry is out of reach")
    assert installed.returncode == 0, installed.stderr
    return ("node", str(folder / "subscriber.js"))


@pytest.fixture(scope="session")
def c(tmp_path_factory):
    """The command of the C example, built with all warnings as errors, and sanitizers where there are any."""
    compiler = shutil.which("cc") or shutil.which("gcc")
    if not compiler:
        pytest.skip("a C compiler is not here")
    folder = tmp_path_factory.mktemp("c")
    program = folder / "subscriber"
    build = (compiler, "-std=c11", "-O1", "-g", "-Wall", "-Wextra", "-Wconversion", "-pedantic", "-Werror")
    sanitize = ("-fsanitize=address,undefined", "-fno-sanitize-recover=all")
    if not _compiles(folder, compiler, "#include <zmq.h>\nint main(void) { return zmq_errno(); }", "-lzmq"):
        pytest.skip("libzmq's header is not here (Debian: libzmq3-dev)")
    if _compiles(folder, compiler, "int main(void) { return 0; }", *sanitize):
        build += sanitize
    built = subprocess.run(
        (*build, "-o", str(program), str(EXAMPLES / "c" / "subscriber.c"), "-lzmq"),
        capture_output=True, text=True, timeout=BUILD_LIMIT_S,
    )  # fmt: skip
    assert built.returncode == 0, built.stderr
    return (str(program),)


@pytest.fixture(params=["node", "c"])
def command(request):
    return request.getfixturevalue(request.param)


class Example:
    """An example that runs; killed if it takes too long, so that nothing here waits for ever."""

    def __init__(self, command, said, *arguments):
        self._said = said
        with said.open("w") as stderr:
            self.process = subprocess.Popen(
                (*command, *arguments), stdout=subprocess.PIPE, stderr=stderr, text=True, encoding="ascii"
            )
        self._limit = threading.Timer(LIMIT_S, self.process.kill)
        self._limit.start()

    def line(self):
        return self.process.stdout.readline().rstrip("\n")

    def stop(self, how=signal.SIGTERM):
        """What was printed since, and the lines it said on stderr."""
        self.process.send_signal(how)
        rest = self.process.stdout.read()
        assert self.process.wait(LIMIT_S) == 0, self._said.read_text()
        return rest, self._said.read_text().splitlines()

    def close(self):
        self._limit.cancel()
        self.process.kill()
        self.process.wait()
        self.process.stdout.close()


@pytest.fixture
def run(command, tmp_path):
    started = []

    def start(*arguments):
        started.append(Example(command, tmp_path / f"said-{len(started)}", *arguments))
        return started[-1]

    yield start
    for example in started:
        example.close()


@pytest.fixture
def example(run, broker):
    """One that is subscribed to nxdomain/ of the broker made by hand."""
    running = run("nxdomain/", broker.endpoint)
    broker.await_subscription("nxdomain/")
    return running


def test_records_are_printed_one_a_line(example, broker, make):
    broker.publish(MX, make.nxdomain(), make.nxdomain(qname="netATLANTic.COM."))
    broker.publish(A, make.nxdomain(soa_rrname=None))
    assert [example.line(), example.line()] == [LINE.format("gdsrr.com."), LINE.format("netATLANTic.COM.")]
    assert example.line() == LINE.format("gdsrr.com.").replace(MX, A).replace("rrname=com.", "rrname=-")
    assert example.stop() == ("", ["messages 2, records 3, lost 0, restarts 0, malformed 0"])


def test_canaries_are_left_out_and_not_missed(example, broker, make):
    sent = canary("0123abcd", 1).nxdomain
    broker.publish(A, sent)
    broker.publish(A, make.nxdomain(), sent, make.nxdomain(sensor="nxcast-canary-2"))
    assert example.line().endswith(" sensor=lab")
    assert example.line().endswith(" sensor=nxcast-canary-2")
    assert example.stop() == ("", ["messages 2, records 2, lost 0, restarts 0, malformed 0"])


def test_the_topic_given_is_the_one_subscribed_to(run, broker, make):
    example = run("dns-errors/SERVFAIL/", broker.endpoint)
    broker.await_subscription("dns-errors/SERVFAIL/")
    broker.publish("dns-errors/SERVFAIL/", make.dns_error())
    line = example.line()
    assert line.startswith("dns-errors/SERVFAIL/ time_ns=1689270069408162000 sensor=lab type=1 ")
    assert line.endswith(" rcode=2 query=<27 octets> response=<27 octets>")


@pytest.mark.parametrize("arguments", [("nxdomain",), ("",), ("nxdomain/", "tcp://127.0.0.1:1", "more")])
def test_what_cant_be_subscribed_to_is_refused(command, arguments):
    refused = subprocess.run((*command, *arguments), capture_output=True, text=True, timeout=LIMIT_S)
    assert (refused.returncode, refused.stdout) == (2, "")
    assert refused.stderr.startswith("usage: ")


def test_an_account_is_kept_per_topic_and_what_came_before_joining_is_not_lost(example, broker, make):
    broker.publish(MX, make.nxdomain(), skip=6)
    broker.publish(A, make.nxdomain())
    broker.publish(MX, make.nxdomain(), skip=3)
    broker.publish(A, make.nxdomain(), skip=1)
    broker.publish(MX, make.nxdomain())
    for _ in range(5):
        example.line()
    assert example.stop()[1] == [
        "lost 3 of nxdomain/MX/, messages 8 to 10",
        "lost 1 of nxdomain/A/, messages 2 to 2",
        "messages 5, records 5, lost 4, restarts 0, malformed 0",
    ]


def test_a_sequence_already_passed_is_no_loss(example, broker, make):
    for sequence in (5, 3, 6):
        broker.send(make.message(MX, sequence, [make.nxdomain()]))
        example.line()
    assert example.stop()[1] == ["messages 3, records 3, lost 0, restarts 0, malformed 0"]


@pytest.mark.parametrize("epoch", [1, U64_MAX])
def test_a_restart_is_an_unknown_loss_and_what_is_missing_after_it_is_told(example, broker, make, epoch):
    broker.epoch = 1_700_000_000_000_000_000
    broker.publish(MX, make.nxdomain(), skip=99)
    broker.epoch, broker.sequences = epoch, Counter()
    broker.publish(MX, make.nxdomain())
    broker.publish(A, make.nxdomain(), skip=2)
    for _ in range(3):
        example.line()
    assert example.stop()[1] == [
        f"the broker was restarted: epoch 1700000000000000000 is now {epoch}",
        "lost 2 of nxdomain/A/, messages 1 to 2",
        "messages 3, records 3, lost 2 and an unknown number, restarts 1, malformed 0",
    ]


def test_integers_of_64_bits_are_exact(example, broker, make):
    broker.send(make.message(MX, 2**53, [make.nxdomain(time_ns=2**63 + 1)], epoch=U64_MAX))
    broker.send(make.message(MX, 2**53 + 2, [make.nxdomain(time_ns=U64_MAX)], epoch=U64_MAX))
    broker.send(make.message(MX, U64_MAX, [make.nxdomain(time_ns=0)], epoch=U64_MAX - 1))
    assert [re.search(r"time_ns=(\d+)", example.line())[1] for _ in range(3)] == [
        "9223372036854775809",
        "18446744073709551615",
        "0",
    ]
    assert example.stop()[1] == [
        "lost 1 of nxdomain/MX/, messages 9007199254740993 to 9007199254740993",
        "the broker was restarted: epoch 18446744073709551615 is now 18446744073709551614",
        "lost 18446744073709551614 of nxdomain/MX/, messages 1 to 18446744073709551614",
        "messages 3, records 3, lost 18446744073709551615 and an unknown number, restarts 1, malformed 0",
    ]


@pytest.mark.parametrize(
    ("qname", "shown"),
    [
        ("a\\.b.c\\\\d.", "a\\.b.c\\\\d."),
        ("\x1b[2J\r\n\0\x7f", "\\027[2J\\013\\010\\000\\127"),
        ("\x9b2J", "\\194\\1552J"),
        ("\u202eb\u2028", "\\226\\128\\174b\\226\\128\\168"),
        ("", ""),
        ("a" * 1004, "a" * 1004),
    ],
)
def test_nothing_that_can_harm_a_terminal_is_printed(example, broker, make, qname, shown):
    broker.publish(MX, make.nxdomain(qname=qname))
    assert example.line() == LINE.format(shown)


def test_keys_and_topics_of_a_later_version_are_taken_as_they_are(example, broker, make):
    topic = "nxdomain/\x1b[2J/"
    more = {"flags": [1, {"a": None}], "score": 0.5, "map": {"deep": [[]]}, "\x1b": -1, "sure": True}
    broker.publish(topic, {**make.nxdomain(), **more})
    broker.publish(topic, make.nxdomain(), skip=1)
    assert example.line().startswith("nxdomain/\\027[2J/ qname=gdsrr.com. ")
    assert example.line().endswith("sensor=lab")
    assert example.stop()[1][0] == "lost 1 of nxdomain/\\027[2J/, messages 2 to 2"


def _header(**changed):
    usual = {"version": 1, "epoch": 1, "sequence": 1, "count": 1, "time_ns": 5}
    return msgpack.packb({**usual, **changed})


RECORD = msgpack.packb({"qname": "a."})
TOPIC, HEADER, PAYLOAD = MX.encode(), _header(), b"\x91" + RECORD

MALFORMED = {
    "one part": [TOPIC],
    "two parts": [TOPIC, HEADER],
    "four parts": [TOPIC, HEADER, PAYLOAD, PAYLOAD],
    "a hundred parts": [TOPIC, *[HEADER] * 99],
    "topic too long": [b"nxdomain/" + b"A" * 60 + b"/", HEADER, PAYLOAD],
    "header empty": [TOPIC, b"", PAYLOAD],
    "header nil": [TOPIC, b"\xc0", PAYLOAD],
    "header an array": [TOPIC, b"\x95\1\1\1\1\1", PAYLOAD],
    "header cut": [TOPIC, HEADER[:-3], PAYLOAD],
    "header and more": [TOPIC, HEADER + b"\0", PAYLOAD],
    "header too long": [TOPIC, _header(note="a" * EGRESS_HEADER_MAX), PAYLOAD],
    "header that claims": [TOPIC, b"\xdf\xff\xff\xff\xff" + HEADER[1:], PAYLOAD],
    "version 2": [TOPIC, _header(version=2), PAYLOAD],
    "version text": [TOPIC, _header(version="1"), PAYLOAD],
    "no epoch": [TOPIC, _header()[:1] + b"\xa7version\1", PAYLOAD],
    "epoch negative": [TOPIC, _header(epoch=-1), PAYLOAD],
    "epoch a fraction": [TOPIC, _header(epoch=1.5), PAYLOAD],
    "sequence 0": [TOPIC, _header(sequence=0), PAYLOAD],
    "sequence nil": [TOPIC, _header(sequence=None), PAYLOAD],
    "sequence text": [TOPIC, _header(sequence="1"), PAYLOAD],
    "count wrong": [TOPIC, _header(count=2), PAYLOAD],
    "count huge": [TOPIC, _header(count=U64_MAX), PAYLOAD],
    "payload empty": [TOPIC, HEADER, b""],
    "payload a map": [TOPIC, HEADER, RECORD],
    "payload text": [TOPIC, HEADER, b"\xa1a"],
    "payload cut": [TOPIC, HEADER, PAYLOAD[:-1]],
    "payload and more": [TOPIC, HEADER, PAYLOAD + b"\xc0"],
    "array that claims 65,535": [TOPIC, _header(count=65_535), b"\xdc\xff\xff" + RECORD],
    "array that claims 2^32 - 1": [TOPIC, _header(count=2**32 - 1), b"\xdd\xff\xff\xff\xff" + RECORD],
    "array head cut": [TOPIC, HEADER, b"\xdd\0\0"],
    "record nil": [TOPIC, HEADER, b"\x91\xc0"],
    "record an integer": [TOPIC, HEADER, b"\x91\1"],
    "record an array": [TOPIC, HEADER, b"\x91\x90"],
    "record text": [TOPIC, HEADER, b"\x91\xa1a"],
    "record bin": [TOPIC, HEADER, b"\x91\xc4\1a"],
    "record a timestamp": [TOPIC, HEADER, b"\x91\xd6\xff\0\0\0\0"],
    "record that claims": [TOPIC, HEADER, b"\x91\xdf\xff\xff\xff\xff"],
    "record's key bin": [TOPIC, HEADER, b"\x91\x81\xc4\1a\1"],
    "record's key a map": [TOPIC, HEADER, b"\x91\x81\x80\1"],
    "record's text that claims": [TOPIC, HEADER, b"\x91\x81\xa1a\xdb\xff\xff\xff\xff"],
    "never used octet": [TOPIC, HEADER, b"\x91\x81\xa1a\xc1"],
    "arrays without end": [TOPIC, HEADER, b"\x91" * 100_000],
    "arrays that claim": [TOPIC, HEADER, b"\x91\x81\xa1a" + b"\xdc\xff\xff" * 100_000],
    "arrays that claim more": [TOPIC, HEADER, b"\x91\x81\xa1a" + b"\xdd\x7f\xff\xff\xff" * 3],
    "maps that claim": [TOPIC, HEADER, b"\x91" + b"\xdf\x80\0\0\0\xa1a" * 3],
}  # fmt: skip


def test_malformed_messages_are_counted_and_passed_over(example, broker, make):
    for number, parts in enumerate(MALFORMED.values(), 1):
        broker.send(parts)
        broker.send(make.message(MX, 1, [make.nxdomain(qname=f"after-{number}.example.")]))
        assert example.line() == LINE.format(f"after-{number}.example."), list(MALFORMED)[number - 1]
    said = example.stop()[1]
    assert said[-1].endswith(f"lost 0, restarts 0, malformed {len(MALFORMED)}")
    assert sum(line.startswith("passed over a malformed message") for line in said) == len(MALFORMED)


def test_a_message_cut_or_flipped_anywhere_ends_nothing(example, broker, make):
    whole = make.message(MX, 1, [make.nxdomain(), make.nxdomain(soa_rrname=None)], epoch=2**40)
    for part in (1, 2):
        for place in range(len(whole[part])):
            broker.send([*whole[:part], whole[part][:place], *whole[part + 1 :]])
            flipped = bytearray(whole[part])
            flipped[place] ^= 0xC0
            broker.send([*whole[:part], bytes(flipped), *whole[part + 1 :]])
    broker.publish(MX, make.nxdomain(qname="end.example."))
    while (line := example.line()) and "qname=end.example." not in line:
        pass
    assert line == LINE.format("end.example.")


def test_a_publisher_of_too_many_topics_is_bounded(example, broker, make):
    for number in range(300):
        broker.send(make.message(f"nxdomain/T{number}/", 1, [make.nxdomain()]))
    for _ in range(256):
        example.line()
    broker.send(make.message("nxdomain/T0/", 2, [make.nxdomain()]))
    assert example.line().startswith("nxdomain/T0/")
    assert example.stop()[1][-1] == "messages 257, records 257, lost 0, restarts 0, malformed 44"


def test_who_sends_a_part_over_the_limit_is_cut_off(run):
    with zmq.Context() as context, context.socket(zmq.XPUB) as publisher:
        publisher.set(zmq.LINGER, 0)
        publisher.set(zmq.RCVTIMEO, LIMIT_S * 1000)
        port = publisher.bind_to_random_port("tcp://127.0.0.1")
        example = run("nxdomain/", f"tcp://127.0.0.1:{port}")
        assert publisher.recv() == b"\1nxdomain/"
        publisher.send_multipart([TOPIC, HEADER, bytes(EGRESS_PAYLOAD_MAX + 1)])
        assert publisher.recv() == b"\0nxdomain/"
        assert example.stop() == ("", ["messages 0, records 0, lost 0, restarts 0, malformed 0"])


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_stops_it_with_a_summary(example, how):
    assert example.stop(how) == ("", ["messages 0, records 0, lost 0, restarts 0, malformed 0"])


def test_it_ends_when_nobody_reads_its_lines(run, broker, make):
    example = run("nxdomain/", broker.endpoint)
    broker.await_subscription("nxdomain/")
    example.process.stdout.close()
    broker.publish(MX, make.nxdomain())
    assert example.process.wait(LIMIT_S) in (0, -signal.SIGPIPE)


def test_a_full_disk_is_status_1_and_one_line(command, broker, make):
    with open("/dev/full", "w") as full:
        ending = subprocess.Popen(
            (*command, "nxdomain/", broker.endpoint), stdout=full, stderr=subprocess.PIPE, text=True
        )
    try:
        broker.await_subscription("nxdomain/")
        broker.publish(MX, *[make.nxdomain()] * 100)
        said = ending.communicate(timeout=LIMIT_S)[1]
    finally:
        ending.kill()
        ending.wait()
    assert ending.returncode == 1
    assert re.fullmatch(r"can't write: .*no space left on device.*\n", said, re.IGNORECASE)


def test_the_real_broker_is_understood(run):
    running = RunningBroker("--ingress", "tcp://127.0.0.1:*", "--egress", "tcp://127.0.0.1:*")
    try:
        bench = Bench(running)
        example = run("nxdomain/", running.egress)
        told = threading.Event()
        pusher = threading.Thread(target=_push_until, args=(bench, told))
        pusher.start()
        try:
            line = example.line()
        finally:
            told.set()
            pusher.join(LIMIT_S)
            bench.close()
        assert line == (
            "nxdomain/MX/ qname=gdsrr.com. qclass=1 qtype=15 response_ip=192.33.14.30 soa_rrname=com. "
            "time_ns=1700000000123456789 sensor=ns1"
        )
        assert " lost 0, restarts 0, malformed 0" in example.stop()[1][-1]
    finally:
        running.stop()
        running.process.stderr.close()


def _push_until(bench, told):
    """Push the same response again and again, as what comes before the subscription is not heard."""
    for _ in range(LIMIT_S * 20):
        bench.push(frame(message(authorities=[soa()])))
        if told.wait(0.05):
            return


def test_the_packages_of_node_are_pinned_with_their_hashes():
    package = json.loads((EXAMPLES / "node" / "package.json").read_text())
    lock = json.loads((EXAMPLES / "node" / "package-lock.json").read_text())["packages"]
    assert lock[""]["dependencies"] == package["dependencies"]
    assert all(re.fullmatch(r"\d+\.\d+\.\d+", version) for version in package["dependencies"].values())
    for path, pinned in lock.items():
        if path:
            assert pinned["resolved"].startswith("https://registry.npmjs.org/"), path
            assert pinned["integrity"].startswith("sha512-"), path


def _compiles(folder, compiler, source, *flags):
    command = (compiler, "-x", "c", "-", "-x", "none", *flags, "-o", str(folder / "tried"))
    return subprocess.run(command, input=source, capture_output=True, text=True).returncode == 0


def test_the_conformance_vectors_pass(command):
    runner = (sys.executable, str(ROOT / "docs" / "conformance" / "run.py"))
    done = subprocess.run((*runner, *command), capture_output=True, text=True, timeout=2 * LIMIT_S)
    assert done.returncode == 0, done.stdout + done.stderr
