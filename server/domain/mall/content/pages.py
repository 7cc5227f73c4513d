"""Pages that clients ask for by a key: about the shop, its terms."""
from __future__ import annotations

from datetime import datetime
from typing import Annotated

from msgspec import Meta, Struct
from msgspec.structs import replace

from server.domain.clock import Clock
from server.domain.errors import Conflict, NotFound
from server.domain.mall.content.articles import Content, Title
from server.domain.mall.furniture import Furniture
from server.domain.mall.goods.goods import Label
from server.domain.mall.html import HtmlCleaner, with_clean_html
from server.domain.nouns import Noun, NounStore, NumberId, Revision, Rules, about

Key = Annotated[str, Meta(min_length=1, max_length=64, pattern=r"\S")]


class ShopPageMissing(NotFound):
    """There is no page of that key."""


class KeyTaken(Conflict):
    """Another page has that key."""


class ShopPageTerms(Struct, frozen=True, kw_only=True):
    key: Annotated[Key, about("键", "Key")]
    title: Annotated[Title, about("标题", "Title")]
    content: Annotated[Content, about("内容", "Content", "html")] = ""
    labels: Annotated[tuple[Label, ...], about("扩展属性", "Labels")] = ()
    is_shown: Annotated[bool, about("显示", "Shown")] = True


class ShopPage(ShopPageTerms, frozen=True, kw_only=True):
    id: NumberId
    revision: Revision = 0
    added_at: Annotated[datetime, about("添加时间", "Added at")]
    changed_at: Annotated[datetime, about("修改时间", "Changed at")]


SHOP_PAGES = Noun(
    area="mall",
    name="pages",
    zh="单页",
    en="Pages",
    made=ShopPage,
    terms=ShopPageTerms,
    label="title",
    searched=("key", "title"),
    sorted=("id", "key", "title", "changed_at"),
    filtered=("key", "is_shown"),
    order=("key", "id"),
    raises=(KeyTaken,),
)


class ShopPageRules(Rules[ShopPage]):
    """A key stands for one page."""

    def __init__(self, pages: NounStore[ShopPage], kept: Furniture[ShopPage], cleaner: HtmlCleaner, clock: Clock):
        self._pages = pages
        self._kept = kept
        self._cleaner = cleaner
        self._clock = clock

    async def make(self, noun: Noun[ShopPage], id: int, terms: ShopPageTerms, before: ShopPage | None) -> ShopPage:
        if any(one.id != id for one in await self._pages.list_all(key=terms.key)):
            raise KeyTaken()
        clean = await with_clean_html(terms, self._cleaner)
        values = {name: getattr(clean, name) for name in ShopPageTerms.__struct_fields__}
        now = self._clock.now()
        if before is None:
            return ShopPage(**values, id=id, revision=1, added_at=now, changed_at=now)
        return replace(before, **values, revision=before.revision + 1, changed_at=now)

    async def note_changed(self) -> None:
        self._kept.forget()


class ShopPageService:
    """Pages, from memory."""

    def __init__(self, kept: Furniture[ShopPage]):
        self._kept = kept

    async def get(self, key: str) -> ShopPage:
        """One that is shown. Raises ShopPageMissing."""
        for one in await self._kept.list_all():
            if one.key == key and one.is_shown:
                return one
        raise ShopPageMissing("page")
