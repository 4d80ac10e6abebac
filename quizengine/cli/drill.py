"""Drilling cards in plain lines: the prompt, then the answer, then how well it was known."""

from __future__ import annotations

from quizengine.cli import render
from quizengine.cli.question import card_answer
from quizengine.cli.terminal import QUIT, Terminal
from quizengine.deck import Deck
from quizengine.errors import QuizengineError, StoreBusy, StoreFull
from quizengine.schedule import GRADES, Grade
from quizengine.study import Asked, Study
from quizengine.words import plural, span

KEYS: dict[str, Grade] = {
    key: grade
    for number, grade in enumerate(GRADES, start=1)
    for key in (str(number), grade[0], grade)
}
HELP = """\
Enter         the answer
1 a  again    not known: it comes back in this sitting
2 h  hard     known, with trouble
3 g  good     known
4 e  easy     known at once
q             leave; every grade is saved as soon as it is given"""


class Leave(Exception):
    """The learner has had enough for now."""


class Drill:
    """Asks the cards of a deck until none is left or the learner leaves."""

    def __init__(self, study: Study, deck: Deck, terminal: Terminal) -> None:
        self.study = study
        self.deck = deck
        self.terminal = terminal
        self.graded = 0

    def run(self) -> None:
        self.terminal.write("Recall the answer, look, and say how well you knew it. ? for help.")
        try:
            while (asked := self.study.next_card(self.deck)) is not None:
                self._ask(asked)
        except (Leave, EOFError):
            self.terminal.write("")

    def _ask(self, asked: Asked) -> None:
        self.terminal.write("")
        self.terminal.write(self._head(asked))
        self.terminal.write("")
        self.terminal.write(render.prose(asked.card.prompt))
        self.terminal.write("")
        while (typed := self._read("Enter for the answer> ")) not in ("", "s", "show"):
            self.terminal.write("First look: Enter shows the answer. ? for help, q to leave.")
        for line in card_answer(asked.card, self.study.bank):
            self.terminal.write(line)
        self.terminal.write("")
        choices = [
            f"{n} {grade} ({span(asked.intervals[grade])})" for n, grade in enumerate(GRADES, 1)
        ]
        while True:
            typed = self._read(f"{', '.join(choices)}> ")
            if typed not in KEYS:
                self.terminal.write("Say 1 to 4: how well did you know it? ? for help.")
                continue
            try:
                self.deck = self.study.grade(self.deck, asked.card.id, KEYS[typed])
            except (StoreFull, StoreBusy) as error:
                self._complain(error)
                continue
            self.graded += 1
            self.terminal.write(f"Saved: {KEYS[typed]}.")
            return

    def _head(self, asked: Asked) -> str:
        why = self.deck.why(asked.card.id)
        left = render.strong(f"{plural(self.deck.left, 'card')} left")
        return f"{left}. {asked.card.topic}, {why}"

    def _read(self, prompt: str) -> str:
        """What the learner typed, in small letters. Raises Leave and EOFError."""
        while True:
            self.terminal.write(prompt, end="")
            typed = (self.terminal.read(None) or "").strip().lower()
            if typed in QUIT:
                raise Leave
            if typed not in ("?", "help"):
                return typed
            self.terminal.write(HELP)

    def _complain(self, error: QuizengineError) -> None:
        self.terminal.write(error.message)
        if error.hint:
            self.terminal.write(error.hint)
