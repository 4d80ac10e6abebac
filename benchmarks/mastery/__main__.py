"""How well the model of the learner sees simulated ones, beside simple trackers and the exact
posterior.

    python -m benchmarks.mastery            all of it, about four minutes
    python -m benchmarks.mastery --quick    few learners: whether it runs, not how good it is
    python -m benchmarks.mastery --write    and write the tables into docs/mastery.md

Ends with 1 where a goal is missed: ranking within noise of the exact posterior, 85 to 96 % of the
90 % intervals holding the truth, chances as good as those of the overall percentage or better.
"""

from __future__ import annotations

import argparse
import math
import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TypeAlias

import numpy as np

from benchmarks.mastery.exact import posterior
from benchmarks.mastery.learners import COUNTS, SCENARIOS, Learner, Scenario, learner
from benchmarks.mastery.scores import Score, calibration, mean, score
from benchmarks.mastery.trackers import TRACKERS, Tracker

PAGE = Path(__file__).parents[2] / "docs" / "mastery.md"
BEGIN, END = "<!-- figures: python -m benchmarks.mastery --write -->", "<!-- end of the figures -->"
LEARNERS, QUICK = 300, 24
OURS, OVERALL, EXACT = "this model", "overall percentage", "exact posterior"
COVER = (0.85, 0.96)

Scores: TypeAlias = dict[tuple[str, int], list[Score]]  # by tracker and answers, in learners' order


def follow(tracker: Tracker, one: Learner) -> Iterator[tuple[int, Score]]:
    """The scores of a tracker of one learner, after each of COUNTS answers."""
    for count, answer in enumerate(one.answers, start=1):
        tracker.observe(answer)
        if count in COUNTS:
            said = tracker.passing()
            yield count, score(tracker.know(), tracker.interval(), said, one.truth[count])


def run(scenario: Scenario, learners: Sequence[Learner]) -> Scores:
    found: Scores = {}
    for one in learners:
        for name, new in TRACKERS.items():
            for count, scored in follow(new(), one):
                found.setdefault((name, count), []).append(scored)
    if scenario == "matched":
        for count in COUNTS:
            fewest = math.inf
            for seed, one in enumerate(learners):
                drawn = posterior(one, count, np.random.default_rng([seed, count]))
                fewest = min(fewest, drawn.effective)
                found.setdefault((EXACT, count), []).append(drawn.score(one, count))
            print(
                f"exact posterior after {count}: at least {fewest:.0f} effective draws", flush=True
            )
    return found


def measured(found: Scores, name: str, measure: str) -> str:
    """`0.12 / 0.23 / ...`, one figure a count; empty where the tracker does not say."""
    cells = []
    for count in COUNTS:
        scores = found[name, count]
        if measure == "calibration":
            value = calibration(scores)
        else:
            value, _ = mean([getattr(one, measure) for one in scores])
        cells.append(f"{value:.3f}")
    return "-" if "nan" in cells else " / ".join(cells)


def difference(found: Scores, other: str, measure: str, count: int) -> tuple[float, float]:
    """Ours less another's, learner by learner: mean and standard error."""
    ours, theirs = found[OURS, count], found[other, count]
    pairs = zip(ours, theirs, strict=True)
    return mean([getattr(a, measure) - getattr(b, measure) for a, b in pairs])


def tables(results: dict[Scenario, Scores]) -> Iterator[str]:
    after = " / ".join(map(str, COUNTS))
    for scenario, found in results.items():
        yield f"**{scenario}**, after {after} answers\n"
        yield "| tracker | rank correlation | weakest three | Brier | calibration error |"
        yield "|---|---|---|---|---|"
        for name in dict.fromkeys(name for name, _ in found):
            cells = [measured(found, name, m) for m in ("spearman", "top3", "brier", "calibration")]
            yield f"| {name} | {' | '.join(cells)} |"
        yield ""
    yield f"90 % intervals that hold the truth, after {after} answers\n"
    yield "| scenario, whose | share |"
    yield "|---|---|"
    for scenario, found in results.items():
        yield f"| {scenario}, {OURS} | {measured(found, OURS, 'cover')} |"
    yield f"| {SCENARIOS[0]}, {EXACT} | {measured(results[SCENARIOS[0]], EXACT, 'cover')} |"
    yield ""
    yield "This model less another, learner by learner, with the standard error\n"
    yield f"| scenario, what, beside | {' | '.join(map(str, COUNTS))} |"
    yield "|---" * (len(COUNTS) + 1) + "|"
    rows: list[tuple[Scenario, str, str]] = [(scenario, "brier", OVERALL) for scenario in results]
    rows += [("matched", "spearman", EXACT), ("matched", "brier", EXACT)]
    for scenario, measure, other in rows:
        cells = []
        for count in COUNTS:
            gap, error = difference(results[scenario], other, measure, count)
            cells.append(f"{gap:+.4f} ± {error:.4f}")
        what = {"brier": "Brier", "spearman": "rank correlation"}[measure]
        yield f"| {scenario}, {what}, {other} | {' | '.join(cells)} |"


def missed(results: dict[Scenario, Scores]) -> Iterator[str]:
    """The goals that were not reached."""
    for count in COUNTS:
        gap, error = difference(results["matched"], EXACT, "spearman", count)
        if gap < -2 * error:
            yield f"ranking after {count}: {gap:+.4f} ± {error:.4f} from the exact posterior"
        for scenario, found in results.items():
            cover, _ = mean([one.cover for one in found[OURS, count]])
            if not COVER[0] <= cover <= COVER[1]:
                yield f"{scenario} after {count}: {cover:.1%} of the intervals hold the truth"
            gap, error = difference(found, OVERALL, "brier", count)
            if gap > 2 * error or (count <= 65 and gap > 0):
                yield f"{scenario} after {count}: Brier {gap:+.4f} ± {error:.4f} more"


def written(page: str, lines: Iterable[str]) -> str:
    """The page with the lines between its two marks."""
    before, found, rest = page.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not found or not end:
        raise SystemExit(f"{PAGE} lacks the marks {BEGIN} and {END}.")
    return "\n".join([before + BEGIN, "", *lines, "", END + after])


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--write", action="store_true")
    asked = parser.parse_args()
    results: dict[Scenario, Scores] = {}
    for scenario in SCENARIOS:
        print(f"{scenario} ...", flush=True)
        learners = [learner(scenario, seed) for seed in range(QUICK if asked.quick else LEARNERS)]
        results[scenario] = run(scenario, learners)
    lines = list(tables(results))
    print("\n".join(["", *lines]))
    if asked.write:
        PAGE.write_text(written(PAGE.read_text(encoding="utf-8"), lines), encoding="utf-8")
    gaps = list(missed(results))
    print("\n".join(["", *gaps]) if gaps else "\nEvery goal is reached.")
    return 1 if gaps and not asked.quick else 0


if __name__ == "__main__":
    sys.exit(main())
