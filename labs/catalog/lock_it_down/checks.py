"""What must be so in the account once this lab is done.

Whether a policy allows something is asked of the policy, not of its wording: there is more than one
way to close a hole.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from labs import need
from labs.lab import Account, Verdict
from labs.need import Need
from labs.permission import Principal, refusal
from labs.resource_policy import Asked, says
from labs.runner import door, estate, look, verdicts
from labs.runner.estate import Estate

FORECAST = ("isolated_job_gets_its_data", "vpc_alone_reaches_s3", "s3_star_writes_with_any_key")
_FAULTS = ("network", "key", "bucket")
_USES = ("kms:GenerateDataKey", "kms:Decrypt", "kms:CreateGrant")
_ADMINISTERS = ("kms:PutKeyPolicy", "kms:ScheduleKeyDeletion", "kms:DisableKey")


def forecast(account: Account) -> Verdict:
    closed = [*_closed(account), *_tries(account)]
    seen = {}
    if any(job["TrainingJobStatus"] == "Completed" for job in _closed(account)):
        seen["isolated_job_gets_its_data"] = True
    if _failed(account, "network"):
        seen["vpc_alone_reaches_s3"] = False
    if _failed(account, "key"):
        seen["s3_star_writes_with_any_key"] = False
    return verdicts.forecast(account, FORECAST, closed, seen)


# At rest


def key(account: Account) -> Verdict:
    here = Estate(account)
    found = here.key(f"alias/{account.prefix}")
    if found is None:
        hint = "make_key() of ready.py makes it: encrypt() in starter.py."
        return Verdict(False, f"No key is behind alias/{account.prefix}", hint)
    if found.state != "Enabled":
        return Verdict(False, f"The key is {found.state}", "EnableKey, or CancelKeyDeletion.")
    return _key_policy(here, found, here.role) or Verdict(
        True, f"alias/{account.prefix}: the role may use it, and cannot administer it"
    )


def _key_policy(
    here: Estate, found: estate.Key, role: str, uses: Sequence[str] = _USES
) -> Verdict | None:
    """What is wrong with a key's policy; None if nothing is. `uses`: what the role must be able to
    do by it."""

    def told(who: str, action: str) -> str:
        return here.says_of_key(found, who, action)

    try:
        for action in uses:
            if told(role, action) != "allow":
                saw = f"The key's policy does not let {role} call {action}"
                return Verdict(False, saw, "Name the role as Principal, with what a job calls.")
        for action in _ADMINISTERS:
            if told(role, action) == "allow":
                saw = f"By the key's policy {role} may call {action}"
                return Verdict(False, saw, "Who uses a key need not administer it.")
        for stranger in (here.other_role, estate.STRANGER):
            if told(stranger, "kms:Decrypt") == "allow":
                saw = f"By the key's policy {stranger} may decrypt as well"
                return Verdict(False, saw, "A principal * opens it to everybody.")
        if all(told(here.root, action) == "nothing" for action in _ADMINISTERS):
            return Verdict(
                False,
                "Nobody administers the key: the account's root is not in its policy",
                "A statement for arn:...:root, or the key can never be changed again.",
            )
    except ValueError as error:
        return _unread("The key's policy", error)
    return None


# The network


def network(account: Account) -> Verdict:
    found = Estate(account).network(account.prefix)
    if found is None:
        hint = "create_vpc, with TagSpecifications=named('vpc', PREFIX)."
        return Verdict(False, f"No VPC has the name {account.prefix}", hint)
    if found.exits:
        return Verdict(
            False,
            f"{found.vpc} has a way out: {', '.join(found.exits)}",
            "No internet gateway, no NAT device, no peering.",
        )
    if not found.subnets:
        return Verdict(False, f"{found.vpc} has no subnet", "create_subnet")
    if not found.endpoints:
        return Verdict(
            False,
            f"{found.vpc} has no gateway endpoint for S3",
            "create_vpc_endpoint, VpcEndpointType Gateway, com.amazonaws.REGION.s3.",
        )
    if lost := [name for name in found.subnets if name not in found.on_the_way]:
        return Verdict(
            False,
            f"From {lost[0]} no route leads to the endpoint",
            "The subnet's route table has to be one of the endpoint's: associate_route_table.",
        )
    if found.group is None:
        hint = f"create_security_group(GroupName={account.prefix!r}, VpcId=...)"
        return Verdict(False, f"{found.vpc} has no security group {account.prefix}", hint)
    if found.lets_in:
        hint = "Nobody calls a training job: revoke_security_group_ingress."
        return Verdict(False, f"{found.group} lets something in", hint)
    return Verdict(
        True,
        f"{found.vpc}: {len(found.subnets)} subnets, no way out, S3 by {found.endpoints[0]}",
    )


# The job


def isolated(account: Account) -> Verdict:
    """The newest of the jobs that are to be closed."""
    jobs = _closed(account)
    if not jobs:
        hint = "closed() in starter.py says how it is changed; train() of ready.py starts it."
        return Verdict(False, f"No job {account.prefix}-closed or -proof has been started", hint)
    return _job(account, jobs[0])


def _job(account: Account, job: Mapping[str, Any]) -> Verdict:
    name, here = job["TrainingJobName"], Estate(account)
    if not job.get("EnableNetworkIsolation"):
        return Verdict(False, f"{name} has its network", "EnableNetworkIsolation=True")
    wanted = here.network(account.prefix)
    inside = (job.get("VpcConfig") or {}).get("Subnets") or ()
    if wanted is None or not inside or not set(inside) <= set(wanted.subnets):
        saw = f"{name} is in {', '.join(inside) or 'no VPC'}"
        return Verdict(False, saw, f"VpcConfig=network(): the subnets of {account.prefix}.")
    if wanted.group not in (job.get("VpcConfig") or {}).get("SecurityGroupIds", ()):
        return Verdict(False, f"{name} has another security group", "network() of ready.py")
    mine = here.key(f"alias/{account.prefix}")
    for what, where, field in (
        ("volume", "ResourceConfig", "VolumeKmsKeyId"),
        ("output", "OutputDataConfig", "KmsKeyId"),
    ):
        used = (job.get(where) or {}).get(field) or ""
        if mine is None or here.key(used) != mine:
            saw = f"{name} encrypts its {what} with {used or 'no key of yours'}"
            return Verdict(False, saw, f"{field} in {where}")
    if job["TrainingJobStatus"] != "Completed":
        why = job.get("FailureReason", "it has not ended yet")
        return Verdict(False, f"{name} is {job['TrainingJobStatus']}: {why}", "Repair, run again.")
    saw = f"{name} has completed: isolated, in your VPC, volume and output under your key"
    return Verdict(True, saw)


# The bucket


def bucket(account: Account) -> Verdict:
    here = Estate(account)
    if not here.has_bucket(here.bucket):
        return Verdict(False, f"There is no bucket {here.bucket}", "insecure() of ready.py")
    if missing := here.unblocked(here.bucket):
        saw = f"Public access to {here.bucket} is not blocked: {missing[0]} is off"
        return Verdict(False, saw, "put_public_access_block, with all four switches on.")
    wrong = _bucket_policy(here, here.bucket, account.prefix, here.role, tls=True)
    return wrong or Verdict(
        True, f"{here.bucket}: TLS alone, and objects by your endpoint or by the role alone"
    )


def _bucket_policy(here: Estate, name: str, vpc: str, role: str, *, tls: bool) -> Verdict | None:
    """What is wrong with a bucket's policy; None if nothing is. `vpc`: whose endpoint leads to
    it."""
    document = here.bucket_policy(name)
    if document is None:
        return Verdict(False, f"{name} has no policy", "put_bucket_policy")
    network = here.network(vpc)
    endpoint = network.endpoints[0] if network and network.endpoints else ""
    inside = {"aws:sourcevpce": (endpoint,), "aws:sourcevpc": (network.vpc,)} if network else {}

    def told(who: str, action: str, *, secure: bool = True, way: Mapping[str, Any]) -> str:
        key = "train/train.csv" if action == "s3:GetObject" else "output/model.tar.gz"
        context = {"aws:securetransport": ("true" if secure else "false",), **way}
        return says(
            document, Asked(action, f"arn:{here.partition}:s3:::{name}/{key}", who, context)
        )

    try:
        for action in ("s3:GetObject", "s3:PutObject"):
            if told(role, action, way=inside) == "deny":
                saw = f"The policy of {name} keeps out {role}: {action} by {endpoint or 'no VPC'}"
                return Verdict(False, saw, "What does the condition compare, and with what?")
            if told(estate.STRANGER, action, way={}) == "allow":
                saw = f"The policy of {name} allows {action} to everybody"
                return Verdict(False, saw, "Take out the statement that allows it.")
            if told(here.other_role, action, way={}) != "deny":
                saw = f"Another role of the account may {action} in {name} from anywhere"
                hint = "Deny unless aws:SourceVpce is your endpoint (or aws:PrincipalArn the role)."
                return Verdict(False, saw, hint)
            if tls and told(role, action, secure=False, way=inside) != "deny":
                saw = f"The policy of {name} does not ask for TLS: {action} without it"
                return Verdict(False, saw, 'Deny if "aws:SecureTransport" is "false".')
    except ValueError as error:
        return _unread(f"The policy of {name}", error)
    return None


def _unread(what: str, error: Exception) -> Verdict:
    return Verdict(False, f"{what} cannot be read: {error}", "IAM's guide has its grammar.")


# The role


def least_privilege(account: Account) -> Verdict:
    here = Estate(account)
    documents = here.policies(here.role_name)
    if documents is None:
        return Verdict(False, f"There is no role {here.role_name}", "insecure() of ready.py")
    who = Principal(here.role, here.role, tuple(documents))
    for too_much in _too_much(here):
        if refusal(who, [too_much]) is None:
            return Verdict(
                False,
                f"{here.role_name} may {too_much.action} on {too_much.resource}",
                "No job needs that. Name actions and prefixes: put_role_policy replaces it.",
            )
    if refused := refusal(who, _needed(here)):
        return Verdict(
            False,
            f"{here.role_name} may not {refused.need.action} on {refused.need.resource}",
            "The job needs it.",
        )
    proofs = [job for job in _closed(account) if "-proof-" in job["TrainingJobName"]]
    if not proofs:
        hint = "Run starter.py once more, now that all is shut."
        return Verdict(False, "No job has shown yet that it is enough", hint)
    shown = _job(account, proofs[0])
    if not shown.passed:
        return shown
    saw = f"{here.role_name}: what the job needs and nothing else; {proofs[0]['TrainingJobName']}"
    return Verdict(True, f"{saw} has completed with it")


def _needed(here: Estate) -> list[Need]:
    """What the closed job does by its role."""
    log = need.to_log(
        "/aws/sagemaker/TrainingJobs", f"{here.account.prefix}-proof/algo-1", here.where
    )
    return [
        *need.to_list(here.bucket, here.where),
        *need.to_read(here.bucket, "train/train.csv", here.where),
        *need.to_write(here.bucket, "output/job/output/model.tar.gz", here.where),
        *log,
        *need.to_measure(),
        *need.to_pull(here.image, here.where),
        *need.to_join(),
    ]


def _too_much(here: Estate) -> Iterator[Need]:
    mine, other = here.bucket, here.account.bucket
    yield from need.to_read(other, "anything", here.where)
    yield from need.to_write(other, "anything", here.where)
    yield from need.to_write(mine, "train/train.csv", here.where)
    yield from need.to_read(mine, "elsewhere.csv", here.where)
    yield from need.to_write(mine, "elsewhere.csv", here.where)
    objects, bucket = (
        f"arn:{here.partition}:s3:::{mine}/train/train.csv",
        f"arn:{here.partition}:s3:::{mine}",
    )
    yield Need("s3:DeleteObject", objects)
    yield Need("s3:PutBucketPolicy", bucket)
    yield Need("s3:DeleteBucket", bucket)
    yield Need("s3:ListAllMyBuckets", "*")
    for action in ("kms:Decrypt", "kms:PutKeyPolicy", "kms:ScheduleKeyDeletion"):
        yield Need(action, here.where.arn("kms", "key/another"))
    yield Need("iam:PassRole", here.role)
    yield Need("sagemaker:CreateTrainingJob", here.where.arn("sagemaker", "training-job/any"))


# The faults


def way_to_s3(account: Account) -> Verdict:
    if wrong := _unrepaired(account, "network"):
        return wrong
    found = Estate(account).network(f"{account.prefix}-fault")
    if found is not None and found.exits:
        saw = f"{found.vpc} has a way out now: {', '.join(found.exits)}"
        return Verdict(False, saw, "S3 alone is to be reached: a gateway endpoint.")
    return _repaired(account, "network", "its VPC has a way to S3, and none out")


def key_lets_role(account: Account) -> Verdict:
    if wrong := _unrepaired(account, "key"):
        return wrong
    here = Estate(account)
    found = here.key(f"alias/{account.prefix}-fault")
    if found is None:
        return Verdict(False, f"alias/{account.prefix}-fault is gone", "Repair the key's policy.")
    role = here.role_called(f"{account.prefix}-fault")
    wrong = _key_policy(here, found, role, ("kms:GenerateDataKey",))
    return wrong or _repaired(account, "key", "its role may use the key")


def bucket_lets_role(account: Account) -> Verdict:
    if wrong := _unrepaired(account, "bucket"):
        return wrong
    here = Estate(account)
    name = f"{account.prefix}-fault-{here.where.account}"
    role = here.role_called(f"{account.prefix}-fault")
    wrong = _bucket_policy(here, name, account.prefix, role, tls=False)
    return wrong or _repaired(account, "bucket", "whoever comes by your endpoint gets in")


def _unrepaired(account: Account, fault: str) -> Verdict | None:
    """What is missing while the fault has not been seen, or its job still fails."""
    tries = _tries(account, fault)
    if not _failed(account, fault):
        return Verdict(
            False,
            f"No job {account.prefix}-fault-{fault} has failed",
            "quizengine lab run fault.py",
        )
    job = tries[0]
    if job["TrainingJobStatus"] != "Completed":
        why = job.get("FailureReason", "it has not ended yet")
        saw = f"{job['TrainingJobName']} is {job['TrainingJobStatus']}: {why}"
        return Verdict(False, saw, "Repair what it names, then run fault.py again.")
    return None


def _repaired(account: Account, fault: str, why: str) -> Verdict:
    return Verdict(True, f"{_tries(account, fault)[0]['TrainingJobName']} has completed: {why}")


def _closed(account: Account) -> list[dict[str, Any]]:
    """The jobs that are to be closed, newest first."""
    return [
        job
        for job in look.training_jobs(account, f"{account.prefix}-")
        if job["TrainingJobName"].startswith(
            (f"{account.prefix}-closed-", f"{account.prefix}-proof-")
        )
    ]


def _tries(account: Account, *faults: str) -> list[dict[str, Any]]:
    """The jobs of the faults (else of all three), newest first."""
    starts = tuple(f"{account.prefix}-fault-{fault}-" for fault in faults or _FAULTS)
    return [
        job
        for job in look.training_jobs(account, f"{account.prefix}-fault-")
        if job["TrainingJobName"].startswith(starts)
    ]


def _failed(account: Account, fault: str) -> bool:
    return any(job["TrainingJobStatus"] == "Failed" for job in _tries(account, fault))


# The door


def door_deployed(account: Account) -> Verdict:
    return door.deployed(Estate(account))


def door_shut(account: Account) -> Verdict:
    return door.shut(Estate(account))
