"""How alike texts are: the cosine of their TF-IDF vectors, and every pair that is too alike.

A word weighs (1 + ln count) x (1 + ln((1 + texts) / (1 + texts with it))) and a text's vector has
length 1 (Manning, Raghavan, Schütze, Introduction to Information Retrieval, 6.2 to 6.4; the idf is
smoothed, so that words of every text still count a little). Equal texts have likeness 1, texts
without a common word 0.
"""

from __future__ import annotations

import math
import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from typing import NamedTuple, TypeAlias

Vector: TypeAlias = dict[str, float]  # from the word that is rarest in all texts to the commonest

_ROUNDING = 1e-9


class Pair(NamedTuple):
    """Two texts, by their keys in the order they were given, and their likeness from 0 to 1."""

    first: str
    second: str
    likeness: float


def words(text: str) -> list[str]:
    """The words and numbers of a text, in lower case; a plural s does not tell words apart."""
    found = re.findall(r"\w+", text.lower())
    return [word[:-1] if len(word) > 3 and word.endswith("s") else word for word in found]


def vectors(texts: Mapping[str, str]) -> dict[str, Vector]:
    counts = {key: Counter(words(text)) for key, text in texts.items()}
    spread = Counter(word for count in counts.values() for word in count)
    idf = {word: 1 + math.log((1 + len(texts)) / (1 + n)) for word, n in spread.items()}
    return {
        key: _unit(
            {
                word: (1 + math.log(count[word])) * idf[word]
                for word in sorted(count, key=lambda word: (spread[word], word))
            }
        )
        for key, count in counts.items()
    }


def likeness(one: Vector, other: Vector) -> float:
    return math.fsum(one[word] * other[word] for word in one.keys() & other.keys())


def near_duplicates(texts: Mapping[str, str], at_least: float) -> list[Pair]:
    """Every pair whose likeness is `at_least` so much (above 0), the most alike first."""
    found = vectors(texts)
    pairs = [
        Pair(first, second, likeness(found[first], found[second]))
        for first, second in candidates(found, at_least)
    ]
    close = [pair for pair in pairs if pair.likeness >= at_least - _ROUNDING]
    return sorted(close, key=lambda pair: (-pair.likeness, pair))


def candidates(vectors: Mapping[str, Vector], at_least: float) -> Iterator[tuple[str, str]]:
    """The pairs worth comparing: all that are alike enough are among them, few others are.

    After Bayardo, Ma and Srikant, Scaling Up All Pairs Similarity Search (2007). Words come from
    rare to common in every vector, and a text is filed under its rarest words only, for as long
    as the rest of its vector, from that word on, is `at_least` long. Two texts have nothing in
    common before the first word they share, so their likeness is at most the product of their
    rests from there on: a pair is kept where that is enough.
    """
    filed: dict[str, list[tuple[str, float]]] = defaultdict(list)
    for key, vector in vectors.items():
        rare = list(_rests(vector, at_least))
        others: dict[str, None] = {}
        for word, rest in rare:
            needed = at_least / rest - _ROUNDING
            for other, its_rest in filed[word]:
                if its_rest >= needed:
                    others[other] = None
        for other in others:
            yield other, key
        for word, rest in rare:
            filed[word].append((key, rest))


def _rests(vector: Vector, at_least: float) -> Iterator[tuple[str, float]]:
    """Each word with the length of the vector from it on, while that is long enough."""
    square = 1.0
    for word, weight in vector.items():
        rest = math.sqrt(max(square, 0.0))
        if rest < at_least - _ROUNDING:
            return
        yield word, rest
        square -= weight**2


def _unit(vector: Vector) -> Vector:
    length = math.sqrt(sum(weight**2 for weight in vector.values()))
    return {word: weight / length for word, weight in vector.items()}
