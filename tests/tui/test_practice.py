"""Practice on the full screen: the verdict first, then every reason."""

from __future__ import annotations

from quizengine.question import Kind
from quizengine.tui.prose import DECIDES
from quizengine.tui.sheet import Verdict
from tests.builders import KINDS, Desk, a_bank, a_card, a_lab, a_question, a_short_exam
from tests.tui.helpers import Stage, on_stage
from tests.tui.test_sitting_an_exam import answer_by_keys


@on_stage("single", practice=True, size=(80, 40))
async def test_feedback_comes_at_once_with_verdict_reasons_and_references(on: Stage) -> None:
    await on.press(on.key_of("wrong-b"))
    assert on.is_revealed()
    assert "Not right. What decides: rises again" in on.text
    assert "Right. Because of right." in on.text
    assert "Wrong, your answer. Because of wrong-b. (the right idea at the wrong stage)" in on.text
    assert on.text.count("Because of") == 4
    assert "A page (as of 2026-08-04)" in on.text
    assert "https://docs.example.com/a" in on.text


@on_stage("single", practice=True, size=(80, 40))
async def test_the_deciding_words_of_the_stem_are_marked(on: Stage) -> None:
    assert not any("rises again" in line and "▐" in line for line in on.lines)
    await on.press("1")
    (stem,) = (line for line in on.cells if any("A team" in segment.text for segment in line))
    reverse = [s.text for s in stem if s.style is not None and s.style.reverse]
    assert reverse == ["rises again"]
    assert "reverse" in DECIDES


@on_stage("single", practice=True)
async def test_the_focus_is_on_the_verdict_and_enter_goes_on(on: Stage) -> None:
    await on.press("1")
    assert isinstance(on.app.focused, Verdict)
    assert "Right." in on.text or "Not right." in on.text
    assert on.said == "n or Enter goes on."
    await on.press("enter")
    assert on.number == 2


@on_stage("single", practice=True)
async def test_an_answer_is_final_once_the_key_was_shown(on: Stage) -> None:
    await on.press("1")
    answer = on.response.answer
    await on.press("2", "x", "s", "backspace", "enter", "p")
    assert on.number == 1
    assert on.response.answer == answer
    await on.press("3")
    assert on.response.answer == answer
    assert isinstance(on.app.focused, Verdict)


@on_stage("multiple", practice=True)
async def test_a_multiple_is_marked_when_all_are_selected(on: Stage) -> None:
    await on.press("1")
    assert not on.is_revealed()
    await on.press("2")
    assert on.is_revealed()


@on_stage("ordering", practice=True, size=(80, 40))
async def test_an_order_is_marked_on_enter_and_not_before(on: Stage) -> None:
    await on.press("]")
    assert not on.is_revealed()
    assert "Enter checks the order" in on.said
    steps = on.response.answer
    await on.press("enter")
    assert on.is_revealed()
    assert on.response.answer == steps
    wrong = [n for n, step in enumerate(on.seat.question.key) if steps[n] != step]
    assert on.text.count("Wrong, it belongs to place") == len(wrong) > 0
    assert on.text.count("stands here.") == 4


@on_stage("matching", practice=True, size=(80, 40))
async def test_a_matching_is_marked_when_all_are_matched(on: Stage) -> None:
    right = on.seat.question.key[0]
    other = next(id for id in on.seat.attempt.place.order if id not in on.seat.question.key)
    await on.press(on.key_of(right), "down", on.key_of(other), "down", on.key_of(other))
    assert on.is_revealed()
    assert "[ That is supervised. ] Right: That is supervised. labels is supervised." in on.text
    assert "[ That is symbolic. ] Wrong: That is unsupervised. none is unsupervised." in on.text


@on_stage("single", practice=True)
async def test_sure_said_beforehand_is_part_of_the_verdict(on: Stage) -> None:
    await on.press("s")
    await on.press(on.key_of("wrong-a"))
    assert "Not right, and you were sure." in on.text
    assert on.response.sure is True


def with_cards() -> Desk:
    card = a_card("a-card", answer="Early *stopping*.")
    exam = a_short_exam()
    plain = a_bank(exam=exam).questions.values()
    questions = [
        a_question("single", q.id, exams=dict(q.exams), cards=["a-card"], lab="early_stopping")
        for q in plain
    ]
    return Desk(a_bank(exam=exam, instead=questions, cards=[card], labs=[a_lab()]))


@on_stage(desk=with_cards, practice=True, size=(80, 50))
async def test_card_and_lab_follow_the_reasons(on: Stage) -> None:
    await on.press("1")
    told = on.text[on.text.index("To read") :]
    assert "To remember What ends a training job early? Early stopping. Common error:" in told
    practise = "To practise Stop a job early (30 minutes) quizengine lab start early_stopping"
    assert told.index("To remember") < told.index(practise)


@on_stage("single", practice=True, questions=2)
async def test_a_practice_ends_with_its_list_and_a_confirm(on: Stage) -> None:
    await on.press("1", "enter", "1", "enter")
    assert "a all 2 i unanswered 0" in on.text
    await on.press("e")
    assert "End the practice?" in on.text
    await on.press("y")
    assert on.ended == "submitted"


@on_stage(*KINDS, practice=True, size=(60, 20))
async def test_a_question_of_every_kind_is_practised(on: Stage) -> None:
    kinds: set[Kind] = set()
    for _ in KINDS:
        question = on.seat.question
        kinds.add(question.kind)
        await answer_by_keys(on)
        if question.kind == "ordering":
            await on.press("enter")
        assert on.is_revealed(), question.kind
        assert "Right." in on.text
        await on.press("enter")
    assert kinds == set(KINDS)


@on_stage("single", practice=True)
async def test_the_reasons_are_scrolled_with_the_arrow_keys(on: Stage) -> None:
    await on.press("1")
    assert "▼ more below" in on.text
    for _ in range(9):
        await on.press("down")
    assert "https://docs.example.com/a" in on.text
    assert "▼" not in on.text
    for _ in range(9):
        await on.press("up")
    assert "A team trains a model." in on.text
