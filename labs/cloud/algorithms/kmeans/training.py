"""A k-means job: from the channels under BASE to `model/model_algo-1`.

More centres than are wanted are moved by mini-batches, which is scikit-learn's MiniBatchKMeans;
then their number is brought down to k by Lloyd's method, which is its KMeans, each centre with the
weight of the rows it stands for.

Source: "How k-means clustering works" in SageMaker's developer guide, and what its log shows. The
lines of the log are its own, so that the metrics are found in them.
"""

from __future__ import annotations

import logging
import time
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from labs.cloud.algorithms.common import artefact
from labs.cloud.algorithms.common.batches import Source
from labs.cloud.algorithms.common.channels import TRAIN, read_channels
from labs.cloud.algorithms.common.errors import CustomerError
from labs.cloud.algorithms.common.layout import Layout, refuse_what_is_not_offered
from labs.cloud.algorithms.kmeans.hyperparameters import Settings, read
from labs.cloud.algorithms.kmeans.nearest import nearest
from labs.cloud.algorithms.recordio import Array

NAME = "kmeans"
TEST = "test"
SEED = 1  # the same job makes the same model
HOST = "host=algo-1"
AUTO_FACTOR = 10  # what the algorithm's log shows for extra_center_factor
INIT = {"random": "random", "kmeans++": "k-means++"}  # as scikit-learn calls them
ALIKE = "Number of distinct clusters .* found smaller than n_clusters"

log = logging.getLogger(__name__)


@dataclass(frozen=True, eq=False)
class Centres:
    """Shape (centres, features), and how many rows each was the closest to, shape (centres,)."""

    at: Array
    weights: Array


def train(layout: Layout) -> None:
    """Raises CustomerError or AlgorithmError."""
    settings = read(layout.config("hyperparameters"))
    channels = read_channels(layout.config("inputdataconfig"), (TRAIN, TEST))
    refuse_what_is_not_offered(layout)
    sources = {
        name: Source(channel, layout.data, settings.mini_batch_size, settings.feature_dim)
        for name, channel in channels.items()
    }
    many = _moved(sources[TRAIN], settings)
    centres = shrunk(many, settings)
    layout.save_model(artefact.pack({"algorithm": NAME, "k": settings.k}, {"centres": centres}))
    _tell(TRAIN, centres, sources[TRAIN], settings)
    if TEST in sources:
        _tell(TEST, centres, sources[TEST], settings)
    else:
        log.info("Test data is not provided.")


def _moved(source: Source, settings: Settings) -> Centres:
    """The centres after all epochs, k * extra_center_factor of them."""
    model: Any = None
    weights = np.empty(0)
    for epoch in range(settings.epochs):
        begun, rows = time.monotonic(), 0
        weights = np.zeros_like(weights)
        for batch in source.epoch():
            if model is None:
                model = _beginning(len(batch.features), settings)
                weights = np.zeros(model.n_clusters)
            model.partial_fit(batch.features.astype(np.float64))  # whose squares are no infinities
            weights += np.bincount(model.labels_, minlength=model.n_clusters)
            rows += len(batch.features)
        log.info("processed a total of %d examples", rows)
        done = 100 * (epoch + 1) / settings.epochs
        log.info("#progress_metric: %s, completed %s %% of epochs", HOST, done)
        rate = rows / max(time.monotonic() - begun, 1e-9)
        log.info("#throughput_metric: %s, train throughput=%s records/second", HOST, rate)
    return Centres(model.cluster_centers_, weights)


def _beginning(rows: int, settings: Settings) -> Any:
    """MiniBatchKMeans, whose first centres are drawn from the first batch."""
    from sklearn.cluster import MiniBatchKMeans

    if rows < settings.k:
        raise CustomerError(
            f"The first batch has {rows} rows, and k={settings.k} centres are drawn from it: raise "
            "mini_batch_size, give more data, or lower k."
        )
    factor = settings.extra_center_factor
    if factor is None:
        factor = min(AUTO_FACTOR, rows // settings.k)
        log.info("'extra_center_factor' was set to 'auto', evaluated to %d.", factor)
    elif factor * settings.k > rows:
        raise CustomerError(
            f"The first batch has {rows} rows, and k * extra_center_factor = "
            f"{factor * settings.k} centres are drawn from it: raise mini_batch_size, give more "
            "data, or lower extra_center_factor."
        )
    if rows < settings.mini_batch_size:
        log.warning(
            "Batch size %d is bigger than the first batch data. Effective batch size used to"
            " initialize is %d", settings.mini_batch_size, rows,
        )  # fmt: skip
    return MiniBatchKMeans(
        n_clusters=factor * settings.k,
        init=INIT[settings.init_method],
        n_init=1,
        init_size=rows,
        batch_size=settings.mini_batch_size,
        reassignment_ratio=0.0,
        random_state=SEED,
    )


def shrunk(many: Centres, settings: Settings) -> Array:
    """k centres in the place of many: float32, shape (k, features)."""
    if len(many.at) == settings.k:
        return many.at.astype(np.float32)
    from sklearn.cluster import KMeans

    log.info("shrinking %d centers into %d", len(many.at), settings.k)
    best: Any = None
    for attempt in range(settings.local_lloyd_num_trials):
        model = KMeans(
            n_clusters=settings.k,
            init=INIT[settings.local_lloyd_init_method],
            n_init=1,
            max_iter=settings.local_lloyd_max_iter,
            tol=settings.local_lloyd_tol,
            random_state=SEED + attempt,
        )
        with warnings.catch_warnings():  # rows that are alike leave some centres without any
            warnings.filterwarnings("ignore", ALIKE)
            model.fit(many.at, sample_weight=np.maximum(many.weights, 1e-9))
        distance = model.inertia_ / max(many.weights.sum(), 1.0)
        told = "local kmeans attempt #%d. Current mean square distance %f"
        log.info(told, attempt, distance)
        if best is None or model.inertia_ < best.inertia_:
            best = model
    centres: Array = best.cluster_centers_.astype(np.float32)
    return centres


def _tell(part: str, centres: Array, source: Source, settings: Settings) -> None:
    """How far the rows of a channel lie from their centres, on average or in all."""
    total, rows = 0.0, 0
    for distances in _distances(centres, source):
        total += float(distances.sum())
        rows += len(distances)
    values = {"msd": total / rows, "ssd": total}
    for name in settings.eval_metrics:
        log.info("#%s_score (algo-1) : ('%s', %s)", part, name, values[name])
    for name in settings.eval_metrics:
        log.info("#quality_metric: %s, %s %s <loss>=%s", HOST, part, name, values[name])


def _distances(centres: Array, source: Source) -> Iterator[Array]:
    for batch in source.epoch():
        yield nearest(batch.features, centres)[1]
