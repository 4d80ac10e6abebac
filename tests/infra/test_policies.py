"""The calls of the labs, recorded, beside the policies of infra/: nothing missing, nothing more.

record.py records them; here they are only read.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import pytest

from labs.need import Need, UnknownCall, Where, of_call
from labs.policy import allowing, concerns, listed, matches
from tests.docs.pages import TEXTS, table
from tests.infra.record import needs_of, recorded, scripts
from tests.infra.templates import HELD, held, resolved

LABS = recorded()
PAGE = TEXTS["docs/infra.md"]
DOCUMENTS: Mapping[str, dict[str, Any]] = {who: held(who) for who in HELD}
BOUNDARY = resolved("lab-account")["Boundary"]["Properties"]["PolicyDocument"]
HERE = Where("123456789012", "us-east-1")
IMAGE = "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-xgboost:3.2-0"
ROLE = "arn:aws:iam::123456789012:role/quizengine-execution"

each_side = pytest.mark.parametrize("who", list(HELD))


def needs(who: str) -> Iterator[tuple[str, Need]]:
    for slug, lab in LABS.items():
        for needed in needs_of(lab, who):
            yield slug, needed


def missing(document: Mapping[str, Any], who: str) -> list[str]:
    """What the policy does not allow, each in a line that says where it is needed."""
    return [
        f"{slug} needs {each.action} on {each.resource}"
        for slug, each in needs(who)
        if allowing(document, each) is None
    ]


# The policies and the labs


@each_side
def test_nothing_that_a_lab_calls_is_missing(who: str) -> None:
    assert len({slug for slug, _ in needs(who)}) == len(LABS) >= 4
    assert missing(DOCUMENTS[who], who) == []


@each_side
def test_the_boundary_lets_through_what_the_labs_need(who: str) -> None:
    here = {"aws:requestedregion": ("us-east-1",)}
    for slug, each in needs(who):
        inside = replace(each, context={**each.context, **here})
        assert allowing(BOUNDARY, inside) is not None, f"{slug}: {each}"


@each_side
def test_no_action_is_allowed_that_no_lab_calls(who: str) -> None:
    """But for those that the page gives a reason for."""
    called = {each.action for _, each in needs(who)}
    allowed = {action for each in DOCUMENTS[who]["Statement"] for action in listed(each["Action"])}
    rows = table(PAGE, "policy", "not called by a lab", "allowed because")
    kept = {row[1].strip("`") for row in rows if row[0].strip("`") in HELD[who]}
    assert allowed - called == kept


@each_side
def test_no_resource_is_allowed_that_no_lab_uses(who: str) -> None:
    for statement in DOCUMENTS[who]["Statement"]:
        mine = [each for _, each in needs(who) if concerns(statement, each)]
        for pattern in listed(statement["Resource"]):
            assert any(matches(pattern, each.resource) for each in mine), statement["Sid"]


STATEMENTS = [
    (who, each["Sid"]) for who, document in DOCUMENTS.items() for each in document["Statement"]
]


@pytest.mark.parametrize(("who", "sid"), STATEMENTS)
def test_without_any_one_statement_a_lab_fails_and_it_is_told_what_it_lacks(
    who: str, sid: str
) -> None:
    document = DOCUMENTS[who]
    (gone,) = [each for each in document["Statement"] if each["Sid"] == sid]
    rest = {**document, "Statement": [e for e in document["Statement"] if e["Sid"] != sid]}
    lines = missing(rest, who)
    assert lines
    for line in lines:
        slug, action = line.split(" needs ")[0], line.split(" needs ")[1].split(" on ")[0]
        assert slug in LABS
        assert action in listed(gone["Action"])


@pytest.mark.parametrize("slug", list(LABS))
def test_the_calls_were_recorded_of_the_scripts_as_they_are(slug: str) -> None:
    before, now = LABS[slug]["scripts"], scripts(slug)
    changed = sorted(path for path in before.keys() | now if before.get(path) != now.get(path))
    again = f".venv/bin/python -m tests.infra.record {slug}"
    assert not changed, f"{', '.join(changed)} changed since: {again}"


def test_the_page_names_the_labs_whose_calls_were_recorded() -> None:
    said = " ".join(PAGE.partition("Recorded are ")[2].partition(".")[0].split())
    assert sorted(said.replace("`", "").replace(" and ", ", ").split(", ")) == sorted(LABS)


# What the learner's policy refuses


def training_job(**more: Any) -> dict[str, Any]:
    return {
        "TrainingJobName": "quizengine-mine",
        "RoleArn": ROLE,
        "ResourceConfig": {"InstanceType": "ml.m5.large", "InstanceCount": 1},
        "StoppingCondition": {"MaxRuntimeInSeconds": 3600},
        "Tags": [{"Key": "quizengine", "Value": "quizengine"}],
    } | more


def refused(service: str, operation: str, request: Mapping[str, Any]) -> list[str]:
    found = of_call(service, operation, request, HERE)
    return [each.action for each in found if allowing(DOCUMENTS["caller"], each) is None]


def test_a_job_as_the_labs_make_it_is_allowed() -> None:
    assert refused("sagemaker", "CreateTrainingJob", training_job()) == []


@pytest.mark.parametrize(
    ("change", "action"),
    [
        ({"ResourceConfig": {"InstanceType": "ml.p4d.24xlarge"}}, "sagemaker:CreateTrainingJob"),
        ({"ResourceConfig": {}}, "sagemaker:CreateTrainingJob"),
        ({"StoppingCondition": {"MaxRuntimeInSeconds": 3601}}, "sagemaker:CreateTrainingJob"),
        ({"StoppingCondition": {"MaxRuntimeInSeconds": 86400}}, "sagemaker:CreateTrainingJob"),
        ({"Tags": []}, "sagemaker:CreateTrainingJob"),
        ({"Tags": [{"Key": "quizengine", "Value": "x"}]}, "sagemaker:CreateTrainingJob"),
        ({"TrainingJobName": "quizengines-mine"}, "sagemaker:CreateTrainingJob"),
        ({"TrainingJobName": "mine"}, "sagemaker:CreateTrainingJob"),
        ({"RoleArn": ROLE.replace("quizengine-execution", "Admin")}, "iam:PassRole"),
    ],
    ids=["type", "no type", "a second", "a day", "no tag", "other tag", "near", "name", "role"],
)
def test_a_job_that_is_not_as_the_labs_make_them_is_refused(
    change: dict[str, Any], action: str
) -> None:
    assert action in refused("sagemaker", "CreateTrainingJob", training_job(**change))


def test_among_several_types_of_instances_one_that_is_not_allowed_is_enough() -> None:
    variants = [{"InstanceType": "ml.m5.large"}, {"InstanceType": "ml.g5.xlarge"}]
    request: dict[str, Any] = {"EndpointConfigName": "quizengine-x", "ProductionVariants": variants}
    request["Tags"] = [{"Key": "quizengine", "Value": "quizengine"}]
    assert refused("sagemaker", "CreateEndpointConfig", request) == [
        "sagemaker:CreateEndpointConfig"
    ]


@pytest.mark.parametrize(("most", "answers"), [(5, []), (6, ["sagemaker:CreateEndpointConfig"])])
def test_a_serverless_endpoint_is_allowed_for_a_few_requests_at_once(
    most: int, answers: list[str]
) -> None:
    serverless = {"ServerlessConfig": {"MemorySizeInMB": 2048, "MaxConcurrency": most}}
    request: dict[str, Any] = {"EndpointConfigName": "quizengine-x"}
    request["ProductionVariants"] = [serverless]
    request["Tags"] = [{"Key": "quizengine", "Value": "quizengine"}]
    assert refused("sagemaker", "CreateEndpointConfig", request) == answers


@pytest.mark.parametrize(
    ("service", "operation", "request_"),
    [
        ("s3", "GetObject", {"Bucket": "somebody-elses", "Key": "a"}),
        ("s3", "DeleteObject", {"Bucket": "quizengine-labs-123456789012-x", "Key": "a"}),
        ("sagemaker", "DeleteEndpoint", {"EndpointName": "production"}),
        ("logs", "DeleteLogGroup", {"logGroupName": "/aws/sagemaker/TrainingJobs"}),
        ("logs", "DeleteLogGroup", {"logGroupName": "/aws/lambda/quizengine-sweeper"}),
        ("iam", "GetRole", {"RoleName": "Admin"}),
    ],
)
def test_what_is_not_the_labs_is_out_of_reach(
    service: str, operation: str, request_: dict[str, str]
) -> None:
    assert len(refused(service, operation, request_)) == 1


def test_the_role_cannot_start_anything_or_delete_anything() -> None:
    actions = [a for each in DOCUMENTS["role"]["Statement"] for a in listed(each["Action"])]
    assert not [a for a in actions if "Delete" in a or a.startswith(("sagemaker:", "iam:"))]


# The matcher


def test_an_operation_that_nobody_has_thought_of_is_no_permission_but_an_error() -> None:
    with pytest.raises(UnknownCall, match="CreateDomain"):
        of_call("sagemaker", "CreateDomain", {}, HERE)
    with pytest.raises(UnknownCall):
        of_call("ec2", "RunInstances", {}, HERE)


def test_a_deny_wins() -> None:
    allow = {"Effect": "Allow", "Action": "s3:*", "Resource": "*"}
    deny = {"Effect": "Deny", "Action": "s3:Delete*", "Resource": "*"}
    document = {"Statement": [allow, deny]}
    assert allowing(document, Need("s3:GetObject", "arn:aws:s3:::b/k")) == allow
    assert allowing(document, Need("s3:DeleteObject", "arn:aws:s3:::b/k")) is None


def test_a_condition_that_is_not_known_is_an_error_and_not_passed_over() -> None:
    statement: dict[str, Any] = {"Effect": "Allow", "Action": "*", "Resource": "*"}
    statement |= {"Condition": {"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}}}
    with pytest.raises(ValueError, match="IpAddress"):
        allowing({"Statement": [statement]}, Need("s3:GetObject", "arn:aws:s3:::b/k"))


def test_an_image_is_pulled_from_its_own_repository() -> None:
    from labs.need import to_pull

    token, *layers = to_pull(IMAGE, HERE)
    assert token.resource == "*"
    assert {each.resource for each in layers} == {
        "arn:aws:ecr:us-east-1:683313688378:repository/sagemaker-xgboost"
    }
