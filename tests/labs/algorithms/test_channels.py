"""Which channels there may be, and how each one's data come."""

from __future__ import annotations

import re
from typing import Any

import pytest

from labs.cloud.algorithms.common.channels import Channel, read_channels
from labs.cloud.algorithms.common.errors import CustomerError

ALLOWED = ("train", "test")


def one(**given: str) -> Channel:
    return read_channels({"train": given}, ALLOWED)["train"]


@pytest.mark.parametrize(
    ("content_type", "kind", "label_size"),
    [
        ("text/csv", "csv", 1),
        ("text/csv;label_size=0", "csv", 0),
        ("Text/CSV; label_size = 1", "csv", 1),
        ("application/x-recordio-protobuf", "recordio", 1),
    ],
)
def test_a_content_type_says_the_format_and_the_labels(
    content_type: str, kind: str, label_size: int
) -> None:
    channel = one(ContentType=content_type)
    assert (channel.kind, channel.label_size) == (kind, label_size)


def test_without_content_type_it_is_recordio_from_files() -> None:
    channel = one()
    assert (channel.kind, channel.mode, channel.is_piped) == ("recordio", "File", False)
    assert one(TrainingInputMode="Pipe").is_piped


@pytest.mark.parametrize(
    ("config", "message"),
    [
        ({}, "No value(s) were specified for 'train' which are required channel(s)"),
        ({"test": {}}, "No value(s) were specified for 'train'"),
        ({"train": {}, "validation": {}}, "there is no channel 'validation'; channels are train,"),
        ({"train": {"ContentType": "text/libsvm"}}, "Content-type text/libsvm is not supported"),
        ({"train": {"ContentType": "text/csv;label_size=2"}}, "label_size must be 0 or 1"),
        ({"train": {"TrainingInputMode": "Stream"}}, "TrainingInputMode Stream is not supported"),
    ],
)
def test_another_configuration_is_refused(config: dict[str, Any], message: str) -> None:
    with pytest.raises(CustomerError, match=re.escape(message)):
        read_channels(config, ALLOWED)
