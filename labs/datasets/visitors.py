"""Visitors of a shop's page, what they are interested in, and what they buy: made up.

Nobody was observed. A formula, which stands below, and fixed seeds make them. The page has room
for one banner: sports or books. A model scores how likely a visitor is interested in sports; from
0.5 on she sees the sports banner. Whether she buys depends on luck, and on whether it was the right
one.
"""

import functools
import hashlib

import numpy as np
from numpy.typing import NDArray

MEASURED = 6  # what is known of a visitor when the banner is chosen
BUYS_RIGHT, BUYS_WRONG = 0.25, 0.03  # how likely she buys, under the right banner or the wrong one
EARLIER, VISITORS = 200, 1400
TESTS, LOOKS, EACH = 2000, 14, 50  # tests of two equal models; visitors an arm between two looks
_EQUAL = 0.18  # what both arms of such a test convert
_COME = 698  # a seed at which luck is with the worse model in the beginning


def history() -> NDArray[np.float64]:
    """3,000 rows to train on: the label first, 1 for interested in sports."""
    rows, sports = _drawn(3000, 1)
    return np.column_stack([sports, rows])


def earlier() -> NDArray[np.float64]:
    """The 200 visitors of the day before the test, six numbers each, without labels."""
    return _drawn(EARLIER, 2)[0]


def visitors() -> NDArray[np.float64]:
    """The 1,400 visitors of the test in the order in which they come, numbered from 0, without
    labels. Nobody comes twice."""
    return _drawn(VISITORS, _COME)[0]


def arm(number: int) -> str:
    """The variant, A or B, at which a visitor of the test is asked: always the same for her."""
    return "AB"[hashlib.sha256(f"banner-{number}".encode()).digest()[0] % 2]


def bought(number: int, score: float) -> bool:
    """Whether a visitor of the test bought something, once a model's score chose her banner."""
    sports = _drawn(VISITORS, _COME)[1][number]
    return bool(_luck()[number] < (BUYS_RIGHT if (score >= 0.5) == sports else BUYS_WRONG))


def equal_tests() -> NDArray[np.int64]:
    """How many bought in 2,000 tests of two equally good models, shape (2000, 2, 14): test, arm,
    look. At look n (from 1) each arm has had 50 * n visitors."""
    buyers = np.random.default_rng(5).binomial(EACH, _EQUAL, size=(TESTS, 2, LOOKS))
    return buyers.cumsum(axis=2)


def as_csv(rows: NDArray[np.float64]) -> bytes:
    """Bytes of CSV: a line a row, no header."""
    return "".join(",".join(f"{value:g}" for value in row) + "\n" for row in rows).encode()


@functools.cache
def _drawn(rows: int, seed: int) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Rows of measurements, and who of them is interested in sports."""
    chance = np.random.default_rng(seed)
    measured = chance.normal(size=(rows, MEASURED)).round(4)
    liking = measured[:, 0] * measured[:, 1] + 0.2 * measured[:, 2]
    return measured, liking + 0.2 * chance.normal(size=rows) > 0


@functools.cache
def _luck() -> NDArray[np.float64]:
    return np.random.default_rng(_COME + 100_000).random(VISITORS)
