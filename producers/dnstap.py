"""From a dnstap payload to a frame: what `schemas.dnstap` says, which NMSG's base:dnstap shares."""

from __future__ import annotations

from nxcast.schemas.dnstap import FAULTS, frame_of

__all__ = ["FAULTS", "frame_of"]
