"""An exam's figures, and how many questions each domain gets."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from quizengine.errors import BadRequest, NotFound
from quizengine.exam import Exam, Figure, blueprint, domain_of, quotas
from tests.builders import CHECKED, a_figure, a_short_exam, an_exam, exam_data


@st.composite
def weights(draw: st.DrawFn, *, domains: int = 6) -> tuple[int, ...]:
    """Whole percentages, one a domain, that sum to 100."""
    cuts = draw(st.sets(st.integers(1, 99), max_size=domains - 1))
    edges = [0, *sorted(cuts), 100]
    return tuple(b - a for a, b in pairwise(edges))


def refusal(**changes: Any) -> str:
    with pytest.raises(ValidationError) as refused:
        an_exam(**changes)
    return str(refused.value)


# Figures


def test_a_published_figure_is_used_as_it_is() -> None:
    assert Figure[int](value=65, source="guide", as_of=CHECKED).used == 65


def test_an_unknown_figure_is_used_as_assumed() -> None:
    assert Figure[int](value="unknown", assumed=65, source="guide", as_of=CHECKED).used == 65


def test_an_unknown_figure_that_assumes_nothing_is_refused() -> None:
    with pytest.raises(ValidationError, match="an unknown figure"):
        Figure[int](value="unknown", source="guide", as_of=CHECKED)


def test_a_known_figure_that_also_assumes_one_is_refused() -> None:
    with pytest.raises(ValidationError, match="an unknown figure"):
        Figure[int](value=65, assumed=65, source="guide", as_of=CHECKED)


def test_a_mock_is_as_long_as_the_figures_say_known_or_assumed() -> None:
    unscored = a_figure("unknown", assumed=10)
    format = exam_data(scored=50)["formats"][0] | {"unscored": unscored}
    assert an_exam(formats=[format]).formats[0].length == 60


@pytest.mark.parametrize("figure", [{"value": "65"}, {"value": 65.5}, {"value": None}])
def test_a_figure_of_the_wrong_type_is_refused(figure: dict[str, object]) -> None:
    assert "pass_mark" in refusal(pass_mark=a_figure(750) | figure)


def test_a_figure_names_a_source_there_is() -> None:
    assert "no such source: hearsay" in refusal(pass_mark=a_figure(750, source="hearsay"))


# The whole


def test_weights_sum_to_100() -> None:
    assert "do not sum to 100" in refusal(weights=(20, 24, 36, 19))


def test_a_task_stands_under_its_own_domain() -> None:
    domain = {"id": "1", "title": "D", "weight": 100, "tasks": [{"id": "2.1", "title": "T"}]}
    assert "task 2.1 stands under domain 1" in refusal(domains=[domain])


@pytest.mark.parametrize("value", ["retired", "beta"])
def test_an_exam_that_is_not_active_says_so(value: str) -> None:
    status = {"value": value, "since": CHECKED, "source": "guide", "as_of": CHECKED}
    assert f"a {value} exam needs a notice" in refusal(status=status)
    assert an_exam(status=status | {"notice": "It cannot be booked."}).status.value == value


def test_two_domains_with_one_id_are_refused() -> None:
    domain = {"id": "1", "title": "D", "weight": 50, "tasks": [{"id": "1.1", "title": "T"}]}
    refusal(domains=[domain, domain])


@pytest.mark.parametrize("change", [{"minutes": 0}, {"scored": 0, "unscored": 0}, {"scored": -5}])
def test_a_format_without_questions_or_time_is_refused(change: dict[str, int]) -> None:
    refusal(**change)


def test_the_first_format_is_sat_unless_another_is_asked_for() -> None:
    standard = exam_data()["formats"][0]
    exam = an_exam(formats=[standard, standard | {"name": "beta"}])
    assert exam.format().name == "standard"
    assert exam.format("beta").name == "beta"


def test_a_format_there_is_not_is_answered_with_those_there_are() -> None:
    with pytest.raises(NotFound, match=r"format of mls-c01 called 'short'.*standard"):
        an_exam().format("short")


def test_an_exam_knows_its_tasks_by_id() -> None:
    assert list(a_short_exam().tasks) == ["1.1", "1.2", "1.3", "2.1", "2.2", "2.3"]
    assert domain_of("3.14") == "3"


# Quotas


def test_mls_c01_asks_10_12_18_10_scored_and_3_4_5_3_unscored() -> None:
    exam = an_exam()
    scored, unscored = blueprint(exam, exam.formats[0], None)
    assert tuple(scored.values()) == (10, 12, 18, 10)
    assert tuple(unscored.values()) == (3, 4, 5, 3)


def test_the_real_length_asked_for_by_number_is_the_real_blueprint() -> None:
    exam = an_exam()
    assert blueprint(exam, exam.formats[0], 65) == blueprint(exam, exam.formats[0], None)


def test_a_form_of_another_length_is_all_scored() -> None:
    exam = an_exam()
    scored, unscored = blueprint(exam, exam.formats[0], 10)
    assert tuple(scored.values()) == (2, 2, 4, 2)
    assert tuple(unscored.values()) == (0, 0, 0, 0)


@pytest.mark.parametrize("length", [0, -1])
def test_a_form_of_no_questions_cannot_be_meant(length: int) -> None:
    exam = an_exam()
    with pytest.raises(BadRequest, match=f"{length} questions"):
        blueprint(exam, exam.formats[0], length)


def test_of_equal_remainders_the_first_domain_gets_the_question() -> None:
    assert quotas(an_exam(weights=(25, 25, 25, 25)), 2) == {"1": 1, "2": 1, "3": 0, "4": 0}


@given(weights(), st.integers(0, 1_000))
def test_quotas_sum_to_the_forms_length(shares: tuple[int, ...], count: int) -> None:
    assert sum(quotas(an_exam(weights=shares), count).values()) == count


@given(weights(), st.integers(0, 1_000))
def test_a_quota_is_its_weight_rounded_down_or_up(shares: tuple[int, ...], count: int) -> None:
    exam: Exam = an_exam(weights=shares)
    for domain in exam.domains:
        exact = count * domain.weight / 100
        assert abs(quotas(exam, count)[domain.id] - exact) < 1


@given(weights(), st.integers(0, 100))
def test_the_heavier_domain_never_gets_fewer(shares: tuple[int, ...], count: int) -> None:
    exam = an_exam(weights=shares)
    quota = quotas(exam, count)
    by_weight = sorted(exam.domains, key=lambda domain: (domain.weight, quota[domain.id]))
    served = [quota[domain.id] for domain in by_weight]
    assert served == sorted(served)
