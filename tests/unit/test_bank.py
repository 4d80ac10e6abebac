"""Looking things up in a bank."""

from __future__ import annotations

import pytest

from quizengine.bank import LoadedBank, entry, find_exam
from quizengine.errors import NotFound
from tests.builders import KINDS, a_bank, a_card, a_question, a_topic, an_exam

XGB = a_question("single", "xgb-early-stopping-metric")
BANK = LoadedBank(
    [XGB, a_question("single", "xgb-max-depth"), a_question("multiple", "kmeans-k")],
    [a_card("early-stopping-in-a-job")],
    [a_topic()],
    [an_exam("mls-c01"), an_exam("mla-c01")],
)


def test_what_is_there_is_found_by_its_id() -> None:
    assert BANK.question("xgb-early-stopping-metric") is XGB
    assert BANK.card("early-stopping-in-a-job").id == "early-stopping-in-a-job"
    assert BANK.cards() == ["early-stopping-in-a-job"]


def test_an_exam_is_found_in_any_case() -> None:
    assert find_exam(BANK, "MLS-C01").code == "mls-c01"


def test_a_mistyped_exam_is_answered_with_the_close_ones() -> None:
    with pytest.raises(NotFound, match=r"no exam called 'mla'\. Did you mean mla-c01"):
        find_exam(BANK, "mla")


def test_a_mistyped_question_is_answered_with_the_close_ones() -> None:
    with pytest.raises(NotFound) as refused:
        BANK.question("xgb-early-stoping-metric")
    assert refused.value.close == ("xgb-early-stopping-metric",)


def test_a_piece_of_an_id_is_close_too() -> None:
    with pytest.raises(NotFound) as refused:
        BANK.question("kmeans")
    assert "kmeans-k" in refused.value.close


def test_a_mistyped_card_is_answered_with_the_close_ones() -> None:
    with pytest.raises(NotFound, match="Did you mean early-stopping-in-a-job"):
        BANK.card("early-stopping-in-job")


def test_what_is_like_nothing_is_answered_with_all_there_is_if_that_is_little() -> None:
    with pytest.raises(NotFound, match="There are: mla-c01, mls-c01"):
        find_exam(BANK, "zzz")


def test_at_most_three_close_names_are_given() -> None:
    with pytest.raises(NotFound) as refused:
        a_bank(30).question("d1-00")
    assert len(refused.value.close) == 3


def test_a_pool_holds_what_serves_the_exam_by_id_with_its_task() -> None:
    exam = an_exam(kinds=("single",))
    withdrawn = a_question("single", "d1-002", withdrawn="Its page is gone.")
    other = a_question("single", "d1-003", exams={"mla-c01": "1.1"})
    bank = a_bank({"1": 5}, exam=exam, instead=[withdrawn, other])
    assert bank.pool(exam.code, ["single"]) == [
        ("d1-000", "1.1"),
        ("d1-001", "1.2"),
        ("d1-004", "1.2"),
    ]
    assert bank.pool(exam.code, ["multiple"]) == []


def test_entries_list_every_question_and_the_withdrawn_ones() -> None:
    bank = a_bank({"1": 2}, instead=[a_question("single", "d1-001", withdrawn="It was wrong.")])
    assert [(e.id, e.withdrawn) for e in bank.entries()] == [("d1-000", False), ("d1-001", True)]
    assert bank.entries()[0] == entry(bank.question("d1-000"))


def test_equal_banks_have_equal_digests_whatever_the_order() -> None:
    questions, exams = list(BANK.questions.values()), list(BANK.exams.values())
    turned = LoadedBank(questions[::-1], (), [a_topic()], exams[::-1])
    assert turned.digest == BANK.digest


def test_any_change_of_a_question_or_an_exam_changes_the_digest() -> None:
    others = [
        a_bank(2),
        a_bank(3),
        a_bank(2, instead=[a_question("single", "d1-000", version=2)]),
        a_bank(2, exam=an_exam(minutes=170)),
    ]
    assert len({bank.digest for bank in others}) == 4


@pytest.mark.parametrize("kind", KINDS)
def test_a_search_looks_at_stems_choices_and_reasons(kind: str) -> None:
    bank = a_bank({"1": 4}, kinds=KINDS)
    words = {
        "single": "because of wrong-c",
        "multiple": "SELECT two",
        "ordering": "deploy stands",
        "matching": "symbolic reinforcement",
    }
    found = bank.search(words[kind], 10)
    assert kind in {bank.question(hit.id).kind for hit in found}
    assert all(words[kind].split()[0].lower() in hit.excerpt.lower() for hit in found)


def test_a_search_needs_all_the_words_and_keeps_to_the_limit() -> None:
    bank = a_bank({"1": 4})
    assert bank.search("loss nowhere", 10) == []
    assert bank.search("  ", 10) == []
    assert len(bank.search("loss", 3)) == 3
