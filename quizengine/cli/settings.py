"""quizengine settings"""

from __future__ import annotations

import re

import click

from quizengine import wiring
from quizengine.cli import render
from quizengine.deck import MOST_A_DAY
from quizengine.errors import BadRequest, NotFound


@click.command(epilog="Examples: quizengine settings plain on | quizengine settings new_cards 5")
@click.argument("name", required=False)
@click.argument("value", required=False)
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
def settings(name: str | None, value: str | None, as_json: bool) -> None:
    """Show or change a setting."""
    current = wiring.settings()
    known = current.model_dump()
    if name is not None and name not in known:
        raise NotFound("setting", name, known)
    if name is not None and value is not None:
        current = wiring.change_settings({name: _read(name, value, known[name])})
        known = current.model_dump()
    shown = known if name is None else {name: known[name]}
    if as_json:
        render.show_json(shown)
    else:
        render.say(render.table([(k, _words(v)) for k, v in shown.items()], ("", "")).strip())


def _read(name: str, value: str, now: bool | int) -> bool | int:
    """The value as the setting has it: on or off, or a number."""
    if isinstance(now, bool):
        if value not in ("on", "off"):
            raise BadRequest(f"{name} cannot be {value!r}.", "Say on or off.")
        return value == "on"
    if not re.fullmatch(r"[0-9]{1,4}", value) or int(value) > MOST_A_DAY:
        raise BadRequest(f"{name} cannot be {value!r}.", f"Say a number from 0 to {MOST_A_DAY}.")
    return int(value)


def _words(value: bool | int) -> str:
    if isinstance(value, bool):
        return "on" if value else "off"
    return str(value)
