"""收货地址, over HTTP."""
from __future__ import annotations

import asyncio
from typing import Any

import pytest

from server.domain.mall.shipping import MOST_ADDRESSES
from tests.api import Api
from tests.mall import Shopper, data_of, sign_in

WEST_LAKE = {"provinceId": "330000000000", "cityId": "330100000000", "districtId": "330106000000"}
HOME = {"linkMan": "刘爱丽", "mobile": "13800138000", "address": "文三路 1 号", **WEST_LAKE, "streetId": "330106002000"}
NONE = {"code": 700, "msg": "收货地址不存在"}


async def add(shopper: Shopper, **about: Any) -> int:
    """Its number."""
    return data_of(await shopper.post("/user/shipping-address/add", **{**HOME, **about}))["id"]


async def info(shopper: Shopper, address_id: int) -> Any:
    return data_of(await shopper.get("/user/shipping-address/detail/v2", id=address_id))["info"]


async def listed(shopper: Shopper) -> list[Any]:
    answer = await shopper.get("/user/shipping-address/list")
    return [] if answer["code"] == 700 else data_of(answer)


async def test_who_has_no_address_is_told_so(api: Api) -> None:
    alice = await sign_in(api)
    assert await alice.get("/user/shipping-address/default/v2") == NONE
    assert (await alice.get("/user/shipping-address/list"))["code"] == 700
    assert (await alice.post("/user/shipping-address/list/v2"))["code"] == 700
    assert await alice.get("/user/shipping-address/detail/v2", id=1) == NONE


async def test_an_address_is_read_as_it_was_told(api: Api) -> None:
    alice = await sign_in(api)
    more = {"code": "310012", "latitude": 30.28, "longitude": 120.13, "extJsonStr": '{"门牌": "3 幢"}', "isDefault": "true"}
    address_id = await add(alice, **more)
    expected = {
        **HOME,
        "id": address_id,
        "uid": alice.uid,
        "provinceStr": "浙江省",
        "cityStr": "杭州市",
        "areaStr": "西湖区",
        "streetStr": "北山街道",
        "code": "310012",
        "latitude": 30.28,
        "longitude": 120.13,
        "isDefault": True,
        "status": 0,
        "statusStr": "正常",
    }
    detail = data_of(await alice.get("/user/shipping-address/detail/v2", id=address_id))
    assert detail == {"info": expected, "extJson": {"门牌": "3 幢"}}
    assert data_of(await alice.get("/user/shipping-address/default/v2")) == detail
    assert await listed(alice) == [expected]
    assert data_of(await alice.post("/user/shipping-address/list/v2")) == {"result": [expected], "totalRow": 1, "totalPage": 1}


async def test_what_is_not_given_stays(api: Api) -> None:
    alice = await sign_in(api)
    address_id = await add(alice, code="310012")
    before = await info(alice, address_id)
    changed = await alice.post("/user/shipping-address/update", id=address_id, linkMan="赵六", code="undefined", streetId="")
    assert changed == {"code": 0, "msg": "success"}
    assert await info(alice, address_id) == {**before, "linkMan": "赵六"}


async def test_a_place_is_told_anew_as_a_whole(api: Api) -> None:
    alice = await sign_in(api)
    address_id = await add(alice)
    place = {"provinceId": "110000000000", "cityId": "110100000000", "districtId": "110101000000"}
    await alice.post("/user/shipping-address/update", id=address_id, **place)
    found = await info(alice, address_id)
    assert {name: found[name] for name in place} == place
    assert (found["provinceStr"], found["cityStr"], found["areaStr"]) == ("北京市", "北京市", "东城区")
    assert "streetId" not in found and "streetStr" not in found


async def test_one_is_the_default_at_most(api: Api) -> None:
    alice = await sign_in(api)
    first, second = await add(alice, isDefault="true"), await add(alice)
    third = await add(alice, isDefault="true")
    assert [(one["id"], one["isDefault"]) for one in await listed(alice)] == [(third, True), (second, False), (first, False)]
    await alice.post("/user/shipping-address/update", id=first, isDefault="true")
    assert data_of(await alice.get("/user/shipping-address/default/v2"))["info"]["id"] == first
    await alice.post("/user/shipping-address/update", id=second, isDefault="false")
    assert data_of(await alice.get("/user/shipping-address/default/v2"))["info"]["id"] == first
    await alice.post("/user/shipping-address/update", id=first, isDefault="false")
    assert await alice.get("/user/shipping-address/default/v2") == NONE


async def test_changes_at_once_all_count(api: Api) -> None:
    alice = await sign_in(api)
    numbers = await asyncio.gather(*(add(alice, isDefault="true", address=f"文三路 {number} 号") for number in range(8)))
    found = await listed(alice)
    assert sorted(one["id"] for one in found) == sorted(numbers)
    assert [one["isDefault"] for one in found] == [True] + [False] * 7


async def test_the_default_leaves_nothing_in_its_place(api: Api) -> None:
    alice = await sign_in(api)
    first, second = await add(alice, isDefault="true"), await add(alice)
    assert (await alice.post("/user/shipping-address/delete", id=first))["code"] == 0
    assert await alice.get("/user/shipping-address/default/v2") == NONE
    assert [one["id"] for one in await listed(alice)] == [second]
    assert await alice.post("/user/shipping-address/delete", id=first) == NONE


async def test_another_s_address_is_out_of_reach(api: Api) -> None:
    alice, bob = await sign_in(api, "alice"), await sign_in(api, "bob")
    address_id = await add(alice)
    before = await info(alice, address_id)
    assert await bob.get("/user/shipping-address/detail/v2", id=address_id) == NONE
    assert await bob.post("/user/shipping-address/update", id=address_id, linkMan="thief") == NONE
    assert await bob.post("/user/shipping-address/delete", id=address_id) == NONE
    assert await info(alice, address_id) == before
    assert (await Shopper(api).get("/user/shipping-address/list"))["code"] == 2000


@pytest.mark.parametrize(
    "about, code",
    [
        ({"provinceId": ""}, 300),
        ({"linkMan": " "}, 300),
        ({"cityId": "999900000000"}, 601),
        ({"districtId": "990000000000"}, 601),
        ({"cityId": "330200000000"}, 601),  # another city's district
        ({"provinceId": "320000000000"}, 601),
        ({"streetId": "330106"}, 601),
        ({"mobile": "call me"}, 601),
        ({"latitude": "91"}, 601),
        ({"extJsonStr": "["}, 601),
    ],
)
async def test_what_is_no_address_is_refused(api: Api, about: dict[str, Any], code: int) -> None:
    alice = await sign_in(api)
    assert (await alice.post("/user/shipping-address/add", **{**HOME, **about}))["code"] == code
    assert await listed(alice) == []


async def test_a_member_keeps_so_many(api: Api) -> None:
    alice = await sign_in(api)
    for _ in range(MOST_ADDRESSES):
        await add(alice)
    full = {"code": 20000, "msg": f"最多保存 {MOST_ADDRESSES} 个收货地址"}
    assert await alice.post("/user/shipping-address/add", **HOME) == full
    assert data_of(await alice.post("/user/shipping-address/list/v2"))["totalRow"] == MOST_ADDRESSES
    page = data_of(await alice.post("/user/shipping-address/list/v2", page=2, pageSize=60))
    assert (len(page["result"]), page["totalPage"]) == (MOST_ADDRESSES - 60, 2)
