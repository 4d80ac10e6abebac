"""The learner's program in a training job: where it lies, and how it is called.

Two ways lead here. A request with the hyperparameters sagemaker_program and
sagemaker_submit_directory is called as AWS's toolkit (sagemaker-training) does it; one with a
channel sm_drivers, which the SageMaker SDK v3 fills, as the SDK's driver does it.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from labs.cloud.algorithms.sklearn.errors import ContainerError
from labs.cloud.archive import BadArchive, unpack

PROGRAM, SUBMIT_DIRECTORY = "sagemaker_program", "sagemaker_submit_directory"
DRIVERS = "sm_drivers"  # the SDK's channel; the code itself is in the channel "code"
_OURS = "sagemaker_"  # hyperparameters that are for the container, not for the script
_LOG_LEVEL = "sagemaker_container_log_level"


@dataclass(frozen=True)
class Program:
    """`script` lies in `folder`, and gets `arguments` and `environment`."""

    folder: Path
    script: str
    arguments: tuple[str, ...]
    environment: Mapping[str, str]

    @property
    def command(self) -> str:
        """As the container would write it into its log."""
        return " ".join(("python", self.script, *self.arguments))


def program(base: Path, hyperparameters: Mapping[str, str]) -> Program:
    """The program of a job whose /opt/ml is `base`. Raises ContainerError."""
    values = {name: _decoded(value) for name, value in hyperparameters.items()}
    drivers = base / "input/data" / DRIVERS
    if PROGRAM in values:
        folder, script = _submitted(base, values), str(values[PROGRAM])
        mine = {name: value for name, value in values.items() if not name.startswith(_OURS)}
        arguments = _flags(sorted(mine.items()))
    elif drivers.is_dir():
        folder, script = _sourced(base, drivers)
        mine = values
        arguments = [word for name, value in mine.items() for word in (f"--{name}", _text(value))]
    else:
        raise ContainerError(
            f"There is no program to run. Name it in the hyperparameter {PROGRAM}, and in "
            f"{SUBMIT_DIRECTORY} the tar.gz archive in S3 that holds it."
        )
    if not script.endswith(".py"):
        raise ContainerError(
            f"The program {script} is not offered offline: only Python programs (.py) run here."
        )
    if not _inside(folder, script).is_file():
        there = ", ".join(sorted(path.name for path in folder.iterdir())) or "nothing"
        raise ContainerError(f"There is no program {script} in the source directory: {there}.")
    environment = _environment(base, folder, script, values, mine, arguments)
    return Program(folder, script, tuple(arguments), environment)


def _submitted(base: Path, values: Mapping[str, Any]) -> Path:
    """The folder that sagemaker_submit_directory means; an archive was unpacked into `code`."""
    where = str(values.get(SUBMIT_DIRECTORY) or "").removeprefix("file://")
    folder = base / "code"
    if where.startswith("/opt/ml/"):
        folder = _inside(base, where.removeprefix("/opt/ml/"))
    if not folder.is_dir():
        raise ContainerError(
            f"The hyperparameter {SUBMIT_DIRECTORY} is {where or 'missing'}: it has to be the "
            "s3:// address of a tar.gz archive with the program."
        )
    return folder


def _sourced(base: Path, drivers: Path) -> tuple[Path, str]:
    """What the SDK's SourceCode says: the folder, and the program in it."""
    try:
        said = json.loads((drivers / "sourcecode.json").read_bytes())
        command, script = said.get("command"), said.get("entry_script")
        source = str(said.get("source_dir") or "")
    except (OSError, ValueError, AttributeError) as error:
        raise ContainerError(f"The channel {DRIVERS} has no sourcecode.json: {error}") from None
    if command or not script:
        raise ContainerError(
            "SourceCode(command=...) is not offered offline: name a Python program in entry_script."
        )
    folder = base / "input/data/code"
    if source.endswith(".tar.gz"):
        archive = folder / source.rpartition("/")[2]
        try:
            unpack(archive.read_bytes(), folder)
        except (OSError, BadArchive) as error:
            raise ContainerError(f"The source archive {source} cannot be used: {error}") from None
    return folder, str(script)


def _inside(folder: Path, name: str) -> Path:
    path = (folder / name).resolve()
    if not path.is_relative_to(folder.resolve()):
        raise ContainerError(f"{name} lies outside of the source directory.")
    return path


def _environment(
    base: Path,
    folder: Path,
    script: str,
    values: Mapping[str, Any],
    mine: Mapping[str, Any],
    arguments: list[str],
) -> dict[str, str]:
    """The SM_ variables. Source: the toolkit's ENVIRONMENT_VARIABLES.md."""
    resources = _config(base, "resourceconfig")
    data = _config(base, "inputdataconfig")
    directories = {name: str(base / "input/data" / name) for name in data}
    told: dict[str, Any] = {
        "SM_MODEL_DIR": base / "model",
        "SM_INPUT_DIR": base / "input",
        "SM_INPUT_DATA_DIR": base / "input/data",
        "SM_INPUT_CONFIG_DIR": base / "input/config",
        "SM_OUTPUT_DIR": base / "output",
        "SM_OUTPUT_DATA_DIR": base / "output/data",
        "SM_OUTPUT_FAILURE": base / "output/failure",
        "SM_CHANNELS": sorted(data),
        "SM_HPS": dict(mine),
        "SM_USER_ARGS": arguments,
        "SM_USER_ENTRY_POINT": script,
        "SM_ENTRY_SCRIPT": script,
        "SM_MODULE_NAME": script.removesuffix(".py"),
        "SM_MODULE_DIR": values.get(SUBMIT_DIRECTORY) or folder,
        "SM_SOURCE_DIR": folder,
        "SM_CURRENT_HOST": resources.get("current_host", "algo-1"),
        "SM_CURRENT_INSTANCE_TYPE": resources.get("current_instance_type", ""),
        "SM_HOSTS": resources.get("hosts", ["algo-1"]),
        "SM_HOST_COUNT": len(resources.get("hosts", ["algo-1"])),
        "SM_NETWORK_INTERFACE_NAME": resources.get("network_interface_name", "eth0"),
        "SM_RESOURCE_CONFIG": resources,
        "SM_INPUT_DATA_CONFIG": data,
        "SM_FRAMEWORK_PARAMS": {k: v for k, v in values.items() if k.startswith(_OURS)},
        "SM_LOG_LEVEL": values.get(_LOG_LEVEL, 20),
        "SM_NUM_CPUS": os.cpu_count() or 1,
        "SM_NUM_GPUS": 0,
        "SM_NUM_NEURONS": 0,
    }
    told |= {f"SM_CHANNEL_{name.upper()}": where for name, where in directories.items()}
    told |= {f"SM_HP_{name.replace('-', '_').upper()}": value for name, value in mine.items()}
    told["SM_TRAINING_ENV"] = {
        "channel_input_dirs": directories,
        "hyperparameters": dict(mine),
        "input_data_config": data,
        "resource_config": resources,
        "hosts": told["SM_HOSTS"],
        "current_host": told["SM_CURRENT_HOST"],
        "model_dir": str(base / "model"),
        "input_dir": str(base / "input"),
        "output_data_dir": str(base / "output/data"),
        "user_entry_point": script,
    }
    return {name: _text(value) for name, value in told.items()}


def _config(base: Path, name: str) -> dict[str, Any]:
    found = json.loads((base / f"input/config/{name}.json").read_bytes())
    assert isinstance(found, dict), "the cloud wrote it"
    return found


def _flags(values: Iterable[tuple[str, Any]]) -> list[str]:
    """--name value, and -n value for a name of one letter."""
    words = []
    for name, value in values:
        words += [f"--{name}" if len(name) > 1 else f"-{name}", _flag_text(value)]
    return words


def _flag_text(value: Any) -> str:
    if isinstance(value, dict):
        return ",".join(f"{name}={each}" for name, each in sorted(value.items()))
    return str(value)


def _text(value: Any) -> str:
    return str(value) if isinstance(value, str | Path) else json.dumps(value, default=str)


def _decoded(value: str) -> Any:
    """A hyperparameter's value: the SDK writes JSON, others may not."""
    try:
        return json.loads(value)
    except (ValueError, RecursionError):
        return value
