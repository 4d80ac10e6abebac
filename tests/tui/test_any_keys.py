"""Whatever is pressed, clicked and resized in whatever order: the screen and the record agree."""

from __future__ import annotations

import random

import pytest

from quizengine.attempt import fold
from quizengine.errors import StoreFull
from quizengine.tui.picks import Picks
from tests.builders import KINDS
from tests.shells.helpers import Unreliable
from tests.tui.helpers import Stage, a_desk, a_plan_of_every_kind, play

LETTERS = "123470npuglrfsxotbwc?[]ai"
NAMED = "up down left right enter space backspace escape tab home end pageup pagedown"
KEYS = [*LETTERS, *NAMED.split(), "shift+up", "shift+down"]
SIZES = [(columns, lines) for columns in (1, 20, 40, 80, 133) for lines in (1, 3, 12, 24, 50)]
STEPS = 60


def agree(on: Stage) -> None:
    attempt = fold(on.desk.store.events(on.seat.attempt.id))
    assert attempt == on.seat.attempt
    for picks in on.app.sitting.query(Picks):
        for row, id in zip(picks.rows, picks.order, strict=True):
            assert row.has_class("chosen") == (id in on.response.answer)
            assert row.has_class("struck") == (id in on.response.struck)


@pytest.mark.parametrize("practice", [False, True], ids=["exam", "practice"])
@pytest.mark.parametrize("seed", range(2))
def test_the_screen_shows_what_is_saved_and_nothing_breaks_it(seed: int, practice: bool) -> None:
    rng = random.Random(seed)
    desk = a_desk(*KINDS)
    desk.store = store = Unreliable()
    study = desk.study()
    done: list[object] = []

    async def scenario(on: Stage) -> None:
        for _ in range(STEPS):
            match rng.randrange(20):
                case 0:
                    done.append(size := rng.choice(SIZES))
                    await on.resize(*size)
                case 1:
                    store.refusal = rng.choice([None, None, StoreFull("Full.", "Free some room.")])
                    done.append(store.refusal)
                case 2:
                    width, height = on.app.size
                    done.append(at := (rng.randrange(width), rng.randrange(height)))
                    await on.pilot.click(offset=at, button=rng.choice([1, 3]))
                    await on.settle()
                case 3:
                    await on.tick(ms=5_000)
                case _:
                    done.append(keys := rng.choices(KEYS, k=rng.randint(1, 4)))
                    await on.press_at_once(*keys)
            if on.ended is not None:  # a click may leave or end
                break
            agree(on)

    try:
        play(scenario, desk, study.start(a_plan_of_every_kind(study, practice=practice)))
    except BaseException as error:
        error.add_note(f"after {done}")
        raise
