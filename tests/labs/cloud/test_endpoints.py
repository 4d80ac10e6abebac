"""Endpoints: what they are made of, how they change, and what they answer, with fake models."""

from __future__ import annotations

import json
import threading
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labs.cloud.invocation import Invocation
from labs.cloud.plane import Plane
from labs.cloud.ports import BadModel
from labs.cloud.refusals import Refused
from tests.labs.cloud.conftest import Do
from tests.labs.cloud.fakes import ACCOUNT, REGION, FakeModel, FakeWorld, config, job, model

GROUP = "/aws/sagemaker/Endpoints/endpoint"


@pytest.fixture
def endpoint(do: Do) -> str:
    """An endpoint of the archive A."""
    do("CreateModel", model())
    do("CreateEndpointConfig", config())
    do("CreateEndpoint", EndpointName="endpoint", EndpointConfigName="config")
    return "endpoint"


@pytest.fixture
def pair(do: Do) -> str:
    """An endpoint of two variants, a and b, at 3 to 1."""
    do("CreateModel", model("a"))
    do("CreateModel", model("b", "s3://bucket/b.tar.gz"))
    do("CreateEndpointConfig", config("config", {"a": 3.0, "b": 1.0}))
    do("CreateEndpoint", EndpointName="endpoint", EndpointConfigName="config")
    return "endpoint"


def described(do: Do, name: str = "endpoint") -> dict[str, Any]:
    return do("DescribeEndpoint", EndpointName=name)


def invoke(plane: Plane, body: bytes = b"1", name: str = "endpoint", **more: Any) -> Invocation:
    return plane.invoke(ACCOUNT, REGION, name, body, **more)


def said(invocation: Invocation) -> dict[str, Any]:
    told: dict[str, Any] = json.loads(invocation.body)
    return told


class Held:
    """A host whose models come when the test lets them."""

    def __init__(self, world: FakeWorld) -> None:
        self.open = threading.Event()
        host, load = world.host, world.host.load

        def slow(algorithm: str, archive: bytes, environment: Any) -> Any:
            assert self.open.wait(10)
            return load(algorithm, archive, environment)

        host.load = slow  # type: ignore[method-assign]


# From nothing to an answer


def test_an_endpoint_comes_into_service_and_answers(
    do: Do, plane: Plane, world: FakeWorld, endpoint: str
) -> None:
    told = described(do)
    assert told["EndpointStatus"] == "InService"
    assert told["EndpointArn"] == f"arn:aws:sagemaker:{REGION}:{ACCOUNT}:endpoint/endpoint"
    (variant,) = told["ProductionVariants"]
    assert variant["VariantName"] == "model"
    assert variant["CurrentWeight"] == variant["DesiredWeight"] == 1.0
    assert variant["CurrentInstanceCount"] == variant["DesiredInstanceCount"] == 1
    answer = invoke(plane, b"1,2", accept="application/json")
    assert (answer.status, answer.body) == (200, b"A:1,2")
    assert dict(answer.headers) == {
        "content-type": "application/json",
        "x-amzn-invoked-production-variant": "model",
    }
    assert world.host.checked == [b"A"]


def test_until_its_model_is_there_an_endpoint_is_creating_and_answers_nothing(
    plane: Plane, do: Do, world: FakeWorld
) -> None:
    held = Held(world)
    do("CreateModel", model())
    do("CreateEndpointConfig", config())
    request = {"EndpointName": "endpoint", "EndpointConfigName": "config"}
    plane.call(ACCOUNT, REGION, "CreateEndpoint", request)
    told = plane.call(ACCOUNT, REGION, "DescribeEndpoint", {"EndpointName": "endpoint"})
    assert told["EndpointStatus"] == "Creating"
    assert told["ProductionVariants"][0]["CurrentInstanceCount"] == 0
    assert said(invoke(plane))["Message"] == f"Endpoint endpoint of account {ACCOUNT} not found."
    for operation in ("DeleteEndpoint", "UpdateEndpoint"):
        with pytest.raises(Refused, match="Cannot update in-progress endpoint"):
            plane.call(ACCOUNT, REGION, operation, request)
    held.open.set()
    assert plane.settle(10)
    assert invoke(plane).status == 200


def test_a_container_gets_its_environment(do: Do, plane: Plane) -> None:
    environment = {"SAGEMAKER_DEFAULT_INVOCATIONS_ACCEPT": "application/json", "MINE": "1"}
    do("CreateModel", model(Environment=environment))
    do("CreateEndpointConfig", config())
    do("CreateEndpoint", EndpointName="endpoint", EndpointConfigName="config")
    endpoints = plane.region(ACCOUNT, REGION).endpoints
    served = endpoints._cells["endpoint"].deployment
    assert served is not None
    loaded = served.served[0].model({})
    assert isinstance(loaded, FakeModel)
    assert loaded.environment == environment


def test_the_artefact_of_a_job_can_be_deployed(do: Do, plane: Plane) -> None:
    do("CreateTrainingJob", job())
    artefact = do("DescribeTrainingJob", TrainingJobName="job")["ModelArtifacts"]
    do("CreateModel", model(data=artefact["S3ModelArtifacts"]))
    do("CreateEndpointConfig", config())
    do("CreateEndpoint", EndpointName="endpoint", EndpointConfigName="config")
    assert invoke(plane).status == 200


# How it fails


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (None, 'Failed to download model data from URL "s3://bucket/a.tar.gz".'),
        (b"broken", "for production variant model did not pass the ping health check.* it is no"),
    ],
)
def test_an_endpoint_that_cannot_serve_says_why_and_can_only_be_deleted(
    do: Do, plane: Plane, world: FakeWorld, change: bytes | None, reason: str
) -> None:
    do("CreateModel", model())
    do("CreateEndpointConfig", config())
    objects = world.services.buckets["bucket"]
    del objects["a.tar.gz"]
    if change is not None:
        objects["a.tar.gz"] = change
    do("CreateEndpoint", EndpointName="endpoint", EndpointConfigName="config")
    told = described(do)
    assert told["EndpointStatus"] == "Failed"
    with pytest.raises(AssertionError, match=reason):
        raise AssertionError(told["FailureReason"])
    assert invoke(plane).status == 400
    with pytest.raises(Refused, match="in status Failed"):
        do("UpdateEndpoint", EndpointName="endpoint", EndpointConfigName="config")
    do("DeleteEndpoint", EndpointName="endpoint")
    with pytest.raises(Refused, match="Could not find endpoint"):
        described(do)


def test_an_image_that_does_not_run_offline_fails_the_endpoint(do: Do) -> None:
    do("CreateModel", model(Image="492215442770.dkr.ecr.eu-central-1.amazonaws.com/mine:1"))
    do("CreateEndpointConfig", config())
    do("CreateEndpoint", EndpointName="endpoint", EndpointConfigName="config")
    assert "is not one of the built-in ones" in described(do)["FailureReason"]


def test_a_broken_models_reason_stands_in_the_endpoints_log(
    do: Do, plane: Plane, world: FakeWorld
) -> None:
    world.services.buckets["bucket"]["a.tar.gz"] = b"broken"
    do("CreateModel", model())
    do("CreateEndpointConfig", config())
    do("CreateEndpoint", EndpointName="endpoint", EndpointConfigName="config")
    plane.hand_on()
    ((group, _), ((_, text),)) = next(iter(world.services.logs.items()))
    assert (group, text) == (GROUP, "it is no model")


@pytest.mark.parametrize(
    ("operation", "request_", "message"),
    [
        ("CreateModel", model(), 'Cannot create already existing model "arn:'),
        (
            "CreateModel",
            model("m", "s3://bucket/no"),
            "Could not access model data at s3://bucket/",
        ),
        ("CreateModel", model("m") | {"ExecutionRoleArn": "nobody"}, "Could not assume role"),
        ("CreateModel", {"ModelName": "m", "ExecutionRoleArn": "r"}, "needs a PrimaryContainer"),
        ("CreateEndpointConfig", config(), "Cannot create already existing endpoint configuration"),
        (
            "CreateEndpointConfig",
            config("c", {"nobody": 1.0}),
            'Could not find model "arn:.*model/nobody"',
        ),
        (
            "CreateEndpoint",
            {"EndpointName": "e", "EndpointConfigName": "no"},
            "Could not find endp",
        ),
        (
            "CreateEndpoint",
            {"EndpointName": "endpoint", "EndpointConfigName": "config"},
            "Cannot create already existing endpoint",
        ),
        ("DescribeModel", {"ModelName": "no"}, 'Could not find model "arn:'),
        ("DeleteModel", {"ModelName": "no"}, 'Could not find model "arn:'),
        ("DeleteEndpointConfig", {"EndpointConfigName": "no"}, "Could not find endpoint config"),
        ("DeleteEndpoint", {"EndpointName": "no"}, 'Could not find endpoint "arn:'),
    ],
)
def test_what_aws_refuses_is_refused(
    do: Do, endpoint: str, operation: str, request_: dict[str, Any], message: str
) -> None:
    with pytest.raises(Refused, match=message) as refused:
        do(operation, request_)
    assert refused.value.code == "ValidationException"


def test_two_variants_of_one_name_are_refused(do: Do) -> None:
    do("CreateModel", model())
    twice = config()
    twice["ProductionVariants"] *= 2
    with pytest.raises(Refused, match="must differ"):
        do("CreateEndpointConfig", twice)


@pytest.mark.parametrize("member", ["ModelName", "InstanceType", "InitialInstanceCount"])
def test_a_variant_needs_what_it_runs_on(do: Do, member: str) -> None:
    do("CreateModel", model())
    short = config()
    del short["ProductionVariants"][0][member]
    with pytest.raises(Refused, match=f"The variant model needs {member}"):
        do("CreateEndpointConfig", short)


def test_a_model_or_configuration_that_is_gone_is_missed_only_by_what_is_new(
    do: Do, plane: Plane, endpoint: str
) -> None:
    do("DeleteModel", ModelName="model")
    with pytest.raises(Refused, match="Could not find model"):
        do("CreateEndpoint", EndpointName="other", EndpointConfigName="config")
    do("DeleteEndpointConfig", EndpointConfigName="config")
    assert invoke(plane).status == 200
    assert described(do)["EndpointConfigName"] == "config"


# How it changes


def second(do: Do) -> dict[str, Any]:
    """An UpdateEndpoint to a configuration with the archive B in the variant `model`."""
    do("DeleteModel", ModelName="model")
    do("CreateModel", model(data="s3://bucket/b.tar.gz"))
    do("CreateEndpointConfig", config("second"))
    return {"EndpointName": "endpoint", "EndpointConfigName": "second"}


def test_while_an_endpoint_updates_the_old_model_answers(
    do: Do, plane: Plane, world: FakeWorld, endpoint: str
) -> None:
    request = second(do)
    held = Held(world)
    plane.call(ACCOUNT, REGION, "UpdateEndpoint", request)
    told = plane.call(ACCOUNT, REGION, "DescribeEndpoint", {"EndpointName": "endpoint"})
    assert told["EndpointStatus"] == "Updating"
    assert told["EndpointConfigName"] == "config"
    assert told["PendingDeploymentSummary"]["EndpointConfigName"] == "second"
    assert invoke(plane).body == b"A:1"
    held.open.set()
    assert plane.settle(10)
    assert invoke(plane).body == b"B:1"
    assert described(do)["EndpointConfigName"] == "second"


def test_no_answer_is_lost_while_an_endpoint_updates(do: Do, plane: Plane, endpoint: str) -> None:
    request = second(do)
    answers: list[Invocation] = []
    enough = threading.Event()

    def ask() -> None:
        while not enough.is_set():
            answers.append(invoke(plane))

    asking = threading.Thread(target=ask)
    asking.start()
    do("UpdateEndpoint", request)
    for _ in range(50):
        do("UpdateEndpoint", {"EndpointName": "endpoint", "EndpointConfigName": "config"})
        do("UpdateEndpoint", request)
    enough.set()
    asking.join()
    assert {answer.status for answer in answers} == {200}
    assert {answer.body for answer in answers} <= {b"A:1", b"B:1"}


def test_an_update_that_fails_leaves_the_old_model_in_service(
    do: Do, plane: Plane, world: FakeWorld, endpoint: str
) -> None:
    request = second(do)
    world.services.buckets["bucket"]["b.tar.gz"] = b"broken"
    do("UpdateEndpoint", request)
    told = described(do)
    assert (told["EndpointStatus"], told["EndpointConfigName"]) == ("InService", "config")
    assert "did not pass the ping health check" in told["FailureReason"]
    assert invoke(plane).body == b"A:1"
    world.services.buckets["bucket"]["b.tar.gz"] = b"B"
    do("UpdateEndpoint", request)
    assert "FailureReason" not in described(do)
    assert invoke(plane).body == b"B:1"


def test_an_update_to_the_same_configuration_fetches_its_model_anew(
    do: Do, plane: Plane, world: FakeWorld, endpoint: str
) -> None:
    world.services.buckets["bucket"]["a.tar.gz"] = b"A2"
    assert invoke(plane).body == b"A:1"
    do("UpdateEndpoint", EndpointName="endpoint", EndpointConfigName="config")
    assert invoke(plane).body == b"A2:1"


def test_weights_and_counts_change_without_the_models(do: Do, world: FakeWorld, pair: str) -> None:
    checked = len(world.host.checked)
    do(
        "UpdateEndpointWeightsAndCapacities",
        EndpointName="endpoint",
        DesiredWeightsAndCapacities=[
            {"VariantName": "a", "DesiredWeight": 0.0},
            {"VariantName": "b", "DesiredInstanceCount": 3},
        ],
    )
    told = {each["VariantName"]: each for each in described(do)["ProductionVariants"]}
    assert (told["a"]["CurrentWeight"], told["a"]["CurrentInstanceCount"]) == (0.0, 1)
    assert (told["b"]["CurrentWeight"], told["b"]["CurrentInstanceCount"]) == (1.0, 3)
    assert described(do)["EndpointConfigName"] == "config"
    assert len(world.host.checked) == checked


@pytest.mark.parametrize(
    ("wanted", "message"),
    [(["c"], 'variant name\\(s\\) "c" is/are not present'), (["a", "a"], "was non-unique")],
)
def test_weights_of_variants_that_are_not_there_are_refused(
    do: Do, pair: str, wanted: list[str], message: str
) -> None:
    with pytest.raises(Refused, match=message):
        do(
            "UpdateEndpointWeightsAndCapacities",
            EndpointName="endpoint",
            DesiredWeightsAndCapacities=[
                {"VariantName": name, "DesiredWeight": 1.0} for name in wanted
            ],
        )


@pytest.mark.parametrize(
    ("excluded", "weight", "count"),
    [([], 0.5, 4), (["DesiredWeight"], 2.0, 4), (["DesiredInstanceCount"], 0.5, 1)],
)
def test_an_update_may_retain_the_weights_and_counts_of_now(
    do: Do, pair: str, excluded: list[str], weight: float, count: int
) -> None:
    change = {"VariantName": "a", "DesiredWeight": 0.5, "DesiredInstanceCount": 4}
    do(
        "UpdateEndpointWeightsAndCapacities",
        EndpointName="endpoint",
        DesiredWeightsAndCapacities=[change],
    )
    do("CreateEndpointConfig", config("second", {"a": 2.0, "b": 2.0}))
    do(
        "UpdateEndpoint",
        EndpointName="endpoint",
        EndpointConfigName="second",
        RetainAllVariantProperties=True,
        ExcludeRetainedVariantProperties=[{"VariantPropertyType": each} for each in excluded],
    )
    told = {each["VariantName"]: each for each in described(do)["ProductionVariants"]}
    assert (told["a"]["CurrentWeight"], told["a"]["CurrentInstanceCount"]) == (weight, count)


# Auto scaling


def test_a_scaled_variant_keeps_its_instance_type_and_may_change_its_model(
    do: Do, plane: Plane, world: FakeWorld, endpoint: str
) -> None:
    world.services.scaled = {("endpoint", "model"), ("other", "model")}
    other_type = config("larger")
    other_type["ProductionVariants"][0]["InstanceType"] = "ml.m5.xlarge"
    do("CreateEndpointConfig", other_type)
    with pytest.raises(Refused, match="would change the instance type of the variant model"):
        do("UpdateEndpoint", EndpointName="endpoint", EndpointConfigName="larger")
    do("CreateModel", model("b"))
    do("CreateEndpointConfig", config("without", {"b": 1.0}))
    with pytest.raises(Refused, match="would remove the variant model"):
        do("UpdateEndpoint", EndpointName="endpoint", EndpointConfigName="without")
    do("UpdateEndpoint", second(do))
    assert invoke(plane).body == b"B:1"
    world.services.scaled = set()
    do("UpdateEndpoint", EndpointName="endpoint", EndpointConfigName="larger")
    assert described(do)["EndpointConfigName"] == "larger"


def test_deleting_an_endpoint_ends_its_scaling(do: Do, world: FakeWorld, endpoint: str) -> None:
    world.services.scaled = {("endpoint", "model"), ("other", "model")}
    do("DeleteEndpoint", EndpointName="endpoint")
    assert world.services.scaled == {("other", "model")}


def test_only_the_variants_of_an_endpoint_can_be_registered(plane: Plane, endpoint: str) -> None:
    endpoints = plane.region(ACCOUNT, REGION).endpoints
    found = [
        endpoints.has_variant(name, variant)
        for name, variant in (("endpoint", "model"), ("endpoint", "no"), ("no", "model"))
    ]
    assert found == [True, False, False]


# What it answers


def test_invocations_go_to_the_variants_by_weight(
    plane: Plane, world: FakeWorld, pair: str
) -> None:
    world.chances = [0.0, 0.5, 0.7499, 0.75, 0.9999]
    bodies = [invoke(plane).body for _ in range(5)]
    assert bodies == [b"A:1", b"A:1", b"A:1", b"B:1", b"B:1"]


@given(weights=st.lists(st.sampled_from([0.0, 0.5, 1.0, 3.0]), min_size=1, max_size=4), chance=(
    st.floats(0, 1, exclude_max=True)))  # fmt: skip
def test_whatever_is_drawn_goes_to_a_variant_that_has_weight(
    weights: list[float], chance: float
) -> None:
    world = FakeWorld()
    world.services.buckets["bucket"] = {"a.tar.gz": b"A"}
    plane = world.plane()
    models = {f"m{n}": weight for n, weight in enumerate(weights)}
    for name in models:
        plane.call(ACCOUNT, REGION, "CreateModel", model(name))
    plane.call(ACCOUNT, REGION, "CreateEndpointConfig", config("config", models))
    request = {"EndpointName": "endpoint", "EndpointConfigName": "config"}
    plane.call(ACCOUNT, REGION, "CreateEndpoint", request)
    assert plane.settle(10)
    world.chances = [chance]
    answer = invoke(plane)
    variant = dict(answer.headers)["x-amzn-invoked-production-variant"]
    assert models[variant] > 0 or not any(weights)
    plane.close()


def test_a_variant_can_be_asked_for_even_without_weight(plane: Plane, pair: str) -> None:
    assert invoke(plane, target_variant="b").body == b"B:1"
    refused = invoke(plane, target_variant="c")
    assert refused.status == 400
    assert said(refused)["Message"].startswith("Variant c of endpoint endpoint")


def test_an_unknown_endpoint_is_a_validation_error(plane: Plane) -> None:
    refused = invoke(plane, name="nobody")
    assert (refused.status, dict(refused.headers)["x-amzn-errortype"]) == (400, "ValidationError")
    assert said(refused)["Message"] == f"Endpoint nobody of account {ACCOUNT} not found."


def test_what_a_model_refuses_is_a_model_error(plane: Plane, endpoint: str) -> None:
    answer = invoke(plane, b"bad")
    assert (answer.status, dict(answer.headers)["x-amzn-errortype"]) == (424, "ModelError")
    told = said(answer)
    assert told["OriginalStatusCode"] == 415
    assert told["OriginalMessage"] == "no such type"
    assert told["LogStreamArn"] == f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:{GROUP}"
    assert told["Message"].startswith(
        'Received client error (415) from primary with message "no such type". See https://'
    )


def test_a_container_that_breaks_is_a_server_error_and_goes_on(plane: Plane, endpoint: str) -> None:
    told = said(invoke(plane, b"worse"))
    assert told["OriginalStatusCode"] == 500
    assert told["Message"].startswith("Received server error (500) from primary with message")
    assert invoke(plane).status == 200


def test_a_body_of_more_than_six_mebibytes_is_refused(plane: Plane, endpoint: str) -> None:
    assert invoke(plane, b"x" * 6_291_456).status == 200
    refused = invoke(plane, b"x" * 6_291_457)
    assert refused.status == 413
    assert said(refused)["Message"] == "HTTP content length exceeded 6291456 bytes."


def test_what_an_invocation_asks_for_in_vain_is_refused(plane: Plane, endpoint: str) -> None:
    refused = invoke(plane, headers={"x-amzn-sagemaker-session-id": "NEW_SESSION"})
    assert (refused.status, dict(refused.headers)["x-amzn-errortype"]) == (
        501,
        "NotOfferedOffline",
    )
    assert "SessionId" in said(refused)["Message"]


# What it leaves behind


def measured(world: FakeWorld, name: str) -> list[Any]:
    """By endpoint and variant; by configuration each is there once more."""
    return [
        datum.value
        for space, datum in world.services.metrics
        if (space, datum.name, len(datum.dimensions)) == ("AWS/SageMaker", name, 2)
    ]


def test_invocations_are_counted_a_minute_and_handed_on_once(
    plane: Plane, world: FakeWorld, endpoint: str
) -> None:
    for body in (b"1", b"bad", b"worse"):
        invoke(plane, body)
    assert world.services.metrics == []
    plane.hand_on()
    plane.hand_on()
    assert measured(world, "Invocations") == [(3, 3.0, 1, 1)]
    assert measured(world, "Invocation4XXErrors") == [(3, 1.0, False, True)]
    assert measured(world, "Invocation5XXErrors") == [(3, 1.0, False, True)]
    assert measured(world, "InvocationsPerInstance") == [(3, 3.0, 1, 1)]
    assert len(measured(world, "ModelLatency")) == len(measured(world, "OverheadLatency")) == 1
    datum = world.services.metrics[0][1]
    assert datum.dimensions == (("EndpointName", "endpoint"), ("VariantName", "model"))
    assert datum.at.second == 0


def test_invocations_stand_in_the_endpoints_log(
    plane: Plane, world: FakeWorld, endpoint: str
) -> None:
    invoke(plane)
    invoke(plane, b"bad")
    plane.hand_on()
    ((group, stream), events) = next(iter(world.services.logs.items()))
    assert group == GROUP
    assert stream.startswith("model/i-")
    assert [text for _, text in events] == [
        '"POST /invocations HTTP/1.1" 200 3',
        '"POST /invocations HTTP/1.1" 415 12',
        "no such type",
    ]


def test_what_was_counted_outlives_its_endpoint(
    do: Do, plane: Plane, world: FakeWorld, endpoint: str
) -> None:
    invoke(plane)
    do("DeleteEndpoint", EndpointName="endpoint")
    plane.hand_on()
    assert measured(world, "Invocations") == [(1, 1.0, 1, 1)]


def test_what_was_counted_can_be_told_again_to_another_plane(
    plane: Plane, world: FakeWorld, endpoint: str
) -> None:
    for body in (b"1", b"bad"):
        invoke(plane, body)
    plane.hand_on()
    plane.hand_on()  # nothing new: nothing to tell
    told = [each for each in world.outcomes if each["kind"] == "traffic"]
    assert [each["name"] for each in told] == ["endpoint/model"]
    later = FakeWorld()
    again = later.plane()
    again.restore(json.loads(json.dumps(told[0])))
    assert later.services.metrics == world.services.metrics
    assert later.services.logs == world.services.logs
    again.close()


# Lists, pace, reset, record


def test_endpoints_models_and_configurations_are_listed_newest_first(do: Do, endpoint: str) -> None:
    do("CreateEndpoint", EndpointName="later", EndpointConfigName="config")
    found = do("ListEndpoints")["Endpoints"]
    assert [each["EndpointName"] for each in found] == ["later", "endpoint"]
    assert do("ListEndpoints", StatusEquals="Failed")["Endpoints"] == []
    assert [each["ModelName"] for each in do("ListModels")["Models"]] == ["model"]
    (only,) = do("ListEndpointConfigs")["EndpointConfigs"]
    assert set(only) == {"EndpointConfigName", "EndpointConfigArn", "CreationTime"}


def test_a_model_is_described_as_it_was_made(do: Do, endpoint: str) -> None:
    told = do("DescribeModel", ModelName="model")
    assert told["PrimaryContainer"] == model()["PrimaryContainer"]
    assert told["EnableNetworkIsolation"] is False
    assert "VpcConfig" not in told
    config_told = do("DescribeEndpointConfig", EndpointConfigName="config")
    assert config_told["ProductionVariants"] == config()["ProductionVariants"]


def test_at_a_learners_pace_an_endpoint_takes_its_time(world: FakeWorld) -> None:
    plane = world.plane(pace_s=2.0)
    plane.call(ACCOUNT, REGION, "CreateModel", model())
    plane.call(ACCOUNT, REGION, "CreateEndpointConfig", config())
    request = {"EndpointName": "endpoint", "EndpointConfigName": "config"}
    plane.call(ACCOUNT, REGION, "CreateEndpoint", request)
    assert plane.settle(10)
    assert world.waits == [2.0]
    plane.close()


def test_a_reset_while_an_endpoint_is_made_leaves_no_trace_of_it(
    do: Do, plane: Plane, world: FakeWorld
) -> None:
    held = Held(world)
    do("CreateModel", model())
    do("CreateEndpointConfig", config())
    request = {"EndpointName": "endpoint", "EndpointConfigName": "config"}
    plane.call(ACCOUNT, REGION, "CreateEndpoint", request)
    plane.reset()
    held.open.set()
    assert plane.settle(10)
    assert world.outcomes == []
    assert do("ListEndpoints")["Endpoints"] == do("ListModels")["Models"] == []


def test_what_serves_can_be_told_again_to_another_plane(
    do: Do, world: FakeWorld, pair: str
) -> None:
    do(
        "UpdateEndpointWeightsAndCapacities",
        EndpointName="endpoint",
        DesiredWeightsAndCapacities=[{"VariantName": "a", "DesiredWeight": 0.25}],
    )
    before = described(do)
    later = FakeWorld()
    later.services.buckets["bucket"] = {"a.tar.gz": b"A", "b.tar.gz": b"B"}
    again = later.plane()
    again.replaying = True
    for name in ("a", "b"):
        again.call(ACCOUNT, REGION, "CreateModel", model(name, f"s3://bucket/{name}.tar.gz"))
    again.call(ACCOUNT, REGION, "CreateEndpointConfig", config("config", {"a": 3.0, "b": 1.0}))
    request = {"EndpointName": "endpoint", "EndpointConfigName": "config"}
    again.call(ACCOUNT, REGION, "CreateEndpoint", request)
    later.services.buckets["bucket"] = {}  # as if they were deleted since
    for outcome in world.outcomes:
        again.restore(outcome)
    again.resume()
    assert again.settle(10)
    after = again.call(ACCOUNT, REGION, "DescribeEndpoint", {"EndpointName": "endpoint"})
    assert after == before
    assert invoke(again, target_variant="b").body == b"B:1"
    assert later.host.checked == []  # it was tried before
    again.close()


def test_an_endpoint_without_an_outcome_is_made_after_the_replay(world: FakeWorld) -> None:
    plane = world.plane()
    plane.replaying = True
    plane.call(ACCOUNT, REGION, "CreateModel", model())
    plane.call(ACCOUNT, REGION, "CreateEndpointConfig", config())
    request = {"EndpointName": "endpoint", "EndpointConfigName": "config"}
    plane.call(ACCOUNT, REGION, "CreateEndpoint", request)
    assert invoke(plane).status == 400
    plane.resume()
    assert plane.settle(10)
    assert invoke(plane).status == 200
    plane.close()


def test_after_a_replay_the_models_are_loaded_before_anybody_asks(
    do: Do, world: FakeWorld, pair: str
) -> None:
    later = FakeWorld()
    later.services.buckets["bucket"] = {"a.tar.gz": b"A", "b.tar.gz": b"B"}
    loaded: list[bytes] = []
    load = later.host.load

    def noted(algorithm: str, archive: bytes, environment: Any) -> Any:
        loaded.append(archive)
        if archive == b"B":
            raise BadModel("an older xgboost made it")
        return load(algorithm, archive, environment)

    later.host.load = noted  # type: ignore[method-assign]
    again = later.plane()
    again.replaying = True
    for name in ("a", "b"):
        again.call(ACCOUNT, REGION, "CreateModel", model(name, f"s3://bucket/{name}.tar.gz"))
    again.call(ACCOUNT, REGION, "CreateEndpointConfig", config("config", {"a": 3.0, "b": 1.0}))
    request = {"EndpointName": "endpoint", "EndpointConfigName": "config"}
    again.call(ACCOUNT, REGION, "CreateEndpoint", request)
    again.restore(world.outcomes[-1])
    assert loaded == []
    again.resume()
    assert again.settle(10)
    assert loaded == [b"A", b"B"]
    assert invoke(again, target_variant="a").status == 200
    told = said(invoke(again, target_variant="b"))
    assert (told["OriginalStatusCode"], told["OriginalMessage"]) == (
        500,
        "an older xgboost made it",
    )
    again.close()
