"""Where captures and recordings are that are not part of the project, if they are here."""

from __future__ import annotations

import os
from pathlib import Path

__all__ = ["DATA", "ROOT"]

ROOT = Path(__file__).parent.parent
NAMED, KEPT = "NXCAST_SHARED", "TESTS_SHARED"

# Programs warn of a variable NXCAST_... that none of them reads, and tests read what a program says first: so
# those that are started, and workers of the tests, have it under another name.
if NAMED in os.environ:
    os.environ[KEPT] = os.environ.pop(NAMED)

DATA = Path(os.environ.get(KEPT, ROOT.parent / "shared")) / "data"
