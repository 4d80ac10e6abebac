"""An object's records to the model, and its answers put together."""

from __future__ import annotations

import gzip
import itertools
import zlib
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor, wait
from typing import TypeAlias

from labs.cloud.ports import Answer, Model
from labs.cloud.transform.asking import Asking
from labs.cloud.transform.processing import assembled
from labs.cloud.transform.records import MIB, BadRecords, batches, split

Batch: TypeAlias = list[tuple[bytes, bytes]]  # records as they were, and as they are sent
LOOK_S = 0.05  # how soon a stop is noticed while the model thinks


class Refusal(Exception):
    """An object that has no answers: whose error it is, ClientError or AlgorithmError, and the
    lines that say why."""

    def __init__(self, kind: str, lines: list[str]) -> None:
        super().__init__(kind)
        self.kind, self.lines = kind, lines


class Client:
    """Asks one model. `ticks` counts nanoseconds; `check` raises when there is no more use."""

    def __init__(
        self, model: Model, asking: Asking, ticks: Callable[[], int], check: Callable[[], None]
    ) -> None:
        self._model, self._asking, self._ticks, self._check = model, asking, ticks, check

    def answers(self, body: bytes) -> bytes:
        """The answers to all of an object. Raises Refusal, and what `check` does."""
        asking = self._asking
        try:
            records = split(self._plain(body), asking.split_type, bare=asking.single)
            pairs = ((record, asking.sent(record)) for record in records)
            requests = batches(pairs, most=asking.most_mib * MIB, single=asking.single)
            parts = [
                asking.written(b"".join(record for record, _ in batch), answer)
                for batch, answer in self._each(requests)
            ]
        except BadRecords as error:
            raise Refusal("ClientError", [f"ClientError: {error}"]) from None
        return assembled(parts, asking.assemble_with)

    def _plain(self, body: bytes) -> bytes:
        if not self._asking.gzipped:
            return body
        try:
            return gzip.decompress(body)
        except (OSError, EOFError, zlib.error) as error:
            raise Refusal("ClientError", [f"ClientError: it is not gzip: {error}"]) from None

    def _each(self, requests: Iterable[Batch]) -> Iterator[tuple[Batch, Answer]]:
        """Each request with its answer, in order, so many at a time."""
        pool = ThreadPoolExecutor(self._asking.at_once, "transforming")
        waiting: deque[tuple[Batch, Future[Answer]]] = deque()
        coming = iter(requests)
        try:
            while True:
                for batch in itertools.islice(coming, self._asking.at_once - len(waiting)):
                    body = b"".join(sent for _, sent in batch)
                    waiting.append((batch, pool.submit(self._asked, body)))
                if not waiting:
                    return
                batch, future = waiting.popleft()
                yield batch, self._result(future)
        finally:
            pool.shutdown(wait=False, cancel_futures=True)

    def _asked(self, body: bytes) -> Answer:
        """What the model says to one request, which is sent again if it breaks."""
        asking = self._asking
        for left in range(asking.retries, -1, -1):
            answer = self._model.answer(body, asking.content_type, asking.accept)
            if answer.status < 500 or not left:
                break
            self._check()
        if answer.status < 300:
            return answer
        said = ["", "Message:", *answer.body.decode(errors="replace").splitlines()]
        if answer.status < 500:
            raise Refusal("ClientError", [f"ClientError: {answer.status}", *said])
        broken = f"Bad HTTP status received from algorithm: {answer.status}"
        raise Refusal("AlgorithmError", [broken, *said])

    def _result(self, future: Future[Answer]) -> Answer:
        begun = self._ticks()
        while not wait([future], LOOK_S).done:
            self._check()
            if (self._ticks() - begun) / 1e9 > self._asking.timeout_s:
                raise Refusal("AlgorithmError", ["Unable to get response from algorithm"])
        self._check()
        try:
            return future.result()
        except Refusal:
            raise
        except Exception as error:  # a container that breaks
            lines = ["Unable to get response from algorithm", repr(error)]
            raise Refusal("AlgorithmError", lines) from None
