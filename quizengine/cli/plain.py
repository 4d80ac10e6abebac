"""The exam in plain lines: no boxes, no redraws, nothing that a screen reader stumbles over.

It speaks when something happens, also while it waits for a line: warnings, and the end of the
time.
"""

from __future__ import annotations

import re

from quizengine.attempt import Response
from quizengine.cli import render
from quizengine.cli.question import grounds, reasons
from quizengine.cli.terminal import QUIT, Terminal
from quizengine.errors import (
    BadRequest,
    OnBreak,
    QuizengineError,
    StoreBusy,
    StoreFull,
    TimeIsUp,
)
from quizengine.question import PROMPT_LETTERS, Answer
from quizengine.study import Seat, Study
from quizengine.terms import MINUTE, WARNINGS, warnings_passed
from quizengine.words import clock, plural, tally, verdict

LOOK = 20_000  # ms: waiting may not count the time a computer sleeps; the exam's clock does
LONGEST_ANSWER = 100  # characters; a longer line was pasted by mistake
HELP = """\
Answer        2          the choice with that number; several: 1 3
              3 1 2      ordering: the numbers in order
              a2 b1      matching: prompt and choice
              2 sure     or 2 unsure: say how sure you are (also: sure, unsure)
              clear      take the answer back
Move          Enter      next question       p   previous
              g 12       question 12         u   next unanswered
Mark          f          flag for review, or take the flag away
              x 2        strike a choice out, or bring it back
              note TEXT  keep a note for the review
See           s          the question again  t   time left
              l          unanswered and flagged
End           r          review before the end
              end        submit for good
              q          leave; all is saved and the clock runs on
              break      stop the clock (only if started with --breaks)"""


class Leave(Exception):
    """The learner leaves; the attempt stays open."""


class PlainExam:
    """Sits an attempt to its end, or until the learner leaves."""

    def __init__(self, study: Study, seat: Seat, terminal: Terminal) -> None:
        self.study = study
        self.seat = seat
        self.terminal = terminal
        self._warned = warnings_passed(study.left(seat))

    def sit(self) -> bool:
        """True once the attempt is submitted; False if it was left open."""
        self._say("Type ? for help. Every answer is saved as soon as it is confirmed.")
        try:
            if self._ends_at_once():
                return True
            if self.seat.attempt.on_break_since is None:
                self._show()
            else:
                self._say("The clock is stopped for a break. Type go to go on.")
            while self.seat.attempt.is_open:
                try:
                    self._obey(self._ask("> "))
                except (BadRequest, OnBreak, StoreFull, StoreBusy) as error:
                    self._complain(error)
                except TimeIsUp:
                    self._time_is_up()
        except (Leave, EOFError):
            self.terminal.write("")
            return False
        return True

    # Waiting

    def _ask(self, prompt: str) -> str:
        """A line from the learner; warnings are spoken while it waits. Raises TimeIsUp."""
        self.terminal.write(prompt, end="")
        while True:
            line = self.terminal.read(self._until_next_word())
            if self.study.left(self.seat) == 0 and self.seat.attempt.is_open:
                self.terminal.write("")
                raise TimeIsUp
            if line is not None:
                return line.strip()
            self._warn(prompt)

    def _until_next_word(self) -> float | None:
        """Seconds until there is something to say, None if never."""
        left = self.study.left(self.seat)
        if left is None or self.seat.attempt.on_break_since is not None:
            return None
        due = [left - m * MINUTE for m in WARNINGS if m not in self._warned]
        return max(0.0, min([left, LOOK, *due]) / 1000)

    def _warn(self, prompt: str) -> None:
        new = warnings_passed(self.study.left(self.seat)) - self._warned
        if new:
            self._warned |= new
            self.terminal.write(f"\n[{plural(min(new), 'minute')} left]")
            self.terminal.write(prompt, end="")

    def _ends_at_once(self) -> bool:
        """An attempt resumed after its deadline: ask, since the clock of the computer may be
        wrong."""
        if self.study.left(self.seat) != 0:
            return False
        deadline = self.seat.attempt.deadline
        assert deadline is not None
        self.terminal.write(
            f"The time of this attempt ran out at {render.when(deadline)}, and this computer's "
            f"clock shows {render.when(self.study.now(self.seat))}.\n"
            "If the clock is right, type submit: the answers so far are marked.\n"
            "If the clock is wrong, type q, set it right and resume."
        )
        while True:
            self.terminal.write("submit or q> ", end="")
            line = (self.terminal.read(None) or "").strip().lower()
            if line == "submit":
                self._time_is_up()
                return True
            if line in QUIT:
                raise Leave

    def _time_is_up(self) -> None:
        while self.seat.attempt.is_open:
            try:
                self.seat = self.study.submit(self.seat)
            except (StoreFull, StoreBusy) as error:
                self._complain(error)
                self.terminal.write("The time is up. Press Enter to submit again> ", end="")
                if (self.terminal.read(None) or "").strip().lower() in QUIT:
                    raise Leave from None
        self._say("The time is up. The exam has been submitted with your answers so far.")

    # Obeying

    def _obey(self, line: str) -> None:
        word, _, rest = line.partition(" ")
        word, rest = word.lower(), rest.strip()
        if self.seat.attempt.on_break_since is not None and word not in QUIT:
            self._end_break(word)
            return
        match word:
            case "":
                self._step(1)
            case "n" | "next":
                self._step(1)
            case "p" | "prev" | "previous":
                self._step(-1)
            case "g" | "go":
                self._go(self._number(rest) - 1)
            case "u":
                self._next_unanswered()
            case "f" | "flag" if not rest:  # "f 2" matches prompt f
                self._flag()
            case "x" | "strike":
                self._strike(rest)
            case "sure" | "unsure" if not rest:
                self._say_how_sure(word == "sure")
            case "clear":
                self._answer((), None)
            case "note":
                self._note(rest)
            case "s" | "show":
                self._show()
            case "t" | "time":
                self.terminal.write(self._time_left())
            case "l" | "list":
                self._list()
            case "r" | "review":
                self._review()
            case "end" | "submit":
                self._end()
            case _ if word in QUIT:
                raise Leave
            case "break":
                self._break()
            case "?" | "h" | "help":
                self.terminal.write(HELP)
            case _:
                self._answer_line(line)

    @property
    def _response(self) -> Response:
        return self.seat.attempt.response(self.seat.question.id)

    def _step(self, by: int) -> None:
        target = self.seat.attempt.position + by
        if target >= len(self.seat.attempt.form.places):
            self._review()
        elif target < 0:
            self.terminal.write("This is the first question.")
        else:
            self._go(target)

    def _go(self, index: int) -> None:
        self.seat = self.study.go_to(self.seat, index)
        self._show()

    def _next_unanswered(self) -> None:
        index = self.seat.attempt.next_unanswered
        if index is None:
            self._say("Every question is answered. Type r to review or end to submit.")
        else:
            self._go(index)

    def _flag(self) -> None:
        on = not self._response.flagged
        self.seat = self.study.flag(self.seat, self.seat.question.id, on)
        self.terminal.write("Flagged for review." if on else "Flag taken away.")

    def _strike(self, rest: str) -> None:
        chosen = frozenset(self._choices(rest))
        if not chosen:
            raise BadRequest("Say which choice to strike out.", "x 2")
        struck = self._response.struck ^ chosen
        self.seat = self.study.strike(self.seat, self.seat.question.id, struck)
        numbers = [str(n) for n, id in enumerate(self.seat.attempt.place.order, 1) if id in struck]
        self.terminal.write(f"Struck out: {', '.join(numbers) or 'none'}.")

    def _note(self, text: str) -> None:
        self.seat = self.study.note(self.seat, self.seat.question.id, text)
        self.terminal.write("Note saved." if text else "Note taken away.")

    def _break(self) -> None:
        self.seat = self.study.pause(self.seat)
        self._say("The clock is stopped. Type go to go on; q leaves and keeps it stopped.")

    def _end_break(self, word: str) -> None:
        if word not in ("go", "continue", "resume"):
            raise BadRequest(
                "The clock is stopped for a break.", "Type go to go on; q leaves and keeps it so."
            )
        self.seat = self.study.end_break(self.seat)
        self.terminal.write("The clock runs again.")
        self._show()

    def _end(self) -> None:
        self._counts()
        if self._ask("This is final. Type yes to submit, anything else to go on> ").lower() in (
            "yes",
            "y",
        ):
            self.seat = self.study.submit(self.seat)
            self.terminal.write("Submitted.")
        else:
            self.terminal.write("Not submitted.")

    # Answers

    def _answer_line(self, line: str) -> None:
        text, sure = line.lower(), None
        if len(line) > LONGEST_ANSWER:
            text = ""
        if found := re.fullmatch(r"(.*?)[\s,]*(sure|unsure|!|\?)", text):
            text, sure = found.group(1), found.group(2) in ("sure", "!")
        if re.fullmatch(r"[1-9][\d\s,]*", text) and self.seat.question.kind != "matching":
            self._answer(self._choices(text), sure)
        elif re.fullmatch(r"([a-g]\s*[=:]?\s*[1-9][\s,]*)+", text):
            self._answer(self._pairs(text), sure)
        else:
            raise BadRequest(f"{line[:40]!r} is no answer and no command.", "Type ? for help.")

    def _answer(self, picked: Answer, sure: bool | None) -> None:
        question = self.seat.question
        self.seat = self.study.answer(self.seat, question.id, picked, sure=sure)
        self.terminal.write(f"Saved: {self._answer_words()}.")
        if self.seat.attempt.is_practice and self._response.complete:
            self.seat = self.study.reveal(self.seat, question.id)
            self._show_reasons()

    def _show_reasons(self) -> None:
        """Practice: the verdict, every reason, what decided."""
        question, place = self.seat.question, self.seat.attempt.place
        self.terminal.write("")
        is_right = question.is_right(self._response.answer)
        self.terminal.write(render.strong(verdict(is_right, self._response.sure)))
        for line in reasons(question, place.order, self._response.answer):
            self.terminal.write(line)
        self.terminal.write("")
        for line in grounds(question, self.study.bank):
            self.terminal.write(line)
        self._say("Enter goes on to the next question.")

    def _say_how_sure(self, sure: bool) -> None:
        if not self._response.answer:
            raise BadRequest("There is no answer yet to be sure of.", "2 sure")
        self._answer(self._response.answer, sure)

    def _choices(self, text: str) -> tuple[str, ...]:
        order = self.seat.attempt.place.order
        picked = []
        for digit in re.findall(r"\d", text):
            if not 1 <= int(digit) <= len(order):
                raise BadRequest(f"There is no choice {digit}.", f"There are 1 to {len(order)}.")
            if order[int(digit) - 1] in picked and self.seat.question.kind == "ordering":
                raise BadRequest(f"{digit} stands there twice.", "Give each number once.")
            picked.append(order[int(digit) - 1])
        return tuple(dict.fromkeys(picked))

    def _pairs(self, text: str) -> Answer:
        question = self.seat.question
        if question.kind != "matching":
            raise BadRequest(f"This is no matching question: {text[:40]!r}.", "Type ? for help.")
        chosen = list(self._response.answer or ("",) * question.wanted)
        for letter, digit in re.findall(r"([a-g])\s*[=:]?\s*([1-9])", text):
            at = PROMPT_LETTERS.index(letter)
            if at >= len(chosen):
                raise BadRequest(
                    f"There is no prompt {letter}.",
                    f"The last is {PROMPT_LETTERS[len(chosen) - 1]}.",
                )
            chosen[at] = self._choices(digit)[0]
        return tuple(chosen)

    def _number(self, text: str) -> int:
        if not re.fullmatch(r"\d{1,4}", text):
            raise BadRequest(f"{text[:20]!r} is no question number.", "g 12")
        return int(text)

    # Showing

    def _say(self, sentences: str) -> None:
        """Sentences, wrapped to the width of the terminal."""
        self.terminal.write(render.prose(sentences))

    def _show(self) -> None:
        attempt, question = self.seat.attempt, self.seat.question
        place = attempt.place
        head = f"Question {attempt.position + 1} of {len(attempt.form.places)}"
        marks = " (flagged)" if self._response.flagged else ""
        write = self.terminal.write
        write("")
        write(f"{render.strong(head)}{marks}. {self._time_left()}")
        write("")
        write(render.prose(question.stem))
        write("")
        if self._response.revealed_at is not None:
            self._show_reasons()
            return
        if question.kind == "matching":
            for letter, prompt in zip(PROMPT_LETTERS, question.prompts, strict=False):
                write(render.prose(prompt.text, "      ", f"  {letter})  "))
            write("")
        texts = question.texts
        for number, id in enumerate(place.order, start=1):
            struck = "(struck out) " if id in self._response.struck else ""
            write(render.prose(struck + texts[id], "     ", f"  {number}) "))
        write("")
        self._say(f"{self._how()} {self._answer_words(capital=True)}.")
        if self._response.note:
            write(f"Note: {self._response.note}")

    def _how(self) -> str:
        question = self.seat.question
        match question.kind:
            case "single":
                return "Choose one."
            case "multiple":
                return f"Choose {question.wanted}."
            case "ordering":
                return "Put all in order."
            case "matching":
                return "Match each letter to a number, such as a2 b1."

    def _answer_words(self, *, capital: bool = False) -> str:
        """The present answer in the numbers the learner sees."""
        question, response = self.seat.question, self._response
        if not response.answer:
            return "No answer yet" if capital else "no answer"
        order = self.seat.attempt.place.order
        numbers = [str(order.index(id) + 1) if id else "-" for id in response.answer]
        if question.kind == "multiple":
            numbers.sort()
        if question.kind == "matching":
            numbers = [
                f"{letter}{n}"
                for letter, n in zip(PROMPT_LETTERS, numbers, strict=False)
                if n != "-"
            ]
        words = " ".join(numbers)
        if not response.complete:
            words += f" ({response.given} of {question.wanted})"
        if response.sure is not None:
            words += ", sure" if response.sure else ", unsure"
        return f"Your answer: {words}" if capital else words

    def _time_left(self) -> str:
        left = self.study.left(self.seat)
        return "No time limit." if left is None else f"{clock(left)} left."

    def _list(self) -> None:
        attempt = self.seat.attempt
        for name, places in (("Unanswered", attempt.unanswered), ("Flagged", attempt.flagged)):
            self._say(f"{name}: {', '.join(str(n + 1) for n in places) or 'none'}.")

    def _counts(self) -> None:
        attempt = self.seat.attempt
        blank = len(attempt.unanswered)
        counts = tally(len(attempt.form.places), blank, len(attempt.flagged))
        self._say(f"{counts} {self._time_left()}")
        if blank and not self.seat.attempt.is_practice:
            self._say("An unanswered question counts as wrong; a guess costs nothing.")

    def _review(self) -> None:
        self.terminal.write("")
        self.terminal.write("Review before the end:")
        self._counts()
        self._list()
        self._say("g 12 goes to a question, u to the next unanswered, end submits.")

    def _complain(self, error: QuizengineError) -> None:
        self.terminal.write(error.message)
        if error.hint:
            self.terminal.write(error.hint)
