"""What must be so in the account once this lab is done.

Jobs are known by their settings, not by their names: by what each of the four has and lacks.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, TypeAlias

from labs.lab import Account, Verdict
from labs.runner import look, verdicts
from labs.runner.rounds import best_trial, of_trials, rounds, scores, trees

Description: TypeAlias = Mapping[str, Any]

METRIC = "validation:rmse"
FORECAST = (
    "patience_stops",
    "no_channel_stops",
    "no_metric_stops",
    "last_model_is_kept",
    "auto_finds_the_same_best",
)
# What a job has of the three things that early stopping needs: patience, channel, metric.
KINDS = {
    "patience": (True, True, True),
    "no_channel": (True, False, True),
    "no_metric": (True, True, False),
    "no_patience": (False, True, True),
}
TOLD = {
    "no_channel": "early_stopping_rounds and eval_metric, and no validation channel",
    "no_metric": "early_stopping_rounds and a validation channel, and no eval_metric",
    "no_patience": "a validation channel and eval_metric, and no early_stopping_rounds",
}


def _jobs(account: Account) -> list[Description]:
    """The learner's own jobs, newest first: not those of the fault or of a tuning job."""
    others = (f"{account.prefix}-fault", f"{account.prefix}-repaired")
    return [
        job
        for job in look.training_jobs(account, account.prefix)
        if not job["TrainingJobName"].startswith(others) and "TuningJobArn" not in job
    ]


def _kind(job: Description) -> tuple[bool, bool, bool]:
    told = job.get("HyperParameters", {})
    channels = {each["ChannelName"] for each in job.get("InputDataConfig", ())}
    return "early_stopping_rounds" in told, "validation" in channels, "eval_metric" in told


def _completed(account: Account) -> dict[str, Description]:
    """The newest completed job of each kind."""
    found: dict[str, Description] = {}
    for job in _jobs(account):
        for name, kind in KINDS.items():
            if job["TrainingJobStatus"] == "Completed" and _kind(job) == kind:
                found.setdefault(name, job)
    return found


def _rounds(account: Account, job: Description) -> int:
    """The rounds that it has run."""
    return rounds(account, job["TrainingJobName"])


def _most(job: Description) -> int:
    """The rounds that a job may run."""
    given: str = job.get("HyperParameters", {}).get("num_round", "0")
    return int(given) if given.isdecimal() else 0


def forecast(account: Account) -> Verdict:
    return verdicts.forecast(account, FORECAST, _jobs(account), _seen(account))


def _seen(account: Account) -> dict[str, bool]:
    """What has come of the things that were forecast, as far as it is known."""
    jobs = _completed(account)
    seen = {
        f"{name}_stops": _rounds(account, job) < _most(job)
        for name, job in jobs.items()
        if name != "no_patience"
    }
    if "patience" in jobs and (saved := trees(account, jobs["patience"])) is not None:
        seen["last_model_is_kept"] = saved == _rounds(account, jobs["patience"])
    found = _searches(account)
    if not isinstance(found, Verdict):
        seen["auto_finds_the_same_best"] = _same_best(*found)
    return seen


def stopped_early(account: Account) -> Verdict:
    job = _completed(account).get("patience")
    if job is None:
        newest = next(iter(_jobs(account)), None)
        if newest is not None and newest["TrainingJobStatus"] != "Completed":
            name, status = newest["TrainingJobName"], newest["TrainingJobStatus"]
            reason = (newest.get("FailureReason", "").strip().splitlines() or [""])[-1][:160]
            hint = "Read its FailureReason, or wait for its end."
            return Verdict(False, f"{name} is {status}. {reason}".strip(), hint)
        return Verdict(
            False,
            "No job with patience, a validation channel and a named metric has completed",
            "early_stopping_rounds, a channel called validation, and eval_metric: all three.",
        )
    ran, most = _rounds(account, job), _most(job)
    if ran >= most:
        hint = "Its validation error did not turn: see the guide's settings."
        return Verdict(False, f"{job['TrainingJobName']} ran all of its {most} rounds", hint)
    return Verdict(True, f"{job['TrainingJobName']} ended after {ran} of {most} rounds")


def nothing_stopped(account: Account) -> Verdict:
    jobs = _completed(account)
    for name, has in TOLD.items():
        if name not in jobs:
            return Verdict(
                False,
                f"There is no completed job with {has}",
                "Leave out one thing at a time, and change nothing else.",
            )
    if "patience" in jobs:
        settings = {name: _settings(jobs[name]) for name in KINDS if name in jobs}
        if other := [name for name, told in settings.items() if told != settings["patience"]]:
            return Verdict(
                False,
                f"{jobs[other[0]]['TrainingJobName']} differs in other hyperparameters as well",
                "Only then does the difference say what it comes from.",
            )
    for name in TOLD:
        ran, most = _rounds(account, jobs[name]), _most(jobs[name])
        if ran != most:
            saw = f"{jobs[name]['TrainingJobName']} ended after {ran} of {most} rounds"
            return Verdict(False, saw, "The log of a job that completes has a line for each round.")
    return Verdict(True, "Without a channel, a metric or patience: every round was run")


def _settings(job: Description) -> dict[str, str]:
    """The hyperparameters, without those that early stopping is about."""
    ours = ("early_stopping_rounds", "eval_metric")
    return {
        name: value for name, value in job.get("HyperParameters", {}).items() if name not in ours
    }


def best_kept(account: Account) -> Verdict:
    told = look.read_json(account, f"{account.prefix}/patience.json")
    if told is None:
        where = f"s3://{account.bucket}/{account.prefix}/patience.json"
        hint = "Write what you read there as one JSON object: step 3 says which fields."
        return Verdict(False, f"There is no JSON object in {where}", hint)
    named = [job for job in _jobs(account) if job["TrainingJobName"] == told.get("job")]
    if not named or _kind(named[0]) != KINDS["patience"]:
        return Verdict(
            False,
            f"patience.json names the job {told.get('job')!r}, which is not one with patience",
            "Put the name of the job with all three things under 'job'.",
        )
    job = named[0]
    told_by_log, saved = scores(account, told["job"], METRIC), trees(account, job)
    if saved is None or not told_by_log:
        return Verdict(False, f"{told['job']} has left no model or no scores", "Train again.")
    ran, best = len(told_by_log), told_by_log.index(min(told_by_log))
    true = {"rounds": ran, "best_round": best, "trees": saved, "rounds_saved": _most(job) - ran}
    for name, value in true.items():
        if told.get(name) != value or isinstance(told[name], bool):
            return Verdict(False, f"patience.json says {name} {told.get(name)!r}", HOW[name])
    return Verdict(True, f"{ran} rounds, 0 to {ran - 1}; best in round {best}; {saved} trees kept")


HOW = {
    "rounds": "Count the lines of the job's log that begin with a round in square brackets.",
    "best_round": "Rounds count from 0: the place of the lowest validation rmse in the log.",
    "trees": "xgboost.Booster(...).num_boosted_rounds() of the model that the job saved.",
    "rounds_saved": "num_round less the rounds that were run.",
}


def repaired(account: Account) -> Verdict:
    prefix = account.prefix
    faults = look.training_jobs(account, f"{prefix}-fault")
    jobs = look.training_jobs(account, f"{prefix}-repaired")
    first = f"First compare the two scores of each round in the log of {prefix}-fault."
    if missing := verdicts.unrepaired(account, faults, jobs, "job", first):
        return missing
    job = jobs[0]
    name = job["TrainingJobName"]
    if job["TrainingJobStatus"] != "Completed":
        hint = "Wait for its end, or read its FailureReason."
        return Verdict(False, f"{name} is {job['TrainingJobStatus']}", hint)
    rows = {each["ChannelName"]: _rows(account, each) for each in job.get("InputDataConfig", ())}
    if not rows.get("train"):
        return Verdict(False, f"{name} has no rows to train on", "Its channels: step 4.")
    if both := rows["train"] & rows.get("validation", set()):
        return Verdict(
            False,
            f"{len(both)} of the rows that {name} validates on are rows that it trains on",
            "The error on rows that are being fitted falls to the end: there is nothing to stop.",
        )
    ran, most = _rounds(account, job), _most(job)
    if ran >= most or _kind(job) != KINDS["patience"]:
        hint = "It keeps its patience and its metric; only the validation rows change."
        return Verdict(False, f"{name} ran {ran} of {most} rounds", hint)
    return Verdict(True, f"{name} ended after {ran} of {most} rounds")


def _rows(account: Account, channel: Mapping[str, Any]) -> set[str]:
    """The lines of everything that a channel reads, if it lies in the lab's bucket."""
    uri = channel["DataSource"]["S3DataSource"]["S3Uri"]
    bucket, _, key = uri.removeprefix("s3://").partition("/")
    if bucket != account.bucket:
        return set()
    bodies = (look.read(account, each) or b"" for each in look.objects(account, key))
    return {line for body in bodies for line in body.decode("utf-8", "replace").splitlines()}


# The searches


def _tuning_jobs(account: Account) -> list[Description]:
    """The newest completed tuning job of each early stopping type, Off first."""
    found: dict[str, Description] = {}
    for job in look.tuning_jobs(account, account.prefix):
        if job["HyperParameterTuningJobStatus"] == "Completed":
            found.setdefault(_type(job), job)
    return [found[name] for name in ("Off", "Auto") if name in found]


def _type(job: Description) -> str:
    """TrainingJobEarlyStoppingType: Off where it was not given."""
    return str(job["HyperParameterTuningJobConfig"].get("TrainingJobEarlyStoppingType", "Off"))


def _searches(account: Account) -> tuple[Description, Description] | Verdict:
    """The two searches that are compared, or what is wrong with them."""
    jobs = _tuning_jobs(account)
    if len(jobs) < 2:
        missing = "Auto" if jobs and _type(jobs[0]) == "Off" else "Off"
        all_of_them = look.tuning_jobs(account, account.prefix)
        if all_of_them and (status := all_of_them[0]["HyperParameterTuningJobStatus"]) in (
            "Failed",
            "InProgress",
        ):
            name = all_of_them[0]["HyperParameterTuningJobName"]
            return Verdict(False, f"{name} is {status}", "Wait for it, or read its FailureReason.")
        return Verdict(
            False,
            f"No tuning job with TrainingJobEarlyStoppingType {missing} has completed",
            "CreateHyperParameterTuningJob, twice: the guide says with what.",
        )
    off, auto = jobs
    for what, (one, other) in {
        "strategies": _of(off, auto, "Strategy"),
        "ranges": _of(off, auto, "ParameterRanges"),
        "seeds": _of(off, auto, "RandomSeed"),
        "limits": _of(off, auto, "ResourceLimits"),
        "static hyperparameters": tuple(
            job.get("TrainingJobDefinition", {}).get("StaticHyperParameters") for job in (off, auto)
        ),
    }.items():
        if one != other:
            return Verdict(
                False,
                f"The two searches have other {what}: {one} and {other}",
                "They are to differ in TrainingJobEarlyStoppingType alone.",
            )
    if auto["HyperParameterTuningJobConfig"].get("RandomSeed") is None:
        hint = "Without one each search tries other points, and there is nothing to compare."
        return Verdict(False, "The two searches have no RandomSeed", hint)
    return off, auto


def _of(one: Description, other: Description, name: str) -> tuple[Any, Any]:
    config = "HyperParameterTuningJobConfig"
    return one[config].get(name), other[config].get(name)


def _same_best(off: Description, auto: Description) -> bool:
    return math.isclose(best_trial(off)[1], best_trial(auto)[1], rel_tol=1e-6)


def searched(account: Account) -> Verdict:
    found = _searches(account)
    if isinstance(found, Verdict):
        return found
    off, auto = (job["TrainingJobStatusCounters"] for job in found)
    whole = f"Off: {off['Completed']} completed"
    if not auto["Stopped"] and look.is_aws(account):
        over = "Auto stopped none: a trial is over in seconds, before AWS looks at it"
        return Verdict(True, f"{whole}. {over}")
    if not auto["Stopped"]:
        return Verdict(
            False,
            "Auto stopped none of the trials",
            "There must be trials that are far behind: take the ranges of the guide.",
        )
    return Verdict(True, f"{whole}. Auto: {auto['Completed']} completed, {auto['Stopped']} stopped")


def compared(account: Account) -> Verdict:
    found = _searches(account)
    if isinstance(found, Verdict):
        return found
    told = look.read_json(account, f"{account.prefix}/search.json")
    if told is None:
        where = f"s3://{account.bucket}/{account.prefix}/search.json"
        return Verdict(False, f"There is no JSON object in {where}", "Step 5 says which fields.")
    ran = {}
    for name, job in zip(("off", "auto"), found, strict=True):
        ran[name] = sum(of_trials(account, job).values())
        true = {
            "stopped": job["TrainingJobStatusCounters"]["Stopped"],
            "rounds": ran[name],
            "best": best_trial(job)[1],
        }
        said = told.get(name)
        for field, value in true.items():
            one = said.get(field) if isinstance(said, dict) else None
            if not look.is_near(one, value, 1e-4):
                saw = f"search.json says {one!r} under {name}, {field}; it was {value:g}"
                return Verdict(False, saw, FIELDS[field])
    spared = 1 - ran["auto"] / ran["off"] if ran["off"] else 0.0
    best = "the same best" if _same_best(*found) else "another best: Auto stopped the better trial"
    return Verdict(True, f"Auto ran {spared:.0%} fewer rounds and found {best}")


FIELDS = {
    "stopped": "TrainingJobStatusCounters of DescribeHyperParameterTuningJob has it.",
    "rounds": "Add up the rounds of all trials: len(trial['scores']) of trials(name).",
    "best": "BestTrainingJob of DescribeHyperParameterTuningJob has it.",
}
