"""What must be so in the account once this lab is done."""

from __future__ import annotations

import math
import re
from typing import Any

from labs.lab import Account, Verdict
from labs.runner import look, verdicts


def _table(account: Account, folder: str) -> tuple[list[list[float]], Verdict | None]:
    """All rows under a folder, or what is wrong with them."""
    where = f"s3://{account.bucket}/{account.prefix}/{folder}/"
    keys = look.objects(account, f"{account.prefix}/{folder}/")
    if not keys:
        return [], Verdict(False, f"Nothing lies under {where}", "Upload the rows there as CSV.")
    rows: list[list[float]] = []
    for key in keys:
        found = look.rows(look.read(account, key) or b"")
        if isinstance(found, str):
            hint = "No header, no row names, numbers only."
            return [], Verdict(False, f"In {where}{key.rpartition('/')[2]}, {found}", hint)
        rows += found
    widths = {len(row) for row in rows}
    if widths != {31}:
        hint = "The label and 30 measurements make 31."
        return [], Verdict(False, f"The rows in {where} have {sorted(widths)} columns", hint)
    if labels := {row[0] for row in rows} - {0.0, 1.0}:
        saw = f"The first column in {where} holds {min(labels):g}"
        return [], Verdict(False, saw, "The label stands first: 1 for malignant, 0 for benign.")
    return rows, None


def training_data(account: Account) -> Verdict:
    rows, wrong = _table(account, "train")
    return wrong or Verdict(True, f"{len(rows)} rows of 31 columns, label first")


def validation_data(account: Account) -> Verdict:
    rows, wrong = _table(account, "validation")
    if wrong:
        return wrong
    known = {tuple(row) for row in _table(account, "train")[0]}
    if both := sum(tuple(row) in known for row in rows):
        hint = "A score on rows that were trained on says nothing about new ones."
        return Verdict(False, f"{both} of {len(rows)} validation rows are training rows", hint)
    return Verdict(True, f"{len(rows)} rows, none of which is trained on")


def _jobs(account: Account) -> list[dict[str, Any]]:
    """The learner's jobs, newest first, without those of the fault."""
    others = (f"{account.prefix}-fault", f"{account.prefix}-repaired")
    return [
        job
        for job in look.training_jobs(account, account.prefix)
        if not job["TrainingJobName"].startswith(others)
    ]


def _completed(account: Account) -> dict[str, Any] | None:
    """The newest job of two channels that has completed."""
    for job in _jobs(account):
        names = {channel["ChannelName"] for channel in job.get("InputDataConfig", ())}
        if job["TrainingJobStatus"] == "Completed" and {"train", "validation"} <= names:
            return job
    return None


NO_JOB = Verdict(False, "No job with both channels has completed yet", "See step 2 of the guide.")


def job_completed(account: Account) -> Verdict:
    if job := _completed(account):
        seconds = job.get("TrainingTimeInSeconds", 0)
        return Verdict(True, f"{job['TrainingJobName']} completed, {seconds} s of training")
    jobs = _jobs(account)
    if not jobs:
        return Verdict(
            False,
            f"No training job has a name that begins with {account.prefix}-",
            "Start one with CreateTrainingJob, or a ModelTrainer with base_job_name.",
        )
    newest = jobs[0]
    name, status = newest["TrainingJobName"], newest["TrainingJobStatus"]
    if status == "Completed":
        channels = [channel["ChannelName"] for channel in newest.get("InputDataConfig", ())]
        return Verdict(
            False,
            f"{name} completed, but its channels are {', '.join(channels)}",
            "Give it a train and a validation channel.",
        )
    if status == "Failed":
        reason = newest.get("FailureReason", "").strip().splitlines() or ["no reason given"]
        return Verdict(False, f"{name} failed: {reason[-1][:160]}", "Read its FailureReason whole.")
    return Verdict(False, f"{name} is {status}", "Wait for its end, then check again.")


def right_objective(account: Account) -> Verdict:
    job = _completed(account)
    if job is None:
        return NO_JOB
    name = job["TrainingJobName"]
    objective = job.get("HyperParameters", {}).get("objective", "not given")
    if objective not in ("binary:logistic", "binary:logitraw"):
        return Verdict(
            False,
            f"{name} has the objective {objective}",
            "Malignant or not: that is two classes, not a number to predict.",
        )
    limit = job["StoppingCondition"]["MaxRuntimeInSeconds"]
    if limit > 3600:
        return Verdict(
            False,
            f"{name} may run for {limit / 3600:g} hours",
            "A job that hangs costs until MaxRuntimeInSeconds: an hour is ample here.",
        )
    return Verdict(True, f"{objective}, at most {limit} s")


def _reported(account: Account) -> tuple[dict[str, Any], dict[str, Any]] | Verdict:
    """The report, and the job that it names."""
    where = f"s3://{account.bucket}/{account.prefix}/report.json"
    report = look.read_json(account, f"{account.prefix}/report.json")
    if report is None:
        hint = "Write what you read there as one JSON object: step 3 says which fields."
        return Verdict(False, f"There is no JSON object in {where}", hint)
    for job in _jobs(account):
        if job["TrainingJobName"] == report.get("job"):
            return report, job
    return Verdict(
        False,
        f"report.json names the job {report.get('job')!r}, which is none of this lab's",
        "Put the name of your training job under 'job'.",
    )


def metrics_read(account: Account) -> Verdict:
    found = _reported(account)
    if isinstance(found, Verdict):
        return found
    report, job = found
    last = {each["MetricName"]: each["Value"] for each in job.get("FinalMetricDataList", ())}
    for channel in ("train", "validation"):
        told, true = report.get(f"{channel}_logloss"), last.get(f"{channel}:logloss")
        if true is None:
            hint = "Ask for it by eval_metric=logloss, and give the job both channels."
            return Verdict(False, f"The job has no metric {channel}:logloss", hint)
        if not isinstance(told, int | float) or not math.isclose(told, true, abs_tol=5e-5):
            return Verdict(
                False,
                f"report.json says {channel}_logloss {told!r}; the job's last was {true:.5f}",
                "FinalMetricDataList of DescribeTrainingJob holds it.",
            )
    return Verdict(True, ", ".join(f"{name} {value:.5f}" for name, value in sorted(last.items())))


def rounds_read(account: Account) -> Verdict:
    found = _reported(account)
    if isinstance(found, Verdict):
        return found
    report, job = found
    lines = look.log_lines(account, "/aws/sagemaker/TrainingJobs", f"{job['TrainingJobName']}/")
    pattern = re.compile(r"\[(\d+)\].*validation-logloss:(\S+)")
    rounds = {int(hit[1]): float(hit[2]) for line in lines if (hit := pattern.search(line))}
    if not rounds:
        return Verdict(
            False,
            "The job's log has no line with validation-logloss",
            "Ask for eval_metric=logloss and give the job a validation channel.",
        )
    best = min(rounds.values())
    told = report.get("best_round")
    if rounds.get(told if isinstance(told, int) else -1) != best:
        return Verdict(
            False,
            f"report.json says best_round {told!r}; the log of {len(rounds)} rounds says otherwise",
            "Rounds count from 0, as in the log's square brackets.",
        )
    return Verdict(True, f"Round {told} of {len(rounds)} has the lowest: {best:.5f}")


def _test_rows() -> list[list[float]]:
    """The test table, label first, as it is written as CSV."""
    from labs.datasets import tumours  # brings scikit-learn, which takes a second

    found = look.rows(tumours.as_csv(tumours.tables()[2]))
    assert not isinstance(found, str)
    return found


def predictions(account: Account) -> Verdict:
    job = _completed(account)
    if job is None:
        return NO_JOB
    body = look.read(account, f"{account.prefix}/predictions.csv")
    if body is None:
        where = f"s3://{account.bucket}/{account.prefix}/predictions.csv"
        return Verdict(False, f"There is no {where}", "One probability a line, in test's order.")
    told = look.rows(body)
    if isinstance(told, str):
        return Verdict(False, f"In predictions.csv, {told}", "One number a line, nothing else.")
    bucket, _, key = job["ModelArtifacts"]["S3ModelArtifacts"][len("s3://") :].partition("/")
    test = _test_rows()
    archive = look.read(account, key, bucket) or b""
    true = look.predictions(archive, [row[1:] for row in test])
    if true is None:
        return Verdict(False, f"s3://{bucket}/{key} holds no xgboost-model", "Train again.")
    if len(told) != len(true):
        hint = "The third table that tables() gives is the test set."
        return Verdict(False, f"{len(told)} predictions for {len(true)} test rows", hint)
    off = sum(
        not math.isclose(one[0], other, abs_tol=1e-3) for one, other in zip(told, true, strict=True)
    )
    if off:
        return Verdict(
            False,
            f"{off} of {len(true)} predictions differ from what {job['TrainingJobName']} says",
            "Leave the label out of the columns you predict from, and round nothing.",
        )
    right = sum((said > 0.5) == bool(row[0]) for said, row in zip(true, test, strict=True))
    return Verdict(True, f"{right} of {len(true)} test rows right")


def repaired(account: Account) -> Verdict:
    prefix = account.prefix
    faults = look.training_jobs(account, f"{prefix}-fault")
    jobs = look.training_jobs(account, f"{prefix}-repaired")
    first = f"First read the FailureReason of {prefix}-fault."
    if missing := verdicts.unrepaired(account, faults, jobs, "job", first):
        return missing
    job = jobs[0]
    uris = {c["DataSource"]["S3DataSource"]["S3Uri"].rstrip("/") for c in job["InputDataConfig"]}
    if not any(uri.startswith(f"s3://{account.bucket}/{prefix}/fault") for uri in uris):
        return Verdict(
            False,
            f"{job['TrainingJobName']} reads {', '.join(sorted(uris))}",
            f"The data is right as it is: read s3://{account.bucket}/{prefix}/fault/.",
        )
    if job["TrainingJobStatus"] != "Completed":
        reason = (job.get("FailureReason", "").strip().splitlines() or [""])[-1][:160]
        saw = f"{job['TrainingJobName']} is {job['TrainingJobStatus']}. {reason}".strip()
        return Verdict(False, saw, "Compare its channel with that of a job that completed.")
    return Verdict(True, f"{job['TrainingJobName']} completed on the same data")
