"""quizengine settings"""

from __future__ import annotations

import click

from quizengine import wiring
from quizengine.cli import render
from quizengine.errors import BadRequest, NotFound


@click.command(epilog="Example: quizengine settings plain on")
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
        if value not in ("on", "off"):
            raise BadRequest(f"{name} cannot be {value!r}.", "Say on or off.")
        current = wiring.change_settings({name: value == "on"})
        known = current.model_dump()
    shown = known if name is None else {name: known[name]}
    if as_json:
        render.show_json(shown)
    else:
        render.say(
            render.table([(k, "on" if v else "off") for k, v in shown.items()], ("", "")).strip()
        )
