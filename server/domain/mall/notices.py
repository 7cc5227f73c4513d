"""Notices: what the shop tells everybody."""
from __future__ import annotations

from datetime import datetime
from typing import Annotated

from msgspec import Meta, Struct

from server.domain.clock import Clock
from server.domain.mall.furniture import Furniture
from server.domain.mall.html import HtmlCleaner, with_clean_html
from server.domain.nouns import Noun, NumberId, Revision, Rules, about

Title = Annotated[str, Meta(min_length=1, max_length=120, pattern=r"\S")]
Content = Annotated[str, Meta(max_length=200_000)]


class NoticeTerms(Struct, frozen=True, kw_only=True):
    title: Annotated[Title, about("标题", "Title")]
    content: Annotated[Content, about("内容", "Content", "html")] = ""
    is_shown: Annotated[bool, about("显示", "Shown")] = True


class Notice(NoticeTerms, frozen=True, kw_only=True):
    id: NumberId
    revision: Revision = 0
    added_at: Annotated[datetime, about("发布时间", "Added at")]


NOTICES = Noun(
    area="mall",
    name="notices",
    zh="公告",
    en="Notices",
    made=Notice,
    terms=NoticeTerms,
    label="title",
    searched=("title",),
    sorted=("id", "title", "added_at"),
    filtered=("is_shown",),
    order=("-id",),
)


class NoticeRules(Rules[Notice]):
    """A notice keeps the time when it was added; its content is clean."""

    def __init__(self, kept: Furniture[Notice], cleaner: HtmlCleaner, clock: Clock):
        self._kept = kept
        self._cleaner = cleaner
        self._clock = clock

    async def make(self, noun: Noun[Notice], id: int, terms: NoticeTerms, before: Notice | None) -> Notice:
        clean = await with_clean_html(terms, self._cleaner)
        values = {name: getattr(clean, name) for name in NoticeTerms.__struct_fields__}
        revision, added_at = (1, self._clock.now()) if before is None else (before.revision + 1, before.added_at)
        return Notice(**values, id=id, revision=revision, added_at=added_at)

    async def note_changed(self) -> None:
        self._kept.forget()
