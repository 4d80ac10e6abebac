"""A variant that serves: how it comes by the model that is to answer an invocation."""

from __future__ import annotations

import functools
import threading
import weakref
from collections.abc import Callable, Mapping, Sequence
from typing import Protocol

from labs.cloud import pipeline
from labs.cloud.container import Container
from labs.cloud.endpoint import Variant
from labs.cloud.pipeline import Pipeline
from labs.cloud.ports import Answer, Living, Model, Talking, World
from labs.cloud.refusals import Refused
from labs.cloud.traffic import Traffic

TARGET_CONTAINER = "x-amzn-sagemaker-target-container-hostname"


class Served(Protocol):
    """What a deployment has of a variant. Any thread may call it."""

    @property
    def variant(self) -> Variant: ...
    @property
    def traffic(self) -> Traffic: ...
    @property
    def is_quick(self) -> bool:
        """Whether an invocation of it waits for nothing, as far as is known now."""

    def model(self, headers: Mapping[str, str]) -> Model:
        """The model that is to answer an invocation with these headers (in lower case), to be
        given back by `done`. Raises Refused, BadArchive, BadModel or images.UnknownImage."""

    def done(self) -> None:
        """The model has answered."""

    def load(self) -> None:
        """Load what every invocation would wait for. Raises as `model` does."""

    def archives(self) -> list[bytes]:
        """What it needs to serve again, if that is not in S3 at the time."""

    def at(self, variant: Variant) -> Served:
        """The same models at another weight or capacity."""

    def close(self) -> None:
        """End the models' processes, if they have some, whoever waits for an answer."""


class Single:
    """One model, or a pipeline of several, loaded when it is first asked."""

    def __init__(
        self, variant: Variant, archives: Sequence[bytes], world: World, traffic: Traffic
    ) -> None:
        self.variant, self.traffic = variant, traffic
        self._archives, self._world = archives, world
        self._model: Model | None = None
        self._loading = threading.Lock()

    @property
    def is_quick(self) -> bool:
        return self._model is not None and not isinstance(self._model, _Kept)

    def model(self, headers: Mapping[str, str]) -> Model:
        if self._model is None:
            self.load()
        assert self._model is not None
        return self._model

    def done(self) -> None:
        pass

    def load(self) -> None:
        with self._loading:
            if self._model is None:
                self._model = self._loaded()

    def unload(self) -> None:
        """Let the model go; it is loaded anew when it is next asked."""
        with self._loading:
            self._model = None

    def archives(self) -> list[bytes]:
        return [*self._archives]

    def at(self, variant: Variant) -> Single:
        served = Single(variant, self._archives, self._world, self.traffic)
        served._model = self._model
        return served

    def close(self) -> None:
        end(self._model)

    def _loaded(self) -> Model:
        model = pipeline.load(
            self._world.host,
            self.variant.containers,
            self._archives,
            ticks=self._world.ticks,
            seen=seen_by(self.traffic, self._world),
            heard=heard_by(self.traffic, self._world, self.variant.containers),
        )
        return kept(model)


class Direct:
    """Several containers, of which each invocation names one."""

    is_quick = False

    def __init__(
        self, variant: Variant, archives: Sequence[bytes], world: World, traffic: Traffic
    ) -> None:
        self.variant, self.traffic = variant, traffic
        self._archives, self._world = archives, world
        self._models: dict[str, Model] = {}
        self._loading = threading.Lock()

    def model(self, headers: Mapping[str, str]) -> Model:
        names = [container.name for container in self.variant.containers]
        name = headers.get(TARGET_CONTAINER)
        if name is None:
            raise Refused(
                "ValidationError",
                "This endpoint is configured for direct invocation: name one of its containers as "
                f"TargetContainerHostname. There are: {', '.join(names)}.",
            )
        if name not in names:
            raise Refused(
                "ValidationError",
                f"The endpoint has no container {name}. There are: {', '.join(names)}.",
            )
        self.load()
        return self._models[name]

    def done(self) -> None:
        pass

    def load(self) -> None:
        with self._loading:
            if not self._models:
                self._models = {
                    container.name: self._loaded(container, archive)
                    for container, archive in zip(
                        self.variant.containers, self._archives, strict=True
                    )
                }

    def archives(self) -> list[bytes]:
        return [*self._archives]

    def at(self, variant: Variant) -> Direct:
        served = Direct(variant, self._archives, self._world, self.traffic)
        served._models = self._models
        return served

    def close(self) -> None:
        for model in self._models.values():
            end(model)

    def _loaded(self, container: Container, archive: bytes) -> Model:
        """A row of one container, so that its errors name it."""
        model = self._world.host.load(container.algorithm, archive, container.environment)
        if isinstance(model, Talking):
            heard = heard_by(self.traffic, self._world, self.variant.containers)
            model.listen(functools.partial(heard, container.name))
        seen = seen_by(self.traffic, self._world, counting=True)
        return kept(Pipeline([(container.name, model)], ticks=self._world.ticks, seen=seen))


class _Kept:
    """A model with a process of its own, which ends when nobody holds this any more: neither a
    deployment nor an invocation under way."""

    def __init__(self, model: Living) -> None:
        self._model = model
        self.end = weakref.finalize(self, model.close)

    def answer(self, body: bytes, content_type: str | None, accept: str | None) -> Answer:
        return self._model.answer(body, content_type, accept)


def kept(model: Model) -> Model:
    """The model, closed in time if that is needed."""
    return _Kept(model) if isinstance(model, Living) else model


def end(model: Model | None) -> None:
    """End the process of a model that was `kept`, whoever waits for its answer."""
    if isinstance(model, _Kept):
        model.end()


def heard_by(
    traffic: Traffic, world: World, containers: Sequence[Container]
) -> Callable[[str, str], None]:
    """Notes what each container prints in a variant's traffic; of several, in streams of their
    own."""

    def heard(container: str, line: str) -> None:
        traffic.say(world.now(), line, container if len(containers) > 1 else None)

    return heard


def seen_by(
    traffic: Traffic, world: World, *, counting: bool = False
) -> Callable[[str, Answer, float], None]:
    """Notes what each container answers in a variant's traffic; `counting`: also that it did."""

    def seen(container: str, answer: Answer, micros: float) -> None:
        now = world.now()
        values = {"ContainerLatency": micros}
        if counting:
            values["Invocations"] = 1.0
            values["Invocation4XXErrors"] = float(400 <= answer.status < 500)
            values["Invocation5XXErrors"] = float(answer.status >= 500)
        traffic.measure(now, values, container)
        line = f'"POST /invocations HTTP/1.1" {answer.status} {len(answer.body)}'
        traffic.say(now, line, container)
        if answer.status >= 300:
            traffic.say(now, answer.body.decode(errors="replace"), container)

    return seen
