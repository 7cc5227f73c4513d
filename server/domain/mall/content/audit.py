"""Whether what articles tell of their votes and favourites is what is there."""
from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping
from typing import Any, Protocol

from msgspec import Struct

from server.domain.mall.audit import MallAudit


class ArticleCounts(Struct, frozen=True, kw_only=True):
    """Of one article: what it tells, and what is there."""

    id: int
    told: dict[str, int]
    there: dict[str, int]

    def find_problems(self) -> list[str]:
        return [
            f"tells {number} {name}, of which {self.there[name]} are there"
            for name, number in self.told.items()
            if number != self.there[name]
        ]


class AuditedArticles(Protocol):
    """Articles with their votes and favourites, as they are kept."""

    def each_id(self) -> AsyncIterator[int]: ...

    async def read_counts(self, ids: Iterable[int]) -> list[ArticleCounts]:
        """In one moment; of those that are there."""


class ContentAudit:
    """Implements AuditPart."""

    AT_ONCE = 200

    def __init__(self, articles: AuditedArticles):
        self._articles = articles

    @property
    def origins(self) -> Mapping[str, Callable[[Iterable[int]], Awaitable[list[Any]]]]:
        return {}

    async def audit(self, audit: MallAudit) -> None:
        for about, problem in await self.find_problems():
            audit.note(about, problem)

    async def find_problems(self) -> list[tuple[str, str]]:
        """What they are of, and what they are."""
        ids = [id async for id in self._articles.each_id()]
        portions = [ids[start : start + self.AT_ONCE] for start in range(0, len(ids), self.AT_ONCE)]
        found = [one for portion in portions for one in await self._articles.read_counts(portion)]
        return [(f"article {one.id}", problem) for one in found for problem in one.find_problems()]
