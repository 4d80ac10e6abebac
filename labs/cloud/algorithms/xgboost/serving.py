"""Answers from a trained model, as the container gives them at `/invocations`.

Source: the reference container's `algorithm_mode/serve.py` and `serve_utils.py`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from http import HTTPStatus
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from labs.cloud.algorithms.xgboost import answering, engine, payload, selecting, soundness
from labs.cloud.algorithms.xgboost.answering import JSON, TEXT, Answer, refusal
from labs.cloud.algorithms.xgboost.channels import Format, format_of
from labs.cloud.algorithms.xgboost.errors import UserError, reason
from labs.cloud.algorithms.xgboost.layout import MODEL_NAME
from labs.cloud.algorithms.xgboost.predicting import Ensemble, One, Predictor

if TYPE_CHECKING:
    from xgboost import Booster

LARGEST_BODY = 6 * 1024**2  # bytes; MAX_CONTENT_LENGTH may say otherwise ...
LARGEST_LIMIT = 20 * 1024**2  # ... up to this


class BadModel(Exception):
    """The folder holds no model that can be served; the message says why."""


class Model:
    """A loaded model. `answer` may be called from many threads at once."""

    def __init__(self, predictor: Predictor, environment: Mapping[str, str]) -> None:
        self.features = predictor.features
        self.largest_body = _largest_body(environment)  # bytes
        self._predictor = predictor
        self._is_one_of_many = bool(environment.get("SAGEMAKER_MULTI_MODEL"))
        self._accepted = answering.OF_MULTI_MODEL if self._is_one_of_many else answering.ACCEPTED
        unasked = JSON if self._is_one_of_many else "text/csv"
        self._unasked = environment.get("SAGEMAKER_DEFAULT_INVOCATIONS_ACCEPT", unasked)
        self._is_batch = bool(environment.get("SAGEMAKER_BATCH"))
        wanted = environment.get("SAGEMAKER_INFERENCE_OUTPUT")
        self._wanted = None if wanted is None else selecting.keys(wanted)

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
            rows: Any = payload.libsvm_rows(body, self.features)
        elif kind == "recordio-protobuf":
            rows = payload.recordio_rows(body, self.features)
        else:
            row = payload.plain_row(body)
            rows = payload.csv_rows(body) if row is None else np.array([row], dtype=np.float32)
        if not isinstance(rows, np.ndarray):
            listed: list[Any] = self._predictor.of_matrix(rows).tolist()
            return listed
        missing = self.features - rows.shape[1]
        if missing < 0:
            raise IndexError(payload.too_many_columns(rows.shape[1], self.features))
        if missing:
            rows = np.pad(rows, ((0, 0), (0, missing)), constant_values=np.nan)
        predictions: list[Any] = self._predictor.of_rows(rows).tolist()
        return predictions

    def _encoded(self, predictions: list[Any], accept: str | None) -> Answer:
        asked = (accept or "").partition(";")[0].strip()
        if asked in ("", "*/*"):
            asked = self._unasked
        wanted = asked.lower()
        if wanted not in self._accepted:
            return refusal(
                HTTPStatus.NOT_ACCEPTABLE,
                f"Accept type {asked} is not supported. "
                f"Please use supported accept types: {list(self._accepted)}.",
            )
        if self._is_one_of_many:
            return answering.of_multi_model(predictions, wanted)
        if self._wanted is not None:
            return self._selected(predictions, self._wanted, wanted)
        if self._is_batch:
            return answering.lines(predictions)
        return answering.scores(predictions, wanted)

    def _selected(self, predictions: list[Any], keys: tuple[str, ...], accept: str) -> Answer:
        of = self._predictor
        try:
            rows = selecting.selected(predictions, keys, of.objective, of.classes)
        except selecting.Unselectable as error:
            return refusal(HTTPStatus.INTERNAL_SERVER_ERROR, str(error))
        answer = answering.parts(rows, keys, accept)
        if self._is_batch and accept == "text/csv":  # whose lines are put one after the other
            return Answer(answer.status, answer.content_type, answer.body + b"\n")
        return answer


def load(folder: Path, environment: Mapping[str, str] = MappingProxyType({})) -> Model:
    """The model in `folder`, an unpacked model.tar.gz; `environment` is the model's own.

    Several files are one model that answers with all of them, unless
    SAGEMAKER_INFERENCE_ENSEMBLE is not `true`: then it is the first. Nothing in the folder is ever
    run: a pickle is refused. Raises BadModel.
    """
    files = _model_files(folder)
    if environment.get("SAGEMAKER_INFERENCE_ENSEMBLE", "true") != "true":
        files = files[:1]
    models = [One(_booster(file)) for file in files]
    try:
        return Model(models[0] if len(models) == 1 else Ensemble(models), environment)
    except ValueError as error:
        raise BadModel(str(error)) from None


def request_format(content_type: str | None) -> Format:
    """The format of a request that can be read. Raises UserError."""
    kind = format_of(content_type or None)
    if kind == "parquet":
        raise UserError(f"Content-type {content_type} is not supported.")
    return kind


def _booster(file: Path) -> Booster:
    raw = file.read_bytes()
    if not raw.startswith(b"{"):
        raise BadModel(
            f"{file.name} is not a model in xgboost's JSON or UBJSON format. Save it with"
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
        raise BadModel(f"Model at {file.name} cannot be loaded:\n{reason(error)}") from None
    return booster


def _largest_body(environment: Mapping[str, str]) -> int:
    text = environment.get("MAX_CONTENT_LENGTH", str(LARGEST_BODY))
    if not (text.isascii() and text.isdigit()):
        raise BadModel(f"MAX_CONTENT_LENGTH is {text!r}, and must be a number of bytes.")
    return min(int(text), LARGEST_LIMIT)


def _model_files(folder: Path) -> list[Path]:
    found = sorted(
        path
        for path in (folder.iterdir() if folder.is_dir() else ())
        if path.is_file() and not path.is_symlink() and not path.name.startswith(".")
    )
    if not found:
        raise BadModel(f"The archive holds no model: no file {MODEL_NAME} at its top.")
    return found
