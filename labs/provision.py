"""What a call gets on its way to an account: the tag by which it is found again, a place on spot
instances, and for an endpoint a deadline that AWS keeps.

Source of the deadline: "Using universal targets" and "Schedule types" in the user guide of
EventBridge Scheduler; the names in its input are those of SageMaker's DeleteEndpoint.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

from labs.undo import Call, Values

TAG = "quizengine"
SPOT_WAIT_S = 1800  # how long a job may wait for a spot instance, beside its run time: unpaid
_TAGGED = "Create"


def tagged(call: Call, prefix: str) -> Call:
    """With the tag, in place of another of its name. SageMaker alone: the policies of infra/ give
    the learner no right to tag elsewhere, and objects and schedules have no tags here."""
    if call.service != "sagemaker" or not call.operation.startswith(_TAGGED):
        return call
    others = [each for each in call.request.get("Tags") or () if each.get("Key") != TAG]
    tags = [*others, {"Key": TAG, "Value": prefix}]
    return Call(call.service, call.operation, {**call.request, "Tags": tags})


def on_spot(call: Call) -> Call:
    """A training or tuning job that says nothing about it, on spot instances."""
    request = call.request
    match call.service, call.operation:
        case "sagemaker", "CreateTrainingJob":
            return Call(call.service, call.operation, _spot(request))
        case "sagemaker", "CreateHyperParameterTuningJob":
            changed: dict[str, Any] = {}
            if "TrainingJobDefinition" in request:
                changed["TrainingJobDefinition"] = _spot(request["TrainingJobDefinition"])
            if "TrainingJobDefinitions" in request:
                changed["TrainingJobDefinitions"] = [
                    _spot(each) for each in request["TrainingJobDefinitions"]
                ]
            return Call(call.service, call.operation, {**request, **changed})
    return call


def _spot(job: Values) -> dict[str, Any]:
    """Left as it is where the job speaks of it, has no limit, or keeps its instances warm, which
    spot instances cannot."""
    stopping = job.get("StoppingCondition") or {}
    limit = stopping.get("MaxRuntimeInSeconds")
    says = "EnableManagedSpotTraining" in job or "MaxWaitTimeInSeconds" in stopping
    warm = (job.get("ResourceConfig") or {}).get("KeepAlivePeriodInSeconds")
    if says or warm or not isinstance(limit, int):
        return dict(job)
    waits = {**stopping, "MaxWaitTimeInSeconds": limit + SPOT_WAIT_S}
    return {**job, "EnableManagedSpotTraining": True, "StoppingCondition": waits}


def deadline(
    endpoint: str, at_ms: int, *, group: str, role_arn: str, partition: str = "aws"
) -> Call:
    """The call by which AWS itself will delete an endpoint at that time (UTC milliseconds). The
    schedule bears the endpoint's name and is gone after it."""
    when = datetime.fromtimestamp(at_ms // 1000, UTC).strftime("%Y-%m-%dT%H:%M:%S")
    target = {
        "Arn": f"arn:{partition}:scheduler:::aws-sdk:sagemaker:deleteEndpoint",
        "RoleArn": role_arn,
        "Input": json.dumps({"EndpointName": endpoint}),
    }
    request = {
        "Name": endpoint,
        "GroupName": group,
        "Description": "Deletes an endpoint of a lab of quizengine's",
        "ScheduleExpression": f"at({when})",
        "ScheduleExpressionTimezone": "UTC",
        "FlexibleTimeWindow": {"Mode": "OFF"},
        "ActionAfterCompletion": "DELETE",
        "Target": target,
    }
    return Call("scheduler", "CreateSchedule", request)


def lifted(endpoint: str, group: str) -> Call:
    """The call that takes such a deadline away."""
    return Call("scheduler", "DeleteSchedule", {"Name": endpoint, "GroupName": group})
