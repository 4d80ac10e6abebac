"""The transform jobs of one region: what may be created, and what can be asked of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from labs.cloud import container, inputs, listing
from labs.cloud.hosting import Models
from labs.cloud.inputs import Location
from labs.cloud.ports import NoSuchBucket, Region
from labs.cloud.refusals import Refused, invalid, not_offered
from labs.cloud.transform import asking
from labs.cloud.transform.job import TransformJob, with_defaults
from labs.cloud.transform.run import Run


class TransformJobs:
    """Every method is called under the world's lock. Operations take AWS's request and give its
    answer, and raise Refused."""

    def __init__(self, region: Region, models: Models) -> None:
        self._region, self._models = region, models
        self._now = region.world.now
        self._runs: dict[str, Run] = {}

    def create(self, request: dict[str, Any]) -> dict[str, Any]:
        name = request["TransformJobName"]
        arn = self._region.arn("transform-job", name)
        if name in self._runs:
            raise Refused(
                "ResourceInUse",
                "Job name must be unique within an AWS account and region, and a job with this "
                f"name already exists ({arn})",
            )
        request = with_defaults(request)
        model = self._models.find(request["ModelName"])
        containers = container.containers(model)
        if container.is_direct(model) or containers[0].is_multi_model:
            mode = "Direct" if container.is_direct(model) else "MultiModel"
            raise not_offered(f"CreateTransformJob with a model in {mode} mode")
        for each in containers:
            container.check_environment(
                "CreateTransformJob", request.get("Environment") or {}, each.image
            )
        job = TransformJob.new(request, arn, self._now())
        role = model["ExecutionRoleArn"]
        run = Run(job, self._region, containers, role)  # refuses what cannot be asked
        self._check_places(request, role)
        self._runs[name] = run
        run.begin()
        return {"TransformJobArn": arn}

    def describe(self, request: Mapping[str, Any]) -> dict[str, Any]:
        return self._find(request).job.description()

    def listed(self, request: Mapping[str, Any]) -> dict[str, Any]:
        return listing.page(
            [run.job.summary() for run in self._runs.values()],
            request,
            kind="TransformJob",
            answer="TransformJobSummaries",
            order="Descending",
        )

    def stop(self, request: Mapping[str, Any]) -> dict[str, Any]:
        run = self._find(request)
        if run.job.status != "InProgress":
            status = run.job.status
            raise invalid(
                f"The request was rejected because the transform job is in status {status}."
            )
        run.ask_to_stop()
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
        for name, old in [*self._runs.items()]:
            if old.future is None and not old.job.is_over:
                was = old.job
                job = TransformJob.new(was.request, was.arn, was.created)
                self._runs[name] = run = Run(job, self._region, old.containers, old.role)
                run.begin()
                if was.status == "Stopping":
                    run.ask_to_stop()

    def _find(self, request: Mapping[str, Any]) -> Run:
        run = self._runs.get(request["TransformJobName"])
        if run is None:
            name = request["TransformJobName"]
            raise invalid(f"Could not find requested job with name: {name}")
        return run

    def _check_places(self, request: Mapping[str, Any], role: str) -> None:
        """Refuse places that are not there. What is in them is the job's own affair."""
        channel = asking.channel(request)
        inputs.check(channel, self._region.acting(role), self._region.name, role)
        path = request["TransformOutput"]["S3OutputPath"]
        target = Location.at(path)
        try:
            self._region.services.keys(target.bucket, target.key)
        except NoSuchBucket:
            raise invalid(
                f'There is no bucket "{target.bucket}" for the S3OutputPath "{path}". '
                "Create it first."
            ) from None
