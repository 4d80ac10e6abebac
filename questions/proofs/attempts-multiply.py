"""Settled by botocore itself: `total_max_attempts` 4 is one call and three more.

Two layers above with 3 attempts each make 36 of it. The endpoint is a server that always fails.
"""

from contextlib import suppress
from typing import Any

import boto3
from botocore import UNSIGNED
from botocore.config import Config
from botocore.exceptions import ClientError
from botocore.retries.standard import ExponentialBackoff

from labs.proofs import furnished

backoff: Any = ExponentialBackoff
backoff.delay_amount = lambda *_: 0.0  # no pause: it changes no count
four = Config(
    retries={"mode": "standard", "total_max_attempts": 4},
    signature_version=UNSIGNED,  # no keys for nobody
)

with furnished.failing() as (url, calls):
    sdk = boto3.client("sagemaker-runtime", "us-east-1", endpoint_url=url, config=four)
    with suppress(ClientError):
        sdk.invoke_endpoint(EndpointName="game", Body=b"1")
    sdk_alone = len(calls)
    for _gateway in range(3):
        for _service in range(3):
            with suppress(ClientError):
                sdk.invoke_endpoint(EndpointName="game", Body=b"1")
    all_three = len(calls) - sdk_alone
print(f"one request, the SDK alone with 4 attempts: {sdk_alone} calls")
print(f"gateway 3 x service 3 x SDK 4: {all_three} calls")

assert (sdk_alone, all_three) == (4, 36)
