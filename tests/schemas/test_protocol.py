"""docs/protocol.md says what the code does: its examples octet for octet, its tables entry for entry."""

from __future__ import annotations

import importlib
import re
from typing import Any

import msgpack
import pytest
from pydantic import TypeAdapter

from nxcast.broker.answers import Answers
from nxcast.broker.arrivals import Arrivals
from nxcast.broker.derivation.derive import NOT_A_NAME, NOT_A_RESPONSE, derive
from nxcast.broker.derivation.outbox import Message, Outbox
from nxcast.broker.ledger import Ledger
from nxcast.broker.log.memory_log import MemoryLog
from nxcast.broker.settings import Settings
from nxcast.schemas import batch_decoding, fields, frames, names, records, requests, units
from nxcast.schemas.batch_decoding import FRAME_REASONS, MessageError, decode_batch
from nxcast.schemas.codes import OBSERVATIONS, RCODES, TYPES
from nxcast.schemas.curve import CLIENT_KEY_MAX, CURVE_OVERHEAD, ClientKey
from nxcast.schemas.frames import FRAME_FIELDS, FRAMES_2, BatchHeader, Frame1, encode_batch, make_frame
from nxcast.schemas.names import labels_of, name_text, name_wire
from nxcast.schemas.question_frame import QUESTION_FIELDS, make_question
from nxcast.schemas.request_answers import decode_answer
from nxcast.schemas.requests import REQUEST_REASONS
from nxcast.schemas.topics import CHANNELS, answers_topic, dns_errors_topic, nxdomain_topic
from tests.conftest import ROOT
from tests.messages import AUTHORITY, TIME_NS, frame, message, soa
from tests.schemas.examples import EXAMPLES, SERVER_ANSWERS, STATUS

PAGE = (ROOT / "docs" / "protocol.md").read_text()
SECTIONS = dict(re.findall(r"^#+ ([^\n]+)\n(.*?)(?=^#|\Z)", PAGE, re.MULTILINE | re.DOTALL))
U64_MAX = 2**64 - 1

HEADER: BatchHeader = {"sensor": "ns1", "epoch": 1_700_000_000_000_000_000, "sequence": 1, "count": 1}
FRAME: Frame1 = frame(message(authorities=[soa("com.")]))
HEADER_2: BatchHeader = {**HEADER, "count": 2, "questions": True}
COM, DENIED = name_wire("com."), name_wire("gdsrr.com.")
FRAME_2 = make_frame(*FRAME, COM)
QNAME = name_wire("www.gdsrr.com.")
ASKED = make_question(TIME_NS + 4_000_000, QNAME, 1, 1, AUTHORITY, COM, DENIED, "authority")
BROKER_EPOCH = 1_700_000_000_000_000_001
PUBLISHED_NS = TIME_NS + 21_000_000


def _entries(name: str) -> list[tuple[bytes, str]]:
    """(octets, what they say) of an example; a line that says nothing goes with the one before it."""
    (block,) = re.findall(rf"^```text\n; {name}\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
    entries: list[tuple[bytes, str]] = []
    for line in block.splitlines():
        left, _, right = line.partition("  ")
        if right:
            entries.append((bytes.fromhex(left), right.strip()))
        else:
            octets, text = entries.pop()
            entries.append((octets + bytes.fromhex(left), text))
    return entries


def _octets(name: str) -> bytes:
    return b"".join(octets for octets, _ in _entries(name))


def _rows(section: str, table: int = 0) -> list[list[str]]:
    """Cells of a table's rows, without its head."""
    tables = re.findall(r"(?:^\|.*\n)+", SECTIONS[section], re.MULTILINE)
    rows = [re.split(r"(?<!\\)\|", line.strip("|\n")) for line in tables[table].splitlines()]
    return [[cell.strip() for cell in row] for row in rows[2:]]


def _code(cell: str) -> str:
    return cell.strip("`")


def test_the_example_batch_is_what_a_producer_sends() -> None:
    parts = [_octets(f"batch-{part}") for part in ("kind", "header", "payload")]
    assert encode_batch(HEADER, [FRAME]) == parts
    assert decode_batch(parts) == (HEADER, [FRAME], [], [])


def test_the_example_batch_of_today_is_what_a_producer_sends() -> None:
    parts = [_octets(f"batch-2-{part}") for part in ("kind", "header", "payload")]
    assert encode_batch(HEADER_2, [FRAME_2, ASKED], FRAMES_2) == parts
    assert decode_batch(parts) == (HEADER_2, [FRAME_2], [ASKED], [])


def test_the_example_question_becomes_the_example_record() -> None:
    batch = decode_batch([_octets(f"batch-2-{part}") for part in ("kind", "header", "payload")])
    derived = derive(batch.frames, "ns1", batch.questions, asks=batch.header["questions"])
    assert [error["query_zone"] for error in derived.errors] == ["com."]
    assert msgpack.packb(derived.nxdomains) == _octets("question-payload")


def test_the_example_batch_becomes_the_example_messages() -> None:
    batch = decode_batch([_octets(f"batch-{part}") for part in ("kind", "header", "payload")])
    derived = derive(batch.frames, batch.header["sensor"])
    outbox = Outbox(BROKER_EPOCH, batch_records=512)
    outbox.put([(dns_errors_topic(record["rcode"]), record) for record in derived.errors], TIME_NS)
    outbox.put([(nxdomain_topic(record["qtype"]), record) for record in derived.nxdomains], TIME_NS)
    assert [tuple(sent) for sent in outbox.flush(PUBLISHED_NS)] == [
        tuple(_octets(f"{channel}-{part}") for part in ("topic", "header", "payload"))
        for channel in ("dns-errors", "nxdomain")
    ]


@pytest.mark.parametrize(
    ("channel", "records_channel"), [("dns-errors", "dns-errors/"), ("nxdomain", "nxdomain/")]
)
def test_the_example_messages_can_be_read(channel: str, records_channel: str) -> None:
    header = records.decode_header(_octets(f"{channel}-header"))
    (record,) = records.decode_records(records_channel, _octets(f"{channel}-payload"))
    assert (header["epoch"], header["time_ns"]) == (BROKER_EPOCH, PUBLISHED_NS)
    assert (record["qname"], record["qtype"]) == ("gdsrr.com.", 15)


def test_the_example_of_a_server_is_what_the_broker_packs() -> None:
    assert msgpack.packb([SERVER_ANSWERS]) == _octets("servers-payload")
    size = re.search(r"An example of (\d+) octets", SECTIONS["ServerAnswers"])
    assert size is not None
    assert int(size[1]) == len(_octets("servers-payload"))


def test_the_example_request_gets_the_example_answer() -> None:
    log = MemoryLog(octets_max=1 << 20, age_s=1, now_ns=BROKER_EPOCH)
    message = (_octets("nxdomain-header"), _octets("nxdomain-payload"))
    log.commit([Message(_octets("nxdomain-topic"), *message)], [], PUBLISHED_NS, 0.0)
    answers = Answers("", log, Arrivals(), Ledger(), lambda: STATUS, lambda _: (True, [], 0))
    answer = answers.answer([_octets("range-request")])
    assert answer == [_octets("range-answer"), *message]
    assert decode_answer(answer)[1] == [message]


@pytest.mark.parametrize(
    ("name", "keys"),
    [
        ("batch-header", 4),
        ("dns-errors-header", 5),
        ("dns-errors-payload", 15),  # the response is told field by field
        ("nxdomain-header", 5),
        ("nxdomain-payload", 7),
        ("batch-2-header", 5),
        ("question-payload", 10),
        ("servers-payload", 6),
        ("range-request", 7),
        ("range-answer", 9),
    ],
)
def test_each_line_of_an_example_says_what_its_octets_are(name: str, keys: int) -> None:
    told = 0
    for octets, text in _entries(name):
        if match := re.fullmatch(r"(\w+): (.+)", text):
            unpacker = msgpack.Unpacker()
            unpacker.feed(octets)
            key, value = unpacker
            shown = "nil" if value is None else f'"{value}"' if isinstance(value, str) else str(value)
            assert match.groups() == (key, shown.lower() if value is True else shown)
            told += 1
    assert told == keys


def test_each_line_of_the_example_frame_names_its_field() -> None:
    for name, listed in (
        ("batch-payload", FRAME_FIELDS[:9]),
        ("batch-2-payload", (*FRAME_FIELDS, *QUESTION_FIELDS)),
    ):
        told = [text for _, text in _entries(name) if text[0].isdigit() and ": " in text]
        assert [text.split(":")[0].split(" ")[1] for text in told] == list(listed)


@pytest.mark.parametrize(
    ("section", "fields", "example"),
    [("Frame", FRAME_FIELDS, FRAME_2), ("QuestionFrame", QUESTION_FIELDS, ASKED)],
)
def test_the_fields_of_a_frame_are_all_there_in_order(
    section: str, fields: tuple[str, ...], example: tuple[Any, ...]
) -> None:
    rows = _rows(section)
    assert [(row[0], _code(row[1])) for row in rows] == [(str(at), field) for at, field in enumerate(fields)]
    nil = {_code(row[1]) for row in rows if "nil" in row[2]}
    for at, field in enumerate(fields):
        changed: Any = (*example[:at], None, *example[at + 1 :])
        batch = decode_batch(encode_batch(HEADER, [changed], FRAMES_2))
        assert (batch.bad == []) == (field in nil)


def test_the_observation_types_are_named() -> None:
    rows = _rows("Frame")
    assert all(f"{number} {name}" in rows[1][3] for number, name in OBSERVATIONS.items())


@pytest.mark.parametrize("model", EXAMPLES)
def test_the_keys_of_a_model_are_all_there_in_order(model: Any) -> None:
    rows = _rows(model.__name__)
    assert [_code(row[0]) for row in rows] == list(model.__annotations__)
    adapter = TypeAdapter(model)
    example = EXAMPLES[model]

    def accepts(key: str, value: Any) -> bool:
        try:
            adapter.validate_python({**example, key: value})
        except ValueError:
            return False
        return True

    for cell, types, *_ in rows:
        key = _code(cell)
        assert accepts(key, None) == ("nil" in types)
        if types.startswith(("u16", "u64")):
            most = 0xFFFF if types.startswith("u16") else U64_MAX
            assert not accepts(key, most + 1)
            assert key == "count" or accepts(key, most)
        elif types.startswith(("str", "bin", "map", "array", "bool")):
            kind = {"str": str, "bin": bytes, "map": dict, "arr": list, "boo": bool}[types[:3]]
            assert type(example[key]) is kind
        elif " to " in types:
            least, most = map(int, types.split(" to "))
            assert [accepts(key, value) for value in (least - 1, least, most, most + 1)] == [0, 1, 1, 0]
        elif types[0].isdigit():
            assert [value for value in range(256) if accepts(key, value)] == [*map(int, types.split(","))]
        elif types == "nil":
            assert example[key] is None
        else:
            assert types.removesuffix(", nil") in SECTIONS, key


def test_the_reasons_are_all_there_in_order() -> None:
    listed = [_code(row[0]) for row in _rows("What is malformed")]
    assert listed == [*MessageError.REASONS, *FRAME_REASONS, NOT_A_RESPONSE, NOT_A_NAME]


def test_the_reasons_of_requests_are_all_there_in_order() -> None:
    assert [_code(row[0]) for row in _rows("ErrorAnswer", 1)] == list(REQUEST_REASONS)


def test_every_topic_follows_from_the_page() -> None:
    assert {_code(row[1]) for row in _rows("Topics")} == set(CHANNELS)
    rcodes, qtypes = SECTIONS["Mnemonics"].split("`nxdomain/<QTYPE>/`", 1)
    listed_rcodes = re.findall(r"`([A-Z0-9-]+)`", rcodes.split("`dns-errors/<RCODE>/`, and `OTHER`:")[1])
    listed_types = re.findall(r"`([A-Z0-9-]+)`", qtypes.split("and `OTHER`:")[1])
    assert listed_rcodes == [mnemonic for rcode, mnemonic in RCODES.items() if rcode]
    assert listed_types == list(TYPES.values())
    told = {
        *[f"answers/{mnemonic}/" for mnemonic in (*listed_types, "OTHER")],
        "malformed/",
        "servers/",
        "status/",
        *[f"dns-errors/{mnemonic}/" for mnemonic in (*listed_rcodes, "OTHER")],
        *[f"nxdomain/{mnemonic}/" for mnemonic in (*listed_types, "OTHER")],
    }
    real = {*map(dns_errors_topic, range(1, 4096))}
    real |= {each(qtype) for each in (nxdomain_topic, answers_topic) for qtype in range(0x10000)}
    assert told == real | {"malformed/", "servers/", "status/"}
    assert f"all the topics there are, {len(told)}:" in SECTIONS["Topics"]


def test_the_limits_are_those_of_the_code() -> None:
    listed = {}
    for _, value, constant in _rows("Limits"):
        path, name = _code(constant).rsplit(".", 1)
        listed[_code(constant)] = int(value.replace(",", ""))
        assert listed[_code(constant)] == getattr(importlib.import_module(f"nxcast.{path}"), name)
    told = {constant.rsplit(".", 1)[1] for constant in listed}
    told |= {*vars(units), *map(str.upper, FRAME_FIELDS)}  # ranges of types, and places of fields
    told |= {"MINIMISED", "FORWARDER", "QUESTION"}  # told with their fields
    for module in (batch_decoding, fields, frames, names, records, requests):
        assert {name for name, value in vars(module).items() if name.isupper() and type(value) is int} <= told


def test_the_settings_have_their_defaults() -> None:
    for setting, default, _ in _rows("Limits", 1):
        real = Settings.model_fields[_code(setting)].default
        assert default.replace(",", "") == str(real).lower()
    for endpoint in ("ingress", "egress", "replay"):
        assert f"{endpoint} at `{Settings.model_fields[endpoint].default}`" in PAGE


def test_the_names_are_written_as_the_code_writes_them() -> None:
    texts = [_code(row[1]) for row in _rows("Names")]
    assert [name_text(labels_of(text)) for text in texts] == texts
    assert labels_of(texts[3]) == (b"a.b", b"c\\d")
    assert labels_of(texts[4]) == (b"a b", b"\xff")


def test_the_key_file_is_the_model() -> None:
    assert [_code(row[0]) for row in _rows("The key file of a client")] == list(ClientKey.model_fields)
    assert f"at most {CLIENT_KEY_MAX:,} octets" in SECTIONS["The key file of a client"]


def test_the_advice_on_sizes_is_that_of_the_limits() -> None:
    (size,) = [row[2] for row in _rows("High-water marks") if row[1] == "`MAXMSGSIZE`"]
    assert f"{records.EGRESS_PAYLOAD_MAX:,} ({CURVE_OVERHEAD} more with keys)" in size
