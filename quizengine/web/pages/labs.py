"""The labs: what each is about, its guide, how far one is, what to type.

They are done in the terminal. Here is read what came along and what the record says; nothing
reaches the cloud. Of labs/ only what reads files is imported, and only when a lab is looked at.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from starlette.responses import Response

from quizengine import wiring
from quizengine.errors import NotFound
from quizengine.lab import Lab
from quizengine.study import LabLine, Study, most_gained
from quizengine.web import prose, reply
from quizengine.web.asked import Asked
from quizengine.web.pages.search import Excerpt, excerpt

if TYPE_CHECKING:
    from labs.lab import Lab as WholeLab


@dataclass(frozen=True)
class Part:
    """A stretch of a guide: its heading, and what stands below it. `number` counts from 1."""

    number: int
    title: str
    text: str


@dataclass(frozen=True)
class Looked:
    """A check as the record has it. `held`: it has held once, which stays; `found`: whether it
    held when it was last looked at, None where it never was. `hints`: how many were seen."""

    title: str
    held: bool
    found: bool | None
    hints: int


def show(asked: Asked) -> Response:
    """The list."""
    lines, gains = asked.study.labs(), asked.study.lab_gains()
    open = next((line.lab.id for line in lines if line.work.finished_at(line.lab) is None), None)
    return reply.page(
        asked.look,
        "labs.html",
        here=asked.address,
        lines=[(line, line.work.count(line.lab), price(line)) for line in lines],
        topics=asked.study.bank.topics,
        gains=gains,
        open=most_gained(gains) or open,
    )


def lab(asked: Asked) -> Response:
    """One lab: the guide, each check and its last verdict, what to type, and what it asks."""
    line = asked.study.lab(asked.path["id"])
    whole, guide = _read(line.lab)
    intro, parts = divided(guide)
    folder = _folder(line.lab)
    return reply.page(
        asked.look,
        "lab.html",
        here=asked.address,
        line=line,
        lab=line.lab,
        intro=intro,
        parts=parts,
        looked_at=max((at for _, at in line.work.found.values()), default=None),
        steps=[(step.title, _looked(whole, step.id, line)) for step in whole.steps],
        folder=folder,
        enter=None if folder is None else f"cd {shlex.quote(folder)}",
        topics=asked.study.bank.topics,
        compared=line.compared,
        finished=line.work.finished_at(line.lab) is not None,
        questions=list(_questions(asked.study, line)),
        cards=list(_cards(asked.study, line.lab)),
    )


def ask(asked: Asked) -> Response:
    """What the lab asks, before it or again: the questions in a window of their own."""
    plan = asked.study.plan_lab(asked.path["id"], again="again" in asked.form)
    return reply.to(asked.windows.start(asked.study, plan).page())


def divided(guide: str) -> tuple[str, Sequence[Part]]:
    """A guide in what stands before its first heading of the second rank, without the title, and
    a part for each of those headings."""
    pieces: list[list[str]] = [[]]
    fenced = False
    for row in guide.splitlines():
        fenced ^= row.startswith("```")
        if row.startswith("## ") and not fenced:
            pieces.append([])
        if not (row.startswith("# ") and len(pieces) == 1):
            pieces[-1].append(row)
    texts = ["\n".join(piece).strip("\n") for piece in pieces]
    parts = []
    for number, text in enumerate(texts[1:], start=1):
        title, _, rest = text.partition("\n")
        parts.append(Part(number, prose.plain(title.removeprefix("## ")), rest.strip("\n")))
    return texts[0], parts


def _read(lab: Lab) -> tuple[WholeLab, str]:
    """The lab as its file has it, and its guide."""
    from labs.errors import LabsError
    from labs.runner import catalogue

    try:
        whole = catalogue.load(lab.id)
        return whole, catalogue.guide(whole)
    except (LabsError, OSError):
        raise NotFound("guide of the lab", lab.id, (), "Install quizengine again.") from None


def price(line: LabLine) -> str:
    """What a guide says first: how long it takes, and what it costs. Nothing where it is missing:
    the others are listed all the same."""
    try:
        return divided(_read(line.lab)[1])[0]
    except NotFound:
        return ""


def _folder(lab: Lab) -> str | None:
    """Where the learner does it; None where it was not begun."""
    from labs.runner.notes import Notes

    workspace = Notes(wiring.labs_notes_path()).workspace(lab.id)
    return None if workspace is None else str(workspace.folder)


def _looked(whole: WholeLab, step: str, line: LabLine) -> list[Looked]:
    """The checks of a step."""
    work, looked = line.work, []
    for check in whole.checks:
        if check.step == step:
            found, _ = work.found.get(check.id, (None, 0))
            hints = min(work.hints.get(check.id, 0), len(check.hints))
            looked.append(Looked(check.title, check.id in work.passed, found, hints))
    return looked


def _questions(study: Study, line: LabLine) -> Iterator[tuple[str, Excerpt]]:
    """Those that may be looked at: (path, beginning). What is asked before the lab spoils nothing
    here until it was asked after it."""
    lab, compared = line.lab, line.compared
    spoils = lab.asks if compared is not None and compared.after is None else ()
    hidden = {*study.withheld(), *spoils}
    for entry in study.bank.entries():
        id = entry.id
        if id in lab.questions and id not in hidden:
            yield f"/question/{id}", excerpt(study.bank.question(id).stem, "", 90)


def _cards(study: Study, lab: Lab) -> Iterator[tuple[str, str]]:
    known = set(study.bank.cards())
    for id in lab.cards:
        if id in known:
            yield f"/card/{id}", study.bank.card(id).prompt
