"""The choices of a question on the screen: to pick, to put in order, to match.

Each posts `Answered` with ids when the learner changed something; it decides nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.message import Message
from textual.widgets import Select, Static

from quizengine.attempt import Response
from quizengine.question import (
    TRAPS,
    Answer,
    MatchingQuestion,
    MultipleQuestion,
    OrderingQuestion,
    Question,
    SingleQuestion,
)


class Answered(Message):
    """The learner's answer is now this."""

    def __init__(self, picked: Answer) -> None:
        super().__init__()
        self.picked = picked


class Refused(Message):
    """What was asked for cannot be done, and why."""

    def __init__(self, why: str) -> None:
        super().__init__()
        self.why = why


class Struck(Message):
    """An option was struck out, or brought back."""

    def __init__(self, option: str) -> None:
        super().__init__()
        self.option = option


class Row(Static, can_focus=True):
    """One choice that can hold the focus."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter,space", "pick", "choose", show=False),
        Binding("x", "strike", "strike out", show=False),
    ]

    class Picked(Message):
        def __init__(self, row: Row) -> None:
            super().__init__()
            self.row = row

    def __init__(self, choice: str, number: int) -> None:
        super().__init__(id=f"choice-{number}")
        self.choice = choice
        self.number = number

    def action_pick(self) -> None:
        self.post_message(self.Picked(self))

    def action_strike(self) -> None:
        self.post_message(Struck(self.choice))

    def on_click(self, event: events.Click) -> None:
        self.focus()
        if event.button == 3:
            self.action_strike()
        else:
            self.action_pick()


class Picks(Vertical):
    """Options to pick one or several of. Reasons are shown once the key may be."""

    def __init__(
        self,
        question: SingleQuestion | MultipleQuestion,
        order: tuple[str, ...],
        response: Response,
        *,
        revealed: bool,
    ) -> None:
        super().__init__(id="choices")
        self.question = question
        self.order = order
        self.response = response
        self.revealed = revealed

    def compose(self) -> ComposeResult:
        for number, id in enumerate(self.order, start=1):
            yield Row(id, number)

    def on_mount(self) -> None:
        self.show(self.response)

    def show(self, response: Response) -> None:
        """Draw the rows for this response."""
        self.response = response
        options = {option.id: option for option in self.question.options}
        single = self.question.kind == "single"
        for row in self.query(Row):
            option = options[row.choice]
            chosen = row.choice in response.answer
            mark = ("(•)" if chosen else "( )") if single else ("[x]" if chosen else "[ ]")
            lines = [Content(f"{mark} {row.number}  {option.text}")]
            struck = row.choice in response.struck
            if struck:
                lines = [Content(f"{mark} {row.number}  (struck out) {option.text}").stylize("dim")]
            if self.revealed:
                verdict = "Right" if option.correct else "Wrong"
                trap = f" ({TRAPS[option.trap]})" if option.trap else ""
                lines.append(Content(f"      {verdict}. {option.why}{trap}"))
            row.update(Content("\n").join(lines))
            row.set_class(chosen, "chosen")
            row.set_class(struck, "struck")
            row.set_class(self.revealed and option.correct, "right")
            row.set_class(self.revealed and chosen and not option.correct, "wrong")

    def pick_number(self, number: int) -> None:
        if 1 <= number <= len(self.order):
            self.toggle(self.order[number - 1])
            self.query_one(f"#choice-{number}", Row).focus()

    def toggle(self, id: str) -> None:
        answer, wanted = self.response.answer, self.question.wanted
        if self.question.kind == "single":
            picked: Answer = (id,)
        elif id in answer:
            picked = tuple(other for other in answer if other != id)
        elif len(answer) == wanted:
            self.post_message(Refused(f"{wanted} are selected already: take one back first."))
            return
        else:
            picked = (*answer, id)
        self.post_message(Answered(picked))

    def on_row_picked(self, message: Row.Picked) -> None:
        message.stop()
        self.toggle(message.row.choice)


class Order(Vertical):
    """Steps to put in order: the focused one is moved up and down."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("shift+up,left_square_bracket", "move(-1)", "step up", show=False),
        Binding("shift+down,right_square_bracket", "move(1)", "step down", show=False),
    ]

    def __init__(
        self,
        question: OrderingQuestion,
        order: tuple[str, ...],
        response: Response,
        *,
        revealed: bool,
    ) -> None:
        super().__init__(id="choices")
        self.question = question
        self.drawn = order
        self.response = response
        self.revealed = revealed

    @property
    def steps(self) -> list[str]:
        return list(self.response.answer or self.drawn)

    def compose(self) -> ComposeResult:
        for number, id in enumerate(self.steps, start=1):
            yield Row(id, number)
        hint = "Shift+Up and Shift+Down (or [ and ]) move a step; Enter takes the order as it is."
        if not self.revealed:
            yield Static(hint, classes="hint", markup=False)

    def on_mount(self) -> None:
        self.show(self.response)

    def show(self, response: Response) -> None:
        self.response = response
        texts = {step.id: step for step in self.question.steps}
        for row, id in zip(self.query(Row), self.steps, strict=True):
            row.choice = id
            lines = [Content(f"{row.number}  {texts[id].text}")]
            if self.revealed:
                place = self.question.key.index(id) + 1
                right = place == row.number
                said = "Right place" if right else f"Belongs to place {place}"
                lines.append(Content(f"      {said}. {texts[id].why}"))
                row.set_class(right, "right")
                row.set_class(not right, "wrong")
            row.update(Content("\n").join(lines))
            row.set_class(bool(response.answer), "chosen")

    def pick_number(self, number: int) -> None:
        if 1 <= number <= len(self.drawn):
            self.query_one(f"#choice-{number}", Row).focus()

    def action_move(self, by: int) -> None:
        row = self.app.focused
        if not isinstance(row, Row):
            return
        steps = self.steps
        here, there = row.number - 1, row.number - 1 + by
        if not 0 <= there < len(steps):
            return
        steps[here], steps[there] = steps[there], steps[here]
        self.query_one(f"#choice-{there + 1}", Row).focus()
        self.post_message(Answered(tuple(steps)))

    def on_row_picked(self, message: Row.Picked) -> None:
        message.stop()
        if not self.response.answer:
            self.post_message(Answered(tuple(self.steps)))


class Matches(Vertical):
    """Prompts, each with a list to choose its option from."""

    def __init__(
        self,
        question: MatchingQuestion,
        order: tuple[str, ...],
        response: Response,
        *,
        revealed: bool,
    ) -> None:
        super().__init__(id="choices")
        self.question = question
        self.order = order
        self.response = response
        self.revealed = revealed
        self.texts: Mapping[str, str] = {option.id: option.text for option in question.options}

    def compose(self) -> ComposeResult:
        answer = self.response.answer or ("",) * self.question.wanted
        for n, (prompt, chosen) in enumerate(zip(self.question.prompts, answer, strict=True)):
            yield Static(f"{n + 1}  {prompt.text}", classes="prompt", markup=False)
            if self.revealed:
                right = chosen == prompt.match
                yours = "" if right else f" (you: {self.texts.get(chosen, 'nothing')})"
                verdict = f"    = {self.texts[prompt.match]}{yours}. {prompt.why}"
                yield Static(verdict, classes="right" if right else "wrong", markup=False)
            else:
                yield Select(
                    [(self.texts[id], id) for id in self.order],
                    prompt="choose",
                    value=chosen or Select.NULL,
                    id=f"match-{n}",
                )

    def show(self, response: Response) -> None:
        self.response = response

    def pick_number(self, number: int) -> None:
        if 1 <= number <= self.question.wanted and not self.revealed:
            self.query_one(f"#match-{number - 1}", Select).focus()

    def on_select_changed(self, message: Select.Changed) -> None:
        message.stop()
        picked = tuple(
            str(select.value) if not select.is_blank() else "" for select in self.query(Select)
        )
        if picked != (self.response.answer or ("",) * self.question.wanted):
            self.post_message(Answered(picked))


Choices = Picks | Order | Matches


def choices(
    question: Question, order: tuple[str, ...], response: Response, *, revealed: bool
) -> Choices:
    """The widget for a question's kind."""
    match question.kind:
        case "single" | "multiple":
            return Picks(question, order, response, revealed=revealed)
        case "ordering":
            return Order(question, order, response, revealed=revealed)
        case "matching":
            return Matches(question, order, response, revealed=revealed)
