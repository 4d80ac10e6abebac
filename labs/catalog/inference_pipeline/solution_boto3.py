"""A solution with boto3: every call of the API in the open."""

import time
from pathlib import Path

import boto3
import client
import fault
from botocore.exceptions import ClientError
from jobs import BUCKET, IMAGE, PREFIX, ROLE, channel, definition, finished
from ready import (
    SKLEARN,
    completed,
    first_score,
    frosty_rows,
    in_service,
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

CSV = {"ContentType": "text/csv", "Accept": "text/csv"}
CODE = {"SAGEMAKER_SUBMIT_DIRECTORY": "/opt/ml/model/code"}
DIRECT = f"{PREFIX}-direct"

sagemaker = boto3.client("sagemaker")
runtime = boto3.client("sagemaker-runtime")


def expect():
    return {
        "three_instances": True,  # wrong: three containers share one
        "pipeline_alone_as_among": True,
        "client_alone_as_among": True,  # wrong
        "client_visits_fewer": True,
    }


def made(list_call, name):
    """Whether something of this name is there already."""
    (names,) = [value for value in list_call(NameContains=name).values() if isinstance(value, list)]
    return any(name in each.values() for each in names)


def make_model(name, **containers):
    if not made(sagemaker.list_models, name):
        sagemaker.create_model(ModelName=name, ExecutionRoleArn=ROLE, **containers)


def learn():
    if archive := completed(f"{PREFIX}-prepare"):
        return archive
    job = f"{PREFIX}-prepare-{int(time.time())}"
    settings = definition(channel("train", "raw/train"))
    settings["AlgorithmSpecification"]["TrainingImage"] = SKLEARN
    sagemaker.create_training_job(
        TrainingJobName=job,
        HyperParameters={
            "sagemaker_program": "prepare.py",
            "sagemaker_submit_directory": packed("prepare", "prepare.py"),
        },
        **settings,
    )
    return finished(job)["ModelArtifacts"]["S3ModelArtifacts"]


def preparing(learned):
    program = {
        "SAGEMAKER_PROGRAM": "prepare.py",
        "SAGEMAKER_DEFAULT_INVOCATIONS_ACCEPT": "text/csv",  # XGBoost reads no JSON
    }
    return {"Image": SKLEARN, "ModelDataUrl": learned, "Environment": CODE | program}


def prepare(learned):
    make_model(f"{PREFIX}-prepare", PrimaryContainer=preparing(learned))
    columns = ",".join(str(n) for n in (0, *range(7, 18)))  # the label, then what was prepared
    transform(
        "prepare", "prepare", "raw", "prepared", InputFilter="$[1:]", OutputFilter=f"$[{columns}]"
    )


def transform(name, model, folder, output, **filters):
    """Run a transform job over the CSV in a folder, line by line."""
    job = f"{PREFIX}-{name}-{int(time.time())}"
    source = {"S3DataType": "S3Prefix", "S3Uri": f"s3://{BUCKET}/{PREFIX}/{folder}/"}
    sagemaker.create_transform_job(
        TransformJobName=job,
        ModelName=f"{PREFIX}-{model}",
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
        DataProcessing={"JoinSource": "Input", **filters},
        TransformResources={"InstanceType": "ml.m5.large", "InstanceCount": 1},
    )
    transformed(job)


def train():
    if archive := completed(f"{PREFIX}-score"):
        return archive
    job = f"{PREFIX}-score-{int(time.time())}"
    sagemaker.create_training_job(
        TrainingJobName=job,
        HyperParameters={
            "objective": "binary:logistic",
            "num_round": "40",
            "eta": "0.2",
            "max_depth": "2",
            "eval_metric": "auc",
            "seed": "7",
        },
        **definition(
            channel("train", "prepared/train"), channel("validation", "prepared/validation")
        ),
    )
    return finished(job)["ModelArtifacts"]["S3ModelArtifacts"]


def chain(learned, model):
    program = {"SAGEMAKER_PROGRAM": "label.py", "THRESHOLD": "0.4"}
    label = packed("label", "label.py", "code")
    containers = [
        {"ContainerHostname": "prepare", **preparing(learned)},
        {"ContainerHostname": "score", "Image": IMAGE, "ModelDataUrl": model},
        {
            "ContainerHostname": "label",
            "Image": SKLEARN,
            "ModelDataUrl": label,
            "Environment": CODE | program,
        },
    ]
    for name, mode in ((f"{PREFIX}-chain", "Serial"), (DIRECT, "Direct")):
        make_model(name, Containers=containers, InferenceExecutionConfig={"Mode": mode})
    for name, model in ((PREFIX, f"{PREFIX}-chain"), (DIRECT, DIRECT)):
        deploy(name, model)
    for name in (PREFIX, DIRECT):
        in_service(name)


def deploy(name, model):
    variant = {
        "VariantName": "AllTraffic",
        "ModelName": model,
        "InstanceType": "ml.m5.large",
        "InitialInstanceCount": 1,
    }
    if not made(sagemaker.list_endpoint_configs, name):
        sagemaker.create_endpoint_config(EndpointConfigName=name, ProductionVariants=[variant])
    if not made(sagemaker.list_endpoints, name):
        sagemaker.create_endpoint(EndpointName=name, EndpointConfigName=name)


def invoke(endpoint, rows, **more):
    answer = runtime.invoke_endpoint(EndpointName=endpoint, Body=rows, **CSV, **more)
    return answer["Body"].read()


def ask():
    (variant,) = in_service(PREFIX)["ProductionVariants"]
    answers = {
        "rows": invoke(PREFIX, test_rows()).decode(),
        "instances": variant["CurrentInstanceCount"],
        "images": len(variant["DeployedImages"]),
    }
    print(f"{visits(answers['rows'])} of 400 pumps get a visit")
    report("answers", answers)
    show_latencies(PREFIX)


def in_turn(rows, *containers):
    """One request for each of these containers, with what the one before it has answered."""
    for container in containers:
        rows = invoke(DIRECT, rows, TargetContainerHostname=container)
    return rows


def compare():
    ways = {
        "pipeline": lambda rows: invoke(PREFIX, rows),
        "by_hand": lambda rows: in_turn(rows, "prepare", "score", "label"),
        "client": lambda rows: in_turn(client.prepared(rows), "score", "label"),
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
    transform("batch", "chain", "rows", "scores", InputFilter="$[1:]", OutputFilter="$[0,-2,-1]")


def limits(learned):
    for name, count in (("one", 1), ("fifteen", 15)):
        make_model(f"{PREFIX}-{name}", Containers=[preparing(learned)] * count)
    try:
        make_model(f"{PREFIX}-sixteen", Containers=[preparing(learned)] * 16)
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
    chain(learned, train())
    ask()
    compare()
    score()
    limits(learned)
    repair()
    for endpoint in (PREFIX, DIRECT):
        sagemaker.delete_endpoint(EndpointName=endpoint)
    for endpoint in (PREFIX, DIRECT):
        sagemaker.get_waiter("endpoint_deleted").wait(EndpointName=endpoint)
