"""Lists that users write: what is read, what is found, and the line of what is wrong."""

from ipaddress import ip_address

import pytest

from nxcast.consumers.names.fold import fold
from nxcast.consumers.questions.loop import lists
from nxcast.consumers.questions.loop.lists import Watched, read_list
from nxcast.consumers.show.console import CommandError


@pytest.fixture
def write(tmp_path):
    def written(text):
        path = tmp_path / "watch.txt"
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return str(path)

    return written


def test_entries_with_comments_blanks_and_marks(write):
    path = write(
        "# ours\n\nExample.COM  quiet # since May\n192.0.2.0/24\n2001:db8::/32 quiet\n192.0.2.7\n_x.a.\n"
    )
    entries = read_list(path, marks={"quiet"})
    assert [(entry.line, entry.text, sorted(entry.marks)) for entry in entries] == [
        (3, "example.com.", ["quiet"]),
        (4, "192.0.2.0/24", []),
        (5, "2001:db8::/32", ["quiet"]),
        (6, "192.0.2.7", []),
        (7, "_x.a.", []),
    ]


@pytest.mark.parametrize(
    ("line", "text"),
    [
        (r"\069xample\046com", "example.com.".replace(".c", r"\.c")),
        ("2001:0DB8:0::53", "2001:db8::53"),
        ("2001:0DB8::/32", "2001:db8::/32"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("192.0.2.7/32", "192.0.2.7"),
        ("::ffff:192.0.2.0/120", "192.0.2.0/24"),
    ],
)
def test_an_entry_is_one_text_however_it_is_written(write, line, text):
    assert [entry.text for entry in read_list(write(line))] == [text]


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("exa mple.com", "what is 'mple.com'? (one entry a line)"),
        ("-.-!", "a domain or a network expected, not '-.-!'"),
        ("192.0.2.1/24", "192.0.2.1/24 has host bits set"),
        ("300.1.1.1", "'300.1.1.1' does not appear to be an IPv4 or IPv6 network"),
        ("a..b", "a domain or a network expected, not 'a..b'"),
        ("x" * 64 + ".example", "a domain or a network expected"),
        ("a" * 2000, "2,000 characters are no domain"),
        (
            "münchen.example",
            "'münchen.example' is not in ASCII: write a domain of other letters by its A-labels (xn--...)",
        ),
        ("a.example # " + "x" * 5000, "a line over 4,096 octets"),
    ],
)
def test_a_wrong_line_is_told_with_its_number(write, line, told):
    path = write(f"good.example\n{line}\n")
    with pytest.raises(CommandError) as caught:
        read_list(path)
    assert str(caught.value).startswith(f"{path}:2: ")
    assert told in str(caught.value)


def test_where_only_domains_are_expected_an_address_is_wrong(write):
    with pytest.raises(CommandError, match=r":1: a domain expected, not the address '192.0.2.1'"):
        read_list(write("192.0.2.1"), networks=False)


def test_an_unknown_mark_is_told_with_those_there_are(write):
    with pytest.raises(CommandError, match=r":1: what is 'loud'\? \(the marks are quiet\)"):
        read_list(write("a.example loud"), marks={"quiet"})


def test_no_file_no_text_too_many_lines(write, tmp_path, monkeypatch):
    with pytest.raises(CommandError, match=r"can't read .*: no such file or directory"):
        read_list(str(tmp_path / "none"))
    with pytest.raises(CommandError, match="is no text in UTF-8: octet 3"):
        read_list(write(b"a\n\xff"))
    monkeypatch.setattr(lists, "LINES_MAX", 2)
    with pytest.raises(CommandError, match="has over 2 lines"):
        read_list(write("a\nb\nc\n"))
    assert len(read_list(write("a\nb\n"))) == 2


def test_a_file_without_end_is_read_no_further_than_the_limits():
    with pytest.raises(CommandError, match="/dev/zero:1: a line over 4,096 octets"):
        read_list("/dev/zero")


def test_a_byte_order_mark_is_no_part_of_the_first_line(write):
    for text in ("\ufeffexample.com\r\nexample.org\r\n", "\ufeff# ours\nexample.com\nexample.org\n"):
        assert [entry.text for entry in read_list(write(text))] == ["example.com.", "example.org."]
    with pytest.raises(CommandError, match=":2: "):
        read_list(write("example.com\n\ufeffexample.org\n"))


def test_the_narrowest_entry_is_found(write):
    watched = Watched(
        read_list(write("example.\na.example.\n10.0.0.0/8\n10.1.0.0/16\n2001:db8::/32\n10.1.2.3\n"))
    )
    assert len(watched) == 6
    names = {
        "x.a.example.": "a.example.",
        "a.example.": "a.example.",
        "b.example.": "example.",
        "notexample.": None,
    }
    assert {name: _text(watched.name(name)) for name in names} == names
    addresses = {
        "10.2.0.1": "10.0.0.0/8",
        "10.1.9.9": "10.1.0.0/16",
        "10.1.2.3": "10.1.2.3",
        "2001:db8:1::1": "2001:db8::/32",
        "11.0.0.1": None,
        "::a01:203": None,  # the number of 10.1.2.3, as IPv6
    }
    assert {address: _text(watched.address(ip_address(address))) for address in addresses} == addresses


HOSTILE = {
    "1." * 120: None,
    "1." * 500 + "example.": "example.",
    "\\." * 500 + ".example.": "example.",
    "\\." * 500 + "example.": None,  # one label
    "x\\.example.": None,
    "x\\\\.example.": "example.",
    "\\" * 1000 + ".example.": "example.",
    "\\" * 1001 + ".example.": None,
    "x.a\\.b.c.example.": "a\\.b.c.example.",
    "x\\.a\\.b.c.example.": "c.example.",
    "a.b.c.example.": "c.example.",
    ".example.": "example.",
    "x..example.": "example.",
    "example": None,
    "." * 1004: None,
    ".": None,
    "": None,
}


@pytest.mark.parametrize(("name", "expected"), HOSTILE.items(), ids=lambda value: str(value)[:20])
def test_entries_are_found_in_whatever_name(write, name, expected):
    watched = Watched(read_list(write("example.\nc.example.\na\\.b.c.example.\n")))
    assert _text(watched.name(name)) == expected


def test_of_a_long_name_only_as_many_ends_are_looked_at_as_entries_have_labels(write):
    class Counted(dict):
        asked = 0

        def get(self, *arguments):
            self.asked += 1
            return super().get(*arguments)

    watched = Watched(read_list(write("example.\nc.example.\n")))
    watched._domains = counted = Counted(watched._domains)
    assert watched.name("a." * 500 + "c.example.").text == "c.example."
    assert counted.asked == 2


def test_an_empty_list_finds_nothing():
    watched = Watched([])
    assert (len(watched), watched.name("a."), watched.name("."), watched.address(ip_address("::"))) == (
        0,
        None,
        None,
        None,
    )


def test_names_fold_in_ascii_only():
    assert fold("ExAmPlE.") == "example."
    assert fold("É.") == "É."


def _text(entry):
    return entry and entry.text
