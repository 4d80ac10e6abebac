"""A lab's solution, run as `lab run --target aws` runs a script: in a process of its own, behind
the door, as the learner."""

from __future__ import annotations

import contextlib
import io
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import TypeAlias

import pytest

from labs.aws import account, environment, terms
from labs.aws.account import Opened
from labs.aws.journalfile import JournalFile
from labs.cloud import ACCOUNT
from labs.infra.who import Caller
from labs.lab import Lab
from labs.runner import catalogue
from tests.labs.aws.faults.ground import PREFIX, REGION, Ground

QUICK = Path(__file__).with_name("quick")
QUARTERS = Path(__file__).with_name("quarters.py")
KEPT = ("PATH", "HOME", "LANG", "LD_LIBRARY_PATH", "TMPDIR")


@dataclass(frozen=True)
class Ran:
    """How a script ended, and what it said."""

    code: int
    said: str


def opened(ground: Ground) -> Opened:
    """The account as its owner sees it."""
    arn = f"arn:aws:iam::{ACCOUNT}:user/you"
    return account.of(Caller(ACCOUNT, arn, REGION, ground.url), PREFIX, ground.client)


class Quarters:
    """The process in which scripts run, one at a time; see quarters.py."""

    def __init__(self, folder: Path) -> None:
        self._said = folder / "said"
        self._process = subprocess.Popen(
            [sys.executable, "-I", *map(str, (QUARTERS, QUICK / "sitecustomize.py"))],
            env={key: value for key, value in os.environ.items() if key in KEPT},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def begins(self, script: Path, variables: Mapping[str, str]) -> int:
        """Begin a script; the id of its process. It waits until `ends` is called."""
        told = {"script": str(script), "folder": str(script.parent), "said": str(self._said)}
        return int(self._asked(json.dumps(told | {"environment": dict(variables)}))["pid"])

    def ends(self) -> Ran:
        """Let it go on to its end, whatever that is."""
        code = int(self._asked("go")["code"])
        return Ran(code, self._said.read_text(encoding="utf-8", errors="replace"))

    def close(self) -> None:
        self._process.kill()
        self._process.communicate()

    def _asked(self, line: str) -> dict[str, int]:
        stdin, stdout = self._process.stdin, self._process.stdout
        assert stdin is not None
        assert stdout is not None
        stdin.write(f"{line}\n")
        stdin.flush()
        told: dict[str, int] = json.loads(stdout.readline())
        return told


@dataclass(frozen=True)
class Learner:
    """Somebody with a home of their own, at a lab."""

    ground: Ground
    quarters: Quarters
    lab: Lab
    home: Path
    opened: Opened

    @property
    def journal(self) -> JournalFile:
        return JournalFile.of(self.home / "journals", self.opened.whose)

    def solves(self, kind: str) -> Ran:
        """Run the solution of this kind to its end, whatever that is."""
        folder = self.home / kind
        folder.mkdir(parents=True, exist_ok=True)
        for name, content in catalogue.given(self.lab).items():
            (folder / name).write_bytes(content)
        script = folder / catalogue.SOLUTIONS[kind]
        script.write_bytes(catalogue.solution(self.lab, kind).read_bytes())
        pid = self.quarters.begins(script, self._variables())
        self.ground.injector.victim = pid
        return self.quarters.ends()

    def cleans(self, *more: str) -> Ran:
        """`quizengine lab clean LAB --target aws`, as a learner types it in another terminal."""
        return self.types("lab", "clean", self.lab.slug, "--target", "aws", *more)

    def types(self, *words: str) -> Ran:
        """A command in the terminal of the account's owner."""
        from quizengine.cli import main

        out = io.StringIO()
        with self._in_a_terminal(), redirect_stdout(out), redirect_stderr(out):
            try:
                main(list(words))
            except SystemExit as left:
                return Ran(int(left.code or 0), out.getvalue())
        raise AssertionError("a command leaves with an exit code")

    @contextlib.contextmanager
    def _in_a_terminal(self) -> Iterator[None]:
        with pytest.MonkeyPatch.context() as patch:
            for name in set(os.environ) - self.ground.variables.keys():
                if name.startswith("AWS_"):
                    patch.delenv(name)
            for name, value in self.ground.variables.items():
                if name != "PYTHONPATH":
                    patch.setenv(name, value)
            patch.setenv("QUIZENGINE_HOME", str(self.home))
            yield

    def _variables(self) -> Mapping[str, str]:
        there = self.opened
        file = self.home / f"terms-{os.urandom(4).hex()}"
        told = terms.Terms(
            account=ACCOUNT,
            region=REGION,
            partition="aws",
            prefix=PREFIX,
            url=self.ground.url,
            lab=self.lab.slug,
            limits=there.limits(self.lab),
            deadline_role_arn=there.deadline_role_arn,
            deadline_hours=there.deadline_hours,
            sweep_hours=there.sweep_hours,
            ceiling=Decimal(1000),
            spot=False,
            journal=self.journal.path,
            keys=account.learner(there, self.lab.slug, 3600),
        )
        terms.write(told, file)
        made = environment.variables(self.ground.variables, told, file, self.lab)
        return made | {"PYTHONPATH": os.pathsep.join((made["PYTHONPATH"], str(QUICK)))}


Make: TypeAlias = Callable[[str], Learner]
