"""A channel's files as one matrix. Source: the reference container's `data_utils.py`."""

from __future__ import annotations

import logging
import re
import tempfile
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from labs.cloud.algorithms.xgboost import tables
from labs.cloud.algorithms.xgboost.channels import Format
from labs.cloud.algorithms.xgboost.errors import UserError, reason
from labs.cloud.algorithms.xgboost.text import columns_if_plain, plain_csv, plain_libsvm

if TYPE_CHECKING:
    from xgboost import DMatrix

DEEPEST = 3  # levels of folders that are read: the channel's own is the first
NAME_WITHOUT_MEANING = re.compile(r"[\w/.-]++", re.ASCII)  # to a reader that takes ?, # and ;

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Data:
    """The rows of a channel. `columns` is how many a line or a table has, the label (and the
    weight) among them; libsvm does not say."""

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


def read(
    folders: Sequence[Path],
    kind: Format,
    *,
    weighted: bool = False,
    nthread: int | None = None,
) -> Data | None:
    """All rows of the files in `folders`; None if there are none. Raises UserError.

    `weighted`: the second column of a csv line is the row's weight.
    """
    found = [
        (file, file.relative_to(folder).as_posix())
        for folder in folders
        if folder.is_dir()
        for file in files(folder)
    ]
    match kind:
        case "csv" | "libsvm":
            return _text(found, kind, weighted, nthread)
        case "parquet":
            return _table(tables.parquet(found), kind, nthread)
        case "recordio-protobuf":
            return _table(tables.recordio(found), kind, nthread)


def _text(
    found: list[tuple[Path, str]], kind: Format, weighted: bool, nthread: int | None
) -> Data | None:
    firm = 2 if weighted else 1
    if kind == "csv" and len(found) == 1 and (data := _as_it_stands(found[0][0], firm, nthread)):
        return data
    blocks = plain_csv(found, firm=firm) if kind == "csv" else plain_libsvm(found)
    with tempfile.TemporaryDirectory(prefix="quizengine-xgboost-") as scratch:
        path = Path(scratch) / "rows"
        with path.open("wb") as rows:
            for block in blocks:
                rows.write(block)
        with path.open("rb") as rows:
            first = next((line for line in rows if line.strip()), b"")
        if not first:
            return None
        matrix = _matrix(path, kind, firm, nthread)
    return Data(matrix, first.count(b",") + 1 if kind == "csv" else None)


def _table(table: tables.Table | None, kind: Format, nthread: int | None) -> Data | None:
    import xgboost as xgb

    if table is None:
        return None
    try:
        matrix = xgb.DMatrix(table.features, label=table.labels, nthread=nthread)
    except xgb.core.XGBoostError as error:
        raise _cannot_load(kind, error) from None
    return Data(matrix, table.features.shape[1] + 1)


def _as_it_stands(file: Path, firm: int, nthread: int | None) -> Data | None:
    """The rows of a csv file in which nothing need be changed; None if something must.

    It is read while its text is checked: xgboost's reader leaves the interpreter alone meanwhile.
    """
    if not NAME_WITHOUT_MEANING.fullmatch(str(file)):
        return None
    with ThreadPoolExecutor(1) as beside:
        reading = beside.submit(_matrix, file, "csv", firm, nthread)
        columns = columns_if_plain(file, firm=firm)
    return Data(reading.result(), columns) if columns else None


def _matrix(path: Path, kind: Format, firm: int, nthread: int | None) -> DMatrix:
    import xgboost as xgb

    form = f"format={kind}"
    if kind == "csv":
        form += "&label_column=0" + ("&weight_column=1" if firm == 2 else "")
    try:
        # Quietly: its text reader, which the image of this version uses, is deprecated since 3.1.
        with xgb.config_context(verbosity=0):
            matrix = xgb.DMatrix(f"{path}?{form}", nthread=nthread)
    except xgb.core.XGBoostError as error:
        raise _cannot_load(kind, error) from None
    if (least := matrix.get_weight().min(initial=0)) < 0:
        raise UserError(f"A row's weight is {least:g}, and must not be negative.")
    return matrix


def _cannot_load(kind: Format, error: Exception) -> UserError:
    return UserError(f"Failed to load {kind} data with exception:\n{reason(error)}")


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
