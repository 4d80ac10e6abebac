"""What the tests of the shells share: a learner who types, a folder of questions, a process."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from quizengine.attempt import Event
from quizengine.bank import LoadedBank
from quizengine.card import Card
from quizengine.cli.plain import PlainExam
from quizengine.errors import StoreError
from quizengine.exam import Exam
from quizengine.figure import Figure
from quizengine.question import Question
from quizengine.source import Sources
from quizengine.storage.memory import MemoryStore
from quizengine.study import Seat
from quizengine.terms import MINUTE
from tests.builders import TOPIC, Desk, FakeClock, a_question

PROGRAM = (sys.executable, "-m", "quizengine")
SECONDS = 60  # no process of a test runs longer

# A learner who types


@dataclass(frozen=True)
class Wait:
    """The learner types nothing for so long."""

    minutes: float


class Script:
    """A terminal whose learner types the given lines and then ends the input.

    While the learner waits the clock runs on to the moment at which the program asked to be
    woken, so no test sleeps. `lines` may hold Waits.
    """

    def __init__(self, clock: FakeClock, lines: Iterable[str | Wait] = ()) -> None:
        self.clock = clock
        self.lines = list(lines)
        self.shown = ""
        self.reads = 0
        self._waited = 0

    def read(self, seconds: float | None) -> str | None:
        self.reads += 1
        assert self.reads < 10_000, "the program asks without end"
        if not self.lines:
            raise EOFError
        first = self.lines[0]
        if isinstance(first, str):
            self.lines.pop(0)
            return first
        rest = round(first.minutes * MINUTE) - self._waited
        asked = rest if seconds is None else min(rest, round(seconds * 1000))
        self.clock.advance(ms=asked)
        self._waited += asked
        if asked == rest:
            self.lines.pop(0)
            self._waited = 0
            if seconds is None or asked < round(seconds * 1000):
                return self.read(None if seconds is None else seconds - asked / 1000)
        return None

    def write(self, text: str, end: str = "\n") -> None:
        self.shown += text + end


class Sitting:
    """One window on an attempt, driven line by line; it opens as the learner sees it."""

    def __init__(self, desk: Desk, seat: Seat) -> None:
        self.desk = desk
        self.study = desk.study()
        self.terminal = Script(desk.clock)
        self.exam = PlainExam(self.study, seat, self.terminal)
        self.done = False

    @property
    def seat(self) -> Seat:
        return self.exam.seat

    def types(self, *lines: str | Wait) -> str:
        """What is shown from these lines on, until the learner leaves, ends or says no more."""
        self.terminal.lines = list(lines)
        before = len(self.terminal.shown)
        self.done = self.exam.sit()
        return self.terminal.shown[before:]


def sitting(desk: Desk | None = None, **plan: Any) -> Sitting:
    """An attempt at the desk's exam that has just been started."""
    desk = desk or Desk()
    study = desk.study()
    return Sitting(desk, study.start(study.plan(next(iter(desk.bank.exams)), **plan)))


def resumed(desk: Desk) -> Sitting:
    """The program run anew on the attempt that is open."""
    return Sitting(desk, desk.study().resume())


class Unreliable(MemoryStore):
    """A Store that refuses to write while `refusal` is set."""

    def __init__(self) -> None:
        super().__init__()
        self.refusal: StoreError | None = None
        self.only: str | None = None  # refuse this kind of event alone

    def append(self, events: Sequence[Event], *, epoch: int | None = None) -> None:
        kinds = {event.kind for event in events}
        if self.refusal is not None and (self.only is None or self.only in kinds):
            raise self.refusal
        super().append(events, epoch=epoch)


# A folder of questions


def write_questions(
    root: Path, exams: Iterable[Exam], questions: Iterable[Question], **topic: str
) -> Path:
    """A questions folder as an author would have made it."""
    area, leaf = TOPIC.split("/")
    tasks = _toml(topic or {"mls-c01": "1.1"})
    _write(
        root / "topics.toml",
        f'[{area}]\ntitle = "Training"\n[{area}.{leaf}]\ntitle = "Early stopping"\n'
        f'scope = "When a training job ends."\nexams = {tasks}\n',
    )
    for exam in exams:
        _write(root / "exams" / f"{exam.code}.toml", _document(exam.model_dump(exclude={"code"})))
    for question in questions:
        body = question.model_dump(exclude={"id"})
        _write(root / "bank" / area / f"{question.id}.toml", _document(body))
    return root


def write_cards(root: Path, cards: Iterable[Card]) -> None:
    """Cards among the questions of a folder."""
    for card in cards:
        body = card.model_dump(exclude={"id"})
        _write(root / "cards" / card.topic.split("/")[0] / f"{card.id}.toml", _document(body))


def write_figure(root: Path, figure: Figure) -> None:
    """A figure whose picture is empty."""
    _write(root / "figures" / f"{figure.id}.toml", _document(figure.model_dump(exclude={"id"})))
    _write(root / "figures" / f"{figure.id}.svg", "<svg/>\n")


def write_sources(root: Path, sources: Sources) -> None:
    _write(root / "sources.toml", _document(sources.model_dump()))


def write_bank(root: Path, bank: LoadedBank) -> Path:
    return write_questions(root, bank.exams.values(), bank.questions.values())


def questions_for(code: str, tasks: Mapping[str, int], **changes: Any) -> list[Question]:
    """So many singles for each task of an exam."""
    return [
        a_question("single", f"{code}-{task.replace('.', '-')}-{n}", exams={code: task}, **changes)
        for task, count in tasks.items()
        for n in range(count)
    ]


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def _document(body: Mapping[str, object]) -> str:
    return "".join(f"{key} = {_toml(value)}\n" for key, value in body.items() if value is not None)


def _toml(value: object) -> str:
    match value:
        case bool():
            return str(value).lower()
        case int():
            return str(value)
        case date():
            return value.isoformat()
        case str():
            return json.dumps(value, ensure_ascii=False)
        case list() | tuple():
            return f"[{', '.join(_toml(item) for item in value)}]"
        case dict():
            pairs = (f'"{k}" = {_toml(v)}' for k, v in value.items() if v is not None)
            return f"{{ {', '.join(pairs)} }}"
    raise TypeError(f"no TOML for {value!r}")


# A process


@dataclass(frozen=True)
class Ran:
    """What a command gave back."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


@dataclass(frozen=True)
class Shell:
    """Runs the program as a learner would, with a home and questions of the test's own."""

    home: Path
    questions: Path | None = None
    env: Mapping[str, str] = field(default_factory=dict)

    def environment(self) -> dict[str, str]:
        own = {"QUIZENGINE_HOME": str(self.home), "PYTHONPATH": str(Path(__file__).parents[2])}
        own |= {"HOME": str(self.home), "USERPROFILE": str(self.home)}  # labs go there
        if self.questions is not None:
            own["QUIZENGINE_QUESTIONS"] = str(self.questions)
        kept = {k: v for k, v in os.environ.items() if not k.startswith(("QUIZENGINE", "COV"))}
        return kept | own | dict(self.env)

    def run(self, *args: str, typed: str | None = "") -> Ran:
        """One command to its end; `typed` is its whole input, None for /dev/null."""
        done = subprocess.run(
            [*PROGRAM, *args],
            input=None if typed is None else typed.encode(),
            stdin=subprocess.DEVNULL if typed is None else None,
            capture_output=True,
            env=self.environment(),
            timeout=SECONDS,
            check=False,
        )
        out, err = (text.decode("utf-8", "replace") for text in (done.stdout, done.stderr))
        return Ran(done.returncode, out, err)
