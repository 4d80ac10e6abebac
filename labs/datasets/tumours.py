"""569 tumours, 30 measurements each, malignant or not.

It comes with scikit-learn (Breast Cancer Wisconsin, Diagnostic; Wolberg and others, 1995).
"""

import numpy as np
from numpy.typing import NDArray
from sklearn.datasets import load_breast_cancer
from sklearn.model_selection import train_test_split


def tables() -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Train (341 rows), validation (114) and test (114): the label first, 1 for malignant."""
    measured, benign = load_breast_cancer(return_X_y=True)
    rows = np.column_stack([1 - benign, measured])
    train, rest = train_test_split(rows, test_size=0.4, random_state=7, stratify=rows[:, 0])
    validation, test = train_test_split(rest, test_size=0.5, random_state=7, stratify=rest[:, 0])
    return train, validation, test


def as_csv(rows: NDArray[np.float64]) -> bytes:
    """Bytes of CSV: a line a row, no header."""
    return "".join(",".join(f"{value:g}" for value in row) + "\n" for row in rows).encode()
