"""An endpoint: the variants that serve, and those that shall."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any

from labs.cloud.job import moment, ms

LONGEST_REASON = 1024  # characters of a FailureReason


@dataclass(frozen=True)
class Variant:
    """One production variant. `data` is the S3 URI of its model.tar.gz."""

    name: str
    model: str
    image: str
    data: str | None
    environment: Mapping[str, str]
    instance_type: str
    count: int
    weight: float


@dataclass(frozen=True)
class Endpoint:
    """`variants` serve, by the configuration `config`; `coming`, if any, shall take their place.

    A new endpoint has no variants yet, one that could not be created has none at all.
    """

    name: str
    arn: str
    created: datetime
    modified: datetime
    config: str
    variants: tuple[Variant, ...] = ()
    coming: tuple[Variant, ...] | None = None
    coming_config: str | None = None
    failure: str | None = None

    @property
    def status(self) -> str:
        if self.coming is not None:
            return "Updating" if self.variants else "Creating"
        return "InService" if self.variants else "Failed"

    def updating(self, config: str | None, variants: Sequence[Variant], now: datetime) -> Endpoint:
        """On the way to another configuration, or (None) to other weights and counts."""
        return replace(self, coming=tuple(variants), coming_config=config, modified=now)

    def switched(self, now: datetime) -> Endpoint:
        """What was coming serves now."""
        assert self.coming is not None
        return replace(
            self,
            config=self.coming_config or self.config,
            variants=self.coming,
            coming=None,
            coming_config=None,
            failure=None,
            modified=now,
        )

    def rolled_back(self, reason: str, now: datetime) -> Endpoint:
        """What was coming cannot serve; what served, if anything, goes on."""
        return replace(
            self,
            coming=None,
            coming_config=None,
            failure=reason[:LONGEST_REASON],
            modified=now,
        )

    def description(self) -> dict[str, Any]:
        """DescribeEndpoint's answer."""
        desired = {variant.name: variant for variant in self.coming or self.variants}
        told: dict[str, Any] = {
            "EndpointName": self.name,
            "EndpointArn": self.arn,
            "EndpointConfigName": self.config,
            "EndpointStatus": self.status,
            "CreationTime": self.created,
            "LastModifiedTime": self.modified,
            "ProductionVariants": [
                self._variant(variant, desired.get(variant.name, variant))
                for variant in self.variants or self.coming or ()
            ],
        }
        if self.failure is not None:
            told["FailureReason"] = self.failure
        if self.status == "Updating" and self.coming_config is not None:
            told["PendingDeploymentSummary"] = {
                "EndpointConfigName": self.coming_config,
                "StartTime": self.modified,
            }
        if not told["ProductionVariants"]:
            del told["ProductionVariants"]
        return told

    def _variant(self, variant: Variant, desired: Variant) -> dict[str, Any]:
        serves = bool(self.variants)
        image = {"SpecifiedImage": variant.image, "ResolutionTime": self.modified}
        return {
            "VariantName": variant.name,
            "DeployedImages": [image],
            "CurrentWeight": variant.weight if serves else 0.0,
            "DesiredWeight": desired.weight,
            "CurrentInstanceCount": variant.count if serves else 0,
            "DesiredInstanceCount": desired.count,
        }

    def summary(self) -> dict[str, Any]:
        """What ListEndpoints says of it."""
        told = self.description()
        keys = ("EndpointName", "EndpointArn", "CreationTime", "LastModifiedTime", "EndpointStatus")
        return {key: told[key] for key in keys}

    # What became of it, as JSON

    def fate(self) -> dict[str, Any]:
        """What serves, and when it came to that, JSON-able."""
        return {
            "created": ms(self.created),
            "modified": ms(self.modified),
            "config": self.config,
            "variants": [asdict(variant) for variant in self.variants],
            "failure": self.failure,
        }

    def with_fate(self, fate: Mapping[str, Any]) -> Endpoint:
        return Endpoint(
            self.name,
            self.arn,
            moment(fate["created"]),
            moment(fate["modified"]),
            fate["config"],
            tuple(Variant(**variant) for variant in fate["variants"]),
            failure=fate["failure"],
        )
