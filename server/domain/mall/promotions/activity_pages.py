"""Activity pages: each with a banner, coupons and goods."""
from __future__ import annotations

from datetime import datetime
from typing import Annotated

from msgspec import Meta, Struct

from server.domain.errors import InvalidInput, NotFound
from server.domain.mall.categories import Name
from server.domain.mall.furniture import Furniture
from server.domain.mall.promotions.coupon_rules import Ids
from server.domain.nouns import Noun, NumberId, Revision, Rules, about

Line = Annotated[str, Meta(max_length=200)]
Key = Annotated[str, Meta(max_length=64)]


class ActivityPageMissing(NotFound):
    """There is no such page, or it is not shown."""


class ActivityPageTerms(Struct, frozen=True, kw_only=True):
    """`banner_kind` names banners, `terms_key` a page of what holds for it."""

    title: Annotated[Name, about("标题", "Title")]
    subtitle: Annotated[Line, about("副标题", "Subtitle")] = ""
    address: Annotated[Line, about("地点", "Place")] = ""
    begins_at: Annotated[datetime | None, about("开始时间", "Begins")] = None
    ends_at: Annotated[datetime | None, about("截止时间", "Ends")] = None
    banner_kind: Annotated[Key, about("轮播图类型", "Kind of banners")] = ""
    rule_ids: Annotated[Ids, about("优惠券规则", "Coupons, by rules", "list")] = ()
    goods_ids: Annotated[Ids, about("商品", "Goods", "list")] = ()
    terms_key: Annotated[Key, about("声明页面", "Page of terms")] = ""
    is_shown: Annotated[bool, about("显示", "Shown")] = True


class ActivityPage(ActivityPageTerms, frozen=True, kw_only=True):
    id: NumberId
    revision: Revision = 0


class ActivityPageService:
    """Activity pages, for who looks at them."""

    def __init__(self, pages: Furniture[ActivityPage]):
        self._pages = pages

    async def get_activity_page(self, page_id: int) -> ActivityPage:
        """Raises ActivityPageMissing."""
        found = next((one for one in await self._pages.list_all() if one.id == page_id and one.is_shown), None)
        if found is None:
            raise ActivityPageMissing("activity")
        return found


class ActivityPageRules(Rules[ActivityPage]):
    """An activity ends after it begins."""

    def __init__(self, inner: Rules[ActivityPage]):
        self._inner = inner

    async def check(self, after: ActivityPage, before: ActivityPage | None) -> None:
        if after.begins_at is not None and after.ends_at is not None and after.ends_at <= after.begins_at:
            raise InvalidInput({"ends_at": ["not_after_start"]})

    async def note_changed(self) -> None:
        await self._inner.note_changed()


ACTIVITY_PAGES = Noun(
    area="mall",
    name="activity-pages",
    zh="活动页面",
    en="Activity pages",
    made=ActivityPage,
    terms=ActivityPageTerms,
    label="title",
    searched=("title", "subtitle"),
    sorted=("id", "title"),
    filtered=("is_shown",),
    order=("-id",),
)
