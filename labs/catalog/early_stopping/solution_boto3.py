"""A solution with boto3: every call of the API in the open."""

import time

import boto3
import fault
import xgboost
from jobs import PREFIX, channel, curves, definition, finished, model, searched, trials
from ready import METRIC, keep, report, show_jobs, show_search, upload

SETTINGS = {
    "objective": "reg:squarederror",
    "eta": "0.3",
    "max_depth": "2",
    "num_round": "200",
    "seed": "7",
}
PATIENCE = {"early_stopping_rounds": "10"}
NAMED = {"eval_metric": "rmse"}

sagemaker = boto3.client("sagemaker")


def expect():
    return {
        "patience_stops": True,
        "no_channel_stops": False,
        "no_metric_stops": False,
        "last_model_is_kept": False,
        "auto_finds_the_same_best": True,
    }


def start(kind, hyperparameters, *folders):
    """Run a training job that validates only if it is given that folder; its name."""
    name = f"{PREFIX}-{kind}-{int(time.time())}"
    sagemaker.create_training_job(
        TrainingJobName=name,
        HyperParameters=SETTINGS | hyperparameters,
        **definition(*(channel(folder.rpartition("-")[2], folder) for folder in folders)),
    )
    finished(name)  # one job after the other: a small quota is enough
    return name


def train():
    both = ("train", "validation")
    return {
        "patience": start("patience", PATIENCE | NAMED, *both),
        "no_channel": start("no-channel", PATIENCE | NAMED, "train"),
        "no_metric": start("no-metric", PATIENCE, *both),
        "no_patience": start("no-patience", NAMED, *both),
    }


def read(jobs):
    scores = curves(jobs["patience"])[METRIC]
    booster = xgboost.Booster(model_file=bytearray(model(jobs["patience"])))
    told = {
        "job": jobs["patience"],
        "rounds": len(scores),
        "best_round": scores.index(min(scores)),
        "trees": booster.num_boosted_rounds(),
        "rounds_saved": len(curves(jobs["no_patience"])[METRIC]) - len(scores),
    }
    report("patience", told)


def repair():
    """The fault: its validation rows are its training rows."""
    finished(fault.plant())
    job = start("repaired", PATIENCE | NAMED, "fault-train", "validation")
    print(len(curves(job)[METRIC]), "rounds")


def search(early_stopping):
    name = f"{PREFIX}-{early_stopping.lower()}-{int(time.time())}"
    sagemaker.create_hyper_parameter_tuning_job(
        HyperParameterTuningJobName=name,
        HyperParameterTuningJobConfig={
            "Strategy": "Random",
            "RandomSeed": 6,
            "HyperParameterTuningJobObjective": {"Type": "Minimize", "MetricName": METRIC},
            "ResourceLimits": {"MaxNumberOfTrainingJobs": 10, "MaxParallelTrainingJobs": 2},
            "ParameterRanges": {
                "IntegerParameterRanges": [
                    {"Name": "max_depth", "MinValue": "1", "MaxValue": "8"},
                ],
                "ContinuousParameterRanges": [
                    {
                        "Name": "min_child_weight",
                        "MinValue": "1",
                        "MaxValue": "120",
                        "ScalingType": "Logarithmic",
                    },
                ],
            },
            "TrainingJobEarlyStoppingType": early_stopping,
        },
        TrainingJobDefinition={
            "StaticHyperParameters": {"eta": "0.1", "num_round": "100", "seed": "7"},
            **definition(channel("train", "train"), channel("validation", "validation")),
        },
    )
    searched(name)
    return name


def compare(off, auto):
    report("search", {"off": told(off), "auto": told(auto)})


def told(tuning_job):
    """What a search cost and found."""
    found = sagemaker.describe_hyper_parameter_tuning_job(HyperParameterTuningJobName=tuning_job)
    best = found["BestTrainingJob"]["FinalHyperParameterTuningJobObjectiveMetric"]
    return {
        "stopped": found["TrainingJobStatusCounters"]["Stopped"],
        "rounds": sum(len(trial["scores"]) for trial in trials(tuning_job)),
        "best": best["Value"],
    }


if __name__ == "__main__":
    keep(expect())
    upload()
    four = train()
    show_jobs(four)
    read(four)
    repair()
    off, auto = search("Off"), search("Auto")
    show_search(off, auto)
    compare(off, auto)
