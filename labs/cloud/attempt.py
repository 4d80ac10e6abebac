"""The one attempt at an asynchronous inference: from its input to its outcome."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

from labs.cloud.acting import Denied
from labs.cloud.container import PRIMARY
from labs.cloud.inference import LARGEST_INPUT, Inference, Result
from labs.cloud.inputs import Location
from labs.cloud.invocation import Deployment, told_of
from labs.cloud.pipeline import Failed
from labs.cloud.ports import Answer, NoSuchBucket, Region
from labs.cloud.served import Served

DATA_LOG = "data-log"  # a log stream below the variant's
Outcome: TypeAlias = Callable[[], Mapping[str, Any]]


class Attempt:
    """Of one inference. `config` is the endpoint's AsyncInferenceConfig."""

    def __init__(
        self, asked: Inference, deployment: Deployment, config: Mapping[str, Any], region: Region
    ) -> None:
        self._asked, self._deployment, self._region = asked, deployment, region
        self._output: Mapping[str, Any] = config["OutputConfig"]
        self._world = region.world
        served = deployment.chosen(None)
        assert served is not None, "a deployment has a variant"
        self._served: Served = served
        self._services = region.acting(served.variant.role)
        self._values: dict[str, float] = {}

    def run(self, ended: Callable[[Inference, Outcome], None]) -> None:
        """Ask the model, and hand over what brings about the outcome and tells it: that is to be
        called under the world's lock."""
        asked, begun = self._asked, self._world.now()
        waited_s = (begun - asked.received).total_seconds()
        self._values["TimeInBacklog"] = waited_s * 1e6
        answer, reason = None, None
        if waited_s > asked.ttl_s:
            self._values["ExpiredRequests"] = 1.0
            reason = f"The request was in the queue for longer than {asked.ttl_s} seconds."
        else:
            answer, reason = self._answered()
        ended(asked, lambda: self._outcome(answer, reason))

    def _answered(self) -> tuple[Answer | None, str | None]:
        """What the model answered, and why that is no success."""
        asked, ticks = self._asked, self._world.ticks
        body = asked.body
        if asked.input is not None:
            begun = ticks()
            why = ""
            try:
                found = self._services.read(asked.input.bucket, asked.input.key)
            except Denied as error:
                found, why = None, str(error)
            self._values["RequestDownloadLatency"] = (ticks() - begun) / 1000
            if found is None or len(found) > LARGEST_INPUT:
                self._values["RequestDownloadFailures"] = 1.0
                missing = why or "there is no such object"
                why = missing if found is None else "it has more than 1 GB"
                return None, f"ClientError: {asked.input} could not be downloaded: {why}."
            body = found
        answer, model_us = self._deployment.ask(
            self._served, body, asked.content_type, asked.accept, {}
        )
        self._values["ModelLatency"] = model_us
        self._values["Invocation4XXErrors"] = float(400 <= answer.status < 500)
        self._values["Invocation5XXErrors"] = float(answer.status >= 500)
        line = f'"POST /invocations HTTP/1.1" {answer.status} {len(answer.body)}'
        self._served.traffic.say(self._world.now(), line)
        if model_us > asked.timeout_s * 1e6:
            return answer, (
                f"ClientError: The model did not respond within {asked.timeout_s} seconds."
            )
        if answer.status >= 300:
            container = answer.container if isinstance(answer, Failed) else PRIMARY
            return answer, (
                f"ClientError: {told_of(answer, container)} See the SageMaker Endpoint logs in "
                "your account for more information."
            )
        return answer, None

    def _outcome(self, answer: Answer | None, reason: str | None) -> dict[str, Any]:
        """Put what came of it where it belongs; what that was, JSON-able but for bytes."""
        asked, ticks = self._asked, self._world.ticks
        objects, notified = [], []
        target = asked.output if reason is None else asked.failure
        body = None if answer is None else answer.body
        if target is not None and body is not None:
            begun = ticks()
            try:
                objects.append(self._written(target, body, self._output.get("KmsKeyId") or None))
            except (NoSuchBucket, Denied) as error:
                self._values["ResponseUploadFailures"] = 1.0
                why = str(error) if isinstance(error, Denied) else f"no bucket {error}"
                reason = reason or f"ClientError: {target} could not be uploaded: {why}"
            self._values["ResponseUploadLatency"] = (ticks() - begun) / 1000
        now = self._world.now()
        told = self._output.get("NotificationConfig") or {}
        kind = "Success" if reason is None else "Error"
        if topic := told.get(f"{kind}Topic"):
            included = told.get("IncludeInferenceResponseIn") or []
            with_body = f"{kind.upper()}_NOTIFICATION_TOPIC" in included
            content_type = "" if answer is None else answer.content_type
            result = Result(now, content_type, body, reason)
            message = result.message(asked, self._region.name, with_body=with_body)
            if self._services.notify(topic, message):
                notified.append((topic, message))
            else:
                self._values["NotificationFailures"] = 1.0
        self._note(reason)
        return {
            "id": asked.id,
            "output": str(asked.output),
            "objects": objects,
            "notified": notified,
        }

    def _written(
        self, target: Location, body: bytes, kms_key: str | None
    ) -> tuple[str, str, bytes, str | None]:
        file = (target.bucket, target.key, body, kms_key)
        self._services.write(*file)
        return file

    def _note(self, reason: str | None) -> None:
        """Its metrics, and its line in the data log."""
        now, traffic = self._world.now(), self._served.traffic
        took_ms = (now - self._asked.received).total_seconds() * 1000
        self._values["TotalProcessingTime"] = took_ms
        self._values["InvocationsProcessed"] = 1.0
        self._values["InvocationFailures"] = float(reason is not None)
        traffic.measure(now, self._values)
        said = f"Inference request succeeded. Response at {self._asked.output}"
        if reason is not None:
            said = f"Inference request failed. {reason}"
        traffic.say(now, f"{self._asked.id}: {said}", DATA_LOG)
