"""A REST API in front of an endpoint, as checks look at it: what of it stands in the account, and
what the stack's own template says where the cloud keeps nothing of it.

The offline cloud's CloudFormation makes the role, the API, its path and its method; it passes over
the stage, and of the integration the credentials. What is looked at in the template is said so.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator, Mapping
from typing import Any

from labs.lab import Verdict
from labs.need import Need
from labs.permission import Principal, refusal
from labs.runner.estate import Estate

_HINT = "Complete door.yaml where it says Step 8; deploy() of ready.py makes the stack anew."


def deployed(here: Estate) -> Verdict:
    """The stack stands, and its role may ask one endpoint and nothing else."""
    stack = f"{here.account.prefix}-door"
    template = _template(here, stack)
    if template is None:
        return Verdict(False, f"There is no stack {stack} that stands", _HINT)
    method = _method(here, stack)
    if method is None:
        saw = f"The API {stack} has no method POST"
        return Verdict(False, saw, "A path and a method, as in door.yaml.")
    auth = method.get("authorizationType")
    if auth != "AWS_IAM":
        return Verdict(False, f"POST takes callers by {auth}", "AuthorizationType: AWS_IAM")
    uri = str((method.get("methodIntegration") or {}).get("uri"))
    if not uri.endswith(f":runtime.sagemaker:path/endpoints/{here.account.prefix}/invocations"):
        return Verdict(False, f"POST leads to {uri}", "The Uri of door.yaml names the endpoint.")
    return _role(here, stack) or Verdict(
        True, f"{stack}: callers sign, and its role may ask {here.account.prefix} alone"
    )


def _role(here: Estate, stack: str) -> Verdict | None:
    """What is wrong with the role of the stack."""
    found = here.account.client("cloudformation").describe_stack_resources(StackName=stack)
    names = [
        each["PhysicalResourceId"]
        for each in found["StackResources"]
        if each.get("ResourceType") == "AWS::IAM::Role"
    ]
    documents = here.policies(names[0]) if names else None
    if documents is None:
        return Verdict(False, f"The stack {stack} has no role", "API Gateway calls as one.")
    who = Principal(here.role_called(names[0]), here.role_called(names[0]), tuple(documents))
    name = here.account.prefix.lower()
    mine = Need("sagemaker:InvokeEndpoint", here.where.arn("sagemaker", f"endpoint/{name}"))
    if refused := refusal(who, [mine]):
        return Verdict(False, refused.sentence, "The role is to ask this endpoint.")
    for action, kind in (
        ("sagemaker:InvokeEndpoint", "endpoint/another"),
        ("sagemaker:DeleteEndpoint", f"endpoint/{name}"),
        ("sagemaker:CreateTrainingJob", "training-job/any"),
    ):
        more = Need(action, here.where.arn("sagemaker", kind))
        if refusal(who, [more]) is None:
            saw = f"The door's role may {more.action} on {more.resource}"
            return Verdict(False, saw, "One action on one endpoint.")
    return None


def _method(here: Estate, stack: str) -> Mapping[str, Any] | None:
    """The POST of the API that bears the stack's name."""
    gateway = here.account.client("apigateway")
    for api in gateway.get_rest_apis(limit=500)["items"]:
        if api["name"] == stack:
            found = gateway.get_resources(restApiId=api["id"], embed=["methods"])["items"]
            for each in found:
                if post := (each.get("resourceMethods") or {}).get("POST"):
                    return dict(post)
    return None


def shut(here: Estate) -> Verdict:
    """What is read in the template: the stage, and whose role the integration uses."""
    stack = f"{here.account.prefix}-door"
    text = _template(here, stack)
    if text is None:
        return Verdict(False, f"There is no stack {stack} that stands", _HINT)
    template = _read(text)
    if template is None:
        return Verdict(False, "The stack's template cannot be read as YAML", _HINT)
    if wrong := next(_wrong(template), None):
        return Verdict(False, f"The template of {stack}: {wrong}", _HINT)
    told = _linted(text)
    if told:
        return Verdict(False, f"cfn-lint says of the template: {told[0]}", _HINT)
    by = "cfn-lint is not installed here, so nobody linted it"
    if told is not None:
        by = "cfn-lint has nothing to say"
    return Verdict(
        True, f"By its template: regional, throttled, access logged; {by}. AWS has not seen it"
    )


def _wrong(template: Mapping[str, Any]) -> Iterator[str]:
    """What is open, in the order of door.yaml."""
    types = _of(template, "AWS::ApiGateway::RestApi", "EndpointConfiguration", "Types")
    if types not in (["REGIONAL"], ["PRIVATE"]):
        yield f"the API is {types or 'of no type'}; it is to be REGIONAL"
    if not _of(template, "AWS::ApiGateway::Method", "Integration", "Credentials"):
        yield "the integration has no Credentials: API Gateway would call as nobody"
    settings = _of(template, "AWS::ApiGateway::Stage", "MethodSettings")
    every = [
        each
        for each in (settings if isinstance(settings, list) else ())
        if isinstance(each, Mapping)
        and each.get("HttpMethod") == "*"
        and each.get("ResourcePath") == "/*"
        and all(
            isinstance(each.get(name), int | float) and each[name] > 0
            for name in ("ThrottlingRateLimit", "ThrottlingBurstLimit")
        )
    ]
    if not every:
        yield "MethodSettings do not throttle every method (HttpMethod '*', ResourcePath '/*')"
    log = _of(template, "AWS::ApiGateway::Stage", "AccessLogSetting")
    if not isinstance(log, Mapping) or not log.get("DestinationArn") or not log.get("Format"):
        yield "AccessLogSetting has no DestinationArn or no Format"
    # "Access logging for REST APIs" in API Gateway's developer guide: the format must have one.
    elif not re.search(r"\$context\.(extendedR|r)equestId\b", str(log["Format"])):
        yield "the Format of AccessLogSetting needs $context.requestId, or AWS refuses it"


def _of(template: Mapping[str, Any], kind: str, *path: str) -> Any:
    """A property of the first resource of a kind; None if there is none."""
    resources = template.get("Resources")
    for resource in resources.values() if isinstance(resources, Mapping) else ():
        if isinstance(resource, Mapping) and resource.get("Type") == kind:
            found: Any = resource.get("Properties")
            for name in path:
                found = found.get(name) if isinstance(found, Mapping) else None
            return found
    return None


def _template(here: Estate, stack: str) -> str | None:
    """The text that a stack was made from; None unless it stands."""
    cloudformation = here.account.client("cloudformation")
    try:
        found = cloudformation.describe_stacks(StackName=stack)["Stacks"][0]
        body = cloudformation.get_template(StackName=stack)["TemplateBody"]
    except cloudformation.exceptions.ClientError:
        return None
    if found["StackStatus"] not in ("CREATE_COMPLETE", "UPDATE_COMPLETE"):
        return None
    if isinstance(body, str):
        return body
    import json

    return json.dumps(body)  # botocore reads JSON by itself


def _read(text: str) -> Mapping[str, Any] | None:
    """A template as plain data: of `!Sub x` and its like the x."""
    import yaml  # type: ignore[import-untyped]

    class Loader(yaml.SafeLoader):  # type: ignore[misc]
        """YAML with CloudFormation's short forms."""

    def short(loader: Any, tag: str, node: Any) -> Any:
        if isinstance(node, yaml.ScalarNode):
            return loader.construct_scalar(node)
        if isinstance(node, yaml.SequenceNode):
            return loader.construct_sequence(node, deep=True)
        return loader.construct_mapping(node, deep=True)

    Loader.add_multi_constructor("!", short)
    try:
        found = yaml.load(text, Loader)  # a SafeLoader: plain data alone
    except yaml.YAMLError:
        return None
    return found if isinstance(found, Mapping) else None


@functools.lru_cache(maxsize=8)
def _linted(text: str) -> list[str] | None:
    """What cfn-lint has to say; None if it is not installed. It takes some seconds."""
    try:
        from cfnlint.api import ManualArgs, lint  # type: ignore[import-untyped]
    except ImportError:
        return None
    found = lint(text, config=ManualArgs(regions=["us-east-1"]))
    return [f"{each.rule.id}, line {each.linenumber}: {each.message}" for each in found]
