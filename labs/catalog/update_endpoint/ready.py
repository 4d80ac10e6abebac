"""What stands ready for you in this lab: three models, a load of requests, waiting and pictures."""

import json
import os
import threading
import time
from collections import Counter
from pathlib import Path

import boto3
from botocore.exceptions import BotoCoreError, ClientError
from jobs import channel as reads
from jobs import definition, finished
from plot import Chart, Line, svg
from tumours import as_csv, tables

BUCKET, ROLE = os.environ["LAB_BUCKET"], os.environ["LAB_ROLE_ARN"]
PREFIX, IMAGE = os.environ["LAB_PREFIX"], os.environ["LAB_XGBOOST_IMAGE"]
ROW = as_csv(tables()[2][:1, 1:])  # one row of 30 measurements: what the whole load asks
# Name, max_depth, columns it is trained on. Nobody has told you yet what is wrong with c.
KINDS = (("a", "2", 30), ("b", "5", 30), ("c", "5", 29))
PAUSE = 0.02  # seconds between two requests of the load
SLICES = 12  # of the picture

sagemaker = boto3.client("sagemaker")
runtime = boto3.client("sagemaker-runtime")
s3 = boto3.client("s3")


def models():
    """Register {PREFIX}-a, -b and -c, trained on the same rows; train what is not there yet."""
    there = {each["ModelName"] for each in sagemaker.list_models(NameContains=PREFIX)["Models"]}
    for name, depth, columns in KINDS:
        if f"{PREFIX}-{name}" in there:
            continue
        job = train(name, depth, columns)
        found = finished(job)  # one after the other: a new account may run no more at once
        if found["TrainingJobStatus"] != "Completed":
            raise SystemExit(f"{job} did not complete: run this again.")
        container = {"Image": IMAGE, "ModelDataUrl": found["ModelArtifacts"]["S3ModelArtifacts"]}
        sagemaker.create_model(
            ModelName=f"{PREFIX}-{name}", PrimaryContainer=container, ExecutionRoleArn=ROLE
        )


def train(name, depth, columns):
    """Start a training job on the label and so many measurements; its name."""
    rows = as_csv(tables()[0][:, : columns + 1])
    s3.put_object(Bucket=BUCKET, Key=f"{PREFIX}/train-{name}/train.csv", Body=rows)
    job = f"{PREFIX}-train-{name}-{int(time.time())}"
    settings = {"objective": "binary:logistic", "num_round": "20", "max_depth": depth}
    sagemaker.create_training_job(
        TrainingJobName=job,
        HyperParameters=settings,
        **definition(reads("train", f"train-{name}")),
    )
    return job


def configuration(name, variant, model, instances=1):
    """The endpoint configuration {PREFIX}-{name}: one variant with one of the models. Its name."""
    full = f"{PREFIX}-{name}"
    found = sagemaker.list_endpoint_configs(NameContains=full)["EndpointConfigs"]
    if all(each["EndpointConfigName"] != full for each in found):
        fleet = {
            "VariantName": variant,
            "ModelName": f"{PREFIX}-{model}",
            "InstanceType": "ml.m5.large",
            "InitialInstanceCount": instances,
        }
        sagemaker.create_endpoint_config(EndpointConfigName=full, ProductionVariants=[fleet])
    return full


def keep(expected):
    """Put what you expect into {PREFIX}/forecast.json, once: what is there stays."""
    if open_ones := [name for name, value in expected.items() if value is None]:
        raise SystemExit(f"Step 1 is still to be written: expect() says nothing of {open_ones[0]}.")
    key = f"{PREFIX}/forecast.json"
    if "Contents" in s3.list_objects_v2(Bucket=BUCKET, Prefix=key):
        print("What you expected was kept before, and stays as it was.")
    else:
        s3.put_object(Bucket=BUCKET, Key=key, Body=json.dumps(expected).encode())


def report(name, **told):
    """Put a JSON object into {PREFIX}/{name}.json, and print it."""
    print(f"{name}.json: {json.dumps(told)}")
    s3.put_object(Bucket=BUCKET, Key=f"{PREFIX}/{name}.json", Body=json.dumps(told).encode())


def ask():
    """One request: what the model says of ROW, as text; "error" if it is one."""
    try:
        answer = runtime.invoke_endpoint(EndpointName=PREFIX, ContentType="text/csv", Body=ROW)
    except (ClientError, BotoCoreError):
        return "error"
    return answer["Body"].read().decode().strip()


class Load:
    """Requests one after the other, from a thread of its own, while the block runs:

    with Load() as load: ...

    load.answers is then a list of (seconds since the beginning, what ask() says)."""

    def __init__(self):
        self.answers = []
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._go, daemon=True)
        self._began = time.monotonic()

    def _go(self):
        while not self._over.wait(PAUSE):
            said = ask()
            self.answers.append((time.monotonic() - self._began, said))

    def __enter__(self):
        self._thread.start()
        self.at_least(5)
        return self

    def __exit__(self, *_):
        self._over.set()
        self._thread.join()

    def at_least(self, more):
        """Wait until so many more requests have been answered."""
        wanted = len(self.answers) + more
        while len(self.answers) < wanted and self._thread.is_alive():
            time.sleep(PAUSE)

    def counted(self, names):
        """How many answers each model gave: names has the model by what it says of ROW."""
        return dict(Counter(names.get(said, said) for _, said in self.answers))


def serves():
    """Which of the configurations the endpoint serves by, such as "a"; "" without an endpoint."""
    found = sagemaker.list_endpoints(NameContains=PREFIX)["Endpoints"]
    if all(each["EndpointName"] != PREFIX for each in found):
        return ""
    config = sagemaker.describe_endpoint(EndpointName=PREFIX)["EndpointConfigName"]
    return config.removeprefix(f"{PREFIX}-")


def back():
    """If model c serves, bring back what served before it."""
    if serves() == "c":
        sagemaker.update_endpoint(EndpointName=PREFIX, EndpointConfigName=f"{PREFIX}-live")
        settled()


def settled():
    """Wait until the endpoint rests: the statuses it went through, and its description."""
    statuses = []
    while True:
        found = sagemaker.describe_endpoint(EndpointName=PREFIX)
        if found["EndpointStatus"] not in statuses[-1:]:
            statuses.append(found["EndpointStatus"])
            print(f"{PREFIX}: {found['EndpointStatus']}, {found['EndpointConfigName']}")
            if "FailureReason" in found:
                print(f"  {found['FailureReason']}")
        if found["EndpointStatus"] in ("InService", "Failed", "OutOfService"):
            return statuses, found
        time.sleep(0.4)


def draw(name, title, load, names):
    """{name}.svg: who answered when, in percent of the requests of a twelfth of the time."""
    width = load.answers[-1][0] / SLICES
    told = [(int(at / width), names.get(said, said)) for at, said in load.answers]
    slices = Counter(at for at, _ in told)
    lines = []
    for who in dict.fromkeys([*names.values(), "error"]):
        mine = Counter(at for at, each in told if each == who)
        if mine:
            points = [(at * width, 100 * mine[at] / slices[at]) for at in sorted(slices)]
            lines.append(Line("errors" if who == "error" else f"model {who}", points))
    whole = Counter(who for _, who in told)
    said = ", ".join(f"{who}: {count}" for who, count in whole.items())
    chart = Chart(title, f"Of {len(told)} requests: {said}.", "seconds", "% of requests", lines)
    Path(f"{name}.svg").write_text(svg(chart), encoding="utf-8")
    print(f"Drawn: {Path(name).resolve()}.svg (open it in a browser)")
