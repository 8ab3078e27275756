"""What is kept of a name stays small, however long it comes."""

from random import Random

import pytest

from nxcast.consumers.questions.dead.beats import Beats

START = 1_767_225_600  # 2026-01-01 00:00:00 UTC


@pytest.mark.parametrize("jitter", [0, 9, 400], ids=["exact", "with jitter", "at random"])
def test_of_the_times_only_the_last_hundred_or_so_are_kept(jitter):
    rng = Random(1)
    beats = Beats()
    for beat in range(1000):
        beats.add(START + beat * 900 + rng.randint(0, jitter))
        assert len(beats.times) <= 127
    assert beats.sightings == 1000
    assert beats.times[-1] == beats.last_s


def test_rhythms_of_four_machines_are_told_before_times_are_summed_up():
    beats = Beats()
    for time in sorted(START + turn * 3600 + phase for turn in range(40) for phase in (0, 500, 1300, 2600)):
        beats.add(time)
    rhythm = beats.regularity()
    assert (rhythm.machines, round(rhythm.period_s), rhythm.is_regular) == (4, 3600, True)
    assert rhythm.distances == 156
