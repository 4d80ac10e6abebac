"""Makes the pictures of the browser's pages: .venv/bin/python docs/make_screenshots.py

A made learner works for five weeks; then the real server runs over that record, and Chromium looks
at its pages. With a folder named, every page is taken into it instead, on a desktop and on a phone,
light and dark: to look at after a change of the style. Names of pages after it narrow that.
"""

from __future__ import annotations

import itertools
import os
import random
import shutil
import socket
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

import uvicorn
from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

from quizengine import wiring
from quizengine.agenda import Goal
from quizengine.content import ExamCode
from quizengine.form import place
from quizengine.question import Question
from quizengine.storage.memory import MemoryStore
from quizengine.study import Plan, Seat, Study
from quizengine.terms import MINUTE
from quizengine.web.app import build
from quizengine.web.desk import Desk
from quizengine.web.door import Door, ticket
from quizengine.web.limits import Limits
from quizengine.web.server import listen

ROOT = Path(__file__).parents[1]
FOLDER = ROOT / "docs" / "pictures"
SEED = 2026
DAY = 24 * 60 * MINUTE
WEEKS = 5
EXAM = "mls-c01"
IN_FRONT, PLACE = "jobs-for-two-gpu-instances", 22
SHOWN = "early-stopping-without-a-value-per-epoch"
SECRET = "0" * 64
NAMES = ("chromium", "chromium-browser", "google-chrome")
DESKTOP, PHONE = (1280, 860), (390, 780)
COLOURS = 256  # of a picture: small files, and nothing lost to the eye


class MovedClock:
    """Stands still until it is told otherwise. UTC milliseconds."""

    def __init__(self, at: int) -> None:
        self.at = at

    def now(self) -> int:
        return self.at


@dataclass(frozen=True)
class Shot:
    """`path` is the name of a page, as `made` has them; `opens` is clicked before it is taken."""

    name: str
    path: str
    size: tuple[int, int] = DESKTOP
    colours: str = "light"
    opens: str = ""


SHOTS = (
    Shot("web-home", "home"),
    Shot("web-exam", "exam"),
    Shot("web-exam-dark", "exam", colours="dark"),
    Shot("web-exam-phone", "exam", size=PHONE),
    Shot("web-result", "result"),
    Shot("web-progress", "progress"),
    Shot("web-lab", "lab"),
    Shot("web-corrections-phone", "corrections", size=PHONE, colours="dark"),
)


class Learner:
    """Knows each area to a degree, and learns with every question."""

    def __init__(self, study: Study, clock: MovedClock) -> None:
        self.study, self.clock = study, clock
        self.dice = random.Random(SEED)
        self.knows = {topic.split("/")[0]: 0.0 for topic in study.bank.topics}
        for area in self.knows:
            self.knows[area] = self.dice.uniform(0.54, 0.78)

    def week(self, number: int) -> None:
        self.sits(self.study.plan_practice(EXAM, questions=15))
        self.clock.at += DAY
        self.drills(12)
        self.clock.at += 2 * DAY
        if number % 2 == 0:
            self.sits(self.study.plan(EXAM, questions=(20, 40, 65)[number // 2]))
        self.clock.at += DAY
        self.drills(8)
        self.clock.at += 3 * DAY

    def sits(self, plan: Plan) -> None:
        seat = self.study.start(plan)
        for index in range(len(plan.form.places)):
            seat = self.answers(self.study.go_to(seat, index))
        self.study.submit(seat)

    def answers(self, seat: Seat) -> Seat:
        question = seat.question
        area = question.topic.split("/")[0]
        knows, right = self.knows[area], self.dice.random() < self.knows[area]
        self.clock.at += round(self.dice.uniform(30, 130) * 1000)
        sure = True if self.dice.random() < knows else False if self.dice.random() < 0.6 else None
        seat = self.study.answer(seat, question.id, self.picks(question, right), sure=sure)
        if self.dice.random() < 0.12:
            seat = self.study.flag(seat, question.id, True)
        self.knows[area] = min(0.93, knows + 0.012)
        return self.study.reveal(seat, question.id) if seat.attempt.is_practice else seat

    def picks(self, question: Question, right: bool) -> tuple[str, ...]:
        if right:
            return question.key
        wrong = question.shuffled[1:] + question.shuffled[:1]
        while question.is_right(wrong[: question.wanted]):
            wrong = tuple(self.dice.sample(question.shuffled, len(question.shuffled)))
        return tuple((wrong * question.wanted)[: question.wanted])

    def drills(self, count: int) -> None:
        deck = self.study.deck(wiring.day(), new=count, limit=count)
        for _ in range(count):
            asked = self.study.next_card(deck)
            if asked is None:
                return
            self.clock.at += 20_000
            grade = self.dice.choices(("again", "hard", "good", "easy"), (2, 2, 6, 2))[0]
            deck = self.study.grade(deck, asked.card.id, grade)  # type: ignore[arg-type]


def with_in_front(plan: Plan, question: Question) -> Plan:
    """The plan with this question at PLACE."""
    places = [each for each in plan.form.places if each.question != question.id]
    places.insert(PLACE, place(question, True, random.Random(SEED)))
    places = places[: len(plan.form.places)]
    return replace(plan, form=plan.form.model_copy(update={"places": tuple(places)}))


def made() -> tuple[Study, MovedClock, dict[str, str]]:
    """(the study of a learner of five weeks, its clock, the paths of its pages by name)."""
    ids: Iterator[int] = itertools.count(1)
    clock = MovedClock(wiring.day().begins + 9 * 60 * MINUTE - WEEKS * 7 * DAY)
    study = Study(
        wiring.open_questions(),
        MemoryStore(),
        clock,
        new_id=lambda: f"{next(ids):08x}-0000-4000-8000-000000000000",
        new_seed=lambda: SEED,
    )
    on = wiring.today() + timedelta(days=38)
    study.set_goal(Goal(exam=ExamCode(EXAM), on=on, minutes=45), wiring.today())
    learner = Learner(study, clock)
    for number in range(WEEKS):
        learner.week(number)
    checks = [check.id for check in study.lab("train_xgboost").lab.checks]
    study.note_lab("train_xgboost", "started")
    study.note_lab("train_xgboost", "checked", checks={c: n < 3 for n, c in enumerate(checks)})
    ended = study.history()[-1].attempt.id
    practised = study.start(study.plan_practice(EXAM, within="training", questions=8))
    practised = learner.answers(practised)
    seat = study.start(with_in_front(study.plan(EXAM), study.bank.question(IN_FRONT)))
    for index in range(PLACE):
        seat = study.go_to(seat, index)
        seat = learner.answers(seat) if index % 6 != 4 else seat
    seat = study.go_to(seat, PLACE)
    order = seat.attempt.place.order
    seat = study.strike(seat, IN_FRONT, frozenset(order[:1]))
    seat = study.answer(seat, IN_FRONT, order[1:2], sure=True)
    window = f"/attempt/{seat.attempt.id}/{seat.epoch}"
    result = f"/result/{ended}"
    paths = {
        "home": "/",
        "start": f"/exam/{EXAM}",
        "exam": f"{window}/{PLACE + 1}",
        "review": f"{window}/review",
        "result": result,
        "marked": f"{result}/3",
        "practice": "/practice",
        "verdict": f"/attempt/{practised.attempt.id}/{practised.epoch}/1",
        "cards": "/cards",
        "progress": f"/progress/{EXAM}",
        "plan": "/plan",
        "labs": "/labs",
        "lab": "/labs/train_xgboost",
        "search": "/search?words=early+stopping",
        "question": f"/question/{SHOWN}",
        "card": "/card/early-stopping-in-a-job",
        "report": f"/question/{SHOWN}/report",
        "corrections": "/corrections",
        "paper": "/paper",
        "paper-form": "/paper/form?exam=mls-c01&questions=10&seed=7&key=on",
        "paper-result": f"{result}/paper?only=wrong",
        "settings": "/settings",
    }
    return study, clock, paths


@contextmanager
def serving(study: Study, clock: MovedClock) -> Iterator[str]:
    """The real server over this study; its address."""
    bound = listen(0)
    with Desk(lambda: nullcontext(study)) as desk:
        door, limits = Door(SECRET, SECRET), Limits(burst=10_000)
        app = build(desk, door, clock.now, limits)
        server = uvicorn.Server(
            uvicorn.Config(app, ws="none", lifespan="off", log_config=None, access_log=False)
        )
        thread = threading.Thread(target=_run, args=(server, bound), daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{bound.getsockname()[1]}"
        server.should_exit = True
        thread.join(10)


def _run(server: uvicorn.Server, bound: socket.socket) -> None:
    server.run(sockets=[bound])


@contextmanager
def chromium() -> Iterator[Browser]:
    path = next((found for name in NAMES if (found := shutil.which(name))), None)
    if path is None:
        sys.exit("There is no Chromium here: apt install chromium.")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=path, args=["--no-sandbox", "--disable-gpu", "--hide-scrollbars"]
        )
        yield browser
        browser.close()


def take(
    browser: Browser, address: str, paths: dict[str, str], shots: tuple[Shot, ...], folder: Path
) -> None:
    """Each picture, as a PNG of few colours."""
    for size, colours in sorted({(shot.size, shot.colours) for shot in shots}):
        context = browser.new_context(
            viewport={"width": size[0], "height": size[1]},
            color_scheme="dark" if colours == "dark" else "light",
            reduced_motion="reduce",
        )
        page = context.new_page()
        page.goto(f"{address}/?token={ticket(SECRET)}")
        for shot in shots:
            if (shot.size, shot.colours) == (size, colours):
                _take(page, address + paths[shot.path], shot, folder / f"{shot.name}.png")
        context.close()


def _take(page: Page, address: str, shot: Shot, path: Path) -> None:
    page.goto(address, wait_until="networkidle")
    if shot.opens:
        page.locator(shot.opens).click()
    page.screenshot(path=path, full_page=path.parent != FOLDER)
    image = Image.open(path).convert("RGB")
    image.quantize(COLOURS, dither=Image.Dither.NONE).save(path, optimize=True)
    print(f"{path} ({path.stat().st_size // 1024} KB)")


def every(paths: dict[str, str]) -> tuple[Shot, ...]:
    """All pages in all ways, for looking at."""
    return tuple(
        Shot(f"{name}-{width}-{colours}", name, size, colours, opens)
        for name in paths
        for width, size in (("desktop", DESKTOP), ("phone", PHONE))
        for colours in ("light", "dark")
        for opens in ([".unfold > summary"] if name in ("question", "card") else [""])
    )


def main() -> None:
    folder = Path(sys.argv[1]) if sys.argv[1:] else FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as home:
        os.environ["QUIZENGINE_HOME"] = home
        study, clock, paths = made()
        shots = every(paths) if folder != FOLDER else SHOTS
        if sys.argv[2:]:
            shots = tuple(shot for shot in shots if shot.path in sys.argv[2:])
        with serving(study, clock) as address, chromium() as browser:
            take(browser, address, paths, shots, folder)


if __name__ == "__main__":
    main()
