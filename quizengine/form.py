"""The form of one sitting: which questions, in which order, and drawing it from a bank."""

from __future__ import annotations

import heapq
import json
import random
import zlib
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from typing import Annotated, TypeAlias

from pydantic import Field

from quizengine.bank import Bank, computed_question, entry
from quizengine.content import Digest, ExamCode, Model, QuestionId, Slug, TaskId, said
from quizengine.errors import BadRequest, TooFewQuestions, shown
from quizengine.exam import Exam, Format, blueprint, domain_of, needed, quotas
from quizengine.lab import Lab, LabName
from quizengine.question import Question

Pool: TypeAlias = list[tuple[QuestionId, TaskId]]

SEALED_FORMS = 2  # kept unseen for the end, once the bank holds twice as many forms
FILE_VERSION = 1


class Place(Model):
    """One place of a form: the revision shown, its choices in drawn order, whether it counts."""

    question: QuestionId
    digest: Digest
    order: tuple[str, ...]
    scored: bool


class Form(Model):
    """The questions of one sitting, in order. Names ids only: it betrays no key."""

    exam: ExamCode
    format: Slug
    places: Annotated[tuple[Place, ...], Field(min_length=1)]
    bank: Digest
    seed: int | None = None
    sealed: bool = False
    lab: LabName | None = None  # whose questions these are, asked before it or after it


def sealed(exam: Exam, pool: Pool, labs: Iterable[Lab] = ()) -> frozenset[QuestionId]:
    """Questions kept for the last mocks: two forms' worth per domain, by hash of the id.

    `pool` is what the exam's first format may draw, so that every format keeps the same.
    Empty while any domain holds fewer than twice that many. What the labs ask is never kept: it
    would be seen before the end.
    """
    asked = {id for lab in labs for id in lab.asks}
    mine = _by_domain(pool)
    chosen: set[QuestionId] = set()
    for domain, count in quotas(exam, exam.formats[0].length).items():
        kept = SEALED_FORMS * count
        if len(mine[domain]) < 2 * kept:
            return frozenset()
        ids = [question for question, _ in mine[domain] if question not in asked]
        chosen.update(heapq.nsmallest(kept, ids, key=lambda q: (_mark(exam, q), q)))
    return frozenset(chosen)


def _mark(exam: Exam, question: QuestionId) -> int:
    """A number that scatters ids, the same on every machine and for ever."""
    return zlib.crc32(f"{exam.code} {question}".encode())


def _by_domain(pool: Pool) -> dict[str, Pool]:
    domains: dict[str, Pool] = defaultdict(list)
    by_task: dict[TaskId, Pool] = {}
    for question, task in pool:
        mine = by_task.get(task)
        if mine is None:
            mine = by_task[task] = domains[domain_of(task)]
        mine.append((question, task))
    return domains


def draw(
    exam: Exam,
    bank: Bank,
    last_shown: Mapping[QuestionId, int],
    rng: random.Random,
    *,
    format: Format | None = None,
    length: int | None = None,
    from_sealed: bool = False,
    computed: Iterable[tuple[QuestionId, TaskId]] = (),
    seed: int | None = None,
) -> Form:
    """A form that fills the blueprint exactly.

    `computed` may be drawn beside the bank's own. In each domain unseen questions come first,
    then the least recently shown; among equals the domain's tasks are served evenly and chance
    decides. The same seed, bank and history redraw the same form. Raises TooFewQuestions.
    """
    format = format or exam.formats[0]
    scored, unscored = blueprint(exam, format, length)
    pool = bank.pool(exam.code, format.kinds.used)
    first = exam.formats[0].kinds.used
    own = pool if format.kinds.used == first else bank.pool(exam.code, first)
    kept = sealed(exam, own, bank.labs.values())
    if from_sealed and not kept:
        raise BadRequest(
            f"No forms of {exam.code} are sealed: the bank is too small to keep any back.",
            f"quizengine exam start {exam.code}",
        )
    mine = _by_domain([*(pair for pair in pool if (pair[0] in kept) == from_sealed), *computed])
    need = {d: scored[d] + unscored[d] for d in scored}
    have = {d: len(mine[d]) for d in need}
    if any(have[d] < n for d, n in need.items()):
        raise _too_few(exam, have, need)
    places: list[Place] = []
    for domain in exam.domains:
        picked = _pick(mine[domain.id], need[domain.id], last_shown, rng)
        rng.shuffle(picked)
        for n, id in enumerate(picked):
            places.append(place(bank.question(id), n < scored[domain.id], rng))
    rng.shuffle(places)
    return Form(
        exam=exam.code,
        format=format.name,
        places=tuple(places),
        bank=bank.digest,
        seed=seed,
        sealed=from_sealed,
    )


def draw_practice(
    exam: Exam,
    bank: Bank,
    wanted: Pool,
    last_shown: Mapping[QuestionId, int],
    rng: random.Random,
    count: int,
    seed: int | None = None,
) -> Form:
    """Up to `count` of the wanted questions, least recently shown first, tasks served evenly.

    It follows no blueprint. Raises BadRequest if nothing is wanted.
    """
    if count < 1:
        raise BadRequest(f"Practice of {count} questions is none.", "Ask for 1 or more.")
    if not wanted:
        raise BadRequest(
            f"No question of {exam.code} is of that kind.", "Ask for less: quizengine practice"
        )
    picked = _pick(wanted, min(count, len(wanted)), last_shown, rng)
    rng.shuffle(picked)
    places = tuple(place(bank.question(id), True, rng) for id in picked)
    return Form(exam=exam.code, format="practice", places=places, bank=bank.digest, seed=seed)


def draw_lab(exam: Exam, bank: Bank, lab: Lab, rng: random.Random, seed: int | None = None) -> Form:
    """What a lab asks before it and after it, in any order."""
    asked = [bank.question(id) for id in lab.asks]
    rng.shuffle(asked)
    places = tuple(place(question, True, rng) for question in asked)
    return Form(
        exam=exam.code, format="lab", places=places, bank=bank.digest, seed=seed, lab=lab.id
    )


def place(question: Question, scored: bool, rng: random.Random) -> Place:
    """The question with its choices in drawn order. An ordering is never shown solved."""
    order = list(question.shuffled)
    rng.shuffle(order)
    if question.kind == "ordering":
        while tuple(order) == question.key:
            rng.shuffle(order)
    return Place(question=question.id, digest=question.digest(), order=tuple(order), scored=scored)


def _pick(
    pool: Pool,
    count: int,
    last_shown: Mapping[QuestionId, int],
    rng: random.Random,
) -> list[QuestionId]:
    """Least recently shown first; among equals the task served least, then chance."""
    queues: dict[TaskId, list[tuple[int, float, QuestionId]]] = {}
    for id, task in pool:
        queues.setdefault(task, []).append((last_shown.get(id, -1), rng.random(), id))
    for queue in queues.values():
        queue.sort(reverse=True)
    served = Counter[TaskId]()
    picked: list[QuestionId] = []
    for _ in range(count):
        task = min(
            (task for task, queue in queues.items() if queue),
            key=lambda task: (queues[task][-1][0], served[task], queues[task][-1][1]),
        )
        served[task] += 1
        picked.append(queues[task].pop()[2])
    return picked


def longest(exam: Exam, have: Mapping[str, int], most: int) -> int:
    """The most questions, up to `most`, whose blueprint the bank can fill; 0 if none."""
    for count in range(most, 0, -1):
        if all(have.get(d, 0) >= n for d, n in needed(exam, exam.formats[0], count).items()):
            return count
    return 0


def _too_few(exam: Exam, have: Mapping[str, int], need: Mapping[str, int]) -> TooFewQuestions:
    most = longest(exam, have, sum(need.values()) - 1)
    offers = []
    if most:
        offers += [
            f"The longest form that keeps the blueprint has {most} questions:",
            f"  quizengine exam start {exam.code} --questions {most}",
            "Or practise without a clock:",
            f"  quizengine exam start {exam.code} --questions {min(most, 10)} --untimed",
        ]
    else:
        offers.append("quizengine exam list shows which exams the bank can serve.")
    return TooFewQuestions(exam.code, dict(have), dict(need), most, offers)


def to_file(form: Form) -> str:
    """The text of a form file, for `--form` on another machine."""
    body = {"quizengine_form": FILE_VERSION, "form": form.model_dump(mode="json")}
    return json.dumps(body, indent=1)


def from_file(text: str, name: str, bank: Bank) -> tuple[Form, list[QuestionId]]:
    """The form in a file, with this bank's wording, and the ids whose wording has changed.

    Raises BadRequest if the file is not a form, or names what this bank does not have.
    """
    out = "Make one with quizengine exam start --save-form FILE."
    try:
        body = json.loads(text)
        version = body["quizengine_form"]
        if version != FILE_VERSION:
            raise BadRequest(
                f"{name} is a form file of version {shown(version)}; "
                f"this quizengine reads version {FILE_VERSION}.",
                "Update quizengine.",
            )
        form = Form.model_validate_json(json.dumps(body["form"]))
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise BadRequest(f"{name} is not a form file: {said(error)}", out) from None
    known = {entry.id: entry for entry in bank.entries()}
    known |= {
        made.id: entry(made)
        for made in (computed_question(place.question) for place in form.places)
        if made is not None
    }
    missing = [shown(p.question) for p in form.places if p.question not in known]
    if form.exam not in bank.exams:
        missing.insert(0, f"exam {shown(form.exam)}")
    if missing:
        raise BadRequest(
            f"{name} names what this bank does not have: {', '.join(missing[:5])}.",
            "Use the same version of quizengine as the one that made the file.",
        )
    places, changed = [], []
    for old in form.places:
        if known[old.question].withdrawn or form.exam not in known[old.question].exams:
            raise BadRequest(f"{name}: {old.question} is no longer asked in {form.exam}.", out)
        question = bank.question(old.question)
        if question.digest() != old.digest:
            changed.append(old.question)
        order = old.order if sorted(old.order) == sorted(question.shuffled) else question.shuffled
        if question.kind == "ordering" and order == question.key:
            order = (*order[1:], order[0])
        places.append(old.model_copy(update={"digest": question.digest(), "order": order}))
    if len({p.question for p in places}) != len(places):
        raise BadRequest(f"{name} holds a question twice.", out)
    update = {"places": tuple(places), "bank": bank.digest, "lab": None}
    return form.model_copy(update=update), changed
