"""地区, over HTTP."""
from __future__ import annotations

import re
from typing import Any

import pytest

from tests.api import Api
from tests.mall import DOMAIN, Shopper, data_of

ZHEJIANG, HANGZHOU, WEST_LAKE = "330000000000", "330100000000", "330106000000"


async def ask(api: Api, path: str, **parameters: Any) -> dict[str, Any]:
    return await Shopper(api).ask("GET", path, query=parameters)


@pytest.mark.parametrize("folder", [f"/{DOMAIN}/region", "/common/region", "/common/region/v2"])
async def test_provinces_and_what_lies_in_them(api: Api, folder: str) -> None:
    provinces = data_of(await ask(api, f"{folder}/province"))
    assert len(provinces) == 31
    assert provinces[10] == {"id": ZHEJIANG, "pid": "0", "name": "浙江省", "level": 1}
    assert data_of(await ask(api, f"{folder}/child", pid="0")) == provinces
    cities = data_of(await ask(api, f"{folder}/child", pid=ZHEJIANG))
    assert data_of(await ask(api, f"{folder}/child", pid=ZHEJIANG[:6])) == cities
    assert cities[0] == {"id": HANGZHOU, "pid": ZHEJIANG, "name": "杭州市", "level": 2}
    districts = data_of(await ask(api, f"{folder}/child", pid=HANGZHOU))
    assert {"id": WEST_LAKE, "pid": HANGZHOU, "name": "西湖区", "level": 3} in districts
    streets = data_of(await ask(api, f"{folder}/child", pid=WEST_LAKE))
    assert streets[0] == {"id": "330106002000", "pid": WEST_LAKE, "name": "北山街道", "level": 4}


async def test_a_municipality_has_one_city(api: Api) -> None:
    [city] = data_of(await ask(api, f"/{DOMAIN}/region/child", pid="110000000000"))
    assert city == {"id": "110100000000", "pid": "110000000000", "name": "北京市", "level": 2}


async def test_lists_of_the_whole_country_hang_together(api: Api) -> None:
    """The reader of pasted addresses goes from one to the next by `pid`."""
    provinces = data_of(await ask(api, f"/{DOMAIN}/region/province"))
    cities = data_of(await ask(api, f"/{DOMAIN}/region/city"))
    districts = data_of(await ask(api, "/common/region/v2/districts"))
    assert {city["pid"] for city in cities} == {province["id"] for province in provinces}
    assert {district["pid"] for district in districts} == {city["id"] for city in cities}
    assert all(re.fullmatch(r"\d{12}", row["id"]) for row in provinces + cities + districts)


async def test_nothing_lies_in_a_street_nor_in_what_is_not_there(api: Api) -> None:
    assert (await ask(api, f"/{DOMAIN}/region/child", pid="330106002000"))["code"] == 700
    assert (await ask(api, f"/{DOMAIN}/region/child", pid="999999000000"))["code"] == 404
    assert (await ask(api, f"/{DOMAIN}/region/child", pid="999999"))["code"] == 404
    assert (await ask(api, f"/{DOMAIN}/region/child"))["code"] == 300
    assert (await ask(api, f"/{DOMAIN}/region/child", pid="3" * 13))["code"] == 601
