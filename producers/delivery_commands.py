"""What `Delivery` commands of the pusher, each carried out at once. Values only: nothing decides here."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from nxcast.schemas.frames import BatchHeader

__all__ = ["Ask", "CloseAsker", "Command", "Fail", "OpenAsker", "Reopen", "SendBatch", "Warn"]


@dataclass(slots=True)
class SendBatch:
    """Hand a batch to the connection, and tell by `taken` if it had room."""

    header: BatchHeader
    payload: bytes
    form: bytes


@dataclass(slots=True)
class Ask:
    """Send a request; it may be lost."""

    request: bytes


@dataclass(slots=True)
class OpenAsker:
    """Connect, anew if need be, to where requests go."""

    endpoint: str


@dataclass(slots=True)
class CloseAsker:
    """Ask no more."""


@dataclass(slots=True)
class Reopen:
    """Connect to the broker anew, with nothing left of what waited there."""


@dataclass(slots=True)
class Warn:
    """Tell people; `error` where nothing arrives until they mend it."""

    text: str
    error: bool = False


@dataclass(slots=True)
class Fail:
    """End the program with this line."""

    text: str


Command: TypeAlias = SendBatch | Ask | OpenAsker | CloseAsker | Reopen | Warn | Fail
