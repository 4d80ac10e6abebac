"""Every lab of the catalogue: what it names is there, and what its guide says is so."""

from __future__ import annotations

import ast
import importlib
import inspect
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from labs.errors import BadLab, LabsError
from labs.lab import Lab, lab_from_toml
from labs.runner import catalogue
from labs.runner.cleaning import KINDS
from labs.runner.estates import ESTATE, kinds_of
from quizengine import search
from quizengine.bank import LoadedBank, find_exam
from quizengine.storage import files
from tests.builders import Desk

ROOT = Path(__file__).parents[3]
LABS = [catalogue.load(slug) for slug in catalogue.slugs()]
each_lab = pytest.mark.parametrize("lab", LABS, ids=lambda lab: lab.slug)


@pytest.fixture(scope="module")
def bank() -> LoadedBank:
    return files.load(ROOT / "questions", catalogue.CATALOGUE)


def test_the_core_and_the_labs_read_the_same_catalogue(bank: LoadedBank) -> None:
    in_order = sorted(LABS, key=lambda lab: lab.order)
    assert list(bank.labs) == [lab.slug for lab in in_order]
    for mine, theirs in zip(in_order, bank.labs.values(), strict=True):
        assert (mine.title, mine.minutes) == (theirs.title, theirs.minutes)
        assert [check.id for check in mine.checks] == [check.id for check in theirs.checks]


@each_lab
def test_what_a_lab_names_is_in_the_bank(lab: Lab, bank: LoadedBank) -> None:
    for code, tasks in lab.exams.items():
        known = {task.id for domain in find_exam(bank, code).domains for task in domain.tasks}
        assert set(tasks) <= known
    assert set(lab.topics) <= set(bank.topics)
    assert set(lab.cards) <= set(bank.cards())
    assert lab.cards
    for id in lab.questions:
        question = bank.question(id)
        assert question.withdrawn is None
        assert question.lab in (None, lab.slug)
    named = {question.id for question in bank.questions.values() if question.lab == lab.slug}
    assert named <= set(lab.questions), "the lab's list lacks questions that name it"


@each_lab
def test_what_a_lab_asks_before_and_after_can_be_asked(lab: Lab, bank: LoadedBank) -> None:
    """Three of the bank, of its topics, all in one exam that it serves, none a secret of the last
    mocks."""
    asked = [bank.question(id) for id in lab.asks]
    assert len(asked) == 3, f"{lab.slug}: asks = three questions"
    for question in asked:
        assert question.withdrawn is None
        assert set(question.topics) & set(lab.topics), f"{question.id}: is of no topic of the lab"
        assert question.id not in search.kept_back(bank)
    assert any(all(code in question.exams for question in asked) for code in lab.exams)
    study = Desk(bank).study()
    for again in (False, True):
        plan = study.plan_lab(lab.slug, again=again)
        assert {place.question for place in plan.form.places} == set(lab.asks)


def test_no_lab_takes_down_what_another_made() -> None:
    prefixes = [lab.prefix for lab in LABS]
    for one in prefixes:
        assert not [other for other in prefixes if other.startswith(f"{one}-")]


@each_lab
def test_every_check_has_its_function_and_every_function_its_check(lab: Lab) -> None:
    module = importlib.import_module(f"labs.catalog.{lab.slug}.checks")
    public = {
        name
        for name, function in inspect.getmembers(module, inspect.isfunction)
        if function.__module__ == module.__name__ and not name.startswith("_")
    }
    assert public == {check.function for check in lab.checks}


@each_lab
def test_no_script_knows_where_it_runs(lab: Lab) -> None:
    """The same text runs on AWS: no address, no account, no word of the offline cloud."""
    given = [text.decode() for name, text in catalogue.given(lab).items() if name.endswith(".py")]
    solutions = [catalogue.solution(lab, kind).read_text("utf-8") for kind in catalogue.SOLUTIONS]
    for text in [*given, *solutions]:
        for word in ("endpoint_url", "AWS_ENDPOINT", "localhost", "127.0.0.1", "123456789012"):
            assert word not in text
        assert "quizengine" not in imported(text)
        assert "labs" not in imported(text)


def imported(text: str) -> set[str]:
    """The packages that a script imports."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Import):
            found |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            found.add((node.module or "").partition(".")[0])
    return found


# The guide


def sections(text: str) -> dict[str, str]:
    """Heading to text, of the second level."""
    parts = re.split(r"^## (.+)$", text, flags=re.MULTILINE)[1:]
    return dict(zip(parts[::2], parts[1::2], strict=True))


def commands(text: str) -> Iterator[str]:
    """What the learner is told to type: lines of their own, and words in backticks."""
    yield from re.findall(r"^    (quizengine .+)$", text, re.MULTILINE)
    yield from re.findall(r"`(quizengine [^`]+)`", text)


@each_lab
def test_a_guide_has_its_parts_and_its_steps(lab: Lab) -> None:
    text = catalogue.guide(lab)
    assert text.startswith(f"# {lab.title}\n")
    assert f"About {lab.minutes} minutes." in text
    found = sections(text)
    assert {
        "What you will be able to do",
        "The theory on a page",
        "What to remember for the exam",
        "What it would cost on AWS",
        "Taking it down",
    } <= set(found)
    told = [title.partition(": ")[2].lower() for title in found if title.startswith("Step ")]
    assert told == [step.title.lower() for step in lab.steps]


@each_lab
def test_a_guide_names_the_tasks_cards_and_questions_that_lab_toml_has(lab: Lab) -> None:
    text = catalogue.guide(lab)
    (tasks,) = re.findall(r"^Exam tasks: (.+)\.$", text, re.MULTILINE)
    told = {}
    for part in tasks.split("; "):
        code, *numbers = part.replace(" and ", " ").replace(",", " ").split()
        told[code.lower()] = tuple(numbers)
    assert told == dict(lab.exams)
    remember = " ".join(sections(text)["What to remember for the exam"].split())
    assert f"Cards: {', '.join(lab.cards)}." in remember
    assert f"Questions: {', '.join(lab.questions)}." in remember


@each_lab
def test_the_price_in_a_guide_is_dated_and_has_a_source(lab: Lab) -> None:
    cost = sections(catalogue.guide(lab))["What it would cost on AWS"]
    assert re.search(r"as of\s+20\d\d-\d\d-\d\d", cost)
    assert "](https://aws.amazon.com/" in cost


@each_lab
def test_every_command_of_a_guide_exists(lab: Lab) -> None:
    from docs.make_cli import commands as all_commands

    known = {
        words: {param.opts[0] for param in ctx.command.params} for words, ctx in all_commands()
    }
    found = list(commands(catalogue.guide(lab)))
    assert any(command.startswith("quizengine lab check") for command in found)
    for command in found:
        words = " ".join(re.findall(r"[a-z]+", command)[:3])
        options = set(re.findall(r"--[a-z-]+", command))
        assert options <= known[words], command


@each_lab
def test_every_file_that_a_guide_names_is_there(lab: Lab) -> None:
    """Scripts are in the workspace; what the learner is to write is told under the prefix."""
    named = set(re.findall(r"`([\w./-]+\.(?:py|md))`", catalogue.guide(lab)))
    assert {"starter.py"} <= named
    assert named <= set(catalogue.given(lab))
    functions = set(re.findall(r"Write `(\w+)\(\)`", catalogue.guide(lab)))
    starter = catalogue.given(lab)["starter.py"].decode()
    defined = {n.name for n in ast.walk(ast.parse(starter)) if isinstance(n, ast.FunctionDef)}
    assert functions
    assert functions == defined


# A lab.toml that is not as it must be

LAB = """
order = 1
title = "A lab"
summary = "What it is about."
minutes = 30
exams = { mls-c01 = ["3.3"] }
topics = ["algorithms/xgboost"]

[[steps]]
id = "one"
title = "The first"

[[checks]]
id = "it-is-so"
step = "one"
title = "It is so"
hints = ["Look."]
"""


def test_a_lab_is_read_from_its_file() -> None:
    lab = lab_from_toml(LAB, "a_lab")
    assert (lab.prefix, lab.checks[0].function) == ("a-lab", "it_is_so")
    assert lab.targets == ("offline", "aws")


def test_what_changes_an_estate_is_looked_for_of_labs_that_are_offline_alone() -> None:
    """Others make nothing of the kind, and on AWS may not look for it."""
    here = lab_from_toml(LAB.replace("order = 1", 'order = 1\ntargets = ["offline"]'), "a_lab")
    assert kinds_of(here).keys() == KINDS.keys() | ESTATE.keys()
    for lab in LABS:
        assert (kinds_of(lab) is KINDS) == ("aws" in lab.targets)


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("order = 1", "order =", "labs/catalog/a_lab/lab.toml is not TOML"),
        ("minutes = 30", "", "lab.toml: minutes: Field required"),
        ("minutes = 30", "minutes = '30'", "lab.toml: minutes: Input should be a valid integer"),
        ("minutes = 30", "minutes = 30\nhours = 1", "lab.toml: hours: Extra inputs"),
        ("minutes = 30", "minutes = 30\ntargets = ['moon']", "lab.toml: targets.0: Input should"),
        ("minutes = 30", "minutes = 30\ntargets = []", "targets: Tuple should have at least 1"),
        ('id = "it-is-so"', 'id = "It is"', "lab.toml: checks.0.id: String should match"),
        ('step = "one"', 'step = "two"', "the check it-is-so belongs to two, which is no step"),
        ('hints = ["Look."]', "hints = []", "checks.0.hints: Tuple should have at least 1 item"),
        (
            "[[checks]]",
            '[[steps]]\nid = "one"\ntitle = "Again"\n[[checks]]',
            "one stands there twice",
        ),
    ],
)
def test_a_file_that_is_not_as_it_must_be_is_one_clear_error(old: str, new: str, says: str) -> None:
    assert old in LAB
    with pytest.raises(BadLab, match=re.escape(says)) as refused:
        lab_from_toml(LAB.replace(old, new, 1), "a_lab")
    assert refused.value.hint == "Correct the file."


def test_a_lab_that_is_not_there_is_named_with_a_close_one() -> None:
    with pytest.raises(LabsError, match="no lab called 'train_xgbost'") as refused:
        catalogue.load("train_xgbost")
    assert refused.value.hint == "Did you mean train_xgboost?"
    with pytest.raises(LabsError) as refused:
        catalogue.load("../../../etc")
    assert refused.value.hint == f"There are: {', '.join(sorted(catalogue.slugs()))}."
    assert catalogue.load("Train-XGBoost").slug == "train_xgboost"
