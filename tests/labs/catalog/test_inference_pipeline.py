"""The lab of three containers: its solution passes, what is missing or wrong is told, its fault is
found by what it answers."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from labs.catalog.inference_pipeline import checks, client, fault_prepare, label, prepare
from labs.cloud.plane import Plane
from labs.datasets import pumps
from labs.runner import catalogue, look
from tests.labs.catalog.desks import Desk, Make

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("inference_pipeline")]

LAB = catalogue.load("inference_pipeline")
GUIDE = " ".join(catalogue.guide(LAB).split())
Change = Callable[[dict[str, Any]], None]


@pytest.fixture(scope="module")
def solved(cloud: Plane, tmp_path_factory: pytest.TempPathFactory) -> Desk:
    """Where the boto3 solution has been run."""
    desk = Desk.at(LAB, tmp_path_factory.mktemp("solved"))
    ran = desk.solve()
    assert ran.left is None, ran.out
    assert "4 of 40 pumps get a visit" in ran.out, "the fault"
    return desk


def saw(desk: Desk, check: str, change: Change | None = None) -> str:
    """What a check that fails says; `change`: if the account described things otherwise."""
    verdict = desk.look(check, desk.otherwise(change) if change else None)
    assert not verdict.passed
    assert verdict.next
    return verdict.saw


def of_model(name: str, change: Change) -> Change:
    """Change the description of a model whose name ends so."""

    def altered(answer: dict[str, Any]) -> None:
        if "ModelArn" in answer and answer["ModelName"].endswith(f"-{name}"):
            change(answer)

    return altered


def of_job(name: str, change: Change) -> Change:
    """Change the description of jobs with this part in their names."""

    def altered(answer: dict[str, Any]) -> None:
        job = answer.get("TrainingJobName") or answer.get("TransformJobName") or ""
        if f"-{name}-" in job:
            change(answer)

    return altered


def put(*path: str | int, value: Any) -> Change:
    """Put a value into a description, at this place."""

    def change(answer: Any) -> None:
        for step in path[:-1]:
            answer = answer[step]
        answer[path[-1]] = value

    return change


# The data, and the three that prepare it


def test_the_rows_have_words_and_gaps_and_are_the_same_each_time() -> None:
    train, validation, test = pumps.tables()
    assert [len(rows) for rows in (train, validation, test, pumps.frost())] == [1200, 400, 400, 40]
    assert {len(row) for row in train} == {1 + len(pumps.COLUMNS)}
    assert {row[5] for row in train} == set(pumps.SITES)
    assert {row[6] for row in train} == set(pumps.REFRIGERANTS)
    assert [sum(not row[n] for row in train) > 50 for n in range(1, 5)] == [
        False,
        True,
        False,
        True,
    ]
    assert 0.1 < np.mean([row[0] == "1" for row in train]) < 0.3
    assert pumps.tables()[2] == test
    assert {row[0] for row in pumps.frost()} == {"1"}, "the guide says that all of them failed"


def test_the_second_copy_prepares_alike_but_for_the_rows_it_looks_at() -> None:
    """With the training rows alone it agrees; on others it does not."""
    for rows, agrees in ((pumps.tables()[0], True), (pumps.tables()[2], False)):
        body = client.prepared(pumps.as_csv(pumps.unlabelled(rows)))
        told = np.array(look.rows(body))
        right = checks._prepared(pumps.unlabelled(rows))
        assert told.shape == right.shape
        assert np.allclose(told, right) == agrees


def test_alone_a_row_is_the_mean() -> None:
    body = client.prepared(pumps.as_csv(pumps.unlabelled(pumps.frost()[:1])))
    assert look.rows(body)[0][: pumps.NUMBERS] == [0.0] * pumps.NUMBERS


@pytest.mark.parametrize("module", [prepare, fault_prepare])
def test_rows_with_a_charset_are_read_as_those_without_one(module: Any) -> None:
    body = pumps.as_csv(pumps.unlabelled(pumps.frost()[:3]))
    as_text = module.input_fn(body.decode(), "text/csv")
    as_bytes = module.input_fn(body, "text/csv; charset=utf-8")
    for one, other in zip(as_text, as_bytes, strict=True):
        assert np.array_equal(one, other, equal_nan=one.dtype.kind == "f")


def test_scores_are_read_by_lines_and_by_commas_as_bytes_and_as_text() -> None:
    for body in (b"0.1\n0.2\n", b"0.1,0.2"):
        assert label.input_fn(body, "text/csv; charset=utf-8") == [0.1, 0.2]
        assert label.input_fn(body.decode(), "text/csv") == [0.1, 0.2]


# The way through


def test_nothing_holds_in_an_empty_cloud(fresh: Make) -> None:
    verdicts = fresh().check()
    assert not [id for id, verdict in verdicts.items() if verdict.passed]
    assert all(verdict.saw and verdict.next for verdict in verdicts.values())


def test_the_starter_says_step_by_step_what_is_still_to_be_written(fresh: Make) -> None:
    desk = fresh()
    assert desk.run("starter.py").left == (
        "Step 1 is still to be written: expect() says nothing of three_instances."
    )
    starter = desk.folder / "starter.py"
    starter.write_text(starter.read_text().replace(": None,", ": True,"))
    assert desk.run("starter.py").left == "Step 2 is still to be written: learn() in starter.py."
    assert desk.get("raw/train/train.csv") == pumps.as_csv(pumps.tables()[0])
    assert desk.look("forecast").saw == "Kept before the first job. Now see what comes"


def test_the_starter_can_be_run_again_since_each_step_takes_away_what_it_made(fresh: Make) -> None:
    desk = fresh()
    sagemaker, image = desk.client("sagemaker"), desk.variables["LAB_SKLEARN_IMAGE"]
    for name in ("prepare", "chain", "direct", "one", "fifteen"):
        sagemaker.create_model(
            ModelName=f"{desk.prefix}-{name}",
            ExecutionRoleArn=desk.variables["LAB_ROLE_ARN"],
            PrimaryContainer={"Image": image},
        )
    starter = desk.module("starter")
    for step, given in (("prepare", 1), ("chain", 2), ("compare", 0), ("limits", 1)):
        with pytest.raises(SystemExit, match="is still to be written"):
            starter[step](*["s3://b/k"] * given)
    assert sagemaker.list_models(NameContains=f"{desk.prefix}-")["Models"] == []


def test_a_fault_without_a_pipeline_says_what_it_needs(fresh: Make) -> None:
    desk = fresh()
    assert desk.run("fault.py").left == (
        f"There is no model {desk.prefix}-chain yet: step 4 makes it."
    )


def test_a_fault_is_made_of_what_create_model_needs_alone(fresh: Make) -> None:
    """DescribeModel may tell of more, such as a ModelDataSource, with which no batch runs."""
    kept = {
        "ContainerHostname": "prepare",
        "Image": "sklearn:1",
        "ModelDataUrl": "s3://b/k",
        "Environment": {"SAGEMAKER_PROGRAM": "prepare.py"},
    }
    more = {"Mode": "SingleModel", "ModelDataSource": {"S3DataSource": {"S3Uri": "s3://b/k"}}}
    last = {"Image": "xgboost:1"}

    class Sagemaker:
        def describe_model(self, **_: str) -> dict[str, Any]:
            return {"Containers": [kept | more, last | more]}

    code = {"SAGEMAKER_PROGRAM": "fault_prepare.py"}
    found = fresh().module("fault")["containers"](Sagemaker(), code)
    assert found == [kept | {"Environment": code}, last]


def test_the_solution_with_boto3_passes_every_check(solved: Desk) -> None:
    verdicts = solved.check()
    assert [id for id, verdict in verdicts.items() if not verdict.passed] == []
    assert verdicts["forecast"].saw == (
        "Kept before the first job. It came otherwise: three_instances, client_alone_as_among"
    )


def test_the_figures_of_the_guide_are_those_that_come(solved: Desk) -> None:
    told = json.loads(solved.get("skew.json") or b"")
    for way, each in told.items():
        row = (
            f"| {way} | {each['visits']} | {each['first_alone']:.3f} | {each['first_among']:.3f} |"
        )
        assert row in GUIDE, row
    answers = json.loads(solved.get("answers.json") or b"")
    visits = sum(line.startswith("visit") for line in answers["rows"].splitlines())
    assert f"{visits} of 400 pumps get a visit" in GUIDE
    rows = pumps.as_csv(pumps.unlabelled(pumps.tables()[2]))
    decisions = checks._decisions(solved.account, checks._table(client.prepared(rows)))
    by_client = sum(word == "visit" for word, _ in decisions or ())
    assert f"(the client sends {by_client} visits there)" in GUIDE


def test_a_pipelines_error_names_the_container_that_refused(solved: Desk) -> None:
    """What the guide lets the learner try: JSON in front of XGBoost, and a column too many."""
    sagemaker, runtime = solved.client("sagemaker"), solved.client("sagemaker-runtime")
    containers = sagemaker.describe_model(ModelName=f"{solved.prefix}-chain")["Containers"][:2]
    del containers[0]["Environment"]["SAGEMAKER_DEFAULT_INVOCATIONS_ACCEPT"]
    name = f"{solved.prefix}-broken"
    role = solved.variables["LAB_ROLE_ARN"]
    sagemaker.create_model(ModelName=name, ExecutionRoleArn=role, Containers=containers)
    variant = {"VariantName": "AllTraffic", "ModelName": name, "InitialInstanceCount": 1}
    variant["InstanceType"] = "ml.m5.large"
    sagemaker.create_endpoint_config(EndpointConfigName=name, ProductionVariants=[variant])
    sagemaker.create_endpoint(EndpointName=name, EndpointConfigName=name)
    waiter = sagemaker.get_waiter("endpoint_in_service")
    waiter.wait(EndpointName=name, WaiterConfig={"Delay": 0, "MaxAttempts": 100_000})
    assert saw(solved, "taken-down") == f"Still there: {name} (InService)"
    try:
        for row, where in (
            (b"10.3,,8.4,9.3,city,R410A\n", r"\(415\) from score"),
            (b"10.3,,8.4,9.3,city,R410A,7\n", r"\(500\) from prepare"),
            (b"ten,,8.4,9.3,city,R410A\n", r"\(500\) from prepare"),
        ):
            with pytest.raises(runtime.exceptions.ModelError, match=where):
                runtime.invoke_endpoint(EndpointName=name, ContentType="text/csv", Body=row)
    finally:
        with solved._beside():
            solved.module("ready")["away"](name, "never-made")
    assert solved.look("taken-down").passed
    assert name not in {each["ModelName"] for each in sagemaker.list_models()["Models"]}


# What each check says where it does not hold


def _failed(kind: str) -> Change:
    return lambda answer: answer.update({f"{kind}JobStatus": "Failed", "FailureReason": "No.\n"})


def test_a_preparation_that_was_learned_from_other_rows_is_told(solved: Desk) -> None:
    """The whole of raw/, or nothing that is there."""
    channel = ("InputDataConfig", 0, "DataSource", "S3DataSource", "S3Uri")
    raw = f"s3://{solved.account.bucket}/{solved.prefix}/raw/"
    for uri, rows in ((raw, 1600), ("s3://elsewhere/raw/", 0), ("", 0)):
        change = of_job("prepare", put(*channel, value=uri))
        assert f"has read {rows} rows; the training rows are 1200" in saw(solved, "learned", change)
        assert (
            "learn() without completed()" in solved.look("learned", solved.otherwise(change)).next
        )
    assert "is Failed. No." in saw(solved, "learned", of_job("prepare", _failed("Training")))


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda rows: None, "There is no s3://"),
        (lambda rows: rows[:7], "train.csv.out has 7 rows of 12 columns"),
        (lambda rows: [row[1:] for row in rows], "train.csv.out has 1200 rows of 11 columns"),
        (lambda rows: [row[1:] + row[:1] for row in rows], "The first column of train.csv.out is"),
        (lambda rows: [[*row[:11], "city"] for row in rows], "line 1 is not numbers"),
        (lambda rows: [*rows[:2], [*rows[2][:3], "9", *rows[2][4:]], *rows[3:]], "Row 3 of train"),
        (lambda rows: [["nan"] * 12 for row in rows], "The first column of train.csv.out is"),
    ],
)
def test_rows_that_are_not_prepared_as_the_training_rows_are_told(
    solved: Desk, change: Callable[[list[list[str]]], list[list[str]] | None], said: str
) -> None:
    name = "prepared/train/train.csv.out"
    rows = [line.split(",") for line in (solved.get(name) or b"").decode().splitlines()]
    other = change(rows)
    body = None if other is None else "\n".join(",".join(row) for row in other)
    with solved.instead(name, body):
        assert said in saw(solved, "prepared")


def test_validation_rows_that_were_scaled_by_themselves_are_told(solved: Desk) -> None:
    rows = pumps.tables()[1]
    by_themselves = client.prepared(pumps.as_csv(pumps.unlabelled(rows))).decode().splitlines()
    body = "\n".join(f"{row[0]},{line}" for row, line in zip(rows, by_themselves, strict=True))
    with solved.instead("prepared/validation/validation.csv.out", body):
        assert "Row 1 of validation.csv.out has" in saw(solved, "prepared")


def test_training_on_other_rows_is_told(solved: Desk) -> None:
    uri = ("DataSource", "S3DataSource", "S3Uri")
    raw = of_job("score", put("InputDataConfig", 0, *uri, value="s3://b/raw/train/"))
    assert saw(solved, "trained", raw).endswith("reads s3://b/raw/train/ as train")
    assert "train() without completed()" in solved.look("trained", solved.otherwise(raw)).next
    alone = of_job("score", lambda answer: answer.update(InputDataConfig=[]))
    assert saw(solved, "trained", alone).endswith("reads no train")
    assert "is Failed. No." in saw(solved, "trained", of_job("score", _failed("Training")))


def _backwards(answer: dict[str, Any]) -> None:
    answer["Containers"].reverse()


def _two(answer: dict[str, Any]) -> None:
    answer["Containers"] = answer["Containers"][1:]


def _primary(answer: dict[str, Any]) -> None:
    answer["PrimaryContainer"] = answer.pop("Containers")[0]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (_two, "has 2 containers: xgboost, scikit-learn"),
        (_primary, "has 1 containers: scikit-learn"),
        (put("Containers", 1, "Image", value="mine:1"), "scikit-learn, mine:1, scikit-learn"),
        (put("Containers", 0, "ContainerHostname", value="a"), "are called a, score, label"),
        (_backwards, "are called label, score, prepare"),
        (put("InferenceExecutionConfig", "Mode", value="Direct"), "is in Mode Direct"),
        (put("Containers", 2, "Environment", value={}), "says THRESHOLD None"),
        (put("Containers", 2, "Environment", "THRESHOLD", value="0.5"), "says THRESHOLD 0.5"),
        (put("Containers", 1, "ModelDataUrl", value="s3://b/k"), "names s3://b/k: no XGBoost"),
        (put("Containers", 1, "ModelDataUrl", value=""), "names : no XGBoost"),
    ],
)
def test_a_chain_that_is_none_is_told(solved: Desk, change: Change, said: str) -> None:
    assert said in saw(solved, "chained", of_model("chain", change))


def changed(desk: Desk, name: str, **fields: object) -> str:
    return json.dumps({**json.loads(desk.get(f"{name}.json") or b""), **fields})


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"rows": None}, "rows of answers.json has 1 lines, and there were 400 rows"),
        ({"rows": "wait,0.5\n" * 399}, "has 399 lines"),
        ({"rows": "visit,0.9\n" * 400}, "says 'visit,0.9' in line 1, where it should be wait,0."),
        ({"rows": "wait\n" * 400}, "says 'wait' in line 1"),
        ({"rows": "\n" * 400}, "says '' in line 1"),
        ({"instances": 3}, "answers.json says instances 3"),
        ({"instances": True}, "answers.json says instances True"),
        ({"images": None}, "answers.json says images None"),
    ],
)
def test_an_answer_that_is_not_the_pipelines_is_told(
    solved: Desk, fields: dict[str, object], said: str
) -> None:
    with solved.instead("answers.json", changed(solved, "answers", **fields)):
        assert said in saw(solved, "asked")


@pytest.mark.parametrize("body", [None, "[]", "not JSON"])
def test_reports_that_were_not_kept_are_told(solved: Desk, body: str | None) -> None:
    for name, check in (("answers", "asked"), ("skew", "skewed")):
        with solved.instead(f"{name}.json", body):
            assert "There is no JSON object in s3://" in saw(solved, check)
    with solved.instead("limits.json", body):
        assert saw(solved, "limits") == "limits.json says 'None' under sixteen"


@pytest.mark.parametrize("way", checks.WAYS)
@pytest.mark.parametrize(
    ("field", "value"),
    [("visits", 20), ("first_alone", 0.5), ("first_among", "0.831"), ("first_among", None)],
)
def test_a_figure_of_the_comparison_that_is_wrong_is_told(
    solved: Desk, way: str, field: str, value: object
) -> None:
    own = json.loads(solved.get("skew.json") or b"")[way]
    with solved.instead("skew.json", changed(solved, "skew", **{way: own | {field: value}})):
        assert saw(solved, "skewed") == f"skew.json says {value!r} under {way}, {field}"


def test_a_way_that_is_missing_is_told(solved: Desk) -> None:
    with solved.instead("skew.json", changed(solved, "skew", client=[1])):
        assert saw(solved, "skewed") == "skew.json says None under client, visits"


def test_a_mode_that_is_not_direct_and_one_that_nobody_asked_are_told(
    fresh: Make, solved: Desk
) -> None:
    desk = fresh()
    direct = solved.client("sagemaker").describe_model(ModelName=f"{solved.prefix}-direct")
    desk.client("sagemaker").create_model(
        ModelName=f"{desk.prefix}-direct",
        ExecutionRoleArn=direct["ExecutionRoleArn"],
        Containers=direct["Containers"],
        InferenceExecutionConfig=direct["InferenceExecutionConfig"],
    )
    assert saw(desk, "skewed") == f"{desk.prefix}-direct has not been asked for its prepare"
    serial = of_model("direct", put("InferenceExecutionConfig", value=None))
    missing = f"There is no model {desk.prefix}-direct in Mode Direct"
    assert saw(desk, "skewed", serial) == missing


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda lines: None, "There is no s3://"),
        (lambda lines: lines[:5], "rows.csv.out has 5 lines, and there were 400 rows"),
        (lambda lines: [*lines[1:], lines[0]], "says 'pump-002,"),
        (lambda lines: [line.partition(",")[2] for line in lines], "it should be pump-001,wait,0."),
        (lambda lines: [*lines[:-1], "pump-400,visit,2"], "says 'pump-400,visit,2' in line 400"),
        (lambda lines: [*lines[:-1], "pump-400,visit,x"], "says 'pump-400,visit,x' in line 400"),
    ],
)
def test_decisions_that_are_not_the_pipelines_are_told(
    solved: Desk, change: Callable[[list[str]], list[str] | None], said: str
) -> None:
    lines = change((solved.get("scores/rows.csv.out") or b"").decode().split())
    with solved.instead("scores/rows.csv.out", "\n".join(lines) if lines else None):
        assert said in saw(solved, "scored")


def test_another_model_in_batch_is_told(solved: Desk) -> None:
    other = of_job("batch", lambda answer: answer.update(ModelName="other"))
    assert saw(solved, "scored", other) == "There is no transform job with the pipeline yet"
    assert "is Failed. No." in saw(solved, "scored", of_job("batch", _failed("Transform")))


def test_without_an_xgboost_model_nothing_is_compared(solved: Desk) -> None:
    gone = of_model("chain", put("Containers", 1, "ModelDataUrl", value="s3://b/k"))
    for check in ("asked", "skewed", "scored", "repaired"):
        assert saw(solved, check, gone).startswith("There is no pipeline with an XGBoost model")


@pytest.mark.parametrize(
    ("told", "said"),
    [
        ({"sixteen": "It went"}, "limits.json says 'It went' under sixteen"),
        ({"sixteen": ["ValidationException", "15"]}, 'limits.json says "['),
        ({}, "limits.json says 'None' under sixteen"),
    ],
)
def test_a_limit_that_nobody_met_is_told(solved: Desk, told: object, said: str) -> None:
    with solved.instead("limits.json", json.dumps(told)):
        assert said in saw(solved, "limits")


def test_models_of_other_lengths_are_told(solved: Desk) -> None:
    shorter = of_model("fifteen", lambda answer: answer["Containers"].pop())
    assert saw(solved, "limits", shorter).endswith("-fifteen has 14 containers")


# The fault


def test_the_fault_answers_as_the_client_does(solved: Desk) -> None:
    """No error tells of it: its scores are those that a client would get that scales by itself."""
    lines = (solved.get("fault-scores/rows.csv.out") or b"").decode().splitlines()
    rows = client.prepared(pumps.as_csv(pumps.unlabelled(pumps.frost())))
    decisions = checks._decisions(solved.account, checks._table(rows))
    assert decisions is not None
    assert checks._other(lines, decisions) is None
    assert [line.split(",")[0] for line in lines].count("visit") == 4


def test_a_repair_that_is_none_is_told(solved: Desk) -> None:
    job = ("TransformInput", "DataSource", "S3DataSource", "S3Uri")
    elsewhere = of_job("repaired", put(*job, value="s3://b/c"))
    assert saw(solved, "repaired", elsewhere).endswith("reads s3://b/c")
    assert "is Failed. No." in saw(solved, "repaired", of_job("repaired", _failed("Transform")))
    with solved.instead("repaired-scores/rows.csv.out", solved.get("fault-scores/rows.csv.out")):
        assert "in line 1, where it should be visit,0.83" in saw(solved, "repaired")
    with solved.instead("repaired-scores/rows.csv.out", None):
        assert "has 0 lines" in saw(solved, "repaired")


def test_the_fault_and_its_repair_are_asked_for_in_turn(fresh: Make, solved: Desk) -> None:
    """With jobs that fail at once: XGBoost alone, which reads no words."""
    desk = fresh()
    assert saw(desk, "repaired") == "The fault has not been planted yet"
    chain = solved.client("sagemaker").describe_model(ModelName=f"{solved.prefix}-chain")
    desk.client("sagemaker").create_model(
        ModelName=f"{desk.prefix}-score",
        ExecutionRoleArn=desk.variables["LAB_ROLE_ARN"],
        PrimaryContainer=chain["Containers"][1],
    )
    desk.put("fault/rows.csv", pumps.as_csv(pumps.unlabelled(pumps.frost())))
    transform(desk, "fault-1")
    missing = f"There is no transform job whose name begins with {desk.prefix}-repaired yet"
    assert saw(desk, "repaired") == missing
    transform(desk, "repaired-1")
    assert saw(desk, "repaired").startswith(f"{desk.prefix}-repaired-1 is Failed. ")
    assert not [fate for fate in desk.clean() if fate.why]
    assert desk.clean() == []


def transform(desk: Desk, name: str) -> None:
    """A transform job with the desk's model, to its end."""
    where, sagemaker = f"s3://{desk.account.bucket}/{desk.prefix}", desk.client("sagemaker")
    source = {"S3DataType": "S3Prefix", "S3Uri": f"{where}/fault/"}
    job = f"{desk.prefix}-{name}"
    sagemaker.create_transform_job(
        TransformJobName=job,
        ModelName=f"{desk.prefix}-score",
        TransformInput={"DataSource": {"S3DataSource": source}, "ContentType": "text/csv"},
        TransformOutput={"S3OutputPath": f"{where}/out"},
        TransformResources={"InstanceType": "ml.m5.large", "InstanceCount": 1},
    )
    with desk._beside():
        desk.module("ready")["transformed"](job)


# The way back; last, since it takes away what the tests above look at


def test_a_cleaned_lab_has_left_nothing(solved: Desk) -> None:
    fates = solved.clean()
    kinds = {fate.thing.kind for fate in fates}
    assert {"endpoint configuration", "model", "training job", "log group", "object"} <= kinds
    assert not [fate for fate in fates if fate.why]
    assert solved.clean() == []
    assert saw(solved, "learned") == "There is no training job of the scikit-learn image yet"
