"""The learner's program in a job: where it lies, and how it is called."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest

from labs.cloud.algorithms.sklearn import requirements
from labs.cloud.algorithms.sklearn.errors import LONGEST, ContainerError, script_failed
from labs.cloud.algorithms.sklearn.program import program
from labs.cloud.algorithms.worker import Exit, Workers
from tests.labs.sklearn.account import source


@pytest.fixture
def base(tmp_path: Path) -> Path:
    """The /opt/ml of a job with a program train.py in `code`."""
    for name in ("input/config", "input/data/train", "model", "output/data", "code"):
        (tmp_path / name).mkdir(parents=True)
    config: dict[str, Any] = {
        "hyperparameters": {},
        "inputdataconfig": {"train": {"TrainingInputMode": "File"}},
        "resourceconfig": {"hosts": ["algo-1"], "current_host": "algo-1"},
    }
    for name, value in config.items():
        (tmp_path / f"input/config/{name}.json").write_text(json.dumps(value))
    (tmp_path / "code/train.py").write_text("print('hello')\n")
    return tmp_path


def submitted(**more: str) -> dict[str, str]:
    return {"sagemaker_program": "train.py", "sagemaker_submit_directory": "s3://b/s.tgz"} | more


def run(base: Path, text: str, **hyperparameters: str) -> subprocess.CompletedProcess[str]:
    """Train with this program, in a process as a container would."""
    (base / "code/train.py").write_text(text)
    config = base / "input/config/hyperparameters.json"
    config.write_text(json.dumps(submitted(**hyperparameters)))
    return subprocess.run(
        [sys.executable, "-m", "labs.cloud.algorithms.sklearn", "train", str(base)],
        capture_output=True,
        text=True,
        check=False,
    )


def failure(base: Path) -> str:
    return (base / "output/failure").read_text()


def test_hyperparameters_become_arguments_in_the_order_of_their_names(base: Path) -> None:
    more = {"n-estimators": "10", "a": '"x y"', "classes": '{"b": 2, "a": 1}', "on": "true"}
    found = program(base, submitted(**more, sagemaker_region='"us-east-1"'))
    assert found.arguments == (
        *("-a", "x y"),
        *("--classes", "a=1,b=2"),
        *("--n-estimators", "10"),
        *("--on", "True"),
    )


def test_the_environment_tells_the_program_where_everything_is(base: Path) -> None:
    told = program(base, submitted(**{"max-depth": "3"})).environment
    assert told["SM_MODEL_DIR"] == str(base / "model")
    assert told["SM_CHANNEL_TRAIN"] == str(base / "input/data/train")
    assert told["SM_OUTPUT_DATA_DIR"] == str(base / "output/data")
    assert told["SM_HP_MAX_DEPTH"] == "3"
    assert json.loads(told["SM_HPS"]) == {"max-depth": 3}
    assert json.loads(told["SM_CHANNELS"]) == ["train"]
    assert json.loads(told["SM_TRAINING_ENV"])["hyperparameters"] == {"max-depth": 3}


def test_the_sdks_channels_name_the_program_and_its_arguments(base: Path) -> None:
    drivers, code = base / "input/data/sm_drivers", base / "input/data/code"
    drivers.mkdir()
    code.mkdir()
    (drivers / "sourcecode.json").write_text(json.dumps({"entry_script": "go.py"}))
    (code / "go.py").write_text("")
    found = program(base, {"name": "a b", "list": "[1, 2]"})
    assert (found.folder, found.script) == (code, "go.py")
    assert found.arguments == ("--name", "a b", "--list", "[1, 2]")


def test_a_source_archive_in_the_sdks_channel_is_unpacked(base: Path) -> None:
    drivers, code = base / "input/data/sm_drivers", base / "input/data/code"
    drivers.mkdir()
    code.mkdir()
    said = {"entry_script": "go.py", "source_dir": "s3://b/source.tar.gz"}
    (drivers / "sourcecode.json").write_text(json.dumps(said))
    (code / "source.tar.gz").write_bytes(source(go="x = 1\n"))
    assert program(base, {}).script == "go.py"


@pytest.mark.parametrize(
    ("hyperparameters", "why"),
    [
        ({}, "There is no program to run"),
        (submitted(sagemaker_program="run.sh"), "only Python programs"),
        (
            submitted(sagemaker_program="no.py"),
            "no program no.py in the source directory: train.py",
        ),
        (submitted(sagemaker_program="../../etc/x.py"), "lies outside"),
        (submitted(sagemaker_submit_directory="/opt/ml/../../x"), "lies outside"),
        (submitted(sagemaker_submit_directory="/opt/ml/nowhere"), "is /opt/ml/nowhere"),
    ],
)
def test_a_program_that_cannot_be_run_says_why(
    base: Path, hyperparameters: dict[str, str], why: str
) -> None:
    with pytest.raises(ContainerError, match=why):
        program(base, hyperparameters)


def test_a_command_in_place_of_a_program_is_not_offered(base: Path) -> None:
    drivers = base / "input/data/sm_drivers"
    drivers.mkdir()
    (drivers / "sourcecode.json").write_text('{"command": "rm -rf /"}')
    with pytest.raises(ContainerError, match="not offered offline"):
        program(base, {})


def test_a_program_that_ends_well_leaves_no_failure(base: Path) -> None:
    ended = run(base, "import helper, sys\nprint(helper.x, sys.argv[1:])\nsys.exit(0)\n", n="1")
    assert ended.returncode == 1  # there is no helper yet
    assert "No module named 'helper'" in failure(base)
    (base / "output/failure").unlink()
    (base / "code/helper.py").write_text("x = 'helped'\n")
    ended = run(base, "import helper, sys\nprint(helper.x, sys.argv[1:])\nsys.exit(0)\n", n="1")
    assert ended.returncode == 0
    assert "helped ['-n', '1']" in ended.stdout
    assert not (base / "output/failure").exists()


@pytest.mark.parametrize(
    ("text", "code", "why"),
    [
        ("1 / 0\n", 1, "ZeroDivisionError: division by zero"),
        ("def f(:\n", 1, "SyntaxError"),
        ("import sys\nsys.exit(3)\n", 3, "ExitCode 3"),
        ("import sys\nsys.exit('no data')\n", 1, 'ErrorMessage "no data"'),
        ("raise KeyboardInterrupt\n", 1, "KeyboardInterrupt"),
    ],
)
def test_the_exit_code_and_the_error_are_the_programs(
    base: Path, text: str, code: int, why: str
) -> None:
    assert run(base, text).returncode == code
    assert failure(base).startswith(f"ExecuteUserScriptError:\nExitCode {code}\n")
    assert why in failure(base)
    assert "runpy" not in failure(base)


def test_of_a_long_error_the_end_is_kept() -> None:
    text = script_failed(1, "x" * 2000 + "the reason", "python train.py")
    assert len(text) < LONGEST + 200
    assert 'the reason"\nCommand "python train.py"' in text


def test_a_class_of_the_program_can_be_saved_by_joblib(base: Path) -> None:
    text = (
        "import joblib\nclass Mine:\n    x = 1\n"
        "if __name__ == '__main__':\n"
        "    joblib.dump(Mine(), 'm.joblib')\n    assert joblib.load('m.joblib').x == 1\n"
    )
    ended = run(base, text)
    assert ended.returncode == 0, ended.stdout


def test_requirements_that_are_here_are_named_and_others_fail(tmp_path: Path) -> None:
    said: list[str] = []
    requirements.check(tmp_path, said.append)
    (tmp_path / "requirements.txt").write_text("# mine\nnumpy>=1.0  # arrays\n\n")
    requirements.check(tmp_path, said.append)
    assert len(said) == 1
    assert said[0].startswith("requirements.txt: numpy>=1.0 is not installed anew; version ")
    (tmp_path / "requirements.txt").write_text("numpy\nnobody-has-this==1\n--index-url x\n")
    with pytest.raises(ContainerError, match="names nobody-has-this==1, --index-url x"):
        requirements.check(tmp_path, said.append)


# In the cloud's hands


def through_workers(base: Path, text: str, stop: threading.Event) -> tuple[Exit, list[str]]:
    """Train as the cloud does; `stop` comes with the first line that says so."""
    (base / "code/train.py").write_text(text)
    (base / "input/config/hyperparameters.json").write_text(json.dumps(submitted()))
    lines: list[str] = []

    def on_line(line: str) -> None:
        lines.append(line)
        if line == "stop me":
            stop.set()

    workers = Workers(keep_spare=False)
    try:
        end = workers.run(
            "sklearn",
            base,
            on_line=on_line,
            stop=stop,
            deadline_s=60,
            environment={"MINE": "1"},
            grace_s=5,
        )
    finally:
        workers.close()
    return end, lines


LEFT = (
    "import subprocess, sys\n"
    "child = 'import signal, time; signal.signal(15, signal.SIG_IGN); time.sleep(600)'\n"
    "subprocess.Popen([sys.executable, '-c', child])\n"
)


def test_what_a_program_leaves_behind_does_not_keep_its_job(base: Path) -> None:
    end, lines = through_workers(base, LEFT + "print('done')\n", threading.Event())
    assert end.code == 0
    assert "done" in lines


def test_a_stopped_program_takes_its_children_along(base: Path) -> None:
    text = LEFT + "import time\nprint('stop me')\ntime.sleep(600)\n"
    end, _ = through_workers(base, text, threading.Event())
    assert end.stopped
    assert end.code == 143


def test_a_program_may_end_in_its_own_way_when_it_is_stopped(base: Path) -> None:
    text = (
        "import os, signal, sys, time\n"
        "def end(*_):\n"
        "    open(os.environ['SM_MODEL_DIR'] + '/m', 'w').write(os.environ['MINE'])\n"
        "    sys.exit(0)\n"
        "signal.signal(signal.SIGTERM, end)\n"
        "print('stop me')\n"
        "time.sleep(600)\n"
    )
    end, _ = through_workers(base, text, threading.Event())
    assert (end.stopped, end.code) == (True, 0)
    assert (base / "model/m").read_text() == "1"


def test_a_program_that_crashes_says_by_which_signal(base: Path) -> None:
    end, _ = through_workers(base, "import os\nos.kill(os.getpid(), 11)\n", threading.Event())
    assert end.code == 139
    assert end.failure is not None
    assert "SIGSEGV" in end.failure
