"""The learner's own program: the tar.gz archive in S3 that a job or a model of a container in
script mode names, which its container would fetch by itself."""

from __future__ import annotations

import json
import re
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from labs.cloud.acting import Denied
from labs.cloud.algorithms.worker import SCRIPTED
from labs.cloud.archive import BadArchive, pack, unpack
from labs.cloud.inputs import Location
from labs.cloud.ports import Services
from labs.cloud.refusals import invalid, not_offered

HYPERPARAMETER = "sagemaker_submit_directory"
VARIABLE = "SAGEMAKER_SUBMIT_DIRECTORY"
FOLDER = "code"  # in the layout of a job, and in a model's archive


# What the SageMaker SDK v3 has a container do that runs a SourceCode; the container here does the
# same by itself.
_ENTRYPOINT = ["/bin/bash"]
_DRIVER = "/opt/ml/input/data/sm_drivers/sm_train.sh"
_ARGUMENTS = ["-c", f"chmod +x {_DRIVER} && {_DRIVER}"]


class NoSource(Exception):
    """The program cannot be had; the message says why."""


def check(operation: str, specification: Mapping[str, Any], algorithm: str) -> None:
    """Refuse an AlgorithmSpecification that would run something else. Raises Refused."""
    offered = {"ContainerEntrypoint": _ENTRYPOINT, "ContainerArguments": _ARGUMENTS}
    for member, value in offered.items():
        given = specification.get(member)
        if given and (algorithm not in SCRIPTED or given != value):
            raise not_offered(
                f"{operation} with {member} {' '.join(given)}",
                "An image runs its own program, or a Python program of yours in script mode.",
            )
    for metric in specification.get("MetricDefinitions") or ():
        try:
            re.compile(metric["Regex"])
        except re.error as error:
            raise invalid(
                f"Invalid regular expression {metric['Regex']!r} for the metric "
                f"{metric['Name']}: {error}."
            ) from None


def fetch(
    hyperparameters: Mapping[str, str], services: Services, base: Path, *, isolated: bool = False
) -> None:
    """Put a training job's program into its layout, if it is in S3. An `isolated` container, which
    would fetch it by itself, cannot. Raises NoSource."""
    text = hyperparameters.get(HYPERPARAMETER, "")
    if isolated and _plain(text).startswith("s3://"):
        raise NoSource(
            f"{_plain(text)} cannot be fetched: with EnableNetworkIsolation a container has no "
            "network and no credentials. Give the program as a channel."
        )
    if (archive := _read(_plain(text), services)) is not None:
        _unpack(archive, base / FOLDER, text)


def with_source(archive: bytes, environment: Mapping[str, str], services: Services) -> bytes:
    """A model's archive, with the program that its environment names in S3, if it does; as the
    SageMaker SDK packs it. Raises NoSource or BadArchive."""
    text = environment.get(VARIABLE, "")
    if (source := _read(text, services)) is None:
        return archive
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        unpack(archive, folder)
        own = folder / FOLDER  # on AWS the program lies elsewhere, and this is passed over
        if own.is_dir():
            shutil.rmtree(own)
        own.unlink(missing_ok=True)
        _unpack(source, own, text)
        packed = pack(folder)
    assert packed is not None, "an archive that is unpacked holds something"
    return packed


def _plain(text: str) -> str:
    """A hyperparameter as it was meant: the SDK writes JSON."""
    try:
        value = json.loads(text)
    except ValueError:
        return text
    return value if isinstance(value, str) else text


def _read(text: str, services: Services) -> bytes | None:
    """The archive at an S3 URI; None for what is no such URI, the container's own affair."""
    where = Location.of(text) if text.startswith("s3://") else None
    if where is None:
        return None
    try:
        body = services.read(where.bucket, where.key)
    except Denied as error:
        raise NoSource(f"{text} cannot be read (403 Forbidden): {error}") from None
    if body is None:
        raise NoSource(f"There is no source archive at {text} (404 Not Found).")
    return body


def _unpack(archive: bytes, folder: Path, text: str) -> None:
    try:
        unpack(archive, folder)
    except BadArchive as error:
        raise NoSource(f"The source archive {text} cannot be used: {error}.") from None
