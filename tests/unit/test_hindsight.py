"""What an attempt tells beside its score."""

from __future__ import annotations

import random
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quizengine.attempt import Response
from quizengine.form import Place
from quizengine.hindsight import (
    ADVICE,
    LEAST_CAUGHT,
    SHOW,
    SLOWEST,
    Changes,
    Lure,
    Sureness,
    changes,
    lure,
    lure_of,
    pace,
    sureness,
    traps,
)
from quizengine.question import TRAPS, Answer, Kind, Question, Trap
from quizengine.scoring import Marked, Result
from tests.builders import a_choice, a_question, a_single


def marked(question: Question, *answers: Answer, n: int = 1, **more: object) -> Marked:
    """The question with these answers, one after the other."""
    place = Place(
        question=question.id, digest=question.digest(), order=question.shuffled, scored=True
    )
    last = answers[-1] if answers else ()
    response = Response(answer=last, answers=answers, **more)  # type: ignore[arg-type]
    return Marked(n, place, question, response)


def a_result(questions: Sequence[Marked]) -> Result:
    return Result(0, len(questions), 100, (100, 100), 750, (), tuple(questions))


def of(kind: Kind) -> Question:
    return a_question(kind)


def test_a_change_for_the_better_and_one_for_the_worse() -> None:
    question = a_single("q", "a")
    found = changes(
        a_result(
            [
                marked(question, ("b",), ("a",)),
                marked(question, ("a",), ("b",)),
                marked(question, ("b",), ("c",)),
                marked(question, ("a",)),
                marked(question, ("a",), ("b",), ("a",)),
                marked(question),
            ]
        )
    )
    assert found == Changes(count=3, better=1, worse=1)


def test_an_answer_taken_back_is_a_change() -> None:
    question = a_single("q", "a")
    assert changes(a_result([marked(question, ("a",), ())])) == Changes(1, 0, 1)


def test_an_answer_that_is_being_put_together_is_no_change() -> None:
    multiple, matching = of("multiple"), of("matching")
    steps = [("supervised", "", ""), ("supervised", "unsupervised", ""), matching.key]
    found = changes(
        a_result(
            [
                marked(multiple, ("right-a",), ("right-a", "right-b")),
                marked(matching, *steps),
                marked(of("ordering"), ("deploy", "train", "clean", "collect"), of("ordering").key),
            ]
        )
    )
    assert found == Changes(0, 0, 0)


def test_the_traps_that_caught_are_counted() -> None:
    multiple = of("multiple")
    found = traps(
        a_result(
            [
                marked(a_single("q", "a"), ("b",)),
                marked(a_single("r", "a"), ("a",)),
                marked(multiple, ("wrong-a", "wrong-b")),
                marked(of("matching"), ("supervised",) * 3),
                marked(of("ordering"), ("deploy", "train", "clean", "collect")),
            ]
        )
    )
    assert found == {"stage": 3}


def test_the_pace_is_the_median_and_the_slowest_few() -> None:
    question = a_single("q", "a")
    spent = [5_000, 0, 90_000, 20_000, 10_000, 1_000]
    found = pace(a_result([marked(question, n=n, spent=ms) for n, ms in enumerate(spent, 1)]))
    assert found is not None
    assert found.median == 10_000
    assert [each.number for each in found.slowest] == [3, 4, 5]
    assert len(found.slowest) == SLOWEST


def test_without_a_look_at_any_question_there_is_no_pace() -> None:
    assert pace(a_result([])) is None
    assert pace(a_result([marked(a_single("q", "a"))])) is None


def test_how_sure_is_compared_with_how_right() -> None:
    question = a_single("q", "a")
    found = sureness(
        a_result(
            [
                marked(question, ("a",), sure=True),
                marked(question, ("b",), sure=True),
                marked(question, ("a",), sure=False),
                marked(question, ("a",)),
                marked(question, sure=True),  # sure of nothing
            ]
        )
    )
    assert found == Sureness(sure=2, sure_right=1, unsure=1, unsure_right=1)


# The trap one falls for most


def trapping(*set_by: Trap, id: str = "q") -> Question:
    """Its key is `right`; the wrong options are called by their number, each with its trap."""
    wrong = [{**a_choice(str(n), False), "id": f"w{n}", "trap": t} for n, t in enumerate(set_by)]
    return a_question("single", id, options=[a_choice("right", True), *wrong])


MIXED = trapping("stage", "boundary", "elsewhere")


def test_a_trap_that_catches_again_and_again_is_told_beside_chance() -> None:
    found = lure([(MIXED, ("w0",))] * 6 + [(MIXED, ("w1",)), (MIXED, ("right",))])
    assert found is not None
    assert (found.trap, found.caught, found.offered) == ("stage", 6, 8)
    assert found.expected == pytest.approx(7 / 3)


def test_too_few_falls_say_nothing_however_one_sided() -> None:
    assert lure([(MIXED, ("w0",))] * (LEAST_CAUGHT - 1)) is None
    assert lure([(MIXED, ("w0",))] * LEAST_CAUGHT) is not None


def test_a_trap_that_is_on_offer_everywhere_is_no_habit() -> None:
    everywhere = trapping("stage", "stage", "stage")
    assert lure([(everywhere, ("w0",))] * 50) is None
    mostly = trapping("stage", "stage", "boundary")
    assert lure([(mostly, (f"w{n % 3}",)) for n in range(30)]) is None


def test_a_rare_trap_that_catches_wins_over_a_common_one_that_is_chance() -> None:
    mostly = trapping("stage", "stage", "constraint")
    found = lure([(mostly, ("w2",))] * 10 + [(mostly, ("w0",))] * 9)
    assert found is not None
    assert found.trap == "constraint"
    assert found.expected == pytest.approx(19 / 3)


def test_all_wrong_options_of_a_multiple_that_can_be_picked_prove_nothing() -> None:
    multiple = of("multiple")
    assert lure([(multiple, ("wrong-a", "wrong-b"))] * 20) is None


def test_what_tells_no_trap_and_blanks_are_left_out() -> None:
    asked: list[tuple[Question, Answer]]
    asked = [(of("ordering"), ("deploy", "train", "clean", "collect")), (MIXED, ())]
    assert lure(asked * 20) is None
    assert lure([]) is None


@given(st.lists(st.sampled_from(["w0", "w1", "w2", "right"]), max_size=40), st.randoms())
def test_the_order_of_the_answers_does_not_matter(picks: list[str], rng: random.Random) -> None:
    answers = [(MIXED, (pick,)) for pick in picks]
    mixed = rng.sample(answers, len(answers))
    one, other = lure(answers), lure(mixed)
    assert (one and (one.trap, one.caught)) == (other and (other.trap, other.caught))


def test_each_trap_has_one_sentence_on_how_to_avoid_it() -> None:
    assert ADVICE.keys() == TRAPS.keys()
    assert all(said.endswith(".") and said.count(".") == 1 for said in ADVICE.values())
    assert Lure("stage", 6, 2.3, 8).told.startswith("It caught you 6 times in 8 questions")


def test_the_questions_that_show_it_best_are_those_of_which_one_was_sure() -> None:
    missed = [marked(MIXED, ("w0",), n=n, sure=n == 4 or None) for n in range(1, 7)]
    found = lure_of(a_result([*missed, marked(MIXED, ("w1",), n=7)]))
    assert found is not None
    assert [each.number for each in found[1]] == [4, 1, 2]
    assert len(found[1]) == SHOW
    assert lure_of(a_result(missed[:2])) is None
