"""A broker whose disk stands still for a second, again and again: writes of its log wait then.

python -m tests.fuzz.stalling_disk OPTIONS      those of nxcast-broker
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Sequence

from nxcast.broker.__main__ import main
from nxcast.broker.log.segments import SUFFIX

__all__ = ["AFTER_S", "STALL_S"]

STALL_S = 1.0
AFTER_S = 1.0  # seconds from the end of one to the next

_write = os.writev
_next_s = time.monotonic() + 3.0


def _stalling(descriptor: int, pieces: Sequence[bytes]) -> int:
    global _next_s
    if time.monotonic() >= _next_s and os.readlink(f"/proc/self/fd/{descriptor}").endswith(SUFFIX):
        time.sleep(STALL_S)
        _next_s = time.monotonic() + AFTER_S
    return _write(descriptor, pieces)


if __name__ == "__main__":
    os.writev = _stalling
    sys.exit(main())
