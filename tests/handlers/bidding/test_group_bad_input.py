"""参与竞价: input that is no bid at all is told field by field, and changes nothing."""
from __future__ import annotations

import json
from typing import Any

import pytest

from tests.api import Api
from tests.builders import make_goods, make_user
from tests.handlers.bidding.lots import assert_untouched

MOST = 2**53 - 1
JSON = {"Content-Type": "application/json"}
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


async def assert_bad_input(api: Api, found: dict[str, list[str]], **sent: Any) -> None:
    """Refused as bad input with these problems, in Chinese; the goods, which have the id 17, are untouched."""
    lot = await make_goods(api.application, id=17)
    answer = await api.post("/api/group", as_user=await make_user(api.application), **sent)
    assert answer.status == 422
    assert answer.json == {"code": 0, "message": "提交的内容有误", "data": found, "error": "invalid_input"}
    await assert_untouched(api, lot)


INTEGER, REQUIRED = "必须是整数", "必填"


@pytest.mark.parametrize(
    ("change", "field", "text"),
    [
        ({"price": -1}, "price", "不能小于 0"),
        ({"price": -(10**30)}, "price", "不能小于 0"),
        ({"price": MOST + 1}, "price", f"不能大于 {MOST}"),
        ({"price": 10**30}, "price", f"不能大于 {MOST}"),
        ({"price": 20000.0}, "price", INTEGER),
        ({"price": 20000.5}, "price", INTEGER),
        ({"price": 1e300}, "price", INTEGER),
        ({"price": True}, "price", INTEGER),
        ({"price": None}, "price", INTEGER),
        ({"price": "20000"}, "price", INTEGER),
        ({"price": ""}, "price", INTEGER),
        ({"price": [20000]}, "price", INTEGER),
        ({"price": {"fen": 20000}}, "price", INTEGER),
        ({"goods_id": 0}, "goods_id", "不能小于 1"),
        ({"goods_id": "17"}, "goods_id", INTEGER),
        ({"goods_id": MOST + 1}, "goods_id", f"不能大于 {MOST}"),
        ({"group_id": -1}, "group_id", "不能小于 1"),
        ({"group_id": None}, "group_id", INTEGER),
        ({"max_price": -1}, "max_price", "不能小于 0"),
        ({"max_price": "30000"}, "max_price", INTEGER),
        ({"max_price": 30000.5}, "max_price", INTEGER),
        ({"request_id": 7}, "request_id", "必须是文字"),
        ({"request_id": ""}, "request_id", "至少 1 个字符"),
        ({"request_id": "x" * 129}, "request_id", "最多 128 个字符"),
    ],
)
async def test_a_field_of_the_wrong_form_is_named(api: Api, change: dict[str, Any], field: str, text: str) -> None:
    offer = {"goods_id": 17, "group_id": 1, "price": 20000, **change}
    await assert_bad_input(api, {field: [text]}, json=offer)


@pytest.mark.parametrize("value", ["20000.5", "2万", "-", "true", "0x10", "NaN", "１００"])
@pytest.mark.parametrize("way", ["form", "query"])
async def test_a_text_that_is_no_number_is_named(api: Api, way: str, value: str) -> None:
    await assert_bad_input(api, {"price": [INTEGER]}, **{way: {"goods_id": 17, "group_id": 1, "price": value}})


async def test_all_that_is_wrong_is_named_at_once(api: Api) -> None:
    found = {"goods_id": [REQUIRED], "group_id": ["不能小于 1"], "price": [INTEGER]}
    await assert_bad_input(api, found, json={"group_id": 0, "price": "much"})


@pytest.mark.parametrize("sent", [{}, {"json": {}}, {"form": {"price": ""}}, {"query": {"of": 1}}])
async def test_what_is_missing_is_named(api: Api, sent: dict[str, Any]) -> None:
    await assert_bad_input(api, {"goods_id": [REQUIRED], "group_id": [REQUIRED], "price": [REQUIRED]}, **sent)


async def test_an_empty_field_of_a_form_is_missing(api: Api) -> None:
    await assert_bad_input(api, {"price": [REQUIRED]}, form={"goods_id": 17, "group_id": 1, "price": ""})


NOT_JSON, NOT_OBJECT, NOT_UTF8 = "不是有效的 JSON", "必须是对象", "不是有效的 UTF-8 文字"


@pytest.mark.parametrize(
    ("body", "text"),
    [
        (b'{"goods_id": 17, "group_id": 1, "price": 20000', NOT_JSON),
        (b'{"goods_id": 17, "group_id": 1, "price": 20000}}', NOT_JSON),
        (b"goods_id=17&group_id=1&price=20000", NOT_JSON),
        (b'{"goods_id": 17, "group_id": 1, "price": 20000, "request_id": "\\ud800"}', NOT_JSON),
        (b'[{"goods_id": 17, "group_id": 1, "price": 20000}]', NOT_OBJECT),
        (b"null", NOT_OBJECT),
        (b"20000", NOT_OBJECT),
        (b'{"goods_id": 17, "group_id": 1, "price": 20000, "request_id": "\xff"}', NOT_UTF8),
        (b'{"goods_id": 17, "group_id": 1, "price": 20000, "of": "\xc0\xaf"}', NOT_UTF8),
        ('{"goods_id": 17, "group_id": 1, "price": 20000}'.encode("utf-16"), NOT_UTF8),
    ],
)
async def test_a_body_that_is_no_json_object_is_told_so(api: Api, body: bytes, text: str) -> None:
    await assert_bad_input(api, {"body": [text]}, body=body, headers=JSON)


@pytest.mark.parametrize("beginning", ["", '{"goods_id": 17, "group_id": 1, "price": 20000, "of": ', '{"price": '])
async def test_a_hundred_thousand_brackets_are_no_bid(api: Api, beginning: str) -> None:
    await assert_bad_input(api, {"body": [NOT_JSON]}, body=(beginning + "[" * 100_000).encode(), headers=JSON)


async def test_a_form_that_is_not_utf8_is_told_so(api: Api) -> None:
    body = b"goods_id=17&group_id=1&price=20000&request_id=%FF"
    await assert_bad_input(api, {"body": [NOT_UTF8]}, body=body, headers=FORM)


async def test_of_two_prices_neither_counts(api: Api) -> None:
    body = b'{"goods_id": 17, "group_id": 1, "price": 20000, "price": 30000}'
    await assert_bad_input(api, {"price": ["重复提交"]}, body=body, headers=JSON)


@pytest.mark.parametrize("way", ["form", "query"])
async def test_of_two_prices_in_a_form_neither_counts(api: Api, way: str) -> None:
    text = "goods_id=17&group_id=1&price=20000&price=30000"
    lot, user = await make_goods(api.application, id=17), await make_user(api.application)
    if way == "query":
        answer = await api.post(f"/api/group?{text}", as_user=user)
    else:
        answer = await api.post("/api/group", as_user=user, body=text.encode(), headers=FORM)
    assert (answer.status, answer.json["data"]) == (422, {"price": ["重复提交"]})
    await assert_untouched(api, lot)


async def test_problems_are_told_in_english_to_who_prefers_it(api: Api) -> None:
    user = await make_user(api.application)
    answer = await api.post("/api/group", as_user=user, json={"price": -1}, headers={"Accept-Language": "en"})
    assert answer.json == {
        "code": 0,
        "message": "The input is not valid",
        "data": {"goods_id": ["is required"], "group_id": ["is required"], "price": ["must be at least 0"]},
        "error": "invalid_input",
    }


async def test_a_maximum_below_the_price_is_bad_input(api: Api) -> None:
    lot, user = await make_goods(api.application), await make_user(api.application)
    answer = await api.bid(user, lot, 20000, max_price=19999)
    assert (answer.status, answer.json["error"], list(answer.json["data"])) == (422, "invalid_input", ["max_price"])
    await assert_untouched(api, lot)


async def test_a_long_body_within_the_limit_is_read(api: Api) -> None:
    lot, user = await make_goods(api.application), await make_user(api.application)
    offer = {"goods_id": lot.id, "group_id": lot.group_id, "price": 20000, "of": "x" * 200_000}
    answer = await api.post("/api/group", as_user=user, body=json.dumps(offer).encode(), headers=JSON)
    assert answer.status == 200
