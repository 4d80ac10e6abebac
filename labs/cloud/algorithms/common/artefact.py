"""A model as one file that runs nothing: a zip of a JSON object and of arrays.

On AWS these algorithms write an MXNet object under the same name. This one opens with
`numpy.load(path)`, which finds each array by its name; `unzip` shows the rest.

Whoever reads one trusts nothing in it: entries are stored, not compressed, so none is larger than
the file; each array's type and shape are looked at before there is room made for it.
"""

from __future__ import annotations

import io
import json
import math
import struct
import zipfile
from collections.abc import Mapping
from typing import Any

import numpy as np

from labs.cloud.algorithms.common.errors import BadModel, CustomerError
from labs.cloud.algorithms.recordio import Array

ABOUT = "model.json"
LARGEST_ABOUT = 1 << 16  # bytes
VERSION = 1
_BEGINNING = (1980, 1, 1, 0, 0, 0)  # of a zip's time: the same model is the same bytes


def pack(about: Mapping[str, Any], arrays: Mapping[str, Array]) -> bytes:
    """`about` JSON-able; `arrays` are written as float32. Raises CustomerError if a number is too
    large for that."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_STORED) as zipped:
        told = json.dumps({"version": VERSION, **about}, indent=2, allow_nan=False)
        zipped.writestr(zipfile.ZipInfo(ABOUT, _BEGINNING), told)
        for name, array in arrays.items():
            entry = io.BytesIO()
            with np.errstate(over="ignore"):
                written = np.ascontiguousarray(array, dtype="<f4")
            if not np.isfinite(written).all():
                raise CustomerError(
                    "The model has numbers that do not fit into 32 bits: scale the data."
                )
            np.save(entry, written, allow_pickle=False)
            zipped.writestr(zipfile.ZipInfo(f"{name}.npy", _BEGINNING), entry.getvalue())
    return made.getvalue()


def unpack(
    raw: bytes, algorithm: str, names: tuple[str, ...]
) -> tuple[dict[str, Any], list[Array]]:
    """What it says of itself, and the arrays of those names: finite float32. Raises BadModel."""
    try:
        with zipfile.ZipFile(io.BytesIO(raw)) as zipped:
            about = json.loads(_entry(zipped, ABOUT, LARGEST_ABOUT))
            if not isinstance(about, dict) or about.get("algorithm") != algorithm:
                raise BadModel(f"The file is not a model of {algorithm}.")
            if about.get("version") != VERSION:
                raise BadModel(f"The model is of version {about.get('version')!r}, not {VERSION}.")
            arrays = [_array(_entry(zipped, f"{name}.npy", len(raw))) for name in names]
    except (
        zipfile.BadZipFile, ValueError, KeyError, OSError, EOFError, RuntimeError, OverflowError,
        struct.error, TypeError, SyntaxError, MemoryError,
    ) as error:  # fmt: skip
        raise BadModel(f"The file is not a model of {algorithm}: {error}") from None
    return about, arrays


def _entry(zipped: zipfile.ZipFile, name: str, most: int) -> bytes:
    found = zipped.getinfo(name)
    if found.compress_type != zipfile.ZIP_STORED or found.file_size != found.compress_size:
        raise ValueError(f"{name} is compressed")
    if found.file_size > most:
        raise ValueError(f"{name} has {found.file_size} bytes, at most {most} are read")
    return zipped.read(found)


def _array(raw: bytes) -> Array:
    stream = io.BytesIO(raw)
    if np.lib.format.read_magic(stream) != (1, 0):
        raise ValueError("an array is in another version of numpy's format")
    shape, is_fortran, dtype = np.lib.format.read_array_header_1_0(stream)
    left = len(raw) - stream.tell()
    if dtype != np.dtype("<f4") or is_fortran or not 1 <= len(shape) <= 2:
        raise ValueError(f"an array is {dtype} of shape {shape}, not rows of float32")
    if min(shape) < 1 or math.prod(shape) * 4 != left:
        raise ValueError(f"an array of shape {shape} has {left} bytes")
    array: Array = np.frombuffer(raw, "<f4", offset=stream.tell()).reshape(shape)
    if not np.isfinite(array).all():
        raise ValueError("an array holds numbers that are none")
    return array
