"""Selected output: which parts of a prediction a learner asks for by SAGEMAKER_INFERENCE_OUTPUT.

Source: the reference container's `serve_utils.py`.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, TypeAlias

Prediction: TypeAlias = "float | list[float]"  # a list for multi:softprob

_OF_VALUES = ("predicted_score",)
_OF_CLASSES = ("predicted_label", "labels", "raw_score", "raw_scores")
_OF_PROBABILITIES = (
    "predicted_label", "labels", "probability", "probabilities", "raw_score", "raw_scores",
)  # fmt: skip
OF_OBJECTIVE = {
    "reg:squarederror": _OF_VALUES,
    "reg:logistic": _OF_VALUES,
    "reg:gamma": _OF_VALUES,
    "reg:absoluteerror": _OF_VALUES,
    "reg:tweedie": _OF_VALUES,
    "binary:logistic": _OF_PROBABILITIES,
    "binary:logitraw": _OF_CLASSES,
    "binary:hinge": _OF_CLASSES,
    "multi:softmax": _OF_CLASSES,
    "multi:softprob": _OF_PROBABILITIES,
}


class Unselectable(Exception):
    """The objective has no parts to choose from."""


def keys(text: str) -> tuple[str, ...]:
    """The names in the environment variable, in their order."""
    return tuple(text.replace(" ", "").lower().split(","))


def selected(
    predictions: Sequence[Prediction], wanted: Sequence[str], objective: str, classes: int
) -> list[dict[str, Any]]:
    """One dictionary a row: what the objective has in the reference's order, then NaN for each
    key that it has not. Raises Unselectable."""
    if objective not in OF_OBJECTIVE:
        raise Unselectable(
            f"Objective `{objective}` unsupported for selectable inference predictions."
        )
    there = [key for key in OF_OBJECTIVE[objective] if key in wanted]
    absent = dict.fromkeys([key for key in wanted if key not in there], math.nan)
    return [
        {key: _part(key, prediction, objective, classes) for key in there} | absent
        for prediction in predictions
    ]


def _part(key: str, prediction: Prediction, objective: str, classes: int) -> Any:
    match key:
        case "labels":
            return list(range(classes)) if objective.startswith("multi:") else [0, 1]
        case "predicted_label":
            return _label(prediction, objective)
        case "predicted_score":
            return prediction
        case "probability" | "raw_score":
            return max(prediction) if isinstance(prediction, list) else prediction
        case _:  # of all classes. With one number it is, as in the reference, that of class 1
            return prediction if isinstance(prediction, list) else [1.0 - prediction, prediction]


def _label(prediction: Prediction, objective: str) -> float:
    if isinstance(prediction, list):
        return prediction.index(max(prediction))
    match objective:
        case "binary:logistic":
            return int(prediction > 0.5)
        case "binary:logitraw":
            return int(prediction > 0)
        case _:  # it is the label
            return prediction
