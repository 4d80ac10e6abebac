"""How a training job runs: its data comes, its algorithm trains, its artefacts go to S3."""

from __future__ import annotations

import functools
import json
import logging
import math
import threading
from collections.abc import Iterator, Mapping
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, Protocol

from labs.cloud import checkpoints, images, inputs, pipes, source, spot
from labs.cloud.acting import Denied
from labs.cloud.algorithms.catalogue import ALGORITHMS
from labs.cloud.archive import pack
from labs.cloud.checkpoints import Checkpoints
from labs.cloud.inputs import Channel, DownloadFailed, Location
from labs.cloud.job import Job, Reading, moment, ms
from labs.cloud.ports import Datum, Exit, NoSuchBucket, Region
from labs.cloud.readings import as_logged, reader

LOG_GROUP = NAMESPACE = "/aws/sagemaker/TrainingJobs"
CANNOT_PULL = (  # AWS says no more
    "Cannot pull algorithm container. Either the image does not exist or its permissions are "
    "incorrect."
)
_BEFORE = ("Starting", "Downloading")
LONGEST_REASON = 1024  # characters of a FailureReason
_log = logging.getLogger(__name__)


class Stopped(Exception):
    """The job was told to stop; whatever it was at ends here."""


class Interrupted(Exception):
    """The spot instance was taken away, and with it all that was not in S3."""


class Forgotten(Exception):
    """The cloud was reset or ended: what this job would do, nobody may see."""


class CannotPull(Exception):
    """The role may not pull the image."""


class Watcher(Protocol):
    """Whoever launched a job and looks on: a tuning job. Called under the world's lock."""

    def measured(self, reading: Reading) -> None:
        """The job has told a metric. When a record is repeated, it is over already."""

    def ended(self) -> None:
        """The job is over, and that has been told. Not when a record is repeated."""

    def left_s(self) -> float:
        """The seconds that it may still take, whatever its own limit."""


class Run:
    """One job and its work. All but `stop` is touched under the world's lock only; `work` takes
    that lock for each step by itself, the other methods are called under it."""

    def __init__(self, job: Job, region: Region, watcher: Watcher | None = None) -> None:
        self.job = job
        self.stop = threading.Event()
        self.future: Future[None] | None = None
        self.is_forgotten = False
        self._region, self._world, self._services = region, region.world, region.services
        self._watcher = watcher
        self._acting = region.acting(job.request["RoleArn"], job.request.get("VpcConfig"))
        specification = job.request["AlgorithmSpecification"]
        self._algorithm = images.algorithm_in(specification["TrainingImage"])
        self._read_metrics = reader(self._algorithm, specification.get("MetricDefinitions") or ())
        self._stream = f"{job.name}/algo-1-{ms(job.created) // 1000}"
        self._lines: list[tuple[int, str]] = []
        self._readings: list[Reading] = []
        self._interruptions = [*spot.interruptions(job.request)]  # rounds until each
        self._is_interrupted = False
        self._checkpoints: Checkpoints | None = None
        self._ran_s = 0.0  # on instances that were taken away

    def begin(self) -> None:
        self.future = self._region.begin(self.work, training=True)

    def begin_again(self) -> None:
        """Begin a job that is not over and not under way from its start."""
        was_stopping = self.job.status == "Stopping"
        self.job = Job.new(self.job.request, self.job.arn, self.job.created)
        self.stop.clear()
        self._interruptions = [*spot.interruptions(self.job.request)]
        self.begin()
        if was_stopping:
            self.ask_to_stop()

    def ask_to_stop(self) -> None:
        self.job = self.job.entered("Stopping", self._world.now())
        self.stop.set()
        if self.future is not None and self.future.cancel():  # it still waited for its turn
            self.future = self._region.begin(lambda: self._end("Stopped"), training=False)

    def forget(self) -> None:
        self.is_forgotten = True
        self.stop.set()

    def restore(self, outcome: Mapping[str, Any]) -> None:
        """End as `_end` told it, without having run; or have the checkpoints that `_save` told."""
        if "checkpoints" in outcome:
            checkpoints.repeat(outcome["checkpoints"], self._services)
            return
        self.job = self.job.with_fate(outcome["fate"])
        for bucket, key, body, kms_key in outcome["objects"]:
            self._services.write(bucket, key, body, kms_key)
        self._acting.log(LOG_GROUP, outcome["stream"], map(tuple, outcome["lines"]))
        for name, value, at in outcome["readings"]:
            self._measure(Reading(name, value, moment(at)))

    # The work, in a thread of its own

    def work(self) -> None:
        began = self._world.ticks()
        try:
            while True:
                with self._world.folder() as base:
                    try:
                        self._train(base, began)
                        break
                    except Interrupted:
                        pass
                self._restart()
        except Forgotten:
            pass
        except Stopped:
            self._end("Stopped")
        except DownloadFailed as error:
            self._end("Failed", f"ClientError: Data download failed:{error}")
        except CannotPull as error:
            self._end("Failed", f"ClientError: {error}")
        except Denied as error:
            at = "Data download" if self.job.secondary in _BEFORE else "Artifact upload"
            self._end("Failed", f"ClientError: {at} failed:{error}")
        except source.NoSource as error:
            self._end("Failed", f"AlgorithmError: framework error: {error}, exit code: 1")
        except NoSuchBucket as error:
            self._end("Failed", f"ClientError: Artifact upload failed:NoSuchBucket (404): {error}")
        except Exception as error:
            _log.exception("training job %s", self.job.name)
            self._end("Failed", f"InternalServerError: The offline cloud itself failed: {error!r}")

    def _restart(self) -> None:
        """Wait for another instance."""
        self._enter("Interrupted")
        self._stay()
        self._enter("Starting")

    def _train(self, base: Path, waiting_since: int) -> None:
        """Raises Interrupted if the instance was taken away."""
        request = self.job.request
        self._stay()
        self._enter("Downloading")
        began = self._world.ticks()
        self._acting.take_disk(request["ResourceConfig"].get("VolumeKmsKeyId"))
        channels = [*inputs.channels(request)]
        _configure(base, request, channels)
        for channel in channels:
            if channel.is_piped:
                inputs.named(channel, self._acting)  # there must be something
                continue
            folder = base / "input/data" / channel.name
            for _ in inputs.download(channel, self._acting, folder):
                self._check()
        isolated = bool(request.get("EnableNetworkIsolation"))
        source.fetch(request.get("HyperParameters") or {}, self._acting, base, isolated=isolated)
        with self._world.lock:
            self._checkpoints = Checkpoints.of(request, base)
            if self._checkpoints is not None:
                self._checkpoints.fetch(self._acting)
        if refused := self._acting.cannot_pull(request["AlgorithmSpecification"]["TrainingImage"]):
            raise CannotPull(f"{CANNOT_PULL} {refused.sentence}")
        self._stay()
        self._enter("Training")
        conditions = request.get("StoppingCondition") or {}
        limit = conditions.get("MaxRuntimeInSeconds", spot.DAY_S) - self._ran_s
        if self._watcher is not None:
            with self._world.lock:
                limit = min(limit, self._watcher.left_s())
        piped = [
            (each.name, functools.partial(inputs.stream, each, self._acting))
            for each in channels
            if each.is_piped
        ]
        may_run_s = limit - (self._world.ticks() - began) / 1e9
        may_wait_s = (
            conditions.get("MaxWaitTimeInSeconds", math.inf)
            - (self._world.ticks() - waiting_since) / 1e9
        )
        with (
            self._saving() as saving_troubles,
            pipes.feeding(base / "input/data", piped, self.stop.set) as troubles,
        ):
            ended = self._world.train(
                self._algorithm,
                base,
                on_line=self._read,
                stop=self.stop,
                deadline_s=max(0.0, min(may_run_s, may_wait_s)),
                environment={
                    **spot.environment(request, self._interruptions),
                    "TRAINING_JOB_NAME": self.job.name,
                    "TRAINING_JOB_ARN": self.job.arn,
                    "AWS_REGION": self._region.name,
                },
            )
        with self._world.lock:
            if self._is_interrupted:
                self._is_interrupted = False
                self._ran_s += (self._world.ticks() - began) / 1e9
                if self.job.status != "Stopping" and not self.is_forgotten:
                    self.stop.clear()
                    raise Interrupted
                raise Stopped  # and the model is gone with the instance
        for trouble in troubles:  # with the data, which a pipe brings while the job trains
            raise DownloadFailed(str(trouble)) from trouble
        if saving_troubles:
            raise saving_troubles[0]
        self._stay()
        late = "MaxRuntimeExceeded" if may_run_s <= may_wait_s else "MaxWaitTimeExceeded"
        self._upload(ended, base, late)

    @contextmanager
    def _saving(self) -> Iterator[list[Exception]]:
        """Checkpoints go to S3 meanwhile, and at the end; gives what went wrong there."""
        troubles: list[Exception] = []
        over = threading.Event()

        def save() -> None:
            while not troubles and not self._world.wait(over, checkpoints.EVERY_S):
                with self._world.lock:
                    self._save(troubles)

        if self._checkpoints is None:
            yield troubles
            return
        saver = threading.Thread(target=save, daemon=True)
        saver.start()
        try:
            yield troubles
        finally:
            over.set()
            saver.join()
            with self._world.lock:
                if not troubles and not self._is_interrupted:
                    self._save(troubles)

    def _save(self, troubles: list[Exception]) -> None:
        """Make S3 hold the checkpoints that the folder holds, and tell. Under the lock."""
        if self._checkpoints is None or self.is_forgotten or self._is_interrupted:
            return
        try:
            if change := self._checkpoints.save(self._acting):
                self._region.tell("training-job", self.job.name, {"checkpoints": change})
        except (NoSuchBucket, Denied) as error:
            troubles.append(error)

    def _upload(self, ended: Exit, base: Path, late: str) -> None:
        """Take what the process left, and end the job."""
        if ended.code != 0 and not ended.stopped and not ended.timed_out:
            self._end("Failed", algorithm_error(self._algorithm, ended))
            return
        model, output = pack(base / "model"), pack(base / "output/data")
        if model is not None or ended.code == 0:
            self._enter("Uploading", although_stopping=True)
            self._stay()
        if ended.timed_out:
            self._end(late, model=model, output=output)
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
            if self.is_forgotten or self._is_interrupted:
                return
            now = self._world.now()
            self._lines.append((ms(now), text))
            self._acting.log(LOG_GROUP, self._stream, self._lines[-1:])
            if self.stop.is_set():  # what it tells in its last moments is logged and no more
                return
            for number, reading in enumerate(self._read_metrics(text, now)):
                self._readings.append(reading)
                self._measure(reading)
                if number == 0:
                    self._count_round()

    def _count_round(self) -> None:
        """Take the instance away if it is time for that. What is in S3 then is all that stays."""
        if self._interruptions:
            self._interruptions[0] -= 1
            if self._interruptions[0] == 0:
                del self._interruptions[0]
                self._save([])
                self._is_interrupted = True
                self.stop.set()

    def _measure(self, reading: Reading) -> None:
        where = (("TrainingJobName", self.job.name),)
        datum = Datum(reading.metric, reading.at, where, reading.value)
        self._acting.measure(NAMESPACE, [datum])
        if self._watcher is not None:
            self._watcher.measured(reading)

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
                self._acting.write(*each)
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
            if self._watcher is not None:
                self._watcher.ended()


def algorithm_error(algorithm: str, ended: Exit) -> str:
    """A FailureReason of at most 1024 characters that keeps its exit code."""
    code = f", exit code: {ended.code}"
    who = "Client" if ended.code == ALGORITHMS[algorithm].client_error else "Algorithm"
    return f"{who}Error: {ended.failure or ''}"[: LONGEST_REASON - len(code)] + code


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
    if wanted := request.get("CheckpointConfig"):
        path = str(checkpoints.ROOT / checkpoints.local_path(wanted))
        config["checkpointconfig"] = {"S3Uri": wanted["S3Uri"], "LocalPath": path}
    for name in ("input/config", "input/data", "model", "output/data"):
        (base / name).mkdir(parents=True, exist_ok=True)
    for name, value in config.items():
        (base / f"input/config/{name}.json").write_text(json.dumps(value), encoding="utf-8")
