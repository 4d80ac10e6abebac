"""Early stopping: when it works, which metric it follows, and which model is kept."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tests.labs.xgboost.jobs import (
    UNUSED,
    Job,
    csv,
    job,
    libsvm,
    regression_with,
    tumours,
)


def overfitting(tmp_path: Path, validated: bool = True, **hyperparameters: str) -> Job:
    return regression_with(
        tmp_path,
        {"num_round": "60", "early_stopping_rounds": "5", "eta": "0.5"} | hyperparameters,
        validated,
    )


def test_early_stopping_ends_after_so_many_rounds_without_gain_and_keeps_the_best(
    tmp_path: Path,
) -> None:
    done = overfitting(tmp_path, eval_metric="rmse")
    scores = done.scores("validation-rmse")
    best = int(np.argmin(scores))
    assert best > 0
    assert len(done.lines) == best + 1 + 5
    assert done.booster.num_boosted_rounds() == best + 1
    assert done.booster.attr("best_iteration") == str(best)
    assert float(done.booster.attr("best_score") or "nan") == pytest.approx(min(scores), abs=1e-5)


def test_without_a_chosen_metric_nothing_stops_early(tmp_path: Path) -> None:
    assert len(overfitting(tmp_path).lines) == 60


def test_without_a_validation_channel_nothing_stops_early(tmp_path: Path) -> None:
    assert len(overfitting(tmp_path, validated=False, eval_metric="rmse").lines) == 60


def test_the_last_metric_decides(tmp_path: Path) -> None:
    done = overfitting(tmp_path, eval_metric="mae,rmse")
    best = int(np.argmin(done.scores("validation-rmse")))
    assert done.booster.num_boosted_rounds() == best + 1


def test_the_tuning_objective_decides_before_the_metrics(tmp_path: Path) -> None:
    done = overfitting(tmp_path, eval_metric="rmse", _tuning_objective_metric="validation:mae")
    best = int(np.argmin(done.scores("validation-mae")))
    assert done.booster.num_boosted_rounds() == best + 1
    assert done.lines[0].startswith("[0]\ttrain-rmse:")  # xgboost's own first


def test_the_tuning_objective_alone_is_enough(tmp_path: Path) -> None:
    assert len(overfitting(tmp_path, _tuning_objective_metric="validation:rmse").lines) < 60


@pytest.mark.parametrize("metric", ["auc", "f1", "accuracy"])
def test_a_score_that_is_better_high_is_followed_upwards(tmp_path: Path, metric: str) -> None:
    features, labels = tumours()
    done = job(
        tmp_path,
        {
            "num_round": "40",
            "max_depth": "2",
            "objective": "binary:logistic",
            "eval_metric": metric,
            "early_stopping_rounds": "3",
        },
        csv(features[:380], labels[:380]),
        csv(features[380:], labels[380:]),
    ).run()
    scores = done.scores(f"validation-{metric}")
    best = int(np.argmax(scores))
    assert len(scores) == best + 1 + 3
    assert done.booster.num_boosted_rounds() == best + 1


def test_a_metric_with_a_threshold_is_followed_its_own_way(tmp_path: Path) -> None:
    features, labels = tumours()
    rows = [
        line.replace(" ", f" qid:{at // 20} ", 1)
        for at, line in enumerate(libsvm(features, labels).splitlines(keepends=True))
    ]
    done = job(
        tmp_path,
        {
            "num_round": "30",
            "objective": "rank:ndcg",
            "eval_metric": "ndcg@3",
            "early_stopping_rounds": "2",
            "max_depth": "1",
            "eta": "0.1",
        },
        "".join(rows[:380]),
        "".join(rows[380:]),
        ContentType="libsvm",
    ).run()
    best = int(np.argmax(done.scores("validation-ndcg@3")))
    assert done.booster.num_boosted_rounds() == best + 1


@UNUSED
def test_early_stopping_of_a_linear_model_fails_as_it_does_on_aws(tmp_path: Path) -> None:
    done = overfitting(tmp_path, booster="gblinear", eval_metric="rmse")
    assert done.code == 1
    assert "`save_best` is not applicable to the current booster" in done.message
