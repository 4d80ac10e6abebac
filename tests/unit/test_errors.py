"""Every error names the value and the place, and knows a way out."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from quizengine import errors
from quizengine.bank import find_exam
from quizengine.content import Digest
from quizengine.errors import (
    AlreadySubmitted,
    AttemptError,
    BadRequest,
    ContentError,
    KeptBack,
    NotFound,
    OnBreak,
    QuizengineError,
    StoreDamaged,
    StoreError,
    Superseded,
    TimeIsUp,
    TooFewQuestions,
)
from quizengine.exam import blueprint
from quizengine.storage.memory import MemoryStore
from quizengine.study import Study
from tests.builders import (
    Desk,
    a_bank,
    a_lab,
    a_plan,
    a_question,
    a_short_exam,
    a_study,
    an_exam,
)


def kinds(root: type[QuizengineError]) -> list[type[QuizengineError]]:
    return [root, *(kind for child in root.__subclasses__() for kind in kinds(child))]


def test_the_tree_in_the_docstring_is_the_tree_of_the_classes() -> None:
    assert errors.__doc__ is not None
    parents: list[str] = []
    drawn: dict[str, str | None] = {}
    for line in errors.__doc__.splitlines():
        found = re.match(r"^    ([│├└─ ]*)([A-Z]\w+)\b", line)
        if found:
            depth = len(found.group(1)) // 4
            parents[depth:] = [found.group(2)]
            drawn[found.group(2)] = parents[depth - 1] if depth else None
    real = {
        kind.__name__: None if kind is QuizengineError else kind.__mro__[1].__name__
        for kind in kinds(QuizengineError)
        if kind.__module__ == errors.__name__
    }
    assert drawn == real


# One act of a learner or author for each thing that can go wrong: (act, value it must name)


def too_few() -> None:
    Desk(a_bank(1, exam=a_short_exam())).study().plan("mls-c01")


def time_is_up() -> None:
    desk = Desk()
    seat = desk.study().start(a_plan(desk.study()))
    desk.clock.advance(minutes=21)
    desk.study().flag(seat, seat.question.id, True)


def submitted_twice() -> None:
    study = a_study()
    study.submit(study.submit(study.start(a_plan(study))))


def on_break() -> None:
    study = a_study()
    seat = study.pause(study.start(a_plan(study, breaks=True)))
    study.flag(seat, seat.question.id, True)


def superseded() -> None:
    study = a_study()
    seat = study.start(a_plan(study))
    study.resume()
    study.flag(seat, seat.question.id, True)


def revealed() -> None:
    study = a_study()
    seat = study.start(study.plan_practice("mls-c01"))
    study.answer(study.reveal(seat, seat.question.id), seat.question.id, ("right",))


def in_sitting(act: Callable[[Study], object]) -> Callable[[], object]:
    return lambda: act(a_study())


def kept_back() -> None:
    study = a_study(a_bank(exam=a_short_exam(), labs=[a_lab(asks=["d1-000", "d1-001", "d2-000"])]))
    study.submit(study.start(study.plan_lab("early_stopping")))
    study.report()


class LosingStore(MemoryStore):
    """A record that has lost the questions it showed."""

    def revision(self, digest: Digest) -> str | None:
        return None


def damaged() -> None:
    study = Desk(store=LosingStore()).study()
    study.submit(study.start(a_plan(study)))
    study.report()


def content() -> None:
    raise ContentError(["bank/training/a.toml: stem: it is missing"])


HAPPENINGS: list[tuple[type[QuizengineError], Callable[[], object], str]] = [
    (ContentError, content, "bank/training/a.toml: stem"),
    (NotFound, lambda: find_exam(a_bank(1), "mla"), "'mla'"),
    (NotFound, lambda: a_bank(30).question("zzz"), "'zzz'"),
    (NotFound, lambda: a_bank(1).card("zzz"), "'zzz'"),
    (NotFound, lambda: an_exam().format("zzz"), "'zzz'"),
    (NotFound, in_sitting(lambda s: s.flag(s.start(a_plan(s)), "zzz", True)), "'zzz'"),
    (BadRequest, in_sitting(lambda s: s.resume()), "no open attempt"),
    (BadRequest, in_sitting(lambda s: s.report()), "no finished attempt"),
    (NotFound, in_sitting(lambda s: s.resume("zzz")), "'zzz'"),
    (NotFound, in_sitting(lambda s: s.plan_practice("mls-c01", within="zzz")), "'zzz'"),
    (TooFewQuestions, too_few, "domain 1: 1 of 5"),
    (BadRequest, lambda: blueprint(an_exam(), an_exam().formats[0], -3), "-3"),
    (BadRequest, in_sitting(lambda s: a_plan(s, questions=0)), "0"),
    (BadRequest, in_sitting(lambda s: a_plan(s, minutes=-7)), "-7"),
    (BadRequest, lambda: a_question().checked(("zzz",)), "'zzz'"),
    (BadRequest, lambda: a_question().checked(("right", "wrong-a")), "takes 1"),
    (BadRequest, in_sitting(lambda s: s.plan_from_file("{}", "my.json")), "my.json"),
    (BadRequest, in_sitting(lambda s: s.go_to(s.start(a_plan(s)), 98)), "99"),
    (BadRequest, in_sitting(lambda s: s.pause(s.start(a_plan(s)))), "without breaks"),
    (BadRequest, in_sitting(lambda s: s.note(s.start(a_plan(s)), "", "x" * 2_001)), "2001"),
    (BadRequest, in_sitting(lambda s: [s.start(a_plan(s)), s.report("0")]), "still open"),
    (BadRequest, revealed, "final"),
    (TimeIsUp, time_is_up, "time is up"),
    (AlreadySubmitted, submitted_twice, "submitted"),
    (OnBreak, on_break, "break"),
    (KeptBack, kept_back, "0 of 3"),
    (Superseded, superseded, "newer window"),
    (StoreDamaged, damaged, "revision of question d"),
]


def test_every_kind_of_error_the_core_raises_has_an_example_here() -> None:
    of_the_storage = set(kinds(StoreError)) - {StoreDamaged}
    ours = {kind for kind in kinds(QuizengineError) if kind.__module__ == errors.__name__}
    families = {QuizengineError, AttemptError}
    assert {kind for kind, _, _ in HAPPENINGS} == ours - of_the_storage - families


@pytest.mark.parametrize(
    ("kind", "act", "value"), HAPPENINGS, ids=[f"{k.__name__} {v}" for k, _, v in HAPPENINGS]
)
def test_an_error_names_the_value_and_the_way_out(
    kind: type[QuizengineError], act: Callable[[], object], value: str
) -> None:
    with pytest.raises(QuizengineError) as raised:
        act()
    error = raised.value
    assert type(error) is kind
    assert value in error.message
    assert str(error) == error.message
    way_out = error.hint or re.search(r"Did you mean|There are:", error.message)
    assert way_out, f"no way out: {error.message}"


def test_an_unknown_question_of_a_large_bank_has_a_way_out_too() -> None:
    with pytest.raises(NotFound) as raised:
        a_bank(30).question("#")
    assert raised.value.close == ()
    assert raised.value.hint is not None


def test_many_problems_are_counted_and_the_first_twenty_shown() -> None:
    error = ContentError([f"bank/a/{n}.toml: stem: too long" for n in range(25)])
    assert "25 problems" in error.message
    assert "bank/a/19.toml" in error.message
    assert "bank/a/20.toml" not in error.message
    assert "... and 5 more" in error.message
    assert len(error.problems) == 25
