"""The command nxcast-broker log: show, check and trim a log.

It reads while a broker runs, and changes nothing then. Nothing is opened for writing but by trim, which
takes the log's lock as a broker does.
"""

from __future__ import annotations

import argparse
import os
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from nxcast.broker.log.blocks import COMMIT, END, FOOTER, Block, numbers, read_map
from nxcast.broker.log.folder import LogError, holder, locked
from nxcast.broker.log.opening import folder_of
from nxcast.broker.log.segment_file import ForeignFileError, scan_file, segment_of
from nxcast.broker.log.segments import SUFFIX
from nxcast.broker.settings import NO_LOG, STATE_FOLDER, load
from nxcast.process.arguments import ArgumentParser
from nxcast.process.ending import DONE, FAILED, reason
from nxcast.process.standard_streams import ended, show
from nxcast.schemas.units import SECOND_NS

__all__ = ["main", "parser"]

PARTS = ("records", "malformed")


def main(argv: Sequence[str]) -> int:
    """Run `nxcast-broker log ARGV`; 0, or 1 with a reason."""
    args = parser().parse_args(argv)
    return ended("nxcast-broker log", lambda: _run(args))


def _run(args: argparse.Namespace) -> int:
    try:
        return _done(args)
    except BrokenPipeError:  # of stdout
        raise
    except ForeignFileError as error:
        raise LogError(str(error)) from error
    except OSError as error:
        raise LogError(f"{error.filename}: {reason(error)}") from error


def _done(args: argparse.Namespace) -> int:
    folder = _folder(getattr(args, "log", None))
    if not (folder / PARTS[0]).is_dir():
        raise LogError(f"{folder} is no log; --log names another folder")
    if args.command == "show":
        return _show(folder)
    if args.command == "check":
        return _check(folder)
    return _trim(folder, args.keep_bytes)


def _show(folder: Path) -> int:
    """Print where it is, how large, how far back it goes, and its epochs."""
    by = holder(folder)
    segments = {part: _segments(folder, part) for part in PARTS}
    show(f"{folder}, " + (f"of a broker that runs (process {by})" if by else "of no broker that runs") + "\n")
    for part, paths in segments.items():
        octets = sum(path.stat().st_size for path in paths)
        show(f"  {part:<10} {octets:>14,} octets in {len(paths)} segments\n")
    oldest = next((each for each in map(segment_of, segments["records"]) if each.spans), None)
    if oldest is not None:
        since = time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime(oldest.first_ns // SECOND_NS))
        show(f"  goes back to {since} UTC\n")
    for epoch, end, messages in _epochs(scan_file(segments["records"][-1])):
        show(f"  epoch {epoch} {end or 'goes on, or was cut off':<10} {messages:,} messages\n")
    return DONE


def _check(folder: Path) -> int:
    """Read all of it; 1 where a segment holds anything but whole blocks to its end."""
    by = holder(folder)
    wrong = 0
    for part in PARTS:
        paths = _segments(folder, part)
        for path in paths:
            blocks = scan_file(path)
            end = blocks[-1].end if blocks else 0
            rest = path.stat().st_size - end - (16 if blocks and blocks[-1].kind == FOOTER else 0)
            if rest and not (path == paths[-1] and by):
                wrong += 1
                show(f"{path}: {rest:,} octets from {end:,} on can't be read\n")
    show(f"{folder}: " + (f"{wrong} segments are not whole" if wrong else "whole") + "\n")
    return FAILED if wrong else DONE


def _trim(folder: Path, keep: int) -> int:
    """Drop the oldest segments until no more octets than these are left, but never the last."""
    lock = locked(folder)
    try:
        dropped = 0
        paths = _segments(folder, "records")
        octets = sum(path.stat().st_size for path in paths)
        for path in paths[:-1]:
            if octets <= keep:
                break
            octets -= path.stat().st_size
            path.unlink()
            dropped += 1
    finally:
        os.close(lock)
    show(f"{folder}: {dropped} segments dropped, {octets:,} octets left\n")
    return DONE


def _epochs(blocks: Sequence[Block]) -> list[tuple[int, str, int]]:
    """Epoch, how it ended (empty: the last one) and how many messages it had."""
    if not blocks:
        return []
    state: dict[str, Any] = read_map(blocks[0])
    last = dict(state["last"])
    for block in blocks:
        if block.kind == COMMIT:
            last.update(numbers(block))
    told = [(epoch, ended, sum(topics.values())) for epoch, ended, topics in state["past"]]
    return [*told, (blocks[-1].epoch, "clean" if blocks[-1].kind == END else "", sum(last.values()))]


def _segments(folder: Path, part: str) -> list[Path]:
    return sorted((folder / part).glob(f"*{SUFFIX}"))


def _folder(given: str | None) -> Path:
    """The folder that a broker with this option (None: not given) would use; raises ProgramError."""
    found = folder_of(load([] if given is None else ["--log", given]))
    if found is None:
        raise LogError(f"log is {NO_LOG}: there is nothing on disk; --log FOLDER names one")
    return found


def parser() -> ArgumentParser:
    """Of `nxcast-broker log`."""
    where = ArgumentParser(add_help=False)
    where.add_argument(
        "--log",
        metavar="FOLDER",
        default=argparse.SUPPRESS,
        help=f"the log (default: NXCAST_LOG, else that of '{STATE_FOLDER}')",
    )
    made = ArgumentParser(
        prog="nxcast-broker log",
        description="Look at the log of what was published; a broker that runs is not disturbed.",
        parents=[where],
    )
    commands = made.add_subparsers(dest="command", required=True, metavar="COMMAND", title="commands")
    commands.add_parser("show", help="its size, how far it goes back, and its epochs", parents=[where])
    commands.add_parser("check", help="read all of it; status 1 where it is not whole", parents=[where])
    trim = commands.add_parser("trim", help="drop the oldest segments, while no broker runs", parents=[where])
    trim.add_argument("--keep-bytes", type=int, required=True, metavar="N", help="octets to keep at most")
    return made
