"""What a learner works with: boto3, the AWS CLI, plain HTTP, the SageMaker SDK."""

from __future__ import annotations

import base64
import hashlib
import http.client
import json
import os
import socket
import subprocess
import sys
import urllib.request
import zlib
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from tests.labs.service.conftest import Clients, Python

pytestmark = pytest.mark.slow

Client = Callable[..., Any]
MB = 1 << 20


@pytest.fixture(scope="module")
def bucket(cloud: str) -> str:
    clients = Clients()
    clients(cloud, "s3").create_bucket(Bucket="of-clients")
    clients.close()
    return "of-clients"


@pytest.fixture
def connection(cloud: str) -> Iterator[http.client.HTTPConnection]:
    """HTTP with nobody's help."""
    url = urlsplit(cloud)
    assert url.hostname is not None
    connection = http.client.HTTPConnection(url.hostname, url.port, timeout=30)
    yield connection
    connection.close()


# boto3


@pytest.mark.parametrize("size", [0, 1, 20 * MB])
def test_an_object_comes_back_byte_for_byte(client: Client, bucket: str, size: int) -> None:
    s3, data = client("s3"), os.urandom(min(size, MB)) * max(1, size // MB)
    stored = s3.put_object(Bucket=bucket, Key="a b/c+d%2Fé", Body=data, Metadata={"my_key": "x"})
    assert stored["ETag"] == f'"{hashlib.md5(data).hexdigest()}"'
    found = s3.get_object(Bucket=bucket, Key="a b/c+d%2Fé")
    assert found["Body"].read() == data
    assert found["Metadata"] == {"my_key": "x"}
    assert s3.head_object(Bucket=bucket, Key="a b/c+d%2Fé")["ContentLength"] == len(data)


def test_a_large_file_goes_up_in_parts(client: Client, bucket: str, tmp_path: Path) -> None:
    file = tmp_path / "large"
    file.write_bytes(os.urandom(MB) * 17)
    client("s3").upload_file(str(file), bucket, "large")
    client("s3").download_file(bucket, "large", str(tmp_path / "back"))
    assert (tmp_path / "back").read_bytes() == file.read_bytes()


@pytest.mark.parametrize("algorithm", ["CRC32", "SHA1", "SHA256"])
def test_a_checksum_at_the_end_of_an_upload_is_taken(
    client: Client, bucket: str, algorithm: str
) -> None:
    s3 = client("s3")
    stored = s3.put_object(Bucket=bucket, Key="sum", Body=b"x" * MB, ChecksumAlgorithm=algorithm)
    assert stored[f"Checksum{algorithm}"]
    assert s3.get_object(Bucket=bucket, Key="sum")["Body"].read() == b"x" * MB


SCOPE = "OFFLINE/20261121/us-east-1/s3/aws4_request"
SIGNED = {"Authorization": f"AWS4-HMAC-SHA256 Credential={SCOPE}, Signature=0"}


def test_an_upload_in_signed_chunks_with_its_sum_behind_is_taken_apart(
    connection: http.client.HTTPConnection, client: Client, bucket: str
) -> None:
    text = b"hello, cloud"
    total = base64.b64encode(zlib.crc32(text).to_bytes(4, "big")).decode()
    body = b"7\r\n%s\r\n5\r\n%s\r\n0\r\n" % (text[:7], text[7:])
    body += f"x-amz-checksum-crc32:{total}\r\n\r\n".encode()
    headers = {
        "Content-Encoding": "aws-chunked",
        "X-Amz-Content-Sha256": "STREAMING-UNSIGNED-PAYLOAD-TRAILER",
        "X-Amz-Decoded-Content-Length": str(len(text)),
        "X-Amz-Trailer": "x-amz-checksum-crc32",
        "X-Amz-Sdk-Checksum-Algorithm": "CRC32",
    }
    connection.request("PUT", f"/{bucket}/pieces", body, SIGNED | headers)
    assert connection.getresponse().status == 200
    found = client("s3").get_object(Bucket=bucket, Key="pieces", ChecksumMode="ENABLED")
    assert found["Body"].read() == text
    assert found["ChecksumCRC32"] == total


def test_a_bucket_is_reached_by_its_own_name_under_localhost(
    connection: http.client.HTTPConnection, bucket: str
) -> None:
    by_name, by_path = {"Host": f"{bucket}.localhost:1"}, {"Host": "localhost:1"}
    connection.request("PUT", "/by-name", b"hello", SIGNED | by_name)
    assert connection.getresponse().read() == b""
    connection.request("GET", f"/{bucket}/by-name", headers=SIGNED | by_path)
    assert connection.getresponse().read() == b"hello"


def test_a_presigned_address_opens_without_a_client(client: Client, bucket: str) -> None:
    s3 = client("s3", config=Config(signature_version="s3v4"))
    s3.put_object(Bucket=bucket, Key="signed", Body=b"hello")
    url = s3.generate_presigned_url("get_object", Params={"Bucket": bucket, "Key": "signed"})
    with urllib.request.urlopen(url, timeout=30) as answer:
        assert answer.read() == b"hello"


def test_an_upload_of_unknown_length_arrives(
    connection: http.client.HTTPConnection, client: Client, bucket: str
) -> None:
    parts = (b"part" for _ in range(1000))
    connection.request("PUT", f"/{bucket}/chunked", parts, encode_chunked=True)
    assert connection.getresponse().read() == b""
    assert client("s3").head_object(Bucket=bucket, Key="chunked")["ContentLength"] == 4000


def test_an_upload_that_waits_for_permission_gets_it(cloud: str, bucket: str) -> None:
    url = urlsplit(cloud)
    with socket.create_connection((url.hostname, url.port or 0), timeout=30) as plain:
        plain.sendall(
            f"PUT /{bucket}/waits HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\n"
            "Expect: 100-continue\r\n\r\n".encode()
        )
        assert plain.recv(1000).startswith(b"HTTP/1.1 100 ")
        plain.sendall(b"hello")
        assert plain.recv(1000).startswith(b"HTTP/1.1 200 ")


def test_a_connection_is_kept_for_the_next_call(
    connection: http.client.HTTPConnection, bucket: str
) -> None:
    for _ in range(3):
        connection.request("HEAD", f"/{bucket}")
        answer = connection.getresponse()
        assert (answer.status, answer.read()) == (200, b"")
        assert connection.sock is not None


@pytest.mark.parametrize(
    ("service", "operation", "arguments"),
    [
        ("braket", "search_devices", {"filters": []}),  # a service that nobody here knows
        ("comprehend", "detect_sentiment", {"Text": "x", "LanguageCode": "en"}),  # moto invents
        ("bedrock-runtime", "invoke_model", {"modelId": "x", "body": b"{}"}),
        ("route53", "list_traffic_policies", {}),
        ("ec2", "describe_ipams", {}),  # operations that moto lacks, in each protocol
        ("iam", "get_context_keys_for_custom_policy", {"PolicyInputList": ["x"]}),
        ("cloudwatch", "put_anomaly_detector", {"Namespace": "x", "MetricName": "m"}),
        ("sagemaker", "list_monitoring_alerts", {"MonitoringScheduleName": "x"}),
    ],
)
def test_what_is_not_offered_is_said_at_once_and_in_words(
    client: Client, service: str, operation: str, arguments: dict[str, Any]
) -> None:
    calls: list[object] = []
    made = client(service)
    made.meta.events.register("before-send", lambda **_: calls.append(1))
    with pytest.raises(ClientError) as refused:
        getattr(made, operation)(**arguments)
    assert "not offered offline" in refused.value.response["Error"]["Message"]
    assert len(calls) == 1  # no client tries again


def test_other_regions_are_other_places(cloud: str, client: Client) -> None:
    here, there = client("logs"), client("logs", region_name="eu-west-1")
    there.create_log_group(logGroupName="/there")
    names = [group["logGroupName"] for group in here.describe_log_groups()["logGroups"]]
    assert "/there" not in names


def test_many_at_once_are_all_answered(client: Client, bucket: str) -> None:
    from concurrent.futures import ThreadPoolExecutor

    s3 = client("s3", config=Config(max_pool_connections=8))

    def put(n: int) -> None:
        s3.put_object(Bucket=bucket, Key=f"many/{n}", Body=str(n).encode())

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(put, range(100)))
    assert s3.list_objects_v2(Bucket=bucket, Prefix="many/")["KeyCount"] == 100


# The AWS CLI


def aws(learners: Mapping[str, str], *words: str) -> str:
    done = subprocess.run(
        [str(Path(sys.executable).parent / "aws"), *words],
        env=dict(learners),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_aws_cli_reaches_the_cloud(
    learners: Mapping[str, str], tmp_path: Path, bucket: str
) -> None:
    (tmp_path / "file").write_bytes(os.urandom(9 * MB))
    aws(learners, "s3", "cp", "--quiet", str(tmp_path / "file"), f"s3://{bucket}/cli/file")
    assert "file" in aws(learners, "s3", "ls", f"s3://{bucket}/cli/")
    who = json.loads(aws(learners, "sts", "get-caller-identity"))
    assert who["Account"] == "123456789012"
    assert json.loads(aws(learners, "sagemaker", "list-models"))["Models"] is not None


def test_boto3_sends_virtual_hosts_nowhere_but_here(python: Python, bucket: str) -> None:
    said = python(
        "import boto3\nfrom botocore.config import Config\n"
        "for style in ('virtual', 'path', 'auto'):\n"
        "    s3 = boto3.client('s3', config=Config(s3={'addressing_style': style}))\n"
        f"    s3.put_object(Bucket={bucket!r}, Key=style, Body=b'')\n"
        f"    print(s3.head_object(Bucket={bucket!r}, Key=style)['ContentLength'])"
    )
    assert said == "0\n0\n0\n"


# No other way


def test_real_credentials_and_profiles_are_nowhere_to_be_found(
    python: Python, tmp_path: Path
) -> None:
    said = python(
        "import boto3\n"
        "session = boto3.Session()\n"
        "print(session.get_credentials().access_key, session.available_profiles)\n"
        "print(boto3.client('sts').get_caller_identity()['Account'])"
    )
    assert said == "OFFLINE []\n123456789012\n"
