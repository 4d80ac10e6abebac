"""An algorithm as a process: how it ends, and what it leaves."""

from __future__ import annotations

import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import pytest

from labs.cloud.algorithms.common.command import Program
from labs.cloud.algorithms.common.errors import AlgorithmError, BadModel, CustomerError
from labs.cloud.algorithms.common.layout import Layout, refuse_what_is_not_offered
from labs.cloud.algorithms.worker import ROOT, Workers
from tests.labs.algorithms.layouts import configure, csv

ROWS = csv(np.random.default_rng(1).normal(size=(60, 3)))


def program(train: object = None, load: object = None) -> Program:
    assert callable(train) or callable(load)
    return Program("any", "Any", lambda: None, train, load)  # type: ignore[arg-type]


def failing(error: Exception) -> Program:
    def train(layout: Layout) -> None:
        raise error

    return program(train)


@pytest.mark.parametrize(
    ("error", "code", "reason"),
    [
        (CustomerError("a label is 7"), 2, "a label is 7"),
        (AlgorithmError("it did not converge"), 1, "it did not converge"),
        (ZeroDivisionError("by zero"), 1, "ZeroDivisionError: by zero\nTraceback"),
    ],
)
def test_a_failure_is_an_exit_code_and_a_reason(
    tmp_path: Path, error: Exception, code: int, reason: str
) -> None:
    assert failing(error).run(Layout(tmp_path)) == code
    assert (tmp_path / "output/failure").read_text(encoding="utf-8").startswith(reason)


def test_an_earlier_failure_is_forgotten(tmp_path: Path) -> None:
    failing(CustomerError("no")).run(Layout(tmp_path))
    assert program(lambda layout: None).run(Layout(tmp_path)) == 0
    assert not (tmp_path / "output/failure").exists()


def test_a_bad_model_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    def load(folder: Path) -> None:
        raise BadModel("it is no model")

    assert program(load=load).check(tmp_path) == 1
    assert capsys.readouterr().out == "it is no model\n"
    assert program(load=lambda folder: None).check(tmp_path) == 0


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("resourceconfig", {"hosts": ["algo-1", "algo-2"]}, "Training on 2 instances"),
        ("checkpointconfig", {"LocalPath": "/opt/ml/checkpoints"}, "Checkpointing"),
    ],
)
def test_what_is_not_offered_is_refused(
    tmp_path: Path, name: str, value: object, message: str
) -> None:
    configure(tmp_path, **{name: value})
    with pytest.raises(CustomerError, match=f"{message}.* is not offered offline"):
        refuse_what_is_not_offered(Layout(tmp_path))


@pytest.mark.parametrize("text", ["{", "[]", "[" * 5000])
def test_a_configuration_that_is_none_is_named(tmp_path: Path, text: str) -> None:
    (tmp_path / "input/config").mkdir(parents=True)
    (tmp_path / "input/config/hyperparameters.json").write_text(text, encoding="utf-8")
    with pytest.raises(CustomerError, match=r"/opt/ml/input/config/hyperparameters\.json"):
        Layout(tmp_path).config("hyperparameters")


GIVEN = {
    "linear_learner": ({"predictor_type": "regressor", "epochs": "2"}, "text/csv"),
    "kmeans": ({"k": "2", "feature_dim": "3"}, "text/csv;label_size=0"),
}


def prepared(base: Path, algorithm: str) -> None:
    hyperparameters, content_type = GIVEN[algorithm]
    configure(
        base,
        hyperparameters=hyperparameters,
        inputdataconfig={"train": {"ContentType": content_type, "TrainingInputMode": "File"}},
    )
    (base / "input/data/train").mkdir(parents=True)
    (base / "input/data/train/a.csv").write_bytes(ROWS)


@pytest.mark.slow
@pytest.mark.parametrize("algorithm", GIVEN)
def test_a_folder_is_trained_from_the_command_line(tmp_path: Path, algorithm: str) -> None:
    prepared(tmp_path, algorithm)
    command = [sys.executable, "-m", f"labs.cloud.algorithms.{algorithm}", "train", str(tmp_path)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=100)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "model/model_algo-1").is_file()
    assert " INFO " in done.stderr
    assert "#progress_metric: host=algo-1, completed 100" in done.stderr


@pytest.mark.slow
def test_a_process_that_waits_trains_and_checks(tmp_path: Path) -> None:
    algorithm = "kmeans"
    prepared(tmp_path, algorithm)
    workers = Workers(keep_spare=False)
    lines: list[str] = []
    try:
        ended = workers.run(
            algorithm,
            tmp_path,
            on_line=lines.append,
            stop=threading.Event(),
            deadline_s=100,
            environment={},
        )
        assert (ended.code, ended.failure) == (0, None), lines
        assert workers.check(algorithm, tmp_path / "model") is None
        (tmp_path / "model/model_algo-1").write_bytes(b"no model")
        problem = workers.check(algorithm, tmp_path / "model")
    finally:
        workers.close()
    assert problem is not None
    assert problem.startswith("The file is not a model of")
