"""What the tests of the full screen share: a stage on which an attempt is sat, and what is seen."""

from __future__ import annotations

import asyncio
import functools
import inspect
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any, Concatenate, ParamSpec

from rich.segment import Segment
from textual import events
from textual.pilot import Pilot
from textual.widget import Widget
from textual.widgets import Static

from quizengine.attempt import Response
from quizengine.form import Place
from quizengine.question import Kind
from quizengine.study import Plan, Seat, Study
from quizengine.tui.app import ExamApp
from quizengine.tui.colours import Colours
from quizengine.tui.frame import Key
from quizengine.tui.sitting import Ended
from tests.builders import KINDS, Desk, a_bank, a_short_exam

P = ParamSpec("P")
NAMES = {"?": "question_mark", "[": "left_square_bracket", "]": "right_square_bracket"}
NAMES |= {" ": "space", "!": "exclamation_mark"}
FRAMES = str.maketrans("", "", "╭╮╰╯│─▐▌█▊▎▔▁")


def a_desk(*kinds: Kind, **changes: Any) -> Desk:
    """A desk whose bank has questions of these kinds alone."""
    return Desk(a_bank(exam=a_short_exam(), kinds=kinds or ("single",), **changes))


def a_plan_of_every_kind(study: Study, *, practice: bool = False) -> Plan:
    """A form that begins with one question of each kind."""
    draw = study.plan_practice if practice else study.plan
    for seed in range(100):
        plan = draw("mls-c01", seed=seed)
        first: dict[Kind, Place] = {}
        for place in plan.form.places:
            first.setdefault(study.bank.question(place.question).kind, place)
        if set(first) == set(KINDS):
            others = [place for place in plan.form.places if place not in first.values()]
            places = (*first.values(), *others)
            return replace(plan, form=plan.form.model_copy(update={"places": places}))
    raise AssertionError("no form of 100 has every kind")


@dataclass
class Stage:
    """An attempt on the screen, a learner with keys and a mouse, and a clock that stands still."""

    desk: Desk
    app: ExamApp
    pilot: Pilot[Ended]
    kept: list[Colours] = field(default_factory=list)

    async def press(self, *keys: str) -> None:
        """Press keys, each after the one before has had its effect."""
        for key in keys:
            name = NAMES.get(key, key)
            self.app.post_message(events.Key(name, key if len(key) == 1 else None))
            await self.settle()

    async def press_at_once(self, *keys: str) -> None:
        """Press keys faster than the program follows."""
        for key in keys:
            self.app.post_message(events.Key(NAMES.get(key, key), key if len(key) == 1 else None))
        await self.settle()

    async def settle(self) -> None:
        """Until every message is dealt with: what the pilot's own pause does by waiting for an
        idle processor, which takes long and on a busy machine for ever."""
        quiet = 0
        while quiet < 2 and self.ended is None:
            await self.pilot._wait_for_screen()
            screen = self.app.screen
            pumps = [self.app, *self.app.screen_stack, *screen.walk_children()]
            waiting = any(pump.message_queue_size or pump._next_callbacks for pump in pumps)
            waiting = waiting or bool(screen._callbacks or screen._dirty_widgets)
            quiet = 0 if waiting or screen._layout_required else quiet + 1
            if self.ended is None:
                screen._on_timer_update()

    async def type(self, text: str) -> None:
        await self.press(*text)

    async def click(
        self, target: str | Widget, *, button: int = 1, at: tuple[int, int] = (2, 0)
    ) -> None:
        await self.pilot.click(target, offset=at, button=button)
        await self.settle()

    async def click_key(self, word: str) -> None:
        """Click a word of the bar at the foot."""
        (key,) = (key for key in self.app.screen.query(Key) if str(key.content).endswith(word))
        await self.click(key)

    async def resize(self, columns: int, lines: int) -> None:
        await self.pilot.resize_terminal(columns, lines)
        await self.settle()

    async def tick(self, *, minutes: float = 0, ms: int = 0) -> None:
        """Time passes, and the screen takes notice."""
        self.desk.clock.advance(minutes=minutes, ms=ms)
        self.app.sitting.tick()
        await self.settle()

    @property
    def seat(self) -> Seat:
        return self.app.sitting.seat

    @property
    def response(self) -> Response:
        """Of the question in front."""
        return self.seat.attempt.response(self.seat.question.id)

    def is_revealed(self) -> bool:
        """Whether the key of the question in front was shown. (Not a property: mypy would take
        what it was for what it is.)"""
        return self.response.revealed_at is not None

    @property
    def number(self) -> int:
        """Of the question in front, from 1."""
        return self.seat.attempt.position + 1

    def key_of(self, choice: str) -> str:
        """The digit of a choice."""
        return str(self.seat.attempt.place.order.index(choice) + 1)

    @property
    def ended(self) -> Ended | None:
        return self.app.return_value

    # What is seen

    @property
    def cells(self) -> list[list[Segment]]:
        """The lines of the screen as they are sent to the terminal, colours and all."""
        screen = self.app.screen
        update = screen._compositor.render_update(
            full=True, screen_stack=self.app._background_screens
        )
        strips: Any = getattr(update, "strips")  # noqa: B009 - of a private class
        return [[segment for strip in line for segment in strip] for line in strips]

    @property
    def lines(self) -> list[str]:
        return ["".join(segment.text for segment in line).rstrip() for line in self.cells]

    @property
    def text(self) -> str:
        """All words on the screen, in one line, without the frames of windows."""
        return " ".join(" ".join(self.lines).translate(FRAMES).split())

    @property
    def said(self) -> str:
        """What the line above the keys says."""
        return str(self.app.sitting.query_one("#state", Static).content)

    def everything(self) -> Iterator[str]:
        """Every text the program holds for the screen, scrolled away or hidden."""
        for screen in self.app.screen_stack:
            for widget in screen.query(Static):
                yield str(widget.content)
            for any_widget in screen.query("*"):
                yield str(any_widget.tooltip or "")


Scenario = Callable[Concatenate[Stage, P], Awaitable[None]]


def on_stage(
    *kinds: Kind,
    desk: Callable[[], Desk] | None = None,
    size: tuple[int, int] = (80, 24),
    practice: bool = False,
    colours: Colours = "dark",
    **plan: Any,
) -> Callable[[Scenario[P]], Callable[P, None]]:
    """Makes a test of a scenario: an attempt has just been started on the screen."""

    def wrap(scenario: Scenario[P]) -> Callable[P, None]:
        @functools.wraps(scenario)
        def test(*args: P.args, **kwargs: P.kwargs) -> None:
            at = a_desk(*kinds) if desk is None else desk()
            study = at.study()
            draw = study.plan_practice if practice else study.plan
            if kinds == KINDS:
                drawn = a_plan_of_every_kind(study, practice=practice)
            else:
                drawn = draw("mls-c01", **plan)
            play(
                lambda on: scenario(on, *args, **kwargs),
                at,
                study.start(drawn),
                size=size,
                colours=colours,
            )

        signature = inspect.signature(scenario)
        _, *others = signature.parameters.values()
        setattr(test, "__signature__", signature.replace(parameters=others, return_annotation=None))  # noqa: B010
        return test

    return wrap


def play(
    scenario: Callable[[Stage], Awaitable[None]],
    desk: Desk,
    seat: Seat | None = None,
    *,
    size: tuple[int, int] = (80, 24),
    colours: Colours = "dark",
) -> ExamApp:
    """Sit the attempt on the screen as the scenario says; without a seat, the open one."""

    async def run() -> ExamApp:
        study = desk.study()
        kept: list[Colours] = []
        app = ExamApp(study, seat or study.resume(), colours=colours, keep=kept.append)
        async with app.run_test(size=size, notifications=True) as pilot:
            on = Stage(desk, app, pilot, kept)
            await on.settle()
            await scenario(on)
        return app

    return asyncio.run(run())
