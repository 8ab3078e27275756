"""The commands of the README, as they stand there: what its blocks in sh hold, a line each."""

from __future__ import annotations

import re
from pathlib import Path

__all__ = ["commands"]

README = Path(__file__).resolve().parents[2] / "README.md"


def commands(beginning: str) -> list[str]:
    """All lines of blocks in sh that begin so, without their comments; in their order."""
    blocks = re.findall(r"^```sh\n(.*?)^```", README.read_text(), re.DOTALL | re.MULTILINE)
    lines = [re.sub(r"\s+# .*", "", line) for block in blocks for line in block.splitlines()]
    return [line for line in lines if line.startswith(beginning)]
