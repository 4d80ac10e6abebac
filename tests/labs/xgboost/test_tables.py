"""Training from parquet and RecordIO-protobuf, and with the weights of a csv file."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa  # type: ignore[import-untyped]
import pytest
from pyarrow import parquet

from labs.cloud.algorithms.recordio import Record, Tensor, write
from labs.cloud.algorithms.xgboost import tables
from labs.cloud.algorithms.xgboost.errors import UserError
from tests.labs.xgboost.jobs import REGRESSION, TRAIN, VALIDATION, Array, Job, csv, job, patients


def plain(rows: Array) -> Array:
    """As the csv text has them, so that every form holds the same numbers."""
    return np.array([[float(f"{cell:g}") for cell in row] for row in rows])


def as_parquet(path: Path, features: Array, labels: Array) -> None:
    columns = [labels, *plain(features).T]
    path.parent.mkdir(parents=True, exist_ok=True)
    parquet.write_table(pa.table(columns, names=[f"c{at}" for at in range(len(columns))]), path)


def as_records(path: Path, features: Array, labels: Array) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(write(
        Record({"values": Tensor(row.astype("f4"))}, {"values": Tensor(np.array([label], "f4"))})
        for row, label in zip(plain(features), labels, strict=True)
    ))  # fmt: skip


def as_sparse_records(path: Path, features: Array, labels: Array) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    keys = np.arange(features.shape[1], dtype="u8")
    path.write_bytes(write(
        Record({"values": Tensor(row.astype("f4"), keys, (len(keys),))},
               {"values": Tensor(np.array([label], "f4"))})
        for row, label in zip(plain(features), labels, strict=True)
    ))  # fmt: skip


def empty_job(base: Path, content_type: str, given: Mapping[str, str] = REGRESSION) -> Job:
    """A job whose channels have no files yet."""
    return job(base, given, {}, {}, ContentType=content_type)


@pytest.mark.parametrize(
    ("content_type", "put"),
    [
        ("application/x-parquet", as_parquet),
        ("parquet", as_parquet),
        ("application/x-recordio-protobuf", as_records),
        ("recordio-protobuf", as_sparse_records),
    ],
)
def test_the_same_numbers_give_the_same_model_in_every_form(
    tmp_path: Path, content_type: str, put: Any
) -> None:
    features, labels = patients()
    text = job(
        tmp_path / "text",
        REGRESSION,
        csv(features[TRAIN], labels[TRAIN]),
        csv(features[VALIDATION], labels[VALIDATION]),
    ).run()
    table = empty_job(tmp_path / "table", content_type)
    data = tmp_path / "table/input/data"
    put(data / "train/a", features[:100], labels[:100])  # several files are one table
    put(data / "train/more/b", features[100:300], labels[100:300])
    put(data / "validation/c", features[VALIDATION], labels[VALIDATION])
    table.run()

    assert table.code == 0, table.failure
    assert table.lines == text.lines
    assert table.booster.save_raw() == text.booster.save_raw()


def read(tmp_path: Path, table: pa.Table) -> tables.Table | None:
    parquet.write_table(table, tmp_path / "a.parquet")
    return tables.parquet([(tmp_path / "a.parquet", "a.parquet")])


def test_parquet_may_hold_numbers_of_any_kind_and_gaps(tmp_path: Path) -> None:
    from decimal import Decimal

    found = read(
        tmp_path,
        pa.table(
            {
                "label": pa.array([0, 1], pa.int64()),
                "a": pa.array([1.5, None]),
                "b": pa.array([True, False]),
                "c": pa.array([Decimal("2.5"), Decimal("3.5")]),
                "d": pa.array([2**40, -1]),
                "e": pa.array([None, None], pa.null()),
            }
        ),
    )

    assert found is not None
    assert found.labels.tolist() == [0, 1]
    np.testing.assert_array_equal(
        found.features, [[1.5, 1, 2.5, 2**40, np.nan], [np.nan, 0, 3.5, -1, np.nan]]
    )


@pytest.mark.parametrize(
    ("columns", "why"),
    [
        ({"label": [1.0], "name": ["a"]}, "column 'name' is of type string"),
        ({"label": ["1"], "a": [1.0]}, "column 'label' is of type string"),
        ({"label": [1.0], "a": [[1.0]]}, "column 'a' is of type list"),
        ({"label": [None, 1.0], "a": [1.0, 2.0]}, "a row has no label"),
        ({"label": [1.0]}, "there must be a label and at least one feature"),
    ],
)
def test_a_parquet_file_of_something_else_is_named(
    tmp_path: Path, columns: dict[str, list[Any]], why: str
) -> None:
    with pytest.raises(UserError, match=why):
        read(tmp_path, pa.table(columns))


def test_what_is_no_parquet_at_all_is_said(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"1,2,3\n")
    with pytest.raises(UserError, match=r"^Failed to load parquet data: file 'part-0': "):
        tables.parquet([(tmp_path / "a", "part-0")])


def test_a_damaged_parquet_file_is_named(tmp_path: Path) -> None:
    as_parquet(tmp_path / "a", *(part[:5] for part in patients()))
    raw = (tmp_path / "a").read_bytes()
    for damaged in (raw.replace(b"c1", b"\xff1"), raw[: len(raw) // 2], raw[:-20] + b"x" * 20):
        (tmp_path / "a").write_bytes(damaged)
        with pytest.raises(UserError, match=r"^Failed to load parquet data: file 'a': "):
            tables.parquet([(tmp_path / "a", "a")])


def test_files_of_different_width_are_no_table(tmp_path: Path) -> None:
    as_parquet(tmp_path / "a", *(part[:5] for part in patients()))
    as_parquet(tmp_path / "b", patients()[0][:5, :3], patients()[1][:5])
    with pytest.raises(UserError, match="'b': it has 4 columns, an earlier file 11"):
        tables.parquet([(tmp_path / name, name) for name in "ab"])


def test_what_spark_leaves_beside_its_data_is_passed_over(tmp_path: Path) -> None:
    (tmp_path / "_SUCCESS").touch()
    assert tables.parquet([(tmp_path / "_SUCCESS", "_SUCCESS")]) is None


def test_records_that_are_none_are_named(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"1,2,3\n4,5,6\n")
    with pytest.raises(UserError, match=r"file 'part-0': byte 0: no record begins here"):
        tables.recordio([(tmp_path / "a", "part-0")])
    as_records(tmp_path / "b", np.ones((2, 3)), np.ones(2))
    as_records(tmp_path / "c", np.ones((2, 2)), np.ones(2))
    with pytest.raises(UserError, match="record 3 has 2 features, an earlier one 3"):
        tables.recordio([(tmp_path / name, name) for name in "bc"])
    (tmp_path / "d").write_bytes(write([Record({"values": Tensor(np.ones(2, "f4"))})]))
    with pytest.raises(UserError, match='no record has a label "values"'):
        tables.recordio([(tmp_path / "d", "d")])


@pytest.mark.parametrize("content_type", ["parquet", "recordio-protobuf"])
def test_no_rows_are_no_data(tmp_path: Path, content_type: str) -> None:
    made = empty_job(tmp_path, content_type)
    (tmp_path / "input/data/train").mkdir(parents=True)
    assert made.run().message == "No data in training channel path /opt/ml/input/data/train"


def test_an_infinite_number_is_refused(tmp_path: Path) -> None:
    made = empty_job(tmp_path, "parquet")
    as_parquet(tmp_path / "input/data/train/a", np.array([[np.inf], [1.0]]), np.ones(2))
    message = made.run().message
    assert message.startswith("Failed to load parquet data with exception:\n")
    assert "inf" in message


# Weights


def test_the_second_column_is_the_weight_if_that_is_said(tmp_path: Path) -> None:
    features, labels = patients()
    weights = np.where(labels > 150, 3, 0.5)
    text = csv(np.column_stack([weights, features]), labels)

    weighted = job(tmp_path / "csv", REGRESSION | {"csv_weights": "1"}, text, text).run()
    libsvm = "".join(
        f"{label:g}:{weight:g} " + " ".join(f"{at}:{cell:g}" for at, cell in enumerate(row)) + "\n"
        for label, weight, row in zip(labels, weights, features, strict=True)
    )
    same = job(tmp_path / "libsvm", REGRESSION, libsvm, libsvm, ContentType="text/libsvm").run()
    without = job(tmp_path / "no", REGRESSION, csv(features, labels)).run()

    assert weighted.code == 0, weighted.failure
    assert weighted.lines == same.lines
    assert weighted.booster.num_features() == 10
    assert weighted.scores("train-rmse") != without.scores("train-rmse")


@pytest.mark.parametrize("weights", ["0", "1"])
def test_without_the_switch_a_weight_is_a_feature(tmp_path: Path, weights: str) -> None:
    rows = "1,0.5,3,4\n0,2,5,6\n"
    done = job(tmp_path, {"num_round": "1", "csv_weights": weights}, rows).run()
    assert done.booster.num_features() == 3 - int(weights)


@pytest.mark.parametrize("rows", ["1,,3\n", "1,nan,3\n", "1,0.5,3\n0,,4\n"])
def test_a_row_without_its_weight_is_named(tmp_path: Path, rows: str) -> None:
    message = job(tmp_path, {"num_round": "1", "csv_weights": "1"}, rows).run().message
    assert "Column 2 holds" in message


def test_a_label_and_a_weight_alone_are_no_row(tmp_path: Path) -> None:
    message = job(tmp_path, {"num_round": "1", "csv_weights": "1"}, "1,2\n0,1\n").run().message
    assert message.endswith("It has no features.")


def test_a_negative_weight_is_refused(tmp_path: Path) -> None:
    rows = "1,-1,3\n0,5,4\n"
    done = job(tmp_path, {"num_round": "1", "csv_weights": "1"}, rows).run()
    assert done.message == "A row's weight is -1, and must not be negative."
