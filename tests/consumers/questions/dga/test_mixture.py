from nxcast.consumers.questions.dga.mixture import Cell, Plain, certainties


def plain(names, features=("com.", 8, 0)):
    made = Plain()
    for _ in range(names):
        made.add(features)
    return made


def cell(names, features=("com.", 8, 0), chosen=0.01, drawn=0.5):
    return Cell(features, chosen, drawn, names)


def test_as_many_odd_looking_names_as_chosen_ones_have_are_not_taken_for_drawn():
    (certainty,) = certainties([cell(1)], plain(100), {0: 100})
    assert certainty < 0.8


def test_far_more_odd_looking_names_than_chosen_ones_have_are_drawn():
    (certainty,) = certainties([cell(100)], plain(100), {0: 100})
    assert certainty > 0.95


def test_the_same_look_is_surer_in_the_burst_than_beside_it():
    burst, beside = cell(100, ("com.", 8, 1)), cell(2, ("com.", 8, 2))
    sure, unsure = certainties([burst, beside], plain(100), {0: 100, 1: 100, 2: 100})
    assert sure > 0.99 > unsure


def test_the_same_look_is_surer_under_the_suffixes_of_the_others():
    mine, other = cell(100, ("ru.", 8, 0)), cell(2, ("org.", 8, 0))
    sure, unsure = certainties([mine, other], plain(100, ("org.", 8, 0)), {0: 100})
    assert sure > 0.99 > unsure


def test_without_any_plain_name_it_still_answers():
    assert 0 <= certainties([cell(1)], Plain(), {})[0] <= 1
    assert certainties([], Plain(), {}) == []
