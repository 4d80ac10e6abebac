"""Plants a fault: starts a training job that has all it needs to stop early, and does not.

Run it once: quizengine lab run fault.py. Find out why, and repair it.
"""

import boto3
from diabetes import as_csv, tables
from jobs import PREFIX, channel, definition
from jobs import upload as put

SETTINGS = {
    "objective": "reg:squarederror",
    "eta": "0.3",
    "max_depth": "2",
    "num_round": "200",
    "seed": "7",
    "eval_metric": "rmse",
    "early_stopping_rounds": "10",
}


def plant():
    """Upload the data and start the job. Planting twice is one fault."""
    train, _, _ = tables()
    put(**{"fault-train": as_csv(train), "fault-validation": as_csv(train)})
    sagemaker = boto3.client("sagemaker")
    name = f"{PREFIX}-fault"
    found = sagemaker.list_training_jobs(NameContains=name)["TrainingJobSummaries"]
    if all(each["TrainingJobName"] != name for each in found):
        rows = definition(
            channel("train", "fault-train"), channel("validation", "fault-validation")
        )
        sagemaker.create_training_job(TrainingJobName=name, HyperParameters=SETTINGS, **rows)
    return name


if __name__ == "__main__":
    print(f"Started {plant()}. It will run all of its 200 rounds. Why?")
