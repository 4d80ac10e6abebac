"""Who may do what over HTTP: the account's own keys, a user's, a role's session."""

from __future__ import annotations

import html
import json
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from labs.cloud import service
from labs.cloud.asked import Asked, asked
from labs.cloud.authorization import is_of_root
from labs.cloud.wire import Request, access_key
from tests.labs.service.conftest import Clients

pytestmark = pytest.mark.slow

ACCOUNT = "123456789012"
OWN = "arn:aws:s3:::staff/own/*"
MINE = f"arn:aws:sagemaker:us-east-1:{ACCOUNT}:endpoint/mine-*"
MAY: list[dict[str, Any]] = [
    {"Effect": "Allow", "Action": ["s3:GetObject", "s3:PutObject"], "Resource": OWN},
    {"Effect": "Allow", "Action": "sagemaker:InvokeEndpoint*", "Resource": MINE},
    {"Effect": "Allow", "Action": "sts:AssumeRole", "Resource": "*"},
]
SECRET = (
    f"User: arn:aws:iam::{ACCOUNT}:user/ann is not authorized to perform: s3:GetObject on "
    'resource: "arn:aws:s3:::staff/secret" because no identity-based policy allows the '
    "s3:GetObject action"
)
ANN = f"arn:aws:iam::{ACCOUNT}:user/ann"

OBJECT = {"Bucket": "b", "Key": "k l"}
COPY = Asked("s3", "CopyObject", OBJECT | {"CopySource": "a/c d"})

Client = Callable[..., Any]


def document(*statements: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": statements})


def trust(principal: dict[str, str]) -> str:
    return document({"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"})


def hire(owner: Client) -> dict[str, str]:
    """A bucket, and a user who may do some things; her keys."""
    owner("s3").create_bucket(Bucket="staff")
    owner("s3").put_object(Bucket="staff", Key="secret", Body=b"1")
    iam = owner("iam")
    iam.create_user(UserName="ann")
    iam.put_user_policy(UserName="ann", PolicyName="may", PolicyDocument=document(*MAY))
    key = iam.create_access_key(UserName="ann")["AccessKey"]
    return {
        "aws_access_key_id": key["AccessKeyId"],
        "aws_secret_access_key": key["SecretAccessKey"],
    }


@dataclass(frozen=True)
class Staff:
    owner: Client
    ann: Client
    url: str
    key: str  # hers


@pytest.fixture(scope="module")
def staff(cloud: str) -> Iterator[Staff]:
    clients = Clients()

    def owner(name: str, **more: Any) -> Any:
        return clients(cloud, name, **more)

    keys = hire(owner)

    def ann(name: str, **more: Any) -> Any:
        return clients(cloud, name, **{**keys, **more})

    yield Staff(owner, ann, cloud, keys["aws_access_key_id"])
    clients.close()


def refused(call: Callable[..., Any], **request: Any) -> tuple[int, str, str]:
    with pytest.raises(ClientError) as error:
        call(**request)
    answer = error.value.response
    told = answer["Error"]
    status = answer["ResponseMetadata"]["HTTPStatusCode"]
    return status, told["Code"], told.get("Message", "")


def test_the_accounts_own_keys_do_everything(staff: Staff) -> None:
    assert staff.owner("s3").get_object(Bucket="staff", Key="secret")["Body"].read() == b"1"
    assert staff.owner("sts").get_caller_identity()["Account"] == ACCOUNT


def test_a_user_is_who_she_is_and_does_what_she_may(staff: Staff) -> None:
    assert staff.ann("sts").get_caller_identity()["Arn"] == ANN
    s3 = staff.ann("s3")
    s3.put_object(Bucket="staff", Key="own/a", Body=b"mine")
    assert s3.get_object(Bucket="staff", Key="own/a")["Body"].read() == b"mine"


def test_s3_refuses_what_she_may_not_in_its_own_words(staff: Staff) -> None:
    s3 = staff.ann("s3")
    assert refused(s3.get_object, Bucket="staff", Key="secret") == (403, "AccessDenied", SECRET)
    assert refused(s3.head_object, Bucket="staff", Key="secret") == (403, "403", "Forbidden")


def test_with_the_bucket_in_the_hosts_name_it_is_the_same(staff: Staff) -> None:
    scope = f"{staff.key}/20261121/us-east-1/s3/aws4_request"
    signed = f"AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host, Signature=0"
    connection = HTTPConnection(urlsplit(staff.url).netloc, timeout=20)
    headers = {"Host": "staff.localhost", "Authorization": signed}
    connection.request("GET", "/secret", headers=headers)
    answer = connection.getresponse()
    assert answer.status == 403
    assert SECRET in html.unescape(answer.read().decode())
    connection.close()


def test_what_she_signs_for_somebody_else_opens_no_more_than_she_may(staff: Staff) -> None:
    staff.ann("s3").put_object(Bucket="staff", Key="own/a", Body=b"mine")
    for version in ("s3v4", "s3"):
        s3 = staff.ann("s3", config=Config(signature_version=version))
        own, other = (
            s3.generate_presigned_url("get_object", Params={"Bucket": "staff", "Key": key})
            for key in ("own/a", "secret")
        )
        with urllib.request.urlopen(own) as answer:
            assert answer.read() == b"mine"
        with pytest.raises(urllib.error.HTTPError) as error:
            urllib.request.urlopen(other)
        with error.value as answer:
            assert answer.code == 403
            assert b"s3:GetObject" in answer.read()


def test_to_ask_an_endpoint_takes_a_permission_as_well(staff: Staff) -> None:
    runtime = staff.ann("sagemaker-runtime")
    status, code, message = refused(runtime.invoke_endpoint, EndpointName="theirs", Body=b"1")
    assert (status, code) == (403, "AccessDeniedException")
    endpoint = f"arn:aws:sagemaker:us-east-1:{ACCOUNT}:endpoint/theirs"
    assert f"sagemaker:InvokeEndpoint on resource: {endpoint} because no" in message
    _, code, message = refused(runtime.invoke_endpoint, EndpointName="mine-1", Body=b"1")
    assert code == "ValidationError"
    assert "Endpoint mine-1 of account" in message
    later = {"InputLocation": "s3://staff/own/a"}
    _, code, _ = refused(runtime.invoke_endpoint_async, EndpointName="theirs", **later)
    assert code == "AccessDeniedException"


def test_a_call_of_which_nobody_knows_what_it_needs_is_refused_and_says_so(staff: Staff) -> None:
    status, code, message = refused(staff.ann("sqs").create_queue, QueueName="q")
    assert (status, code) == (400, "AccessDeniedException")
    assert "sqs:CreateQueue, because the offline cloud does not know what it needs" in message
    assert "QueueUrls" not in staff.owner("sqs").list_queues()


def test_each_service_has_its_own_word_for_it(staff: Staff) -> None:
    iam = refused(staff.ann("iam").get_role, RoleName="x")
    ec2 = refused(staff.ann("ec2").create_internet_gateway)
    logs = refused(staff.ann("logs").describe_log_groups)
    cloudwatch = refused(staff.ann("cloudwatch").describe_alarms)
    assert [each[:2] for each in (iam, ec2, logs, cloudwatch)] == [
        (403, "AccessDenied"),
        (403, "UnauthorizedOperation"),
        (400, "AccessDeniedException"),
        (400, "AccessDenied"),
    ]
    assert ec2[2].startswith("You are not authorized to perform this operation. User: ")


def test_a_role_is_taken_on_by_whom_it_trusts_and_then_holds_its_policies(staff: Staff) -> None:
    iam = staff.owner("iam")
    for name, principal in (("open", {"AWS": ANN}), ("shut", {"Service": "lambda.amazonaws.com"})):
        iam.create_role(RoleName=name, AssumeRolePolicyDocument=trust(principal))
    assume = staff.ann("sts").assume_role
    _, code, message = refused(
        assume, RoleArn=f"arn:aws:iam::{ACCOUNT}:role/shut", RoleSessionName="ann"
    )
    assert code == "AccessDenied"
    assert message.endswith(f"sts:AssumeRole on resource: arn:aws:iam::{ACCOUNT}:role/shut")
    keys = assume(RoleArn=f"arn:aws:iam::{ACCOUNT}:role/open", RoleSessionName="ann")
    told = keys["Credentials"]
    session = staff.ann(
        "s3",
        aws_access_key_id=told["AccessKeyId"],
        aws_secret_access_key=told["SecretAccessKey"],
        aws_session_token=told["SessionToken"],
    )
    _, _, message = refused(session.get_object, Bucket="staff", Key="own/a")
    assert message.startswith(f"User: arn:aws:sts::{ACCOUNT}:assumed-role/open/ann is not")
    iam.put_role_policy(RoleName="open", PolicyName="p", PolicyDocument=document(*MAY))
    session.put_object(Bucket="staff", Key="own/b", Body=b"2")
    assert session.get_object(Bucket="staff", Key="own/b")["Body"].read() == b"2"


def test_a_buckets_policy_denies_a_user_too(staff: Staff) -> None:
    staff.ann("s3").put_object(Bucket="staff", Key="own/a", Body=b"mine")
    deny = {"Effect": "Deny", "Principal": {"AWS": ANN}, "Action": "s3:Get*", "Resource": OWN}
    s3 = staff.owner("s3")
    s3.put_bucket_policy(Bucket="staff", Policy=document(deny))
    _, _, message = refused(staff.ann("s3").get_object, Bucket="staff", Key="own/a")
    assert message.endswith("with an explicit deny in a resource-based policy")
    s3.delete_bucket_policy(Bucket="staff")


def test_after_a_stop_she_is_held_to_the_same_and_what_she_did_is_there(tmp_path: Path) -> None:
    clients, folder = Clients(), tmp_path / "cloud"
    try:
        first = service.start(folder, port=0).running.url
        keys = hire(lambda name, **more: clients(first, name, **more))
        clients(first, "s3", **keys).put_object(Bucket="staff", Key="own/a", Body=b"mine")
        service.stop(folder)
        started = service.start(folder, port=0)
        assert started.notes == ()
        s3 = clients(started.running.url, "s3", **keys)
        assert s3.get_object(Bucket="staff", Key="own/a")["Body"].read() == b"mine"
        assert refused(s3.get_object, Bucket="staff", Key="secret")[1] == "AccessDenied"
    finally:
        clients.close()
        service.stop(folder)


@pytest.mark.parametrize(
    ("method", "target", "headers", "body", "wanted"),
    [
        ("GET", "/b/k%20l?x-id=GetObject", (), b"", Asked("s3", "GetObject", OBJECT)),
        ("PUT", "/b/k%20l", (("x-amz-copy-source", "a/c%20d"),), b"", COPY),
        (
            "POST",
            "/endpoints/e/invocations",  # and no header makes it anything else
            (("x-amz-target", "SageMaker.ListModels"), ("content-type", "text/csv")),
            b"1",
            Asked("sagemaker-runtime", "InvokeEndpoint", {"EndpointName": "e"}),
        ),
        (
            "POST",
            "/",
            (("x-amz-target", "SageMaker.DescribeModel"),),
            b'{"ModelName": "m"}',
            Asked("sagemaker", "DescribeModel", {"ModelName": "m"}),
        ),
        (
            "POST",
            "/",
            (("content-type", "application/x-www-form-urlencoded"),),
            b"Action=GetRole&Version=2010-05-08&RoleName=r",
            Asked("iam", "GetRole", {"RoleName": "r"}),
        ),
        (
            "POST",
            "/",
            (("x-amz-target", "SageMaker.DescribeModel"),),
            b"{",
            Asked("sagemaker", "DescribeModel", {}),
        ),
        ("POST", "/nowhere/at/all", (), b"", Asked("sagemaker", "", {})),
    ],
)
def test_what_is_asked_for_is_read_as_moto_reads_it(
    method: str, target: str, headers: tuple[tuple[str, str], ...], body: bytes, wanted: Asked
) -> None:
    signed_for = wanted.service.removesuffix("-runtime")
    scope = f"Credential=AKIA/20261121/us-east-1/{signed_for}/aws4_request"
    request = Request(method, target, (("authorization", scope), *headers), body)
    found = asked(request)
    assert (found.service, found.operation) == (wanted.service, wanted.operation)
    assert {key: found.request[key] for key in wanted.request} == wanted.request


@pytest.mark.parametrize(
    ("headers", "target", "key"),
    [
        ((), "/b/k", None),
        ((("Authorization", "AWS4-HMAC-SHA256 Credential=AKIA1/20261121/x"),), "/", "AKIA1"),
        ((("authorization", "AWS AKIA2:sig"),), "/", "AKIA2"),
        ((), "/b/k?X-Amz-Credential=AKIA3%2F20261121%2Fus-east-1&X-Amz-Date=x", "AKIA3"),
        ((), "/b/k?AWSAccessKeyId=AKIA4&Signature=x", "AKIA4"),
    ],
)
def test_whose_key_it_is_stands_in_the_header_or_in_the_address(
    headers: tuple[tuple[str, str], ...], target: str, key: str | None
) -> None:
    assert access_key(Request("GET", target, headers)) == key


def test_the_clouds_own_key_is_told_from_one_that_begins_like_it() -> None:
    assert is_of_root("AWS4-HMAC-SHA256 Credential=OFFLINE/20261121/x")
    assert not is_of_root("AWS4-HMAC-SHA256 Credential=OFFLINE2/20261121/x")
    assert not is_of_root("")
