"""The data plane: what really happens behind SageMaker's API, in every account and region.

It knows nothing of moto: requests and answers are AWS's, as dicts; everything else comes in by
`ports.World`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor, wait
from typing import Any

from labs.cloud import offer
from labs.cloud.acting import Acting
from labs.cloud.asynchronous import INFERENCE
from labs.cloud.configs import EndpointConfigs
from labs.cloud.deploying import CAPTURED, TRAFFIC
from labs.cloud.endpoints import Endpoints
from labs.cloud.hosting import Models
from labs.cloud.invocation import Invocation
from labs.cloud.ports import Services, World
from labs.cloud.training import TrainingJobs
from labs.cloud.transform.jobs import TransformJobs
from labs.cloud.tuning.jobs import TuningJobs
from labs.cloud.tuning.search import TUNING_JOB


class RegionPlane:
    """One region of one account; a `ports.Region`."""

    def __init__(self, plane: Plane, account: str, name: str) -> None:
        self._plane = plane
        self.account, self.name, self.world = account, name, plane.world
        self.partition = partition(name)
        self.services: Services = plane.world.services(account, name)
        self.jobs = TrainingJobs(self)
        self.tuning = TuningJobs(self, self.jobs)
        self.models = Models(self)
        self.transforms = TransformJobs(self, self.models)
        self.configs = EndpointConfigs(self, self.models)
        self.endpoints = Endpoints(self, self.configs)
        self.operations: Mapping[str, Callable[[dict[str, Any]], dict[str, Any]]] = {
            "CreateTrainingJob": self.jobs.create,
            "DescribeTrainingJob": self.jobs.describe,
            "ListTrainingJobs": self.jobs.listed,
            "StopTrainingJob": self.jobs.stop,
            "DeleteTrainingJob": self.jobs.delete,
            "CreateHyperParameterTuningJob": self.tuning.create,
            "DescribeHyperParameterTuningJob": self.tuning.describe,
            "ListHyperParameterTuningJobs": self.tuning.listed,
            "ListTrainingJobsForHyperParameterTuningJob": self.tuning.training_jobs,
            "StopHyperParameterTuningJob": self.tuning.stop,
            "DeleteHyperParameterTuningJob": self.tuning.delete,
            "CreateModel": self.models.create,
            "DescribeModel": self.models.describe,
            "ListModels": self.models.listed,
            "DeleteModel": self.models.delete,
            "CreateTransformJob": self.transforms.create,
            "DescribeTransformJob": self.transforms.describe,
            "ListTransformJobs": self.transforms.listed,
            "StopTransformJob": self.transforms.stop,
            "CreateEndpointConfig": self.configs.create,
            "DescribeEndpointConfig": self.configs.describe,
            "ListEndpointConfigs": self.configs.listed,
            "DeleteEndpointConfig": self.configs.delete,
            "CreateEndpoint": self.endpoints.create,
            "DescribeEndpoint": self.endpoints.describe,
            "ListEndpoints": self.endpoints.listed,
            "UpdateEndpoint": self.endpoints.update,
            "UpdateEndpointWeightsAndCapacities": self.endpoints.update_weights,
            "DeleteEndpoint": self.endpoints.delete,
        }

    def arn(self, kind: str, name: str) -> str:
        return f"arn:{self.partition}:sagemaker:{self.name}:{self.account}:{kind}/{name}"

    def acting(self, role: str, network: Mapping[str, Any] | None = None) -> Acting:
        return Acting(self.services, role, self.name, network)

    def begin(
        self, work: Callable[[], None], *, training: bool, is_long: bool = False
    ) -> Future[None] | None:
        return self._plane.begin(work, training=training, is_long=is_long)

    def tell(self, kind: str, name: str, value: Mapping[str, Any]) -> None:
        about = {"account": self.account, "region": self.name, "kind": kind, "name": name}
        self._plane.on_outcome({**about, **value})

    def restore(self, outcome: Mapping[str, Any]) -> None:
        if outcome["kind"] == TRAFFIC:
            self.endpoints.deployer.restore(outcome["name"], outcome)
            return
        if outcome["kind"] == CAPTURED:
            self.endpoints.deployer.restore_captured(outcome)
            return
        if outcome["kind"] == INFERENCE:
            self.endpoints.restore_inference(outcome["name"], outcome)
            return
        if outcome["kind"] == TUNING_JOB:
            self.tuning.restore(outcome["name"], outcome)
            return
        if outcome["kind"] == "transform-job":
            self.transforms.restore(outcome["name"], outcome)
            return
        part = self.jobs if outcome["kind"] == "training-job" else self.endpoints
        part.restore(outcome["name"], outcome)

    def resume(self) -> None:
        self.jobs.resume()
        self.tuning.resume()
        self.transforms.resume()
        self.endpoints.resume()

    def forget(self) -> None:
        for part in (self.tuning, self.jobs, self.transforms, self.endpoints):
            part.forget()
        for record in (self.configs, self.models):
            record.forget()


class Plane:
    """All accounts and regions.

    `replaying`: while True, calls change the state but start no work.
    `on_outcome` is called under the world's lock, in the moment in which what it tells of becomes
    visible; its value is JSON-able but for bytes (artefacts), which may stand anywhere in it.
    """

    def __init__(
        self, world: World, on_outcome: Callable[[Mapping[str, Any]], None] | None = None
    ) -> None:
        self.world = world
        self.replaying = False
        self.on_outcome: Callable[[Mapping[str, Any]], None] = on_outcome or (lambda _: None)
        self._regions: dict[tuple[str, str], RegionPlane] = {}
        self._training = ThreadPoolExecutor(world.at_once, "training")
        self._others = ThreadPoolExecutor(4, "deploying")
        self._long = ThreadPoolExecutor(32, "asynchronous")  # a thread comes when it is needed
        self._under_way: set[Future[None]] = set()

    def region(self, account: str, name: str) -> RegionPlane:
        """The part of one region, made when it is first asked for."""
        found = self._regions.get((account, name))
        if found is None:
            with self.world.lock:
                found = self._regions.setdefault((account, name), RegionPlane(self, account, name))
        return found

    def call(
        self, account: str, region: str, operation: str, request: dict[str, Any]
    ) -> dict[str, Any]:
        """Do an operation of SageMaker's control plane, under the lock. Raises Refused."""
        offer.check(operation, request)
        with self.world.lock:
            return self.region(account, region).operations[operation](request)

    def invoke(
        self,
        account: str,
        region: str,
        endpoint: str,
        body: bytes,
        *,
        content_type: str | None = None,
        accept: str | None = None,
        target_variant: str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Invocation:
        """InvokeEndpoint, from any thread; but for what a multi-model endpoint has to fetch it
        touches neither moto nor the lock. `headers` are the request's, in lower case."""
        endpoints = self.region(account, region).endpoints
        answer = endpoints.invoke(
            endpoint, body, content_type, accept, target_variant, headers or {}
        )
        assert answer is not None, "it may wait"
        return answer

    def invoke_at_once(
        self, account: str, region: str, endpoint: str, body: bytes, headers: Mapping[str, str]
    ) -> Invocation | None:
        """InvokeEndpoint, if that waits for nothing; else None, and nothing has happened."""
        return self.region(account, region).endpoints.invoke(
            endpoint,
            body,
            headers.get("content-type"),
            headers.get("accept"),
            headers.get("x-amzn-sagemaker-target-variant"),
            headers,
            at_once=True,
        )

    def invoke_later(
        self, account: str, region: str, endpoint: str, body: bytes, headers: Mapping[str, str]
    ) -> Invocation:
        """InvokeEndpointAsync. `headers` are the request's, in lower case."""
        with self.world.lock:
            return self.region(account, region).endpoints.invoke_later(endpoint, headers, body)

    def hand_on(self) -> None:
        """Give CloudWatch what it has not had of the invocations, before it is read."""
        for region in [*self._regions.values()]:
            with self.world.lock:
                region.endpoints.measure()
            region.endpoints.deployer.hand_on()

    def hand_on_captured(self) -> None:
        """Give S3 what was captured and it has not had, before it is read."""
        for region in [*self._regions.values()]:
            region.endpoints.deployer.hand_on_captured()

    def restore(self, outcome: Mapping[str, Any]) -> None:
        """Apply what `on_outcome` told, while replaying; an unknown subject is passed over."""
        with self.world.lock:
            self.region(outcome["account"], outcome["region"]).restore(outcome)

    def resume(self) -> None:
        """End the replay: start again the jobs and endpoints that have no outcome."""
        with self.world.lock:
            self.replaying = False
            for region in self._regions.values():
                region.resume()

    def begin(
        self, work: Callable[[], None], *, training: bool, is_long: bool = False
    ) -> Future[None] | None:
        """Have work done in a thread of its own; None while replaying."""
        if self.replaying:
            return None
        pool = self._training if training else self._long if is_long else self._others
        future = pool.submit(work)
        self._under_way.add(future)
        future.add_done_callback(self._under_way.discard)
        return future

    def settle(self, timeout_s: float = 60.0) -> bool:
        """Wait until nothing is under way; whether that came in time."""
        until = self.world.ticks() + timeout_s * 1e9
        while under_way := [*self._under_way]:
            left = (until - self.world.ticks()) / 1e9
            if left <= 0:
                return False
            wait(under_way, timeout=left)
        return True

    def forget(self) -> None:
        """Forget everything; work under way ends without a trace. What the services hold stays."""
        with self.world.lock:
            for region in self._regions.values():
                region.forget()

    def reset(self) -> None:
        """Forget everything, what the services hold as well."""
        with self.world.lock:
            self.forget()
            self.world.clear()

    def close(self) -> None:
        """Forget everything, take the plane out of the cloud, and end its threads."""
        self.forget()
        self.world.close()
        self._training.shutdown(cancel_futures=True)
        self._others.shutdown(cancel_futures=True)
        self._long.shutdown(cancel_futures=True)


def partition(region: str) -> str:
    """The part of AWS that a region lies in, as its ARNs begin."""
    for start, name in (("cn-", "aws-cn"), ("us-gov-", "aws-us-gov")):
        if region.startswith(start):
            return name
    return "aws"
