"""The function that takes down what was left: its code is read out of the template and run."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from botocore.exceptions import ClientError

from labs.need import Need
from labs.policy import allowing
from tests.infra.templates import policies, resolved

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
ARN = "arn:aws:sagemaker:us-east-1:123456789012:"


class SageMaker:
    """Things by the words of their ARNs: status and age in hours; what was ended is in `ended`."""

    class exceptions:  # noqa: N801 - as boto3 calls it
        ClientError = ClientError

    def __init__(self, **things: tuple[str, float]) -> None:
        self.things = things
        self.ended: list[str] = []
        self.refuses = ""
        self.gone = 'Could not find it: "{}".'

    def __getattr__(self, name: str) -> Callable[..., dict[str, Any]]:
        verb, _, noun = name.partition("_")

        def called(**request: str) -> dict[str, Any]:
            ((key, value),) = request.items()
            word = key.removesuffix("Name")
            assert word.lower() == noun.replace("_", "")
            if verb == "describe":
                if value not in self.things:
                    raise self.refusal(self.gone.format(value))
                status, age = self.things[value]
                return {f"{word}Status": status, "CreationTime": NOW - timedelta(hours=age)}
            if value == self.refuses:
                raise self.refusal("not now")
            self.ended.append(f"{verb} {noun} {value}")
            return {}

        return called

    @staticmethod
    def refusal(message: str) -> ClientError:
        return ClientError({"Error": {"Code": "ValidationException", "Message": message}}, "Any")


class Pages:
    """A client of which only one list is read."""

    def __init__(self, key: str, *entries: dict[str, Any]) -> None:
        self.key, self.entries = key, entries
        self.asked: dict[str, Any] = {}
        self.kept: list[tuple[str, int]] = []

    def get_paginator(self, name: str) -> Pages:
        return self

    def paginate(self, **asked: Any) -> Iterator[dict[str, Any]]:
        self.asked = asked
        for each in self.entries:  # a page for each
            yield {self.key: [each]}

    def put_retention_policy(self, *, logGroupName: str, retentionInDays: int) -> None:  # noqa: N803
        self.kept.append((logGroupName, retentionInDays))


@pytest.fixture(scope="module")
def sweeper(tmp_path_factory: pytest.TempPathFactory) -> ModuleType:
    function = resolved("guardrails")["Sweeper"]["Properties"]
    path: Path = tmp_path_factory.mktemp("sweeper") / "index.py"
    path.write_text(function["Code"]["ZipFile"], encoding="utf-8")
    spec = importlib.util.spec_from_file_location("index", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def swept(
    sweeper: ModuleType, sagemaker: SageMaker, *arns: str, groups: tuple[dict[str, Any], ...] = ()
) -> tuple[list[str], list[str], Pages, Pages]:
    tags = Pages("ResourceTagMappingList", *({"ResourceARN": ARN + arn} for arn in arns))
    logs = Pages("logGroups", *groups)
    clients = {"sagemaker": sagemaker, "resourcegroupstaggingapi": tags, "logs": logs}
    since = NOW - timedelta(hours=4)
    ended, failed = sweeper.sweep(clients.__getitem__, "quizengine", since, 14)
    return [each.removeprefix(ARN) for each in ended], failed, tags, logs


def test_what_is_older_than_its_time_is_ended_and_what_is_younger_stays(
    sweeper: ModuleType,
) -> None:
    things = {"old": ("InService", 5.0), "young": ("InService", 3.9)}
    sagemaker = SageMaker(**things)
    ended, failed, tags, _ = swept(sweeper, sagemaker, "endpoint/old", "endpoint/young")
    assert (ended, failed) == (["endpoint/old"], [])
    assert sagemaker.ended == ["delete endpoint old"]
    assert tags.asked["TagFilters"] == [{"Key": "quizengine", "Values": ["quizengine"]}]


def test_jobs_that_run_are_stopped_and_those_that_have_ended_are_left(
    sweeper: ModuleType,
) -> None:
    sagemaker = SageMaker(a=("InProgress", 9.0), b=("Completed", 9.0), c=("InProgress", 9.0))
    kinds = ("training-job/a", "training-job/b", "hyper-parameter-tuning-job/c")
    swept(sweeper, sagemaker, *kinds)
    assert sagemaker.ended == ["stop training_job a", "stop hyper_parameter_tuning_job c"]


def test_one_that_cannot_be_ended_is_told_and_the_rest_is_ended(sweeper: ModuleType) -> None:
    sagemaker = SageMaker(a=("InService", 9.0), b=("InService", 9.0))
    sagemaker.refuses = "a"
    ended, failed, _, _ = swept(sweeper, sagemaker, "endpoint/a", "endpoint/b")
    assert ended == ["endpoint/b"]
    assert len(failed) == 1
    assert "not now" in failed[0]


@pytest.mark.parametrize(
    "words",
    [
        'Could not find endpoint "{}".',
        "Requested resource not found.",
        "Amazon SageMaker can't find a tuning job with the name {}.",
        "The transform job {} does not exist.",
    ],
)
def test_a_tag_that_outlives_its_resource_is_no_failure(sweeper: ModuleType, words: str) -> None:
    sagemaker = SageMaker()
    sagemaker.gone = words
    assert swept(sweeper, sagemaker, "training-job/gone")[:2] == ([], [])


def test_logs_that_sagemaker_keeps_for_ever_are_kept_for_a_while(sweeper: ModuleType) -> None:
    groups = (
        {"logGroupName": "/aws/sagemaker/Endpoints/quizengine-a"},
        {"logGroupName": "/aws/sagemaker/Endpoints/quizengine-b", "retentionInDays": 3},
    )
    _, _, _, logs = swept(sweeper, SageMaker(), groups=groups)
    assert logs.kept == [("/aws/sagemaker/Endpoints/quizengine-a", 14)]
    assert logs.asked == {"logGroupNamePrefix": "/aws/sagemaker/Endpoints/quizengine-"}


def may(action: str, resource: str, **context: str) -> bool:
    (document,) = [each for name, each in policies("guardrails") if name == "SweeperRole"]
    need = Need(action, resource, {key: (value,) for key, value in context.items()})
    return allowing(document, need) is not None


def test_what_is_gone_has_no_tag_and_the_sweeper_may_hear_of_it_and_end_nothing() -> None:
    mine, other = f"{ARN}training-job/quizengine-tx-a", f"{ARN}training-job/production"
    tagged = {"aws:resourcetag/quizengine": "quizengine"}
    assert may("sagemaker:DescribeTrainingJob", mine)
    assert not may("sagemaker:DescribeTrainingJob", other)
    assert not may("sagemaker:StopTrainingJob", mine)
    assert may("sagemaker:StopTrainingJob", other, **tagged)
    assert may("sagemaker:DescribeTrainingJob", other, **tagged)


def test_the_sweeper_may_do_each_thing_it_does(sweeper: ModuleType) -> None:
    role = resolved("guardrails")["SweeperRole"]["Properties"]["Policies"][0]["PolicyDocument"]
    allowed = {
        action
        for each in role["Statement"]
        for action in (each["Action"] if isinstance(each["Action"], list) else [each["Action"]])
    }
    nouns = {"endpoint": "Endpoint", "training-job": "TrainingJob"}
    nouns |= {"transform-job": "TransformJob"}
    nouns |= {"hyper-parameter-tuning-job": "HyperParameterTuningJob"}
    assert sweeper.KINDS.keys() == nouns.keys()
    verbs = {kind: "Delete" if kind == "endpoint" else "Stop" for kind in nouns}
    needed = {f"sagemaker:Describe{noun}" for noun in nouns.values()}
    needed |= {f"sagemaker:{verbs[kind]}{noun}" for kind, noun in nouns.items()}
    assert {each for each in allowed if each.startswith("sagemaker:")} == needed
