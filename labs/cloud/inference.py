"""One asynchronous inference: what was asked, and what becomes of it in S3 and SNS.

Source: the API model of sagemaker-runtime, and Amazon SageMaker's documentation, "Asynchronous
inference" (both 2026-11).
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from labs.cloud.inputs import Location
from labs.cloud.refusals import Refused

LARGEST_INPUT = 1 << 30  # bytes, in S3
LARGEST_INLINE = 128_000  # bytes, in the request itself
LARGEST_NOTIFIED = 128 << 10  # bytes of an answer that a notification may include
_HEADER = "x-amzn-sagemaker-"
_FILENAME = re.compile(r"(?!.*\..*\.)[a-zA-Z0-9][a-zA-Z0-9._-]{0,31}")  # at most one dot
_EXTENSION = re.compile(r"[a-zA-Z0-9!_.*'()/-]{1,512}")
_ID = re.compile(r"[!-~][ -~]{0,63}")
_TTL_S, _TIMEOUT_S = (60, 21_600), (1, 3_600)  # the least, and the most that is the default, too
_TIMEOUT_DEFAULT_S = 900


def _invalid(message: str) -> Refused:
    return Refused("ValidationError", message)


@dataclass(frozen=True)
class Inference:
    """`input` is None if the request brought its body. Times are aware."""

    id: str
    endpoint: str
    received: datetime
    input: Location | None
    body: bytes
    content_type: str | None
    accept: str | None
    ttl_s: int
    timeout_s: int
    output: Location
    failure: Location | None

    @classmethod
    def of(
        cls,
        endpoint: str,
        config: Mapping[str, Any],
        headers: Mapping[str, str],
        body: bytes,
        *,
        now: datetime,
        ids: tuple[str, str],
    ) -> Inference:
        """An InvokeEndpointAsync. `config` is the endpoint's AsyncInferenceConfig; `headers` are
        in lower case; `ids` are new ones: the inference's, unless it has one, and the output's.
        Raises Refused."""
        given = headers.get(f"{_HEADER}inputlocation")
        if (given is None) == (not body):
            raise _invalid("Provide exactly one of InputLocation and Body.")
        if len(body) > LARGEST_INLINE:
            raise _invalid(
                f"The Body has {len(body)} bytes, and at most {LARGEST_INLINE} are allowed. Put a "
                "larger one into S3, and name it as InputLocation."
            )
        source = None if given is None else Location.of(given)
        if given is not None and source is None:
            raise _invalid(f"InputLocation {given} is no S3 URI: write s3://bucket/key.")
        output = config["OutputConfig"]
        target = Location.at(output["S3OutputPath"])
        if extension := _matching(headers, "s3outputpathextension", _EXTENSION, "").strip("/"):
            target = target / extension
        failures = output.get("S3FailurePath")
        return cls(
            _matching(headers, "inference-id", _ID, ids[0]),
            endpoint,
            now,
            source,
            body,
            headers.get(f"{_HEADER}content-type"),
            headers.get(f"{_HEADER}accept"),
            _seconds(headers, "requestttlseconds", _TTL_S, _TTL_S[1]),
            _seconds(headers, "invocationtimeoutseconds", _TIMEOUT_S, _TIMEOUT_DEFAULT_S),
            target / _matching(headers, "filename", _FILENAME, f"{ids[1]}.out"),
            Location.at(failures) / f"{ids[1]}-error.out" if failures else None,
        )

    def accepted(self) -> tuple[int, tuple[tuple[str, str], ...], bytes]:
        """The answer to InvokeEndpointAsync: status, headers, body."""
        headers = [("content-type", "application/json")]
        headers.append(("x-amzn-sagemaker-outputlocation", str(self.output)))
        if self.failure is not None:
            headers.append(("x-amzn-sagemaker-failurelocation", str(self.failure)))
        return 202, tuple(headers), json.dumps({"InferenceId": self.id}).encode()


@dataclass(frozen=True)
class Result:
    """How an inference ended: with an answer, or for a `reason`, or both."""

    ended: datetime
    content_type: str = ""
    body: bytes | None = None
    reason: str | None = None

    def message(self, asked: Inference, region: str, *, with_body: bool) -> str:
        """The notification that SageMaker publishes; `with_body` is whether it was asked for."""
        requested = {
            "accept": asked.accept,
            "contentType": asked.content_type,
            "endpointName": asked.endpoint,
            "inputLocation": None if asked.input is None else str(asked.input),
        }
        told: dict[str, Any] = {
            "awsRegion": region,
            "eventTime": _stamp(self.ended),
            "receivedTime": _stamp(asked.received),
            "invocationStatus": "Completed" if self.reason is None else "Failed",
        }
        if self.reason is not None:
            told["failureReason"] = self.reason
        told["requestParameters"] = {key: each for key, each in requested.items() if each}
        where = asked.output if self.reason is None else asked.failure
        if where is not None and self.body is not None:
            told["responseParameters"] = {
                "contentType": self.content_type,
                "outputLocation": str(where),
            }
        if with_body and self.body is not None and len(self.body) <= LARGEST_NOTIFIED:
            told["responseBody"] = {
                "content": base64.b64encode(self.body).decode(),
                "encoding": "BASE64",
            }
        more = {"eventVersion": "1.0", "eventSource": "aws:sagemaker"}
        told |= {"inferenceId": asked.id, **more, "eventName": "InferenceResult"}
        return json.dumps(told)


def _matching(headers: Mapping[str, str], name: str, pattern: re.Pattern[str], default: str) -> str:
    text = headers.get(f"{_HEADER}{name}")
    if text is None:
        return default
    if not pattern.fullmatch(text):
        raise _invalid(f"{name} is {text}. It must match {pattern.pattern}.")
    return text


def _seconds(headers: Mapping[str, str], name: str, limits: tuple[int, int], default: int) -> int:
    text = headers.get(f"{_HEADER}{name}")
    if text is None:
        return default
    least, most = limits
    if not (text.isascii() and text.isdigit() and least <= int(text) <= most):
        raise _invalid(f"{name} is {text}. It must be a number from {least} to {most}.")
    return int(text)


def _stamp(at: datetime) -> str:
    return f"{at:%Y-%m-%dT%H:%M:%S}.{at.microsecond // 1000:03d}Z"
