"""What must be so in the account once this lab is done.

Nothing that a learner's program has pickled is opened here. What the preparation must come to is
computed anew from the training rows, and what XGBoost says of it by the model in S3.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeAlias

from labs.lab import Account, Verdict
from labs.runner import look, verdicts

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Table: TypeAlias = NDArray[np.float64]

Description: TypeAlias = Mapping[str, Any]
Rows: TypeAlias = Sequence[Sequence[str]]  # raw, without a label
Decisions: TypeAlias = list[tuple[str, float]]  # visit or wait, and the probability

FORECAST = (
    "three_instances",
    "pipeline_alone_as_among",
    "client_alone_as_among",
    "client_visits_fewer",
)
CONTAINERS = ("prepare", "score", "label")
COLUMNS, THRESHOLD = 11, 0.4
WAYS = {
    "pipeline": "Raw rows to the endpoint of the pipeline.",
    "by_hand": "Raw rows to the container prepare, its answer to score, that one's to label.",
    "client": "prepared() of client.py over what is sent; that to score, the answer to label.",
}


# What is right


def _prepared(rows: Rows) -> Table:
    """As prepare.py does it: gaps, scales and words of the training rows."""
    import numpy as np

    from labs.datasets import pumps

    train = pumps.unlabelled(pumps.tables()[0])
    known = _numbers(train)
    medians = np.nanmedian(known, axis=0)
    filled = np.where(np.isnan(known), medians, known)
    given = _numbers(rows)
    scaled = (np.where(np.isnan(given), medians, given) - filled.mean(axis=0)) / filled.std(axis=0)
    words = [
        [row[n] == word for row in rows]
        for n in range(pumps.NUMBERS, len(pumps.COLUMNS))
        for word in sorted({row[n] for row in train})
    ]
    return np.column_stack([scaled, np.array(words, dtype=float).T])


def _numbers(rows: Rows) -> Table:
    import numpy as np

    from labs.datasets.pumps import NUMBERS

    return np.array([[float(cell or "nan") for cell in row[:NUMBERS]] for row in rows])


def _decisions(account: Account, table: Table) -> Decisions | None:
    """What the pipeline's XGBoost and threshold make of prepared rows; None without them."""
    model = _model(account, f"{account.prefix}-chain") or {}
    containers = model.get("Containers") or []
    if len(containers) != len(CONTAINERS):
        return None
    bucket, _, key = containers[1].get("ModelDataUrl", "").removeprefix("s3://").partition("/")
    archive = look.read(account, key, bucket) if key else None
    scores = None if archive is None else look.predictions(archive, table.tolist())
    if scores is None:
        return None
    return [("visit" if score >= THRESHOLD else "wait", score) for score in scores]


def _test_rows() -> Rows:
    from labs.datasets import pumps

    return pumps.unlabelled(pumps.tables()[2])


def _frosty_rows() -> Rows:
    from labs.datasets import pumps

    return pumps.unlabelled(pumps.frost())


NO_MODEL = Verdict(False, "There is no pipeline with an XGBoost model to compare with", "Step 4.")


# What is there


def _model(account: Account, name: str) -> Description | None:
    sagemaker = account.client("sagemaker")
    try:
        found = sagemaker.describe_model(ModelName=name)
    except sagemaker.exceptions.ClientError:
        return None
    return found if isinstance(found, dict) else None


def _jobs(account: Account, repository: str) -> list[Description]:
    """The lab's training jobs of an image, newest first."""
    return [
        job
        for job in look.training_jobs(account, account.prefix)
        if f"/{repository}:" in job.get("AlgorithmSpecification", {}).get("TrainingImage", "")
    ]


def _sources(job: Description) -> dict[str, str]:
    """The S3 address of each channel of a training job that holds data: the SDK's SourceCode has
    two more."""
    return {
        each["ChannelName"]: each.get("DataSource", {}).get("S3DataSource", {}).get("S3Uri", "")
        for each in job.get("InputDataConfig", ())
        if each["ChannelName"] not in ("code", "sm_drivers")
    }


def _lines(account: Account, address: str) -> list[str]:
    """The lines of all objects under an address, if that is in the lab's bucket."""
    bucket, _, key = address.removeprefix("s3://").partition("/")
    if bucket != account.bucket or not key:
        return []
    bodies = (look.read(account, each) or b"" for each in look.objects(account, key))
    return [line for body in bodies for line in body.decode("utf-8", "replace").splitlines()]


def _of(endpoint: str, container: str) -> dict[str, str]:
    """The dimensions of a container's metrics."""
    return {
        "EndpointName": endpoint,
        "VariantName": "AllTraffic",
        "ContainerName": container,
    }


def _not_completed(job: Description, kind: str) -> Verdict | None:
    """What to say of a job that has not completed."""
    name, status = job[f"{kind}JobName"], job[f"{kind}JobStatus"]
    if status == "Completed":
        return None
    reason = (job.get("FailureReason", "").strip().splitlines() or [""])[-1][:160]
    hint = f"Wait for its end, or read its FailureReason and its log: /aws/sagemaker/{kind}Jobs."
    return Verdict(False, f"{name} is {status}. {reason}".strip(), hint)


def _other(lines: Sequence[str], right: Decisions, ids: Sequence[str] = ()) -> str | None:
    """Which line is not what it should be, in a sentence; None if all are."""
    if len(lines) != len(right):
        return f"has {len(lines)} lines, and there were {len(right)} rows"
    for number, (line, (word, score)) in enumerate(zip(lines, right, strict=True), 1):
        *first, said, told = ["", *line.split(",")] if "," in line else ["", "", ""]
        wanted = [f"{ids[number - 1]}"] if ids else []
        is_near = abs(score - THRESHOLD) < 1e-4  # either word is right
        if first[1:] != wanted or (said != word and not is_near) or not _is(told, score):
            meant = ",".join([*wanted, word, f"{score:.3f}"])
            return f"says {line[:60]!r} in line {number}, where it should be {meant}"
    return None


def _is(told: str, score: float) -> bool:
    try:
        return abs(float(told) - score) < 1e-4
    except ValueError:
        return False


# The checks


def forecast(account: Account) -> Verdict:
    return verdicts.forecast(
        account, FORECAST, look.training_jobs(account, account.prefix), _seen(account)
    )


def _seen(account: Account) -> dict[str, bool]:
    """What has come of the things that were forecast, as far as it is known."""
    seen = {}
    if isinstance(answers := look.read_json(account, f"{account.prefix}/answers.json"), dict):
        seen["three_instances"] = answers.get("instances") == len(CONTAINERS)
    if skewed(account).passed:
        told = look.read_json(account, f"{account.prefix}/skew.json") or {}
        for way in ("pipeline", "client"):
            alone, among = told[way]["first_alone"], told[way]["first_among"]
            seen[f"{way}_alone_as_among"] = abs(alone - among) < 1e-3
        seen["client_visits_fewer"] = told["client"]["visits"] < told["pipeline"]["visits"]
    return seen


def learned(account: Account) -> Verdict:
    from labs.datasets import pumps

    jobs = _jobs(account, "sagemaker-scikit-learn")
    if not jobs:
        hint = "CreateTrainingJob with TrainingImage SKLEARN: learn() in starter.py."
        return Verdict(False, "There is no training job of the scikit-learn image yet", hint)
    if unfinished := _not_completed(jobs[0], "Training"):
        return unfinished
    name, sources = jobs[0]["TrainingJobName"], _sources(jobs[0])
    right = pumps.as_csv(pumps.tables()[0]).decode().splitlines()
    read = [line for address in sources.values() for line in _lines(account, address)]
    if sorted(read) != sorted(right):
        return Verdict(
            False,
            f"{name} has read {len(read)} rows; the training rows are {len(right)}",
            "One channel, train, over raw/train/: what is learned from rows that judge the model "
            "later has leaked into it. Then call learn() without completed() for one run.",
        )
    return Verdict(True, f"{name} has learned from {len(read)} rows, all of them for training")


def prepared(account: Account) -> Verdict:
    import numpy as np

    from labs.datasets import pumps

    train, validation, _ = pumps.tables()
    for name, rows in (("train", train), ("validation", validation)):
        key = f"{account.prefix}/prepared/{name}/{name}.csv.out"
        body = look.read(account, key)
        if body is None:
            hint = "A transform job: input raw/, output prepared/. Both files are below raw/."
            return Verdict(False, f"There is no s3://{account.bucket}/{key}", hint)
        told = look.rows(body)
        if isinstance(told, str):
            hint = "OutputFilter: the label (0), and what was prepared (7 to 17)."
            return Verdict(False, f"{name}.csv.out: {told}", hint)
        widths = {len(row) for row in told}
        if len(told) != len(rows) or widths != {1 + COLUMNS}:
            wide = " or ".join(str(width) for width in sorted(widths)) or "no"
            return Verdict(
                False,
                f"{name}.csv.out has {len(told)} rows of {wide} columns",
                f"It should be {len(rows)} of {1 + COLUMNS}: the label, then what was prepared.",
            )
        found, right = np.array(told), _prepared(pumps.unlabelled(rows))
        if not np.array_equal(found[:, 0], [float(row[0]) for row in rows]):
            saw = f"The first column of {name}.csv.out is not the label"
            return Verdict(False, saw, "JoinSource Input puts raw columns 0 to 6 in front.")
        off = np.argwhere(~np.isclose(found[:, 1:], right, atol=1e-4))
        if len(off):
            row, column = off[0]
            return Verdict(
                False,
                f"Row {row + 1} of {name}.csv.out has {found[row, column + 1]:.4f} in column "
                f"{column + 1}, and prepared as the training rows are it is "
                f"{right[row, column]:.4f}",
                "Was prepare.py changed, or the model made of another job?",
            )
    return Verdict(
        True, f"{len(train)} and {len(validation)} rows: the label and {COLUMNS} columns"
    )


def trained(account: Account) -> Verdict:
    jobs = _jobs(account, "sagemaker-xgboost")
    if not jobs:
        hint = "CreateTrainingJob as in the first lab: train() in starter.py."
        return Verdict(False, "There is no training job of XGBoost yet", hint)
    if unfinished := _not_completed(jobs[0], "Training"):
        return unfinished
    name, sources = jobs[0]["TrainingJobName"], _sources(jobs[0])
    for channel in ("train", "validation"):
        where = f"s3://{account.bucket}/{account.prefix}/prepared/{channel}"
        if not sources.get(channel, "").startswith(where):
            said = f"{sources[channel]} as {channel}" if channel in sources else f"no {channel}"
            hint = f"It is to read {where}/. Then call train() without completed() for one run."
            return Verdict(False, f"{name} reads {said}", hint)
    return Verdict(True, f"{name} was trained on what the transform job wrote")


def chained(account: Account) -> Verdict:
    name = f"{account.prefix}-chain"
    model = _model(account, name)
    if model is None:
        return Verdict(False, f"There is no model {name}", "CreateModel makes one, of Containers.")
    containers = model.get("Containers") or []
    kinds = [_kind(each) for each in containers] or [_kind(model.get("PrimaryContainer") or {})]
    if kinds != ["scikit-learn", "xgboost", "scikit-learn"]:
        saw = f"{name} has {len(kinds)} containers: {', '.join(kinds)}"
        return Verdict(False, saw, "scikit-learn, xgboost, scikit-learn, in this order.")
    hosts = [each.get("ContainerHostname") for each in containers]
    if hosts != list(CONTAINERS):
        saw = f"The containers of {name} are called {', '.join(str(host) for host in hosts)}"
        return Verdict(False, saw, f"ContainerHostname: {', '.join(CONTAINERS)}.")
    if (mode := (model.get("InferenceExecutionConfig") or {}).get("Mode", "Serial")) != "Serial":
        hint = "Direct runs the one container that the caller names. A row is Serial."
        return Verdict(False, f"{name} is in Mode {mode}", hint)
    told = (containers[2].get("Environment") or {}).get("THRESHOLD")
    if told is None or not _is(told, THRESHOLD):
        saw = f"The Environment of the container label says THRESHOLD {told}"
        return Verdict(False, saw, f"Environment={{..., 'THRESHOLD': '{THRESHOLD}'}}: a text.")
    if _decisions(account, _prepared(_test_rows()[:1])) is None:
        url = containers[1].get("ModelDataUrl")
        saw = f"The container score names {url}: no XGBoost model of {COLUMNS} columns"
        return Verdict(False, saw, "ModelDataUrl is the model.tar.gz of the job of step 3.")
    return Verdict(True, f"{name}: {', '.join(CONTAINERS)}, each with what the one before answers")


def _kind(container: Description) -> str:
    image = container.get("Image", "no image")
    found = [kind for kind in ("scikit-learn", "xgboost") if kind in image]
    return found[0] if found else str(image)


def asked(account: Account) -> Verdict:
    name, status = account.prefix, look.endpoints(account)
    if not look.invocations(account, name):
        if name not in status:
            hint = "CreateEndpointConfig, CreateEndpoint, under this very name."
            return Verdict(False, f"There is no endpoint {name}, nor has it answered", hint)
        hint = "Wait for InService, then send raw rows. Its variant is to be called AllTraffic."
        return Verdict(False, f"{name} is {status[name]}, and has not been asked", hint)
    for container in CONTAINERS:
        if not look.metric(account, "ContainerLatency", _of(name, container), "SampleCount"):
            return Verdict(
                False,
                f"CloudWatch has no ContainerLatency of the container {container}",
                "Did the one before it answer what it can read? "
                "SAGEMAKER_DEFAULT_INVOCATIONS_ACCEPT of prepare is text/csv.",
            )
    where = f"s3://{account.bucket}/{account.prefix}/answers.json"
    answers = look.read_json(account, f"{account.prefix}/answers.json")
    if answers is None:
        return Verdict(False, f"There is no JSON object in {where}", "Keep the answers there.")
    right = _decisions(account, _prepared(_test_rows()))
    if right is None:
        return NO_MODEL
    if other := _other(str(answers.get("rows", "")).splitlines(), right):
        return Verdict(False, f"rows of answers.json {other}", "The whole answer to test_rows().")
    true = {"instances": 1, "images": len(CONTAINERS)}
    for field, value in true.items():
        if answers.get(field) != value or isinstance(answers[field], bool):
            hint = "DescribeEndpoint: CurrentInstanceCount, and the number of DeployedImages."
            return Verdict(False, f"answers.json says {field} {answers.get(field)!r}", hint)
    visits = sum(word == "visit" for word, _ in right)
    return Verdict(True, f"{visits} visits for 400 pumps; 1 instance with 3 containers")


def skewed(account: Account) -> Verdict:
    from labs.catalog.inference_pipeline import client
    from labs.datasets import pumps

    direct = f"{account.prefix}-direct"
    # Only in Mode Direct are invocations counted by container.
    asked_for = [look.metric(account, "Invocations", _of(direct, each)) for each in CONTAINERS]
    if not all(asked_for):
        mode = ((_model(account, direct) or {}).get("InferenceExecutionConfig") or {}).get("Mode")
        if mode != "Direct":
            hint = "The same three containers, InferenceExecutionConfig={'Mode': 'Direct'}."
            return Verdict(False, f"There is no model {direct} in Mode Direct", hint)
        hint = "Its endpoint has the same name. Each request names a TargetContainerHostname."
        silent = CONTAINERS[asked_for.index(0)]
        return Verdict(False, f"{direct} has not been asked for its {silent}", hint)
    told = look.read_json(account, f"{account.prefix}/skew.json")
    if told is None:
        where = f"s3://{account.bucket}/{account.prefix}/skew.json"
        return Verdict(False, f"There is no JSON object in {where}", "compare() puts it there.")
    frost = _frosty_rows()
    lines = [pumps.as_csv([list(row) for row in rows]) for rows in (frost, frost[:1])]
    tables = {
        "pipeline": [_prepared(rows) for rows in (frost, frost[:1])],
        "client": [_table(client.prepared(body)) for body in lines],
    }
    right = {way: [_decisions(account, each) for each in tables[way]] for way in tables}
    for way, hint in WAYS.items():
        among, alone = right.get(way, right["pipeline"])
        if among is None or alone is None:
            return NO_MODEL
        true = {
            "visits": sum(word == "visit" for word, _ in among),
            "first_alone": alone[0][1],
            "first_among": among[0][1],
        }
        said = told.get(way)
        for field, value in true.items():
            one = said.get(field) if isinstance(said, dict) else None
            if not look.is_near(one, value, 1e-3):
                saw = f"skew.json says {one!r} under {way}, {field}"
                return Verdict(False, saw, hint)
    many, few = told["pipeline"]["visits"], told["client"]["visits"]
    return Verdict(True, f"{many} visits in a week of frost; {few} if the client scales by itself")


def _table(body: bytes) -> Table:
    import numpy as np

    rows = look.rows(body)
    assert not isinstance(rows, str)
    return np.array(rows)


def scored(account: Account) -> Verdict:
    model = f"{account.prefix}-chain"
    jobs = [
        job for job in look.transform_jobs(account, account.prefix) if job.get("ModelName") == model
    ]
    if not jobs:
        hint = f"CreateTransformJob with ModelName {model}."
        return Verdict(False, "There is no transform job with the pipeline yet", hint)
    if unfinished := _not_completed(jobs[0], "Transform"):
        return unfinished
    key = f"{account.prefix}/scores/rows.csv.out"
    body = look.read(account, key)
    if body is None:
        hint = "Its input is rows/rows.csv, its S3OutputPath .../scores."
        return Verdict(False, f"There is no s3://{account.bucket}/{key}", hint)
    right = _decisions(account, _prepared(_test_rows()))
    if right is None:
        return NO_MODEL
    ids = [f"pump-{n:03}" for n in range(1, len(right) + 1)]
    if other := _other(body.decode("utf-8", "replace").splitlines(), right, ids):
        hint = "InputFilter $[1:], JoinSource Input, OutputFilter $[0,-2,-1]; SplitType Line."
        return Verdict(False, f"rows.csv.out {other}", hint)
    return Verdict(True, f"{len(right)} ids, each with what the endpoint says: {ids[0]} and so on")


def limits(account: Account) -> Verdict:
    prefix = account.prefix
    for name, count in (("one", 1), ("fifteen", 15)):
        model = _model(account, f"{prefix}-{name}")
        if model is None:
            hint = f"CreateModel with {count} of Containers."
            return Verdict(False, f"There is no model {prefix}-{name}", hint)
        found = len(model.get("Containers") or [model.get("PrimaryContainer")])
        if found != count:
            return Verdict(False, f"{prefix}-{name} has {found} containers", f"Not {count}.")
    told = (look.read_json(account, f"{prefix}/limits.json") or {}).get("sixteen")
    if not isinstance(told, str) or "ValidationException" not in told or "15" not in told:
        return Verdict(
            False,
            f"limits.json says {str(told)[:80]!r} under sixteen",
            "Code and Message of the ClientError that CreateModel raises.",
        )
    return Verdict(True, f"1 and 15 are models; of 16 it says: ...{told[-60:]}")


def repaired(account: Account) -> Verdict:
    prefix = account.prefix
    faults = look.transform_jobs(account, f"{prefix}-fault")
    jobs = look.transform_jobs(account, f"{prefix}-repaired")
    first = "First compare the visits that fault.py tells with the table of step 5."
    if missing := verdicts.unrepaired(account, faults, jobs, "transform job", first):
        return missing
    if unfinished := _not_completed(jobs[0], "Transform"):
        return unfinished
    name = jobs[0]["TransformJobName"]
    uri = jobs[0].get("TransformInput", {}).get("DataSource", {}).get("S3DataSource", {})
    where = f"s3://{account.bucket}/{prefix}/fault"
    if not str(uri.get("S3Uri")).startswith(where):
        return Verdict(False, f"{name} reads {uri.get('S3Uri')}", f"The same rows: {where}/")
    output = jobs[0].get("TransformOutput", {}).get("S3OutputPath", "")
    key = output.removeprefix(f"s3://{account.bucket}/").rstrip("/")
    body = look.read(account, f"{key}/rows.csv.out") or b""
    right = _decisions(account, _prepared(_frosty_rows()))
    if right is None:
        return NO_MODEL
    if other := _other(body.decode("utf-8", "replace").splitlines(), right):
        hint = "The container still learns from the rows that come in: look at predict_fn()."
        return Verdict(False, f"rows.csv.out of {name} {other}", hint)
    visits = sum(word == "visit" for word, _ in right)
    return Verdict(True, f"{name}: {visits} visits of {len(right)}, as the pipeline says")


def taken_down(account: Account) -> Verdict:
    left = look.endpoints(account)
    if left:
        names = ", ".join(f"{name} ({status})" for name, status in sorted(left.items()))
        return Verdict(False, f"Still there: {names}", "Delete them once the other steps are done.")
    for name in (account.prefix, f"{account.prefix}-direct"):
        if not look.invocations(account, name):
            saw = f"There has been no endpoint {name} to take down yet"
            return Verdict(False, saw, "Steps 4 and 5 first.")
    return Verdict(True, "Every endpoint of this lab is gone")
