"""Plants a fault: a job in Pipe mode that cannot read what comes through the pipe.

Run it once: quizengine lab run fault.py. Find out why, and repair it.
"""

import os

import boto3
from ready import BUCKET, PREFIX, put
from sensors import as_csv, table

ROLE, IMAGE = os.environ["LAB_ROLE_ARN"], os.environ["LAB_LINEAR_LEARNER_IMAGE"]
SETTINGS = {
    "predictor_type": "regressor",
    "epochs": "2",
    "mini_batch_size": "100",
    "num_models": "1",
}


def plant():
    """Upload the data and start the job. Planting twice is one fault."""
    put("fault/rows.csv", as_csv(table()[:1000]))
    sagemaker = boto3.client("sagemaker")
    name = f"{PREFIX}-fault"
    found = sagemaker.list_training_jobs(NameContains=name)["TrainingJobSummaries"]
    if all(each["TrainingJobName"] != name for each in found):
        source = {
            "S3DataType": "S3Prefix",
            "S3Uri": f"s3://{BUCKET}/{PREFIX}/fault/",
            "S3DataDistributionType": "FullyReplicated",
        }
        sagemaker.create_training_job(
            TrainingJobName=name,
            AlgorithmSpecification={"TrainingImage": IMAGE, "TrainingInputMode": "Pipe"},
            RoleArn=ROLE,
            InputDataConfig=[{"ChannelName": "train", "DataSource": {"S3DataSource": source}}],
            OutputDataConfig={"S3OutputPath": f"s3://{BUCKET}/{PREFIX}/output"},
            ResourceConfig={"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 5},
            HyperParameters=SETTINGS,
            StoppingCondition={"MaxRuntimeInSeconds": 600},
        )
    return name


if __name__ == "__main__":
    print(f"Started {plant()}. It will fail. Must its file be converted?")
