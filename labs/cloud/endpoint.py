"""An endpoint: what serves, and what shall."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any

from labs.cloud.container import PRIMARY, Container
from labs.cloud.job import moment, ms

LONGEST_REASON = 1024  # characters of a FailureReason


@dataclass(frozen=True)
class Serverless:
    """In place of instances. `memory` in MB; `most` invocations at once, `warm` of them without a
    cold start."""

    memory: int
    most: int
    warm: int | None = None

    @classmethod
    def of(cls, given: Mapping[str, Any]) -> Serverless:
        """A ServerlessConfig."""
        most = given["MaxConcurrency"]
        return cls(given["MemorySizeInMB"], most, given.get("ProvisionedConcurrency"))

    def description(self) -> dict[str, int]:
        told = {"MemorySizeInMB": self.memory, "MaxConcurrency": self.most}
        return told if self.warm is None else told | {"ProvisionedConcurrency": self.warm}


@dataclass(frozen=True)
class Variant:
    """One production variant. Without `instance_type` it is serverless, and `count` is 0.

    `is_direct`: each invocation names the one container that is to answer; else they answer in a
    row.
    """

    name: str
    model: str
    containers: tuple[Container, ...]
    instance_type: str | None
    count: int
    weight: float
    is_direct: bool = False
    serverless: Serverless | None = None
    role: str = ""  # the ARN of the model's execution role

    @property
    def is_multi_model(self) -> bool:
        return self.containers[0].is_multi_model

    @classmethod
    def told(cls, fate: Mapping[str, Any]) -> Variant:
        """What `asdict` made of one, through JSON."""
        fate = dict(fate)
        if "containers" not in fate:  # recorded when a variant had one container
            one = {name: fate.pop(name) for name in ("image", "data", "environment")}
            fate["containers"] = [{"name": PRIMARY, **one}]
        serverless = fate.pop("serverless", None)
        return cls(
            containers=tuple(Container(**each) for each in fate.pop("containers")),
            serverless=None if serverless is None else Serverless(**serverless),
            **fate,
        )


@dataclass(frozen=True)
class Plan:
    """What an endpoint serves by: its configuration's name, and what that says. `capture` is the
    DataCaptureConfig, `asynchronous` the AsyncInferenceConfig, `shadow` the one shadow variant."""

    config: str
    variants: tuple[Variant, ...]
    capture: Mapping[str, Any] | None = None
    asynchronous: Mapping[str, Any] | None = None
    shadow: Variant | None = None

    @property
    def everything(self) -> tuple[Variant, ...]:
        """The variants that serve, then the shadow."""
        return self.variants if self.shadow is None else (*self.variants, self.shadow)

    @classmethod
    def told(cls, fate: Mapping[str, Any]) -> Plan:
        variants = tuple(Variant.told(each) for each in fate["variants"])
        shadow = None if fate.get("shadow") is None else Variant.told(fate["shadow"])
        return cls(fate["config"], variants, fate.get("capture"), fate.get("asynchronous"), shadow)


@dataclass(frozen=True)
class Endpoint:
    """`serving` serves; `coming`, if any, shall take its place: `is_reweighted` if only weights
    and capacities change, and the models stay.

    A new endpoint does not serve yet, one that could not be created never does. `deployment` is the
    last DeploymentConfig; while its traffic shifts, `stage` is the new fleet's status (a
    VariantStatus), since `staged`.
    """

    name: str
    arn: str
    created: datetime
    modified: datetime
    config: str
    serving: Plan | None = None
    coming: Plan | None = None
    is_reweighted: bool = False
    failure: str | None = None
    deployment: Mapping[str, Any] | None = None
    stage: str = ""
    staged: datetime | None = None
    is_rolling_back: bool = False

    @property
    def status(self) -> str:
        if self.is_rolling_back:
            return "RollingBack"
        if self.coming is not None:
            return "Updating" if self.serving else "Creating"
        return "InService" if self.serving else "Failed"

    @property
    def variants(self) -> tuple[Variant, ...]:
        """Those that serve."""
        return () if self.serving is None else self.serving.variants

    def updating(
        self, plan: Plan, now: datetime, deployment: Mapping[str, Any] | None = None
    ) -> Endpoint:
        """On the way to another configuration."""
        return replace(
            self,
            coming=plan,
            is_reweighted=False,
            modified=now,
            failure=None,
            deployment=deployment or None,
        )

    def at_stage(self, stage: str, now: datetime) -> Endpoint:
        """The new fleet is so far."""
        return replace(self, stage=stage, staged=now)

    def rolling_back(self, now: datetime) -> Endpoint:
        """On the way back to what served."""
        return replace(self, is_rolling_back=True, stage="Deleting", staged=now)

    def reweighting(self, variants: Sequence[Variant], now: datetime) -> Endpoint:
        """On the way to other weights and capacities."""
        assert self.serving is not None
        plan = replace(self.serving, variants=tuple(variants))
        return replace(self, coming=plan, is_reweighted=True, modified=now)

    def switched(self, now: datetime) -> Endpoint:
        """What was coming serves now."""
        assert self.coming is not None
        return replace(
            self,
            config=self.coming.config,
            serving=self.coming,
            coming=None,
            is_reweighted=False,
            failure=None,
            modified=now,
        )

    def rolled_back(self, reason: str, now: datetime) -> Endpoint:
        """What was coming cannot serve; what served, if anything, goes on."""
        failure = reason[:LONGEST_REASON]
        return replace(self, coming=None, is_reweighted=False, failure=failure, modified=now)

    # What became of it, as JSON

    def fate(self) -> dict[str, Any]:
        """What serves, and when it came to that, JSON-able."""
        return {
            "created": ms(self.created),
            "modified": ms(self.modified),
            "config": self.config,
            "serving": None if self.serving is None else asdict(self.serving),
            "failure": self.failure,
            "deployment": self.deployment,
        }

    def with_fate(self, fate: Mapping[str, Any]) -> Endpoint:
        serving = fate.get("serving")
        if fate.get("variants"):  # recorded when a configuration was its variants alone
            serving = fate
        return Endpoint(
            self.name,
            self.arn,
            moment(fate["created"]),
            moment(fate["modified"]),
            fate["config"],
            None if serving is None else Plan.told(serving),
            failure=fate["failure"],
            deployment=fate.get("deployment"),
        )
