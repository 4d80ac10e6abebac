"""A solution with the SageMaker Python SDK, version 3: ModelTrainer, Model and TransformJob. What
is counted by hand is the same: solution_boto3.py has it."""

import solution_boto3 as by_hand
from jobs import BUCKET, IMAGE, PREFIX, ROLE
from ready import SETTINGS, draw, is_scored, keep, upload
from sagemaker.core.resources import Model, TrainingJob, TransformJob
from sagemaker.core.shapes import (
    ContainerDefinition,
    TransformDataSource,
    TransformInput,
    TransformOutput,
    TransformResources,
    TransformS3DataSource,
)
from sagemaker.core.training.configs import (
    Compute,
    InputData,
    OutputDataConfig,
    StoppingCondition,
)
from sagemaker.train import ModelTrainer


def train(kind, **more):
    """Train, wait, and give back the job's name."""
    trainer = ModelTrainer(
        training_image=IMAGE,
        role=ROLE,
        base_job_name=f"{PREFIX}-{kind}",
        compute=Compute(instance_type="ml.m5.large", instance_count=1, volume_size_in_gb=5),
        output_data_config=OutputDataConfig(s3_output_path=f"s3://{BUCKET}/{PREFIX}/output"),
        stopping_condition=StoppingCondition(max_runtime_in_seconds=600),
        hyperparameters=SETTINGS | more,
    )
    channels = [
        InputData(
            channel_name=name,
            data_source=f"s3://{BUCKET}/{PREFIX}/{name}/",
            content_type="text/csv",
        )
        for name in ("train", "validation")
    ]
    trainer.train(input_data_config=channels, wait=True, logs=False)
    newest = TrainingJob.get_all(
        name_contains=f"{PREFIX}-{kind}", sort_by="CreationTime", sort_order="Descending"
    )
    return next(iter(newest)).training_job_name


def score(kind, job):
    archive = TrainingJob.get(job).model_artifacts.s3_model_artifacts
    Model.create(
        model_name=job,
        primary_container=ContainerDefinition(image=IMAGE, model_data_url=archive),
        execution_role_arn=ROLE,
    )
    source = TransformS3DataSource(s3_data_type="S3Prefix", s3_uri=f"s3://{BUCKET}/{PREFIX}/asked/")
    TransformJob.create(
        transform_job_name=job,
        model_name=job,
        batch_strategy="MultiRecord",
        transform_input=TransformInput(
            data_source=TransformDataSource(s3_data_source=source),
            content_type="text/csv",
            split_type="Line",
        ),
        transform_output=TransformOutput(
            s3_output_path=f"s3://{BUCKET}/{PREFIX}/scores/{kind}/",
            accept="text/csv",
            assemble_with="Line",
        ),
        transform_resources=TransformResources(instance_type="ml.m5.large", instance_count=1),
    ).wait()


if __name__ == "__main__":
    keep(by_hand.expect())
    upload()
    if not is_scored("plain"):
        score("plain", train("plain"))
    if not is_scored("weighted"):
        score("weighted", train("weighted", scale_pos_weight=f"{by_hand.weight():.4f}"))
    by_hand.count()
    draw(by_hand.confusion)
    by_hand.rank()
    by_hand.choose()
    by_hand.repair()
