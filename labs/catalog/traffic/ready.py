"""What stands ready for you in this lab: two models, one way to deploy and to ask, reports, a
picture. How models are trained and endpoints updated are other labs' matters."""

import base64
import csv
import io
import json
import time
from pathlib import Path

import boto3
from jobs import BUCKET, IMAGE, PREFIX, ROLE, channel, definition, finished, upload
from plot import Chart, Line, svg
from visitors import as_csv, history

# The model in use, and the one that is to take its place.
SETTINGS = {
    "a": {"max_depth": "1", "num_round": "5"},
    "b": {"max_depth": "4", "num_round": "30"},
}

s3 = boto3.client("s3")
sagemaker = boto3.client("sagemaker")
runtime = boto3.client("sagemaker-runtime")


def models():
    """Make the models {PREFIX}-a and {PREFIX}-b; trains what is not there yet."""
    for letter, settings in SETTINGS.items():
        name = f"{PREFIX}-{letter}"
        found = sagemaker.list_models(NameContains=name)["Models"]
        if name not in [each["ModelName"] for each in found]:
            container = {
                "Image": IMAGE,
                "ModelDataUrl": _archive(f"{PREFIX}-train-{letter}", settings),
            }
            sagemaker.create_model(
                ModelName=name, PrimaryContainer=container, ExecutionRoleArn=ROLE
            )


def _archive(begins, settings):
    """The address of the model.tar.gz of a job whose name begins so."""
    done = sagemaker.list_training_jobs(NameContains=begins, StatusEquals="Completed")
    names = [each["TrainingJobName"] for each in done["TrainingJobSummaries"]]
    if not names:
        names = [f"{begins}-{int(time.time())}"]
        upload(train=as_csv(history()))
        sagemaker.create_training_job(
            TrainingJobName=names[0],
            HyperParameters={"objective": "binary:logistic", "seed": "7", **settings},
            **definition(channel("train", "train")),
        )
    found = finished(names[0])
    if found["TrainingJobStatus"] != "Completed":
        raise SystemExit(f"{names[0]} did not complete: {found.get('FailureReason')}")
    return found["ModelArtifacts"]["S3ModelArtifacts"]


def deploy(what, **config):
    """Make an endpoint configuration of these members, a new one each time, and put the endpoint
    PREFIX on it; wait until it serves."""
    name = f"{PREFIX}-{what}-{int(time.time() * 1000)}"
    sagemaker.create_endpoint_config(EndpointConfigName=name, **config)
    found = sagemaker.list_endpoints(NameContains=PREFIX)["Endpoints"]
    there = PREFIX in [each["EndpointName"] for each in found]
    put = sagemaker.update_endpoint if there else sagemaker.create_endpoint
    put(EndpointName=PREFIX, EndpointConfigName=name)
    in_service()


def in_service():
    """The endpoint's description once it is in service."""
    while True:
        endpoint = sagemaker.describe_endpoint(EndpointName=PREFIX)
        if endpoint["EndpointStatus"] == "InService":
            return endpoint
        if endpoint["EndpointStatus"] == "Failed":
            raise SystemExit(endpoint["FailureReason"])
        time.sleep(1)


def weights():
    """The variants' weights as they are now."""
    variants = in_service()["ProductionVariants"]
    return {each["VariantName"]: each["CurrentWeight"] for each in variants}


def ask(row, **more):
    """Which variant answered for a visitor, and with which score. `more` goes to InvokeEndpoint."""
    answer = runtime.invoke_endpoint(
        EndpointName=PREFIX, ContentType="text/csv", Accept="text/csv", Body=as_csv([row]), **more
    )
    return answer["InvokedProductionVariant"], float(answer["Body"].read())


def captured(variant, rows):
    """What a variant was asked and answered: the score by the line of CSV that was sent. Waits
    until all of these rows are there, or nothing more comes."""
    if "DataCaptureConfig" not in sagemaker.describe_endpoint(EndpointName=PREFIX):
        raise SystemExit(
            "The endpoint captures nothing: its configuration has no DataCaptureConfig."
        )
    sent = {as_csv([row]).decode().strip() for row in rows}
    found, came = {}, time.monotonic()
    while True:
        before = len(found)
        found = {line: score for line, score in _lines(variant) if line in sent}
        came = time.monotonic() if len(found) > before else came
        if len(found) == len(sent) or time.monotonic() - came > (120 if found else 300):
            return found
        time.sleep(1)


def _lines(variant):
    pages = s3.get_paginator("list_objects_v2")
    for page in pages.paginate(Bucket=BUCKET, Prefix=f"{PREFIX}/captured/{PREFIX}/{variant}/"):
        for each in page.get("Contents", ()):
            body = s3.get_object(Bucket=BUCKET, Key=each["Key"])["Body"].read().decode()
            for line in body.splitlines():
                data = json.loads(line)["captureData"]
                yield _text(data["endpointInput"]), float(_text(data["endpointOutput"]))


def _text(part):
    told = part["data"]
    return (base64.b64decode(told).decode() if part["encoding"] == "BASE64" else told).strip()


def report(name, told):
    """Put a JSON object into {PREFIX}/{name}.json, and print it."""
    print(f"{name}.json: {json.dumps(told)}")
    s3.put_object(Bucket=BUCKET, Key=f"{PREFIX}/{name}.json", Body=json.dumps(told).encode())


def keep_rows(rows):
    """Put the rows of the test into {PREFIX}/test.csv: visitor, variant, score, bought (0 or 1)."""
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(
        [("visitor", "variant", "score", "bought"), *rows]
    )
    s3.put_object(Bucket=BUCKET, Key=f"{PREFIX}/test.csv", Body=text.getvalue().encode())


def kept_rows():
    """The rows of the test, in the order in which the visitors came."""
    found = s3.list_objects_v2(Bucket=BUCKET, Prefix=f"{PREFIX}/test.csv")
    if "Contents" not in found:
        raise SystemExit("There is no test.csv yet: step 4 makes it.")
    body = s3.get_object(Bucket=BUCKET, Key=f"{PREFIX}/test.csv")["Body"].read().decode()
    rows = list(csv.reader(body.splitlines()))[1:]
    return [(int(who), variant, float(score), int(buys)) for who, variant, score, buys in rows]


def show_test(rows):
    """Draw test.svg: the share of buyers in each arm, as the test went on."""
    lines = {"A": [], "B": []}
    met, buyers = {"A": 0, "B": 0}, {"A": 0, "B": 0}
    for number, (_, variant, _, buys) in enumerate(rows, 1):
        met[variant] += 1
        buyers[variant] += buys
        if number % 20 == 0:
            for letter in lines:
                lines[letter].append((number, buyers[letter] / max(1, met[letter])))
    chart = Chart(
        "Who bought, in each arm, as the test went on",
        "The two lines cross: what is ahead at first is behind in the end.",
        "visitors so far",
        "share of buyers",
        [Line(f"variant {letter}", lines[letter], "dot") for letter in lines],
    )
    Path("test.svg").write_text(svg(chart), encoding="utf-8")
    print(f"Drawn: {Path('test.svg').resolve()} (open it in a browser)")
