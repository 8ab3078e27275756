"""What labels tell of another one."""

from itertools import islice
from random import Random
from statistics import median

from bench.dga_ordinary import ordinary
from nxcast.consumers.questions.dga.label_codes import Code
from nxcast.consumers.questions.dga.traps import candidate

LETTERS = "abcdefghijklmnopqrstuvwxyz"


def pronounceable(count, seed=1):
    """Names drawn of syllables, which look much as chosen ones do."""
    rng = Random(seed)
    return [
        "".join(
            rng.choice("bcdfghklmnprstvz") + rng.choice("aeiou") + rng.choice(("", "", rng.choice("nrslmt")))
            for _ in range(4)
        )
        for _ in range(count)
    ]


def chosen(count):
    found = (candidate(each.qname, each.soa) for each in ordinary(3))
    return list(islice((name[0] for name in found if name is not None and name[0].isalpha()), count))


def gains(code, labels):
    return [code.gain(label) for label in labels]


def test_a_few_dozen_names_that_can_be_pronounced_tell_of_others_drawn_so():
    code = Code(pronounceable(45))
    assert median(gains(code, pronounceable(100, seed=2))) > 2.0
    assert median(gains(code, chosen(100))) < -2.0


def test_words_tell_of_others_joined_of_the_same():
    words = ("bridge", "market", "garden", "kitchen", "weather", "journal", "storage", "soccer")
    pairs = [one + two for one in words for two in words]
    code = Code(pairs[::2])
    assert median(gains(code, pairs[1::2])) > 10.0
    assert median(gains(code, chosen(100))) < -2.0


def test_no_labels_tell_next_to_nothing_and_hyphens_nothing():
    assert Code(["gardenmarket"]).gain("garden-market") == Code(["garden-market"]).gain("gardenmarket") > 0.0
    assert Code([]).gain("gardenmarket") < 0.0
