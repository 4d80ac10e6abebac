"""Cross-validation: models, folds, what is logged, and what was predicted."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import xgboost as xgb

from labs.cloud.algorithms.xgboost.serving import load
from tests.labs.xgboost.asking import ask
from tests.labs.xgboost.jobs import (
    REGRESSION,
    TRAIN,
    VALIDATION,
    Array,
    Job,
    configure,
    csv,
    flowers,
    job,
    patients,
    tumours,
)


def crossed(
    base: Path,
    data: tuple[Array, Array],
    validated: bool = True,
    checkpointed: bool = False,
    **more: str,
) -> Job:
    features, labels = data
    cut = len(labels) * 2 // 3
    given = REGRESSION | {"num_round": "3", "_kfold": "3", "seed": "1"} | more
    made = job(
        base,
        given,
        csv(features[:cut] if validated else features, labels[:cut] if validated else labels),
        csv(features[cut:], labels[cut:]) if validated else None,
    )
    if checkpointed:
        configure(base, checkpointconfig={"LocalPath": "/opt/ml/checkpoints"})
    return made.run()


def names(done: Job) -> list[str]:
    assert done.code == 0, done.failure
    return sorted(path.name for path in done.layout.model.iterdir())


def predictions(done: Job) -> Array:
    return np.loadtxt(done.layout.base / "output/data/predictions.csv", delimiter=",")


def test_there_is_a_model_for_each_fold_of_each_repeat(tmp_path: Path) -> None:
    done = crossed(tmp_path, patients(), _num_cv_round="2")
    assert names(done) == [f"xgboost-model-{number}" for number in range(6)]
    assert len({(done.layout.model / name).read_bytes() for name in names(done)}) == 6


def test_each_round_each_mean_and_the_mean_of_all_has_its_line(tmp_path: Path) -> None:
    done = crossed(tmp_path, patients(), _num_cv_round="2", eval_metric="rmse,mae")
    heads = [line.partition("\t")[0] for line in done.lines]
    fold = ["[0]", "[1]", "[2]"]
    assert heads == ((fold * 3) + ["[3]"]) * 2 + ["[3]"]
    assert done.lines[-1].count("train-") == 2
    last = [line.split("\t")[1:] for line in done.lines if line.startswith("[2]")]
    of_first = [float(columns[0].rpartition(":")[2]) for columns in last[:3]]
    assert done.lines[9].split("\t")[1] == f"train-rmse:{np.mean(of_first):.5f}"
    titles = [part.partition(":")[0] for part in done.lines[9].split("\t")[1:]]
    assert titles == ["train-rmse", "validation-rmse", "train-mae", "validation-mae"]


def test_the_scores_are_those_on_the_whole_channels(tmp_path: Path) -> None:
    done = crossed(tmp_path, patients())
    booster = xgb.Booster()
    booster.load_model(bytearray((done.layout.model / "xgboost-model-2").read_bytes()))
    rows = np.loadtxt(tmp_path / "input/data/validation/part-0", delimiter=",", dtype="f4")
    error = booster.predict(xgb.DMatrix(rows[:, 1:])) - rows[:, 0]
    assert done.scores("validation-rmse")[8] == pytest.approx(np.sqrt(np.mean(error**2)), abs=1e-3)


def test_without_a_validation_channel_each_fold_is_scored_on_the_rows_it_did_not_see(
    tmp_path: Path,
) -> None:
    done = crossed(tmp_path, patients(), validated=False)
    table = predictions(done)
    assert names(done) == [f"xgboost-model-{number}" for number in range(3)]
    assert table.shape == (442, 2)
    # Folds of 148, 147 and 147 rows: the mean of squares over all is near that of the three.
    overall = float(np.sqrt(np.mean((table[:, 0] - table[:, 1]) ** 2)))
    assert done.scores("validation-rmse")[-1] == pytest.approx(overall, rel=0.02)
    assert done.scores("train-rmse")[-1] < overall


def test_every_row_is_predicted_by_a_model_that_did_not_see_it(tmp_path: Path) -> None:
    done = crossed(tmp_path, patients(), num_round="60", max_depth="8")
    table = predictions(done)
    _, labels = patients()
    assert table[:, 0].tolist() == labels.tolist()  # train, then validation
    # Such trees know by heart what they saw.
    assert done.scores("train-rmse")[-1] < 40 < np.sqrt(np.mean((table[:, 1] - labels) ** 2))


def test_two_classes_have_a_mean_probability_and_a_vote(tmp_path: Path) -> None:
    done = crossed(tmp_path, tumours(), objective="binary:logistic", _num_cv_round="3")
    label, probability, voted = predictions(done).T
    assert set(voted) == {0, 1}
    assert ((probability > 0) & (probability < 1)).all()
    assert np.mean(label == voted) > 0.9
    sure = abs(probability - 0.5) > 0.3
    assert (voted[sure] == (probability[sure] > 0.5)).all()


@pytest.mark.parametrize("objective", ["multi:softprob", "multi:softmax"])
def test_several_classes_have_a_vote_as_well(tmp_path: Path, objective: str) -> None:
    done = crossed(tmp_path, flowers(), objective=objective, num_class="3")
    label, score, voted = predictions(done).T
    assert set(voted) == {0, 1, 2}
    assert np.mean(label == voted) > 0.9
    assert (score == voted).all() == (objective == "multi:softmax")


def test_the_models_are_served_together(tmp_path: Path) -> None:
    done = crossed(tmp_path, flowers(), objective="multi:softmax", num_class="3")
    body = "5.1,3.5,1.4,0.2\n6.3,3.3,6.0,2.5\n5.1,3.5,1.4,0.2"
    assert ask(load(done.layout.model), body) == (200, "0.0\n2.0\n0.0\n")


def test_a_seed_draws_the_same_folds_again(tmp_path: Path) -> None:
    one = crossed(tmp_path / "1", patients(), seed="-5")
    same = crossed(tmp_path / "2", patients(), seed="-5")
    other = crossed(tmp_path / "3", patients(), seed="6")
    assert (predictions(one) == predictions(same)).all()
    assert not (predictions(one) == predictions(other)).all()


STOPPING = {"num_round": "60", "eta": "0.5", "early_stopping_rounds": "3", "eval_metric": "rmse"}


def test_each_fold_stops_early_by_itself(tmp_path: Path) -> None:
    done = crossed(tmp_path, patients(), validated=False, **STOPPING)  # type: ignore[arg-type]
    starts = [at for at, line in enumerate(done.lines) if line.startswith("[0]")]
    lengths = np.diff([*starts, len(done.lines) - 1])
    assert len(starts) == 3
    for fold, length in enumerate(lengths):
        booster = xgb.Booster()
        raw = (done.layout.model / f"xgboost-model-{fold}").read_bytes()
        booster.load_model(bytearray(raw))
        assert booster.num_boosted_rounds() == length - 3
    assert done.lines[-1].startswith("[60]\t")


def test_a_model_is_kept_for_each_fold_while_it_trains(tmp_path: Path) -> None:
    done = crossed(tmp_path, patients(), save_model_on_termination="true")
    assert names(done) == [f"xgboost-model-{number}" for number in range(3)]


@pytest.mark.parametrize(
    ("more", "why"),
    [
        ({"_kfold": "600"}, "n_splits=600"),
        ({"_kfold": "200", "objective": "binary:logistic"}, "n_splits=200 cannot be greater"),
    ],
)
@pytest.mark.filterwarnings("ignore:The least populated class:UserWarning")
def test_too_few_rows_for_the_folds_fail_the_job(
    tmp_path: Path, more: dict[str, Any], why: str
) -> None:
    data = (tumours()[0][:300], tumours()[1][:300])
    done = crossed(tmp_path, data, **more)
    assert done.code == 1
    assert why in done.message


def test_rows_in_groups_have_no_folds(tmp_path: Path) -> None:
    rows = "".join(f"{n % 2} qid:{n // 4} 1:{n}\n" for n in range(12))
    given = {"num_round": "1", "objective": "rank:ndcg", "_kfold": "2"}
    done = job(tmp_path, given, rows, ContentType="text/libsvm").run()
    assert done.code == 1
    assert "group" in done.message


def test_weights_go_with_their_rows(tmp_path: Path) -> None:
    features, labels = patients()
    weights = np.where(np.arange(len(labels)) % 2, 100, 1)
    data = (np.column_stack([weights, features]), labels)
    weighted = crossed(tmp_path / "1", data, validated=False, csv_weights="1")
    plain = crossed(tmp_path / "2", patients(), validated=False)
    assert weighted.scores("validation-rmse") != plain.scores("validation-rmse")


def test_a_cross_validation_goes_on_where_it_was_interrupted(tmp_path: Path) -> None:
    whole = crossed(tmp_path / "whole", patients(), checkpointed=True)
    kept = sorted(
        path.relative_to(tmp_path / "whole/checkpoints").as_posix()
        for path in (tmp_path / "whole/checkpoints").rglob("*.*")
    )
    assert kept == [f"model-{fold}/xgboost-checkpoint.{at}" for fold in range(3) for at in range(3)]

    # As if the second fold had been interrupted after its first round.
    again = tmp_path / "again/checkpoints"
    for name in kept[:4]:
        (again / name).parent.mkdir(parents=True, exist_ok=True)
        (again / name).write_bytes((tmp_path / "whole/checkpoints" / name).read_bytes())
    resumed = crossed(tmp_path / "again", patients(), checkpointed=True)

    heads = [line.partition("\t")[0] for line in resumed.lines]
    assert heads == ["[1]", "[2]", "[0]", "[1]", "[2]", "[3]"]
    assert resumed.lines == whole.lines[4:]
    np.testing.assert_allclose(predictions(resumed), predictions(whole), rtol=1e-4)


def test_regression_of_the_usual_kind_is_unchanged(tmp_path: Path) -> None:
    features, labels = patients()
    done = job(
        tmp_path,
        REGRESSION | {"_num_cv_round": "2"},  # means nothing without _kfold
        csv(features[TRAIN], labels[TRAIN]),
        csv(features[VALIDATION], labels[VALIDATION]),
    ).run()
    assert names(done) == ["xgboost-model"]
    assert len(done.lines) == 5
