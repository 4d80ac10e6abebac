"""Everything that can go wrong and is not a bug.

    QuizengineError
    ├── ContentError           a file under questions/ is not as it must be
    ├── NotFound               no such exam, question, card or attempt; knows the close ones
    ├── TooFewQuestions        the bank cannot fill a form; knows have and need per domain
    ├── BadRequest             a value the learner gave cannot be meant
    ├── AttemptError           the attempt does not allow this now
    │   ├── TimeIsUp           the deadline has passed
    │   ├── AlreadySubmitted
    │   ├── KeptBack           asked before a lab: no key is told before it is asked again
    │   ├── OnBreak            the clock is stopped: resume first
    │   └── Superseded         a newer window has the attempt
    └── StoreError             the record could not be read or written
        ├── StoreFull          no room on the disk, or a write was refused
        ├── StoreDamaged
        ├── StoreNewer         written by a newer quizengine
        └── StoreBusy          another program holds the file

Each error names the value, the place and the way out (`hint`). The shells print
them in one place; anything outside this tree is a bug and keeps its traceback.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence


def shown(value: object, most: int = 60) -> str:
    """A foreign value fit for a message: escaped, and cut to `most` characters."""
    text = repr(value)
    return text if len(text) <= most else f"{text[:most]}..."


class QuizengineError(Exception):
    """A problem the learner or the author can act on."""

    def __init__(self, message: str, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class ContentError(QuizengineError):
    """One or more problems in content files, each as `file: key: what is wrong`."""

    def __init__(self, problems: Sequence[str]) -> None:
        self.problems = tuple(problems)
        count = len(self.problems)
        head = "1 problem" if count == 1 else f"{count} problems"
        shown = "\n".join(f"  {line}" for line in self.problems[:20])
        more = f"\n  ... and {count - 20} more" if count > 20 else ""
        super().__init__(
            f"The questions cannot be loaded: {head}.\n{shown}{more}",
            "Correct the file; questions/TEMPLATE.toml shows the shape.",
        )


class NotFound(QuizengineError):
    """`what` (exam, question ...) called `name` does not exist."""

    def __init__(self, what: str, name: str, known: Iterable[str], hint: str | None = None) -> None:
        choices = sorted(known)
        close = difflib.get_close_matches(name.lower(), choices, n=3, cutoff=0.5)
        close += [c for c in choices if name and name.lower() in c and c not in close][
            : 3 - len(close)
        ]
        self.close = tuple(close)
        message = f"There is no {what} called {shown(name)}."
        if close:
            message += f" Did you mean {' or '.join(close)}?"
        elif choices and len(choices) <= 12:
            message += f" There are: {', '.join(choices)}."
        elif choices:
            message += f" There are {len(choices)}, such as {', '.join(choices[:3])}."
        super().__init__(message, hint)


class TooFewQuestions(QuizengineError):
    """The bank cannot fill the form; `have` and `need` count questions per domain."""

    def __init__(
        self,
        exam: str,
        have: dict[str, int],
        need: dict[str, int],
        longest: int,
        offers: Sequence[str],
    ) -> None:
        self.have, self.need, self.longest = have, need, longest
        rows = "\n".join(
            f"  domain {d}: {have.get(d, 0)} of {n} needed" for d, n in sorted(need.items())
        )
        super().__init__(
            f"The bank has too few questions for this form of {exam}.\n{rows}",
            "\n".join(offers) or None,
        )


class BadRequest(QuizengineError):
    """A value that cannot be meant, such as a form of zero questions."""


class AttemptError(QuizengineError):
    """The attempt does not allow this now."""


class TimeIsUp(AttemptError):
    def __init__(self) -> None:
        super().__init__(
            "The time is up; this came after it and was not taken.",
            "What was answered in time counts: quizengine exam report",
        )


class AlreadySubmitted(AttemptError):
    def __init__(self) -> None:
        super().__init__(
            "This attempt has been submitted and is final.",
            "quizengine exam report shows its result.",
        )


class KeptBack(AttemptError):
    """`lab` asked these questions, of which `right` of `count` were right."""

    def __init__(self, lab: str, right: int, count: int) -> None:
        self.lab = lab
        super().__init__(
            f"Before the lab: {right} of {count} right. Which ones, and why, is told when they are "
            "asked again after it.",
            f"The lab: quizengine lab start {lab}\n"
            f"The same again, once it is done: quizengine lab questions {lab} (sooner: --again)",
        )


class OnBreak(AttemptError):
    def __init__(self) -> None:
        super().__init__("The clock is stopped for a break.", "End the break first.")


class Superseded(AttemptError):
    def __init__(self) -> None:
        super().__init__(
            "This attempt is now open in a newer window; this one can no longer change it.",
            "Go on in the newer window, or run quizengine exam resume to take it over here.",
        )


class StoreError(QuizengineError):
    """The record could not be read or written."""


class StoreFull(StoreError):
    pass


class StoreDamaged(StoreError):
    pass


class StoreNewer(StoreError):
    pass


class StoreBusy(StoreError):
    pass
