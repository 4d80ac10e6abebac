"""`quizengine cloud`, as a learner types it."""

from __future__ import annotations

import contextlib
import io
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from labs.cloud import service
from labs.cloud.claim import running
from quizengine.cli import cli, main


def typed(*words: str) -> tuple[int, str, str]:
    """(exit code, standard output, standard error) of a command."""
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            main(["cloud", *words])
        except SystemExit as left:
            code = left.code
    assert isinstance(code, int)
    return code, out.getvalue(), err.getvalue()


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setenv("QUIZENGINE_HOME", str(tmp_path))
    monkeypatch.setenv("QUIZENGINE_PLAIN", "1")
    yield tmp_path
    service.stop(tmp_path / "cloud")


@pytest.mark.slow
def test_a_day_with_the_cloud(home: Path) -> None:
    code, out, err = typed("start", "--port", "0", "--paced")
    assert (code, err) == (0, "")
    assert 'eval "$(quizengine cloud env)"' in out
    server = running(home / "cloud")
    assert server is not None
    assert server.url in out
    assert server.pace == service.PACE
    paced = f"It is paced: every state of a job or an endpoint lasts {service.PACE} seconds"
    assert paced in typed("status")[1]
    for again in (typed("start"), typed("start", "--paced")):
        assert again[0] == 0
        assert "runs already" in again[1]
        assert paced in again[1]
    status = json.loads(typed("status", "--json")[1])
    assert status["server"]["pid"] == server.pid
    assert status["log"] == str(home / "cloud" / "server.log")
    shown = typed("status")[1]
    assert status["log"] in shown
    assert server.url in shown
    assert f"export AWS_ENDPOINT_URL={server.url}" in typed("env")[1]
    assert f"set -gx AWS_ENDPOINT_URL '{server.url}'" in typed("env", "--shell", "fish")[1]
    assert "AWS_REGION=eu-west-1" in typed("env", "--region", "eu-west-1")[1]
    assert typed("reset", "--yes")[0] == 0
    assert str(server.pid) in typed("stop")[1]


def test_without_a_cloud_everything_says_so() -> None:
    assert typed("status")[1].startswith("The cloud does not run.\n")
    assert typed("stop") == (0, "The cloud does not run.\n", "")
    assert json.loads(typed("status", "--json")[1])["server"] is None


@pytest.mark.slow
def test_a_cloud_that_runs_does_not_change_its_pace_unsaid(home: Path) -> None:
    assert typed("start", "--port", "0")[0] == 0
    assert "paced" not in typed("status")[1]
    code, out, err = typed("start", "--paced")
    assert (code, out) == (1, "")
    assert "at another pace" in err
    assert "quizengine cloud stop" in err


def evaluated(text: str) -> dict[str, str]:
    """The environment of a learner with an account of their own after a shell has read the text."""
    own = {
        "PATH": os.environ["PATH"],
        "AWS_PROFILE": "production",
        "AWS_ACCESS_KEY_ID": "AKIAREAL",
        "AWS_SECRET_ACCESS_KEY": "real",
        "AWS_SESSION_TOKEN": "real",
    }
    done = subprocess.run(
        ["sh", "-c", 'eval "$1"; env', "sh", text],
        env=own,
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    return dict(line.split("=", 1) for line in done.stdout.splitlines() if "=" in line)


def leads_nowhere(env: dict[str, str]) -> bool:
    keys = {env["AWS_ACCESS_KEY_ID"], env["AWS_SECRET_ACCESS_KEY"]}
    files = {env["AWS_CONFIG_FILE"], env["AWS_SHARED_CREDENTIALS_FILE"]}
    others = {env.get("AWS_PROFILE", ""), env.get("AWS_SESSION_TOKEN", "")}
    return (
        keys == {"OFFLINE"}
        and files == {os.devnull}
        and others <= {"", "OFFLINE"}
        and env["AWS_ENDPOINT_URL"] == "http://127.0.0.1:1"
    )


@pytest.mark.skipif(sys.platform == "win32", reason="sh")
def test_without_a_cloud_the_environment_leads_nowhere_and_not_to_a_real_account() -> None:
    code, out, err = typed("env", "--shell", "sh")
    assert code == 1
    assert err.startswith("Error: The cloud does not run.\n")
    assert "quizengine cloud start" in err
    assert leads_nowhere(evaluated(out))


@pytest.mark.skipif(sys.platform == "win32", reason="sh")
def test_neither_does_that_of_a_mistyped_option() -> None:
    code, out, err = typed("env", "--regoin", "eu-west-1")
    assert code == 2
    assert "No such option" in err
    assert leads_nowhere(evaluated(out))
    out = typed("env", "--shell=fish", "--regoin", "eu-west-1")[1]
    assert "set -gx AWS_ENDPOINT_URL 'http://127.0.0.1:1'" in out


def test_an_address_that_others_could_reach_is_one_clear_error() -> None:
    code, out, err = typed("start", "--host", "0.0.0.0")
    assert (code, out) == (1, "")
    assert err.startswith("Error: The cloud listens on this computer alone, not at 0.0.0.0")


@pytest.mark.parametrize(
    ("answer", "said"), [("no", "Nothing was forgotten."), ("reset", "as new")]
)
def test_to_forget_is_asked_about_first(home: Path, answer: str, said: str) -> None:
    (home / "cloud").mkdir()
    (home / "cloud" / "calls.jsonl").write_text("{}")
    ran = CliRunner().invoke(cli, ["cloud", "reset"], input=f"{answer}\n")
    assert ran.exit_code == 0
    assert said in ran.output
    assert (home / "cloud" / "calls.jsonl").exists() is (answer == "no")


def test_without_the_labs_extra_it_is_said_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "moto", None)
    code, out, err = typed("start")
    assert (code, out) == (1, "")
    assert "moto is missing" in err
    assert 'pip install "quizengine[labs]"' in err


@pytest.mark.slow
def test_the_cloud_command_imports_nothing_heavy() -> None:
    heavy = ("boto3", "moto", "numpy", "uvicorn", "xgboost")
    code = (
        "import sys\n"
        "from quizengine.cli import main\n"
        "try:\n    main(['cloud', 'status'])\nexcept SystemExit:\n"
        f"    print([name for name in {heavy!r} if name in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True
    )
    assert done.stdout.endswith("[]\n")


# Doctor


def quizengine(*words: str, path: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "quizengine", *words],
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(path), "QUIZENGINE_HOME": str(path)},
        cwd=path,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_doctor_says_what_the_labs_run_on(tmp_path: Path) -> None:
    said = quizengine("doctor", path=tmp_path).stdout
    assert re.search(r"^ok   labs: xgboost\S* 3\.\S+, moto 5\.", said, re.MULTILINE)


@pytest.mark.slow
def test_another_package_called_labs_is_found_by_doctor(tmp_path: Path) -> None:
    (tmp_path / "labs").mkdir()
    (tmp_path / "labs" / "__init__.py").touch()
    said = quizengine("doctor", path=tmp_path)
    assert said.returncode == 1
    assert f"BAD  labs: hidden by {tmp_path / 'labs' / '__init__.py'}" in said.stdout
    refused = quizengine("cloud", "status", path=tmp_path)
    assert refused.returncode == 1
    assert refused.stderr.startswith("Error: Another package called labs hides")
    refused = quizengine("cloud", "env", path=tmp_path)
    assert refused.returncode == 1
    assert refused.stderr.startswith("Error: Another package called labs hides")
    if sys.platform != "win32":
        assert leads_nowhere(evaluated(refused.stdout))
