"""系统参数"""
from __future__ import annotations

from typing import Annotated

from msgspec import Meta, Struct

from handlers.mall.shapes import listed
from server.web.access import ANYONE
from server.web.call import Call
from server.web.manners import LOOSE
from server.web.routing import Routes

routes = Routes(LOOSE)

VIP_LEVEL = 0  # what the mall itself has booked: nothing here has to be paid for


class KeyQuery(Struct):
    key: Annotated[str, Meta(max_length=64)]


class KeysQuery(Struct):
    keys: Annotated[str, Meta(max_length=10_000, description="多个键用英文逗号分割")]


class ValueShape(Struct):
    key: str
    value: str


@routes.get("/config/value", access=ANYONE, raises=(), version=lambda services, request: services.mall.window.settings.version)
async def get_value(call: Call, query: KeyQuery) -> str:
    """读取系统参数: 700 for a key that was never set."""
    found = await call.services.mall.window.settings.find(query.key)
    return listed([found] if found is not None else [], str)[0]


@routes.get("/config/values", access=ANYONE, raises=(), version=lambda services, request: services.mall.window.settings.version)
async def list_values(call: Call, query: KeysQuery) -> list[ValueShape]:
    """批量读取系统参数: of those that were ever set."""
    settings = call.services.mall.window.settings
    values = [(key, await settings.find(key)) for key in dict.fromkeys(query.keys.split(","))]
    return [ValueShape(key, value) for key, value in values if value is not None]


@routes.get("/config/vipLevel", access=ANYONE, raises=())
async def get_vip_level(call: Call) -> int:
    """查询当前VIP等级"""
    return VIP_LEVEL
