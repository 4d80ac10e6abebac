"""A solution with boto3: every call of the API in the open."""

import time

import boto3
import fault
from jobs import BUCKET, IMAGE, PREFIX, ROLE, channel, definition, finished
from payments import tables
from ready import ALARM, MISSED, SETTINGS, draw, is_scored, keep, labels, report, scores, upload

sagemaker = boto3.client("sagemaker")


def expect():
    return {
        "nothing_is_accurate": True,
        "weight_finds_more": True,
        "weight_is_more_precise": False,
        "roc_above_pr": True,
        "half_is_cheapest": False,
    }


def weight():
    known = tables()[0][:, 0]
    return (len(known) - known.sum()) / known.sum()


def train(kind, **more):
    name = f"{PREFIX}-{kind}-{int(time.time())}"
    sagemaker.create_training_job(
        TrainingJobName=name,
        HyperParameters=SETTINGS | more,
        **definition(channel("train", "train"), channel("validation", "validation")),
    )
    finished(name)
    return name


def score(kind, job):
    found = sagemaker.describe_training_job(TrainingJobName=job)
    archive = found["ModelArtifacts"]["S3ModelArtifacts"]
    sagemaker.create_model(
        ModelName=job,
        PrimaryContainer={"Image": IMAGE, "ModelDataUrl": archive},
        ExecutionRoleArn=ROLE,
    )
    source = {"S3DataType": "S3Prefix", "S3Uri": f"s3://{BUCKET}/{PREFIX}/asked/"}
    sagemaker.create_transform_job(
        TransformJobName=job,
        ModelName=job,
        BatchStrategy="MultiRecord",
        TransformInput={
            "DataSource": {"S3DataSource": source},
            "ContentType": "text/csv",
            "SplitType": "Line",
        },
        TransformOutput={
            "S3OutputPath": f"s3://{BUCKET}/{PREFIX}/scores/{kind}/",
            "Accept": "text/csv",
            "AssembleWith": "Line",
        },
        TransformResources={"InstanceType": "ml.m5.large", "InstanceCount": 1},
    )
    while True:
        found = sagemaker.describe_transform_job(TransformJobName=job)
        if found["TransformJobStatus"] == "Completed":
            return
        if found["TransformJobStatus"] in ("Failed", "Stopped"):
            raise SystemExit(found.get("FailureReason"))
        time.sleep(0.5)


def confusion(told, truth, threshold):
    tp = fp = fn = tn = 0
    for one, is_fraud in zip(told, truth, strict=True):
        if one >= threshold:
            tp, fp = tp + is_fraud, fp + 1 - is_fraud
        else:
            fn, tn = fn + is_fraud, tn + 1 - is_fraud
    return tp, fp, fn, tn


def metrics(tp, fp, fn, tn):
    precision = tp / (tp + fp) if tp + fp else 0.0
    recall = tp / (tp + fn)

    def f(beta):
        below = beta**2 * precision + recall
        return (1 + beta**2) * precision * recall / below if below else 0.0

    return {
        "tp": tp,
        "fp": fp,
        "fn": fn,
        "tn": tn,
        "accuracy": (tp + tn) / (tp + fp + fn + tn),
        "precision": precision,
        "recall": recall,
        "f1": f(1),
        "f2": f(2),
    }


def count():
    truth = labels("validation")
    told = {kind: scores(kind, "validation") for kind in ("plain", "weighted")}
    nothing = {"accuracy": truth.count(0) / len(truth)}
    both = {kind: metrics(*confusion(each, truth, 0.5)) for kind, each in told.items()}
    report("half", nothing=nothing, **both)


def areas(told, truth):
    frauds = [one for one, is_fraud in zip(told, truth, strict=True) if is_fraud]
    others = [one for one, is_fraud in zip(told, truth, strict=True) if not is_fraud]
    above = sum((a > b) + (a == b) / 2 for a in frauds for b in others)
    precise = [metrics(*confusion(told, truth, each))["precision"] for each in frauds]
    return {"roc": above / len(frauds) / len(others), "pr": sum(precise) / len(precise)}


def rank():
    truth = labels("validation")
    report("areas", **{kind: areas(scores(kind, "validation"), truth) for kind in KINDS})


KINDS = ("plain", "weighted")


def cost(tp, fp, fn, tn):
    return MISSED * fn + ALARM * fp


def cheapest(kind):
    """(cost, threshold, kind) of the threshold that costs least on the validation rows."""
    told, truth = scores(kind, "validation"), labels("validation")
    rows = sorted(zip(told, truth, strict=True), reverse=True)
    fp, fn = 0, sum(truth)
    best = (MISSED * fn, 1.1, kind)
    for place, (one, is_fraud) in enumerate(rows):  # flag one after the other
        fp, fn = fp + 1 - is_fraud, fn - is_fraud
        is_last_of_its_score = place + 1 == len(rows) or rows[place + 1][0] < one
        if is_last_of_its_score:
            best = min(best, (MISSED * fn + ALARM * fp, one, kind))
    return best


def choose():
    lowest, threshold, kind = min(cheapest(kind) for kind in KINDS)
    tested = confusion(scores(kind, "test"), labels("test"), threshold)
    report(
        "decision",
        model=kind,
        threshold=threshold,
        validation_cost=lowest,
        test_cost=cost(*tested),
    )
    came = cost(*confusion(scores(kind, "later"), labels("later"), threshold))
    print(f"Per 1,000 payments: test {cost(*tested) / 4:.0f}, later {came / 20:.0f} EUR")


def repair():
    """The fault: it maximises accuracy, and it chooses on the rows on which it promises."""
    fault.main()
    fault.choose = lambda: min(
        fault.THRESHOLDS, key=lambda threshold: fault.cost("validation", threshold)
    )
    fault.main()


if __name__ == "__main__":
    keep(expect())
    upload()
    if not is_scored("plain"):
        score("plain", train("plain"))
    if not is_scored("weighted"):
        score("weighted", train("weighted", scale_pos_weight=f"{weight():.4f}"))
    count()
    draw(confusion)
    rank()
    choose()
    repair()
