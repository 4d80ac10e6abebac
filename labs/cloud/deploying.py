"""From an endpoint's variants to models that answer."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Mapping
from typing import Any

from labs.cloud import images
from labs.cloud.archive import BadArchive
from labs.cloud.endpoint import Endpoint, Variant
from labs.cloud.inputs import Location
from labs.cloud.invocation import Deployment, Served
from labs.cloud.ports import BadModel, Region
from labs.cloud.traffic import Traffic, give

TRAFFIC = "traffic"  # the kind of outcome that tells of invocations


class CannotServe(Exception):
    """Why a variant cannot serve: the endpoint's FailureReason."""


class Deployer:
    """Of one region. Its methods may be called from any thread."""

    def __init__(self, region: Region) -> None:
        self._region, self._world = region, region.world
        self._lock = threading.Lock()
        self._traffic: dict[tuple[str, str], Traffic] = {}

    def deploy(self, endpoint: Endpoint, serving: Deployment | None) -> Deployment:
        """What is coming to an endpoint, its models tried and loaded. Raises CannotServe.

        Without a coming configuration only weights and counts change: the models stay.
        """
        now = {} if serving is None else {each.variant.name: each for each in serving.served}
        keeps = endpoint.coming_config is None
        served = [
            now[variant.name].with_(variant) if keeps else self._serve(endpoint, variant)
            for variant in endpoint.coming or ()
        ]
        return Deployment(self._region, endpoint.name, served)

    def redeploy(self, endpoint: Endpoint, archives: Mapping[str, bytes]) -> Deployment | None:
        """What served before, from the archives it had; its models are loaded when asked."""
        served = [
            Served(each, archives[each.name], self._world.host, self._traffic_of(endpoint, each))
            for each in endpoint.variants
        ]
        return Deployment(self._region, endpoint.name, served) if served else None

    def hand_on(self) -> None:
        """Give CloudWatch what it has not had of the invocations."""
        with self._lock:
            traffic = [*self._traffic.items()]
        for (endpoint, variant), each in traffic:
            with self._world.lock:
                if (told := each.hand_on(self._region.services)) is not None:
                    self._region.tell(TRAFFIC, f"{endpoint}/{variant}", told)

    def restore(self, name: str, told: Mapping[str, Any]) -> None:
        """Give CloudWatch again what it was given before."""
        endpoint, _, variant = name.partition("/")
        give(self._region.services, endpoint, variant, told)

    def forget(self) -> None:
        with self._lock:
            self._traffic = {}

    def _serve(self, endpoint: Endpoint, variant: Variant) -> Served:
        if problem := images.problem(variant.image, self._region.name):
            raise CannotServe(problem)
        if variant.data is None:
            raise CannotServe(f"The model {variant.model} of variant {variant.name} has no data.")
        traffic = self._traffic_of(endpoint, variant)
        source = Location.at(variant.data)
        archive = self._region.services.read(source.bucket, source.key)
        if archive is None:
            raise CannotServe(
                f'Failed to download model data from URL "{source}". Please ensure that there is '
                "an object located at the URL and that the role passed to CreateModel has "
                "permissions to download the model."
            )
        try:
            self._world.host.check(archive)
            served = Served(variant, archive, self._world.host, traffic)
            served.model()
        except BadArchive as error:
            raise CannotServe(
                f'Failed to extract model data archive from URL "{source}". Please ensure that '
                f"the object located at the URL is a valid tar.gz archive: {error}."
            ) from None
        except BadModel as error:
            traffic.say(self._world.now(), str(error))
            raise CannotServe(
                f"The primary container for production variant {variant.name} did not pass the "
                f"ping health check. Please check CloudWatch logs for this endpoint. {error}"
            ) from None
        return served

    def _traffic_of(self, endpoint: Endpoint, variant: Variant) -> Traffic:
        """The account of a variant's traffic, which outlives its models."""
        with self._lock:
            key = (endpoint.name, variant.name)
            if key not in self._traffic:
                where = f"{endpoint.arn}/{variant.name}".encode()
                instance = f"i-{hashlib.sha256(where).hexdigest()[:17]}"
                self._traffic[key] = Traffic(*key, instance)
            return self._traffic[key]
