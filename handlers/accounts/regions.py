"""地区: what an address is picked from."""
from __future__ import annotations

from typing import Annotated

from msgspec import Meta, Struct

from server.domain.errors import NotFound
from server.domain.regions import Region
from server.web.access import ANYONE
from server.web.call import Call
from server.web.routing import Routes

routes = Routes()

KEPT_SECONDS = 24 * 3600  # the list changes with a version of the server, once in a year or two

Code = Annotated[str, Meta(pattern=r"^[0-9]{12}$", description="统计用区划代码\n\nstatistical code")]


class Within(Struct):
    """Which region's parts; the provinces without it."""

    parent: Code | None = None


class RegionShape(Struct):
    """`level`: 1 省, 2 市, 3 区, 4 街道."""

    code: Code
    name: str
    level: Annotated[int, Meta(ge=1, le=4)]

    @classmethod
    def of(cls, one: Region) -> RegionShape:
        return cls(one.code, one.name, one.level)


@routes.get("/regions", access=ANYONE, kept_seconds=KEPT_SECONDS, raises=(NotFound,))
async def list_regions(call: Call, query: Within) -> list[RegionShape]:
    """Provinces, or the parts of a region: cities, districts, streets; none of a street 地区"""
    regions = await call.services.regions.open()
    return [RegionShape.of(one) for one in regions.list_children(query.parent)]
