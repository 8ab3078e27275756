"""Files that are written anew as a whole: a kill or a power cut leaves the one before or the one after.

The new file is made beside the old one under a name that nobody can guess, and never through a link: in a
folder that others may write, a name known before could be one to a file that is not ours to overwrite.
"""

from __future__ import annotations

import errno
import os
import secrets
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

__all__ = ["remove_unfinished", "replace_file", "replacing", "sync_folder"]

_UNFINISHED = ".part"
_RANDOM = 4  # octets of a name, in hexadecimal; with them one that is there already is an error
_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC


def replace_file(path: Path, octets: bytes, *, mode: int) -> None:
    """Put a file of these octets in the place of another, as `replacing` does. OSError."""
    with replacing(path, mode=mode) as file:
        file.write(octets)


@contextmanager
def replacing(path: Path, *, mode: int) -> Iterator[BinaryIO]:
    """A file to write, then put in the place of another, whose mode and owner it takes. OSError.

    A first one gets `mode`, less the umask. Where what writes it raises, the other stays, and nothing else.
    """
    made = path.with_name(f".{path.name}.{secrets.token_hex(_RANDOM)}{_UNFINISHED}")
    try:
        with open(os.open(made, _NEW, mode), "wb") as file:
            _take_after(path, file.fileno())
            yield file
            file.flush()
            os.fsync(file.fileno())
        os.replace(made, path)
    except BaseException:
        made.unlink(missing_ok=True)
        raise
    sync_folder(path.parent)


def remove_unfinished(path: Path) -> None:
    """Remove what a kill left of replacing a file; only for who knows that nobody else is at it. OSError."""
    prefix = f".{path.name}."
    size = len(prefix) + 2 * _RANDOM + len(_UNFINISHED)
    with os.scandir(path.parent) as found:
        names = [each.name for each in found if each.name.startswith(prefix) and len(each.name) == size]
    for name in names:
        if name.endswith(_UNFINISHED):
            path.with_name(name).unlink(missing_ok=True)


def sync_folder(folder: Path) -> None:
    """Have the disk know which files are in a folder; some file systems can't be asked to. OSError."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    except OSError as error:
        if error.errno != errno.EINVAL:
            raise
    finally:
        os.close(descriptor)


def _take_after(path: Path, descriptor: int) -> None:
    """Mode and owner as they were: root may write what another user's program reads."""
    try:
        old = path.stat()
    except FileNotFoundError:
        return
    os.fchmod(descriptor, stat.S_IMODE(old.st_mode))
    if (old.st_uid, old.st_gid) != (os.geteuid(), os.getegid()):
        os.fchown(descriptor, old.st_uid, old.st_gid)
