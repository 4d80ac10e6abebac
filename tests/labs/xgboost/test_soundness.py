"""A model that does not fit together is noticed before anything walks its trees."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import xgboost as xgb

from labs.cloud.algorithms.xgboost import soundness

Model = dict[str, Any]


def a_model(**hyperparameters: Any) -> Model:
    rows = np.random.default_rng(0).normal(size=(60, 3))
    labels = np.digitize(rows[:, 0], [-0.5, 0.5])
    booster = xgb.train({"nthread": 1} | hyperparameters, xgb.DMatrix(rows, label=labels), 2)
    model: Model = json.loads(booster.save_raw("json"))
    return model


CLASSES = a_model(objective="multi:softprob", num_class=3, max_depth=2)
DART = a_model(booster="dart", max_depth=2)
LINEAR = a_model(booster="gblinear")
FLAT = a_model(gamma=1e6)  # trees of one leaf


def forest(model: Model) -> Any:
    booster = model["learner"]["gradient_booster"]
    return booster.get("gbtree", booster)["model"]


def tree(model: Model) -> Any:
    return forest(model)["trees"][1]


@pytest.mark.parametrize("model", [CLASSES, DART, LINEAR, FLAT])
def test_what_xgboost_trained_is_sound(model: Model) -> None:
    soundness.check(model)


def lead(place: str, node: int, to: int) -> Callable[[Model], None]:
    def damage(model: Model) -> None:
        tree(model)[place][node] = to

    return damage


DAMAGES: dict[str, Callable[[Model], object]] = {
    "leads nowhere": lead("left_children", 0, 99),
    "leads nowhere at all": lead("right_children", 0, -1),
    "runs in a circle": lead("left_children", 1, 1),
    "runs back": lead("left_children", 1, 0),
    "asks for a foreign feature": lead("split_indices", 0, 3),
    "asks for feature -1": lead("split_indices", 0, -1),
    "splits by category": lead("split_type", 0, 1),
    "has lost a node": lambda model: tree(model)["right_children"].pop(),
    "has lost a threshold": lambda model: tree(model)["split_conditions"].pop(),
    "has no nodes": lambda model: tree(model).update(
        {key: [] for key in ("left_children", *soundness.PER_NODE)}
    ),
    "says it has more": lambda model: tree(model)["tree_param"].update(num_nodes="70"),
    "has vectors": lambda model: tree(model)["tree_param"].update(size_leaf_vector="2"),
    "a class too many": lambda model: forest(model)["tree_info"].__setitem__(0, 3),
    "a class below none": lambda model: forest(model)["tree_info"].__setitem__(0, -1),
    "a tree without a class": lambda model: forest(model)["tree_info"].pop(),
    "a tree too few": lambda model: forest(model)["trees"].pop(),
    "rounds beyond the end": lambda model: forest(model)["iteration_indptr"].append(99),
    "rounds in disorder": lambda model: forest(model)["iteration_indptr"].__setitem__(1, 7),
}


@pytest.mark.parametrize("name", DAMAGES)
def test_damage_is_noticed(name: str) -> None:
    model = copy.deepcopy(CLASSES)
    DAMAGES[name](model)
    with pytest.raises(ValueError, match=r"^the model is damaged: "):
        soundness.check(model)


def test_a_dropped_weight_is_noticed() -> None:
    model = copy.deepcopy(DART)
    model["learner"]["gradient_booster"]["weight_drop"].pop()
    with pytest.raises(ValueError, match="trees without a weight"):
        soundness.check(model)


def test_a_linear_model_has_a_weight_for_each_feature() -> None:
    model = copy.deepcopy(LINEAR)
    model["learner"]["gradient_booster"]["model"]["weights"].pop()
    with pytest.raises(ValueError, match="weights are missing"):
        soundness.check(model)
