"""The lint rules over the whole bank: does the look of an option give the key away?

They measure the questions with options (single and multiple) that were not withdrawn, and say
nothing about fewer than FEW of them. Chance is computed for each question from its own options
and keys; where several options tie, each counts with its share.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Sequence
from statistics import fmean
from typing import TypeAlias

from quizengine.likeness import words
from quizengine.question import MultipleQuestion, Option, SingleQuestion
from quizengine.rule import Found, Given, Register

FEW = 30
POINTS = 0.05  # how far a share may lie from chance, or two shares from each other
MULTIPLE = (0.10, 0.25)  # share of `multiple`; in published banks it is about one in seven
CHI_SQUARE = {3: 11.345, 4: 13.277, 5: 15.086}  # degrees of freedom: exceeded by chance in 1 %
FEWEST_EXPECTED = 5  # keys a place, for chi-square to hold

ABSOLUTES = frozenset({
    "all", "always", "cannot", "completely", "entirely", "every", "everything", "impossible",
    "must", "never", "no", "none", "nothing", "only", "solely",
})  # fmt: skip
HEDGES = frozenset({
    "about", "can", "could", "generally", "likely", "may", "might", "mostly", "often", "perhaps",
    "possibly", "probably", "roughly", "sometimes", "typically", "usually",
})  # fmt: skip

Optioned: TypeAlias = SingleQuestion | MultipleQuestion
Score: TypeAlias = Callable[[Option, Optioned], float]

_rules = Register()
RULES = _rules.rules


def measured(given: Given) -> list[Optioned]:
    """The questions whose options are looked at; none if they are too few to say anything."""
    found = [q for q in given.asked if isinstance(q, SingleQuestion | MultipleQuestion)]
    return found if len(found) >= FEW else []


def led_by_the_key(questions: Sequence[Optioned], score: Score) -> tuple[float, float]:
    """How often the option with the highest score is a right one, and how often chance makes it
    one. Of options that tie for the highest, each counts with its share."""
    found, chance = [], []
    for question in questions:
        scores = [(score(option, question), option.correct) for option in question.options]
        highest = max(value for value, _ in scores)
        found.append(fmean(correct for value, correct in scores if value == highest))
        chance.append(len(question.key) / len(question.options))
    return fmean(found), fmean(chance)


def key_beats_the_rest(questions: Sequence[Optioned], score: Score) -> float:
    """How often a right option scores higher than a wrong one of its question, a tie counting
    half: the area under the ROC curve within questions, 0.5 where the score tells nothing."""
    shares = []
    for question in questions:
        right = [score(option, question) for option in question.options if option.correct]
        wrong = [score(option, question) for option in question.options if not option.correct]
        shares.append(fmean((r > w) + (r == w) / 2 for r in right for w in wrong))
    return fmean(shares)


def with_one_of(questions: Sequence[Optioned], telling: frozenset[str]) -> tuple[float, float]:
    """The share of the right and of the wrong options that have one of the words."""
    has: dict[bool, list[bool]] = {True: [], False: []}
    for question in questions:
        for option in question.options:
            found = telling.intersection(re.findall(r"[a-z]+", option.text.lower()))
            has[option.correct].append(bool(found))
    return fmean(has[True]), fmean(has[False])


@_rules.bank("B001")
def the_key_is_not_too_often_the_longest(given: Given) -> Found:
    """The longest option is a right one no more often than chance and 5 points: who knows nothing
    would pick it."""
    if questions := measured(given):
        found, chance = led_by_the_key(questions, _length)
        if found > chance + POINTS:
            yield _off("the longest option is right", found, chance)


@_rules.bank("B002")
def the_key_prefers_no_place(given: Given) -> Found:
    """In the files, right options stand at each place equally often: for each number of options
    and keys that has 5 at a place, chi-square is at most what chance exceeds in 1 %."""
    for (options, keys), places in _places(measured(given)).items():
        times = sum(places) // keys
        expected = times * keys / options
        if expected < FEWEST_EXPECTED:
            continue
        # Keys of one question exclude each other's places, which makes the sum smaller by
        # (options - keys) / (options - 1).
        square = sum((place - expected) ** 2 for place in places) / expected
        square *= (options - 1) / (options - keys)
        if square > CHI_SQUARE[options - 1]:
            yield (
                f"{times} questions with {options} options, {keys} of them right: the right ones "
                f"stand at the places in turn {', '.join(map(str, places))} times, even would be "
                f"{expected:.1f} (chi-square {square:.1f}, at most {CHI_SQUARE[options - 1]})"
            )


@_rules.bank("B003")
def as_many_multiple_as_in_an_exam(given: Given) -> Found:
    """Between 10 and 25 % of the questions with options are `multiple`."""
    if questions := measured(given):
        share = fmean(question.kind == "multiple" for question in questions)
        least, most = MULTIPLE
        if not least <= share <= most:
            yield f"{share:.1%} of the questions are multiple; {least:.0%} to {most:.0%} is right"


@_rules.bank("B004")
def absolutes_do_not_mark_wrong_options(given: Given) -> Found:
    """Absolute words (always, never, only ...) are in wrong options no more often than in right
    ones and 5 points."""
    if questions := measured(given):
        right, wrong = with_one_of(questions, ABSOLUTES)
        if wrong > right + POINTS:
            yield f"{wrong:.1%} of wrong options are absolute, and {right:.1%} of right ones"


@_rules.bank("B005")
def the_key_is_not_too_seldom_the_longest(given: Given) -> Found:
    """The longest option is a right one no more seldom than chance less 5 points: else it can be
    struck unread."""
    if questions := measured(given):
        found, chance = led_by_the_key(questions, _length)
        if found < chance - POINTS:
            yield _off("the longest option is right", found, chance)


@_rules.bank("B006")
def the_key_is_not_too_often_the_shortest(given: Given) -> Found:
    """The shortest option is a right one no more often than chance and 5 points."""
    if questions := measured(given):
        found, chance = led_by_the_key(questions, lambda option, _: -len(option.text))
        if found > chance + POINTS:
            yield _off("the shortest option is right", found, chance)


@_rules.bank("B007")
def hedges_do_not_mark_right_options(given: Given) -> Found:
    """Hedging words (often, usually, may ...) are in right options no more often than in wrong
    ones and 5 points."""
    if questions := measured(given):
        right, wrong = with_one_of(questions, HEDGES)
        if right > wrong + POINTS:
            yield f"{right:.1%} of right options are hedged, and {wrong:.1%} of wrong ones"


@_rules.bank("B008")
def the_key_does_not_repeat_the_stem(given: Given) -> Found:
    """Right options share words with the stem no more, and no less, than wrong ones: within
    questions, an area under the ROC curve of 0.45 to 0.55."""
    if questions := measured(given):
        area = key_beats_the_rest(questions, _words_of_the_stem)
        if abs(area - 0.5) > POINTS:
            yield (
                f"words shared with the stem tell right options from wrong ones: area {area:.2f}, "
                f"not {0.5 - POINTS:.2f} to {0.5 + POINTS:.2f}"
            )


def _length(option: Option, _: Optioned) -> float:
    return len(option.text)


def _words_of_the_stem(option: Option, question: Optioned) -> float:
    shared = set(words(option.text)) & set(words(question.stem))
    return sum(len(word) > 3 for word in shared)


def _off(what: str, found: float, chance: float) -> str:
    return f"{what} in {found:.1%} of the questions; by chance it would be {chance:.1%}"


def _places(questions: Sequence[Optioned]) -> dict[tuple[int, int], list[int]]:
    """For each number of options and keys: how often each place holds a key."""
    found: dict[tuple[int, int], list[int]] = defaultdict(list)
    for question in questions:
        places = found[len(question.options), len(question.key)]
        places.extend([0] * (len(question.options) - len(places)))
        for n, option in enumerate(question.options):
            places[n] += option.correct
    return dict(found)
