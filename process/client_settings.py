"""The settings file of who uses a broker from this account: where the broker is, and which key is ours.

`$XDG_CONFIG_HOME/nxcast/client.toml`, where that is unset `~/.config/nxcast/client.toml` (XDG Base Directory
Specification 0.8). Options and variables come before it. It may be left out; what is wrong with it is told.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import NoReturn

from nxcast.process.arguments import meant
from nxcast.process.ending import reason
from nxcast.process.variables import PREFIX

__all__ = ["CLIENT_FILE", "SETTINGS", "client_settings"]

SETTINGS = ("egress", "ingress", "replay", "key")
"""What may stand in it, each a text; the same as NXCAST_EGRESS and so on."""

CLIENT_FILE = "~/.config/nxcast/client.toml"
"""As help names it."""

FILE_MAX = 64 << 10  # octets; four lines take 200


def client_settings(fail: Callable[[str], NoReturn]) -> Mapping[str, str]:
    """What the environment says, else the file; `fail` is called with what is wrong with that."""
    found = _of_the_file(fail)
    found.update((name, os.environ[PREFIX + name.upper()]) for name in SETTINGS if _given(name))
    return found


def _given(name: str) -> bool:
    return bool(os.environ.get(PREFIX + name.upper()))


def _of_the_file(fail: Callable[[str], NoReturn]) -> dict[str, str]:
    path = _path()
    try:
        with path.open("rb") as file:
            octets = file.read(FILE_MAX + 1)
    except (FileNotFoundError, NotADirectoryError):
        return {}
    except OSError as error:
        if isinstance(error, PermissionError) and not os.access(path.parent, os.X_OK):
            return {}  # another's home, as under sudo: who runs this has put nothing there
        fail(f"{path}: {reason(error)}")
    if len(octets) > FILE_MAX:
        fail(f"{path}: over {FILE_MAX:,} octets")
    import tomllib  # here: most have no such file

    try:
        told = tomllib.loads(octets.decode())
    except ValueError as error:
        fail(f"{path}: not TOML: {error}")
    for name, value in told.items():
        if name not in SETTINGS:
            fail(f"{path}: no setting {name}{meant(name, SETTINGS) or ': there are ' + ', '.join(SETTINGS)}")
        if not isinstance(value, str):
            fail(f"{path}: {name} is {value!r}: it should be a text in quotes")
    if "key" in told:
        told["key"] = str(path.parent / os.path.expanduser(told["key"]))
    return told


def _path() -> Path:
    given = os.environ.get("XDG_CONFIG_HOME", "")
    base = (
        Path(given) if given.startswith("/") else Path(os.path.expanduser("~/.config"))
    )  # a relative one does not count
    return base / "nxcast" / "client.toml"
