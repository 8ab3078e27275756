"""How often cycles of objects are looked for, in programs that make many objects and no cycles of them."""

from __future__ import annotations

import gc

__all__ = ["collect_seldom"]

# Objects made, young and middle collections between two of the next kind. Python's own 700, 10 and 10 took
# half of what a hostile message of nested arrays cost a broker, and half of what joining clients' questions
# cost a producer.
COLLECTED = (100_000, 50, 100)


def collect_seldom() -> None:
    """Do so for the rest of this process; what is there by now is looked at no more."""
    gc.freeze()
    gc.set_threshold(*COLLECTED)
