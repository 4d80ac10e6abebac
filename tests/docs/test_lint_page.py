"""docs/lint.md lists the rules that are there, and says their limits."""

from __future__ import annotations

from quizengine.bias import CHI_SQUARE, FEW, MULTIPLE, POINTS
from quizengine.checks import STALE
from quizengine.rule import CARD_LIKENESS, LARGE, QUESTION_LIKENESS
from quizengine.rules import FEWEST_WORDS, RULES
from tests.docs.pages import TEXTS, tables, unsaid

PAGE = TEXTS["docs/lint.md"]
WHY = {rule.number: rule.why for rule in RULES}


def test_the_tables_are_those_of_the_program() -> None:
    """A row that differs: take the name, the severity or the docstring of the rule."""
    told = [row for header, *rows in tables(PAGE) for row in rows if header[:2] == ["rule", "name"]]
    assert told == [[rule.number, rule.name, rule.weight, rule.why] for rule in RULES]


def test_the_rules_say_their_own_limits() -> None:
    assert f"cosine of {QUESTION_LIKENESS} or more" in WHY["Q011"]
    assert f"cosine of {CARD_LIKENESS} or more" in WHY["C006"]
    assert f"{FEWEST_WORDS} words or more" in WHY["Q013"]
    assert f"at most {STALE.days} days old" in WHY["Q015"]
    assert f"at most {STALE.days} days old" in WHY["C008"]
    assert "Between {:.0f} and {:.0f} %".format(*(100 * share for share in MULTIPLE)) in WHY["B003"]
    for number in ("B001", "B004", "B005", "B006", "B007"):
        assert f"{100 * POINTS:g} points" in WHY[number]
    assert f"{0.5 - POINTS:.2f} to {0.5 + POINTS:.2f}" in WHY["B008"]


def test_the_page_says_the_limits_of_the_statistics() -> None:
    four, five, six = CHI_SQUARE.values()
    assert not unsaid(
        PAGE,
        [
            f"Below {FEW} such questions these rules say nothing.",
            f"Below {LARGE} questions they warn, from {LARGE} on they are errors.",
            f"{four} for four options, {five} for five, {six} for six.",
        ],
    )
