"""Training jobs: what they log, when they stop, what they leave, and how they fail."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest
import xgboost as xgb

from labs.cloud.algorithms.xgboost.layout import Layout
from tests.labs.xgboost.jobs import (
    REGRESSION,
    UNUSED,
    VALIDATION,
    Job,
    configure,
    csv,
    flowers,
    job,
    libsvm,
    patients,
    regression,
    regression_with,
    tumours,
    write,
)

# The log


def test_each_round_logs_one_line_of_scores_with_five_decimals(tmp_path: Path) -> None:
    done = regression(tmp_path, num_round="3", eval_metric="rmse,mae")
    assert done.code == 0
    assert len(done.lines) == 3
    for number, line in enumerate(done.lines):
        score = r"\d+\.\d{5}"
        assert re.fullmatch(
            rf"\[{number}\]\ttrain-rmse:{score}\ttrain-mae:{score}"
            rf"\tvalidation-rmse:{score}\tvalidation-mae:{score}",
            line,
        )


def test_without_a_validation_channel_only_the_training_scores_are_logged(tmp_path: Path) -> None:
    done = regression(tmp_path, validated=False, num_round="1")
    assert [line.partition(":")[0] for line in done.lines] == ["[0]\ttrain-rmse"]


def test_the_scores_fall_as_the_model_learns(tmp_path: Path) -> None:
    scores = regression(tmp_path).scores("train-rmse")
    assert scores == sorted(scores, reverse=True)
    assert scores[-1] < scores[0]


def test_the_same_job_twice_gives_the_same_model(tmp_path: Path) -> None:
    one, two = (regression(tmp_path / name, subsample="0.5", seed="7") for name in ("one", "two"))
    assert one.lines == two.lines
    assert one.booster.save_raw() == two.booster.save_raw()


def test_what_the_reference_tells_of_the_data_is_told(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level("INFO"):
        regression(tmp_path, num_round="1")
    for line in (
        "Determined delimiter of CSV input is ','",
        "Single node training.",
        "Train matrix has 300 rows and 10 columns",
        "Validation matrix has 142 rows",
    ):
        assert line in caplog.messages


# The model


def test_a_bare_xgboost_loads_the_model_and_predicts_what_was_learnt(tmp_path: Path) -> None:
    done = regression(tmp_path, num_round="20")
    raw = (done.layout.model / "xgboost-model").read_bytes()
    assert raw.startswith(b"{L")  # UBJSON
    features, labels = patients()
    rows = np.array([[float(f"{cell:g}") for cell in row] for row in features[VALIDATION]])
    predictions = done.booster.predict(xgb.DMatrix(rows))
    rmse = float(np.sqrt(np.mean((predictions - labels[VALIDATION]) ** 2)))
    assert done.scores("validation-rmse")[-1] == pytest.approx(rmse, abs=1e-4)


def test_the_model_is_alone_in_its_folder(tmp_path: Path) -> None:
    done = regression(tmp_path, save_model_on_termination="true")
    assert [path.name for path in done.layout.model.iterdir()] == ["xgboost-model"]
    assert not (tmp_path / "xgboost-model.partial").exists()


def test_with_save_model_on_termination_there_is_a_model_after_every_round(tmp_path: Path) -> None:
    features, labels = patients()
    made = job(tmp_path, REGRESSION | {"save_model_on_termination": "true"}, csv(features, labels))
    rounds: list[int] = []
    made.lines = _Each(lambda: rounds.append(_rounds_saved(made)))
    made.run()
    # a round is saved before it is told: at the first line its model is there
    assert rounds == [1, 2, 3, 4, 5]
    assert made.booster.num_boosted_rounds() == 5


class _Each(list[str]):
    def __init__(self, then: object) -> None:
        super().__init__()
        self.then = then

    def append(self, line: str) -> None:
        super().append(line)
        assert callable(self.then)
        self.then()


def _rounds_saved(made: Job) -> int:
    there = (made.layout.model / "xgboost-model").exists()
    return made.booster.num_boosted_rounds() if there else 0


def test_libsvm_columns_stay_where_they_were_written(tmp_path: Path) -> None:
    features, labels = patients()
    done = job(tmp_path, REGRESSION, libsvm(features, labels), ContentType="text/libsvm").run()
    assert done.code == 0
    assert done.booster.num_features() == 11  # 1 to 10, and the unused 0


def test_monotone_and_interaction_constraints_train_on_csv(tmp_path: Path) -> None:
    done = regression(
        tmp_path,
        tree_method="hist",
        monotone_constraints="(1,0,1,1,0,0,-1,0,1,0)",
        interaction_constraints="[[0,1,2],[3,8]]",
    )
    assert done.code == 0, done.failure
    used = set(done.booster.get_score())
    assert used <= {"f0", "f1", "f2", "f3", "f8"}
    steps = np.zeros((50, 10))
    steps[:, 2] = np.linspace(-0.1, 0.2, 50)
    assert (np.diff(done.booster.predict(xgb.DMatrix(steps))) >= 0).all()


@pytest.mark.parametrize(
    ("booster", "more"),
    [
        ("dart", {"rate_drop": "0.3", "seed": "1"}),
        ("gblinear", {"updater": "coord_descent"}),
        ("gbtree", {"updater": "grow_quantile_histmaker", "tree_method": "hist"}),
        ("gbtree", {"tree_method": "exact", "num_parallel_tree": "2"}),
    ],
)
@UNUSED
@pytest.mark.filterwarnings("ignore:.*You have manually specified the .updater.:UserWarning")
def test_every_booster_trains(tmp_path: Path, booster: str, more: dict[str, str]) -> None:
    done = regression_with(tmp_path, {"booster": booster} | more)
    assert done.code == 0, done.failure
    assert len(done.lines) == 5


@pytest.mark.parametrize(
    "objective",
    ["count:poisson", "reg:gamma", "reg:tweedie", "reg:absoluteerror", "reg:pseudohubererror",
     "reg:squaredlogerror", "survival:cox"],
)  # fmt: skip
def test_every_objective_for_positive_labels_trains(tmp_path: Path, objective: str) -> None:
    done = regression(tmp_path, validated=False, objective=objective, num_round="2")
    assert done.code == 0, done.failure


@pytest.mark.parametrize("objective", ["rank:pairwise", "rank:ndcg", "rank:map"])
def test_ranking_trains_on_groups(tmp_path: Path, objective: str) -> None:
    features, labels = tumours()
    rows = libsvm(features, labels).splitlines()
    grouped = "".join(
        f"{row.partition(' ')[0]} qid:{at // 20} {row.partition(' ')[2]}\n"
        for at, row in enumerate(rows)
    )
    hyperparameters = {"num_round": "2", "objective": objective, "eval_metric": "ndcg@5,map"}
    done = job(tmp_path, hyperparameters, grouped, ContentType="libsvm").run()
    assert done.code == 0, done.failure
    assert done.lines[0].startswith("[0]\ttrain-ndcg@5:")


# Failures


def test_a_failed_job_leaves_its_reason_and_no_model(tmp_path: Path) -> None:
    done = regression(tmp_path, eta="2")
    assert done.code == 1
    assert done.failure == "framework error: \nHyperparameter eta: 2.0 is not in [0, 1]"
    assert list(done.layout.model.iterdir()) == []
    assert done.lines == []


def test_a_job_that_succeeds_forgets_the_failure_before_it(tmp_path: Path) -> None:
    assert regression(tmp_path, eta="2").code == 1
    assert regression(tmp_path).code == 0
    assert not Layout(tmp_path).failure.exists()


def test_a_channel_without_data_is_named_as_the_container_sees_it(tmp_path: Path) -> None:
    hyperparameters = {"num_round": "1"}
    done = job(tmp_path / "1", hyperparameters, "").run()
    assert done.message == "No data in training channel path /opt/ml/input/data/train"
    done = job(tmp_path / "2", hyperparameters, "1,2\n", "").run()
    assert done.message == "No data in validation channel path /opt/ml/input/data/validation"
    done = job(tmp_path / "3", hyperparameters, None, "1,2\n").run()
    assert done.message == "Missing required channel: train"


def test_csv_without_a_content_type_is_taken_for_libsvm_and_refused(tmp_path: Path) -> None:
    done = job(tmp_path, {"num_round": "1"}, {"part-0.csv": "1,2\n"}, ContentType="").run()
    assert done.message == (
        "First line '1,2...' of file 'part-0.csv' is not 'LIBSVM' format. "
        "Please ensure the file is in 'LIBSVM' format."
    )


def test_validation_data_of_another_width_are_refused(tmp_path: Path) -> None:
    done = job(tmp_path, {"num_round": "1"}, "1,2,3\n0,1,2\n", "2,3\n").run()
    assert done.message.startswith("A line of the validation channel has 2 columns, ")


def test_a_validation_column_that_is_blank_throughout_is_no_matter(tmp_path: Path) -> None:
    assert job(tmp_path, {"num_round": "1"}, "1,2,3\n0,1,2\n", "1,2,\n").run().code == 0


def test_the_same_file_in_both_channels_is_only_warned_of(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    assert job(tmp_path, {"num_round": "1"}, "1,2\n0,1\n", "1,2\n0,1\n").run().code == 0
    assert "Suspected identical files found." in caplog.text


def test_a_metric_of_two_classes_for_three_is_told_in_scikit_learns_words(tmp_path: Path) -> None:
    hyperparameters = {"num_round": "1", "objective": "multi:softmax", "num_class": "3"}
    done = job(tmp_path, hyperparameters | {"eval_metric": "f1_binary"}, csv(*flowers())).run()
    assert done.message.startswith("Target is multiclass but average='binary'.")


@pytest.mark.parametrize(
    ("hyperparameters", "phrase"),
    [
        ({"objective": "binary:logistic"}, "label must be in (0, 1) for logistic regression"),
        ({"objective": "multi:softmax", "num_class": "2"},
         "label must be discrete values in the range of [0, num_class)."),
        ({"objective": "survival:aft"}, "labels_lower_bound_"),
    ],
)  # fmt: skip
def test_what_xgboost_cannot_do_is_told_in_its_words(
    tmp_path: Path, hyperparameters: dict[str, str], phrase: str
) -> None:
    done = job(tmp_path, {"num_round": "1"} | hyperparameters, csv(*flowers())).run()
    assert done.code == 1
    assert done.message.startswith("XGB train call failed with exception:\n [")
    assert phrase in done.message
    assert "Stack trace" not in done.failure


def test_a_label_that_stands_last_is_asked_about(tmp_path: Path) -> None:
    features, labels = tumours()
    rows = "".join(
        ",".join(f"{cell:g}" for cell in (*row, label)) + "\n"
        for row, label in zip(features, labels, strict=True)
    )
    done = job(tmp_path, {"num_round": "1", "objective": "binary:logistic"}, rows).run()
    assert done.code == 1
    assert "base_score must be in (0,1)" in done.failure
    assert done.failure.endswith("\nIs the label in the first column?")
    assert "Traceback" not in done.failure
    assert ".py" not in done.failure, "no path of ours"


def test_accuracy_of_a_continuous_label_is_a_failure_and_no_wrong_number(tmp_path: Path) -> None:
    features, labels = patients()
    done = job(
        tmp_path, REGRESSION | {"eval_metric": "accuracy"}, csv(features, labels + 0.5)
    ).run()
    assert done.code == 1
    assert "continuous" in done.message


def test_what_only_aws_can_do_fails_the_job(tmp_path: Path) -> None:
    made = job(tmp_path, {"num_round": "1"}, "1,2\n0,1\n")
    configure(tmp_path, resourceconfig={"current_host": "algo-1", "hosts": ["algo-1", "algo-2"]})
    assert made.run().message == "Training on 2 instances is not offered offline. Use one."
    configure(tmp_path, resourceconfig={"current_host": "algo-1", "hosts": ["algo-1"]})
    assert made.run().code == 0


def test_a_broken_configuration_is_named(tmp_path: Path) -> None:
    made = job(tmp_path, {"num_round": "1"}, "1,2\n")
    write(tmp_path / "input" / "config" / "hyperparameters.json", "{")
    assert made.run().message.startswith("/opt/ml/input/config/hyperparameters.json is not JSON: ")
    write(tmp_path / "input" / "config" / "hyperparameters.json", "[]")
    assert made.run().message.endswith("holds no JSON object.")
    (tmp_path / "input" / "config" / "hyperparameters.json").unlink()
    assert made.run().message == "Missing required hyperparameter: num_round"


def test_a_bug_keeps_its_whole_story(tmp_path: Path) -> None:
    made = job(tmp_path, {"num_round": "1"}, "1,2\n0,1\n")

    def broken() -> None:
        raise ZeroDivisionError("a bug")

    made.lines = _Each(broken)
    assert made.run().code == 1
    assert made.failure.count("  File ") > 3
    assert made.failure.endswith("\na bug")
