"""What must be so in the account once this lab is done.

Whatever is reported is counted anew: from the models in the bucket, asked about the same rows.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple, TypeAlias

from labs.lab import Account, Verdict
from labs.runner import look, verdicts
from labs.runner.rounds import archive

Description: TypeAlias = Mapping[str, Any]

FORECAST = (
    "nothing_is_accurate",
    "weight_finds_more",
    "weight_is_more_precise",
    "roc_above_pr",
    "half_is_cheapest",
)
KINDS = ("plain", "weighted")
WEIGHT = "scale_pos_weight"
PARTS = ("validation", "test", "later")
MISSED, ALARM = 100, 5  # EUR: as ready.py has them
ROW = MISSED + ALARM  # what one payment at the very threshold can change
FEW = 1.01  # how much dearer than the cheapest threshold another one may be
NEAR = 1e-4
# How far an area may be off: there is more than one way to join the points of the PR curve.
AREAS = {"roc": 0.002, "pr": 0.005}


class Cells(NamedTuple):
    """A confusion matrix."""

    tp: int
    fp: int
    fn: int
    tn: int

    @property
    def cost(self) -> int:
        return MISSED * self.fn + ALARM * self.fp


def _jobs(account: Account) -> Sequence[Description]:
    """The learner's jobs, newest first."""
    return look.training_jobs(account, account.prefix)


def _weight(job: Description) -> float:
    """Its scale_pos_weight: 1 where none was given, nan where it is no number."""
    try:
        return float(job.get("HyperParameters", {}).get(WEIGHT, "1"))
    except ValueError:
        return math.nan


def _completed(account: Account) -> dict[str, Description]:
    """The newest completed job without weight, and the newest with one."""
    found: dict[str, Description] = {}
    for job in _jobs(account):
        if job["TrainingJobStatus"] == "Completed":
            found.setdefault("plain" if _weight(job) == 1 else "weighted", job)
    return found


def _rows(part: str) -> Any:
    """The rows of "train" or of a part, the label first."""
    from labs.datasets import payments  # numpy, which takes a moment

    if part == "later":
        return payments.later()
    return payments.tables()[("train", "validation", "test").index(part)]


def _truth(part: str) -> list[int]:
    return [int(label) for label in _rows(part)[:, 0]]


def _scores(account: Account, kind: str, part: str) -> list[float] | None:
    """What the newest model of a kind says of the rows; None if there is none that opens."""
    job = _completed(account).get(kind)
    packed = archive(account, job) if job is not None else None
    return look.predictions(packed, _rows(part)[:, 1:]) if packed else None


def _cells(told: Sequence[float], truth: Sequence[int], threshold: float) -> Cells:
    flagged = [score >= threshold for score in told]
    tp = sum(is_fraud for is_fraud, flag in zip(truth, flagged, strict=True) if flag)
    fp, frauds = sum(flagged) - tp, sum(truth)
    return Cells(tp, fp, frauds - tp, len(truth) - frauds - fp)


def _cheapest(told: Sequence[float], truth: Sequence[int]) -> tuple[int, float]:
    """The lowest cost that a threshold can have, and a threshold that has it."""
    ordered = sorted(zip(told, truth, strict=True), reverse=True)
    cost = MISSED * sum(truth)
    best = (cost, 1.1)
    for place, (score, is_fraud) in enumerate(ordered):
        cost += -MISSED if is_fraud else ALARM
        if place + 1 == len(ordered) or ordered[place + 1][0] < score:
            best = min(best, (cost, score))
    return best


def _missing(account: Account, name: str, hint: str) -> Verdict:
    where = f"s3://{account.bucket}/{account.prefix}/{name}.json"
    return Verdict(False, f"There is no JSON object in {where}", hint)


AGAIN = "AGAIN = True in starter.py, for one run, trains and scores anew."
EVERY = "Try every score that occurs, and do not round it."
NO_MODELS = Verdict(False, "There are no two models yet to count with", "Step 2 first.")


def forecast(account: Account) -> Verdict:
    return verdicts.forecast(account, FORECAST, _jobs(account), dict(_seen(account)))


def _seen(account: Account) -> Iterator[tuple[str, bool]]:
    """What has come of the things that were forecast, as far as it is known."""
    truth = _truth("validation")
    told = {kind: _scores(account, kind, "validation") for kind in KINDS}
    plain, weighted = told["plain"], told["weighted"]
    if plain is None:
        return
    yield "nothing_is_accurate", truth.count(0) / len(truth) > 0.95
    areas = _areas(plain, truth)
    yield "roc_above_pr", areas["roc"] > areas["pr"]
    yield "half_is_cheapest", abs(_cheapest(plain, truth)[1] - 0.5) < 0.1
    if weighted is not None:
        one, other = (_metrics(_cells(each, truth, 0.5)) for each in (plain, weighted))
        yield "weight_finds_more", other["recall"] > one["recall"]
        yield "weight_is_more_precise", other["precision"] > one["precision"]


def trained(account: Account) -> Verdict:
    jobs = _completed(account)
    for kind, how in (("plain", "without scale_pos_weight"), ("weighted", "with one")):
        if kind not in jobs:
            newest = next(iter(_jobs(account)), None)
            if newest is not None and newest["TrainingJobStatus"] != "Completed":
                reason = (newest.get("FailureReason", "").strip().splitlines() or [""])[-1][:160]
                saw = f"{newest['TrainingJobName']} is {newest['TrainingJobStatus']}. {reason}"
                return Verdict(False, saw.strip(), "Wait for its end, or read its FailureReason.")
            return Verdict(False, f"No job {how} has completed", "train() of starter.py: step 2.")
    labels = _truth("train")
    ratio = labels.count(0) / labels.count(1)
    weight = _weight(jobs["weighted"])
    if not abs(weight / ratio - 1) < 0.05:
        return Verdict(
            False,
            f"{jobs['weighted']['TrainingJobName']} has {WEIGHT} {weight:g}",
            f"Of the training rows {labels.count(1)} are fraud, {labels.count(0)} are not. {AGAIN}",
        )
    plain, weighted = (_settings(jobs[kind]) for kind in KINDS)
    if plain != weighted:
        differs = sorted(name for name in plain | weighted if plain.get(name) != weighted.get(name))
        saw = f"The two jobs differ in {', '.join(differs)} as well"
        hint = f"Only then does the difference say what it comes from. {AGAIN}"
        return Verdict(False, saw, hint)
    return Verdict(True, f"Two jobs, one with {WEIGHT} {weight:g}: all else is the same")


def _settings(job: Description) -> dict[str, str]:
    return {name: each for name, each in job.get("HyperParameters", {}).items() if name != WEIGHT}


def scored(account: Account) -> Verdict:
    for kind in KINDS:
        true = _scores(account, kind, "validation")
        if true is None:
            return NO_MODELS
        for part in PARTS:
            key = f"{account.prefix}/scores/{kind}/{part}.csv.out"
            body = look.read(account, key)
            if body is None:
                hint = f"A transform job of {account.prefix}/asked/ into {account.prefix}/scores/."
                return Verdict(False, f"There is no s3://{account.bucket}/{key}", hint)
            rows = look.rows(body)
            expected = true if part == "validation" else _scores(account, kind, part) or []
            if isinstance(rows, str) or any(len(row) != 1 for row in rows):
                saw = rows if isinstance(rows, str) else "its lines are not one number each"
                return Verdict(False, f"{key}: {saw}", f"SplitType and AssembleWith: Line. {AGAIN}")
            if len(rows) != len(expected):
                saw = f"{key} has {len(rows)} scores; there are {len(expected)} payments"
                hint = f"SplitType Line, or a file is one request. {AGAIN}"
                return Verdict(False, saw, hint)
            if not all(abs(row[0] - one) <= NEAR for row, one in zip(rows, expected, strict=True)):
                return Verdict(
                    False,
                    f"{key} does not hold what the newest model of this kind says",
                    f"Score again after training. {AGAIN}",
                )
    return Verdict(True, "Both models have scored validation, test and later payments")


def _metrics(cells: Cells) -> dict[str, float]:
    """What follows from a confusion matrix; precision is 0 where nothing is flagged."""
    precision = cells.tp / (cells.tp + cells.fp) if cells.tp + cells.fp else 0.0
    recall = cells.tp / (cells.tp + cells.fn)

    def f(beta: int) -> float:
        below = beta**2 * precision + recall
        return (1 + beta**2) * precision * recall / below if below else 0.0

    return {
        "accuracy": (cells.tp + cells.tn) / sum(cells),
        "precision": precision,
        "recall": recall,
        "f1": f(1),
        "f2": f(2),
    }


HOW = {
    "tp": "Flagged, and fraud.",
    "fp": "Flagged, and no fraud.",
    "fn": "Not flagged, and fraud.",
    "tn": "Not flagged, and no fraud.",
    "accuracy": "(tp + tn) / all of them.",
    "precision": "tp / (tp + fp): of what was flagged.",
    "recall": "tp / (tp + fn): of the frauds.",
    "f1": "2 p r / (p + r).",
    "f2": "5 p r / (4 p + r): recall counts more.",
}


def counted(account: Account) -> Verdict:
    told = look.read_json(account, f"{account.prefix}/half.json")
    if told is None:
        return _missing(account, "half", "report('half', ...): step 3 says which fields.")
    truth = _truth("validation")
    nothing = told.get("nothing")
    said = nothing.get("accuracy") if isinstance(nothing, dict) else None
    share = truth.count(0) / len(truth)
    if not look.is_near(said, share, NEAR):
        saw = f"half.json says {said!r} under nothing, accuracy"
        return Verdict(False, saw, "The share of payments that are no fraud: never say fraud.")
    seen = {}
    for kind in KINDS:
        scores = _scores(account, kind, "validation")
        if scores is None:
            return NO_MODELS
        cells = _cells(scores, truth, 0.5)
        seen[kind] = _metrics(cells)
        mine = told.get(kind)
        for name, value in {**cells._asdict(), **seen[kind]}.items():
            one = mine.get(name) if isinstance(mine, dict) else None
            if not look.is_near(one, value, NEAR):
                return Verdict(False, f"half.json says {one!r} under {kind}, {name}", HOW[name])
    recalls = ", ".join(f"{kind} {seen[kind]['recall']:.0%}" for kind in KINDS)
    return Verdict(True, f"Never saying fraud is {share:.1%} right. Recall at 0.5: {recalls}")


def _areas(told: Sequence[float], truth: Sequence[int]) -> dict[str, float]:
    """The area under the ROC curve, by pairs, and average precision."""
    ordered = sorted(zip(told, truth, strict=True))
    frauds = sum(truth)
    others = len(truth) - frauds
    below = above = 0.0  # other payments with a lower score, and pairs in the right order
    place, found, flagged, precision = 0, frauds, len(truth), 0.0
    while place < len(ordered):
        end = place
        while end < len(ordered) and ordered[end][0] == ordered[place][0]:
            end += 1
        mine = sum(is_fraud for _, is_fraud in ordered[place:end])
        rest = end - place - mine
        above += mine * (below + rest / 2)
        precision += mine * found / flagged
        below, found, flagged = below + rest, found - mine, flagged - (end - place)
        place = end
    return {"roc": above / frauds / others, "pr": precision / frauds}


def ranked(account: Account) -> Verdict:
    told = look.read_json(account, f"{account.prefix}/areas.json")
    if told is None:
        return _missing(account, "areas", "report('areas', plain={'roc': ..., 'pr': ...}, ...)")
    truth, seen = _truth("validation"), []
    for kind in KINDS:
        scores = _scores(account, kind, "validation")
        if scores is None:
            return NO_MODELS
        mine = told.get(kind)
        for name, value in _areas(scores, truth).items():
            one = mine.get(name) if isinstance(mine, dict) else None
            if not look.is_near(one, value, AREAS[name]):
                hint = "Compare with the job's log: the last validation:auc and validation:aucpr."
                return Verdict(False, f"areas.json says {one!r} under {kind}, {name}", hint)
            seen.append(f"{kind} {name} {value:.3f}")
    return Verdict(True, ", ".join(seen))


def _number(told: object) -> bool:
    return look.is_near(told, 0.0, 1e12)


def decided(account: Account) -> Verdict:
    told = look.read_json(account, f"{account.prefix}/decision.json")
    if told is None:
        return _missing(account, "decision", "report('decision', ...): step 5 says which fields.")
    kind, threshold = told.get("model"), told.get("threshold")
    if kind not in KINDS or not isinstance(threshold, int | float) or not _number(threshold):
        saw = f"decision.json says {kind!r} under model and {threshold!r} under threshold"
        return Verdict(False, saw, "plain or weighted, and a score from which on it is flagged.")
    costs, lowest = {}, {}
    for each in KINDS:
        scores = {part: _scores(account, each, part) for part in ("validation", "test")}
        if any(one is None for one in scores.values()):
            return NO_MODELS
        for part, mine in scores.items():
            costs[each, part] = _cells(mine or [], _truth(part), threshold).cost
            lowest[each, part] = _cheapest(mine or [], _truth(part))[0]
    if told_wrong := _not_cheapest(costs[kind, "validation"], lowest[kind, "validation"]):
        is_from_test = not _not_cheapest(costs[kind, "test"], lowest[kind, "test"])
        where = "on the test rows it is the cheapest: choose on validation" if is_from_test else ""
        return Verdict(False, f"{threshold:g} {told_wrong}", where or EVERY)
    if lowest[kind, "validation"] > FEW * min(lowest[each, "validation"] for each in KINDS):
        saw = f"The model {kind} costs {lowest[kind, 'validation']} at best, the other one less"
        return Verdict(False, saw, "Find the cheapest threshold of both, and take the cheaper.")
    for part in ("validation", "test"):
        one, value = told.get(f"{part}_cost"), costs[kind, part]
        if not look.is_near(one, value, ROW):
            saw = f"decision.json says {one!r} under {part}_cost"
            return Verdict(False, saw, f"100 fn + 5 fp of all {part} rows at this threshold.")
    half = _cells(_scores(account, kind, "test") or [], _truth("test"), 0.5).cost
    saw = f"{kind} from {threshold:.3f} on: test rows cost {costs[kind, 'test']} EUR, at 0.5 {half}"
    return Verdict(True, saw)


def _not_cheapest(cost: int, lowest: int) -> str:
    """What is to be said of a threshold that costs too much on the validation rows."""
    if cost <= FEW * lowest + ALARM:
        return ""
    return f"costs {cost} on the validation rows; {lowest} is possible"


def repaired(account: Account) -> Verdict:
    told = look.read_json(account, f"{account.prefix}/fault.json")
    if told is None:
        return Verdict(False, "The fault has not been planted yet", "quizengine lab run fault.py")
    threshold, promised = told.get("threshold"), told.get("promised")
    if not isinstance(threshold, int | float) or not _number(threshold):
        saw = f"fault.json says {threshold!r} under threshold"
        return Verdict(False, saw, "fault.py writes a number: run it again.")
    scores = {part: _scores(account, "plain", part) for part in ("validation", "test")}
    if any(one is None for one in scores.values()):
        return NO_MODELS
    cells, lowest = {}, {}
    for part, mine in scores.items():
        truth = _truth(part)
        cells[part] = _cells(mine or [], truth, threshold)
        grid = (_cells(mine or [], truth, n / 100).cost for n in range(1, 100))
        lowest[part] = min(grid)
    if wrong := _not_cheapest(cells["validation"].cost, lowest["validation"]):
        if not _not_cheapest(cells["test"].cost, lowest["test"]):
            return Verdict(
                False,
                f"{threshold:g} is the cheapest on the test rows, on which it is promised",
                "Choose on rows that promise nothing: 'validation'.",
            )
        found, frauds = cells["test"].tp, cells["test"].tp + cells["test"].fn
        saw = f"{threshold:g} {wrong}. It finds {found} of {frauds} frauds of the test rows"
        return Verdict(False, saw, "What does fault.py maximise? Compare with flagging nothing.")
    value = 1000 * cells["test"].cost / sum(cells["test"])
    if not look.is_near(promised, value, 1000 * ROW / sum(cells["test"])):
        saw = f"fault.json promises {promised!r} EUR per 1,000; the test rows say {value:.0f}"
        return Verdict(False, saw, "Promise what rows say that had no part in choosing: 'test'.")
    return Verdict(True, f"Chosen on validation rows: {threshold:g}; promised {value:.0f} EUR")
