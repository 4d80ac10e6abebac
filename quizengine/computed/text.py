"""TF-IDF of a term, and the shape of a matrix of n-grams."""

from __future__ import annotations

import math
import random
from collections.abc import Iterable, Sequence
from datetime import date
from itertools import pairwise

from quizengine.computed.drawn import Choice, Drawn, Generator
from quizengine.content import Reference

CORPORA = (
    ("maintenance reports", "report", ("bearing", "leak", "vibration", "gasket", "corrosion")),
    ("court rulings", "ruling", ("lease", "liability", "appeal", "damages", "trustee")),
    ("recipes", "recipe", ("saffron", "yeast", "simmer", "cardamom", "zest")),
    ("patient letters", "letter", ("insomnia", "dosage", "allergy", "biopsy", "migraine")),
    ("support tickets", "ticket", ("refund", "password", "outage", "invoice", "router")),
)


def tf_idf(count: int, length: int, documents: int, containing: int) -> float:
    """count / length x ln(documents / containing): the plain formula, without smoothing."""
    return count / length * math.log(documents / containing)


def _tf_idf(rng: random.Random) -> Drawn:
    corpus, document, terms = rng.choice(CORPORA)
    term = rng.choice(terms)
    containing = rng.choice((10, 20, 25, 40, 50, 80, 100, 200))
    documents = containing * rng.choice((10, 20, 50, 100, 200, 400))
    length = rng.randrange(80, 500, 20)
    count = rng.randrange(2, 13)
    tf = count / length
    ratio = documents / containing
    stem = (
        f"A team weights the words of {documents:,} {corpus} by TF-IDF: tf is the count of a term "
        f"divided by the words of the {document}, idf is the natural logarithm of N / df, without "
        f"smoothing. One {document} of {length} words holds '{term}' {count} times; {containing} "
        f"{corpus} hold it at all.\n\nWhich weight does '{term}' get in this {document}?"
    )
    key = Choice(
        f"{tf_idf(count, length, documents, containing):.3f}",
        f"tf = {count} / {length} and idf = ln({documents:,} / {containing}) = "
        f"{math.log(ratio):.3f}; the weight is their product.",
    )
    wrong = (
        Choice(
            f"{tf * math.log10(ratio):.3f}",
            "This takes the logarithm to base 10; the stem names the natural one.",
            "constraint",
        ),
        Choice(
            f"{tf * (math.log(ratio) + 1):.3f}",
            "This adds 1 to the idf, as some libraries do; the stem says without smoothing.",
            "constraint",
        ),
        Choice(
            f"{tf * math.log(1 / ratio):.3f}",
            "Here the fraction is turned around to df / N: the rarer a term, the more negative.",
            "elsewhere",
        ),
        Choice(
            f"{count * math.log(ratio):.3f}",
            f"This takes the raw count for tf; the stem divides by the {length} words.",
            "constraint",
        ),
        Choice(
            f"{tf * ratio:.3f}",
            "This multiplies by N / df itself: without the logarithm a rare term drowns all else.",
            "elsewhere",
        ),
    )
    return Drawn(
        stem, "the natural logarithm of N / df", key, (*wrong[:2], *rng.sample(wrong[2:], 3))
    )


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
    rows = len(sentences)

    def shape(columns: int) -> str:
        return f"{rows} x {columns}"

    lines = "\n".join(f"- {sentence}" for sentence in sentences)
    stem = (
        f"A vectorizer turns these {rows} documents into a TF-IDF matrix, a document a row. It "
        f"splits at spaces, keeps every word, and takes unigrams and bigrams:\n\n{lines}\n\n"
        "Which shape does the matrix have (rows x columns)?"
    )
    key = Choice(
        shape(len(ones) + len(twos)),
        f"{len(ones)} distinct words and {len(twos)} distinct pairs of neighbours within a "
        f"document give {len(ones) + len(twos)} columns, for {rows} rows.",
    )
    wrong = (
        Choice(
            shape(every),
            "This counts every occurrence; a term that comes again fills the column it has.",
            "elsewhere",
        ),
        Choice(
            shape(len(ones | across)),
            "This joins the last word of a document with the first of the next; pairs are formed "
            "within a document.",
            "elsewhere",
        ),
        Choice(
            shape(len(twos)),
            "These are the bigrams alone; the unigrams have columns of their own beside them.",
            "constraint",
        ),
        Choice(
            shape(len(ones)),
            "These are the unigrams alone; the bigrams have columns of their own beside them.",
            "constraint",
        ),
        Choice(
            f"{len(ones) + len(twos)} x {rows}",
            "Here rows and columns have changed places: a document is a row.",
            "elsewhere",
        ),
    )
    rest: Iterable[Choice] = rng.sample(wrong, len(wrong))
    usable = len(set(sentences)) == rows and every > len(ones) + len(twos)
    return Drawn(stem, "unigrams and bigrams", key, tuple(rest) if usable else ())


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
