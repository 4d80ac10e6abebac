"""Which questions to practise: what was wrong, unseen, flagged or unsure, and where."""

from __future__ import annotations

import random
from collections.abc import Collection, Mapping
from typing import Literal, TypeAlias, get_args

from quizengine.bank import Bank
from quizengine.computed.generators import GENERATORS, generator_of
from quizengine.content import QuestionId, TaskId
from quizengine.errors import NotFound
from quizengine.exam import Exam, domain_of
from quizengine.form import Pool, sealed
from quizengine.progress import Past
from quizengine.topic import area_of

Only: TypeAlias = Literal["wrong", "unseen", "flagged", "unsure"]
ONLY: tuple[Only, ...] = get_args(Only)

UNTOUCHED = Past()


def choose(
    exam: Exam,
    bank: Bank,
    past: Mapping[QuestionId, Past],
    *,
    only: Collection[Only] = (),
    within: str | None = None,
    topics: Collection[str] | None = None,
    without: Collection[QuestionId] = (),
) -> Pool:
    """The questions that may be practised, with their tasks. Raises NotFound for an unknown
    `within`, which names a domain, a task, an area or a topic; with `topics`, only on these;
    never those `without` which it is to be."""
    pool = bank.pool(exam.code, exam.formats[0].kinds.used)
    kept = sealed(exam, pool, bank.labs.values())
    place = None if within is None else _place(exam, bank, within)
    on = {entry.id: entry.topics for entry in bank.entries()}
    return [
        (id, task)
        for id, task in pool
        if id not in kept
        and id not in without
        and _lies_in(place, task, on[id])
        and (topics is None or not set(topics).isdisjoint(on[id]))
        and _is_any(only, past.get(id, UNTOUCHED))
    ]


def compute(
    exam: Exam,
    bank: Bank,
    past: Mapping[QuestionId, Past],
    rng: random.Random,
    *,
    only: Collection[Only] = (),
    within: str | None = None,
    topics: Collection[str] | None = None,
    each: int = 1,
) -> Pool:
    """Computed questions of each generator that fits, with new numbers: none that was met. The
    bank knows their topics, or it is about something else.

    `only` is asked of the latest of the same generator. `past` is in the order of the attempts,
    as `progress.past` gives it.
    """
    place = None if within is None else _place(exam, bank, within)
    latest = {
        generator.name: known for id, known in past.items() if (generator := generator_of(id))
    }
    found: Pool = []
    for generator in GENERATORS.values():
        task = TaskId(generator.exams.get(exam.code, ""))
        if (
            task in exam.tasks
            and bank.topics.keys() >= set(generator.topics)
            and _lies_in(place, task, generator.topics)
            and (topics is None or not set(topics).isdisjoint(generator.topics))
            and _is_any(only, latest.get(generator.name, UNTOUCHED))
        ):
            mine: set[QuestionId] = set()
            while len(mine) < each:
                mine |= {generator.id(rng.getrandbits(32))} - past.keys()
            found += [(id, task) for id in sorted(mine)]
    return found


def shown_with_their_like(
    last_shown: Mapping[QuestionId, int], fresh: Pool
) -> dict[QuestionId, int]:
    """When each question was shown last; a fresh computed one as the latest of its generator, so
    that it waits its turn among the others."""
    latest: dict[str, int] = {}
    for id, at in last_shown.items():
        if (generator := generator_of(id)) is not None:
            latest[generator.name] = max(at, latest.get(generator.name, at))
    found = dict(last_shown)
    for id, _ in fresh:
        generator = generator_of(id)
        if generator is not None and generator.name in latest:
            found[id] = latest[generator.name]
    return found


def _lies_in(place: str | None, task: TaskId, topics: Collection[str]) -> bool:
    return place is None or place in (domain_of(task), task, *_paths(topics))


def _is_any(only: Collection[Only], past: Past) -> bool:
    return not only or any(_is(kind, past) for kind in only)


def _is(kind: Only, past: Past) -> bool:
    match kind:
        case "wrong":
            return past.is_right is False
        case "unseen":
            return not past.seen
        case "flagged":
            return past.flagged
        case "unsure":
            return past.sure is False


def _paths(topics: Collection[str]) -> list[str]:
    """Topics and the areas they lie in."""
    return [*topics, *map(area_of, topics)]


def _place(exam: Exam, bank: Bank, within: str) -> str:
    known = {domain.id for domain in exam.domains} | set(exam.tasks) | set(_paths(bank.topics))
    if within not in known:
        raise NotFound(
            f"domain, task or topic of {exam.code}",
            within,
            known,
            "quizengine progress lists them.",
        )
    return within
