"""The stacks in an account: proposed, made, changed in place, side by side, and gone."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from labs.errors import LabsError
from labs.infra import stacks, who
from labs.infra.leaving import Place, destroy, there
from labs.infra.stacks import Proposal
from labs.infra.who import Caller
from tests.docs.pages import TEXTS
from tests.infra.conftest import EMAIL
from tests.infra.templates import NAMES, resolved

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("infra-stacks")]

Places = Callable[..., Place]
BY_HAND = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Action": "s3:ListAllMyBuckets", "Resource": "*"}],
}


def deploy(place: Place, **given: str) -> list[Proposal]:
    proposals = list(stacks.proposed(place.client, place.prefix, {"Email": EMAIL, **given}))
    for proposal in proposals:
        if proposal.changes:
            stacks.execute(place.client, proposal)
    return proposals


def everything(place: Place) -> set[str]:
    """The names of all that moto can hold of ours."""
    iam = place.client("iam")
    logs = place.client("logs").describe_log_groups()["logGroups"]
    return {
        *(f"role {each['RoleName']}" for each in iam.list_roles()["Roles"]),
        *(f"policy {each['PolicyName']}" for each in iam.list_policies(Scope="Local")["Policies"]),
        *(f"bucket {each['Name']}" for each in place.client("s3").list_buckets()["Buckets"]),
        *(f"log {each['logGroupName']}" for each in logs),
        *(
            f"function {each['FunctionName']}"
            for each in place.client("lambda").list_functions()["Functions"]
        ),
        *(f"stack {each}" for each in there(place)),
    }


def unwrapped(policy: Any) -> Any:
    """A policy in which a list of one is that one: to IAM they are the same."""
    if isinstance(policy, list):
        found = [unwrapped(each) for each in policy]
        return found[0] if len(found) == 1 else found
    if isinstance(policy, dict):
        return {key: unwrapped(value) for key, value in policy.items()}
    return policy


# Proposing


def test_a_proposal_names_every_resource_and_changes_nothing(place: Places) -> None:
    here = place()
    found = list(stacks.proposed(here.client, "quizengine", {"Email": EMAIL}))
    assert [each.stack for each in found] == ["quizengine-lab-account", "quizengine-guardrails"]
    for name, proposal in zip(NAMES, found, strict=True):
        assert {each.name for each in proposal.changes} == set(resolved(name))
        assert {each.action for each in proposal.changes} == {"Add"}
        stacks.withdraw(here.client, proposal)
    assert everything(here) == set()


def test_a_warning_that_reaches_nobody_is_refused(place: Places) -> None:
    with pytest.raises(LabsError, match="needs a value for Email") as refused:
        list(stacks.proposed(place().client, "quizengine", {}))
    assert "--email" in refused.value.hint


def test_a_parameter_that_no_template_has_is_refused_before_anything_is_asked() -> None:
    def nobody(service: str) -> Any:
        raise AssertionError(service)

    with pytest.raises(LabsError, match="No template has a parameter Budget"):
        list(stacks.proposed(nobody, "quizengine", {"Budget": "20"}))


# Making


def test_what_is_deployed_is_what_the_templates_say(place: Places) -> None:
    here = place()
    deploy(here)
    iam = here.client("iam")
    for name in NAMES:
        for told in resolved(name).values():
            properties = told.get("Properties", {})
            match told["Type"]:
                case "AWS::IAM::Role":
                    role = iam.get_role(RoleName=properties["RoleName"])["Role"]
                    trust = properties["AssumeRolePolicyDocument"]
                    assert role["AssumeRolePolicyDocument"] == trust
                    bounded = "PermissionsBoundary" in properties
                    assert bounded == ("PermissionsBoundary" in role)
                case "AWS::IAM::ManagedPolicy":
                    arn = f"arn:aws:iam::123456789012:policy/{properties['ManagedPolicyName']}"
                    version = iam.get_policy(PolicyArn=arn)["Policy"]["DefaultVersionId"]
                    kept = iam.get_policy_version(PolicyArn=arn, VersionId=version)
                    wanted = properties["PolicyDocument"]
                    assert unwrapped(kept["PolicyVersion"]["Document"]) == unwrapped(wanted)
                    for role_name in properties.get("Roles", ()):
                        attached = iam.list_attached_role_policies(RoleName=role_name)
                        assert arn in [p["PolicyArn"] for p in attached["AttachedPolicies"]]
    bucket = here.client("s3").get_bucket_encryption(Bucket=here.bucket)
    (rule,) = bucket["ServerSideEncryptionConfiguration"]["Rules"]
    assert rule["ApplyServerSideEncryptionByDefault"] == {"SSEAlgorithm": "AES256"}


def test_the_page_lists_what_moto_passes_over(place: Places) -> None:
    here = place()
    with pytest.warns(UserWarning, match="not supported by moto") as warned:
        deploy(here)
    passed_over = {str(each.message).split()[3] for each in warned}
    said = TEXTS["docs/infra.md"].partition("It passes over what")[2]
    assert passed_over
    assert {f"`{each}`" for each in passed_over} <= set(
        said.replace(",", " ").replace(";", " ").split()
    )


def test_the_logs_of_jobs_are_left_to_whoever_has_them(place: Places) -> None:
    here = place()
    here.client("logs").create_log_group(logGroupName=stacks.JOB_LOGS)
    deploy(here)
    told = here.client("cloudformation").describe_stacks(StackName="quizengine-lab-account")
    parameters = {p["ParameterKey"]: p["ParameterValue"] for p in told["Stacks"][0]["Parameters"]}
    assert parameters["JobLogs"] == "no"
    list(destroy(here))
    assert everything(here) == {f"log {stacks.JOB_LOGS}"}


def test_the_one_monitor_of_costs_that_an_account_may_have_is_used(place: Places) -> None:
    arn = "arn:aws:ce::123456789012:anomalymonitor/0b2c"
    here = place("quizengine", {"MonitorArn": arn, "MonitorDimension": "SERVICE"})
    _, guardrails = deploy(here)
    told = here.client("cloudformation").describe_stacks(StackName=guardrails.stack)["Stacks"][0]
    parameters = {p["ParameterKey"]: p["ParameterValue"] for p in told["Parameters"]}
    assert parameters["AnomalyMonitorArn"] == arn


def test_two_stacks_live_side_by_side_and_one_goes_without_the_other(place: Places) -> None:
    alpha, beta = place("alpha"), place("beta")
    deploy(alpha)
    of_alpha = everything(alpha)
    deploy(beta)
    beta.client("s3").put_object(Bucket=beta.bucket, Key="beta-x/a", Body=b"1")
    list(destroy(beta))
    assert everything(alpha) == of_alpha
    assert there(beta) == []


def test_a_stack_is_changed_in_place_and_keeps_what_is_in_it(place: Places) -> None:
    here = place()
    deploy(here, ObjectDays="60")
    here.client("s3").put_object(Bucket=here.bucket, Key="quizengine-x/a", Body=b"1")
    before = stacks.template("lab-account")
    newer = replace(before, body=before.body.replace("labs run as\n", "labs work as\n"))
    newer = replace(
        newer,
        body=newer.body.replace(
            '"s3:PutObject"]\n            Resource: !Sub',
            '"s3:PutObject", "s3:GetObjectTagging"]\n            Resource: !Sub',
        ),
    )
    assert newer.body != before.body
    proposal = stacks.propose(here.client, newer, "quizengine", {})
    assert proposal.kind == "UPDATE"
    assert {each.action for each in proposal.changes} == {"Modify"}
    stacks.execute(here.client, proposal)
    (found,) = here.client("cloudformation").describe_stacks(StackName=proposal.stack)["Stacks"]
    assert found["StackStatus"] == "UPDATE_COMPLETE"
    kept = {p["ParameterKey"]: p["ParameterValue"] for p in found["Parameters"]}
    assert kept["ObjectDays"] == "60", "what is not given stays as it was"
    body = here.client("s3").get_object(Bucket=here.bucket, Key="quizengine-x/a")["Body"].read()
    assert body == b"1"


def test_deployed_again_nothing_changes(place: Places) -> None:
    deploy(place())
    assert [each.changes for each in deploy(place())] == [(), ()]


# Leaving


def test_nothing_is_left_not_even_versions_or_what_was_attached_by_hand(place: Places) -> None:
    here = place()
    before = everything(here)
    for _ in range(2):  # and it can be made again
        deploy(here)
        s3, iam = here.client("s3"), here.client("iam")
        s3.put_bucket_versioning(Bucket=here.bucket, VersioningConfiguration={"Status": "Enabled"})
        for body in (b"1", b"2"):
            s3.put_object(Bucket=here.bucket, Key="a", Body=body)
        s3.delete_object(Bucket=here.bucket, Key="a")
        iam.attach_role_policy(
            RoleName="quizengine-learner", PolicyArn="arn:aws:iam::aws:policy/ReadOnlyAccess"
        )
        iam.put_role_policy(
            RoleName="quizengine-learner",
            PolicyName="by-hand",
            PolicyDocument=json.dumps(BY_HAND),
        )
        gone = list(destroy(here))
        assert f"3 versions of objects in {here.bucket}" in gone
        assert everything(here) == before


def test_what_labs_have_made_goes_first(place: Places) -> None:
    here = place()
    deploy(here)
    here.client("sagemaker").create_model(
        ModelName="quizengine-de-a",
        ExecutionRoleArn=here.role_arn,
        PrimaryContainer={
            "Image": "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-xgboost:3.2-0"
        },
    )
    assert next(destroy(here)) == "model quizengine-de-a"
    list(destroy(here))
    assert here.client("sagemaker").list_models()["Models"] == []


def test_from_another_region_nothing_is_touched(place: Places, account: Any) -> None:
    here = place()
    deploy(here)
    here.client("s3").put_object(Bucket=here.bucket, Key="a", Body=b"1")
    before = everything(here)
    elsewhere = who.session(None, "eu-west-1")
    there_ = Place("quizengine", who.caller(elsewhere, None), elsewhere.client)
    with pytest.raises(LabsError, match="No stack of quizengine is in eu-west-1") as refused:
        list(destroy(there_))
    assert "--region" in refused.value.hint
    assert everything(here) == before
    assert here.client("s3").get_object(Bucket=here.bucket, Key="a")["Body"].read() == b"1"
    attached = here.client("iam").list_attached_role_policies(RoleName="quizengine-execution")
    assert attached["AttachedPolicies"]


def test_what_only_has_our_name_is_not_touched(place: Places) -> None:
    here = place("prod")
    here.client("s3").create_bucket(Bucket=here.bucket)
    here.client("s3").put_object(Bucket=here.bucket, Key="precious", Body=b"1")
    here.client("iam").create_role(RoleName="prod-execution", AssumeRolePolicyDocument="{}")
    here.client("sagemaker").create_model_package_group(ModelPackageGroupName="prod-models")
    before = everything(here)
    assert list(destroy(here)) == []
    assert everything(here) == before
    assert here.client("s3").get_object(Bucket=here.bucket, Key="precious")["Body"].read() == b"1"


def test_a_caller_says_where_it_is() -> None:
    at_aws = Caller("123456789012", "arn:aws:iam::123456789012:user/a", "us-east-1")
    assert at_aws.sentence().startswith("Account 123456789012 in us-east-1 (AWS), as arn:")
    here = replace(at_aws, offline="http://127.0.0.1:4580")
    assert "the cloud on this computer, http://127.0.0.1:4580" in here.sentence()
