"""The hyperparameters: their names and ranges, and what xgboost is given.

Checked in the reference's order, and the first error ends it: aliases, what is required, parsing,
ranges, dependencies. No default is filled in: what is absent is left to xgboost.

Source: the reference container's `algorithm_mode/hyperparameter_validation.py`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from labs.cloud.algorithms.xgboost import dependencies, metrics
from labs.cloud.algorithms.xgboost.errors import UserError, not_offered
from labs.cloud.algorithms.xgboost.ranges import (
    Choice,
    Groups,
    Interval,
    Kind,
    Number,
    Signs,
    Value,
    Words,
)

INTEGERS = {
    "num_round": "[1, +inf)",
    "csv_weights": "[0, 1]",
    "early_stopping_rounds": "[1, +inf)",
    "verbosity": "[0, 3]",
    "nthread": "[1, +inf)",
    "max_depth": "[0, +inf)",
    "refresh_leaf": "[0, 1]",
    "max_leaves": "[0, +inf)",
    "max_bin": "[0, +inf)",
    "one_drop": "[0, 1]",
    "num_class": "[2, +inf)",
    "_kfold": "[2, +inf)",
    "_num_cv_round": "[1, +inf)",
    "seed": "(-2147483648, 2147483647)",
    "num_parallel_tree": "[1, +inf)",
    "prob_buffer_row": "(1.0, +inf)",
}
REALS = {
    "eta": "[0, 1]",
    "gamma": "[0, +inf)",
    "min_child_weight": "[0, +inf)",
    "max_delta_step": "[0, +inf)",
    "subsample": "(0, 1]",
    "colsample_bytree": "(0, 1]",
    "colsample_bylevel": "(0, 1]",
    "colsample_bynode": "(0, 1]",
    "lambda": "[0, +inf)",
    "alpha": "[0, +inf)",
    "sketch_eps": "(0, 1)",
    "scale_pos_weight": "(0, +inf)",
    "rate_drop": "[0, 1]",
    "skip_drop": "[0, 1]",
    "lambda_bias": "[0, 1]",
    "tweedie_variance_power": "(1, 2)",
    "base_score": "[0, +inf)",
    "aft_loss_distribution_scale": "[0, +inf)",
}
CHOICES = {
    "booster": "gbtree gblinear dart",
    "tree_method": "auto exact approx hist gpu_hist",
    "dsplit": "row col",
    "process_type": "default update",
    "grow_policy": "depthwise lossguide",
    "predictor": "auto cpu_predictor gpu_predictor",
    "sample_type": "uniform weighted",
    "normalize_type": "tree forest",
    "objective": "binary:logistic binary:logitraw binary:hinge count:poisson multi:softmax"
    " multi:softprob rank:pairwise rank:ndcg rank:map reg:linear reg:squarederror reg:logistic"
    " reg:gamma reg:pseudohubererror reg:squaredlogerror reg:absoluteerror reg:tweedie"
    " survival:aft survival:cox",
    "save_model_on_termination": "true false",
    "aft_loss_distribution": "normal logistic extreme",
    "deterministic_histogram": "true false",
    "sampling_method": "uniform gradient_based",
    "use_dask_gpu_training": "true false",
    "_tuning_objective_metric": " ".join(f"validation:{name}" for name in metrics.NAMES),
}
ALIASES = {
    "learning_rate": "eta",
    "min_split_loss": "gamma",
    "reg_lambda": "lambda",
    "reg_alpha": "alpha",
}
TUNABLE = (
    "num_round", "eta", "gamma", "max_depth", "min_child_weight", "max_delta_step", "subsample",
    "colsample_bytree", "colsample_bylevel", "colsample_bynode", "lambda", "alpha",
)  # fmt: skip
FOR_THE_CONTAINER = (  # all others go to xgboost
    "num_round", "csv_weights", "early_stopping_rounds", "save_model_on_termination",
    "use_dask_gpu_training", "eval_metric", "_tuning_objective_metric", "_kfold", "_num_cv_round",
)  # fmt: skip


@dataclass(frozen=True)
class Hyperparameters:
    """What a job is to do. `booster` is what xgboost gets; `eval_metric` and `tuning_metric` are
    as the learner gave them. With `folds` it is a cross-validation, `repeats` times over."""

    num_round: int
    early_stopping_rounds: int | None
    eval_metric: tuple[str, ...]
    tuning_metric: str | None
    save_model_on_termination: bool
    csv_weights: bool
    folds: int | None
    repeats: int
    booster: Mapping[str, Any]

    @property
    def objective(self) -> str:
        """xgboost's default if none was given."""
        return str(self.booster.get("objective", "reg:squarederror"))

    @property
    def seed(self) -> int | None:
        """None if none was given."""
        return self.booster.get("seed")

    @property
    def is_classification(self) -> bool:
        """Whether the label is a class, as the reference tells it."""
        return "num_class" in self.booster or self.objective.startswith("binary:")

    @property
    def metrics(self) -> tuple[str, ...]:
        """All that are reported."""
        return metrics.watched(self.eval_metric, self.tuning_metric)

    @property
    def stopping_metric(self) -> str | None:
        """Early stopping follows the tuning objective, else the last metric that was given."""
        return self.tuning_metric or (self.eval_metric[-1] if self.eval_metric else None)


def parse(given: Mapping[str, object]) -> Hyperparameters:
    """What `input/config/hyperparameters.json` holds. Raises UserError with the first problem."""
    for name in ("sagemaker_program", "sagemaker_submit_directory"):
        if name in given:
            raise not_offered(
                f"Script mode ({name}={given[name]})", "Train with the built-in algorithm."
            )
    values = validate(given)
    _refuse_what_is_not_offered(values)
    booster: dict[str, Any] = {
        name: value for name, value in values.items() if name not in FOR_THE_CONTAINER
    }
    if "updater" in booster:
        booster["updater"] = ",".join(booster["updater"])
    if "monotone_constraints" in booster:
        booster["monotone_constraints"] = f"({','.join(map(str, booster['monotone_constraints']))})"
    if "interaction_constraints" in booster:  # as text: a list would be looked up as names
        booster["interaction_constraints"] = json.dumps(booster["interaction_constraints"])
    tuning = values.get("_tuning_objective_metric")
    return Hyperparameters(
        num_round=values["num_round"],
        early_stopping_rounds=values.get("early_stopping_rounds"),
        eval_metric=tuple(values.get("eval_metric", ())),
        tuning_metric=None if tuning is None else tuning.partition(":")[2],
        save_model_on_termination=values.get("save_model_on_termination") == "true",
        csv_weights=values.get("csv_weights") == 1,
        folds=values.get("_kfold"),
        repeats=values.get("_num_cv_round", 1),
        booster=MappingProxyType(booster),
    )


def validate(given: Mapping[str, object]) -> dict[str, Any]:
    """The values as numbers, words and lists. Raises UserError with the first problem."""
    texts = {ALIASES.get(name, name): str(value) for name, value in given.items()}
    if "num_round" not in texts:
        raise UserError("Missing required hyperparameter: num_round")
    values: dict[str, Value] = {}
    for name, text in texts.items():
        if name not in KINDS:
            raise UserError(f"Extraneous hyperparameter found: {name}")
        try:
            values[name] = KINDS[name].parse(text)
        except (ValueError, SyntaxError) as error:
            raise UserError(
                f"Hyperparameter {name}: could not parse value (caused by {type(error).__name__})"
            ) from None
    for name, value in values.items():
        KINDS[name].check(name, value)
    dependencies.check(values)
    return values


def _metric_with_threshold(metric: str) -> bool:
    if "<function" in metric:
        raise UserError(f"User defined evaluation metric {metric} is not supported yet.")
    name, at, threshold = (part.strip() for part in metric.partition("@"))
    if not at:
        return False
    if name not in metrics.WITH_THRESHOLD:
        raise UserError(
            f"Metric '{metric}' is not supported. Parameter 'eval_metric' with customized threshold"
            " should be one of these options: 'error', 'ndcg', 'map'."
        )
    try:
        float(threshold)
    except ValueError:
        raise UserError(f"Threshold value 't' in '{name}@t' expects float input.") from None
    return True


KINDS: Mapping[str, Kind] = {
    **{name: Number(int, Interval(interval)) for name, interval in INTEGERS.items()},
    **{name: Number(float, Interval(interval)) for name, interval in REALS.items()},
    **{name: Choice(tuple(words.split())) for name, words in CHOICES.items()},
    "eval_metric": Words(metrics.NAMES, _metric_with_threshold),
    "updater": Words(dependencies.TREE_UPDATERS + dependencies.LINEAR_UPDATERS),
    "monotone_constraints": Signs(),
    "interaction_constraints": Groups(),
}


def _refuse_what_is_not_offered(values: Mapping[str, Any]) -> None:
    if values.get("use_dask_gpu_training") == "true":
        raise not_offered("use_dask_gpu_training=true", "There is no GPU here; train without it.")
    if values.get("tree_method") == "gpu_hist":
        raise not_offered("tree_method=gpu_hist", "There is no GPU here; hist is its equal.")
