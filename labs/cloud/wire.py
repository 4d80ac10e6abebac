"""What crosses the wire: a request, a response, and what can be told of a request unopened.

The clients speak five protocols. Which one a request speaks decides where its operation is named
and in what form an error can be read by the client that sent it.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Literal
from urllib.parse import parse_qs
from xml.sax.saxutils import escape

Headers = tuple[tuple[str, str], ...]
Protocol = Literal["json", "query", "ec2", "s3", "xml", "cbor", "rest"]

INVOCATION = re.compile(r"/endpoints/([^/?]+)/invocations(?:\?.*)?")
READS = re.compile(
    "(Describe|List|Get|BatchGet|Head|Search|Query|Scan|Filter|Lookup|Simulate|Validate"
    "|Estimate|Check|Preview|Test|Invoke)"
)
_SCOPE = re.compile(r"Credential=[^/]*/\d+/(?P<region>[\w-]+)/(?P<service>[\w.-]+)/aws4_request")
_KEY = re.compile(r"(?:Credential=|AWSAccessKeyId=|^AWS )([^/&:,%\s]+)")
_CBOR_OPERATION = re.compile(r"/service/[^/]+/operation/(\w+)")


@dataclass(frozen=True)
class Request:
    """One HTTP request, its body whole. `target` is path and query as they were sent."""

    method: str
    target: str
    headers: Headers
    body: bytes = b""

    def header(self, name: str) -> str | None:
        """The first header of this name, whatever its case."""
        return next((value for key, value in self.headers if key.lower() == name.lower()), None)


@dataclass(frozen=True)
class Response:
    """One HTTP response, its body whole."""

    status: int
    headers: Headers
    body: bytes


def service(request: Request) -> str | None:
    """The service a request is signed for, such as `sagemaker`; None if it is not signed."""
    found = _scope(request)
    return found["service"] if found else None


def region(request: Request) -> str | None:
    """The region a request is signed for; None if it is not signed."""
    found = _scope(request)
    return found["region"] if found else None


def access_key(request: Request) -> str | None:
    """The access key whose secret a request is signed with; None if it is not signed."""
    found = _KEY.search(request.header("authorization") or request.target)
    return found[1] if found else None


def _scope(request: Request) -> re.Match[str] | None:
    """The scope of the credential, in the header or in the address (a presigned one)."""
    signed = request.header("authorization") or request.target.replace("%2F", "/")
    return _SCOPE.search(signed)


def operation(request: Request) -> str | None:
    """The operation a request names; None for the protocols whose method and path tell it."""
    if target := request.header("x-amz-target"):
        return target.rpartition(".")[2]
    if found := _CBOR_OPERATION.match(request.target):
        return found[1]
    form = request.body.decode("latin-1") if _is_form(request) else ""
    for text in (form, request.target.partition("?")[2]):
        if named := parse_qs(text).get("Action"):
            return named[0]
    return None


def changes(request: Request) -> bool:
    """Whether a request may change what the cloud holds. When in doubt: yes."""
    if INVOCATION.fullmatch(request.target):
        return False
    if request.method in ("PUT", "DELETE", "PATCH"):  # whatever an uploaded body says
        return True
    if (named := operation(request)) is not None:
        return not READS.match(named)
    return request.method not in ("GET", "HEAD", "OPTIONS")


def protocol(request: Request) -> Protocol:
    """Which of AWS's protocols a request speaks, as far as the reading of an error needs it."""
    signed_for = service(request)
    if request.header("smithy-protocol") == "rpc-v2-cbor":
        return "cbor"
    if request.header("x-amz-target"):
        return "json"
    if signed_for in ("s3", "ec2"):
        return "s3" if signed_for == "s3" else "ec2"
    if _is_form(request) or operation(request) is not None:
        return "query"
    return "xml" if signed_for in ("route53", "cloudfront", "s3control") else "rest"


def refusal(request: Request, status: int, code: str, message: str) -> Response:
    """An error that the client which sent the request reads as (code, message)."""
    kind = protocol(request)
    text_code, text = escape(code), escape(message)
    if kind == "cbor":
        body = b"\xa2" + b"".join(map(_cbor_text, ("__type", code, "message", message)))
        headers = [("content-type", "application/cbor"), ("smithy-protocol", "rpc-v2-cbor")]
        return Response(status, tuple(headers), body)
    error = f"<Error><Code>{text_code}</Code><Message>{text}</Message></Error>"
    match kind:
        case "s3":
            return _xml(status, error)
        case "ec2":
            return _xml(status, f"<Response><Errors>{error}</Errors></Response>")
        case "query" | "xml":
            return _xml(status, f"<ErrorResponse>{error}</ErrorResponse>")
    body = json.dumps({"__type": code, "message": message}).encode()
    headers = [("content-type", "application/json"), ("x-amzn-errortype", code)]
    return Response(status, tuple(headers), body)


def _is_form(request: Request) -> bool:
    kind = request.header("content-type") or ""
    return kind.startswith("application/x-www-form-urlencoded")


def _xml(status: int, body: str) -> Response:
    text = f'<?xml version="1.0" encoding="UTF-8"?>\n{body}'
    return Response(status, (("content-type", "text/xml"),), text.encode())


def _cbor_text(text: str) -> bytes:
    """RFC 8949, major type 3: a length of up to 16 bits, and UTF-8."""
    data = text[:10_000].encode()
    return b"\x79" + len(data).to_bytes(2, "big") + data
