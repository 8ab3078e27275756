import json
import os
import shutil
import stat
import subprocess
import sys

import pytest

from nxcast.consumers.client.cursor import Cursor, CursorError
from nxcast.consumers.client.position import POSITION_MAX, Position

AT = Position(7, {"nxdomain/MX/": 3}, ("nxdomain/",))
GOOD = {"version": 1, "subscribed": ["nxdomain/"], "epoch": 7, "topics": {"nxdomain/MX/": 3}}


@pytest.fixture
def opened():
    """Opens cursors that are closed at the end of the test."""
    cursors = []

    def open_cursor(path, *topics):
        cursors.append(Cursor(path, topics or ["nxdomain/"]))
        return cursors[-1]

    yield open_cursor
    for cursor in cursors:
        cursor.close()


def saved(path, *topics):
    """A cursor file of the run before."""
    cursor = Cursor(path, topics or ["nxdomain/"])
    cursor.save(AT)
    cursor.close()


def names(folder):
    return sorted(file.name for file in folder.iterdir())


def test_a_position_is_kept(opened, tmp_path):
    path = tmp_path / "cursor.json"
    cursor = opened(path)
    assert cursor.position is None
    cursor.save(AT)
    cursor.close()
    assert json.loads(path.read_text()) == GOOD
    assert names(tmp_path) == ["cursor.json"]
    assert opened(path).position == AT


def test_what_is_said_already_is_not_written_again(opened, tmp_path):
    path = tmp_path / "cursor.json"
    cursor = opened(path)
    cursor.save(AT)
    path.unlink()
    cursor.save(AT)
    assert not path.exists()


def test_the_order_of_topics_means_nothing(opened, tmp_path):
    path = tmp_path / "cursor.json"
    saved(path, "nxdomain/", "dns-errors/")
    assert opened(path, "dns-errors/", "nxdomain/").position == AT.of(["nxdomain/", "dns-errors/"])


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\xff",
        b"[]",
        b"{}",
        b"[" * 100_000,
        b" " * (POSITION_MAX + 1),
        json.dumps({**GOOD, "version": 2}).encode(),
        json.dumps({**GOOD, "epoch": -1}).encode(),
        json.dumps({**GOOD, "topics": {"nxdomain/MX/": "3"}}).encode(),
        json.dumps({**GOOD, "topics": dict.fromkeys(map(str, range(2000)), 1)}).encode(),
        json.dumps({**GOOD, "later": 1}).encode(),
    ],
)
def test_a_file_that_is_no_cursor_is_refused_and_left_as_it_is(tmp_path, content):
    path = tmp_path / "cursor.json"
    path.write_bytes(content)
    with pytest.raises(ValueError, match=r"cursor\.json is no cursor file of nxcast: ") as caught:
        Cursor(path, ["nxdomain/"])
    assert str(caught.value).isprintable()
    assert path.read_bytes() == content


def test_a_cursor_of_other_topics_is_refused(tmp_path):
    path = tmp_path / "cursor.json"
    saved(path)
    with pytest.raises(ValueError, match=r"cursor\.json is the cursor of nxdomain/, not of dns-errors/"):
        Cursor(path, ["dns-errors/"])
    assert names(tmp_path) == ["cursor.json"]


def test_what_cannot_be_read_or_written_is_told(opened, tmp_path):
    with pytest.raises(CursorError, match=r"can't read .*is a directory"):
        Cursor(tmp_path, ["nxdomain/"])
    with pytest.raises(CursorError, match=r"can't write .*no such file or directory"):
        Cursor(tmp_path / "absent" / "cursor.json", ["nxdomain/"])
    folder = tmp_path / "gone"
    folder.mkdir()
    cursor = opened(folder / "cursor.json")
    shutil.rmtree(folder)
    with pytest.raises(CursorError, match=r"can't write .*no such file or directory"):
        cursor.save(AT)


def test_what_is_no_file_is_refused_and_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(ValueError, match="pipe is no file that a cursor can be kept in"):
        Cursor(tmp_path / "pipe", ["nxdomain/"])


def test_a_second_subscriber_of_the_same_program_is_refused_until_the_first_has_closed(opened, tmp_path):
    path = tmp_path / "cursor.json"
    first = opened(path)
    for _ in range(2):
        with pytest.raises(CursorError) as raised:
            Cursor(path, ["nxdomain/"])
        assert str(raised.value) == (
            f"{path} is in use by another Subscriber of this program: close that, or name another file"
        )
    first.close()
    opened(path)


HOLDER = """
import sys
from nxcast.consumers.client.cursor import Cursor
cursor = Cursor(sys.argv[1], ["nxdomain/"])
print("held", flush=True)
sys.stdin.read()
"""


def test_another_process_is_named_and_a_kill_lets_go(opened, tmp_path):
    path = tmp_path / "cursor.json"
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    with holder:
        assert holder.stdout.readline() == "held\n"
        with pytest.raises(CursorError) as raised:
            Cursor(path, ["nxdomain/"])
        holder.kill()
    assert str(raised.value) == (
        f"{path} is in use by process {holder.pid}: end that first, or name another file"
    )
    cursor = opened(path)
    cursor.save(AT)
    cursor.close()
    assert names(tmp_path) == ["cursor.json"]


def test_a_lock_that_says_nothing_or_lies_is_a_lock_all_the_same(opened, tmp_path):
    path, lock = tmp_path / "cursor.json", tmp_path / ".cursor.json.lock"
    opened(path)
    for text in (b"", b"\x1b[2J", b"9" * 5000):
        lock.write_bytes(text)
        with pytest.raises(CursorError, match=r"is in use by (another process|process 9{20}): ") as raised:
            Cursor(path, ["nxdomain/"])
        assert str(raised.value).isprintable()


def test_a_lock_that_is_a_link_is_not_followed(tmp_path):
    victim = tmp_path / "victim"
    victim.write_text("mine")
    (tmp_path / ".cursor.json.lock").symlink_to(victim)
    with pytest.raises(CursorError, match=r"can't write .*too many levels of symbolic links"):
        Cursor(tmp_path / "cursor.json", ["nxdomain/"])
    assert victim.read_text() == "mine"


def test_what_another_put_in_the_place_of_the_file_is_never_written_through(opened, tmp_path):
    path, victim = tmp_path / "cursor.json", tmp_path / "victim"
    victim.write_text("mine")
    cursor = opened(path)
    path.symlink_to(victim)
    cursor.save(AT)
    assert victim.read_text() == "mine"
    assert not path.is_symlink()
    assert json.loads(path.read_text()) == GOOD


def test_a_kill_at_any_moment_leaves_the_file_before_or_the_one_after_and_the_folder_is_synced_last(
    opened, tmp_path, monkeypatch
):
    path = tmp_path / "cursor.json"
    saved(path)
    cursor = opened(path)
    calls = []

    def watched(name, call):
        def called(*args):
            folder = name == "fsync" and stat.S_ISDIR(os.fstat(args[0]).st_mode)
            calls.append("sync of the folder" if folder else name)
            assert json.loads(path.read_text())["topics"]["nxdomain/MX/"] == (4 if folder else 3)
            return call(*args)

        monkeypatch.setattr(os, name, called)

    watched("fsync", os.fsync)
    watched("replace", os.replace)
    cursor.save(AT._replace(topics={"nxdomain/MX/": 4}))
    assert calls == ["fsync", "replace", "sync of the folder"]


def test_what_a_killed_run_left_is_removed_and_what_is_of_others_is_not(opened, tmp_path):
    others = [".a.b.01234567.part", ".a.json.part", "a.part", ".a.012345678.part"]
    for name in (".a.01234567.part", *others):
        (tmp_path / name).touch()
    opened(tmp_path / "a").close()
    assert names(tmp_path) == sorted(others)
