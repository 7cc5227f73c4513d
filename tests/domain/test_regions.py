"""Tests of server/domain/regions.py, on the list that is served."""
from __future__ import annotations

import asyncio

import pytest

from server.bootstrap import Application
from server.domain.errors import NotFound
from server.domain.regions import CITY, DISTRICT, PROVINCE, STREET, Region, Regions, RegionService
from server.outside.heavy_work import HeavyWork
from server.outside.regions import NationalRegions

BEIJING = "110000000000"


@pytest.fixture(scope="module")
def regions() -> Regions:
    async def read() -> Regions:
        work = HeavyWork()
        try:
            return await NationalRegions(work).read()
        finally:
            work.close()

    return asyncio.run(read())


def names(regions: list[Region]) -> list[str]:
    return [region.name for region in regions]


def test_the_list_is_whole(regions: Regions) -> None:
    assert [len(regions.list_level(level)) for level in (PROVINCE, CITY, DISTRICT)] == [31, 341, 3052]
    assert names(regions.list_children(None))[:3] == ["北京市", "天津市", "河北省"]
    assert sum(len(regions.list_children(one.code)) for one in regions.list_level(DISTRICT)) == 41274


def test_every_region_lies_in_the_one_that_it_is_listed_under_and_has_a_code_of_twelve_digits(regions: Regions) -> None:
    def look(above: list[Region]) -> None:
        for region in regions.list_children(above[-1].code if above else None):
            assert len(region.code) == 12 and region.code.isdigit()
            assert region.parent_code == (above[-1].code if above else None)
            assert region.level == len(above) + 1
            if region.level < STREET:
                assert regions.get_path(region.code) == [*above, region]
                look([*above, region])

    look([])


def test_an_address_is_picked_from_province_to_street(regions: Regions) -> None:
    path = regions.find_path(["浙江省", "杭州市", "西湖区", "北山街道"])
    assert [(one.code, one.level) for one in path] == [
        ("330000000000", PROVINCE),
        ("330100000000", CITY),
        ("330106000000", DISTRICT),
        ("330106002000", STREET),
    ]
    assert regions.get_path("330106002000") == path
    assert path[3] in regions.list_children(path[2].code)
    assert regions.list_children(path[3].code) == []


@pytest.mark.parametrize("province", ["北京市", "天津市", "上海市", "重庆市"])
def test_a_municipality_has_one_city_under_its_own_name(regions: Regions, province: str) -> None:
    path = regions.find_path([province, province])
    assert path[1].code == path[0].code[:2] + "0100000000"
    assert regions.list_children(path[0].code) == [path[1]]
    assert regions.find_path([province, "市辖区"]) == path


def test_the_counties_of_a_municipality_are_in_its_city_with_the_codes_they_have(regions: Regions) -> None:
    path = regions.find_path(["重庆市", "县", "城口县", "葛城街道"])
    assert [one.code for one in path] == ["500000000000", "500100000000", "500229000000", "500229001000"]
    assert regions.get_path("500229001000") == path
    with pytest.raises(NotFound):
        regions.get_path("500200000000")


@pytest.mark.parametrize(("city", "street"), [("东莞市", "东城街道"), ("中山市", "石岐街道")])
def test_in_a_city_without_districts_the_streets_stand_in_their_place(regions: Regions, city: str, street: str) -> None:
    path = regions.find_path(["广东省", city, street])
    assert names(path) == ["广东省", city, street]
    assert path[2].level == DISTRICT and path[2] in regions.list_level(DISTRICT)
    assert regions.list_children(path[2].code) == []
    assert regions.get_path(path[2].code) == path


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        (["北京", "北京", "东城"], ["北京市", "北京市", "东城区"]),
        (["内蒙古", "呼和浩特"], ["内蒙古自治区", "呼和浩特市"]),
        ([" 浙江省 ", "杭州市 "], ["浙江省", "杭州市"]),
        (["浙江省", "苏州市", "姑苏区"], ["浙江省"]),
        (["浙"], []),
        (["江"], []),
        ([""], []),
        (["浙江省", ""], ["浙江省"]),
        ([], []),
    ],
)
def test_names_lead_as_far_as_they_leave_no_doubt(regions: Regions, asked: list[str], found: list[str]) -> None:
    assert names(regions.find_path(asked)) == found


@pytest.mark.parametrize("code", ["", "000000000000", "110101001999", "1", "11", "x" * 12, "110200000000"])
def test_what_is_no_region_is_not_found(regions: Regions, code: str) -> None:
    for ask in (regions.get_path, regions.list_children):
        with pytest.raises(NotFound):
            ask(code)


@pytest.mark.parametrize(
    "code, found",
    [
        ("330106002000", ["浙江省", "杭州市", "西湖区", "北山街道"]),
        ("330106999000", ["浙江省", "杭州市", "西湖区"]),
        ("330199001000", ["浙江省", "杭州市"]),
        ("339900000000", ["浙江省"]),
        ("990000000000", []),
    ],
)
def test_of_a_region_that_the_list_has_no_more_what_it_lay_in_is_found(regions: Regions, code: str, found: list[str]) -> None:
    assert names(regions.find_nearest_path(code)) == found


async def test_the_list_is_read_once_when_it_is_first_asked_for(application: Application) -> None:
    count = 0

    async def read() -> Regions:
        nonlocal count
        count += 1
        await asyncio.sleep(0)
        return await NationalRegions(application.ground.heavy_work).read()

    service = RegionService(read)
    assert count == 0
    opened = await asyncio.gather(*(service.open() for _ in range(5)), service.open())
    assert count == 1 and all(one is opened[0] for one in opened)
    assert (await application.services.regions.open()).list_children(BEIJING)
