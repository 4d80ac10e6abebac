"""Cards at the command line: drilled by line or by key, counted, corrected, objected to."""

from __future__ import annotations

import contextlib
import io
import json
import re
import signal
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pexpect
import pytest
from hypothesis import given
from hypothesis import strategies as st

from quizengine import wiring
from quizengine.attempt import Event
from quizengine.bank import LoadedBank
from quizengine.cli import main
from quizengine.cli.drill import HELP, Drill
from quizengine.content import QuestionId
from quizengine.errors import StoreBusy, StoreFull
from quizengine.figure import Figure
from quizengine.schedule import DAY, Day
from quizengine.source import Gap, Item, Sources
from tests.builders import START, TOPIC, Desk, a_card, a_question, a_short_exam, a_topic, an_exam
from tests.shells.helpers import (
    PROGRAM,
    Ran,
    Script,
    Shell,
    Unreliable,
    write_cards,
    write_figure,
    write_questions,
    write_sources,
)

TODAY = Day(START, START + DAY)
CLAIM = {"item": "S4-05", "verdict": "corrected", "claimed": "It is round.", "true": "It is flat."}
CARDS = [
    a_card("patience", prompt="How long does patience last?", figure="loss-curve"),
    a_card("shape", prompt="Which shape has it?", sources=[CLAIM]),
    a_card("third", prompt="What is third?", sources=[]),
]
FIGURE = Figure(
    id="loss-curve",
    title="A loss that falls",
    alt="It falls from 3 to 1.",
    columns=("epoch", "loss"),
    rows=(("1", "3"), ("2", "1")),
)
SOURCES = Sources(
    decks={"S4": "The fourth deck"},
    items={
        "S4-02": Item(title="Early stopping", verdict="as-is", ask="yes"),
        "S4-05": Item(title="The shape", verdict="corrected", ask="corrected-only"),
        "S4-06": Item(title="What nobody serves", verdict="as-is", ask="yes"),
    },
    gaps={"G3-30": Gap(title="A gap", exams={"mls-c01": ("1.1",)})},
)


# A learner who drills, over a record in memory


def a_desk(store: Any = None) -> Desk:
    bank = LoadedBank([], CARDS, [a_topic()], [a_short_exam()], figures=[FIGURE], sources=SOURCES)
    return Desk(bank) if store is None else Desk(bank, store)


def drilled(*lines: str, desk: Desk | None = None, **choice: Any) -> tuple[str, Drill]:
    """What is shown to a learner who types these lines, and how it stands then."""
    desk = desk or a_desk()
    study = desk.study()
    script = Script(desk.clock, lines)
    drill = Drill(study, study.deck(TODAY, **choice), script)
    drill.run()
    return script.shown, drill


def grades(desk: Desk) -> list[tuple[str, str]]:
    return [(e.payload["card"], e.payload["grade"]) for e in desk.store.of_kind("graded")]


def test_the_answer_comes_after_the_prompt_and_not_before() -> None:
    shown, _ = drilled()
    assert "How long does patience last?" in shown
    assert "Early stopping." not in shown
    shown, _ = drilled("")
    assert "A: Early stopping." in shown
    assert "Common error: To take the training loss" in shown
    assert "A page (from an undated copy)\n    https://docs.example.com/a" in shown


def test_each_grade_says_when_the_card_would_come_back() -> None:
    shown, _ = drilled("")
    assert "1 again (1 minute), 2 hard (6 minutes), 3 good (10 minutes), 4 easy (8 days)> " in shown


@pytest.mark.parametrize(
    ("typed", "grade"),
    [("1", "again"), ("a", "again"), ("AGAIN", "again"), ("2", "hard"), ("h", "hard"),
     ("3", "good"), (" g ", "good"), ("4", "easy"), ("e", "easy"), ("easy", "easy")],
)  # fmt: skip
def test_a_grade_is_a_number_a_letter_or_a_word(typed: str, grade: str) -> None:
    desk = a_desk()
    shown, drill = drilled("", typed, desk=desk)
    assert grades(desk) == [("patience", grade)]
    assert f"Saved: {grade}." in shown
    assert drill.graded == 1


def test_what_was_not_known_comes_back_in_the_same_sitting() -> None:
    desk = a_desk()
    shown, drill = drilled("", "1", "", "3", "", "4", "", "3", "", "3", "", "3", "", "3", desk=desk)
    assert grades(desk)[0] == ("patience", "again")
    assert [card for card, _ in grades(desk)].count("patience") > 1
    assert "once more" in shown
    assert drill.deck.left == 0


def test_a_figure_is_told_in_words_and_numbers_and_where_it_lies() -> None:
    shown, _ = drilled("")
    assert "Figure: A loss that falls. It falls from 3 to 1." in shown
    assert "epoch  loss\n    1     3\n    2     1\n" in shown
    assert re.search(r"^Picture: .*figures.loss-curve\.svg$", shown, re.MULTILINE)


def test_what_a_deck_claimed_wrongly_stands_beside_what_is_true() -> None:
    shown, _ = drilled("", "4", "")
    assert "Source: S4-05 (The fourth deck, 'The shape'): corrected." in shown
    assert "It claimed: It is round." in shown
    assert "What is true: It is flat." in shown


def test_a_grade_before_the_answer_is_not_taken() -> None:
    desk = a_desk()
    shown, _ = drilled("3", "good", "", desk=desk)
    assert shown.count("First look") == 2
    assert grades(desk) == []


def test_nonsense_is_answered_and_changes_nothing() -> None:
    desk = a_desk()
    shown, _ = drilled("", "5", "x" * 10_000, "\x1b[A", "maybe", desk=desk)
    assert shown.count("Say 1 to 4") == 4
    assert "\x1b" not in shown
    assert grades(desk) == []


def test_help_is_given_wherever_one_stands() -> None:
    shown, _ = drilled("?", "", "help")
    assert shown.count(HELP) == 2


@pytest.mark.parametrize("word", ["q", "quit", "exit", "Q"])
@pytest.mark.parametrize("before", [(), ("",)])
def test_one_can_leave_before_and_after_the_answer(word: str, before: tuple[str, ...]) -> None:
    desk = a_desk()
    _, drill = drilled(*before, word, "", "4", desk=desk)
    assert (drill.graded, drill.deck.left, grades(desk)) == (0, 3, [])


@given(st.lists(st.sampled_from(["", "1", "2", "3", "4", "q", "?", "x", "e", "h"]), max_size=25))
def test_whatever_is_typed_every_grade_that_was_acknowledged_is_kept(lines: list[str]) -> None:
    desk = a_desk()
    shown, drill = drilled(*lines, desk=desk)
    assert shown.count("Saved: ") == len(grades(desk)) == drill.graded
    assert desk.study().deck(TODAY).memories == drill.deck.memories


@pytest.mark.parametrize(
    "refusal", [StoreFull("NOT saved.", "Free room."), StoreBusy("NOT saved.", "Wait.")]
)
def test_a_grade_that_cannot_be_kept_is_asked_again(refusal: StoreFull | StoreBusy) -> None:
    class Once(Unreliable):
        def append(self, events: Sequence[Event], *, epoch: int | None = None) -> None:
            before, self.refusal = self.refusal, None
            if before is not None:
                raise before
            super().append(events, epoch=epoch)

    store = Once()
    store.refusal = refusal
    desk = a_desk(store)
    shown, _ = drilled("", "3", "4", desk=desk)
    assert f"NOT saved.\n{refusal.hint}\n" in shown
    assert grades(desk) == [("patience", "easy")]


# The commands


class Inside:
    """The program within the test's process, with its whole input."""

    def __call__(self, *args: str) -> Ran:
        out, err = io.StringIO(), io.StringIO()
        try:
            with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
                main(args)
        except SystemExit as left:
            code = left.code
        assert isinstance(code, int)
        return Ran(code, out.getvalue(), err.getvalue())


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """An exam of four questions of which two name cards."""
    exam = an_exam(weights=(100,), scored=4, unscored=0, minutes=8)
    questions = [
        a_question("single", f"q{n}", exams={"mls-c01": "1.1"}, cards=cards)
        for n, cards in enumerate((["patience"], ["shape", "lost"], [], []))
    ]
    root = write_questions(tmp_path / "questions", [exam], questions)
    write_cards(root, CARDS)
    write_figure(root, FIGURE)
    write_sources(root, SOURCES)
    return root


@pytest.fixture
def program(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Inside:
    monkeypatch.setenv("QUIZENGINE_QUESTIONS", str(folder))
    return Inside()


@pytest.fixture
def shell(home: Path, folder: Path) -> Shell:
    return Shell(home, folder)


def sat(wrong: str) -> None:
    """The mock exam, with these questions answered wrong."""
    with wiring.opened() as study:
        seat = study.start(study.plan("mls-c01"))
        for place in seat.attempt.form.places:
            picked = "wrong-a" if place.question in wrong.split() else "right"
            seat = study.answer(seat, place.question, (picked,))
        study.submit(seat)


@pytest.mark.slow
def test_cards_are_drilled_from_a_pipe_and_the_end_of_input_is_no_error(shell: Shell) -> None:
    ran = shell.run("cards", typed="\n4\n\n1\n\n")
    assert (ran.code, ran.err) == (0, "")
    assert ran.out.startswith("0 cards due, 3 new.\n")
    assert ran.out.endswith("2 grades saved.\n2 cards left: quizengine cards\n")
    for typed in ("", None):
        assert shell.run("cards", typed=typed).code == 0
    assert shell.run("cards", "--json").json["due"] == 0


def test_the_json_says_what_would_be_asked(program: Inside) -> None:
    sat("q1")
    found = program("cards", "--json").json
    assert (found["due"], found["new"]) == (1, 2)
    assert [card["card"] for card in found["cards"]] == ["shape", "patience", "third"]
    assert found["cards"][0] == {
        "card": "shape",
        "due": True,
        "new": False,
        "missed": True,
        "due_at": None,
        "stability_days": None,
        "recall": None,
    }
    assert [card["card"] for card in program("cards", "--due", "--json").json["cards"]] == ["shape"]
    assert len(program("cards", "--limit", "2", "--json").json["cards"]) == 2
    assert len(program("cards", "--new", "1", "--json").json["cards"]) == 2
    assert len(program("cards", "--all", "--json").json["cards"]) == 3
    assert program("cards", "--topic", TOPIC, "--area", "training", "--json").json == found


def test_a_graded_card_has_a_memory(program: Inside) -> None:
    with wiring.opened() as study:
        study.grade(study.deck(wiring.day()), CARDS[0].id, "easy")
    assert program("cards", "--json").json["new"] == 2
    (known,) = [c for c in program("cards", "--all", "--json").json["cards"] if c["due_at"]]
    assert (known["card"], known["stability_days"]) == ("patience", 8.296)
    assert known["recall"] == pytest.approx(1, abs=0.01)


def test_new_cards_are_as_many_as_the_setting_says(program: Inside) -> None:
    program("settings", "new_cards", "1")
    assert program("cards", "--json").json["new"] == 1
    program("settings", "new_cards", "0")
    assert program("cards").out == (
        "No card is due.\nMore new ones at once: quizengine cards --new 10\n"
    )


@pytest.mark.parametrize(
    "args", [("--due", "--all"), ("--new", "0", "--due"), ("--all", "--new", "3")]
)
def test_only_one_of_due_new_and_all_can_be_meant(program: Inside, args: tuple[str, ...]) -> None:
    ran = program("cards", *args)
    assert ran.code == 2
    assert "Only one of --due, --new and --all" in ran.err


@pytest.mark.parametrize("where", [("--exam", "x"), ("--area", "x"), ("--topic", "x")])
@pytest.mark.parametrize("command", ["cards", "corrections"])
def test_a_place_that_is_not_there_is_one_clear_error(
    program: Inside, command: str, where: tuple[str, str]
) -> None:
    ran = program(command, *where)
    assert ran.code == 1
    assert ran.err.startswith("Error: There is no ")


# Home, report, review


def test_the_home_screen_counts_the_cards(program: Inside) -> None:
    assert "Cards: 0 due, 3 new: quizengine cards\n" in program().out
    sat("q0 q1")
    assert "Cards: 2 due, 1 new: quizengine cards\n" in program().out
    program("settings", "new_cards", "0")
    with wiring.opened() as study:
        deck = study.deck(wiring.day())
        for card in CARDS:
            deck = study.grade(deck, card.id, "easy")
    assert "Cards: " not in program().out


def test_the_report_says_that_cards_are_due_and_the_review_which(program: Inside) -> None:
    sat("q0 q1")
    assert "quizengine cards --due    drills what you missed: 2 cards due now.\n" in (
        program("exam", "report").out
    )
    assert program("exam", "report", "--json").json["cards_due"] == ["patience", "shape"]
    review = program("exam", "review", "--wrong").out
    assert review.count("Due now: ") == 2
    assert "Due now: patience. Drill them: quizengine cards\n" in review
    assert "Due now: shape. Drill them: quizengine cards\n" in review
    assert "Figure: A loss that falls: quizengine bank show patience\n" in review


def test_what_was_right_makes_nothing_due(program: Inside) -> None:
    sat("")
    assert "quizengine cards" not in program("exam", "report").out
    assert "Due now" not in program("exam", "review").out


def test_a_corrected_key_is_told_once_on_the_home_screen(program: Inside, folder: Path) -> None:
    sat("q0")
    path = folder / "bank/training/q0.toml"
    text = path.read_text(encoding="utf-8")
    path.write_text(
        text.replace('"correct" = true', '"correct" = false, "trap" = "stage"', 1).replace(
            '"text" = "Do wrong-a.", "correct" = false, "trap" = "stage"',
            '"text" = "Do wrong-a.", "correct" = true',
        ),
        encoding="utf-8",
    )
    said = "Since you met it, question q0 has a corrected key: quizengine bank show q0"
    assert said in " ".join(program().out.split())
    assert "corrected" not in program().out
    with wiring.opened() as study:
        assert [event["question"] for event in told(study.export())] == [QuestionId("q0")]


def told(lines: Iterable[str]) -> list[dict[str, Any]]:
    found = [json.loads(line).get("event") for line in lines]
    return [event for event in found if event is not None and event["kind"] == "told"]


# What the bank holds


def test_a_card_is_shown_with_its_figure(program: Inside, folder: Path) -> None:
    shown = program("bank", "show", "patience").out
    assert "Figure: A loss that falls. It falls from 3 to 1." in shown
    assert f"Picture: {folder / 'figures' / 'loss-curve.svg'}\n" in shown
    assert program("bank", "show", "patience", "--json").json["figure"] == "loss-curve"


def test_a_card_whose_figure_is_missing_is_shown_without(program: Inside, folder: Path) -> None:
    for suffix in ("svg", "toml"):
        (folder / "figures" / f"loss-curve.{suffix}").unlink()
    shown = program("bank", "show", "patience")
    assert shown.code == 0
    assert "Figure" not in shown.out
    assert program("bank", "lint").code == 1


def test_corrections_are_listed_by_area(program: Inside) -> None:
    shown = program("corrections").out
    assert shown.startswith("Training\n\nS4-05 (The fourth deck, 'The shape'): corrected\n")
    assert "  claimed  It is round.\n  true     It is flat.\n" in shown
    assert shown.endswith("1 item of the decks corrected.\n")
    (found,) = program("corrections", "--area", "training", "--json").json
    assert (found["item"], found["deck"], found["true"]) == (
        "S4-05",
        "The fourth deck",
        "It is flat.",
    )
    assert found["references"][0]["as_of"] == "unknown"


@pytest.mark.parametrize("by", ["domain", "task", "topic"])
def test_stats_count_what_there_is(program: Inside, by: str) -> None:
    shown = program("bank", "stats", "--by", by).out
    assert shown.startswith("4 questions, 3 cards, 1 topic.\n")
    assert "source items: of 3, questions serve 0, cards 2\n" in shown
    assert "gap topics: of 1, questions serve 0, cards 0\n" in shown
    assert re.search(
        rf"^{'topic' if by == 'topic' else 'exam'} .*{'' if by == 'topic' else by}",
        shown,
        re.MULTILINE,
    )


def test_stats_as_json_have_everything_at_once(program: Inside) -> None:
    found = program("bank", "stats", "--json").json
    assert (found["questions"], found["withdrawn"], found["cards"]) == (4, 0, 3)
    assert found["exams"]["mls-c01"]["1"]["have"] == 4
    assert found["exams"]["mls-c01"]["1"]["tasks"]["1.1"] == {"title": "A task", "have": 4}
    assert found["topics"] == [{"id": TOPIC, "title": "Early stopping", "questions": 4, "cards": 3}]
    assert found["source_items"]["no_card"] == ["S4-06"]
    assert found["references"]["undated"] == 3


def test_stats_list_what_nothing_serves(program: Inside) -> None:
    rows = [line.split() for line in program("bank", "stats", "--missing").out.splitlines()]
    assert rows[0] == ["id", "question", "card", "title"]
    assert [row[:3] for row in rows[1:]] == [
        ["S4-02", "-", "yes"], ["S4-05", "-", "yes"], ["S4-06", "-", "-"], ["G3-30", "-", "-"],
    ]  # fmt: skip


def test_a_text_that_says_what_is_wrong_is_printed_and_sent_nowhere(program: Inside) -> None:
    ran = program("bank", "report", "q0", "--think", "The key is d.")
    assert ran.code == 0
    assert ran.out.startswith("# A question seems wrong: q0\n")
    assert "\nThe key is d.\n" in ran.out
    assert "Nothing was sent." in ran.err
    found = program("bank", "report", "patience", "--json").json
    assert (found["id"], found["version"], len(found["sha256"])) == ("patience", 1, 64)
    assert program("bank", "report", "patent").code == 1


@pytest.mark.slow
def test_a_record_with_grades_bears_a_version_that_older_programs_refuse(
    shell: Shell, home: Path
) -> None:
    shell.run("cards", typed="\n4\n")
    with contextlib.closing(sqlite3.connect(home / "record.sqlite")) as db:
        (version,) = db.execute("PRAGMA user_version").fetchone()
    assert version >= 2


# A keyboard


@pytest.fixture
def child(shell: Shell) -> Iterator[pexpect.spawn[str]]:
    """The command in a terminal, at its first prompt."""
    env = shell.environment() | {"TERM": "xterm", "QUIZENGINE_PLAIN": "1"}
    child = pexpect.spawn(
        PROGRAM[0], [*PROGRAM[1:], "cards"], env=env, encoding="utf-8", timeout=20
    )
    child.expect_exact("Enter for the answer> ")
    yield child
    child.close(force=True)


def exit_code(child: pexpect.spawn[str]) -> int:
    child.expect(pexpect.EOF)
    child.close()
    return 128 + int(child.signalstatus) if child.signalstatus else int(child.exitstatus or 0)


def kept(shell: Shell) -> list[float]:
    """The stabilities of what was graded."""
    cards = shell.run("cards", "--all", "--json").json["cards"]
    return [card["stability_days"] for card in cards if card["stability_days"]]


# pexpect forks; the workers of pytest-xdist have threads. The child execs at once.
forks = pytest.mark.filterwarnings("ignore:.*multi-threaded.*:DeprecationWarning")


@pytest.mark.slow
@forks
def test_one_key_is_enough(child: pexpect.spawn[str], shell: Shell) -> None:
    child.send("\r")
    child.expect_exact("4 easy (8 days)> ")
    child.send("\x1b[A")  # an arrow is no grade
    child.expect_exact("Say 1 to 4")
    child.send("4")
    child.expect_exact("Saved: easy.")
    child.send("\rg")  # typed ahead
    child.expect_exact("Saved: good.")
    child.send("q")
    assert exit_code(child) == 0
    assert len(kept(shell)) == 2


@pytest.mark.slow
@forks
@pytest.mark.parametrize(
    ("key", "code"), [("\x04", 0), ("\x03", 130)], ids=["end of input", "interrupt"]
)
def test_the_keys_that_end_a_program_end_it_and_lose_nothing(
    child: pexpect.spawn[str], shell: Shell, key: str, code: int
) -> None:
    child.send("\r4")
    child.expect_exact("Saved: easy.")
    child.send(key)
    assert exit_code(child) == code
    assert len(kept(shell)) == 1


@pytest.mark.slow
@forks
@pytest.mark.parametrize("number", [signal.SIGHUP, signal.SIGTERM])
def test_a_window_that_is_closed_loses_nothing(
    child: pexpect.spawn[str], shell: Shell, number: signal.Signals
) -> None:
    child.send("\r4")
    child.expect_exact("Saved: easy.")
    child.expect_exact("Enter for the answer> ")
    child.kill(number)
    assert exit_code(child) == 128 + number
    assert len(kept(shell)) == 1
