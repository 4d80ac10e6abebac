"""From an endpoint's variants to models that answer."""

from __future__ import annotations

import hashlib
import threading
import weakref
from collections.abc import Mapping, Sequence
from typing import Any

from labs.cloud import images
from labs.cloud.acting import Acting, Denied
from labs.cloud.archive import BadArchive
from labs.cloud.capture import FLUSH_S, Capture, Invoked, Terms
from labs.cloud.container import Container
from labs.cloud.endpoint import Endpoint, Plan, Variant
from labs.cloud.inputs import Location
from labs.cloud.invocation import Captured, Deployment
from labs.cloud.multimodel import MultiModel
from labs.cloud.ports import BadModel, NoSuchBucket, Region
from labs.cloud.served import Direct, Served, Single
from labs.cloud.serverless import OnDemand
from labs.cloud.source import NoSource, with_source
from labs.cloud.traffic import Traffic, give

TRAFFIC = "traffic"  # the kinds of outcome that tell of invocations: in CloudWatch ...
CAPTURED = "captured"  # ... and in S3


class CannotServe(Exception):
    """Why a variant cannot serve: the endpoint's FailureReason."""


class Deployer:
    """Of one region. Its methods may be called from any thread."""

    def __init__(self, region: Region) -> None:
        self._region, self._world = region, region.world
        self._lock = threading.Lock()
        self._traffic: dict[tuple[str, str], Traffic] = {}
        self._captures: dict[str, Capture] = {}
        self._alive: weakref.WeakSet[Deployment] = weakref.WeakSet()  # also those of the past
        self._roles: dict[tuple[str, str], str] = {}  # of an endpoint's variants, past ones too
        self._gone = threading.Event()
        self._is_due = False  # whether what was captured is about to be handed on

    def deploy(self, endpoint: Endpoint, serving: Deployment | None) -> Deployment:
        """What is coming to an endpoint, its models tried and loaded. Raises CannotServe."""
        assert endpoint.coming is not None
        now = {} if serving is None else {each.variant.name: each for each in serving.everything}
        served = [
            now[variant.name].at(variant)
            if endpoint.is_reweighted
            else self._serve(endpoint, variant)
            for variant in endpoint.coming.everything
        ]
        return self._deployment(endpoint, endpoint.coming, served)

    def redeploy(
        self, endpoint: Endpoint, archives: Mapping[str, bytes | Sequence[bytes]]
    ) -> Deployment | None:
        """What served before, from the archives it had; its models are loaded when asked."""
        if endpoint.serving is None:
            return None
        served = []
        for variant in endpoint.serving.everything:
            had = archives[variant.name]
            several = [had] if isinstance(had, bytes) else [*had]
            served.append(self._served(endpoint, variant, several))
        return self._deployment(endpoint, endpoint.serving, served)

    def traffic_of(self, endpoint: Endpoint, variant: str) -> Traffic:
        """The account of a variant's traffic, which outlives its models; without a name, of the
        endpoint's."""
        with self._lock:
            key = (endpoint.name, variant)
            if key not in self._traffic:
                where = f"{endpoint.arn}/{variant}".encode()
                instance = f"i-{hashlib.sha256(where).hexdigest()[:17]}"
                self._traffic[key] = Traffic(*key, instance)
            return self._traffic[key]

    # What invocations leave behind

    def hand_on(self) -> None:
        """Give CloudWatch what it has not had of the invocations."""
        self._catch_up()
        with self._lock:
            traffic = [*self._traffic.items()]
        for (endpoint, variant), each in traffic:
            with self._world.lock:
                if (told := each.hand_on(self._acting(endpoint, variant))) is not None:
                    self._region.tell(TRAFFIC, f"{endpoint}/{variant}", told)

    def hand_on_captured(self) -> None:
        """Give S3 what was captured and it has not had."""
        self._catch_up()
        with self._lock:
            captures = [*self._captures.items()]
        for endpoint, capture in captures:
            with self._world.lock:
                if files := capture.hand_on(self._acting(endpoint)):
                    self._region.tell(CAPTURED, endpoint, {"objects": files})

    def _catch_up(self) -> None:
        """Let the shadows answer first, so that what is handed on is whole."""
        with self._lock:
            alive = [*self._alive]
        for deployment in alive:
            deployment.catch_up()

    def restore(self, name: str, told: Mapping[str, Any]) -> None:
        """Give CloudWatch again what it was given before."""
        endpoint, _, variant = name.partition("/")
        give(self._acting(endpoint, variant), endpoint, variant, told)

    def restore_captured(self, told: Mapping[str, Any]) -> None:
        """Put again into S3 what was put there before."""
        for bucket, key, body, kms_key in told["objects"]:
            try:
                self._region.services.write(bucket, key, body, kms_key)
            except NoSuchBucket:  # its making could not be repeated
                continue

    def forget(self) -> None:
        """Forget what was told and captured, and end the models' processes."""
        with self._lock:
            self._traffic, self._captures, self._roles = {}, {}, {}
            alive = [*self._alive]
            self._gone.set()
            self._gone = threading.Event()
        for deployment in alive:
            deployment.close()

    def _acting(self, endpoint: str, variant: str = "") -> Acting:
        """On behalf of a variant's role; without a variant, of any of the endpoint's."""
        with self._lock:
            roles = [self._roles[key] for key in self._roles if key[0] == endpoint]
            role = self._roles.get((endpoint, variant)) or (roles or [""])[-1]
        return self._region.acting(role)

    # One variant

    def _serve(self, endpoint: Endpoint, variant: Variant) -> Served:
        """A variant whose models were tried and loaded. Raises CannotServe."""
        archives = []
        for container in variant.containers:
            try:
                images.algorithm_of(container.image, self._region.name)
            except images.UnknownImage as error:
                raise CannotServe(str(error)) from None
            if refused := self._region.acting(variant.role).cannot_pull(container.image):
                action = refused.need.action.partition(":")[2]
                raise CannotServe(
                    f"The role '{variant.role}' does not have {action} permission for the image: "
                    f"'{container.image}'."
                )
            if not container.is_multi_model:
                archives.append(self._fetched(variant, container))
        served = self._served(endpoint, variant, archives)
        problems: dict[str, str] = {}
        for container, archive in zip(variant.containers, archives, strict=False):
            try:
                self._world.host.check(container.algorithm, archive)
            except BadArchive as error:
                raise CannotServe(
                    f'Failed to extract model data archive from URL "{container.data}". Please '
                    f"ensure that the object located at the URL is a valid tar.gz archive: {error}."
                ) from None
            except BadModel as error:
                problems[container.name] = str(error)
        if not problems:
            try:
                served.load()
            except BadModel as error:
                problems[variant.containers[0].name] = str(error)
        if problems:
            for name, problem in problems.items():
                several = len(variant.containers) > 1
                served.traffic.say(self._world.now(), problem, name if several else None)
            raise CannotServe(
                f"The {' and '.join(problems)} container for production variant {variant.name} did "
                "not pass the ping health check. Please check CloudWatch logs for this endpoint. "
                + " ".join(problems.values())
            )
        return served

    def _fetched(self, variant: Variant, container: Container) -> bytes:
        if container.data is None:
            raise CannotServe(f"The model {variant.model} of variant {variant.name} has no data.")
        source, acting = Location.at(container.data), self._region.acting(variant.role)
        why = ""
        try:
            archive = acting.read(source.bucket, source.key)
        except Denied as error:
            archive, why = None, f" {error}"
        if archive is None:
            raise CannotServe(
                f'Failed to download model data from URL "{source}". Please ensure that there is '
                "an object located at the URL and that the role passed to CreateModel has "
                f"permissions to download the model.{why}"
            )
        try:
            return with_source(archive, container.environment, acting)
        except NoSource as error:
            raise CannotServe(str(error)) from None
        except BadArchive:
            return archive  # its check says so

    def _served(self, endpoint: Endpoint, variant: Variant, archives: Sequence[bytes]) -> Served:
        world, traffic = self._world, self.traffic_of(endpoint, variant.name)
        with self._lock:
            self._roles[endpoint.name, variant.name] = variant.role
        if variant.is_multi_model:
            read = self._region.acting(variant.role).read
            return MultiModel(endpoint.name, variant, read, world, traffic)
        if variant.is_direct:
            return Direct(variant, archives, world, traffic)
        single = Single(variant, archives, world, traffic)
        if variant.serverless is None:
            return single
        return OnDemand(single, variant.serverless, world)

    # All of them

    def _deployment(self, endpoint: Endpoint, plan: Plan, served: Sequence[Served]) -> Deployment:
        """`served`: everything that the plan has, in its order."""
        shadow = None if plan.shadow is None else served[-1]
        deployment = Deployment(
            self._region,
            endpoint.name,
            served if shadow is None else served[:-1],
            captured=self._captured(endpoint, plan),
            is_asynchronous=plan.asynchronous is not None,
            shadow=shadow,
            config=plan.config,
        )
        with self._lock:
            self._alive.add(deployment)
        return deployment

    def _captured(self, endpoint: Endpoint, plan: Plan) -> Captured | None:
        """What samples and keeps invocations; None if nothing is captured."""
        terms = Terms.of(plan.capture)
        if terms is None or not terms.percentage:
            return None
        chance, share = self._world.chance, terms.percentage / 100
        with self._lock:
            capture = self._captures.setdefault(
                endpoint.name, Capture(endpoint.name, self._world.new_id, self._hand_on_soon)
            )

        def captured(served: Served, invoked: Invoked) -> None:
            if share < 1 and chance() >= share:
                return
            if not capture.take(terms, served.variant.name, invoked):
                served.traffic.say(self._world.now(), "Data capture has no room: not captured.")

        return captured

    def _hand_on_soon(self) -> None:
        with self._lock:
            if self._is_due:
                return
            self._is_due, gone = True, self._gone

        def hand_on() -> None:
            is_over = self._world.wait(gone, FLUSH_S)
            with self._lock:
                self._is_due = False
            if not is_over:
                self.hand_on_captured()

        self._region.begin(hand_on, training=False, is_long=True)
