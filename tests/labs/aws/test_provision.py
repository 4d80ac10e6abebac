"""What a call gets on its way: the tag, a place on spot instances, a deadline."""

from __future__ import annotations

import json
from typing import Any

import botocore.session
import pytest
from botocore.validate import ParamValidator

from labs.provision import (
    SPOT_WAIT_S,
    UPDATE_S,
    deadline,
    due,
    lifted,
    on_spot,
    tagged,
    update_s,
)
from labs.undo import Call, undo

OURS = {"Key": "quizengine", "Value": "quizengine"}
AT = 1_795_294_885_999  # 2026-11-21T21:01:25.999Z


def job(**more: Any) -> dict[str, Any]:
    return {"TrainingJobName": "a", "StoppingCondition": {"MaxRuntimeInSeconds": 600}, **more}


def training(**more: Any) -> Call:
    return Call("sagemaker", "CreateTrainingJob", job(**more))


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ({}, [OURS]),
        ({"Tags": []}, [OURS]),
        ({"Tags": [{"Key": "mine", "Value": "1"}]}, [{"Key": "mine", "Value": "1"}, OURS]),
        ({"Tags": [{"Key": "quizengine", "Value": "another"}]}, [OURS]),
    ],
)
def test_whatever_sagemaker_makes_gets_the_tag_once(
    before: dict[str, Any], after: list[dict[str, str]]
) -> None:
    call = Call("sagemaker", "CreateModel", {"ModelName": "a", **before})
    assert tagged(call, "quizengine").request == {"ModelName": "a", "Tags": after}


def test_what_makes_nothing_or_has_no_tags_is_left_as_it_is() -> None:
    for call in (
        Call("sagemaker", "UpdateEndpoint", {"EndpointName": "a"}),
        Call("s3", "PutObject", {"Bucket": "b", "Key": "k"}),
    ):
        assert tagged(call, "quizengine") is call


def test_a_job_that_says_nothing_goes_on_spot_with_time_to_wait_for_one() -> None:
    found = on_spot(training()).request
    assert found["EnableManagedSpotTraining"] is True
    assert found["StoppingCondition"] == {
        "MaxRuntimeInSeconds": 600,
        "MaxWaitTimeInSeconds": 600 + SPOT_WAIT_S,
    }


def test_a_long_job_waits_for_spot_no_longer_than_built_in_algorithms_may() -> None:
    def stopping(runtime: int) -> Any:
        limit = {"MaxRuntimeInSeconds": runtime}
        return on_spot(training(StoppingCondition=limit)).request["StoppingCondition"]

    assert stopping(3000) == {"MaxRuntimeInSeconds": 3000, "MaxWaitTimeInSeconds": 3600}
    assert stopping(3600) == {"MaxRuntimeInSeconds": 3600}, "then it is not on spot"
    assert stopping(7200) == {"MaxRuntimeInSeconds": 7200}


@pytest.mark.parametrize(
    "more",
    [
        {"EnableManagedSpotTraining": False},
        {"EnableManagedSpotTraining": True, "StoppingCondition": {"MaxRuntimeInSeconds": 60}},
        {"StoppingCondition": {"MaxRuntimeInSeconds": 60, "MaxWaitTimeInSeconds": 60}},
        {"StoppingCondition": {}},
        {"ResourceConfig": {"KeepAlivePeriodInSeconds": 60}},
    ],
)
def test_a_job_that_speaks_of_it_is_left_as_it_is(more: dict[str, Any]) -> None:
    assert on_spot(training(**more)).request == training(**more).request


def test_a_tuning_job_puts_all_its_jobs_on_spot() -> None:
    for definitions in (
        {"TrainingJobDefinition": job()},
        {"TrainingJobDefinitions": [job(), job()]},
    ):
        call = Call("sagemaker", "CreateHyperParameterTuningJob", definitions)
        (found,) = on_spot(call).request.values()
        for each in found if isinstance(found, list) else [found]:
            assert each["EnableManagedSpotTraining"] is True


def test_nothing_else_goes_on_spot() -> None:
    call = Call("sagemaker", "CreateTransformJob", job())
    assert on_spot(call) is call


def test_a_deadline_is_a_schedule_that_deletes_one_endpoint_once_and_is_gone() -> None:
    call = deadline(
        "quizengine-de",
        AT,
        group="quizengine-deadlines",
        role_arn="arn:aws:iam::123456789012:role/quizengine-deadline",
    )
    request = call.request
    assert request["ScheduleExpression"] == "at(2026-11-21T21:01:25)"
    assert request["ScheduleExpressionTimezone"] == "UTC"
    assert request["ActionAfterCompletion"] == "DELETE"
    assert request["FlexibleTimeWindow"] == {"Mode": "OFF"}
    assert due(request["ScheduleExpression"]) == AT // 1000 * 1000
    target = request["Target"]
    retries = {"MaximumRetryAttempts": 185, "MaximumEventAgeInSeconds": 86_400}
    assert target["RetryPolicy"] == retries
    assert target["Arn"] == "arn:aws:scheduler:::aws-sdk:sagemaker:deleteEndpoint"
    shape = botocore.session.get_session().get_service_model("sagemaker")
    asked = shape.operation_model("DeleteEndpoint").input_shape
    assert asked is not None
    assert set(json.loads(target["Input"])) == set(asked.required_members), "as the API spells it"
    assert json.loads(target["Input"]) == {"EndpointName": "quizengine-de"}


def test_botocore_takes_the_calls_that_set_and_lift_it() -> None:
    model = botocore.session.get_session().get_service_model("scheduler")
    arn = "arn:aws-cn:iam::123456789012:role/quizengine-deadline"
    made = deadline("e" * 63, AT, group="g", role_arn=arn, partition="aws-cn")
    for call in (made, lifted("e" * 63, "g")):
        shape = model.operation_model(call.operation).input_shape
        assert shape is not None
        assert not ParamValidator().validate(call.request, shape).has_errors()
    assert made.request["Target"]["Arn"].startswith("arn:aws-cn:scheduler:::")


def test_lifting_it_is_what_takes_it_back() -> None:
    made = deadline("quizengine-de", AT, group="g", role_arn="r")
    assert undo(made) == lifted("quizengine-de", "g")


def routing(**more: Any) -> dict[str, Any]:
    return {"TrafficRoutingConfiguration": {"WaitIntervalInSeconds": 60, **more}}


TENTH = {"Type": "CAPACITY_PERCENT", "Value": 10}


@pytest.mark.parametrize(
    ("deployment", "waits"),
    [
        ({}, 0),
        ({"BlueGreenUpdatePolicy": routing(Type="ALL_AT_ONCE")}, 60),
        ({"BlueGreenUpdatePolicy": routing(Type="CANARY", CanarySize=TENTH)}, 120),
        ({"BlueGreenUpdatePolicy": routing(Type="LINEAR", LinearStepSize=TENTH)}, 600),
        (
            {
                "BlueGreenUpdatePolicy": {
                    **routing(Type="ALL_AT_ONCE"),
                    "TerminationWaitInSeconds": 30,
                }
            },
            90,
        ),
        ({"RollingUpdatePolicy": {"MaximumBatchSize": TENTH, "WaitIntervalInSeconds": 5}}, 50),
    ],
)
def test_an_update_takes_longer_by_what_it_waits_itself(
    deployment: dict[str, Any], waits: int
) -> None:
    assert update_s(deployment) == UPDATE_S + waits
