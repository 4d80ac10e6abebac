"""The functions of the learner's script that serve a model: model_fn, input_fn, predict_fn and
output_fn, or transform_fn; and the container's own for those it lacks.

Source: the reference container's serving.py (aws/sagemaker-scikit-learn-container).
"""

from __future__ import annotations

import importlib
import json
import sys
import traceback
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

from labs.cloud.algorithms.sklearn import encoding
from labs.cloud.algorithms.sklearn.errors import ContainerError, UnsupportedFormat, without_us

PROGRAM, SUBMIT_DIRECTORY = "SAGEMAKER_PROGRAM", "SAGEMAKER_SUBMIT_DIRECTORY"
DEFAULT_ACCEPT = "SAGEMAKER_DEFAULT_INVOCATIONS_ACCEPT"
MODEL = "/opt/ml/model"


@dataclass(frozen=True)
class Answer:
    """`status` is an HTTP status."""

    status: int
    content_type: str
    body: bytes


class Script:
    """A script and the model that its model_fn made."""

    def __init__(self, module: ModuleType, folder: Path, environment: Mapping[str, str]) -> None:
        """Loads the model. Raises ContainerError, and whatever model_fn does."""
        own = {name: getattr(module, f"{name}_fn", None) for name in ("input", "predict", "output")}
        self._transform = getattr(module, "transform_fn", None)
        if self._transform is not None and any(own.values()):
            raise ContainerError(
                "Cannot use transform_fn implementation with input_fn, predict_fn, and/or output_fn"
            )
        load = getattr(module, "model_fn", None)
        if load is None:
            raise ContainerError(
                f"Please provide a model_fn implementation: {module.__name__}.py has none. "
                "model_fn(model_dir) loads the model, since only you know how it was saved."
            )
        self._input = own["input"] or _input
        self._predict = own["predict"] or _predict
        self._output = own["output"] or _output
        self._accept = environment.get(DEFAULT_ACCEPT) or encoding.JSON
        self._model = load(str(folder))

    def answer(self, body: bytes, content_type: str | None, accept: str | None) -> Answer:
        """The answer to POST /invocations. Never raises for anything that the script does."""
        content_type = (content_type or "").strip() or encoding.JSON  # with its parameters
        accept = _plain(accept)
        if accept in ("", encoding.ANY):
            accept = self._accept
        try:
            return self._answered(body, content_type, accept)
        except Exception as error:
            text = "".join(traceback.format_exception(without_us(error)))
            return Answer(500, "text/plain", text.strip().encode())

    def _answered(self, body: bytes, content_type: str, accept: str) -> Answer:
        given = body.decode() if content_type in encoding.TEXTS else body
        if self._transform is not None:
            return _as_answer(self._transform(self._model, given, content_type, accept), accept)
        try:
            values = self._input(given, content_type)
        except UnsupportedFormat as error:
            return _refusal(415, error)
        prediction = self._predict(values, self._model)
        try:
            return _as_answer(self._output(prediction, accept), accept)
        except UnsupportedFormat as error:
            return _refusal(406, error)


def load(folder: Path, environment: Mapping[str, str]) -> Script:
    """The script that a model's environment names, its model loaded. The folder is an unpacked
    model.tar.gz. Raises ContainerError, and whatever the script does."""
    name = environment.get(PROGRAM)
    if not name:
        raise ContainerError(
            f"The container's environment has no {PROGRAM}: it names the script that loads the "
            "model, such as inference.py in the folder code of model.tar.gz."
        )
    code = _code(folder, environment.get(SUBMIT_DIRECTORY))
    path = code / name
    if not path.is_file() or path.suffix != ".py":
        raise ContainerError(
            f"{PROGRAM} is {name}, and the folder {_shown(folder, code)} of the model has no such "
            "Python script."
        )
    sys.path.insert(0, str(path.parent))
    return Script(importlib.import_module(path.stem), folder, environment)


def _code(folder: Path, where: str | None) -> Path:
    """Where the script lies: by default in the archive's folder `code`."""
    given = (where or "").removeprefix("file://").rstrip("/")
    if given.startswith(MODEL):
        return folder / given.removeprefix(MODEL).lstrip("/")
    return folder / "code" if (folder / "code").is_dir() else folder


def _shown(folder: Path, code: Path) -> str:
    return f"{MODEL}/{code.relative_to(folder).as_posix()}".removesuffix("/.")


def _input(body: str | bytes, content_type: str) -> Any:
    values = encoding.decode(body, content_type)
    return values.astype("float32") if content_type in encoding.TEXTS else values


def _predict(values: Any, model: Any) -> Any:
    return model.predict(values)


def _output(prediction: Any, accept: str) -> Answer:
    return Answer(200, accept, encoding.encode(prediction, accept))


def _as_answer(result: Any, accept: str) -> Answer:
    """What output_fn or transform_fn gave back: a body, or a pair of body and content type."""
    if isinstance(result, Answer):
        return result
    if isinstance(result, tuple) and len(result) == 2:
        result, accept = result[0], str(result[1])
    if hasattr(result, "get_data"):  # a response of flask or werkzeug
        return Answer(int(result.status_code), str(result.mimetype), result.get_data())
    if isinstance(result, str):
        result = result.encode()
    if not isinstance(result, bytes | bytearray | memoryview):
        result = encoding.encode(result, accept)
    return Answer(200, accept, bytes(result))


def _plain(content_type: str | None) -> str:
    """A content type without parameters."""
    return (content_type or "").partition(";")[0].strip()


def _refusal(status: int, error: Exception) -> Answer:
    told = {"error": type(error).__name__, "error-message": str(error)}
    return Answer(status, encoding.JSON, json.dumps(told).encode())
