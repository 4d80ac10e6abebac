"""Plants a fault: starts a search of which nothing comes. Find out why, and repair it.

Run it once: quizengine lab run fault.py
"""

import boto3
from jobs import PREFIX
from ready import start, upload

CONFIG = {
    "Strategy": "Random",
    "RandomSeed": 28,
    "HyperParameterTuningJobObjective": {"Type": "Minimize", "MetricName": "validation:logloss"},
    "ResourceLimits": {"MaxNumberOfTrainingJobs": 3, "MaxParallelTrainingJobs": 2},
    "ParameterRanges": {
        "ContinuousParameterRanges": [
            {"Name": "eta", "MinValue": "0.01", "MaxValue": "0.5", "ScalingType": "Logarithmic"}
        ],
        "IntegerParameterRanges": [{"Name": "max_depth", "MinValue": "1", "MaxValue": "8"}],
    },
}
SETTINGS = {"objective": "binary:logistic", "num_round": "100", "seed": "7"}


def plant():
    """Start the search and wait for its end. Planting twice is one fault."""
    upload()
    name = f"{PREFIX}-fault"
    found = boto3.client("sagemaker").list_hyper_parameter_tuning_jobs(NameContains=name)
    summaries = found["HyperParameterTuningJobSummaries"]
    if all(each["HyperParameterTuningJobName"] != name for each in summaries):
        start(name, CONFIG, SETTINGS)
    return name


if __name__ == "__main__":
    print(f"{plant()} has failed. Why?")
