"""Prepares rows: fills gaps, scales numbers, gives each word a column of its own.

SageMaker's scikit-learn container runs it in two ways. A training job calls it as a program: it
learns, from the rows of the channel `train`, what gaps are filled with, how numbers are scaled and
which words there are. At an endpoint or in a transform job the container calls the functions
below: they apply that, and learn nothing.
"""

import argparse
import csv
import os
import shutil
from pathlib import Path
from typing import Any

import joblib  # type: ignore[import-untyped]
import numpy as np
from sklearn.impute import SimpleImputer
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

NUMBERS = 4  # the first four columns; the others are words


def parts(rows: list[list[str]]) -> tuple[Any, Any]:
    """Numbers (a gap is nan) and words of rows without a label."""
    numbers = [[float(cell or "nan") for cell in row[:NUMBERS]] for row in rows]
    return np.array(numbers), np.array([row[NUMBERS:] for row in rows])


# The training job


def learn(channel: str, model_dir: str) -> None:
    rows = []
    for path in sorted(Path(channel).iterdir()):
        with path.open(newline="") as lines:
            rows += [row[1:] for row in csv.reader(lines)]  # the label is not prepared
    numbers, words = parts(rows)
    scaler = make_pipeline(SimpleImputer(strategy="median"), StandardScaler()).fit(numbers)
    encoder = OneHotEncoder(handle_unknown="ignore", sparse_output=False).fit(words)
    print(f"rows: {len(rows)}")
    print(f"medians: {scaler[0].statistics_}")
    print(f"means: {scaler[1].mean_}, deviations: {scaler[1].scale_}")
    print(f"words: {[column.tolist() for column in encoder.categories_]}")
    joblib.dump((scaler, encoder), Path(model_dir, "prepare.joblib"))
    code = Path(model_dir, "code")  # what was learned travels with the code that applies it
    code.mkdir()
    shutil.copy(__file__, code / "prepare.py")


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--train", default=os.environ["SM_CHANNEL_TRAIN"])
    parser.add_argument("--model-dir", default=os.environ["SM_MODEL_DIR"])
    given = parser.parse_args()
    learn(given.train, given.model_dir)


# The endpoint, or the transform job


def model_fn(model_dir: str) -> Any:
    return joblib.load(Path(model_dir, "prepare.joblib"))


def input_fn(body: str | bytes, content_type: str) -> tuple[Any, Any]:
    """CSV without a label. Any number of rows, one as well."""
    if content_type.partition(";")[0] != "text/csv":
        raise ValueError(f"This container reads text/csv, not {content_type}.")
    text = body if isinstance(body, str) else body.decode()  # text/csv; charset=utf-8 is bytes
    return parts(list(csv.reader(text.splitlines())))


def predict_fn(given: tuple[Any, Any], model: Any) -> Any:
    numbers, words = given
    scaler, encoder = model
    return np.hstack([scaler.transform(numbers), encoder.transform(words)])
