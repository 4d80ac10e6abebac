"""A question, a card, a marked answer: how they are told in plain lines.

Nothing here is shown before the key may be.
"""

from __future__ import annotations

from collections.abc import Iterator

from quizengine.card import Card
from quizengine.cli import render
from quizengine.question import TRAPS, Answer, Question
from quizengine.scoring import Marked
from quizengine.words import clock, harmless


def show_question(question: Question) -> None:
    """The question with its key, every reason, and where it was read."""
    tasks = ", ".join(f"{exam} {task}" for exam, task in sorted(question.exams.items()))
    render.say(render.strong(question.id))
    render.say(f"{question.kind}, {question.difficulty}; {tasks}; {', '.join(question.topics)}")
    render.say()
    render.say(render.prose(question.stem))
    render.say()
    for line in [*reasons(question, question.shuffled, None), "", *grounds(question)]:
        render.say(line)


def show_marked(marked: Marked, *, corrected: bool) -> None:
    """One question of a finished attempt: what was answered, the key, every reason."""
    question, response = marked.question, marked.response
    verdict = "right" if marked.is_right else "wrong" if response.answer else "blank"
    notes = [] if marked.place.scored else ["did not count"]
    notes += ["flagged"] if response.flagged else []
    if response.sure is not None:
        notes.append("you were sure" if response.sure else "you were unsure")
    head = render.strong(f"Question {marked.number}: {verdict}")
    render.say(head + (f" ({', '.join(notes)})" if notes else ""))
    render.say(f"{question.id}, {clock(response.spent)} spent")
    if corrected:
        render.say(f"The key was corrected since: quizengine bank show {question.id}")
    render.say()
    render.say(render.prose(question.stem))
    render.say()
    for line in reasons(question, marked.place.order, response.answer):
        render.say(line)
    if response.note:
        render.say(render.prose(f"Your note: {harmless(response.note)}"))
    render.say()
    for line in grounds(question):
        render.say(line)
    render.say()


def reasons(question: Question, order: tuple[str, ...], answer: Answer | None) -> Iterator[str]:
    """Every choice with its reason. `order` is that of the form; `answer` is None outside an
    attempt."""
    match question.kind:
        case "single" | "multiple":
            options = {option.id: option for option in question.options}
            for number, id in enumerate(order, start=1):
                option = options[id]
                said = "RIGHT" if option.correct else "wrong"
                yours = ", your answer" if answer and id in answer else ""
                trap = f" ({TRAPS[option.trap]})" if option.trap else ""
                yield render.prose(option.text, "     ", f"  {number}) ")
                yield render.prose(f"{said}{yours}. {option.why}{trap}", "     ")
        case "ordering":
            for number, step in enumerate(question.steps, start=1):
                wrong = answer is not None and answer[number - 1 : number] != (step.id,)
                mark = " (not your order)" if wrong else ""
                yield render.prose(step.text + mark, "     ", f"  {number}. ")
                yield render.prose(step.why, "     ")
        case "matching":
            texts = {match.id: match.text for match in question.options}
            for n, prompt in enumerate(question.prompts):
                yours = answer[n] if answer is not None and len(answer) > n else ""
                wrong = answer is not None and yours != prompt.match
                mark = f" (you: {texts.get(yours, 'nothing')})" if wrong else ""
                line = f"{prompt.text} = {texts[prompt.match]}{mark}"
                yield render.prose(line, "    ", "  - ")
                yield render.prose(prompt.why, "    ")


def grounds(question: Question) -> Iterator[str]:
    """What decided, the references with their dates, where to go on."""
    yield render.prose(f"What decides: {question.decides}")
    for reference in question.references:
        yield render.prose(f"{reference.title} ({reference.dated()})", "    ", "  - ")
        yield f"    {reference.url}"
    checked = f"Verified on {question.verified_on}"
    if question.reviewed_on is not None:
        checked += f", answered blind by another reader on {question.reviewed_on}"
    yield render.prose(f"{checked}.")
    if question.cards:
        yield render.prose(f"Cards: {', '.join(question.cards)}")
    if question.lab is not None:
        yield f"Lab: {question.lab}"
    if question.withdrawn is not None:
        yield render.prose(f"Withdrawn: {question.withdrawn}")


def show_card(card: Card) -> None:
    render.say(render.strong(card.id))
    for head, text in (("Q", card.prompt), ("A", card.answer), ("Common error", card.common_error)):
        render.say(render.prose(f"{head}: {text}"))
    for source in card.sources:
        render.say(f"Source item {source.item}: {source.verdict}.")
        if source.claimed is not None and source.true is not None:
            render.say(render.prose(f"It claimed: {source.claimed}", "  "))
            render.say(render.prose(f"What is true: {source.true}", "  "))
    for reference in card.references:
        render.say(render.prose(f"{reference.title} ({reference.dated()})", "    ", "  - "))
        render.say(f"    {reference.url}")
