"""Protocol buffers on the wire: a message's bytes as fields, and fields as bytes.

Source: "Encoding" in the protocol buffers' documentation. Whatever the bytes, what reads them
gives an answer or raises ValueError; nothing is made longer than they are.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

VARINT, EIGHT_BYTES, COUNTED, FOUR_BYTES = 0, 1, 2, 5  # how a field is written


def fields(raw: memoryview) -> Iterator[tuple[int, int, memoryview]]:
    """A message's fields: number, how it is written, and its bytes (a varint's as well)."""
    at, end = 0, len(raw)
    while at < end:
        tag, at = raw[at], at + 1
        if tag > 127:
            tag, at = _varint(raw, at - 1)
        number, wire = tag >> 3, tag & 7
        if wire == COUNTED:
            if at < end and raw[at] < 128:  # as nearly always
                length, at = raw[at], at + 1
            else:
                length, at = _varint(raw, at)
            stop = at + length
        elif wire == FOUR_BYTES:
            stop = at + 4
        elif wire == EIGHT_BYTES:
            stop = at + 8
        elif wire == VARINT:
            stop = _varint(raw, at)[1]
        else:
            raise ValueError(f"a field is written in a way ({wire}) that there is not")
        if stop > end:
            raise ValueError("a field is cut off")
        yield number, wire, raw[at:stop]
        at = stop


def _varint(raw: memoryview, at: int) -> tuple[int, int]:
    value = 0
    for shift in range(0, 70, 7):
        if at >= len(raw):
            raise ValueError("an integer is cut off")
        octet = raw[at]
        at += 1
        value |= (octet & 127) << shift
        if octet < 128:
            return value, at
    raise ValueError("an integer has more than 64 bits")


def varints(raw: memoryview) -> np.ndarray[Any, np.dtype[np.uint64]]:
    """Integers of seven bits a byte, the last byte of each below 128: uint64, shape (n,)."""
    octets = np.frombuffer(raw, np.uint8)
    ends = np.flatnonzero(octets < 128)
    if len(ends) == len(octets):
        return octets.astype(np.uint64)
    if not len(ends) or ends[-1] != len(octets) - 1:
        raise ValueError("an integer is cut off")
    starts = np.concatenate(([0], ends[:-1] + 1))
    lengths = ends - starts + 1
    if lengths.max() > 10:
        raise ValueError("an integer has more than 64 bits")
    shifts = 7 * (np.arange(len(octets)) - np.repeat(starts, lengths))
    parts = (octets & 127).astype(np.uint64) << shifts.astype(np.uint64)
    whole: np.ndarray[Any, np.dtype[np.uint64]] = np.add.reduceat(parts, starts)
    return whole


def counted(number: int, raw: bytes) -> bytes:
    """A field of bytes with their count before them."""
    return as_varint(number << 3 | COUNTED) + as_varint(len(raw)) + raw


def as_varint(value: int) -> bytes:
    """An integer from 0 on."""
    octets = bytearray()
    while value > 127:
        octets.append(value & 127 | 128)
        value >>= 7
    octets.append(value)
    return bytes(octets)
