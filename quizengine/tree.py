"""The tree over which levels are sums: the overall level, a part per inner node, one per topic."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from quizengine.belief import Array
from quizengine.errors import NotFound

Blend: TypeAlias = Mapping[str, float]  # weights of topics, summing to 1

FIRST = 2  # the first topic of a question counts as much as two others


@dataclass(frozen=True, eq=False)
class Tree:
    """K topics over S parts: part 0 is the overall level, then `inner` nodes, then the topics.

    `paths` (K, S) has 1 where a part belongs to a topic's level; `row` finds a topic's row.
    """

    topics: tuple[str, ...]
    paths: Array
    inner: int
    row: Mapping[str, int]

    @classmethod
    def over(cls, topics: Iterable[str]) -> Tree:
        """Topics are paths of any depth: `topic`, `area/topic`, `domain/task/topic`."""
        found = tuple(dict.fromkeys(topics))
        if not found:
            raise ValueError("a tree of no topics")
        nodes = dict.fromkeys(node for topic in found for node in above(topic))
        part = {node: n for n, node in enumerate(nodes, start=1)}
        paths = np.zeros((len(found), 1 + len(part) + len(found)))
        for row, topic in enumerate(found):
            paths[row, [0, *(part[node] for node in above(topic)), 1 + len(part) + row]] = 1
        return cls(found, paths, len(part), {topic: row for row, topic in enumerate(found)})

    def part(self, topic: str) -> int:
        """The column of the part that is the topic's own."""
        return 1 + self.inner + self.row[topic]

    def blend(self, weights: Iterable[tuple[str, float]]) -> Array:
        """Weights (K,) of topics. Raises NotFound for one that is not in the tree."""
        blend = np.zeros(len(self.topics))
        for topic, weight in weights:
            if topic not in self.row:
                raise NotFound("topic", topic, self.topics, "quizengine progress --by topic")
            blend[self.row[topic]] += weight
        return blend

    def values(self, overall: float, inner: float, own: float) -> Array:
        """(S,): one value for each sort of part."""
        return np.repeat([overall, inner, own], [1, self.inner, len(self.topics)])

    def siblings(self) -> Array:
        """(K, K): 1 where two different topics lie under the same node, 0 elsewhere."""
        parents = [topic.rpartition("/")[0] for topic in self.topics]
        same = np.array([[a == b for b in parents] for a in parents], dtype=float)
        return same - np.eye(len(parents))


def above(topic: str) -> Iterator[str]:
    """The nodes over a topic: `a/` and `a/b/` of `a/b/c`. The slash tells a node from a topic."""
    end = topic.find("/")
    while end >= 0:
        yield topic[: end + 1]
        end = topic.find("/", end + 1)


def weighed(topics: Sequence[str]) -> Iterator[tuple[str, float]]:
    """The topics of one question with their weights: the first counts most; in all 1."""
    total = FIRST + len(topics) - 1
    for n, topic in enumerate(topics):
        yield topic, (FIRST if n == 0 else 1) / total


def areas(topics: Iterable[str]) -> dict[str, Blend]:
    """Each area (the first step of the paths) as a blend: its topics, all alike."""
    found: dict[str, list[str]] = {}
    for topic in topics:
        found.setdefault(topic.partition("/")[0], []).append(topic)
    return {area: dict.fromkeys(mine, 1 / len(mine)) for area, mine in found.items()}
