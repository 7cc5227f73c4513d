"""One path for everything: how it is asked, and what is told when it is asked wrongly."""
from __future__ import annotations

from typing import Any

import pytest

from handlers.groupbuy.calls import METHODS
from server.domain.groupbuy.catalogue import CatalogueService
from tests.api import Answer, Api
from tests.catalogue import make_offer
from tests.handlers.groupbuy.asking import PATH, refusal

INDEX = {"ctl": "GroupBuy", "met": "index", "typ": "json"}
FAILURE = {"cmd_id": -140, "status": 250, "data": []}


def message(answer: Answer) -> str:
    assert answer.status == 200
    assert answer.headers["Content-Type"] == "application/json; charset=utf-8"
    reply = answer.json
    assert list(reply) == ["cmd_id", "status", "msg", "data"]
    assert {**reply, **FAILURE} == reply
    return reply["msg"]


def test_every_call_of_the_document_is_answered() -> None:
    assert list(METHODS) == ["index", "groupBuyList", "vrGroupBuyList", "detail"]


async def test_get_and_post_are_the_same(api: Api) -> None:
    await make_offer(api.application)
    asked = {"ctl": "GroupBuy", "met": "groupBuyList", "typ": "json", "listRows": 5}
    got = await api.get(PATH, query=asked)
    posted = await api.post(PATH, form=asked)
    mixed = await api.post(PATH, query={"ctl": "GroupBuy", "met": "groupBuyList", "typ": "json"}, form={"listRows": 5})
    assert got.json["status"] == 200
    assert got.body == posted.body == mixed.body


async def test_a_form_counts_before_the_address(api: Api) -> None:
    answer = await api.post(PATH, query={**INDEX, "met": "detail"}, form={"met": "index"})
    assert answer.json["status"] == 200


async def test_of_a_parameter_given_twice_the_last_counts(api: Api) -> None:
    """The mobile pages of the PHP application append their own query to what they ask for."""
    await make_offer(api.application)
    answer = await api.get(f"{PATH}?ctl=GroupBuy&met=groupBuyList&typ=json&price=9&area_id=&price=&area_id=")
    assert answer.json["data"]["groupbuy_goods"]["totalsize"] == 1


async def test_parameters_that_nobody_reads_are_passed_over(api: Api) -> None:
    answer = await api.get(PATH, query={**INDEX, "rows": 10, "page": "x", "k": "", "u": 0, "ids[]": 1})
    assert answer.json["status"] == 200


async def test_anybody_may_look(api: Api) -> None:
    assert (await api.get(PATH, query=INDEX, token="not one of ours")).json["status"] == 200


@pytest.mark.parametrize(
    "parameters, told",
    [
        ({}, "不支持的 ctl：“”"),
        ({**INDEX, "ctl": "Goods_Goods"}, "不支持的 ctl：“Goods_Goods”"),
        ({**INDEX, "ctl": "groupbuy"}, "不支持的 ctl：“groupbuy”"),
        ({**INDEX, "met": ""}, "不支持的 met：“”"),
        ({**INDEX, "met": "__init__"}, "不支持的 met：“__init__”"),
        ({**INDEX, "met": "x" * 33}, f"不支持的 met：“{'x' * 32}”"),
        ({**INDEX, "typ": "e"}, "不支持的 typ：“e”"),
        ({"ctl": "GroupBuy", "met": "index"}, "不支持的 typ：“”"),
        ({"ctl[]": "GroupBuy", "met": "index", "typ": "json"}, "不支持的 ctl：“”"),
    ],
)
async def test_other_calls_are_refused(api: Api, parameters: dict[str, Any], told: str) -> None:
    assert message(await api.get(PATH, query=parameters)) == told
    assert message(await api.post(PATH, form=parameters)) == told


@pytest.mark.parametrize(
    "met, parameters, told",
    [
        ("detail", {}, "参数有误：id 必填"),
        ("detail", {"id": ""}, "参数有误：id 必填"),
        ("detail", {"id": "abc"}, "参数有误：id 必须是整数"),
        ("detail", {"id": 0}, "参数有误：id 不能小于 1"),
        ("detail", {"id": -1}, "参数有误：id 不能小于 1"),
        ("detail", {"id": "1.5"}, "参数有误：id 必须是整数"),
        ("detail", {"id": 10**30}, "参数有误：id 不能大于 2147483647"),
        ("groupBuyList", {"state": "closed"}, "参数有误：state 不是可选的值"),
        ("groupBuyList", {"orderby": "rate"}, "参数有误：orderby 不是可选的值"),
        ("groupBuyList", {"firstRow": -1}, "参数有误：firstRow 不能小于 0"),
        ("groupBuyList", {"listRows": 101}, "参数有误：listRows 不能大于 100"),
        ("groupBuyList", {"cat_id": "a", "price": "b"}, "参数有误：cat_id 必须是整数；price 必须是整数"),
        ("vrGroupBuyList", {"city_id": "上海"}, "参数有误：city_id 必须是整数"),
        ("vrGroupBuyList", {"area_id": "$ne"}, "参数有误：area_id 必须是整数"),
        ("detail", {"id[]": 1}, "参数有误：id 不能是列表"),
        ("groupBuyList", {"cat_id[]": 1, "price[$gt]": 0, "listRows": 1}, "参数有误：cat_id 不能是列表；price 不能是列表"),
    ],
)
async def test_bad_parameters_are_named(api: Api, met: str, parameters: dict[str, Any], told: str) -> None:
    assert await refusal(api, met, **parameters) == told


async def test_who_prefers_english_is_told_in_english(api: Api) -> None:
    english = {"Accept-Language": "en"}
    asked = {**INDEX, "met": "detail", "id": "x"}
    assert message(await api.get(PATH, query=asked, headers=english)) == "Invalid parameters: id must be an integer"
    assert message(await api.get(PATH, query={**INDEX, "met": "a"}, headers=english)) == "Unknown met: “a”"


async def test_bytes_that_are_no_text_are_refused(api: Api) -> None:
    assert message(await api.get(f"{PATH}?ctl=%FF")) == "参数有误：query 不是有效的 UTF-8 文字"


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "TRACE", "BREW"])
async def test_other_methods_are_refused(api: Api, method: str) -> None:
    answer = await api.ask(method, PATH)
    assert (answer.status, answer.headers["Allow"]) == (405, "GET, HEAD, OPTIONS, POST")
    assert answer.json == {"cmd_id": -140, "status": 250, "msg": "请使用 GET 或 POST", "data": []}


async def test_addresses_below_wear_the_envelope_too(api: Api) -> None:
    assert message(await api.get(f"{PATH}/GroupBuy/index")) == "请求的地址不存在"


async def test_a_body_that_is_too_long_is_refused(api: Api) -> None:
    most = api.application.config.max_body_bytes
    assert message(await api.post(PATH, form={"ctl": "x" * most})) == f"参数有误：body 请求内容超过 {most} 字节"


async def test_what_nobody_foresaw_shows_nothing_of_itself(
    api: Api, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async def fail(self: CatalogueService) -> None:
        raise RuntimeError("the password is swordfish")

    monkeypatch.setattr(CatalogueService, "get_front_page", fail)
    answer = await api.get(PATH, query=INDEX)
    assert message(answer) == "服务器出错了，请稍后再试"
    assert b"swordfish" not in answer.body and b"Traceback" not in answer.body
    assert "swordfish" in caplog.text
