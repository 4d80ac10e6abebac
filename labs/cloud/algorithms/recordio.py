"""RecordIO-wrapped protobuf, the format `application/x-recordio-protobuf`: bytes to rows and back.

Sources: "Common data formats for training" in SageMaker's developer guide (the message Record,
package aialgs.data), and dmlc's recordio.h for the frames.

A file is a row of frames: a magic number, the length, the message, and zeros up to a multiple of
four bytes. Its messages are few and fixed, so they are read here, on a page of `protobuf.py`, and
not with the package of that name: that would be one more compiled library for everybody who
installs the labs.

Nothing that is read is trusted. Each length is held against the bytes that are there; no list is
made longer than they are. Whatever the bytes, there is an answer or a BadRecord.
"""

from __future__ import annotations

import io
import math
import struct
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, BinaryIO, NamedTuple, TypeAlias

import numpy as np

from labs.cloud.algorithms import protobuf
from labs.cloud.algorithms.protobuf import COUNTED, EIGHT_BYTES, FOUR_BYTES, VARINT

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix  # type: ignore[import-untyped]

Array: TypeAlias = np.ndarray[Any, np.dtype[Any]]

MAGIC = 0xCED7230A
LONGEST = (1 << 29) - 1  # bytes of a message: three of the 32 bits say which part of it a frame is
WHOLE, FIRST, MIDDLE, LAST = range(4)
WIDEST = (1 << 31) - 1  # columns of a row
PIECE = 1 << 20  # bytes that are asked for at once
VALUES = "values"  # the key under which a row's numbers and its label stand

FEATURES, LABEL = 1, 2  # fields of Record
KEY, VALUE = 1, 2  # of an entry of a map
TENSOR_VALUES, TENSOR_KEYS, TENSOR_SHAPE = 1, 2, 3
TENSORS: Mapping[int, np.dtype[Any]] = {  # fields of Value
    2: np.dtype("<f4"),
    3: np.dtype("<f8"),
    7: np.dtype("<i4"),
}
NUMBERS_OF = {dtype: number for number, dtype in TENSORS.items()}


class BadRecord(ValueError):
    """The bytes are no RecordIO-protobuf, or not one of rows; the message says what is wrong."""


@dataclass(frozen=True, eq=False)
class Tensor:
    """Numbers: float32, float64 or int32, shape (n,).

    With `keys`, shape (n,), it is sparse: `values[i]` stands at place `keys[i]`. `shape` is that
    of the whole; if it is empty a dense one is a vector, and a sparse one is as wide as it must be.
    """

    values: Array
    keys: Array | None = None
    shape: tuple[int, ...] = ()


@dataclass(frozen=True, eq=False)
class Record:
    """One message. A row has its numbers under features["values"], its label likewise."""

    features: Mapping[str, Tensor] = field(default_factory=dict)
    label: Mapping[str, Tensor] = field(default_factory=dict)


class Rows(NamedTuple):
    """`features` float32 of shape (rows, columns), sparse if any row was; `labels` float32 of
    shape (rows,), None if no row has one."""

    features: Array | csr_matrix
    labels: Array | None


def read(source: BinaryIO | bytes) -> Iterator[Record]:
    """The records one after the other. Raises BadRecord at the first that is none."""
    stream = io.BytesIO(source) if isinstance(source, bytes) else source
    for number, message in enumerate(_messages(stream), start=1):
        try:
            yield _record(message)
        except (ValueError, OverflowError) as error:
            raise BadRecord(f"record {number}: {error}") from None


def rows(records: Iterable[Record], *, columns: int | None = None) -> Rows | None:
    """The records as a table; None if there are none.

    `columns` is the width of a row where it is known already: no row may be wider, and sparse
    ones get it. Otherwise all must have one width. Raises BadRecord.
    """
    values: list[Array] = []
    keys: list[Array | None] = []
    labels: list[float] = []
    width = 0  # of the rows that say how wide they are
    needed = 0  # by the keys of the others
    for number, record in enumerate(records, start=1):
        tensor = record.features.get(VALUES)
        if tensor is None:
            raise BadRecord(f'record {number} has no features under "{VALUES}"')
        own = math.prod(tensor.shape) if tensor.shape else 0
        if tensor.keys is None:
            own = len(tensor.values)
        elif len(tensor.keys):
            needed = max(needed, int(tensor.keys.max()) + 1)
        if own and width not in (0, own):
            raise BadRecord(f"record {number} has {own} features, an earlier one {width}")
        width = max(width, own)
        values.append(tensor.values)
        keys.append(tensor.keys)
        if (label := record.label.get(VALUES)) is not None:
            if len(label.values) != 1:
                raise BadRecord(f"record {number} has {len(label.values)} labels, not one")
            labels.append(float(label.values[0]))
        if len(labels) not in (0, number):
            raise BadRecord("some records have a label, others have none")
    if not values:
        return None
    if max(width, needed) > (columns or WIDEST):
        raise BadRecord(f"a record has {max(width, needed)} features, {columns or WIDEST} at most")
    if width and needed > width:
        raise BadRecord(f"a key is {needed - 1}, the records have {width} features")
    known = np.array(labels, dtype=np.float32) if labels else None
    return Rows(_table(values, keys, columns or width or needed), known)


def write(records: Iterable[Record]) -> bytes:
    """The records as bytes. Raises ValueError for a tensor that none can hold."""
    return b"".join(_framed(_message(record)) for record in records)


def _table(values: list[Array], keys: list[Array | None], width: int) -> Array | csr_matrix:
    with np.errstate(over="ignore"):  # a float64 beyond float32 becomes infinite
        if all(own is None for own in keys) and all(len(row) == width for row in values):
            return np.array(values, dtype=np.float32)
        from scipy.sparse import csr_matrix

        ends = np.cumsum([0, *map(len, values)])
        places = [np.arange(len(row)) if own is None else own
                  for row, own in zip(values, keys, strict=True)]  # fmt: skip
        data = np.concatenate(values).astype(np.float32)
    return csr_matrix((data, np.concatenate(places).astype(np.int64), ends), (len(values), width))


# Frames


def _messages(stream: BinaryIO) -> Iterator[bytes]:
    parts: list[bytes] = []
    at = 0
    while header := _piece(stream, 8):
        if len(header) < 8:
            raise BadRecord(f"byte {at}: a record's head is cut off")
        magic, word = struct.unpack("<II", header)
        part, length = word >> 29, word & LONGEST
        if magic != MAGIC:
            raise BadRecord(f"byte {at}: no record begins here (its first four bytes are others)")
        message = _piece(stream, length)
        padding = -length % 4
        if len(message) < length or len(_piece(stream, padding)) < padding:
            raise BadRecord(f"byte {at}: the record is cut off, it should have {length} bytes")
        if part > LAST or (part in (WHOLE, FIRST)) == bool(parts):
            raise BadRecord(f"byte {at}: a record's parts are not in order")
        parts.append(message)
        if part in (WHOLE, LAST):
            # Where a message holds the magic number it may be parted there.
            yield struct.pack("<I", MAGIC).join(parts)
            parts = []
        at += 8 + length + padding
    if parts:
        raise BadRecord("the last record is cut off: its last part is missing")


def _piece(stream: BinaryIO, length: int) -> bytes:
    """Up to `length` bytes. Room is made for what comes, not for what was promised."""
    if length <= PIECE:
        return stream.read(length)
    pieces = []
    while length and (piece := stream.read(min(length, PIECE))):
        pieces.append(piece)
        length -= len(piece)
    return b"".join(pieces)


def _framed(message: bytes) -> bytes:
    if len(message) > LONGEST:
        raise ValueError(f"a record of {len(message)} bytes, {LONGEST} at most")
    head = struct.pack("<II", MAGIC, len(message))
    return head + message + bytes(-len(message) % 4)


# Messages, as they come


def _record(message: bytes) -> Record:
    maps: dict[int, dict[str, Tensor]] = {FEATURES: {}, LABEL: {}}
    for number, wire, raw in protobuf.fields(memoryview(message)):
        if number in maps and wire == COUNTED:
            name, tensor = _entry(raw)
            if tensor is not None:
                maps[number][name] = tensor
    return Record(maps[FEATURES], maps[LABEL])


def _entry(raw: memoryview) -> tuple[str, Tensor | None]:
    """One pair of a map; without a tensor if its value is of another kind, such as Bytes."""
    name, tensor = "", None
    for number, wire, part in protobuf.fields(raw):
        if wire == COUNTED and number == KEY:
            name = str(part, "utf-8")
        elif wire == COUNTED and number == VALUE:
            tensor = _value(part)
    return name, tensor


def _value(raw: memoryview) -> Tensor | None:
    tensor = None
    for number, wire, part in protobuf.fields(raw):
        if wire == COUNTED:  # one of several: the last counts
            tensor = _tensor(part, TENSORS[number]) if number in TENSORS else None
    return tensor


def _tensor(raw: memoryview, dtype: np.dtype[Any]) -> Tensor:
    numbers: list[Array] = []
    keys: list[Array] = []
    sizes: list[Array] = []
    for number, wire, part in protobuf.fields(raw):
        if number == TENSOR_VALUES:
            numbers.append(_numbers(part, wire, dtype))
        elif number in (TENSOR_KEYS, TENSOR_SHAPE):
            if wire not in (COUNTED, VARINT):
                raise ValueError("a tensor's keys or shape are not integers")
            (keys if number == TENSOR_KEYS else sizes).append(protobuf.varints(part))
    values = _joined(numbers, dtype)
    shape = tuple(_joined(sizes, np.dtype("u8")).tolist()) if sizes else ()
    places = _joined(keys, np.dtype("u8")) if keys else None
    if places is not None and not len(places):
        places = None
    if places is None and not len(values) and shape:
        places = np.zeros(0, np.dtype("u8"))  # sparse, and all of it is absent
    return _sound(Tensor(values, places, shape))


def _sound(tensor: Tensor) -> Tensor:
    """`tensor`. Raises ValueError if its parts do not fit together."""
    size = math.prod(tensor.shape) if len(tensor.shape) <= 8 else WIDEST + 1
    if size > WIDEST:
        raise ValueError(f"a tensor of shape {list(tensor.shape[:8])} is too large")
    if tensor.keys is None:
        if tensor.shape and size != len(tensor.values):
            raise ValueError(f"{len(tensor.values)} values, but shape {list(tensor.shape)}")
        return tensor
    if len(tensor.keys) != len(tensor.values):
        raise ValueError(f"{len(tensor.values)} values, but {len(tensor.keys)} keys")
    if len(tensor.keys):
        largest = int(tensor.keys.max())
        if largest >= (size if tensor.shape else WIDEST):
            raise ValueError(f"a key is {largest}, the shape is {list(tensor.shape)}")
        if len(tensor.keys) > 1 and len(np.unique(tensor.keys)) != len(tensor.keys):
            raise ValueError("a key is there twice")
    return tensor


def _numbers(raw: memoryview, wire: int, dtype: np.dtype[Any]) -> Array:
    if dtype.kind == "i":
        if wire not in (COUNTED, VARINT):
            raise ValueError("a tensor's values are not integers")
        return protobuf.varints(raw).astype("<u4").view("<i4")
    alone = FOUR_BYTES if dtype.itemsize == 4 else EIGHT_BYTES
    if wire not in (COUNTED, alone) or len(raw) % dtype.itemsize:
        raise ValueError(f"a tensor's values are not {dtype.name}")
    return np.frombuffer(raw, dtype)


def _joined(parts: list[Array], dtype: np.dtype[Any]) -> Array:
    if len(parts) == 1:
        return parts[0]
    return np.concatenate(parts) if parts else np.zeros(0, dtype)


# Messages, as they go


def _message(record: Record) -> bytes:
    return b"".join(
        protobuf.counted(
            field, protobuf.counted(KEY, name.encode()) + protobuf.counted(VALUE, _written(tensor))
        )
        for field, entries in ((FEATURES, record.features), (LABEL, record.label))
        for name, tensor in entries.items()
    )


def _written(tensor: Tensor) -> bytes:
    dtype = tensor.values.dtype.newbyteorder("<")
    if dtype not in NUMBERS_OF or tensor.values.ndim != 1:
        raise ValueError(f"no tensor holds {tensor.values.dtype} of {tensor.values.ndim} axes")
    _sound(tensor)
    if dtype.kind == "i":  # as protocol buffers have it: sign-extended to 64 bits
        numbers = b"".join(
            protobuf.as_varint(value & (2**64 - 1)) for value in tensor.values.tolist()
        )
    else:
        numbers = tensor.values.astype(dtype).tobytes()
    parts = protobuf.counted(TENSOR_VALUES, numbers)
    if tensor.keys is not None:
        parts += protobuf.counted(
            TENSOR_KEYS, b"".join(map(protobuf.as_varint, tensor.keys.tolist()))
        )
    if tensor.shape:
        parts += protobuf.counted(TENSOR_SHAPE, b"".join(map(protobuf.as_varint, tensor.shape)))
    return protobuf.counted(NUMBERS_OF[dtype], parts)
