"""Moves that buyers and the staff repeat."""
from __future__ import annotations

import json
from typing import Any

from server.domain.accounts.users import Role, User
from tests.api import Api
from tests.builders import make_user
from tests.mall import Shopper, data_of

OPS = "/api/ops/mall"
HERE = {"provinceId": "330000000000", "cityId": "330100000000", "districtId": "330106000000"}
TO_ME = {**HERE, "linkMan": "张三", "mobile": "13800138000", "address": "文三路 1 号"}


def goods(*rows: dict[str, Any]) -> str:
    """goodsJsonStr, as the mini-program writes it."""
    return json.dumps([{"number": 1, "propertyChildIds": "", "logisticsType": 0, **row} for row in rows])


async def place(shopper: Shopper, *rows: dict[str, Any], **about: Any) -> dict[str, Any]:
    """The order."""
    rows = rows or ({"goodsId": 1},)
    return data_of(await shopper.post("/order/create", goodsJsonStr=goods(*rows), **about))


async def status_of(shopper: Shopper, order: dict[str, Any]) -> int:
    return data_of(await shopper.get("/order/detail", id=order["id"]))["orderInfo"]["status"]


async def hire(api: Api, name: str = "op") -> User:
    return await make_user(api.application, name, roles=[Role.OPERATOR])


async def act(api: Api, operator: User, noun: str, id: int, verb: str, **about: Any) -> Any:
    """What an operator does to one thing; the answer."""
    return await api.post(f"{OPS}/{noun}/{id}/{verb}", as_user=operator, json=about)


async def pay(shopper: Shopper, order: dict[str, Any]) -> None:
    """From the wallet."""
    assert (await shopper.post("/order/pay", orderId=order["id"]))["code"] == 0


async def close(shopper: Shopper, order: dict[str, Any]) -> None:
    assert (await shopper.post("/order/close", orderId=order["id"]))["code"] == 0
