"""Small things over HTTP: rows of JSON, unique ids, short links, and what is looked up."""
from __future__ import annotations

import asyncio
import json

from server.bootstrap import Application
from tests.api import Api
from tests.handlers.mall.ordering import OPS, hire
from tests.handlers.mall.test_window import EMPTY, put, put_goods
from tests.mall import Shopper, data_of, sign_in


async def test_rows_of_json_are_changed_in_parts_and_are_nobody_elses(api: Api) -> None:
    alice, bob = await sign_in(api), await sign_in(api, "bob")
    assert await alice.post("/json/list") == await alice.post("/json/list", page=1) == EMPTY
    first = data_of(await alice.post("/json/set", id="", type="todo", refId=7, content='{"a":[1,"二"]}'))["id"]
    second = data_of(await alice.post("/json/set", type="todo", content="3"))["id"]
    other = data_of(await alice.post("/json/set", type="other"))["id"]
    rows = data_of(await alice.post("/json/list", type="todo"))
    assert [(row["id"], row["refId"], row["jsonData"], row["content"]) for row in rows] == [
        (second, 0, 3, "3"), (first, 7, {"a": [1, "二"]}, '{"a":[1,"二"]}')
    ]
    assert data_of(await alice.post("/json/list", id=other))[0]["jsonData"] == {}
    page = data_of(await alice.post("/json/list", type="todo", page=1, pageSize=1))
    assert ([row["id"] for row in page["result"]], page["totalRow"], page["totalPage"]) == ([second], 2, 2)
    assert await alice.post("/json/list", type="todo", page=3, pageSize=1) == EMPTY
    # What is not told stays.
    data_of(await alice.post("/json/set", id=first, refId=8))
    [row] = data_of(await alice.post("/json/list", refId=8))
    assert (row["id"], row["type"], row["content"], row["isTop"], row["isHighlight"]) == (first, "todo", '{"a":[1,"二"]}', False, False)
    for path, name in (("/json/top", "isTop"), ("/json/highlight", "isHighlight")):
        for value in (True, False, True):
            await alice.post(path, id=first, **{name: str(value).lower()})
            assert data_of(await alice.post("/json/list", id=first))[0][name] is value
    assert [row["id"] for row in data_of(await alice.post("/json/list", orderBy="updateDateDesc"))][0] == first
    # Nobody else's.
    before = await alice.post("/json/list")
    for path, about in (
        ("/json/set", {"content": "0"}),
        ("/json/top", {"isTop": "false"}),
        ("/json/highlight", {"isHighlight": "false"}),
        ("/json/delete", {}),
    ):
        assert (await bob.post(path, id=first, **about))["code"] == 700
    assert await bob.post("/json/list", id=first) == EMPTY and await alice.post("/json/list") == before
    assert (await alice.post("/json/set", type="字" * 33))["code"] == 10000
    for content in ("{", "undefined x", "NaN", "[" * 5000):
        assert (await alice.post("/json/set", content=content))["code"] == 20000
    removed = await asyncio.gather(*(alice.post("/json/delete", id=first) for _ in range(3)))
    assert sorted(answer["code"] for answer in removed) == [0, 700, 700]


async def test_unique_ids_have_neither_gaps_nor_doubles_over_servers(api: Api) -> None:
    other = Application(api.application.config)
    try:
        services = (api.application.services.mall.tools.unique_ids, other.services.mall.tools.unique_ids)
        given = await asyncio.gather(*(services[at % 2].take_next("invoice") for at in range(60)))
    finally:
        await other.stop()
    assert sorted(given) == list(range(1, 61))
    guest = Shopper(api)
    assert data_of(await guest.get("/uniqueId/get", type="invoice")) == 61
    assert data_of(await guest.get("/uniqueId/get")) == data_of(await guest.get("/uniqueId/get", type="x")) == 1


async def test_short_links_lead_to_allowed_hosts_alone(api: Api) -> None:
    operator, guest = await hire(api), Shopper(api)

    async def shorten(url: str) -> dict[str, object]:
        return await guest.ask("POST", "/common/short-url/shorten", form={"url": url})

    own = data_of(await shorten(f"{api.url}/goods/145?a=1"))
    assert own.startswith(f"{api.url}/s/") and data_of(await shorten(f"{api.url}/goods/145?a=1")) == own
    assert (await shorten("https://shop.example.com/a"))["code"] == 20000
    allowed = await put(api, operator, "link-hosts", host="example.com", has_subdomains=True)
    links = await asyncio.gather(*(shorten("https://shop.example.com/a?b=%E4%B8%80") for _ in range(4)))
    [link] = {data_of(one) for one in links}
    followed = await api.ask("GET", link.removeprefix(api.url))
    assert (followed.status, followed.headers["Location"]) == (302, "https://shop.example.com/a?b=%E4%B8%80")
    for url in ("https://example.com@evil.example/", "https://example.com\\.evil.example", "javascript:x", "https://evil.example", ""):
        assert (await shorten(url))["code"] in (20000, 601, 300)
    assert (await guest.ask("GET", "/s/nothing-there"))["code"] == 404
    # What is allowed no longer leads nowhere.
    assert (await api.ask("DELETE", f"{OPS}/link-hosts/{allowed['id']}", as_user=operator)).status == 200
    assert (await guest.ask("GET", link.removeprefix(api.url)))["code"] == 404
    [kept] = (await api.get(f"{OPS}/short-links?q=shop", as_user=operator)).data["list"]
    assert (await api.ask("DELETE", f"{OPS}/short-links/{kept['id']}", as_user=operator)).status == 200


async def test_what_is_looked_up(api: Api) -> None:
    operator, guest = await hire(api), Shopper(api)

    async def get(path: str, **query: object) -> dict[str, object]:
        return await guest.ask("GET", f"/common{path}", query=query)

    assert data_of(await get("/map/distance", lat1=30.27, lng1=120.15, lat2=30.27, lng2=120.15)) == 0
    assert data_of(await get("/map/distance", lat1=0, lng1=0, lat2=0, lng2=1)) == 111.195
    assert (await get("/map/distance", lat1=91, lng1=0, lat2=0, lng2=1))["code"] == 601
    assert (await get("/map/qq/address", location="30.27,120.15"))["code"] == 800  # nobody has a key
    located = data_of(await get("/mobile-segment/location", mobile="13958012345"))
    assert (located["province"], located["city"], located["name"], located["segment"]) == ("浙江省", "杭州市", "中国移动", "1395801")
    assert [(await get("/mobile-segment/location", **about))["code"] for about in ({}, {"mobile": "12"})] == [300, 301]
    after = await guest.ask("POST", "/common/mobile-segment/next", form={"segment": "0", "cityName": "杭州", "segmentName": "移动"})
    assert (data_of(after)["cityName"], data_of(after)["segmentName"]) == ("杭州市", "中国移动")
    for form, code in (({}, 300), ({"segment": "x"}, 302), ({"segment": "1999999"}, 404), ({"segment": "0", "cityName": "没有"}, 404)):
        assert (await guest.ask("POST", "/common/mobile-segment/next", form=form))["code"] == code
    assert data_of(await get("/stock/close/next-trade-date", date="2026-09-30")) == "2026-10-08"
    assert await get("/stock/close/status", date="2026-09-30") == {"code": 0, "msg": "success"}
    days = ("2026-10-03", "2026-10-01", "x", "2003-01-01")
    assert [(await get("/stock/close/status", date=day))["code"] for day in days] == [10000, 30000, 20000, 800]
    # Bar codes: of the mall's goods, and of what the staff tells.
    assert (await guest.get("/barcode/info", barcode="6901234567891"))["code"] == 40000
    assert (await guest.get("/barcode/info", barcode="6901234567892"))["code"] == 700
    await put(api, operator, "bar-codes", code="6901234567892", name="墨水", maker="英雄", price=1250, trademark="英雄")
    told = data_of(await guest.get("/barcode/info", barcode="6901234567892"))
    assert told == {
        "barcode": "6901234567892", "goodsName": "墨水", "trademark": "英雄", "manuName": "英雄", "price": 12.5, "prefix": "GS1 China"
    }
    made = await put_goods(api, operator, bar_code="6901234567892", name="墨水（大）")
    own = data_of(await guest.get("/barcode/info", barcode="6901234567892"))
    assert (own["goodsName"], own["goodsId"], own["manuName"]) == ("墨水（大）", made["id"], "英雄")
    refused = await api.post(f"{OPS}/bar-codes", as_user=operator, json={"code": "6901234567891", "name": "错"})
    assert (refused.status, json.loads(refused.body)["error"]) == (422, "invalid_input")
