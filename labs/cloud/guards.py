"""What stands between a role and what it wants, as moto holds it: networks, keys and policies."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from threading import RLock
from typing import Any

import moto.backends
from moto.iam.exceptions import NotFoundException
from moto.iam.models import iam_backends
from moto.kms.exceptions import NotFoundException as NoSuchKey
from moto.s3.exceptions import MissingBucket
from moto.s3.models import FakeKey, s3_backends

from labs.cloud import network, principals
from labs.cloud.keys import Key
from labs.cloud.network import Way
from labs.permission import Principal

# The policy of a key that AWS manages lets the account's own principals use it through its service.
_OF_AWS = '{"Statement": {"Effect": "Allow", "Principal": "*", "Action": "kms:*", "Resource": "*"}}'


class MotoGuards:
    """A `ports.Guards` on moto's backends. `lock` is held while they are looked at."""

    def __init__(self, account: str, region: str, partition: str, lock: RLock) -> None:
        self._account, self._region, self._partition = account, region, partition
        self._lock = lock

    def way_to_s3(self, subnets: Iterable[str], groups: Iterable[str]) -> Way | None:
        with self._lock:
            ec2 = moto.backends.get_backend("ec2")[self._account][self._region]
            return network.way_to_s3(ec2, self._region, subnets, groups)

    def bucket_policy(self, bucket: str) -> str:
        with self._lock:
            try:
                policy = s3_backends[self._account][self._partition].get_bucket(bucket).policy
            except MissingBucket:
                return ""
            return "" if policy is None else str(policy, "utf-8")

    def key_of(self, bucket: str, key: str) -> str:
        with self._lock:
            try:
                found = s3_backends[self._account][self._partition].get_bucket(bucket).keys.get(key)
            except MissingBucket:
                return ""
            is_ours = isinstance(found, FakeKey) and found.encryption == "aws:kms"
            return (found.kms_key_id or "") if is_ours else ""

    def key(self, id: str) -> Key | None:
        if "alias/aws/" in id:
            return Key(id, "Enabled", _OF_AWS)
        with self._lock:
            kms = moto.backends.get_backend("kms")[self._account][self._region]
            try:
                found = kms.describe_key(id)
            except (KeyError, NoSuchKey):
                return None
            return Key(found.arn, found.key_state, found.policy)

    def principal(self, role: str) -> Principal:
        with self._lock:
            return principals.of_role(role)

    def policies(self, role: str) -> list[Mapping[str, Any]]:
        with self._lock:
            try:
                found = iam_backends[self._account][self._partition].get_role_by_arn(role)
            except NotFoundException:
                return []
            texts = [*found.policies.values()]
            for managed in found.managed_policies.values():
                texts += [
                    version.document
                    for version in managed.versions
                    if version.version_id == managed.default_version_id
                ]
            return [json.loads(text) for text in texts]
