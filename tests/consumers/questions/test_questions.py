"""What holds for every question: cuts between lists, state, and hostile records make no difference."""

import subprocess
import sys
from itertools import islice

import msgpack
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bench import questions
from bench.questions import MEMORY_MB, NAMES, QUESTIONS, RATE
from nxcast.broker.derivation.derive import derive
from nxcast.consumers.questions.loop.inquiry import Inquiry
from nxcast.consumers.questions.loop.report import reports
from nxcast.producers.synthetic.stream import generate
from nxcast.schemas.records import RECORDS
from nxcast.schemas.topics import DNS_ERRORS, NXDOMAIN

COUNT = 8_000  # responses, eleven hours of the stream's time
REMEMBERING = [name for name, (make, _) in QUESTIONS.items() if hasattr(make(), "dump")]


@pytest.fixture(scope="module")
def streams():
    """Records by channel."""
    frames = [response.frame for response in islice(generate("sie", 3, rate=0.2), COUNT)]
    derived = derive(frames, "lab")
    errors = [record for record in derived.errors if record["rcode"] != 3]
    return {NXDOMAIN: derived.nxdomains, DNS_ERRORS: errors}


def _channel(name):
    return DNS_ERRORS if name == "authorities" else NXDOMAIN


def _asked(name, lists, capsys):
    """All that a question says about lists of records, as JSON."""
    inquiry = Inquiry(name, QUESTIONS[name][0](), reports(name, "json", None, live=False), every=3600)
    for records in lists:
        inquiry.take(records)
    inquiry.end()
    return capsys.readouterr().out


@pytest.mark.parametrize("name", QUESTIONS)
def test_how_records_are_cut_into_lists_makes_no_difference(name, streams, capsys):
    records = streams[_channel(name)]
    whole = _asked(name, [records], capsys)
    assert len(whole.splitlines()) > 5
    assert _asked(name, ([record] for record in records), capsys) == whole


@pytest.mark.parametrize("name", REMEMBERING)
def test_what_is_kept_and_loaded_in_the_middle_makes_no_difference(name, streams):
    records = streams[_channel(name)]
    first, then = QUESTIONS[name][0](), QUESTIONS[name][0]()
    first.take(records[: len(records) // 2])
    then.load(
        [(key, msgpack.unpackb(msgpack.packb(value), strict_map_key=False)) for key, value in first.dump()]
    )
    for question in (first, then):
        question.take(records[len(records) // 2 :])
    assert then.sections() == first.sections()


ANSWERING = [name for name in QUESTIONS if name != "causes"]  # which says of each record why it is there


@pytest.mark.parametrize("changed", [{"qclass": 3}, {"qclass": 4}, {"qclass": 255}, {"qtype": 255}])
@pytest.mark.parametrize("name", ANSWERING)
def test_what_is_no_look_up_of_class_in_counts_nowhere(name, changed, streams):
    """Only authorities tells of it, by RCODE alone."""
    question = QUESTIONS[name][0]()
    for _ in range(4):
        question.take([{**record, **changed} for record in streams[_channel(name)][:2000]])
    rows = [row for section in question.sections() if section.name != "rcodes" for row in section.rows]
    assert rows == []


@pytest.mark.parametrize("name", QUESTIONS)
def test_a_server_that_is_not_told_is_no_fault(name, streams):
    records = [{**record, "response_ip": None} for record in streams[_channel(name)][:2000]]
    question, told = QUESTIONS[name][0](), QUESTIONS[name][0]()
    question.take(records)
    told.take([{**record, "response_ip": "::"} for record in records])
    assert question.sections() == told.sections()


NAMES_TEXT = st.one_of(
    st.text(max_size=1004),
    st.from_regex(r"([a-z0-9_\\.-]{1,20}\.){0,30}", fullmatch=True),
    st.sampled_from(["", ".", "..", "a", "com.", r"\.", "\\", r"a\.b.com.", "wpad.com.", "_ldap._tcp."]),
    st.sampled_from(["1.2.3.4.zen.spamhaus.org.", "x.in-addr.arpa.", "0." * 32 + "ip6.arpa.", "1." * 500]),
    st.sampled_from(["\0.com.", "xn--.com.", "*.com."]),
)
TIMES = st.one_of(st.integers(0, 2**64 - 1), st.integers(1_767_225_600 * 10**9, 1_767_312_000 * 10**9))
U16 = st.integers(0, 0xFFFF)
NXDOMAINS = st.fixed_dictionaries(
    {
        "qname": NAMES_TEXT,
        "qclass": st.sampled_from([1, 3, 255, 65279]),
        "qtype": st.sampled_from([1, 2, 12, 15, 16, 28, 33, 65, 255, 65400]),
        "response_ip": st.one_of(st.ip_addresses().map(str), st.text(min_size=2, max_size=39)),
        "soa_rrname": st.one_of(st.none(), NAMES_TEXT),
        "time_ns": TIMES,
        "sensor": st.sampled_from(["a", "b" * 64]),
    }
)
ERRORS = st.fixed_dictionaries(
    {
        "time_ns": TIMES,
        "sensor": st.just("a"),
        "type": st.sampled_from([1, 3, 4, 7]),
        "response_ip": st.one_of(st.ip_addresses().map(str), st.text(min_size=2, max_size=39)),
        "response_port": U16,
        "proto": st.sampled_from([6, 17]),
        "query_ip": st.none(),
        "query_port": st.none(),
        "id": U16,
        "opcode": st.integers(0, 15),
        "qname": st.one_of(st.none(), NAMES_TEXT),
        "qclass": st.one_of(st.none(), U16),
        "qtype": st.one_of(st.none(), U16),
        "rcode": st.integers(1, 4095),
        "query": st.none(),
        "response": st.binary(min_size=12, max_size=200),
    }
)


@pytest.mark.parametrize("name", QUESTIONS)
@settings(max_examples=60)
@given(data=st.data())
def test_no_record_that_the_schema_allows_can_raise(name, data):
    channel = _channel(name)
    records = data.draw(st.lists(ERRORS if channel == DNS_ERRORS else NXDOMAINS, min_size=1, max_size=30))
    RECORDS[channel].validate_python(records)
    question = QUESTIONS[name][0]()
    question.take(records)
    question.take(records * 3)
    question.sections()


@pytest.mark.parametrize(
    ("rate", "memory", "status"), [(RATE, MEMORY_MB - 1, 0), (RATE, MEMORY_MB, 1), (RATE - 1, 50, 1)]
)
def test_the_benchmark_fails_where_a_question_misses_a_bar(rate, memory, status, monkeypatch, capsys):
    """What a million names an hour take is minutes to measure, so `make bench` judges it."""
    assert (NAMES, RATE, MEMORY_MB) == (1_000_000, 50_000, 200)
    monkeypatch.setattr(
        questions, "measure", lambda name: (rate, memory, 1) if name == "dead" else (RATE, 50, 1)
    )
    assert questions.main() == status
    assert ("missed: dead" in capsys.readouterr().out) == bool(status)


def test_a_measurement_feeds_a_question_and_tells_its_cost(monkeypatch, capsys):
    monkeypatch.setattr(questions, "NAMES", 3000)
    questions.feed("dga")
    rate, memory, found = map(float, capsys.readouterr().out.split())
    assert min(rate, memory, found) > 0


def test_help_needs_none_of_what_questions_import():
    heavy = ("rich", "sqlite3", "pyarrow")
    code = (
        f"import sys, nxcast.consumers.command_line; print([each for each in {heavy} if each in sys.modules])"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout == "[]\n"
