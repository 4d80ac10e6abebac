"""The topic tree, area > topic. A topic is the unit of weakness."""

from __future__ import annotations

from quizengine.content import Line, Model, Slug, Task, Text, TopicId


class Topic(Model):
    """A leaf. `exams` names its task in each exam; `id` is `area/leaf`, for ever."""

    id: TopicId
    area: Line
    title: Line
    scope: Text
    exams: dict[Slug, Task]
