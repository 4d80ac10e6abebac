"""A solution with boto3: every call of the API in the open."""

import boto3
import fault
import numpy as np
import xgboost
from diabetes import tables
from jobs import PREFIX, model, trials
from ready import METRIC, OBJECTIVE, SETTINGS, report, search, show, start, upload

RANGES = {
    "ContinuousParameterRanges": [
        {"Name": "eta", "MinValue": "0.01", "MaxValue": "0.5", "ScalingType": "Logarithmic"}
    ],
    "IntegerParameterRanges": [{"Name": "max_depth", "MinValue": "1", "MaxValue": "8"}],
}

sagemaker = boto3.client("sagemaker")


def grid():
    return {
        "Strategy": "Grid",
        "HyperParameterTuningJobObjective": OBJECTIVE,
        "ResourceLimits": {"MaxParallelTrainingJobs": 2},
        "ParameterRanges": {
            "CategoricalParameterRanges": [
                {"Name": "eta", "Values": ["0.01", "0.07", "0.5"]},
                {"Name": "max_depth", "Values": ["1", "4", "8"]},
            ]
        },
    }


def random():
    return {
        "Strategy": "Random",
        "RandomSeed": 28,
        "HyperParameterTuningJobObjective": OBJECTIVE,
        "ResourceLimits": {"MaxNumberOfTrainingJobs": 9, "MaxParallelTrainingJobs": 2},
        "ParameterRanges": RANGES,
    }


def bayesian():
    """One at a time: each trial is chosen by all those before."""
    return random() | {
        "Strategy": "Bayesian",
        "ResourceLimits": {"MaxNumberOfTrainingJobs": 9, "MaxParallelTrainingJobs": 1},
    }


def hyperband():
    """A third more; stopped by rules of its own, so TrainingJobEarlyStoppingType stays Off."""
    return random() | {
        "Strategy": "Hyperband",
        "StrategyConfig": {"HyperbandStrategyConfig": {"MinResource": 10, "MaxResource": 100}},
        "ResourceLimits": {"MaxNumberOfTrainingJobs": 12, "MaxParallelTrainingJobs": 2},
    }


def best_of(job):
    found = sagemaker.describe_hyper_parameter_tuning_job(HyperParameterTuningJobName=job)
    best = found["BestTrainingJob"]
    value = best["FinalHyperParameterTuningJobObjectiveMetric"]["Value"]
    return best["TrainingJobName"], value


def compare(jobs):
    told = {}
    for strategy, job in jobs.items():
        found = trials(job)
        trial, value = best_of(job)
        told[strategy] = {
            "job": job,
            "trials": len(found),
            "rounds": sum(len(each["scores"]) for each in found),
            "best": value,
            "best_trial": trial,
        }
    report("compared", told)


def test(jobs):
    trial, value = min((best_of(job) for job in jobs.values()), key=lambda found: found[1])
    booster = xgboost.Booster(model_file=bytearray(model(trial)))
    rows = tables()[2]
    said = booster.predict(xgboost.DMatrix(rows[:, 1:]))
    rmse = float(np.sqrt(np.mean((said - rows[:, 0]) ** 2)))
    report("test", {"trial": trial, "validation_rmse": value, "test_rmse": rmse})


def repair():
    """The fault: its objective and its metric are for two classes, and the label is a number."""
    fault.plant()
    config = fault.CONFIG | {
        "HyperParameterTuningJobObjective": {"Type": "Minimize", "MetricName": METRIC}
    }
    start(f"{PREFIX}-repaired", config, SETTINGS)


if __name__ == "__main__":
    upload()
    jobs = {each()["Strategy"]: search(each()) for each in (grid, random, bayesian, hyperband)}
    show(jobs)
    compare(jobs)
    test(jobs)
    repair()
