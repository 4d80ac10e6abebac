"""A text by which a learner tells that a question or card is wrong: ready to send, sent by nobody
but them."""

from __future__ import annotations

from collections.abc import Iterator

from quizengine.card import Card
from quizengine.content import Digest
from quizengine.question import Question

BLANK = "(Say here what is wrong, what you think is right, and where you read it.)"


def objection(content: Question | Card, *, thinks: str | None, program: str, bank: Digest) -> str:
    """Markdown. `program` is its version, `bank` the digest of the questions in use."""
    noun = "card" if isinstance(content, Card) else "question"
    lines = [
        f"# A {noun} seems wrong: {content.id}",
        "",
        f"- {noun}: `{content.id}`, version {content.version}",
        f"- sha256: `{content.digest()}`",
        f"- quizengine {program}, questions `{bank[:16]}`",
        f"- verified on {content.verified_on}, by:",
        *(f"  - {r.title} ({r.dated()}): {r.url}" for r in content.references),
        "",
        "## What I think",
        "",
        thinks or BLANK,
        "",
        "## What it says",
        "",
        *(_card(content) if isinstance(content, Card) else _question(content)),
    ]
    return "\n".join(lines)


def _card(card: Card) -> Iterator[str]:
    yield from (card.prompt, "", card.answer, "", f"Common error: {card.common_error}")


def _question(question: Question) -> Iterator[str]:
    yield question.stem
    yield ""
    match question.kind:
        case "single" | "multiple":
            for option in question.options:
                yield f"- {'**key** ' if option.correct else ''}`{option.id}` {option.text}"
        case "ordering":
            yield "In this order:"
            yield ""
            for number, step in enumerate(question.steps, start=1):
                yield f"{number}. `{step.id}` {step.text}"
        case "matching":
            texts = {match.id: match.text for match in question.options}
            for prompt in question.prompts:
                yield f"- `{prompt.id}` {prompt.text} = `{prompt.match}` {texts[prompt.match]}"
    yield ""
    yield f"What decides: {question.decides}"
