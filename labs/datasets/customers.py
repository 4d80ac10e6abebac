"""1,500 customers of a shop, five things known of each, and 200 newcomers: made up.

Nobody was observed. Four kinds of customers, which stand below, and fixed seeds make them. The shop
counts money in cents; what a customer spends in a year says little of her kind.
"""

import numpy as np
from numpy.typing import NDArray

COLUMNS = ("visits", "items", "sale", "days", "cents")
UNITS = {
    "visits": "visits a month",
    "items": "items a visit",
    "sale": "share of items bought on sale",
    "days": "days since the last visit",
    "cents": "cents spent in a year",
}
# Mean and spread of each column, of each kind; and how many of whom are so.
_KINDS = (
    ((10.0, 6.0, 0.15, 4.0, 260_000.0), (2.0, 1.5, 0.06, 2.0, 90_000.0)),
    ((8.0, 4.0, 0.75, 5.0, 240_000.0), (2.0, 1.2, 0.09, 2.5, 90_000.0)),
    ((1.6, 26.0, 0.25, 16.0, 270_000.0), (0.5, 4.0, 0.08, 6.0, 90_000.0)),
    ((0.6, 3.5, 0.40, 75.0, 230_000.0), (0.3, 1.2, 0.10, 15.0, 90_000.0)),
)
_CUSTOMERS, _NEWCOMERS = (525, 450, 300, 225), (20, 20, 20, 140)
_DIGITS = (1, 1, 2, 0, 0)  # after the point, of each column


def customers() -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Train (1,200 rows) and test (300): five numbers each, in the order of COLUMNS, no labels."""
    rows = _drawn(_CUSTOMERS, 3)
    return rows[:1200], rows[1200:]


def newcomers() -> NDArray[np.float64]:
    """200 customers that came from another shop, in the same columns and units. They are another
    mixture of the same kinds."""
    return _drawn(_NEWCOMERS, 4)


def as_csv(rows: NDArray[np.float64]) -> bytes:
    """Bytes of CSV: a line a row, no header, six significant digits."""
    return "".join(",".join(f"{value:.6g}" for value in row) + "\n" for row in rows).encode()


def _drawn(counts: tuple[int, ...], seed: int) -> NDArray[np.float64]:
    """Rows of all kinds in random order."""
    chance = np.random.default_rng(seed)
    parts = [
        chance.normal(mean, spread, size=(count, 5))
        for (mean, spread), count in zip(_KINDS, counts, strict=True)
    ]
    rows = np.concatenate(parts)
    rows = np.maximum(rows, (0.0, 1.0, 0.0, 0.0, 1_000.0))
    rows[:, 2] = np.minimum(rows[:, 2], 1.0)
    shuffled = chance.permutation(rows)
    return np.column_stack(
        [column.round(digits) for column, digits in zip(shuffled.T, _DIGITS, strict=True)]
    )
