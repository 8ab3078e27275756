"""What ends a producer for a reason that its user can mend."""

from __future__ import annotations

from nxcast.process.ending import ProgramError as ProducerError

__all__ = ["ProducerError"]
