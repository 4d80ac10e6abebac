"""A solution with the SageMaker Python SDK, version 3: resources as objects."""

import math
import time
from collections import Counter
from statistics import NormalDist

import boto3
import fault
import numpy as np
from botocore.exceptions import ClientError
from jobs import BUCKET, PREFIX
from ready import captured, keep_rows, kept_rows, models, report, show_test
from sagemaker.core.resources import Endpoint, EndpointConfig
from sagemaker.core.shapes import (
    CaptureContentTypeHeader,
    CaptureOption,
    DataCaptureConfig,
    ProductionVariant,
)
from visitors import arm, as_csv, bought, earlier, equal_tests, visitors


def size(base, least):
    """The usual formula for two shares (Fleiss, without his correction)."""
    one, other = base, base + least
    middle = (one + other) / 2
    level, power = NormalDist().inv_cdf(0.975), NormalDist().inv_cdf(0.8)
    spread = level * math.sqrt(2 * middle * (1 - middle))
    spread += power * math.sqrt(one * (1 - one) + other * (1 - other))
    return math.ceil((spread / least) ** 2)


def variant(name, model, weight):
    return ProductionVariant(
        variant_name=name,
        model_name=f"{PREFIX}-{model}",
        instance_type="ml.m5.large",
        initial_instance_count=1,
        initial_variant_weight=weight,
    )


def deploy(what, variants, **more):
    name = f"{PREFIX}-{what}-{int(time.time() * 1000)}"
    EndpointConfig.create(endpoint_config_name=name, production_variants=variants, **more)
    try:
        endpoint = Endpoint.get(PREFIX)
    except ClientError:
        endpoint = Endpoint.create(endpoint_name=PREFIX, endpoint_config_name=name)
    else:
        endpoint.endpoint_config_name = name
        endpoint.update()
    endpoint.wait_for_status("InService")
    return endpoint


def ask(endpoint, row, **more):
    answer = endpoint.invoke(body=as_csv([row]), content_type="text/csv", accept="text/csv", **more)
    return answer.invoked_production_variant, float(answer.body.read())


def shadow(rows):
    endpoint = deploy(
        "shadow",
        [variant("A", "a", 1)],
        shadow_production_variants=[variant("Shadow", "b", 1)],
        data_capture_config=DataCaptureConfig(
            enable_capture=True,
            initial_sampling_percentage=100,
            destination_s3_uri=f"s3://{BUCKET}/{PREFIX}/captured",
            capture_options=[CaptureOption(capture_mode=mode) for mode in ("Input", "Output")],
            capture_content_type_header=CaptureContentTypeHeader(csv_content_types=["text/csv"]),
        ),
    )
    heard = {as_csv([row]).decode().strip(): ask(endpoint, row) for row in rows}
    print("answered by", {name for name, _ in heard.values()})
    copied = captured("Shadow", rows)
    other = [line for line in copied if (copied[line] >= 0.5) != (heard[line][1] >= 0.5)]
    told = {"asked": len(heard), "copied": len(copied), "other_banner": len(other)}
    report("shadow", told)


def shares(rows):
    endpoint = deploy("ab", [variant("A", "a", 9), variant("B", "b", 1)])
    by_weight = Counter(ask(endpoint, row)[0] for row in rows)
    same = {ask(endpoint, rows[0])[0] for _ in range(50)}
    print("one visitor, asked fifty times, was answered by", sorted(same))
    weigh(endpoint, A=1, B=1)
    report("shares", {"by_weight": dict(by_weight), "then": weights(endpoint)})
    return endpoint


def weigh(endpoint, **desired):
    """Other weights on the endpoint as it runs; its configuration stays as it is. Not by
    endpoint.update_weights_and_capacities(): the SDK (3.27) leaves out a weight of 0."""
    boto3.client("sagemaker").update_endpoint_weights_and_capacities(
        EndpointName=PREFIX,
        DesiredWeightsAndCapacities=[
            {"VariantName": name, "DesiredWeight": weight} for name, weight in desired.items()
        ],
    )
    endpoint.wait_for_status("InService")


def weights(endpoint):
    endpoint.refresh()
    return {each.variant_name: each.current_weight for each in endpoint.production_variants}


def test(endpoint, rows):
    found = []
    for number, row in enumerate(rows):
        name, score = ask(endpoint, row, target_variant=arm(number))
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


def roll_out(endpoint, rows):
    weigh(endpoint, A=0, B=1)
    now = weights(endpoint)
    answered = Counter(ask(endpoint, row)[0] for row in rows)
    report("rolled-out", {"weights": now, "answered": dict(answered)})


if __name__ == "__main__":
    report("plan", {"per_arm": size(0.16, 0.06)})
    models()
    shadow(earlier())
    endpoint = shares(earlier())
    rows = test(endpoint, visitors())
    show_test(rows)
    report("compared", compare(rows))
    report("peeking", peek(equal_tests()))
    repair(kept_rows())
    roll_out(endpoint, earlier()[:20])
    endpoint.delete()
    endpoint.wait_for_delete()
