"""抽奖: raffles, and who won what."""
from __future__ import annotations

from typing import Annotated

from msgspec import Meta, Struct

from handlers.mall.failures.general import NothingThere
from handlers.mall.shapes import PAGED, DocumentTime, PageShape, Paging, absolute, document_time, optional_time, paged
from server.domain.mall.sidelines.raffles import (
    Draw,
    DrawsSpent,
    Prize,
    Raffle,
    RaffleClosed,
    RaffleMissing,
    RaffleNotBegun,
    RaffleOver,
)
from server.web.access import ANYONE, SIGNED_IN
from server.web.call import Call
from server.web.manners import LOOSE
from server.web.routing import LARGEST_ID, Routes

routes = Routes(LOOSE)


class RaffleNamed(Struct):
    id: Annotated[int, Meta(ge=0, le=LARGEST_ID, description="抽奖项目id")]


class RaffleShape(Struct, omit_defaults=True, kw_only=True):
    """`status`: 0 open, 1 not."""

    id: int
    name: str
    timesPerUser: int
    status: int
    dateStart: DocumentTime | None = None
    dateEnd: DocumentTime | None = None

    @classmethod
    def of(cls, raffle: Raffle) -> RaffleShape:
        return cls(
            id=raffle.id,
            name=raffle.name,
            timesPerUser=raffle.times,
            status=0 if raffle.is_open else 1,
            dateStart=optional_time(raffle.begins_at),
            dateEnd=optional_time(raffle.ends_at),
        )


class PrizeShape(Struct):
    goodsId: int
    title: str
    pic: str

    @classmethod
    def of(cls, prize: Prize, origin: str) -> PrizeShape:
        return cls(prize.goods_id, prize.title, absolute(prize.picture or NO_PICTURE, origin))


NO_PICTURE = "/static/favicon.svg"


class RaffleDetailShape(Struct):
    info: RaffleShape
    luckyGoods: list[PrizeShape]


@routes.get("/luckyInfo/info", access=ANYONE, raises=(RaffleMissing,))
async def get_raffle(call: Call, query: RaffleNamed) -> RaffleShape:
    """读取抽奖项目详情"""
    return RaffleShape.of(await call.services.mall.sidelines.raffles.get_raffle(query.id))


@routes.get("/luckyInfo/info/v2", access=ANYONE, raises=(RaffleMissing,))
async def get_raffle_v2(call: Call, query: RaffleNamed) -> RaffleDetailShape:
    """读取抽奖项目详情和奖品"""
    found = await call.services.mall.sidelines.raffles.get_raffle(query.id)
    return RaffleDetailShape(RaffleShape.of(found), [PrizeShape.of(prize, call.origin) for prize in found.prizes])


class DrawShape(Struct):
    """`prizeName` as `luckyGoods` has it, or that nothing was won."""

    id: int
    lid: int
    uid: int
    prizeName: str
    dateAdd: DocumentTime

    @classmethod
    def of(cls, draw: Draw) -> DrawShape:
        return cls(draw.id, draw.raffle_id, draw.user_id, draw.prize, document_time(draw.drawn_at))


@routes.post(
    "/luckyInfo/join", access=SIGNED_IN, raises=(RaffleMissing, RaffleClosed, RaffleNotBegun, RaffleOver, DrawsSpent)
)
async def draw(call: Call, body: RaffleNamed) -> DrawShape:
    """参与抽奖"""
    return DrawShape.of(await call.services.mall.sidelines.raffles.draw(call.caller.id, body.id))


class DrawQuery(Paging):
    lid: Annotated[int, Meta(ge=0, le=LARGEST_ID, description="抽奖项目id")] | None = None
    uid: Annotated[int, Meta(ge=0, le=LARGEST_ID, description="用户id")] | None = None


@routes.post("/luckyInfo/join/logs", access=ANYONE, raises=())
async def page_draws(call: Call, body: DrawQuery) -> PageShape[DrawShape]:
    """参与抽奖记录

    The newest first; `totalRow` counts them all."""
    page = body.to_page_query(PAGED)
    found = await call.services.mall.sidelines.raffles.page_draws(page, raffle_id=body.lid, user_id=body.uid)
    return paged(found, page, DrawShape.of)


@routes.get("/luckyInfo/join/my", access=SIGNED_IN, raises=())
async def get_last_draw(call: Call, query: RaffleNamed) -> DrawShape:
    """我的最近一次抽奖"""
    found = await call.services.mall.sidelines.raffles.find_last(call.caller.id, query.id)
    if found is None:
        raise NothingThere()
    return DrawShape.of(found)
