"""When an alarm goes off: by rule, and in the cloud, where boto3 puts one and looks at it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import pytest

import labs.cloud
from labs.cloud.alarms import Sample, Watch
from labs.cloud.plane import Plane
from tests.labs.cloud.fakes import ACCOUNT, REGION

NOW = datetime(2026, 11, 21, 12, 0, 30, tzinfo=UTC)
WATCH = Watch("Average", "GreaterThanThreshold", 0.5, 60, 1, 1)


def samples(*values: float | None, now: datetime = NOW) -> list[Sample]:
    """One a minute, the last in the minute that is not over; None leaves one out."""
    minutes = range(len(values) - 1, -1, -1)
    return [
        Sample(now - timedelta(minutes=ago), 1, value, value, value)
        for ago, value in zip(minutes, values, strict=True)
        if value is not None
    ]


def state(watch: Watch, *values: float | None) -> str | None:
    found = watch.state(samples(*values), NOW)
    return None if found is None else found[0]


def test_what_is_past_the_threshold_is_an_alarm_before_its_minute_is_over() -> None:
    assert state(WATCH, 0.6) == "ALARM"
    assert state(WATCH, 0.5) == "OK"
    assert state(WATCH, 0.6, 0.1) == "OK", "the minute before counts no more"
    assert state(WATCH, 0.6, None) == "ALARM", "in this one nothing has come yet"
    assert state(WATCH, 0.6, None, None) == "INSUFFICIENT_DATA"


@pytest.mark.parametrize(
    ("values", "told"),
    [((1.0, 0.0, 1.0), "ALARM"), ((0.0, 0.0, 1.0), "OK"), ((1.0, None, 1.0), "ALARM")],
)
def test_so_many_of_the_last_periods_are_enough(
    values: tuple[float | None, ...], told: str
) -> None:
    watch = Watch("Average", "GreaterThanThreshold", 0.5, 60, 3, 2)
    assert state(watch, *values) == told


@pytest.mark.parametrize(
    ("missing", "told"),
    [
        ("missing", "INSUFFICIENT_DATA"),
        ("ignore", None),
        ("breaching", "ALARM"),
        ("notBreaching", "OK"),
    ],
)
def test_what_silence_means_is_said_by_the_alarm(missing: str, told: str | None) -> None:
    watch = Watch("Average", "GreaterThanThreshold", 0.5, 60, 1, 1, missing)
    assert state(watch) == told


@pytest.mark.parametrize(
    ("statistic", "value"),
    [("Average", 2.0), ("Sum", 8.0), ("SampleCount", 4.0), ("Minimum", 1.0), ("Maximum", 3.0)],
)
def test_a_statistic_is_taken_over_all_samples_of_a_period(statistic: str, value: float) -> None:
    both = [Sample(NOW, 3, 7, 1, 3), Sample(NOW - timedelta(seconds=20), 1, 1, 1, 1)]
    at_least = Watch(statistic, "GreaterThanOrEqualToThreshold", value, 60, 1, 1)
    above = Watch(statistic, "GreaterThanThreshold", value, 60, 1, 1)
    assert [(watch.state(both, NOW) or ("",))[0] for watch in (at_least, above)] == ["ALARM", "OK"]


def test_percentiles_and_bands_are_not_told() -> None:
    assert not Watch("p99", "GreaterThanThreshold", 1, 60, 1, 1).is_known
    assert not Watch("Average", "GreaterThanUpperThreshold", 1, 60, 1, 1).is_known


# In the cloud


@pytest.fixture
def cloudwatch() -> Iterator[Any]:
    with labs.cloud.offline():
        yield boto3.client(
            "cloudwatch",
            REGION,
            aws_access_key_id="OFFLINE",
            aws_secret_access_key="OFFLINE",
        )


def put(cloudwatch: Any, name: str = "alarm", **more: Any) -> None:
    alarm: dict[str, Any] = {
        "AlarmName": name,
        "Namespace": "space",
        "MetricName": "errors",
        "Dimensions": [{"Name": "d", "Value": "v"}],
        "Statistic": "Average",
        "ComparisonOperator": "GreaterThanThreshold",
        "Threshold": 0.5,
        "Period": 60,
        "EvaluationPeriods": 1,
    }
    cloudwatch.put_metric_alarm(**(alarm | more))


def measure(cloudwatch: Any, value: float, **dimensions: str) -> None:
    named = [{"Name": name, "Value": each} for name, each in dimensions.items()]
    datum = {"MetricName": "errors", "Value": value, "Dimensions": named}
    cloudwatch.put_metric_data(Namespace="space", MetricData=[datum])


def told(cloudwatch: Any) -> str:
    (alarm,) = cloudwatch.describe_alarms(AlarmNames=["alarm"])["MetricAlarms"]
    return str(alarm["StateValue"])


def test_an_alarm_is_looked_at_when_somebody_asks_for_it(cloudwatch: Any) -> None:
    put(cloudwatch)
    assert told(cloudwatch) == "INSUFFICIENT_DATA"
    measure(cloudwatch, 1.0, d="v")
    assert told(cloudwatch) == "ALARM"
    (alarm,) = cloudwatch.describe_alarms(StateValue="ALARM")["MetricAlarms"]
    assert alarm["StateReason"].startswith("Threshold Crossed: 1 of the last 1 datapoints [1] was")


def test_an_alarm_sees_its_own_metric_and_no_other(cloudwatch: Any) -> None:
    put(cloudwatch)
    measure(cloudwatch, 1.0, d="v", e="w")
    measure(cloudwatch, 1.0)
    assert told(cloudwatch) == "INSUFFICIENT_DATA"


def test_a_state_that_was_set_by_hand_holds_for_a_period(cloudwatch: Any) -> None:
    put(cloudwatch, TreatMissingData="notBreaching")
    assert told(cloudwatch) == "OK"
    cloudwatch.set_alarm_state(AlarmName="alarm", StateValue="ALARM", StateReason="a rehearsal")
    assert told(cloudwatch) == "ALARM"


def test_a_metric_is_read_by_all_its_dimensions(cloudwatch: Any) -> None:
    """GetMetricStatistics takes no dimension for granted; ListMetrics filters by some."""
    measure(cloudwatch, 1.0, d="v")
    measure(cloudwatch, 3.0, d="v", e="w")
    now = datetime.now(UTC)
    points = cloudwatch.get_metric_statistics(
        Namespace="space",
        MetricName="errors",
        Dimensions=[{"Name": "d", "Value": "v"}],
        StartTime=now - timedelta(minutes=5),
        EndTime=now + timedelta(minutes=5),
        Period=3600,
        Statistics=["Sum"],
    )["Datapoints"]
    assert [point["Sum"] for point in points] == [1.0]
    found = cloudwatch.list_metrics(Namespace="space", Dimensions=[{"Name": "d", "Value": "v"}])
    assert len(found["Metrics"]) == 2


def test_a_metric_of_several_dimensions_is_listed_once(cloudwatch: Any) -> None:
    for value in (1.0, 2.0, 3.0):
        measure(cloudwatch, value, d="v", e="w", f="x")
    measure(cloudwatch, 1.0, d="v", e="w", f="y")
    found = cloudwatch.list_metrics(Namespace="space")["Metrics"]
    last = [each["Value"] for metric in found for each in metric["Dimensions"][2:]]
    assert sorted(last) == ["x", "y"]


def test_the_plane_is_told_the_states_of_the_alarms_that_are_there(cloudwatch: Any) -> None:
    put(cloudwatch, TreatMissingData="breaching")
    from labs.cloud import seam

    services = seam.MotoServices(ACCOUNT, REGION)
    assert services.alarms(["alarm", "none"]) == {"alarm": "ALARM"}
    assert isinstance(seam._plane, Plane)
