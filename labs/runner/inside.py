"""What the runner itself does in an account, in a process whose environment leads nowhere else.

    python -m labs.runner.inside prepare|check|clean SLUG

It prints one JSON object a line, each as soon as it is known.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Any, Literal

from labs.errors import LabsError
from labs.lab import Lab, Verdict
from labs.runner import catalogue
from labs.runner.account import EnvironmentAccount
from labs.runner.checking import CloudGone, Looked, check
from labs.runner.cleaning import Fate, Thing, clean
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


Verb = Literal["prepare", "check", "clean"]


def _told(verb: Verb, lab: Lab, environment: Mapping[str, str]) -> Iterator[dict[str, Any]]:
    command = [sys.executable, "-m", "labs.runner.inside", verb, lab.slug]
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


def _answers(verb: str, lab: Lab, environ: Mapping[str, str]) -> Iterator[dict[str, Any]]:
    from botocore.exceptions import ConnectionError as NoConnection
    from botocore.exceptions import HTTPClientError

    account = EnvironmentAccount.of(environ)
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
                for fate in clean(account):
                    thing = fate.thing
                    told = {"kind": thing.kind, "name": thing.name, "since": str(thing.since)}
                    yield told | {"why": fate.why}
    except LabsError as error:
        yield {"error": error.message, "hint": error.hint}
    except (NoConnection, HTTPClientError) as error:
        gone = CloudGone(error)
        yield {"error": gone.message, "hint": gone.hint}


if __name__ == "__main__":
    for answer in _answers(sys.argv[1], catalogue.load(sys.argv[2]), os.environ):
        print(json.dumps(answer), flush=True)
