"""Computed questions: the key is right, whoever computes it, and no other option is."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from quizengine.computed.drawn import Choice, Drawn
from quizengine.computed.generators import GENERATORS, generator_of, question
from quizengine.question import SingleQuestion

SEEDS = st.integers(0, 2**32 - 1)
each_generator = pytest.mark.parametrize("name", sorted(GENERATORS))


def numbers(text: str) -> list[float]:
    return [float(found.replace(",", "")) for found in re.findall(r"\d[\d,]*(?:\.\d+)?", text)]


def key_of(made: SingleQuestion) -> str:
    return made.texts[made.key[0]]


# Whatever the generator


@each_generator
@given(seed=SEEDS)
def test_a_seed_makes_one_question_and_its_id_finds_it_again(name: str, seed: int) -> None:
    made = GENERATORS[name].question(seed)
    assert question(made.id) == made
    assert question(made.id).digest() == made.digest()  # type: ignore[union-attr]
    assert generator_of(made.id) is GENERATORS[name]


@each_generator
@given(seed=SEEDS)
def test_options_differ_and_so_do_their_reasons(name: str, seed: int) -> None:
    made = GENERATORS[name].question(seed)
    assert len({option.text for option in made.options}) == 4
    assert len({option.why for option in made.options}) == 4
    assert made.decides in made.stem


@each_generator
def test_seeds_make_different_questions(name: str) -> None:
    made = [GENERATORS[name].question(seed) for seed in range(60)]
    assert len({each.stem for each in made}) > 40
    keys = [each.shuffled.index(each.key[0]) for each in made]
    assert {0, 1, 2, 3} == set(keys)


@pytest.mark.parametrize(
    "id", ["loss-of-a-train", "computed-unheard-of-00000001", "computed-f-beta-of-a-model-1", ""]
)
def test_other_ids_are_no_computed_questions(id: str) -> None:
    assert question(id) is None


@each_generator
def test_no_place_among_the_options_by_size_betrays_the_key(name: str) -> None:
    """Nor does the commonest part of an option, where it has several."""
    made = [GENERATORS[name].question(seed) for seed in range(300)]
    ranks = Counter(sorted(each.texts.values(), key=numbers).index(key_of(each)) for each in made)
    assert max(ranks.values()) < 0.62 * len(made)
    assert len(ranks) >= 3


def test_options_that_look_alike_are_passed_over() -> None:
    alike = Choice("0.5", "Once more.", "stage")
    others = [Choice(f"0.{n}", f"For {n}.", "stage") for n in (6, 7, 8)]
    key = Choice("0.5", "Right.")
    drawn = Drawn("", "", key, (alike, *others))
    assert drawn.options() == [key, *others]
    assert Drawn("", "", key, (alike, *others[:2])).options() is None


# Each key, by other means than the generator's


def ratio(stem: str) -> str:
    import sklearn.metrics as metrics

    cells = re.findall(r"\| ([\d,]+) \| ([\d,]+) \|", stem)
    (tp, fn), (fp, tn) = ((int(numbers(a)[0]), int(numbers(b)[0])) for a, b in cells)
    truth = [1] * (tp + fn) + [0] * (fp + tn)
    told = [1] * tp + [0] * fn + [1] * fp + [0] * tn
    computed: dict[str, Callable[..., float]] = {
        "precision": metrics.precision_score,
        "recall": metrics.recall_score,
        "accuracy": metrics.accuracy_score,
        "F1 score": metrics.f1_score,
        "specificity": lambda t, p: metrics.recall_score(t, p, pos_label=0),
    }
    asked = re.search(r"What is the (.+?) of the model", stem)
    assert asked is not None
    return f"{computed[asked[1]](truth, told):.3f}"


def f_beta(stem: str) -> str:
    found = re.search(r"precision is (\S+) and the recall is (\S+)\. .* beta = (\d\.?\d*)", stem)
    assert found is not None
    precision, recall, beta = map(float, found.groups())
    weight = 1 / (1 + beta**2)
    return f"{1 / (weight / precision + (1 - weight) / recall):.3f}"


def threshold(stem: str) -> str:
    told = re.search(r"hold (\d+) .* costs \$([\d,]+); a false alarm costs \$([\d,]+)", stem)
    assert told is not None
    positive, miss, alarm = (int(part.replace(",", "")) for part in told.groups())
    rows = [
        (float(t), int(tp), numbers(fp)[0])
        for t, tp, fp in re.findall(r"\| (0\.\d) \| (\d+) \| ([\d,]+) \|", stem)
    ]
    return f"{min(rows, key=lambda row: (positive - row[1]) * miss + row[2] * alarm)[0]}"


def fits(stem: str) -> str:
    from sklearn.model_selection import KFold, ParameterGrid

    grid = {name: range(int(n)) for n, name in re.findall(r"(\d+) values of `(\w+)`", stem)}
    folds = re.search(r"(\d+)-fold", stem)
    assert folds is not None
    rounds = [*KFold(int(folds[1])).split(np.zeros(20))]
    return f"{len(ParameterGrid(grid)) * len(rounds) + 1}"


def tf_idf(stem: str) -> str:
    found = re.search(
        r"of ([\d,]+) .* has (\d+) words, and '\w+' (\d+) times among them; (\d+)", stem, re.DOTALL
    )
    assert found is not None
    documents, length, count, containing = (int(part.replace(",", "")) for part in found.groups())
    return f"{np.log(documents / containing) * count / length:.3f}"


def shape(stem: str) -> str:
    from sklearn.feature_extraction.text import TfidfVectorizer

    documents = re.findall(r"^- (.+)$", stem, re.MULTILINE)
    vectorizer: Any = TfidfVectorizer(ngram_range=(1, 2), token_pattern=r"\S+")
    rows, columns = vectorizer.fit_transform(documents).shape
    return f"{rows} x {columns}"


def convolution(stem: str) -> str:
    n, _, _, kernels, size, _, padding, stride = map(int, numbers(stem)[:8])
    padded = np.zeros(n + 2 * padding)
    places = [*range(0, len(padded) - size + 1, stride)]
    return f"{len(places)} x {len(places)} x {kernels}"


def parameters(stem: str) -> str:
    inputs = re.search(r"has (\d+) inputs", stem)
    hidden = re.search(r"layers? of (.+?) units", stem)
    outputs = re.search(r"and (\w+) output unit", stem)
    assert inputs is not None
    assert hidden is not None
    assert outputs is not None
    last = 1 if outputs[1] == "one" else int(outputs[1])
    layers = [int(inputs[1]), *map(int, re.findall(r"\d+", hidden[1])), last]
    weights = [np.zeros(pair) for pair in pairwise(layers)]
    biases = [np.zeros(after) for after in layers[1:]]
    return f"{sum(array.size for array in (*weights, *biases)):,}"


def endpoint(stem: str) -> str:
    instances, price = numbers(stem)[:2]
    hours = sum(instances * price for _ in range(24 * 30))
    return f"${hours:,.2f}"


def spot(stem: str) -> str:
    _, training, billable = numbers(stem)[:3]
    return f"{100 * (training - billable) / training:.1f}%"


def shards(stem: str) -> str:
    records, megabytes = numbers(stem)[:2]
    found = re.search(r"(\w+) consumers? reads", stem)
    assert found is not None
    readers = ["One", "two", "three", "four", "five"].index(found[1]) + 1
    enough = 1
    while records > 1000 * enough or megabytes > enough or megabytes * readers > 2 * enough:
        enough += 1
    return f"{enough}"


def target(stem: str) -> str:
    rate = re.search(r"serves (\d+) requests", stem)
    factor = re.search(r"factor of (0\.\d)", stem)
    assert rate is not None
    assert factor is not None
    return f"{int(rate[1]) * 60 * round(10 * float(factor[1])) / 10:,.0f}"


BY_OTHER_MEANS: dict[str, Callable[[str], str]] = {
    "ratio-of-a-confusion-matrix": ratio,
    "f-beta-of-a-model": f_beta,
    "threshold-by-cost": threshold,
    "fits-of-a-grid-search": fits,
    "tf-idf-of-a-term": tf_idf,
    "shape-of-an-n-gram-matrix": shape,
    "output-of-a-convolution": convolution,
    "parameters-of-a-network": parameters,
    "cost-of-an-endpoint": endpoint,
    "saving-by-spot": spot,
    "shards-of-a-stream": shards,
    "target-to-scale-by": target,
}


def test_each_generator_is_checked_by_other_means() -> None:
    assert BY_OTHER_MEANS.keys() == GENERATORS.keys()


@each_generator
@given(seed=SEEDS)
def test_the_key_is_what_others_compute_and_no_other_option_is(name: str, seed: int) -> None:
    made = GENERATORS[name].question(seed)
    found = BY_OTHER_MEANS[name](made.stem)
    assert [option.text for option in made.options if option.text == found] == [key_of(made)]
