"""What the look of options says of the key, counted by hand."""

from __future__ import annotations

import pytest

from quizengine import bias
from quizengine.question import MultipleQuestion, SingleQuestion
from quizengine.rule import Given
from quizengine.rules import RULES
from tests.builders import a_choice
from tests.lint_examples import TODAY, a_fair_bank, asking

RULE = {rule.number: rule for rule in RULES}


def with_lengths(*lengths: int, keys: tuple[int, ...] = (0,)) -> bias.Optioned:
    """A question whose options are so many characters long; `keys` are the places of the key."""
    options = [
        a_choice(f"choice-{n}", n in keys) | {"text": "abcdef"[n] * length}
        for n, length in enumerate(lengths)
    ]
    question = asking("single" if len(keys) == 1 else "multiple", options=options)
    assert isinstance(question, SingleQuestion | MultipleQuestion)
    return question


def length(option: object, _: object) -> float:
    return len(getattr(option, "text", ""))


@pytest.mark.parametrize(
    ("lengths", "keys", "found", "chance"),
    [
        ((9, 3, 3, 3), (0,), 1.0, 0.25),
        ((3, 9, 3, 3), (0,), 0.0, 0.25),
        ((9, 9, 3, 3), (0,), 0.5, 0.25),
        ((9, 9, 9, 9), (0,), 0.25, 0.25),
        ((9, 3, 3, 3, 3), (0, 1), 1.0, 0.4),
        ((9, 9, 9, 3, 3), (0, 1), 2 / 3, 0.4),
        ((9, 9, 9, 9, 9, 9), (0, 1, 2), 0.5, 0.5),
    ],
)
def test_options_that_tie_for_the_longest_count_with_their_share(
    lengths: tuple[int, ...], keys: tuple[int, ...], found: float, chance: float
) -> None:
    shares = bias.led_by_the_key([with_lengths(*lengths, keys=keys)], length)
    assert shares == pytest.approx((found, chance))


def test_chance_is_computed_for_each_question_from_its_own_options_and_keys() -> None:
    questions = [with_lengths(9, 3, 3, 3), with_lengths(9, 3, 3, 3, 3, keys=(0, 1))]
    assert bias.led_by_the_key(questions, length)[1] == pytest.approx((0.25 + 0.4) / 2)


@pytest.mark.parametrize(
    ("lengths", "area"),
    [((9, 3, 3, 3), 1.0), ((3, 9, 9, 9), 0.0), ((3, 3, 3, 3), 0.5), ((5, 9, 5, 3), 0.5)],
)
def test_a_score_that_tells_nothing_has_an_area_of_a_half(
    lengths: tuple[int, ...], area: float
) -> None:
    assert bias.key_beats_the_rest([with_lengths(*lengths)], length) == pytest.approx(area)


def test_a_word_is_one_of_the_list_only_as_a_whole_and_in_any_case() -> None:
    options = [a_choice(f"choice-{n}", n == 0) for n in range(4)]
    texts = ("Never wait.", "Nevertheless wait.", "Wait nowhere near.", "ALWAYS wait.")
    question = asking(options=[o | {"text": t} for o, t in zip(options, texts, strict=True)])
    assert isinstance(question, SingleQuestion)
    assert bias.with_one_of([question], bias.ABSOLUTES) == pytest.approx((1.0, 1 / 3))


def test_chi_square_is_that_of_the_textbook() -> None:
    """16, 8, 8 and 0 where 8 are expected: (64 + 0 + 0 + 64) / 8 = 16."""
    bank = a_fair_bank(places=(0, 1, 0, 2))
    (problem,) = RULE["B002"].problems(Given(bank, TODAY))
    assert "16, 8, 8, 0 times" in problem.message
    assert "chi-square 16.0, at most 11.345" in problem.message


def test_places_of_two_keys_are_weighed_for_excluding_each_other() -> None:
    """Keys at the first two of five places in 13 questions: each 13 where 5.2 are expected,
    so (2 x 7.8² + 3 x 5.2²) / 5.2 x (5 - 1) / (5 - 2) = 52; drawn without replacement the
    statistic has mean 4, as chi-square with 4 degrees of freedom has."""
    questions = [
        with_lengths(3, 3, 3, 3, 3, keys=(0, 1)).model_copy(update={"id": f"pond-with-duck-{n}"})
        for n in range(13)
    ]
    bank = a_fair_bank(30, every=31)
    bank.questions.update({question.id: question for question in questions})
    (problem,) = RULE["B002"].problems(Given(bank, TODAY))
    assert problem.message.startswith("13 questions with 5 options, 2 of them right")
    assert "chi-square 52.0, at most 13.277" in problem.message


@pytest.mark.parametrize("n", [0, 1, bias.FEW - 1])
def test_too_few_questions_say_nothing(n: int) -> None:
    given = Given(a_fair_bank(n, places=(0,), ranks=(3,), every=99, wrong="never"), TODAY)
    assert [p for rule in RULES if rule.statistical for p in rule.problems(given)] == []


def test_withdrawn_questions_are_not_counted() -> None:
    bank = a_fair_bank(bias.FEW, places=(0,))
    assert list(RULE["B002"].problems(Given(bank, TODAY)))
    id, question = next(iter(bank.questions.items()))
    bank.questions[id] = question.model_copy(update={"withdrawn": "It was wrong."})
    assert not list(RULE["B002"].problems(Given(bank, TODAY)))


def test_orderings_and_matchings_have_no_say() -> None:
    bank = a_fair_bank(bias.FEW - 1, places=(0,))
    for question in (asking("ordering", "another-order"), asking("matching", "another-match")):
        bank.questions[question.id] = question
    assert not list(RULE["B002"].problems(Given(bank, TODAY)))
