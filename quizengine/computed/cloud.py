"""What running on AWS takes: cost of an endpoint, saving by spot, shards, a target to scale by."""

from __future__ import annotations

import math
import random
from datetime import date
from fractions import Fraction

from quizengine.computed.drawn import (
    UNUSABLE,
    Choice,
    Drawn,
    Generator,
    around,
    number,
    sound,
)
from quizengine.content import Reference
from quizengine.question import Trap

DAYS = 30


def _endpoint(rng: random.Random) -> Drawn:
    instances = rng.randrange(2, 7)
    price = rng.randrange(20, 180, 5) / 100
    busy = rng.choice((6, 8, 9, 10, 12))
    requests = rng.randrange(20, 400, 10) * 1000
    stem = (
        f"A real-time endpoint runs on {instances} instances at ${price:.2f} an hour each, day and "
        f"night. It gets {requests:,} requests a day, all of them within {busy} hours. Ignore what "
        "is charged for data and storage.\n\n"
        f"What do the instances cost in a month of {DAYS} days?"
    )
    key = Choice(
        f"${number(instances * price * 24 * DAYS, 2)}",
        f"{instances} x ${price:.2f} x 24 x {DAYS} = ${number(instances * price * 24 * DAYS, 2)}: "
        "instances are paid for while they run, whether "
        "requests come or not.",
    )
    wrong = (
        Choice(
            f"${number(instances * price * busy * DAYS, 2)}",
            f"This pays for the {busy} busy hours alone; the instances run all day.",
            "constraint",
        ),
        Choice(
            f"${number(instances * price * (24 + busy) * DAYS, 2)}",
            "This pays for the busy hours twice; an hour costs the same whatever comes in it.",
            "elsewhere",
        ),
        Choice(
            f"${number(price * 24 * DAYS, 2)}",
            f"This is one instance's cost for the month; the endpoint has {instances}.",
            "constraint",
        ),
        Choice(
            f"${number((instances + 1) * price * 24 * DAYS, 2)}",
            "This adds an instance in front that spreads the requests; none is charged for.",
            "elsewhere",
        ),
        Choice(
            f"${number(instances * price * (24 - busy) * DAYS, 2)}",
            "This charges for the quiet hours alone; the busy hours are billed too.",
            "elsewhere",
        ),
    )
    return Drawn(stem, "day and night", key, tuple(rng.sample(wrong, len(wrong))))


def saving(billable_s: int, training_s: int) -> float:
    """Percent saved by managed spot training: (1 - billable / training) x 100."""
    return (1 - billable_s / training_s) * 100


def _spot(rng: random.Random) -> Drawn:
    training = rng.randrange(1800, 20000)
    billable = rng.randrange(training * 35 // 100, training * 80 // 100)
    waited = rng.randrange(300, 3000, 60)
    stem = (
        f"A job with managed spot training first waited {waited:,} seconds for capacity. It has "
        f"ended, and `DescribeTrainingJob` shows `TrainingTimeInSeconds` {training} and "
        f"`BillableTimeInSeconds` {billable}.\n\n"
        "Which saving does SageMaker report, in percent of the training time?"
    )
    right = Fraction(training - billable, training)
    found: dict[Fraction, tuple[str, Trap]] = {
        Fraction(billable, training): (
            "This is the part that was billed; what was saved is the rest of it.",
            "elsewhere",
        ),
        Fraction(training - billable, billable): (
            "This compares with the billed time; the saving is a part of the whole training time.",
            "elsewhere",
        ),
        1 - Fraction(billable, training + waited): (
            "This counts the waiting as training; no instance runs for a job that waits.",
            "constraint",
        ),
        1 - Fraction(billable + waited, training): (
            "This bills the waiting; no instance runs for a job that waits.",
            "constraint",
        ),
    }
    found.pop(right, None)
    possible = [value for value in found if Fraction(3, 100) < value < 1]
    if not sound([100 * value for value in (right, *possible)], 1, 1.0):
        return UNUSABLE
    key = Choice(
        f"{float(100 * right):.1f}%",
        f"1 - {billable} / {training} = {float(100 * right):.1f}%: the part of the training time "
        "that was not billed.",
    )
    wrong = {
        float(value): Choice(f"{float(100 * value):.1f}%", *found[value]) for value in possible
    }
    decides = f"`TrainingTimeInSeconds` {training} and `BillableTimeInSeconds` {billable}"
    return Drawn(stem, decides, key, around(rng, float(right), wrong))


def shards(records: int, megabytes: float, readers: int) -> tuple[int, int, int]:
    """What records a second (1,000 a shard), MB a second in (1) and MB a second out (2, shared by
    readers that poll) each ask for. A stream needs the largest."""
    return (
        math.ceil(records / 1000),
        math.ceil(megabytes),
        math.ceil(megabytes * readers / 2),
    )


def _shards(rng: random.Random) -> Drawn:
    readers = rng.randrange(1, 6)
    records = rng.randrange(1500, 16000, 500)
    megabytes = rng.randrange(15, 120, 5) / 10
    by_records, by_input, by_output = shards(records, megabytes, readers)
    needed = max(by_records, by_input, by_output)
    binary = max(shards(records, megabytes / 1.048576, readers))  # MB as 2^20 bytes
    # Some pages name 2,000 records read per second and shard too; whoever counts them shall find
    # the same number. So shall whoever takes an MB for 2^20 bytes.
    if binary != needed or records * readers > 2000 * needed:
        return UNUSABLE
    who = ("One consumer", "Each of two consumers", "Each of three consumers",
           "Each of four consumers", "Each of five consumers")[readers - 1]  # fmt: skip
    stem = (
        f"A provisioned Kinesis data stream takes in {records:,} records per second, "
        f"{megabytes:.1f} MB per second in all, spread evenly over the shards. {who} reads every "
        "record with `GetRecords`, without enhanced fan-out.\n\n"
        "How many shards does the stream need at least?"
    )
    limits = {
        by_records: f"{records:,} records at 1,000 per second per shard require {by_records}",
        by_input: f"{megabytes:.1f} MB in at 1 MB per second per shard require {by_input}",
        by_output: f"{megabytes * readers:.1f} MB out at 2 MB per second per shard, which "
        f"consumers without fan-out share, require {by_output}",
    }
    key = Choice(f"{needed}", f"{limits[needed]}; that is the largest of the three limits.")
    wrong = [
        Choice(f"{least}", f"{told}, but another limit requires more.", "constraint")
        for least, told in limits.items()
        if least != needed
    ]
    wrong += [
        Choice(
            f"{by_records + by_input}",
            "This adds up two limits; they hold side by side, and the largest decides.",
            "elsewhere",
        ),
        Choice(
            f"{math.ceil(megabytes * readers)}",
            "This gives each shard 1 MB per second for reading as well; it has 2 MB.",
            "elsewhere",
        ),
        Choice(
            f"{needed + readers}",
            "This adds a shard for each consumer; consumers without fan-out share those there are.",
            "elsewhere",
        ),
    ]
    if len(limits) < 3:
        return UNUSABLE
    return Drawn(stem, "without enhanced fan-out", key, tuple(rng.sample(wrong, len(wrong))))


def _target(rng: random.Random) -> Drawn:
    rate = rng.randrange(10, 260, 5)
    tenths = rng.choice((6, 7, 8, 9))
    factor = tenths / 10
    if rate * tenths % 10:
        return UNUSABLE
    per_second = rate * tenths // 10
    stem = (
        f"A load test shows that one instance of an endpoint serves {rate} requests per second "
        "within the latency limit. A target-tracking policy on "
        "`SageMakerVariantInvocationsPerInstance` should add instances before that limit is "
        f"reached, so the team applies a safety factor of {factor} to this rate.\n\n"
        "Which target value does the policy need?"
    )
    key = Choice(
        number(per_second * 60),
        f"{rate} x {factor} x 60 = {number(per_second * 60)}: the metric counts invocations per "
        "instance per minute, and the factor leaves time to add instances.",
    )
    wrong = (
        Choice(
            number(rate * 60),
            "This is the full rate of the test: instances are added after latency has suffered.",
            "constraint",
        ),
        Choice(
            number(per_second),
            "This is a rate per second; the metric counts a minute, so it would scale out at once.",
            "elsewhere",
        ),
        Choice(
            number((rate - per_second) * 60),
            "This takes the factor for the reserve; it is the part of the rate that is used.",
            "constraint",
        ),
        Choice(
            number(round(rate * 600 / tenths)),
            "This divides by the factor: the policy would wait for more than an instance can do.",
            "elsewhere",
        ),
        Choice(
            number(per_second * 3600),
            "This is a rate per hour; the metric counts a minute, so no instance would be added.",
            "elsewhere",
        ),
    )
    decides = f"a safety factor of {factor}"
    return Drawn(stem, decides, key, tuple(rng.sample(wrong, len(wrong))))


_DAY = date(2026, 11, 21)
_DELETE = Reference(
    title="Delete endpoints and resources, SageMaker AI developer guide",
    url="https://docs.aws.amazon.com/sagemaker/latest/dg/realtime-endpoints-delete-resources.html",
    as_of="unknown",
)
_COST = Reference(
    title="Inference cost optimization best practices, SageMaker AI developer guide",
    url="https://docs.aws.amazon.com/sagemaker/latest/dg/inference-cost-optimization.html",
    as_of="unknown",
)
_JOB = Reference(
    title="DescribeTrainingJob, SageMaker API reference",
    url="https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_DescribeTrainingJob.html",
    as_of="unknown",
)
_STREAM = Reference(
    title="CreateStream, Kinesis Data Streams API reference",
    url="https://docs.aws.amazon.com/kinesis/latest/APIReference/API_CreateStream.html",
    as_of=date(2026, 11, 17),
)
_LIMITS = Reference(
    title="Quotas and limits, Kinesis Data Streams developer guide",
    url="https://docs.aws.amazon.com/streams/latest/dev/service-sizes-and-limits.html",
    as_of="unknown",
)
_LOAD = Reference(
    title="Load testing your auto scaling configuration, SageMaker AI developer guide",
    url="https://docs.aws.amazon.com/sagemaker/latest/dg/endpoint-scaling-loadtest.html",
    as_of="unknown",
)
GENERATORS = (
    Generator(
        "cost-of-an-endpoint", "The monthly cost of an endpoint",
        ("operations/monitoring-and-cost",),
        {"mls-c01": "4.1", "mla-c01": "4.2", "mla-c02": "4.2"},
        ("fleet-cost-not-hourly-price",), "easy", _DAY, (_DELETE, _COST), _endpoint,
    ),
    Generator(
        "saving-by-spot", "What managed spot training saved",
        ("training/compute",), {"mls-c01": "3.3", "mla-c01": "2.2", "mla-c02": "2.2"},
        ("managed-spot-time-limits",), "easy", _DAY, (_JOB,), _spot,
    ),
    Generator(
        "shards-of-a-stream", "The shards of a Kinesis data stream",
        ("ingestion/streaming",), {"mls-c01": "1.2", "mla-c01": "1.1", "mla-c02": "1.1"},
        ("kinesis-shard-count",), "medium", _DAY, (_STREAM, _LIMITS), _shards,
    ),
    Generator(
        "target-to-scale-by", "The target of an endpoint's scaling policy",
        ("operations/scaling-and-availability",),
        {"mls-c01": "4.1", "mla-c01": "3.2", "mla-c02": "3.2"},
        ("invocations-per-instance-target",), "medium", _DAY, (_LOAD,), _target,
    ),
)  # fmt: skip
