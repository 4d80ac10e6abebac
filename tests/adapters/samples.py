"""A small questions folder, and events, for the tests of the adapters."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

from quizengine.attempt import AttemptId, ClientId, Event, EventKind
from quizengine.content import Digest, QuestionId

ROOT = Path(__file__).parents[2]

TOPICS = """
[water]
title = "Water birds"
[water.ducks]
title = "Ducks"
scope = "Ducks and their relatives"
exams = { brd-c01 = "1.1" }

[air]
title = "Birds of prey"
[air.hawks]
title = "Hawks"
scope = "Hawks and eagles"
exams = { brd-c01 = "2.1", brd-c02 = "1.2" }
"""

EXAM = """
name = "Certified Bird Watcher"
status = { value = "active", since = 2026-01-01, source = "guide", as_of = 2026-01-01 }
pass_mark = { value = 750, source = "guide", as_of = 2026-01-01 }
weights = { value = "as listed", source = "guide", as_of = 2026-01-01 }

[[domains]]
id = "1"
title = "On the water"
weight = 60
tasks = [{ id = "1.1", title = "Tell ducks apart" }]

[[domains]]
id = "2"
title = "In the air"
weight = 40
tasks = [{ id = "2.1", title = "Tell hawks apart" }]

[[formats]]
name = "standard"
scored = { value = 2, source = "guide", as_of = 2026-01-01 }
unscored = { value = "unknown", assumed = 1, source = "guide", as_of = 2026-01-01 }
minutes = { value = 10, source = "guide", as_of = 2026-01-01 }
price_usd = { value = 100, source = "guide", as_of = 2026-01-01 }
kinds = { value = ["single", "multiple"], source = "guide", as_of = 2026-01-01 }

[sources.guide]
title = "The guide"
"""

LAB = """
order = 2
title = "Ring ducks"
summary = "A ring on each, and a list of them."
minutes = 20
exams = { brd-c01 = ["1.1"] }
topics = ["water/ducks"]
questions = ["duck-on-a-pond"]
datasets = ["ducks"]

[[steps]]
id = "catch"
title = "Catch one"

[[checks]]
id = "ringed"
step = "catch"
title = "A duck wears a ring"
hints = ["Be slow."]
"""

FIGURE = """
title = "Ducks by day"
alt = "On the first day there are two."
columns = ["day", "ducks"]
rows = [["1", "2"]]
"""

SOURCES = """
[decks]
S1 = "A deck about birds"
[items]
"S1-01" = { title = "Ducks float", verdict = "as-is", ask = "yes" }
"S1-02" = { title = "Ducks swim", verdict = "sharpened", ask = "no", same_as = "S1-01" }
[gaps]
"G1-01" = { title = "Ducks dive", exams = { brd-c01 = ["1.1"] } }
"""

REFERENCES = '[{ title = "The page", url = "https://example.org/birds", as_of = 2026-01-01 }]'

CARD = f"""
topics = ["water/ducks"]
prompt = "What does a mallard eat?"
answer = "Seeds, plants and small animals."
common_error = "Bread."
verified_on = 2026-01-02
references = {REFERENCES}
"""


def question(kind: str = "single", *, topic: str = "water/ducks", head: str = "") -> str:
    """A question file of that kind; `head` is put among the top-level keys."""
    choices = {
        "single": _options(right=1, wrong=3),
        "multiple": _options(right=2, wrong=3),
        "ordering": "".join(
            f'[[steps]]\nid = "step-{n}"\ntext = "Step {n}"\nwhy = "It is number {n}."\n'
            for n in (1, 2, 3)
        ),
        "matching": "".join(
            f'[[prompts]]\nid = "prompt-{n}"\ntext = "Bird {n}"\nmatch = "choice-{n % 2}"\n'
            f'why = "Bird {n} does."\n'
            for n in (1, 2, 3)
        )
        + "".join(f'[[options]]\nid = "choice-{n}"\ntext = "Choice {n}"\n' for n in (0, 1)),
    }
    return f"""
kind = "{kind}"
topics = ["{topic}"]
difficulty = "easy"
decides = "on the pond"
verified_on = 2026-01-02
references = {REFERENCES}
{head}
stem = '''A mallard sits on the pond. Which bird joins it?'''

{choices[kind]}"""


def _options(right: int, wrong: int) -> str:
    rows = [f'id = "right-{n}"\ncorrect = true\n' for n in range(right)]
    rows += [f'id = "wrong-{n}"\ntrap = "stage"\n' for n in range(wrong)]
    return "".join(f'[[options]]\n{row}text = "A choice"\nwhy = "A reason."\n' for row in rows)


def write_content(root: Path) -> Path:
    """One exam, two topics, two cards and a question of each kind; one more is withdrawn."""
    files = {
        "topics.toml": TOPICS,
        "exams/brd-c01.toml": EXAM,
        "cards/water/mallard-food.toml": CARD,
        "cards/water/teal-size.toml": CARD.replace("mallard", "teal"),
        "bank/water/duck-on-a-pond.toml": question().replace("joins it?'''", "joins it, ÄÖ?'''"),
        "bank/water/two-ducks.toml": question("multiple"),
        "bank/water/duckling-steps.toml": question("ordering"),
        "bank/air/hawk-matches.toml": question("matching", topic="air/hawks"),
        "bank/air/hawk-gone.toml": question(topic="air/hawks", head='withdrawn = "It flew off."'),
    }
    for name, text in files.items():
        write(root / name, text)
    return root


def write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def event(
    id: str,
    kind: EventKind = "noted",
    *,
    attempt: str = "attempt-1",
    question: str | None = "duck-on-a-pond",
    payload: dict[str, Any] | None = None,
    at: int = 1_000,
) -> Event:
    return Event(
        id=id,
        learner="learner-1",
        attempt=AttemptId(attempt),
        client=ClientId("window-1"),
        revision=1,
        kind=kind,
        question=None if question is None else QuestionId(question),
        payload={"text": "a note"} if payload is None else payload,
        at=at,
    )


def revision(text: str) -> tuple[Digest, str]:
    return Digest(hashlib.sha256(text.encode()).hexdigest()), text
