"""What a run leaves is found, and taken down from any other place and time; a clean that was cut
off itself goes on."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from labs import journal as lines
from labs import undo as undoing
from labs.journal import Entry
from labs.undo import Call
from tests.labs.aws.faults.ground import BUCKET, Ground, held
from tests.labs.aws.faults.injected import Fault
from tests.labs.aws.faults.runs import Learner, Make
from tests.labs.aws.faults.test_faults import STAYS

pytestmark = pytest.mark.xdist_group("faults")

NAME = "quizengine-de"
ROLE = "arn:aws:iam::123456789012:role/quizengine-execution"
IMAGE = "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-xgboost:3.2-0"
TAGS = [{"Key": "quizengine", "Value": "quizengine"}]


def calls() -> Iterator[Call]:
    """What somebody has made who deployed a model: and they are not here any more."""
    yield Call("s3", "PutObject", {"Bucket": BUCKET, "Key": f"{NAME}/model.tar.gz", "Body": b"x"})
    container = {"Image": IMAGE, "ModelDataUrl": f"s3://{BUCKET}/{NAME}/model.tar.gz"}
    model = {"ModelName": NAME, "ExecutionRoleArn": ROLE, "PrimaryContainer": container}
    yield Call("sagemaker", "CreateModel", {**model, "Tags": TAGS})
    variant = {"VariantName": "A", "ModelName": NAME, "InitialInstanceCount": 2}
    config = {"ProductionVariants": [{**variant, "InstanceType": "ml.m5.large"}]}
    yield Call(
        "sagemaker", "CreateEndpointConfig", {"EndpointConfigName": NAME, **config, "Tags": TAGS}
    )
    target = {
        "Arn": "arn:aws:scheduler:::aws-sdk:sagemaker:deleteEndpoint",
        "RoleArn": "arn:aws:iam::123456789012:role/quizengine-deadline",
        "Input": json.dumps({"EndpointName": NAME}),
    }
    schedule = {"Name": NAME, "GroupName": "quizengine-deadlines", "Target": target}
    at = {"ScheduleExpression": "at(2036-01-01T00:00:00)", "FlexibleTimeWindow": {"Mode": "OFF"}}
    yield Call("scheduler", "CreateSchedule", {**schedule, **at})
    endpoint = {"EndpointName": NAME, "EndpointConfigName": NAME, "Tags": TAGS}
    yield Call("sagemaker", "CreateEndpoint", endpoint)


@pytest.fixture
def left(ground: Ground, learner: Make) -> Iterator[Learner]:
    """A learner whose things stand in the account, and in the journal."""
    me = learner("deploy_endpoint")
    before = held(ground)
    for number, call in enumerate(calls()):
        now = int(datetime.now(UTC).timestamp() * 1000)
        entry = Entry(f"{now}-{number}", now, me.lab.slug, call, undoing.undo(call))
        method = "".join(f"_{c.lower()}" if c.isupper() else c for c in call.operation)[1:]
        me.journal.append(lines.will(entry))
        getattr(ground.client(call.service), method)(**call.request)
        me.journal.append(lines.did(entry.id, now))
    yield me
    ground.injector.disarm()
    if me.journal.read().open:
        me.cleans()
    rest = {each for each in held(ground) - before if not STAYS.match(each)}
    assert not rest, "a test that fails must not make the next one fail"


def things(me: Learner) -> tuple[int, dict[str, Any]]:
    ran = me.types("lab", "leftovers", "--json")
    told = json.loads(ran.said)
    assert told["blind"] == []
    return ran.code, {each["kind"]: each for each in told["things"]}


def test_leftovers_are_found_by_each_way_with_what_they_cost_and_what_ends_them(
    left: Learner,
) -> None:
    code, found = things(left)
    assert code == 3
    endpoint = found["endpoint"]
    assert endpoint["name"] == NAME
    assert endpoint["lab"] == "deploy_endpoint"
    assert endpoint["usd_hour"] == "0.230", "two instances"
    assert set(endpoint["found"]) == {"names", "tags", "journal"}
    assert endpoint["since"].startswith("20")
    command = "quizengine lab clean deploy_endpoint --target aws --region us-east-1"
    assert endpoint["command"] == command
    assert set(found["schedule"]["found"]) == {"deadlines", "journal"}
    assert {"model", "endpoint configuration"} < set(found)
    shown = left.types("lab", "leftovers")
    assert shown.code == 3
    assert command in shown.said
    assert "0.23" in shown.said

    assert left.cleans().code == 0
    code, found = things(left)
    assert set(found) <= {"1 objects, 1 bytes"}, "somebody else's object in the bucket"


def test_without_the_journal_names_and_tags_find_it_and_clean_takes_it_down(left: Learner) -> None:
    left.journal.path.unlink()
    code, found = things(left)
    assert code == 3
    assert set(found["endpoint"]["found"]) == {"names", "tags"}
    assert left.cleans().code == 0


def test_it_goes_on_when_the_guardrails_are_gone(ground: Ground, left: Learner) -> None:
    """And with them what the learner's role may do with deadlines."""
    iam, scheduler = ground.client("iam"), ground.client("scheduler")
    policy = "arn:aws:iam::123456789012:policy/quizengine-deadlines"
    iam.detach_role_policy(RoleName="quizengine-learner", PolicyArn=policy)
    scheduler.delete_schedule_group(Name="quizengine-deadlines")
    try:
        cleaned = left.cleans()
    finally:
        iam.attach_role_policy(RoleName="quizengine-learner", PolicyArn=policy)
        scheduler.create_schedule_group(Name="quizengine-deadlines")
    assert cleaned.code == 0, cleaned.said
    assert left.journal.read().open == ()


def test_another_account_and_the_journal_of_another_are_not_touched(left: Learner) -> None:
    before, journal = held(left.ground), left.journal.path.read_bytes()
    refused = left.cleans("--expect-account", "210987654321")
    assert refused.code == 1
    assert "This is account 123456789012, not 210987654321" in refused.said
    assert held(left.ground) == before
    assert left.journal.path.read_bytes() == journal

    other = left.journal.path.with_name("offline-210987654321-us-east-1-quizengine.jsonl")
    other.write_bytes(journal)
    assert left.cleans().code == 0
    assert other.read_bytes() == journal
    other.unlink()


def test_a_clean_that_was_cut_off_goes_on(left: Learner) -> None:
    """Between what is done in the account and the line in the journal."""
    injector = left.ground.injector
    injector.arm(Fault(3, "after", "cut"))
    cut = left.cleans()
    injector.disarm()
    assert cut.code == 1
    assert "does not answer" in cut.said
    assert left.journal.read().open
    done = left.cleans()
    assert done.code == 0, done.said
    assert left.journal.read().open == ()


def test_what_the_learners_role_may_not_delete_the_owner_does(
    ground: Ground, left: Learner
) -> None:
    iam = ground.client("iam")
    denies = {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Deny", "Action": "sagemaker:DeleteModel", "Resource": "*"}],
    }
    named = {"RoleName": "quizengine-learner", "PolicyName": "no"}
    iam.put_role_policy(**named, PolicyDocument=json.dumps(denies))
    try:
        cleaned = left.cleans()
    finally:
        iam.delete_role_policy(**named)
    assert cleaned.code == 0, cleaned.said
    assert f"Gone: model {NAME}" in cleaned.said
