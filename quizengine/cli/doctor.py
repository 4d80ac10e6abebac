"""quizengine doctor"""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path

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
    findings = [*wiring.examine(), _labs()]
    if as_json:
        render.show_json([finding._asdict() for finding in findings])
    else:
        for finding in findings:
            render.say(f"{'ok ' if finding.ok else 'BAD'}  {finding.what}: {finding.found}")
            if finding.way_out and not finding.ok:
                render.say(f"     {finding.way_out}")
    ctx.exit(0 if all(finding.ok for finding in findings) else 1)


def _labs() -> wiring.Finding:
    """Whether the labs can run. Without their extra nothing is wrong: it is for who wants it."""
    spec = find_spec("labs")
    if spec is None or spec.origin is None:
        return wiring.Finding("labs", False, "missing", "Install quizengine again.")
    if Path(spec.origin).parents[1] != wiring.PACKAGE.parent:
        way_out = (
            "Uninstall the package it belongs to, or give quizengine an environment of its own."
        )
        return wiring.Finding("labs", False, f"hidden by {spec.origin}", way_out)
    for distribution in ("xgboost-cpu", "xgboost"):
        try:
            found = f"{distribution} {version(distribution)}, moto {version('moto')}"
        except PackageNotFoundError:
            continue
        return wiring.Finding("labs", True, found)
    return wiring.Finding("labs", True, 'not installed; pip install "quizengine[labs]" does it')
