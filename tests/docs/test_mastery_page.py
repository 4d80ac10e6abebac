"""docs/mastery.md says the constants of the model, and what its own tables say."""

from __future__ import annotations

import re

from benchmarks.mastery.__main__ import (
    BEGIN,
    COVER,
    END,
    EXACT,
    LEARNERS,
    OURS,
    OVERALL,
    written,
)
from benchmarks.mastery.learners import COUNTS, SCENARIOS, STRAY, TASKS, TOPICS, WEIGHTS
from benchmarks.mastery.scores import WEAKEST
from benchmarks.mastery.trackers import TRACKERS
from quizengine.asked import LEAST_GUESS
from quizengine.belief import DIFFICULTY
from quizengine.evidence import EXAM_ERROR, MOCK_ERROR
from quizengine.mastery import OVERALL as START
from quizengine.mastery import PRACTICE, SETTINGS
from quizengine.observation import RAPID, RECALL, RECALL_DAYS, SLIP
from tests.docs.pages import TEXTS, table, tables, unsaid

PAGE = TEXTS["docs/mastery.md"]


def column(scenario: str, name: str, which: int) -> list[float]:
    """The figures of a tracker in a scenario's table, one for each of COUNTS."""
    after = PAGE.partition(f"**{scenario}**, after")[2]
    rows = next(tables(after))
    (cells,) = [row for row in rows if row[0] == name]
    return [float(figure) for figure in cells[which].split(" / ")]


def test_the_constants_are_those_of_the_program() -> None:
    assert not unsaid(
        PAGE,
        [
            f"P(right) = guess + (1 - {SLIP}) * (1 - guess) * P(know)",
            f"{SLIP} is the chance to slip",
            f"a standard deviation of {DIFFICULTY} logits",
            f"never less than {LEAST_GUESS}, since",
            f"the overall level is {START[0]} with a standard deviation of {START[1]}.",
            f"with a probability of {RECALL}, and that fades within {RECALL_DAYS:g} days",
            f"in less than {RAPID:g} seconds",
            f"raises its topic by another {PRACTICE} logits",
            f"over our questions by {EXAM_ERROR}, another provider's mock by {MOCK_ERROR}",
        ],
    )
    told = table(PAGE, "filter")
    assert [[float(cell) for cell in row[1:]] for row in told] == [list(one) for one in SETTINGS]


def test_the_simulation_is_told_as_it_is() -> None:
    assert not unsaid(
        PAGE,
        [
            f"{LEARNERS} in each scenario, with {len(TOPICS)} topics in {len(TASKS)} tasks "
            f"in {len(WEIGHTS)} domains",
            f"{STRAY:.0%}".replace("%", " % of the questions measure another topic"),
            f"by chance that is {WEAKEST / len(TOPICS):.3f}",
        ],
    )
    assert [scenario for scenario in SCENARIOS if f"- **{scenario}**:" not in PAGE] == []


def test_the_tables_hold_every_tracker_and_scenario() -> None:
    for scenario in SCENARIOS:
        for name in TRACKERS:
            assert len(column(scenario, name, 3)) == len(COUNTS)
    assert len(column("matched", EXACT, 1)) == len(COUNTS)


def test_what_to_expect_of_the_three_weakest_is_what_the_table_says() -> None:
    top3 = dict(zip(COUNTS, column("matched", OURS, 2), strict=True))
    assert not unsaid(
        PAGE,
        [
            f"After 65 answers, expect {WEAKEST * top3[65]:.1f} of the three topics",
            f"after 260, expect {WEAKEST * top3[260]:.1f}.",
        ],
    )


def test_the_intervals_hold_what_was_asked_of_them() -> None:
    for name, share in table(PAGE, "scenario, whose"):
        if name.endswith(OURS):
            low, high = COVER
            assert all(low <= float(figure) <= high for figure in share.split(" / "))


def test_the_chance_to_pass_is_nowhere_worse_than_from_the_overall_percentage() -> None:
    for name, *cells in table(PAGE, "scenario, what, beside"):
        gaps = [re.findall(r"[\d.]+", cell) for cell in cells]
        if f"Brier, {OVERALL}" in name:
            signed = [
                (float(cell.split()[0]), float(gap[1]))
                for cell, gap in zip(cells, gaps, strict=True)
            ]
            assert all(value <= 2 * error for value, error in signed)
            assert all(value < 0 for value, _ in signed[:2])


def test_the_tables_can_be_written_anew() -> None:
    page = written(PAGE, ["new"])
    assert f"{BEGIN}\n\nnew\n\n{END}" in page
    assert page.partition(BEGIN)[0] == PAGE.partition(BEGIN)[0]
    assert page.partition(END)[2] == PAGE.partition(END)[2]
