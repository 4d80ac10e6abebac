"""A model of the learner's script in its own process: its answers, its death and its return."""

from __future__ import annotations

import gc
import os
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from labs.cloud.algorithms.sklearn import serving
from labs.cloud.algorithms.sklearn.serving import BadModel, Model

JSON, CSV = "application/json", "text/csv"
LOAD = "def model_fn(model_dir):\n    return 2\n"
TWICE = LOAD + "def predict_fn(values, model):\n    return values * model\n"

Load = Callable[..., Model]


@pytest.fixture
def load(tmp_path: Path) -> Iterator[Load]:
    """A model whose folder `code` holds this script."""
    made: list[Model] = []

    def loaded(text: str, **environment: str) -> Model:
        folder = tmp_path / "model"
        (folder / "code").mkdir(parents=True, exist_ok=True)
        (folder / "code/serve.py").write_text(text)
        made.append(serving.load(folder, {"SAGEMAKER_PROGRAM": "serve.py", **environment}))
        return made[-1]

    yield loaded
    for model in made:
        model.close()


def test_what_the_script_lacks_the_container_does(load: Load) -> None:
    model = load(TWICE)
    answer = model.answer(b"1,2\n3,4\n", CSV, CSV)
    assert (answer.status, answer.content_type, answer.body) == (200, CSV, b"2.0,4.0\n6.0,8.0\n")
    assert model.answer(b"[[1, 2]]", None, None).body == b"[[2.0, 4.0]]"
    assert model.answer(b"[1]", JSON, "*/*").content_type == JSON


def test_the_environment_says_what_is_answered_by_default(load: Load) -> None:
    model = load(TWICE, SAGEMAKER_DEFAULT_INVOCATIONS_ACCEPT=CSV)
    assert model.answer(b"[1, 2]", JSON, None).body == b"2.0\n4.0\n"


def test_the_scripts_own_functions_are_asked_in_their_order(load: Load) -> None:
    model = load(
        LOAD
        + "def input_fn(data, kind):\n    return [type(data).__name__, kind]\n"
        + "def predict_fn(values, model):\n    return [*values, model]\n"
        + "def output_fn(result, accept):\n    return ' '.join(map(str, result)), 'text/plain'\n"
    )
    answer = model.answer(b"x", "image/png", None)
    assert (answer.content_type, answer.body) == ("text/plain", b"bytes image/png 2")
    assert model.answer(b"x", CSV, None).body == b"str text/csv 2"
    with_charset = model.answer(b"x", "text/csv; charset=utf-8", None)
    assert with_charset.body == b"bytes text/csv; charset=utf-8 2"


def test_a_transform_fn_does_everything_and_stands_alone(load: Load) -> None:
    whole = "def transform_fn(model, body, kind, accept):\n    return f'{model}{body}', accept\n"
    assert load(LOAD + whole).answer(b"x", CSV, CSV).body == b"2x"
    with pytest.raises(BadModel, match="Cannot use transform_fn implementation with input_fn"):
        load(TWICE + whole)


@pytest.mark.parametrize(
    ("content_type", "accept", "status", "named"),
    [
        ("image/png", CSV, 415, b"image/png"),
        ("text/csv; charset=utf-8", CSV, 415, b"text/csv; charset=utf-8"),
        (CSV, "image/png", 406, b"image/png"),
    ],
)
def test_a_type_that_nobody_reads_or_writes_is_the_clients_error(
    load: Load, content_type: str, accept: str, status: int, named: bytes
) -> None:
    answer = load(TWICE).answer(b"1,2\n3,4\n", content_type, accept)
    assert answer.status == status
    assert b"Content type " + named + b" is not supported by this framework." in answer.body


def test_a_function_that_raises_answers_500_with_its_traceback_alone(load: Load) -> None:
    model = load(LOAD + "def predict_fn(values, model):\n    raise KeyError('column')\n")
    answer = model.answer(b"[1]", JSON, JSON)
    assert answer.status == 500
    lines = answer.body.decode().splitlines()
    assert lines[-1] == "KeyError: 'column'"
    assert "serve.py" in lines[1]
    assert model.answer(b"[1]", JSON, JSON).status == 500  # it goes on


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("x = 1\n", "Please provide a model_fn implementation: serve.py has none"),
        ("def model_fn(d):\n    raise OSError('no file')\n", "OSError: no file"),
        ("import nobody_has_this\n", "No module named 'nobody_has_this'"),
        ("import sys\nsys.exit(4)\n", "SystemExit: 4"),
        ("import os\nos._exit(9)\n", "The process ended with code 9 while it loaded the model"),
        ("def model_fn(d):\n    raise ValueError('x' * 200000)\n", "ValueError: xxx"),
    ],
)
def test_a_script_that_cannot_load_its_model_says_why(load: Load, text: str, why: str) -> None:
    with pytest.raises(BadModel, match=why):
        load(text)


@pytest.mark.parametrize(
    ("environment", "why"),
    [
        ({"SAGEMAKER_PROGRAM": ""}, "has no SAGEMAKER_PROGRAM"),
        ({"SAGEMAKER_PROGRAM": "other.py"}, "folder /opt/ml/model/code of the model has no such"),
        ({"SAGEMAKER_SUBMIT_DIRECTORY": "/opt/ml/model"}, "folder /opt/ml/model of the model"),
        ({"SAGEMAKER_MODEL_SERVER_TIMEOUT": "soon"}, "is 'soon', and must be a number"),
    ],
)
def test_an_environment_that_names_no_script_says_so(
    load: Load, environment: dict[str, str], why: str
) -> None:
    with pytest.raises(BadModel, match=why):
        load(TWICE, **environment)


def test_what_the_script_prints_is_heard_and_is_no_answer(load: Load) -> None:
    heard: list[str] = []
    came = threading.Event()

    def listen(line: str) -> None:
        heard.append(line)
        if line == "asked":
            came.set()

    model = load(
        "print('imported')\n" + LOAD + "def predict_fn(v, m):\n    print('asked')\n    return v\n"
    )
    model.listen(listen)
    assert model.answer(b"[1]", JSON, JSON).body == b"[1.0]"
    assert came.wait(10)
    assert heard == ["imported", "asked"]


def test_a_process_that_dies_over_an_answer_is_replaced(load: Load) -> None:
    model = load(
        LOAD
        + "import os\ndef predict_fn(values, model):\n"
        + "    if values[0] == 0:\n        os._exit(7)\n    return values\n"
    )
    answer = model.answer(b"[0]", JSON, JSON)
    assert (answer.status, answer.body) == (500, b"The serving process ended with code 7.")
    assert model.answer(b"[1]", JSON, JSON).body == b"[1.0]"


def test_an_answer_that_takes_too_long_is_given_up(load: Load) -> None:
    model = load(
        LOAD
        + "import time\ndef predict_fn(values, model):\n"
        + "    time.sleep(float(values[0]))\n    return values\n",
        SAGEMAKER_MODEL_SERVER_TIMEOUT="2",
    )
    answer = model.answer(b"[600]", JSON, JSON)
    assert answer.status == 504
    assert answer.body.startswith(b"Your invocation timed out")
    assert model.answer(b"[0]", JSON, JSON).status == 200


def test_a_child_of_the_script_goes_with_it(load: Load, tmp_path: Path) -> None:
    note = tmp_path / "pid"
    model = load(
        "import subprocess, sys, pathlib\n"
        "def model_fn(d):\n"
        "    child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)'])\n"
        f"    pathlib.Path({str(note)!r}).write_text(str(child.pid))\n"
    )
    child = int(note.read_text())
    model.close()
    deadline = time.monotonic() + 10
    while _runs(child) and time.monotonic() < deadline:
        threading.Event().wait(0.01)
    assert not _runs(child)


def _runs(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"


def test_closing_takes_the_folder_away_and_nothing_answers_any_more(
    load: Load, tmp_path: Path
) -> None:
    model = load(TWICE)
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith("offline")]
    model.close()
    assert not [path.name for path in tmp_path.iterdir() if path.name.startswith("offline")]
    assert model.answer(b"[1]", JSON, JSON).status == 500


def test_a_model_that_nobody_holds_ends_by_itself(load: Load, tmp_path: Path) -> None:
    folder = tmp_path / "model"
    (folder / "code").mkdir(parents=True)
    (folder / "code/serve.py").write_text(TWICE)
    model = serving.load(folder, {"SAGEMAKER_PROGRAM": "serve.py"})
    pid = model.process_id
    assert pid is not None
    del model
    gc.collect()
    assert not _runs(pid)
    assert not [path.name for path in tmp_path.iterdir() if path.name.startswith("offline")]


def test_many_threads_may_ask_at_once(load: Load) -> None:
    model = load(TWICE)
    found: dict[int, bytes] = {}

    def ask(number: int) -> None:
        found[number] = model.answer(f"[{number}]".encode(), JSON, JSON).body

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert found == {number: f"[{number * 2}.0]".encode() for number in range(20)}


def test_the_script_sees_its_environment_and_not_the_clouds(
    load: Load, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOMEBODYS_SECRET", "x")
    model = load(
        "import os\n" + LOAD + "def predict_fn(v, m):\n"
        "    return [os.environ.get('SOMEBODYS_SECRET'), os.environ['MINE']]\n",
        MINE="1",
    )
    assert model.answer(b"[1]", JSON, JSON).body == b'[null, "1"]'
    assert os.environ["SOMEBODYS_SECRET"] == "x"


def test_the_script_reaches_no_other_computer(load: Load) -> None:
    model = load(
        "import socket\n" + LOAD + "def predict_fn(v, m):\n"
        "    socket.create_connection(('192.0.2.1', 80), timeout=1)\n"
    )
    answer = model.answer(b"[1]", JSON, JSON)
    assert answer.status == 500
    assert b"'192.0.2.1' was blocked" in answer.body
