"""The page for learners names what the program refuses and accepts."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from labs.cloud import checkpoints as s3
from labs.cloud import spot
from labs.cloud.algorithms.xgboost import (
    answering,
    channels,
    checkpoints,
    metrics,
    selecting,
    serving,
)
from labs.cloud.algorithms.xgboost.errors import UserError
from labs.cloud.algorithms.xgboost.hyperparameters import parse

PAGE = (Path(__file__).parents[3] / "docs" / "xgboost-offline.md").read_text(encoding="utf-8")
NOT_OFFERED = PAGE.partition("## Not offered")[2].partition("## Alone")[0]


@pytest.mark.parametrize(
    "setting",
    ["tree_method=gpu_hist", "use_dask_gpu_training=true", "sagemaker_program=a.py"],
)
def test_what_is_not_offered_stands_in_the_page(setting: str) -> None:
    name, _, value = setting.partition("=")
    with pytest.raises(UserError, match="not offered offline"):
        parse({"num_round": "1", name: value})
    assert f"`{setting}`" in NOT_OFFERED or f"`{name}`" in NOT_OFFERED


def test_the_environment_of_a_model_stands_in_the_page() -> None:
    for name in (
        "MAX_CONTENT_LENGTH", "SAGEMAKER_BATCH", "SAGEMAKER_BIND_TO_PORT",
        "SAGEMAKER_DEFAULT_INVOCATIONS_ACCEPT", "SAGEMAKER_INFERENCE_OUTPUT",
        "SAGEMAKER_INFERENCE_ENSEMBLE", "SAGEMAKER_MULTI_MODEL",
    ):  # fmt: skip
        assert f"`{name}`" in PAGE


def test_the_figures_are_those_of_the_program() -> None:
    assert len(metrics.BY_SCIKIT_LEARN) == 15
    assert "Fifteen metrics are" in " ".join(PAGE.split())
    assert serving.LARGEST_BODY == 6 * 1024**2
    assert "413 (over 6 MiB)" in PAGE
    assert channels.DEFAULT_CONTENT_TYPE == "text/libsvm"
    assert "A channel without content type is taken for libsvm." in PAGE


def rows_of(heading: str) -> list[list[str]]:
    """The cells of the first table under a heading."""
    section = PAGE.partition(f"## {heading}\n")[2].partition("\n## ")[0]
    lines = [line for line in section.splitlines() if line.startswith("|")][2:]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


def test_the_table_of_content_types_is_the_programs() -> None:
    named: dict[str, str] = {}
    for names, training, endpoint, _ in rows_of("Content types"):
        found = re.findall(r"`([^`]+)`", names)
        kinds = {channels.CONTENT_TYPES[name] for name in found}
        named |= dict.fromkeys(found, kinds.pop())
        assert not kinds
        assert training == "yes"
        for name in found:
            assert channels.validate({"train": {"ContentType": name}})[0] == named[name]
            if endpoint == "yes":
                assert serving.request_format(name) == named[name]
            else:
                with pytest.raises(UserError, match="is not supported"):
                    serving.request_format(name)
    assert named == channels.CONTENT_TYPES
    for accepted in answering.ACCEPTED:
        assert (
            f"`{accepted}`" in PAGE.partition("An endpoint answers as ")[2].partition("csv if")[0]
        )


def test_the_table_of_selected_output_is_the_programs() -> None:
    stated = {
        objective: tuple(re.findall(r"`([^`]+)`", keys))
        for objectives, keys in rows_of("Selected output")
        for objective in re.findall(r"`([^`]+)`", objectives)
    }
    assert stated == selecting.OF_OBJECTIVE


def test_figures_of_checkpoints_and_spot_instances_are_those_of_the_program() -> None:
    words = " ".join(PAGE.split())
    assert checkpoints.KEPT == 5
    assert "the newest five of them" in words
    assert spot.DISCOUNT == 0.7
    assert "less 70 percent" in words
    assert f"`{spot.SWITCH}=20,5`" in words
    assert s3.EVERY_S == 1.0
    assert "goes to S3 within about a second" in words
