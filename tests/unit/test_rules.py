"""Each lint rule with one good and one bad example."""

from __future__ import annotations

from datetime import date, timedelta
from typing import NamedTuple

import pytest

from quizengine.bank import LoadedBank
from quizengine.card import Card
from quizengine.question import Question
from quizengine.rules import CARD_RULES, QUESTION_RULES, Problem, lint, rule_names
from tests.builders import CHECKED, KINDS, a_card, a_choice, a_question, a_topic, an_exam

CARDS = [a_card("known-card")]


class Pair(NamedTuple):
    good: Question | Card
    bad: Question | Card
    says: str


def referring(as_of: date | str) -> list[dict[str, object]]:
    return [{"url": "https://docs.example.com/a", "title": "A page", "as_of": as_of}]


def offering(text: str) -> list[dict[str, object]]:
    first, *others = (a_choice(id, id == "right") for id in ("right", "x", "y", "z"))
    return [first | {"text": text}, *others]


EXAMPLES: dict[str, Pair] = {
    "Q001": Pair(
        a_question(topics=["training/early-stopping"]),
        a_question(topics=["training/early-stopping", "training/late-stopping"]),
        "'training/late-stopping'",
    ),
    "Q002": Pair(
        a_question(cards=["known-card"]), a_question(cards=["unknown-card"]), "'unknown-card'"
    ),
    "Q003": Pair(
        a_question(exams={"mls-c01": "4.3"}), a_question(exams={"mls-c01": "4.9"}), "no task 4.9"
    ),
    "Q004": Pair(
        a_question(decides="rises again"), a_question(decides="falls again"), "'falls again'"
    ),
    "Q005": Pair(
        a_question(options=offering("Use `<table>` when *loss* < 2 > 1.")),
        a_question(options=offering("Use <b>this</b>.")),
        "options.right.text: HTML",
    ),
    "Q006": Pair(
        a_question("multiple"),
        a_question("multiple", stem="The loss rises again. (Select THREE.)"),
        "THREE",
    ),
    "Q007": Pair(
        a_question(options=offering("Take the option that answers first.")),
        a_question(options=offering("The same as option B.")),
        "'option B'",
    ),
    "Q008": Pair(
        a_question(references=referring(CHECKED)),
        a_question(references=referring(CHECKED + timedelta(days=1))),
        "https://docs.example.com/a is dated after",
    ),
    "C001": Pair(a_card(), a_card(topics=["training/late-stopping"]), "'training/late-stopping'"),
    "C002": Pair(
        a_card(answer="`<b>` is code here."),
        a_card(answer="See ![this](https://example.com/a.png)."),
        "answer: an image",
    ),
}

# Further ones that are wrong, or only look so.
MORE_BAD: list[tuple[str, Question | Card]] = [
    ("Q003", a_question(exams={})),
    ("Q003", a_question(exams={"xyz-c01": "1.1"})),
    ("Q004", a_question(decides="Rises Again")),
    ("Q005", a_question(stem="The loss rises again.\n\n<script>alert(1)</script>")),
    ("Q005", a_question(stem="The loss rises again. ![x](https://example.com/x.png)")),
    ("Q005", a_question(stem="The loss rises again. [![x](y.png)](https://example.com)")),
    ("Q005", a_question("ordering", stem="<!-- rises again -->")),
    ("Q006", a_question("single", stem="The loss rises again. (Select TWO.)")),
    ("Q006", a_question("multiple", stem="The loss rises again.")),
    ("Q006", a_question("multiple", stem="It rises again. (Select TWO.) (Select TWO.)")),
    ("Q007", a_question(options=offering("Both of the above."))),
    ("Q007", a_question(options=offering("The third option and more."))),
    ("Q007", a_question(options=offering("Answers 2 and 3."))),
    ("C002", a_card(prompt="<i>What</i>?")),
    ("C002", a_card(common_error="<br>")),
]
MORE_GOOD: list[tuple[str, Question | Card]] = [
    (
        "Q005",
        a_question(stem="It rises again:\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n```\n<b>\n```"),
    ),
    ("Q005", a_question(stem="It rises again, see https://example.com and [this](https://x.org).")),
    ("Q007", a_question(stem="The loss rises again. A bot must answer a question.")),
    ("Q007", a_question(stem="The loss rises again. What is the best choice a team can make?")),
    ("Q008", a_question(references=referring("unknown"))),
]


def problems(number: str, content: Question | Card) -> list[str]:
    if isinstance(content, Card):
        bank = LoadedBank([], [content], [a_topic()], [an_exam()])
        return list(CARD_RULES[number](content, bank))
    bank = LoadedBank([content], CARDS, [a_topic()], [an_exam()])
    return list(QUESTION_RULES[number](content, bank))


def everything_about(content: Question | Card) -> list[Problem]:
    if isinstance(content, Card):
        return lint(LoadedBank([], [content], [a_topic()], [an_exam()]))
    return lint(LoadedBank([content], CARDS, [a_topic()], [an_exam()]))


RULES = [*QUESTION_RULES, *CARD_RULES]


def test_no_example_is_left_of_a_rule_that_is_gone() -> None:
    assert set(EXAMPLES) <= set(RULES)


@pytest.mark.parametrize("number", RULES)
def test_a_rule_has_nothing_to_say_of_its_good_example(number: str) -> None:
    assert everything_about(EXAMPLES[number].good) == []


@pytest.mark.parametrize("number", RULES)
def test_a_rule_and_no_other_speaks_up_at_its_bad_example(number: str) -> None:
    found = everything_about(EXAMPLES[number].bad)
    assert {problem.rule for problem in found} == {number}
    assert any(EXAMPLES[number].says in problem.message for problem in found)


@pytest.mark.parametrize(
    ("number", "content"), MORE_BAD, ids=[f"{n}-{i}" for i, (n, _) in enumerate(MORE_BAD)]
)
def test_a_rule_speaks_up_at_whatever_breaks_it(number: str, content: Question | Card) -> None:
    assert problems(number, content)


@pytest.mark.parametrize(
    ("number", "content"), MORE_GOOD, ids=[f"{n}-{i}" for i, (n, _) in enumerate(MORE_GOOD)]
)
def test_a_rule_is_silent_at_what_only_looks_wrong(number: str, content: Question | Card) -> None:
    assert problems(number, content) == []


@pytest.mark.parametrize("kind", KINDS)
def test_no_rule_has_anything_against_a_good_question_of_any_kind(kind: str) -> None:
    question = next(a_question(k) for k in KINDS if k == kind)
    assert everything_about(question) == []


@pytest.mark.parametrize("kind", KINDS)
def test_every_text_of_every_kind_is_looked_at(kind: str) -> None:
    question = next(a_question(k) for k in KINDS if k == kind)
    clean = question.canonical()
    texts = clean.count('"text":') + clean.count('"why":')
    dirty = type(question).from_canonical(
        clean.replace('"text":"', '"text":"<b>').replace('"why":"', '"why":"<b>')
    )
    assert len({problem.message.split(":")[0] for problem in everything_about(dirty)}) == texts


def test_a_problem_reads_as_place_rule_and_what_is_wrong() -> None:
    assert str(Problem("Q001", "a-question", "no")) == "a-question: Q001: no"


def test_rules_have_names_in_words() -> None:
    assert dict(rule_names())["Q004"] == "decides stands in the stem"
    assert [number for number, _ in rule_names()] == RULES
