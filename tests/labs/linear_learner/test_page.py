"""The page for learners says what the program does."""

from __future__ import annotations

from pathlib import Path

import pytest

from labs.cloud import images
from labs.cloud.algorithms import catalogue
from labs.cloud.algorithms.common.answering import LARGEST_BODY
from labs.cloud.algorithms.common.hyperparameters import Choice, Either, Only, OrAuto
from labs.cloud.algorithms.linear_learner import candidate
from labs.cloud.algorithms.linear_learner.hyperparameters import AUTO, LOSSES, PARAMETERS, SMOOTH

PAGE = (Path(__file__).parents[3] / "docs/linear-learner-offline.md").read_text(encoding="utf-8")
NOT_OFFERED = PAGE.partition("## Not offered")[2]


def test_what_is_not_offered_stands_in_the_page() -> None:
    for name, parameter in PARAMETERS.items():
        kind = parameter.kind
        if isinstance(kind, Only):
            assert f"`{name}`" in NOT_OFFERED
        for each in (kind.one, kind.other) if isinstance(kind, Either) else (kind,):
            inner = each.kind if isinstance(each, OrAuto) else each
            if isinstance(inner, Choice):
                for word in inner.elsewhere:
                    assert f"`{name}={word}`" in NOT_OFFERED


def test_the_losses_that_go_row_by_row_are_named() -> None:
    rows = {loss for losses in LOSSES.values() for loss in losses if loss not in SMOOTH}
    assert rows == set(candidate.BY_ROWS)
    for loss in rows:
        assert f"`{loss}`" in PAGE or "eps_insensitive" in loss


def test_every_metric_stands_in_the_page() -> None:
    for name in catalogue.ALGORITHMS["linear_learner"].objectives:
        assert f"`{name.partition(':')[2]}`" in PAGE or f"`{name}`" in PAGE


@pytest.mark.parametrize(
    "sentence",
    [
        f"| `num_models=auto` | 32 models | {AUTO['num_models']} |",
        f"{candidate.ADAM_RATE} with Adam, at most 0.01 with sgd; {AUTO['wd']:.4f}; {AUTO['l1']:g}",
        f"413 over {LARGEST_BODY // 1024**2} MiB",
        f"rows ({int(PARAMETERS['num_point_for_scaler'].default or 0):,})",
        f"`{images.IMAGES['linear_learner'].repository}:{images.IMAGES['linear_learner'].tag}`",
        "`early_stopping_patience` epochs (3)",
    ],
)
def test_the_figures_are_those_of_the_program(sentence: str) -> None:
    assert sentence in " ".join(PAGE.split())
