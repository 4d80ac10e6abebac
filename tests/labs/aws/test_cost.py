"""The most that a call can cost: a bound that never falls as more is asked for."""

from __future__ import annotations

import datetime
import re
import tomllib
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import labs
from labs import counting, provision, undo
from labs.aws.pricelist import prices
from labs.cost import (
    DEADLINE_HOURS,
    SWEEP_HOURS,
    Cost,
    Prices,
    UnknownPrice,
    config_of,
    most,
    needs_config,
)
from labs.prices import prices_from_toml
from labs.quota import SERVERLESS, Quota, quotas
from labs.undo import Call
from tests.docs.pages import TEXTS, table
from tests.infra.templates import data

PAGE = TEXTS["docs/cost.md"]
TABLE = Path(labs.__file__).with_name("prices.toml").read_text(encoding="utf-8")
HERE = prices("us-east-1")
HOUR = Decimal("0.115")
MADE_UP = Prices(
    "us-east-1",
    datetime.date(2026, 11, 21),
    {use: {"a": Decimal(1)} for use in ("training", "processing", "transform", "endpoint")},
    {"volume_gb_month": Decimal(0), "serverless_gb_second": Decimal("0.01")},
)

small = st.integers(1, 50)


def training(
    count: int = 1, runtime: int | None = 600, kind: str = "ml.m5.large", **more: Any
) -> dict[str, Any]:
    limit = {} if runtime is None else {"StoppingCondition": {"MaxRuntimeInSeconds": runtime}}
    cluster = {"InstanceType": kind, "InstanceCount": count, "VolumeSizeInGB": 5, **more}
    return {"TrainingJobName": "quizengine-j", "ResourceConfig": cluster, **limit}


def config(*variants: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"EndpointConfigName": "quizengine-c", "ProductionVariants": list(variants), **more}


def variant(name: str = "A", count: int = 1, kind: str = "ml.m5.large") -> dict[str, Any]:
    return {"VariantName": name, "InstanceType": kind, "InitialInstanceCount": count}


def tuning(jobs: int | None, definition: dict[str, Any]) -> dict[str, Any]:
    limits = {"MaxParallelTrainingJobs": 2}
    if jobs is not None:
        limits["MaxNumberOfTrainingJobs"] = jobs
    job_config = {"Strategy": "Random", "ResourceLimits": limits}
    return {"HyperParameterTuningJobConfig": job_config, "TrainingJobDefinition": definition}


def sagemaker(operation: str, request: dict[str, Any], **more: Any) -> Cost:
    return most(Call("sagemaker", operation, request), more.pop("prices", HERE), **more)


ENDPOINT = {"EndpointName": "quizengine-e", "EndpointConfigName": "quizengine-c"}


# What is counted


def test_a_training_job_costs_its_longest_run_and_the_time_to_save() -> None:
    cost = sagemaker("CreateTrainingJob", training(2, 3480))
    assert 2 * HOUR <= cost.usd <= 2 * HOUR + Decimal("0.01")
    assert cost.why == "2 x ml.m5.large for 1 h"
    assert sagemaker("CreateTrainingJob", training(1, 3480, "a"), prices=MADE_UP).usd == 1


def test_a_training_job_that_says_no_limit_counts_for_a_day() -> None:
    assert sagemaker("CreateTrainingJob", training(runtime=None)).usd > 24 * HOUR


def test_a_warm_pool_counts_as_long_as_it_may_be_kept() -> None:
    warm = training(1, 3480, "a", KeepAlivePeriodInSeconds=3600)
    assert sagemaker("CreateTrainingJob", warm, prices=MADE_UP).usd == 2


def test_a_cluster_of_groups_costs_what_its_groups_cost() -> None:
    groups = [{"InstanceGroupName": n, "InstanceType": "a", "InstanceCount": 2} for n in "xy"]
    request = training(1, 3480)
    request["ResourceConfig"] = {"InstanceGroups": groups, "VolumeSizeInGB": 5}
    assert sagemaker("CreateTrainingJob", request, prices=MADE_UP).usd == 4


def test_a_spot_job_counts_as_on_demand() -> None:
    spot = {**training(), "EnableManagedSpotTraining": True}
    spot["StoppingCondition"] = {"MaxRuntimeInSeconds": 600, "MaxWaitTimeInSeconds": 1800}
    assert sagemaker("CreateTrainingJob", spot) == sagemaker("CreateTrainingJob", training())


def test_a_tuning_job_costs_as_many_training_jobs_as_it_may_start() -> None:
    one = sagemaker("CreateTrainingJob", training()).usd
    cost = sagemaker("CreateHyperParameterTuningJob", tuning(9, training()))
    assert cost.usd == pytest.approx(9 * one)
    assert cost.why == "9 jobs, each 1 x ml.m5.large for 720 s"


def test_a_tuning_job_of_several_definitions_costs_the_dearest_of_them() -> None:
    request = tuning(2, {})
    del request["TrainingJobDefinition"]
    request["TrainingJobDefinitions"] = [training(1, 3480, "a"), training(3, 3480, "a")]
    cost = sagemaker("CreateHyperParameterTuningJob", request, prices=MADE_UP)
    assert cost.usd == 6


def test_a_grid_costs_as_many_jobs_as_it_has_combinations() -> None:
    request = tuning(None, training(1, 3480, "a"))
    eta = {"Name": "eta", "Values": ["0.1", "0.3"]}
    depth = {"Name": "max_depth", "Values": ["1", "4", "8"]}
    grid: dict[str, Any] = {
        "Strategy": "Grid",
        "ParameterRanges": {"CategoricalParameterRanges": [eta, depth]},
    }
    request["HyperParameterTuningJobConfig"] |= grid
    cost = sagemaker("CreateHyperParameterTuningJob", request, prices=MADE_UP)
    assert cost.usd == 6
    grid["ParameterRanges"] = {"ContinuousParameterRanges": [{"Name": "eta"}]}
    request["HyperParameterTuningJobConfig"] |= grid
    with pytest.raises(UnknownPrice, match="how many training jobs"):
        sagemaker("CreateHyperParameterTuningJob", request, prices=MADE_UP)


def test_a_transform_job_has_no_limit_so_it_counts_until_the_sweeper_ends_it() -> None:
    request = {"TransformResources": {"InstanceType": "a", "InstanceCount": 2}}
    cost = sagemaker("CreateTransformJob", request, prices=MADE_UP, sweep_hours=Decimal(4))
    assert cost == Cost(Decimal(8), "2 x a for 4 h, until the sweeper would end it")


def test_an_endpoint_costs_every_variant_until_its_deadline() -> None:
    both = config(variant("A", 1, "a"), ShadowProductionVariants=[variant("S", 2, "a")])
    cost = sagemaker("CreateEndpoint", ENDPOINT, prices=MADE_UP, config=both, deadline_hours=2)
    assert cost.usd == 6
    assert cost.why == "1 x a for 2 h and 2 x a for 2 h, until its deadline"


def test_to_update_an_endpoint_costs_a_second_fleet() -> None:
    three = config(variant(count=3, kind="a"))
    cost = sagemaker("UpdateEndpoint", ENDPOINT, prices=MADE_UP, config=three, deadline_hours=1)
    assert cost.usd == 3


def test_a_serverless_endpoint_costs_as_if_it_were_asked_without_a_pause() -> None:
    serverless = {
        "VariantName": "A",
        "ServerlessConfig": {"MemorySizeInMB": 2048, "MaxConcurrency": 5},
    }
    cost = sagemaker("CreateEndpoint", ENDPOINT, config=config(serverless), deadline_hours=1)
    assert cost.usd == 2 * 5 * 3600 * Decimal("0.00002")


def test_autoscaling_costs_as_many_instances_as_it_may_start() -> None:
    request = {
        "ServiceNamespace": "sagemaker",
        "ResourceId": "endpoint/quizengine-e/variant/A",
        "ScalableDimension": "sagemaker:variant:DesiredInstanceCount",
        "MinCapacity": 1,
        "MaxCapacity": 4,
    }
    call = Call("application-autoscaling", "RegisterScalableTarget", request)
    told = config(variant(kind="a"))
    cost = most(call, MADE_UP, deadline_hours=Decimal(2), config=told)
    assert cost.usd == 8
    later = {**request, "ScalableTargetAction": {"MinCapacity": 1, "MaxCapacity": 6}}
    scheduled = Call("application-autoscaling", "PutScheduledAction", later)
    assert most(scheduled, MADE_UP, deadline_hours=Decimal(2), config=told).usd == 12
    assert needs_config(scheduled)
    assert needs_config(call)
    with pytest.raises(UnknownPrice, match="no variant A"):
        most(call, MADE_UP, config=config(variant("B", kind="a")))


def test_weights_cost_nothing_and_capacities_cost_their_instances() -> None:
    told = config(variant("A", kind="a"), variant("B", kind="a"))
    weights = [{"VariantName": "A", "DesiredWeight": 3.0}]
    request: dict[str, Any] = {"EndpointName": "e", "DesiredWeightsAndCapacities": weights}
    operation = "UpdateEndpointWeightsAndCapacities"
    assert sagemaker(operation, request, prices=MADE_UP, config=told).usd == 0
    weights.append({"VariantName": "B", "DesiredInstanceCount": 5})
    cost = sagemaker(operation, request, prices=MADE_UP, config=told, deadline_hours=1)
    assert cost.usd == 5


def test_a_serverless_endpoint_that_is_changed_costs_what_it_is_changed_to() -> None:
    serverless = {"MemorySizeInMB": 1024, "MaxConcurrency": 1}
    told = config({"VariantName": "A", "ServerlessConfig": serverless})

    def change(**to: int) -> Cost:
        weights = [{"VariantName": "A", "ServerlessUpdateConfig": to}]
        request = {"EndpointName": "e", "DesiredWeightsAndCapacities": weights}
        operation = "UpdateEndpointWeightsAndCapacities"
        return sagemaker(operation, request, prices=MADE_UP, config=told, deadline_hours=Decimal(1))

    assert change(MaxConcurrency=3).usd == 3 * 3600 * Decimal("0.01")
    with pytest.raises(UnknownPrice, match="ProvisionedConcurrency"):
        change(ProvisionedConcurrency=1)


def test_an_object_costs_its_size_and_one_that_nobody_measured_the_most_there_can_be() -> None:
    def put(body: Any) -> Decimal:
        return most(Call("s3", "PutObject", undo.plain({"Key": "k", "Body": body})), HERE).usd

    assert put(b"") == Decimal("0.000005")
    assert put(b"x" * 1024**2) < Decimal("0.0001")
    assert Decimal("0.1") < put(object()) < Decimal("0.2")
    copied = {"Key": "k", "CopySource": "bucket/key"}
    assert most(Call("s3", "CopyObject", copied), HERE).usd == put(object())


@pytest.mark.parametrize(
    ("service", "operation", "request_", "usd"),
    [
        ("kms", "CreateKey", {}, "1.00"),
        ("cloudwatch", "PutMetricAlarm", {"AlarmName": "a", "Period": 60}, "0.10"),
        (
            "cloudwatch",
            "PutMetricAlarm",
            {"Metrics": [{"MetricStat": {"Period": 60}}] * 3 + [{"Expression": "m1/m2"}]},
            "0.30",
        ),
        (
            "application-autoscaling",
            "PutScalingPolicy",
            {"PolicyType": "TargetTrackingScaling"},
            "0.20",
        ),
        ("application-autoscaling", "PutScalingPolicy", {"PolicyType": "StepScaling"}, "0"),
        ("ec2", "CreateVpcEndpoint", {"VpcEndpointType": "Gateway"}, "0"),
        (
            "ec2",
            "CreateVpcEndpoint",
            {"VpcEndpointType": "Interface", "SubnetIds": ["a", "b"]},
            "14.88",
        ),
        ("sagemaker", "CreateModel", {}, "0"),
        ("sagemaker", "CreateEndpointConfig", config(variant()), "0"),
        ("sagemaker", "DeleteEndpoint", {}, "0"),
        ("s3", "GetObject", {}, "0"),
    ],
)
def test_the_rest_has_one_price(
    service: str, operation: str, request_: dict[str, Any], usd: str
) -> None:
    assert most(Call(service, operation, request_), HERE).usd == Decimal(usd)


# What is refused


@pytest.mark.parametrize(
    ("operation", "request_", "says"),
    [
        ("CreateTrainingJob", training(kind="ml.p4d.24xlarge"), "ml.p4d.24xlarge"),
        ("CreateTrainingJob", training(kind="ml.m5.xlarge"), "ml.m5.xlarge costs for training"),
        ("CreateTrainingJob", {"ResourceConfig": {"InstanceCount": 1}}, "no type of instance"),
        ("CreateTrainingJob", {"ServerlessJobConfig": {"X": 1}}, "ServerlessJobConfig"),
        ("CreateTrainingJob", training(TrainingPlanArn="arn:x"), "TrainingPlanArn"),
        (
            "CreateTrainingJob",
            training(InstancePreferences=[{"InstanceType": "ml.p4d.24xlarge"}]),
            "in a place whose cost is not known",
        ),
        (
            "CreateTrainingJob",
            {**training(), "DebugRuleConfigurations": [{"InstanceType": "ml.m5.large"}]},
            "in a place whose cost is not known",
        ),
        (
            "CreateTrainingJob",
            {**training(), "AlgorithmSpecification": {"AlgorithmName": "arn:x"}},
            "AlgorithmName",
        ),
        (
            "CreateHyperParameterTuningJob",
            tuning(1, {**training(), "AlgorithmSpecification": {"AlgorithmName": "arn:x"}}),
            "AlgorithmName",
        ),
        ("CreateModel", {"PrimaryContainer": {"ModelPackageName": "arn:x"}}, "ModelPackageName"),
        (
            "CreateModel",
            {"Containers": [{"Image": "i"}, {"ModelPackageName": "arn:x"}]},
            "ModelPackageName",
        ),
        (
            "CreateHyperParameterTuningJob",
            {**tuning(1, training()), "Autotune": {"Mode": "Enabled"}},
            "Autotune",
        ),
        ("CreateHyperParameterTuningJob", tuning(None, training()), "how many training jobs"),
        ("CreateHyperParameterTuningJob", tuning(3, {"RoleArn": "r"}), "no type of instance"),
        ("CreateEndpoint", ENDPOINT, "was not made here"),
    ],
)
def test_what_has_no_price_is_refused_and_it_is_said_why(
    operation: str, request_: dict[str, Any], says: str
) -> None:
    with pytest.raises(UnknownPrice, match=re.escape(says)) as told:
        sagemaker(operation, request_)
    assert told.value.hint


@pytest.mark.parametrize(
    "more",
    [
        {"AcceleratorType": "ml.eia2.medium"},
        {"InstancePools": [{"InstanceType": "ml.m5.large"}]},
        {
            "ServerlessConfig": {
                "MemorySizeInMB": 1024,
                "MaxConcurrency": 2,
                "ProvisionedConcurrency": 1,
            }
        },
        {"InstanceType": "ml.g5.xlarge"},
    ],
    ids=["accelerator", "pools", "provisioned", "type"],
)
def test_an_endpoint_with_what_has_no_price_is_refused(more: dict[str, Any]) -> None:
    with pytest.raises(UnknownPrice):
        sagemaker("CreateEndpoint", ENDPOINT, config=config({**variant(), **more}))


@pytest.mark.parametrize(
    ("service", "operation", "request_"),
    [
        ("s3", "PutObject", {"Body": {"bytes": 1}, "StorageClass": "EXPRESS_ONEZONE"}),
        ("s3", "CreateMultipartUpload", {"StorageClass": "DEEP_ARCHIVE"}),
        ("cloudwatch", "PutMetricAlarm", {"EvaluationCriteria": {"PromQLCriteria": {}}}),
        ("cloudwatch", "PutMetricAlarm", {"Period": 10}),
        ("cloudwatch", "PutMetricAlarm", {"Metrics": [{"MetricStat": {"Period": 30}}]}),
        ("cloudwatch", "PutMetricAlarm", {"Metrics": [{"Expression": "select max(x)"}]}),
        ("cloudwatch", "PutMetricAlarm", {"ThresholdMetricId": "band"}),
    ],
)
def test_what_is_dearer_than_usual_is_refused(
    service: str, operation: str, request_: dict[str, Any]
) -> None:
    with pytest.raises(UnknownPrice):
        most(Call(service, operation, request_), HERE)


@pytest.mark.parametrize("request_", [training(-1), training(runtime=-100_000)])
def test_less_than_nothing_makes_no_room_for_more(request_: dict[str, Any]) -> None:
    with pytest.raises(UnknownPrice, match="less than nothing"):
        sagemaker("CreateTrainingJob", request_)


def test_a_stack_may_make_anything_so_it_is_refused() -> None:
    with pytest.raises(UnknownPrice, match="CloudFormation"):
        most(Call("cloudformation", "CreateStack", {"StackName": "s"}), HERE)


def test_a_region_without_prices_is_refused_with_those_that_have_some() -> None:
    with pytest.raises(UnknownPrice, match="ap-southeast-5") as told:
        prices("ap-southeast-5")
    assert "us-east-1" in told.value.hint


def test_a_rate_that_is_not_in_the_table_is_refused() -> None:
    with pytest.raises(UnknownPrice, match="kms_key_month"):
        most(Call("kms", "CreateKey", {}), MADE_UP)


# A bound: more of anything never costs less


@given(small, small, st.integers(1, 86_400), st.integers(0, 7_200), st.integers(1, 100))
def test_more_instances_and_a_longer_limit_never_cost_less(
    few: int, more: int, runtime: int, longer: int, gb: int
) -> None:
    def usd(count: int, seconds: int, volume: int) -> Decimal:
        request = training(count, seconds, VolumeSizeInGB=volume)
        return sagemaker("CreateTrainingJob", request).usd

    here = usd(few, runtime, gb)
    assert here <= usd(few + more, runtime + longer, gb + more)
    assert here >= few * Decimal(runtime) / 3600 * HOUR  # it covers the run itself


@given(small, small, small, small)
def test_more_jobs_of_a_tuning_job_never_cost_less(jobs: int, more: int, n: int, m: int) -> None:
    def usd(number: int, count: int) -> Decimal:
        return sagemaker("CreateHyperParameterTuningJob", tuning(number, training(count))).usd

    assert usd(jobs, n) <= usd(jobs + more, n) <= usd(jobs + more, n + m)
    one = sagemaker("CreateTrainingJob", training(n)).usd
    assert usd(jobs, n) >= jobs * one


@given(st.lists(small, min_size=1, max_size=4), small, small, small)
def test_more_variants_instances_and_hours_of_an_endpoint_never_cost_less(
    counts: list[int], more: int, hours: int, longer: int
) -> None:
    def usd(numbers: list[int], until: int) -> Decimal:
        told = config(*(variant(f"V{n}", number) for n, number in enumerate(numbers)))
        return sagemaker("CreateEndpoint", ENDPOINT, config=told, deadline_hours=Decimal(until)).usd

    here = usd(counts, hours)
    assert here <= usd(counts, hours + longer)
    assert here <= usd([*counts, more], hours)
    assert here <= usd([counts[0] + more, *counts[1:]], hours)
    assert here >= sum(counts) * hours * HOUR


@given(st.sampled_from([1024, 2048, 3072, 4096, 5120, 6144]), small, small, small, small)
def test_more_memory_requests_and_hours_of_a_serverless_endpoint_never_cost_less(
    memory: int, at_once: int, more: int, hours: int, longer: int
) -> None:
    def usd(size: int, crowd: int, until: int) -> Decimal:
        told = {"MemorySizeInMB": size, "MaxConcurrency": crowd}
        of = config({"VariantName": "A", "ServerlessConfig": told})
        return sagemaker("CreateEndpoint", ENDPOINT, config=of, deadline_hours=Decimal(until)).usd

    assert usd(memory, at_once, hours) <= usd(6144, at_once + more, hours + longer)


@given(st.integers(0, 5 * 1024**3), st.integers(0, 1024**2))
def test_a_larger_object_never_costs_less(size: int, more: int) -> None:
    def usd(count: int) -> Decimal:
        return most(Call("s3", "PutObject", {"Key": "k", "Body": {"bytes": count}}), HERE).usd

    assert usd(size) <= usd(size + more)


# Which configuration a call is about


def test_the_configuration_of_an_endpoint_is_the_last_one_that_was_put_in_force() -> None:
    one = {**config(variant("A")), "EndpointConfigName": "one"}
    two = {**config(variant("B")), "EndpointConfigName": "two"}
    before = [
        Call("sagemaker", "CreateEndpointConfig", one),
        Call("sagemaker", "CreateEndpointConfig", two),
        Call("sagemaker", "CreateEndpoint", {"EndpointName": "E", "EndpointConfigName": "one"}),
    ]
    weights = Call("sagemaker", "UpdateEndpointWeightsAndCapacities", {"EndpointName": "e"})
    target = Call(
        "application-autoscaling",
        "RegisterScalableTarget",
        {
            "ResourceId": "endpoint/e/variant/A",
            "ScalableDimension": "sagemaker:variant:DesiredInstanceCount",
        },
    )
    update = {"EndpointName": "e", "EndpointConfigName": "TWO"}
    assert config_of(weights, before) == config_of(target, before) == one
    assert config_of(Call("sagemaker", "UpdateEndpoint", update), before) == two
    before.append(Call("sagemaker", "UpdateEndpoint", update))
    assert config_of(weights, before) == config_of(target, before) == two
    assert config_of(weights, before[:2]) is None
    assert config_of(Call("sagemaker", "CreateModel", {"ModelName": "m"}), before) is None


def test_an_update_that_keeps_the_instances_counts_those_that_were_asked_for() -> None:
    small, large = config(variant(kind="a")), config(variant(kind="b"))
    large["EndpointConfigName"] = "l"
    capacities = [{"VariantName": "A", "DesiredInstanceCount": 5}]
    before = [
        Call("sagemaker", "CreateEndpointConfig", small),
        Call("sagemaker", "CreateEndpointConfig", large),
        Call("sagemaker", "CreateEndpoint", ENDPOINT),
        Call(
            "sagemaker",
            "UpdateEndpointWeightsAndCapacities",
            {"EndpointName": "quizengine-e", "DesiredWeightsAndCapacities": capacities},
        ),
    ]
    update = {**ENDPOINT, "EndpointConfigName": "l", "RetainAllVariantProperties": True}
    new = [{"VariantPropertyType": "DesiredInstanceCount"}]

    def counted(**more: Any) -> tuple[int, int]:
        call = Call("sagemaker", "UpdateEndpoint", {**update, **more})
        found = config_of(call, before)
        assert found is not None
        (quota,) = [each for each in quotas([*before, call]) if each.name.startswith("b ")]
        return found["ProductionVariants"][0]["InitialInstanceCount"], quota.wanted

    assert counted() == (5, 5)
    assert counted(ExcludeRetainedVariantProperties=new) == (1, 1)
    assert counted(RetainAllVariantProperties=False) == (1, 1)
    before.append(Call("sagemaker", "UpdateEndpoint", update))
    assert counted() == (5, 10), "and so on; while it lasts there are two fleets"


def test_an_update_that_keeps_the_instances_counts_what_autoscaling_may_have_started() -> None:
    target = {"ResourceId": "endpoint/quizengine-e/variant/A", "MaxCapacity": 3}
    calls = [
        Call("sagemaker", "CreateEndpointConfig", config(variant())),
        Call("sagemaker", "CreateEndpoint", ENDPOINT),
        Call("application-autoscaling", "RegisterScalableTarget", target),
    ]
    update = Call("sagemaker", "UpdateEndpoint", {**ENDPOINT, "RetainAllVariantProperties": True})
    found = config_of(update, calls)
    assert found is not None
    assert [each["InitialInstanceCount"] for each in found["ProductionVariants"]] == [3]
    assert calls[0].request["ProductionVariants"][0]["InitialInstanceCount"] == 1


# The table


def test_every_figure_has_its_date_and_its_source() -> None:
    for region in tomllib.loads(TABLE)["regions"].values():
        uses = [each for kinds in region["instances"].values() for each in kinds.values()]
        for figure in [*uses, *region["rates"].values()]:
            assert figure.keys() == {"usd", "as_of", "source"}
            assert datetime.date(2026, 1, 1) < figure["as_of"] <= datetime.date(2026, 11, 21)
            assert "https://aws.amazon.com/" in figure["source"]
            assert figure["usd"] > 0


def test_the_page_has_every_figure_of_the_table() -> None:
    region = tomllib.loads(TABLE, parse_float=str)["regions"]["us-east-1"]
    figures = {
        f"an hour of `{kind}`: {use}": figure
        for kind, uses in region["instances"].items()
        for use, figure in uses.items()
    } | {f"`{name}`": figure for name, figure in region["rates"].items()}
    expected = [
        [what, str(figure["usd"]), figure["as_of"].isoformat()] for what, figure in figures.items()
    ]
    assert table(PAGE, "what", "USD", "as of") == expected


def test_the_page_says_the_bounds_of_the_program() -> None:
    said = " ".join(PAGE.split())
    assert f"{counting.SIGTERM_S} seconds that a stopped job" in said
    assert f"{SWEEP_HOURS} hours: it has no limit" in said
    assert f"until the deadline at which AWS deletes it: {DEADLINE_HOURS} hours" in said
    assert f"{counting.KEEP_DAYS} days, as long" in said
    assert f"{counting.PUT_GB} GB where its size" in said
    assert f"less than {provision.UPDATE_S // 60} minutes before its deadline" in said
    assert f"less than {provision.SCALE_S // 60} minutes before it" in said


def test_what_the_sweeper_and_the_bucket_do_by_default_is_what_is_counted() -> None:
    told = {**data("guardrails")["Parameters"], **data("lab-account")["Parameters"]}
    hours, minutes = (Decimal(str(told[n]["Default"])) for n in ("EndpointHours", "SweepMinutes"))
    assert hours + minutes / 60 == SWEEP_HOURS
    assert hours >= DEADLINE_HOURS
    assert int(told["ObjectDays"]["Default"]) + 7 == counting.KEEP_DAYS


def test_what_the_table_says_is_what_the_labs_say() -> None:
    assert HERE.hours["training"]["ml.m5.large"] == HOUR
    assert HERE.as_of <= datetime.date(2026, 11, 21)


def test_a_table_is_as_old_as_its_oldest_figure() -> None:
    text = """
        [regions.x.instances."a"]
        training = { usd = 1, as_of = 2026-03-01, source = "s" }
        [regions.x.rates]
        s3_put = { usd = 0.1, as_of = 2026-05-01, source = "s" }
    """
    assert prices_from_toml(text, "x").as_of == datetime.date(2026, 3, 1)
    assert prices_from_toml(text, "x").rates == {"s3_put": Decimal("0.1")}


# Quotas


def test_the_quotas_of_calls_are_named_as_aws_names_them() -> None:
    spot = {**training(3), "EnableManagedSpotTraining": True}
    serverless = {"ServerlessConfig": {"MemorySizeInMB": 1024, "MaxConcurrency": 5}}
    calls = [
        Call("sagemaker", "CreateTrainingJob", training(2)),
        Call("sagemaker", "CreateTrainingJob", spot),
        Call("sagemaker", "CreateTrainingJob", training()),
        Call("sagemaker", "CreateHyperParameterTuningJob", tuning(9, training(2))),
        Call(
            "sagemaker",
            "CreateTransformJob",
            {"TransformResources": {"InstanceType": "ml.m5.large", "InstanceCount": 1}},
        ),
        Call(
            "sagemaker",
            "CreateEndpointConfig",
            config(variant("A", 2), {"VariantName": "S", **serverless}),
        ),
        Call("sagemaker", "CreateEndpoint", ENDPOINT),
        Call("sagemaker", "CreateEndpoint", {**ENDPOINT, "EndpointName": "quizengine-f"}),
        Call("s3", "PutObject", {"Key": "k"}),
    ]
    assert quotas(calls) == [
        Quota("sagemaker", SERVERLESS, 10),
        Quota("sagemaker", "ml.m5.large for endpoint usage", 4),
        Quota("sagemaker", "ml.m5.large for spot training job usage", 3),
        Quota("sagemaker", "ml.m5.large for training job usage", 4),
        Quota("sagemaker", "ml.m5.large for transform job usage", 1),
    ]


def test_a_fleet_beside_the_first_counts_only_while_both_stand() -> None:
    calls = [
        Call("sagemaker", "CreateEndpointConfig", config(variant())),
        Call("sagemaker", "CreateEndpoint", ENDPOINT),
        *[Call("sagemaker", "UpdateEndpoint", ENDPOINT)] * 5,
    ]
    assert quotas(calls) == [Quota("sagemaker", "ml.m5.large for endpoint usage", 2)]


def test_what_autoscaling_may_start_and_what_is_asked_for_counts_and_what_is_deleted_does_not() -> (
    None
):
    target = {"ResourceId": "endpoint/quizengine-e/variant/A", "MaxCapacity": 3}
    weights = [{"VariantName": "A", "DesiredInstanceCount": 4}, {"VariantName": "B"}]
    capacities = {"EndpointName": "quizengine-e", "DesiredWeightsAndCapacities": weights}
    calls = [
        Call("sagemaker", "CreateEndpointConfig", config(variant())),
        Call("sagemaker", "CreateEndpoint", ENDPOINT),
        Call("application-autoscaling", "RegisterScalableTarget", target),
        Call("sagemaker", "UpdateEndpointWeightsAndCapacities", capacities),
        Call("sagemaker", "DeleteEndpoint", {"EndpointName": "quizengine-e"}),
        Call("sagemaker", "CreateEndpoint", ENDPOINT),
    ]
    expected = {2: 1, 3: 3, 4: 4, 6: 4}
    for until, wanted in expected.items():
        assert [each.wanted for each in quotas(calls[:until])] == [wanted]
