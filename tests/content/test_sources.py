"""sources.toml and services.toml as they are shipped, and what questions and cards make of them."""

from __future__ import annotations

import re
import tomllib
from collections import Counter
from datetime import date
from pathlib import Path
from typing import Any

import pytest

QUESTIONS = Path(__file__).parents[2] / "questions"
CHECKED = date(2026, 11, 21)  # the day the services were last gone through

ITEMS_BY_DECK = {"S0": 15, "S1": 15, "S2": 38, "S3": 53, "S4": 55}
GAPS_BY_GROUP = {"G1": 23, "G2": 27, "G3": 40, "G4": 36, "GA": 15}
MIRRORS = ("---", "rproxy", "amazonaws.cn", "huggingface.co")

Table = dict[str, Any]


def read(path: Path) -> Table:
    return tomllib.loads(path.read_text(encoding="utf-8"))


def short(path: Path) -> str:
    return path.relative_to(QUESTIONS).as_posix()


def serves(data: Table) -> list[str]:
    """The source items and gaps that a question or card serves."""
    return [*data.get("covers", []), *(source["item"] for source in data.get("sources", []))]


@pytest.fixture(scope="module")
def sources() -> Table:
    return read(QUESTIONS / "sources.toml")


@pytest.fixture(scope="module")
def items(sources: Table) -> dict[str, Table]:
    found: dict[str, Table] = sources["items"]
    return found


@pytest.fixture(scope="module")
def gaps(sources: Table) -> dict[str, Table]:
    found: dict[str, Table] = sources["gaps"]
    return found


@pytest.fixture(scope="module")
def services() -> dict[str, Table]:
    return read(QUESTIONS / "services.toml")


@pytest.fixture(scope="module")
def cards() -> dict[str, Table]:
    return {short(path): read(path) for path in sorted(QUESTIONS.glob("cards/*/*.toml"))}


@pytest.fixture(scope="module")
def questions() -> dict[str, Table]:
    return {short(path): read(path) for path in sorted(QUESTIONS.glob("bank/*/*.toml"))}


@pytest.fixture(scope="module")
def used(questions: dict[str, Table], cards: dict[str, Table]) -> list[tuple[str, str]]:
    """Each use of a source item, as file and id: in `covers`, and as a card's source."""
    files = questions | cards
    assert files
    return [(file, id) for file, data in files.items() for id in serves(data)]


@pytest.fixture(scope="module")
def asked(questions: dict[str, Table]) -> set[str]:
    """What the questions that were not withdrawn cover."""
    current = [question for question in questions.values() if "withdrawn" not in question]
    return {id for question in current for id in serves(question)}


@pytest.fixture(scope="module")
def recalled(cards: dict[str, Table]) -> set[str]:
    """What the cards serve."""
    return {id for card in cards.values() for id in serves(card)}


# --- sources.toml ---


def test_the_file_has_decks_items_and_gaps(sources: Table) -> None:
    assert sorted(sources) == ["decks", "gaps", "items"]
    assert sorted(sources["decks"]) == sorted(ITEMS_BY_DECK)


def test_every_item_of_the_decks_is_there(items: dict[str, Table]) -> None:
    assert Counter(id[:2] for id in items) == ITEMS_BY_DECK
    assert len(items) == 176


def test_every_topic_that_the_decks_leave_out_is_there(gaps: dict[str, Table]) -> None:
    assert Counter(id[:2] for id in gaps) == GAPS_BY_GROUP
    assert len(gaps) == 126 + 15


def test_ids_are_well_formed_sorted_and_numbered_without_gaps(
    items: dict[str, Table], gaps: dict[str, Table]
) -> None:
    for ids, counts in ((list(items), ITEMS_BY_DECK), (list(gaps), GAPS_BY_GROUP)):
        assert ids == [
            f"{group}-{n:02}" for group, count in counts.items() for n in range(1, count + 1)
        ]


def test_an_item_has_a_title_a_verdict_and_whether_it_may_be_asked(items: dict[str, Table]) -> None:
    for id, item in items.items():
        assert {"title", "verdict", "ask"} <= set(item) <= {"title", "verdict", "ask", "same_as"}, (
            id
        )
        assert item["verdict"] in {"as-is", "sharpened", "corrected", "outdated"}, id
        assert item["ask"] in {"yes", "corrected-only", "no"}, id


def test_only_what_was_right_may_be_asked_as_it_stands(items: dict[str, Table]) -> None:
    for id, item in items.items():
        assert item["ask"] != ("corrected-only" if item["verdict"] == "as-is" else "yes"), id


def test_titles_are_short_and_tell_the_entries_apart(
    items: dict[str, Table], gaps: dict[str, Table]
) -> None:
    for entries in (items, gaps):
        titles = [entry["title"] for entry in entries.values()]
        assert [title for title in titles if not 0 < len(title) <= 60] == []
        assert [title for title, count in Counter(titles).items() if count > 1] == []


def test_same_as_names_an_item_that_stands_for_itself(items: dict[str, Table]) -> None:
    twins = {id: item["same_as"] for id, item in items.items() if "same_as" in item}
    assert [id for id, first in twins.items() if first not in items or first in twins] == []


def test_a_gap_names_tasks_that_its_exams_have(gaps: dict[str, Table]) -> None:
    tasks = {
        path.stem: {task["id"] for domain in read(path)["domains"] for task in domain["tasks"]}
        for path in QUESTIONS.glob("exams/*.toml")
    }
    for id, gap in gaps.items():
        assert set(gap) == {"title", "exams"}, id
        assert gap["exams"], id
        for code, named in gap["exams"].items():
            assert named, (id, code)
            assert named == sorted(set(named)), (id, code)
            assert set(named) <= tasks[code], (id, code)


# --- what questions and cards make of it ---


def test_what_a_question_or_card_covers_or_cites_exists(
    items: dict[str, Table], gaps: dict[str, Table], used: list[tuple[str, str]]
) -> None:
    assert [(file, id) for file, id in used if id not in items and id not in gaps] == []


def test_what_is_not_to_be_asked_is_used_nowhere(
    items: dict[str, Table], used: list[tuple[str, str]]
) -> None:
    barred = {id for id, item in items.items() if item["ask"] == "no"}
    assert [(file, id) for file, id in used if id in barred] == []


def test_every_item_that_may_be_asked_is_in_a_question_and_on_a_card(
    items: dict[str, Table], asked: set[str], recalled: set[str]
) -> None:
    """Each by itself, also where it repeats another; a card may stand for both of these."""
    wanted = {id: item for id, item in items.items() if item["ask"] != "no"}
    assert [id for id in wanted if id not in asked] == []
    on_no_card = [id for id, item in wanted.items() if not {id, item.get("same_as")} & recalled]
    assert on_no_card == []


def test_every_topic_that_the_decks_leave_out_is_in_a_question_and_on_a_card(
    gaps: dict[str, Table], asked: set[str], recalled: set[str]
) -> None:
    assert [id for id in gaps if id not in asked] == []
    assert [id for id in gaps if id not in recalled] == []


def test_a_card_cites_items_of_the_decks_with_the_verdict_they_have_here(
    items: dict[str, Table], cards: dict[str, Table]
) -> None:
    differing = [
        (file, source["item"], source["verdict"])
        for file, card in cards.items()
        for source in card.get("sources", [])
        if items.get(source["item"], {}).get("verdict") != source["verdict"]
    ]
    assert differing == []


# --- services.toml ---


def test_services_have_slugs_in_order(services: dict[str, Table]) -> None:
    assert list(services) == sorted(services)
    assert [s for s in services if not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", s)] == []


def test_a_service_has_a_name_a_state_and_no_unknown_key(services: dict[str, Table]) -> None:
    required = {"name", "state", "since", "names", "as_of"}
    optional = {"parts", "replaced_by", "listed_by", "source", "url", "note"}
    states = {"active-renamed", "closed-to-new", "part-closed", "ended", "active", "unknown"}
    for slug, service in services.items():
        assert required <= set(service) <= required | optional, slug
        assert service["state"] in states, slug
        lists = ("parts", "replaced_by", "listed_by", "names")
        assert all(service.get(key) != [] for key in lists), slug


def test_parts_belong_to_part_closed_and_a_new_name_to_renamed(services: dict[str, Table]) -> None:
    for slug, service in services.items():
        assert ("parts" in service) == (service["state"] == "part-closed"), slug
        assert "replaced_by" in service or service["state"] != "active-renamed", slug


def test_dates_of_services_are_known_days_of_the_past_or_unknown(
    services: dict[str, Table],
) -> None:
    for slug, service in services.items():
        for key in ("since", "as_of"):
            value = service[key]
            assert value == "unknown" or (type(value) is date and value <= CHECKED), (slug, key)


def test_what_is_not_sourced_or_not_dated_has_a_note(services: dict[str, Table]) -> None:
    for slug, service in services.items():
        undated = service["since"] == "unknown" and service["state"] != "active-renamed"
        if undated or "source" not in service:
            assert "note" in service, slug


def test_addresses_are_canonical(services: dict[str, Table]) -> None:
    for slug, service in services.items():
        if (url := service.get("url")) is not None:
            assert "source" in service, slug
            assert re.fullmatch(r"https://[^\s<>\"]+", url), slug
            assert not any(mark in url for mark in MIRRORS), slug
            assert not url.endswith(".md"), slug


def test_a_spelling_means_one_service(services: dict[str, Table]) -> None:
    spellings = Counter(
        spelling.lower() for service in services.values() for spelling in service["names"]
    )
    assert [spelling for spelling, count in spellings.items() if count > 1] == []
    for slug, service in services.items():
        assert service["name"] in service["names"], slug
