"""Operators' management of the group-buy catalogue."""
from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from handlers.bidding.shapes import document_time
from server.domain.accounts.users import Role, User
from server.domain.groupbuy.offers import State
from tests.api import ABSENT, Answer, Api
from tests.builders import make_user
from tests.catalogue import SHANGHAI, SLEEVES, TOOLS, make_furniture, make_offer
from tests.clock import HandClock
from tests.handlers.groupbuy.asking import ask, names, refusal
from tests.nouns import OFFER

OPS = "/api/ops/groupbuy"


class Operator:
    """Asks as an operator."""

    def __init__(self, api: Api, user: User):
        self._api = api
        self._user = user

    async def ask(self, method: str, path: str, **body: Any) -> Answer:
        return await self._api.ask(method, OPS + path, as_user=self._user, json=body or ABSENT)

    async def get(self, path: str, **query: Any) -> Any:
        return (await self._api.get(OPS + path, as_user=self._user, query=query)).data

    async def post(self, path: str, **body: Any) -> Any:
        return (await self.ask("POST", path, **body)).data

    async def put(self, path: str, **body: Any) -> Any:
        return (await self.ask("PUT", path, **body)).data

    async def delete(self, path: str) -> None:
        assert (await self.ask("DELETE", path)).json == {"code": 1, "message": "", "data": None}

    async def refused(self, method: str, path: str, **body: Any) -> tuple[int, str]:
        answer = await self.ask(method, path, **body)
        reply = answer.json
        assert list(reply) == ["code", "message", "data", "error"] and reply["code"] == 0 and reply["message"]
        return answer.status, reply["error"]

    async def problems(self, method: str, path: str, **body: Any) -> dict[str, list[str]]:
        answer = await self.ask(method, path, **body)
        assert (answer.status, answer.json["error"]) == (422, "invalid_input")
        return answer.json["data"]


async def operator_of(api: Api) -> Operator:
    await make_furniture(api.application)
    return Operator(api, await make_user(api.application, "op", roles=[Role.OPERATOR]))


def terms(clock: HandClock, **about: Any) -> dict[str, Any]:
    now = clock.now()
    times = {"start_at": document_time(now - timedelta(hours=1)), "end_at": document_time(now + timedelta(hours=1))}
    return {**OFFER, **times, **about}


# ---- offers


async def test_a_submission_is_seen_once_it_is_approved(api: Api, clock: HandClock) -> None:
    operator = await operator_of(api)
    added = await operator.post("/offers", **terms(clock))
    assert added == {
        "id": 1,
        "name": "护币袋",
        "kind": 1,
        "state": 1,
        "phase": None,
        "goods_id": 0,
        "common_id": 0,
        "goods_name": "护币袋一百枚",
        "shop_id": 1,
        "shop_name": "集藏社",
        "goods_price": 5990,
        "price": 1995,
        "start_at": "2036-06-01 11:00:00",
        "end_at": "2036-06-01 13:00:00",
        "category_id": 12,
        "subcategory_id": 33,
        "city_id": 0,
        "area_id": 0,
        "upper_limit": 0,
        "virtual_quantity": 0,
        "is_recommended": False,
        "image": "",
        "image_rec": "",
        "remark": "",
        "intro": "",
        "buyer_count": 0,
        "buy_quantity": 0,
        "views": 0,
        "reason": "",
        "revision": 1,
        "changed_at": "2036-06-01 12:00:00",
    }
    assert (await ask(api, "groupBuyList"))["groupbuy_goods"]["totalsize"] == 0
    assert await operator.post("/offers/1/approve") == {**added, "state": 2, "phase": "running", "revision": 2}
    assert names((await ask(api, "groupBuyList"))["groupbuy_goods"]) == ["护币袋"]


async def test_an_offer_may_be_approved_as_it_is_added(api: Api, clock: HandClock) -> None:
    operator = await operator_of(api)
    await operator.post("/offers", **terms(clock, state=2))
    assert names((await ask(api, "groupBuyList"))["groupbuy_goods"]) == ["护币袋"]


async def test_a_refused_submission_tells_why_and_may_be_mended(api: Api, clock: HandClock) -> None:
    operator = await operator_of(api)
    await operator.post("/offers", **terms(clock))
    refused = await operator.post("/offers/1/refuse", reason="图片不清晰")
    assert (refused["state"], refused["reason"]) == (4, "图片不清晰")
    mended = await operator.put("/offers/1", **terms(clock, image="https://pictures.example/1.png"))
    assert (mended["state"], mended["reason"], mended["image"]) == (1, "图片不清晰", "https://pictures.example/1.png")
    approved = await operator.post("/offers/1/approve")
    assert (approved["state"], approved["reason"]) == (2, "")


async def test_a_closed_offer_is_off_sale_for_good(api: Api, clock: HandClock) -> None:
    operator = await operator_of(api)
    await operator.post("/offers", **terms(clock, state=2))
    closed = await operator.post("/offers/1/close", reason="商家申请")
    assert (closed["state"], closed["phase"], closed["reason"]) == (5, None, "商家申请")
    assert (await ask(api, "groupBuyList"))["groupbuy_goods"]["totalsize"] == 0
    for change in (operator.refused("POST", "/offers/1/approve"), operator.refused("PUT", "/offers/1", **terms(clock))):
        assert await change == (409, "wrong_state")


async def test_what_is_on_sale_is_closed_before_it_is_removed(api: Api, clock: HandClock) -> None:
    operator = await operator_of(api)
    await operator.post("/offers", **terms(clock, state=2))
    assert await operator.refused("DELETE", "/offers/1") == (409, "wrong_state")
    await operator.post("/offers/1/close", reason="商家申请")
    await operator.delete("/offers/1")
    assert await operator.refused("GET", "/offers/1") == (404, "not_found")
    assert await operator.refused("DELETE", "/offers/1") == (404, "not_found")
    assert (await operator.get("/offers"))["total"] == 0
    assert await refusal(api, "detail", id=1) == "团购商品不存在"


async def test_what_is_over_stays_as_it_was(api: Api, clock: HandClock) -> None:
    operator = await operator_of(api)
    await operator.post("/offers", **terms(clock, state=2))
    clock.advance(hours=2)
    assert (await operator.get("/offers/1"))["state"] == 3
    for path in ("/offers/1/close", "/offers/1/refuse"):
        assert await operator.refused("POST", path, reason="太晚") == (409, "wrong_state")
    assert await operator.refused("PUT", "/offers/1", **terms(clock)) == (409, "wrong_state")
    await operator.delete("/offers/1")


async def test_a_submission_whose_time_is_over_cannot_be_approved(api: Api, clock: HandClock) -> None:
    operator = await operator_of(api)
    await operator.post("/offers", **terms(clock))
    clock.advance(hours=2)
    assert await operator.refused("POST", "/offers/1/approve") == (409, "wrong_state")


async def test_a_change_is_seen_at_once_and_keeps_what_was_counted(api: Api, clock: HandClock) -> None:
    operator = await operator_of(api)
    await operator.post("/offers", **terms(clock, state=2))
    await ask(api, "detail", id=1)
    changed = await operator.put("/offers/1", **terms(clock, name="厚护币袋", price=1000))
    assert (changed["state"], changed["name"], changed["views"]) == (2, "厚护币袋", 1)
    (item,) = (await ask(api, "groupBuyList"))["groupbuy_goods"]["items"]
    assert (item["groupbuy_name"], item["groupbuy_price"], item["groupbuy_views"]) == ("厚护币袋", 10, 1)


async def test_times_may_come_with_an_offset(api: Api, clock: HandClock) -> None:
    operator = await operator_of(api)
    added = await operator.post("/offers", **terms(clock, start_at="2036-06-01T04:00:00Z", end_at="2036-06-02T12:00:00+08:00"))
    assert (added["start_at"], added["end_at"]) == ("2036-06-01 12:00:00", "2036-06-02 12:00:00")


async def test_an_area_alone_names_its_city(api: Api, clock: HandClock) -> None:
    operator = await operator_of(api)
    added = await operator.post("/offers", **terms(clock, kind=2, category_id=24, subcategory_id=0, area_id=25))
    assert (added["city_id"], added["area_id"]) == (15, 25)


@pytest.mark.parametrize(
    "about, problems",
    [
        ({"name": ""}, {"name": ["至少 1 个字符"]}),
        ({"name": "长" * 101}, {"name": ["最多 100 个字符"]}),
        ({"kind": 3}, {"kind": ["不是可选的值"]}),
        ({"price": 0, "goods_price": "59.9"}, {"goods_price": ["必须是整数"], "price": ["不能小于 1"]}),
        ({"price": 5991}, {"price": ["不能高于商品原价"]}),
        ({"name": " \u3000"}, {"name": ["格式不正确"]}),
        ({"start_at": "2036-02-30 12:00:00"}, {"start_at": ["格式不正确"]}),
        (
            {"start_at": "0001-01-01T00:00:00+14:00", "end_at": "9999-12-31T23:59:59-14:00"},
            {"start_at": ["不能小于 2000-01-01"], "end_at": ["不能大于 2199-12-31"]},
        ),
        ({"end_at": "2036-06-01 11:00:00"}, {"end_at": ["必须晚于开始时间"]}),
        ({"shop_id": 9}, {"shop_id": ["不存在"]}),
        ({"category_id": 9}, {"category_id": ["不存在"]}),
        ({"category_id": 33}, {"category_id": ["不存在"]}),
        ({"category_id": 24}, {"category_id": ["不存在"]}),
        ({"subcategory_id": 12}, {"subcategory_id": ["不存在"]}),
        ({"city_id": 25, "area_id": 15}, {"city_id": ["不存在"], "area_id": ["不存在"]}),
        ({"city_id": 15, "area_id": 26}, {"area_id": ["不存在"]}),
        ({"state": 5}, {"state": ["不是可选的值"]}),
    ],
)
async def test_what_is_wrong_with_an_offer_is_named(
    api: Api, clock: HandClock, about: dict[str, Any], problems: dict[str, list[str]]
) -> None:
    operator = await operator_of(api)
    assert await operator.problems("POST", "/offers", **terms(clock, **about)) == problems
    assert (await operator.get("/offers"))["total"] == 0


async def test_offers_are_found_by_state_phase_and_place(api: Api, clock: HandClock) -> None:
    operator = await operator_of(api)
    for state in State:
        await make_offer(api.application, name=state.name, state=state, subcategory_id=33)
    await make_offer(api.application, name="COMING", starts_in=60, shop_id=2)
    asked: dict[str, dict[str, Any]] = {
        "all": {},
        "to review": {"state": 1},
        "running": {"phase": "running"},
        "over": {"phase": "over"},
        "shop": {"shop_id": 2},
        "category": {"category_id": 33, "kind": 1, "limit": 2},
    }
    found = {}
    for name, query in asked.items():
        page = await operator.get("/offers", **query)
        assert page["current_page"] == 1
        found[name] = ([offer["name"] for offer in page["list"]], page["total"])
    assert found == {
        "all": (["COMING", "CLOSED", "REFUSED", "ENDED", "APPROVED", "AWAITING_REVIEW"], 6),
        "to review": (["AWAITING_REVIEW"], 1),
        "running": (["APPROVED"], 1),
        "over": (["ENDED"], 1),
        "shop": (["COMING"], 1),
        "category": (["CLOSED", "REFUSED"], 5),
    }


async def test_of_two_operators_at_once_one_decides(api: Api, clock: HandClock) -> None:
    operator = await operator_of(api)
    await operator.post("/offers", **terms(clock))
    desk, stores = api.application.services.groupbuy.offers, api.application.stores.groupbuy
    before = await desk.get(1)
    await operator.post("/offers/1/approve")
    assert await stores.offers.save(before, before) is False
    assert (await operator.get("/offers/1"))["state"] == 2


# ---- what stands around them


async def test_categories_are_managed(api: Api) -> None:
    operator = await operator_of(api)
    added = await operator.post("/categories", name="工具", kind=1, parent_id=12, sort=1)
    assert added == {"id": 34, "name": "工具", "kind": 1, "parent_id": 12, "sort": 1, "revision": 1}
    assert [category["id"] for category in (await operator.get("/categories"))["list"]] == [12, 33, 34, 24]
    assert (await operator.put("/categories/34", name="小工具", kind=1, parent_id=12))["name"] == "小工具"
    scat = (await ask(api, "groupBuyList"))["groupbuy_cat"]["12"]["scat"]
    assert [category["groupbuy_cat_name"] for category in scat.values()] == ["护币袋", "小工具"]
    await operator.delete("/categories/34")
    assert list((await ask(api, "groupBuyList"))["groupbuy_cat"]["12"]["scat"]) == ["33"]


async def test_what_is_wrong_with_a_category_is_named(api: Api) -> None:
    operator = await operator_of(api)
    assert await operator.problems("POST", "/categories", name="", kind=0) == {"name": ["至少 1 个字符"], "kind": ["不是可选的值"]}
    assert await operator.problems("POST", "/categories", name="a", kind=1, parent_id=99) == {"parent_id": ["不存在"]}
    assert await operator.problems("POST", "/categories", name="a", kind=1, parent_id=33) == {"parent_id": ["最多两级"]}
    assert await operator.problems("POST", "/categories", name="a", kind=2, parent_id=12) == {"kind": ["必须与上级一致"]}
    assert await operator.problems("PUT", "/categories/12", name="a", kind=1, parent_id=12) == {"parent_id": ["不存在"]}
    assert await operator.refused("PUT", "/categories/99", name="a", kind=1) == (404, "not_found")
    assert await operator.refused("DELETE", "/categories/99") == (404, "not_found")


async def test_a_category_that_is_used_stays_where_it_is(api: Api, clock: HandClock) -> None:
    operator = await operator_of(api)
    await operator.post("/offers", **terms(clock))
    for category in (TOOLS, SLEEVES):
        assert await operator.refused("DELETE", f"/categories/{category.id}") == (409, "in_use")
    assert await operator.refused("PUT", "/categories/33", name="护币袋", kind=1) == (409, "in_use")
    assert (await operator.put("/categories/33", name="袋", kind=1, parent_id=12))["name"] == "袋"


async def test_areas_are_managed(api: Api, clock: HandClock) -> None:
    operator = await operator_of(api)
    added = await operator.post("/areas", name="黄浦区", parent_id=15)
    assert added == {"id": 27, "name": "黄浦区", "parent_id": 15, "sort": 0, "revision": 1}
    assert list((await ask(api, "vrGroupBuyList", city_id=15))["child_area"]) == ["25", "27"]
    assert await operator.problems("PUT", "/areas/15", name="上海", parent_id=16) == {"parent_id": ["最多两级"]}
    assert await operator.refused("DELETE", f"/areas/{SHANGHAI.id}") == (409, "in_use")
    await operator.post("/offers", **terms(clock, kind=2, category_id=24, subcategory_id=0, area_id=27))
    assert await operator.refused("DELETE", "/areas/27") == (409, "in_use")
    assert await operator.refused("PUT", "/areas/27", name="黄浦区", parent_id=16) == (409, "in_use")
    await operator.delete("/areas/25")
    assert [area["id"] for area in (await operator.get("/areas"))["list"]] == [15, 16, 27, 26]


async def test_price_ranges_are_managed(api: Api) -> None:
    operator = await operator_of(api)
    added = await operator.post("/price-ranges", name="1000元以上", start=100000, end=99999999)
    assert added == {"id": 6, "name": "1000元以上", "start": 100000, "end": 99999999, "revision": 1}
    assert [one["id"] for one in (await operator.get("/price-ranges"))["list"]] == [4, 5, 6]
    shown = (await ask(api, "groupBuyList"))["price_range"]["6"]
    assert (shown["range_start"], shown["range_end"]) == (1000, 999999.99)
    assert await operator.problems("PUT", "/price-ranges/6", name="a", start=2, end=1) == {"end": ["不能小于起始价格"]}
    assert await operator.refused("PUT", "/price-ranges/99", name="a", start=1, end=2) == (404, "not_found")
    await operator.delete("/price-ranges/6")
    assert list((await ask(api, "groupBuyList"))["price_range"]) == ["4", "5"]


async def test_shops_are_managed_with_their_contracts(api: Api, clock: HandClock) -> None:
    operator = await operator_of(api)
    contracts = [{"type_id": 1, "type_name": "七天退货"}, {"type_id": 4, "type_name": "极速物流", "cash": 5000}]
    added = await operator.post("/shops", name="新店", contracts=contracts)
    usual = {"state": 1, "use_state": 1, "cash": 0, "log_id": 0}
    assert added == {
        "id": 2,
        "name": "新店",
        "contracts": [
            {"type_id": 1, "type_name": "七天退货", **usual, "id": 1},
            {"type_id": 4, "type_name": "极速物流", **usual, "cash": 5000, "id": 2},
        ],
        "revision": 1,
    }
    changed = await operator.put("/shops/2", name="新店", contracts=[{"type_id": 2, "type_name": "品质承诺"}, contracts[1]])
    assert [contract["id"] for contract in changed["contracts"]] == [3, 2]
    await operator.post("/offers", **terms(clock, shop_id=2, state=2))
    assert list((await ask(api, "detail", id=1))["shop"]["constract"]) == ["3", "2"]
    assert await operator.refused("DELETE", "/shops/2") == (409, "in_use")
    assert await operator.problems("PUT", "/shops/2", name="新店", contracts=[contracts[0]] * 2) == {"contracts": ["有重复"]}
    assert await operator.refused("PUT", "/shops/9", name="a") == (404, "not_found")
    await operator.delete("/shops/1")
    assert [shop["name"] for shop in (await operator.get("/shops"))["list"]] == ["新店"]


# ---- who may


@pytest.mark.parametrize("path", ["/offers", "/categories", "/areas", "/price-ranges", "/shops"])
async def test_only_operators_manage(api: Api, path: str) -> None:
    bidder = await make_user(api.application, "bidder")
    for method in ("GET", "POST"):
        assert (await api.ask(method, OPS + path)).status == 401
        answer = await api.ask(method, OPS + path, as_user=bidder)
        assert (answer.status, answer.json["error"]) == (403, "forbidden")
