"""The input channels: which there may be, and how each one's data come.

Sources: "Common data formats for training" and the input/output interfaces of Linear Learner and
k-means in SageMaker's developer guide.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

from labs.cloud.algorithms.common.errors import CustomerError

Format: TypeAlias = Literal["csv", "recordio"]

CSV, RECORDIO = "text/csv", "application/x-recordio-protobuf"
TRAIN = "train"
MODES = ("File", "FastFile", "Pipe")


@dataclass(frozen=True)
class Channel:
    """`label_size` is how many of a csv line's first columns are labels: 0 or 1."""

    name: str
    content_type: str
    kind: Format
    label_size: int
    mode: str = "File"

    @property
    def is_piped(self) -> bool:
        """Whether each epoch comes through a pipe of its own."""
        return self.mode == "Pipe"


def read_channels(
    config: Mapping[str, Mapping[str, Any]], allowed: Sequence[str]
) -> dict[str, Channel]:
    """The channels that `input/config/inputdataconfig.json` names. Raises CustomerError."""
    if TRAIN not in config:
        raise CustomerError(
            f"No value(s) were specified for '{TRAIN}' which are required channel(s): "
            f"{_told(config)}"
        )
    foreign = [name for name in config if name not in allowed]
    if foreign:
        raise CustomerError(
            f"Failed to validate input data configuration: there is no channel "
            f"{', '.join(map(repr, foreign))}; channels are {', '.join(allowed)}."
        )
    return {name: _channel(name, channel) for name, channel in config.items()}


def content_format(content_type: str | None) -> tuple[Format, int]:
    """The format and the label size that a content type names; without one it is RecordIO.

    Raises ValueError with a sentence.
    """
    if not content_type:
        return "recordio", 1
    name, *parameters = (part.strip().lower() for part in content_type.split(";"))
    if name == RECORDIO:
        return "recordio", 1
    if name != CSV:
        raise ValueError(f"Content-type {content_type} is not supported: use {CSV} or {RECORDIO}.")
    size = "1"
    for parameter in parameters:
        key, _, value = (part.strip(' "') for part in parameter.partition("="))
        if key == "label_size":
            size = value
    if size not in ("0", "1"):
        raise ValueError(f"Content-type {content_type}: label_size must be 0 or 1.")
    return "csv", int(size)


def _channel(name: str, given: Mapping[str, Any]) -> Channel:
    content_type, mode = given.get("ContentType"), given.get("TrainingInputMode") or "File"
    try:
        kind, label_size = content_format(content_type)
    except ValueError as error:
        raise CustomerError(f"Unable to read data channel '{name}'. {error}") from None
    if mode not in MODES:
        raise CustomerError(
            f"Unable to read data channel '{name}'. TrainingInputMode {mode} is not supported: "
            f"{', '.join(MODES)}."
        )
    return Channel(name, content_type or RECORDIO, kind, label_size, mode)


def _told(config: Mapping[str, object]) -> str:
    return f"channels are {', '.join(config)}." if config else "there are no channels."
