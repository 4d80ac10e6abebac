"""From a transform job's containers to a model that answers."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import TypeAlias

from labs.cloud import images, pipeline
from labs.cloud.acting import Acting, Denied
from labs.cloud.archive import BadArchive
from labs.cloud.container import Container
from labs.cloud.inputs import Location
from labs.cloud.ports import Answer, BadModel, Model, Region
from labs.cloud.run import CANNOT_PULL
from labs.cloud.source import NoSource, with_source

Heard: TypeAlias = Callable[[str | None, str], None]  # which container, if it is known; lines


class CannotServe(Exception):
    """Why a model cannot be asked: the job's FailureReason."""


def serving(
    region: Region,
    acting: Acting,
    containers: Sequence[Container],
    environment: Mapping[str, str],
    heard: Heard,
) -> Model:
    """The model, tried and loaded; `acting` fetches it. `environment` goes before the containers'
    own; `heard` gets what they print, and what they answer in place of a prediction. Raises
    CannotServe."""
    containers = [
        replace(each, environment={**each.environment, **environment}) for each in containers
    ]
    archives = [_archive(region, acting, each, heard) for each in containers]

    def seen(container: str, answer: Answer, _: float) -> None:
        if answer.status >= 300:
            heard(container, answer.body.decode(errors="replace"))

    try:
        return pipeline.load(
            region.world.host,
            containers,
            archives,
            ticks=region.world.ticks,
            seen=seen,
            heard=heard,
        )
    except (BadArchive, BadModel) as error:
        raise _unhealthy(error, None, heard) from None


def _archive(region: Region, acting: Acting, container: Container, heard: Heard) -> bytes:
    """A container's archive, tried. Raises CannotServe."""
    try:
        algorithm = images.algorithm_of(container.image, region.name)
    except images.UnknownImage as error:
        raise CannotServe(f"ClientError: {error}") from None
    if container.data is None:
        raise CannotServe(f"ClientError: The container {container.name} has no ModelDataUrl.")
    if refused := acting.cannot_pull(container.image):
        raise CannotServe(f"ClientError: {CANNOT_PULL} {refused.sentence}")
    source = Location.at(container.data)
    try:
        archive = acting.read(source.bucket, source.key)
    except Denied as error:
        why = f'Failed to download model data from URL "{source}": {error}'
        raise CannotServe(f"ClientError: {why}") from None
    if archive is None:
        raise CannotServe(
            f'ClientError: Failed to download model data from URL "{source}": there is no such '
            "object."
        )
    try:
        archive = with_source(archive, container.environment, acting)
        region.world.host.check(algorithm, archive)
    except NoSource as error:
        raise CannotServe(f"ClientError: {error}") from None
    except BadArchive as error:
        raise CannotServe(
            f'ClientError: Failed to extract model data archive from URL "{source}": {error}.'
        ) from None
    except BadModel as error:
        raise _unhealthy(error, container.name, heard) from None
    return archive


def _unhealthy(error: Exception, container: str | None, heard: Heard) -> CannotServe:
    heard(container, str(error))
    return CannotServe(f"AlgorithmError: Model container failed to respond to ping. {error}")
