"""Channels and content types: what is taken, and in which words the rest is refused."""

from __future__ import annotations

from typing import Any

import pytest

from labs.cloud.algorithms.xgboost.channels import format_of, validate
from labs.cloud.algorithms.xgboost.errors import UserError


def channel(**changes: str) -> dict[str, Any]:
    return {
        "ContentType": "text/csv",
        "TrainingInputMode": "File",
        "S3DistributionType": "FullyReplicated",
        "RecordWrapperType": "None",
    } | changes


def refusal(**config: dict[str, Any]) -> str:
    with pytest.raises(UserError) as caught:
        validate(config)
    return str(caught.value)


@pytest.mark.parametrize("name", ["csv", "text/csv", "libsvm", "text/libsvm", "text/x-libsvm"])
@pytest.mark.parametrize("mode", ["File", "FastFile"])
@pytest.mark.parametrize("distribution", ["FullyReplicated", "ShardedByS3Key"])
def test_csv_and_libsvm_are_read_in_both_file_modes(
    name: str, mode: str, distribution: str
) -> None:
    config = channel(ContentType=name, TrainingInputMode=mode, S3DistributionType=distribution)
    kind, validated = validate({"train": config, "validation": config})
    assert (kind, validated) == ("csv" if "csv" in name else "libsvm", True)


def test_a_channel_without_content_type_holds_libsvm() -> None:
    config = channel()
    del config["ContentType"]
    assert validate({"train": config}) == ("libsvm", False)


@pytest.mark.parametrize(
    "name", ["text/csv;label_size=1", "TEXT/CSV", "text/csv; charset=utf-8", "application/json", ""]
)
def test_a_content_type_for_training_must_be_written_exactly(name: str) -> None:
    assert refusal(train=channel(ContentType=name)) == (
        "Channel configuration for 'train' channel is not supported: "
        f"{{'ContentType': '{name}', 'TrainingInputMode': 'File', "
        "'S3DistributionType': 'FullyReplicated', 'RecordWrapperType': 'None'}"
    )


def test_a_channel_of_another_name_is_refused() -> None:
    assert refusal(train=channel(), test=channel()) == "Extraneous channel found: test"


def test_there_must_be_a_train_channel() -> None:
    assert refusal(validation=channel()) == "Missing required channel: train"


def test_libsvm_was_never_read_from_a_pipe_and_the_others_are_no_longer() -> None:
    pipe = channel(TrainingInputMode="Pipe")
    assert refusal(train=pipe).startswith("Pipe mode for CSV is no longer supported.")
    message = refusal(train=channel(TrainingInputMode="Pipe", ContentType="text/libsvm"))
    assert message.startswith("Channel configuration for 'train' channel is not supported: ")


@pytest.mark.parametrize(
    "name", ["parquet", "application/x-parquet", "recordio-protobuf",
             "application/x-recordio-protobuf"]
)  # fmt: skip
def test_tables_have_a_short_and_a_long_name(name: str) -> None:
    kind, _ = validate({"train": channel(ContentType=name)})
    assert kind in name


@pytest.mark.parametrize("distribution", ["FullyReplicated", "ShardedByS3Key"])
def test_one_host_gets_all_files_however_they_are_shared_out(distribution: str) -> None:
    assert validate({"train": channel(S3DistributionType=distribution)}) == ("csv", False)


@pytest.mark.parametrize("name", ["parquet", "recordio-protobuf"])
def test_tables_are_no_longer_read_from_a_pipe(name: str) -> None:
    pipe = channel(TrainingInputMode="Pipe", ContentType=name)
    assert refusal(train=pipe).startswith(f"Pipe mode for {name.upper()} is no longer supported.")


def test_a_channel_with_code_is_not_passed_over() -> None:
    code = channel(ContentType="text/python")
    assert refusal(train=channel(), code=code).startswith("The channel 'code' is not offered")


@pytest.mark.parametrize(
    ("content_type", "kind"),
    [
        (None, "libsvm"),
        ("text/csv", "csv"),
        ("CSV", "csv"),
        ("Text/CSV; Charset=UTF-8", "csv"),
        ("text/csv;label_size=1", "csv"),
        ('text/csv; label_size="1"', "csv"),
        ("text/x-libsvm ;charset=utf8", "libsvm"),
        ("application/x-parquet", "parquet"),
    ],
)
def test_a_request_may_write_its_content_type_more_freely(
    content_type: str | None, kind: str
) -> None:
    assert format_of(content_type) == kind


def test_a_request_has_one_label_at_most_and_a_known_format() -> None:
    with pytest.raises(UserError, match="Optional parameter label_size must be equal to 1"):
        format_of("text/csv;label_size=2")
    with pytest.raises(UserError, match=r"^application/json is not an accepted ContentType: csv, "):
        format_of("application/json")
