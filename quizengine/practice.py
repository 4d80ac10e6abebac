"""Which questions to practise: what was wrong, unseen, flagged or unsure, and where."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Literal, TypeAlias, get_args

from quizengine.bank import Bank
from quizengine.content import QuestionId
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
) -> Pool:
    """The questions that may be practised, with their tasks. Raises NotFound for an unknown
    `within`, which names a domain, a task, an area or a topic; with `topics`, only on these."""
    pool = bank.pool(exam.code, exam.formats[0].kinds.used)
    kept = sealed(exam, pool)
    place = None if within is None else _place(exam, bank, within)
    on = {entry.id: entry.topics for entry in bank.entries()}
    return [
        (id, task)
        for id, task in pool
        if id not in kept
        and (place is None or place in (domain_of(task), task, *_paths(on[id])))
        and (topics is None or not set(topics).isdisjoint(on[id]))
        and (not only or any(_is(kind, past.get(id, UNTOUCHED)) for kind in only))
    ]


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
