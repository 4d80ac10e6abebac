"""All generators, and the question behind an id."""

from __future__ import annotations

import re

from quizengine.computed import classification, cloud, networks, text, validation
from quizengine.computed.drawn import PREFIX, Generator
from quizengine.question import SingleQuestion

GENERATORS: dict[str, Generator] = {
    generator.name: generator
    for module in (classification, validation, text, networks, cloud)
    for generator in module.GENERATORS
}
_ID = re.compile(rf"{PREFIX}(?P<name>[a-z0-9-]+)-(?P<seed>[0-9a-f]{{8}})")


def generator_of(id: str) -> Generator | None:
    """The generator that an id names; None for the id of a written question."""
    found = _ID.fullmatch(id)
    return None if found is None else GENERATORS.get(found["name"])


def question(id: str) -> SingleQuestion | None:
    """The question of a generator's id; None for any other id."""
    generator = generator_of(id)
    return None if generator is None else generator.question(int(id[-8:], 16))
