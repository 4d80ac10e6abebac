"""What the model of the learner says, in words, small pictures and JSON."""

from __future__ import annotations

import textwrap

from quizengine.agenda import date_of
from quizengine.cli import bars, render
from quizengine.outlook import Outlook, Weak
from quizengine.scoring import CUT_ERROR
from quizengine.words import percent

SHOWN = 3  # of the weakest, unless all are asked for
BESIDE, NARROW = 38, 24  # columns of bar and figures; a name with fewer has its own line
WEEKS = 12
ROOM = 40  # points above and below what a line shows: a small change stays small


def show_chance(found: Outlook) -> None:
    """The chance, what it rests on, and how it went."""
    chance, exam = found.chance, found.exam
    low, high = chance.passing_range
    least, most = chance.scaled_range
    for told in (
        f"Chance to pass our mock: {percent(chance.passing)} "
        f"({percent(low)} to {percent(high)} if the cut is off by {CUT_ERROR:.0%})",
        f"Estimate to expect: {chance.scaled} of 1000; 90 of 100 mocks lie in {least}-{most}; "
        f"pass mark {exam.pass_mark.used}",
        f"Based on {found.basis}.",
    ):
        render.say(render.prose(told))
    points = found.weeks[-WEEKS:]
    if points:
        signs = bars.signs()
        values = [*(point.scaled for point in points), chance.scaled]
        line = bars.spark(values, min(values) - ROOM, max(values) + ROOM, signs)
        said = " ".join(map(str, values[-8:]))
        drawn = f"{line} " if line else ""
        render.say(render.prose(f"Estimate at the end of each week, and now: {drawn}{said}"))


def show_weakest(found: Outlook, count: int | None) -> None:
    """The weakest places with bars, and why; `count` None: all of them."""
    level, signs = found.level, bars.signs()
    weakest = found.weakest()[:count]
    room = render.width() - BESIDE
    render.say(render.strong(f"Weakest {level}s"))
    for weak in weakest:
        reading = weak.reading
        drawn = bars.bar(reading.low, reading.know, reading.high, found.pass_level, signs)
        name = f"{weak.id} {weak.title}" if level != "topic" else weak.id
        said = f"{drawn} {reading.know:>4.0%} {reading.low:.0%}-{reading.high:.0%}"
        if room < NARROW:
            render.say(f"{name}\n    {said}")
        else:
            render.say(f"{textwrap.shorten(name, room, placeholder='...').ljust(room)} {said}")
        told = (
            f"among the weakest three {percent(reading.weakest)}, below the pass level "
            f"{percent(reading.below)}, {weak.share:.0%} of the exam"
        )
        render.say(render.prose(told, indent="    "))
        render.say(render.prose(f"because of {weak.because}", indent="    "))
    render.say(
        render.prose(
            f"{signs.at} known, {signs.inside} 90% interval, {signs.mark} what passing takes. "
            f"{found.trusted}"
        )
    )


def show_fading(found: Outlook) -> None:
    """What would be left on a later day."""
    then = found.fading.chance
    low, high = then.scaled_range
    most = ", ".join(f"{topic} -{100 * lost:.0f} points" for topic, lost in found.fading.topics)
    render.say(
        render.prose(
            f"If you do nothing until {date_of(found.fading.day)}: estimate {then.scaled} "
            f"({low}-{high}), chance {percent(then.passing)}."
            + (f" Most is forgotten of {most}." if most else "")
        )
    )


def as_json(found: Outlook) -> dict[str, object]:
    chance = found.chance
    return {
        "chance_to_pass_our_mock": chance.passing,
        "chance_if_the_cut_is_off": list(chance.passing_range),
        "scaled_estimate": chance.scaled,
        "scaled_interval_90": list(chance.scaled_range),
        "based_on_answers": chance.answers,
        "based_on_outcomes": found.outcomes,
        "level": found.level,
        "expected_among_the_true_weakest_three": dict(found.trust),
        "places": [_place_json(weak) for weak in found.places],
        "weeks": [
            {"until": date_of(p.day), "answers": p.count, "scaled_estimate": p.scaled}
            for p in found.weeks
        ],
        "if_untouched": {
            "until": date_of(found.fading.day),
            "chance_to_pass_our_mock": found.fading.chance.passing,
            "scaled_estimate": found.fading.chance.scaled,
            "scaled_interval_90": list(found.fading.chance.scaled_range),
            "forgotten": dict(found.fading.topics),
        },
    }


def _place_json(weak: Weak) -> dict[str, object]:
    reading = weak.reading
    return {
        "level": weak.level,
        "id": weak.id,
        "title": weak.title,
        "share_of_the_exam": weak.share,
        "known": reading.know,
        "interval_90": [reading.low, reading.high],
        "among_the_weakest_three": reading.weakest,
        "below_the_pass_level": reading.below,
        "open": reading.open,
        "seen": weak.seen,
        "right": weak.right,
        "expected_right": weak.expected,
        "moved_by_points": {
            "own": weak.own,
            "siblings": weak.siblings,
            "elsewhere": weak.elsewhere,
            "practice": weak.practice,
            "outcomes": weak.outcomes,
        },
    }
