"""What the staff of a test puts up to lower prices and reward members."""
from __future__ import annotations

from typing import Any

from server.composition.mall import build_mall_audit
from server.domain.accounts.users import User
from tests.api import Api
from tests.handlers.mall.ordering import goods
from tests.handlers.mall.test_window import put
from tests.mall import Shopper, data_of


async def findings(api: Api) -> list[str]:
    """Of the audit, but for the stock: a shelf has none of the mall's."""
    found = (await build_mall_audit(api.application.stores.mall, api.application.clock).audit()).findings
    return [f"{one.about} {one.problem}" for one in found if not one.about.startswith("stock")]


async def assert_clean(api: Api) -> None:
    assert await findings(api) == []


async def put_rule(api: Api, operator: User, **about: Any) -> Any:
    """Five yuan off, ten of them."""
    usual = {"name": "减5元", "least": 500, "most": 500, "total": 10, "valid_days": 10}
    return await put(api, operator, "coupon-rules", **{**usual, **about})


async def take(shopper: Shopper, rule: Any, **about: Any) -> Any:
    return data_of(await shopper.post("/discounts/fetch", id=rule["id"], **about))


async def quote(shopper: Shopper, *rows: dict[str, Any], **about: Any) -> Any:
    rows = rows or ({"goodsId": 1},)
    return data_of(await shopper.post("/order/create", calculate="true", goodsJsonStr=goods(*rows), **about))


async def mine(shopper: Shopper, status: str = "") -> list[tuple[int, int]]:
    """Rule and status of one's coupons, the oldest first."""
    answer = await shopper.get("/discounts/my", status=status)
    return [] if answer["code"] == 700 else [(one["pid"], one["status"]) for one in reversed(data_of(answer))]


async def points_of(shopper: Shopper) -> int:
    return data_of(await shopper.get("/user/amount"))["score"]
