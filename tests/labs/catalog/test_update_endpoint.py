"""The lab about updates under load: its solution passes, its fault is silent, its repair is not."""

from __future__ import annotations

import datetime
import json
import re
from typing import Any

import pytest

from labs import cost, provision
from labs.cloud.plane import Plane
from labs.runner import catalogue
from tests.labs.catalog.desks import Desk, Make

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("catalog-update-endpoint")]

LAB = catalogue.load("update_endpoint")
GUIDE = " ".join(catalogue.guide(LAB).split())
NOT_A_COUNT: list[Any] = [None, "3", True, -1, 1.5, [1]]


@pytest.fixture(scope="module")
def solved(cloud: Plane, tmp_path_factory: pytest.TempPathFactory) -> Desk:
    """Where the boto3 solution has been run."""
    desk = Desk.at(LAB, tmp_path_factory.mktemp("solved"))
    ran = desk.solve()
    assert ran.left is None, ran.out
    assert "20 of 20 requests fail" in ran.out, "the fault, as it was found"
    assert "the alarm update-endpoint-fault was in the state ALARM" in ran.out, "and repaired"
    return desk


@pytest.fixture
def begun(fresh: Make, solved: Desk) -> Desk:
    """A desk with the solution's models, which need not be trained again."""
    desk = fresh()
    sagemaker = desk.client("sagemaker")
    for name in ("a", "b", "c"):
        model = sagemaker.describe_model(ModelName=f"{solved.prefix}-{name}")
        sagemaker.create_model(
            ModelName=f"{desk.prefix}-{name}",
            PrimaryContainer={
                "Image": model["PrimaryContainer"]["Image"],
                "ModelDataUrl": model["PrimaryContainer"]["ModelDataUrl"],
            },
            ExecutionRoleArn=desk.variables["LAB_ROLE_ARN"],
        )
    return desk


def configured(desk: Desk, name: str, variant: str, model: str, count: int = 1) -> str:
    fleet: Any = {
        "VariantName": variant,
        "ModelName": f"{desk.prefix}-{model}",
        "InstanceType": "ml.m5.large",
        "InitialInstanceCount": count,
    }
    config = f"{desk.prefix}-{name}"
    desk.client("sagemaker").create_endpoint_config(
        EndpointConfigName=config, ProductionVariants=[fleet]
    )
    return config


def deploy(desk: Desk, plane: Plane, count: int = 2) -> None:
    config = configured(desk, "a", "main", "a", count)
    desk.client("sagemaker").create_endpoint(EndpointName=desk.prefix, EndpointConfigName=config)
    assert plane.settle(60)


def register(desk: Desk, variant: str = "main") -> None:
    desk.client("application-autoscaling").register_scalable_target(
        ServiceNamespace="sagemaker",
        ResourceId=f"endpoint/{desk.prefix}/variant/{variant}",
        ScalableDimension="sagemaker:variant:DesiredInstanceCount",
        MinCapacity=1,
        MaxCapacity=2,
    )


def alarm(
    desk: Desk,
    name: str,
    metric: str = "Invocation4XXErrors",
    statistic: str = "Average",
    compare: str = "GreaterThanThreshold",
    **dimensions: str,
) -> None:
    desk.client("cloudwatch").put_metric_alarm(
        AlarmName=f"{desk.prefix}-{name}",
        Namespace="AWS/SageMaker",
        MetricName=metric,
        Dimensions=[{"Name": key, "Value": value} for key, value in dimensions.items()],
        Statistic=statistic,
        Period=60,
        EvaluationPeriods=1,
        Threshold=0.05,
        ComparisonOperator=compare,
    )


def told(desk: Desk, name: str, **changed: object) -> str:
    return json.dumps({**json.loads(desk.get(f"{name}.json") or b"{}"), **changed})


# The way through


def test_nothing_holds_in_an_empty_cloud(fresh: Make) -> None:
    verdicts = fresh().check()
    assert not [id for id, verdict in verdicts.items() if verdict.passed]
    assert all(verdict.saw and verdict.next for verdict in verdicts.values())


def test_the_starter_says_which_step_is_to_be_written(begun: Desk) -> None:
    ran = begun.run("starter.py")
    assert str(ran.left).startswith("Step 1 is still to be written: expect() says nothing of new_")
    text = (begun.folder / "starter.py").read_text()
    (begun.folder / "starter.py").write_text(text.replace(": None,", ": False,"))
    assert begun.run("starter.py").left == "Step 2 is still to be written: deploy() in starter.py."
    assert begun.look("forecast").passed


def test_the_solution_with_boto3_passes_every_check(solved: Desk) -> None:
    assert solved.failing() == []
    assert solved.look("deployed").saw.endswith("What was registered cannot be seen any more")


def test_nobody_noticed_the_exchange_and_some_met_the_bad_model(solved: Desk) -> None:
    exchange = json.loads(solved.get("exchange.json") or b"")
    assert (exchange["errors"], exchange["instances"]) == (0, 2)
    assert exchange["a"] + exchange["b"] == exchange["asked"]
    guard = json.loads(solved.get("guard.json") or b"")
    assert 0 < guard["errors"] < guard["asked"]
    for name in ("exchange", "guard"):
        assert (solved.folder / f"{name}.svg").read_text().startswith("<svg")


def test_the_fault_waits_for_its_turn(fresh: Make) -> None:
    desk = fresh()
    assert desk.run("fault.py").left == (
        f"The endpoint does not serve by {desk.prefix}-live yet: steps 2 to 4."
    )


def test_the_update_that_takes_longest_may_begin_until_the_guides_half_hour() -> None:
    """It bakes twice, and must be over before AWS deletes the endpoint."""
    texts = {path.name: path.read_text() for path in (catalogue.CATALOGUE / LAB.slug).glob("*.py")}
    (bake,) = re.findall(r'"WaitIntervalInSeconds": (\d+)', texts["fault.py"])
    assert f"that bakes for {bake} seconds, with the alarm" in GUIDE
    for kind in catalogue.SOLUTIONS.values():
        assert f"canary({bake}, " in texts[kind]
    routing = {"Type": "CANARY", "WaitIntervalInSeconds": int(bake)}
    policy = {"BlueGreenUpdatePolicy": {"TrafficRoutingConfiguration": routing}}
    assert provision.update_s(policy) < 1800
    assert "two hours after it was made, and no update begins in the last half hour" in GUIDE
    assert cost.DEADLINE_HOURS == 2


def test_the_models_are_trained_one_after_the_other(begun: Desk) -> None:
    """An account's quota may be one instance at once."""
    sagemaker, seen = begun.client("sagemaker"), []
    archive = sagemaker.describe_model(ModelName=f"{begun.prefix}-a")["PrimaryContainer"]
    for name in ("a", "b", "c"):
        sagemaker.delete_model(ModelName=f"{begun.prefix}-{name}")
    models = begun.module("ready")["models"]
    own = models.__globals__

    def started(name: str, *_: object) -> str:
        seen.append(f"start {name}")
        return name

    def finished(job: str) -> dict[str, Any]:
        seen.append(f"end {job}")
        where = {"S3ModelArtifacts": archive["ModelDataUrl"]}
        return {"TrainingJobStatus": "Completed", "ModelArtifacts": where}

    own["train"], own["finished"] = started, finished
    with begun._beside():
        models()
    assert seen == ["start a", "end a", "start b", "end b", "start c", "end c"]


# What each check says where it does not hold


def test_an_endpoint_is_followed_from_nothing_to_two_instances(begun: Desk, cloud: Plane) -> None:
    assert "nor has there been one" in begun.look("deployed").saw
    deploy(begun, cloud, count=1)
    assert begun.look("deployed").saw.startswith("No variant of the endpoint is registered")
    register(begun)
    assert begun.look("deployed").saw == "The variant main has 1 instance"
    begun.client("sagemaker").update_endpoint_weights_and_capacities(
        EndpointName=begun.prefix,
        DesiredWeightsAndCapacities=[{"VariantName": "main", "DesiredInstanceCount": 2}],
    )
    assert cloud.settle(60)
    assert begun.look("deployed").passed
    assert begun.look("taken-down").saw == f"{begun.prefix} is InService"
    # and down again
    fates = begun.clean()
    assert not [fate for fate in fates if fate.why]
    kinds = [fate.thing.kind for fate in fates]
    assert kinds[:2] == ["scalable target", "endpoint"]
    assert begun.clean() == []


def test_a_forecast_after_the_first_update_is_none(begun: Desk, solved: Desk) -> None:
    configured(begun, "b", "main", "b")
    begun.put("forecast.json", solved.get("forecast.json") or b"")

    def long_ago(answer: dict[str, Any]) -> None:
        if "CreationTime" in answer:
            answer["CreationTime"] -= datetime.timedelta(hours=1)

    verdict = begun.look("forecast", begun.otherwise(long_ago))
    assert verdict.saw == f"forecast.json is younger than {begun.prefix}-b"


@pytest.mark.parametrize("field", ["asked", "errors", "a", "b", "instances"])
@pytest.mark.parametrize("value", NOT_A_COUNT)
def test_what_is_no_count_is_told(solved: Desk, field: str, value: object) -> None:
    with solved.instead("exchange.json", told(solved, "exchange", **{field: value})):
        verdict = solved.look("exchanged")
    assert not verdict.passed
    assert verdict.saw == f"exchange.json says {value!r} under {field}"


@pytest.mark.parametrize(
    ("changed", "saw"),
    [
        ({"errors": 2}, "2 of "),
        ({"asked": 10}, "Of 10 requests model a answered"),
        ({"a": 0}, "model a answered 0"),
        ({"b": 10**6}, "exchange.json says 1000000 by b; CloudWatch counts"),
        ({"a": 1, "b": 20, "asked": 500}, "says 500 asked; a and b answered 21, none failed"),
        ({"instances": 1}, "After the update there was 1 instance"),
    ],
)
def test_an_exchange_that_did_not_go_well_is_told(
    solved: Desk, changed: dict[str, object], saw: str
) -> None:
    with solved.instead("exchange.json", told(solved, "exchange", **changed)):
        verdict = solved.look("exchanged")
    assert not verdict.passed
    assert saw in verdict.saw


@pytest.mark.parametrize("body", [None, "[]", "no JSON", b"\xff"])
@pytest.mark.parametrize(
    ("check", "name"),
    [
        ("exchanged", "exchange"),
        ("renamed", "refused"),
        ("guarded", "guard"),
        ("repaired", "repaired"),
    ],
)
def test_a_report_that_is_none_is_told(
    solved: Desk, check: str, name: str, body: str | bytes | None
) -> None:
    with solved.instead(f"{name}.json", body):
        verdict = solved.look(check)
    assert not verdict.passed
    assert verdict.saw.startswith("There is no ")
    assert f"{name}.json" in verdict.saw


@pytest.mark.parametrize("body", ["[]", "no JSON", b"\xff", '{"canary_costs_errors": 1}'])
def test_a_forecast_that_is_none_is_told(fresh: Make, body: str | bytes) -> None:
    desk = fresh()
    desk.put("forecast.json", body)
    assert "forecast.json" in desk.look("forecast").saw
    assert not desk.look("forecast").passed


def test_an_error_of_another_kind_is_no_refusal(solved: Desk) -> None:
    for message in ("Could not find endpoint", None, 3):
        with solved.instead("refused.json", told(solved, "refused", message=message)):
            verdict = solved.look("renamed")
            assert "nothing of a registered variant" in verdict.saw
            assert "Delete the endpoint" in verdict.next, "live by now, it is refused no more"


def test_a_variant_that_was_renamed_and_never_asked_is_told(begun: Desk, solved: Desk) -> None:
    begun.put("refused.json", solved.get("refused.json") or b"")
    assert begun.look("renamed").saw.startswith("There is no configuration")
    configured(begun, "live", "main", "b")
    assert begun.look("renamed").saw.startswith("There is no configuration")
    begun.client("sagemaker").delete_endpoint_config(EndpointConfigName=f"{begun.prefix}-live")
    configured(begun, "live", "live", "b")
    assert "the variant live has not been asked" in begun.look("renamed").saw


@pytest.mark.parametrize(
    ("changed", "saw"),
    [
        ({"serves": "update-endpoint-c"}, "served by 'update-endpoint-c' in the end"),
        ({"serves": None}, "served by None in the end"),
        ({"errors": 0}, "says 0 under errors"),
        ({"errors": "some"}, "says 'some' under errors"),
        ({"errors": 10**6}, "says 1000000 errors; CloudWatch counts"),
        ({"statuses": ["Updating", "InService"]}, "went through ['Updating', 'InService']"),
        ({"statuses": 3}, "went through 3"),
    ],
)
def test_a_rollback_that_was_none_is_told(
    solved: Desk, changed: dict[str, object], saw: str
) -> None:
    with solved.instead("guard.json", told(solved, "guard", **changed)):
        verdict = solved.look("guarded")
    assert not verdict.passed
    assert saw in verdict.saw


@pytest.mark.parametrize(("check", "name"), [("guarded", "errors"), ("repaired", "fault")])
def test_an_alarm_that_sees_nothing_or_both_fleets_is_told(
    solved: Desk, check: str, name: str
) -> None:
    both = {"EndpointName": solved.prefix, "VariantName": "live"}
    new = {**both, "EndpointConfigName": f"{solved.prefix}-c"}
    try:
        alarm(solved, name, "Invocation5XXErrors", **new)
        assert "watches Invocation5XXErrors" in solved.look(check).saw
        alarm(solved, name, compare="LessThanThreshold", **new)
        assert solved.look(check).saw.endswith("goes off at Average LessThanThreshold")
        alarm(solved, name, statistic="Sum", **new)
        assert solved.look(check).saw.endswith("goes off at Sum GreaterThanThreshold")
        alarm(solved, name, **{**new, "VariantName": "main"})
        assert "a metric in which nothing has happened" in solved.look(check).saw
        alarm(solved, name, **both)
        assert "sees both fleets: EndpointName update-endpoint, " in solved.look(check).saw
    finally:
        alarm(solved, name, **new)
    assert solved.look(check).passed


def test_without_the_alarms_the_steps_are_told(fresh: Make) -> None:
    desk = fresh()
    assert desk.look("guarded").saw == f"There is no alarm {desk.prefix}-errors"
    assert desk.look("repaired").saw == "The fault has not been planted yet"


@pytest.mark.parametrize("changed", [{"serves": "update-endpoint-c"}, {"answers": ["error"]}])
def test_a_repair_that_left_the_bad_model_is_told(solved: Desk, changed: dict[str, object]) -> None:
    with solved.instead("repaired.json", told(solved, "repaired", **changed)):
        assert "Only the alarm was to be repaired" in solved.look("repaired").next


# Described otherwise


def test_an_endpoint_that_is_not_there_yet_is_told(begun: Desk, cloud: Plane) -> None:
    deploy(begun, cloud)

    def creating(answer: dict[str, Any]) -> None:
        if "EndpointStatus" in answer:
            answer["EndpointStatus"] = "Creating"

    saw = begun.look("deployed", begun.otherwise(creating)).saw
    assert saw == f"{begun.prefix} is Creating."


def test_a_scalable_target_that_outlives_its_endpoint_is_told(solved: Desk) -> None:
    """On AWS it may: whoever deletes an endpoint may lack the permission to deregister."""
    from moto.applicationautoscaling.models import applicationautoscaling_backends as backends

    backend: Any = backends["123456789012"]["us-east-1"]
    bare: Any = super(type(backend), backend)
    target = f"endpoint/{solved.prefix}/variant/live", "sagemaker:variant:DesiredInstanceCount"
    bare.register_scalable_target("sagemaker", *target, 1, 2, "", {})
    assert solved.look("taken-down").saw.endswith("Application Auto Scaling: live")
    backend.deregister_scalable_target("sagemaker", *target)
    assert solved.look("taken-down").passed


# The way back


def test_a_cleaned_lab_has_left_nothing(fresh: Make, solved: Desk) -> None:
    desk = fresh()
    alarm(desk, "errors", d="v")
    alarm(solved, "other", d="v")
    desk.put("guard.json", "{}")
    fates = desk.clean()
    assert [fate.thing.kind for fate in fates] == ["alarm", "object"]
    assert not [fate for fate in fates if fate.why]
    assert desk.clean() == []
    assert solved.failing() == []
