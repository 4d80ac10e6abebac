"""A learner at a lab, in this process: their scripts run beside the files that the lab gives."""

from __future__ import annotations

import contextlib
import functools
import io
import os
import runpy
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeAlias

from botocore.exceptions import WaiterError

from labs.lab import Account, Lab, Verdict
from labs.runner import catalogue
from labs.runner.account import EnvironmentAccount
from labs.runner.checking import check
from labs.runner.cleaning import Fate, clean
from labs.runner.estates import kinds_of
from labs.runner.furniture import Furniture, prepare

REGION = "us-east-1"
KEYS = {
    "AWS_ACCESS_KEY_ID": "OFFLINE",
    "AWS_SECRET_ACCESS_KEY": "OFFLINE",
    "AWS_DEFAULT_REGION": REGION,
    "OMP_WAIT_POLICY": "PASSIVE",
}


Make: TypeAlias = "Callable[[], Desk]"


@dataclass(frozen=True)
class Ran:
    """What a script said, and how it left: None if it came to its end."""

    out: str
    left: object = None


@dataclass(frozen=True)
class Otherwise(EnvironmentAccount):
    """An account in which `change` has its way with whatever is described, before it is read."""

    change: Callable[[dict[str, Any]], None] = field(default=lambda answer: None)

    def client(self, service: str) -> Any:
        return _Client(super().client(service), self.change)


@dataclass(frozen=True)
class _Client:
    real: Any
    change: Callable[[dict[str, Any]], None]

    def __getattr__(self, name: str) -> Any:
        found = getattr(self.real, name)
        if not name.startswith("describe_"):
            return found

        def described(**request: Any) -> dict[str, Any]:
            answer: dict[str, Any] = found(**request)
            self.change(answer)
            return answer

        return described


@dataclass(frozen=True)
class Desk:
    """`prefix` keeps what is made here apart from what other desks make in the same cloud."""

    lab: Lab
    folder: Path
    prefix: str

    @classmethod
    def at(cls, lab: Lab, folder: Path, prefix: str | None = None) -> Desk:
        """A desk with the lab's files, and its furniture in the cloud."""
        folder.mkdir(parents=True, exist_ok=True)
        for name, content in catalogue.given(lab).items():
            (folder / name).write_bytes(content)
        desk = cls(lab, folder, prefix or lab.prefix)
        prepare(desk.account.client, Furniture(REGION))
        return desk

    @property
    def variables(self) -> Mapping[str, str]:
        return {**KEYS, **Furniture(REGION).variables(self.lab), "LAB_PREFIX": self.prefix}

    @functools.cached_property
    def account(self) -> EnvironmentAccount:
        """Kept, since it keeps its clients, which take a moment to make."""
        return EnvironmentAccount.of(self.variables)

    def otherwise(self, change: Callable[[dict[str, Any]], None]) -> Otherwise:
        """The account as it would be if it described things otherwise."""
        own = self.account
        return Otherwise(own.prefix, own.bucket, own.role_arn, own.region, change=change)

    def client(self, service: str) -> Any:
        return self.account.client(service)

    def run(self, name: str) -> Ran:
        """Run a script of the folder as `python NAME` would."""
        out, left = io.StringIO(), None
        with self._beside(), contextlib.redirect_stdout(out):
            try:
                runpy.run_path(str(self.folder / name), run_name="__main__")
            except SystemExit as end:
                left = end.code
        return Ran(out.getvalue(), left)

    def solve(self, kind: str = "boto3") -> Ran:
        for each in catalogue.SOLUTIONS:
            path = catalogue.solution(self.lab, each)
            (self.folder / path.name).write_bytes(path.read_bytes())
        return self.run(catalogue.SOLUTIONS[kind])

    def module(self, name: str) -> dict[str, Any]:
        """What a script of the folder defines, without running it."""
        with self._beside():
            return runpy.run_path(str(self.folder / f"{name}.py"))

    def module_of(self, solution: str) -> dict[str, Any]:
        """What a solution's script defines, without running it."""
        source = catalogue.CATALOGUE / self.lab.slug / f"{solution}.py"
        (self.folder / source.name).write_bytes(source.read_bytes())
        return self.module(solution)

    def check(self) -> dict[str, Verdict]:
        """Every check's verdict, by its id; none breaks."""
        found = {}
        for looked in check(self.lab, self.account):
            assert not looked.broke, looked.broke
            found[looked.check.id] = looked.verdict
        assert list(found) == [each.id for each in self.lab.checks]
        return found

    def look(self, id: str, account: Account | None = None) -> Verdict:
        """The verdict of one check."""
        (wanted,) = [each for each in self.lab.checks if each.id == id]
        lab = self.lab.model_copy(update={"checks": (wanted,)})
        (looked,) = check(lab, account or self.account)
        assert not looked.broke, looked.broke
        return looked.verdict

    def failing(self) -> list[str]:
        return [id for id, verdict in self.check().items() if not verdict.passed]

    def clean(self) -> list[Fate]:
        return list(clean(self.account, kinds_of(self.lab)))

    # What lies in the bucket

    def put(self, name: str, body: str | bytes) -> None:
        data = body.encode() if isinstance(body, str) else body
        self.client("s3").put_object(
            Bucket=self.account.bucket, Key=f"{self.prefix}/{name}", Body=data
        )

    def get(self, name: str) -> bytes | None:
        s3 = self.client("s3")
        try:
            answer = s3.get_object(Bucket=self.account.bucket, Key=f"{self.prefix}/{name}")
        except s3.exceptions.NoSuchKey:
            return None
        body: bytes = answer["Body"].read()
        return body

    @contextlib.contextmanager
    def instead(self, name: str, body: str | bytes | None) -> Iterator[None]:
        """Another object in this place, or none, for a while."""
        before = self.get(name)
        if body is None:
            self._delete(name)
        else:
            self.put(name, body)
        try:
            yield
        finally:
            if before is None:
                self._delete(name)
            else:
                self.put(name, before)

    def _delete(self, name: str) -> None:
        key = f"{self.prefix}/{name}"
        self.client("s3").delete_object(Bucket=self.account.bucket, Key=key)

    @contextlib.contextmanager
    def _beside(self) -> Iterator[None]:
        """In the folder, which is first on the path, the lab's variables set; all as before at
        the end."""
        modules, environ = set(sys.modules), dict(os.environ)
        sys.path.insert(0, str(self.folder))
        os.environ.update(self.variables)
        try:
            with contextlib.chdir(self.folder):
                yield
        finally:
            sys.path.remove(str(self.folder))
            for name in set(sys.modules) - modules:
                path = getattr(sys.modules[name], "__file__", None)
                if path is not None and Path(path).is_relative_to(self.folder):
                    del sys.modules[name]
            os.environ.clear()
            os.environ.update(environ)


def ended(desk: Desk, job: str) -> None:
    """Wait for the end of a job, whatever it is."""
    waiter = desk.client("sagemaker").get_waiter("training_job_completed_or_stopped")
    with contextlib.suppress(WaiterError):  # that is how it tells that one has failed
        waiter.wait(TrainingJobName=job, WaiterConfig={"Delay": 0, "MaxAttempts": 100_000})


def tables_of(desk: Desk, job: str) -> dict[str, list[float]]:
    """The metrics of a job, round by round, as the lab's own module reads them."""
    with desk._beside():
        found: dict[str, list[float]] = desk.module("jobs")["curves"](job)
    return found
