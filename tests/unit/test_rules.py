"""Each lint rule with its good and its bad example (tests/lint_examples.py), and closer looks."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest

from quizengine.bank import LoadedBank
from quizengine.card import Card
from quizengine.question import Question
from quizengine.rule import BANK, LARGE, Given, in_order
from quizengine.rules import RULES, Problem, lint, unloadable
from tests.builders import CHECKED, KINDS, a_topic, an_exam
from tests.lint_examples import (
    EXAMPLES,
    TODAY,
    a_fair_bank,
    asking,
    offering,
    recalling,
    referring,
    the_bank,
)

NUMBERS = [rule.number for rule in RULES]
RULE = {rule.number: rule for rule in RULES}


def said(bank: LoadedBank) -> list[str]:
    return [str(problem) for problem in lint(bank, today=TODAY)]


def broken(number: str, bank: LoadedBank) -> list[Problem]:
    return list(RULE[number].problems(Given(bank, TODAY)))


# The registry


def test_there_are_at_least_fourteen_rules_each_with_a_number_of_its_own() -> None:
    assert len(NUMBERS) == len(set(NUMBERS)) >= 14


def test_numbers_run_without_a_gap() -> None:
    for letter in "QCB":
        ours = [number for number in NUMBERS if number.startswith(letter)]
        assert ours == [f"{letter}{n:03}" for n in range(1, len(ours) + 1)]


def test_a_rule_has_a_name_in_words_of_its_own_and_says_what_it_is_for() -> None:
    names = [rule.name for rule in RULES]
    assert len(names) == len(set(names))
    assert RULE["Q004"].name == "decides stands in the stem"
    for rule in RULES:
        assert re.fullmatch(r"[a-z ]{8,40}", rule.name), rule.number
        assert re.fullmatch(r"[^|\n]{30,}\.", rule.why), rule.number


def test_every_rule_has_an_example_and_no_example_is_left_of_a_rule_that_is_gone() -> None:
    assert set(EXAMPLES) == set(NUMBERS)


@pytest.mark.parametrize("number", NUMBERS)
def test_no_rule_has_anything_to_say_of_a_good_example(number: str) -> None:
    assert said(EXAMPLES[number].good) == []


@pytest.mark.parametrize("number", NUMBERS)
def test_a_rule_and_no_other_speaks_up_at_its_bad_example(number: str) -> None:
    found = lint(EXAMPLES[number].bad, today=TODAY)
    assert {problem.rule for problem in found} == {number}
    assert any(EXAMPLES[number].says in problem.message for problem in found), found


@pytest.mark.parametrize("kind", KINDS)
def test_no_rule_has_anything_against_a_good_question_of_any_kind(kind: str) -> None:
    assert said(the_bank(next(asking(k) for k in KINDS if k == kind))) == []


# What lint gives back


def test_a_problem_reads_as_place_rule_name_and_what_is_wrong() -> None:
    found = said(the_bank(asking(topics=["training/late-stopping"])))
    assert found == [
        "loss-rises-again: Q001 every topic exists: topics: "
        "there is no topic 'training/late-stopping'"
    ]


def test_what_a_loader_said_of_a_file_reads_as_it_was_said() -> None:
    line = "bank/area/broken.toml: answer: unknown key"
    (problem,) = unloadable([line])
    assert str(problem) == line
    assert (problem.where, problem.severity) == ("bank/area/broken.toml", "error")


def test_errors_come_before_warnings_and_the_bank_as_a_whole_last() -> None:
    def problem(where: str, rule: str, severity: str) -> Problem:
        return Problem(rule, "", "error" if severity == "error" else "warning", where, "")

    ordered = [
        problem("a-question", "Q004", "error"),
        problem("a-question", "Q011", "error"),
        problem("old-question", "Q001", "error"),
        problem(BANK, "B001", "error"),
        problem("a-question", "Q015", "warning"),
        problem(BANK, "B002", "warning"),
    ]
    assert in_order(ordered[::-1]) == ordered


def test_what_is_old_is_a_warning_and_what_is_wrong_an_error() -> None:
    stale = asking(verified_on=CHECKED - timedelta(days=400), references=referring())
    assert [p.severity for p in lint(the_bank(stale), today=TODAY)] == ["warning"]
    assert [p.severity for p in lint(EXAMPLES["Q001"].bad, today=TODAY)] == ["error"]


@pytest.mark.parametrize(("n", "severity"), [(LARGE - 1, "warning"), (LARGE, "error")])
def test_a_statistic_warns_until_the_bank_is_large_and_is_an_error_then(
    n: int, severity: str
) -> None:
    bank = a_fair_bank(n, wrong="never")
    assert {p.severity for p in broken("B004", bank)} == {severity}


def test_rules_say_their_severity_in_words() -> None:
    assert RULE["Q001"].weight == "error"
    assert RULE["Q015"].weight == "warning"
    assert RULE["B001"].weight == "warning, error from 300 questions"


# Further ones that are wrong, or only look so.

REASON = "The same eight words are said of each."
SAME_REASONS = [row | {"why": REASON} for row in offering()]
STEPS = [
    {"id": id, "text": text, "why": f"It stands here since {id} needs what came before."}
    for id, text in (("sort", "Sort them."), ("all", "All of them."), ("wait", "Wait."))
]

BAD: list[tuple[str, Question | Card]] = [
    ("Q003", asking(exams={})),
    ("Q003", asking(exams={"xyz-c01": "1.1"})),
    ("Q004", asking(decides="Rises Again")),
    ("Q005", asking(stem="The loss rises again.\n\n<script>alert(1)</script>")),
    ("Q005", asking(stem="The loss rises again. ![x](https://example.com/x.png)")),
    ("Q005", asking(stem="The loss rises again. [![x](y.png)](https://example.com)")),
    ("Q005", asking("ordering", stem="<!-- rises again -->")),
    ("Q006", asking("single", stem="The loss rises again. (Select TWO.)")),
    ("Q006", asking("multiple", stem="The loss rises again.")),
    ("Q006", asking("multiple", stem="It rises again. (Select TWO.) (Select TWO.)")),
    ("Q007", asking(options=offering("The third option and more."))),
    ("Q007", asking(options=offering("Answers 2 and 3."))),
    ("Q007", asking(options=offering("The last two choices."))),
    ("Q007", asking(options=offering("What the option above says."))),
    ("Q007", asking(options=offering("Both A and C"))),
    ("Q007", asking(options=offering("(B) and more"))),
    ("Q007", asking(options=offering(why="Unlike choice C this one keeps the order of the rows."))),
    ("Q009", asking(id="q-017")),
    ("Q009", asking(id="metrics")),
    ("Q009", asking(id="new-question-about-2-1")),
    ("Q012", asking(options=offering("Both of the above."))),
    ("Q012", asking(options=offering("None of these"))),
    ("Q012", asking(options=offering("Any of the other options helps."))),
    ("Q012", asking("ordering", steps=STEPS)),
    ("Q013", asking(options=SAME_REASONS)),
    ("Q014", asking(references=referring("https://raw.githubusercontent.com/a/b/main/c.md"))),
    ("Q014", asking(references=referring("https://github.com/awsdocs/amazon-sagemaker-guide/a"))),
    ("Q014", asking(references=referring("https://docs.amazonaws.cn/en_us/sagemaker/a.html"))),
    ("Q014", asking(references=referring("https://docs.aws.amazon.com/de_de/sagemaker/a.html"))),
    ("Q014", asking(references=referring("https://docs.aws.amazon.com/sagemaker/a.md"))),
    ("Q014", asking(references=referring("https://DOCS-AWS.translate.goog/sagemaker/a.html"))),
    ("Q014", asking(stem="As http://example.org/a says, the loss rises again. Why?")),
    ("Q014", asking(options=offering(why="So says https://web.archive.org/web/2020/x of all."))),
    ("Q017", asking(covers=["S4-51"])),
    ("Q018", asking(options=offering("Hang up a Nest Box."))),
    ("Q018", asking(options=offering("Use Plumage for its moult detection jobs."))),
    ("Q021", asking(options=offering("Wait.", "Train.", "wait"))),
    ("C002", recalling(prompt="<i>What</i>?")),
    ("C002", recalling(common_error="<br>")),
    ("C002", recalling(sources=[
        {"item": "S4-05", "verdict": "corrected", "claimed": "<b>", "true": "x"}])),
    ("C004", recalling(covers=["S4-51"])),
    ("C004", recalling(sources=[{"item": "S4-55", "verdict": "as-is"}])),
    ("C005", recalling(sources=[{"item": "G3-30", "verdict": "as-is"}])),
]  # fmt: skip
FINE: list[tuple[str, Question | Card]] = [
    ("Q005", asking(stem="It rises again:\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n```\n<b>\n```")),
    ("Q005", asking(stem="It rises again, see https://example.com and [this](https://x.org).")),
    ("Q007", asking(stem="The loss rises again. A bot must answer a question.")),
    ("Q007", asking(stem="The loss rises again. What is the best choice a team can make?")),
    ("Q007", asking(stem="Bus A and bus B rise again.", options=offering("Both A and B"))),
    ("Q007", asking(options=offering("Compare P(A) with `(B)`."))),
    ("Q008", asking(references=referring("https://x.org/a", "unknown"))),
    ("Q009", asking(id="f1-per-material")),
    ("Q010", asking(id="patience-of-rounds")),
    ("Q012", asking(options=offering("Keep all of these rows", "None of the others' rows"))),
    ("Q014", asking(stem="The server answers at http://localhost:8080/ping. Does it rise again?")),
    ("Q014", asking(stem="Does http://169.254.169.254/latest rise again?")),
    ("Q014", asking(references=referring("https://github.com/aws/amazon-sagemaker-examples/"))),
    ("Q014", asking(references=referring("https://docs.aws.amazon.com/sagemaker/pdfs/a.pdf"))),
    ("Q015", asking(verified_on=CHECKED - timedelta(days=900), withdrawn="It is old.")),
    ("Q018", asking(stem="An Existing customer's loss rises again. Why?",
        options=offering("Use Amazon Birdcall."))),
    ("Q018", asking(options=offering("Use Birdcall."), withdrawn="Birdcall has ended.")),
    ("Q018", asking(options=offering("Use an egg from Egg Timer."))),
    ("Q018", asking(options=offering("Use Plumage for its nest detection."))),
    ("Q018", asking(options=offering("Hang up a nest box, a NestBox or a Nest Boxer."))),
    ("Q018", asking(options=offering("Use Amazon Feather Weight Pro."))),
    ("Q020", asking()),
    ("C005", recalling(sources=[])),
]  # fmt: skip


def ids(cases: list[tuple[str, Question | Card]]) -> list[str]:
    return [f"{number}-{n}" for n, (number, _) in enumerate(cases)]


@pytest.mark.parametrize(("number", "content"), BAD, ids=ids(BAD))
def test_a_rule_speaks_up_at_whatever_breaks_it(number: str, content: Question | Card) -> None:
    assert broken(number, the_bank(content))


@pytest.mark.parametrize(("number", "content"), FINE, ids=ids(FINE))
def test_a_rule_is_silent_at_what_only_looks_wrong(number: str, content: Question | Card) -> None:
    assert broken(number, the_bank(content)) == []


@pytest.mark.parametrize("kind", KINDS)
def test_every_text_of_every_kind_is_looked_at(kind: str) -> None:
    question = next(asking(k) for k in KINDS if k == kind)
    clean = question.canonical()
    texts = clean.count('"text":') + clean.count('"why":')
    dirty = type(question).from_canonical(
        clean.replace('"text":"', '"text":"<b>').replace('"why":"', '"why":"<b>')
    )
    found = broken("Q005", the_bank(dirty))
    assert len({problem.message.split(":")[0] for problem in found}) == texts


@pytest.mark.parametrize(
    ("kind", "part", "text"),
    [
        ("ordering", "steps", "Ask Birdcall."),
        ("matching", "options", "Ask Birdcall."),
    ],
)
def test_the_key_of_an_ordering_and_of_a_matching_is_no_ended_service(
    kind: str, part: str, text: str
) -> None:
    question = next(asking(k) for k in KINDS if k == kind)
    rows = getattr(question, part)
    changed = (rows[0].model_copy(update={"text": text}), *rows[1:])
    assert broken("Q018", the_bank(question.model_copy(update={part: changed})))
    if kind == "matching":  # its last option is matched by nothing
        changed = (*rows[:-1], rows[-1].model_copy(update={"text": text}))
        assert not broken("Q018", the_bank(question.model_copy(update={part: changed})))


def test_a_question_may_name_a_lab_that_is_there_and_no_other() -> None:
    assert broken("Q019", the_bank(asking(lab="pond_walk"))) == []
    assert broken("Q019", the_bank(asking(lab="pond_walk"), labs=()))
    assert broken("Q019", the_bank(asking(lab="late_stopping")))


# Near-duplicates


def test_a_near_duplicate_is_named_once_and_with_its_twin() -> None:
    (found,) = lint(EXAMPLES["Q011"].bad, today=TODAY)
    assert found.where == "loss-of-a-train"
    assert re.search(r"loss-of-a-ferry \(likeness 0\.[5-9]\d\)", found.message)


def test_the_key_can_tell_two_questions_of_one_short_stem_apart() -> None:
    salt = "Ship the salt by rail from Bremen before Monday noon."
    hens = "Count every hen twice, once by camera and once by hand."

    def ask(id: str, key: str) -> Question:
        return asking(id=id, stem="It rises again. Why?", options=offering(key))

    assert broken("Q011", the_bank(ask("salt-by-rail", salt), ask("salt-by-train", salt)))
    assert not broken("Q011", the_bank(ask("salt-by-rail", salt), ask("hens-by-hand", hens)))


def test_a_question_that_was_withdrawn_is_nobodys_twin() -> None:
    twins = [asking(id="loss-of-a-ferry"), asking(id="loss-of-a-train")]
    assert broken("Q011", the_bank(*twins))
    gone = asking(id="loss-of-a-train", withdrawn="The ferry asks the same.")
    assert not broken("Q011", the_bank(twins[0], gone))


def test_a_bank_of_nothing_has_no_problem() -> None:
    assert said(LoadedBank([], [], [a_topic()], [an_exam()])) == []
