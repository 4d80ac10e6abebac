"""What an attempt tells beside its score."""

from __future__ import annotations

from collections.abc import Sequence

from quizengine.attempt import Response
from quizengine.form import Place
from quizengine.hindsight import SLOWEST, Changes, Sureness, changes, pace, sureness, traps
from quizengine.question import Answer, Kind, Question
from quizengine.scoring import Marked, Result
from tests.builders import a_question, a_single


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
