"""How a training job runs: its data comes, its algorithm trains, its artefacts go to S3."""

from __future__ import annotations

import json
import logging
import threading
from collections.abc import Mapping
from concurrent.futures import Future
from dataclasses import replace
from pathlib import Path
from typing import Any

from labs.cloud import images, inputs
from labs.cloud.archive import pack
from labs.cloud.inputs import Channel, DownloadFailed, Location
from labs.cloud.job import Job, Reading, moment, ms
from labs.cloud.ports import Datum, Exit, NoSuchBucket, Region
from labs.cloud.readings import as_logged, readings

LOG_GROUP = NAMESPACE = "/aws/sagemaker/TrainingJobs"
LONGEST_REASON = 1024  # characters of a FailureReason
DAY_S = 86_400  # MaxRuntimeInSeconds where none is given
_log = logging.getLogger(__name__)


class Stopped(Exception):
    """The job was told to stop; whatever it was at ends here."""


class Forgotten(Exception):
    """The cloud was reset or ended: what this job would do, nobody may see."""


class Run:
    """One job and its work. All but `stop` is touched under the world's lock only; `work` takes
    that lock for each step by itself, the other methods are called under it."""

    def __init__(self, job: Job, region: Region) -> None:
        self.job = job
        self.stop = threading.Event()
        self.future: Future[None] | None = None
        self.is_forgotten = False
        self._region, self._world, self._services = region, region.world, region.services
        self._stream = f"{job.name}/algo-1-{ms(job.created) // 1000}"
        self._lines: list[tuple[int, str]] = []
        self._readings: list[Reading] = []

    def begin(self) -> None:
        self.future = self._region.begin(self.work, training=True)

    def ask_to_stop(self) -> None:
        self.job = self.job.entered("Stopping", self._world.now())
        self.stop.set()
        if self.future is not None and self.future.cancel():  # it still waited for its turn
            self.future = self._region.begin(lambda: self._end("Stopped"), training=False)

    def forget(self) -> None:
        self.is_forgotten = True
        self.stop.set()

    def restore(self, outcome: Mapping[str, Any]) -> None:
        """End as `_end` told it, without having run."""
        self.job = self.job.with_fate(outcome["fate"])
        for bucket, key, body, kms_key in outcome["objects"]:
            self._services.write(bucket, key, body, kms_key)
        self._services.log(LOG_GROUP, outcome["stream"], map(tuple, outcome["lines"]))
        for name, value, at in outcome["readings"]:
            self._measure(Reading(name, value, moment(at)))

    # The work, in a thread of its own

    def work(self) -> None:
        try:
            with self._world.folder() as base:
                self._train(base)
        except Forgotten:
            pass
        except Stopped:
            self._end("Stopped")
        except DownloadFailed as error:
            self._end("Failed", f"ClientError: Data download failed:{error}")
        except NoSuchBucket as error:
            self._end("Failed", f"ClientError: Artifact upload failed:NoSuchBucket (404): {error}")
        except Exception as error:
            _log.exception("training job %s", self.job.name)
            self._end("Failed", f"InternalServerError: The offline cloud itself failed: {error!r}")

    def _train(self, base: Path) -> None:
        request = self.job.request
        self._stay()
        self._enter("Downloading")
        began = self._world.ticks()
        channels = [*inputs.channels(request)]
        _configure(base, request, channels)
        for channel in channels:
            if not channel.is_piped:  # else there are no files, and the algorithm refuses it
                folder = base / "input/data" / channel.name
                for _ in inputs.download(channel, self._services, folder):
                    self._check()
        self._stay()
        self._enter("Training")
        limit = (request.get("StoppingCondition") or {}).get("MaxRuntimeInSeconds", DAY_S)
        ended = self._world.train(
            images.ALGORITHM,
            base,
            on_line=self._read,
            stop=self.stop,
            deadline_s=max(0.0, limit - (self._world.ticks() - began) / 1e9),
            environment={
                **(request.get("Environment") or {}),
                "TRAINING_JOB_NAME": self.job.name,
                "TRAINING_JOB_ARN": self.job.arn,
                "AWS_REGION": self._region.name,
            },
        )
        self._stay()
        self._upload(ended, base)

    def _upload(self, ended: Exit, base: Path) -> None:
        """Take what the process left, and end the job."""
        if ended.code != 0 and not ended.stopped and not ended.timed_out:
            self._end("Failed", algorithm_error(ended))
            return
        model, output = pack(base / "model"), pack(base / "output/data")
        if model is not None or ended.code == 0:
            self._enter("Uploading", although_stopping=True)
            self._stay()
        if ended.timed_out:
            self._end("MaxRuntimeExceeded", model=model, output=output)
        elif ended.stopped or self.stop.is_set():
            self._end("Stopped", model=model, output=output)
        else:
            self._end("Completed", model=model, output=output)

    def _stay(self) -> None:
        """Let a learner see the state that the job is in."""
        if self._world.pace_s > 0:
            self._world.wait(self.stop, self._world.pace_s)

    def _check(self, *, although_stopping: bool = False) -> None:
        """Whether the job may go on. Raises Forgotten or Stopped."""
        if self.is_forgotten:
            raise Forgotten
        if self.stop.is_set() and not although_stopping:
            raise Stopped

    def _enter(self, secondary: str, *, although_stopping: bool = False) -> None:
        with self._world.lock:
            self._check(although_stopping=although_stopping)
            self.job = self.job.entered(secondary, self._world.now())

    def _read(self, line: str) -> None:
        """One line of the process's output, as it comes."""
        text = as_logged(line)
        with self._world.lock:
            if self.is_forgotten:
                return
            now = self._world.now()
            self._lines.append((ms(now), text))
            self._services.log(LOG_GROUP, self._stream, self._lines[-1:])
            for reading in readings(text, now):
                self._readings.append(reading)
                self._measure(reading)

    def _measure(self, reading: Reading) -> None:
        where = (("TrainingJobName", self.job.name),)
        datum = Datum(reading.metric, reading.at, where, reading.value)
        self._services.measure(NAMESPACE, [datum])

    def _end(
        self,
        secondary: str,
        failure: str | None = None,
        *,
        model: bytes | None = None,
        output: bytes | None = None,
    ) -> None:
        """End the job, its artefacts in S3, and tell. Raises NoSuchBucket."""
        with self._world.lock:
            if self.is_forgotten:
                return
            config = self.job.request["OutputDataConfig"]
            target = Location.at(config["S3OutputPath"]) / self.job.name / "output"
            files = {"model.tar.gz": model, "output.tar.gz": output}
            objects = [
                (target.bucket, (target / name).key, body, config.get("KmsKeyId") or None)
                for name, body in files.items()
                if body is not None
            ]
            for each in objects:
                self._services.write(*each)
            self.job = replace(
                self.job.entered(secondary, self._world.now()),
                failure=None if failure is None else failure[:LONGEST_REASON],
                model=None if model is None else str(target / "model.tar.gz"),
                metrics=tuple({each.metric: each for each in self._readings}.values()),
            )
            outcome = {
                "fate": self.job.fate(),
                "objects": objects,
                "stream": self._stream,
                "lines": self._lines,
                "readings": [[each.metric, each.value, ms(each.at)] for each in self._readings],
            }
            self._region.tell("training-job", self.job.name, outcome)


def algorithm_error(ended: Exit) -> str:
    """A FailureReason of at most 1024 characters that keeps its exit code."""
    code = f", exit code: {ended.code}"
    return f"AlgorithmError: {ended.failure or ''}"[: LONGEST_REASON - len(code)] + code


def _configure(base: Path, request: Mapping[str, Any], channels: list[Channel]) -> None:
    """The folders of /opt/ml, and what stands in its input/config."""
    instance = request["ResourceConfig"]["InstanceType"]
    group = {
        "instance_group_name": "homogeneousCluster",
        "instance_type": instance,
        "hosts": ["algo-1"],
    }
    config = {
        "hyperparameters": request.get("HyperParameters") or {},
        "inputdataconfig": inputs.container_config(channels),
        "resourceconfig": {
            "current_host": "algo-1",
            "current_instance_type": instance,
            "current_group_name": "homogeneousCluster",
            "hosts": ["algo-1"],
            "instance_groups": [group],
            "network_interface_name": "eth0",
        },
    }
    for name in ("input/config", "input/data", "model", "output/data"):
        (base / name).mkdir(parents=True, exist_ok=True)
    for name, value in config.items():
        (base / f"input/config/{name}.json").write_text(json.dumps(value), encoding="utf-8")
