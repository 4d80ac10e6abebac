"""What the runner itself does in an account, in a process whose environment leads nowhere else.

    python -m labs.runner.inside prepare|check|clean|left SLUG ...

It prints one JSON object a line, each as soon as it is known.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, replace
from datetime import datetime
from typing import Any, Literal

from labs.aws.codes import is_denied
from labs.errors import LabsError
from labs.lab import Lab, Verdict
from labs.runner import catalogue
from labs.runner.account import EnvironmentAccount
from labs.runner.checking import CloudGone, Looked, NotAllowed, check
from labs.runner.cleaning import Fate, Thing, clean
from labs.runner.cleaning import left as still_there
from labs.runner.estates import kinds_of
from labs.runner.furniture import Furniture, prepare

# This side


def prepared(lab: Lab, environment: Mapping[str, str]) -> None:
    """Make the lab's furniture in the account of an environment. Raises LabsError."""
    for _ in _told("prepare", lab, environment):
        pass


def checked(lab: Lab, environment: Mapping[str, str]) -> Iterator[Looked]:
    """Each check of the lab in that account. Raises LabsError."""
    checks = {each.id: each for each in lab.checks}
    for told in _told("check", lab, environment):
        yield Looked(checks[told["check"]], Verdict(**told["verdict"]), told["broke"])


def cleaned(lab: Lab, environment: Mapping[str, str]) -> Iterator[Fate]:
    """Each thing that is gone, then each that is left. Raises LabsError."""
    for told in _told("clean", lab, environment):
        since = datetime.fromisoformat(told["since"])
        yield Fate(Thing(told["kind"], told["name"], since), told["why"])


def left(labs: Sequence[Lab], environment: Mapping[str, str]) -> Iterator[tuple[str, Thing]]:
    """What these labs have in that account: a lab's slug and a thing each. Raises LabsError."""
    for told in _told("left", labs, environment):
        since = datetime.fromisoformat(told["since"])
        yield told["lab"], Thing(told["kind"], told["name"], since)


Verb = Literal["prepare", "check", "clean", "left"]


def _told(
    verb: Verb, lab: Lab | Sequence[Lab], environment: Mapping[str, str]
) -> Iterator[dict[str, Any]]:
    slugs = [lab.slug] if isinstance(lab, Lab) else [each.slug for each in lab]
    command = [sys.executable, "-m", "labs.runner.inside", verb, *slugs]
    with (
        tempfile.TemporaryFile() as errors,
        subprocess.Popen(
            command,
            cwd=catalogue.HOME.parent,  # no `labs` of the folder we are in hides this one
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
            encoding="utf-8",
        ) as process,
    ):
        try:
            assert process.stdout is not None
            for line in process.stdout:
                told = json.loads(line)
                if "error" in told:
                    raise LabsError(told["error"], told["hint"])
                yield told
            code = process.wait()
        finally:
            if process.poll() is None:
                process.kill()
        if code:
            errors.seek(0)
            said = errors.read().decode("utf-8", "replace").strip()
            raise LabsError(
                f"Looking at the cloud failed (exit code {code}):\n{said[-2000:]}",
                "This is our mistake, not yours. Please report it with these lines.",
            )


# The other side


def _answers(
    verb: str, labs: Sequence[Lab], environ: Mapping[str, str]
) -> Iterator[dict[str, Any]]:
    from botocore.exceptions import ClientError, HTTPClientError
    from botocore.exceptions import ConnectionError as NoConnection

    account = EnvironmentAccount.of(environ)
    lab = labs[0]
    try:
        match verb:
            case "prepare":
                prepare(account.client, Furniture(account.region, account.role_arn, account.bucket))
            case "check":
                for looked in check(lab, account):
                    yield {
                        "check": looked.check.id,
                        "verdict": asdict(looked.verdict),
                        "broke": looked.broke,
                    }
            case "clean":
                for fate in clean(account, kinds_of(lab)):
                    thing = fate.thing
                    told = {"kind": thing.kind, "name": thing.name, "since": str(thing.since)}
                    yield told | {"why": fate.why}
            case "left":
                for each in labs:
                    for fate in still_there(replace(account, prefix=each.prefix), {}):
                        thing = fate.thing
                        told = {"kind": thing.kind, "name": thing.name, "since": str(thing.since)}
                        yield told | {"lab": each.slug}
    except LabsError as error:
        yield {"error": error.message, "hint": error.hint}
    except (NoConnection, HTTPClientError) as error:
        gone = CloudGone(error)
        yield {"error": gone.message, "hint": gone.hint}
    except ClientError as error:
        if not is_denied(error.response["Error"]["Code"]):
            raise
        denied = NotAllowed(error)
        yield {"error": denied.message, "hint": denied.hint}


if __name__ == "__main__":
    for answer in _answers(sys.argv[1], [*map(catalogue.load, sys.argv[2:])], os.environ):
        print(json.dumps(answer), flush=True)
