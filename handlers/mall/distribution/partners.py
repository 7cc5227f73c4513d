"""合伙人: the variant of distribution in which teams have leaders."""
from __future__ import annotations

from typing import Annotated

from msgspec import Meta, Struct

from handlers.mall.distribution.sellers import SellerNamed
from handlers.mall.distribution.team import masked
from handlers.mall.shapes import DocumentTime, Yuan, document_time, listed, yuan
from handlers.mall.users import picture, told_nick
from server.domain.mall.distribution.commissions import CommissionQuery
from server.domain.mall.distribution.sellers import AlreadyLed, NoLeader, Partner
from server.domain.mall.distribution.terms import read_terms
from server.web.access import ANYONE, SIGNED_IN
from server.web.call import Call
from server.web.manners import LOOSE
from server.web.routing import Routes

routes = Routes(LOOSE)

LEADERS = 0


class SettingShape(Struct):
    isOpen: bool
    priceLeader: Yuan


@routes.get("/partner/setting", access=ANYONE, raises=())
async def get_partner_setting(call: Call) -> SettingShape:
    """合伙人设置"""
    terms = await read_terms(call.services.mall.distribution.settings)
    return SettingShape(terms.can_buy_lead, yuan(terms.lead_price))


@routes.post("/partner/bindTeamLeader", access=SIGNED_IN, raises=(NoLeader, AlreadyLed))
async def follow(call: Call, body: SellerNamed) -> None:
    """绑定团队长

    For good."""
    await call.services.mall.distribution.partners.follow(call.caller.id, body.uid)


class CountShape(Struct):
    leaders: int
    members: int


@routes.get("/partner/members/statistics", access=SIGNED_IN, raises=())
async def count_members(call: Call) -> CountShape:
    """团队人数统计"""
    led = await call.services.mall.distribution.partners.list_led(call.caller.id)
    leaders = sum(one.is_leader for one in led)
    return CountShape(leaders, len(led) - leaders)


class MembersQuery(Struct):
    type: Annotated[int, Meta(ge=0, le=1, description="0 团队长 1 团员")] | None = None


class MemberShape(Struct, omit_defaults=True, kw_only=True):
    uid: int
    nick: str | None = None
    avatarUrl: str | None = None
    mobileMask: str | None = None
    isTeamLeader: bool
    dateAdd: DocumentTime


class MemberSalesShape(Struct):
    number: int
    amount: Yuan


class MembersShape(Struct):
    result: list[MemberShape]
    statisticsCommisionMap: dict[str, MemberSalesShape]


@routes.post("/partner/members", access=SIGNED_IN, raises=())
async def list_partner_members(call: Call, body: MembersQuery) -> MembersShape:
    """团队成员

    The newest first."""
    distribution = call.services.mall.distribution
    led = await distribution.partners.list_led(call.caller.id)
    wanted = [one for one in led if body.type is None or one.is_leader == (body.type == LEADERS)]
    people = await distribution.team.find_people({one.id for one in wanted})

    def shape(partner: Partner) -> MemberShape:
        user = people[partner.id]
        return MemberShape(
            uid=partner.id,
            nick=told_nick(user),
            avatarUrl=picture(user, call.origin),
            mobileMask=masked(user.phone),
            isTeamLeader=partner.is_leader,
            dateAdd=document_time(partner.joined_at),
        )

    shown = listed([one for one in wanted if one.id in people], shape)
    sales = {one.uid: await distribution.commissions.sum_sales(CommissionQuery(seller_id=one.uid)) for one in shown}
    return MembersShape(shown, {str(uid): MemberSalesShape(sold.orders, yuan(sold.base)) for uid, sold in sales.items()})
