"""Questions that a resolver had cut short, told by their type."""

from __future__ import annotations

import pytest

from nxcast.producers.dnstap.minimised import is_ns_question
from tests.messages import NS, A, message, question


def nxdomain(name: str, qtype: int = A) -> bytes:
    return message(3, questions=[question(name, qtype)])


@pytest.mark.parametrize(
    ("octets", "expected"),
    [
        (nxdomain("gone.com.", NS), True),
        (nxdomain("gone.com."), False),
        (message(0, questions=[question("com.", NS)]), False),
        (message(3, counts=(0, 0, 0, 0)), False),
        (b"", False),
    ],
)
def test_type_ns_of_a_missing_name(octets: bytes, expected: bool) -> None:
    assert is_ns_question(octets) is expected
