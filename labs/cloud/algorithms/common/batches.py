"""A channel's rows, an epoch at a time, in batches."""

from __future__ import annotations

import itertools
import json
import logging
import time
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, NamedTuple, TypeAlias

import numpy as np

from labs.cloud.algorithms import recordio
from labs.cloud.algorithms.common import text
from labs.cloud.algorithms.common.channels import Channel
from labs.cloud.algorithms.common.errors import CustomerError
from labs.cloud.algorithms.common.streams import Streams
from labs.cloud.algorithms.recordio import Array

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix  # type: ignore[import-untyped]

    Features: TypeAlias = "Array | csr_matrix"

KEPT = 1 << 26  # numbers that are kept in memory between epochs, where data come as files
LARGEST_BATCH = 1 << 25  # numbers in one batch

log = logging.getLogger(__name__)


class Batch(NamedTuple):
    """`features` float32 of shape (rows, columns), dense; `labels` float32, shape (rows,), or
    None where the data have none."""

    features: Array
    labels: Array | None


class Source:
    """The rows of one channel. Each `epoch` reads it once, from its beginning.

    `rows` is how many a batch has, the last one of an epoch perhaps fewer. `width` is how many
    features there must be; None until the first batch has told.
    """

    def __init__(
        self,
        channel: Channel,
        data: Path,
        rows: int,
        width: int | None = None,
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.width = width
        self._channel, self._rows, self._clock = channel, rows, clock
        self._streams = Streams(channel, data, clock)
        self._kept: list[Batch] | None = None

    def epoch(self) -> Iterator[Batch]:
        """The batches of one pass. Raises CustomerError for data that are none."""
        begun, count = self._clock(), 0
        if self._kept is not None:
            yield from self._kept
            return
        kept: list[Batch] | None = None if self._channel.is_piped else []
        room = KEPT
        try:
            with closing(self._read()) as batches:
                for batch in batches:
                    count += 1
                    if count == 1 and self._streams.epoch == 0:
                        self._tell_first(begun)
                    room -= batch.features.size
                    if kept is not None and room >= 0:
                        kept.append(batch)
                    else:
                        kept = None
                    yield batch
        finally:
            self._tell(begun, count)
        if count == 0:
            raise CustomerError(f"Unable to read data channel '{self._channel.name}'. It is empty.")
        self._kept = kept

    def _read(self) -> Generator[Batch]:
        channel = self._channel
        try:
            with closing(self._streams.begin()) as streams:
                if channel.kind == "recordio":
                    yield from map(self._checked, self._of_records(streams))
                else:
                    yield from map(self._checked, self._of_text(streams))
        except (recordio.BadRecord, text.BadText) as error:
            raise CustomerError(
                f"Unable to read data channel '{channel.name}'. Requested content-type is "
                f"'{channel.content_type}'. Please verify the data matches the requested "
                f"content-type. ({error})"
            ) from None

    def _of_records(self, streams: Iterator[BinaryIO]) -> Iterator[Batch]:
        records = itertools.chain.from_iterable(map(recordio.read, streams))
        while found := recordio.rows(
            itertools.islice(self._of_one_width(records), self._rows), columns=self.width
        ):
            self._room_for(found.features.shape)
            yield Batch(dense(found.features), found.labels)

    def _of_one_width(self, records: Iterable[recordio.Record]) -> Iterator[recordio.Record]:
        """`records`; a dense one that is too short would be filled up with zeros."""
        for record in records:
            tensor = record.features.get(recordio.VALUES)
            if tensor is not None and tensor.keys is None and self.width is not None:
                self._expect(len(tensor.values))
            yield record

    def _of_text(self, streams: Iterator[BinaryIO]) -> Iterator[Batch]:
        tables = itertools.chain.from_iterable(map(text.tables, streams))
        for table in _in_parts(tables, self._rows):
            size = self._channel.label_size
            self._room_for(table.shape)
            yield Batch(table[:, size:], table[:, 0] if size else None)

    def _checked(self, batch: Batch) -> Batch:
        """`batch`, of the right width and without a number that is none."""
        if self.width is None:
            self.width = batch.features.shape[1]
        self._expect(batch.features.shape[1])
        for part in batch:
            if part is None or np.isfinite(part).all():
                continue
            is_missing = np.isnan(part).any()
            what = "missing (NaN) values" if is_missing else "infinite floating point values"
            raise CustomerError(
                f"Unable to read data channel '{self._channel.name}'. Found {what}. "
                f"Please remove any {what} in the input data."
            )
        return batch

    def _expect(self, width: int) -> None:
        if width == 0 or width != self.width:
            hint = ""
            if self._channel.kind == "csv":
                size = self._channel.label_size
                hint = f" (label_size={size}: {'the first column is' if size else 'no column is'} a"
                hint += " label)"
            raise CustomerError(
                f"Unable to read data channel '{self._channel.name}'. A row has {width} features"
                f"{hint}, and there must be {self.width}."
            )

    def _room_for(self, shape: tuple[int, ...]) -> None:
        if shape[0] * shape[1] > LARGEST_BATCH:
            raise CustomerError(
                f"A batch of {shape[0]} rows with {shape[1]} features does not fit into memory: "
                "lower mini_batch_size."
            )

    def _tell_first(self, begun: float) -> None:
        """What the ways in which data come differ in."""
        log.info(
            "Channel '%s' in %s mode: %d bytes were copied before training, the first batch was"
            " there after %.3f seconds",
            self._channel.name, self._channel.mode, self._streams.copied(), self._clock() - begun,
        )  # fmt: skip

    def _tell(self, begun: float, count: int) -> None:
        stats = {
            "data_pipeline": f"/opt/ml/input/data/{self._channel.name}",
            "epoch": self._streams.epoch,
            "duration": round((self._clock() - begun) * 1000),  # ms
            "num_examples": count,  # batches, as AWS has it
            "num_bytes": self._streams.read,
        }
        log.info("epoch_stats=%s", json.dumps(stats))


def dense(features: Features) -> Array:
    """The same numbers, zeros included."""
    return features if isinstance(features, np.ndarray) else features.toarray()


def _in_parts(tables: Iterable[Array], rows: int) -> Iterator[Array]:
    """The same rows in tables of `rows` each, the last one perhaps smaller."""
    waiting: list[Array] = []
    have = 0
    for table in tables:
        if waiting and waiting[0].shape[1] != table.shape[1]:
            raise text.BadText(
                f"a file has {table.shape[1]} columns, those before {waiting[0].shape[1]}"
            )
        waiting.append(table)
        have += len(table)
        if have < rows:
            continue
        whole = np.concatenate(waiting)
        full = len(whole) // rows * rows
        yield from np.split(whole[:full], full // rows)
        waiting, have = [whole[full:]], len(whole) - full
    if have:
        yield np.concatenate(waiting)
