"""What must be so in the account once this lab is done.

Searches are known by their strategy, not by their names.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, TypeAlias

from labs.lab import Account, Verdict
from labs.runner import look, verdicts
from labs.runner.rounds import archive, best_trial, of_trials

Description: TypeAlias = Mapping[str, Any]

STRATEGIES = ("Grid", "Random", "Bayesian", "Hyperband")
TUNED = ("eta", "max_depth")
CONFIG = "HyperParameterTuningJobConfig"
LEAST = 6  # trials of a search


def _searches(account: Account) -> list[Description]:
    """The learner's own, newest first: without the fault and its repair."""
    others = (f"{account.prefix}-fault", f"{account.prefix}-repaired")
    return [
        job
        for job in look.tuning_jobs(account, account.prefix)
        if not job["HyperParameterTuningJobName"].startswith(others)
    ]


def _search(account: Account, strategy: str) -> Description | Verdict:
    """The newest completed search by a strategy, or why there is none."""
    jobs = [job for job in _searches(account) if job[CONFIG]["Strategy"] == strategy]
    for job in jobs:
        if job["HyperParameterTuningJobStatus"] == "Completed":
            return job
    if not jobs:
        hint = "HyperParameterTuningJobConfig has a Strategy; search() of ready.py starts it."
        return Verdict(False, f"There is no tuning job with the strategy {strategy}", hint)
    name, status = jobs[0]["HyperParameterTuningJobName"], jobs[0]["HyperParameterTuningJobStatus"]
    reason = jobs[0].get("FailureReason", "")[:160]
    hint = "Wait for its end; a search that failed says why in its trials."
    return Verdict(False, f"{name} is {status}. {reason}".strip(), hint)


def _ranges(job: Description) -> dict[str, Mapping[str, Any]]:
    """The range of each hyperparameter, of whatever kind."""
    given = job[CONFIG].get("ParameterRanges", {})
    return {each["Name"]: each for kind in given.values() for each in kind}


def _name(job: Description) -> str:
    return str(job["HyperParameterTuningJobName"])


def _ended(job: Description) -> int:
    """Trials that have come to a result: completed, or stopped on the way."""
    counted = job["TrainingJobStatusCounters"]
    return int(counted["Completed"]) + int(counted["Stopped"])


def _searched(account: Account, strategy: str) -> Description | Verdict:
    """What every one of the four must be: a search over eta and max_depth."""
    job = _search(account, strategy)
    if isinstance(job, Verdict):
        return job
    if set(_ranges(job)) != set(TUNED):
        tuned = ", ".join(sorted(_ranges(job))) or "nothing"
        hint = "eta and max_depth, in all four: else there is nothing to compare."
        return Verdict(False, f"{_name(job)} searches {tuned}", hint)
    if _ended(job) < LEAST:
        hint = f"At least {LEAST}; the guide has nine."
        return Verdict(False, f"{_name(job)} has brought {_ended(job)} trials to an end", hint)
    return job


def _passed(job: Description, said: str = "") -> Verdict:
    _, value = best_trial(job)
    return Verdict(True, f"{_name(job)}: {_ended(job)} trials, best {value:.3f}{said}")


def grid_searched(account: Account) -> Verdict:
    job = _searched(account, "Grid")
    if isinstance(job, Verdict):
        return job
    counts = [len(each["Values"]) for each in _ranges(job).values()]
    if min(counts) < 2:
        hint = "At least two of each."
        return Verdict(False, f"{_name(job)} has one value for a hyperparameter", hint)
    product = " x ".join(map(str, counts))
    return _passed(job, f" of {product} points")


def random_searched(account: Account) -> Verdict:
    job = _searched(account, "Random")
    if isinstance(job, Verdict):
        return job
    eta = _ranges(job)["eta"]
    if "MinValue" not in eta:
        hint = "ContinuousParameterRanges: MinValue and MaxValue, as strings."
        return Verdict(False, f"{_name(job)} draws eta from a list of values", hint)
    if (scale := eta.get("ScalingType", "Auto")) != "Logarithmic":
        return Verdict(
            False,
            f"{_name(job)} draws eta with the scaling type {scale}",
            "On a linear scale small values of eta are hardly ever drawn.",
        )
    if job[CONFIG].get("RandomSeed") is None:
        hint = "Without one nobody can repeat it: not even you."
        return Verdict(False, f"{_name(job)} has no RandomSeed", hint)
    return _passed(job)


def bayesian_searched(account: Account) -> Verdict:
    job = _searched(account, "Bayesian")
    if isinstance(job, Verdict):
        return job
    at_once = int(job[CONFIG]["ResourceLimits"]["MaxParallelTrainingJobs"])
    if at_once > 2:
        return Verdict(
            False,
            f"{_name(job)} runs {at_once} trials at a time",
            "It learns from trials that are over: few at a time, one or two here.",
        )
    return _passed(job, f", {at_once} at a time")


def hyperband_searched(account: Account) -> Verdict:
    job = _searched(account, "Hyperband")
    if isinstance(job, Verdict):
        return job
    given = job[CONFIG].get("StrategyConfig", {}).get("HyperbandStrategyConfig", {})
    least, most = given.get("MinResource", 1), given.get("MaxResource")
    rounds = of_trials(account, job)
    cut = sum(ran < (most or 0) for ran in rounds.values())
    if not cut and most and look.is_aws(account):
        return _passed(job, "; none was ended early: a trial is over before AWS looks at it")
    if not cut:
        return Verdict(
            False,
            f"{_name(job)} ended no trial before its last round",
            "MinResource well below MaxResource, the num_round of the trials; and more trials.",
        )
    return _passed(job, f"; {cut} ended between round {least} and round {most}")


def _four(account: Account) -> dict[str, Description] | Verdict:
    """The search by each strategy; the verdict on the first that is not there."""
    found: dict[str, Description] = {}
    for strategy in STRATEGIES:
        job = _searched(account, strategy)
        if isinstance(job, Verdict):
            return job
        found[strategy] = job
    return found


def one_problem(account: Account) -> Verdict:
    found = _four(account)
    if isinstance(found, Verdict):
        return found
    problem: dict[str, dict[str, Any]] = {
        "objective": {s: _objective(job) for s, job in found.items()},
        "static hyperparameters": {s: _static(job) for s, job in found.items()},
        "channels": {s: _channels(job) for s, job in found.items()},
        "bounds": {s: _bounds(job) for s, job in found.items()},
    }
    for what, each in problem.items():
        for strategy in STRATEGIES:
            if each[strategy] != each["Random"]:
                return Verdict(
                    False,
                    f"{strategy} and Random have other {what}: "
                    f"{each[strategy]} and {each['Random']}",
                    "The four are to differ in how they search, and in nothing else.",
                )
    metric = _objective(found["Random"])["MetricName"]
    bounds = _bounds(found["Random"]).items()
    told = ", ".join(f"{name} {low:g} to {high:g}" for name, (low, high) in bounds)
    return Verdict(True, f"Four searches for {metric}: {told}")


def _objective(job: Description) -> dict[str, str]:
    return dict(job[CONFIG].get("HyperParameterTuningJobObjective", {}))


def _definition(job: Description) -> Description:
    """Empty for a tuning job of several TrainingJobDefinitions."""
    found: Description = job.get("TrainingJobDefinition", {})
    return found


def _static(job: Description) -> dict[str, str]:
    told = _definition(job).get("StaticHyperParameters", {})
    return {name: value for name, value in told.items() if not name.startswith("_")}


def _channels(job: Description) -> dict[str, str]:
    return {
        each["ChannelName"]: each["DataSource"]["S3DataSource"]["S3Uri"].rstrip("/")
        for each in _definition(job).get("InputDataConfig", ())
    }


def _bounds(job: Description) -> dict[str, tuple[float, float]]:
    """The least and the largest value of each hyperparameter."""
    found = {}
    for name, given in sorted(_ranges(job).items()):
        values = given.get("Values") or [given["MinValue"], given["MaxValue"]]
        numbers = [float(value) for value in values]
        found[name] = (min(numbers), max(numbers))
    return found


def compared(account: Account) -> Verdict:
    found = _four(account)
    if isinstance(found, Verdict):
        return found
    told = look.read_json(account, f"{account.prefix}/compared.json")
    if told is None:
        where = f"s3://{account.bucket}/{account.prefix}/compared.json"
        return Verdict(False, f"There is no JSON object in {where}", "Step 5 says which fields.")
    for strategy, job in found.items():
        rounds = of_trials(account, job)
        trial, value = best_trial(job)
        true: dict[str, str | float] = {
            "job": _name(job),
            "trials": len(rounds),
            "rounds": sum(rounds.values()),
            "best": value,
            "best_trial": trial,
        }
        said = told.get(strategy)
        for field, one in true.items():
            other = said.get(field) if isinstance(said, dict) else None
            if not _alike(one, other):
                saw = f"compared.json says {other!r} under {strategy}, {field}; it is {one}"
                return Verdict(False, saw, FIELDS[field])
    best = {strategy: best_trial(job)[1] for strategy, job in found.items()}
    order = sorted(best, key=best.__getitem__)
    return Verdict(True, ", ".join(f"{strategy} {best[strategy]:.3f}" for strategy in order))


def _alike(true: str | float, told: object) -> bool:
    if isinstance(true, str):
        return told == true
    return look.is_near(told, true, 1e-4)


FIELDS = {
    "job": "The name of the newest search by this strategy that has completed.",
    "trials": "How many training jobs it has started.",
    "rounds": "Add up the rounds of all its trials: len(trial['scores']) of trials(job).",
    "best": "BestTrainingJob of DescribeHyperParameterTuningJob has it.",
    "best_trial": "BestTrainingJob of DescribeHyperParameterTuningJob has it.",
}


def tested(account: Account) -> Verdict:
    found = _four(account)
    if isinstance(found, Verdict):
        return found
    told = look.read_json(account, f"{account.prefix}/test.json")
    if told is None:
        where = f"s3://{account.bucket}/{account.prefix}/test.json"
        return Verdict(False, f"There is no JSON object in {where}", "Step 6 says which fields.")
    lowest = min(value for _, value in map(best_trial, found.values()))
    bests = {name: value for name, value in map(best_trial, found.values()) if value == lowest}
    trial = told.get("trial")
    if not isinstance(trial, str) or trial not in bests:
        saw = f"test.json names the trial {trial!r}, which is not the best of all four searches"
        return Verdict(False, saw, f"It is {min(bests)}.")
    if not _alike(lowest, told.get("validation_rmse")):
        said = told.get("validation_rmse")
        saw = f"test.json says validation_rmse {said!r}; it was {lowest:.3f}"
        return Verdict(False, saw, "The objective of the best trial.")
    true = _test_rmse(account, trial)
    if true is None:
        hint = "A trial that was stopped leaves a model only with save_model_on_termination."
        return Verdict(False, f"{trial} has left no xgboost-model", hint)
    if not look.is_near(told.get("test_rmse"), true, 1e-2):
        return Verdict(
            False,
            f"test.json says test_rmse {told.get('test_rmse')!r}; the model of {trial} another",
            "The third table, without its label, and the root of the mean squared error.",
        )
    return Verdict(True, f"{lowest:.3f} on the rows that chose it, {true:.3f} on rows that did not")


def _test_rmse(account: Account, trial: str) -> float | None:
    """Of a trial's model, on the test rows as they are written as CSV."""
    found = account.client("sagemaker").describe_training_job(TrainingJobName=trial)
    packed = archive(account, found)
    if packed is None:
        return None
    from labs.datasets import diabetes  # brings scikit-learn, which takes a second

    rows = look.rows(diabetes.as_csv(diabetes.tables()[2]))
    assert not isinstance(rows, str)
    said = look.predictions(packed, [row[1:] for row in rows])
    if said is None:
        return None
    squares = [(one - row[0]) ** 2 for one, row in zip(said, rows, strict=True)]
    return math.sqrt(math.fsum(squares) / len(squares))


def repaired(account: Account) -> Verdict:
    prefix = account.prefix
    faults = look.tuning_jobs(account, f"{prefix}-fault")
    jobs = look.tuning_jobs(account, f"{prefix}-repaired")
    first = f"First list the trials of {prefix}-fault, and read why one of them failed."
    if missing := verdicts.unrepaired(account, faults, jobs, "tuning job", first):
        return missing
    job = jobs[0]
    if job["HyperParameterTuningJobStatus"] != "Completed":
        reason = job.get("FailureReason", "")[:160]
        saw = f"{_name(job)} is {job['HyperParameterTuningJobStatus']}. {reason}".strip()
        return Verdict(False, saw, "Wait for its end, or read why its trials failed.")
    train = f"s3://{account.bucket}/{prefix}/train"
    if _channels(job).get("train") != train:
        hint = f"The rows are right as they are: train on {train}/."
        return Verdict(False, f"{_name(job)} trains on {_channels(job).get('train')}", hint)
    if not best_trial(job)[0]:
        return Verdict(False, f"{_name(job)} has found nothing", "Its trials have no objective.")
    return _passed(job)
