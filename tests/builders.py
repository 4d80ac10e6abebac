"""Small builders: a whole question, exam, bank or sitting from the few words a test is about."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from quizengine.attempt import AttemptId, ClientId, Event, EventKind
from quizengine.bank import LoadedBank
from quizengine.card import Card
from quizengine.content import QuestionId, TopicId, frozen
from quizengine.exam import Exam
from quizengine.lab import Lab
from quizengine.question import Kind, Question, parse_question
from quizengine.storage.memory import MemoryStore
from quizengine.study import Plan, Study
from quizengine.terms import MINUTE
from quizengine.topic import Topic

KINDS: tuple[Kind, ...] = ("single", "multiple", "ordering", "matching")
TOPIC = "training/early-stopping"
CHECKED = date(2026, 11, 21)
START = 1_800_000_000_000  # UTC milliseconds at which a fake clock begins


# Content


def a_choice(id: str, correct: bool = False) -> dict[str, object]:
    """One option, as a question file has it."""
    choice: dict[str, object] = {"id": id, "text": f"Do {id}.", "why": f"Because of {id}."}
    return choice | ({"correct": True} if correct else {"trap": "stage"})


def a_step(id: str) -> dict[str, object]:
    return {"id": id, "text": f"Do {id}.", "why": f"{id} stands here."}


def a_prompt(id: str, match: str) -> dict[str, object]:
    return {"id": id, "text": f"It is {id}.", "match": match, "why": f"{id} is {match}."}


def a_match(id: str) -> dict[str, object]:
    return {"id": id, "text": f"That is {id}."}


def question_data(kind: Kind = "single", id: str = "a-question", **changes: Any) -> dict[str, Any]:
    """What a loader hands over: the decoded file and its id. A change of None takes a key out."""
    stem = "A team trains a model. The loss rises again. What should it do?"
    shape: dict[str, Any]
    match kind:
        case "single":
            wrong = [a_choice(f"wrong-{n}") for n in "abc"]
            shape = {"options": [a_choice("right", True), *wrong]}
        case "multiple":
            stem += " (Select TWO.)"
            right = [a_choice("right-a", True), a_choice("right-b", True)]
            shape = {"options": [*right, *(a_choice(f"wrong-{n}") for n in "abc")]}
        case "ordering":
            shape = {"steps": [a_step(id) for id in ("collect", "clean", "train", "deploy")]}
        case "matching":
            pairs = {"labels": "supervised", "none": "unsupervised", "rewards": "reinforcement"}
            shape = {
                "prompts": [a_prompt(prompt, match) for prompt, match in pairs.items()],
                "options": [a_match(match) for match in (*pairs.values(), "symbolic")],
            }
    data = {
        "id": id,
        "kind": kind,
        "topics": [TOPIC],
        "exams": {"mls-c01": "1.1"},
        "difficulty": "medium",
        "decides": "rises again",
        "verified_on": CHECKED,
        "references": [
            {"url": "https://docs.example.com/a", "title": "A page", "as_of": date(2026, 8, 4)}
        ],
        "stem": stem,
        **shape,
        **changes,
    }
    return {key: frozen(value) for key, value in data.items() if value is not None}


def a_question(kind: Kind = "single", id: str = "a-question", **changes: Any) -> Question:
    return parse_question(question_data(kind, id, **changes))


def a_single(id: str, right: str, **changes: Any) -> Question:
    """A single over the options a, b, c and d, of which `right` is the key."""
    options = [a_choice(option, option == right) for option in "abcd"]
    return a_question("single", id, options=options, **changes)


def card_data(id: str = "a-card", **changes: Any) -> dict[str, Any]:
    data = {
        "id": id,
        "topics": [TOPIC],
        "verified_on": CHECKED,
        "references": [
            {"url": "https://docs.example.com/a", "title": "A page", "as_of": "unknown"}
        ],
        "prompt": "What ends a training job early?",
        "answer": "Early stopping.",
        "common_error": "To take the training loss for the validation loss.",
        "sources": [{"item": "S4-02", "verdict": "as-is"}],
        **changes,
    }
    return {key: frozen(value) for key, value in data.items() if value is not None}


def a_card(id: str = "a-card", **changes: Any) -> Card:
    return Card.model_validate(card_data(id, **changes))


def a_lab(id: str = "early_stopping", **changes: Any) -> Lab:
    """A lab of three checks."""
    checks = [{"id": f"check-{n}", "title": f"It is {n}."} for n in ("one", "two", "three")]
    told: dict[str, Any] = {
        "order": 1,
        "title": "Stop a job early",
        "summary": "A job that ends when nothing gets better.",
        "minutes": 30,
        "exams": {"mls-c01": ["3.4"]},
        "topics": [TOPIC],
        "checks": checks,
    }
    return Lab.model_validate(frozen({"id": id, **told, **changes}))


def a_topic(id: str = TOPIC) -> Topic:
    return Topic(
        id=TopicId(id),
        area="Training",
        title="Early stopping",
        scope="When a training job ends.",
        exams={"mls-c01": "1.1"},
    )


def a_figure(value: object, **changes: object) -> dict[str, object]:
    return {"value": value, "source": "guide", "as_of": CHECKED, **changes}


def exam_data(
    code: str = "mls-c01",
    *,
    weights: Iterable[int] = (20, 24, 36, 20),
    scored: int = 50,
    unscored: int = 15,
    minutes: int = 180,
    kinds: Iterable[Kind] = KINDS,
    tasks: int = 3,
    **changes: Any,
) -> dict[str, Any]:
    data = {
        "code": code,
        "name": f"The exam {code}",
        "status": {"value": "active", "since": CHECKED, "source": "guide", "as_of": CHECKED},
        "pass_mark": a_figure(750),
        "weights": a_figure("as listed"),
        "domains": [
            {
                "id": str(n),
                "title": f"Domain {n}",
                "weight": weight,
                "tasks": [{"id": f"{n}.{t}", "title": "A task"} for t in range(1, tasks + 1)],
            }
            for n, weight in enumerate(weights, start=1)
        ],
        "formats": [
            {
                "name": "standard",
                "scored": a_figure(scored),
                "unscored": a_figure(unscored),
                "minutes": a_figure(minutes),
                "price_usd": a_figure(300),
                "kinds": a_figure(tuple(kinds)),
            }
        ],
        "sources": {"guide": {"title": "The exam guide"}},
        **changes,
    }
    return {key: frozen(value) for key, value in data.items() if value is not None}


def an_exam(code: str = "mls-c01", **changes: Any) -> Exam:
    """MLS-C01's weights, counts and minutes, unless changed; all four kinds, three tasks each."""
    return Exam.model_validate(exam_data(code, **changes))


def a_short_exam(**changes: Any) -> Exam:
    """Two domains, 6 scored and 4 unscored questions (3+2, 3+2), 20 minutes: 2 a question."""
    short: dict[str, Any] = {"weights": (50, 50), "scored": 6, "unscored": 4, "minutes": 20}
    return an_exam(**short | changes)


def a_bank(
    n: int | Mapping[str, int] = 20,
    *,
    exam: Exam | None = None,
    kinds: Iterable[Kind] = ("single",),
    instead: Iterable[Question] = (),
    cards: Iterable[Card] = (),
    labs: Iterable[Lab] = (),
) -> LoadedBank:
    """`n` questions in each domain of the exam (or per domain id), their tasks and kinds in turn.

    Their ids are d1-000, d1-001 ...; a question in `instead` takes the place of its namesake.
    """
    exam = exam or an_exam()
    kinds = tuple(kinds)
    questions: dict[str, Question] = {}
    for domain in exam.domains:
        for i in range(n if isinstance(n, int) else n.get(domain.id, 0)):
            id = f"d{domain.id}-{i:03}"
            task = domain.tasks[i % len(domain.tasks)].id
            kind = kinds[i % len(kinds)]
            questions[id] = a_question(kind, id, exams={exam.code: task})
    questions |= {question.id: question for question in instead}
    return LoadedBank(questions.values(), cards, [a_topic()], [exam], labs=labs)


# A sitting


class FakeClock:
    """Stands still until it is told otherwise. UTC milliseconds."""

    def __init__(self, at: int = START) -> None:
        self.at = at

    def now(self) -> int:
        return self.at

    def advance(self, *, minutes: float = 0, ms: int = 0) -> None:
        """Move on; or back, as a wall clock can be between two runs."""
        self.at += round(minutes * MINUTE) + ms


class Ids:
    """00000001-..., 00000002-...: ids that are as unique as real ones, and known beforehand."""

    def __init__(self) -> None:
        self.count = 0

    def __call__(self) -> str:
        self.count += 1
        return f"{self.count:08x}-0000-4000-8000-000000000000"


@dataclass
class Desk:
    """One learner's computer: what stays when the program ends."""

    bank: LoadedBank = field(default_factory=lambda: a_bank(exam=a_short_exam()))
    store: MemoryStore = field(default_factory=MemoryStore)
    clock: FakeClock = field(default_factory=FakeClock)
    ids: Ids = field(default_factory=Ids)

    def study(self) -> Study:
        """The program, run anew."""
        return Study(self.bank, self.store, self.clock, new_id=self.ids, new_seed=lambda: 7)


def a_study(bank: LoadedBank | None = None) -> Study:
    return (Desk() if bank is None else Desk(bank)).study()


def a_plan(study: Study | None = None, **changes: Any) -> Plan:
    """The plan of the short exam: ten questions in twenty minutes."""
    return (study or a_study()).plan("mls-c01", **changes)


def an_event(
    kind: EventKind,
    question: str | None = None,
    *,
    at: float = 0,
    id: str = "",
    attempt: str = "an-attempt",
    **payload: Any,
) -> Event:
    """An event `at` minutes after the start."""
    return Event(
        id=id or f"{kind} {question} {at} {payload}",
        learner="learner",
        attempt=AttemptId(attempt),
        client=ClientId("a-window"),
        revision=0,
        kind=kind,
        question=None if question is None else QuestionId(question),
        payload=payload,
        at=START + round(at * MINUTE),
    )


def a_start(plan: Plan | None = None, *, at: float = 0, **terms: Any) -> Event:
    """The event that begins an attempt; `terms` are those of a plan."""
    plan = plan or a_plan(**terms)
    return an_event(
        "started",
        at=at,
        form=plan.form.model_dump(mode="json"),
        terms=plan.terms.model_dump(mode="json"),
    )
