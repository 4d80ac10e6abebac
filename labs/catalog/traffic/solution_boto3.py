"""A solution with boto3: every call of the API in the open."""

import math
from collections import Counter
from statistics import NormalDist

import boto3
import fault
import numpy as np
from jobs import BUCKET, PREFIX
from ready import ask, captured, deploy, keep_rows, kept_rows, models, report, show_test, weights
from visitors import arm, as_csv, bought, earlier, equal_tests, visitors

sagemaker = boto3.client("sagemaker")


def size(base, least):
    """The usual formula for two shares (Fleiss, without his correction)."""
    one, other = base, base + least
    middle = (one + other) / 2
    level, power = NormalDist().inv_cdf(0.975), NormalDist().inv_cdf(0.8)
    spread = level * math.sqrt(2 * middle * (1 - middle))
    spread += power * math.sqrt(one * (1 - one) + other * (1 - other))
    return math.ceil((spread / least) ** 2)


def variant(name, model, weight):
    return {
        "VariantName": name,
        "ModelName": f"{PREFIX}-{model}",
        "InstanceType": "ml.m5.large",
        "InitialInstanceCount": 1,
        "InitialVariantWeight": weight,
    }


def shadow(rows):
    deploy(
        "shadow",
        ProductionVariants=[variant("A", "a", 1)],
        ShadowProductionVariants=[variant("Shadow", "b", 1)],
        DataCaptureConfig={
            "EnableCapture": True,
            "InitialSamplingPercentage": 100,
            "DestinationS3Uri": f"s3://{BUCKET}/{PREFIX}/captured",
            "CaptureOptions": [{"CaptureMode": "Input"}, {"CaptureMode": "Output"}],
            "CaptureContentTypeHeader": {"CsvContentTypes": ["text/csv"]},
        },
    )
    heard = {as_csv([row]).decode().strip(): ask(row) for row in rows}
    print("answered by", {name for name, _ in heard.values()})
    copied = captured("Shadow", rows)
    other = [line for line in copied if (copied[line] >= 0.5) != (heard[line][1] >= 0.5)]
    told = {"asked": len(heard), "copied": len(copied), "other_banner": len(other)}
    report("shadow", told)


def shares(rows):
    deploy("ab", ProductionVariants=[variant("A", "a", 9), variant("B", "b", 1)])
    by_weight = Counter(ask(row)[0] for row in rows)
    same = {ask(rows[0])[0] for _ in range(50)}
    print("one visitor, asked fifty times, was answered by", sorted(same))
    weigh(A=1, B=1)
    report("shares", {"by_weight": dict(by_weight), "then": weights()})


def weigh(**desired):
    """Other weights on the endpoint as it runs; its configuration stays as it is."""
    sagemaker.update_endpoint_weights_and_capacities(
        EndpointName=PREFIX,
        DesiredWeightsAndCapacities=[
            {"VariantName": name, "DesiredWeight": weight} for name, weight in desired.items()
        ],
    )


def test(rows):
    found = []
    for number, row in enumerate(rows):
        name, score = ask(row, TargetVariant=arm(number))
        found.append((number, name, score, int(bought(number, score))))
    keep_rows(found)
    return found


def compare(rows):
    arms = {letter: [row[3] for row in rows if row[1] == letter] for letter in "AB"}
    (a, met_a), (b, met_b) = ((sum(each) / len(each), len(each)) for each in arms.values())
    error = math.sqrt(a * (1 - a) / met_a + b * (1 - b) / met_b)
    reach = NormalDist().inv_cdf(0.975) * error
    return {
        "a": a,
        "b": b,
        "difference": b - a,
        "low": b - a - reach,
        "high": b - a + reach,
        "p": fault.p_value(rows),
    }


def peek(tests):
    met = 50 * np.arange(1, tests.shape[2] + 1)
    share = tests.sum(axis=1) / (2 * met)
    error = np.sqrt(share * (1 - share) * 2 / met)
    alarms = np.abs(tests[:, 1] - tests[:, 0]) / met > NormalDist().inv_cdf(0.975) * error
    return {"once": float(alarms[:, -1].mean()), "at_any_look": float(alarms.any(axis=1).mean())}


def repair(rows):
    """The fault: it looks after every hundred visitors, and stops at the first small p."""
    report("verdict", fault.verdict(rows))
    told = {"winner": fault.winner(rows), "visitors": len(rows), "p": fault.p_value(rows)}
    report("verdict", told)


def roll_out(rows):
    weigh(A=0, B=1)
    now = weights()
    answered = Counter(ask(row)[0] for row in rows)
    report("rolled-out", {"weights": now, "answered": dict(answered)})


if __name__ == "__main__":
    report("plan", {"per_arm": size(0.16, 0.06)})
    models()
    shadow(earlier())
    shares(earlier())
    rows = test(visitors())
    show_test(rows)
    report("compared", compare(rows))
    report("peeking", peek(equal_tests()))
    repair(kept_rows())
    roll_out(earlier()[:20])
    sagemaker.delete_endpoint(EndpointName=PREFIX)
    sagemaker.get_waiter("endpoint_deleted").wait(EndpointName=PREFIX)
