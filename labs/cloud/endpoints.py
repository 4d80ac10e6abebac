"""The endpoints of one region: how each comes to serve, changes what it serves, and ends."""

from __future__ import annotations

import logging
import threading
from collections.abc import Mapping, Sequence
from concurrent.futures import Future
from typing import Any

from labs.cloud import listing, updating
from labs.cloud.acting import Denied
from labs.cloud.asynchronous import Capacity, Queue
from labs.cloud.configs import EndpointConfigs
from labs.cloud.deploying import CannotServe, Deployer
from labs.cloud.described import description, summary
from labs.cloud.endpoint import Endpoint
from labs.cloud.inference import Inference
from labs.cloud.invocation import Deployment, Invocation, not_found, refusal
from labs.cloud.ports import Region
from labs.cloud.refusals import Refused, invalid
from labs.cloud.rollout import Rollout
from labs.cloud.rollout import check as check_guards
from labs.cloud.shifting import Shift, shift

_log = logging.getLogger(__name__)
TAKING_DOWN_S = 1.0  # in which an endpoint rolls back: on AWS it takes a fleet down meanwhile


class _Cell:
    """An endpoint's place in the table. `deployment` serves; `queue` is there once something was
    put into it; `future` is what is under way; `gone` says that the endpoint is."""

    def __init__(self, endpoint: Endpoint) -> None:
        self.endpoint = endpoint
        self.deployment: Deployment | None = None
        self.shift: Shift | None = None  # in its place, while an update shifts the traffic
        self.queue: Queue | None = None
        self.future: Future[None] | None = None
        self.gone = threading.Event()

    def capacity(self) -> Capacity | None:
        """What works off the queue, if there is something."""
        serving = self.endpoint.serving
        if self.deployment is None or serving is None or serving.asynchronous is None:
            return None
        return Capacity(self.deployment, serving.asynchronous)

    def forget(self) -> None:
        self.gone.set()
        self.deployment = self.shift = None
        if self.queue is not None:
            self.queue.forget()


class Endpoints:
    """Every method but `invoke` is called under the world's lock. Operations take AWS's request
    and give its answer, and raise Refused."""

    def __init__(self, region: Region, configs: EndpointConfigs) -> None:
        self._region, self._world = region, region.world
        self._services, self._configs = region.services, configs
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
        *,
        at_once: bool = False,
    ) -> Invocation | None:
        """InvokeEndpoint, from any thread, without the lock. None if it would have to wait, and
        is to answer `at_once`."""
        cell = self._cells.get(name)
        deployment = None if cell is None else cell.shift or cell.deployment
        if deployment is None:
            return not_found(self._region.account, name)
        if at_once and not deployment.is_quick:
            return None
        return deployment.invoke(body, content_type, accept, target_variant, headers)

    def invoke_later(self, name: str, headers: Mapping[str, str], body: bytes) -> Invocation:
        """InvokeEndpointAsync. `headers` are in lower case."""
        cell = self._cells.get(name)
        if cell is None or cell.deployment is None:
            return not_found(self._region.account, name)
        capacity = cell.capacity()
        if capacity is None:
            message = f"Endpoint {name} is not an asynchronous endpoint. Use InvokeEndpoint."
            return refusal(400, "ValidationError", message)
        ids = (self._world.new_id(), self._world.new_id())
        now = self._world.now()
        try:
            inference = Inference.of(name, capacity.config, headers, body, now=now, ids=ids)
        except Refused as error:
            return refusal(error.status, error.code, error.message)
        self._queue(cell).put(inference)
        return Invocation(*inference.accepted())

    # The operations

    def create(self, request: Mapping[str, Any]) -> dict[str, Any]:
        name = request["EndpointName"]
        arn = self._region.arn("endpoint", name)
        if name in self._cells:
            raise invalid(f'Cannot create already existing endpoint "{arn}".')
        config = request["EndpointConfigName"]
        now = self._world.now()
        endpoint, plan = Endpoint(name, arn, now, now, config), self._configs.plan(config)
        guards = request.get("DeploymentConfig") or {}
        Rollout.of(guards, plan)
        endpoint = endpoint.updating(plan, now, guards)
        self._cells[name] = cell = _Cell(endpoint)
        self._begin(cell)
        return {"EndpointArn": arn}

    def describe(self, request: Mapping[str, Any]) -> dict[str, Any]:
        return description(self._find(request).endpoint)

    def listed(self, request: Mapping[str, Any]) -> dict[str, Any]:
        return listing.page(
            [summary(cell.endpoint) for cell in self._cells.values()],
            request,
            kind="Endpoint",
            answer="Endpoints",
            order="Descending",
        )

    def update(self, request: Mapping[str, Any]) -> dict[str, Any]:
        cell = self._find(request)
        self._check_idle(cell)
        plan = self._configs.plan(request["EndpointConfigName"])
        updating.check_scaling(
            cell.endpoint, plan, self._services.scaled_variants(cell.endpoint.name)
        )
        updating.check_kind(cell.endpoint, plan)
        if request.get("RetainAllVariantProperties"):
            excluded = request.get("ExcludeRetainedVariantProperties") or []
            fresh = {each["VariantPropertyType"] for each in excluded}
            plan = updating.retaining(cell.endpoint, plan, fresh)
        guards = request.get("DeploymentConfig") or {}
        rollout = Rollout.of(guards, plan)
        known = self._services.alarms(rollout.alarms)
        missing = [name for name in rollout.alarms if name not in known]
        check_guards(cell.endpoint, plan, rollout, missing)
        cell.endpoint = cell.endpoint.updating(plan, self._world.now(), guards)
        self._begin(cell)
        return {"EndpointArn": cell.endpoint.arn}

    def update_weights(self, request: Mapping[str, Any]) -> dict[str, Any]:
        cell = self._find(request)
        self._check_idle(cell)
        variants = updating.changed(cell.endpoint, request["DesiredWeightsAndCapacities"])
        cell.endpoint = cell.endpoint.reweighting(variants, self._world.now())
        self._begin(cell)
        return {"EndpointArn": cell.endpoint.arn}

    def delete(self, request: Mapping[str, Any]) -> dict[str, Any]:
        cell = self._find(request)
        if cell.endpoint.coming is not None:
            raise invalid(f'Cannot update in-progress endpoint "{cell.endpoint.arn}".')
        self._services.stop_scaling(cell.endpoint.name)
        cell.forget()
        del self._cells[cell.endpoint.name]
        return {}

    # What the rest of the cloud asks

    def has_variant(self, name: str, variant: str) -> bool:
        """Whether an endpoint has a variant with instances, which can be scaled."""
        cell = self._cells.get(name)
        plan = None if cell is None else cell.endpoint.serving or cell.endpoint.coming
        variants = () if plan is None else plan.variants
        return any(each.name == variant and each.serverless is None for each in variants)

    def measure(self) -> None:
        """Note how much there is to do in the queues, before somebody looks."""
        for cell in self._cells.values():
            if cell.queue is not None:
                cell.queue.measure()

    def forget(self) -> None:
        """Forget them all; what is under way ends now."""
        for cell in self._cells.values():
            cell.forget()
        self._cells = {}
        self.deployer.forget()

    def restore(self, name: str, outcome: Mapping[str, Any]) -> None:
        """Make an endpoint serve as it was told before."""
        cell = self._cells.get(name)
        if cell is not None:
            cell.endpoint = cell.endpoint.with_fate(outcome["fate"])
            cell.deployment = self.deployer.redeploy(cell.endpoint, outcome["archives"])

    def restore_inference(self, name: str, outcome: Mapping[str, Any]) -> None:
        """Let an asynchronous inference have ended as it was told before."""
        cell = self._cells.get(name)
        if cell is not None:
            self._queue(cell).restore(outcome)

    def resume(self) -> None:
        """Begin what is to come and not under way, and load what serves already."""
        for cell in self._cells.values():
            if cell.endpoint.coming is not None and cell.future is None:
                self._begin(cell)
            if cell.deployment is not None:
                self._region.begin(cell.deployment.load, training=False)
            if cell.queue is not None:
                cell.queue.resume()

    def _queue(self, cell: _Cell) -> Queue:
        if cell.queue is None:
            whole = self.deployer.traffic_of(cell.endpoint, "")
            cell.queue = Queue(self._region, cell.capacity, whole)
        return cell.queue

    # How an endpoint comes to serve something else

    def _begin(self, cell: _Cell) -> None:
        is_long = cell.endpoint.deployment is not None
        cell.future = self._region.begin(
            lambda: self._deploy(cell), training=False, is_long=is_long
        )

    def _deploy(self, cell: _Cell) -> None:
        """In a thread of its own, without the lock but at the end."""
        if self._world.pace_s > 0:
            self._world.wait(cell.gone, self._world.pace_s)
        endpoint, deployment, reason = cell.endpoint, cell.deployment, None
        try:
            fleet = self.deployer.deploy(endpoint, deployment)
            if deployment is not None and not endpoint.is_reweighted:
                reason = self._shift(cell, deployment, fleet)
            deployment = fleet if reason is None else deployment
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
            cell.shift = None
            served = () if deployment is None else deployment.everything
            archives = {each.variant.name: each.archives() for each in served}
            outcome = {"fate": came.fate(), "archives": archives}
            self._region.tell("endpoint", endpoint.name, outcome)
            if cell.queue is not None:
                cell.queue.resume()

    def _shift(self, cell: _Cell, old: Deployment, new: Deployment) -> str | None:
        """Let the traffic go over to a new fleet, as the DeploymentConfig says; if it is back with
        the old one, why."""
        world, plan = self._world, cell.endpoint.coming
        assert plan is not None
        rollout = Rollout.of(cell.endpoint.deployment or {}, plan)
        if rollout.is_at_once and not rollout.alarms:
            return None

        def step(share: float) -> None:
            with world.lock:
                cell.shift = Shift(old, new, share, world.chance)
                cell.endpoint = cell.endpoint.at_stage("Baking", world.now())

        watched = self._region.acting(plan.variants[0].role)

        def in_alarm(names: Sequence[str]) -> list[str]:
            self.deployer.hand_on()
            with world.lock:
                states = watched.alarms(names)
            return [name for name in names if states.get(name) == "ALARM"]

        try:
            tripped = shift(rollout, world, cell.gone, step, in_alarm)
        except Denied as error:
            why = f"its alarms cannot be watched: {error}"
        else:
            if not tripped:
                return None
            named = " and ".join(tripped)
            why = f"the alarm {named} was in the state ALARM while the new fleet was baking."
        with world.lock:
            cell.shift = None
            cell.endpoint = cell.endpoint.rolling_back(world.now())
        world.wait(cell.gone, TAKING_DOWN_S)
        return f"The update to {plan.config} was rolled back: {why}"

    # Whether something may be done

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
