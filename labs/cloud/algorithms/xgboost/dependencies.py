"""Which hyperparameters need which others.

Source: the reference container's `algorithm_mode/hyperparameter_validation.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from labs.cloud.algorithms.xgboost.errors import UserError

GROWERS = ("grow_colmaker", "distcol", "grow_histmaker", "grow_quantile_histmaker")
TREE_UPDATERS = (*GROWERS, "grow_skmaker", "sync", "refresh", "prune")
LINEAR_UPDATERS = ("shotgun", "coord_descent")


def check(values: Mapping[str, Any]) -> None:
    """Raises UserError with the first that cannot be together, in the order of `values`."""
    for name in _dependencies_first(values):
        if name in DEPENDENCIES:
            DEPENDENCIES[name][1](values)


def _check_objective(values: Mapping[str, Any]) -> None:
    if values["objective"].startswith("multi:") and "num_class" not in values:
        raise UserError("Require input for parameter 'num_class' for multi-classification")


def _check_eval_metric(values: Mapping[str, Any]) -> None:
    if "objective" not in values:
        raise UserError("Hyperparameter eval_metric needs an objective (KeyError: 'objective')")
    objective, given = values["objective"], values["eval_metric"]
    if "auc" in given and not objective.startswith(("binary:", "rank:")):
        raise UserError("Metric 'auc' can only be applied for classification and ranking problems.")
    if "aft-nloglik" in given and objective != "survival:aft":
        raise UserError("Metric 'aft-nloglik' can only be applied for 'survival:aft' objective.")


def _check_monotone(values: Mapping[str, Any]) -> None:
    if values.get("tree_method") not in ("exact", "hist"):
        raise UserError(
            "monotone_constraints can be used only when the tree_method parameter is set to either"
            " 'exact' or 'hist'."
        )


def _check_interaction(values: Mapping[str, Any]) -> None:
    if values.get("tree_method") not in ("exact", "hist", "approx"):
        raise UserError(
            "interaction_constraints can be used only when the tree_method parameter is set to"
            " either 'exact', 'hist' or 'approx'."
        )


def _check_updater(values: Mapping[str, Any]) -> None:
    given = values["updater"]
    if values.get("booster") == "gblinear":
        if len(given) != 1 or given[0] not in LINEAR_UPDATERS:
            raise UserError(
                f"Linear updater should be one of these options: {_quoted(LINEAR_UPDATERS)}."
            )
    elif values.get("process_type") == "update":
        if not set(given) <= {"refresh", "prune"}:
            raise UserError(
                "process_type 'update' can only be used with updater 'refresh' and 'prune'"
            )
    elif not set(given) <= set(TREE_UPDATERS):
        raise UserError(
            f"Tree updater should be selected from these options: {_quoted(TREE_UPDATERS)}."
        )
    elif sum(name in GROWERS for name in given) > 1:
        raise UserError(
            f"Only one tree grow plugin can be selected. Choose one from: {_quoted(GROWERS)}."
        )


def _quoted(names: tuple[str, ...]) -> str:
    return ", ".join(f"'{name}'" for name in names)


DEPENDENCIES: Mapping[str, tuple[tuple[str, ...], Callable[[Mapping[str, Any]], None]]] = {
    "updater": (("booster", "process_type"), _check_updater),
    "objective": (("num_class",), _check_objective),
    "eval_metric": (("objective",), _check_eval_metric),
    "monotone_constraints": (("tree_method",), _check_monotone),
    "interaction_constraints": (("tree_method",), _check_interaction),
}


def _dependencies_first(names: Mapping[str, object]) -> list[str]:
    """In the order given, each after those it depends on."""
    order: list[str] = []

    def place(name: str) -> None:
        if name in order:
            return
        for other in DEPENDENCIES[name][0] if name in DEPENDENCIES else ():
            if other in names:
                place(other)
        order.append(name)

    for name in names:
        place(name)
    return order
