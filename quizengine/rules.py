"""The lint rules: each a pure function from a question, or a card, to its problems.

A rule has a number that is for ever, and one good and one bad example under tests/content.
The models (question.py, card.py) refuse what has the wrong shape; these rules look at what
the shape cannot show.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import TypeAlias

from markdown_it import MarkdownIt

from quizengine.bank import LoadedBank
from quizengine.card import Card
from quizengine.question import Question

Found: TypeAlias = Iterator[str]


@dataclass(frozen=True)
class Problem:
    """`where` is the id of the question or card."""

    rule: str
    where: str
    message: str

    def __str__(self) -> str:
        return f"{self.where}: {self.rule}: {self.message}"


QuestionRule: TypeAlias = Callable[[Question, LoadedBank], Found]
CardRule: TypeAlias = Callable[[Card, LoadedBank], Found]

QUESTION_RULES: dict[str, QuestionRule] = {}
CARD_RULES: dict[str, CardRule] = {}

_MARKDOWN = MarkdownIt("commonmark").enable("table")  # HTML on here, so that it is seen
_COUNTS = {2: "TWO", 3: "THREE", 4: "FOUR"}
_PLACES = re.compile(
    r"\b(?i:option|answer|choice)s? (?:[A-G]|[1-7])\b"
    r"|(?i:\bthe (?:first|second|third|fourth|fifth|last) (?:option|answer|choice)\b)"
    r"|(?i:\b(?:all|none|both) of the (?:above|options|answers)\b)"
)


def _question_rule(number: str) -> Callable[[QuestionRule], QuestionRule]:
    def add(rule: QuestionRule) -> QuestionRule:
        QUESTION_RULES[number] = rule
        return rule

    return add


def _card_rule(number: str) -> Callable[[CardRule], CardRule]:
    def add(rule: CardRule) -> CardRule:
        CARD_RULES[number] = rule
        return rule

    return add


def texts(question: Question) -> Iterator[tuple[str, str]]:
    """Every text a learner reads, as (where in the file, text)."""
    yield "stem", question.stem
    match question.kind:
        case "single" | "multiple":
            for option in question.options:
                yield f"options.{option.id}.text", option.text
                yield f"options.{option.id}.why", option.why
        case "ordering":
            for step in question.steps:
                yield f"steps.{step.id}.text", step.text
                yield f"steps.{step.id}.why", step.why
        case "matching":
            for match in question.options:
                yield f"options.{match.id}.text", match.text
            for prompt in question.prompts:
                yield f"prompts.{prompt.id}.text", prompt.text
                yield f"prompts.{prompt.id}.why", prompt.why


@_question_rule("Q001")
def topic_exists(question: Question, bank: LoadedBank) -> Found:
    for topic in question.topics:
        if topic not in bank.topics:
            yield f"topics: there is no topic {topic!r}"


@_question_rule("Q002")
def card_exists(question: Question, bank: LoadedBank) -> Found:
    for card in question.cards:
        if card not in bank.cards():
            yield f"cards: there is no card {card!r}"


@_question_rule("Q003")
def task_exists(question: Question, bank: LoadedBank) -> Found:
    for code, task in question.exams.items():
        exam = next((exam for exam in bank.exams.values() if exam.code == code), None)
        if exam is None:
            yield f"exams: there is no exam {code!r}"
        elif task not in exam.tasks:
            yield f"exams: {code} has no task {task}"
    if not question.exams:
        yield "exams: the question serves no exam"


@_question_rule("Q004")
def decides_stands_in_the_stem(question: Question, bank: LoadedBank) -> Found:
    if question.decides not in question.stem:
        yield f"decides: not a part of the stem: {question.decides!r}"


@_question_rule("Q005")
def no_html_and_no_images(question: Question, bank: LoadedBank) -> Found:
    for where, text in texts(question):
        yield from _unsafe(where, text)


@_question_rule("Q006")
def the_stem_says_how_many(question: Question, bank: LoadedBank) -> Found:
    said = re.findall(r"\(Select (\w+)\.\)", question.stem)
    wanted = [_COUNTS.get(question.wanted, "?")] if question.kind == "multiple" else []
    if said != wanted:
        yield f"stem: says {said or 'no (Select ...)'} where {wanted or 'nothing'} is right"


@_question_rule("Q007")
def no_letters_or_positions(question: Question, bank: LoadedBank) -> Found:
    for where, text in texts(question):
        if found := _PLACES.search(text):
            yield f"{where}: the form shuffles, so {found.group()!r} names nothing"


@_question_rule("Q008")
def read_before_it_was_verified(question: Question, bank: LoadedBank) -> Found:
    for reference in question.references:
        if reference.as_of != "unknown" and reference.as_of > question.verified_on:
            yield f"references: {reference.url} is dated after verified_on"


@_card_rule("C001")
def card_topic_exists(card: Card, bank: LoadedBank) -> Found:
    for topic in card.topics:
        if topic not in bank.topics:
            yield f"topics: there is no topic {topic!r}"


@_card_rule("C002")
def no_html_on_a_card(card: Card, bank: LoadedBank) -> Found:
    for where in ("prompt", "answer", "common_error"):
        yield from _unsafe(where, getattr(card, where))


def _unsafe(where: str, text: str) -> Found:
    for block in _MARKDOWN.parse(text):
        for token in (block, *(block.children or ())):
            if token.type in ("html_block", "html_inline", "image"):
                name = "an image" if token.type == "image" else "HTML"
                yield f"{where}: {name} is not shown: {token.content[:40]!r}"


def lint(bank: LoadedBank) -> list[Problem]:
    """Every problem of every question and card, by id."""
    problems = [
        Problem(number, question.id, message)
        for question in bank.questions.values()
        for number, rule in QUESTION_RULES.items()
        for message in rule(question, bank)
    ]
    problems += [
        Problem(number, card, message)
        for card in bank.cards()
        for number, check in CARD_RULES.items()
        for message in check(bank.card(card), bank)
    ]
    return problems


def rule_names() -> Iterable[tuple[str, str]]:
    """(number, name in words) of every rule."""
    for number, rule in (*QUESTION_RULES.items(), *CARD_RULES.items()):
        yield number, rule.__name__.replace("_", " ")
