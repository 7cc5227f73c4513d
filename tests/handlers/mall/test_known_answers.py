"""What every client asks at its start is answered from memory, and is true all the same."""
from __future__ import annotations

import asyncio
from typing import Any

from tests.api import LOOK_AGAIN_SECONDS, Api
from tests.handlers.mall.ordering import OPS, hire
from tests.handlers.mall.test_window import PICTURE, put
from tests.mall import Shopper, data_of, sign_in

ADDRESSES: dict[str, dict[str, Any]] = {
    "/config/values": {"keys": "mallName,no_such"},
    "/banner/list": {"type": "index"},
    "/shop/goods/category/all": {},
}


def direct(api: Api, path: str) -> int:
    """How often it was answered without an endpoint."""
    return api.application.metrics.fronts[0].answered["GET", f"/mall{path}", 200]


async def furnish(api: Api, name: str) -> None:
    operator = await hire(api, "op")
    await put(api, operator, "settings", key="mallName", value=name)
    await put(api, operator, "banners", kind="index", title=name, picture=PICTURE)
    await put(api, operator, "categories", name=name)


async def test_answers_are_sent_again_until_the_staff_changes_something(api: Api) -> None:
    guest = Shopper(api)
    await furnish(api, "集藏社")
    for path, asked in ADDRESSES.items():
        first = await guest.get(path, **asked)
        while not direct(api, path):
            assert await guest.get(path, **asked) == first
    await furnish(api, "新的集藏社")
    for path, asked in ADDRESSES.items():
        assert "新的集藏社" in str(await guest.get(path, **asked)), path


async def test_what_another_process_changes_is_heard_without_redis(api: Api) -> None:
    guest = Shopper(api)
    await furnish(api, "集藏社")
    operator = await hire(api, "op")
    for path, asked in ADDRESSES.items():
        data_of(await guest.get(path, **asked))
    # Past every service: nobody is told.
    database = api.application.mongo.database
    await database.mall_settings.update_one({"_id": "mallName"}, {"$set": {"value": "别的"}, "$inc": {"revision": 1}})
    await database.mall_banners.update_one({}, {"$set": {"title": "别的"}, "$inc": {"revision": 1}})
    await database.mall_categories.update_one({}, {"$set": {"name": "别的"}, "$inc": {"revision": 1}})
    for path, asked in ADDRESSES.items():
        while "别的" not in str(await guest.get(path, **asked)):
            await asyncio.sleep(LOOK_AGAIN_SECONDS)
    assert (await api.get(f"{OPS}/banners", as_user=operator)).data["list"][0]["title"] == "别的"


async def test_a_login_that_ends_is_known_to_nobody(api: Api) -> None:
    alice, bob = await sign_in(api, "alice"), await sign_in(api, "bob")
    for _ in range(3):
        for shopper in (alice, bob):
            assert (await shopper.get("/user/check-token"))["code"] == 0
    assert direct(api, "/user/check-token") > 0
    await alice.get("/user/loginout")
    assert (await alice.get("/user/check-token"))["code"] == 2000
    assert (await bob.get("/user/check-token"))["code"] == 0
    assert (await Shopper(api).get("/user/check-token"))["code"] == 2000


async def test_one_address_is_not_another_s(api: Api) -> None:
    """Pictures are told by the address at which the server was reached."""
    operator = await hire(api)
    await put(api, operator, "banners", kind="index", picture="/pictures/1.png")
    hosts, asked = ("a.example", "b.example") * 3, {"type": "index"}
    answers = [await api.get("/mall/banner/list", query=asked, headers={"Host": host}) for host in hosts]
    assert [answer.json["data"][0]["picUrl"].split("/")[2] for answer in answers] == ["a.example", "b.example"] * 3
