"""Checkpoints: what is kept, and that a job goes on where another one ended."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest
import xgboost as xgb

from labs.cloud.algorithms.xgboost.checkpoints import Checkpoints
from tests.labs.xgboost.jobs import (
    REGRESSION,
    TRAIN,
    VALIDATION,
    Job,
    configure,
    csv,
    job,
    patients,
)

OVERFITTING = {"num_round": "60", "early_stopping_rounds": "5", "eta": "0.5", "eval_metric": "rmse"}


def made(base: Path, **more: str) -> Job:
    features, labels = patients()
    done = job(
        base,
        REGRESSION | more,
        csv(features[TRAIN], labels[TRAIN]),
        csv(features[VALIDATION], labels[VALIDATION]),
    )
    configure(base, checkpointconfig={"LocalPath": "/opt/ml/checkpoints"})
    return done


def rounds(base: Path) -> list[int]:
    return sorted(int(path.suffix[1:]) for path in (base / "checkpoints").iterdir())


def heads(done: Job) -> list[str]:
    return [line.partition("\t")[0] for line in done.lines]


def resumed(tmp_path: Path, whole: Job, after: int, **more: str) -> Job:
    """A new job that finds the checkpoints which `whole`, cut off after a round, left."""
    part = made(tmp_path / "part", **more | {"num_round": str(after + 1)}).run()
    again = made(tmp_path / "again", **more)
    shutil.copytree(part.layout.base / "checkpoints", again.layout.base / "checkpoints")
    assert part.lines == whole.lines[: after + 1]
    return again.run()


def test_the_models_of_the_last_five_rounds_are_kept(tmp_path: Path) -> None:
    done = made(tmp_path, num_round="8").run()
    assert rounds(tmp_path) == [3, 4, 5, 6, 7]
    last = Checkpoints(tmp_path / "checkpoints").latest()
    assert last is not None
    assert last[1] == 7
    assert last[0].num_boosted_rounds() == 8
    assert done.layout.model.joinpath("xgboost-model").exists()


def test_a_checkpoint_is_there_when_its_round_is_told(tmp_path: Path) -> None:
    seen: list[int] = []

    class Lines(list[str]):
        def append(self, line: str) -> None:
            super().append(line)
            seen.append(rounds(tmp_path)[-1])

    done = made(tmp_path)
    done.lines = Lines()
    done.run()
    assert seen == [0, 1, 2, 3, 4]


@pytest.mark.parametrize("after", [0, 3, 8])
def test_a_new_job_goes_on_at_the_round_after_the_last_one(tmp_path: Path, after: int) -> None:
    whole = made(tmp_path / "whole", num_round="10").run()
    again = resumed(tmp_path, whole, after, num_round="10")

    assert heads(again) == [f"[{number}]" for number in range(after + 1, 10)]
    assert again.booster.num_boosted_rounds() == 10
    for name in ("train-rmse", "validation-rmse"):
        assert again.scores(name) == pytest.approx(whole.scores(name)[after + 1 :], abs=1e-4)
    rows = xgb.DMatrix(patients()[0])
    np.testing.assert_allclose(again.booster.predict(rows), whole.booster.predict(rows), rtol=1e-5)


@pytest.mark.parametrize("booster", ["dart", "gblinear"])
def test_other_boosters_go_on_as_well(tmp_path: Path, booster: str) -> None:
    more = {"num_round": "6", "booster": booster}
    if booster == "gblinear":
        more |= {"updater": "coord_descent"}
    whole = made(tmp_path / "whole", **more)
    hyper = REGRESSION | more
    if booster == "gblinear":
        hyper = {name: value for name, value in hyper.items() if name != "max_depth"}
    configure(whole.layout.base, hyperparameters=hyper)
    whole.run()
    assert whole.code == 0, whole.failure
    for number in (3, 4, 5):
        (whole.layout.base / f"checkpoints/xgboost-checkpoint.{number}").unlink()

    lines = list(whole.lines)
    whole.run()

    assert heads(whole) == ["[3]", "[4]", "[5]"]
    assert whole.scores("train-rmse") == pytest.approx(
        [float(line.split("\t")[1].partition(":")[2]) for line in lines[3:]], rel=1e-3
    )


def test_a_job_that_had_ended_has_nothing_left_to_do(tmp_path: Path) -> None:
    first = made(tmp_path, num_round="4").run()
    model = first.booster
    again = made(tmp_path, num_round="4").run()

    assert again.code == 0
    assert again.lines == []
    rows = xgb.DMatrix(patients()[0])
    assert (again.booster.predict(rows) == model.predict(rows)).all()


def test_early_stopping_goes_on_counting(tmp_path: Path) -> None:
    whole = made(tmp_path / "whole", **OVERFITTING).run()
    best = int(np.argmin(whole.scores("validation-rmse")))
    again = resumed(tmp_path, whole, best + 2, **OVERFITTING)

    assert heads(again) == [f"[{number}]" for number in range(best + 3, best + 6)]
    assert again.booster.num_boosted_rounds() == best + 1
    assert again.booster.attr("best_iteration") == str(best)
    assert again.booster.attr("best_score") == whole.booster.attr("best_score")
    assert again.booster.attributes().keys() == {"best_iteration", "best_score"}


def test_early_stopping_that_had_stopped_stays_so(tmp_path: Path) -> None:
    whole = made(tmp_path, **OVERFITTING).run()
    again = made(tmp_path, **OVERFITTING).run()

    assert again.lines == []
    assert again.booster.num_boosted_rounds() == int(whole.booster.attr("best_iteration") or -1) + 1


def test_early_stopping_by_another_metric_begins_anew(tmp_path: Path) -> None:
    whole = made(tmp_path / "whole", **OVERFITTING).run()
    best = int(np.argmin(whole.scores("validation-rmse")))
    part = made(tmp_path / "part", **OVERFITTING | {"num_round": str(best + 3)}).run()
    again = made(tmp_path / "again", **OVERFITTING | {"eval_metric": "mae"})
    shutil.copytree(part.layout.base / "checkpoints", again.layout.base / "checkpoints")
    again.run()

    assert len(again.lines) >= 5 + 1
    assert int(again.booster.attr("best_iteration") or 0) > best


def test_a_damaged_checkpoint_is_passed_over(tmp_path: Path) -> None:
    made(tmp_path, num_round="5").run()
    for number, raw in ((4, b"{L"), (3, b""), (2, b"not a model")):
        (tmp_path / f"checkpoints/xgboost-checkpoint.{number}").write_bytes(raw)
    again = made(tmp_path, num_round="5").run()
    assert heads(again) == ["[2]", "[3]", "[4]"]


def test_what_is_no_checkpoint_is_left_alone(tmp_path: Path) -> None:
    folder = tmp_path / "checkpoints"
    folder.mkdir()
    names = ["xgboost-checkpoint.x", "xgboost-checkpoint_0.ubj", "notes.txt", "a.sagemaker-ignore"]
    for name in names:
        (folder / name).write_bytes(b"x")
    done = made(tmp_path, num_round="7").run()
    assert heads(done)[0] == "[0]"
    assert {path.name for path in folder.iterdir()} >= set(names)


def test_a_model_is_kept_on_termination_beside_the_checkpoints(tmp_path: Path) -> None:
    done = made(tmp_path, save_model_on_termination="true").run()
    assert done.code == 0
    assert rounds(tmp_path) == [0, 1, 2, 3, 4]


@pytest.mark.parametrize("path", ["/tmp/checkpoints", "checkpoints", "/opt/ml/../etc"])
def test_checkpoints_lie_below_the_containers_folder(tmp_path: Path, path: str) -> None:
    done = made(tmp_path)
    configure(tmp_path, checkpointconfig={"LocalPath": path})
    assert done.run().message.startswith(f"The LocalPath of checkpoints is {path}, and must be")


def test_a_model_of_another_width_fails_the_job_with_xgboosts_words(tmp_path: Path) -> None:
    made(tmp_path / "one").run()
    other = job(tmp_path / "other", REGRESSION | {"num_round": "6"}, "1,2\n0,1\n")
    configure(other.layout.base, checkpointconfig={"LocalPath": "/opt/ml/checkpoints"})
    shutil.copytree(tmp_path / "one/checkpoints", tmp_path / "other/checkpoints")
    assert other.run().code == 1
    assert "eature" in other.message
