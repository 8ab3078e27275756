"""Subscriptions by prefix: what is counted, under which name, and what strangers can't do to it."""

from __future__ import annotations

import pytest

from nxcast.broker.subscriptions import ALL, OTHER, Subscriptions
from nxcast.schemas.topics import CHANNELS, TOPICS


def _counts(*said: bytes) -> dict[str, int]:
    subscriptions = Subscriptions()
    for octets in said:
        subscriptions.take(octets)
    return subscriptions.counts()


@pytest.mark.parametrize(
    ("said", "counts"),
    [
        ([], {}),
        ([b"\1nxdomain/"], {"nxdomain/": 1}),
        ([b"\1nxdomain/MX/", b"\1nxdomain/MX/", b"\1"], {"nxdomain/MX/": 2, ALL: 1}),
        ([b"\1nxdomain/", b"\0nxdomain/"], {"nxdomain/": 0}),
        ([b"\1nxdomain", b"\1nxdomain/M", b"\1evil\n\xff", b"\0evil\n\xff"], {OTHER: 2}),
        ([b"\0nxdomain/", b"\1nxdomain/"], {"nxdomain/": 1}),  # it ended what it never had
        ([b"", b"junk", b"\2nxdomain/"], {}),
    ],
)
def test_each_subscription_is_counted_until_it_ends(said: list[bytes], counts: dict[str, int]) -> None:
    assert _counts(*said) == counts


def test_names_are_bounded_whatever_is_subscribed_to() -> None:
    asked = [*CHANNELS, *TOPICS, "", *(f"stranger-{number}/" for number in range(1000))]
    counts = _counts(*(b"\1" + prefix.encode() for prefix in asked))
    assert set(counts) == {*CHANNELS, *TOPICS, ALL, OTHER}
    assert (counts[OTHER], sum(counts.values())) == (1000, len(asked))
