"""Where a learner does labs on this computer: which lab is meant, and the cloud it is done in."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from labs.cloud import environment, service
from labs.errors import LabsError
from labs.lab import Lab
from labs.runner import catalogue, inside
from labs.runner.furniture import Furniture
from labs.runner.notes import Notes, Workspace

TIMEOUT = 900.0  # seconds of a learner's script


@dataclass(frozen=True)
class Ready:
    """A cloud that runs and has the lab's furniture. `variables`: the whole environment of a
    process that is to reach it and nothing else; `said`: what the learner should know."""

    variables: Mapping[str, str]
    url: str
    said: tuple[str, ...] = ()


@dataclass(frozen=True)
class Bench:
    """`cloud` is the folder of the local cloud, `notes` knows the workspaces."""

    cloud: Path
    notes: Notes

    def meant(self, named: str | None, here: Path) -> Lab:
        """The lab that is named; else the one in whose workspace we are; else the last begun.

        Raises LabsError.
        """
        slug = named or self.notes.holding(here) or self.notes.current()
        if slug is None:
            raise LabsError(
                "No lab has been started yet.",
                "quizengine lab list shows them, quizengine lab start LAB begins one.",
            )
        return catalogue.load(slug)

    def workspace(self, lab: Lab) -> Workspace:
        """Where a lab is being done. Raises LabsError if it has not been started."""
        found = self.notes.workspace(lab.slug)
        if found is None:
            raise LabsError(
                f"The lab {lab.slug} has not been started yet.", f"quizengine lab start {lab.slug}"
            )
        return found

    def variables(self, here: Path, region: str) -> Mapping[str, str]:
        """The LAB_ variables for a terminal in `here`; none if no lab was started (or one that is
        no longer there), or in a region other than that of the labs."""
        slug = self.notes.holding(here) or self.notes.current()
        if region != environment.REGION or slug not in catalogue.slugs():
            return {}
        return Furniture(region).variables(catalogue.load(slug))

    def ready(self, lab: Lab) -> Ready:
        """Start the cloud unless it runs, and furnish it unless that was done. Raises LabsError,
        and ModuleNotFoundError where the labs are not installed."""
        furniture = Furniture(environment.REGION)
        started, furnished = self._running(furniture)
        url = started.running.url
        said = [f"The cloud was started at {url}."] if started.new else []
        variables = {
            **environment.offline(os.environ, url, region=furniture.region),
            **furniture.variables(lab),
            "OMP_WAIT_POLICY": "PASSIVE",  # or xgboost's threads wait for each other by spinning
        }
        if not furnished:
            inside.prepared(lab, variables)
        return Ready(variables, url, (*said, *started.notes))

    def _running(self, furniture: Furniture) -> tuple[service.Started, bool]:
        """The cloud, started if need be, and whether it has the furniture. One that was just
        killed may seem to run for a moment: it is given a second look."""
        for wait_s in (0.0, 1.0):
            time.sleep(wait_s)
            started = service.start(self.cloud)
            try:
                return started, furniture.is_in(started.running.url)
            except OSError as error:
                why = f"The cloud at {started.running.url} does not answer: {error}."
        raise LabsError(
            why, "quizengine cloud stop, then try again; its log: quizengine cloud status"
        )
