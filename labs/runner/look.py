"""How checks look at the state of an account. Nothing here changes it."""

from __future__ import annotations

import datetime
import io
import json
import tarfile
import zlib
from collections.abc import Mapping
from typing import Any

from labs.cloud import ACCOUNT
from labs.lab import Account

MOST = 64 * 1024 * 1024  # bytes a check reads of one object


def is_aws(account: Account) -> bool:
    """Whether it is an account of AWS. The offline cloud's has the number of AWS's examples."""
    return f":{ACCOUNT}:" not in account.role_arn


def objects(account: Account, prefix: str) -> list[str]:
    """The keys under a prefix of the lab's bucket, folder markers left out."""
    pages = account.client("s3").get_paginator("list_objects_v2")
    return [
        entry["Key"]
        for page in pages.paginate(Bucket=account.bucket, Prefix=prefix)
        for entry in page.get("Contents", ())
        if entry["Size"]
    ]


def read(account: Account, key: str, bucket: str | None = None) -> bytes | None:
    """The object's bytes; None if there is none, or if it is far too large for a lab."""
    s3 = account.client("s3")
    try:
        answer = s3.get_object(Bucket=bucket or account.bucket, Key=key)
    except s3.exceptions.ClientError:
        return None
    body: bytes = answer["Body"].read(MOST + 1)
    return body if len(body) <= MOST else None


def read_json(account: Account, key: str) -> dict[str, Any] | None:
    """The object as a JSON object; None if it is not one."""
    body = read(account, key)
    try:
        found = json.loads(body) if body is not None else None
    except ValueError:
        return None
    return found if isinstance(found, dict) else None


def is_near(told: object, true: float, within: float) -> bool:
    """Whether what a report tells is a number, and so near to the true one."""
    if isinstance(told, bool) or not isinstance(told, int | float):
        return False
    try:
        return abs(told - true) <= within
    except OverflowError:  # an integer beyond every float
        return False


def rows(body: bytes) -> list[list[float]] | str:
    """CSV of numbers as rows; otherwise a sentence that says which line is none."""
    found = []
    for number, line in enumerate(body.decode("utf-8", "replace").splitlines(), 1):
        try:
            found.append([float(cell or "nan") for cell in line.split(",")])
        except ValueError:
            return f"line {number} is not numbers: {line[:60]!r}"
    return found


def training_jobs(account: Account, prefix: str) -> list[dict[str, Any]]:
    """The descriptions of all jobs whose names begin so, newest first."""
    sagemaker = account.client("sagemaker")
    pages = sagemaker.get_paginator("list_training_jobs").paginate(
        NameContains=prefix, SortBy="CreationTime", SortOrder="Descending"
    )
    return [
        sagemaker.describe_training_job(TrainingJobName=each["TrainingJobName"])
        for page in pages
        for each in page["TrainingJobSummaries"]
        if each["TrainingJobName"].startswith(prefix)
    ]


def tuning_jobs(account: Account, prefix: str) -> list[dict[str, Any]]:
    """The descriptions of all tuning jobs whose names begin so, newest first."""
    sagemaker = account.client("sagemaker")
    pages = sagemaker.get_paginator("list_hyper_parameter_tuning_jobs").paginate(
        NameContains=prefix, SortBy="CreationTime", SortOrder="Descending"
    )
    return [
        sagemaker.describe_hyper_parameter_tuning_job(
            HyperParameterTuningJobName=each["HyperParameterTuningJobName"]
        )
        for page in pages
        for each in page["HyperParameterTuningJobSummaries"]
        if each["HyperParameterTuningJobName"].startswith(prefix)
    ]


def transform_jobs(account: Account, prefix: str) -> list[dict[str, Any]]:
    """The descriptions of all transform jobs whose names begin so, newest first."""
    sagemaker = account.client("sagemaker")
    pages = sagemaker.get_paginator("list_transform_jobs").paginate(
        NameContains=prefix, SortBy="CreationTime", SortOrder="Descending"
    )
    return [
        sagemaker.describe_transform_job(TransformJobName=each["TransformJobName"])
        for page in pages
        for each in page["TransformJobSummaries"]
        if each["TransformJobName"].startswith(prefix)
    ]


def endpoints(account: Account) -> dict[str, str]:
    """Name and status of the lab's endpoints."""
    found = account.client("sagemaker").list_endpoints(NameContains=account.prefix)
    return {
        each["EndpointName"]: each["EndpointStatus"]
        for each in found["Endpoints"]
        if f"{each['EndpointName']}-".startswith(f"{account.prefix}-")
    }


def model_made(account: Account, name: str) -> datetime.datetime | None:
    """When a model was made; None if there is none. What is older, and stays when a lab is cleaned
    (metrics, transform jobs), is of another time through the lab."""
    sagemaker = account.client("sagemaker")
    try:
        made: datetime.datetime = sagemaker.describe_model(ModelName=name)["CreationTime"]
    except sagemaker.exceptions.ClientError:
        return None
    return made


def metric(
    account: Account,
    name: str,
    dimensions: Mapping[str, str],
    statistic: str = "Sum",
    since: datetime.datetime | None = None,
) -> float:
    """A metric of AWS/SageMaker over the last two weeks, or since then if that is later:
    `statistic` is Sum or SampleCount. Points are told by the minute: it begins with a whole one."""
    now = datetime.datetime.now(datetime.UTC)
    earliest = now - datetime.timedelta(days=14)
    start = max(since or earliest, earliest).replace(second=0, microsecond=0)
    answer = account.client("cloudwatch").get_metric_statistics(
        Namespace="AWS/SageMaker",
        MetricName=name,
        Dimensions=[{"Name": key, "Value": value} for key, value in dimensions.items()],
        StartTime=start,
        EndTime=now + datetime.timedelta(minutes=2),
        Period=3600,
        Statistics=[statistic],
    )
    return sum(float(point[statistic]) for point in answer["Datapoints"])


def invocations(
    account: Account,
    endpoint: str,
    variant: str = "AllTraffic",
    since: datetime.datetime | None = None,
) -> int:
    """How often a variant of an endpoint was asked in the last two weeks, or since then, as
    CloudWatch counts."""
    where = {"EndpointName": endpoint, "VariantName": variant}
    return int(metric(account, "Invocations", where, since=since))


def log_lines(account: Account, group: str, stream_prefix: str) -> list[str]:
    """The messages of a group's streams whose names begin so; none if there is no such group."""
    logs = account.client("logs")
    try:
        pages = logs.get_paginator("filter_log_events").paginate(
            logGroupName=group, logStreamNamePrefix=stream_prefix
        )
        return [event["message"] for page in pages for event in page["events"]]
    except logs.exceptions.ClientError:
        return []


def model_file(archive: bytes) -> bytes | None:
    """The `xgboost-model` at the root of a model.tar.gz; None if there is none."""
    try:
        with tarfile.open(fileobj=io.BytesIO(archive), mode="r:gz") as tar:
            member = tar.getmember("xgboost-model")
            source = tar.extractfile(member) if member.isfile() and member.size <= MOST else None
            return None if source is None else source.read()
    except (tarfile.TarError, KeyError, OSError, EOFError, zlib.error):
        return None


def predictions(archive: bytes, features: list[list[float]]) -> list[float] | None:
    """What the model in the archive says of the rows, by a bare xgboost; None if it opens none."""
    import numpy as np
    import xgboost

    model = model_file(archive)
    if model is None:
        return None
    try:
        booster = xgboost.Booster(model_file=bytearray(model))
        said = booster.predict(xgboost.DMatrix(np.array(features)))
    except xgboost.core.XGBoostError:
        return None
    return [float(each) for each in said]
