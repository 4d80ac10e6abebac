"""A channel's rows, an epoch at a time: the same whatever way they come."""

from __future__ import annotations

import os
import re
import threading
from collections.abc import Iterable, Iterator, Mapping
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from labs.cloud import pipes
from labs.cloud.algorithms import recordio
from labs.cloud.algorithms.common.batches import Batch, Source
from labs.cloud.algorithms.common.channels import read_channels
from labs.cloud.algorithms.common.errors import CustomerError
from labs.cloud.algorithms.recordio import Array
from tests.labs.algorithms.layouts import CSV, RECORDIO, csv, logged, records

ROWS = np.arange(60, dtype=np.float32).reshape(15, 4)  # a label and three features
needs_pipes = pytest.mark.skipif(not pipes.AVAILABLE, reason="this system has no named pipes")


def source(
    base: Path, files: Mapping[str, bytes], content_type: str, rows: int = 4, width: int | None = 3
) -> Source:
    for name, body in files.items():
        path = base / "train" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(body)
    channel = read_channels({"train": {"ContentType": content_type}}, ("train",))["train"]
    return Source(channel, base, rows, width)


def piped(base: Path, content_type: str, rows: int = 4) -> Source:
    config = {"train": {"ContentType": content_type, "TrainingInputMode": "Pipe"}}
    return Source(read_channels(config, ("train",))["train"], base, rows, 3)


def whole(batches: Iterable[Batch]) -> Array:
    """Labels and features of all batches, side by side."""
    found = list(batches)
    labels = np.concatenate([each.labels for each in found if each.labels is not None])
    return np.column_stack([labels, np.concatenate([each.features for each in found])])


def files_of(content_type: str, table: Array = ROWS) -> dict[str, bytes]:
    """The rows in three files, one of which lies in a folder."""
    parts = {"a": table[:4], "b/c": table[4:5], "d": table[5:]}
    return {
        name: csv(part) if content_type == CSV else records(part[:, 1:], part[:, 0])
        for name, part in parts.items()
    }


formats = pytest.mark.parametrize("content_type", [CSV, RECORDIO])


@formats
def test_files_follow_one_another_in_the_order_of_their_names(
    tmp_path: Path, content_type: str
) -> None:
    found = source(tmp_path, files_of(content_type), content_type)
    np.testing.assert_array_equal(whole(found.epoch()), ROWS)


@formats
@given(rows=st.integers(1, 20))
def test_every_batch_but_the_last_is_full(
    tmp_path_factory: pytest.TempPathFactory, content_type: str, rows: int
) -> None:
    found = source(tmp_path_factory.mktemp("any"), files_of(content_type), content_type, rows)
    sizes = [len(batch.features) for batch in found.epoch()]
    assert sum(sizes) == len(ROWS)
    assert all(size == rows for size in sizes[:-1])
    assert 0 < sizes[-1] <= rows


@formats
def test_each_epoch_begins_anew(tmp_path: Path, content_type: str) -> None:
    found = source(tmp_path, files_of(content_type), content_type)
    next(found.epoch())  # one that is left early
    for _ in range(3):
        np.testing.assert_array_equal(whole(found.epoch()), ROWS)


def test_files_are_read_once_and_then_kept(tmp_path: Path) -> None:
    found = source(tmp_path, files_of(CSV), CSV)
    first = whole(found.epoch())
    for path in (tmp_path / "train").rglob("*"):
        if path.is_file():
            path.write_bytes(b"nonsense")
    np.testing.assert_array_equal(whole(found.epoch()), first)


def test_without_labels_all_columns_are_features(tmp_path: Path) -> None:
    found = source(tmp_path, {"a": csv(ROWS)}, f"{CSV};label_size=0", width=4)
    (batch, *_) = found.epoch()
    assert batch.labels is None
    assert batch.features.shape == (4, 4)


def test_sparse_records_become_rows_with_zeros(tmp_path: Path) -> None:
    tensor = recordio.Tensor(np.array([5.0], "f4"), keys=np.array([2], "u8"), shape=(3,))
    body = recordio.write([recordio.Record({"values": tensor})])
    (batch,) = source(tmp_path, {"a": body}, RECORDIO).epoch()
    assert batch.features.tolist() == [[0.0, 0.0, 5.0]]


@formats
def test_the_width_is_learned_where_it_is_not_given(tmp_path: Path, content_type: str) -> None:
    found = source(tmp_path, files_of(content_type), content_type, width=None)
    list(found.epoch())
    assert found.width == 3


@pytest.mark.parametrize(
    ("files", "content_type", "message"),
    [
        ({"a": b""}, CSV, "'train'. It is empty."),
        ({}, CSV, "'train'. It is empty."),
        ({"a": b"1,2,3,x\n"}, CSV, "column 4: 'x' is not a number"),
        ({"a": b"1,2,3,nan\n"}, CSV, "Found missing (NaN) values."),
        ({"a": b"nan,1,2,3\n"}, CSV, "Found missing (NaN) values."),
        ({"a": b"1,2,3,inf\n"}, CSV, "Found infinite floating point values."),
        ({"a": b"1,2\n"}, CSV, "A row has 1 features (label_size=1: the first column is a label)"),
        ({"a": b"1,2,3,4\n", "b": b"1,2\n"}, CSV, "a file has 2 columns, those before 4"),
        ({"a": b"1,2,3,4\n"}, RECORDIO, "Please verify the data matches the requested content-"),
        ({"a": records(ROWS[:, :2])}, RECORDIO, "A row has 2 features, and there must be 3"),
        ({"a": records(ROWS)}, RECORDIO, "A row has 4 features, and there must be 3"),
        ({"a": records(ROWS[:, 1:])[:-2]}, RECORDIO, "is cut off"),
    ],
)
def test_data_that_are_none_are_the_customers_error(
    tmp_path: Path, files: dict[str, bytes], content_type: str, message: str
) -> None:
    with pytest.raises(CustomerError, match=re.escape(message)):
        list(source(tmp_path, files, content_type).epoch())


def test_a_batch_that_would_not_fit_into_memory_is_refused(tmp_path: Path) -> None:
    tensor = recordio.Tensor(np.array([5.0], "f4"), keys=np.array([2], "u8"), shape=(1 << 30,))
    body = recordio.write([recordio.Record({"values": tensor})] * 3)
    with pytest.raises(CustomerError, match="lower mini_batch_size"):
        list(source(tmp_path, {"a": body}, RECORDIO, width=None).epoch())


# Pipes


def pieces(bodies: Iterable[bytes]) -> Iterator[bytes]:
    yield from bodies


@needs_pipes
@formats
def test_an_epoch_comes_through_a_pipe_of_its_own(tmp_path: Path, content_type: str) -> None:
    fed = partial(pieces, list(files_of(content_type).values()))
    with pipes.feeding(tmp_path, [("train", fed)], lambda: None) as troubles:
        found = piped(tmp_path, content_type)
        np.testing.assert_array_equal(whole(found.epoch()), ROWS)
        next(found.epoch())  # one that is left early
        for _ in range(3):
            np.testing.assert_array_equal(whole(found.epoch()), ROWS)
    assert troubles == []


@needs_pipes
def test_what_was_copied_before_and_when_the_first_batch_was_there_is_told(tmp_path: Path) -> None:
    body = files_of(CSV)
    with logged() as lines:
        list(source(tmp_path / "files", body, CSV).epoch())
        with pipes.feeding(tmp_path, [("train", partial(pieces, body.values()))], lambda: None):
            list(piped(tmp_path, CSV).epoch())
    told = [line for line in lines if line.startswith("Channel 'train'")]
    size = sum(map(len, body.values()))
    assert f"in File mode: {size} bytes were copied before training" in told[0]
    assert "in Pipe mode: 0 bytes were copied before training" in told[1]
    assert [f'"num_bytes": {size}' in line for line in lines if "epoch_stats" in line] == [True] * 2


@needs_pipes
def test_a_stream_that_breaks_off_is_told_to_whoever_feeds_it(tmp_path: Path) -> None:
    def broken() -> Iterator[bytes]:
        yield b"1,2,3,4\n"
        raise LookupError("the object is gone")

    given_up = threading.Event()
    with pipes.feeding(tmp_path, [("train", broken)], given_up.set) as troubles:
        found = piped(tmp_path, CSV)
        assert len(whole(found.epoch())) == 1  # it looks like the end of the data
        assert given_up.wait(10)
    assert [str(each) for each in troubles] == ["the object is gone"]


@needs_pipes
def test_whoever_feeds_ends_although_nobody_reads(tmp_path: Path) -> None:
    with pipes.feeding(tmp_path, [("train", partial(pieces, [b"1\n"]))], lambda: None):
        assert (tmp_path / "train_0").is_fifo()
    assert not [each for each in threading.enumerate() if each.name.startswith("pipe ")]


@needs_pipes
def test_whoever_feeds_ends_with_the_reader_in_the_midst_of_it(tmp_path: Path) -> None:
    much = partial(pieces, [bytes(1 << 20)] * 4)  # more than a pipe holds
    with (
        pipes.feeding(tmp_path, [("train", much)], lambda: None) as troubles,
        (tmp_path / "train_0").open("rb") as stream,
    ):
        assert os.read(stream.fileno(), 10) == bytes(10)
    assert troubles == []
