"""What can be told of a request without asking moto."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.model import ServiceModel
from botocore.parsers import create_parser
from botocore.session import Session
from hypothesis import given
from hypothesis import strategies as st

from labs.cloud.wire import Request, changes, operation, protocol, refusal, region, service

FORM = ("content-type", "application/x-www-form-urlencoded; charset=utf-8")


def signed(service: str, region: str = "eu-west-1") -> tuple[str, str]:
    scope = f"OFFLINE/20261121/{region}/{service}/aws4_request"
    return ("authorization", f"AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host")


def ask(
    service: str,
    *headers: tuple[str, str],
    method: str = "POST",
    target: str = "/",
    body: bytes = b"",
) -> Request:
    return Request(method, target, (signed(service), *headers), body)


def test_a_header_is_found_whatever_its_case() -> None:
    request = Request("GET", "/", (("Content-Type", "text/csv"),))
    assert request.header("content-type") == "text/csv"
    assert request.header("accept") is None


def test_service_and_region_stand_in_the_signature() -> None:
    assert service(ask("sagemaker")) == "sagemaker"
    assert region(ask("sagemaker")) == "eu-west-1"
    assert service(Request("GET", "/", ())) is None


def test_a_presigned_address_is_signed_too() -> None:
    target = (
        "/b/k?X-Amz-Algorithm=A&X-Amz-Credential=OFFLINE%2F20261121%2Feu-west-1%2Fs3%2Faws4_request"
    )
    assert service(Request("GET", target, ())) == "s3"


@pytest.mark.parametrize(
    ("request_", "named", "changing"),
    [
        (
            ask("sagemaker", ("x-amz-target", "SageMaker.CreateTrainingJob")),
            "CreateTrainingJob",
            True,
        ),
        (ask("sagemaker", ("x-amz-target", "SageMaker.DescribeModel")), "DescribeModel", False),
        (ask("iam", FORM, body=b"Action=CreateRole&RoleName=r"), "CreateRole", True),
        (ask("iam", FORM, body=b"Action=ListRoles"), "ListRoles", False),
        (ask("iam", method="GET", target="/?Action=DeleteRole&RoleName=r"), "DeleteRole", True),
        (
            ask(
                "monitoring",
                target="/service/GraniteServiceVersion20100801/operation/PutMetricData",
            ),
            "PutMetricData",
            True,
        ),
        (ask("s3", method="GET", target="/bucket/key"), None, False),
        (ask("s3", method="HEAD", target="/bucket/key"), None, False),
        (ask("s3", method="PUT", target="/bucket/key"), None, True),
        (ask("s3", method="DELETE", target="/bucket/key"), None, True),
        (ask("s3", target="/bucket?delete"), None, True),
        (ask("sagemaker", target="/endpoints/e/invocations", body=b"1,2"), None, False),
    ],
)
def test_a_call_that_may_change_the_cloud_is_told_from_one_that_reads(
    request_: Request, named: str | None, changing: bool
) -> None:
    assert operation(request_) == named
    assert changes(request_) is changing


def test_an_upload_changes_the_cloud_whatever_stands_in_it() -> None:
    assert changes(ask("s3", FORM, method="PUT", target="/b/k", body=b"Action=ListRoles"))


PARSED = [
    ("sagemaker", "ListModels", "json", [("x-amz-target", "SageMaker.ListModels")], b"{}"),
    ("iam", "ListRoles", "query", [FORM], b"Action=ListRoles"),
    ("ec2", "DescribeVpcs", "ec2", [FORM], b"Action=DescribeVpcs"),
    ("s3", "ListBuckets", "s3", [], b""),
    ("route53", "ListHostedZones", "xml", [], b""),
    ("cloudwatch", "ListMetrics", "cbor", [("smithy-protocol", "rpc-v2-cbor")], b""),
    ("lambda", "ListFunctions", "rest", [], b""),
]
PARSERS = {
    "json": "json", "query": "query", "ec2": "ec2", "s3": "rest-xml", "xml": "rest-xml",
    "cbor": "smithy-rpc-v2-cbor", "rest": "rest-json",
}  # fmt: skip


@pytest.fixture(scope="module")
def models() -> Any:
    loader = Session().get_component("data_loader")
    return {name: ServiceModel(loader.load_service_model(name, "service-2")) for name, *_ in PARSED}


@pytest.mark.parametrize(("name", "called", "kind", "headers", "body"), PARSED)
def test_a_refusal_is_read_by_the_client_in_its_own_protocol(
    models: dict[str, ServiceModel],
    name: str,
    called: str,
    kind: str,
    headers: list[tuple[str, str]],
    body: bytes,
) -> None:
    request = ask(name, *headers, body=body)
    assert protocol(request) == kind
    sentence = "<not> offered & 'never' was"
    answer = refusal(request, 501, "NotOffered", sentence)
    shape = models[name].operation_model(called).output_shape
    assert shape is not None
    parsed = create_parser(PARSERS[kind]).parse(
        {"status_code": 501, "headers": dict(answer.headers), "body": answer.body},
        shape,
    )
    assert parsed["Error"]["Code"] == "NotOffered"
    assert parsed["Error"]["Message"] == sentence


texts = st.text(max_size=40)


@given(
    method=st.sampled_from(["GET", "POST", "PUT", "HEAD"]),
    target=texts.map(lambda text: "/" + text),
    headers=st.lists(
        st.tuples(
            st.sampled_from(["authorization", "x-amz-target", "content-type", "smithy-protocol"]),
            st.one_of(texts, st.just("application/x-www-form-urlencoded"), st.just("rpc-v2-cbor")),
        )
    ),
    body=st.binary(max_size=40),
)
def test_no_request_is_too_odd_to_be_judged(
    method: str, target: str, headers: list[tuple[str, str]], body: bytes
) -> None:
    request = Request(method, target, tuple(headers), body)
    assert changes(request) in (True, False)
    assert refusal(request, 400, "Code", "message").status == 400
