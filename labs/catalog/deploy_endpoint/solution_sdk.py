"""A solution with the SageMaker Python SDK, version 3: resources as objects."""

import datetime
import json
import os
import time
from collections import Counter

import boto3
import fault
from botocore.exceptions import ClientError
from ready import archives
from sagemaker.core.resources import Endpoint, EndpointConfig, Model
from sagemaker.core.shapes import ContainerDefinition, ProductionVariant
from tumours import as_csv, tables

ROLE, IMAGE = os.environ["LAB_ROLE_ARN"], os.environ["LAB_XGBOOST_IMAGE"]
PREFIX, BUCKET = os.environ["LAB_PREFIX"], os.environ["LAB_BUCKET"]

s3 = boto3.client("s3")


def once(get, create):
    """What is there already, or else newly made."""
    try:
        return get()
    except ClientError:
        return create()


def make_models(a, b):
    for letter, archive in (("a", a), ("b", b)):
        name = f"{PREFIX}-{letter}"
        container = ContainerDefinition(image=IMAGE, model_data_url=archive)
        once(
            lambda name=name: Model.get(name),
            lambda name=name, container=container: Model.create(
                model_name=name, primary_container=container, execution_role_arn=ROLE
            ),
        )


def variant(letter, weight):
    return ProductionVariant(
        variant_name=letter.upper(),
        model_name=f"{PREFIX}-{letter}",
        instance_type="ml.m5.large",
        initial_instance_count=1,
        initial_variant_weight=weight,
    )


def configure(name, variants):
    return once(
        lambda: EndpointConfig.get(name),
        lambda: EndpointConfig.create(endpoint_config_name=name, production_variants=variants),
    )


def deploy():
    configure(f"{PREFIX}-one", [variant("a", 1)])
    endpoint = once(
        lambda: Endpoint.get(PREFIX),
        lambda: Endpoint.create(endpoint_name=PREFIX, endpoint_config_name=f"{PREFIX}-one"),
    )
    endpoint.wait_for_status("InService")
    return endpoint


def as_libsvm(rows):
    """A label that is ignored, then index:value. Indices count from 0, as the columns of the CSV
    that the model was trained on."""
    lines = (" ".join(["0", *(f"{n}:{value:g}" for n, value in enumerate(row))]) for row in rows)
    return "\n".join(lines).encode()


def ask(endpoint, rows):
    asked = {
        "csv_to_csv": (as_csv(rows), "text/csv", "text/csv"),
        "csv_to_json": (as_csv(rows), "text/csv", "application/json"),
        "libsvm_to_csv": (as_libsvm(rows), "text/libsvm", "text/csv"),
    }
    answers = {
        name: endpoint.invoke(body=body, content_type=content_type, accept=accept)
        .body.read()
        .decode()
        for name, (body, content_type, accept) in asked.items()
    }
    s3.put_object(Bucket=BUCKET, Key=f"{PREFIX}/answers.json", Body=json.dumps(answers).encode())


def split(endpoint):
    configure(f"{PREFIX}-two", [variant("a", 3), variant("b", 1)])
    endpoint.endpoint_config_name = f"{PREFIX}-two"
    endpoint.update()
    endpoint.wait_for_status("InService")  # after an update that failed it is so as before
    if endpoint.endpoint_config_name != f"{PREFIX}-two":
        raise SystemExit(f"The update failed: {endpoint.failure_reason}")
    row = as_csv(tables()[2][:1, 1:])
    answers = (
        endpoint.invoke(body=row, content_type="text/csv", accept="text/csv") for _ in range(100)
    )
    print("of 100:", dict(Counter(each.invoked_production_variant for each in answers)))
    report = json.dumps({"invocations": counts()})
    print(report)
    s3.put_object(Bucket=BUCKET, Key=f"{PREFIX}/report.json", Body=report.encode())


def counts(within_s=600):
    """How often each variant was asked, once CloudWatch tells of both: metrics take a moment."""
    end = time.monotonic() + within_s
    while True:
        counted = {letter: invocations(letter) for letter in ("A", "B")}
        if all(counted.values()):
            return counted
        if time.monotonic() >= end:
            raise SystemExit(f"After {within_s} seconds CloudWatch still counts {counted}.")
        time.sleep(5)


def invocations(letter):
    """How often a variant was asked since its model was made: the metrics of an earlier endpoint
    stay. They are CloudWatch's: boto3."""
    now = datetime.datetime.now(datetime.UTC)
    made = Model.get(f"{PREFIX}-a").creation_time
    points = boto3.client("cloudwatch").get_metric_statistics(
        Namespace="AWS/SageMaker",
        MetricName="Invocations",
        Dimensions=[
            {"Name": "EndpointName", "Value": PREFIX},
            {"Name": "VariantName", "Value": letter},
        ],
        StartTime=made.replace(second=0, microsecond=0),  # points are told by the minute
        EndTime=now + datetime.timedelta(minutes=1),
        Period=3600,
        Statistics=["Sum"],
    )["Datapoints"]
    return int(sum(point["Sum"] for point in points))


def repair():
    """The fault: JSON, which this container cannot read. It wants CSV."""
    try:
        fault.main()
    except ClientError as error:
        print(error.response["OriginalStatusCode"], error.response["OriginalMessage"][:200])
    fault.CONTENT_TYPE = "text/csv"
    fault.body = as_csv
    fault.main()


if __name__ == "__main__":
    make_models(*archives())
    endpoint = deploy()
    ask(endpoint, tables()[2][:5, 1:])
    split(endpoint)
    repair()
    endpoint.delete()
    endpoint.wait_for_delete()
