"""The data channels of a training job: which S3 objects they name, and their files on disk."""

from __future__ import annotations

import gzip
import json
import re
import zlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from labs.cloud.acting import Acting
from labs.cloud.ports import NoSuchBucket, Services
from labs.cloud.refusals import invalid

_S3_URI = re.compile(r"s3://(?P<bucket>[^/]+)(?:/(?P<key>.*))?", re.DOTALL)


class DownloadFailed(Exception):
    """A channel's data could not be had; the message is for the job's FailureReason."""


@dataclass(frozen=True)
class Location:
    """s3://bucket/key; the key may be a prefix, and empty."""

    bucket: str
    key: str

    @classmethod
    def of(cls, uri: str) -> Location | None:
        """None for what is no S3 URI (SageMaker's shapes allow https:// as well)."""
        found = _S3_URI.fullmatch(uri)
        return cls(found["bucket"], found["key"] or "") if found else None

    @classmethod
    def at(cls, uri: str) -> Location:
        """As `of`; raises ValidationException."""
        location = cls.of(uri)
        if location is None:
            raise invalid(f"{uri} is no S3 URI: write s3://bucket/prefix.")
        return location

    def __truediv__(self, name: str) -> Location:
        return Location(self.bucket, f"{self.key.rstrip('/')}/{name}".lstrip("/"))

    def __str__(self) -> str:
        return f"s3://{self.bucket}/{self.key}"


@dataclass(frozen=True)
class Channel:
    """One of InputDataConfig, of the kinds that are offered."""

    name: str
    source: Location
    is_manifest: bool
    gzipped: bool
    config: Mapping[str, Any]  # as the container reads it

    @property
    def is_piped(self) -> bool:
        return bool(self.config["TrainingInputMode"] == "Pipe")


def channels(request: Mapping[str, Any]) -> Iterator[Channel]:
    """The channels of a CreateTrainingJob. Raises ValidationException."""
    mode = request["AlgorithmSpecification"]["TrainingInputMode"]
    for channel in request.get("InputDataConfig") or []:
        name, source = channel["ChannelName"], channel["DataSource"].get("S3DataSource")
        if not name.strip("."):  # it is to be a folder of its own
            raise invalid(f"{name!r} cannot be the name of a channel.")
        if source is None:
            raise invalid(f"The channel {name} needs a DataSource with an S3DataSource.")
        config = {
            "ContentType": channel.get("ContentType"),
            "TrainingInputMode": channel.get("InputMode") or mode,
            "S3DistributionType": source.get("S3DataDistributionType") or "FullyReplicated",
            "RecordWrapperType": channel.get("RecordWrapperType") or "None",
        }
        yield Channel(
            name,
            Location.at(source["S3Uri"]),
            source["S3DataType"] == "ManifestFile",
            channel.get("CompressionType") == "Gzip",
            {key: value for key, value in config.items() if value is not None},
        )


def exists(channel: Channel, services: Services) -> bool:
    """Whether there is at least one object, as CreateTrainingJob looks."""
    try:
        return bool(services.keys(channel.source.bucket, channel.source.key))
    except NoSuchBucket:
        return False


def check(channel: Channel, acting: Acting, region: str, role: str) -> None:
    """Refuse a channel without objects, or whose bucket the role may not list, as SageMaker does
    when a job is created."""
    source = channel.source
    may_list = acting.may_list(source.bucket, source.key)
    if not may_list or not exists(channel, acting.services):
        raise invalid(
            f'No S3 objects found under S3 URL "{source}" given in input data source. '
            f"Please ensure that the bucket exists in the selected region ({region}), that "
            f'objects exist under that S3 prefix, and that the role "{role}" has "s3:ListBucket" '
            f'permissions on bucket "{source.bucket}".'
        )


def download(channel: Channel, services: Services, folder: Path) -> Iterator[Path]:
    """Put the objects of a channel into the folder, file by file. Raises DownloadFailed.

    A file's name is the rest of its key after the prefix and its slash, so that folders below the
    prefix stay folders.
    """
    folder.mkdir(parents=True, exist_ok=True)
    bucket = channel.source.bucket
    for key, name in named(channel, services):
        body = _body(channel, services, key)
        if channel.gzipped:
            name = name.removesuffix(".gz")
        path = folder / _safe(name, f"s3://{bucket}/{key}")
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(body)
        except (OSError, ValueError) as error:
            why = f"s3://{bucket}/{key} cannot be a file called {name}: {error}"
            raise DownloadFailed(why) from None
        yield path


def stream(channel: Channel, services: Services) -> Iterator[bytes]:
    """The objects of a channel one after the other, as Pipe mode hands them on. Raises
    DownloadFailed. A file of csv ends its last line, so that no two lines become one."""
    for key, _ in named(channel, services):
        body = _body(channel, services, key)
        yield body
        is_csv = channel.config.get("ContentType", "").lower().startswith("text/csv")
        if is_csv and body and not body.endswith(b"\n"):
            yield b"\n"


def _body(channel: Channel, services: Services, key: str) -> bytes:
    """An object, unpacked if it is to be. Raises DownloadFailed."""
    bucket = channel.source.bucket
    body = services.read(bucket, key)
    if body is None:
        raise DownloadFailed(f"NoSuchKey (404): s3://{bucket}/{key} is gone")
    try:
        return gzip.decompress(body) if channel.gzipped else body
    except (OSError, EOFError, zlib.error) as error:
        raise DownloadFailed(f"s3://{bucket}/{key} is not gzip: {error}") from None


def named(channel: Channel, services: Services) -> list[tuple[str, str]]:
    """(key, file name) of every object."""
    source = channel.source
    try:
        if channel.is_manifest:
            return _listed(source, services)
        keys = services.keys(source.bucket, source.key)
    except NoSuchBucket:
        raise DownloadFailed(f"NoSuchBucket (404): {source.bucket}") from None
    start = source.key.rfind("/") + 1
    inside = f"{source.key}/" if source.key and not source.key.endswith("/") else source.key
    named = [
        (key, key[len(inside) :] if key.startswith(inside) else key[start:])
        for key in keys
        if not key.endswith("/")  # a console's "folder"
    ]
    if not named:
        raise DownloadFailed(f"no S3 objects found under {source}")
    return named


def _listed(source: Location, services: Services) -> list[tuple[str, str]]:
    """The objects that a manifest names: [{"prefix": "s3://bucket/p/"}, "a.csv", ...]."""
    body = services.read(source.bucket, source.key)
    shape = '[{"prefix": "s3://bucket/folder/"}, "file-1", "file-2", ...]'
    if body is None:
        raise DownloadFailed(
            f"NoSuchKey (404): {source} is no object. With S3DataType ManifestFile the S3Uri names "
            f"one file that looks like {shape}; for all objects under a prefix it is S3Prefix"
        )
    try:
        head, *names = json.loads(body)
        prefix = Location.of(head["prefix"])
    except (ValueError, TypeError, KeyError):
        prefix, names = None, []
    if prefix is None or not names or not all(isinstance(name, str) for name in names):
        raise DownloadFailed(f"{source} is not a manifest; it has to look like {shape}")
    if prefix.bucket != source.bucket:
        raise DownloadFailed(f"{source}: a prefix in another bucket is not offered offline")
    return [(prefix.key + name, name) for name in names]


def _safe(name: str, uri: str) -> PurePosixPath:
    """The name as a path that stays in its folder."""
    path = PurePosixPath(name)
    odd = path.is_absolute() or ".." in path.parts or "\\" in name or ":" in name
    if odd or not path.parts:
        raise DownloadFailed(f"{uri} cannot be a file called {name!r}")
    return path


def container_config(channels: Iterable[Channel]) -> dict[str, Mapping[str, Any]]:
    """What stands in /opt/ml/input/config/inputdataconfig.json."""
    return {channel.name: channel.config for channel in channels}
