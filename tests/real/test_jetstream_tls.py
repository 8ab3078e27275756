"""TLS to the real server: where tls:// is written nothing goes in the clear, and nothing to strangers."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from nxcast.consumers import Subscriber
from nxcast.transport.nats.jetstream_layout import channel_stream
from nxcast.transport.nats.jetstream_setup import set_up
from nxcast.transport.nats.nats_connection import StreamError
from testbed.nats_server import NatsServer
from tests.conftest import Bench, RunningBroker
from tests.messages import frame, message, question

TIMEOUT_S = 120.0
"""Seconds for what a healthy machine does in a few."""
WANTED = channel_stream(replicas=1, octets_max=64 << 20, age_s=3600)


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    """A certificate for 127.0.0.1 that no authority has signed; its key is beside it."""
    words = (
        "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -noenc -days 2 -subj /CN=nats "
        "-addext subjectAltName=IP:127.0.0.1 -keyout key.pem -out cert.pem"
    )
    subprocess.run(words.split(), cwd=tmp_path, check=True, capture_output=True, timeout=TIMEOUT_S)
    return tmp_path / "cert.pem"


@pytest.fixture
def server(tmp_path: Path, certificate: Path) -> Iterator[NatsServer]:
    key = certificate.with_name("key.pem")
    (tmp_path / "users.conf").write_text("")
    options = f'tls {{ cert_file: "{certificate}", key_file: "{key}" }}\ninclude "users.conf"'
    running = NatsServer(tmp_path, options=options)
    yield running
    running.kill()


def test_all_of_it_goes_by_tls(
    server: NatsServer, certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The authority is one that SSL_CERT_FILE names, as anywhere with OpenSSL."""
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    endpoint = f"tls://127.0.0.1:{server.port}"
    assert set_up(endpoint, WANTED) == ["stream nxcast made"]
    running = RunningBroker("--ingress", "tcp://127.0.0.1:*", "--egress", endpoint)
    bench = Bench(running)
    try:
        with Subscriber("nxdomain/", broker=endpoint) as subscriber:
            subscriber.wait_connected(TIMEOUT_S)
            bench.push(frame(message(3, questions=[question("1.example.")])))
            assert [record["qname"] for record in subscriber.receive(TIMEOUT_S).records] == ["1.example."]
    finally:
        bench.close()
        assert running.stop()[0] == 0


def test_a_key_lets_in_by_tls(
    server: NatsServer, certificate: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A producer, brokers' queue and stream, and a subscriber, each by its key; and nobody without one."""
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    monkeypatch.chdir(tmp_path)
    endpoint = f"tls://127.0.0.1:{server.port}"
    _program("nxcast-broker", "keys", "add", "ns1", "--push", "ns1", "--keys", "keys.toml")
    _program("nxcast-broker", "keys", "add", "web", "--subscribe", "nxdomain/", "--keys", "keys.toml")
    at = (endpoint, "--keys", "keys.toml")
    _program("nxcast-broker", "nats", "setup", *at)
    users = _program("nxcast-broker", "nats", "users", *at, "--add", "ns1.key", "--add", "web.key")
    (tmp_path / "users.conf").write_text(users)
    server.reload()
    words = ("--ingress", endpoint, "--egress", endpoint, "--keys", "keys.toml")
    broker = subprocess.Popen(
        (sys.executable, "-m", "nxcast.broker", *words), stderr=subprocess.PIPE, text=True
    )
    assert broker.stderr is not None
    assert "taking frames" in broker.stderr.readline()
    try:
        with Subscriber("nxdomain/", broker=endpoint, key="web.key") as subscriber:
            subscriber.wait_connected(TIMEOUT_S)
            pushed = ("synthetic", "--count", "200", "--rate", "0", "--seed", "1", "--sensor", "ns1")
            _program("nxcast-produce", *pushed, "--broker", endpoint, "--key", "ns1.key")
            assert subscriber.receive(TIMEOUT_S).records
        with (
            Subscriber("nxdomain/", broker=endpoint) as stranger,
            pytest.raises(PermissionError, match="does not let in who it does not know"),
        ):
            stranger.wait_connected(TIMEOUT_S)
    finally:
        broker.terminate()
        broker.communicate(timeout=TIMEOUT_S)
    assert broker.returncode == 0


def _program(name: str, *words: str) -> str:
    command = (str(Path(sys.executable).with_name(name)), *words)
    done = subprocess.run(command, capture_output=True, text=True, timeout=TIMEOUT_S)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_a_server_that_nobody_vouches_for_gets_nothing(server: NatsServer) -> None:
    with pytest.raises(StreamError, match="certificate verify failed"):
        set_up(f"tls://127.0.0.1:{server.port}", WANTED)


def test_a_server_without_tls_gets_nothing_where_it_is_asked_for(tmp_path: Path) -> None:
    plain = NatsServer(tmp_path)
    try:
        with pytest.raises(StreamError, match="the server offers no tls"):
            set_up(f"tls://127.0.0.1:{plain.port}", WANTED)
    finally:
        plain.kill()
