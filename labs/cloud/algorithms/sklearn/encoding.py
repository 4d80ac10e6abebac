"""What the container reads and writes where the learner's script does not: csv, JSON and npy.

As AWS's toolkit does it (_encoders.py of aws/sagemaker-containers): a body becomes an array; a
single row or column of csv is an array of one dimension. Nothing is unpickled.
"""

from __future__ import annotations

import csv
import io
import json
from typing import Any

from labs.cloud.algorithms.sklearn.errors import UnsupportedFormat

CSV, JSON, NPY, ANY = "text/csv", "application/json", "application/x-npy", "*/*"
TEXTS = (CSV, JSON)  # these reach input_fn as str, anything else as bytes


def decode(body: str | bytes, content_type: str) -> Any:
    """The array that a body holds. Raises UnsupportedFormat or ValueError."""
    import numpy as np

    if content_type == NPY:
        raw = body.encode() if isinstance(body, str) else body
        return np.load(io.BytesIO(raw), allow_pickle=False)
    text = body if isinstance(body, str) else body.decode()
    if content_type == CSV:
        return _table(text)
    if content_type == JSON:
        return np.array(json.loads(text))
    raise UnsupportedFormat(content_type)


def encode(values: Any, content_type: str) -> bytes:
    """Values as a body. Raises UnsupportedFormat or ValueError."""
    import numpy as np

    if content_type == NPY:
        binary = io.BytesIO()
        np.save(binary, np.asarray(values), allow_pickle=False)
        return binary.getvalue()
    if content_type == CSV:
        table = np.asarray(values)
        text = io.StringIO(newline="")
        writer = csv.writer(text, lineterminator="\n")
        writer.writerows(table.reshape(-1, 1) if table.ndim == 1 else table)
        return text.getvalue().encode()
    if content_type == JSON:
        return json.dumps(values, default=_listed).encode()
    raise UnsupportedFormat(content_type)


def _table(text: str) -> Any:
    """Numbers if all cells are, else texts. Without the dimensions that are of length one."""
    import numpy as np

    cells = np.array([*csv.reader(io.StringIO(text, newline=""), strict=True)]).squeeze()
    try:
        return cells.astype(float)
    except ValueError:
        return cells


def _listed(value: Any) -> Any:
    if hasattr(value, "tolist"):
        return value.tolist()
    raise TypeError(f"{type(value).__name__} is not JSON serializable")
