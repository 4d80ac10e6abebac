"""The stacks in an account: proposed, made, changed in place, side by side, and gone."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from botocore.exceptions import WaiterError
from cfnlint.helpers import REGIONS  # type: ignore[import-untyped]
from cfnlint.schema.manager import PROVIDER_SCHEMA_MANAGER  # type: ignore[import-untyped]
from moto.cloudformation.models import cloudformation_backends

from labs.errors import LabsError
from labs.infra import stacks, who
from labs.infra.leaving import Place, destroy, scope, there
from labs.infra.stacks import Proposal
from labs.infra.who import Caller
from quizengine.cli.infra import _cleared, _proposed
from tests.docs.pages import TEXTS
from tests.infra.conftest import EMAIL, CostExplorer
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


def parameters(place: Place, template: str) -> dict[str, str]:
    """The values that a stack has."""
    told = place.client("cloudformation").describe_stacks(StackName=f"{place.prefix}-{template}")
    return {p["ParameterKey"]: p["ParameterValue"] for p in told["Stacks"][0]["Parameters"]}


class Instead:
    """A client of which some operations are others; `asked` keeps what the first of them was."""

    def __init__(self, real: Any, **others: Callable[..., Any]) -> None:
        self._real, self._others = real, others
        self.asked: list[tuple[str, dict[str, Any]]] = []

    def __getattr__(self, name: str) -> Any:
        found = self._others.get(name) or getattr(self._real, name)
        if name in ("get_waiter", "get_paginator", "meta"):
            return found

        def call(**told: Any) -> Any:
            self.asked.append((name, told))
            return found(**told)

        return call


class Waiter:
    """Waits for nothing: raises at once."""

    def __init__(self, error: BaseException) -> None:
        self.error = error

    def wait(self, **_: Any) -> None:
        raise self.error


def ends(real: Any, waiter: str, error: BaseException) -> Callable[[str], Any]:
    """get_waiter, of which one waiter ends with an error."""
    return lambda name: Waiter(error) if name == waiter else real.get_waiter(name)


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


def test_where_cloudformation_has_no_budget_nothing_is_proposed(account: Any) -> None:
    away = who.session(None, "eu-north-1")
    with pytest.raises(LabsError, match="no AWS::Budgets::Budget in eu-north-1") as refused:
        list(stacks.proposed(away.client, "quizengine", {"Email": EMAIL}))
    assert "--region us-east-1" in refused.value.hint
    assert away.client("cloudformation").list_stacks()["StackSummaries"] == []


def test_the_regions_that_are_refused_are_those_in_which_the_linter_finds_a_type_missing() -> None:
    types = {each["Type"] for name in NAMES for each in resolved(name).values()}
    has = {region: set(PROVIDER_SCHEMA_MANAGER.get_resource_types(region)) for region in REGIONS}
    assert stacks.without_budgets() == {region for region in has if types - has[region]}


def test_a_proposal_that_is_broken_off_leaves_no_empty_stack(place: Places, account: Any) -> None:
    real = account.client("cloudformation")
    stop = ends(real, "change_set_create_complete", KeyboardInterrupt())
    here = place(cloudformation=Instead(real, get_waiter=stop))
    with pytest.raises(KeyboardInterrupt):
        list(stacks.proposed(here.client, "quizengine", {"Email": EMAIL}))
    assert there(here) == []


def test_a_proposal_that_is_broken_off_while_it_is_shown_is_taken_back(
    place: Places, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Broken(io.StringIO):
        def write(self, _: str) -> int:
            raise KeyboardInterrupt

    here = place()
    monkeypatch.setattr("sys.stdout", Broken())
    with pytest.raises(KeyboardInterrupt):
        _proposed(here, EMAIL, {})
    assert there(here) == []


def test_a_proposal_that_is_taken_back_is_waited_for(place: Places, account: Any) -> None:
    real = account.client("cloudformation")
    stays = WaiterError("stack_delete_complete", "it stays", {})
    waiters = ends(real, "stack_delete_complete", stays)
    here = place(cloudformation=Instead(real, get_waiter=waiters))
    first = next(stacks.proposed(here.client, "quizengine", {"Email": EMAIL}))
    with pytest.raises(LabsError, match=r"quizengine-lab-account failed: .*it stays"):
        stacks.withdraw(here.client, first)


def test_what_is_found_wrong_before_anything_is_made_is_told_before_it_is_taken_back(
    place: Places, account: Any
) -> None:
    real = account.client("cloudformation")
    said: Any = {
        "StatusReason": "The following hook(s)/validation failed: [ResourceExistenceCheck]."
    }
    refused = WaiterError("change_set_create_complete", "failed", said)
    events = [
        {"LogicalResourceId": "Bucket", "ValidationStatusReason": "the name is taken"},
        {"LogicalResourceId": "quizengine-lab-account"},
    ]

    def describe_events(**asked: Any) -> Any:
        assert real.describe_change_set(ChangeSetName=asked["ChangeSetName"])
        assert asked["Filters"] == {"FailedEvents": True}
        return {"OperationEvents": events}

    stop = ends(real, "change_set_create_complete", refused)
    fake = Instead(real, get_waiter=stop, describe_events=describe_events)
    here = place(cloudformation=fake)
    with pytest.raises(LabsError) as told:
        list(stacks.proposed(here.client, "quizengine", {"Email": EMAIL}))
    assert told.value.message.endswith("[ResourceExistenceCheck]. Bucket: the name is taken")
    assert there(here) == []


def test_a_stack_that_could_not_be_made_goes_when_asked_for_and_not_before(
    place: Places, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = place()
    deploy(here)
    (stack,) = (
        each
        for each in cloudformation_backends["123456789012"]["us-east-1"].stacks.values()
        if each.name == "quizengine-guardrails"
    )
    monkeypatch.setattr(stack, "status", "ROLLBACK_COMPLETE")
    assert stacks.failed(here.client, "quizengine") == ["quizengine-guardrails"]
    with pytest.raises(LabsError, match="quizengine-guardrails could not be made") as refused:
        list(stacks.proposed(here.client, "quizengine", {}))
    assert "infra deploy" in refused.value.hint
    monkeypatch.setattr("sys.stdin", io.StringIO("n\n"))
    assert not _cleared(here, yes=False)
    assert "quizengine-guardrails" in there(here)
    assert _cleared(here, yes=True)
    assert there(here) == ["quizengine-lab-account"]


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
    assert parameters(here, "lab-account")["JobLogs"] == "no"
    list(destroy(here))
    assert everything(here) == {f"log {stacks.JOB_LOGS}"}


BY_SERVICE = {
    "MonitorArn": "arn:aws:ce::123456789012:anomalymonitor/0b2c",
    "MonitorDimension": "SERVICE",
}
ANOTHER = {"MonitorArn": "arn:aws:ce::123456789012:anomalymonitor/1d3e"}


def test_the_one_monitor_of_costs_that_an_account_may_have_is_used(place: Places) -> None:
    here = place("quizengine", ANOTHER, BY_SERVICE)  # on the second page
    deploy(here)
    assert parameters(here, "guardrails")["AnomalyMonitorArn"] == BY_SERVICE["MonitorArn"]


def proposes(
    place: Places, account: Any, *monitors: dict[str, str], **given: str
) -> dict[str, Any]:
    """What the guardrails are given: moto itself keeps no value that changes nothing it knows."""
    watched = Instead(account.client("cloudformation"))
    deploy(place("quizengine", *monitors, cloudformation=watched), **given)
    told = [asked for name, asked in watched.asked if name == "create_change_set"][-1]
    return {each["ParameterKey"]: each.get("ParameterValue") for each in told["Parameters"]}


def test_a_monitor_of_another_that_is_gone_is_used_no_more(place: Places, account: Any) -> None:
    deploy(place("quizengine", BY_SERVICE))
    assert proposes(place, account, ANOTHER, BY_SERVICE)["AnomalyMonitorArn"] is None  # as it was
    assert proposes(place, account, ANOTHER)["AnomalyMonitorArn"] == ""
    *_, last = stacks.proposed(place("quizengine", ANOTHER).client, "quizengine", {})
    assert "anomalymonitor/0b2c is gone; a new one takes its place" in last.notes[0]


def test_the_monitor_that_the_stack_has_made_is_not_taken_for_one_of_another(
    place: Places, account: Any
) -> None:
    deploy(place())
    assert proposes(place, account, BY_SERVICE)["AnomalyMonitorArn"] is None


def test_without_cost_explorer_there_is_all_the_rest_and_it_is_told(
    place: Places, account: Any
) -> None:
    here = place(ce=CostExplorer(refuses=True))
    _, guardrails = deploy(here)
    assert parameters(here, "guardrails")["Anomalies"] == "no"
    why, way_out = guardrails.notes
    assert why.endswith("AccessDeniedException: User not enabled for cost explorer access")
    assert way_out.endswith("quizengine infra deploy --set Anomalies=yes")
    assert deploy(here)[1].notes == ()  # once is enough
    # Opened for the first time, Cost Explorer makes a monitor itself.
    later = proposes(place, account, BY_SERVICE, Anomalies="yes")
    assert later["AnomalyMonitorArn"] == BY_SERVICE["MonitorArn"]


def test_who_wants_no_word_of_unusual_costs_is_asked_for_no_cost_explorer(place: Places) -> None:
    class Nobody:
        def get_anomaly_monitors(self, **_: Any) -> Any:
            raise AssertionError

    here = place(ce=Nobody())
    deploy(here, Anomalies="no")
    assert parameters(here, "guardrails")["Anomalies"] == "no"


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


def test_a_parameter_that_the_stack_does_not_have_yet_gets_its_default(
    place: Places, account: Any
) -> None:
    watched = Instead(account.client("cloudformation"))
    here = place(cloudformation=watched)
    deploy(here)
    before = stacks.template("lab-account")
    newer = before.body.replace(
        "\nConditions:", '\n  Fresh:\n    Type: String\n    Default: "1"\n\nConditions:', 1
    )
    newer = newer.replace("run as\n", "work as ${Fresh}\n")
    template = replace(before, body=newer, parameters=(*before.parameters, "Fresh"))
    stacks.execute(here.client, stacks.propose(here.client, template, "quizengine", {}))
    _, told = [each for each in watched.asked if each[0] == "create_change_set"][-1]
    given = {each["ParameterKey"]: each for each in told["Parameters"]}
    assert "Fresh" not in given  # AWS refuses UsePreviousValue for what has no previous value
    assert given["ObjectDays"] == {"ParameterKey": "ObjectDays", "UsePreviousValue": True}

    demanding = replace(template, parameters=(*template.parameters, "Name"), needed=("Name",))
    with pytest.raises(LabsError, match="needs a value for Name"):
        stacks.propose(here.client, demanding, "quizengine", {})


def test_a_failure_is_told_by_the_events_of_its_own_operation(place: Places, account: Any) -> None:
    def event(token: str, why: str) -> dict[str, str]:
        told = {"ResourceStatus": "DELETE_FAILED", "LogicalResourceId": "Bucket"}
        return {**told, "ResourceStatusReason": why, "ClientRequestToken": token}

    class Pages:
        def paginate(self, **_: str) -> Any:
            _name, asked = watched.asked[-1]
            now, may = event(asked["ClientRequestToken"], "not empty"), event("in-may", "denied")
            yield {"StackEvents": [now]}
            yield {"StackEvents": [may]}

    real = account.client("cloudformation")
    stays = WaiterError("stack_delete_complete", "failed", {})
    watched = Instead(
        real,
        get_waiter=ends(real, "stack_delete_complete", stays),
        get_paginator=lambda _: Pages(),
        delete_stack=lambda **_: None,
    )
    deploy(place())
    with pytest.raises(LabsError, match="quizengine-guardrails failed: Bucket: not empty"):
        stacks.delete(place(cloudformation=watched).client, "quizengine-guardrails")


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


def test_an_empty_stack_in_another_region_is_all_that_goes_there(
    place: Places, account: Any
) -> None:
    here = place()
    deploy(here)
    here.client("s3").put_object(Bucket=here.bucket, Key="a", Body=b"1")
    before = everything(here)
    elsewhere = who.session(None, "eu-west-1")
    elsewhere.client("cloudformation").create_change_set(  # as a crash leaves it
        StackName="quizengine-lab-account",
        ChangeSetName="q",
        ChangeSetType="CREATE",
        TemplateBody=json.dumps({"Resources": {"Topic": {"Type": "AWS::SNS::Topic"}}}),
    )
    there_ = Place("quizengine", who.caller(elsewhere, None), elsewhere.client)
    assert scope(there_) == ["the stack quizengine-lab-account"]
    gone: list[str] = []
    with pytest.raises(LabsError, match="No stack of quizengine is in eu-west-1, and yet: bucket"):
        gone.extend(destroy(there_))
    assert gone == ["stack quizengine-lab-account"]
    assert everything(here) == before
    assert here.client("s3").get_object(Bucket=here.bucket, Key="a")["Body"].read() == b"1"
    attached = here.client("iam").list_attached_role_policies(RoleName="quizengine-learner")
    assert attached["AttachedPolicies"]


def test_our_policies_are_taken_from_whoever_has_them(place: Places) -> None:
    here = place()
    deploy(here)
    iam, arn = here.client("iam"), "arn:aws:iam::123456789012:policy/quizengine-learner"
    iam.create_user(UserName="ann")
    iam.attach_user_policy(UserName="ann", PolicyArn=arn)
    iam.create_group(GroupName="class")
    iam.attach_group_policy(GroupName="class", PolicyArn=arn)
    iam.create_role(RoleName="other", AssumeRolePolicyDocument="{}")
    iam.attach_role_policy(RoleName="other", PolicyArn=arn)
    gone = list(destroy(here))
    for whose in ("user ann", "group class", "role other"):
        assert f"quizengine-learner, attached to the {whose}" in gone
    assert everything(here) == {"role other"}


def test_a_boundary_that_somebody_else_has_is_told_before_anything_is_taken_down(
    place: Places, account: Any
) -> None:
    real = account.client("iam")

    class Bounded:
        """moto does not tell whose boundary a policy is."""

        def paginate(self, **asked: str) -> Any:
            assert asked["PolicyArn"].endswith("/quizengine-boundary")
            assert asked["PolicyUsageFilter"] == "PermissionsBoundary"
            names = ["quizengine-learner", "quizengine-execution", "theirs"]
            roles = [{"RoleName": each} for each in names]
            yield {"PolicyUsers": [], "PolicyGroups": [], "PolicyRoles": roles}

    def paginator(name: str) -> Any:
        return Bounded() if name == "list_entities_for_policy" else real.get_paginator(name)

    here = place(iam=Instead(real, get_paginator=paginator))
    deploy(here)
    before = everything(here)
    with pytest.raises(LabsError, match="boundary of the role theirs, too") as refused:
        list(destroy(here))
    assert "delete-role-permissions-boundary --role-name theirs" in refused.value.hint
    assert everything(here) == before


@pytest.mark.parametrize("of_another", [True, False])
def test_the_logs_of_jobs_go_unless_another_job_has_written_there(
    place: Places, of_another: bool
) -> None:
    here = place()
    template = stacks.template("lab-account")
    before, name, after = template.body.partition("  JobLogGroup:\n")
    after = re.sub(r"DeletionPolicy: \w+", "DeletionPolicy: Retain", after, count=1)
    kept = replace(template, body=before + name + after)  # moto knows no RetainExceptOnCreate
    stacks.execute(here.client, stacks.propose(here.client, kept, "quizengine", {}))
    logs = here.client("logs")
    jobs = ["quizengine-a/algo-1-1", *(["beta-a/algo-1-1"] if of_another else [])]
    for stream in jobs:
        logs.create_log_stream(logGroupName=stacks.JOB_LOGS, logStreamName=stream)
    assert any(stacks.JOB_LOGS in each for each in scope(here))
    gone = list(destroy(here))
    assert (f"log group {stacks.JOB_LOGS}" in gone) == (not of_another)
    assert everything(here) == ({f"log {stacks.JOB_LOGS}"} if of_another else set())


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
