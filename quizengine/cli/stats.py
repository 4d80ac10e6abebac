"""What the bank holds, in plain lines and as JSON."""

from __future__ import annotations

from dataclasses import asdict
from typing import get_args

from quizengine.census import Ages, Census
from quizengine.cli import render
from quizengine.exam import domain_of
from quizengine.progress import Level
from quizengine.source import Sources
from quizengine.words import plural

LEVELS: tuple[Level, ...] = get_args(Level)


def show_census(found: Census, by: Level) -> None:
    counts = [(found.questions, "question"), (found.cards, "card"), (len(found.topics), "topic")]
    render.say(f"{', '.join(plural(count, noun) for count, noun in counts)}.")
    for name, parts in (("kinds", found.kinds), ("difficulty", found.difficulty)):
        ordered = sorted(parts.items(), key=lambda part: -part[1])
        render.say(f"{name}: " + ", ".join(f"{n} {part}" for part, n in ordered))
    for name, coverage in (("source items", found.items), ("gap topics", found.gaps)):
        asked, recalled = (
            coverage.wanted - len(lacking) for lacking in (coverage.no_question, coverage.no_card)
        )
        render.say(f"{name}: of {coverage.wanted}, questions serve {asked}, cards {recalled}")
    render.say(render.prose(f"references: {_ages(found.references)}"))
    render.say()
    rows: list[tuple[object, ...]]
    match by:
        case "topic":
            rows = [(topic.id, topic.questions, topic.cards) for topic in found.topics]
            render.say(render.table(rows, ("topic", "questions", "cards")))
        case "task":
            rows = [(task.exam, f"{task.id} {task.title}", task.have) for task in found.tasks]
            render.say(render.table(rows, ("exam", "task", "have")))
        case "domain":
            rows = [(d.exam, f"{d.id} {d.title}", d.have, d.form) for d in found.domains]
            render.say(render.table(rows, ("exam", "domain", "have", "one form")))


def _ages(ages: Ages) -> str:
    parts = [f"{count} at most {days} days old" for days, count in ages.within.items()]
    return ", ".join([*parts, f"{ages.older} older", f"{ages.undated} from undated copies"])


def show_missing(found: Census, sources: Sources) -> None:
    titles = {id: item.title for id, item in sources.items.items()}
    titles |= {id: gap.title for id, gap in sources.gaps.items()}
    rows = [
        (
            id,
            "-" if id in coverage.no_question else "yes",
            "-" if id in coverage.no_card else "yes",
            title,
        )
        for coverage in (found.items, found.gaps)
        for id, title in titles.items()
        if id in coverage.no_question or id in coverage.no_card
    ]
    if rows:
        render.say(render.table(rows, ("id", "question", "card", "title")))
    else:
        render.say("Everything that is to be asked is served by a question and a card.")


def census_json(found: Census) -> dict[str, object]:
    exams: dict[str, dict[str, dict[str, object]]] = {}
    for domain in found.domains:
        tasks = {
            task.id: {"title": task.title, "have": task.have}
            for task in found.tasks
            if task.exam == domain.exam and domain_of(task.id) == domain.id
        }
        exams.setdefault(domain.exam, {})[domain.id] = {
            "title": domain.title,
            "have": domain.have,
            "form": domain.form,
            "tasks": tasks,
        }
    return {
        "digest": found.digest,
        "questions": found.questions,
        "withdrawn": found.withdrawn,
        "cards": found.cards,
        "kinds": found.kinds,
        "difficulty": found.difficulty,
        "exams": exams,
        "topics": [asdict(topic) for topic in found.topics],
        "source_items": asdict(found.items),
        "gap_topics": asdict(found.gaps),
        "references": asdict(found.references),
    }
