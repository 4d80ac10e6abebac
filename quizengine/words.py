"""How times, counts and verdicts are said, alike in every shell."""

from __future__ import annotations


def clock(milliseconds: int) -> str:
    """1:02:03, or 2:03 below an hour. Rounded up: it shows 0:00 only when nothing is left."""
    seconds = -(-milliseconds // 1000)
    hours, rest = divmod(seconds, 3600)
    minutes, seconds = divmod(rest, 60)
    return f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes}:{seconds:02}"


def time_left(milliseconds: int | None) -> str:
    """`1:02:03 left`, `time is up`, `no time limit`."""
    if milliseconds is None:
        return "no time limit"
    return f"{clock(milliseconds)} left" if milliseconds else "time is up"


def duration(minutes: float) -> str:
    """`3 hours`, `90 minutes`."""
    if minutes >= 60 and minutes % 60 == 0:
        return plural(int(minutes // 60), "hour")
    return f"{minutes:g} minute{'' if minutes == 1 else 's'}"


def span(milliseconds: int) -> str:
    """A time from now in its largest unit: `6 minutes`, `2 days`, `4 months`."""
    minutes = milliseconds / 60_000
    for unit, size, most in _SPANS:
        if minutes < most * size:
            return plural(max(1, round(minutes / size)), unit)
    return plural(round(minutes / _YEAR), "year")


_DAY = 24 * 60
_YEAR = 365.25 * _DAY
_SPANS = (("minute", 1, 60), ("hour", 60, 24), ("day", _DAY, 60), ("month", _YEAR / 12, 24))


def plural(count: int, noun: str) -> str:
    """`1 question`, `2 questions`."""
    return f"{count} {noun}{'' if count == 1 else 's'}"


def too_long(minutes: int) -> str:
    """Of a whole mock, where no day of the plan has the time for it."""
    return (
        f"A whole mock takes {duration(minutes)}, more than a day of this plan has: sit one when "
        "you are free for so long, before the last week."
    )


def percent(chance: float) -> str:
    """`72%`; never 0% or 100%, as nothing is certain."""
    return "<1%" if chance < 0.005 else ">99%" if chance > 0.995 else f"{chance:.0%}"


def tally(questions: int, unanswered: int, flagged: int) -> str:
    """`3 answered, 7 unanswered, 1 flagged.`"""
    return f"{questions - unanswered} answered, {unanswered} unanswered, {flagged} flagged."


def verdict(is_right: bool, sure: bool | None) -> str:
    """Practice: right or not, in one line."""
    if is_right:
        return "Right."
    return "Not right." if sure is not True else "Not right, and you were sure."


def harmless(text: str) -> str:
    """The text without what a terminal would obey: a note, or a file's name, may hold such."""
    return "".join(c if c.isprintable() or c in "\n\t" else "?" for c in text)
