"""Where a program may be asked."""

from __future__ import annotations

import pytest

from nxcast.telemetry.metrics_address import parse_address, parse_names


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("9153", ("127.0.0.1", 9153)),
        ("0.0.0.0:9153", ("0.0.0.0", 9153)),  # noqa: S104
        ("[::1]:0", ("::1", 0)),
        ("metrics.example:80", ("metrics.example", 80)),
    ],
)
def test_addresses(text: str, address: tuple[str, int]) -> None:
    assert parse_address(text) == address


@pytest.mark.parametrize(
    "text", ["", ":9153", "host", "host:", "1.2.3.4:65536", "1:2:3", "a:-1", "a:٣", "::1"]
)
def test_what_is_no_address_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(ValueError, match=r"it should look like 9153 .* or 127\.0\.0\.1:9153"):
        parse_address(text)


def test_an_address_is_shown_as_it_is_written() -> None:
    assert [str(parse_address(text)) for text in ("9153", "[::1]:9153")] == ["127.0.0.1:9153", "[::1]:9153"]


def test_names_come_with_commas() -> None:
    assert parse_names(" broker, broker.example ,") == ("broker", "broker.example")
    assert parse_names("") == ()


@pytest.mark.parametrize("text", ["-x", "a b", "http://a", "a:1", "a" * 254])
def test_what_is_no_name_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(ValueError, match=r"it should look like broker\.example"):
        parse_names(text)
