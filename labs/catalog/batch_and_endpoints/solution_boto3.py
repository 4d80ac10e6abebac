"""A solution with boto3: every call of the API in the open."""

import math
import time

import boto3
import fault
from jobs import BUCKET, IMAGE, PREFIX, ROLE
from prices import AT_ONCE, INSTANCE, LOADS, SECONDS, SERVERLESS, START, WAKE
from ready import (
    archives,
    fetched,
    five,
    in_service,
    put,
    report,
    show_costs,
    transformed,
    with_ids,
)

ENDPOINTS = [
    f"{PREFIX}-{way}" for way in ("real-time", "serverless", "asynchronous", "multi-model")
]
CSV = {"ContentType": "text/csv", "Accept": "text/csv"}

sagemaker = boto3.client("sagemaker")
runtime = boto3.client("sagemaker-runtime")


def made(list_call, name):
    """Whether something of this name is there already."""
    (names,) = [value for value in list_call(NameContains=name).values() if isinstance(value, list)]
    return any(name in each.values() for each in names)


def make_models(prefix):
    containers = {
        "one": {"Image": IMAGE, "ModelDataUrl": f"{prefix}a.tar.gz"},
        "many": {"Image": IMAGE, "ModelDataUrl": prefix, "Mode": "MultiModel"},
    }
    for name, container in containers.items():
        if not made(sagemaker.list_models, f"{PREFIX}-{name}"):
            sagemaker.create_model(
                ModelName=f"{PREFIX}-{name}", PrimaryContainer=container, ExecutionRoleArn=ROLE
            )


def deploy():
    one = {"VariantName": "AllTraffic", "ModelName": f"{PREFIX}-one"}
    many = {"VariantName": "AllTraffic", "ModelName": f"{PREFIX}-many"}
    instance = {"InstanceType": "ml.m5.large", "InitialInstanceCount": 1}
    serverless = {"ServerlessConfig": {"MemorySizeInMB": 3072, "MaxConcurrency": 5}}
    output = {"OutputConfig": {"S3OutputPath": f"s3://{BUCKET}/{PREFIX}/answered"}}
    configs = [
        {"ProductionVariants": [one | instance]},
        {"ProductionVariants": [one | serverless]},
        {"ProductionVariants": [one | instance], "AsyncInferenceConfig": output},
        {"ProductionVariants": [many | instance]},
    ]
    for name, config in zip(ENDPOINTS, configs, strict=True):
        if not made(sagemaker.list_endpoint_configs, name):
            sagemaker.create_endpoint_config(EndpointConfigName=name, **config)
        if not made(sagemaker.list_endpoints, name):
            sagemaker.create_endpoint(EndpointName=name, EndpointConfigName=name)
    for name in ENDPOINTS:
        in_service(name)


def invoke(way, rows, **more):
    """An answer's text, and the seconds until it was there."""
    begun = time.perf_counter()
    answer = runtime.invoke_endpoint(EndpointName=f"{PREFIX}-{way}", Body=rows, **CSV, **more)
    return answer["Body"].read().decode(), time.perf_counter() - begun


def ask(rows):
    cold, cold_s = invoke("serverless", rows)
    _, warm_s = invoke("serverless", rows)
    later = runtime.invoke_endpoint_async(
        EndpointName=f"{PREFIX}-asynchronous", InputLocation=put("asked/five.csv", rows), **CSV
    )
    answers = {
        "real_time": invoke("real-time", rows)[0],
        "serverless": cold,
        "asynchronous": fetched(later["OutputLocation"]),
        "multi_model_a": invoke("multi-model", rows, TargetModel="a.tar.gz")[0],
        "multi_model_b": invoke("multi-model", rows, TargetModel="b.tar.gz")[0],
        "serverless_s": [cold_s, warm_s],
    }
    print(f"serverless: {cold_s:.3f} s, then {warm_s:.3f} s")
    report("answers", answers)


def transform(name, folder, output, **more):
    """Run a transform job over the CSV in a folder, line by line."""
    job = f"{PREFIX}-{name}-{int(time.time())}"
    source = {"S3DataType": "S3Prefix", "S3Uri": f"s3://{BUCKET}/{PREFIX}/{folder}/"}
    sagemaker.create_transform_job(
        TransformJobName=job,
        ModelName=f"{PREFIX}-one",
        TransformInput={
            "DataSource": {"S3DataSource": source},
            "ContentType": "text/csv",
            "SplitType": "Line",
        },
        TransformOutput={
            "S3OutputPath": f"s3://{BUCKET}/{PREFIX}/{output}",
            "Accept": "text/csv",
            "AssembleWith": "Line",
        },
        TransformResources={"InstanceType": "ml.m5.large", "InstanceCount": 1},
        **more,
    )
    transformed(job)


def score():
    put("rows/rows.csv", with_ids())
    filters = {"InputFilter": "$[1:]", "JoinSource": "Input", "OutputFilter": "$[0,-1]"}
    transform("scores", "rows", "scores", DataProcessing=filters)


def repair():
    """The fault: without SplitType the whole file is one request, and that is too large."""
    transformed(fault.plant())
    transform("repaired", "fault", "fault-scores", MaxPayloadInMB=1)


def instances(requests, hours):
    """How many keep up with so many requests, evenly over so many hours."""
    return math.ceil(requests * SECONDS / (hours * 3600) / AT_ONCE)


def costs():
    told = {}
    for name, load in LOADS.items():
        every = load.models * load.requests
        alone = load.models * instances(load.requests, load.hours)
        together = instances(every, load.hours)
        job_s = START + load.requests * SECONDS / AT_ONCE
        told[name] = {
            "real_time": alone * 24 * INSTANCE,
            "serverless": every * SECONDS * SERVERLESS,
            "asynchronous": alone * min(24, load.hours + WAKE) * INSTANCE,
            "multi_model": together * 24 * INSTANCE,
            "batch": load.models * job_s / 3600 * INSTANCE,
        }
    told["break_even"] = 24 * INSTANCE / (SECONDS * SERVERLESS)
    report("costs", told)
    return told


if __name__ == "__main__":
    make_models(archives())
    deploy()
    ask(five())
    score()
    repair()
    show_costs(costs())
    for endpoint in ENDPOINTS:
        sagemaker.delete_endpoint(EndpointName=endpoint)
    for endpoint in ENDPOINTS:
        sagemaker.get_waiter("endpoint_deleted").wait(EndpointName=endpoint)
