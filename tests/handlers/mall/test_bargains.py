"""砍价 over HTTP."""
from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

from server.domain.accounts.users import User
from tests.api import Api
from tests.clock import NOON
from tests.handlers.mall.ordering import OPS, close, goods, hire, pay
from tests.handlers.mall.test_window import put, put_goods
from tests.mall import Shopper, data_of, sign_in

KANJIA = "/shop/goods/kanjia"
UNTIL = (NOON + timedelta(days=2)).isoformat()


async def offer(api: Api, operator: User, **about: Any) -> Any:
    """A bargain from 100 yuan down to 70, by 8 yuan a help."""
    if "goods_id" not in about:
        about["goods_id"] = (await put_goods(api, operator, price=10_000, is_bargained=True, bargain_price=7000))["id"]
    terms = {"price": 10_000, "floor": 7000, "number": 10, "least_cut": 800, "most_cut": 800, "ends_at": UNTIL, **about}
    return await put(api, operator, "bargains", **terms)


async def help_out(helper: Shopper, bargain: Any, owner: Shopper) -> dict[str, Any]:
    return await helper.post(f"{KANJIA}/help", kjid=bargain["id"], joinerUser=owner.uid, remark="加油")


async def test_a_bargain_is_cut_down_to_its_floor_one_help_a_person(api: Api) -> None:
    operator = await hire(api)
    bargain = await offer(api, operator)
    asked = {"kjid": bargain["id"]}
    olga, *helpers = [await sign_in(api, name) for name in ("olga", "h1", "h2", "h3", "h4", "h5")]
    [told] = data_of(await Shopper(api).get(f"{KANJIA}/set/v2", goodsId=f"{bargain['goods_id']},999"))
    assert told == data_of(await olga.get(f"{KANJIA}/set", goodsId=bargain["goods_id"]))
    assert told == {
        "id": bargain["id"], "goodsId": bargain["goods_id"], "originalPrice": 100.0, "minPrice": 70.0, "number": 10, "numberBuy": 0,
        "helpPriceMin": 8.0, "helpPriceMax": 8.0, "status": 0, "statusStr": "进行中",
        "dateAdd": "2036-06-01 12:00:00", "dateEnd": "2036-06-03 12:00:00",
    }
    assert (await olga.get(f"{KANJIA}/set/v2", goodsId=999))["code"] == 700
    assert (await help_out(helpers[0], bargain, olga))["code"] == (await olga.get(f"{KANJIA}/my", **asked))["code"] == 700
    joined = data_of(await olga.post(f"{KANJIA}/join", **asked))
    assert (joined["curPrice"], joined["uid"], joined["status"]) == (100.0, olga.uid, 0)
    assert data_of(await olga.post(f"{KANJIA}/join", **asked)) == joined
    assert (await helpers[0].get(f"{KANJIA}/myHelp", **asked, joinerUser=olga.uid))["code"] == 700
    # Ten at once from one person are one help.
    at_once = await asyncio.gather(*(help_out(helpers[0], bargain, olga) for _ in range(10)))
    assert {data_of(answer)["cutPrice"] for answer in at_once} == {8.0}
    assert data_of(await helpers[0].get(f"{KANJIA}/myHelp", **asked, joinerUser=olga.uid)) == data_of(at_once[0])
    rest = await asyncio.gather(*(help_out(helper, bargain, olga) for helper in helpers[1:4]))
    assert sorted(data_of(answer)["cutPrice"] for answer in rest) == [6.0, 8.0, 8.0]
    assert data_of(await help_out(helpers[4], bargain, olga))["cutPrice"] == 0  # at the floor already
    progress = data_of(await Shopper(api).get(f"{KANJIA}/info", kjid=bargain["id"], joiner=olga.uid))
    assert (progress["kanjiaInfo"]["curPrice"], progress["kanjiaInfo"]["helpNumber"]) == (70.0, 5)
    assert sum(help["cutPrice"] for help in progress["helps"]) == 30.0


async def test_a_bargain_is_begun_anew_where_the_shop_allows_it(api: Api) -> None:
    operator = await hire(api)
    bargain = await offer(api, operator)
    olga, helper = await sign_in(api, "olga"), await sign_in(api, "h1")
    asked = {"kjid": bargain["id"]}
    data_of(await olga.post(f"{KANJIA}/join", **asked))
    data_of(await help_out(helper, bargain, olga))
    assert (await olga.post(f"{KANJIA}/clear", **asked))["code"] == 20002
    await put(api, operator, "settings", key="CUT_PRICE_MULTI", value="open")
    assert await olga.post(f"{KANJIA}/clear", **asked) == {"code": 0, "msg": "success"}
    assert (await olga.get(f"{KANJIA}/my", **asked))["code"] == 700
    assert data_of(await olga.post(f"{KANJIA}/join", **asked))["curPrice"] == 100.0
    assert data_of(await help_out(helper, bargain, olga))["cutPrice"] == 8.0
    runs = (await api.get(f"{OPS}/bargain-runs", as_user=operator)).data["list"]
    assert [(run["state"], run["cut"]) for run in runs] == [(0, 800), (3, 800)]


async def test_a_bargain_that_is_over_is_neither_joined_nor_helped(api: Api) -> None:
    operator = await hire(api)
    bargain = await offer(api, operator)
    olga, helper = await sign_in(api, "olga"), await sign_in(api, "h1")
    data_of(await olga.post(f"{KANJIA}/join", kjid=bargain["id"]))
    path = f"{OPS}/bargains/{bargain['id']}"
    assert (await api.ask("PATCH", path, as_user=operator, json={"is_open": False})).status == 200
    assert (await help_out(helper, bargain, olga))["code"] == (await helper.post(f"{KANJIA}/join", kjid=bargain["id"]))["code"] == 20000
    assert (await helper.get(f"{KANJIA}/set/v2", goodsId=bargain["goods_id"]))["code"] == 700
    for wrong in ({"floor": 10_000}, {"most_cut": 1}, {"goods_id": 99}, {"starts_at": "2036-07-01 12:00:00"}):
        assert (await api.ask("PATCH", path, as_user=operator, json=wrong)).status == 422, wrong


async def buy(buyer: Shopper, bargain: Any, number: int = 1, **about: Any) -> dict[str, Any]:
    rows = goods({"goodsId": bargain["goods_id"], "number": number})
    return await buyer.post("/order/create", goodsJsonStr=rows, kjid=bargain["id"], **about)


async def test_one_piece_is_bought_at_what_it_was_cut_down_to_once(api: Api) -> None:
    operator = await hire(api)
    bargain = await offer(api, operator, number=1)
    olga, mia, helper = [await sign_in(api, name) for name in ("olga", "mia", "h1")]
    await olga.give(balance=100_000)
    for owner in (olga, mia):
        data_of(await owner.post(f"{KANJIA}/join", kjid=bargain["id"]))
        data_of(await help_out(helper, bargain, owner))
    assert data_of(await buy(olga, bargain, calculate="true"))["amountReal"] == 92.0
    assert data_of(await buy(olga, bargain, number=3, calculate="true"))["amountReal"] == 292.0
    assert data_of(await buy(helper, bargain, calculate="true"))["amountReal"] == 100.0  # who has no bargain of it
    # Of ten orders at once one has the bargain, and so has one of its two owners: there is one piece.
    answers = await asyncio.gather(*(buy(olga, bargain) for _ in range(10)))
    paid = sorted(answer["data"]["amountReal"] for answer in answers if answer["code"] == 0)
    assert paid.count(92.0) == 1 and set(paid) <= {92.0, 100.0}
    assert data_of(await buy(mia, bargain, calculate="true"))["amountReal"] == 100.0
    [order] = [answer["data"] for answer in answers if answer["code"] == 0 and answer["data"]["amountReal"] == 92.0]
    assert (await help_out(await sign_in(api, "h2"), bargain, olga))["code"] == 20001
    # Closed unpaid it is open again, for whoever comes first.
    await close(olga, order)
    bought = data_of(await buy(olga, bargain))
    assert bought["amountReal"] == 92.0
    await pay(olga, bought)
    [told] = data_of(await olga.get(f"{KANJIA}/set/v2", goodsId=bargain["goods_id"]))
    assert (told["numberBuy"], told["statusStr"]) == (1, "已抢光")
    assert data_of(await olga.get(f"{KANJIA}/my", kjid=bargain["id"]))["statusStr"] == "已购买"
    assert data_of(await buy(olga, bargain))["amountReal"] == 100.0
    [view] = (await api.get(f"{OPS}/orders", as_user=operator, query={"number": bought["orderNumber"]})).data["list"]
    assert view["effects"][0]["kind"] == "bargain"
