"""What may be tuned of an algorithm, and to which metrics: a definition against the catalogue."""

from __future__ import annotations

from labs.cloud import images
from labs.cloud.algorithms.catalogue import ALGORITHMS, Algorithm
from labs.cloud.algorithms.xgboost import hyperparameters
from labs.cloud.algorithms.xgboost.errors import UserError
from labs.cloud.refusals import invalid
from labs.cloud.tuning.definition import Definition
from labs.cloud.tuning.space import Categorical, Range


def check(definition: Definition) -> None:
    """Raise Refused if the algorithm has no such metric, or cannot be tuned like this."""
    image = definition.image
    name = images.algorithm_in(image)
    algorithm = ALGORITHMS[name]
    if algorithm.tunable is None:
        _check_own_metric(definition)
        return
    _check_objective(definition, image, algorithm)
    for each in definition.space.ranges:
        _check_kind(each, image, algorithm)
        if name == "xgboost":
            _check_values(each)


def _check_own_metric(definition: Definition) -> None:
    """A script's metrics are those that the definition defines."""
    given = definition.given["AlgorithmSpecification"].get("MetricDefinitions") or []
    if definition.objective.metric not in [each["Name"] for each in given]:
        raise invalid(
            "A metric is required for this hyperparameter tuning job objective. Provide a metric "
            "in the metric definitions."
        )


def _check_objective(definition: Definition, image: str, algorithm: Algorithm) -> None:
    metric, direction = definition.objective.metric, definition.objective.type
    better = algorithm.objectives.get(metric)
    if better is None:
        raise invalid(
            f"The objective metric for the hyperparameter tuning job, [{metric}], isn't valid for "
            f"the [{image}] algorithm. Choose a valid objective metric: "
            f"{', '.join(sorted(algorithm.objectives))}."
        )
    if better != direction:
        raise invalid(
            f"The objective metric type, [{direction}], that you specified for objective metric, "
            f"[{metric}], isn't valid for the [{image}] algorithm. Choose a valid objective metric "
            "type."
        )


def _check_kind(given: Range, image: str, algorithm: Algorithm) -> None:
    """Words may stand for numbers: Grid knows nothing else."""
    assert algorithm.tunable is not None
    kind = algorithm.tunable.get(given.name)
    if kind is None:
        raise invalid(
            f"The hyperparameter [{given.name}] isn't tunable for the [{image}] algorithm. These "
            f"are: {', '.join(sorted(algorithm.tunable))}."
        )
    fits = {kind, "Categorical"} | ({"Integer"} if kind == "Continuous" else set())
    if given.kind not in fits:
        raise invalid(
            f"The hyperparameter [{given.name}] is of type {kind}, and its range is one of "
            f"{given.kind}ParameterRanges."
        )


def _check_values(given: Range) -> None:
    values = given.values if isinstance(given, Categorical) else (given.at(0.0), given.at(1.0))
    kind = hyperparameters.KINDS[given.name]
    for value in values:
        try:
            kind.check(given.name, kind.parse(value))
        except (UserError, ValueError, SyntaxError) as error:
            raise invalid(f"The range of [{given.name}] isn't valid: {error}") from None
