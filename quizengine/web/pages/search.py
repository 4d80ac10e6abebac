"""Looking for questions and cards by their words, and browsing them by what they are about."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar, get_args
from urllib.parse import urlencode

from starlette.responses import Response

from quizengine.bank import Bank, Entry, find_exam
from quizengine.card import Card
from quizengine.errors import BadRequest
from quizengine.exam import Exam
from quizengine.question import Difficulty, Kind
from quizengine.topic import area_of
from quizengine.web import prose, reply
from quizengine.web.asked import Asked, Sent

A_PAGE = 20  # results
LONGEST = 200  # characters of the words that are looked for
SEEN = 190  # characters of a text that a result shows
KINDS: dict[Kind, str] = {
    "single": "one of four",
    "multiple": "several of five or six",
    "ordering": "put in order",
    "matching": "match",
}
DIFFICULTIES: tuple[Difficulty, ...] = get_args(Difficulty)
T = TypeVar("T", bound=str)

FIELDS = ("words", "exam", "part", "topic", "kind", "difficulty")


@dataclass(frozen=True)
class Excerpt:
    """A piece of a text around the word that was `found` in it; that is empty where none was."""

    before: str
    found: str
    after: str


@dataclass(frozen=True)
class Line:
    """A result: where it is, the beginning of what it asks, and what it is in a few words."""

    path: str
    excerpt: Excerpt
    about: Sequence[str]
    kept: bool = False


def show(asked: Asked) -> Response:
    said = {name: asked.query.get(name, "").strip() for name in FIELDS}
    if len(said["words"]) > LONGEST:
        raise BadRequest(
            f"These are {len(said['words'])} characters to look for.", f"Give up to {LONGEST}."
        )
    what = "cards" if asked.query.get("what") == "cards" else "questions"
    bank, words = asked.study.bank, said["words"]
    exam = find_exam(bank, said["exam"]) if said["exam"] else None
    said["exam"] = "" if exam is None else exam.code
    part = said["part"] if exam is not None and said["part"] in parts(exam) else ""
    where = topic_or_area(said["topic"])
    code = None if exam is None else exam.code
    questions = asked.study.find_questions(
        words,
        exam=code,
        part=part or None,
        kind=_one_of(said["kind"], tuple(KINDS), "kind"),
        difficulty=_one_of(said["difficulty"], DIFFICULTIES, "difficulty"),
        **where,
    )
    cards = asked.study.find_cards(words, exam=code, **where)
    count = len(cards if what == "cards" else questions)
    number, pages, some = paged(asked.query, count)
    if what == "cards":
        lines = [_card_line(bank, card, words) for card in cards[some]]
    else:
        kept = asked.study.kept_back()
        lines = [_line(bank, entry, words, entry.id in kept) for entry in questions[some]]
    same = {name: value for name, value in said.items() if value}
    return reply.page(
        asked.look,
        "search.html",
        here=asked.address,
        said=said,
        what=what,
        tabs={
            name: (query({**same, "what": name}), n)
            for name, n in (("questions", len(questions)), ("cards", len(cards)))
        },
        exam=exam,
        exam_names=exam_names(bank),
        parts={} if exam is None else parts(exam),
        areas=areas(bank),
        kinds=KINDS,
        difficulties={name: name for name in DIFFICULTIES},
        lines=lines,
        count=count,
        first=some.start + 1,
        number=number,
        pages=pages,
        to={n: query({**same, "what": what, "page": str(n)}) for n in (number - 1, number + 1)},
        hides=bool(asked.study.withheld()),
    )


def exam_names(bank: Bank) -> dict[str, str]:
    return {code: f"{code.upper()} {exam.name}" for code, exam in bank.exams.items()}


def parts(exam: Exam) -> dict[str, str]:
    """The domains and tasks of an exam, by id."""
    found = {}
    for domain in exam.domains:
        found[domain.id] = f"{domain.id} {domain.title}"
        found |= {task.id: f"{task.id} {task.title}" for task in domain.tasks}
    return found


def areas(bank: Bank) -> dict[str, tuple[str, Mapping[str, str]]]:
    """The tree of topics: areas by id, each with its name and the titles of its topics."""
    found: dict[str, tuple[str, dict[str, str]]] = {}
    for id, topic in bank.topics.items():
        found.setdefault(area_of(id), (topic.area, {}))[1][id] = topic.title
    return {area: (name, topics) for area, (name, topics) in found.items()}


def topic_or_area(said: str) -> dict[str, str | None]:
    """`training/early-stopping` names a topic, `training` an area."""
    is_topic = "/" in said
    return {"topic": said if is_topic else None, "area": None if is_topic else said or None}


def excerpt(text: str, words: str, seen: int = SEEN) -> Excerpt:
    """The piece of a Markdown text where the first of the words stands; else its beginning. What
    stands in tables is left out."""
    rows = (row for row in text.splitlines() if not row.lstrip().startswith(("|", "```")))
    plain = prose.plain(" ".join(" ".join(rows).split()))
    at = min((n for n in map(plain.lower().find, words.lower().split()) if n >= 0), default=-1)
    begin = plain.rfind(" ", 0, at - 60) + 1 if at > 100 else 0
    end = len(plain) if len(plain) <= begin + seen else plain.rfind(" ", begin, begin + seen)
    end = begin + seen if end <= begin else end
    here, dots = plain[begin:end], " ..." if end < len(plain) else ""
    head = "... " if begin else ""
    if at < 0:
        return Excerpt(head + here + dots, "", "")
    length = next(len(w) for w in words.lower().split() if plain.lower().startswith(w, at))
    cut = at - begin
    return Excerpt(head + here[:cut], here[cut : cut + length], here[cut + length :] + dots)


def _line(bank: Bank, entry: Entry, words: str, kept: bool) -> Line:
    topic = bank.topics.get(entry.topics[0])  # type: ignore[call-overload]
    tasks = ", ".join(f"{exam.upper()} {task}" for exam, task in sorted(entry.exams.items()))
    about = [entry.topics[0] if topic is None else topic.title, KINDS[entry.kind], entry.difficulty]
    about += [tasks] if tasks else []
    about += ["withdrawn"] if entry.withdrawn else []
    stem = bank.question(entry.id).stem
    return Line(f"/question/{entry.id}", excerpt(stem, words), about, kept)


def _card_line(bank: Bank, card: Card, words: str) -> Line:
    topic = bank.topics.get(card.topic)
    about = [card.topic if topic is None else topic.title]
    return Line(f"/card/{card.id}", excerpt(card.prompt, words), about)


def _one_of(said: str, known: Sequence[T], noun: str) -> T | None:
    """What was said, where it is known; None where nothing was. Raises BadRequest."""
    if not said:
        return None
    found = next((each for each in known if each == said), None)
    if found is None:
        raise BadRequest(f"There is no {noun} {said[:40]!r}.", f"There are: {', '.join(known)}.")
    return found


def paged(said: Sent, count: int) -> tuple[int, int, slice]:
    """(the page that is asked for, how many there are, what of the results stands on it)."""
    pages = max(1, -(-count // A_PAGE))
    page = said.get("page", "1")
    number = int(page) if page.isascii() and page.isdecimal() and len(page) < 6 else 1
    number = min(max(number, 1), pages)
    return number, pages, slice((number - 1) * A_PAGE, number * A_PAGE)


def query(said: Mapping[str, str]) -> str:
    """What stands behind the question mark of an address."""
    return "?" + urlencode(said)
