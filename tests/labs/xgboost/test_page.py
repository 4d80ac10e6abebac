"""The page for learners names what the program refuses and accepts."""

from __future__ import annotations

from pathlib import Path

import pytest

from labs.cloud.algorithms.xgboost import channels, metrics, serving
from labs.cloud.algorithms.xgboost.errors import UserError
from labs.cloud.algorithms.xgboost.hyperparameters import parse

PAGE = (Path(__file__).parents[3] / "docs" / "xgboost-offline.md").read_text(encoding="utf-8")
NOT_OFFERED = PAGE.partition("## Not offered")[2].partition("## Alone")[0]


@pytest.mark.parametrize(
    "setting",
    ["csv_weights=1", "_kfold=5", "_num_cv_round=2", "tree_method=gpu_hist",
     "use_dask_gpu_training=true", "sagemaker_program=a.py"],
)  # fmt: skip
def test_what_is_not_offered_stands_in_the_page(setting: str) -> None:
    name, _, value = setting.partition("=")
    with pytest.raises(UserError, match="not offered offline"):
        parse({"num_round": "1", name: value})
    assert f"`{setting}`" in NOT_OFFERED or f"`{name}`" in NOT_OFFERED


def test_the_environment_of_a_model_stands_in_the_page() -> None:
    for name in serving.NOT_OFFERED:
        assert f"`{name}`" in NOT_OFFERED
    for name in ("MAX_CONTENT_LENGTH", "SAGEMAKER_BATCH", "SAGEMAKER_BIND_TO_PORT"):
        assert f"`{name}`" in PAGE


def test_the_figures_are_those_of_the_program() -> None:
    assert len(metrics.BY_SCIKIT_LEARN) == 15
    assert "Fifteen metrics are" in " ".join(PAGE.split())
    assert serving.LARGEST_BODY == 6 * 1024**2
    assert "413 (over 6 MiB)" in PAGE
    assert channels.DEFAULT_CONTENT_TYPE == "text/libsvm"
    assert "A channel without content type is taken for libsvm." in PAGE
