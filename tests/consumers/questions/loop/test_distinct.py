import pytest

from nxcast.consumers.questions.loop.distinct import REGISTERS, Distinct


def counted(number, times=1):
    distinct = Distinct()
    for _ in range(times):
        for index in range(number):
            distinct.add(f"192.0.{index >> 8}.{index & 255}")
    return distinct


@pytest.mark.parametrize("number", [0, 1, 5, 20, 300, 2500, 20_000])
def test_the_estimate_is_within_a_tenth(number):
    assert counted(number).estimate == pytest.approx(number, rel=0.1)


def test_what_comes_again_is_not_counted_again():
    assert counted(200, times=3).estimate == counted(200).estimate


def test_few_fill_as_many_registers_as_there_are():
    assert counted(20).filled == 20


def test_a_count_goes_on_from_what_was_kept():
    kept = Distinct.load(counted(300).dump())
    assert (kept.estimate, kept.filled) == (counted(300).estimate, counted(300).filled)
    kept.add("something else")
    kept.add("192.0.0.7")
    assert kept.estimate == pytest.approx(301, rel=0.1)


@pytest.mark.parametrize("registers", [b"", bytes(REGISTERS - 1), bytes([200]) * REGISTERS])
def test_what_no_count_gave_is_refused(registers):
    with pytest.raises(ValueError, match="no registers"):
        Distinct.load(registers)
