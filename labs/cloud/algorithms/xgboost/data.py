"""A channel's files as one matrix. Source: the reference container's `data_utils.py`."""

from __future__ import annotations

import logging
import re
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from labs.cloud.algorithms.xgboost.channels import Format
from labs.cloud.algorithms.xgboost.errors import UserError
from labs.cloud.algorithms.xgboost.text import columns_if_plain, plain_csv, plain_libsvm

if TYPE_CHECKING:
    from xgboost import DMatrix

DEEPEST = 3  # levels of folders that are read: the channel's own is the first
NAME_WITHOUT_MEANING = re.compile(r"[\w/.-]++", re.ASCII)  # to a reader that takes ?, # and ;

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Data:
    """The rows of a channel. `columns` is what a csv line holds, the label among them."""

    matrix: DMatrix
    columns: int | None


def files(folder: Path) -> list[Path]:
    """The channel's files in the order of their names, of at most three levels of folders.

    Raises UserError if one is hidden.
    """
    found = sorted(_walk(folder, DEEPEST))
    if any(file.name.startswith(".") for file in found):
        raise UserError("Hidden file found in the data path! Remove that before training.")
    return found


def _walk(folder: Path, levels: int) -> Iterator[Path]:
    for path in folder.iterdir():
        if not path.is_dir():
            yield path
        elif levels > 1:
            yield from _walk(path, levels - 1)
        else:
            log.warning(
                "The depth of folder %s exceed the limit %d. Files in deeper sub dirs won't be"
                " loaded. Please adjust the folder structure accordingly.", path, DEEPEST
            )  # fmt: skip


def read(folder: Path, kind: Format, nthread: int | None = None) -> Data | None:
    """All rows of the files in `folder`; None if there are none. Raises UserError."""
    if not folder.is_dir():
        return None
    found = files(folder)
    if kind == "csv" and len(found) == 1 and (data := _as_it_stands(found[0], nthread)):
        return data
    plain = plain_csv if kind == "csv" else plain_libsvm
    with tempfile.TemporaryDirectory(prefix="quizengine-xgboost-") as scratch:
        path = Path(scratch) / "rows"
        with path.open("wb") as rows:
            for block in plain(folder, found):
                rows.write(block)
        with path.open("rb") as rows:
            first = next((line for line in rows if line.strip()), b"")
        if not first:
            return None
        matrix = _matrix(path, kind, nthread)
    return Data(matrix, first.count(b",") + 1 if kind == "csv" else None)


def _as_it_stands(file: Path, nthread: int | None) -> Data | None:
    """The rows of a csv file in which nothing need be changed; None if something must.

    It is read while its text is checked: xgboost's reader leaves the interpreter alone meanwhile.
    """
    if not NAME_WITHOUT_MEANING.fullmatch(str(file)):
        return None
    with ThreadPoolExecutor(1) as beside:
        reading = beside.submit(_matrix, file, "csv", nthread)
        columns = columns_if_plain(file)
    return Data(reading.result(), columns) if columns else None


def _matrix(path: Path, kind: Format, nthread: int | None) -> DMatrix:
    import xgboost as xgb

    form = "format=csv&label_column=0" if kind == "csv" else "format=libsvm"
    try:
        # Quietly: its text reader, which the image of this version uses, is deprecated since 3.1.
        with xgb.config_context(verbosity=0):
            return xgb.DMatrix(f"{path}?{form}", nthread=nthread)
    except xgb.core.XGBoostError as error:
        raise UserError(f"Failed to load {kind} data with exception:\n{error}") from None


def warn_of_copies(train: Path, validation: Path) -> None:
    """Say so if a file of the same name and size lies in both channels."""
    sizes = {(path.name, path.stat().st_size) for path in train.iterdir() if path.is_file()}
    for path in sorted(validation.iterdir()):
        if path.is_file() and (path.name, path.stat().st_size) in sizes:
            log.warning(
                "Suspected identical files found. (%s and %s with same size %d bytes). Note:"
                " Duplicate data in the training set and validation set is usually not intentional"
                " and can impair the validity of the model evaluation by the validation score.",
                train / path.name, path, path.stat().st_size,
            )  # fmt: skip
