"""What is installed works elsewhere, what is locked is what was asked for, and make's set-up."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[1]
PROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))

# Built from pieces: this file too must not name one.
REGISTRY_HOSTS = [
    ".".join(parts)
    for parts in (
        ("pypi", "org"),
        ("pythonhosted", "org"),
        ("anaconda", "org"),
        ("npmjs", "org"),
        ("npmjs", "com"),
        ("yarnpkg", "com"),
        ("crates", "io"),
        ("rubygems", "org"),
        ("jsdelivr", "net"),
        ("unpkg", "com"),
    )
]


def run(
    command: Sequence[str | Path], cwd: Path, **environment: str
) -> subprocess.CompletedProcess[str]:
    """Run it with nothing in the environment that could lead it back to this tree."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("QUIZENGINE_", "PYTHON", "PYTEST_", "MAKE", "MFLAGS", "ARGS"))
    }
    return subprocess.run(
        [str(part) for part in command],
        cwd=cwd,
        env={**kept, **environment},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=110,
    )


def output(command: Sequence[str | Path], cwd: Path, **environment: str) -> str:
    done = run(command, cwd, **environment)
    assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
    return done.stdout


def questions_in_the_tree() -> int:
    return len(list((ROOT / "questions" / "bank").rglob("*.toml")))


# --- what is installed ------------------------------------------------------------


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A wheel built from the tree."""
    built = tmp_path_factory.mktemp("wheel")
    output(
        [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", built, ROOT], built
    )
    [found] = built.glob("*.whl")
    return found


def contents(wheel: Path) -> set[str]:
    with zipfile.ZipFile(wheel) as archive:
        return set(archive.namelist())


@pytest.mark.slow
@pytest.mark.xdist_group("wheel")
def test_an_installed_wheel_finds_its_questions_from_any_folder(
    wheel: Path, tmp_path: Path
) -> None:
    site, home, elsewhere = (tmp_path / name for name in ("site", "home", "elsewhere"))
    elsewhere.mkdir()
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-index"]
    output([*pip, "--target", site, wheel], elsewhere)
    installed = {"PYTHONPATH": str(site), "QUIZENGINE_HOME": str(home)}

    where = output(
        [sys.executable, "-c", "import quizengine; print(quizengine.__file__)"],
        elsewhere,
        **installed,
    )
    stats = json.loads(
        output(
            [sys.executable, "-m", "quizengine", "bank", "stats", "--json"], elsewhere, **installed
        )
    )

    assert Path(where.strip()).is_relative_to(site)
    assert stats["questions"] + stats["withdrawn"] == questions_in_the_tree() > 0
    assert not list(home.rglob("*.sqlite")), "it compiled its questions anew"
    labs = json.loads(
        output(
            [sys.executable, "-m", "quizengine", "lab", "list", "--json"], elsewhere, **installed
        )
    )
    catalogue = sorted(path.parent.name for path in (ROOT / "labs").glob("catalog/*/lab.toml"))
    assert sorted(lab["id"] for lab in labs) == catalogue


@pytest.mark.slow
@pytest.mark.xdist_group("wheel")
def test_a_wheel_ships_the_questions_their_compiled_bank_and_both_licences(wheel: Path) -> None:
    names = contents(wheel)
    content = {
        f"quizengine/_content/{path.relative_to(ROOT).as_posix()}"
        for path in (ROOT / "questions").rglob("*.*")
    }
    labs = {
        path.relative_to(ROOT).as_posix()
        for path in (ROOT / "labs").rglob("*.*")
        if path.suffix in (".json", ".md", ".py", ".toml", ".yaml")
    }

    pages = {
        path.relative_to(ROOT).as_posix()
        for folder in ("templates", "static")
        for path in (ROOT / "quizengine" / "web" / folder).iterdir()
    }

    assert content
    assert labs
    assert pages
    assert content | labs | pages <= names
    assert "quizengine/_content/bank.sqlite" in names
    for licence in ("LICENSE", "NOTICE", "questions/LICENSE"):
        assert any(name.endswith(f".dist-info/licenses/{licence}") for name in names), licence
    top = {name.split("/")[0] for name in names}
    assert {name for name in top if not name.endswith(".dist-info")} == {"labs", "quizengine"}
    assert not [name for name in names if name.endswith(".pyc")]


@pytest.mark.slow
@pytest.mark.xdist_group("wheel")
def test_a_source_archive_has_all_that_a_wheel_is_built_from(wheel: Path, tmp_path: Path) -> None:
    # Without --wheel, build makes the archive from the tree and the wheel from the archive.
    output([sys.executable, "-m", "build", "--no-isolation", "--outdir", tmp_path, ROOT], tmp_path)
    [from_archive] = tmp_path.glob("*.whl")

    assert contents(from_archive) == contents(wheel)


@pytest.mark.slow
def test_an_editable_install_finds_the_questions_from_any_folder(tmp_path: Path) -> None:
    home = {"QUIZENGINE_HOME": str(tmp_path / "home")}

    where = output(
        [sys.executable, "-c", "import quizengine; print(quizengine.__file__)"], tmp_path, **home
    )
    stats = json.loads(
        output([sys.executable, "-m", "quizengine", "bank", "stats", "--json"], tmp_path, **home)
    )

    assert Path(where.strip()) == ROOT / "quizengine" / "__init__.py"
    assert stats["questions"] + stats["withdrawn"] == questions_in_the_tree() > 0


@pytest.mark.slow
def test_an_editable_install_carries_no_copy_of_the_questions(tmp_path: Path) -> None:
    build = f"from hatchling.build import build_editable; build_editable({str(tmp_path)!r})"
    output([sys.executable, "-c", build], ROOT)
    [editable] = tmp_path.glob("*.whl")

    names = contents(editable)
    assert not [name for name in names if name.startswith("quizengine/")]
    assert [name for name in names if name.endswith(".pth")]


# --- what is locked ---------------------------------------------------------------


def lock(name: str) -> dict[str, tuple[str, set[str]]]:
    """Each package's pin (`==version ; marker`) and hashes. Fails on any line it does not know."""
    pins: dict[str, tuple[str, set[str]]] = {}
    text = (ROOT / "locks" / f"{name}.txt").read_text(encoding="utf-8")
    current = ""
    for line in text.splitlines():
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        if pin := re.fullmatch(r"([a-z0-9.-]+)==(\S+(?: ; [^\\]+?)?) ?\\", line):
            current = canonicalize_name(pin[1])
            pins[current] = (pin[2], set())
        elif digest := re.fullmatch(r" +--hash=sha256:([0-9a-f]{64})(?: \\)?", line):
            pins[current][1].add(digest[1])
        else:
            pytest.fail(f"locks/{name}.txt: {line!r}")
    return pins


def group(name: str) -> list[Requirement]:
    found: list[Requirement] = []
    for entry in PROJECT["dependency-groups"][name]:
        if isinstance(entry, str):
            found.append(Requirement(entry))
        else:
            found.extend(group(entry["include-group"]))
    return found


def runtime() -> list[Requirement]:
    return [Requirement(text) for text in PROJECT["project"]["dependencies"]]


def extra(name: str) -> list[Requirement]:
    """What this machine would install of it; an extra may include another."""
    found: list[Requirement] = []
    for text in PROJECT["project"]["optional-dependencies"][name]:
        requirement = Requirement(text)
        if requirement.name == PROJECT["project"]["name"]:
            found.extend(each for inner in requirement.extras for each in extra(inner))
        elif requirement.marker is None or requirement.marker.evaluate():
            found.append(requirement)
    return found


LOCKED = {
    "run": runtime() + group("backend"),
    "labs": runtime() + group("backend") + extra("labs"),
    "dev": runtime() + group("dev") + extra("sdk"),
}


@pytest.mark.parametrize("name", LOCKED)
def test_a_lock_pins_every_dependency_within_its_bounds(name: str) -> None:
    pins = lock(name)

    for requirement in LOCKED[name]:
        version = pins[canonicalize_name(requirement.name)][0].split(" ;")[0]
        assert requirement.specifier.contains(version), f"{requirement} is locked at {version}"
    assert all(hashes for _, hashes in pins.values())


@pytest.mark.parametrize(("smaller", "larger"), [("run", "labs"), ("labs", "dev")])
def test_a_larger_lock_holds_all_of_the_smaller_at_equal_versions(
    smaller: str, larger: str
) -> None:
    pins, more = lock(smaller), lock(larger)
    assert set(pins) < set(more)
    for name, (pin, hashes) in pins.items():
        # Where a marker narrows the smaller one, the larger may want the package everywhere.
        assert more[name] in ((pin, hashes), (pin.split(" ;")[0], hashes)), name


def test_every_dependency_has_a_lower_and_an_upper_bound() -> None:
    for requirement in [*runtime(), *group("dev"), *extra("sdk")]:
        operators = {each.operator for each in requirement.specifier}
        assert operators == {">=", "<"}, str(requirement)


def test_what_builds_the_wheel_is_what_runs_it_and_the_backend() -> None:
    requires = {str(Requirement(text)) for text in PROJECT["build-system"]["requires"]}
    backend = {str(each) for each in group("backend") if each.name == "hatchling"}

    assert requires == {str(each) for each in runtime()} | backend


def test_make_takes_the_pythons_the_project_supports() -> None:
    supported = SpecifierSet(PROJECT["project"]["requires-python"])
    pythons = [f"3.{minor}" for minor in range(30) if supported.contains(f"3.{minor}")]
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    prefix = "Programming Language :: Python :: 3."
    classified = [each for each in PROJECT["project"]["classifiers"] if each.startswith(prefix)]

    assert f"case $1 in {' | '.join(pythons)})" in makefile
    assert " ".join(f"python{each}" for each in reversed(pythons)) in makefile
    assert classified == [f"Programming Language :: Python :: {each}" for each in pythons]


def committed_files() -> list[Path]:
    """What git keeps or would keep; where git cannot say (an unpacked archive), everything."""
    git = shutil.which("git")
    if git is not None and (ROOT / ".git").exists():
        listed = run([git, "ls-files", "-z", "--cached", "--others", "--exclude-standard"], ROOT)
        if listed.returncode == 0:
            names = listed.stdout.split("\0")
            return [ROOT / name for name in names if name and (ROOT / name).is_file()]
    hidden_or_made = re.compile(r"\.(?!ci$)|__pycache__$|build$|dist$")
    found: list[Path] = []
    for folder, inner, files in os.walk(ROOT):
        inner[:] = [name for name in inner if not hidden_or_made.match(name)]
        found.extend(Path(folder, name) for name in files)
    return found


def test_no_committed_text_names_a_package_registry() -> None:
    files = committed_files()
    named = [
        f"{path.relative_to(ROOT)}: {host}"
        for path in files
        if b"\0" not in (data := path.read_bytes())
        for host in REGISTRY_HOSTS
        if host.encode() in data.lower()
    ]

    assert ROOT / "pyproject.toml" in files
    assert not named


# --- make's set-up: over stand-ins for Python, so that nothing is downloaded -----------

# Says it is 3.12; `-m venv` makes a .venv out of itself; writes down each use of pip, and
# fails or dies in it on demand.
PYTHON = """\
#!/bin/sh
case "$*" in
    *sys.version_info*) echo 3.12 ;;
    *ensurepip*) exit "${NO_VENV:-0}" ;;
    "-m venv .venv")
        echo venv >>"$LOG"
        mkdir -p .venv/bin
        cp "$0" .venv/bin/python
        printf '#!/bin/sh\\necho "sat: $*"; cat\\n' >.venv/bin/quizengine
        chmod +x .venv/bin/quizengine ;;
    "-m pip install"*) echo "pip $*" | sed 's/-m pip install --quiet //' >>"$LOG"
        [ -z "$PIP_DIES" ] || kill -9 $$
        exit "${PIP_FAILS:-0}" ;;
    *) echo "unexpected: $*" >&2; exit 99 ;;
esac
"""
STAND_IN = """\
#!/bin/sh
echo "pyenv: $0: command not found" >&2
exit 127
"""
TOOLS = (
    *("make", "sh", "cat", "chmod", "cksum", "cp", "echo"),
    *("find", "mkdir", "mktemp", "printf", "rm", "sed", "sleep", "tail"),
)
FIRST_SET_UP = [
    "venv",
    "pip --require-hashes -r locks/run.txt",
    "pip --no-deps --no-build-isolation --editable .",
]


class Checkout:
    """A copy of what the set-up reads, with a PATH of its own."""

    def __init__(self, folder: Path) -> None:
        self.root, self.path = folder / "a checkout", folder / "bin"
        self.log = folder / "log"
        self.path.mkdir()
        (self.root / "locks").mkdir(parents=True)
        for name in (
            "Makefile",
            "pyproject.toml",
            "locks/run.txt",
            "locks/labs.txt",
            "locks/dev.txt",
        ):
            shutil.copy(ROOT / name, self.root / name)
        for tool in TOOLS:
            found = shutil.which(tool)
            assert found is not None, f"this system has no {tool}"
            (self.path / tool).symlink_to(found)

    def has(self, name: str, script: str) -> None:
        (self.path / name).write_text(script, encoding="utf-8")
        (self.path / name).chmod(0o755)

    def changes(self, name: str) -> None:
        with (self.root / name).open("a", encoding="utf-8") as text:
            text.write("# changed\n")

    def make(self, *words: str, **environment: str) -> subprocess.CompletedProcess[str]:
        self.log.write_text("", encoding="utf-8")
        return run(
            [self.path / "make", *words],
            self.root,
            PATH=str(self.path),
            LOG=str(self.log),
            **environment,
        )

    def did(self) -> list[str]:
        return self.log.read_text(encoding="utf-8").splitlines()


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    if os.name == "nt":
        pytest.skip("the Makefile is for Linux and macOS")
    return Checkout(tmp_path)


def test_make_exam_sets_up_once_and_then_sits_the_exam(checkout: Checkout) -> None:
    checkout.has("python3.13", STAND_IN)
    checkout.has("python3", PYTHON)

    first = checkout.make("exam", "ARGS=--exam mla-c01")
    assert checkout.did() == FIRST_SET_UP
    assert first.stdout.splitlines()[-1] == "sat: exam start --exam mla-c01"
    assert first.returncode == 0

    again = checkout.make("try")
    assert checkout.did() == []
    assert again.stdout == "sat: exam start --questions 10 --untimed\n"


def test_a_changed_lock_brings_the_set_up_up_to_date(checkout: Checkout) -> None:
    checkout.has("python3", PYTHON)
    checkout.make("exam")
    checkout.changes("locks/run.txt")

    checkout.make("exam")

    assert checkout.did() == FIRST_SET_UP[1:]


def test_the_development_set_up_serves_the_exam_too(checkout: Checkout) -> None:
    checkout.has("python3", PYTHON)
    checkout.make("exam")

    assert checkout.make("setup").returncode == 0
    assert checkout.did() == ["pip --require-hashes -r locks/dev.txt", FIRST_SET_UP[2]]

    checkout.make("exam")
    assert checkout.did() == []


def test_the_set_up_for_labs_serves_the_exam_and_is_served_by_that_for_development(
    checkout: Checkout,
) -> None:
    checkout.has("python3", PYTHON)
    checkout.make("setup-labs")
    assert checkout.did() == ["venv", "pip --require-hashes -r locks/labs.txt", FIRST_SET_UP[2]]

    checkout.make("exam")
    assert checkout.did() == []
    checkout.make("setup")
    checkout.make("setup-labs")
    assert checkout.did() == []


def test_make_lab_shows_the_first_lab_in_a_home_that_is_gone_afterwards(
    checkout: Checkout, tmp_path: Path
) -> None:
    checkout.has("python3", PYTHON)
    homes = tmp_path / "homes"
    homes.mkdir()

    shown = checkout.make("lab", TMPDIR=str(homes))

    assert checkout.did() == ["venv", "pip --require-hashes -r locks/labs.txt", FIRST_SET_UP[2]]
    assert "with the labs, about 850 MB" in shown.stdout
    lines = shown.stdout.splitlines()
    typed = [line.removeprefix("$ quizengine ") for line in lines if line.startswith("$ ")]
    sat = [line.removeprefix("sat: ") for line in lines if line.startswith("sat: ")]
    assert typed == sat
    assert [words.split()[1:3] for words in sat] == [
        ["start", "train_xgboost"],
        ["solution", "train_xgboost"],
        ["clean", "train_xgboost"],
    ]
    assert lines[-1].strip() == ".venv/bin/quizengine lab start train_xgboost"
    assert list(homes.iterdir()) == []

    assert checkout.make("lab", "ARGS=check --json").stdout == "sat: lab check --json\n"
    assert checkout.did() == []


@pytest.mark.parametrize("earlier", ["nothing", "an older set-up"])
def test_a_set_up_cut_short_begins_anew(checkout: Checkout, earlier: str) -> None:
    checkout.has("python3", PYTHON)
    if earlier != "nothing":
        checkout.make("exam")
        checkout.changes("locks/run.txt")

    cut = checkout.make("exam", PIP_DIES="yes")
    assert cut.returncode != 0
    assert "sat" not in cut.stdout

    checkout.make("exam")
    assert checkout.did() == FIRST_SET_UP


def test_an_update_that_fails_leaves_the_old_set_up_usable(checkout: Checkout) -> None:
    checkout.has("python3", PYTHON)
    checkout.make("exam")
    locked = (checkout.root / "locks" / "run.txt").read_bytes()
    checkout.changes("locks/run.txt")

    assert checkout.make("exam", PIP_FAILS="1").returncode != 0

    (checkout.root / "locks" / "run.txt").write_bytes(locked)
    assert checkout.make("exam").returncode == 0
    assert checkout.did() == []


def test_a_checkout_that_moved_is_set_up_anew(checkout: Checkout) -> None:
    checkout.has("python3", PYTHON)
    checkout.make("exam")
    checkout.root = checkout.root.rename(checkout.root.with_name("moved"))

    checkout.make("exam")

    assert checkout.did() == FIRST_SET_UP


def test_without_a_python_that_will_do_make_says_what_it_found_and_the_way_out(
    checkout: Checkout,
) -> None:
    checkout.has("python3.12", STAND_IN)
    checkout.has("python3", PYTHON.replace("echo 3.12", "echo 3.10"))

    done = checkout.make("exam")

    assert done.returncode != 0
    assert "python3.12: does not run" in done.stderr
    assert "python3: Python 3.10" in done.stderr
    assert "make PYTHON=" in done.stderr
    assert "command not found" not in done.stderr
    assert not (checkout.root / ".venv").exists()


def test_without_venv_make_names_the_package_to_install(checkout: Checkout) -> None:
    checkout.has("python3", PYTHON)

    done = checkout.make("exam", NO_VENV="1")

    assert done.returncode != 0
    assert "apt install python3-venv" in done.stderr
    assert not (checkout.root / ".venv").exists()


def test_make_alone_lists_what_can_be_made(checkout: Checkout) -> None:
    shown = checkout.make().stdout

    for target in ("exam", "try", "test", "check", "bench", "setup", "lock", "clean"):
        assert f"make {target} " in shown
