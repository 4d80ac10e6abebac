"""What questions ask of services that a new account can no longer use."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date

from quizengine.content import ExamCode
from quizengine.exam import Exam
from quizengine.question import Question
from quizengine.service import Service, Spellings
from quizengine.texts import key_texts

EXISTING = "existing customer"  # a stem with these words may have a key that is closed to others


def speaks_of_an_existing_customer(question: Question) -> bool:
    return EXISTING in question.stem.lower()


def closed(
    texts: Iterable[str], on: date, spellings: Spellings
) -> Iterator[tuple[str, Service, str]]:
    """What the texts name that a new account could not use on that day, the service that it is
    of, and the text."""
    for text in texts:
        for service in spellings.named_in(text):
            if (shut := service.shut(text, on)) is not None:
                yield shut, service, text


def notes(
    question: Question, services: Mapping[str, Service], exams: Mapping[ExamCode, Exam]
) -> list[str]:
    """A sentence for each closed service that stem or key of a question about an existing
    customer names: why it is asked although no new account can use it."""
    if not speaks_of_an_existing_customer(question):
        return []
    texts = (question.stem, *key_texts(question))
    found = closed(texts, question.verified_on, Spellings(services.values()))
    told = {shut: _note(shut, service, question, exams) for shut, service, _ in found}
    return list(told.values())


def _note(shut: str, service: Service, question: Question, exams: Mapping[ExamCode, Exam]) -> str:
    since = "" if service.since == "unknown" else f" since {service.since}"
    note = f"A new account cannot use {shut}{since}; customers that have it go on."
    guides = [code.upper() for code in service.listed_by if code in exams]
    asked = [code for code in guides if code.lower() in question.exams] or guides
    if asked:
        which = f"guide of {asked[0]}" if len(asked) == 1 else f"guides of {' and '.join(asked)}"
        note += f" The {which} still {'lists' if len(asked) == 1 else 'list'} it."
    return note
