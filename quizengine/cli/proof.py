"""The proof of a question's key, run before the learner's eyes."""

from __future__ import annotations

import os
from collections.abc import Iterator
from itertools import islice

from quizengine import wiring
from quizengine.bank import Bank
from quizengine.card import Card
from quizengine.cli import render
from quizengine.cli.cloud import from_labs
from quizengine.errors import BadRequest
from quizengine.question import Question
from quizengine.words import harmless

_EXAMPLES = 3  # of questions that have a proof, for who asks for one that has none


def show_proof(item: Question | Card, bank: Bank, *, as_json: bool) -> bool:
    """Run it and show what it prints; whether it held. Raises BadRequest where there is none."""
    name = None if isinstance(item, Card) else item.proof
    if name is None:
        others = ", ".join(islice(_proved(bank), _EXAMPLES))
        raise BadRequest(f"{item.id} names no proof.", f"Such as these do: {others or 'none yet'}.")
    script = wiring.proof_path(name)
    with from_labs():
        from labs.proofs import running

        about = running.about(script)
        if as_json:
            lines: list[str] = []
            outcome = running.run(script, os.environ, on_line=lines.append)
            found = {"about": about, "lines": lines, "shown": outcome.shown, "said": outcome.said}
            render.show_json({"id": item.id, "proof": name, **found})
            return outcome.shown
        render.say(render.strong(f"{item.id}: {name}"))
        render.say(render.prose(about))
        render.say()
        outcome = running.run(
            script, os.environ, on_line=lambda line: render.say(f"    {harmless(line)}")
        )
    render.say()
    if outcome.shown:
        render.say(f"{render.strong('Shown.')} The script: {script}")
        return True
    render.say(harmless(outcome.said))
    render.say()
    render.say(render.prose(f"NOT shown: the script ended with exit code {outcome.code}."))
    render.say(f"Please report it with these lines. The script: {script}")
    return False


def _proved(bank: Bank) -> Iterator[str]:
    """The questions that name a proof, by id."""
    questions = (bank.question(entry.id) for entry in bank.entries())
    return (question.id for question in questions if question.proof is not None)
