"""What is leant on in moto's HTTP application: a moto that changes it is found here."""

from __future__ import annotations

import re
import threading
import uuid
from collections.abc import Iterator

import pytest

from labs.cloud import seam
from labs.cloud.wire import Request, Response
from labs.cloud.wsgi import OFFERED, Moto

NOON = 1_700_000_000_000  # 2023-11-14 22:13:20 UTC
FORM = ("content-type", "application/x-www-form-urlencoded")


@pytest.fixture(scope="module")
def moto() -> Moto:
    return Moto(seam.lock)


@pytest.fixture(autouse=True)
def _nothing_is_left() -> Iterator[None]:
    seam.clear()
    yield
    seam.clear()


def ask(
    moto: Moto,
    service: str,
    method: str,
    target: str,
    *headers: tuple[str, str],
    body: bytes = b"",
    region: str = "us-east-1",
) -> Response:
    scope = f"OFFLINE/20261121/{region}/{service}/aws4_request"
    signed = ("authorization", f"AWS4-HMAC-SHA256 Credential={scope}, Signature=0")
    with moto.lock:
        return moto.execute(
            Request(method, target, (("host", "127.0.0.1:4580"), signed, *headers), body)
        )


def furnish(moto: Moto, at: int, seed: int) -> str:
    """Whatever ids and times moto gives away, as one text."""
    said = b""
    for service, method, target, body in (
        ("s3", "PUT", "/bucket", b""),
        ("s3", "PUT", "/bucket?versioning", b"<VersioningConfiguration xmlns='http://s3.amazonaws.com/"
         b"doc/2006-03-01/'><Status>Enabled</Status></VersioningConfiguration>"),
        ("s3", "PUT", "/bucket/key", b"hello"),
        ("s3", "POST", "/bucket/large?uploads", b""),
        ("iam", "POST", "/", b"Action=CreateUser&UserName=u&Version=2010-05-08"),
        ("iam", "POST", "/", b"Action=CreateAccessKey&UserName=u&Version=2010-05-08"),
    ):  # fmt: skip
        with moto.repeatable(at, seed):
            answer = ask(
                moto, service, method, target, *([FORM] if target == "/" else []), body=body
            )
        assert answer.status == 200, answer.body
        said += answer.body + repr(answer.headers).encode()
    for target in ("/", "/bucket", "/bucket?versions"):
        said += ask(moto, "s3", "GET", target).body
    return said.decode()


def test_the_same_calls_give_the_same_ids_and_times(moto: Moto) -> None:
    first = furnish(moto, NOON, 1)
    seam.clear()
    assert furnish(moto, NOON, 1) == first
    seam.clear()
    other = furnish(moto, NOON + 86_400_000, 2)
    assert set(re.findall("<UploadId>.*</UploadId>", first)) != set(
        re.findall("<UploadId>.*</UploadId>", other)
    )
    days = set(re.findall(r"20\d\d-\d\d-\d\d(?=T)", first))
    assert days == {"2023-11-14"}


def test_who_looks_first_changes_no_ids(moto: Moto) -> None:
    first = furnish(moto, NOON, 1)
    seam.clear()
    ask(moto, "iam", "POST", "/", FORM, body=b"Action=ListUsers&Version=2010-05-08")
    ask(moto, "s3", "GET", "/")
    assert furnish(moto, NOON, 1) == first


def test_what_a_region_comes_with_is_always_the_same(moto: Moto) -> None:
    subnets = b"Action=DescribeSubnets&Version=2016-11-15"
    first = ask(moto, "ec2", "POST", "/", FORM, body=subnets).body
    assert b"subnet-" in first
    seam.clear()
    with moto.repeatable(NOON, 7):
        again = ask(moto, "ec2", "POST", "/", FORM, body=subnets).body
    ids = re.compile(rb"subnet-\w+|vpc-\w+")
    assert ids.findall(again) == ids.findall(first)


def test_other_threads_keep_their_dice_and_afterwards_everybody_does(moto: Moto) -> None:
    drawn: list[uuid.UUID] = []
    for _ in range(2):
        with moto.repeatable(NOON, 1):
            other = threading.Thread(target=lambda: drawn.append(uuid.uuid4()))
            other.start()
            other.join()
        drawn.append(uuid.uuid4())
    assert len(set(drawn)) == 4


def test_a_key_keeps_the_spelling_of_its_metadata(moto: Moto) -> None:
    ask(moto, "s3", "PUT", "/bucket")
    ask(moto, "s3", "PUT", "/bucket/key", ("x-amz-meta-my_key", "x"), ("x-amz-meta-other-key", "y"))
    headers = dict(ask(moto, "s3", "HEAD", "/bucket/key").headers)
    assert (headers["x-amz-meta-my_key"], headers["x-amz-meta-other-key"]) == ("x", "y")


@pytest.mark.parametrize("key", ["a%2Fb", "a%20b", "a+b", "%C3%A9", "a//b", "a%25"])
def test_a_key_is_what_was_sent(moto: Moto, key: str) -> None:
    ask(moto, "s3", "PUT", "/bucket")
    ask(moto, "s3", "PUT", f"/bucket/{key}", body=key.encode())
    assert ask(moto, "s3", "GET", f"/bucket/{key}").body == key.encode()


# Refusals


def test_a_service_that_moto_would_invent_is_not_offered(moto: Moto) -> None:
    assert "comprehend" not in OFFERED
    answer = ask(moto, "comprehend", "POST", "/", ("x-amz-target", "Comprehend_1.DetectSentiment"))
    assert (answer.status, b"not offered offline" in answer.body) == (501, True)


@pytest.mark.parametrize(
    ("service", "method", "path", "said"),
    [
        ("comprehend", "POST", "/", "comprehend's POST /"),
        ("bedrock", "POST", "/model/a.b-v1/converse", "bedrock's Converse"),
        ("eks", "GET", "/clusters/mine?x=1", "eks's DescribeCluster"),
        ("no-such-service", "GET", "/things", "no-such-service's GET /things"),
    ],
)
def test_what_is_not_offered_is_named_and_where_to_see_what_is(
    moto: Moto, service: str, method: str, path: str, said: str
) -> None:
    answer = ask(moto, service, method, path)
    text = f"{said} is not offered offline. What is: quizengine cloud coverage"
    assert (answer.status, text in answer.body.decode()) == (501, True), answer.body


def test_a_region_that_is_nowhere_is_named(moto: Moto) -> None:
    target = ("x-amz-target", "Logs_20140328.DescribeLogGroups")
    answer = ask(moto, "logs", "POST", "/", target, body=b"{}", region="mars-east-1")
    assert (answer.status, b"There is no region mars-east-1." in answer.body) == (400, True)


def test_a_call_that_is_not_signed_is_refused_unless_it_is_s3s(moto: Moto) -> None:
    target = ("x-amz-target", "SageMaker.ListModels")
    assert moto.execute(Request("POST", "/", (target,), b"{}")).status == 403
    assert moto.execute(Request("GET", "/", (("host", "localhost"),))).status == 200


def test_no_page_of_html_comes_out(moto: Moto) -> None:
    answer = ask(moto, "sts", "GET", "/no-such-route")
    assert (answer.status, b"not offered offline" in answer.body) == (501, True)
    assert b"<html" not in answer.body


def test_what_breaks_inside_is_answered_and_not_raised(moto: Moto) -> None:
    target = ("x-amz-target", "Logs_20140328.CreateLogGroup")
    answer = ask(moto, "logs", "POST", "/", target, body=b"null")
    assert answer.status == 501
    assert b"Its log has the traceback." in answer.body
