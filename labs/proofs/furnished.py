"""A furnished account on a new offline cloud, so that a proof can begin where its claim does.

with furnished.account() as aws:
    job = aws.train("job", images.uri(aws.region), {"train": aws.channel("train", rows)}, {...})

The cloud lives in this process and goes with the block. `aws.sagemaker` and the like are plain
boto3 clients.
"""

from __future__ import annotations

import io
import json
import random
import tarfile
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import TYPE_CHECKING, Any

import boto3
from botocore.config import Config

import labs.cloud
from labs.cloud import images
from labs.cloud.algorithms.worker import Workers

if TYPE_CHECKING:
    from labs.cloud.plane import Plane

REGION = "us-east-1"
BUCKET = "proof"
_TRUST = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Principal": {"Service": "sagemaker.amazonaws.com"},
            "Action": "sts:AssumeRole",
        }
    ],
}
_MAY = {  # SageMaker on behalf of the role: its data, its logs and metrics, its image
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Action": ["s3:*", "logs:*", "cloudwatch:PutMetricData", "ecr:*", "sns:Publish"],
            "Resource": "*",
        }
    ],
}
_ONCE = Config(retries={"total_max_attempts": 1})  # what is refused is not asked again
_SMALL: dict[str, Any] = {"InstanceType": "ml.m5.large", "InstanceCount": 1}


@dataclass(frozen=True)
class Account:
    """Clients, a role that SageMaker may take on, and a bucket."""

    role: str
    xgboost: str  # the image
    sagemaker: Any
    runtime: Any
    s3: Any
    _plane: Plane

    def put(self, key: str, body: str | bytes) -> str:
        """An object in the bucket; its S3 URI."""
        self.s3.put_object(Bucket=BUCKET, Key=key, Body=body)
        return f"s3://{BUCKET}/{key}"

    def read(self, key: str) -> str:
        body: bytes = self.s3.get_object(Bucket=BUCKET, Key=key)["Body"].read()
        return body.decode()

    def keys(self, prefix: str) -> list[str]:
        found = self.s3.list_objects_v2(Bucket=BUCKET, Prefix=prefix)
        return [each["Key"] for each in found.get("Contents", [])]

    def settle(self) -> None:
        """Wait until nothing is under way."""
        assert self._plane.settle(), "the offline cloud is still at work"

    def request(self, name: str, **changes: Any) -> dict[str, Any]:
        """What CreateTrainingJob takes: built-in XGBoost on ten rows, but for the changes."""
        rows = self.put("few-rows/rows.csv", "".join(f"{n},{n % 4},{n % 3}\n" for n in range(10)))
        return {
            "TrainingJobName": name,
            "RoleArn": self.role,
            "AlgorithmSpecification": {
                "TrainingImage": self.xgboost,
                "TrainingInputMode": "File",
            },
            "HyperParameters": {"num_round": "2"},
            "InputDataConfig": [channel("train", rows)],
            "OutputDataConfig": {"S3OutputPath": f"s3://{BUCKET}/output"},
            "ResourceConfig": _SMALL | {"VolumeSizeInGB": 1},
            "StoppingCondition": {"MaxRuntimeInSeconds": 600},
        } | changes

    def train(self, name: str, **changes: Any) -> dict[str, Any]:
        """Train to the end, and describe the job."""
        self.sagemaker.create_training_job(**self.request(name, **changes))
        self.settle()
        told: dict[str, Any] = self.sagemaker.describe_training_job(TrainingJobName=name)
        return told

    def tune(self, name: str, **config: Any) -> None:
        """CreateHyperParameterTuningJob: two such training jobs, of other depths."""
        definition = self.request(name)
        rows = definition["InputDataConfig"][0]["DataSource"]["S3DataSource"]["S3Uri"]
        del definition["TrainingJobName"]
        definition["StaticHyperParameters"] = definition.pop("HyperParameters")
        definition["InputDataConfig"].append(channel("validation", rows))
        depth = {"Name": "max_depth", "MinValue": "1", "MaxValue": "4", "ScalingType": "Linear"}
        self.sagemaker.create_hyper_parameter_tuning_job(
            HyperParameterTuningJobName=name,
            HyperParameterTuningJobConfig={
                "HyperParameterTuningJobObjective": {
                    "Type": "Minimize",
                    "MetricName": "validation:rmse",
                },
                "ResourceLimits": {"MaxNumberOfTrainingJobs": 2, "MaxParallelTrainingJobs": 1},
                "ParameterRanges": {"IntegerParameterRanges": [depth]},
                **config,
            },
            TrainingJobDefinition=definition,
        )

    def transform(self, name: str, model: str, uri: str, **more: Any) -> str:
        """Batch transform of csv lines to its end; what it wrote."""
        source = {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": uri}}
        self.sagemaker.create_transform_job(
            TransformJobName=name,
            ModelName=model,
            TransformInput={"DataSource": source, "ContentType": "text/csv", "SplitType": "Line"},
            TransformOutput={
                "S3OutputPath": f"s3://{BUCKET}/{name}",
                "Accept": "text/csv",
                "AssembleWith": "Line",
            },
            TransformResources=_SMALL,
            **more,
        )
        self.settle()
        return "".join(self.read(key) for key in self.keys(f"{name}/"))

    def model(self, name: str, booster: Any) -> None:
        """CreateModel of an xgboost.Booster."""
        body = bytes(booster.save_raw("ubj"))
        made = io.BytesIO()
        with tarfile.open(fileobj=made, mode="w:gz") as tar:
            entry = tarfile.TarInfo("xgboost-model")
            entry.size = len(body)
            tar.addfile(entry, io.BytesIO(body))
        data = self.put(f"models/{name}/model.tar.gz", made.getvalue())
        self.sagemaker.create_model(
            ModelName=name,
            ExecutionRoleArn=self.role,
            PrimaryContainer={"Image": self.xgboost, "ModelDataUrl": data},
        )

    def config(self, name: str, *variants: Mapping[str, Any], **more: Any) -> None:
        """CreateEndpointConfig: variants with one small instance each, but for what they say."""
        small = {"InstanceType": "ml.m5.large", "InitialInstanceCount": 1}
        self.sagemaker.create_endpoint_config(
            EndpointConfigName=name,
            ProductionVariants=[small | dict(variant) for variant in variants],
            **more,
        )

    def deploy(self, name: str, *variants: Mapping[str, Any], **more: Any) -> None:
        """An endpoint of that configuration, in service."""
        self.config(name, *variants, **more)
        self.sagemaker.create_endpoint(EndpointName=name, EndpointConfigName=name)
        self.settle()


def channel(name: str, uri: str, content_type: str = "text/csv") -> dict[str, Any]:
    """A channel over everything under the URI."""
    source = {"S3DataType": "S3Prefix", "S3Uri": uri, "S3DataDistributionType": "FullyReplicated"}
    return {
        "ChannelName": name,
        "ContentType": content_type,
        "DataSource": {"S3DataSource": source},
    }


def csv(rows: Sequence[Sequence[object]]) -> str:
    return "".join(",".join(map(str, row)) + "\n" for row in rows)


@contextmanager
def failing() -> Iterator[tuple[str, list[str]]]:
    """An endpoint of this computer that answers each call with 503; its URL, and the calls."""
    calls: list[str] = []

    class Failing(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            calls.append(self.path)
            self.rfile.read(int(self.headers["Content-Length"]))
            self.send_error(503)

        def log_message(self, *_: object) -> None: ...

    with HTTPServer(("127.0.0.1", 0), Failing) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}", calls
        server.shutdown()


@contextmanager
def account(seed: int = 1) -> Iterator[Account]:
    """A new cloud in this process. `seed` is that of its dice, which choose among variants."""
    with (
        closing(Workers(keep_spare=False)) as workers,  # few jobs: none would be waited for
        labs.cloud.offline(chance=random.Random(seed).random, workers=workers) as plane,
    ):
        make: Any = boto3.client
        clients = {
            name: make(name, region_name=REGION, config=_ONCE)
            for name in ("sagemaker", "sagemaker-runtime", "s3", "iam")
        }
        clients["s3"].create_bucket(Bucket=BUCKET)
        role = clients["iam"].create_role(
            RoleName="proof", AssumeRolePolicyDocument=json.dumps(_TRUST)
        )
        clients["iam"].put_role_policy(
            RoleName="proof", PolicyName="proof", PolicyDocument=json.dumps(_MAY)
        )
        yield Account(
            role["Role"]["Arn"],
            images.uri(REGION) or "",
            clients["sagemaker"],
            clients["sagemaker-runtime"],
            clients["s3"],
            plane,
        )
