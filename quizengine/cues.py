"""Surface cues: what the form of an option shows to someone who does not know the matter.

Test-wise readers guess by length, precision, hedges and absolutes, by words that an option shares
with the stem or with the other options, and by what is not parallel (Haladyna, Downing and
Rodriguez, A Review of Multiple-Choice Item-Writing Guidelines, 2002). A cue is a number for an
option; it says nothing of what the option means. tests/content/test_surface_cues.py asks how well
all of them together tell right options from wrong ones.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from statistics import fmean
from types import MappingProxyType

from quizengine.bias import ABSOLUTES, HEDGES, Optioned, Score
from quizengine.likeness import words
from quizengine.question import Option

TELLING = 4  # letters and more of a word that can be shared; shorter ones stand in every text
LONG = 9  # letters and more of a long word

_NEGATIONS = frozenset({"cannot", "neither", "never", "no", "none", "nor", "not", "without"})
_REASONS = frozenset({
    "because", "if", "since", "so", "therefore", "thus", "until", "when", "while",
})  # fmt: skip
_JOINTS = re.compile(
    r"[,;:]"
    r"|\b(?:after|and|because|before|but|if|or|so|that|then|when|where|which|while)\b"
)
_NUMBER = re.compile(r"\d[\d.,]*")
_NAME = re.compile(r"(?<=\s)`?[A-Z]\w*")  # with a capital, and not as the first word
_CODE = re.compile(r"`[^`]+`")


def seen(question: Optioned) -> list[list[float]]:
    """For each option the value of every cue, and then, cue by cue, by how much that lies above
    the mean of the other options."""
    columns = [[float(cue(o, question)) for o in question.options] for cue in CUES.values()]
    above = [[_above(column, n) for n in range(len(column))] for column in columns]
    return [list(row) for row in zip(*columns, *above, strict=True)]


def _above(values: list[float], n: int) -> float:
    return values[n] - fmean(values[:n] + values[n + 1 :])


def _plain(text: str) -> list[str]:
    return re.findall(r"[a-z]+", text.lower())


def _telling(text: str) -> set[str]:
    return {word for word in words(text) if len(word) >= TELLING}


def _others(option: Option, question: Optioned) -> list[Option]:
    return [other for other in question.options if other.id != option.id]


def _asked(question: Optioned) -> str:
    """The closing question: the last paragraph of the stem."""
    return question.stem.strip().rsplit("\n\n", 1)[-1]


# Cues


def _one_of(listed: frozenset[str]) -> Score:
    return lambda option, _: sum(word in listed for word in _plain(option.text))


def _times(pattern: re.Pattern[str]) -> Score:
    return lambda option, _: len(pattern.findall(option.text))


def _share_of(said: Callable[[Optioned], str]) -> Score:
    """The share of an option's telling words that stand in what is said."""

    def score(option: Option, question: Optioned) -> float:
        own = _telling(option.text)
        return len(own & _telling(said(question))) / len(own) if own else 0.0

    return score


def _letters_a_word(option: Option, _: Optioned) -> float:
    return fmean([len(word) for word in _plain(option.text)] or [0])


def _long_words(option: Option, _: Optioned) -> float:
    return sum(len(word) >= LONG for word in _plain(option.text))


def _words_of_the_stem(option: Option, question: Optioned) -> float:
    return len(_telling(option.text) & _telling(question.stem))


def _words_of_the_others(option: Option, question: Optioned) -> float:
    """The share of its telling words that another option has too, on average over these. Wrong
    options are often made by varying the right one, which then has most in common with all."""
    own = _telling(option.text)
    shared = fmean(len(own & _telling(other.text)) for other in _others(option, question))
    return shared / len(own) if own else 0.0


def _begins_like_others(option: Option, question: Optioned) -> float:
    first = _plain(option.text)[:1]
    return fmean(_plain(other.text)[:1] == first for other in _others(option, question))


def _rank_by_length(option: Option, question: Optioned) -> float:
    """0 for the shortest, 1 for the longest; equal lengths share their ranks."""
    own = len(option.text)
    lengths = [len(other.text) for other in _others(option, question)]
    return fmean((own > length) + (own == length) / 2 for length in lengths)


def _place(option: Option, question: Optioned) -> float:
    """0 for the first in the file, 1 for the last."""
    return question.options.index(option) / (len(question.options) - 1)


CUES: Mapping[str, Score] = MappingProxyType({
    "characters": lambda option, _: len(option.text),
    "words": lambda option, _: len(option.text.split()),
    "rank by length": _rank_by_length,
    "letters a word": _letters_a_word,
    "long words": _long_words,
    "clauses": _times(_JOINTS),
    "commas": _times(re.compile(",")),
    "brackets": _times(re.compile(r"\(")),
    "code": _times(_CODE),
    "numbers": _times(_NUMBER),
    "names": _times(_NAME),
    "hedges": _one_of(HEDGES),
    "absolutes": _one_of(ABSOLUTES),
    "negations": _one_of(_NEGATIONS),
    "reasons and conditions": _one_of(_REASONS),
    "words of the stem": _words_of_the_stem,
    "share of words from the stem": _share_of(lambda question: question.stem),
    "share of words from the closing question": _share_of(_asked),
    "share of words from other options": _words_of_the_others,
    "begins like other options": _begins_like_others,
    "full stop": lambda option, _: option.text.rstrip().endswith("."),
    "place in the file": _place,
})  # fmt: skip
