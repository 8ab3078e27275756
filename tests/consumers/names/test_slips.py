"""How near words are, and that near ones are found without a look at all."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nxcast.consumers.names.slips import Neighbours, distance

WORDS = st.text("abc", min_size=3, max_size=6)


@pytest.mark.parametrize(
    ("one", "other", "slips"),
    [
        ("gmail", "gmail", 0),
        ("gmial", "gmail", 1),
        ("gmai", "gmail", 1),
        ("ggmail", "gmail", 1),
        ("gmaul", "gmail", 1),
        ("gamli", "gmail", 2),
        ("ab", "cd", 2),
    ],
)
def test_slips_are_counted(one, other, slips):
    assert distance(one, other) == distance(other, one) == slips


@given(st.sets(WORDS, max_size=8), WORDS, st.integers(1, 2))
def test_whatever_is_near_is_among_those_that_may_be(words, word, slips):
    found = Neighbours(words, lambda _: slips).maybe(word, slips)
    assert {each for each in words if distance(word, each) <= slips} <= found <= words
