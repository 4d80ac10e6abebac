"""The loader: what it reads, and how it names what it cannot read."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from quizengine.errors import ContentError
from quizengine.lab import LabId
from quizengine.storage import files
from tests.adapters.samples import CARD, EXAM, FIGURE, LAB, SOURCES, question, write, write_content

DUCK = "bank/water/duck-on-a-pond.toml"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return write_content(tmp_path / "questions")


def problems(root: Path) -> list[str]:
    with pytest.raises(ContentError) as caught:
        files.load(root)
    return list(caught.value.problems)


def test_everything_in_the_folder_is_loaded(root: Path) -> None:
    bank = files.load(root)
    assert list(bank.questions) == [
        "duck-on-a-pond",
        "duckling-steps",
        "hawk-gone",
        "hawk-matches",
        "two-ducks",
    ]
    assert bank.cards() == ["mallard-food", "teal-size"]
    assert list(bank.topics) == ["water/ducks", "air/hawks"], "in the order of the file"
    assert bank.topics[next(iter(bank.topics))].area == "Water birds"
    assert list(bank.exams) == ["brd-c01"]


def test_every_file_of_the_bank_is_listed(root: Path) -> None:
    names = [path.relative_to(root).as_posix() for path in files.content_files(root)]
    assert names[:3] == ["topics.toml", "exams/brd-c01.toml", "cards/water/mallard-food.toml"]
    assert len(names) == 9


def test_a_question_serves_the_exams_of_its_first_topic(root: Path) -> None:
    bank = files.load(root)
    assert bank.question("duck-on-a-pond").exams == {"brd-c01": "1.1"}
    assert bank.question("hawk-matches").exams == {"brd-c01": "2.1", "brd-c02": "1.2"}


def test_a_question_that_names_its_exams_serves_only_those(root: Path) -> None:
    write(root / DUCK, question(head='exams = { brd-c02 = "3.1" }'))
    assert files.load(root).question("duck-on-a-pond").exams == {"brd-c02": "3.1"}


def test_a_question_of_an_unknown_topic_serves_no_exam(root: Path) -> None:
    """Rules Q001 and Q003 name it."""
    write(root / DUCK, question(topic="water/swans"))
    assert files.load(root).question("duck-on-a-pond").exams == {}


def test_line_ends_of_windows_change_no_question(root: Path) -> None:
    before = files.load(root).question("duck-on-a-pond").digest()
    path = root / DUCK
    path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    assert files.load(root).question("duck-on-a-pond").digest() == before


Edit = Callable[[str], str]


def without(line: str) -> Edit:
    """The file without the first line that begins so."""

    def edit(text: str) -> str:
        lines = text.splitlines(keepends=True)
        lines.remove(next(each for each in lines if each.startswith(line)))
        return "".join(lines)

    return edit


def after(text: str) -> Edit:
    return lambda before: before + text


def replaced(old: str, new: str) -> Edit:
    def edit(text: str) -> str:
        assert old in text
        return text.replace(old, new, 1)

    return edit


@pytest.mark.parametrize(
    ("edit", "named"),
    [
        (without("difficulty"), ["difficulty: missing"]),
        (without("kind"), ["kind: missing; one of single, multiple, ordering, matching"]),
        (without("why"), ["options.0.why: missing"]),
        (replaced("decides", "decide"), ["decides: missing", "decide: unknown key"]),
        (replaced('"single"', '"riddle"'), ["kind: Input tag 'riddle'", "'matching'"]),
        (replaced('"single"', "7"), ["kind: "]),
        (replaced('"single"', '["single"]'), ["kind: "]),
        (replaced('"single"', '"multiple"'), ["file: a multiple has 5 or 6 options"]),
        (replaced('"easy"', '"trivial"'), ["difficulty: ", "(found 'trivial')"]),
        (replaced('"water/ducks"', '"Ducks"'), ["topics.0: ", "(found 'Ducks')"]),
        (replaced('["water/ducks"]', "[{ a = 1 }]"), ["topics.0: "]),
        (replaced('["water/ducks"]', "7"), ["topics: "]),
        (replaced('["water/ducks"]', "[]"), ["topics: "]),
        (without("topics"), ["topics: missing"]),
        (replaced("2026-01-02", '"2 January"'), ["verified_on: ", "(found '2 January')"]),
        (replaced("2026-01-02", "2026-01-02T10:00:00Z"), ["verified_on: "]),
        (replaced("https://", "http://"), ["references.0.url: "]),
        (
            lambda text: after("verified_on = 2026-01-02\n")(without("verified_on")(text)),
            [
                "verified_on: missing",
                "options.3.verified_on: unknown key; a top-level key stands before the first",
            ],
        ),
        (replaced('trap = "stage"', 'trap = "mouse"'), ["options.1.trap: ", "(found 'mouse')"]),
        (without("trap"), ["options.1: a wrong option names its trap: boundary"]),
        (replaced("wrong-1", "wrong-0"), ["file: given twice: wrong-0"]),
        (replaced("kind =", 'id = "duck"\nkind ='), ["id: not a key; the file's name is the id"]),
        (after("why = 'again'\n"), [f"{DUCK}: Cannot overwrite a value"]),
        (after("]["), [f"{DUCK}: Invalid"]),
        (after(f"deep = {'[' * 5_000}"), [f"{DUCK}: is nested too deeply"]),
        (after(f"deep = {'{a=' * 5_000}"), [f"{DUCK}: is nested too deeply"]),
        (after(f"{'a.' * 2_000}b = 1"), [f"{DUCK}: is nested too deeply"]),
        (after(f"# {'x' * 100_000}"), [f"{DUCK}: ", "a content file has at most 40,000"]),
        (after(f"n = {'9' * 5_000}"), [f"{DUCK}: "]),
        (lambda text: "", ["kind: missing"]),
    ],
)
def test_a_bad_question_is_named_with_its_path_and_key(
    root: Path, edit: Edit, named: list[str]
) -> None:
    path = root / DUCK
    write(path, edit(question()))
    found = problems(root)
    assert all(line.startswith(f"{DUCK}: ") for line in found)
    for words in named:
        assert any(words in line for line in found), found


def test_a_file_that_is_not_utf_8_is_named(root: Path) -> None:
    (root / DUCK).write_bytes(question().encode("utf-16"))
    (found,) = problems(root)
    assert found.startswith(f"{DUCK}: ")
    assert "utf-8" in found


def test_a_folder_with_the_name_of_a_file_is_named(root: Path) -> None:
    (root / DUCK).unlink()
    (root / DUCK).mkdir()
    assert problems(root) == [f"{DUCK}: cannot be read: Is a directory"]


def test_an_id_given_in_two_areas_is_named_with_both_files(root: Path) -> None:
    write(root / "bank/air/two-ducks.toml", question())
    assert problems(root) == [
        "bank/water/two-ducks.toml: the id is taken by bank/air/two-ducks.toml"
    ]


def test_a_card_and_a_question_may_have_the_same_id(root: Path) -> None:
    write(root / "bank/water/teal-size.toml", question())
    assert files.load(root).question("teal-size").id == "teal-size"


@pytest.mark.parametrize(
    ("edit", "named"),
    [
        (without("answer"), "answer: missing"),
        (after('colour = "green"'), "colour: unknown key"),
        (after('id = "teal"'), "id: not a key; the file's name is the id"),
        (
            after('[[sources]]\nitem = "S1-01"\nverdict = "corrected"'),
            "sources.0: S1-01 is corrected: say what it claimed and what is true",
        ),
    ],
)
def test_a_bad_card_is_named_with_its_path_and_key(root: Path, edit: Edit, named: str) -> None:
    write(root / "cards/water/teal-size.toml", edit(CARD))
    assert problems(root) == [f"cards/water/teal-size.toml: {named}"]


@pytest.mark.parametrize(
    ("edit", "named"),
    [
        (replaced("weight = 60", "weight = 61"), "file: the domains' weights do not sum to 100"),
        (replaced("assumed = 1, ", ""), "formats.0.unscored: an unknown figure, and only that"),
        (replaced("[sources.guide]", "[sources.other]"), "file: no such source: guide"),
        (replaced("name =", 'code = "x"\nname ='), "code: not a key; the file's name is the id"),
        (replaced("minutes = {", "hours = {"), "formats.0.hours: unknown key"),
    ],
)
def test_a_bad_exam_is_named_with_its_path_and_key(root: Path, edit: Edit, named: str) -> None:
    write(root / "exams/brd-c01.toml", edit(EXAM))
    found = problems(root)
    assert all(line.startswith("exams/brd-c01.toml: ") for line in found)
    assert any(named in line for line in found), found


@pytest.mark.parametrize(
    ("edit", "named"),
    [
        (replaced('title = "Ducks"\n', ""), "water.ducks.title: missing"),
        (replaced('title = "Water birds"\n', ""), "water.ducks.area: "),
        (replaced("scope =", "range ="), "water.ducks.range: unknown key"),
        (replaced('"1.1"', '"one"'), "water.ducks.exams.brd-c01: "),
        (replaced("scope =", 'id = "air/hawks"\nscope ='), "water.ducks.id: not a key"),
        (replaced("scope =", 'area = "Air"\nscope ='), "water.ducks.area: not a key"),
        (replaced("[water.ducks]", "swans = 1\n[water.ducks]"), "water.swans: a topic is a table"),
        (replaced("[water]", "swans = 1\n[water]"), "swans: an area is a table"),
        (after("=="), "Invalid"),
    ],
)
def test_a_bad_topic_is_named_with_its_key(root: Path, edit: Edit, named: str) -> None:
    path = root / "topics.toml"
    write(path, edit(path.read_text(encoding="utf-8")))
    found = problems(root)
    assert any(line.startswith(f"topics.toml: {named}") for line in found), found


def test_a_folder_without_topics_is_named(root: Path) -> None:
    (root / "topics.toml").unlink()
    assert problems(root) == ["topics.toml: cannot be read: No such file or directory"]


def test_all_problems_of_all_files_are_named_at_once(root: Path) -> None:
    write(root / DUCK, "kind = ")
    write(root / "bank/air/hawk-gone.toml", without("stem")(without("decides")(question())))
    write(root / "cards/water/teal-size.toml", without("prompt")(CARD))
    write(root / "exams/brd-c01.toml", replaced("weight = 60", "weight = 61")(EXAM))
    assert sorted(line.split(": ")[0] for line in problems(root)) == [
        "bank/air/hawk-gone.toml",
        "bank/air/hawk-gone.toml",
        DUCK,
        "cards/water/teal-size.toml",
        "exams/brd-c01.toml",
    ]
    with pytest.raises(ContentError) as caught:
        files.load(root)
    assert "5 problems" in caught.value.message
    assert DUCK in caught.value.message
    assert "TEMPLATE.toml" in (caught.value.hint or "")


def test_a_long_list_of_problems_says_how_many_more_there_are(root: Path) -> None:
    for n in range(30):
        write(root / f"bank/water/bad-{n}.toml", without("difficulty")(question()))
    with pytest.raises(ContentError, match=r"30 problems[\s\S]*and 10 more"):
        files.load(root)


# What lint compares the bank to

SERVICES = """
[duck-call]
name = "Duck Call"
state = "ended"
since = 2026-01-01
names = ["Duck Call", "DuckCall"]
as_of = "unknown"

[nest-box]
name = "Nest Box"
state = "part-closed"
since = "unknown"
names = ["Nest Box"]
parts = ["egg counting"]
as_of = 2026-01-02
"""


@pytest.fixture
def compared(root: Path) -> Path:
    write(root / "sources.toml", SOURCES)
    write(root / "services.toml", SERVICES)
    return root


def test_sources_and_services_are_loaded(compared: Path) -> None:
    bank = files.load(compared)
    assert list(bank.sources.items) == ["S1-01", "S1-02"]
    assert (bank.sources.items["S1-02"].verdict, bank.sources.items["S1-02"].ask) == (
        "sharpened",
        "no",
    )
    assert bank.sources.gaps["G1-01"].exams == {"brd-c01": ("1.1",)}
    assert list(bank.services) == ["duck-call", "nest-box"]
    assert bank.services["duck-call"].since == date(2026, 1, 1)
    assert bank.services["nest-box"].parts == ("egg counting",)


def test_a_folder_may_do_without_sources_services_and_figures(root: Path) -> None:
    bank = files.load(root)
    assert not bank.sources.items
    assert not bank.services
    assert not bank.figures


def test_a_figure_is_a_picture_with_its_words_and_numbers(root: Path) -> None:
    for name, text in {"a-duck.svg": "", "a-duck.toml": FIGURE, "notes.md": ""}.items():
        write(root / "figures" / name, text)
    (figure,) = files.load(root).figures.values()
    assert (figure.id, figure.rows) == ("a-duck", (("1", "2"),))


@pytest.mark.parametrize(
    ("found", "named"),
    [
        ({"a-duck.svg": ""}, "figures/a-duck.svg: there is no a-duck.toml beside it"),
        ({"a-duck.toml": FIGURE}, "figures/a-duck.toml: there is no a-duck.svg beside it"),
        ({"a-duck.svg": "", "a-duck.toml": "alt = 1"}, "figures/a-duck.toml: title: missing"),
    ],
)
def test_half_a_figure_is_named(root: Path, found: dict[str, str], named: str) -> None:
    for name, text in found.items():
        write(root / "figures" / name, text)
    assert named in problems(root)


def test_labs_are_read_in_their_order_where_a_catalogue_is_named(
    root: Path, tmp_path: Path
) -> None:
    write(tmp_path / "catalog/ring_ducks/lab.toml", LAB)
    write(tmp_path / "catalog/feed_ducks/lab.toml", replaced("order = 2", "order = 1")(LAB))
    write(tmp_path / "catalog/drafts/notes.md", "")
    bank = files.load(root, tmp_path / "catalog")
    assert list(bank.labs) == ["feed_ducks", "ring_ducks"]
    assert [check.id for check in bank.labs[LabId("ring_ducks")].checks] == ["ringed"]
    assert files.load(root).labs == {}


@pytest.mark.parametrize(
    ("edit", "named"),
    [
        (replaced("order = 2", "order = 0"), "ring_ducks/lab.toml: order: "),
        (replaced("order = 2", "order = 1"), "ring_ducks/lab.toml: order: feed_ducks stands at 1"),
        (replaced('title = "Ring ducks"', ""), "ring_ducks/lab.toml: title: missing"),
        (replaced("minutes = 20", "minutes = 0"), "ring_ducks/lab.toml: minutes: "),
    ],
)
def test_a_lab_that_cannot_be_is_named_with_its_place(
    root: Path, tmp_path: Path, edit: Callable[[str], str], named: str
) -> None:
    write(tmp_path / "catalog/feed_ducks/lab.toml", replaced("order = 2", "order = 1")(LAB))
    write(tmp_path / "catalog/ring_ducks/lab.toml", edit(LAB))
    with pytest.raises(ContentError) as refused:
        files.load(root, tmp_path / "catalog")
    (problem,) = refused.value.problems
    assert named in problem


@pytest.mark.parametrize(
    ("edit", "named"),
    [
        (replaced('"as-is"', '"so-so"'), "items.S1-01.verdict: "),
        (replaced('ask = "yes"', 'asks = "yes"'), "items.S1-01.ask: missing"),
        (replaced('"S1-02" =', '"X1-02" ='), "items.X1-02"),
        (replaced('same_as = "S1-01"', 'same_as = "S1-09"'), "file: S1-02 is the same as S1-09"),
        (replaced("[gaps]", "[holes]"), "holes: unknown key"),
        (after("=="), "Invalid"),
    ],
)
def test_a_bad_source_is_named_with_its_key(compared: Path, edit: Edit, named: str) -> None:
    write(compared / "sources.toml", edit(SOURCES))
    found = problems(compared)
    assert any(line.startswith(f"sources.toml: {named}") for line in found), found


@pytest.mark.parametrize(
    ("edit", "named"),
    [
        (replaced('"ended"', '"over"'), "duck-call.state: "),
        (replaced("as_of =", "read ="), "duck-call.as_of: missing"),
        (replaced('parts = ["egg counting"]\n', ""), "nest-box.file: parts are named where"),
        (replaced('names = ["Nest Box"]', 'names = ["Duck Call", "Nest Box"]'),
         "nest-box.names: duck-call has 'Duck Call' already"),
        (replaced("[duck-call]\n", '[duck-call]\nid = "duck"\n'), "duck-call.id: not a key"),
        (lambda text: "pond = 1\n" + text, "pond: a service is a table"),
        (replaced("[nest-box]", "[Nest_Box]"), "Nest_Box.id: "),
        (after("=="), "Invalid"),
    ],
)  # fmt: skip
def test_a_bad_service_is_named_with_its_key(compared: Path, edit: Edit, named: str) -> None:
    write(compared / "services.toml", edit(SERVICES))
    found = problems(compared)
    assert any(line.startswith(f"services.toml: {named}") for line in found), found


def test_sources_and_figures_are_part_of_what_is_compiled_and_services_are_not(
    compared: Path,
) -> None:
    write(compared / "figures/a-duck.toml", FIGURE)
    names = {path.name for path in files.content_files(compared)}
    assert {"sources.toml", "a-duck.toml"} <= names
    assert "services.toml" not in names  # only the lint asks for them
