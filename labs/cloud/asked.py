"""What a request asks for, as boto3 would put it: service, operation, parameters.

moto's own routes and parsers read it, so that what is checked is what moto does.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

from labs.cloud.wire import Request, operation, service

# Services whose requests are signed for another name than boto3's.
_NAMES = {
    "monitoring": "cloudwatch",
    "servicequotas": "service-quotas",
    "tagging": "resourcegroupstaggingapi",
}


@dataclass(frozen=True)
class Asked:
    """`operation` is empty where none was found."""

    service: str
    operation: str
    request: Mapping[str, Any]


def asked(request: Request) -> Asked:
    """What a signed request asks for. Raises nothing: what cannot be read asks for less."""
    name = named(request)
    try:
        found, parameters = _parsed(name, request)
    except Exception:  # whatever its parser stumbled over: the call is then known by its name alone
        return Asked(name, operation(request) or "", {})
    return Asked(name, found, parameters)


def named(request: Request) -> str:
    """boto3's name of the service."""
    signed_for = service(request) or "s3"
    if signed_for == "sagemaker" and request.target.startswith("/endpoints/"):
        return "sagemaker-runtime"  # the two sign alike, and whatever a header says
    return _NAMES.get(signed_for, signed_for)


def _parsed(name: str, request: Request) -> tuple[str, Mapping[str, Any]]:
    from moto.core.parse import PROTOCOL_PARSERS
    from moto.core.request import Request as MotoRequest
    from moto.core.request import determine_request_protocol
    from moto.core.routing import get_service_router
    from moto.core.utils import get_service_model

    headers: dict[str, str] = {}
    for key, value in request.headers:
        headers.setdefault(key, value)
    url = f"http://{request.header('host') or 'localhost'}{request.target}"
    whole = MotoRequest.from_primitives(request.method, url, headers, request.body)
    found, in_path = get_service_router(name).match(whole)
    protocol = determine_request_protocol(get_service_model(name), whole.content_type)
    parameters = PROTOCOL_PARSERS[protocol](found).parse(
        {
            "method": whole.method,
            "values": whole.values,
            "headers": whole.headers,
            "body": request.body,
            "url_path": whole.path,
            "url_params": in_path,
        }
    )
    told = {key: value for key, value in parameters.items() if value is not None}
    if "CopySource" in told:  # a path of its own, quoted once more
        told["CopySource"] = unquote(told["CopySource"].partition("?")[0]).lstrip("/")
    return found.name, told
