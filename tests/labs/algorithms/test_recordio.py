"""RecordIO-protobuf: what is written is read again, and no bytes do harm."""

from __future__ import annotations

import io
import struct
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as some

from labs.cloud.algorithms.recordio import (
    LONGEST,
    MAGIC,
    BadRecord,
    Record,
    Tensor,
    read,
    rows,
    write,
)

# Written by Google's own protobuf library, in the frames that the SDK writes: a dense row with a
# label and a uid; a sparse float64 row, key 300 of 1000, with an int32 label of -7; a picture.
MADE_ELSEWHERE = bytes.fromhex(
    "0a23d7ce2f000000" "0a160a0676616c756573120c120a0a080000803f00002040"
    "12120a0676616c756573120812060a0400004040" "1a016100"
    "0a23d7ce3a000000" "0a1e0a0676616c75657312141a120a08000000000000f8bf1202ac021a02e807"
    "12180a0676616c756573120e3a0c0a0af9ffffffffffffffff010000"
    "0a23d7ce12000000" "0a100a077069637475726512054a030a01780000"
)  # fmt: skip


def dense(*values: float) -> Tensor:
    return Tensor(np.array(values, dtype=np.float32))


def sparse(places: dict[int, float], width: int | None = None) -> Tensor:
    keys = np.array([*places], dtype=np.uint64)
    values = np.array([*places.values()], dtype=np.float32)
    return Tensor(values, keys, () if width is None else (width,))


def row(tensor: Tensor, label: float | None = None) -> Record:
    return Record({"values": tensor}, {} if label is None else {"values": dense(label)})


def plain(record: Record) -> Any:
    """A record as what can be compared."""
    return [
        {name: (each.values.dtype.str, each.values.tolist(),
                None if each.keys is None else each.keys.tolist(), each.shape)
         for name, each in entries.items()}
        for entries in (record.features, record.label)
    ]  # fmt: skip


TABLE = write([row(dense(1, 2), 0), row(dense(3, 4), 1), row(dense(5, 6), 0)])


def framed(message: bytes, part: int = 0) -> bytes:
    head = struct.pack("<II", MAGIC, part << 29 | len(message))
    return head + message + bytes(-len(message) % 4)


KINDS = ("<f4", "<f8", "<i4")
NUMBERS = {
    "<f4": some.floats(width=32, allow_nan=False),
    "<f8": some.floats(allow_nan=False),
    "<i4": some.integers(-(2**31), 2**31 - 1),
}


@some.composite
def tensors(draw: some.DrawFn) -> Tensor:
    kind = draw(some.sampled_from(KINDS))
    if draw(some.booleans()):
        values = draw(some.lists(NUMBERS[kind], max_size=6))
        return Tensor(np.array(values, dtype=kind))
    width = draw(some.sampled_from([1, 5, 127, 128, 300, 2**31 - 1]))
    places = draw(some.dictionaries(some.integers(0, width - 1), NUMBERS[kind], max_size=6))
    keys = np.array([*places], dtype=np.uint64)
    return Tensor(np.array([*places.values()], dtype=kind), keys, (width,))


records = some.builds(
    Record,
    some.dictionaries(some.text(max_size=4), tensors(), max_size=3),
    some.dictionaries(some.text(max_size=4), tensors(), max_size=2),
)


@given(some.lists(records, max_size=4))
def test_what_is_written_is_read_again(written: list[Record]) -> None:
    assert [plain(record) for record in read(write(written))] == [*map(plain, written)]


def test_what_another_library_wrote_is_read() -> None:
    first, second, third = read(MADE_ELSEWHERE)

    assert plain(first) == [
        {"values": ("<f4", [1.0, 2.5], None, ())},
        {"values": ("<f4", [3.0], None, ())},
    ]
    assert plain(second) == [
        {"values": ("<f8", [-1.5], [300], (1000,))},
        {"values": ("<i4", [-7], None, ())},
    ]
    assert plain(third) == [{}, {}]  # a picture is nothing to a table


def test_what_is_written_is_what_another_library_writes() -> None:
    kept = [*read(MADE_ELSEWHERE)][1:2]

    assert write(kept) == MADE_ELSEWHERE[56:124]


def problem(raw: bytes) -> str | None:
    """What is said of bytes that are no table; None if they are one."""
    try:
        rows(read(raw))
    except BadRecord as error:
        return str(error)
    return None


@given(some.binary(max_size=200))
def test_any_bytes_are_a_table_or_one_clear_error(raw: bytes) -> None:
    assert problem(raw) != ""


@given(some.binary(max_size=60))
def test_any_message_in_a_frame_is_a_table_or_one_clear_error(message: bytes) -> None:
    assert problem(framed(message)) != ""


@given(some.data())
def test_a_damaged_byte_is_a_table_or_one_clear_error(data: some.DataObject) -> None:
    at = data.draw(some.integers(0, len(TABLE) - 1))
    damaged = bytearray(TABLE)
    damaged[at] = data.draw(some.integers(0, 255))

    assert problem(bytes(damaged)) != ""


@pytest.mark.parametrize("cut", range(1, len(TABLE)))
def test_a_cut_off_file_is_noticed(cut: int) -> None:
    said = problem(TABLE[:cut])

    if cut % (len(TABLE) // 3):  # else it ends where a record does
        assert said is not None
        assert "cut off" in said


def test_a_promise_of_half_a_gigabyte_takes_no_room() -> None:
    with pytest.raises(BadRecord, match=f"should have {LONGEST} bytes"):
        [*read(struct.pack("<II", MAGIC, LONGEST) + b"short")]


@pytest.mark.parametrize(
    ("raw", "why"),
    [
        (b"1,2,3\n4,5,6\n", "no record begins here"),
        (framed(b"\x0a\x05ab"), "record 1: a field is cut off"),
        (framed(b"\x0f\x01"), "record 1: a field is written in a way"),
        (framed(b"\x80" * 12), "record 1: an integer has more than 64 bits"),
        (framed(b"a", part=2), "parts are not in order"),
        (framed(b"a", part=1) + framed(b"b"), "parts are not in order"),
        (framed(b"a", part=7), "parts are not in order"),
        (framed(b"a", part=1), "last part is missing"),
    ],
)
def test_what_is_wrong_is_said(raw: bytes, why: str) -> None:
    with pytest.raises(BadRecord, match=why):
        [*read(raw)]


def test_a_message_that_was_parted_at_the_magic_number_is_joined() -> None:
    awkward = np.frombuffer(struct.pack("<If", MAGIC, 1.0), dtype="<f4")
    message = write([row(Tensor(awkward))])[8:]
    at = message.index(struct.pack("<I", MAGIC))
    parts = framed(message[:at], part=1) + framed(message[at + 4 :].rstrip(b"\0"), part=3)

    (record,) = read(parts)

    assert record.features["values"].values.tobytes() == awkward.tobytes()


def test_a_file_is_read_record_by_record() -> None:
    stream = io.BytesIO(MADE_ELSEWHERE + b"what comes then is not looked at yet")

    assert len([next(records) for records in [read(stream)] for _ in range(3)]) == 3


def test_dense_rows_are_a_table_with_their_labels() -> None:
    table = rows([row(dense(1, 2), 0), row(dense(3, 4), 1)])

    assert table is not None
    assert table.features.tolist() == [[1, 2], [3, 4]]
    assert table.features.dtype == np.float32
    assert table.labels is not None
    assert table.labels.tolist() == [0, 1]


def test_sparse_rows_stay_sparse_and_may_be_empty() -> None:
    table = rows([row(sparse({4: 7}, 10**6)), row(sparse({}, 10**6)), row(sparse({0: 1, 9: 2}))])

    assert table is not None
    assert table.features.shape == (3, 10**6)
    assert not isinstance(table.features, np.ndarray)
    assert table.features.nnz == 3
    assert table.features[2, 9] == 2
    assert table.labels is None


def test_sparse_rows_without_a_shape_are_as_wide_as_their_last_key() -> None:
    table = rows([row(sparse({1: 1})), row(sparse({3: 1}))])

    assert table is not None
    assert table.features.shape == (2, 4)


def test_a_known_width_is_that_of_all_rows() -> None:
    table = rows([row(sparse({1: 1}))], columns=6)

    assert table is not None
    assert table.features.shape == (1, 6)
    with pytest.raises(BadRecord, match="a record has 4 features, 3 at most"):
        rows([row(dense(1, 2, 3, 4))], columns=3)


def test_no_records_are_no_table() -> None:
    assert rows(read(b"")) is None


@pytest.mark.parametrize(
    ("given", "why"),
    [
        ([row(dense(1, 2)), row(dense(1))], "record 2 has 1 features, an earlier one 2"),
        ([row(dense(1), 1), row(dense(1))], "some records have a label"),
        ([row(dense(1)), row(dense(1), 1)], "some records have a label"),
        ([Record(label={"values": dense(1)})], "record 1 has no features"),
        ([Record({"values": dense(1)}, {"values": dense(1, 2)})], "record 1 has 2 labels"),
        ([row(sparse({9: 1})), row(dense(1, 2))], "a key is 9, the records have 2"),
    ],
)
def test_rows_that_are_no_table_are_refused(given: list[Record], why: str) -> None:
    with pytest.raises(BadRecord, match=why):
        rows(given)


@pytest.mark.parametrize(
    ("tensor", "why"),
    [
        (Tensor(np.ones(2, "<f4"), np.array([1], "u8")), "2 values, but 1 keys"),
        (Tensor(np.ones(2, "<f4"), np.array([1, 1], "u8")), "a key is there twice"),
        (Tensor(np.ones(1, "<f4"), np.array([5], "u8"), (5,)), "a key is 5"),
        (Tensor(np.ones(3, "<f4"), None, (2, 2)), "3 values, but shape"),
        (Tensor(np.ones(1, "<f4"), np.array([5], "u8"), (2**20, 2**20)), "too large"),
        (Tensor(np.ones(1, "<i8")), "no tensor holds int64"),
        (Tensor(np.ones((2, 2), "<f4")), "no tensor holds float32 of 2 axes"),
    ],
)
def test_a_tensor_that_does_not_fit_together_is_not_written(tensor: Tensor, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        write([row(tensor)])
