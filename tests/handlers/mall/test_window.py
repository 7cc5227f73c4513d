"""The window over HTTP: what the staff puts there, as buyers see it; and pieces that are never sold twice."""
from __future__ import annotations

import asyncio
from typing import Any

import pytest

from server.bootstrap import Application
from server.config import Config
from server.domain import rounds
from server.domain.accounts.users import User
from server.domain.mall.goods.shelf import GoodsQuestion, Shelf
from tests.api import PATIENCE_SECONDS, Api
from tests.clock import HandClock
from tests.handlers.mall.ordering import OPS, goods, hire
from tests.mall import Shopper, data_of, sign_in

PICTURE = "https://pictures.example/1.png"
EMPTY = {"code": 700, "msg": "暂无数据"}


async def put(api: Api, operator: User, noun: str, **terms: Any) -> Any:
    answer = await api.post(f"{OPS}/{noun}", as_user=operator, json=terms)
    assert answer.status in (200, 201), answer.body
    return answer.json["data"]


async def put_goods(api: Api, operator: User, **about: Any) -> Any:
    if "category_id" not in about:
        about["category_id"] = (await put(api, operator, "categories", name="杯具"))["id"]
    return await put(api, operator, "goods", **{"name": "白瓷杯", "pictures": [PICTURE], "price": 1990, "stock": 10, **about})


async def names(shopper: Shopper, **asked: Any) -> list[str]:
    answer = await shopper.post("/shop/goods/list/v2", **asked)
    return [] if answer == EMPTY else [row["name"] for row in data_of(answer)["result"]]


async def test_goods_are_found_by_parts_of_words_categories_and_marks(api: Api) -> None:
    operator, guest = await hire(api), Shopper(api)
    top = await put(api, operator, "categories", name="杯具")
    below = await put(api, operator, "categories", name="马克杯", parent_id=top["id"])
    await put_goods(api, operator, name="青花瓷杯", category_id=below["id"], price=2990, tags="礼品")
    await put_goods(api, operator, name="白瓷杯 ＡＢ", category_id=top["id"], price=1990, is_recommended=True)
    await put_goods(api, operator, name="下架的杯", category_id=top["id"], is_on_shelf=False)
    assert await names(guest) == ["白瓷杯 ＡＢ", "青花瓷杯"]
    assert await names(guest, k="瓷杯") == ["白瓷杯 ＡＢ", "青花瓷杯"]
    assert await names(guest, k="花瓷 礼品") == await names(guest, categoryId=below["id"]) == ["青花瓷杯"]
    assert await names(guest, k="ab") == await names(guest, recommendStatus=1) == ["白瓷杯 ＡＢ"]
    assert await names(guest, categoryId=top["id"], orderBy="priceDown") == ["青花瓷杯", "白瓷杯 ＡＢ"]
    assert await names(guest, k="没有的") == await names(guest, page=2) == await names(guest, k="下架") == []
    tree = data_of(await guest.get("/shop/goods/category/all"))
    assert [(one["name"], one["pid"], one["level"]) for one in tree] == [("杯具", 0, 1), ("马克杯", top["id"], 2)]


async def test_a_choice_of_specs_has_its_own_price_and_stock(api: Api) -> None:
    operator, guest = await hire(api), Shopper(api)
    made = await put_goods(
        api,
        operator,
        properties=[{"name": "颜色", "values": [{"name": "红"}, {"name": "蓝"}]}],
        skus=[{"values": ["红"], "price": 8800, "stock": 2}, {"values": ["蓝"], "price": 9900, "stock": 3}],
    )
    detail = data_of(await guest.get("/shop/goods/detail", id=made["id"]))
    [colour] = detail["properties"]
    red, blue = ((colour["id"], value["id"]) for value in colour["childsCurGoods"])
    assert [sku["propertyChildIds"] for sku in detail["skuList"]] == [f"{red[0]}:{red[1]},", f"{blue[0]}:{blue[1]},"]
    assert (detail["basicInfo"]["minPrice"], detail["basicInfo"]["stores"]) == (88.0, 5)
    price = data_of(await guest.post("/shop/goods/price", goodsId=made["id"], propertyChildIds=f"{blue[0]}:{blue[1]},"))
    assert (price["price"], price["stores"], price["propertyChildNames"]) == (99.0, 3, "颜色:蓝")
    assert (await guest.post("/shop/goods/price", goodsId=made["id"]))["code"] == 30002
    plain = data_of(await guest.get("/shop/goods/detail", id=(await put_goods(api, operator))["id"]))
    assert "properties" not in plain and "skuList" not in plain
    # A change keeps the numbers of what stays.
    kept = await api.ask("PATCH", f"{OPS}/goods/{made['id']}", as_user=operator, json={"name": "衬衫"})
    assert kept.data["properties"] == made["properties"] and kept.data["skus"] == made["skus"]


async def test_of_twenty_orders_at_once_one_gets_the_last_piece(api: Api) -> None:
    operator = await hire(api)
    made = await put_goods(api, operator, stock=1)
    buyers = [await sign_in(api, f"buyer-{number}") for number in range(20)]
    asked = goods({"goodsId": made["id"]})
    answers = await asyncio.gather(*(buyer.post("/order/create", goodsJsonStr=asked) for buyer in buyers))
    codes = sorted(answer["code"] for answer in answers)
    assert codes == [0] + [60000] * 19
    [count] = (await api.get(f"{OPS}/stock?goods_id={made['id']}", as_user=operator)).data["list"]
    assert (count["free"], count["held"], count["sold"], count["came_in"]) == (0, 1, 0, 1)
    winner = next(buyer for buyer, answer in zip(buyers, answers) if answer["code"] == 0)
    [order] = [answer["data"] for answer in answers if answer["code"] == 0]
    await winner.post("/order/close", orderId=order["id"])
    [count] = (await api.get(f"{OPS}/stock?goods_id={made['id']}", as_user=operator)).data["list"]
    assert (count["free"], count["held"]) == (1, 0)


async def test_pieces_come_in_and_no_more_go_out_than_are_free(api: Api) -> None:
    operator, buyer = await hire(api), await sign_in(api)
    made = await put_goods(api, operator, stock=3)
    data_of(await buyer.post("/order/create", goodsJsonStr=goods({"goodsId": made["id"], "number": 2})))
    path = f"{OPS}/goods/{made['id']}/restock"
    refused = await api.post(path, as_user=operator, json={"number": -2})
    assert (refused.status, refused.json["error"]) == (409, "too_few_free")
    assert (await api.post(path, as_user=operator, json={"number": -1})).status == 200
    assert (await api.post(path, as_user=operator, json={"number": 5})).data["stock"] == 7
    [count] = (await api.get(f"{OPS}/stock?goods_id={made['id']}", as_user=operator)).data["list"]
    assert (count["free"], count["held"], count["came_in"]) == (5, 2, 7)


async def test_one_person_buys_no_more_than_the_limit_and_closed_orders_count_for_nothing(api: Api) -> None:
    operator, buyer = await hire(api), await sign_in(api)
    made = await put_goods(api, operator, limits=[{"number": 2}])
    asked = goods({"goodsId": made["id"]})
    orders = await asyncio.gather(*(buyer.post("/order/create", goodsJsonStr=asked) for _ in range(4)))
    assert sorted(one["code"] for one in orders) == [0, 0, 20000, 20000]
    first = next(one["data"] for one in orders if one["code"] == 0)
    await buyer.post("/order/close", orderId=first["id"])
    assert (await buyer.post("/order/create", goodsJsonStr=asked))["code"] == 0


async def test_freight_grows_with_the_pieces_and_the_narrowest_region_counts(api: Api) -> None:
    operator, guest = await hire(api), Shopper(api)
    hangzhou = {"regions": ["330100000000"], "first_fee": 100, "step_fee": 50}
    template = await put(api, operator, "freights", name="快递", rates=[{"first_fee": 600, "step_fee": 200}, hangzhou])
    far = data_of(await guest.get("/shop/goods/price/freight", templateId=template["id"], type=0, provinceId="110000000000"))
    assert far == {"type": 0, "firstNumber": 1.0, "firstAmount": 6.0, "addNumber": 1.0, "addAmount": 2.0}
    near = {"provinceId": "330000000000", "cityId": "330100000000"}
    assert data_of(await guest.get("/shop/goods/price/freight", templateId=template["id"], type=0, **near))["firstAmount"] == 1.0
    used = await put_goods(api, operator, freight_id=template["id"])
    refused = await api.delete(f"{OPS}/freights/{template['id']}", as_user=operator)
    assert (refused.status, refused.json["error"]) == (409, "in_use")
    buyer = await sign_in(api)
    asked = goods({"goodsId": used["id"], "number": 3})
    quote = data_of(await buyer.post("/order/create", goodsJsonStr=asked, calculate="true", peisongType="kd", **near))
    assert (quote["amountTotle"], quote["amountLogistics"], quote["amountReal"]) == (59.7, 2.0, 61.7)


async def test_favourites_are_kept_once_and_without_goods_that_are_gone(api: Api) -> None:
    operator, buyer = await hire(api), await sign_in(api)
    made = await put_goods(api, operator)
    assert (await buyer.get("/shop/goods/fav/check", goodsId=made["id"]))["code"] == -1
    for _ in range(2):
        assert (await buyer.post("/shop/goods/fav/add", goodsId=made["id"]))["code"] == 0
    assert (await buyer.get("/shop/goods/fav/check", goodsId=made["id"]))["code"] == 0
    [row] = data_of(await buyer.post("/shop/goods/fav/list"))
    assert (row["goodsId"], row["goodsName"], row["type"], row["pic"]) == (made["id"], "白瓷杯", 0, PICTURE)
    assert (await api.delete(f"{OPS}/goods/{made['id']}", as_user=operator)).status == 200
    assert await buyer.post("/shop/goods/fav/list") == EMPTY
    assert (await buyer.get("/shop/goods/detail", id=made["id"]))["code"] == 404
    assert (await buyer.post("/shop/goods/fav/delete", goodsId=made["id"]))["code"] == 0
    assert await buyer.post("/shop/goods/fav/delete", goodsId=made["id"]) == {"code": 404, "msg": "未收藏该商品"}


async def test_settings_notices_banners_and_positions(api: Api) -> None:
    operator, guest = await hire(api), Shopper(api)
    assert await guest.get("/config/value", key="mallName") == await guest.get("/banner/list", type="index") == EMPTY
    assert await guest.post("/notice/list") == {**EMPTY, "data": {"dataList": [], "totalRow": 0, "totalPage": 0}}
    await put(api, operator, "settings", key="mallName", value="藏馆")
    await put(api, operator, "settings", key="mallName", value="新馆")
    await put(api, operator, "settings", key="withdrawal", value="")
    told = data_of(await guest.get("/config/values", keys="mallName,withdrawal,never"))
    assert told == [{"key": "mallName", "value": "新馆"}, {"key": "withdrawal", "value": ""}]
    await put(api, operator, "banners", kind="index", picture=PICTURE)
    await put(api, operator, "banners", kind="index", picture=PICTURE, is_shown=False)
    assert [one["picUrl"] for one in data_of(await guest.get("/banner/list", type="index"))] == [PICTURE]
    assert await guest.get("/banner/list", type="app") == EMPTY
    await put(api, operator, "ad-positions", key="indexPop", value=PICTURE, link="/pages/my")
    assert data_of(await guest.get("/site/adPosition/info", key="indexPop"))["url"] == "/pages/my"
    first, second = [await put(api, operator, "notices", title=title, content="<p>好</p>") for title in ("开业", "打烊")]
    assert data_of(await guest.get("/notice/last-one"))["id"] == second["id"]
    assert data_of(await guest.get("/notice/detail", id=first["id"]))["content"] == "<p>好</p>"
    assert [one["title"] for one in data_of(await guest.post("/notice/list", pageSize=1))["dataList"]] == ["打烊"]


async def test_shops_by_distance(api: Api) -> None:
    operator, guest = await hire(api), Shopper(api)
    for name, latitude in (("远", 31.0), ("近", 30.26)):
        await put(api, operator, "shops", name=name, latitude=latitude, longitude=120.15)
    here = {"curlatitude": 30.25, "curlongitude": 120.15}
    found = data_of(await guest.post("/shop/subshop/list", **here))
    assert [(one["name"], one["distance"]) for one in found] == [("近", 1.112), ("远", 83.396)]
    assert "distance" not in data_of(await guest.post("/shop/subshop/list"))[0]
    assert data_of(await guest.get("/shop/subshop/detail/v2", id=found[0]["id"]))["info"]["name"] == "近"


async def test_a_process_fills_its_shelf_before_anybody_asks(
    api: Api, config: Config, clock: HandClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    await put_goods(api, await hire(api))
    is_filled, refresh = asyncio.Event(), Shelf.refresh

    async def refresh_and_tell(shelf: Shelf) -> None:
        await refresh(shelf)
        if len(shelf.find(GoodsQuestion(), clock.now())) == 1:
            is_filled.set()

    monkeypatch.setattr(rounds, "first_pause", lambda _: 0.0)
    monkeypatch.setattr(Shelf, "refresh", refresh_and_tell)
    other = Application(config, clock)
    await other.start(makes_indexes=False)
    async with asyncio.timeout(PATIENCE_SECONDS):
        await is_filled.wait()
    await other.drain()
    await other.stop()
