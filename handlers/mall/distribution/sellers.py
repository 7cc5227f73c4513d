"""分销商: becoming one, and on which terms."""
from __future__ import annotations

from typing import Annotated

from msgspec import Meta, Struct

from handlers.mall.shapes import DocumentTime, Yuan, document_time, yuan
from server.domain.mall.distribution.sellers import AlreadySeller, NotApplied, NotForSale, Seller, SellerState
from server.domain.mall.distribution.team import AlreadyBrought, NotYours
from server.domain.mall.distribution.terms import read_terms
from server.domain.mall.ledger import NotEnoughBalance
from server.web.access import ANYONE, SIGNED_IN
from server.web.call import Call
from server.web.manners import LOOSE
from server.web.routing import LARGEST_ID, Routes

routes = Routes(LOOSE)

# Who was stopped is refused, for clients.
STATES = {SellerState.APPLIED: 0, SellerState.REFUSED: 1, SellerState.APPROVED: 2, SellerState.STOPPED: 1}


class Application(Struct):
    name: Annotated[str, Meta(min_length=1, max_length=32, description="姓名")]
    mobile: Annotated[str, Meta(min_length=1, max_length=32, description="手机号码")]


@routes.post("/saleDistribution/apply", access=SIGNED_IN, raises=(AlreadySeller,))
async def apply_to_sell(call: Call, body: Application) -> None:
    """申请成为分销商"""
    await call.services.mall.distribution.sellers.apply(call.caller.id, body.name, body.mobile)


class ProgressShape(Struct, omit_defaults=True, kw_only=True):
    status: int
    remark: str | None = None
    name: str | None = None
    mobile: str | None = None
    dateAdd: DocumentTime

    @classmethod
    def of(cls, seller: Seller) -> ProgressShape:
        return cls(
            status=STATES[seller.state],
            remark=seller.answer or None,
            name=seller.name or None,
            mobile=seller.mobile or None,
            dateAdd=document_time(seller.applied_at),
        )


@routes.get("/saleDistribution/apply/progress", access=SIGNED_IN, raises=(NotApplied,))
async def get_application(call: Call) -> ProgressShape:
    """申请成为分销商进度

    700 for who has not asked."""
    return ProgressShape.of(await call.services.mall.distribution.sellers.get_application(call.caller.id))


class SettingShape(Struct):
    canBuy: bool
    price: Yuan


@routes.get("/saleDistribution/setting", access=ANYONE, raises=())
async def get_seller_setting(call: Call) -> SettingShape:
    """分销设置"""
    terms = await read_terms(call.services.mall.distribution.settings)
    return SettingShape(terms.can_buy, yuan(terms.price))


@routes.post("/saleDistribution/buy", access=SIGNED_IN, raises=(NotForSale, AlreadySeller, NotEnoughBalance))
async def buy(call: Call) -> None:
    """购买分销资格

    From the wallet."""
    await call.services.mall.distribution.sellers.buy(call.caller.id)


class SellerNamed(Struct):
    uid: Annotated[int, Meta(ge=1, le=LARGEST_ID, description="推荐人用户编号")]


@routes.post("/user/bindSeller", access=SIGNED_IN, raises=(NotYours, AlreadyBrought))
async def bind_seller(call: Call, body: SellerNamed) -> None:
    """绑定推荐人

    For good; who was brought before keeps who did."""
    await call.services.mall.members.get_person(call.caller)
    await call.services.mall.distribution.team.bind(call.caller.id, body.uid)
