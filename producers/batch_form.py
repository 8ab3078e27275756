"""Which form of batches a broker takes, as far as it has said. Pure: no clock.

A broker says it with its first answer on a connection, so nothing is sent before that; one that says nothing
of it, or does not answer, takes the older form. Times are seconds of one clock that goes forward.
"""

from __future__ import annotations

from collections.abc import Sequence

from nxcast.schemas.frames import FRAMES_1, FRAMES_2

__all__ = ["FORM_S", "FormChoice"]

FORM_S = 3.0  # seconds until the older form is sent without an answer; a busy machine may stall for two


class FormChoice:
    """The form of a producer's batches: None while the answer that tells it is waited for, `FORM_S` at most.

    `open`: the broker of this connection may still tell it.
    """

    def __init__(self) -> None:
        self.form: bytes | None = FRAMES_1
        self.open = False
        self._connected_before = False
        self._by: float | None = None  # when the answer is waited for no longer

    def begin(self) -> None:
        """A connection begins, to a broker that can be asked."""
        # Another broker may take another form; until it says so, the one before is taken to be there.
        self.form = self.form if self._connected_before else None
        self._connected_before, self.open, self._by = True, True, None

    def tick(self, now: float) -> None:
        """Time has passed while the broker could have answered."""
        if self.form is None:
            self._by = self._by or now + FORM_S
            if now >= self._by:
                self.form = FRAMES_1

    def told(self, forms: Sequence[str]) -> bool:
        """The broker has said what it takes; whether it has dropped what came in the form before."""
        before, self.open = self.form, False
        self.form = FRAMES_2 if FRAMES_2.decode() in forms else FRAMES_1
        return before == FRAMES_2 != self.form
