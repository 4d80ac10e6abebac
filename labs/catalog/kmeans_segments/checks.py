"""What must be so in the account once this lab is done.

Training jobs are known by their settings and by the rows that they read, clusters by what batch
transform answered: the model itself is never opened.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from labs.lab import Account, Verdict
from labs.runner import look, verdicts

Description: TypeAlias = Mapping[str, Any]
Table: TypeAlias = NDArray[np.float64]
Clusters: TypeAlias = NDArray[np.int64]

FORECAST = ("falls_with_each_k", "money_decides_alone", "scaled_forgets_money")
KS = range(2, 8)
NEAR = 1e-3  # of scaled rows, which are CSV of six digits
ALIKE = 0.9  # the share of newcomers at the cluster whose mean is nearest: a centre is near a mean
# What each name says of the means of a cluster: which column it has most of.
MOST = {"regulars": "visits", "bargain hunters": "sale", "stockers": "items", "lapsed": "days"}


def _parts() -> tuple[Table, Table, Table]:
    """Train, test and newcomers, as the shop has them."""
    from labs.datasets import customers

    return *customers.customers(), customers.newcomers()


def _columns() -> tuple[str, ...]:
    from labs.datasets import customers

    return customers.COLUMNS


def _is_scaled(rows: Table | None, original: Table, by: Table) -> bool:
    """Whether rows are the original ones, less the mean of `by` and divided by its spread."""
    if rows is None or rows.shape != original.shape:
        return False
    return any(
        bool(np.allclose(rows, (original - by.mean(axis=0)) / by.std(axis=0, ddof=ddof), atol=NEAR))
        for ddof in (0, 1)
    )


def _table(account: Account, folder: str) -> Table | None:
    """What lies in {prefix}/{folder}/rows.csv as a table of finite numbers; None if it is none."""
    body = look.read(account, f"{account.prefix}/{folder}/rows.csv")
    rows = look.rows(body) if body else ""
    if isinstance(rows, str) or len({len(row) for row in rows}) != 1:
        return None
    table = np.array(rows)
    return table if np.isfinite(table).all() else None


def _folder(account: Account, uri: object) -> str:
    """The folder under the lab's prefix that an address names; empty if it is elsewhere."""
    start = f"s3://{account.bucket}/{account.prefix}/"
    text = str(uri)
    return text.removeprefix(start).split("/")[0] if text.startswith(start) else ""


def _reads(account: Account, job: Description) -> dict[str, str]:
    """The folder of each channel of a job."""
    return {
        each["ChannelName"]: _folder(account, each["DataSource"]["S3DataSource"]["S3Uri"])
        for each in job.get("InputDataConfig", ())
        if "S3DataSource" in each["DataSource"]
    }


def _on(account: Account, folder: str) -> dict[int, Description]:
    """The newest completed job of each k that is trained on a folder and tested on rows."""
    found: dict[int, Description] = {}
    for job in look.training_jobs(account, account.prefix):
        told = job.get("HyperParameters", {}).get("k", "")
        reads = _reads(account, job)
        is_done = job["TrainingJobStatus"] == "Completed" and told.isdecimal()
        if is_done and reads.get("train") == folder and reads.get("test"):
            found.setdefault(int(told), job)
    return found


def _msd(job: Description) -> float | None:
    for each in job.get("FinalMetricDataList", ()):
        if each["MetricName"] == "test:msd":
            return float(each["Value"])
    return None


# What was expected


def forecast(account: Account) -> Verdict:
    jobs = look.training_jobs(account, account.prefix)
    return verdicts.forecast(account, FORECAST, jobs, _seen(account))


def _seen(account: Account) -> dict[str, bool]:
    """What has come of the things that were forecast, as far as it is known."""
    seen = {}
    msd = _curve(account)
    if not isinstance(msd, Verdict):
        seen["falls_with_each_k"] = all(msd[k] < msd[k - 1] for k in KS[1:])
    train = _parts()[0]
    for folder, name, holds in (
        ("raw-train", "money_decides_alone", _money_decides),
        ("train", "scaled_forgets_money", _money_is_forgotten),
    ):
        clusters = _clusters(account, folder, len(train))
        if not isinstance(clusters, Verdict):
            seen[name] = holds(_explained(train, clusters))
    return seen


def _money_decides(told: Mapping[str, float]) -> bool:
    return told["cents"] > 0.5 and all(told[name] < 0.1 for name in told if name != "cents")


def _money_is_forgotten(told: Mapping[str, float]) -> bool:
    return all(told["cents"] < told[name] for name in told if name != "cents")


# Scaling


def scaled(account: Account) -> Verdict:
    train, test, _ = _parts()
    for folder, original in (("train", train), ("test", test)):
        rows = _table(account, folder)
        where = f"s3://{account.bucket}/{account.prefix}/{folder}/rows.csv"
        if rows is None:
            return Verdict(False, f"There is no table of numbers in {where}", "put() writes it.")
        if rows.shape != original.shape:
            saw = f"{where} has {rows.shape[0]} rows of {rows.shape[1]} columns"
            return Verdict(False, saw, f"All {len(original)} rows, five columns each, no label.")
        if folder == "test" and _is_scaled(rows, test, test):
            saw = "The test rows are scaled by their own mean and spread"
            return Verdict(False, saw, "By those of the training rows: nothing else is known yet.")
        if _is_scaled(rows, original, np.concatenate([train, test])):
            saw = f"{folder} is scaled by the mean and spread of training and test rows together"
            return Verdict(False, saw, "Fit on the training rows alone.")
        if not _is_scaled(rows, original, train):
            means = ", ".join(f"{value:.3g}" for value in rows.mean(axis=0))
            saw = f"The columns of {folder} have the means {means}"
            return Verdict(
                False, saw, "Each column less train.mean(axis=0), over train.std(axis=0)."
            )
    told = look.read_json(account, f"{account.prefix}/scaling.json") or {}
    true = {"mean": train.mean(axis=0), "std": train.std(axis=0)}
    for name, values in true.items():
        given = told.get(name)
        if not isinstance(given, list) or len(given) != len(values):
            saw = f"scaling.json has {str(given)[:60]} under {name}"
            return Verdict(False, saw, "A list of five numbers: whoever scores later needs them.")
        near = zip(given, values, strict=True)
        if not all(look.is_near(one, float(value), abs(value) * 0.002) for one, value in near):
            hint = "That of the training rows, in the shop's units."
            return Verdict(False, f"scaling.json has another {name} than the training rows", hint)
    return Verdict(True, "Training and test rows, both by the training rows' mean and spread")


# The elbow


def _curve(account: Account) -> dict[int, float] | Verdict:
    """The mean squared distance on the test rows for each k, of jobs that differ in k alone."""
    jobs = _on(account, "train")
    if missing := [k for k in KS if k not in jobs]:
        newest = next(iter(look.training_jobs(account, account.prefix)), None)
        if newest is not None and newest["TrainingJobStatus"] != "Completed":
            reason = (newest.get("FailureReason", "").strip().splitlines() or [""])[-1][:200]
            saw = f"{newest['TrainingJobName']} is {newest['TrainingJobStatus']}. {reason}".strip()
            return Verdict(False, saw, "Read its FailureReason, or wait for its end.")
        saw = f"No completed job with k = {missing[0]} reads the scaled rows, train and test"
        return Verdict(False, saw, "One job for each k from 2 to 7; step 3 says with what.")
    others = {k: _without_k(jobs[k]) for k in KS}
    if differ := [k for k in KS if others[k] != others[2]]:
        saw = f"{jobs[differ[0]]['TrainingJobName']} differs in more than k from the job with k = 2"
        return Verdict(False, saw, "Only then does the curve tell of k alone.")
    found = {k: _msd(jobs[k]) for k in KS}
    msd = {k: value for k, value in found.items() if value is not None}
    if len(msd) < len(found):
        return Verdict(False, "A job has told no test:msd", "A channel test, of scaled rows.")
    return msd


def _without_k(job: Description) -> dict[str, str]:
    return {name: value for name, value in job.get("HyperParameters", {}).items() if name != "k"}


def _bend(msd: Mapping[int, float]) -> int:
    """The k at which the fall before is the largest multiple of the fall after."""
    return max(KS[1:-1], key=lambda k: (msd[k - 1] - msd[k]) / max(msd[k] - msd[k + 1], 1e-9))


def elbow(account: Account) -> Verdict:
    msd = _curve(account)
    if isinstance(msd, Verdict):
        return msd
    told = look.read_json(account, f"{account.prefix}/elbow.json")
    if told is None:
        where = f"s3://{account.bucket}/{account.prefix}/elbow.json"
        return Verdict(False, f"There is no JSON object in {where}", "Step 3 says what it has.")
    given = told.get("msd")
    for k, value in msd.items():
        said = given.get(str(k)) if isinstance(given, dict) else None
        if not look.is_near(said, value, 0.001 * value):
            saw = f"elbow.json says {said!r} for k = {k}; the job's test:msd is {value:.4g}"
            return Verdict(False, saw, "FinalMetricDataList of DescribeTrainingJob has it.")
    bend = _bend(msd)
    if told.get("k") != bend or isinstance(told["k"], bool):
        saw = f"elbow.json takes k = {told.get('k')!r}"
        return Verdict(False, saw, "Not the lowest: where the steep part of the curve ends.")
    name = _on(account, "train")[bend]["TrainingJobName"]
    if told.get("job") != name:
        return Verdict(
            False, f"elbow.json names the job {told.get('job')!r}", f"That of k: {name}."
        )
    return Verdict(True, f"{msd[2]:.2f} with 2 centres, {msd[bend]:.2f} with {bend}, then flat")


# The clusters


def _input(account: Account, transform: Description) -> str:
    source = transform["TransformInput"]["DataSource"]
    return _folder(account, source.get("S3DataSource", {}).get("S3Uri", ""))


def _answers(account: Account, transform: Description) -> Clusters | None:
    """The closest cluster of each row, as a transform job told; None if it is no such answer."""
    folder = _folder(account, transform["TransformOutput"]["S3OutputPath"])
    keys = look.objects(account, f"{account.prefix}/{folder}/") if folder else []
    found = []
    for key in keys:
        for line in (look.read(account, key) or b"").decode("utf-8", "replace").splitlines():
            try:
                found.append(int(json.loads(line)["closest_cluster"]))
            except (ValueError, KeyError, TypeError, OverflowError):
                return None
    if not found or min(found) < 0 or max(found) > 1000:
        return None
    return np.array(found, dtype=np.int64)


def _trained(account: Account, transform: Description) -> str:
    """The folder of rows that a transform job's model was trained on; empty if unknown."""
    sagemaker = account.client("sagemaker")
    try:
        model = sagemaker.describe_model(ModelName=transform["ModelName"])
    except sagemaker.exceptions.ClientError:
        return ""
    url = model.get("PrimaryContainer", {}).get("ModelDataUrl")
    for job in look.training_jobs(account, account.prefix):
        if job.get("ModelArtifacts", {}).get("S3ModelArtifacts") == url:
            return _reads(account, job).get("train", "")
    return ""


def _clusters(account: Account, folder: str, rows: int) -> Clusters | Verdict:
    """The cluster of each of the rows in a folder, by a model that was trained on them."""
    for transform in look.transform_jobs(account, account.prefix):
        if transform["TransformJobStatus"] != "Completed" or _input(account, transform) != folder:
            continue
        if _trained(account, transform) == folder:
            found = _answers(account, transform)
            if found is not None and len(found) == rows:
                return found
    where = f"s3://{account.bucket}/{account.prefix}/{folder}/"
    saw = f"No batch transform job tells the clusters of {where} by a model trained on it"
    return Verdict(
        False, saw, "closest() of ready.py, with the job that was trained on these rows."
    )


def _explained(rows: Table, clusters: Clusters) -> dict[str, float]:
    """The share of each column's variance that lies between the clusters."""
    told = {}
    for name, column in zip(_columns(), rows.T, strict=True):
        parts = [column[clusters == cluster] for cluster in np.unique(clusters)]
        within = sum(float(((part - part.mean()) ** 2).sum()) for part in parts)
        told[name] = 1 - within / float(((column - column.mean()) ** 2).sum())
    return told


def compared(account: Account) -> Verdict:
    told = look.read_json(account, f"{account.prefix}/explained.json")
    train = _parts()[0]
    said = {}
    for name, folder in (("raw", "raw-train"), ("scaled", "train")):
        if folder == "raw-train" and not _is_original(_table(account, folder), train):
            where = f"s3://{account.bucket}/{account.prefix}/raw-train/rows.csv"
            return Verdict(False, f"{where} is not the training rows as they are", "Step 4.")
        clusters = _clusters(account, folder, len(train))
        if isinstance(clusters, Verdict):
            return clusters
        said[name] = _explained(train, clusters)
    if told is None:
        where = f"s3://{account.bucket}/{account.prefix}/explained.json"
        return Verdict(False, f"There is no JSON object in {where}", "Step 4 says what it has.")
    for name, true in said.items():
        given = told.get(name)
        for column, value in true.items():
            one = given.get(column) if isinstance(given, dict) else None
            if not look.is_near(one, value, 0.005):
                saw = f"explained.json says {one!r} under {name}, {column}; it is {value:.3f}"
                return Verdict(False, saw, "1 less the sum of squares within over that in all.")
    raw, scaled_ = said["raw"]["cents"], said["scaled"]["cents"]
    return Verdict(True, f"Clusters account for {raw:.0%} of money unscaled, {scaled_:.0%} scaled")


def _is_original(rows: Table | None, original: Table) -> bool:
    return rows is not None and rows.shape == original.shape and np.allclose(rows, original)


# Names


def _named(account: Account) -> tuple[dict[int, str], Clusters] | Verdict:
    """The names of the clusters, if they fit, and the cluster of each training row."""
    train = _parts()[0]
    clusters = _clusters(account, "train", len(train))
    if isinstance(clusters, Verdict):
        return clusters
    told = look.read_json(account, f"{account.prefix}/segments.json")
    if told is None:
        where = f"s3://{account.bucket}/{account.prefix}/segments.json"
        return Verdict(False, f"There is no JSON object in {where}", "Step 5 says what it has.")
    ids = [int(each) for each in np.unique(clusters)]
    means = {each: _means(train[clusters == each]) for each in ids}
    sizes = {each: int((clusters == each).sum()) for each in ids}
    for each in ids:
        said = _in(told, "customers", each)
        if said != sizes[each] or isinstance(said, bool):
            saw = f"segments.json says {said!r} customers in cluster {each}; it has {sizes[each]}"
            return Verdict(False, saw, "Count the rows of each cluster.")
        for column, value in means[each].items():
            mean = _in(told, "means", each)
            one = mean.get(column) if isinstance(mean, dict) else None
            if not look.is_near(one, float(value), max(0.01 * abs(value), 0.01)):
                saw = (
                    f"segments.json says {one!r} for {column} of cluster {each}; it is {value:.4g}"
                )
                return Verdict(False, saw, "The mean of its rows in the shop's units, not scaled.")
    names = {each: _in(told, "names", each) for each in ids}
    if sorted(map(str, names.values())) != sorted(MOST):
        saw = f"segments.json names the clusters {', '.join(map(str, names.values()))}"
        return Verdict(False, saw, f"Each of these once: {', '.join(MOST)}.")
    for each, name in names.items():
        column = MOST[str(name)]
        most = max(ids, key=lambda other: float(means[other][column]))
        if most != each:
            saw = f"Cluster {each} is called {name}, and cluster {most} has more {column}"
            return Verdict(False, saw, "Read the table of means, column by column.")
    return {each: str(name) for each, name in names.items()}, clusters


def _means(rows: Table) -> dict[str, float]:
    return dict(zip(_columns(), map(float, rows.mean(axis=0)), strict=True))


def _in(told: Mapping[str, Any], name: str, cluster: int) -> Any:
    """What an object of clusters says of one."""
    inner = told.get(name)
    return inner.get(str(cluster)) if isinstance(inner, dict) else None


def segments(account: Account) -> Verdict:
    found = _named(account)
    if isinstance(found, Verdict):
        return found
    names, clusters = found
    counted = ", ".join(f"{int((clusters == each).sum())} {name}" for each, name in names.items())
    return Verdict(True, counted)


# The newcomers


def repaired(account: Account) -> Verdict:
    train, _, newcomers = _parts()
    kinds = tuple(f"{account.prefix}-{kind}" for kind in ("repaired", "newcomers"))
    started = [
        each
        for each in look.transform_jobs(account, account.prefix)
        if each["TransformJobName"].startswith(kinds)
    ]
    if not started:
        return Verdict(False, "The fault has not been planted yet", "quizengine lab run fault.py")
    name, status = started[0]["TransformJobName"], started[0]["TransformJobStatus"]
    if status != "Completed":
        return Verdict(False, f"{name} is {status}", "Wait for it, or read its FailureReason.")
    rows = _table(account, _input(account, started[0]))
    if _is_scaled(rows, newcomers, newcomers):
        saw = "The newcomers are scaled by their own mean and spread"
        return Verdict(False, saw, "Two shops, one scale: what was the model trained on?")
    if not _is_scaled(rows, newcomers, train) or _trained(account, started[0]) != "train":
        saw = f"{name} did not score the newcomers as the model was trained"
        return Verdict(False, saw, "All 200, by the mean and spread in scaling.json.")
    found = _named(account)
    if isinstance(found, Verdict):
        return found
    names, of_train = found
    clusters = _answers(account, started[0])
    if clusters is None or len(clusters) != len(newcomers):
        hint = "One line of JSON for each row: score them again."
        return Verdict(False, f"{name} has not told 200 clusters", hint)
    if (clusters == _nearest(newcomers, train, of_train)).mean() < ALIKE:
        saw = f"{name} tells other clusters than those rows have: they came later"
        return Verdict(False, saw, "Score them again, with the job that elbow.json names.")
    true = {name: int((clusters == each).sum()) for each, name in names.items()}
    told = look.read_json(account, f"{account.prefix}/newcomers.json") or {}
    for name, count in true.items():
        said = told.get(name, 0)
        if said != count or isinstance(said, bool):
            saw = f"newcomers.json says {said!r} {name}; they are {count}"
            return Verdict(False, saw, "Count the names of the newcomers' clusters anew.")
    most = max(true, key=lambda name: true[name])
    return Verdict(True, f"{true[most]} of {len(newcomers)} newcomers are {most}")


def _nearest(rows: Table, train: Table, clusters: Clusters) -> Clusters:
    """The cluster whose mean of training rows is the closest to each row, on the scale of these."""
    ids = np.unique(clusters)
    means = np.array([train[clusters == each].mean(axis=0) for each in ids])
    away = ((rows[:, None] - means) / train.std(axis=0)) ** 2
    found: Clusters = ids[away.sum(axis=2).argmin(axis=1)]
    return found
