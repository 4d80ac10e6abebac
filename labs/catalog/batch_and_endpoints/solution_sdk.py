"""A solution with the SageMaker Python SDK, version 3: resources as objects.

A configuration with ServerlessConfig is made with boto3: EndpointConfig.create of 3.27 writes
MemorySizeInMB wrongly, as MemorySizeInMb, and boto3 refuses that.
"""

import math
import time

import boto3
import fault
from botocore.exceptions import ClientError
from jobs import BUCKET, IMAGE, PREFIX, ROLE
from prices import AT_ONCE, INSTANCE, LOADS, SECONDS, SERVERLESS, START, WAKE
from ready import archives, fetched, five, put, report, show_costs, transformed, with_ids
from sagemaker.core.resources import Endpoint, EndpointConfig, Model, TransformJob
from sagemaker.core.shapes import (
    AsyncInferenceConfig,
    AsyncInferenceOutputConfig,
    ContainerDefinition,
    DataProcessing,
    ProductionVariant,
    TransformDataSource,
    TransformInput,
    TransformOutput,
    TransformResources,
    TransformS3DataSource,
)

CSV = {"content_type": "text/csv", "accept": "text/csv"}


def once(get, create):
    """What is there already, or else newly made."""
    try:
        return get()
    except ClientError:
        return create()


def make_models(prefix):
    containers = {
        "one": ContainerDefinition(image=IMAGE, model_data_url=f"{prefix}a.tar.gz"),
        "many": ContainerDefinition(image=IMAGE, model_data_url=prefix, mode="MultiModel"),
    }
    for name, container in containers.items():
        once(
            lambda name=name: Model.get(f"{PREFIX}-{name}"),
            lambda name=name, container=container: Model.create(
                model_name=f"{PREFIX}-{name}",
                primary_container=container,
                execution_role_arn=ROLE,
            ),
        )


def variant(model):
    return ProductionVariant(
        variant_name="AllTraffic",
        model_name=f"{PREFIX}-{model}",
        initial_variant_weight=1,
        instance_type="ml.m5.large",
        initial_instance_count=1,
    )


def deploy():
    output = AsyncInferenceOutputConfig(s3_output_path=f"s3://{BUCKET}/{PREFIX}/answered")
    later = AsyncInferenceConfig(output_config=output)
    return {
        "real-time": deployed("real-time", production_variants=[variant("one")]),
        "serverless": serverless(),
        "asynchronous": deployed(
            "asynchronous", production_variants=[variant("one")], async_inference_config=later
        ),
        "multi-model": deployed("multi-model", production_variants=[variant("many")]),
    }


def deployed(way, **config):
    name = f"{PREFIX}-{way}"
    once(
        lambda: EndpointConfig.get(name),
        lambda: EndpointConfig.create(endpoint_config_name=name, **config),
    )
    endpoint = once(
        lambda: Endpoint.get(name),
        lambda: Endpoint.create(endpoint_name=name, endpoint_config_name=name),
    )
    endpoint.wait_for_status("InService")
    return endpoint


def serverless():
    variant = {
        "VariantName": "AllTraffic",
        "ModelName": f"{PREFIX}-one",
        "ServerlessConfig": {"MemorySizeInMB": 3072, "MaxConcurrency": 5},
    }
    name = f"{PREFIX}-serverless"
    once(
        lambda: EndpointConfig.get(name),
        lambda: boto3.client("sagemaker").create_endpoint_config(
            EndpointConfigName=name, ProductionVariants=[variant]
        ),
    )
    return deployed("serverless")


def invoke(endpoint, rows, **more):
    """An answer's text, and the seconds until it was there."""
    begun = time.perf_counter()
    answer = endpoint.invoke(body=rows, **CSV, **more)
    return answer.body.read().decode(), time.perf_counter() - begun


def ask(endpoints, rows):
    cold, cold_s = invoke(endpoints["serverless"], rows)
    _, warm_s = invoke(endpoints["serverless"], rows)
    later = endpoints["asynchronous"].invoke_async(
        input_location=put("asked/five.csv", rows), **CSV
    )
    many = endpoints["multi-model"]
    answers = {
        "real_time": invoke(endpoints["real-time"], rows)[0],
        "serverless": cold,
        "asynchronous": fetched(later.output_location),
        "multi_model_a": invoke(many, rows, target_model="a.tar.gz")[0],
        "multi_model_b": invoke(many, rows, target_model="b.tar.gz")[0],
        "serverless_s": [cold_s, warm_s],
    }
    print(f"serverless: {cold_s:.3f} s, then {warm_s:.3f} s")
    report("answers", answers)


def transform(name, folder, output, **more):
    """Run a transform job over the CSV in a folder, line by line."""
    job = f"{PREFIX}-{name}-{int(time.time())}"
    source = TransformS3DataSource(
        s3_data_type="S3Prefix", s3_uri=f"s3://{BUCKET}/{PREFIX}/{folder}/"
    )
    TransformJob.create(
        transform_job_name=job,
        model_name=f"{PREFIX}-one",
        transform_input=TransformInput(
            data_source=TransformDataSource(s3_data_source=source),
            content_type="text/csv",
            split_type="Line",
        ),
        transform_output=TransformOutput(
            s3_output_path=f"s3://{BUCKET}/{PREFIX}/{output}",
            accept="text/csv",
            assemble_with="Line",
        ),
        transform_resources=TransformResources(instance_type="ml.m5.large", instance_count=1),
        **more,
    )
    transformed(job)


def score():
    put("rows/rows.csv", with_ids())
    filters = DataProcessing(input_filter="$[1:]", join_source="Input", output_filter="$[0,-1]")
    transform("scores", "rows", "scores", data_processing=filters)


def repair():
    """The fault: without SplitType the whole file is one request, and that is too large."""
    transformed(fault.plant())
    transform("repaired", "fault", "fault-scores", max_payload_in_mb=1)


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
    endpoints = deploy()
    ask(endpoints, five())
    score()
    repair()
    show_costs(costs())
    for endpoint in endpoints.values():
        endpoint.delete()
    for endpoint in endpoints.values():
        endpoint.wait_for_delete()
