"""One training job of a tuning job, as its search sees it."""

from __future__ import annotations

import functools
import math
from collections.abc import Mapping
from typing import Any, Protocol

from labs.cloud.job import Reading
from labs.cloud.run import Run
from labs.cloud.tuning import stopping
from labs.cloud.tuning.definition import EPOCHS, Definition
from labs.cloud.tuning.space import Point
from labs.cloud.tuning.strategies import Seen


class Search(Protocol):
    """What a trial tells, under the world's lock."""

    def looked_at(self, trial: Trial) -> None:
        """Its job has told its objective once more."""

    def one_ended(self) -> None:
        """A job is over."""

    def left_s(self) -> float:
        """The seconds that the search has left."""


class Trial:
    """A `run.Watcher` of its job. `number` counts its definition's trials from 0."""

    def __init__(self, search: Search, definition: Definition, number: int, point: Point) -> None:
        self.definition, self.number, self.point = definition, number, point
        self.run: Run  # from the moment it is launched
        self.costs: list[float] = []  # its objective after each epoch; lower is better
        self._search = search

    @property
    def is_over(self) -> bool:
        return self.run.job.is_over

    @property
    def rounds(self) -> float:
        """The epochs that its hyperparameters ask for; infinite if they do not tell."""
        given = {**self.definition.static, **self.point}
        texts = [given[name] for name in (self.definition.rounds, *EPOCHS) if name in given]
        return int(texts[0]) if texts and texts[0].isdecimal() else math.inf

    @functools.cached_property
    def averages(self) -> list[float]:
        """The running averages of its costs; to be asked for once it is over."""
        return stopping.running_averages(self.costs)

    @property
    def cost(self) -> float | None:
        """The final objective: the last one told, once the job has ended well or was stopped."""
        has_one = self.run.job.status in ("Completed", "Stopped") and self.costs
        return self.costs[-1] if has_one else None

    @property
    def value(self) -> float | None:
        """As it was told."""
        return None if self.cost is None else self.definition.objective.cost(self.cost)

    @property
    def objective_status(self) -> str:
        if not self.is_over:
            return "Pending"
        return "Failed" if self.value is None else "Succeeded"

    def seen(self) -> Seen:
        return Seen(self.point, self.cost, self.is_over)

    def summary(self) -> dict[str, Any]:
        """HyperParameterTrainingJobSummary."""
        job, value = self.run.job, self.value
        objective = self.definition.objective
        told: Mapping[str, Any] = {
            "TrainingJobDefinitionName": self.definition.name,
            "TrainingJobName": job.name,
            "TrainingJobArn": job.arn,
            "CreationTime": job.created,
            "TrainingStartTime": job.started,
            "TrainingEndTime": job.ended if job.started else None,
            "TrainingJobStatus": job.status,
            "TunedHyperParameters": dict(self.point),
            "FailureReason": job.failure,
            "FinalHyperParameterTuningJobObjectiveMetric": None
            if value is None
            else {"MetricName": objective.metric, "Value": value},
            "ObjectiveStatus": self.objective_status,
        }
        return {key: each for key, each in told.items() if each is not None}

    # As its job's watcher

    def measured(self, reading: Reading) -> None:
        objective = self.definition.objective
        if reading.metric == objective.metric:
            self.costs.append(objective.cost(reading.value))
            self._search.looked_at(self)

    def ended(self) -> None:
        self._search.one_ended()

    def left_s(self) -> float:
        return self._search.left_s()
