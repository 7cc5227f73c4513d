"""地区: the national list, as pickers and the reader of pasted addresses ask for it."""
from __future__ import annotations

from typing import Annotated

from msgspec import Meta, Struct

from handlers.mall.shapes import listed
from server.domain.errors import NotFound
from server.domain.regions import CITY, CODE_CHARACTERS, DISTRICT, Region
from server.web.access import ANYONE
from server.web.call import Call
from server.web.manners import LOOSE
from server.web.routing import Routes

routes = Routes(LOOSE)
common_routes = Routes(LOOSE)

COUNTRY = "0"  # what provinces lie in
OLD_CHARACTERS = 6  # of the codes of old, which end at the district


class RegionShape(Struct):
    id: Annotated[str, Meta(description="12 位统计用区划代码")]
    pid: Annotated[str, Meta(description="上级；省份的为 0")]
    name: str
    level: Annotated[int, Meta(description="1 省 2 市 3 区县 4 街道")]

    @classmethod
    def of(cls, region: Region) -> RegionShape:
        return cls(region.code, region.parent_code or COUNTRY, region.name, region.level)


class Parent(Struct):
    pid: Annotated[str, Meta(max_length=CODE_CHARACTERS, description="上级省市区编码；也可用旧的 6 位代码")]

    @property
    def code(self) -> str | None:
        """None: the country."""
        if self.pid == COUNTRY:
            return None
        return self.pid.ljust(CODE_CHARACTERS, "0") if len(self.pid) == OLD_CHARACTERS else self.pid


@routes.get("/region/province", access=ANYONE, raises=())
@common_routes.get("/region/province", access=ANYONE, raises=(), name="list_provinces_v1")
@common_routes.get("/region/v2/province", access=ANYONE, raises=(), name="list_provinces_v2")
async def list_provinces(call: Call) -> list[RegionShape]:
    """获取省份列表"""
    return await _list_children(call, None)


@routes.get("/region/child", access=ANYONE, raises=(NotFound,))
@common_routes.get("/region/child", access=ANYONE, raises=(NotFound,), name="list_child_regions_v1")
@common_routes.get("/region/v2/child", access=ANYONE, raises=(NotFound,), name="list_child_regions_v2")
async def list_child_regions(call: Call, query: Parent) -> list[RegionShape]:
    """获取下级省市区数据

    700 where there are none: of streets, and of the districts and towns that have no streets."""
    return await _list_children(call, query.code)


@routes.get("/region/city", access=ANYONE, raises=())
async def list_cities(call: Call) -> list[RegionShape]:
    """获取所有城市

    A municipality is one city of its own name."""
    return await _list_level(call, CITY)


@common_routes.get("/region/v2/districts", access=ANYONE, raises=())
async def list_districts(call: Call) -> list[RegionShape]:
    """获取所有区县

    Of cities that have none their streets."""
    return await _list_level(call, DISTRICT)


async def _list_children(call: Call, code: str | None) -> list[RegionShape]:
    regions = await call.services.regions.open()
    return listed(regions.list_children(code), RegionShape.of)


async def _list_level(call: Call, level: int) -> list[RegionShape]:
    regions = await call.services.regions.open()
    return listed(regions.list_level(level), RegionShape.of)
