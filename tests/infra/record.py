"""Records what labs call: every solution, its checks and its cleaning, by caller and by role.

    .venv/bin/python -m tests.infra.record [LAB ...]

writes these labs (else all that can be done on AWS) into tests/infra/calls.json, and what the
solutions alone call into each lab's plan.json; it takes a minute a lab. test_policies.py compares
the calls with the policies of infra/; it and tests/labs/aws/test_plan.py say when a script has
changed since.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import re
import sys
import tempfile
import warnings
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from labs import need
from labs.lab import Lab
from labs.need import Need, Where
from labs.runner import catalogue
from labs.undo import Call
from labs.undo import plain as as_json
from tests.infra import planned
from tests.labs.catalog.desks import KEYS, Desk

CALLS = Path(__file__).with_name("calls.json")
ROOT = Path(__file__).parents[2]
HERE = Where("123456789012", "us-east-1")
PREFIX = "quizengine"
BUCKET = f"{PREFIX}-labs-{HERE.account}"
ROLE = f"arn:aws:iam::{HERE.account}:role/{PREFIX}-execution"
_RUNNER = ("account", "checking", "cleaning", "look", "rounds", "verdicts")


def prefix_of(lab: Lab) -> str:
    """How names begin in this account."""
    return lab.prefix_in(PREFIX)


def on_aws() -> list[str]:
    """The labs that can be done on AWS."""
    return [slug for slug in catalogue.slugs() if "aws" in catalogue.load(slug).targets]


def scripts(slug: str) -> dict[str, str]:
    """The digest of every file whose calls are recorded with a lab."""
    files = [ROOT / "labs" / "runner" / f"{name}.py" for name in _RUNNER]
    files += [ROOT / "labs" / "tools" / "jobs.py", *(catalogue.CATALOGUE / slug).glob("*.py")]
    return {
        path.relative_to(ROOT).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()[:16]
        for path in sorted(files)
        if path.name not in ("__init__.py", "starter.py")
    }


def recorded() -> dict[str, dict[str, Any]]:
    """What calls.json holds: by lab, the digests of its scripts and what caller and role need."""
    if not CALLS.exists():
        return {}
    found: dict[str, dict[str, Any]] = json.loads(CALLS.read_text(encoding="utf-8"))
    return found


def needs_of(lab: Mapping[str, Any], who: str) -> list[Need]:
    """What `caller` or `role` needs for a recorded lab."""
    return [
        Need(
            each["action"],
            each["resource"],
            {key: tuple(values) for key, values in each["context"].items()},
        )
        for each in lab[who]
    ]


@dataclass
class Notes:
    """What was called, and what was needed by whom; `on` while it is a lab that calls."""

    on: bool = False
    caller: list[Need] = field(default_factory=list)
    role: list[Need] = field(default_factory=list)
    calls: list[Call] = field(default_factory=list)

    def called(self, params: dict[str, Any], model: Any, **_: Any) -> dict[str, Any]:
        """For botocore: before each call. What is made gets the tag, as policies demand it."""
        if not self.on:
            return params
        service = model.service_model.service_name
        self.calls.append(Call(service, model.name, as_json(params)))
        if service == "sagemaker" and model.name.startswith("Create"):
            tag = {"Key": "quizengine", "Value": PREFIX}
            params = {**params, "Tags": [*params.get("Tags", ()), tag]}
        self.caller += need.of_call(service, model.name, params, HERE)
        for image in _images(params):
            self.role += need.to_pull(image, HERE)
        return params


def _images(params: Any) -> Iterator[str]:
    text = json.dumps(params, default=str)
    yield from re.findall(r'"(\d{12}\.dkr\.ecr\.[^"]+)"', text)


class Services:
    """The services as the cloud's data plane uses them, on behalf of the role."""

    def __init__(self, real: Any, notes: Notes) -> None:
        self._real, self._notes = real, notes

    def __getattr__(self, name: str) -> Any:
        return getattr(self._real, name)

    def keys(self, bucket: str, prefix: str) -> Any:
        self._note(need.to_list(bucket, HERE))
        return self._real.keys(bucket, prefix)

    def read(self, bucket: str, key: str) -> Any:
        self._note(need.to_read(bucket, key, HERE))
        return self._real.read(bucket, key)

    def write(self, bucket: str, key: str, body: bytes, kms_key: str | None = None) -> None:
        self._note(need.to_write(bucket, key, HERE))
        self._real.write(bucket, key, body, kms_key)

    def log(self, group: str, stream: str, events: Iterable[tuple[int, str]]) -> None:
        self._note(need.to_log(group, stream, HERE))
        self._real.log(group, stream, events)

    def measure(self, namespace: str, data: Any) -> None:
        self._note(need.to_measure())
        self._real.measure(namespace, data)

    def alarms(self, names: Iterable[str]) -> Any:
        watched = [*names]
        self._note(need.to_watch(watched, HERE))
        return self._real.alarms(watched)

    def _note(self, needs: list[Need]) -> None:
        if self._notes.on:
            self._notes.role += needs


class AtAnAccount(Desk):
    """A desk in an account that the templates have made."""

    @property
    def variables(self) -> Mapping[str, str]:
        return {**super().variables, "LAB_BUCKET": BUCKET, "LAB_ROLE_ARN": ROLE}


def plain(needed: Need, prefix: str) -> Need:
    """Without what is another one each time: the rest of names that begin with the lab's prefix."""
    resource = re.sub(rf"([/:]{prefix})(-[^/:]*)?(/.*)?$", r"\1-*", needed.resource)
    resource = re.sub(r"(Endpoints/[^:]+:log-stream:).+", r"\1*", resource)
    return replace(needed, resource=resource)


def told(needs: Iterable[Need]) -> list[dict[str, Any]]:
    """Each once, in order."""
    lines = {json.dumps(asdict(each), sort_keys=True) for each in needs}
    return [json.loads(line) for line in sorted(lines)]


def main(slugs: Sequence[str]) -> None:
    import botocore.handlers

    notes = Notes()
    botocore.handlers.BUILTIN_HANDLERS.append(("provide-client-params", notes.called))
    os.environ.update(KEYS)
    for name in ("AWS_PROFILE", "AWS_ENDPOINT_URL", "AWS_CONFIG_FILE"):
        os.environ.pop(name, None)

    import boto3

    import labs.cloud
    from labs.infra import stacks

    found = recorded()
    with labs.cloud.offline() as plane, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        real = plane.world.services
        plane.world = replace(plane.world, services=lambda *where: Services(real(*where), notes))
        template = stacks.template("lab-account")
        make: Any = boto3.client
        stacks.execute(make, stacks.propose(make, template, PREFIX, {}))
        for slug in slugs or on_aws():
            lab = catalogue.load(slug)
            notes.caller.clear()
            notes.role.clear()
            plans = {kind: _do(lab, kind, notes) for kind in catalogue.SOLUTIONS}
            planned.write(lab, plans)
            prefix = prefix_of(lab)
            found[slug] = {
                "scripts": scripts(slug),
                "caller": told(plain(each, prefix) for each in notes.caller),
                "role": told(plain(each, prefix) for each in notes.role),
            }
            CALLS.write_text(
                json.dumps(dict(sorted(found.items())), indent=1) + "\n", encoding="utf-8"
            )


def _do(lab: Lab, kind: str, notes: Notes) -> dict[str, Any]:
    """Solve a lab, check it and clean up; the plan of the solution."""
    with tempfile.TemporaryDirectory() as folder, contextlib.chdir(folder):
        for name, content in catalogue.given(lab).items():
            Path(folder, name).write_bytes(content)
        desk = AtAnAccount(lab, Path(folder), prefix_of(lab))
        notes.on = True
        notes.calls.clear()
        before = len(notes.caller), len(notes.role)
        ran = desk.solve(kind)
        assert ran.left is None, f"{lab.slug}, {kind}: {ran.left}\n{ran.out[-2000:]}"
        plan = planned.solution(
            notes.calls,
            _variables(desk),
            [each.action for each in notes.caller[before[0] :]],
            [each.action for each in notes.role[before[1] :]],
        )
        assert desk.failing() == []
        assert [fate for fate in desk.clean() if fate.why] == []
        notes.on = False
        print(lab.slug, kind, len(notes.caller), len(notes.role), flush=True)
    return plan


def _variables(desk: Desk) -> dict[str, str]:
    """What differs from one account to the next, by the name that a plan gives it."""
    told = {name: value for name, value in desk.variables.items() if name.startswith("LAB_")}
    return {**told, "ACCOUNT": HERE.account, "REGION": HERE.region}


if __name__ == "__main__":
    main(sys.argv[1:])
