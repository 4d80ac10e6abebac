"""The tuning jobs of one region: what may be created, and what can be asked of them."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from typing import Any

from labs.cloud import listing
from labs.cloud.job import ms
from labs.cloud.ports import Region
from labs.cloud.refusals import Refused, invalid, not_offered
from labs.cloud.training import TrainingJobs
from labs.cloud.tuning import telling, tunables, warm_start
from labs.cloud.tuning.definition import Definition, definitions
from labs.cloud.tuning.limits import limits
from labs.cloud.tuning.search import Search
from labs.cloud.tuning.strategies import Seen
from labs.cloud.tuning.warm_start import NOTHING, Heritage


class TuningJobs:
    """Every method is called under the world's lock. Operations take AWS's request and give its
    answer, and raise Refused."""

    def __init__(self, region: Region, training: TrainingJobs) -> None:
        self._region, self._training = region, training
        self._searches: dict[str, Search] = {}  # by name in lower case: case does not tell

    def create(self, request: dict[str, Any]) -> dict[str, Any]:
        name = request["HyperParameterTuningJobName"]
        arn = self._region.arn("hyper-parameter-tuning-job", name)
        if name.lower() in self._searches:
            raise Refused(
                "ResourceInUse",
                "Hyperparameter tuning job names must be unique within an AWS account and region, "
                f"and a hyperparameter tuning job with this name already exists ({arn})",
            )
        request = _with_defaults(request)
        config = request["HyperParameterTuningJobConfig"]
        asked = [*definitions(request)]
        self._check(asked)
        limit = limits(config, asked)
        search = Search(
            request,
            arn,
            asked,
            limit,
            self._heritage(request, asked),
            config.get("RandomSeed", _seed(arn, self._region)),
            self._region,
            self._training,
        )
        self._searches[name.lower()] = search
        search.begin()
        return {"HyperParameterTuningJobArn": arn}

    def describe(self, request: Mapping[str, Any]) -> dict[str, Any]:
        search = self._find(request)
        return telling.description(search, self._overall_best(search))

    def listed(self, request: Mapping[str, Any]) -> dict[str, Any]:
        return listing.page(
            [telling.summary(search) for search in self._searches.values()],
            {"SortBy": "Name", **request},
            kind="HyperParameterTuningJob",
            answer="HyperParameterTuningJobSummaries",
            order="Ascending",
        )

    def training_jobs(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """ListTrainingJobsForHyperParameterTuningJob."""
        summaries = [trial.summary() for trial in self._find(request).trials]
        by = request.get("SortBy", "Name")
        metric = "FinalHyperParameterTuningJobObjectiveMetric"
        if by == "FinalObjectiveMetricValue":
            summaries = [
                {**each, "TrainingJobFinalObjectiveMetricValue": each[metric]["Value"]}
                for each in summaries
                if metric in each
            ]
        told = listing.page(
            summaries,
            {"SortBy": by, **request},
            kind="TrainingJob",
            answer="TrainingJobSummaries",
            order="Ascending",
        )
        for each in told["TrainingJobSummaries"]:
            each.pop("TrainingJobFinalObjectiveMetricValue", None)
        return told

    def stop(self, request: Mapping[str, Any]) -> dict[str, Any]:
        search = self._find(request)
        if search.status != "InProgress":
            raise invalid(
                "The request was rejected because the hyperparameter tuning job is in status "
                f"{search.status}."
            )
        search.stop()
        return {}

    def delete(self, request: Mapping[str, Any]) -> dict[str, Any]:
        search = self._find(request)
        if not search.is_over:
            raise invalid(
                f"Only a hyperparameter tuning job that is over can be deleted; {search.name} is "
                f"in status {search.status}."
            )
        del self._searches[search.name.lower()]
        return {}

    def forget(self) -> None:
        """Drop all tuning jobs; what they launched is forgotten by itself."""
        for search in self._searches.values():
            search.forget()
        self._searches = {}

    def restore(self, name: str, outcome: Mapping[str, Any]) -> None:
        """Make happen to a tuning job what was told before."""
        search = self._searches.get(name.lower())
        if search is not None:
            search.restore(outcome)

    def resume(self) -> None:
        """Go on with the tuning jobs that are not over. Their training jobs have begun again."""
        for search in self._searches.values():
            search.resume()

    def _find(self, request: Mapping[str, Any]) -> Search:
        search = self._searches.get(request["HyperParameterTuningJobName"].lower())
        if search is None:
            raise Refused("ResourceNotFound", "Requested resource not found.")
        return search

    def _check(self, asked: list[Definition]) -> None:
        for definition in asked:
            if both := definition.space.names & set(definition.static):
                raise invalid(
                    "A hyperparameter can't be both in StaticHyperParameters and in the ranges: "
                    f"[{', '.join(sorted(both))}]."
                )
            sample = definition.training_job("sample", {})
            self._training.check(sample, "CreateHyperParameterTuningJob")
            tunables.check(definition)
        if len({each.objective.type for each in asked}) > 1:
            raise not_offered(
                "CreateHyperParameterTuningJob with a TuningObjective of both types",
                "Maximize in all TrainingJobDefinitions, or Minimize in all.",
            )

    def _heritage(self, request: Mapping[str, Any], asked: list[Definition]) -> Heritage:
        """What the new job learns from others before it begins."""
        given = request.get("WarmStartConfig")
        if not given:
            return NOTHING
        named = given["ParentHyperParameterTuningJobs"]
        parents = {each.name: each for each in map(self._find, named)}
        for parent in parents.values():
            if not parent.is_over:
                raise invalid(
                    f"The parent tuning job {parent.name} is in status {parent.status}. It must be "
                    "Completed, Stopped or Failed."
                )
        kind = given["WarmStartType"]
        strategy = request["HyperParameterTuningJobConfig"]["Strategy"]
        before = {name: each.definitions[0] for name, each in parents.items()}
        warm_start.check(kind, strategy, asked, before)
        return Heritage(kind, tuple(tuple(_lessons(each)) for each in parents.values()))

    def _overall_best(self, search: Search) -> dict[str, Any] | None:
        """With identical data, the best of the job and its parents that are still there."""
        config = search.request.get("WarmStartConfig")
        if not config or config["WarmStartType"] != warm_start.IDENTICAL:
            return None
        named = config["ParentHyperParameterTuningJobs"]
        names = [each["HyperParameterTuningJobName"].lower() for each in named]
        family = [search, *(self._searches[name] for name in names if name in self._searches)]
        bests = [(each.name, best) for each in family if (best := each.best()) is not None]
        if not bests:
            return None
        name, best = min(bests, key=lambda pair: pair[1].cost or 0.0)
        return {**best.summary(), "TuningJobName": name}


def _lessons(search: Search) -> Iterator[Seen]:
    """What a parent has tried; what was static in it is part of its points."""
    for trial in search.trials:
        yield Seen({**trial.definition.static, **trial.point}, trial.cost)


def _seed(arn: str, region: Region) -> int:
    """Where none was asked for: another one each time, and the same if the call is repeated."""
    text = f"{arn}/{ms(region.world.now())}".encode()
    return int.from_bytes(hashlib.blake2b(text, digest_size=4).digest())


def _with_defaults(request: dict[str, Any]) -> dict[str, Any]:
    """As AWS describes a tuning job that left them out."""
    config = {"TrainingJobEarlyStoppingType": "Off", **request["HyperParameterTuningJobConfig"]}
    given = {key: value for key, value in request.items() if value is not None}
    return {**given, "HyperParameterTuningJobConfig": config}
