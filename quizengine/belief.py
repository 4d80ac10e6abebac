"""What is believed of levels that nobody sees: Gaussian filters, weighed by their predictions.

A level is on the logit scale: at 0 a question of mean difficulty is known with probability 1/2. The
state of a filter is a vector of parts, and every level is a weighted sum of them. A filter takes in
a piece of evidence by moment matching (assumed-density filtering): along the one direction that the
evidence speaks of, the likelihood meets the prior on Gauss-Hermite nodes, and the mean and variance
of the product are kept. Sources: M. Opper (1998), A Bayesian approach to on-line learning;
T. P. Minka (2001), A family of algorithms for approximate Bayesian inference, MIT, ch. 3.

The filters differ in what they take for granted. Their weights are posterior probabilities (a bank
of filters: D. T. Magill (1965), IEEE Trans. Automatic Control 10, 434-439), so nothing has to be
fitted on other learners.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TypeAlias

import numpy as np
from numpy.polynomial.hermite_e import hermegauss
from numpy.typing import NDArray

Array: TypeAlias = NDArray[np.float64]

DIFFICULTY = 0.9  # standard deviation of the questions' difficulty, logits
LEAST = 1e-12  # of a likelihood: what was impossible to a filter still has a logarithm

NODES, _WEIGHTS = hermegauss(21)
WEIGHTS: Array = _WEIGHTS / _WEIGHTS.sum()


@dataclass(frozen=True)
class Belief:
    """F filters over S parts. `mean` is (F, S), `cov` (F, S, S), `log_weight` (F,), not normalised.

    `prior` and `drift`, both (F, S), are the variances at the start and what a day adds to them.
    """

    mean: Array
    cov: Array
    log_weight: Array
    prior: Array
    drift: Array

    @classmethod
    def start(cls, mean: Array, prior: Array, drift: Array) -> Belief:
        """Before any evidence: `mean` (S,), the parts independent, the filters equal."""
        filters, parts = prior.shape
        cov = np.zeros((filters, parts, parts))
        cov[:, np.arange(parts), np.arange(parts)] = prior
        return cls(np.tile(mean, (filters, 1)), cov, np.zeros(filters), prior, drift)

    @property
    def weight(self) -> Array:
        """(F,), summing to 1."""
        raised = np.exp(self.log_weight - self.log_weight.max())
        weight: Array = raised / raised.sum()
        return weight

    def after(self, days: float) -> Belief:
        """Some days later: variances have grown, at most to what they were at the start.

        Means stay, so that a day without evidence widens every interval and moves none.
        """
        if days <= 0:
            return self
        cov = self.cov.copy()
        parts = np.arange(cov.shape[1])
        now = cov[:, parts, parts]
        cov[:, parts, parts] = np.minimum(now + days * self.drift, np.maximum(now, self.prior))
        return replace(self, cov=cov)

    def absorb(
        self, direction: Array, likelihood: Callable[[Array], Array], noise: float
    ) -> Belief:
        """After evidence about one level: `direction` (S,) says which.

        `likelihood` maps an array of levels to that of likelihoods; before it, noise of this
        standard deviation is added to the level (a question's own difficulty).
        """
        towards, mean, variance = self._along(direction, noise)
        spread = np.sqrt(variance)
        found = np.maximum(likelihood(mean[:, None] + spread[:, None] * NODES), LEAST) * WEIGHTS
        total = found.sum(axis=1)
        first = (found @ NODES) / total  # mean and mean square of the product, in spreads
        second = (found @ NODES**2) / total
        gain = (1 - (second - first * first)) / variance
        return replace(
            self,
            mean=self.mean + towards * (first / spread)[:, None],
            cov=self.cov - towards[:, :, None] * (towards * gain[:, None])[:, None, :],
            log_weight=self.log_weight + np.log(total),
        )

    def expect(self, direction: Array, value: Callable[[Array], Array], noise: float) -> float:
        """The expectation of a function of one level."""
        _, mean, variance = self._along(direction, noise)
        found = value(mean[:, None] + np.sqrt(variance)[:, None] * NODES)
        return float(self.weight @ (found @ WEIGHTS))

    def levels(self, directions: Array) -> tuple[Array, Array]:
        """Means (F, K) and covariances (F, K, K) of K levels; `directions` is (K, S)."""
        return self.mean @ directions.T, directions @ self.cov @ directions.T

    def _along(self, direction: Array, noise: float) -> tuple[Array, Array, Array]:
        """Covariances (F, S) of all parts with a level; its mean (F,) and, with noise, variance."""
        towards = self.cov @ direction
        return towards, self.mean @ direction, towards @ direction + noise * noise


def sigmoid(level: Array) -> Array:
    found: Array = 0.5 + 0.5 * np.tanh(0.5 * level)
    return found


def normal(z: Array) -> Array:
    """The standard normal distribution function.

    Source: Abramowitz and Stegun (1964), formula 7.1.26 for erf; error below 2e-7.
    """
    x = np.abs(z) / np.sqrt(2)
    t = 1 / (1 + 0.3275911 * x)
    tail = t * (
        0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429)))
    )
    tail *= 0.5 * np.exp(-x * x)
    found: Array = np.where(z < 0, tail, 1 - tail)
    return found
