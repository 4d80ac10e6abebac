"""The training jobs of one region: what may be created, and what can be asked of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from labs.cloud import checkpoints, images, inputs, listing, pipes, source, spot
from labs.cloud.inputs import Location
from labs.cloud.job import Job
from labs.cloud.ports import NoSuchBucket, Region, Services
from labs.cloud.readings import definitions
from labs.cloud.refusals import Refused, invalid, not_offered
from labs.cloud.run import Run, Watcher


class TrainingJobs:
    """Every method is called under the world's lock. Operations take AWS's request and give its
    answer, and raise Refused."""

    def __init__(self, region: Region) -> None:
        self._region = region
        self._now = region.world.now
        self._services = region.services
        self._runs: dict[str, Run] = {}

    def create(self, request: dict[str, Any]) -> dict[str, Any]:
        name = request["TrainingJobName"]
        arn = self._region.arn("training-job", name)
        if name in self._runs:
            raise Refused(
                "ResourceInUse",
                "Training job names must be unique within an AWS account and region, and a "
                f"training job with this name already exists ({arn})",
            )
        self.check(request)
        self.start(request)
        return {"TrainingJobArn": arn}

    def start(self, request: dict[str, Any], watcher: Watcher | None = None) -> Run:
        """Create a job from a request that has been checked, and begin it."""
        name = request["TrainingJobName"]
        specification = request["AlgorithmSpecification"]
        algorithm = images.algorithm_in(specification["TrainingImage"])
        if own := definitions(algorithm):
            specification = specification | {"MetricDefinitions": own}
        request = request | {"AlgorithmSpecification": specification}
        job = Job.new(request, self._region.arn("training-job", name), self._now())
        self._runs[name] = run = Run(job, self._region, watcher)
        run.begin()
        return run

    def __contains__(self, name: object) -> bool:
        return name in self._runs

    def describe(self, request: Mapping[str, Any]) -> dict[str, Any]:
        return self._find(request).job.description()

    def listed(self, request: Mapping[str, Any]) -> dict[str, Any]:
        return listing.page(
            [run.job.summary() for run in self._runs.values()],
            request,
            kind="TrainingJob",
            answer="TrainingJobSummaries",
            order="Ascending",
        )

    def stop(self, request: Mapping[str, Any]) -> dict[str, Any]:
        run = self._find(request)
        if run.job.status != "InProgress":
            status = run.job.status
            raise invalid(
                f"The request was rejected because the training job is in status {status}."
            )
        run.ask_to_stop()
        return {}

    def delete(self, request: Mapping[str, Any]) -> dict[str, Any]:
        run = self._find(request)
        if not run.job.is_over:
            raise invalid(
                f"Only a training job that is over can be deleted; {run.job.name} is in status "
                f"{run.job.status}."
            )
        del self._runs[run.job.name]
        return {}

    def forget(self) -> None:
        """Drop all jobs; those that run end unseen."""
        for run in self._runs.values():
            run.forget()
        self._runs = {}

    def restore(self, name: str, outcome: Mapping[str, Any]) -> None:
        """Make a job end as it was told before."""
        run = self._runs.get(name)
        if run is not None and not run.job.is_over:
            run.restore(outcome)

    def resume(self) -> None:
        """Begin the jobs that are not over and not under way; from the start, those that ran."""
        for run in [*self._runs.values()]:
            if run.future is None and not run.job.is_over:
                run.begin_again()

    def _find(self, request: Mapping[str, Any]) -> Run:
        run = self._runs.get(request["TrainingJobName"])
        if run is None:
            raise invalid("Requested resource not found.")
        return run

    def check(self, request: Mapping[str, Any], operation: str = "CreateTrainingJob") -> None:
        """Refuse what AWS refuses at once; the rest is the job's own failure."""
        region, role = self._region.name, request["RoleArn"]
        specification = request["AlgorithmSpecification"]
        image = specification.get("TrainingImage")
        if image is None:
            example = images.uri(region)
            raise invalid(f"AlgorithmSpecification needs a TrainingImage, such as {example}.")
        if problem := images.problem(image, region):
            raise invalid(problem)
        algorithm = images.algorithm_in(image)
        source.check(operation, specification, algorithm)
        if specification.get("MetricDefinitions") and definitions(algorithm):
            raise invalid(
                "You can't override the metric definitions for Amazon SageMaker algorithms. "
                "Please retry the request without specifying metric definitions."
            )
        for member in ("InstanceType", "InstanceCount"):
            if not (request.get("ResourceConfig") or {}).get(member):
                raise invalid(f"ResourceConfig needs {member}.")
        if request["ResourceConfig"].get("VolumeSizeInGB") == 0:
            raise invalid("ResourceConfig needs a VolumeSizeInGB of at least 1.")
        if not self._services.sagemaker_may_assume(role):
            raise could_not_assume(role)
        spot.check(request, algorithm)
        checkpoints.check(request, self._services)
        check_network(operation, request, self._services)
        self._check_output(request["OutputDataConfig"]["S3OutputPath"])
        self._check_input(request, role)

    def _check_output(self, path: str) -> None:
        target = Location.at(path)
        try:
            self._services.keys(target.bucket, target.key)
        except NoSuchBucket:
            raise invalid(
                f'There is no bucket "{target.bucket}" for the S3OutputPath "{path}". '
                "Create it first."
            ) from None

    def _check_input(self, request: Mapping[str, Any], role: str) -> None:
        names = [channel["ChannelName"] for channel in request.get("InputDataConfig") or []]
        if len(set(names)) < len(names):
            raise invalid(f"The channels in InputDataConfig must differ: {', '.join(names)}.")
        for channel in inputs.channels(request):
            if channel.is_piped and not pipes.AVAILABLE:
                raise not_offered(
                    "CreateTrainingJob with the input mode Pipe",
                    "This system has no named pipes: use File or FastFile.",
                )
            inputs.check(channel, self._region.acting(role), self._region.name, role)


def check_network(operation: str, request: Mapping[str, Any], services: Services) -> None:
    """Refuse a VpcConfig that names what the account does not have. Whether it leads to S3 is seen
    when a training job runs; of a model's nobody asks."""
    network = request.get("VpcConfig") or {}
    missing = services.missing_network(
        network.get("Subnets") or (), network.get("SecurityGroupIds") or ()
    )
    if missing:
        raise not_offered(
            f"{operation} with a VpcConfig that names {', '.join(missing)}",
            "EC2 here has no such thing: create it first, or leave VpcConfig out.",
        )


def could_not_assume(role: str) -> Refused:
    return invalid(
        f"Could not assume role {role}. Please ensure that the role exists and allows principal "
        "'sagemaker.amazonaws.com' to assume the role."
    )
