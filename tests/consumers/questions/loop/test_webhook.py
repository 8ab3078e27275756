"""Findings posted to a real HTTP server, which may be slow, fail, redirect, close or say nothing."""

import json
import socket
import threading
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from nxcast.consumers.questions.loop import webhook as module
from nxcast.consumers.questions.loop.webhook import ATTEMPTS, BACKOFF_MAX_S, BATCH, Webhook
from nxcast.consumers.questions.loop.webhook_target import parse_webhook
from testbed.ports import free_port

WAIT_S = 60  # for a handshake that comes at once as a rule
SECRET = "T0k3n"  # noqa: S105


class Receiver:
    """Answers with the statuses it is given, one after another, and 200 from then on."""

    def __init__(self, *statuses):
        self.statuses = list(statuses)
        self.bodies = []
        self.headers = []
        self.paths = []
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                receiver.bodies.append(json.loads(body))
                receiver.headers.append(dict(self.headers))
                receiver.paths.append(self.path)
                status = receiver.statuses.pop(0) if receiver.statuses else 200
                if status is None:
                    return  # closes without an answer
                self.send_response(status)
                if 300 <= status < 400:
                    self.send_header("Location", f"http://127.0.0.1:{receiver.port}/elsewhere")
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.port = self.server.server_port
        self.thread = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.01})

    @property
    def url(self):
        return f"http://user:{SECRET}@127.0.0.1:{self.port}/{SECRET}?key={SECRET}"

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()


class Pauses:
    """Instead of waiting: what was waited for, and a stop where it is told."""

    def __init__(self):
        self.seconds = []

    def __call__(self, seconds):
        self.seconds.append(seconds)
        return False


@contextmanager
def posting(url, pauses=None):
    made = Webhook(parse_webhook(url), pauses or Pauses())
    try:
        yield made
    finally:
        made.close()


def _counts(webhook):
    return webhook.posted, webhook.lost


@pytest.fixture(autouse=True)
def _patient(monkeypatch, caplog):
    """A busy machine takes its time: what a stop waits for is tested by itself."""
    monkeypatch.setattr(module, "STOP_S", WAIT_S)
    monkeypatch.setattr(module, "CUT_S", WAIT_S)
    caplog.set_level("INFO")


def test_objects_are_posted_as_an_array_in_their_order_with_the_user_of_the_url():
    with Receiver() as receiver:
        with posting(receiver.url) as webhook:
            webhook.take([{"n": 1}, {"n": 2}])
            webhook.take([{"n": 3}])
        assert [each for body in receiver.bodies for each in body] == [{"n": 1}, {"n": 2}, {"n": 3}]
        assert receiver.paths[0] == f"/{SECRET}?key={SECRET}"
        assert receiver.headers[0]["Authorization"] == "Basic dXNlcjpUMGszbg=="
        assert receiver.headers[0]["Content-Type"] == "application/json"
    assert _counts(webhook) == (3, 0)


def test_many_objects_are_cut_into_posts():
    with Receiver() as receiver:
        with posting(receiver.url) as webhook:
            webhook.take([{"n": number} for number in range(2 * BATCH + 1)])
        assert [len(body) for body in receiver.bodies] == [BATCH, BATCH, 1]
    assert _counts(webhook) == (2 * BATCH + 1, 0)


@pytest.mark.parametrize("status", [500, 503, 408, 425, 429, None])
def test_what_fails_for_now_is_tried_again_with_longer_pauses(status, caplog):
    pauses = Pauses()
    with Receiver(status, status, status) as receiver:
        with posting(receiver.url, pauses) as webhook:
            webhook.take([{"n": 1}])
        assert receiver.bodies == [[{"n": 1}]] * 4
    assert pauses.seconds == [1, 2, 4]
    assert _counts(webhook) == (1, 0)
    assert "works again" in caplog.text
    assert caplog.text.count("trying again") == 1
    assert SECRET not in caplog.text


def test_what_fails_again_and_again_is_given_up_and_counted(caplog):
    pauses = Pauses()
    with Receiver(*[500] * ATTEMPTS) as receiver:
        with posting(receiver.url, pauses) as webhook:
            webhook.take([{"n": number} for number in range(BATCH)])
            webhook.take([{"n": "next"}])
        assert len(receiver.bodies) == ATTEMPTS + 1
    assert len(pauses.seconds) == ATTEMPTS - 1
    assert max(pauses.seconds) == BACKOFF_MAX_S
    assert _counts(webhook) == (1, BATCH)
    assert f"HTTP status 500; {BATCH} findings lost" in caplog.text
    assert SECRET not in caplog.text


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308, 400, 401, 404, 413])
def test_what_fails_for_good_is_not_tried_again_and_no_redirect_is_followed(status, caplog):
    pauses = Pauses()
    with Receiver(status) as receiver:
        with posting(receiver.url, pauses) as webhook:
            webhook.take([{"n": 1}])
        assert len(receiver.bodies) == 1
        assert "/elsewhere" not in receiver.paths
    assert pauses.seconds == []
    assert _counts(webhook) == (0, 1)
    assert f"HTTP status {status}" in caplog.text
    assert ("redirects are not followed" in caplog.text) == (status < 400)
    assert SECRET not in caplog.text


def test_where_nobody_listens_it_is_tried_again_and_given_up(caplog):
    pauses = Pauses()
    with posting(f"http://127.0.0.1:{free_port()}/{SECRET}", pauses) as webhook:
        webhook.take([{"n": 1}])
    assert len(pauses.seconds) == ATTEMPTS - 1
    assert _counts(webhook) == (0, 1)
    assert SECRET not in caplog.text


@pytest.mark.parametrize("said", [b"", b"HTTP/1.1 ", b"nonsense\r\n\r\n"])
def test_an_answer_that_does_not_end_in_time_is_a_failure(said, monkeypatch):
    """The limit is of the attempt, however the answer drips."""
    monkeypatch.setattr(module, "ATTEMPT_S", 0.05)
    with socket.create_server(("127.0.0.1", 0)) as server:
        held = []

        def accept():
            for _ in range(ATTEMPTS):
                connection = server.accept()[0]
                held.append(connection)
                with suppress(OSError):  # it may have been given up
                    connection.sendall(said)

        thread = threading.Thread(target=accept)
        thread.start()
        with posting(f"http://127.0.0.1:{server.getsockname()[1]}/") as webhook:
            webhook.take([{"n": 1}])
        thread.join(WAIT_S)
        for connection in held:
            connection.close()
    assert _counts(webhook) == (0, 1)


def test_a_silent_receiver_holds_neither_who_asks_nor_a_stop_and_what_is_left_is_told(monkeypatch, caplog):
    monkeypatch.setattr(module, "STOP_S", 0)
    with socket.create_server(("127.0.0.1", 0)) as server:
        webhook = Webhook(parse_webhook(f"http://127.0.0.1:{server.getsockname()[1]}/{SECRET}"))
        webhook.take([{"n": number} for number in range(BATCH + 5)])
        connection = server.accept()[0]
        assert connection.recv(1)  # it is being posted
        webhook.close()
        connection.close()
    assert (webhook.posted, webhook.lost) == (0, BATCH + 5)
    assert f"{BATCH + 5} lost" in caplog.text
    assert SECRET not in caplog.text


def test_what_finds_no_room_is_lost_and_told_once(monkeypatch, caplog):
    monkeypatch.setattr(module, "QUEUE_OCTETS", 100)
    monkeypatch.setattr(module, "STOP_S", 0)
    with socket.create_server(("127.0.0.1", 0)) as server:
        webhook = Webhook(parse_webhook(f"http://127.0.0.1:{server.getsockname()[1]}/"))
        webhook.take([{"n": "x" * 80}, {"n": "y" * 80}, {"n": "z" * 80}])
        assert webhook.lost == 2
        webhook.close()
    assert (webhook.posted, webhook.lost) == (0, 3)
    assert caplog.text.count("the queue is full") == 1


def test_where_https_was_asked_for_nothing_is_posted_in_clear_text(caplog):
    """The server here speaks no TLS at all."""
    with Receiver() as receiver:
        with posting(receiver.url.replace("http:", "https:")) as webhook:
            webhook.take([{"n": 1}])
        assert receiver.bodies == []
    assert _counts(webhook) == (0, 1)
    assert SECRET not in caplog.text


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://hooks.example.com/services/T0k3n", "https://hooks.example.com:443"),
        ("http://u:T0k3n@[::1]:8080?T0k3n", "http://[::1]:8080"),
    ],
)
def test_only_scheme_host_and_port_are_shown(url, shown):
    target = parse_webhook(url)
    assert (str(target), repr(target), f"{target}") == (shown,) * 3


@pytest.mark.parametrize(
    "url",
    ["", SECRET, f"ftp://h/{SECRET}", f"http:///{SECRET}", f"http://h:x/{SECRET}", f"http://h/{SECRET}\n"],
)
def test_what_is_no_url_is_refused_without_its_secrets(url):
    with pytest.raises(ValueError, match="webhook's URL") as raised:
        parse_webhook(url)
    assert SECRET not in str(raised.value)


@pytest.mark.parametrize(
    ("url", "is_warned"),
    [
        ("http://192.0.2.1/", True),
        ("http://siem.example.com/", True),
        ("http://127.0.0.1:1/", False),
        ("http://[::1]:1/", False),
        ("http://localhost:1/", False),
        ("https://192.0.2.1/", False),
    ],
)
def test_clear_text_to_another_machine_is_warned_about(url, is_warned, caplog):
    with posting(url):
        pass
    assert ("clear text" in caplog.text) == is_warned
