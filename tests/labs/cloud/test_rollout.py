"""An update that shifts the traffic in steps, watches alarms, and goes back if one goes off."""

from __future__ import annotations

import json
import threading
from dataclasses import replace
from typing import Any

import pytest

from labs.cloud.endpoint import Endpoint, Plan, Variant
from labs.cloud.plane import Plane
from labs.cloud.refusals import Refused
from labs.cloud.rollout import Rollout
from tests.labs.cloud.conftest import Do
from tests.labs.cloud.fakes import (
    ACCOUNT,
    EVERYTHING,
    REGION,
    START,
    FakeWorld,
    config,
    model,
)

UPDATE = {"EndpointName": "endpoint", "EndpointConfigName": "second"}


def guards(kind: str = "CANARY", *, wait: int = 60, **more: Any) -> dict[str, Any]:
    """A DeploymentConfig with one alarm."""
    routing = {"Type": kind, "WaitIntervalInSeconds": wait, **more}
    return {
        "BlueGreenUpdatePolicy": {"TrafficRoutingConfiguration": routing},
        "AutoRollbackConfiguration": {"Alarms": [{"AlarmName": "alarm"}]},
    }


def percent(value: int) -> dict[str, Any]:
    return {"Type": "CAPACITY_PERCENT", "Value": value}


CANARY = guards(CanarySize=percent(50))


def plan(count: int = 4) -> Plan:
    return Plan("config", (Variant("v", "m", (), "ml.m5.large", count, 1.0),))


@pytest.fixture
def endpoint(do: Do, world: FakeWorld) -> str:
    """An endpoint of the archive A, a configuration of B, and an alarm that is quiet."""
    do("CreateModel", model())
    do("CreateModel", model("b", "s3://bucket/b.tar.gz"))
    do("CreateEndpointConfig", config())
    request = config("second")
    request["ProductionVariants"][0]["ModelName"] = "b"
    do("CreateEndpointConfig", request)
    do("CreateEndpoint", EndpointName="endpoint", EndpointConfigName="config")
    world.services.states["alarm"] = "OK"
    return "endpoint"


class Baking:
    """Stops the plane's clock in the midst of its waits, so that a test can look around."""

    def __init__(self, plane: Plane) -> None:
        self._plane = plane
        self.waits, self.go = threading.Semaphore(0), threading.Semaphore(0)
        plane.world = replace(plane.world, wait=self._wait)
        plane.region(ACCOUNT, REGION).endpoints._world = plane.world

    def _wait(self, event: threading.Event, seconds: float) -> bool:
        self.waits.release()
        assert self.go.acquire(timeout=10)
        return event.is_set()

    def asleep(self) -> None:
        assert self.waits.acquire(timeout=10)

    def on(self) -> None:
        for _ in range(1000):
            self.go.release()


def described(plane: Plane) -> dict[str, Any]:
    return plane.call(ACCOUNT, REGION, "DescribeEndpoint", {"EndpointName": "endpoint"})


def asked(plane: Plane) -> bytes:
    return plane.invoke(ACCOUNT, REGION, "endpoint", b"1").body


# What a DeploymentConfig says


@pytest.mark.parametrize(
    ("given", "shares"),
    [
        ({}, (1.0,)),
        (guards("ALL_AT_ONCE"), (1.0,)),
        (guards(CanarySize=percent(10)), (0.1, 1.0)),
        (guards(CanarySize={"Type": "INSTANCE_COUNT", "Value": 1}), (0.25, 1.0)),
        (guards("LINEAR", LinearStepSize=percent(50)), (0.5, 1.0)),
        (guards("LINEAR", LinearStepSize=percent(25)), (0.25, 0.5, 0.75, 1.0)),
        (guards("LINEAR", LinearStepSize=percent(40)), (0.4, 0.8, 1.0)),
        (guards("LINEAR", LinearStepSize=percent(10)), tuple(n / 10 for n in range(1, 11))),
    ],
)
def test_traffic_goes_over_in_steps(given: dict[str, Any], shares: tuple[float, ...]) -> None:
    assert Rollout.of(given, plan()).shares == pytest.approx(shares)


@pytest.mark.parametrize(
    ("given", "says"),
    [
        (guards("CANARY"), "needs CanarySize"),
        (guards("LINEAR"), "needs LinearStepSize"),
        (guards("LINEAR", CanarySize=percent(10)), "CanarySize is for traffic routing"),
        (guards(CanarySize=percent(51)), "51% of a fleet of 4; it must be at most 50 %"),
        (guards("LINEAR", LinearStepSize=percent(9)), "must be between 10 and 50 %"),
        (guards(CanarySize={"Type": "INSTANCE_COUNT", "Value": 3}), "75% of a fleet of 4"),
    ],
)
def test_a_step_that_no_fleet_has_is_refused(given: dict[str, Any], says: str) -> None:
    with pytest.raises(Refused, match=says):
        Rollout.of(given, plan())


def test_waiting_times_longer_than_the_update_may_take_are_refused() -> None:
    given = guards("LINEAR", wait=600, LinearStepSize=percent(10))
    given["BlueGreenUpdatePolicy"]["MaximumExecutionTimeoutInSeconds"] = 5999
    with pytest.raises(Refused, match="the waiting times alone are 6000 seconds"):
        Rollout.of(given, plan())


# An update that goes well


def test_the_new_fleet_bakes_step_by_step_and_then_serves_alone(
    plane: Plane, world: FakeWorld, endpoint: str
) -> None:
    baking = Baking(plane)
    world.chances = [0.49, 0.51, 0.0]  # of the two invocations; what is below the share is new
    plane.call(ACCOUNT, REGION, "UpdateEndpoint", {**UPDATE, "DeploymentConfig": CANARY})
    baking.asleep()
    told = described(plane)
    assert (told["EndpointStatus"], told["EndpointConfigName"]) == ("Updating", "config")
    assert told["LastDeploymentConfig"] == CANARY
    (pending,) = told["PendingDeploymentSummary"]["ProductionVariants"]
    assert pending["VariantStatus"][0]["Status"] == "Baking"
    assert [asked(plane), asked(plane)] == [b"B:1", b"A:1"]
    baking.on()
    assert plane.settle(10)
    told = described(plane)
    assert (told["EndpointStatus"], told["EndpointConfigName"]) == ("InService", "second")
    assert "PendingDeploymentSummary" not in told
    assert told["LastDeploymentConfig"] == CANARY
    assert asked(plane) == b"B:1"


def test_five_minutes_of_baking_last_a_second_and_a_half_here(
    do: Do, plane: Plane, world: FakeWorld, endpoint: str
) -> None:
    given = guards(wait=300, CanarySize=percent(50))
    given["BlueGreenUpdatePolicy"]["TerminationWaitInSeconds"] = 120
    world.waits.clear()
    do("UpdateEndpoint", {**UPDATE, "DeploymentConfig": given})
    assert sum(world.waits) == pytest.approx(2 * 1.5 + 0.6)


def test_without_a_deployment_config_nothing_is_waited_for(
    do: Do, world: FakeWorld, endpoint: str
) -> None:
    world.waits.clear()
    do("UpdateEndpoint", UPDATE)
    assert world.waits == []


# One that does not


def test_an_alarm_that_goes_off_takes_all_traffic_back(
    plane: Plane, world: FakeWorld, endpoint: str
) -> None:
    baking = Baking(plane)
    plane.call(ACCOUNT, REGION, "UpdateEndpoint", {**UPDATE, "DeploymentConfig": CANARY})
    baking.asleep()
    world.services.states["alarm"] = "ALARM"
    baking.go.release()
    baking.asleep()
    assert described(plane)["EndpointStatus"] == "RollingBack"
    assert asked(plane) == b"A:1"
    with pytest.raises(Refused, match="Cannot update in-progress endpoint"):
        plane.call(ACCOUNT, REGION, "UpdateEndpoint", UPDATE)
    baking.on()
    assert plane.settle(10)
    told = described(plane)
    assert (told["EndpointStatus"], told["EndpointConfigName"]) == ("InService", "config")
    assert "alarm was in the state ALARM" in told["FailureReason"]
    assert asked(plane) == b"A:1"


def test_an_alarm_that_was_off_before_stops_the_update_at_once(
    do: Do, plane: Plane, world: FakeWorld, endpoint: str
) -> None:
    world.services.states["alarm"] = "ALARM"
    do("UpdateEndpoint", {**UPDATE, "DeploymentConfig": CANARY})
    assert described(plane)["EndpointConfigName"] == "config"


@pytest.mark.parametrize("state", ["OK", "INSUFFICIENT_DATA"])
def test_an_alarm_that_sees_nothing_lets_the_update_through(
    do: Do, plane: Plane, world: FakeWorld, endpoint: str, state: str
) -> None:
    world.services.states["alarm"] = state
    do("UpdateEndpoint", {**UPDATE, "DeploymentConfig": CANARY})
    assert described(plane)["EndpointConfigName"] == "second"


def test_after_a_rollback_the_next_update_may_come(
    do: Do, plane: Plane, world: FakeWorld, endpoint: str
) -> None:
    world.services.states["alarm"] = "ALARM"
    do("UpdateEndpoint", {**UPDATE, "DeploymentConfig": CANARY})
    do("UpdateEndpoint", UPDATE)
    told = described(plane)
    assert (told["EndpointConfigName"], told["EndpointStatus"]) == ("second", "InService")
    assert not {"FailureReason", "LastDeploymentConfig"} & set(told)


def test_an_endpoint_that_is_forgotten_in_mid_update_ends_it(plane: Plane, endpoint: str) -> None:
    baking = Baking(plane)
    plane.call(ACCOUNT, REGION, "UpdateEndpoint", {**UPDATE, "DeploymentConfig": CANARY})
    baking.asleep()
    plane.forget()
    baking.on()
    assert plane.settle(10)


def test_an_update_that_a_crash_cut_off_begins_again(
    do: Do, plane: Plane, world: FakeWorld, endpoint: str
) -> None:
    plane.replaying = True  # its call is repeated, of its end nothing was told
    do("UpdateEndpoint", {**UPDATE, "DeploymentConfig": CANARY})
    assert described(plane)["EndpointStatus"] == "Updating"
    plane.replaying = False
    world.waits.clear()
    plane.resume()
    assert plane.settle(10)
    assert described(plane)["EndpointConfigName"] == "second"
    assert world.waits, "it baked"


def test_a_role_that_may_not_see_the_alarms_gets_no_new_fleet(
    do: Do, plane: Plane, world: FakeWorld, endpoint: str
) -> None:
    deny = {"Effect": "Deny", "Action": "cloudwatch:DescribeAlarms", "Resource": "*"}
    world.services.guards.may = {"Statement": [*EVERYTHING["Statement"], deny]}
    do("UpdateEndpoint", {**UPDATE, "DeploymentConfig": CANARY})
    told = described(plane)
    assert told["EndpointConfigName"] == "config"
    assert "is not authorized to perform: cloudwatch:DescribeAlarms" in told["FailureReason"]


# What is refused


def test_an_alarm_that_is_not_there_is_refused(do: Do, world: FakeWorld, endpoint: str) -> None:
    world.services.states.clear()
    with pytest.raises(Refused, match="There is no CloudWatch alarm alarm"):
        do("UpdateEndpoint", {**UPDATE, "DeploymentConfig": CANARY})


def test_with_guards_the_variants_keep_their_names(do: Do, endpoint: str) -> None:
    do("CreateEndpointConfig", config("third", {"b": 1.0}))
    request = {"EndpointName": "endpoint", "EndpointConfigName": "third"}
    with pytest.raises(Refused, match="the variant names of the old one: model, not b"):
        do("UpdateEndpoint", {**request, "DeploymentConfig": CANARY})
    do("UpdateEndpoint", request)


# Its fleets are told apart, and its end is remembered


def test_each_fleet_is_counted_by_its_configuration(
    do: Do, plane: Plane, world: FakeWorld, endpoint: str
) -> None:
    asked(plane)
    do("UpdateEndpoint", UPDATE)
    asked(plane)
    asked(plane)
    plane.hand_on()
    counted: dict[str, int] = {}
    for _, datum in world.services.metrics:
        name = dict(datum.dimensions).get("EndpointConfigName", "")
        if datum.name == "Invocations":
            assert isinstance(datum.value, tuple)
            counted[name] = counted.get(name, 0) + datum.value[0]
    assert counted == {"config": 1, "second": 2, "": 3}


def test_the_last_deployment_config_is_kept(endpoint: str, do: Do, world: FakeWorld) -> None:
    do("UpdateEndpoint", {**UPDATE, "DeploymentConfig": CANARY})
    fate = [each for each in world.outcomes if each["kind"] == "endpoint"][-1]["fate"]
    kept = Endpoint("endpoint", "arn", START, START, "config").with_fate(
        json.loads(json.dumps(fate))
    )
    assert kept.deployment == CANARY
    assert kept.config == "second"
