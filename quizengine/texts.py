"""The texts of a question or card, each with its place in the file."""

from __future__ import annotations

from collections.abc import Iterator

from quizengine.card import Card
from quizengine.question import Question


def texts(content: Question | Card) -> Iterator[tuple[str, str]]:
    """Every text a learner reads, as (where in the file, text)."""
    if isinstance(content, Card):
        yield "prompt", content.prompt
        yield "answer", content.answer
        yield "common_error", content.common_error
        for n, source in enumerate(content.sources):
            for key, text in (("claimed", source.claimed), ("true", source.true)):
                if text is not None:
                    yield f"sources.{n}.{key}", text
        return
    yield "stem", content.stem
    yield from choices(content)
    yield from reasons(content)


def choices(question: Question) -> Iterator[tuple[str, str]]:
    """What a learner chooses among, puts in order or matches."""
    match question.kind:
        case "single" | "multiple":
            for option in question.options:
                yield f"options.{option.id}.text", option.text
        case "ordering":
            for step in question.steps:
                yield f"steps.{step.id}.text", step.text
        case "matching":
            for match in question.options:
                yield f"options.{match.id}.text", match.text
            for prompt in question.prompts:
                yield f"prompts.{prompt.id}.text", prompt.text


def reasons(question: Question) -> Iterator[tuple[str, str]]:
    """Every why."""
    match question.kind:
        case "single" | "multiple":
            for option in question.options:
                yield f"options.{option.id}.why", option.why
        case "ordering":
            for step in question.steps:
                yield f"steps.{step.id}.why", step.why
        case "matching":
            for prompt in question.prompts:
                yield f"prompts.{prompt.id}.why", prompt.why


def key_texts(question: Question) -> Iterator[str]:
    """The choices that are right: of an ordering all steps, of a matching the matched options."""
    yield from (text for id, text in question.texts.items() if id in question.key)
