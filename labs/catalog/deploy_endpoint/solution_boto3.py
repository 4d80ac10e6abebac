"""A solution with boto3: every call of the API in the open."""

import datetime
import json
import os
import time
from collections import Counter

import boto3
import fault
from ready import archives
from tumours import as_csv, tables

ROLE, IMAGE = os.environ["LAB_ROLE_ARN"], os.environ["LAB_XGBOOST_IMAGE"]
PREFIX, BUCKET = os.environ["LAB_PREFIX"], os.environ["LAB_BUCKET"]

s3 = boto3.client("s3")
sagemaker = boto3.client("sagemaker")
runtime = boto3.client("sagemaker-runtime")
cloudwatch = boto3.client("cloudwatch")


def made(list_call, name):
    """Whether something of this name is there already."""
    (names,) = [value for value in list_call(NameContains=name).values() if isinstance(value, list)]
    return any(name in each.values() for each in names)


def make_models(a, b):
    for letter, archive in (("a", a), ("b", b)):
        if not made(sagemaker.list_models, f"{PREFIX}-{letter}"):
            sagemaker.create_model(
                ModelName=f"{PREFIX}-{letter}",
                PrimaryContainer={"Image": IMAGE, "ModelDataUrl": archive},
                ExecutionRoleArn=ROLE,
            )


def variant(letter, weight):
    return {
        "VariantName": letter.upper(),
        "ModelName": f"{PREFIX}-{letter}",
        "InstanceType": "ml.m5.large",
        "InitialInstanceCount": 1,
        "InitialVariantWeight": weight,
    }


def configure(name, variants):
    if not made(sagemaker.list_endpoint_configs, name):
        sagemaker.create_endpoint_config(EndpointConfigName=name, ProductionVariants=variants)


def deploy():
    configure(f"{PREFIX}-one", [variant("a", 1)])
    if not made(sagemaker.list_endpoints, PREFIX):
        sagemaker.create_endpoint(EndpointName=PREFIX, EndpointConfigName=f"{PREFIX}-one")
    in_service()


def in_service():
    """Wait until the endpoint is in service; its description. After an update that failed it is in
    service as before."""
    while True:
        endpoint = sagemaker.describe_endpoint(EndpointName=PREFIX)
        if endpoint["EndpointStatus"] == "InService":
            return endpoint
        if endpoint["EndpointStatus"] == "Failed":
            raise SystemExit(endpoint["FailureReason"])
        time.sleep(1)


def invoke(body, content_type, accept):
    return runtime.invoke_endpoint(
        EndpointName=PREFIX, ContentType=content_type, Accept=accept, Body=body
    )


def as_libsvm(rows):
    """A label that is ignored, then index:value. Indices count from 0, as the columns of the CSV
    that the model was trained on."""
    lines = (" ".join(["0", *(f"{n}:{value:g}" for n, value in enumerate(row))]) for row in rows)
    return "\n".join(lines).encode()


def ask(rows):
    asked = {
        "csv_to_csv": (as_csv(rows), "text/csv", "text/csv"),
        "csv_to_json": (as_csv(rows), "text/csv", "application/json"),
        "libsvm_to_csv": (as_libsvm(rows), "text/libsvm", "text/csv"),
    }
    answers = {name: invoke(*how)["Body"].read().decode() for name, how in asked.items()}
    s3.put_object(Bucket=BUCKET, Key=f"{PREFIX}/answers.json", Body=json.dumps(answers).encode())


def split():
    configure(f"{PREFIX}-two", [variant("a", 3), variant("b", 1)])
    sagemaker.update_endpoint(EndpointName=PREFIX, EndpointConfigName=f"{PREFIX}-two")
    endpoint = in_service()
    if endpoint["EndpointConfigName"] != f"{PREFIX}-two":
        raise SystemExit(f"The update failed: {endpoint.get('FailureReason', 'no reason given')}")
    row = as_csv(tables()[2][:1, 1:])
    answers = (invoke(row, "text/csv", "text/csv") for _ in range(100))
    print("of 100:", dict(Counter(each["InvokedProductionVariant"] for each in answers)))
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
    stay."""
    now = datetime.datetime.now(datetime.UTC)
    made = sagemaker.describe_model(ModelName=f"{PREFIX}-a")["CreationTime"]
    points = cloudwatch.get_metric_statistics(
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
    except runtime.exceptions.ModelError as error:
        print(error.response["OriginalStatusCode"], error.response["OriginalMessage"][:200])
    fault.CONTENT_TYPE = "text/csv"
    fault.body = as_csv
    fault.main()


if __name__ == "__main__":
    make_models(*archives())
    deploy()
    ask(tables()[2][:5, 1:])
    split()
    repair()
    sagemaker.delete_endpoint(EndpointName=PREFIX)
    sagemaker.get_waiter("endpoint_deleted").wait(EndpointName=PREFIX)
