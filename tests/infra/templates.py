"""The templates of infra/ as the tests read them: plain data, with `!Ref` and its like resolved."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml  # type: ignore[import-untyped]

FOLDER = Path(__file__).parents[2] / "infra"
NAMES = ("lab-account", "guardrails")
ACCOUNT, REGION = "123456789012", "us-east-1"
PSEUDO = {"AWS::AccountId": ACCOUNT, "AWS::Partition": "aws", "AWS::Region": REGION}
# Which of lab-account's policies are what the caller of a lab may, and which what a role may.
HELD = {"caller": ("LearnerPolicy", "LearnerDataPolicy"), "role": ("ExecutionPolicy",)}


class _Loader(yaml.SafeLoader):  # type: ignore[misc]
    """YAML with CloudFormation's short forms."""


def _short(loader: _Loader, tag: str, node: yaml.Node) -> dict[str, Any]:
    value: Any
    if isinstance(node, yaml.ScalarNode):
        value = loader.construct_scalar(node)
    elif isinstance(node, yaml.SequenceNode):
        value = loader.construct_sequence(node, deep=True)
    else:
        assert isinstance(node, yaml.MappingNode)
        value = loader.construct_mapping(node, deep=True)
    return {tag if tag in ("Ref", "Condition") else f"Fn::{tag}": value}


_Loader.add_multi_constructor("!", _short)


def text(name: str) -> str:
    return (FOLDER / f"{name}.yaml").read_text(encoding="utf-8")


def data(name: str) -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.load(text(name), _Loader)  # a SafeLoader
    return loaded


def resolved(name: str, **given: str) -> dict[str, dict[str, Any]]:
    """The resources of a template, with the values of its parameters in their places."""
    template = data(name)
    values = _values(template, given)
    prefix = values["Prefix"]
    for resource, told in template["Resources"].items():
        values[resource] = _reference(told, prefix)
        values[f"{resource}.Arn"] = _arn(resource, told, prefix)
    found: dict[str, dict[str, Any]] = _put(template["Resources"], values)
    return found


def made(name: str, **given: str) -> set[str]:
    """The resources that a template makes with these parameters: those whose condition holds."""
    template = data(name)
    values = _values(template, given)

    def holds(condition: Any) -> bool:
        match condition:
            case {"Condition": str(other)}:
                return holds(template["Conditions"][other])
            case {"Fn::And": list(parts)}:
                return all(map(holds, parts))
            case {"Fn::Equals": [left, right]}:
                return bool(_put(left, values) == _put(right, values))
        raise ValueError(condition)

    return {
        resource
        for resource, told in template["Resources"].items()
        if "Condition" not in told or holds({"Condition": told["Condition"]})
    }


def _values(template: Mapping[str, Any], given: Mapping[str, str]) -> dict[str, Any]:
    values: dict[str, Any] = {**PSEUDO, **given}
    for parameter, told in template["Parameters"].items():
        value = given.get(parameter, told.get("Default", "somebody@example.org"))
        many = told["Type"] == "CommaDelimitedList"
        values[parameter] = str(value).split(",") if many else str(value)
    return values


def _reference(told: Mapping[str, Any], prefix: str) -> str:
    properties = told.get("Properties", {})
    for key in ("BucketName", "RoleName", "ManagedPolicyName", "FunctionName", "Name"):
        if key in properties:
            return str(_put(properties[key], PSEUDO | {"Prefix": prefix}))
    return ""


def _arn(resource: str, told: Mapping[str, Any], prefix: str) -> str:
    name = _reference(told, prefix)
    match told["Type"]:
        case "AWS::S3::Bucket":
            return f"arn:aws:s3:::{name}"
        case "AWS::IAM::Role":
            return f"arn:aws:iam::{ACCOUNT}:role/{name}"
        case "AWS::Lambda::Function":
            return f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:{name}"
        case _:
            return f"arn:of:{resource}"


def _put(value: Any, values: Mapping[str, Any]) -> Any:
    if isinstance(value, list):
        return [_put(each, values) for each in value]
    if not isinstance(value, dict):
        return value
    match value:
        case {"Ref": str(name)}:
            return values[name]
        case {"Fn::GetAtt": str(name)}:
            return values[name]
        case {"Fn::Sub": str(words)}:
            return re.sub(r"\$\{([\w:.]+)\}", lambda found: str(values[found[1]]), words)
        case {"Fn::If": [_, first, _]}:
            return _put(first, values)
        case _:
            return {key: _put(each, values) for key, each in value.items()}


def listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def policies(name: str, **given: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """(resource's name, policy document) of all that may do something."""
    for resource, told in resolved(name, **given).items():
        properties = told.get("Properties", {})
        if told["Type"] == "AWS::IAM::ManagedPolicy":
            yield resource, properties["PolicyDocument"]
        for inline in properties.get("Policies", ()):
            yield resource, inline["PolicyDocument"]


def held(who: str) -> dict[str, Any]:
    """The policies of HELD as one document."""
    found = resolved("lab-account")
    documents = [found[name]["Properties"]["PolicyDocument"] for name in HELD[who]]
    statements = [each for document in documents for each in document["Statement"]]
    assert len({each["Sid"] for each in statements}) == len(statements)
    return {**documents[0], "Statement": statements}
