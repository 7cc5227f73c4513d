"""分销 over HTTP: becoming a distributor, bringing people, and what one gets for it."""
from __future__ import annotations

import asyncio
from typing import Any

from server.composition.distribution import Distribution
from server.domain.accounts.users import User
from tests.api import Api
from tests.clock import HandClock
from tests.handlers.mall.ordering import HERE, act, hire, pay, place
from tests.handlers.mall.test_attacks import assert_clean, find_problems
from tests.handlers.mall.test_claims import claims_of
from tests.handlers.mall.test_payments import balance_of
from tests.handlers.mall.test_window import EMPTY, put, put_goods
from tests.mall import Shopper, data_of, sign_in

FX = "/saleDistribution"


async def set_terms(api: Api, operator: User, **terms: Any) -> None:
    for key, value in {"fx_can_buy": "1", "fx_price": "9.90", "fx_commission_1": "10", "fx_commission_2": "2.5", **terms}.items():
        await put(api, operator, "settings", key=key, value=value)


async def bring(api: Api, name: str, by: Shopper) -> Shopper:
    """A new member whom that one brought."""
    told = data_of(await Shopper(api).post("/user/wxapp/authorize", code=name, referrer=by.uid))
    return Shopper(api, told["token"], told["uid"])


async def make_seller(api: Api, operator: User, shopper: Shopper) -> None:
    assert (await shopper.post(f"{FX}/apply", name="张三", mobile="13800138000"))["code"] == 0
    assert (await act(api, operator, "sellers", shopper.uid, "approve")).status == 200


async def buy(buyer: Shopper, goods_id: int, **about: Any) -> dict[str, Any]:
    order = await place(buyer, {"goodsId": goods_id, **about})
    await pay(buyer, order)
    return order


async def receive(api: Api, operator: User, buyer: Shopper, order: dict[str, Any]) -> None:
    assert (await act(api, operator, "orders", order["id"], "ship", carrier="顺丰", tracking="SF1")).status == 200
    assert (await buyer.post("/order/delivery", orderId=order["id"]))["code"] == 0


async def commissions_of(api: Api, operator: User, order: dict[str, Any]) -> list[dict[str, Any]]:
    return (await api.get("/api/ops/mall/commissions", as_user=operator, query={"order_id": order["id"]})).data["list"]


async def settle_due(api: Api) -> None:
    """One round."""
    [distribution] = [theme for theme in api.application.mall.themes if isinstance(theme, Distribution)]
    await distribution.services.commissions.settle_due()


async def test_a_member_asks_to_be_a_distributor_or_buys_it(api: Api) -> None:
    operator, sam, tom = await hire(api), await sign_in(api, "sam"), await sign_in(api, "tom")
    assert (await sam.get(f"{FX}/apply/progress"))["code"] == 700
    assert data_of(await sam.get(f"{FX}/setting")) == {"canBuy": False, "price": 0.0}
    assert (await sam.post(f"{FX}/buy"))["code"] == 20001
    assert (await sam.post(f"{FX}/apply", name="张三", mobile="13800138000"))["code"] == 0
    assert data_of(await sam.get(f"{FX}/apply/progress"))["status"] == 0
    assert (await act(api, operator, "sellers", sam.uid, "refuse", answer="资料不全")).status == 200
    told = data_of(await sam.get(f"{FX}/apply/progress"))
    assert (told["status"], told["remark"]) == (1, "资料不全")
    await make_seller(api, operator, sam)
    assert data_of(await sam.get(f"{FX}/apply/progress"))["status"] == 2
    assert data_of(await sam.get("/user/detail"))["base"]["isSeller"] is True
    assert (await sam.post(f"{FX}/apply", name="张三", mobile="13800138000"))["code"] == 20000
    await set_terms(api, operator)
    assert data_of(await tom.get(f"{FX}/setting")) == {"canBuy": True, "price": 9.9}
    assert (await tom.post(f"{FX}/buy"))["code"] != 0  # nothing is in the wallet
    await tom.give(balance=2000)
    codes = [answer["code"] for answer in await asyncio.gather(*(tom.post(f"{FX}/buy") for _ in range(5)))]
    assert codes.count(0) == 1 and await balance_of(tom) == 10.1
    assert data_of(await tom.get("/user/detail"))["base"]["isSeller"] is True
    await assert_clean(api)


async def test_who_brings_buyers_has_a_part_once_the_goods_are_theirs_for_good(api: Api, clock: HandClock) -> None:
    operator, top = await hire(api), await sign_in(api, "top")
    await set_terms(api, operator)
    sam = await bring(api, "sam", top)
    ben = await bring(api, "ben", sam)
    for seller in (top, sam):
        await make_seller(api, operator, seller)
    made = await put_goods(api, operator, price=3333, after_sale=[0])
    await ben.give(balance=100_000)
    order = await buy(ben, made["id"])
    assert data_of(await sam.get("/user/amount"))["fxCommisionPaying"] == 3.33
    assert data_of(await top.get("/user/amount"))["fxCommisionPaying"] == 0.83
    told = data_of(await sam.post(f"{FX}/commision/log"))
    [row] = told["result"]
    assert (row["money"], row["bili"], row["isSettlement"], row["level"], row["uids"]) == (3.33, 10.0, False, 1, ben.uid)
    assert (told["orderList"][0]["id"], told["aggregate"]) == (order["id"], {"sum_sale_amount": 33.33})
    assert "hxNumber" not in told["orderList"][0] and told["orderList"][0]["ip"] == ""
    today = clock.now().strftime("%Y%m%d")
    for begin in (today, today[:6]):
        [sales] = data_of(await Shopper(api).get("/site/statistics/saleroom", dateBegin=begin, dateEnd=begin, uid=sam.uid))
        assert (sales["saleroom"], sales["estimateCommission"]) == (33.33, 3.33)
    await settle_due(api)
    assert await balance_of(sam) == 0
    await receive(api, operator, ben, order)
    clock.advance(days=6)
    await settle_due(api)
    assert await balance_of(sam) == 0
    clock.advance(days=2)
    await asyncio.gather(*(settle_due(api) for _ in range(3)))
    assert (await balance_of(sam), await balance_of(top)) == (3.33, 0.83)
    assert data_of(await sam.post(f"{FX}/commision/log", isSettlement="true"))["result"][0]["isSettlement"] is True
    assert await sam.post(f"{FX}/commision/log", isSettlement="false") == EMPTY
    # What is given back takes its part along, also when it was paid out.
    assert (await act(api, operator, "orders", order["id"], "refund", reason="质量问题")).status == 200
    assert (await balance_of(sam), await balance_of(top)) == (0, 0)
    await assert_clean(api)
    await api.application.mongo.database.mall_commissions.update_one({"level": 1}, {"$set": {"amount": 5}})
    assert any(problem.startswith("commission 1 ") for problem in await find_problems(api))


async def test_part_of_it_goes_back_with_part_of_the_goods(api: Api) -> None:
    operator, sam = await hire(api), await sign_in(api, "sam")
    await set_terms(api, operator)
    await make_seller(api, operator, sam)
    ben = await sign_in(api, "ben")
    made = await put_goods(api, operator, price=1000, after_sale=[0])
    await ben.give(balance=100_000)
    order = await buy(ben, made["id"], number=3, inviter_id=sam.uid)  # recommended by a link
    assert data_of(await sam.get("/user/amount"))["fxCommisionPaying"] == 3.0
    asked = {"orderId": order["id"], "type": 0, "logisticsStatus": 0, "reason": "多拍了", "number": 1, "amount": 10}
    [line] = data_of(await ben.get("/order/detail", id=order["id"]))["goods"]
    assert (await ben.post("/order/refundApply/apply", **asked, orderGoodsId=line["id"]))["code"] == 0
    [claim] = await claims_of(ben, {"orderInfo": order})
    await receive(api, operator, ben, order)
    [commission] = (await api.get("/api/ops/mall/commissions", as_user=operator)).data["list"]
    assert (await act(api, operator, "commissions", commission["id"], "settle")).status == 409  # something is asked for
    assert (await act(api, operator, "claims", claim["id"], "approve")).status == 200
    assert data_of(await sam.get("/user/amount"))["fxCommisionPaying"] == 2.0
    assert (await act(api, operator, "commissions", commission["id"], "settle")).status == 200
    assert await balance_of(sam) == 2.0
    await assert_clean(api)
    # Nobody recommends to themselves.
    await sam.give(balance=10_000)
    await buy(sam, made["id"], inviter_id=sam.uid)
    assert data_of(await sam.get("/user/amount"))["fxCommisionPaying"] == 0


async def test_a_distributor_sees_their_own_people(api: Api) -> None:
    operator, sam, mallory = await hire(api), await sign_in(api, "sam"), await sign_in(api, "mallory")
    await set_terms(api, operator)
    await make_seller(api, operator, sam)
    ben = await bring(api, "ben", sam)
    cat = await sign_in(api, "cat")
    assert await sam.post(f"{FX}/members", level=2) == EMPTY
    assert (await cat.post("/user/bindSeller", uid=ben.uid))["code"] == 0
    assert (await cat.post("/user/bindSeller", uid=ben.uid))["code"] == 0
    assert (await cat.post("/user/bindSeller", uid=mallory.uid))["code"] == 20000
    for uid in (sam.uid, cat.uid):
        assert (await sam.post("/user/bindSeller", uid=uid))["code"] != 0  # themselves, and whom they brought
    assert data_of(await sam.get(f"{FX}/members/statistics")) == {"totleFansLevel1": 1, "totleFansLevel2": 1}
    made = await put_goods(api, operator, price=1000)
    await ben.give(balance=10_000)
    await buy(ben, made["id"])
    told = data_of(await sam.post(f"{FX}/members", level=1))
    assert [row["uids"] for row in told["result"]] == [ben.uid]
    assert told["statisticsCommisionMap"] == {str(ben.uid): {"saleroom": 10.0, "numberOrder": 1}}
    assert told["userCashMap"][str(ben.uid)] == {"totleConsumed": 10.0, "totalPayNumber": 1, "totalPayAmount": 10.0}
    [second] = data_of(await sam.post(f"{FX}/members", level=2))["result"]
    assert second["uids"] == cat.uid
    assert data_of(await sam.get("/user/detail/spreadUser", uid=cat.uid))["base"]["isSeller"] is False
    for stranger in (mallory, cat):
        assert (await stranger.get("/user/detail/spreadUser", uid=ben.uid))["code"] == 700


async def test_teams_cities_and_leaders(api: Api) -> None:
    operator, sam, ben = await hire(api), await sign_in(api, "sam"), await sign_in(api, "ben")
    await set_terms(api, operator, fx_leader_open="1", fx_leader_price="5")
    await make_seller(api, operator, sam)
    team = await put(api, operator, "seller-teams", name="一队", leader_id=sam.uid, goal=100_000)
    assert (await act(api, operator, "sellers", sam.uid, "team", team_id=team["id"])).status == 200
    place_of = {"province_id": HERE["provinceId"], "province": "浙江省", "city_id": HERE["cityId"], "city": "杭州市"}
    assert await sam.get(f"{FX}/city/list") == EMPTY
    await put(api, operator, "seller-cities", user_id=sam.uid, goal=5000, **place_of)
    freight = await put(api, operator, "freights", name="包邮", is_free=True)
    made = await put_goods(api, operator, price=1000, freight_id=freight["id"])
    await ben.give(balance=10_000)
    to = {**HERE, "linkMan": "李四", "mobile": "13800138000", "address": "文三路 1 号"}
    await pay(ben, await place(ben, {"goodsId": made["id"], "inviter_id": sam.uid}, **to))
    [city] = data_of(await sam.get(f"{FX}/city/list"))
    assert (city["curSaleroom"], city["standardSaleroom"], city["cityName"]) == (10.0, 50.0, "杭州市")
    [month] = data_of(await sam.post(f"{FX}/city/report", provinceId=HERE["provinceId"], cityId=HERE["cityId"]))["result"]
    assert month == {"month": "203606", "curSaleroom": 10.0, "standardSaleroom": 50.0}
    [month] = data_of(await sam.post(f"{FX}/team/report", teamId=team["id"]))["result"]
    assert month == {"month": "203606", "curSaleroom": 10.0, "standardSaleroom": 1000.0}
    assert (await ben.post(f"{FX}/team/report", teamId=team["id"]))["code"] == 700
    detail = data_of(await sam.get("/user/detail"))
    assert (detail["base"]["teamId"], detail["saleDistributionTeam"]["leader"]) == (team["id"], sam.uid)
    # The variant with leaders: paid for on line, and followed for good.
    assert data_of(await ben.get("/partner/setting")) == {"isOpen": True, "priceLeader": 5.0}
    assert (await ben.post("/partner/bindTeamLeader", uid=sam.uid))["code"] == 20000
    asked = data_of(await sam.post("/pay/wx/wxapp", money=5, nextAction='{"type":14}'))["outTradeId"]
    [payment] = (await api.get("/api/ops/mall/payments", as_user=operator, query={"number": asked})).data["list"]
    assert (await act(api, operator, "payments", payment["id"], "pay")).status == 200
    assert data_of(await sam.get("/user/detail"))["base"]["isTeamLeader"] is True
    assert (await ben.post("/partner/bindTeamLeader", uid=sam.uid))["code"] == 0
    assert data_of(await sam.get("/partner/members/statistics")) == {"leaders": 0, "members": 1}
    assert data_of(await ben.get("/user/detail"))["parentTeamLeaderInfo"] == {"nick": "sam"}
    told = data_of(await sam.post("/partner/members", type=1))
    assert [row["uid"] for row in told["result"]] == [ben.uid] and told["statisticsCommisionMap"][str(ben.uid)]["number"] == 0
    assert data_of(await sam.post("/partner/members")) == told
    assert await sam.post("/partner/members", type=0) == EMPTY
    await assert_clean(api)


async def test_goods_that_give_something_themselves_give_it_to_who_recommended_them(api: Api) -> None:
    """In the place of the first level's percentage; their page promises it to everybody, so nobody has to be a distributor for it."""
    operator, top, pat = await hire(api), await sign_in(api, "top"), await sign_in(api, "pat")
    await set_terms(api, operator)
    sam = await bring(api, "sam", top)
    for seller in (top, sam):
        await make_seller(api, operator, seller)
    ben = await bring(api, "ben", sam)
    for_money = await put_goods(api, operator, price=1000, after_sale=[0], commission=300, commission_kind=2)
    for_points = await put_goods(api, operator, price=1000, after_sale=[0], commission=40, commission_kind=1)
    await ben.give(balance=100_000)
    first = await buy(ben, for_money["id"], number=3)
    second = await buy(ben, for_points["id"], number=2, inviter_id=pat.uid)
    third = await buy(ben, for_money["id"], inviter_id=ben.uid)  # nobody recommends to themselves: sam brought ben
    assert [data_of(await who.get("/user/amount"))["fxCommisionPaying"] for who in (sam, top, pat)] == [12.0, 1.5, 0]
    [row] = data_of(await pat.post(f"{FX}/commision/log"))["result"]
    assert (row["score"], row["money"], row["bili"]) == (80, 0, 0)
    for order in (first, second, third):
        await receive(api, operator, ben, order)
    rows = (await api.get("/api/ops/mall/commissions", as_user=operator, query={"order_id": second["id"]})).data["list"]
    [points] = [one for one in rows if one["seller_id"] == pat.uid]
    assert (await act(api, operator, "commissions", points["id"], "settle")).status == 200
    assert (data_of(await pat.get("/user/amount"))["score"], await balance_of(pat)) == (80, 0)
    await assert_clean(api)
    # Paid out and spent; then its pieces go back.
    [money] = [one for one in (await commissions_of(api, operator, first)) if one["level"] == 1]
    assert (money["amount"], money["percent"]) == (900, 0)
    assert (await act(api, operator, "commissions", money["id"], "settle")).status == 200
    await sam.give(balance=-700, key="spent")
    assert (await act(api, operator, "orders", first["id"], "refund", reason="质量问题")).status == 200
    [owing] = (await api.get("/api/ops/mall/commissions", as_user=operator, query={"owed_from": "700"})).data["list"]
    assert (owing["id"], owing["amount"], await balance_of(sam)) == (money["id"], 0, 0)
    await assert_clean(api)
    # What is owed is collected from what is paid out next, and no more than that; the rest waits for the one after it.
    await sam.give(balance=5000, key="others")
    [next_one] = [one for one in (await commissions_of(api, operator, third)) if one["level"] == 1]
    assert (await act(api, operator, "commissions", next_one["id"], "settle")).status == 200
    assert await balance_of(sam) == 50
    [owing] = (await api.get("/api/ops/mall/commissions", as_user=operator, query={"owed_from": "1"})).data["list"]
    await assert_clean(api)
    fourth = await buy(ben, for_money["id"], number=2)
    await receive(api, operator, ben, fourth)
    [last] = [one for one in (await commissions_of(api, operator, fourth)) if one["level"] == 1]
    assert (await act(api, operator, "commissions", last["id"], "settle")).status == 200
    assert await balance_of(sam) == 52
    await assert_clean(api)
