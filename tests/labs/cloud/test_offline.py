"""The cloud in process as a learner meets it: boto3, real training, real answers."""

from __future__ import annotations

import json
import os
import signal
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import numpy as np
import pytest
import xgboost as xgb
from botocore.exceptions import ClientError

import labs.cloud
from labs.cloud import images
from labs.cloud.algorithms.worker import Workers
from labs.cloud.plane import Plane
from tests.labs.cloud.aws import TRUST, Account, packed, unpacked
from tests.labs.cloud.fakes import ACCOUNT, REGION, job

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("cloud-offline")]


@pytest.fixture(scope="module")
def workers() -> Iterator[Workers]:
    made = Workers()
    made.warm("xgboost")
    yield made
    made.close()


@pytest.fixture(scope="module")
def cloud(workers: Workers) -> Iterator[Plane]:
    with labs.cloud.offline(workers=workers) as made:
        yield made


@pytest.fixture(scope="module")
def account(cloud: Plane) -> Account:
    return Account.new()


@pytest.fixture(scope="module")
def trained(cloud: Plane, account: Account) -> str:
    """The S3 URI of a model that a job trained."""
    account.train("trained", eval_metric="rmse", objective="reg:squarederror")
    waiter = account.sagemaker.get_waiter("training_job_completed_or_stopped")
    waiter.wait(TrainingJobName="trained", WaiterConfig={"Delay": 0, "MaxAttempts": 100_000})
    told = account.job("trained")
    assert told["TrainingJobStatus"] == "Completed", told.get("FailureReason")
    artefact: str = told["ModelArtifacts"]["S3ModelArtifacts"]
    return artefact


@pytest.fixture(scope="module")
def endpoint(cloud: Plane, account: Account, trained: str) -> str:
    account.deploy("served", trained)
    assert cloud.settle()
    return "served"


def error(call: Any, **request: Any) -> tuple[str, str]:
    with pytest.raises(ClientError) as refused:
        call(**request)
    told = refused.value.response["Error"]
    return told["Code"], told["Message"]


def archive(account: Account, uri: str) -> bytes:
    key = uri.removeprefix("s3://bucket/")
    return account.s3.get_object(Bucket="bucket", Key=key)["Body"].read()


def until(seen: Any, seconds: float = 10.0) -> None:
    """Wait for what happens in another thread."""
    end = time.monotonic() + seconds
    while not seen():
        assert time.monotonic() < end
        time.sleep(0.01)


def processes_at_work(workers: Workers) -> list[int]:
    return [process.pid for process in workers._at_work]


# Training


def test_a_bare_xgboost_loads_the_artefact_and_predicts_the_same(
    account: Account, trained: str, endpoint: str
) -> None:
    (model,) = unpacked(archive(account, trained)).items()
    assert model[0] == "xgboost-model"
    booster = xgb.Booster()
    booster.load_model(bytearray(model[1]))
    row = np.array([[0.5, -1.0]], dtype=np.float32)
    predicted = float(booster.inplace_predict(row)[0])
    answer = account.runtime.invoke_endpoint(
        EndpointName=endpoint, Body=b"0.5,-1.0", ContentType="text/csv"
    )
    assert answer["Body"].read() == f"{predicted}\n".encode()
    assert answer["InvokedProductionVariant"] == "served"
    assert answer["ContentType"].startswith("text/csv")


def test_a_jobs_log_metrics_and_final_metrics_agree(account: Account, trained: str) -> None:
    group = "/aws/sagemaker/TrainingJobs"
    streams = account.logs.describe_log_streams(
        logGroupName=group, logStreamNamePrefix="trained/algo-1-"
    )["logStreams"]
    events = account.logs.get_log_events(
        logGroupName=group, logStreamName=streams[0]["logStreamName"], startFromHead=True
    )["events"]
    rounds = [each["message"] for each in events if each["message"].startswith("[")]
    last = next(each for each in rounds if each.startswith("[1]#011"))
    final = {
        each["MetricName"]: each["Value"] for each in account.job("trained")["FinalMetricDataList"]
    }
    assert last == "[1]" + "".join(
        f"#011{part}-rmse:{final[f'{part}:rmse']:.5f}" for part in ("train", "validation")
    )
    now = datetime.now(UTC)
    found = account.cloudwatch.get_metric_statistics(
        Namespace=group,
        MetricName="validation:rmse",
        Dimensions=[{"Name": "TrainingJobName", "Value": "trained"}],
        StartTime=now - timedelta(hours=1),
        EndTime=now + timedelta(hours=1),
        Period=7200,
        Statistics=["Minimum", "SampleCount"],
    )["Datapoints"]
    (point,) = found
    assert point["SampleCount"] == 2
    assert point["Minimum"] == pytest.approx(final["validation:rmse"])


def test_a_worker_killed_hard_fails_its_job_and_no_other(
    cloud: Plane, account: Account, workers: Workers
) -> None:
    account.train("killed", num_round="1000000")
    until(lambda: processes_at_work(workers))
    os.kill(processes_at_work(workers)[0], signal.SIGKILL)
    account.train("deep", max_depth="-1")
    assert cloud.settle()
    reason = account.job("killed")["FailureReason"]
    assert reason.startswith("AlgorithmError: ")
    assert reason.endswith(", exit code: 137")
    told = account.job("deep")
    assert told["TrainingJobStatus"] == "Failed"
    assert told["FailureReason"].startswith("AlgorithmError: ")
    assert "Hyperparameter max_depth: -1 is not in [0, +inf)" in told["FailureReason"]
    assert told["FailureReason"].endswith(", exit code: 1")
    assert "ModelArtifacts" not in told


def test_a_stopped_job_keeps_the_model_that_it_saved_and_one_over_its_time_has_none(
    cloud: Plane, account: Account, trained: str
) -> None:
    account.train("stopped", num_round="1000000", save_model_on_termination="true")
    account.train("long", seconds=1, num_round="1000000")

    def rounds() -> bool:
        found = account.logs.filter_log_events(
            logGroupName="/aws/sagemaker/TrainingJobs", logStreamNamePrefix="stopped/"
        )["events"]
        return any("[3]#011" in each["message"] for each in found)

    until(rounds, 30)
    account.sagemaker.stop_training_job(TrainingJobName="stopped")
    assert account.job("stopped")["TrainingJobStatus"] in ("Stopping", "Stopped")
    assert cloud.settle()
    told = account.job("stopped")
    assert (told["TrainingJobStatus"], told["SecondaryStatus"]) == ("Stopped", "Stopped")
    assert "xgboost-model" in unpacked(archive(account, told["ModelArtifacts"]["S3ModelArtifacts"]))
    told = account.job("long")
    assert told["TrainingJobStatus"] == "Stopped"
    assert told["SecondaryStatus"] == "MaxRuntimeExceeded"
    assert "ModelArtifacts" not in told


def test_an_interrupted_spot_job_goes_on_from_its_checkpoint(
    cloud: Plane, account: Account
) -> None:
    conditions = {"MaxRuntimeInSeconds": 60, "MaxWaitTimeInSeconds": 60}
    request = job(
        "spot",
        RoleArn=account.role,
        HyperParameters={"num_round": "6", "max_depth": "2"},
        EnableManagedSpotTraining=True,
        StoppingCondition=conditions,
        CheckpointConfig={"S3Uri": "s3://bucket/checkpoints"},
        Environment={"OFFLINE_SPOT_INTERRUPTIONS": "2"},
    )
    account.sagemaker.create_training_job(**request)
    assert cloud.settle()

    told = account.job("spot")
    assert told["TrainingJobStatus"] == "Completed", told.get("FailureReason")
    statuses = [each["Status"] for each in told["SecondaryStatusTransitions"]]
    assert statuses[2:5] == ["Training", "Interrupted", "Starting"]
    assert told["BillableTimeInSeconds"] <= told["TrainingTimeInSeconds"]
    found = account.logs.filter_log_events(
        logGroupName="/aws/sagemaker/TrainingJobs", logStreamNamePrefix="spot/"
    )["events"]
    rounds = [each["message"].partition("#011")[0] for each in found if "#011" in each["message"]]
    assert rounds == [f"[{number}]" for number in range(6)]
    kept = account.s3.list_objects_v2(Bucket="bucket", Prefix="checkpoints/")["Contents"]
    assert [each["Key"] for each in kept] == [
        f"checkpoints/xgboost-checkpoint.{number}" for number in range(1, 6)
    ]
    artefact = told["ModelArtifacts"]["S3ModelArtifacts"]
    booster = xgb.Booster()
    booster.load_model(bytearray(unpacked(archive(account, artefact))["xgboost-model"]))
    assert booster.num_boosted_rounds() == 6


# Serving


def test_a_broken_archive_fails_its_endpoint_and_harms_nothing(
    cloud: Plane, account: Account
) -> None:
    cases = {
        "no-archive": (b"no archive", "Please ensure that the object located at the URL is a"),
        "torn": (packed(xgboost_model=b"{L\x00\x00"), "did not pass the ping health check"),
    }
    for name, (body, _) in cases.items():
        account.deploy(name, account.upload(f"{name}.tar.gz", body))
    assert cloud.settle()
    for name, (_, reason) in cases.items():
        told = account.sagemaker.describe_endpoint(EndpointName=name)
        assert told["EndpointStatus"] == "Failed"
        assert reason in told["FailureReason"]


def test_metrics_and_logs_of_an_endpoint_are_there_when_somebody_looks(
    account: Account, endpoint: str
) -> None:
    assert (
        error(
            account.runtime.invoke_endpoint,
            EndpointName=endpoint,
            Body=b"{}",
            ContentType="application/json",
        )[0]
        == "ModelError"
    )
    now = datetime.now(UTC)
    query = {
        "Namespace": "AWS/SageMaker",
        "MetricName": "Invocation4XXErrors",
        "Dimensions": [
            {"Name": "EndpointName", "Value": endpoint},
            {"Name": "VariantName", "Value": endpoint},
        ],
        "StartTime": now - timedelta(hours=1),
        "EndTime": now + timedelta(hours=1),
        "Period": 7200,
        "Statistics": ["Sum"],
    }
    before = account.cloudwatch.get_metric_statistics(**query)["Datapoints"][0]["Sum"]  # type: ignore[arg-type]
    assert before >= 1
    group = f"/aws/sagemaker/Endpoints/{endpoint}"
    (stream,) = account.logs.describe_log_streams(logGroupName=group)["logStreams"]
    assert stream["logStreamName"].startswith(f"{endpoint}/i-")
    events = account.logs.filter_log_events(logGroupName=group)["events"]
    assert any("415" in each["message"] for each in events)


def test_an_endpoint_updates_under_load_without_an_error(
    cloud: Plane, account: Account, trained: str, endpoint: str
) -> None:
    account.train("better", num_round="9")
    assert cloud.settle()
    better = account.job("better")["ModelArtifacts"]["S3ModelArtifacts"]
    account.deploy("better", better)
    assert cloud.settle()
    answers: set[bytes] = set()
    enough = threading.Event()

    def ask() -> None:
        while not enough.is_set():
            invocation = cloud.invoke(
                ACCOUNT, REGION, endpoint, b"0.5,-1.0", content_type="text/csv"
            )
            answers.add(invocation.body if invocation.status == 200 else b"an error")

    asking = [threading.Thread(target=ask) for _ in range(2)]
    for each in asking:
        each.start()
    for config in ("better", endpoint, "better", endpoint):
        account.sagemaker.update_endpoint(EndpointName=endpoint, EndpointConfigName=config)
        assert cloud.settle()
    enough.set()
    for each in asking:
        each.join()
    assert len(answers) == 2
    assert b"an error" not in answers


# The control plane's manners


def test_what_is_not_offered_says_so_at_once(account: Account) -> None:
    begun = time.monotonic()
    for call in (account.sagemaker.list_workteams, account.sagemaker.list_labeling_jobs):
        code, message = error(call)
        assert code == "NotOfferedOffline"
        assert message.endswith(" is not offered offline. What is: quizengine cloud coverage")
    code, _ = error(
        account.sagemaker.create_processing_job,
        ProcessingJobName="p",
        AppSpecification={"ImageUri": "image"},
        ProcessingResources={
            "ClusterConfig": {
                "InstanceType": "ml.m5.large",
                "InstanceCount": 1,
                "VolumeSizeInGB": 1,
            }
        },
        RoleArn=account.role,
    )
    assert code == "NotOfferedOffline"
    assert (
        error(account.runtime.invoke_endpoint_with_response_stream, EndpointName="e", Body=b"")[0]
        == "NotOfferedOffline"
    )
    assert time.monotonic() - begun < 5, "it was tried again"


def test_what_cannot_be_created_is_truly_not_there(account: Account) -> None:
    assert account.sagemaker.list_processing_jobs()["ProcessingJobSummaries"] == []
    assert account.sagemaker.list_notebook_instances()["NotebookInstances"] == []


def test_records_are_kept_by_moto(account: Account) -> None:
    account.sagemaker.create_model_package_group(ModelPackageGroupName="group")
    (group,) = account.sagemaker.list_model_package_groups()["ModelPackageGroupSummaryList"]
    assert group["ModelPackageGroupName"] == "group"
    nothing = error(account.sagemaker.describe_experiment, ExperimentName="none")
    assert nothing == ("ResourceNotFound", "There is no experiment none.")


def test_a_model_package_needs_a_group_that_is_there_or_a_name(account: Account) -> None:
    create = account.sagemaker.create_model_package
    code, message = error(create, ModelPackageGroupName="none")
    assert (code, message) == ("ValidationException", "Model Package Group none does not exist.")
    for both_or_none in ({}, {"ModelPackageGroupName": "a", "ModelPackageName": "b"}):
        code, message = error(create, **both_or_none)
        assert code == "ValidationException"
        assert message.startswith("CreateModelPackage needs a ModelPackageGroupName")
    account.sagemaker.create_model_package_group(ModelPackageGroupName="group")
    arn = create(ModelPackageGroupName="group")["ModelPackageArn"]
    assert arn.endswith("group/1")


def test_a_network_that_ec2_has_is_taken_and_any_other_is_not(
    account: Account, cloud: Plane
) -> None:
    ec2 = boto3.client("ec2", REGION)
    subnet = ec2.describe_subnets()["Subnets"][0]["SubnetId"]
    group = ec2.describe_security_groups()["SecurityGroups"][0]["GroupId"]
    known = {"Subnets": [subnet], "SecurityGroupIds": [group]}
    request = job("in-a-vpc", VpcConfig=known) | {"RoleArn": account.role}
    account.sagemaker.create_training_job(**request)
    assert cloud.settle()
    assert account.job("in-a-vpc")["VpcConfig"] == known
    wrong = request | {"TrainingJobName": "x", "VpcConfig": known | {"Subnets": ["subnet-0"]}}
    code, message = error(account.sagemaker.create_training_job, **wrong)
    assert code == "NotOfferedOffline"
    assert message.startswith("CreateTrainingJob with a VpcConfig that names subnet-0 is not")


def test_a_request_is_held_against_its_shape(account: Account) -> None:
    code, message = error(account.sagemaker.describe_training_job, TrainingJobName="no_such name")
    assert code == "ValidationException"
    assert "at 'trainingJobName' failed to satisfy constraint" in message


def test_tags_stand_on_what_was_made_and_a_later_value_counts(
    account: Account, endpoint: str
) -> None:
    arn = account.sagemaker.describe_endpoint(EndpointName=endpoint)["EndpointArn"]
    for value in ("1", "2"):
        account.sagemaker.add_tags(ResourceArn=arn, Tags=[{"Key": "k", "Value": value}])
    assert account.sagemaker.list_tags(ResourceArn=arn)["Tags"] == [{"Key": "k", "Value": "2"}]
    assert error(account.sagemaker.list_tags, ResourceArn=arn + "x")[0] == "ValidationException"


def test_times_in_a_list_are_compared(account: Account, trained: str) -> None:
    soon = datetime.now(UTC) + timedelta(hours=1)
    listed = account.sagemaker.list_training_jobs
    assert listed(CreationTimeAfter=soon)["TrainingJobSummaries"] == []
    assert listed(CreationTimeBefore=soon, NameContains="trained")["TrainingJobSummaries"]


def test_iam_simulates_what_a_role_may_do(account: Account) -> None:
    made = account.iam.create_role(RoleName="newcomer", AssumeRolePolicyDocument=json.dumps(TRUST))
    role = made["Role"]["Arn"]

    def decisions() -> list[str]:
        answer = account.iam.simulate_principal_policy(
            PolicySourceArn=role, ActionNames=["s3:GetObject", "sagemaker:AddTags"]
        )
        return [each["EvalDecision"] for each in answer["EvaluationResults"]]

    assert decisions() == ["implicitDeny", "implicitDeny"]
    account.iam.attach_role_policy(
        RoleName="newcomer", PolicyArn="arn:aws:iam::aws:policy/AmazonSageMakerFullAccess"
    )
    assert decisions() == ["implicitDeny", "allowed"]  # of S3 only what is called sagemaker
    deny = {"Effect": "Deny", "Action": "sagemaker:*", "Resource": "*"}
    account.iam.put_role_policy(
        RoleName="newcomer",
        PolicyName="d",
        PolicyDocument=json.dumps(TRUST | {"Statement": [deny]}),
    )
    assert decisions() == ["implicitDeny", "explicitDeny"]
    document = json.dumps(TRUST | {"Statement": [deny | {"Effect": "Allow"}]})
    limit = account.iam.create_policy(PolicyName="limit", PolicyDocument=document)["Policy"]["Arn"]
    account.iam.put_role_permissions_boundary(RoleName="newcomer", PermissionsBoundary=limit)
    account.iam.delete_role_policy(RoleName="newcomer", PolicyName="d")
    assert decisions() == ["implicitDeny", "allowed"]
    account.iam.attach_role_policy(
        RoleName="newcomer", PolicyArn="arn:aws:iam::aws:policy/AmazonS3FullAccess"
    )
    assert decisions() == ["implicitDeny", "allowed"], "the boundary lets S3 not through"
    account.iam.delete_role_permissions_boundary(RoleName="newcomer")
    assert decisions() == ["allowed", "allowed"]
    code, message = error(
        account.iam.simulate_principal_policy,
        PolicySourceArn=role,
        ActionNames=["s3:GetObject"],
        ResourcePolicy=document,
    )
    assert (code, message) == (
        "InvalidInput",
        "SimulatePrincipalPolicy with ResourcePolicy is not offered offline. "
        "What is: quizengine cloud coverage",
    )
    nobody = account.role.replace("sagemaker", "nobody")
    code, _ = error(
        account.iam.simulate_principal_policy, PolicySourceArn=nobody, ActionNames=["s3:GetObject"]
    )
    assert code == "NoSuchEntity"


# By other ways in


def template(config: str) -> str:
    get = {"Fn::GetAtt": ["Config" + config, "EndpointConfigName"]}
    return json.dumps(
        {
            "Resources": {
                "Config" + config: {
                    "Type": "AWS::SageMaker::EndpointConfig",
                    "Properties": {
                        "ProductionVariants": [
                            {
                                "VariantName": "v",
                                "ModelName": "served",
                                "InstanceType": "ml.m6i.large",
                                "InitialInstanceCount": "1",
                                "InitialVariantWeight": 1,
                            }
                        ]
                    },
                },
                "Endpoint": {
                    "Type": "AWS::SageMaker::Endpoint",
                    "Properties": {"EndpointName": "of-a-stack", "EndpointConfigName": get},
                },
            }
        }
    )


def test_an_endpoint_of_a_stack_serves_changes_and_goes(
    cloud: Plane, account: Account, endpoint: str
) -> None:
    stacks = boto3.client("cloudformation", REGION)
    stacks.create_stack(StackName="stack", TemplateBody=template("A"))
    assert cloud.settle()
    answer = cloud.invoke(ACCOUNT, REGION, "of-a-stack", b"1,2", content_type="text/csv")
    assert answer.status == 200
    before = account.sagemaker.describe_endpoint(EndpointName="of-a-stack")
    stacks.update_stack(StackName="stack", TemplateBody=template("B"))
    assert cloud.settle()
    after = account.sagemaker.describe_endpoint(EndpointName="of-a-stack")
    assert after["CreationTime"] == before["CreationTime"], "it was updated, not made anew"
    assert after["EndpointConfigName"] != before["EndpointConfigName"]
    stacks.delete_stack(StackName="stack")
    assert error(account.sagemaker.describe_endpoint, EndpointName="of-a-stack")[0] == (
        "ValidationException"
    )


def test_auto_scaling_knows_the_endpoints(
    cloud: Plane, account: Account, endpoint: str, trained: str
) -> None:
    account.deploy("scaled", trained)
    assert cloud.settle()
    scaling = boto3.client("application-autoscaling", REGION)
    target: Any = {
        "ServiceNamespace": "sagemaker",
        "ScalableDimension": "sagemaker:variant:DesiredInstanceCount",
    }
    code, message = error(
        scaling.register_scalable_target,
        **target,
        ResourceId="endpoint/scaled/variant/none",
        MinCapacity=1,
        MaxCapacity=2,
    )
    assert code == "ValidationException"
    assert "endpoint/scaled/variant/none" in message
    target["ResourceId"] = "endpoint/scaled/variant/scaled"
    scaling.register_scalable_target(**target, MinCapacity=1, MaxCapacity=2)
    scaling.put_scaling_policy(
        **target,
        PolicyName="p",
        PolicyType="TargetTrackingScaling",
        TargetTrackingScalingPolicyConfiguration={
            "TargetValue": 70.0,
            "PredefinedMetricSpecification": {
                "PredefinedMetricType": "SageMakerVariantInvocationsPerInstance"
            },
        },
    )
    code, message = error(
        account.sagemaker.update_endpoint, EndpointName="scaled", EndpointConfigName=endpoint
    )
    assert "would remove the variant scaled" in message
    account.sagemaker.delete_endpoint(EndpointName="scaled")
    assert scaling.describe_scalable_targets(ServiceNamespace="sagemaker")["ScalableTargets"] == []
    assert scaling.describe_scaling_policies(ServiceNamespace="sagemaker")["ScalingPolicies"] == []


def test_another_region_has_its_own_buckets_jobs_and_images(account: Account) -> None:
    other = boto3.client("sagemaker", "us-west-2")
    assert other.list_training_jobs()["TrainingJobSummaries"] == []
    assert error(
        other.create_model,
        ModelName="m",
        ExecutionRoleArn=account.role,
        PrimaryContainer={
            "Image": images.uri("us-west-2"),
            "ModelDataUrl": "s3://bucket/train/a.csv",
        },
    )[1].startswith("Could not access model data")


def test_a_reset_forgets_everything(cloud: Plane, account: Account, workers: Workers) -> None:
    """The last of this module."""
    account.train("forgotten", num_round="1000000")
    until(lambda: processes_at_work(workers))
    cloud.reset()
    assert account.s3.list_buckets()["Buckets"] == []
    assert account.sagemaker.list_training_jobs()["TrainingJobSummaries"] == []
    assert account.sagemaker.list_endpoints()["Endpoints"] == []
    assert cloud.settle()
    assert not processes_at_work(workers)
    Account.new().train("forgotten")
