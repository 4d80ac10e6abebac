"""quizengine doctor"""

from __future__ import annotations

import click

from quizengine import wiring
from quizengine.cli import render
from quizengine.words import plural


@click.command(epilog="Example: quizengine doctor --rescue")
@click.option("--rescue", is_flag=True, help="Save what can be read of a damaged record.")
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
@click.pass_context
def doctor(ctx: click.Context, rescue: bool, as_json: bool) -> None:
    """Examine the installation and the record."""
    if rescue:
        aside, saved = wiring.rescue_record()
        render.say(f"{plural(saved, 'event')} saved in {wiring.record_path()}.")
        render.say(f"The damaged file is kept: {aside}")
        return
    findings = wiring.examine()
    if as_json:
        render.show_json([finding._asdict() for finding in findings])
    else:
        for finding in findings:
            render.say(f"{'ok ' if finding.ok else 'BAD'}  {finding.what}: {finding.found}")
            if finding.way_out and not finding.ok:
                render.say(f"     {finding.way_out}")
    ctx.exit(0 if all(finding.ok for finding in findings) else 1)
