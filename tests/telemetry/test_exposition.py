"""The HTTP server of a program: metrics and health, whoever asks and however."""

from __future__ import annotations

import errno
import http.client
import socket
import socketserver
import threading
from collections.abc import Iterator
from contextlib import closing, suppress

import pytest
from prometheus_client.core import CounterMetricFamily, Metric
from prometheus_client.parser import text_string_to_metric_families

from nxcast.telemetry import exposition as endpoint
from nxcast.telemetry.exposition import Endpoint
from nxcast.telemetry.metrics_address import Address, EndpointError, parse_address

TIMEOUT_S = 60.0


class _Count:
    """A collector with one counter."""

    def __init__(self) -> None:
        self.entered = threading.Semaphore(0)
        self.go_on = threading.Event()
        self.go_on.set()

    def collect(self) -> Iterator[Metric]:
        self.entered.release()
        assert self.go_on.wait(TIMEOUT_S)
        yield CounterMetricFamily("nxcast_test_frames", "Frames.", value=3)


class _State:
    """What a program says of itself."""

    def __init__(self) -> None:
        self.sick: str | None = None
        self.busy: str | None = None
        self.count = _Count()


@pytest.fixture
def state() -> _State:
    return _State()


@pytest.fixture
def served(state: _State) -> Iterator[Endpoint]:
    address = parse_address("0")
    with Endpoint(address, state.count, healthy=lambda: state.sick, ready=lambda: state.busy) as running:
        yield running


def _get(served: Endpoint, path: str, method: str = "GET", **headers: str) -> tuple[int, str, str]:
    with closing(http.client.HTTPConnection(*served.address, timeout=TIMEOUT_S)) as connection:
        connection.request(method, path, headers=headers)
        with connection.getresponse() as answer:
            return answer.status, answer.getheader("Content-Type", ""), answer.read().decode()


def test_metrics_are_in_prometheus_text(served: Endpoint) -> None:
    status, kind, body = _get(served, "/metrics")
    families = {family.name: family for family in text_string_to_metric_families(body)}
    assert (status, kind.split(";")[0]) == (200, "text/plain")
    assert families["nxcast_test_frames"].samples[0].value == 3
    assert families["process_resident_memory_bytes"].samples[0].value > 1e6


def test_metrics_are_in_openmetrics_where_asked_for(served: Endpoint) -> None:
    _, kind, body = _get(served, "/metrics?x=1", Accept="application/openmetrics-text; version=1.0.0")
    assert kind.startswith("application/openmetrics-text")
    assert body.endswith("# EOF\n")


@pytest.mark.parametrize("kind", ["text/plain", "application/openmetrics-text"])
def test_a_version_that_is_no_number_gets_the_usual_form(
    served: Endpoint, kind: str, caplog: pytest.LogCaptureFixture
) -> None:
    assert _get(served, "/metrics", Accept=f"{kind};version=one")[0] == 200
    assert not caplog.records


@pytest.mark.parametrize(("path", "attribute"), [("/healthz", "sick"), ("/readyz", "busy")])
def test_health_tells_what_is_wrong(served: Endpoint, state: _State, path: str, attribute: str) -> None:
    assert _get(served, path)[::2] == (200, "ok\n")
    setattr(state, attribute, "no broker")
    assert _get(served, path)[::2] == (503, "no broker\n")
    setattr(state, attribute, None)
    assert _get(served, path)[::2] == (200, "ok\n")


def test_other_paths_and_methods_are_refused(served: Endpoint) -> None:
    assert _get(served, "/")[0] == 404
    assert _get(served, "/metrics/../etc")[0] == 404
    assert _get(served, "/metrics", "POST")[0] == 501
    status, _, body = _get(served, "/healthz", "HEAD")
    assert (status, body) == (200, "")


@pytest.mark.parametrize(
    "octets",
    [b"\r\n\r\n", b"\0" * 100, b"GET /healthz\r\n", b"GET " + b"a" * 70_000, b"GET /healthz HTTP/9.9\r\n\r\n",
     b"GET /healthz HTTP/1.1\r\n" + b"a: b\r\n" * 1000],
)  # fmt: skip
def test_what_is_no_http_harms_nobody(
    served: Endpoint, octets: bytes, capsys: pytest.CaptureFixture[str]
) -> None:
    with socket.create_connection(served.address, TIMEOUT_S) as stranger:
        stranger.sendall(octets)
        stranger.shutdown(socket.SHUT_WR)
        _read_all(stranger)
    assert _get(served, "/healthz")[0] == 200
    assert capsys.readouterr().err == ""


def test_a_client_that_says_nothing_is_cut_off(served: Endpoint, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(endpoint, "CONNECTION_S", 0.0)
    with socket.create_connection(served.address, TIMEOUT_S) as stranger:
        assert stranger.recv(1) == b""


def test_strangers_who_hold_their_connections_lock_nobody_out(served: Endpoint) -> None:
    strangers = [socket.create_connection(served.address, TIMEOUT_S) for _ in range(12)]
    try:
        assert [_get(served, "/healthz")[0] for _ in range(40)] == [200] * 40
        assert strangers[0].recv(1) == b""
    finally:
        for each in strangers:
            each.close()


def test_the_oldest_that_has_not_asked_goes_first(served: Endpoint, state: _State) -> None:
    state.count.go_on.clear()
    asking = _ask_in_thread(served)
    assert state.count.entered.acquire(timeout=TIMEOUT_S)
    strangers = [socket.create_connection(served.address, TIMEOUT_S) for _ in range(endpoint.CONNECTIONS_MAX)]
    assert strangers[0].recv(1) == b""
    state.count.go_on.set()
    asking.join(TIMEOUT_S)
    assert asking.status == 200
    for each in strangers:
        each.close()


def test_threads_are_bounded_where_no_connection_can_be_ended(served: Endpoint, state: _State) -> None:
    """A program that is slow to tell its numbers: whoever asks then waits in a thread of its own."""
    state.count.go_on.clear()
    for _ in range(endpoint.THREADS_MAX):
        _ask_in_thread(served)
        assert state.count.entered.acquire(timeout=TIMEOUT_S)
    assert _closed_at_once(served)
    state.count.go_on.set()
    while _closed_at_once(served):  # their places come free a moment after they have their answers
        pass


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("127.0.0.1:9153", 200),
        ("[::1]:9153", 200),
        ("localhost", 200),
        ("Broker.Example:9153", 200),
        ("rebound.example:9153", 421),
        ("localhost.rebound.example", 421),
        ("127.0.0.1.rebound.example", 421),
        ("", 421),
        ("[::1", 421),
        ("broker.example@rebound.example", 421),
    ],
)
def test_only_our_own_names_are_answered(state: _State, host: str, status: int) -> None:
    with Endpoint(
        parse_address("0"), state.count, healthy=lambda: None, ready=lambda: None, names=["broker.example"]
    ) as served:
        assert _get(served, "/metrics", Host=host)[0] == status
        assert _get(served, "/healthz", Host=host)[0] == status


def test_who_leaves_out_the_host_is_a_program(served: Endpoint) -> None:
    with socket.create_connection(served.address, TIMEOUT_S) as probe:
        probe.sendall(b"GET /healthz HTTP/1.0\r\n\r\n")
        assert probe.recv(4096).startswith(b"HTTP/1.0 200 ")


def test_where_no_descriptor_is_free_it_pauses(served: Endpoint, monkeypatch: pytest.MonkeyPatch) -> None:
    """Else the loop would turn without end, and take the interpreter from the program."""
    paused = threading.Event()

    def accept(_: object) -> None:
        raise OSError(errno.EMFILE, "too many open files")

    def sleep(_: float) -> None:
        monkeypatch.undo()
        paused.set()

    monkeypatch.setattr(socketserver.TCPServer, "get_request", accept)
    monkeypatch.setattr("nxcast.telemetry.exposition.time.sleep", sleep)
    assert _get(served, "/healthz")[0] == 200
    assert paused.is_set()


def test_a_port_in_use_is_named() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        address = Address(*taken.getsockname())
        with pytest.raises(EndpointError) as error:
            Endpoint(address, _Count(), healthy=lambda: None, ready=lambda: None)
    assert (
        str(error.value)
        == f"can't serve metrics on {address}: address already in use; --metrics names another"
    )


def test_a_host_that_is_not_here_is_named() -> None:
    with pytest.raises(EndpointError, match=r"can't serve metrics on nowhere\.invalid:1: "):
        Endpoint(Address("nowhere.invalid", 1), _Count(), healthy=lambda: None, ready=lambda: None)


def test_the_port_is_free_again_afterwards(state: _State) -> None:
    for _ in range(2):
        with Endpoint(parse_address("0"), state.count, healthy=lambda: None, ready=lambda: None) as first:
            address = first.address
        with Endpoint(address, state.count, healthy=lambda: None, ready=lambda: None) as again:
            assert _get(again, "/healthz")[0] == 200


class _Asking(threading.Thread):
    """Asks for the metrics."""

    status: int | None = None

    def __init__(self, served: Endpoint) -> None:
        super().__init__(daemon=True)
        self._served = served

    def run(self) -> None:
        # It may be cut before its answer, or in the midst of it.
        with suppress(http.client.HTTPException, ConnectionError):
            self.status = _get(self._served, "/metrics")[0]


def _ask_in_thread(served: Endpoint) -> _Asking:
    thread = _Asking(served)
    thread.start()
    return thread


def _closed_at_once(served: Endpoint) -> bool:
    """Whether a new connection is closed though its request is whole."""
    try:
        _get(served, "/healthz")
    except (http.client.RemoteDisconnected, ConnectionError):
        return True
    return False


def _read_all(stranger: socket.socket) -> None:
    try:
        while stranger.recv(4096):
            pass
    except ConnectionError:
        pass
