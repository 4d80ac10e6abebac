"""A question as it is marked: the key, every reason, what decided, where it can be read.

Nothing here is shown before the key may be.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import assert_never

from markupsafe import Markup

from quizengine import closure
from quizengine.attempt import Response
from quizengine.bank import Bank, lab_for
from quizengine.card import Card
from quizengine.content import CardId
from quizengine.errors import NotFound
from quizengine.figure import Figure
from quizengine.lab import Lab
from quizengine.question import (
    PROMPT_LETTERS,
    TRAPS,
    Answer,
    MatchingQuestion,
    OrderingQuestion,
    Question,
)
from quizengine.web import prose
from quizengine.words import verdict


@dataclass(frozen=True)
class Reason:
    """A choice and why. `said` is the verdict on it in words; `good` is whether the learner did
    right by it: None where that is not asked, as of a wrong option that was left alone."""

    mark: str
    text: Markup
    said: str
    why: Markup
    in_key: bool
    chosen: bool
    good: bool | None


@dataclass(frozen=True)
class Shown:
    """A card with its picture; `due` because of this answer."""

    card: Card
    figure: Figure | None
    due: bool


@dataclass(frozen=True)
class Marking:
    question: Question
    stem: Markup
    is_right: bool
    verdict: str
    reasons: Sequence[Reason]
    figure: Figure | None
    cards: Sequence[Shown]
    notes: Sequence[str]  # of services that are closed to new accounts
    lab: Lab | None


def marked(
    question: Question,
    order: Sequence[str],
    response: Response,
    bank: Bank,
    due: Collection[CardId] = (),
) -> Marking:
    """The question with its reasons; the choices stand in the drawn `order`."""
    is_right = question.is_right(response.answer)
    blank = not response.answer
    return Marking(
        question=question,
        stem=prose.blocks(question.stem, question.decides),
        is_right=is_right,
        verdict="Left blank." if blank else verdict(is_right, response.sure),
        reasons=tuple(_reasons(question, order, response.answer)),
        figure=figure(question.figure, bank),
        cards=tuple(_cards(question, bank, () if is_right else due)),
        notes=closure.notes(question, bank.services, bank.exams),
        lab=lab_for(bank, question),
    )


def told(question: Question, order: Sequence[str], bank: Bank) -> Marking:
    """The question with its key and reasons, outside any attempt."""
    return Marking(
        question=question,
        stem=prose.blocks(question.stem, question.decides),
        is_right=False,
        verdict="",
        reasons=tuple(_reasons(question, order, None)),
        figure=figure(question.figure, bank),
        cards=tuple(_cards(question, bank, ())),
        notes=closure.notes(question, bank.services, bank.exams),
        lab=lab_for(bank, question),
    )


def figure(id: str | None, bank: Bank) -> Figure | None:
    """The figure of that id; None where there is none, or it is there no more."""
    try:
        return None if id is None else bank.figure(id)
    except NotFound:
        return None


def _reasons(question: Question, order: Sequence[str], given: Answer | None) -> Iterator[Reason]:
    """`given` is None outside an attempt."""
    answer = given or ()
    match question.kind:
        case "single" | "multiple":
            options = {option.id: option for option in question.options}
            for number, id in enumerate(order, start=1):
                option, chosen = options[id], id in answer
                trap = f" This option: {TRAPS[option.trap]}." if option.trap else ""
                yield Reason(
                    str(number),
                    prose.line(option.text),
                    ("Right" if option.correct else "Wrong") + (", your answer" if chosen else ""),
                    prose.line(option.why + trap),
                    option.correct,
                    chosen,
                    option.correct if chosen or option.correct else None,
                )
        case "ordering":
            yield from _steps(question, given)
        case "matching":
            yield from _matches(question, given)
        case _:
            assert_never(question.kind)


def _steps(question: OrderingQuestion, given: Answer | None) -> Iterator[Reason]:
    """In the right order."""
    answer = question.key if given is None else given
    for place, step in enumerate(question.steps, start=1):
        had = answer.index(step.id) + 1 if step.id in answer else 0
        good = had == place
        said = "Right" if good else f"You had it at place {had}" if had else "Not answered"
        why = prose.line(step.why)
        yield Reason(f"{place}.", prose.line(step.text), said, why, True, bool(had), good)


def _matches(question: MatchingQuestion, given: Answer | None) -> Iterator[Reason]:
    texts = {match.id: match.text for match in question.options}
    answer = (question.key if given is None else given) or ("",) * question.wanted
    for letter, prompt, yours in zip(PROMPT_LETTERS, question.prompts, answer, strict=False):
        good = yours == prompt.match
        said = "Right" if good else f"You: {prose.plain(texts[yours]) if yours else 'nothing'}"
        text = prose.line(f"{prompt.text} → **{texts[prompt.match]}**")
        why = prose.line(prompt.why)
        yield Reason(letter, text, said, why, True, bool(yours), good)


def _cards(question: Question, bank: Bank, due: Collection[CardId]) -> Iterator[Shown]:
    """Those that this bank still has."""
    known = set(bank.cards())
    for id in map(CardId, question.cards):
        if id in known:
            card = bank.card(id)
            yield Shown(card, figure(card.figure, bank), id in due)
