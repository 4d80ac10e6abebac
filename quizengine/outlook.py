"""What the model of the learner says of one exam: weak places and why, the chance, the way there.

Everything is read off a Course, on a day that is handed in.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from quizengine.asked import Asked
from quizengine.belief import DIFFICULTY, Array
from quizengine.content import TopicId
from quizengine.course import Course
from quizengine.exam import Exam, domain_of
from quizengine.mastery import Mastery
from quizengine.observation import right_at
from quizengine.progress import Level
from quizengine.readiness import Chance, chance
from quizengine.scoring import CUT, scaled
from quizengine.topic import Topic
from quizengine.tree import Blend
from quizengine.weakness import Reading, Why, draws, hits, needed, readings, why
from quizengine.words import plural

CARRIES = 1.0  # so many of the three weakest topics must be expected to be right to name topics
LEVELS: tuple[Level, ...] = ("domain", "task", "topic")
FAINT = 0.5  # points: what moved an estimate by less goes unsaid


@dataclass(frozen=True)
class Weak:
    """A place of the exam. `share` is how much of the exam it is, `reading` what is known of it.

    `right` of `seen` answers, of which `expected` at the overall level. The others are points of
    a hundred by which `know` was moved: by its `own` answers, those on its `siblings`, all others,
    practice and outcomes. They add up as far as a curve is a line.
    """

    level: Level
    id: str
    title: str
    share: float
    reading: Reading
    seen: int
    right: int
    expected: float
    own: float
    siblings: float
    elsewhere: float
    practice: float
    outcomes: float

    @property
    def because(self) -> str:
        """Right of seen against expected, and what moved it, in words."""
        moves = {
            "its own answers": self.own,
            "its siblings": self.siblings,
            "other answers": self.elsewhere,
            "practice": self.practice,
            "outcomes": self.outcomes,
        }
        told = [f"{name} {points:+.0f}" for name, points in moves.items() if abs(points) >= FAINT]
        counts = "no answers on it"
        if self.seen:
            counts = f"{self.right} right of {self.seen}, {self.expected:.1f} to be expected"
        return counts + (f"; points: {', '.join(told)}" if told else "")


@dataclass(frozen=True)
class Point:
    """The end of a week: answers so far, and the scaled estimate to expect then."""

    day: float
    count: int
    scaled: int


@dataclass(frozen=True)
class Fading:
    """What is left on a day if nothing is done until then. `topics` are those that lose most, and
    the share of what is known now that they lose."""

    day: float
    chance: Chance
    topics: Sequence[tuple[str, float]]


@dataclass(frozen=True)
class Outlook:
    """`places` are those of all levels, in the order of the exam. `trust` says of each level how
    many of the three that seem weakest are to be expected among the three that are. `pass_level`
    is the share known at which a mock is just passed."""

    exam: Exam
    chance: Chance
    outcomes: int
    pass_level: float
    level: Level
    places: Sequence[Weak]
    trust: Mapping[Level, float]
    weeks: Sequence[Point]
    fading: Fading

    def weakest(self, level: Level | None = None) -> list[Weak]:
        """The places of one level (else of that which the evidence carries), weakest first."""
        mine = [place for place in self.places if place.level == (level or self.level)]
        return sorted(mine, key=lambda place: (-place.reading.weakest, place.reading.know))

    @property
    def trusted(self) -> str:
        """How far to trust the ranking, in words."""
        told = f"Expect {self.trust[self.level]:.1f} of the first three to be truly among your "
        told += "weakest three."
        if self.level == "task":
            told += (
                f" By topic it would be {self.trust['topic']:.1f}: topics are named once it is "
                f"{CARRIES:.0f}."
            )
        return told

    @property
    def basis(self) -> str:
        """What it rests on, in words."""
        told = f" and {plural(self.outcomes, 'outcome')} you told" if self.outcomes else ""
        return f"{plural(self.chance.answers, 'answer')}{told}"


def outlook(
    exam: Exam,
    asked: Asked,
    topics: Mapping[TopicId, Topic],
    course: Course,
    *,
    day: float,
    until: float,
    outcomes: int = 0,
) -> Outlook:
    """On `day`; with what would be forgotten `until` another. Both in days since the epoch.

    `outcomes` is how many of these the course was told.
    """
    mastery = course.mastery
    drawn = draws(mastery, day)
    reasons = why(mastery)
    level_needed = needed(CUT, asked.guess(asked.whole))
    places: list[Weak] = []
    trust: dict[Level, float] = {}
    for level in LEVELS:
        blends = _blends(level, asked)
        found = readings(mastery, day, blends, level_needed, drawn=drawn)
        trust[level] = hits(found)
        for reading in found:
            weak = _weak(level, exam, asked, topics, reading, blends[reading.id], reasons)
            places.append(weak)
    return Outlook(
        exam=exam,
        chance=chance(mastery, drawn, asked),
        outcomes=outcomes,
        pass_level=level_needed,
        level="topic" if trust["topic"] >= CARRIES else "task",
        places=places,
        trust=trust,
        weeks=[
            Point(week.ends, week.count, _expected(mastery, asked, week.know))
            for week in course.weeks
        ],
        fading=_fading(mastery, asked, day, max(day, until)),
    )


def _blends(level: Level, asked: Asked) -> Mapping[str, Blend]:
    match level:
        case "domain":
            return asked.domains
        case "task":
            return asked.tasks
        case "topic":
            return {topic: {topic: 1.0} for topic in sorted(asked.whole)}


def _weak(
    level: Level,
    exam: Exam,
    asked: Asked,
    topics: Mapping[TopicId, Topic],
    reading: Reading,
    blend: Blend,
    reasons: Mapping[str, Why],
) -> Weak:
    """Counts are those of the topics that lie there; what moved it, the blend's."""
    mine = [
        reasons[id]
        for id in reasons
        if (place := _place(level, exam, topics.get(TopicId(id)))) is not None
        and place == reading.id
    ]
    if level == "topic":
        mine = [reasons[reading.id]]
    slope = 100 * reading.know * (1 - reading.know) / math.sqrt(1 + math.pi / 8 * DIFFICULTY**2)

    def moved(moves: Callable[[Why], float]) -> float:
        return float(slope * sum(share * moves(reasons[id]) for id, share in blend.items()))

    return Weak(
        level=level,
        id=reading.id,
        title=_title(level, exam, topics, reading.id),
        share=_share(level, asked, reading.id),
        reading=reading,
        seen=sum(one.seen for one in mine),
        right=sum(one.right for one in mine),
        expected=sum(one.expected for one in mine),
        own=moved(lambda one: one.own),
        siblings=moved(lambda one: one.siblings),
        elsewhere=moved(lambda one: one.elsewhere),
        practice=moved(lambda one: one.practice),
        outcomes=moved(lambda one: one.outcomes),
    )


def _place(level: Level, exam: Exam, topic: Topic | None) -> str | None:
    """Where a topic lies in the exam."""
    task = None if topic is None else topic.exams.get(exam.code)
    return None if task is None else domain_of(task) if level == "domain" else task


def _title(level: Level, exam: Exam, topics: Mapping[TopicId, Topic], id: str) -> str:
    match level:
        case "domain":
            return next(domain.title for domain in exam.domains if domain.id == id)
        case "task":
            return exam.tasks[id].title
        case "topic":
            return topics[TopicId(id)].title


def _share(level: Level, asked: Asked, id: str) -> float:
    match level:
        case "domain":
            return asked.weights[id]
        case "task":
            return asked.shares[id]
        case "topic":
            return asked.whole[id]


def _expected(mastery: Mastery, asked: Asked, know: Array) -> int:
    """The scaled estimate to expect of who knows so much of each topic."""
    share = sum(
        weight * float(right_at(know[mastery.tree.row[topic]], asked.guesses[topic]))
        for topic, weight in asked.whole.items()
    )
    return scaled(share, asked.pass_mark)


def _fading(mastery: Mastery, asked: Asked, day: float, until: float) -> Fading:
    now, then = mastery.estimate(day), mastery.estimate(until)
    lost = {topic: now[topic].know - then[topic].know for topic in asked.whole}
    most = sorted(lost, key=lambda topic: (-lost[topic] * asked.whole[topic], topic))
    return Fading(
        until,
        chance(mastery, draws(mastery, until), asked),
        [(topic, lost[topic]) for topic in most if lost[topic] > 0.005][:3],
    )
