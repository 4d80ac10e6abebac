"""Objects cut into records, records put into requests, answers put together."""

from __future__ import annotations

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labs.cloud.transform.processing import assembled
from labs.cloud.transform.records import BadRecords, batches, split


def recordio(*messages: bytes) -> bytes:
    frames = [
        struct.pack("<II", 0xCED7230A, len(each)) + each + bytes(-len(each) % 4)
        for each in messages
    ]
    return b"".join(frames)


def sent(records: list[bytes], most: int, *, single: bool = False) -> list[bytes]:
    found = batches([(each, each) for each in records], most=most, single=single)
    return [b"".join(record for record, _ in batch) for batch in found]


def test_without_a_split_type_the_object_is_the_record() -> None:
    assert [*split(b"1,2\n3,4\n", "None", bare=False)] == [b"1,2\n3,4\n"]


def test_lines_keep_their_ends_and_blank_ones_are_left_out() -> None:
    assert [*split(b"1,2\r\n\n3,4", "Line", bare=True)] == [b"1,2\r\n", b"3,4"]


def test_only_a_newline_ends_a_line() -> None:
    assert [*split("a\rb\x0b\x85\u2028c\n".encode(), "Line", bare=False)] == [
        "a\rb\x0b\x85\u2028c\n".encode()
    ]


def test_recordio_is_cut_between_its_frames() -> None:
    body = recordio(b"one", b"three")
    assert [*split(body, "RecordIO", bare=False)] == [recordio(b"one"), recordio(b"three")]
    assert [*split(body, "RecordIO", bare=True)] == [b"one", b"three"]


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (b"1,2,3,4,5", "no RecordIO record at byte 0"),
        (recordio(b"one") + b"1", "cut off after 12"),
        (recordio(b"three")[:-4], "at byte 0 is cut off"),
        (struct.pack("<II", 0xCED7230A, (1 << 29) + 4) + b"four", "several parts"),
    ],
)
def test_what_is_no_recordio_is_said_with_its_place(body: bytes, why: str) -> None:
    with pytest.raises(BadRecords, match=why):
        [*split(body, "RecordIO", bare=False)]


@given(st.lists(st.binary(max_size=40)))
def test_recordio_comes_back_as_it_was(messages: list[bytes]) -> None:
    body = recordio(*messages)
    assert [*split(body, "RecordIO", bare=True)] == messages
    assert b"".join(split(body, "RecordIO", bare=False)) == body


def test_a_request_takes_as_many_records_as_fit() -> None:
    assert sent([b"11\n", b"22\n", b"33\n"], 6) == [b"11\n22\n", b"33\n"]


def test_with_single_record_each_goes_alone() -> None:
    assert sent([b"11\n", b"22\n"], 100, single=True) == [b"11\n", b"22\n"]


def test_a_record_that_is_larger_than_the_payload_is_refused_in_awss_words() -> None:
    with pytest.raises(BadRecords, match="Too much data for max payload size"):
        sent([b"11\n", b"4444\n"], 4)


@given(st.lists(st.binary(min_size=1, max_size=9)), st.integers(9, 30), st.booleans())
def test_no_record_is_lost_and_no_request_is_too_large(
    records: list[bytes], most: int, single: bool
) -> None:
    found = sent(records, most, single=single)
    assert b"".join(found) == b"".join(records)
    assert all(len(each) <= most for each in found)


def test_answers_are_joined_as_they_are_or_with_a_line_each() -> None:
    assert assembled([b"1", b"2\n", b"3"], "None") == b"12\n3"
    assert assembled([b"1", b"2\n", b"3"], "Line") == b"1\n2\n3\n"
