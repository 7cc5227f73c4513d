"""The log of what operators change: who, when, what before, what after, why."""
from __future__ import annotations

from datetime import datetime
from typing import Any, Protocol

from msgspec import Struct

from server.domain.paging import Page, PageQuery


class Cause(Struct, frozen=True):
    """Who changes something and why; `user_id` is None for the command line."""

    user_id: int | None = None
    reason: str = ""


class Change(Struct, frozen=True, kw_only=True):
    """One change of one thing: what was added has no `before`, what was removed no `after`; else both have the fields that differ.

    `id` grows with every change; it is given out when the change is written.
    """

    id: int = 0
    noun: str
    thing_id: str
    verb: str
    user_id: int | None
    at: datetime
    before: dict[str, Any] | None
    after: dict[str, Any] | None
    reason: str = ""


class ChangeQuery(Struct, frozen=True, kw_only=True):
    """Which changes: None asks for any; `first_at` and `last_at` are included."""

    noun: str | None = None
    thing_id: str | None = None
    user_id: int | None = None
    first_at: datetime | None = None
    last_at: datetime | None = None


class ChangeStore(Protocol):
    """Where changes are kept, each written with what it changed in one write."""

    async def add_change(self, change: Change) -> None:
        """One of something that keeps a record of its own, written after it."""

    async def page_changes(self, query: ChangeQuery, page: PageQuery) -> Page[Change]:
        """Newest first; every change that was made is there, also those of processes that died before they could log it."""
