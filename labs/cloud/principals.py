"""Who IAM knows, as moto holds it: the principal behind an access key, or of a role.

A session's or user's policies are looked up anew each time: they count as they are now.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from moto.core.utils import utcnow
from moto.iam.exceptions import NotFoundException
from moto.iam.models import IAMBackend, iam_backends
from moto.sts.models import sts_backends

from labs.permission import Principal

_ROLE = re.compile(r"arn:(?P<partition>aws|aws-cn|aws-us-gov):iam::(?P<account>\d{12}):role/(.+)")
SAGEMAKER = "SageMaker"  # what SageMaker calls its session when it acts as a role


class Expired(Exception):
    """The session of these credentials is over."""


def of_key(key: str) -> Principal | None:
    """Whose access key it is; None if IAM does not know it. Raises Expired."""
    for sts in _there(sts_backends):
        session = sts.get_assumed_role_from_access_key(key)
        if session is not None:
            if session.expiration <= utcnow():
                raise Expired
            return of_role(session.role_arn, session.session_name, session.policy)
    for iam in _there(iam_backends):
        user = iam.get_user_from_access_key_id(key)
        if user is not None:
            around = iam.get_groups_for_user(user.name)
            return Principal(user.arn, user.arn, tuple(_held(user, *around)))
    return None


def of_role(arn: str, session: str = SAGEMAKER, policy: str | None = None) -> Principal:
    """A session of a role. A role that is not there holds nothing, and so may do nothing."""
    named = _ROLE.fullmatch(arn)
    if named is None:  # moto gives sessions of whatever is asked for
        return Principal(arn, "arn:aws:iam::000000000000:role/none", ())
    partition, account, name = named.groups()
    who = f"arn:{partition}:sts::{account}:assumed-role/{name.rpartition('/')[2]}/{session}"
    backend: IAMBackend = iam_backends[account][partition]
    try:
        role = backend.get_role_by_arn(arn)
    except NotFoundException:
        return Principal(who, arn, ())
    boundary = None
    if limit := role.permissions_boundary_arn:
        try:
            boundary = _document(backend.get_policy(limit))
        except NotFoundException:  # one that is gone lets nothing through
            boundary = '{"Statement": []}'
    return Principal(who, arn, tuple(_held(role)), boundary, policy or None)


def trust(role: str) -> str | None:
    """The trust policy of a role (an ARN); None if there is no such role."""
    named = _ROLE.fullmatch(role)
    if named is None:
        return None
    try:
        found = iam_backends[named["account"]][named["partition"]].get_role_by_arn(role)
    except NotFoundException:
        return None
    return str(found.assume_role_policy_document)


def _held(*holders: Any) -> Iterator[str]:
    """The documents of a role's, user's or group's policies, inline and managed."""
    for holder in holders:
        for document in holder.policies.values():
            yield document if isinstance(document, str) else json.dumps(document)
        for managed in holder.managed_policies.values():
            yield _document(managed)


def _document(managed: Any) -> str:
    """The version of a managed policy that counts."""
    versions = [each for each in managed.versions if each.version_id == managed.default_version_id]
    found = versions[0].document
    return found if isinstance(found, str) else json.dumps(found)


def _there(backends: Any) -> Iterator[Any]:
    """The backends that somebody has used: to ask for another would make it, which takes long."""
    for account in [*backends]:
        yield from [*backends[account].values()]
