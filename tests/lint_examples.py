"""For each lint rule a good and a bad example, each a whole small bank."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from typing import Any, NamedTuple

from quizengine.bank import LoadedBank
from quizengine.card import Card
from quizengine.figure import Figure
from quizengine.lab import Lab
from quizengine.question import Kind, Question, parse_question
from quizengine.service import Service
from quizengine.source import Gap, Item, Sources
from tests.builders import CHECKED, a_card, a_choice, a_lab, a_topic, an_exam, question_data

TODAY = CHECKED + timedelta(days=30)

SOURCES = Sources(
    decks={"S4": "A deck"},
    items={
        "S4-02": Item(title="Early stopping", verdict="as-is", ask="yes"),
        "S4-05": Item(title="Recall", verdict="corrected", ask="corrected-only"),
        "S4-51": Item(title="Something that ended", verdict="outdated", ask="no"),
    },
    gaps={"G3-30": Gap(title="Tuning", exams={"mls-c01": ("3.4",)})},
)


def a_service(name: str, state: str = "active", **changes: object) -> Service:
    data: dict[str, object] = {
        "id": name.lower().replace(" ", "-"),
        "name": name,
        "names": (name, f"Amazon {name}"),
        "state": state,
        "since": CHECKED,
        "as_of": "unknown",
    }
    return Service.model_validate(data | changes)


SERVICES = [
    a_service("Birdcall", "ended"),
    a_service("Nest Box", "closed-to-new", since="unknown"),
    a_service("Plumage", "part-closed", parts=("moult detection",)),
    a_service("Egg Timer", "closed-to-new", since=CHECKED + timedelta(days=1)),
    a_service("Feather Weight", "active-renamed", replaced_by=("Featherweight",)),
    a_service("Feather Weight Pro"),
]

LABS = (a_lab("pond_walk"),)
LOSS_CURVE = Figure(
    id="loss-curve", title="A curve", alt="It falls.", columns=("x", "y"), rows=(("1", "2"),)
)
KNOWN = a_card("patience-in-rounds", prompt="For how many rounds does patience last?")


def asking(kind: Kind = "single", id: str = "loss-rises-again", **changes: Any) -> Question:
    """A question against which no rule has anything to say, unless it is changed."""
    data = question_data(kind, id, **changes)
    for part in ("options", "steps", "prompts"):
        if part not in changes and part in data:
            data[part] = tuple(_reasoned(row) for row in data[part])
    return parse_question(data)


def _reasoned(row: dict[str, object]) -> dict[str, object]:
    if "why" not in row:
        return row
    why = f"The loss on held-out data settles what is to be done about {row['id']}."
    return row | {"why": why}


def recalling(id: str = "early-stopping", **changes: Any) -> Card:
    """A card against which no rule has anything to say, unless it is changed."""
    return a_card(id, **changes)


def offering(*texts: str, why: str | None = None) -> list[dict[str, object]]:
    """Four options with these texts as far as they go. The first is right; `why` is its reason."""
    rows = [a_choice(id, id == "right") for id in ("right", "wrong-a", "wrong-b", "wrong-c")]
    rows = [_reasoned(row) for row in rows]
    for row, text in zip(rows, texts, strict=False):
        row["text"] = text
    if why is not None:
        rows[0]["why"] = why
    return rows


def referring(
    url: str = "https://docs.example.com/a", as_of: date | str = "unknown"
) -> list[dict[str, object]]:
    return [{"url": url, "title": "A page", "as_of": as_of}]


def the_bank(*contents: Question | Card, labs: Iterable[Lab] = LABS) -> LoadedBank:
    """The contents in a bank that knows one more card, sources, services, a figure and a lab."""
    return LoadedBank(
        [content for content in contents if not isinstance(content, Card)],
        [KNOWN, *(content for content in contents if isinstance(content, Card))],
        [a_topic()],
        [an_exam()],
        sources=SOURCES,
        services=SERVICES,
        figures=[LOSS_CURVE],
        labs=labs,
        proofs=("pond-freezes",),
    )


# A bank large enough for statistics


def a_fair_bank(
    n: int = 40,
    *,
    places: Sequence[int] = (0, 1, 2, 3),
    ranks: Sequence[int] = (0, 1, 2, 3),
    every: int = 5,
    right: str = "",
    wrong: str = "",
    echo: bool = False,
) -> LoadedBank:
    """`n` questions that have nothing in common: singles whose keys take the places and the ranks
    by length (0: the shortest) in turn, and as `every`-th one a multiple with two keys of five.

    In every other question `right` and `wrong` stand in options of that kind; with `echo` the
    right options repeat a word of the stem.
    """
    questions = []
    for i in range(n):
        kind: Kind = "multiple" if i % every == every - 1 else "single"
        if kind == "multiple":
            m = i // every
            keys = {m % 5, (m + 2) % 5}
            lengths = [(place + 4 - 2 * m) % 5 for place in range(5)]
        else:
            s = i - i // every
            place, rank = places[s % len(places)], ranks[s // len(places) % len(ranks)]
            keys = {place}
            lengths = [other for other in range(4) if other != rank]
            lengths.insert(place, rank)
        rows = []
        for at, length in enumerate(lengths):
            text = f"Take{i}x{at} {'o' * 10 * (length + 1)}"
            extra = (right if at in keys else wrong) if i % 2 else ""
            extra = f"stem{i}" if echo and at in keys else extra
            if extra:  # of the same length as before
                text = f"{text[: -len(extra) - 1]} {extra}"
            rows.append(a_choice(f"choice-{at}", at in keys) | {"text": text})
        stem = " ".join(f"stem{i}{letter * 3}" for letter in "abcdef")
        stem = f"stem{i} {stem} rises again?" + (" (Select TWO.)" if kind == "multiple" else "")
        questions.append(
            asking(
                kind, f"pond-with-birds-{i}", stem=stem, options=[_reasoned(row) for row in rows]
            )
        )
    return LoadedBank(questions, [], [a_topic()], [an_exam()])


class Example(NamedTuple):
    good: LoadedBank
    bad: LoadedBank
    says: str


def of(good: Question | Card, bad: Question | Card, says: str) -> Example:
    return Example(the_bank(good), the_bank(bad), says)


CASE = "A ferry line trains a model of its passengers from ten years of tickets. "
ASK = "The loss rises again. What should the line do about it?"

EXAMPLES: dict[str, Example] = {
    "Q001": of(
        asking(topics=["training/early-stopping"]),
        asking(topics=["training/early-stopping", "training/late-stopping"]),
        "'training/late-stopping'",
    ),
    "Q002": of(
        asking(cards=["patience-in-rounds"]), asking(cards=["unknown-card"]), "'unknown-card'"
    ),
    "Q003": of(asking(exams={"mls-c01": "4.3"}), asking(exams={"mls-c01": "4.9"}), "no task 4.9"),
    "Q004": of(asking(decides="rises again"), asking(decides="falls again"), "'falls again'"),
    "Q005": of(
        asking(options=offering("Use `<table>` when *loss* < 2 > 1.")),
        asking(options=offering("Use <b>this</b>.")),
        "options.right.text: HTML",
    ),
    "Q006": of(
        asking("multiple"),
        asking("multiple", stem="The loss rises again. Why? (Select THREE.)"),
        "THREE",
    ),
    "Q007": of(
        asking(options=offering("Take the option that answers first.")),
        asking(options=offering("The same as option B.")),
        "'option B'",
    ),
    "Q008": of(
        asking(references=referring(as_of=CHECKED)),
        asking(references=referring(as_of=CHECKED + timedelta(days=1))),
        "https://docs.example.com/a is dated after",
    ),
    "Q009": of(asking(id="loss-after-40-rounds"), asking(id="question-0042"), "two words"),
    "Q010": of(asking(id="patience-in-hours"), asking(id="patience-in-rounds"), "a card has it"),
    "Q011": Example(
        the_bank(
            asking(id="loss-of-a-ferry", stem=CASE + ASK),
            asking(
                id="loss-of-a-bakery",
                stem="Bread is baked by a forecast that drifts and then rises again. Which "
                "metric shows it?",
                options=offering("Watch the quantile loss of each weekday's loaves."),
            ),
        ),
        the_bank(
            asking(id="loss-of-a-ferry", stem=CASE + ASK),
            asking(id="loss-of-a-train", stem=CASE.replace("ferry", "train") + ASK),
        ),
        "nearly the same as loss-of-a-ferry",
    ),
    "Q012": of(
        asking(options=offering("Stop all of the trials above the median.")),
        asking(options=offering("All of the above.")),
        "'All of the above'",
    ),
    "Q013": of(
        asking(options=offering(why="Only the validation loss says when it is enough.")),
        asking(options=offering(why="It is best practice.")),
        "fewer than 8 words",
    ),
    "Q014": of(
        asking(references=referring("https://docs.aws.amazon.com/sagemaker/latest/dg/a.html")),
        asking(references=referring("https://docs---aws---amazon---com.rproxy.example.org/a.html")),
        "'---' marks a copy",
    ),
    "Q015": of(
        asking(verified_on=TODAY - timedelta(days=365), references=referring()),
        asking(verified_on=TODAY - timedelta(days=366), references=referring()),
        "366 days ago",
    ),
    "Q016": of(
        asking(verified_on=TODAY + timedelta(days=1)),
        asking(verified_on=TODAY + timedelta(days=2)),
        "has not come yet",
    ),
    "Q017": of(
        asking(covers=["S4-02", "S4-05", "G3-30"]), asking(covers=["S4-02", "G1-01"]), "no G1-01"
    ),
    "Q018": of(
        asking(options=offering("Use Amazon Feather Weight.", "Use Amazon Birdcall.")),
        asking(options=offering("Send the songs to Amazon Birdcall.")),
        "a new account cannot use Birdcall (ended)",
    ),
    "Q019": of(asking(lab="pond_walk"), asking(lab="late_stopping"), "'late_stopping'"),
    "Q020": of(asking(figure="loss-curve"), asking(figure="gain-curve"), "'gain-curve'"),
    "Q021": of(
        asking(options=offering("Use `a-b`.", "Use `a+b`.")),
        asking(options=offering("Use `a-b`.", "use `A-B`")),
        "options.wrong-a.text: says the same as options.right.text",
    ),
    "Q022": of(
        asking("multiple"),
        asking(stem="Why does it happen? The loss rises again."),
        "does not end with a question",
    ),
    "Q023": of(asking(proof="pond-freezes"), asking(proof="pond-boils"), "'pond-boils'"),
    "C001": of(
        recalling(), recalling(topics=["training/late-stopping"]), "'training/late-stopping'"
    ),
    "C002": of(
        recalling(answer="`<b>` is code here."),
        recalling(answer="See ![this](https://example.com/a.png)."),
        "answer: an image",
    ),
    "C003": of(
        recalling(prompt="What ends a *job*?"), recalling(prompt="Early stopping"), "no question"
    ),
    "C004": of(recalling(covers=["G3-30"]), recalling(covers=["G3-31"]), "no G3-31"),
    "C005": of(
        recalling(sources=[{"item": "S4-02", "verdict": "as-is"}]),
        recalling(sources=[{"item": "S4-02", "verdict": "corrected", "claimed": "x", "true": "y"}]),
        "S4-02 is corrected here and as-is in sources.toml",
    ),
    "C006": of(
        recalling(prompt="What does patience count?"),
        recalling(prompt="For how many epochs does the patience last?"),
        "nearly the same as early-stopping",
    ),
    "C007": of(
        recalling(references=referring("https://docs.aws.amazon.com/a.html")),
        recalling(references=referring("https://web.archive.org/web/2024/https://aws.com/a")),
        "'web.archive.org' marks a copy",
    ),
    "C008": of(
        recalling(verified_on=TODAY - timedelta(days=365)),
        recalling(verified_on=TODAY - timedelta(days=366)),
        "366 days ago",
    ),
    "C009": of(
        recalling(verified_on=TODAY + timedelta(days=1)),
        recalling(verified_on=TODAY + timedelta(days=2)),
        "has not come yet",
    ),
    "C010": of(
        recalling(references=referring(as_of=CHECKED)),
        recalling(references=referring(as_of=CHECKED + timedelta(days=1))),
        "is dated after",
    ),
    "C011": of(recalling("stopping-rule-2"), recalling("card-7"), "two words"),
    "C012": of(recalling(figure="loss-curve"), recalling(figure="gain-curve"), "'gain-curve'"),
    "B001": Example(a_fair_bank(), a_fair_bank(ranks=(3, 3, 0, 1)), "the longest option is right"),
    "B002": Example(a_fair_bank(), a_fair_bank(places=(0, 1, 1, 2)), "chi-square"),
    "B003": Example(a_fair_bank(every=4), a_fair_bank(50, every=25), "4.0% of the questions"),
    "B004": Example(
        a_fair_bank(right="never", wrong="never"), a_fair_bank(wrong="never"), "are absolute"
    ),
    "B005": Example(
        a_fair_bank(), a_fair_bank(ranks=(0, 1, 2, 1)), "the longest option is right in"
    ),
    "B006": Example(
        a_fair_bank(), a_fair_bank(ranks=(0, 0, 3, 2)), "the shortest option is right in"
    ),
    "B007": Example(
        a_fair_bank(right="often", wrong="often"), a_fair_bank(right="often"), "are hedged"
    ),
    "B008": Example(a_fair_bank(), a_fair_bank(echo=True), "words shared with the stem"),
}
