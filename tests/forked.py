"""Programs forked from a process that has already imported them.

A start of Python and of what a program imports costs half a second of CPU and more, and the tests start
programs by the thousand. So conftest has `subprocess` start `python -m nxcast...` here: by a process that has
imported all of nxcast and does nothing else, which forks; the new process is the test's own
child (CLONE_PARENT), with the words, environment, folder, umask and descriptors it was given, and runs the
module as `python -m` would. All other commands, and all commands elsewhere than on Linux or with
TESTS_START=real are started as ever; so are those whose environment says something else to Python itself, and
those with more to them than `_ORDINARY`. A program that is started by another one, or by a shell, is started.

tests/test_forked.py holds the two ways against each other.
"""

from __future__ import annotations

import atexit
import ctypes
import fcntl
import gc
import importlib
import io
import json
import os
import platform
import re
import runpy
import signal
import socket
import subprocess
import sys
import termios
import threading
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar

ROOT = Path(__file__).parent.parent
ROOMS = ("broker", "consumers", "producers")
PROBE = "tests.forked_probe"
MESSAGE_MAX = 1 << 20  # octets of a request: words and environment
WORD_MAX = 128 << 10  # octets: Linux refuses longer ones, and no fork does
DESCRIPTORS_MAX = 64  # those of a program at its start
REAL = "TESTS_START"
STARTED = {REAL: "real"}  # what its environment has if a program is to be started: if its memory is measured
_CLONE_PARENT = 0x8000
_SYS_CLONE = {"x86_64": 56, "aarch64": 220}.get(platform.machine())
_ORDINARY = {
    "preexec_fn": None, "close_fds": True, "shell": False, "restore_signals": True,
    "gid": None, "gids": None, "uid": None, "umask": -1, "process_group": -1,
}  # fmt: skip
# Those that `subprocess.Popen` hands to `_execute_child`, after the words and the file of the program.
_REST = (
    "preexec_fn", "close_fds", "pass_fds", "cwd", "env", "startupinfo", "creationflags", "shell",
    "p2cread", "p2cwrite", "c2pread", "c2pwrite", "errread", "errwrite",
    "restore_signals", "gid", "gids", "uid", "umask", "start_new_session", "process_group",
)  # fmt: skip
_PIPES = slice(_REST.index("p2cread"), _REST.index("errwrite") + 1)
# By `_writer`; and nothing that is imported here is compiled again.
_HEEDED = ("PYTHONUNBUFFERED", "PYTHONDONTWRITEBYTECODE")
_plain_popen = subprocess.Popen


class Popen(subprocess.Popen):  # type: ignore[type-arg]
    """As subprocess's, but for where the process comes from."""

    def _execute_child(self, args: Any, executable: Any, *rest: Any) -> None:
        given = dict(zip(_REST, rest, strict=False))
        if len(rest) != len(_REST) or not _may_fork(args, executable, given):
            super()._execute_child(args, executable, *rest)  # type: ignore[misc]
            return
        ends = [given["p2cread"], given["c2pwrite"], given["errwrite"]]
        ends = [number if end == -1 else end for number, end in enumerate(ends)]
        request = _request(args, given)
        self.pid = _Origin.of_this_process().start(request, ends + request["kept"])
        self._child_created = True
        self._close_pipe_fds(*rest[_PIPES])  # type: ignore[attr-defined]


def at_a_terminal(
    words: Sequence[str], environment: Mapping[str, str], folder: Path, terminal: int
) -> int | None:
    """Fork a program whose own terminal this is; its process id, or None where it has to be started."""
    given = _ORDINARY | dict.fromkeys(_REST[_PIPES], terminal) | {"cwd": folder, "env": environment}
    if not _may_fork(words, None, given):
        return None
    request = _request(words, given) | {"session": True, "terminal": True}
    return _Origin.of_this_process().start(request, [terminal] * 3)


def _request(words: Sequence[Any], given: Mapping[str, Any]) -> dict[str, Any]:
    """What the process that forks is asked for, but for descriptors."""
    return {
        "words": [os.fspath(word) for word in words[2:]],
        "environment": dict(os.environ if given["env"] is None else given["env"]),
        "folder": os.path.abspath(given["cwd"] or os.curdir),
        "session": given.get("start_new_session", False),
        "terminal": False,
        "umask": _umask(),
        "kept": list(given.get("pass_fds", ())),
    }


def _may_fork(args: Any, executable: Any, given: dict[str, Any]) -> bool:
    if _SYS_CLONE is None or sys.platform != "linux":
        return False
    if not isinstance(args, (list, tuple)) or len(args) < 3 or executable not in (None, args[0]):
        return False
    environment = os.environ if given["env"] is None else given["env"]
    return (
        environment.get(REAL) != "real"
        and list(args[:2]) == [sys.executable, "-m"]
        and (str(args[2]) == PROBE or str(args[2]).split(".")[0] == "nxcast")
        and all(isinstance(word, (str, os.PathLike)) for word in args)
        and not any("\0" in word or len(os.fsencode(word)) >= WORD_MAX for word in map(str, args))
        and all(given[key] == usual for key, usual in _ORDINARY.items())
        and (given["cwd"] is None or os.path.isdir(given["cwd"]))
        and _to_python(environment) == _to_python(os.environ)
        and not _standard_closed(given)
    )


def _standard_closed(given: dict[str, Any]) -> bool:
    """Whether it is to inherit one of the three that this process does not have."""
    pairs = enumerate((given["p2cread"], given["c2pwrite"], given["errwrite"]))
    return any(end == -1 and not os.path.exists(f"/proc/self/fd/{number}") for number, end in pairs)


def _to_python(environment: Mapping[str, str]) -> dict[str, str]:
    """What of an environment only the start of a process can heed."""
    return {
        key: value
        for key, value in environment.items()
        if key.startswith(("PYTHON", "LD_", "LC_", "LANG")) and key not in _HEEDED
    }


def _umask() -> int:
    (found,) = re.findall(r"^Umask:\s*([0-7]+)$", Path("/proc/self/status").read_text(), re.MULTILINE)
    return int(found, 8)


class _Origin:
    """The process that forks, and the socket it is asked over."""

    _ours: ClassVar[dict[int, _Origin]] = {}
    _lock = threading.Lock()

    @classmethod
    def of_this_process(cls) -> _Origin:
        with cls._lock:
            if os.getpid() not in cls._ours:
                cls._ours[os.getpid()] = cls()
            return cls._ours[os.getpid()]

    def __init__(self) -> None:
        self._socket, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        for end in (self._socket, theirs):
            end.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, MESSAGE_MAX)
        command = [sys.executable, "-P", __file__, str(theirs.fileno())]
        # It ends when the socket does: with this process.
        self._process = _plain_popen(command, pass_fds=[theirs.fileno()], stdin=subprocess.DEVNULL)
        theirs.close()

    def start(self, request: dict[str, Any], descriptors: list[int]) -> int:
        """Have a program started; its process id."""
        with self._lock:
            socket.send_fds(self._socket, [json.dumps(request).encode()], descriptors)
            answer = self._socket.recv(64)
        assert answer, "the process that forks programs for the tests has ended"
        return int(answer)


def _serve(asked: socket.socket) -> tuple[dict[str, Any], list[int]] | None:
    """Fork for each request until there are no more: None. In the process forked: what was asked for."""
    for room in ROOMS:
        for file in sorted((ROOT / room).rglob("[!_]*.py")):
            if "node_modules" not in file.parts and "examples" not in file.parts:
                words = file.relative_to(ROOT).with_suffix("").parts
                importlib.import_module(".".join(("nxcast", *words)))
    assert len(os.listdir("/proc/self/task")) == 1, "a fork would leave threads behind"
    gc.collect()
    gc.freeze()
    while True:
        body, descriptors, _, _ = socket.recv_fds(asked, MESSAGE_MAX, DESCRIPTORS_MAX)
        if not body:
            return None
        process_id = _clone()
        if not process_id:
            asked.close()
            return json.loads(body), descriptors
        asked.send(str(process_id).encode())
        for descriptor in descriptors:
            os.close(descriptor)


def _clone() -> int:
    """Fork a child of this process's parent; 0 in the child."""
    api = ctypes.pythonapi
    api.PyOS_BeforeFork()
    process_id = int(ctypes.PyDLL(None).syscall(_SYS_CLONE, _CLONE_PARENT | signal.SIGCHLD, 0, 0, 0, 0))
    if process_id:
        api.PyOS_AfterFork_Parent()
    else:
        api.PyOS_AfterFork_Child()
    return process_id


def _prepare(request: dict[str, Any], descriptors: list[int]) -> None:
    """Make this process what a fresh interpreter would be."""
    high = [fcntl.fcntl(descriptor, fcntl.F_DUPFD, 1 << 9) for descriptor in descriptors]
    os.closerange(3, 1 << 9)
    for descriptor, number in zip(high, [0, 1, 2, *request["kept"]], strict=True):
        os.dup2(descriptor, number)
        os.close(descriptor)
    if request["session"]:
        os.setsid()
    if request["terminal"]:
        fcntl.ioctl(0, termios.TIOCSCTTY, 0)
    os.umask(request["umask"])
    os.chdir(request["folder"])
    os.environ.clear()
    os.environ.update(request["environment"])
    time.tzset()
    form = {"encoding": sys.stdout.encoding, "errors": sys.stdout.errors}
    sys.stdin = sys.__stdin__ = open(0, closefd=False, **form)  # noqa: SIM115
    sys.stdout = sys.__stdout__ = _writer(1, **form)
    sys.stderr = sys.__stderr__ = _writer(2, **{**form, "errors": "backslashreplace"})
    sys.argv[:] = request["words"]
    sys.path.insert(0, request["folder"])


def _run(module: str) -> None:
    """Run it, and end as an interpreter does, but for taking apart all that was imported.

    That copies nearly every page shared with the process that forks: five times the work of all else in a
    program that says its version. One that ends by an exception, or is not heard, is taken apart as ever.
    """
    status: object = 0
    try:
        runpy.run_module(module, run_name="__main__", alter_sys=True)
    except SystemExit as end:
        status = end.code or 0
    if not isinstance(status, int):
        sys.exit(status)  # type: ignore[arg-type]
    threading._shutdown()  # type: ignore[attr-defined]
    atexit._run_exitfuncs()
    try:
        for stream in (sys.stdout, sys.stderr):
            if stream is not None and not stream.closed:
                stream.flush()
    except (OSError, ValueError):
        sys.exit(status)
    os._exit(status & 0xFF)


def _writer(number: int, **form: str) -> io.TextIOWrapper:
    """A standard stream as the interpreter makes them at its start."""
    if os.environ.get("PYTHONUNBUFFERED"):
        return io.TextIOWrapper(open(number, "wb", 0, closefd=False), write_through=True, **form)  # type: ignore[arg-type]
    made = open(number, "w", closefd=False, **form)  # noqa: SIM115
    made.buffer.raw.name = ("<stdout>", "<stderr>")[number - 1]  # type: ignore[attr-defined]
    made.reconfigure(line_buffering=number == 2 or made.isatty())
    return made


if __name__ == "__main__":
    given = _serve(socket.socket(fileno=int(sys.argv[1])))
    if given is not None:
        _prepare(*given)
        _run(sys.argv[0])
