"""The bank: an immutable set of questions, cards, topics and exams, with a digest.

`Bank` is what the core asks of one. `LoadedBank` holds everything in memory (tests, lint,
compiling); storage.compiled has one that reads a question only when it is asked for.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple, Protocol

from quizengine.card import Card
from quizengine.content import CardId, Digest, ExamCode, QuestionId, TaskId, TopicId
from quizengine.errors import NotFound
from quizengine.figure import Figure
from quizengine.lab import Lab, LabId
from quizengine.question import Difficulty, Kind, Question
from quizengine.service import Service
from quizengine.source import Sources
from quizengine.topic import Topic

if TYPE_CHECKING:
    from quizengine.exam import Exam


class Entry(NamedTuple):
    """What counting and listing need to know of a question. `exams` maps exam code to task."""

    id: QuestionId
    kind: Kind
    difficulty: Difficulty
    exams: Mapping[str, str]
    topics: tuple[str, ...]
    withdrawn: bool


class Hit(NamedTuple):
    """A question found by a search, with the piece of text that matched."""

    id: QuestionId
    excerpt: str


class Bank(Protocol):
    """Look-ups raise NotFound with the close names."""

    @property
    def digest(self) -> Digest:
        """sha256 over every question and exam: equal banks draw equal forms."""
        ...

    @property
    def exams(self) -> Mapping[ExamCode, Exam]: ...

    @property
    def topics(self) -> Mapping[TopicId, Topic]: ...

    @property
    def labs(self) -> Mapping[LabId, Lab]:
        """The labs there are, in the order in which they are done."""
        ...

    def entries(self) -> Sequence[Entry]:
        """Every question, withdrawn ones too, by id."""
        ...

    def pool(self, exam: ExamCode, kinds: Collection[Kind]) -> list[tuple[QuestionId, TaskId]]:
        """The questions that may be drawn for an exam, by id, each with its task there."""
        ...

    def question(self, id: str) -> Question:
        """A question of the bank, or the one that is computed for the id. Raises NotFound."""
        ...

    def card(self, id: str) -> Card: ...

    def cards(self) -> Sequence[CardId]: ...

    def every_card(self) -> Sequence[Card]:
        """All cards, by id."""
        ...

    def figure(self, id: str) -> Figure: ...

    @property
    def sources(self) -> Sources:
        """What the bank was drawn from; empty where no such file is."""
        ...

    @property
    def services(self) -> Mapping[str, Service]:
        """What became of the services that exam texts name, by id."""
        ...

    def search(self, words: str, limit: int) -> list[Hit]:
        """Questions that contain all the words, best first."""
        ...


def computed_question(id: str) -> Question | None:
    """The question that a generator makes for this id (quizengine/computed); None for the id of a
    written one."""
    if not id.startswith("computed-"):
        return None
    from quizengine.computed.generators import question  # most runs do without

    return question(id)


def find_exam(bank: Bank, code: str) -> Exam:
    """The exam of that code, in any case. Raises NotFound."""
    known = ExamCode(code.lower())
    if known not in bank.exams:
        raise NotFound("exam", code, bank.exams)
    return bank.exams[known]


def find_lab(bank: Bank, id: str) -> Lab:
    """The lab of that id; `-` and `_` are one. Raises NotFound."""
    known = LabId(id.lower().replace("-", "_"))
    if known not in bank.labs:
        raise NotFound("lab", id, bank.labs, "quizengine lab list shows what is in each.")
    return bank.labs[known]


def lab_for(bank: Bank, question: Question) -> Lab | None:
    """Where to practise what a question asks: the lab that it names, if that is there; else the
    first that names the question."""
    if question.lab is not None and (own := bank.labs.get(LabId(question.lab))) is not None:
        return own
    return next((lab for lab in bank.labs.values() if question.id in lab.questions), None)


def unknown_question(id: str, known: Iterable[str]) -> NotFound:
    return NotFound("question", id, known, "quizengine bank search WORDS finds questions.")


def unknown_card(id: str, known: Iterable[str]) -> NotFound:
    return NotFound("card", id, known, "quizengine bank show QUESTION names its cards.")


def unknown_figure(id: str, known: Iterable[str]) -> NotFound:
    return NotFound("figure", id, known, "quizengine bank lint finds what names it.")


def entry(question: Question) -> Entry:
    return Entry(
        question.id,
        question.kind,
        question.difficulty,
        question.exams,
        question.topics,
        question.withdrawn is not None,
    )


def digest_of(questions: Iterable[Question], exams: Iterable[Exam]) -> Digest:
    parts = sorted(f"{question.id} {question.digest()}" for question in questions)
    parts += sorted(exam.model_dump_json() for exam in exams)
    return Digest(hashlib.sha256("\n".join(parts).encode()).hexdigest())


def searched_text(question: Question) -> str:
    """The words a search looks at: stem, choices and reasons."""
    match question.kind:
        case "single" | "multiple":
            lines = [f"{option.text} {option.why}" for option in question.options]
        case "ordering":
            lines = [f"{step.text} {step.why}" for step in question.steps]
        case "matching":
            lines = [option.text for option in question.options]
            lines += [f"{prompt.text} {prompt.why}" for prompt in question.prompts]
    return "\n".join([question.stem, *lines])


class LoadedBank:
    """A bank in memory, with what lint compares it to.

    `sources` and `services` are the contents of those files, `labs` the catalogue, `proofs` the
    names of the scripts.
    """

    def __init__(
        self,
        questions: Iterable[Question],
        cards: Iterable[Card] = (),
        topics: Iterable[Topic] = (),
        exams: Iterable[Exam] = (),
        *,
        sources: Sources | None = None,
        services: Iterable[Service] = (),
        figures: Iterable[Figure] = (),
        labs: Iterable[Lab] = (),
        proofs: Iterable[str] = (),
    ) -> None:
        self.questions = {q.id: q for q in sorted(questions, key=lambda q: q.id)}
        self._cards = {card.id: card for card in sorted(cards, key=lambda card: card.id)}
        self.topics = {topic.id: topic for topic in topics}
        self.exams = {exam.code: exam for exam in exams}
        self.sources = Sources() if sources is None else sources
        self.services = {service.id: service for service in services}
        self.figures = {figure.id: figure for figure in figures}
        self.labs = {LabId(lab.id): lab for lab in sorted(labs, key=lambda lab: lab.order)}
        self.proofs = frozenset(proofs)
        self.digest = digest_of(self.questions.values(), self.exams.values())

    def entries(self) -> Sequence[Entry]:
        return [entry(question) for question in self.questions.values()]

    def pool(self, exam: ExamCode, kinds: Collection[Kind]) -> list[tuple[QuestionId, TaskId]]:
        return [
            (q.id, TaskId(q.exams[exam]))
            for q in self.questions.values()
            if exam in q.exams and q.kind in kinds and q.withdrawn is None
        ]

    def question(self, id: str) -> Question:
        if (made := computed_question(id)) is not None:
            return made
        try:
            return self.questions[QuestionId(id)]
        except KeyError:
            raise unknown_question(id, self.questions) from None

    def card(self, id: str) -> Card:
        try:
            return self._cards[CardId(id)]
        except KeyError:
            raise unknown_card(id, self._cards) from None

    def cards(self) -> Sequence[CardId]:
        return list(self._cards)

    def every_card(self) -> Sequence[Card]:
        return list(self._cards.values())

    def figure(self, id: str) -> Figure:
        try:
            return self.figures[id]
        except KeyError:
            raise unknown_figure(id, self.figures) from None

    def search(self, words: str, limit: int) -> list[Hit]:
        wanted = words.lower().split()
        found = []
        for question in self.questions.values():
            text = searched_text(question)
            if wanted and all(word in text.lower() for word in wanted):
                at = text.lower().index(wanted[0])
                found.append(Hit(question.id, text[max(0, at - 40) : at + 80]))
        return found[:limit]
