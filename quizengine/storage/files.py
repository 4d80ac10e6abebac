"""The only reader of questions/: TOML files to a LoadedBank, every problem named at once."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

from pydantic import ValidationError

from quizengine.bank import LoadedBank
from quizengine.card import Card
from quizengine.content import TopicId, frozen
from quizengine.errors import ContentError
from quizengine.exam import Exam
from quizengine.figure import Figure
from quizengine.lab import Lab
from quizengine.question import Question, parse_question
from quizengine.service import Service
from quizengine.source import Sources
from quizengine.topic import Topic

MAX_BYTES = 40_000  # of one content file: several times the longest

T = TypeVar("T")


def content_files(root: Path) -> list[Path]:
    """Every file that the bank is made of, in a fixed order."""
    return [
        root / "topics.toml",
        *root.glob("sources.toml"),
        *sorted((root / "exams").glob("*.toml")),
        *sorted((root / "figures").glob("*.toml")),
        *sorted((root / "cards").glob("*/*.toml")),
        *sorted((root / "bank").glob("*/*.toml")),
    ]


def load(root: Path, labs: Path | None = None) -> LoadedBank:
    """The bank in the folder. Raises ContentError with every problem in every file.

    `labs` is the catalogue, with a folder for each lab.
    """
    problems: list[str] = []
    topics = _topics(root / "topics.toml", problems)
    defaults = {topic.id: topic.exams for topic in topics}

    def one_question(data: dict[str, object]) -> Question:
        if "exams" not in data:
            first = data.get("topics")
            if isinstance(first, tuple) and first and isinstance(first[0], str):
                data["exams"] = defaults.get(TopicId(first[0]), {})
        return parse_question(data)

    exams = _each(root / "exams", "*.toml", "code", Exam.model_validate, problems)
    cards = _each(root / "cards", "*/*.toml", "id", Card.model_validate, problems)
    questions = _each(root / "bank", "*/*.toml", "id", one_question, problems)
    figures = _figures(root / "figures", problems)
    sources = _sources(root / "sources.toml", problems)
    services = _services(root / "services.toml", problems)
    catalogue = [] if labs is None else _labs(labs, problems)
    if problems:
        raise ContentError(problems)
    return LoadedBank(
        questions,
        cards,
        topics,
        exams,
        sources=sources,
        services=services,
        figures=figures,
        labs=catalogue,
        proofs=[path.stem for path in (root / "proofs").glob("*.py")],
    )


def _each(
    folder: Path,
    pattern: str,
    name_key: str,
    make: Callable[[dict[str, object]], T],
    problems: list[str],
) -> list[T]:
    found: list[T] = []
    seen: dict[str, Path] = {}
    for path in sorted(folder.glob(pattern)):
        data = _read(path, problems)
        if data is None:
            continue
        if path.stem in seen:
            problems.append(f"{_short(path)}: the id is taken by {_short(seen[path.stem])}")
            continue
        seen[path.stem] = path
        if name_key in data:
            problems.append(f"{_short(path)}: {name_key}: not a key; the file's name is the id")
            continue
        data[name_key] = path.stem
        try:
            found.append(make(data))
        except ValidationError as error:
            problems += [f"{_short(path)}: {line}" for line in _lines(error, data)]
    return found


def _figures(folder: Path, problems: list[str]) -> list[Figure]:
    """Each figure is two files: the picture, and its words and numbers."""
    pictures = {path.stem for path in folder.glob("*.svg")}
    told = {path.stem for path in folder.glob("*.toml")}
    problems += [
        f"figures/{id}.svg: there is no {id}.toml beside it" for id in sorted(pictures - told)
    ]
    problems += [
        f"figures/{id}.toml: there is no {id}.svg beside it" for id in sorted(told - pictures)
    ]
    return _each(folder, "*.toml", "id", Figure.model_validate, problems)


def lab_files(catalogue: Path) -> list[Path]:
    """Every file that the core reads of the labs, in a fixed order."""
    return sorted(catalogue.glob("*/lab.toml"))


def _labs(catalogue: Path, problems: list[str]) -> list[Lab]:
    labs = []
    places: dict[int, str] = {}
    for path in lab_files(catalogue):
        data = _read(path, problems)
        if data is None:
            continue
        try:
            lab = Lab.model_validate({**data, "id": path.parent.name})
        except ValidationError as error:
            problems += [f"{_short(path)}: {line}" for line in _lines(error, data)]
            continue
        if (other := places.setdefault(lab.order, lab.id)) != lab.id:
            problems.append(f"{_short(path)}: order: {other} stands at {lab.order} already")
        labs.append(lab)
    return labs


def _topics(path: Path, problems: list[str]) -> list[Topic]:
    topics = []
    for area, leaves in (_read(path, problems) or {}).items():
        if not isinstance(leaves, dict):
            problems.append(f"{_short(path)}: {area}: an area is a table")
            continue
        for leaf, fields in leaves.items():
            if leaf == "title":
                continue
            if not isinstance(fields, dict):
                problems.append(f"{_short(path)}: {area}.{leaf}: a topic is a table")
                continue
            problems += [
                f"{_short(path)}: {area}.{leaf}.{key}: not a key; the tables' names are the id"
                for key in ("id", "area")
                if key in fields
            ]
            data = {**fields, "id": f"{area}/{leaf}", "area": leaves.get("title")}
            try:
                topics.append(Topic.model_validate(data))
            except ValidationError as error:
                problems += [
                    f"{_short(path)}: {area}.{leaf}.{line}" for line in _lines(error, data)
                ]
    return topics


def _sources(path: Path, problems: list[str]) -> Sources | None:
    """A bank that was drawn from no sources has no such file."""
    data = _read(path, problems) if path.exists() else None
    if data is None:
        return None
    try:
        return Sources.model_validate(data)
    except ValidationError as error:
        problems += [f"{_short(path)}: {line}" for line in _lines(error, data)]
    return None


def _services(path: Path, problems: list[str]) -> list[Service]:
    """A bank may do without this file; then no service is known to have ended."""
    services = []
    taken: dict[str, str] = {}
    for id, fields in ((_read(path, problems) if path.exists() else None) or {}).items():
        if not isinstance(fields, dict):
            problems.append(f"{_short(path)}: {id}: a service is a table")
            continue
        if "id" in fields:
            problems.append(f"{_short(path)}: {id}.id: not a key; the table's name is the id")
            continue
        data = {**fields, "id": id}
        try:
            service = Service.model_validate(data)
        except ValidationError as error:
            problems += [f"{_short(path)}: {id}.{line}" for line in _lines(error, data)]
            continue
        for name in service.names:
            if taken.setdefault(name, id) != id:
                problems.append(f"{_short(path)}: {id}.names: {taken[name]} has {name!r} already")
        services.append(service)
    return services


def _read(path: Path, problems: list[str]) -> dict[str, object] | None:
    try:
        raw = path.read_bytes()
        if len(raw) > MAX_BYTES:
            raise ValueError(f"{len(raw):,} bytes; a content file has at most {MAX_BYTES:,}")
        data = frozen(tomllib.loads(raw.decode("utf-8")))
    except OSError as error:
        problems.append(f"{_short(path)}: cannot be read: {error.strerror}")
    except RecursionError:
        problems.append(f"{_short(path)}: is nested too deeply")
    except ValueError as error:  # TOML, UTF-8 and size
        problems.append(f"{_short(path)}: {error}")
    else:
        assert isinstance(data, dict)
        return data
    return None


def _short(path: Path) -> str:
    """The path from questions/, or from labs/, on."""
    parts = path.parts
    for root in ("bank", "cards", "exams", "figures", "catalog"):
        if root in parts:
            return "/".join(parts[len(parts) - 1 - parts[::-1].index(root) :])
    return path.name


def _lines(error: ValidationError, data: dict[str, object]) -> Iterator[str]:
    """Each problem as `key: what is wrong`, with the way out for the common slips."""
    for problem in error.errors():
        loc = [str(part) for part in problem["loc"] if part != data.get("kind")]
        where = ".".join(loc) or "file"
        message = problem["msg"].removeprefix("Value error, ")
        if problem["type"] == "extra_forbidden":
            message = "unknown key"
            if "options" in loc or "steps" in loc or "prompts" in loc:
                message += "; a top-level key stands before the first [[...]]"
        elif problem["type"] == "missing":
            message = "missing"
        elif problem["type"] == "union_tag_not_found":
            where, message = "kind", "missing; one of single, multiple, ordering, matching"
        elif problem["type"] == "union_tag_invalid":
            where = "kind"
        elif isinstance(problem["input"], str | int | float | bool):
            message += f" (found {str(problem['input'])[:60]!r})"
        yield f"{where}: {message}"
