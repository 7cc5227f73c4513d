"""Levels: what they bring, what they cost, and how long one lasts. Money in fen."""
from __future__ import annotations

import calendar
from collections.abc import Iterable
from datetime import datetime, timedelta
from enum import Enum
from typing import Annotated

from msgspec import Meta, Struct

from server.domain.errors import InvalidInput
from server.domain.mall.categories import Name, Sort
from server.domain.mall.promotions.coupon_rules import Ids
from server.domain.moments import SHANGHAI
from server.domain.nouns import Noun, NounStore, NumberId, Revision, Rules, about

MOST = 10**9
WHOLE_PRICE = 100  # percent

Points = Annotated[int, Meta(ge=0, le=MOST)]


class Span(int, Enum):
    """What a length of time is counted in, as the document numbers it."""

    DAY = 0
    MONTH = 1
    YEAR = 2


SPAN_LABELS = {Span.DAY: ("天", "Days"), Span.MONTH: ("月", "Months"), Span.YEAR: ("年", "Years")}
MONTHS = {Span.MONTH: 1, Span.YEAR: 12}


def after_span(moment: datetime, number: int, span: Span) -> datetime:
    """So many days, months or years later by the calendar of Asia/Shanghai; on the month's last day where it has no such day."""
    if span is Span.DAY:
        return moment + timedelta(days=number)
    local = moment.astimezone(SHANGHAI)
    years, month = divmod(local.month - 1 + number * MONTHS[span], 12)
    year, month = local.year + years, month + 1
    day = min(local.day, calendar.monthrange(year, month)[1])
    return local.replace(year=year, month=month, day=day).astimezone(moment.tzinfo)


class LevelTerms(Struct, frozen=True, kw_only=True):
    """Members of it pay `percent` of what goods cost. A higher `rank` is a higher level.

    Who has so much `growth` is of it (0: it is only bought). Who buys it for the first time is given `welcome_points`; who is of it, each
    month `monthly_points` and a coupon of each of the rules.
    """

    name: Annotated[Name, about("名称", "Name")]
    rank: Annotated[Annotated[int, Meta(ge=1, le=1000)], about("级别", "Rank")]
    percent: Annotated[Annotated[int, Meta(ge=1, le=WHOLE_PRICE)], about("折扣（付百分之几）", "Percent of the price")] = WHOLE_PRICE
    growth: Annotated[Points, about("升级所需成长值", "Growth for it")] = 0
    welcome_points: Annotated[Points, about("开通赠送积分", "Points at the first purchase")] = 0
    monthly_points: Annotated[Points, about("每月赠送积分", "Points each month")] = 0
    monthly_rule_ids: Annotated[Ids, about("每月赠送优惠券规则", "Coupons each month, by rules", "list")] = ()
    is_open: Annotated[bool, about("启用", "In use")] = True
    sort: Annotated[Sort, about("排序", "Order")] = 0


class Level(LevelTerms, frozen=True, kw_only=True):
    id: NumberId
    revision: Revision = 0

    @property
    def gives_monthly(self) -> bool:
        return bool(self.monthly_points or self.monthly_rule_ids)

    def price_of(self, price: int) -> int:
        """What a piece costs its members, rounded half up."""
        return (price * self.percent + WHOLE_PRICE // 2) // WHOLE_PRICE


class LevelPriceTerms(Struct, frozen=True, kw_only=True):
    """So long costs so much."""

    level_id: Annotated[Annotated[int, Meta(ge=1, le=2**53 - 1)], about("会员等级", "Level", refers_to="mall.levels")]
    duration: Annotated[Annotated[int, Meta(ge=1, le=1000)], about("时长", "How long")]
    span: Annotated[Span, about("时长单位", "Counted in", labels=SPAN_LABELS)]
    price: Annotated[Annotated[int, Meta(ge=1, le=MOST)], about("价格", "Price", "money")]
    is_open: Annotated[bool, about("可购买", "On sale")] = True
    remark: Annotated[Annotated[str, Meta(max_length=200)], about("备注", "Remark")] = ""


class LevelPrice(LevelPriceTerms, frozen=True, kw_only=True):
    id: NumberId
    revision: Revision = 0


def highest(levels: Iterable[Level]) -> Level | None:
    return max(levels, key=lambda level: (level.rank, level.id), default=None)


class LevelRules(Rules[Level]):
    """No rank twice."""

    def __init__(self, levels: NounStore[Level], inner: Rules[Level]):
        self._levels = levels
        self._inner = inner

    async def check(self, after: Level, before: Level | None) -> None:
        if any(one.rank == after.rank and one.id != after.id for one in await self._levels.list_all()):
            raise InvalidInput({"rank": ["taken"]})

    async def note_changed(self) -> None:
        await self._inner.note_changed()


class LevelPriceRules(Rules[LevelPrice]):
    """Of a level that there is."""

    def __init__(self, levels: NounStore[Level], inner: Rules[LevelPrice]):
        self._levels = levels
        self._inner = inner

    async def check(self, after: LevelPrice, before: LevelPrice | None) -> None:
        if await self._levels.find(after.level_id) is None:
            raise InvalidInput({"level_id": ["unknown"]})

    async def note_changed(self) -> None:
        await self._inner.note_changed()


LEVELS = Noun(
    area="mall",
    name="levels",
    zh="会员等级",
    en="Levels",
    made=Level,
    terms=LevelTerms,
    sorted=("id", "name", "rank", "sort"),
    filtered=("is_open",),
    order=("rank", "id"),
    is_kept=True,
)

LEVEL_PRICES = Noun(
    area="mall",
    name="level-prices",
    zh="会员等级价格",
    en="Prices of levels",
    made=LevelPrice,
    terms=LevelPriceTerms,
    label="id",
    searched=("remark",),
    sorted=("id", "price"),
    filtered=("level_id", "is_open"),
    order=("level_id", "price", "id"),
    is_kept=True,
)
