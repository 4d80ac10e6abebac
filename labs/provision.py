"""What a call gets on its way to an account: the tag by which it is found again, a place on spot
instances, and for an endpoint a deadline that AWS keeps.

Source of the deadline: "Using universal targets" and "Schedule types" in the user guide of
EventBridge Scheduler; the names in its input are those of SageMaker's DeleteEndpoint. Of the time
on spot: "Managed Spot Training" in the developer guide of SageMaker.
"""

from __future__ import annotations

import json
import math
from datetime import UTC, datetime
from typing import Any

from labs.undo import Call, Values

TAG = "quizengine"
SPOT_WAIT_S = 1800  # how long a job may wait for a spot instance, beside its run time: unpaid
SPOT_LONGEST_S = 3600  # MaxWaitTimeInSeconds of a built-in algorithm that keeps no checkpoints
# How long before an endpoint's deadline a change of it must begin: assumed, of one that brings a
# second fleet (those of the labs take ten minutes or so), and of one that brings instances alone.
UPDATE_S, SCALE_S = 1200, 900
RETRIES = {"MaximumRetryAttempts": 185, "MaximumEventAgeInSeconds": 86_400}  # the most there is
_TAGGED = "Create"
_AT = "at(%Y-%m-%dT%H:%M:%S)"


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
    """Left as it is where the job speaks of it, has no limit or one that leaves no time to wait, or
    keeps its instances warm, which spot instances cannot."""
    stopping = job.get("StoppingCondition") or {}
    limit = stopping.get("MaxRuntimeInSeconds")
    says = "EnableManagedSpotTraining" in job or "MaxWaitTimeInSeconds" in stopping
    warm = (job.get("ResourceConfig") or {}).get("KeepAlivePeriodInSeconds")
    if says or warm or not isinstance(limit, int) or limit >= SPOT_LONGEST_S:
        return dict(job)
    waits = {**stopping, "MaxWaitTimeInSeconds": min(limit + SPOT_WAIT_S, SPOT_LONGEST_S)}
    return {**job, "EnableManagedSpotTraining": True, "StoppingCondition": waits}


def deadline(
    endpoint: str, at_ms: int, *, group: str, role_arn: str, partition: str = "aws"
) -> Call:
    """The call by which AWS itself will delete an endpoint at that time (UTC milliseconds). The
    schedule bears the endpoint's name and is gone after it."""
    when = datetime.fromtimestamp(at_ms // 1000, UTC).strftime(_AT)
    target = {
        "Arn": f"arn:{partition}:scheduler:::aws-sdk:sagemaker:deleteEndpoint",
        "RoleArn": role_arn,
        "Input": json.dumps({"EndpointName": endpoint}),
        "RetryPolicy": RETRIES,
    }
    request = {
        "Name": endpoint,
        "GroupName": group,
        "Description": "Deletes an endpoint of a lab of quizengine's",
        "ScheduleExpression": when,
        "ScheduleExpressionTimezone": "UTC",
        "FlexibleTimeWindow": {"Mode": "OFF"},
        "ActionAfterCompletion": "DELETE",
        "Target": target,
    }
    return Call("scheduler", "CreateSchedule", request)


def lifted(endpoint: str, group: str) -> Call:
    """The call that takes such a deadline away."""
    return Call("scheduler", "DeleteSchedule", {"Name": endpoint, "GroupName": group})


def due(expression: str) -> int:
    """When such a schedule deletes its endpoint: UTC milliseconds. Raises ValueError."""
    return int(datetime.strptime(expression, _AT).replace(tzinfo=UTC).timestamp() * 1000)


def update_s(deployment: Values) -> int:
    """How long an update of an endpoint may take, with what its DeploymentConfig waits by itself:
    while it lasts, AWS refuses to delete the endpoint."""
    blue_green = deployment.get("BlueGreenUpdatePolicy") or {}
    rolling = deployment.get("RollingUpdatePolicy") or {}
    routing = blue_green.get("TrafficRoutingConfiguration") or {}
    steps = {"CANARY": 2, "LINEAR": _steps(routing.get("LinearStepSize") or {})}
    waits = int(routing.get("WaitIntervalInSeconds") or 0) * steps.get(routing.get("Type", ""), 1)
    waits += int(blue_green.get("TerminationWaitInSeconds") or 0)
    size = rolling.get("MaximumBatchSize") or {}
    waits += int(rolling.get("WaitIntervalInSeconds") or 0) * _steps(size)
    return UPDATE_S + waits


def _steps(size: Values) -> int:
    """How many steps there are at most: of instances, as if there were 20."""
    whole = 100 if size.get("Type") == "CAPACITY_PERCENT" else 20
    return math.ceil(whole / int(size.get("Value") or 1))
