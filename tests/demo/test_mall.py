"""Tests of server/demo/mall.py and of its pictures."""
from __future__ import annotations

import io

import pytest
from PIL import Image

from server.composition.mall import build_mall_audit
from server.demo.mall import CATEGORIES, NOTICES, REVIEWS, SETTINGS, fill_mall
from server.demo.notes import Engraver
from server.demo.products import COLOURS, KINDS, SIDE, ProductPainter
from server.domain.paging import ListQuery, PageQuery
from tests.api import Api
from tests.handlers.mall.ordering import TO_ME, hire, place
from tests.handlers.mall.test_window import put_goods
from tests.mall import Shopper, data_of, sign_in


@pytest.fixture(scope="module")
def painter() -> ProductPainter:
    return ProductPainter(Engraver())


@pytest.mark.parametrize("kind", KINDS)
def test_every_thing_is_drawn_and_shows_its_colour(painter: ProductPainter, kind: str) -> None:
    red, blue = painter.draw(kind, "红"), painter.draw(kind, "蓝")
    assert Image.open(io.BytesIO(red)).size == (SIDE, SIDE)
    assert red != blue and set(COLOURS) > {"红", "蓝"}


async def test_a_person_finds_goods_of_every_kind_and_buys_one(api: Api) -> None:
    await fill_mall(api.application)
    guest = Shopper(api)
    listed = data_of(await guest.post("/shop/goods/list/v2", pageSize=100))["result"]
    assert len(listed) == len({one["name"] for one in listed}) == 40
    assert all(one["minPrice"] > 0 and one["stores"] > 0 for one in listed)
    tree = data_of(await guest.get("/shop/goods/category/all"))
    assert {one["name"] for one in tree if one["level"] == 1} == CATEGORIES.keys()
    for one in tree:
        assert (await guest.post("/shop/goods/list/v2", categoryId=one["id"]))["code"] == 0, one["name"]
    # Every picture is there.
    addresses = {one["pic"] for one in listed} | {one["icon"] for one in tree}
    addresses |= {one["picUrl"] for one in data_of(await guest.get("/banner/list", type="index"))}
    for address in addresses:
        assert (await api.get(address.removeprefix(api.url))).status == 200, address
    assert len(data_of(await guest.post("/notice/list"))["dataList"]) == len(NOTICES)
    assert data_of(await guest.get("/config/value", key="mallName")) == SETTINGS["mallName"]
    assert len(data_of(await guest.post("/shop/subshop/list"))) == 2
    # What first buyers said, and accounts that add up.
    reviewed = next(one for one in listed if one["name"] == "带灯 30 倍放大镜")
    said = data_of(await guest.post("/shop/goods/reputation/v2", goodsId=reviewed["id"]))["result"]
    assert len(said) == len(REVIEWS[reviewed["name"]])
    audit = await build_mall_audit(api.application.stores.mall, api.application.clock).audit()
    assert (audit.findings, audit.orders) == ([], sum(map(len, REVIEWS.values())))
    alice = await sign_in(api)
    await alice.give(balance=100_000)
    order = await place(alice, {"goodsId": next(one["id"] for one in listed if one["name"] == "干燥剂变色硅胶 500 克")}, **TO_ME)
    assert (await alice.post("/order/pay", orderId=order["id"]))["code"] == 0
    # It is filled once.
    goods = api.application.services.mall.window.goods_desk
    [first, *_] = (await goods.page(ListQuery(), PageQuery())).items
    await goods.remove(first.id)
    await fill_mall(api.application)
    assert (await goods.page(ListQuery(), PageQuery())).total == 39


async def test_a_mall_with_goods_is_left_alone(api: Api) -> None:
    await put_goods(api, await hire(api))
    await fill_mall(api.application)
    assert (await api.application.services.mall.window.goods_desk.page(ListQuery(), PageQuery())).total == 1
    assert await api.application.services.mall.window.settings.find("mallName") is None
