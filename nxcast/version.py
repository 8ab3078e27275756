"""Which version runs, and whether with its compiled kernel, as `--version` of each program tells."""

from __future__ import annotations

from nxcast import __version__

__all__ = ["version_text"]


def version_text() -> str:
    """One line; a kernel that is there but can't be loaded is none."""
    try:
        import nxcast.kernel  # noqa: F401  here, as nothing else of this room needs it
    except ImportError:
        return f"nxcast {__version__}, without its compiled kernel: Python does that work, slower"
    return f"nxcast {__version__}, with its compiled kernel"
