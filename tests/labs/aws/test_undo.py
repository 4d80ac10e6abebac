"""What a call does, and the call that takes it back: every one is a request that botocore takes."""

from __future__ import annotations

import io
import json
from datetime import UTC, datetime
from decimal import Decimal
from functools import cache
from typing import Any

import botocore.session
import pytest
from botocore.model import OperationModel, ServiceModel
from botocore.validate import ParamValidator
from hypothesis import given
from hypothesis import strategies as st

from labs import undo as undoing
from labs.need import UnknownCall
from labs.undo import Call, afterwards, awaits, kind, plain, undo
from tests.infra.record import recorded

MADE = [(service, name) for service, each in undoing._MAKES.items() for name in each]
CHANGED = [(service, name) for service, each in undoing._CHANGES.items() for name in sorted(each)]
ENDED = [(service, name) for service, each in undoing._ENDS.items() for name in sorted(each)]
# What IAM asks for beside the call.
NO_CALL = {"iam:CreateServiceLinkedRole", "iam:PassRole"}

each_make = pytest.mark.parametrize(("service", "operation"), MADE)


SESSION = botocore.session.Session()


@cache
def service_model(service: str) -> ServiceModel:
    return SESSION.get_service_model(service)


@cache
def model(service: str, operation: str) -> OperationModel:
    return service_model(service).operation_model(operation)


def sample(shape: Any, name: str = "", depth: int = 3) -> Any:
    """Something of this shape: every string has its field's name in it."""
    match shape.type_name:
        case "structure":
            return {
                field: sample(each, field, depth - 1)
                for field, each in shape.members.items()
                if depth or field in shape.required_members
            }
        case "list":
            return [sample(shape.member, name, depth)]
        case "map":
            return {"a": sample(shape.value, name, depth)}
        case "integer" | "long":
            return 1
        case "float" | "double":
            return 1.0
        case "boolean":
            return True
        case "timestamp":
            return datetime(2026, 11, 21, tzinfo=UTC)
        case "blob":
            return b"x"
        case _:
            return f"my-{name}-is-long-enough"


def problems(call: Call) -> str:
    shape = model(call.service, call.operation).input_shape
    assert shape is not None
    return str(ParamValidator().validate(dict(call.request), shape).generate_report())


def given_to(service: str, operation: str) -> dict[str, Any]:
    made: dict[str, Any] = sample(model(service, operation).input_shape)
    return made


def answered(service: str, operation: str) -> dict[str, Any]:
    shape = model(service, operation).output_shape
    return {} if shape is None else sample(shape)


@each_make
def test_what_is_made_has_an_undo_that_botocore_takes(service: str, operation: str) -> None:
    call = Call(service, operation, given_to(service, operation))
    back = undo(call, answered(service, operation))
    assert back is not None
    assert problems(back) == ""
    assert kind(back.service, back.operation) == "ends"


@each_make
def test_the_undo_names_what_the_call_or_its_answer_names(service: str, operation: str) -> None:
    request, answer = given_to(service, operation), answered(service, operation)
    back = undo(Call(service, operation, request), answer)
    assert back is not None
    told = json.dumps([plain(request), plain(answer)])
    for name, value in back.request.items():
        if name != "PendingWindowInDays":
            for each in value if isinstance(value, list) else [value]:
                assert json.dumps(plain(each)) in told


@pytest.mark.parametrize(("service", "operation"), CHANGED + ENDED)
def test_what_changes_or_ends_something_is_an_operation_and_needs_no_undo(
    service: str, operation: str
) -> None:
    assert model(service, operation).name == operation
    assert kind(service, operation) in ("changes", "ends")
    assert undo(Call(service, operation, {})) is None


def test_no_operation_is_of_two_kinds() -> None:
    every = MADE + CHANGED + ENDED
    assert len(every) == len(set(every))


AWAITED = {
    ("ec2", "AssociateRouteTable"),
    ("ec2", "CreateRouteTable"),
    ("ec2", "CreateSecurityGroup"),
    ("ec2", "CreateSubnet"),
    ("ec2", "CreateVpc"),
    ("ec2", "CreateVpcEndpoint"),
    ("iam", "CreatePolicy"),
    ("kms", "CreateKey"),
    ("s3", "CreateMultipartUpload"),
    ("sns", "CreateTopic"),
}


@each_make
def test_before_it_is_answered_it_is_known_how_to_take_it_back_but_where_aws_chooses_the_name(
    service: str, operation: str
) -> None:
    call = Call(service, operation, given_to(service, operation))
    assert awaits(call) == ((service, operation) in AWAITED)
    assert (undo(call) is None) == awaits(call)


def test_an_endpoint_is_deleted_and_a_job_is_stopped_and_then_deleted() -> None:
    back = undo(Call("sagemaker", "CreateEndpoint", {"EndpointName": "e", "Tags": []}))
    assert back == Call("sagemaker", "DeleteEndpoint", {"EndpointName": "e"})
    assert afterwards(back) is None
    stopped = undo(Call("sagemaker", "CreateTrainingJob", {"TrainingJobName": "j"}))
    assert stopped == Call("sagemaker", "StopTrainingJob", {"TrainingJobName": "j"})
    assert afterwards(stopped) == Call("sagemaker", "DeleteTrainingJob", {"TrainingJobName": "j"})


def test_what_follows_an_undo_is_an_ending_that_botocore_takes() -> None:
    for service, each in undoing._AFTERWARDS.items():
        for first, then in each.items():
            follows = afterwards(Call(service, first, given_to(service, first)))
            assert follows is not None
            assert (follows.operation, kind(service, then)) == (then, "ends")
            assert problems(follows) == ""


def test_a_key_goes_as_soon_as_kms_lets_it() -> None:
    call = Call("kms", "CreateKey", {"Description": "mine"})
    answer = {"KeyMetadata": {"KeyId": "1234"}}
    back = undo(call, answer)
    assert back == Call("kms", "ScheduleKeyDeletion", {"KeyId": "1234", "PendingWindowInDays": 7})


def test_a_schedule_without_a_group_is_deleted_without_one() -> None:
    back = undo(Call("scheduler", "CreateSchedule", {"Name": "s"}))
    assert back == Call("scheduler", "DeleteSchedule", {"Name": "s"})


@pytest.mark.parametrize(
    ("service", "operation"),
    [
        ("sagemaker", "CreateNotebookInstance"),
        ("sagemaker", "CreateDomain"),
        ("sagemaker", "StartPipelineExecution"),
        ("sagemaker", "UpdateTrainingJob"),
        ("ec2", "RunInstances"),
        ("lambda", "Invoke"),
        ("bedrock-runtime", "InvokeModel"),
        ("sts", "AssumeRole"),
        ("iam", "CreateAccessKey"),
        ("kms", "CancelKeyDeletion"),
        ("sagemaker", "PutRecord"),
        ("nothing-of-the-kind", "CreateIt"),
    ],
)
def test_what_is_not_known_is_refused(service: str, operation: str) -> None:
    with pytest.raises(UnknownCall, match=operation):
        kind(service, operation)
    with pytest.raises(UnknownCall):
        undo(Call(service, operation, {}))


@pytest.mark.parametrize(
    ("service", "operation"),
    [
        ("sagemaker", "DescribeTrainingJob"),
        ("sagemaker", "ListEndpoints"),
        ("sagemaker", "BatchDescribeModelPackage"),
        ("sagemaker", "Search"),
        ("s3", "GetObject"),
        ("s3", "HeadBucket"),
        ("s3", "ListObjectsV2"),
        ("logs", "FilterLogEvents"),
        ("sts", "GetCallerIdentity"),
        ("iam", "SimulatePrincipalPolicy"),
        ("cloudformation", "ValidateTemplate"),
        ("sagemaker-runtime", "InvokeEndpoint"),
        ("sagemaker-runtime", "InvokeEndpointAsync"),
    ],
)
def test_to_look_makes_nothing(service: str, operation: str) -> None:
    assert kind(service, operation) == "reads"
    assert undo(Call(service, operation, {})) is None


def test_every_operation_that_a_lab_calls_is_known() -> None:
    actions = {each["action"] for lab in recorded().values() for each in lab["caller"]}
    assert len(actions) > 20
    for action in sorted(actions - NO_CALL):
        service, operation = action.split(":")
        service = "sagemaker-runtime" if operation.startswith("Invoke") else service
        assert kind(service, operation) in ("reads", "makes", "changes", "ends")


# As JSON has it


def test_a_body_is_kept_as_its_size_and_the_rest_as_it_is() -> None:
    when = datetime(2026, 11, 21, 20, 0, tzinfo=UTC)
    request = {"Key": "k", "Body": b"four", "At": when, "Of": (Decimal("1.5"),)}
    assert plain(request) == {
        "Key": "k",
        "Body": {"bytes": 4},
        "At": "2026-11-21T20:00:00+00:00",
        "Of": ["1.5"],
    }
    assert plain({"Body": "ä"}) == {"Body": {"bytes": 2}}


def test_a_stream_is_measured_from_where_it_stands_and_stays_there() -> None:
    stream = io.BytesIO(b"0123456789")
    stream.seek(3)
    assert plain({"Body": stream}) == {"Body": {"bytes": 7}}
    assert stream.tell() == 3


def test_what_cannot_be_measured_has_no_size() -> None:
    assert plain({"Body": iter([b"a"])}) == {"Body": {"bytes": None}}
    assert plain({"Body": object()}) == {"Body": {"bytes": None}}


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text()
    | st.binary() | st.datetimes() | st.decimals(allow_nan=False),
    lambda inner: st.lists(inner) | st.dictionaries(st.text() | st.just("Body"), inner),
    max_leaves=20,
)  # fmt: skip


@given(st.dictionaries(st.text(), values))
def test_any_request_can_be_written_and_to_make_it_plain_twice_changes_nothing(
    request: dict[str, Any],
) -> None:
    once = plain(request)
    assert json.loads(json.dumps(once)) == once
    assert plain(once) == once
