"""A solution with the SageMaker Python SDK, version 3: ModelTrainer and HyperparameterTuner."""

import fault
import numpy as np
import xgboost
from diabetes import tables
from jobs import BUCKET, IMAGE, PREFIX, ROLE, model, trials
from ready import METRIC, SETTINGS, report, show, upload
from sagemaker.core.parameter import (
    CategoricalParameter,
    ContinuousParameter,
    IntegerParameter,
)
from sagemaker.core.shapes import HyperbandStrategyConfig, HyperParameterTuningJobStrategyConfig
from sagemaker.core.training.configs import (
    Compute,
    InputData,
    OutputDataConfig,
    StoppingCondition,
)
from sagemaker.train import ModelTrainer
from sagemaker.train.tuner import HyperparameterTuner

GRID = {
    "eta": CategoricalParameter(["0.01", "0.07", "0.5"]),
    "max_depth": CategoricalParameter(["1", "4", "8"]),
}
RANGES = {
    "eta": ContinuousParameter(0.01, 0.5, scaling_type="Logarithmic"),
    "max_depth": IntegerParameter(1, 8),
}
RESOURCE = HyperParameterTuningJobStrategyConfig(
    hyperband_strategy_config=HyperbandStrategyConfig(min_resource=10, max_resource=100)
)


def trainer():
    return ModelTrainer(
        training_image=IMAGE,
        role=ROLE,
        base_job_name=PREFIX,
        compute=Compute(instance_type="ml.m5.large", instance_count=1, volume_size_in_gb=5),
        output_data_config=OutputDataConfig(s3_output_path=f"s3://{BUCKET}/{PREFIX}/output"),
        stopping_condition=StoppingCondition(max_runtime_in_seconds=600),
        hyperparameters=dict(SETTINGS),
    )


def channel(name):
    place = f"s3://{BUCKET}/{PREFIX}/{name}/"
    return InputData(channel_name=name, data_source=place, content_type="text/csv")


def search(name, ranges, **how):
    """Tune, wait, and give back the tuning job. The tuner would cut the base of a name so that
    it fits with the time: here the name is given whole."""
    tuner = HyperparameterTuner(
        model_trainer=trainer(),
        objective_metric_name=METRIC,
        objective_type="Minimize",
        hyperparameter_ranges=ranges,
        random_seed=28,
        **how,
    )
    inputs = [channel("train"), channel("validation")]
    tuner.tune(inputs=inputs, job_name=f"{PREFIX}-{name}", wait=True)
    return tuner.describe()


def searches():
    """One at a time for Bayesian: each trial is chosen by all those before."""
    return {
        "Grid": search("grid", GRID, strategy="Grid", max_parallel_jobs=2),
        "Random": search("random", RANGES, strategy="Random", max_jobs=9, max_parallel_jobs=2),
        "Bayesian": search("bayesian", RANGES, strategy="Bayesian", max_jobs=9),
        "Hyperband": search(
            "hyperband",
            RANGES,
            strategy="Hyperband",
            strategy_config=RESOURCE,
            max_jobs=12,
            max_parallel_jobs=2,
        ),
    }


def best_of(found):
    best = found.best_training_job
    return best.training_job_name, best.final_hyper_parameter_tuning_job_objective_metric.value


def compare(jobs):
    told = {}
    for strategy, found in jobs.items():
        name = found.hyper_parameter_tuning_job_name
        each = trials(name)
        trial, value = best_of(found)
        told[strategy] = {
            "job": name,
            "trials": len(each),
            "rounds": sum(len(trial["scores"]) for trial in each),
            "best": value,
            "best_trial": trial,
        }
    report("compared", told)


def test(jobs):
    trial, value = min((best_of(found) for found in jobs.values()), key=lambda best: best[1])
    booster = xgboost.Booster(model_file=bytearray(model(trial)))
    rows = tables()[2]
    said = booster.predict(xgboost.DMatrix(rows[:, 1:]))
    rmse = float(np.sqrt(np.mean((said - rows[:, 0]) ** 2)))
    report("test", {"trial": trial, "validation_rmse": value, "test_rmse": rmse})


def repair():
    """The fault: its objective and its metric are for two classes, and the label is a number."""
    fault.plant()
    search("repaired", RANGES, strategy="Random", max_jobs=3, max_parallel_jobs=2)


if __name__ == "__main__":
    upload()
    jobs = searches()
    show({each: found.hyper_parameter_tuning_job_name for each, found in jobs.items()})
    compare(jobs)
    test(jobs)
    repair()
