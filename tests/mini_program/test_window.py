"""What is shown and what was bought, by the SDK's functions; put there as the staff does it."""
from __future__ import annotations

import json
from typing import Any

from server.domain.accounts.users import User
from tests.api import Api
from tests.handlers.mall.ordering import goods, hire
from tests.handlers.mall.test_window import PICTURE, put, put_goods
from tests.mall import Shopper
from tests.mini_program.sdk import Sdk

DAY = "2036-06-02"  # tomorrow


async def sign_in(sdk: Sdk, api: Api) -> Shopper:
    made = await sdk.data_of("authorize", code="alice")
    return Shopper(api, made["token"], made["uid"])


async def put_shirt(api: Api, operator: User, **about: Any) -> Any:
    """In two colours, with an option."""
    return await put_goods(
        api,
        operator,
        name="衬衫",
        properties=[{"name": "颜色", "values": [{"name": "红"}, {"name": "蓝"}]}],
        skus=[{"values": ["红"], "price": 8800, "stock": 2}, {"values": ["蓝"], "price": 9900, "stock": 3}],
        option_groups=[{"name": "包装", "is_required": False, "is_several": False, "options": [{"name": "礼盒", "price": 500}]}],
        **about,
    )


async def test_the_front_page_is_filled(sdk: Sdk, api: Api) -> None:
    operator = await hire(api)
    await put(api, operator, "settings", key="mallName", value="藏馆")
    await put(api, operator, "banners", kind="index", picture=PICTURE, title="开业")
    await put(api, operator, "ad-positions", key="indexPop", value=PICTURE)
    notice = await put(api, operator, "notices", title="公告", content="<p>好</p>")
    assert await sdk.data_of("queryConfigValue", "mallName") == "藏馆"
    assert await sdk.data_of("queryConfigBatch", "mallName,never") == [{"key": "mallName", "value": "藏馆"}]
    assert await sdk.data_of("vipLevel") == 0
    assert [one["title"] for one in await sdk.data_of("banners", type="index")] == ["开业"]
    assert (await sdk.call("banners", type="app"))["code"] == 700
    assert (await sdk.data_of("adPosition", "indexPop"))["val"] == PICTURE
    assert [one["id"] for one in (await sdk.data_of("noticeList", pageSize=5))["dataList"]] == [notice["id"]]
    assert (await sdk.data_of("noticeLastOne"))["id"] == (await sdk.data_of("noticeDetail", notice["id"]))["id"] == notice["id"]


async def test_goods_are_found_and_looked_at(sdk: Sdk, api: Api) -> None:
    operator = await hire(api)
    shirt = await put_shirt(api, operator, video="https://pictures.example/1.mp4", labels=[{"name": "产地", "text": "苏州"}])
    plain = await put_goods(api, operator, name="白瓷杯", category_id=shirt["category_id"])
    for function in ("goodsCategory", "goodsCategoryV2"):
        assert [one["id"] for one in await sdk.data_of(function)] == [shirt["category_id"]]
    assert [one["id"] for one in (await sdk.data_of("goodsv2", k="衬衫", page=1))["result"]] == [shirt["id"]]
    assert len(await sdk.data_of("goods", categoryId=shirt["category_id"])) == 2
    assert (await sdk.call("goodsv2", page=2))["code"] == 700
    detail = await sdk.data_of("goodsDetail", shirt["id"])
    assert (await sdk.data_of("goodsDetailV2", id=shirt["id"]))["extJson"] == detail["extJson"] == {"产地": "苏州"}
    assert (await sdk.data_of("videoDetail", detail["basicInfo"]["videoId"]))["fdMp4"] == "https://pictures.example/1.mp4"
    blue = detail["skuList"][1]["propertyChildIds"]
    for price in (await sdk.data_of("goodsPrice", shirt["id"], blue), await sdk.data_of("goodsPriceV2", goodsId=plain["id"])):
        assert price["price"] in (99, 19.9)
    assert (await sdk.data_of("goodsAddition", shirt["id"]))[0]["items"][0]["name"] == "礼盒"
    assert (await sdk.call("goodsAddition", plain["id"]))["code"] == 700


async def test_what_goods_may_cost_besides(sdk: Sdk, api: Api) -> None:
    operator = await hire(api)
    template = await put(api, operator, "freights", name="快递", rates=[{"first_fee": 600, "step_fee": 200}])
    room = await put_goods(api, operator, name="民宿", days=[{"day": DAY, "price": 15050, "stock": 3}])
    cut = await put_goods(api, operator, name="理发", slots=[{"day": DAY, "name": "10:00", "price": 5500, "stock": 1}])
    few = await put_goods(api, operator, name="限购", limits=[{"number": 2, "days": 30}])
    assert (await sdk.data_of("goodsPriceFreight", templateId=template["id"], type=0))["firstAmount"] == 6
    assert [one["price"] for one in await sdk.data_of("goodsPriceDaily", room["id"])] == [150.5]
    assert await sdk.data_of("goodsTimesDays", cut["id"]) == [DAY]
    assert [one["name"] for one in await sdk.data_of("goodsTimesDayItems", DAY, cut["id"])] == ["10:00"]
    assert (await sdk.call("goodsTimesDays", room["id"]))["code"] == 700
    for function in ("goodsLimitations", "goodsLimitationsV2"):
        assert (await sdk.data_of(function, few["id"]))[0]["buyNumbers"] == 2
        assert (await sdk.call(function, room["id"]))["code"] == 700


async def test_favourites_come_and_go(sdk: Sdk, api: Api) -> None:
    operator, alice = await hire(api), await sign_in(sdk, api)
    made = await put_goods(api, operator)
    whose = {"token": alice.token, "goodsId": made["id"]}
    for add, check, remove in (("goodsFavPut", "goodsFavCheck", "goodsFavDelete"), ("goodsFavAdd", "goodsFavCheckV2", "goodsFavDeleteV2")):
        is_old = add == "goodsFavPut"
        assert (await (sdk.call(check, *whose.values()) if is_old else sdk.call(check, **whose)))["code"] == -1
        await (sdk.data_of(add, *whose.values()) if is_old else sdk.data_of(add, **whose, type=0))
        await (sdk.data_of(check, *whose.values()) if is_old else sdk.data_of(check, **whose))
        assert [one["goodsId"] for one in await sdk.data_of("goodsFavList", token=alice.token, pageSize=10000)] == [made["id"]]
        await (sdk.data_of(remove, alice.token, "", made["id"]) if is_old else sdk.data_of(remove, **whose))
    assert (await sdk.call("goodsFavList", token=alice.token))["code"] == 700


async def test_shops_near_and_far(sdk: Sdk, api: Api) -> None:
    operator = await hire(api)
    shop = await put(api, operator, "shops", name="西湖店", address="龙井路 1 号", latitude=30.25, longitude=120.13)
    near = await sdk.data_of("fetchShops", curlatitude=30.27, curlongitude=120.15)
    assert near[0]["id"] == shop["id"] and near[0]["distance"] > 0
    assert (await sdk.data_of("shopSubdetail", shop["id"]))["info"]["name"] == "西湖店"


async def test_what_was_bought_is_reviewed_and_found_again(sdk: Sdk, api: Api) -> None:
    operator, alice = await hire(api), await sign_in(sdk, api)
    made = await put_goods(api, operator)
    for function in ("goodsReputation", "goodsReputationV2", "goodsDynamicV2"):
        assert (await sdk.call(function, goodsId=made["id"]))["code"] == 700
    await alice.give(balance=10_000)
    order = await sdk.data_of("orderCreate", token=alice.token, goodsJsonStr=goods({"goodsId": made["id"]}))
    await sdk.data_of("orderPayV2", token=alice.token, orderId=order["id"])
    closed = await sdk.data_of("orderCreate", token=alice.token, goodsJsonStr=goods({"goodsId": made["id"]}))
    await sdk.data_of("orderCloseV2", token=alice.token, orderId=closed["id"])
    statistics = await sdk.data_of("orderStatisticsv2", token=alice.token)
    assert (statistics["count_id_no_transfer"], statistics["count_id_close"]) == (1, 1)
    for function in ("myBuyGoodsHis", "myBuyGoodsHisV2"):
        assert [one["goodsId"] for one in (await sdk.data_of(function, token=alice.token, page=1))["result"]] == [made["id"]]
    assert (await sdk.data_of("goodsDynamicV2", type=0))["result"][0]["goodsName"] == "白瓷杯"
    assert (await sdk.call("goodsOutofstockRegistration", token=alice.token, goodsId=made["id"], wxaSubscribeMessage=True))["code"] == 0
    shipped = await api.post(f"/api/ops/mall/orders/{order['id']}/ship", as_user=operator, json={"carrier": "顺丰速运", "tracking": "SF1"})
    assert shipped.status == 200, shipped.body
    await sdk.data_of("orderDelivery", alice.token, order["id"])
    line = (await sdk.data_of("orderDetail", alice.token, order["id"]))["goods"][0]["id"]
    said = [{"id": line, "reputation": 2, "reputationNumber": 5, "remark": "很好用", "pics": [PICTURE]}]
    form = json.dumps({"token": alice.token, "orderId": order["id"], "reputations": said})
    await sdk.data_of("orderReputation", postJsonString=form)
    assert [one["goods"]["goodReputation"] for one in await sdk.data_of("goodsReputation", goodsId=made["id"])] == [2]
    assert (await sdk.data_of("goodsReputationV2", goodsId=made["id"]))["result"][0]["reputationPics"] == [{"pic": PICTURE}]
