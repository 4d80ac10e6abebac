"""TF-IDF of a term, and the shape of a matrix of n-grams."""

from __future__ import annotations

import math
import random
from collections.abc import Sequence
from datetime import date
from itertools import pairwise

from quizengine.computed.drawn import UNUSABLE, Choice, Drawn, Generator, around, sound
from quizengine.content import Reference
from quizengine.question import Trap

CORPORA = (
    ("maintenance report", ("bearing", "leak", "vibration", "gasket", "corrosion")),
    ("court ruling", ("lease", "liability", "appeal", "damages", "trustee")),
    ("recipe", ("saffron", "yeast", "simmer", "cardamom", "zest")),
    ("patient letter", ("insomnia", "dosage", "allergy", "biopsy", "migraine")),
    ("support ticket", ("refund", "password", "outage", "invoice", "router")),
)


def tf_idf(count: int, length: int, documents: int, containing: int) -> float:
    """count / length x ln(documents / containing): the plain formula, without smoothing."""
    return count / length * math.log(documents / containing)


def _tf_idf(rng: random.Random) -> Drawn:
    document, terms = rng.choice(CORPORA)
    term = rng.choice(terms)
    containing = rng.choice((10, 20, 25, 40, 50, 80, 100, 200))
    documents = containing * rng.choice((10, 20, 50, 100, 200, 400))
    length = rng.randrange(80, 500, 20)
    count = rng.randrange(2, 13)
    tf = count / length
    ratio = documents / containing
    stem = (
        f"A team weights the words of {documents:,} {document}s by TF-IDF. Its tf is the count of "
        f"a term divided by the number of words in the {document}; its idf is ln(N / df), with "
        f"nothing added, where N is the number of {document}s and df the number that hold the "
        f"term. One {document} has {length} words, and '{term}' {count} times among them; "
        f"{containing} of the {documents:,} hold it.\n\n"
        f"Which weight does '{term}' get in this {document}, rounded to three decimals?"
    )
    right = tf_idf(count, length, documents, containing)
    found: dict[float, tuple[str, Trap]] = {
        tf * math.log10(ratio): (
            "This takes the logarithm to base 10; ln is the natural one.",
            "constraint",
        ),
        tf * math.log2(ratio): (
            "This takes the logarithm to base 2; ln is the natural one.",
            "constraint",
        ),
        tf * (math.log(ratio) + 1): (
            "This adds 1 to the idf, as scikit-learn does; the stem's idf is the logarithm alone.",
            "constraint",
        ),
        tf * math.log(documents): (
            "This leaves df out; idf takes the logarithm of N divided by df.",
            "elsewhere",
        ),
        math.log(ratio) / length: (
            f"This takes the term as there or not; it comes {count} times.",
            "elsewhere",
        ),
    }
    if not sound([right, *found], 3, 0.003):
        return UNUSABLE
    key = Choice(
        f"{right:.3f}",
        f"tf = {count} / {length} and idf = ln({documents:,} / {containing}) = "
        f"{math.log(ratio):.3f}; their product is {right:.3f}.",
    )
    wrong = {value: Choice(f"{value:.3f}", *told) for value, told in found.items()}
    return Drawn(stem, "ln(N / df), with nothing added", key, around(rng, right, wrong))


NOUNS = ("pump", "valve", "motor", "sensor", "belt", "filter")
VERBS = ("leaks", "stops", "hums", "fails", "heats", "jams")
TIMES = ("again", "daily", "today", "early", "overnight")


def _sentence(rng: random.Random) -> str:
    words = ["the", rng.choice(NOUNS), rng.choice(VERBS)]
    if rng.random() < 0.5:
        words += ["and", "the", rng.choice(NOUNS), rng.choice(VERBS)]
    if rng.random() < 0.6:
        words.append(rng.choice(TIMES))
    return " ".join(words)


def bigrams(words: Sequence[str]) -> list[str]:
    return [" ".join(pair) for pair in pairwise(words)]


def _shape(rng: random.Random) -> Drawn:
    sentences = [_sentence(rng) for _ in range(rng.choice((2, 3)))]
    split = [sentence.split() for sentence in sentences]
    ones = {word for words in split for word in words}
    twos = {pair for words in split for pair in bigrams(words)}
    every = sum(len(words) + len(bigrams(words)) for words in split)
    across = {*bigrams([word for words in split for word in words])}
    kept = [[word for word in words if word != "the"] for words in split]
    without = {word for words in kept for word in words}
    without |= {pair for words in kept for pair in bigrams(words)}
    rows = len(sentences)
    lines = "\n".join(f"- {sentence}" for sentence in sentences)
    stem = (
        f"A vectorizer turns these {rows} documents into a TF-IDF matrix, a row per document. "
        f"It splits at spaces, keeps every word, and takes unigrams and bigrams:\n\n{lines}\n\n"
        "Which shape does the matrix have (rows x columns)?"
    )
    key = Choice(
        f"{rows} x {len(ones) + len(twos)}",
        f"{len(ones)} distinct words and {len(twos)} distinct pairs of neighbours within a "
        f"document give {len(ones) + len(twos)} columns, for {rows} rows.",
    )
    alone, kind, rest = rng.choice(
        ((len(ones), "unigrams", "bigrams"), (len(twos), "bigrams", "unigrams"))
    )
    found: dict[int, tuple[str, Trap]] = {
        every: (
            "This counts every occurrence; a repeated term shares the column it already has.",
            "elsewhere",
        ),
        len(ones) + sum(len(bigrams(words)) for words in split): (
            "This counts repeated bigrams again; they share the column they already have.",
            "elsewhere",
        ),
        len(ones | across): (
            "This joins the last word of a document with the first of the next; pairs are formed "
            "within a document.",
            "elsewhere",
        ),
        alone: (
            f"These are the {kind} alone; the {rest} have columns of their own beside them.",
            "constraint",
        ),
        len(without): (
            "This drops 'the' as a stop word first; the vectorizer of the stem keeps every word.",
            "constraint",
        ),
    }
    wrong: dict[float, Choice] = {
        columns: Choice(f"{rows} x {columns}", *told) for columns, told in found.items()
    }
    if len(set(sentences)) < rows or len(ones) == len(twos):
        return UNUSABLE
    columns = len(ones) + len(twos)
    return Drawn(stem, "unigrams and bigrams", key, around(rng, columns, wrong))


_TASKS = {"mls-c01": "2.2", "mla-c01": "1.2"}
_WHERE = ("features/text-and-image",)
_DAY = date(2026, 11, 21)
_COUNTS = Reference(
    title="CountVectorizer, scikit-learn reference",
    url="https://scikit-learn.org/stable/modules/generated/"
    "sklearn.feature_extraction.text.CountVectorizer.html",
    as_of="unknown",
)
_TEXT = Reference(
    title="Text feature extraction, scikit-learn user guide",
    url="https://scikit-learn.org/stable/modules/feature_extraction.html",
    as_of="unknown",
)
GENERATORS = (
    Generator(
        "tf-idf-of-a-term", "The TF-IDF weight of a term",
        _WHERE, _TASKS, ("tf-idf-is-tf-times-log-n-over-df",), "medium", _DAY, (_TEXT,), _tf_idf,
    ),
    Generator(
        "shape-of-an-n-gram-matrix", "The shape of a matrix of n-grams",
        _WHERE, _TASKS, ("stop-words-go-before-n-grams",), "medium", _DAY, (_COUNTS, _TEXT), _shape,
    ),
)  # fmt: skip
