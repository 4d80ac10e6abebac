"""The topic tree, area > topic. A topic is the unit of weakness."""

from __future__ import annotations

from collections.abc import Mapping

from quizengine.content import Line, Model, Slug, Task, Text, TopicId
from quizengine.errors import NotFound


class Topic(Model):
    """A leaf. `exams` names its task in each exam; `id` is `area/leaf`, for ever."""

    id: TopicId
    area: Line
    title: Line
    scope: Text
    exams: dict[Slug, Task]


def area_of(topic: str) -> str:
    """The area of a topic: "training" of "training/early-stopping"."""
    return topic.split("/")[0]


def narrowed(
    topics: Mapping[TopicId, Topic],
    *,
    exam: str | None = None,
    area: str | None = None,
    topic: str | None = None,
) -> frozenset[TopicId]:
    """The topics that an exam asks, that lie in an area, or the one named; all without any.

    Raises NotFound for an area or a topic that is not in the tree.
    """
    if area is not None and area not in (known := {area_of(id) for id in topics}):
        raise NotFound("area", area, known, "quizengine bank stats --by topic lists them.")
    if topic is not None and topic not in topics:
        raise NotFound("topic", topic, topics, "quizengine bank stats --by topic lists them.")
    return frozenset(
        id
        for id, leaf in topics.items()
        if exam in (None, *leaf.exams) and area in (None, area_of(id)) and topic in (None, id)
    )
