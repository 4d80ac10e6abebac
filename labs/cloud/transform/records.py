"""An input object's bytes as records, and records as the payloads of requests.

A record is a line, a RecordIO record, or the whole object. Source: TransformInput and
CreateTransformJob in SageMaker's API reference.
"""

from __future__ import annotations

import io
import struct
from collections.abc import Iterable, Iterator

MIB = 1024 * 1024
_MAGIC = 0xCED7230A  # of RecordIO: magic, 3 bits of flag and 29 of length, data, zeros up to 4


class BadRecords(ValueError):
    """The object is not what its SplitType says, or one of its records is too large."""


def split(body: bytes, split_type: str, *, bare: bool) -> Iterator[bytes]:
    """The records of an object, with what separates them. `bare`: without it, as a request of a
    single record has a binary one. Raises BadRecords."""
    match split_type:
        case "Line":
            yield from (line for line in io.BytesIO(body) if line.strip())
        case "RecordIO":
            yield from _recordio(body, bare)
        case _:
            yield body


def batches(
    records: Iterable[tuple[bytes, bytes]], *, most: int, single: bool
) -> Iterator[list[tuple[bytes, bytes]]]:
    """Which records go together: each alone, or as many as fit into `most` bytes. A pair is a
    record as it was and as it is sent; the latter counts. Raises BadRecords."""
    batch: list[tuple[bytes, bytes]] = []
    size = 0
    for record, sent in records:
        if len(sent) > most:
            raise BadRecords("Too much data for max payload size")  # AWS's words
        if batch and (single or size + len(sent) > most):
            yield batch
            batch, size = [], 0
        batch.append((record, sent))
        size += len(sent)
    if batch:
        yield batch


def _recordio(body: bytes, bare: bool) -> Iterator[bytes]:
    at = 0
    while at < len(body):
        if at + 8 > len(body):
            raise BadRecords(f"The RecordIO data is cut off after {at} bytes")
        magic, length = struct.unpack_from("<II", body, at)
        if magic != _MAGIC:
            raise BadRecords(f"There is no RecordIO record at byte {at}")
        if length >> 29:
            raise BadRecords(f"The RecordIO record at byte {at} is one of several parts")
        end = at + 8 + length + -length % 4
        if end > len(body):
            raise BadRecords(f"The RecordIO record at byte {at} is cut off")
        yield body[at + 8 : at + 8 + length] if bare else body[at:end]
        at = end
