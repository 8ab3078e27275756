"""The bounded mapping, held against a plain dictionary."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from nxcast.producers.dnstap.recent import Recent


def test_what_is_used_stays_and_the_rest_goes() -> None:
    recent: Recent[int, int] = Recent(8)
    recent.put(-1, -1)
    for number in range(100):
        recent.put(number, number)
        assert recent.get(-1) == -1
    assert recent.get(0) is None
    assert recent.get(99) == 99


@given(st.lists(st.tuples(st.booleans(), st.integers(0, 20), st.integers()), max_size=200))
def test_it_never_says_what_a_dictionary_would_not_and_keeps_its_bound(
    steps: list[tuple[bool, int, int]],
) -> None:
    recent: Recent[int, int] = Recent(8)
    plain: dict[int, int] = {}
    for put, key, value in steps:
        if put:
            recent.put(key, value)
            plain[key] = value
            assert recent.get(key) == value
        else:
            assert recent.get(key) in (None, plain.get(key))
        assert len(recent) <= 8
