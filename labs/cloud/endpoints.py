"""The endpoints of one region: how each comes to serve, changes what it serves, and ends."""

from __future__ import annotations

import logging
import threading
from collections.abc import Mapping, Sequence
from concurrent.futures import Future
from dataclasses import replace
from typing import Any

from labs.cloud import listing
from labs.cloud.deploying import CannotServe, Deployer
from labs.cloud.endpoint import Endpoint, Variant
from labs.cloud.hosting import EndpointConfigs, Models
from labs.cloud.invocation import Deployment, Invocation, not_found
from labs.cloud.ports import Region
from labs.cloud.refusals import invalid

_log = logging.getLogger(__name__)


class _Cell:
    """An endpoint's place in the table. `deployment` serves; `future` is what is under way;
    `gone` says that the cloud was reset or ended."""

    def __init__(self, endpoint: Endpoint) -> None:
        self.endpoint = endpoint
        self.deployment: Deployment | None = None
        self.future: Future[None] | None = None
        self.gone = threading.Event()


class Endpoints:
    """Every method but `invoke` is called under the world's lock. Operations take AWS's request
    and give its answer, and raise Refused."""

    def __init__(self, region: Region, models: Models, configs: EndpointConfigs) -> None:
        self._region, self._world = region, region.world
        self._services = region.services
        self._models, self._configs = models, configs
        self._cells: dict[str, _Cell] = {}
        self.deployer = Deployer(region)

    def invoke(
        self,
        name: str,
        body: bytes,
        content_type: str | None,
        accept: str | None,
        target_variant: str | None,
        headers: Mapping[str, str],
    ) -> Invocation:
        """InvokeEndpoint, from any thread, without the lock."""
        cell = self._cells.get(name)
        deployment = None if cell is None else cell.deployment
        if deployment is None:
            return not_found(self._region.account, name)
        return deployment.invoke(body, content_type, accept, target_variant, headers)

    # The operations

    def create(self, request: Mapping[str, Any]) -> dict[str, Any]:
        name = request["EndpointName"]
        arn = self._region.arn("endpoint", name)
        if name in self._cells:
            raise invalid(f'Cannot create already existing endpoint "{arn}".')
        config = request["EndpointConfigName"]
        now = self._world.now()
        endpoint = Endpoint(name, arn, now, now, config)
        endpoint = endpoint.updating(config, self._planned(config), now)
        self._cells[name] = cell = _Cell(endpoint)
        self._begin(cell)
        return {"EndpointArn": arn}

    def describe(self, request: Mapping[str, Any]) -> dict[str, Any]:
        return self._find(request).endpoint.description()

    def listed(self, request: Mapping[str, Any]) -> dict[str, Any]:
        return listing.page(
            [cell.endpoint.summary() for cell in self._cells.values()],
            request,
            kind="Endpoint",
            answer="Endpoints",
            order="Descending",
        )

    def update(self, request: Mapping[str, Any]) -> dict[str, Any]:
        cell = self._find(request)
        self._check_idle(cell)
        config = request["EndpointConfigName"]
        variants = self._planned(config)
        self._check_scaling(cell, variants)
        if request.get("RetainAllVariantProperties"):
            excluded = request.get("ExcludeRetainedVariantProperties") or []
            fresh = {each["VariantPropertyType"] for each in excluded}
            variants = _retaining(cell.endpoint.variants, variants, fresh)
        cell.endpoint = cell.endpoint.updating(config, variants, self._world.now())
        self._begin(cell)
        return {"EndpointArn": cell.endpoint.arn}

    def update_weights(self, request: Mapping[str, Any]) -> dict[str, Any]:
        cell = self._find(request)
        self._check_idle(cell)
        now = {variant.name: variant for variant in cell.endpoint.variants}
        wanted: dict[str, Variant] = {}
        for each in request["DesiredWeightsAndCapacities"]:
            name = each["VariantName"]
            if name in wanted:
                raise invalid(f'The variant name "{name}" was non-unique within the request.')
            if name not in now:
                config = cell.endpoint.config
                raise invalid(
                    f'The variant name(s) "{name}" is/are not present within endpoint '
                    f'configuration "{config}".'
                )
            wanted[name] = replace(
                now[name],
                weight=each.get("DesiredWeight", now[name].weight),
                count=each.get("DesiredInstanceCount", now[name].count),
            )
        endpoint = cell.endpoint
        variants = [*(now | wanted).values()]
        cell.endpoint = endpoint.updating(None, variants, self._world.now())
        self._begin(cell)
        return {"EndpointArn": endpoint.arn}

    def delete(self, request: Mapping[str, Any]) -> dict[str, Any]:
        cell = self._find(request)
        if cell.endpoint.coming is not None:
            raise invalid(f'Cannot update in-progress endpoint "{cell.endpoint.arn}".')
        self._services.stop_scaling(cell.endpoint.name)
        del self._cells[cell.endpoint.name]
        return {}

    # What the rest of the cloud asks

    def has_variant(self, name: str, variant: str) -> bool:
        cell = self._cells.get(name)
        variants = () if cell is None else cell.endpoint.variants or cell.endpoint.coming or ()
        return any(each.name == variant for each in variants)

    def forget(self) -> None:
        for cell in self._cells.values():
            cell.gone.set()
        self._cells = {}
        self.deployer.forget()

    def restore(self, name: str, outcome: Mapping[str, Any]) -> None:
        """Make an endpoint serve as it was told before."""
        cell = self._cells.get(name)
        if cell is not None:
            cell.endpoint = cell.endpoint.with_fate(outcome["fate"])
            cell.deployment = self.deployer.redeploy(cell.endpoint, outcome["archives"])

    def resume(self) -> None:
        """Begin what is to come and not under way, and load what serves already."""
        for cell in self._cells.values():
            if cell.endpoint.coming is not None and cell.future is None:
                self._begin(cell)
            if cell.deployment is not None:
                self._region.begin(cell.deployment.load, training=False)

    # How an endpoint comes to serve something else

    def _begin(self, cell: _Cell) -> None:
        cell.future = self._region.begin(lambda: self._deploy(cell), training=False)

    def _deploy(self, cell: _Cell) -> None:
        """In a thread of its own, without the lock but at the end."""
        if self._world.pace_s > 0:
            self._world.wait(cell.gone, self._world.pace_s)
        endpoint, deployment, reason = cell.endpoint, cell.deployment, None
        try:
            deployment = self.deployer.deploy(endpoint, deployment)
        except CannotServe as error:
            reason = str(error)
        except Exception as error:
            _log.exception("endpoint %s", endpoint.name)
            reason = f"The offline cloud itself failed: {error!r}"
        with self._world.lock:
            if cell.gone.is_set():
                return
            now = self._world.now()
            came = endpoint.switched(now) if reason is None else endpoint.rolled_back(reason, now)
            cell.endpoint, cell.deployment, cell.future = came, deployment, None
            served = () if deployment is None else deployment.served
            archives = {each.variant.name: each.archive for each in served}
            outcome = {"fate": came.fate(), "archives": archives}
            self._region.tell("endpoint", endpoint.name, outcome)

    # Whether something may be done

    def _planned(self, config_name: str) -> list[Variant]:
        """The variants of a configuration, as its models are now. Raises Refused."""
        config = self._configs.find(config_name)
        variants = []
        for each in config["ProductionVariants"]:
            container = self._models.container(each["ModelName"])
            variants.append(
                Variant(
                    each["VariantName"],
                    each["ModelName"],
                    container.image,
                    None if container.data is None else str(container.data),
                    container.environment,
                    each["InstanceType"],
                    each["InitialInstanceCount"],
                    each["InitialVariantWeight"],
                )
            )
        return variants

    def _find(self, request: Mapping[str, Any]) -> _Cell:
        name = request["EndpointName"]
        if name not in self._cells:
            arn = self._region.arn("endpoint", name)
            raise invalid(f'Could not find endpoint "{arn}".')
        return self._cells[name]

    def _check_idle(self, cell: _Cell) -> None:
        endpoint = cell.endpoint
        if endpoint.coming is not None:
            raise invalid(f'Cannot update in-progress endpoint "{endpoint.arn}".')
        if endpoint.status == "Failed":
            raise invalid(
                f'Cannot update endpoint "{endpoint.arn}" in status Failed. Delete it, and create '
                "it again."
            )

    def _check_scaling(self, cell: _Cell, variants: Sequence[Variant]) -> None:
        """A variant registered with Application Auto Scaling stays, and on its instance type."""
        coming = {variant.name: variant.instance_type for variant in variants}
        scaled = self._services.scaled_variants(cell.endpoint.name)
        for variant in cell.endpoint.variants:
            if variant.name in scaled and coming.get(variant.name) != variant.instance_type:
                change = "change the instance type of" if variant.name in coming else "remove"
                raise invalid(
                    f'The update of endpoint "{cell.endpoint.arn}" would {change} the variant '
                    f"{variant.name}, which is registered with Application Auto Scaling. "
                    "Deregister it as a scalable target first."
                )


def _retaining(old: Sequence[Variant], new: Sequence[Variant], fresh: set[str]) -> list[Variant]:
    """The new variants with the weights and counts that those of the same name have now."""
    now = {variant.name: variant for variant in old}
    return [
        replace(
            variant,
            count=variant.count if "DesiredInstanceCount" in fresh else now[variant.name].count,
            weight=variant.weight if "DesiredWeight" in fresh else now[variant.name].weight,
        )
        if variant.name in now
        else variant
        for variant in new
    ]
