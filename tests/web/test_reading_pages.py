"""Search, questions and cards, corrections, labs, settings, paper: what they say and refuse."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from quizengine import wiring
from quizengine.bank import LoadedBank
from quizengine.question import Kind, Question
from quizengine.source import Item, Sources
from quizengine.web.pages import labs, search
from tests.builders import (
    KINDS,
    Desk,
    a_bank,
    a_card,
    a_question,
    a_short_exam,
    a_single,
    a_topic,
)
from tests.web.helpers import Page, Visitor, a_plan_of
from tests.web.test_untrusted import Seen

REAL = wiring.load_questions()
LAB = "train_xgboost"
STORES = "data/stores"
WRONG = {"verdict": "corrected", "claimed": "A lake **is** free.", "true": "It is not."}


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """What is set, and the notes on labs, are looked for here."""
    monkeypatch.setenv("QUIZENGINE_HOME", str(tmp_path))
    return tmp_path


@pytest.fixture
def desk() -> Desk:
    """One question of each kind and forty singles; three cards, one of which corrects a deck."""
    questions = [
        a_question(kind, f"d1-{n:03}", difficulty="hard", topics=[STORES], cards=("lake",))
        for n, kind in enumerate(KINDS)
    ]
    filled = a_bank(exam=a_short_exam())
    decks = Sources(
        decks={"S1": "Flashcards on lakes", "S2": "Notes"},
        items={"S1-07": Item(title="Prices of lakes", verdict="corrected", ask="corrected-only")},
    )
    cards = [
        a_card(
            "lake", topics=[STORES], prompt="Is a lake free?", sources=[{"item": "S1-07", **WRONG}]
        ),
        a_card("other", sources=[{"item": "S2-01", **WRONG, "claimed": "Fish are fast."}]),
        a_card("plain"),
    ]
    return Desk(
        LoadedBank(
            {**filled.questions, **{q.id: q for q in questions}}.values(),
            cards,
            [a_topic(STORES).model_copy(update={"area": "Data", "title": "Stores"}), a_topic()],
            filled.exams.values(),
            sources=decks,
            labs=[lab for lab in REAL.labs.values() if lab.id == LAB],
        )
    )


@pytest.fixture
def visitor(desk: Desk) -> Iterator[Visitor]:
    with Visitor(desk) as visitor:
        yield visitor


def hidden(page: Page) -> str:
    """What stands behind `Show the answer`."""
    found = re.search(r'<details class="unfold">(.*)</details>', page.html, re.S)
    assert found is not None
    return found[1]


def open_text(page: Page) -> str:
    """What is read without that step."""
    return Page(0, "", page.html.replace(hidden(page), ""), {}).text


# Searching


def test_a_search_finds_questions_and_cards(visitor: Visitor) -> None:
    page = visitor.get("/search?words=collect")
    assert "questions 1 cards 0" in page.text
    assert "/question/d1-002" in page.html
    assert "Stores · put in order · hard · MLS-C01 1.1" in page.text
    cards = visitor.get("/search?words=lake&what=cards")
    assert "questions 0 cards 1" in cards.text
    assert "/card/lake" in cards.html
    assert '<b class="hit">lake</b>' in cards.html


def test_a_search_is_narrowed_by_what_a_question_belongs_to(visitor: Visitor) -> None:
    def count(query: str) -> str:
        found = re.search(r"questions (\d+)", visitor.get(f"/search?{query}").text)
        assert found is not None
        return found[1]

    assert count("") == "40"
    assert count("exam=mls-c01&part=2") == "20"
    assert count("exam=mls-c01&part=99") == "40"  # of another exam: no matter
    assert count("topic=data/stores") == count("topic=data") == "4"
    assert count("topic=data&kind=matching") == "1"
    assert count("difficulty=hard") == "4"
    assert count("difficulty=easy") == "0"


def test_many_results_stand_on_several_pages(visitor: Visitor) -> None:
    first, last = visitor.get("/search"), visitor.get("/search?page=2")
    assert "page 1 of 2" in first.text
    assert 'rel="prev"' not in first.html
    assert "page 2 of 2" in last.text
    assert 'rel="next"' not in last.html
    for number in ("0", "-1", "9" * 30, "x", ""):
        assert visitor.get(f"/search?page={number}").status == 200


@pytest.mark.parametrize(
    ("query", "status", "said"),
    [
        ("exam=mls-c02", 404, "Did you mean mls-c01?"),
        ("topic=nothing", 404, "There is no area called"),
        ("topic=data/nothing", 404, "There is no topic called"),
        ("kind=odd", 422, "There is no kind 'odd'."),
        ("difficulty=odd", 422, "There is no difficulty 'odd'."),
        (f"words={'x' * 201}", 422, "These are 201 characters"),
    ],
)
def test_a_search_that_cannot_be_meant_is_said_to_be_so(
    visitor: Visitor, query: str, status: int, said: str
) -> None:
    page = visitor.get(f"/search?{query}")
    assert (page.status, said in page.text) == (status, True)


@pytest.mark.parametrize("words", ['"><script>', "%22", "NEAR(a", "%00", "a OR b", "{{7*7}}"])
def test_no_words_can_do_anything(visitor: Visitor, words: str) -> None:
    page = visitor.get(f"/search?words={words}")
    assert page.status == 200
    assert [tag for tag, _ in Seen(page.html).tags].count("script") == 1
    assert "49" not in page.text


@pytest.mark.parametrize(
    ("text", "words", "piece"),
    [
        ("A lake is free.", "", ("A lake is free.", "", "")),
        ("A *lake* is free.", "is LAKE", ("A ", "lake", " is free.")),
        ("Too\n\n|a|b|\n|-|-|\n\nlate", "b", ("Too late", "", "")),
        (f"{'word ' * 100}end", "", (("word " * 38).strip() + " ...", "", "")),
        (f"{'word ' * 100}end", "end", ("... " + "word " * 12, "end", "")),
        ("x" * 500, "", ("x" * 190 + " ...", "", "")),
    ],
)
def test_a_result_shows_the_piece_with_the_words(
    text: str, words: str, piece: tuple[str, str, str]
) -> None:
    found = search.excerpt(text, words)
    assert (found.before, found.found, found.after) == piece


# A question, a card


@pytest.mark.parametrize(("kind", "number"), list(zip(KINDS, range(4), strict=True)))
def test_a_question_tells_its_key_behind_a_step(visitor: Visitor, kind: Kind, number: int) -> None:
    page = visitor.get(f"/question/d1-{number:03}")
    question = visitor.desk.bank.question(f"d1-{number:03}")
    assert question.kind == kind
    shown, told = open_text(page), html.unescape(hidden(page))
    assert "What should it do?" in shown
    assert all(text in shown for text in question.texts.values())
    for part in (
        "Right",
        "What decides",
        "A page",
        "as of 2026-08-04",
        "Is a lake free?",
        "report",
    ):
        assert part in told
        assert part not in shown
    assert "Not answered" not in told
    assert "You: " not in told
    assert "your answer" not in told


def test_an_ordering_is_never_shown_solved(visitor: Visitor) -> None:
    question = visitor.desk.bank.question("d1-002")
    shown = open_text(visitor.get("/question/d1-002"))
    order = sorted(question.shuffled, key=lambda id: shown.index(question.texts[id]))
    assert tuple(order) != question.key


def test_a_card_tells_its_answer_behind_a_step_and_what_its_source_claims(visitor: Visitor) -> None:
    page = visitor.get("/card/lake")
    assert "Is a lake free?" in open_text(page)
    assert "Early stopping." not in open_text(page)
    for part in ("Early stopping.", "Prices of lakes", "Flashcards on lakes", "A lake is free."):
        assert part in Page(0, "", hidden(page), {}).text, part


@pytest.mark.parametrize("path", ["/question/d1-001", "/card/lake"])
def test_a_text_to_send_is_made_and_nothing_is_sent(visitor: Visitor, path: str) -> None:
    page = visitor.get(f"{path}/report")
    assert path.rpartition("/")[2] in page.text
    assert "sha256" in page.text
    assert "(Say here what is wrong" in page.text
    assert "<form" not in page.html.partition("<main")[2]


@pytest.mark.parametrize("path", ["/question/d1-01", "/card/lak", "/question/..%2f", "/labs/none"])
def test_what_is_not_there_is_said_to_be_so(visitor: Visitor, path: str) -> None:
    page = visitor.get(path)
    assert page.status == 404
    assert "There is no" in page.text


@pytest.mark.parametrize("kind", KINDS)
def test_nothing_that_a_question_or_a_card_holds_can_do_anything(kind: Kind) -> None:
    bad = "</textarea></details><script>alert(1)</script><b id=main>"
    changes = {"stem": f"rises again {bad}", "cards": ("c",), "decides": f"rises again {bad}"}
    question = a_question(kind, "d1-000", **changes)
    card = a_card("c", prompt=bad, answer=bad, common_error=bad)
    bank = a_bank(exam=a_short_exam(), instead=[question], cards=[card])
    with Visitor(Desk(bank)) as visitor:
        for path in (
            *("/question/d1-000", "/question/d1-000/report", "/card/c", "/card/c/report"),
            *("/search?words=script", "/search?what=cards"),
            *(f"/paper/form?exam=mls-c01&questions=10&seed={n}&key=on" for n in range(5)),
        ):
            page = visitor.get(path)
            assert page.status == 200
            seen = Seen(page.html)
            assert [tag for tag, _ in seen.tags].count("script") == 1
            assert not [a for tag, a in seen.tags if tag == "b" and "id" in a]


# Nothing before the end


def sits(visitor: Visitor, questions: list[Question]) -> Page:
    assert visitor.study is not None
    return visitor.sits(a_plan_of(visitor.study, questions))


def test_a_question_of_an_open_attempt_is_withheld_until_its_end(visitor: Visitor) -> None:
    question = visitor.desk.bank.question("d1-002")
    first = sits(visitor, [question])
    for path in ("/question/d1-002", "/question/d1-002/report"):
        page = visitor.get(path)
        assert page.status == 409
        assert "Not before the end" in page.text
        assert "Do collect." not in page.text
        assert first.window.rpartition("/")[0] in page.html
    page = visitor.get("/search?words=collect")
    assert "questions 0" in page.text
    assert "left out until it has ended" in page.text
    visitor.post(f"{first.window}/end")
    assert visitor.get("/question/d1-002").status == 200
    assert "questions 1" in visitor.get("/search?words=collect").text


def test_what_is_withheld_says_nothing_about_the_truth() -> None:
    pages = []
    for right in "ab":
        question = a_single("d1-000", right, topics=[f"{right}/topic"])
        bank = a_bank(exam=a_short_exam(), instead=[question])
        with Visitor(Desk(bank)) as visitor:
            sits(visitor, [question])
            found = ["/question/d1-000", "/question/d1-000/report", "/search?words=because"]
            pages.append([visitor.get(path).html for path in found])
    assert pages[0] == pages[1]


def test_the_key_of_a_form_on_paper_is_withheld_with_its_questions(visitor: Visitor) -> None:
    path = "/paper/form?exam=mls-c01&questions=6&seed=3&key=on"
    assert "The key" in visitor.get(path).text
    assert visitor.study is not None
    place = visitor.study.plan_on_paper("mls-c01", 6, 3).form.places[4]
    sits(visitor, [visitor.desk.bank.question(place.question)])
    page = visitor.get(path)
    assert "The key is left out" in page.text
    assert "Because of" not in page.text


# Corrections


def test_corrections_set_what_is_so_beside_what_was_claimed(visitor: Visitor) -> None:
    page = visitor.get("/corrections")
    for part in (
        "2 items of the decks corrected.",
        "Prices of lakes corrected S1-07, Flashcards on lakes · Stores",
        "A lake is free.",
        "It is not.",
        "A page",
    ):
        assert part in page.text, part
    assert "<strong>is</strong>" in page.html
    assert 'href="/card/lake"' in page.html


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ("deck=S1", 1),
        ("deck=S2", 1),
        ("topic=data", 1),
        ("topic=data/stores", 1),
        ("words=FISH+fast", 1),
        ("words=prices", 1),
        ("words=lake+fish", 0),
        ("exam=mls-c01", 2),
    ],
)
def test_corrections_are_narrowed(visitor: Visitor, query: str, count: int) -> None:
    assert f"{count} item" in visitor.get(f"/corrections?{query}").text


@pytest.mark.parametrize("query", ["deck=S9", "exam=none", "topic=none/at-all"])
def test_a_deck_or_a_topic_that_is_not_there_is_said_to_be_so(visitor: Visitor, query: str) -> None:
    assert visitor.get(f"/corrections?{query}").status == 404


# Labs


def test_the_list_of_labs_says_what_each_takes_and_how_far_one_is(visitor: Visitor) -> None:
    page = visitor.get("/labs")
    lab = REAL.labs[LAB]  # type: ignore[index]
    for part in (lab.title, lab.summary, "Offline it costs nothing; on AWS,", "MLS-C01 1.2, 3.3"):
        assert part in page.text, part
    assert "not started" in page.text
    assert visitor.study is not None
    visitor.study.note_lab(LAB, "checked", checks={check.id: True for check in lab.checks})
    assert "✓ done" in visitor.get("/labs").text


def test_a_lab_shows_its_guide_the_state_of_each_check_and_what_to_type(visitor: Visitor) -> None:
    lab = REAL.labs[LAB]  # type: ignore[index]
    first, second, third, *_ = (check.id for check in lab.checks)
    assert visitor.study is not None
    visitor.study.note_lab(LAB, "checked", checks={first: True, second: True, third: False})
    visitor.study.note_lab(LAB, "checked", checks={first: False})
    visitor.study.note_lab(LAB, "hinted", check=third)
    page = visitor.get(f"/labs/{LAB}")
    assert '<h2 id="part-1">What you will be able to do</h2>' in page.html
    assert "<code>quizengine lab run fault.py\n</code>" in page.html
    assert 'href="https://aws.amazon.com/sagemaker/ai/pricing/"' in page.html
    titles = [check.title for check in lab.checks]
    assert f"Done: {titles[0]} it has held before; not when last looked at" in page.text
    assert f"Done: {titles[1]} Step" in page.text or f"Done: {titles[1]} ○" in page.text
    assert f"To do: {titles[2]} 1 hint seen" in page.text
    assert f"quizengine lab start {LAB} makes your folder" in page.text
    assert page.text.count("2 of 8 checks") == 1


def test_a_lab_that_was_begun_names_the_learners_folder(visitor: Visitor, home: Path) -> None:
    from labs.runner.notes import Notes, Workspace

    Notes(wiring.labs_notes_path()).keep(Workspace(LAB, home / "my labs" / LAB, {}))
    assert f"cd '{home}/my labs/{LAB}'" in visitor.get(f"/labs/{LAB}").text


def test_a_lab_that_did_not_come_along_is_said_not_to(visitor: Visitor) -> None:
    lab = REAL.labs[LAB].model_copy(update={"id": "gone"})  # type: ignore[index]
    bank = visitor.desk.bank
    bank.labs = {**bank.labs, "gone": lab}  # type: ignore[dict-item]
    page = visitor.get("/labs/gone")
    assert page.status == 404
    assert "guide of the lab" in page.text
    assert visitor.get("/labs").text.count("not started") == 2


def test_a_guide_is_divided_at_its_headings() -> None:
    intro, parts = labs.divided(
        "# Title\n\nFirst.\n\n## A `b`\n\n    code\n\n```\n## no\n```\n## C\nd\n"
    )
    assert intro == "First."
    assert [(part.number, part.title) for part in parts] == [(1, "A b"), (2, "C")]
    assert parts[0].text == "    code\n\n```\n## no\n```"
    assert parts[1].text == "d"


@pytest.mark.parametrize("lab", REAL.labs)
def test_every_guide_says_first_how_long_it_takes_and_what_it_costs(lab: str) -> None:
    with Visitor(Desk(REAL)) as visitor:
        page = visitor.get("/labs")
        intro = labs.price(next(line for line in visitor.desk.study().labs() if line.lab.id == lab))
        assert intro.startswith(f"About {REAL.labs[lab].minutes} minutes.")  # type: ignore[index]
        assert "AWS" in intro
        assert " ".join(intro.split()) in page.text
        assert visitor.get(f"/labs/{lab}").status == 200


# Settings


def test_the_settings_are_shown_and_changed(visitor: Visitor, home: Path) -> None:
    page = visitor.get("/settings")
    assert str(home / "settings.toml") in page.text
    assert 'name="new_cards" min="0" max="1000" value="10"' in page.html
    saved = visitor.post("/settings", [("new_cards", "3"), ("plain", "on")])
    assert "Saved." in saved.text
    assert wiring.settings().model_dump() == {"plain": True, "new_cards": 3}
    visitor.post("/settings", [("new_cards", "0")])
    assert wiring.settings().model_dump() == {"plain": False, "new_cards": 0}


@pytest.mark.parametrize("said", ["", "-1", "1001", "x", "1e3", "٣", "9" * 40])
def test_a_setting_that_cannot_be_meant_changes_nothing(visitor: Visitor, said: str) -> None:
    page = visitor.post("/settings", [("new_cards", said), ("plain", "on")])
    assert page.status == 422
    assert "Say a number from 0 to 1000." in page.text
    assert wiring.settings().plain is False


def test_a_file_of_settings_that_cannot_be_read_is_left_alone(visitor: Visitor, home: Path) -> None:
    (home / "settings.toml").write_text("plain = 7\n", encoding="utf-8")
    page = visitor.get("/settings")
    assert page.status == 422
    assert "cannot be read" in page.text
    assert "New cards a day" not in page.text
    assert visitor.post("/settings", [("new_cards", "3")]).status == 422
    assert (home / "settings.toml").read_text(encoding="utf-8") == "plain = 7\n"


def test_another_site_changes_no_setting(visitor: Visitor) -> None:
    foreign = {"sec-fetch-site": "cross-site", "origin": "https://evil.example"}
    page = visitor.post("/settings", [("new_cards", "3")], headers=foreign)
    assert page.status == 403
    assert wiring.settings().new_cards == 10
    assert visitor.another().get("/settings").status == 401


def test_the_look_is_changed_there_too(visitor: Visitor) -> None:
    page = visitor.post("/look", [("back", "/settings"), ("colours", "sepia")])
    assert page.path == "/settings"
    assert 'data-colours="sepia"' in page.html


# On paper


def test_a_form_on_paper_is_drawn_with_a_seed_that_draws_it_again(visitor: Visitor) -> None:
    drawn = visitor.get("/paper/form?exam=mls-c01&questions=6&key=on")
    assert drawn.path.endswith("?exam=mls-c01&questions=6&seed=7&key=on")
    again = visitor.get("/paper/form?exam=mls-c01&questions=6&seed=7&key=on")
    assert again.html == drawn.html
    assert "6 questions, 12 minutes. Seed 7" in again.text
    assert visitor.get("/paper/form?exam=mls-c01&questions=6&seed=8").html != drawn.html
    assert visitor.desk.study().history() == []


def test_the_letters_on_paper_mean_the_choices_beside_them(visitor: Visitor) -> None:
    assert visitor.study is not None
    for seed in range(3):
        page = visitor.get(f"/paper/form?exam=mls-c01&questions=10&seed={seed}&key=on")
        plan = visitor.study.plan_on_paper("mls-c01", 10, seed)
        leaves = re.findall(r'<section class="leaf".*?</section>', page.html, re.S)
        keys = re.findall(r"<b>\d+</b> ([^<]+)</li>", page.html)
        assert len(leaves) == len(keys) == 10
        for leaf, key, place in zip(leaves, keys, plan.form.places, strict=True):
            question = visitor.desk.bank.question(place.question)
            if question.kind == "matching":
                continue
            said = dict(re.findall(r'class="letter">(\w)</span><span>(.*?)</span>', leaf))
            texts = [question.texts[id] for id in question.key]
            if question.kind != "ordering":
                texts = [text for text in said.values() if text in texts]
            assert [said[letter] for letter in key.split(", ")] == texts


def test_a_form_on_paper_betrays_no_key_unless_it_is_asked_for(visitor: Visitor) -> None:
    page = visitor.get("/paper/form?exam=mls-c01&questions=10&seed=1")
    assert "Answer sheet" in page.text
    for part in ("The key", "Because of", "What decides", "decides"):
        assert part not in page.html


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("", 404),
        ("exam=none", 404),
        ("exam=mls-c01&questions=0", 422),
        ("exam=mls-c01&questions=1001", 422),
        ("exam=mls-c01&questions=999", 422),
        ("exam=mls-c01&questions=x", 422),
        ("exam=mls-c01&questions=6&seed=-1", 422),
        ("exam=mls-c01&questions=6&seed=99999999999", 422),
    ],
)
def test_a_form_that_cannot_be_drawn_is_said_to_be_so(
    visitor: Visitor, query: str, status: int
) -> None:
    assert visitor.get(f"/paper/form?{query}").status == status


def test_a_result_is_printed_whole_or_what_was_wrong_of_it(visitor: Visitor) -> None:
    questions = [a_single("d1-010", "a"), a_single("d1-011", "b")]
    assert isinstance(visitor.desk.bank, LoadedBank)
    visitor.desk.bank.questions |= {question.id: question for question in questions}
    page = sits(visitor, questions)
    page = visitor.press(page, "stay", note="<b>look</b>")
    result = visitor.post(f"{page.window}/end").path
    assert f'href="{result}/paper"' in visitor.get(result).html
    page = visitor.get(f"{result}/paper")
    for part in ("your result", "0 of 2 scored", "Left blank.", "Because of a.", "<b>look</b>"):
        assert part in page.text, part
    assert page.html.count('class="leaf"') == 2
    assert visitor.get(f"{result}/paper?only=flagged").html.count('class="leaf"') == 0
    assert visitor.get("/result/ffffffff/paper").status == 404


def test_an_open_attempt_is_not_printed(visitor: Visitor) -> None:
    attempt = visitor.start().window.split("/")[2]
    page = visitor.get(f"/result/{attempt}/paper")
    assert page.status == 422
    assert "still open" in page.text
