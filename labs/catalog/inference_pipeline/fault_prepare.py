"""The preparation of endpoints, as a colleague has written it for production.

It takes what prepare.py has learned, and has none of its training code in it.
"""

import csv
from pathlib import Path
from typing import Any

import joblib  # type: ignore[import-untyped]
import numpy as np

NUMBERS = 4


def model_fn(model_dir: str) -> Any:
    return joblib.load(Path(model_dir, "prepare.joblib"))


def input_fn(body: str | bytes, content_type: str) -> tuple[Any, Any]:
    text = body if isinstance(body, str) else body.decode()
    rows = list(csv.reader(text.splitlines()))
    numbers = [[float(cell or "nan") for cell in row[:NUMBERS]] for row in rows]
    return np.array(numbers), np.array([row[NUMBERS:] for row in rows])


def predict_fn(given: tuple[Any, Any], model: Any) -> Any:
    numbers, words = given
    scaler, encoder = model
    return np.hstack([scaler.fit_transform(numbers), encoder.transform(words)])
