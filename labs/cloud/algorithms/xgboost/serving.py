"""Answers from a trained model, as the container gives them at `/invocations`.

Source: the reference container's `algorithm_mode/serve.py` and `serve_utils.py`.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from labs.cloud.algorithms.xgboost import engine, payload, soundness
from labs.cloud.algorithms.xgboost.channels import Format, format_of
from labs.cloud.algorithms.xgboost.errors import UserError
from labs.cloud.algorithms.xgboost.layout import MODEL_NAME

if TYPE_CHECKING:
    import numpy as np
    from xgboost import Booster

TEXT = "text/plain; charset=utf-8"
CSV = "text/csv; charset=utf-8"
JSON, JSON_LINES, RECORDIO = (
    "application/json", "application/jsonlines", "application/x-recordio-protobuf",
)  # fmt: skip
ACCEPTED = (JSON, JSON_LINES, RECORDIO, "text/csv")
LARGEST_BODY = 6 * 1024**2  # bytes; MAX_CONTENT_LENGTH may say otherwise ...
LARGEST_LIMIT = 20 * 1024**2  # ... up to this
NOT_OFFERED = ("SAGEMAKER_INFERENCE_OUTPUT", "SAGEMAKER_MULTI_MODEL")  # environment variables


class BadModel(Exception):
    """The folder holds no model that can be served; the message says why."""


@dataclass(frozen=True)
class Answer:
    """`status` is an HTTP status. At 200 the body is the prediction, else a sentence or nothing."""

    status: int
    content_type: str
    body: bytes


class Model:
    """A loaded model. `answer` may be called from many threads at once."""

    def __init__(self, booster: Booster, environment: Mapping[str, str]) -> None:
        self.features = booster.num_features()
        self.largest_body = _largest_body(environment)  # bytes
        self._accept = environment.get("SAGEMAKER_DEFAULT_INVOCATIONS_ACCEPT", "text/csv")
        self._as_lists = bool(environment.get("SAGEMAKER_BATCH"))
        self._booster = booster
        # Trees answer many threads at once and need no copy; the other boosters do neither.
        kind = json.loads(booster.save_config())["learner"]["gradient_booster"]["name"]
        self._is_trees = kind == "gbtree"
        self._one_at_a_time = threading.Lock()

    def answer(self, body: bytes, content_type: str | None, accept: str | None) -> Answer:
        """The answer to POST /invocations. Never raises for anything a request may hold."""
        if not body:
            return Answer(HTTPStatus.NO_CONTENT, TEXT, b"")
        if len(body) > self.largest_body:
            return refusal(
                HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
                f"The body has {len(body)} bytes, the most is {self.largest_body}.",
            )
        try:
            kind = request_format(content_type)
        except UserError as error:
            return refusal(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, str(error))
        try:
            predictions = self._predictions(body, kind)
        except IndexError as error:
            return refusal(HTTPStatus.BAD_REQUEST, f"Unable to evaluate payload provided: {error}")
        except ValueError as error:
            return refusal(
                HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
                f"Loading {kind} data failed with Exception, please ensure data is in {kind}"
                f" format:\n {type(error)}\n {error}",
            )
        return self._encoded(predictions, accept)

    def _predictions(self, body: bytes, kind: Format) -> list[Any]:
        """One number a row, or a list of them. ValueError: unreadable, IndexError: too wide."""
        import numpy as np

        if kind == "libsvm":
            return self._predict_matrix(payload.libsvm_rows(body, self.features))
        row = payload.plain_row(body)
        rows = payload.csv_rows(body) if row is None else np.array([row], dtype=np.float32)
        missing = self.features - rows.shape[1]
        if missing < 0:
            raise IndexError(payload.too_many_columns(rows.shape[1], self.features))
        if missing:
            rows = np.pad(rows, ((0, 0), (0, missing)), constant_values=np.nan)
        if self._is_trees:
            predictions: list[Any] = self._booster.inplace_predict(
                rows, validate_features=False
            ).tolist()
            return predictions
        return self._predict_matrix(rows)

    def _predict_matrix(self, rows: Any) -> list[Any]:
        import xgboost as xgb

        matrix = xgb.DMatrix(rows, nthread=1)
        with self._one_at_a_time:
            predictions: np.ndarray[Any, Any] = self._booster.predict(
                matrix, validate_features=False
            )
        listed: list[Any] = predictions.tolist()
        return listed

    def _encoded(self, predictions: list[Any], accept: str | None) -> Answer:
        """A float is written as Python writes the 32-bit value: the shortest of its 64 bits."""
        wanted = (accept or "").partition(";")[0].strip()
        if wanted in ("", "*/*"):
            wanted = self._accept
        if wanted.lower() not in ACCEPTED:
            return refusal(
                HTTPStatus.NOT_ACCEPTABLE,
                f"Accept type {wanted} is not supported. "
                f"Please use supported accept types: {list(ACCEPTED)}.",
            )
        if self._as_lists:  # a batch transform: a line a row, whatever was asked for
            return _ok(CSV, "".join(f"{row}\n" for row in predictions))
        match wanted.lower():
            case "application/json":
                scores = [{"score": row} for row in predictions]
                return _ok(JSON, json.dumps({"predictions": scores}))
            case "application/jsonlines":
                lines = (json.dumps({"score": row}) + "\n" for row in predictions)
                return _ok(JSON_LINES, "".join(lines))
            case "application/x-recordio-protobuf":
                return refusal(
                    HTTPStatus.NOT_ACCEPTABLE,
                    f"Answers as {RECORDIO} are not offered offline. Accept text/csv or {JSON}.",
                )
            case _:
                return _ok(CSV, "".join(f"{_line(row)}\n" for row in predictions))


def load(folder: Path, environment: Mapping[str, str] = MappingProxyType({})) -> Model:
    """The model in `folder`, an unpacked model.tar.gz; `environment` is the model's own.

    Nothing in the folder is ever run: a pickle is refused. Raises BadModel.
    """
    for name in NOT_OFFERED:
        if environment.get(name):
            raise BadModel(f"{name} is not offered offline. Leave it out.")
    raw = _model_file(folder).read_bytes()
    if not raw.startswith(b"{"):
        raise BadModel(
            f"{MODEL_NAME} is not a model in xgboost's JSON or UBJSON format. Save it with"
            " booster.save_model: a pickle could run code, and is not loaded."
        )
    engine.prepare()
    import xgboost as xgb
    from scipy.sparse import csr_matrix  # type: ignore[import-untyped]

    booster = xgb.Booster()
    try:
        booster.load_model(bytearray(raw))
        booster.set_param({"nthread": 1})
        soundness.check(json.loads(booster.save_raw("json")))
        # The first prediction sets the booster up; from then on threads may share it.
        row = csr_matrix((1, booster.num_features()), dtype="float32")
        booster.predict(xgb.DMatrix(row, nthread=1), validate_features=False)
    except (xgb.core.XGBoostError, ValueError, LookupError, TypeError, MemoryError) as error:
        reason = str(error).partition("\nStack trace:")[0].rstrip()
        raise BadModel(f"Model at {MODEL_NAME} cannot be loaded:\n{reason}") from None
    return Model(booster, environment)


def request_format(content_type: str | None) -> Format:
    """The format of a request that can be read. Raises UserError."""
    kind = format_of(content_type or None)
    if kind == "parquet":
        raise UserError(f"Content-type {content_type} is not supported.")
    if kind == "recordio-protobuf":
        raise UserError(
            f"Content-type {content_type} is not offered offline. Send text/csv or text/libsvm."
        )
    return kind


def refusal(status: HTTPStatus, message: str) -> Answer:
    """An answer that says why there is no prediction."""
    return Answer(status, TEXT, message.encode())


def _largest_body(environment: Mapping[str, str]) -> int:
    text = environment.get("MAX_CONTENT_LENGTH", str(LARGEST_BODY))
    if not (text.isascii() and text.isdigit()):
        raise BadModel(f"MAX_CONTENT_LENGTH is {text!r}, and must be a number of bytes.")
    return min(int(text), LARGEST_LIMIT)


def _model_file(folder: Path) -> Path:
    found = sorted(
        path
        for path in (folder.iterdir() if folder.is_dir() else ())
        if path.is_file() and not path.is_symlink() and not path.name.startswith(".")
    )
    if not found:
        raise BadModel(f"The archive holds no model: no file {MODEL_NAME} at its top.")
    if len(found) > 1:
        names = ", ".join(path.name for path in found)
        raise BadModel(
            f"The archive holds several files ({names}). Several models in one are not offered"
            f" offline: leave {MODEL_NAME} alone."
        )
    return found[0]


def _line(row: float | list[float]) -> str:
    return ",".join(map(str, row)) if isinstance(row, list) else str(row)


def _ok(content_type: str, body: str) -> Answer:
    return Answer(HTTPStatus.OK, content_type, body.encode())
