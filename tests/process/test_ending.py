"""Why something failed, as the end of a line."""

from __future__ import annotations

import errno
import os
import socket

import pytest

from nxcast.process.ending import reason


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (OSError(errno.EACCES, os.strerror(errno.EACCES), "/etc/shadow"), "permission denied"),
        (OSError("disk on fire"), "disk on fire"),
        (TimeoutError("timed out"), "timed out"),
        (socket.gaierror(socket.EAI_NONAME, "Name or service not known"), "name or service not known"),
        (ValueError("Not a number"), "not a number"),
    ],
)
def test_what_the_system_says_in_lower_case_and_alone(error: Exception, expected: str) -> None:
    assert reason(error) == expected
