"""Makes the pictures of the full-screen exam in docs/pictures: `make pictures`.

Drawn from the bank of this tree with a fixed seed and a clock that stands still. The questions in
front are named here, so a picture changes only when its question or the screen does.
"""

from __future__ import annotations

import asyncio
import itertools
import random
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from quizengine.bank import LoadedBank
from quizengine.form import place
from quizengine.question import Question
from quizengine.storage import files
from quizengine.storage.memory import MemoryStore
from quizengine.study import Plan, Seat, Study
from quizengine.terms import MINUTE
from quizengine.tui.app import ExamApp
from quizengine.tui.colours import Colours

ROOT = Path(__file__).parents[1]
FOLDER = ROOT / "docs" / "pictures"
SEED = 2026
IN_FRONT = "jobs-for-two-gpu-instances"
PRACTISED = "early-stopping-without-a-value-per-epoch"


class StandingClock:
    """Stands still until it is told otherwise. UTC milliseconds."""

    at = 1_800_000_000_000

    def now(self) -> int:
        return self.at


@dataclass(frozen=True)
class Picture:
    """`press` is what is typed before it is taken."""

    name: str
    title: str
    press: tuple[str, ...]
    practice: bool = False
    size: tuple[int, int] = (80, 24)


PICTURES = (
    Picture("exam", "A mock exam", ("2", "down", "x", "down", "down")),
    Picture("navigator", "All questions", ("l",), size=(80, 24)),
    Picture("end", "Before the end", ("e",)),
    Picture("practice", "Practice", ("s", "2"), practice=True, size=(96, 40)),
)


def study(clock: StandingClock, bank: LoadedBank) -> Study:
    ids: Iterator[int] = itertools.count(1)
    return Study(
        bank,
        MemoryStore(),
        clock,
        new_id=lambda: f"{next(ids):08x}-0000-4000-8000-000000000000",
        new_seed=lambda: SEED,
    )


def with_in_front(plan: Plan, question: Question, index: int) -> Plan:
    """The plan with this question at this place."""
    length = len(plan.form.places)
    places = [each for each in plan.form.places if each.question != question.id]
    places.insert(index, place(question, True, random.Random(SEED)))
    return replace(plan, form=plan.form.model_copy(update={"places": tuple(places[:length])}))


def an_exam(study: Study, clock: StandingClock) -> Seat:
    """An hour into a full mock: some answered, some skipped, some flagged."""
    plan = with_in_front(study.plan("mls-c01"), study.bank.question(IN_FRONT), 23)
    seat = study.start(plan)
    for index in range(23):
        seat = study.go_to(seat, index)
        clock.at += 2 * MINUTE + 40_000
        question = seat.question
        if index % 9 != 4:
            seat = study.answer(seat, question.id, question.shuffled[: question.wanted])
        if index % 11 == 2:
            seat = study.flag(seat, question.id, True)
        if index == 13:
            seat = study.note(seat, question.id, "Compare with the question on spot training")
    return study.go_to(seat, 23)


def a_practice(study: Study) -> Seat:
    plan = study.plan_practice("mls-c01", within="training", questions=10)
    return study.start(with_in_front(plan, study.bank.question(PRACTISED), 0))


async def take(picture: Picture, colours: Colours) -> str:
    """The picture as SVG."""
    clock, bank = StandingClock(), files.load(ROOT / "questions")
    at_home = study(clock, bank)
    seat = a_practice(at_home) if picture.practice else an_exam(at_home, clock)
    app = ExamApp(at_home, seat, colours=colours)
    async with app.run_test(size=picture.size) as pilot:
        await pilot.pause()
        await pilot.press(*picture.press)
        await pilot.pause()
        return without_foreign_fonts(app.export_screenshot(title=picture.title))


def without_foreign_fonts(svg: str) -> str:
    """The SVG without what it would load from other hosts; the reader's own font takes over."""
    svg = re.sub(r"\s*@font-face\s*{[^}]*}", "", svg)
    svg = svg.replace("Fira Code, monospace", "Fira Code, DejaVu Sans Mono, Menlo, monospace")
    foreign = re.findall(r"url\(['\"]?https?:[^)]*|(?:href|src)=['\"]https?:[^'\"]*", svg)
    assert not foreign, foreign
    return "\n".join(line.rstrip() for line in svg.splitlines()) + "\n"


def main() -> None:
    FOLDER.mkdir(exist_ok=True)
    for picture in PICTURES:
        for colours in ("dark", "light"):
            path = FOLDER / f"{picture.name}-{colours}.svg"
            path.write_text(asyncio.run(take(picture, colours)), encoding="utf-8")
            print(path.relative_to(ROOT))


if __name__ == "__main__":
    main()
