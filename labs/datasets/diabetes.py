"""442 people with diabetes, 10 measurements each, and how far the disease went within a year.

It comes with scikit-learn (Efron and others, "Least Angle Regression", 2004).
"""

import numpy as np
from numpy.typing import NDArray
from sklearn.datasets import load_diabetes
from sklearn.model_selection import train_test_split


def tables() -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Train (265 rows), validation (88) and test (89): the label first, 25 to 346."""
    measured, progress = load_diabetes(return_X_y=True, scaled=False)
    rows = np.column_stack([progress, measured])
    train, rest = train_test_split(rows, test_size=0.4, random_state=7)
    validation, test = train_test_split(rest, test_size=0.5, random_state=7)
    return train, validation, test


def as_csv(rows: NDArray[np.float64]) -> bytes:
    """Bytes of CSV: a line a row, no header."""
    return "".join(",".join(f"{value:g}" for value in row) + "\n" for row in rows).encode()
