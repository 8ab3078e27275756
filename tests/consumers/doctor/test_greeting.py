"""Who is at an address: told apart by its first octets."""

import socket
import threading
from contextlib import ExitStack, contextmanager, suppress

import pytest
import zmq

from nxcast.consumers.doctor import greeting as module
from nxcast.consumers.doctor.greeting import UnreachedError, greeting


@contextmanager
def server(says=b"", *, hangs_up=False):
    """Something that listens, takes one connection, says this, and waits for its end."""
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def serve():
            connection, _ = listening.accept()
            with connection, suppress(ConnectionError):  # who asked may leave without reading all
                connection.recv(1024)  # what is not read would take along what was said
                connection.sendall(says)
                while not hangs_up and connection.recv(1024):
                    pass

        serving = threading.Thread(target=serve)
        serving.start()
        try:
            yield f"tcp://127.0.0.1:{listening.getsockname()[1]}"
        finally:
            serving.join()


@pytest.fixture
def bound():
    """The endpoint of a ZeroMQ socket of a kind."""
    context = zmq.Context()
    sockets = []

    def bind(endpoint="tcp://127.0.0.1:*", **options):
        sockets.append(context.socket(zmq.XPUB))
        made = sockets[-1]
        made.linger = 0  # before it is bound, or it may never end
        for name, value in options.items():
            setattr(made, name, value)
        made.bind(endpoint)
        return made.getsockopt(zmq.LAST_ENDPOINT).rstrip(b"\0").decode()

    yield bind
    context.destroy(linger=0)


def test_a_broker_tells_whether_it_asks_for_keys(bound):
    _, secret = zmq.curve_keypair()
    assert greeting(bound()) == "NULL"
    assert greeting(bound(curve_server=1, curve_secretkey=secret)) == "CURVE"
    assert greeting(bound(plain_server=1)) == "PLAIN"


def test_an_address_to_connect_from_may_stand_before_it(bound):
    assert greeting(bound().replace("tcp://", "tcp://127.0.0.1:0;")) == "NULL"


def test_a_path_is_reached_too(bound, tmp_path):
    assert greeting(bound(f"ipc://{tmp_path}/egress")) == "NULL"
    assert greeting(bound(f"ipc://@nxcast-test{tmp_path.name}")) == "NULL"


def test_a_name_is_reached_by_its_address(bound):
    endpoint = bound()
    try:
        mechanism = greeting(endpoint.replace("127.0.0.1", "localhost"))
    except UnreachedError as error:  # where localhost is ::1 first, as libzmq takes it too
        assert "(::1)" in error.text  # noqa: PT017
    else:
        assert mechanism == "NULL"


@pytest.mark.parametrize(
    ("says", "hangs_up", "told"),
    [
        (b"", False, "takes connections at {} and says nothing"),
        (b"", True, "takes connections at {} and says nothing"),
        (b"HTTP/1.1 400 Bad Request\r\n\r\n", True, "it says 'HTTP/1.1 400 Bad Request"),
        (b"\xff" * 200, False, "does not speak ZeroMQ"),
        (module.SIGNATURE + b"\x03\x01" + b"NULL", True, "does not speak ZeroMQ"),
        (b"\x1b[2J", True, r"it says '\\027[2J'"),
    ],
)
def test_a_stranger_is_told(monkeypatch, says, hangs_up, told):
    monkeypatch.setattr(module, "REACH_S", 10.0 if says or hangs_up else 0.3)
    with server(says, hangs_up=hangs_up) as endpoint, pytest.raises(UnreachedError) as caught:
        greeting(endpoint)
    assert told.format(endpoint) in caught.value.text
    assert caught.value.text.isprintable()
    assert caught.value.mend


@pytest.mark.parametrize(
    ("endpoint", "told"),
    [
        ("ipc:///nowhere/at/all", "nobody listens at ipc:///nowhere/at/all"),
        ("ipc://" + "x" * 200, "is not reached: "),
        ("ipc://\0\0", ""),
        ("tcp://nobody.invalid:5556", "the name nobody.invalid is not known here: "),
        ("tcp://" + "x" * 100 + ".invalid:5556", "is not known here: "),
        ("tcp://127.0.0.1", "is no address of a broker"),
        ("tcp://127.0.0.1:70000", "is no address of a broker"),
        ("tcp://:5556", "is no address of a broker"),
        ("inproc://broker", "is no address of a broker"),
        ("5556", "is no address of a broker"),
    ],
)
def test_an_address_that_leads_nowhere_is_told(endpoint, told):
    with pytest.raises(UnreachedError) as caught:
        greeting(endpoint)
    assert told in caught.value.text


def test_a_port_that_nobody_has_is_told():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        endpoint = f"tcp://127.0.0.1:{free.getsockname()[1]}"
        with pytest.raises(UnreachedError, match=f"nobody listens at {endpoint}"):
            greeting(endpoint)


def test_an_address_that_answers_nothing_is_given_up(monkeypatch):
    monkeypatch.setattr(module, "REACH_S", 0.3)
    with socket.create_server(("127.0.0.1", 0), backlog=0) as listening, ExitStack() as stack:
        for _ in range(3):  # more than its queue holds: further connections stay without an answer
            waiting = stack.enter_context(socket.socket())
            waiting.setblocking(False)
            with suppress(BlockingIOError):
                waiting.connect(listening.getsockname())
        with pytest.raises(UnreachedError, match="does not answer within"):
            greeting(f"tcp://127.0.0.1:{listening.getsockname()[1]}")


def test_a_name_that_takes_too_long_is_given_up(monkeypatch):
    waiting = threading.Event()
    monkeypatch.setattr(module, "REACH_S", 0.1)

    def slow(*_, **__):
        waiting.wait(10)
        raise socket.gaierror("too late")

    monkeypatch.setattr(module.socket, "getaddrinfo", slow)
    with pytest.raises(UnreachedError, match=r"name slow.example is not known here: no name server answers"):
        greeting("tcp://slow.example:5556")
    waiting.set()
