"""Whatever goes wrong while a lab is done on an account, `lab clean` then leaves nothing there.

`make test` tries a few faults, chosen by SEED; `make faults` tries all of them, over all labs and
both kinds of solutions.
"""

from __future__ import annotations

import os
import random
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import TypeAlias

import pytest

from labs.runner import catalogue
from tests.labs.aws.faults.ground import held
from tests.labs.aws.faults.injected import Fault, How, Skew, Storm, When
from tests.labs.aws.faults.runs import Learner, Make

AnyFault: TypeAlias = Fault | Storm | Skew

ALL = os.environ.get("QUIZENGINE_FAULTS") == "all"
SEED = int(os.environ.get("QUIZENGINE_SEED", "20261121"))
LABS = [slug for slug in catalogue.slugs() if "aws" in catalogue.load(slug).targets]
QUICK = ["batch_and_endpoints", "deploy_endpoint", "train_xgboost"]  # which train little

# What no clean can take away, and costs nothing.
STAYS = re.compile(
    r"cloudwatch/.*\.metric_data/"  # what was measured: AWS keeps it, and deletes it by itself
    r"|logs/[^/]*\.groups//aws/sagemaker/TransformJobs$"  # of all such jobs of the region, empty
    r"|application-autoscaling/[^/]*\.targets/sagemaker:variant:DesiredInstanceCount$"  # moto's
    r"|iam/aws\.access_keys/ASIA|sts/aws\.assumed_roles/"  # sessions: they expire
    r"|plane/[^/]*/transforms\.|sagemaker/[^/]*\.transform_jobs/"  # ended: AWS deletes none
)


def survived(learner: Learner, kind: str, fault: AnyFault | None) -> list[str]:
    """What is wrong after a run with this fault, and a clean; nothing if all is as it must be."""
    ground, injector = learner.ground, learner.ground.injector
    before = held(ground)
    injector.arm(fault)
    ran = learner.solves(kind)
    struck, calls = injector.struck, len(injector.calls)
    injector.disarm()
    cleaned = learner.cleans()
    running = ground.client("sagemaker").list_transform_jobs(StatusEquals="InProgress")
    assert ground.plane.settle()
    after = held(ground)
    wrong = [f"left: {each}" for each in sorted(after - before) if not STAYS.match(each)]
    wrong += [f"somebody else's: {each}" for each in sorted(before - after)]
    wrong += [f"open: {each.undo or each.call}" for each in learner.journal.read().open]
    wrong += [f"runs: {each['TransformJobName']}" for each in running["TransformJobSummaries"]]
    if cleaned.code:
        wrong.append(f"clean left with {cleaned.code}: {cleaned.said[-1500:]}")
    if "Traceback" in cleaned.said:
        wrong.append(f"clean broke: {cleaned.said[-1500:]}")
    if fault is None and ran.code:
        wrong.append(f"nothing was wrong, and yet: {ran.code}: {ran.said[-1500:]}")
    if fault is not None and not struck:
        wrong.append(f"the fault never struck, in {calls} calls: {ran.said[-800:]}")
    if wrong:
        wrong.insert(0, f"{learner.lab.slug} ({kind}), {fault or 'no fault'}, seed {SEED}:")
    return wrong


# The sample


def sample() -> list[tuple[str, AnyFault]]:
    """One fault of each kind, at labs and calls that the seed chooses."""
    dice = random.Random(SEED)
    when: When = dice.choice(("before", "after"))
    makes, slug = dice.choice(
        (
            ("CreateTrainingJob", "train_xgboost"),
            ("CreateModel", "deploy_endpoint"),
            ("CreateSchedule", "deploy_endpoint"),
            ("CreateEndpoint", "deploy_endpoint"),
            ("CreateTransformJob", "batch_and_endpoints"),
        )
    )
    slow = [slug for slug in LABS if slug not in QUICK]
    return [
        (dice.choice(QUICK), Fault(dice.randint(1, 8), "before", dice.choice(("500", "cut")))),
        (dice.choice(QUICK), Fault(dice.randint(1, 8), "after", dice.choice(("500", "cut")))),
        (dice.choice(QUICK), Fault(dice.randint(1, 8), "after", "cut", once=True)),
        (slug, Fault(1, when, "kill", makes)),
        (dice.choice(slow), Fault(dice.randint(1, 3), "after", "kill")),
        (dice.choice(QUICK), dice.choice((Storm(2), Skew(dice.randint(1, 6))))),
    ]


@pytest.mark.parametrize(("slug", "fault"), sample(), ids=str)
@pytest.mark.xdist_group("faults")
def test_a_fault_leaves_nothing_that_a_clean_does_not_take_down(
    learner: Make, slug: str, fault: AnyFault
) -> None:
    wrong = survived(learner(slug), "boto3", fault)
    assert not wrong, "\n".join(wrong)


# All of them: hours, so they are collected for `make faults` alone


def faults_of(operations: Iterable[str]) -> Iterator[AnyFault]:
    """All faults of a run that made these calls."""
    calls = list(operations)
    whens: tuple[When, ...] = ("before", "after")
    hows: tuple[How, ...] = ("500", "cut")
    for at in range(1, len(calls) + 1):
        for when in whens:
            for how in hows:
                yield Fault(at, when, how)
        yield Fault(at, "after", hows[at % 2], once=True)
    for operation in sorted(Counter(calls)):
        if operation.startswith(("Create", "Put", "Register")):
            for when in whens:
                yield Fault(1, when, "kill", operation)
    yield Storm(2)
    yield Storm(3)
    yield from (Skew(at) for at in range(1, len(calls) + 1, 3))


@pytest.mark.timeout(0)
@pytest.mark.parametrize("kind", ["boto3", "sdk"])
@pytest.mark.parametrize("slug", LABS)
def test_every_fault_leaves_nothing_that_a_clean_does_not_take_down(
    learner: Make, slug: str, kind: str
) -> None:
    me = learner(slug)
    wrong = survived(me, kind, None)
    me.ground.injector.arm(None)
    assert me.solves(kind).code == 0
    calls = [each.operation for each in me.ground.injector.calls]
    assert me.cleans().code == 0
    for fault in faults_of(calls):
        found = survived(me, kind, fault)
        print(f"{slug} {kind} {fault}:", "; ".join(found) or "nothing is left", flush=True)
        wrong += found
    assert not wrong, "\n".join(wrong)


if ALL:
    del test_a_fault_leaves_nothing_that_a_clean_does_not_take_down
else:
    del test_every_fault_leaves_nothing_that_a_clean_does_not_take_down
