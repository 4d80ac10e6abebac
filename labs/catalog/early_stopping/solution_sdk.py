"""A solution with the SageMaker Python SDK, version 3: ModelTrainer and HyperparameterTuner."""

import fault
import xgboost
from jobs import BUCKET, IMAGE, PREFIX, ROLE, curves, finished, model, trials
from ready import METRIC, keep, report, show_jobs, show_search, upload
from sagemaker.core.parameter import ContinuousParameter, IntegerParameter
from sagemaker.core.resources import HyperParameterTuningJob, TrainingJob
from sagemaker.core.training.configs import (
    Compute,
    InputData,
    OutputDataConfig,
    StoppingCondition,
)
from sagemaker.train import ModelTrainer
from sagemaker.train.tuner import HyperparameterTuner

SETTINGS = {
    "objective": "reg:squarederror",
    "eta": "0.3",
    "max_depth": "2",
    "num_round": "200",
    "seed": "7",
}
PATIENCE = {"early_stopping_rounds": "10"}
NAMED = {"eval_metric": "rmse"}


def expect():
    return {
        "patience_stops": True,
        "no_channel_stops": False,
        "no_metric_stops": False,
        "last_model_is_kept": False,
        "auto_finds_the_same_best": True,
    }


def channels(*folders):
    return [
        InputData(
            channel_name=folder.rpartition("-")[2],
            data_source=f"s3://{BUCKET}/{PREFIX}/{folder}/",
            content_type="text/csv",
        )
        for folder in folders
    ]


def trainer(hyperparameters, name=PREFIX):
    return ModelTrainer(
        training_image=IMAGE,
        role=ROLE,
        base_job_name=name,
        compute=Compute(instance_type="ml.m5.large", instance_count=1, volume_size_in_gb=5),
        output_data_config=OutputDataConfig(s3_output_path=f"s3://{BUCKET}/{PREFIX}/output"),
        stopping_condition=StoppingCondition(max_runtime_in_seconds=600),
        hyperparameters=hyperparameters,
    )


def start(kind, hyperparameters, *folders):
    """Train under a name that begins so, wait, and give back the job's name."""
    name = f"{PREFIX}-{kind}"
    training = trainer(SETTINGS | hyperparameters, name)
    training.train(input_data_config=channels(*folders), wait=True, logs=False)
    newest = TrainingJob.get_all(
        name_contains=name, sort_by="CreationTime", sort_order="Descending"
    )
    return next(iter(newest)).training_job_name


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
    tuner = HyperparameterTuner(
        model_trainer=trainer({"eta": "0.1", "num_round": "100", "seed": "7"}),
        objective_metric_name=METRIC,
        objective_type="Minimize",
        hyperparameter_ranges={
            "max_depth": IntegerParameter(1, 8),
            "min_child_weight": ContinuousParameter(1, 120, scaling_type="Logarithmic"),
        },
        strategy="Random",
        random_seed=6,
        max_jobs=10,
        max_parallel_jobs=2,
        early_stopping_type=early_stopping,
        base_tuning_job_name=f"{PREFIX}-{early_stopping.lower()}",
    )
    tuner.tune(inputs=channels("train", "validation"), wait=True)
    return tuner.latest_tuning_job.hyper_parameter_tuning_job_name


def compare(off, auto):
    report("search", {"off": told(off), "auto": told(auto)})


def told(tuning_job):
    """What a search cost and found."""
    found = HyperParameterTuningJob.get(tuning_job)
    best = found.best_training_job.final_hyper_parameter_tuning_job_objective_metric
    return {
        "stopped": found.training_job_status_counters.stopped,
        "rounds": sum(len(trial["scores"]) for trial in trials(tuning_job)),
        "best": best.value,
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
