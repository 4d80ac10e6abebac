"""The environment has no way out, and every shell can read it."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labs.cloud import launch
from labs.cloud.environment import GUARD, SHELLS, Change, offline, script, variables

CLOUD = "http://127.0.0.1:4580"


def test_what_leads_to_aws_is_taken_away() -> None:
    environ = {
        "AWS_PROFILE": "work",
        "AWS_SESSION_TOKEN": "real",
        "AWS_ENDPOINT_URL_S3": "https://s3.amazonaws.com",
        "AWS_SOMETHING_NEW": "1",
        "BOTO_CONFIG": "/etc/boto.cfg",
        "https_proxy": "http://proxy:3128",
        "HOME": "/home/learner",
    }
    found = offline(environ, CLOUD)
    assert not found.keys() & environ.keys() - {"HOME"}
    assert found["HOME"] == "/home/learner"


def test_what_leads_to_the_cloud_is_there() -> None:
    found = offline({"AWS_SECRET_ACCESS_KEY": "real"}, CLOUD, region="eu-west-1")
    assert found["AWS_ENDPOINT_URL"] == CLOUD
    assert found["AWS_SECRET_ACCESS_KEY"] == "OFFLINE"
    assert found["AWS_REGION"] == found["AWS_DEFAULT_REGION"] == "eu-west-1"
    assert found["AWS_CONFIG_FILE"] == found["AWS_SHARED_CREDENTIALS_FILE"] == os.devnull


def test_the_guard_comes_first_on_the_path_and_once() -> None:
    environ = {"PYTHONPATH": os.pathsep.join(["/mine", str(GUARD), ""])}
    once = offline(environ, CLOUD)
    assert once["PYTHONPATH"].split(os.pathsep) == [str(GUARD), "/mine"]
    assert offline(once, CLOUD) == once


@given(st.dictionaries(st.sampled_from(["AWS_PROFILE", "AWS_X", "PATH", "no_proxy"]), st.text()))
def test_what_is_set_is_never_unset(environ: dict[str, str]) -> None:
    change = variables(CLOUD, environ)
    assert not change.set.keys() & set(change.unset)
    assert {"AWS_PROFILE", "HTTPS_PROXY", "https_proxy"} <= set(change.unset)


# Shells

AWKWARD = Change({"WITH": """it's "a" $HOME \\ `back` end"""}, ("GONE",))
SHOW = f"{sys.executable} -c 'import json, os; print(json.dumps(dict(os.environ)))'"


@pytest.mark.parametrize("shell", ["sh", "bash", "zsh", "fish", "pwsh"])
def test_a_shell_reads_it_to_the_letter(shell: str) -> None:
    if shutil.which(shell) is None:
        pytest.skip(f"{shell} is not installed here")
    words = {"fish": "fish", "pwsh": "powershell"}.get(shell, "sh")
    done = subprocess.run(
        [shell, "-c", f"{script(AWKWARD, words)}\n{SHOW}"],
        env={"PATH": os.environ["PATH"], "GONE": "1"},
        capture_output=True,
        check=True,
        timeout=30,
    )
    found = json.loads(done.stdout)
    assert found["WITH"] == AWKWARD.set["WITH"]
    assert "GONE" not in found


def test_the_words_for_each_shell() -> None:
    change = Change({"A": "it's"}, ("B", "C"))
    assert script(change, "sh") == "unset B C\nexport A='it'\"'\"'s'"
    assert script(change, "fish") == "set -e B\nset -e C\nset -gx A 'it\\'s'"
    assert script(change, "powershell").endswith("$Env:A = 'it''s'")
    assert set(SHELLS) == {"sh", "fish", "powershell"}


def test_the_guard_is_where_the_environment_says() -> None:
    assert (Path(GUARD) / "sitecustomize.py").is_file()
    assert (Path(GUARD) / "sagemaker.yaml").is_file()


def test_the_cloud_itself_has_no_way_out_and_finds_its_own_labs(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("PYTHONPATH", "/somebody/elses")
    monkeypatch.setenv("AWS_PROFILE", "work")
    found = launch._environment(CLOUD)
    root = str(Path(__file__).parents[3])
    assert found["PYTHONPATH"].split(os.pathsep) == [str(GUARD), root, "/somebody/elses"]
    assert found["OMP_WAIT_POLICY"] == "PASSIVE"
    assert "AWS_PROFILE" not in found
