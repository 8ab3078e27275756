"""files: the pace of a replay."""

from __future__ import annotations

from nxcast.producers.files import Pace


def test_paces_from_the_first_frame() -> None:
    """Frames are due at even distances from the first; one that is late does not shift the others."""
    pace = Pace(10)
    assert pace.next_in(100.0) == 0
    assert round(pace.next_in(100.0), 6) == 0.1
    assert pace.next_in(105.0) == 0
    assert round(pace.next_in(100.2), 6) == 0.1
