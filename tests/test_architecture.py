"""The picture of the house holds: read off the source, and off what `--help` imports."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "quizengine"
SOURCES = {
    path.relative_to(ROOT).as_posix(): path.read_text(encoding="utf-8")
    for path in sorted(PACKAGE.rglob("*.py"))
}
LABS = {
    path.relative_to(ROOT).as_posix(): path.read_text(encoding="utf-8")
    for path in sorted((ROOT / "labs").rglob("*.py"))
}
PURE_IN_LABS = [name for name in LABS if name.count("/") == 1]
OPEN_TO_THE_WORLD = ("quizengine/wiring.py", "quizengine/__main__.py")
PURE = [
    name
    for name in SOURCES
    if (name.count("/") == 1 and name not in OPEN_TO_THE_WORLD)
    or name.startswith("quizengine/computed/")
]
ABOUT_LABS = (
    *(
        f"quizengine/cli/{command}.py"
        for command in (
            "lab",
            "labaws",
            "lableft",
            "labplan",
            "labshown",
            "cloud",
            "infra",
            "doctor",
            "proof",
        )
    ),
    "quizengine/web/pages/labs.py",
)
SHELL_FILES = [name for name in SOURCES if name.split("/")[1] in ("cli", "tui", "web")]

THE_WORLD = {
    "asyncio", "ctypes", "getpass", "glob", "http", "io", "locale", "logging", "multiprocessing",
    "os", "pathlib", "platform", "requests", "secrets", "select", "shutil", "signal", "socket",
    "sqlite3", "ssl", "subprocess", "sys", "tempfile", "threading", "time", "tomllib", "urllib",
    "uuid", "boto3", "click", "jinja2", "platformdirs", "starlette", "textual",
}  # fmt: skip
SHELLS = {f"quizengine.{name}" for name in ("storage", "cli", "tui", "web", "wiring")}
WHAT_A_SHELL_MAY_KNOW = {
    f"quizengine.{name}"
    for name in (
        "study", "wiring", "errors", "terms", "attempt", "form", "exam", "question", "content",
        "scoring", "bank", "rules", "card", "topic", "practice", "progress", "schema", "outcome",
        "record", "words", "deck", "schedule", "corrections", "census", "objection", "figure",
        "source", "lab", "agenda", "outlook", "hindsight", "closure", "cli",
        "tui", "web",
    )
} | {"quizengine.__version__"}  # fmt: skip
CLOCKS = {
    "time.time", "time.time_ns", "time.monotonic", "time.monotonic_ns", "time.perf_counter",
    "time.perf_counter_ns", "time.clock_gettime", "time.clock_gettime_ns", "time.process_time",
    "time.localtime", "time.gmtime", "time.ctime", "datetime.datetime.now",
    "datetime.datetime.utcnow", "datetime.datetime.today", "datetime.date.today",
}  # fmt: skip
DICE = {
    "random.SystemRandom", "random.seed", "random.random", "random.randrange", "random.randint",
    "random.choice", "random.choices", "random.sample", "random.shuffle", "random.uniform",
}  # fmt: skip
LOADED_BY_THE_COMMAND_THAT_NEEDS_IT = (
    "pydantic", "sqlite3", "asyncio", "textual", "starlette", "jinja2", "boto3", "markdown_it",
    "fsrs", "numpy", "uvicorn", "nh3",
)  # fmt: skip


# Reading a source


def imported(source: str) -> set[str]:
    """Every module or name that is imported anywhere in it, dotted: `from a import b` is a.b."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            names.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "relative imports hide what is imported"
            names.update(f"{node.module}.{alias.name}" for alias in node.names)
    return names


def lies_in(name: str, modules: set[str]) -> bool:
    """Whether a dotted name is one of the modules or something inside one."""
    parts = name.split(".")
    return any(".".join(parts[:n]) in modules for n in range(1, len(parts) + 1))


def imports_of(source: str, modules: set[str]) -> set[str]:
    return {name for name in imported(source) if lies_in(name, modules)}


def dotted(node: ast.expr) -> str | None:
    """`a.b.c` of an attribute of an attribute of a name."""
    match node:
        case ast.Name():
            return node.id
        case ast.Attribute():
            before = dotted(node.value)
            return None if before is None else f"{before}.{node.attr}"
    return None


def used(source: str) -> Iterator[str]:
    """Every name used, under the full name that the imports give it."""
    tree = ast.parse(source)
    full: dict[str, str] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            full |= {alias.asname or alias.name: alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            full |= {
                alias.asname or alias.name: f"{node.module}.{alias.name}" for alias in node.names
            }
    for node in ast.walk(tree):
        if isinstance(node, ast.Name | ast.Attribute):
            name = dotted(node)
            if name is not None:
                first, *others = name.split(".")
                yield ".".join([full.get(first, first), *others])


def uses_of(source: str, names: set[str]) -> set[str]:
    return {name for name in used(source) if name in names}


def calls(source: str) -> Iterator[ast.Call]:
    return (node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call))


def called(source: str, functions: set[str]) -> set[str]:
    return {name for call in calls(source) if (name := dotted(call.func)) in functions}


def errors_without_a_way_out(source: str) -> list[str]:
    """Errors of the kinds that are given their words on the spot, and were given no hint."""
    given_words = {"QuizengineError", "BadRequest", "AttemptError", "StoreError"}
    given_words |= {f"Store{kind}" for kind in ("Full", "Damaged", "Newer", "Busy")}
    return [
        ast.unparse(call)
        for call in calls(source)
        if dotted(call.func) in given_words
        and len(call.args) + len(call.keywords) < 2
        and not any(isinstance(argument, ast.Starred) for argument in call.args)
    ]


# What must hold

each_pure_file = pytest.mark.parametrize("name", PURE)
each_file = pytest.mark.parametrize("name", SOURCES)


def test_the_source_was_found() -> None:
    assert {"quizengine/study.py", "quizengine/form.py", "quizengine/question.py"} <= set(PURE)
    assert {"labs/errors.py", "labs/cloud/wire.py"} <= set(LABS)
    assert "labs/errors.py" in PURE_IN_LABS
    assert "quizengine/cli/__init__.py" in SHELL_FILES


@each_pure_file
def test_a_file_directly_in_the_package_imports_no_shell_and_no_storage(name: str) -> None:
    assert not imports_of(SOURCES[name], SHELLS)


@each_pure_file
def test_a_file_directly_in_the_package_imports_nothing_that_touches_the_world(name: str) -> None:
    assert not imports_of(SOURCES[name], THE_WORLD)


@each_pure_file
def test_a_file_directly_in_the_package_opens_and_prints_nothing(name: str) -> None:
    assert not called(SOURCES[name], {"open", "print", "input", "exec", "eval", "__import__"})


@each_pure_file
def test_a_file_directly_in_the_package_throws_no_dice_of_its_own(name: str) -> None:
    assert not uses_of(SOURCES[name], DICE)


@each_file
def test_only_wiring_reads_a_clock(name: str) -> None:
    if name != "quizengine/wiring.py":
        assert not uses_of(SOURCES[name], CLOCKS)


@pytest.mark.parametrize("name", SHELL_FILES)
def test_a_shell_knows_the_study_and_its_nouns_and_never_the_storage(name: str) -> None:
    ours = imports_of(SOURCES[name], {"quizengine"})
    assert not {one for one in ours if not lies_in(one, WHAT_A_SHELL_MAY_KNOW)}


@pytest.mark.parametrize("name", [n for n in SHELL_FILES if not n.startswith("quizengine/cli/")])
def test_only_the_commands_open_another_shell(name: str) -> None:
    own = f"quizengine.{name.split('/')[1]}"
    assert not imports_of(SOURCES[name], {f"quizengine.{s}" for s in ("cli", "tui", "web")} - {own})


@each_file
def test_only_wiring_imports_the_storage(name: str) -> None:
    if name != "quizengine/wiring.py" and not name.startswith("quizengine/storage/"):
        assert not imports_of(SOURCES[name], {"quizengine.storage"})


@each_file
def test_the_storage_knows_no_shell_and_no_wiring(name: str) -> None:
    if name.startswith("quizengine/storage/"):
        assert not imports_of(SOURCES[name], SHELLS - {"quizengine.storage"})


@each_file
def test_only_the_commands_and_the_page_about_labs_import_labs(name: str) -> None:
    if name not in ABOUT_LABS:
        assert not imports_of(SOURCES[name], {"labs"})


@pytest.mark.parametrize("name", LABS)
def test_labs_stand_on_their_own(name: str) -> None:
    assert not imports_of(LABS[name], {"quizengine"})


@pytest.mark.parametrize("name", PURE_IN_LABS)
def test_a_file_directly_in_labs_touches_nothing_of_the_world(name: str) -> None:
    folders = {f"labs.{path.name}" for path in (ROOT / "labs").iterdir() if path.is_dir()}
    world = THE_WORLD - {"tomllib"} | folders  # to parse a text that is handed in is pure
    assert not imports_of(LABS[name], world)
    verbs = {"open", "print", "input", "exec", "eval", "__import__", "tomllib.load"}
    assert not called(LABS[name], verbs)
    assert not uses_of(LABS[name], CLOCKS | DICE)


@each_file
def test_every_error_is_raised_with_a_way_out(name: str) -> None:
    assert errors_without_a_way_out(SOURCES[name]) == []


def test_help_imports_nothing_heavy() -> None:
    done = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "quizengine", "--help"],
        capture_output=True,
        text=True,
        encoding="utf-8",
        cwd=ROOT,
        timeout=60,
        check=True,
    )
    loaded = {
        line.rpartition("|")[2].strip()
        for line in done.stderr.splitlines()
        if line.startswith("import time:")
    }
    assert "Usage: quizengine" in done.stdout
    assert {"quizengine", "quizengine.cli", "click"} <= loaded
    heavy = set(LOADED_BY_THE_COMMAND_THAT_NEEDS_IT)
    assert not {name for name in loaded if lies_in(name, heavy)}


@pytest.mark.parametrize(
    "module",
    [f"cloud.{n}" for n in ("service", "environment", "claim", "front", "wire", "calls")]
    + [f"runner.{n}" for n in ("catalogue", "notes")],  # what the page about labs imports
)
def test_what_a_shell_imports_of_labs_is_light(module: str) -> None:
    heavy = ("boto3", "botocore", "flask", "moto", "numpy", "uvicorn", "werkzeug", "xgboost")
    code = f"import sys, labs.{module}; print([n for n in {heavy!r} if n in sys.modules])"
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        cwd=ROOT,
        timeout=60,
        check=True,
    )
    assert done.stdout == "[]\n"


# The readers above see what they must


@pytest.mark.parametrize(
    "source",
    [
        "import os",
        "import os.path as p",
        "from os import path",
        "def f():\n    import os",
        "if True:\n    from os.path import join",
    ],
)
def test_an_import_is_seen_wherever_it_stands(source: str) -> None:
    assert imports_of(source, {"os"})


def test_a_name_that_only_begins_alike_is_another() -> None:
    assert not imports_of("import osmium\nfrom quizengine import storages", {"os"})
    assert not lies_in("quizengine.storages", {"quizengine.storage"})
    assert imports_of("from quizengine import storage", {"quizengine.storage"})


@pytest.mark.parametrize(
    "source",
    [
        "import time\ntime.time()",
        "import time as t\nnow = t.monotonic",
        "from time import time_ns\ntime_ns()",
        "from datetime import datetime as d\nd.now(None)",
        "import datetime\ndatetime.datetime.now()",
        "from datetime import date\ndate.today()",
    ],
)
def test_a_clock_is_seen_under_any_name(source: str) -> None:
    assert uses_of(source, CLOCKS)


def test_a_date_that_is_handed_in_is_no_clock() -> None:
    source = "from datetime import date, datetime\ndate(2026, 1, 1)\ndatetime.fromtimestamp(0)"
    assert not uses_of(source, CLOCKS)


def test_dice_of_its_own_are_seen_and_dice_handed_in_are_not() -> None:
    assert uses_of("import random\nrandom.shuffle(x)", DICE)
    assert not uses_of("import random\ndef f(rng: random.Random):\n    rng.shuffle(x)", DICE)


def test_an_error_without_a_way_out_is_seen() -> None:
    assert errors_without_a_way_out("raise BadRequest('No.')") == ["BadRequest('No.')"]
    assert errors_without_a_way_out("raise BadRequest('No.', 'Do this.')") == []
