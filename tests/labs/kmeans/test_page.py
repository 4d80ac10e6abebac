"""The page for learners says what the program does."""

from __future__ import annotations

from pathlib import Path

import pytest

from labs.cloud import images
from labs.cloud.algorithms import catalogue
from labs.cloud.algorithms.common.hyperparameters import Only
from labs.cloud.algorithms.kmeans.hyperparameters import AUTO_TRIALS, PARAMETERS
from labs.cloud.algorithms.kmeans.training import AUTO_FACTOR

PAGE = (Path(__file__).parents[3] / "docs/kmeans-offline.md").read_text(encoding="utf-8")


def test_what_is_not_offered_stands_in_the_page() -> None:
    for name, parameter in PARAMETERS.items():
        if isinstance(parameter.kind, Only):
            assert f"`{name}`" in PAGE.partition("## Not offered")[2]


def test_every_metric_stands_in_the_page() -> None:
    for name in catalogue.ALGORITHMS["kmeans"].objectives:
        assert f"`{name}`" in PAGE


@pytest.mark.parametrize(
    "sentence",
    [
        f"({AUTO_FACTOR} times `k` by default)",
        f"tried `local_lloyd_num_trials` times ({AUTO_TRIALS})",
        f"`{images.IMAGES['kmeans'].repository}:{images.IMAGES['kmeans'].tag}`",
    ],
)
def test_the_figures_are_those_of_the_program(sentence: str) -> None:
    assert sentence in " ".join(PAGE.split())
