"""One model in training: it gets where scikit-learn's own solvers get."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.linear_model import HuberRegressor, LogisticRegression, Ridge
from sklearn.svm import LinearSVC

from labs.cloud.algorithms.linear_learner.candidate import Candidate, Linear, neighbours
from labs.cloud.algorithms.linear_learner.hyperparameters import LOSSES, Settings, read
from labs.cloud.algorithms.recordio import Array

DICE = np.random.default_rng(3)
FEATURES = DICE.normal(size=(400, 3)).astype(np.float32)
TRUE = np.array([1.0, -2.0, 0.5])
NOISE = DICE.normal(size=400)
TARGET = (FEATURES @ TRUE + 0.3 + 0.1 * NOISE).astype(np.float32)
CLASSES = (FEATURES @ TRUE + 0.3 + NOISE > 0).astype(np.float32)
THREE = np.digitize(FEATURES @ TRUE + NOISE, [-1.0, 1.0]).astype(np.float32)


def trained(
    labels: Array, settings: Settings, *, epochs: int = 150, weights: Array | None = None
) -> Linear:
    (tried, *_) = neighbours(settings, 3)
    candidate = Candidate(tried, settings, 1)
    for _ in range(epochs):
        for part in (slice(0, 200), slice(200, 400)):
            candidate.step(FEATURES[part], labels[part], None if weights is None else weights[part])
    assert candidate.is_alive
    return candidate.linear()


def settings(kind: str, **given: str) -> Settings:
    return read({"predictor_type": kind, "num_classes": "3", "wd": "0"} | given)


@pytest.mark.parametrize(
    "given", [{}, {"optimizer": "sgd", "learning_rate": "0.1"}, {"optimizer": "sgd",
              "learning_rate": "0.02", "momentum": "0.8"}]
)  # fmt: skip
def test_squared_loss_gets_to_least_squares(given: dict[str, str]) -> None:
    exact = Ridge(alpha=1e-9).fit(FEATURES, TARGET)
    found = trained(TARGET, settings("regressor", **given))
    np.testing.assert_allclose(found.weight[:, 0], exact.coef_, atol=0.02)
    np.testing.assert_allclose(found.bias, [exact.intercept_], atol=0.02)


def test_wd_is_the_ridge_of_the_mean_loss() -> None:
    """loss = mean of squares / 2 + wd / 2 |w|^2, and scikit-learn's Ridge: sum + alpha |w|^2."""
    exact = Ridge(alpha=0.5 * 400).fit(FEATURES, TARGET)
    found = trained(TARGET, settings("regressor", wd="0.5"))
    np.testing.assert_allclose(found.weight[:, 0], exact.coef_, atol=0.02)


def test_logistic_loss_gets_to_logistic_regression() -> None:
    exact = LogisticRegression(C=np.inf).fit(FEATURES, CLASSES)
    found = trained(CLASSES, settings("binary_classifier"))
    np.testing.assert_allclose(found.weight, exact.coef_.T, atol=0.05)
    np.testing.assert_allclose(found.bias, exact.intercept_, atol=0.05)


def test_softmax_loss_gets_to_multinomial_regression() -> None:
    exact = LogisticRegression(C=np.inf).fit(FEATURES, THREE)
    found = trained(THREE, settings("multiclass_classifier"))
    centred = found.weight - found.weight.mean(axis=1, keepdims=True)  # only differences count
    np.testing.assert_allclose(centred, exact.coef_.T, atol=0.08)


def test_huber_loss_is_not_moved_by_outliers() -> None:
    spoiled = TARGET.copy()
    spoiled[:20] += 100.0
    found = trained(spoiled, settings("regressor", loss="huber_loss", huber_delta="0.5"))
    exact = HuberRegressor(epsilon=1.35, alpha=0.0).fit(FEATURES, spoiled)
    np.testing.assert_allclose(found.weight[:, 0], exact.coef_, atol=0.1)
    least_squares = Ridge(alpha=1e-9).fit(FEATURES, spoiled)
    assert np.abs(least_squares.intercept_ - 0.3) > 4 > 1 > np.abs(found.bias[0] - 0.3)


@pytest.mark.parametrize("loss", [each for each in LOSSES["regressor"] if each != "squared_loss"])
def test_the_other_losses_of_a_regression_find_the_line(loss: str) -> None:
    found = trained(TARGET, settings("regressor", loss=loss), epochs=40)
    np.testing.assert_allclose(found.weight[:, 0], TRUE, atol=0.1)


def test_hinge_loss_gets_to_a_support_vector_classifier() -> None:
    exact = LinearSVC(loss="hinge", C=1 / (0.01 * 400), max_iter=200_000).fit(FEATURES, CLASSES)
    given = {"loss": "hinge_loss", "wd": "0.01", "learning_rate": "0.01"}
    found = trained(CLASSES, settings("binary_classifier", **given))
    ours, theirs = found.weight[:, 0], exact.coef_[0]
    assert ours @ theirs / np.linalg.norm(ours) / np.linalg.norm(theirs) > 0.99


def test_l1_leaves_out_what_says_nothing() -> None:
    useless = TARGET - FEATURES[:, 2] * 0.5
    found = trained(useless, settings("regressor", l1="0.05"))
    assert found.weight[2, 0] == 0.0
    assert np.abs(found.weight[:2, 0]).min() > 0.5


@pytest.mark.parametrize("loss", ["auto", "huber_loss"])
def test_without_a_bias_the_line_goes_through_the_origin(loss: str) -> None:
    found = trained(TARGET, settings("regressor", use_bias="false", loss=loss), epochs=20)
    assert found.bias.tolist() == [0.0]


@pytest.mark.parametrize("loss", ["logistic", "hinge_loss"])
def test_a_class_with_more_weight_is_found_more_often(loss: str) -> None:
    given = settings("binary_classifier", loss=loss)
    plain = trained(CLASSES, given, epochs=40)
    weighted = trained(CLASSES, given, epochs=40, weights=np.where(CLASSES == 1, 8.0, 1.0))
    assert (weighted.scores(FEATURES) > 0).sum() > (plain.scores(FEATURES) > 0).sum() + 10


@pytest.mark.parametrize("loss", ["squared_loss", "eps_insensitive_squared_loss"])
@pytest.mark.filterwarnings("ignore:overflow encountered:RuntimeWarning")
@pytest.mark.filterwarnings("ignore:invalid value encountered:RuntimeWarning")
def test_one_that_diverges_is_dead_and_does_not_break_the_job(loss: str) -> None:
    given = settings("regressor", loss=loss, optimizer="sgd", learning_rate="1e30")
    (tried, *_) = neighbours(given, 3)
    candidate = Candidate(tried, given, 1)
    for _ in range(20):
        candidate.step(FEATURES * 100, TARGET, None)
    assert not candidate.is_alive


@pytest.mark.parametrize("optimizer", ["adam", "sgd"])
def test_the_learning_rate_goes_down_step_by_step_and_no_further(optimizer: str) -> None:
    """The one place where scikit-learn is reached into: a newer version may need another way."""
    given = settings(
        "regressor",
        optimizer=optimizer,
        learning_rate="0.1",
        lr_scheduler_step="2",
        lr_scheduler_factor="0.5",
        lr_scheduler_minimum_lr="0.03",
    )
    (tried, *_) = neighbours(given, 3)
    candidate = Candidate(tried, given, 1)
    rates = []
    for _ in range(6):
        candidate.step(FEATURES, TARGET, None)
        optimizing = candidate._model._optimizer
        rates.append(
            getattr(optimizing, "learning_rate_init" if optimizer == "adam" else "learning_rate")
        )
    assert rates == [0.1, 0.05, 0.05, 0.03, 0.03, 0.03]


def test_the_first_of_several_is_the_one_that_was_given() -> None:
    given = settings("regressor", learning_rate="0.5", wd="0.2", num_models="32")
    tried = neighbours(given, 3)
    assert (tried[0].learning_rate, tried[0].wd) == (0.5, 0.2)
    assert len(set(tried)) == len(tried) == 32
    assert len(neighbours(settings("regressor", num_models="32"), 3)) == 4  # as wd is 0
