"""`--target aws` as a learner types it, and what scripts find in the process that it starts; the
offline cloud plays the account."""

from __future__ import annotations

import contextlib
import io
import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from labs.aws import account, environment, visit
from labs.aws.journalfile import JournalFile, Whose
from labs.journal import Journal
from labs.runner import catalogue
from quizengine.cli import main
from tests.labs.aws.doors import ACCOUNT, BUCKET
from tests.labs.aws.faults.ground import PREFIX, REGION, Ground, standing

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("aws-run")]
LAB = catalogue.load("train_xgboost")
MINE = "quizengine-tx"


@pytest.fixture(scope="module")
def ground(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ground]:
    with standing(tmp_path_factory.mktemp("cloud"), tmp_path_factory.mktemp("store")) as found:
        yield found


@dataclass(frozen=True)
class Ran:
    code: object
    out: str
    err: str


@dataclass(frozen=True)
class Terminal:
    """A terminal of the account's owner, in the folder of a lab that was begun."""

    home: Path
    folder: Path
    capture: pytest.CaptureFixture[str]

    def types(self, *words: str, answer: str = "") -> Ran:
        """Type a command of `quizengine lab`, and the answer to its question. A process that it
        starts writes to the same terminal."""
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("sys.stdin", io.StringIO(answer))
            try:
                main(["lab", *words])
            except SystemExit as left:
                told = self.capture.readouterr()
                return Ran(left.code, told.out, told.err)
        raise AssertionError("a command leaves with an exit code")

    def script(self, text: str) -> str:
        (self.folder / "mine.py").write_text(text)
        return "mine.py"

    @property
    def journal(self) -> Journal:
        whose = Whose(ACCOUNT, REGION, PREFIX, offline=True)
        return JournalFile.of(self.home / "journals", whose).read()


@pytest.fixture
def terminal(
    ground: Ground,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> Terminal:
    from labs.runner import workspace
    from labs.runner.notes import Notes

    for name in set(os.environ) - set(ground.variables):
        monkeypatch.delenv(name)
    for name, value in ground.variables.items():
        if name != "PYTHONPATH":
            monkeypatch.setenv(name, value)
    home, folder = tmp_path / "home", tmp_path / "lab"
    monkeypatch.setenv("QUIZENGINE_HOME", str(home))
    monkeypatch.setenv("HOME", str(tmp_path))
    workspace.begin(Notes(home / "labs.json"), LAB, folder)
    monkeypatch.chdir(folder)
    return Terminal(home, folder, capfd)


AWS = ["--target", "aws", "--expect-account", ACCOUNT]


def test_a_lab_from_the_question_to_its_checks(ground: Ground, terminal: Terminal) -> None:
    hint = terminal.types("hint", *AWS)
    assert hint.code == 0, hint.err
    assert "The training rows lie in S3" in hint.out
    assert "1 of 3:" in hint.out
    kept = terminal.types("solution", "--run", *AWS, answer="n\n")
    assert kept.code == 1
    assert "Nothing was run." in kept.out
    assert "after 3600 seconds; more: --timeout SECONDS." in " ".join(kept.out.split())
    assert terminal.journal == Journal()

    done = terminal.types("solution", "--run", *AWS, answer="y\n")
    said = " ".join(done.out.split())
    assert done.code == 0, done.out + done.err
    assert said.startswith(f"Account {ACCOUNT} in us-east-1 (the cloud on this computer, http://")
    assert "at most, at prices of 2026-" in said
    assert "No call leaves that would bring this lab above 2.00 USD." in said
    assert "AWS itself deletes an endpoint 2 hours after it was made" in said
    assert "Run solution_boto3.py in account 123456789012?" in said
    assert "8 of 8 checks." in said
    assert "quizengine lab clean train_xgboost --target aws" in done.err
    assert f"quizengine lab clean {LAB.slug} --target aws" in said

    journal = terminal.journal
    assert {each.call.operation for each in journal.open} == {"PutObject", "CreateTrainingJob"}
    assert 0 < journal.usd < Decimal("0.1")
    jobs = ground.client("sagemaker").list_training_jobs(NameContains=MINE)
    assert len(jobs["TrainingJobSummaries"]) == 3
    for each in jobs["TrainingJobSummaries"]:
        told = ground.client("sagemaker").describe_training_job(
            TrainingJobName=each["TrainingJobName"]
        )
        assert told["EnableManagedSpotTraining"] is True

    checked = terminal.types("check", "--json", *AWS)
    assert checked.code == 0, checked.err
    assert json.loads(checked.out)["passed"] == 8
    assert terminal.types("clean", *AWS).code == 0
    assert terminal.journal.open == ()


def test_what_belongs_to_aws_is_no_slip_of_the_finger(terminal: Terminal) -> None:
    for words in (
        ["run", "--max-usd", "1"],
        ["run", "--yes"],
        ["check", "--profile", "work"],
        ["solution", "--run", "--on-demand"],
        ["hint", "--expect-account", ACCOUNT],
    ):
        ran = terminal.types(*words)
        assert ran.code == 2
        assert "is for --target aws" in ran.err


def test_nothing_runs_where_the_account_is_another_or_not_furnished(
    terminal: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = terminal.script("print('it ran')")
    for words, said in (
        (["--expect-account", "210987654321"], "This is account 123456789012, not 210987654321"),
        (["--prefix", "beta"], "has no stack beta-lab-account in us-east-1"),
        (["--region", "eu-west-1"], "has no stack quizengine-lab-account in eu-west-1"),
    ):
        ran = terminal.types("run", name, "--target", "aws", "--yes", *words)
        assert ran.code == 1
        assert said in ran.err
        assert "it ran" not in ran.out
    monkeypatch.setenv("AWS_ENDPOINT_URL", "https://aws.example.org")
    ran = terminal.types("run", name, "--target", "aws", "--yes")
    assert "AWS_ENDPOINT_URL is set to https://aws.example.org, which is not AWS." in ran.err
    assert "it ran" not in ran.out
    assert terminal.journal == Journal()


def test_what_does_not_leave_ends_the_script_with_one_clear_line(terminal: Terminal) -> None:
    name = terminal.script(
        "import boto3, os\n"
        "try:\n"
        "    boto3.client('s3').put_object(Bucket=os.environ['LAB_BUCKET'], Key='a', Body=b'')\n"
        "except OSError:\n"
        "    print('taken for a bad line')\n"
    )
    ran = terminal.types("run", name, *AWS, "--yes")
    assert ran.code == 1
    last = [line for line in ran.err.splitlines() if "NotSent" in line][-1]
    assert last == (
        "labs.aws.door.NotSent: s3: PutObject was not sent: the key 'a' is not this lab's: its "
        "names begin with quizengine-tx. Begin the key with LAB_PREFIX and a slash."
    )
    assert "bad line" not in ran.out
    assert "botocore" not in ran.err, "the way there is nobody's matter"
    assert 'mine.py", line 3' in ran.err


def test_a_script_gets_the_time_that_was_typed_and_new_credentials_in_it(
    terminal: Terminal,
) -> None:
    name = terminal.script("import time; time.sleep(60)")
    ran = terminal.types("run", name, *AWS, "--yes", "--timeout", "1")
    assert "after 1 seconds; more: --timeout SECONDS." in " ".join(ran.out.split())
    assert ran.err.endswith("mine.py was ended after 1 seconds. More: --timeout SECONDS\n")
    kept = terminal.types("run", name, *AWS, "--timeout", "20000", answer="n\n")
    said = " ".join(kept.out.split())
    assert "Its credentials last 14400 seconds, and are renewed while it runs." in said


def test_a_ceiling_that_is_too_low_is_told_before_and_holds(terminal: Terminal) -> None:
    low = terminal.types("solution", "--run", *AWS, "--yes", "--max-usd", "0.01")
    assert "That is too little for the whole solution; enough is --max-usd 1." in " ".join(
        low.out.split()
    )
    assert "more than the ceiling of 0.01 USD" in low.err
    terminal.types("clean", *AWS)


# What a process finds


@dataclass(frozen=True)
class Admitted:
    """The environment of one visit."""

    variables: Mapping[str, str]
    journal: JournalFile
    folder: Path

    def python(self, text: str, *flags: str) -> subprocess.CompletedProcess[str]:
        (self.folder / "mine.py").write_text(text)
        return subprocess.run(
            [sys.executable, *flags, "mine.py"],
            env=dict(self.variables),
            cwd=self.folder,
            capture_output=True,
            text=True,
            timeout=120,
        )

    def keys(self) -> set[str]:
        return {
            each.call.request["Key"].removeprefix(f"{MINE}/")
            for each in self.journal.read().open
            if each.call.operation == "PutObject"
        }


@pytest.fixture
def admitted(ground: Ground, tmp_path: Path) -> Iterator[Admitted]:
    with _visit(ground, tmp_path) as found:
        yield found
    s3 = ground.client("s3")
    for each in s3.list_objects_v2(Bucket=BUCKET, Prefix=MINE).get("Contents", ()):
        s3.delete_object(Bucket=BUCKET, Key=each["Key"])


@contextlib.contextmanager
def _visit(ground: Ground, folder: Path) -> Iterator[Admitted]:
    import boto3

    from labs.infra.who import caller

    session: Any = boto3.Session("OFFLINE", "OFFLINE", region_name=REGION)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AWS_ENDPOINT_URL", ground.url)
        opened = account.of(caller(session, ACCOUNT), PREFIX, session.client)
        keys = account.learner(opened, LAB.slug, 900)
    terms = visit.terms_of(
        opened, LAB, keys, ceiling=Decimal(2), spot=True, journals=folder / "journals"
    )
    with visit.admitted(terms, LAB, ground.variables) as variables:
        yield Admitted(variables, JournalFile(terms.journal), folder)


PUT = """
import os
def put(client, key):
    key = os.environ["LAB_PREFIX"] + "/" + key
    client.put_object(Bucket=os.environ["LAB_BUCKET"], Key=key, Body=b"1")
"""

EVERY_WAY = (
    PUT
    + """
import subprocess, sys
import boto3, botocore.session
put(boto3.client("s3"), "module")
put(boto3.Session().client("s3"), "session")
put(botocore.session.get_session().create_client("s3"), "botocore")
bucket = boto3.resource("s3").Bucket(os.environ["LAB_BUCKET"])
bucket.put_object(Key=os.environ["LAB_PREFIX"] + "/resource", Body=b"1")
open("file", "wb").write(b"1")
bucket.upload_file("file", os.environ["LAB_PREFIX"] + "/transfer")
boto3.setup_default_session(region_name="us-east-1")
put(boto3.client("s3"), "default")
os.environ["AWS_ACCESS_KEY_ID"] = os.environ["AWS_SECRET_ACCESS_KEY"] = "another"
put(boto3.Session().client("s3"), "environment")
del os.environ["AWS_ACCESS_KEY_ID"], os.environ["AWS_SECRET_ACCESS_KEY"]
subprocess.run([sys.executable, "child.py"], check=True)
isolated = "import botocore.session as b; print('isolated has', b.Session().get_credentials())"
subprocess.run([sys.executable, "-I", "-c", isolated], check=True)
try:
    put(boto3.client("s3", aws_access_key_id="a", aws_secret_access_key="b"), "others")
except Exception as error:
    print(type(error).__name__, error)
"""
)


def test_every_session_goes_through_the_door_and_what_goes_around_it_has_no_credentials(
    admitted: Admitted,
) -> None:
    (admitted.folder / "child.py").write_text(
        PUT + "import boto3\nput(boto3.client('s3'), 'child')"
    )
    ran = admitted.python(EVERY_WAY)
    assert ran.returncode == 0, ran.stderr
    assert admitted.keys() == {
        "module", "session", "botocore", "resource", "transfer", "default", "environment", "child",
    }  # fmt: skip
    assert "isolated has None" in ran.stdout
    assert "NotSent PutObject was not sent: it is signed with other credentials" in ran.stdout


def test_the_environment_holds_no_credentials_and_no_file_that_does(admitted: Admitted) -> None:
    told = admitted.variables
    assert not {name for name in told if "KEY" in name or "TOKEN" in name or "SECRET" in name}
    assert told["AWS_CONFIG_FILE"] == told["AWS_SHARED_CREDENTIALS_FILE"] == os.devnull
    assert told["LAB_BUCKET"] == BUCKET
    assert told["LAB_PREFIX"] == MINE
    assert told["LAB_ROLE_ARN"].endswith(":role/quizengine-execution")
    assert (told["AWS_RETRY_MODE"], told["AWS_MAX_ATTEMPTS"]) == ("standard", "8")
    assert told["LAB_XGBOOST_IMAGE"].startswith("683313688378.dkr.ecr.us-east-1.")


def test_on_aws_itself_a_proxy_stays_and_everything_of_the_aws_tools_goes(
    ground: Ground, tmp_path: Path
) -> None:
    before = {
        "HTTPS_PROXY": "http://proxy:3128",
        "AWS_CA_BUNDLE": "/etc/ca.pem",
        "AWS_PROFILE": "work",
        "AWS_SESSION_TOKEN": "secret",
        "aws_access_key_id": "a",
        "BOTO_CONFIG": "/home/me/.boto",
        "PYTHONPATH": os.pathsep.join(["mine", str(environment.START)]),
    }
    with _visit(ground, tmp_path) as found:
        from labs.aws import terms as files

        told = files.read(Path(found.variables[files.VARIABLE]))
        there = environment.variables(before, replace(told, url=""), tmp_path, LAB)
    assert there["HTTPS_PROXY"] == "http://proxy:3128"
    assert there["AWS_CA_BUNDLE"] == "/etc/ca.pem"
    assert "AWS_ENDPOINT_URL" not in there
    assert not {"AWS_PROFILE", "AWS_SESSION_TOKEN", "aws_access_key_id", "BOTO_CONFIG"} & set(there)
    assert there["PYTHONPATH"].split(os.pathsep) == [str(environment.START), "mine"]


@pytest.mark.skipif(
    shutil.which("aws", path=str(Path(sys.executable).parent)) is None, reason="no aws"
)
def test_an_aws_cli_with_a_python_of_its_own_finds_no_credentials(admitted: Admitted) -> None:
    """`-I` is what a Python has that is packed into a program: it looks at no variable."""
    aws = shutil.which("aws", path=str(Path(sys.executable).parent))
    assert aws is not None
    command = [sys.executable, "-I", aws, "s3api", "list-buckets"]
    ran = subprocess.run(
        command, env=dict(admitted.variables), capture_output=True, text=True, timeout=120
    )
    assert ran.returncode != 0
    assert "credentials" in ran.stderr.lower()


DYING = (
    PUT
    + """
import signal, sys
import boto3
client = boto3.client("s3")
def die(*_, **__):
    os.kill(os.getpid(), signal.SIGKILL)
if sys.argv[1:] == ["later"]:
    client.meta.events.register_first("before-send", die)
else:
    os.fsync = die
put(client, "a")
"""
)


@pytest.mark.skipif(sys.platform == "win32", reason="no SIGKILL")
def test_killed_before_its_line_is_on_the_disk_a_call_has_not_left_and_after_it_it_is_open(
    ground: Ground, admitted: Admitted
) -> None:
    ran = admitted.python(DYING)
    assert ran.returncode == -signal.SIGKILL, ran.stderr
    ran = admitted.python(DYING.replace("sys.argv[1:]", '["later"]'))
    assert ran.returncode == -signal.SIGKILL, ran.stderr
    assert admitted.keys() == {"a"}
    assert not any(each.did for each in admitted.journal.read().open)
    found = ground.client("s3").list_objects_v2(Bucket=BUCKET, Prefix=f"{MINE}/")
    assert found["KeyCount"] == 0, "neither left"


def test_once_the_visit_is_over_a_new_process_reaches_nothing(
    ground: Ground, tmp_path: Path
) -> None:
    with _visit(ground, tmp_path) as over:
        pass
    ran = over.python(
        "print('Python itself runs'); import boto3; boto3.client('s3').list_buckets()"
    )
    assert "Python itself runs" in ran.stdout
    assert "NotSent: Nothing is sent from here: the run that this belonged to is over" in ran.stderr


def test_a_sitecustomize_of_the_learners_own_still_runs(admitted: Admitted) -> None:
    (admitted.folder / "site").mkdir()
    (admitted.folder / "site" / "sitecustomize.py").write_text("print('mine, too')")
    path = os.pathsep.join([admitted.variables["PYTHONPATH"], str(admitted.folder / "site")])
    own = replace(admitted, variables={**admitted.variables, "PYTHONPATH": path})
    assert own.python("").stdout == "mine, too\n"


SDK = """
import os
from sagemaker.core.resources import Model
from sagemaker.core.shapes import ContainerDefinition
Model.create(
    model_name=os.environ["LAB_PREFIX"] + "-m",
    primary_container=ContainerDefinition(image=os.environ["LAB_XGBOOST_IMAGE"]),
    execution_role_arn=os.environ["LAB_ROLE_ARN"],
)
"""


def test_the_sagemaker_sdk_goes_through_the_door_too(ground: Ground, admitted: Admitted) -> None:
    pytest.importorskip("sagemaker")
    ran = admitted.python(SDK)
    assert ran.returncode == 0, ran.stderr
    (entry,) = admitted.journal.read().open
    assert entry.did
    assert {"Key": "quizengine", "Value": PREFIX} in entry.call.request["Tags"]
    ground.client("sagemaker").delete_model(ModelName=f"{MINE}-m")
