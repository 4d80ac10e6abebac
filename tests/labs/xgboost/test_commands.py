"""The two commands of a container, run as a learner runs them."""

from __future__ import annotations

import json
import os
import re
import socket
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest

from labs.cloud.algorithms.worker import ROOT
from tests.labs.xgboost.jobs import job

pytestmark = pytest.mark.slow

ROWS = "".join(f"{at % 7},{at},{at * at}\n" for at in range(40))
PROGRAM = [sys.executable, "-m", "labs.cloud.algorithms.xgboost"]


def test_what_is_trained_is_served(tmp_path: Path) -> None:
    scores = {"objective": "reg:squarederror", "eval_metric": "rmse,r2"}
    made = job(tmp_path, {"num_round": "2", "nthread": "1"} | scores, ROWS, ROWS)
    done = subprocess.run(
        [*PROGRAM, "train", str(tmp_path)], cwd=ROOT, capture_output=True, text=True, check=True
    )
    both = r"\ttrain-rmse:\d\.\d{5}\ttrain-r2:\d\.\d{5}"
    line = r"\[[01]\]" + both + both.replace("train", "validation") + "\n"
    assert re.fullmatch(f"({line}){{2}}", done.stdout)
    for line in done.stderr.splitlines():
        if not line.startswith(" "):  # a warning goes on in the next line
            assert re.match(r"\[\d{4}-\d\d-\d\d:\d\d:\d\d:\d\d:(INFO|WARNING)\] ", line)

    process = subprocess.Popen(
        [*PROGRAM, "serve", str(tmp_path), "--port", "0"],
        cwd=ROOT, stdout=subprocess.PIPE, text=True,
        env=os.environ | {"SAGEMAKER_DEFAULT_INVOCATIONS_ACCEPT": "application/json"},
    )  # fmt: skip
    assert process.stdout is not None
    try:
        address = process.stdout.readline().split()[-1]
        with urllib.request.urlopen(f"{address}/ping", timeout=30) as answer:
            assert (answer.status, answer.read()) == (200, b"")
        request = urllib.request.Request(
            f"{address}/invocations", b"3,9\n4,16", {"Content-Type": "text/csv"}
        )
        with urllib.request.urlopen(request, timeout=30) as answer:
            assert len(json.loads(answer.read())["predictions"]) == 2
        assert address.startswith("http://127.0.0.1:")
    finally:
        process.terminate()
        process.wait(30)
        process.stdout.close()
    assert made.booster.num_features() == 2


def test_a_port_in_use_and_a_folder_that_is_not_there_are_said_in_a_line(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        done = subprocess.run(
            [*PROGRAM, "serve", str(tmp_path), "--port", str(port)],
            cwd=ROOT, capture_output=True, text=True, check=False,
        )  # fmt: skip
    assert done.returncode == 1
    assert done.stderr.startswith(f"Port {port} cannot be used: ")
    done = subprocess.run(
        [*PROGRAM, "train", "nowhere"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    assert done.stderr.endswith("there is no folder nowhere\n")


def test_a_job_that_fails_ends_with_code_1_and_says_why(tmp_path: Path) -> None:
    made = job(tmp_path, {"num_round": "2", "foo": "1"}, ROWS)
    done = subprocess.run(
        [*PROGRAM, "train", str(tmp_path)], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert done.stdout == ""
    assert made.message == "Extraneous hyperparameter found: foo"
    assert "ERROR] Reporting training FAILURE\n" in done.stderr
    assert done.stderr.endswith("Extraneous hyperparameter found: foo\n")


def test_a_process_of_our_own_loads_no_more_than_it_needs() -> None:
    program = """
import os, sys
from labs.cloud.algorithms.xgboost import engine
engine.load_lean()
assert os.environ["OMP_WAIT_POLICY"] == "PASSIVE"
assert "xgboost" in sys.modules
assert not {"pandas", "sklearn"} & set(sys.modules)
import sklearn.metrics
"""
    subprocess.run([sys.executable, "-c", program], cwd=ROOT, check=True)
