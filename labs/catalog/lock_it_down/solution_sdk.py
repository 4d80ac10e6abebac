"""A solution with the SageMaker Python SDK, version 3: ModelTrainer, with its Networking.

The SDK makes no keys, networks, buckets, roles or stacks. That part is boto3's, and stands in the
other solution, from which it is taken here.
"""

import solution_boto3 as other
from ready import BUCKET, IMAGE, PREFIX, deploy, insecure, keep, network, role_arn
from sagemaker.core.training.configs import (
    Compute,
    InputData,
    Networking,
    OutputDataConfig,
    StoppingCondition,
)
from sagemaker.train import ModelTrainer


def train(kind, key):
    inside = network()
    trainer = ModelTrainer(
        training_image=IMAGE,
        role=role_arn(),
        base_job_name=f"{PREFIX}-{kind}",
        compute=Compute(
            instance_type="ml.m5.large",
            instance_count=1,
            volume_size_in_gb=1,
            volume_kms_key_id=key,
        ),
        networking=Networking(
            subnets=inside["Subnets"],
            security_group_ids=inside["SecurityGroupIds"],
            enable_network_isolation=True,
            enable_inter_container_traffic_encryption=True,
        ),
        output_data_config=OutputDataConfig(s3_output_path=f"s3://{BUCKET}/output", kms_key_id=key),
        stopping_condition=StoppingCondition(max_runtime_in_seconds=300),
        hyperparameters={"objective": "reg:squarederror", "num_round": "3", "max_depth": "2"},
    )
    rows = InputData(
        channel_name="train", data_source=f"s3://{BUCKET}/train/", content_type="text/csv"
    )
    trainer.train(input_data_config=[rows], wait=True, logs=False)


if __name__ == "__main__":
    keep(other.expect())
    insecure()
    key = other.encrypt()
    other.enclose()
    train("closed", key)
    other.shut()
    other.narrow()
    train("proof", key)
    other.repair()
    other.complete()
    deploy()
