"""JSON Schemas of the content files, for editors. Made from the models, never by hand."""

from __future__ import annotations

from typing import Any

from quizengine.card import Card
from quizengine.exam import Exam
from quizengine.question import question_schema

BASE = "https://json-schema.org/draft/2020-12/schema"


def schemas() -> dict[str, dict[str, Any]]:
    """The schema of each kind of file by name. The file's own name is the id: it is no key."""
    found = {
        "question": question_schema(),
        "card": Card.model_json_schema(),
        "exam": Exam.model_json_schema(),
    }
    own_name = {"question": "id", "card": "id", "exam": "code"}
    return {
        name: {"$schema": BASE, "title": f"A {name} file", **_without(schema, own_name[name])}
        for name, schema in found.items()
    }


def _without(schema: dict[str, Any], key: str) -> dict[str, Any]:
    for part in (schema, *schema.get("$defs", {}).values()):
        properties = part.get("properties", {})
        # Only the file's own table: an option's or a domain's `id` is a key of its own.
        if "verified_on" in properties or "formats" in properties:
            properties.pop(key, None)
            part["required"] = [name for name in part["required"] if name != key]
    schema.pop("description", None)
    schema.pop("title", None)
    return schema
