"""Rotated files: which records end up where, under which name, and what is never touched."""

from __future__ import annotations

import errno
import os
import resource
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, BinaryIO

import pytest

from nxcast.consumers.keep.rotation import RotatedFiles, prefix_for
from nxcast.consumers.show.console import CommandError

START = 1_700_000_000.5  # 2023-11-14 22:13:20.5 UTC
NOBODY = 65534  # a user that owns nothing
NAME = "nxdomain-20231114T221320Z-{:04}.txt"


class Lines:
    """A record a line, kept until the end; the end is a line of its own."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._kept: list[Any] = []
        self.abandoned = False

    def write(self, records: Sequence[Any]) -> None:
        self._kept += records

    def finish(self) -> None:
        self._file.write("".join(f"{record}\n" for record in [*self._kept, "end"]).encode())

    def abandon(self) -> None:
        self.abandoned = True


@pytest.fixture
def files(tmp_path: Path) -> Iterator[Callable[..., RotatedFiles]]:
    def make(max_records: int = 100, max_seconds: float = 60.0, begin: Any = Lines) -> RotatedFiles:
        return RotatedFiles(
            tmp_path / "nxdomain", ".txt", begin, max_records=max_records, max_seconds=max_seconds
        )

    return make


def write_and_raise(rotated: RotatedFiles, error: Exception) -> None:
    rotated.write("a", START)
    raise error


def contents(folder: Path) -> dict[str, str]:
    return {path.name: path.read_text() for path in sorted(folder.iterdir())}


def test_a_file_has_its_name_once_it_is_complete(files, tmp_path):
    rotated = files()
    rotated.write("ab", START)
    assert contents(tmp_path) == {NAME.format(1) + ".part": ""}
    rotated.close()
    assert contents(tmp_path) == {NAME.format(1): "a\nb\nend\n"}
    assert (rotated.files, rotated.records) == (1, 2)


def test_records_fill_files_to_the_count_whatever_the_batches(files, tmp_path):
    with files(max_records=3) as rotated:
        rotated.write("ab", START)
        rotated.write("cdefgh", START)
        rotated.write("i", START + 1)
    assert contents(tmp_path) == {
        NAME.format(1): "a\nb\nc\nend\n",
        NAME.format(2): "d\ne\nf\nend\n",
        NAME.format(3): "g\nh\ni\nend\n",
    }
    assert (rotated.files, rotated.records) == (3, 9)


def test_a_file_ends_after_its_time_also_while_nothing_comes(files, tmp_path):
    with files(max_seconds=10) as rotated:
        rotated.write("a", START)
        rotated.tick(START + 9)
        assert rotated.files == 0
        rotated.tick(START + 10)
        assert contents(tmp_path) == {NAME.format(1): "a\nend\n"}
        rotated.write("b", START + 100)
        rotated.write("c", START + 110)
    assert list(contents(tmp_path).values()) == ["a\nend\n", "b\nend\n", "c\nend\n"]
    assert list(contents(tmp_path))[1] == "nxdomain-20231114T221500Z-0002.txt"


def test_a_clock_set_back_makes_a_file_last_no_longer_than_told_from_then(files):
    rotated = files(max_seconds=10)
    rotated.write("a", START)
    rotated.write("b", START - 1000)
    assert rotated.files == 0
    rotated.tick(START - 990)
    assert (rotated.files, rotated.records) == (1, 2)


def test_without_records_there_is_no_file(files, tmp_path):
    with files() as rotated:
        rotated.write([], START)
        rotated.tick(START + 1000)
    assert contents(tmp_path) == {}
    assert rotated.files == 0


def test_nothing_is_overwritten_and_a_name_in_use_is_passed_over(files, tmp_path):
    there = {
        NAME.format(1): "old",
        NAME.format(2) + ".part": "cut",
        "nxdomain-x.part": "",
        "other.txt.part": "",
    }
    for name, text in there.items():
        (tmp_path / name).write_text(text)
    rotated = files()
    assert rotated.leftovers == [tmp_path / (NAME.format(2) + ".part")]
    rotated.write("a", START)
    rotated.close()
    assert contents(tmp_path) == {**there, NAME.format(3): "a\nend\n"}


def test_a_name_that_a_stranger_took_meanwhile_is_left_to_him(files, tmp_path):
    rotated = files()
    rotated.write("a", START)
    (tmp_path / NAME.format(1)).write_text("his")
    with pytest.raises(CommandError, match=r"-0001\.txt: it is there by now; .*\.part is complete"):
        rotated.close()
    assert contents(tmp_path) == {NAME.format(1): "his", NAME.format(1) + ".part": "a\nend\n"}


def test_two_runs_of_one_second_take_turns(files, tmp_path):
    with files(max_records=1) as one, files(max_records=1) as other:
        for rotated, record in ((one, "a"), (other, "b"), (one, "c"), (other, "d")):
            rotated.write(record, START)
    assert list(contents(tmp_path).values()) == ["a\nend\n", "b\nend\n", "c\nend\n", "d\nend\n"]


def test_an_error_that_the_user_is_told_completes_the_file(files, tmp_path):
    with pytest.raises(CommandError, match="line 7"), files() as rotated:
        write_and_raise(rotated, CommandError("line 7"))
    assert contents(tmp_path) == {NAME.format(1): "a\nend\n"}


def test_a_bug_of_ours_leaves_the_file_unfinished(files, tmp_path):
    with pytest.raises(ZeroDivisionError), files() as rotated:
        write_and_raise(rotated, ZeroDivisionError())
    assert contents(tmp_path) == {NAME.format(1) + ".part": ""}


class Full(Lines):
    """A disk that is full, found while writing or at the end."""

    def __init__(self, file: BinaryIO, at: str) -> None:
        super().__init__(file)
        self.at = at

    def write(self, records: Sequence[Any]) -> None:
        super().write(records)
        self._full("write")

    def finish(self) -> None:
        self._full("finish")

    def _full(self, at: str) -> None:
        if self.at == at:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


@pytest.mark.parametrize("at", ["write", "finish"])
def test_a_full_disk_is_one_line_and_leaves_the_part(files, tmp_path, at):
    made = []

    def begin(file: BinaryIO) -> Full:
        made.append(Full(file, at))
        return made[-1]

    with (
        pytest.raises(CommandError, match=r"can't write .*-0001\.txt\.part: no space left on device"),
        files(begin=begin) as rotated,
    ):
        rotated.write("a", START)
    assert [encoder.abandoned for encoder in made] == [True]
    assert list(contents(tmp_path)) == [NAME.format(1) + ".part"]
    assert rotated.files == 0


LIMITED = """
import sys
from pathlib import Path
from nxcast.consumers.show.console import CommandError
from nxcast.consumers.keep.rotation import RotatedFiles
class Zeros:
    def __init__(self, file): self.file = file
    def write(self, records): self.file.write(bytes(100))
    def finish(self): pass
    def abandon(self): pass
try:
    with RotatedFiles(Path(sys.argv[1]), ".txt", Zeros) as files:
        files.write("a", 0.0)
except CommandError as error:
    print(error)
"""


def test_what_the_system_refuses_only_as_the_file_is_closed_is_told(tmp_path):
    ended = subprocess.run(
        [sys.executable, "-c", LIMITED, str(tmp_path / "x")],
        capture_output=True,
        text=True,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (10, 10)),
        timeout=60,
        check=True,
    )
    assert ended.stdout == f"can't write {tmp_path}/x-19700101T000000Z-0001.txt.part: file too large\n"
    assert ended.stderr == ""


def test_a_folder_that_is_not_there_is_told_before_any_record(tmp_path):
    with pytest.raises(CommandError, match=r"can't write .*missing: no such file or directory"):
        RotatedFiles(tmp_path / "missing" / "x", ".txt", Lines)


def test_a_folder_that_may_not_be_written_to_is_told_before_any_record(tmp_path):
    tmp_path.chmod(0o500)
    user = os.geteuid()
    if user == 0:  # who may write anywhere
        os.seteuid(NOBODY)
    try:
        with pytest.raises(CommandError, match="permission denied"):
            RotatedFiles(tmp_path / "x", ".txt", Lines)
    finally:
        os.seteuid(user)


@pytest.mark.parametrize(
    ("target", "topic", "prefix"),
    [
        ("", "nxdomain/", "nxdomain"),
        (".", "nxdomain/", "nxdomain"),
        ("{}", "nxdomain/MX/", "{}/nxdomain-MX"),
        ("{}/new/", "dns-errors/", "{}/new/dns-errors"),
        ("{}/ns1", "dns-errors/SERVFAIL/", "{}/ns1-dns-errors-SERVFAIL"),
        ("ns1", "nxdomain/", "ns1-nxdomain"),
    ],
)
def test_names_begin_with_the_target_and_the_topic(tmp_path, target, topic, prefix):
    assert str(prefix_for(target.format(tmp_path), topic)) == prefix.format(tmp_path)
