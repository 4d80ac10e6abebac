"""The input channels: which there may be, and what each may hold.

Source: the reference container's `algorithm_mode/channel_validation.py`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, TypeAlias

from labs.cloud.algorithms.xgboost.errors import UserError, not_offered

Format: TypeAlias = Literal["csv", "libsvm", "parquet", "recordio-protobuf"]

TRAIN, VALIDATION, CODE = "train", "validation", "code"
DEFAULT_CONTENT_TYPE = "text/libsvm"
CONTENT_TYPES: Mapping[str, Format] = {
    "csv": "csv",
    "libsvm": "libsvm",
    "parquet": "parquet",
    "recordio-protobuf": "recordio-protobuf",
    "text/csv": "csv",
    "text/libsvm": "libsvm",
    "text/x-libsvm": "libsvm",
    "application/x-parquet": "parquet",
    "application/x-recordio-protobuf": "recordio-protobuf",
}
DISTRIBUTIONS = ("FullyReplicated", "ShardedByS3Key")


def format_of(content_type: str | None) -> Format:
    """The format that a request's content type names; upper case and parameters are allowed.

    A missing one means libsvm. Raises UserError for a foreign one.
    """
    if content_type is None:
        return "libsvm"
    name, *parameters = (part.strip() for part in content_type.lower().split(";"))
    if name not in CONTENT_TYPES:
        raise UserError(
            f"{content_type} is not an accepted ContentType: {', '.join(CONTENT_TYPES)}."
        )
    for parameter in parameters:
        key, _, value = (part.strip(' "') for part in parameter.partition("="))
        if CONTENT_TYPES[name] == "csv" and key == "label_size" and value != "1":
            raise UserError(
                f"{content_type} is not an accepted csv ContentType. "
                "Optional parameter label_size must be equal to 1"
            )
    return CONTENT_TYPES[name]


def validate(config: Mapping[str, Mapping[str, Any]]) -> tuple[Format, bool]:
    """The training data's format, which the validation data share, and whether there are such.

    `config` is what `input/config/inputdataconfig.json` holds. Raises UserError.
    """
    if TRAIN not in config:
        raise UserError(f"Missing required channel: {TRAIN}")
    settings = {name: _checked(name, dict(channel)) for name, channel in config.items()}
    if CODE in config:
        raise not_offered(f"The channel '{CODE}'", "Train with the built-in algorithm.")
    train = settings[TRAIN]
    kind = CONTENT_TYPES[train["ContentType"]]
    if train["TrainingInputMode"] == "Pipe":
        raise UserError(
            f"Pipe mode for {kind.upper()} is no longer supported. Use File or FastFile mode."
        )
    return kind, VALIDATION in config


def _checked(name: str, channel: dict[str, Any]) -> dict[str, Any]:
    if name not in (TRAIN, VALIDATION, CODE):
        raise UserError(f"Extraneous channel found: {name}")
    channel.setdefault("ContentType", DEFAULT_CONTENT_TYPE)
    channel.setdefault("TrainingInputMode", "File")
    channel.setdefault("S3DistributionType", DISTRIBUTIONS[0])
    kind, mode = channel["ContentType"], channel["TrainingInputMode"]
    if name == CODE:
        is_known = (kind, mode) == ("text/python", "File")
    elif mode == "Pipe":
        is_known = CONTENT_TYPES.get(kind, "libsvm") != "libsvm"
    else:
        is_known = kind in CONTENT_TYPES and mode in ("File", "FastFile")
    if not is_known or channel["S3DistributionType"] not in DISTRIBUTIONS:
        raise UserError(f"Channel configuration for '{name}' channel is not supported: {channel}")
    return channel
