"""The lab of five ways: four kinds of endpoint and a batch job give the same scores; the costs."""

from __future__ import annotations

import datetime
import json
import re
import time
from collections.abc import Callable
from typing import Any

import pytest

from labs.catalog.batch_and_endpoints import prices
from labs.cloud import serverless
from labs.cloud.plane import Plane
from labs.runner import catalogue
from tests.labs.catalog.desks import Desk, Make

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("batch_and_endpoints")]

LAB = catalogue.load("batch_and_endpoints")
GUIDE = " ".join(catalogue.guide(LAB).split())
KINDS = ("real-time", "serverless", "asynchronous", "multi-model")


@pytest.fixture(scope="module")
def solved(cloud: Plane, tmp_path_factory: pytest.TempPathFactory) -> Desk:
    """Where the boto3 solution has been run."""
    desk = Desk.at(LAB, tmp_path_factory.mktemp("solved"))
    ran = desk.solve()
    assert ran.left is None, ran.out
    return desk


@pytest.fixture
def begun(fresh: Make, solved: Desk) -> Desk:
    """A desk with the two archives of the solution, which need not be trained again."""
    desk = fresh()
    for name in ("a", "b"):
        desk.put(f"models/{name}.tar.gz", solved.get(f"models/{name}.tar.gz") or b"")
    return desk


def archives(desk: Desk) -> str:
    return f"s3://{desk.account.bucket}/{desk.prefix}/models/"


def model(desk: Desk, name: str, url: str, **more: str) -> None:
    container = {"Image": desk.variables["LAB_XGBOOST_IMAGE"], "ModelDataUrl": url, **more}
    desk.client("sagemaker").create_model(
        ModelName=f"{desk.prefix}-{name}",
        PrimaryContainer=container,
        ExecutionRoleArn=desk.variables["LAB_ROLE_ARN"],
    )


def part(desk: Desk, name: str) -> Callable[..., Any]:
    """A function of the solution, for this desk."""
    found: Callable[..., Any] = desk.module_of("solution_boto3")[name]
    return found


# The way through


def test_nothing_holds_in_an_empty_cloud(fresh: Make) -> None:
    verdicts = fresh().check()
    assert not [id for id, verdict in verdicts.items() if verdict.passed]
    assert all(verdict.saw and verdict.next for verdict in verdicts.values())


def test_the_starter_trains_both_models_once_and_names_the_first_step(fresh: Make) -> None:
    desk = fresh()
    ran = desk.run("starter.py")
    assert ran.left == "Step 1 is still to be written: make_models() in starter.py."
    assert ran.out.count("Completed") == 2
    assert desk.failing() == [check.id for check in LAB.checks]
    assert "Completed" not in desk.run("starter.py").out


def test_the_solution_with_boto3_passes_every_check(solved: Desk) -> None:
    assert solved.failing() == []


def test_a_solution_can_be_run_a_second_time(solved: Desk) -> None:
    assert solved.solve().left is None
    assert solved.failing() == []


def test_the_table_of_the_guide_is_the_one_that_is_computed(solved: Desk) -> None:
    told = json.loads(solved.get("costs.json") or b"")
    for name in prices.LOADS:
        row = " | ".join(f"{told[name][way]:.2f}" for way in prices.WAYS)
        assert f"| {row} |" in GUIDE, row
    assert f"{told['break_even']:,.0f} requests a day" in GUIDE


def test_the_prices_in_the_guide_are_those_of_the_script() -> None:
    assert f"was {prices.INSTANCE} USD an hour" in GUIDE
    assert f"was {prices.SERVERLESS:.5f} USD a second" in GUIDE
    source = catalogue.given(LAB)["prices.py"].decode()
    assert set(re.findall(r"price list as of (20\d\d-\d\d-\d\d)", source)) == set(
        re.findall(r"price list as of (20\d\d-\d\d-\d\d)", GUIDE)
    )
    assert f"An hour of the endpoints is {3 * prices.INSTANCE:.3f} USD" in GUIDE
    assert f"of 730 hours, the endpoints are {730 * 3 * prices.INSTANCE:.0f} USD" in GUIDE


def test_the_guide_says_how_long_a_cold_start_is_here() -> None:
    assert f"a pause of {serverless.COLD_S} seconds here" in GUIDE
    assert serverless.IDLE_S == 60, "an environment stays warm for a minute"


def test_the_cheapest_way_depends_on_the_load(solved: Desk) -> None:
    told = json.loads(solved.get("costs.json") or b"")
    found = {name: min(told[name], key=told[name].__getitem__) for name in prices.LOADS}
    assert found == {"evening": "batch", "busy": "batch", "forty_shops": "serverless"}


def test_the_fault_is_told_in_the_data_log_alone(solved: Desk) -> None:
    (name,) = faults(solved)
    job = solved.client("sagemaker").describe_transform_job(TransformJobName=name)
    assert job["FailureReason"] == "ClientError: See job logs for more information"
    lines = solved.client("logs").filter_log_events(
        logGroupName="/aws/sagemaker/TransformJobs",
        logStreamNamePrefix=f"{name}/",
    )["events"]
    assert any("Too much data for max payload size" in line["message"] for line in lines)
    assert f"Started {name}." in solved.run("fault.py").out, "twice is one fault"
    assert faults(solved) == [name]


def faults(desk: Desk) -> list[str]:
    found = desk.client("sagemaker").list_transform_jobs(NameContains=f"{desk.prefix}-fault-")
    return [each["TransformJobName"] for each in found["TransformJobSummaries"]]


def test_a_fault_that_is_older_than_the_model_is_planted_anew(begun: Desk) -> None:
    with begun._beside():
        planted = begun.module("fault")["plant"]
        names = []
        for _ in range(2):
            model(begun, "one", f"{archives(begun)}a.tar.gz")
            names.append(planted())
            begun.module("ready")["transformed"](names[-1])
            begun.client("sagemaker").delete_model(ModelName=f"{begun.prefix}-one")
            time.sleep(1)  # names end in seconds
    assert sorted(faults(begun)) == names
    assert len(set(names)) == 2


def _made_later(answer: dict[str, Any]) -> None:
    """A model that was made after whatever has been done."""
    if "ModelName" in answer and "PrimaryContainer" in answer:
        answer["CreationTime"] = datetime.datetime.now(datetime.UTC) + datetime.timedelta(minutes=1)


def test_what_was_done_before_the_model_was_made_does_not_count(solved: Desk) -> None:
    def saw(check: str) -> str:
        return solved.look(check, solved.otherwise(_made_later)).saw

    assert saw("four-endpoints").startswith("There is no endpoint batch-and-endpoints-real-time")
    assert saw("cold-start").startswith("CloudWatch has no ModelSetupTime of ")
    assert saw("scored") == "There is no transform job of yours yet"
    assert saw("repaired") == "The fault has not been planted yet"
    assert saw("taken-down") == "There has been no real-time endpoint to take down yet"


def test_the_second_model_is_trained_once_the_first_has_ended(solved: Desk) -> None:
    sagemaker = solved.client("sagemaker")
    found = sagemaker.list_training_jobs(NameContains=f"{solved.prefix}-train-", SortBy="Name")
    one, other = (
        sagemaker.describe_training_job(TrainingJobName=each["TrainingJobName"])
        for each in sorted(found["TrainingJobSummaries"], key=lambda job: job["TrainingJobName"])
    )
    assert one["TrainingEndTime"] <= other["CreationTime"]


# What each check says where it does not hold


def test_the_models_are_followed_step_by_step(begun: Desk) -> None:
    def saw() -> str:
        return begun.look("models-made").saw

    where = archives(begun)
    assert saw() == f"There is no model {begun.prefix}-one"
    model(begun, "one", f"{where}b.tar.gz")
    assert saw() == f"{begun.prefix}-one is in Mode SingleModel and names {where}b.tar.gz"
    begun.client("sagemaker").delete_model(ModelName=f"{begun.prefix}-one")
    model(begun, "one", f"{where}a.tar.gz")
    assert saw() == f"There is no model {begun.prefix}-many"
    model(begun, "many", f"{where}a.tar.gz")
    assert saw() == f"{begun.prefix}-many is in Mode SingleModel and names {where}a.tar.gz"
    begun.client("sagemaker").delete_model(ModelName=f"{begun.prefix}-many")
    model(begun, "many", where, Mode="MultiModel")
    assert begun.look("models-made").passed
    begun.put("models/b.tar.gz", b"no archive")
    assert saw() == f"a.tar.gz or b.tar.gz is not in {where}"


def test_endpoints_are_followed_from_nothing_to_their_first_answers(begun: Desk) -> None:
    def saw() -> str:
        return begun.look("four-endpoints").saw

    sagemaker = begun.client("sagemaker")
    model(begun, "one", f"{archives(begun)}a.tar.gz")
    variant = {
        "VariantName": "AllTraffic",
        "ModelName": f"{begun.prefix}-one",
        "InstanceType": "ml.m5.large",
        "InitialInstanceCount": 1,
    }
    assert saw() == (
        "No configuration has instances for the model of one archive, and no AsyncInferenceConfig"
    )
    name = f"{begun.prefix}-real-time"
    sagemaker.create_endpoint_config(EndpointConfigName=name, ProductionVariants=[variant])
    assert saw() == "No configuration has a ServerlessConfig in its variant"
    model(begun, "many", archives(begun), Mode="MultiModel")
    with begun._beside():
        deploy = part(begun, "deploy")
        sagemaker.delete_endpoint_config(EndpointConfigName=name)
        deploy()
    assert saw() == f"{name} is in service, and has not been asked"
    assert begun.look("taken-down").saw.startswith(f"Still there: {begun.prefix}-asynchronous")
    with begun._beside():
        part(begun, "ask")(begun.module("ready")["five"]())
    for check in ("four-endpoints", "same-answers", "cold-start"):
        assert begun.look(check).passed
    fates = begun.clean()
    assert [fate.thing.kind for fate in fates[:4]] == ["endpoint"] * 4
    assert not [fate for fate in fates if fate.why]
    assert begun.clean() == []


def test_what_was_never_asked_was_not_taken_down(begun: Desk) -> None:
    saw = begun.look("taken-down").saw
    assert saw == "There has been no real-time endpoint to take down yet"


def changed(desk: Desk, name: str, **fields: object) -> str:
    return json.dumps({**json.loads(desk.get(f"{name}.json") or b""), **fields})


@pytest.mark.parametrize(
    ("fields", "saw"),
    [
        ({"real_time": "0.5\n" * 5}, "real_time says 0.500, 0.500"),
        ({"serverless": "words"}, "answers.json has under serverless: 'words'"),
        ({"asynchronous": None}, "answers.json has under asynchronous: 'None'"),
        ({"multi_model_a": "0.1,0.2"}, "multi_model_a says 0.100, 0.200; the model says 0.017"),
        ({"multi_model_a": "nan," * 5}, "multi_model_a says nan"),
        ({"multi_model_b": ""}, "multi_model_b says ; the model says 0.005"),
    ],
)
def test_an_answer_that_is_not_the_models_is_told(
    solved: Desk, fields: dict[str, object], saw: str
) -> None:
    with solved.instead("answers.json", changed(solved, "answers", **fields)):
        verdict = solved.look("same-answers")
    assert not verdict.passed
    assert saw in verdict.saw


def test_the_other_models_answer_is_not_taken_for_this_ones(solved: Desk) -> None:
    own = json.loads(solved.get("answers.json") or b"")
    swapped = {"multi_model_b": own["multi_model_a"]}
    with solved.instead("answers.json", changed(solved, "answers", **swapped)):
        assert not solved.look("same-answers").passed


@pytest.mark.parametrize("body", [None, "[]", "not JSON"])
def test_answers_that_were_not_kept_are_told(solved: Desk, body: str | None) -> None:
    with solved.instead("answers.json", body):
        assert "There is no JSON object in s3://" in solved.look("same-answers").saw
        assert "answers.json says None under serverless_s" in solved.look("cold-start").saw


@pytest.mark.parametrize(
    ("told", "saw"),
    [
        ([0.1, 0.2], "The first answer took 0.100 s, the second 0.200 s"),
        ([1.5], "answers.json says [1.5] under serverless_s"),
        ([1.5, -1], "answers.json says [1.5, -1] under serverless_s"),
        (["1.5", "0.1"], "answers.json says ['1.5', '0.1'] under serverless_s"),
    ],
)
def test_seconds_that_show_no_cold_start_are_told(solved: Desk, told: object, saw: str) -> None:
    with solved.instead("answers.json", changed(solved, "answers", serverless_s=told)):
        verdict = solved.look("cold-start")
    assert not verdict.passed
    assert verdict.saw == saw


def test_a_cold_start_that_nobody_measured_is_told(fresh: Make) -> None:
    desk = fresh()
    desk.put("answers.json", '{"serverless_s": [1.5, 0.1]}')
    saw = f"CloudWatch has no ModelSetupTime of {desk.prefix}-serverless"
    assert desk.look("cold-start").saw == saw


@pytest.mark.parametrize(
    ("change", "saw"),
    [
        (lambda lines: None, "There is no s3://"),
        (lambda lines: lines[:5], "rows.csv.out has 5 lines, and there are 114 rows"),
        (lambda lines: [*lines[1:], lines[0]], "Line 1 of rows.csv.out is 'tumour-002,"),
        (lambda lines: [line.split(",")[1] for line in lines], "it should be tumour-001 and 0.017"),
        (lambda lines: [*lines[:-1], "tumour-114,2"], "Line 114 of rows.csv.out is 'tumour-114,2'"),
        (lambda lines: [*lines[:-1], "tumour-114"], "Line 114 of rows.csv.out is 'tumour-114'"),
    ],
)
def test_scores_that_are_not_the_models_are_told(
    solved: Desk, change: Callable[[list[str]], list[str] | None], saw: str
) -> None:
    lines = change((solved.get("scores/rows.csv.out") or b"").decode().split())
    with solved.instead("scores/rows.csv.out", "\n".join(lines) if lines else None):
        verdict = solved.look("scored")
    assert not verdict.passed
    assert saw in verdict.saw


def _of(name: str, change: Callable[[dict[str, Any]], None]) -> Callable[[dict[str, Any]], None]:
    """Change the description of a transform job whose name has this part."""

    def altered(answer: dict[str, Any]) -> None:
        if name in answer.get("TransformJobName", ""):
            change(answer)

    return altered


def _whole_file(answer: dict[str, Any]) -> None:
    answer["TransformInput"]["SplitType"] = "None"


def _elsewhere(answer: dict[str, Any]) -> None:
    answer["TransformInput"]["DataSource"]["S3DataSource"]["S3Uri"] = "s3://b/c"


def _other_output(answer: dict[str, Any]) -> None:
    answer["TransformOutput"]["S3OutputPath"] = "s3://b/c"


def _failed(answer: dict[str, Any]) -> None:
    answer["TransformJobStatus"] = "Failed"


@pytest.mark.parametrize(
    ("check", "change", "saw"),
    [
        ("scored", _of("-scores-", _failed), "is Failed"),
        ("repaired", _of("-repaired-", _failed), "is Failed"),
        ("repaired", _of("-repaired-", _elsewhere), "reads s3://b/c"),
        ("repaired", _of("-repaired-", _whole_file), "sends the whole file as one request"),
        ("repaired", _of("-repaired-", _other_output), "has 0 scores"),
    ],
)
def test_a_batch_job_that_is_not_what_it_must_be_is_told(
    solved: Desk, check: str, change: Callable[[dict[str, Any]], None], saw: str
) -> None:
    verdict = solved.look(check, solved.otherwise(change))
    assert not verdict.passed
    assert saw in verdict.saw


def test_the_repair_is_followed_step_by_step(begun: Desk) -> None:
    assert begun.look("scored").saw == "There is no transform job of yours yet"
    assert begun.look("repaired").saw == "The fault has not been planted yet"
    model(begun, "one", f"{archives(begun)}a.tar.gz")
    with begun._beside():
        begun.module("ready")["transformed"](begun.module("fault")["plant"]())
    saw = f"There is no transform job whose name begins with {begun.prefix}-repaired yet"
    assert begun.look("repaired").saw == saw
    assert begun.look("scored").saw == "There is no transform job of yours yet"


@pytest.mark.parametrize("load", prices.LOADS)
@pytest.mark.parametrize("way", prices.WAYS)
def test_a_cost_that_is_wrong_is_told_with_its_rule(solved: Desk, load: str, way: str) -> None:
    own = json.loads(solved.get("costs.json") or b"")[load]
    wrong = {load: own | {way: own[way] * 1.02}}
    with solved.instead("costs.json", changed(solved, "costs", **wrong)):
        verdict = solved.look("costs")
    assert not verdict.passed
    assert verdict.saw.endswith(f" under {load}, {way}")
    assert verdict.next


@pytest.mark.parametrize(
    ("fields", "saw"),
    [
        ({"break_even": 1000}, "costs.json says 1000 under break_even"),
        ({"break_even": True}, "costs.json says True under break_even"),
        ({"evening": 7}, "costs.json says None under evening, real_time"),
        ({"busy": {"real_time": "2.76"}}, "costs.json says '2.76' under busy, real_time"),
    ],
)
def test_a_table_of_another_shape_is_told(
    solved: Desk, fields: dict[str, object], saw: str
) -> None:
    with solved.instead("costs.json", changed(solved, "costs", **fields)):
        assert solved.look("costs").saw == saw
    with solved.instead("costs.json", None):
        assert "There is no JSON object in s3://" in solved.look("costs").saw


# The way back


def test_a_transform_job_that_runs_is_stopped_and_its_log_goes(begun: Desk, solved: Desk) -> None:
    model(begun, "one", f"{archives(begun)}a.tar.gz")
    begun.put("many/many.csv", (solved.get("fault/many.csv") or b"") * 5)
    where = f"s3://{begun.account.bucket}/{begun.prefix}"
    source = {"S3DataType": "S3Prefix", "S3Uri": f"{where}/many/"}
    begun.client("sagemaker").create_transform_job(
        TransformJobName=f"{begun.prefix}-long",
        ModelName=f"{begun.prefix}-one",
        BatchStrategy="SingleRecord",  # 40,000 requests: it runs while it is cleaned
        TransformInput={
            "DataSource": {"S3DataSource": source},
            "ContentType": "text/csv",
            "SplitType": "Line",
        },
        TransformOutput={"S3OutputPath": f"{where}/out"},
        TransformResources={"InstanceType": "ml.m5.large", "InstanceCount": 1},
    )
    fates = begun.clean()
    assert fates[0].thing.kind == "transform job", "it uses the model"
    assert {"model", "object"} <= {fate.thing.kind for fate in fates}
    assert not [fate for fate in fates if fate.why]
    assert begun.clean() == []
    streams = begun.client("logs").describe_log_streams(
        logGroupName="/aws/sagemaker/TransformJobs", logStreamNamePrefix=f"{begun.prefix}-long"
    )
    assert streams["logStreams"] == []
    assert solved.failing() == []
