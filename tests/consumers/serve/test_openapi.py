"""The OpenAPI document: it has all paths, and requests that are made of it never break the server."""

from __future__ import annotations

import json
from contextlib import suppress
from string import Formatter
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from starlette.datastructures import QueryParams
from starlette.routing import Match, Route

from nxcast.consumers.serve.asked import AskedError
from nxcast.consumers.serve.event_streams import EventStreams
from nxcast.consumers.serve.http_gate import Gate
from nxcast.consumers.serve.openapi import document
from nxcast.consumers.serve.page_feeds import PageFeeds
from nxcast.consumers.serve.routes import routes
from nxcast.consumers.serve.stream_asked import stream_asked
from nxcast.consumers.serve.streaming import Answers
from nxcast.consumers.store.lookups import Reader
from tests.consumers.conftest import FakeBroker
from tests.consumers.serve.conftest import WAIT_S, serving

EXAMPLES = 3  # of each operation
BUSY = (503,)  # there is no broker yet
STREAMS = "/v1/stream/"


class Quiet:
    """A hub that says nothing."""

    class subscriber:  # noqa: N801
        broker = "tcp://127.0.0.1:1"

    status, key, topics = None, None, ("nxdomain/", "dns-errors/", "status/")


@pytest.fixture(scope="module")
def whole(planted):
    """A server that has everything."""
    broker = FakeBroker()
    with serving(planted, "--broker", broker.endpoint) as running:
        broker.await_subscription()
        broker.publish_status()
        yield running
    broker.close()


@pytest.fixture(scope="module")
def described(whole):
    import schemathesis  # which takes most of a second, and each of the workers imports this module

    status, headers, body = whole.get("/v1/openapi.json")
    assert (status, headers["content-type"]) == (200, "application/json")
    return schemathesis.openapi.from_dict(json.loads(body))


def test_requests_made_of_the_document_are_answered(whole, described):
    """Whatever is asked, by words that are right and by wrong ones: no error of the server, and an end."""
    bound = settings(
        max_examples=EXAMPLES,
        deadline=None,
        database=None,
        derandomize=True,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    for operation in (each.ok() for each in described.get_all_operations()):
        if operation.path.startswith(STREAMS):
            continue  # they have no end

        @bound
        @given(case=operation.as_strategy())
        def answered(case):
            response = case.call(base_url=f"http://127.0.0.1:{whole.port}", timeout=WAIT_S)
            if response.status_code not in BUSY:
                case.validate_response(response, checks=[_no_error])

        answered()


def test_the_document_has_all_paths_and_each_leads_somewhere(planted):
    with Reader(str(planted)) as reader:
        made = routes(
            reader, Gate(()), Answers(), Quiet(), EventStreams(Quiet()), PageFeeds(Quiet(), store=True)
        )
    data = [route for route in made if route.path.startswith(("/v1/", "/dnsdb/", "/pdns/"))]
    paths = document(live=True, page=True, store=True)["paths"]
    found = {_first(data, path) for path in paths}
    assert found | {STREAMS.rstrip("/")} == {route.path for route in data}  # which is the same


EXAMPLES_OF = {"scale": "5m", "question": "dga", "number": "1", "name": "a.example", "channel": "nxdomain"}


@pytest.mark.parametrize("path", document(live=True, page=True, store=True)["paths"])
def test_a_parameter_that_a_path_of_ours_does_not_have_is_refused(whole, path):
    """It may be a filter that is misspelt. Clients of DNSDB and COF send what they like."""
    words = {field: EXAMPLES_OF.get(field, "A") for _, field, _, _ in Formatter().parse(path) if field}
    status, _, body = whole.get(f"{path.format(**words)}?form=1")
    refused = (status, "no parameter 'form': " in body)
    assert refused == ((400, True) if path.startswith("/v1/") else (status, False))


def test_it_is_told_which_there_are(whole):
    assert whole.get("/v1/records?from=1")[2] == "no parameter 'from': there are where, limit\n"
    assert whole.get("/v1/picture?x")[2] == "no parameter 'x': this path has none\n"
    assert whole.get("/v1/history/a.example?x%0a%1b")[0] == 400


def _no_error(_context, response, _case):
    assert response.status_code < 500


def _first(made: list[Route], path: str) -> str | None:
    """Which route a documented path leads to."""
    plain = "".join(text + (f"x{field}" if field else "") for text, field, _, _ in Formatter().parse(path))
    scope = {"type": "http", "method": "GET", "path": quote(plain)}
    return next((route.path for route in made if route.matches(scope)[0] is Match.FULL), None)


PARAMETERS = st.tuples(st.sampled_from(["topic", "where", "since", "last-event-id"]), st.text())


@given(st.sampled_from([[], ["nxdomain", "MX"]]), st.lists(PARAMETERS, max_size=4))
@settings(max_examples=100, deadline=None)
def test_whatever_is_asked_of_a_stream_is_a_selection_or_refused(words, parameters):
    with suppress(AskedError):
        asked = stream_asked(words, QueryParams(parameters), {}, Quiet.topics)
        assert asked.begin(0).time_ns >= 0
        assert asked.selection.topics


def test_without_a_store_or_what_is_live_neither_is_in_it():
    assert not any(path.startswith("/dnsdb") for path in document(live=True, page=True)["paths"])
    assert not {"/v1/picture", "/v1/status"} & set(document(store=True)["paths"])


def test_without_the_page_there_are_the_channels():
    broker = FakeBroker()
    with serving(None, "--no-page", "--broker", broker.endpoint) as running:
        broker.await_subscription()
        broker.publish_status()
        while (status := running.get("/v1/status")[0]) != 200:
            assert status in BUSY
        assert [running.get(path)[0] for path in ("/", "/v1/picture", "/v1/records")] == [404] * 3
        paths = json.loads(running.get("/v1/openapi.json")[2])["paths"]
        assert set(paths) == set(document(live=True)["paths"])
        assert "/v1/picture" not in paths
    broker.close()
