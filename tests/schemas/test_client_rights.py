"""The key file's model: what each client may do, and what is no key file."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nxcast.schemas.client_rights import END, Client, Keys, KeysError, parse_keys, render_keys
from nxcast.schemas.nmsg.payloads import sensor_of
from nxcast.schemas.topics import CHANNELS, TOPICS

KEY, OTHER = "a" * 40, "b" * 40


def _client(**rights: object) -> Client:
    return Client(**{"key": KEY, **rights})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("rights", "topics"),
    [
        (["nxdomain/"], ("nxdomain/", "status/")),
        (["nxdomain/", "nxdomain/MX/"], ("nxdomain/", "status/")),
        (["nxdomain/TXT/", "nxdomain/MX/"], ("nxdomain/MX/", "nxdomain/TXT/", "status/")),
        (["status/"], ("status/",)),
        ([], ()),
    ],
)
def test_the_set_of_rights_has_no_more_prefixes_than_it_needs(
    rights: list[str], topics: tuple[str, ...]
) -> None:
    assert _client(subscribe=rights).topics == topics


@pytest.mark.parametrize("rights", [["nxdomain/"], ["nxdomain/A/", "dns-errors/"], list(CHANNELS), []])
@pytest.mark.parametrize(
    "prefix", ["", "n", "nxdomain/", "nxdomain/A", "dns-errors/REFUSED/", "status/", "x"]
)
def test_a_subscription_gives_some_where_a_topic_of_it_is_allowed(rights: list[str], prefix: str) -> None:
    client = _client(subscribe=rights)
    given = [topic for topic in TOPICS if topic.startswith(prefix) and client.may_subscribe(topic)]
    assert client.may_have_some(prefix) == bool(given)


@pytest.mark.parametrize(
    ("patterns", "sensor", "may"),
    [
        (["ns1"], "ns1", True),
        (["ns1"], "ns10", False),
        (["ns1"], "NS1", False),
        (["ns*"], "ns10", True),
        (["ns*"], "dns1", False),
        (["edge-*.example", "ns1"], "edge-7.example", True),
        (["*"], "any", True),
        ([], "ns1", False),
    ],
)
def test_a_producer_may_push_as_its_sensors_only(patterns: list[str], sensor: str, may: bool) -> None:
    assert _client(push=patterns).may_push(sensor) is may


@pytest.mark.parametrize(
    ("patterns", "may"),
    [
        (["nmsg"], True),
        (["ns1", "nmsg-a1ba02cf"], True),
        (["nmsg-*"], True),
        (["*"], True),
        (["*-*0"], True),
        (["n*"], True),
        (["nmsg-*-*"], False),
        (["nmsg-xyz"], False),
        (["nmsg-a1ba02cf0"], False),
        (["nmsg-A1BA02CF"], False),
        (["ns*"], False),
        ([], False),
    ],
)
def test_containers_are_for_who_may_push_as_a_sensor_that_they_can_name(
    patterns: list[str], may: bool
) -> None:
    assert _client(push=patterns).may_push_containers is may


@given(
    st.lists(st.sampled_from(["*", *"nmsg-0f"]), max_size=9).map("".join).filter(bool),
    st.integers(0, 2**32 - 1),
)
def test_no_container_that_may_be_pushed_is_refused_by_its_kind(pattern: str, source: int) -> None:
    client = _client(push=[pattern])
    assert client.may_push_containers or not client.may_push(sensor_of(source))


def test_replay_goes_no_further_than_subscription() -> None:
    assert _client(subscribe=["nxdomain/"], replay=True).may_replay("nxdomain/MX/")
    assert not _client(subscribe=["nxdomain/"], replay=True).may_replay("dns-errors/REFUSED/")
    assert not _client(subscribe=["nxdomain/"]).may_replay("nxdomain/MX/")


def _some() -> Keys:
    return Keys(
        {
            "ns1": _client(push=["ns1", "ns1-*"]),
            "web.example": Client(key=OTHER, subscribe=("nxdomain/", "dns-errors/REFUSED/"), replay=True),
        }
    )


def test_a_key_file_reads_as_it_was_written() -> None:
    keys = parse_keys(render_keys(_some()))
    assert keys.clients == _some().clients
    assert (keys.name(OTHER), keys.name("c" * 40), keys.client("c" * 40)) == ("web.example", None, None)


def test_a_key_file_cut_anywhere_is_no_key_file() -> None:
    text = render_keys(_some())
    for length in range(len(text) - 1):
        with pytest.raises(KeysError):
            parse_keys(text[:length])


def test_a_key_file_may_have_no_clients() -> None:
    assert parse_keys(render_keys(Keys({}))).clients == {}


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("clients = ", "not TOML: "),
        ("x = 1", "no table [clients]"),
        ("[clients]\n[other]", "unknown key other"),
        ("[clients.'a b']\nkey = 'x'", "a b: its name: "),
        ("[clients.a]", "a: key: Field required"),
        ("[clients.a]\nkey = 'x'", "a: key: a key has 40 characters"),
        (f"[clients.a]\nkey = '{'~' * 40}'", "a: key: a character that Z85 does not have"),
        (f"[clients.a]\nkey = '{'#' * 40}'", "a: key: five characters that stand for more"),
        (
            f"[clients.a]\nkey = '{KEY}'\nsubscribe = ['nxdomain']",
            "a: subscribe: 'nxdomain' is no channel or topic",
        ),
        (f"[clients.a]\nkey = '{KEY}'\nsubscribe = 'nxdomain/'", "a: subscribe: "),
        (f"[clients.a]\nkey = '{KEY}'\npush = ['n s']", "a: push: 'n s' is no name of a sensor"),
        (f"[clients.a]\nkey = '{KEY}'\nreplay = 1", "a: replay: "),
        (f"[clients.a]\nkey = '{KEY}'\nrepaly = true", "a: unknown key repaly"),
        (f"[clients.a]\nkey = '{KEY}'\n[clients.b]\nkey = '{KEY}'", "a and b have the same key"),
    ],
)
def test_a_wrong_key_file_is_told_in_one_line(text: str, reason: str) -> None:
    with pytest.raises(KeysError) as error:
        parse_keys(f"{text}\n{END}\n")
    assert reason in str(error.value)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("now", "gone", "narrowed"),
    [
        ({"a": _client(subscribe=["nxdomain/"], push=["ns1"])}, [], []),
        ({"b": _client(subscribe=["nxdomain/"])}, [], []),  # another name, the same key
        ({"a": _client(subscribe=["nxdomain/", "dns-errors/"])}, [], []),
        ({"a": _client(subscribe=["nxdomain/MX/"])}, [], ["a"]),
        ({"a": _client(subscribe=[])}, [], ["a"]),
        ({"a": Client(key=OTHER, subscribe=("nxdomain/",))}, ["a"], []),
        ({}, ["a"], []),
    ],
)
def test_who_lost_what_is_known(now: dict[str, Client], gone: list[str], narrowed: list[str]) -> None:
    before = Keys({"a": _client(subscribe=["nxdomain/"], push=["ns1"])})
    assert (Keys(now).gone(before), Keys(now).narrowed(before)) == (gone, narrowed)
