"""Payments by card, a few of them fraud: made up.

No such card was used. A formula, which stands below, and a fixed seed make the rows. About two
payments in a hundred are fraud, and some of these look like anybody's payment: no model finds them
all.
"""

import numpy as np
from numpy.typing import NDArray

SEED, TRAIN, EACH, LATER = 16, 8_000, 4_000, 20_000


def tables() -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Train (8,000 rows), validation (4,000) and test (4,000): the label first, 1 for fraud."""
    rows = _made(np.random.default_rng(SEED), TRAIN + 2 * EACH)
    return rows[:TRAIN], rows[TRAIN:-EACH], rows[-EACH:]


def later() -> NDArray[np.float64]:
    """The 20,000 payments that came after all of these: what a decision meets."""
    return _made(np.random.default_rng(SEED + 1), LATER)


def _made(chance: np.random.Generator, count: int) -> NDArray[np.float64]:
    """Rows of label, amount, hour, kilometres from home, hours since the last payment, tries within
    the hour, age of the card in years, abroad, new merchant."""
    amount = (chance.lognormal(3.4, 1.0, count) + 0.01).round(2)
    hour = chance.integers(0, 24, count)
    distance = chance.exponential(15.0, count).round(1)
    pause = chance.exponential(30.0, count).round(2)
    tries = chance.poisson(0.25, count)
    age = chance.uniform(0, 6, count).round(2)
    abroad = chance.random(count) < 0.08
    merchant = chance.random(count) < 0.3
    night = (hour < 6) | (hour > 22)
    score = (
        -7.6
        + 1.1 * (np.log(amount) - 3.4)
        + 1.8 * night
        + 0.04 * np.minimum(distance, 80)
        + 1.6 * tries
        + 2.2 * abroad
        + 1.4 * merchant
        + 2.0 * (abroad & merchant)
        + 1.5 * (pause < 1)
        - 0.2 * age
    )
    fraud = chance.random(count) < 1 / (1 + np.exp(-score))
    told = (amount, hour, distance, pause, tries, age, abroad, merchant)
    return np.column_stack([fraud, *told]).astype(np.float64)


def as_csv(rows: NDArray[np.float64]) -> bytes:
    """Bytes of CSV: a line a row, no header, six significant digits."""
    return "".join(",".join(f"{value:.6g}" for value in row) + "\n" for row in rows).encode()
