"""The page for learners says the figures of the program."""

from __future__ import annotations

from pathlib import Path

import pytest

from labs.cloud import container, inference, multimodel, pipeline, serverless
from labs.cloud.asynchronous import PER_INSTANCE
from labs.cloud.capture import FLUSH_S

DOCS = Path(__file__).parents[3] / "docs"
PAGE = " ".join((DOCS / "hosting-offline.md").read_text(encoding="utf-8").split())


@pytest.mark.parametrize(
    "sentence",
    [
        f"with 2 to {container.MOST} `Containers`",
        f"At most {pipeline.LARGEST_BETWEEN >> 20} MB go from one container to the next.",
        f"waits {serverless.COLD_S:g} seconds, and until the model is loaded.",
        f"stays warm for {serverless.IDLE_S:g} seconds after",
        f"A body has at most {serverless.LARGEST_BODY >> 20} MB.",
        f"brings up to {inference.LARGEST_INLINE:,} bytes itself",
        f"inferences at once; on {PER_INSTANCE}, if you do not say",
        f"{multimodel.MOST_LOADED} models are kept in memory",
        f"and {multimodel.MOST_FETCHED >> 20} MB of archives",
    ],
)
def test_the_page_says_it(sentence: str) -> None:
    assert sentence in PAGE


def test_captured_data_comes_as_soon_as_the_page_says() -> None:
    assert FLUSH_S == 1
    assert "in S3 one second later at the most" in PAGE


def test_the_images_for_many_models_are_those_of_the_page() -> None:
    assert {"xgboost", "linear_learner", "sklearn"} == container._MULTI_MODEL
    assert "For XGBoost, Linear Learner and scikit-learn; the image of k-means cannot" in PAGE
