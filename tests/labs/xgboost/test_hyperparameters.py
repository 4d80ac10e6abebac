"""Hyperparameters: what is refused, in which words and in which order; what xgboost gets."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labs.cloud.algorithms.xgboost.errors import UserError
from labs.cloud.algorithms.xgboost.hyperparameters import KINDS, TUNABLE, parse
from labs.cloud.algorithms.xgboost.ranges import Interval


def table(text: str) -> list[tuple[dict[str, str], str]]:
    """Hyperparameters, as name=value & name=value; below them, indented, the message."""
    rows: list[tuple[dict[str, str], str]] = []
    for line in text.strip("\n").splitlines():
        if line.startswith(" "):
            given, message = rows.pop()
            rows.append((given, f"{message} {line.strip()}".strip()))
        else:
            pairs = (pair.partition("=") for pair in line.split(" & "))
            rows.append(({name: value for name, _, value in pairs}, ""))
    return rows


REFUSED = table("""
foo=1
    Extraneous hyperparameter found: foo
verbose=1
    Extraneous hyperparameter found: verbose
silent=0
    Extraneous hyperparameter found: silent
num_round=0
    Hyperparameter num_round: 0 is not in [1, +inf)
eta=1.5
    Hyperparameter eta: 1.5 is not in [0, 1]
eta=2
    Hyperparameter eta: 2.0 is not in [0, 1]
eta=nan
    Hyperparameter eta: nan is not in [0, 1]
learning_rate=-1
    Hyperparameter eta: -1.0 is not in [0, 1]
max_depth=-1
    Hyperparameter max_depth: -1 is not in [0, +inf)
max_depth=6.0
    Hyperparameter max_depth: could not parse value (caused by ValueError)
max_depth=six
    Hyperparameter max_depth: could not parse value (caused by ValueError)
eta=
    Hyperparameter eta: could not parse value (caused by ValueError)
subsample=0
    Hyperparameter subsample: 0.0 is not in (0, 1]
sketch_eps=1
    Hyperparameter sketch_eps: 1.0 is not in (0, 1)
scale_pos_weight=0
    Hyperparameter scale_pos_weight: 0.0 is not in (0, +inf)
tweedie_variance_power=2
    Hyperparameter tweedie_variance_power: 2.0 is not in (1, 2)
verbosity=4
    Hyperparameter verbosity: 4 is not in [0, 3]
num_class=1
    Hyperparameter num_class: 1 is not in [2, +inf)
seed=2147483647
    Hyperparameter seed: 2147483647 is not in (-2147483648, 2147483647)
prob_buffer_row=1
    Hyperparameter prob_buffer_row: 1 is not in (1.0, +inf)
booster=tree
    Hyperparameter booster: tree is not in ['gbtree', 'gblinear', 'dart']
grow_policy=Depthwise
    Hyperparameter grow_policy: Depthwise is not in ['depthwise', 'lossguide']
save_model_on_termination=True
    Hyperparameter save_model_on_termination: True is not in ['true', 'false']
monotone_constraints=(1,2)
    Hyperparameter monotone_constraints: value (1, 2) not in range [-1, 0, 1]
monotone_constraints=1
    Hyperparameter monotone_constraints: could not parse value (caused by ValueError)
monotone_constraints=(1,
    Hyperparameter monotone_constraints: could not parse value (caused by SyntaxError)
interaction_constraints=[[-1]]
    Hyperparameter interaction_constraints: value [[-1]] not in range [0, +inf)
interaction_constraints=[1,2]
    Hyperparameter interaction_constraints: could not parse value (caused by ValueError)
objective=multi:softmax
    Require input for parameter 'num_class' for multi-classification
objective=multi:softprob
    Require input for parameter 'num_class' for multi-classification
eval_metric=auc & objective=reg:squarederror
    Metric 'auc' can only be applied for classification and ranking problems.
eval_metric=auc & objective=multi:softmax & num_class=3
    Metric 'auc' can only be applied for classification and ranking problems.
eval_metric=aft-nloglik & objective=reg:squarederror
    Metric 'aft-nloglik' can only be applied for 'survival:aft' objective.
eval_metric=rmse
    Hyperparameter eval_metric needs an objective (KeyError: 'objective')
eval_metric=ndcg@5- & objective=rank:ndcg
    Threshold value 't' in 'ndcg@t' expects float input.
eval_metric=rmse@2 & objective=reg:squarederror
    Metric 'rmse@2' is not supported. Parameter 'eval_metric' with customized threshold should
    be one of these options: 'error', 'ndcg', 'map'.
eval_metric=<function f> & objective=reg:squarederror
    User defined evaluation metric <function f> is not supported yet.
monotone_constraints=(1,0)
    monotone_constraints can be used only when the tree_method parameter is set to either
    'exact' or 'hist'.
monotone_constraints=(1,0) & tree_method=approx
    monotone_constraints can be used only when the tree_method parameter is set to either
    'exact' or 'hist'.
interaction_constraints=[[1,2]]
    interaction_constraints can be used only when the tree_method parameter is set to either
    'exact', 'hist' or 'approx'.
updater=refresh & booster=gblinear
    Linear updater should be one of these options: 'shotgun', 'coord_descent'.
updater=shotgun,coord_descent & booster=gblinear
    Linear updater should be one of these options: 'shotgun', 'coord_descent'.
updater=sync & process_type=update
    process_type 'update' can only be used with updater 'refresh' and 'prune'
""")
# The list of what there is follows.
REFUSED_WITH_A_LIST = table("""
objective=reg:quantileerror
    Hyperparameter objective: reg:quantileerror is not in ['binary:logistic',
objective=aft_loss_distribution
    Hyperparameter objective: aft_loss_distribution is not in [
eval_metric=nope & objective=reg:squarederror
    Hyperparameter eval_metric: value ['nope'] not in range ['accuracy', 'auc',
eval_metric=rmse, mae & objective=reg:squarederror
    Hyperparameter eval_metric: value ['rmse', ' mae'] not in range [
_tuning_objective_metric=train:rmse
    Hyperparameter _tuning_objective_metric: train:rmse is not in ['validation:accuracy',
updater=grow_fast
    Hyperparameter updater: value ['grow_fast'] not in range [
updater=shotgun
    Tree updater should be selected from these options: 'grow_colmaker',
updater=grow_colmaker,grow_histmaker
    Only one tree grow plugin can be selected.
""")


def refusal(**given: str) -> str:
    with pytest.raises(UserError) as caught:
        parse({"num_round": "10"} | given)
    return str(caught.value)


@pytest.mark.parametrize(("given", "message"), REFUSED, ids=str)
def test_what_cannot_be_meant_is_refused_in_these_words(
    given: dict[str, str], message: str
) -> None:
    assert refusal(**given) == message


@pytest.mark.parametrize(("given", "start"), REFUSED_WITH_A_LIST, ids=str)
def test_a_long_list_of_what_there_is_follows_the_refusal(
    given: dict[str, str], start: str
) -> None:
    assert refusal(**given).startswith(start)


@pytest.mark.parametrize(
    "given",
    [
        {"use_dask_gpu_training": "true"},
        {"tree_method": "gpu_hist"},
        {"sagemaker_program": "train.py"},
        {"sagemaker_submit_directory": "s3://bucket/code.tar.gz"},
    ],
    ids=str,
)
def test_what_only_aws_can_do_says_so_and_is_not_passed_over(given: dict[str, str]) -> None:
    (name,) = given
    assert name in refusal(**given)
    assert "is not offered offline. " in refusal(**given)


def test_only_num_round_is_required() -> None:
    with pytest.raises(UserError, match=r"^Missing required hyperparameter: num_round$"):
        parse({"eta": "0.1"})
    assert parse({"num_round": "3"}).num_round == 3


def test_no_default_is_filled_in() -> None:
    assert dict(parse({"num_round": "3"}).booster) == {}


def test_the_first_error_ends_it_and_the_order_is_required_parse_range_dependency() -> None:
    given = {
        "objective": "multi:softmax",  # needs num_class
        "eta": "5",  # out of range
        "max_depth": "x",  # unreadable
        "foo": "1",  # unknown
    }
    with pytest.raises(UserError, match="num_round"):
        parse(given)
    assert refusal(**given).startswith("Hyperparameter max_depth: could not parse")
    del given["max_depth"]
    assert refusal(**given) == "Extraneous hyperparameter found: foo"
    del given["foo"]
    assert refusal(**given).startswith("Hyperparameter eta: 5.0 is not in")
    del given["eta"]
    assert refusal(**given).startswith("Require input for parameter 'num_class'")


def test_what_a_hyperparameter_depends_on_is_checked_before_it() -> None:
    message = refusal(eval_metric="auc", objective="multi:softmax")
    assert message.startswith("Require input for parameter 'num_class'")


@pytest.mark.parametrize(
    ("alias", "name"),
    [
        ("learning_rate", "eta"),
        ("min_split_loss", "gamma"),
        ("reg_lambda", "lambda"),
        ("reg_alpha", "alpha"),
    ],
)
def test_an_alias_is_its_name_and_of_both_the_later_counts(alias: str, name: str) -> None:
    assert parse({"num_round": "1", alias: "0.5"}).booster[name] == 0.5
    assert parse({"num_round": "1", alias: "0.5", name: "0.25"}).booster[name] == 0.25
    assert parse({"num_round": "1", name: "0.25", alias: "0.5"}).booster[name] == 0.5


def test_xgboost_gets_numbers_and_nothing_that_is_meant_for_the_container() -> None:
    settings = parse(
        {
            "num_round": "20",
            "early_stopping_rounds": "5",
            "csv_weights": "0",
            "save_model_on_termination": "true",
            "use_dask_gpu_training": "false",
            "_tuning_objective_metric": "validation:rmse",
            "eval_metric": "mae,rmse",
            "objective": "reg:squarederror",
            "max_depth": "3",
            "eta": "0.2",
            "updater": "grow_quantile_histmaker,prune",
            "tree_method": "hist",
            "monotone_constraints": "(1,0,-1)",
            "interaction_constraints": "[[0,1],[2]]",
        }
    )
    assert dict(settings.booster) == {
        "objective": "reg:squarederror",
        "max_depth": 3,
        "eta": 0.2,
        "updater": "grow_quantile_histmaker,prune",
        "tree_method": "hist",
        "monotone_constraints": "(1,0,-1)",
        "interaction_constraints": "[[0, 1], [2]]",
    }
    assert (settings.num_round, settings.early_stopping_rounds) == (20, 5)
    assert settings.save_model_on_termination
    assert settings.tuning_metric == "rmse"


@pytest.mark.parametrize(
    "hostile",
    [
        "__import__('os').system('true')",
        "(lambda: 1)()",
        "[" * 5000,
        "(" * 200_000,
        "{[]}",
        "(1,) * 10**9",
        "\x00",
        "",
        "(True,)",
        "(1.0,)",
        "('1',)",
    ],
)
@pytest.mark.parametrize("name", ["monotone_constraints", "interaction_constraints"])
def test_nothing_in_a_constraint_is_ever_run(name: str, hostile: str) -> None:
    assert refusal(**{name: hostile}).startswith(f"Hyperparameter {name}: could not parse value")


def test_a_value_that_came_as_a_number_is_read_like_its_text() -> None:
    assert parse({"num_round": 7, "eta": 0.5}).booster["eta"] == 0.5


@given(st.dictionaries(st.sampled_from(sorted(KINDS)), st.text(max_size=8), max_size=6))
def test_any_text_is_taken_or_refused_with_a_sentence(given: dict[str, str]) -> None:
    with contextlib.suppress(UserError):
        parse({"num_round": "1"} | given)


@given(st.floats())
def test_an_interval_contains_what_its_text_says(value: float) -> None:
    assert (value in Interval("[0, 1)")) == (0 <= value < 1)
    assert (value in Interval("(0, 1]")) == (0 < value <= 1)
    assert (value in Interval("(0, +inf)")) == (value > 0)


def test_what_can_be_tuned_is_known() -> None:
    assert set(TUNABLE) <= set(KINDS)
