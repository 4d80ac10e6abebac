"""The services as a job or endpoint uses them: as its role, by the network it is in, past the
bucket's policy, with the keys that objects are encrypted with.

What AWS refuses the role is refused here: S3 and KMS with `Denied`; lines and metrics that may not
be written are lost, as they are there, while the job goes on.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from labs import need
from labs.cloud import keys
from labs.cloud.network import NO_WAY, OUTSIDE, Way
from labs.cloud.ports import Datum, Services
from labs.need import Need, Where
from labs.permission import Principal, Refusal, refusal
from labs.resource_policy import Asked, says

_OF_AWS = "AWS/"  # namespaces of metrics in which a service publishes by itself


class Denied(Exception):
    """S3 cannot be reached, or it or KMS refuses; the message is for a FailureReason."""


class Acting:
    """A `ports.Services` on behalf of a role; it raises Denied where AWS would refuse the role, and
    otherwise passes everything on. `network` is a VpcConfig or nothing. Without a role nothing is
    asked: what earlier versions have recorded of an endpoint names none."""

    def __init__(
        self, services: Services, role: str, region: str, network: Mapping[str, Any] | None
    ) -> None:
        self.services = services
        self._role, self._region = role, region
        self._network = network or {}
        _, partition, _, _, account, _ = (role or "arn:aws:iam:::").split(":", 5)
        self._where = Where(account, region, partition)
        self._decided: dict[tuple[Principal, str, str, str], Refusal | None] = {}

    def __getattr__(self, name: str) -> Any:
        return getattr(self.services, name)

    def keys(self, bucket: str, prefix: str) -> Sequence[str]:
        self._ask(need.to_list(bucket, self._where, prefix), bucket)
        return self.services.keys(bucket, prefix)

    def read(self, bucket: str, key: str) -> bytes | None:
        self._ask(need.to_read(bucket, key, self._where), bucket)
        if with_key := self.services.guards.key_of(bucket, key):
            self._use(with_key, keys.READ, "s3")
        return self.services.read(bucket, key)

    def write(self, bucket: str, key: str, body: bytes, kms_key: str | None = None) -> None:
        self._ask(need.to_write(bucket, key, self._where), bucket)
        if kms_key:
            self._use(kms_key, keys.WRITE, "s3")
        self.services.write(bucket, key, body, kms_key)

    def log(self, group: str, stream: str, events: Iterable[tuple[int, str]]) -> None:
        if self._refused(need.to_log(group, stream, self._where)) is None:
            self.services.log(group, stream, events)

    def measure(self, namespace: str, data: Iterable[Datum]) -> None:
        if namespace.startswith(_OF_AWS) or self._refused(need.to_measure()) is None:
            self.services.measure(namespace, data)

    def notify(self, topic: str, message: str) -> bool:
        refused = self._refused([Need("sns:Publish", topic)])
        return refused is None and self.services.notify(topic, message)

    def may_list(self, bucket: str, prefix: str) -> bool:
        """Whether the role's own policies let it; asked of no network and no bucket."""
        return self._refused(need.to_list(bucket, self._where, prefix)) is None

    def may_read(self, bucket: str, key: str) -> bool:
        """Likewise."""
        return self._refused(need.to_read(bucket, key, self._where)) is None

    def alarms(self, names: Iterable[str]) -> Mapping[str, str]:
        names = [*names]
        if refused := self._refused(need.to_watch(names, self._where)):
            raise Denied(refused.sentence)
        return self.services.alarms(names)

    def cannot_pull(self, image: str) -> Refusal | None:
        """Why the role may not pull an image; None if it may."""
        return self._refused(need.to_pull(image, self._where))

    def take_disk(self, kms_key: str | None) -> None:
        """What an instance begins with: a volume, encrypted with this key if there is one."""
        if kms_key:
            self._use(kms_key, keys.VOLUME, "ec2")

    def _refused(self, needs: Iterable[Need]) -> Refusal | None:
        """What of it the role's own policies do not allow, as they are now. The same is decided
        once: a job writes many lines."""
        if not self._role:
            return None
        who = self.services.guards.principal(self._role)
        here = {"aws:requestedregion": (self._region,)}
        for each in needs:
            asked = (who, each.action, each.resource, str(each.context))
            if asked not in self._decided:
                self._decided[asked] = refusal(who, [each], here)
            if (found := self._decided[asked]) is not None:
                return found
        return None

    def _ask(self, needs: Sequence[Need], bucket: str) -> None:
        """Raises Denied unless the role may, by its network, its own policies and the bucket's."""
        if not self._role:
            return
        way, guards = self._way(), self.services.guards
        who = guards.principal(self._role)
        context = {**way.context, "aws:requestedregion": (self._region,)}
        policy = guards.bucket_policy(bucket)
        of_bucket = {f"arn:{self._where.partition}:s3:::{bucket}": policy} if policy else {}
        if refused := refusal(who, needs, context, of_bucket):
            raise Denied(refused.sentence)
        for each in needs if way.policy else ():
            context = {**way.context, **each.context}
            asked = Asked(each.action, each.resource, self._role, context)
            try:
                told = says(way.policy, asked)
            except ValueError as error:
                raise Denied(f"The VPC endpoint's policy is not understood here: {error}") from None
            if told == "deny":
                raise Denied(keys.refusal(asked, "with an explicit deny in a VPC endpoint policy"))
            if told == "nothing":
                why = f"because no VPC endpoint policy allows the {each.action} action"
                raise Denied(keys.refusal(asked, why))

    def _use(self, kms_key: str, actions: Sequence[str], service: str) -> None:
        if not self._role:
            return
        guards = self.services.guards
        key = guards.key(kms_key)
        if key is None:
            raise Denied(f"Key '{kms_key}' does not exist")
        held = guards.policies(self._role)
        try:
            keys.check(key, self._role, actions, held, f"{service}.{self._region}.amazonaws.com")
        except keys.KeyRefused as error:
            raise Denied(str(error)) from None

    def _way(self) -> Way:
        subnets = self._network.get("Subnets") or ()
        if not subnets:
            return OUTSIDE
        groups = self._network.get("SecurityGroupIds") or ()
        way = self.services.guards.way_to_s3(subnets, groups)
        if way is None:
            raise Denied(NO_WAY)
        return way
