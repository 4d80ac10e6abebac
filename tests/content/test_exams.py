"""The exams as they are shipped: questions/exams/*.toml against their models and topics.toml."""

from __future__ import annotations

import shutil
from datetime import date
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quizengine.bank import LoadedBank
from quizengine.content import ExamCode
from quizengine.exam import Domain, Exam, ExamTask, Figure, Format, quotas
from quizengine.question import Kind
from quizengine.storage import files

QUESTIONS = Path(__file__).parents[2] / "questions"
CHECKED = date(2026, 11, 21)  # the day the figures were last gone through
CODES = ("aif-c01", "aip-c01", "mla-c01", "mla-c02", "mls-c01")

AnyFigure = Figure[int] | Figure[tuple[Kind, ...]]


@pytest.fixture(scope="module")
def bank(tmp_path_factory: pytest.TempPathFactory) -> LoadedBank:
    """Exams and topics alone, so that a problem in a question is not reported here."""
    root = tmp_path_factory.mktemp("questions")
    shutil.copy(QUESTIONS / "topics.toml", root)
    shutil.copytree(QUESTIONS / "exams", root / "exams")
    return files.load(root)


@pytest.fixture(scope="module", params=CODES)
def exam(request: pytest.FixtureRequest, bank: LoadedBank) -> Exam:
    return bank.exams[ExamCode(request.param)]


@pytest.fixture(scope="module")
def mls(bank: LoadedBank) -> Exam:
    return bank.exams[ExamCode("mls-c01")]


def figures(form: Format) -> dict[str, AnyFigure]:
    return {
        "scored": form.scored,
        "unscored": form.unscored,
        "minutes": form.minutes,
        "price_usd": form.price_usd,
        "kinds": form.kinds,
    }


def test_five_exams_are_served(bank: LoadedBank) -> None:
    assert tuple(sorted(bank.exams)) == CODES


def test_mls_c01_shares_its_scored_questions_10_12_18_10(mls: Exam) -> None:
    assert quotas(mls, 50) == {"1": 10, "2": 12, "3": 18, "4": 10}


def test_mls_c01_shares_its_unscored_questions_3_4_5_3(mls: Exam) -> None:
    assert quotas(mls, 15) == {"1": 3, "2": 4, "3": 5, "4": 3}


@pytest.mark.parametrize(
    ("code", "name", "length", "minutes"),
    [
        ("mls-c01", "standard", 65, 180),
        ("mla-c01", "standard", 65, 130),
        ("mla-c02", "standard", 65, 130),
        ("mla-c02", "beta", 85, 170),
        ("aif-c01", "standard", 65, 90),
        ("aip-c01", "standard", 75, 180),
    ],
)
def test_a_full_mock_has_the_length_and_the_time_of_the_exam(
    bank: LoadedBank, code: str, name: str, length: int, minutes: int
) -> None:
    form = bank.exams[ExamCode(code)].format(name)
    assert (form.length, form.minutes.used) == (length, minutes)


def test_the_first_format_of_every_exam_is_the_standard_one(exam: Exam) -> None:
    assert exam.format().name == "standard"


def test_the_domains_of_every_format_add_up_to_its_questions(exam: Exam) -> None:
    for form in exam.formats:
        assert sum(quotas(exam, form.scored.used).values()) == form.scored.used
        assert sum(quotas(exam, form.unscored.used).values()) == form.unscored.used


def test_the_domains_and_tasks_of_an_exam_are_numbered_without_gaps(exam: Exam) -> None:
    assert [domain.id for domain in exam.domains] == [
        str(n) for n in range(1, len(exam.domains) + 1)
    ]
    for domain in exam.domains:
        assert [task.id for task in domain.tasks] == [
            f"{domain.id}.{n}" for n in range(1, len(domain.tasks) + 1)
        ]


def test_an_exam_that_cannot_simply_be_booked_says_so(exam: Exam) -> None:
    assert exam.status.value == "active" or exam.status.notice


def test_every_task_a_topic_names_exists_in_that_exam(bank: LoadedBank) -> None:
    unknown = [
        f"{topic.id}: {code} {task}"
        for topic in bank.topics.values()
        for code, task in topic.exams.items()
        if code not in bank.exams or task not in bank.exams[ExamCode(code)].tasks
    ]
    assert unknown == []


def test_every_figure_names_a_source_of_its_exam_and_a_day_not_in_the_future(exam: Exam) -> None:
    dated = {
        "status": (exam.status.source, exam.status.as_of),
        "pass_mark": (exam.pass_mark.source, exam.pass_mark.as_of),
        "weights": (exam.weights.source, exam.weights.as_of),
    }
    for form in exam.formats:
        for key, figure in figures(form).items():
            dated[f"{form.name}.{key}"] = (figure.source, figure.as_of)
    assert [key for key, (source, _) in dated.items() if source not in exam.sources] == []
    assert [key for key, (_, as_of) in dated.items() if as_of > CHECKED] == []


def test_every_figure_that_is_not_known_says_what_the_mock_assumes_and_why(exam: Exam) -> None:
    for form in exam.formats:
        for key, figure in figures(form).items():
            if figure.value == "unknown":
                assert figure.note, f"{form.name}.{key}"


def test_only_what_nobody_publishes_about_mla_c02_is_unknown(bank: LoadedBank) -> None:
    unknown = {
        (code, form.name, key)
        for code, exam in bank.exams.items()
        for form in exam.formats
        for key, figure in figures(form).items()
        if figure.value == "unknown"
    }
    assert unknown == {
        ("mla-c02", "standard", "minutes"),
        ("mla-c02", "beta", "scored"),
        ("mla-c02", "beta", "unscored"),
    }


@st.composite
def weights(draw: st.DrawFn) -> list[int]:
    """Whole percentages of one to nine domains, 100 in all."""
    cuts = sorted(draw(st.sets(st.integers(1, 99), max_size=8)))
    return [after - before for before, after in zip([0, *cuts], [*cuts, 100], strict=True)]


@given(weights=weights(), count=st.integers(0, 500))
def test_domains_always_add_up_and_stay_within_one_question_of_their_weight(
    mls: Exam, weights: list[int], count: int
) -> None:
    domains = tuple(
        Domain(
            id=str(n),
            title=f"Domain {n}",
            weight=weight,
            tasks=(ExamTask(id=f"{n}.1", title=f"Task {n}.1"),),
        )
        for n, weight in enumerate(weights, start=1)
    )
    quota = quotas(mls.model_copy(update={"domains": domains}), count)
    assert sum(quota.values()) == count
    for domain in domains:
        assert abs(quota[domain.id] - Fraction(count * domain.weight, 100)) < 1
