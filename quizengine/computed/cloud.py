"""What running on AWS takes: cost of an endpoint, saving by spot, shards, a target to scale by."""

from __future__ import annotations

import math
import random
from datetime import date

from quizengine.computed.drawn import Choice, Drawn, Generator, number
from quizengine.content import Reference

DAYS = 30


def _endpoint(rng: random.Random) -> Drawn:
    instances = rng.randrange(2, 7)
    price = rng.randrange(20, 180, 5) / 100
    busy = rng.choice((6, 8, 9, 10, 12))
    requests = rng.randrange(20, 400, 10) * 1000
    stem = (
        f"A real-time endpoint runs on {instances} instances at ${price:.2f} an hour each, day and "
        f"night. It gets {requests:,} requests a day, all of them within {busy} hours. Data "
        f"transfer and storage are left out.\n\nWhat does the endpoint cost in a month of {DAYS} "
        "days?"
    )
    total = instances * price * 24 * DAYS
    key = Choice(
        f"${number(total, 2)}",
        f"{instances} x ${price:.2f} x 24 x {DAYS}: instances are paid for while they run, whether "
        "requests come or not.",
    )
    wrong = (
        Choice(
            f"${number(instances * price * busy * DAYS, 2)}",
            f"This pays for the {busy} busy hours alone; the instances run all day.",
            "constraint",
        ),
        Choice(
            f"${number(price * 24 * DAYS, 2)}",
            f"This is the month of one instance; the endpoint has {instances}.",
            "constraint",
        ),
        Choice(
            f"${number(instances * price * 24, 2)}",
            "This is the cost of a day; the question is about the month.",
            "stage",
        ),
        Choice(
            f"${number(instances * price * (24 - busy) * DAYS, 2)}",
            "This pays for the quiet hours alone, as if requests were free of charge by the hour.",
            "elsewhere",
        ),
    )
    return Drawn(stem, "day and night", key, (wrong[0], *rng.sample(wrong[1:], 3)))


def saving(billable_s: int, training_s: int) -> float:
    """Percent saved by managed spot training: (1 - billable / training) x 100."""
    return (1 - billable_s / training_s) * 100


def _spot(rng: random.Random) -> Drawn:
    training = rng.randrange(1800, 20000, 100)
    billable = training * rng.randrange(50, 80) // 100
    waited = rng.randrange(300, 3000, 60)
    stem = (
        "A training job with managed spot training has ended. `DescribeTrainingJob` shows "
        f"`TrainingTimeInSeconds` {training} and `BillableTimeInSeconds` {billable}; before that "
        f"the job had waited {waited} seconds for capacity.\n\n"
        "How much did spot capacity save, as SageMaker reports it?"
    )
    key = Choice(
        f"{saving(billable, training):.1f}%",
        f"1 - {billable} / {training}: the part of the training time that was not billed.",
    )
    wrong = (
        Choice(
            f"{100 * billable / training:.1f}%",
            "This is the part that was billed; what was saved is the rest of it.",
            "elsewhere",
        ),
        Choice(
            f"{100 * (training / billable - 1):.1f}%",
            "This compares with the billed time; a saving is a part of the whole training time.",
            "elsewhere",
        ),
        Choice(
            f"{100 * (1 - billable / (training + waited)):.1f}%",
            "This counts the waiting as training; no instance ran then, on demand either.",
            "constraint",
        ),
        Choice(
            f"{100 * (1 - (billable + waited) / training):.1f}%",
            "This bills the waiting; no instance ran for the job at that time.",
            "constraint",
        ),
    )
    usable = billable + waited < training < 2 * billable  # no option of 100% and more
    return Drawn(
        stem,
        f"`TrainingTimeInSeconds` {training} and `BillableTimeInSeconds` {billable}",
        key,
        tuple(rng.sample(wrong, len(wrong))) if usable else (),
    )


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
    who = "one consumer polls" if readers == 1 else f"{readers} consumers poll"
    stem = (
        f"A provisioned Kinesis data stream takes in {records:,} records a second, {megabytes:.1f} "
        f"MB a second in all, spread evenly over the keys. {who.capitalize()} every record with "
        "`GetRecords`, without enhanced fan-out.\n\nHow many shards does the stream need at least?"
    )
    limits = {
        by_records: f"{records:,} records at 1,000 a second and shard ask for {by_records}",
        by_input: f"{megabytes:.1f} MB in at 1 MB a second and shard ask for {by_input}",
        by_output: f"{megabytes * readers:.1f} MB out at 2 MB a second and shard, which polling "
        f"consumers share, ask for {by_output}",
    }
    key = Choice(
        f"{needed}", f"{limits[needed]}; that is the largest of what the three limits ask for."
    )
    wrong = [
        Choice(f"{least}", f"{told}, but another limit asks for more.", "constraint")
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
            "This gives each shard 1 MB a second for reading as well; it has 2 MB.",
            "elsewhere",
        ),
        Choice(
            f"{needed + readers}",
            "This adds a shard for each consumer; consumers that poll share those there are.",
            "elsewhere",
        ),
    ]
    usable = len(limits) == 3 and by_records + by_input != needed
    chosen = rng.sample(wrong, len(wrong))
    return Drawn(stem, "without enhanced fan-out", key, tuple(chosen) if usable else ())


def _target(rng: random.Random) -> Drawn:
    rate = rng.randrange(10, 150)
    factor = rng.choice((0.5, 0.6, 0.7, 0.8))
    stem = (
        f"A load test shows that one instance of an endpoint serves {rate} requests a second "
        f"within the latency limit. A target-tracking policy on "
        "`SageMakerVariantInvocationsPerInstance` shall add instances in time, with a safety "
        f"factor of {factor}.\n\nWhich target value does the policy need?"
    )
    key = Choice(
        number(rate * factor * 60),
        f"{rate} x {factor} x 60: the metric counts invocations an instance and minute, and the "
        "factor leaves time to add instances.",
    )
    wrong = (
        Choice(
            number(rate * 60),
            "This is the full rate of the test: instances come when the latency is already bad.",
            "constraint",
        ),
        Choice(
            number(rate * factor, 0 if float(rate * factor).is_integer() else 1),
            "This is a rate a second; the metric counts a minute, so it would scale out at once.",
            "elsewhere",
        ),
        Choice(
            number(rate / factor * 60),
            "This divides by the factor: the policy would wait for more than an instance can do.",
            "elsewhere",
        ),
    )
    return Drawn(stem, f"a safety factor of {factor}", key, wrong)


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
        ("kinesis-shard-count",), "medium", _DAY, (_STREAM,), _shards,
    ),
    Generator(
        "target-to-scale-by", "The target of an endpoint's scaling policy",
        ("operations/scaling-and-availability",),
        {"mls-c01": "4.1", "mla-c01": "3.2", "mla-c02": "3.2"},
        ("invocations-per-instance-target",), "medium", _DAY, (_LOAD,), _target,
    ),
)  # fmt: skip
