"""Whether a file is another than before: by its inode, size or time of change."""

from __future__ import annotations

from pathlib import Path

__all__ = ["FileWatch"]

Signature = tuple[int, int, int, int]


class FileWatch:
    """Of one file, from when this is made, which has to be before the file is read."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._seen = self._signature()

    def changed(self) -> bool:
        """Whether it is another than when last looked at; one that is gone is."""
        # Taken before the file is read: a change in between then shows at the next look.
        last, self._seen = self._seen, self._signature()
        return last != self._seen

    def _signature(self) -> Signature | None:
        try:
            found = self.path.stat()
        except OSError:
            return None
        return found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns
