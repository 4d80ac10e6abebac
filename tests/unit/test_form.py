"""Drawing a form from a bank, and a form as a file."""

from __future__ import annotations

import json
import random
from collections import Counter
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quizengine.bank import LoadedBank
from quizengine.content import QuestionId
from quizengine.errors import BadRequest, TooFewQuestions
from quizengine.exam import Exam, domain_of, quotas
from quizengine.form import Form, draw, from_file, longest, place, sealed, to_file
from quizengine.question import Kind
from tests.builders import (
    KINDS,
    a_bank,
    a_lab,
    a_question,
    a_short_exam,
    a_step,
    an_exam,
    question_data,
)
from tests.unit.test_exam import weights

MLS = an_exam()
SHORT = a_short_exam()
BANK = a_bank(30)  # no domain of it is large enough to seal anything
MIXED = a_bank(20, exam=SHORT, kinds=KINDS)
LARGE = a_bank(20, exam=SHORT)  # 4 x 5 a domain: two forms are sealed


def drawn(exam: Exam, bank: LoadedBank, *, seed: int = 1, **wishes: Any) -> Form:
    return draw(exam, bank, wishes.pop("last_shown", {}), random.Random(seed), **wishes)


def ids(form: Form) -> set[str]:
    return {place.question for place in form.places}


def kept(bank: LoadedBank, exam: Exam = SHORT) -> frozenset[QuestionId]:
    """The questions of the exam that are sealed."""
    return sealed(exam, bank.pool(exam.code, exam.formats[0].kinds.used))


def per_domain(form: Form, bank: LoadedBank, *, scored: bool) -> dict[str, int]:
    return Counter(
        domain_of(bank.question(place.question).exams[form.exam])
        for place in form.places
        if place.scored == scored
    )


# What a form holds


def test_a_real_form_fills_the_quotas_exactly_scored_and_unscored_each() -> None:
    form = drawn(MLS, BANK)
    assert per_domain(form, BANK, scored=True) == {"1": 10, "2": 12, "3": 18, "4": 10}
    assert per_domain(form, BANK, scored=False) == {"1": 3, "2": 4, "3": 5, "4": 3}


@given(weights(domains=4), st.integers(1, 40), st.integers(0, 2**32))
def test_any_form_fills_its_quotas_and_holds_no_question_twice(
    shares: tuple[int, ...], length: int, seed: int
) -> None:
    exam = an_exam(weights=shares)
    bank = a_bank(quotas(exam, length), exam=exam)
    form = drawn(exam, bank, seed=seed, length=length)
    assert len(ids(form)) == len(form.places) == length
    wanted = {domain: count for domain, count in quotas(exam, length).items() if count}
    assert per_domain(form, bank, scored=True) == wanted


def test_a_form_with_just_enough_questions_uses_them_all() -> None:
    bank = a_bank({"1": 13, "2": 16, "3": 23, "4": 13})
    assert ids(drawn(MLS, bank)) == set(bank.questions)


def test_unscored_questions_are_not_all_in_one_place() -> None:
    unscored = {
        n
        for seed in range(20)
        for n, place in enumerate(drawn(SHORT, LARGE, seed=seed).places)
        if not place.scored
    }
    assert unscored == set(range(10))


def test_a_form_mixes_the_domains() -> None:
    order = [place.question[:2] for place in drawn(MLS, BANK).places]
    assert order != sorted(order)


def test_only_kinds_of_the_format_are_drawn() -> None:
    exam = a_short_exam(kinds=("single", "multiple"))
    bank = a_bank(20, exam=exam, kinds=KINDS)
    kinds = {bank.question(id).kind for id in ids(drawn(exam, bank))}
    assert kinds == {"single", "multiple"}


def test_a_withdrawn_question_is_never_drawn() -> None:
    gone = a_question("single", "d1-000", withdrawn="Its page is gone.")
    bank = a_bank(6, exam=SHORT, instead=[gone])
    assert all("d1-000" not in ids(drawn(SHORT, bank, seed=seed)) for seed in range(20))


def test_a_place_records_the_revision_that_is_shown() -> None:
    form = drawn(SHORT, MIXED)
    assert all(p.digest == MIXED.question(p.question).digest() for p in form.places)
    assert form.bank == MIXED.digest


def test_tasks_are_served_evenly() -> None:
    for seed in range(10):
        form = drawn(MLS, BANK, seed=seed)
        for domain in MLS.domains:
            tasks = Counter(BANK.question(id).exams["mls-c01"] for id in ids(form))
            mine = [tasks[task.id] for task in domain.tasks]
            assert max(mine) - min(mine) <= 1, domain.id


def test_a_task_with_few_questions_leaves_its_share_to_the_others() -> None:
    few = [a_question("single", f"d1-{n:03}", exams={"mls-c01": "1.1"}) for n in range(29)]
    form = drawn(MLS, a_bank(30, instead=few))
    assert per_domain(form, BANK, scored=True)["1"] == 10


# Order of choices


@given(st.sampled_from(KINDS), st.integers())
def test_shuffling_keeps_every_choice_and_never_changes_the_key(kind: Kind, seed: int) -> None:
    question = a_question(kind)
    shown = place(question, True, random.Random(seed))
    assert sorted(shown.order) == sorted(question.shuffled)
    assert question.is_right(question.checked(question.key))
    if kind in ("single", "multiple"):  # picked from the screen, top to bottom
        picked = tuple(choice for choice in shown.order if choice in question.key)
        assert question.is_right(question.checked(picked))


@pytest.mark.parametrize("count", [3, 4, 5])
def test_an_ordering_is_never_shown_solved(count: int) -> None:
    question = a_question("ordering", steps=[a_step(f"s{n}") for n in range(count)])
    orders = [place(question, True, random.Random(seed)).order for seed in range(300)]
    assert question.key not in orders
    assert len(set(orders)) > count


def test_the_right_option_stands_in_every_place_alike() -> None:
    question = a_question("single")
    rng = random.Random(1)
    at = Counter(place(question, True, rng).order.index("right") for _ in range(4_000))
    assert all(850 < at[n] < 1_150 for n in range(4))


# Seen and unseen


def shown_at(**times: int) -> dict[QuestionId, int]:
    return {QuestionId(id.replace("_", "-")): at for id, at in times.items()}


def test_unseen_questions_come_first() -> None:
    bank = a_bank(15, exam=SHORT)
    seen = {id: 1_000 for id in bank.questions if int(id[-3:]) < 10}
    for seed in range(10):
        assert ids(drawn(SHORT, bank, seed=seed, last_shown=seen)).isdisjoint(seen)


def test_then_come_the_least_recently_shown() -> None:
    bank = a_bank(10, exam=SHORT)
    shown = {id: 1_000 + int(id[-3:]) for id in bank.questions if id not in ("d1-009", "d2-009")}
    for seed in range(10):
        form = drawn(SHORT, bank, seed=seed, last_shown=shown)
        assert ids(form) == {f"d{d}-{n:03}" for d in "12" for n in (0, 1, 2, 3, 9)}


def test_the_least_recently_shown_comes_first_even_if_its_task_has_been_served() -> None:
    bank = a_bank(9, exam=SHORT)  # tasks in turn: 000, 003 and 006 are of the first
    old = {id: (1 if int(id[-3:]) % 3 == 0 else 2) for id in bank.questions}
    form = drawn(SHORT, bank, length=6, last_shown=old)
    assert ids(form) == {f"d{d}-{n:03}" for d in "12" for n in (0, 3, 6)}


def test_two_forms_in_a_row_share_nothing_while_the_bank_lasts() -> None:
    bank = a_bank(10, exam=SHORT)
    first = ids(drawn(SHORT, bank, seed=1))
    second = ids(drawn(SHORT, bank, seed=2, last_shown=dict.fromkeys(map(QuestionId, first), 5)))
    assert first | second == set(bank.questions)


def test_what_was_shown_of_other_exams_does_not_matter() -> None:
    elsewhere = shown_at(no_such_question=5)
    assert drawn(SHORT, LARGE, last_shown=elsewhere) == drawn(SHORT, LARGE)


# Again the same


@given(st.integers(), st.sets(st.sampled_from(sorted(MIXED.questions))))
def test_the_same_seed_bank_and_history_redraw_the_same_form(seed: int, seen: set[str]) -> None:
    last_shown = {QuestionId(id): n for n, id in enumerate(sorted(seen))}
    again = LoadedBank(
        reversed(list(MIXED.questions.values())), (), MIXED.topics.values(), MIXED.exams.values()
    )
    first = drawn(SHORT, MIXED, seed=seed, last_shown=last_shown)
    assert drawn(SHORT, again, seed=seed, last_shown=dict(reversed(last_shown.items()))) == first


def test_another_seed_draws_another_form() -> None:
    assert len({drawn(SHORT, LARGE, seed=seed).places for seed in range(10)}) == 10


# Sealed forms


def test_two_forms_worth_of_a_large_bank_are_sealed() -> None:
    assert Counter(id[:2] for id in kept(LARGE)) == {"d1": 10, "d2": 10}


def test_nothing_is_sealed_while_one_domain_is_small() -> None:
    assert kept(a_bank({"1": 100, "2": 19}, exam=SHORT)) == frozenset()


def test_what_a_lab_asks_is_never_sealed() -> None:
    asked = sorted(kept(LARGE))[:3]
    lab = a_lab(asks=asked)
    bank = a_bank(30, exam=SHORT, labs=[lab])
    found = sealed(SHORT, bank.pool(SHORT.code, SHORT.formats[0].kinds.used), [lab])
    assert len(found) == 20
    assert found.isdisjoint(asked)
    assert ids(drawn(SHORT, bank, from_sealed=True)).isdisjoint(asked)


def test_a_sealed_question_is_drawn_only_when_asked_for() -> None:
    for seed in range(20):
        assert ids(drawn(SHORT, LARGE, seed=seed)).isdisjoint(kept(LARGE))
        asked = drawn(SHORT, LARGE, seed=seed, from_sealed=True)
        assert ids(asked) <= kept(LARGE)
        assert asked.sealed


def test_a_sealed_question_stays_sealed_even_when_all_others_were_seen() -> None:
    seen = {id: 9 for id in LARGE.questions if id not in kept(LARGE)}
    assert ids(drawn(SHORT, LARGE, last_shown=seen)).isdisjoint(kept(LARGE))


def test_what_one_format_seals_no_other_format_draws() -> None:
    standard, singles = (a_short_exam(kinds=kinds).formats[0] for kinds in (KINDS, KINDS[:1]))
    exam = SHORT.model_copy(
        update={"formats": (standard, singles.model_copy(update={"name": "beta"}))}
    )
    bank = a_bank(40, exam=exam, kinds=KINDS)
    for seed in range(10):
        form = drawn(exam, bank, seed=seed, format=exam.format("beta"), length=4)
        assert ids(form).isdisjoint(kept(bank, exam))


def test_a_sealed_form_of_a_small_bank_is_refused_with_a_way_out() -> None:
    with pytest.raises(BadRequest, match="too small to keep any back") as refused:
        drawn(MLS, BANK, from_sealed=True)
    assert refused.value.hint == "quizengine exam start mls-c01"


def test_what_is_sealed_stays_sealed_when_the_bank_grows_elsewhere() -> None:
    grown = a_bank({"1": 20, "2": 60}, exam=SHORT)
    mine = {id for id in kept(LARGE) if id.startswith("d1")}
    assert mine == {id for id in kept(grown) if id.startswith("d1")}


# Too few


def test_too_few_questions_says_what_there_is_what_is_needed_and_the_longest_form() -> None:
    with pytest.raises(TooFewQuestions) as refused:
        drawn(MLS, a_bank({"1": 20, "2": 20, "3": 9, "4": 20}))
    error = refused.value
    assert error.have == {"1": 20, "2": 20, "3": 9, "4": 20}
    assert error.need == {"1": 13, "2": 16, "3": 23, "4": 13}
    assert error.longest == 25
    assert "domain 3: 9 of 23 needed" in error.message
    assert error.hint is not None
    assert "quizengine exam start mls-c01 --questions 25" in error.hint
    assert "quizengine exam start mls-c01 --questions 10 --untimed" in error.hint


def test_an_empty_bank_offers_no_form_at_all() -> None:
    with pytest.raises(TooFewQuestions) as refused:
        drawn(MLS, a_bank(0))
    assert refused.value.longest == 0
    assert refused.value.hint == "quizengine exam list shows which exams the bank can serve."


@given(
    weights(domains=4),
    st.dictionaries(st.sampled_from("1234"), st.integers(0, 15)),
    st.integers(1, 40),
)
def test_the_longest_form_offered_can_be_drawn_and_a_longer_one_cannot(
    shares: tuple[int, ...], have: dict[str, int], length: int
) -> None:
    exam = an_exam(weights=shares, scored=200)
    bank = a_bank(have, exam=exam)
    error = shortage(exam, bank, length)
    if error is None:
        return
    assert error.longest < length
    if error.longest:
        assert shortage(exam, bank, error.longest) is None
    assert all(shortage(exam, bank, more) for more in range(error.longest + 1, length))


def shortage(exam: Exam, bank: LoadedBank, length: int) -> TooFewQuestions | None:
    try:
        drawn(exam, bank, length=length)
    except TooFewQuestions as error:
        return error
    return None


def test_a_form_of_the_real_length_is_only_offered_if_its_blueprint_can_be_filled() -> None:
    # 10 scored and 5 unscored by 34/33/33 are 6/5/4; 15 in one go would be 5/5/5.
    exam = an_exam(weights=(34, 33, 33), scored=10, unscored=5)
    bank = a_bank(5, exam=exam)
    offered = longest(exam, {"1": 5, "2": 5, "3": 5}, 15)
    assert len(drawn(exam, bank, length=offered).places) == offered


# A form as a file


def saved(form: Form, **changes: Any) -> str:
    body = json.loads(to_file(form))
    body["form"] |= changes
    return json.dumps(body)


def places(form: Form) -> list[dict[str, Any]]:
    listed: list[dict[str, Any]] = json.loads(to_file(form))["form"]["places"]
    return listed


def refused_file(text: str, bank: LoadedBank = MIXED) -> BadRequest:
    with pytest.raises(BadRequest, match=r"form\.json") as refused:
        from_file(text, "form.json", bank)
    return refused.value


@given(st.integers(0, 2**32), st.booleans())
def test_a_saved_form_comes_back_as_it_was(seed: int, from_sealed: bool) -> None:
    form = drawn(SHORT, MIXED, seed=seed, from_sealed=from_sealed)
    assert from_file(to_file(form), "form.json", MIXED) == (form, [])


def test_a_saved_form_does_not_tell_the_key() -> None:
    question = a_question("single", "d1-000", stem="A secret stem. The loss rises again.")
    bank = a_bank(5, exam=SHORT, instead=[question])
    text = to_file(drawn(SHORT, bank))
    assert "secret" not in text
    assert "correct" not in text


def changed_bank(kind: Kind, **changes: Any) -> tuple[Form, LoadedBank]:
    """A form with a question of that kind, and a bank in which it has changed since."""
    kinds = {"d1-000": kind}
    before = [a_question(k, id, exams={"mls-c01": "1.1"}) for id, k in kinds.items()]
    after = [a_question(k, id, exams={"mls-c01": "1.1"}, **changes) for id, k in kinds.items()]
    form = drawn(SHORT, a_bank(5, exam=SHORT, instead=before))
    return form, a_bank(5, exam=SHORT, instead=after)


def test_changed_wording_is_told_and_shown_as_it_is_now() -> None:
    form, bank = changed_bank("single", stem="Now the loss rises again and again.")
    here, changed = from_file(to_file(form), "form.json", bank)
    assert changed == ["d1-000"]
    assert {p.digest for p in here.places} == {
        bank.question(p.question).digest() for p in here.places
    }
    assert [p.order for p in here.places] == [p.order for p in form.places]
    assert here.bank == bank.digest


def test_choices_that_are_others_now_are_shown_as_they_are_now() -> None:
    options = [{**o, "id": o["id"] + "-new"} for o in question_data("single")["options"]]
    form, bank = changed_bank("single", options=options)
    here, changed = from_file(to_file(form), "form.json", bank)
    shown = next(p for p in here.places if p.question == "d1-000")
    assert changed == ["d1-000"]
    assert sorted(shown.order) == ["right-new", "wrong-a-new", "wrong-b-new", "wrong-c-new"]


def test_an_ordering_from_a_file_is_not_shown_solved_when_its_steps_are_others_now() -> None:
    form, bank = changed_bank("ordering", steps=[a_step(id) for id in ("plan", "build", "run")])
    here, _ = from_file(to_file(form), "form.json", bank)
    shown = next(p for p in here.places if p.question == "d1-000")
    assert shown.order != bank.question("d1-000").key


def test_an_ordering_from_a_file_is_not_shown_solved_whatever_the_file_says() -> None:
    form, bank = changed_bank("ordering")
    solved = [
        p | ({"order": list(bank.question("d1-000").key)} if p["question"] == "d1-000" else {})
        for p in places(form)
    ]
    here, _ = from_file(saved(form, places=solved), "form.json", bank)
    shown = next(p for p in here.places if p.question == "d1-000")
    assert shown.order != bank.question("d1-000").key


def test_a_form_file_does_not_bring_back_a_withdrawn_question() -> None:
    form, bank = changed_bank("single", withdrawn="Its key was wrong.")
    try:
        here, _ = from_file(to_file(form), "form.json", bank)
    except BadRequest:
        return
    assert "d1-000" not in ids(here)


def test_a_form_that_names_a_question_this_bank_lacks_is_refused() -> None:
    form = drawn(SHORT, MIXED)
    error = refused_file(to_file(form), a_bank(1, exam=SHORT, kinds=KINDS))
    assert "this bank does not have: 'd" in error.message
    assert error.hint is not None


def test_a_form_of_an_exam_this_bank_lacks_is_refused() -> None:
    error = refused_file(saved(drawn(SHORT, MIXED), exam="mla-c01"))
    assert "exam 'mla-c01'" in error.message


def test_a_form_with_a_question_that_does_not_serve_its_exam_is_refused() -> None:
    other = a_question("single", "elsewhere", exams={"mla-c01": "1.1"})
    bank = a_bank(5, exam=SHORT, instead=[other])
    form = drawn(SHORT, bank)
    moved = places(form)[0] | {"question": "elsewhere"}
    assert (
        "elsewhere is no longer asked in mls-c01"
        in refused_file(saved(form, places=[moved]), bank).message
    )


def test_a_form_that_holds_a_question_twice_is_refused() -> None:
    form = drawn(SHORT, MIXED)
    twice = [*places(form), places(form)[0]]
    assert "a question twice" in refused_file(saved(form, places=twice)).message


def test_a_form_file_of_a_newer_version_says_so() -> None:
    body = json.loads(to_file(drawn(SHORT, MIXED))) | {"quizengine_form": 2}
    error = refused_file(json.dumps(body))
    assert "version 2" in error.message
    assert error.hint == "Update quizengine."


@pytest.mark.parametrize(
    "text",
    [
        "",
        "not json",
        "null",
        "[]",
        "7",
        '"quizengine_form"',
        "{}",
        '{"quizengine_form": 1}',
        '{"quizengine_form": 1, "form": null}',
        '{"quizengine_form": 1, "form": []}',
        '{"quizengine_form": 1, "form": NaN}',
        '{"quizengine_form": {}, "form": {}}',
        "[" * 100_000,
        '{"quizengine_form": 1, "form": ' + "[" * 900 + "]" * 900 + "}",
        '{"quizengine_form": ' + "9" * 5_000 + "}",
        '{"quizengine_form": 1, "form": {"places": "' + "\\ud800" + '"}}',
        "\x00",
        "\ufeff{}",
    ],
    ids=lambda text: repr(text[:40]),
)
def test_garbage_is_not_a_form_file(text: str) -> None:
    error = refused_file(text)
    assert error.hint is not None


@pytest.mark.parametrize(
    "change",
    [
        {"places": []},
        {"places": [{"question": "d1-000"}]},
        {"seed": "1"},
        {"seed": 1.5},
        {"sealed": "yes"},
        {"format": "../x"},
        {"surprise": 1},
        {"places": [{"question": 1, "digest": "d", "order": [], "scored": True}]},
        {"places": [{"question": "d1-000", "digest": "d", "order": [], "scored": 1}]},
        {"places": [{"question": "d1-000", "digest": "d", "order": "abcd", "scored": True}]},
    ],
)
def test_a_form_of_the_wrong_shape_is_refused_naming_the_place(change: dict[str, Any]) -> None:
    error = refused_file(saved(drawn(SHORT, MIXED), **change))
    assert error.message.startswith(f"form.json is not a form file: {next(iter(change))}")


@pytest.mark.parametrize("evil", ["\x1b[2J\x1b[31mPWNED", "a\r\nb", "\u202egnp.exe", "x" * 100_000])
@pytest.mark.parametrize("where", ["question", "exam", "key", "version"])
def test_what_a_hostile_file_says_never_reaches_the_terminal_as_it_is(
    evil: str, where: str
) -> None:
    form = drawn(SHORT, MIXED)
    place = {"question": evil, "digest": "d", "order": [], "scored": True}
    text = {
        "question": saved(form, places=[place]),
        "exam": saved(form, exam=evil),
        "key": saved(form, **{evil: 1}),
        "version": json.dumps({"quizengine_form": evil, "form": {}}),
    }[where]
    message = refused_file(text).message
    assert len(message) < 1_000
    assert all(character.isprintable() or character == "\n" for character in message)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4)
    ),
    max_leaves=12,
)


@given(st.sampled_from(["exam", "format", "places", "bank", "seed", "sealed"]), json_values)
def test_a_form_with_anything_in_any_field_is_read_or_refused(field: str, value: object) -> None:
    text = saved(drawn(SHORT, MIXED), **{field: value})
    try:
        form, _ = from_file(text, "form.json", MIXED)
    except BadRequest:
        return
    assert from_file(to_file(form), "form.json", MIXED) == (form, [])


@pytest.mark.parametrize(
    "order", [[], ["right"], ["right", "right", "wrong-a", "wrong-b"], ["x", "y", "z", "w"]]
)
def test_an_order_of_other_choices_is_replaced_by_the_questions_own(order: list[str]) -> None:
    bank = a_bank(5, exam=SHORT)
    form = drawn(SHORT, bank)
    text = saved(form, places=[places(form)[0] | {"order": order}])
    here, _ = from_file(text, "form.json", bank)
    assert sorted(here.places[0].order) == sorted(bank.question(here.places[0].question).shuffled)
