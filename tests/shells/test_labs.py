"""`quizengine lab`, as a learner types it: from the list to the last thing taken down."""

from __future__ import annotations

import contextlib
import io
import json
import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from labs.cloud import service
from quizengine.cli import main
from tests.shells.helpers import Ran, Shell

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Learner:
    """Types `quizengine lab ...`. What a script of theirs prints goes to the terminal."""

    home: Path
    folder: Path
    terminal: pytest.CaptureFixture[str]

    def types(self, *words: str, noun: str = "lab") -> Ran:
        out, err = io.StringIO(), io.StringIO()
        self.terminal.readouterr()
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            try:
                main([noun, *words])
            except SystemExit as left:
                code = left.code
        assert isinstance(code, int)
        printed = self.terminal.readouterr()
        return Ran(code, out.getvalue() + printed.out, err.getvalue() + printed.err)

    def json(self, *words: str) -> Any:
        return json.loads(self.types(*words, "--json").out)

    def state(self, lab: str) -> str:
        (found,) = [each for each in self.json("list") if each["id"] == lab]
        return str(found["state"])

    def failing(self, lab: str) -> list[str]:
        return [each["id"] for each in self.json("check", lab)["checks"] if not each["passed"]]

    def writes(self, name: str, text: str) -> None:
        (self.folder / name).write_text(text, encoding="utf-8")


@pytest.fixture
def learner(
    home: Path,
    questions: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> Learner:
    """A learner with the real labs, a home of their own, and nothing done yet."""
    monkeypatch.setenv("QUIZENGINE_QUESTIONS", str(questions))
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    return Learner(home, tmp_path / "quizengine-labs" / "train_xgboost", capfd)


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The home of a learner whose cloud runs through all tests that only use it."""
    home = tmp_path_factory.mktemp("shared")
    service.start(home / "cloud", port=0)
    yield home
    service.stop(home / "cloud")


@pytest.fixture
def at_work(
    shared: Path, learner: Learner, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Learner:
    """A learner who has started the first lab, in a cloud that runs."""
    monkeypatch.setenv("QUIZENGINE_HOME", str(shared))
    folder = tmp_path / "work"
    assert learner.types("start", "train_xgboost", "--into", str(folder)).code == 0
    return Learner(shared, folder, learner.terminal)


# Without a cloud


def test_the_list_says_what_there_is_and_how_to_begin(learner: Learner) -> None:
    ran = learner.types("list")
    assert ran.code == 0
    assert "train_xgboost  45 minutes, not started" in ran.out
    assert ran.out.endswith("Begin, or go on: quizengine lab start train_xgboost\n")
    labs = learner.json("list")
    assert [lab["id"] for lab in labs][:2] == ["train_xgboost", "deploy_endpoint"]
    assert labs[0]["state"] == "not started"
    assert labs[0]["checks"] == 8


def test_a_lab_is_shown_with_its_steps_and_its_guide(learner: Learner) -> None:
    ran = learner.types("show", "deploy_endpoint")
    assert "Step 3: Put a second model beside it" in ran.out
    assert "Begin: quizengine lab start deploy_endpoint" in ran.out
    guide = learner.types("show", "deploy_endpoint", "--guide").out
    assert guide.startswith("# Deploy a model")
    told = learner.json("show", "deploy_endpoint")
    assert told["folder"] is None
    assert [check["id"] for check in told["checks"]][-1] == "taken-down"


@pytest.mark.parametrize(
    "words", [["run"], ["check"], ["hint"], ["solution"], ["reset"], ["clean"], ["show"]]
)
def test_before_anything_was_started_every_command_says_how_to_begin(
    learner: Learner, words: list[str]
) -> None:
    ran = learner.types(*words)
    assert ran.code == 1
    assert ran.err == (
        "Error: No lab has been started yet.\n"
        "quizengine lab list shows them, quizengine lab start LAB begins one.\n"
    )


@pytest.mark.parametrize("command", ["start", "show", "check", "hint", "solution", "clean"])
def test_a_lab_that_is_not_there_is_named_with_a_close_one(learner: Learner, command: str) -> None:
    ran = learner.types(command, "train_xgbost")
    assert ran.code == 1
    assert ran.err == (
        "Error: There is no lab called 'train_xgbost'.\nDid you mean train_xgboost?\n"
    )


def test_a_lab_that_was_not_started_has_no_files_to_run(learner: Learner) -> None:
    for words in (["run", "--lab", "train_xgboost"], ["reset", "train_xgboost"]):
        ran = learner.types(*words)
        assert ran.code == 1
        assert "The lab train_xgboost has not been started yet." in ran.err
        assert "quizengine lab start train_xgboost" in ran.err


def test_a_solution_is_shown_and_noted(learner: Learner) -> None:
    assert "import boto3" in learner.types("solution", "train_xgboost").out
    assert "ModelTrainer" in learner.types("solution", "train_xgboost", "--sdk").out
    assert learner.state("train_xgboost") == "not started"


@pytest.mark.parametrize("command", ["check", "hint"])
def test_a_lab_that_was_not_started_is_not_looked_for_in_the_cloud(
    learner: Learner, command: str
) -> None:
    ran = learner.types(command, "train_xgboost")
    assert ran.code == 1
    assert ran.err == (
        "Error: The lab train_xgboost has not been started yet.\n"
        "quizengine lab start train_xgboost\n"
    )
    assert service.status(learner.home / "cloud").server is None


WITHOUT_THE_EXTRA = """
import sys

class Missing:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in ("boto3", "botocore", "moto", "xgboost", "sklearn"):
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)

sys.meta_path.insert(0, Missing())
from quizengine.cli import main
main(sys.argv[1:])
"""


@pytest.mark.slow
def test_without_the_extra_the_labs_are_shown_and_the_rest_says_how_to_install(
    shell: Shell, tmp_path: Path
) -> None:
    def typed(*words: str) -> tuple[int, str]:
        environment = {**shell.environment(), "HOME": str(tmp_path)}
        del environment["QUIZENGINE_QUESTIONS"]
        done = subprocess.run(
            [sys.executable, "-c", WITHOUT_THE_EXTRA, "lab", *words],
            env=environment,
            capture_output=True,
            text=True,
            cwd=tmp_path,
            timeout=60,
            check=False,
        )
        assert "Traceback" not in done.stderr
        return done.returncode, done.stdout + done.stderr

    assert typed("list")[0] == 0
    assert typed("show", "train_xgboost")[0] == 0
    code, said = typed("start", "train_xgboost")
    assert code == 1
    assert "The labs are not installed" in said
    assert 'pip install "quizengine[labs]"' in said


# With a cloud


@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.xdist_group("local-cloud")
def test_a_learner_goes_from_the_start_to_a_clean_end(learner: Learner) -> None:
    """The whole loop, with a cloud that is started on the way."""
    ran = learner.types("start", "train_xgboost")
    assert ran.code == 0
    assert f"Your folder: {learner.folder}" in ran.out
    assert "Put there: fault.py, guide.md, starter.py, tumours.py." in ran.out
    assert "The cloud was started at http://127.0.0.1:" in ran.err
    try:
        assert learner.types("run").code == 1
        before = learner.types("check").out
        assert "0 of 8 checks." in before
        assert "held before" not in before
        assert "1 of 3: " in learner.types("hint").out

        ran = learner.types("solution", "--run")
        assert ran.code == 0, ran.err
        assert "8 of 8 checks." in ran.out
        assert learner.state("train_xgboost") == "done with the solution"

        service.stop(learner.home / "cloud")  # overnight
        ran = learner.types("check")
        assert ran.code == 0
        assert "The cloud was started at" in ran.err

        ran = learner.types("clean")
        assert ran.code == 0
        assert "Gone: training job train-xgboost-fault" in ran.out
        assert ran.out.endswith("Nothing of train_xgboost is left.\n")
        assert learner.state("train_xgboost") == "done with the solution"
        ran = learner.types("check")
        assert ran.code == 1
        assert "All of them have held before" in ran.out
    finally:
        service.stop(learner.home / "cloud")


@pytest.mark.slow
@pytest.mark.xdist_group("local-cloud")
def test_a_start_again_keeps_what_was_written(at_work: Learner) -> None:
    at_work.writes("starter.py", "print('mine')")
    ran = at_work.types("start", "train_xgboost")
    assert "Kept as you made it: starter.py." in ran.out
    ran = at_work.types("run")
    assert (ran.code, ran.out) == (0, "mine\n")


@pytest.mark.slow
@pytest.mark.xdist_group("local-cloud")
def test_a_start_elsewhere_says_which_folder_it_leaves(at_work: Learner, tmp_path: Path) -> None:
    ran = at_work.types("start", "train_xgboost", "--into", str(tmp_path / "other"))
    assert f"You leave {at_work.folder} as it is" in ran.out
    assert "You leave" not in at_work.types("start", "train_xgboost").out


@pytest.mark.slow
@pytest.mark.xdist_group("local-cloud")
def test_a_terminal_knows_the_lab_as_its_scripts_do(at_work: Learner) -> None:
    ran = at_work.types("env", noun="cloud")
    assert ran.code == 0
    assert "LAB_BUCKET" in ran.out
    for name, value in (
        ("LAB_PREFIX", "train-xgboost"),
        ("LAB_ROLE_ARN", "arn:aws:iam::123456789012:role/quizengine-labs"),
        ("LAB_XGBOOST_IMAGE", "sagemaker-xgboost:3.2-0"),
        ("LAB_LINEAR_LEARNER_IMAGE", "linear-learner:1"),
        ("LAB_SKLEARN_IMAGE", "sagemaker-scikit-learn:1.9-0-cpu-py3"),
        ("LAB_KMEANS_IMAGE", "kmeans:1"),
    ):
        assert re.search(rf"{name}\S* ?=? ?'?\S*{value}", ran.out), name
    abroad = at_work.types("env", "--region", "eu-west-1", noun="cloud").out
    assert "LAB_" not in abroad, "the bucket is not there"


@pytest.mark.slow
@pytest.mark.xdist_group("local-cloud")
def test_a_reset_asks_before_it_overwrites(
    at_work: Learner, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert at_work.types("reset").code == 0, "nothing was changed: nothing to ask"
    at_work.writes("starter.py", "print('mine')")
    monkeypatch.setattr(sys, "stdin", io.StringIO("n\n"))
    assert at_work.types("reset").code == 130
    assert (at_work.folder / "starter.py").read_text() == "print('mine')"
    assert at_work.types("reset", "--yes").code == 0
    assert "TODO" in (at_work.folder / "starter.py").read_text()


ASKS = """
import os, sys
print(os.environ["LAB_BUCKET"], os.environ["LAB_PREFIX"], os.getcwd())
print(os.environ.get("AWS_PROFILE"), os.environ.get("HTTPS_PROXY"))
"""


@pytest.mark.slow
@pytest.mark.xdist_group("local-cloud")
def test_a_script_gets_the_lab_and_nothing_of_the_learners_account(
    at_work: Learner, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_PROFILE", "production")
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy.example.com:3128")
    at_work.writes("mine.py", ASKS)
    ran = at_work.types("run", "mine.py")
    assert ran.code == 0
    first, second = ran.out.splitlines()
    assert first.split()[:2] == ["quizengine-labs-123456789012", "train-xgboost"]
    assert Path(first.split()[2]) == at_work.folder.resolve()
    assert second == "None None"
    assert at_work.types("check").code == 1, "a check looks past such variables, too"


@pytest.mark.slow
@pytest.mark.xdist_group("local-cloud")
@pytest.mark.parametrize(
    "code",
    [
        "import urllib.request; urllib.request.urlopen('https://example.com')",
        "import socket; socket.create_connection(('93.184.215.14', 443))",
        "import subprocess, sys; subprocess.run([sys.executable, '-c', "
        "'import socket; socket.getaddrinfo(\"example.com\", 443)'], check=True)",
        "import boto3; boto3.client('ec2', endpoint_url='https://ec2.example.com')"
        ".describe_regions()",
    ],
)
def test_a_script_does_not_leave_this_computer(at_work: Learner, code: str) -> None:
    at_work.writes("out.py", code)
    ran = at_work.types("run", "out.py")
    assert ran.code == 1
    assert "was blocked: this process is offline" in ran.err


@pytest.mark.slow
@pytest.mark.xdist_group("local-cloud")
def test_a_script_that_names_the_real_aws_reaches_the_cloud_on_this_computer(
    at_work: Learner,
) -> None:
    code = (
        "import boto3\nreal = 'https://s3.us-east-1.amazonaws.com'\n"
        "print([b['Name'] for b in boto3.client('s3', endpoint_url=real)"
        ".list_buckets()['Buckets']])"
    )
    at_work.writes("real.py", code)
    ran = at_work.types("run", "real.py")
    assert (ran.code, ran.out) == (0, "['quizengine-labs-123456789012']\n")


@pytest.mark.slow
@pytest.mark.xdist_group("local-cloud")
def test_a_script_that_hangs_is_ended_with_a_word_on_it(at_work: Learner) -> None:
    at_work.writes("hang.py", "import threading; threading.Event().wait()")
    ran = at_work.types("run", "hang.py", "--timeout", "1")
    assert ran.code == 124
    assert ran.err == "hang.py was ended after 1 seconds. More: --timeout SECONDS\n"


@pytest.mark.slow
@pytest.mark.xdist_group("local-cloud")
def test_the_folder_we_are_in_tells_the_lab(
    at_work: Learner, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = tmp_path / "other"
    assert at_work.types("start", "deploy_endpoint", "--into", str(other)).code == 0
    assert at_work.json("show")["slug"] == "deploy_endpoint"
    monkeypatch.chdir(at_work.folder)
    assert at_work.json("show")["slug"] == "train_xgboost"


@pytest.mark.slow
@pytest.mark.xdist_group("local-cloud")
def test_a_workspace_that_was_deleted_comes_back(at_work: Learner) -> None:
    shutil.rmtree(at_work.folder)
    ran = at_work.types("run")
    assert ran.code == 1
    assert "There is no starter.py in" in ran.err
    assert "quizengine lab start train_xgboost" in ran.err
    assert len(at_work.failing("train_xgboost")) == 8, "a check needs no files"
    assert at_work.types("start", "train_xgboost").code == 0
    assert (at_work.folder / "starter.py").exists()


@pytest.mark.slow
@pytest.mark.xdist_group("local-cloud")
@pytest.mark.skipif(sys.platform == "win32", reason="SIGKILL")
def test_a_lab_goes_on_after_the_cloud_was_killed(at_work: Learner) -> None:
    at_work.writes("upload.py", UPLOAD)
    assert at_work.types("run", "upload.py").code == 0
    running = service.needed(at_work.home / "cloud")
    os.kill(running.pid, signal.SIGKILL)
    ran = at_work.types("check")
    assert "The cloud was started at" in ran.err
    assert re.search(r"ok +The training rows lie in S3", ran.out)
    assert "1 of 8 checks." in ran.out


UPLOAD = """
import os
import boto3
key = os.environ["LAB_PREFIX"] + "/train/train.csv"
body = ",".join(["1"] + ["0.5"] * 30)
boto3.client("s3").put_object(Bucket=os.environ["LAB_BUCKET"], Key=key, Body=body)
"""


@pytest.mark.slow
@pytest.mark.xdist_group("local-cloud")
def test_a_lab_goes_on_after_the_cloud_forgot_everything(at_work: Learner) -> None:
    service.reset(at_work.home / "cloud")
    at_work.writes("upload.py", UPLOAD)
    assert at_work.types("run", "upload.py").code == 0, "the bucket is there again"
    assert at_work.types("clean").code == 0


@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.xdist_group("local-cloud")
@pytest.mark.parametrize(
    "lab",
    [
        "train_xgboost",
        "deploy_endpoint",
        "early_stopping",
        "hyperparameter_tuning",
        "batch_and_endpoints",
        "input_modes",
        "traffic",
        "kmeans_segments",
    ],
)
def test_the_solution_with_the_sdk_passes_every_check(
    at_work: Learner, tmp_path: Path, lab: str
) -> None:
    assert at_work.types("start", lab, "--into", str(tmp_path / lab)).code == 0
    ran = at_work.types("solution", lab, "--sdk", "--run")
    assert ran.code == 0, ran.out + ran.err
    assert "Deprecat" not in ran.out + ran.err
    service.stop(at_work.home / "cloud")
    assert at_work.types("check", lab).code == 0, "all of it is there again after a reboot"
    assert at_work.types("clean", lab).code == 0
