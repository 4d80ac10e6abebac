"""The second lab: its solution passes, its starter says what is missing, its fault is found."""

from __future__ import annotations

import datetime
import json
from collections.abc import Callable
from typing import Any

import pytest

from labs.cloud.plane import Plane
from labs.datasets import tumours
from labs.runner import catalogue
from tests.labs.catalog.desks import Desk, Make

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("deploy_endpoint")]

LAB = catalogue.load("deploy_endpoint")


@pytest.fixture(scope="module")
def solved(cloud: Plane, tmp_path_factory: pytest.TempPathFactory) -> Desk:
    """Where the boto3 solution has been run."""
    desk = Desk.at(LAB, tmp_path_factory.mktemp("solved"))
    ran = desk.solve()
    assert ran.left is None, ran.out
    assert "415 " in ran.out, "the fault, as it was found"
    return desk


@pytest.fixture
def begun(fresh: Make, solved: Desk) -> Desk:
    """A desk with the two models of the solution, which need not be trained again."""
    desk = fresh()
    for letter in ("a", "b"):
        model(desk, letter, address(solved, letter))
    return desk


def address(solved: Desk, letter: str) -> str:
    """Where a model of the solution lies."""
    found = solved.client("sagemaker").describe_model(ModelName=f"{solved.prefix}-{letter}")
    url: str = found["PrimaryContainer"]["ModelDataUrl"]
    return url


def model(desk: Desk, letter: str, url: str) -> None:
    desk.client("sagemaker").create_model(
        ModelName=f"{desk.prefix}-{letter}",
        PrimaryContainer={"Image": desk.variables["LAB_XGBOOST_IMAGE"], "ModelDataUrl": url},
        ExecutionRoleArn=desk.variables["LAB_ROLE_ARN"],
    )


def no_archive(desk: Desk) -> str:
    """The address of something else than a model."""
    desk.put("model.tar.gz", b"no archive")
    return f"s3://{desk.account.bucket}/{desk.prefix}/model.tar.gz"


def config(desk: Desk, name: str, **weights: float) -> str:
    variants = [
        {
            "VariantName": variant,
            "ModelName": f"{desk.prefix}-{'b' if variant == 'B' else 'a'}",
            "InstanceType": "ml.m5.large",
            "InitialInstanceCount": 1,
            "InitialVariantWeight": weight,
        }
        for variant, weight in weights.items()
    ]
    desk.client("sagemaker").create_endpoint_config(
        EndpointConfigName=f"{desk.prefix}-{name}", ProductionVariants=variants
    )
    return f"{desk.prefix}-{name}"


def deploy(desk: Desk, configuration: str) -> None:
    sagemaker = desk.client("sagemaker")
    sagemaker.create_endpoint(EndpointName=desk.prefix, EndpointConfigName=configuration)
    waiter = sagemaker.get_waiter("endpoint_in_service")
    waiter.wait(EndpointName=desk.prefix, WaiterConfig={"Delay": 0, "MaxAttempts": 100_000})


def ask(desk: Desk, variant: str) -> None:
    desk.client("sagemaker-runtime").invoke_endpoint(
        EndpointName=desk.prefix,
        ContentType="text/csv",
        Body=tumours.as_csv(tumours.tables()[2][:1, 1:]),
        TargetVariant=variant,
    )


# The way through


def test_nothing_holds_in_an_empty_cloud(fresh: Make) -> None:
    verdicts = fresh().check()
    assert not [id for id, verdict in verdicts.items() if verdict.passed]
    assert all(verdict.saw and verdict.next for verdict in verdicts.values())


def test_the_starter_trains_both_models_and_names_the_first_step(fresh: Make) -> None:
    desk = fresh()
    ran = desk.run("starter.py")
    assert ran.left == "Step 1 is still to be written: make_models() in starter.py."
    assert [line.split(":")[0] for line in ran.out.splitlines()[-2:]] == ["Archive A", "Archive B"]
    assert desk.failing() == [check.id for check in LAB.checks]
    assert "Training" not in desk.run("starter.py").out, "they are trained once"


def test_the_solution_with_boto3_passes_every_check(solved: Desk) -> None:
    assert solved.failing() == []


def test_a_solution_can_be_run_a_second_time(solved: Desk) -> None:
    assert solved.solve().left is None
    assert solved.failing() == []


def test_the_fault_is_told_by_the_error_and_by_the_log(begun: Desk) -> None:
    deploy(begun, config(begun, "one", A=1))
    runtime = begun.client("sagemaker-runtime")
    with pytest.raises(runtime.exceptions.ModelError) as refused:
        begun.run("fault.py")
    assert refused.value.response["OriginalStatusCode"] == 415
    assert "application/json is not an accepted ContentType" in str(
        refused.value.response["OriginalMessage"]
    )
    lines = begun.client("logs").filter_log_events(
        logGroupName=f"/aws/sagemaker/Endpoints/{begun.prefix}"
    )["events"]
    assert any(" 415 " in line["message"] for line in lines)
    assert begun.get("repaired.csv") is None
    assert "There is no s3://" in begun.look("repaired").saw


# What each check says where it does not hold


def test_a_model_that_is_missing_is_told(fresh: Make, solved: Desk) -> None:
    desk = fresh()
    assert desk.look("models-made").saw == f"There is no model {desk.prefix}-a"
    model(desk, "a", address(solved, "a"))
    assert desk.look("models-made").saw == f"There is no model {desk.prefix}-b"


def test_a_model_without_its_archive_is_told(fresh: Make, solved: Desk) -> None:
    desk = fresh()
    url = no_archive(desk)
    model(desk, "a", url)
    assert desk.look("models-made").saw == f"{desk.prefix}-a names {url}: no xgboost-model"


def test_an_endpoint_is_followed_from_nothing_to_its_first_answer(begun: Desk) -> None:
    def saw() -> str:
        return begun.look("endpoint-answered").saw

    assert saw() == f"There is no endpoint {begun.prefix}, nor has there been one"
    deploy(begun, config(begun, "one", A=1))
    assert saw() == f"{begun.prefix} is in service, and its variant A has not been asked"
    assert begun.look("taken-down").saw == f"Still there: {begun.prefix} (InService)"
    ask(begun, "A")
    assert begun.look("endpoint-answered").passed
    assert begun.look("both-asked").saw == "Variant B has not been asked yet"


def _made_later(answer: dict[str, Any]) -> None:
    """A model that was made after whatever has been asked."""
    if "ModelName" in answer:
        answer["CreationTime"] = datetime.datetime.now(datetime.UTC) + datetime.timedelta(minutes=1)


def test_what_was_asked_before_the_model_was_made_does_not_count(solved: Desk) -> None:
    anew = solved.otherwise(_made_later)
    saw = f"There is no endpoint {solved.prefix}, nor has there been one"
    assert solved.look("endpoint-answered", anew).saw == saw
    assert solved.look("both-asked", anew).saw == "Variant A has not been asked yet"
    assert solved.look("taken-down", anew).saw == "There has been no endpoint to take down yet"


def test_the_solution_ends_after_an_update_that_was_rolled_back(fresh: Make, solved: Desk) -> None:
    desk = fresh()
    model(desk, "a", address(solved, "a"))
    model(desk, "b", no_archive(desk))
    deploy(desk, config(desk, "one", A=1))
    split = desk.module_of("solution_boto3")["split"]
    with desk._beside(), pytest.raises(SystemExit, match="The update failed: "):
        split()
    assert not [fate for fate in desk.clean() if fate.why]


def test_the_solution_does_not_wait_for_ever_for_metrics(begun: Desk) -> None:
    counts = begun.module_of("solution_boto3")["counts"]
    told = r"After 0 seconds CloudWatch still counts \{'A': 0, 'B': 0\}\."
    with begun._beside(), pytest.raises(SystemExit, match=told):
        counts(within_s=0)


def test_an_endpoint_that_failed_is_told(fresh: Make) -> None:
    desk = fresh()
    model(desk, "a", no_archive(desk))
    sagemaker = desk.client("sagemaker")
    sagemaker.create_endpoint(EndpointName=desk.prefix, EndpointConfigName=config(desk, "one", A=1))
    waiter = sagemaker.get_waiter("endpoint_in_service")
    with pytest.raises(Exception, match="Failed"):
        waiter.wait(EndpointName=desk.prefix, WaiterConfig={"Delay": 0, "MaxAttempts": 100_000})
    verdict = desk.look("endpoint-answered")
    assert verdict.saw == f"{desk.prefix} is Failed"
    assert verdict.next == "Wait for InService; Failed says why."
    assert not [fate for fate in desk.clean() if fate.why]


def test_an_endpoint_whose_variant_has_another_name_is_told(begun: Desk) -> None:
    deploy(begun, config(begun, "one", AllTraffic=1))
    ask(begun, "AllTraffic")
    verdict = begun.look("endpoint-answered")
    assert not verdict.passed
    assert verdict.next.startswith("Its variant is to be called A.")


def changed(desk: Desk, **fields: object) -> str:
    return json.dumps({**json.loads(desk.get("answers.json") or b""), **fields})


def worse(text: str) -> str:
    return "0.5\n" * len(text.split())


@pytest.mark.parametrize(
    ("change", "saw"),
    [
        (lambda told: {"csv_to_csv": worse(told["csv_to_csv"])}, "csv_to_csv says 0.500, 0.500"),
        (lambda told: {"libsvm_to_csv": "\n".join(told["libsvm_to_csv"].split()[:4])}, "libsvm"),
        (lambda told: {"libsvm_to_csv": None}, "answers.json has under libsvm_to_csv: 'None'"),
        (lambda told: {"csv_to_json": told["csv_to_csv"]}, "answers.json has under csv_to_json"),
        (lambda told: {"csv_to_json": '{"predictions": [{"score": "?"}]}'}, "under csv_to_json"),
        (lambda told: {"csv_to_csv": "nan " * 5}, "csv_to_csv says nan"),
    ],
)
def test_an_answer_that_is_not_the_models_is_told(
    solved: Desk, change: Callable[[dict[str, str]], dict[str, object]], saw: str
) -> None:
    told = json.loads(solved.get("answers.json") or b"")
    with solved.instead("answers.json", changed(solved, **change(told))):
        verdict = solved.look("formats")
    assert not verdict.passed
    assert saw in verdict.saw


def test_csv_may_be_one_line_with_commas(solved: Desk) -> None:
    told = json.loads(solved.get("answers.json") or b"")
    line = ",".join(told["csv_to_csv"].split())
    with solved.instead("answers.json", changed(solved, csv_to_csv=line)):
        assert solved.look("formats").passed


@pytest.mark.parametrize("body", [None, "[]", "not JSON"])
def test_answers_that_were_not_kept_are_told(solved: Desk, body: str | None) -> None:
    with solved.instead("answers.json", body):
        assert "There is no JSON object in s3://" in solved.look("formats").saw


@pytest.mark.parametrize(
    ("weights", "saw"),
    [
        ({"A": 1.0}, "No configuration has two variants"),
        ({"A": 1.0, "B": 1.0}, "has the weights A 1, B 1"),
        ({"A": 1.0, "B": 3.0}, "has the weights A 1, B 3"),
        ({"A": 3.0, "C": 1.0}, "has the weights A 3, C 1"),
    ],
)
def test_weights_of_another_kind_are_told(begun: Desk, weights: dict[str, float], saw: str) -> None:
    config(begun, "two", **weights)
    verdict = begun.look("weights")
    assert not verdict.passed
    assert saw in verdict.saw


def test_weights_count_by_their_shares(begun: Desk) -> None:
    config(begun, "two", A=0.75, B=0.25)
    assert begun.look("weights").passed


@pytest.mark.parametrize(
    "told",
    [{}, {"invocations": {"A": 1}}, {"invocations": {"A": 10**6, "B": 1}}, {"invocations": [1]}],
)
def test_a_report_that_counts_otherwise_is_told(solved: Desk, told: dict[str, Any]) -> None:
    with solved.instead("report.json", json.dumps(told)):
        verdict = solved.look("both-asked")
    assert not verdict.passed
    assert f"report.json says {told.get('invocations')!r} under invocations" in verdict.saw


@pytest.mark.parametrize("body", ["0.5\n0.5\n0.5\n", "0.1\n", "words", b"\xff"])
def test_a_repair_that_no_model_gave_is_told(solved: Desk, body: str | bytes) -> None:
    with solved.instead("repaired.csv", body):
        assert "which neither model says of those rows" in solved.look("repaired").saw


# The way back


def test_a_cleaned_lab_has_left_nothing_and_its_neighbours_stay(begun: Desk, solved: Desk) -> None:
    deploy(begun, config(begun, "one", A=1))
    ask(begun, "A")
    begun.put("answers.json", "{}")
    fates = begun.clean()
    kinds = [fate.thing.kind for fate in fates]
    assert kinds[0] == "endpoint", "first what costs, and what leans on the rest"
    assert {"endpoint configuration", "model", "object", "log group"} <= set(kinds)
    assert not [fate for fate in fates if fate.why]
    assert begun.clean() == []
    assert solved.failing() == []
