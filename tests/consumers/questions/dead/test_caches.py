"""What a resolver keeps missing names of a zone for, told by names that came again."""

import pytest

from nxcast.consumers.questions.dead.caches import Caches


def seen(*distances, sensor="north", zone="com."):
    caches = Caches()
    for distance in distances:
        caches.see(sensor, zone, distance)
    return caches


def test_the_shortest_distances_bound_it():
    caches = seen(*range(900, 5000, 40))
    assert 900 < caches.longest_s("north", "update.example.com.") < 1500


def test_it_is_of_the_sensor_and_the_nearest_zone():
    caches = seen(*[300] * 50, zone="example.com.")
    for _ in range(50):
        caches.see("north", "com.", 900)
    assert caches.longest_s("north", "update.example.com.") < 350
    assert caches.longest_s("north", "update.example.org.") is None
    assert caches.longest_s("south", "update.example.com.") is None
    assert 900 < caches.longest_s("north", "other.com.") < 1000


def test_a_few_names_tell_nothing():
    assert seen(*[900] * 40).longest_s("north", "other.com.") is None


def test_a_cache_that_is_emptied_now_and_then_is_as_long_as_before():
    assert seen(*[20] * 4, *[900] * 60).longest_s("north", "other.com.") > 900


def test_another_time_is_learnt():
    caches = seen(*[300] * 3000)
    for _ in range(100_000):
        caches.see("north", "com.", 3600)
    assert caches.longest_s("north", "other.com.") > 3600


def test_what_is_longer_than_any_cache_bounds_nothing():
    assert seen(*[50_000] * 100).longest_s("north", "other.com.") is None


def test_it_is_kept():
    caches, again = seen(*range(900, 5000, 40)), Caches()
    for key, counts in caches.dump():
        again.load(key, counts)
    assert again.longest_s("north", "other.com.") == caches.longest_s("north", "other.com.")


@pytest.mark.parametrize("dumped", [None, [], [1] * 5, ["a"] * 82, [-1] * 82, [70_000] * 82, [4000] * 82])
def test_what_is_no_dump_is_refused(dumped):
    with pytest.raises(ValueError, match="no counts"):
        Caches().load("north com.", dumped)
