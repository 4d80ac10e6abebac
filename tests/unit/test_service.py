"""Services: what of them a text names, and what of that a new account cannot use."""

from __future__ import annotations

from datetime import timedelta

import pytest
from pydantic import ValidationError

from quizengine.service import Spellings
from tests.builders import CHECKED
from tests.lint_examples import a_service

DAY = timedelta(days=1)
NEST, WEIGHT, PRO = (
    a_service(name) for name in ("Nest Box", "Feather Weight", "Feather Weight Pro")
)
SPELLINGS = Spellings([NEST, WEIGHT, PRO])


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("Hang up an Amazon Nest Box.", ["nest-box"]),
        ("Nest Box, Feather Weight and Nest Box again", ["nest-box", "feather-weight"]),
        ("`Nest Box`", ["nest-box"]),
        ("Feather Weight Pro", ["feather-weight-pro"]),
        ("a nest box, a NestBox, Nest Boxes and a Bird-Nest Boxer", []),
        ("", []),
    ],
)
def test_a_service_is_named_by_whole_words_and_the_longest_spelling_counts(
    text: str, named: list[str]
) -> None:
    assert [service.id for service in SPELLINGS.named_in(text)] == named


def test_without_services_no_text_names_one() -> None:
    assert Spellings([]).named_in("Nest Box") == []


@pytest.mark.parametrize("state", ["ended", "closed-to-new"])
def test_a_service_is_shut_from_the_day_of_its_closure(state: str) -> None:
    service = a_service("Nest Box", state)
    assert service.shut("Nest Box", CHECKED - DAY) is None
    assert service.shut("Nest Box", CHECKED) == "Nest Box"


def test_a_closure_whose_day_is_unknown_counts_as_past() -> None:
    assert a_service("Nest Box", "ended", since="unknown").shut("", CHECKED - 900 * DAY)


@pytest.mark.parametrize("state", ["active", "unknown", "active-renamed"])
def test_what_goes_on_is_not_shut(state: str) -> None:
    renamed = {"replaced_by": ("Box",)} if state == "active-renamed" else {}
    assert a_service("Nest Box", state, **renamed).shut("Nest Box", CHECKED) is None


def test_only_the_closed_part_of_a_service_is_shut() -> None:
    service = a_service("Nest Box", "part-closed", parts=("egg counting",))
    assert service.shut("Nest Box for Egg Counting", CHECKED) == "egg counting of Nest Box"
    assert service.shut("Nest Box for counting", CHECKED) is None
    assert service.shut("Nest Box for egg counting", CHECKED - DAY) is None


@pytest.mark.parametrize(
    "changes",
    [
        {"state": "part-closed"},
        {"parts": ("egg counting",)},
        {"state": "active-renamed"},
        {"names": ("Nestbox",)},
        {"names": ()},
        {"state": "resting"},
        {"since": "2026"},
        {"url": "http://example.org"},
        {"colour": "green"},
    ],
)
def test_a_service_that_cannot_be_meant_is_refused(changes: dict[str, object]) -> None:
    data = NEST.model_dump() | changes
    with pytest.raises(ValidationError):
        type(NEST).model_validate(data)
