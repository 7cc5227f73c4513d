"""砍价: joining a bargain, and cutting its price for friends."""
from __future__ import annotations

from typing import Annotated

from msgspec import Meta, Struct

from handlers.mall.campaigns.shapes import FaceShape
from handlers.mall.goods.goods import Ids, ids_in
from handlers.mall.shapes import DocumentTime, Yuan, document_time, listed, yuan
from server.domain.accounts.users import User
from server.domain.mall.campaigns.bargains import (
    MOST_WORDS,
    Bargain,
    BargainKept,
    BargainMissing,
    BargainOver,
    BargainUsed,
    Help,
    NotHelped,
    NotJoined,
    Run,
    RunState,
)
from server.web.access import ANYONE, SIGNED_IN
from server.web.call import Call
from server.web.manners import LOOSE
from server.web.routing import LARGEST_ID, Routes

routes = Routes(LOOSE)

OPEN, SOLD_OUT = (0, "进行中"), (1, "已抢光")
STATES = {RunState.OPEN: "进行中", RunState.ORDERED: "已下单", RunState.BOUGHT: "已购买", RunState.GIVEN_UP: "已放弃"}

BargainId = Annotated[int, Meta(ge=1, le=LARGEST_ID, description="砍价ID")]
UserId = Annotated[int, Meta(ge=1, le=LARGEST_ID, description="砍价参与用户ID")]


class BargainShape(Struct, kw_only=True):
    """`numberBuy` counts orders that are paid."""

    id: int
    goodsId: int
    originalPrice: Yuan
    minPrice: Yuan
    number: int
    numberBuy: int
    helpPriceMin: Yuan
    helpPriceMax: Yuan
    status: int
    statusStr: str
    dateAdd: DocumentTime
    dateEnd: DocumentTime

    @classmethod
    def of(cls, bargain: Bargain) -> BargainShape:
        status, words = OPEN if bargain.left > 0 else SOLD_OUT
        return cls(
            id=bargain.id,
            goodsId=bargain.goods_id,
            originalPrice=yuan(bargain.price),
            minPrice=yuan(bargain.floor),
            number=bargain.number,
            numberBuy=bargain.sold,
            helpPriceMin=yuan(bargain.least_cut),
            helpPriceMax=yuan(bargain.most_cut),
            status=status,
            statusStr=words,
            dateAdd=document_time(bargain.added_at),
            dateEnd=document_time(bargain.ends_at),
        )


class OfGoods(Struct):
    goodsId: Annotated[int, Meta(ge=1, le=LARGEST_ID, description="商品id")]


@routes.get("/shop/goods/kanjia/set", access=ANYONE, raises=())
async def get_bargain(call: Call, query: OfGoods) -> BargainShape:
    """获取砍价设置"""
    found = await call.services.mall.campaigns.bargains.list_open([query.goodsId])
    return listed(found, BargainShape.of)[0]


class OfSeveralGoods(Struct):
    goodsId: Ids


@routes.get("/shop/goods/kanjia/set/v2", access=ANYONE, raises=())
async def list_bargains(call: Call, query: OfSeveralGoods) -> list[BargainShape]:
    """获取砍价设置，多个商品

    700 where none of the goods has one: clients take the first row."""
    return listed(await call.services.mall.campaigns.bargains.list_open(sorted(ids_in(query.goodsId, "goodsId"))), BargainShape.of)


class RunShape(Struct, kw_only=True):
    """`helpNumber`: how many have helped."""

    kjId: int
    goodsId: int
    uid: int
    curPrice: Yuan
    minPrice: Yuan
    helpNumber: int
    status: int
    statusStr: str
    dateAdd: DocumentTime
    dateUpdate: DocumentTime

    @classmethod
    def of(cls, run: Run) -> RunShape:
        return cls(
            kjId=run.bargain_id,
            goodsId=run.goods_id,
            uid=run.user_id,
            curPrice=yuan(run.price_now),
            minPrice=yuan(run.floor),
            helpNumber=run.helps,
            status=run.state.value,
            statusStr=STATES[run.state],
            dateAdd=document_time(run.joined_at),
            dateUpdate=document_time(run.changed_at),
        )


class HelperShape(FaceShape, omit_defaults=True, kw_only=True):
    cutPrice: Yuan
    dateAdd: DocumentTime
    remark: str | None = None


def _helper(help: Help, helper: User | None, origin: str) -> HelperShape:
    face, at = FaceShape.of(helper, origin), document_time(help.at)
    return HelperShape(nick=face.nick, avatarUrl=face.avatarUrl, cutPrice=yuan(help.cut), dateAdd=at, remark=help.words or None)


class ProgressShape(Struct):
    kanjiaInfo: RunShape
    joiner: FaceShape
    helps: list[HelperShape]


class RunSought(Struct):
    kjid: BargainId
    joiner: UserId


@routes.get("/shop/goods/kanjia/info", access=ANYONE, raises=(NotJoined,))
async def get_progress(call: Call, query: RunSought) -> ProgressShape:
    """砍价详情"""
    found = await call.services.mall.campaigns.bargains.get_progress(query.kjid, query.joiner)
    helpers = [_helper(help, helper, call.origin) for help, helper in found.helps]
    return ProgressShape(RunShape.of(found.run), FaceShape.of(found.joiner, call.origin), helpers)


class OneBargain(Struct):
    kjid: BargainId


@routes.post("/shop/goods/kanjia/join", access=SIGNED_IN, raises=(BargainMissing, BargainOver))
async def join_bargain(call: Call, body: OneBargain) -> RunShape:
    """加入砍价

    Again it answers the one of before."""
    return RunShape.of(await call.services.mall.campaigns.bargains.join(call.caller.id, body.kjid))


@routes.get("/shop/goods/kanjia/my", access=SIGNED_IN, raises=(NotJoined,))
async def get_own_bargain(call: Call, query: OneBargain) -> RunShape:
    """我的砍价"""
    return RunShape.of(await call.services.mall.campaigns.bargains.get_run(query.kjid, call.caller.id))


@routes.post("/shop/goods/kanjia/clear", access=SIGNED_IN, raises=(BargainKept, NotJoined, BargainUsed))
async def give_up_bargain(call: Call, body: OneBargain) -> None:
    """删除砍价

    Where the parameter `CUT_PRICE_MULTI` is `open`; one may join anew then."""
    await call.services.mall.campaigns.bargains.give_up(call.caller.id, body.kjid)


class HelpShape(Struct, omit_defaults=True, kw_only=True):
    """`uid` is the helper."""

    goodsId: int
    uid: int
    cutPrice: Yuan
    remark: str | None = None
    dateAdd: DocumentTime

    @classmethod
    def of(cls, help: Help) -> HelpShape:
        return cls(
            goodsId=help.goods_id,
            uid=help.helper_id,
            cutPrice=yuan(help.cut),
            remark=help.words or None,
            dateAdd=document_time(help.at),
        )


class HelpGiven(Struct):
    kjid: BargainId
    joinerUser: UserId
    remark: Annotated[str, Meta(max_length=MOST_WORDS, description="砍价留言")] = ""


@routes.post("/shop/goods/kanjia/help", access=SIGNED_IN, raises=(BargainMissing, NotJoined, BargainOver, BargainUsed))
async def help_bargain(call: Call, body: HelpGiven) -> HelpShape:
    """帮人砍一刀

    Once; again it answers the help of before."""
    return HelpShape.of(await call.services.mall.campaigns.bargains.help(call.caller.id, body.kjid, body.joinerUser, body.remark))


class HelpSought(Struct):
    kjid: BargainId
    joinerUser: UserId


@routes.get("/shop/goods/kanjia/myHelp", access=SIGNED_IN, raises=(NotHelped,))
async def get_own_help(call: Call, query: HelpSought) -> HelpShape:
    """帮忙砍价信息

    700 before the caller has helped: clients offer it then."""
    return HelpShape.of(await call.services.mall.campaigns.bargains.get_help(query.kjid, query.joinerUser, call.caller.id))
