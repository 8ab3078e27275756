"""The file of families that somebody has looked at."""

import pytest

from nxcast.consumers.questions.dga.known import Known, read_known
from nxcast.consumers.show.console import CommandError


def test_a_line_is_a_family(tmp_path):
    path = tmp_path / "known"
    path.write_text("# looked at\n\nadhosts letters 12-20 com.,NET  # dead hosts\nhashes hex 32 xyz.\n")
    assert read_known(str(path)) == (
        Known("adhosts", "letters", 12, 20, frozenset({"com.", "net."})),
        Known("hashes", "hex", 32, 32, frozenset({"xyz."})),
    )


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("adhosts", "a name, an alphabet, lengths and suffixes expected"),
        ("adhosts letters 12 to 20 com.", "a name, an alphabet, lengths and suffixes expected"),
        ("adhosts runes 12-20 com.", "what alphabet is 'runes'?"),
        ("adhosts letters many com.", "what lengths are 'many'?"),
    ],
)
def test_what_cannot_be_read_is_told_with_its_line(tmp_path, line, told):
    path = tmp_path / "known"
    path.write_text(f"# one\n{line}\n")
    with pytest.raises(CommandError, match=rf"known:2: {told}".replace("?", "[?]")):
        read_known(str(path))


def test_a_file_that_is_not_there_is_told(tmp_path):
    with pytest.raises(CommandError, match=r"can't read .*: no such file"):
        read_known(str(tmp_path / "absent"))
