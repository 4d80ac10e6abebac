"""Whether a model's trees can be walked.

xgboost checks little of what it loads: with a damaged tree it follows a child into foreign memory,
and takes the process along. So everything that a prediction indexes with is checked once, on
xgboost's own JSON form of the loaded model. Its schema: "Introduction to Model IO" in xgboost's
documentation.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise
from typing import Any

PER_NODE = ("right_children", "split_indices", "split_conditions", "default_left", "split_type")


def check(model: Mapping[str, Any]) -> None:
    """Raises ValueError with what does not fit together."""
    learner = model["learner"]
    size = {name: int(value) for name, value in learner["learner_model_param"].items()
            if name in ("num_feature", "num_class", "num_target")}  # fmt: skip
    features = size["num_feature"]
    groups = max(size["num_class"], 1) * max(size["num_target"], 1)
    booster = learner["gradient_booster"]
    if booster["name"] == "gblinear":
        _expect(len(booster["model"]["weights"]) == (features + 1) * groups, "weights are missing")
        return
    forest = booster.get("gbtree", booster)["model"]
    trees, ends = forest["trees"], forest["iteration_indptr"]
    _expect(len(forest["tree_info"]) == len(trees), "trees without a class")
    _expect(all(0 <= group < groups for group in forest["tree_info"]), "a class too many")
    _expect(ends[0] == 0 and ends[-1] == len(trees), "rounds without trees")
    _expect(all(one <= next for one, next in pairwise(ends)), "rounds in disorder")
    if "weight_drop" in booster:
        _expect(len(booster["weight_drop"]) == len(trees), "trees without a weight")
    for number, tree in enumerate(trees):
        _check_tree(f"tree {number}", tree, features)


def _check_tree(name: str, tree: Mapping[str, Any], features: int) -> None:
    left, right = tree["left_children"], tree["right_children"]
    nodes = range(len(left))
    _expect(int(tree["tree_param"]["num_nodes"]) == len(left) > 0, f"{name} has lost nodes")
    _expect(int(tree["tree_param"]["size_leaf_vector"]) <= 1, f"{name} has vectors for leaves")
    _expect(all(len(tree[key]) == len(left) for key in PER_NODE), f"{name} has lost nodes")
    _expect(not any(tree["split_type"]), f"{name} splits by category, which is not offered offline")
    reached = [0]
    for node in reached:  # grows while it is walked
        if left[node] == right[node] == -1:
            continue
        _expect(left[node] in nodes and right[node] in nodes, f"{name} leads nowhere")
        _expect(0 <= tree["split_indices"][node] < features, f"{name} asks for a foreign feature")
        reached += (left[node], right[node])
        _expect(len(reached) <= len(left), f"{name} runs in a circle")


def _expect(holds: bool, problem: str) -> None:
    if not holds:
        raise ValueError(f"the model is damaged: {problem}")
