"""A bounded memory that a flood of names asked once can't flush."""

from nxcast.consumers.questions.loop.sightings import Sightings


def test_a_flood_of_keys_seen_once_leaves_those_seen_again():
    seen = Sightings(once=10, again=10, make=list)
    for _ in range(2):
        for key in range(5):
            seen.see(key).append(1)
    for key in range(100, 10_000):
        seen.see(key)
    assert [seen.get(key) for key in range(5)] == [[1, 1]] * 5
    assert len(seen) == 15
    assert seen.forgotten == 0


def test_of_those_seen_again_the_least_recent_goes_and_is_counted():
    seen = Sightings(once=4, again=2, make=list)
    for key in "aabbacc":
        seen.see(key)
    assert [key for key, _ in seen.items()] == ["a", "c"]
    assert seen.forgotten == 1


def test_a_key_dropped_or_kept_by_hand():
    seen = Sightings(once=2, again=2, make=list)
    seen.see("a").append(1)
    assert seen.pop("a") == [1]
    assert seen.pop("a") is None
    seen.keep("b", [2])
    assert seen.see("b") == [2]
