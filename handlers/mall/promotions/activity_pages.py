"""活动页面"""
from __future__ import annotations

from typing import Annotated

from msgspec import Meta, Struct

from handlers.mall.shapes import DocumentTime, optional_time
from server.domain.mall.promotions.activity_pages import ActivityPage, ActivityPageMissing
from server.web.access import ANYONE
from server.web.call import Call
from server.web.manners import LOOSE
from server.web.routing import LARGEST_ID, Routes

routes = Routes(LOOSE)


class OneActivity(Struct):
    id: Annotated[int, Meta(ge=1, le=LARGEST_ID)]


class ActivityInfoShape(Struct, omit_defaults=True, kw_only=True):
    """`couponRuleIds` and `goodsIds` with commas between."""

    id: int
    title: str
    titleSub: str | None = None
    address: str | None = None
    dateStart: DocumentTime | None = None
    dateDeadline: DocumentTime | None = None
    bannerType: str | None = None
    couponRuleIds: str | None = None
    goodsIds: str | None = None
    disclaimerPageKey: str | None = None

    @classmethod
    def of(cls, activity: ActivityPage) -> ActivityInfoShape:
        return cls(
            id=activity.id,
            title=activity.title,
            titleSub=activity.subtitle or None,
            address=activity.address or None,
            dateStart=optional_time(activity.begins_at),
            dateDeadline=optional_time(activity.ends_at),
            bannerType=activity.banner_kind or None,
            couponRuleIds=",".join(map(str, activity.rule_ids)) or None,
            goodsIds=",".join(map(str, activity.goods_ids)) or None,
            disclaimerPageKey=activity.terms_key or None,
        )


class ActivityShape(Struct):
    info: ActivityInfoShape


@routes.get("/activityMallInfo/info", access=ANYONE, raises=(ActivityPageMissing,))
async def get_activity_page(call: Call, query: OneActivity) -> ActivityShape:
    """活动详情"""
    return ActivityShape(ActivityInfoShape.of(await call.services.mall.promotions.activity_pages.get_activity_page(query.id)))
