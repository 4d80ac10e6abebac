"""One model that is being trained: scikit-learn's estimator, taken through batch after batch.

Squared, logistic and softmax loss are minimized by a neural network without hidden layers, which is
a linear model: it has Adam, batches and momentum, as SageMaker's algorithm does. The other losses
are scikit-learn's linear models by stochastic gradient descent, row by row.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from labs.cloud.algorithms.linear_learner.hyperparameters import SMOOTH, Settings
from labs.cloud.algorithms.recordio import Array

ADAM_RATE = 0.1
BY_ROWS = {  # loss -> scikit-learn's, and which hyperparameter is its epsilon
    "absolute_loss": ("epsilon_insensitive", None),
    "eps_insensitive_absolute_loss": ("epsilon_insensitive", "loss_insensitivity"),
    "eps_insensitive_squared_loss": ("squared_epsilon_insensitive", "loss_insensitivity"),
    "huber_loss": ("huber", "huber_delta"),
    "hinge_loss": ("hinge", None),
}


@dataclass(frozen=True)
class Tried:
    """What differs between the models that are trained beside one another."""

    learning_rate: float
    l1: float
    wd: float


@dataclass(frozen=True, eq=False)
class Linear:
    """A linear function: weight of shape (features, outputs), bias (outputs,)."""

    weight: Array
    bias: Array

    def scores(self, features: Array) -> Array:
        """Shape (rows,) for one output, (rows, outputs) for several."""
        found: Array = features @ self.weight + self.bias
        return found[:, 0] if self.weight.shape[1] == 1 else found


class Candidate:
    """`step` by `step` a better model. One that diverges is dead, and stays as it was."""

    def __init__(self, tried: Tried, settings: Settings, seed: int) -> None:
        self.tried = tried
        self.is_alive = True
        self._settings = settings
        self._steps = 0
        self._is_smooth = settings.loss in SMOOTH
        self._model = (_network if self._is_smooth else _by_rows)(tried, settings, seed)
        self._classes = None if settings.is_regression else np.arange(max(2, settings.num_classes))

    def step(self, features: Array, labels: Array, weights: Array | None) -> None:
        """One batch: what it learns from it, row by row or at once."""
        if not self.is_alive:
            return
        if self._is_smooth:
            self._model.batch_size = len(labels)
            # scikit-learn divides it by the rows of a batch
            self._model.alpha = self.tried.wd * (len(labels) if weights is None else weights.sum())
        more = {} if self._classes is None else {"classes": self._classes}
        try:
            self._model.partial_fit(features, labels, sample_weight=weights, **more)
        except ValueError as error:
            if not any(word in str(error) for word in ("non-finite", "overflow")):
                raise
            self.is_alive = False
            return
        self._steps += 1
        rate = self._next_rate()
        if self._is_smooth:
            self._regularize(rate)

    def linear(self) -> Linear:
        """The model as it is now."""
        if self._is_smooth:
            return Linear(self._model.coefs_[0].copy(), self._model.intercepts_[0].copy())
        weight = np.atleast_2d(self._model.coef_).T
        return Linear(weight.copy(), np.atleast_1d(self._model.intercept_).copy())

    def _next_rate(self) -> float:
        """The learning rate, a little lower after so many steps."""
        settings = self._settings
        rate = self.tried.learning_rate
        if settings.use_lr_scheduler:
            lowered = rate * settings.lr_scheduler_factor ** (
                self._steps // settings.lr_scheduler_step
            )
            rate = max(lowered, min(rate, settings.lr_scheduler_minimum_lr))
        if not self._is_smooth:
            self._model.eta0 = rate
        elif settings.optimizer == "adam":
            self._model._optimizer.learning_rate_init = rate  # it has no other way in
        else:
            self._model._optimizer.learning_rate = rate
        return rate

    def _regularize(self, rate: float) -> None:
        """What a neural network of scikit-learn does not know: L1, and to be without bias."""
        weight = self._model.coefs_[0]
        if self.tried.l1:
            shrunk = np.maximum(np.abs(weight) - rate * self.tried.l1, 0.0)
            np.copyto(weight, np.sign(weight) * shrunk)
        if not self._settings.use_bias:
            self._model.intercepts_[0][:] = 0.0


def neighbours(settings: Settings, features: int) -> list[Tried]:
    """What is given, and models near it, as many as num_models: other learning rates first, then
    other regularization."""
    rate = settings.learning_rate
    if rate is None:
        rate = ADAM_RATE if settings.optimizer == "adam" else min(0.01, 0.5 / (features + 1))
    tried = {  # without those that come again, as with wd=0
        Tried(rate * faster, settings.l1, settings.wd * stronger): None
        for stronger in (1.0, 10.0, 0.1, 100.0, 0.01, 1000.0, 0.001, 10_000.0)
        for faster in (1.0, 0.1, 0.3, 3.0)
    }
    return list(tried)[: settings.num_models]


def _network(tried: Tried, settings: Settings, seed: int) -> Any:
    from sklearn.neural_network import MLPClassifier, MLPRegressor

    kind = MLPRegressor if settings.is_regression else MLPClassifier
    return kind(
        hidden_layer_sizes=(),
        solver=settings.optimizer,
        learning_rate_init=tried.learning_rate,
        momentum=settings.momentum,
        nesterovs_momentum=False,
        beta_1=settings.beta_1,
        beta_2=settings.beta_2,
        shuffle=False,
        random_state=seed,
    )


def _by_rows(tried: Tried, settings: Settings, seed: int) -> Any:
    from sklearn.linear_model import SGDClassifier, SGDRegressor

    loss, epsilon = BY_ROWS[settings.loss]
    both = tried.l1 + tried.wd
    kind = SGDRegressor if settings.is_regression else SGDClassifier
    return kind(
        loss=loss,
        epsilon=getattr(settings, epsilon) if epsilon else 0.0,
        penalty="elasticnet" if both else None,
        alpha=both or 1.0,
        l1_ratio=tried.l1 / both if both else 0.0,
        fit_intercept=settings.use_bias,
        learning_rate="constant",
        eta0=tried.learning_rate,
        shuffle=False,
        random_state=seed,
    )
