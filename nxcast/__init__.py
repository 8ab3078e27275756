"""nxcast: live channels of what fails in DNS. The parent of all rooms: the version, and `python -m nxcast`.

Not here: anything that a room could hold. It imports none, so that importing one room costs that room only.
"""

from __future__ import annotations

TYPE_CHECKING = False  # typing's own is worth no import; type checkers know the name
if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["__version__", "tells_version"]

__version__ = "0.1.0"


def tells_version(words: Sequence[str]) -> bool:
    """Tell the version where these arguments ask for that alone; whether they do.

    Each program asks before it reads its options, which takes ten times as long.
    """
    if list(words) != ["--version"]:
        return False
    print(f"nxcast {__version__}")
    return True
