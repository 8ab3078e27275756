"""The files of keys on disk: the clients' (public), the broker's own pair and a new client's (secret).

Each is written beside its place and then renamed, so that no reader ever sees half of one. A secret file has
mode 0600, and the broker's own is not used if others may read it. `KeyFile` is the clients' file as a running
broker follows it.
"""

from __future__ import annotations

import fcntl
import os
import tomllib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from nxcast.process.ending import ProgramError, reason
from nxcast.process.file_replacement import replace_file
from nxcast.process.file_watch import FileWatch
from nxcast.schemas.client_rights import KEY_FILE_MAX, Keys, KeysError, parse_keys
from nxcast.schemas.curve import KeyText

__all__ = [
    "KeyFile",
    "KeyFileError",
    "OwnKey",
    "locked",
    "own_key",
    "own_key_path",
    "read_keys",
    "read_text",
    "write_file",
]

SECRET_MODE = 0o600
OTHERS = 0o077  # the mode bits of group and others


class KeyFileError(ProgramError):
    """A file that can't be read, written or used; the text names it and says why, in one line."""


class OwnKey(BaseModel):
    """The broker's own key pair, in Z85."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    public: KeyText
    secret: KeyText = Field(repr=False)


class KeyFile:
    """The clients' file: `keys` are those in force. Raises KeyFileError when made, if they can't be read."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.changed = FileWatch(path).changed
        self.keys = read_keys(path)

    def renew(self) -> Keys:
        """Put the file's keys in force; gives those before. Raises KeyFileError, changing nothing."""
        earlier, self.keys = self.keys, read_keys(self.path)
        return earlier


def read_keys(path: Path) -> Keys:
    """The clients in a file; raises KeyFileError."""
    try:
        return parse_keys(read_text(path))
    except (KeysError, UnicodeDecodeError) as error:
        raise KeyFileError(f"{path}: {error}") from None


def own_key_path(path: Path) -> Path:
    """Where the broker's own pair stands: beside the clients' file."""
    return path.with_name(f"{path.name}.secret")


def own_key(path: Path, new_pair: Callable[[], tuple[str, str]]) -> OwnKey:
    """The broker's own pair, made and written if there is none yet; raises KeyFileError.

    `path` is the clients' file, `new_pair` gives a public and a secret key.
    """
    own = own_key_path(path)
    with locked(path):
        if not own.exists():
            public, secret = new_pair()
            text = (
                f'# Key pair of an nxcast broker. Keep it secret.\npublic = "{public}"\nsecret = "{secret}"\n'
            )
            write_file(own, text)
        elif own.stat().st_mode & OTHERS:
            raise KeyFileError(f"{own}: others may read or write this secret: chmod 600 {own}")
        try:
            return OwnKey.model_validate(tomllib.loads(read_text(own)))
        except (
            ValidationError,
            tomllib.TOMLDecodeError,
            UnicodeDecodeError,
        ):  # their texts may tell the secret
            raise KeyFileError(f"{own}: not the key pair of a broker") from None


def write_file(path: Path, text: str) -> None:
    """Write a file anew and at once, mode 0600 or as it was, owner as it was; raises KeyFileError."""
    try:
        replace_file(path, text.encode(), mode=0o600)
    except OSError as error:
        raise _failure(path, error) from None


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Keep other commands from changing files in the same folder meanwhile; raises KeyFileError."""
    try:
        folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    except OSError as error:
        raise _failure(path.parent, error) from None
    try:
        fcntl.flock(folder, fcntl.LOCK_EX)
        yield
    finally:
        os.close(folder)


def read_text(path: Path) -> str:
    """What a file says; raises KeyFileError, and UnicodeDecodeError."""
    try:
        with path.open("rb") as file:
            octets = file.read(KEY_FILE_MAX + 1)
    except OSError as error:
        raise _failure(path, error) from None
    if len(octets) > KEY_FILE_MAX:
        raise KeyFileError(f"{path}: over {KEY_FILE_MAX >> 20} MiB")
    return octets.decode()


def _failure(path: Path, error: OSError) -> KeyFileError:
    return KeyFileError(f"{path}: {reason(error)}")
