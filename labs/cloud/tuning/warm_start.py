"""What a tuning job learns from those before it, its parents.

The restrictions are SageMaker's (developer guide, "Run a Warm Start Hyperparameter Tuning Job").
With IdenticalDataAndAlgorithm the parents' objectives count like the job's own. With
TransferLearning they are told on other data, so every job's objectives count by their rank in it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from labs.cloud.refusals import invalid, not_offered
from labs.cloud.tuning.definition import Definition
from labs.cloud.tuning.space import Categorical
from labs.cloud.tuning.strategies import Seen

IDENTICAL = "IdenticalDataAndAlgorithm"
MOST_CHANGES = 10
_SAME = ("AlgorithmSpecification", "InputDataConfig")  # of identical data and algorithm


@dataclass(frozen=True)
class Heritage:
    """What a job's parents have tried, each one's trials for itself."""

    kind: str = IDENTICAL
    parents: tuple[tuple[Seen, ...], ...] = ()

    @property
    def count(self) -> int:
        return sum(map(len, self.parents))

    def and_own(self, own: Sequence[Seen]) -> list[Seen]:
        """All that a search knows, on one scale."""
        every = [*self.parents, own]
        if self.kind != IDENTICAL:
            every = [ranked(each) for each in every]
        return [trial for trials in every for trial in trials]


NOTHING = Heritage()


def check(
    kind: str, strategy: str, definitions: Sequence[Definition], parents: Mapping[str, Definition]
) -> None:
    """Raise Refused if a job cannot learn from these parents, by their names."""
    if strategy not in ("Bayesian", "Random"):
        raise not_offered(
            f"CreateHyperParameterTuningJob with WarmStartConfig and the Strategy {strategy}",
            "Offered: Bayesian, Random.",
        )
    if len(definitions) > 1:
        raise not_offered(
            "CreateHyperParameterTuningJob with WarmStartConfig and TrainingJobDefinitions"
        )
    own = definitions[0]
    for name, parent in parents.items():
        if own.objective != parent.objective:
            raise invalid(
                f"The objective metric must be the same as in the parent tuning job {name}: "
                f"{parent.objective.type} {parent.objective.metric}."
            )
        _check_names(own, parent)
        if kind == IDENTICAL:
            for member in _SAME:
                if own.given.get(member) != parent.given.get(member):
                    raise invalid(
                        f"With WarmStartType {kind} the {member} must be the same as in the parent "
                        f"tuning job {name}."
                    )


def _check_names(own: Definition, parent: Definition) -> None:
    if own.space.names | set(own.static) != parent.space.names | set(parent.static):
        raise invalid(
            "The set of tunable plus static HyperParameter names is not the same across current "
            "and parent tuning jobs. Please ensure this set is constant when warm starting. Note "
            "that previously static HyperParameters can be tuned in warm start jobs and vice versa."
        )
    before = {each.name: each for each in parent.space.ranges}
    for each in own.space.ranges:
        if each.name in before and before[each.name].kind != each.kind:
            raise invalid(
                f"The type of hyperparameter [{each.name}] must not change: it is "
                f"{before[each.name].kind} in a parent tuning job."
            )
    changes = sum(_changes(own, parent))
    if changes > MOST_CHANGES:
        raise invalid(
            f"There are {changes} changes of static hyperparameters since a parent tuning job, and "
            f"at most {MOST_CHANGES} are allowed."
        )


def _changes(own: Definition, parent: Definition) -> Iterator[int]:
    """Each category that became static counts; a changed static value counts twice."""
    before = {each.name: each for each in parent.space.ranges}
    for name, value in own.static.items():
        if name in before:
            each = before[name]
            yield len(each.values) if isinstance(each, Categorical) else 1
        elif parent.static.get(name) != value:
            yield 2


def ranked(trials: Sequence[Seen]) -> list[Seen]:
    """With each value's place among all of them, in (0, 1), as its value."""
    values = sorted(each.value for each in trials if each.value is not None)
    return [
        each
        if each.value is None
        else Seen(each.point, (values.index(each.value) + 0.5) / len(values), each.is_over)
        for each in trials
    ]
