"""A solution with the SageMaker Python SDK, version 3: ModelTrainer and resources as objects.

PipelineModel of version 2 is gone: a pipeline is a Model that is created with `containers`. A
script could be given as SourceCode, too; that needs a default bucket of the SDK's session, for
which it looks through all buckets of the account. So prepare.py goes the way it does with boto3.
"""

import time
from pathlib import Path

import client
import fault
from botocore.exceptions import ClientError
from jobs import BUCKET, IMAGE, PREFIX, ROLE
from ready import (
    SKLEARN,
    completed,
    first_score,
    frosty_rows,
    keep,
    packed,
    put,
    report,
    show_latencies,
    show_skew,
    test_rows,
    transformed,
    upload,
    visits,
    with_ids,
)
from sagemaker.core.resources import Endpoint, EndpointConfig, Model, TransformJob
from sagemaker.core.shapes import (
    ContainerDefinition,
    DataProcessing,
    InferenceExecutionConfig,
    ProductionVariant,
    TransformDataSource,
    TransformInput,
    TransformOutput,
    TransformResources,
    TransformS3DataSource,
)
from sagemaker.core.training.configs import (
    Compute,
    InputData,
    OutputDataConfig,
    StoppingCondition,
)
from sagemaker.train import ModelTrainer

CSV = {"content_type": "text/csv", "accept": "text/csv"}
CODE = {"SAGEMAKER_SUBMIT_DIRECTORY": "/opt/ml/model/code"}
DIRECT = f"{PREFIX}-direct"


def expect():
    return {
        "three_instances": True,  # wrong: three containers share one
        "pipeline_alone_as_among": True,
        "client_alone_as_among": True,  # wrong
        "client_visits_fewer": True,
    }


def once(get, create):
    """What is there already, or else newly made."""
    try:
        return get()
    except ClientError:
        return create()


def make_model(name, **containers):
    return once(
        lambda: Model.get(name),
        lambda: Model.create(model_name=name, execution_role_arn=ROLE, **containers),
    )


def channel(name, folder):
    return InputData(
        channel_name=name,
        data_source=f"s3://{BUCKET}/{PREFIX}/{folder}/",
        content_type="text/csv",
    )


def fitted(name, image, channels, hyperparameters):
    """The archive of a job under a name that begins so, which is run if there is none yet."""
    begins = f"{PREFIX}-{name}"
    if completed(begins) is None:
        trainer = ModelTrainer(
            training_image=image,
            role=ROLE,
            base_job_name=begins,
            compute=Compute(instance_type="ml.m5.large", instance_count=1, volume_size_in_gb=5),
            output_data_config=OutputDataConfig(s3_output_path=f"s3://{BUCKET}/{PREFIX}/output"),
            stopping_condition=StoppingCondition(max_runtime_in_seconds=600),
            hyperparameters=hyperparameters,
        )
        trainer.train(input_data_config=channels, wait=True, logs=False)
    return completed(begins)


def learn():
    program = {
        "sagemaker_program": "prepare.py",
        "sagemaker_submit_directory": packed("prepare", "prepare.py"),
    }
    return fitted("prepare", SKLEARN, [channel("train", "raw/train")], program)


def preparing(learned, **more):
    program = {
        "SAGEMAKER_PROGRAM": "prepare.py",
        "SAGEMAKER_DEFAULT_INVOCATIONS_ACCEPT": "text/csv",  # XGBoost reads no JSON
    }
    return ContainerDefinition(
        image=SKLEARN, model_data_url=learned, environment=CODE | program, **more
    )


def prepare(learned):
    make_model(f"{PREFIX}-prepare", primary_container=preparing(learned))
    columns = ",".join(str(n) for n in (0, *range(7, 18)))  # the label, then what was prepared
    transform("prepare", "prepare", "raw", "prepared", f"$[{columns}]")


def transform(name, model, folder, output, kept):
    """Run a transform job over the CSV in a folder, line by line."""
    job = f"{PREFIX}-{name}-{int(time.time())}"
    source = TransformS3DataSource(
        s3_data_type="S3Prefix", s3_uri=f"s3://{BUCKET}/{PREFIX}/{folder}/"
    )
    TransformJob.create(
        transform_job_name=job,
        model_name=f"{PREFIX}-{model}",
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
        data_processing=DataProcessing(
            input_filter="$[1:]", join_source="Input", output_filter=kept
        ),
        transform_resources=TransformResources(instance_type="ml.m5.large", instance_count=1),
    )
    transformed(job)


def train():
    return fitted(
        "score",
        IMAGE,
        [channel("train", "prepared/train"), channel("validation", "prepared/validation")],
        {
            "objective": "binary:logistic",
            "num_round": "40",
            "eta": "0.2",
            "max_depth": "2",
            "eval_metric": "auc",
            "seed": "7",
        },
    )


def chain(learned, model):
    program = {"SAGEMAKER_PROGRAM": "label.py", "THRESHOLD": "0.4"}
    containers = [
        preparing(learned, container_hostname="prepare"),
        ContainerDefinition(container_hostname="score", image=IMAGE, model_data_url=model),
        ContainerDefinition(
            container_hostname="label",
            image=SKLEARN,
            model_data_url=packed("label", "label.py", "code"),
            environment=CODE | program,
        ),
    ]
    endpoints = []
    for name, model_name, mode in (
        (PREFIX, f"{PREFIX}-chain", "Serial"),
        (DIRECT, DIRECT, "Direct"),
    ):
        how = InferenceExecutionConfig(mode=mode)
        make_model(model_name, containers=containers, inference_execution_config=how)
        endpoints.append(deploy(name, model_name))
    for endpoint in endpoints:
        endpoint.wait_for_status("InService")
    return endpoints


def deploy(name, model):
    variant = ProductionVariant(
        variant_name="AllTraffic",
        model_name=model,
        initial_variant_weight=1,
        instance_type="ml.m5.large",
        initial_instance_count=1,
    )
    once(
        lambda: EndpointConfig.get(name),
        lambda: EndpointConfig.create(endpoint_config_name=name, production_variants=[variant]),
    )
    return once(
        lambda: Endpoint.get(name),
        lambda: Endpoint.create(endpoint_name=name, endpoint_config_name=name),
    )


def invoke(endpoint, rows, **more):
    return endpoint.invoke(body=rows, **CSV, **more).body.read()


def ask(endpoint):
    endpoint.refresh()
    (variant,) = endpoint.production_variants
    answers = {
        "rows": invoke(endpoint, test_rows()).decode(),
        "instances": variant.current_instance_count,
        "images": len(variant.deployed_images),
    }
    print(f"{visits(answers['rows'])} of 400 pumps get a visit")
    report("answers", answers)
    show_latencies(PREFIX)


def in_turn(direct, rows, *containers):
    """One request for each of these containers, with what the one before it has answered."""
    for container in containers:
        rows = invoke(direct, rows, target_container_hostname=container)
    return rows


def compare(endpoint, direct):
    ways = {
        "pipeline": lambda rows: invoke(endpoint, rows),
        "by_hand": lambda rows: in_turn(direct, rows, "prepare", "score", "label"),
        "client": lambda rows: in_turn(direct, client.prepared(rows), "score", "label"),
    }
    forty = frosty_rows()
    first = forty.splitlines(keepends=True)[0]
    told = {}
    for name, way in ways.items():
        among, alone = way(forty).decode(), way(first).decode()
        told[name] = {
            "visits": visits(among),
            "first_alone": first_score(alone),
            "first_among": first_score(among),
        }
    report("skew", told)
    show_skew(told)


def score():
    put("rows/rows.csv", with_ids())
    transform("batch", "chain", "rows", "scores", "$[0,-2,-1]")


def limits(learned):
    for name, count in (("one", 1), ("fifteen", 15)):
        make_model(f"{PREFIX}-{name}", containers=[preparing(learned)] * count)
    try:
        make_model(f"{PREFIX}-sixteen", containers=[preparing(learned)] * 16)
    except ClientError as error:
        told = error.response["Error"]
        refusal = f"{told['Code']}: ...{told['Message'][-120:]}"
        print(refusal)
        report("limits", {"sixteen": refusal})


def repair():
    """The fault: the first container learns anew, from each request, how numbers are scaled."""
    script = Path("fault_prepare.py").read_text().replace("fit_transform(", "transform(")
    Path("repaired_prepare.py").write_text(script)
    for job in (fault.plant(), fault.plant("repaired", "repaired_prepare.py")):
        print(f"{visits(fault.told(job))} of 40 pumps get a visit")


if __name__ == "__main__":
    keep(expect())
    upload()
    learned = learn()
    prepare(learned)
    endpoint, direct = chain(learned, train())
    ask(endpoint)
    compare(endpoint, direct)
    score()
    limits(learned)
    repair()
    for each in (endpoint, direct):
        each.delete()
    for each in (endpoint, direct):
        each.wait_for_delete()
