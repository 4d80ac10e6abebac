"""How a transform job runs: its model is loaded, asked about each object, and the answers go to
S3."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import Future
from typing import Any

from labs.cloud import inputs
from labs.cloud.acting import Denied
from labs.cloud.container import Container
from labs.cloud.inputs import DownloadFailed, Location
from labs.cloud.job import ms
from labs.cloud.ports import Living, NoSuchBucket, Region
from labs.cloud.transform import asking
from labs.cloud.transform.asking import Asking
from labs.cloud.transform.client import Client, Refusal
from labs.cloud.transform.job import TransformJob
from labs.cloud.transform.serving import CannotServe, serving

LOG_GROUP = "/aws/sagemaker/TransformJobs"
SEE_LOGS = "See job logs for more information"  # all that AWS says in a FailureReason
_log = logging.getLogger(__name__)


class Stopped(Exception):
    """The job was told to stop; whatever it was at ends here."""


class Forgotten(Exception):
    """The cloud was reset or ended: what this job would do, nobody may see."""


class Run:
    """One job and its work. All but `stop` is touched under the world's lock only; `work` takes
    that lock for each step by itself, the other methods are called under it."""

    def __init__(
        self, job: TransformJob, region: Region, containers: Sequence[Container], role: str
    ) -> None:
        self.job, self.containers, self.role = job, tuple(containers), role
        self.stop = threading.Event()
        self.future: Future[None] | None = None
        self.is_forgotten = False
        self._region, self._world, self._acting = region, region.world, region.acting(role)
        self._asked = Asking.of(job.request)
        self._instance = f"{job.name}/{asking.instance(job.arn)}-{ms(job.created) // 1000}"
        self._lines: list[tuple[str, int, str]] = []  # stream, UTC milliseconds, text

    def begin(self) -> None:
        self.future = self._region.begin(self.work, training=True)  # it works as hard as training

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
            self._region.services.write(bucket, key, body, kms_key)
        for stream, at, text in outcome["lines"]:
            self._acting.log(LOG_GROUP, stream, [(at, text)])

    # The work, in a thread of its own

    def work(self) -> None:
        try:
            self._stay()
            with self._world.lock:
                self._check()
                self.job = self.job.begun(self._world.now())
            self._stay()
            self._transform()
        except Forgotten:
            pass
        except Stopped:
            self._end("Stopped")
        except (CannotServe, DownloadFailed) as error:
            self._end("Failed", str(error))
        except Denied as error:
            self._end("Failed", f"ClientError: {error}")
        except NoSuchBucket as error:
            self._end("Failed", f"ClientError: Failed to upload: NoSuchBucket (404): {error}")
        except Exception as error:
            _log.exception("transform job %s", self.job.name)
            self._end("Failed", f"InternalServerError: The offline cloud itself failed: {error!r}")

    def _transform(self) -> None:
        asked = self._asked
        channel = asking.channel(self.job.request)
        bucket = channel.source.bucket
        model = serving(
            self._region,
            self._acting,
            self.containers,
            asked.environment,
            self._say_of_the_container,
        )
        client = Client(model, asked, self._world.ticks, self._check)
        try:
            self._say_of_the_data(str(asked))
            done: list[tuple[str, bytes]] = []
            failed: list[str] = []
            for key, name in inputs.named(channel, self._acting):
                try:
                    done.append((f"{name}.out", client.answers(self._object(bucket, key))))
                except Refusal as error:
                    failed.append(error.kind)
                    for line in error.lines:
                        self._say_of_the_data(f"{bucket}/{key}: {line}")
                self._check()
        finally:
            if isinstance(model, Living):
                model.close()
        self._stay()
        self._end("Failed" if failed else "Completed", failed[0] if failed else None, done)

    def _object(self, bucket: str, key: str) -> bytes:
        """Raises Refusal."""
        try:
            body = self._acting.read(bucket, key)
        except Denied as error:
            raise Refusal("ClientError", [f"ClientError: {error}"]) from None
        if body is None:
            raise Refusal("ClientError", [f"ClientError: s3://{bucket}/{key} is gone"])
        return body

    def _stay(self) -> None:
        """Let a learner see the state that the job is in."""
        if self._world.pace_s > 0:
            self._world.wait(self.stop, self._world.pace_s)

    def _check(self) -> None:
        """Whether the job may go on. Raises Forgotten or Stopped."""
        if self.is_forgotten:
            raise Forgotten
        if self.stop.is_set():
            raise Stopped

    def _say_of_the_data(self, text: str) -> None:
        """A line as SageMaker itself writes it."""
        at = self._world.now()
        stamp = f"{at:%Y-%m-%dT%H:%M:%S}.{at.microsecond // 1000:03d}"
        self._say(f"{self._instance}/data-log", ms(at), f"{stamp}:[sagemaker logs]: {text}")

    def _say_of_the_container(self, container: str | None, text: str) -> None:
        """What a container printed; of several in a row, each has a stream of its own."""
        named = container is not None and len(self.containers) > 1
        stream = f"{self._instance}/{container}" if named else self._instance
        for line in text.splitlines():
            self._say(stream, ms(self._world.now()), line)

    def _say(self, stream: str, at: int, text: str) -> None:
        with self._world.lock:
            if not self.is_forgotten and not self.job.is_over:
                self._lines.append((stream, at, text))
                self._acting.log(LOG_GROUP, stream, [(at, text)])

    def _end(
        self, status: str, failure: str | None = None, done: Iterable[tuple[str, bytes]] = ()
    ) -> None:
        """End the job, its outputs in S3, and tell. Raises NoSuchBucket."""
        with self._world.lock:
            if self.is_forgotten:
                return
            if self.stop.is_set():  # nothing of a stopped job is kept
                status, failure, done = "Stopped", None, ()
            config = self.job.request["TransformOutput"]
            target = Location.at(config["S3OutputPath"])
            objects = [
                (target.bucket, (target / name).key, body, config.get("KmsKeyId") or None)
                for name, body in done
            ]
            for each in objects:
                self._acting.write(*each)
            if failure in ("ClientError", "AlgorithmError"):
                failure = f"{failure}: {SEE_LOGS}"
            self.job = self.job.entered(status, self._world.now(), failure)
            outcome = {"fate": self.job.fate(), "objects": objects, "lines": self._lines}
            self._region.tell("transform-job", self.job.name, outcome)
