"""addresses: what is listened at, and what is a file."""

from __future__ import annotations

import pytest

from nxcast.producers.dnstap.listen_address import TcpAddress, UnixAddress, parse_address
from nxcast.producers.failure import ProducerError


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("unix:/run/x.sock", UnixAddress("/run/x.sock")),
        ("tcp:127.0.0.1:6000", TcpAddress("127.0.0.1", 6000)),
        ("unix:/run/\udcff.sock", UnixAddress("/run/\udcff.sock")),  # an octet that is no UTF-8
        ("tcp:localhost:0", TcpAddress("localhost", 0)),
        ("tcp:[::1]:6000", TcpAddress("::1", 6000)),
        ("capture.dnstap", None),
        ("-", None),
    ],
)
def test_parses(text: str, expected: UnixAddress | TcpAddress | None) -> None:
    """Addresses read and write the same."""
    address = parse_address(text)
    assert address == expected
    assert address is None or str(address) == text


@pytest.mark.parametrize(
    "text",
    [
        "unix:",
        "unix:" + "x" * 108,
        "tcp:",
        "tcp:6000",
        "tcp::6000",
        "tcp:::1:6000",
        "tcp:a:65536",
        "tcp:a:x",
        "tcp:a..b:6000",
        f"tcp:{'a' * 64}:6000",
        "tcp:\udcff:6000",
    ],
)
def test_refuses(text: str) -> None:
    """A bad address is named, with how to write it."""
    with pytest.raises(ProducerError, match=r"^(unix|tcp):.*; (write it as|name) "):
        parse_address(text)
