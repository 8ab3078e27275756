"""Files of frames that are there whole or not at all.

A file is written under a temporary name in its folder, and takes its own name, and the place of what was
there before, once the last octet is on the disk. Whatever goes wrong leaves nothing behind.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from pathlib import Path

from nxcast.process.ending import MisuseError, reason
from nxcast.producers.failure import ProducerError
from nxcast.producers.synthetic.dnstap_writing import dnstap_file
from nxcast.producers.synthetic.pcap_writing import pcap_file
from nxcast.schemas.frames import Frame
from nxcast.schemas.question_frame import QuestionFrame

__all__ = ["FORMATS", "check_output", "write_frames"]

FORMATS: dict[str, Callable[[Iterable[Frame | QuestionFrame]], Iterator[bytes]]] = {
    ".pcap": pcap_file,
    ".dnstap": dnstap_file,
}
"""What a file's name ends in, and how it is written."""

_BUFFER = 1 << 20  # octets; system calls cost nothing next to the frames from here on


def check_output(path: Path) -> None:
    """Raise ProducerError now if writing the file would later, as far as can be told."""
    if path.suffix.lower() not in FORMATS:
        raise MisuseError(f"{path}: unknown kind of file; let its name end in {' or '.join(FORMATS)}")
    if path.is_dir():
        raise ProducerError(f"{path}: is a directory; name a file in it")
    if not path.parent.is_dir():
        raise ProducerError(f"{path}: no such directory; make {path.parent} first")
    if not os.access(path.parent, os.W_OK | os.X_OK):
        raise ProducerError(f"{path}: may not be written; mend the permissions of {path.parent}")


def write_frames(path: Path, frames: Iterable[Frame | QuestionFrame]) -> int:
    """Write the frames, in the order of their times, and return the file's size in octets.

    Raises ProducerError where that fails. What the frames themselves raise ends it too, and goes on up.
    """
    temporary = path.with_name(f".{path.name}.{os.getpid()}.part")
    pieces = FORMATS[path.suffix.lower()](frames)
    try:
        with open(temporary, "xb", buffering=_BUFFER) as file:
            file.writelines(pieces)
            file.flush()
            os.fsync(file.fileno())
            size = file.tell()
        os.replace(temporary, path)
    except OSError as error:
        raise ProducerError(f"{path}: {reason(error)}") from None
    finally:
        with suppress(FileNotFoundError):
            os.unlink(temporary)
    return size
