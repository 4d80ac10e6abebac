"""An inference pipeline: a model's containers in a row, each answering with the next one's body.

Source: Amazon SageMaker's documentation, "Inference pipelines" (read 2026-11): the first gets the
request, each further one the body and content type that the one before it answered; the client's
Accept is for the last, the others answer as they do by default
(SAGEMAKER_DEFAULT_INVOCATIONS_ACCEPT of their environment).
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from labs.cloud.container import Container
from labs.cloud.ports import Answer, Host, Living, Model, Talking

LARGEST_BETWEEN = 5 * 1024**2  # bytes from one container to the next
Seen = Callable[[str, Answer, float], None]  # container, what it answered, in microseconds
Heard = Callable[[str, str], None]  # container, a line that it printed


@dataclass(frozen=True)
class Failed:
    """An answer that is an error: which container it came from, by name. `told` is the sentence
    that SageMaker says of it, where that is not the usual one."""

    container: str
    status: int
    content_type: str
    body: bytes
    told: str | None = None


class Pipeline:
    """A `ports.Living` of two models or more."""

    def __init__(
        self,
        stages: Sequence[tuple[str, Model]],
        *,
        ticks: Callable[[], int],
        seen: Seen | None = None,
    ) -> None:
        """`stages`: each container's name and model. `ticks` counts nanoseconds. `seen` is told
        of each container's answer."""
        self._stages, self._ticks, self._seen = tuple(stages), ticks, seen

    def answer(self, body: bytes, content_type: str | None, accept: str | None) -> Answer:
        """What the last container answers, or the first one that fails does (`Failed`)."""
        last = len(self._stages) - 1
        given: Answer | None = None
        for number, (name, model) in enumerate(self._stages):
            if given is not None:
                body, content_type = given.body, given.content_type
                if len(body) > LARGEST_BETWEEN:
                    return _oversized(self._stages[number - 1][0], name, given)
            given = self._asked(name, model, body, content_type, accept if number == last else None)
            if given.status >= 300:
                return Failed(name, given.status, given.content_type, given.body)
        assert given is not None, "a pipeline has containers"
        return given

    def close(self) -> None:
        for _, model in self._stages:
            if isinstance(model, Living):
                model.close()

    def _asked(
        self, name: str, model: Model, body: bytes, content_type: str | None, accept: str | None
    ) -> Answer:
        begun = self._ticks()
        answer: Answer
        try:
            answer = model.answer(body, content_type, accept)
        except Exception as error:  # a container that breaks answers 500, and its server goes on
            answer = Failed(name, 500, "text/plain", str(error).encode())
        if self._seen is not None:
            self._seen(name, answer, (self._ticks() - begun) / 1000)
        return answer


def load(
    host: Host,
    containers: Sequence[Container],
    archives: Sequence[bytes],
    *,
    ticks: Callable[[], int],
    seen: Seen | None = None,
    heard: Heard | None = None,
) -> Model:
    """The model of one container, or the pipeline of several, from their archives, which were
    tried before (`Host.check`). Raises BadArchive, BadModel or images.UnknownImage."""
    stages: list[tuple[str, Model]] = []
    try:
        for container, archive in zip(containers, archives, strict=True):
            model = host.load(container.algorithm, archive, container.environment)
            stages.append((container.name, model))
            if heard is not None and isinstance(model, Talking):
                model.listen(functools.partial(heard, container.name))
    except Exception:
        Pipeline(stages, ticks=ticks).close()
        raise
    return stages[0][1] if len(stages) == 1 else Pipeline(stages, ticks=ticks, seen=seen)


def _oversized(container: str, following: str, answer: Answer) -> Failed:
    told = (
        f"Received response from {container} with status code {answer.status}. However, the "
        f"request payload from {container} to {following} is {len(answer.body)} bytes, which has "
        f"exceeded the maximum limit of {LARGEST_BETWEEN >> 20} MB."
    )
    return Failed(container, 413, "text/plain", told.encode(), told)
