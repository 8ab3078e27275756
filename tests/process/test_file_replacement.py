"""Files written anew as a whole: mode, owner, links, and what is left where it fails."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from nxcast.process.file_replacement import replace_file, replacing, sync_folder


def test_a_first_file_gets_the_mode_less_the_umask(tmp_path: Path) -> None:
    path = tmp_path / "file"
    before = os.umask(0o027)
    try:
        replace_file(path, b"one", mode=0o666)
    finally:
        os.umask(before)
    assert (path.read_bytes(), stat.S_IMODE(path.stat().st_mode)) == (b"one", 0o640)


def test_the_next_one_keeps_the_mode_of_the_one_before(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"one")
    path.chmod(0o604)
    replace_file(path, b"two", mode=0o600)
    assert (path.read_bytes(), stat.S_IMODE(path.stat().st_mode)) == (b"two", 0o604)
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may give files away")
def test_root_leaves_the_owner_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.touch()
    os.chown(path, 65534, 65534)
    replace_file(path, b"two", mode=0o600)
    assert (path.stat().st_uid, path.stat().st_gid) == (65534, 65534)


def test_a_link_is_replaced_and_what_it_leads_to_is_not_touched(tmp_path: Path) -> None:
    victim, path = tmp_path / "victim", tmp_path / "file"
    victim.write_bytes(b"mine")
    path.symlink_to(victim)
    replace_file(path, b"two", mode=0o600)
    assert (path.is_symlink(), path.read_bytes(), victim.read_bytes()) == (False, b"two", b"mine")


def test_where_it_fails_nothing_is_left_and_the_old_one_stays(tmp_path: Path) -> None:
    path = tmp_path / "folder"
    path.mkdir()
    (path / "inside").touch()
    with pytest.raises(OSError, match="directory"):
        replace_file(path, b"two", mode=0o600)
    assert list(tmp_path.iterdir()) == [path]


def test_where_what_writes_it_fails_nothing_is_left_and_the_old_one_stays(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"one")
    with pytest.raises(TypeError), replacing(path, mode=0o600) as file:
        file.writelines([b"t", "wo"])  # type: ignore[list-item]
    assert (list(tmp_path.iterdir()), path.read_bytes()) == ([path], b"one")


def test_a_folder_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        sync_folder(tmp_path / "absent")
