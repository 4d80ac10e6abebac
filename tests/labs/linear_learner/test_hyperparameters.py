"""Linear Learner's hyperparameters, and how they hang together."""

from __future__ import annotations

import re

import pytest

from labs.cloud.algorithms import catalogue
from labs.cloud.algorithms.common.errors import CustomerError
from labs.cloud.algorithms.linear_learner.hyperparameters import PARAMETERS, Settings, read

DOCUMENTED = [
    "num_classes", "predictor_type", "accuracy_top_k", "balance_multiclass_weights", "beta_1",
    "beta_2", "bias_lr_mult", "bias_wd_mult", "binary_classifier_model_selection_criteria",
    "early_stopping_patience", "early_stopping_tolerance", "epochs", "f_beta", "feature_dim",
    "huber_delta", "init_bias", "init_method", "init_scale", "init_sigma", "l1",
    "learning_rate", "loss", "loss_insensitivity", "lr_scheduler_factor",
    "lr_scheduler_minimum_lr", "lr_scheduler_step", "margin", "mini_batch_size", "momentum",
    "normalize_data", "normalize_label", "num_calibration_samples", "num_models",
    "num_point_for_scaler", "optimizer", "positive_example_weight_mult", "quantile",
    "target_precision", "target_recall", "unbias_data", "unbias_label", "use_bias",
    "use_lr_scheduler", "wd",
]  # fmt: skip


def settings(kind: str = "regressor", **given: str) -> Settings:
    return read({"predictor_type": kind, **given})


def test_every_documented_name_is_known() -> None:
    assert set(PARAMETERS) == {*DOCUMENTED, "_tuning_objective_metric"}


def test_what_can_be_tuned_is_a_hyperparameter() -> None:
    assert set(catalogue.ALGORITHMS["linear_learner"].tunable or ()) <= set(PARAMETERS)


def test_only_predictor_type_is_required() -> None:
    found = settings()
    assert (found.loss, found.optimizer, found.epochs) == ("squared_loss", "adam", 15)
    assert (found.mini_batch_size, found.feature_dim, found.num_models) == (1000, None, 4)
    with pytest.raises(CustomerError, match="'predictor_type' which are required"):
        read({})


@pytest.mark.parametrize(
    ("kind", "loss"),
    [
        ("regressor", "squared_loss"),
        ("binary_classifier", "logistic"),
        ("multiclass_classifier", "softmax_loss"),
    ],
)
def test_the_loss_follows_the_kind(kind: str, loss: str) -> None:
    assert settings(kind, num_classes="3").loss == loss


def test_labels_are_scaled_in_regression_alone() -> None:
    assert settings().normalize_label
    assert settings().unbias_label
    assert not settings(normalize_label="false").normalize_label
    for kind in ("binary_classifier", "multiclass_classifier"):
        found = settings(kind, num_classes="3", normalize_label="true")
        assert not found.normalize_label
        assert not found.unbias_label


def test_nothing_is_shifted_without_a_bias() -> None:
    found = settings(use_bias="false")
    assert not found.unbias_data
    assert not found.unbias_label
    assert settings(use_bias="False", unbias_data="true").unbias_data


def test_a_tuning_job_trains_one_model() -> None:
    assert settings(num_models="8").num_models == 8
    assert settings(num_models="8", _tuning_objective_metric="test:mse").num_models == 1


def test_num_classes_is_passed_over_without_classes() -> None:
    assert settings(num_classes="7").num_classes == 1
    assert settings("multiclass_classifier", num_classes="7").num_classes == 7


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"predictor_type": "classifier"}, "which accepts one of the following: 'regressor', "),
        ({"loss": "logistic"}, "with predictor_type regressor it is one of: 'auto', 'squared_lo"),
        ({"loss": "quantile_loss"}, "'quantile_loss' only on AWS: not offered offline"),
        ({"optimizer": "rmsprop"}, "'rmsprop' only on AWS: not offered offline"),
        ({"optimizer": "adam", "loss": "huber_loss"}, "is not offered offline. Leave both out"),
        ({"momentum": "0.5", "loss": "huber_loss"}, "is not offered offline. Leave both out"),
        ({"positive_example_weight_mult": "auto"}, "'auto' only on AWS: not offered offline"),
        ({"init_method": "normal"}, "give it its default 'uniform'"),
        ({"bias_lr_mult": "2"}, "give it its default 'auto'"),
        ({"predictor_type": "multiclass_classifier"}, "needs the hyperparameter 'num_classes'"),
        ({"predictor_type": "multiclass_classifier", "num_classes": "2"}, "between 3 and 1000000"),
        ({"num_models": "33"}, "an integer between 1 and 32"),
        ({"target_recall": "1"}, "a number in (0, 1)"),
        ({"k": "3"}, "Additional hyperparameters are not allowed ('k' was unexpected)"),
    ],
)
def test_what_cannot_be_is_refused(given: dict[str, str], message: str) -> None:
    with pytest.raises(CustomerError, match=re.escape(message)):
        read({"predictor_type": "regressor"} | given)
