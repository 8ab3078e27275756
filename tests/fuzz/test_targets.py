"""A short run of each target, the same each time. `make fuzz` is the long one."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.fuzz.corpus import seeds
from tests.fuzz.mutation import Mutator
from tests.fuzz.targets import TARGETS

INPUTS = 2000  # a target


@pytest.mark.parametrize("target", TARGETS)
def test_mutations_are_taken_without_an_error_of_ours(target: str) -> None:
    own = seeds(target)
    for octets in own:
        TARGETS[target](octets)
    mutations = Mutator(own, 1)
    for _ in range(INPUTS):
        octets = mutations.next()
        try:
            TARGETS[target](octets)
        except Exception as error:
            error.add_note(f"{target}({octets[:2000]!r})")
            raise


@pytest.mark.parametrize("target", ["capture", "frame_stream", "container"])
def test_public_captures_are_taken_whole_and_cut(target: str, shared: Path) -> None:
    del shared  # skips where they are absent
    for octets in seeds(target, shared=True):
        TARGETS[target](octets)
