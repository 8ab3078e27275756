from random import Random
from unittest.mock import patch

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from nxcast.consumers.questions.dga import lexical
from nxcast.consumers.questions.dga.lexical import (
    EDGES,
    INSTALLED,
    KINDS,
    NO_LEVEL,
    SYMBOLS,
    level_of,
    look,
    score,
    tables,
)

LETTERS = "abcdefghijklmnopqrstuvwxyz"
ALPHABETS = {
    "letters": LETTERS,
    "alphanumeric": LETTERS + "0123456789",
    "hex": "0123456789abcdef",
}


@pytest.mark.parametrize(
    ("label", "kind"),
    [
        ("qxkzjvwp", "letters"),
        ("kawisoruna", "syllables"),
        ("akiwosurun", "syllables"),
        ("koira", "letters"),
        ("x7k2mq", "alphanumeric"),
        ("a1b2c3d4", "hex"),
        ("a1b2c3", "alphanumeric"),
        ("0123456789abcdef0123456789abcdef", "hex"),
    ],
)
def test_a_label_is_of_the_narrowest_alphabet_that_it_keeps_to(label, kind):
    looked = look(label)
    assert looked is not None
    assert (looked.kind, looked.length) == (kind, len(label))


@pytest.mark.parametrize(
    "label", ["", "abcd", "12345678", "xn--bcher-kva", "made-up", "caf\\195", "ä" * 9, "x" * 4]
)
def test_short_numeric_hyphenated_and_foreign_labels_have_no_look(label):
    assert look(label) is None
    assert level_of(label) == NO_LEVEL


@pytest.mark.parametrize(
    "label",
    [
        "jyvaskylanmatkailu",
        "szczecinskieogrody",
        "versicherungsmakler",
        "zhongguoxinwen",
        "photography",
        "wikipedai",
    ],
)
def test_names_of_many_languages_and_typing_errors_do_not_look_drawn(label):
    looked = look(label)
    assert looked is not None
    assert score(label, looked.kind) < 0


@pytest.mark.parametrize("kind", ALPHABETS)
def test_drawn_names_look_drawn(kind):
    rng = Random(1)
    drawn = ["".join(rng.choices(ALPHABETS[kind], k=14)) for _ in range(300)]
    assert sum(score(label, kind) > 0 for label in drawn if (one := look(label)) and one.kind == kind) > 270


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("length", [5, 8, 9, 12, 17, 63])
def test_there_is_a_table_for_every_kind_and_length(kind, length):
    table = tables(kind, length)
    assert len(table.chosen) == len(table.drawn) == len(EDGES) + 1
    assert sum(table.drawn) == pytest.approx(1, abs=1e-4)
    assert all(share > 0 for share in table.chosen)
    assert table.drawn[-1] > table.chosen[-1]


_SYLLABLES = st.tuples(st.sampled_from("aeiouy"), st.sampled_from("bcdfgklmnprstvxz")).map("".join)
_LABELS = st.one_of(
    st.text(SYMBOLS, max_size=66),
    st.text("0123456789abcdef", max_size=66),
    st.lists(_SYLLABLES, max_size=33).map("".join),
    st.tuples(st.sampled_from(("", "k", "a")), st.lists(_SYLLABLES, max_size=33).map("".join)).map("".join),
    st.text(max_size=66),
)


@pytest.mark.skipif(not INSTALLED, reason="no C compiler where nxcast was installed")
@given(_LABELS)
@example("\0" * 9)
@example("\ud800" * 9)
@example("ABCDEFGH")
def test_python_and_the_kernel_look_the_same_at_a_label(label):
    assert looks_agree(label)


def looks_agree(label: str) -> bool:
    """Whether both are of one mind; fuzzing of the kernel asks too."""
    compiled = look(label), level_of(label)
    with patch.object(lexical, "INSTALLED", new=False):
        return (look(label), level_of(label)) == compiled
