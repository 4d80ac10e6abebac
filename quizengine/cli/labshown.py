"""A lab in plain lines: the list, its steps, what checks found, how a script ended.

What comes from labs/ is handed in: nothing here imports it when it runs.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from quizengine.cli import render
from quizengine.lab import LabId
from quizengine.study import Gain, LabLine, most_gained
from quizengine.words import harmless, plural

if TYPE_CHECKING:
    from labs.lab import Lab
    from labs.runner.bench import Ready
    from labs.runner.checking import Looked
    from labs.runner.cleaning import Fate
    from labs.runner.process import Exit
    from labs.runner.workspace import Begun

PASSED, OPEN, BROKE = "ok", "--", "??"


def show_lines(lines: Sequence[LabLine], gains: Mapping[LabId, Sequence[Gain]]) -> None:
    """`gains`: the weak topics that each would help."""
    for line in lines:
        lab = line.lab
        state = line.work.state(lab)
        render.say(f"{render.strong(lab.id)}  {lab.minutes} minutes, {state}")
        render.say(render.prose(lab.summary, "    "))
        render.say(render.prose(f"Tasks: {_tasks(lab.exams)}", "    "))
        if weak := gains.get(LabId(lab.id)):
            told = ", ".join(f"{gain.topic.title} ({gain.know:.0%} known)" for gain in weak)
            render.say(render.prose(f"* Weak with you: {told}", "      ", "    "))
    render.say()
    if best := most_gained(gains):
        render.say(f"It would help you most now: quizengine lab start {best}")
        return
    done = [line.lab.id for line in lines if line.work.finished_at(line.lab) is not None]
    to_do = [line.lab.id for line in lines if line.lab.id not in done]
    if to_do:
        render.say(f"Begin, or go on: quizengine lab start {to_do[0]}")
    else:
        render.say("All of them are done." if lines else "No lab came along.")


def _tasks(exams: Mapping[str, Sequence[str]]) -> str:
    return "; ".join(f"{exam} {', '.join(of)}" for exam, of in sorted(exams.items()))


def line_json(line: LabLine, gains: Mapping[LabId, Sequence[Gain]]) -> dict[str, object]:
    lab, work = line.lab, line.work
    return {
        **lab.model_dump(mode="json", exclude={"checks"}),
        "state": work.state(lab),
        "passed": [check.id for check in lab.checks if check.id in work.passed],
        "checks": len(lab.checks),
        "finished_at": work.finished_at(lab),
        "weak_topics": [
            {"id": gain.topic.id, "known": round(gain.know, 3), "lost": round(gain.lost, 4)}
            for gain in gains.get(LabId(lab.id), ())
        ],
    }


def show_lab(lab: Lab, line: LabLine, folder: Path | None) -> None:
    render.say(render.strong(lab.title))
    render.say(f"{lab.slug}, {lab.minutes} minutes, {line.work.state(line.lab)}")
    render.say(render.prose(lab.summary))
    render.say(f"Tasks: {_tasks(lab.exams)}")
    for number, step in enumerate(lab.steps, 1):
        render.say()
        render.say(render.strong(f"Step {number}: {step.title}"))
        for check in lab.checks:
            if check.step == step.id:
                mark = PASSED if check.id in line.work.passed else OPEN
                render.say(render.prose(check.title, "      ", f"  {mark}  "))
    render.say()
    others = [id for id in lab.questions if id not in lab.asks]
    for what, ids in (("Questions", others), ("Cards", lab.cards)):
        if ids:
            render.say(render.prose(f"{what}: {', '.join(ids)}"))
    if folder is None:
        render.say(f"Begin: quizengine lab start {lab.slug}")
    else:
        render.say(f"Your folder: {folder}")
        render.say("The guide: guide.md in it, or quizengine lab show --guide")


def lab_json(lab: Lab, line: LabLine, folder: Path | None) -> dict[str, object]:
    return {
        **lab.model_dump(mode="json"),
        "state": line.work.state(line.lab),
        "passed": dict(line.work.passed),
        "folder": None if folder is None else str(folder),
    }


def show_ready(ready: Ready) -> None:
    for line in ready.said:
        click.echo(line, err=True)


def show_begun(lab: Lab, begun: Begun, ready: Ready) -> None:
    folder = begun.workspace.folder
    render.say(render.strong(lab.title))
    render.say(f"Your folder: {folder}")
    if begun.left is not None:
        render.say(f"You leave {begun.left} as it is; from now on the lab means the new folder.")
    if begun.written:
        render.say(render.prose(f"Put there: {', '.join(begun.written)}."))
    if begun.kept:
        render.say(render.prose(f"Kept as you made it: {', '.join(begun.kept)}."))
    show_ready(ready)
    render.say()
    for does, command in (
        ("Read", folder / "guide.md"),
        ("Write", folder / "starter.py"),
        ("Run it", "quizengine lab run"),
        ("How far?", "quizengine lab check"),
        ("Stuck?", "quizengine lab hint"),
    ):
        render.say(f"{does:9} {command}")


def show_ended(name: str, ended: Exit, timeout: float) -> None:
    """Nothing where all went well: then the script itself has said what there is to say."""
    why = {
        "time": f"{name} was ended after {timeout:g} seconds. More: --timeout SECONDS",
        "keyboard": f"{name} was interrupted. What it began in the cloud goes on there.",
    }.get(ended.cut, f"{name} ended with exit code {ended.code}.")
    if ended.code:
        click.echo(why, err=True)


def show_looked(lab: Lab, looked: Iterable[Looked], *, quiet: bool) -> list[Looked]:
    """Each verdict as it comes; all of them."""
    titles = {step.id: f"Step {n}: {step.title}" for n, step in enumerate(lab.steps, 1)}
    found: list[Looked] = []
    for each in looked:
        if not quiet:
            if not found or found[-1].check.step != each.check.step:
                render.say(render.strong(titles[each.check.step]))
            _show_verdict(each)
        found.append(each)
    return found


def _show_verdict(looked: Looked) -> None:
    verdict = looked.verdict
    mark = BROKE if looked.broke else PASSED if verdict.passed else OPEN
    render.say(render.prose(looked.check.title, "      ", f"  {mark}  "))
    render.say(render.prose(harmless(verdict.saw), "      "))
    if verdict.next and not verdict.passed:
        render.say(render.prose(f"Next: {harmless(verdict.next)}", "      "))
    if looked.broke:
        render.say("      That is our mistake, not yours. Please report it with these lines:")
        render.say(harmless(looked.broke))


def show_asks(line: LabLine) -> None:
    """Where a lab's questions stand, and the command that asks them; nothing where it asks none."""
    compared = line.compared
    if compared is None:
        return
    lab, command = line.lab, f"quizengine lab questions {line.lab.id}"
    done = line.work.finished_at(lab) is not None
    if compared.open is not None:
        render.say(f"Its questions are open: quizengine exam resume {compared.open[:8]}")
    elif compared.after is not None:
        render.say(f"Its questions: {compared.told}. Once more: {command}")
    elif done:
        again = (
            f"the same {len(lab.asks)} again" if compared.before else f"{len(lab.asks)} questions"
        )
        told = f" ({compared.told})" if compared.before else ""
        render.say(f"Now {again}{told}: {command}")
    elif compared.before is not None:
        render.say(f"Its questions: {compared.told}. They come again once it is done.")
    else:
        render.say(f"First {len(lab.asks)} questions, asked again after it: {command}")


def show_what_next(lab: Lab, looked: Sequence[Looked], line: LabLine, where: str = "") -> None:
    """`where`: the options that the next commands take as well."""
    count = sum(each.verdict.passed for each in looked)
    render.say()
    render.say(f"{count} of {plural(len(looked), 'check')}.")
    if count < len(looked):
        if line.work.finished_at(line.lab) is not None:
            render.say("All of them have held before: in your record this lab stays done.")
        render.say(f"Stuck? quizengine lab hint{where}")
        return
    render.say(render.strong("Done."))
    render.say("Read once more what to remember for the exam: the end of guide.md.")
    show_asks(line)
    render.say(f"Take down what you made: quizengine lab clean {lab.slug}{where}")


def looked_json(lab: Lab, looked: Sequence[Looked]) -> dict[str, object]:
    return {
        "lab": lab.slug,
        "passed": sum(each.verdict.passed for each in looked),
        "checks": [
            {
                "id": each.check.id,
                "step": each.check.step,
                "title": each.check.title,
                "passed": each.verdict.passed,
                "saw": each.verdict.saw,
                "next": each.verdict.next,
                "broke": each.broke,
            }
            for each in looked
        ],
    }


def show_hint(looked: Looked | None, seen: Mapping[str, int]) -> None:
    """As many of the hints as were asked for by now."""
    if looked is None:
        render.say("Every check holds: there is nothing to hint at.")
        return
    hints, known = looked.check.hints, seen[looked.check.id]
    _show_verdict(looked)
    render.say()
    for number, hint in enumerate(hints[:known], 1):
        render.say(render.prose(hint, "  ", f"  {number} of {len(hints)}: "))
    if known >= len(hints):
        render.say("That was the last. The whole way: quizengine lab solution")


def show_cleaned(lab: Lab, fates: Iterable[Fate]) -> int:
    """Each thing as it goes; how many are left."""
    gone = left = 0
    for fate in fates:
        what = f"{fate.thing.kind} {fate.thing.name}"
        gone, left = (gone, left + 1) if fate.why else (gone + 1, left)
        render.say(f"Left: {what}: {fate.why}" if fate.why else f"Gone: {what}")
    if left:
        render.say(f"{plural(left, 'thing')} of {lab.slug} left.")
    elif gone:
        render.say(f"Nothing of {lab.slug} is left.")
    else:
        render.say(f"There was nothing of {lab.slug} to take down.")
    return left
