"""When a connection is cut off, on a loop whose time is set: nothing waits."""

from __future__ import annotations

import asyncio

import pytest
from uvicorn import Config
from uvicorn.server import ServerState

from nxcast.consumers.serve.http_connections import ASK_S, CONNECTIONS_MAX, READ_S, Connection

REQUEST = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"
BEFORE_S = 0.1  # of a limit


class Loop(asyncio.SelectorEventLoop):
    """Its time goes on when it is told."""

    now = 1000.0

    def time(self):
        return self.now

    def after(self, seconds):
        """Let so many seconds pass, and do what is due."""
        self.now += seconds
        for _ in range(3):
            self.run_until_complete(asyncio.sleep(0))


class Transport(asyncio.Transport):
    """Takes what is written; has been cut off or not."""

    aborted = False

    def abort(self):
        self.aborted = True

    def close(self):
        self.aborted = True

    def is_closing(self):
        return self.aborted

    def write(self, data):
        pass

    def pause_reading(self):
        pass

    def resume_reading(self):
        pass

    def set_write_buffer_limits(self, high=None, low=None):
        pass


@pytest.fixture
def loop():
    made = Loop()
    yield made
    made.close()


@pytest.fixture
def connected(loop):
    """A function that connects a client, whose requests are answered once `answer` is set."""
    state = ServerState()
    answer, end = asyncio.Event(), asyncio.Event()

    async def application(scope, _receive, send):
        await (end if scope["path"] == "/slow" else answer).wait()
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"0")]})
        await send({"type": "http.response.body", "body": b""})

    config = Config(application, http=Connection, ws="none", lifespan="off", log_config=None)
    config.load()

    made = []

    def connect():
        connection = Connection(config, state, {}, _loop=loop)
        made.append(connection)
        transport = Transport()
        connection.connection_made(transport)
        return connection, transport, answer

    yield connect
    answer.set()
    end.set()
    for each in made:
        each.connection_lost(None)
    loop.after(0)


@pytest.mark.parametrize("sent", [b"", REQUEST[:-2]])
def test_who_does_not_ask_is_cut_off(loop, connected, sent):
    connection, transport, _ = connected()
    loop.after(ASK_S / 2)
    if sent:
        connection.data_received(sent)
    loop.after(ASK_S / 2 - BEFORE_S)
    assert not transport.aborted
    loop.after(BEFORE_S)
    assert transport.aborted


def test_who_has_asked_may_wait_for_an_answer_and_then_ask_again(loop, connected):
    connection, transport, answer = connected()
    connection.data_received(REQUEST)
    loop.after(10 * (ASK_S + READ_S))
    assert not transport.aborted
    answer.set()
    loop.after(0)
    loop.after(ASK_S - BEFORE_S)
    connection.data_received(REQUEST)
    loop.after(0)
    loop.after(ASK_S - BEFORE_S)
    assert not transport.aborted
    loop.after(BEFORE_S)
    assert transport.aborted


def test_who_sends_a_body_and_does_not_read_is_cut_off(loop, connected):
    connection, transport, _ = connected()
    connection.data_received(REQUEST[:-2] + b"Content-Length: 1000\r\n\r\n")
    loop.after(0)
    connection.pause_writing()
    for _ in range(2):
        assert not transport.aborted
        loop.after(READ_S / 2)
        connection.data_received(b"x")
    assert transport.aborted


def test_an_answer_takes_its_time_also_where_two_were_asked_at_once(loop, connected):
    connection, transport, answer = connected()
    connection.data_received(REQUEST + REQUEST.replace(b"/", b"/slow", 1))
    answer.set()
    for _ in range(3):
        loop.after(0)
    loop.after(10 * (ASK_S + READ_S))
    assert not transport.aborted


def test_who_does_not_read_is_cut_off(loop, connected):
    connection, transport, _ = connected()
    connection.data_received(REQUEST)
    for _ in range(3):  # one that reads at last, each time
        connection.pause_writing()
        loop.after(READ_S - BEFORE_S)
        connection.resume_writing()
    loop.after(10 * READ_S)
    connection.pause_writing()
    loop.after(READ_S - BEFORE_S)
    connection.data_received(b"GET")  # what it sends meanwhile gives it no more time than that
    assert not transport.aborted
    loop.after(READ_S)
    assert transport.aborted


def test_who_has_read_a_whole_answer_late_is_expected_to_ask_again(loop, connected):
    connection, transport, answer = connected()
    transport.write = lambda _data: connection.pause_writing()  # each fills it, the last one too
    connection.data_received(REQUEST)
    answer.set()
    for _ in range(2):  # what begins it, and what ends it
        loop.after(0)
        loop.after(READ_S / 4)
        connection.resume_writing()
    assert connection.cycle.response_complete
    loop.after(ASK_S - BEFORE_S)
    assert not transport.aborted
    loop.after(BEFORE_S)
    assert transport.aborted


def _gone(kept):
    return [number for number, (_, transport, _) in enumerate(kept) if transport.aborted]


def test_for_one_connection_too_many_the_one_goes_that_has_asked_for_nothing_for_longest(loop, connected):
    """So strangers who connect and are silent lock nobody out, and nobody goes whose answer is under way."""
    kept = []
    for number in range(CONNECTIONS_MAX):
        if number <= 4:  # the first four are older than the others, each by itself
            loop.after(0.1)
        kept.append(connected())
    assert _gone(kept) == []
    kept[0][0].data_received(REQUEST)
    kept.append(connected())
    assert _gone(kept) == [1]
    kept += [connected(), connected()]
    assert _gone(kept) == [1, 2, 3]


def test_for_one_connection_too_many_who_reads_nothing_goes_where_all_have_asked(connected):
    kept = [connected() for _ in range(CONNECTIONS_MAX)]
    for connection, _, _ in kept:
        connection.data_received(REQUEST)
    kept[7][0].pause_writing()
    kept.append(connected())
    assert _gone(kept) == [7]
    kept[-1][0].data_received(REQUEST)
    kept.append(connected())
    assert _gone(kept) == [7, CONNECTIONS_MAX + 1]  # nobody else could go
