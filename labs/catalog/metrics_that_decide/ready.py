"""What stands ready for you in this lab: the data, reading scores, reports and pictures."""

import functools
import json
import os
from pathlib import Path

import boto3
from jobs import upload as put
from payments import as_csv, later, tables
from plot import Chart, Line, svg

BUCKET, PREFIX = os.environ["LAB_BUCKET"], os.environ["LAB_PREFIX"]
MISSED, ALARM = 100, 5  # what a fraud that was not flagged costs, and a flag that was none: EUR
# Hyperparameters that both jobs share.
SETTINGS = {
    "objective": "binary:logistic",
    "eta": "0.1",
    "max_depth": "4",
    "num_round": "80",
    "seed": "7",
    "eval_metric": "auc,aucpr",
}

s3 = boto3.client("s3")


@functools.cache
def parts():
    """The rows that are scored, by name."""
    _, validation, test = tables()
    return {"validation": validation, "test": test, "later": later()}


def upload():
    """Rows with labels for training, to {PREFIX}/train/ and /validation/; rows without, one file
    a part, to {PREFIX}/asked/."""
    train, validation, _ = tables()
    put(train=as_csv(train), validation=as_csv(validation))
    for name, rows in parts().items():
        s3.put_object(Bucket=BUCKET, Key=f"{PREFIX}/asked/{name}.csv", Body=as_csv(rows[:, 1:]))


def is_scored(kind):
    """Whether {PREFIX}/scores/{kind}/ has the scores of all parts."""
    found = s3.list_objects_v2(Bucket=BUCKET, Prefix=f"{PREFIX}/scores/{kind}/")
    return found["KeyCount"] >= len(parts())


@functools.cache
def labels(part):
    """1 for fraud, else 0: of the rows of "validation", "test" or "later", in order."""
    return [int(label) for label in parts()[part][:, 0]]


@functools.cache
def scores(kind, part):
    """What the model "plain" or "weighted" says of these rows, in the same order."""
    key = f"{PREFIX}/scores/{kind}/{part}.csv.out"
    try:
        body = s3.get_object(Bucket=BUCKET, Key=key)["Body"].read().decode()
    except s3.exceptions.NoSuchKey:
        raise SystemExit(f"There is no {key} yet: step 2 makes it.") from None
    return [float(line) for line in body.split()]


def keep(expected):
    """Put what you expect into {PREFIX}/forecast.json, once: what is there stays."""
    if open_ones := [name for name, value in expected.items() if value is None]:
        raise SystemExit(f"Step 1 is still to be written: expect() says nothing of {open_ones[0]}.")
    key = f"{PREFIX}/forecast.json"
    if "Contents" in s3.list_objects_v2(Bucket=BUCKET, Prefix=key):
        print("What you expected was kept before, and stays as it was.")
    else:
        s3.put_object(Bucket=BUCKET, Key=key, Body=json.dumps(expected).encode())


def report(name, **told):
    """Put a JSON object into {PREFIX}/{name}.json, and print it."""
    print(f"{name}.json: {json.dumps(told)}")
    s3.put_object(Bucket=BUCKET, Key=f"{PREFIX}/{name}.json", Body=json.dumps(told).encode())


def draw(confusion):
    """pr.svg and cost.svg of both models on the validation rows, by your own confusion()."""
    truth = labels("validation")
    curves, costs = [], []
    for kind in ("plain", "weighted"):
        told = scores(kind, "validation")
        ordered = sorted(told, reverse=True)
        some = [ordered[n] for n in (*range(0, 400, 5), *range(400, len(told), 100))]
        cells = {threshold: confusion(told, truth, threshold) for threshold in some}
        points = [(tp / (tp + fn), tp / (tp + fp)) for tp, fp, fn, _ in cells.values()]
        curves.append(Line(kind, points))
        by_threshold = []
        for threshold in (n / 100 for n in range(1, 100)):
            _, fp, fn, _ = confusion(told, truth, threshold)
            by_threshold.append((threshold, (MISSED * fn + ALARM * fp) * 1000 / len(truth)))
        costs.append(Line(kind, by_threshold))
    share = sum(truth) / len(truth)
    curves.append(Line("flagging at random", [(0, share), (1, share)]))
    said = f"Precision falls as recall rises, from near 1 to {share:.3f}, the share of frauds."
    _write("pr.svg", Chart("Precision and recall", said, "recall", "precision", curves))
    said = "From a lowest point the cost rises to both sides; with weight that lies further right."
    _write("cost.svg", Chart("What it costs", said, "threshold", "EUR per 1,000 payments", costs))


def _write(name, chart):
    Path(name).write_text(svg(chart), encoding="utf-8")
    print(f"Drawn: {Path(name).resolve()} (open it in a browser)")
