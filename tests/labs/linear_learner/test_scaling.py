"""Scaling, and a model's way back from it."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from labs.cloud.algorithms.common.batches import Batch
from labs.cloud.algorithms.common.errors import CustomerError
from labs.cloud.algorithms.linear_learner.candidate import Linear
from labs.cloud.algorithms.linear_learner.hyperparameters import Settings, read
from labs.cloud.algorithms.linear_learner.scaling import Scaling
from labs.cloud.algorithms.recordio import Array


def settings(kind: str = "regressor", **given: str) -> Settings:
    return read({"predictor_type": kind, "num_classes": "3", **given})


def scaling(features: Array, labels: Array, settings: Settings, rows: int = 4) -> Scaling:
    batches = [
        Batch(features[at : at + rows], labels[at : at + rows])
        for at in range(0, len(labels), rows)
    ]
    return Scaling.of(iter(batches), settings)


NUMBERS = st.floats(-1000, 1000, width=32)


@given(
    table=hnp.arrays(np.float32, (9, 3), elements=NUMBERS),
    weight=hnp.arrays(np.float32, (2, 1), elements=st.floats(-10, 10, width=32)),
    flags=st.lists(st.sampled_from(["true", "false"]), min_size=4, max_size=4),
)
def test_the_model_that_is_saved_says_of_rows_what_the_trained_one_says_of_scaled_ones(
    table: Array, weight: Array, flags: list[str]
) -> None:
    names = ("normalize_data", "unbias_data", "normalize_label", "unbias_label")
    given = settings(**dict(zip(names, flags, strict=True)))
    found = scaling(table[:, 1:], table[:, 0], given)
    linear = Linear(weight, np.array([0.5], np.float32))
    inside = linear.scores(found.features(table[:, 1:]).astype(np.float64))
    outside = found.undone(linear).scores(table[:, 1:].astype(np.float64))
    back = inside * found.label_deviation + found.label_mean
    np.testing.assert_allclose(outside, back, rtol=1e-3, atol=1e-2 * (1 + np.abs(back).max()))


def test_scaled_features_have_mean_0_and_deviation_1() -> None:
    table = np.random.default_rng(0).normal(5, 30, (1000, 3)).astype(np.float32)
    found = scaling(table[:, 1:], table[:, 0], settings(), rows=300)
    scaled = found.features(table[:, 1:])
    np.testing.assert_allclose(scaled.mean(axis=0), 0, atol=1e-5)
    np.testing.assert_allclose(scaled.std(axis=0), 1, atol=1e-5)
    labels = found.labels(table[:, 0])
    assert (labels.mean(), labels.std()) == (pytest.approx(0, abs=1e-5), pytest.approx(1))


def test_a_feature_that_never_changes_stays_finite() -> None:
    found = scaling(np.full((8, 1), 7, np.float32), np.arange(8, dtype=np.float32), settings())
    assert found.features(np.array([[7.0], [8.0]])).tolist() == [[0.0], [1.0]]


def test_what_does_not_fit_into_32_bits_is_the_customers_error() -> None:
    table = np.array([[3e38], [-3e38], [-3e38]], dtype=np.float32)
    found = scaling(table, np.zeros(3, np.float32), settings(normalize_data="false"))
    with pytest.raises(CustomerError, match="do not fit into 32 bits"):
        found.features(table)


def test_only_the_first_rows_tell() -> None:
    table = np.array([[0, 0], [0, 2], [0, 1000]], dtype=np.float32)
    few = scaling(table[:, 1:], table[:, 0], settings(num_point_for_scaler="2"))
    assert few.mean.tolist() == [1.0]
    assert scaling(table[:, 1:], table[:, 0], settings()).mean.tolist() == [334.0]


BINARY, MULTICLASS = "binary_classifier", "multiclass_classifier"


@pytest.mark.parametrize(
    ("kind", "given", "weights"),
    [
        ("regressor", {"positive_example_weight_mult": "3"}, None),
        (BINARY, {}, None),
        (BINARY, {"positive_example_weight_mult": "3"}, [1.0, 3.0]),
        (BINARY, {"positive_example_weight_mult": "balanced"}, [1.0, 5.0]),
        (MULTICLASS, {}, None),
        (MULTICLASS, {"balance_multiclass_weights": "true"}, [0.4, 2.0, 2.0]),
    ],
)
def test_classes_count_as_they_are_told_to(
    kind: str, given: dict[str, str], weights: list[float] | None
) -> None:
    labels = np.array([0, 0, 0, 0, 0, 1])
    found = scaling(
        np.zeros((6, 1), np.float32), labels.astype(np.float32), settings(kind, **given)
    )
    assert (None if found.weights is None else found.weights.tolist()) == weights
    if found.weights is not None:
        rows = found.rows(labels)
        assert rows is not None
        assert rows.tolist() == [found.weights[label] for label in labels]


@pytest.mark.parametrize(
    ("kind", "label", "message"),
    [
        (BINARY, 2.0, "A label is 2, and with .* labels must be 0 or 1. Is the label in the first"),
        (BINARY, 0.5, "A label is 0.5"),
        (BINARY, -1.0, "A label is -1"),
        (MULTICLASS, 3.0, "A label is 3, and with .* labels must be 0 to 2"),
    ],
)
def test_a_label_that_is_no_class_is_refused(kind: str, label: float, message: str) -> None:
    with pytest.raises(CustomerError, match=message):
        scaling(np.zeros((2, 1)), np.array([0.0, label]), settings(kind))


def test_data_without_labels_are_refused() -> None:
    with pytest.raises(CustomerError, match="The data have no labels"):
        Scaling.of([Batch(np.zeros((2, 1)), None)], settings())
