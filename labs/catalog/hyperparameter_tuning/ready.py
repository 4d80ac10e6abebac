"""What stands ready for you in this lab: the data, starting a search, tables and pictures."""

import json
import math
from pathlib import Path

import boto3
from diabetes import as_csv, tables
from jobs import BUCKET, PREFIX, channel, definition, searched, trials
from jobs import upload as put
from plot import Chart, Line, svg

METRIC = "validation:rmse"
OBJECTIVE = {"Type": "Minimize", "MetricName": METRIC}
# All trials share these. The last one: a trial that is stopped leaves the model it has got to.
SETTINGS = {
    "objective": "reg:squarederror",
    "num_round": "100",
    "seed": "7",
    "save_model_on_termination": "true",
}
MARKS = {"Grid": "square", "Random": "dot", "Bayesian": "diamond", "Hyperband": "cross"}

sagemaker = boto3.client("sagemaker")


def upload():
    """Training and validation rows to {PREFIX}/train/ and {PREFIX}/validation/."""
    train, validation, _ = tables()
    put(train=as_csv(train), validation=as_csv(validation))


def search(config):
    """Start a tuning job with this HyperParameterTuningJobConfig, wait, return its name. One that
    has completed with the same is not started again."""
    strategy = config["Strategy"].lower()
    for number in range(1, 10):
        # A name has at most 32 characters: hyperparameter-tuning-hyperband2
        name = f"{PREFIX}-{strategy}{number if number > 1 else ''}"
        found = described(name)
        if found is None:
            start(name, config)
            return name
        if found["HyperParameterTuningJobStatus"] == "Completed" and same(
            config, found["HyperParameterTuningJobConfig"]
        ):
            print(f"{name}: completed before with this configuration")
            return name
    raise SystemExit(f"There are nine searches called {PREFIX}-{strategy}: quizengine lab clean")


def start(name, config, settings=SETTINGS):
    """Start a tuning job, and wait for its end."""
    sagemaker.create_hyper_parameter_tuning_job(
        HyperParameterTuningJobName=name,
        HyperParameterTuningJobConfig=config,
        TrainingJobDefinition={
            "StaticHyperParameters": settings,
            **definition(channel("train", "train"), channel("validation", "validation")),
        },
    )
    return searched(name)


def described(name):
    """The tuning job's description; None if there is none of this name."""
    try:
        return sagemaker.describe_hyper_parameter_tuning_job(HyperParameterTuningJobName=name)
    except sagemaker.exceptions.ClientError:
        return None


def same(asked, told):
    """Whether a configuration has all that was asked. SageMaker adds what was left out."""
    if isinstance(asked, dict):
        return all(name in told and same(value, told[name]) for name, value in asked.items())
    if isinstance(asked, list):
        return len(asked) == len(told) and all(map(same, asked, told))
    return asked == told


def report(name, told):
    """Put a JSON object into {PREFIX}/{name}.json, and print it."""
    print(f"{name}.json: {json.dumps(told)}")
    key = f"{PREFIX}/{name}.json"
    boto3.client("s3").put_object(Bucket=BUCKET, Key=key, Body=json.dumps(told).encode())


def show(jobs):
    """A table of the searches (strategy to name), best.svg and points.svg."""
    found = {strategy: trials(job) for strategy, job in jobs.items()}
    print(" " * 10, "trials stopped rounds     best     eta max_depth")
    for strategy, each in found.items():
        best = min(told(each), key=lambda trial: trial["objective"])
        stopped = sum(trial["status"] == "Stopped" for trial in each)
        rounds = sum(len(trial["scores"]) for trial in each)
        eta, depth = float(best["tuned"]["eta"]), best["tuned"]["max_depth"]
        print(
            f"{strategy:10} {len(each):6} {stopped:7} {rounds:6} {best['objective']:8.3f} "
            f"{eta:7.4f} {depth:>9}"
        )
    best = min(min(trial["objective"] for trial in told(each)) for each in found.values())
    draw(
        "best.svg",
        Chart(
            "The best so far, by what it has cost",
            f"Each strategy's best objective falls in steps; the lowest of all is {best:.3f}.",
            "rounds trained, all trials together",
            f"best {METRIC} so far",
            [Line(strategy, steps(each), MARKS[strategy]) for strategy, each in found.items()],
        ),
    )
    draw(
        "points.svg",
        Chart(
            "Where each strategy looked",
            "The grid tries three values of eta, each more than once; the others ever new ones.",
            "logarithm of eta, base 10",
            "max_depth",
            [
                Line(strategy, [place(trial)], MARKS[strategy], tip(strategy, trial))
                for strategy, each in found.items()
                for trial in each
            ],
        ),
    )


def told(found):
    """The trials that have an objective."""
    return [trial for trial in found if trial["objective"] is not None]


def steps(found):
    """The best objective so far over the rounds trained so far, as a staircase."""
    points, spent, best = [], 0, math.inf
    for trial in found:
        spent += len(trial["scores"])
        now = best if trial["objective"] is None else min(best, trial["objective"])
        points += [(spent, best), (spent, now)]
        best = now
    return points


def place(trial):
    return math.log10(float(trial["tuned"]["eta"])), float(trial["tuned"]["max_depth"])


def tip(strategy, trial):
    objective = trial["objective"]
    score = "no objective" if objective is None else f"{objective:.3f}"
    return f"{strategy}: eta {float(trial['tuned']['eta']):.4f}, {score} ({trial['status']})"


def draw(name, chart):
    """Write the picture into the folder in which you are."""
    Path(name).write_text(svg(chart), encoding="utf-8")
    print(f"Drawn: {Path(name).resolve()} (open it in a browser)")
