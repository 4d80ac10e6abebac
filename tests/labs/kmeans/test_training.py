"""A k-means job from its channels to its model."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from sklearn.cluster import KMeans

from labs.cloud.algorithms import catalogue
from labs.cloud.algorithms.kmeans import serving, training
from labs.cloud.algorithms.kmeans.hyperparameters import PARAMETERS, read
from labs.cloud.algorithms.recordio import Array
from tests.labs.algorithms.layouts import CSV, RECORDIO, Job, ask, csv, job, records

UNLABELLED = f"{CSV};label_size=0"
CENTRES = np.array([[0.0, 0.0], [10.0, 0.0], [0.0, 10.0]])
GIVEN = {"k": "3", "feature_dim": "2", "mini_batch_size": "100"}
DOCUMENTED = {
    "feature_dim", "k", "epochs", "eval_metrics", "extra_center_factor", "half_life_time_size",
    "init_method", "local_lloyd_init_method", "local_lloyd_max_iter", "local_lloyd_num_trials",
    "local_lloyd_tol", "mini_batch_size",
}  # fmt: skip


def around(seed: int = 1, count: int = 300) -> Array:
    """Rows around three centres, in turn."""
    noise = np.random.default_rng(seed).normal(size=(count, 2))
    rows: Array = (np.tile(CENTRES, (count // 3, 1)) + noise).astype(np.float32)
    return rows


def trained(
    base: Path,
    hyperparameters: dict[str, str] | None = None,
    channels: dict[str, bytes] | None = None,
    **setting: str,
) -> Job:
    given = channels or {"train": csv(around())}
    setting = {"ContentType": UNLABELLED} | setting
    return job(base, training.train, GIVEN | (hyperparameters or {}), given, **setting)


def centres(done: Job) -> Array:
    assert done.code == 0, done.failure
    with np.load(done.model / "model_algo-1", allow_pickle=False) as found:
        at: Array = found["centres"]
    return at


def near(found: Array) -> Array:
    """The centres found, in the order of those they are nearest to."""
    order = [int(np.linalg.norm(found - each, axis=1).argmin()) for each in CENTRES]
    assert sorted(order) == [0, 1, 2]
    return found[order]


@pytest.mark.parametrize(
    "given",
    [
        {},
        {"init_method": "kmeans++"},
        {"extra_center_factor": "4", "local_lloyd_init_method": "random"},
        {"extra_center_factor": "1", "init_method": "kmeans++", "epochs": "5"},
    ],
)
def test_it_finds_the_centres_that_the_rows_lie_around(
    tmp_path: Path, given: dict[str, str]
) -> None:
    found = centres(trained(tmp_path, given))
    np.testing.assert_allclose(near(found), CENTRES, atol=0.6)


def test_it_is_nearly_as_good_as_scikit_learns_own(tmp_path: Path) -> None:
    exact = KMeans(3, n_init=5, random_state=0).fit(around())
    (told,) = trained(tmp_path, {"epochs": "3"}).quality("train msd")
    assert exact.inertia_ / 300 <= told * (1 + 1e-6) <= 1.1 * exact.inertia_ / 300


def test_an_answer_is_the_closest_centre_and_its_distance(tmp_path: Path) -> None:
    done = trained(tmp_path)
    at = centres(done)
    rows = around(seed=2)
    status, body = ask(serving.load(done.model), csv(rows))
    assert status == 200, body
    distances = np.linalg.norm(rows[:, None] - at[None], axis=2)
    for found, own in zip(json.loads(body)["predictions"], distances, strict=True):
        assert found["closest_cluster"] == own.argmin()
        assert found["distance_to_cluster"] == pytest.approx(own.min(), rel=1e-4)


def test_the_test_channel_is_scored_as_it_is_asked_for(tmp_path: Path) -> None:
    channels = {"train": csv(around()), "test": csv(around(seed=2))}
    done = trained(tmp_path, {"eval_metrics": '["msd", "ssd"]'}, channels)
    at = centres(done)
    squares = ((around(seed=2)[:, None] - at[None]) ** 2).sum(axis=2).min(axis=1)
    assert done.quality("test msd") == [pytest.approx(squares.mean(), rel=1e-4)]
    assert done.quality("test ssd") == [pytest.approx(squares.sum(), rel=1e-4)]
    plain = trained(tmp_path / "plain")
    assert (len(plain.quality("train msd")), plain.quality("train ssd")) == (1, [])
    assert "Test data is not provided." in plain.lines


def test_recordio_and_csv_make_the_same_model(tmp_path: Path) -> None:
    text = trained(tmp_path / "text")
    rows = {"train": records(around())}
    binary = trained(tmp_path / "binary", channels=rows, ContentType=RECORDIO)
    np.testing.assert_array_equal(centres(text), centres(binary))


def test_labels_in_records_are_passed_over(tmp_path: Path) -> None:
    rows = {"train": records(around(), np.arange(300.0))}
    found = centres(trained(tmp_path, channels=rows, ContentType=RECORDIO))
    assert found.shape == (3, 2)


def test_the_log_tells_how_it_shrinks(tmp_path: Path) -> None:
    lines = trained(tmp_path, {"local_lloyd_num_trials": "2"}).lines
    assert "'extra_center_factor' was set to 'auto', evaluated to 10." in lines
    assert "shrinking 30 centers into 3" in lines
    assert len([line for line in lines if line.startswith("local kmeans attempt #")]) == 2
    assert "#progress_metric: host=algo-1, completed 100.0 % of epochs" in lines


def test_rows_that_are_all_alike_have_one_place(tmp_path: Path) -> None:
    done = trained(tmp_path, channels={"train": csv(np.ones((50, 2)))})
    np.testing.assert_allclose(centres(done), np.ones((3, 2)))
    assert done.quality("train msd") == [0.0]


@pytest.mark.parametrize(
    ("given", "channels", "setting", "message"),
    [
        ({"k": "0"}, None, {}, "The value '0' is not valid for the 'k' hyperparameter"),
        ({"eval_metrics": "msd"}, None, {}, "a JSON list of some of: 'msd', 'ssd'"),
        ({"half_life_time_size": "100"}, None, {}, "is not offered offline"),
        ({"num_round": "1"}, None, {}, "('num_round' was unexpected)"),
        ({"feature_dim": "3"}, None, {}, "A row has 2 features (label_size=0: no column is a"),
        ({}, None, {"ContentType": CSV}, "A row has 1 features (label_size=1: the first column"),
        ({"k": "301"}, None, {}, "The first batch has 100 rows, and k=301"),
        ({"extra_center_factor": "40"}, None, {}, "k * extra_center_factor = 120 centres"),
        ({}, {"train": b""}, {}, "It is empty."),
        ({}, {"train": b"1,2\n", "validation": b"1,2\n"}, {}, "there is no channel 'validation'"),
    ],
)
def test_what_the_learner_can_mend_ends_with_exit_code_2(
    tmp_path: Path,
    given: dict[str, str],
    channels: dict[str, bytes] | None,
    setting: dict[str, str],
    message: str,
) -> None:
    done = trained(tmp_path, given, channels, **setting)
    assert (done.code, message in done.failure) == (2, True), done.failure
    assert not list(done.model.iterdir())


def test_every_documented_name_is_known() -> None:
    assert set(PARAMETERS) == DOCUMENTED | {"force_dense", "_tuning_objective_metric"}
    assert set(catalogue.ALGORITHMS["kmeans"].tunable or ()) <= DOCUMENTED


def test_only_k_and_feature_dim_are_required() -> None:
    found = read({"k": "3", "feature_dim": "2", "force_dense": "True"})
    assert (found.mini_batch_size, found.epochs, found.init_method) == (5000, 1, "random")
    assert (found.eval_metrics, found.extra_center_factor) == (("msd",), None)
