"""Prints the models as one JSON Schema document; docs/schema.json is its output."""

from __future__ import annotations

import json
import sys

from nxcast.schemas.document import schema

__all__ = ["main"]


def main() -> int:
    """Print the document."""
    print(json.dumps(schema(), indent=2))
    return 0


if __name__ == "__main__":
    sys.exit(main())
