"""What stands ready for you in this lab: the data, keeping what you expect, tables and pictures."""

import json
import os
from pathlib import Path

import boto3
from diabetes import as_csv, tables
from jobs import curves, trials
from jobs import upload as put
from plot import Chart, Line, svg

BUCKET, PREFIX = os.environ["LAB_BUCKET"], os.environ["LAB_PREFIX"]
METRIC = "validation:rmse"
ORDER = ["ran to its end", "the same trial, Off", "stopped by Auto", "the best of them"]


def upload():
    """Training and validation rows to {PREFIX}/train/ and {PREFIX}/validation/."""
    train, validation, _ = tables()
    put(train=as_csv(train), validation=as_csv(validation))


def keep(expected):
    """Put what you expect into {PREFIX}/forecast.json, once: what is there stays."""
    if open_ones := [name for name, value in expected.items() if value is None]:
        raise SystemExit(f"Step 1 is still to be written: expect() says nothing of {open_ones[0]}.")
    key = f"{PREFIX}/forecast.json"
    s3 = boto3.client("s3")
    if "Contents" in s3.list_objects_v2(Bucket=BUCKET, Prefix=key):
        print("What you expected was kept before, and stays as it was.")
    else:
        s3.put_object(Bucket=BUCKET, Key=key, Body=json.dumps(expected).encode())


def report(name, told):
    """Put a JSON object into {PREFIX}/{name}.json, and print it."""
    print(f"{name}.json: {json.dumps(told)}")
    key = f"{PREFIX}/{name}.json"
    boto3.client("s3").put_object(Bucket=BUCKET, Key=key, Body=json.dumps(told).encode())


def show_jobs(jobs):
    """A table of the four jobs (by what they lack), and curves.svg."""
    found = {name: curves(job) for name, job in jobs.items()}
    print(f"{'':12} {'rounds':>6} {'lowest':>8} {'in round':>8} {'last':>8}   (validation rmse)")
    for name, curve in found.items():
        if "train:rmse" not in curve:
            raise SystemExit(f"{jobs[name]} has told no rmse: look at its FailureReason.")
        scores = curve.get(METRIC, [])
        best = f"{min(scores):8.3f} {scores.index(min(scores)):8}" if scores else f"{'none':>17}"
        last = f"{scores[-1]:8.3f}" if scores else ""
        print(f"{name:12} {len(curve['train:rmse']):6} {best} {last}")
    whole, cut = found["no_patience"], found["patience"][METRIC]
    best = cut.index(min(cut))
    draw(
        "curves.svg",
        Chart(
            "One job, with and without patience",
            f"The training error falls to the last round. The validation error is lowest in round "
            f"{best} and rises from there; the job with patience ends after round {len(cut) - 1}.",
            "round",
            "rmse",
            [
                Line("validation, patience", points(cut), "cross"),
                Line("validation, no patience", points(whole[METRIC])),
                Line("training, no patience", points(whole["train:rmse"])),
                Line("best: the model kept", [(best, cut[best])], "diamond"),
            ],
        ),
    )


def show_search(off, auto):
    """A table of the trials of both tuning jobs, and search.svg."""
    both = list(zip(trials(off), trials(auto), strict=True))
    print(f"{'trial':>5}  {'max_depth, min_child_weight':28} {'Off':>22} {'Auto':>22}")
    for number, (one, other) in enumerate(both, 1):
        tuned = f"{one['tuned']['max_depth']}, {float(one['tuned']['min_child_weight']):.3g}"
        print(f"{number:5}  {tuned:28} {brief(one):>22} {brief(other):>22}")
    lines = []
    for one, other in both:
        ran = len(other["scores"])
        if other["status"] == "Stopped":
            rest = points(one["scores"])[ran - 1 :]
            lines.append(Line("the same trial, Off", rest, "", one["name"]))
            lines.append(Line("stopped by Auto", points(other["scores"]), "cross", other["name"]))
        else:
            lines.append(Line("ran to its end", points(other["scores"]), "", other["name"]))
    ended = [other for _, other in both if other["status"] == "Completed"]
    best = min(ended, key=lambda trial: trial["objective"])
    place = (len(best["scores"]) - 1, best["scores"][-1])
    lines.append(Line("the best of them", [place], "diamond", best["name"]))
    draw(
        "search.svg",
        Chart(
            "A search with and without early stopping",
            f"Of {len(both)} trials Auto stopped {len(both) - len(ended)} before their last round. "
            f"The best of those that ran to their end has {best['objective']:.3f}.",
            "round",
            METRIC,
            sorted(lines, key=lambda line: ORDER.index(line.name)),
        ),
    )


def brief(trial):
    """How a trial ended, after how many rounds, with which score in the last of them."""
    return f"{trial['status']} {len(trial['scores']):3} {trial['objective']:8.3f}"


def points(scores):
    return list(enumerate(scores))


def draw(name, chart):
    """Write the picture into the folder in which you are."""
    Path(name).write_text(svg(chart), encoding="utf-8")
    print(f"Drawn: {Path(name).resolve()} (open it in a browser)")
