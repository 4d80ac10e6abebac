"""The scaled estimate, the domains, and what counts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quizengine.attempt import Attempt, fold
from quizengine.bank import LoadedBank
from quizengine.exam import Exam
from quizengine.question import Answer
from quizengine.scoring import CUT, DomainResult, Result, scaled, score
from tests.builders import Desk, a_bank, a_plan, a_short_exam, a_start, an_event, an_exam

SHORT = a_short_exam()
BANK = a_bank(8, exam=SHORT)
ATTEMPT = fold([a_start(a_plan(Desk(BANK).study()))])
SCORED = [p.question for p in ATTEMPT.form.places if p.scored]
UNSCORED = [p.question for p in ATTEMPT.form.places if not p.scored]


def result(answers: Mapping[str, Answer], *, exam: Exam = SHORT, bank: LoadedBank = BANK) -> Result:
    events = [
        an_event("answered", question, picked=list(picked), complete=True)
        for question, picked in answers.items()
    ]
    attempt: Attempt = fold([a_start(a_plan(Desk(BANK).study())), *events])
    return score(exam, attempt, bank.questions)


def all_right(questions: Iterable[str]) -> dict[str, Answer]:
    return dict.fromkeys(questions, ("right",))


# The scaled score


def test_nothing_right_is_100_and_all_right_is_1000() -> None:
    assert scaled(0, 750) == 100
    assert scaled(1, 750) == 1000


@pytest.mark.parametrize("mark", [700, 720, 750])
def test_the_cut_is_exactly_the_pass_mark(mark: int) -> None:
    assert scaled(CUT, mark) == mark
    assert scaled(36 / 50, mark) == mark
    assert scaled(35 / 50, mark) < mark


def test_halfway_to_the_cut_and_halfway_beyond_it_lie_halfway_between_the_scores() -> None:
    assert scaled(CUT / 2, 750) == 425
    assert scaled((1 + CUT) / 2, 750) == 875


@given(st.floats(0, 1), st.integers(100, 1000), st.floats(0.01, 0.99))
def test_a_score_stays_within_100_and_1000(share: float, mark: int, cut: float) -> None:
    assert 100 <= scaled(share, mark, cut) <= 1000


@given(st.floats(0, 1), st.floats(0, 1), st.integers(100, 1000))
def test_more_right_is_never_a_lower_score(one: float, other: float, mark: int) -> None:
    low, high = sorted((one, other))
    assert scaled(low, mark) <= scaled(high, mark)


@given(st.data(), st.integers(1, 1_000))
def test_who_is_at_the_cut_passes_and_who_is_below_does_not(data: st.DataObject, n: int) -> None:
    right = data.draw(st.integers(0, n))
    assert (scaled(right / n, 750) >= 750) == (right / n >= CUT)


def test_59_of_82_are_below_the_cut_and_no_rounding_lifts_them_over_it() -> None:
    share = 59 / 82
    assert share < CUT
    assert scaled(share, 750) < 750


# The result


def test_all_right_meets_every_domain() -> None:
    full = result(all_right(SCORED))
    assert (full.right, full.count, full.scaled, full.passed) == (6, 6, 1000, True)
    assert [d.competency for d in full.domains] == ["meets competencies"] * 2


def test_nothing_answered_is_100_and_not_passed() -> None:
    empty = result({})
    assert (empty.right, empty.scaled, empty.passed, empty.blank) == (0, 100, False, 10)
    assert [d.competency for d in empty.domains] == ["needs improvement"] * 2


def test_unscored_questions_do_not_count() -> None:
    with_unscored = result(all_right(SCORED[:3] + UNSCORED))
    without = result(all_right(SCORED[:3]))
    assert with_unscored.scaled == without.scaled
    assert with_unscored.domains == without.domains
    assert (with_unscored.right, with_unscored.count, with_unscored.unscored) == (3, 6, 4)


def test_unscored_questions_are_marked_all_the_same() -> None:
    marked = result(all_right(UNSCORED)).questions
    assert {m.question.id for m in marked if m.is_right} == set(UNSCORED)
    assert [m.number for m in marked] == list(range(1, 11))


def test_a_domain_is_classed_by_its_own_share() -> None:
    first = [id for id in SCORED if id.startswith("d1")]
    second = [id for id in SCORED if id.startswith("d2")]
    mixed = result(all_right(first + second[:2]))
    assert [(d.id, d.right, d.count) for d in mixed.domains] == [("1", 3, 3), ("2", 2, 3)]
    assert [d.competency for d in mixed.domains] == ["meets competencies", "needs improvement"]


def test_only_the_whole_decides_who_passes() -> None:
    mixed = result(all_right(SCORED[:5]))
    assert mixed.passed
    assert "needs improvement" in [d.competency for d in mixed.domains]


def test_a_domain_without_scored_questions_is_not_classed() -> None:
    one_more = an_exam(weights=(40, 40, 20), scored=6, unscored=4)
    assert result({}, exam=one_more).domains[2].competency is None


def test_the_range_shows_what_the_score_becomes_if_the_cut_is_off() -> None:
    some = result(all_right(SCORED[:4]))
    low, high = some.scaled_range
    assert low < some.scaled < high
    assert (low, high) == (scaled(4 / 6, 750, 0.75), scaled(4 / 6, 750, 0.69))


@given(st.dictionaries(st.sampled_from(sorted(SCORED + UNSCORED)), st.sampled_from("rw")))
def test_a_result_counts_exactly_the_scored_questions_that_are_right(marks: dict[str, str]) -> None:
    answers: dict[str, Answer] = {
        id: ("right",) if mark == "r" else ("wrong-a",) for id, mark in marks.items()
    }
    some = result(answers)
    assert some.right == sum(marks.get(id) == "r" for id in SCORED)
    assert some.blank == 10 - len(marks)
    assert sum(d.right for d in some.domains) == some.right
    assert sum(d.count for d in some.domains) == some.count
    assert some.scaled_range[0] <= some.scaled <= some.scaled_range[1]


def test_an_attempt_of_which_no_question_is_left_scores_nothing() -> None:
    none = score(SHORT, ATTEMPT, {})
    assert (none.right, none.count, none.scaled, none.questions) == (0, 0, 100, ())


@pytest.mark.parametrize(
    ("right", "count", "least", "most"), [(36, 50, 647, 831), (7, 10, 499, 887), (0, 0, 100, 1000)]
)
def test_luck_is_the_wilson_interval_of_the_share(
    right: int, count: int, least: int, most: int
) -> None:
    result = Result(right, count, 0, (0, 0), 750, (), ())
    assert result.chance_range == (least, most)


@pytest.mark.parametrize(
    ("right", "count", "told"),
    [
        (0, 0, "no questions"),
        (4, 4, "too few to say"),
        (5, 5, "meets competencies"),
        (3, 5, "needs improvement"),
    ],
)
def test_a_domain_of_few_questions_is_not_judged(right: int, count: int, told: str) -> None:
    assert DomainResult("1", "Data", 20, right, count).told == told
