"""Furniture: what stands around the goods, few things that everybody asks for, kept in memory."""
from __future__ import annotations

import asyncio
import time
from typing import Any, Generic, TypeVar

from msgspec import Struct

from server.domain.mall.html import HtmlCleaner, with_clean_html
from server.domain.nouns import Noun, NounStore, Rules

LOOK_SECONDS = 1.0  # a change of another process is seen so long after it, at most

Made = TypeVar("Made", bound=Struct)


class Furniture(Generic[Made]):
    """All of one kind in their order, as they were a moment ago; what this process changes is seen at once."""

    def __init__(self, store: NounStore[Made], *order: str):
        self._store = store
        self._order = order
        self._all: list[Made] = []
        self._looked_at = float("-inf")
        self._lock = asyncio.Lock()

    async def list_all(self) -> list[Made]:
        """Raises Unavailable."""
        if time.monotonic() - self._looked_at > LOOK_SECONDS:
            async with self._lock:
                if (begun := time.monotonic()) - self._looked_at > LOOK_SECONDS:
                    found = await self._store.list_all(*self._order)
                    if found != self._all:
                        self._all = found
                    self._looked_at = begun
        return self._all

    @property
    def version(self) -> object | None:
        """The same object while nothing has changed; None where that is not known at this moment."""
        return self._all if time.monotonic() - self._looked_at <= LOOK_SECONDS else None

    def forget(self) -> None:
        self._looked_at = float("-inf")

    def rules(self, cleaner: HtmlCleaner | None = None) -> Rules[Made]:
        """Of a noun that asks nothing beyond its form; with a cleaner its HTML is kept clean."""
        return _Forgetting(self, cleaner)


class _Forgetting(Rules[Made]):
    def __init__(self, kept: Furniture[Made], cleaner: HtmlCleaner | None):
        self._kept = kept
        self._cleaner = cleaner

    async def make(self, noun: Noun[Made], id: Any, terms: Any, before: Made | None) -> Made:
        clean = terms if self._cleaner is None else await with_clean_html(terms, self._cleaner)
        return await super().make(noun, id, clean, before)

    async def note_changed(self) -> None:
        self._kept.forget()
