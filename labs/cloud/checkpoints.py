"""The checkpoints of a training job: a folder beside the algorithm, and its place in S3.

What lies in S3 comes into the folder before the job trains; what the algorithm writes there, and
what it takes away, happens in S3 soon after. Source: "Checkpoints in Amazon SageMaker AI" in the
developer guide.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any

from labs.cloud.inputs import DownloadFailed, Location
from labs.cloud.ports import NoSuchBucket, Services
from labs.cloud.refusals import invalid, not_offered

ROOT = PurePosixPath("/opt/ml")
LOCAL_PATH = "/opt/ml/checkpoints"  # where none is given
RESERVED = ("input", "model", "output", "code", "failure")  # folders that have another meaning
EVERY_S = 1.0  # how often the folder is looked at
IGNORED = (".sagemaker-ignore", ".sagemaker-uploading", ".sagemaker-uploaded")

Stamp = tuple[int, int]  # of a file: when it was changed, and its size


def local_path(config: Mapping[str, Any]) -> PurePosixPath:
    """Where a CheckpointConfig has the checkpoints, below /opt/ml. Raises Refused."""
    given = config.get("LocalPath") or LOCAL_PATH
    path = PurePosixPath(given)
    if path.is_relative_to(ROOT) and path != ROOT and ".." not in path.parts:
        inner = path.relative_to(ROOT)
        if inner.parts[0] not in RESERVED:
            return inner
        raise invalid(
            f"The LocalPath {given} of CheckpointConfig is one of SageMaker's own folders: "
            f"use {LOCAL_PATH}."
        )
    raise not_offered(
        f"CheckpointConfig with LocalPath {given}", f"Offered are folders below {ROOT}."
    )


def check(request: Mapping[str, Any], services: Services) -> None:
    """Raise Refused if a job cannot have the checkpoints that it asks for."""
    if config := request.get("CheckpointConfig"):
        local_path(config)
        place = Location.at(config["S3Uri"])
        try:
            services.keys(place.bucket, place.key)
        except NoSuchBucket:
            raise invalid(
                f'There is no bucket "{place.bucket}" for the S3Uri "{config["S3Uri"]}" of '
                "CheckpointConfig. Create it first."
            ) from None


@dataclass
class Checkpoints:
    """The checkpoints of one attempt to train. To be used under the world's lock."""

    place: Location
    folder: Path
    _known: dict[str, Stamp] = field(default_factory=dict)

    @classmethod
    def of(cls, request: Mapping[str, Any], base: Path) -> Checkpoints | None:
        """Those of a CreateTrainingJob, its /opt/ml being `base`; None if it has none."""
        config = request.get("CheckpointConfig")
        if not config:
            return None
        folder = base / local_path(config)
        folder.mkdir(parents=True, exist_ok=True)
        return cls(Location.at(config["S3Uri"]), folder)

    def fetch(self, services: Services) -> None:
        """Bring what there is. Raises DownloadFailed."""
        prefix = self._key("")
        try:
            keys = services.keys(self.place.bucket, prefix)
        except NoSuchBucket as error:
            raise DownloadFailed(f"NoSuchBucket (404): {error}") from None
        for key in keys:
            name = PurePosixPath(key[len(prefix) :])
            body = services.read(self.place.bucket, key)
            if key.endswith("/") or body is None or not _is_plain(name):
                continue
            path = self.folder / name
            try:
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(body)
            except OSError as error:
                why = f"s3://{self.place.bucket}/{key} cannot be a file called {name}: {error}"
                raise DownloadFailed(why) from None
        self._known = {name: stamp for name, _, stamp in self._files()}

    def save(self, services: Services) -> dict[str, Any] | None:
        """Make S3 hold what the folder holds: the change, for `repeat`; None if there is none.
        Raises NoSuchBucket."""
        written: list[tuple[str, bytes]] = []
        now: dict[str, Stamp] = {}
        try:
            for name, path, stamp in self._files():
                now[name] = stamp
                if self._known.get(name) != stamp:
                    written.append((self._key(name), path.read_bytes()))
        except FileNotFoundError:  # one has given way to a newer one: next time it is quieter
            return None
        gone = [self._key(name) for name in self._known if name not in now]
        self._known = now
        if not written and not gone:
            return None
        change = {"bucket": self.place.bucket, "written": written, "gone": gone}
        repeat(change, services)
        return change

    def _key(self, name: str) -> str:
        return f"{self.place.key.rstrip('/')}/{name}".lstrip("/")

    def _files(self) -> Iterator[tuple[str, Path, Stamp]]:
        for path in sorted(self.folder.rglob("*")):
            if path.name.endswith(IGNORED) or path.is_symlink() or not path.is_file():
                continue
            found = path.stat()
            name = path.relative_to(self.folder).as_posix()
            yield name, path, (found.st_mtime_ns, found.st_size)


def repeat(change: Mapping[str, Any], services: Services) -> None:
    """Do to S3 what `Checkpoints.save` did. Raises NoSuchBucket."""
    for key, body in change["written"]:
        services.write(change["bucket"], key, body)
    for key in change["gone"]:
        services.delete(change["bucket"], key)


def _is_plain(name: PurePosixPath) -> bool:
    odd = name.is_absolute() or ".." in name.parts or "\\" in str(name) or ":" in str(name)
    return bool(name.parts) and not odd
