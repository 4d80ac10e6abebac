"""What the record says about the learner: what counts, how sure that is, what caught them."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import replace
from typing import Any, NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quizengine.bank import LoadedBank
from quizengine.hindsight import SHOW
from quizengine.interval import Z90, wilson
from quizengine.progress import ENOUGH, Changes, Past, Sat, Tally, past, progress
from quizengine.question import Question
from quizengine.study import Seat
from tests.builders import Desk, a_bank, a_choice, a_question, a_short_exam, a_single, an_exam
from tests.unit.learner import (
    BANK,
    MLS,
    STOPPING,
    STREAMS,
    UNUSED,
    Learner,
    a_placed_question,
    picked,
    placed_bank,
)

EXAM = BANK.exams[next(iter(BANK.exams))]


@pytest.fixture
def learner() -> Learner:
    return Learner()


def counts(learner: Learner, id: str) -> tuple[int, int]:
    """(seen, right)"""
    tally = learner.tally(id)
    return tally.seen, tally.right


def a_tally(seen: int, right: int) -> Tally:
    return Tally("topic", STOPPING, "Early stopping", held=50, seen=seen, right=right)


# The interval


@pytest.mark.parametrize(
    ("right", "count", "low", "high"),
    [
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0000, 0.1611),
        (1, 29, 0.0061, 0.1718),
    ],
)
def test_the_interval_is_the_published_one(right: int, count: int, low: float, high: float) -> None:
    """Newcombe (1998), Statistics in Medicine 17, 857-872, table I, method 3, at 95 %."""
    assert wilson(right, count, 1.959964) == pytest.approx((low, high), abs=0.00005)


def test_the_interval_that_is_shown_is_one_of_90_percent() -> None:
    outside = math.erfc(Z90 / math.sqrt(2))
    assert outside == pytest.approx(0.10, abs=0.0001)
    assert a_tally(20, 0).interval == wilson(0, 20, Z90)
    assert a_tally(20, 0).interval == pytest.approx((0, Z90**2 / (20 + Z90**2)))


SHARES = st.integers(1, 400).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))


@given(SHARES)
def test_the_interval_lies_within_0_and_1_and_contains_the_share(share: tuple[int, int]) -> None:
    right, count = share
    low, high = wilson(right, count)
    assert 0 <= low <= right / count <= high <= 1
    assert low < high


@given(SHARES)
def test_each_end_of_the_interval_is_a_share_that_the_answers_just_allow(
    share: tuple[int, int],
) -> None:
    right, count = share
    for end in wilson(right, count):
        deviation = (right / count - end) ** 2
        assert deviation == pytest.approx(Z90**2 * end * (1 - end) / count, abs=1e-9)


@given(SHARES, st.integers(2, 20))
def test_more_answers_never_widen_the_interval_at_the_same_share(
    share: tuple[int, int], times: int
) -> None:
    right, count = share
    few, many = wilson(right, count), wilson(right * times, count * times)
    assert many[1] - many[0] < few[1] - few[0]


@given(SHARES)
def test_the_interval_of_wrong_answers_mirrors_that_of_right_ones(share: tuple[int, int]) -> None:
    right, count = share
    low, high = wilson(right, count)
    assert wilson(count - right, count) == pytest.approx((1 - high, 1 - low))


# Weak and strong


@given(st.integers(0, 30).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_below_the_stated_count_nothing_is_said_and_weak_or_strong_only_when_sure(
    share: tuple[int, int],
) -> None:
    right, seen = share
    tally = a_tally(seen, right)
    if seen < ENOUGH:
        assert tally.standing == "not enough evidence yet"
    else:
        assert tally.interval is not None
        low, high = tally.interval
        assert tally.standing == ("weak" if high < 0.72 else "strong" if low > 0.72 else "unclear")


@pytest.mark.parametrize(
    ("right", "seen", "standing"),
    [
        (0, 4, "not enough evidence yet"),
        (0, 5, "weak"),
        (5, 5, "unclear"),
        (6, 6, "unclear"),
        (7, 7, "strong"),
        (36, 50, "unclear"),
    ],
)
def test_a_few_right_answers_do_not_make_strong(right: int, seen: int, standing: str) -> None:
    assert a_tally(seen, right).standing == standing


def test_a_topic_without_answers_is_never_called_weak(learner: Learner) -> None:
    learner.sits({f"a{n}": "wrong-a" for n in range(1, 7)})
    assert learner.tally(STOPPING).standing == "weak"
    assert learner.tally("1.1").standing == "weak"
    unpractised = learner.tally(STREAMS)
    assert (unpractised.seen, unpractised.interval) == (0, None)
    assert unpractised.standing == "not enough evidence yet"


# Where it counts


def test_a_question_counts_for_its_domain_its_task_and_its_first_topic(learner: Learner) -> None:
    learner.sits({"a1": "right", "b1": "wrong-a", "c1": "right-a right-b"})
    assert counts(learner, "1") == (2, 2)
    assert counts(learner, "1.1") == (1, 1)
    assert counts(learner, "1.2") == (1, 1)
    assert counts(learner, "2") == (1, 0)
    assert counts(learner, "2.2") == (1, 0)
    assert counts(learner, STREAMS) == (2, 1)
    assert counts(learner, STOPPING) == (1, 1)


def test_the_bank_says_how_many_there_are(learner: Learner) -> None:
    held = {tally.id: tally.held for tally in learner.progress().tallies}
    tasks = {"1.1": 6, "1.2": 2, "1.3": 0, "2.1": 0, "2.2": 6, "2.3": 0}
    assert held == {"1": 8, "2": 6} | tasks | {STOPPING: 6, STREAMS: 8}


def test_the_levels_follow_the_blueprint_and_topics_their_ids(learner: Learner) -> None:
    found = learner.progress()
    assert [tally.id for tally in found.at("domain")] == ["1", "2"]
    assert [tally.id for tally in found.at("task")] == ["1.1", "1.2", "1.3", "2.1", "2.2", "2.3"]
    assert [tally.id for tally in found.at("topic")] == [STREAMS, STOPPING]
    assert UNUSED not in [tally.id for tally in found.tallies]


def test_an_empty_record_says_nothing(learner: Learner) -> None:
    found = learner.progress()
    assert found.answers == 0
    assert {(tally.seen, tally.right, tally.interval) for tally in found.tallies} == {(0, 0, None)}
    assert (found.traps, found.changes) == ({}, Changes())
    assert (found.time_right, found.time_wrong) == (None, None)
    assert (list(found.sure_but_wrong), list(found.trend)) == ([], [])
    assert learner.study.past() == {}


def test_a_withdrawn_question_is_not_held(learner: Learner) -> None:
    learner.desk.bank = placed_bank(a_placed_question("a1", withdrawn="It was ambiguous."))
    assert learner.tally("1.1").held == 5


def test_a_question_that_moved_counts_where_the_bank_places_it_now(learner: Learner) -> None:
    learner.sits({"a1": "right"})
    learner.desk.bank = placed_bank(a_placed_question("a1", exams={MLS: "2.1"}, topics=[STREAMS]))
    assert counts(learner, "1.1") == counts(learner, STOPPING) == (0, 0)
    assert counts(learner, "2.1") == counts(learner, STREAMS) == (1, 1)


def test_a_question_that_the_bank_lacks_now_counts_where_it_was(learner: Learner) -> None:
    learner.sits({"a1": "right"})
    others = [question for question in BANK.questions.values() if question.id != "a1"]
    learner.desk.bank = LoadedBank(others, (), BANK.topics.values(), BANK.exams.values())
    assert counts(learner, "1.1") == (1, 1)


def test_an_answer_counts_in_every_exam_its_question_serves() -> None:
    other = an_exam("mla-c01", weights=(100,))
    shared = a_placed_question("a1", exams={MLS: "1.1", "mla-c01": "1.3"})
    exams = [*BANK.exams.values(), other]
    questions = [shared, *(q for q in BANK.questions.values() if q.id != "a1")]
    learner = Learner(Desk(LoadedBank(questions, (), BANK.topics.values(), exams)))
    learner.sits({"a1": "right", "a2": "right"})
    found = learner.study.progress("mla-c01")
    assert found.answers == 1
    assert [t.id for t in found.tallies if t.seen] == ["1", "1.3", STOPPING]
    assert list(found.trend) == []  # that was a form of the other exam


# Which answers count


def test_an_open_exam_does_not_count_before_it_is_submitted(learner: Learner) -> None:
    seat = learner.answers(learner.starts("a1"), "a1", "wrong-a")
    assert (learner.progress().answers, counts(learner, "1.1")) == (0, (0, 0))
    assert learner.past("a1") == Past(seen=True)
    learner.submits(seat)
    assert (learner.progress().answers, counts(learner, "1.1")) == (1, (1, 0))
    assert learner.past("a1") == Past(seen=True, is_right=False)


def test_practice_counts_once_the_key_was_shown_and_not_by_its_end(learner: Learner) -> None:
    seat = learner.answers(learner.starts("a1", "a2", practice=True), "a1", "wrong-a")
    seat = learner.answers(seat, "a2", "right")
    assert counts(learner, "1.1") == (0, 0)
    seat = learner.study.reveal(seat, "a1")
    assert counts(learner, "1.1") == (1, 0)
    learner.submits(seat)
    assert counts(learner, "1.1") == (1, 0)
    assert learner.past("a2").is_right is None


def test_a_key_that_was_shown_without_an_answer_does_not_count(learner: Learner) -> None:
    learner.study.reveal(learner.starts("a1", practice=True), "a1")
    assert learner.progress().answers == 0
    assert learner.past("a1") == Past(seen=True)


def test_a_blank_says_nothing(learner: Learner) -> None:
    learner.sits({"a1": "", "a2": "right"})
    assert counts(learner, "1.1") == (1, 1)
    assert learner.past("a1").is_right is None


def test_a_blank_does_not_undo_an_answer_of_before(learner: Learner) -> None:
    learner.sits({"a1": "wrong-a"})
    learner.sits({"a1": ""})
    assert counts(learner, "1.1") == (1, 0)
    assert learner.past("a1").is_right is False


def test_an_answer_taken_back_is_a_blank(learner: Learner) -> None:
    seat = learner.answers(learner.starts("a1"), "a1", "right")
    learner.submits(learner.answers(seat, "a1", ""))
    assert learner.progress().answers == 0


def test_half_an_answer_is_wrong_and_no_blank(learner: Learner) -> None:
    learner.sits({"c1": "right-a"})
    assert counts(learner, "1.2") == (1, 0)


def test_unscored_questions_count_as_well_for_what_the_learner_knows(learner: Learner) -> None:
    seat = learner.starts("a1", "a2", unscored="a2")
    learner.submits(learner.answers(learner.answers(seat, "a1", "right"), "a2", "right"))
    assert counts(learner, "1.1") == (2, 2)
    (point,) = learner.progress().trend
    assert (point.right, point.count) == (1, 1)


@pytest.mark.parametrize(
    ("first", "second", "right"), [("wrong-a", "right", 1), ("right", "wrong-a", 0)]
)
def test_of_several_answers_to_one_question_the_last_counts(
    learner: Learner, first: str, second: str, right: int
) -> None:
    learner.sits({"a1": first})
    learner.practises({"a1": second})
    assert counts(learner, "1.1") == (1, right)
    assert learner.past("a1").is_right is (right == 1)
    assert learner.progress().answers == 2


def test_the_last_answer_is_the_one_that_became_final_last(learner: Learner) -> None:
    exam = learner.answers(learner.starts("a1"), "a1", "wrong-a")
    learner.practises({"a1": "right"})
    assert counts(learner, "1.1") == (1, 1)
    learner.submits(exam)
    assert counts(learner, "1.1") == (1, 0)


def test_answers_are_marked_as_they_were_shown() -> None:
    learner = Learner(Desk(placed_bank(a_single("a1", "a"))))
    learner.sits({"a1": "a"})
    learner.desk.bank = placed_bank(a_single("a1", "b"))
    assert counts(learner, "1.1") == (1, 1)


# What happened to one question


def test_marks_of_an_open_exam_are_known_at_once(learner: Learner) -> None:
    seat = learner.starts("a1", "a2")
    learner.study.flag(learner.study.go_to(seat, 1), "a2", True)
    assert learner.past("a1") == Past(seen=True)
    assert learner.past("a2") == Past(seen=True, flagged=True)


def test_a_flag_stands_until_the_question_is_seen_again_without(learner: Learner) -> None:
    learner.submits(learner.study.flag(learner.starts("a1"), "a1", True))
    learner.sits({"a2": "right", "a1": ""})  # a1 was not looked at
    assert learner.past("a1").flagged
    learner.sits({"a1": "right"})
    assert not learner.past("a1").flagged


@pytest.mark.parametrize("sure", [True, False, None])
def test_how_sure_the_learner_was_belongs_to_the_last_answer(
    learner: Learner, sure: bool | None
) -> None:
    learner.sits({"a1": "right"}, sure=not sure)
    learner.sits({"a1": "right"}, sure=sure)
    assert learner.past("a1") == Past(seen=True, is_right=True, sure=sure)


# Habits


def test_the_traps_are_those_of_the_wrong_options_chosen() -> None:
    options = [
        a_choice("right-a", True),
        a_choice("right-b", True),
        a_choice("stage"),
        a_choice("more") | {"trap": "boundary"},
        a_choice("less") | {"trap": "boundary"},
    ]
    learner = Learner(Desk(placed_bank(a_placed_question("c1", options=options))))
    learner.sits({"c1": "more less", "a1": "wrong-a", "a2": "right", "a3": ""})
    assert learner.progress().traps == {"boundary": 2, "stage": 1}
    learner.practises({"c1": "right-a more", "a1": "right"})
    assert learner.progress().traps == {"boundary": 3, "stage": 1}


def falls(*instead: Question) -> Learner:
    """Who takes the one wrong option of six that is of another service, again and again."""
    learner = Learner(Desk(placed_bank(*(trap(f"a{n}") for n in range(1, 7)), *instead)))
    learner.sits(dict.fromkeys(("a1", "a2", "a3"), "more"))
    learner.sits({"a4": "more", "a5": "more"}, sure=True)
    return learner


TRAPPED = [
    a_choice("right", True),
    a_choice("more") | {"trap": "boundary"},
    a_choice("stage"),
    a_choice("late"),
]


def trap(id: str) -> Question:
    return a_placed_question(id, options=TRAPPED)


def test_the_trap_that_catches_most_is_told_with_the_three_that_show_it_best() -> None:
    found = falls().progress()
    assert found.lure is not None
    assert (found.lure.trap, found.lure.caught, found.lure.offered) == ("boundary", 5, 5)
    assert list(found.shown_by) == ["a5", "a4", "a3"], "of which one was sure, then the latest"


def test_what_was_learnt_since_no_longer_shows_a_trap() -> None:
    learner = falls()
    learner.practises({"a5": "right", "a3": "stage"})
    assert list(learner.progress().shown_by) == ["a4", "a2", "a1"]


def test_what_the_bank_asks_no_more_shows_no_trap() -> None:
    learner = falls()
    gone = trap("a5").model_copy(update={"withdrawn": "It is wrong."})
    learner.desk.bank = placed_bank(*(trap(f"a{n}") for n in range(1, 5)), gone)
    assert list(learner.progress().shown_by) == ["a4", "a3", "a2"]


def test_what_is_kept_for_the_last_mocks_shows_no_trap() -> None:
    exam = a_short_exam()
    lured = [
        a_question("single", f"d1-{n:03}", exams={MLS: "1.1"}, options=TRAPPED) for n in range(20)
    ]
    learner = Learner(Desk(a_bank(exam=exam, instead=lured)))
    learner.sits({question.id: "more" for question in lured})
    kept = learner.study.kept_back()
    shown = learner.progress().shown_by
    assert len(shown) == SHOW
    assert kept.isdisjoint(shown)
    assert kept & {question.id for question in lured}


def test_traps_of_answers_that_do_not_count_caught_nobody(learner: Learner) -> None:
    learner.answers(learner.starts("a1"), "a1", "wrong-a")
    learner.answers(learner.starts("a1", practice=True), "a1", "wrong-a")
    assert learner.progress().traps == {}


@pytest.mark.parametrize(
    ("id", "given", "changes"),
    [
        ("a1", ["wrong-a", "right"], Changes(better=1)),
        ("a1", ["right", "wrong-a"], Changes(worse=1)),
        ("a1", ["wrong-a", "wrong-b"], Changes(neither=1)),
        ("a1", ["wrong-a", "wrong-b", "right"], Changes(better=1)),
        ("a1", ["right", "wrong-a", "right"], Changes()),
        ("a1", ["right", "", "right"], Changes()),
        ("a1", ["wrong-a", "", "right"], Changes(better=1)),
        ("a1", ["right", ""], Changes()),
        ("a1", ["right"], Changes()),
        ("c1", ["right-a", "right-a right-b"], Changes()),
        ("c1", ["wrong-a", "right-a right-b"], Changes()),
        ("c1", ["right-a wrong-a", "right-a", "right-a right-b"], Changes(better=1)),
        ("c1", ["right-a right-b", "right-b"], Changes(worse=1)),
        ("c1", ["right-a wrong-a", "wrong-a"], Changes(neither=1)),
    ],
)
def test_a_change_is_from_the_first_whole_answer_to_the_one_that_counts(
    learner: Learner, id: str, given: list[str], changes: Changes
) -> None:
    seat = learner.starts(id)
    for words in given:
        seat = learner.answers(seat, id, words)
    assert learner.progress().changes == Changes()
    learner.submits(seat)
    assert learner.progress().changes == changes


def test_how_sure_the_learner_is_changes_no_answer(learner: Learner) -> None:
    seat = learner.answers(learner.starts("a1"), "a1", "right", True)
    learner.submits(learner.answers(seat, "a1", "right", False))
    assert learner.progress().changes == Changes()


def test_practice_has_no_changes(learner: Learner) -> None:
    seat = learner.answers(learner.starts("a1", practice=True), "a1", "wrong-a")
    learner.study.reveal(learner.answers(seat, "a1", "right"), "a1")
    assert learner.progress().changes == Changes()


def test_times_are_medians_of_the_time_in_front_of_a_question(learner: Learner) -> None:
    seat = learner.starts("a1", "a2", "a3", "a4", "b1")
    for index, (words, seconds) in enumerate(
        [("right", 10), ("right", 40), ("right", 20), ("wrong-a", 90), ("", 500)]
    ):
        seat = learner.study.go_to(seat, index)
        if words:
            seat = learner.study.answer(seat, seat.question.id, picked(words))
        learner.desk.clock.advance(ms=seconds * 1000)
    learner.study.submit(seat)
    found = learner.progress()
    assert (found.time_right, found.time_wrong) == (20_000, 90_000)


def test_sure_but_wrong_is_what_the_last_answer_was(learner: Learner) -> None:
    learner.sits({"b1": "wrong-a", "a1": "wrong-a", "a2": "right"}, sure=True)
    learner.sits({"a3": "wrong-a"}, sure=False)
    learner.sits({"a4": "wrong-a"}, sure=None)
    assert learner.progress().sure_but_wrong == ["a1", "b1"]
    learner.practises({"a1": "right"}, sure=True)
    learner.practises({"b1": "wrong-b"}, sure=False)
    assert learner.progress().sure_but_wrong == []


def test_the_trend_is_every_finished_exam_oldest_first(learner: Learner) -> None:
    first = learner.sits({"a1": "wrong-a", "a2": "right"})
    learner.practises({"a1": "right"})
    learner.submits(learner.practises({"a1": "right"}))
    second = learner.sits({"a1": "right", "a2": "right", "a3": ""})
    learner.answers(learner.starts("a1"), "a1", "right")
    trend = learner.progress().trend
    assert [(p.attempt.id, p.right, p.count) for p in trend] == [
        (first.attempt.id, 1, 2),
        (second.attempt.id, 2, 3),
    ]
    reports = [learner.study.report(seat.attempt.id).result for seat in (first, second)]
    assert [point.scaled for point in trend] == [report.scaled for report in reports]


# Laws


class Given(NamedTuple):
    """One sitting: what is answered in turn, and whether it comes to an end."""

    practice: bool
    ends: bool
    answers: list[tuple[str, str]]


WORDS = st.sampled_from(["right", "right", "wrong-a", "wrong-b", ""])
IDS = st.sampled_from(["a1", "a2", "a3", "b1", "b2"])
SITTINGS = st.lists(
    st.builds(Given, st.booleans(), st.booleans(), st.lists(st.tuples(IDS, WORDS), max_size=8)),
    max_size=5,
)


def lived(sittings: list[Given]) -> tuple[Learner, dict[str, bool], int]:
    """A learner who sat them, what must count of each question, and how many answers do."""
    learner, final, answers = Learner(), dict[str, bool](), 0
    for sitting in sittings:
        seat: Seat = learner.starts("a1", "a2", "a3", "b1", "b2", practice=sitting.practice)
        stood: dict[str, str] = {}
        for id, words in sitting.answers:
            if sitting.practice and stood.get(id):
                continue  # final
            seat = learner.answers(seat, id, words)
            stood[id] = words
            if sitting.practice and words:
                seat = learner.study.reveal(seat, id)
        if sitting.ends:
            learner.submits(seat)
        if sitting.practice or sitting.ends:
            counted = {id: words == "right" for id, words in stood.items() if words}
            final |= counted
            answers += len(counted)
    return learner, final, answers


@given(SITTINGS)
def test_what_counts_is_the_last_final_answer_whatever_came_before(sittings: list[Given]) -> None:
    learner, final, answers = lived(sittings)
    found = learner.progress()
    assert found.answers == answers
    for level in ("domain", "task", "topic"):
        assert sum(tally.seen for tally in found.at(level)) == len(final)
        assert sum(tally.right for tally in found.at(level)) == sum(final.values())
        assert sum(tally.held for tally in found.at(level)) == len(BANK.questions)
    assert {
        id: past.is_right for id, past in learner.study.past().items() if past.is_right is not None
    } == final


@given(SITTINGS)
def test_right_is_at_most_seen_and_seen_at_most_held(sittings: list[Given]) -> None:
    learner, _, _ = lived(sittings)
    for tally in learner.progress().tallies:
        assert 0 <= tally.right <= tally.seen <= tally.held
        assert (tally.interval is None) == (tally.seen == 0)
        if tally.standing in ("weak", "strong"):
            assert tally.seen >= ENOUGH


@given(SITTINGS)
def test_every_wrong_option_of_an_answer_that_counts_is_one_trap(sittings: list[Given]) -> None:
    learner, _, _ = lived(sittings)
    found = learner.progress()
    wrong = Counter[bool]()
    for attempt, questions in sat(learner):
        for id, response in attempt.responses.items():
            final = response.revealed_at if attempt.is_practice else attempt.submitted_at
            if final is not None and response.answer:
                wrong[questions[id].is_right(response.answer)] += 1
    assert sum(found.traps.values()) == wrong[False]
    assert found.answers == wrong.total()


def sat(learner: Learner) -> list[Sat]:
    """Every attempt with its questions, as Study hands them over."""
    return [(line.attempt, BANK.questions) for line in learner.study.history()]


@given(SITTINGS, st.randoms(use_true_random=False))
def test_the_order_in_which_attempts_are_told_changes_nothing(
    sittings: list[Given], chance: Any
) -> None:
    learner, _, _ = lived(sittings)
    told = sat(learner)
    before = progress(EXAM, BANK, told), past(told)
    chance.shuffle(told)
    assert (progress(EXAM, BANK, told), past(told)) == before


def test_attempts_of_one_moment_are_told_apart_alike_in_any_order(learner: Learner) -> None:
    desk = learner.desk
    told: list[Sat] = []
    for words in ("right", "wrong-a"):
        seat = learner.answers(learner.starts("a1"), "a1", words)
        seat = learner.study.flag(seat, "a1", words == "right")
        told.append((learner.submits(seat).attempt, seat.questions))
    moment = desk.clock.now()
    told = [(replace(a, started_at=moment, submitted_at=moment), q) for a, q in told]
    assert past(told) == past(told[::-1])
    assert progress(EXAM, BANK, told) == progress(EXAM, BANK, told[::-1])
