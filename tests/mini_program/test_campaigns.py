"""Bargains, groups, what comes after the sale, and distribution, by the SDK's functions."""
from __future__ import annotations

from datetime import timedelta
from typing import Any

from tests.api import Api
from tests.clock import NOON
from tests.handlers.mall.ordering import HERE, act, hire
from tests.handlers.mall.test_distribution import set_terms
from tests.handlers.mall.test_window import put, put_goods
from tests.mini_program.sdk import Sdk
from tests.mini_program.test_ordering import TO_ME, rows

UNTIL = (NOON + timedelta(days=30)).isoformat()


async def sign_in(sdk: Sdk, name: str, referrer: str = "") -> tuple[str, int]:
    told = await sdk.data_of("authorize", code=name, referrer=referrer)
    return told["token"], told["uid"]


async def fill(api: Api, uid: int) -> None:
    operator = await hire(api)
    gift = {"user_id": uid, "balance": 50_000, "remark": "测试"}
    assert (await api.post("/api/ops/mall/adjustments", as_user=operator, json=gift)).status in (200, 201)


async def buy(sdk: Sdk, token: str, goods_id: int, **about: Any) -> dict[str, Any]:
    order = await sdk.data_of("orderCreate", token=token, goodsJsonStr=rows({"goodsId": goods_id}), **about)
    await sdk.data_of("orderPay", token, order["id"])
    return order


async def test_a_bargain(sdk: Sdk, api: Api) -> None:
    operator = await hire(api)
    made = await put_goods(api, operator, price=10_000, is_bargained=True)
    terms = {"price": 10_000, "floor": 7000, "number": 5, "least_cut": 100, "most_cut": 2000, "ends_at": UNTIL}
    bargain = await put(api, operator, "bargains", goods_id=made["id"], **terms)
    await put(api, operator, "settings", key="CUT_PRICE_MULTI", value="open")
    (token, uid), (helper, _) = await sign_in(sdk, "olga"), await sign_in(sdk, "hans")
    assert (await sdk.data_of("kanjiaSet", made["id"]))[0]["id"] == bargain["id"]
    assert (await sdk.call("kanjiaDetail", bargain["id"], uid))["code"] == 700
    await sdk.data_of("kanjiaJoin", token, bargain["id"])
    assert (await sdk.call("kanjiaHelpDetail", helper, bargain["id"], uid))["code"] == 700
    cut = (await sdk.data_of("kanjiaHelp", helper, bargain["id"], uid, "加油"))["cutPrice"]
    assert 1 <= cut <= 20
    assert (await sdk.data_of("kanjiaHelpDetail", helper, bargain["id"], uid))["remark"] == "加油"
    assert len((await sdk.data_of("kanjiaDetail", bargain["id"], uid))["helps"]) == 1
    assert round(100 - (await sdk.data_of("kanjiaMyJoinInfo", token, bargain["id"]))["curPrice"], 2) == cut
    await sdk.data_of("kanjiaClear", token, bargain["id"])


async def test_a_group(sdk: Sdk, api: Api) -> None:
    operator = await hire(api)
    made = await put_goods(api, operator, price=5000, is_grouped=True, group_price=3550)
    await put(api, operator, "group-offers", goods_id=made["id"], people=2, hours=24, ends_at=UNTIL)
    assert (await sdk.data_of("pingtuanSet", made["id"]))["numberPersion"] == 2
    assert len(await sdk.data_of("pingtuanSets", [made["id"], 999])) == 1
    group_id = 0
    for name in ("lea", "ben"):
        token, uid = await sign_in(sdk, name)
        await fill(api, uid)
        group_id = group_id or (await sdk.data_of("pingtuanOpen", token, made["id"]))["id"]
        order = await buy(sdk, token, made["id"], pingtuanOpenId=group_id)
        assert order["amountReal"] == 35.5
    [group] = (await sdk.data_of("pingtuanList", goodsId=made["id"], status=1))["result"]
    assert (group["id"], group["helpNumber"]) == (group_id, 2)
    assert len(await sdk.data_of("pingtuanJoinUsers", group_id)) == 2
    assert (await sdk.data_of("pingtuanMyJoined", token=token))["result"][0]["tuanId"] == group_id


async def test_what_comes_after_the_sale(sdk: Sdk, api: Api) -> None:
    operator = await hire(api)
    made = await put_goods(api, operator, price=2500, after_sale=[0, 1])
    token, uid = await sign_in(sdk, "alice")
    await fill(api, uid)
    order = await buy(sdk, token, made["id"])
    line = (await sdk.data_of("orderDetail", token, order["id"]))["goods"][0]["id"]
    asked = {"token": token, "orderId": order["id"], "orderGoodsId": line, "logisticsStatus": 0, "reason": "不想要了", "amount": 25}
    assert (await sdk.call("refundApplyDetail", token, order["id"]))["code"] == 700
    await sdk.data_of("refundApply", **asked, type=0)
    assert (await sdk.call("refundApply", **asked, type=0))["code"] == 20000
    await sdk.data_of("refundApplyCancel", token, order["id"], line)
    assert (await act(api, operator, "orders", order["id"], "ship", carrier="顺丰", tracking="SF1")).status == 200
    await sdk.data_of("refundApply", **asked, type=1, pic="https://pictures.example/1.png")
    [claim, _] = await sdk.data_of("refundApplyDetail", token, order["id"])
    claim_id = claim["baseInfo"]["id"]
    address = {"name": "售后部", "mobile": "13800000000", "address": "退货中心"}
    assert (await act(api, operator, "claims", claim_id, "ask-return", **address)).status == 200
    parcel = {"orderId": order["id"], "applyId": claim_id, "shipperName": "中通", "trackingNumber": "ZT1"}
    await sdk.data_of("refundApplySetBackLogistics", token=token, **parcel)
    assert (await sdk.call("orderRefunds", token, order["id"]))["code"] == 404
    assert (await act(api, operator, "claims", claim_id, "approve")).status == 200
    assert (await sdk.data_of("orderRefunds", token, order["id"]))[0]["amount"] == 25


async def test_distribution(sdk: Sdk, api: Api) -> None:
    operator = await hire(api)
    await set_terms(api, operator, fx_leader_open="1", fx_leader_price="0")
    assert (await sdk.data_of("fxSetting"))["price"] == 9.9
    sam, sam_id = await sign_in(sdk, "sam")
    await fill(api, sam_id)
    assert (await sdk.call("fxApplyProgress", sam))["code"] == 700
    await sdk.data_of("fxApply", sam, "张三", "13800138000")
    assert (await sdk.data_of("fxApplyProgress", sam))["status"] == 0
    await sdk.data_of("fxBuy", sam)
    ben, ben_id = await sign_in(sdk, "ben")
    await sdk.data_of("bindSeller", token=ben, uid=sam_id)
    await fill(api, ben_id)
    freight = await put(api, operator, "freights", name="包邮", is_free=True)
    made = await put_goods(api, operator, price=2500, freight_id=freight["id"])
    await buy(sdk, ben, made["id"], **TO_ME)
    log = await sdk.data_of("fxCommisionLog", token=sam)
    assert [row["money"] for row in log["result"]] == [2.5]
    assert (await sdk.data_of("fxMembersStatistics", sam))["totleFansLevel1"] == 1
    assert (await sdk.data_of("fxMembers", token=sam, level=1, page=1))["result"][0]["uids"] == ben_id
    assert (await sdk.data_of("userDetailSpreadUser", sam, ben_id))["base"]["id"] == ben_id
    sales = await sdk.data_of("siteStatisticsSaleroom", dateBegin="20360601", dateEnd="20360601", uid=sam_id)
    assert sales[0]["saleroom"] == 25
    place_of = {"province_id": HERE["provinceId"], "province": "浙江省", "city_id": HERE["cityId"], "city": "杭州市"}
    await put(api, operator, "seller-cities", user_id=sam_id, goal=5000, **place_of)
    team = await put(api, operator, "seller-teams", name="一队", leader_id=sam_id)
    assert (await act(api, operator, "sellers", sam_id, "team", team_id=team["id"])).status == 200
    assert (await sdk.data_of("fxCities", sam))[0]["curSaleroom"] == 25
    await sdk.data_of("fxCityReport", token=sam, provinceId=HERE["provinceId"], cityId=HERE["cityId"])
    await sdk.data_of("fxTeamReport", token=sam, teamId=team["id"])
    assert (await sdk.data_of("userDetail", sam))["saleDistributionTeam"]["name"] == "一队"
    assert (await sdk.data_of("partnerSetting"))["isOpen"] is True
    assert (await sdk.call("partnerBindTeamLeader", ben, sam_id))["code"] == 20000
    assert (await sdk.data_of("partnerMembersStatistics", sam)) == {"leaders": 0, "members": 0}
    assert (await sdk.call("partnerMembers", token=sam, type=1))["code"] == 700
