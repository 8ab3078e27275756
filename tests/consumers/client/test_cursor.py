import json

import pytest

from nxcast.consumers.client.cursor import CURSOR_MAX, Cursor, CursorError
from nxcast.consumers.client.gap_detection import Position

AT = Position(7, {"nxdomain/MX/": 3})
GOOD = {"version": 1, "subscribed": ["nxdomain/"], "epoch": 7, "topics": {"nxdomain/MX/": 3}}


def test_a_position_is_kept(tmp_path):
    path = tmp_path / "cursor.json"
    cursor = Cursor(path, ["nxdomain/"])
    assert cursor.position is None
    cursor.save(AT)
    assert json.loads(path.read_text()) == GOOD
    assert Cursor(path, ["nxdomain/"]).position == AT
    assert [file.name for file in tmp_path.iterdir()] == ["cursor.json"]


def test_what_is_said_already_is_not_written_again(tmp_path):
    path = tmp_path / "cursor.json"
    cursor = Cursor(path, ["nxdomain/"])
    cursor.save(AT)
    path.unlink()
    cursor.save(AT)
    assert not path.exists()


def test_the_order_of_topics_means_nothing(tmp_path):
    path = tmp_path / "cursor.json"
    Cursor(path, ["nxdomain/", "dns-errors/"]).save(AT)
    assert Cursor(path, ["dns-errors/", "nxdomain/"]).position == AT


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\xff",
        b"[]",
        b"{}",
        b"[" * 100_000,
        b" " * (CURSOR_MAX + 1),
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
    Cursor(path, ["nxdomain/"]).save(AT)
    with pytest.raises(ValueError, match=r"cursor\.json is the cursor of nxdomain/, not of dns-errors/"):
        Cursor(path, ["dns-errors/"])


def test_what_cannot_be_read_or_written_is_told(tmp_path):
    with pytest.raises(CursorError, match=r"can't read .*is a directory"):
        Cursor(tmp_path, ["nxdomain/"])
    with pytest.raises(CursorError, match=r"can't write .*no such file or directory"):
        Cursor(tmp_path / "absent" / "cursor.json", ["nxdomain/"]).save(AT)
