"""docs/tuning-offline.md says what is so."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from labs.cloud.plane import Plane
from labs.cloud.tuning import limits, space, stopping, strategies
from tests.labs.cloud.fakes import ACCOUNT, REGION
from tests.labs.tuning.conftest import Ask, definition

PAGE = Path(__file__).parents[3] / "docs/tuning-offline.md"


@pytest.fixture(scope="module")
def page() -> str:
    return PAGE.read_text(encoding="utf-8")


def test_its_example_runs(page: str, plane: Plane, ask: Ask) -> None:
    (code,) = re.findall(r"```py\n(.*?)```", page, re.DOTALL)
    (call,) = [
        node.value
        for node in ast.parse(code).body
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Call)
    ]
    request = {
        each.arg: definition()
        if each.arg == "TrainingJobDefinition"
        else ast.literal_eval(each.value)
        for each in call.keywords
        if each.arg is not None
    }
    plane.call(ACCOUNT, REGION, "CreateHyperParameterTuningJob", request)
    assert plane.settle(30)
    told = ask("DescribeHyperParameterTuningJob", "trees")
    assert told["HyperParameterTuningJobStatus"] == "Completed"
    assert told["BestTrainingJob"]["TrainingJobName"].startswith("trees-0")


def test_its_numbers_are_the_programs(page: str) -> None:
    assert f"from the {stopping.GRACE + 1}th epoch on, once {stopping.LEAST} jobs" in page
    assert f"{limits.MOST_JOBS} training jobs, {limits.MOST_PARALLEL} at once" in page
    assert f"the highest value is {space.LONG} times the lowest" in page
    assert strategies.STARTUP == 3
    assert "three random ones come first" in page
    assert stopping.REDUCTION == 3
    assert "among the best third" in page
