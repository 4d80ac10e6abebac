"""What stands around the question, always in the same place: number, clock, state, keys."""

from __future__ import annotations

from textual import events
from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.widgets import Static

from quizengine.question import Question
from quizengine.study import Seat
from quizengine.terms import MINUTE
from quizengine.tui.acts import Do
from quizengine.words import clock, harmless

COMES_BACK = 5  # minutes left at which a hidden clock is shown again
NUMBERS = ("", "ONE", "TWO", "THREE", "FOUR")

# key, word, action, and the narrowest screen that has room for it
KEYS = (
    ("p", "back", "step(-1)", ""),
    ("n", "next", "step(1)", ""),
    ("f", "flag", "flag", ""),
    ("s", "sure", "sure", "wide"),
    ("o", "note", "note", "wide"),
    ("l", "list", "navigate", ""),
    ("e", "end", "end", "medium"),
    ("q", "leave", "leave", "medium"),
    ("?", "keys", "help", ""),
)


class Head(Horizontal):
    """Question n of N, its flag, and the clock."""

    def __init__(self) -> None:
        super().__init__(id="head")
        self._place = Static(id="place", markup=False)
        self._about = Static(id="about", markup=False)
        self._clock = Static(id="clock", markup=False)

    def compose(self) -> ComposeResult:
        yield from (self._place, self._about, self._clock)

    def show(self, seat: Seat) -> None:
        attempt = seat.attempt
        count = len(attempt.form.places)
        number = str(attempt.position + 1).rjust(len(str(count)))
        flag = "FLAGGED" if attempt.response(seat.question.id).flagged else ""
        kind = "practice" if attempt.is_practice else harmless(attempt.form.exam)
        place = f"Question {number} of {count}"
        self._place.update(place)
        self._place.styles.width = len(place) + 2
        self._about.update(flag or kind)

    def show_clock(self, left: int | None, *, on_break: bool, hidden: bool) -> None:
        """`left` in milliseconds, None if untimed."""
        if left is None:
            text = "no time limit"
        elif on_break:
            text = "clock stopped"
        else:
            text = "clock hidden" if hidden else f"{clock(left)} left"
        if text != str(self._clock.content):
            self._clock.update(text, layout=False)
        self._clock.set_class(left is not None and left <= COMES_BACK * MINUTE, "low")


class Status(Horizontal):
    """What to do, what was done so far, and whether there is more below."""

    def __init__(self) -> None:
        super().__init__(id="status")
        self._state = Static(id="state", markup=False)
        self._more = Static(id="more", markup=False)

    def compose(self) -> ComposeResult:
        yield from (self._state, self._more)

    def show(self, seat: Seat, said: str) -> None:
        """The state of the question, and what was said of the last act."""
        response = seat.attempt.response(seat.question.id)
        if seat.attempt.on_break_since is not None:
            parts = ["b goes on."]
        elif response.revealed_at is not None:
            parts = ["n or Enter goes on."]
        else:
            parts = [how(seat.question, response.given, seat.attempt.is_practice)]
            if response.sure is not None:
                parts.append("You are sure." if response.sure else "You are unsure.")
            parts.append(said)
        self._write("  ".join(parts), warns=False)

    def warn(self, why: str) -> None:
        """What was asked for cannot be done, and why."""
        self._write(why, warns=True)

    def _write(self, text: str, *, warns: bool) -> None:
        self._state.update(text)
        self._state.set_class(warns, "warns")

    def show_more(self, more: bool) -> None:
        self._more.update("▼ more below" if more else "")


def how(question: Question, given: int, is_practice: bool) -> str:
    """What the learner is to do, and how far it is done."""
    match question.kind:
        case "single":
            return "Select ONE."
        case "multiple":
            wanted = NUMBERS[question.wanted]
            return f"Select {wanted}: {given} of {question.wanted} selected."
        case "ordering":
            if is_practice:
                return "[ and ] move a step, Enter checks the order."
            return "[ and ] move a step." if given else "[ and ] move a step, Enter takes it so."
        case "matching":
            return f"Match each line: {given} of {question.wanted} matched."


class Key(Static):
    """A key and what it does; a click does the same."""

    def __init__(self, key: str, word: str, action: str, room: str) -> None:
        super().__init__(f"{key} {word}", classes=f"key {room}".strip(), markup=False)
        self.action = action

    def on_click(self, event: events.Click) -> None:
        event.stop()
        self.app.post_message(Do(lambda: self.app.run_action(self.action, self.screen)))


class Keys(Horizontal):
    """The keys one needs most; the others are behind `?`."""

    def __init__(self) -> None:
        super().__init__(id="keys")

    def compose(self) -> ComposeResult:
        for key, word, action, room in KEYS:
            yield Key(key, word, action, room)
