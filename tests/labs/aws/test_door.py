"""The door: what leaves for an account, what does not, and what the journal then says."""

from __future__ import annotations

import errno
import itertools
import json
import os
import pickle
import uuid
from collections.abc import Callable, Iterator
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from botocore.config import Config
from botocore.exceptions import ClientError, ConnectionClosedError, EndpointConnectionError
from botocore.session import Session

from labs import journal
from labs.aws import pricelist
from labs.aws.door import NOBODY, AwsRefuses, Door, NotSent
from labs.aws.ledger import Ledger
from labs.aws.terms import Keys, Terms
from labs.provision import UPDATE_S, deadline
from labs.undo import Call
from tests.labs.aws.doors import BUCKET, NOW, ROLE, TWICE, Rig, Wearing, terms, wearing
from tests.labs.aws.faults.ground import PREFIX, Ground, standing
from tests.labs.aws.faults.injected import Fault, Skew, Storm

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("aws-door")]
IMAGE = "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-xgboost:3.2-0"
GROUP = f"{PREFIX}-deadlines"


@pytest.fixture(scope="module")
def ground(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ground]:
    with standing(tmp_path_factory.mktemp("cloud"), tmp_path_factory.mktemp("store")) as found:
        owner(found, "s3").put_object(Bucket=BUCKET, Key="data/train.csv", Body=b"none")
        yield found


@pytest.fixture(scope="module")
def rigs(ground: Ground) -> tuple[Rig, Rig]:
    """Two sessions, as two processes of one lab have them."""
    return Rig(ground.url), Rig(ground.url)


@pytest.fixture
def given(ground: Ground, tmp_path: Path) -> Iterator[Terms]:
    """The terms of a lab with a prefix of its own."""
    prefix = f"{PREFIX}-{uuid.uuid4().hex[:6]}"
    yield terms(ground.url, owner(ground, "sts"), prefix, tmp_path / "journal.jsonl")
    ground.injector.disarm()


Goes = Callable[..., Wearing]


@pytest.fixture
def goes(given: Terms, rigs: tuple[Rig, Rig]) -> Goes:
    """A session through a door; the second time another one."""
    others = itertools.cycle(rigs)

    def through(**changed: Any) -> Wearing:
        return wearing(next(others), replace(given, **changed))

    return through


@pytest.fixture
def here(goes: Goes) -> Wearing:
    return goes()


OWNERS: dict[tuple[str, str], Any] = {}


def owner(ground: Ground, service: str) -> Any:
    """A client of the account's owner, made once: that takes long."""
    key = (ground.url, service)
    if key not in OWNERS:
        OWNERS[key] = ground.client(service)
    return OWNERS[key]


def named(here: Wearing, rest: str = "") -> str:
    return f"{here.terms.limits.prefix}{rest}"


def model(here: Wearing, rest: str = "-m") -> dict[str, Any]:
    return {
        "ModelName": named(here, rest),
        "ExecutionRoleArn": ROLE,
        "PrimaryContainer": {"Image": IMAGE},
    }


def variant(here: Wearing, count: int = 1) -> dict[str, Any]:
    return {
        "VariantName": "A",
        "ModelName": named(here, "-m"),
        "InstanceType": "ml.m5.large",
        "InitialInstanceCount": count,
        "InitialVariantWeight": 1,
    }


def configured(here: Wearing, rest: str = "-c", count: int = 1) -> dict[str, Any]:
    """An endpoint that could be made: its model and its configuration are there."""
    sagemaker = here.client("sagemaker")
    if not sagemaker.list_models(NameContains=named(here, "-m"))["Models"]:
        sagemaker.create_model(**model(here))
    sagemaker.create_endpoint_config(
        EndpointConfigName=named(here, rest), ProductionVariants=[variant(here, count)]
    )
    return {"EndpointName": named(here), "EndpointConfigName": named(here, rest)}


def put(here: Wearing, key: str = "/a", body: Any = b"1") -> None:
    here.client("s3").put_object(Bucket=BUCKET, Key=named(here, key), Body=body)


def _puts(here: Wearing, client: Any) -> Callable[[], Any]:
    return lambda: client.put_object(Bucket=BUCKET, Key=named(here, "/a"), Body=b"1")


def job(here: Wearing) -> dict[str, Any]:
    channel = {"S3DataType": "S3Prefix", "S3Uri": f"s3://{BUCKET}/data/"}
    return {
        "TrainingJobName": named(here, "-1"),
        "AlgorithmSpecification": {"TrainingImage": IMAGE, "TrainingInputMode": "File"},
        "RoleArn": ROLE,
        "InputDataConfig": [
            {"ChannelName": "train", "DataSource": {"S3DataSource": channel}},
        ],
        "OutputDataConfig": {"S3OutputPath": f"s3://{BUCKET}/{named(here)}/output"},
        "ResourceConfig": {"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 5},
        "HyperParameters": {"num_round": "1"},
        "StoppingCondition": {"MaxRuntimeInSeconds": 600},
    }


def asked(request: Any) -> str:
    """The operation of a request that left, where a header names it."""
    return str(request.headers.get("X-Amz-Target", b""), "ascii").partition(".")[2]


def schedules(ground: Ground, here: Wearing) -> list[str]:
    found = owner(ground, "scheduler").list_schedules(GroupName=GROUP)["Schedules"]
    return [each["Name"] for each in found if each["Name"].startswith(named(here))]


# Before a call leaves


def test_the_undo_lies_in_the_journal_before_anything_is_sent(here: Wearing) -> None:
    found: list[tuple[str, Any]] = []

    def look(request: Any) -> None:
        found.extend((each.call.operation, each.undo) for each in here.journal.open)

    here.sending = look
    here.client("sagemaker").create_model(**model(here))
    ((operation, undo),) = found
    assert operation == "CreateModel"
    assert undo.operation == "DeleteModel"
    assert undo.request == {"ModelName": named(here, "-m")}


def test_what_is_made_carries_the_tag_and_the_journal_has_what_was_sent(
    ground: Ground, here: Wearing
) -> None:
    made = here.client("sagemaker").create_model(**model(here))
    tags = owner(ground, "sagemaker").list_tags(ResourceArn=made["ModelArn"])["Tags"]
    assert tags == [{"Key": "quizengine", "Value": PREFIX}]
    (entry,) = here.journal.open
    assert entry.call.request["Tags"] == tags
    assert entry.did


def test_the_learners_own_request_is_not_changed_in_their_hands(here: Wearing) -> None:
    request = model(here) | {"Tags": [{"Key": "mine", "Value": "1"}]}
    before = json.dumps(request)
    here.client("sagemaker").create_model(**request)
    assert json.dumps(request) == before


def test_what_only_looks_is_neither_written_down_nor_held_up(here: Wearing) -> None:
    here.client("sagemaker").list_models()
    assert here.lines() == []


@pytest.mark.parametrize(
    ("service", "method", "request_", "said"),
    [
        ("sagemaker", "delete_model", {"ModelName": "theirs"}, "the model 'theirs' is not this"),
        (
            "sagemaker",
            "create_model_package_group",
            {"ModelPackageGroupName": "a"},
            "labs do not know it",
        ),
        ("s3", "create_bucket", {"Bucket": "quizengine-another"}, "'quizengine-another'"),
        (
            "iam",
            "create_role",
            {"RoleName": "a", "AssumeRolePolicyDocument": "{}"},
            "no lab on AWS",
        ),
        ("sts", "assume_role", {"RoleArn": ROLE, "RoleSessionName": "ab"}, "labs do not know it"),
        ("scheduler", "delete_schedule", {"Name": "LAB", "GroupName": GROUP}, "set and lifted for"),
        ("lambda", "invoke", {"FunctionName": "quizengine-sweeper"}, "labs do not know it"),
    ],
)
def test_what_no_lab_may_do_stays_here(
    here: Wearing, service: str, method: str, request_: dict[str, Any], said: str
) -> None:
    request_ = {k: named(here) if v == "LAB" else v for k, v in request_.items()}
    with pytest.raises(NotSent, match=said) as refused:
        getattr(here.client(service), method)(**request_)
    assert refused.value.hint
    assert str(refused.value) == f"{refused.value.message} {refused.value.hint}"
    assert here.sent == []
    assert here.lines() == []


def test_another_region_than_the_runs_is_refused(here: Wearing) -> None:
    with pytest.raises(NotSent, match="its client is for eu-west-1, and this run is in us-east-1"):
        here.client("sagemaker", region_name="eu-west-1").list_models()
    assert here.sent == []


@pytest.mark.parametrize("service", ["s3", "sagemaker"])
def test_credentials_of_the_learners_own_are_refused(here: Wearing, service: str) -> None:
    client = here.client(service, aws_access_key_id="AKIDOTHER", aws_secret_access_key="x")
    call = client.list_models if service == "sagemaker" else _puts(here, client)
    with pytest.raises(NotSent, match="other credentials than those of this run"):
        call()
    assert here.sent == []
    assert here.journal.open == (), "what never left is not open"


def test_a_request_to_somebody_elses_address_gets_no_signature(here: Wearing) -> None:
    with pytest.raises(NotSent, match=r"aws\.example\.org is not AWS"):
        here.client("sagemaker", endpoint_url="https://aws.example.org").list_models()
    assert here.sent == []


def test_sessions_hold_no_credentials_and_what_leaves_is_signed_with_the_runs(
    here: Wearing,
) -> None:
    here.client("sagemaker").list_models()
    assert f"Credential={here.terms.keys.id}/" in here.sent[0].headers["Authorization"].decode()
    held: Any = here.rig.session.get_credentials()
    assert held.access_key == NOBODY


def test_a_session_without_the_door_signs_as_nobody() -> None:
    bare = Session(include_builtin_handlers=False)
    bare.set_credentials(NOBODY, NOBODY)
    sent: list[Any] = []

    def stop(**told: Any) -> None:
        sent.append(told["request"])
        raise ConnectionRefusedError

    bare.register("before-send", stop)
    client: Any = bare.create_client("sagemaker", region_name="us-east-1", config=Config())
    with pytest.raises(ConnectionRefusedError):
        client.delete_model(ModelName="theirs")
    assert f"Credential={NOBODY}/" in sent[0].headers["Authorization"].decode()


def test_a_url_signed_beforehand_may_read_and_nothing_else(here: Wearing) -> None:
    s3 = here.client("s3")
    where = {"Bucket": BUCKET, "Key": named(here, "/a")}
    url = s3.generate_presigned_url("get_object", where)
    assert here.terms.keys.id in url
    with pytest.raises(NotSent, match="gets no signature that is made beforehand"):
        s3.generate_presigned_url("put_object", where)
    with pytest.raises(NotSent, match="gets no signature that is made beforehand"):
        s3.generate_presigned_post(BUCKET, named(here, "/a"))


def test_credentials_that_have_lapsed_are_told_before_anything_leaves(
    goes: Goes, given: Terms
) -> None:
    here = goes(keys=replace(given.keys, until=NOW + 1000))
    with pytest.raises(NotSent, match="credentials of this run have expired") as refused:
        here.client("sagemaker").list_models()
    assert "--timeout" in refused.value.hint
    assert here.sent == []


def test_credentials_that_are_about_to_lapse_are_changed_for_those_that_were_renewed(
    given: Terms, rigs: tuple[Rig, Rig]
) -> None:
    old = Keys("OLD", "old", "old", NOW + 1000)
    here = wearing(rigs[0], replace(given, keys=old), lambda: given.keys)
    put(here)
    assert f"Credential={given.keys.id}/" in str(here.sent[0].headers["Authorization"])


def test_credentials_hold_to_their_end_where_there_are_no_others(
    given: Terms, rigs: tuple[Rig, Rig]
) -> None:
    def over() -> Keys:
        raise FileNotFoundError

    here = wearing(rigs[0], replace(given, keys=replace(given.keys, until=NOW + 60_000)), over)
    put(here)
    assert here.open == ["PutObject"]


def test_without_a_journal_nothing_is_made(goes: Goes, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    here = goes(journal=tmp_path / "file" / "journal.jsonl")
    with pytest.raises(NotSent, match=r"The journal .* cannot be used"):
        here.client("sagemaker").create_model(**model(here))
    assert here.sent == []


def test_with_a_journal_that_cannot_be_read_nothing_is_made(here: Wearing) -> None:
    here.terms.journal.write_text("nonsense\n")
    with pytest.raises(NotSent, match="cannot be read at line 1"):
        here.client("sagemaker").create_model(**model(here))
    assert here.sent == []


# The ceiling


def test_what_would_bring_the_lab_above_its_ceiling_stays_here(goes: Goes) -> None:
    here = goes(ceiling=Decimal("0.03"))
    here.client("sagemaker").create_training_job(**job(here))  # 0.0233 USD
    with pytest.raises(NotSent, match=r"can cost 0\.02 USD .* ceiling of 0\.03 USD") as refused:
        here.client("sagemaker").create_training_job(
            **job(here) | {"TrainingJobName": named(here, "-2")}
        )
    assert "lab clean deploy_endpoint --target aws" in refused.value.hint
    assert here.open == ["CreateTrainingJob"]
    here.file.append(journal.cleaned("deploy_endpoint", NOW))
    assert here.journal.usd > 0, "it is open: cleaned forgets nothing"


def test_the_ceiling_is_that_of_all_processes_of_the_lab(goes: Goes) -> None:
    one, two = goes(ceiling=Decimal("0.03")), goes(ceiling=Decimal("0.03"))
    one.client("sagemaker").create_training_job(**job(one))
    with pytest.raises(NotSent, match="ceiling"):
        two.client("sagemaker").create_training_job(
            **job(two) | {"TrainingJobName": named(two, "-2")}
        )


def test_another_labs_costs_do_not_count(goes: Goes) -> None:
    one, two = goes(ceiling=Decimal("0.03")), goes(ceiling=Decimal("0.03"), lab="train_xgboost")
    one.client("sagemaker").create_training_job(**job(one))
    two.client("sagemaker").create_training_job(**job(two) | {"TrainingJobName": named(two, "-2")})


def test_what_has_no_price_stays_here(goes: Goes, given: Terms) -> None:
    limits = replace(given.limits, instance_types=("ml.p4d.24xlarge",))
    here = goes(limits=limits)
    request = job(here)
    request["ResourceConfig"]["InstanceType"] = "ml.p4d.24xlarge"
    with pytest.raises(NotSent, match=r"What an hour of ml\.p4d\.24xlarge costs"):
        here.client("sagemaker").create_training_job(**request)
    assert here.sent == []


def test_jobs_go_on_spot_unless_the_run_says_otherwise(goes: Goes) -> None:
    for spot in (True, False):
        here = goes(spot=spot)
        here.client("sagemaker").create_training_job(
            **job(here) | {"TrainingJobName": named(here, f"-{spot}")}
        )
        sent = json.loads(here.sent[0].body)
        assert sent.get("EnableManagedSpotTraining", False) is spot


# Endpoints


def test_an_endpoint_leaves_once_aws_has_been_told_when_to_delete_it(
    ground: Ground, here: Wearing
) -> None:
    request = configured(here)
    seen: dict[str, list[str]] = {}

    def look(sent: Any) -> None:
        seen[asked(sent)] = schedules(ground, here)

    here.sending = look
    here.client("sagemaker").create_endpoint(**request)
    assert seen["CreateEndpoint"] == [named(here)]
    found = owner(ground, "scheduler").get_schedule(GroupName=GROUP, Name=named(here))
    assert found["ScheduleExpression"] == "at(2026-11-21T14:00:00)", "two hours from now"
    assert found["ScheduleExpressionTimezone"] == "UTC"
    assert found["ActionAfterCompletion"] == "DELETE"
    assert found["Target"]["RoleArn"] == here.terms.deadline_role_arn
    assert here.open[-2:] == ["CreateSchedule", "CreateEndpoint"], "taken down the other way round"


def test_an_endpoint_whose_end_cannot_be_scheduled_is_never_sent(goes: Goes, given: Terms) -> None:
    here = goes(limits=replace(given.limits, group="quizengine-no-such"))
    request = configured(here)
    here.sent.clear()
    with pytest.raises(NotSent, match="CreateEndpoint was not sent"):
        here.client("sagemaker").create_endpoint(**request)
    assert "CreateEndpoint" not in [asked(each) for each in here.sent]
    assert "CreateEndpoint" not in here.open


def test_an_endpoint_above_the_ceiling_gets_no_schedule_either(ground: Ground, goes: Goes) -> None:
    here = goes(ceiling=Decimal("0.1"))
    with pytest.raises(NotSent, match="until its deadline"):
        here.client("sagemaker").create_endpoint(**configured(here))
    assert schedules(ground, here) == []
    assert "CreateSchedule" not in here.open


def test_an_endpoint_of_no_configuration_is_refused_here(ground: Ground, here: Wearing) -> None:
    with pytest.raises(NotSent, match=r"CreateEndpoint was not sent: .*Could not find"):
        here.client("sagemaker").create_endpoint(
            EndpointName=named(here), EndpointConfigName=named(here, "-none")
        )
    assert schedules(ground, here) == []


def test_an_endpoint_that_is_there_keeps_its_deadline_and_is_refused_by_aws(
    ground: Ground, here: Wearing
) -> None:
    request = configured(here)
    here.client("sagemaker").create_endpoint(**request)
    before = here.open
    with pytest.raises(ClientError, match="already exist"):
        here.client("sagemaker").create_endpoint(**request)
    assert here.open == before
    assert schedules(ground, here) == [named(here)]


def test_a_deadline_that_outlived_its_endpoint_is_set_anew(ground: Ground, here: Wearing) -> None:
    request = configured(here)
    scheduler = owner(ground, "scheduler")
    scheduler.create_schedule(
        Name=named(here),
        GroupName=GROUP,
        ScheduleExpression="at(2026-11-21T12:05:00)",
        FlexibleTimeWindow={"Mode": "OFF"},
        Target={"Arn": "arn:aws:scheduler:::aws-sdk:sagemaker:deleteEndpoint", "RoleArn": ROLE},
    )
    here.client("sagemaker").create_endpoint(**request)
    found = scheduler.get_schedule(GroupName=GROUP, Name=named(here))
    assert found["ScheduleExpression"] == "at(2026-11-21T14:00:00)"


def test_deleting_an_endpoint_lifts_its_deadline_and_closes_both_entries(
    ground: Ground, here: Wearing
) -> None:
    sagemaker = here.client("sagemaker")
    sagemaker.create_endpoint(**configured(here))
    _settled(ground, here)
    sagemaker.delete_endpoint(EndpointName=named(here))
    assert schedules(ground, here) == []
    assert here.open == ["CreateModel", "CreateEndpointConfig"]


def _settled(ground: Ground, here: Wearing) -> None:
    """Until the endpoint is on its way nowhere: only then can it be deleted or changed."""
    client = owner(ground, "sagemaker")
    while client.describe_endpoint(EndpointName=named(here))["EndpointStatus"] in (
        "Creating",
        "Updating",
    ):
        pass


def test_an_update_to_more_instances_is_priced_too(ground: Ground, here: Wearing) -> None:
    sagemaker = here.client("sagemaker")
    sagemaker.create_endpoint(**configured(here))  # 0.23 USD for two hours
    more = configured(here, "-more", count=9)
    spent = here.journal.usd
    _settled(ground, here)
    with pytest.raises(NotSent, match="UpdateEndpoint was not sent: it can cost 2"):
        sagemaker.update_endpoint(**more)
    with pytest.raises(NotSent, match="UpdateEndpointWeightsAndCapacities was not sent"):
        sagemaker.update_endpoint_weights_and_capacities(
            EndpointName=named(here),
            DesiredWeightsAndCapacities=[{"VariantName": "A", "DesiredInstanceCount": 9}],
        )
    with pytest.raises(NotSent, match="RegisterScalableTarget was not sent"):
        here.client("application-autoscaling").register_scalable_target(
            ServiceNamespace="sagemaker",
            ResourceId=f"endpoint/{named(here)}/variant/A",
            ScalableDimension="sagemaker:variant:DesiredInstanceCount",
            MinCapacity=1,
            MaxCapacity=9,
        )
    assert here.journal.usd == spent


class Scaled:
    """A client of an account with an endpoint that was made with one instance."""

    def describe_endpoint(self, **request: Any) -> dict[str, Any]:
        scaled = {"VariantName": "A", "CurrentInstanceCount": 3, "DesiredInstanceCount": 5}
        return {
            "EndpointConfigName": "c",
            "ProductionVariants": [scaled],
            "LastDeploymentConfig": CANARY,
        }

    def describe_endpoint_config(self, **request: Any) -> dict[str, Any]:
        both = {"VariantName": "A", "InstanceType": "ml.m5.large", "InitialInstanceCount": 1}
        return {"EndpointConfigName": "c", "ProductionVariants": [both]}


@pytest.mark.parametrize(("keeps", "counts"), [(True, "5 x ml.m5"), (False, "1 x ml.m5")])
def test_an_update_that_keeps_the_instances_is_priced_by_those_that_the_endpoint_has(
    given: Terms, keeps: bool, counts: str
) -> None:
    door = Door(given, pricelist.prices("us-east-1"), lambda: NOW, str, lambda service: Scaled())
    request = {
        "EndpointName": "e",
        "EndpointConfigName": "c",
        "RetainAllVariantProperties": keeps,
    }
    assert door._most(Call("sagemaker", "UpdateEndpoint", request)).why.startswith(counts)


@pytest.mark.parametrize(("minutes", "leaves"), [(21, True), (14, False)])
def test_an_endpoint_is_not_changed_shortly_before_its_deadline(
    ground: Ground, here: Wearing, minutes: int, leaves: bool
) -> None:
    request = configured(here)
    sagemaker, scheduler = here.client("sagemaker"), owner(ground, "scheduler")
    sagemaker.create_endpoint(**request)
    _settled(ground, here)
    due = deadline(named(here), NOW + minutes * 60_000, group=GROUP, role_arn=ROLE)
    scheduler.delete_schedule(Name=named(here), GroupName=GROUP)
    scheduler.create_schedule(**due.request)
    weights = [{"VariantName": "A", "DesiredWeight": 2.0}]
    capacities = {"EndpointName": named(here), "DesiredWeightsAndCapacities": weights}
    changes: list[tuple[int, Callable[[], Any]]] = [
        (20, lambda: sagemaker.update_endpoint(**request)),
        (15, lambda: sagemaker.update_endpoint_weights_and_capacities(**capacities)),
    ]
    if leaves:
        with pytest.raises(NotSent, match="a change may take 30"):
            sagemaker.update_endpoint(**request, DeploymentConfig=CANARY)
        for _, change in changes:
            with pytest.raises(ClientError, match="Cannot update endpoint"):  # which failed
                change()
        return
    for takes, change in changes:
        why = f"is due in {minutes} minutes, and a change may take {takes}"
        with pytest.raises(NotSent, match=why) as told:
            change()
        assert "Delete the endpoint and make it anew" in told.value.hint
    scheduler.delete_schedule(Name=named(here), GroupName=GROUP)
    with pytest.raises(NotSent, match="is over, and a change may take 20"):
        sagemaker.update_endpoint(**request)


def test_that_an_endpoint_is_not_there_is_for_aws_to_say(here: Wearing) -> None:
    with pytest.raises(ClientError, match="Could not find"):
        here.client("sagemaker").update_endpoint(
            **configured(here), RetainAllVariantProperties=True
        )


def test_an_update_that_keeps_how_it_is_done_takes_as_long_as_the_last_one(given: Terms) -> None:
    door = Door(given, pricelist.prices("us-east-1"), lambda: NOW, str, lambda service: Scaled())
    for keeps, seconds in ((True, UPDATE_S + 600), (False, UPDATE_S)):
        request = {"EndpointName": "e", "RetainDeploymentConfig": keeps}
        assert door._change_s(Call("sagemaker", "UpdateEndpoint", request)) == seconds


CANARY = {
    "BlueGreenUpdatePolicy": {
        "TrafficRoutingConfiguration": {
            "Type": "CANARY",
            "CanarySize": {"Type": "INSTANCE_COUNT", "Value": 1},
            "WaitIntervalInSeconds": 300,
        }
    }
}


# What was answered, and what was not


def test_a_refused_call_is_not_open(here: Wearing) -> None:
    sagemaker = here.client("sagemaker")
    sagemaker.create_model(**model(here))
    with pytest.raises(ClientError):
        sagemaker.create_model(**model(here))
    assert here.open == ["CreateModel"], "the first"
    assert '"what":"refused"' in here.lines()[-1]


def test_a_call_whose_answer_was_lost_stays_open(ground: Ground, here: Wearing) -> None:
    ground.injector.arm(Fault(1, "after", "cut"))
    with pytest.raises(ConnectionClosedError):
        here.client("sagemaker").create_model(**model(here))
    assert here.open == ["CreateModel"]
    assert not here.journal.open[0].did


def test_a_call_at_which_aws_broke_stays_open(ground: Ground, here: Wearing) -> None:
    ground.injector.arm(Fault(1, "before", "500"))
    with pytest.raises(ClientError, match="It broke here"):
        here.client("sagemaker").create_model(**model(here))
    assert here.open == ["CreateModel"], "nobody knows"


def test_a_call_that_never_found_its_way_out_is_not_open(here: Wearing) -> None:
    def unreachable(request: Any) -> None:
        raise EndpointConnectionError(endpoint_url=request.url)

    here.sending = unreachable
    with pytest.raises(EndpointConnectionError):
        here.client("sagemaker").create_model(**model(here))
    assert here.open == []


def test_what_aws_refuses_is_told_also_where_the_journal_has_no_room_for_it(
    here: Wearing, monkeypatch: pytest.MonkeyPatch
) -> None:
    sagemaker, write = here.client("sagemaker"), os.write
    sagemaker.create_model(**model(here))

    def full(handle: int, body: bytes) -> int:
        if b'"what":"refused"' in body:
            raise OSError(errno.ENOSPC, "No space left on device")
        return write(handle, body)

    monkeypatch.setattr(os, "write", full)
    with pytest.raises(ClientError, match="already exist"):
        sagemaker.create_model(**model(here))
    assert here.open == ["CreateModel", "CreateModel"], "then nobody knows"


def test_what_is_tried_again_is_one_entry(ground: Ground, here: Wearing) -> None:
    ground.injector.arm(Fault(1, "before", "cut", once=True))
    here.client("sagemaker", TWICE).create_model(**model(here))
    assert len(here.sent) == 2
    assert sum('"what":"will"' in line for line in here.lines()) == 1
    assert here.open == ["CreateModel"]


def test_what_was_made_at_a_first_try_and_refused_at_the_second_stays_open(
    ground: Ground, here: Wearing
) -> None:
    ground.injector.arm(Fault(1, "after", "cut", once=True))
    with pytest.raises(ClientError):
        here.client("sagemaker", TWICE).create_model(**model(here))
    assert here.open == ["CreateModel"], "the refusal was of the second try"


def test_an_object_put_again_is_one_open_entry(here: Wearing) -> None:
    for body in (b"1", b"22", b"333"):
        put(here, body=body)
    assert here.open == ["PutObject"]
    assert here.journal.open[0].call.request["Body"] == {"bytes": 3}
    assert b"333" not in here.terms.journal.read_bytes(), "no bodies"


def test_what_the_script_takes_back_itself_is_closed(here: Wearing) -> None:
    put(here, "/a")
    put(here, "/b")
    put(here, "/c")
    s3, sagemaker = here.client("s3"), here.client("sagemaker")
    s3.delete_object(Bucket=BUCKET, Key=named(here, "/a"))
    s3.delete_objects(Bucket=BUCKET, Delete={"Objects": [{"Key": named(here, "/b")}]})
    assert [each.call.request["Key"] for each in here.journal.open] == [named(here, "/c")]
    sagemaker.create_model(**model(here))
    sagemaker.delete_model(ModelName=named(here, "-m"))
    assert here.open == ["PutObject"]


def test_what_is_only_partly_taken_back_stays_open(here: Wearing) -> None:
    put(here, "/a")
    put(here, "/b")
    s3 = here.client("s3")
    key = named(here, "/a")
    s3.delete_objects(Bucket=BUCKET, Delete={"Objects": [{"Key": key, "VersionId": "older"}]})
    assert here.open == ["PutObject", "PutObject"], "an older version is not the object"
    ledger = Ledger(here.terms, lambda: NOW, lambda: "none")
    both = Call(
        "s3",
        "DeleteObjects",
        {"Bucket": BUCKET, "Delete": {"Objects": [{"Key": key}, {"Key": named(here, "/b")}]}},
    )
    ledger.taken_back(both, {"Errors": [{"Key": key, "Code": "InternalError"}]})
    assert [each.call.request["Key"] for each in here.journal.open] == [key]


def test_what_was_gone_when_the_script_took_it_back_is_closed_as_well(
    ground: Ground, here: Wearing
) -> None:
    here.client("sagemaker").create_model(**model(here))
    owner(ground, "sagemaker").delete_model(ModelName=named(here, "-m"))
    with pytest.raises(ClientError, match="Could not find"):
        here.client("sagemaker").delete_model(ModelName=named(here, "-m"))
    assert here.open == []


def test_an_upload_in_parts_can_be_aborted_and_once_complete_deleted(here: Wearing) -> None:
    s3 = here.client("s3")
    where = {"Bucket": BUCKET, "Key": named(here, "/big")}
    upload = {**where, "UploadId": s3.create_multipart_upload(**where)["UploadId"]}
    (entry,) = here.journal.open
    assert entry.undo is not None
    assert entry.undo.request == upload
    tag = s3.upload_part(**upload, PartNumber=1, Body=b"1")["ETag"]
    parts = {"Parts": [{"PartNumber": 1, "ETag": tag}]}
    s3.complete_multipart_upload(**upload, MultipartUpload=parts)
    (entry,) = here.journal.open
    assert entry.undo is not None
    assert (entry.undo.operation, entry.undo.request) == ("DeleteObject", where)


# What AWS says of every call


def test_a_storm_of_refusals_ends_in_one_sentence(ground: Ground, here: Wearing) -> None:
    ground.injector.arm(Storm(1))
    with pytest.raises(AwsRefuses, match="AWS asks to be called less often") as refused:
        here.client("sagemaker").create_model(**model(here))
    assert "Wait a minute" in str(refused.value)
    assert here.open == [], "each was surely refused"
    assert not isinstance(refused.value, OSError)


@pytest.mark.parametrize("service", ["s3", "sagemaker"])
def test_a_wrong_clock_is_told_as_one(ground: Ground, here: Wearing, service: str) -> None:
    ground.injector.arm(Skew(0))
    client = here.client(service)
    call = _puts(here, client) if service == "s3" else lambda: client.create_model(**model(here))
    with pytest.raises(AwsRefuses, match="Set the clock of this computer right"):
        call()
    assert here.open == []


def test_expired_credentials_and_a_lack_of_spot_instances_are_told_with_a_way_out(
    here: Wearing,
) -> None:
    from botocore.awsrequest import AWSResponse
    from botocore.compat import HTTPHeaders

    class Raw:
        def __init__(self, body: bytes) -> None:
            self._body = body

        def stream(self) -> Iterator[bytes]:
            yield self._body

    def answers(code: str) -> Callable[..., AWSResponse]:
        body = json.dumps({"__type": code, "message": "no"}).encode()
        return lambda request, **_: AWSResponse(request.url, 400, HTTPHeaders(), Raw(body))

    for code, way_out in (
        ("ExpiredTokenException", "Run it again"),
        ("ResourceLimitExceeded", "--on-demand"),
    ):
        client = here.client("sagemaker")
        client.meta.events.register("before-send", answers(code), unique_id=code)
        with pytest.raises(AwsRefuses, match=way_out):
            client.create_training_job(**job(here))
        client.meta.events.unregister("before-send", unique_id=code)
        assert here.open == []


def test_what_stopped_a_process_of_a_pool_reaches_whoever_waits_for_it() -> None:
    there = NotSent("s3: PutObject was not sent: no.", "Do not.")
    here = pickle.loads(pickle.dumps(there))
    assert (type(here), str(here)) == (NotSent, str(there))


def test_terms_lie_where_only_the_learner_reads_them(given: Terms, tmp_path: Path) -> None:
    from labs.aws import terms as files

    file = tmp_path / "terms.json"
    files.write(given, file)
    assert file.stat().st_mode & 0o077 == 0
    assert files.read(file) == given
    assert given.keys.secret not in repr(given)
    with pytest.raises(FileExistsError):
        files.write(given, file)
