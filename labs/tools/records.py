"""Rows as RecordIO-wrapped protobuf, content type `application/x-recordio-protobuf`.

Version 2 of the SageMaker SDK had a function for it, `write_numpy_to_dense_tensor`; that of
version 3 raises NotImplementedError. The format is short: for each row a message, and around each
message a frame. Its message `Record` stands in "Common data formats for training" of SageMaker's
developer guide, the frame in dmlc's recordio.h.
"""

from __future__ import annotations

import struct

import numpy as np
from numpy.typing import NDArray

MAGIC = 0xCED7230A  # how each frame begins


def as_records(rows: NDArray[np.float64]) -> bytes:
    """Bytes of a row after the other: the label is the first column, all numbers are float32."""
    return b"".join(_framed(_record(row)) for row in rows.astype("<f4"))


def _record(row: NDArray[np.float32]) -> bytes:
    """A message Record: features (field 1) and label (field 2), each a map with one key."""
    features, label = _tensor(row[1:].tobytes()), _tensor(row[:1].tobytes())
    return _field(1, _entry(features)) + _field(2, _entry(label))


def _entry(value: bytes) -> bytes:
    """An entry of a map: the key is field 1, the value field 2."""
    return _field(1, b"values") + _field(2, value)


def _tensor(numbers: bytes) -> bytes:
    """A Value whose field 2 is a Float32Tensor, whose field 1 are the numbers, packed."""
    return _field(2, _field(1, numbers))


def _field(number: int, content: bytes) -> bytes:
    """A field of bytes: what it is, how long it is, and what is in it."""
    return bytes([number << 3 | 2]) + _varint(len(content)) + content


def _varint(number: int) -> bytes:
    """Seven bits a byte, the lowest first; all but the last have the eighth bit set."""
    told = bytearray()
    while number > 0x7F:
        told.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes([*told, number])


def _framed(message: bytes) -> bytes:
    """The magic number, the length, the message, and zeros up to a multiple of four bytes."""
    return struct.pack("<II", MAGIC, len(message)) + message + bytes(-len(message) % 4)
