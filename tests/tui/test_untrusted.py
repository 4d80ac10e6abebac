"""Questions are untrusted, and an exam tells nothing of its key before its end."""

from __future__ import annotations

import itertools

import pytest

from quizengine.attempt import Event
from quizengine.question import Kind
from quizengine.tui.prose import Code, Grid, Words, blocks, inline
from tests.builders import KINDS, Desk, a_bank, a_short_exam
from tests.tui.helpers import Stage, on_stage, play
from tests.tui.test_looks import asking, options, scrolled
from tests.tui.test_sitting_an_exam import answer_by_keys

# Nothing is given away


@pytest.mark.parametrize("kind", KINDS)
def test_before_the_end_no_reason_no_key_and_no_unscored_question_is_told(kind: Kind) -> None:
    desk = Desk(a_bank(exam=a_short_exam(), kinds=(kind,)))
    study = desk.study()
    secrets = ["Because of", "stands here", "labels is supervised", "Right", "Wrong", "right idea"]
    secrets += ["scored", "https://", "What decides", "2026-08-04", "stage"]

    async def scenario(on: Stage) -> None:
        marks = set()
        for number in range(1, 11):
            await on.press("2")
            for window in ("", "l", "e", "question_mark") if number == 1 else ("",):
                if window:
                    await on.press(window)
                held = [*on.everything(), on.text]
                assert [text for text in held for secret in secrets if secret in text] == []
                if window:
                    await on.press("escape")
            widgets = on.app.sitting.query("*")
            marks.add(frozenset(c for w in widgets for c in w.classes if c in ("right", "wrong")))
            if number < 10:
                await on.press("n")
        assert marks == {frozenset()}

    play(scenario, desk, study.start(study.plan("mls-c01")))


# What questions may try

HOSTILE = """\
[red]red[/red] [@click=app.exit]leave[/] [/] [link=https://evil.example]x[/link] [b

<script>alert(1)</script> <b>bold</b> [here](https://evil.example/a) ![i](https://evil.example/i)

[now](javascript:alert(1)) <https://evil.example/auto> {{ 7 * 7 }} $primary rises again

| [red]a[/] | [x](https://evil.example/t) |
|---|---|
| [@click=app.exit]b[/] | `[c]` |
"""
SHOWN = (
    "[red]red[/red] [@click=app.exit]leave[/] [/] [link=https://evil.example]x[/link] [b",
    "<script>alert(1)</script> <b>bold</b> here (https://evil.example/a) "
    "!i (https://evil.example/i)",
    "[now](javascript:alert(1)) https://evil.example/auto {{ 7 * 7 }} $primary rises again",
    "[red]a[/]",
    "[@click=app.exit]b[/]",
    "[c]",
)
TAGGED = "[red]x[/red] [@click=app.exit]y[/] [/] \\[z] <i>w</i> [v](https://evil.example)"


def hostile(kind: Kind) -> Desk:
    changes: dict[str, object] = {"stem": HOSTILE}
    if kind == "single":
        changes["options"] = options(TAGGED)
    elif kind == "ordering":
        steps = [{"id": id, "text": f"{id} {TAGGED}", "why": TAGGED} for id in "abc"]
        changes["steps"] = steps
    elif kind == "matching":
        changes["options"] = [{"id": id, "text": f"{id} {TAGGED}"} for id in "ab"]
        changes["prompts"] = [
            {"id": id, "text": f"{id} {TAGGED}", "match": "a", "why": TAGGED} for id in "xyz"
        ]
    return asking(kind, **changes)


@pytest.mark.parametrize("practice", [False, True], ids=["exam", "practice"])
@pytest.mark.parametrize("kind", KINDS)
def test_what_looks_like_styles_html_or_links_is_shown_and_does_nothing(
    kind: Kind, practice: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = hostile(kind)
    study = desk.study()
    plan = study.plan_practice("mls-c01") if practice else study.plan("mls-c01")
    opened: list[str] = []

    async def scenario(on: Stage) -> None:
        on.app.open_url = lambda url, **_: opened.append(url)  # type: ignore[method-assign]
        if practice:
            await answer_by_keys(on)
            if kind == "ordering":
                await on.press("enter")
            assert on.is_revealed()
        text = await scrolled(on)
        for part in SHOWN:
            assert part in text
        if kind != "multiple":
            assert "[red]x[/red] [@click=app.exit]y[/] [/] [z] <i>w</i>" in text
        for line in on.cells:
            for segment in line:
                assert segment.style is None or "@click" not in segment.style.meta
                assert segment.style is None or segment.style.link is None
        for y, line_text in enumerate(on.lines[1:-2], start=1):
            for word in ("leave", "here", "auto", "[v]"):
                if word in line_text and on.ended is None:
                    await on.pilot.click(offset=(line_text.index(word) + 1, y))
        await on.press("escape")
        assert on.ended is None

    play(scenario, desk, study.start(plan), size=(100, 60))
    assert opened == []


CONTROLS = "\x1b[31m\x1b]0;title\x07\x9b2J\r\x08\x00 ‮evil‬ \ud800"


def test_control_characters_of_a_note_or_an_exam_never_reach_the_terminal() -> None:
    desk = asking()
    study = desk.study()
    seat = study.start(study.plan("mls-c01"))
    (start,) = (event for event in desk.store.every_event() if event.kind == "started")
    payload = start.payload
    payload["form"]["exam"] = "x"  # what a form of a foreign record may hold is a slug
    note = Event(
        id="foreign",
        learner=start.learner,
        attempt=start.attempt,
        client=start.client,
        revision=9,
        kind="noted",
        question=seat.question.id,
        payload={"text": CONTROLS.replace("\ud800", "") + "after"},
        at=start.at,
    )
    desk.store.append([note])

    async def scenario(on: Stage) -> None:
        for window in ("", "l", "escape", "o"):
            if window:
                await on.press(window)
            for segment in itertools.chain(*on.cells):
                assert segment.text.isprintable() or segment.text.strip("\n") == "", segment
            assert window == "escape" or "after" in on.text

    play(scenario, desk)


@on_stage(
    desk=lambda: asking(stem="漢字 " * 200 + "e\N{COMBINING ACUTE ACCENT}" * 90 + " rises again")
)
async def test_wide_and_combined_characters_break_nothing(on: Stage) -> None:
    await on.press("1")
    await on.resize(41, 12)
    assert on.response.given == 1
    assert "漢字" in on.text


@pytest.mark.parametrize(
    "stem",
    [
        "x" * 3_000 + " rises again",
        "> " * 60 + "deep rises again",
        "".join(f"{'  ' * n}- level {n}\n" for n in range(30)) + "\nrises again",
        "|" + "a|" * 60 + "\n|" + "-|" * 60 + "\n|" + "b|" * 60 + "\n\nrises again",
        "[" * 2_000 + " rises again",
        "*" * 2_000 + " rises again",
        "```\n" + "y" * 2_000 + "\n```\n\nrises again",
    ],
    ids=["one word", "quotes", "lists", "columns", "brackets", "stars", "code"],
)
def test_a_stem_made_to_break_the_screen_does_not(stem: str) -> None:
    desk = asking(stem=stem)
    study = desk.study()

    async def scenario(on: Stage) -> None:
        await on.press("end")
        assert "rises again" in on.text
        await on.press("2")
        assert on.response.given == 1
        await on.resize(40, 12)
        assert max(len(line) for line in on.lines) <= 40

    play(scenario, desk, study.start(study.plan("mls-c01")))


# Markdown


def test_a_line_of_markdown_loses_its_marks_and_nothing_else() -> None:
    content = inline("Use `a_b` and **c** or *d*, not 2 * 3 * 4, a_b_c &amp; \\*x")
    assert content.plain == "Use a_b and c or d, not 2 * 3 * 4, a_b_c & *x"
    assert [(content.plain[s.start : s.end], str(s.style)) for s in content.spans] == [
        ("a_b", "bold $code"),
        ("c", "bold"),
        ("d", "italic"),
    ]


def test_the_blocks_of_a_text_keep_their_order_and_their_bullets() -> None:
    found = blocks(
        "# Head\n\none\ntwo\n\n- a\n  - b\n\n    c\n- d\n\n3. e\n4. f\n\n> q\n\n"
        "    code\n\n---\n\n|h|\n|-|\n|1|"
    )
    told = [
        (block.hung, block.content.plain)
        if isinstance(block, Words)
        else block.content.plain
        if isinstance(block, Code)
        else [[cell.plain for cell in row] for row in block.rows]
        for block in found
    ]
    assert told == [
        ("", "Head"),
        ("", "one two"),
        ("- ", "a"),
        ("  - ", "b"),
        ("    ", "c"),
        ("- ", "d"),
        ("3. ", "e"),
        ("4. ", "f"),
        ("> ", "q"),
        "code",
        ("", "---"),
        [["h"], ["1"]],
    ]
    assert isinstance(found[-1], Grid)
