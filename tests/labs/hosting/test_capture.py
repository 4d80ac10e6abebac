"""Data capture: what is written of an invocation, where, and of which."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labs.cloud.capture import Capture, Invoked, Terms
from labs.cloud.plane import Plane
from labs.cloud.refusals import Refused
from tests.labs.cloud.fakes import FakeAnswer, FakeServices, FakeWorld
from tests.labs.hosting.conftest import Do, container, create_model, deploy, described, invoke
from tests.labs.hosting.conftest import variant as of

CONFIG: dict[str, Any] = {
    "EnableCapture": True,
    "InitialSamplingPercentage": 100,
    "DestinationS3Uri": "s3://bucket/captured",
    "CaptureOptions": [{"CaptureMode": "Input"}, {"CaptureMode": "Output"}],
    "CaptureContentTypeHeader": {
        "CsvContentTypes": ["text/csv"],
        "JsonContentTypes": ["application/json"],
    },
}
AT = datetime(2026, 11, 21, 9, 5, 7, 42_000, tzinfo=UTC)


def terms(**changed: Any) -> Terms:
    made = Terms.of(CONFIG | changed)
    assert made is not None
    return made


def invoked(body: bytes = b"1,2", content_type: str | None = "text/csv", **more: Any) -> Invoked:
    answer = FakeAnswer(200, "text/csv; charset=utf-8", b"0.5\n")
    return Invoked(AT, body, content_type, more.get("answer", answer), more.get("inference_id"))


# The record


def test_a_record_has_the_form_that_aws_documents() -> None:
    line = terms().line(invoked(inference_id="mine"), "event")
    assert line.endswith("\n")
    assert json.loads(line) == {
        "captureData": {
            "endpointInput": {
                "observedContentType": "text/csv",
                "mode": "INPUT",
                "data": "1,2",
                "encoding": "CSV",
            },
            "endpointOutput": {
                "observedContentType": "text/csv; charset=utf-8",
                "mode": "OUTPUT",
                "data": "0.5\n",
                "encoding": "CSV",
            },
        },
        "eventMetadata": {
            "eventId": "event",
            "inferenceId": "mine",
            "inferenceTime": "2026-11-21T09:05:07Z",
        },
        "eventVersion": "0",
    }


@pytest.mark.parametrize(
    ("modes", "parts"),
    [
        (["Input"], {"endpointInput"}),
        (["Output"], {"endpointOutput"}),
        (["InputAndOutput"], {"endpointInput", "endpointOutput"}),
    ],
)
def test_only_what_is_wanted_is_captured(modes: list[str], parts: set[str]) -> None:
    options = [{"CaptureMode": mode} for mode in modes]
    record = json.loads(terms(CaptureOptions=options).line(invoked(), "event"))
    assert set(record["captureData"]) == parts
    assert "inferenceId" not in record["eventMetadata"]


@given(
    body=st.binary(max_size=50),
    content_type=st.sampled_from(
        [None, "text/csv", "TEXT/CSV; charset=utf-8", "application/json", "image/png"]
    ),
    named=st.booleans(),
)
def test_whatever_was_sent_can_be_read_from_its_record(
    body: bytes, content_type: str | None, named: bool
) -> None:
    how = terms() if named else terms(CaptureContentTypeHeader={})
    line = how.line(invoked(body, content_type), "event")
    assert line.count("\n") == 1
    part = json.loads(line)["captureData"]["endpointInput"]
    data = part["data"]
    decoded = base64.b64decode(data) if part["encoding"] == "BASE64" else data.encode()
    assert decoded == body
    assert part.get("observedContentType") == content_type
    if not named:
        assert part["encoding"] == "BASE64", "so it is where no content type is named"


@pytest.mark.parametrize("config", [None, {}, CONFIG | {"EnableCapture": False}])
def test_what_is_switched_off_captures_nothing(config: dict[str, Any] | None) -> None:
    assert Terms.of(config) is None


# The files


class Due:
    def __init__(self) -> None:
        self.times = 0

    def __call__(self) -> None:
        self.times += 1


def test_a_file_holds_what_one_variant_was_asked_in_one_hour() -> None:
    services, due, ids = FakeServices(), Due(), iter(map(str, range(100)))
    capture = Capture("endpoint", lambda: next(ids), due)
    late = Invoked(AT.replace(hour=10), b"3", None, FakeAnswer(200, "", b""), None)
    for variant, each in (("a", invoked()), ("a", invoked(b"2")), ("b", invoked()), ("a", late)):
        assert capture.take(terms(KmsKeyId="key"), variant, each)
    assert due.times == 1
    capture.hand_on(services)
    files = services.buckets["bucket"]
    lines = {key.rpartition("-")[0]: body.count(b"\n") for key, body in files.items()}
    assert lines == {
        "captured/endpoint/a/2026/11/21/09/05-07-042": 2,
        "captured/endpoint/b/2026/11/21/09/05-07-042": 1,
        "captured/endpoint/a/2026/11/21/10/05-07-042": 1,
    }
    assert all(key.endswith(".jsonl") for key in files)
    assert set(services.kms_keys.values()) == {"key"}
    assert capture.hand_on(services) == [], "there is nothing new"
    capture.take(terms(), "a", invoked())
    assert due.times == 2


def test_what_has_no_bucket_is_lost_without_harm() -> None:
    services = FakeServices()
    capture = Capture("endpoint", lambda: "id", Due())
    capture.take(terms(DestinationS3Uri="s3://nobody/x"), "a", invoked())
    capture.take(terms(), "a", invoked())
    ((bucket, _, _, _),) = capture.hand_on(services)
    assert bucket == "bucket"


def test_there_is_an_end_to_what_is_kept() -> None:
    capture = Capture("endpoint", lambda: "id", Due())
    large = invoked(b"x" * (33 << 20))
    assert [capture.take(terms(), "a", large) for _ in range(3)] == [True, False, False]
    capture.hand_on(FakeServices())
    assert capture.take(terms(), "a", large)


# An endpoint that captures


def captured(world: FakeWorld) -> list[Any]:
    """The records in S3."""
    return [
        json.loads(line)
        for key, body in sorted(world.services.buckets["bucket"].items())
        if key.startswith("captured/")
        for line in body.splitlines()
    ]


def start(do: Do, **changed: Any) -> None:
    create_model(do, container())
    deploy(do, DataCaptureConfig=CONFIG | changed)


def test_an_endpoint_captures_what_was_answered_well_and_says_so(
    do: Do, plane: Plane, world: FakeWorld
) -> None:
    start(do)
    assert described(do)["DataCaptureConfig"] == {
        "EnableCapture": True,
        "CaptureStatus": "Started",
        "CurrentSamplingPercentage": 100,
        "DestinationS3Uri": "s3://bucket/captured",
        "KmsKeyId": "",
    }
    told = do("DescribeEndpointConfig", EndpointConfigName="endpoint")
    assert told["DataCaptureConfig"] == CONFIG
    headers = {"x-amzn-sagemaker-inference-id": "mine"}
    invoke(plane, b"1", content_type="text/csv", headers=headers)
    invoke(plane, b"bad", content_type="text/csv")
    plane.hand_on_captured()
    (record,) = captured(world)
    assert record["captureData"]["endpointOutput"]["data"] == "A:1"
    assert record["eventMetadata"]["inferenceId"] == "mine"


def test_what_was_captured_is_in_s3_soon_without_anybody_looking(
    do: Do, plane: Plane, world: FakeWorld
) -> None:
    start(do)
    invoke(plane)
    assert plane.settle(10)
    assert len(captured(world)) == 1


def test_a_share_is_captured_by_chance(do: Do, plane: Plane, world: FakeWorld) -> None:
    start(do, InitialSamplingPercentage=20)
    world.chances = [0.1, 0.2, 0.199, 0.9]
    for n in range(4):
        invoke(plane, str(n).encode(), content_type="text/csv")
    plane.hand_on_captured()
    bodies = {each["captureData"]["endpointInput"]["data"] for each in captured(world)}
    assert bodies == {"0", "2"}


def test_nothing_is_captured_at_no_percentage(do: Do, plane: Plane, world: FakeWorld) -> None:
    start(do, InitialSamplingPercentage=0)
    invoke(plane)
    plane.hand_on_captured()
    assert captured(world) == []


@pytest.mark.parametrize(("excluded", "percentage"), [([], 100), (["DataCaptureConfig"], 5)])
def test_an_update_may_retain_the_capture_of_now(
    do: Do, excluded: list[str], percentage: int
) -> None:
    start(do)
    do(
        "CreateEndpointConfig",
        EndpointConfigName="second",
        ProductionVariants=[of()],
        DataCaptureConfig=CONFIG | {"InitialSamplingPercentage": 5},
    )
    do(
        "UpdateEndpoint",
        EndpointName="endpoint",
        EndpointConfigName="second",
        RetainAllVariantProperties=True,
        ExcludeRetainedVariantProperties=[{"VariantPropertyType": each} for each in excluded],
    )
    told = described(do)["DataCaptureConfig"]
    assert told["CurrentSamplingPercentage"] == percentage


def test_a_destination_that_is_not_in_s3_is_refused(do: Do) -> None:
    with pytest.raises(Refused, match="is no S3 URI"):
        start(do, DestinationS3Uri="https://bucket/captured")


def test_captured_objects_can_be_told_again_to_another_plane(
    do: Do, plane: Plane, world: FakeWorld
) -> None:
    start(do)
    invoke(plane)
    plane.hand_on_captured()
    (told,) = (each for each in world.outcomes if each["kind"] == "captured")
    later = FakeWorld()
    again = later.plane()
    again.restore(told)
    assert captured(later) == captured(world)
    del later.services.buckets["bucket"]
    again.restore(told)  # its making could not be repeated
    again.close()
