"""A Linear Learner job: from the channels under BASE to `model/model_algo-1`.

Source: "How linear learner works" in SageMaker's developer guide, and what its log shows. The lines
of the log are its own, so that the metrics are found in them.
"""

from __future__ import annotations

import json
import logging
import time
from dataclasses import asdict, dataclass

import numpy as np

from labs.cloud.algorithms.common import artefact
from labs.cloud.algorithms.common.batches import LARGEST_BATCH, Source
from labs.cloud.algorithms.common.channels import TRAIN, read_channels
from labs.cloud.algorithms.common.errors import CustomerError
from labs.cloud.algorithms.common.layout import Layout, refuse_what_is_not_offered
from labs.cloud.algorithms.linear_learner.candidate import Candidate, Linear, Tried, neighbours
from labs.cloud.algorithms.linear_learner.hyperparameters import Settings, read
from labs.cloud.algorithms.linear_learner.losses import losses, objective
from labs.cloud.algorithms.linear_learner.scaling import Scaling, labelled
from labs.cloud.algorithms.linear_learner.scores import Judgement, Score, judge, scores_of
from labs.cloud.algorithms.recordio import Array

NAME = "linear-learner"
VALIDATION, TEST = "validation", "test"
SEED = 1  # the same job makes the same model
HOST = "host=algo-1"

log = logging.getLogger(__name__)


@dataclass(frozen=True, eq=False)
class Best:
    """The best model so far, for features and labels as they come."""

    linear: Linear
    tried: Tried
    judgement: Judgement


def train(layout: Layout) -> None:
    """Raises CustomerError or AlgorithmError."""
    settings = read(layout.config("hyperparameters"))
    channels = read_channels(layout.config("inputdataconfig"), (TRAIN, VALIDATION, TEST))
    refuse_what_is_not_offered(layout)
    for name, channel in channels.items():
        if channel.label_size == 0:
            raise CustomerError(
                f"Unable to read data channel '{name}'. Its content type says label_size=0, and "
                "Linear Learner needs the label in the first column."
            )
    width = settings.feature_dim
    sources = {
        name: Source(channel, layout.data, settings.mini_batch_size, width)
        for name, channel in channels.items()
    }
    scaling = Scaling.of(sources[TRAIN].epoch(), settings)
    for source in sources.values():
        source.width = sources[TRAIN].width
    _expect_room(settings, len(scaling.mean))

    best = _search(sources, scaling, settings)
    held_out = VALIDATION if VALIDATION in sources else TRAIN
    scores, labels = _scores({0: best.linear}, sources[held_out], settings)
    threshold = judge(scores[0], labels, settings).threshold
    layout.save_model(packed(best, threshold, settings))
    _tell(held_out, scores[0], labels, threshold, settings)
    log.info("Best model found for hyperparameters: %s", json.dumps(_shown(best.tried, settings)))
    if TEST in sources:
        scores, labels = _scores({0: best.linear}, sources[TEST], settings)
        _tell(TEST, scores[0], labels, threshold, settings)
    else:
        log.info("Test data is not provided.")


def _expect_room(settings: Settings, features: int) -> None:
    """Raises CustomerError if the classes are too many for this computer's memory."""
    if settings.num_classes * max(settings.mini_batch_size, features) > LARGEST_BATCH:
        raise CustomerError(
            f"{settings.num_classes} classes with {features} features and mini_batch_size="
            f"{settings.mini_batch_size} do not fit into memory: lower mini_batch_size."
        )


def packed(best: Best, threshold: float, settings: Settings) -> bytes:
    """The model as it is saved."""
    about = {
        "algorithm": NAME,
        "predictor_type": settings.predictor_type,
        "loss": settings.loss,
        "threshold": threshold,  # of the linear function's value
        "hyperparameters": _shown(best.tried, settings),
    }
    return artefact.pack(about, {"weight": best.linear.weight, "bias": best.linear.bias})


def _search(sources: dict[str, Source], scaling: Scaling, settings: Settings) -> Best:
    """Epoch by epoch, the best of the candidates, until nothing gets better."""
    candidates = [
        Candidate(tried, settings, SEED) for tried in neighbours(settings, len(scaling.mean))
    ]
    best: Best | None = None
    without = 0  # epochs in which nothing got better
    for epoch in range(settings.epochs):
        judgements = _epoch(epoch, candidates, sources, scaling, settings)
        if not judgements:
            raise CustomerError(
                f"Training diverged in epoch {epoch}: lower learning_rate, or let it be auto."
            )
        number = min(judgements, key=lambda each: judgements[each].cost)
        found = judgements[number]
        told = f"criteria={found.criterion}, value={found.value}"
        log.info("#early_stopping_criteria_metric: %s, epoch=%d, %s", HOST, epoch, told)
        is_better = _improves(found.cost, best, settings.early_stopping_tolerance)
        without = 0 if is_better else without + 1
        if best is None or found.cost < best.judgement.cost:
            log.info("Epoch %d: Loss improved. Updating best model", epoch)
            candidate = candidates[number]
            best = Best(scaling.undone(candidate.linear()), candidate.tried, found)
        done = 100 * (epoch + 1) // settings.epochs
        log.info("#progress_metric: %s, completed %d %% of epochs", HOST, done)
        if without >= settings.early_stopping_patience:
            log.info("Early stopping condition met. Stopping training.")
            break
    assert best is not None
    return best


def _epoch(
    epoch: int,
    candidates: list[Candidate],
    sources: dict[str, Source],
    scaling: Scaling,
    settings: Settings,
) -> dict[int, Judgement]:
    """Take every candidate through the training data once; how good each of the living is."""
    begun, rows = time.monotonic(), 0
    sums = np.zeros(len(candidates))
    for batch in sources[TRAIN].epoch():
        labels = labelled(batch, settings)
        features, wanted = scaling.features(batch.features), scaling.labels(labels)
        weights = scaling.rows(labels)
        for number, candidate in enumerate(candidates):
            candidate.step(features, wanted, weights)
            if candidate.is_alive:
                scores = candidate.linear().scores(features)
                sums[number] += losses(scores, wanted, settings).sum()
        rows += len(labels)
    rate = rows / max(time.monotonic() - begun, 1e-9)
    means = {number: sums[number] / rows for number, each in enumerate(candidates) if each.is_alive}
    name = objective(settings.loss)
    # As on AWS, a line of the log is about the model with the hyperparameters that were given.
    _quality(f"epoch={epoch}, {TRAIN}", Score(name, means.get(0, float("nan")), is_loss=True))
    log.info("#throughput_metric: %s, train throughput=%s records/second", HOST, rate)
    if VALIDATION not in sources:
        return {number: Judgement(name, mean, is_loss=True) for number, mean in means.items()}
    living = {number: scaling.undone(candidates[number].linear()) for number in means}
    found, labels = _scores(living, sources[VALIDATION], settings)
    mean = float(losses(found[0], labels, settings).mean()) if 0 in found else float("nan")
    _quality(f"epoch={epoch}, {VALIDATION}", Score(name, mean, is_loss=True))
    return {number: judge(each, labels, settings) for number, each in found.items()}


def _scores(
    models: dict[int, Linear], source: Source, settings: Settings
) -> tuple[dict[int, Array], Array]:
    """Each model's scores for all rows of a channel, and their labels."""
    parts: dict[int, list[Array]] = {number: [] for number in models}
    labels = []
    for batch in source.epoch():
        labels.append(labelled(batch, settings))
        for number, model in models.items():
            parts[number].append(model.scores(batch.features))
    return {number: np.concatenate(each) for number, each in parts.items()}, np.concatenate(labels)


def _improves(cost: float, best: Best | None, tolerance: float) -> bool:
    """Whether it is better by at least a share of what the best was."""
    if best is None:
        return True
    return best.judgement.cost - cost >= tolerance * abs(best.judgement.cost) and (
        cost < best.judgement.cost
    )


def _tell(part: str, scores: Array, labels: Array, threshold: float, settings: Settings) -> None:
    """How good the final model is on one channel."""
    told = list(scores_of(scores, labels, threshold, settings))
    for score in told:
        log.info("#%s_score (algo-1) : ('%s', %s)", part, score.name, score.value)
    for score in told:
        _quality(part, score)


def _quality(part: str, score: Score) -> None:
    kind = "loss" if score.is_loss else "score"
    log.info("#quality_metric: %s, %s %s <%s>=%s", HOST, part, score.name, kind, score.value)


def _shown(tried: Tried, settings: Settings) -> dict[str, object]:
    return {"optimizer": settings.optimizer, **asdict(tried)}
