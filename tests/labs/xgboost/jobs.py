"""Small training jobs, made and run for the tests."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import xgboost as xgb
from sklearn.datasets import load_breast_cancer, load_diabetes, load_iris

from labs.cloud.algorithms.xgboost import training
from labs.cloud.algorithms.xgboost.layout import Layout

Array = np.ndarray[Any, np.dtype[Any]]


def csv(features: Array, labels: Array, delimiter: str = ",") -> str:
    rows = np.column_stack([labels, features])
    return "".join(delimiter.join(f"{cell:g}" for cell in row) + "\n" for row in rows)


def libsvm(features: Array, labels: Array) -> str:
    """Columns counted from 1, as libsvm's own tools write them."""
    return "".join(
        f"{label:g} " + " ".join(f"{at}:{cell:g}" for at, cell in enumerate(row, start=1)) + "\n"
        for label, row in zip(labels, features, strict=True)
    )


def tumours() -> tuple[Array, Array]:
    """Two classes, 569 rows, 30 features."""
    data = load_breast_cancer()
    return data.data, data.target


def flowers() -> tuple[Array, Array]:
    """Three classes, 150 rows, 4 features."""
    data = load_iris()
    order = np.random.default_rng(0).permutation(len(data.target))
    return data.data[order], data.target[order]


def patients() -> tuple[Array, Array]:
    """A regression, 442 rows, 10 features."""
    data = load_diabetes()
    return data.data, data.target


def bare(folder: Path) -> xgb.Booster:
    """The model in a folder, as xgboost alone loads it."""
    booster = xgb.Booster()
    booster.load_model(bytearray((folder / "xgboost-model").read_bytes()))
    return booster


@dataclass
class Job:
    """A folder BASE, and what came of training over it."""

    layout: Layout
    lines: list[str] = field(default_factory=list)
    code: int | None = None

    @property
    def failure(self) -> str:
        return self.layout.failure.read_text(encoding="utf-8")

    @property
    def message(self) -> str:
        """What output/failure says, without a traceback that goes before it."""
        return self.failure.removeprefix("framework error: \n").rpartition("\n\n")[2]

    @property
    def booster(self) -> xgb.Booster:
        """The model, loaded by bare xgboost."""
        return bare(self.layout.model)

    def run(self) -> Job:
        self.lines.clear()
        self.code = training.run(self.layout, say=self.lines.append)
        return self

    def scores(self, name: str) -> list[float]:
        """A column of the log, such as validation-rmse."""
        return [
            float(part.partition(":")[2])
            for line in self.lines
            for part in line.split("\t")
            if part.partition(":")[0] == name
        ]


def job(
    base: Path,
    hyperparameters: Mapping[str, object],
    train: str | Mapping[str, str] | None,
    validation: str | Mapping[str, str] | None = None,
    **channel: str,
) -> Job:
    """Files of a channel: one text, or texts by name. `channel`: what its configuration says."""
    setting = {
        "ContentType": "text/csv",
        "TrainingInputMode": "File",
        "S3DistributionType": "FullyReplicated",
        "RecordWrapperType": "None",
    } | channel
    channels = {}
    for name, files in (("train", train), ("validation", validation)):
        if files is None:
            continue
        channels[name] = {key: value for key, value in setting.items() if value}
        for path, text in ({"part-0": files} if isinstance(files, str) else files).items():
            write(base / "input" / "data" / name / path, text)
    configure(base, hyperparameters=hyperparameters, inputdataconfig=channels)
    return Job(Layout(base))


def configure(base: Path, **files: object) -> None:
    for name, value in files.items():
        write(base / "input" / "config" / f"{name}.json", json.dumps(value))


def write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8", newline="")


TRAIN, VALIDATION = slice(0, 300), slice(300, 442)
UNUSED = pytest.mark.filterwarnings("ignore:(?s).*are not used:UserWarning")
REGRESSION = {"num_round": "5", "objective": "reg:squarederror", "max_depth": "3", "nthread": "1"}


def regression(tmp_path: Path, validated: bool = True, **hyperparameters: str) -> Job:
    return regression_with(tmp_path, hyperparameters, validated)


def regression_with(tmp_path: Path, hyperparameters: dict[str, str], validated: bool = True) -> Job:
    features, labels = patients()
    return job(
        tmp_path,
        REGRESSION | hyperparameters,
        csv(features[TRAIN], labels[TRAIN]),
        csv(features[VALIDATION], labels[VALIDATION]) if validated else None,
    ).run()
