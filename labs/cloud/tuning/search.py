"""One tuning job: it launches training jobs, looks on, and launches further ones.

There is no thread of its own to wait in: it goes on whenever one of its jobs has told something or
is over. What it decides it tells, so that a cloud that is started again need not decide anew.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from labs.cloud.job import TERMINAL, moment, ms
from labs.cloud.ports import Region
from labs.cloud.run import LONGEST_REASON
from labs.cloud.training import TrainingJobs
from labs.cloud.tuning import completion, judging, strategies
from labs.cloud.tuning.completion import Ending, Result
from labs.cloud.tuning.definition import Definition
from labs.cloud.tuning.limits import Limits
from labs.cloud.tuning.trial import Trial
from labs.cloud.tuning.warm_start import Heritage

TUNING_JOB = "tuning-job"  # the kind of its outcomes
_log = logging.getLogger(__name__)


class Search:
    """Touched under the world's lock only, but for `go`, which takes it."""

    def __init__(
        self,
        request: Mapping[str, Any],
        arn: str,
        definitions: Sequence[Definition],
        limits: Limits,
        heritage: Heritage,
        seed: int,
        region: Region,
        jobs: TrainingJobs,
    ) -> None:
        self.request, self.arn = request, arn
        self.definitions, self.limits = definitions, limits
        self.trials: list[Trial] = []
        self.created = self.modified = self._began = region.world.now()
        self.ended_at: datetime | None = None
        self.status = "InProgress"
        self.failure: str | None = None
        self.future: Future[None] | None = None
        self._ending: Ending | None = None  # once it is decided: what comes of it at last
        self._is_forgotten = False
        self._heritage, self._seed = heritage, seed
        self._region, self._world, self._jobs = region, region.world, jobs
        self._config = request["HyperParameterTuningJobConfig"]
        self._rule = judging.rule(self._config, limits)
        self._exhausted: set[str | None] = set()  # definitions with nothing left to try

    @property
    def name(self) -> str:
        return str(self.request["HyperParameterTuningJobName"])

    @property
    def is_over(self) -> bool:
        return self.status in TERMINAL

    @property
    def runtime_s(self) -> float:
        """Since it began; a search that goes on after a new start of the cloud begins then."""
        return ((self.ended_at or self._world.now()) - self._began).total_seconds()

    def best(self) -> Trial | None:
        """The trial with the best final objective, the earlier one if two have it."""
        pairs = [(each.cost, each) for each in self.trials if each.cost is not None]
        return min(pairs, key=lambda pair: pair[0])[1] if pairs else None

    def not_improving(self) -> int:
        values = [each.value for each in self._in_order() if each.value is not None]
        return completion.not_improving(self.definitions[0].objective, values)

    def begin(self) -> None:
        """Go on in a thread of another's: the call that made it must be recorded first."""
        self.future = self._region.begin(self.go, training=False)

    def resume(self) -> None:
        if not self.is_over and self.future is None:
            self._began = self._world.now()
            self.begin()

    def stop(self) -> None:
        self.status, self._ending = "Stopping", Ending("Stopped")
        self._touch()
        self._stop_jobs()

    def forget(self) -> None:
        self._is_forgotten = True

    def restore(self, outcome: Mapping[str, Any]) -> None:
        """Take over what was told by `_launch` or `_end_if_idle`."""
        if "launched" in outcome:
            told = outcome["launched"]
            self._begin_trial(told["definition"], told["name"], told["point"])
        else:
            told = outcome["ended"]
            self.status, self.failure = told["status"], told["failure"]
            self.modified = self.ended_at = moment(told["at"])
            self._began = moment(told["began"])

    # As its trials tell

    def looked_at(self, trial: Trial) -> None:
        if trial.is_over or self._ending is not None or self._is_forgotten:
            return
        with self._guarded():
            if self.left_s() <= 0:
                self._go_on()
            elif self._rule(trial, self.trials):
                trial.run.ask_to_stop()

    def one_ended(self) -> None:
        if self._is_forgotten:
            return
        self._touch()
        with self._guarded():
            self._go_on()

    def left_s(self) -> float:
        return self.limits.runtime_s - self.runtime_s

    # The search itself

    def go(self) -> None:
        """Launch the first jobs. To be called without the lock."""
        if self._config["Strategy"] != "Grid":
            strategies.prepare()
        with self._world.lock:
            if not self._is_forgotten and not self.is_over:
                with self._guarded():
                    self._go_on()

    def _fail(self, reason: str) -> None:
        """End, as failed, once the jobs that run are over."""
        self._ending = Ending("Failed", reason[:LONGEST_REASON])
        self._stop_jobs()
        self._end_if_idle()

    def _go_on(self) -> None:
        """Launch what may run now; or end."""
        if self._ending is None:
            self._ending = self._decision()
            if self._ending is not None:
                self._stop_jobs()
        while self._ending is None and len(self._running()) < self.limits.parallel:
            if not self._launch():
                break
        self._end_if_idle()

    def _decision(self) -> Ending | None:
        if self.left_s() <= 0:
            return Ending("Completed")
        criteria = self._config.get("TuningJobCompletionCriteria") or {}
        return completion.ending(criteria, self.definitions[0].objective, self._results())

    def _launch(self) -> bool:
        """Whether there was something to launch."""
        if len(self.trials) >= self.limits.jobs:
            return False
        for turn in range(len(self.definitions)):  # each in its turn
            which = (len(self.trials) + turn) % len(self.definitions)
            definition = self.definitions[which]
            if definition.name in self._exhausted:
                continue
            before = [each for each in self.trials if each.definition is definition]
            point = strategies.propose(
                self._config["Strategy"],
                definition.space,
                self._seed + which,
                self._heritage.count + len(before),
                self._heritage.and_own([each.seen() for each in before]),
            )
            if point is not None:
                name = self._free_name(len(self.trials) + 1)
                told = {"definition": which, "name": name, "point": dict(point)}
                self._tell({"launched": told})
                self._begin_trial(which, name, point)
                return True
            self._exhausted.add(definition.name)
        return False

    def _begin_trial(self, which: int, name: str, point: Mapping[str, str]) -> None:
        definition = self.definitions[which]
        number = sum(each.definition is definition for each in self.trials)
        trial = Trial(self, definition, number, point)
        request = {**definition.training_job(name, point), "TuningJobArn": self.arn}
        trial.run = self._jobs.start(request, trial)
        self.trials.append(trial)
        tags = self.request.get("Tags") or ()
        self._region.services.tag("TrainingJob", name, trial.run.job.arn, tags)
        self._touch()

    def _stop_jobs(self) -> None:
        for trial in self._running():
            if trial.run.job.status == "InProgress":
                trial.run.ask_to_stop()

    def _end_if_idle(self) -> None:
        if self.is_over or self._running():
            return
        ending = self._ending or Ending("Completed")
        if ending.status == "Completed" and (
            problem := completion.hopeless(self._results(), attempts=1)
        ):
            ending = Ending("Failed", problem)
        self.status, self.failure = ending.status, ending.reason
        self.modified = self.ended_at = self._world.now()
        told = {
            "status": self.status,
            "failure": self.failure,
            "at": ms(self.ended_at),
            "began": ms(self._began),
        }
        self._tell({"ended": told})

    def _running(self) -> list[Trial]:
        return [each for each in self.trials if not each.is_over]

    def _in_order(self) -> list[Trial]:
        """The trials that are over, in the order in which they ended."""
        over = [(each.run.job.ended, each) for each in self.trials if each.is_over]
        return [each for ended, each in sorted(over, key=lambda pair: pair[0] or self.created)]

    def _results(self) -> list[Result]:
        return [Result(each.run.job.status, each.value) for each in self._in_order()]

    def _free_name(self, number: int) -> str:
        """A name as SageMaker gives: the tuning job's, a number, eight hexadecimal digits."""
        for attempt in range(1000):
            text = f"{self.arn}/{ms(self.created)}/{number}/{attempt}".encode()
            name = f"{self.name}-{number:03d}-{hashlib.blake2b(text, digest_size=4).hexdigest()}"
            if name not in self._jobs:
                return name
        raise RuntimeError(f"a thousand training jobs are called {self.name}-{number:03d}")

    def _touch(self) -> None:
        self.modified = self._world.now()

    def _tell(self, what: Mapping[str, Any]) -> None:
        self._region.tell(TUNING_JOB, self.name, what)

    @contextmanager
    def _guarded(self) -> Iterator[None]:
        """A fault of the search ends its tuning job, and not the training job that told it."""
        try:
            yield
        except Exception as error:
            _log.exception("tuning job %s", self.name)
            self._fail(f"InternalServerError: The offline cloud itself failed: {error!r}")
