"""Histograms: the buckets, and that Prometheus takes them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from prometheus_client.core import HistogramMetricFamily

from nxcast.telemetry.histogram import Histogram


@pytest.mark.parametrize(
    ("values", "counts"),
    [
        ([], [0, 0, 0]),
        ([1], [1, 1, 1]),  # a bound is in its own bucket
        ([1.5], [0, 1, 1]),
        ([10], [0, 1, 1]),
        ([11], [0, 0, 1]),  # above all of them
        ([-1, 0, 5, 100], [2, 3, 4]),
    ],
)
def test_counts_are_cumulative_and_bounds_inclusive(values: list[float], counts: list[int]) -> None:
    histogram = Histogram((1, 10))
    for value in values:
        histogram.observe(value)
    buckets, total = histogram.snapshot()
    assert buckets == list(zip(("1.0", "10.0", "+Inf"), counts, strict=True))
    assert total == sum(values)


@given(st.lists(st.integers(-10, 1000)), st.sets(st.integers(0, 900)))
def test_each_bucket_holds_all_values_up_to_its_bound(values: list[int], bounds: set[int]) -> None:
    histogram = Histogram(sorted(bounds))
    for value in values:
        histogram.observe(value)
    assert {float(name): count for name, count in histogram.snapshot().buckets} == {
        bound: sum(value <= bound for value in values) for bound in (*map(float, bounds), float("inf"))
    }


def test_a_snapshot_stays_as_it_was_taken() -> None:
    histogram = Histogram((1,))
    before = histogram.snapshot()
    histogram.observe(1)
    assert before == ([("1.0", 0), ("+Inf", 0)], 0)


def test_a_snapshot_is_what_the_metric_family_takes() -> None:
    histogram = Histogram((0.005, 1))
    histogram.observe(0.01)
    histogram.observe(2)
    family = HistogramMetricFamily("frames", "Frames.")
    family.add_metric([], *histogram.snapshot())
    assert [(sample.name, sample.labels, sample.value) for sample in family.samples] == [
        ("frames_bucket", {"le": "0.005"}, 0),
        ("frames_bucket", {"le": "1.0"}, 1),
        ("frames_bucket", {"le": "+Inf"}, 2),
        ("frames_count", {}, 2),
        ("frames_sum", {}, 2.01),
    ]


@pytest.mark.parametrize("bounds", [(2, 1), (1, 1)])
def test_bounds_that_do_not_rise_are_a_bug(bounds: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match="rise"):
        Histogram(bounds)
