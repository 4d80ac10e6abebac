"""What a lint rule is, what it is given, and what it finds."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Literal, TypeAlias

from quizengine.bank import LoadedBank
from quizengine.card import Card
from quizengine.content import CardId
from quizengine.likeness import Pair, near_duplicates
from quizengine.question import Question
from quizengine.service import Spellings
from quizengine.texts import key_texts

Severity: TypeAlias = Literal["error", "warning"]
Found: TypeAlias = Iterator[str]

BANK = "bank"  # the `where` of what concerns no question or card in particular
LARGE = 300  # questions: from here on a statistic of the bank is more than chance

# Likeness (0 to 1) from which on two are near-duplicates. A text in which three words of ten are
# exchanged keeps 0.55 to 0.75; the nearest two of the first 200 questions had 0.41, the nearest
# prompts of 214 cards 0.47.
QUESTION_LIKENESS = 0.55
CARD_LIKENESS = 0.65


@dataclass(frozen=True)
class Given:
    """What a rule looks at besides the question or card: the bank, and the day."""

    bank: LoadedBank
    today: date

    @cached_property
    def asked(self) -> list[Question]:
        """The questions that were not withdrawn, by id."""
        return [q for q in self.bank.questions.values() if q.withdrawn is None]

    @cached_property
    def cards(self) -> frozenset[CardId]:
        return frozenset(self.bank.cards())

    @cached_property
    def spellings(self) -> Spellings:
        return Spellings(self.bank.services.values())

    @cached_property
    def question_twins(self) -> dict[str, list[Pair]]:
        """Near-duplicates by stem and key, each under the second of the two."""
        texts = {str(q.id): "\n".join([q.stem, *key_texts(q)]) for q in self.asked}
        return _by_second(near_duplicates(texts, QUESTION_LIKENESS))

    @cached_property
    def card_twins(self) -> dict[str, list[Pair]]:
        """Near-duplicates by prompt, each under the second of the two."""
        texts = {str(id): self.bank.card(id).prompt for id in self.bank.cards()}
        return _by_second(near_duplicates(texts, CARD_LIKENESS))


def _by_second(pairs: Iterable[Pair]) -> dict[str, list[Pair]]:
    found: dict[str, list[Pair]] = {}
    for pair in pairs:
        found.setdefault(pair.second, []).append(pair)
    return found


@dataclass(frozen=True)
class Problem:
    """`where` is the id of the question or card, or BANK; `rule` a number and `name` its words.

    A file that could not be loaded broke no rule: `rule` and `name` are empty, `where` is the file.
    """

    rule: str
    name: str
    severity: Severity
    where: str
    message: str

    def __str__(self) -> str:
        broken = f"{self.rule} {self.name}: " if self.rule else ""
        return f"{self.where}: {broken}{self.message}"


@dataclass(frozen=True)
class Rule:
    """`number` is for ever. `name` is the function's, in words, and `why` its docstring.

    `look` yields (where, message). A statistical rule is about the bank as a whole: below LARGE
    questions it warns, whatever its severity.
    """

    number: str
    name: str
    severity: Severity
    why: str
    look: Callable[[Given], Iterator[tuple[str, str]]]
    statistical: bool = False

    @property
    def weight(self) -> str:
        """The severity in words."""
        if self.statistical:
            return f"warning, {self.severity} from {LARGE} questions"
        return self.severity

    def problems(self, given: Given) -> Iterator[Problem]:
        small = self.statistical and len(given.asked) < LARGE
        severity: Severity = "warning" if small else self.severity
        for where, message in self.look(given):
            yield Problem(self.number, self.name, severity, where, message)


QuestionCheck: TypeAlias = Callable[[Question, Given], Found]
CardCheck: TypeAlias = Callable[[Card, Given], Found]
BankCheck: TypeAlias = Callable[[Given], Found]


class Register:
    """The rules of one file; each decorator adds the function below it."""

    def __init__(self) -> None:
        self.rules: list[Rule] = []

    def question(
        self, number: str, severity: Severity = "error"
    ) -> Callable[[QuestionCheck], QuestionCheck]:
        def add(check: QuestionCheck) -> QuestionCheck:
            def look(given: Given) -> Iterator[tuple[str, str]]:
                for question in given.bank.questions.values():
                    for message in check(question, given):
                        yield question.id, message

            self._add(number, severity, check, look)
            return check

        return add

    def card(self, number: str, severity: Severity = "error") -> Callable[[CardCheck], CardCheck]:
        def add(check: CardCheck) -> CardCheck:
            def look(given: Given) -> Iterator[tuple[str, str]]:
                for id in given.bank.cards():
                    for message in check(given.bank.card(id), given):
                        yield id, message

            self._add(number, severity, check, look)
            return check

        return add

    def bank(self, number: str) -> Callable[[BankCheck], BankCheck]:
        """A statistical rule."""

        def add(check: BankCheck) -> BankCheck:
            def look(given: Given) -> Iterator[tuple[str, str]]:
                for message in check(given):
                    yield BANK, message

            self._add(number, "error", check, look, statistical=True)
            return check

        return add

    def _add(
        self,
        number: str,
        severity: Severity,
        check: Callable[..., object],
        look: Callable[[Given], Iterator[tuple[str, str]]],
        *,
        statistical: bool = False,
    ) -> None:
        name = check.__name__.replace("_", " ")
        why = " ".join((check.__doc__ or "").split())
        self.rules.append(Rule(number, name, severity, why, look, statistical))


def in_order(problems: Iterable[Problem]) -> list[Problem]:
    """Errors before warnings; then what concerns the whole bank last, the rest by id and rule."""
    return sorted(problems, key=lambda p: (p.severity != "error", p.where == BANK, p.where, p.rule))
