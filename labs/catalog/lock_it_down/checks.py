"""What must be so in the account once this lab is done.

Whether a policy allows something is asked of the policy, not of its wording: there is more than one
way to close a hole.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import chain
from typing import Any, TypeAlias

from labs import need
from labs.lab import Account, Verdict
from labs.need import Need
from labs.permission import Principal, refusal
from labs.resource_policy import Asked, says
from labs.runner import door, estate, look, verdicts
from labs.runner.estate import Estate, Key, Network

Job: TypeAlias = Mapping[str, Any]
Wrong: TypeAlias = Iterator[tuple[str, str]]  # what is seen that should not be, and what to do

FORECAST = ("isolated_job_gets_its_data", "vpc_alone_reaches_s3", "s3_star_writes_with_any_key")
_USES = ("kms:GenerateDataKey", "kms:Decrypt", "kms:CreateGrant")
_ADMINISTERS = ("kms:PutKeyPolicy", "kms:ScheduleKeyDeletion", "kms:DisableKey")
_REVIVES = ("kms:EnableKey", "kms:CancelKeyDeletion", "kms:UpdateAlias")
_RESOURCES = {
    "s3:GetObject": "/train/train.csv",
    "s3:PutObject": "/output/model.tar.gz",
    "s3:ListBucket": "",
}


def _first(wrong: Wrong) -> Verdict | None:
    return next((Verdict(False, saw, hint) for saw, hint in wrong), None)


def _unread(what: str, error: Exception) -> tuple[str, str]:
    return f"{what} cannot be read: {error}", "IAM's guide has its grammar."


def _jobs(account: Account, *kinds: str) -> list[Job]:
    """The training jobs of these kinds, newest first."""
    starts = tuple(f"{account.prefix}-{kind}-" for kind in kinds)
    jobs = look.training_jobs(account, f"{account.prefix}-")
    return [job for job in jobs if job["TrainingJobName"].startswith(starts)]


def _is_among(jobs: Sequence[Job], status: str) -> bool:
    return any(job["TrainingJobStatus"] == status for job in jobs)


def forecast(account: Account) -> Verdict:
    closed = _jobs(account, "closed", "proof")
    networks, keys = (_jobs(account, f"fault-{fault}") for fault in ("network", "key"))
    seen = {}
    if _is_among(closed, "Completed"):
        seen["isolated_job_gets_its_data"] = True
    if _is_among(networks, "Failed"):
        seen["vpc_alone_reaches_s3"] = False
    if _is_among(keys, "Failed"):
        seen["s3_star_writes_with_any_key"] = False
    begun = [*closed, *networks, *keys, *_jobs(account, "fault-bucket")]
    return verdicts.forecast(account, FORECAST, begun, seen)


# At rest


def key(account: Account) -> Verdict:
    here = Estate(account)
    found = here.key(f"alias/{account.prefix}")
    if found is None:
        hint = "make_key() of ready.py makes it: encrypt() in starter.py."
        return Verdict(False, f"No key is behind alias/{account.prefix}", hint)
    if found.state != "Enabled":
        return Verdict(False, f"The key is {found.state}", "EnableKey, or CancelKeyDeletion.")
    return _first(_of_key(here, found, here.role)) or Verdict(
        True, f"alias/{account.prefix}: the role may use it, and cannot administer it"
    )


def _of_key(here: Estate, found: Key, role: str, uses: Sequence[str] = _USES) -> Wrong:
    """`uses`: what the role must be able to do by the key's policy."""

    def told(who: str, action: str) -> str:
        return here.says_of_key(found, who, action)

    try:
        for action in uses:
            if told(role, action) != "allow":
                saw = f"The key's policy does not let {role} call {action}"
                yield saw, "Name the role as Principal, with what a job calls."
        for action in _ADMINISTERS + _REVIVES:
            if told(role, action) == "allow":
                saw = f"By the key's policy {role} may call {action}"
                yield saw, "Who uses a key need not administer it."
        for stranger in (here.other_role, estate.STRANGER):
            for action in _USES:
                if told(stranger, action) == "allow":
                    saw = f"By the key's policy {stranger} may call {action} as well"
                    yield saw, "A principal * opens it to everybody."
        if all(told(here.root, action) == "nothing" for action in _ADMINISTERS):
            saw = "Nobody administers the key: the account's root is not in its policy"
            yield saw, "A statement for arn:...:root, or the key can never be changed again."
    except ValueError as error:
        yield _unread("The key's policy", error)


# The network


def network(account: Account) -> Verdict:
    found = Estate(account).network(account.prefix)
    if found is None:
        hint = "create_vpc, with TagSpecifications=named('vpc', PREFIX)."
        return Verdict(False, f"No VPC has the name {account.prefix}", hint)
    return _first(_of_network(found, account.prefix)) or Verdict(
        True, f"{found.vpc}: {len(found.subnets)} subnets, no way out, S3 by {found.endpoints[0]}"
    )


def _of_network(found: Network, name: str) -> Wrong:
    if found.exits:
        hint = "No internet gateway, no NAT device, no peering."
        yield f"{found.vpc} has a way out: {', '.join(found.exits)}", hint
    if not found.subnets:
        yield f"{found.vpc} has no subnet", "create_subnet"
    if not found.endpoints:
        hint = "create_vpc_endpoint, VpcEndpointType Gateway, com.amazonaws.REGION.s3."
        yield f"{found.vpc} has no gateway endpoint for S3", hint
    if lost := [each for each in found.subnets if each not in found.on_the_way]:
        hint = "The subnet's route table has to be one of the endpoint's: associate_route_table."
        yield f"From {lost[0]} no route leads to the endpoint", hint
    if found.group is None:
        hint = f"create_security_group(GroupName={name!r}, VpcId=...)"
        yield f"{found.vpc} has no security group {name}", hint
    if found.lets_in:
        hint = "Nobody calls a training job: revoke_security_group_ingress."
        yield f"{found.group} lets something in", hint


# The job


def isolated(account: Account) -> Verdict:
    """The newest of the jobs that are to be closed."""
    jobs = _jobs(account, "closed", "proof")
    if not jobs:
        hint = "closed() in starter.py says how it is changed; train() of ready.py starts it."
        return Verdict(False, f"No job {account.prefix}-closed or -proof has been started", hint)
    saw = "has completed: isolated, in your VPC, volume and output under your key"
    return _first(_of_job(Estate(account), jobs[0])) or Verdict(
        True, f"{jobs[0]['TrainingJobName']} {saw}"
    )


def _of_job(here: Estate, job: Job) -> Wrong:
    name, prefix = job["TrainingJobName"], here.account.prefix
    if not job.get("EnableNetworkIsolation"):
        yield f"{name} has its network", "EnableNetworkIsolation=True"
    wanted, config = here.network(prefix), job.get("VpcConfig") or {}
    inside = config.get("Subnets") or ()
    if wanted is None or not inside or not set(inside) <= set(wanted.subnets):
        saw = f"{name} is in {', '.join(inside) or 'no VPC'}"
        yield saw, f"VpcConfig=network(): the subnets of {prefix}."
    if wanted is None or wanted.group not in config.get("SecurityGroupIds", ()):
        yield f"{name} has another security group", "network() of ready.py"
    mine = here.key(f"alias/{prefix}")
    for what, where, field in (
        ("volume", "ResourceConfig", "VolumeKmsKeyId"),
        ("output", "OutputDataConfig", "KmsKeyId"),
    ):
        used = (job.get(where) or {}).get(field) or ""
        if mine is None or here.key(used) != mine:
            saw = f"{name} encrypts its {what} with {used or 'no key of yours'}"
            yield saw, f"{field} in {where}"
    if job["TrainingJobStatus"] != "Completed":
        yield _ended(job), "Repair, run again."


def _ended(job: Job) -> str:
    why = job.get("FailureReason", "it has not ended yet")
    return f"{job['TrainingJobName']} is {job['TrainingJobStatus']}: {why}"


# The bucket


def bucket(account: Account) -> Verdict:
    here = Estate(account)
    if not here.has_bucket(here.bucket):
        return Verdict(False, f"There is no bucket {here.bucket}", "insecure() of ready.py")
    if missing := here.unblocked(here.bucket):
        saw = f"Public access to {here.bucket} is not blocked: {missing[0]} is off"
        return Verdict(False, saw, "put_public_access_block, with all four switches on.")
    return _first(_of_bucket(here, here.bucket, here.role, tls=True)) or Verdict(
        True, f"{here.bucket}: TLS alone, and objects by your endpoint or by the role alone"
    )


def _of_bucket(here: Estate, name: str, role: str, *, tls: bool) -> Wrong:
    """What is wrong with a bucket's policy; your endpoint leads to it."""
    document = here.bucket_policy(name)
    if document is None:
        yield f"{name} has no policy", "put_bucket_policy"
        return
    network = here.network(here.account.prefix)
    endpoint = network.endpoints[0] if network and network.endpoints else ""
    inside = _by(endpoint, network.vpc) if network else {}
    others = {"from anywhere": {}, "by another VPC's endpoint": _by("vpce-0other", "vpc-0other")}
    own = {network.vpc, *network.endpoints} if network else set()
    for id in sorted({*re.findall(r"\bvpce?-\w+", document)} - own):
        others[f"by {id}"] = _by(id, id)  # whichever of the two the policy compares it with

    def told(who: str, action: str, way: Mapping[str, Any], secure: str = "true") -> str:
        resource = f"arn:{here.partition}:s3:::{name}{_RESOURCES[action]}"
        context = {"aws:securetransport": (secure,), **way}
        return says(document, Asked(action, resource, who, context))

    try:
        for action in ("s3:GetObject", "s3:PutObject"):
            if told(role, action, inside) == "deny":
                saw = f"The policy of {name} keeps out {role}: {action} by {endpoint or 'no VPC'}"
                yield saw, "What does the condition compare, and with what?"
            if "allow" in (told(estate.STRANGER, action, way) for way in ({}, inside)):
                saw = f"The policy of {name} allows {action} to everybody"
                yield saw, "Take out the statement that allows it."
            for how, way in others.items():
                if told(here.other_role, action, way) != "deny":
                    saw = f"Another role of the account may {action} in {name} {how}"
                    hint = "Deny unless aws:SourceVpce is your endpoint"
                    yield saw, f"{hint} (or aws:PrincipalArn the role)."
        for action in _RESOURCES if tls else ():
            if told(role, action, inside, "false") != "deny":
                saw = f"The policy of {name} does not ask for TLS: {action} without it"
                yield saw, 'Deny if "aws:SecureTransport" is "false", on the bucket and BUCKET/*.'
    except ValueError as error:
        yield _unread(f"The policy of {name}", error)


def _by(endpoint: str, vpc: str) -> dict[str, tuple[str]]:
    """The condition keys of a request that comes by a VPC's endpoint."""
    return {"aws:sourcevpce": (endpoint,), "aws:sourcevpc": (vpc,)}


# The role


def least_privilege(account: Account) -> Verdict:
    here = Estate(account)
    documents = here.policies(here.role_name)
    if documents is None:
        return Verdict(False, f"There is no role {here.role_name}", "insecure() of ready.py")
    proofs = _jobs(account, "proof")
    wrong = _of_role(here, Principal(here.role, here.role, tuple(documents)), proofs)
    return _first(wrong) or Verdict(
        True,
        f"{here.role_name}: what the job needs and nothing else; "
        f"{proofs[0]['TrainingJobName']} has completed with it",
    )


def _of_role(here: Estate, who: Principal, proofs: Sequence[Job]) -> Wrong:
    for much in _too_much(here):
        if refusal(who, [much]) is None:
            saw = f"{here.role_name} may {much.action} on {much.resource}"
            hint = "No job needs that. Name actions and prefixes: put_role_policy replaces it."
            yield saw, hint
    if refused := refusal(who, _needed(here)):
        saw = f"{here.role_name} may not {refused.need.action} on {refused.need.resource}"
        yield saw, "The job needs it."
    if not proofs:
        hint = "Run starter.py once more, now that all is shut."
        yield "No job has shown yet that it is enough", hint
    for job in proofs[:1]:
        yield from _of_job(here, job)


def _written(here: Estate) -> str:
    """The key of what a job writes: a policy may name the output of this lab's jobs alone."""
    return f"output/{here.account.prefix}-proof-1/output/model.tar.gz"


def _needed(here: Estate) -> list[Need]:
    """What the closed job does by its role; to S3 it comes by the network's endpoint."""
    stream = f"{here.account.prefix}-proof/algo-1"
    network = here.network(here.account.prefix)
    way = _by(network.endpoints[0], network.vpc) if network and network.endpoints else {}
    by_s3 = [
        *need.to_list(here.bucket, here.where, "train/"),
        *need.to_read(here.bucket, "train/train.csv", here.where),
        *need.to_write(here.bucket, _written(here), here.where),
    ]
    return [
        *(replace(each, context={**each.context, **way}) for each in by_s3),
        *need.to_log("/aws/sagemaker/TrainingJobs", stream, here.where),
        *need.to_measure(),
        *need.to_pull(here.image, here.where),
        *need.to_join(),
    ]


def _too_much(here: Estate) -> Iterator[Need]:
    mine, other = here.bucket, here.account.bucket
    bucket = f"arn:{here.partition}:s3:::{mine}"
    yield from need.to_read(other, "anything", here.where)
    yield from need.to_write(other, "anything", here.where)
    yield from need.to_list(other, here.where)
    yield from need.to_write(mine, "train/train.csv", here.where)
    yield from need.to_read(mine, "elsewhere.csv", here.where)
    yield from need.to_write(mine, "elsewhere.csv", here.where)
    for key in ("train/train.csv", _written(here)):
        yield Need("s3:DeleteObject", f"{bucket}/{key}")
    for action in ("BucketAcl", "BucketPolicy", "BucketPublicAccessBlock"):
        yield Need(f"s3:Put{action}", bucket)
    yield Need("s3:DeleteBucket", bucket)
    for action in ("kms:Decrypt", "kms:PutKeyPolicy", "kms:ScheduleKeyDeletion"):
        yield Need(action, here.where.arn("kms", "key/another"))
    yield Need("iam:PassRole", here.role)
    yield Need("sagemaker:CreateTrainingJob", here.where.arn("sagemaker", "training-job/any"))
    for action in (
        "dynamodb:Scan",
        "ec2:RunInstances",
        "iam:CreateUser",
        "s3:ListAllMyBuckets",
        "secretsmanager:GetSecretValue",
        "sts:AssumeRole",
    ):
        yield Need(action, "*")


# The faults


def way_to_s3(account: Account) -> Verdict:
    return _repaired(account, "network", _way_out(account), "its VPC has a way to S3, and none out")


def _way_out(account: Account) -> Wrong:
    found = Estate(account).network(f"{account.prefix}-fault")
    if found is not None and found.exits:
        saw = f"{found.vpc} has a way out now: {', '.join(found.exits)}"
        yield saw, "S3 alone is to be reached: a gateway endpoint."


def key_lets_role(account: Account) -> Verdict:
    return _repaired(account, "key", _key_of_fault(account), "its role may use the key")


def _key_of_fault(account: Account) -> Wrong:
    here, name = Estate(account), f"{account.prefix}-fault"
    found = here.key(f"alias/{name}")
    if found is None:
        yield f"alias/{name} is gone", "Repair the key's policy."
    else:
        yield from _of_key(here, found, here.role_called(name), ("kms:GenerateDataKey",))


def bucket_lets_role(account: Account) -> Verdict:
    here, name = Estate(account), f"{account.prefix}-fault"
    wrong = _of_bucket(here, f"{name}-{here.where.account}", here.role_called(name), tls=False)
    return _repaired(account, "bucket", wrong, "whoever comes by your endpoint gets in")


def _repaired(account: Account, fault: str, wrong: Wrong, why: str) -> Verdict:
    """`wrong`: what of a repair opens too much, asked once its job completes."""
    tries = _jobs(account, f"fault-{fault}")
    return _first(chain(_unrepaired(account, fault, tries), wrong)) or Verdict(
        True, f"{tries[0]['TrainingJobName']} has completed: {why}"
    )


def _unrepaired(account: Account, fault: str, tries: Sequence[Job]) -> Wrong:
    """The fault has not been seen yet, or its newest job still fails."""
    if not _is_among(tries, "Failed"):
        yield f"No job {account.prefix}-fault-{fault} has failed", "quizengine lab run fault.py"
    elif tries[0]["TrainingJobStatus"] != "Completed":
        yield _ended(tries[0]), "Repair what it names, then run fault.py again."


# The door


def door_deployed(account: Account) -> Verdict:
    return door.deployed(Estate(account))


def door_shut(account: Account) -> Verdict:
    return door.shut(Estate(account))
