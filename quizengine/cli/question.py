"""A question, a card, a marked answer: how they are told in plain lines.

Nothing here is shown before the key may be.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator

from quizengine import closure, wiring
from quizengine.bank import Bank, lab_for
from quizengine.card import Card
from quizengine.cli import render
from quizengine.content import CardId, Reference
from quizengine.errors import NotFound
from quizengine.figure import Figure
from quizengine.question import TRAPS, Answer, Question
from quizengine.scoring import Marked
from quizengine.words import clock, harmless


def show_question(question: Question, bank: Bank) -> None:
    """The question with its key, every reason, and where it was read."""
    tasks = ", ".join(f"{exam} {task}" for exam, task in sorted(question.exams.items()))
    render.say(render.strong(question.id))
    render.say(f"{question.kind}, {question.difficulty}; {tasks}; {', '.join(question.topics)}")
    render.say()
    render.say(render.prose(question.stem))
    render.say()
    for line in [*reasons(question, question.shuffled, None), "", *grounds(question, bank)]:
        render.say(line)


def show_marked(
    marked: Marked, bank: Bank, *, corrected: bool, due: Collection[CardId] = ()
) -> None:
    """One question of a finished attempt: what was answered, the key, every reason. `due` are
    the cards that are due because something was missed."""
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
    for line in grounds(question, bank):
        render.say(line)
    mine = [card for card in question.cards if card in due]
    if mine and not marked.is_right:
        render.say(render.prose(f"Due now: {', '.join(mine)}. Drill them: quizengine cards"))
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


def grounds(question: Question, bank: Bank) -> Iterator[str]:
    """What decided, the references with their dates, where to go on."""
    yield render.prose(f"What decides: {question.decides}")
    yield from citations(question.references)
    checked = f"Verified on {question.verified_on}"
    if question.reviewed_on is not None:
        checked += f", answered blind by another reader on {question.reviewed_on}"
    yield render.prose(f"{checked}.")
    for note in closure.notes(question, bank.services, bank.exams):
        yield render.prose(note)
    if question.cards:
        yield render.prose(f"Cards: {', '.join(question.cards)}")
    yield from figures_of(question, bank)
    if (lab := lab_for(bank, question)) is not None:
        yield render.prose(f"Practise it ({lab.minutes} minutes): {lab.title}")
        yield f"    quizengine lab start {lab.id}"
    if question.proof is not None:
        yield f"Proof: quizengine bank show {question.id} --prove"
    if question.withdrawn is not None:
        yield render.prose(f"Withdrawn: {question.withdrawn}")


def show_card(card: Card, bank: Bank) -> None:
    render.say(render.strong(card.id))
    render.say(render.prose(f"Q: {card.prompt}"))
    for line in card_answer(card, bank):
        render.say(line)


def card_answer(card: Card, bank: Bank) -> Iterator[str]:
    """All of a card but its prompt."""
    yield render.prose(f"A: {card.answer}")
    yield render.prose(f"Common error: {card.common_error}")
    for source in card.sources:
        yield render.prose(f"Source: {item_words(source.item, bank)}: {source.verdict}.")
        if source.claimed is not None and source.true is not None:
            yield render.prose(f"It claimed: {source.claimed}", "  ")
            yield render.prose(f"What is true: {source.true}", "  ")
    yield from figure_words(card.figure, bank)
    yield from citations(card.references)
    yield render.prose(f"Verified on {card.verified_on}.")


def item_words(item: str, bank: Bank) -> str:
    """An item of a deck as a learner of that deck knows it."""
    deck = bank.sources.decks.get(item.split("-")[0])
    found = bank.sources.items.get(item)
    known = [text for text in (deck, None if found is None else f"{found.title!r}") if text]
    return f"{item} ({', '.join(known)})" if known else item


def figures_of(question: Question, bank: Bank) -> Iterator[str]:
    """The question's own figure, and where to see those of its cards."""
    yield from figure_words(question.figure, bank)
    known = set(bank.cards())
    for card in (bank.card(id) for id in question.cards if id in known):
        figure = _figure(card.figure, bank)
        if figure is not None:
            yield render.prose(f"Figure: {figure.title}: quizengine bank show {card.id}")


def figure_words(id: str | None, bank: Bank) -> Iterator[str]:
    """The picture in words and numbers, and where it lies; nothing where there is none."""
    figure = _figure(id, bank)
    if figure is not None:
        yield ""
        yield render.prose(f"Figure: {figure.title}. {figure.alt}")
        yield ""
        yield render.table(figure.rows, figure.columns)
        yield f"Picture: {wiring.figure_path(figure.id)}"
        yield ""


def _figure(id: str | None, bank: Bank) -> Figure | None:
    """The figure; None where it is missing, which the lint finds and no learner should."""
    try:
        return None if id is None else bank.figure(id)
    except NotFound:
        return None


def citations(references: Iterable[Reference]) -> Iterator[str]:
    """Where it was read, with the date of the copy."""
    for reference in references:
        yield render.prose(f"{reference.title} ({reference.dated()})", "    ", "  - ")
        yield f"    {reference.url}"
