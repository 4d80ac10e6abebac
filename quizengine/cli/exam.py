"""quizengine exam"""

from __future__ import annotations

import shlex
from collections.abc import Iterable
from typing import TextIO

import click
from click.core import ParameterSource

from quizengine import wiring
from quizengine.attempt import Attempt
from quizengine.cli import NounGroup, render
from quizengine.cli.question import show_marked
from quizengine.cli.report import show_report
from quizengine.cli.sitting import begin, next_steps, sit
from quizengine.errors import BadRequest, NotFound
from quizengine.form import to_file
from quizengine.scoring import Marked, Result
from quizengine.study import HistoryLine
from quizengine.terms import EXTRA_TIME, ExtraTime
from quizengine.words import duration, plural, time_left

MAX_FORM = 1_000_000  # characters of a form file
# What a saved form has settled.
DRAWING = ("code", "format", "questions", "sealed", "computed", "seed")

as_json_option = click.option("--json", "as_json", is_flag=True, help="As JSON.")


@click.group(cls=NounGroup)
def exam() -> None:
    """Mock exams: sit one, resume it, see its result."""


@exam.command("list", epilog="Example: quizengine exam list --json")
@as_json_option
def list_(as_json: bool) -> None:
    """List the exams: status, shape, and how far the bank serves each."""
    with wiring.opened() as study:
        offers = study.offers()
    if as_json:
        render.show_json(
            [
                {
                    **offer.exam.model_dump(mode="json"),
                    "questions": dict(offer.have),
                    "longest_form": offer.longest,
                }
                for offer in offers
            ]
        )
        return
    rows = []
    for offer in offers:
        shape = offer.exam.formats[0]
        rows.append(
            (
                offer.exam.code,
                offer.exam.status.value,
                shape.length,
                duration(shape.minutes.used),
                offer.exam.pass_mark.used,
                sum(offer.have.values()),
                offer.longest or "none",
            )
        )
    header = ("exam", "status", "questions", "time", "pass", "in the bank", "longest form")
    render.say(render.table(rows, header))
    render.say()
    for offer in offers:
        render.say(render.prose(f"{offer.exam.code}: {offer.exam.name}.", "  ", ""))
        if offer.exam.status.notice is not None:
            render.say(render.prose(offer.exam.status.notice, "  "))


@exam.command(
    epilog="Examples: quizengine exam start | quizengine exam start mls-c01 --questions 20 | "
    "quizengine exam start --save-form class.json"
)
@click.argument("code", default=wiring.DEFAULT_EXAM)
@click.option("--format", help="A format of the exam other than its first (exam list --json).")
@click.option("--questions", type=int, help="A form of this length, by the blueprint, all scored.")
@click.option("--minutes", type=float, help="As many questions as the exam's pace allows.")
@click.option(
    "--extra-time",
    type=click.Choice(EXTRA_TIME),
    default="none",
    show_default=True,
    help="An accommodation: +30 minutes (AWS's for non-native speakers), a factor, or untimed.",
)
@click.option("--untimed", is_flag=True, help="The same as --extra-time untimed.")
@click.option("--breaks", is_flag=True, help="An accommodation: allow stopping the clock.")
@click.option("--sealed", is_flag=True, help="Draw from the questions kept for the last mocks.")
@click.option("--computed", is_flag=True, help="Also questions whose numbers are new each time.")
@click.option(
    "--seed", type=click.IntRange(0), help="Redraw the same form (same bank and history)."
)
@click.option(
    "--save-form", type=click.Path(dir_okay=False), help="Write the form drawn, and stop."
)
@click.option("--form", type=click.File(encoding="utf-8"), help="Sit a form that was saved.")
@click.option("--yes", is_flag=True, help="Start at once.")
@click.pass_context
def start(
    ctx: click.Context,
    code: str,
    format: str | None,
    questions: int | None,
    minutes: float | None,
    extra_time: ExtraTime,
    untimed: bool,
    breaks: bool,
    sealed: bool,
    computed: bool,
    seed: int | None,
    save_form: str | None,
    form: TextIO | None,
    yes: bool,
) -> None:
    """Sit a mock exam (of mls-c01 unless another is named)."""
    extra: ExtraTime = "untimed" if untimed else extra_time
    if form is not None and (said := _said(ctx, DRAWING)):
        raise click.UsageError(f"A saved form is sat as it is: leave {said} out.", ctx)
    with wiring.opened() as study:
        if form is not None:
            plan = study.plan_from_file(
                _form_text(form), form.name, minutes=minutes, extra=extra, breaks=breaks
            )
        else:
            plan = study.plan(
                code,
                format=format,
                questions=questions,
                minutes=minutes,
                extra=extra,
                breaks=breaks,
                from_sealed=sealed,
                computed=computed,
                seed=seed,
            )
        if save_form is not None:
            wiring.write_new(save_form, [to_file(plan.form)])
            render.say(f"Saved {plural(len(plan.form.places), 'question')} to {save_form}.")
            render.say(f"Sit it with: quizengine exam start --form {shlex.quote(save_form)}")
            return
        begin(study, plan, at_once=yes)


@exam.command(epilog="Example: quizengine exam resume 1a2b3c4d")
@click.argument("attempt", required=False)
def resume(attempt: str | None) -> None:
    """Go on with an open attempt: the latest, or the one whose id begins with ATTEMPT."""
    with wiring.opened() as study:
        seat = study.resume(attempt)
        left = study.left(seat)
        render.say(f"Resuming {seat.attempt.form.exam}, {time_left(left)}.")
        if left and seat.attempt.on_break_since is None:
            render.say("The clock has run on.")
        sit(study, seat)


@exam.command(epilog="Example: quizengine exam history --json")
@as_json_option
def history(as_json: bool) -> None:
    """List your attempts, oldest first."""
    with wiring.opened() as study:
        lines = study.history()
        if as_json:
            render.show_json(
                [
                    {
                        "attempt": line.attempt.id,
                        "exam": line.attempt.form.exam,
                        "started_at": line.attempt.started_at,
                        "submitted_at": line.attempt.submitted_at,
                        "questions": len(line.attempt.form.places),
                        "minutes": line.attempt.terms.minutes,
                        "practice": line.attempt.is_practice,
                        "lab": line.attempt.form.lab,
                        "result": _summary(line.attempt, line.result),
                    }
                    for line in lines
                ]
            )
            return
    rows = []
    for line in lines:
        result = line.result
        rows.append(
            (
                line.attempt.id[:8],
                line.attempt.form.exam + _kind(line.attempt),
                render.when(line.attempt.started_at),
                len(line.attempt.form.places),
                _standing(line),
                "" if result is None or not line.attempt.is_mock else result.scaled,
            )
        )
    if rows:
        header = ("attempt", "exam", "started", "questions", "right", "estimate")
        render.say(render.table(rows, header))
    else:
        render.say("No attempts yet. Begin with: quizengine exam start --questions 10 --untimed")


@exam.command(epilog="Example: quizengine exam report --json")
@click.argument("attempt", required=False)
@as_json_option
def report(attempt: str | None, as_json: bool) -> None:
    """Show the result of an attempt: the latest, or the one named."""
    with wiring.opened() as study:
        found = study.report(attempt)
        steps = next_steps(study, found.exam.code)
    if as_json:
        render.show_json(
            {
                "attempt": found.attempt.id,
                "exam": found.exam.code,
                "submitted_by": found.attempt.submitted_by,
                "result": _summary(found.attempt, found.result),
                "regraded": _summary(found.attempt, found.regraded),
                "corrected": list(found.corrected),
                "cards_due": list(found.due),
                "next_steps": [{"title": item.title, "command": item.line} for item in steps],
            }
        )
    else:
        show_report(found, steps)


@exam.command(epilog="Example: quizengine exam review --wrong")
@click.argument("attempt", required=False)
@click.option("--wrong", is_flag=True, help="Only what was not right.")
@click.option("--flagged", is_flag=True, help="Only what was flagged.")
@click.option("--question", type=int, help="Only the question with this number.")
@as_json_option
def review(
    attempt: str | None, wrong: bool, flagged: bool, question: int | None, as_json: bool
) -> None:
    """Go through the questions of a finished attempt with every reason."""
    with wiring.opened() as study:
        found = study.report(attempt)
        numbers = range(1, len(found.result.questions) + 1)
        if question is not None and question not in numbers:
            raise NotFound("question number", str(question), [str(n) for n in numbers])
        chosen = [
            marked
            for marked in found.result.questions
            if not (wrong and marked.is_right)
            and not (flagged and not marked.response.flagged)
            and question in (None, marked.number)
        ]
        if as_json:
            render.show_json([_marked(marked) for marked in chosen])
            return
        for marked in chosen:
            corrected = marked.question.id in found.corrected
            show_marked(marked, study.bank, corrected=corrected, due=found.due)
        if not chosen:
            render.say("No question of this attempt is of that kind.")


def _said(ctx: click.Context, names: Iterable[str]) -> str:
    """Those of the parameters that stand on the command line, as they are written there."""
    given = [
        param
        for param in ctx.command.params
        if param.name in names
        and ctx.get_parameter_source(param.name) is ParameterSource.COMMANDLINE
    ]
    return ", ".join(
        max(param.opts, key=len) if isinstance(param, click.Option) else param.human_readable_name
        for param in given
    )


def _form_text(file: TextIO) -> str:
    """What is in a form file. Raises BadRequest if that cannot be a form."""
    try:
        text = file.read(MAX_FORM + 1)
    except (OSError, UnicodeDecodeError) as error:
        raise BadRequest(f"{file.name} cannot be read: {error}.", "Name another file.") from None
    if len(text) > MAX_FORM:
        raise BadRequest(
            f"{file.name} has more than {MAX_FORM:,} characters: it is no form file.",
            "Make one with quizengine exam start --save-form FILE.",
        )
    return text


def _kind(attempt: Attempt) -> str:
    """What it is, where it is no mock."""
    if attempt.form.lab is not None:
        return f" {attempt.form.lab}, {'before' if attempt.comes_again else 'after'}"
    return " practice" if attempt.is_practice else ""


def _standing(line: HistoryLine) -> str:
    if line.attempt.is_open:
        return "open"
    if line.result is None:
        return "exam not in this bank"
    return f"{line.result.right}/{line.result.count}"


def _summary(attempt: Attempt, result: Result | None) -> dict[str, object] | None:
    if result is None:
        return None
    if not attempt.is_mock:  # no blueprint, so no estimate
        return {"right": result.right, "scored": result.count, "blank": result.blank}
    return {
        "right": result.right,
        "scored": result.count,
        "unscored": result.unscored,
        "blank": result.blank,
        "scaled_estimate": result.scaled,
        "scaled_range": list(result.scaled_range),
        "chance_range": list(result.chance_range),
        "pass_mark": result.pass_mark,
        "passed": result.passed,
        "domains": [
            {
                "id": domain.id,
                "title": domain.title,
                "weight": domain.weight,
                "right": domain.right,
                "scored": domain.count,
                "competency": domain.competency,
            }
            for domain in result.domains
        ],
    }


def _marked(marked: Marked) -> dict[str, object]:
    return {
        "number": marked.number,
        "question": marked.question.model_dump(mode="json"),
        "order": list(marked.place.order),
        "scored": marked.place.scored,
        "answer": list(marked.response.answer),
        "right": marked.is_right,
        "sure": marked.response.sure,
        "flagged": marked.response.flagged,
        "note": marked.response.note,
        "seconds": round(marked.response.spent / 1000, 1),
    }
