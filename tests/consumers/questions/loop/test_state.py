"""State files: kept, held by one, and left alone where they are something else."""

import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from nxcast.consumers import Position
from nxcast.consumers.questions.loop.state import APPLICATION_ID, open_state
from nxcast.consumers.show.console import CommandError


class Memory:
    """A question that is nothing but what it remembers."""

    STATE_VERSION = 3

    def __init__(self, entries=()):
        self.entries = list(entries)

    def dump(self):
        return iter(self.entries)

    def load(self, entries):
        for key, value in entries:
            if key == "bad":
                raise ValueError("bad is no key")
            self.entries.append((key, value))


class Later(Memory):
    STATE_VERSION = 4


ENTRIES = [("a.example.", [1, "x", None, b"\0", {"k": 2**63}]), ("\x1b", {"1": [2.5]})]


@pytest.fixture
def path(tmp_path):
    return str(tmp_path / "state")


@pytest.fixture
def kept(path):
    with open_state(path) as state:
        state.load(Memory(), "memory")
        state.save(Memory(ENTRIES))
    return path


def _load(path, question=None, name="memory"):
    question = question or Memory()
    with open_state(path) as state:
        state.load(question, name)
    return sorted(question.entries)


def test_what_is_saved_is_loaded(kept):
    assert _load(kept) == sorted(ENTRIES)


def test_a_new_file_is_empty_and_saving_replaces(kept, tmp_path):
    assert _load(str(tmp_path / "new")) == []
    with open_state(kept) as state:
        state.load(Memory(), "memory")
        state.save(Memory([("only", 1)]))
    assert _load(kept) == [("only", 1)]


def test_the_position_is_kept_with_the_evidence_until_another_is_told(kept):
    at = Position(7, {"nxdomain/MX/": 3}, ("nxdomain/MX/",))
    for told, expected in ((None, None), (at, at), (None, at), (at._replace(epoch=8), at._replace(epoch=8))):
        with open_state(kept) as state:
            state.load(Memory(), "memory")
            state.save(Memory(ENTRIES), told)
            assert state.position() == expected


def test_a_position_that_is_damaged_is_told(kept):
    _change(kept, "CREATE TABLE position (text TEXT NOT NULL)")
    for text in ("", "{}", "7"):
        _change(kept, "DELETE FROM position")
        _change(kept, f"INSERT INTO position VALUES ('{text}')")  # noqa: S608  a text of ours
        with open_state(kept) as state, pytest.raises(CommandError, match="is damaged: "):
            state.position()


def _change(path, statement):
    with closing(sqlite3.connect(path)) as database, database:
        database.execute(statement)


def _refused(path, *, name="memory", question=None):
    """The error, and proof that the file is as it was."""
    before = Path(path).read_bytes()
    with pytest.raises(CommandError) as caught:
        _load(path, question, name)
    assert Path(path).read_bytes() == before
    return str(caught.value).replace(path, "FILE")


def test_another_questions_state_is_refused(kept):
    assert _refused(kept, name="dead") == "FILE is the state of memory, not of dead"


def test_another_version_of_the_question_is_refused(path, kept):
    assert _refused(kept, question=Later()) == "FILE is of an earlier version of memory; it is left as it is"
    with open_state(path + "2") as state:
        state.load(Later(), "memory")
    assert _refused(path + "2") == "FILE is of a later version of memory; it is left as it is"


def test_an_earlier_version_that_the_question_reads_becomes_one_of_its_own(kept):
    class Reading(Later):
        STATE_OLDEST = Memory.STATE_VERSION

    for _ in range(2):
        with open_state(kept) as state:
            question = Reading()
            state.load(question, "memory")
            assert question.entries
            state.save(question)
    assert _refused(kept) == "FILE is of a later version of memory; it is left as it is"


def test_a_file_of_a_later_layout_is_refused(kept):
    _change(kept, "PRAGMA user_version = 9")
    assert _refused(kept) == "FILE is of a later version of nxcast; it is left as it is"


def test_another_database_is_refused(path):
    _change(path, "CREATE TABLE mail (body TEXT)")
    assert _refused(path) == "FILE is no state file of nxcast"


def test_a_file_that_is_no_database_is_refused(path):
    Path(path).write_text("dear diary " * 100)
    assert _refused(path) == "FILE is no state file of nxcast (file is not a database)"


def test_damage_is_told(kept):
    _change(kept, "INSERT INTO evidence VALUES ('bad', x'01')")
    assert _refused(kept) == "FILE is damaged: bad is no key"
    _change(kept, "UPDATE evidence SET value = x'dc' ")
    assert _refused(kept).startswith("FILE is damaged: ")
    _change(kept, "DELETE FROM about")
    assert _refused(kept) == "FILE is damaged: it doesn't say whose it is"


def test_a_file_cut_short_is_told(kept):
    octets = Path(kept).read_bytes()
    Path(kept).write_bytes(octets[: len(octets) // 2])
    assert "FILE" in _refused(kept)


def test_one_process_holds_it(kept):
    with open_state(kept) as state:
        state.load(Memory(), "memory")
        code = (
            "import sys; from nxcast.consumers.questions.loop.state import APPLICATION_ID, open_state\n"
            "with open_state(sys.argv[1]): pass"
        )
        other = subprocess.run(
            [sys.executable, "-c", code, kept], capture_output=True, text=True, timeout=60, check=False
        )
    assert other.stderr.endswith(f"CommandError: state file {kept} is in use by another process\n")


def test_a_folder_or_no_folder_is_told(tmp_path):
    for path in (str(tmp_path), str(tmp_path / "none" / "state")):
        with pytest.raises(CommandError, match=r"no such file or directory|is a directory"), open_state(path):
            pass


@pytest.mark.parametrize("path", ["", ":memory:"])
def test_what_sqlite_would_forget_is_no_state_file(path):
    with pytest.raises(CommandError, match="a state file has a name"), open_state(path):
        pass


def test_a_state_is_for_its_owner_only(kept):
    assert Path(kept).stat().st_mode & 0o777 == 0o600


def test_a_file_without_its_tables_is_damaged(path):
    _change(path, f"PRAGMA application_id = {APPLICATION_ID}")
    assert _refused(path) == "FILE is damaged: it doesn't say whose it is"


def test_a_save_that_fails_leaves_what_was(kept):
    class Broken(Memory):
        def dump(self):
            yield ("new", 1)
            raise RuntimeError("a bug of ours")

    with open_state(kept) as state:
        state.load(Memory(), "memory")
        with pytest.raises(RuntimeError):
            state.save(Broken())
    assert _load(kept) == sorted(ENTRIES)
