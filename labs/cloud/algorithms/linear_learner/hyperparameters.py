"""Linear Learner's hyperparameters: names, ranges, defaults.

Source: "Linear learner hyperparameters" in SageMaker's developer guide.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

from labs.cloud.algorithms.common.errors import CustomerError, not_offered
from labs.cloud.algorithms.common.hyperparameters import (
    CAUSE,
    Choice,
    Either,
    Flag,
    Integer,
    Only,
    OrAuto,
    Parameter,
    Real,
    Text,
    parse,
)

REGRESSOR, BINARY, MULTICLASS = "regressor", "binary_classifier", "multiclass_classifier"
LOSSES = {  # the first is what auto means
    REGRESSOR: (
        "squared_loss", "absolute_loss", "eps_insensitive_squared_loss",
        "eps_insensitive_absolute_loss", "huber_loss",
    ),
    BINARY: ("logistic", "hinge_loss"),
    MULTICLASS: ("softmax_loss",),
}  # fmt: skip
SMOOTH = ("squared_loss", "logistic", "softmax_loss")  # which scikit-learn has Adam for
CRITERIA = (
    "accuracy", "f_beta", "precision_at_target_recall", "recall_at_target_precision",
    "loss_function",
)  # fmt: skip
AUTO = {  # what the algorithm's log shows; AWS trains 32 models
    "num_models": 4, "beta_1": 0.9, "beta_2": 0.999, "momentum": 0.0, "lr_scheduler_step": 100,
    "lr_scheduler_factor": 0.99, "lr_scheduler_minimum_lr": 1e-5, "l1": 0.0, "wd": 1e-4,
}  # fmt: skip

POSITIVE, SHARE = Real("(0, inf)"), Real("(0, 1)")
PARAMETERS: Mapping[str, Parameter] = {
    "predictor_type": Parameter(Choice((REGRESSOR, BINARY, MULTICLASS))),
    "num_classes": Parameter(Integer(1, 1_000_000), "1"),
    "feature_dim": Parameter(OrAuto(Integer()), "auto"),
    "mini_batch_size": Parameter(Integer(), "1000"),
    "epochs": Parameter(Integer(), "15"),
    "num_models": Parameter(OrAuto(Integer(1, 32)), "auto"),
    "loss": Parameter(
        Choice(
            ("auto", *(loss for losses in LOSSES.values() for loss in losses)), ("quantile_loss",)
        ),
        "auto",
    ),
    "optimizer": Parameter(Choice(("auto", "adam", "sgd"), ("rmsprop",)), "auto"),
    "learning_rate": Parameter(OrAuto(POSITIVE), "auto"),
    "beta_1": Parameter(OrAuto(Real("[0, 1)")), "auto"),
    "beta_2": Parameter(OrAuto(Real("[0, 1)")), "auto"),
    "momentum": Parameter(OrAuto(Real("[0, 1)")), "auto"),
    "use_lr_scheduler": Parameter(Flag(), "true"),
    "lr_scheduler_step": Parameter(OrAuto(Integer()), "auto"),
    "lr_scheduler_factor": Parameter(OrAuto(SHARE), "auto"),
    "lr_scheduler_minimum_lr": Parameter(OrAuto(POSITIVE), "auto"),
    "l1": Parameter(OrAuto(Real("[0, inf)")), "auto"),
    "wd": Parameter(OrAuto(Real("[0, inf)")), "auto"),
    "use_bias": Parameter(Flag(), "true"),
    "normalize_data": Parameter(OrAuto(Flag()), "true"),
    "normalize_label": Parameter(OrAuto(Flag()), "auto"),
    "unbias_data": Parameter(OrAuto(Flag()), "auto"),
    "unbias_label": Parameter(OrAuto(Flag()), "auto"),
    "num_point_for_scaler": Parameter(Integer(), "10000"),
    "positive_example_weight_mult": Parameter(
        Either(POSITIVE, Choice(("balanced",), ("auto",))), "1.0"
    ),
    "balance_multiclass_weights": Parameter(Flag(), "false"),
    "binary_classifier_model_selection_criteria": Parameter(Choice(CRITERIA), "accuracy"),
    "target_precision": Parameter(SHARE, "0.8"),
    "target_recall": Parameter(SHARE, "0.8"),
    "f_beta": Parameter(POSITIVE, "1.0"),
    "accuracy_top_k": Parameter(Integer(), "3"),
    "num_calibration_samples": Parameter(OrAuto(Integer()), "auto"),
    "early_stopping_patience": Parameter(Integer(), "3"),
    "early_stopping_tolerance": Parameter(POSITIVE, "0.001"),
    "huber_delta": Parameter(POSITIVE, "1.0"),
    "loss_insensitivity": Parameter(POSITIVE, "0.01"),
    "quantile": Parameter(SHARE, "0.5"),
    "margin": Parameter(Only("1.0"), "1.0"),
    "bias_lr_mult": Parameter(Only("auto"), "auto"),
    "bias_wd_mult": Parameter(Only("auto"), "auto"),
    "init_method": Parameter(Only("uniform"), "uniform"),
    "init_scale": Parameter(Only("0.07"), "0.07"),
    "init_sigma": Parameter(Only("0.01"), "0.01"),
    "init_bias": Parameter(Only("0.0"), "0.0"),
    "_tuning_objective_metric": Parameter(Text(), ""),
}


@dataclass(frozen=True)
class Settings:
    """What a job is to do, by the names of the hyperparameters; None where the data decide."""

    predictor_type: str
    num_classes: int
    feature_dim: int | None
    mini_batch_size: int
    epochs: int
    num_models: int
    loss: str
    optimizer: str  # adam or sgd
    learning_rate: float | None
    beta_1: float
    beta_2: float
    momentum: float
    use_lr_scheduler: bool
    lr_scheduler_step: int
    lr_scheduler_factor: float
    lr_scheduler_minimum_lr: float
    l1: float
    wd: float
    use_bias: bool
    normalize_data: bool
    normalize_label: bool
    unbias_data: bool
    unbias_label: bool
    num_point_for_scaler: int
    positive_example_weight_mult: float | str  # or balanced
    balance_multiclass_weights: bool
    binary_classifier_model_selection_criteria: str
    target_precision: float
    target_recall: float
    f_beta: float
    accuracy_top_k: int
    num_calibration_samples: int | None
    early_stopping_patience: int
    early_stopping_tolerance: float
    huber_delta: float
    loss_insensitivity: float

    @property
    def is_regression(self) -> bool:
        return self.predictor_type == REGRESSOR


def read(given: Mapping[str, object]) -> Settings:
    """From what `input/config/hyperparameters.json` holds. Raises CustomerError."""
    values: dict[str, Any] = parse(given, PARAMETERS)
    kind: str = values["predictor_type"]
    loss = LOSSES[kind][0] if values["loss"] == "auto" else values["loss"]
    if loss not in LOSSES[kind]:
        raise CustomerError(
            f"The value '{loss}' is not valid for the 'loss' hyperparameter: with predictor_type "
            f"{kind} it is one of: {', '.join(map(repr, ('auto', *LOSSES[kind])))} {CAUSE}"
        )
    if kind == MULTICLASS and values["num_classes"] < 3:
        raise CustomerError(
            "predictor_type multiclass_classifier needs the hyperparameter 'num_classes', an "
            f"integer between 3 and 1000000: the labels are 0 to num_classes - 1 {CAUSE}"
        )
    values |= {"loss": loss, "optimizer": _optimizer(values, loss)}
    for name, default in AUTO.items():
        if values[name] is None:
            values[name] = default
    for part, is_scaled in (("data", True), ("label", kind == REGRESSOR)):  # classes never are
        for name, auto in ((f"normalize_{part}", True), (f"unbias_{part}", values["use_bias"])):
            values[name] = is_scaled and (auto if values[name] is None else values[name])
    if values["_tuning_objective_metric"]:
        values["num_models"] = 1
    if kind != MULTICLASS:
        values["num_classes"] = 1
    return Settings(**{each.name: values[each.name] for each in fields(Settings)})


def _optimizer(values: Mapping[str, Any], loss: str) -> str:
    given: str = values["optimizer"]
    if loss in SMOOTH:
        return "adam" if given == "auto" else given
    if given == "adam" or values["momentum"] is not None:
        raise not_offered(
            f"loss={loss} with optimizer=adam or a momentum",
            "Leave both out: this loss is minimized by plain sgd.",
        )
    return "sgd"
