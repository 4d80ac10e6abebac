"""What stands in infra/: CloudFormation accepts it, nothing may more than it must, and the page
says all of it."""

from __future__ import annotations

import datetime
import json
import re
from typing import Any

import pytest
from cfnlint.api import ManualArgs, lint  # type: ignore[import-untyped]

from labs.need import Need
from labs.policy import allowing
from tests.docs.pages import TEXTS, inline_code, table
from tests.infra.templates import HELD, NAMES, data, listed, made, policies, resolved, text

PAGE = TEXTS["docs/infra.md"]
REGIONS = ["us-east-1", "us-west-2", "eu-west-1", "eu-central-1", "ap-southeast-2"]

# Types as long as they come: a policy names each of them twice.
TYPES = [f"ml.{family}.24xlarge" for family in ("c5d", "c6gd", "c6gn", "c7gn", "g4dn", "g6e")]
TYPES += [f"ml.{family}.24xlarge" for family in ("m5dn", "m6gd", "r6gd", "r7gd", "p4de", "inf2")]

each_template = pytest.mark.parametrize("name", NAMES)


def problems(template: str) -> list[str]:
    """What cfn-lint says, what it merely notes included."""
    found = lint(template, config=ManualArgs(regions=REGIONS, include_checks=["I"]))
    return [f"{each.rule.id}: {each.message[:200]}" for each in found]


def statements(name: str) -> list[tuple[str, dict[str, Any]]]:
    """(policy, statement) of each that allows something."""
    return [
        (policy, statement)
        for policy, document in policies(name)
        for statement in document["Statement"]
        if statement["Effect"] == "Allow"
    ]


# CloudFormation


@each_template
def test_the_linter_has_nothing_to_say_and_nothing_is_hidden_from_it(name: str) -> None:
    assert problems(text(name)) == []
    assert "cfn-lint" not in text(name)
    assert "cfn-lint" not in data(name).get("Metadata", {})


def test_the_linter_sees_an_action_that_does_not_exist() -> None:
    wrong = text("lab-account").replace("sagemaker:ListModels", "sagemaker:ListModelz")
    assert any(each.startswith("W3037") for each in problems(wrong))


@each_template
def test_every_parameter_but_the_address_has_a_default_and_says_what_it_is(name: str) -> None:
    for parameter, told in data(name)["Parameters"].items():
        assert told["Description"]
        assert ("Default" in told) == (parameter != "Email")


@each_template
def test_every_name_begins_with_the_prefix_so_two_stacks_have_nothing_in_common(name: str) -> None:
    keys = ["BucketName", "RoleName", "ManagedPolicyName", "FunctionName", "LogGroupName", "Name"]
    keys += ["MonitorName", "SubscriptionName"]

    def named(prefix: str) -> set[str]:
        told = resolved(name, Prefix=prefix).values()
        return {
            each["Properties"][key] for each in told for key in keys if key in each["Properties"]
        }

    alpha, beta = named("alpha"), named("beta")
    shared = {"/aws/sagemaker/TrainingJobs"}  # made only where it is asked for
    assert alpha & beta == (shared if name == "lab-account" else set())
    assert all("alpha-" in each for each in alpha - shared)


@each_template
def test_what_can_carry_the_tag_does(name: str) -> None:
    without = {
        "AWS::S3::BucketPolicy",
        "AWS::IAM::ManagedPolicy",  # CloudFormation gives it none
        "AWS::Budgets::Budget",
        "AWS::CE::AnomalyMonitor",
        "AWS::CE::AnomalySubscription",
        "AWS::Scheduler::Schedule",
    }
    for resource, told in resolved(name).items():
        if told["Type"] not in without:
            tags = told["Properties"]["Tags"]
            assert tags == [{"Key": "quizengine", "Value": "quizengine"}], resource


@each_template
def test_a_policy_is_short_enough_for_iam_also_with_twelve_types_of_instances(name: str) -> None:
    """6,144 characters without spaces: IAM's quota for a managed policy."""
    given = {"Prefix": "abcdefghijkl", "AWS::Region": "ap-southeast-1"}
    for resource, document in policies(name, InstanceTypes=",".join(TYPES), **given):
        assert len(json.dumps(document, separators=(",", ":"))) <= 6144, resource


def test_each_rule_of_the_bucket_has_an_end_that_cloudformation_knows() -> None:
    """AWS::S3::Bucket Rule: a marker alone is none, and cannot stand beside a number of days."""
    ends = {"AbortIncompleteMultipartUpload", "ExpirationInDays"}
    rules = resolved("lab-account")["Bucket"]["Properties"]["LifecycleConfiguration"]["Rules"]
    for rule in rules:
        assert ends & rule.keys(), rule["Id"]
        assert not {"ExpiredObjectDeleteMarker", "ExpirationInDays"} <= rule.keys(), rule["Id"]
    assert {"ExpiredObjectDeleteMarker", "NoncurrentVersionExpiration"} <= set().union(*rules)


def test_another_address_makes_another_budget_beside_the_first() -> None:
    """CloudFormation replaces a budget with other subscribers, and no two have the same name."""
    assert "BudgetName" not in resolved("guardrails")["Budget"]["Properties"]["Budget"]


def test_the_budget_counts_what_credits_pay_for() -> None:
    types = resolved("guardrails")["Budget"]["Properties"]["Budget"]["CostTypes"]
    assert types == {"IncludeCredit": False, "IncludeRefund": False}


@pytest.mark.parametrize(
    ("given", "found"),
    [
        ({}, {"AnomalyMonitor", "AnomalyAlert"}),
        ({"AnomalyMonitorArn": "arn:aws:ce::123456789012:anomalymonitor/a"}, {"AnomalyAlert"}),
        ({"Anomalies": "no"}, set()),
    ],
)
def test_of_cost_explorer_no_more_is_made_than_the_account_can_have(
    given: dict[str, str], found: set[str]
) -> None:
    kinds = {name: told["Type"] for name, told in resolved("guardrails").items()}
    made_of_it = {each for each in made("guardrails", **given) if "::CE::" in kinds[each]}
    assert made_of_it == found


@pytest.mark.parametrize(
    ("name", "shared"), [("lab-account", "JobLogGroup"), ("guardrails", "AnomalyMonitor")]
)
def test_what_others_in_the_account_use_outlives_the_stack_that_made_it(
    name: str, shared: str
) -> None:
    """Only what a stack that fails has just made goes with it."""
    told = resolved(name)[shared]
    assert told["DeletionPolicy"] == "RetainExceptOnCreate"
    assert told["UpdateReplacePolicy"] == "Retain"


# Least privilege


def test_what_the_learner_may_and_what_jobs_may_are_never_mixed() -> None:
    found = resolved("lab-account")
    for who, role in (("caller", "quizengine-learner"), ("role", "quizengine-execution")):
        assert {str(found[name]["Properties"]["Roles"]) for name in HELD[who]} == {f"['{role}']"}
    for role, trusted in (("LearnerRole", "AWS"), ("ExecutionRole", "Service")):
        (trust,) = found[role]["Properties"]["AssumeRolePolicyDocument"]["Statement"]
        assert list(trust["Principal"]) == [trusted]
        assert found[role]["Properties"]["PermissionsBoundary"] == "quizengine-boundary"


@each_template
def test_a_service_takes_on_a_role_for_this_account_alone(name: str) -> None:
    for resource, told in resolved(name).items():
        if told["Type"] != "AWS::IAM::Role":
            continue
        (trust,) = told["Properties"]["AssumeRolePolicyDocument"]["Statement"]
        service = trust["Principal"].get("Service")
        if service is not None and service != "lambda.amazonaws.com":  # Lambda tells no account
            assert trust["Condition"]["StringEquals"]["aws:SourceAccount"] == "123456789012", (
                resource
            )


@each_template
def test_a_role_is_passed_to_one_service_and_is_one_of_ours(name: str) -> None:
    passing = [
        (policy, each)
        for policy, each in statements(name)
        if policy != "Boundary" and "iam:PassRole" in listed(each["Action"])
    ]
    assert len(passing) == 1
    for _, statement in passing:
        assert listed(statement["Action"]) == ["iam:PassRole"]
        assert statement["Condition"]["StringEquals"].keys() == {"iam:PassedToService"}
        assert re.fullmatch(r"arn:aws:iam::\d+:role/quizengine-\w+", statement["Resource"])


@each_template
def test_no_policy_names_actions_by_a_wildcard_but_the_boundary(name: str) -> None:
    for policy, statement in statements(name):
        if policy != "Boundary":
            assert not [each for each in listed(statement["Action"]) if "*" in each], policy


@each_template
def test_what_costs_by_the_hour_is_limited_and_carries_the_tag(name: str) -> None:
    for policy, statement in statements(name):
        makes = [a for a in listed(statement["Action"]) if a.startswith("sagemaker:Create")]
        if not makes or policy == "Boundary":
            continue
        condition = statement["Condition"]
        assert condition["StringEquals"]["aws:RequestTag/quizengine"] == "quizengine"
        by_the_hour = {"sagemaker:CreateTrainingJob", "sagemaker:CreateEndpointConfig"}
        by_the_hour |= {"sagemaker:CreateHyperParameterTuningJob", "sagemaker:CreateTransformJob"}
        if not by_the_hour & set(makes):
            continue
        if condition["Null"] == {"sagemaker:InstanceTypes": "true"}:
            assert condition["NumericLessThanEquals"] == {"sagemaker:ServerlessMaxConcurrency": "5"}
        else:
            assert condition["Null"] == {"sagemaker:InstanceTypes": "false"}
            allowed = condition["ForAllValues:StringEquals"]
            assert allowed == {"sagemaker:InstanceTypes": ["ml.m5.large"]}


def test_the_boundary_opens_no_other_region() -> None:
    (boundary,) = [each for name, each in policies("lab-account") if name == "Boundary"]
    for statement in boundary["Statement"]:
        if statement["Resource"] == "*":
            condition = {"StringEquals": {"aws:RequestedRegion": "us-east-1"}}
            assert statement["Condition"] == condition, statement["Sid"]


@pytest.mark.parametrize("role", ["DeadlineRole", "SweeperRole"])
def test_whoever_deletes_an_endpoint_may_deregister_what_is_scaled(role: str) -> None:
    """SageMaker does it in the caller's name; without the permission it refuses DeleteEndpoint."""
    (document,) = [each for name, each in policies("guardrails") if name == role]
    prefix = "application-autoscaling"
    target = f"arn:aws:{prefix}:us-east-1:123456789012:scalable-target/0ec5"

    def may(service: str) -> bool:
        dimension = f"{service}:variant:DesiredInstanceCount"
        context = {"service-namespace": (service,), "scalable-dimension": (dimension,)}
        context = {f"{prefix}:{key}": value for key, value in context.items()}
        need = Need(f"{prefix}:DeregisterScalableTarget", target, context)
        return allowing(document, need) is not None

    assert may("sagemaker")
    assert not may("ecs")
    assert allowing(document, Need(f"{prefix}:DescribeScalableTargets", "*")) is not None


def test_nobody_reaches_the_bucket_from_outside_or_in_the_clear() -> None:
    found = resolved("lab-account")
    bucket = found["Bucket"]["Properties"]
    assert set(bucket["PublicAccessBlockConfiguration"].values()) == {True}
    assert len(bucket["PublicAccessBlockConfiguration"]) == 4
    assert bucket["VersioningConfiguration"] == {"Status": "Enabled"}
    denied = found["BucketPolicy"]["Properties"]["PolicyDocument"]["Statement"]
    assert {each["Effect"] for each in denied} == {"Deny"}
    assert [next(iter(each["Condition"].values())) for each in denied] == [
        {"aws:SecureTransport": "false"},
        {"s3:TlsVersion": "1.2"},
    ]


# The page


def test_the_page_justifies_every_statement_about_all_resources() -> None:
    open_to_all = {
        f"{policy}: {', '.join(listed(statement['Action']))}"
        for name in NAMES
        for policy, statement in statements(name)
        if "*" in listed(statement["Resource"]) and policy != "Boundary"
    }
    rows = table(PAGE, "policy", "actions", "why no narrower")
    said = {f"{row[0]}: {row[1]}".replace("`", "") for row in rows}
    assert said == open_to_all
    assert all(len(row[2]) > 20 for row in rows)


@each_template
def test_the_page_says_of_every_resource_what_it_is_for_and_what_it_costs(name: str) -> None:
    rows = table(PAGE, f"in `{name}`", "is for", "against", "idle, a month")
    assert [row[0].strip("`") for row in rows] == list(data(name)["Resources"])
    assert all(len(row) == 4 and all(row) for row in rows)


@each_template
def test_the_page_names_every_parameter(name: str) -> None:
    assert data(name)["Parameters"].keys() <= set(inline_code(PAGE))


def test_the_prices_carry_the_date_of_their_list() -> None:
    found = re.search(r"prices of (\d{4}-\d{2}-\d{2})", PAGE)
    assert found is not None
    assert datetime.date.fromisoformat(found[1]) <= datetime.date(2026, 11, 21)
