"""What the screen looks like: narrow and wide, in every colour and in none."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any

import pytest
from rich.segment import Segment

from quizengine.question import Kind
from quizengine.tui.app import ExamApp
from quizengine.tui.colours import COLOURS, Colours
from quizengine.tui.frame import Key
from quizengine.tui.row import Row
from quizengine.tui.sheet import Sheet
from tests.builders import KINDS, Desk, a_bank, a_question, a_short_exam
from tests.tui.helpers import Stage, a_desk, a_plan_of_every_kind, on_stage, play
from tests.tui.test_sitting_an_exam import answer_by_keys

LONG = " ".join(f"word{n}" for n in range(60))  # some 400 characters
TABLE = """\
What follows from the counts?

| | Monday | Tuesday | Wednesday | Thursday |
|---|---|---|---|---|
| week before | 41,000 | 40,100 | 42,200 | 45,300 |
| test week | 43,400 | 39,500 | 45,600 | 44,700 |

1. Take `one`.
2. Take another that rises again.

```
if x:
    y = 1
```
"""


def asking(kind: Kind = "single", **changes: Any) -> Desk:
    """A desk that asks this and nothing else."""
    exam = a_short_exam()
    questions = a_bank(exam=exam).questions.values()
    return Desk(
        a_bank(
            exam=exam,
            instead=[a_question(kind, q.id, exams=dict(q.exams), **changes) for q in questions],
        )
    )


def options(text: str) -> list[dict[str, object]]:
    """Four options that begin alike."""
    return [
        {"id": id, "text": f"{id.upper()}: {text}", "why": f"{id}."}
        | ({"correct": True} if id == "a" else {"trap": "stage"})
        for id in "abcd"
    ]


def long_one() -> Desk:
    return asking(stem=f"{LONG} rises again {LONG} {LONG}. What now?", options=options(LONG))


async def scrolled(on: Stage) -> str:
    """All words of the question, read from top to bottom with the keys."""
    await on.press("home")
    seen, before = [on.text], ""
    while before != on.text:
        before = on.text
        await on.press("pagedown")
        seen.append(on.text)
    await on.press("home")
    return " ".join(seen)


# Room


@pytest.mark.parametrize("columns", [120, 80, 60, 40])
def test_the_text_of_an_option_hangs_under_its_first_word(columns: int) -> None:
    desk = long_one()
    study = desk.study()

    async def scenario(on: Stage) -> None:
        await on.press("end")
        lines = on.lines
        first = next(n for n, line in enumerate(lines) if "( ) " in line)
        column = lines[first].index(": word0") - 1
        assert lines[first + 1][:column].strip(" ▌") == ""
        assert lines[first + 1][column:].startswith("word")
        assert max(len(line) for line in lines) <= columns

    play(scenario, desk, study.start(study.plan("mls-c01")), size=(columns, 24))


@pytest.mark.parametrize("columns", [80, 60, 40])
def test_the_keys_at_the_foot_fit(columns: int) -> None:
    desk = a_desk()
    study = desk.study()

    async def scenario(on: Stage) -> None:
        shown = [key for key in on.app.screen.query(Key) if key.display]
        assert all(str(key.content) in on.lines[-1] for key in shown)
        words = {str(key.content).split()[1] for key in shown}
        assert {"back", "next", "flag", "list", "keys"} <= words
        assert columns < 60 or {"end", "leave"} <= words

    play(scenario, desk, study.start(study.plan("mls-c01")), size=(columns, 24))


@on_stage(desk=long_one)
async def test_a_long_stem_begins_at_its_beginning_and_says_that_there_is_more(on: Stage) -> None:
    assert "word0 word1" in on.text
    assert on.lines[-2].endswith("▼ more below")
    await on.press("end")
    assert "▼ more below" not in on.text


@on_stage(desk=long_one)
async def test_the_down_key_reads_to_the_first_option_and_then_goes_from_one_to_the_next(
    on: Stage,
) -> None:
    focus, tops = [], []
    for _ in range(40):
        await on.press("down")
        assert isinstance(on.app.focused, Row)
        focus.append(on.app.focused.number)
        tops.append(on.app.sitting.query_one(Sheet).scroll_y)
        view = on.app.sitting.query_one(Sheet).content_region
        if len(focus) > 1 and focus[-1] != focus[-2]:  # the one just reached can be read
            assert on.app.focused.region.bottom <= view.bottom
    assert [number for number, _ in itertools.groupby(focus)] == [1, 2, 3, 4]
    assert tops == sorted(tops)
    assert "▼" not in on.text
    for _ in range(40):
        await on.press("up")
    assert "word0 word1" in on.text
    assert isinstance(on.app.focused, Row)
    assert on.app.focused.number == 1


@on_stage(desk=long_one)
async def test_a_chosen_option_that_is_not_seen_is_scrolled_to(on: Stage) -> None:
    await on.press("4")
    assert "(•) 4" in on.text


def test_a_window_made_small_and_large_again_shows_the_same() -> None:
    desk = Desk(a_bank(exam=a_short_exam(), kinds=KINDS))
    study = desk.study()

    async def scenario(on: Stage) -> None:
        for _ in KINDS:
            await on.press("2", "f")
            before, answer = on.lines, on.response.answer
            await on.resize(40, 12)
            assert max(len(line) for line in on.lines) <= 40
            assert len(on.lines) == 12
            assert on.lines[0].endswith("left")
            all_of_it = await scrolled(on)
            assert "A team trains a model." in all_of_it
            assert all(choice in all_of_it for choice in on.seat.question.shuffled)
            await on.resize(80, 24)
            assert on.lines == before
            assert on.response.answer == answer
            await on.press("n")

    play(scenario, desk, study.start(a_plan_of_every_kind(study)))


@pytest.mark.parametrize("size", [(250, 80), (60, 20), (40, 12), (20, 6), (9, 4), (1, 1)])
def test_no_size_breaks_anything(size: tuple[int, int]) -> None:
    desk = Desk(a_bank(exam=a_short_exam(), kinds=KINDS))
    study = desk.study()

    async def scenario(on: Stage) -> None:
        for _ in KINDS:
            await on.press("2", "down", "up", "n")
        for window in ("l", "e", "g", "o", "question_mark"):
            await on.press(window)
            assert on.lines
            await on.press("escape")
        await on.tick(minutes=15)
        assert on.number == 5

    play(scenario, desk, study.start(a_plan_of_every_kind(study)), size=size)


@pytest.mark.parametrize("columns", [80, 60, 40])
def test_tables_lists_and_code_of_a_stem_can_be_read(columns: int) -> None:
    desk = asking(stem=TABLE)
    study = desk.study()

    async def scenario(on: Stage) -> None:
        lines = [line[2:] for line in on.lines]
        text = await scrolled(on)
        for figure in ("41,000", "40,100", "42,200", "45,300", "44,700"):
            assert figure in text
        if columns == 80:
            head = next(line for line in lines if "Monday" in line)
            row = next(line for line in lines if "week before" in line)
            assert head.index("Monday") + len("Monday") == row.index("41,000") + len("41,000")
        if columns == 40:
            assert "week before: Monday=41,000, Tuesday=40,100" in text
        assert any(line.startswith("1. Take one.") for line in lines)
        assert columns < 80 or any(line.startswith("     y = 1") for line in lines)
        assert "```" not in text
        assert "|" not in text

    play(scenario, desk, study.start(study.plan("mls-c01")), size=(columns, 40))


def test_code_keeps_its_indent_and_its_lines() -> None:
    desk = asking(stem=TABLE)
    study = desk.study()

    async def scenario(on: Stage) -> None:
        at = next(n for n, line in enumerate(on.lines) if "if x:" in line)
        assert on.lines[at].index("if") + 4 == on.lines[at + 1].index("y = 1")

    play(scenario, desk, study.start(study.plan("mls-c01")), size=(80, 40))


# Colours


def luminance(colour: tuple[int, int, int]) -> float:
    """Relative luminance as WCAG 2.2 defines it."""
    parts = [c / 255 for c in colour]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(segment: Segment) -> float:
    style = segment.style
    assert style is not None
    assert style.color is not None
    assert style.bgcolor is not None
    pair = sorted(luminance(c.get_truecolor()) for c in (style.color, style.bgcolor))
    return (pair[1] + 0.05) / (pair[0] + 0.05)


def faint(on: Stage) -> Iterator[str]:
    """Words that contrast less than 4.5 : 1 with what is behind them."""
    for segment in itertools.chain(*on.cells):
        if any(c.isalnum() for c in segment.text) and contrast(segment) < 4.5:
            yield segment.text


@pytest.mark.parametrize("colours", COLOURS)
def test_every_word_stands_out_in_every_colour(colours: Colours) -> None:
    desk = Desk(a_bank(exam=a_short_exam(), kinds=KINDS))
    study = desk.study()

    async def exam(on: Stage) -> None:
        for _ in KINDS:
            await on.press("2", "down", "x", "f", "s")
            assert list(faint(on)) == []
            await on.press("n")
        for window in ("l", "e", "g", "o", "question_mark"):
            await on.press(window)
            await on.press("down")
            assert list(faint(on)) == []
            await on.press("escape")
        await on.press("g")
        await on.type("99")
        await on.press("enter")
        assert list(faint(on)) == []
        await on.press("escape")
        await on.tick(minutes=16)
        assert list(faint(on)) == []

    async def practice(on: Stage) -> None:
        for _ in KINDS:
            await answer_by_keys(on)
            if on.seat.question.kind == "ordering":
                await on.press("enter")
            assert on.is_revealed()
            assert list(faint(on)) == []
            await on.press("enter")

    play(exam, desk, study.start(a_plan_of_every_kind(study)), colours=colours)
    plan = a_plan_of_every_kind(study, practice=True)
    play(practice, desk, study.start(plan), colours=colours)


@on_stage()
async def test_c_goes_through_the_colours_and_the_choice_is_kept(on: Stage) -> None:
    seen = []
    for _ in range(3):
        await on.press("c")
        seen.append(on.app.theme)
    assert seen == ["light", "contrast", "dark"]
    assert on.kept == ["light", "contrast", "dark"]


def test_with_no_color_no_colour_is_sent_and_everything_is_still_told(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    desk = a_desk("multiple")
    study = desk.study()
    seat = study.start(study.plan_practice("mls-c01"))

    def coloured(on: Stage) -> list[str]:
        return [
            segment.text
            for segment in itertools.chain(*on.cells)
            if segment.style is not None
            for colour in (segment.style.color, segment.style.bgcolor)
            if colour is not None and not colour.is_default
        ]

    async def scenario(on: Stage) -> None:
        await on.press("down")
        (focused,) = (line for line in on.lines if "▌" in line)
        assert "[ ] 2" in focused
        assert coloured(on) == []
        await on.press("l")
        lined = [s.text for line in on.cells for s in line if s.style and s.style.underline]
        assert any("unanswered" in text for text in lined)  # where the cursor is
        assert coloured(on) == []
        await on.press("escape", "e", "right")
        reverse = [s.text for line in on.cells for s in line if s.style and s.style.reverse]
        assert any("End it" in text for text in reverse)
        await on.press("escape", "1", "2")
        assert "Right" in on.text
        assert coloured(on) == []

    async def run() -> None:
        app = ExamApp(study, seat, colourless=True)
        async with app.run_test() as pilot:
            await pilot.pause()
            await scenario(Stage(desk, app, pilot))

    import asyncio

    asyncio.run(run())
