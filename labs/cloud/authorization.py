"""IAM at the cloud's door: whether whoever signed a request may make it.

The cloud's own keys, and any that IAM does not know, are the account's root: they may do
everything. Users, and sessions of roles, may do what their policies allow, as they are just then.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from labs import need
from labs.cloud import ACCOUNT, asked, principals
from labs.cloud.plane import Plane, partition
from labs.cloud.wire import Request, Response, access_key, protocol, refusal, region, service
from labs.need import Need, UnknownCall, Values, Where
from labs.permission import Principal
from labs.permission import refusal as refusal_by_iam
from labs.resource_policy import Asked as AskedOf
from labs.resource_policy import says, statements

OWN_KEY = "OFFLINE"  # the environment has it; see environment.py
_GLOBAL: Mapping[str, Values] = {  # of every request: what AWS would be reached by
    "aws:securetransport": ("true",),
    "s3:tlsversion": ("1.3",),
}


def is_of_root(signature: str) -> bool:
    """Whether an Authorization header is signed with the cloud's own key."""
    return f"Credential={OWN_KEY}/" in signature


def refused(request: Request, plane: Plane) -> Response | None:
    """What a caller is told who may not make this request; None if they may. To be called under
    the world's lock, in which the request is made as well."""
    key = access_key(request)
    if key is None or key == OWN_KEY:
        return None
    try:
        who = principals.of_key(key)
    except principals.Expired:
        text = "The security token included in the request is expired"
        suffix = "Exception" if protocol(request) == "json" else ""
        return _told(request, f"ExpiredToken{suffix}", text)
    if who is None:
        return None
    why = _why(who, request, plane)
    return None if why is None else _told(request, _code(request), why)


def _why(who: Principal, request: Request, plane: Plane) -> str | None:
    """The sentence that refuses it, or None."""
    wanted = asked.asked(request)
    name = region(request) or "us-east-1"
    here = Where(ACCOUNT, name, partition(name))
    try:
        needs = need.of_call(wanted.service, wanted.operation, wanted.request, here)
    except UnknownCall:
        return (
            f"User: {who.arn} is not authorized to perform: {wanted.service}:{wanted.operation}, "
            "because the offline cloud does not know what it needs. Only the account's own keys "
            "may do it here."
        )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        return (
            f"User: {who.arn} is not authorized to perform: {wanted.service}:{wanted.operation}, "
            f"because the offline cloud cannot read from the request what it needs: {error!r}."
        )
    guards = plane.region(ACCOUNT, name).services.guards
    buckets = {_bucket(each) for each in needs if each.action.startswith("s3:")}
    policies = {
        f"arn:{here.partition}:s3:::{bucket}": policy
        for bucket in buckets
        if (policy := guards.bucket_policy(bucket))
    }
    context = {**_GLOBAL, "aws:requestedregion": (name,)}
    found = refusal_by_iam(who, needs, context, policies)
    if found is not None:
        return found.sentence
    if wanted.operation == "AssumeRole":
        return _untrusted(who, wanted.request)
    return None


def _untrusted(who: Principal, request: Mapping[str, Any]) -> str | None:
    """The refusal where a role's trust policy does not let this principal assume it."""
    role = request["RoleArn"]
    trusts = principals.trust(role)
    wanted = AskedOf("sts:AssumeRole", role, who.holder, who.context)
    with suppress(ValueError):  # what is not understood lets nobody in
        about_it = [{**each, "Resource": "*"} for each in statements(trusts or "")]
        if says({"Statement": about_it}, wanted) in ("allow", "iam"):
            return None
    return f"User: {who.arn} is not authorized to perform: sts:AssumeRole on resource: {role}"


def _bucket(need: Need) -> str:
    return need.resource.rpartition(":")[2].partition("/")[0]


def _code(request: Request) -> str:
    """Each protocol has a code of its own for it, and some services have another."""
    if service(request) == "monitoring":
        return "AccessDenied"
    match protocol(request):
        case "ec2":
            return "UnauthorizedOperation"
        case "json" | "rest" | "cbor":
            return "AccessDeniedException"
        case _:
            return "AuthorizationError" if service(request) == "sns" else "AccessDenied"


def _told(request: Request, code: str, message: str) -> Response:
    status = 400 if protocol(request) in ("json", "cbor") else 403
    if protocol(request) == "ec2":
        message = f"You are not authorized to perform this operation. {message}"
    told = refusal(request, status, code, message)
    return Response(status, told.headers, b"") if request.method == "HEAD" else told
