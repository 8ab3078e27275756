"""nxcast: live channels of what fails in DNS. The parent of all rooms: the version, and `python -m nxcast`.

Not here: anything that a room could hold. It imports none, so that importing one room costs that room only.
"""

from __future__ import annotations

__all__ = ["__version__"]

__version__ = "0.1.0"
