"""Training jobs that a network, a key or a bucket's policy stands in the way of."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from labs.cloud.keys import Key
from labs.cloud.network import NO_WAY, Way
from tests.labs.cloud.conftest import Do
from tests.labs.cloud.fakes import ROLE, Call, End, FakeWorld, job, trained

NETWORK = {"VpcConfig": {"Subnets": ["subnet-1"], "SecurityGroupIds": ["sg-1"]}}
WITH_KEY = {"OutputDataConfig": {"S3OutputPath": "s3://bucket/out", "KmsKeyId": "k"}}
EVERYBODY = '{"Statement": {"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}}'
HERE = Way("vpc-1", "vpce-1", EVERYBODY)


def ended(do: Do, **change: Any) -> tuple[str, str]:
    """The status of a job that is changed so, and its FailureReason."""
    do("CreateTrainingJob", job(**change))
    told = do("DescribeTrainingJob", TrainingJobName="job")
    return told["TrainingJobStatus"], told.get("FailureReason", "")


def deny(**condition: Any) -> str:
    statement = {
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:PutObject",
        "Resource": "*",
        "Condition": condition,
    }
    return json.dumps({"Statement": statement})


def test_a_job_whose_vpc_has_no_way_to_s3_gets_no_data(do: Do, world: FakeWorld) -> None:
    world.services.guards.way = None
    assert ended(do, **NETWORK) == ("Failed", f"ClientError: Data download failed:{NO_WAY}")
    assert not world.services.logs, "it never came to train"


def test_without_a_vpc_a_job_takes_sagemakers_own_way(do: Do, world: FakeWorld) -> None:
    world.services.guards.way = None
    assert ended(do)[0] == "Completed"


def test_a_way_that_is_lost_while_it_trains_loses_the_model(do: Do, world: FakeWorld) -> None:
    def cuts(call: Call) -> End:
        world.services.guards.way = None
        return trained(call)

    world.algorithm = cuts
    assert ended(do, **NETWORK) == ("Failed", f"ClientError: Artifact upload failed:{NO_WAY}")
    assert not [key for key in world.services.buckets["bucket"] if key.endswith("model.tar.gz")]


def test_an_endpoints_policy_decides_which_buckets_are_reached(do: Do, world: FakeWorld) -> None:
    other = {"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "arn:aws:s3:::other/*"}
    world.services.guards.way = replace(HERE, policy=json.dumps({"Statement": other}))
    status, why = ended(do, **NETWORK)
    assert status == "Failed"
    assert why.startswith("ClientError: Data download failed:User: arn:aws:sts::")
    assert why.endswith("because no VPC endpoint policy allows the s3:ListBucket action")


@pytest.mark.parametrize(("way", "status"), [(HERE, "Completed"), (Way(), "Failed")])
def test_a_bucket_that_wants_one_endpoint_sees_by_which_a_job_comes(
    do: Do, world: FakeWorld, way: Way, status: str
) -> None:
    world.services.guards.way = way
    elsewhere = {"StringNotEquals": {"aws:SourceVpce": "vpce-1"}}
    world.services.guards.bucket_policies["bucket"] = deny(**elsewhere)
    found, why = ended(do, **NETWORK)
    assert found == status
    assert (found == "Completed") or why.startswith("ClientError: Artifact upload failed:User: ")
    assert (found == "Completed") or "explicit deny in a resource-based policy" in why


def test_a_job_comes_by_tls(do: Do, world: FakeWorld) -> None:
    world.services.guards.bucket_policies["bucket"] = deny(Bool={"aws:SecureTransport": "false"})
    assert ended(do)[0] == "Completed"


def test_a_model_is_not_written_under_a_key_that_the_role_may_not_use(
    do: Do, world: FakeWorld
) -> None:
    world.services.guards.kms["k"] = Key("arn:k", "Enabled", '{"Statement": []}')
    status, why = ended(do, **WITH_KEY)
    assert status == "Failed"
    assert why.startswith("ClientError: Artifact upload failed:User: arn:aws:sts::")
    assert "because no resource-based policy allows the kms:GenerateDataKey action" in why
    assert world.services.logs, "it has trained"


def test_a_disabled_key_and_one_that_is_not_there_fail_the_job(do: Do, world: FakeWorld) -> None:
    world.services.guards.kms["k"] = Key("arn:k", "Disabled", EVERYBODY)
    assert ended(do, **WITH_KEY)[1] == "ClientError: Artifact upload failed:arn:k is disabled."
    world.services.guards.kms["k"] = None
    do("DeleteTrainingJob", TrainingJobName="job")
    missing = "ClientError: Artifact upload failed:Key 'k' does not exist"
    assert ended(do, **WITH_KEY)[1] == missing


def test_the_volumes_key_is_asked_for_before_anything_is_fetched(do: Do, world: FakeWorld) -> None:
    world.services.guards.kms["v"] = Key("arn:v", "Disabled", EVERYBODY)
    resources = {**job()["ResourceConfig"], "VolumeKmsKeyId": "v"}
    status, why = ended(do, ResourceConfig=resources)
    assert (status, why.endswith("arn:v is disabled.")) == ("Failed", True)
    assert not world.services.logs


def test_encrypted_rows_take_their_own_key(do: Do, world: FakeWorld) -> None:
    world.services.guards.encrypted["train/a.csv"] = "k"
    world.services.guards.kms["k"] = Key("arn:k", "Enabled", '{"Statement": []}')
    status, why = ended(do)
    assert status == "Failed"
    assert why.startswith("ClientError: Data download failed:User: ")
    assert "kms:Decrypt on resource: arn:k" in why


def test_a_policy_that_is_not_understood_fails_the_job_and_says_so(
    do: Do, world: FakeWorld
) -> None:
    world.services.guards.bucket_policies["bucket"] = deny(Strange={"a": "b"})
    status, why = ended(do)
    assert status == "Failed"
    assert "The condition operator Strange is not known here" in why


def test_isolation_changes_nothing_for_a_job_whose_data_are_channels(do: Do) -> None:
    assert ended(do, EnableNetworkIsolation=True, RoleArn=ROLE)[0] == "Completed"


def test_an_isolated_container_cannot_fetch_its_program(do: Do, world: FakeWorld) -> None:
    world.services.buckets["bucket"]["source.tar.gz"] = b"any"
    named = {**job().get("HyperParameters", {})}
    named["sagemaker_submit_directory"] = json.dumps("s3://bucket/source.tar.gz")
    status, why = ended(do, EnableNetworkIsolation=True, HyperParameters=named)
    assert status == "Failed"
    assert "EnableNetworkIsolation a container has no network and no credentials" in why
