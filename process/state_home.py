"""Where programs of this machine keep their state."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from pathlib import Path

__all__ = ["state_home"]


def state_home(environment: Mapping[str, str], platform: str = sys.platform) -> Path:
    """systemd's StateDirectory=, else the user's folder; RuntimeError for a user without a home."""
    given = environment.get("STATE_DIRECTORY", "").split(":")[0]  # systemd.exec(5): several, with colons
    if given:
        return Path(given)
    if platform == "darwin":
        return Path.home() / "Library" / "Application Support" / "nxcast"
    # XDG Base Directory Specification: a path that is not absolute is to be passed over.
    xdg = environment.get("XDG_STATE_HOME", "")
    return (Path(xdg) if os.path.isabs(xdg) else Path.home() / ".local" / "state") / "nxcast"
