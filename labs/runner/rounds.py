"""What training jobs with the built-in XGBoost tell of their rounds: their logs, their models, and
the tuning jobs that they are trials of. Nothing here changes anything.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from typing import Any

from labs.lab import Account
from labs.runner import look

LOG_GROUP = "/aws/sagemaker/TrainingJobs"
_ROUND = re.compile(r"^\[(\d+)\].*-[a-z]")  # [12]#011train-rmse:58.2#011validation-rmse:60.1


def rounds(account: Account, job: str) -> int:
    """How many a training job has run; one that was begun again tells some of them twice."""
    lines = look.log_lines(account, LOG_GROUP, f"{job}/")
    return len({hit[1] for line in lines if (hit := _ROUND.match(line))})


def scores(account: Account, job: str, metric: str) -> list[float]:
    """The values of a metric, such as `validation:rmse`, by the number of the round: lines of one
    moment come in no order."""
    value = re.compile(rf"^\[(\d+)\].*{re.escape(metric.replace(':', '-'))}:([-+.0-9e]+)")
    lines = look.log_lines(account, LOG_GROUP, f"{job}/")
    told = {int(hit[1]): float(hit[2]) for line in lines if (hit := value.match(line))}
    return [told[number] for number in sorted(told)]


def archive(account: Account, job: Mapping[str, Any]) -> bytes | None:
    """The model.tar.gz that a training job (its description) has left; None if there is none."""
    address: str = job.get("ModelArtifacts", {}).get("S3ModelArtifacts", "")
    bucket, _, key = address.removeprefix("s3://").partition("/")
    return look.read(account, key, bucket) if key else None


def trees(account: Account, job: Mapping[str, Any]) -> int | None:
    """The rounds that are in its model; None if it has left none that xgboost opens."""
    packed = archive(account, job)
    model = look.model_file(packed) if packed else None
    if model is None:
        return None
    import xgboost  # takes a moment

    try:
        return int(xgboost.Booster(model_file=bytearray(model)).num_boosted_rounds())
    except xgboost.core.XGBoostError:
        return None


def of_trials(account: Account, search: Mapping[str, Any]) -> dict[str, int]:
    """The rounds of each training job of a tuning job (its description), by name: of one that was
    stopped up to the round after which it was told to, though its log may go on for a moment."""
    sagemaker = account.client("sagemaker")
    pages = sagemaker.get_paginator("list_training_jobs_for_hyper_parameter_tuning_job").paginate(
        HyperParameterTuningJobName=search["HyperParameterTuningJobName"]
    )
    found = {}
    for page in pages:
        for each in page["TrainingJobSummaries"]:
            name = each["TrainingJobName"]
            final = each.get("FinalHyperParameterTuningJobObjectiveMetric")
            is_cut = final and each["TrainingJobStatus"] == "Stopped"
            told = scores(account, name, final["MetricName"]) if is_cut else []
            ends = [n for n, score in enumerate(told, 1) if _is_it(score, final["Value"])]
            found[name] = ends[0] if ends else rounds(account, name)
    return found


def _is_it(score: float, value: float) -> bool:
    """Whether a score of the log is that of a description: SageMaker keeps it in 32 bits."""
    return math.isclose(score, value, rel_tol=1e-6)


def best_trial(search: Mapping[str, Any]) -> tuple[str, float]:
    """The name of a tuning job's best training job and its objective; "" and nan without one."""
    best = search.get("BestTrainingJob", {})
    value = best.get("FinalHyperParameterTuningJobObjectiveMetric", {}).get("Value", math.nan)
    return best.get("TrainingJobName", ""), float(value)
