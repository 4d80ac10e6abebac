"""A question in one of four kinds, and whether an answer to it is right.

Scoring is all-or-nothing, as AWS's exam guides state it: every right choice and no
other, every step in its place, every prompt matched. A blank answer is wrong.

An Answer is a tuple of ids, never of positions:
    single, multiple   the option ids that were picked (in any order)
    ordering           the step ids in the learner's order
    matching           one option id per prompt, in the prompts' order; "" where none is chosen
"""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, ClassVar, Literal, Self, TypeAlias

from pydantic import AfterValidator, Field, TypeAdapter, model_validator

from quizengine.content import Content, LongText, Model, QuestionId, Slug, Task, Text, unique
from quizengine.errors import BadRequest

Answer: TypeAlias = tuple[str, ...]
Kind: TypeAlias = Literal["single", "multiple", "ordering", "matching"]
Trap: TypeAlias = Literal["boundary", "stage", "constraint", "elsewhere"]
Difficulty: TypeAlias = Literal["easy", "medium", "hard"]

BLANK: Answer = ()

PROMPT_LETTERS = "abcdefg"  # name the prompts of a matching question
TRAPS: dict[Trap, str] = {
    "boundary": "another service or feature does this",
    "stage": "the right idea at the wrong stage",
    "constraint": "it breaks one requirement",
    "elsewhere": "true of something else",
}


class Option(Model):
    """A choice. A right one has no trap; a wrong one says what it mixes up."""

    id: Slug
    text: Text
    correct: bool = False
    trap: Trap | None = None
    why: Text

    @model_validator(mode="after")
    def _a_trap_belongs_to_a_wrong_option(self) -> Self:
        if self.correct and self.trap is not None:
            raise ValueError("a correct option has no trap")
        if not self.correct and self.trap is None:
            raise ValueError(f"a wrong option names its trap: {', '.join(TRAPS)}")
        return self


class Step(Model):
    """One step of an ordering question; the file lists them in the right order."""

    id: Slug
    text: Text
    why: Text


class Match(Model):
    """An answer that prompts are matched to. One may serve several prompts, or none."""

    id: Slug
    text: Text


class Prompt(Model):
    """One line of a matching question and the id of the option it belongs to."""

    id: Slug
    text: Text
    match: Slug
    why: Text


class Base(Content):
    """What all four kinds share. `id` is the file's name and `exams` is filled in by the loader."""

    LATER: ClassVar[tuple[str, ...]] = ("proof",)

    id: QuestionId
    exams: dict[Slug, Task] = Field(default_factory=dict)
    cards: Annotated[tuple[Slug, ...], AfterValidator(unique)] = ()
    lab: str | None = None
    difficulty: Difficulty
    decides: Text
    reviewed_on: date | None = None
    figure: Slug | None = None
    proof: Slug | None = None
    withdrawn: Text | None = None
    stem: LongText

    @property
    def key(self) -> Answer:
        """The right answer, in the form of an Answer."""
        raise NotImplementedError

    @property
    def shuffled(self) -> tuple[str, ...]:
        """The ids whose order a form draws: options, or the steps of an ordering."""
        raise NotImplementedError

    @property
    def texts(self) -> dict[str, str]:
        """The words of each of `shuffled`."""
        raise NotImplementedError

    @property
    def wanted(self) -> int:
        """How many choices a complete answer has."""
        return len(self.key)

    def is_complete(self, answer: Answer) -> bool:
        return len(answer) == self.wanted and "" not in answer

    @property
    def marking(self) -> object:
        """What is marked, whatever the order in the file: two revisions with equal markings
        mark alike."""
        return self.key

    def is_right(self, answer: Answer) -> bool:
        return answer == self.key

    def traps(self, answer: Answer) -> tuple[Trap, ...]:
        """What the wrong options of an answer mixed up; only options tell."""
        return ()

    def checked(self, answer: Answer) -> Answer:
        """The answer in its canonical order, or BadRequest if it cannot be meant."""
        unknown = [choice for choice in answer if choice and choice not in self.shuffled]
        if unknown:
            raise BadRequest(
                f"Question {self.id} has no choice {unknown[0]!r}.",
                f"Its choices are {', '.join(self.shuffled)}.",
            )
        return answer

    def _chosen(self, answer: Answer) -> Answer:
        """A set of picks in the file's order, at most as many as are wanted."""
        picked = tuple(choice for choice in self.shuffled if choice in answer)
        if len(picked) > self.wanted:
            raise BadRequest(
                f"This question takes {self.wanted} and {len(picked)} were picked.",
                "Take one back first.",
            )
        return picked


class _Options(Base):
    options: Annotated[tuple[Option, ...], Field(min_length=4, max_length=6)]

    @property
    def key(self) -> Answer:
        return tuple(option.id for option in self.options if option.correct)

    @property
    def shuffled(self) -> tuple[str, ...]:
        return tuple(option.id for option in self.options)

    @property
    def texts(self) -> dict[str, str]:
        return {option.id: option.text for option in self.options}

    @property
    def marking(self) -> object:
        return frozenset(self.key)

    def is_right(self, answer: Answer) -> bool:
        return frozenset(answer) == frozenset(self.key)

    def traps(self, answer: Answer) -> tuple[Trap, ...]:
        caught = (option for option in self.options if option.id in answer)
        return tuple(option.trap for option in caught if option.trap is not None)

    def checked(self, answer: Answer) -> Answer:
        return self._chosen(super().checked(answer))

    @model_validator(mode="after")
    def _ids_are_unique(self) -> Self:
        unique(self.shuffled)
        return self


class SingleQuestion(_Options):
    """One right option of four (AWS: "multiple choice")."""

    kind: Literal["single"]

    @model_validator(mode="after")
    def _one_of_four(self) -> Self:
        if len(self.options) != 4 or len(self.key) != 1:
            raise ValueError(
                f"a single has 4 options and 1 correct one, not {len(self.options)} "
                f"and {len(self.key)}"
            )
        return self


class MultipleQuestion(_Options):
    """Two or more right options of five or six (AWS: "multiple response")."""

    kind: Literal["multiple"]

    @model_validator(mode="after")
    def _two_or_more_of_five(self) -> Self:
        if len(self.options) < 5 or not 2 <= len(self.key) < len(self.options) - 1:
            raise ValueError(
                "a multiple has 5 or 6 options, 2 or more correct and 2 or more wrong, "
                f"not {len(self.options)} with {len(self.key)} correct"
            )
        return self


class OrderingQuestion(Base):
    """Three to five steps to put in order."""

    kind: Literal["ordering"]
    steps: Annotated[tuple[Step, ...], Field(min_length=3, max_length=5)]

    @property
    def key(self) -> Answer:
        return tuple(step.id for step in self.steps)

    @property
    def shuffled(self) -> tuple[str, ...]:
        return self.key

    @property
    def texts(self) -> dict[str, str]:
        return {step.id: step.text for step in self.steps}

    def checked(self, answer: Answer) -> Answer:
        super().checked(answer)
        if len(set(answer)) != len(answer) or "" in answer:
            raise BadRequest(
                f"Each step stands once in an ordering; {', '.join(answer)} repeats one.",
                f"Give the {self.wanted} steps in order.",
            )
        return answer

    @model_validator(mode="after")
    def _ids_are_unique(self) -> Self:
        unique(self.key)
        return self


class MatchingQuestion(Base):
    """Three to seven prompts, each matched to one option."""

    kind: Literal["matching"]
    prompts: Annotated[tuple[Prompt, ...], Field(min_length=3, max_length=7)]
    options: Annotated[tuple[Match, ...], Field(min_length=2, max_length=7)]

    @property
    def key(self) -> Answer:
        return tuple(prompt.match for prompt in self.prompts)

    @property
    def marking(self) -> object:
        return frozenset((prompt.id, prompt.match) for prompt in self.prompts)

    @property
    def shuffled(self) -> tuple[str, ...]:
        return tuple(option.id for option in self.options)

    @property
    def texts(self) -> dict[str, str]:
        return {option.id: option.text for option in self.options}

    def checked(self, answer: Answer) -> Answer:
        super().checked(answer)
        if len(answer) > len(self.prompts):
            raise BadRequest(
                f"There are {len(self.prompts)} prompts and {len(answer)} choices were given.",
                "Give one choice for each prompt.",
            )
        padded = answer + ("",) * (len(self.prompts) - len(answer))
        return padded if any(padded) else BLANK

    @model_validator(mode="after")
    def _prompts_match_known_options(self) -> Self:
        unique(tuple(prompt.id for prompt in self.prompts))
        unique(self.shuffled)
        for prompt in self.prompts:
            if prompt.match not in self.shuffled:
                raise ValueError(f"prompt {prompt.id!r} matches no option: {prompt.match!r}")
        return self


Question: TypeAlias = SingleQuestion | MultipleQuestion | OrderingQuestion | MatchingQuestion

_QUESTION: TypeAdapter[Question] = TypeAdapter(Annotated[Question, Field(discriminator="kind")])


def in_terms_of(new: Question, old: Question, answer: Answer) -> Answer:
    """An answer given to one revision as an answer to another."""
    if new.kind != "matching" or old.kind != "matching":
        return answer
    given = dict(zip((prompt.id for prompt in old.prompts), answer, strict=False))
    found = tuple(given.get(prompt.id, "") for prompt in new.prompts)
    return found if any(found) else BLANK


def parse_question(data: dict[str, object]) -> Question:
    """A Question from decoded TOML plus its `id`; raises pydantic.ValidationError."""
    return _QUESTION.validate_python(data)


def question_from_canonical(text: str) -> Question:
    """The revision whose `canonical()` text this is."""
    return _QUESTION.validate_json(text)


def question_schema() -> dict[str, Any]:
    """JSON Schema of the four kinds, chosen by `kind`."""
    return _QUESTION.json_schema()
