"""A program that says what it is given by whoever starts it, one JSON object, and ends as it is told.

Words: `exit STATUS`, `say WORDS`, `raise`, or `kill SIGNAL`.
"""

from __future__ import annotations

import atexit
import json
import locale
import os
import signal
import sys
import threading
import time
from pathlib import Path


def seen() -> dict[str, object]:
    """All that a start hands over, but for process ids and addresses."""
    status = dict(
        line.split(":\t", 1) for line in Path("/proc/self/status").read_text().splitlines() if ":\t" in line
    )
    streams = (sys.stdin, sys.stdout, sys.stderr)
    return {
        "argv": sys.argv[1:],
        "module": os.path.basename(sys.argv[0]),
        "name": __name__,
        "is_main": sys.modules["__main__"].__dict__ is globals(),
        "path": sys.path,
        "environment": dict(os.environ),
        "folder": os.getcwd(),
        "umask": status["Umask"],
        "signals": [status[key] for key in ("SigBlk", "SigIgn", "SigCgt", "SigPnd", "ShdPnd")],
        "handlers": [str(signal.getsignal(n)).split(" at ")[0] for n in sorted(signal.valid_signals())],
        "threads": (status["Threads"], threading.active_count(), threading.current_thread().name),
        "main_thread": threading.get_ident() == threading.main_thread().ident,
        "descriptors": sorted(int(each) for each in os.listdir("/proc/self/fd"))[:-1],
        "inheritable": [os.get_inheritable(number) for number in range(3)],
        "streams": [(s.encoding, s.errors, s.line_buffering, s.fileno(), s.isatty()) for s in streams],
        "originals": [sys.__stdin__ is sys.stdin, sys.__stdout__ is sys.stdout, sys.__stderr__ is sys.stderr],
        "parent": os.getppid(),
        "leads_session": os.getsid(0) == os.getpid(),
        "leads_group": os.getpgid(0) == os.getpid(),
        "zone": time.tzname,
        "locale": locale.setlocale(locale.LC_ALL),
        "warnings": sys.warnoptions,
        "read": sys.stdin.read(),
    }


def main() -> int:
    """Say it, and end."""
    print(json.dumps(seen()))
    print("last words", file=sys.stderr)
    atexit.register(print, "at exit")
    what, *more = sys.argv[1:]
    if what == "raise":
        raise ValueError("asked to")
    if what == "kill":
        sys.stdout.flush()
        os.kill(os.getpid(), int(more[0]))
    if what == "say":
        sys.exit(more[0])
    return int(more[0])


if __name__ == "__main__":
    sys.exit(main())
